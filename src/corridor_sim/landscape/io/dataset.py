"""A landscape as an xarray dataset with CF-1.11 metadata, and back, checked as files are.

What CF has no words for (names of core areas, towns, origins, edits) stands as JSON in the
attribute ``corridor_sim``; a dataset made elsewhere needs none of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from pydantic import Field, ValidationError
from pyproj import CRS
from pyproj.exceptions import CRSError

from corridor_sim.errors import LandscapeError, nearest, placing, shown
from corridor_sim.landscape.covariates import Covariate, Kind, Times, Transform
from corridor_sim.landscape.covers import CoverTable, cover_table
from corridor_sim.landscape.derive import derive
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.io.classes import classes_of, flags_of
from corridor_sim.landscape.io.user_grid import metric_crs
from corridor_sim.landscape.layers import DERIVED_LAYERS, LAYERS, LayerSpec
from corridor_sim.landscape.parts import Border, Origin, Town
from corridor_sim.landscape.region import Region
from corridor_sim.landscape.whereabouts import region_at
from corridor_sim.toml.strict import Strict

OWN = "corridor_sim"
# share of a cell by which coordinates may miss a regular axis, as their rounding does
OFF = 1e-3


class _CovariateFacts(Strict):
    """What belongs to a covariate beside its values."""

    kind: Kind
    layer: str
    times: Times
    years: tuple[int, ...]
    current: int
    unit: str
    transform: Transform
    mean: float
    sd: float
    source: str


class _Beside(Strict):
    """What belongs to a landscape beside its layers."""

    crs: str
    zone_names: tuple[str, ...]
    zone_countries: tuple[str, ...]
    zone_groups: dict[str, tuple[str, ...]]
    town_list: tuple[Town, ...]
    zones_left_out: tuple[str, ...]
    origins: dict[str, Origin]
    edits: tuple[str, ...]
    join_within_m: float = 0.0
    borders: tuple[Border, ...] = ()
    covers: CoverTable = cover_table("andes-amazon")
    region: Region | None = None
    covariates: dict[str, _CovariateFacts] = Field(default_factory=dict)


def to_dataset(
    name: str, grid: Grid, layers: Mapping[str, Any], rest: Mapping[str, Any]
) -> xr.Dataset:
    """Return the layers of a landscape with coordinates, units and ``grid_mapping``.

    ``rest`` holds the landscape's other attributes, which go into the dataset's own. A covariate
    that has values is a variable ``[y, x]``, or ``[NAME_season, y, x]`` and ``[NAME_year, y, x]``.
    """
    data: dict[str, Any] = {}
    for key, values in layers.items():
        spec = LAYERS[key]
        attrs: dict[str, Any] = {
            "long_name": spec.meaning,
            "units": spec.unit,
            "grid_mapping": "spatial_ref",
        }
        if key in rest["origins"]:
            attrs["source"] = rest["origins"][key].source
            attrs["status"] = rest["origins"][key].status
        if key == "land_cover":
            attrs |= flags_of(classes_of(key, rest["covers"]), values.dtype)
        data[key] = (("y", "x"), values, attrs)
    facts = {}
    for name_of, one in rest["covariates"].items():
        told = {key: getattr(one, key) for key in _CovariateFacts.model_fields}
        facts[name_of] = _CovariateFacts(**told)
        if one.values is not None:
            attrs = {"long_name": f"covariate {name_of}", "grid_mapping": "spatial_ref"}
            still = one.times == "static"
            dims = ("y", "x") if still else (f"{name_of}_{one.times}", "y", "x")
            data[name_of] = (dims, one.values[0] if still else one.values, attrs)
    beside = _Beside(crs=grid.crs, **{**rest, "covariates": facts})
    attrs = {"Conventions": "CF-1.11", "title": name, OWN: beside.model_dump_json()}
    return xr.Dataset(data, coords=grid_coords(grid), attrs=attrs)


def grid_coords(grid: Grid) -> dict[str, Any]:
    """Return the coordinates of a grid for xarray, its place as ``spatial_ref``.

    A grid whose ``crs`` is empty has a place and no CRS.
    """
    west, cell, north = grid.west_m, grid.cell_m, grid.north_m
    place: dict[str, Any] = {"GeoTransform": f"{west!r} {cell!r} 0.0 {north!r} 0.0 {-cell!r}"}
    unit: dict[str, str] = {}
    if grid.crs:
        crs = CRS.from_user_input(grid.crs)
        place = {**crs.to_cf(), "crs_wkt": crs.to_wkt(), **place}
        unit = {"units": "m"} if crs.is_projected else {}
    axes = {"x": grid.x_centres_m(), "y": grid.y_centres_m()}
    return {
        **{
            name: (name, values, {"standard_name": f"projection_{name}_coordinate", **unit})
            for name, values in axes.items()
        },
        "spatial_ref": xr.Variable((), np.int32(0), place),
    }


def map_of(
    grid: Grid, values: NDArray[Any], name: str, unit: str, long_name: str, **attrs: Any
) -> xr.DataArray:
    """Return values ``[height, width]`` of a grid as a map with its place, unit and words."""
    told = {"long_name": long_name, "units": unit, "grid_mapping": "spatial_ref", **attrs}
    return xr.DataArray(values, grid_coords(grid), ("y", "x"), name, told)


def from_dataset(ds: xr.Dataset) -> dict[str, Any]:
    """Return the attributes of the landscape that a dataset holds: of :func:`to_dataset`.

    Derived layers that are not there are computed. Values are copied.

    Raises
    ------
    LandscapeError
        Dimensions, axes, CRS, units, types or values that a landscape cannot have, in one line.
    """
    name = str(ds.attrs.get("title", "dataset"))
    with placing(name):
        return _attributes(ds, name)


def _attributes(ds: xr.Dataset, name: str) -> dict[str, Any]:
    beside = _beside(ds)
    if not ds.data_vars:
        raise LandscapeError("holds no layer", remedy="give one variable a layer")
    wkt = next((text for v in ds.data_vars if (text := crs_of(ds[v]))), "")
    grid = place_of(ds[next(iter(ds.data_vars))], _crs(wkt, beside))
    layers: dict[str, Any] = {}
    told = {} if beside is None else beside.covariates
    for key in ds.data_vars:
        if key in told and not told[str(key)].layer:
            continue
        if key not in LAYERS:
            raise LandscapeError(f"unknown layer {shown(key)}", remedy=nearest(str(key), LAYERS))
        layers[str(key)] = _layer(ds[key], LAYERS[str(key)])
    covers = cover_table("andes-amazon") if beside is None else beside.covers
    given = None if beside is None else beside.region
    region = region_at(grid) if given is None else given
    if any(row not in layers for row in DERIVED_LAYERS) and _complete(layers, grid, name):
        layers = {**derive(grid, layers, covers, region), **layers}
    found: dict[str, Any] = {"name": name, "grid": grid, "layers": layers}
    if beside is not None:
        rest = {k: getattr(beside, k) for k in _Beside.model_fields if k != "crs"}
        made = {k: _covariate(ds, k, told[k], grid) for k in told}
        return found | rest | {"region": region, "covariates": made}
    n = int(layers["protected"].max()) if "protected" in layers else 0
    return found | {
        "zone_names": ("", *(f"Core {i + 1}" for i in range(n))),
        "zone_countries": ("",) * (n + 1),
        "origins": {str(k): Origin("user", str(ds[k].attrs.get("source", name))) for k in ds},
        "region": region,
    }


def _covariate(ds: xr.Dataset, name: str, facts: _CovariateFacts, grid: Grid) -> Covariate:
    """Return a covariate of the dataset, its values checked against what is told of it."""
    values = None
    if not facts.layer:
        if name not in ds:
            raise LandscapeError(f"covariate {name} has no variable", remedy=f"add {name}")
        array = ds[name] if facts.times != "static" else ds[name].expand_dims(f"{name}_static")
        times = {"static": 1, "season": 2, "year": len(facts.years)}[facts.times]
        shape = (times, *grid.shape)
        known = array.dtype.kind in ("f" if facts.kind == "continuous" else "iu")
        if array.dims != (f"{name}_{facts.times}", "y", "x") or array.shape != shape or not known:
            raise LandscapeError(
                f"covariate {name} has dimensions {array.dims} of {array.shape}, {array.dtype}",
                remedy=f"give {facts.kind} values [{facts.times}, y, x] of {shape}",
            )
        if not 0 <= facts.current < max(len(facts.years), 1):
            raise LandscapeError(f"covariate {name} has no time {facts.current}")
        rising = array.sizes["y"] > 1 and array.y[0] < array.y[-1]
        values = np.array(array.values[:, ::-1] if rising else array.values)
        values = values.astype(np.float32) if facts.kind == "continuous" else values
    elif facts.layer not in LAYERS:
        raise LandscapeError(
            f"covariate {name}: no layer {shown(facts.layer)}", remedy=nearest(facts.layer, LAYERS)
        )
    return Covariate(name=name, values=values, **facts.model_dump())


def place_of(array: xr.DataArray, crs: str) -> Grid:
    """Return the grid on which an array ``[y, x]`` lies, by its coordinates of cell centres.

    ``y`` may rise or fall. A ``GeoTransform`` beside the CRS that agrees says it to the last digit.

    Raises
    ------
    LandscapeError
        Other dimensions, no coordinates, irregular axes, or cells that are not square.
    """
    if array.dims != ("y", "x"):
        raise LandscapeError(
            f"has dimensions {', '.join(map(str, array.dims)) or 'none'}",
            remedy="give y, x: rename or transpose them, and choose one of any others",
        )
    given = _geo_transform(array)
    (x, across), (y, up) = (_axis(array, axis, given) for axis in ("x", "y"))
    cell = across if across is not None else up
    if cell is None:
        raise LandscapeError("one cell says nothing of its size", remedy="give a GeoTransform")
    if up is not None and abs(abs(up) - cell) > OFF * abs(cell) / max(array.shape):
        raise LandscapeError(
            f"cells of {cell:g} x {abs(up):g} are not square", remedy="resample it to square cells"
        )
    cell = abs(cell)
    west, north = float(x.min()) - cell / 2, float(y.max()) + cell / 2
    if given is not None and np.allclose(given, (west, cell, north), rtol=0, atol=OFF * cell):
        west, cell, north = given
    return Grid(array.shape[0], array.shape[1], cell, west, north, crs)


def northern_first(array: xr.DataArray) -> xr.DataArray:
    """Return an array ``[y, x]`` with its northernmost row first."""
    return array[::-1] if array.sizes["y"] > 1 and array.y[0] < array.y[-1] else array


def crs_of(array: xr.DataArray) -> str:
    """Return the CRS of an array as WKT, ``""`` where it says none."""
    attrs = _mapping(array)
    wkt = attrs.get("crs_wkt") or attrs.get("spatial_ref") or ""
    if not wkt and "grid_mapping_name" in attrs:
        try:
            wkt = CRS.from_cf(dict(attrs)).to_wkt()
        except (CRSError, KeyError):
            return ""
    return str(wkt)


def _mapping(array: xr.DataArray) -> Mapping[Any, Any]:
    name = array.attrs.get("grid_mapping") or array.encoding.get("grid_mapping") or "spatial_ref"
    return array.coords[name].attrs if name in array.coords else {}


def _geo_transform(array: xr.DataArray) -> tuple[float, float, float] | None:
    """West, cell and north of a north-up GeoTransform, None where there is none."""
    words = str(_mapping(array).get("GeoTransform", "")).split()
    try:
        west, cell, _, north, _, _ = (float(word) for word in words)
    except ValueError:
        return None
    return (west, cell, north) if cell > 0 else None


def _axis(
    array: xr.DataArray, axis: str, given: tuple[float, float, float] | None
) -> tuple[Any, float | None]:
    """Return coordinates of cell centres and their step, None for a single cell."""
    if axis not in array.coords:
        raise LandscapeError(f"has no coordinate {axis}", remedy="give map metres of cell centres")
    values = np.asarray(array[axis].values)
    if values.dtype.kind not in "iuf" or not np.isfinite(values).all():
        raise LandscapeError(f"coordinate {axis} holds what is no number", remedy="give map metres")
    values = values.astype(np.float64)
    if values.size < 2:
        return values, None if given is None else given[1]
    step = float(values[-1] - values[0]) / (values.size - 1)
    regular = values[0] + step * np.arange(values.size)
    if step == 0 or np.abs(values - regular).max() > OFF * abs(step):
        raise LandscapeError(f"coordinate {axis} is not regular", remedy="bring it to even steps")
    if axis == "x" and step < 0:
        raise LandscapeError("coordinate x falls", remedy='turn it: ds.sortby("x")')
    return values, step


def _crs(wkt: str, beside: _Beside | None) -> str:
    if beside is not None and (not wkt or CRS.from_user_input(beside.crs) == CRS.from_wkt(wkt)):
        wkt = beside.crs
    if not wkt:
        raise LandscapeError(
            "has no CRS",
            remedy="add a coordinate spatial_ref with attribute crs_wkt, as rioxarray does",
        )
    metric_crs(wkt, "reproject it to a CRS in metres")
    if beside is not None and wkt == beside.crs:
        return wkt
    code = CRS.from_wkt(wkt).to_authority(min_confidence=100)
    return ":".join(code) if code else wkt


def _beside(ds: xr.Dataset) -> _Beside | None:
    if OWN not in ds.attrs:
        return None
    try:
        return _Beside.model_validate_json(ds.attrs[OWN])
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "JSON"
        raise LandscapeError(
            f"attribute {OWN}, {place}: {first['msg']}", remedy="delete the attribute"
        ) from error


def _layer(array: xr.DataArray, spec: LayerSpec) -> Any:
    """Return one layer ``[y, x]``, north first, in its declared type; never another value."""
    if array.dims != ("y", "x"):
        raise LandscapeError(
            f"layer {spec.name} has dimensions {', '.join(map(str, array.dims)) or 'none'}",
            remedy="give y, x",
        )
    unit = array.attrs.get("units", spec.unit)
    if unit != spec.unit:
        raise LandscapeError(
            f"layer {spec.name} is in {shown(unit)}, not {spec.unit}",
            remedy="convert its values and its attribute units",
        )
    values = northern_first(array).values
    if values.dtype.kind not in "biuf":
        raise LandscapeError(f"layer {spec.name} has dtype {values.dtype}, declared {spec.dtype}")
    with np.errstate(invalid="ignore", over="ignore"):
        out = values.astype(spec.dtype)
    wrong = out != values
    if spec.kind != "continuous" and wrong.any():
        row, col = (int(i) for i in np.argwhere(wrong)[0])
        raise LandscapeError(
            f"layer {spec.name} holds {values[row, col]} at row {row}, column {col}",
            remedy=f"give whole numbers {spec.low:g} to {spec.high:g}",
        )
    return out


def _complete(layers: Mapping[str, Any], grid: Grid, where: str) -> bool:
    """Whether every input layer is there and possible; what is missing, Landscape tells."""
    from corridor_sim.landscape.layers import INPUT_LAYERS, check_layer

    if any(name not in layers for name in INPUT_LAYERS):
        return False
    for name in INPUT_LAYERS:
        check_layer(name, layers[name], grid.shape, where)
    return True
