"""What flows say of blocks: when each is reached from each, by how many, and how alike they are.

What is counted is linear: flows, numbers, first homes. :class:`Counts` holds it for one replicate,
:func:`pooled` is its mean over several, and everything else is computed from a mean, so that a way
that one replicate in ten has walked counts a tenth.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import CorridorSimError
from corridor_sim.simulation.generations.flows import Flow, Rest, flow_of_run, mean_flow
from corridor_sim.simulation.generations.genes import (
    backward_migration,
    coalescence_times,
    fst_of_pairs,
    identity_by_descent,
)
from corridor_sim.simulation.generations.lifetimes import effective_share, spread_of_young
from corridor_sim.simulation.generations.lineages import chance_reached, generations_to_reach
from corridor_sim.simulation.generations.machine import Kind, Ran
from corridor_sim.simulation.generations.persistence import metapopulation_capacity
from corridor_sim.simulation.generations.stepping_stones import Migrants, migrants_through
from corridor_sim.simulation.outcomes import Outcome, outcome_of
from corridor_sim.species.demography import generation_y

F64 = NDArray[np.float64]
# the field's yardstick: so many migrants a generation keep two populations from drifting apart
# (Mills & Allendorf 1996, Conserv. Biol. 10:1509)
ONE_MIGRANT = 1.0
# generations within which a block is said to be reached soon
SOON = 10


@dataclass(frozen=True, slots=True)
class Counts:
    """What was counted of one species, in one replicate or in the mean of several.

    Attributes
    ----------
    flow : Flow
        Of the last year of the run.
    joined, rest_joined : float64 ``[block + 1, block + 1]``
        First homes a year by block of birth and of the home: mean over the run, and at rest.
    residents, rest_residents : float64 ``[block + 1]``
        By block at the end of the run, and at rest.
    rest : float
        Independent animals where numbers have come to rest on the last landscape.
    """

    flow: Flow
    joined: F64
    rest_joined: F64
    residents: F64
    rest_residents: F64
    rest: float


def counts_of(kind: Kind, ran: Ran, rest: Rest, n_blocks: int) -> Counts:
    """Return what is counted of a run that kept its first homes."""
    block, years = kind.tiles.block, ran.years
    by_block = partial(np.bincount, block, minlength=n_blocks + 1)
    return Counts(
        flow=flow_of_run(kind, ran),
        joined=np.asarray(sum(year.joined for year in years) / len(years)),
        rest_joined=rest.year.joined,
        residents=by_block(years[-1].residents).astype(np.float64),
        rest_residents=by_block(rest.year.residents).astype(np.float64),
        rest=rest.year.independent,
    )


def pooled(counts: Sequence[Counts]) -> Counts:
    """Return the mean of what was counted in several replicates."""
    names = ("joined", "rest_joined", "residents", "rest_residents")
    means = {name: np.mean([getattr(one, name) for one in counts], axis=0) for name in names}
    flow = mean_flow([one.flow for one in counts])
    return Counts(flow=flow, rest=float(np.mean([one.rest for one in counts])), **means)


@dataclass(frozen=True, slots=True)
class Between:
    """What follows for pairs of blocks, all ``[n, n]`` from block (row) to block (column).

    Attributes
    ----------
    generations : float64
        Until reached with chance 1/2; inf = never within :data:`.lineages.AT_MOST`, 0 on the
        diagonal.
    chance : float64
        Of being reached within ten generations.
    direct, through : float64
        Animals a generation: born in the one and settled in the other, and of lines that left the
        one and have met no block on the way.
    fst, fst_rest : float64
        After the run's years from unrelated founders, and where differences stand; NaN where a
        block holds less than one effective animal.
    capacity : float
        Metapopulation capacity.
    cut : float
        1 where animals outside multiply, so that only lines of ten generations at most are counted
        as through; else 0.
    """

    generations: F64
    chance: F64
    direct: F64
    through: F64
    fst: F64
    fst_rest: F64
    capacity: float
    cut: float

    @property
    def migrants(self) -> F64:
        """Direct and through homes outside, animals a generation; 0 on the diagonal."""
        total = self.direct + self.through
        return np.where(np.eye(len(total), dtype=np.bool_), 0.0, total)


@dataclass(frozen=True, slots=True)
class Vitals:
    """What of a species' vital rates enters.

    Attributes
    ----------
    generation_y, spread : float
        Generation time, and variance over mean of the settled young of an animal.
    effective : float
        Effective over resident animals.
    years : int
        Of the run.
    """

    generation_y: float
    spread: float
    effective: float
    years: int


def vitals_of(kind: Kind, years: int) -> Vitals:
    """Return what of a species' vital rates enters."""
    life = kind.species.life_cycle
    assert life is not None
    first, leaves = life.first_siring_y.value, int(life.leaves_from_y.value)
    alone = (np.arange(kind.rates.survival.size) >= leaves).astype(np.float64)
    return Vitals(
        generation_y=generation_y(kind.rates),
        spread=spread_of_young(kind.rates, first, leaves),
        effective=effective_share(kind.rates, first, counted=alone),
        years=years,
    )


