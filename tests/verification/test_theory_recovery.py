"""Simulated tracks, analysed as a field study would, return the coefficients that made them.

The animals select with ``w = exp(beta . z)`` for two covariates; their steps are then matched with
random steps drawn from the proposal, which is known here (lengths, turning angles and attraction of
the animals themselves), and a conditional logistic model is fitted. Each choice depends on the past
only through where the animal stands and faces, so the likelihood of the matched strata is exact and
the information matrix gives the standard errors.

With K candidates the estimate is attenuated by ``c / K^2``, about ``3.3 / K^2`` here. Two tests
follow from that. With K = 100 the bias, 0.0003 of the coefficients, is a hundredth of a standard
error, and the confidence intervals must cover the truth as often as they say. With 5 and with the
default 10 candidates the estimate must be attenuated just as much as theory says.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from scipy.ndimage import gaussian_filter

from corridor_sim.kernels.records import Animals, Params
from corridor_sim.species.tables import length_table, turning_table
from oracles import logistic
from oracles.candidates import chosen, mean_log, proportional, strength_returned
from oracles.reach import proposals
from oracles.theory import F8
from oracles.verdict import TAIL, Verdict
from oracles.worlds import copied, make_animals, make_clock, make_fields, make_params, run

BETA = np.array([0.8, -0.5])
SIDE = 120
N_ANIMALS, N_STEPS, N_RANDOM = 100, 20, 25
REPEATS = 50
DRAWS = 2048  # for the expected choice, at each of 4,000 places


def covariates() -> F8:
    """Return two independent, centred and standardised covariates, patchy over three cells."""
    rng = np.random.default_rng(12)
    z = np.stack([gaussian_filter(rng.normal(size=(SIDE, SIDE)), 1.2) for _ in BETA])
    z -= z.mean(axis=(1, 2), keepdims=True)
    z /= z.std(axis=(1, 2), keepdims=True)
    return z


def world(k: int) -> tuple[F8, Params]:
    """Return covariates and the parameters of residents with persistence, a step of 3 cells."""
    cos, sin = turning_table(0.6)
    tables = (length_table(0.8)[None], cos[None], sin[None])
    return covariates(), make_params(tables, n_candidates=k, pull=0.8, scale=3.0)


def strata(z: F8, params: Params, seed: int) -> tuple[F8, list[Animals]]:
    """Walk, and return each step's covariates with those of random steps, and where it began."""
    rng = np.random.default_rng(seed)
    weight = np.exp(np.tensordot(BETA, z, 1))
    fields = make_fields(SIDE, SIDE, weight=weight)
    animals = make_animals(*rng.uniform(35, SIDE - 35, (2, N_ANIMALS)))
    found, began = [], []
    for step in range(N_STEPS):
        before = copied(animals)
        run(animals, fields, params, make_clock(1, first_step=step, seed=seed))
        x, y = random_steps(before, params, rng)
        x, y = np.column_stack([animals.x, x]), np.column_stack([animals.y, y])
        assert min(x.min(), y.min()) > 0
        assert max(x.max(), y.max()) < SIDE  # nothing of what was available lay outside
        found.append(np.moveaxis(z[:, y.astype(int), x.astype(int)], 0, -1))
        began.append(before)
    return np.concatenate(found), began


def random_steps(animals: Animals, params: Params, rng: np.random.Generator) -> tuple[F8, F8]:
    """Draw steps from the proposal with luck of their own."""
    shape = (animals.x.size, N_RANDOM)
    length = params.length[0, rng.integers(params.length.shape[1], size=shape)]
    turn = rng.integers(params.turn_cos.shape[1], size=shape)
    cos, sin = params.turn_cos[0, turn].astype(float), params.turn_sin[0, turn].astype(float)
    away = params.scale[0, 0] * length
    hx, hy = animals.heading_x[:, None], animals.heading_y[:, None]
    pull = params.pull[0, 0]
    x = (animals.centre_x + pull * (animals.x - animals.centre_x))[:, None] + away * (
        hx * cos - hy * sin
    )
    y = (animals.centre_y + pull * (animals.y - animals.centre_y))[:, None] + away * (
        hx * sin + hy * cos
    )
    return x, y


