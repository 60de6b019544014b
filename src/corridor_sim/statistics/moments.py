"""Moments of rows of values, and the width that few replicates leave open.

Where what varies is rare, the spread that was seen says little. What is known then is how seldom
the rest can be: of a share ``p`` of replicates that differ, n replicates show none with the chance
``(1 - p)^n`` (the exact binomial bound), and how far they may lie is borrowed from comparable rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Ends = tuple[F64, F64]
# Differences below this share of the values are rounding, not chance.
ROUNDING = 1e-12


def unseen_share(n: I64, error: float | F64) -> F64:
    """Return the largest share of replicates that differ and may all be missed by ``n`` of them.

    >>> unseen_share(np.array([4, 8]), 0.05).round(2).tolist()
    [0.53, 0.31]
    """
    return np.asarray(1 - error ** (1 / np.maximum(n, 1)))


@dataclass(frozen=True, slots=True)
class Moments:
    """Count, mean and standard deviation of rows of values, ``[rows]``.

    ``still`` where nothing varies, ``rare`` where more than half of the values are the same;
    ``jump`` is the largest distance of any value from the mean of its row, 0 where nothing varies.
    """

    count: I64
    mean: F64
    sd: F64
    still: NDArray[np.bool_]
    rare: NDArray[np.bool_]
    jump: F64

    @property
    def largest(self) -> float:
        """The largest jump of all rows."""
        return float(self.jump.max(initial=0.0))

    def half_width(self, level: float | F64, scale: float) -> F64:
        """Return half the width of the interval of each mean, ``[rows]``: Student's t.

        Where more than half of the values are the same, what varies is rare, and the spread of
        the few that differ says little of those that n replicates did not show: only that a share
        ``p > 1 - level^(1/n)`` of others would have been seen (the exact binomial bound). There
        the half-width is at least ``p scale``. Of values that are all the same, it is that.

        Parameters
        ----------
        level : float
            Two-sided error of each interval, or of each row ``[rows]``.
        scale : float
            How far a value that was not seen may lie from those that were: the largest jump that
            comparable rows have shown.
        """
        n = np.maximum(self.count, 2)
        half = -stdtrit(n - 1, level / 2) * self.sd / np.sqrt(n)
        unseen = scale * unseen_share(n, level)
        half = np.where(self.rare, np.maximum(half, unseen), half)
        half = np.where(self.still, unseen, half)
        return np.where(self.count < 2, np.inf, half)


def added(terms: F64) -> F64:
    """Return sums over the last axis; what is left of terms that cancel is 0 and has no sign.

    >>> added(np.array([[0.1, 0.2, -0.3], [0.1, 0.2, 0.3], [-0.0, -0.0, -0.0]])).tolist()
    [0.0, 0.6000000000000001, 0.0]
    """
    total = terms.sum(axis=-1)
    left = np.isfinite(total) & (np.abs(total) <= ROUNDING * np.abs(terms).sum(axis=-1))
    return np.asarray(np.where(left, 0.0, total))


def bounded(mean: F64, low: F64, high: F64, least: F64 | float, most: F64 | float) -> Ends:
    """Return an interval without what cannot be; the mean itself stays inside.

    >>> low, high = bounded(np.zeros(1), -np.ones(1), np.ones(1), 0.0, 0.5)
    >>> low.tolist(), high.tolist()
    ([0.0], [0.5])
    """
    low, high = np.maximum(low, least), np.minimum(high, most)
    unknown = np.isnan(mean)
    low = np.where(unknown, low, np.minimum(low, mean))
    high = np.where(unknown, high, np.maximum(high, mean))
    # a negative zero is a zero
    return low + 0.0, high + 0.0


def moments(rows: F64) -> Moments:
    """Return the moments of each row of ``[rows, n]``; NaNs are left out."""
    seen = np.isfinite(rows)
    count = seen.sum(axis=1)
    held = np.where(seen, rows, 0.0)
    with np.errstate(invalid="ignore"):
        mean = np.where(count > 0, added(held) / np.maximum(count, 1), np.nan)
    off = np.where(seen, rows - np.where(count > 0, mean, 0.0)[:, None], 0.0)
    sd = np.sqrt((off**2).sum(axis=1) / np.maximum(count - 1, 1))
    near = ROUNDING * np.maximum(np.abs(held).max(axis=1, initial=0.0), 1e-300)
    still = np.abs(off).max(axis=1, initial=0.0) <= near
    # a value that more than half of them have is their median; NaNs are sorted to the end
    middle = np.maximum(count - 1, 0)[:, None] // 2
    usual = np.take_along_axis(np.sort(rows, axis=1), middle, 1) if rows.shape[1] else mean[:, None]
    same = (np.abs(np.where(seen, rows - usual, np.inf)) <= near[:, None]).sum(axis=1)
    rare = still | (2 * same > count)
    # what is left of equal numbers is rounding, and no jump
    jump = np.where(still, 0.0, np.abs(off).max(axis=1, initial=0.0))
    return Moments(count.astype(np.int64), mean, sd, still, rare, jump)
