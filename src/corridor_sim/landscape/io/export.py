"""Write maps that GIS programs open as they are: COG GeoTIFF, CF NetCDF, GeoPackage, QGIS styles.

Every file is made complete in memory or beside its place and then moved there, so that a reader
never meets half a file.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import ResultsError, nearest
from corridor_sim.files import write_bytes, write_csv, written_beside
from corridor_sim.gis import layers as looks
from corridor_sim.gis.ramps import rgba
from corridor_sim.gis.rasters import classes_style, limits, ramp_style
from corridor_sim.gis.styles import APART, SCALES
from corridor_sim.gis.xml import document
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.io.cf import CONVENTIONS, netcdf
from corridor_sim.landscape.io.classes import CLASSES, Classes, classes_of, flags_of
from corridor_sim.landscape.io.code_rasters import BETWEEN_GROUPS
from corridor_sim.landscape.io.geo import quiet
from corridor_sim.landscape.io.project import write_landscape_project
from corridor_sim.landscape.io.settings import BUILTIN_LANDSCAPE
from corridor_sim.landscape.layers import LAYERS
from corridor_sim.landscape.region import NO_REGION, SHIPPED, Region, shipped_region
from corridor_sim.languages import tr

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    import xarray as xr

    from corridor_sim.landscape.covariates import Covariate
    from corridor_sim.landscape.landscape import Landscape

FORMATS = ("tif", "nc", "gpkg")
# a raster of fewer is packed in a moment
MANY_CELLS = 2_000_000

# GDAL stamps a GeoPackage with the time of writing; a fixed stamp keeps equal maps equal files.
_GPKG_DATE = "2000-01-01T00:00:00.000Z"


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
    if array.shape != grid.shape:
        raise ValueError(f"array {array.shape} does not fit the grid {grid.shape}")
    with quiet():
        data = geotiff_bytes(
            array[None],
            grid,
            nodata=nodata,
            descriptions=[description],
            units=[unit],
            colormap=colormap,
        )
        return write_bytes(path, data)


def geotiff_bytes(
    bands: NDArray[Any] | Sequence[Callable[[], NDArray[Any]]],
    grid: Grid,
    *,
    nodata: float | None,
    descriptions: Sequence[str],
    units: Sequence[str],
    colormap: Mapping[int, tuple[int, int, int, int]] | None = None,
    **options: Any,
) -> bytes:
    """Return bands ``[band, height, width]`` as a cloud-optimised GeoTIFF, GDAL's warnings heard.

    Of bands given as functions that return them, float32, one is held at a time.
    ``options`` are those of GDAL's driver COG that differ from :func:`write_geotiff`'s.
    """
    from affine import Affine
    from rasterio.io import MemoryFile

    made: Sequence[Callable[[], NDArray[Any]]]
    if isinstance(bands, np.ndarray):
        values = bands.astype(np.uint8) if bands.dtype == bool else bands
        dtype, made = values.dtype, [partial(values.__getitem__, i) for i in range(len(values))]
    else:
        dtype, made = np.dtype(np.float32), bands
    classes = dtype.kind in "iu"
    how = {
        "predictor": "NO" if classes else "YES",
        "blocksize": 512,
        "overviews": "IGNORE_EXISTING",
        "overview_resampling": "MODE" if classes else "AVERAGE",
        # the same bytes, packed on the cores that small machines have
        "num_threads": 2 if grid.height * grid.width > MANY_CELLS else 1,
    }
    with MemoryFile() as memory:
        with memory.open(
            driver="COG",
            height=grid.height,
            width=grid.width,
            count=len(made),
            dtype=dtype.name,
            crs=grid.crs,
            transform=Affine(*grid.transform),
            nodata=nodata,
            compress="DEFLATE",
            **(how | options),
        ) as file:
            for i, band in enumerate(made, 1):
                file.write(band(), i)
            for i, text in enumerate(descriptions, 1):
                file.set_band_description(i, text)
            file.units = tuple(units)
            if colormap is not None and dtype == np.uint8:
                file.write_colormap(1, dict(colormap))
        return bytes(memory.read())


def write_netcdf(path: Path, dataset: xr.Dataset) -> Path:
    """Write a dataset as compressed CF-1.11 NetCDF-4 with its CRS and return ``path``.

    Read back with ``xarray.open_dataset(path, decode_coords="all")``.

    Raises
    ------
    ResultsError
        The disk is full, or the folder cannot be written.
    """
    titles = {str(k): v for k, v in dataset.attrs.items()} | {"Conventions": CONVENTIONS}
    with netcdf(path, titles, level=4) as file:
        for name, variable in dataset.variables.items():
            attrs = dict(variable.attrs)
            if name in dataset.data_vars:
                attrs["coordinates"] = "spatial_ref"
                rows = CLASSES.get(str(name), ())
                if rows and variable.dtype.kind in "iu":
                    attrs |= flags_of(rows, variable.dtype)
                if variable.dtype.kind == "f":
                    attrs["_FillValue"] = variable.dtype.type(np.nan)
            dims = tuple(str(dim) for dim in variable.dims)
            made = file.array(str(name), dims, variable.shape, variable.dtype, attrs)
            made[...] = variable.values
    return path


def write_style(path: Path, style: Element) -> Path:
    """Write a QGIS style (QML) and return ``path``.

    QGIS applies it by itself when it lies beside a map under the same name.
    """
    return write_bytes(path, document(style).encode())


def colormap_of(classes: Classes) -> dict[int, tuple[int, int, int, int]]:
    """Red, green, blue, alpha by class code, as :func:`write_geotiff` takes them."""
    return {value: rgba(colour) for value, _, colour in classes}


def export_landscape(
    land: Landscape,
    out_dir: Path,
    *,
    formats: Collection[str] = FORMATS,
    settings: Mapping[str, Any] | None = None,
) -> list[Path]:
    """Write all layers of a landscape and return the files written, in order.

    ``tif``: one COG for each layer with a QGIS style beside it, tables of the codes of land cover
    and core areas, covariates in a folder of their own, ``landscape.toml``, a section
    ``[landscape]`` with which the maps load again as they are, and ``corridor_sim.qgz``, a project
    in which QGIS opens all of them. ``nc``: one CF file of all layers. ``gpkg``: towns, core areas
    and borders of countries as layers of one GeoPackage in the grid's CRS. ``settings`` are others
    of a scenario that ``landscape.toml`` shall hold as well.

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
            rows = classes_of(name, land.covers)
            written.append(
                write_geotiff(
                    out_dir / f"{name}.tif",
                    ground_only(values, land, name),
                    land.grid,
                    nodata=nodata_of(land, name),
                    description=spec.meaning,
                    unit=spec.unit,
                    colormap=colormap_of(rows) if rows else None,
                )
            )
            written.append(write_style(out_dir / f"{name}.qml", layer_style(land, name)))
        written += _write_tables(land, out_dir)
        written += _write_covariates(land, out_dir)
    if "nc" in formats:
        written.append(write_netcdf(out_dir / "landscape.nc", land.to_xarray()))
    if "gpkg" in formats:
        layers = _vectors(land)
        if layers:
            path = out_dir / "landscape.gpkg"
            styles = {
                "core_areas": looks.core_areas(),
                "towns": looks.towns([one.population for one in land.town_list]),
                "borders": looks.borders(),
            }
            written.append(write_geopackage(path, layers, land.grid.crs, styles))
    if "tif" in formats:
        text = _section(land, settings or {}, towns="gpkg" in formats)
        written.append(write_bytes(out_dir / "landscape.toml", text.encode()))
        written.append(write_landscape_project(land, out_dir))
    return written


