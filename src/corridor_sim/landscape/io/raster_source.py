"""What one raster file declares of itself, checked before a pixel is read, and its windows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError
from rasterio.crs import CRS
from rasterio.errors import RasterioError
from rasterio.windows import Window

from corridor_sim.errors import LandscapeError, counted, placing
from corridor_sim.landscape.io.geo import crs_label, flat, full_circle, metres_per_unit
from corridor_sim.landscape.io.local_files import (
    refuse_odd_beginning,
    refuse_odd_text,
    regular_file,
)
from corridor_sim.landscape.io.raster_parts import Part, open_part, split_part

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Source:
    """What a raster declares of itself; no pixels.

    Attributes
    ----------
    part, key : Part, str
        File with its variable and band, and the scenario key that named it.
    width, height : int
        Columns and rows.
    transform : tuple of float
        Affine coefficients ``(a, b, c, d, e, f)`` of rows from the north and columns from the
        west, however the file stores them; ``b`` and ``d`` are 0.
    crs : rasterio.crs.CRS
        Its own CRS, without heights.
    dtype, unit : str
        NumPy dtype and declared unit (``""`` if none).
    scale, offset : float
        Declared linear scaling: value = stored * scale + offset.
    driver : str
        GDAL's name of the file's form.
    blocks : tuple of int
        Rows and columns of the blocks that the file stores.
    band, alpha : int
        The band of values, and that of transparency (None if there is none).
    nodata : float or None
        Declared nodata value.
    turned_x, turned_y : bool
        Whether the file stores columns from the east, or rows from the south.
    height_unit : str
        Unit of heights in a compound CRS (``""`` if it has none).
    note : str
        What was assumed of it.
    """

    part: Part
    key: str
    width: int
    height: int
    transform: tuple[float, float, float, float, float, float]
    crs: Any
    dtype: str
    unit: str
    scale: float
    offset: float
    driver: str = "GTiff"
    blocks: tuple[int, int] = (1, 1)
    band: int = 1
    alpha: int | None = None
    nodata: float | None = None
    turned_x: bool = False
    turned_y: bool = False
    height_unit: str = ""
    note: str = ""

    @property
    def where(self) -> str:
        """File and key, the place that an error names."""
        return f"{self.part.whole} ({self.key})"

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north in the units of its own CRS."""
        a, _, c, _, e, f = self.transform
        return c, f + e * self.height, c + a * self.width, f

    @property
    def circle(self) -> float:
        """After how many units of x the same place comes again (360 degrees); 0 on a plane."""
        return full_circle(self.crs)

    @property
    def label(self) -> str:
        """CRS and cell size for people."""
        unit = str(self.crs.units_factor[0])
        unit = "m" if unit in ("metre", "meter") else unit
        return f"{crs_label(self.crs)}{self.note}, {abs(self.transform[0]):.6g} {unit} cells"

    def holds(self, x: NDArray[Any], y: NDArray[Any], inset: float = 0.0) -> NDArray[np.bool_]:
        """Which points lie on the raster, longitudes of any count (281 is -79).

        ``inset`` cells at its edge are not counted.
        """
        west, south, east, north = self.bounds
        a, e = inset * self.transform[0], -inset * self.transform[4]
        south, north = south + e, north - e
        if not self.circle or east - west < self.circle:  # a full circle has no edge
            west, east = west + a, east - a
        if self.circle:
            x = west + np.mod(x - west, self.circle)
        return (x >= west) & (x <= east) & (y >= south) & (y <= north)

    def read(self, src: Any, rows: Span, cols: Span) -> np.ma.MaskedArray[Any, Any]:
        """Stored values of a window, rows from the north and columns from the west.

        Masked is what nodata, a mask of the file or full transparency leave out.
        """
        r0 = self.height - rows[1] if self.turned_y else rows[0]
        c0 = self.width - cols[1] if self.turned_x else cols[0]
        window = Window(c0, r0, cols[1] - cols[0], rows[1] - rows[0])
        values = src.read(self.band, window=window)
        if str(src.mask_flag_enums[self.band - 1][0].name) == "all_valid":
            out = np.zeros(values.shape, bool)
        else:
            out = src.read_masks(self.band, window=window) == 0
        if self.alpha is not None:
            out |= src.read(self.alpha, window=window) == 0
        if self.nodata is not None and not np.isnan(self.nodata):
            # GDAL heeds either a mask or nodata; here both count.
            out |= values == self.nodata
        step = np.s_[:: -1 if self.turned_y else 1, :: -1 if self.turned_x else 1]
        return np.ma.MaskedArray(values[step], out[step])


