"""Rivers at work on the relief: breaching, stream-power incision, creep, and course search.

The loops use ``+ - * /`` and square roots in a fixed serial order only, so the same terrain comes
out to the bit whatever the number of threads.
"""

from __future__ import annotations

import heapq
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.jit import kernel


@kernel()
def breach(
    z: NDArray[Any],
    order: NDArray[Any],
    receiver: NDArray[Any],
    area_km2: NDArray[Any],
    from_km2: float,
    drop_m: float,
) -> None:
    """Cut sills: a cell that drains ``from_km2`` or more is never dammed by the next one.

    ``z`` (flat, changed in place) falls by at least ``drop_m`` along every such river.
    """
    for k in range(order.size - 1, -1, -1):
        i = order[k]
        j = receiver[i]
        if j >= 0 and area_km2[i] >= from_km2 and z[j] > z[i] - drop_m:
            z[j] = z[i] - drop_m


@kernel()
def incise(
    z: NDArray[Any],
    order: NDArray[Any],
    receiver: NDArray[Any],
    area_km2: NDArray[Any],
    erodibility: NDArray[Any],
    width: int,
    cell_km: float,
    source_km2: float,
) -> None:
    """One implicit step of stream-power incision, ``dz/dt = -K A^0.5 S``.

    The O(n) scheme of Braun & Willett (2013, Geomorphology 180-181, 170-179) with slope exponent
    1: downstream first, ``z_i = (z_i + F z_j) / (1 + F)``, ``F = K dt sqrt(A - A_source) / d``.
    Cells in a hollow are silted up to their spill level. ``erodibility`` is ``K dt`` in km per
    km of root area; all arrays are flat.
    """
    for k in range(order.size):
        i = order[k]
        j = receiver[i]
        if j < 0:
            continue
        if z[i] <= z[j]:
            z[i] = z[j] + np.float32(0.01)
            continue
        effective = area_km2[i] - source_km2
        if effective > 0.0:
            gap = abs(i - j)
            far = cell_km if gap == 1 or gap == width else cell_km * 1.4142135623730951
            f = erodibility[i] * np.sqrt(effective) / far
            z[i] = (z[i] + f * z[j]) / (1.0 + f)


@kernel()
def creep(z: NDArray[Any], rate: float) -> NDArray[Any]:
    """One explicit step of hillslope diffusion, ``z += rate * laplacian``; edges are closed."""
    h, w = z.shape
    out = np.empty_like(z)
    for r in range(h):
        n = max(r - 1, 0)
        s = min(r + 1, h - 1)
        for c in range(w):
            west = z[r, max(c - 1, 0)]
            east = z[r, min(c + 1, w - 1)]
            out[r, c] = z[r, c] + rate * (z[n, c] + z[s, c] + west + east - 4.0 * z[r, c])
    return out


@kernel()
def valley_path(
    z: NDArray[Any], weight: NDArray[Any], row0: int, col0: int, row1: int, col1: int
) -> NDArray[Any]:
    """Cells ``[n, 2]`` of the cheapest way down the valley between two cells of ``z`` (a window).

    Dijkstra's search; a step costs its length times ``0.3 + height above the lower end / 100 m``
    times ``weight``, so the way keeps to the valley floor and crosses ground only where it is
    lowest; an uneven weight makes it wind.
    """
    h, w = z.shape
    n = h * w
    goal = row1 * w + col1
    base = z[row1, col1]
    cost = np.full(n, np.inf)
    came = np.full(n, -1, np.int32)
    cost[row0 * w + col0] = 0.0
    heap = [(0.0, np.int64(row0 * w + col0))]
    while len(heap) > 0:
        key, i = heapq.heappop(heap)
        if i == goal:
            break
        if key > cost[i]:
            continue
        r0 = i // w
        c0 = i - r0 * w
        for dr in range(-1, 2):
            for dc in range(-1, 2):
                r = r0 + dr
                c = c0 + dc
                if r < 0 or r >= h or c < 0 or c >= w or (dr == 0 and dc == 0):
                    continue
                far = 1.4142135623730951 if dr != 0 and dc != 0 else 1.0
                new = key + far * weight[r, c] * (0.3 + max(0.0, z[r, c] - base) / 100.0)
                j = r * w + c
                if new < cost[j]:
                    cost[j] = new
                    came[j] = i
                    heapq.heappush(heap, (new, np.int64(j)))
    length = 1
    i = goal
    while came[i] >= 0:
        i = came[i]
        length += 1
    path = np.empty((length, 2), np.int32)
    i = goal
    for k in range(length - 1, -1, -1):
        path[k, 0] = i // w
        path[k, 1] = i % w
        i = came[i]
    return path
