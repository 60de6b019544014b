"""The largest rectangle of a grid without a gap, to be offered as an extent that does work."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.landscape.grid import Grid

MAX_SIDE = 400
# A smaller part of the study area than this is no remedy.
LEAST_SHARE = 0.05


def whole_extent(grid: Grid, gaps: NDArray[np.bool_]) -> str:
    """The largest part of the grid without gaps as an ``extent`` setting, ``""`` if it is small.

    The extent lies on the grid's own cells, so that they are the same cells when it is used.
    """
    r0, r1, c0, c1 = largest_whole(gaps)
    if (r1 - r0) * (c1 - c0) < max(LEAST_SHARE * gaps.size, 1):
        return ""
    west, north, cell = grid.west_m, grid.north_m, grid.cell_m
    sides = (west + c0 * cell, north - r1 * cell, west + c1 * cell, north - r0 * cell)
    return " ".join(f"{side:.12g}" for side in sides)


def largest_whole(gaps: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """Rows ``r0:r1`` and columns ``c0:c1`` of the largest rectangle without a gap.

    Above ``MAX_SIDE`` rows or columns it is found on blocks and then widened cell by cell, which
    may leave out less than a block on a side.
    """
    height, width = gaps.shape
    k = -(-max(height, width) // MAX_SIDE)
    padded = np.zeros((-(-height // k) * k, -(-width // k) * k), bool)
    padded[:height, :width] = gaps
    blocks = padded.reshape(padded.shape[0] // k, k, padded.shape[1] // k, k)
    r0, r1, c0, c1 = (k * v for v in _largest(np.logical_or.reduce(blocks, axis=(1, 3))))
    r1, c1 = min(r1, height), min(c1, width)
    if r0 >= r1 or c0 >= c1:
        return 0, 0, 0, 0
    while r0 > 0 and not gaps[r0 - 1, c0:c1].any():
        r0 -= 1
    while r1 < height and not gaps[r1, c0:c1].any():
        r1 += 1
    while c0 > 0 and not gaps[r0:r1, c0 - 1].any():
        c0 -= 1
    while c1 < width and not gaps[r0:r1, c1].any():
        c1 += 1
    return r0, r1, c0, c1


def _largest(gaps: NDArray[Any]) -> tuple[int, int, int, int]:
    """By the heights of whole columns above each row, and a stack of rising ones."""
    best, found = 0, (0, 0, 0, 0)
    heights = np.zeros(gaps.shape[1], np.int64)
    for row in range(gaps.shape[0]):
        heights = np.where(gaps[row], 0, heights + 1)
        if int(heights.max()) * gaps.shape[1] <= best:
            continue
        stack: list[tuple[int, int]] = []  # first column, height
        for col, high in enumerate([*heights.tolist(), 0]):
            first = col
            while stack and stack[-1][1] >= high:
                first, tall = stack.pop()
                if tall * (col - first) > best:
                    best = tall * (col - first)
                    found = (row + 1 - tall, row + 1, first, col)
            stack.append((first, high))
    return found
