"""Where protected blocks come closest to joining: least-cost joins between them.

A *block* is a connected patch of protected ground (cells touching by an edge or corner); areas that
already touch are one block. Spreading from all blocks at once over a cost surface gives every cell
its nearest block, and where the territories of two blocks meet, the cheapest meeting point gives
the least-cost path between them. These meetings hold a minimum spanning tree of all block-to-block
least-cost distances (Mehlhorn 1988, doi:10.1016/0020-0190(88)90066-X).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label

from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.routing import NEIGHBOURS, REACH, first_arrival, shifted, step_costs

F64 = NDArray[np.float64]

COST_NATURAL = 1.0
COST_FARMED = 10.0
COST_BUILT = 100.0
COST_ROAD = (0.0, 5.0, 15.0, 0.0)
"""Cost of leading a join across one cell, relative to natural cover; a road of class 1 or 2 adds
its own, one with a crossing structure none. Assumption in the order of published resistances:
farmed ground 12 to 25 times forest, settlement and mine 60 to 100, gravel road 8, paved road 25,
taken at the lower end because land for a reserve is bought by negotiation, not crossed by
chance."""


@dataclass(frozen=True, slots=True)
class Join:
    """The least-cost path between two blocks of protected ground.

    Attributes
    ----------
    between : tuple of two str
        Names of the core areas at its ends; ``""`` for protected ground without a name.
    cost : float
        Cost of the path in natural kilometres: 1 for each km of natural cover.
    length_km : float
        Length from block to block.
    cells : ndarray of int64, ``[n]``
        Flat indices along the path, both ends inside the blocks.
    """

    between: tuple[str, str]
    cost: float
    length_km: float
    cells: NDArray[np.int64]


def join_cost(land: Landscape) -> F64:
    """Cost of leading a join across each cell, ``[height, width]``, at least 1.

    Infinite where there is no ground.
    """
    cover = land["land_cover"]
    cost = np.where(land.covers.has(cover, "natural"), COST_NATURAL, COST_FARMED)
    cost[land.covers.has(cover, "settlement") | land.covers.has(cover, "mine")] = COST_BUILT
    if land.outside is not None:
        cost[land.outside] = np.inf
    return np.asarray(cost + np.array(COST_ROAD)[land["road"]])


def find_joins(land: Landscape, zones: frozenset[int] = frozenset()) -> list[Join]:
    """Return the joins that tie protected blocks together, cheapest first.

    Each join links two groups of blocks that no cheaper join has linked (Kruskal's rule), so there
    is one join fewer than there are blocks that can be reached. Ties go to the north-western join.

    Parameters
    ----------
    land : Landscape
        With the ``protection`` layer.
    zones : frozenset of int
        Core areas to join; a block counts if it holds one of them. Empty: all blocks.
    """
    blocks, n_blocks = label(land["protection"] > 0, np.ones((3, 3)))
    if zones:
        wanted = np.unique(blocks[np.isin(land["protected"], sorted(zones))])
        blocks = np.where(np.isin(blocks, wanted), blocks, 0)
        n_blocks = int(blocks.max())
    if n_blocks < 2:
        return []
    cost = join_cost(land)
    far, came_from = first_arrival(step_costs(cost), np.where(blocks > 0, 0.0, np.inf))
    origin = origins(came_from, far)
    owner = np.where(origin >= 0, blocks.reshape(-1)[np.maximum(origin, 0)], 0)
    joins: list[Join] = []
    group = list(range(n_blocks + 1))
    cell_km = land.grid.cell_m / 1000.0
    for length, a, b in meetings(far, owner, cost):
        ga, gb = (_root(group, int(owner.reshape(-1)[i])) for i in (a, b))
        if ga == gb:
            continue
        group[max(ga, gb)] = min(ga, gb)
        cells = np.array([*trace(came_from, a)[::-1], *trace(came_from, b)], np.int64)
        names = tuple(_name(land, int(i)) for i in (cells[0], cells[-1]))
        rows, cols = np.unravel_index(cells, land.grid.shape)
        span = float(np.hypot(np.diff(rows), np.diff(cols)).sum()) * cell_km
        joins.append(Join((names[0], names[1]), length * cell_km, span, cells))
    return joins


def origins(came_from: NDArray[np.int64], far: F64) -> NDArray[np.int64]:
    """Flat index of the start from which each cell was reached, -1 where none reaches."""
    here = np.arange(far.size, dtype=np.int64)
    before = came_from.reshape(-1)
    jump = np.where(before >= 0, before, here)
    while True:  # pointer doubling: the number of rounds is the log of the longest path
        further = jump[jump]
        if np.array_equal(further, jump):
            break
        jump = further
    reached = np.isfinite(far)
    return np.where(reached, jump.reshape(far.shape), -1)


def meetings(far: F64, owner: NDArray[Any], cost: F64) -> list[tuple[float, int, int]]:
    """Cheapest meeting of each pair of neighbouring territories: (cost, cell, cell), sorted."""
    index = np.arange(far.size, dtype=np.int64).reshape(far.shape)
    total, here, there, pair = [], [], [], []
    for offset, reach in zip(NEIGHBOURS[4:], REACH[4:], strict=True):
        other = shifted(owner, offset, 0)
        border = (owner > 0) & (other > 0) & (owner != other)
        across = 0.5 * reach * (cost + shifted(cost, offset, np.inf))
        total.append((far + across + shifted(far, offset, np.inf))[border])
        here.append(index[border])
        there.append(shifted(index, offset, -1)[border])
        low, high = np.minimum(owner, other)[border], np.maximum(owner, other)[border]
        pair.append(low.astype(np.int64) * (int(owner.max()) + 1) + high)
    costs, a, b, pairs = (np.concatenate(v) for v in (total, here, there, pair))
    order = np.lexsort((b, a, costs))
    _, first = np.unique(pairs[order], return_index=True)
    return [(float(costs[i]), int(a[i]), int(b[i])) for i in order[np.sort(first)]]


def trace(came_from: NDArray[np.int64], cell: int) -> list[int]:
    """Flat indices from a cell back to the start that it was reached from."""
    before = came_from.reshape(-1)
    path = [cell]
    while before[path[-1]] >= 0:
        path.append(int(before[path[-1]]))
    return path


def _root(group: list[int], i: int) -> int:
    while group[i] != i:
        i = group[i]
    return i


def _name(land: Landscape, cell: int) -> str:
    return land.zone_names[int(land["protected"].reshape(-1)[cell])]
