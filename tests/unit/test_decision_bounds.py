from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from corridor_sim.decision.bounds import crossing_probability, nominal_level, plan_looks
from corridor_sim.statistics.moments import moments


@pytest.mark.parametrize(
    ("looks", "bound"), [(2, 2.178), (3, 2.289), (4, 2.361), (5, 2.413), (10, 2.555), (20, 2.672)]
)
def test_equal_steps_give_the_constants_of_pocock(looks: int, bound: float) -> None:
    # Jennison & Turnbull 2000, table 2.1, error 5 %, printed to three decimals
    level = nominal_level(tuple(range(10, 10 * looks + 10, 10)), 0.05)
    assert -stats.norm.ppf(level / 2) == pytest.approx(bound, abs=5.1e-4)


def test_uneven_looks_against_a_walk() -> None:
    looks, bound, n = (5, 8, 20, 21, 60), 2.0, 200_000
    steps = np.random.default_rng(1).normal(size=(n, len(looks)))
    steps *= np.sqrt(np.diff(looks, prepend=0))
    out = (np.abs(np.cumsum(steps, axis=1)) >= bound * np.sqrt(looks)).any(axis=1).mean()
    p = crossing_probability(looks, bound)
    assert abs(out - p) < 4.5 * np.sqrt(p * (1 - p) / n)


def test_two_looks_are_a_bivariate_normal() -> None:
    # far in the tail, where simulation sees nothing
    bound, r = 4.5, np.sqrt(20 / 50)
    both = stats.multivariate_normal([0, 0], [[1, r], [r, 1]], abseps=1e-14, releps=1e-12)
    inside = both.cdf([bound, bound], lower_limit=[-bound, -bound])
    assert crossing_probability((20, 50), bound) == pytest.approx(1 - inside, rel=1e-6)


@pytest.mark.parametrize("looks", [(20,), (20, 30, 50), plan_looks(20, 10, 1.1, 900)])
@pytest.mark.parametrize("error", [0.3, 0.05, 1e-5])
def test_levels_lie_between_one_look_and_bonferroni(looks: tuple[int, ...], error: float) -> None:
    level = nominal_level(looks, error)
    assert error / len(looks) <= level * (1 + 1e-6)
    assert level <= error * (1 + 1e-12)
    assert crossing_probability(looks, -stats.norm.ppf(level / 2)) == pytest.approx(error, rel=1e-6)


def test_looks_grow_and_end_at_the_most() -> None:
    for first, batch, growth, most in [(20, 10, 1.5, 820), (5, 1, 1.1, 60), (20, 50, 2, 20)]:
        looks = plan_looks(first, batch, growth, most)
        assert looks[0] == first
        assert looks[-1] == most
        for before, now in pairwise(looks[:-1]):
            assert now >= growth * before
            assert (now - before) % batch == 0
    assert plan_looks(20, 10, 1.5, 82)[-2:] == (50, 82)  # not 80, 82


def test_moments_leave_nans_out() -> None:
    rows = np.array([[1.0, 2, 4, np.nan], [3, np.nan, np.nan, np.nan], [np.nan] * 4, [7, 7, 7, 7]])
    found = moments(rows)
    assert found.count.tolist() == [3, 1, 0, 4]
    assert found.mean[0] == pytest.approx(7 / 3)
    assert found.sd[0] == pytest.approx(np.std([1, 2, 4], ddof=1))
    assert np.isnan(found.mean[2])
    assert found.still.tolist() == [False, True, True, True]
    half = found.half_width(0.05, 10.0)
    assert half[0] == pytest.approx(stats.t.ppf(0.975, 2) * found.sd[0] / np.sqrt(3))
    assert np.isinf(half[1:3]).all()


def test_what_never_varied_is_not_certain() -> None:
    # 0 of 20 replicates differ: the exact binomial bound on the share that does is 1 - 0.05^(1/20)
    half = moments(np.zeros((1, 20))).half_width(0.05, 3.0)
    assert half[0] == pytest.approx(3 * (1 - 0.05 ** (1 / 20)))
    assert stats.binom.cdf(0, 20, half[0] / 3) == pytest.approx(0.05)


