"""Elevation of the built-in landscape: real 5' means, refined by rivers at work.

A smooth surface through the means is roughened, then shaped by repeated stream-power incision
along the steepest ways down, while smooth uplift gives every 5' cell its mean back after each
step. Large rivers are led through their known gorges. What comes out keeps the real means and has
dendritic valleys; at the scale of the cell it is a *likely* terrain, not the real one.

All shaping is done once, on a master grid of 1 km that does not depend on the grid asked for;
coarser grids average it and finer ones refine it, so every grid shows the same mountains.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from corridor_sim.datasets.andes_amazon.courses import add_inflows, carve, coarsen, route_rivers
from corridor_sim.datasets.andes_amazon.erosion import breach, creep, incise
from corridor_sim.datasets.andes_amazon.kept import keep_elevation, kept_elevation
from corridor_sim.datasets.andes_amazon.region import CRS, bounds_m
from corridor_sim.datasets.andes_amazon.skeleton import Blocks, blocks_of, load_skeleton
from corridor_sim.errors import LandscapeError
from corridor_sim.landscape.flow import accumulate, flood
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.smooth_noise import fractal_noise

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

MASTER_CELL_M = 1000.0
MARGIN_M = 30_000.0

# Spread of the ground inside a 5' cell about the smooth surface, against the SD of the means over
# 3 x 3 cells: SPREAD_M (1 - exp(-(sd / SPREAD_AT_M)^SPREAD_POWER)), with sd reduced below
# SPREAD_BASE_M of elevation, as ground cannot rise far above its base level. Set by hand so that
# its median and 95th percentile come near SRTM's over the region, 100 and 332 m. It varies by
# 2^(+-SPREAD_VARIES) over SPREAD_WAVE_M, as rock does.
SPREAD_M = 275.0
SPREAD_AT_M = 200.0
SPREAD_POWER = 1.15
SPREAD_BASE_M = 800.0
SPREAD_VARIES = 0.27
SPREAD_WAVE_M = 45_000.0
# Land is at least this high, so that only the sea is at 0.
LEAST_LAND_M = 0.5

# Roughness at the start, as a share of that spread, and its longest wave: what 5' cells of 9.2 km
# cannot show begins below two cells. ROUGH_FINE is what the 1 km level adds; the stretch along the
# strike gives the ranges their grain.
ROUGH_SHARE = 0.55
ROUGH_WAVE_M = 14_000.0
ROUGH_GAIN = 0.65
ROUGH_FINE = 0.08
STRETCH = 1.7
# Incision per step on the master grid, K dt (see erosion.incise), and how much it differs between
# beds of rock, 2^(+-ROCK_CONTRAST). The values below were tried by eye beside hillshades of SRTM
# and by the SD of slopes; the terrain changes little within a factor of two of either.
ERODIBILITY = 0.06
ROCK_WAVE_M = 9000.0
ROCK_CONTRAST = 0.35
# Channels begin at SOURCE_KM2; rivers of BREACH_KM2 are never dammed.
SOURCE_KM2 = 0.5
BREACH_KM2 = 20.0
# Hillslope creep per step at 2 km and at 1 km, and once more on the stretched relief.
CREEP = (0.01, 0.02)
BANK_CREEP = 0.04
STEPS = (18, 9)
# How far a slope's way down may stray from the steepest (see flow.flood).
WAVER = 0.3
# Rounds of "means back, rivers cut again" at the end.
FINISH = 2


def build_elevation(grid: Grid) -> F32:
    """Mean elevation of every cell of ``grid`` in metres, ``[height, width]`` float32.

    Raises
    ------
    LandscapeError
        When ``grid`` is not in EPSG:32717 or reaches beyond the region by more than 30 km.
    """
    master = master_grid(MASTER_CELL_M)
    if grid.crs != CRS:
        raise LandscapeError(
            f"the built-in landscape cannot be drawn in {grid.crs}",
            where="andes-amazon",
            remedy=f"use a grid in {CRS}",
        )
    west, south, east, north = grid.bounds_m
    w, s, e, n = master.bounds_m
    if west < w or south < s or east > e or north > n:
        raise LandscapeError(
            f"the grid ({west:.0f}, {south:.0f}, {east:.0f}, {north:.0f}) reaches beyond the "
            f"built-in landscape ({w:.0f}, {s:.0f}, {e:.0f}, {n:.0f})",
            where="andes-amazon",
            remedy="use region_grid() or a window of it",
        )
    if grid.cell_m < MASTER_CELL_M:
        return refine(master_elevation(), master, grid)
    return _average(master_elevation(), master, grid)


def master_grid(cell_m: float) -> Grid:
    """Grid over the region and its margin, with corners at multiples of 4 km so that grids nest."""
    west, south, east, north = bounds_m()
    unit = 4000.0
    left = math.floor((west - MARGIN_M) / unit) * unit
    top = math.ceil((north + MARGIN_M) / unit) * unit
    width = math.ceil((east + MARGIN_M - left) / unit) * unit
    height = math.ceil((top - (south - MARGIN_M)) / unit) * unit
    return Grid(round(height / cell_m), round(width / cell_m), cell_m, left, top, CRS)


def _average(z: F32, source: Grid, grid: Grid) -> F32:
    """Exact area-weighted means of ``z`` over the cells of a coarser or shifted grid."""
    total = np.zeros((source.height + 1, source.width + 1))
    total[1:, 1:] = z.astype(np.float64).cumsum(axis=0).cumsum(axis=1)
    ratio = grid.cell_m / source.cell_m
    left, top = source.to_cells(np.array([grid.west_m]), np.array([grid.north_m]))
    edges_x: F64 = left + np.arange(grid.width + 1, dtype=np.float64) * ratio
    edges_y: F64 = top + np.arange(grid.height + 1, dtype=np.float64) * ratio

    def along(table: F64, at: F64) -> F64:
        low = np.minimum(np.floor(at).astype(np.int64), len(table) - 2)
        part = (at - low)[:, None]
        return np.asarray(table[low] * (1.0 - part) + table[low + 1] * part, np.float64)

    corner = along(along(total, edges_y).T.copy(), edges_x).T
    mean = (corner[1:, 1:] - corner[:-1, 1:] - corner[1:, :-1] + corner[:-1, :-1]) / ratio**2
    return np.maximum(np.round(mean, 3), 0.0).astype(np.float32)


@lru_cache(maxsize=1)
def master_elevation() -> F32:
    """Elevation of the master grid, ``[height, width]`` float32 metres, read-only."""
    z = kept_elevation(master_grid(MASTER_CELL_M).shape)
    if z is None:
        z = shaped_elevation()
        keep_elevation(z)
    z.setflags(write=False)
    return z


def shaped_elevation() -> F32:
    """Shape the elevation of the master grid, ``[height, width]`` float32 metres."""
    fine, coarse = master_grid(MASTER_CELL_M), master_grid(2 * MASTER_CELL_M)
    blocks = blocks_of(fine)
    smooth = smooth_ground(blocks)
    routed = route_rivers(smooth.astype(np.float32), fine)
    z = _shape(coarse, blocks_of(coarse), coarsen(routed, fine, coarse), None, 0)
    return _shape(fine, blocks, routed, np.repeat(np.repeat(z, 2, axis=0), 2, axis=1), 1)


def smooth_ground(blocks: Blocks) -> F64:
    """The smooth surface that has the 5' means, not below the sea."""
    means = load_skeleton().values
    z = blocks.spread(means, degree=2)
    for _ in range(4):
        z = np.maximum(blocks.keep(z, means, degree=2), 0.0)
    return z


