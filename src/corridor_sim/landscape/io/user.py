"""A landscape from a user's own files: one metric grid, every layer checked and brought to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from corridor_sim.errors import LandscapeError, counted, placing
from corridor_sim.landscape.climate import natural_zone
from corridor_sim.landscape.covers import CoverTable, cover_table
from corridor_sim.landscape.derive import derive
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.io import burning, vectors
from corridor_sim.landscape.io.code_rasters import read_class_codes, read_zone_names, read_zones
from corridor_sim.landscape.io.code_table import CodeTable, read_code_table
from corridor_sim.landscape.io.cover_file import read_cover_table
from corridor_sim.landscape.io.features import LINES, POINTS, POLYGONS, Features
from corridor_sim.landscape.io.geo import quiet
from corridor_sim.landscape.io.no_ground import NoGround, cut_areas, read_ground
from corridor_sim.landscape.io.overlaps import NAMED_ON_THE_TERMINAL, shared_note
from corridor_sim.landscape.io.raster_misfits import refuse_gaps
from corridor_sim.landscape.io.raster_parts import is_raster
from corridor_sim.landscape.io.raster_source import Source, inspect
from corridor_sim.landscape.io.rasters import read_classes, read_continuous
from corridor_sim.landscape.io.settings import LandscapeSettings
from corridor_sim.landscape.io.user_grid import choose_grid
from corridor_sim.landscape.landscape import BUILTIN, Landscape
from corridor_sim.landscape.layers import DERIVED_LAYERS, INPUT_LAYERS, LAYERS
from corridor_sim.landscape.parts import Origin
from corridor_sim.landscape.region import Region
from corridor_sim.landscape.size import announce
from corridor_sim.landscape.whereabouts import (
    region_at,
    tell_of_region,
    with_known_zones,
    zones_told,
)
from corridor_sim.progress import tell

# a key that says something about another file, or needs one to be understood
_NEEDS = (
    ("land_cover_codes", "land_cover"),
    ("protected_name_field", "protected_areas"),
    ("road_class_field", "roads"),
    ("river_width_field_m", "rivers"),
    ("protected_names", "protected_areas"),
    ("cover_classes", "land_cover"),
)

# a key that says something about the features of a file, and the file, which may be a raster
_OF_FEATURES = (
    ("protected_name_field", "protected_areas"),
    ("road_class_field", "roads"),
    ("river_width_field_m", "rivers"),
)
# what a landscape has beside its layers, and hands on to one that begins with it
_BESIDE = (
    *("zone_names", "zone_countries", "zone_groups", "zones_left_out"),
    *("town_list", "borders", "covers", "region"),
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
        first, grid = _first(spec, base_dir)
        announce(grid, builtin=False, where=first.where)
        read = _Reading(spec, base_dir, grid)
        read.ground(first)
        read.files()
    for layer in DERIVED_LAYERS:
        read.origins.setdefault(layer, Origin("derived", "computed from the layers above"))
    tell_of_region(read.origins, read.beside["region"], spec.own_region.own)
    return read.landscape(spec.name or first.part.file.stem)


def lay_over(ground: Landscape, spec: LandscapeSettings, base_dir: Path) -> Landscape:
    """Return a landscape with the layers of the user's files in place of its own.

    Layers that no file gives stay, with their origins; derived ones are computed anew.

    Raises
    ------
    LandscapeError
        As :func:`load_user_landscape`.
    """
    _check(spec)
    read = _Reading(spec, base_dir, ground.grid)
    read.begin_with(ground)
    with quiet(), _whose_extent_is_set():
        read.mask()
        read.files()
    return read.landscape(spec.name or ground.name)


@contextmanager
def _whose_extent_is_set() -> Iterator[None]:
    """Offer no other extent where the ground has its own."""
    try:
        yield
    except LandscapeError as bad:
        if "extent" not in bad.remedy:
            raise
        raise LandscapeError(
            bad.problem,
            where=bad.where,
            remedy="give one that covers the whole landscape, or an elevation of your own, which "
            "sets the extent",
        ) from bad.__cause__


def user_grid(spec: LandscapeSettings, base_dir: Path) -> Grid:
    """Return the grid that the user's files would be read onto, by the settings and the header.

    Raises
    ------
    LandscapeError
        As :func:`load_user_landscape`, as far as settings and header show it.
    """
    _check(spec)
    with quiet():
        return _first(spec, base_dir)[1]


def _check(spec: LandscapeSettings) -> None:
    """Refuse impossible settings before any file is opened."""
    where = "[landscape]"
    for key, value in spec:
        if isinstance(value, str) and not value.strip():
            raise LandscapeError(
                f"{key} is {value!r}",
                where=where,
                remedy="give a text that is not empty, or drop it",
            )
    if spec.land_cover is not None and spec.cover_classes is None and spec.land_cover_codes is None:
        raise LandscapeError(
            f"land_cover = {spec.land_cover!r} is given without cover_classes or land_cover_codes",
            where=where,
            remedy='say what its codes mean: cover_classes = "nlcd" (or corine, esa-worldcover, '
            "mapbiomas, or a table of your own), or a table land_cover_codes (CSV: code,cover)",
        )
    for key, other in _NEEDS:
        if getattr(spec, key) is not None and getattr(spec, other) is None:
            raise LandscapeError(
                f"{key} = {getattr(spec, key)!r} is given without {other}",
                where=where,
                remedy=f"add {other} or drop {key}",
            )

    for key, other in _OF_FEATURES:
        if getattr(spec, key) is not None and is_raster(getattr(spec, other)):
            raise LandscapeError(
                f"{key} = {getattr(spec, key)!r} names a field, and {other} is a raster",
                where=where,
                remedy=f"drop {key}: the codes of a raster stand for themselves",
            )
    if spec.protected_names is not None and not is_raster(spec.protected_areas or ""):
        raise LandscapeError(
            "protected_names is for a raster, and protected_areas is none",
            where=where,
            remedy="name the field of the names: protected_name_field",
        )
    if spec.towns is not None and spec.settlements is not None:
        raise LandscapeError(
            "give either settlements or towns, not both",
            where=where,
            remedy="settlements change the land cover, towns only name places",
        )


def _raster(spec: LandscapeSettings, base_dir: Path, key: str) -> Source:
    name = getattr(spec, key)
    return inspect(base_dir / name, key, name)


def _first(spec: LandscapeSettings, base_dir: Path) -> tuple[Source, Grid]:
    """Return the raster that sets the grid, and the grid."""
    source = _raster(spec, base_dir, str(spec.grid_key))
    with placing(source.where):
        return source, choose_grid(spec, source)


_HOW = {
    "average": "averaged to",
    "bilinear": "interpolated to",
    "mode": "most frequent class in",
    "max": "highest class in",
    "nearest": "nearest class in",
    "copy": "taken as is,",
}


class _Reading:
    """The user's files read onto a grid: layers, their origins, core areas and towns.

    A layer that no file gives stays what it is on the ground that was begun with; where there is
    none, a rule stands in. ``beside`` holds what a landscape has beside its layers, by field.
    """

    def __init__(self, spec: LandscapeSettings, base_dir: Path, grid: Grid) -> None:
        self.spec, self.base_dir, self.grid = spec, base_dir, grid
        self.layers: dict[str, NDArray[Any]] = {}
        self.origins: dict[str, Origin] = {}
        self.beside: dict[str, Any] = {
            "covers": cover_table(BUILTIN),
            "region": region_at(grid, spec.own_region),
        }
        self.table: tuple[Path, CodeTable] | None = None
        self.bare = NoGround(grid, spec.nodata or "mask", spec.fill_voids_km2 or 0.0)

    def begin_with(self, ground: Landscape) -> None:
        """Take the layers of a landscape over, and what it has beside them."""
        self.layers.update({name: ground[name] for name in INPUT_LAYERS})
        self.origins.update(ground.origins)
        self.beside.update({name: getattr(ground, name) for name in _BESIDE})
        self.beside["region"] = self.spec.own_region.on_top_of(ground.region)

    def ground(self, first: Source) -> None:
        """Read what sets the grid: the mask, and heights where there are any."""
        self.mask()
        if first.key == "grid":
            with placing(first.where):
                inside = read_ground(first, self.grid, any_value=True)
                if self.spec.nodata == "refuse":
                    refuse_gaps(first, self.grid, ~inside, "outside")
            self.bare.leave_out(inside, f"{first.part.name} (no data)", first.where)
        if first.key == "elevation":
            self.continuous("elevation_m", first)
            return
        self._leave_absent("elevation_m", "elevation")

    def mask(self) -> None:
        """Read the polygons, or the raster, of what is ground."""
        name = self.spec.mask
        if name is None:
            return
        if is_raster(name):
            source = _raster(self.spec, self.base_dir, "mask")
            with placing(source.where):
                inside = read_ground(source, self.grid, any_value=False)
            where = source.where
        else:
            features = vectors.read_vector(self.base_dir / name, "mask", self.grid, POLYGONS, name)
            shapes = features.geometry.tolist()
            inside = burning.burn(shapes, [1] * len(shapes), self.grid, "uint8", touched=False) > 0
            where = features.where
        self.bare.leave_out(inside, f"mask {Path(name).name}", where)

    def files(self) -> None:
        """Read every file that is given, in the order in which one rests on another."""
        if self.spec.land_cover is not None:
            self.table = self._code_table()
        region = with_known_zones(
            self.beside["region"], self.beside["covers"], self.spec.own_region.own
        )
        if self._absent("elevation_m"):
            # zones lie by height, and heights of 0 would make all of the map its lowest one
            region = region.model_copy(update={"zones": ()})
        self.beside["region"] = region
        self._temperature()
        self._land_cover()
        self._settlements()
        self._towns()
        road, width = self.spec.road_class_field, self.spec.river_width_field_m
        self._lines("road", "roads", LINES, burning.road_classes, road, "all taken as class 1")
        wet = (*LINES, *POLYGONS)
        self._lines("river", "rivers", wet, burning.river_classes, width, "all taken as under 50 m")
        self._protected()
        self._protection()

    def landscape(self, name: str) -> Landscape:
        """Return what was read, with what follows from it."""
        if self.bare.any:
            self._without_ground(name)
        layers = derive(self.grid, self.layers, self.beside["covers"], self.beside["region"])
        return Landscape(name, self.grid, layers, origins=self.origins, **self.beside)

    def _without_ground(self, name: str) -> None:
        """Take all that lies where there is no ground off the map, and tell of it."""
        off = self.bare.off
        for layer in ("road", "river"):
            n = int(((self.layers[layer] > 0) & off).sum())
            if n:
                said = f"; {counted(n, 'cell')} of it without ground left out"
                self.origins[layer] = self.origins[layer].noted(said)
        file = self.spec.protected_areas
        said = cut_areas(
            self.layers["protected"],
            off,
            self.beside.get("zone_names", ("",)),
            self.grid.cell_km2,
            refused_at=None if file is None else f"{file} (protected_areas)",
        )
        if said:
            self.origins["protected"] = self.origins["protected"].noted(f"; {said}")
            tell(f"{name}: {said}")
        self.layers = self.bare.settle(self.layers)
        self._drop_empty_areas()
        self.origins["outside"] = self.bare.origin()

    def _drop_empty_areas(self) -> None:
        """Leave out the core areas of the ground below that have no cell any more."""
        names = self.beside.get("zone_names", ("",))
        held = np.bincount(self.layers["protected"].reshape(-1), minlength=len(names)) > 0
        held[0] = True
        if held.all():
            return
        number = (np.cumsum(held) - 1).astype(np.int16)
        self.layers["protected"] = number[self.layers["protected"]]
        kept = [i for i, one in enumerate(held.tolist()) if one]
        of_group = self.beside["zone_groups"].items()
        there = {names[i] for i in kept}
        groups = {group: tuple(m for m in members if m in there) for group, members in of_group}
        gone = tuple(name for name in names if name not in there)
        self.beside |= {
            "zone_names": tuple(names[i] for i in kept),
            "zone_countries": tuple(self.beside["zone_countries"][i] for i in kept),
            "zone_groups": {group: members for group, members in groups.items() if members},
            "zones_left_out": (*self.beside["zones_left_out"], *gone),
        }

    def continuous(self, layer: str, source: Source) -> None:
        """Read a raster of a quantity."""
        with placing(source.where):
            values, rule = read_continuous(source, self.grid, layer, take_gaps=self.bare.take)
        self.layers[layer] = self.bare.fill(layer, values, source.where)
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
        if layer in self.layers:
            return
        self.layers[layer] = np.zeros(self.grid.shape, LAYERS[layer].dtype)
        said = f"no {key.replace('_', ' ')} given: none on the map"
        self.origins[layer] = Origin("approximated", said, key)

    def _absent(self, layer: str) -> bool:
        return self.origins[layer].status == "absent"

    def _leave_absent(self, layer: str, what: str) -> None:
        self.layers[layer] = np.zeros(self.grid.shape, LAYERS[layer].dtype)
        self.origins[layer] = Origin("absent", f"no {what} given", what.partition(",")[0])

    def _temperature(self) -> None:
        spec = self.spec
        if spec.temperature is not None:
            self.continuous("temperature_c", _raster(spec, self.base_dir, "temperature"))
        if "temperature_c" in self.layers:
            return
        region: Region = self.beside["region"]
        t0, lapse = region.sea_level_temperature_c, region.lapse_c_per_m
        if self._absent("elevation_m"):
            self._leave_absent("temperature_c", "temperature, nor heights to take it from")
            return
        if t0 is None or lapse is None:
            keys = "sea_level_temperature_c and lapse_c_per_km"
            self._leave_absent("temperature_c", f"temperature, nor {keys} to take it from heights")
            return
        replace_with = "temperature (raster in degrees Celsius)"
        cooler = t0 - lapse * self.layers["elevation_m"]
        self.layers["temperature_c"] = cooler.astype(np.float32)
        self.origins["temperature_c"] = Origin("approximated", "lapse rate", replace_with)

    def _land_cover(self) -> None:
        z, region = self.layers["elevation_m"], self.beside["region"]
        if self.spec.land_cover is not None and self.table is not None:
            source = _raster(self.spec, self.base_dir, "land_cover")
            path, table = self.table
            if table.by_elevation:
                if self._absent("elevation_m"):
                    raise LandscapeError(
                        "by_elevation needs heights, and no elevation is given",
                        where=str(path),
                        remedy="add elevation, or name a cover for each code",
                    )
                region.needs(
                    "zones", "by_elevation", where=str(path), instead="name the cover of each code"
                )
                table = table.with_zones(region.zones, self.beside["covers"])
            with placing(source.where):
                cover, rule = read_classes(source, self.grid, table, z, self.bare.take)
            self.layers["land_cover"] = self.bare.fill("land_cover", cover, source.where)
            zones = "; by_elevation: the natural zone of its height" * table.by_elevation
            if table.by_elevation:
                zones += zones_told(region, self.spec.own_region.own)
            origin = self._of_raster(source, rule).noted(f"; codes by {path.name}{zones}")
            self.origins["land_cover"] = origin
        if "land_cover" in self.layers:
            return
        if self._absent("elevation_m"):
            self._leave_absent("land_cover", "land_cover")
            self.beside["covers"] = CoverTable("no land cover", ())
            return
        zones = region.needs(
            "zones",
            "a land cover by height",
            where="[landscape] land_cover",
            instead="give land_cover and its classes",
        )
        self.layers["land_cover"] = natural_zone(z, zones, self.beside["covers"])
        level = int((z == 0).sum())
        sea = f"; {counted(level, 'cell')} of exactly 0 m, perhaps sea, taken as land"
        self.origins["land_cover"] = Origin(
            "approximated",
            "natural zones by elevation alone: no clearing, no water, no dry valleys"
            + (sea if level else ""),
            "land_cover and land_cover_codes",
        )

    def _code_table(self) -> tuple[Path, CodeTable]:
        """Return the file that says what the codes of the land cover are, and what it says."""
        own, codes = self.spec.cover_classes, self.spec.land_cover_codes
        covers = cover_table(BUILTIN)
        if own is not None:
            covers = read_cover_table(own, self.base_dir)
            tell(f"{self.spec.land_cover}: {len(covers.rows)} classes of {covers.name}")
        self.beside["covers"] = covers
        if codes is None:
            path = self.base_dir / str(own)
            return path, CodeTable.of_classes(covers, path)
        path = self.base_dir / codes
        return path, read_code_table(path, covers)

    def _settlements(self) -> None:
        features = self._features("settlements", (*POINTS, *POLYGONS))
        if features is None:
            return
        mask, self.beside["town_list"], note = burning.burn_settlements(features, self.grid)
        town = np.uint8(self.beside["covers"].first("settlement", "settlements").code)
        cover = self.layers["land_cover"]
        name = Path(str(self.spec.settlements)).name
        said = f"; settlements of {name}{note}{features.note()}"
        if self.spec.land_cover is None and (cover == town).any():
            cover = _without(cover, town)
            said += ", in place of those before, which take the nearest other cover"
        self.layers["land_cover"] = np.where(mask, town, cover)
        self.origins["land_cover"] = self.origins["land_cover"].noted(said)

    def _towns(self) -> None:
        features = self._features("towns", (*POINTS, *POLYGONS))
        if features is None:
            return
        towns, _ = burning.towns_of(features, "towns")
        if not towns:
            raise LandscapeError(
                "names no place: no feature has a field 'name' with a text in it",
                where=features.where,
                remedy="give the places a field 'name', or drop the key",
            )
        self.beside["town_list"] = towns

    def _codes(self, layer: str, key: str) -> bool:
        """Read a raster of the classes of a layer; False where the file is none."""
        name = getattr(self.spec, key)
        if name is None or not is_raster(name):
            return False
        source = _raster(self.spec, self.base_dir, key)
        self.layers[layer], rule = read_class_codes(source, self.grid, layer)
        self.origins[layer] = self._of_raster(source, rule).noted("; its codes are classes")
        return True

    def _lines(
        self,
        layer: str,
        key: str,
        allowed: Sequence[str],
        classes: Callable[[Features, str | None], NDArray[np.uint8]],
        field: str | None,
        unclassed: str,
    ) -> None:
        if self._codes(layer, key):
            return
        features = self._features(key, allowed)
        if features is None:
            self._leave_empty(layer, key)
            return
        self.layers[layer] = burning.burn_classes(features, classes(features, field), self.grid)
        how = f"class by field {field}" if field else unclassed
        self.origins[layer] = self._of_vector(key, features, how)

    def _protected(self) -> None:
        name = self.spec.protected_areas
        if name is not None and is_raster(name):
            self._zones_of_raster()
            return
        features = self._features("protected_areas", POLYGONS)
        if features is None:
            self._leave_empty("protected", "protected_areas")
            return
        zones = burning.burn_zones(features, self.spec.protected_name_field, self.grid)
        origin = self._of_vector("protected_areas", features, _areas(zones))
        self._take_zones(zones, origin.noted(shared_note(zones.shared, zones.twice)), {})
        if note := shared_note(zones.shared, zones.twice, NAMED_ON_THE_TERMINAL):
            tell(f"{features.where}{note.replace(';', ':', 1)}")

    def _zones_of_raster(self) -> None:
        names, table = self.spec.protected_names, None
        if names is not None:
            table = read_zone_names(self.base_dir / names, "protected_names")
        source = _raster(self.spec, self.base_dir, "protected_areas")
        zones, groups, rule = read_zones(source, self.grid, table)
        named = "" if table is None else f", named by {table.path.name}"
        self._take_zones(
            zones, self._of_raster(source, rule).noted(f"; {_areas(zones)}{named}"), groups
        )

    def _take_zones(
        self, zones: burning.Zones, origin: Origin, groups: dict[str, tuple[str, ...]]
    ) -> None:
        self.layers["protected"], self.origins["protected"] = zones.raster, origin
        self.beside |= {
            "zone_names": zones.names,
            "zone_countries": zones.countries,
            "zone_groups": groups,
            "zones_left_out": zones.left_out,
        }

    def _protection(self) -> None:
        if self._codes("protection", "protection"):
            return
        features = self._features("protection", POLYGONS)
        if features is None:
            return
        ones = [1] * features.geometry.size
        self.layers["protection"] = burning.burn(
            features.geometry.tolist(), ones, self.grid, "uint8", touched=False
        )
        self.origins["protection"] = self._of_vector(
            "protection", features, f"{counted(len(ones), 'area')}, beside the core areas"
        )


def _areas(zones: burning.Zones) -> str:
    """Say how many core areas there are, and which hold no cell."""
    said, out = counted(len(zones.names) - 1, "area"), zones.left_out
    if out:
        holds, its = ("holds", "its") if len(out) == 1 else ("hold", "their")
        more = ", …" if len(out) > 5 else ""
        said += f"; {len(out)} {holds} no cell of {its} own: {', '.join(out[:5])}{more}"
    return said


def _without(cover: NDArray[np.uint8], code: np.uint8) -> NDArray[np.uint8]:
    """Return a land cover whose cells of one code take the nearest other cover."""
    gone = cover == code
    if gone.all():
        return cover
    row, col = distance_transform_edt(gone, return_distances=False, return_indices=True)
    return np.asarray(cover[row, col], np.uint8)