def layer_style(land: Landscape, name: str) -> Element:
    """Return the QGIS style of a layer: its classes, names of its areas, or its scale."""
    rows = [(v, tr(label), colour) for v, label, colour in classes_of(name, land.covers)]
    if not rows and LAYERS[name].kind == "zone":
        rows = [
            (i, zone, f"{APART[i % len(APART)]}b0") for i, zone in enumerate(land.zone_names) if i
        ]
    if rows or LAYERS[name].kind != "continuous":
        return classes_style(rows)
    return ramp_style(name, limits(ground_only(land[name], land, name), SCALES[name]))


def nodata_of(land: Landscape, name: str) -> float | None:
    """Return what stands in the raster of a layer where there is no ground, None where all is."""
    spec = LAYERS[name]
    if spec.kind == "continuous":
        return float("nan")
    if land.outside is None or name == "outside":
        return None
    # 0 is a class of roads and no class of land cover
    return 0.0 if name == "land_cover" else float(-1 if spec.kind == "zone" else 255)


def ground_only(values: NDArray[Any], land: Landscape, name: str) -> NDArray[Any]:
    """Return a layer with :func:`nodata_of` where there is no ground."""
    off, nodata = land.outside, nodata_of(land, name)
    if off is None or nodata is None:
        return values
    return np.where(off, values.dtype.type(nodata), values)


