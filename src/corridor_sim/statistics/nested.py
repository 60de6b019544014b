"""Replicates nested in maps: what of their spread lies between maps, and what a mean is known by.

Where chance decides which forest falls, replicates share one of a few landscapes (maps). The model
is the one-way random-effects analysis of variance

    y_ij = mu + a_i + e_ij,    Var(a_i) = tau^2,  Var(e_ij) = sigma^2,

map ``i`` of ``k`` with ``n_i`` replicates, ``N`` in all. Replicates of one map are alike, so that
``s / sqrt(N)`` says too little of how far their mean lies from what further maps would give; the
maps are the unit.

*Share between maps*: ``tau^2 / (tau^2 + sigma^2)`` with ``tau^2 = (MSB - MSE) / n_0``, not below 0,
and ``n_0 = (N - sum(n_i^2) / N) / (k - 1)`` (Searle, Casella & McCulloch 1992, Variance Components,
section 3.6). Its interval is that of the F ratio, exact where all maps have as many replicates
(their section 3.5), with ``n_0`` in place of their number otherwise; its upper end is that of an F
of 1 at least, since an F so small that it leaves nothing open tells of chance alone.

*Standard error of the mean of all values*: with ``w_i = n_i / N`` the cluster-robust

    V = sum w_i^2 / (1 - w_i) (mean_i - mean)^2

(Bell & McCaffrey 2002, Survey Methodology 28:169), ``MSB / N`` where all maps have as many.
Otherwise it is scaled to be without bias under the model, and its degrees of freedom are
Satterthwaite's (1946, Biometrics Bulletin 2:110) under it, with the share that was found (Imbens &
Kolesar 2016, Rev. Econ. Stat. 98:701); ``k - 1`` where all maps have as many. One replicate a map
gives ``s / sqrt(N)`` with ``N - 1``, as without maps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import fdtri

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Nested:
    """What replicates nested in maps tell, by row ``[m]``.

    Attributes
    ----------
    share : float64
        Of the variance between replicates, what lies between maps: 0 to 1. NaN where it cannot be
        known: of one map, without a second replicate on any, or where nothing varies.
    share_low, share_high : float64
        Its interval.
    error : float64
        Standard error of the mean of all values; NaN with fewer than two. Of one map it is that of
        further replicates on this map.
    dof : float64
        Degrees of freedom of ``error``, at least 1.
    """

    share: F64
    share_low: F64
    share_high: F64
    error: F64
    dof: F64


def nested(values: F64, maps: I64, level: float = 0.95) -> Nested:
    """Return what lies between maps, and what the mean over all replicates is known by.

    Parameters
    ----------
    values : float64 ``[m, n]``
        A NaN is left out, so that maps may have unequal numbers of replicates.
    maps : int64 ``[n]``
        Number of the map on which each replicate stands.
    level : float
        Confidence of the interval of the share.

    Examples
    --------
    >>> two = nested(np.array([[1.0, 2.0, 5.0, 6.0]]), np.array([0, 0, 1, 1]))
    >>> round(float(two.share[0]), 3), float(two.error[0]), float(two.dof[0])
    (0.939, 2.0, 1.0)
    """
    m = len(values)
    share, low, high, error = (np.full(m, np.nan) for _ in range(4))
    found = Nested(share, low, high, error, np.ones(m))
    seen = np.isfinite(values)
    # rows in which the same replicates have a value share their design; mostly all rows do
    patterns, which = np.unique(seen, axis=0, return_inverse=True)
    for i, kept in enumerate(patterns):
        rows = np.flatnonzero(which.reshape(-1) == i)
        if kept.sum() > 1:
            _of_one_design(found, rows, values[rows][:, kept], maps[kept], level)
    return found


def _of_one_design(found: Nested, rows: I64, values: F64, maps: I64, level: float) -> None:
    """Fill in rows that have a value in every replicate; at least two of them."""
    _, at = np.unique(maps, return_inverse=True)
    size = np.bincount(at).astype(np.float64)
    k, total = len(size), values.shape[1]
    mean = values.mean(axis=1)
    if k == 1:
        found.error[rows] = values.std(axis=1, ddof=1) / np.sqrt(total)
        found.dof[rows] = total - 1
        return
    means = np.stack([values[:, at == j].mean(axis=1) for j in range(k)], axis=1)
    # what is left of equal numbers is rounding
    off = np.abs(values - mean[:, None]).max(axis=1)
    still = off <= ROUNDING * np.abs(values).max(axis=1)
    apart = np.where(still[:, None], 0.0, means - mean[:, None])
    msb = (size * apart**2).sum(axis=1) / (k - 1)
    n_0 = (total - (size**2).sum() / total) / (k - 1)
    share = np.zeros(len(rows))
    if total > k:
        inside = np.where(still[:, None], 0.0, values - means[:, at])
        mse = (inside**2).sum(axis=1) / (total - k)
        found.share[rows], found.share_low[rows], found.share_high[rows] = _shares(
            msb, mse, n_0, k - 1, total - k, level
        )
        share = np.nan_to_num(found.share[rows])
    weight = size / total
    raw = (weight**2 / (1 - weight) * apart**2).sum(axis=1)
    scale, dof = _under_the_model(size, share)
    found.error[rows] = np.sqrt(scale * raw)
    found.dof[rows] = dof


def _shares(
    msb: F64, mse: F64, n_0: float, between: int, within: int, level: float
) -> tuple[F64, F64, F64]:
    """Return the share between maps and its interval, all between 0 and 1."""
    tail = (1 - level) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        # infinite where nothing varies within maps, NaN where nothing does at all
        ratio = msb / mse
        least = ratio / fdtri(between, within, 1 - tail)
        # an F below 1 is chance: it does not shut out what an F of 1 leaves open
        most = np.maximum(ratio, 1.0) / fdtri(between, within, tail)
        each = [
            np.where(np.isinf(f), 1.0, np.maximum(f - 1, 0.0) / (np.maximum(f - 1, 0.0) + n_0))
            for f in (ratio, least, most)
        ]
    return each[0], each[1], each[2]


def _under_the_model(size: F64, share: F64) -> tuple[F64, F64]:
    """Return what makes the robust variance unbiased, and its degrees of freedom, by row.

    Both follow from the covariance of the maps' means, ``share + (1 - share) / n_i`` on its
    diagonal in units of the whole variance: a quadratic form ``x' A x`` of normal ``x`` has the
    mean ``tr(A C)`` and ``2 tr(A C)^2 / Var = tr(A C)^2 / tr(A C A C)``.
    """
    k, total = len(size), size.sum()
    weight = size / total
    if np.all(size == size[0]):
        return np.ones(len(share)), np.full(len(share), k - 1.0)
    off = np.eye(k) - weight[None, :]
    form = off.T @ np.diag(weight**2 / (1 - weight)) @ off
    scale, dof = np.empty(len(share)), np.empty(len(share))
    for i, rho in enumerate(share):
        variance = rho + (1 - rho) / size
        product = form * variance[None, :]
        mean = np.trace(product)
        scale[i] = (weight**2 * variance).sum() / mean
        dof[i] = mean**2 / np.trace(product @ product)
    return scale, np.maximum(dof, 1.0)
