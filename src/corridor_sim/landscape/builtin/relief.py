"""Elevation of the built-in landscape (first, smooth version)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor_sim.landscape.builtin.region import unproject
from corridor_sim.landscape.builtin.skeleton import load_skeleton
from corridor_sim.landscape.grid import Grid


def build_elevation(grid: Grid) -> NDArray[np.float32]:
    """Mean elevation of every cell in metres, ``[height, width]`` float32."""
    from scipy.ndimage import map_coordinates

    table = load_skeleton()
    x, y = np.meshgrid(grid.x_centres_m(), grid.y_centres_m())
    lon, lat = unproject(x, y)
    col, row = table.fractional(lon, lat)
    z = map_coordinates(table.mean_m, [row - 0.5, col - 0.5], order=3, mode="nearest")
    return np.maximum(z, 0.0).astype(np.float32)
