"""Cells inside rings of longitude and latitude."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.polygons import polygons_of, ring_ground

Ring = Sequence[tuple[float, float]]


def cells_in_rings(rings: Sequence[Ring], grid: Grid) -> NDArray[np.bool_]:
    """Return which cell centres lie inside any ring of (lon, lat), ``[height, width]``.

    Rings that lie off the grid mark nothing. Edges are straight in the grid's CRS, which is exact
    enough for ranges drawn by hand.
    """
    from pyproj import Transformer
    from rasterio.features import rasterize
    from rasterio.transform import Affine

    if not rings:
        return np.zeros(grid.shape, np.bool_)
    change = Transformer.from_crs("EPSG:4326", grid.crs, always_xy=True)
    shapes = []
    for ring in rings:
        x_m, y_m = change.transform([p[0] for p in ring], [p[1] for p in ring])
        points = [(float(x), float(y)) for x, y in zip(x_m, y_m, strict=True)]
        if np.isfinite(points).all():
            shapes += polygons_of(ring_ground(np.array(points)))
    if not shapes:
        return np.zeros(grid.shape, np.bool_)
    inside = rasterize(
        shapes, out_shape=grid.shape, transform=Affine(*grid.transform), fill=0, dtype="uint8"
    )
    return np.asarray(inside, np.bool_)
