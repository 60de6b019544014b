"""What of the map an animal's life depended on: which parts its steps ever looked at.

The cells of a map are put into numbered *parts* (a raster of numbers, ``part``). While it moves, an
animal sets one bit for every part with a cell that had a say in one of its steps: cells of its
candidates, cells of its way, points of a flight, the cell where it spent the step. An animal whose
bits leave out a part would live the same life, to the bit, whatever happened to that part: draws
are keyed by animal and step, and a step reads nothing else of the map. So only those whose bits
meet a change need to be simulated again.

Nothing is recorded where ``touched`` has no rows.
"""

from __future__ import annotations

import math

import numpy as np

from corridor_sim.kernels.jit import kernel

_1 = np.uint64(1)
_63 = np.uint64(63)
_6 = np.uint64(6)


@kernel(inline=True)
def touch(i, part, touched):
    """Set the bit of a part in row ``i``."""
    number = np.uint64(part)
    touched[i, number >> _6] |= _1 << (number & _63)


@kernel(inline=True)
def touch_way(i, x0, y0, x1, y1, part, touched):
    """Set the bits of all cells on a straight line, as crossing follows it.

    The line of :func:`corridor_sim.kernels.crossing.path_permeability`, positions in cells.
    """
    col = int(x0)
    row = int(y0)
    end_col = int(x1)
    end_row = int(y1)
    touch(i, part[row, col], touched)
    if col == end_col and row == end_row:
        return
    dx = x1 - x0
    dy = y1 - y0
    step_col = 1 if dx > 0.0 else -1
    step_row = 1 if dy > 0.0 else -1
    t_col = math.inf
    t_row = math.inf
    gap_col = math.inf
    gap_row = math.inf
    if dx != 0.0:
        edge = col + 1 if dx > 0.0 else col
        t_col = (edge - x0) / dx
        gap_col = abs(1.0 / dx)
    if dy != 0.0:
        edge = row + 1 if dy > 0.0 else row
        t_row = (edge - y0) / dy
        gap_row = abs(1.0 / dy)
    for _ in range(abs(end_col - col) + abs(end_row - row)):
        if row == end_row or (col != end_col and t_col < t_row):
            col += step_col
            t_col += gap_col
        else:
            row += step_row
            t_row += gap_row
        touch(i, part[row, col], touched)


@kernel(inline=True)
def touch_flight(i, x0, y0, x1, y1, n, part, touched):
    """Set the bits of the ``n`` points of a flight at which its lift is felt."""
    for k in range(n):
        t = (k + 0.5) / n
        touch(i, part[int(y0 + t * (y1 - y0)), int(x0 + t * (x1 - x0))], touched)
