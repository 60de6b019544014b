"""Grids of any kind that theory takes: ESRI ASCII grids, and rasters that GDAL opens by itself."""

from __future__ import annotations

import gzip
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.connectivity.text_file import (
    LIKE,
    LONGEST_NUMBER,
    first_word,
    is_packed,
    numbers,
    opened,
    size_of,
)
from corridor_sim.errors import CorridorSimError, LandscapeError, nearest, placing
from corridor_sim.files import write_bytes, write_text, written_beside
from corridor_sim.gis.rasters import limits, ramp_style
from corridor_sim.gis.styles import SCALES
from corridor_sim.gis.xml import document
from corridor_sim.landscape.grid import MAX_CELLS
from corridor_sim.landscape.io.geo import quiet
from corridor_sim.landscape.io.opening import SINGLE_FILE_DRIVERS, open_raster
from corridor_sim.memory import refuse_beyond

GEOTIFF = (".tif", ".tiff")
# sides of a cell and axes may differ by this share from square and north-up
SKEW = 1e-6
# bytes that a packed raster may have once unpacked
MOST_PACKED = 1_000_000_000


def read_grid(path: str | Path) -> AsciiGrid:
    """Read an ESRI ASCII grid (also gzip), a GeoTIFF, or another raster of one band.

    Raises
    ------
    LandscapeError
        Neither, several bands, cells that are not square, or a map that is turned.
    ResourceError
        More cells than memory.
    """
    path = Path(path)
    if first_word(path) is not None:
        return read_ascii_grid(path)
    return _read_raster(path)


def write_grid(
    path: str | Path,
    values: NDArray[Any],
    like: AsciiGrid,
    kind: str = "",
    *,
    dtype: str = "float64",
    nodata: float = math.nan,
) -> Path:
    """Write a map ``[y, x]`` as GeoTIFF where its name says so, else as ESRI ASCII grid.

    ``dtype`` and ``nodata``, which stands where values are NaN, are those of a GeoTIFF. With the
    ``kind`` of what it holds, a row of the table of styles, a QGIS style lies beside it.
    """
    path = Path(path)
    if kind:
        look = ramp_style(kind, limits(values, SCALES[kind]))
        write_text(path.with_suffix(".qml"), document(look))
    if path.suffix.lower() not in GEOTIFF:
        return write_ascii_grid(path, values, like)
    import rasterio
    from rasterio.transform import Affine

    rows, cols = values.shape
    place = Affine(like.cell, 0, like.west, 0, -like.cell, like.south + rows * like.cell)
    with (
        written_beside(path) as part,
        quiet(),
        rasterio.open(
            part,
            "w",
            driver="GTiff",
            width=cols,
            height=rows,
            count=1,
            dtype=dtype,
            crs=like.crs or None,
            transform=place,
            nodata=nodata,
            compress="deflate",
        ) as file,
    ):
        file.write(np.where(np.isnan(values), nodata, values).astype(dtype), 1)
        if kind:
            file.set_band_description(1, SCALES[kind].title)
    return path


def _read_raster(path: Path) -> AsciiGrid:
    try:
        with quiet(), _dataset(path) as file:
            _refuse_layout(file, path)
            values = _values(file)
            place = file.transform
            south = place.f - file.height * place.a
            crs = file.crs.to_wkt() if file.crs else ""
    except (CorridorSimError, MemoryError):
        raise
    except Exception as error:  # GDAL's own errors share no base with rasterio's
        raise LandscapeError("is no raster that can be read", where=path, remedy=LIKE) from error
    return AsciiGrid(values, float(place.c), float(south), float(place.a), path, crs)


@contextmanager
def _dataset(path: Path) -> Iterator[Any]:
    """The open file, or its unpacked bytes in memory."""
    if not is_packed(path):
        with placing(path), open_raster(path) as file:
            yield file
        return
    from rasterio.io import DatasetReader, MemoryFile

    with opened(path) as packed:
        data = packed.read(MOST_PACKED + 1)
    if len(data) > MOST_PACKED:
        raise LandscapeError("is large when unpacked", where=path, remedy="unpack it first")
    with (
        MemoryFile(data) as held,
        DatasetReader(held.name, driver=list(SINGLE_FILE_DRIVERS)) as file,
    ):
        yield file


