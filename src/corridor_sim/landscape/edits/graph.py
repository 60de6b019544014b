"""The neighbour graph of a raster, for spread and for least-cost paths."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

NEIGHBOURS: tuple[tuple[int, int], ...] = (
    (-1, -1),
    (-1, 0),
    (-1, 1),
    (0, -1),
    (0, 1),
    (1, -1),
    (1, 0),
    (1, 1),
)
"""Row and column offsets of the eight neighbours."""

REACH = tuple(float(np.hypot(dr, dc)) for dr, dc in NEIGHBOURS)
"""Distance to each neighbour in cells."""


def shifted(values: NDArray[Any], offset: tuple[int, int], fill: Any) -> NDArray[Any]:
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


def first_arrival(
    length: tuple[NDArray[np.float64], ...], start: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Earliest arrival in every cell, and the neighbour or start that it came from.

    Parameters
    ----------
    length : tuple of 8 arrays, ``[height, width]``
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

    shape, n = start.shape, start.size
    index = np.arange(n, dtype=np.int32).reshape(shape)
    begin, end, weight = [], [], []
    for offset, values in zip(NEIGHBOURS, length, strict=True):
        source = shifted(index, offset, -1)
        way = (source >= 0) & np.isfinite(values)
        begin.append(source[way])
        end.append(index[way])
        weight.append(values[way])
    # one extra node stands for "outside"; offsetting by 1 keeps its edges from weighing nothing
    outside = np.isfinite(start)
    begin.append(np.full(int(outside.sum()), n, np.int32))
    end.append(index[outside])
    weight.append(start[outside] + 1.0)
    ends = (np.concatenate(begin), np.concatenate(end))
    graph = csr_array((np.concatenate(weight), ends), shape=(n + 1, n + 1))
    arrival, before = dijkstra(graph, indices=n, return_predecessors=True)
    came_from = np.where((before[:n] == n) | (before[:n] < 0), -1, before[:n])
    return arrival[:n].reshape(shape) - 1.0, came_from.astype(np.int64).reshape(shape)
