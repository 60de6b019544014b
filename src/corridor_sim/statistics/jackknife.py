"""Intervals of what is computed from the mean of replicates, and not from each of them.

Times until something happens, chains of rare moves and eigenvalues are no means of replicates: one
replicate alone has seen few of the ways there are. Computed once from the mean, their error follows
from leaving out one replicate after another (Tukey 1958, Ann. Math. Stat. 29:614; Efron & Stein
1981, Ann. Stat. 9:586: its variance is on average too large rather than too small).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

F64 = NDArray[np.float64]
T = TypeVar("T")


def leaving_one_out(items: Sequence[T], of: Callable[[Sequence[T]], F64]) -> tuple[F64, F64]:
    """Return what is computed from all items, and from all but one ``[item, ...]``.

    Of one item alone nothing can be left out: the second is then empty.
    """
    n = len(items)
    whole = np.asarray(of(items), np.float64)
    if n < 2:
        return whole, np.zeros((0, *whole.shape))
    parts = [of([one for k, one in enumerate(items) if k != left]) for left in range(n)]
    return whole, np.stack(parts).astype(np.float64)


def jackknife(whole: F64, parts: F64, level: float = 0.95) -> tuple[F64, F64]:
    """Return the ends of the interval of what :func:`leaving_one_out` gave.

        whole +- t_{n - 1} sqrt((n - 1) / n sum_r (part_r - mean part)^2)

    which for a mean is Student's interval, exactly. NaN with fewer than two replicates, and where
    all parts are 0: what none has seen has no known error.

    Examples
    --------
    >>> values = np.array([1.0, 2.0, 4.0, 5.0])
    >>> low, high = jackknife(*leaving_one_out(values, np.mean))
    >>> round(float(low), 3), round(float(high), 3)
    (0.095, 5.905)
    """
    n = len(parts)
    if n < 2:
        return np.full(whole.shape, np.nan), np.full(whole.shape, np.nan)
    with np.errstate(invalid="ignore"):
        apart = parts - parts.mean(axis=0)
        half = stdtrit(n - 1, 0.5 + level / 2) * np.sqrt((n - 1) / n * (apart**2).sum(axis=0))
        seen = np.any(parts != 0, axis=0)
        half = np.where(seen, half, np.nan)
        return np.asarray(whole - half), np.asarray(whole + half)
