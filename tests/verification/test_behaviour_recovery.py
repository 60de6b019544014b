"""Made-up tracks in behavioural states return the numbers that made them, and errors that are true.

Tracks follow the model exactly, so the estimate is asymptotically normal with the inverse of the
observed information as its covariance. Fits of independent tracks must miss the truth as often, and
by as much, as that says: on the working scale and for what follows from it.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from corridor_sim.telemetry.behaviour import fit_behaviour
from corridor_sim.telemetry.behaviour_model import to_working
from corridor_sim.telemetry.steps import NAMES, fit_steps
from oracles.behaviour import TWO, made_up
from oracles.verdict import TAIL, Verdict

BURSTS = [100] * 10
TRUTH = to_working(TWO, False)


def fits(repeats: int):
    """Fits of independent tracks."""
    for seed in range(repeats):
        table = made_up(TWO, BURSTS, seed, animals=2)
        yield fit_behaviour(table, compare=(), each_animal=False)


def test_errors_of_a_few_fits_are_as_large_as_they_say(verdict: Verdict) -> None:
    squares = []
    for fit in fits(16):
        off = fit.working - TRUTH
        squares.append(off @ np.linalg.solve(fit.working_covariance, off))
    degrees = len(squares) * TRUTH.size
    low, high = (float(stats.chi2.ppf(p, degrees)) for p in (TAIL / 2, 1 - TAIL / 2))
    verdict.between(
        f"sum of squared standardised errors of states, {len(squares)} fits x {TRUTH.size} numbers",
        f"chi-square({degrees})",
        low,
        high,
        float(sum(squares)),
    )


def test_intervals_of_steps_hold_the_truth_as_often_as_they_say(verdict: Verdict) -> None:
    truth, repeats, covered = np.array([np.log(0.6), np.log(400.0), -0.4]), 400, 0
    for seed in range(repeats):
        rng = np.random.default_rng(seed)
        turns = rng.vonmises(np.pi, 0.4, 250)
        fit = fit_steps(rng.gamma(0.6, 400.0, 300), turns)
        off = np.array([np.log(fit.shape), np.log(fit.scale_m), fit.kappa]) - truth
        covered += np.abs(off) <= stats.norm.isf(0.025) * np.sqrt(np.diag(fit.working_covariance))
    for name, hits in zip(NAMES, covered, strict=True):
        what = f"share of {repeats} intervals of {name} that hold the truth"
        verdict.share(what, "binomial", 0.95, int(hits), repeats)


@pytest.mark.slow
def test_intervals_of_states_hold_the_truth_as_often_as_they_say(verdict: Verdict) -> None:
    # of 200 intervals at 95 %, fewer than 90 or more than 99 % hold it once in 500
    repeats, law = 200, TWO.stationary
    off: dict[str, list[float]] = {}
    for fit in fits(repeats):
        assert fit.converged
        se = np.sqrt(np.diag(fit.working_covariance))
        for name, z in zip(fit.parameters, (fit.working - TRUTH) / se, strict=True):
            off.setdefault(name, []).append(z)
        for j, state in enumerate(fit.states):
            bout = 1 / (1 - TWO.move[j, j])
            off.setdefault(f"share.{state.name}", []).append(
                (state.share - law[j]) / state.share_se
            )
            off.setdefault(f"bout_steps.{state.name}", []).append(
                (state.bout_steps - bout) / state.bout_steps_se
            )
    for name, values in off.items():
        covered = float(np.mean(np.abs(values) <= stats.norm.isf(0.025)))
        what = f"share of {repeats} intervals of {name} that hold the truth"
        verdict.between(what, "0.95", 0.90, 0.99, covered)
