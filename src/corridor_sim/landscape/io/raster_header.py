"""What the header of a raster must be like, checked before a pixel is read.

Every refusal names a remedy that leads to a file that is read.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from corridor_sim.errors import LandscapeError, counted
from corridor_sim.landscape.io.crs_forms import full_circle, metres_per_unit
from corridor_sim.landscape.io.raster_parts import Part

MAX_SOURCE_CELLS = 2_000_000_000
MAX_BLOCK_BYTES = 1 << 30
# Cells from a millimetre to a quarter of the Earth, coordinates within what any projection uses
# (zone numbers before the easting come to some 4e7 m).
CELL_M = (1e-3, 1e7)
MAX_COORDINATE_M = 1e9
Transform = tuple[float, float, float, float, float, float]
_COLOURS = ("red", "green", "blue")


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


def choose_band(src: Any, part: Part, key: str, where: str) -> tuple[int, int | None]:
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
                where=where,
                remedy=f'give {key} = "{part.with_(band=data[0])}"' if data else "give a raster",
            )
        return part.band, alpha
    if set(_COLOURS) <= set(kinds):
        raise LandscapeError(
            f"is a picture: it holds {_bands(kinds)}, colours and not {_meaning(key)}",
            where=where,
            remedy="give the raster from which it was drawn; if one band does hold "
            f'{_meaning(key)}, name it: {key} = "{part.with_(band=1)}"',
        )
    if len(data) != 1:
        hint = " (the one of the annual mean)" if key == "temperature" else ""
        raise LandscapeError(
            f"holds {_bands(kinds)}, one is needed",
            where=where,
            remedy=f'name one{hint}: {key} = "{part.with_(band=data[0] if data else 1)}"',
        )
    if kinds[data[0] - 1] == "palette" and key != "land_cover":
        raise LandscapeError(
            f"holds numbers of a colour table (a palette), not {_meaning(key)}",
            where=where,
            remedy="give the raster from which it was drawn; if its numbers are "
            f'{_meaning(key)} all the same, say so: {key} = "{part.with_(band=data[0])}"',
        )
    return data[0], alpha


def _kinds(src: Any) -> list[str]:
    from rasterio._err import CPLE_BaseError

    try:
        return [str(kind.name) for kind in src.colorinterp]
    except CPLE_BaseError:  # of a tag that no reader knows; the values may well be whole
        return ["undefined"] * int(src.count)


def _bands(kinds: list[str]) -> str:
    named = [k for k in kinds if k in (*_COLOURS, "alpha")]
    listed = f" ({', '.join(kinds)})" if named and len(kinds) <= 5 else ""
    return counted(len(kinds), "band") + listed


def _meaning(key: str) -> str:
    return {"elevation": "heights", "temperature": "temperatures"}.get(key, "class codes")


def refuse_storage(src: Any, part: Part, band: int, where: str) -> None:
    """Refuse a size, a block, a number type or a scaling with which no value can be read.

    Raises
    ------
    LandscapeError
    """
    if src.width * src.height > MAX_SOURCE_CELLS:
        raise LandscapeError(
            f"declares {src.height} x {src.width} cells ({src.width * src.height / 1e9:.1f} "
            f"billion), above the limit of {MAX_SOURCE_CELLS / 1e9:.0f} billion",
            where=where,
            remedy="crop it to the study area: gdalwarp -te west south east north in.tif out.tif",
        )
    dtype = src.dtypes[band - 1]
    if str(dtype).startswith("complex"):
        raise LandscapeError(
            f"holds complex numbers ({dtype})",
            where=where,
            remedy="take their real part: gdal_calc.py -A in.tif --outfile=out.tif "
            "--type=Float32 --calc='A.real'",
        )
    rows, cols = src.block_shapes[band - 1]
    block = rows * cols * np.dtype(dtype).itemsize
    if block > MAX_BLOCK_BYTES:
        raise LandscapeError(
            f"stores blocks of {rows} x {cols} cells ({block / 2**30:.1f} GiB each)",
            where=where,
            remedy="tile it: gdal_translate -co TILED=YES in.tif out.tif",
        )
    scale, offset = float(src.scales[band - 1]), float(src.offsets[band - 1])
    if not (math.isfinite(scale) and math.isfinite(offset)) or scale == 0:
        raise LandscapeError(
            f"declares a scale of {scale:g} and an offset of {offset:g}, with which no value "
            "can be told",
            where=where,
            remedy=f"correct them: {mend(src, part, '-a_scale 1 -a_offset 0')}",
        )


def refuse_scaled_classes(scale: float, offset: float, where: str) -> None:
    """Class codes are numbers of classes and are not scaled.

    Raises
    ------
    LandscapeError
    """
    if (scale, offset) != (1.0, 0.0):
        raise LandscapeError(
            f"declares a scale of {scale:g} and an offset of {offset:g}: codes of classes are not "
            "scaled",
            where=where,
            remedy="take the scaling out: gdal_translate -a_scale 1 -a_offset 0 in.tif out.tif",
        )


def placed(src: Any, part: Part, crs: Any, where: str) -> tuple[Transform, bool, bool]:
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
            where=where,
            remedy=f"place it anew: {mend(src, part, place)}",
        )
    if (a, b, c, d, abs(e), f) == (1.0, 0.0, 0.0, 0.0, 1.0, 0.0):
        raise LandscapeError(
            "has no georeference (no origin and no cell size)",
            where=where,
            remedy=f"restore its .tfw file or place it: {mend(src, part, place)}",
        )
    # A turn that moves no cell by a hundredth of itself is an error of rounding.
    if abs(b) * src.height > 0.01 * abs(a) or abs(d) * src.width > 0.01 * abs(e):
        raise LandscapeError(
            f"is rotated (affine terms b = {b:g}, d = {d:g})",
            where=where,
            remedy="make it north-up: gdalwarp in.tif out.tif",
        )
    metre = metres_per_unit(crs)
    unit = "m" if crs.is_projected else str(crs.units_factor[0])
    for edge in (abs(a), abs(e)):
        if not CELL_M[0] <= edge * metre <= CELL_M[1]:
            raise LandscapeError(
                f"declares cells of {abs(a):.6g} x {abs(e):.6g} {unit}, which no map has",
                where=where,
                remedy=f"correct its georeference: {mend(src, part, place)}",
            )
    turned_x, turned_y = a < 0, e > 0
    west, north = (c + a * src.width if turned_x else c), (f + e * src.height if turned_y else f)
    out = (abs(a), 0.0, west, 0.0, -abs(e), north)
    _refuse_off_the_map(src, part, crs, out, where)
    return out, turned_x, turned_y


def _refuse_off_the_map(src: Any, part: Part, crs: Any, t: Transform, where: str) -> None:
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
        where=where,
        remedy="assign the CRS it was made in or correct its georeference: "
        + mend(src, part, "-a_srs EPSG:<code> -a_ullr west north east south"),
    )


def assumed_crs(src: Any, tags: dict[str, str]) -> Any:
    """WGS 84 for a NetCDF that has longitudes and latitudes and, like most, no word of a CRS."""
    from rasterio.crs import CRS

    if src.driver != "netCDF":
        return None
    units = {value.casefold() for name, value in tags.items() if name.endswith("#units")}
    east = any(u in units for u in ("degrees_east", "degree_east", "degrees_e", "degree_e"))
    north = any(u in units for u in ("degrees_north", "degree_north", "degrees_n", "degree_n"))
    return CRS.from_epsg(4326) if east and north else None
