"""Animals made up with known numbers, moved by the program, and fitted again: what comes back.

End to end: the movement kernel, a collar that loses fixes, bursts, ranges, steps, states, selection
on a country read from a scenario, and the pooling over animals that differ. The default tier holds
one animal to its own standard errors; the slow one counts, over 50 animals or populations, how many
95 % intervals hold the truth. The table is in ``docs/fit-evidence.md``.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from corridor_sim.telemetry.home_range import RangeFit
from corridor_sim.telemetry.population import population_of
from corridor_sim.telemetry.steps import fit_steps
from oracles.made_up_animals import CAT, DEER, TWO
from oracles.refitted import (
    Held,
    fitted,
    looked_at,
    refit,
    refit_population,
    refit_selection,
    species_of,
    truth_of,
    walked,
)
from oracles.verdict import TAIL, Verdict

REPEATS = 50
MINDED = {"home_range_km2", "tau_d", "step_shape", "step_scale_m", "turning_kappa"}


def test_one_animal_is_found_within_its_errors(verdict: Verdict) -> None:
    (tracks,) = walked(species_of(DEER), looked_at(DEER.days, DEER.step_min, 1), seed=2)
    parts = fitted(tracks)
    assert len(parts.bursts.steps) > 1200
    truth = truth_of(DEER)
    expected = {**truth.numbers, "tau_d": truth.ou_tau_d}
    assert {*expected} == MINDED == {*parts.group.estimates}
    for name, value in expected.items():
        one = parts.group.estimates[name]
        if name == "turning_kappa":
            verdict.close(f"{name} of a made-up animal", "put in", value, one.value, one.se)
            continue
        log, se = math.log(one.value), one.se / one.value
        verdict.close(f"log {name} of a made-up animal", "put in", math.log(value), log, se)


def judged(held: Held, names: set[str], verdict: Verdict) -> None:
    """Demand of each parameter what 50 binomial trials allow, and 90 to 99 % of all together."""
    least = int(stats.binom.ppf(TAIL / 6, REPEATS, 0.95))
    for name in sorted(names):
        what = f"95 % intervals of {name} that hold the truth, of {REPEATS}"
        verdict.above(what, "0.95 of them", least, held.count(name), "exact binomial")
    share = sum(held.count(name) for name in names) / (REPEATS * len(names))
    verdict.between("share of all 95 % intervals that hold the truth", "0.95", 0.90, 0.99, share)


@pytest.mark.slow
def test_intervals_of_an_animal_hold_the_truth(verdict: Verdict) -> None:
    held = refit(DEER, REPEATS)
    judged(held, {*held} - {"tau_d"}, verdict)


@pytest.mark.slow
def test_intervals_of_an_animal_in_two_states_hold_the_truth(verdict: Verdict) -> None:
    held = refit(TWO, REPEATS)
    judged(held, {*held}, verdict)


@pytest.mark.slow
def test_intervals_of_selection_hold_the_truth(verdict: Verdict) -> None:
    held = refit_selection(CAT, 0.5, REPEATS)
    judged(held, {*held}, verdict)


@pytest.mark.slow
def test_intervals_of_the_means_of_a_population_hold_the_truth(verdict: Verdict) -> None:
    held = refit_population(DEER._replace(days=180), 8, REPEATS)
    judged(held, {*held}, verdict)


def ranged(animal: str, area_km2: float, variance: float, days: float) -> RangeFit:
    """A range with a crossing time, known so well."""
    return RangeFit(
        animal,
        1000,
        days,
        "ou",
        resident=True,
        working_names=("home_range_km2", "tau_d"),
        working=np.log([area_km2, 10.0]),
        covariance=np.diag([variance, variance]),
    )


def test_a_range_that_came_out_small_counts_for_no_more_than_a_large_one() -> None:
    """What is estimated small seems better known; records as long tell as much."""
    rng = np.random.default_rng(1)
    steps = fit_steps(rng.gamma(0.8, 300.0, 400), rng.uniform(-3, 3, 400))
    pairs = {"a": (40.0, 0.04), "b": (90.0, 0.09)}
    ranges = {name: ranged(name, area, var, 100.0) for name, (area, var) in pairs.items()}
    both = population_of(ranges, dict.fromkeys(pairs, steps), {}).both.estimates
    # the mean of logarithms, both evenly, and half of the variance of each
    expected = math.exp(math.log(40.0 * 90.0) / 2 + 0.06 / 2)
    assert both["home_range_km2"].value == pytest.approx(expected, rel=1e-6)
    # one animal's are its own
    alone = population_of({"a": ranges["a"]}, {"a": steps}, {}).both.estimates
    assert alone["home_range_km2"].value == pytest.approx(40.0)