def _write_tables(land: Landscape, out_dir: Path) -> list[Path]:
    """Write what the codes of land cover and core areas mean; core areas without a cell last."""
    covers = [(c.code, c.key, c.label) for c in land.covers.rows]
    written = [write_csv(out_dir / "land_cover_codes.csv", ("code", "cover", "label"), covers)]
    if land.covers.name != BUILTIN_LANDSCAPE:
        text = land.covers.of_layer.to_frame().to_csv(index=False, lineterminator="\n")
        written.append(write_bytes(out_dir / COVER_TABLE, text.encode()))
    out = [(name, "") for name in land.zones_left_out]
    zones = [*zip(land.zone_names[1:], land.zone_countries[1:], strict=True), *out]
    of_name: dict[str, list[str]] = {}
    for group, members in land.zone_groups.items():
        for name in members:
            of_name.setdefault(name, []).append(group)
    if zones:
        rows = [
            (i, name, iso3, BETWEEN_GROUPS.join(of_name.get(name, ())))
            for i, (name, iso3) in enumerate(zones, 1)
        ]
        written.append(write_csv(out_dir / ZONE_TABLE, ("code", "name", "iso3", "groups"), rows))
    return written


def _write_covariates(land: Landscape, out_dir: Path) -> list[Path]:
    """Write every raster of every covariate, as it is after its transform."""
    written = []
    for name, one in land.covariates.items():
        held = [np.asarray(values, np.float64).ravel() for values in _rasters(one)]
        ends = limits(np.concatenate(held), SCALES["covariate"]) if held else (0.0, 1.0)
        for file, values in zip(_files_of(name, one), _rasters(one), strict=True):
            look = ramp_style("covariate", ends, comment=f"{name}: {one.in_words()}")
            written.append(write_style((out_dir / file).with_suffix(".qml"), look))
            written.append(
                write_geotiff(
                    out_dir / file,
                    # GDAL knows bytes with a sign for a short time only
                    values.astype(np.int16) if values.dtype == np.int8 else values,
                    land.grid,
                    nodata=np.nan if values.dtype.kind == "f" else None,
                    description=f"{name}: {one.in_words()}",
                    unit="",
                )
            )
    return written


def _rasters(one: Covariate) -> Sequence[NDArray[Any]]:
    return () if one.values is None else tuple(one.values)


def _files_of(name: str, one: Covariate) -> list[str]:
    """Return the files of a covariate, in order of time; none of one that a layer gives."""
    if one.values is None:
        return []
    times = {"static": [""], "season": ["_season_1", "_season_2"]}
    ends = times.get(one.times) or [f"_{year}" for year in one.years]
    return [f"covariates/{name}{end}.tif" for end in ends]


def _covariate_keys(land: Landscape) -> dict[str, dict[str, Any]]:
    """Return the section that reads the exported covariates again."""
    found: dict[str, dict[str, Any]] = {}
    for name, one in land.covariates.items():
        files = _files_of(name, one)
        if name in LAYERS:
            continue
        if one.layer and one.kind == "class":
            found[name] = {"layer": one.layer, "kind": one.kind}
        elif one.layer:
            found[name] = {"layer": one.layer, "transform": one.transform}
            if one.unit != LAYERS[one.layer].unit:
                found[name]["unit"] = one.unit
        elif one.times == "season":
            found[name] = {"files": files, "kind": one.kind}
        elif one.times == "year":
            years = dict(zip(map(str, one.years), files, strict=True))
            found[name] = {"years": years, "kind": one.kind}
        else:
            found[name] = {"file": files[0], "kind": one.kind}
    return found


ZONE_TABLE = "protected_names.csv"
COVER_TABLE = "cover_classes.csv"
# the key of [landscape] that takes each exported layer
_KEYS = {
    "elevation_m": "elevation",
    "temperature_c": "temperature",
    "land_cover": "land_cover",
    "road": "roads",
    "river": "rivers",
    "protected": "protected_areas",
    "protection": "protection",
}


def _region_keys(region: Region) -> dict[str, Any]:
    """Return the section of the numbers of the place: a name where they are those that ship."""
    for name in SHIPPED:
        if shipped_region(name) == region:
            return {"like": name}
    own = region.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    return {"like": NO_REGION, **own}


