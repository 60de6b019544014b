"""Changes relative to a reference, with intervals that allow for the reference's own error.

``B / A - 1`` of the paired means of two scenarios is a ratio of two uncertain numbers. Dividing the
interval of the difference by the mean of the reference takes that mean as known; it need not be,
and pairing is lost with it. Here the spread is that of the paired residuals ``b_i - R a_i`` of the
ratio ``R = B / A`` (linearisation; Cochran 1977, Sampling Techniques, section 6.4), laid out on the
scale of square roots, so that no scenario loses more than all. Fieller's interval covers no better
and is unbounded in two of five studies with four replicates and ten events (docs/report.md).

Where few events changed, or few are left, few replicates show little of their spread, and the exact
intervals of what was lost and what was gained join it. Of ``T`` events of the reference ``L`` came
to something else: a share, Clopper & Pearson (1934). ``G`` came anew: a ratio of two counts, exact
given their sum (Przyborowski & Wilenski 1940, Biometrika 31:313). Both are put together as for
differences (MOVER; Zou & Donner 2008).

A ratio to next to nothing says little, whatever its interval: with fewer than about ten events in
the reference none is given.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from corridor_sim.statistics.intervals import (
    ANYTHING,
    FEW_EVENTS,
    Support,
    difference_limits,
    paired,
    share_limits,
)
from corridor_sim.statistics.moments import F64, ROUNDING, Ends, bounded, moments
from corridor_sim.statistics.nested import nested

# Events of the reference below which a ratio to it says too little.
ENOUGH_EVENTS = 10.0
TOO_FEW = "too few to say"
NO_RATIO = "no natural zero"
NOTHING_THERE = "the reference has none"


@dataclass(frozen=True, slots=True)
class Relative:
    """Changes relative to the mean of the reference, ``[rows]``: 0.1 is a tenth more.

    Attributes
    ----------
    mean, low, high : float64
        NaN where no ratio is given; without ends where there is no interval.
    events : float64
        Events of the reference over all replicates; where they cannot be counted, as many as would
        leave its mean as uncertain as it is.
    why_not : list of str
        Why there is no ratio; empty where there is one.
    """

    mean: F64
    low: F64
    high: F64
    events: F64
    why_not: list[str]


def relative_intervals(
    reference: F64,
    scenario: F64,
    level: float = 0.95,
    support: Support = ANYTHING,
    difference: Ends | None = None,
    *,
    maps: NDArray[np.int64] | None = None,
) -> Relative:
    """Return ``B / A - 1`` of paired rows with its interval.

    Parameters
    ----------
    reference, scenario : float64 ``[rows, n]``
        A pair with a NaN is left out.
    level : float
    support : Support
        Of the values; ratios are of what is counted from nothing, ``least = 0``.
    difference : (low, high), optional
        Interval of the paired difference, ``[rows]``. Where nothing differed, or nothing is left,
        and no events can be counted, it says how far a change may go; none there is none of the
        ratio.
    maps : int64 ``[n]``, optional
        Map on which each replicate stands, as in :func:`.intervals.intervals`.

    Examples
    --------
    Of 40 arrivals 10 are lost:

    >>> before = np.tile([4.0, 6.0], (1, 4))
    >>> after = before - np.tile([1.0, 1.0, 1.0, 2.0], (1, 2))
    >>> found = relative_intervals(before, after, support=Support(0.0, event=1.0))
    >>> found.mean.round(2).tolist(), found.low.round(2).tolist(), found.high.round(2).tolist()
    ([-0.25], [-0.41], [-0.09])
    """
    a, b = paired(reference, scenario)
    m = len(a)
    least, _, event, _, certain, _ = support.rows(m)
    # what follows from the ground alone differs from map to map
    certain = certain & (maps is None)
    first, second = moments(a), moments(b)
    n, base = first.count, first.mean
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.where(base > 0, second.mean / base, np.nan)
        ratio = np.where(np.abs(ratio - 1) <= ROUNDING, 1.0, ratio)
        rest = moments(b - ratio[:, None] * a)
        error = rest.sd / np.sqrt(np.maximum(n, 1))
        several = np.maximum(n - 1, 1).astype(np.float64)
        if maps is not None:
            between = nested(b - ratio[:, None] * a, maps, level)
            error, several = np.nan_to_num(between.error), between.dof
        half = stdtrit(several, 0.5 + level / 2) * error / base
        # of a scenario without any event only the count of the reference tells
        root = np.sqrt(np.maximum(ratio, 0.0))
        wing = np.where(root > 0, half / (2 * root), 0.0)
        low, high = np.maximum(root - wing, 0.0) ** 2 - 1, (root + wing) ** 2 - 1
        shown = (base / (first.sd / np.sqrt(np.maximum(n, 1)))) ** 2
        counted = np.isfinite(event) & (event > 0)
        events = np.where(counted, np.nansum(a, axis=1) / event, shown)
    change = np.where(np.isfinite(b - a), b - a, 0.0)
    size = np.nanmax(np.abs(np.concatenate([a, b], axis=1)), axis=1, initial=0.0)
    change = np.where(np.abs(change) <= ROUNDING * size[:, None], 0.0, change)
    if counted.any():
        at = np.flatnonzero(counted)
        step = change[at] / event[at, None]
        quiet = ((np.abs(step) < 0.5) & np.isfinite(a[at])).sum(axis=1)
        moved, left = np.abs(step).sum(axis=1), np.nansum(b[at], axis=1) / event[at]
        few = np.minimum(moved, left) < FEW_EVENTS
        few |= (2 * quiet > n[at]) | (left < 0.5)
        at, step = at[few], step[few]
        fewer, more = _exact(step, events[at], (1 - level) / 2)
        low[at] = np.fmin(low[at], fewer)
        high[at] = np.fmax(high[at], more)
    # of no change at all, and of a loss of all, the spread tells nothing
    still = (~change.any(axis=1) | (second.mean == 0)) & ~counted
    with np.errstate(invalid="ignore", divide="ignore"):
        none = np.full(m, np.nan)
        ends = (none, none) if difference is None else difference
        low = np.where(still, np.maximum(ends[0] / base, -1.0), low)
        high = np.where(still, ends[1] / base, high)
    exact = certain & (n > 0)
    low, high = np.where(exact, ratio - 1, low), np.where(exact, ratio - 1, high)
    low, high = bounded(ratio - 1, low, high, -1.0, np.inf)
    # a ratio is of what is counted from nothing
    why_not = np.full(m, "", object)
    why_not[(n > 0) & ~certain & ~(events >= ENOUGH_EVENTS)] = TOO_FEW
    why_not[(n > 0) & ~(base > 0)] = NOTHING_THERE
    why_not[least != 0] = NO_RATIO
    without = (why_not != "") | (n == 0)
    low = np.where((n < 2) & ~certain, np.nan, low)
    high = np.where((n < 2) & ~certain, np.nan, high)
    mean, low, high = (np.where(without, np.nan, v) for v in (ratio - 1, low, high))
    events = np.where(exact, np.nan, events)
    return Relative(mean, low, high, events, [str(v) for v in why_not])


def _exact(step: F64, events: F64, tail: float) -> Ends:
    """Return the limits of a relative change from events gained and lost, ``[rows, n]``.

    ``events`` are those of the reference, ``[rows]``.
    """
    gained, lost = np.maximum(step, 0.0).sum(axis=1), np.maximum(-step, 0.0).sum(axis=1)
    total = np.maximum(events, 1e-9)
    lost = np.minimum(lost, total)
    lost_low, lost_high = share_limits(lost, total, tail)
    share_low, share_high = share_limits(gained, gained + total, tail)
    with np.errstate(divide="ignore"):
        odds = share_low / (1 - share_low), share_high / (1 - share_high)
    return difference_limits(gained / total, odds, lost / total, (lost_low, lost_high))


def effect_sizes(reference: F64, scenario: F64) -> F64:
    """Return the standardised paired difference ``mean(d) / sd(d)`` of rows: Cohen's ``d_z``.

    How many times its own spread between replicates a difference is; with common random numbers
    that spread is small, so that it says how plainly the model shows a change and not how large it
    is. NaN where nothing varies. Source: Lakens (2013), Front Psychol 4:863, equation 6.

    >>> effect_sizes(np.array([[1.0, 2.0, 3.0]]), np.array([[2.0, 4.0, 6.0]])).tolist()
    [2.0]
    """
    a, b = paired(reference, scenario)
    found = moments(b - a)
    size = np.nanmax(np.abs(np.concatenate([a, b], axis=1)), axis=1, initial=0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        size = found.mean / np.where(found.sd > ROUNDING * size, found.sd, np.nan)
    return np.asarray(np.where(found.count > 1, size, np.nan))
