"""Rivers of the built-in landscape (first version)."""

from __future__ import annotations

import heapq

import numpy as np
from numpy.typing import NDArray

from corridor_sim.landscape.grid import Grid


def build_rivers(elevation_m: NDArray[np.float32], grid: Grid) -> NDArray[np.uint8]:
    """Width class of every cell: 0 none, 1 under 50 m, 2 from 50 to 300 m, 3 over 300 m."""
    h, w = elevation_m.shape
    z = elevation_m.ravel()
    done = np.zeros(h * w, bool)
    receiver = np.full(h * w, -1)
    order: list[int] = []
    heap: list[tuple[float, int]] = []
    for i in range(h * w):
        r, c = divmod(i, w)
        if r in (0, h - 1) or c in (0, w - 1):
            heapq.heappush(heap, (float(z[i]), i))
            done[i] = True
    while heap:
        level, i = heapq.heappop(heap)
        order.append(i)
        r, c = divmod(i, w)
        for dr in (-1, 0, 1):
            for dc in (-1, 0, 1):
                rr, cc = r + dr, c + dc
                if 0 <= rr < h and 0 <= cc < w:
                    j = rr * w + cc
                    if not done[j]:
                        done[j] = True
                        receiver[j] = i
                        heapq.heappush(heap, (max(level, float(z[j])), j))
    area = np.full(h * w, grid.cell_km2)
    for i in reversed(order):
        if receiver[i] >= 0:
            area[receiver[i]] += area[i]
    classes = np.zeros(h * w, np.uint8)
    classes[area >= 250] = 1
    classes[area >= 2500] = 2
    classes[area >= 40000] = 3
    classes[z <= 0] = 0
    return classes.reshape(h, w)
