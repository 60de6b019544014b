"""Between files and maps: a quiet GDAL without a network, the forms of CRSs, moving points."""

from __future__ import annotations

import functools
import math
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import LandscapeError
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.polygons import simple_parts

Points = tuple[NDArray[np.float64], NDArray[np.float64]]


@contextmanager
def quiet() -> Iterator[None]:
    """Keep GDAL's chatter and library warnings off the terminal, and GDAL off the network."""
    import rasterio

    with warnings.catch_warnings(), rasterio.Env(**OFFLINE):
        warnings.simplefilter("ignore")
        yield


def edge_points(west: float, south: float, east: float, north: float, n: int) -> Points:
    """``n`` points on each edge of a rectangle: top, right, bottom, left, as ``(x, y)``."""
    x, y = np.linspace(west, east, n), np.linspace(south, north, n)
    return (
        np.concatenate([x, np.full(n, east), x, np.full(n, west)]),
        np.concatenate([np.full(n, north), y, np.full(n, south), y]),
    )


def crs_label(crs: Any) -> str:
    """Authority code of a CRS where it has one (``EPSG:32717``), else its name."""
    authority = crs.to_authority()
    if authority:
        return ":".join(authority)
    wkt = crs.to_wkt()
    return wkt.split('"')[1] if '"' in wkt else str(wkt)


def move_points(x: Any, y: Any, from_crs: Any, to_crs: Any) -> Points:
    """Transform points between CRSs with the warper's own PROJ; unreachable points become inf."""
    import rasterio.warp

    x, y = np.atleast_1d(np.asarray(x, float)), np.atleast_1d(np.asarray(y, float))
    if from_crs == to_crs or not x.size:
        return x, y
    try:
        out = rasterio.warp.transform(from_crs, to_crs, x, y)
    except Exception:  # PROJ refuses the batch if the one point at infinity is in it
        return np.full(x.shape, np.inf), np.full(x.shape, np.inf)
    return np.asarray(out[0], float), np.asarray(out[1], float)


def bounds_text(bounds: tuple[float, float, float, float]) -> str:
    """``west 650000, south 9400000, east 700000, north 9500000``; degrees keep four decimals."""
    digits = 4 if max(abs(v) for v in bounds) <= 360 else 0
    names = ("west", "south", "east", "north")
    shown = (f"{v:.{digits}f}" if abs(v) < 1e9 else f"{v:.3g}" for v in bounds)
    return ", ".join(f"{n} {v}" for n, v in zip(names, shown, strict=True))


def horizontal(crs: Any) -> Any:
    """Return the part of a CRS of pyproj's that gives places: of a compound one the first."""
    while crs.is_compound and crs.sub_crs_list:
        crs = crs.sub_crs_list[0]
    return crs


def mover(from_crs: Any, to_crs: Any) -> Any:
    """A transformer of x and y (longitude before latitude) between two CRSs.

    Of a compound CRS the horizontal part counts. A way that was found once is kept: layers of one
    CRS share it, and looking for one takes a tenth of a second.

    Raises
    ------
    LandscapeError
        Without ``where``: a CRS that is unknown, has no place on the map of the Earth (another
        planet's, a height's, a drawing's), or cannot be brought to the other.
    """
    given = (from_crs, to_crs)
    return _mover(*(one if isinstance(one, str) else str(one.to_wkt()) for one in given))


@functools.lru_cache(maxsize=64)
def _mover(from_crs: str, to_crs: str) -> Any:
    from pyproj import CRS, Transformer
    from pyproj.exceptions import CRSError, ProjError

    ends = []
    for given in (from_crs, to_crs):
        try:
            crs = CRS.from_user_input(given)
        except (CRSError, TypeError, ValueError):
            raise LandscapeError(
                f"unknown CRS {str(given)[:80]!r}", remedy="use 'EPSG:4326' for lon, lat in degrees"
            ) from None
        crs = horizontal(crs)
        if not (crs.is_geographic or crs.is_projected or crs.is_derived):
            raise LandscapeError(
                f"the CRS {crs.name!r} ({crs.type_name}) gives no places on the map",
                remedy="use one of longitude and latitude, or of x and y, on the Earth",
            )
        ends.append(crs)
    try:
        return Transformer.from_crs(ends[0], ends[1], always_xy=True)
    except ProjError:
        raise LandscapeError(
            f"the CRS {ends[0].name!r} cannot be brought to {ends[1].name!r}: it is another "
            "planet's, or no way between them is known",
            remedy="use a CRS of the Earth, such as EPSG:4326 for lon, lat in degrees",
        ) from None


