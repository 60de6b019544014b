"""How well a predicted use of space meets an observed one: Boyce's index, overlaps of ranges.

A utilisation distribution is an array of shares of time by cell, summing to one.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

F64 = NDArray[np.float64]

# windows along the prediction, and their width as a share of its range, as in Hirzel et al. (2006)
N_WINDOWS = 101
WINDOW = 0.1


class Boyce(NamedTuple):
    """Continuous Boyce index, and the curve that it is the rank correlation of.

    Attributes
    ----------
    value : float
        -1 to 1: 1 where more is predicted more is used, 0 use has nothing to do with prediction;
        NaN where the prediction is the same everywhere, or nothing was used.
    middle : float64 ``[w]``
        Middle of each window, in units of the prediction.
    ratio : float64 ``[w]``
        Predicted-to-expected ratio: share of use in the window over its share of what is available.
    """

    value: float
    middle: F64
    ratio: F64


def boyce_index(
    available: F64, used: F64, *, n_windows: int = N_WINDOWS, width: float = WINDOW
) -> Boyce:
    """Return the continuous Boyce index of a prediction.

    A window of ``width`` times the prediction's range moves over it in ``n_windows`` places. In
    each, ``F = P / E`` with ``P`` the share of used places and ``E`` the share of available ones
    whose prediction lies in the (closed) window; the index is Spearman's rank correlation of ``F``
    with the middle of the window, over windows that hold anything available (Hirzel et al. 2006,
    Ecol. Model. 199:142, eq. 3).

    Parameters
    ----------
    available : float64 ``[m]``
        Prediction in every available cell.
    used : float64 ``[n]``
        Prediction where animals were.
    n_windows : int
    width : float
        Of the window, 0 to 1, as a share of the prediction's range.
    """
    values, seen = (np.sort(np.asarray(v, float).ravel()) for v in (available, used))
    nothing = np.zeros(0)
    if values.size == 0 or seen.size == 0 or not values[-1] > values[0]:
        return Boyce(math.nan, nothing, nothing)
    wide = width * (values[-1] - values[0])
    low = np.linspace(values[0], values[-1] - wide, n_windows)
    # rounding must not lose what the prediction is highest in
    high = np.append(low[:-1] + wide, values[-1])

    def share(of: F64) -> F64:
        inside = np.searchsorted(of, high, "right") - np.searchsorted(of, low, "left")
        return np.asarray(inside / of.size, float)

    expected, found = share(values), share(seen)
    kept = expected > 0
    middle, ratio = ((low + high) / 2)[kept], found[kept] / expected[kept]
    return Boyce(_spearman(middle, ratio), middle, ratio)


def _spearman(x: F64, y: F64) -> float:
    """Return Spearman's rank correlation, NaN where either never changes."""
    if x.size < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return math.nan
    return float(np.corrcoef(rankdata(x), rankdata(y))[0, 1])


def bhattacharyya_affinity(one: F64, other: F64) -> float:
    """Return ``sum sqrt(p q)`` of two utilisation distributions: 0 apart, 1 the same.

    Fieberg & Kochanny 2005 (J. Wildl. Manage. 69:1346).
    """
    return float(np.sqrt(_shares(one) * _shares(other)).sum())


def volume_of_intersection(one: F64, other: F64) -> float:
    """Return ``sum min(p, q)`` of two utilisation distributions: 0 apart, 1 the same."""
    return float(np.minimum(_shares(one), _shares(other)).sum())


def _shares(of: F64) -> F64:
    found = np.asarray(of, float)
    total = found.sum()
    if not total > 0:
        raise ValueError("a utilisation distribution without use")
    return np.asarray(found / total, float)