def _section(land: Landscape, settings: Mapping[str, Any], *, towns: bool) -> str:
    """Return settings with a section ``[landscape]`` that reads the exported maps again."""
    import tomli_w

    keys: dict[str, Any] = {"name": land.name}
    keys |= {key: f"{layer}.tif" for layer, key in _KEYS.items() if layer in land.layers}
    if land.covers.name == BUILTIN_LANDSCAPE:
        keys["land_cover_codes"] = "land_cover_codes.csv"
    else:
        keys["cover_classes"] = COVER_TABLE
    if len(land.zone_names) > 1 or land.zones_left_out:
        keys["protected_names"] = ZONE_TABLE
    if towns and land.town_list:
        keys["towns"] = "landscape.gpkg|layername=towns"
    if land.join_within_m > 0:
        keys["join_within_m"] = land.join_within_m
    keys["region"] = _region_keys(land.region)
    covariates = _covariate_keys(land)
    if covariates:
        keys["covariates"] = covariates
    return (
        "# A scenario on the exported maps. Change one of them in a GIS, and it is read here.\n"
        "# For yours copy the section, and write the paths relative to your scenario's folder.\n"
        + tomli_w.dumps({**settings, "landscape": keys})
    )


# geometry type, shapes and columns; a table without shapes has no geometry type
VectorLayer = tuple[str | None, list[Any], dict[str, list[Any]]]
# the style of a layer, several by their names, or what makes either
Styles: TypeAlias = "Element | Mapping[str, Element] | Callable[[], Element]"


def write_geopackage(
    path: Path,
    layers: Mapping[str, VectorLayer],
    crs: str,
    styles: Mapping[str, Styles] | None = None,
) -> Path:
    """Write vector layers of one CRS and return ``path``.

    ``layers`` maps a name to ``(geometry type, shapely geometries, columns)``, ``styles`` to the
    QGIS style in which the layer opens, or to several by their names, the first of which it opens
    in. Styles of layers that are not there are left out.

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
                    None if kind is None else np.array(shapely.to_wkb(shapes), object),
                    fields,
                    list(columns),
                    layer=name,
                    driver="GPKG",
                    geometry_type=kind,
                    crs=None if kind is None else crs,
                    append=part.exists(),
                    # programs that are some years old know no later version
                    dataset_options=None if part.exists() else {"VERSION": "1.2"},
                )
            made = {name: _made(one) for name, one in (styles or {}).items() if name in layers}
            if made:
                write_styles(part, made)
        finally:
            pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
    return Path(path)


def _made(styles: Styles) -> Mapping[str, Element]:
    found = styles() if callable(styles) else styles
    return found if isinstance(found, Mapping) else {"": found}


def write_styles(path: Path, styles: Mapping[str, Mapping[str, Element]]) -> None:
    """Add the table ``layer_styles``, from which QGIS takes the styles of each layer by name.

    The first of a layer is the one in which it opens.
    """
    import pyogrio

    each = [
        (layer, name or layer, document(one), i == 0)
        for layer, several in styles.items()
        for i, (name, one) in enumerate(several.items())
    ]
    n = len(each)
    rows: dict[str, list[Any]] = {
        "f_table_catalog": [""] * n,
        "f_table_schema": [""] * n,
        "f_table_name": [layer for layer, _, _, _ in each],
        "f_geometry_column": ["geom"] * n,
        "styleName": [name for _, name, _, _ in each],
        "styleQML": [text for _, _, text, _ in each],
        "styleSLD": [""] * n,
        "useAsDefault": [first for _, _, _, first in each],
        "description": ["made by corridor_sim"] * n,
        "owner": [""] * n,
        "ui": [""] * n,
        "update_time": [_GPKG_DATE] * n,
    }
    pyogrio.raw.write(
        path,
        None,
        [np.asarray(v, object if isinstance(v[0], str) else None) for v in rows.values()],
        list(rows),
        layer="layer_styles",
        driver="GPKG",
        geometry_type=None,
        append=True,
    )


def _vectors(land: Landscape) -> dict[str, VectorLayer]:
    """Return towns, core areas and borders that there are, with the columns' names in files."""
    from shapely import LineString, clip_by_rect, get_parts

    found: dict[str, VectorLayer] = {}
    for name, kind, frame in (
        ("towns", "Point", land.towns),
        ("core_areas", "MultiPolygon", land.core_areas),
    ):
        columns = frame.drop(columns="geometry").rename(columns={"id": "zone", "country": "iso3"})
        if len(frame):
            plain = {str(key): column.tolist() for key, column in columns.items()}
            found[name] = (kind, list(frame.geometry), plain)
    # a border goes on beyond the map; each stretch of it within is a line
    stretches = [
        (part, one.left, one.right)
        for one in land.borders
        for part in get_parts(clip_by_rect(LineString(one.course), *land.grid.bounds_m))
        if part.geom_type == "LineString" and not part.is_empty
    ]
    if stretches:
        courses, left, right = (list(column) for column in zip(*stretches, strict=True))
        found["borders"] = ("LineString", courses, {"left": left, "right": right})
    return found
