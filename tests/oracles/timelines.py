"""Landscapes through the years for tests: plain ground, its rules, and a road to come."""

from __future__ import annotations

from typing import Any

import numpy as np

from corridor_sim import Landscape, edits
from corridor_sim.landscape import climate
from corridor_sim.landscape.covers import cover_table
from corridor_sim.landscape.region import shipped_region
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.landscape.timeline.rules import Change, ClearingRule, DatedEdit, RateFrom
from corridor_sim.landscape.timeline.timeline import Timeline
from oracles.andes_covers import COVERS, FOREST_CODES

PASTURE, SECONDARY = COVERS["pasture"].code, COVERS["secondary_forest"].code
CRS = "EPSG:32717"
# the region on whose numbers synthetic landscapes stand
HERE, COVER_TABLE = shipped_region("andes-amazon"), cover_table("andes-amazon")
LAPSE_C_PER_M = HERE.lapse_c_per_km / 1000


def temperature_at(z: Any) -> np.ndarray:
    return climate.temperature_at(z, HERE.sea_level_temperature_c, LAPSE_C_PER_M)


def natural_zone(z: Any) -> np.ndarray:
    return climate.natural_zone(z, HERE.zones, COVER_TABLE)


def warming_c(ssp: str, year: int, spread: str = "central") -> float:
    return climate.pathway_warming_c(HERE.warming, ssp, year, spread)


def timeline(
    land: Landscape, years: int = 50, seed: int = 1, start: int = 2025, **rules
) -> Timeline:
    return Timeline(land, Change(**rules), start_year=start, n_years=years, seed=seed)


def clearing(rate: float, **options) -> ClearingRule:
    return ClearingRule(rate=rate, **options)


def rates(*pairs: tuple[int, float]) -> tuple[RateFrom, ...]:
    """Rates of clearing with the year from which each holds."""
    return tuple(RateFrom(from_year=year, rate=rate) for year, rate in pairs)


def forest(land: Landscape) -> np.ndarray:
    return np.isin(land["land_cover"], FOREST_CODES)


def slope_of_heights(low_m: float, high_m: float, height: int = 60, width: int = 60) -> Landscape:
    """Ground that rises from south to north, under the natural zones of its heights."""
    z = np.repeat(np.linspace(high_m, low_m, height, dtype=np.float32)[:, None], width, 1)
    return uniform(
        height, width, elevation_m=z, temperature_c=temperature_at(z), land_cover=natural_zone(z)
    )


def new_road(opens: int = 2035) -> DatedEdit:
    points = ((900_500, 9_660_500), (979_500, 9_660_500))
    return DatedEdit(opens, edits.AddRoad(name="R", points=points, crs=CRS))


def farmed_land() -> Landscape:
    """Forest with a road down the middle and a strip of pasture."""
    road = np.zeros((80, 80), np.uint8)
    road[:, 40] = 1
    cover = np.full((80, 80), COVERS["premontane_forest"].code, np.uint8)
    cover[:6] = PASTURE
    return uniform(80, 80, road=road, land_cover=cover)


def wild_land() -> Landscape:
    """Forest with one road along its northern edge, out of reach of the south."""
    road = np.zeros((80, 80), np.uint8)
    road[0] = 1
    return uniform(80, 80, road=road)
