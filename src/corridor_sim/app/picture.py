"""The landscape as the page draws it: small rasters of one byte a cell, and outlines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import corridor_sim as cs

if TYPE_CHECKING:
    import geopandas as gpd
    import xarray as xr

# a page holds no more cells of a layer than these; larger maps are thinned
MOST_CELLS = 2_000_000
# byte of cells without data; values go from the least at 1 to the largest at 255
NO_DATA = 0
# of a map with a few very large values so many per cent of the others make the scale
OF_SCALE = 99.5


@dataclass(frozen=True, slots=True)
class Picture:
    """A landscape to be drawn.

    Attributes
    ----------
    about : dict
        Plain data: ``name``, ``grid`` (``width``, ``height``, ``cell_m``, ``west_m``, ``north_m``,
        ``crs``), ``layers`` (``key``, ``title``, ``unit``, ``source``, ``kind``, ``low``, ``high``,
        ``classes``), ``core_areas``, ``towns``, ``blocks`` and ``species``.
    rasters : dict of str to bytes
        By key of the layer, row by row from the north-west.
    """

    about: dict[str, Any]
    rasters: dict[str, bytes]


def picture_of(evaluator: cs.LinkEvaluator) -> Picture:
    """Return what a page shows of the landscape on which links are drawn."""
    import numpy as np

    land = evaluator.land
    data = land.to_xarray()
    layers, rasters = [], {}
    for key, layer in data.items():
        if np.issubdtype(layer.dtype, np.integer):
            legend, rasters[str(key)] = _classes(layer)
        else:
            legend, rasters[str(key)] = ramp_of(layer)
        about = {"title": layer.attrs.get("long_name", ""), "unit": layer.attrs.get("units", "1")}
        layers.append({"key": str(key), **about, "source": layer.attrs.get("source", ""), **legend})
    about = {
        "name": land.name,
        "grid": grid_of(data, land.grid.crs),
        "layers": layers,
        "core_areas": _areas(land.core_areas),
        "towns": [
            {"name": t.name, "population": int(t.population), "x": t.geometry.x, "y": t.geometry.y}
            for t in land.towns.itertuples(index=False)
        ],
        "blocks": _blocks(evaluator.blocks),
        "species": [
            {
                "key": one.key,
                "name": one.name,
                "scientific_name": one.scientific_name,
                "walks": one.soaring is None,
                "summary": one.summary,
            }
            for one in evaluator.species
        ],
    }
    return Picture(about, rasters)


def grid_of(data: xr.Dataset | xr.DataArray, crs: str) -> dict[str, Any]:
    """Return where the cells of a drawn map lie, thinned where it is very large."""
    step = _step(data)
    x, y = data["x"].values, data["y"].values
    cell_m = float(abs(x[1] - x[0])) if x.size > 1 else float(abs(y[1] - y[0]))
    return {
        "width": -(-x.size // step),
        "height": -(-y.size // step),
        "cell_m": cell_m * step,
        "west_m": float(x[0]) - cell_m / 2,
        "north_m": float(y[0]) + cell_m / 2,
        "crs": crs,
    }


def ramp_of(layer: xr.DataArray, *, diverging: bool = False) -> tuple[dict[str, Any], bytes]:
    """Return how a map of numbers is drawn, and its cells as bytes.

    Parameters
    ----------
    layer : DataArray ``[y, x]``
        NaN where there is nothing.
    diverging : bool
        About 0 in the middle, as changes are.

    Returns
    -------
    dict, bytes
        ``kind``, ``low``, ``high``, ``beyond``: whether some cells are beyond them.
    """
    import numpy as np

    step = _step(layer)
    values = np.asarray(layer.values, np.float64)[::step, ::step]
    known = np.isfinite(values)
    some = values[known] if known.any() else np.zeros(1)
    if diverging:
        size = np.abs(some)
        high = float(_largest(size))
        low = -high
    else:
        low, high = float(some.min()), float(_largest(some))
    beyond = bool(some.max() > high or some.min() < low)
    span = high - low or 1.0
    place = np.clip((np.where(known, values, low) - low) / span, 0, 1)
    cells = np.where(known, 1 + np.rint(place * 254), NO_DATA).astype(np.uint8)
    kind = "diverging" if diverging else "ramp"
    return {"kind": kind, "low": low, "high": high, "beyond": beyond}, cells.tobytes()


def _largest(some: Any) -> float:
    """Return the end of a scale: the largest value, or of very skewed ones most of them."""
    import numpy as np

    largest, above = float(some.max()), some[some > 0]
    if not above.size:
        return largest
    usual = float(np.percentile(above, OF_SCALE))
    return usual if largest > 2 * usual else largest


def _classes(layer: xr.DataArray) -> tuple[dict[str, Any], bytes]:
    """Return how a map of classes is drawn, and its cells as bytes."""
    import numpy as np

    step = _step(layer)
    values = np.asarray(layer.values)[::step, ::step]
    classes = np.unique(values)[:255]
    place = np.clip(np.searchsorted(classes, values), 0, 254) + 1
    return {"kind": "classes", "classes": classes.tolist()}, place.astype(np.uint8).tobytes()


def _step(data: xr.Dataset | xr.DataArray) -> int:
    """Return of how many cells one is drawn, in each direction."""
    n = data.sizes["x"] * data.sizes["y"]
    return max(1, int(-(-((n / MOST_CELLS) ** 0.5) // 1)))


def _blocks(frame: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Return the blocks between which animals go, each with a place for its name."""
    found = []
    for row in frame.itertuples(index=False):
        at = row.geometry.representative_point()
        about = {"block": int(row.block), "name": row.name, "area_km2": float(row.area_km2)}
        found.append({**about, "x": round(at.x), "y": round(at.y)})
    return found


def _areas(frame: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Return outlines in map metres, ``rings`` of each area."""
    found = []
    for row in frame.itertuples(index=False):
        parts = getattr(row.geometry, "geoms", [row.geometry])
        rings = [
            [[round(x, 1), round(y, 1)] for x, y in ring.coords]
            for part in parts
            for ring in (part.exterior, *part.interiors)
        ]
        found.append({"name": row.name, "area_km2": float(row.area_km2), "rings": rings})
    return found
