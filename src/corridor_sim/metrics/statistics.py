"""Intervals over replicates, paired contrasts, and what common random numbers saved."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """Mean over ``n`` replicates and its two-sided confidence interval."""

    mean: float
    low: float
    high: float
    n: int


def interval(values: F64, level: float = 0.95) -> Interval:
    """Return the mean of ``values`` ``[n]`` with Student's t interval; NaNs are left out.

    With fewer than two values the interval is NaN: nothing is known of the spread.
    """
    kept = values[np.isfinite(values)]
    n = kept.size
    if n == 0:
        return Interval(math.nan, math.nan, math.nan, 0)
    mean = float(kept.mean())
    if n == 1:
        return Interval(mean, math.nan, math.nan, 1)
    half = float(stdtrit(n - 1, 0.5 + level / 2)) * float(kept.std(ddof=1)) / math.sqrt(n)
    return Interval(mean, mean - half, mean + half, n)


@dataclass(frozen=True, slots=True)
class Contrast:
    """A paired difference between two scenarios.

    Attributes
    ----------
    baseline, scenario : Interval
        Each scenario by itself, over the replicates both have.
    difference : Interval
        Mean of the paired differences with its 95 % interval.
    variance_ratio : float
        Variance of the difference of two independent runs over that of the paired one: how many
        times more replicates would be needed without common random numbers. NaN where nothing
        varies, inf where pairing removes all variance.
    """

    baseline: Interval
    scenario: Interval
    difference: Interval
    variance_ratio: float

    @property
    def clear(self) -> bool:
        """Whether the interval of the difference leaves zero out."""
        return self.difference.low > 0 or self.difference.high < 0


def paired_contrast(baseline: F64, scenario: F64, level: float = 0.95) -> Contrast:
    """Compare two scenarios replicate by replicate.

    Parameters
    ----------
    baseline, scenario : float64 ``[n]``
        Values of the same replicates in the same order; pairs with a NaN are left out.
    level : float
        Confidence of the intervals.
    """
    both = np.isfinite(baseline) & np.isfinite(scenario)
    a, b = baseline[both], scenario[both]
    ratio = math.nan
    if a.size > 1:
        apart = float(a.var(ddof=1) + b.var(ddof=1))
        paired = float((b - a).var(ddof=1))
        if paired > 0:
            ratio = apart / paired
        elif apart > 0:
            ratio = math.inf
    return Contrast(interval(a, level), interval(b, level), interval(b - a, level), ratio)
