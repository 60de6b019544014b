"""The population of one species by tiles, year by year, in expectation.

The rules are those of decades (docs/life-cycle.md): leave, search, settle where there is room, meet
hazards, survive by age, give birth by crowding and where there is a mate. Instead of animals there
are expected numbers by tile, sex and age, and instead of each neighbour's home the law of numbers
in the disc around (:func:`corridor_sim.kernels.searching.load_tables`). Nothing is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.searching import (
    DISPLACED,
    OPTIONS,
    READY,
    UNREADY,
    Neighbours,
    births_around,
    search_season,
)
from corridor_sim.simulation.decades.habitat import PopulationHabitat
from corridor_sim.simulation.decades.year_of_moves import SEASONS, YEAR_D, season_days
from corridor_sim.simulation.generations.ground import TileHabitat, room_tables
from corridor_sim.simulation.generations.tiles import Tiles
from corridor_sim.simulation.generations.walks import YEARS, Design, Walks, occasions
from corridor_sim.species.demography import VitalRates, survivorship
from corridor_sim.species.fields import SEXES

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
# in how many parts those that look for a home on the first day of the year come one after another
FIRST_TURNS = 4
# occasions of a season, from 0, at which chances of room are made anew: most homes are taken early
FRESH = (0, 1, 4)


@dataclass(frozen=True, slots=True)
class Met:
    """A landscape as a projection meets it.

    Attributes
    ----------
    habitat : PopulationHabitat
    ground : TileHabitat
    walks : Walks
    """

    habitat: PopulationHabitat
    ground: TileHabitat
    walks: Walks


@dataclass(slots=True)
class Numbers:
    """Expected numbers of one population; changed in place.

    Attributes
    ----------
    residents, young : float64 ``[sex, age, tile]``
        With homes of their own, and with their mothers.
    searching : float64 ``[walk, year + 1, kind]``
        On each walk, by year of search and kind (:mod:`corridor_sim.kernels.searching`).
    ages : float64 ``[sex, year + 1, age]``
        Share of the searching by age.
    """

    residents: F64
    young: F64
    searching: F64
    ages: F64

    def copy(self) -> Numbers:
        """Return the same numbers in arrays of their own."""
        return Numbers(
            self.residents.copy(), self.young.copy(), self.searching.copy(), self.ages.copy()
        )

    @property
    def independent(self) -> float:
        """Residents and searching animals."""
        return float(self.residents.sum() + self.searching.sum())


@dataclass(frozen=True, slots=True)
class Year:
    """What happened in a year, and numbers at its end.

    Attributes
    ----------
    independent, breeding_females, births, settled : float
        Animals with a home or in search of one; resident females of breeding age; young born;
        dispersers that found a home.
    left : float64 ``[block + 1]``
        Young that left their mothers, by block of birth.
    residents : float64 ``[tile]``
    joined : float64 ``[block + 1, block + 1]``
        First homes by block of birth and of the home; 0 = outside blocks.
    lost : float64 ``[tile]``
        Residents that died.
    """

    independent: float
    breeding_females: float
    births: float
    settled: float
    left: F64
    residents: F64
    joined: F64
    lost: F64

    @property
    def joining(self) -> float:
        """Dispersers born in a block that settled in another."""
        between = self.joined[1:, 1:]
        return float(between.sum() - np.trace(between))


@dataclass(slots=True)
class Projection:
    """Runs one species by tiles.

    Parameters
    ----------
    tiles : Tiles
    design : Design
        Of the walks.
    rates : VitalRates
    settle_every_d : int
        Days between two occasions to settle, as through decades.
    n_blocks : int
    """

    tiles: Tiles
    design: Design
    rates: VitalRates
    settle_every_d: int
    n_blocks: int
    _turns: I64 = field(init=False)
    _birth: F64 = field(init=False)

    def __post_init__(self) -> None:
        days = occasions(self.settle_every_d)
        self._turns = np.zeros(days.size, np.int64)
        for season in range(SEASONS):
            which = np.searchsorted(days, season_days(season)[0]) + np.array(FRESH)
            self._turns[which[which < days.size]] = 1
        self._turns[0] = FIRST_TURNS
        rates = self.rates
        self._birth = np.array(
            [rates.birth_probability, rates.birth_probability_at_capacity, rates.births_cease_at]
        )

    # ---- beginnings

    def begin(self, met: Met) -> Numbers:
        """Return the founders of decades: the ages of a population whose numbers stand still.

        As many as the landscape feeds are of the ages at which the first leave their mothers, or
        older. Those who have not left yet, or are about to, are with their mothers.
        """
        alive = survivorship(self.rates.survival)
        first = int(met.habitat.life.leaves_from_y.value)
        stay = 1.0 - leaving(met.habitat, alive.size)
        with_mother = alive * np.append(1.0, np.cumprod(stay)[:-1])
        female = np.array([self.rates.female_at_birth, 1.0 - self.rates.female_at_birth])
        per_tile = female[:, None, None] * met.ground.capacity / alive[first:].sum()
        searching = np.zeros((met.walks.male.size, YEARS + 1, 3))
        ages = np.zeros((len(SEXES), YEARS + 1, alive.size))
        ages[:, :, first] = 1.0
        young, old = per_tile * with_mother[:, None], per_tile * (alive - with_mother)[:, None]
        return Numbers(old, young, searching, ages)

    def about_to_leave(self, numbers: Numbers, met: Met) -> float:
        """Return the young that leave their mothers at the beginning of the next year."""
        going = leaving(met.habitat, numbers.young.shape[1])
        return float((numbers.young.sum(axis=(0, 2)) * going).sum())

    def at_rest(self, met: Met, *, tolerance: float, window_y: int, at_most_y: int) -> Numbers:
        """Return numbers after so many years that they change by less than ``tolerance`` a window.

        After ``at_most_y`` years they are returned as they are: species that grow and shrink
        slowly take centuries.
        """
        numbers = self.begin(met)
        before = numbers.independent
        for year in range(1, at_most_y + 1):
            now = self.year(numbers, met).independent
            if year % window_y == 0:
                if abs(now - before) <= tolerance * before:
                    break
                before = now
        return numbers

    def meet(self, numbers: Numbers, before: Met, met: Met) -> float:
        """Displace residents whose home lost quality, and return how many.

        A resident keeps its home with the chance of what is left of its quality, as through
        decades. The searching go on where their walk leads on the new landscape.
        """
        lost = self.share_lost(before, met)
        gone = numbers.residents.sum(axis=1) * lost
        numbers.residents *= 1.0 - lost
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

    # ---- a year

    def no_flow(self, met: Met) -> F64:
        """Return zeros to which :meth:`year` adds first homes by walk, occasion and option."""
        per_year = self._turns.size
        return np.zeros((met.walks.male.size, (YEARS + 1) * per_year, OPTIONS))

    def year(self, numbers: Numbers, met: Met, flow: F64 | None = None) -> Year:
        """Let a year pass; ``numbers`` are changed in place.

        Parameters
        ----------
        flow : float64 ``[walk, (years + 1) x occasions, OPTIONS]``, optional
            First homes by walk, occasion and option are added to it.
        """
        n = self.tiles.n
        left = self._leave(numbers, met)
        joined = np.zeros((self.n_blocks + 1, self.n_blocks + 1))
        killed, first_homes = np.zeros((len(SEXES), n)), 0.0
        half = np.exp(-met.ground.hazard_per_year / SEASONS)
        for season in range(SEASONS):
            home = numbers.residents.sum(axis=1)
            killed += home * (1.0 - half)
            numbers.residents *= half[:, None]
            settled, again = np.zeros((len(SEXES), YEARS + 1, n)), np.zeros((len(SEXES), n))
            self._search(numbers, met, season, home * half, settled, again, joined, flow)
            self._enter(numbers, settled, again)
            first_homes += float(settled.sum())
        self._orphan(numbers, met, killed[0])
        lost = killed.sum(axis=0) + self._survive(numbers, met.walks.male)
        births = self._give_birth(numbers, met)
        females = numbers.residents[0, self.rates.gives_birth].sum()
        residents = numbers.residents.sum(axis=(0, 1))
        return Year(
            independent=numbers.independent,
            breeding_females=float(females),
            births=births,
            settled=first_homes,
            left=left,
            residents=residents,
            joined=joined,
            lost=lost,
        )

    def _leave(self, numbers: Numbers, met: Met) -> F64:
        """Let young leave their mothers, and return them by block.

        Some disperse, the others look for a home where they are.
        """
        going = numbers.young * leaving(met.habitat, numbers.young.shape[1])[:, None]
        numbers.young -= going
        by_age = going.sum(axis=2)
        total = by_age.sum(axis=1, keepdims=True)
        old = numbers.ages[:, 0].copy()
        numbers.ages[:, 0] = np.divide(by_age, total, out=old, where=total > 0)
        move = met.habitat.here.species.movement
        disperse = np.array([s.disperser.share_of_sex.value for s in (move.female, move.male)])
        by_tile = going.sum(axis=1)
        self._send(numbers, met, by_tile * disperse[:, None], UNREADY)
        self._send(numbers, met, by_tile * (1.0 - disperse)[:, None], READY)
        by_block = np.bincount(self.tiles.block, by_tile.sum(axis=0), minlength=self.n_blocks + 1)
        return by_block.astype(np.float64)

    def _send(self, numbers: Numbers, met: Met, gone: F64, kind: int) -> None:
        """Put animals ``[sex, tile]`` on the walks that start around them.

        Starts follow the capacity of the design; on this landscape each counts by what its cell
        feeds here.
        """
        tiles, walks = self.tiles, met.walks
        group = tiles.stratum[walks.tile] + tiles.n_strata * walks.male.astype(np.int64)
        planned = self.design.capacity.reshape(-1)[walks.cell]
        weight = met.ground.cell_capacity.reshape(-1)[walks.cell] / planned
        total = np.bincount(group, weight, minlength=2 * tiles.n_strata)[group]
        even = 1.0 / np.bincount(group, minlength=2 * tiles.n_strata)[group]
        share = np.divide(weight, total, out=even, where=total > 0)
        by = np.stack([np.bincount(tiles.stratum, g, minlength=tiles.n_strata) for g in gone])
        numbers.searching[:, 0, kind] += by.reshape(-1)[group] * share

    def _search(
        self,
        numbers: Numbers,
        met: Met,
        season: int,
        home: F64,
        settled: F64,
        again: F64,
        joined: F64,
        flow: F64 | None,
    ) -> None:
        """Let the searching walk and settle through a season; what is last named is added to."""
        tiles, ground, walks, life = self.tiles, met.ground, met.walks, met.habitat.life
        days = occasions(self.settle_every_d)
        none = np.zeros((0, (YEARS + 1) * days.size, OPTIONS))
        search_season(
            *np.searchsorted(days, season_days(season)),
            self._turns,
            walks.home,
            walks.count,
            walks.level,
            walks.reached,
            walks.male,
            tiles.block[walks.tile],
            _newly_ready(met.habitat, days),
            numbers.searching,
            tiles.square,
            tiles.block,
            np.stack([tiles.of_squares(one) for one in home]),
            ground.room,
            room_tables()[1],
            tiles.crowd,
            tiles.mates,
            ground.keep_off,
            ground.looks,
            life.settles_with_mate,
            settled,
            again,
            joined,
            none if flow is None else flow,
        )

    def _enter(self, numbers: Numbers, settled: F64, again: F64) -> None:
        """Enter newcomers ``[sex, year + 1, tile]`` among the residents.

        Who has lost a home and found another is as old as residents are.
        """
        residents = numbers.residents
        old = residents.sum(axis=2)
        total = old.sum(axis=1, keepdims=True)
        usual = np.divide(old, total, out=np.zeros_like(old), where=total > 0)
        residents += np.einsum("sya,syt->sat", numbers.ages, settled, optimize=True)
        if again.any():
            residents += usual[:, :, None] * again[:, None, :]

    def _orphan(self, numbers: Numbers, met: Met, killed: F64) -> None:
        """Let the young die that cannot live without a mother whom people killed."""
        females = killed + numbers.residents[0].sum(axis=0)
        share = np.divide(killed, females, out=np.zeros_like(killed), where=females > 0)
        ages = np.arange(numbers.young.shape[1])
        needs = ages + 0.5 < met.habitat.life.leaves_from_y.value
        numbers.young *= 1.0 - share * needs[:, None]

    def _survive(self, numbers: Numbers, male: NDArray[np.int8]) -> F64:
        """Let everybody survive by age and grow a year older; return residents lost by tile."""
        survival = self.rates.survival
        lost = np.einsum("sat,a->t", numbers.residents, 1.0 - survival)
        for one in (numbers.residents, numbers.young):
            one *= survival[:, None]
            one[:, 1:] = one[:, :-1].copy()
            one[:, 0] = 0.0
        self._age_searching(numbers, male)
        return np.asarray(lost)

    def _age_searching(self, numbers: Numbers, male: NDArray[np.int8]) -> None:
        """Let the searching survive by age, and come into their next year of search."""
        searching = numbers.searching
        surviving = numbers.ages * self.rates.survival
        share = surviving.sum(axis=2)
        searching *= share[male][:, :, None]
        whole = np.stack([searching[male == sex].sum(axis=(0, 2)) for sex in range(len(SEXES))])
        older = np.zeros_like(surviving)
        older[:, :, 1:] = surviving[:, :, :-1]
        older /= np.where(share > 0, share, 1.0)[:, :, None]
        # those of the last years are one group: its ages are those of who comes and who stays
        come, stay = whole[:, -2:-1], whole[:, -1:]
        last = come * older[:, -2] + stay * older[:, -1]
        both = np.where(come + stay > 0, come + stay, 1.0)
        numbers.ages[:, 1:-1] = older[:, :-2]
        numbers.ages[:, -1] = np.where(come + stay > 0, last / both, older[:, -1])
        searching[:, -1] += searching[:, -2]
        # whose walk has ended looks for a home there, however long it would have wandered
        searching[:, -1, READY] += searching[:, -1, UNREADY]
        searching[:, -1, UNREADY] = 0.0
        searching[:, 1:-1] = searching[:, :-2].copy()
        searching[:, 0] = 0.0

    def _give_birth(self, numbers: Numbers, met: Met) -> float:
        """Let resident females give birth, by crowding and where a male lives in reach."""
        tiles, ground, rates, life = self.tiles, met.ground, self.rates, met.habitat.life
        residents = numbers.residents
        lived = sums_around(tiles.of_squares(residents.sum(axis=(0, 1))), tiles.crowd)
        searching = numbers.searching[:, 1:].sum(axis=2)
        at = met.walks.square
        there = at >= 0
        seeking = np.bincount(at[there], searching[there], minlength=tiles.n_squares)
        chance = np.zeros(tiles.n_squares)
        births_around(
            lived,
            sums_around(seeking.astype(np.float64), tiles.crowd),
            ground.room,
            room_tables()[0],
            self._birth,
            chance,
        )
        old_enough = np.arange(residents.shape[1]) >= life.first_siring_y.value
        sires = tiles.of_squares(residents[1, old_enough].sum(axis=0))
        chance *= -np.expm1(-sums_around(sires, tiles.mates))
        born = residents[0, rates.gives_birth].sum(axis=0) * chance[tiles.square]
        born *= rates.litter_mean
        numbers.young[0, 0] += born * rates.female_at_birth
        numbers.young[1, 0] += born * (1.0 - rates.female_at_birth)
        return float(born.sum())


def leaving(habitat: PopulationHabitat, n: int) -> F64:
    """Return the share of the young of each age that leave, of those still with their mothers.

    The age of leaving is the whole part of a number spread evenly between the species' two.
    """
    first, last = habitat.life.leaves_from_y.value, habitat.life.leaves_until_y.value
    ages = np.arange(n)
    if last > first:
        low, high = (np.clip((ages + k - first) / (last - first), 0.0, 1.0) for k in (0, 1))
    else:
        low, high = ((ages + k > first).astype(np.float64) for k in (0, 1))
    there = 1.0 - low
    return np.asarray(np.divide(high - low, there, out=np.ones_like(there), where=there > 1e-12))


def _newly_ready(habitat: PopulationHabitat, days: I64) -> F64:
    """Return the share that has become ready since the occasion before, ``[sex, occasion]``."""
    move = habitat.here.species.movement
    mean = np.array([s.disperser.duration_d.value for s in (move.female, move.male)])
    day = np.concatenate([y * YEAR_D + days for y in range(YEARS)])
    return np.asarray(-np.expm1(-np.diff(day, prepend=0)[None, :] / mean[:, None]))


def sums_around(values: F64, near: Neighbours) -> F64:
    """Return sums over the squares near each square."""
    if not values.size:
        return values
    return np.add.reduceat(values[near.near], near.first[:-1])
