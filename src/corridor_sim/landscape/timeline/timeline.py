"""The landscape of every year of a run.

A timeline starts from today's landscape and a set of rules. Between two update years the landscape
stands still; at an update clearing, regrowth, dated edits and warming of the years in between are
made good, in that order, and only the layers that rest on a changed one are recomputed. The state
goes forward only, but the inputs of every update year are kept, so earlier years can be asked for
again.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import ScenarioError
from corridor_sim.landscape.derive import derive_changed
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.parts import Origin
from corridor_sim.landscape.timeline.rehearsal import rehearse
from corridor_sim.landscape.timeline.rules import Change
from corridor_sim.landscape.timeline.surface import Surface

_KEPT = ("land_cover", "road", "river", "protected", "protection", "elevation_m")


@dataclass(frozen=True, slots=True)
class _Moment:
    """What it takes to rebuild the landscape of one update year."""

    layers: dict[str, NDArray[Any]]
    warming_c: float
    zone_names: tuple[str, ...]
    zone_countries: tuple[str, ...]
    edits: tuple[str, ...]
    changed: frozenset[str]


class Timeline:
    """A landscape as a function of the calendar year.

    Parameters
    ----------
    land : Landscape
        Landscape of ``start_year``, after all undated edits.
    rules : Change
        What changes, see :mod:`corridor_sim.landscape.timeline.rules`.
    start_year, n_years : int
        The run covers ``start_year`` to ``start_year + n_years - 1``; the state at its end, in
        ``start_year + n_years``, can be asked for too.
    seed : int
        Decides, with the place on the map, when a cell is cleared or given up.
    maps : mapping of year to uint8 ``[height, width]``, optional
        Land cover of each year of ``rules.maps``, read from its file.

    Raises
    ------
    ScenarioError
        For rules that cannot hold in these years or on this landscape, before any work.

    Examples
    --------
    >>> from corridor_sim.landscape.synthetic import uniform
    >>> from corridor_sim.landscape.timeline.rules import ClimateRule, Change
    >>> rules = Change(climate=ClimateRule(ssp="SSP2-4.5"), update_every_y=10)
    >>> line = Timeline(uniform(8, 8), rules, start_year=2025, n_years=30, seed=1)
    >>> line.update_years
    (2035, 2045, 2055)
    """

    _current: tuple[int, Landscape]

    def __init__(
        self,
        land: Landscape,
        rules: Change,
        *,
        start_year: int,
        n_years: int,
        seed: int,
        maps: Mapping[int, NDArray[np.uint8]] | None = None,
    ) -> None:
        rules.check(start_year, n_years)
        _refuse_other_maps(rules, maps or {})
        rules.check_region(start_year, n_years, land.region)
        rehearse(land, rules, start_year=start_year, seed=seed)
        self.rules = rules
        self.start_year = start_year
        self.last_year = start_year + n_years
        self.seed = seed
        self.update_years = _update_years(rules, land, start_year, self.last_year)
        self._start = land
        self._surface = Surface(land, rules, start_year=start_year, seed=seed, maps=maps)
        # the same ground without dated edits says how hard clearing presses, where that is wanted
        self._undated: Surface | None = None
        if rules.clearing is not None and rules.clearing.demand == "responsive" and rules.events:
            quiet = rules.model_copy(update={"events": ()})
            self._undated = Surface(land, quiet, start_year=start_year, seed=seed)
        self._moments: dict[int, _Moment] = {}
        self._reached = start_year
        self._moments[start_year] = self._look(start_year)
        self._show(start_year, land)

    def at(self, year: int) -> Landscape:
        """Return the landscape that holds in ``year``, derived layers included.

        The landscape of the latest update year up to ``year``; years without an update share one
        object. Asking in rising order is cheapest.

        Raises
        ------
        ScenarioError
            For a year before the start or after the end of the run.
        """
        step = self._step(year)
        while self._reached < step:
            following = self.update_years[bisect_right(self.update_years, self._reached)]
            self._advance(following)
        if self._current[0] != step:
            self._current = (step, self._build(step))
        return self._current[1]

    def changed(self, year: int) -> frozenset[str]:
        """Return the names of the layers, derived ones included, that changed in an update year.

        Empty in years without an update; in the start year, what differs from the landscape given.
        """
        step = self._step(year)
        if step != year:
            return frozenset()
        self.at(year)
        return self._moments[year].changed

    def _step(self, year: int) -> int:
        if not self.start_year <= year <= self.last_year:
            raise ScenarioError(
                f"year {year} is outside the run",
                where="timeline",
                remedy=f"allowed: {self.start_year} to {self.last_year}",
            )
        i = bisect_right(self.update_years, year)
        return self.update_years[i - 1] if i else self.start_year

    def _advance(self, year: int) -> None:
        """Bring the state from the year reached to the next update year."""
        before = self.at(self._reached)
        pressure = None
        if self._undated is not None:
            layers = {**self._start.layers, **self._undated.inputs}
            self._undated.advance(replace(self._start, layers=layers), self._reached, year)
            pressure = self._undated.pressure
        self._surface.advance(before, self._reached, year, pressure)
        self._moments[year] = self._look(year)
        self._reached = year
        self._show(year, before)

    def _show(self, year: int, before: Landscape) -> None:
        """Build the landscape of the year just reached and record what differs from ``before``."""
        after = self._build(year, before)
        self._current = (year, after)
        changed = frozenset(
            name
            for name, values in after.layers.items()
            if values is not before[name] and not np.array_equal(values, before[name])
        )
        self._moments[year] = replace(self._moments[year], changed=changed)

    def _look(self, year: int) -> _Moment:
        surface = self._surface
        climate = self.rules.climate
        warming = 0.0
        if climate is not None:
            warming = climate.warming_c(year, self.start_year, self._start.region)
        return _Moment(
            layers=dict(surface.inputs),
            warming_c=warming,
            zone_names=surface.zone_names,
            zone_countries=surface.zone_countries,
            edits=(*self._start.edits, *surface.notes, *surface.summary(year, warming)),
            changed=frozenset(),
        )

    def _build(self, year: int, before: Landscape | None = None) -> Landscape:
        """Make the landscape of an update year that the state has reached."""
        moment = self._moments[year]
        nearby = self._start if before is None else before
        layers = dict(moment.layers)
        warm = self._start["temperature_c"]
        if moment.warming_c:
            warm = (warm + np.float32(moment.warming_c)).astype(np.float32)
        layers["temperature_c"] = warm
        out = derive_changed(nearby.grid, layers, nearby.layers, nearby.covers, nearby.region)
        origins = dict(self._start.origins)
        for name in (*_KEPT, "temperature_c"):
            if layers[name] is not self._start[name]:
                old = origins.get(name, Origin("derived", "computed from other layers"))
                origins[name] = old.noted(f", brought to {year}")
        return replace(
            self._start,
            layers=out,
            origins=origins,
            zone_names=moment.zone_names,
            zone_countries=moment.zone_countries,
            edits=moment.edits,
        ).in_year(year)


def _refuse_other_maps(rules: Change, maps: Mapping[int, NDArray[np.uint8]]) -> None:
    if set(maps) != {one.year for one in rules.maps}:
        raise ScenarioError(
            "maps of later years are named and not read",
            where="change.maps",
            remedy="give their land cover by year",
        )


def _update_years(
    rules: Change, land: Landscape, start_year: int, last_year: int
) -> tuple[int, ...]:
    years = {e.opens for e in rules.events if e.opens > start_year}
    dated = (year for one in land.covariates.values() for year in one.years)
    years |= {year for year in dated if start_year < year <= last_year}
    years |= {one.year for one in rules.maps if one.year > start_year}
    moving = (
        rules.climate is not None
        or rules.clearing is not None
        or rules.regrowth is not None
        or any(e.takes_years for e in rules.events)
    )
    if moving:
        years |= set(range(start_year + rules.update_every_y, last_year + 1, rules.update_every_y))
    return tuple(sorted(years))