@lru_cache(maxsize=1)
def spread_target_m() -> F64:
    """Wanted SD about the smooth surface inside every 5' cell, ``[rows, cols]``, metres."""
    table = load_skeleton()
    rugged = table.ruggedness_m() * np.minimum(table.values / SPREAD_BASE_M, 1.0)
    usual = SPREAD_M * (1.0 - np.exp(-((rugged / SPREAD_AT_M) ** SPREAD_POWER)))
    grid = master_grid(4 * MASTER_CELL_M)
    varies = blocks_of(grid).means(fractal_noise(grid, SPREAD_WAVE_M, 2, 0.8, key=5))
    target = np.asarray(usual * np.exp2(SPREAD_VARIES * varies), np.float64)
    target.setflags(write=False)
    return target


def strike_shift_m(north_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far east a line along the strike of the ranges lies at map ``y``, metres.

    North of 5.5 S the ranges run north-north-east, south of it (beyond the Huancabamba
    deflection) north-north-west: a parabola on either side.
    """
    t = (north_m - 9_392_000.0) / 1e5
    return np.asarray(np.where(t > 0, 0.03, 0.125) * t * t * 1e5, np.float64)


def _shape(
    grid: Grid, blocks: Blocks, routed: dict[str, I64], start: F32 | None, level: int
) -> F32:
    """Erode one level of the master grid, from noise or from the coarser level's ground."""
    means = load_skeleton().values
    h, w = grid.shape
    cell_km = grid.cell_m / 1000.0
    smooth = smooth_ground(blocks)
    target = spread_target_m()
    spread = np.maximum(blocks.spread(target), 0.0)
    sea = blocks.spread((means <= 0).astype(np.float64)) >= 0.5
    outlet = sea.copy()
    outlet[0] = outlet[-1] = outlet[:, 0] = outlet[:, -1] = True
    strike = strike_shift_m(grid.y_centres_m())
    if start is None:
        rough = fractal_noise(
            grid, ROUGH_WAVE_M, 5, ROUGH_GAIN, key=2, stretch=STRETCH, shift_m=strike
        )
        z = (smooth + ROUGH_SHARE * spread * rough).astype(np.float32)
    else:
        from scipy.ndimage import uniform_filter

        # doubling the cells leaves steps; two averages over one coarse cell take them away
        soft = uniform_filter(uniform_filter(start.astype(np.float64), 2), 2, origin=-1)
        rough = fractal_noise(grid, 4000.0, 2, 0.7, key=3)
        z = (soft + ROUGH_FINE * spread * rough).astype(np.float32)
    beds = fractal_noise(grid, ROCK_WAVE_M, 3, 0.7, key=4, stretch=2 * STRETCH, shift_m=strike)
    rock = np.exp2(np.clip(beds, -2.0, 2.0) * ROCK_CONTRAST)
    erodibility = (ERODIBILITY * cell_km * rock).astype(np.float64).ravel()
    order = np.empty(h * w, np.int32)
    receiver = np.empty(h * w, np.int32)
    z = blocks.keep(z, means, 2).astype(np.float32)

    def run_water() -> F64:
        z[sea] = 0.0
        carve(z, routed)
        flood(z, outlet, order, receiver, WAVER)
        area = np.full(h * w, cell_km**2)
        add_inflows(area, routed)
        accumulate(order, receiver, area)
        breach(z.ravel(), order, receiver, area, BREACH_KM2, 0.05)
        z[sea] = 0.0
        return area

    for _ in range(STEPS[level]):
        area = run_water()
        incise(z.ravel(), order, receiver, area, erodibility, w, cell_km, SOURCE_KM2)
        z = blocks.keep(creep(z, CREEP[level]), means).astype(np.float32)
    for _ in range(2):
        z = _gain(z, smooth, blocks, target).astype(np.float32)
        z = np.maximum(blocks.keep(z, means, 2), LEAST_LAND_M).astype(np.float32)
        area = run_water()
        incise(z.ravel(), order, receiver, area, erodibility, w, cell_km, SOURCE_KM2)
        z = creep(z, BANK_CREEP)
    for _ in range(FINISH):
        z = blocks.keep(z, means, 2).astype(np.float32)
        run_water()
    return np.where(sea, np.float32(0.0), np.maximum(z, np.float32(LEAST_LAND_M)))


def _gain(z: F32, smooth: F64, blocks: Blocks, target: F64) -> F64:
    """Stretch the relief about the smooth surface towards the wanted spread, smoothly in space."""
    from scipy.ndimage import gaussian_filter

    relief = z - smooth
    variance = np.maximum(blocks.means(relief * relief) - blocks.means(relief) ** 2, 0.0)
    variance = np.where(blocks.covered, variance, target**2)
    have = np.sqrt(np.maximum(gaussian_filter(variance, 0.7), 1.0))
    want = np.sqrt(gaussian_filter(target**2, 0.7))
    gain = np.clip(want / have, 0.1, 1.8)
    return np.asarray(smooth + relief * blocks.spread(gain), np.float64)


# Roughness below the master cell, as a share of the master's SD over 3 x 3 cells, and its wave.
DETAIL_SHARE = 0.15
DETAIL_WAVE_M = 2500.0
FINE_STEPS = 3
FINE_ERODIBILITY = 0.05
FINE_BREACH_KM2 = 10.0
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
    erodibility = np.full(h * w, FINE_ERODIBILITY * cell_km)
    for step in range(FINE_STEPS + 1):
        flood(z, outlet, order, receiver, 0.3)
        area = np.full(h * w, cell_km**2)
        accumulate(order, receiver, area)
        breach(z.ravel(), order, receiver, area, FINE_BREACH_KM2, 0.02)
        if step < FINE_STEPS:
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