def between_blocks(counts: Counts, vitals: Vitals) -> Between:
    """Return what follows for pairs of blocks from what was counted."""
    flow, n = counts.flow, counts.residents.size - 1
    given = flow.moves, flow.turnover, flow.numbers, flow.block, n
    reached = generations_to_reach(*given, spread=vitals.spread)
    chance = chance_reached(*given, [SOON], spread=vitals.spread)[0]
    migrants, cut = _migrants(flow, n, vitals.generation_y)
    passed = max(1, round(vitals.years / vitals.generation_y))
    return Between(
        generations=reached[1:, 1:],
        chance=chance[1:, 1:],
        direct=migrants.direct[1:, 1:],
        through=migrants.through[1:, 1:],
        fst=_fst(counts.joined, counts.residents, vitals, passed),
        fst_rest=_fst(counts.rest_joined, counts.rest_residents, vitals, None),
        capacity=metapopulation_capacity(migrants.total[1:, 1:], counts.residents[1:]),
        cut=float(cut),
    )


def _migrants(flow: Flow, n: int, generation_y: float) -> tuple[Migrants, bool]:
    """Return who comes from where, and whether only lines of ten generations are counted."""
    given = flow.moves, flow.turnover, flow.block, n, generation_y
    try:
        return migrants_through(*given), False
    except CorridorSimError:  # numbers outside multiply for now: the sum over all lines has no end
        return migrants_through(*given, at_most=SOON), True


def _fst(joined: F64, residents: F64, vitals: Vitals, generations: int | None) -> F64:
    """Return F_ST of pairs of blocks after some generations, or at rest.

    Blocks below one effective animal are told as ground outside, which is one more deme.
    """
    n = residents.size
    small = vitals.effective * residents < 1.0
    deme = np.where(small, 0, np.arange(n))
    size: F64 = vitals.effective * np.bincount(deme, residents, minlength=n).astype(np.float64)
    flow = np.zeros((n, n))
    np.add.at(flow, (deme[:, None], deme[None, :]), joined)
    try:
        migration = backward_migration(flow, np.arange(n), n)
        if generations is None:
            found = fst_of_pairs(coalescence_times(migration, size))
        else:
            alike = identity_by_descent(migration, size, generations)[-1]
            found = fst_of_pairs(1.0 - alike)
    except CorridorSimError:  # too many blocks to solve at once, or too few animals outside
        return np.full((n - 1, n - 1), np.nan)
    found[small] = np.nan
    found[:, small] = np.nan
    return np.asarray(found[1:, 1:])


FURTHER: dict[str, Outcome] = {}
further = partial(outcome_of, FURTHER)


@further("1", "Ways between blocks by which a migrant a generation comes", "more", 1)
def pairs_with_one_migrant(m: Between) -> float:
    """ordered pairs of blocks over which one animal or more a generation comes, directly or over
    homes outside"""
    return float((m.migrants >= ONE_MIGRANT).sum())


@further("1", f"Ways between blocks that are bridged within {SOON} generations", "more", 1)
def pairs_reached_soon(m: Between) -> float:
    """ordered pairs of blocks of which the second is reached from the first with chance 1/2 within
    ten generations"""
    return float((m.generations <= SOON).sum() - len(m.generations))


@further("animals^2", "Metapopulation capacity", "more", 0, relative=True, shown_unit="")
def metapopulation_capacity_blocks(m: Between) -> float:
    """how much the blocks bear each other up (Hanski & Ovaskainen 2000); for comparing, not for
    reading"""
    return m.capacity


@further("1", "Mean difference of genes between blocks (F_ST)", "less", 3, most=1.0)
def fst_mean(m: Between) -> float:
    """mean F_ST over the pairs of blocks after the years of the run, from unrelated founders"""
    return _mean(m.fst)


@further("1", "The same where differences stand", "less", 3, most=1.0)
def fst_rest_mean(m: Between) -> float:
    """mean F_ST over the pairs of blocks if dispersal stays as it is for ever"""
    return _mean(m.fst_rest)


@dataclass(frozen=True, slots=True)
class Settled:
    """Where one replicate comes to on the last landscape.

    Attributes
    ----------
    rest : float
        Independent animals at rest.
    growth_of_few : float
        Share a year by which a tenth of the animals grows.
    """

    rest: float
    growth_of_few: float


AT_REST: dict[str, Outcome] = {}
at_rest = partial(outcome_of, AT_REST)


@at_rest("animals", "Animals where numbers come to rest", "more", 0, relative=True)
def animals_at_rest(m: Settled) -> float:
    """independent animals if the last landscape stays as it is for ever"""
    return m.rest


@at_rest("1/yr", "Growth where one animal in ten is left", "more", 4, least=-1.0)
def growth_of_few_per_year(m: Settled) -> float:
    """yearly growth, in the second generation, of a tenth of the animals, as spread as all were:
    above 0 an emptied landscape fills again"""
    return m.growth_of_few


def _mean(values: F64) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else math.nan
