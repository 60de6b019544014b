"""What one raster file declares of itself, checked before a pixel is read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from corridor_sim.errors import LandscapeError
from corridor_sim.landscape.geo import Points, crs_label, edge_points
from corridor_sim.landscape.opening import open_raster

MAX_SOURCE_CELLS = 2_000_000_000
MAX_BLOCK_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class Source:
    """What a raster declares of itself; no pixels.

    Attributes
    ----------
    path, key : Path, str
        File, and the scenario key that named it.
    width, height : int
        Columns and rows.
    transform : tuple of float
        Affine coefficients ``(a, b, c, d, e, f)``; ``b`` and ``d`` are 0.
    crs : rasterio.crs.CRS
        Its own CRS.
    dtype, unit : str
        NumPy dtype and declared unit (``""`` if none).
    scale, offset : float
        Declared linear scaling: value = stored * scale + offset.
    """

    path: Path
    key: str
    width: int
    height: int
    transform: tuple[float, float, float, float, float, float]
    crs: Any
    dtype: str
    unit: str
    scale: float
    offset: float

    @property
    def where(self) -> str:
        """File and key, the place that an error names."""
        return f"{self.path} ({self.key})"

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north in the units of its own CRS."""
        a, _, c, _, e, f = self.transform
        x, y = sorted((c, c + a * self.width)), sorted((f, f + e * self.height))
        return x[0], y[0], x[1], y[1]

    @property
    def label(self) -> str:
        """CRS and cell size for people."""
        unit = "m" if self.crs.is_projected else "degree"
        return f"{crs_label(self.crs)}, {abs(self.transform[0]):.6g} {unit} cells"

    def outline(self, n: int = 41) -> Points:
        """Points along the edge in its own CRS: top, right, bottom, left with ``n`` each."""
        west, south, east, north = self.bounds
        return edge_points(west, south, east, north, n)


def inspect(path: Path, key: str) -> Source:
    """Read what the raster declares and refuse what cannot be placed on a map.

    Raises
    ------
    LandscapeError
        Missing file, not a raster, several bands, no CRS or no georeference, a rotated grid, or a
        declared size above ``MAX_SOURCE_CELLS``.
    """
    where = f"{path} ({key})"
    with open_raster(path, where) as src:
        return _declared(src, path, key, where)


def _refuse_if_cut_short(src: Any, path: Path, where: str) -> None:
    """A file cut off within its header loses its CRS: name the cause and not the symptom."""
    from rasterio.errors import RasterioError
    from rasterio.windows import Window

    try:
        src.read(1, window=Window(0, src.height - 1, src.width, 1))
    except (RasterioError, OSError) as error:
        raise LandscapeError(
            f"is damaged or cut short at {path.stat().st_size} bytes: its last row and its CRS "
            "cannot be read",
            where=where,
            remedy="copy or download it again",
        ) from error


def _declared(src: Any, path: Path, key: str, where: str) -> Source:
    if src.count != 1:
        raise LandscapeError(
            f"holds {src.count} bands, one is needed",
            where=where,
            remedy="take one out: gdal_translate -b 1 in.tif out.tif",
        )
    if src.width * src.height > MAX_SOURCE_CELLS:
        raise LandscapeError(
            f"declares {src.height} x {src.width} cells ({src.width * src.height / 1e9:.1f} "
            f"billion), above the limit of {MAX_SOURCE_CELLS / 1e9:.0f} billion",
            where=where,
            remedy="crop it to the study area: gdalwarp -te west south east north in.tif out.tif",
        )
    rows, cols = src.block_shapes[0]
    block = rows * cols * np.dtype(src.dtypes[0]).itemsize
    if block > MAX_BLOCK_BYTES:
        raise LandscapeError(
            f"stores blocks of {rows} x {cols} cells ({block / 2**30:.1f} GiB each)",
            where=where,
            remedy="tile it: gdal_translate -co TILED=YES in.tif out.tif",
        )
    if src.crs is None:
        _refuse_if_cut_short(src, path, where)
    if src.crs is None or not (src.crs.is_projected or src.crs.is_geographic):
        raise LandscapeError(
            "has no CRS",
            where=where,
            remedy="assign the one it was made in: gdal_edit.py -a_srs EPSG:<code> file.tif",
        )
    a, b, c, d, e, f = tuple(src.transform)[:6]
    if (a, b, c, d, abs(e), f) == (1.0, 0.0, 0.0, 0.0, 1.0, 0.0):
        raise LandscapeError(
            "has no georeference (no origin and no cell size)",
            where=where,
            remedy="restore its .tfw file or georeference it: gdal_edit.py -a_ullr",
        )
    if b != 0 or d != 0:
        raise LandscapeError(
            f"is rotated (affine terms b = {b:g}, d = {d:g})",
            where=where,
            remedy="make it north-up: gdalwarp in.tif out.tif",
        )
    return Source(path, key, src.width, src.height, (a, b, c, d, e, f), src.crs, src.dtypes[0],
                  (src.units[0] or "").strip(), float(src.scales[0]),
                  float(src.offsets[0]))  # fmt: skip
