"""The forms in which a CRS may come, and the one the program works with: a plane on the Earth."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from corridor_sim.errors import LandscapeError
from corridor_sim.landscape.io.geo import crs_label, horizontal

# Semi-major axes of every ellipsoid and sphere in use for the Earth lie within (Everest's 6,377,276
# to the radius 6,370,997 of spheres); Venus has 6,051,800, Mars 3,396,190.
EARTH_RADII_M = (6_330_000.0, 6_400_000.0)
# Anything else is a file or an address, which GDAL would open to look for a CRS in it.
_WRITTEN = re.compile(
    r"[A-Za-z]\w*:[\w.]+(?:\+[\w.]+)?|urn:ogc:def:crs:[\w:.+-]+|\+[\x20-\x7e]+"
    r"|[A-Z_0-9]+\s*\[.*\]|\{.*\}|WGS84|NAD83|NAD27",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class HorizontalCrs:
    """A horizontal CRS and the unit of the heights that came with it (``""`` if none)."""

    crs: Any
    height_unit: str = ""
    downwards: bool = False


def crs_from_text(text: str, where: str) -> Any:
    """The CRS that a setting names: a code, a PROJ string or WKT; never a file or an address.

    Raises
    ------
    LandscapeError
        It is none of these, or PROJ does not know it.
    """
    from rasterio.crs import CRS
    from rasterio.errors import CRSError

    try:
        if not _WRITTEN.fullmatch(text.strip()):
            raise ValueError
        return CRS.from_user_input(text.strip())
    except (CRSError, ValueError) as error:
        raise LandscapeError(
            f"{text[:80]!r} is no known CRS", where=where, remedy="write it as 'EPSG:32717'"
        ) from error


def flat(crs: Any, where: str, remedy: str) -> HorizontalCrs:
    """Reduce a CRS to its horizontal part; heights of a compound one are told apart.

    Raises
    ------
    LandscapeError
        It belongs to another planet, to no planet (a local, engineering CRS), to the Earth's
        centre, or PROJ does not understand it.
    """
    from pyproj import CRS as Proj
    from rasterio.crs import CRS

    try:
        whole = Proj.from_wkt(crs.to_wkt())
        plane, unit, down = whole, "", False
        if whole.is_compound:
            plane, upright = horizontal(whole), whole.sub_crs_list[1].axis_info
            unit, down = upright[0].unit_name, upright[0].direction == "down"
        elif len(whole.axis_info) == 3 and not whole.is_geocentric:
            unit, down = whole.axis_info[2].unit_name, whole.axis_info[2].direction == "down"
            plane = whole.to_2d()
    except Exception as error:  # PROJ has several ways to say that a text is no CRS
        raise LandscapeError(
            "has a CRS that PROJ cannot read", where=where, remedy=remedy
        ) from error
    inner = plane.source_crs if plane.is_bound else plane
    if inner is None or inner.is_geocentric or not (inner.is_projected or inner.is_geographic):
        kind = "geocentric" if inner is not None and inner.is_geocentric else "local"
        raise LandscapeError(
            f"has a {kind} CRS ({whole.name[:60]!r}), which says nothing of its place on a map",
            where=where,
            remedy=remedy,
        )
    radius = inner.ellipsoid.semi_major_metre if inner.ellipsoid else 0.0
    if not EARTH_RADII_M[0] < radius < EARTH_RADII_M[1]:
        raise LandscapeError(
            f"has a CRS of another planet ({crs_label(crs)[:60]}, radius {radius / 1000:.0f} km)",
            where=where,
            remedy=remedy,
        )
    if plane is whole:
        return HorizontalCrs(crs)
    code = plane.to_authority(min_confidence=100)
    kept = CRS.from_user_input(":".join(code)) if code else CRS.from_wkt(plane.to_wkt())
    return HorizontalCrs(kept, unit, down)


def metres_per_unit(crs: Any) -> float:
    """Length of one unit of the CRS in metres, along a meridian where it is an angle."""
    factor = float(crs.units_factor[1])
    return factor * 6_371_000.0 if crs.is_geographic else factor


def full_circle(crs: Any) -> float:
    """After how many units the same place comes again: 360 degrees, 400 grads; 0 on a plane."""
    if not crs.is_geographic:
        return 0.0
    return round(math.tau / float(crs.units_factor[1]), 9)
