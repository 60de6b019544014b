"""Whether animals hold out: growth of next-generation matrices, and metapopulation capacity."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
# classes of tiles up to this size are solved densely
DENSE = 200


def spectral_radius(matrix: Any) -> float:
    """Return the dominant eigenvalue of a matrix without entries below 0.

    Of a next-generation matrix M it is the growth of numbers per generation in the long run: 1
    where numbers stand still, and with M at low numbers that of an empty landscape, which persists
    if it lies above 1 (Caswell 2001, Matrix Population Models, 2nd ed., Sinauer, ch. 5). A matrix
    falls into classes of tiles that reach one another, and its eigenvalues are theirs; in a class
    the dominant one is real and single (Perron-Frobenius), and ``M + m I``, m the largest entry,
    has no other of its size.

    Parameters
    ----------
    matrix : scipy sparse or float64 ``[T, T]``

    Examples
    --------
    >>> round(spectral_radius(np.array([[0.0, 4.0], [1.0, 0.0]])), 12)
    2.0
    """
    from scipy import sparse
    from scipy.sparse.csgraph import connected_components

    whole = sparse.csr_array(matrix, dtype=np.float64)
    whole.eliminate_zeros()
    _, of_class = connected_components(whole, connection="strong")
    sizes = np.bincount(of_class)
    largest = float(np.max(whole.diagonal(), initial=0.0))
    for one in np.flatnonzero(sizes > 1):
        own = np.flatnonzero(of_class == one)
        largest = max(largest, _of_class(whole[own][:, own]))
    return largest


def _of_class(matrix: Any) -> float:
    from scipy import sparse
    from scipy.sparse.linalg import eigs

    n = matrix.shape[0]
    if n <= DENSE:
        return float(np.max(np.linalg.eigvals(matrix.toarray()).real))
    shift = float(matrix.data.max())
    apart = sparse.csr_array(matrix + shift * sparse.eye_array(n))
    # from a fixed start, so that every call gives the same digits
    values = eigs(apart, k=1, which="LM", v0=np.ones(n), return_eigenvectors=False)
    return float(values[0].real) - shift


def landscape_matrix(migrants: F64, numbers: F64) -> F64:
    """Return the landscape matrix of blocks, ``m_ij = numbers_i migrants_ji``, 0 on the diagonal.

    That of Hanski & Ovaskainen (2000, Nature 404:755-758), ``A_i A_j exp(-alpha d_ij)``, says how
    much an occupied patch j does for patch i: by what arrives from it, ``A_j exp(-alpha d_ij)``,
    and by how long i then holds out, ``A_i / e``. Here animals that arrive, simulated, stand for
    the former, and residents for area.

    Parameters
    ----------
    migrants : float64 ``[n, n]``
        Animals per generation that come from i (row) into j, as ``Migrants.total``; the diagonal
        does not count.
    numbers : float64 ``[n]``
        Residents.

    Returns
    -------
    float64 ``[n, n]``
        Animals^2 per generation.
    """
    matrix = np.asarray(numbers, np.float64)[:, None] * np.asarray(migrants, np.float64).T
    np.fill_diagonal(matrix, 0.0)
    return matrix


def metapopulation_capacity(migrants: F64, numbers: F64) -> float:
    """Return the metapopulation capacity of the blocks, the dominant eigenvalue of their matrix.

    In Levins' model with blocks of their own, of which p_i is the chance to be occupied,

        dp_i / dt = c sum_j migrants_ji p_j (1 - p_i) - (e / numbers_i) p_i,

    blocks stay occupied for ever if and only if the capacity lies above ``e / c`` (Hanski &
    Ovaskainen 2000, Nature 404:755-758; Ovaskainen & Hanski 2001, Theor. Popul. Biol. 60:281-302).
    c is the chance that an arriving animal founds a population; ``e / numbers`` is the chance per
    generation that one is lost. Both are hard to know, which is why capacities are compared and not
    read: a plan that doubles it bears twice the losses.

    Parameters
    ----------
    migrants, numbers
        As for :func:`landscape_matrix`. Rows of 0, as of ground outside, change nothing.

    Returns
    -------
    float
        Animals^2 per generation; 0 where no lines lead there and back.

    Examples
    --------
    >>> swapped = np.array([[0.0, 2.0], [2.0, 0.0]])
    >>> round(metapopulation_capacity(swapped, np.array([50.0, 50.0])), 9)
    100.0
    """
    return spectral_radius(landscape_matrix(migrants, numbers))
