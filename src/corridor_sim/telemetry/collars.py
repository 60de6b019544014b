"""What the track of one animal says about its collar: two of them, one that lies still, gaps.

Times are whole nanoseconds of UTC, rising; places are metres.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
SECOND = 1_000_000_000
DAY_S = 86_400.0

# --- two collars under one name
# fixes that are needed to tell, on each side
FEWEST = 5
# share of times at which it is in two places
CONFLICTS = 0.02
CONFLICT_M = 300.0
# share of fixes in the middle third between two ranges; of one normal range it is a fifth
BETWEEN = 0.05
# changes of range faster than so many times the fastest hundredth of steps within ranges
FASTER = 1.5
# and than that, which animals keep up for hours without being two
FAST_MS = 0.5
FEWEST_CHANGES = 6
FEWEST_VISITS = 3
CHANGES = 0.05
# steps within ranges are compared up to so many median intervals, of all fixes and of a range's
LATELY, OWN_LATELY = 4.0, 2.0
# who goes to and fro at set hours commutes: changes a day, share of fixes where the hour says it
COMMUTES = 4.0
BY_HOUR = 0.95

# --- a collar that lies still
STILL_SHARE = 0.95
TAIL_S = 3 * DAY_S
TAIL_FIXES = 8

# --- gaps, in median intervals
GAP = 5.0


@dataclass(frozen=True, slots=True)
class TwoCollars:
    """Why a track is that of two animals.

    Attributes
    ----------
    count : int
        How often it is in two places at a time, or goes from one to the other.
    apart_m : float
        How far the places lie apart.
    speed_ms : float
        Slowest of the fast ways between them; infinite where it is in both at a time.
    """

    count: int
    apart_m: float
    speed_ms: float


def two_collars(t: I64, x: F64, y: F64) -> TwoCollars | None:
    """Tell whether a track is that of two animals far apart, whose fixes interleave.

    Either the animal is in two places at a time, at a fiftieth of all times or more; or its fixes
    fall into two ranges with hardly any between, it changes between them again and again, much
    faster than it goes within them, and comes back at once. A migrant changes seldom; who commutes
    between a roost and feeding grounds stays at both for some fixes.

    Parameters
    ----------
    t : int64 ``[n]``
        Rising, the same time may occur twice.
    x, y : float64 ``[n]``
    """
    dt = np.diff(t)
    length = np.hypot(np.diff(x), np.diff(y))
    apart = (dt == 0) & (length > CONFLICT_M)
    n_times = 1 + int((dt > 0).sum())
    if apart.sum() >= max(FEWEST, CONFLICTS * n_times):
        return TwoCollars(int(apart.sum()), float(np.median(length[apart])), float("inf"))
    if t.size < 2 * FEWEST + FEWEST_CHANGES:
        return None
    label = _two_ranges(x, y)
    in_both = _while_both(label)
    if in_both is None:
        return None
    t, x, y, label = t[in_both], x[in_both], y[in_both], label[in_both]
    if min(label.sum(), (~label).sum()) < FEWEST or _between(x, y, label) > BETWEEN:
        return None
    return _changes(t, x, y, label)


def _two_ranges(x: F64, y: F64) -> NDArray[np.bool_]:
    """Return to which of two ranges each fix belongs: two means, begun along the longest axis."""
    places = np.column_stack([x - x.mean(), y - y.mean()])
    axis = np.linalg.eigh(np.cov(places.T))[1][:, -1]
    along = places @ axis
    label = along > 0.0
    for _ in range(50):
        if label.all() or not label.any():
            break
        way = places[label].mean(0) - places[~label].mean(0)
        middle = (places[label].mean(0) + places[~label].mean(0)) / 2.0
        new = (places - middle) @ way > 0.0
        if (new == label).all():
            break
        label = new
    return np.asarray(label)


def _while_both(label: NDArray[np.bool_]) -> slice | None:
    """Return the rows in which both ranges are in use."""
    ones, others = np.flatnonzero(label), np.flatnonzero(~label)
    if not ones.size or not others.size:
        return None
    first, last = max(ones[0], others[0]) - 1, min(ones[-1], others[-1]) + 1
    return slice(int(first), int(last) + 1) if last - first > 2 * FEWEST else None


def _between(x: F64, y: F64, label: NDArray[np.bool_]) -> float:
    """Return the share of fixes in the middle third of the way between two ranges."""
    a = np.array([x[label].mean(), y[label].mean()])
    b = np.array([x[~label].mean(), y[~label].mean()])
    way = a - b
    share = ((x - b[0]) * way[0] + (y - b[1]) * way[1]) / max(float(way @ way), 1e-9)
    return float(((share > 1 / 3) & (share < 2 / 3)).mean())


def _changes(t: I64, x: F64, y: F64, label: NDArray[np.bool_]) -> TwoCollars | None:
    dt = np.diff(t) / SECOND
    length = np.hypot(np.diff(x), np.diff(y))
    changes = label[1:] != label[:-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        speed = np.where(length > 0, length / dt, 0.0)
    usual = _usual_speed(t, x, y, label, LATELY * float(np.median(dt[dt > 0])))
    fast = changes & (speed > max(FASTER * usual, FAST_MS))
    visits = int((fast[1:] & fast[:-1]).sum())
    enough = max(FEWEST_CHANGES, CHANGES * label.size)
    if fast.sum() < enough or visits < FEWEST_VISITS:
        return None
    a_day = changes.sum() / max((t[-1] - t[0]) / SECOND / DAY_S, 1.0)
    if a_day <= COMMUTES and _told_by_hour(t, label):
        return None
    return TwoCollars(int(fast.sum()), float(np.median(length[fast])), float(speed[fast].min()))


def _usual_speed(t: I64, x: F64, y: F64, label: NDArray[np.bool_], lately_s: float) -> float:
    """Return the speed of the fastest hundredth of steps within ranges, others' fixes left out."""
    speeds = []
    for own in (label, ~label):
        dt = np.diff(t[own]) / SECOND
        length = np.hypot(np.diff(x[own]), np.diff(y[own]))
        # two collars of one programme minutes apart: by turns short intervals and long ones
        near = (dt > 0) & (dt <= max(lately_s, OWN_LATELY * float(np.median(dt))))
        speeds.append(length[near] / dt[near])
    both = np.concatenate(speeds)
    return float(np.quantile(both, 0.99)) if both.size >= 2 * FEWEST else float("inf")


