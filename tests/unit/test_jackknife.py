"""Intervals by leaving replicates out: exact for means, honest where none is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, t

from corridor_sim.statistics.jackknife import jackknife, leaving_one_out


def test_for_a_mean_it_is_students_interval() -> None:
    values = np.array([1.0, 4.0, 2.0, 8.0, 5.0])
    low, high = jackknife(*leaving_one_out(values.tolist(), np.mean), level=0.9)
    half = t.ppf(0.95, 4) * values.std(ddof=1) / np.sqrt(5)
    assert float(low) == pytest.approx(values.mean() - half)
    assert float(high) == pytest.approx(values.mean() + half)


def test_of_one_replicate_and_of_nothing_seen_there_is_none() -> None:
    low, high = jackknife(*leaving_one_out([2.0], np.mean))
    assert np.isnan([low, high]).all()
    low, high = jackknife(*leaving_one_out([0.0, 0.0, 0.0], np.mean))
    assert np.isnan([low, high]).all()
    low, high = jackknife(*leaving_one_out([2.0, 2.0], np.mean))
    assert float(low) == float(high) == 2.0


def test_what_follows_from_a_mean_lies_inside_as_often_as_said() -> None:
    """A ratio of two means of eight replicates, 2,000 times."""
    n, times = 8, 2000
    rng = np.random.default_rng(11)
    above = rng.normal(3.0, 0.6, (times, n))
    below = rng.normal(2.0, 0.4, (times, n))
    inside = 0
    for one, other in zip(above, below, strict=True):
        pairs = list(zip(one, other, strict=True))
        found = leaving_one_out(
            pairs, lambda some: np.asarray(np.mean(some, axis=0)[0] / np.mean(some, axis=0)[1])
        )
        low, high = jackknife(*found)
        inside += bool(low <= 1.5 <= high)
    # 4 standard deviations of the count, and what the ratio's bend may take away
    sd = binom.std(times, 0.95)
    assert abs(inside - 0.95 * times) < 4 * sd + 0.01 * times
