"""What settlement does to genes: F_ST between demes, and diversity that is kept.

Demes are blocks, and the ground outside as one more, or any pools of tiles. In a generation each
gene copy of deme i stems with probability ``m_ij`` from deme j, drawn evenly from the ``2 N_j``
copies there, N the effective numbers: Wright-Fisher demes with backward migration. Looking back,
the lines of two copies are a structured coalescent in steps of a generation (in the limit of large
N and small m that of Notohara 1990, J. Math. Biol. 29:59-75); looking forward, it is the recursion
of identity by descent (Malecot 1948; Nagylaki 1980, J. Math. Biol. 9:101-114). Both are exact for
these demes.

F_ST is that of :mod:`corridor_sim.genetics.statistics`, ``1 - H_within / H_between`` (Hudson,
Slatkin & Maddison 1992, doi:10.1093/genetics/132.2.583). Where mutations are rare, chances to
differ are in proportion to times to the common ancestor (Slatkin 1991,
doi:10.1017/S0016672300029827), so that it is also ``1 - T_within / T_between``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import CorridorSimError, ResourceError

F64 = NDArray[np.float64]
Mask = NDArray[np.bool_]
# demes whose pairs are solved at once; 100 take 5,050 equations
MOST_DEMES = 100
_ROUNDING = 1e-9


def backward_migration(flow: Any, deme: NDArray[np.integer[Any]], n_demes: int) -> F64:
    """Return the share of the genes of deme i that come from deme j in a generation.

    ``m_ij = flow_ji / sum_k flow_ki`` with the flow pooled: of the animals that settle in i, those
    born in j. Within a deme animals count as mixed.

    Parameters
    ----------
    flow : scipy sparse ``[T, T]``
        Animals a year born at i that settle at j.
    deme : int ``[T]``
        0 to ``n_demes - 1``; blocks as they are, with 0 for the ground outside.
    n_demes : int

    Returns
    -------
    float64 ``[n_demes, n_demes]``
        Rows add up to 1, or to 0 where nobody settles.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> backward_migration(csr_array([[3.0, 2.0], [1.0, 2.0]]), np.array([0, 1]), 2)
    array([[0.75, 0.25],
           [0.5 , 0.5 ]])
    """
    from scipy import sparse

    of = np.asarray(deme, np.int64)
    pool = sparse.csr_array((np.ones(of.size), (np.arange(of.size), of)), (of.size, n_demes))
    came = (pool.T @ sparse.csr_array(flow, dtype=np.float64) @ pool).toarray().T
    settled = came.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(came, settled, out=np.zeros_like(came), where=settled > 0))


def coalescence_times(migration: F64, effective: F64) -> F64:
    """Return the mean generations back to the common ancestor of two gene copies.

    The solution of

        T_ij = 1 + sum_kl m_ik m_jl T_kl - sum_k m_ik m_jk T_kk / (2 N_k),

    two distinct copies, of one deme or of two; there is no mutation in it, and demes have always
    been as they are. For d equal islands ``T_ii = 2 N d`` (Strobeck 1987, Genetics 117:149-153).

    Parameters
    ----------
    migration : float64 ``[d, d]``
        Of :func:`backward_migration`.
    effective : float64 ``[d]``
        Effective animals of each deme; fewer than half a one count as that, which is one copy.

    Returns
    -------
    float64 ``[d, d]``
        Generations; inf where two copies need not have a common ancestor, NaN for demes where
        nobody settles.

    Raises
    ------
    CorridorSimError
        Rows that do not add up to 1, or genes from a deme without effective animals.
    ResourceError
        More than 100 demes.

    Examples
    --------
    >>> islands = np.array([[0.9, 0.1], [0.1, 0.9]])
    >>> coalescence_times(islands, np.array([50.0, 50.0])).round(2)
    array([[200.  , 203.56],
           [203.56, 200.  ]])
    """
    m, size, there = _checked(migration, effective)
    d = size.size
    meets = _meets(m)
    rows, columns = np.triu_indices(d)
    solved = meets[rows, columns]
    back = np.vstack([_step_back(m, size, i) for i in range(d)])[solved][:, solved]
    times = np.full((d, d), np.inf)
    i, j = rows[solved], columns[solved]
    times[i, j] = times[j, i] = np.linalg.solve(np.eye(i.size) - back, np.ones(i.size))
    return _spread(times, there)


def identity_by_descent(migration: F64, effective: F64, generations: int) -> F64:
    """Return the chance that two distinct gene copies stem from one copy of the founders.

        theta_ij' = sum_kl m_ik m_jl theta_kl + sum_k m_ik m_jk (1 - theta_kk) / (2 N_k)

    from founders of which no two copies are the same: what drift and gene flow do from today on, on
    top of whatever differences there are today.

    Parameters
    ----------
    migration, effective
        As for :func:`coalescence_times`.
    generations : int

    Returns
    -------
    float64 ``[generations + 1, d, d]``
        NaN for demes where nobody settles.

    Raises
    ------
    CorridorSimError
        As :func:`coalescence_times`.

    Examples
    --------
    >>> identity_by_descent(np.eye(1), np.array([50.0]), 2)[:, 0, 0]
    array([0.    , 0.01  , 0.0199])
    """
    m, size, there = _checked(migration, effective)
    out = np.full((generations + 1, there.size, there.size), np.nan)
    now = np.zeros((size.size, size.size))
    for generation in range(generations + 1):
        out[generation] = _spread(now, there)
        now = m @ (now + np.diag((1 - np.diag(now)) / (2 * size))) @ m.T
    return out


def fst_of_pairs(different: F64) -> F64:
    """Return F_ST of every pair of demes, ``1 - (D_ii + D_jj) / (2 D_ij)``.

    Parameters
    ----------
    different : float64 ``[..., d, d]``
        Chances that two copies differ, ``1 - identity_by_descent``, or mean times to their common
        ancestor, to which those are in proportion.

    Returns
    -------
    float64 ``[..., d, d]``
        0 alike to 1; 1 for demes that never exchange genes, where times are infinite. NaN on the
        diagonal and where nothing is known.

    Examples
    --------
    >>> fst_of_pairs(np.array([[1.0, 2.0], [2.0, 1.0]]))[0, 1]
    np.float64(0.5)
    """
    within, between = _within_and_between(different)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(1 - within / between)


def fst_of_all(different: F64, demes: NDArray[np.integer[Any]]) -> F64:
    """Return F_ST over all pairs of some demes, ``1 - sum D_within / sum D_between``.

    Parameters
    ----------
    different
        As for :func:`fst_of_pairs`.
    demes : int ``[n]``
        Such as those of the blocks, without that of the ground outside.

    Returns
    -------
    float64 ``[...]``

    Examples
    --------
    >>> fst_of_all(np.array([[1.0, 2.0], [2.0, 1.0]]), np.array([0, 1]))
    array(0.5)
    """
    chosen = np.asarray(different)[..., demes, :][..., demes]
    within, between = _within_and_between(chosen)
    i, j = np.triu_indices(len(demes), 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(1 - within[..., i, j].sum(axis=-1) / between[..., i, j].sum(axis=-1))


def diversity_kept(identity: F64, numbers: F64) -> F64:
    """Return the gene diversity of all animals together that is left, ``1 - sum w_i w_j theta_ij``.

    Parameters
    ----------
    identity : float64 ``[..., d, d]``
        Of :func:`identity_by_descent`.
    numbers : float64 ``[d]``
        Animals of each deme, whose shares are the weights; demes without any do not count.

    Returns
    -------
    float64 ``[...]``
        Share of the founders' expected heterozygosity, 1 at first. Within deme i it is ``1 -
        theta_ii``.

    Examples
    --------
    >>> diversity_kept(np.array([[0.2, 0.0], [0.0, 0.2]]), np.array([3.0, 1.0])).round(4)
    np.float64(0.875)
    """
    some = np.flatnonzero(np.asarray(numbers) > 0)
    share = np.asarray(numbers, np.float64)[some] / np.sum(np.asarray(numbers)[some])
    chosen = np.asarray(identity)[..., some, :][..., some]
    return np.asarray(1 - np.einsum("...ij,i,j->...", chosen, share, share))


def _within_and_between(different: F64) -> tuple[F64, F64]:
    """Return the mean of both demes of each pair, and the pairs with NaN on the diagonal."""
    between = np.array(different, np.float64)
    own = np.diagonal(between, axis1=-2, axis2=-1).copy()
    same = np.arange(between.shape[-1])
    between[..., same, same] = np.nan
    return (own[..., :, None] + own[..., None, :]) / 2, between


def _step_back(m: F64, size: F64, i: int) -> F64:
    """Return the weights of all pairs k <= l a generation back of pairs (i, j >= i)."""
    rows, columns = np.triu_indices(size.size)
    both = m[i][None, :, None] * m[i:, None, :]
    weights = both[:, rows, columns] + both[:, columns, rows]
    same = rows == columns
    # of two copies that come from deme k, one in 2 N is the same copy
    weights[:, same] *= (1 - 1 / (2 * size)) / 2
    return np.asarray(weights)


def _meets(m: F64) -> Mask:
    """Return for which pairs of demes the lines of two copies are sure to meet.

    Lines end in classes of demes that none leaves. They are sure to meet if there is but one such
    class that either can come to.
    """
    from scipy.sparse.csgraph import connected_components, shortest_path

    ways = (m > 0).astype(np.float64)
    comes = np.isfinite(shortest_path(ways, unweighted=True))
    _, of_class = connected_components(ways, connection="strong")
    last = np.array([np.all(of_class[row] == of_class[k]) for k, row in enumerate(comes)])
    ends = np.zeros((m.shape[0], of_class.max() + 1), bool)
    for k in np.flatnonzero(last):
        ends[:, of_class[k]] |= comes[:, k]
    return np.asarray((ends[:, None] | ends[None]).sum(axis=2) == 1)


def _spread(values: F64, there: Mask) -> F64:
    out = np.full((there.size, there.size), np.nan)
    out[np.ix_(there, there)] = values
    return out


def _checked(migration: F64, effective: F64) -> tuple[F64, F64, Mask]:
    """Return migration and sizes of the demes where somebody settles, and which they are."""
    m, size = np.asarray(migration, np.float64), np.asarray(effective, np.float64)
    if m.shape != (size.size, size.size):
        raise CorridorSimError(
            f"migration of {m.shape} between {size.size} demes",
            where="migration",
            remedy="give one row and one column a deme",
        )
    total = m.sum(axis=1)
    there = np.asarray(total != 0)
    if not (np.all(m >= 0) and np.allclose(total[there], 1.0, rtol=0, atol=_ROUNDING)):
        raise CorridorSimError(
            "a row that does not add up to 1", where="migration", remedy="give shares of genes"
        )
    source = np.flatnonzero(there | (m > 0).any(axis=0))
    bad = source[~((size[source] > 0) & np.isfinite(size[source])) | ~there[source]]
    if bad.size:
        raise CorridorSimError(
            f"deme {bad[0]} has {size[bad[0]]:g} effective animals, and genes come from it",
            where="effective",
            remedy="give more than none, or pool this deme with another",
        )
    if source.size > MOST_DEMES:
        raise ResourceError(
            f"{source.size} demes", where="genes", remedy=f"pool them to {MOST_DEMES} at most"
        )
    return m[np.ix_(there, there)], np.maximum(size[there], 0.5), there
