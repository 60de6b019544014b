"""The outcomes of years in expectation, by replicate of walks; names are those of decades."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from corridor_sim.simulation.generations.genes import (
    backward_migration,
    diversity_kept,
    identity_by_descent,
)
from corridor_sim.simulation.generations.lifetimes import effective_share
from corridor_sim.simulation.generations.machine import Generations, Ground, Kind, Ran
from corridor_sim.simulation.generations.regulation import regulation_of
from corridor_sim.simulation.generations.risk import risk_below
from corridor_sim.simulation.outcomes import PERCENT, Outcome, outcome_of, ratio
from corridor_sim.species.demography import VitalRates, generation_y, survivorship

F64 = NDArray[np.float64]
RISK_YEARS = (20, 50, 100)


@dataclass(frozen=True, slots=True)
class Lived:
    """What outcomes are computed from: one species in one replicate.

    Attributes
    ----------
    ran : Ran
    kind : Kind
    n_blocks : int
    threshold : float
        Independent animals below which a population is quasi-extinct.
    environmental_sd : float
        Of survival and births on the logit scale, from year to year.
    """

    ran: Ran
    kind: Kind
    n_blocks: int
    threshold: float
    environmental_sd: float

    @property
    def years(self) -> int:
        """Years of the run."""
        return len(self.ran.years)

    @property
    def course(self) -> F64:
        """Independent animals at the beginning and after every year."""
        return np.array([self.ran.start, *(year.independent for year in self.ran.years)])

    @property
    def joined(self) -> F64:
        """First homes a year by block of birth and of the home, ``[block + 1, block + 1]``."""
        return np.asarray(sum(year.joined for year in self.ran.years) / self.years)

    @property
    def left(self) -> F64:
        """Young that leave their mothers a year, by block of birth."""
        return np.asarray(sum(year.left for year in self.ran.years) / self.years)

    @property
    def generations(self) -> float:
        """Generations that the years are."""
        return self.years / generation_y(self.kind.rates)

    def between(self, joined: F64) -> float:
        """Return the sum over pairs of different blocks; NaN where there are not two."""
        inside = joined[1:, 1:]
        return float(inside.sum() - np.trace(inside)) if self.n_blocks > 1 else math.nan

    @property
    def alone(self) -> F64:
        """Which ages have left their mothers, ``[age]``: 1, or 0."""
        ages = np.arange(self.kind.rates.survival.size)
        return (ages >= self.ran.last.habitat.life.leaves_from_y.value).astype(np.float64)

    @property
    def effective_share(self) -> float:
        """Effective over resident animals."""
        sires_from = self.ran.last.habitat.life.first_siring_y.value
        return effective_share(self.kind.rates, sires_from, counted=self.alone)

    @property
    def demes(self) -> NDArray[np.int64]:
        """Deme of each block, ground outside first; blocks below an effective animal join it."""
        block, last = self.kind.tiles.block, self.ran.years[-1].residents
        size = self.effective_share * np.bincount(block, last, minlength=self.n_blocks + 1)
        return np.where(size < 1.0, 0, np.arange(self.n_blocks + 1))

    @property
    def identity(self) -> tuple[F64, F64]:
        """Identity by descent within and between demes at the end, and animals of each deme."""
        deme, n = self.demes, self.n_blocks + 1
        last = self.ran.years[-1].residents
        numbers = np.bincount(deme[self.kind.tiles.block], last, minlength=n).astype(np.float64)
        flow = np.zeros((n, n))
        np.add.at(flow, (deme[:, None], deme[None, :]), self.joined)
        migration = backward_migration(flow, np.arange(n), n)
        generations = max(1, round(self.generations))
        found = identity_by_descent(migration, self.effective_share * numbers, generations)
        return np.asarray(found[-1]), numbers


def environmental_variance(rates: VitalRates, sd: float) -> float:
    """Return the variance of log growth that years share, from one on the logit scale.

    To first order: survival of all ages moves by ``s (1 - s) z``, births by ``b (1 - b) z``, each
    weighted by its elasticity, ``1 / T`` for births, and for survival of age a the share of the
    daughters of a cohort that are born after it, over T.
    """
    born = survivorship(rates.survival) * rates.gives_birth
    after = np.append(np.cumsum(born[::-1])[::-1][1:], 0.0) / born.sum()
    t = generation_y(rates)
    b = rates.birth_probability_at_capacity
    by_survival = float((after * (1.0 - rates.survival)).sum()) / t
    return sd**2 * (by_survival**2 + ((1.0 - b) / t) ** 2)


def _risk(m: Lived, within_y: int) -> float:
    if m.years < within_y:
        return math.nan
    rates = m.kind.rates
    regulation = regulation_of(rates, counted=m.alone)
    chance = risk_below(
        m.course[: within_y + 1],
        regulation.return_rates,
        regulation.demographic_variance,
        environmental_variance(rates, m.environmental_sd),
        m.threshold,
        within_y,
    )
    return float(chance[-1])


OUTCOMES: dict[str, Outcome] = {}
outcome = partial(outcome_of, OUTCOMES)


@outcome(
    "animals/yr",
    "Animals joining another block",
    "more",
    2,
    event="unseen",
    headline=1,
    short="Joining",
    relative=True,
    asked=1,
)
def joining_per_year(m: Lived) -> float:
    """animals born in one block of core areas that settle in another one, a year"""
    return m.between(m.joined)


@outcome(
    "animals",
    "Migrants per generation",
    "more",
    2,
    event="unseen",
    relative=True,
    shown_unit="animals a generation",
)
def migrants_per_generation(m: Lived) -> float:
    """animals joining a block from others in a generation, mean over the blocks"""
    return m.between(m.joined) * generation_y(m.kind.rates) / max(m.n_blocks, 1)


@outcome("animals", "Animals at the end", "more", 0, event="unseen", headline=2, relative=True)
def animals_end(m: Lived) -> float:
    """independent animals after the last year"""
    return m.ran.years[-1].independent


@outcome("1", "Change of numbers", "more", 3, least=-1.0, matters=0.05, event="unseen", **PERCENT)
def animals_change(m: Lived) -> float:
    """independent animals at the end over those at the start, less 1"""
    return ratio(m.ran.years[-1].independent, m.ran.start) - 1.0


@outcome("1/yr", "Growth rate", "more", 4, event="unseen", matters=0.002)
def growth_per_year(m: Lived) -> float:
    """(end / start)^(1 / years): lambda over the run"""
    return float(ratio(m.ran.years[-1].independent, m.ran.start) ** (1.0 / m.years))


@outcome("animals", "Breeding females at the end", "more", 0, event="unseen", relative=True)
def breeding_females_end(m: Lived) -> float:
    """resident females of breeding age"""
    return m.ran.years[-1].breeding_females


@outcome("animals", "Capacity at the end", "more", 0, certain=True, relative=True)
def capacity_end(m: Lived) -> float:
    """animals that the last year's landscape feeds"""
    return m.ran.last.habitat.capacity


