"""What one raster file declares of itself, checked before a pixel is read, and its windows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import LandscapeError
from corridor_sim.landscape.io.ascii_raster import refuse_odd_beginning, refuse_odd_text
from corridor_sim.landscape.io.crs_forms import flat, full_circle
from corridor_sim.landscape.io.geo import Points, crs_label, edge_points
from corridor_sim.landscape.io.local_files import regular_file
from corridor_sim.landscape.io.raster_header import (
    assumed_crs,
    choose_band,
    mend,
    placed,
    refuse_storage,
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
    def path(self) -> Path:
        """The file."""
        return self.part.file

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

    def outline(self, n: int = 41) -> Points:
        """Points along the edge in its own CRS: top, right, bottom, left with ``n`` each."""
        west, south, east, north = self.bounds
        return edge_points(west, south, east, north, n)

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
        held: NDArray[np.bool_] = (x >= west) & (x <= east) & (y >= south) & (y <= north)
        return held

    def read(self, src: Any, rows: Span, cols: Span) -> np.ma.MaskedArray[Any, Any]:
        """Stored values of a window, rows from the north and columns from the west.

        Masked is what nodata, a mask of the file or full transparency leave out.
        """
        from rasterio.windows import Window

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


def inspect(path: Path, key: str, written: str = "") -> Source:
    """Read what the raster declares and refuse what cannot be placed on a map.

    ``path`` may name a variable or a band: ``climate.nc|variable=tas``, ``stack.tif|band=2``;
    ``written`` is the path as the scenario writes it.

    Raises
    ------
    LandscapeError
        Missing file, not a raster, several variables or bands and none named, no CRS or no
        georeference, a rotated grid, or a declared size above ``MAX_SOURCE_CELLS``.
    """
    part = split_part(path, key, written)
    where = f"{path} ({key})"
    regular_file(part.file, where)
    refuse_odd_beginning(part.file, where)
    with open_part(part, key) as src:
        refuse_odd_text(src, part.file, where)
        try:
            return _declared(src, part, key, where)
        except LandscapeError:
            raise
        except Exception as error:  # any property of a damaged header may fail in its own way
            raise LandscapeError(
                f"has a header that cannot be read ({type(error).__name__})",
                where=where,
                remedy="copy or download it again; gdalinfo shows what is wrong",
            ) from error


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


def _declared(src: Any, part: Part, key: str, where: str) -> Source:
    band, alpha = choose_band(src, part, key, where)
    refuse_storage(src, part, band, where)
    assign = f"assign the one it was made in: {mend(src, part, '-a_srs EPSG:<code>')}"
    crs, note = src.crs, ""
    if not crs:
        _refuse_if_cut_short(src, part.file, where)
        crs, note = assumed_crs(src, src.tags()), " assumed"
    if not crs:
        raise LandscapeError("has no CRS", where=where, remedy=assign)
    frame = flat(crs, where, assign)
    if frame.downwards and key == "elevation":
        raise LandscapeError(
            "measures depths (the vertical axis of its CRS points down), heights are needed",
            where=where,
            remedy="turn them: gdal_calc.py -A in.tif --outfile=out.tif --type=Float32 "
            "--calc='-A' and give it a CRS without depths: gdal_edit.py -a_srs EPSG:<code>",
        )
    transform, turned_x, turned_y = placed(src, part, frame.crs, where)
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
