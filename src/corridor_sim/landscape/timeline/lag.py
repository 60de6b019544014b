"""The lag of the zones behind their climate: the squeeze of the highest in numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from corridor_sim.errors import ScenarioError, nearest
from corridor_sim.landscape.landscape import Landscape


@dataclass(frozen=True, slots=True)
class ZoneArea:
    """Area of one natural zone and of the climate that it has today.

    Attributes
    ----------
    cover_km2 : float
        Ground under the zone's cover.
    climate_km2 : float
        Ground as warm as the zone's heights are today, whatever grows there.
    both_km2 : float
        Ground under the zone's cover that has the zone's climate.
    """

    cover_km2: float
    climate_km2: float
    both_km2: float


def zone_area(land: Landscape, zone: str) -> ZoneArea:
    """Return the area of a natural zone by cover and by climate.

    The climate of a zone is the band of temperatures between its lower limit and that of the zone
    above, ``T0 - lapse z`` of the region; both limits climb by ``dT / lapse`` as the air warms,
    the cover by the ecotones' own rate.

    Raises
    ------
    ScenarioError
        For a name that is no natural zone, or a region without zones or lapse rate.
    """
    region, what = land.region, "the area of a natural zone"
    limits = {one.cover: one.from_m for one in region.needs("zones", what)}
    if zone not in limits:
        raise ScenarioError(
            f"no natural zone {zone!r}", where="zone_area", remedy=nearest(zone, limits)
        )
    names = list(limits)
    above = names.index(zone) + 1
    low_m = limits[zone] if above > 1 else -np.inf
    high_m = limits[names[above]] if above < len(names) else np.inf
    sea_level_c = region.needs("sea_level_temperature_c", what)
    lapse = region.needs("lapse_c_per_km", what) / 1000.0
    height_m = (sea_level_c - land["temperature_c"].astype(np.float64)) / lapse
    cover = land["land_cover"] == land.covers[zone].code
    climate = (height_m >= low_m) & (height_m < high_m)
    km2 = land.grid.cell_km2
    return ZoneArea(*(float(mask.sum()) * km2 for mask in (cover, climate, cover & climate)))
