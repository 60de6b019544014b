"""A landscape from a user's own files: one metric grid, every layer checked and brought to it."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import LandscapeError, counted
from corridor_sim.landscape.andes import refuse_zones_elsewhere, tell_of_stand_ins
from corridor_sim.landscape.covers import COVERS
from corridor_sim.landscape.derive import derive
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.io import burning, vectors
from corridor_sim.landscape.io.code_table import read_code_table, zone_by_elevation
from corridor_sim.landscape.io.features import LINES, POINTS, POLYGONS
from corridor_sim.landscape.io.geo import quiet
from corridor_sim.landscape.io.raster_source import Source, inspect
from corridor_sim.landscape.io.rasters import read_classes, read_continuous
from corridor_sim.landscape.io.settings import LandscapeSettings
from corridor_sim.landscape.io.user_grid import choose_grid
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.layers import DERIVED_LAYERS
from corridor_sim.landscape.parts import Origin, Town
from corridor_sim.landscape.size import announce

# A field that says something about another file is a mistake without it.
_NEEDS = {
    "land_cover_codes": "land_cover",
    "protected_name_field": "protected_areas",
    "road_class_field": "roads",
    "river_width_field_m": "rivers",
}


def load_user_landscape(spec: LandscapeSettings, base_dir: Path) -> Landscape:
    """Read, check and align the user's files and return the landscape with derived layers.

    Raises
    ------
    LandscapeError
        One line naming the file, the key or place, the value and what to do.
    """
    elevation = _check(spec)
    base_dir = Path(base_dir)
    with quiet():
        dem = inspect(base_dir / elevation, "elevation", elevation)
        grid = choose_grid(spec, dem)
        announce(grid, builtin=False, where=dem.where)
        layers: dict[str, NDArray[Any]] = {}
        origins: dict[str, Origin] = {}
        z, rule = read_continuous(dem, grid, "elevation_m")
        layers["elevation_m"] = z
        origins["elevation_m"] = _from_file(dem, rule, grid)
        _temperature(spec, base_dir, grid, layers, origins)
        _land_cover(spec, base_dir, grid, layers, origins)
        towns = _settlements(spec, base_dir, grid, layers, origins)
        _lines(spec, base_dir, grid, layers, origins)
        zones = _protected(spec, base_dir, grid, layers, origins)
    complete = derive(grid, layers)
    for layer in DERIVED_LAYERS:
        if layer in complete:
            origins[layer] = Origin("derived", "computed from the layers above")
    tell_of_stand_ins(grid, origins, lapse=(spec.sea_level_temperature_c, spec.lapse_c_per_km))
    return Landscape(
        name=spec.name or dem.path.stem,
        grid=grid,
        layers=complete,
        zone_names=zones.names,
        zone_countries=zones.countries,
        zones_left_out=zones.left_out,
        town_list=towns,
        origins=origins,
    )


def user_grid(spec: LandscapeSettings, base_dir: Path) -> Grid:
    """Return the grid that the user's files would be read onto, by the settings and the header.

    Raises
    ------
    LandscapeError
        As :func:`load_user_landscape`, as far as settings and header show it.
    """
    elevation = _check(spec)
    with quiet():
        return choose_grid(spec, inspect(Path(base_dir) / elevation, "elevation"))


def _check(spec: LandscapeSettings) -> str:
    """Refuse impossible settings before any file is opened; return the elevation's name."""
    where = "[landscape]"
    for key, value in spec:
        if (isinstance(value, str) and not value.strip()) or (key == "elevation" and not value):
            raise LandscapeError(
                f"{key} is {value!r}",
                where=where,
                remedy="give a text that is not empty, or drop it",
            )
    for key, other in _NEEDS.items():
        if getattr(spec, key) is not None and getattr(spec, other) is None:
            raise LandscapeError(
                f"{key} = {getattr(spec, key)!r} is given without {other}",
                where=where,
                remedy=f"add {other} or drop {key}",
            )
    if spec.land_cover is not None and spec.land_cover_codes is None:
        raise LandscapeError(
            f"land_cover = {spec.land_cover!r} is given without land_cover_codes",
            where=where,
            remedy="add a table (CSV: code,cover) that says what each raster code means",
        )
    return str(spec.elevation)


def _from_file(source: Source, rule: str, grid: Grid) -> Origin:
    how = {
        "average": "averaged to",
        "bilinear": "interpolated to",
        "mode": "most frequent class in",
        "nearest": "nearest class in",
        "copy": "taken as is,",
    }[rule]
    return Origin("user", f"{source.part.name} ({source.label}), {how} {grid.cell_m:g} m cells")