for _y in RISK_YEARS:
    OUTCOMES[f"quasi_extinct_{_y}y"] = Outcome(
        f"quasi_extinct_{_y}y",
        "1",
        f"Quasi-extinction within {_y} years",
        "less",
        3,
        f"chance that numbers fall below the threshold within {_y} years, by a diffusion",
        partial(_risk, within_y=_y),
        most=1.0,
        event="unseen",
        asked=9,
        matters=0.05,
        **PERCENT,
    )


@outcome("km²", "Equivalent connected area", "more", 0, event="unseen", relative=True, asked=4)
def eca_km2(m: Lived) -> float:
    """sqrt(sum a_i a_j p_ij) over blocks, p_ij of who settles where (Saura et al. 2011)"""
    habitat, block = m.ran.last.habitat, m.kind.tiles.block
    per_km2 = habitat.capacity / max(habitat.suitable_km2, 1e-12)
    area = np.bincount(block, m.ran.last.ground.capacity, minlength=m.n_blocks + 1)[1:] / per_km2
    left = m.left[1:, None]
    p = np.divide(m.joined[1:, 1:], left, out=np.zeros((m.n_blocks,) * 2), where=left > 0)
    np.fill_diagonal(p, 1.0)
    return float(np.sqrt(area @ p @ area))


@outcome("1", "Gene diversity kept", "more", 4, event="unseen", asked=6, matters=0.01, **PERCENT)
def gene_diversity_kept(m: Lived) -> float:
    """expected heterozygosity at the end over that at the start, by identity by descent"""
    return float(diversity_kept(*m.identity))


def values_of(
    generations: Generations,
    key: str,
    replicates: Iterable[int],
    grounds: Sequence[Ground] | None = None,
) -> F64:
    """Return the outcomes of a species, ``[replicate, outcome]``.

    Parameters
    ----------
    grounds : sequence of Ground, optional
        Of :meth:`.machine.Generations.grounds`; the baseline's where not given.
    """
    kind, life = generations.kinds[key], generations.life
    rows = []
    for replicate in replicates:
        ran = generations.run(key, replicate, grounds)
        lived = Lived(ran, kind, generations.blocks.n, life.quasi_extinction, life.environmental_sd)
        rows.append([row.of(lived) for row in OUTCOMES.values()])
    return np.array(rows, np.float64).reshape(len(rows), len(OUTCOMES))
