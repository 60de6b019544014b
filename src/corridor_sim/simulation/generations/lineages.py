"""Who descends from whom: whether and when the descent of one block reaches another.

A *flow* says how many animals born at a tile in a year settle at another; a *turnover* how many
residents a tile loses. Divided, they are the next-generation matrix

    M_ij = flow_ij / turnover_i,

the expected animals that settle at j among the young that one animal settled at i leaves in its
life (Caswell 2001, Matrix Population Models, 2nd ed., Sinauer, ch. 5). Where numbers stand still,
inflow equals turnover, ``sum_i turnover_i M_ij = turnover_j``, and one animal leaves one.

Descent is a branching process with one type a tile (Athreya & Ney 1972, Branching Processes,
Springer, ch. V): an animal leaves a number of settled young, each of which takes its tile j with
probability ``M_ij / sum_k M_ik`` whatever the others do. The number is Poisson, or, with a *spread*
above 1, negative binomial with a variance of so many times its mean
(:func:`.lifetimes.spread_of_young`): more animals then leave no one, and lines take longer.

Each young counts half for either parent, hence M as it is; what is followed is the line of one gene
and not everybody who has an ancestor there. An animal that lives today counts as one that has just
settled.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import CorridorSimError, counted

F64 = NDArray[np.float64]
I16 = NDArray[np.int16]
Mask = NDArray[np.bool_]
# generations after which nobody waits any longer
AT_MOST = 100


def next_generation(flow: Any, turnover: F64) -> Any:
    """Return the settled young that one animal leaves in its life, ``M_ij = flow_ij / turnover_i``.

    Parameters
    ----------
    flow : scipy sparse ``[T, T]``
        Animals a year born at i that settle at j.
    turnover : float64 ``[T]``
        Residents that tile i loses a year.

    Returns
    -------
    scipy.sparse.csr_array ``[T, T]``
        Animals per animal. Rows of tiles that lose nobody are 0.

    Raises
    ------
    CorridorSimError
        Sizes that misfit, values below 0, or young of a tile where nobody lives.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> next_generation(csr_array([[1.0, 3.0], [0.0, 2.0]]), np.array([4.0, 2.0])).toarray()
    array([[0.25, 0.75],
           [0.  , 1.  ]])
    """
    from scipy import sparse

    moves = sparse.csr_array(flow, dtype=np.float64)
    lost = np.asarray(turnover, np.float64)
    if moves.shape != (lost.size, lost.size):
        raise CorridorSimError(
            f"a flow of {moves.shape} for {counted(lost.size, 'tile')}",
            where="flow",
            remedy="give one row and one column a tile",
        )
    for name, values in (("flow", moves.data), ("turnover", lost)):
        if not np.all((values >= 0) & np.isfinite(values)):
            raise CorridorSimError("a value that is no number of animals", where=name)
    born = np.asarray(moves.sum(axis=1)).reshape(-1)
    empty = (lost == 0) & (born > 0)
    if empty.any():
        raise CorridorSimError(
            f"tile {int(np.argmax(empty))} sends {float(born[empty][0]):.3g} young a year and has "
            "no resident to lose",
            where="turnover",
            remedy="leave out what is born where nobody lives",
        )
    each = np.divide(1.0, lost, out=np.zeros_like(lost), where=lost > 0)
    return sparse.csr_array(sparse.diags_array(each) @ moves)


def chance_not_reached(means: Any, target: Mask, generations: int, *, spread: float = 1.0) -> F64:
    """Return the chance that no descendant of one animal settles in a target in time.

    The generating function of the process, applied once a generation, with q = 0 on the target and
    1 elsewhere at first. With ``h_i = sum_j M_ij (1 - q_j(g))`` and ``m_i = sum_j M_ij``,

        q_i(g + 1) = exp(-h_i),  and for a spread s > 1  (1 + (s - 1) h_i / m_i)^(-m_i / (s - 1)).

    Exact for that process (Athreya & Ney 1972, ch. V).

    Parameters
    ----------
    means : scipy sparse ``[T, T]``
        Of :func:`next_generation`.
    target : bool ``[T]`` or ``[T, k]``
        Tiles of the target, or of k targets.
    generations : int
        1 is the young of today's animals.
    spread : float
        Variance over mean of the settled young that an animal leaves, from 1.

    Returns
    -------
    float64, shaped as ``target``
        By the tile where the animal lives; 0 on the target itself.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> half = csr_array([[0.5, 0.5], [0.0, 1.0]])
    >>> chance_not_reached(half, np.array([False, True]), 1).round(4)
    array([0.6065, 0.    ])
    """
    reached = np.asarray(target, np.float64)
    young = _Young.of(means, spread)
    for _ in range(generations):
        reached = np.where(target, 1.0, -np.expm1(young.log_none(reached)))
    return 1.0 - reached


def chance_reached(
    flow: Any,
    turnover: F64,
    numbers: F64,
    block: I16,
    n_blocks: int,
    generations: Sequence[int],
    *,
    spread: float = 1.0,
) -> F64:
    """Return the chance that the descent of a block has settled in another after some generations.

    ``1 - prod_{i in A} q_i(g)^numbers_i`` with q of :func:`chance_not_reached`: animals of A are
    the founders of independent families.

    Parameters
    ----------
    flow, turnover
        As for :func:`next_generation`.
    numbers : float64 ``[T]``
        Residents.
    block : int16 ``[T]``
        Block of each tile, 0 = outside.
    n_blocks : int
    generations : sequence of int
        From 1.
    spread : float
        As for :func:`chance_not_reached`.

    Returns
    -------
    float64 ``[len(generations), n_blocks + 1, n_blocks + 1]``
        From A (row) to B (column); 1 on the diagonal, NaN from and to 0, which is no block.
    """
    wanted = list(generations)
    out = np.full((len(wanted), n_blocks + 1, n_blocks + 1), np.nan)
    steps = _log_not_reached(next_generation(flow, turnover), numbers, block, n_blocks, spread)
    for generation, log_not in zip(range(1, max(wanted, default=0) + 1), steps, strict=False):
        for place, one in enumerate(wanted):
            if one == generation:
                out[place, 1:, 1:] = -np.expm1(log_not)
    same = np.arange(1, n_blocks + 1)
    out[:, same, same] = 1.0
    return out


def generations_to_reach(
    flow: Any,
    turnover: F64,
    numbers: F64,
    block: I16,
    n_blocks: int,
    *,
    at_most: int = AT_MOST,
    chance: float = 0.5,
    spread: float = 1.0,
) -> F64:
    """Return the generations until block B is reached from A with a given chance.

    The first g at which :func:`chance_reached` is at least ``chance``. Between whole generations
    the logarithm of the chance *not* to have reached B is taken to fall evenly, so that times of
    alternatives that differ by less than a generation can be compared.

    Parameters
    ----------
    flow, turnover, numbers, block, n_blocks
        As for :func:`chance_reached`.
    at_most : int
    chance : float
        Between 0 and 1, both excluded.
    spread : float
        As for :func:`chance_not_reached`.

    Returns
    -------
    float64 ``[n_blocks + 1, n_blocks + 1]``
        Generations, from A (row) to B (column); inf where B is not reached within ``at_most``, 0 on
        the diagonal, NaN from and to 0, which is no block.

    Raises
    ------
    CorridorSimError
        A chance of 0 or 1, or arrays that misfit.

    Examples
    --------
    Two animals of block 1, of which each sends one young in four to block 2:

    >>> from scipy.sparse import csr_array
    >>> moves = csr_array([[1.5, 0.5], [0.0, 2.0]])
    >>> two = np.array([2.0, 2.0])
    >>> generations_to_reach(moves, two, two, np.array([1, 2], np.int16), 2)[1, 2].round(3)
    np.float64(1.582)
    """
    if not 0 < chance < 1:
        raise CorridorSimError(
            f"{chance:g}", where="chance", remedy="give one between 0 and 1, both excluded"
        )
    enough = np.log1p(-chance)
    found = np.full((n_blocks, n_blocks), np.inf)
    np.fill_diagonal(found, 0.0)
    before = np.zeros((n_blocks, n_blocks))
    steps = _log_not_reached(next_generation(flow, turnover), numbers, block, n_blocks, spread)
    for generation, now in zip(range(1, at_most + 1), steps, strict=False):
        new = np.isinf(found) & (now <= enough)
        found[new] = generation - 1 + (before[new] - enough) / (before[new] - now[new])
        if np.isfinite(found).all():
            break
        before = now
    out = np.full((n_blocks + 1, n_blocks + 1), np.nan)
    out[1:, 1:] = found
    return out


def members(block: I16, n_blocks: int) -> Mask:
    """Return which tiles belong to which block, bool ``[T, n_blocks]``; the first column is 1."""
    mine: Mask = np.asarray(block)[:, None] == np.arange(1, n_blocks + 1)
    return mine


@dataclass(frozen=True, slots=True)
class _Young:
    """The law of settled young: their means and spread."""

    means: Any
    mean: F64  # [T, 1]
    excess: float

    @classmethod
    def of(cls, means: Any, spread: float) -> _Young:
        """Check the spread."""
        if not 1 <= spread < np.inf:
            raise CorridorSimError(f"{spread:g}", where="spread", remedy="give 1 or more")
        mean = np.asarray(means.sum(axis=1), np.float64).reshape(-1, 1)
        return cls(means, np.where(mean > 0, mean, 1.0), spread - 1.0)

    def log_none(self, reached: F64) -> F64:
        """Return the logarithm of the chance that none of the young has reached the target."""
        h = self.means @ reached
        if self.excess == 0:
            return np.asarray(-h)
        mean = self.mean.reshape(-1) if h.ndim == 1 else self.mean
        return np.asarray(-mean / self.excess * np.log1p(self.excess * h / mean))


def _log_not_reached(
    means: Any, numbers: F64, block: I16, n_blocks: int, spread: float
) -> Iterator[F64]:
    """Yield ``log prod q^numbers`` from A to B, ``[n_blocks, n_blocks]``, generation by generation.

    Chances are kept as those to *have* reached, which may be as small as they are.
    """
    if not np.shape(block) == np.shape(numbers) == (means.shape[0],):
        raise CorridorSimError(
            f"{counted(np.size(numbers), 'number')} and {counted(np.size(block), 'block')} for "
            f"{counted(means.shape[0], 'tile')}",
            where="numbers",
            remedy="give one of each a tile",
        )
    target = members(block, n_blocks)
    founders = target * np.asarray(numbers, np.float64)[:, None]
    reached, young = target.astype(np.float64), _Young.of(means, spread)
    while True:
        none = young.log_none(reached)
        yield founders.T @ none
        reached = np.where(target, 1.0, -np.expm1(none))