def fewest(n: int, chance: float, tail: float) -> int:
    """Return the smallest count of ``n`` whose chance of not being reached is at least ``tail``."""
    return int(stats.binom.ppf(tail, n, chance))


def test_confidence_intervals_cover_the_truth(verdict: Verdict) -> None:
    z, params = world(k=100)
    fits = [logistic.fit(strata(z, params, seed)[0]) for seed in range(REPEATS)]
    beta = np.array([b for b, _ in fits])
    covariance = np.array([v for _, v in fits])
    se = np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))
    off = (beta - BETA) / se
    # one repeat counts once: its two coefficients are judged apart
    least = fewest(REPEATS, 0.95, TAIL / 2)
    for name, column in zip(("first", "second"), off.T, strict=True):
        covered = int((np.abs(column) <= stats.norm.isf(0.025)).sum())
        what = f"95 % intervals of the {name} coefficient that hold the truth, of {REPEATS}"
        verdict.above(what, "0.95 of them", least, covered, "exact binomial, tail 3.4e-6")
        verdict.close(
            f"mean of {REPEATS} standardised errors of the {name} coefficient",
            "no bias",
            0.0,
            float(column.mean()),
            1 / math.sqrt(REPEATS),
        )
    # joint, and on both sides: standard errors too wide would cover too well
    joint = np.einsum("ri,rij,rj->r", beta - BETA, np.linalg.inv(covariance), beta - BETA)
    low, high = (float(stats.chi2.ppf(p, 2 * REPEATS)) for p in (TAIL / 2, 1 - TAIL / 2))
    verdict.between(
        f"sum of squared standardised errors, {REPEATS} repeats x 2 coefficients",
        f"chi-square({2 * REPEATS})",
        low,
        high,
        float(joint.sum()),
    )


@pytest.mark.parametrize("k", [5, 10])
def test_few_candidates_attenuate_the_estimate_as_theory_says(k: int, verdict: Verdict) -> None:
    """The same analysis with all of what was available instead of random steps.

    Its estimate is the exponent ``b`` of ``w`` at which ``sum (log w_used - E_b[log w])`` is zero.
    Theory puts the expected choice in place of what was used; given the places, the difference of
    the two sums has mean zero and the variance of log w under that choice, step by step.
    """
    z, params = world(k)
    weight = np.exp(np.tensordot(BETA, z, 1)).astype(np.float32).astype(float)
    available, seen = [], []
    for seed in (3, 4):
        found, began = strata(z, params, seed + 1000)
        seen.append(found[:, 0] @ BETA)
        for animals in began:
            x, y = proposals(animals, params, 0, 512)
            available.append(weight[y.astype(int), x.astype(int)])
    w, log_used = np.concatenate(available), np.concatenate(seen)
    q = np.full(w.shape[1], 1 / w.shape[1])
    chances = np.array([chosen(q, row, k, n=DRAWS, seed=i)[0] for i, row in enumerate(w)])
    expected = strength_returned(q, w, mean_log(chances, w))
    estimate = strength_returned(q, w, log_used)
    tilt = q * w**expected
    tilt /= tilt.sum(axis=1, keepdims=True)

    def spread(p: F8) -> float:
        return float(((p * np.log(w) ** 2).sum(axis=1) - (p * np.log(w)).sum(axis=1) ** 2).sum())

    se = math.sqrt(spread(chances)) / spread(tilt)
    verdict.close(
        f"share of the selection strength that an analysis of the steps returns, K = {k}",
        "expected choice",
        expected,
        estimate,
        se,
    )
    # a choice in proportion to weight would have been noticed
    by_weight = np.array([proportional(q, row, k)[0] for row in w])
    assert expected - strength_returned(q, w, mean_log(by_weight, w)) > 4.5 * se
