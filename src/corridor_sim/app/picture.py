"""The landscape as the page draws it: rasters of a byte or two a cell, outlines, borders, towns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import corridor_sim as cs
from corridor_sim.app.choices import choices_of

if TYPE_CHECKING:
    import geopandas as gpd
    import xarray as xr

# a page holds no more cells of a layer than these; larger maps are thinned
MOST_CELLS = 2_000_000
# byte of cells without data; values go from the least at 1 to the largest at 254
NO_DATA = 0
STEPS = 254
FINE = 256
# numbers of which half lie in this lowest part of their range are drawn by their roots
CROWDED = 0.1
# where the largest number is so many times one that only so few exceed, the ramp ends at that one
FAR = 2.0
USUAL = 0.995
# nodes a side of the lattice by which the page turns metres into degrees
NODES = 33


@dataclass(frozen=True, slots=True)
class Picture:
    """A landscape to be drawn.

    Attributes
    ----------
    about : dict
        Plain data: ``grid`` (``width``, ``height``, ``cell_m``, ``west_m``, ``north_m``, ``crs``),
        ``degrees`` (``lon`` and ``lat`` at nodes over the grid, row by row), ``layers`` (as
        :func:`layer_of` tells them), ``core_areas``, ``borders``, ``towns``, ``blocks`` of core
        areas and ``species``.
    rasters : dict of str to bytes
        By key of the layer, row by row from the north-west.
    """

    about: dict[str, Any]
    rasters: dict[str, bytes]


def picture_of(evaluator: cs.LinkEvaluator) -> Picture:
    """Return what a page shows of the landscape on which links are drawn."""
    land = evaluator.land
    data = land.to_xarray()
    layers, rasters = [], {}
    for key, array in data.items():
        about, rasters[str(key)] = layer_of(str(key), array, land)
        layers.append(about)
    grid = layers[0]["grid"] | {"crs": land.grid.crs}
    about = {
        "name": land.name,
        "grid": grid,
        "degrees": _degrees(grid),
        "layers": layers,
        "core_areas": _areas(land.core_areas),
        "borders": [
            {"line": np.round(b.course, 1).tolist(), "left": b.left, "right": b.right}
            for b in land.borders
        ],
        "towns": [
            {"name": t.name, "population": int(t.population), "x": t.geometry.x, "y": t.geometry.y}
            for t in land.towns.itertuples(index=False)
        ],
        "blocks": _blocks(evaluator.blocks, land.core_areas),
        "choices": choices_of(land),
        "species": [
            {
                "key": one.key,
                "name": names_of(one),
                "colour": one.colour,
                "scientific_name": one.scientific_name,
                "walks": one.soaring is None,
            }
            for one in evaluator.species
        ],
    }
    return Picture(about, rasters)


def names_of(species: cs.Species) -> dict[str, str]:
    """Return what a species is called in each language."""
    found = {}
    for code in cs.languages.LANGUAGES:
        with cs.language(code):
            found[code] = species.common_name
    return found


def worded(about: dict[str, Any]) -> dict[str, Any]:
    """Return what a page is told of a landscape in the current language.

    A picture itself holds English, and names in all languages, since it is kept for later.
    """
    code = cs.languages.current().code
    species = [one | {"name": one["name"].get(code, one["key"])} for one in about["species"]]
    covers = [
        one | {"label": cs.languages.tr(one["label"])} for one in about["choices"]["cleared_to"]
    ]
    return about | {
        "species": species,
        "layers": [worded_layer(one) for one in about["layers"]],
        "choices": about["choices"] | {"cleared_to": covers},
    }


def worded_layer(about: dict[str, Any]) -> dict[str, Any]:
    """Return how a map is drawn, with its words in the current language."""
    tr = cs.languages.tr
    found = about | {key: tr(about[key]) for key in ("title", "source")}
    return found | ({"labels": [tr(one) for one in about["labels"]]} if "labels" in about else {})


def layer_of(
    key: str, array: xr.DataArray, land: cs.Landscape | None = None, *, diverging: bool = False
) -> tuple[dict[str, Any], bytes]:
    """Return how any map is drawn, and its cells as bytes.

    Parameters
    ----------
    key : str
        What the page knows it by.
    array : DataArray ``[y, x]``
        Numbers, NaN where there is none, or integers that stand for classes; in map metres from
        the north-west, with ``long_name``, ``units``, ``source`` and ``status`` where known.
    land : Landscape, optional
        Whose land cover and whose ground it is.
    diverging : bool
        Of numbers: they are changes, and 0 is in the middle.

    Returns
    -------
    about : dict
        ``key``, ``title``, ``unit``, ``source``, ``status``, ``grid`` and ``planes``; of numbers
        ``kind`` ``"ramp"``, ``scale`` (``"linear"`` or ``"root"``), ``low``, ``high``,
        ``beyond`` (some cells hold more than ``high``, and are drawn and read as it) and ``ramp``
        ``"diverging"`` of changes; of classes ``kind`` ``"classes"``, ``classes``, and of
        land cover ``labels`` and ``colours``.
    bytes
        One byte a cell: 0 without data, 1 to 254 by the place between ``low`` and ``high``, or in
        ``classes``. With two planes a second byte a cell follows, 256 finer steps.
    """
    attrs, values = array.attrs, np.asarray(array.values)
    height, width = values.shape
    step = max(1, int(np.ceil(np.sqrt(height * width / MOST_CELLS))))
    discrete = np.issubdtype(values.dtype, np.integer)
    known = np.isfinite(values)
    if land is not None and land.outside is not None and land.outside.shape == values.shape:
        known &= ~land.outside
    # a road of one cell's width is a road all the same where cells are thinned
    if discrete and step > 1 and "flag_values" not in attrs:
        values = _largest(values, step)
    else:
        values = values[::step, ::step]
    known = known[::step, ::step]
    x, y = np.asarray(array["x"].values), np.asarray(array["y"].values)
    cell_m = abs(float(x[-1] - x[0])) / max(len(x) - 1, 1)
    about = {
        "key": key,
        "title": attrs.get("long_name", key),
        "unit": attrs.get("units", "1"),
        "source": attrs.get("source", ""),
        "status": attrs.get("status", ""),
        "grid": {
            "width": values.shape[1],
            "height": values.shape[0],
            "cell_m": cell_m * step,
            "west_m": float(x[0]) - cell_m / 2,
            "north_m": float(y[0]) + cell_m / 2,
        },
    }
    if discrete:
        return _classes(about, values, known, attrs, land)
    return _ramp(about, values, known, diverging)


def _classes(
    about: dict[str, Any],
    values: NDArray[Any],
    known: NDArray[np.bool_],
    attrs: dict[str, Any],
    land: cs.Landscape | None,
) -> tuple[dict[str, Any], bytes]:
    """Return classes as bytes, and the words and colours of land cover."""
    found = np.unique(values[known])
    place = np.searchsorted(found, np.where(known, values, found[0] if len(found) else 0))
    more: dict[str, Any] = {"kind": "classes", "classes": [int(v) for v in found]}
    if "flag_values" in attrs and land is not None:
        covers = {row.code: row for row in land.covers.rows}
        more["labels"] = [covers[v].label if v in covers else str(v) for v in more["classes"]]
        more["colours"] = [covers[v].colour if v in covers else "#999999" for v in more["classes"]]
    planes = [np.where(known, 1 + place % STEPS, NO_DATA)]
    if len(found) > STEPS:
        planes.append(np.where(known, place // STEPS, 0))
    return about | more | {"planes": len(planes)}, _bytes(planes)


def _ramp(
    about: dict[str, Any], values: NDArray[Any], known: NDArray[np.bool_], diverging: bool
) -> tuple[dict[str, Any], bytes]:
    """Return numbers as two bytes each, by their place between the least and the largest."""
    some = values[known].astype(np.float64)
    low, high = (float(some.min()), float(some.max())) if some.size else (0.0, 1.0)
    if diverging:
        high = max(abs(low), abs(high))
        low, about = -high, about | {"ramp": "diverging"}
    # a few cells far above all others would leave these one colour
    top = float(np.quantile(np.abs(some) if diverging else some, USUAL)) if some.size else high
    if beyond := low <= 0 < FAR * top < high:
        high, low = top, -top if diverging else low
    crowded = some.size and low >= 0 and np.median(some) < low + CROWDED * (high - low)
    bend = np.sqrt if crowded else np.asarray
    span = float(bend(high) - bend(low)) or 1.0
    drawn = np.clip(np.where(known, values, low).astype(np.float64), low, high)
    share = (bend(drawn) - bend(low)) / span
    u = np.rint(share * (STEPS * FINE - 1)).astype(np.int64)
    planes = [np.where(known, 1 + u // FINE, NO_DATA), np.where(known, u % FINE, 0)]
    scale = {"kind": "ramp", "scale": "root" if crowded else "linear", "low": low, "high": high}
    return about | scale | {"beyond": bool(beyond), "planes": 2}, _bytes(planes)


def _bytes(planes: list[NDArray[Any]]) -> bytes:
    return b"".join(plane.astype(np.uint8).tobytes() for plane in planes)


def _largest(values: NDArray[Any], step: int) -> NDArray[Any]:
    """Return the largest value of each square of ``step`` cells a side."""
    height, width = (-(-n // step) * step for n in values.shape)
    grown = np.pad(values, [(0, height - values.shape[0]), (0, width - values.shape[1])], "edge")
    return np.asarray(grown.reshape(height // step, step, width // step, step).max(axis=(1, 3)))


def _degrees(grid: dict[str, Any]) -> dict[str, Any]:
    """Return longitude and latitude at nodes over the whole grid.

    Between nodes the page interpolates, which at the 20 km that they lie apart on a map of 600 km
    is wrong by a few metres.
    """
    from pyproj import Transformer

    across = grid["west_m"] + np.linspace(0, grid["width"] * grid["cell_m"], NODES)
    down = grid["north_m"] - np.linspace(0, grid["height"] * grid["cell_m"], NODES)
    to_degrees = Transformer.from_crs(grid["crs"], "EPSG:4326", always_xy=True)
    lon, lat = to_degrees.transform(*np.meshgrid(across, down))
    told = {"lon": np.round(lon, 6).ravel().tolist(), "lat": np.round(lat, 6).ravel().tolist()}
    return {"nodes": NODES, **told}


def _blocks(frame: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Return the blocks between which animals go: their core areas, and a place for the name."""
    found, middles = [], areas.representative_point()
    for row in frame.itertuples(index=False):
        at = row.geometry.representative_point()
        about = {"block": int(row.block), "name": row.name, "area_km2": float(row.area_km2)}
        inside = [int(i) for i in areas["id"][middles.within(row.geometry)]]
        found.append({**about, "areas": inside, "x": round(at.x, 1), "y": round(at.y, 1)})
    return found


def _areas(frame: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Return outlines in map metres, ``rings`` of each area, and a place inside for its name."""
    found = []
    for row in frame.itertuples(index=False):
        if row.geometry is None or row.geometry.is_empty:
            continue
        parts = getattr(row.geometry, "geoms", [row.geometry])
        rings = [
            np.asarray(ring.coords).round(1).tolist()
            for part in parts
            for ring in (part.exterior, *part.interiors)
        ]
        middle = row.geometry.representative_point()
        found.append(
            {
                "id": int(row.id),
                "name": row.name,
                "country": row.country,
                "area_km2": float(row.area_km2),
                "x": round(middle.x, 1),
                "y": round(middle.y, 1),
                "rings": rings,
            }
        )
    return found
