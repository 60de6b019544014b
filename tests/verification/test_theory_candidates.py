"""The choice among K candidates against the exact redistribution kernel: the bias is c / K^2.

Steps of whole cells in the four directions keep every animal on a cell centre, so proposals are a
finite list and ``p(x'|x) = q(x'|x) w(x') / Z(x)`` is exact. With a few kinds of ground so is the
kernel's own choice, for any number of candidates (:func:`oracles.theory.choice`). The distance
between the two is the bias.

Total variation is the excess chance of one event, the set A of outcomes that K candidates choose
too often. The count of A among independent animals is binomial, which gives every tolerance.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from oracles.candidates import (
    chosen,
    exact,
    far,
    first_order,
    mean_log,
    proportional,
    second_order,
    strength_returned,
)
from oracles.theory import COMPASS, F8, choice, stationary
from oracles.verdict import TAIL, Verdict
from oracles.worlds import LATTICE, make_animals, make_clock, make_fields, make_params, run

KS = (5, 10, 20, 50)
SPREAD = 1.0  # standard deviation of log weight: one patch in six is e times better than the median


def paces(longest: int) -> tuple[NDArray[np.float32], list[tuple[int, int]]]:
    """Return the table of lengths 1 to ``longest`` and the outcomes it proposes, equally likely."""
    length = np.arange(1, longest + 1, dtype=np.float32)[None]
    return length, [(dr * n, dc * n) for n in range(1, longest + 1) for dr, dc in COMPASS]


def rough(height: int, width: int, kinds: int, seed: int) -> F8:
    """Return lognormal weights of so many kinds, equally frequent, as the kernel holds them."""
    kind = stats.norm.ppf((np.arange(kinds) + 0.5) / kinds)
    at = np.random.default_rng(seed).integers(kinds, size=(height, width))
    weight: F8 = np.exp(SPREAD * kind[at]).astype(np.float32).astype(float)
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
        shares = exact(q, w) if k is None else choice(q, w, k)[0]
        for (dr, dc), share in zip(outcomes, shares, strict=True):
            if share > 0:
                p[here, (row + dr) * width + col + dc] += share
        p[here, here] += max(0.0, 1.0 - p[here].sum())
    return p


def by_hand(q: F8, w: F8, k: int) -> F8:
    """Return the choice by odds summed over every sequence of draws, one after the other."""
    p = np.zeros(q.size)
    for draw in itertools.product(range(q.size), repeat=k):
        weighs = [float(w[j]) for j in draw]
        if not any(weighs):
            continue
        if sum(v > 0 for v in weighs) == 1:
            odds = [float(v > 0) for v in weighs]
        else:
            odds = [v / sum(weighs[:i] + weighs[i + 1 :]) for i, v in enumerate(weighs)]
        for j, share in zip(draw, odds, strict=True):
            p[j] += math.prod(q[list(draw)]) * share / sum(odds)
    return p


Q5 = np.array([0.1, 0.2, 0.3, 0.25, 0.15])


@pytest.mark.parametrize("k", [1, 2, 3, 5])
@pytest.mark.parametrize("w", [(1.0, 4.0, 0.0, 1e-6, 2.0), (1.0, 1.0, 3.0, 0.0, 0.0)], ids=str)
def test_the_exact_choice_is_the_sum_over_all_draws(w: tuple[float, ...], k: int) -> None:
    p, none = choice(Q5, np.array(w), k)
    assert p == pytest.approx(by_hand(Q5, np.array(w), k), abs=1e-13)
    assert none == pytest.approx(Q5[np.array(w) == 0].sum() ** k, abs=1e-15)


@pytest.mark.parametrize("k", [1, 2, 5, 10])
def test_the_integral_is_the_sum_over_all_draws(k: int) -> None:
    w = np.array([1.0, 4.0, 0.0, 1e-6, 2.0])
    p, none = choice(Q5, w, k, odds=False)
    assert proportional(Q5, w, k)[0] == pytest.approx(p, abs=1e-13)
    assert proportional(Q5, w, k).sum() == pytest.approx(1 - none, abs=1e-13)


@pytest.mark.parametrize("spread", [0.05, 0.5, 1.0])
@pytest.mark.parametrize("k", [1, *KS])
def test_many_weights_are_as_good_as_exact(k: int, spread: float) -> None:
    """Against exact sums over five kinds, of which each of 60 places is one or nearly one."""
    kind = np.exp(spread * stats.norm.ppf((np.arange(5) + 0.5) / 5))
    w = np.repeat(kind, 12)
    q = np.random.default_rng(2).dirichlet(np.ones(60))
    sums, lots = choice(q, w, k)[0], 16
    many = np.array([chosen(q, w, k, seed=seed)[0] for seed in range(lots)])
    se = many.std(axis=0, ddof=1) / math.sqrt(lots)
    assert np.all(abs(many.mean(axis=0) - sums) <= stats.t.isf(TAIL / 2, lots - 1) * se + 1e-12)
    assert far(many[0], sums) < 0.002
    # weights all different are interpolated
    unlike = w * np.exp(1e-4 * np.linspace(-1, 1, 60))
    assert far(chosen(q, unlike, k)[0], many[0]) < 1e-4


def kinds_of_ground(n: int) -> Iterator[tuple[F8, F8]]:
    """Return proposals and weights of ``n`` made-up surroundings of four kinds."""
    for seed in range(n):
        rng = np.random.default_rng(seed)
        yield rng.dirichlet(np.ones(4)), np.exp(rng.normal(0, rng.uniform(0.1, 1.0), 4))


def test_one_over_k_cancels_and_one_over_k_squared_is_known() -> None:
    """Whatever the weights; the first term is known, so is how fast the rest vanishes."""
    for q, w in kinds_of_ground(20):
        limit, c = exact(q, w), second_order(q, w)
        assert c @ limit == pytest.approx(0, abs=1e-12)
        left = [far(k**2 * (choice(q, w, k)[0] - limit), limit * c) for k in (30, 60, 120)]
        # the remainder is of order 1 / K, within its own next order
        assert left[0] > 1.7 * left[1] > 1.7**2 * left[2]


def test_in_proportion_to_the_weight_the_bias_would_be_c_over_k() -> None:
    for q, w in kinds_of_ground(20):
        limit, c = exact(q, w), first_order(q, w)
        assert c @ limit == pytest.approx(0, abs=1e-12)
        ks = (400, 800, 1600)
        biases = [k * (p - limit) for k, p in zip(ks, proportional(q, w, *ks), strict=True)]
        left = [far(bias, limit * c) for bias in biases]
        assert left[0] > 1.8 * left[1] > 1.8**2 * left[2]


@pytest.mark.parametrize("spread", [0.01, 0.1])
def test_weak_selection_is_returned_in_full(spread: float) -> None:
    """For nearly equal weights ``P ~ q w`` from two candidates on, and ``q w^(1 - 1/K)`` by weight.

    With log weights symmetric about zero the next term is of the order of their variance.
    """
    w = np.exp(spread * np.array([-1.0, -0.3, 0.3, 1.0]))
    q = np.array([0.2, 0.3, 0.3, 0.2])
    for k in (2, *KS):
        for odds, share in ((True, 1.0), (False, 1 - 1 / k)):
            p = choice(q, w, k, odds=odds)[0]
            found = strength_returned(q, w[None], mean_log(p, w)[None])
            assert found == pytest.approx(share, abs=4 * spread**2 / k + 1e-8)


@pytest.mark.parametrize("k", KS)
def test_one_step_is_the_exact_choice(k: int, verdict: Verdict) -> None:
    longest, n = 8, 400_000
    side = 2 * longest + 1
    weight = rough(side, side, 5, seed=5)
    length, outcomes = paces(longest)
    q, w = reach(weight, longest, longest, outcomes)
    expected, limit = choice(q, w, k)[0], exact(q, w)
    animals = make_animals(np.full(n, longest + 0.5), longest + 0.5)
    params = make_params((length, *LATTICE[1:]), n_candidates=k)
    run(animals, make_fields(side, side, weight=weight), params, make_clock(1, seed=k))
    ended = (animals.y.astype(int) - longest, animals.x.astype(int) - longest)
    seen = np.array([int(((ended[0] == r) & (ended[1] == c)).sum()) for r, c in outcomes])
    assert seen.sum() == n
    verdict.counts(f"one step among 32 places, K = {k}", "exact choice", seen, expected * n)
    often = expected > limit
    share = float(expected[often].sum())
    verdict.close(
        f"total variation distance to the exact kernel after one step, K = {k}",
        "exact choice",
        far(expected, limit),
        float(seen[often].sum() / n - limit[often].sum()),
        math.sqrt(share * (1 - share) / n),
    )
    # what the choice by weight would take too seldom: with few candidates the two rules differ
    good = first_order(q, w) < 0
    share = float(expected[good].sum())
    verdict.close(
        f"steps to better ground than usual, K = {k}",
        "exact choice",
        share,
        float(seen[good].sum() / n),
        se := math.sqrt(share * (1 - share) / n),
    )
    apart = share - float(proportional(q, w, k)[0][good].sum())
    assert apart > (9 * se if k <= 20 else 0)


@pytest.mark.parametrize("k", KS)
def test_long_run_use_is_stationary_and_its_bias_is_c_over_k_squared(
    k: int, verdict: Verdict
) -> None:
    side, longest, n = 12, 3, 144 * 300
    weight = rough(side, side, 3, seed=8)
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
    animals = make_animals(cells % side + 0.5, cells // side + 0.5)
    params = make_params((length, *LATTICE[1:]), n_candidates=k)
    fields = make_fields(side, side, weight=weight)
    run(animals, fields, params, make_clock(n_steps, seed=100 + k))
    seen = np.bincount(animals.y.astype(int) * side + animals.x.astype(int), minlength=side**2)
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


def test_long_run_use_is_perturbed_as_each_step_is() -> None:
    """To first order, a bias ``C / K^2`` of each step moves long-run use by ``d / K^2``.

    With ``u`` the use of the exact kernel P: ``d (1 - P) = u C``, and d adds up to zero.
    """
    side = 8
    weight = rough(side, side, 3, seed=8)
    _, outcomes = paces(3)
    step = chain(weight, outcomes, None)
    bias = np.zeros_like(step)
    for here in range(side**2):
        row, col = divmod(here, side)
        q, w = reach(weight, row, col, outcomes)
        for (dr, dc), share in zip(outcomes, exact(q, w) * second_order(q, w), strict=True):
            if share:
                bias[here, (row + dr) * side + col + dc] += share
    use = stationary(step)
    system = np.vstack([np.eye(side**2) - step.T, np.ones(side**2)])
    moved = np.linalg.lstsq(system, np.append(use @ bias, 0.0), rcond=None)[0]
    ks = (20, 40, 80)
    left = [far(k**2 * (stationary(chain(weight, outcomes, k)) - use), moved) for k in ks]
    assert left[0] > 1.7 * left[1] > 1.7**2 * left[2]