def _refuse_layout(file: Any, path: Path) -> None:
    from rasterio.enums import ColorInterp

    rows, cols = file.height, file.width
    others = [k for k in range(2, file.count + 1) if file.colorinterp[k - 1] != ColorInterp.alpha]
    if file.count == 0 or others:
        what = f"{file.count} bands" if file.count else "several variables"
        raise LandscapeError(f"has {what}", where=path, remedy="save the one you mean as GeoTIFF")
    if "complex" in file.dtypes[0]:
        raise LandscapeError("holds complex numbers", where=path, remedy="save real ones")
    place = file.transform
    if not all(np.isfinite(place)) or place.a <= 0:
        raise LandscapeError(
            "has no place that makes sense",
            where=path,
            remedy="give it a cell above 0 and a corner",
        )
    if max(abs(place.b), abs(place.d), abs(place.a + place.e)) > SKEW * place.a:
        raise LandscapeError(
            "cells are not square or the map is turned",
            where=path,
            remedy="resample it to square cells with north up",
        )
    if rows * cols > MAX_CELLS:
        raise LandscapeError(
            f"{rows} x {cols} cells exceed 2^31", where=path, remedy="use larger cells"
        )
    refuse_beyond(
        CELL_BYTES * rows * cols, f"a grid of {rows} x {cols} cells", "use larger cells", where=path
    )


def _values(file: Any) -> NDArray[np.float64]:
    """Values of the one band, scaled as it says, NaN where it has none."""
    read = file.read(1, masked=True)
    values = np.asarray(read.data, dtype=np.float64)
    scale, offset = file.scales[0], file.offsets[0]
    if (scale, offset) != (1, 0):
        values = values * scale + offset
    out: NDArray[np.float64] = np.where(np.ma.getmaskarray(read), np.nan, values)
    return out


F8 = NDArray[np.float64]
KEYS = (
    "ncols",
    "nrows",
    "xllcorner",
    "xllcenter",
    "yllcorner",
    "yllcenter",
    "cellsize",
    "nodata_value",
)
# written by GDAL where cells are not square
SIDES = ("dx", "dy")
LONGEST_HEADER = 200
MOST_HEADER_LINES = 50
DEFAULT_NODATA = -9999.0
OTHER_NODATA = -1e300
# from here on single precision and its text may differ in the last digits
SINGLE = 1e30
CELL_BYTES = 24


@dataclass(frozen=True)
class AsciiGrid:
    """A raster with its place: ``values`` float64 [y, x], NaN for no data; ``crs`` as WKT or ""."""

    values: F8
    west: float
    south: float
    cell: float
    path: Path
    crs: str = ""

    def same_place(self, other: AsciiGrid) -> None:
        """Refuse another grid that has other rows, columns, corner or cell."""
        if self.values.shape != other.values.shape:
            ours, theirs = (" x ".join(map(str, g.values.shape)) for g in (self, other))
            raise LandscapeError(
                f"has {theirs} cells, {self.path} has {ours}",
                where=other.path,
                remedy="give both the same extent and cell",
            )
        for name in ("west", "south", "cell"):
            mine, its = getattr(self, name), getattr(other, name)
            if abs(mine - its) > 1e-3 * self.cell:
                raise LandscapeError(
                    f"{name} is {its:g}, in {self.path} it is {mine:g}",
                    where=other.path,
                    remedy="give both the same extent and cell",
                )


def read_ascii_grid(path: str | Path) -> AsciiGrid:
    """Read an ESRI ASCII grid.

    Raises
    ------
    LandscapeError
        With the line: not a file, a wrong header, a wrong count, a word that is no number.
    ResourceError
        More cells than memory.
    """
    path = Path(path)
    size = size_of(path)
    packed = is_packed(path)
    with opened(path) as file:
        header, first = _header(file, path)
        rows, cols = _counts(header, path)
        if not packed and size < 2 * rows * cols - 1:
            raise LandscapeError(
                f"{size} bytes cannot hold {rows} x {cols} numbers",
                where=path,
                remedy="fetch the whole file again",
            )
        refuse_beyond(
            CELL_BYTES * rows * cols,
            f"a grid of {rows} x {cols} cells",
            "use larger cells",
            where=path,
        )
        nodata = header.get("nodata_value", DEFAULT_NODATA)
        with_nan = math.isnan(nodata)
        values = np.empty((rows, cols))
        for row in range(rows):
            text = file.readline(LONGEST_NUMBER * (cols + 2))
            values[row] = numbers(text, cols, path, first + row, with_nan=with_nan)
        if file.read(1000).strip(b" \t\r\n\x1a"):
            raise LandscapeError(
                f"goes on after {rows} rows", where=f"{path}:{first + rows}", remedy="correct nrows"
            )
    if abs(nodata) >= SINGLE:
        with np.errstate(over="ignore"):
            values[values.astype(np.float32) == np.float32(nodata)] = math.nan
    values[values == nodata] = math.nan
    cell = header["cellsize"]
    west = header["xllcorner"] if "xllcorner" in header else header["xllcenter"] - cell / 2
    south = header["yllcorner"] if "yllcorner" in header else header["yllcenter"] - cell / 2
    return AsciiGrid(values, west, south, cell, path)


