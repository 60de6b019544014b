"""Name what is wrong with a user raster: unit, impossible values, gaps, no or partial overlap."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import LandscapeError, counted
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.io.geo import bounds_text, crs_label, grid_crs, move_points
from corridor_sim.landscape.io.raster_source import Source, mend
from corridor_sim.landscape.layers import LayerSpec

# Values that programs write for "no data" and that users forget to declare as such.
SENTINELS = (
    *(-32768.0, -32767.0, 32767.0, -9999.0, -99999.0, -999.0, 9999.0, 65535.0, -2147483648.0),
    *(-3.4028234663852886e38, 3.4028234663852886e38, 1e20),
)
HIGHEST_FT = 29_032
# Smaller grids are read whatever they cover; it takes a moment.
FAR_CELLS = 1_000_000

# in small letters
_UNITS = {
    "elevation_m": r"m|masl|m a\.s\.l\.|m asl|m amsl|met(re|er)s?( above sea level)?",
    "temperature_c": r"°?c|celsius|celcius|deg[ _]?c|degrees?[ _]?c|degrees?[ _]celsius",
}
_FLOAT = "gdal_calc.py -A in.tif --outfile=out.tif --type=Float32 --calc="
_CONVERT = {
    "elevation_m": f"convert it to metres: {_FLOAT}'A*0.3048' for feet",
    "temperature_c": f"convert it to degrees Celsius: {_FLOAT}'A-273.15' for Kelvin",
}
_US_FEET = ("us-ft", "us survey foot", "us survey feet", "ftus", "foot_us")


def refuse_unit(source: Source, layer: str) -> None:
    """Refuse a declared unit that is not the layer's own (no unit at all is accepted)."""
    unit = source.unit
    if layer == "elevation_m" and source.height_unit not in ("", "metre", "meter", "m"):
        raise LandscapeError(
            f"has a CRS whose heights are in {source.height_unit}, metres are needed",
            remedy=f"{_CONVERT[layer]}, and give out.tif a CRS without heights: gdal_edit.py "
            "-a_srs EPSG:<code> out.tif",
        )
    if not unit or re.fullmatch(_UNITS.get(layer, ".*"), unit.casefold(), re.DOTALL):
        return
    names = {"k": "Kelvin", "kelvin": "Kelvin", "kelvins": "Kelvin", "ft": "feet", "foot": "feet"}
    names |= dict.fromkeys(_US_FEET, "feet")
    spoken = names.get(unit.casefold(), "")
    note = f" ({spoken})" if spoken and spoken.casefold() != unit.casefold() else ""
    need = "metres" if layer == "elevation_m" else "degrees Celsius"
    raise LandscapeError(
        f"declares its unit as {unit!r}{note}, {need} are needed",
        remedy=_CONVERT[layer]
        if spoken
        else f"convert it to {need}, or correct the unit that the file declares",
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

    def refuse(self, source: Source, grid: Grid, gaps: NDArray[np.bool_]) -> None:
        """Raise if anything was counted; ``gaps`` are the cells that it leaves empty.

        Raises
        ------
        LandscapeError
            Naming the kind of value, how many, the first with its map coordinates, the remedy.
        """
        if self.first is None:
            return
        value, x, y = self.first
        place = f"first at x {x:.0f}, y {y:.0f}"
        need = (
            f"values must lie in {self.spec.low:g} to {self.spec.high:g} {self.spec.unit}".rstrip()
        )
        if self.nan or self.inf:
            kind = "NaN" if self.nan else "infinity"
            raise LandscapeError(
                f"holds {kind} in {counted(self.nan or self.inf, 'cell')} of the study area, "
                f"{place}",
                remedy=advice(source, self.spec.name, grid, gaps, undeclared=bool(self.nan)),
            )
        if self.sentinel:
            mark = max(self.sentinel, key=lambda v: (self.sentinel[v], v))
            raise LandscapeError(
                f"holds {mark:.10g} in {counted(self.sentinel[mark], 'cell')} of the study area, "
                f"{place}: it looks like nodata that the file does not declare",
                remedy=f"declare it: {mend(source, source.part, f'-a_nodata {mark:.17g}')}; then "
                + advice(source, self.spec.name, grid, gaps),
            )
        guess, remedy = self._guess()
        span = f"{self.count} impossible values from {self.low:g} to {self.high:g}"
        if self.count == 1:
            span = "1 impossible value"
        raise LandscapeError(f"holds {value:g} ({span}), {place}{guess}", remedy=f"{remedy}{need}")

    def _guess(self) -> tuple[str, str]:
        """Recognise the usual unit mistakes: feet, Kelvin, tenths of a degree."""
        name = self.spec.name
        if name == "elevation_m" and self.low > self.spec.high and self.high <= HIGHEST_FT:
            return ": it looks like feet", _CONVERT[name] + "; "
        if name == "temperature_c" and self.low >= 200 and self.high <= 330:
            return ": it looks like Kelvin", _CONVERT[name] + "; "
        if name == "temperature_c" and self.low >= -400 and self.high <= 450:
            return (": it looks like tenths of a degree", f"divide by ten: {_FLOAT}'A*0.1'; ")
        return "", ""


def advice(
    source: Source, layer: str, grid: Grid, gaps: NDArray[np.bool_], undeclared: bool = False
) -> str:
    """What to do about cells without a value, so that nothing is invented where nothing is known.

    The sea has no height of its own in many maps of heights. Filled in from the shore it would
    become land.
    """
    extent = whole_extent(grid, gaps)
    crop = f'crop with extent = "{extent}"' if extent else "crop the extent to leave them out"
    if undeclared:
        return f"declare it: {mend(source, source.part, '-a_nodata nan')}; such cells are no ground"
    if layer == "elevation_m":
        return (
            f'{crop}; sea: drop nodata = "refuse", and it is no ground; holes in land: '
            "gdal_fillnodata.py in.tif out.tif"
        )
    if layer == "land_cover":
        return f"{crop}, or say what they are: a line nodata,water (or another cover) in the table"
    return f"{crop}, or fill them: gdal_fillnodata.py in.tif out.tif"


def refuse_gaps(source: Source, grid: Grid, gaps: NDArray[np.bool_], layer: str) -> None:
    """Refuse cells of the study area without a value: no overlap, partial overlap or nodata.

    Raises
    ------
    LandscapeError
        With the share covered, or the number of empty cells and the first of them on the map.
    """
    if not gaps.any():
        return
    refuse_beyond(source, grid, gaps)
    rows, cols = np.nonzero(gaps)
    x, y = grid.x_centres_m()[cols], grid.y_centres_m()[rows]
    raise LandscapeError(
        f"has no data in {gaps.sum()} of {gaps.size} cells of the study area, "
        f"first at x {x[0]:.0f}, y {y[0]:.0f} (row {rows[0]}, column {cols[0]})",
        remedy=advice(source, layer, grid, gaps),
    )


def refuse_beyond(source: Source, grid: Grid, gaps: NDArray[np.bool_]) -> None:
    """Refuse cells without a value that lie off the raster: no overlap or a partial one.

    Raises
    ------
    LandscapeError
        With the share covered.
    """
    rows, cols = np.nonzero(gaps)
    x, y = grid.x_centres_m()[cols], grid.y_centres_m()[rows]
    sx, sy = move_points(x, y, grid_crs(grid), source.crs)
    outside = ~source.holds(sx, sy)
    if outside.all() and gaps.all():
        raise _no_overlap(source, grid, sx, sy)
    if outside.any():
        covered = f"{100 * (1 - outside.sum() / gaps.size):.1f} %"
        raise _partial(source, grid, covered, whole_extent(grid, gaps))


def refuse_scaled_codes(source: Source) -> None:
    """Refuse class codes of which the file says that they are scaled.

    Raises
    ------
    LandscapeError
    """
    if (source.scale, source.offset) != (1.0, 0.0):
        raise LandscapeError(
            f"declares a scale of {source.scale:g} and an offset of {source.offset:g}: codes of "
            "classes are not scaled",
            remedy="take the scaling out: gdal_translate -a_scale 1 -a_offset 0 in.tif out.tif",
        )


def refuse_far(source: Source, grid: Grid) -> None:
    """Refuse a large grid that mostly lies off the raster, before it is read or filled.

    Raises
    ------
    LandscapeError
        The raster covers less than half of the grid, judged by every so many cells.
    """
    if grid.height * grid.width < FAR_CELLS:
        return
    rows, cols = (np.unique(np.linspace(0, n - 1, MAX_SIDE).astype(np.int64)) for n in grid.shape)
    x, y = np.meshgrid(grid.x_centres_m()[cols], grid.y_centres_m()[rows])
    sx, sy = move_points(x.ravel(), y.ravel(), grid_crs(grid), source.crs)
    held = source.holds(sx, sy, inset=0.5).reshape(x.shape)
    if held.mean() >= 0.5:
        return
    if not held.any():
        raise _no_overlap(source, grid, sx, sy)
    r0, r1, c0, c1 = largest_whole(~held)
    whole = _extent(grid, (rows[r0], rows[r1 - 1] + 1), (cols[c0], cols[c1 - 1] + 1))
    raise _partial(source, grid, f"about {100 * held.mean():.2g} %", whole)


def _no_overlap(source: Source, grid: Grid, sx: Any, sy: Any) -> LandscapeError:
    swapped = bool(source.circle) and bool(source.holds(sy, sx).any())
    return LandscapeError(
        f"does not overlap the study area: it covers "
        f"{bounds_text(source.bounds)} in {crs_label(source.crs)}, "
        f"the study area {bounds_text(grid.bounds_m)} in {crs_label(grid_crs(grid))}",
        remedy="its latitude and longitude seem to be swapped: write it with longitude as x"
        if swapped
        else "check its CRS, or give an extent that both cover",
    )


def _partial(source: Source, grid: Grid, covered: str, extent: str) -> LandscapeError:
    return LandscapeError(
        f"covers only {covered} of the study area ({bounds_text(grid.bounds_m)})",
        remedy=f'crop with extent = "{extent}" or give a raster that covers it all'
        if extent
        else "give a raster that covers it all",
    )


MAX_SIDE = 400
# A smaller part of the study area than this is no remedy.
LEAST_SHARE = 0.05


def whole_extent(grid: Grid, gaps: NDArray[np.bool_]) -> str:
    """The largest part of the grid without gaps as an ``extent`` setting, ``""`` if it is small.

    The extent lies on the grid's own cells, so that they are the same cells when it is used.
    """
    r0, r1, c0, c1 = largest_whole(gaps)
    if (r1 - r0) * (c1 - c0) < max(LEAST_SHARE * gaps.size, 1):
        return ""
    return _extent(grid, (r0, r1), (c0, c1))


def _extent(grid: Grid, rows: tuple[int, int], cols: tuple[int, int]) -> str:
    """Return rows and columns, from and to, as an ``extent`` setting."""
    west, north, cell = grid.west_m, grid.north_m, grid.cell_m
    (r0, r1), (c0, c1) = rows, cols
    sides = (west + c0 * cell, north - r1 * cell, west + c1 * cell, north - r0 * cell)
    return " ".join(f"{side:.12g}" for side in sides)


def largest_whole(gaps: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """Rows ``r0:r1`` and columns ``c0:c1`` of the largest rectangle without a gap.

    Above ``MAX_SIDE`` rows or columns it is found on blocks and then widened cell by cell, which
    may leave out less than a block on a side.
    """
    height, width = gaps.shape
    k = -(-max(height, width) // MAX_SIDE)
    padded = np.zeros((-(-height // k) * k, -(-width // k) * k), bool)
    padded[:height, :width] = gaps
    blocks = padded.reshape(padded.shape[0] // k, k, padded.shape[1] // k, k)
    r0, r1, c0, c1 = (k * v for v in _largest(np.logical_or.reduce(blocks, axis=(1, 3))))
    r1, c1 = min(r1, height), min(c1, width)
    if r0 >= r1 or c0 >= c1:
        return 0, 0, 0, 0
    while r0 > 0 and not gaps[r0 - 1, c0:c1].any():
        r0 -= 1
    while r1 < height and not gaps[r1, c0:c1].any():
        r1 += 1
    while c0 > 0 and not gaps[r0:r1, c0 - 1].any():
        c0 -= 1
    while c1 < width and not gaps[r0:r1, c1].any():
        c1 += 1
    return r0, r1, c0, c1


def _largest(gaps: NDArray[Any]) -> tuple[int, int, int, int]:
    """By the heights of whole columns above each row, and a stack of rising ones."""
    best, found = 0, (0, 0, 0, 0)
    heights = np.zeros(gaps.shape[1], np.int64)
    for row in range(gaps.shape[0]):
        heights = np.where(gaps[row], 0, heights + 1)
        if int(heights.max()) * gaps.shape[1] <= best:
            continue
        stack: list[tuple[int, int]] = []  # first column, height
        for col, high in enumerate([*heights.tolist(), 0]):
            first = col
            while stack and stack[-1][1] >= high:
                first, tall = stack.pop()
                if tall * (col - first) > best:
                    best = tall * (col - first)
                    found = (row + 1 - tall, row + 1, first, col)
            stack.append((first, high))
    return found
