"""Where on Earth a map lies, which region's numbers hold there, and what they stand in for."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from corridor_sim.errors import LandscapeError, placing
from corridor_sim.landscape.climate import natural_zone
from corridor_sim.landscape.covers import CoverTable
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.io.geo import edge_points, move_points
from corridor_sim.landscape.parts import Origin
from corridor_sim.landscape.region import NO_REGION, SHIPPED, Region, RegionSettings, shipped_region


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


def lies_within(grid: Grid, bounds_deg: tuple[float, float, float, float]) -> bool:
    """Whether all of a map lies within west, south, east and north in degrees."""
    west, south, east, north = _corners(grid)
    low_x, low_y, high_x, high_y = bounds_deg
    return west >= low_x and south >= low_y and east <= high_x and north <= high_y


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


def region_at(grid: Grid, given: RegionSettings | None = None) -> Region:
    """Return the region whose numbers hold on a map.

    Parameters
    ----------
    given : RegionSettings, optional
        What the user says of it. The region named by ``like``, else one that ships and within
        whose bounds all of the map lies, else none, with the user's own numbers on top.

    Raises
    ------
    LandscapeError
        An unknown name in ``like``, with the nearest.
    """
    like = None if given is None else given.like
    if like is not None:
        base = Region() if like == NO_REGION else shipped_region(like)
    else:
        base = Region()
        for name in SHIPPED:
            one = shipped_region(name)
            if one.bounds_deg is not None and lies_within(grid, one.bounds_deg):
                base = one
    return base if given is None else given.on_top_of(base)


def with_known_zones(region: Region, covers: CoverTable, own: Collection[str]) -> Region:
    """Return the region without natural zones of land covers that a landscape does not know.

    Zones of a region that ships hold for its own land cover alone.

    Raises
    ------
    LandscapeError
        The user's own zones name a cover that is not in the table, with the nearest.
    """
    if "zones" in own:
        with placing("[landscape.region] zones", LandscapeError):
            for zone in region.zones:
                covers[zone.cover]
    if all(zone.cover in covers.by_key for zone in region.zones):
        return region
    return region.model_copy(update={"zones": ()})


def natural_cover(
    land_cover: NDArray[np.uint8],
    elevation_m: NDArray[np.float32],
    region: Region,
    covers: CoverTable,
) -> NDArray[np.uint8]:
    """Return what grows on each cell that is left to nature, ``[height, width]``.

    Where the region tells its natural zones the zone of its height; elsewhere the cover of the
    nearest natural ground that spreads, which water, rock and regrowth do not.

    Raises
    ------
    LandscapeError
        If a map without zones holds no such ground.
    """
    if region.zones and all(zone.cover in covers.by_key for zone in region.zones):
        return natural_zone(elevation_m, region.zones, covers)
    source = covers.has(land_cover, "natural")
    for stays in ("water", "barren", "regrowth"):
        source &= ~covers.has(land_cover, stays)
    if not source.any():
        raise LandscapeError(
            "no natural ground is on the map from which land could be restored",
            where="land_cover",
            remedy="give a land cover with the natural covers of the place, or zones under "
            "[landscape.region]",
        )
    row, col = distance_transform_edt(~source, return_distances=False, return_indices=True)
    return np.asarray(land_cover[row, col], np.uint8)


def seasons(region: Region) -> str:
    """Return what the region says of its seasons; nothing where it tells none."""
    if region.season_start_day is None:
        return ""
    lapse = region.lapse_c_per_km
    told = f"two halves of the year, the first from day {region.season_start_day} on (0 = 1 Jan)"
    if lapse is not None:
        told += f"; a species' seasonal shift of elevation counts {lapse:g} °C per km"
    return told


# what derived layers and the temperature rest on: keys of the region, and words for their numbers
_RESTS_ON: dict[str, tuple[tuple[str, ...], str]] = {
    "temperature_c": (
        ("sea_level_temperature_c", "lapse_c_per_km"),
        "T = {0:g} - {1:g} z / km from the elevation",
    ),
    "hazard_access": (
        ("access_scale_m",),
        "human access falls to 1/e {0:g} m from roads and settlements",
    ),
    "lift_orographic_ms": (("wind_speed_ms", "wind_from_deg"), "a wind of {0:g} m/s from {1:g}°"),
    "roost": (("roost_slope_deg", "roost_min_elevation_m"), "cliffs of {0:g}° above {1:g} m"),
}


def tell_of_region(origins: dict[str, Origin], region: Region, own: Collection[str]) -> None:
    """Add to the origins of a user's layers which numbers of the region they rest on.

    Parameters
    ----------
    origins : dict of Origin
        By layer; changed in place. A temperature that was read, or that nobody gave, says so
        already.
    own : collection of str
        Keys that the user gave herself.
    """
    for name, (keys, words) in _RESTS_ON.items():
        if name not in origins or origins[name].status in ("user", "absent"):
            continue
        values = [getattr(region, key) for key in keys]
        missing = [key for key, value in zip(keys, values, strict=True) if value is None]
        if missing:
            origins[name] = origins[name].noted(f"; 0 everywhere: no {' and '.join(missing)} given")
            continue
        theirs = [key for key in keys if key not in own]
        whose = "as you gave it"
        if theirs and region.place:
            whose = (
                f"as in {region.place}"
                if len(theirs) == len(keys)
                else (f"{' and '.join(theirs)} as in {region.place}")
            )
        origins[name] = origins[name].noted(f"; {words.format(*values)}, {whose}")
    if "land_cover" in origins and origins["land_cover"].status == "approximated":
        origins["land_cover"] = origins["land_cover"].noted(zones_told(region, own))


def zones_told(region: Region, own: Collection[str]) -> str:
    """Return whose natural zones a land cover follows, as a note on its origin."""
    if "zones" in own or not region.place:
        return "; zones as you gave them"
    return f"; zones of {region.place}"
