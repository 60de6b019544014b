"""Least-cost distance and paths on a raster, over the eight neighbours of each cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
Cell = tuple[int, int]
# half of the neighbourhood, the other half being the same edges backwards: rows, columns
_STEPS = ((0, 1), (1, 0), (1, 1), (1, -1))


def _pairs(a: NDArray[Any], dr: int, dc: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Views of ``a`` at both ends of every edge in the direction ``(dr, dc)``."""
    h, w = a.shape
    here = a[: h - dr, max(0, -dc) : w - max(0, dc)]
    there = a[dr:, max(0, dc) : w - max(0, -dc)]
    return here, there


def edge_graph(cost: F64, rise: F64 | None = None) -> Any:
    """Sparse graph of a raster: an edge costs its length in cells times the mean of its ends.

    Parameters
    ----------
    cost : ndarray of float64
        Positive cost of crossing one cell, ``[height, width]``.
    rise : ndarray of float64, optional
        Height in cell edges. Given it, the cost of an edge is further multiplied by
        ``1 + (grade / 0.07)^1.5``, which is how far a road winds to climb: a track that may rise
        7 % doubles its length on a slope of 7 % along its course.

    Returns
    -------
    scipy.sparse.csr_array
        ``[cells, cells]``, symmetric.
    """
    from scipy.sparse import csr_array

    index = np.arange(cost.size, dtype=np.int32).reshape(cost.shape)
    heads, tails, weights = [], [], []
    for dr, dc in _STEPS:
        length = float(np.hypot(dr, dc))
        here, there = _pairs(cost, dr, dc)
        weight = 0.5 * length * (here + there)
        if rise is not None:
            low, high = _pairs(rise, dr, dc)
            weight = weight * (1.0 + (np.abs(high - low) / (0.07 * length)) ** 1.5)
        a, b = _pairs(index, dr, dc)
        heads += [a.ravel(), b.ravel()]
        tails += [b.ravel(), a.ravel()]
        weights += [weight.ravel(), weight.ravel()]
    ends = (np.concatenate(heads), np.concatenate(tails))
    return csr_array((np.concatenate(weights), ends), shape=(cost.size, cost.size))


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
