"""Intervals over replicates, paired contrasts, and what common random numbers saved.

The interval of a mean is Student's, inside what is possible. What cannot fall below an end spreads
further away from it: there it is Student's on the scale of square roots, which steadies the spread
of counts (Bartlett 1936, J R Statist Soc Suppl 3:68). Student's t rests on the spread that was
seen, and where what varies is rare, little of it was seen: a mortality from no death in eight runs
would have the interval [0, 0]. There the exact interval of the number of events joins it (Garwood
1936, Biometrika 28:437; for runs in which something happens or not, Clopper & Pearson 1934,
Biometrika 26:404); the events that a difference adds and takes away are put together from the
limits of each (MOVER; Zou & Donner 2008, Statist Med 27:1693). Where it is not known what one event
is worth, what so few replicates cannot rule out joins it (:mod:`corridor_sim.statistics.moments`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv, gammaincinv, stdtrit

from corridor_sim.statistics.moments import F64, ROUNDING, Ends, bounded, moments, unseen_share
from corridor_sim.statistics.nested import nested

BOOL: TypeAlias = NDArray[np.bool_]
# Student's t holds 95 % for sums of as many events and more, in as few as four replicates.
FEW_EVENTS = 30.0


@dataclass(frozen=True, slots=True)
class Interval:
    """Mean over ``n`` replicates and its two-sided confidence interval."""

    mean: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Support:
    """What a value can be, and what one chance event is worth in it; arrays stand for many rows.

    Attributes
    ----------
    least, most : float
        The values possible lie between.
    event : float
        By how much one event (a death, an arrival) moves the value of a replicate. NaN where the
        value is no count of events, or where it is not known.
    known : bool
        Whether ``event`` is exact, or there is none; else events are counted and their worth is
        not known, or a guess that serves only where they are rare.
    certain : bool
        The value follows from the landscape without chance: equal values are no coincidence.
    jump : float
        How far a value that no replicate showed may lie from those that were seen: the largest
        that comparable rows have shown. NaN where none has.
    """

    least: ArrayLike = -math.inf
    most: ArrayLike = math.inf
    event: ArrayLike = math.nan
    known: ArrayLike = True
    certain: ArrayLike = False
    jump: ArrayLike = math.nan

    def rows(self, m: int) -> tuple[F64, F64, F64, BOOL, BOOL, F64]:
        """Return every attribute as an array ``[m]``."""
        least, most, event, jump = (
            np.broadcast_to(np.asarray(v, np.float64), m)
            for v in (self.least, self.most, self.event, self.jump)
        )
        known, certain = (
            np.broadcast_to(np.asarray(v, np.bool_), m) for v in (self.known, self.certain)
        )
        return least, most, event, known, certain, jump

    def row(self, i: int) -> Support:
        """Return the support of one row."""
        each = (np.asarray(getattr(self, one.name)) for one in fields(self))
        return Support(*(v if v.ndim == 0 else v[i] for v in each))


ANYTHING = Support()
COUNT = Support(0.0, math.inf, 1.0)
SHARE = Support(0.0, 1.0)


def interval(
    values: F64,
    level: float = 0.95,
    support: Support = ANYTHING,
    *,
    maps: NDArray[np.int64] | None = None,
) -> Interval:
    """Return the mean of ``values`` ``[n]`` with its interval; NaNs are left out.

    With fewer than two values the interval is NaN: nothing is known of the spread. So it is where
    nothing happened in any of them, unless that is no coincidence or one event's worth is known.
    ``maps`` as in :func:`intervals`.

    >>> interval(np.zeros(8), support=COUNT)
    Interval(mean=0.0, low=0.0, high=0.4611099317642419, n=8)
    """
    mean, low, high, n = intervals(values[None, :], level, support, maps=maps)
    return Interval(float(mean[0]), float(low[0]), float(high[0]), int(n[0]))


def intervals(
    values: F64,
    level: float = 0.95,
    support: Support = ANYTHING,
    *,
    apart: bool = False,
    maps: NDArray[np.int64] | None = None,
) -> tuple[F64, F64, F64, NDArray[np.int64]]:
    """Return mean, low, high and n of every row of ``values`` ``[m, n]``; NaNs are left out.

    Parameters
    ----------
    values : float64 ``[m, n]``
    support : Support
        Of the rows. With ``apart`` it is that of the two things of which ``values`` are the
        differences.
    apart : bool
        The values are differences.
    maps : int64 ``[n]``, optional
        Map on which each replicate stands, where chance made several: then maps are the unit, see
        :mod:`corridor_sim.statistics.nested`.
    """
    m = len(values)
    least, most, event, known, certain, jump = support.rows(m)
    values = values + 0.0  # a negative zero is a zero
    found = moments(values)
    seen, n, mean, still = np.isfinite(values), found.count, found.mean, found.still
    size = np.abs(np.where(seen, values, 0.0)).max(axis=1, initial=0.0)
    several = np.maximum(n - 1, 1).astype(np.float64)
    spread = found.sd / np.sqrt(np.maximum(n, 1))
    if maps is not None:
        between = nested(values, maps, level)
        spread, several = np.nan_to_num(between.error), between.dof
    half = np.where(still, 0.0, stdtrit(several, 0.5 + level / 2) * spread)
    low, high = mean - half, mean + half
    span = most - least
    if apart:
        base = np.zeros(m)
        least, most = -np.maximum(span, size), np.maximum(span, size)
    else:
        # a value beyond an end shows that there is no end
        least, most = _widened(least, most, values)
        # the rare thing is what keeps a value away from the end that it is near to
        nearer = np.isfinite(most) & (np.abs(most - mean) < np.abs(mean - least))
        base = np.where(nearer, most, least)
        inner, outer = _skewed(half, np.abs(mean - base), most - least)
        low = mean - np.where(nearer, outer, inner)
        high = mean + np.where(nearer, inner, outer)
    eventful = np.isfinite(event) & (event > 0) & np.isfinite(base) & (n > 1)
    if eventful.any():
        at = np.flatnonzero(eventful)
        count = np.where(seen[at], (values[at] - base[at, None]) / event[at, None], 0.0)
        quiet = (np.abs(count) < 0.5) & seen[at]
        few = known[at] & (np.abs(count).sum(axis=1) < FEW_EVENTS)
        few |= 2 * quiet.sum(axis=1) > n[at]
        few |= known[at] & (event[at] == span[at]) & (not apart)
        at, count = at[few], count[few]
        up, down = np.maximum(count, 0.0).sum(axis=1), np.maximum(-count, 0.0).sum(axis=1)
        tail = (1 - level) / 2
        single = event[at] == span[at]
        least_up, most_up = _events(up, n[at], tail, single)
        least_down, most_down = _events(down, n[at], tail, single)
        if not apart:  # nothing lies beyond the end
            most_up = np.where(base[at] == most[at], 0.0, most_up)
            most_down = np.where(base[at] == least[at], 0.0, most_down)
        up, down = up / n[at], down / n[at]
        fewer, more = difference_limits(up, (least_up, most_up), down, (least_down, most_down))
        # of runs in which something happens or not the share is all there is
        alone = single & (not apart)
        fewer, more = base[at] + event[at] * fewer, base[at] + event[at] * more
        low[at] = np.where(alone, fewer, np.minimum(low[at], fewer))
        high[at] = np.where(alone, more, np.maximum(high[at], more))
    else:
        at = np.zeros(0, np.int64)
    told = np.zeros(m, np.bool_)
    told[at] = True
    # of what is rare and no count, n replicates cannot rule out a jump that others have shown
    unseen = np.where(jump > 0, jump, np.nan) * unseen_share(n, 1 - level)
    unseen = np.where(found.rare & ~told & ~certain, unseen, np.nan)
    low, high = np.fmin(low, mean - unseen), np.fmax(high, mean + unseen)
    # where nothing happened, by chance perhaps, it is not known how much chance can do
    idle = (mean == 0) | ~known
    if not apart:
        idle |= (mean == least) | (mean == most)
    nothing = (n < 2) | (still & idle & ~certain & ~told & np.isnan(unseen))
    low, high = bounded(mean, low, high, least, most)
    return mean, np.where(nothing, np.nan, low), np.where(nothing, np.nan, high), n


def _skewed(half: F64, away: F64, span: F64) -> tuple[F64, F64]:
    """Return how far an interval reaches towards an end, and away from it.

    On the scale of square roots, ``(sqrt(m) -+ h / (2 sqrt(m)))^2 = m -+ h + h^2 / (4 m)`` for a
    mean ``m`` off the end, and down to the end where ``h > 2 m``. In the middle between two ends
    values spread as far to both sides.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        lean = np.where(np.isfinite(span) & (span > 0), 1 - 2 * away / span, 1.0)
        move = half**2 / (4 * away) * np.maximum(lean, 0.0)
    move = np.where(np.isfinite(move) & np.isfinite(away), move, 0.0)
    return np.where(half > 2 * away, half, half - move), half + move


