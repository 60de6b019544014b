"""Name what is wrong with a user raster: unit, impossible values, gaps, no or partial overlap."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import LandscapeError
from corridor_sim.landscape.geo import (
    bounds_text,
    crs_label,
    grid_crs,
    inner_rectangle,
    many,
    move_points,
)
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.layers import LayerSpec
from corridor_sim.landscape.raster_source import Source

# Values that programs write for "no data" and that users forget to declare as such.
SENTINELS = (-32768.0, -32767.0, 32767.0, -9999.0, -99999.0, -999.0, 9999.0, 65535.0,
             -2147483648.0, -3.4028234663852886e38, 3.4028234663852886e38, 1e20)  # fmt: skip
HIGHEST_FT = 29_032

_UNITS: dict[str, tuple[str, ...]] = {
    "elevation_m": ("m", "metre", "metres", "meter", "meters", "masl", "m a.s.l."),
    "temperature_c": ("degc", "c", "°c", "celsius", "degree celsius", "degrees celsius", "deg c",
                      "degree_celsius", "degrees_celsius"),
}  # fmt: skip
_CONVERT = {
    "elevation_m": "convert it to metres: gdal_calc.py -A in.tif --calc='A*0.3048' for feet",
    "temperature_c": "convert it to degrees Celsius: gdal_calc.py -A in.tif --calc='A-273.15' for "
    "Kelvin",
}


def refuse_unit(where: str, unit: str, layer: str) -> None:
    """Refuse a declared unit that is not the layer's own (no unit at all is accepted)."""
    if not unit or unit.casefold() in _UNITS.get(layer, (unit.casefold(),)):
        return
    names = {"k": "Kelvin", "kelvin": "Kelvin", "ft": "feet", "us-ft": "feet", "foot": "feet"}
    spoken = names.get(unit.casefold(), "")
    note = f" ({spoken})" if spoken and spoken.casefold() != unit.casefold() else ""
    need = "metres" if layer == "elevation_m" else "degrees Celsius"
    raise LandscapeError(
        f"declares its unit as {unit!r}{note}, {need} are needed",
        where=where,
        remedy=_CONVERT[layer],
    )


class Misfits:
    """Count the impossible values met while a raster is read, and refuse them in one message."""

    def __init__(self, spec: LayerSpec) -> None:
        self.spec = spec
        self.count = 0
        self.nan = 0
        self.inf = 0
        self.first: tuple[float, float, float] | None = None
        self.low, self.high = np.inf, -np.inf
        self.sentinel: dict[float, int] = {}

    def add(
        self,
        values: NDArray[np.float64],
        bad: NDArray[np.bool_],
        places: Callable[[Any], tuple[NDArray[np.bool_], Any, Any]],
    ) -> None:
        """Count the ``bad`` cells of a window that lie in its tile of the study area."""
        inside, x, y = places(bad)
        found = values[bad][inside]
        if not found.size:
            return
        if self.first is None:
            at = int(np.flatnonzero(inside)[0])
            self.first = (float(found[0]), float(x[at]), float(y[at]))
        self.count += found.size
        self.nan += int(np.isnan(found).sum())
        self.inf += int(np.isinf(found).sum())
        finite = found[np.isfinite(found)]
        if finite.size:
            self.low = min(self.low, float(finite.min()))
            self.high = max(self.high, float(finite.max()))
            for value in SENTINELS:
                n = int((finite == value).sum())
                if n:
                    self.sentinel[value] = self.sentinel.get(value, 0) + n

    def refuse(self, where: str) -> None:
        """Raise if anything was counted.

        Raises
        ------
        LandscapeError
            Naming the kind of value, how many, the first with its map coordinates, the remedy.
        """
        if self.first is None:
            return
        value, x, y = self.first
        place = f"first at x {x:.0f}, y {y:.0f}"
        need = f"values must lie in {self.spec.low:g} to {self.spec.high:g} {self.spec.unit}"
        if self.nan or self.inf:
            kind = "NaN" if self.nan else "infinity"
            raise LandscapeError(
                f"holds {kind} in {many(self.nan or self.inf, 'cell')} of the study area, {place}",
                where=where,
                remedy="fill these cells (gdal_fillnodata.py) or crop the extent to leave them out",
            )
        if self.sentinel:
            mark = max(self.sentinel, key=lambda v: (self.sentinel[v], v))
            raise LandscapeError(
                f"holds {mark:.10g} in {many(self.sentinel[mark], 'cell')} of the study area, "
                f"{place}: it looks like nodata that the file does not declare",
                where=where,
                remedy=f"declare it: gdal_edit.py -a_nodata {mark:.10g} file.tif and fill or crop",
            )
        guess, remedy = self._guess()
        span = f"{self.count} impossible values from {self.low:g} to {self.high:g}"
        if self.count == 1:
            span = "1 impossible value"
        raise LandscapeError(
            f"holds {value:g} ({span}), {place}{guess}",
            where=where,
            remedy=f"{remedy}{need}",
        )

    def _guess(self) -> tuple[str, str]:
        """Recognise the usual unit mistakes: feet, Kelvin, tenths of a degree."""
        name = self.spec.name
        if name == "elevation_m" and self.low > self.spec.high and self.high <= HIGHEST_FT:
            return ": it looks like feet", _CONVERT[name] + "; "
        if name == "temperature_c" and self.low >= 200 and self.high <= 330:
            return ": it looks like Kelvin", _CONVERT[name] + "; "
        if name == "temperature_c" and self.low >= -400 and self.high <= 450:
            return (
                ": it looks like tenths of a degree",
                "divide by ten: gdal_calc.py -A in.tif --calc='A*0.1'; ",
            )
        return "", ""


