"""Intervals that hold at every planned look at the data (repeated confidence intervals).

A study that stops when its data look clear enough may not use the interval of a study of fixed
size. A repeated confidence interval holds at all planned looks together, hence also at whichever
look the study stops, for whatever reason it stops there (Jennison & Turnbull 1984, Controlled
Clinical Trials 5:33; 1989, J R Statist Soc B 51:305).
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

F64 = NDArray[np.float64]
NODES = 160


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
