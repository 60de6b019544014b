"""Small closed populations die out when the exact chain says, and are as large as it says.

Thousands of populations live on one map, far apart: each in its own neighbourhood of crowding and
mates, every animal with its own luck, so that they are independent.
"""

from __future__ import annotations

import numpy as np
import pytest

from corridor_sim.simulation.decades.census import COLUMN
from corridor_sim.simulation.decades.habitat import PopulationHabitat
from corridor_sim.simulation.decades.population import Population
from corridor_sim.simulation.decades.rules import Rules
from corridor_sim.species.demography import vital_rates
from oracles.birth_death import BirthDeath
from oracles.populations import SIMPLE, made, plain_ground, residents_at, settled
from oracles.verdict import Verdict

SIDE, SPACING = 50, 4
N = SIDE**2
YEARS, FOUNDERS = 60, (2, 2)
S, B = 0.75, 0.8


def patches(crowding: bool, k: float) -> tuple[Population, PopulationHabitat, float]:
    """Return a population of N closed patches, its ground, and the capacity of each patch."""
    species = made(
        **SIMPLE,
        survival=S,
        birth_probability=B,
        births_cease_at=1.5,
        mating_reach_m=500.0,
        capacity_radius_m=1000.0,
    )
    ground = plain_ground(species, SIDE * SPACING, SIDE * SPACING)
    middle = (np.arange(SIDE) + 0.5) * SPACING + 0.5
    x, y = (c.ravel() for c in np.meshgrid(middle, middle))
    here = ground.crowd.room[int(y[0] / ground.crowd.side), int(x[0] / ground.crowd.side)]
    ground = plain_ground(
        species, SIDE * SPACING, SIDE * SPACING, capacity=ground.capacity * k / here
    )
    room = ground.crowd.room[
        (y / ground.crowd.side).astype(int), (x / ground.crowd.side).astype(int)
    ]
    assert np.ptp(room) < 1e-9
    population = settled(species, ground, 10, rules=Rules(movement=False, crowding=crowding))
    n = sum(FOUNDERS)
    male = np.tile(np.arange(n) >= FOUNDERS[0], N)
    residents_at(population, np.repeat(x, n), np.repeat(y, n), male)
    return population, ground, float(room[0])


def numbers(population: Population) -> np.ndarray:
    animals = population.individuals
    patch = (animals.y / SPACING).astype(int) * SIDE + (animals.x / SPACING).astype(int)
    return np.bincount(patch, minlength=N)


@pytest.mark.parametrize("s", [S, 0.9])
def test_the_chain_is_a_chain(s: float) -> None:
    chain = BirthDeath(s, 0.5, lambda n: 0.8 * max(0, 1 - n / 6), (2, 1))
    assert np.allclose(chain.step.sum(axis=1), 1)
    assert chain.step[chain.index[0, 0], chain.index[0, 0]] == 1
    # mean time is also the sum of the probabilities of being there still
    there = 1 - chain.years(3000)[:, chain.numbers == 0].sum(axis=1)
    assert chain.mean_time() == pytest.approx(there.sum(), rel=1e-6)


def test_extinction_times_and_numbers(verdict: Verdict) -> None:
    population, ground, k = patches(crowding=True, k=6.0)
    rates = vital_rates(population.species.life_cycle)
    assert rates.birth_probability_at_capacity < rates.birth_probability

    def birth(n: int) -> float:
        return float(rates.birth_probability_at(np.array([n / k]))[0])

    chain = BirthDeath(S, 0.5, birth, FOUNDERS)
    law = chain.years(YEARS)
    gone = np.full(N, YEARS + 1)
    for year in range(1, YEARS + 1):
        population.live_a_year(ground)
        seen = numbers(population)
        gone = np.where((seen == 0) & (gone > YEARS), year, gone)
        if year in (5, 20, YEARS):
            expected = np.bincount(chain.numbers, law[year])
            verdict.counts(
                f"animals in each of {N} patches of K = {k:g} after {year} years",
                "exact chain",
                np.bincount(seen, minlength=expected.size),
                N * expected,
            )
    extinct = law[:, chain.numbers == 0].sum(axis=1)
    verdict.counts(
        f"year of extinction of {N} patches",
        "absorption times of the chain",
        np.bincount(gone, minlength=YEARS + 2)[1:],
        N * np.append(np.diff(extinct), 1 - extinct[-1]),
    )
    verdict.share(
        f"extinct after {YEARS} years, mean time {chain.mean_time():.0f} years",
        "exact chain",
        float(extinct[-1]),
        int((gone <= YEARS).sum()),
        N,
    )


def test_a_patch_without_males_has_no_young(verdict: Verdict) -> None:
    """A lone sex only dies: the neighbours, four cells off, are out of reach."""
    population, ground, _ = patches(crowding=False, k=6.0)
    animals = population.individuals
    patch = (animals.y / SPACING).astype(int) * SIDE + (animals.x / SPACING).astype(int)
    animals.male[patch % 2 == 0] = False
    row = population.live_a_year(ground)
    seen = numbers(population)
    alone = np.arange(N) % 2 == 0
    n = sum(FOUNDERS)
    verdict.share("survivors among females alone", "s", S, int(seen[alone].sum()), n * alone.sum())
    # two pairs: Bin(2, s b) young where a male is left
    male_left, each = 1 - (1 - S) ** 2, S * B
    mean = male_left * 2 * each
    square = male_left * (2 * each * (1 - each) + 4 * each**2)
    verdict.close(
        "young of two pairs",
        "s b F (1 - (1 - s)^M)",
        mean,
        row[COLUMN["births"]] / (~alone).sum(),
        float(np.sqrt((square - mean**2) / (~alone).sum())),
    )
    assert seen[alone].max() <= n