def difference_limits(a: F64, of_a: tuple[F64, F64], b: F64, of_b: tuple[F64, F64]) -> Ends:
    """Return the limits of ``a - b`` from the limits of each: MOVER, Zou & Donner (2008).

    >>> low, high = difference_limits(np.array([2.0]), (1.0, 5.0), np.array([0.0]), (0.0, 4.0))
    >>> float(low[0].round(2)), float(high[0])
    (-2.12, 5.0)
    """
    low = a - b - np.hypot(a - of_a[0], of_b[1] - b)
    high = a - b + np.hypot(of_a[1] - a, b - of_b[0])
    return low, high


def _widened(least: F64, most: F64, values: F64) -> tuple[F64, F64]:
    """Return the ends moved out to the values that lie beyond."""
    seen = np.isfinite(values)
    low = np.where(seen, values, np.inf).min(axis=1, initial=np.inf)
    high = np.where(seen, values, -np.inf).max(axis=1, initial=-np.inf)
    return np.minimum(least, low), np.maximum(most, high)


def share_limits(k: F64, n: F64, tail: float) -> Ends:
    """Return Clopper and Pearson's limits of a share after ``k`` of ``n``.

    >>> low, high = share_limits(np.array([0.0]), np.array([4.0]), 0.025)
    >>> low.tolist(), high.round(3).tolist()
    ([0.0], [0.602])
    """
    rest = np.maximum(n - k, 0.0)
    low = np.where(k < 1e-9, 0.0, betaincinv(np.maximum(k, 1e-300), rest + 1, tail))
    high = betaincinv(k + 1, np.maximum(rest, 1e-300), 1 - tail)
    return low, np.where(rest < 1e-9, 1.0, high)


