"""A user's raster of amounts brought to the grid: tonnes a hectare, millimetres, people a cell.

Whatever GDAL reads, in any CRS. Amounts per hectare and depths are averaged over what lies beneath
a cell, numbers a cell are shared out among the cells that theirs covers, so that sums stay. Ground
on which the raster says nothing counts as nothing, and how much of a cell that is, is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import LandscapeError, counted, placing
from corridor_sim.landscape.amount_units import METRES, Per, same_unit, split_unit
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.io.geo import quiet
from corridor_sim.landscape.io.raster_misfits import Misfits, refuse_gaps
from corridor_sim.landscape.io.raster_source import Source, inspect, mend
from corridor_sim.landscape.io.rasters import Places, cells_per_target, warp
from corridor_sim.landscape.layers import LayerSpec

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
# the largest amount that is taken for one, by what it is per; in the raster's own unit
MOST: dict[Per, float] = {"ha": 1e9, "depth": 6e4, "cell": 1e9}


@dataclass(frozen=True, slots=True)
class Amounts:
    """A raster of amounts on the grid.

    Attributes
    ----------
    per_cell : float64 ``[height, width]``
        Of the whole cell, in tonnes, m³ or whatever is counted; nothing where nothing is known.
    known : float32 ``[height, width]``
        Share of the cell on which the raster has a value.
    origin : str
        File, CRS and how it was brought to the grid, for people.
    """

    per_cell: F64
    known: F32
    origin: str


def read_amounts(path: Path, written: str, where: str, unit: str, per: Per, grid: Grid) -> Amounts:
    """Read a raster of amounts onto the grid.

    Parameters
    ----------
    path : Path
        A variable or band may stand after a bar, as for the maps of a landscape.
    written : str
        The path as the settings write it.
    where : str
        Whose raster it is, for messages.
    unit : str
        Of its values.
    per : {"ha", "depth", "cell"}
        What a value is of: a hectare, a depth of water, or all of a cell.
    grid : Grid

    Returns
    -------
    Amounts

    Raises
    ------
    LandscapeError
        In one line: a file that cannot be read, a tag of another unit, values below 0 or that look
        like undeclared nodata, no overlap with the landscape.
    """
    with quiet():
        source = inspect(path, "file", written)
        with placing(f"{where}: {source.where}"):
            _refuse_unit(source, unit)
            return _read(source, unit, per, grid)


def _refuse_unit(source: Source, unit: str) -> None:
    if source.unit and source.unit != "1" and not same_unit(source.unit, unit):
        raise LandscapeError(
            f"declares its unit as {source.unit!r}, the settings say {unit!r}",
            remedy="correct the one that is wrong, or convert the raster (gdal_calc.py)",
        )


def _refuse_values(misfits: Misfits, source: Source) -> None:
    """Refuse values that are no amounts; ground without a value is told later and not refused."""
    if misfits.first is None:
        return
    value, x, y = misfits.first
    place = f"first at x {x:.0f}, y {y:.0f}"
    if misfits.sentinel:
        mark, n = max(misfits.sentinel.items(), key=lambda item: (item[1], item[0]))
        raise LandscapeError(
            f"holds {mark:.10g} in {counted(n, 'cell')} of the study area, {place}: it looks like "
            "nodata that the file does not declare",
            remedy=f"declare it: {mend(source, source.part, f'-a_nodata {mark:.17g}')}",
        )
    low, high, unit = misfits.spec.low, misfits.spec.high, misfits.spec.unit
    raise LandscapeError(
        f"holds {value:g} ({counted(misfits.count, 'impossible value')}), {place}",
        remedy=f"amounts must lie in {low:g} to {high:g} {unit}",
    )


def _read(source: Source, unit: str, per: Per, grid: Grid) -> Amounts:
    spec = LayerSpec("amounts", unit, 0.0, MOST[per], "amounts on the ground")
    misfits = Misfits(spec)

    def sorted_out(raw: Any) -> tuple[F64, NDArray[np.bool_], NDArray[np.bool_]]:
        values = raw.data.astype(np.float64) * source.scale + source.offset
        out = np.ma.getmaskarray(raw) | np.isnan(values)
        return values, out, ~out & ~((values >= spec.low) & (values <= spec.high))

    def prepare(raw: Any, places: Places) -> F32:
        values, out, bad = sorted_out(raw)
        if bad.any():
            misfits.add(values, bad, places)
        values[out | bad] = np.nan
        return np.asarray(values, np.float32)

    def there(raw: Any, places: Places) -> F32:
        _, out, bad = sorted_out(raw)
        return np.where(out | bad, np.float32(0), np.float32(1))

    coarser = cells_per_target(source, grid) > 1
    rule = "sum" if per == "cell" else "average" if coarser else "bilinear"
    values = np.full(grid.shape, np.nan, np.float32)
    used = warp(source, grid, prepare, values, rule)
    known = np.full(grid.shape, np.nan, np.float32)
    warp(source, grid, there, known, "average" if coarser else "nearest")
    empty = np.isnan(values)
    _refuse_values(misfits, source)
    if empty.all():
        refuse_gaps(source, grid, empty, spec.name)
    known = np.where(empty | np.isnan(known), np.float32(0), known)
    whole = np.where(empty, 0.0, values.astype(np.float64))
    if per == "ha":
        whole *= known * grid.cell_km2 * 100.0
    elif per == "depth":
        whole *= known * METRES[split_unit(unit)[0]] * grid.cell_m**2
    how = {
        "sum": "shared out over",
        "average": "averaged to",
        "bilinear": "interpolated to",
        "copy": "taken as is,",
    }[used]
    said = f"{source.part.name} ({source.label}), {how} {grid.cell_m:g} m cells"
    return Amounts(whole, known, said)
