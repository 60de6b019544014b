"""Read a user's vector file in the CRS of the grid, with its misfits named.

``file.gpkg|layername=roads`` names one layer of a file with several, as QGIS writes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import LandscapeError, nearest
from corridor_sim.landscape.geo import bounds_text, edge_points, many
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.opening import refuse_driver, refuse_lost_crs, vector_file

MAX_FILE_BYTES = 4 << 30
MAX_FEATURES = 5_000_000

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
    from pyproj import CRS, Transformer

    file, layer = split_layer(path)
    where = f"{path} ({key})"
    with open_layer(file, layer, where) as (opened, layer, info):
        crs, target = CRS.from_user_input(info["crs"]), CRS.from_user_input(grid.crs)
        meta, fids, wkb, columns = pyogrio.raw.read(
            opened, layer=layer, bbox=_box(grid, target, crs), return_fids=True
        )
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
    _refuse_unplaced(geometry, keep, fids, where)
    window = shapely.box(*grid.bounds_m)
    keep &= shapely.intersects(geometry, window)
    if not keep.any():
        extent = info["total_bounds"]
        lie = "nowhere" if extent is None else f"in {bounds_text(tuple(extent))}"
        raise LandscapeError(
            f"has no feature in the study area: {many(info['features'], 'feature')} {lie} "
            f"of {crs.name}, the study area in "
            f"{bounds_text(grid.bounds_m)} of {target.name}",
            where=where,
            remedy="check its CRS, or leave the key out",
        )
    fields = {str(n): np.asarray(v)[keep] for n, v in zip(meta["fields"], columns, strict=True)}
    label = ":".join(crs.to_authority() or (crs.name,))
    return Features(where, label, np.asarray(fids)[keep], geometry[keep], fields)


@contextmanager
def open_layer(
    file: Path, layer: str | None, where: str
) -> Iterator[tuple[Path, str, Mapping[str, Any]]]:
    """Check one layer of a vector file; yields file, layer and what pyogrio says of it.

    Read it inside the block: what goes wrong there is told as a fault of the file.

    Raises
    ------
    LandscapeError
        As :func:`read_vector`.
    """
    import pyogrio
    from pyogrio.errors import DataSourceError, FieldError

    with vector_file(file, where) as opened:
        size = opened.stat().st_size
        if size > MAX_FILE_BYTES:
            raise LandscapeError(
                f"is {size / 2**30:.1f} GiB, above the limit of {MAX_FILE_BYTES >> 30} GiB",
                where=where,
                remedy="cut it to the study area: ogr2ogr -clipsrc",
            )
        try:
            name = _one_layer(opened, layer, where)
            info = pyogrio.read_info(opened, layer=name, force_feature_count=True)
            refuse_driver(info["driver"], where)
            refuse_lost_crs(opened, info["crs"], where)
            _refuse_info(info, where)
            yield opened, name, info
        except (DataSourceError, FieldError, RuntimeError, ValueError, OSError) as error:
            raise LandscapeError(
                f"cannot be read as a vector file ({size} bytes)",
                where=where,
                remedy="give a GeoPackage, GeoJSON or Shapefile; copy it again if it was cut short",
            ) from error


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


def _refuse_unplaced(
    geometry: NDArray[Any], keep: NDArray[np.bool_], fids: NDArray[Any], where: str
) -> None:
    """Refuse coordinates that are not finite, in the file or once they are reprojected."""
    import shapely

    points, owner = shapely.get_coordinates(geometry, return_index=True)
    bad = np.zeros(geometry.shape, bool)
    bad[owner[~np.isfinite(points).all(axis=1)]] = True
    bad &= keep
    if bad.any():
        raise LandscapeError(
            f"feature {fids[int(np.flatnonzero(bad)[0])]} has coordinates that are not on the map "
            f"({many(int(bad.sum()), 'such feature')})",
            where=where,
            remedy="cut the file to the study area (ogr2ogr -clipsrc) or mend the feature",
        )


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