def _events(k: F64, n: NDArray[np.int64], tail: float, single: BOOL) -> tuple[F64, F64]:
    """Return the exact bounds of the mean number of events a replicate after ``k`` in ``n``.

    ``single``: a replicate has one event or none. Fractions of events are taken as they come.
    """
    some = np.maximum(k, 1e-300)
    none = k < 1e-9
    low = np.where(none, 0.0, gammaincinv(some, tail) / n)
    high = gammaincinv(k + 1, 1 - tail) / n
    if single.any():
        shares = share_limits(k, n.astype(np.float64), tail)
        low, high = (np.where(single, *ends) for ends in zip(shares, (low, high), strict=True))
    return low, high


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


def paired_contrast(
    baseline: F64, scenario: F64, level: float = 0.95, support: Support = ANYTHING
) -> Contrast:
    """Compare two scenarios replicate by replicate.

    Parameters
    ----------
    baseline, scenario : float64 ``[n]``
        Values of the same replicates in the same order; pairs with a NaN are left out.
    level : float
        Confidence of the intervals.
    support : Support
        Of the values.
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
    found = paired_intervals(a[None], b[None], level, support)
    each = [
        Interval(float(mean[0]), float(low[0]), float(high[0]), int(n[0]))
        for mean, low, high, n in found
    ]
    return Contrast(each[0], each[1], each[2], ratio)


def paired(baseline: F64, scenario: F64) -> tuple[F64, F64]:
    """Return both, with NaN in both where one of a pair is none."""
    both = np.isfinite(baseline) & np.isfinite(scenario)
    return np.where(both, baseline, np.nan), np.where(both, scenario, np.nan)


Rows: TypeAlias = tuple[F64, F64, F64, NDArray[np.int64]]


def paired_intervals(
    baseline: F64,
    scenario: F64,
    level: float = 0.95,
    support: Support = ANYTHING,
    *,
    maps: NDArray[np.int64] | None = None,
) -> tuple[Rows, Rows, Rows]:
    """Return mean, low, high and n of two scenarios and of their difference, row by row.

    A difference says no more than its two sides allow: a scenario cannot lose more than there may
    be in the baseline.

    Parameters
    ----------
    baseline, scenario : float64 ``[m, n]``
        A pair with a NaN is left out of all three.
    maps : int64 ``[n]``, optional
        As in :func:`intervals`.
    """
    a, b = paired(baseline, scenario)
    base, here = (intervals(one, level, support, maps=maps) for one in (a, b))
    with np.errstate(invalid="ignore"):  # infinity less infinity
        apart = b - a
    # what is left of equal numbers is rounding
    apart = np.where(np.abs(apart) <= ROUNDING * np.fmax(np.abs(a), np.abs(b)), 0.0, apart)
    mean, low, high, n = intervals(apart, level, support, apart=True, maps=maps)
    size = np.where(np.isfinite(a), np.maximum(np.abs(a), np.abs(b)), 0.0).max(axis=1, initial=0.0)
    mean = np.where(np.abs(mean) <= ROUNDING * size, 0.0, mean)
    least, most, *_ = support.rows(len(a))
    least, most = _widened(least, most, np.concatenate([a, b], axis=1))
    with np.errstate(invalid="ignore"):
        floor = np.fmax(least - base[2], here[1] - most)
        ceiling = np.fmin(here[2] - least, most - base[1])
    told = np.isfinite(low)
    # rounding must not shut the estimate out
    low = np.where(told, np.minimum(np.fmax(low, floor), mean), low)
    high = np.where(told, np.maximum(np.fmin(high, ceiling), mean), high)
    return base, here, (mean, low, high, n)