def inner_rectangle(x: Any, y: Any) -> tuple[float, float, float, float]:
    """Largest west, south, east, north inside an outline given as top, right, bottom, left."""
    n = len(x) // 4
    top, right, bottom, left = y[:n], x[n : 2 * n], y[2 * n : 3 * n], x[3 * n :]
    # In a CRS that counts south- or westwards the top of the one is the bottom of the other.
    if np.mean(top) < np.mean(bottom):
        top, bottom = bottom, top
    if np.mean(right) < np.mean(left):
        right, left = left, right
    return float(np.max(left)), float(np.max(bottom)), float(np.min(right)), float(np.min(top))


def grid_crs(grid: Grid) -> Any:
    """The grid's CRS as rasterio's object."""
    from rasterio.crs import CRS

    return CRS.from_user_input(grid.crs)


# Settings of GDAL under which no connection can leave the machine. The list of extensions closes
# its file systems on the network; some drivers fetch without one, and every request of theirs is
# sent to a proxy at a local socket that does not exist, so it fails before a packet is made.
_NOWHERE = "socks5h://localhost/nonexistent/no-network"
OFFLINE = {
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
    "GDAL_HTTP_MAX_RETRY": "0",
    "GDAL_HTTP_PROXY": _NOWHERE,
    "GDAL_HTTPS_PROXY": _NOWHERE,
    "GDAL_VRT_ENABLE_PYTHON": "NO",
    "GDAL_VRT_ENABLE_RAWRASTERBAND": "NO",
    "OGR_SQLITE_ALLOW_EXTERNAL_ACCESS": "NO",
}


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


def crs_from_text(text: str) -> Any:
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
            f"{text[:80]!r} is no known CRS", remedy="write it as 'EPSG:32717'"
        ) from error


