"""Where the numbers of the Andes hold: natural zones by height, lapse rate, warming, seasons.

The built-in rules that turn a height into a land cover, or a pathway into degrees, were found
between southern Ecuador and Peru. What would change a user's map by them elsewhere is refused; what
stands in for a layer that was not given is told in the layer's origin.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from corridor_sim.errors import LandscapeError, ScenarioError
from corridor_sim.landscape.climate import LAPSE_C_PER_M, SEA_LEVEL_C, natural_zone
from corridor_sim.landscape.covers import CoverTable
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.io.geo import edge_points, move_points
from corridor_sim.landscape.parts import Origin
from corridor_sim.landscape.region import shipped_region

PLACE = "the Andes of Ecuador and Peru"
# Ecuador and Peru with their lowlands, degrees; a map counts as Andean if all of it lies inside.
WEST, SOUTH, EAST, NORTH = -81.5, -18.5, -68.5, 1.5


@lru_cache(maxsize=64)
def _corners(grid: Grid) -> tuple[float, float, float, float]:
    """Return west, south, east and north in degrees; NaN where the CRS knows no place."""
    from rasterio.crs import CRS
    from rasterio.errors import CRSError

    x, y = edge_points(*grid.bounds_m, 9)
    try:
        lon, lat = move_points(x, y, CRS.from_user_input(grid.crs), CRS.from_epsg(4326))
    except CRSError:
        return (np.nan,) * 4
    if not (np.isfinite(lon).all() and np.isfinite(lat).all()):
        return (np.nan,) * 4
    return float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())


def in_the_andes(grid: Grid) -> bool:
    """Whether all of a map lies in :data:`PLACE`."""
    west, south, east, north = _corners(grid)
    return west >= WEST and south >= SOUTH and east <= EAST and north <= NORTH


def place_of(grid: Grid) -> str:
    """Return where the middle of a map lies, in words.

    >>> place_of(Grid(10, 10, 1000.0, 300_000.0, 4_100_000.0, "EPSG:32612"))
    '37.0° N 113.2° W'
    """
    west, south, east, north = _corners(grid)
    if west != west:
        return "no place on earth that its CRS tells"
    lon, lat = (west + east) / 2, (south + north) / 2
    return f"{abs(lat):.1f}° {'N' if lat >= 0 else 'S'} {abs(lon):.1f}° {'E' if lon >= 0 else 'W'}"


def refuse_elsewhere(grid: Grid, what: str, *, where: str, remedy: str) -> None:
    """Refuse a rule of the Andes on a map that lies elsewhere.

    Raises
    ------
    ScenarioError
        In one line: the rule, where the map lies, and what to give instead.
    """
    if not in_the_andes(grid):
        raise ScenarioError(
            f"{what} of {PLACE}, and this map lies at {place_of(grid)}", where=where, remedy=remedy
        )


def natural_cover(
    land_cover: NDArray[np.uint8], elevation_m: NDArray[np.float32], covers: CoverTable, grid: Grid
) -> NDArray[np.uint8]:
    """Return what grows on each cell that is left to nature, ``[height, width]``.

    In the Andes, with their table of classes, the natural zone of its height; elsewhere the cover
    of the nearest natural ground, since nobody told the zones of the place.

    Raises
    ------
    LandscapeError
        If a map elsewhere holds no natural ground.
    """
    if in_the_andes(grid) and covers.name == _HERE.name:
        return natural_zone(elevation_m)
    source = covers.has(land_cover, "natural")
    for stays in ("water", "barren", "regrowth"):
        # natural ground that does not spread over land given back to nature
        source &= ~covers.has(land_cover, stays)
    if not source.any():
        raise LandscapeError(
            "no natural ground is on the map from which land could be restored",
            where="land_cover",
            remedy="give a land cover with the natural covers of the place",
        )
    row, col = distance_transform_edt(~source, return_distances=False, return_indices=True)
    return np.asarray(land_cover[row, col], np.uint8)


def seasons() -> str:
    """Return what is assumed of the seasons of every map."""
    return (
        "January to June and July to December, as near the equator; a species' seasonal shift of "
        f"elevation counts {LAPSE_C_PER_M * 1000:g} °C per km, as in {PLACE}"
    )


# what the derived layers assume, wherever the map lies; set for the Andes of Ecuador and Peru
_HERE = shipped_region("andes-amazon")
_ASSUMED = {
    "hazard_access": f"people reach {(_HERE.access_scale_m or 0) / 1000:g} km from roads and "
    "settlements",
    "lift_orographic_ms": f"a wind of {_HERE.wind_speed_ms:g} m/s from {_HERE.wind_from_deg:g}°",
    "lift_thermal_ms": "a lift for each land cover",
    "roost": f"cliffs of {_HERE.roost_slope_deg:g}° above {_HERE.roost_min_elevation_m:g} m",
}


def tell_of_stand_ins(
    grid: Grid, origins: dict[str, Origin], *, lapse: tuple[float, float]
) -> None:
    """Add to the origins of a user's layers what was assumed for them, and where that was found.

    Parameters
    ----------
    origins : dict of Origin
        By layer; changed in place.
    lapse : pair of float
        Temperature at sea level in °C and its fall per km, used where no temperature was given.
    """
    away = "" if in_the_andes(grid) else f", not of this map at {place_of(grid)}"
    for name, assumed in _ASSUMED.items():
        if name in origins:
            origins[name] = origins[name].noted(f"; {assumed}, as in {PLACE}{away}")
    if origins["land_cover"].status == "approximated" and away:
        origins["land_cover"] = origins["land_cover"].noted(f"; zones of {PLACE}{away}")
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
            origins["temperature_c"] = origins["temperature_c"].noted(
                f"; {' and '.join(theirs)} of {PLACE}{away}"
            )