def inspect(path: Path, key: str, written: str = "", holds: str = "") -> Source:
    """Read what the raster declares and refuse what cannot be placed on a map.

    ``path`` may name a variable or a band: ``climate.nc|variable=tas``, ``stack.tif|band=2``;
    ``written`` is the path as the scenario writes it, ``holds`` what its numbers are to be where
    the key does not say it.

    Raises
    ------
    LandscapeError
        Missing file, not a raster, several variables or bands and none named, no CRS or no
        georeference, a rotated grid, or a declared size above ``MAX_SOURCE_CELLS``.
    """
    with placing(f"{path} ({key})"):
        part = split_part(path, key, written)
        regular_file(part.file)
        refuse_odd_beginning(part.file)
        with open_part(part, key) as src:
            refuse_odd_text(src, part.file)
            try:
                return _declared(src, part, key, holds or _MEANING.get(key, CODES))
            except LandscapeError:
                raise
            except Exception as error:  # any property of a damaged header may fail in its own way
                raise LandscapeError(
                    f"has a header that cannot be read ({type(error).__name__})",
                    remedy="copy or download it again; gdalinfo shows what is wrong",
                ) from error


def _refuse_if_cut_short(src: Any, path: Path) -> None:
    """A file cut off within its header loses its CRS: name the cause and not the symptom."""
    try:
        src.read(1, window=Window(0, src.height - 1, src.width, 1))
    except (RasterioError, OSError) as error:
        raise LandscapeError(
            f"is damaged or cut short at {path.stat().st_size} bytes: its last row and its CRS "
            "cannot be read",
            remedy="copy or download it again",
        ) from error


def _declared(src: Any, part: Part, key: str, holds: str) -> Source:
    band, alpha = choose_band(src, part, key, holds)
    refuse_storage(src, part, band)
    assign = f"assign the one it was made in: {mend(src, part, '-a_srs EPSG:<code>')}"
    crs, note = src.crs, ""
    if not crs:
        _refuse_if_cut_short(src, part.file)
        crs, note = assumed_crs(src, src.tags()), " assumed"
    if not crs:
        raise LandscapeError("has no CRS", remedy=assign)
    frame = flat(crs, assign)
    if frame.downwards and key == "elevation":
        raise LandscapeError(
            "measures depths (the vertical axis of its CRS points down), heights are needed",
            remedy="turn them: gdal_calc.py -A in.tif --outfile=out.tif --type=Float32 "
            "--calc='-A' and give it a CRS without depths: gdal_edit.py -a_srs EPSG:<code>",
        )
    transform, turned_x, turned_y = placed(src, part, frame.crs)
    nodata = src.nodatavals[band - 1]
    return Source(
        part,
        key,
        src.width,
        src.height,
        transform,
        frame.crs,
        src.dtypes[band - 1],
        (src.units[band - 1] or "").strip(),
        float(src.scales[band - 1]),
        float(src.offsets[band - 1]),
        src.driver,
        tuple(src.block_shapes[band - 1]),
        band,
        alpha,
        None if nodata is None else float(nodata),
        turned_x,
        turned_y,
        frame.height_unit,
        note,
    )


MAX_SOURCE_CELLS = 2_000_000_000
MAX_BLOCK_BYTES = 1 << 30
# Cells from a millimetre to a quarter of the Earth, coordinates within what any projection uses
# (zone numbers before the easting come to some 4e7 m).
CELL_M = (1e-3, 1e7)
MAX_COORDINATE_M = 1e9
Transform = tuple[float, float, float, float, float, float]
_COLOURS = ("red", "green", "blue")
CODES = "class codes"
# what the numbers of a raster are, by its key
_MEANING = {"elevation": "heights", "temperature": "temperatures", "file": "amounts"}


