"""The one rule for polygons: the ground that an outline holds, however it was drawn.

A shell holds every place that it goes round, in either direction and however often. A hole takes
away what lies inside the shell and adds nothing outside it. Parts that overlap count once. Lines
and points, and spikes and flat rings with them, hold no ground. A valid polygon stays as it is, to
the bit.

Files of others (core areas, rivers, settlements) are mended by this rule, and what was mended is
told. Outlines drawn for the study itself (edits, links) are refused where a ring crosses itself or
is flat: only who drew it knows what was meant; the rule is :func:`goes_once_round`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.landscape.grid import Grid

CROSSES = "a ring that crosses itself, taken as all that it goes round"
SPIKE = "a spike or a ring that touches itself, taken without lines"
STRAY = "a hole that reaches out of its outline, counted inside it only"
HOLES = "holes that overlap, counted once"
PARTS = "parts that overlap, counted once"
FULL = "a hole as large as its outline, so without ground"
FLAT = "an outline without area, so without ground"

# a polygon narrower than this share of the length of its outline is a line by rounding
FLAT_SHARE = 1e-9
# two areas that differ by less, as a share and in m², are the same but for rounding
SAME_SHARE, SAME_M2 = 1e-6, 1.0


def ground(shapes: NDArray[Any]) -> tuple[NDArray[Any], dict[int, tuple[str, ...]]]:
    """Return what polygons hold by the rule, and what was mended, by position.

    Parameters
    ----------
    shapes : object array ``[n]``
        Polygons, multipolygons or collections of them, with finite coordinates.

    Returns
    -------
    ground : object array ``[n]``
        Valid polygons or multipolygons; empty where a shape holds no ground.
    mended : dict of int to words
        Defects of each shape that is not as it was.
    """
    import shapely

    plain = np.isin(shapely.get_type_id(shapes), (3, 6)) & shapely.is_valid(shapes)
    out = shapes.copy()
    mended: dict[int, tuple[str, ...]] = {}
    for i in np.flatnonzero(~plain).tolist():
        out[i], words = _mended(shapes[i])
        if words:
            mended[i] = words
    flat = shapely.area(out) <= FLAT_SHARE * shapely.length(out) ** 2
    for i in np.flatnonzero(flat).tolist():
        out[i] = shapely.Polygon()
        mended[i] = mended.get(i) or (FLAT,)
    return out, mended


def ring_ground(corners: NDArray[np.float64]) -> Any:
    """Return the ground inside one ring, corners ``[n, 2]``, by the rule."""
    import shapely

    whole, _ = ground(np.array([shapely.Polygon(corners)], object))
    return whole[0]


def goes_once_round(corners: NDArray[np.float64], held_m2: float) -> bool:
    """Whether a ring goes round its ground once: it has area, and crosses itself nowhere.

    The area by the corners in their order is then that of the ground. A spike, or a corner that
    touches an edge, makes no difference to it.
    """
    return held_m2 > 0 and abs(abs(_area_by_corners(corners)) - held_m2) <= (
        SAME_SHARE * held_m2 + min(SAME_M2, 0.01 * held_m2)
    )


def polygons_of(shape: Any) -> list[Any]:
    """Return the polygons of a shape, of collections within collections too."""
    return [one for one in simple_parts(shape) if one.geom_type == "Polygon"]


def without_holes(shape: Any, least_m2: float) -> list[Any]:
    """Return a polygon as parts without holes, cut upright through each of them.

    Holes and parts smaller than ``least_m2`` are left out. Every cut opens the hole that it goes
    through and makes no new one.
    """
    from shapely import Polygon, box

    holes = [ring for ring in shape.interiors if Polygon(ring).area > least_m2]
    todo = [Polygon(shape.exterior, holes)]
    done: list[Any] = []
    while todo:
        one = todo.pop(0)
        if not one.interiors:
            done.append(one)
            continue
        middles = sorted((ring.bounds[0] + ring.bounds[2]) / 2 for ring in one.interiors)
        x = middles[len(middles) // 2]
        west, south, east, north = one.bounds
        for half in (box(west, south, x, north), box(x, south, east, north)):
            todo += [p for p in polygons_of(one.intersection(half)) if p.area > least_m2]
    return done


def simple_parts(shape: Any) -> list[Any]:
    """Return the points, lines and polygons that a shape is made of, in their order."""
    import shapely

    todo, found = [shape], []
    while todo:
        one = todo.pop()
        if hasattr(one, "geoms"):
            todo += list(shapely.get_parts(one))[::-1]
        elif not one.is_empty:
            found.append(one)
    return found


def _mended(shape: Any) -> tuple[Any, tuple[str, ...]]:
    """Return the ground of one shape that is not a valid polygon, and its defects."""
    words: dict[str, None] = {}
    parts = [_one(part, words) for part in polygons_of(shape)]
    whole = _together(parts)
    if sum(part.area for part in parts) > whole.area * (1 + SAME_SHARE):
        words[PARTS] = None
    return whole, tuple(words)


def _one(polygon: Any, words: dict[str, None]) -> Any:
    """Return the ground of one polygon, and add what was wrong with it to ``words``."""
    import shapely

    if polygon.is_valid:
        return polygon
    shell = _filled(polygon.exterior, words)
    if shell.is_empty:
        return shell
    holes = [_filled(ring, words) for ring in polygon.interiors]
    hole = _together(holes)
    if sum(one.area for one in holes) > hole.area * (1 + SAME_SHARE):
        words[HOLES] = None
    left = _only_polygons(shapely.difference(shell, hole))
    if left.area <= FLAT_SHARE * shell.length**2:
        words[FULL] = None
        return shapely.Polygon()
    if hole.area - (shell.area - left.area) > SAME_SHARE * hole.area:
        words[STRAY] = None
    if not words:
        words[SPIKE] = None
    return left


def _filled(ring: Any, words: dict[str, None]) -> Any:
    """Return what one ring goes round."""
    import shapely

    whole = shapely.Polygon(ring)
    if whole.is_valid:
        return whole
    whole = _only_polygons(shapely.make_valid(whole, method="structure", keep_collapsed=False))
    if whole.area <= FLAT_SHARE * ring.length**2:
        words[FLAT] = None
        return shapely.Polygon()
    corners = np.asarray(ring.coords)[:-1, :2]
    words[SPIKE if goes_once_round(corners, whole.area) else CROSSES] = None
    return whole


def _together(parts: Sequence[Any]) -> Any:
    import shapely

    some = [part for part in parts if not part.is_empty]
    if not some:
        return shapely.Polygon()
    return some[0] if len(some) == 1 else _only_polygons(shapely.union_all(some))


def _only_polygons(shape: Any) -> Any:
    """Return a shape without the lines and points that overlays leave behind."""
    import shapely

    if shape.geom_type in ("Polygon", "MultiPolygon"):
        return shape
    found = polygons_of(shape)
    return found[0] if len(found) == 1 else shapely.MultiPolygon(found)


def _area_by_corners(corners: NDArray[np.float64]) -> float:
    """Return the signed area of a ring by its corners in their order, m²."""
    x, y = (corners - corners[0]).T
    return float(0.5 * np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))


Ring = Sequence[tuple[float, float]]


def cells_in_rings(rings: Sequence[Ring], grid: Grid) -> NDArray[np.bool_]:
    """Return which cell centres lie inside any ring of (lon, lat), ``[height, width]``.

    Rings that lie off the grid mark nothing. Edges are straight in the grid's CRS, which is exact
    enough for ranges drawn by hand.
    """
    from pyproj import Transformer

    change = Transformer.from_crs("EPSG:4326", grid.crs, always_xy=True)
    shapes = []
    for ring in rings:
        x_m, y_m = change.transform([p[0] for p in ring], [p[1] for p in ring])
        points = [(float(x), float(y)) for x, y in zip(x_m, y_m, strict=True)]
        if np.isfinite(points).all():
            shapes += polygons_of(ring_ground(np.array(points)))
    return cells_of(shapes, grid)


def cells_of(shapes: Sequence[Any], grid: Grid) -> NDArray[np.bool_]:
    """Return which cell centres lie inside any of the shapes, ``[height, width]``."""
    from rasterio.features import rasterize
    from rasterio.transform import Affine

    if not shapes:
        return np.zeros(grid.shape, np.bool_)
    place = Affine(*grid.transform)
    inside = rasterize(shapes, out_shape=grid.shape, transform=place, fill=0, dtype="uint8")
    return np.asarray(inside, np.bool_)