def test_where_most_are_the_same_a_few_that_differ_are_not_all_that_could() -> None:
    # one animal in one of eighteen replicates, while another link moved a hundred
    rows = np.zeros((4, 18))
    rows[1, 3], rows[2, :8], rows[3, :9] = -1.0, 1.0, 1.0
    found = moments(rows)
    assert found.still.tolist() == [True, False, False, False]
    assert found.rare.tolist() == [True, True, True, False]  # nine of eighteen are no majority
    half = found.half_width(0.05, 100.0)
    share = 1 - 0.05 ** (1 / 18)
    assert half[:3] == pytest.approx(100 * share)
    student = stats.t.ppf(0.975, 17) * found.sd / np.sqrt(18)
    assert half[3] == pytest.approx(student[3])
    # never narrower than Student's t either, and one event never narrower than none
    assert found.half_width(0.05, 0.1)[2] == pytest.approx(student[2])
    assert found.half_width(0.05, 1.0)[1] >= found.half_width(0.05, 1.0)[0]


def test_the_most_frequent_value_is_found_among_missing_ones() -> None:
    gone = np.nan
    rows = np.array(
        [[5.0, gone, 5, gone, 7, gone], [5, gone, 7, gone, 7, 5], [gone, 3, 4, gone, 5, 6]]
    )
    found = moments(rows)
    assert found.rare.tolist() == [True, False, False]
    assert moments(rows + 1e9).rare.tolist() == [True, False, False]
    assert moments(np.full((2, 0), gone)).rare.tolist() == [True, True]


@pytest.mark.parametrize("chance", [0.05, 0.1, 0.2])
@pytest.mark.parametrize("n", [6, 18])
def test_intervals_of_rare_jumps_hold_the_truth(chance: float, n: int) -> None:
    """A link that acts in few replicates beside one that acts in half, with jumps of one law.

    Student's t alone holds the truth in 26 to 76 of 100 studies.
    """
    trials, inside, student = 1000, 0, 0
    draws = np.random.default_rng([n, round(100 * chance)])
    truth = chance * np.exp(0.5)
    for _ in range(trials):
        rows = draws.lognormal(0.0, 1.0, (2, n)) * (draws.random((2, n)) < [[chance], [0.5]])
        found = moments(rows)
        inside += abs(found.mean[0] - truth) <= found.half_width(0.05, found.largest)[0]
        alone = stats.t.ppf(0.975, n - 1) * found.sd[0] / np.sqrt(n)
        student += abs(found.mean[0] - truth) <= alone
    # at least 90 %, and far from what the spread of the row by itself would give
    assert stats.binom.cdf(inside, trials, 0.90) > 3.4e-6, f"{inside} of {trials}"
    assert student < 0.80 * trials


def test_normal_values_keep_their_interval() -> None:
    found = moments(np.random.default_rng(3).normal(size=(500, 20)))
    assert not found.rare.any()
    half = found.half_width(1e-4, 1e6)
    assert half == pytest.approx(stats.t.ppf(1 - 5e-5, 19) * found.sd / np.sqrt(20))


def test_rounding_is_no_spread() -> None:
    draws = np.random.default_rng(1).normal(size=40) * 1e3
    found = moments(((draws + 0.1) - draws)[None] + 5.0)
    assert found.still[0]
    assert found.largest == 0.0
    assert not moments(draws[None]).still[0]


def test_what_cancels_leaves_nothing() -> None:
    rows = np.array([[0.1, 0.2, -0.3], [0.1, -0.1, -0.0], [1e-18, 1e-18, 1e-18], [0.1, 0.2, 0.3]])
    found = moments(rows)
    assert found.mean.tolist()[:2] == [0.0, 0.0]
    assert not np.signbit(found.mean).any()
    # small is not nothing
    assert found.mean[2] == pytest.approx(1e-18)
    assert moments(-np.zeros((1, 4))).mean.tolist() == [0.0]
    assert not np.signbit(moments(-np.zeros((1, 4))).mean[0])
