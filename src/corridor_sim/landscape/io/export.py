"""Write maps that GIS programs open as they are: COG GeoTIFF, CF NetCDF, GeoPackage, QGIS styles.

Every file is made complete in memory or beside its place and then moved there, so that a reader
never meets half a file.
"""

from __future__ import annotations

import re
import unicodedata
import warnings
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import quoteattr

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import ResultsError, nearest
from corridor_sim.files import write_bytes, written_beside
from corridor_sim.landscape.covers import COVERS
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.io.geo import quiet
from corridor_sim.landscape.layers import LAYERS

if TYPE_CHECKING:
    import xarray as xr

    from corridor_sim.landscape.landscape import Landscape

FORMATS = ("tif", "nc", "gpkg")
Classes = Sequence[tuple[int, str, str]]

# GDAL stamps a GeoPackage with the time of writing; a fixed stamp keeps equal maps equal files.
_GPKG_DATE = "2000-01-01T00:00:00.000Z"

CLASSES: Mapping[str, Classes] = {
    "land_cover": tuple((c.code, c.label, c.colour) for c in COVERS.values()),
    "road": (
        (0, "No road", "#ffffff00"),
        (1, "Secondary or gravel", "#b07d3c"),
        (2, "Primary paved", "#8c1c13"),
        (3, "With a crossing structure", "#1b9e77"),
    ),
    "river": (
        (0, "No river", "#ffffff00"),
        (1, "Under 50 m", "#9ecae1"),
        (2, "50 to 300 m", "#4292c6"),
        (3, "Over 300 m", "#08519c"),
    ),
    "protection": ((0, "Not protected", "#ffffff00"), (1, "Protected", "#2b8a6e")),
    "roost": ((0, "No roost", "#ffffff00"), (1, "Cliffs fit for roosting", "#6a3d9a")),
}


def write_geotiff(
    path: Path,
    array: NDArray[Any],
    grid: Grid,
    *,
    nodata: float | None,
    description: str,
    unit: str,
    colormap: Mapping[int, tuple[int, int, int, int]] | None = None,
) -> Path:
    """Write one band as a cloud-optimised GeoTIFF (deflate, overviews) and return ``path``.

    Parameters
    ----------
    array : ndarray
        ``[height, width]`` of the grid; bool is written as uint8.
    nodata : float or None
        Declared nodata value.
    description, unit : str
        Band description and CF unit.
    colormap : mapping, optional
        Red, green, blue, alpha (0 to 255) of each class code; only for uint8.

    Raises
    ------
    ResultsError
        The disk is full, or the folder cannot be written.
    """
    from affine import Affine
    from rasterio.io import MemoryFile

    if array.shape != grid.shape:
        raise ValueError(f"array {array.shape} does not fit the grid {grid.shape}")
    values = array.astype(np.uint8) if array.dtype == bool else array
    classes = values.dtype.kind in "iu"
    with quiet(), MemoryFile() as memory:
        with memory.open(
            driver="COG",
            height=grid.height,
            width=grid.width,
            count=1,
            dtype=values.dtype.name,
            crs=grid.crs,
            transform=Affine(*grid.transform),
            nodata=nodata,
            compress="DEFLATE",
            predictor="NO" if classes else "YES",
            blocksize=512,
            overviews="IGNORE_EXISTING",
            overview_resampling="MODE" if classes else "AVERAGE",
        ) as file:
            file.write(values, 1)
            file.set_band_description(1, description)
            file.units = (unit,)
            if colormap is not None and values.dtype == np.uint8:
                file.write_colormap(1, dict(colormap))
        return write_bytes(path, memory.read())


def write_netcdf(path: Path, dataset: xr.Dataset) -> Path:
    """Write a dataset as compressed CF-1.11 NetCDF-4 with its CRS and return ``path``.

    Each variable keeps its ``grid_mapping`` (an encoding given without it would lose the CRS); read
    back with ``xarray.open_dataset(path, decode_coords="all")``.

    Raises
    ------
    ResultsError
        The disk is full, or the folder cannot be written.
    """
    ds = dataset.copy()
    ds.attrs["Conventions"] = "CF-1.11"
    encoding: dict[str, dict[str, Any]] = {}
    for name in ds.variables:
        variable = ds[name]
        # xarray refuses a grid_mapping that stands both among the attributes and in the encoding.
        mapping = variable.attrs.pop("grid_mapping", None) or variable.encoding.get("grid_mapping")
        options: dict[str, Any] = {}
        if name in ds.data_vars:
            options = {"zlib": True, "complevel": 4, "shuffle": True} if variable.ndim else {}
            if mapping or ("spatial_ref" in ds.coords and variable.ndim >= 2):
                options["grid_mapping"] = mapping or "spatial_ref"
        if variable.dtype.kind in "fiu" and (name in ds.coords or variable.dtype.kind in "iu"):
            options["_FillValue"] = None
        variable.encoding.clear()
        encoding[str(name)] = options
    for name in ds.data_vars:
        if str(name) in CLASSES and ds[name].dtype.kind in "iu":
            rows = CLASSES[str(name)]
            ds[name].attrs["flag_values"] = np.array([r[0] for r in rows], ds[name].dtype)
            ds[name].attrs["flag_meanings"] = " ".join(
                re.sub("[^a-z0-9]+", "_", _ascii(r[1].lower())) for r in rows
            )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Into memory and not to the path: HDF5 crashes the process when its disk fills up.
        data = ds.to_netcdf(None, engine="h5netcdf", encoding=encoding)
    try:
        return write_bytes(path, data)
    finally:
        if isinstance(data, memoryview):
            data.release()  # a traceback may hold it past the buffer that it looks into