def _told_by_hour(t: I64, label: NDArray[np.bool_]) -> bool:
    """Tell whether the hour of the day tells where it is, as of an animal that commutes."""
    hour = t // (3600 * SECOND) % 24
    n, ones = np.bincount(hour, minlength=24), np.bincount(hour[label], minlength=24)
    return bool(np.maximum(ones, n - ones).sum() >= BY_HOUR * n.sum())


def never_moves(x: F64, y: F64, still_m: float) -> bool:
    """Tell whether 95 % of fixes lie within a distance of their median place."""
    away = np.hypot(x - np.median(x), y - np.median(y))
    return bool(np.quantile(away, STILL_SHARE) <= still_m)


def still_tail(t: I64, x: F64, y: F64, still_m: float) -> int:
    """Return how many of the last fixes lie still, 0 where that says nothing.

    It says something from three days and eight fixes on, if the animal never lay still for so long
    before: a den or a nest is no dropped collar.
    """
    if t.size <= TAIL_FIXES:
        return 0
    last = slice(-TAIL_FIXES, None)
    away = np.hypot(x - np.median(x[last]), y - np.median(y[last])) > still_m
    # single fixes that jump out do not end it
    off = np.flatnonzero(away[1:] & away[:-1])
    begin = int(off[-1]) + 2 if off.size else 0
    while begin < t.size and away[begin]:
        begin += 1
    n = t.size - begin
    if n < TAIL_FIXES or away[begin:].mean() > 1 - STILL_SHARE:
        return 0
    lasts = t[-1] - t[begin]
    if lasts < TAIL_S * SECOND or lasts <= _longest_rest(t[:begin], x[:begin], y[:begin], still_m):
        return 0
    return n


def _longest_rest(t: I64, x: F64, y: F64, still_m: float) -> int:
    """Return the longest time, in nanoseconds, without a step to beyond where it lies still."""
    if t.size < 2:
        return 0
    moves = np.flatnonzero(np.hypot(np.diff(x), np.diff(y)) > 2.0 * still_m)
    begins = np.concatenate([[0], moves + 1])
    ends = np.concatenate([moves, [t.size - 1]])
    return int((t[ends] - t[begins]).max())


def gaps(t: I64) -> tuple[int, float, int]:
    """Return how many gaps there are, the longest in seconds, and after which fix it comes.

    A gap is longer than five median intervals.
    """
    dt = np.diff(t) / SECOND
    if not dt.size:
        return 0, 0.0, 0
    longest = int(np.argmax(dt))
    return int((dt > GAP * np.median(dt)).sum()), float(dt[longest]), longest
