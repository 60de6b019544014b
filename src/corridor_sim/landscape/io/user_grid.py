"""Choose the one grid of a user's landscape: from its DEM and the settings crs, cell_m, extent."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from pyproj import CRS as Proj
from rasterio.crs import CRS

from corridor_sim.errors import LandscapeError, placing, shown
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.io.geo import (
    crs_from_text,
    crs_label,
    edge_points,
    flat,
    inner_rectangle,
    move_points,
)
from corridor_sim.landscape.io.raster_source import MAX_COORDINATE_M, Source
from corridor_sim.landscape.io.rasters import unroll
from corridor_sim.landscape.io.settings import CELL_M, LandscapeSettings
from corridor_sim.landscape.size import round_up

# About 7.5 GB, see size.py.
MAX_TARGET_CELLS = 100_000_000


def metric_crs(text: str, remedy: str) -> Any:
    """Return the CRS that a text names, which must count metres eastwards and northwards.

    Raises
    ------
    LandscapeError
        As :func:`corridor_sim.landscape.io.geo.crs_from_text`, or another unit or direction.
    """
    crs = flat(crs_from_text(text), remedy).crs
    named = shown(text)
    if not crs.is_projected:
        problem = f"{named} has no metres: it is geographic or has no map plane"
    elif abs(crs.linear_units_factor[1] - 1) > 1e-9:
        problem = f"{named} measures in {crs.linear_units_factor[0]}, metres are needed"
    elif not _upright(crs):
        problem = f"{named} counts westwards or southwards, east and north are needed"
    else:
        return crs
    raise LandscapeError(problem, remedy=remedy)


def _target_crs(settings: LandscapeSettings, dem: Source) -> Any:
    if settings.crs is not None:
        try:
            here = _utm(dem)
        except LandscapeError:  # near a pole, or the DEM is astray; its own checks follow
            here = "that of the region"
        with placing("[landscape] crs"):
            return metric_crs(settings.crs, f"use {here} or drop the key")
    in_metres = dem.crs.is_projected and abs(dem.crs.linear_units_factor[1] - 1) < 1e-9
    if in_metres and _upright(dem.crs):
        return dem.crs
    return crs_from_text(_utm(dem))


def _upright(crs: Any) -> bool:
    """Whether x grows eastwards and y northwards (South Africa's maps count west and south)."""
    return [axis.direction for axis in Proj.from_wkt(crs.to_wkt()).axis_info[:2]] not in (
        ["west", "south"],
        ["south", "west"],
    )


def _utm(dem: Source) -> str:
    """EPSG code of the WGS 84 UTM zone at the centre of the DEM."""
    west, south, east, north = dem.bounds
    lon, lat = move_points(
        (west + east) / 2, (south + north) / 2, dem.crs, CRS.from_user_input("EPSG:4326")
    )
    lon = unroll(lon, 0.0, 360.0)
    if not (abs(lon[0]) <= 180 and abs(lat[0]) <= 84):
        raise LandscapeError(
            f"its centre lies at longitude {lon[0]:g}, latitude {lat[0]:g}, outside every UTM zone",
            remedy="check its CRS and origin, or name a target crs in metres",
        )
    zone = min(int((lon[0] + 180) // 6) + 1, 60)
    return f"EPSG:{(32600 if lat[0] >= 0 else 32700) + zone}"


def choose_grid(settings: LandscapeSettings, dem: Source) -> Grid:
    """The one grid: the target CRS, cell and extent, in whole cells inside the DEM.

    Raises
    ------
    LandscapeError
        Settings or a DEM of which no grid can be made.
    """
    crs = _target_crs(settings, dem)
    same = crs == dem.crs
    a, _, _, _, e, _ = dem.transform
    x, y = move_points(*edge_points(*dem.bounds, 41), dem.crs, crs)
    if settings.cell_m is not None:
        cell = float(settings.cell_m)
    elif same:
        if abs(abs(a) - abs(e)) > 1e-6 * abs(a):
            raise LandscapeError(
                f"cells of {abs(a):g} x {abs(e):g} m are not square",
                remedy=f"set cell_m, for example cell_m = {max(abs(a), abs(e)):g}",
            )
        cell = abs(a)
    else:
        cell = _native_cell(dem, crs)
    if settings.extent is not None:
        with placing("[landscape] extent"):
            west, south, east, north = _extent(settings.extent)
    else:
        if not (np.isfinite(x).all() and np.isfinite(y).all()):
            raise LandscapeError(
                f"its bounds cannot be expressed in {crs_label(crs)}",
                remedy="choose another crs, or give an extent",
            )
        west, south, east, north = inner_rectangle(x, y)
        # Cells start on the DEM's own corner, or on round metres where its CRS is another.
        x0, y0 = (dem.bounds[0], dem.bounds[3]) if same else (0.0, 0.0)
        west = x0 + np.ceil((west - x0) / cell - 1e-6) * cell
        north = y0 + np.floor((north - y0) / cell + 1e-6) * cell
    low, high = CELL_M
    if not low <= cell <= high:
        raise LandscapeError(
            f"its cells of {cell:g} m do not lie in {low:g} to {high:g} m",
            remedy=f"set cell_m, for example cell_m = {min(max(cell, low), high):g}",
        )
    across, down = (float(np.floor(d / cell + 1e-6)) for d in (east - west, north - south))
    if across < 1 or down < 1:
        raise LandscapeError(
            f"{max(east - west, 0):g} x {max(north - south, 0):g} m hold no whole cell of "
            f"{cell:g} m",
            where=None if settings.extent is None else "[landscape] extent",
            remedy="use smaller cells, a larger extent, or a crs made for the region",
        )
    if across * down > MAX_TARGET_CELLS:
        fits = round_up(cell * (across * down / MAX_TARGET_CELLS) ** 0.5)
        raise LandscapeError(
            f"{down:.6g} x {across:.6g} cells of {cell:g} m ({across * down / 1e6:.3g} million) "
            f"exceed the limit of {MAX_TARGET_CELLS / 1e6:g} million",
            where=None if settings.extent is None else "[landscape] extent",
            remedy=f"set cell_m to {fits:g} or more, or a smaller extent"
            if fits <= high
            else "give a smaller extent",
        )
    height, width = int(down), int(across)
    return Grid(height, width, cell, float(west), float(north), _crs_text(crs))


def _crs_text(crs: Any) -> str:
    authority = crs.to_authority()
    return ":".join(authority) if authority else str(crs.to_wkt())


def _native_cell(dem: Source, crs: Any) -> float:
    """Edge in metres of a square as large as the DEM's centre cell, to two significant digits."""
    a, _, _, _, e, _ = dem.transform
    west, south, east, north = dem.bounds
    cx, cy = (west + east) / 2, (south + north) / 2
    x, y = move_points([cx, cx + a, cx], [cy, cy, cy + e], dem.crs, crs)
    area = abs((x[1] - x[0]) * (y[2] - y[0]) - (x[2] - x[0]) * (y[1] - y[0]))
    edge = float(np.sqrt(area))
    if not (np.isfinite(edge) and edge > 0):
        raise LandscapeError(
            f"its cells cannot be measured in {crs_label(crs)}",
            remedy="choose another crs, or set cell_m",
        )
    digits = 10.0 ** (np.floor(np.log10(edge)) - 1)
    return float(round(round(edge / digits) * digits, 6))


def _extent(text: str) -> tuple[float, float, float, float]:
    parts = [p for p in re.split(r"[\s,;]+", text.strip()) if p]
    remedy = 'write it as "west south east north" in metres of the target CRS'
    try:
        west, south, east, north = (float(p) for p in parts)
        if not np.isfinite([west, south, east, north]).all():
            raise ValueError
    except ValueError as error:
        raise LandscapeError(f"{text[:80]!r} is not four numbers", remedy=remedy) from error
    if max(abs(v) for v in (west, south, east, north)) > MAX_COORDINATE_M:
        raise LandscapeError(f"{text[:80]!r} lies off every map of the Earth", remedy=remedy)
    if not (west < east and south < north):
        raise LandscapeError(
            f"{text[:80]!r} has its west not below its east, or its south not below its north",
            remedy=remedy,
        )
    return west, south, east, north
