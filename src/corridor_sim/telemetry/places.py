"""Places of fixes: coordinate systems told or refused, and metres in one of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Proj

from corridor_sim.errors import TracksError, placing
from corridor_sim.landscape.io.geo import (
    crs_from_text,
    crs_label,
    flat,
    full_circle,
    metres_per_unit,
    mover,
)

F64 = NDArray[np.float64]
DEGREES = "EPSG:4326"
# a length on the map may differ by so much from that on the ground before it is told
MOST_DISTORTION = 0.01
# a projected CRS is used a little beyond the area that it was made for; further out it is a mistake
MARGIN_DEG = 10.0
# there and back again
CLOSED_M = 1.0


@dataclass(frozen=True, slots=True)
class Crs:
    """A coordinate system of x and y.

    Attributes
    ----------
    text : str
        ``EPSG:32717``, or WKT where it has no code.
    label : str
        For people.
    degrees : bool
        Whether it gives longitude and latitude; else it is projected.
    metres : float
        Length of one unit in metres.
    """

    text: str
    label: str
    degrees: bool
    metres: float


def crs_of(given: str | int, key: str) -> Crs:
    """Return the CRS that a setting names: ``EPSG:3035``, its number, WKT or a PROJ string.

    Raises
    ------
    TracksError
        It is unknown, or not one of the Earth's surface.
    """
    text = f"EPSG:{given}" if isinstance(given, int) or given.strip().isdigit() else given
    with placing(key, TracksError):
        known = flat(crs_from_text(text), "write it as 'EPSG:32717'").crs
        mover(known, DEGREES)
    code = known.to_authority()
    degrees = bool(known.is_geographic)
    if degrees and round(full_circle(known)) != 360:
        raise TracksError(
            f"the CRS {crs_label(known)} does not count in degrees",
            where=key,
            remedy="use EPSG:4326",
        )
    return Crs(
        ":".join(code) if code else str(known.to_wkt()),
        crs_label(known),
        degrees,
        1.0 if degrees else metres_per_unit(known),
    )


def metric(crs: Crs, key: str) -> Crs:
    """Return a CRS if its x and y are metres.

    Raises
    ------
    TracksError
    """
    if crs.degrees or abs(crs.metres - 1.0) > 1e-9:
        unit = "degrees" if crs.degrees else f"units of {crs.metres:g} m"
        raise TracksError(
            f"{crs.label} counts in {unit}, and steps need metres",
            where=key,
            remedy="give a projected CRS in metres, such as the UTM zone of the place",
        )
    return crs


def first_misplaced(x: F64, y: F64, crs: Crs) -> tuple[int, str, str] | None:
    """Return the first fix that lies nowhere in its CRS, what is wrong, and a remedy.

    Parameters
    ----------
    x, y : float64 ``[n]``
        As the file has them; longitude and latitude where the CRS is one of degrees.
    crs : Crs
    """
    if not x.size:
        return None
    if crs.degrees:
        bad = (np.abs(y) > 90.0) | (x < -180.0) | (x > 360.0)
        if not bad.any():
            return None
        i = int(np.argmax(bad))
        turned = np.abs(x).max() <= 90.0 and np.abs(y).max() <= 360.0
        remedy = "longitude and latitude look exchanged" if turned else "say which crs it is"
        return i, f"longitude {x[i]:g}, latitude {y[i]:g} is no place on the Earth", remedy
    if np.abs(x).max() <= 360.0 and np.abs(y).max() <= 90.0:
        said = f"x {x[0]:g}, y {y[0]:g} look like degrees, and crs is {crs.label}"
        return 0, said, "give crs = EPSG:4326"
    lon, lat = mover(crs.text, DEGREES).transform(x, y)
    back_x, back_y = mover(DEGREES, crs.text).transform(lon, lat)
    with np.errstate(invalid="ignore"):
        off = np.hypot(np.asarray(back_x) - x, np.asarray(back_y) - y) * crs.metres
        bad = ~(off <= CLOSED_M) | _beyond(crs, np.asarray(lon), np.asarray(lat))
    if not bad.any():
        return None
    i = int(np.argmax(bad))
    return i, f"x {x[i]:g}, y {y[i]:g} lies outside of {crs.label}", "check crs, and x and y"


def _beyond(crs: Crs, lon: F64, lat: F64) -> NDArray[np.bool_]:
    area = CRS.from_user_input(crs.text).area_of_use
    if area is None:
        return np.zeros(lon.shape, bool)
    half = (area.east - area.west) % 360.0 / 2 or 180.0
    middle = area.west + half
    aside = np.abs((lon - middle + 180.0) % 360.0 - 180.0)
    return np.asarray(
        (aside > half + MARGIN_DEG)
        | (lat < area.south - MARGIN_DEG)
        | (lat > area.north + MARGIN_DEG)
    )


def to_degrees(x: F64, y: F64, crs: Crs) -> tuple[F64, F64]:
    """Return longitude (-180 to 180) and latitude of places, WGS 84."""
    lon, lat = x, y
    if crs.text != DEGREES:
        lon, lat = (np.asarray(one) for one in mover(crs.text, DEGREES).transform(x, y))
    return (lon + 180.0) % 360.0 - 180.0, lat


def mean_place(lon: F64, lat: F64) -> tuple[float, float]:
    """Return mean longitude, also across the 180th meridian, and mean latitude."""
    turn = np.radians(lon)
    middle = float(np.degrees(np.arctan2(np.sin(turn).mean(), np.cos(turn).mean())))
    return middle, float(lat.mean())


def utm_zone(lon: float, lat: float) -> str:
    """Return the UTM zone of a place on WGS 84; beyond 84 degrees the polar one.

    >>> utm_zone(-57.0, -19.5), utm_zone(9.9, 54.1), utm_zone(180.0, 1.0)
    ('EPSG:32721', 'EPSG:32632', 'EPSG:32660')
    """
    if abs(lat) > 84.0:
        return "EPSG:32661" if lat > 0 else "EPSG:32761"
    zone = min(60, int((lon + 180.0) // 6) + 1)
    return f"EPSG:{(32600 if lat >= 0 else 32700) + zone}"


def distortion(crs: Crs, lon: F64, lat: F64) -> float:
    """Return by which share lengths on the map differ most from those on the ground.

    At the mean place and at the corners between which 98 % of fixes lie.
    """
    west = mean_place(lon, lat)[0]
    aside = (lon - west + 180.0) % 360.0 - 180.0
    a, b = (west + one for one in np.quantile(aside, (0.01, 0.99)))
    south, north = np.quantile(lat, (0.01, 0.99))
    at_lon, at_lat = [west, a, a, b, b], [float(lat.mean()), south, north, south, north]
    turned = (np.array(at_lon) + 180.0) % 360.0 - 180.0
    factors = Proj(crs.text).get_factors(turned, np.array(at_lat))
    scale = np.concatenate([factors.meridional_scale, factors.parallel_scale])
    worst = np.abs(scale - 1.0).max()
    return float(worst) if np.isfinite(worst) else float("inf")


def to_metres(x: F64, y: F64, crs: Crs, target: Crs) -> tuple[F64, F64]:
    """Return places in metres of another CRS; what it does not reach is not finite."""
    if crs.text == target.text:
        return x, y
    x_m, y_m = mover(crs.text, target.text).transform(x, y)
    return np.asarray(x_m, np.float64), np.asarray(y_m, np.float64)
