"""Odd shapes, and the ground that they hold by a count of turns about each cell's centre."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from oracles.user_files import UTM, raster

Corner = tuple[float, ...]

# the made country: 40 km by 40 km in cells of 500 m, within the synthetic landscapes of 1 km
WEST_M, NORTH_M, CELL_M, N = 900_000.0, 9_700_000.0, 500.0, 80
ORIGIN = (WEST_M + 4_000.0, NORTH_M - 20_000.0)


def box_file(folder: Path) -> Path:
    """Write ``dem.tif``, a level country."""
    return raster(
        folder / "dem.tif",
        np.full((N, N), 1200.0, np.float32),
        west=WEST_M,
        north=NORTH_M,
        cell=CELL_M,
    )


def moved(shape: Any) -> Any:
    """Return a shape drawn in kilometres in map metres of the made country."""
    return shapely.transform(shape, lambda xy: xy * 1000.0 + ORIGIN)


def centres(n: int = N, cell_m: float = CELL_M) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return x and y of the centres of all cells, ``[n, n]`` each."""
    x = WEST_M + (np.arange(n) + 0.5) * cell_m
    y = NORTH_M - (np.arange(n) + 0.5) * cell_m
    return np.meshgrid(x, y)


def turns(ring: NDArray[Any], x: NDArray[Any], y: NDArray[Any]) -> NDArray[np.int64]:
    """Return how often a ring, corners ``[n, 2]``, goes round each point (winding number)."""
    corners = np.asarray(ring, float)
    count = np.zeros(x.shape, np.int64)
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        side = (x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)
        count += ((y0 <= y) & (y1 > y) & (side > 0)).astype(np.int64)
        count -= ((y0 > y) & (y1 <= y) & (side < 0)).astype(np.int64)
    return count


def held(polygons: list[list[NDArray[Any]]], x: NDArray[Any], y: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which points polygons hold, each a list of rings with the shell first."""
    inside = np.zeros(x.shape, bool)
    for shell, *holes in polygons:
        here = turns(shell, x, y) != 0
        for hole in holes:
            here &= turns(hole, x, y) == 0
        inside |= here
    return inside


def wkb(kind: int, *parts: Any, high: bool = False) -> bytes:
    """Return a shape's bytes: of corners for points and lines, of rings for polygons, of shapes."""
    code = kind + (1000 if high else 0)
    head = b"\x01" + struct.pack("<I", code)
    if kind == 1:
        return head + struct.pack("<2d", *parts[0])
    if kind in (2, 8):
        return head + corners(parts[0], high)
    body = b"".join(corners(p, high) if not isinstance(p, bytes) else p for p in parts)
    return head + struct.pack("<I", len(parts)) + body


def corners(places: Sequence[Corner], high: bool) -> bytes:
    values = [(*p, 7.0) if high else p for p in places]
    return struct.pack("<I", len(values)) + b"".join(struct.pack(f"<{len(v)}d", *v) for v in values)


def write(path: Path, shapes: Sequence[bytes | None], crs: str = UTM, **fields: list[Any]) -> Path:
    import pyogrio

    columns = [np.array(v, object if isinstance(v[0], str) else None) for v in fields.values()]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of kinds of shapes that few programs know
        pyogrio.raw.write(
            path,
            np.array([*shapes, None], object)[:-1],
            columns,
            list(fields),
            crs=crs,
            geometry_type="Unknown",
        )
    return path


def ground_km2(polygons: list[list[NDArray[Any]]]) -> float:
    """Return the area of what polygons hold: faces between all edges, each asked at one point."""
    edges = [shapely.LineString(np.vstack([ring, ring[:1]])) for one in polygons for ring in one]
    faces = shapely.get_parts(shapely.polygonize([shapely.union_all(edges)])) if edges else []
    some = [face for face in faces if face.area > 0]
    if not some:
        return 0.0
    points = shapely.get_coordinates(shapely.point_on_surface(some))
    inside = held(polygons, points[:, 0], points[:, 1])
    return float(shapely.area(some)[inside].sum()) / 1e6