def refuse_gaps(source: Source, grid: Grid, gaps: NDArray[np.bool_]) -> None:
    """Refuse cells of the study area without a value: no overlap, partial overlap or nodata.

    Raises
    ------
    LandscapeError
        With the share covered, or the number of empty cells and the first of them on the map.
    """
    if not gaps.any():
        return
    crs = grid_crs(grid)
    rows, cols = np.nonzero(gaps)
    x, y = grid.x_centres_m()[cols], grid.y_centres_m()[rows]
    sx, sy = move_points(x, y, crs, source.crs)
    west, south, east, north = source.bounds
    outside = ~((sx >= west) & (sx <= east) & (sy >= south) & (sy <= north))
    n_out, total = int(outside.sum()), gaps.size
    if n_out == total:
        raise LandscapeError(
            f"does not overlap the study area of the elevation: it covers "
            f"{bounds_text(source.bounds)} in {crs_label(source.crs)}, "
            f"the study area {bounds_text(grid.bounds_m)} in {crs_label(crs)}",
            where=source.where,
            remedy="check its CRS, or give an extent that both cover",
        )
    if n_out:
        ox, oy = move_points(*source.outline(), source.crs, crs)
        common = _common(ox, oy, grid)
        raise LandscapeError(
            f"covers only {100 * (1 - n_out / total):.1f} % of the study area "
            f"({bounds_text(grid.bounds_m)})",
            where=source.where,
            remedy=f'crop with extent = "{common}" or give a raster that covers it all'
            if common
            else "give a raster that covers it all",
        )
    raise LandscapeError(
        f"has no data in {gaps.sum()} of {total} cells of the study area, first at x {x[0]:.0f}, "
        f"y {y[0]:.0f} (row {rows[0]}, column {cols[0]})",
        where=source.where,
        remedy="crop the extent to leave them out, or fill them (gdal_fillnodata.py)",
    )


def _common(x: Any, y: Any, grid: Grid) -> str:
    """The part of the grid inside an outline, in whole cells, as an ``extent`` setting."""
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        return ""
    west, south, east, north = inner_rectangle(x, y)
    gw, gs, ge, gn = grid.bounds_m
    c = grid.cell_m
    west = gw + np.ceil(max(west - gw, 0) / c) * c
    east = ge - np.ceil(max(ge - east, 0) / c) * c
    south = gs + np.ceil(max(south - gs, 0) / c) * c
    north = gn - np.ceil(max(gn - north, 0) / c) * c
    if west >= east or south >= north:
        return ""
    return f"{west:.10g} {south:.10g} {east:.10g} {north:.10g}"
