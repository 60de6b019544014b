"""The landscape as the page draws it: small rasters of one byte a cell, and outlines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import corridor_sim as cs

if TYPE_CHECKING:
    import geopandas as gpd

# a page holds no more cells of a layer than these; larger maps are thinned
MOST_CELLS = 2_000_000
# byte of cells without data; values go from the least at 1 to the largest at 255
NO_DATA = 0


@dataclass(frozen=True, slots=True)
class Picture:
    """A landscape to be drawn.

    Attributes
    ----------
    about : dict
        Plain data: ``grid`` (``width``, ``height``, ``cell_m``, ``west_m``, ``north_m``, ``crs``),
        ``layers`` (``key``, ``title``, ``unit``, ``kind``, ``low``, ``high``, ``classes``),
        ``core_areas`` and ``towns``.
    rasters : dict of str to bytes
        By key of the layer, row by row from the north-west.
    """

    about: dict[str, Any]
    rasters: dict[str, bytes]


def picture_of(land: cs.Landscape) -> Picture:
    """Return what a page shows of a landscape."""
    data = land.to_xarray()
    height, width = data.sizes["y"], data.sizes["x"]
    step = max(1, int(np.ceil(np.sqrt(height * width / MOST_CELLS))))
    layers, rasters = [], {}
    for key, layer in data.items():
        values = np.asarray(layer.values)[::step, ::step]
        about, rasters[str(key)] = _bytes(values, layer.attrs)
        layers.append({"key": str(key), **about})
    x, y = data["x"].values, data["y"].values
    cell_m = float(land.grid.cell_m)
    grid = {
        "width": int(np.ceil(width / step)),
        "height": int(np.ceil(height / step)),
        "cell_m": cell_m * step,
        "west_m": float(x[0]) - cell_m / 2,
        "north_m": float(y[0]) + cell_m / 2,
        "crs": land.grid.crs,
    }
    about = {
        "name": land.name,
        "grid": grid,
        "layers": layers,
        "core_areas": _areas(land.core_areas),
        "towns": [
            {"name": t.name, "population": int(t.population), "x": t.geometry.x, "y": t.geometry.y}
            for t in land.towns.itertuples(index=False)
        ],
    }
    return Picture(about, rasters)


def _bytes(values: NDArray[Any], attrs: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Return how a layer is drawn, and its cells as bytes."""
    about = {"title": attrs.get("long_name", ""), "unit": attrs.get("units", "1")}
    about["source"] = attrs.get("source", "")
    if np.issubdtype(values.dtype, np.integer):
        classes = [int(v) for v in np.unique(values)][:255]
        place = np.searchsorted(classes, values) + 1
        return about | {"kind": "classes", "classes": classes}, place.astype(np.uint8).tobytes()
    known = np.isfinite(values)
    low, high = (float(f(values[known])) for f in (np.min, np.max)) if known.any() else (0.0, 1.0)
    span = high - low or 1.0
    place = np.where(known, 1 + np.rint((np.where(known, values, low) - low) / span * 254), NO_DATA)
    return about | {"kind": "ramp", "low": low, "high": high}, place.astype(np.uint8).tobytes()


def _areas(frame: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Return outlines in map metres, ``rings`` of each area."""
    found = []
    for row in frame.itertuples(index=False):
        parts = getattr(row.geometry, "geoms", [row.geometry])
        rings = [
            np.asarray(ring.coords).round(1).tolist()
            for part in parts
            for ring in (part.exterior, *part.interiors)
        ]
        found.append({"name": row.name, "area_km2": float(row.area_km2), "rings": rings})
    return found
