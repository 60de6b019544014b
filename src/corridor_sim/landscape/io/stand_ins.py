"""What stands in for layers that a user did not give, told in the layers' origins."""

from __future__ import annotations

from dataclasses import replace

from corridor_sim.landscape.andes import PLACE, in_the_andes, place_of, refuse_elsewhere
from corridor_sim.landscape.climate import LAPSE_C_PER_M, SEA_LEVEL_C
from corridor_sim.landscape.derive import (
    ACCESS_SCALE_M,
    ROOST_MIN_ELEVATION_M,
    ROOST_SLOPE_DEG,
    WIND_FROM_DEG,
    WIND_SPEED_MS,
)
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.io.code_table import CodeTable
from corridor_sim.landscape.landscape import Origin

# what the derived layers assume, wherever the map lies; set for the Andes of Ecuador and Peru
_ASSUMED = {
    "hazard_access": f"people reach {ACCESS_SCALE_M / 1000:g} km from roads and settlements",
    "lift_orographic_ms": f"a wind of {WIND_SPEED_MS:g} m/s from {WIND_FROM_DEG:g}°",
    "lift_thermal_ms": "a lift for each land cover",
    "roost": f"cliffs of {ROOST_SLOPE_DEG:g}° above {ROOST_MIN_ELEVATION_M:g} m",
}


def refuse_zones_elsewhere(table: CodeTable, grid: Grid, where: str) -> None:
    """Refuse ``by_elevation`` where the zones of the Andes do not hold.

    Raises
    ------
    ScenarioError
    """
    if table.by_elevation:
        refuse_elsewhere(
            grid,
            "by_elevation stands for the natural zones",
            where=where,
            remedy="name the cover that each code comes nearest to, such as premontane_forest",
        )


def tell_of_stand_ins(
    grid: Grid, origins: dict[str, Origin], *, lapse: tuple[float, float]
) -> None:
    """Add to the origins of a user's layers what was assumed for them, and where that was found.

    Parameters
    ----------
    grid : Grid
    origins : dict of Origin
        By layer; changed in place.
    lapse : pair of float
        Temperature at sea level in °C and its fall per km, used where no temperature was given.
    """
    away = "" if in_the_andes(grid) else f", not of this map at {place_of(grid)}"
    for name, assumed in _ASSUMED.items():
        if name in origins:
            _add(origins, name, f"; {assumed}, as in {PLACE}{away}")
    if origins["land_cover"].status == "approximated" and away:
        _add(origins, "land_cover", f"; zones of {PLACE}{away}")
    if origins["temperature_c"].status == "approximated" and away:
        theirs = [
            word
            for word, here, there in (
                ("sea_level_temperature_c", lapse[0], SEA_LEVEL_C),
                ("lapse_c_per_km", lapse[1], LAPSE_C_PER_M * 1000),
            )
            if here == there
        ]
        if theirs:
            _add(origins, "temperature_c", f"; {' and '.join(theirs)} of {PLACE}{away}")


def _add(origins: dict[str, Origin], name: str, text: str) -> None:
    origins[name] = replace(origins[name], source=origins[name].source + text)
