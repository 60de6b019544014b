"""Burn vector features into the grid: core areas, roads, rivers, settlements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import LandscapeError, nearest
from corridor_sim.landscape.geo import many, quiet
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.landscape import Town
from corridor_sim.landscape.vectors import Features

RIVER_LIMITS_M = (50.0, 300.0)
MAX_ZONES = 32767


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
    parts: dict[str, list[int]] = {}
    for i, name in enumerate(names):
        parts.setdefault(name, []).append(i)
    for at in parts.values():
        shapes.append(shapely.union_all(shapely.make_valid(features.geometry[at])))
        code = "" if iso is None else str(iso[at[0]]).strip()
        country.append(code if len(code) == 3 and code.isalpha() else "")
    area = np.array([s.area for s in shapes])
    by_size = sorted(range(len(order)), key=lambda i: (-area[i], order[i]))
    zones = burn([shapes[i] for i in by_size], [i + 1 for i in by_size], grid, "int32",
                 touched=False)  # fmt: skip
    cells = np.bincount(zones.reshape(-1), minlength=len(order) + 1)[1:]
    present = np.flatnonzero(cells).tolist()
    renumber = np.zeros(len(order) + 1, np.int16)
    renumber[np.array(present, int) + 1] = np.arange(1, len(present) + 1)
    left_out = tuple(order[i] for i in np.flatnonzero(cells == 0).tolist())
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
