"""Replicates nested in maps: intervals hold as often as they say, and shares are what they are.

Values are normal with a stated share of their variance between maps. Where all maps have as many
replicates the theory is exact, and the number of intervals that hold the truth is binomial.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from corridor_sim.statistics.intervals import intervals, paired_intervals
from corridor_sim.statistics.nested import nested

TAIL = 3.4e-6  # of a normal beyond 4.5
TRIALS = 8000
SHARES = [0.0, 0.05, 0.3, 0.9]
# replicates by map
EVEN = {"8 of 1": [1] * 8, "8 of 2": [2] * 8, "4 of 10": [10] * 4, "2 of 4": [4] * 2}
# as replicates in turn leave it: 12 on 8 maps, 18 on 4, and 7 on 3
IN_TURN = {"12 on 8": [2] * 4 + [1] * 4, "18 on 4": [5, 5, 4, 4], "7 on 3": [3, 2, 2]}
# maps that lost replicates without a value
RAGGED = {"ragged": [6, 2, 1, 1], "more ragged": [9, 5, 5, 2, 1]}


def drawn(sizes: list[int], share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return values ``[trial, n]`` of mean 0 and variance 1, and the map of each replicate."""
    rng = np.random.default_rng(seed)
    maps = np.repeat(np.arange(len(sizes)), sizes)
    between = rng.normal(size=(TRIALS, len(sizes)))[:, maps]
    within = rng.normal(size=(TRIALS, len(maps)))
    return np.sqrt(share) * between + np.sqrt(1 - share) * within, maps


def inside(low: np.ndarray, high: np.ndarray, truth: float) -> int:
    return int(((low <= truth) & (truth <= high)).sum())


def is_binomial(hits: int, low: float, high: float) -> None:
    """Refuse hits that no chance between ``low`` and ``high`` explains, by the exact law."""
    assert stats.binom.cdf(hits, TRIALS, low) > TAIL, f"{hits} of {TRIALS}, at least {low}"
    assert stats.binom.sf(hits - 1, TRIALS, high) > TAIL, f"{hits} of {TRIALS}, at most {high}"


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("design", EVEN)
def test_intervals_over_even_maps_hold_exactly_as_often_as_they_say(
    design: str, share: float
) -> None:
    values, maps = drawn(EVEN[design], share, seed=1)
    _, low, high, _ = intervals(values, maps=maps)
    is_binomial(inside(low, high, 0.0), 0.95, 0.95)


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("design", IN_TURN)
def test_intervals_over_replicates_in_turn_hold_about_as_often(design: str, share: float) -> None:
    values, maps = drawn(IN_TURN[design], share, seed=2)
    _, low, high, _ = intervals(values, maps=maps)
    is_binomial(inside(low, high, 0.0), 0.94, 0.97)


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("design", RAGGED)
def test_intervals_over_ragged_maps_hold_at_least_as_often(design: str, share: float) -> None:
    values, maps = drawn(RAGGED[design], share, seed=3)
    _, low, high, _ = intervals(values, maps=maps)
    is_binomial(inside(low, high, 0.0), 0.94, 0.99)


def test_without_maps_the_interval_says_too_much() -> None:
    """Guards the ones above: what they are held to is not what anything gives."""
    values, maps = drawn(EVEN["4 of 10"], 0.3, seed=1)
    _, low, high, _ = intervals(values)
    assert inside(low, high, 0.0) < 0.75 * TRIALS
    _, low, high, _ = intervals(values[:, maps == 0])
    assert inside(low, high, 0.0) < 0.75 * TRIALS, "one map says nothing of the others"


def test_differences_of_paired_scenarios_are_over_maps_too() -> None:
    luck, maps = drawn(EVEN["8 of 2"], 0.2, seed=4)
    effect, _ = drawn(EVEN["8 of 2"], 0.5, seed=5)
    *_, (mean, low, high, _) = paired_intervals(10 + luck, 12 + luck + effect, maps=maps)
    is_binomial(inside(low, high, 2.0), 0.95, 0.95)
    assert mean.mean() == pytest.approx(2.0, abs=4.5 * np.sqrt((0.5 / 8 + 0.5 / 16) / TRIALS))


@pytest.mark.parametrize("share", [0.05, 0.3, 0.9])
@pytest.mark.parametrize("design", ["8 of 2", "4 of 10", "2 of 4"])
def test_intervals_of_the_share_hold_as_often_as_they_say(design: str, share: float) -> None:
    """An upper end of an F of 1 at least takes nothing away and may add the upper 2.5 %."""
    found = nested(*drawn(EVEN[design], share, seed=6))
    is_binomial(inside(found.share_low, found.share_high, share), 0.95, 0.975)
    is_binomial(int((found.share_low <= share).sum()), 0.975, 0.975)
    k, total = len(EVEN[design]), sum(EVEN[design])
    open_at_one = 1 / stats.f.ppf(0.025, k - 1, total - k) - 1
    least = open_at_one / (open_at_one + total / k)
    if share > least:  # only there the law of F bounds it from above
        is_binomial(int((share <= found.share_high).sum()), 0.975, 0.975)
    assert found.share_high.min() == pytest.approx(least)
    assert (found.share_low <= found.share).all()
    assert (found.share <= found.share_high).all()


@pytest.mark.parametrize("design", IN_TURN)
def test_intervals_of_the_share_hold_about_as_often_in_turn(design: str) -> None:
    found = nested(*drawn(IN_TURN[design], 0.3, seed=7))
    is_binomial(inside(found.share_low, found.share_high, 0.3), 0.94, 0.98)


def test_without_anything_between_maps_the_share_is_nought_half_the_time() -> None:
    """``F`` is below 1 as often as the law of F has it, and the lower end is 0 in 97.5 %."""
    found = nested(*drawn(EVEN["8 of 2"], 0.0, seed=8))
    nought = stats.f.cdf(1.0, 7, 8)
    is_binomial(int((found.share == 0).sum()), nought, nought)
    is_binomial(int((found.share_low == 0).sum()), 0.975, 0.975)


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("design", EVEN)
def test_the_error_is_that_of_the_mean(design: str, share: float) -> None:
    """``error^2`` is ``MSB / N``: its mean is the variance of the mean, its law a chi-square."""
    sizes = EVEN[design]
    found = nested(*drawn(sizes, share, seed=9))
    truth = share / len(sizes) + (1 - share) / sum(sizes)
    spread = truth * np.sqrt(2 / (len(sizes) - 1) / TRIALS)
    assert (found.error**2).mean() == pytest.approx(truth, abs=4.5 * spread)
    assert set(found.dof) == {len(sizes) - 1}
