"""What lies between two points: the permeability of the barriers on a straight line.

The line is followed cell by cell (Amanatides & Woo 1987, A fast voxel traversal algorithm for ray
tracing, Eurographics), moving only between cells that share an edge, so that a barrier drawn as an
8-connected line cannot be slipped through diagonally.

A move between neighbouring cells of permeability ``p`` and ``q`` succeeds with
``sqrt(min(p, q) / max(p, q))``, open ground having 1. Entering a barrier and leaving it cost
``sqrt(p)`` each and moving within it costs nothing, so a crossing costs ``p`` whatever the angle,
the thickness in cells or the cell size; a way costs the same in both directions, which keeps flux
symmetric.
"""

from __future__ import annotations

import math

from corridor_sim.kernels.jit import kernel


@kernel(inline=True)
def path_permeability(x0, y0, x1, y1, permeability):
    """Return (probability of getting from 0 to 1, flat index of the first barrier cell entered).

    Positions in cells, both inside the raster. The index is -1 where no barrier is entered from
    open ground.
    """
    width = permeability.shape[1]
    col = int(x0)
    row = int(y0)
    end_col = int(x1)
    end_row = int(y1)
    if col == end_col and row == end_row:
        return 1.0, -1
    dx = x1 - x0
    dy = y1 - y0
    step_col = 1 if dx > 0.0 else -1
    step_row = 1 if dy > 0.0 else -1
    # line parameter at the next vertical and horizontal cell edge, and between two edges
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
    here = float(permeability[row, col])
    probability = 1.0
    entered = -1
    for _ in range(abs(end_col - col) + abs(end_row - row)):
        # rounding at a corner must not carry the walk past the end cell
        if row == end_row or (col != end_col and t_col < t_row):
            col += step_col
            t_col += gap_col
        else:
            row += step_row
            t_row += gap_row
        p = float(permeability[row, col])
        if p < 1.0 and here >= 1.0 and entered < 0:
            entered = row * width + col
        if p < here:
            probability *= math.sqrt(p / here)
        elif p > here:
            probability *= math.sqrt(here / p)
        here = p
    return probability, entered
