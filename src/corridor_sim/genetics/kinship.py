"""Kinship and inbreeding, exactly, from the pedigree; and how kinship falls with distance.

Kinship of two animals is the probability that copies drawn one from each are identical by descent
from the founders, who count as unrelated and not inbred (Malécot 1948): 1/4 for full sibs and for
parent and young, 1/8 for half sibs, 1/16 for first cousins.

The matrix of twice the kinship is ``A = T D T'`` (Henderson 1976, doi:10.2307/2529339): row i of T
holds the expected share of i's genes that come through each ancestor, ``T_i = e_i + (T_mother +
T_father) / 2``, and D the Mendelian variance, ``1/2 - (F_mother + F_father) / 4``, 1 for founders.
Inbreeding is ``F_i = A_ii - 1``. T is sparse and is built batch by batch down the generations.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from corridor_sim.errors import ResourceError
from corridor_sim.genetics.pedigree import Pedigree

F64 = NDArray[np.float64]
MAX_SHARES = 80_000_000  # entries of T, 12 bytes each


def inbreeding(pedigree: Pedigree) -> F64:
    """Return the inbreeding coefficient F of every animal, float64 ``[n]``.

    Raises
    ------
    ResourceError
        The pedigree is too deep and too large; drop genes instead, or ask for fewer animals.
    """
    return _factors(pedigree)[1]


def kinship(pedigree: Pedigree, rows: ArrayLike) -> F64:
    """Return the kinship of the animals of ``rows`` int ``[k]``, float64 ``[k, k]``.

    The diagonal holds the kinship with oneself, ``(1 + F) / 2``. Errors as :func:`inbreeding`.
    """
    from scipy import sparse

    wanted = np.asarray(rows, np.int64).reshape(-1)
    needed = pedigree.ancestors(wanted)
    shares, _, mendelian = _factors(pedigree.subset(needed))
    mine = shares[np.searchsorted(needed, wanted)]
    found: F64 = (mine @ sparse.diags(mendelian) @ mine.T).toarray() / 2
    return found


def _factors(kin: Pedigree) -> tuple[Any, F64, F64]:
    """Return T (sparse ``[n, n]``), F and the diagonal of D."""
    from scipy import sparse

    parts: list[Any] = []
    inbred = np.zeros(kin.n)
    mendelian = np.ones(kin.n)
    done: Any = None
    entries = 0
    for batch in kin.batches():
        size = batch.stop - batch.start
        own = sparse.csr_matrix(
            (np.ones(size), np.arange(batch.start, batch.stop), np.arange(size + 1)),
            shape=(size, kin.n),
        )
        mother, father = kin.mother[batch], kin.father[batch]
        born = np.flatnonzero(mother >= 0)
        if born.size:
            half = sparse.csr_matrix(
                (
                    np.full(2 * born.size, 0.5),
                    (np.tile(born, 2), np.concatenate([mother[born], father[born]])),
                ),
                shape=(size, batch.start),
            )
            mendelian[batch.start + born] = 0.5 - (inbred[mother[born]] + inbred[father[born]]) / 4
            own = (own + half @ done).tocsr()
            squares = own.copy()
            squares.data **= 2
            inbred[batch] = squares @ mendelian - 1.0
            # what is 0 in truth is not always 0 in floating point
            inbred[batch][np.abs(inbred[batch]) < 1e-12] = 0.0
        entries += own.nnz
        if entries > MAX_SHARES:
            raise ResourceError(
                f"ancestry of {kin.n} animals has more than {MAX_SHARES} shares",
                where="kinship",
                remedy="ask for fewer animals, or drop genes with distinct founder alleles",
            )
        parts.append(own)
        done = own if done is None else sparse.vstack([done, own], format="csr")
    empty = sparse.csr_matrix((0, kin.n))
    return (empty if done is None else done), inbred, mendelian


@dataclass(frozen=True, slots=True)
class Distance:
    """How kinship falls with distance.

    Attributes
    ----------
    slope : float
        Change of kinship per unit of ln(distance), ordinary least squares over all pairs.
    low, high : float
        95 % interval of the slope, jackknife over animals.
    sp : float
        ``-slope / (1 - kinship of the nearest class)``, comparable between species (Vekemans &
        Hardy 2004, doi:10.1046/j.1365-294X.2004.02076.x).
    edges_m : float64 ``[class + 1]``
    kinship : float64 ``[class]``
        Mean of the pairs of each distance class; NaN where there are none.
    pairs : int64 ``[class]``
    """

    slope: float
    low: float
    high: float
    sp: float
    edges_m: F64
    kinship: F64
    pairs: NDArray[np.int64]


def isolation_by_distance(
    kin: F64, x_m: ArrayLike, y_m: ArrayLike, *, classes: int = 8, nearest_m: float = 1000.0
) -> Distance:
    """Return how kinship, ``[k, k]``, falls with the distance of homes, ``[k]`` each.

    In two dimensions kinship falls linearly with the logarithm of distance (Rousset 1997,
    doi:10.1093/genetics/145.4.1219). Pairs nearer than ``nearest_m`` count as that far apart, since
    the logarithm of nothing is endless. Pairs share animals, so the interval leaves out one animal
    at a time with all its pairs. Classes hold equal numbers of pairs.
    """
    from scipy.special import stdtrit

    x, y = np.asarray(x_m, np.float64), np.asarray(y_m, np.float64)
    k = x.size
    if k < 3:
        nothing = np.full(classes, math.nan)
        zero = np.zeros(classes, np.int64)
        edges = np.full(classes + 1, math.nan)
        return Distance(math.nan, math.nan, math.nan, math.nan, edges, nothing, zero)
    apart = np.hypot(x[:, None] - x, y[:, None] - y)
    log = np.log(np.maximum(apart, nearest_m))
    off = 1.0 - np.eye(k)
    # sums over the pairs of each animal; a pair counts in two of them
    sums = np.stack([(off * v).sum(axis=1) for v in (1.0, log, kin, log * log, log * kin)])
    total = sums.sum(axis=1, keepdims=True) / 2
    slope = float(_slope(total)[0])
    without = _slope(total - sums)
    error = math.sqrt((k - 1) / k * float(((without - without.mean()) ** 2).sum()))
    half = float(stdtrit(k - 1, 0.975)) * error

    upper = np.triu_indices(k, 1)
    distance, value = apart[upper], kin[upper]
    edges = np.quantile(distance, np.linspace(0, 1, classes + 1))
    which = np.clip(np.searchsorted(edges, distance, side="right") - 1, 0, classes - 1)
    pairs = np.bincount(which, minlength=classes)
    with np.errstate(invalid="ignore"):
        means = np.bincount(which, value, minlength=classes) / pairs
    first = float(means[np.argmax(pairs > 0)])
    sp = -slope / (1 - first) if first < 1 else math.nan
    return Distance(slope, slope - half, slope + half, sp, edges, means, pairs.astype(np.int64))


def _slope(sums: F64) -> F64:
    """Return least-squares slopes from sums of 1, x, y, xx, xy; NaN where x does not vary."""
    n, x, y, xx, xy = sums
    spread = n * xx - x * x
    flat = spread <= 1e-12 * n * xx
    return np.where(flat, np.nan, (n * xy - x * y) / np.where(flat, 1.0, spread))
