"""Bring the rivers' few points to the grid: clip, search the valley, keep the bed falling."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from corridor_sim.datasets.andes_amazon.erosion import valley_path
from corridor_sim.datasets.andes_amazon.region import project
from corridor_sim.datasets.andes_amazon.tables import INFLOWS, RIVERS
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.smooth_noise import fractal_noise

I64 = NDArray[np.int64]
F32 = NDArray[np.float32]

# Points are known to about 5 km, so each moves to the lowest ground within this distance.
SNAP_M = 4000.0
# The search for a course may leave the rectangle between two points by this much.
DETOUR_M = 15_000.0
# Unevenness of the search, in octaves of cost, and its wave: makes courses wind.
WINDING = 0.9
WINDING_WAVE_M = 6000.0
# Least fall of a river bed per cell: 5 cm, as on the lowest Maranon.
BED_FALL_M = 0.05


def _inside(points: NDArray[np.float64], grid: Grid) -> NDArray[np.float64]:
    """Points ``[n, 2]`` (row, col) clipped to the grid, crossings of its edge included."""
    h, w = grid.shape
    fine = [points[:1]]
    for a, b in pairwise(points):
        fine.append(a + (b - a) * np.linspace(0.0, 1.0, 201)[1:, None])
    dense = np.concatenate(fine)
    corner = np.zeros(len(dense), bool)
    corner[::200] = True
    inside = (dense >= 0).all(axis=1) & (dense[:, 0] < h) & (dense[:, 1] < w)
    crossing = inside & ~(np.roll(inside, 1) & np.roll(inside, -1))
    crossing[0] = crossing[-1] = False
    return np.asarray(dense[inside & (corner | crossing)])


def _snap(z: F32, row: int, col: int, reach: int) -> tuple[int, int]:
    r0, c0 = max(row - reach, 0), max(col - reach, 0)
    window = z[r0 : row + reach + 1, c0 : col + reach + 1]
    at = int(np.argmin(window))
    return r0 + at // window.shape[1], c0 + at % window.shape[1]


def route_rivers(z: F32, grid: Grid) -> dict[str, I64]:
    """Return for every river that touches the grid its flat cells from the source downstream.

    ``z`` (``[height, width]``, metres) is the smooth ground whose valley floors are followed. A
    tributary ends on the first cell of an earlier river that it meets.
    """
    h, w = grid.shape
    taken = np.zeros(h * w, bool)
    weight = np.exp2(WINDING * fractal_noise(grid, WINDING_WAVE_M, 2, 0.8, key=1))
    reach = round(SNAP_M / grid.cell_m)
    detour = round(DETOUR_M / grid.cell_m)
    routed: dict[str, I64] = {}
    for name, course in RIVERS.items():
        lon, lat = np.array(course).T
        col, row = grid.to_cells(*project(lon, lat))
        points = _inside(np.stack([row, col], axis=1), grid)
        if len(points) < 2:
            continue
        stops = []
        for r, c in np.floor(points).astype(int):
            edge = r in (0, h - 1) or c in (0, w - 1)
            stops.append((int(r), int(c)) if edge else _snap(z, int(r), int(c), reach))
        cells: list[int] = []
        for (ra, ca), (rb, cb) in pairwise(stops):
            r0, r1 = max(min(ra, rb) - detour, 0), max(ra, rb) + detour + 1
            c0, c1 = max(min(ca, cb) - detour, 0), max(ca, cb) + detour + 1
            window = slice(r0, r1), slice(c0, c1)
            way = valley_path(
                np.ascontiguousarray(z[window]),
                np.ascontiguousarray(weight[window]),
                ra - r0,
                ca - c0,
                rb - r0,
                cb - c0,
            )
            cells.extend(int((r + r0) * w + c + c0) for r, c in way)
        routed[name] = _without_loops(np.array(cells, np.int64), taken)
        taken[routed[name]] = True
    return routed


def _without_loops(cells: I64, taken: NDArray[np.bool_]) -> I64:
    """Cut out every stretch that returns to its own cells; stop at the first taken cell."""
    last = {int(cell): i for i, cell in enumerate(cells)}
    out = []
    i = 0
    while i < len(cells):
        out.append(int(cells[i]))
        if taken[cells[i]]:
            break
        i = last[int(cells[i])] + 1
    return np.array(out, np.int64)


def coarsen(routed: dict[str, I64], fine: Grid, coarse: Grid) -> dict[str, I64]:
    """The same courses as cells of a coarser grid."""
    out = {}
    for name, cells in routed.items():
        row, col = np.divmod(cells, fine.width)
        x, y = fine.to_metres(col.astype(np.float64) + 0.5, row.astype(np.float64) + 0.5)
        at = coarse.to_cells(x, y)
        flat = np.floor(at[1]).astype(np.int64) * coarse.width + np.floor(at[0]).astype(np.int64)
        keep = np.concatenate([[True], flat[1:] != flat[:-1]])
        out[name] = flat[keep]
    return out


def carve(z: F32, routed: dict[str, I64]) -> None:
    """Cut every sill along the courses of ``z`` (changed in place), tributaries first."""
    flat = z.ravel()
    for cells in reversed(routed.values()):
        bed = flat[cells].astype(np.float64)
        fall = np.arange(len(cells)) * BED_FALL_M
        flat[cells] = np.minimum.accumulate(bed + fall) - fall


def add_inflows(area_km2: NDArray[np.float64], routed: dict[str, I64]) -> None:
    """Add the area of the entering rivers to the first cell of their courses (flat, in place)."""
    for inflow in INFLOWS:
        if inflow.river in routed:
            area_km2[routed[inflow.river][0]] += inflow.area_km2
