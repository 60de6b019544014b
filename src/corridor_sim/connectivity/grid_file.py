"""Grids of any kind that theory takes: ESRI ASCII grids, and rasters that GDAL opens by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.connectivity.ascii_grid import (
    CELL_BYTES,
    AsciiGrid,
    read_ascii_grid,
    write_ascii_grid,
)
from corridor_sim.connectivity.text_file import LIKE, first_word, is_packed, opened
from corridor_sim.errors import CorridorSimError, LandscapeError
from corridor_sim.files import written_beside
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


def write_grid(path: str | Path, values: NDArray[Any], like: AsciiGrid) -> Path:
    """Write a map ``[y, x]`` as GeoTIFF where its name says so, else as ESRI ASCII grid."""
    path = Path(path)
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
            dtype="float64",
            crs=like.crs or None,
            transform=place,
            nodata=float("nan"),
            compress="deflate",
        ) as file,
    ):
        file.write(values.astype(np.float64), 1)
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
        with open_raster(path, str(path)) as file:
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