def write_ascii_grid(
    path: str | Path, values: NDArray[Any], like: AsciiGrid, *, digits: int = 10
) -> Path:
    """Write a map ``[y, x]`` at the place of ``like``, whole or not at all; NaN is no data.

    A name that ends in ``.gz`` is packed. 17 digits give every number back as it was.
    """
    path = Path(path)
    # a result of just this number must not read as no data
    taken = bool(np.any(values == DEFAULT_NODATA))
    nodata = OTHER_NODATA if taken else DEFAULT_NODATA
    filled = np.where(np.isnan(values), nodata, values)
    lines = [
        f"ncols {values.shape[1]}",
        f"nrows {values.shape[0]}",
        f"xllcorner {like.west!r}",
        f"yllcorner {like.south!r}",
        f"cellsize {like.cell!r}",
        f"NODATA_value {nodata:g}",
    ]
    lines += [" ".join(f"{value:.{digits}g}" for value in row) for row in filled]
    data = ("\n".join(lines) + "\n").encode()
    return write_bytes(path, gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)


def _header(file: IO[bytes], path: Path) -> tuple[dict[str, float], int]:
    """Read the header up to the first line of numbers; return it and that line's number."""
    found: dict[str, float] = {}
    for number in range(1, MOST_HEADER_LINES):
        at = file.tell()
        text = file.readline(LONGEST_HEADER)
        if not text:
            break
        words = text.split()
        if not words:
            continue
        if not words[0][:1].isalpha() or _is_nan(words[0]):
            file.seek(at)
            break
        key = words[0].decode("ascii", "replace").lower()
        place = f"{path}:{number}"
        if b"\r" in text.strip(b"\r\n"):
            raise LandscapeError(
                "lines end in carriage returns alone", where=path, remedy="save it with line feeds"
            )
        if key not in KEYS + SIDES:
            raise LandscapeError(
                f"unknown key {key[:40]!r}", where=place, remedy=nearest(key[:40], KEYS)
            )
        if key in found:
            raise LandscapeError(f"{key} comes twice", where=place, remedy="keep one")
        value = b" ".join(words[1:])
        found[key] = float(numbers(value, 1, path, number, with_nan=key == "nodata_value")[0])
    else:
        raise LandscapeError("has no numbers after its header", where=path, remedy="give a grid")
    if any(side in found for side in SIDES):
        across, up = found.pop("dx", None), found.pop("dy", None)
        if across != up or "cellsize" in found:
            raise LandscapeError(
                f"cells are not square: {across} x {up}",
                where=path,
                remedy="resample it to square cells",
            )
        assert across is not None
        found["cellsize"] = across
    for names in (("ncols",), ("nrows",), KEYS[2:4], KEYS[4:6], ("cellsize",)):
        if sum(name in found for name in names) != 1:
            raise LandscapeError(
                f"no {' or '.join(names)} in the header", where=path, remedy="give an ESRI grid"
            )
    if not 0 < found["cellsize"] < 1e100:
        raise LandscapeError(
            f"cellsize {found['cellsize']:g} is impossible", where=path, remedy="use a cell above 0"
        )
    return found, number


def _counts(header: dict[str, float], path: Path) -> tuple[int, int]:
    for name in ("ncols", "nrows"):
        if header[name] < 1 or header[name] != math.floor(header[name]):
            raise LandscapeError(
                f"{name} {header[name]:g} is impossible",
                where=path,
                remedy="use a whole number above 0",
            )
    rows, cols = int(header["nrows"]), int(header["ncols"])
    if rows * cols > MAX_CELLS:
        raise LandscapeError(
            f"{_count(header['nrows'])} x {_count(header['ncols'])} cells exceed 2^31",
            where=path,
            remedy="use larger cells",
        )
    return rows, cols


def _is_nan(word: bytes) -> bool:
    return word.lower() in (b"nan", b"inf", b"infinity")


def _count(value: float) -> str:
    return f"{value:.0f}" if value < 1e16 else f"{value:g}"
