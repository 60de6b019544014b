"""Ground finer than the master grid: the same mountains with smaller valleys."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor_sim.datasets.andes_amazon.erosion import breach, incise
from corridor_sim.datasets.andes_amazon.skeleton import Blocks
from corridor_sim.landscape.flow import accumulate, flood
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.smooth_noise import fractal_noise

F32 = NDArray[np.float32]

# Roughness below the master cell, as a share of the master's SD over 3 x 3 cells, and its wave.
DETAIL_SHARE = 0.15
DETAIL_WAVE_M = 2500.0
STEPS = 3
ERODIBILITY = 0.05
SOURCE_KM2 = 0.5
BREACH_KM2 = 10.0
# Land stays above the sea at 0 m.
LEAST_M = 0.1
# Finer than this, flow over the whole region costs more than its trace at that scale is worth.
FINEST_FLOW_M = 200.0
# Rows refined at a time where there is no flow, to bound the memory for 90 m cells.
_STRIP_CELLS = 4_000_000


def refine(master_m: F32, master: Grid, grid: Grid) -> F32:
    """Elevation on ``grid``, finer than ``master``, whose means over master cells are kept.

    Returns ``[height, width]`` float32 metres. Below 200 m cells only the roughness is added,
    strip by strip, without flow.
    """
    if grid.cell_m < FINEST_FLOW_M:
        rows = max(1, _STRIP_CELLS // grid.width)
        out = np.empty(grid.shape, np.float32)
        for top in range(0, grid.height, rows):
            n = min(rows, grid.height - top)
            north = grid.north_m - top * grid.cell_m
            strip = Grid(n, grid.width, grid.cell_m, grid.west_m, north, grid.crs)
            out[top : top + n] = _rough(master_m, master, strip)[1]
        return out
    blocks, z = _rough(master_m, master, grid)
    means = master_m.astype(np.float64)
    h, w = grid.shape
    cell_km = grid.cell_m / 1000.0
    outlet = z <= 0
    outlet[0] = outlet[-1] = outlet[:, 0] = outlet[:, -1] = True
    sea = z <= 0
    order = np.empty(h * w, np.int32)
    receiver = np.empty(h * w, np.int32)
    erodibility = np.full(h * w, ERODIBILITY * cell_km)
    for step in range(STEPS + 1):
        flood(z, outlet, order, receiver, 0.3)
        area = np.full(h * w, cell_km**2)
        accumulate(order, receiver, area)
        breach(z.ravel(), order, receiver, area, BREACH_KM2, 0.02)
        if step < STEPS:
            incise(z.ravel(), order, receiver, area, erodibility, w, cell_km, SOURCE_KM2)
            z = blocks.keep(z, means).astype(np.float32)
        np.maximum(z, LEAST_M, out=z)
        z[sea] = 0.0
    return z


def _rough(master_m: F32, master: Grid, grid: Grid) -> tuple[Blocks, F32]:
    """Smooth, mean-preserving ground on ``grid`` with roughness in proportion to the slope."""
    from scipy.ndimage import map_coordinates

    col, row = master.to_cells(*np.meshgrid(grid.x_centres_m(), grid.y_centres_m()))
    padded = np.pad(master_m.astype(np.float64), 1, mode="edge")
    h, w = master.shape
    nine = np.stack([padded[r : r + h, c : c + w] for r in range(3) for c in range(3)])
    spread = DETAIL_SHARE * nine.std(axis=0)
    amount = map_coordinates(spread, [row - 0.5, col - 0.5], order=1, mode="nearest")
    blocks = Blocks(row, col, master.shape)
    z = blocks.spread(master_m.astype(np.float64), degree=2)
    z += amount * fractal_noise(grid, DETAIL_WAVE_M, 5, 0.6, key=6)
    z = np.maximum(blocks.keep(z, master_m.astype(np.float64), 2), LEAST_M)
    sea = master_m[np.floor(row).astype(int), np.floor(col).astype(int)] <= 0
    return blocks, np.where(sea, 0.0, z).astype(np.float32)
