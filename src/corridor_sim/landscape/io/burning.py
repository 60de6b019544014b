"""Burn vector features into the grid: core areas, roads, rivers, settlements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import rasterize

from corridor_sim.errors import LandscapeError, counted
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.io.features import Features
from corridor_sim.landscape.io.field_values import misfit, numbers, texts
from corridor_sim.landscape.io.geo import quiet
from corridor_sim.landscape.io.overlaps import (
    Shared,
    Twice,
    given_twice,
    order_of_burning,
    shared_ground,
)
from corridor_sim.landscape.names import plain
from corridor_sim.landscape.parts import Town
from corridor_sim.landscape.polygons import simple_parts

RIVER_LIMITS_M = (50.0, 300.0)
MAX_ZONES = 32767
MOST_PEOPLE = 1e8


def road_classes(features: Features, field: str | None) -> NDArray[np.uint8]:
    """Road class ``[n]`` of each feature: 1 secondary, 2 primary; 1 for all without a field."""
    if field is None:
        return np.ones(features.geometry.shape, np.uint8)
    values = numbers(features, field, "road_class_field", "leave road_class_field out")
    rule = "a road class must be 1 (secondary or gravel) or 2 (primary paved)"
    _refuse_any(features, field, values, ~np.isin(values, (1.0, 2.0)), rule)
    return values.astype(np.uint8)


def river_classes(features: Features, field: str | None) -> NDArray[np.uint8]:
    """River class ``[n]`` by width: 1 under 50 m, 2 to 300 m, 3 wider; 1 without a field."""
    if field is None:
        return np.ones(features.geometry.shape, np.uint8)
    width_m = numbers(features, field, "river_width_field_m", "leave river_width_field_m out")
    rule = "a river width must lie above 0 and up to 100000 m"
    _refuse_any(features, field, width_m, (width_m <= 0) | (width_m > 100_000), rule)
    low, high = RIVER_LIMITS_M
    return (1 + (width_m >= low).astype(np.uint8) + (width_m > high)).astype(np.uint8)


def _refuse_any(
    features: Features, field: str, values: NDArray[np.float64], bad: NDArray[np.bool_], rule: str
) -> None:
    at = np.flatnonzero(bad).tolist()
    if at:
        raise misfit(features, field, at, f"is {values[at[0]]:g}", rule)


def burn(
    geometry: Sequence[Any], values: Sequence[int], grid: Grid, dtype: str, *, touched: bool
) -> NDArray[Any]:
    """Rasterise to ``[height, width]``; later geometries overwrite earlier ones.

    With ``touched`` every cell that a geometry touches is burnt (lines stay unbroken barriers);
    otherwise a cell belongs to the polygon that holds its centre. A shape without ground burns
    nothing.
    """
    burnt = [
        (part, int(value))
        for shape, value in zip(geometry, values, strict=True)
        for part in (simple_parts(shape) if shape.geom_type == "GeometryCollection" else [shape])
        if not part.is_empty
    ]
    if not burnt:
        return np.zeros(grid.shape, dtype)
    with quiet():
        out: NDArray[Any] = rasterize(
            burnt,
            out_shape=grid.shape,
            transform=Affine(*grid.transform),
            all_touched=touched,
            dtype=dtype,
        )
    return out


def burn_classes(features: Features, classes: NDArray[np.uint8], grid: Grid) -> NDArray[np.uint8]:
    """Roads or rivers on the grid, uint8: the highest class that touches a cell."""
    order = np.argsort(classes, kind="stable")
    return burn(
        features.geometry[order].tolist(), classes[order].tolist(), grid, "uint8", touched=True
    )


@dataclass(frozen=True, slots=True)
class Zones:
    """Core areas on the grid.

    ``raster`` int16 ``[height, width]``; ``names`` and ``countries`` by number, ``""`` for 0;
    ``left_out`` the names of areas that hold no cell, ``shared`` the pairs of areas that overlap
    by more than a cell, ``twice`` those whose own features do.
    """

    raster: NDArray[np.int16]
    names: tuple[str, ...]
    countries: tuple[str, ...]
    left_out: tuple[str, ...]
    shared: tuple[Shared, ...] = ()
    twice: tuple[Twice, ...] = ()


def burn_zones(features: Features, field: str | None, grid: Grid) -> Zones:
    """Core areas on the grid.

    Features of one name are one core area. Where areas overlap the smaller one shows, of two equal
    ones the first in the file; an area that holds no cell centre is left out. Countries come from
    a field ``ISO3`` if there is one.
    """
    if field is None:
        names = [f"Area {v}" for v in features.fid.tolist()]
    else:
        names = texts(features, field, "protected_name_field")
    bad = [i for i, name in enumerate(names) if not name]
    if bad:
        remedy = "name every protected area, or leave protected_name_field out"
        raise misfit(features, str(field), bad, "is empty", remedy)
    iso = next((v for k, v in features.fields.items() if k.casefold() == "iso3"), None)
    of_name: dict[str, list[int]] = {}
    for i, name in enumerate(names):
        of_name.setdefault(name, []).append(i)
    order = list(of_name)
    if len(order) > MAX_ZONES:
        raise LandscapeError(
            f"holds {len(order)} areas in the study area, above the limit of {MAX_ZONES}",
            where=features.where,
            remedy="join small areas or leave them out",
        )
    shapes, country = [], []
    for at in of_name.values():
        shapes.append(shapely.union_all(features.geometry[at]))
        code = "" if iso is None else str(iso[at[0]]).strip()
        country.append(code if len(code) == 3 and code.isalpha() else "")
    groups = [features.geometry[at] for at in of_name.values()]
    by_size = order_of_burning(order, shapes)
    zones = burn(
        [shapes[i] for i in by_size], [i + 1 for i in by_size], grid, "int32", touched=False
    )
    held = np.bincount(zones.reshape(-1), minlength=len(order) + 1)[1:] > 0
    present = np.flatnonzero(held).tolist()
    renumber = np.zeros(len(order) + 1, np.int16)
    renumber[np.array(present, int) + 1] = np.arange(1, len(present) + 1)
    return Zones(
        raster=renumber[zones],
        names=("", *(order[i] for i in present)),
        countries=("", *(country[i] for i in present)),
        left_out=tuple(order[i] for i in np.flatnonzero(~held).tolist()),
        shared=shared_ground(order, shapes, grid.cell_m**2),
        twice=given_twice(order, groups, shapes, grid.cell_m**2),
    )


def burn_settlements(
    features: Features, grid: Grid
) -> tuple[NDArray[np.bool_], tuple[Town, ...], str]:
    """Cells of settlements, bool ``[height, width]``, those with a ``name`` as towns, and a note.

    A point settles the cell it lies in, a polygon every cell that it touches; the rest is as in
    :func:`towns_of`.
    """
    mask = burn(
        features.geometry.tolist(), [1] * features.geometry.size, grid, "uint8", touched=True
    )
    return mask.astype(bool), *towns_of(features, "settlements")


def towns_of(features: Features, key: str) -> tuple[tuple[Town, ...], str]:
    """Return the features with a ``name`` as towns, at their centres, and a note.

    Population comes from a field ``population`` or ``pop_max``; where that is empty it is 0, and
    so it is where a number below 0 stands for "not known", of which the note tells.
    """
    lower = {plain(k).casefold(): k for k in features.fields}
    people = lower.get("population", lower.get("pop_max"))
    count = np.zeros(features.geometry.size)
    if people is not None:
        count = numbers(features, people, key, "leave it empty", absent=0.0)
        rule = f"a population must lie in 0 to {MOST_PEOPLE:g}"
        _refuse_any(features, people, count, count > MOST_PEOPLE, rule)
    below = int((count < 0).sum())
    names = texts(features, lower["name"], key) if "name" in lower else []
    towns = []
    for i, name in enumerate(names):
        if name and not features.geometry[i].is_empty:
            centre = features.geometry[i].centroid
            towns.append(Town(name, float(centre.x), float(centre.y), max(int(count[i]), 0)))
    note = f"; {counted(below, 'population')} below 0 taken as 0" if below else ""
    return tuple(towns), note
