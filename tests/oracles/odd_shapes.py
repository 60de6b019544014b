"""Odd shapes, and the ground that they hold by a count of turns about each cell's centre."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from oracles.user_files import raster

# the made country: 40 km by 40 km in cells of 500 m, within the synthetic landscapes of 1 km
WEST_M, NORTH_M, CELL_M, N = 900_000.0, 9_700_000.0, 500.0, 80
ORIGIN = (WEST_M + 4_000.0, NORTH_M - 20_000.0)


def box_file(folder: Path) -> Path:
    """Write ``dem.tif``, a level country."""
    return raster(folder / "dem.tif", np.full((N, N), 1200.0, np.float32), west=WEST_M,
                  north=NORTH_M, cell=CELL_M)  # fmt: skip


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
