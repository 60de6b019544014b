"""The section ``[landscape]`` of a scenario file."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from corridor_sim.toml.strict import FileName, Line, Strict

BUILTIN_LANDSCAPE = "andes-amazon"
# a step of an animal is tens of metres and more; home ranges are tens of kilometres
CELL_M = (10.0, 50_000.0)
# what is said of a grid, and of heights; the built-in landscape has its own
_OF_GRID = ("crs", "extent")
_OF_ELEVATION = ("sea_level_temperature_c", "lapse_c_per_km")
# the raster that sets the grid is the first of these that is given
_GRIDS = ("elevation", "land_cover", "grid")
# what may be said of any landscape; every other key is about a file
_OF_ANY = ("source", "name", "cell_m", "join_within_m", "nodata", "fill_voids_km2")


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
    grid: FileName | None = None
    nodata: Literal["mask", "refuse"] | None = None
    mask: FileName | None = None
    fill_voids_km2: float | None = Field(default=None, ge=0, le=1e6)
    land_cover: FileName | None = None
    land_cover_codes: FileName | None = None
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
            for key in ("elevation", "grid"):
                if key in data and "source" in data:
                    raise ValueError(f"give either source or {key}, not both")
            for key in ("elevation", "land_cover"):
                if key in data and "grid" in data:
                    raise ValueError(f"{key} sets the grid; drop grid")
            fields = cls.model_fields
            given = {k for k, one in data.items() if k in fields and one != fields[k].default}
            gridded = given.intersection(_GRIDS) and "source" not in given
            for keys, there, needed in (
                (_OF_GRID, gridded, "elevation, land_cover or grid"),
                (_OF_ELEVATION, "elevation" in given, "elevation"),
            ):
                own = [key for key in keys if key in given]
                if own and not there:
                    raise ValueError(
                        f"{own[0]} needs {needed}: the built-in landscape has its own grid and "
                        "heights"
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
        told = (*_OF_ANY, "elevation", *_OF_GRID, *_OF_ELEVATION)
        return any(value is not None for key, value in self if key not in told)
