"""Migrants of many generations: whose descent comes into which block through ground outside.

Young that leave block A and settle outside have young in their turn, and so on. The chain ends
where a descendant settles in any block: it is absorbed there (Kemeny & Snell 1960, Finite Markov
Chains, ch. 3; with numbers of young for probabilities, the matrix is the next-generation matrix of
:mod:`.lineages`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import CorridorSimError, ScenarioError
from corridor_sim.simulation.generations.lineages import I16, Mask, members, next_generation

F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Migrants:
    """Animals per generation that come into block B and descend from block A.

    Attributes
    ----------
    direct : float64 ``[n_blocks + 1, n_blocks + 1]``
        Born in A and settled in B; on the diagonal those that stay.
    through : float64 ``[n_blocks + 1, n_blocks + 1]``
        Born outside all blocks, of a line that left A and has met no block since, A included. On
        the diagonal: lines that came back.

    Rows are A, columns B; those of 0, which is no block, are 0.
    """

    direct: F64
    through: F64

    @property
    def total(self) -> F64:
        """Both together; columns add up to all animals that settle in B in a generation."""
        return self.direct + self.through


def migrants_through(
    flow: Any,
    turnover: F64,
    block: I16,
    n_blocks: int,
    generation_y: float,
    *,
    at_most: int | None = None,
) -> Migrants:
    """Return who comes into which block from which, over any number of generations outside.

    With ``M`` the next-generation matrix, ``o`` the tiles outside and u the turnover,

        through_AB = generation_y * sum_{i in A} u_i [M_io (I - M_oo)^-1 M_oB],

    in which ``u_i M_io`` is the flow itself. Lines are followed until they meet a block: one that
    passes through C counts for A to C, and what goes on from there for C. Where numbers stand
    still, everybody who settles in a block descends in this way from some block or from ground
    outside that keeps itself up. Exact expectations: means add, whatever the law of numbers.

    The inverse is there if ``rho(M_oo) < 1``, that is, if what lives outside without blocks dies
    out. Only tiles on some way from a block to a block are looked at, others change nothing. For
    matrices with no entry below 0 the condition holds if and only if the solution of ``(I - M_oo) x
    = 1`` is positive (Berman & Plemmons 1994, Nonnegative Matrices, SIAM, theorem 6.2.3), and so it
    is checked. At equilibrium it holds: each such tile then takes in lines of blocks.

    Parameters
    ----------
    flow, turnover
        As for :func:`.lineages.next_generation`.
    block : int16 ``[T]``
    n_blocks : int
    generation_y : float
    at_most : int, optional
        Count only lines that take so many generations at most from block to block: 1 = direct
        alone, 2 = one home outside on the way. The sum then always ends.

    Returns
    -------
    Migrants
        Animals per generation.

    Raises
    ------
    CorridorSimError
        Animals outside the blocks multiply without end, so that migrants would be infinite.

    Examples
    --------
    Half of what is born on the tile between two blocks stays there, a quarter goes to each:

    >>> from scipy.sparse import csr_array
    >>> moves = csr_array([[3.0, 1.0, 0.0], [1.0, 2.0, 1.0], [0.0, 1.0, 3.0]])
    >>> four = np.array([4.0, 4.0, 4.0])
    >>> found = migrants_through(moves, four, np.array([1, 0, 2], np.int16), 2, 5.0)
    >>> found.direct[1, 2], found.through[1, 2].round(9)
    (np.float64(0.0), np.float64(2.5))
    """
    from scipy import sparse

    means = next_generation(flow, turnover)
    moves = sparse.csr_array(flow, dtype=np.float64)
    target = sparse.csr_array(members(block, n_blocks).astype(np.float64))
    direct = (target.T @ moves @ target).toarray()
    outside = np.flatnonzero(_between_blocks(means, np.asarray(block)))
    through = np.zeros_like(direct)
    if outside.size and (at_most is None or at_most > 1):
        ends, on = (means @ target)[outside].toarray(), means[outside][:, outside]
        lines = ends if at_most else _solved(on, ends)
        for _ in range(2, at_most or 2):
            lines = ends + on @ lines
        through = (target.T @ moves[:, outside]) @ lines
    found = [np.zeros((n_blocks + 1, n_blocks + 1)) for _ in range(2)]
    found[0][1:, 1:], found[1][1:, 1:] = generation_y * direct, generation_y * through
    return Migrants(*found)


def pairs_without_path(flow: Any, block: I16, n_blocks: int) -> list[tuple[int, int]]:
    """Return the pairs of blocks between which no line of descent can lead, in any generation.

    Ways may lead through any tile and any other block.

    Parameters
    ----------
    flow : scipy sparse ``[T, T]``
        Only whether a value is above 0 counts.
    block : int16 ``[T]``
    n_blocks : int

    Returns
    -------
    list of (from, to)
        In order; blocks that hold no tile have no path.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> pairs_without_path(csr_array([[1.0, 0.2], [0.0, 1.0]]), np.array([1, 2], np.int16), 2)
    [(2, 1)]
    """
    target = members(block, n_blocks)
    pairs = []
    for start in range(n_blocks):
        met = np.asarray(target[_reached_from(flow, target[:, start])].any(axis=0))
        pairs += [(start + 1, end + 1) for end in range(n_blocks) if end != start and not met[end]]
    return pairs


def refuse_without_path(flow: Any, block: I16, n_blocks: int, *, species: str) -> None:
    """Refuse a species of which no line of descent leads from any block to another.

    Raises
    ------
    ScenarioError
        One line that names the species.
    """
    if len(pairs_without_path(flow, block, n_blocks)) == n_blocks * (n_blocks - 1):
        raise ScenarioError(
            "no path leads from any block of core areas to another, in any number of generations",
            where=species,
            remedy="leave this species out, or add links or dispersers that join blocks",
        )


def _reached_from(flow: Any, start: Mask) -> NDArray[np.intp]:
    """Return the tiles to which a line of descent can lead from some tiles, these included."""
    from scipy import sparse
    from scipy.sparse.csgraph import breadth_first_order

    ways = sparse.csr_array(flow, dtype=np.float64)
    # one more place from which one gets to all starts
    first = sparse.csr_array(np.append(start, False).astype(np.float64)[None])
    ways.resize((start.size, start.size + 1))
    ways = sparse.csr_array(sparse.vstack([ways, first]))
    ways.eliminate_zeros()
    order = breadth_first_order(ways, start.size, return_predecessors=False)
    return np.asarray(order[order < start.size], np.intp)


def _between_blocks(means: Any, block: I16) -> Mask:
    """Return the tiles outside blocks that lie on some way from a block to a block."""
    on = np.zeros((2, block.size), bool)
    on[0, _reached_from(means, block > 0)] = True
    on[1, _reached_from(means.T, block > 0)] = True
    return np.asarray(on.all(axis=0) & (block == 0))


def _solved(moves: Any, ends: F64) -> F64:
    """Return ``(I - moves)^-1 ends``, ``[o, n]``, if the inverse is the sum of all powers."""
    from scipy import sparse
    from scipy.sparse.linalg import splu

    n = moves.shape[0]
    both = np.column_stack([ends, np.ones(n)])
    try:
        solution = splu(sparse.csc_array(sparse.eye_array(n) - moves)).solve(both)
    except RuntimeError:  # exactly singular
        solution = np.full(both.shape, np.nan)
    if not np.all(solution[:, -1] > 0):
        raise CorridorSimError(
            "animals that settle outside the blocks leave one young or more each, so that their "
            "number without the blocks would never fall",
            where="flow",
            remedy="count lines where numbers have settled, or as generations to reach a block",
        )
    return np.asarray(solution[:, :-1])
