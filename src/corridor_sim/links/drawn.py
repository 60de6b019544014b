"""A link that somebody has just drawn, answered while they look."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from functools import cached_property
from time import perf_counter
from typing import TYPE_CHECKING, Any

from corridor_sim.config.build import apply_edits, build_species, reference_landscape
from corridor_sim.config.checks import refuse_positions
from corridor_sim.config.links import Candidate
from corridor_sim.config.load import ScenarioLike, scenario_of
from corridor_sim.errors import ScenarioError, nearest
from corridor_sim.experiment.plan import scenario_digest
from corridor_sim.landscape.edits.base import Edit
from corridor_sim.landscape.edits.linking import ACTIONS, Action
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.languages import tr
from corridor_sim.links import drawn_lives
from corridor_sim.links.alternatives import Alternatives
from corridor_sim.links.candidates import Link, make_link
from corridor_sim.links.dispersal_sets import MOST_CONCERNED, dispersal_of
from corridor_sim.links.drawn_current import CircuitMaps, LinkCurrent
from corridor_sim.links.drawn_ground import changed_areas_of, co_benefits_of, ground_of_edits
from corridor_sim.links.drawn_tables import LinkEffect, effect_of
from corridor_sim.links.drawn_use import UseMaps
from corridor_sim.links.drawn_walks import Answer, Grounds, Walks, refuse_counts
from corridor_sim.progress import listening, tell
from corridor_sim.simulation.dispersal.machine import DISPERSERS
from corridor_sim.toml.strict import validate

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    import xarray as xr

    from corridor_sim.links.drawn_choice import LinkChoice

# changed landscapes whose grounds are kept, of the changes that were asked for last
KEPT = 2
DRAWN: tuple[Action, ...] = ("restore", "protect")


class LinkEvaluator:
    """Answers what drawn links do to dispersal between blocks of core areas, in about a second.

    The baseline is walked once, as far as anybody asked; a link is told from those dispersers
    whose lives it can change, which is exact (:mod:`corridor_sim.simulation.dispersal.cohort`).

    Any thread may ask, but one at a time: a page keeps one worker thread for an evaluator. What is
    told while it works goes to who listens in that thread.

    Parameters
    ----------
    scenario : path, Scenario or what load_scenario returns, optional
        The landscape without any link, and its species; the built-in one by default. Species that
        soar are left out.
    replicates : int
        Replicates from which :meth:`evaluate` and :meth:`change` answer, numbered from 0.
    dispersers : int
        Animals a species in each replicate, on average over species.
    set : sequence of str
        Settings as ``"landscape.cell_m=2000"``.
    level : float
        Of the intervals.

    Attributes
    ----------
    species : tuple of Species
        Of the scenario, those that soar with them.

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
    >>> outline = [[-78.9, -3.0], [-78.3, -3.0], [-78.3, -3.6], [-78.9, -3.6]]
    >>> effect = evaluator.evaluate(outline, actions=["restore"])
    >>> list(effect.outcomes["species"].unique())
    ['andean_bear']

    The same answer, growing:

    >>> link = evaluator.link(outline, actions=["restore"], name="North")
    >>> [one.replicates for one in evaluator.effects([link.edit], replicates=(2, 4))]
    [2, 4]

    And the animals behind it, with the ways that they go:

    >>> lives = evaluator.lives(effect)
    >>> ways = evaluator.ways(effect, lives.head(3))
    >>> len(ways) == 2 * min(3, len(lives))
    True
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
        self.species = species = tuple(build_species(one))
        if all(each.soaring is not None for each in species):
            raise ScenarioError(
                "none of its species walks", where=one.name, remedy="add one that does"
            )
        (self.replicates,) = refuse_counts([replicates])
        self.level, self.dispersers = level, dispersers
        self.dispersal = dispersal_of(
            one, species, self.reference, self.land, dispersers=dispersers
        )
        self._walks = Walks(self.dispersal)
        self._kept: dict[str, Grounds] = {}

    @cached_property
    def identity(self) -> str:
        """A digest of the scenario, its seed, the contents of its files and the program."""
        return scenario_digest(self.resolved)

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

    def prepare(self, replicates: int | None = None) -> None:
        """Walk the baseline's dispersers ahead, so that the first answer does not wait for them.

        Parameters
        ----------
        replicates : int, optional
            All of the evaluator's by default. Those that were walked are not walked again.
        """
        (n,) = refuse_counts([self.replicates if replicates is None else replicates])
        self._walks.prepare(n)

    # ---- links and changes

    def link(
        self,
        shape: Any,
        *,
        actions: Sequence[Action] = DRAWN,
        crs: str = "EPSG:4326",
        width_m: float | None = None,
        name: str = "drawn",
        cost: float = 1.0,
        drop_idle: bool = False,
    ) -> Link:
        """Return a drawn link, checked against the landscape: its ``edit``, and ``area_km2``.

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
        cost : float
            Above 0.
        drop_idle : bool
            Leave out actions that find nothing to do, as long as one does something;
            ``edit.actions`` tells those that are left. They are refused by default.

        Returns
        -------
        Link
            ``edit`` for :meth:`effects`, ``area_km2``, ``cells`` (flat indices of those whose
            centre lies inside), ``rings`` in metres of the landscape's CRS, ``name``, ``cost``.

        Raises
        ------
        ScenarioError
            A shape outside the landscape, crossing itself or without area, too small for its
            cells; an action that finds nothing to do there.
        """
        points, crs = _points(shape, crs, name, line=width_m is not None)
        data: dict[str, Any] = {"name": name, "cost": cost, "actions": tuple(actions), "crs": crs}
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
        return make_link(one, self.land, name, drop_idle=drop_idle)

    def evaluate(
        self,
        shape: Any,
        *,
        actions: Sequence[Action] = DRAWN,
        crs: str = "EPSG:4326",
        width_m: float | None = None,
        name: str = "drawn",
    ) -> LinkEffect:
        """Return what building a drawn link does.

        Parameters
        ----------
        shape, actions, crs, width_m, name
            As of :meth:`link`.

        Raises
        ------
        ScenarioError
            As :meth:`link`; a link that changes nothing that a disperser could notice.
        """
        began = perf_counter()
        link = self.link(shape, actions=actions, crs=crs, width_m=width_m, name=name)
        made_s = perf_counter() - began
        (found,) = self._effects([link.edit], name, (self.replicates,), link.area_km2, made_s)
        return found

    def change(self, edits: Sequence[Edit], name: str = "change") -> LinkEffect:
        """Return what any edits of the landscape do, made after those of the scenario.

        Parameters
        ----------
        edits : sequence of edits
            Such as ``[cs.edits.AddRoad(...)]``.

        Raises
        ------
        CorridorSimError
            An edit that cannot be made on the landscape; edits that together change nothing that
            a disperser could notice.
        """
        (found,) = self._effects(edits, name, (self.replicates,))
        return found

    def effects(
        self,
        edits: Sequence[Edit],
        *,
        name: str = "change",
        replicates: Sequence[int] = (10, 20, 40),
    ) -> Iterator[LinkEffect]:
        """Yield what edits do from few replicates, then from more: the intervals narrow.

        Each answer is what :meth:`change` of an evaluator with so many replicates gives, to the
        bit. Between answers nothing is done, and who asks for no more stops the work: give more
        numbers to be able to stop sooner.

        Parameters
        ----------
        edits : sequence of edits
            Links, roads, clearings, reserves, warming, mines: all that :mod:`cs.edits` has.
        name : str
        replicates : sequence of int
            Rising.

        Raises
        ------
        CorridorSimError
            As :meth:`change`, with the first answer.
        """
        yield from self._effects(edits, name, refuse_counts(replicates))

    def seconds_for(self, edits: Sequence[Edit], replicates: int | None = None) -> float:
        """Return about how many seconds an answer will take, before it is worked out.

        From how many steps the dispersers take whom the edits can concern, and the pace of the
        walks so far. The changed landscape is made for it, and kept for the answer.

        Parameters
        ----------
        edits : sequence of edits
        replicates : int, optional
            All of the evaluator's by default.

        Raises
        ------
        CorridorSimError
            As :meth:`change`.
        """
        (n,) = refuse_counts([self.replicates if replicates is None else replicates])
        return self._walks.seconds_for(self._grounds(edits, "change"), n)

    def lives(self, effect: LinkEffect) -> gpd.GeoDataFrame:
        """Return the dispersers whose lives a change alters: they end otherwise or elsewhere.

        Who goes another way and ends the same is counted in ``effect.animals``.

        Parameters
        ----------
        effect : LinkEffect
            Of this evaluator.

        Returns
        -------
        GeoDataFrame
            One row an animal, its geometry the place of birth in the landscape's CRS: ``species``;
            ``animal``, which with the species names it in any answer; ``sex``, ``replicate``,
            ``natal_block``; ``per_year``, the animals a year that it stands for, so that sums are
            means over replicates; ``start_x``, ``start_y``. Then ``without`` and ``with`` the
            change: ``fate_*`` (``joined`` another block, ``stayed`` in its own, ``outside`` core
            areas, ``looking`` when its time was over, ``died``), ``cause_*`` of death, ``block_*``
            where it settled, ``end_x_*``, ``end_y_*`` (its home, else where the walk ended),
            ``years_*`` on the way. ``gain`` is 1 where it joins another block only with the
            change, -1 only without.
        """
        return drawn_lives.lives(self._walks, effect.answer, self.land.grid, effect.replicates)

    def ways(
        self, effect: LinkEffect, lives: gpd.GeoDataFrame | None = None, *, most: int = 200
    ) -> gpd.GeoDataFrame:
        """Return the ways of animals whose lives a change alters, without and with it.

        Parameters
        ----------
        effect : LinkEffect
        lives : GeoDataFrame, optional
            Rows of :meth:`lives` of the effect; all of them by default.
        most : int
            Of more animals those are taken first that join another block on one side only, then
            those of the first replicates, species by turns.

        Returns
        -------
        GeoDataFrame
            Two rows an animal, ``change`` being ``"without"`` and ``"with"``: lines in the
            landscape's CRS from the place of birth through the place at the end of every whole day
            (``days`` of them) to where it ended. ``apart_from_day`` is the first day, from 1, at
            whose end both are apart; NaN where none is.

        Raises
        ------
        ScenarioError
            An animal that the change does not concern.
        """
        table = drawn_lives.chosen(self.lives(effect) if lives is None else lives, most)
        grounds = self._grounds(effect.edits, effect.name)
        return drawn_lives.lines(self._walks, effect.answer, grounds, self.land.grid, table)

    def choose(
        self,
        alternatives: Mapping[str, tuple[Sequence[Edit], float]] | Alternatives,
        budget: float | None = None,
        *,
        weights: Mapping[str, float] | None = None,
        indifference: float = 0.02,
        confidence: float = 0.95,
        replicates: int | None = None,
        progress: Callable[[str], None] | None = None,
    ) -> LinkChoice:
        """Return which of a few alternatives to build for a budget.

        Alternatives that are built together may give more, or less, than the sum of both, so that
        pairs of them are simulated, and threes whose pairs do. Where alternatives overlap, what one
        has done the next finds done.

        Parameters
        ----------
        alternatives : mapping of name to (edits, cost), or Alternatives
            Two to eight; costs in any one currency.
        budget : float, optional
            What the set may cost in all; that of the Alternatives by default.
        weights : mapping of species to float, optional
            What an animal of each species counts; those left out count nothing. All count 1 by
            default.
        indifference : float
            Animals a year by which two sets may differ and be as good as each other.
        confidence : float
            Of the choice and of the intervals.
        replicates : int, optional
            Of each set at most, 5 or more; the evaluator's by default. The chosen set is simulated
            again in half as many that are fresh.
        progress : callable, optional
            Is told in one line what is simulated next, set by set. What it raises ends the work;
            meanwhile it may ask this evaluator for other answers.

        Returns
        -------
        LinkChoice
            ``names``, ``cost``, ``benefit`` with ``low`` and ``high``, ``regret``, ``sets``,
            ``alone``, ``sentence``.

        Raises
        ------
        CorridorSimError
            Fewer than two alternatives or more than eight, a budget that buys none, an alternative
            that cannot be made or changes nothing that a disperser could notice.
        """
        from corridor_sim.links import drawn_choice

        (n,) = refuse_counts([self.replicates if replicates is None else replicates])
        if isinstance(alternatives, Alternatives):
            budget = alternatives.budget if budget is None else budget
            alternatives = {
                one.name: (one.edits(self.land), math.nan if one.cost is None else one.cost)
                for one in alternatives.alternatives
            }
        if budget is None:
            raise ScenarioError(tr("no budget is given"), remedy=tr("say what may be spent"))
        drawn_choice.check_alternatives(self._walks, alternatives, budget, weights or {})
        made = [tuple(edits) for edits, _ in alternatives.values()]
        for name, edits in zip(alternatives, made, strict=True):
            self._grounds(edits, name)

        make = drawn_choice.Grounded(
            self.dispersal, self.land, made, self.resolved.scenario.seed
        ).of
        with nullcontext() if progress is None else listening(progress):
            return drawn_choice.choose(
                self._walks,
                make,
                alternatives,
                budget,
                weights=weights or {},
                indifference=indifference,
                confidence=confidence,
                replicates=n,
            )

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
            From so many, numbered from 0.

        Returns
        -------
        Dataset ``[species, y, x]``
            ``without``, float64. With edits also ``with``, ``change`` and ``told``: whether the
            change, smoothed over 1.5 km, is told from none over the replicates at the evaluator's
            level; one cell in twenty without any change is so by chance at 95 %.

        Raises
        ------
        CorridorSimError
            A species that does not walk here; edits as of :meth:`change`.

        Examples
        --------
        >>> import corridor_sim as cs
        >>> today = cs.Scenario(name="Today", landscape={"cell_m": 5000}, species={"jaguar": {}})
        >>> use = cs.LinkEvaluator(today, replicates=4, dispersers=100).use()
        >>> use["without"].dims, use["without"].attrs["units"]
        (('species', 'y', 'x'), 'animal-days per 100 km2 and year')
        """
        (n,) = refuse_counts([replicates])
        grounds = self._grounds(edits, "change") if edits else None
        return self._use_maps.of(grounds, self._keys(species), n)

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
            A species that does not walk here; edits as of :meth:`change`.

        Examples
        --------
        >>> import corridor_sim as cs
        >>> today = cs.Scenario(name="Today", landscape={"cell_m": 5000}, species={"jaguar": {}})
        >>> found = cs.LinkEvaluator(today, replicates=4, dispersers=100).current()
        >>> found.cell_m, found.maps["without"].attrs["units"]
        (5000.0, 'A')
        """
        keys = self._keys([species] if isinstance(species, str) else species)
        if not edits:
            return self._circuit_maps.of(tuple(keys))
        inside = ground_of_edits(edits, self.land, self._changed(edits))
        return self._circuit_maps.of(tuple(keys), self._grounds(edits, "change"), inside)

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
        after = self._changed(edits)
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
        return changed_areas_of(edits, self.land, self._changed(edits))

    @cached_property
    def _use_maps(self) -> UseMaps:
        return UseMaps(self._walks, self.land.grid, self.level)

    @cached_property
    def _circuit_maps(self) -> CircuitMaps:
        return CircuitMaps(self.dispersal, self.reference)

    def _changed(self, edits: Sequence[Edit]) -> Landscape:
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

    def _grounds(self, edits: Sequence[Edit], name: str) -> Grounds:
        """Return what each species meets on the changed landscape; those made last are kept.

        Raises
        ------
        ScenarioError
            Nothing changed that a disperser could notice.
        """
        key = json.dumps([edit.table() for edit in edits], default=str)
        if key in self._kept:
            return self._kept[key]
        land = apply_edits(self.land, edits, self.resolved.scenario.seed)
        grounds = self.dispersal.grounds(land)
        if all(change.nothing for _, change in grounds.values()):
            raise ScenarioError(
                tr("changes nothing that a disperser could notice"),
                where=name,
                remedy=tr("move it, or let it do more"),
            )
        if not any(edit.files for edit in edits):
            # what stands in a file may be another the next time
            for old in list(self._kept)[: 1 - KEPT or None]:
                del self._kept[old]
            self._kept[key] = grounds
        return grounds

    def _effects(
        self,
        edits: Sequence[Edit],
        name: str,
        replicates: Sequence[int],
        area_km2: float = float("nan"),
        made_s: float = 0.0,
    ) -> Iterator[LinkEffect]:
        began = perf_counter()
        grounds = self._grounds(edits, name)
        nowhere = tuple(
            key
            for key, (ground, _) in grounds.items()
            if not (ground.homes.quality >= ground.homes.enough).any()
        )
        answer = Answer(tuple(edits), seconds=made_s + perf_counter() - began)
        for i, n in enumerate(replicates):
            self._walks.walk(answer, grounds, n)
            began = perf_counter()
            found = effect_of(
                self._walks, answer, name, n, self.level, area_km2=area_km2, without_home=nowhere
            )
            answer.seconds += perf_counter() - began
            most = max(found.concerned.values())
            if i == 0 and most > MOST_CONCERNED:
                tell(f"{name} concerns {most:.0%} of the dispersers: most walk again")
            yield found


def _points(shape: Any, crs: str, where: str, *, line: bool) -> tuple[tuple[Any, ...], str]:
    """Return the rings or the line of a shape as points, and their CRS.

    Raises
    ------
    ScenarioError
        It has too few corners, or is no shape of that kind.
    """
    if hasattr(shape, "crs") and hasattr(shape, "geometry"):
        crs = str(shape.crs) if shape.crs is not None else crs
        shape = shape.geometry.union_all()
    parts = list(getattr(shape, "geoms", [shape]))
    if parts and hasattr(parts[0], "exterior"):
        rings = tuple(tuple(map(tuple, p.exterior.coords[:-1])) for p in parts)
    elif parts and hasattr(parts[0], "coords"):
        rings = (tuple(map(tuple, parts[0].coords)),)
    else:
        rings = (tuple(map(tuple, shape)),) if parts else ((),)
    needed, what = (2, "a line") if line else (3, "an area")
    if min(map(len, rings), default=0) < needed:
        raise ScenarioError(
            f"{what} needs {needed} corners or more",
            where=where,
            remedy="draw further" if line else "draw further, or give width_m for a line",
        )
    return rings, crs
