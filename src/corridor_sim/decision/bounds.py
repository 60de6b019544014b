"""Intervals that hold at every planned look at the data (repeated confidence intervals).

A study that stops when its data look clear enough may not use the interval of a study of fixed
size. A repeated confidence interval holds at all planned looks together, hence also at whichever
look the study stops, for whatever reason it stops there (Jennison & Turnbull 1984, Controlled
Clinical Trials 5:33; 1989, J R Statist Soc B 51:305).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri, stdtrit

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Ends = tuple[F64, F64]
NODES = 160
# Differences whose spread is below this share of the values are rounding, not chance.
ROUNDING = 1e-12


def plan_looks(first: int, batch: int, growth: float, most: int) -> tuple[int, ...]:
    """Return the numbers of replicates ``n_1 < n_2 < ...`` at which the data are looked at.

    Each look has at least ``batch`` more than the one before and at least ``growth`` times as many,
    in whole batches, so that the price of looking stays small; the last is ``most``.

    >>> plan_looks(20, 10, 1.5, 100)
    (20, 30, 50, 80, 100)
    """
    looks = [min(first, most)]
    while looks[-1] < most:
        n = looks[-1]
        step = max(batch, -(-int(np.ceil((growth - 1) * n)) // batch) * batch)
        # a last look just after another would cost more than it tells
        looks.append(most if most - n - step < 0.1 * n else n + step)
    return tuple(looks)


def crossing_probability(looks: tuple[int, ...], bound: float) -> float:
    """Return the chance that a random walk leaves ``|S_n| < bound sqrt(n)`` at one of the looks.

    The walk has independent standard normal steps. Recursive integration over the walk's place at
    each look (Armitage, McPherson & Rowe 1969, J R Statist Soc A 132:235), by Gauss-Legendre.
    """
    left = 2 * float(ndtr(-bound))
    node, weight = _nodes()
    edge = bound * np.sqrt(looks[0])
    place = node * edge
    density = np.exp(-(place**2) / (2 * looks[0])) / np.sqrt(2 * np.pi * looks[0])
    for before, now in pairwise(looks):
        spread = np.sqrt(now - before)
        mass = density * weight * edge
        edge = bound * np.sqrt(now)
        out = ndtr((-edge - place) / spread) + ndtr((place - edge) / spread)
        left += float(mass @ out)
        new = node * edge
        kernel = np.exp(-(((new[:, None] - place[None]) / spread) ** 2) / 2)
        density = kernel @ mass / (spread * np.sqrt(2 * np.pi))
        place = new
    return left


@lru_cache(maxsize=1)
def _nodes() -> tuple[F64, F64]:
    """Return the nodes and weights of Gauss-Legendre integration over -1 ... 1."""
    node, weight = np.polynomial.legendre.leggauss(NODES)
    return node, weight


@lru_cache(maxsize=256)
def nominal_level(looks: tuple[int, ...], error: float) -> float:
    """Return the two-sided error to use at each look so that all looks together have ``error``.

    The constant boundary of Pocock (1977, Biometrika 64:191) for any spacing of the looks. With
    unknown variance the same nominal error is used with Student's t, Pocock's significance level
    approach (Jennison & Turnbull 2000, Group Sequential Methods, section 4.4).

    >>> round(nominal_level((1, 2, 3, 4, 5), 0.05), 4)
    0.0158
    """
    if len(looks) == 1:
        return error

    def excess(bound: float) -> float:
        return float(np.log(crossing_probability(looks, bound) / error))

    # Bonferroni over the looks is an upper bound, a single look a lower one.
    low, high = -float(ndtri(error / 2)), -float(ndtri(error / 2 / len(looks)))
    bound = float(brentq(excess, low, high + 1e-9, xtol=1e-10))
    return 2 * float(ndtr(-bound))


@dataclass(frozen=True, slots=True)
class Moments:
    """Count, mean and standard deviation of rows of values, ``[rows]``.

    ``still`` where nothing varies, ``rare`` where more than half of the values are the same;
    ``largest`` is the largest distance of any value from the mean of its row.
    """

    count: I64
    mean: F64
    sd: F64
    still: NDArray[np.bool_]
    rare: NDArray[np.bool_]
    largest: float

    def half_width(self, level: float, scale: float) -> F64:
        """Return half the width of the interval of each mean, ``[rows]``: Student's t.

        Where more than half of the values are the same, what varies is rare, and the spread of
        the few that differ says little of those that n replicates did not show: only that a share
        ``p > 1 - level^(1/n)`` of others would have been seen (the exact binomial bound). There
        the half-width is at least ``p scale``. Of values that are all the same, it is that.

        Parameters
        ----------
        level : float
            Two-sided error of each interval.
        scale : float
            How far a value that was not seen may lie from those that were: the largest jump that
            comparable rows have shown.
        """
        n = np.maximum(self.count, 2)
        half = -stdtrit(n - 1, level / 2) * self.sd / np.sqrt(n)
        unseen = scale * (1 - level ** (1 / n))
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
    largest = float(np.abs(off[~still]).max(initial=0.0))
    return Moments(count.astype(np.int64), mean, sd, still, rare, largest)
