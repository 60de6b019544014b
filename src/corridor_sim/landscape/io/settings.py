"""The section ``[landscape]`` of a scenario file."""

from __future__ import annotations

from typing import Any

from pydantic import Field, field_validator, model_validator

from corridor_sim.landscape.region import RegionSettings
from corridor_sim.toml.strict import FileName, Line, Strict

BUILTIN_LANDSCAPE = "andes-amazon"
# a step of an animal is tens of metres and more; home ranges are tens of kilometres
CELL_M = (10.0, 50_000.0)
# numbers of the region that may also stand beside the files
OF_REGION = ("sea_level_temperature_c", "lapse_c_per_km")


class LandscapeSettings(Strict):
    """``[landscape]``: the built-in landscape, or the user's own files (``elevation = ...``).

    Paths are strings relative to the scenario's folder (or absolute). ``None`` means not given.
    A raster with several variables or bands names one: ``"climate.nc|variable=tas|band=3"``.

    Attributes
    ----------
    source : str
        Name of the built-in landscape, where no ``elevation`` is given.
    elevation : str
        Raster of heights in metres, which sets the grid.
    land_cover, land_cover_codes : str
        Raster of class codes, and the table (CSV or TOML) that translates them.
    temperature : str
        Raster of mean annual temperature in degrees Celsius; else
        ``sea_level_temperature_c - lapse_c_per_km * z / 1000`` of the region.
    protected_areas, protected_name_field : str
        Polygons of the core areas, and the field with their names.
    roads, road_class_field : str
        Lines, and a field of 1 (secondary) or 2 (primary); all are 1 without it.
    rivers, river_width_field_m : str
        Lines or polygons, and a field with the width in metres; all are class 1 without it.
    settlements : str
        Points or polygons; their cells become settlement in the land cover.
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
    """

    source: str | None = None
    name: Line | None = None
    cell_m: float | None = Field(default=None, ge=CELL_M[0], le=CELL_M[1])
    elevation: FileName | None = None
    land_cover: FileName | None = None
    land_cover_codes: FileName | None = None
    temperature: FileName | None = None
    protected_areas: FileName | None = None
    protected_name_field: str | None = None
    roads: FileName | None = None
    road_class_field: str | None = None
    rivers: FileName | None = None
    river_width_field_m: str | None = None
    settlements: FileName | None = None
    crs: str | None = None
    extent: str | None = None
    region: RegionSettings | None = None
    sea_level_temperature_c: float | None = Field(default=None, ge=-20, le=40)
    lapse_c_per_km: float | None = Field(default=None, ge=0, le=10)
    join_within_m: float = Field(default=0.0, ge=0, le=1e6)

    @model_validator(mode="before")
    @classmethod
    def _one_source(cls, data: Any) -> Any:
        if isinstance(data, dict):
            if "elevation" in data and "source" in data:
                raise ValueError("give either source or elevation, not both")
            fields = cls.model_fields
            own = [
                key
                for key, value in data.items()
                if key in fields
                and key not in ("source", "name", "cell_m", "join_within_m")
                and value != fields[key].default
            ]
            if own and "elevation" not in data:
                raise ValueError(f"{own[0]} needs elevation, the raster that sets the grid")
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