def _ascii(text: str) -> str:
    """Letters without their accents: CF words must be plain."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def write_qml(path: Path, classes: Classes) -> Path:
    """Write a QGIS style (paletted) of ``(value, label, colour)`` rows and return ``path``.

    QGIS applies it by itself when it lies beside the raster under the same name. Colours are
    ``#rrggbb`` or ``#rrggbbaa``.
    """
    entries = "\n".join(
        f"        <paletteEntry value={quoteattr(str(value))} label={quoteattr(label)} "
        f"color={quoteattr(colour[:7])} alpha={quoteattr(str(_rgba(colour)[3]))}/>"
        for value, label, colour in classes
    )
    text = f"""<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<qgis version="3.22" styleCategories="Symbology">
  <pipe>
    <rasterrenderer type="paletted" band="1" opacity="1" alphaBand="-1" nodataColor="">
      <colorPalette>
{entries}
      </colorPalette>
    </rasterrenderer>
  </pipe>
</qgis>
"""
    return write_bytes(path, text.encode())


def _rgba(colour: str) -> tuple[int, int, int, int]:
    text = colour.lstrip("#")
    r, g, b, a = (int((text + "ff")[i : i + 2], 16) for i in (0, 2, 4, 6))
    return r, g, b, a


def colormap_of(classes: Classes) -> dict[int, tuple[int, int, int, int]]:
    """Red, green, blue, alpha by class code, as :func:`write_geotiff` takes them."""
    return {value: _rgba(colour) for value, _, colour in classes}


def export_landscape(
    land: Landscape, out_dir: Path, *, formats: Collection[str] = FORMATS
) -> list[Path]:
    """Write all layers of a landscape and return the files written, in order.

    ``tif``: one COG for each layer, a QGIS style beside every class layer, and
    ``land_cover_codes.csv`` with which the maps load again as a user's own. ``nc``: one CF file of
    all layers. ``gpkg``: towns and core areas as layers of one GeoPackage in the grid's CRS.

    Raises
    ------
    ResultsError
        An unknown format, a full disk, or a folder that cannot be written.
    """
    out_dir = Path(out_dir)
    for name in formats:
        if name not in FORMATS:
            raise ResultsError(f"unknown format {name!r}", remedy=nearest(name, FORMATS))
    written: list[Path] = []
    if "tif" in formats:
        for name, values in land.layers.items():
            spec = LAYERS[name]
            rows = CLASSES.get(name)
            written.append(
                write_geotiff(
                    out_dir / f"{name}.tif",
                    values,
                    land.grid,
                    nodata=np.nan if values.dtype.kind == "f" else None,
                    description=spec.meaning,
                    unit=spec.unit,
                    colormap=colormap_of(rows) if rows else None,
                )
            )
            if rows:
                written.append(write_qml(out_dir / f"{name}.qml", rows))
        table = "code,cover,label\n" + "".join(
            f'{c.code},{c.key},"{c.label}"\n' for c in COVERS.values()
        )
        written.append(write_bytes(out_dir / "land_cover_codes.csv", table.encode()))
    if "nc" in formats:
        written.append(write_netcdf(out_dir / "landscape.nc", land.to_xarray()))
    if "gpkg" in formats:
        layers = {k: v for k, v in (("towns", _towns(land)), ("core_areas", zone_layer(land))) if v}
        if layers:
            written.append(write_geopackage(out_dir / "landscape.gpkg", layers, land.grid.crs))
    return written


VectorLayer = tuple[str, list[Any], dict[str, list[Any]]]


def write_geopackage(path: Path, layers: Mapping[str, VectorLayer], crs: str) -> Path:
    """Write vector layers of one CRS and return ``path``.

    ``layers`` maps a name to ``(geometry type, shapely geometries, columns)``.

    Raises
    ------
    ResultsError
        The disk is full, or the folder cannot be written.
    """
    import pyogrio
    import shapely

    with written_beside(path) as part, quiet():
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _GPKG_DATE})
        try:
            for name, (kind, shapes, columns) in layers.items():
                fields = [
                    np.asarray(v, object if isinstance(v[0], str) else None)
                    for v in columns.values()
                ]
                pyogrio.raw.write(
                    part,
                    np.array(shapely.to_wkb(shapes), object),
                    fields,
                    list(columns),
                    layer=name,
                    driver="GPKG",
                    geometry_type=kind,
                    crs=crs,
                    append=part.exists(),
                )
        finally:
            pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
    return Path(path)


def _towns(land: Landscape) -> VectorLayer | None:
    import shapely

    if not land.towns:
        return None
    return (
        "Point",
        [shapely.Point(t.x_m, t.y_m) for t in land.towns],
        {"name": [t.name for t in land.towns], "population": [t.population for t in land.towns]},
    )


def zone_layer(land: Landscape) -> VectorLayer | None:
    """Core areas as polygons along the cell edges, in the order of their numbers."""
    import shapely
    from affine import Affine
    from rasterio.features import shapes
    from shapely.geometry import shape

    zones = land["protected"]
    parts: dict[int, list[Any]] = {}
    with quiet():
        found = shapes(zones, mask=zones > 0, transform=Affine(*land.grid.transform))
        for geometry, value in found:
            parts.setdefault(int(value), []).append(shape(geometry))
    order = sorted(parts)
    if not order:
        return None
    joined = [shapely.union_all(parts[i]) for i in order]
    polygons = [g if g.geom_type == "MultiPolygon" else shapely.multipolygons([g]) for g in joined]
    return (
        "MultiPolygon",
        polygons,
        {
            "zone": order,
            "name": [land.zone_names[i] for i in order],
            "iso3": [land.zone_countries[i] for i in order],
            "area_km2": [g.area / 1e6 for g in polygons],
        },
    )
