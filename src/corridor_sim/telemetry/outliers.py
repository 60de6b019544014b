"""Fixes that cannot be: outliers by speed, and one of several at a time.

An outlier lies off the track: the animal would have gone there and back faster than it can. What
"faster than it can" is says the user (``max_speed_ms``); else the track itself, and then only a
fix from which the animal turns straight back is taken for one.

References
----------
Bjørneraas, K., Van Moorter, B., Rolandsen, C. M., Herfindal, I. (2010): Screening Global
Positioning System location data for errors using animal movement characteristics. Journal of
Wildlife Management 74, 1361-1366: spikes turn back, cosine below -0.97.
Smith, B. J., Avgar, T., in R package amt, ``flag_duplicates``: of fixes at one time that of least
dilution of precision, then that nearest to the fix before, then the first.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
SECOND = 1_000_000_000
# without max_speed_ms: so many times the fastest twentieth of steps, and no less than that
TIMES = 10.0
LEAST_MS = 0.5
FEWEST = 20
SPIKE_COSINE = -0.97
# steps that an error of the GPS alone can make
ERROR_M = 200.0
ROUNDS = 10


def default_speed(t: I64, x: F64, y: F64) -> float:
    """Return the speed in m/s beyond which a way there and back is an error, by the track itself.

    Ten times that of the fastest twentieth of steps, which outliers hardly move, and 0.5 m/s at the
    least; infinite for fewer than 20 fixes.

    Parameters
    ----------
    t : int64 ``[n]``
        Nanoseconds, rising.
    x, y : float64 ``[n]``
        Metres.
    """
    if t.size < FEWEST:
        return float("inf")
    speed = np.hypot(np.diff(x), np.diff(y)) / (np.diff(t) / SECOND)
    return max(LEAST_MS, TIMES * float(np.quantile(speed, 0.95)))


def outliers(
    t: I64, x: F64, y: F64, max_speed_ms: float, *, spikes_only: bool
) -> NDArray[np.bool_]:
    """Return which fixes are outliers by speed.

    Both the way there and the way from there are faster than ``max_speed_ms``. Of neighbours of
    which each makes the other look wrong, the one further from the median of the five fixes around
    it goes first, and the rest is looked at again.

    Parameters
    ----------
    t : int64 ``[n]``
        Nanoseconds, rising, no time twice.
    x, y : float64 ``[n]``
        Metres.
    max_speed_ms : float
    spikes_only : bool
        Whether it must turn back sharply as well, on ways of more than 200 m.
    """
    kept = np.arange(t.size)
    for _ in range(ROUNDS):
        at = _suspects(t[kept], x[kept], y[kept], max_speed_ms, spikes_only)
        if not at.size:
            break
        off = _off_track(x[kept], y[kept])
        worst = np.zeros(kept.size + 2)
        worst[at + 1] = off[at]
        # strictly worse than the suspect before, at least as bad as the one behind
        first = (worst[1:-1] > worst[:-2]) & (worst[1:-1] >= worst[2:]) & (worst[1:-1] > 0)
        if not first.any():
            break
        kept = kept[~first]
    out = np.ones(t.size, bool)
    out[kept] = False
    return out


def _suspects(t: I64, x: F64, y: F64, max_speed_ms: float, spikes_only: bool) -> I64:
    if t.size < 3:
        return np.zeros(0, np.int64)
    dx, dy = np.diff(x), np.diff(y)
    length = np.hypot(dx, dy)
    fast = length / (np.diff(t) / SECOND) > max_speed_ms
    if spikes_only:
        fast &= length > ERROR_M
    both = fast[1:] & fast[:-1]
    if spikes_only:
        inner = dx[1:] * dx[:-1] + dy[1:] * dy[:-1]
        both &= inner < SPIKE_COSINE * length[1:] * length[:-1]
    return np.flatnonzero(both).astype(np.int64) + 1


def _off_track(x: F64, y: F64) -> F64:
    """Return how far each fix lies from the median of the five around it."""
    window = np.clip(np.arange(x.size)[:, None] + np.arange(-2, 3), 0, x.size - 1)
    off: F64 = np.hypot(x - np.median(x[window], axis=1), y - np.median(y[window], axis=1))
    return off


def best_of_each_time(t: I64, x: F64, y: F64, worth: F64) -> NDArray[np.bool_]:
    """Return which fixes to keep so that no time occurs twice.

    Of several at a time the one of least error, then the nearest to the fix before, then the first.

    Parameters
    ----------
    t : int64 ``[n]``
        Rising; rows of one time stand in the order of the file.
    x, y : float64 ``[n]``
    worth : float64 ``[n]``
        Error or dilution of precision; infinite where not known.
    """
    kept = np.ones(t.size, bool)
    begins = np.concatenate([[0], np.flatnonzero(np.diff(t)) + 1, [t.size]])
    last = 0
    for k in np.flatnonzero(np.diff(begins) > 1).tolist():
        a, b = int(begins[k]), int(begins[k + 1])
        best = np.flatnonzero(worth[a:b] == worth[a:b].min()) + a
        if a:
            last = a - 1 if kept[a - 1] else last
            best = best[[int(np.argmin(np.hypot(x[best] - x[last], y[best] - y[last])))]]
        kept[a:b] = False
        last = int(best[0])
        kept[last] = True
    return kept
