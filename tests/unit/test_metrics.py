"""Statistics against textbook values; outcomes against hand-made results."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from corridor_sim import load_species
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.simulation.days.outcomes import OUTCOMES, flux_of, measure
from corridor_sim.simulation.days.seeding import Quota
from corridor_sim.simulation.days.simulation import Simulation, prepare_days
from corridor_sim.simulation.outcomes import Flux, equivalent_connected_area_km2
from corridor_sim.simulation.pairs import from_square, no_pairs
from corridor_sim.species.demography import generation_y, vital_rates
from corridor_sim.statistics.intervals import interval, paired_contrast


def test_interval_is_students() -> None:
    values = np.array([3.1, 4.2, 5.0, 2.9, 4.4])
    low, high = stats.t.interval(0.95, 4, values.mean(), stats.sem(values))
    found = interval(values)
    assert (found.low, found.high) == pytest.approx((low, high))
    assert found.n == 5


def test_interval_of_few_values_knows_what_it_does_not_know() -> None:
    assert interval(np.array([])).n == 0
    one = interval(np.array([2.0, math.nan]))
    assert one.n == 1
    assert one.mean == 2.0
    assert math.isnan(one.low)


def test_interval_covers_the_mean_as_often_as_it_says() -> None:
    rng = np.random.default_rng(7)
    n = 4000
    hits = 0
    for values in rng.normal(1.0, 2.0, (n, 6)):
        found = interval(values)
        hits += found.low <= 1.0 <= found.high
    # binomial standard error of a coverage of 0.95
    assert hits / n == pytest.approx(0.95, abs=4.5 * math.sqrt(0.95 * 0.05 / n))


def test_pairing_removes_the_common_noise() -> None:
    rng = np.random.default_rng(1)
    common = rng.normal(0, 10, 200)
    a = common + rng.normal(0, 1, 200)
    b = common + 3 + rng.normal(0, 1, 200)
    found = paired_contrast(a, b)
    apart = a.var(ddof=1) + b.var(ddof=1)
    assert found.variance_ratio == pytest.approx(apart / (b - a).var(ddof=1))
    assert found.variance_ratio > 50
    assert found.clear
    assert found.difference.low < 3 < found.difference.high


def test_contrast_of_equal_and_of_shifted_values() -> None:
    a = np.array([1.0, 2.0, 3.0])
    same = paired_contrast(a, a)
    assert same.difference.mean == 0
    assert not same.clear
    assert same.variance_ratio == math.inf
    constant = paired_contrast(np.ones(3), np.ones(3))
    assert math.isnan(constant.variance_ratio)


def test_eca_of_isolated_and_of_fully_joined_areas() -> None:
    area = np.array([0.0, 30.0, 40.0])
    none = Flux(np.array([0, 5, 5]), no_pairs())
    assert equivalent_connected_area_km2(area, none) == pytest.approx(50.0)  # sqrt(900 + 1600)
    every = np.zeros((3, 3), np.int64)
    every[1, 2] = every[2, 1] = 5
    assert equivalent_connected_area_km2(
        area, Flux(np.array([0, 5, 5]), from_square(every))
    ) == pytest.approx(70.0)
    half = every // 5 * 2
    expected = math.sqrt(900 + 1600 + 2 * 1200 * 0.4)
    assert equivalent_connected_area_km2(
        area, Flux(np.array([0, 5, 5]), from_square(half))
    ) == pytest.approx(expected)


def test_outcomes_of_a_run_agree_with_its_arrays() -> None:
    species = load_species("jaguar")
    zones = np.zeros((60, 60), np.int16)
    zones[5:25, 5:25] = 1
    zones[35:55, 35:55] = 2
    land = uniform(60, 60, 1000.0, protected=zones)
    stage = prepare_days([species], land, None, {"jaguar": Quota(count=800, disperser_sampling=4)})
    sim = Simulation(stage, seed=4)
    sim.advance(60)
    sim.finish()
    result, seen = sim.result("jaguar"), stage.species["jaguar"]
    found = measure(result, seen, land)
    assert list(found) == list(OUTCOMES)
    flux = flux_of(result, 2)
    born = (result.stage == 1) & (result.natal_zone > 0)
    joined = born & (result.home_zone > 0) & (result.home_zone != result.natal_zone)
    assert flux.total == joined.sum() > 0
    # four simulated dispersers an animal, and a cohort of 0.8 years of births
    assert found["joining_per_year"] == pytest.approx(joined.sum() / 4 / 0.8)
    assert found["dispersal_success"] == pytest.approx(joined.sum() / born.sum())
    assert species.life_cycle is not None
    generation = generation_y(vital_rates(species.life_cycle))
    assert found["migrants_per_generation"] == pytest.approx(
        found["joining_per_year"] * generation / 2
    )
    assert found["exchange_within_blocks_per_year"] == 0
    assert found["mean_elevation_m"] == pytest.approx(500.0)
    assert found["home_range_quality"] == pytest.approx(float(seen.here.suitability.max()))
    causes = [
        v for k, v in found.items() if k.startswith("mortality_") and k != "mortality_per_year"
    ]
    assert sum(causes) == pytest.approx(found["mortality_per_year"])
    assert found["eca_km2"] >= math.sqrt(2) * 400 * float(seen.here.suitability.max()) * 0.999
    assert math.isnan(found["flapping_share"])
    assert found["border_joining_per_year"] == 0