def affinity_of_normals(mean_1: F64, covariance_1: F64, mean_2: F64, covariance_2: F64) -> float:
    """Return the Bhattacharyya affinity of two bivariate normal distributions.

    ``exp(-D' S^-1 D / 8) sqrt(sqrt(det S1 det S2) / det S)`` with ``D`` the distance of the means
    and ``S`` the mean of the covariances (Winner et al. 2018, Methods Ecol. Evol. 9:1679).

    Parameters
    ----------
    mean_1, mean_2 : float64 ``[2]``
    covariance_1, covariance_2 : float64 ``[2, 2]``
    """
    both = (np.asarray(covariance_1, float) + np.asarray(covariance_2, float)) / 2
    away = np.asarray(mean_1, float) - np.asarray(mean_2, float)
    near = math.exp(-float(away @ np.linalg.solve(both, away)) / 8)
    spread = float(np.linalg.det(covariance_1) * np.linalg.det(covariance_2))
    return near * math.sqrt(math.sqrt(spread) / float(np.linalg.det(both)))


class Cells(NamedTuple):
    """Square cells around a range centre, in which use is counted.

    Attributes
    ----------
    x_m, y_m : float64 ``[n]``
        Middles of columns and rows, rising.
    inside : bool ``[n, n]``
        Cells of the area compared, ``[row, column]``.
    """

    x_m: F64
    y_m: F64
    inside: NDArray[np.bool_]


def cells_around(centre: tuple[float, float], radius_m: float, n: int = 61) -> Cells:
    """Return ``n`` x ``n`` cells that hold the circle about a centre; inside is the circle."""
    away = ((np.arange(n) + 0.5) / n * 2 - 1) * radius_m
    inside = away[:, None] ** 2 + away[None, :] ** 2 <= radius_m**2
    return Cells(centre[0] + away, centre[1] + away, inside)


def bandwidth_m(x_m: F64, y_m: F64, n_effective: float) -> float:
    """Return the reference bandwidth ``s n^(-1/6)`` of a bivariate normal kernel.

    ``s`` is the mean standard deviation of an axis, ``n`` counts places that tell anything of
    their own: with autocorrelated fixes fewer than there are (Worton 1989, Ecology 70:164).
    """
    spread = math.sqrt((float(np.var(x_m)) + float(np.var(y_m))) / 2)
    return float(spread * max(n_effective, 1.0) ** (-1 / 6))


def utilisation(x_m: F64, y_m: F64, cells: Cells, width_m: float) -> F64:
    """Return the utilisation distribution of places by a normal kernel, ``[row, column]``.

    Each place spreads its weight over the cells by ``exp(-d^2 / (2 width^2))``; what falls outside
    the area compared is left out, and the rest sums to one.

    Parameters
    ----------
    x_m, y_m : float64 ``[n]``
    cells : Cells
    width_m : float
        Standard deviation of the kernel, above 0.
    """
    total = np.zeros(cells.inside.shape)
    # in pieces, so that a long track takes no more memory than a short one
    for start in range(0, x_m.size, 4096):
        part = slice(start, start + 4096)
        across = _bell(cells.x_m, x_m[part], width_m)
        down = _bell(cells.y_m, y_m[part], width_m)
        total += down @ across.T
    total *= cells.inside
    whole = total.sum()
    return np.asarray(total / whole if whole > 0 else total, float)


def _bell(at: F64, of: F64, width: float) -> F64:
    return np.asarray(np.exp(-0.5 * ((at[:, None] - of[None, :]) / width) ** 2), float)


def looked_up(use: F64, x_m: F64, y_m: F64, cells: Cells) -> F64:
    """Return the value of the cell of every place that lies in the area compared, ``[<= n]``."""
    step = cells.x_m[1] - cells.x_m[0]
    col = np.floor((x_m - cells.x_m[0]) / step + 0.5).astype(np.int64)
    row = np.floor((y_m - cells.y_m[0]) / step + 0.5).astype(np.int64)
    n = cells.x_m.size
    kept = (col >= 0) & (col < n) & (row >= 0) & (row < n)
    row, col = row[kept], col[kept]
    return np.asarray(use[row, col][cells.inside[row, col]], float)
