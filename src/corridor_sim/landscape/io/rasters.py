"""Read one user raster onto the grid, with its misfits named.

Bad values are set aside *before* resampling, since an average would smear them into plausible ones.

A raster is never held whole: every tile of the target grid reads only the source window beneath it
(at most about ``TILE_EDGE`` squared source cells), so a fine raster costs time and not memory.

Longitudes go round: 281 is -79, and east of 180 a raster in degrees goes on at its western edge.
Columns are therefore counted on past the edge ("unrolled"), and what lies under a tile is laid
together before it is resampled; an average over both sides of 180 is one of neighbours.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.errors import RasterioError
from rasterio.warp import Resampling, reproject

from corridor_sim.errors import LandscapeError
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.io.code_table import MAX_UNKNOWN, CodeTable
from corridor_sim.landscape.io.geo import crs_label, edge_points, grid_crs, move_points
from corridor_sim.landscape.io.raster_misfits import (
    Misfits,
    refuse_far,
    refuse_gaps,
    refuse_scaled_codes,
    refuse_unit,
)
from corridor_sim.landscape.io.raster_parts import open_part
from corridor_sim.landscape.io.raster_source import Source, Span, mend
from corridor_sim.landscape.layers import LAYERS, LayerSpec
from corridor_sim.landscape.size import announce_reading

TakeGaps = Callable[[Source, Grid, NDArray[np.bool_], str], None]


def read_continuous(
    source: Source,
    grid: Grid,
    layer: str,
    spec: LayerSpec | None = None,
    take_gaps: TakeGaps = refuse_gaps,
) -> tuple[NDArray[np.float32], str]:
    """Return a continuous layer on the grid, ``[height, width]`` float32, and the rule used.

    ``spec`` says what values are possible of a map that is no layer of the landscape.

    Averages where the grid is coarser than the source, interpolates bilinearly where it is finer,
    copies where the cells coincide. A declared scale and offset are applied. ``take_gaps`` is given
    the cells without data, which hold NaN; by default they are refused.

    Raises
    ------
    LandscapeError
        Unit, NaN, infinity, impossible values, no or partial overlap, nodata in the study area.
    """
    spec = LAYERS[layer] if spec is None else spec
    refuse_unit(source, layer)
    refuse_far(source, grid)
    misfits = Misfits(spec)
    scaled = (source.scale, source.offset) != (1.0, 0.0)
    exact = not scaled and source.dtype in ("int8", "uint8", "int16", "uint16", "float32")
    work = np.float32 if exact else np.float64

    def prepare(raw: Any, places: Places) -> NDArray[np.float32]:
        values = raw.data.astype(work)
        if scaled:
            with np.errstate(over="ignore", invalid="ignore"):  # what overflows is refused below
                values = values * source.scale + source.offset
        bad = ~((values >= spec.low) & (values <= spec.high))
        if raw.mask is not np.ma.nomask:
            values[raw.mask] = np.nan
            bad &= ~raw.mask
        if bad.any():
            misfits.add(values.astype(np.float64), bad, places)
            values[bad] = np.nan
        out: NDArray[np.float32] = values.astype(np.float32, copy=False)
        return out

    rule = "average" if cells_per_target(source, grid) > 1 else "bilinear"
    out = np.full(grid.shape, np.nan, np.float32)
    rule = warp(source, grid, prepare, out, rule)
    gaps = np.isnan(out)
    misfits.refuse(source, grid, gaps)
    take_gaps(source, grid, gaps, layer)
    return out, rule


def read_classes(
    source: Source,
    grid: Grid,
    table: CodeTable,
    elevation_m: NDArray[np.float32],
    take_gaps: TakeGaps = refuse_gaps,
) -> tuple[NDArray[np.uint8], str]:
    """Return land-cover codes of :mod:`covers` on the grid, ``[height, width]`` uint8, and rule.

    Codes are translated before resampling, so two raster codes of one cover count together in the
    mode. ``by_elevation`` entries are resolved on the grid with ``elevation_m``. Cells without
    data, which hold 0, are given to ``take_gaps``; by default they are refused.

    Raises
    ------
    LandscapeError
        A code in the study area that the table lacks, gaps, no or partial overlap.
    """
    refuse_scaled_codes(source)
    refuse_far(source, grid)
    unknown: dict[float, int] = {}

    def prepare(raw: Any, places: Places) -> NDArray[np.uint8]:
        codes, missing = table.translate(raw, source.nodata)
        if missing.any():
            inside, _, _ = places(missing)
            found, counts = np.unique(raw.data[missing][inside], return_counts=True)
            for value, n in zip(found.tolist(), counts.tolist(), strict=True):
                code = math.nan if value != value else value  # one NaN is not the other
                unknown[code] = unknown.get(code, 0) + n
            if len(unknown) > MAX_UNKNOWN:
                raise table.refuse_codes(unknown, mend(source, source.part, "-a_nodata nan"))
        return codes

    rule = "mode" if cells_per_target(source, grid) > 1 else "nearest"
    out = np.zeros(grid.shape, np.uint8)
    rule = warp(source, grid, prepare, out, rule)
    if unknown:
        raise table.refuse_codes(unknown, mend(source, source.part, "-a_nodata nan"))
    take_gaps(source, grid, out == 0, "land_cover")
    return table.resolve(out, elevation_m), rule


TILE_EDGE = 2048
# GDAL keeps what it has read; left alone it takes a twentieth of the machine's memory for that.
CACHE_BYTES = 128 << 20
# The warper may misplace a cell by this share of a source cell to save transforms (GDAL's own
# default is 0.125).
WARP_TOLERANCE = 0.01
# A step between neighbouring places of the study area that is so much longer than the others, and
# so long on the Earth, crosses the cut of a map projection.
TEAR = 20.0
TEAR_M = 1e6

Tile = tuple[float, float, float, float]
Places = Callable[[Any], tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.float64]]]
Prepare = Callable[[Any, Places], NDArray[Any]]


def unroll(x: NDArray[np.float64], centre: float, circle: float) -> NDArray[np.float64]:
    """Longitudes within half a circle of ``centre``; as they are where x does not go round."""
    if not circle or not np.isfinite(centre):
        return x
    with np.errstate(invalid="ignore"):
        return x - circle * np.round((x - centre) / circle)


def cells_per_target(source: Source, grid: Grid) -> float:
    """Source cells along one edge of a target cell, at the centre of the grid (geometric mean)."""
    west, south, east, north = grid.bounds_m
    x, y, h = (west + east) / 2, (south + north) / 2, grid.cell_m / 2
    px, py = move_points([x - h, x + h, x, x], [y, y, y - h, y + h], grid_crs(grid), source.crs)
    px = unroll(px, float(px[0]), source.circle)
    across = np.hypot((px[1] - px[0]) / source.transform[0], (py[1] - py[0]) / source.transform[4])
    along = np.hypot((px[3] - px[2]) / source.transform[0], (py[3] - py[2]) / source.transform[4])
    ratio = float(np.sqrt(across * along))
    return ratio if np.isfinite(ratio) and ratio > 0 else 1.0


def warp(source: Source, grid: Grid, prepare: Prepare, out: NDArray[Any], rule: str) -> str:
    """Fill ``out`` tile by tile through GDAL's warper; return the rule that was used.

    Raises
    ------
    LandscapeError
        The raster is damaged, or its CRS is cut or meets in a pole within the study area.
    """
    crs = grid_crs(grid)
    aligned = crs == source.crs and _aligned(source, grid)
    if not aligned:
        refuse_cut(source, grid, crs)
    a, _, c, _, e, f = source.transform
    # Where cells coincide, grid cell (0, 0) is source cell (-down, -right).
    down, right = (
        (round((grid.north_m - f) / grid.cell_m), round((c - grid.west_m) / grid.cell_m))
        if aligned
        else (0, 0)
    )
    ratio = cells_per_target(source, grid)
    margin = 3 + int(np.ceil(ratio))
    nodata = np.nan if out.dtype.kind == "f" else 0
    announce_reading(
        source.where,
        min(source.width, grid.width * ratio) * min(source.height, grid.height * ratio),
    )
    cache = rasterio.Env(GDAL_CACHEMAX=CACHE_BYTES)
    with cache, open_part(source.part, source.key) as src:
        for (r0, r1), (c0, c1) in tiles(source, grid, ratio):
            west, north = grid.west_m + c0 * grid.cell_m, grid.north_m - r0 * grid.cell_m
            tile = (west, grid.north_m - r1 * grid.cell_m, grid.west_m + c1 * grid.cell_m, north)
            if aligned:
                rows = max(r0 - down, 0), min(r1 - down, source.height)
                cols = max(c0 - right, 0), min(c1 - right, source.width)
            else:
                cols, rows = _window(source, tile, crs, margin)
            if cols[0] >= cols[1] or rows[0] >= rows[1]:
                continue
            try:
                stretches = list(_stretches(src, source, rows, cols))
            except (RasterioError, OSError) as error:
                raise LandscapeError(
                    f"is damaged or cut short: rows {rows[0]} to {rows[1] - 1} cannot be read",
                    remedy="copy or download it again; gdalinfo -checksum shows if it is whole",
                ) from error
            for first, raw in stretches:

                def places(
                    mask: Any, first: float = first, rows: Span = rows, tile: Tile = tile
                ) -> tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.float64]]:
                    row, col = np.nonzero(mask)
                    x, y = move_points(
                        c + (first + col + 0.5) * a, f + (rows[0] + row + 0.5) * e, source.crs, crs
                    )
                    inside = (x >= tile[0]) & (x < tile[2]) & (y > tile[1]) & (y <= tile[3])
                    return inside, x, y

                values = prepare(raw, places)
                if aligned:
                    out[rows[0] + down : rows[1] + down, cols[0] + right : cols[1] + right] = values
                    continue
                warped = np.full((r1 - r0, c1 - c0), nodata, out.dtype)
                _resample(values, source, (first, rows[0]), warped, grid, (west, north), rule)
                here = out[r0:r1, c0:c1]
                empty = np.isnan(here) if out.dtype.kind == "f" else here == nodata
                np.copyto(here, warped, where=empty)
    return "copy" if aligned else rule


def _resample(
    values: NDArray[Any],
    source: Source,
    first: tuple[float, int],
    warped: NDArray[Any],
    grid: Grid,
    corner: tuple[float, float],
    rule: str,
) -> None:
    """Warp a stretch of the source, from its column and row ``first``, onto one tile."""
    a, _, c, _, e, f = source.transform
    nodata = np.nan if warped.dtype.kind == "f" else 0
    reproject(
        values,
        warped,
        src_transform=Affine(a, 0, c + first[0] * a, 0, e, f + first[1] * e),
        src_crs=source.crs,
        src_nodata=nodata,
        dst_transform=Affine(grid.cell_m, 0, corner[0], 0, -grid.cell_m, corner[1]),
        dst_crs=grid_crs(grid),
        dst_nodata=nodata,
        resampling=Resampling[rule],
        tolerance=WARP_TOLERANCE,
    )


def tiles(source: Source, grid: Grid, ratio: float) -> Iterator[tuple[Span, Span]]:
    """Rows and columns of the grid, tile by tile."""
    edge = int(np.clip(TILE_EDGE // max(ratio, 1.0), 1, 1024))
    high, wide = edge, edge
    beneath = min(source.width, grid.width * ratio)
    if source.blocks[1] >= source.width and beneath > 2 * TILE_EDGE:
        # Rows that are stored whole are read whole: tiles beside each other would each read them.
        high = max(int(TILE_EDGE**2 / (max(ratio, 1.0) * beneath)), 1)
        wide = grid.width if high * max(ratio, 1.0) * beneath <= 4 * TILE_EDGE**2 else edge
        high = high if wide == grid.width else edge
    for r0 in range(0, grid.height, high):
        for c0 in range(0, grid.width, wide):
            yield (r0, min(r0 + high, grid.height)), (c0, min(c0 + wide, grid.width))


def _aligned(source: Source, grid: Grid) -> bool:
    """Whether source and grid cells coincide (same CRS is checked by the caller)."""
    a, _, c, _, e, f = source.transform
    if abs(a - grid.cell_m) * source.width > 1e-3 * a or abs(a + e) * source.height > 1e-3 * abs(e):
        return False
    col, row = (c - grid.west_m) / grid.cell_m, (grid.north_m - f) / grid.cell_m
    return abs(col - round(col)) < 1e-4 and abs(row - round(row)) < 1e-4


def _window(source: Source, tile: Tile, crs: Any, margin: int) -> tuple[Span, Span]:
    """Columns (unrolled) and rows of the source under a target tile, with a margin."""
    x, y = move_points(*edge_points(*tile, 11), crs, source.crs)
    keep = np.isfinite(x) & np.isfinite(y)
    if not keep.any():
        return (0, 0), (0, 0)
    circle = source.circle
    if circle:
        mid, _ = move_points((tile[0] + tile[2]) / 2, (tile[1] + tile[3]) / 2, crs, source.crs)
        x = unroll(x, float(mid[0]), circle)
    a, _, c, _, e, f = source.transform
    col, row = (x[keep] - c) / a, (y[keep] - f) / e
    # Beyond these columns nothing of the source can lie, however often it goes round.
    far = 0 if not circle else int(np.ceil(4 * circle / a))
    spans = []
    for at, low_most, high_most in ((col, -far, source.width + far), (row, 0, source.height)):
        low = int(np.floor(np.clip(at.min() + 1e-6, low_most - 1, high_most + 1))) - margin
        high = int(np.ceil(np.clip(at.max() - 1e-6, low_most - 1, high_most + 1))) + margin
        spans.append((max(low, low_most), min(high, high_most)))
    return spans[0], spans[1]


def _stretches(
    src: Any, source: Source, rows: Span, cols: Span
) -> Iterator[tuple[float, np.ma.MaskedArray[Any, Any]]]:
    """What lies under unrolled columns: the first column of each stretch, and its values.

    Where a circle is a whole number of columns, both sides of the raster's edge are one stretch.
    """
    period = source.circle / source.transform[0]
    if not period:
        low, high = max(cols[0], 0), min(cols[1], source.width)
        if low < high:
            yield float(low), source.read(src, rows, (low, high))
        return
    whole = abs(period - round(period)) < WARP_TOLERANCE
    found: list[tuple[float, Span]] = []
    for turn in range(
        int(np.floor((cols[0] - source.width) / period)), int(np.ceil(cols[1] / period)) + 1
    ):
        shift = float(round(turn * period)) if whole else turn * period
        low = max(int(np.ceil(cols[0] - shift)), 0)
        high = min(int(np.floor(cols[1] - shift)), source.width)
        if low < high:
            found.append((shift + low, (low, high)))
    if not whole or len(found) < 2:
        for first, span in found:
            yield first, source.read(src, rows, span)
        return
    begin = min(first for first, _ in found)
    end = max(first + high - low for first, (low, high) in found)
    shape = rows[1] - rows[0], int(end - begin)
    joined = np.ma.MaskedArray(np.zeros(shape, source.dtype), np.ones(shape, bool))
    for first, (low, high) in found:
        at = int(first - begin)
        joined[:, at : at + high - low] = source.read(src, rows, (low, high))
    yield begin, joined


def refuse_cut(source: Source, grid: Grid, crs: Any) -> None:
    """Refuse a raster whose map is cut or runs together within the study area.

    Raises
    ------
    LandscapeError
        A map projection that is cut along a meridian through the grid, or a raster in degrees where
        the grid holds a pole.
    """
    west, south, east, north = grid.bounds_m
    if source.circle:
        quarter = source.circle / 4
        x, y = move_points([0.0, 0.0], [quarter, -quarter], source.crs, crs)
        held = (x > west) & (x < east) & (y > south) & (y < north)
        if held.any():
            raise LandscapeError(
                f"is in degrees, whose meridians meet at the {'north' if held[0] else 'south'} "
                "pole within the study area",
                remedy="give it in a polar projection, or an extent that leaves the pole out",
            )
        return
    if crs == source.crs:
        return
    gx, gy = np.meshgrid(np.linspace(west, east, 21), np.linspace(south, north, 21))
    x, y = (v.reshape(gx.shape) for v in move_points(gx.ravel(), gy.ravel(), crs, source.crs))
    with np.errstate(invalid="ignore"):
        steps = np.concatenate(
            [np.hypot(np.diff(x, axis=axis), np.diff(y, axis=axis)).ravel() for axis in (0, 1)]
        )
    steps = steps[np.isfinite(steps)] * float(source.crs.linear_units_factor[1])
    if steps.size and steps.max() > max(TEAR * float(np.median(steps)), TEAR_M):
        raise LandscapeError(
            f"is in {crs_label(source.crs)}, a map that is cut along a meridian within the study "
            "area",
            remedy="bring it to degrees, which are joined there: gdalwarp -t_srs EPSG:4326 in.tif "
            "out.tif",
        )
