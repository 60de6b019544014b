"""Many generations of several species on a landscape through time, and on changed ones.

:class:`Generations` makes tiles, walks and numbers at rest once for each replicate; any set of
edits is then told by walks made anew where the change can concern them, and by years in expectation
(:mod:`.projection`). Replicates differ by their walks: their spread is the error of the counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.dispersal import Options
from corridor_sim.config.life_cycle import LifeCycleSettings
from corridor_sim.errors import SpeciesError
from corridor_sim.landscape.blocks import Blocks, blocks_of
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.simulation.decades.habitat import PopulationHabitat, changed_habitat, make_habitat
from corridor_sim.simulation.decades.simulation import check_life_cycles, rules_of
from corridor_sim.simulation.decades.year_of_moves import exposure
from corridor_sim.simulation.dispersal.cohort import Parts
from corridor_sim.simulation.dispersal.cohort import tiles as parts_of
from corridor_sim.simulation.generations.changed import (
    changed_tile_habitat,
    changes,
    walks_on_changed,
)
from corridor_sim.simulation.generations.ground import TileHabitat, cell_capacity, tile_habitat
from corridor_sim.simulation.generations.projection import Met, Numbers, Projection, Year
from corridor_sim.simulation.generations.tiles import Tiles, tiles_of
from corridor_sim.simulation.generations.walks import Design, Walks, design_of, walk
from corridor_sim.species.demography import VitalRates, vital_rates
from corridor_sim.species.traits import Species

F64 = NDArray[np.float64]
# walks of a species in a replicate, about
WALKS = 2000
# edge of the tiles in which it is recorded what walks depended on
PART_CELLS = 16


@dataclass(frozen=True, slots=True)
class Course:
    """A landscape through the years of a run.

    Attributes
    ----------
    years : tuple of int
        Year of the run from which each landscape holds, from 0.
    lands : tuple of Landscape
    """

    years: tuple[int, ...]
    lands: tuple[Landscape, ...]


@dataclass(frozen=True, slots=True)
class Ground:
    """A species' landscape of some years, without walks."""

    habitat: PopulationHabitat
    tiles: TileHabitat


@dataclass(frozen=True, slots=True)
class Kind:
    """One species of :class:`Generations`.

    Attributes
    ----------
    species : Species
    rates : VitalRates
    tiles : Tiles
    design : Design
    parts : Parts
    projection : Projection
    reference : Ground
        Before all edits, where numbers come to rest.
    base : tuple of Ground
        Of the baseline's course.
    """

    species: Species
    rates: VitalRates
    tiles: Tiles
    design: Design
    parts: Parts
    projection: Projection
    reference: Ground
    base: tuple[Ground, ...]


@dataclass(frozen=True, slots=True)
class Ran:
    """One species in one replicate through the years of a course.

    Attributes
    ----------
    start : float
        Independent animals at the beginning.
    years : tuple of Year
    displaced : float
        Residents that lost their homes to changes of the landscape.
    numbers : Numbers
        At the end.
    last : Met
        The landscape of the last year.
    flow : float64 ``[walk, (years + 1) x occasions, OPTIONS]`` or None
        First homes of the last year by walk, occasion and option, where asked for.
    """

    start: float
    years: tuple[Year, ...]
    displaced: float
    numbers: Numbers
    last: Met
    flow: F64 | None