def mend(src: Any, part: Part, option: str) -> str:
    """The command that corrects what a file declares: in place where GDAL can, else as a copy.

    ``src`` is anything with the name of a ``driver``: an open file or what was read of it.
    """
    name = part.file.name
    if src.driver in ("GTiff", "HFA"):
        edit = option.replace("-a_scale", "-scale").replace("-a_offset", "-offset")
        return f"gdal_edit.py {edit} {name}"
    if part.variable is not None:
        name = f'NETCDF:"{name}":{part.variable}'
    return f"gdal_translate {option} {name} out.tif"


def choose_band(src: Any, part: Part, key: str, holds: str) -> tuple[int, int | None]:
    """The band that is meant, and the band of transparency if there is one (both from 1).

    Raises
    ------
    LandscapeError
        Several bands and none named, a band that is not there, a picture, colours of a palette.
    """
    kinds = _kinds(src)
    alpha = kinds.index("alpha") + 1 if "alpha" in kinds else None
    data = [band for band in range(1, src.count + 1) if band != alpha]
    if part.band is not None:
        if part.band not in data:
            raise LandscapeError(
                f"has no band {part.band} of values, it holds {_bands(kinds)}",
                remedy=f'give {key} = "{part.with_(band=data[0])}"' if data else "give a raster",
            )
        return part.band, alpha
    if set(_COLOURS) <= set(kinds):
        raise LandscapeError(
            f"is a picture: it holds {_bands(kinds)}, colours and not {holds}",
            remedy="give the raster from which it was drawn; if one band does hold "
            f'{holds}, name it: {key} = "{part.with_(band=1)}"',
        )
    if len(data) != 1:
        hint = " (the one of the annual mean)" if key == "temperature" else ""
        raise LandscapeError(
            f"holds {_bands(kinds)}, one is needed",
            remedy=f'name one{hint}: {key} = "{part.with_(band=data[0] if data else 1)}"',
        )
    if kinds[data[0] - 1] == "palette" and holds != CODES:
        raise LandscapeError(
            f"holds numbers of a colour table (a palette), not {holds}",
            remedy="give the raster from which it was drawn; if its numbers are "
            f'{holds} all the same, say so: {key} = "{part.with_(band=data[0])}"',
        )
    return data[0], alpha


def _kinds(src: Any) -> list[str]:
    try:
        return [str(kind.name) for kind in src.colorinterp]
    except CPLE_BaseError:  # of a tag that no reader knows; the values may well be whole
        return ["undefined"] * int(src.count)


def _bands(kinds: list[str]) -> str:
    named = [k for k in kinds if k in (*_COLOURS, "alpha")]
    listed = f" ({', '.join(kinds)})" if named and len(kinds) <= 5 else ""
    return counted(len(kinds), "band") + listed


def refuse_storage(src: Any, part: Part, band: int) -> None:
    """Refuse a size, a block, a number type or a scaling with which no value can be read."""
    if src.width * src.height > MAX_SOURCE_CELLS:
        raise LandscapeError(
            f"declares {src.height} x {src.width} cells ({src.width * src.height / 1e9:.1f} "
            f"billion), above the limit of {MAX_SOURCE_CELLS / 1e9:.0f} billion",
            remedy="crop it to the study area: gdalwarp -te west south east north in.tif out.tif",
        )
    dtype = src.dtypes[band - 1]
    if str(dtype).startswith("complex"):
        raise LandscapeError(
            f"holds complex numbers ({dtype})",
            remedy="take their real part: gdal_calc.py -A in.tif --outfile=out.tif "
            "--type=Float32 --calc='A.real'",
        )
    rows, cols = src.block_shapes[band - 1]
    block = rows * cols * np.dtype(dtype).itemsize
    if block > MAX_BLOCK_BYTES:
        raise LandscapeError(
            f"stores blocks of {rows} x {cols} cells ({block / 2**30:.1f} GiB each)",
            remedy="tile it: gdal_translate -co TILED=YES in.tif out.tif",
        )
    scale, offset = float(src.scales[band - 1]), float(src.offsets[band - 1])
    if not (math.isfinite(scale) and math.isfinite(offset)) or scale == 0:
        raise LandscapeError(
            f"declares a scale of {scale:g} and an offset of {offset:g}, with which no value "
            "can be told",
            remedy=f"correct them: {mend(src, part, '-a_scale 1 -a_offset 0')}",
        )


