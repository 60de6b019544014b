"""The surface of a timeline: the input layers, and what makes them change from year to year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import CorridorSimError
from corridor_sim.landscape.derive import derive_changed
from corridor_sim.landscape.edits.base import Edit
from corridor_sim.landscape.edits.noise import cell_keys, uniform01, waiting_times
from corridor_sim.landscape.edits.protection import Protect
from corridor_sim.landscape.edits.restoring import Restore
from corridor_sim.landscape.edits.warming import climbed_zones
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.layers import DERIVED_LAYERS
from corridor_sim.landscape.timeline.fronts import Fronts
from corridor_sim.landscape.timeline.rules import Change, RegrowthRule
from corridor_sim.landscape.whereabouts import natural_cover

Cells = NDArray[np.int64]
F64 = NDArray[np.float64]

NEVER = np.int16(32_000)
ABANDONED = 1_000_000
"""First purpose of the keyed noise that says how long a pasture is kept, one for each clearing."""
AGE_AT_START = 2_000_000


class Surface:
    """The input layers of one landscape, moved forward in place.

    Attributes
    ----------
    inputs : dict of ndarray
        Input layers and ``protection``, without the temperature; replaced, never written to.
    zone_names, zone_countries : tuple of str
        Core areas. Those that open later hold their number, without cells, from the start.
    pressure : ndarray of float64
        How long the clearing process ran in the last advance, up to the end of each year.
    notes : tuple of str
        One line for every dated edit made, and for every shortfall of clearing.
    """

    def __init__(
        self,
        land: Landscape,
        rules: Change,
        *,
        start_year: int,
        seed: int,
        maps: Mapping[int, NDArray[np.uint8]] | None = None,
    ) -> None:
        names = [n for n in land.layers if n not in _REFRESHED]
        self.inputs: dict[str, NDArray[Any]] = {n: land[n] for n in names}
        self.rules = rules
        self.start_year = start_year
        self.seed = seed
        self.grid, self.covers = land.grid, land.covers
        self._region = land.region
        climate = rules.climate
        self._climb_m_per_year = 0.0 if climate is None else climate.climb_m_per_year(land.region)
        self.notes: tuple[str, ...] = ()
        self.cleared = self.regrown = 0
        self._open_zones = len(land.zone_names)
        later = [e.edit for e in sorted(rules.events, key=lambda e: e.opens)]
        cores = [e for e in later if isinstance(e, Protect) and e.core]
        self.zone_names = (*land.zone_names, *(e.name for e in cores))
        self.zone_countries = (
            *land.zone_countries,
            *("" if e.country == "-" else e.country for e in cores),
        )
        clearing = rules.clearing
        self.fronts = None if clearing is None else Fronts(land.grid, clearing, seed)
        self._owed = 0.0
        self.pressure: F64 = np.zeros(1)
        cover = land["land_cover"].reshape(-1)
        # the natural cover that each cell has or had, from which ecotones climb
        self._natural = cover.copy()
        self._used = ~self.covers.has(cover, "natural") | self.covers.has(cover, "regrowth")
        zone = natural_cover(land["land_cover"], land["elevation_m"], land.region, land.covers)
        self._natural[self._used] = zone.reshape(-1)[self._used]
        self._keys = cell_keys(land.grid).reshape(-1)
        self._secondary_in = np.full(cover.size, NEVER, np.int16)
        self._natural_in = np.full(cover.size, NEVER, np.int16)
        self._times_cleared = np.zeros(cover.size, np.uint8)
        if rules.regrowth is not None:
            self._keep_pasture(np.flatnonzero(self.covers.has(cover, "pasture")), start_year)
            young = np.flatnonzero(self.covers.has(cover, "regrowth"))
            age = uniform01(self._keys[young], seed, AGE_AT_START)
            left_y = 1 + np.floor((1.0 - age) * rules.regrowth.forest_after_y)
            self._natural_in[young] = (start_year + left_y).astype(np.int16)
        self._maps = dict(maps or {})
        self._replace_cover(start_year)
        self._open(land, start_year)

    @property
    def succession(self) -> RegrowthRule:
        """Years that nature takes, also where restoration alone asks for them."""
        return RegrowthRule() if self.rules.regrowth is None else self.rules.regrowth

    def advance(self, land: Landscape, since: int, year: int, pressure: F64 | None = None) -> None:
        """Move on from the update year ``since``, whose landscape is ``land``, to ``year``.

        ``pressure`` is how long the clearing process runs, up to the end of each year, ``[year -
        since]``; without it clearing meets its rates.
        """
        cover = self.inputs["land_cover"].reshape(-1).copy()
        self._clear(land, cover, since, year, pressure)
        for now in range(since + 1, year + 1):
            self._regrow(cover, now)
        self._climb(cover, year)
        if not np.array_equal(cover, self.inputs["land_cover"].reshape(-1)):
            self.inputs = {**self.inputs, "land_cover": cover.reshape(self.grid.shape)}
        self._replace_cover(year)
        self._open(land, year)

    def summary(self, year: int, warming_c: float) -> tuple[str, ...]:
        """Say in one line what the years have changed; nothing if nothing moves by itself."""
        parts = []
        if self.rules.climate is not None:
            parts.append(f"air {warming_c:+.2f} °C")
        km2 = self.grid.cell_km2
        if self.fronts is not None:
            parts.append(f"{self.cleared * km2:,.0f} km² of forest cleared")
        if self.regrown:
            parts.append(f"{self.regrown * km2:,.0f} km² grown back into forest")
        return (f"{self.start_year} to {year}: {', '.join(parts)}",) if parts else ()

    def _clear(
        self, land: Landscape, cover: NDArray[np.uint8], since: int, year: int, pressure: F64 | None
    ) -> None:
        """Clear what falls from ``since`` to ``year``, to the rates or under a given pressure."""
        rule = self.rules.clearing
        if rule is None or self.fronts is None:
            return
        if pressure is None:
            quota = self._quotas(cover, since, year)
            order, moments = self.fronts.advance(land, sum(quota))
            ends = np.minimum(np.cumsum(quota), order.size)
            self._say_if_short(sum(quota) - order.size, since, year)
        else:
            order, moments = self.fronts.advance(land, cover.size, float(pressure[-1]))
            ends = np.searchsorted(moments, pressure, side="right")
        self.pressure = np.concatenate([[0.0], moments])[ends]
        self._used[order] = True
        use = self.covers.made(rule.to, "change.clearing.to")
        cover[order] = use.code
        self.cleared += order.size
        for i, (begin, end) in enumerate(zip((0, *ends[:-1]), ends, strict=True)):
            self._stop_growing(order[begin:end])
            if use.pasture:
                self._keep_pasture(order[begin:end], since + i + 1)

    def _quotas(self, cover: NDArray[np.uint8], since: int, year: int) -> list[int]:
        """Cells to clear in each year, fractions carried over; regrowth counts as it comes."""
        assert self.rules.clearing is not None
        forest = int(self.covers.has(cover, "clearable").sum())
        coming = self.covers.has(self._natural, "clearable") & self.covers.lacks(cover, "natural")
        quota: list[int] = []
        for now in range(since, year):
            self._owed += self.rules.clearing.rate_in(now) * forest
            n = int(np.floor(self._owed + 0.5))
            self._owed -= n
            quota.append(n)
            forest += int((coming & (self._secondary_in == now + 1)).sum()) - n
        return quota

    def _say_if_short(self, cells: int, since: int, year: int) -> None:
        if cells > 0:
            self.notes = (
                *self.notes,
                f"{since} to {year}: clearing fell short by {cells * self.grid.cell_km2:,.0f} km², "
                "all forest that may be cleared was gone",
            )

    def _stop_growing(self, cells: Cells) -> None:
        self._natural_in[cells] = self._secondary_in[cells] = NEVER

    def _keep_pasture(self, cells: Cells, year: int) -> None:
        """Draw for cells that became pasture in ``year`` when they will be given up."""
        self._stop_growing(cells)
        rule = self.rules.regrowth
        if rule is None or rule.rate == 0.0 or cells.size == 0:
            return
        kept_y = np.ones(cells.size)
        if rule.rate < 1.0:
            for times in np.unique(self._times_cleared[cells]):
                these = self._times_cleared[cells] == times
                wait = waiting_times(self._keys[cells[these]], self.seed, ABANDONED + int(times))
                kept_y[these] = np.maximum(np.ceil(wait / -np.log1p(-rule.rate)), 1.0)
        self._times_cleared[cells] += np.uint8(1)
        self._give_up(cells, year + kept_y)

    def _give_up(self, cells: Cells, year: NDArray[np.float64]) -> None:
        """Let nature come back to cells whose farming ends in ``year``."""
        take = self.succession
        for when, after in (
            (self._secondary_in, take.secondary_after_y),
            (self._natural_in, take.forest_after_y),
        ):
            due = np.minimum(year + after, NEVER).astype(np.int16)
            when[cells] = np.minimum(when[cells], due)

    def _regrow(self, cover: NDArray[np.uint8], year: int) -> None:
        """Turn cells whose year has come into young forest, or into their natural cover.

        Where the natural cover is no forest there is no young forest: it comes back as itself.
        Where the table of land cover has no regrowth, farmland stays until the forest is back.
        """
        due = np.flatnonzero(self._secondary_in == year)
        due = due[~self.covers.has(cover[due], "natural")]
        back = np.flatnonzero(self._natural_in == year)
        wooded = self.covers.has(self._natural[due], "forest")
        young, open_ground = due[wooded], due[~wooded]
        growing = self.covers.codes("regrowth")
        if growing:
            back = back[self.covers.has(cover[back], "regrowth")]
            cover[young] = growing[0]
        else:
            back = back[~self.covers.has(cover[back], "natural")]
            young = np.union1d(young[self._natural_in[young] <= year], back)
        if self.fronts is not None:
            self.fronts.regrown(young)
        same_year = young[self._natural_in[young] <= year]
        for cells in (open_ground, back, same_year):
            cover[cells] = self._natural[cells]
            self._used[cells] = False
        self._secondary_in[due] = NEVER
        self._natural_in[np.concatenate([open_ground, back, same_year])] = NEVER
        self.regrown += young.size

    def _climb(self, cover: NDArray[np.uint8], year: int) -> None:
        """Let the natural zones climb where the ground has not been farmed."""
        if self._climb_m_per_year == 0.0:
            return
        climb_m = self._climb_m_per_year * (year - self.start_year)
        z = self.inputs["elevation_m"].reshape(-1)
        free = ~self._used
        cover[free] = climbed_zones(
            self._natural[free], z[free], climb_m, self._region, self.covers
        )

    def _replace_cover(self, year: int) -> None:
        """Take over the land cover of a year that has a map of its own."""
        if year not in self._maps:
            return
        self.inputs = {**self.inputs, "land_cover": self._maps[year]}
        file = next(one.file for one in self.rules.maps if one.year == year)
        self.notes = (*self.notes, f"{year}: land cover of {Path(file).name}")

    def _open(self, land: Landscape, year: int) -> None:
        """Make the edits dated ``year``."""
        due = (event.edit for event in self.rules.events if event.opens == year)
        for part in (part for edit in due for part in edit.parts()):
            inputs = {**self.inputs, "temperature_c": land["temperature_c"]}
            here = replace(
                land,
                layers=derive_changed(self.grid, inputs, land.layers, land.covers, land.region),
                zone_names=self.zone_names[: self._open_zones],
                zone_countries=self.zone_countries[: self._open_zones],
            )
            done = f"{year}: {part.describe_on(here)}"
            try:
                self._apply(part, here, year)
            except CorridorSimError as bad:  # the ground has changed since the rehearsal
                done += f", which came to nothing: {bad.problem}"
            self.notes = (*self.notes, done)

    def _apply(self, edit: Edit, here: Landscape, year: int) -> None:
        after = edit.apply(here, self.seed)
        self._open_zones = len(after.zone_names)
        was = here["land_cover"].reshape(-1)
        now = after["land_cover"].reshape(-1)
        cells = np.flatnonzero(was != now)
        if isinstance(edit, Restore):
            # restoration ends the farming; the cover comes back in its own time
            self._give_up(cells, np.full(cells.size, float(year)))
            cover = was.copy()
            self._regrow(cover, year)
            self.inputs = {**self.inputs, "land_cover": cover.reshape(self.grid.shape)}
            return
        natural = self.covers.has(now[cells], "natural")
        self._natural[cells[natural]] = now[cells[natural]]
        self._used[cells] = ~natural
        farmed = cells[~natural]
        self._stop_growing(cells)
        self._keep_pasture(farmed[self.covers.has(now[farmed], "pasture")], year)
        changed = {
            name: after[name]
            for name in self.inputs
            if after[name] is not here[name] and not np.array_equal(after[name], here[name])
        }
        self.inputs = {**self.inputs, **changed}


_REFRESHED = frozenset({"temperature_c", *DERIVED_LAYERS} - {"protection"})