def _temperature(
    spec: LandscapeSettings,
    base: Path,
    grid: Grid,
    layers: dict[str, Any],
    origins: dict[str, Origin],
) -> None:
    if spec.temperature is not None:
        source = inspect(base / spec.temperature, "temperature", spec.temperature)
        layers["temperature_c"], rule = read_continuous(source, grid, "temperature_c")
        origins["temperature_c"] = _from_file(source, rule, grid)
        return
    t0, lapse = spec.sea_level_temperature_c, spec.lapse_c_per_km
    layers["temperature_c"] = (t0 - lapse / 1000.0 * layers["elevation_m"]).astype(np.float32)
    origins["temperature_c"] = Origin(
        "approximated",
        f"lapse rate: T = {t0:g} - {lapse:g} z / km from the elevation",
        "temperature (raster in degrees Celsius)",
    )


def _land_cover(
    spec: LandscapeSettings,
    base: Path,
    grid: Grid,
    layers: dict[str, Any],
    origins: dict[str, Origin],
) -> None:
    if spec.land_cover is not None and spec.land_cover_codes is not None:
        source = inspect(base / spec.land_cover, "land_cover", spec.land_cover)
        path = base / spec.land_cover_codes
        table = read_code_table(path)
        refuse_zones_elsewhere(table, grid, str(path))
        layers["land_cover"], rule = read_classes(source, grid, table, layers["elevation_m"])
        origin = _from_file(source, rule, grid)
        zones = "; by_elevation: natural zones of southern Ecuador" if table.by_elevation else ""
        origins["land_cover"] = dataclasses.replace(
            origin, source=f"{origin.source}; codes by {path.name}{zones}"
        )
        return
    layers["land_cover"] = zone_by_elevation(layers["elevation_m"])
    level = int((layers["elevation_m"] == 0).sum())
    sea = f"; {counted(level, 'cell')} of exactly 0 m, perhaps sea, taken as land" if level else ""
    origins["land_cover"] = Origin(
        "approximated",
        f"natural zones by elevation alone: no clearing, no water, no dry valleys{sea}",
        "land_cover and land_cover_codes",
    )


def _settlements(
    spec: LandscapeSettings,
    base: Path,
    grid: Grid,
    layers: dict[str, Any],
    origins: dict[str, Origin],
) -> tuple[Town, ...]:
    if spec.settlements is None:
        return ()
    features = vectors.read_vector(
        base / spec.settlements, "settlements", grid, (*POINTS, *POLYGONS), spec.settlements
    )
    mask, towns, note = burning.burn_settlements(features, grid)
    layers["land_cover"] = layers["land_cover"].copy()
    layers["land_cover"][mask] = COVERS["settlement"].code
    origin = origins["land_cover"]
    origins["land_cover"] = dataclasses.replace(
        origin,
        source=f"{origin.source}; settlements of {Path(spec.settlements).name}"
        f"{note}{features.note()}",
    )
    return towns


def _lines(
    spec: LandscapeSettings,
    base: Path,
    grid: Grid,
    layers: dict[str, Any],
    origins: dict[str, Origin],
) -> None:
    for layer, key, file, field, allowed, classify, unclassed in (
        (
            "road",
            "roads",
            spec.roads,
            spec.road_class_field,
            LINES,
            burning.road_classes,
            "all taken as class 1",
        ),
        (
            "river",
            "rivers",
            spec.rivers,
            spec.river_width_field_m,
            (*LINES, *POLYGONS),
            burning.river_classes,
            "all taken as under 50 m",
        ),
    ):
        if file is None:
            layers[layer] = np.zeros(grid.shape, np.uint8)
            origins[layer] = Origin("approximated", f"no {key} given: none on the map", key)
            continue
        features = vectors.read_vector(base / file, key, grid, allowed, file)
        layers[layer] = burning.burn_classes(features, classify(features, field), grid)
        how = f"class by field {field}" if field else unclassed
        origins[layer] = Origin(
            "user", f"{Path(file).name} ({features.crs}), {how}{features.note()}"
        )


def _protected(
    spec: LandscapeSettings,
    base: Path,
    grid: Grid,
    layers: dict[str, Any],
    origins: dict[str, Origin],
) -> burning.Zones:
    if spec.protected_areas is None:
        origins["protected"] = Origin(
            "approximated", "no protected areas given: none on the map", "protected_areas"
        )
        layers["protected"] = np.zeros(grid.shape, np.int16)
        return burning.Zones(layers["protected"], ("",), ("",), (), ())
    features = vectors.read_vector(
        base / spec.protected_areas, "protected_areas", grid, POLYGONS, spec.protected_areas
    )
    zones = burning.burn_zones(features, spec.protected_name_field, grid)
    layers["protected"] = zones.raster
    out = zones.left_out
    note = (
        f"; {len(out)} {'holds' if len(out) == 1 else 'hold'} no cell of "
        f"{'its' if len(out) == 1 else 'their'} own: {', '.join(out[:5])}"
        f"{', …' if len(out) > 5 else ''}"
        if out
        else ""
    )
    origins["protected"] = Origin(
        "user",
        f"{Path(spec.protected_areas).name} ({features.crs}), "
        f"{counted(len(zones.names) - 1, 'area')}"
        f"{note}{features.note()}{burning.shared_note(zones.shared)}",
    )
    return zones
