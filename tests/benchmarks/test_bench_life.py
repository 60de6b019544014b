"""Years a second of the life cycle alone, and what a year with movement costs by animal-steps.

    python -m pytest -m benchmark -s tests/benchmarks/test_bench_life.py

Times are processor times, the smallest of several, on however busy a machine.
"""

from __future__ import annotations

import time

import numba
import numpy as np
import pytest

from corridor_sim import load_landscape, load_species
from corridor_sim.simulation.decades.habitat import PopulationHabitat, make_habitat
from corridor_sim.simulation.decades.rules import Rules
from corridor_sim.simulation.decades.year_of_moves import exposure
from oracles.populations import settled, streams_of

pytestmark = pytest.mark.benchmark

ANIMALS = 100_000
TARGET = 20.0


@pytest.fixture(scope="module")
def land():
    return load_landscape()


def ground_for(key: str, land, independent: float, days: int | None = None) -> PopulationHabitat:
    species = load_species(key)
    ground = make_habitat(species, land, exposure=exposure(days))
    return make_habitat(
        species, land, exposure=exposure(days), capacity_scale=independent / ground.capacity
    )


@pytest.mark.parametrize("key", ["jaguar", "andean_bear", "mountain_tapir", "andean_condor"])
def test_years_without_movement(key: str, land) -> None:
    """On the built-in landscape, crowding and mates included, one thread."""
    numba.set_num_threads(1)
    species = load_species(key)
    ground = ground_for(key, land, 78_000)
    ground = ground_for(
        key,
        land,
        78_000 * ANIMALS / len(settled(species, ground, round(ground.capacity)).individuals),
    )
    population = settled(
        species, ground, round(ground.capacity), rules=Rules(movement=False), streams=streams_of()
    )
    assert len(population.individuals) == pytest.approx(ANIMALS, rel=0.02)
    population.live_a_year(ground)  # compiles
    times, sizes = [], []
    for _ in range(10):
        sizes.append(len(population.individuals))
        start = time.process_time()
        population.live_a_year(ground)
        times.append(time.process_time() - start)
    # as if there were the whole number in every year, which some landscapes do not keep
    per_year = np.array(times) * ANIMALS / np.array(sizes)
    print(
        f"\n{key}: {ANIMALS} animals, {1 / np.median(per_year):.0f} years/s "
        f"(best {1 / per_year.min():.0f}), {np.median(per_year) * 1e3:.0f} ms a year"
    )
    # half of the target: only a lost optimisation fails here, not a neighbour's work
    assert 1 / per_year.min() > TARGET / 2


def test_cost_grows_linearly_with_animal_steps(land) -> None:
    """The same landscape with 0.5 to 4 times the jaguars, five days a season."""
    key, days = "jaguar", 5
    numba.set_num_threads(1)
    species = load_species(key)
    steps, seconds = [], []
    for independent in (1000, 2000, 4000, 8000):
        ground = ground_for(key, land, independent, days)
        population = settled(
            species, ground, independent, rules=Rules(days_per_season=days), streams=streams_of()
        )
        population.live_a_year(ground)
        best = np.inf
        for _ in range(3):
            before, start = population.animal_steps, time.process_time()
            population.live_a_year(ground)
            taken = time.process_time() - start
            if taken / (population.animal_steps - before) < best:
                best = taken / (population.animal_steps - before)
                pair = population.animal_steps - before, taken
        steps.append(pair[0])
        seconds.append(pair[1])
        print(
            f"{independent} jaguars: {pair[0] / 1e6:.2f} M animal-steps in {pair[1]:.2f} s, "
            f"{pair[1] / pair[0] * 1e9:.0f} ns a step"
        )
    slope, fixed = np.polyfit(steps, seconds, 1)
    exponent = np.polyfit(np.log(steps), np.log(seconds), 1)[0]
    print(f"{slope * 1e9:.0f} ns a step and {fixed * 1e3:.0f} ms a year; exponent {exponent:.2f}")
    # eight times the animals: settling among neighbours must not make it a square
    assert exponent < 1.3
