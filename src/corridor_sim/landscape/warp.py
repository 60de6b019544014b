"""Resample one raster onto the grid, tile by tile.

A raster is never held whole: every tile of the target grid reads only the source window beneath it
(at most about ``TILE_EDGE`` squared source cells), so a fine raster costs time and not memory.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import LandscapeError
from corridor_sim.landscape.geo import edge_points, grid_crs, move_points
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.opening import open_raster
from corridor_sim.landscape.raster_source import Source

TILE_EDGE = 2048
# The warper may misplace a cell by this share of a source cell to save transforms (GDAL's own
# default is 0.125).
WARP_TOLERANCE = 0.01

Tile = tuple[float, float, float, float]
Places = Callable[[Any], tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.float64]]]
Prepare = Callable[[Any, Places], NDArray[Any]]


def cells_per_target(source: Source, grid: Grid) -> float:
    """Source cells along one edge of a target cell, at the centre of the grid (geometric mean)."""
    west, south, east, north = grid.bounds_m
    x, y, h = (west + east) / 2, (south + north) / 2, grid.cell_m / 2
    px, py = move_points([x - h, x + h, x, x], [y, y, y - h, y + h], grid_crs(grid), source.crs)
    across = np.hypot((px[1] - px[0]) / source.transform[0], (py[1] - py[0]) / source.transform[4])
    along = np.hypot((px[3] - px[2]) / source.transform[0], (py[3] - py[2]) / source.transform[4])
    ratio = float(np.sqrt(across * along))
    return ratio if np.isfinite(ratio) and ratio > 0 else 1.0


def warp(
    source: Source,
    grid: Grid,
    prepare: Prepare,
    out: NDArray[Any],
    rule: str,
) -> str:
    """Fill ``out`` tile by tile through GDAL's warper; return the rule that was used."""
    from affine import Affine
    from rasterio.errors import RasterioError
    from rasterio.warp import Resampling, reproject
    from rasterio.windows import Window

    crs = grid_crs(grid)
    same = crs == source.crs
    ratio = cells_per_target(source, grid)
    a, _, c, _, e, f = source.transform
    aligned = same and _aligned(source, grid)
    # Where cells coincide, grid cell (0, 0) is source cell (-down, -right).
    down, right = (
        (round((grid.north_m - f) / grid.cell_m), round((c - grid.west_m) / grid.cell_m))
        if aligned
        else (0, 0)
    )
    edge = int(np.clip(TILE_EDGE // max(ratio, 1.0), 1, 1024))
    margin = 3 + int(np.ceil(ratio))
    nodata = np.nan if out.dtype.kind == "f" else 0
    with open_raster(source.path, source.where) as src:
        for r0 in range(0, grid.height, edge):
            for c0 in range(0, grid.width, edge):
                r1, c1 = min(r0 + edge, grid.height), min(c0 + edge, grid.width)
                west, north = grid.west_m + c0 * grid.cell_m, grid.north_m - r0 * grid.cell_m
                tile = (west, grid.north_m - r1 * grid.cell_m,
                        grid.west_m + c1 * grid.cell_m, north)  # fmt: skip
                if aligned:
                    rows = max(r0 - down, 0), min(r1 - down, source.height)
                    cols = max(c0 - right, 0), min(c1 - right, source.width)
                else:
                    cols, rows = _window(source, tile, crs, margin)
                if cols[0] >= cols[1] or rows[0] >= rows[1]:
                    continue
                window = Window(cols[0], rows[0], cols[1] - cols[0], rows[1] - rows[0])
                try:
                    raw = src.read(1, window=window, masked=True)
                except (RasterioError, OSError) as error:
                    raise LandscapeError(
                        f"is damaged or cut short: rows {rows[0]} to {rows[1] - 1} cannot be read",
                        where=source.where,
                        remedy="copy or download it again; gdalinfo -checksum shows if it is whole",
                    ) from error

                def places(
                    mask: Any, cols: Any = cols, rows: Any = rows, tile: Any = tile
                ) -> tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.float64]]:
                    row, col = np.nonzero(mask)
                    x, y = move_points(c + (cols[0] + col + 0.5) * a,
                                       f + (rows[0] + row + 0.5) * e, source.crs, crs)  # fmt: skip
                    inside = (x >= tile[0]) & (x < tile[2]) & (y > tile[1]) & (y <= tile[3])
                    return inside, x, y

                values = prepare(raw, places)
                if aligned:
                    out[rows[0] + down : rows[1] + down, cols[0] + right : cols[1] + right] = values
                    continue
                warped = np.full((r1 - r0, c1 - c0), nodata, out.dtype)
                reproject(
                    values,
                    warped,
                    src_transform=Affine(a, 0, c + cols[0] * a, 0, e, f + rows[0] * e),
                    src_crs=source.crs,
                    src_nodata=nodata,
                    dst_transform=Affine(grid.cell_m, 0, west, 0, -grid.cell_m, north),
                    dst_crs=crs,
                    dst_nodata=nodata,
                    resampling=Resampling[rule],
                    tolerance=WARP_TOLERANCE,
                )
                out[r0:r1, c0:c1] = warped
    return "copy" if aligned else rule


def _aligned(source: Source, grid: Grid) -> bool:
    """Whether source and grid cells coincide (same CRS is checked by the caller)."""
    a, _, c, _, e, f = source.transform
    if abs(a - grid.cell_m) * source.width > 1e-3 * a or abs(a + e) * source.height > 1e-3 * abs(e):
        return False
    col, row = (c - grid.west_m) / grid.cell_m, (grid.north_m - f) / grid.cell_m
    return abs(col - round(col)) < 1e-4 and abs(row - round(row)) < 1e-4


def _window(
    source: Source, tile: Tile, crs: Any, margin: int
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Source columns and rows under a target tile, with a margin, clipped to the raster."""
    x, y = move_points(*edge_points(*tile, 11), crs, source.crs)
    keep = np.isfinite(x) & np.isfinite(y)
    if not keep.any():
        return (0, 0), (0, 0)
    a, _, c, _, e, f = source.transform
    col, row = (x[keep] - c) / a, (y[keep] - f) / e
    spans = []
    for at, size in ((col, source.width), (row, source.height)):
        low = int(np.floor(np.clip(at.min() + 1e-6, -1, size + 1))) - margin
        high = int(np.ceil(np.clip(at.max() - 1e-6, -1, size + 1))) + margin
        spans.append((max(low, 0), min(high, size)))
    return spans[0], spans[1]