@dataclass(slots=True)
class Generations:
    """Numbers of several species by tiles through years.

    Parameters
    ----------
    species : sequence of Species
        With a life cycle; none that soars.
    reference : Landscape
        Before all edits: numbers come to rest on it.
    base : Course
        The baseline that others are compared with.
    years : int
        Of the run.
    life : LifeCycleSettings
        As of decades. ``days_per_season`` and ``demographic_stochasticity`` have no say.
    seed : int
    options : mapping of key to Options, optional
        Movement models of the searching.
    known : sequence of Course
        Changed landscapes that will be asked for.
    walks : int
        Of a species in a replicate, about.

    Raises
    ------
    SpeciesError
        A species that soars, has no life cycle, or that the landscape does not feed.
    """

    species: Sequence[Species]
    reference: Landscape
    base: Course
    years: int
    life: LifeCycleSettings
    seed: int
    options: Mapping[str, Options | None] = field(default_factory=dict)
    known: Sequence[Course] = ()
    walks: int = WALKS
    blocks: Blocks = field(init=False)
    kinds: dict[str, Kind] = field(init=False)
    _walked: dict[tuple[str, int, int], Walks] = field(default_factory=dict)
    _rested: dict[tuple[str, int], Numbers] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_life_cycles(self.species)
        self.blocks = blocks_of(self.reference)
        for one in self.species:
            if one.soaring is not None:
                raise SpeciesError(
                    "soars: it is no disperser between reserves",
                    where=f"species.{one.key}",
                    remedy="leave it out",
                )
        self.kinds = {one.key: self._kind(one) for one in self.species}

    # ---- landscapes

    def _kind(self, one: Species) -> Kind:
        life = one.life_cycle
        assert life is not None
        reference = self._habitat(one, self.reference)
        if reference.capacity < 1:
            raise SpeciesError(
                f"the landscape feeds {reference.capacity:.2g} animals",
                where=f"species.{one.key}",
                remedy="check its habitat, raise capacity_scale, or leave the species out",
            )
        base = []
        for land in self.base.lands:
            base.append(self._changed(one, reference, self.reference, land)[0])
        capacity = np.maximum.reduce([cell_capacity(h) for h in (reference, *base)])
        differs = []
        for course in self.known:
            where = np.zeros(reference.shape, np.bool_)
            for land, old, before in zip(course.lands, self.base.lands, base, strict=True):
                habitat, _ = self._changed(one, before, old, land)
                if habitat is not before:
                    capacity = np.maximum(capacity, cell_capacity(habitat))
                    where |= changes(before, habitat).walk
            differs.append(where)
        block = self.blocks.raster(self.reference)
        tiles = tiles_of(life, reference.cell_m, block, capacity > 0)
        design = design_of(tiles, capacity, self.walks)
        rates = vital_rates(life)
        return Kind(
            species=one,
            rates=rates,
            tiles=tiles,
            design=design,
            parts=parts_of(reference.shape, PART_CELLS, tuple(differs)),
            projection=Projection(tiles, design, rates, self.life.settle_every_d, self.blocks.n),
            reference=Ground(reference, tile_habitat(tiles, reference)),
            base=tuple(Ground(h, tile_habitat(tiles, h)) for h in base),
        )

    def _habitat(self, one: Species, land: Landscape) -> PopulationHabitat:
        return make_habitat(
            one,
            land,
            exposure=exposure(rules_of(self.life).days_per_season),
            capacity_scale=self.life.capacity_scale,
            dispersal=self.options.get(one.key),
        )

    def _changed(
        self, one: Species, before: PopulationHabitat, old: Landscape, new: Landscape
    ) -> tuple[PopulationHabitat, tuple[slice, slice] | None]:
        """Return what a species meets on a changed landscape; ``before`` where it cannot tell."""
        return changed_habitat(
            before,
            old,
            new,
            exposure=exposure(rules_of(self.life).days_per_season),
            capacity_scale=self.life.capacity_scale,
            dispersal=self.options.get(one.key),
        )

    def grounds(self, key: str, course: Course) -> tuple[Ground, ...]:
        """Return what a species meets on another course; the baseline's own where it is the same.

        The course has landscapes of the same years as the baseline.
        """
        kind, found = self.kinds[key], []
        for land, old, before in zip(course.lands, self.base.lands, kind.base, strict=True):
            habitat, middle = self._changed(kind.species, before.habitat, old, land)
            if habitat is before.habitat:
                found.append(before)
            else:
                tiles = changed_tile_habitat(kind.tiles, before.tiles, habitat, middle)
                found.append(Ground(habitat, tiles))
        return tuple(found)

    # ---- walks and numbers of the baseline

    def _met(self, key: str, at: int, replicate: int) -> Met:
        """Return the baseline's landscape of some years as a replicate meets it; -1 = reference."""
        kind = self.kinds[key]
        ground = kind.reference if at < 0 else kind.base[at]
        wanted = key, at, replicate
        if wanted not in self._walked:
            given = kind.tiles, ground.habitat, kind.parts, self.seed, self.life.settle_every_d
            if at < 0:
                self._walked[wanted] = walk(kind.design, *given, replicate=replicate)
            else:
                before = self._met(key, at - 1, replicate)
                self._walked[wanted] = walks_on_changed(before.walks, before.habitat, *given)
        return Met(ground.habitat, ground.tiles, self._walked[wanted])

    def _at_rest(self, key: str, replicate: int) -> Numbers:
        """Return numbers that have come to rest on the landscape before all edits."""
        if (key, replicate) not in self._rested:
            rule = self.life.burn_in
            self._rested[key, replicate] = self.kinds[key].projection.at_rest(
                self._met(key, -1, replicate),
                tolerance=rule.tolerance,
                window_y=rule.window_y,
                at_most_y=rule.at_most_y,
            )
        return self._rested[key, replicate].copy()

    def forget(self, replicates: Iterable[int]) -> None:
        """Let go of the walks and numbers of some replicates; they are made again when asked."""
        gone = set(replicates)
        self._walked = {at: one for at, one in self._walked.items() if at[-1] not in gone}
        self._rested = {at: one for at, one in self._rested.items() if at[-1] not in gone}

    # ---- runs

    def run(
        self,
        key: str,
        replicate: int,
        grounds: Sequence[Ground] | None = None,
        *,
        with_flow: bool = False,
    ) -> Ran:
        """Return the years of a species in a replicate.

        Parameters
        ----------
        grounds : sequence of Ground, optional
            Of :meth:`grounds`; the baseline's where not given.
        with_flow : bool
            Whether to keep the first homes of the last year by walk.
        """
        projection = self.kinds[key].projection
        numbers, met = self._at_rest(key, replicate), self._met(key, -1, replicate)
        start, displaced, years = numbers.independent, 0.0, []
        if self.life.burn_in.at_most_y == 0:
            # of the founders those who are about to leave their mothers count as independent
            start += projection.about_to_leave(numbers, met)
        ends = (*self.base.years[1:], self.years)
        flow = None
        for i, (first, end) in enumerate(zip(self.base.years, ends, strict=True)):
            before, met = met, self._met_on(key, i, replicate, grounds)
            if met.habitat is not before.habitat:
                displaced += projection.meet(numbers, before, met)
            for year in range(first, end):
                if with_flow and year == self.years - 1:
                    flow = projection.no_flow(met)
                years.append(projection.year(numbers, met, flow))
        return Ran(start, tuple(years), displaced, numbers, met, flow)

    def _met_on(self, key: str, at: int, replicate: int, grounds: Sequence[Ground] | None) -> Met:
        """Return the landscape of some years of a course as a replicate meets it."""
        met, kind = self._met(key, at, replicate), self.kinds[key]
        if grounds is None or grounds[at].habitat is met.habitat:
            return met
        ground = grounds[at]
        walks = walks_on_changed(
            met.walks,
            met.habitat,
            kind.tiles,
            ground.habitat,
            kind.parts,
            self.seed,
            self.life.settle_every_d,
        )
        return Met(ground.habitat, ground.tiles, walks)
