"""Numbers below a threshold, and blocks that die out: years that can be told by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from corridor_sim import load_species
from corridor_sim.errors import CorridorSimError, SpeciesError
from corridor_sim.simulation.generations.lifetimes import (
    demographic_variance_of,
    effective_share,
    standing_birth_probability,
)
from corridor_sim.simulation.generations.regulation import return_rates_of
from corridor_sim.simulation.generations.risk import dies_out, risk_below
from corridor_sim.species.demography import leslie_matrix, stable_ages, vital_rates
from oracles.branching import Branching
from oracles.families import SHORT_LIVED

EVEN = np.full(31, 40.0)


def test_two_years_by_hand() -> None:
    course, back, v, edge = np.array([40.0, 50.0, 30.0]), 0.3, 0.04, math.log(33.0)
    found = risk_below(course, back, 0.0, v, 33.0, 2)
    first = (math.log(50) - v / 2, math.log(30) - 0.7 * v / 2 - v / 2)
    spread = np.array([[v, 0.7 * v], [0.7 * v, v + 0.49 * v]])
    safe = multivariate_normal(-np.array(first), spread).cdf(np.full(2, -edge))
    assert found[0] == 0
    assert found[1] == pytest.approx(norm.cdf((edge - first[0]) / math.sqrt(v)), rel=1e-9)
    assert found[2] == pytest.approx(1 - safe, abs=1e-6)
    # the same with individual chance: the first year by hand
    individual = risk_below(course, back, 1.2, v, 33.0, 1)[1]
    total = v + 1.2 / 40
    mean = math.log(50) - total / 2
    assert individual == pytest.approx(norm.cdf((edge - mean) / math.sqrt(total)), rel=1e-9)


def test_nodes_do_not_matter() -> None:
    falling = np.geomspace(400, 8, 31)
    for course, back, d, e, threshold in (
        (EVEN, 0.1, 0.6, 0.01, 10.0),
        (EVEN, 0.0, 0.6, 0.0, 2.0),
        (EVEN, 0.0, 0.0, 0.05, 10.0),
        (falling, 0.2, 0.3, 0.02, 5.0),
        (np.full(31, 9.0), 0.05, 1.5, 0.02, 1.0),
        (EVEN, (0.05, 0.6), 0.6, 0.01, 10.0),
    ):
        once = risk_below(course, back, d, e, threshold, 30)
        twice = risk_below(course, back, d, e, threshold, 30, finer=2)
        assert once == pytest.approx(twice, abs=1e-7)
        assert np.all(np.diff(once) >= 0)
        assert 1e-4 < once[-1] < 1


def test_what_makes_risk_larger() -> None:
    base = risk_below(EVEN, 0.1, 0.6, 0.01, 15.0, 30)[-1]
    assert risk_below(EVEN, 0.1, 0.6, 0.02, 15.0, 30)[-1] > base
    assert risk_below(EVEN, 0.1, 0.9, 0.01, 15.0, 30)[-1] > base
    assert risk_below(EVEN, 0.05, 0.6, 0.01, 15.0, 30)[-1] > base
    assert risk_below(0.98 ** np.arange(31) * EVEN, 0.1, 0.6, 0.01, 15.0, 30)[-1] > base
    assert risk_below(EVEN, 0.1, 0.6, 0.01, 15.0, 30, ever=False)[-1] < base


def test_courses_that_end() -> None:
    gone = np.array([20.0, 10.0, 0.0, 0.0])
    assert risk_below(gone, 0.1, 0.5, 0.01, 2.0, 3)[1:] == pytest.approx([0, 1, 1], abs=1e-3)
    assert risk_below(EVEN, 0.1, 0.5, 0.01, 41.0, 2).tolist() == [1, 1, 1]
    assert risk_below(EVEN, 0.1, 0.5, 0.01, 41.0, 30, ever=False)[[0, 30]] == pytest.approx(
        [1, 0.6], abs=0.1
    )
    # far from its course: no risk, and no time wasted
    assert risk_below(np.full(31, 1e7), 0.0, 0.6, 0.0, 5.0, 30)[-1] == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"within_y": 31}, "course: 31 values; give numbers of animals of 32 years"),
        ({"course": -EVEN}, "course: 31 values"),
        ({"return_rate": 1.1}, "return_rate: 1.1; give 0 to 1"),
        ({"return_rate": (0.1, 1.2)}, "return_rate: 1.2; give 0 to 1"),
        ({"demographic_variance": 0.0, "environmental_variance": 0.0}, "variance: 0 and 0; give"),
        ({"demographic_variance": -1.0}, "variance: -1 and 0.01"),
        ({"threshold": 0.0}, "threshold: 0; give animals above 0"),
    ],
)
def test_what_cannot_be_is_refused(words: dict[str, Any], said: str) -> None:
    given: dict[str, Any] = {
        "course": EVEN,
        "return_rate": 0.1,
        "demographic_variance": 0.5,
        "environmental_variance": 0.01,
        "threshold": 10.0,
        "within_y": 30,
    }
    with pytest.raises(CorridorSimError, match=said):
        risk_below(**(given | words))


def test_one_year_of_a_few_females_by_hand() -> None:
    # nobody outlives the year but those of age 1, who then breed surely, one daughter or son
    rates = replace(
        SHORT_LIVED,
        survival=np.array([0.5, 0.8, 0.0]),
        gives_birth=np.array([False, False, True]),
        litter_least=2,
        litter_most=2,
        female_at_birth=0.5,
    )
    grown = 0.5 * 0.8  # = lambda^2 with b = 1
    ages = np.array([1.0, 0.5 / grown**0.5, grown / grown])
    females = 3 * ages / ages.sum()
    found = dies_out(rates, 6.0, 2, birth_probability=1.0)
    q1 = np.array([0.5, 1 - 0.8, 1.0])
    # a female of age 1 leaves herself at age 2, who dies, and daughters among 2 of age 0
    q2 = np.array([1 - 0.5 + 0.5 * q1[1], 1 - 0.8 + 0.8 * (0.5 + 0.5 * q1[0]) ** 2, 1.0])
    assert found == pytest.approx([0.0, np.prod(q1**females), np.prod(q2**females)], rel=1e-9)
    half = dies_out(rates, 3.0, 2, birth_probability=1.0)
    assert half[1:] ** 2 == pytest.approx(found[1:], rel=1e-9)


def test_who_is_counted() -> None:
    """Numbers that count residents alone mean more animals in all."""
    species = load_species("jaguar")
    assert species.life_cycle is not None
    rates = vital_rates(species.life_cycle)
    grown = (np.arange(rates.survival.size) >= 2).astype(np.float64)
    b = standing_birth_probability(rates)
    assert b == pytest.approx(rates.birth_probability_at_capacity, rel=1e-12)
    reached = np.cumprod(np.append(1.0, rates.survival[:-1]))
    share = float(reached @ grown / reached.sum())
    all_of_them, residents = (demographic_variance_of(rates, counted=c) for c in (None, grown))
    assert residents == pytest.approx(share * all_of_them, rel=1e-9)
    whole, part = (effective_share(rates, 4.0, counted=c) for c in (None, grown))
    assert part == pytest.approx(whole / share, rel=1e-9)
    assert dies_out(rates, 5.0, 20, counted=grown) == pytest.approx(
        dies_out(rates, 5.0 / share, 20), rel=1e-9
    )


@pytest.mark.parametrize("adults", [True, False])
def test_numbers_stray_as_a_branching_process_with_crowding(adults: bool) -> None:
    """Means and covariances of the oracle, to which births add that fall with numbers."""
    species = load_species("mountain_tapir")
    assert species.life_cycle is not None
    rates = vital_rates(species.life_cycle)
    killed = replace(rates, survival=0.99 * rates.survival)
    n, f = rates.survival.size, rates.female_at_birth
    share = (np.arange(n) >= (2 if adults else 0)).astype(np.float64)
    b = standing_birth_probability(killed)
    process = Branching(killed, b=b)
    females = stable_ages(leslie_matrix(killed, b))
    animals = np.concatenate([females, females * (1 - f) / f])
    both = np.concatenate([share, share])
    animals *= 500 / float(both @ animals)
    # crowding at which births are b, and how they fall from there on
    low, at_k, cease = killed.birth_probability, killed.birth_probability_at_capacity, 1.5
    assert killed.births_cease_at == cease
    x = (low - b) / (low - at_k)
    assert 0.5 < x < 1
    found = return_rates_of(killed, counted=share)
    for rate, change in zip(found, ((at_k - low) * x / b, -x / (cease - x)), strict=True):
        births = np.zeros((2 * n, 2 * n))
        births[[0, n]] = process.mean[[0, n]]
        jacobian = process.mean + np.outer(births @ animals, both) * change / 500
        covariance = np.zeros((2 * n, 2 * n))
        for _ in range(3_000):
            covariance = jacobian @ covariance @ jacobian.T + np.tensordot(animals, process.cov, 1)
        variance = float(both @ covariance @ both)
        alone = 500 * demographic_variance_of(killed, counted=share) / (1 - (1 - rate) ** 2)
        assert alone == pytest.approx(variance, rel=1e-6)
    assert found[0] < found[1]
    assert found[0] < return_rates_of(rates, counted=share)[0]


def test_numbers_that_do_not_settle_return_at_once() -> None:
    steep = replace(SHORT_LIVED, births_cease_at=1.001)
    assert return_rates_of(steep)[1] == 1
    with pytest.raises(SpeciesError, match=r"probability of 0\.83, and it is 0\.8 at low numbers"):
        return_rates_of(replace(SHORT_LIVED, birth_probability=0.8))


def test_rates_by_which_numbers_cannot_stand_still() -> None:
    poor = replace(SHORT_LIVED, survival=0.5 * SHORT_LIVED.survival)
    with pytest.raises(SpeciesError, match=r"a female leaves 0\.17 daughters at most"):
        standing_birth_probability(poor)
    with pytest.raises(SpeciesError, match="first_siring_y: no male lives to sire"):
        effective_share(SHORT_LIVED, 9.0)
    with pytest.raises(SpeciesError, match="female_at_birth: 1 of the young are female"):
        effective_share(replace(SHORT_LIVED, female_at_birth=1.0), 1.0)
