"""The neighbour graph of a raster: least cost, cheapest paths and first arrivals over 8 ways."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
Cell = tuple[int, int]

NEIGHBOURS: tuple[Cell, ...] = tuple(
    (dr, dc) for dr in (-1, 0, 1) for dc in (-1, 0, 1) if (dr, dc) != (0, 0)
)
"""Row and column offsets of the eight neighbours."""

REACH = tuple(float(np.hypot(dr, dc)) for dr, dc in NEIGHBOURS)
"""Distance to each neighbour in cells."""


def shifted(values: NDArray[Any], offset: Cell, fill: Any) -> NDArray[Any]:
    """Return at each cell the value of its neighbour at ``offset``; ``fill`` beyond the edge."""
    dr, dc = offset
    height, width = values.shape
    out = np.full_like(values, fill)
    to_r = slice(max(0, -dr), height - max(0, dr))
    to_c = slice(max(0, -dc), width - max(0, dc))
    from_r = slice(max(0, dr), height + min(0, dr))
    from_c = slice(max(0, dc), width + min(0, dc))
    out[to_r, to_c] = values[from_r, from_c]
    return out


def step_costs(cost: F64, rise: F64 | None = None) -> tuple[F64, ...]:
    """Cost in cells of entering each cell from each neighbour: length times mean of both ends.

    Parameters
    ----------
    cost : ndarray of float64
        Positive cost of crossing one cell, ``[height, width]``.
    rise : ndarray of float64, optional
        Height in cell edges. Given it, the cost of a step is further multiplied by
        ``1 + (grade / 0.07)^1.5``, which is how far a road winds to climb: a track that may rise
        7 % doubles its length on a slope of 7 % along its course.

    Returns
    -------
    tuple of 8 arrays, ``[height, width]``
        By :data:`NEIGHBOURS`; ``inf`` where there is no neighbour.
    """
    found = []
    for offset, reach in zip(NEIGHBOURS, REACH, strict=True):
        step = 0.5 * reach * (cost + shifted(cost, offset, np.inf))
        if rise is not None:
            climb = np.abs(rise - shifted(rise, offset, 0.0))
            step = step * (1.0 + (climb / (0.07 * reach)) ** 1.5)
        found.append(step)
    return tuple(found)


def _edges(length: Sequence[F64]) -> tuple[list[NDArray[Any]], list[NDArray[Any]], list[F64]]:
    """Return beginnings, ends and weights of the finite steps into each cell."""
    index = np.arange(length[0].size, dtype=np.int32).reshape(length[0].shape)
    begin, end, weight = [], [], []
    for offset, values in zip(NEIGHBOURS, length, strict=True):
        source = shifted(index, offset, -1)
        way = (source >= 0) & np.isfinite(values)
        begin.append(source[way])
        end.append(index[way])
        weight.append(values[way])
    return begin, end, weight


def edge_graph(cost: F64, rise: F64 | None = None) -> Any:
    """Return the sparse graph ``[cells, cells]`` of a raster by :func:`step_costs`."""
    from scipy.sparse import csr_array

    begin, end, weight = (np.concatenate(part) for part in _edges(step_costs(cost, rise)))
    return csr_array((weight, (begin, end)), shape=(cost.size, cost.size))


def cost_from(cost: F64, starts: Sequence[Cell]) -> F64:
    """Cost-distance of every cell to the nearest start, ``[height, width]`` float64."""
    from scipy.sparse.csgraph import dijkstra

    ids = [r * cost.shape[1] + c for r, c in starts]
    far = dijkstra(edge_graph(cost), directed=True, indices=ids, min_only=True)
    return np.asarray(far, np.float64).reshape(cost.shape)


def path(cost: F64, rise: F64, start: Cell, goal: Cell) -> list[Cell]:
    """Cells of the cheapest path between two cells, both ends included, each beside the next."""
    from scipy.sparse.csgraph import dijkstra

    width = cost.shape[1]
    source, node = start[0] * width + start[1], goal[0] * width + goal[1]
    _, before = dijkstra(
        edge_graph(cost, rise), directed=True, indices=source, return_predecessors=True
    )
    cells = [divmod(node, width)]
    while node != source:
        node = int(before[node])
        cells.append(divmod(node, width))
    return cells[::-1]


def first_arrival(length: Sequence[F64], start: F64) -> tuple[F64, NDArray[np.int64]]:
    """Earliest arrival in every cell, and the neighbour or start that it came from.

    Parameters
    ----------
    length : sequence of 8 arrays, ``[height, width]``
        ``length[k]``: time to enter the cell from its neighbour ``NEIGHBOURS[k]``; ``inf`` where
        there is no way.
    start : ndarray, ``[height, width]``
        Time at which a cell is entered from outside by itself; ``inf`` where it is not.

    Returns
    -------
    arrival : ndarray of float64, ``[height, width]``
        ``inf`` where nothing ever arrives.
    came_from : ndarray of int64, ``[height, width]``
        Flat index of the cell before, or -1 at a start and where nothing arrives.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    n = start.size
    begin, end, weight = _edges(length)
    # one extra node stands for "outside"; offsetting by 1 keeps its edges from weighing nothing
    outside = np.flatnonzero(np.isfinite(start)).astype(np.int32)
    begin.append(np.full(outside.size, n, np.int32))
    end.append(outside)
    weight.append(start.ravel()[outside] + 1.0)
    ends = (np.concatenate(begin), np.concatenate(end))
    graph = csr_array((np.concatenate(weight), ends), shape=(n + 1, n + 1))
    arrival, before = dijkstra(graph, indices=n, return_predecessors=True)
    came_from = np.where((before[:n] == n) | (before[:n] < 0), -1, before[:n])
    shape = start.shape
    return arrival[:n].reshape(shape) - 1.0, came_from.astype(np.int64).reshape(shape)
