"""Shapes out of a file's own bytes (WKB), with nothing lost in silence.

What the geometry library reads is taken from it. What it refuses, and collections, are read here
by stated rules: an open ring is closed, a ring of fewer than three corners and a line of one point
hold nothing, and the patches of surfaces (TIN, PolyhedralSurface, Triangle) are polygons seen from
above. Heights and measures are left out. Curves become short straight lines: most are that when
they arrive.
"""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Iterable
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from corridor_sim.errors import CorridorSimError

CLOSED = "a ring that is not closed, taken as closed"
SHORT = "a ring of fewer than three corners, left out"
ONE_POINT = "a line of one point, left out"
SURFACE = "a surface in space, taken as seen from above"

POINT, LINE, POLYGON, TRIANGLE = 1, 2, 3, 17
ARCS, COMPOUND, CURVED_POLYGON = 8, 9, 10
# multi-shapes and collections, by what they are made of; curves and surfaces are lines, polygons
COLLECTIONS = {4: 4, 5: 5, 6: 6, 7: 7, 11: 5, 12: 6, 15: 6, 16: 6}
SURFACES = (15, 16)
MOST_NESTED = 32
# of a circle, between the corners that stand for it
ARC_STEP = np.radians(4.0)


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
    raw = np.array([*wkb, None], object)[:-1]
    shapes = _by_library(raw)
    odd: dict[int, tuple[str, ...]] = {}
    # a collection may hold curves, of which the library makes nothing without a word
    lost = np.isin(shapely.get_type_id(shapes), (-1, 7))
    lost &= np.array([one is not None for one in raw], bool)
    for i in np.flatnonzero(lost).tolist():
        words: dict[str, None] = {}
        try:
            shapes[i], _ = _shape(bytes(raw[i]), 0, 0, words)
        except (struct.error, ValueError, IndexError, UnreadableError, shapely.GEOSException):
            raise UnreadableError("has a shape that cannot be read", where=str(i)) from None
        if words:
            odd[i] = tuple(words)
    high = shapely.get_coordinate_dimension(shapes) > 2
    shapes[high] = shapely.force_2d(shapes[high])
    return _without_empty_parts(shapes), odd


def _by_library(raw: NDArray[Any]) -> NDArray[Any]:
    """Return the shapes that the geometry library reads, None for the others."""
    try:
        return np.asarray(shapely.from_wkb(raw, on_invalid="ignore"), object)
    except NotImplementedError:  # one curve within a collection stops them all
        pass
    shapes = np.full(raw.shape, None, object)
    for i, one in enumerate(raw):
        with contextlib.suppress(NotImplementedError):
            shapes[i] = shapely.from_wkb(one, on_invalid="ignore")
    return shapes


def _without_empty_parts(shapes: NDArray[Any]) -> NDArray[Any]:
    """Take empty parts out of multi-shapes: burning would leave out all of such a shape."""
    multi = np.flatnonzero(np.isin(shapely.get_type_id(shapes), (4, 5, 6)))
    parts, owner = shapely.get_parts(shapes[multi], return_index=True)
    empty = shapely.is_empty(parts)
    for k in np.unique(owner[empty]).tolist():
        i = multi[k]
        if not shapes[i].is_empty:
            shapes[i] = type(shapes[i])(list(parts[(owner == k) & ~empty]))
    return shapes


def _shape(data: bytes, at: int, depth: int, words: dict[str, None]) -> tuple[Any, int]:
    """Return the shape that begins at a byte, and the byte after it."""
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
    if kind == ARCS:
        xy, at = _corners(data, at, n, across, end)
        return (shapely.LineString(_arcs(xy)) if n > 1 else shapely.LineString()), at
    if kind in (POLYGON, TRIANGLE):
        return _polygon(data, at, n, across, end, words)
    if kind not in (*COLLECTIONS, COMPOUND, CURVED_POLYGON):
        raise UnreadableError("is of an unknown kind")
    if kind in SURFACES:
        words[SURFACE] = None
    parts = []
    for _ in range(n):
        part, at = _shape(data, at, depth + 1, words)
        parts.append(part)
    return _whole(kind, parts, words), at


def _whole(kind: int, parts: list[Any], words: dict[str, None]) -> Any:
    """Return a shape that is made of others; ValueError where they do not fit together."""
    if kind == CURVED_POLYGON:
        return _of_rings([np.asarray(part.coords) for part in parts], words)
    some = [part for part in parts if not part.is_empty]
    if kind == COMPOUND:
        # each begins where the one before ends
        xy = [np.asarray(part.coords)[(1 if i else 0) :] for i, part in enumerate(some)]
        return shapely.LineString(np.vstack(xy)) if xy else shapely.LineString()
    whole = {
        4: shapely.MultiPoint,
        5: shapely.MultiLineString,
        6: shapely.MultiPolygon,
        7: shapely.GeometryCollection,
    }
    return whole[COLLECTIONS[kind]](some)


def _arcs(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return corners along arcs, each through three of the places ``[n, 2]`` given."""
    found = [xy[:1]]
    for a, b, c in zip(xy[:-2:2], xy[1:-1:2], xy[2::2], strict=True):
        closed = bool((a == c).all())
        (bx, by), (cx, cy) = b - a, c - a
        twice = 2.0 * (bx * cy - by * cx)
        if closed:
            middle = (a + b) / 2
        elif twice == 0:
            found.append(np.array([b, c]))
            continue
        else:
            b2, c2 = bx * bx + by * by, cx * cx + cy * cy
            middle = a + np.array([cy * b2 - by * c2, bx * c2 - cx * b2]) / twice
        begin, over, end = (np.arctan2(*(p - middle)[::-1]) for p in (a, b, c))
        turn = 2 * np.pi if closed else (end - begin) % (2 * np.pi)
        if not closed and (over - begin) % (2 * np.pi) > turn:
            turn -= 2 * np.pi
        steps = max(int(np.ceil(abs(turn) / ARC_STEP)), 1)
        angle = begin + turn * np.arange(1, steps) / steps
        far = np.hypot(*(a - middle))
        found += [middle + far * np.column_stack([np.cos(angle), np.sin(angle)]), c[None]]
    return np.vstack(found)


def _polygon(
    data: bytes, at: int, n: int, across: int, end: str, words: dict[str, None]
) -> tuple[Any, int]:
    rings = []
    for _ in range(n):
        (m,) = struct.unpack_from(f"{end}I", data, at)
        xy, at = _corners(data, at + 4, m, across, end)
        rings.append(xy)
    return _of_rings(rings, words), at


def _of_rings(rings: list[NDArray[np.float64]], words: dict[str, None]) -> Any:
    """Return the polygon of a shell and its holes, each closed where it is open."""
    whole = []
    for i, ring in enumerate(rings):
        xy = ring
        if len(xy) and not np.array_equal(xy[0], xy[-1]):
            words[CLOSED] = None
            xy = np.vstack([xy, xy[:1]])
        if 0 < len(xy) < 4:
            words[SHORT] = None
        if len(xy) >= 4:
            whole.append(xy)
        elif i == 0:
            return shapely.Polygon()
    return shapely.Polygon(whole[0], whole[1:]) if whole else shapely.Polygon()


def _corners(
    data: bytes, at: int, n: int, across: int, end: str
) -> tuple[NDArray[np.float64], int]:
    """Return ``n`` corners as ``[n, 2]``, and the byte after them."""
    size = 8 * n * across
    if at + size > len(data):
        raise UnreadableError("is cut short")
    values = np.frombuffer(data, f"{end}f8", n * across, at).reshape(n, across)
    return values[:, :2].astype(np.float64), at + size
