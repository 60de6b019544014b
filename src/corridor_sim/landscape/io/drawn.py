"""Shapes that somebody drew for an edit, out of a vector file and in its own CRS.

They are coordinates like those written in the table of an edit, so nothing is mended, cut or moved
here: the edit that takes them checks them against the landscape.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray

from corridor_sim.errors import LandscapeError, nearest, placing, shown
from corridor_sim.landscape.io import shapes
from corridor_sim.landscape.io.content import stamps_of
from corridor_sim.landscape.io.features import Features, kinds_of
from corridor_sim.landscape.io.field_values import cells, misfit, number_of, take_field, texts
from corridor_sim.landscape.io.geo import quiet
from corridor_sim.landscape.io.vectors import open_layer, split_layer
from corridor_sim.landscape.names import plain
from corridor_sim.landscape.polygons import simple_parts

# edits of a hundred places with a thousand corners each are a few megabytes
MAX_FILE_BYTES = 256 << 20
MAX_FEATURES = 10_000
MAX_CORNERS = 500_000
Value = str | float


@dataclass(frozen=True, slots=True)
class Drawn:
    """Features of a file: their identifiers, simple parts and names, in the CRS ``crs``.

    ``names`` are ``""`` where no field of names was asked for; ``fields`` are arrays ``[n]``.
    """

    crs: str
    fids: tuple[int, ...]
    parts: tuple[tuple[Any, ...], ...]
    names: tuple[str, ...]
    fields: Mapping[str, NDArray[Any]]


def read_drawn(
    path: Path,
    key: str,
    allowed: Sequence[str],
    *,
    name_field: str | None = None,
    chosen: tuple[str, Value] | None = None,
) -> Drawn:
    """Return the features of a file; of ``chosen = (field, value)`` those that have the value.

    Raises
    ------
    LandscapeError
        What :func:`corridor_sim.landscape.io.vectors.open_layer` refuses, too large a file, a
        feature without a shape or of another kind, a field that is missing, an empty name, or no
        feature that has the value.
    """
    file, layer = split_layer(path)
    where = f"{path} ({key})"
    # a study has many scenarios, which share the files of their edits
    return _read(file, layer, where, tuple(allowed), name_field, chosen, stamps_of(file))


@lru_cache(maxsize=64)
def _read(
    file: Path,
    layer: str | None,
    where: str,
    allowed: tuple[str, ...],
    name_field: str | None,
    chosen: tuple[str, Value] | None,
    stamps: tuple[Any, ...],
) -> Drawn:
    with placing(where), quiet(), open_layer(file, layer, where) as (opened, name, info):
        size = opened.stat().st_size
        if size > MAX_FILE_BYTES or info["features"] > MAX_FEATURES:
            raise LandscapeError(
                f"holds {info['features']} features in {size / 2**20:.0f} MiB, above the limits of "
                f"{MAX_FEATURES} and {MAX_FILE_BYTES >> 20} MiB for an edit",
                remedy="keep those that are meant in a file of their own",
            )
        meta, fids, wkb, columns = pyogrio.raw.read(opened, layer=name, return_fids=True)
    fields = {str(n): np.asarray(v) for n, v in zip(meta["fields"], columns, strict=True)}
    found = Features(where, info["crs"], np.asarray(fids), np.empty(len(fids), object), fields, {})
    keep = _chosen(found, chosen)
    with placing(where):
        parts = _parts(wkb[keep], found.fid[keep], allowed)
    names = texts(found, name_field, "name_field") if name_field else [""] * len(fids)
    if name_field:
        bad = [i for i in keep.tolist() if not names[i]]
        if bad:
            raise misfit(found, name_field, bad, "is empty", "fill it with a name")
    at = keep.tolist()
    return Drawn(
        str(info["crs"]),
        tuple(found.fid[keep].tolist()),
        parts,
        tuple(names[i] for i in at),
        {name: values[keep] for name, values in fields.items()},
    )


def _chosen(found: Features, chosen: tuple[str, Value] | None) -> NDArray[np.intp]:
    """Return the positions of the features that have the value."""
    if chosen is None:
        return np.arange(found.fid.size)
    field, value = chosen
    column = cells(take_field(found, field, "field"))
    keep = [i for i, one in enumerate(column) if _is(one, value)]
    if not keep:
        raise LandscapeError(
            f"no feature has {shown(value)} in its field {field!r}",
            where=found.where,
            remedy=nearest(str(value), sorted({str(one) for one in column})[:50]),
        )
    return np.array(keep, np.intp)


def _is(cell: Any, value: Value) -> bool:
    if isinstance(value, str):
        said = plain(str(cell))
        # true and false are texts in some formats, with capitals in others
        return said == plain(value) or (
            isinstance(cell, bool | np.bool_) and said.casefold() == plain(value).casefold()
        )
    return number_of(cell) == value


def _parts(
    wkb: NDArray[Any], fids: NDArray[np.int64], allowed: Sequence[str]
) -> tuple[tuple[Any, ...], ...]:
    """Return the points, lines or polygons of each feature."""
    try:
        geometry, _ = shapes.decode(wkb)
    except shapes.UnreadableError as bad:
        raise LandscapeError(
            f"feature {fids[int(bad.where or 0)]} {bad.problem}", remedy="draw it anew or delete it"
        ) from None
    found, corners = [], 0
    for fid, shape in zip(fids.tolist(), geometry.tolist(), strict=True):
        parts = () if shape is None else tuple(simple_parts(shape))
        if not parts:
            raise LandscapeError(f"feature {fid} has no shape", remedy="draw it, or take it out")
        for part in parts:
            if part.geom_type not in allowed:
                raise LandscapeError(
                    f"feature {fid} is a {shape.geom_type}, {kinds_of(allowed)} are needed",
                    remedy=f"give a layer of {kinds_of(allowed)}",
                )
            corners += int(shapely.get_num_coordinates(part))
        found.append(parts)
    if corners > MAX_CORNERS:
        raise LandscapeError(
            f"its shapes have {corners} corners, above the limit of {MAX_CORNERS} for an edit",
            remedy="simplify them: ogr2ogr -simplify",
        )
    return tuple(found)
