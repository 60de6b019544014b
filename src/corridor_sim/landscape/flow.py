"""Where water runs: flooding of hollows, receivers and drainage area on a grid.

Priority-flood (Barnes, Lehman & Mulla 2014, Computers & Geosciences 62, 117-127) visits the cells
from the outlets upwards, raising hollows to their spill level; each cell then drains to its
steepest lower neighbour on that raised surface (D8, O'Callaghan & Mark 1984), or across a flat to
the cell it was flooded from.
"""

from __future__ import annotations

import heapq
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.jit import kernel


@kernel()
def flood(
    z: NDArray[Any], outlet: NDArray[Any], order: NDArray[Any], receiver: NDArray[Any], waver: float
) -> NDArray[Any]:
    """Fill ``order`` (outlets first) and ``receiver`` (-1 at outlets); return the raised surface.

    All arrays are flat views of ``[height, width]`` except ``z`` and ``outlet``, which carry the
    shape; ``outlet`` is non-zero where water may leave. ``waver`` above 0 weighs each of the eight
    ways by a fixed hash of the cell within ``1 +- waver``, which frees long slopes from the eight
    directions (the idea of Fairfield & Leymarie 1991, Water Resources Research 27, 709-717).
    """
    h, w = z.shape
    n = h * w
    flat = z.ravel()
    level = np.empty(n, np.float32)
    seen = np.zeros(n, np.uint8)
    hollow = np.empty(n, np.int32)
    # by height, then by number: one order whatever the heap looks like
    heap = [(np.float32(0.0), np.int32(0)) for _ in range(0)]
    out = outlet.ravel()
    for i in range(n):
        if out[i]:
            seen[i] = 1
            receiver[i] = -1
            level[i] = flat[i]
            heap.append((flat[i], np.int32(i)))
    heapq.heapify(heap)
    first = 0
    last = 0
    done = 0
    while len(heap) > 0 or first < last:
        if first < last:
            i = hollow[first]
            first += 1
        else:
            i = int(heapq.heappop(heap)[1])
        order[done] = i
        done += 1
        here = level[i]
        row = i // w
        col = i - row * w
        for dr in range(-1, 2):
            r = row + dr
            if r < 0 or r >= h:
                continue
            for dc in range(-1, 2):
                c = col + dc
                if c < 0 or c >= w:
                    continue
                j = r * w + c
                if seen[j]:
                    continue
                seen[j] = 1
                receiver[j] = i
                if flat[j] <= here:
                    level[j] = here
                    hollow[last] = j
                    last += 1
                else:
                    level[j] = flat[j]
                    heapq.heappush(heap, (flat[j], np.int32(j)))
    diagonal = 1.0 / np.sqrt(2.0)
    for row in range(h):
        for col in range(w):
            i = row * w + col
            if receiver[i] < 0:
                continue
            best = 0.0
            for dr in range(-1, 2):
                r = row + dr
                if r < 0 or r >= h:
                    continue
                for dc in range(-1, 2):
                    c = col + dc
                    if c < 0 or c >= w or (dr == 0 and dc == 0):
                        continue
                    j = r * w + c
                    fall = float(level[i] - level[j])
                    if dr != 0 and dc != 0:
                        fall *= diagonal
                    if waver > 0.0 and fall > 0.0:
                        q = np.uint32(i) * np.uint32(2654435761) + np.uint32(3 * dr + dc + 4)
                        q = np.uint32((q ^ (q >> np.uint32(15))) * np.uint32(2246822519))
                        q = np.uint32((q ^ (q >> np.uint32(13))) * np.uint32(3266489917))
                        fall *= 1.0 + waver * (np.float64(q >> np.uint32(8)) / 8388608.0 - 1.0)
                    if fall > best:
                        best = fall
                        receiver[i] = j
    return level


@kernel()
def accumulate(order: NDArray[Any], receiver: NDArray[Any], area: NDArray[Any]) -> None:
    """Add every cell's ``area`` (flat, float64) to its receiver's, from the ridges downwards."""
    for k in range(order.size - 1, -1, -1):
        i = order[k]
        if receiver[i] >= 0:
            area[receiver[i]] += area[i]
