"""The section ``[landscape]`` of a scenario file."""

from __future__ import annotations

from typing import Any

from pydantic import Field, field_validator, model_validator

from corridor_sim.toml.strict import FileName, Line, Strict

BUILTIN_LANDSCAPE = "andes-amazon"
# a step of an animal is tens of metres and more; home ranges are tens of kilometres
CELL_M = (10.0, 50_000.0)
# what is said of a grid and of heights; the built-in landscape has its own
_OF_ELEVATION = ("crs", "extent", "sea_level_temperature_c", "lapse_c_per_km")
# what may be said of any landscape; every other key is about a file
_OF_ANY = ("source", "name", "cell_m", "join_within_m")


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
        Raster of heights in metres, which sets the grid; without it the built-in landscape does.
    land_cover, land_cover_codes : str
        Raster of class codes, and the table (CSV or TOML) that translates them.
    cover_classes : str
        Table of the map's own classes: a file (CSV or TOML), or ``"corine"``, ``"esa-worldcover"``,
        ``"mapbiomas"`` or ``"nlcd"``. The raster then holds their codes, or those that
        ``land_cover_codes`` translates to their keys.
    temperature : str
        Raster of mean annual temperature in degrees Celsius; else
        ``sea_level_temperature_c - lapse_c_per_km * z / 1000``.
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
    sea_level_temperature_c, lapse_c_per_km : float
        Used where ``temperature`` is absent; defaults fit stations of southern Ecuador between
        600 and 4120 m.
    join_within_m : float
        Core areas whose cells lie within this distance, edge to edge, are one block, between which
        exchange is not counted; 0 joins only areas that touch.
    """

    source: str | None = None
    name: Line | None = None
    cell_m: float | None = Field(default=None, ge=CELL_M[0], le=CELL_M[1])
    elevation: FileName | None = None
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
    sea_level_temperature_c: float = Field(default=26.4, ge=-20, le=40)
    # air that rises without condensing cools by 9.8 degrees per km; no mean is steeper
    lapse_c_per_km: float = Field(default=5.2, ge=0, le=10)
    join_within_m: float = Field(default=0.0, ge=0, le=1e6)

    @model_validator(mode="before")
    @classmethod
    def _one_source(cls, data: Any) -> Any:
        if isinstance(data, dict):
            if "elevation" in data and "source" in data:
                raise ValueError("give either source or elevation, not both")
            fields = cls.model_fields
            own = [k for k in _OF_ELEVATION if k in data and data[k] != fields[k].default]
            if own and "elevation" not in data:
                raise ValueError(
                    f"{own[0]} needs elevation: the built-in landscape has its own grid and heights"
                )
        return data

    @field_validator("source")
    @classmethod
    def _known(cls, value: str | None) -> str | None:
        if value not in (None, BUILTIN_LANDSCAPE):
            raise ValueError(
                f"the built-in landscape is {BUILTIN_LANDSCAPE!r}; for your own data give elevation"
            )
        return value

    @property
    def own_layers(self) -> bool:
        """Whether files of the user's give layers, beside the ground."""
        told = (*_OF_ANY, "elevation", *_OF_ELEVATION)
        return any(value is not None for key, value in self if key not in told)
