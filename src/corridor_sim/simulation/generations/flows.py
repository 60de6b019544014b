"""From years in expectation to a flow between units: who settles where, born where.

A *unit* is a stratum of tiles (:class:`.tiles.Tiles`): squares of one block, or of ground outside,
whose young start on the same walks. What is born there and what settles there are counted alike, so
that where numbers stand still inflow is turnover, unit by unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.simulation.generations.machine import Kind, Ran
from corridor_sim.simulation.generations.projection import Met, Numbers, Projection, Year
from corridor_sim.simulation.generations.tiles import Tiles
from corridor_sim.simulation.generations.walks import Walks

F64 = NDArray[np.float64]
# numbers are at rest when a generation changes them by less than this share
AT_REST = 1e-3
# years after which nobody waits for rest any longer
REST_AT_MOST_Y = 300
# numbers so low that crowding is all but gone, as a share of those at rest
FEW = 0.1
# generations of lines that are followed where their sum has no end
LINES = 10


@dataclass(frozen=True, slots=True)
class Flow:
    """First homes of a year between units.

    Attributes
    ----------
    moves : scipy sparse ``[unit, unit]``
        Animals a year born at i that settle at j.
    turnover, numbers : float64 ``[unit]``
        Residents that died in the year, and residents at its end.
    block : int16 ``[unit]``
        0 = outside core areas.
    """

    moves: Any
    turnover: F64
    numbers: F64
    block: NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Rest:
    """Where numbers come to if the last landscape stays.

    Attributes
    ----------
    year : Year
        The last one.
    flow : Flow
        Of that year.
    years : int
        How long it took.
    settled : bool
        Whether they stand still; else they were still changing after the most years.
    """

    year: Year
    flow: Flow
    years: int
    settled: bool


def unit_blocks(tiles: Tiles) -> NDArray[np.int16]:
    """Return the block of each unit."""
    block = np.zeros(tiles.n_strata, np.int16)
    block[tiles.stratum] = tiles.block
    return block


def flow_of(tiles: Tiles, walks: Walks, homes: F64, lost: F64, residents: F64) -> Flow:
    """Return the flow of a year between units.

    Parameters
    ----------
    homes : float64 ``[walk, (years + 1) x occasions, OPTIONS]``
        First homes by walk, of :meth:`.projection.Projection.year`.
    lost, residents : float64 ``[tile]``
        Of the year.
    """
    from scipy import sparse

    n, last = tiles.n_strata, walks.home.shape[0] - 1
    # after its years a walk goes on looking where it ended
    slot = np.minimum(np.arange(homes.shape[1]), last)
    walk, at, option = np.nonzero(homes)
    end = tiles.stratum[walks.home[slot[at], walk, option]]
    start = tiles.stratum[walks.tile[walk]]
    moves = sparse.csr_array((homes[walk, at, option], (start, end)), shape=(n, n))
    moves.sum_duplicates()
    turnover = np.bincount(tiles.stratum, lost, minlength=n).astype(np.float64)
    # young that are still on their way from where nobody lives any longer have no parents there
    keep = sparse.diags_array((turnover > 0).astype(np.float64))
    numbers = np.bincount(tiles.stratum, residents, minlength=n).astype(np.float64)
    return Flow(sparse.csr_array(keep @ moves), turnover, numbers, unit_blocks(tiles))


def flow_of_run(kind: Kind, ran: Ran) -> Flow:
    """Return the flow of the last year of a run that kept its first homes."""
    assert ran.flow is not None, "runs for flows keep first homes"
    year = ran.years[-1]
    return flow_of(kind.tiles, ran.last.walks, ran.flow, year.lost, year.residents)


def mean_flow(flows: Sequence[Flow]) -> Flow:
    """Return the mean of the flows of several replicates, whose units are the same."""
    n = len(flows)
    moves = flows[0].moves
    for one in flows[1:]:
        moves = moves + one.moves
    turnover, numbers = (
        np.asarray(sum(getattr(one, name) for one in flows) / n) for name in ("turnover", "numbers")
    )
    return Flow(moves / n, turnover, numbers, flows[0].block)


def come_to_rest(projection: Projection, met: Met, numbers: Numbers, generation_y: float) -> Rest:
    """Return where numbers come to on a landscape that stays as it is.

    Parameters
    ----------
    numbers : Numbers
        To begin with; they are left as they are.
    generation_y : float
        Numbers are at rest when they change by less than ``AT_REST`` in so many years.
    """
    now, span = numbers.copy(), max(1, round(generation_y))
    before, settled, passed = now.independent, False, 0
    while passed < REST_AT_MOST_Y and not settled:
        for _ in range(span):
            projection.year(now, met)
        passed += span
        settled = abs(now.independent - before) <= AT_REST * before
        before = now.independent
    homes = projection.no_flow(met)
    year = projection.year(now, met, homes)
    flow = flow_of(projection.tiles, met.walks, homes, year.lost, year.residents)
    return Rest(year, flow, passed, settled)


def growth_of_few(projection: Projection, met: Met, numbers: Numbers, generation_y: float) -> float:
    """Return the yearly growth where few are left: numbers all over at a tenth of these.

    They grow for two generations: in the first, ages come to what they are in a population that
    grows; of the second the mean rate is told. Places keep their shares, and mates are as hard to
    find as so few make it.

    Returns
    -------
    float
        Share a year; 0.02 = 2 % more every year.
    """
    few, span = numbers.copy(), max(1, round(generation_y))
    for one in (few.residents, few.young, few.searching):
        one *= FEW
    for _ in range(span):
        projection.year(few, met)
    before = few.independent
    for _ in range(span):
        projection.year(few, met)
    if not before > 0:
        return -1.0
    return float((few.independent / before) ** (1.0 / span) - 1.0)


def stepping_stones(flow: Flow, n_blocks: int) -> F64:
    """Return how many lines between two different blocks have a home at each unit outside.

    Animals a year: of the lines that leave A and end in B, summed over all pairs, those that pass
    through the unit, each as often as it has a home there,

        sum_{A != B} [u_A M_Ao (I - M_oo)^-1]_k [(I - M_oo)^-1 M_oB]_k,

    the expected visits of an absorbing chain (Kemeny & Snell 1960, Finite Markov Chains, ch. 3). 0
    in blocks. Where animals outside multiply without end, so that the inverse is not there, its
    first ten terms stand for it.

    Examples
    --------
    Half of what is born on the tile between two blocks stays there, a quarter goes to each, so that
    half an animal comes into each block from the other, after two homes in between:

    >>> from scipy.sparse import csr_array
    >>> moves = csr_array([[3.0, 1.0, 0.0], [1.0, 2.0, 1.0], [0.0, 1.0, 3.0]])
    >>> four = np.array([4.0, 4.0, 4.0])
    >>> stepping_stones(Flow(moves, four, four, np.array([1, 0, 2], np.int16)), 2).round(9)
    array([0., 2., 0.])
    """
    from scipy import sparse

    found = np.zeros(flow.block.size)
    outside = np.flatnonzero(flow.block == 0)
    of_block = sparse.csr_array(
        (flow.block[:, None] == np.arange(1, n_blocks + 1)).astype(np.float64)
    )
    if not outside.size:
        return found
    each = np.divide(1.0, flow.turnover, out=np.zeros_like(flow.turnover), where=flow.turnover > 0)
    means = sparse.csr_array(sparse.diags_array(each) @ flow.moves)
    on = means[outside][:, outside]
    leave = (of_block.T @ flow.moves)[:, outside].toarray()
    visits = _summed(sparse.csr_array(on.T), leave.T)
    arrive = _summed(on, (means @ of_block)[outside].toarray())
    both = visits.sum(axis=1) * arrive.sum(axis=1) - (visits * arrive).sum(axis=1)
    found[outside] = np.maximum(both, 0.0)
    return found


def _summed(on: Any, ends: F64) -> F64:
    """Return ``sum_g on^g ends``, of ten generations where the sum has no end."""
    from scipy import sparse
    from scipy.sparse.linalg import splu

    both = np.column_stack([ends, np.ones(on.shape[0])])
    try:
        solved = splu(sparse.csc_array(sparse.eye_array(on.shape[0]) - on)).solve(both)
        if np.all(solved[:, -1] > 0):
            return np.asarray(solved[:, :-1])
    except RuntimeError:  # exactly singular
        pass
    total = now = ends
    for _ in range(1, LINES):
        now = on @ now
        total = total + now
    return np.asarray(total)
