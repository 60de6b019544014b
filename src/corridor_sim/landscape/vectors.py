"""Read user vector files and burn them into the grid: core areas, roads, rivers, settlements.

``file.gpkg|layername=roads`` names one layer of a file with several, as QGIS writes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import LandscapeError, nearest
from corridor_sim.landscape.geo import bounds_text, edge_points, existing_file, many, quiet
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.landscape import Town

MAX_FILE_BYTES = 4 << 30
MAX_FEATURES = 5_000_000
RIVER_LIMITS_M = (50.0, 300.0)
MAX_ZONES = 32767

LINES = ("LineString", "MultiLineString")
POLYGONS = ("Polygon", "MultiPolygon")
POINTS = ("Point", "MultiPoint")


@dataclass(frozen=True, slots=True)
class Features:
    """Features of a vector file in the CRS of the grid, only those that touch the grid.

    ``geometry`` is an object array of shapely geometries ``[n]``, ``fields`` arrays ``[n]`` by
    name, ``fid`` the feature identifiers in the file ``[n]``, ``crs`` the file's own CRS.
    """

    where: str
    crs: str
    fid: NDArray[np.int64]
    geometry: NDArray[Any]
    fields: Mapping[str, NDArray[Any]]


def split_layer(path: Path) -> tuple[Path, str | None]:
    """``roads.gpkg|layername=main`` as file and layer."""
    name, bar, tail = path.name.partition("|")
    if not bar:
        return path, None
    layer = tail.partition("=")[2] if "=" in tail else tail
    return path.with_name(name), layer.strip()


def read_vector(path: Path, key: str, grid: Grid, allowed: Sequence[str]) -> Features:
    """Read the features of ``allowed`` geometry types that touch the grid, in its CRS.

    Raises
    ------
    LandscapeError
        Missing or unreadable file, several layers, no CRS, no features, another geometry type, or
        nothing inside the study area.
    """
    import pyogrio
    import shapely
    from pyogrio.errors import DataSourceError
    from pyproj import CRS, Transformer

    file, layer = split_layer(path)
    where = f"{path} ({key})"
    if not (file.is_dir() and file.suffix.lower() == ".gdb"):
        existing_file(file, where)
        if file.stat().st_size > MAX_FILE_BYTES:
            raise LandscapeError(
                f"is {file.stat().st_size / 2**30:.1f} GiB, above the limit of "
                f"{MAX_FILE_BYTES >> 30} GiB",
                where=where,
                remedy="cut it to the study area: ogr2ogr -clipsrc",
            )
    with quiet():
        pyogrio.set_gdal_config_options({"CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none"})
        try:
            layer = _one_layer(file, layer, where)
            info = pyogrio.read_info(file, layer=layer, force_feature_count=True)
            _refuse_info(info, where)
            crs, target = CRS.from_user_input(info["crs"]), CRS.from_user_input(grid.crs)
            meta, fids, wkb, columns = pyogrio.raw.read(
                file, layer=layer, bbox=_box(grid, target, crs), return_fids=True
            )
        except (DataSourceError, RuntimeError, ValueError, OSError) as error:
            raise LandscapeError(
                f"cannot be read as a vector file ({file.stat().st_size} bytes)",
                where=where,
                remedy="give a GeoPackage, GeoJSON or Shapefile; copy it again if it was cut short",
            ) from error
        finally:
            pyogrio.set_gdal_config_options({"CPL_VSIL_CURL_ALLOWED_EXTENSIONS": None})
    geometry = _open_collections(shapely.from_wkb(wkb, on_invalid="ignore"), allowed)
    keep = ~(shapely.is_missing(geometry) | shapely.is_empty(geometry))
    types = np.array([g.geom_type if g is not None else "" for g in geometry])
    wrong = keep & ~np.isin(types, allowed)
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        raise LandscapeError(
            f"holds {many(int(wrong.sum()), 'feature')} other than {_kinds(allowed)}; "
            f"feature {fids[at]} is a {types[at]}",
            where=where,
            remedy=f"give a layer of {_kinds(allowed)}",
        )
    if crs != target:
        move = Transformer.from_crs(crs, target, always_xy=True)
        geometry[keep] = shapely.transform(geometry[keep], move.transform, interleaved=False)
    window = shapely.box(*grid.bounds_m)
    keep &= shapely.intersects(geometry, window)
    if not keep.any():
        raise LandscapeError(
            f"has no feature in the study area: {many(info['features'], 'feature')} in "
            f"{bounds_text(tuple(info['total_bounds']))} of {crs.name}, the study area in "
            f"{bounds_text(grid.bounds_m)} of {target.name}",
            where=where,
            remedy="check its CRS, or leave the key out",
        )
    fields = {str(n): np.asarray(v)[keep] for n, v in zip(meta["fields"], columns, strict=True)}
    label = ":".join(crs.to_authority() or (crs.name,))
    return Features(where, label, np.asarray(fids)[keep], geometry[keep], fields)


def _one_layer(file: Path, layer: str | None, where: str) -> str:
    import pyogrio

    # QGIS keeps its styles in a table that looks like one more layer.
    names = [str(n) for n, kind in pyogrio.list_layers(file)
             if kind is not None and n != "layer_styles"]  # fmt: skip
    if layer is not None and layer not in names:
        raise LandscapeError(f"has no layer {layer!r}", where=where, remedy=nearest(layer, names))
    if layer is None and len(names) > 1:
        raise LandscapeError(
            f"holds {len(names)} layers: {', '.join(names[:8])}",
            where=where,
            remedy=f"name one: {file.name}|layername={names[0]}",
        )
    if not names:
        raise LandscapeError(
            "holds no layer with geometry", where=where, remedy="give a layer with geometry"
        )
    return layer or names[0]


def _refuse_info(info: Mapping[str, Any], where: str) -> None:
    if info["features"] == 0:
        raise LandscapeError(
            "is empty: 0 features", where=where, remedy="give a layer with features or drop the key"
        )
    if info["features"] > MAX_FEATURES:
        raise LandscapeError(
            f"holds {info['features']} features, above the limit of {MAX_FEATURES}",
            where=where,
            remedy="cut it to the study area: ogr2ogr -clipsrc",
        )
    if info["crs"] is None:
        raise LandscapeError(
            "has no CRS",
            where=where,
            remedy="assign the one it was made in: ogr2ogr -a_srs EPSG:<code> out.gpkg in "
            "(for a Shapefile, restore its .prj)",
        )


def _box(grid: Grid, target: Any, crs: Any) -> tuple[float, float, float, float] | None:
    """The grid's bounds in the file's CRS, widened; None where PROJ cannot tell."""
    from pyproj import Transformer

    move = Transformer.from_crs(target, crs, always_xy=True)
    x, y = move.transform(*edge_points(*grid.bounds_m, 21))
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        return None
    # Edges between the sampled points bulge by far less than two per cent of the extent.
    dx, dy = 0.02 * np.ptp(x), 0.02 * np.ptp(y)
    return float(x.min() - dx), float(y.min() - dy), float(x.max() + dx), float(y.max() + dy)


def _open_collections(geometry: NDArray[Any], allowed: Sequence[str]) -> NDArray[Any]:
    """Take the wanted parts out of geometry collections, which clipping tools leave behind."""
    import shapely

    for i, shape in enumerate(geometry):
        if shape is not None and shape.geom_type == "GeometryCollection":
            parts = [p for p in shapely.get_parts(shape) if p.geom_type in allowed]
            if parts:
                geometry[i] = shapely.union_all(parts)
    return geometry


def _kinds(allowed: Sequence[str]) -> str:
    words = {"LineString": "lines", "Polygon": "polygons", "Point": "points"}
    return " or ".join(words[a] for a in allowed if a in words)


def take_field(features: Features, field: str, key: str) -> NDArray[Any]:
    """Values ``[n]`` of an attribute, or an error naming the nearest attribute."""
    if field in features.fields:
        return features.fields[field]
    options = list(features.fields)
    raise LandscapeError(
        f"has no field {field!r} ({key})",
        where=features.where,
        remedy=nearest(field, options) if options else "it has no fields at all: drop the key",
    )


def _numbers(features: Features, field: str, key: str) -> NDArray[np.float64]:
    """An attribute as finite numbers, or an error naming the first feature without one."""
    raw = take_field(features, field, key)
    values = np.full(raw.shape, np.nan)
    for i, value in enumerate(raw.tolist()):
        try:
            values[i] = float(value)
        except (TypeError, ValueError):
            continue
    bad = ~np.isfinite(values)
    if bad.any():
        at = int(np.flatnonzero(bad)[0])
        raise LandscapeError(
            f"field {field!r} of feature {features.fid[at]} is {raw[at]!r}, not a number "
            f"({many(int(bad.sum()), 'such feature')})",
            where=features.where,
            remedy=f"fill it, or leave {key} out",
        )
    return values


def road_classes(features: Features, field: str | None) -> NDArray[np.uint8]:
    """Road class ``[n]`` of each feature: 1 secondary, 2 primary; 1 for all without a field."""
    if field is None:
        return np.ones(features.geometry.shape, np.uint8)
    values = _numbers(features, field, "road_class_field")
    bad = ~np.isin(values, (1.0, 2.0))
    if bad.any():
        at = int(np.flatnonzero(bad)[0])
        raise LandscapeError(
            f"field {field!r} of feature {features.fid[at]} is {values[at]:g} "
            f"({many(int(bad.sum()), 'such feature')})",
            where=features.where,
            remedy="a road class must be 1 (secondary or gravel) or 2 (primary paved)",
        )
    return values.astype(np.uint8)


def river_classes(features: Features, field: str | None) -> NDArray[np.uint8]:
    """River class ``[n]`` by width: 1 under 50 m, 2 to 300 m, 3 wider; 1 without a field."""
    if field is None:
        return np.ones(features.geometry.shape, np.uint8)
    width_m = _numbers(features, field, "river_width_field_m")
    bad = (width_m <= 0) | (width_m > 100_000)
    if bad.any():
        at = int(np.flatnonzero(bad)[0])
        raise LandscapeError(
            f"field {field!r} of feature {features.fid[at]} is {width_m[at]:g} "
            f"({many(int(bad.sum()), 'such feature')})",
            where=features.where,
            remedy="a river width must lie above 0 and up to 100000 m",
        )
    low, high = RIVER_LIMITS_M
    return (1 + (width_m >= low).astype(np.uint8) + (width_m > high)).astype(np.uint8)


def burn(
    geometry: Sequence[Any], values: Sequence[int], grid: Grid, dtype: str, *, touched: bool
) -> NDArray[Any]:
    """Rasterise to ``[height, width]``; later geometries overwrite earlier ones.

    With ``touched`` every cell that a geometry touches is burnt (lines stay unbroken barriers);
    otherwise a cell belongs to the polygon that holds its centre.
    """
    from affine import Affine
    from rasterio.features import rasterize

    with quiet():
        out: NDArray[Any] = rasterize(
            list(zip(geometry, (int(v) for v in values), strict=True)),
            out_shape=grid.shape,
            transform=Affine(*grid.transform),
            all_touched=touched,
            dtype=dtype,
        )
    return out


def burn_classes(features: Features, classes: NDArray[np.uint8], grid: Grid) -> NDArray[np.uint8]:
    """Roads or rivers on the grid, uint8: the highest class that touches a cell."""
    order = np.argsort(classes, kind="stable")
    out: NDArray[np.uint8] = burn(
        features.geometry[order].tolist(), classes[order].tolist(), grid, "uint8", touched=True
    )
    return out


def burn_zones(
    features: Features, field: str | None, grid: Grid
) -> tuple[NDArray[np.int16], tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Core areas on the grid: zone raster int16, names, countries, and the names left out.

    Features of one name are one core area. Where areas overlap the smaller one shows; an area
    that holds no cell centre is left out. Countries come from a field ``ISO3`` if there is one.
    """
    import shapely

    raw = take_field(features, field, "protected_name_field") if field else features.fid
    names = [f"Area {v}" if field is None else str(v).strip() for v in raw.tolist()]
    bad = [i for i, v in enumerate(raw.tolist()) if v is None or v != v or not names[i]]
    if bad:
        raise LandscapeError(
            f"field {field!r} of feature {features.fid[bad[0]]} is empty "
            f"({many(len(bad), 'such feature')})",
            where=features.where,
            remedy="name every protected area, or leave protected_name_field out",
        )
    iso = next((v for k, v in features.fields.items() if k.casefold() == "iso3"), None)
    order = list(dict.fromkeys(names))
    if len(order) > MAX_ZONES:
        raise LandscapeError(
            f"holds {len(order)} areas in the study area, above the limit of {MAX_ZONES}",
            where=features.where,
            remedy="join small areas or leave them out",
        )
    shapes, country = [], []
    for name in order:
        at = [i for i, n in enumerate(names) if n == name]
        shapes.append(shapely.union_all(shapely.make_valid(features.geometry[at])))
        code = "" if iso is None else str(iso[at[0]]).strip()
        country.append(code if len(code) == 3 and code.isalpha() else "")
    area = np.array([s.area for s in shapes])
    by_size = sorted(range(len(order)), key=lambda i: (-area[i], order[i]))
    zones = burn([shapes[i] for i in by_size], [i + 1 for i in by_size], grid, "int32",
                 touched=False)  # fmt: skip
    present = [i for i in range(len(order)) if (zones == i + 1).any()]
    renumber = np.zeros(len(order) + 1, np.int16)
    renumber[np.array(present, int) + 1] = np.arange(1, len(present) + 1)
    left_out = tuple(order[i] for i in range(len(order)) if i not in set(present))
    return (
        renumber[zones],
        ("", *(order[i] for i in present)),
        ("", *(country[i] for i in present)),
        left_out,
    )


def burn_settlements(features: Features, grid: Grid) -> tuple[NDArray[np.bool_], tuple[Town, ...]]:
    """Cells of settlements, bool ``[height, width]``, and those with a ``name`` as towns.

    A point settles the cell it lies in, a polygon every cell that it touches. Population comes
    from a field ``population`` or ``pop_max``, else it is 0.
    """
    mask = burn(
        features.geometry.tolist(), [1] * features.geometry.size, grid, "uint8", touched=True
    )
    lower = {k.casefold(): v for k, v in features.fields.items()}
    people = lower.get("population", lower.get("pop_max"))
    towns = []
    for i, name in enumerate(lower["name"].tolist() if "name" in lower else []):
        if name is None or name != name:
            continue
        centre = features.geometry[i].centroid
        count = 0 if people is None else float(people[i] or 0)
        count = 0 if not np.isfinite(count) else max(int(count), 0)
        towns.append(Town(str(name), float(centre.x), float(centre.y), count))
    return mask.astype(bool), tuple(towns)
