"""The choice among K candidates against the exact redistribution kernel: the bias is c / K.

Steps of whole cells in the four directions keep every animal on a cell centre, so proposals are a
finite list and ``p(x'|x) = q(x'|x) w(x') / Z(x)`` is exact. So is the kernel's own choice, for any
number of candidates (:func:`oracles.candidates.chosen`). The distance between the two is the bias.

Total variation is the excess chance of one event, the set A of outcomes that K candidates choose
too often. The count of A among independent animals is binomial, which gives every tolerance.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from oracles.candidates import chosen, exact, far, first_order, mean_log, strength_returned
from oracles.theory import COMPASS, F8, choice, stationary
from oracles.verdict import Verdict
from oracles.worlds import LATTICE, make_animals, make_clock, make_fields, make_params, run

KS = (5, 10, 20, 50)
SPREAD = 1.0  # standard deviation of log weight: one patch in six is e times better than the median


def paces(longest: int) -> tuple[NDArray[np.float32], list[tuple[int, int]]]:
    """Return the table of lengths 1 to ``longest`` and the outcomes it proposes, equally likely."""
    length = np.arange(1, longest + 1, dtype=np.float32)[None]
    return length, [(dr * n, dc * n) for n in range(1, longest + 1) for dr, dc in COMPASS]


def rough(height: int, width: int, seed: int) -> F8:
    """Return lognormal weights as the kernel holds them."""
    rng = np.random.default_rng(seed)
    weight: F8 = np.exp(rng.normal(0, SPREAD, (height, width))).astype(np.float32).astype(float)
    return weight


def reach(weight: F8, row: int, col: int, outcomes: list[tuple[int, int]]) -> tuple[F8, F8]:
    """Return proposals and weights of what can be reached from a cell; 0 outside the raster."""
    height, width = weight.shape
    cells = [(row + dr, col + dc) for dr, dc in outcomes]
    w = [weight[r, c] if 0 <= r < height and 0 <= c < width else 0.0 for r, c in cells]
    return np.full(len(cells), 1 / len(cells)), np.array(w)


def chain(weight: F8, outcomes: list[tuple[int, int]], k: int | None) -> F8:
    """Return the transition matrix of K candidates, or of the exact kernel for None."""
    width = weight.shape[1]
    p = np.zeros((weight.size, weight.size))
    for here in range(weight.size):
        row, col = divmod(here, width)
        q, w = reach(weight, row, col, outcomes)
        shares = exact(q, w) if k is None else chosen(q, w, k)[0]
        for (dr, dc), share in zip(outcomes, shares, strict=True):
            if share > 0:
                p[here, (row + dr) * width + col + dc] += share
        p[here, here] += max(0.0, 1.0 - p[here].sum())
    return p


@pytest.mark.parametrize("k", [1, 2, 5, 10])
def test_the_integral_is_the_sum_over_all_draws(k: int) -> None:
    q = np.array([0.1, 0.2, 0.3, 0.25, 0.15])
    w = np.array([1.0, 4.0, 0.0, 1e-6, 2.0])
    p, none = choice(q, w, k)
    assert chosen(q, w, k)[0] == pytest.approx(p, abs=1e-13)
    assert chosen(q, w, k).sum() == pytest.approx(1 - none, abs=1e-13)


@pytest.mark.parametrize("k", KS)
def test_one_step_is_the_exact_choice_and_its_bias_is_c_over_k(k: int, verdict: Verdict) -> None:
    longest, n = 8, 400_000
    side = 2 * longest + 1
    weight = rough(side, side, seed=5)
    length, outcomes = paces(longest)
    q, w = reach(weight, longest, longest, outcomes)
    expected, limit = chosen(q, w, k)[0], exact(q, w)
    herd = make_animals(np.full(n, longest + 0.5), longest + 0.5)
    params = make_params((length, *LATTICE[1:]), n_candidates=k)
    run(herd, make_fields(side, side, weight=weight), params, make_clock(1, seed=k))
    ended = (herd.y.astype(int) - longest, herd.x.astype(int) - longest)
    seen = np.array([int(((ended[0] == r) & (ended[1] == c)).sum()) for r, c in outcomes])
    assert seen.sum() == n
    verdict.counts(f"one step among 32 places, K = {k}", "exact choice", seen, expected * n)
    often = first_order(q, w) > 0  # what is chosen too often, to first order
    bias = seen[often].sum() / n - limit[often].sum()
    share = float(expected[often].sum())
    verdict.close(
        f"total variation distance to the exact kernel after one step, K = {k}",
        "exact choice",
        share - float(limit[often].sum()),
        float(bias),
        math.sqrt(share * (1 - share) / n),
    )
    # the law c / K: the next term of the expansion is what doubling K takes off K times the bias
    c = float(limit[often] @ first_order(q, w)[often])
    at_k, at_2k = (f * (chosen(q, w, f)[0][often].sum() - limit[often].sum()) for f in (k, 2 * k))
    next_term = 2 * abs(float(at_k - at_2k))
    verdict.below(
        f"K times that distance, less c = {c:.3f}, K = {k}",
        "0 for K to infinity",
        4.5 * k * math.sqrt(share * (1 - share) / n) + 1.5 * next_term,
        abs(float(k * bias - c)),
        "4.5 SE and the next order",
    )


def test_the_bias_halves_when_k_doubles() -> None:
    """Whatever the weights; the first term is known, so is how fast the rest vanishes."""
    for seed in range(20):
        rng = np.random.default_rng(seed)
        w = np.exp(rng.normal(0, rng.uniform(0.1, 2.0), 60))
        q = rng.dirichlet(np.ones(60))
        limit, c = exact(q, w), first_order(q, w)
        assert c @ limit == pytest.approx(0, abs=1e-12)
        ks = (400, 800, 1600)
        left = [far(k * (p - limit), limit * c) for k, p in zip(ks, chosen(q, w, *ks), strict=True)]
        # the remainder is of order 1 / K, within its own next order
        assert left[0] > 1.8 * left[1] > 1.8**2 * left[2]


@pytest.mark.parametrize("spread", [0.01, 0.1])
def test_weak_selection_loses_one_part_in_k(spread: float) -> None:
    """For nearly equal weights ``P ~ q w^(1 - 1/K)``: an analysis returns 1 - 1/K of the strength.

    With log weights symmetric about zero the next term is of the order of their variance.
    """
    half = np.abs(np.random.default_rng(1).normal(0, spread, 40))
    w = np.exp(np.append(half, -half))
    q = np.full(80, 1 / 80)
    for k, p in zip(KS, chosen(q, w, *KS), strict=True):
        found = strength_returned(q, w[None], mean_log(p, w)[None])
        assert found == pytest.approx(1 - 1 / k, abs=4 * spread**2 / k + 1e-8)


@pytest.mark.parametrize("k", KS)
def test_long_run_use_is_stationary_and_its_bias_is_c_over_k(k: int, verdict: Verdict) -> None:
    side, longest, n = 12, 3, 144 * 300
    weight = rough(side, side, seed=8)
    length, outcomes = paces(longest)
    step = chain(weight, outcomes, k)
    use = stationary(step)
    limit = stationary(chain(weight, outcomes, None))
    # the exact kernel is reversible: use goes as weight times the weight within reach
    z = [float(np.dot(*reach(weight, *divmod(i, side), outcomes))) for i in range(side**2)]
    assert limit == pytest.approx(weight.ravel() * z / (weight.ravel() @ z), rel=1e-9)
    cells = np.arange(n) % side**2
    expected, n_steps = np.full(side**2, 1 / side**2), 0
    while n * ((expected - use) ** 2 / use).sum() > 0.1:
        expected, n_steps = expected @ step, n_steps + 1
    herd = make_animals(cells % side + 0.5, cells // side + 0.5)
    params = make_params((length, *LATTICE[1:]), n_candidates=k)
    fields = make_fields(side, side, weight=weight)
    run(herd, fields, params, make_clock(n_steps, seed=100 + k))
    seen = np.bincount(herd.y.astype(int) * side + herd.x.astype(int), minlength=side**2)
    verdict.counts(f"use after {n_steps} steps, K = {k}", "stationary", seen, use * n)
    often = use > limit
    share = float(use[often].sum())
    verdict.close(
        f"total variation distance to the exact kernel in the long run, K = {k}",
        "two stationary distributions",
        far(use, limit),
        float(seen[often].sum() / n - limit[often].sum()),
        math.sqrt(share * (1 - share) / n),
    )
    # doubling K halves the exact distance, within the next order of the expansion
    twice = far(stationary(chain(weight, outcomes, 2 * k)), limit)
    assert far(use, limit) / twice == pytest.approx(2, abs=2 / k)
