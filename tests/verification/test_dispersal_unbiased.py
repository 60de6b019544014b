"""Starting only where animals can count changes what an estimate costs, and not what it expects."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from corridor_sim import Landscape, load_landscape, load_species
from corridor_sim.kernels.records import Animals
from corridor_sim.kernels.states import ALIVE, DISPERSER, SETTLED
from corridor_sim.landscape.blocks import Blocks, blocks_of
from corridor_sim.simulation.days.seeding import (
    Habitat,
    Numbers,
    Quota,
    expected_numbers,
    find_habitat,
    seed_animals,
)
from corridor_sim.simulation.dispersal.cohort import Ground, disperse, ground_of, rows_of
from corridor_sim.simulation.dispersal.machine import Dispersal
from corridor_sim.simulation.dispersal.strata import Starts, Strata, allocate, starts_of, strata_of
from corridor_sim.species.demography import cohort_y
from corridor_sim.species.fields import SpeciesOnLandscape, on_landscape

CELL_M = 5000.0
KEY = "andean_bear"
SEEDS = 200
# a deviation of so many standard errors is met once in 16,000 tests of each number
SIGMAS = 4.0


@cache
def country() -> Landscape:
    return load_landscape(cell_m=CELL_M)


@cache
def prepared() -> tuple[SpeciesOnLandscape, Ground, Habitat, Blocks, Strata]:
    land, species = country(), load_species(KEY)
    blocks, here = blocks_of(land), on_landscape(species, land)
    home = find_habitat(here, CELL_M)
    ground = ground_of(species, land, land, blocks)
    return here, ground, home, blocks, strata_of(here, home, land, blocks)


def plain(seed: int, n: int) -> float:
    """Return joining animals a year as a plain design tells them: dispersers wherever they live."""
    here, ground, home, blocks, _ = prepared()
    cohort = expected_numbers(here.species, home, Quota()).dispersers
    animals = seed_animals(home, here, home, Numbers(1, n, n / cohort), seed, 0)
    animals = rows_of(animals, np.flatnonzero(animals.klass // 2 == DISPERSER))
    block = blocks.of_zone[animals.natal_zone]
    nobody = np.zeros(n, np.int32)
    starts = Starts(animals, nobody, nobody, np.array([cohort / cohort_y(here.species) / n]), block)
    fates = disperse(ground, starts, seed).fates
    joined = (block > 0) & (fates.block > 0) & (fates.block != block)
    return float(starts.weight[0] * joined.sum())


def stratified(seed: int, n: int, kind: str) -> float:
    here, ground, _, _, strata = prepared()
    # near the other blocks, where most of those that join one are born, or evenly
    sd = np.ones(len(strata)) if kind == "even" else 4.0 ** -strata.ring.astype(float)
    starts = starts_of(here, strata, allocate(strata.per_year, sd, n, least=1), seed, [0])
    fates = disperse(ground, starts, seed).fates
    joined = (fates.block > 0) & (fates.block != starts.block)
    return float(starts.weight[starts.stratum][joined].sum())


@pytest.fixture(scope="module")
def reference() -> np.ndarray:
    return np.array([plain(1000 + seed, 600) for seed in range(SEEDS)])


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["even", "near"])
def test_the_expectation_is_that_of_the_plain_design(reference: np.ndarray, kind: str) -> None:
    """Whatever the allocation: in proportion to births, or far from it."""
    found = np.array([stratified(seed, 150, kind) for seed in range(SEEDS)])
    error = np.hypot(*(one.std(ddof=1) / np.sqrt(SEEDS) for one in (found, reference)))
    assert error < 0.1 * reference.mean()
    assert abs(found.mean() - reference.mean()) < SIGMAS * error


def test_a_start_tells_more_than_in_the_plain_design(reference: np.ndarray) -> None:
    """Variance times animals: at least twice as much information from an animal."""
    found = np.array([stratified(seed, 150, "even") for seed in range(SEEDS)])
    assert 150 * found.var(ddof=1) < 0.5 * 600 * reference.var(ddof=1)


def test_wrong_weights_would_be_seen(reference: np.ndarray) -> None:
    """Seen to fail: animals that stand for half as much again as they should."""
    found = 1.5 * np.array([stratified(seed, 150, "even") for seed in range(SEEDS)])
    error = np.hypot(*(one.std(ddof=1) / np.sqrt(SEEDS) for one in (found, reference)))
    assert abs(found.mean() - reference.mean()) > SIGMAS * error


def test_weights_add_up_to_the_births_in_blocks() -> None:
    here, _, home, blocks, strata = prepared()
    land = country()
    n = allocate(strata.per_year, np.ones(len(strata)), 200)
    starts = starts_of(here, strata, n, 1, [0])
    share = np.diff(home.cumulative, prepend=0.0)
    inside = blocks.raster(land).reshape(-1)[home.cells] > 0
    births = strata.everywhere_per_year * share[inside].sum()
    assert starts.weight[starts.stratum].sum() == pytest.approx(births, rel=1e-12)
    uneven = allocate(strata.per_year, 4.0 ** -strata.ring.astype(float), 200)
    some = starts_of(here, strata, uneven, 1, [0])
    each = np.bincount(some.stratum, weights=some.weight[some.stratum], minlength=len(strata))
    assert each == pytest.approx(strata.per_year, rel=1e-12)
    assert strata.per_year.sum() == pytest.approx(births, rel=1e-12)
    cells = starts.animals.y.astype(int), starts.animals.x.astype(int)
    assert np.array_equal(blocks.raster(land)[cells], starts.block)
    assert np.array_equal(strata.block[starts.stratum], starts.block)


def test_neyman_takes_the_most_variable_strata_and_leaves_none_out() -> None:
    per_year, sd = np.array([1.0, 1.0, 4.0, 0.01]), np.array([0.1, 0.3, 0.1, 0.1])
    n = allocate(per_year, sd, 400)
    assert n.sum() == 400
    assert n.tolist() == pytest.approx([50, 149, 199, 2], abs=1)
    # the variance of the weighted sum is least there, among all allocations nearby
    variance = (per_year**2 * sd**2 / n).sum()
    for i in range(3):
        for j in range(3):
            if i != j:
                moved = n + 5 * (np.arange(4) == i) - 5 * (np.arange(4) == j)
                assert (per_year**2 * sd**2 / moved).sum() > variance


def test_a_disperser_ends_at_home_or_dead() -> None:
    dispersal = Dispersal([load_species(KEY)], country(), country(), 7, dispersers=200)
    walked = dispersal.baseline(KEY, [0, 1])
    settled = ~np.isnan(walked.fates.home_x)
    assert isinstance(walked.starts.animals, Animals)
    assert (walked.fates.state != ALIVE).all()
    assert (walked.fates.state[settled] == SETTLED).all()
    assert 0 < settled.sum() < settled.size
    pairs = dispersal.pairs(KEY, [0, 1])
    values = dispersal.values(KEY, [0, 1])
    off = pairs[:, 1:, 1:].sum(axis=(1, 2)) - np.trace(pairs[:, 1:, 1:], axis1=1, axis2=2)
    assert values[:, 0] == pytest.approx(off)
