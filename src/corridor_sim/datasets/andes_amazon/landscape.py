"""The built-in landscape ``andes-amazon``: southern Ecuador and northern Peru on one grid."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.datasets.andes_amazon.cover import build_land_cover, load_igbp
from corridor_sim.datasets.andes_amazon.drainage import build_rivers
from corridor_sim.datasets.andes_amazon.protected import borders, build_protected
from corridor_sim.datasets.andes_amazon.region import region_grid, unproject
from corridor_sim.datasets.andes_amazon.relief import build_elevation
from corridor_sim.datasets.andes_amazon.roads import RoutedRoad, build_roads
from corridor_sim.datasets.andes_amazon.tables import GROUPS
from corridor_sim.datasets.andes_amazon.towns import build_footprints, build_towns
from corridor_sim.landscape.covers import cover_table
from corridor_sim.landscape.derive import derive
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.parts import Origin
from corridor_sim.landscape.region import shipped_region
from corridor_sim.landscape.size import announce

NAME = "andes-amazon"
REGION = shipped_region(NAME)
SEA_LEVEL_C = REGION.needs("sea_level_temperature_c", NAME)
LAPSE_C_PER_KM = REGION.needs("lapse_c_per_km", NAME)
IGBP_WATER = 0

_COMPUTED = "computed from the layers above; it follows when you replace them"
ORIGINS: dict[str, Origin] = {
    "elevation_m": Origin(
        "approximated",
        "real 5' means (ITU-R P.1511-2), refined to the cell by conditioned relief: heights of "
        "single ridges and valleys are plausible, not surveyed",
        '[landscape] elevation = "dem.tif": your maps then take the place of the built-in ones',
    ),
    "temperature_c": Origin(
        "approximated",
        f"{SEA_LEVEL_C} degC at sea level less {LAPSE_C_PER_KM} K per km of height, the lapse seen "
        "between 600 and 4120 m along the Sangay-Podocarpus corridor",
        '[landscape] temperature = "temperature.tif" (mean annual, degC)',
    ),
    "land_cover": Origin(
        "approximated",
        "real MODIS MCD12C1 IGBP classes of 2019 at 0.05 degrees, read with elevation and side of "
        "the mountains as corridor zones, and placed within each class along terrain, roads and "
        "towns by rule; mines and settlements from hand-made tables",
        '[landscape] land_cover = "cover.tif", land_cover_codes = "codes.csv"',
    ),
    "road": Origin(
        "approximated",
        "real names and sequence of places of the main roads, routed between them over the "
        "built-in relief; tracks and minor roads are missing",
        '[landscape] roads = "roads.gpkg" (lines)',
    ),
    "river": Origin(
        "approximated",
        "flow over the built-in relief, the main rivers led past real places along them; width "
        "classes from the runoff upstream",
        '[landscape] rivers = "rivers.gpkg" (lines or polygons)',
    ),
    "protected": Origin(
        "approximated",
        "real names, countries, stated areas and elevation limits, grown over the terrain from "
        "hand-placed axes; boundaries are not the legal ones",
        '[landscape] protected_areas = "areas.gpkg" (polygons)',
    ),
    "protection": Origin("derived", "core areas, and areas added by edits", _COMPUTED),
    "hazard_access": Origin("derived", "distance to roads and settlements", _COMPUTED),
    "slope_deg": Origin("derived", "slope of the cell-mean surface", _COMPUTED),
    "road_distance_m": Origin("derived", "distance to the road layer", _COMPUTED),
    "settlement_distance_m": Origin("derived", "distance to settlement cells", _COMPUTED),
    "lift_orographic_ms": Origin("derived", "mean easterly wind up the slope", _COMPUTED),
    "lift_thermal_ms": Origin("derived", "land cover", _COMPUTED),
    "roost": Origin("derived", "steep cells above 1800 m", _COMPUTED),
}


@lru_cache(maxsize=2)
def _build(cell_m: float) -> tuple[Landscape, tuple[RoutedRoad, ...], NDArray[np.uint8]]:
    grid = region_grid(cell_m)
    step = announce(grid, builtin=True, where=f"andes-amazon at {cell_m:g} m")
    elevation = build_elevation(grid)
    x, y = np.meshgrid(grid.x_centres_m(), grid.y_centres_m())
    lon, lat = unproject(x, y)
    step("rivers")
    river = build_rivers(elevation, grid)
    water = load_igbp().nearest(lon, lat) == IGBP_WATER
    rise = np.gradient(elevation.astype(np.float32), grid.cell_m)
    towns = build_towns(grid)
    built_up = build_footprints(grid, towns, np.hypot(*rise).astype(np.float32), water)
    step("roads")
    road, routes = build_roads(grid, elevation, river, water)
    step("land cover")
    cover, igbp = build_land_cover(grid, elevation, lon, lat, river, road, built_up)
    step("protected areas")
    protected, names, countries = build_protected(grid, elevation, lon, lat, cover, road, built_up)
    temperature = (SEA_LEVEL_C - LAPSE_C_PER_KM * elevation / 1000.0).astype(np.float32)
    layers: dict[str, NDArray[Any]] = {
        "elevation_m": elevation,
        "temperature_c": temperature,
        "land_cover": cover,
        "road": road,
        "river": river,
        "protected": protected,
    }
    land = Landscape(
        name=NAME,
        grid=grid,
        layers=derive(grid, layers, cover_table(NAME), REGION),
        zone_names=names,
        zone_countries=countries,
        zone_groups={
            group: present
            for group, members in GROUPS.items()
            if len(present := tuple(m for m in members if m in names)) > 1
        },
        town_list=towns,
        origins=ORIGINS,
        borders=borders(),
        covers=cover_table(NAME),
        region=REGION,
    )
    igbp.setflags(write=False)
    return land, routes, igbp


def andes_amazon(cell_m: float = 1000.0) -> Landscape:
    """Return the built-in landscape: the same bits for the same cell size, on every call.

    Temperature is ``T = 26.4 - 5.2 z`` (degC, z in km), which reproduces 23.3 degC at 600 m and
    5.0 degC at 4120 m, the ends of the Sangay-Podocarpus corridor (El Telégrafo, 31 July 2018).

    Parameters
    ----------
    cell_m : float
        Edge of a cell in metres, 30 to 10,000.

    Raises
    ------
    LandscapeError
        When ``cell_m`` is outside that range.
    """
    return _build(float(cell_m))[0]


def andes_amazon_roads(cell_m: float = 1000.0) -> tuple[RoutedRoad, ...]:
    """Return the named courses of the roads of :func:`andes_amazon`, for labels on maps."""
    return _build(float(cell_m))[1]


def andes_amazon_igbp(cell_m: float = 1000.0) -> NDArray[np.uint8]:
    """Return the refined IGBP class behind every cell of :func:`andes_amazon`, read-only."""
    return _build(float(cell_m))[2]
