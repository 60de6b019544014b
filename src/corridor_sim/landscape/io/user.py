"""A landscape from a user's own files: one metric grid, every layer checked and brought to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import LandscapeError, counted, placing
from corridor_sim.landscape.climate import natural_zone
from corridor_sim.landscape.covers import COVERS, cover_table
from corridor_sim.landscape.derive import derive
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.io import burning, vectors
from corridor_sim.landscape.io.code_table import read_code_table
from corridor_sim.landscape.io.features import LINES, POINTS, POLYGONS, Features
from corridor_sim.landscape.io.geo import quiet
from corridor_sim.landscape.io.raster_source import Source, inspect
from corridor_sim.landscape.io.rasters import read_classes, read_continuous
from corridor_sim.landscape.io.settings import LandscapeSettings
from corridor_sim.landscape.io.user_grid import choose_grid
from corridor_sim.landscape.landscape import BUILTIN, Landscape
from corridor_sim.landscape.layers import DERIVED_LAYERS, LAYERS
from corridor_sim.landscape.parts import Origin, Town
from corridor_sim.landscape.region import Region
from corridor_sim.landscape.size import announce
from corridor_sim.landscape.whereabouts import (
    region_at,
    tell_of_region,
    with_known_zones,
    zones_told,
)

# a key that says something about another file, or needs one to be understood
_NEEDS = (
    ("land_cover_codes", "land_cover"),
    ("protected_name_field", "protected_areas"),
    ("road_class_field", "roads"),
    ("river_width_field_m", "rivers"),
    ("land_cover", "land_cover_codes"),
)


def load_user_landscape(spec: LandscapeSettings, base_dir: Path) -> Landscape:
    """Read, check and align the user's files and return the landscape with derived layers.

    Raises
    ------
    LandscapeError
        One line naming the file, the key or place, the value and what to do.
    """
    _check(spec)
    with quiet():
        dem, grid = _elevation(spec, base_dir)
        announce(grid, builtin=False, where=dem.where)
        covers, own = cover_table(BUILTIN), spec.own_region.own
        region = with_known_zones(region_at(grid, spec.own_region), covers, own)
        read = _Reading(spec, base_dir, dem, grid, region)
    layers = derive(grid, read.layers, covers, region)
    for layer in DERIVED_LAYERS:
        read.origins[layer] = Origin("derived", "computed from the layers above")
    tell_of_region(read.origins, region, own)
    return Landscape(
        name=spec.name or dem.part.file.stem,
        grid=grid,
        layers=layers,
        zone_names=read.zones.names,
        zone_countries=read.zones.countries,
        zones_left_out=read.zones.left_out,
        town_list=read.towns,
        origins=read.origins,
        covers=covers,
        region=region,
    )


def user_grid(spec: LandscapeSettings, base_dir: Path) -> Grid:
    """Return the grid that the user's files would be read onto, by the settings and the header.

    Raises
    ------
    LandscapeError
        As :func:`load_user_landscape`, as far as settings and header show it.
    """
    _check(spec)
    with quiet():
        return _elevation(spec, base_dir)[1]


def _check(spec: LandscapeSettings) -> None:
    """Refuse impossible settings before any file is opened."""
    where = "[landscape]"
    for key, value in spec:
        if (isinstance(value, str) and not value.strip()) or (key == "elevation" and not value):
            raise LandscapeError(
                f"{key} is {value!r}",
                where=where,
                remedy="give a text that is not empty, or drop it",
            )
    for key, other in _NEEDS:
        if getattr(spec, key) is not None and getattr(spec, other) is None:
            raise LandscapeError(
                f"{key} = {getattr(spec, key)!r} is given without {other}",
                where=where,
                remedy="add a table (CSV: code,cover) that says what each raster code means"
                if key == "land_cover"
                else f"add {other} or drop {key}",
            )


def _raster(spec: LandscapeSettings, base_dir: Path, key: str) -> Source:
    name = getattr(spec, key)
    return inspect(base_dir / name, key, name)


def _elevation(spec: LandscapeSettings, base_dir: Path) -> tuple[Source, Grid]:
    dem = _raster(spec, base_dir, "elevation")
    with placing(dem.where):
        return dem, choose_grid(spec, dem)


_HOW = {
    "average": "averaged to",
    "bilinear": "interpolated to",
    "mode": "most frequent class in",
    "nearest": "nearest class in",
    "copy": "taken as is,",
}


class _Reading:
    """The user's files read onto the grid: layers, their origins, core areas and towns."""

    def __init__(
        self, spec: LandscapeSettings, base_dir: Path, dem: Source, grid: Grid, region: Region
    ) -> None:
        self.spec, self.base_dir, self.grid, self.region = spec, base_dir, grid, region
        self.layers: dict[str, NDArray[Any]] = {}
        self.origins: dict[str, Origin] = {}
        self.towns: tuple[Town, ...] = ()
        self._continuous("elevation_m", dem)
        self._temperature()
        self._land_cover()
        self._settlements()
        road, width = spec.road_class_field, spec.river_width_field_m
        self._lines("road", "roads", LINES, burning.road_classes, road, "all taken as class 1")
        wet = (*LINES, *POLYGONS)
        self._lines("river", "rivers", wet, burning.river_classes, width, "all taken as under 50 m")
        self.zones = self._protected()

    def _continuous(self, layer: str, source: Source) -> None:
        with placing(source.where):
            self.layers[layer], rule = read_continuous(source, self.grid, layer)
        self.origins[layer] = self._of_raster(source, rule)

    def _of_raster(self, source: Source, rule: str) -> Origin:
        what = f"{source.part.name} ({source.label})"
        return Origin("user", f"{what}, {_HOW[rule]} {self.grid.cell_m:g} m cells")

    def _features(self, key: str, allowed: Sequence[str]) -> Features | None:
        """Return the features of a vector file; None where there is no such file."""
        file = getattr(self.spec, key)
        if file is None:
            return None
        return vectors.read_vector(self.base_dir / file, key, self.grid, allowed, file)

    def _of_vector(self, key: str, features: Features, how: str) -> Origin:
        name = Path(getattr(self.spec, key)).name
        return Origin("user", f"{name} ({features.crs}), {how}{features.note()}")

    def _leave_empty(self, layer: str, key: str) -> None:
        self.layers[layer] = np.zeros(self.grid.shape, LAYERS[layer].dtype)
        said = f"no {key.replace('_', ' ')} given: none on the map"
        self.origins[layer] = Origin("approximated", said, key)

    def _temperature(self) -> None:
        spec = self.spec
        if spec.temperature is not None:
            self._continuous("temperature_c", _raster(spec, self.base_dir, "temperature"))
            return
        t0, lapse = self.region.sea_level_temperature_c, self.region.lapse_c_per_m
        replace_with = "temperature (raster in degrees Celsius)"
        if t0 is None or lapse is None:
            self.layers["temperature_c"] = np.full(self.grid.shape, np.nan, np.float32)
            said = "not given: neither a raster nor sea_level_temperature_c and lapse_c_per_km"
            self.origins["temperature_c"] = Origin("absent", said, replace_with)
            return
        cooler = t0 - lapse * self.layers["elevation_m"]
        self.layers["temperature_c"] = cooler.astype(np.float32)
        self.origins["temperature_c"] = Origin("approximated", "lapse rate", replace_with)

    def _land_cover(self) -> None:
        z = self.layers["elevation_m"]
        if self.spec.land_cover is not None and self.spec.land_cover_codes is not None:
            source = _raster(self.spec, self.base_dir, "land_cover")
            path = self.base_dir / self.spec.land_cover_codes
            table = read_code_table(path)
            if table.by_elevation:
                self.region.needs(
                    "zones",
                    "by_elevation",
                    where=str(path),
                    instead="name the cover that each code comes nearest to",
                )
                table = table.with_zones(self.region.zones, cover_table(BUILTIN))
            with placing(source.where):
                self.layers["land_cover"], rule = read_classes(source, self.grid, table, z)
            zones = "; by_elevation: the natural zone of its height" * table.by_elevation
            if table.by_elevation:
                zones += zones_told(self.region, self.spec.own_region.own)
            origin = self._of_raster(source, rule).noted(f"; codes by {path.name}{zones}")
            self.origins["land_cover"] = origin
            return
        zones = self.region.needs(
            "zones",
            "a land cover by height",
            where="[landscape] land_cover",
            instead="give land_cover and land_cover_codes",
        )
        self.layers["land_cover"] = natural_zone(z, zones, cover_table(BUILTIN))
        level = int((z == 0).sum())
        sea = f"; {counted(level, 'cell')} of exactly 0 m, perhaps sea, taken as land"
        self.origins["land_cover"] = Origin(
            "approximated",
            "natural zones by elevation alone: no clearing, no water, no dry valleys"
            + (sea if level else ""),
            "land_cover and land_cover_codes",
        )

    def _settlements(self) -> None:
        features = self._features("settlements", (*POINTS, *POLYGONS))
        if features is None:
            return
        mask, self.towns, note = burning.burn_settlements(features, self.grid)
        town = np.uint8(COVERS["settlement"].code)
        self.layers["land_cover"] = np.where(mask, town, self.layers["land_cover"])
        name = Path(str(self.spec.settlements)).name
        said = f"; settlements of {name}{note}{features.note()}"
        self.origins["land_cover"] = self.origins["land_cover"].noted(said)

    def _lines(
        self,
        layer: str,
        key: str,
        allowed: Sequence[str],
        classes: Callable[[Features, str | None], NDArray[np.uint8]],
        field: str | None,
        unclassed: str,
    ) -> None:
        features = self._features(key, allowed)
        if features is None:
            self._leave_empty(layer, key)
            return
        self.layers[layer] = burning.burn_classes(features, classes(features, field), self.grid)
        how = f"class by field {field}" if field else unclassed
        self.origins[layer] = self._of_vector(key, features, how)

    def _protected(self) -> burning.Zones:
        features = self._features("protected_areas", POLYGONS)
        if features is None:
            self._leave_empty("protected", "protected_areas")
            return burning.Zones(self.layers["protected"], ("",), ("",), (), ())
        zones = burning.burn_zones(features, self.spec.protected_name_field, self.grid)
        self.layers["protected"] = zones.raster
        said = counted(len(zones.names) - 1, "area")
        out = zones.left_out
        if out:
            holds, its = ("holds", "its") if len(out) == 1 else ("hold", "their")
            more = ", …" if len(out) > 5 else ""
            said += f"; {len(out)} {holds} no cell of {its} own: {', '.join(out[:5])}{more}"
        origin = self._of_vector("protected_areas", features, said)
        self.origins["protected"] = origin.noted(burning.shared_note(zones.shared))
        return zones
