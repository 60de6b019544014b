"""The population of one species by tiles, year by year, in expectation.

The rules are those of decades (docs/life-cycle.md): leave, search, settle where there is room, meet
hazards, survive by age, give birth by crowding and where there is a mate. Instead of animals there
are expected numbers by tile, sex and age, and instead of each neighbour's home the law of numbers
in the disc around (:func:`corridor_sim.kernels.searching.load_tables`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.searching import (
    OPTIONS,
    DISPLACED,
    READY,
    UNREADY,
    births_around,
    search_season,
)
from corridor_sim.simulation.decades.habitat import PopulationHabitat
from corridor_sim.simulation.decades.year_of_moves import SEASONS, YEAR_D, season_days
from corridor_sim.simulation.generations.ground import TileHabitat
from corridor_sim.simulation.generations.tiles import Neighbours, Tiles
from corridor_sim.simulation.generations.walks import YEARS, Walks, occasions
from corridor_sim.species.demography import VitalRates, survivorship
from corridor_sim.species.fields import SEXES

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
# in how many parts those that look for a home on the first day of the year come one after another
FIRST_TURNS = 4


@dataclass(frozen=True, slots=True)
class Met:
    """A landscape as a projection meets it."""

    habitat: PopulationHabitat
    ground: TileHabitat
    walks: Walks


@dataclass(slots=True)
class Numbers:
    """Expected numbers of one population; changed in place.

    Attributes
    ----------
    residents : float64 ``[sex, tile, age]``
    young : float64 ``[sex, tile, age]``
        With their mothers.
    searching : float64 ``[kind, walk, year + 1]``
        On each walk, by kind and year of search.
    ages : float64 ``[sex, year + 1, age]``
        Share of the searching by age.
    """

    residents: F64
    young: F64
    searching: F64
    ages: F64

    def copy(self) -> Numbers:
        """Return the same numbers in arrays of their own."""
        return Numbers(*(getattr(self, name).copy() for name in self.__slots__))

    @property
    def independent(self) -> float:
        """Residents and searching animals."""
        return float(self.residents.sum() + self.searching.sum())


@dataclass(frozen=True, slots=True)
class Year:
    """What happened in a year.

    Attributes
    ----------
    independent, births : float
    residents : float64 ``[tile]``
        At its end.
    joined : float64 ``[block, block]``
        First homes by block of birth and of the home; 0 = outside.
    settled, left : float
        First homes, and young that left their mothers.
    lost : float64 ``[tile]``
        Residents that died or lost their home.
    """

    independent: float
    births: float
    residents: F64
    joined: F64
    settled: float
    left: float
    lost: F64


@dataclass(slots=True)
class Projection:
    """Runs one species by tiles.

    Parameters
    ----------
    tiles : Tiles
    rates : VitalRates
    settle_every_d : int
        Days between two occasions to settle, as through decades.
    """

    tiles: Tiles
    rates: VitalRates
    settle_every_d: int
    design_capacity: F64
    _days: I64 = field(init=False)
    _turns: I64 = field(init=False)

    def __post_init__(self) -> None:
        self._days = occasions(self.settle_every_d)
        self._turns = np.ones(self._days.size, np.int64)
        self._turns[0] = FIRST_TURNS

    def begin(self, met: Met) -> Numbers:
        """Return numbers at capacity in the ages of a population that neither grows nor shrinks."""
        alive = survivorship(self.rates.survival)
        life = met.habitat.life
        ages = np.arange(alive.size)
        leave = self._leaving(met.habitat)
        stays = np.cumprod(1.0 - leave)
        with_mother = np.where(ages <= life.leaves_until_y.value, stays, 0.0)
        old = alive * (1.0 - with_mother)
        old /= old.sum()
        female = np.array([self.rates.female_at_birth, 1.0 - self.rates.female_at_birth])
        by_tile = met.ground.capacity
        residents = female[:, None, None] * by_tile[None, :, None] * old
        young_share = alive * with_mother / (alive * (1.0 - with_mother)).sum()
        young = female[:, None, None] * by_tile[None, :, None] * young_share
        n = met.walks.male.size
        searching = np.zeros((3, n, YEARS + 1))
        at = np.zeros((2, YEARS + 1, alive.size))
        at[:, :, int(life.leaves_from_y.value)] = 1.0
        return Numbers(residents, young, searching, at)

    def _leaving(self, habitat: PopulationHabitat) -> F64:
        """Return the share of the young of each age that leave, of those still there."""
        first, last = habitat.life.leaves_from_y.value, habitat.life.leaves_until_y.value
        ages = np.arange(self.rates.survival.size)
        # the age of leaving is the whole part of a number spread evenly from first to last
        if last > first:
            low = np.clip((ages - first) / (last - first), 0.0, 1.0)
            high = np.clip((ages + 1 - first) / (last - first), 0.0, 1.0)
        else:
            low, high = (ages > first).astype(float), (ages + 1 > first).astype(float)
        left = 1.0 - low
        return np.divide(high - low, left, out=np.ones_like(left), where=left > 1e-12)

    def meet(self, numbers: Numbers, before: Met, met: Met) -> float:
        """Displace residents whose home lost quality; return how many.

        A resident keeps its home with the chance of what is left of its quality, as through decades.
        """
        lost = self.share_lost(before, met)
        gone = numbers.residents.sum(axis=2) * lost
        numbers.residents *= 1.0 - lost[None, :, None]
        self._send(numbers, met, gone, DISPLACED)
        return float(gone.sum())

    def share_lost(self, before: Met, met: Met) -> F64:
        """Return the share of the homes in each tile that are lost to a change of landscape."""
        old, new = before.habitat.quality, np.maximum(met.habitat.quality, 0)
        kept = np.divide(new, old, out=np.ones_like(new), where=old > 0)
        weight = before.ground.cell_capacity
        total = self.tiles.sums(weight)
        lost = self.tiles.sums(weight * np.clip(1.0 - kept, 0.0, 1.0))
        return np.divide(lost, total, out=np.zeros_like(lost), where=total > 0)

    def _send(self, numbers: Numbers, met: Met, gone: F64, kind: int) -> None:
        """Put animals ``[sex, tile]`` on the walks that start around them."""
        tiles, walks = self.tiles, met.walks
        stratum = tiles.stratum[walks.tile] + tiles.n_strata * walks.male.astype(np.int64)
        share = self._shares(met, stratum)
        for sex in range(len(SEXES)):
            by = np.bincount(tiles.stratum, gone[sex], minlength=tiles.n_strata)
            mine = walks.male == sex
            numbers.searching[kind, mine, 0] += by[tiles.stratum[walks.tile[mine]]] * share[mine]

    def _shares(self, met: Met, stratum: I64) -> F64:
        """Return what each walk stands for among those of its stratum and sex.

        Starts follow the capacity of the design; on this landscape they count by what their cell
        feeds here.
        """
        walks, here = met.walks, met.ground.cell_capacity.reshape(-1)[met.walks.cell]
        planned = self.design_capacity.reshape(-1)[walks.cell]
        weight = here / planned
        total = np.bincount(stratum, weight, minlength=2 * self.tiles.n_strata)
        n = np.bincount(stratum, minlength=2 * self.tiles.n_strata)
        even = 1.0 / np.maximum(n, 1)[stratum]
        return np.divide(weight, total[stratum], out=even, where=total[stratum] > 0)

    def year(self, numbers: Numbers, met: Met, flow: F64 | None = None) -> Year:
        """Let a year pass; ``numbers`` are changed in place.

        Parameters
        ----------
        flow : float64 ``[walk, (years + 1) x occasions]``, optional
            First homes by walk and occasion are added to it.
        """
        tiles, ground, walks, life = self.tiles, met.ground, met.walks, met.habitat.life
        left = self._leave(numbers, met)
        lost = np.zeros(tiles.n)
        settled = np.zeros((2, YEARS + 1, tiles.n))
        again = np.zeros((2, tiles.n))
        n_blocks = int(tiles.block.max(initial=0)) + 1
        joined = np.zeros((n_blocks, n_blocks))
        ready = self._ready(met.habitat)
        none = np.zeros((0, (YEARS + 1) * self._days.size, OPTIONS))
        residents = numbers.residents
        half = np.exp(-ground.hazard_per_year / SEASONS)
        killed = np.zeros((2, tiles.n))
        for season in range(SEASONS):
            first, end = season_days(season)
            if season:
                self._home(numbers, settled, again)
                done, settled = settled, np.zeros_like(settled)
                again = np.zeros_like(again)
            dying = residents.sum(axis=2) * (1.0 - half)
            killed += dying
            residents *= half[:, :, None]
            lived = np.stack([tiles.of_squares(one) for one in residents.sum(axis=2)])
            which = np.searchsorted(self._days, [first, end])
            search_season(
                which,
                self._turns,
                walks.home,
                walks.count,
                walks.level,
                walks.reached,
                walks.male,
                tiles.block[walks.tile],
                ready,
                numbers.searching,
                tiles.square,
                tiles.block,
                lived,
                ground.room,
                ground.load_of,
                ground.room_of,
                tiles.crowd.first,
                tiles.crowd.near,
                tiles.mates.first,
                tiles.mates.near,
                ground.keep_off,
                ground.looks,
                life.settles_with_mate,
                settled,
                again,
                joined,
                none if flow is None else flow,
            )
        first_homes = float(done.sum() + settled.sum())
        self._home(numbers, settled, again)
        self._orphan(numbers, killed, residents, life.leaves_from_y.value)
        before = residents.sum(axis=(0, 2))
        self._survive(numbers, walks.male)
        after = numbers.residents.sum(axis=(0, 2))
        lost = killed.sum(axis=0) + before - after
        births = self._births(numbers, met)
        return Year(numbers.independent, births, after, joined, first_homes, left, lost)

    def _leave(self, numbers: Numbers, met: Met) -> float:
        habitat = met.habitat
        leave = self._leaving(habitat)
        ages = np.arange(leave.size)
        leave = np.where(ages > habitat.life.leaves_until_y.value, 1.0, leave)
        going = numbers.young * leave
        numbers.young -= going
        by_age = going.sum(axis=1)
        total = by_age.sum(axis=1, keepdims=True)
        numbers.ages[:, 0] = np.divide(
            by_age, total, out=numbers.ages[:, 0].copy(), where=total > 0
        )
        by_tile = going.sum(axis=2)
        move = habitat.here.species.movement
        shares = np.array(
            [move.female.disperser.share_of_sex.value, move.male.disperser.share_of_sex.value]
        )
        self._send(numbers, met, by_tile * shares[:, None], UNREADY)
        self._send(numbers, met, by_tile * (1.0 - shares)[:, None], READY)
        return float(total.sum())

    def _ready(self, habitat: PopulationHabitat) -> F64:
        """Return the share that has become ready since the occasion before, ``[sex, occasion]``."""
        move = habitat.here.species.movement
        mean = np.array([s.disperser.duration_d.value for s in (move.female, move.male)])
        day = np.concatenate([y * YEAR_D + self._days for y in range(YEARS)])
        since = np.diff(day, prepend=0)
        share: F64 = -np.expm1(-since[None, :] / mean[:, None])
        return share

    def _home(self, numbers: Numbers, settled: F64, again: F64) -> None:
        """Enter newcomers among the residents."""
        residents = numbers.residents
        old = residents.sum(axis=1)
        for sex in range(len(SEXES)):
            for y in range(YEARS + 1):
                residents[sex] += settled[sex, y][:, None] * numbers.ages[sex, y]
            total = old[sex].sum()
            if total > 0:
                residents[sex] += again[sex][:, None] * (old[sex] / total)

    def _orphan(self, numbers: Numbers, killed: F64, residents: F64, leaves_from_y: float) -> None:
        alive = residents[0].sum(axis=1)
        share = np.divide(killed[0], killed[0] + alive, out=np.zeros_like(alive), where=alive > 0)
        ages = np.arange(numbers.young.shape[2])
        needs = ages + 0.5 < leaves_from_y
        numbers.young *= 1.0 - share[None, :, None] * needs

    def _survive(self, numbers: Numbers, male: NDArray[np.int8]) -> None:
        survival = self.rates.survival
        for name in ("residents", "young"):
            now = getattr(numbers, name) * survival
            older = np.zeros_like(now)
            older[..., 1:] = now[..., :-1]
            setattr(numbers, name, older)
        self._grow_older_searching(numbers, survival, male)

    def _grow_older_searching(
        self, numbers: Numbers, survival: F64, male: NDArray[np.int8]
    ) -> None:
        surviving = numbers.ages * survival
        share = surviving.sum(axis=2)
        searching = numbers.searching
        searching *= share[male][None, :, :]
        mass = np.zeros((2, searching.shape[2]))
        for sex in range(2):
            mass[sex] = searching[:, male == sex].sum(axis=(0, 1))
        aged = np.zeros_like(numbers.ages)
        norm = np.divide(
            surviving, share[:, :, None], out=numbers.ages.copy(), where=share[:, :, None] > 0
        )
        aged[:, 1:, 1:] = norm[:, :-1, :-1]
        late = np.zeros_like(aged[:, 0])
        late[:, 1:] = norm[:, -1, :-1]
        a, b = mass[:, -2], mass[:, -1]
        whole = np.where(a + b > 0, a + b, 1.0)
        aged[:, -1] = (a / whole)[:, None] * aged[:, -1] + (b / whole)[:, None] * late
        empty = aged.sum(axis=2) <= 0
        aged[empty] = numbers.ages[empty]
        aged[:, 0] = numbers.ages[:, 0]
        numbers.ages = aged
        searching[:, :, -1] += searching[:, :, -2]
        searching[:, :, 1:-1] = searching[:, :, :-2].copy()
        searching[:, :, 0] = 0.0

    def _births(self, numbers: Numbers, met: Met) -> float:
        tiles, ground, rates, life = self.tiles, met.ground, self.rates, met.habitat.life
        residents = numbers.residents
        of_squares = tiles.of_squares(residents.sum(axis=(0, 2)))
        lived = _around(of_squares, tiles.crowd)
        searching = numbers.searching[:, :, 1:].sum(axis=0)
        at = met.walks.square[:, :YEARS]
        there = at >= 0
        squares = np.bincount(at[there], searching[there], minlength=tiles.n_squares)
        seeking = _around(squares, tiles.crowd)
        chance = np.zeros(tiles.n_squares)
        b = np.array(
            [rates.birth_probability, rates.birth_probability_at_capacity, rates.births_cease_at]
        )
        births_around(lived, seeking, ground.room, ground.load_of, b, chance)
        ages = np.arange(residents.shape[2])
        sires = residents[1][:, ages >= life.first_siring_y.value].sum(axis=1)
        near = _around(tiles.of_squares(sires), tiles.mates)
        chance *= -np.expm1(-near)
        mothers = residents[0][:, rates.gives_birth].sum(axis=1)
        born = mothers * chance[tiles.square] * rates.litter_mean
        numbers.young[0, :, 0] += born * rates.female_at_birth
        numbers.young[1, :, 0] += born * (1.0 - rates.female_at_birth)
        return float(born.sum())


def _around(values: F64, near: Neighbours) -> F64:
    """Return sums over the squares near each square."""
    if not values.size:
        return values
    return np.add.reduceat(values[near.near], near.first[:-1])
