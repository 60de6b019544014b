"""Towns and core areas of a landscape as GeoDataFrames in its CRS."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas
import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import shapes
from shapely.geometry import shape

from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.io.geo import quiet
from corridor_sim.landscape.parts import Town


def towns_frame(towns: Sequence[Town], crs: str) -> Any:
    """Return a GeoDataFrame of points with ``name`` and ``population``."""
    return geopandas.GeoDataFrame(
        {
            "name": np.array([t.name for t in towns], object),
            "population": np.array([t.population for t in towns], np.int64),
        },
        geometry=geopandas.points_from_xy([t.x_m for t in towns], [t.y_m for t in towns]),
        crs=crs,
    )


def core_areas_frame(
    zones: NDArray[np.int16], grid: Grid, names: Sequence[str], countries: Sequence[str]
) -> Any:
    """Return a GeoDataFrame of polygons along the cell edges, in the order of their numbers.

    Columns: ``id`` (value in the layer ``protected``), ``name``, ``country`` (ISO 3166 alpha-3),
    ``area_km2``.
    """
    parts: dict[int, list[Any]] = {}
    with quiet():
        found = shapes(zones, mask=zones > 0, transform=Affine(*grid.transform))
        for geometry, value in found:
            parts.setdefault(int(value), []).append(shape(geometry))
    order = sorted(parts)
    joined = [shapely.union_all(parts[i]) for i in order]
    polygons = [g if g.geom_type == "MultiPolygon" else shapely.multipolygons([g]) for g in joined]
    return geopandas.GeoDataFrame(
        {
            "id": np.array(order, np.int64),
            "name": np.array([names[i] for i in order], object),
            "country": np.array([countries[i] for i in order], object),
            "area_km2": np.array([g.area / 1e6 for g in polygons], np.float64),
        },
        geometry=np.array(polygons, object),
        crs=grid.crs,
    )
