"""The section ``[landscape]`` of a scenario file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from corridor_sim.landscape.covariates import Kind, Transform
from corridor_sim.landscape.layers import LAYERS
from corridor_sim.landscape.region import RegionSettings
from corridor_sim.toml.strict import FileName, Line, Strict

BUILTIN_LANDSCAPE = "andes-amazon"
# a step of an animal is tens of metres and more; home ranges are tens of kilometres
CELL_M = (10.0, 50_000.0)
# what is said of a grid, and of heights; the built-in landscape has its own
_OF_GRID = ("crs", "extent")
# numbers of the region that may also stand beside the files
OF_REGION = ("sea_level_temperature_c", "lapse_c_per_km")
# the raster that sets the grid is the first of these that is given
_GRIDS = ("elevation", "land_cover", "grid")
# what may be said of any landscape; every other key is about a file
_OF_ANY = (
    *("source", "name", "cell_m", "join_within_m", "covariates"),
    *("nodata", "fill_voids_km2", "region", *OF_REGION),
)

# layers of the landscape to which a distance may be asked for, and what tells it
DISTANCES = {"road": "road_distance_m", "settlement": "settlement_distance_m", "river": ""}
COVER = "land_cover"
CONTINUOUS = tuple(name for name, row in LAYERS.items() if row.kind == "continuous")


class CovariateSettings(Strict):
    """``[landscape.covariates]``: one map of the user's own, by which species select and settle.

    Attributes
    ----------
    file : str
        Raster that holds at all times.
    files : two of str
        Rasters of the two seasons.
    years : mapping of year to str
        Rasters that hold from a calendar year on, until the next.
    distance_to : str
        Vector file from whose features the distance is computed; or "road", "settlement" or
        "river", those of the landscape.
    layer : str
        Continuous layer of the landscape, or land_cover with kind = "class"; whatever changes the
        layer changes the covariate.
    kind : {"continuous", "class"}
        Numbers, or codes of classes.
    unit : str
        Unit of the values before the transform; a file that declares another is refused. Of a
        distance "m" or "km".
    transform : {"none", "log", "log1p", "sqrt"}
        What is done to the values: nothing, ``ln x``, ``ln(1 + x)``, the square root.
    """

    file: FileName | None = None
    # behind _of_a_file an array is a list and no tuple
    files: Annotated[list[FileName], Field(min_length=2, max_length=2)] | None = None
    years: dict[str, FileName] | None = Field(default=None, min_length=1)
    distance_to: FileName | None = None
    layer: str | None = None
    kind: Kind = "continuous"
    unit: Line | None = Field(default=None, min_length=1)
    transform: Transform = "none"

    @field_validator("years")
    @classmethod
    def _in_order(cls, years: dict[str, str] | None) -> dict[str, str] | None:
        for year in years or ():
            if not re.fullmatch("[12][0-9]{3}", year):
                raise ValueError(f"{year[:20]!r} is no calendar year")
        if any(int(b) <= int(a) for a, b in pairwise(years or ())):
            raise ValueError(f"years must rise, not {', '.join(years or ())}")
        return years

    @field_validator("layer")
    @classmethod
    def _a_continuous_layer(cls, layer: str | None) -> str | None:
        if layer is not None and layer not in (*CONTINUOUS, COVER):
            raise ValueError(f"no continuous layer: allowed are {', '.join(CONTINUOUS)}, {COVER}")
        return layer

    @model_validator(mode="after")
    def _one_origin(self) -> CovariateSettings:
        origins = ("file", "files", "years", "distance_to", "layer")
        given = [key for key in origins if getattr(self, key) is not None]
        if len(given) != 1:
            told = f"not {' and '.join(given)}" if given else "none is there"
            raise ValueError(f"give one of {', '.join(origins)}; {told}")
        if self.layer == COVER and self.kind != "class":
            raise ValueError(f'{COVER} holds classes: give kind = "class" beside layer')
        if self.kind == "class" and self.layer != COVER and given[0] in ("distance_to", "layer"):
            raise ValueError(f"{given[0]} gives numbers, and kind is class: leave kind out")
        if self.kind == "class" and (self.transform != "none" or self.unit is not None):
            raise ValueError("classes have neither unit nor transform: leave them out")
        if self.distance_to is not None and self.unit not in (None, "m", "km"):
            raise ValueError(f"unit is {self.unit!r}: a distance is told in m or km")
        return self

    @property
    def rasters(self) -> tuple[str, ...]:
        """The rasters that it names, in order of time."""
        one = () if self.file is None else (self.file,)
        return (*one, *(self.files or ()), *(self.years or {}).values())

    @property
    def vectors(self) -> tuple[str, ...]:
        """The vector file that it names, if it does."""
        away = self.distance_to
        return () if away is None or away in DISTANCES else (away,)


def _of_a_file(value: Any) -> Any:
    """Return the settings of a covariate that is given as the name of its file."""
    return {"file": value} if isinstance(value, str) else value


OneCovariate = Annotated[
    CovariateSettings,
    BeforeValidator(_of_a_file, json_schema_input_type=FileName | CovariateSettings),
]


class LandscapeSettings(Strict):
    """``[landscape]``: the built-in landscape, or the user's own files (``elevation = ...``).

    Files of single layers (roads, land cover, ...) lie over either: over the built-in landscape
    they take the place of its own layer of that kind. Paths are strings relative to the scenario's
    folder (or absolute). ``None`` means not given. A raster with several variables or bands names
    one: ``"climate.nc|variable=tas|band=3"``.

    Attributes
    ----------
    source : str
        Name of the built-in landscape, where no ``elevation`` is given.
    elevation : str
        Raster of heights in metres, which sets the grid. Without it ``land_cover`` does, unless
        ``source`` is given; then there are no heights, and what needs them is refused by name.
    grid : str
        Raster that sets the grid where neither ``elevation`` nor ``land_cover`` is given; of its
        values only where it has any counts.
    nodata : {"mask", "refuse"}
        What cells without data are, in the raster that sets the grid and in temperature and land
        cover: no ground (sea, a lake, beyond a border), as by default, or a fault.
    mask : str
        Polygons of what is ground, or a raster that is above 0 there.
    fill_voids_km2 : float
        Patches of cells without data up to this area are filled: with the mean of the cells around
        them, or their most frequent class; by default none.
    land_cover, land_cover_codes : str
        Raster of class codes, and the table (CSV or TOML) that translates them.
    cover_classes : str
        Table of the map's own classes: a file (CSV or TOML), or ``"corine"``, ``"esa-worldcover"``,
        ``"mapbiomas"`` or ``"nlcd"``. The raster then holds their codes, or those that
        ``land_cover_codes`` translates to their keys.
    temperature : str
        Raster of mean annual temperature in degrees Celsius; else
        ``sea_level_temperature_c - lapse_c_per_km * z / 1000`` of the region.
    protected_areas, protected_name_field : str
        Polygons of the core areas, and the field with their names; or a raster of their numbers.
    protected_names : str
        Table (CSV) of the numbers of such a raster: ``code,name,iso3,groups``.
    protection : str
        Polygons, or a raster of 1, of ground that is protected and is no core area.
    roads, road_class_field : str
        Lines, and a field of 1 (secondary) or 2 (primary); all are 1 without it. Or a raster of
        the classes of the layer.
    rivers, river_width_field_m : str
        Lines or polygons, and a field with the width in metres; all are class 1 without it. Or a
        raster of the classes of the layer.
    settlements : str
        Points or polygons; their cells become settlement in the land cover.
    towns : str
        Points or polygons with a name, which change no land cover.
    crs : str
        Target CRS in metres; default the DEM's own, else UTM of its centre.
    cell_m : float
        Edge of a cell; default the DEM's own.
    extent : str
        ``"west south east north"`` in metres of the target CRS; default what the DEM covers.
    name : str
        Name of the landscape; default the file name of the elevation.
    region : RegionSettings
        Numbers of the place: lapse rate, wind, seasons, natural zones.
    sea_level_temperature_c, lapse_c_per_km : float
        The same as in ``region``, where they may stand as well.
    join_within_m : float
        Core areas whose cells lie within this distance, edge to edge, are one block, between which
        exchange is not counted; 0 joins only areas that touch.
    covariates : mapping of name to str or table
        Maps of the user's own by which species select and settle: a raster, or a table that says
        more of it.
    """

    source: str | None = None
    name: Line | None = None
    cell_m: float | None = Field(default=None, ge=CELL_M[0], le=CELL_M[1])
    elevation: FileName | None = None
    grid: FileName | None = None
    nodata: Literal["mask", "refuse"] | None = None
    mask: FileName | None = None
    fill_voids_km2: float | None = Field(default=None, ge=0, le=1e6)
    land_cover: FileName | None = None
    land_cover_codes: FileName | None = None
    cover_classes: FileName | None = None
    temperature: FileName | None = None
    protected_areas: FileName | None = None
    protected_name_field: str | None = None
    protected_names: FileName | None = None
    protection: FileName | None = None
    roads: FileName | None = None
    road_class_field: str | None = None
    rivers: FileName | None = None
    river_width_field_m: str | None = None
    settlements: FileName | None = None
    towns: FileName | None = None
    crs: str | None = None
    extent: str | None = None
    region: RegionSettings | None = None
    sea_level_temperature_c: float | None = Field(default=None, ge=-20, le=40)
    lapse_c_per_km: float | None = Field(default=None, ge=0, le=10)
    join_within_m: float = Field(default=0.0, ge=0, le=1e6)
    covariates: dict[str, OneCovariate] | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_source(cls, data: Any) -> Any:
        if isinstance(data, dict):
            for key in ("elevation", "grid"):
                if key in data and "source" in data:
                    raise ValueError(f"give either source or {key}, not both")
            for key in ("elevation", "land_cover"):
                if key in data and "grid" in data:
                    raise ValueError(f"{key} sets the grid; drop grid")
            fields = cls.model_fields
            given = {k for k, one in data.items() if k in fields and one != fields[k].default}
            gridded = given.intersection(_GRIDS) and "source" not in given
            own = [key for key in _OF_GRID if key in given]
            if own and not gridded:
                raise ValueError(
                    f"{own[0]} needs elevation, land_cover or grid: the built-in landscape has its "
                    "own grid"
                )
        return data

    @model_validator(mode="after")
    def _each_number_once(self) -> LandscapeSettings:
        below = frozenset() if self.region is None else self.region.own
        for key in OF_REGION:
            if getattr(self, key) is not None and key in below:
                raise ValueError(f"{key} is given here and under region; keep one")
        return self

    @property
    def own_region(self) -> RegionSettings:
        """The numbers of the place that the section gives, wherever they stand in it."""
        given = {} if self.region is None else self.region.model_dump(exclude_unset=True)
        here = {key: getattr(self, key) for key in OF_REGION if getattr(self, key) is not None}
        return RegionSettings.model_validate({**given, **here})

    @field_validator("source")
    @classmethod
    def _known(cls, value: str | None) -> str | None:
        if value not in (None, BUILTIN_LANDSCAPE):
            raise ValueError(
                f"the built-in landscape is {BUILTIN_LANDSCAPE!r}; for your own data give elevation"
            )
        return value

    @property
    def grid_key(self) -> str | None:
        """The key whose raster sets the grid; None on the built-in landscape."""
        if self.source is not None:
            return None
        return next((key for key in _GRIDS if getattr(self, key) is not None), None)

    @property
    def grid_file(self) -> str | None:
        """The raster that sets the grid; None on the built-in landscape."""
        return None if self.grid_key is None else str(getattr(self, self.grid_key))

    @property
    def own_layers(self) -> bool:
        """Whether files of the user's give layers, beside the ground."""
        told = (*_OF_ANY, "elevation", *_OF_GRID)
        return any(value is not None for key, value in self if key not in told)

    @field_validator("covariates")
    @classmethod
    def _named(
        cls, covariates: Mapping[str, CovariateSettings] | None
    ) -> Mapping[str, CovariateSettings] | None:
        for name in covariates or ():
            if not re.fullmatch("[a-z][a-z0-9_]{0,39}", name):
                raise ValueError(
                    f"{name[:60]!r} is no name of a covariate: small letters, digits and _, "
                    "beginning with a letter"
                )
            if name in LAYERS:
                raise ValueError(f"{name} is a layer of the landscape: use another name")
        return covariates
