"""Read a user's vector file in the CRS of the grid, with its misfits named.

``file.gpkg|layername=roads`` names one layer of a file with several, as QGIS writes it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
from numpy.typing import NDArray
from pyogrio.errors import DataSourceError, FeatureError, FieldError

from corridor_sim.errors import LandscapeError, nearest, placing
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.io.features import NO_SHAPE, Content, Features, place, refuse_lost
from corridor_sim.landscape.io.geo import Frame
from corridor_sim.landscape.io.opening import (
    NOT_UTF8,
    SAVE_AS_UTF8,
    VECTOR_DRIVERS,
    VECTOR_NAMES,
    refuse_lost_crs,
    vector_file,
)
from corridor_sim.landscape.names import garbled

MAX_FILE_BYTES = 4 << 30
MAX_FEATURES = 5_000_000
# features that are read without a filter by place, and at a time where a filter is needed
MAX_WHOLE = 100_000
MAX_WHOLE_GPKG = 2_000


def split_layer(path: Path) -> tuple[Path, str | None]:
    """``roads.gpkg|layername=main`` as file and layer.

    Raises
    ------
    LandscapeError
        More than a layer after the bar: QGIS writes filters there, which would go unheeded.
    """
    name, bar, tail = path.name.partition("|")
    if not bar or os.path.exists(path):  # a file may hold a bar in its name
        return path, None
    layer, *more = tail.split("|")
    if more:
        raise LandscapeError(
            f"{more[0]!r} after the layer is not heeded",
            where=path,
            remedy="name the layer only, and of a filtered one a file of its own (in QGIS: "
            "Export, Save Features As)",
        )
    return path.parent / name, (layer.partition("=")[2] if "=" in layer else layer).strip()


def read_vector(
    path: Path, key: str, grid: Grid, allowed: Sequence[str], written: str = ""
) -> Features:
    """Read the features of ``allowed`` geometry types that touch the grid, in its CRS.

    ``written`` is the path as the scenario writes it.

    Raises
    ------
    LandscapeError
        Missing or unreadable file, several layers, no CRS, no features, texts that are not UTF-8,
        and whatever :func:`corridor_sim.landscape.io.features.place` refuses.
    """
    file, layer = split_layer(path)
    where = f"{path} ({key})"
    with placing(where):
        with open_layer(file, layer, where, written) as (opened, layer, info):
            frame = Frame.of(grid, info["crs"])
            # a filter loses what has no shape, so it is for files that are too large without
            box = frame.filter_box() if info["features"] > _whole(info) else None
            try:
                meta, fids, wkb, columns = pyogrio.raw.read(
                    opened, layer=layer, bbox=box, return_fids=True
                )
            except FeatureError:
                if box is None:
                    raise
                # the filter gives up at a broken shape across its edge, of which the reader tells
                box = None
                meta, fids, wkb, columns = pyogrio.raw.read(opened, layer=layer, return_fids=True)
            lost = _lost(opened, layer, info, fids, frame) if box is not None else []
        _refuse_garbled(meta["fields"])
        fields = {str(n): np.asarray(v) for n, v in zip(meta["fields"], columns, strict=True)}
        content = Content(
            where,
            info["crs"],
            info["features"],
            info["total_bounds"],
            np.asarray(fids),
            wkb,
            fields,
        )
        features = place(content, grid, allowed)
    if lost:
        told = {**features.told, NO_SHAPE: (*features.told.get(NO_SHAPE, ()), *lost)}
        features = replace(features, told=told)
    return features


def _whole(info: Mapping[str, Any]) -> int:
    """Return up to how many features a file is read whole, without a filter by place."""
    return min(MAX_WHOLE, MAX_WHOLE_GPKG) if _asks_sqlite(info) else MAX_WHOLE


def _asks_sqlite(info: Mapping[str, Any]) -> bool:
    indexed = info.get("capabilities", {}).get("fast_spatial_filter", False)
    return info.get("driver") == "GPKG" and bool(info.get("geometry_name")) and indexed


def _lost(
    file: Path, layer: str, info: Mapping[str, Any], seen: NDArray[np.int64], frame: Frame
) -> list[int]:
    """Return the features without a shape of a large file, which a filter by place leaves out."""
    if _asks_sqlite(info):
        # the index of a GeoPackage goes by bounds, so only what has none can be lost
        shape = '"' + info["geometry_name"].replace('"', '""') + '"'
        bounds = " OR ".join(f"ST_{end}({shape}) IS NULL" for end in ("MinX", "MinY"))
        _, fids, wkb, _ = pyogrio.raw.read(
            file,
            layer=layer,
            columns=[],
            return_fids=True,
            where=f"{shape} IS NULL OR ST_IsEmpty({shape}) OR {bounds}",
        )
        return refuse_lost(fids, wkb, frame)
    lost = []
    with pyogrio.raw.open_arrow(
        file, layer=layer, columns=[], return_fids=True, batch_size=MAX_WHOLE, use_pyarrow=True
    ) as (meta, batches):
        for batch in batches:
            # without columns there are two: identifiers and shapes
            shape = next(n for n in batch.schema.names if n != meta["fid_column"])
            fids = batch[meta["fid_column"]].to_numpy()
            fresh = ~np.isin(fids, seen)
            wkb = batch[shape].to_numpy(zero_copy_only=False)
            lost += refuse_lost(fids[fresh], wkb[fresh], frame)
    return lost


def _refuse_garbled(fields: NDArray[Any]) -> None:
    for name in fields:
        meant = garbled(str(name))
        if meant is not None:
            raise LandscapeError(
                f"field {str(name)!r} is UTF-8 read as Latin-1 and should read {meant!r}",
                remedy="for a Shapefile write UTF-8 into its .cpg; else save the file anew as "
                "UTF-8",
            )


@contextmanager
def open_layer(
    file: Path, layer: str | None, where: str, written: str = ""
) -> Iterator[tuple[Path, str, Mapping[str, Any]]]:
    """Check one layer of a vector file; yields file, layer and what pyogrio says of it.

    Read it inside the block: what goes wrong there is told as a fault of the file.

    Raises
    ------
    LandscapeError
        As :func:`read_vector`.
    """
    with placing(where), vector_file(file) as opened:
        size = opened.stat().st_size
        if size > MAX_FILE_BYTES:
            raise LandscapeError(
                f"is {size / 2**30:.1f} GiB, above the limit of {MAX_FILE_BYTES >> 30} GiB",
                remedy="cut it to the study area: ogr2ogr -clipsrc",
            )
        try:
            name = _one_layer(opened, layer, written)
            info = pyogrio.read_info(opened, layer=name, force_feature_count=True)
            if info["driver"] not in VECTOR_DRIVERS:
                raise LandscapeError(
                    f"is of the kind {info['driver']}",
                    remedy=f"give a {VECTOR_NAMES}: ogr2ogr out.gpkg in",
                )
            refuse_lost_crs(opened, info["crs"])
            _refuse_info(info)
            yield opened, name, info
        except UnicodeDecodeError:
            raise LandscapeError(NOT_UTF8, remedy=SAVE_AS_UTF8) from None
        except UnboundLocalError:  # what pyogrio runs into where a .prj is no text
            raise LandscapeError("its CRS cannot be read", remedy="restore its .prj") from None
        except (DataSourceError, FieldError, RuntimeError, ValueError, OSError) as error:
            raise LandscapeError(
                f"cannot be read as a vector file ({size} bytes)",
                remedy="give a GeoPackage, GeoJSON or Shapefile; copy it again if it was cut short",
            ) from error


def _one_layer(file: Path, layer: str | None, written: str) -> str:
    # QGIS keeps its styles in a table that looks like one more layer.
    names = [
        str(n) for n, kind in pyogrio.list_layers(file) if kind is not None and n != "layer_styles"
    ]
    if layer is not None and layer not in names:
        raise LandscapeError(f"has no layer {layer!r}", remedy=nearest(layer, names))
    if layer is None and len(names) > 1:
        raise LandscapeError(
            f"holds {len(names)} layers: {', '.join(names[:8])}",
            remedy=f"name one: {written or file.name}|layername={names[0]}",
        )
    if not names:
        raise LandscapeError("holds no layer with geometry", remedy="give a layer with geometry")
    return layer or names[0]


def _refuse_info(info: Mapping[str, Any]) -> None:
    if info["features"] == 0:
        raise LandscapeError(
            "is empty: 0 features", remedy="give a layer with features or drop the key"
        )
    if info["features"] > MAX_FEATURES:
        raise LandscapeError(
            f"holds {info['features']} features, above the limit of {MAX_FEATURES}",
            remedy="cut it to the study area: ogr2ogr -clipsrc",
        )
    if info["crs"] is None:
        raise LandscapeError(
            "has no CRS",
            remedy="assign the one it was made in: ogr2ogr -a_srs EPSG:<code> out.gpkg in "
            "(for a Shapefile, restore its .prj)",
        )