def placed(src: Any, part: Part, crs: Any) -> tuple[Transform, bool, bool]:
    """The place of the cells, counted east- and southwards, and whether columns or rows turn.

    A raster that is stored from the south or from the east is read as it is; its transform is
    given for rows from the north and columns from the west.

    Raises
    ------
    LandscapeError
        No georeference, one with numbers that are no numbers, a rotated grid, cells or coordinates
        that no map has.
    """
    a, b, c, d, e, f = (float(v) for v in tuple(src.transform)[:6])
    place = "-a_ullr west north east south"
    if not all(math.isfinite(v) for v in (a, b, c, d, e, f)):
        raise LandscapeError(
            f"has a georeference that is no number ({a:g}, {b:g}, {c:g}, {d:g}, {e:g}, {f:g})",
            remedy=f"place it anew: {mend(src, part, place)}",
        )
    if (a, b, c, d, abs(e), f) == (1.0, 0.0, 0.0, 0.0, 1.0, 0.0):
        raise LandscapeError(
            "has no georeference (no origin and no cell size)",
            remedy=f"restore its .tfw file or place it: {mend(src, part, place)}",
        )
    # A turn that moves no cell by a hundredth of itself is an error of rounding.
    if abs(b) * src.height > 0.01 * abs(a) or abs(d) * src.width > 0.01 * abs(e):
        raise LandscapeError(
            f"is rotated (affine terms b = {b:g}, d = {d:g})",
            remedy="make it north-up: gdalwarp in.tif out.tif",
        )
    metre = metres_per_unit(crs)
    unit = "m" if crs.is_projected else str(crs.units_factor[0])
    for edge in (abs(a), abs(e)):
        if not CELL_M[0] <= edge * metre <= CELL_M[1]:
            raise LandscapeError(
                f"declares cells of {abs(a):.6g} x {abs(e):.6g} {unit}, which no map has",
                remedy=f"correct its georeference: {mend(src, part, place)}",
            )
    turned_x, turned_y = a < 0, e > 0
    west, north = (c + a * src.width if turned_x else c), (f + e * src.height if turned_y else f)
    out = (abs(a), 0.0, west, 0.0, -abs(e), north)
    _refuse_off_the_map(src, part, crs, out)
    return out, turned_x, turned_y


def _refuse_off_the_map(src: Any, part: Part, crs: Any, t: Transform) -> None:
    west, north = t[2], t[5]
    east, south = west + t[0] * src.width, north + t[4] * src.height
    circle = full_circle(crs)
    if not circle:
        if max(abs(v) for v in (west, east, south, north)) * metres_per_unit(crs) <= (
            MAX_COORDINATE_M
        ):
            return
        problem = (
            f"lies at x {west:.6g} to {east:.6g}, y {south:.6g} to {north:.6g}: no map of the "
            "Earth reaches there"
        )
    elif max(north, -south) > circle / 4 + max(-t[4], 1e-9 * circle):
        swapped = max(abs(west), abs(east)) <= circle / 4 and max(abs(north), abs(south)) <= circle
        problem = f"lies at latitudes {south:.6g} to {north:.6g}" + (
            ": latitude and longitude seem to be swapped" if swapped else ""
        )
    elif east - west > 2 * circle or max(abs(west), abs(east)) > 2 * circle:
        problem = f"lies at longitudes {west:.6g} to {east:.6g}"
    else:
        return
    raise LandscapeError(
        problem,
        remedy="assign the CRS it was made in or correct its georeference: "
        + mend(src, part, "-a_srs EPSG:<code> -a_ullr west north east south"),
    )


def assumed_crs(src: Any, tags: dict[str, str]) -> Any:
    """WGS 84 for a NetCDF that has longitudes and latitudes and, like most, no word of a CRS."""
    if src.driver != "netCDF":
        return None
    units = {value.casefold() for name, value in tags.items() if name.endswith("#units")}
    east = any(u in units for u in ("degrees_east", "degree_east", "degrees_e", "degree_e"))
    north = any(u in units for u in ("degrees_north", "degree_north", "degrees_n", "degree_n"))
    return CRS.from_epsg(4326) if east and north else None
