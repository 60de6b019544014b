"""Shapes out of a file's own bytes (WKB), with nothing lost in silence.

What the geometry library reads is taken from it. What it refuses is read here by stated rules: an
open ring is closed, a ring of fewer than three corners and a line of one point hold nothing, and
the patches of surfaces (TIN, PolyhedralSurface, Triangle) are polygons seen from above. Heights
and measures are left out. Curves arrive as short straight lines already.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import CorridorSimError

CLOSED = "a ring that is not closed, taken as closed"
SHORT = "a ring of fewer than three corners, left out"
ONE_POINT = "a line of one point, left out"
SURFACE = "a surface in space, taken as seen from above"

POINT, LINE, POLYGON, TRIANGLE = 1, 2, 3, 17
# a multi-shape or collection, and the surfaces, which are collections of polygons
COLLECTIONS = {4: 0, 5: 0, 6: 0, 7: 0, 15: 1, 16: 1}
MOST_NESTED = 32


class UnreadableError(CorridorSimError):
    """The bytes of a shape are of no kind that is known, or are cut short."""


def decode(wkb: Iterable[bytes | None]) -> tuple[NDArray[Any], dict[int, tuple[str, ...]]]:
    """Return the shapes of a file, flat, and what had to be mended to read them, by position.

    None is a feature without a shape. A shape that is not None may be empty.

    Raises
    ------
    UnreadableError
        ``where`` is the position of a shape that cannot be read.
    """
    import shapely

    raw = np.array([*wkb, None], object)[:-1]
    shapes = shapely.from_wkb(raw, on_invalid="ignore")
    odd: dict[int, tuple[str, ...]] = {}
    lost = shapely.is_missing(shapes) & np.array([one is not None for one in raw], bool)
    for i in np.flatnonzero(lost).tolist():
        words: dict[str, None] = {}
        try:
            shapes[i], _ = _shape(bytes(raw[i]), 0, 0, words)
        except (struct.error, ValueError, IndexError, UnreadableError, shapely.GEOSException):
            raise UnreadableError("has a shape that cannot be read", where=str(i)) from None
        odd[i] = tuple(words)
    return np.asarray(shapely.force_2d(shapes), object), odd


def _shape(data: bytes, at: int, depth: int, words: dict[str, None]) -> tuple[Any, int]:
    """Return the shape that begins at a byte, and the byte after it."""
    import shapely

    if depth > MOST_NESTED:
        raise UnreadableError("holds collections within collections without end")
    end = "<" if data[at] == 1 else ">"
    (code,) = struct.unpack_from(f"{end}I", data, at + 1)
    at += 5
    # 0x80000000, 0x40000000 and 0x20000000 say height, measure and a CRS in the older form
    flags, kind = code >> 29, (code & 0x1FFFFFFF) % 1000
    thousands = (code & 0x1FFFFFFF) // 1000
    at += 4 if flags & 1 else 0
    across = 2 + ((flags >> 2 & 1) or thousands in (1, 3)) + ((flags >> 1 & 1) or thousands >= 2)
    if kind == POINT:
        (xy, at) = _corners(data, at, 1, across, end)
        return (shapely.Point() if np.isnan(xy).all() else shapely.Point(xy[0])), at
    (n,) = struct.unpack_from(f"{end}I", data, at)
    at += 4
    if kind == LINE:
        xy, at = _corners(data, at, n, across, end)
        if n == 1:
            words[ONE_POINT] = None
        return (shapely.LineString(xy) if n > 1 else shapely.LineString()), at
    if kind in (POLYGON, TRIANGLE):
        return _polygon(data, at, n, across, end, words)
    if kind not in COLLECTIONS:
        raise UnreadableError("is of an unknown kind")
    if COLLECTIONS[kind]:
        words[SURFACE] = None
    parts = []
    for _ in range(n):
        part, at = _shape(data, at, depth + 1, words)
        if not part.is_empty:
            parts.append(part)
    whole = {4: shapely.MultiPoint, 5: shapely.MultiLineString, 7: shapely.GeometryCollection}
    return whole.get(kind, shapely.MultiPolygon)(parts), at


def _polygon(
    data: bytes, at: int, n: int, across: int, end: str, words: dict[str, None]
) -> tuple[Any, int]:
    import shapely

    rings = []
    for ring in range(n):
        (m,) = struct.unpack_from(f"{end}I", data, at)
        xy, at = _corners(data, at + 4, m, across, end)
        if m and not np.array_equal(xy[0], xy[-1]):
            words[CLOSED] = None
            xy = np.vstack([xy, xy[:1]])
        if 0 < len(xy) < 4:
            words[SHORT] = None
        if len(xy) >= 4:
            rings.append(xy)
        elif ring == 0:
            rings.append(np.empty((0, 2)))
    if not rings or not len(rings[0]):
        return shapely.Polygon(), at
    return shapely.Polygon(rings[0], rings[1:]), at


def _corners(
    data: bytes, at: int, n: int, across: int, end: str
) -> tuple[NDArray[np.float64], int]:
    """Return ``n`` corners as ``[n, 2]``, and the byte after them."""
    size = 8 * n * across
    if at + size > len(data):
        raise UnreadableError("is cut short")
    values = np.frombuffer(data, f"{end}f8", n * across, at).reshape(n, across)
    return values[:, :2].astype(np.float64), at + size
