"""What a species meets on a landscape: barriers that it may not cross, hazards that kill."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.crossing import NO_GROUND
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.strips import Strip
from corridor_sim.species.traits import Species

F32 = NDArray[np.float32]
DAYS_PER_YEAR = 365.25


def permeability_of(species: Species, land: Landscape | Strip) -> F32:
    """Probability of crossing at an encounter, 1 without a barrier, ``[height, width]``.

    :data:`NO_GROUND` where there is none.
    """
    b = species.barriers
    p = np.ones(land.grid.shape, np.float32)
    for layer, code, value in (
        ("road", 1, b.road_secondary.value),
        ("road", 2, b.road_primary.value),
        ("river", 2, b.river_50_300m.value),
        ("river", 3, b.river_over_300m.value),
        *(("land_cover", code, b.settlement.value) for code in land.covers.codes("settlement")),
    ):
        p = np.where(land[layer] == code, np.minimum(p, np.float32(value)), p)
    if land.outside is not None:
        p[land.outside] = NO_GROUND
    return np.ascontiguousarray(p)


def hazards_of(species: Species, land: Landscape | Strip) -> F32:
    """Hazard per day of hunting, road and poison, ``[3, height, width]``.

    Hunting falls off with access on foot, and where ground is protected to the region's share.
    """
    m = species.mortality
    inside, outside = m.hunting_inside_per_year.value, m.hunting_outside_per_year.value
    held_back = land.region.protected_hunting_factor
    shielded = np.where(land["protection"] > 0, 1.0 if held_back is None else held_back, 1.0)
    hunting = (inside + (outside - inside) * land["hazard_access"] * shielded) / DAYS_PER_YEAR
    road = np.where(
        land["road"] == 2,
        m.road_primary_per_day.value,
        np.where(land["road"] == 1, m.road_secondary_per_day.value, 0.0),
    )
    open_ground = land.covers.has(land["land_cover"], "poison")
    poison = np.where(
        open_ground & (land["protection"] == 0), m.poison_per_year.value / DAYS_PER_YEAR, 0.0
    )
    hazards = np.stack([hunting, road, poison]).astype(np.float32)
    if land.outside is not None:
        hazards[:, land.outside] = 0
    return hazards
