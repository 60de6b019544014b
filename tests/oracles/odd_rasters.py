"""Rasters of every form, and their cells on a grid computed without the reader under test.

A raster is described by what a user's file may be like (:class:`Odd`), written by the library of
its form, and put on the grid by hand: index arithmetic where cells coincide or nest, PROJ and one
look-up a cell where they do not.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

UTM = "EPSG:32717"
WEST, NORTH, CELL, N = 700_000.0, 9_600_000.0, 1000.0, 8  # the grid that is asked for
# The grid's middle in degrees; rasters in degrees lie around it.
LON, LAT = -79.164, -3.653
FEET = "+proj=tmerc +lat_0=0 +lon_0=-79 +k=1 +x_0=500000 +y_0=0 +datum=WGS84 +units=us-ft"
LAEA = "+proj=laea +lat_0=-4 +lon_0=-79 +datum=WGS84 +units=m"
GRADS = (
    'GEOGCS["in grads",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],'
    'PRIMEM["Greenwich",0],UNIT["grad",0.015707963267949]]'
)
CRSS = {
    "same": UTM,
    "compound": "EPSG:32717+5773",
    "degrees": "EPSG:4326",
    "3D": "EPSG:4979",
    "0 to 360": "EPSG:4326",
    "old datum": "EPSG:24877",
    "feet": FEET,
    "no code": LAEA,
    "grads": GRADS,
}


@dataclass(frozen=True)
class Odd:
    """A raster of one band: its form, CRS, numbers, what it leaves out, and how its rows run."""

    form: str
    crs: str
    dtype: str
    per_target: float  # source cells along one edge of a target cell
    left_out: str  # "", nodata, nan, alpha, mask, both
    scaled: bool
    south_up: bool
    east_first: bool
    seed: int
    classes: bool = False

    @property
    def nests(self) -> bool:
        """Whether cells of grid and raster coincide or nest, so that the answer is exact."""
        return self.crs in ("same", "compound") and self.per_target in (1.0, 2.0, 3.0)


@dataclass
class Made:
    """Values from the north and west as they are meant, with the place of the first corner."""

    values: Any
    valid: Any
    west: float
    north: float
    cell: float
    crs: str


def make(path: Path, odd: Odd) -> Made:
    rng = np.random.default_rng(odd.seed)
    metres = CELL / odd.per_target
    plane = flat(odd.crs)
    unit = {
        "degrees": 1 / 111_200,
        "3D": 1 / 111_200,
        "0 to 360": 1 / 111_200,
        "feet": 3937 / 1200,
        "grads": 1 / 100_080,
    }.get(odd.crs, 1.0)
    cell = metres * unit
    if odd.nests:
        edge = int(N * odd.per_target)
        edge += 2 * (pad := int(rng.integers(0, 3)))
        west, north = WEST - pad * cell, NORTH + pad * cell
    else:
        cx, cy = moved(UTM, plane, WEST + N * CELL / 2, NORTH - N * CELL / 2)
        edge = int(np.ceil(N * odd.per_target)) + 8 + int(4 * odd.per_target)
        west, north = float(cx) - edge * cell / 2, float(cy) + edge * cell / 2
    if odd.crs == "0 to 360":
        west += 360
    steps = 120 if odd.dtype in ("uint8", "int8") else 4000
    values: Any = rng.integers(1, steps, (edge, edge))
    if odd.classes:
        values = rng.integers(1, 4, (edge, edge))
    elif np.dtype(odd.dtype).kind == "f" and not odd.scaled:
        values = values + 0.25
    stored = values.astype(odd.dtype)
    valid = rng.random((edge, edge)) > 0.03 if odd.left_out else np.ones((edge, edge), bool)
    write(path, odd, stored, valid, west, north, cell)
    meant = stored.astype(float) * (0.5 if odd.scaled else 1.0) + (20.0 if odd.scaled else 0.0)
    return Made(meant, valid, west, north, cell, plane)


def flat(name: str) -> str:
    return {"compound": UTM, "3D": "EPSG:4326"}.get(name, CRSS[name])


def moved(source: str, target: str, x: Any, y: Any) -> Any:
    from pyproj import Transformer

    return Transformer.from_crs(source, target, always_xy=True).transform(x, y)


def write(
    path: Path, odd: Odd, stored: Any, valid: Any, west: float, north: float, cell: float
) -> None:
    if odd.form == "AAIGrid":
        write_ascii(path, odd, stored, valid, west, north, cell)
    elif odd.form == "netCDF":
        write_netcdf(path, odd, stored, valid, west, north, cell)
    else:
        write_gdal(path, odd, stored, valid, west, north, cell)


def write_gdal(
    path: Path, odd: Odd, stored: Any, valid: Any, west: float, north: float, cell: float
) -> None:
    import rasterio
    from affine import Affine
    from rasterio.enums import ColorInterp

    n = len(stored)
    across, down = (-cell if odd.east_first else cell), (cell if odd.south_up else -cell)
    x0, y0 = west + (n * cell if odd.east_first else 0), north - (n * cell if odd.south_up else 0)
    turn = np.s_[:: -1 if odd.south_up else 1, :: -1 if odd.east_first else 1]
    array, out = stored.copy(), ~valid
    by_value = out if odd.left_out in ("nodata", "nan") else np.zeros_like(out)
    if odd.left_out == "both":
        by_value = out & (np.indices(out.shape).sum(axis=0) % 2 == 0)
    nodata: float | None = None
    if odd.left_out == "nan":
        nodata = float("nan")
    elif odd.left_out in ("nodata", "both"):
        nodata = 0.0
    array[by_value] = 0 if nodata == 0 else array[by_value]
    if odd.left_out == "nan":
        array[by_value] = np.nan
    hidden = out & ~by_value
    alpha = odd.left_out == "alpha"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with (
            rasterio.Env(GDAL_TIFF_INTERNAL_MASK=odd.seed % 2 == 0),
            rasterio.open(
                path,
                "w",
                driver=odd.form,
                width=n,
                height=n,
                count=2 if alpha else 1,
                dtype=odd.dtype,
                crs=CRSS[odd.crs],
                nodata=nodata,
                transform=Affine(across, 0, x0, 0, down, y0),
            ) as file,
        ):
            file.write(array[turn], 1)
            if alpha:
                top = 120 if odd.dtype == "int8" else 255
                file.colorinterp = [ColorInterp.gray, ColorInterp.alpha]
                file.write(np.where(hidden, 0, top).astype(odd.dtype)[turn], 2)
            if odd.scaled:
                file.scales = (0.5,) * file.count
                file.offsets = (20.0,) * file.count
            if odd.left_out in ("mask", "both"):
                file.write_mask(np.where(hidden, 0, 255).astype(np.uint8)[turn])


def write_ascii(
    path: Path, odd: Odd, stored: Any, valid: Any, west: float, north: float, cell: float
) -> None:
    from rasterio.crs import CRS

    n = len(stored)
    head = [
        f"ncols {n}",
        f"nrows {n}",
        f"xllcorner {west!r}",
        f"yllcorner {north - n * cell!r}",
        f"cellsize {cell!r}",
        "NODATA_value -9999",
    ]
    rows = [
        " ".join(str(v) if ok else "-9999" for v, ok in zip(row, keep, strict=True))
        for row, keep in zip(stored.tolist(), valid.tolist(), strict=True)
    ]
    path.write_text("\n".join(head + rows) + "\n")
    path.with_suffix(".prj").write_text(CRS.from_user_input(CRSS[odd.crs]).to_wkt())


def write_netcdf(
    path: Path, odd: Odd, stored: Any, valid: Any, west: float, north: float, cell: float
) -> None:
    import pyproj
    import xarray as xr

    n = len(stored)
    x, y = west + (np.arange(n) + 0.5) * cell, north - (np.arange(n) + 0.5) * cell
    geographic = pyproj.CRS(CRSS[odd.crs]).is_geographic
    names = (
        ("longitude", "latitude")
        if geographic
        else ("projection_x_coordinate", "projection_y_coordinate")
    )
    units = ("degrees_east", "degrees_north") if geographic else ("m", "m")
    stored = np.where(valid, stored, np.array(0, stored.dtype))
    data = xr.Dataset(
        {"z": (("y", "x"), stored, {"grid_mapping": "spatial_ref"})},
        {
            "x": ("x", x, {"standard_name": names[0], "units": units[0]}),
            "y": ("y", y, {"standard_name": names[1], "units": units[1]}),
        },
    )
    data["spatial_ref"] = ((), 0, pyproj.CRS(CRSS[odd.crs]).to_cf())
    data.z.attrs["_FillValue"] = np.array(0, stored.dtype)
    if odd.scaled:
        data.z.attrs |= {"scale_factor": 0.5, "add_offset": 20.0}
    if odd.south_up:
        data = data.isel(y=slice(None, None, -1))
    data.to_netcdf(path, engine="h5netcdf")


# --- what the grid must hold


def nested(made: Made, odd: Odd) -> tuple[Any, Any]:
    """Block means (or most frequent classes, 0 where two are level) and how many cells count."""
    k = int(odd.per_target)
    c0, r0 = round((WEST - made.west) / made.cell), round((made.north - NORTH) / made.cell)
    part = np.s_[r0 : r0 + N * k, c0 : c0 + N * k]
    blocks = made.values[part].reshape(N, k, N, k).transpose(0, 2, 1, 3).reshape(N, N, k * k)
    valid = made.valid[part].reshape(N, k, N, k).transpose(0, 2, 1, 3).reshape(N, N, k * k)
    count = valid.sum(axis=2)
    if odd.classes:
        votes = np.stack([((blocks == c) & valid).sum(axis=2) for c in (1, 2, 3)])
        level = (votes == votes.max(axis=0)).sum(axis=0) > 1
        return np.where(level, 0, votes.argmax(axis=0) + 1), count
    with np.errstate(invalid="ignore"):
        return np.where(valid, blocks, 0).sum(axis=2) / count, count


def beneath(made: Made) -> tuple[Any, Any]:
    """Column and row (fractions, of cells) of every target centre, by PROJ."""
    x = WEST + (np.arange(N) + 0.5) * CELL
    y = NORTH - (np.arange(N) + 0.5) * CELL
    px, py = moved(UTM, made.crs, *(v.ravel() for v in np.meshgrid(x, y)))
    px = px + 360 if made.crs == "EPSG:4326" and made.west > 180 else px
    return (px - made.west) / made.cell, (made.north - py) / made.cell


def within(made: Made, reach: float) -> tuple[Any, Any, Any]:
    """Least and greatest value within ``reach`` source cells of a centre, and if all is valid."""
    col, row = beneath(made)
    low, high, whole = (np.zeros(N * N) for _ in range(3))
    for i, (c, r) in enumerate(zip(col, row, strict=True)):
        part = np.s_[
            int(np.floor(r - reach)) : int(np.floor(r + reach)) + 1,
            int(np.floor(c - reach)) : int(np.floor(c + reach)) + 1,
        ]
        low[i], high[i] = made.values[part].min(), made.values[part].max()
        whole[i] = made.valid[part].all()
    return low.reshape(N, N), high.reshape(N, N), whole.reshape(N, N) > 0


def bilinear(made: Made) -> tuple[Any, Any]:
    """Interpolation between four cells by hand, and the steepest step among them."""
    col, row = beneath(made)
    c0, r0 = np.floor(col - 0.5).astype(int), np.floor(row - 0.5).astype(int)
    u, v = col - 0.5 - c0, row - 0.5 - r0
    z = made.values
    a, b, c, d = z[r0, c0], z[r0, c0 + 1], z[r0 + 1, c0], z[r0 + 1, c0 + 1]
    mean = (a * (1 - u) + b * u) * (1 - v) + (c * (1 - u) + d * u) * v
    steep = np.max([abs(a - b), abs(c - d), abs(a - c), abs(b - d)], axis=0)
    return mean.reshape(N, N), steep.reshape(N, N)
