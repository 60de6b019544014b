"""With crowding a population settles at K, and varies around it as births and deaths let it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from corridor_sim import load_species
from corridor_sim.simulation.decades.census import COLUMN
from corridor_sim.simulation.decades.rules import Rules
from corridor_sim.species.demography import growth_rate, leslie_matrix, vital_rates
from oracles.crowded import Crowded
from oracles.populations import FOUR, made, plain_ground, settled, streams_of
from oracles.verdict import Verdict, Z

CROWDED = Rules(movement=False, crowding=True)
# one neighbourhood for everybody, and always a male
GLOBAL = {"mating_reach_m": 1e6, "capacity_radius_m": 1e6}


def all_leave_at_once(key: str) -> dict[str, float]:
    """Whole numbers of years, so that who counts as independent follows from age."""
    age = float(math.ceil(load_species(key).life_cycle.leaves_from_y.value))
    return {"leaves_from_y": age, "leaves_until_y": age}


@pytest.mark.parametrize("key", FOUR)
@pytest.mark.parametrize("start", [0.6, 1.3])
def test_numbers_settle_at_capacity(key: str, start: float, verdict: Verdict) -> None:
    """Without demographic chance; what is left is rounding to whole animals."""
    capacity, years = 3000.0, 100 if key != "andean_condor" else 200
    leaves = all_leave_at_once(key)
    species = made(key, **GLOBAL, **leaves)
    ground = plain_ground(species, capacity=capacity)
    population = settled(
        species,
        ground,
        round(start * capacity),
        rules=CROWDED,
        streams=streams_of(demographic=False),
    )
    seen = [population.live_a_year(ground)[COLUMN["independent"]] for _ in range(years)]
    rates = vital_rates(species.life_cycle)
    b, b_k = rates.birth_probability, rates.birth_probability_at_capacity
    slopes = [b_k - b, -b_k / (rates.births_cease_at - 1)]
    spread = max(
        float(
            np.sqrt(
                Crowded(rates, capacity, int(leaves["leaves_from_y"]), slope, rounding=True).lags(
                    1
                )[0]
            )
        )
        for slope in slopes
    )
    verdict.close(
        f"{key}: independents after {years} years from {start:g} K, no demographic chance",
        "K",
        capacity,
        seen[-1],
        spread,
    )
    # it came from afar
    assert abs(seen[0] - capacity) > 5 * Z * spread


def test_chance_around_capacity(verdict: Verdict) -> None:
    """Births fall linearly through b, b_K and 0: mean and variance are then known."""
    rates = vital_rates(load_species("jaguar").life_cycle)
    b, b_k = rates.birth_probability, rates.birth_probability_at_capacity
    species = made("jaguar", **GLOBAL, **all_leave_at_once("jaguar"), births_cease_at=b / (b - b_k))
    rates = vital_rates(species.life_cycle)
    capacity, burn_in, years = 1500.0, 60, 400
    ground = plain_ground(species, capacity=capacity)
    population = settled(species, ground, round(capacity), rules=CROWDED)
    seen = np.array(
        [population.live_a_year(ground)[COLUMN["independent"]] for _ in range(burn_in + years)]
    )[burn_in:]
    theory = Crowded(rates, capacity, 2, b_k - b, rounding=False)
    verdict.close(
        f"mean of {years} years at K = {capacity:g}",
        "K - Cov(N, mothers) / mothers",
        theory.expected,
        float(seen.mean()),
        theory.error_of_mean(years),
    )
    verdict.close(
        "variance of numbers at capacity",
        "Lyapunov equation",
        float(theory.lags(1)[0]),
        float(((seen - theory.expected) ** 2).mean()),
        theory.error_of_variance(years),
    )


def test_births_at_capacity_balance_deaths(verdict: Verdict) -> None:
    for key in FOUR:
        rates = vital_rates(load_species(key).life_cycle)
        for crowding, less in ((0.5, False), (1.0, None), (1.2, True)):
            b = float(rates.birth_probability_at(np.array([crowding]))[0])
            off = growth_rate(leslie_matrix(rates, b)) - 1
            if less is None:
                verdict.below(f"{key}: growth at N = K", "0", 1e-9, abs(off), "rounding")
            else:
                assert (off < 0) == less
    assert rates.birth_probability_at(np.array([rates.births_cease_at, 9.0, np.inf])).tolist() == [
        0,
        0,
        0,
    ]