def flat(crs: Any, remedy: str) -> HorizontalCrs:
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
        raise LandscapeError("has a CRS that PROJ cannot read", remedy=remedy) from error
    inner = plane.source_crs if plane.is_bound else plane
    if inner is None or inner.is_geocentric or not (inner.is_projected or inner.is_geographic):
        kind = "geocentric" if inner is not None and inner.is_geocentric else "local"
        raise LandscapeError(
            f"has a {kind} CRS ({whole.name[:60]!r}), which says nothing of its place on a map",
            remedy=remedy,
        )
    radius = inner.ellipsoid.semi_major_metre if inner.ellipsoid else 0.0
    if not EARTH_RADII_M[0] < radius < EARTH_RADII_M[1]:
        raise LandscapeError(
            f"has a CRS of another planet ({crs_label(crs)[:60]}, radius {radius / 1000:.0f} km)",
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


Box = tuple[float, float, float, float]

# metres from the grid; no place on the Earth is further away on any map
FARTHEST_M = 1e8

# in the units of a projected CRS; the Mercator map of the Earth to within a metre of the pole has
# 1e8 metres
FARTHEST = 1e9


@dataclass(frozen=True, slots=True)
class Frame:
    """The grid in a file's CRS.

    Attributes
    ----------
    box : west, south, east, north, or None
        Bounds of the grid, widened; None where they cannot be told.
    turn : float
        Units of a full turn in longitude, 0 for a projected CRS.
    limits : west, south, east, north
        Coordinates beyond these are no place on the Earth.
    """

    box: Box | None
    turn: float
    limits: Box

    @staticmethod
    def of(grid: Grid, crs: Any) -> Frame:
        """Return the frame of a grid in a CRS that :func:`mover` knows."""
        from pyproj import CRS

        mover(crs, grid.crs)
        move = mover(grid.crs, crs)
        known = CRS.from_user_input(crs)
        turn = 0.0
        limits = (-FARTHEST, -FARTHEST, FARTHEST, FARTHEST)
        if known.is_geographic:
            turn = math.tau / horizontal(known).axis_info[0].unit_conversion_factor
            # longitudes count from -180 or from 0; a pole may be missed by rounding
            limits = (-1.5 * turn, -0.25 * turn - 1e-6, 1.5 * turn, 0.25 * turn + 1e-6)
        x, y = move.transform(*edge_points(*grid.bounds_m, 21))
        if not (np.isfinite(x).all() and np.isfinite(y).all()):
            return Frame(None, turn, limits)
        if turn and np.ptp(x) > turn / 2:
            x = np.where(x < 0, x + turn, x)
        # Edges between the sampled points bulge by far less than two per cent of the extent.
        dx, dy = 0.02 * np.ptp(x), 0.02 * np.ptp(y)
        box = (float(x.min() - dx), float(y.min() - dy), float(x.max() + dx), float(y.max() + dy))
        return Frame(box, turn, limits)

    def filter_box(self) -> Box | None:
        """The box for a filter that knows of no turns; None where one would lose features."""
        if self.box is None or not self.turn:
            return self.box
        west, _, east, _ = self.box
        return self.box if -self.turn / 2 <= west and east <= self.turn / 2 else None

    def meets(
        self, geometry: NDArray[Any], rows: NDArray[np.intp], fids: NDArray[Any]
    ) -> NDArray[np.bool_]:
        """Return which of the features at ``rows`` may touch the grid, by their bounds.

        Longitudes may count from -180 or from 0. A line that leaps over more than half a turn goes
        over the 180th meridian, and its western longitudes become those above 180, in place.

        Raises
        ------
        LandscapeError
            For a feature that touches the grid only if it goes round the other way.
        """
        import shapely

        bounds = shapely.bounds(geometry[rows]).reshape(-1, 4)
        if self.box is None:
            return np.ones(len(rows), bool)
        near = self._near(bounds)
        if not self.turn:
            return near
        wide = (bounds[:, 2] - bounds[:, 0] > self.turn / 2) & near
        for k in np.flatnonzero(wide).tolist():
            leap = _longest_leap(geometry[rows[k]])
            if not self.turn / 2 < leap < self.turn * (1 - 1e-9):
                continue
            over = shapely.transform(geometry[rows[k]], self._eastward)
            if not self._near(shapely.bounds(over).reshape(1, 4))[0]:
                raise LandscapeError(
                    f"feature {fids[rows[k]]} leaps over {leap / self.turn * 360:.0f} degrees of "
                    "longitude: it goes over the 180th meridian, or round the Earth over the study "
                    "area",
                    remedy="cut it at the 180th meridian: ogr2ogr -wrapdateline -t_srs EPSG:4326",
                )
            geometry[rows[k]] = over
        return near

    def too_wide(self, bounds: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which bounds ``[n, 4]`` span so much longitude that no flat map holds them."""
        if not self.turn or self.box is None:
            return np.zeros(len(bounds), bool)
        return np.asarray(bounds[:, 2] - bounds[:, 0] > self.turn / 4)

    def clip(self, shape: Any) -> Any:
        """Return the part of a valid shape that lies in the box, whichever way longitudes count."""
        import shapely

        assert self.box is not None
        west, south, east, north = self.box
        shifts = (-self.turn, 0.0, self.turn) if self.turn else (0.0,)
        boxes = [shapely.box(west + by, south, east + by, north) for by in shifts]
        return shapely.intersection(shape, shapely.union_all(boxes))

    def _near(self, bounds: NDArray[np.float64]) -> NDArray[np.bool_]:
        assert self.box is not None
        west, south, east, north = self.box
        near = np.zeros(len(bounds), bool)
        for shift in (-self.turn, 0.0, self.turn) if self.turn else (0.0,):
            near |= (bounds[:, 0] + shift <= east) & (bounds[:, 2] + shift >= west)
        return near & (bounds[:, 1] <= north) & (bounds[:, 3] >= south)

    def _eastward(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack([np.where(xy[:, 0] < 0, xy[:, 0] + self.turn, xy[:, 0]), xy[:, 1]])


def _longest_leap(shape: Any) -> float:
    """Return the longest step in x along any line or ring of a shape."""
    import shapely

    longest = 0.0
    for part in simple_parts(shape):
        rings = shapely.get_rings(part) if part.geom_type == "Polygon" else [part]
        for ring in rings:
            x = shapely.get_coordinates(ring)[:, 0]
            longest = max(longest, float(np.abs(np.diff(x)).max(initial=0.0)))
    return longest
