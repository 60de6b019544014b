"""Read one user raster onto the grid, with its misfits named.

Bad values are set aside *before* resampling, since an average would smear them into plausible ones.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.io.code_table import MAX_UNKNOWN, CodeTable
from corridor_sim.landscape.io.raster_header import mend, refuse_scaled_classes
from corridor_sim.landscape.io.raster_misfits import Misfits, refuse_far, refuse_gaps, refuse_unit
from corridor_sim.landscape.io.raster_source import Source
from corridor_sim.landscape.io.warp import Places, cells_per_target, warp
from corridor_sim.landscape.layers import LAYERS


def read_continuous(source: Source, grid: Grid, layer: str) -> tuple[NDArray[np.float32], str]:
    """Return a continuous layer on the grid, ``[height, width]`` float32, and the rule used.

    Averages where the grid is coarser than the source, interpolates bilinearly where it is finer,
    copies where the cells coincide. A declared scale and offset are applied.

    Raises
    ------
    LandscapeError
        Unit, NaN, infinity, impossible values, no or partial overlap, nodata in the study area.
    """
    spec = LAYERS[layer]
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
    refuse_gaps(source, grid, gaps, layer)
    return out, rule


def read_classes(
    source: Source, grid: Grid, table: CodeTable, elevation_m: NDArray[np.float32]
) -> tuple[NDArray[np.uint8], str]:
    """Return land-cover codes of :mod:`covers` on the grid, ``[height, width]`` uint8, and rule.

    Codes are translated before resampling, so two raster codes of one cover count together in the
    mode. ``by_elevation`` entries are resolved on the grid with ``elevation_m``.

    Raises
    ------
    LandscapeError
        A code in the study area that the table lacks, gaps, no or partial overlap.
    """
    refuse_scaled_classes(source.scale, source.offset, source.where)
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
                raise table.refuse_codes(
                    unknown, source.where, mend(source, source.part, "-a_nodata nan")
                )
        return codes

    rule = "mode" if cells_per_target(source, grid) > 1 else "nearest"
    out = np.zeros(grid.shape, np.uint8)
    rule = warp(source, grid, prepare, out, rule)
    if unknown:
        raise table.refuse_codes(unknown, source.where, mend(source, source.part, "-a_nodata nan"))
    refuse_gaps(source, grid, out == 0, "land_cover")
    return table.resolve(out, elevation_m), rule
