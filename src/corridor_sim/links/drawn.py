"""A link that somebody has just drawn, answered while they look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.build import apply_edits, build_species, reference_landscape
from corridor_sim.config.checks import refuse_positions
from corridor_sim.config.links import Candidate
from corridor_sim.config.load import ScenarioLike, scenario_of
from corridor_sim.errors import ScenarioError, nearest
from corridor_sim.landscape.edits.base import Edit
from corridor_sim.landscape.edits.linking import ACTIONS, Action
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.links.candidates import make_link
from corridor_sim.links.dispersal_sets import MOST_CONCERNED, dispersal_of
from corridor_sim.links.drawn_current import CircuitMaps, LinkCurrent
from corridor_sim.links.drawn_ground import changed_areas_of, co_benefits_of, ground_of_edits
from corridor_sim.links.drawn_use import UseMaps
from corridor_sim.links.money import ONE_MIGRANT
from corridor_sim.progress import tell
from corridor_sim.simulation.dispersal.machine import DISPERSERS, Told
from corridor_sim.simulation.dispersal.outcomes import OUTCOMES
from corridor_sim.species.demography import generation_y, vital_rates
from corridor_sim.statistics.intervals import paired_contrast
from corridor_sim.statistics.supports import support_of
from corridor_sim.toml.strict import validate

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    import xarray as xr

F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LinkEffect:
    """What a drawn link, or any change, does to the dispersers of a landscape.

    Attributes
    ----------
    name : str
    outcomes : DataFrame
        By species and outcome: means over replicates ``without`` and ``with`` the change, the
        paired ``change`` with its interval ``low``, ``high``, and the unit. Where nobody lived
        otherwise the interval says how many may all the same; NaN of means over many, such as the
        distance, where nothing tells how far they may change.
    pairs : DataFrame
        By species and pair of blocks between which anybody went: animals a year and migrants a
        generation, without and with, and whether there is one migrant a generation at least.
    concerned : dict of str to float
        Share of each species' dispersers whom the change can concern: those that walked again.
    area_km2 : float
        Of the ground that was drawn; NaN where edits were given.
    seconds : float
        What the answer took.
    """

    name: str
    outcomes: pd.DataFrame
    pairs: pd.DataFrame
    concerned: dict[str, float]
    area_km2: float
    seconds: float

    def __str__(self) -> str:
        rows = self.outcomes[self.outcomes["outcome"] == "joining_per_year"]
        told = "; ".join(
            f"{row.species} {row.change:+.3f} [{row.low:+.3f}, {row.high:+.3f}]"
            for row in rows.itertuples()
        )
        return f"{self.name}: animals a year that join another block: {told} ({self.seconds:.1f} s)"


class LinkEvaluator:
    """Answers what drawn links do to dispersal between blocks of core areas, in about a second.

    The baseline is walked once, when the evaluator is made; a link is told from those dispersers
    whose lives it can change, which is exact (:mod:`corridor_sim.simulation.dispersal.cohort`).

    Parameters
    ----------
    scenario : path, Scenario or what load_scenario returns, optional
        The landscape without any link, and its species; the built-in one by default. Species that
        soar are left out.
    replicates : int
        Replicates of the baseline, from 0.
    dispersers : int
        Animals a species in each replicate, on average over species.
    set : sequence of str
        Settings as ``"landscape.cell_m=2000"``.
    level : float
        Of the intervals.

    Raises
    ------
    CorridorSimError
        A mistake in the settings, fewer than two blocks, or no species that walks.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> evaluator = cs.LinkEvaluator(
    ...     cs.Scenario(name="Today", landscape={"cell_m": 5000}, species={"andean_bear": {}}),
    ...     replicates=4, dispersers=100,
    ... )
    >>> effect = evaluator.evaluate(
    ...     [[-78.9, -3.0], [-78.3, -3.0], [-78.3, -3.6], [-78.9, -3.6]], actions=["restore"]
    ... )
    >>> list(effect.outcomes["species"].unique())
    ['andean_bear']
    """

    def __init__(
        self,
        scenario: ScenarioLike | None = None,
        *,
        replicates: int = 40,
        dispersers: int = DISPERSERS,
        set: Sequence[str] = (),
        level: float = 0.95,
    ) -> None:
        self.resolved = one = scenario_of(scenario, list(set))
        if one.scenario.life_cycle is not None:
            raise ScenarioError(
                "runs through decades",
                where=one.name,
                remedy="leave [life_cycle] out: this answers for today's dispersers",
            )
        refuse_positions(one.scenario, "dispersal to and from a drawn link")
        self.reference = reference_landscape(one)
        self.land = apply_edits(self.reference, one.edits, one.scenario.seed)
        species = build_species(one)
        if all(each.soaring is not None for each in species):
            raise ScenarioError(
                "none of its species walks", where=one.name, remedy="add one that does"
            )
        self.replicates, self.level = range(replicates), level
        self.dispersal = dispersal_of(
            one, species, self.reference, self.land, dispersers=dispersers
        )
        self._without = {key: self._values(key) for key in self.dispersal.kinds}
        self._pairs = {
            key: self.dispersal.pairs(key, self.replicates) for key in self.dispersal.kinds
        }

    @property
    def blocks(self) -> gpd.GeoDataFrame:
        """The blocks of core areas: number, name, area and outline, in the landscape's CRS."""
        areas = self.reference.core_areas
        blocks = self.dispersal.blocks
        areas["block"] = blocks.of_zone[areas["id"].to_numpy()]
        found = areas[areas["block"] > 0].dissolve("block").reset_index()[["block", "geometry"]]
        found["name"] = [blocks.names[i] for i in found["block"]]
        found["area_km2"] = [float(blocks.area_km2[i]) for i in found["block"]]
        return found

    def evaluate(
        self,
        shape: Any,
        *,
        actions: Sequence[Action] = ("restore", "protect"),
        crs: str = "EPSG:4326",
        width_m: float | None = None,
        name: str = "drawn",
    ) -> LinkEffect:
        """Return what building a drawn link does.

        Parameters
        ----------
        shape : shapely geometry, GeoSeries, or sequence of points
            Outline of the link, or with ``width_m`` its middle line, in ``crs``; longitude first.
        actions : sequence of {"restore", "protect", "crossings"}
            What is done inside.
        crs : str
            Of the points; degrees by default. A GeoSeries has its own.
        width_m : float, optional
            Width of a link that is drawn as a line.
        name : str

        Raises
        ------
        ScenarioError
            A shape outside the landscape, crossing itself or without area; a link that changes
            nothing that a disperser could notice.
        """
        began = perf_counter()
        points, crs = _points(shape, crs)
        data: dict[str, Any] = {"name": name, "cost": 1.0, "actions": tuple(actions), "crs": crs}
        if width_m is None:
            data["area"] = points
        else:
            data |= {"line": points[0], "width_m": width_m}
        for action in actions:
            if action not in ACTIONS:
                raise ScenarioError(
                    f"unknown action {action!r}", where=name, remedy=nearest(action, ACTIONS)
                )
        one = validate(Candidate, data, where=name, error=ScenarioError)
        link = make_link(one, self.land, name)
        return self._effect(name, [link.edit], link.area_km2, began)

    def change(self, edits: Sequence[Edit], name: str = "change") -> LinkEffect:
        """Return what any edits of the landscape do, made after those of the scenario.

        Parameters
        ----------
        edits : sequence of edits
            Such as ``[cs.edits.Road(...)]``.
        """
        return self._effect(name, edits, float("nan"), perf_counter())

    def _values(self, key: str, told: Told | None = None) -> F64:
        return self.dispersal.values(key, self.replicates, told)

    def _effect(
        self, name: str, edits: Sequence[Edit], area_km2: float, began: float
    ) -> LinkEffect:
        import pandas as pd

        land = apply_edits(self.land, edits, self.resolved.scenario.seed)
        told, concerned = self._told(land, name)
        outcomes: list[dict[str, Any]] = []
        pairs: list[dict[str, Any]] = []
        for key, one in told.items():
            after = self._values(key, one)
            for at, (outcome, row) in enumerate(OUTCOMES.items()):
                # dispersers of different strata stand for different numbers of animals, and none
                # of these is what one event is worth
                seen = paired_contrast(
                    self._without[key][:, at], after[:, at], self.level, support_of(row)
                )
                outcomes.append(
                    {
                        "species": key,
                        "outcome": outcome,
                        "without": seen.baseline.mean,
                        "with": seen.scenario.mean,
                        "change": seen.difference.mean,
                        "low": seen.difference.low,
                        "high": seen.difference.high,
                        "unit": row.unit,
                    }
                )
            pairs += self._between(key, one)
        columns = "species from to per_year_without per_year_with per_generation_without "
        columns += "per_generation_with one_migrant_without one_migrant_with"
        return LinkEffect(
            name,
            pd.DataFrame(outcomes),
            pd.DataFrame(pairs, columns=columns.split()),
            concerned,
            area_km2,
            perf_counter() - began,
        )

    def _told(self, land: Landscape, name: str) -> tuple[Mapping[str, Told], dict[str, float]]:
        """Return who is concerned by a changed landscape, by species, and which share they are."""
        grounds = self.dispersal.grounds(land)
        if all(change.nothing for _, change in grounds.values()):
            raise ScenarioError(
                "changes nothing that a disperser could notice",
                where=name,
                remedy="move it, or let it do more",
            )
        told, share = {}, {}
        for key, (ground, change) in grounds.items():
            told[key] = self.dispersal.on(key, ground, change, self.replicates)
            share[key] = self.dispersal.share_concerned(key, change, self.replicates)
        if max(share.values()) > MOST_CONCERNED:
            tell(f"{name} concerns {max(share.values()):.0%} of the dispersers: most walk again")
        return told, share

    def _between(self, key: str, told: Told) -> list[dict[str, Any]]:
        """Return the rows of pairs of blocks between which anybody went."""
        before = self._pairs[key].mean(axis=0)
        after = self.dispersal.pairs(key, self.replicates, told).mean(axis=0)
        life = self.dispersal.kinds[key].species.life_cycle
        years = float("nan") if life is None else generation_y(vital_rates(life))
        names, found = self.dispersal.blocks.names, []
        for i, j in np.argwhere((before > 0) | (after > 0)):
            if j and i != j:
                per = [float(m[i, j]) for m in (before, after)]
                found.append(
                    {
                        "species": key,
                        "from": names[i],
                        "to": names[j],
                        "per_year_without": per[0],
                        "per_year_with": per[1],
                        "per_generation_without": per[0] * years,
                        "per_generation_with": per[1] * years,
                        "one_migrant_without": per[0] * years >= ONE_MIGRANT,
                        "one_migrant_with": per[1] * years >= ONE_MIGRANT,
                    }
                )
        return found

    # ---- maps and sums beside the animals

    def use(
        self,
        edits: Sequence[Edit] = (),
        *,
        species: Sequence[str] | None = None,
        replicates: int = 10,
    ) -> xr.Dataset:
        """Return where dispersers spend their days, and with edits where they would.

        A day counts in the cell where it ends, and as many times as the animal stands for animals
        a year: animal-days per 100 km² and year, of dispersers born in blocks. Over 365.25 it is
        their density, animals per 100 km².

        Parameters
        ----------
        edits : sequence of edits, optional
            Made after those of the scenario.
        species : sequence of str, optional
            Keys; all that walk by default.
        replicates : int
            So many of the evaluator's, from 0.

        Returns
        -------
        Dataset ``[species, y, x]``
            ``without``, float64. With edits also ``with``, ``change`` and ``told``: whether the
            change, smoothed over 1.5 km, is told from none over the replicates at the evaluator's
            level; one cell in twenty without any change is so by chance at 95 %.

        Raises
        ------
        CorridorSimError
            A species that does not walk here, or edits that cannot be made.

        Examples
        --------
        >>> import corridor_sim as cs
        >>> today = cs.Scenario(name="Today", landscape={"cell_m": 5000}, species={"jaguar": {}})
        >>> use = cs.LinkEvaluator(today, replicates=4, dispersers=100).use()
        >>> use["without"].dims, use["without"].attrs["units"]
        (('species', 'y', 'x'), 'animal-days per 100 km2 and year')
        """
        if replicates < 1:
            raise ScenarioError(
                f"{replicates} replicates make no map", where="replicates", remedy="use 1 or more"
            )
        return self._use_maps.of(
            self._changed(edits), self._keys(species), self.replicates[:replicates]
        )

    def current(
        self, edits: Sequence[Edit] = (), *, species: str | Sequence[str] | None = None
    ) -> LinkCurrent:
        """Return circuit theory's current between blocks, and what edits do to it.

        Parameters
        ----------
        edits : sequence of edits, optional
            Made after those of the scenario.
        species : str or sequence of str, optional
            Whose ground cost is meant; of several, and of all that walk by default, the geometric
            mean.

        Returns
        -------
        LinkCurrent
            Maps, mean current inside the edits, effective resistance between each two blocks, on a
            map coarsened to 20,000 cells or fewer.

        Raises
        ------
        CorridorSimError
            A species that does not walk here, or edits that cannot be made.

        Examples
        --------
        >>> import corridor_sim as cs
        >>> today = cs.Scenario(name="Today", landscape={"cell_m": 5000}, species={"jaguar": {}})
        >>> found = cs.LinkEvaluator(today, replicates=4, dispersers=100).current()
        >>> found.cell_m, found.maps["without"].attrs["units"]
        (5000.0, 'A')
        """
        keys = self._keys([species] if isinstance(species, str) else species)
        changed = self._changed(edits)
        inside = None if changed is None else ground_of_edits(edits, self.land, changed)
        return self._circuit_maps.of(changed, inside, tuple(keys))

    def co_benefits(
        self, edits: Sequence[Edit], asked: Sequence[Mapping[str, Any]] | None = None
    ) -> pd.DataFrame:
        """Sum what the ground of edits gives beside animals, without and with them.

        Over whole cells: those whose centre lies inside an outline, or that an edit without one
        changes.

        Parameters
        ----------
        edits : sequence of edits
            Made after those of the scenario.
        asked : sequence of mappings, optional
            Tables as in ``[[co_benefits]]``; all that ship and hold here by default.

        Returns
        -------
        DataFrame
            One row a co-benefit: ``co_benefit``, ``unit`` (text), ``area_km2`` of that ground,
            ``today`` (before any edit), ``without``, ``with``, ``avoided_loss`` (their difference)
            and ``holes`` (share of the ground without a value), float64. No row, and the reason in
            ``attrs["note"]``, where nothing is given for this region.

        Raises
        ------
        CorridorSimError
            A co-benefit that was asked for and misfits, or edits that cannot be made.

        Examples
        --------
        >>> import corridor_sim as cs
        >>> today = cs.Scenario(name="Today", landscape={"cell_m": 5000}, species={"jaguar": {}})
        >>> evaluator = cs.LinkEvaluator(today, replicates=4, dispersers=100)
        >>> cleared = evaluator.co_benefits([cs.edits.Clear(fraction=0.2)])
        >>> list(cleared["co_benefit"]), bool((cleared["avoided_loss"] < 0).all())
        (['Carbon above ground', 'Water that rivers get evenly'], True)
        """
        after = self._changed(edits) or self.land
        base_dir = self.resolved.base_dir
        return co_benefits_of(edits, self.reference, self.land, after, asked, base_dir)

    def changed_areas(self, edits: Sequence[Edit]) -> pd.DataFrame:
        """Return the ground that edits restore, protect or clear, by land cover.

        Parameters
        ----------
        edits : sequence of edits
            Made after those of the scenario.

        Returns
        -------
        DataFrame
            ``what`` is done (``restored`` to natural cover, ``lost`` from it, otherwise
            ``changed``; ``protected``), ``cover_before``, ``cover_after`` (labels), ``area_km2`` of
            whole cells. ``attrs["drawn_km2"]`` is the ground of the edits.

        Raises
        ------
        CorridorSimError
            Edits that cannot be made.

        Examples
        --------
        >>> import corridor_sim as cs
        >>> today = cs.Scenario(name="Today", landscape={"cell_m": 5000}, species={"jaguar": {}})
        >>> evaluator = cs.LinkEvaluator(today, replicates=4, dispersers=100)
        >>> evaluator.changed_areas([cs.edits.Clear(fraction=0.2)])["what"].unique().tolist()
        ['lost']
        """
        return changed_areas_of(edits, self.land, self._changed(edits) or self.land)

    @cached_property
    def _use_maps(self) -> UseMaps:
        return UseMaps(self.dispersal, self.replicates, self.land.grid, self.level)

    @cached_property
    def _circuit_maps(self) -> CircuitMaps:
        return CircuitMaps(self.dispersal, self.reference)

    def _changed(self, edits: Sequence[Edit]) -> Landscape | None:
        if not edits:
            return None
        return apply_edits(self.land, edits, self.resolved.scenario.seed)

    def _keys(self, species: Sequence[str] | None) -> list[str]:
        """Return keys of species that walk here, all by default."""
        keys = list(self.dispersal.kinds) if species is None else list(species)
        for key in keys or [""]:
            if key not in self.dispersal.kinds:
                raise ScenarioError(
                    f"{key!r} is no species that walks here",
                    where="species",
                    remedy=nearest(key, self.dispersal.kinds),
                )
        return keys


def _points(shape: Any, crs: str) -> tuple[tuple[Any, ...], str]:
    """Return the rings or the line of a shape as points, and their CRS."""
    if hasattr(shape, "crs") and hasattr(shape, "geometry"):
        crs = str(shape.crs) if shape.crs is not None else crs
        shape = shape.geometry.union_all()
    parts = list(getattr(shape, "geoms", [shape]))
    if hasattr(parts[0], "exterior"):
        return tuple(tuple(map(tuple, p.exterior.coords[:-1])) for p in parts), crs
    if hasattr(parts[0], "coords"):
        return (tuple(map(tuple, parts[0].coords)),), crs
    return (tuple(map(tuple, shape)),), crs
