"""Rasters, vectors and code tables as a user would give them."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from corridor_sim.errors import LandscapeError
from corridor_sim.landscape.io.settings import LandscapeSettings
from corridor_sim.landscape.io.user import load_user_landscape
from corridor_sim.toml.strict import refuse_odd, validate

WEST, NORTH = 700_000.0, 9_600_000.0
UTM, PSAD, LONLAT = "EPSG:32717", "EPSG:24877", "EPSG:4326"


def raster(
    path: Path,
    values: Any,
    *,
    crs: str | None = UTM,
    west: float = WEST,
    north: float = NORTH,
    cell: float | tuple[float, float] = 100.0,
    nodata: float | None = None,
    dtype: str | None = None,
    unit: str | None = None,
    scaling: tuple[float, float] | None = None,
    bands: int = 1,
    georeferenced: bool = True,
    rotated: float = 0.0,
    **options: Any,
) -> Path:
    """Write a GeoTIFF, by default in the type of the values and with 100 m cells."""
    import rasterio
    from affine import Affine

    array = np.asarray(values)
    array = array.astype(dtype or array.dtype)
    across, down = cell if isinstance(cell, tuple) else (cell, cell)
    place = {"transform": Affine(across, rotated, west, rotated, -down, north)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with rasterio.open(
            path,
            "w",
            driver="GTiff",
            height=array.shape[0],
            width=array.shape[1],
            count=bands,
            dtype=array.dtype.name,
            crs=crs,
            nodata=nodata,
            **(place if georeferenced else {}),
            **options,
        ) as file:
            for band in range(1, bands + 1):
                file.write(array, band)
            if unit:
                file.units = (unit,) * bands
            if scaling:
                file.scales, file.offsets = (scaling[0],), (scaling[1],)
    return path


def vector(
    path: Path, shapes: list[Any], crs: str = UTM, layer: str | None = None, **fields: list[Any]
) -> Path:
    import pyogrio
    import shapely

    kinds = sorted({s.geom_type for s in shapes})
    pyogrio.raw.write(
        path,
        np.array(shapely.to_wkb(shapes), object),
        [np.array(v, object if isinstance(v[0], str) else None) for v in fields.values()],
        list(fields),
        crs=crs,
        layer=layer,
        append=path.exists(),
        geometry_type=kinds[0] if len(kinds) == 1 else "Unknown",
        driver="GeoJSON" if path.suffix == ".geojson" else "GPKG",
    )
    return path


def load(folder: Path, **keys: Any) -> Any:
    """Load files whose numbers, wherever the map lies, are those of the region that ships."""
    given = {"elevation": "dem.tif", "region": {"like": "andes-amazon"}, **keys}
    return load_user_landscape(settings_of(given), folder)


def settings_of(keys: dict[str, Any]) -> LandscapeSettings:
    """The section [landscape] as a file gives it."""
    refuse_odd(keys, where="[landscape]", error=LandscapeError)
    return validate(LandscapeSettings, keys, where="[landscape]", error=LandscapeError)


def plane(rows: int, cols: int, cell: float, west: float = WEST, north: float = NORTH) -> Any:
    """A plane of 2 cm a metre eastwards and 1 cm northwards through 1000 m, at cell centres."""
    x = west + (np.arange(cols) + 0.5) * cell
    y = north - (np.arange(rows) + 0.5) * cell
    return height_of(x[None, :], y[:, None]).astype(np.float32)


def height_of(x: Any, y: Any) -> Any:
    return 1000 + 0.02 * (x - WEST) + 0.01 * (y - NORTH)
