"""From coordinates to cells: map positions, lines and polygons on the grid."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import ScenarioError, placing
from corridor_sim.landscape.edits.base import Ring
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.io.geo import FARTHEST_M, mover
from corridor_sim.landscape.polygons import cells_of, goes_once_round, ring_ground
from corridor_sim.languages import tr, written

LONLAT = "EPSG:4326"


class TooSmallError(ScenarioError):
    """An area on the landscape that covers the centre of no cell."""


def to_grid_metres(points: Ring, crs: str, grid: Grid, where: str) -> NDArray[np.float64]:
    """Bring points to the CRS of the grid, ``[n, 2]`` map metres.

    Parameters
    ----------
    points : sequence of (x, y)
        Longitude first for geographic coordinates.
    crs : str
        CRS of the points, ``"EPSG:4326"`` for (lon, lat) in degrees.
    where : str
        Place named in messages, such as ``add_road.points``.

    Raises
    ------
    ScenarioError
        For a point that is not a pair or cannot be projected, and for an unknown CRS.
    """
    for i, point in enumerate(points):
        if not isinstance(point, tuple) or len(point) != 2 or isinstance(point[0], tuple):
            raise ScenarioError(
                f"point {i + 1} is {str(point)[:60]}", where=where, remedy="give [x, y] pairs"
            )
    xy = np.array(points, np.float64).reshape(-1, 2)
    with placing(where, ScenarioError):
        change = mover(crs, grid.crs)
    x_m, y_m = change.transform(xy[:, 0], xy[:, 1])
    # no place on the Earth is so far away on any map
    bad = ~(np.hypot(x_m - grid.west_m, y_m - grid.north_m) < FARTHEST_M)
    if bad.any():
        i = int(np.argmax(bad))
        raise ScenarioError(
            f"point {i + 1} {points[i]} cannot be placed on the map",
            where=where,
            remedy=f"give (x, y) in {crs}, longitude before latitude",
        )
    return np.column_stack([x_m, y_m])


def bounds_text(grid: Grid, crs: str) -> str:
    """Say what the landscape spans, in the CRS in which the user wrote."""
    change = mover(grid.crs, crs)
    west, south, east, north = change.transform_bounds(*grid.bounds_m)
    # degrees keep two decimals, metres none
    digits = 2 if max(abs(v) for v in (west, south, east, north)) <= 360 else 0
    written_bounds = {
        side: written(f"{value:.{digits}f}")
        for side, value in zip(
            ("west", "east", "south", "north"), (west, east, south, north), strict=True
        )
    }
    return tr(
        "the landscape spans x {west} to {east}, y {south} to {north} in {crs}",
        crs=crs,
        **written_bounds,
    )


def line_cells(vertices: NDArray[np.int64]) -> NDArray[np.int64]:
    """Cells of a polyline without gaps: each touches the one before by an edge or a corner.

    Parameters
    ----------
    vertices : ndarray of int64, ``[n, 2]``
        Row and column of each vertex, n at least 1.

    Returns
    -------
    ndarray of int64, ``[m, 2]``
        Rows and columns along the line, vertices included, each cell following its neighbour.
    """
    parts = [vertices[:1]]
    for begin, end in pairwise(vertices):
        change = end - begin
        steps = int(np.abs(change).max())
        k = np.arange(1, steps + 1, dtype=np.int64)[:, None]
        # whole-number rounding: the longer axis moves one cell a step, so no corner is skipped
        parts.append(begin + (2 * k * change + steps) // max(2 * steps, 1))
    return np.concatenate(parts)


def cells_inside(rings: tuple[Ring, ...], crs: str, grid: Grid, where: str) -> NDArray[np.bool_]:
    """Cells whose centre lies inside any of the rings, ``[height, width]``.

    Raises
    ------
    ScenarioError
        For a ring of fewer than three points, crossing itself or flat, and where no cell centre of
        the landscape lies inside.
    """
    from shapely import box

    if not rings:
        raise ScenarioError(
            tr("no polygon is given"), where=where, remedy=tr("give at least one ring")
        )
    shapes = []
    for i, ring in enumerate(rings):
        if not isinstance(ring, tuple) or len(ring) < 3:
            raise ScenarioError(
                tr("ring {n} has fewer than 3 points", n=i + 1),
                where=where,
                remedy=tr("give [[x, y], ...]"),
            )
        corners = to_grid_metres(ring, crs, grid, f"{where}[{i}]")
        shape = ring_ground(corners)
        if not goes_once_round(corners, shape.area):
            raise ScenarioError(
                tr("ring {n} crosses itself or has no area", n=i + 1),
                where=where,
                remedy=tr("list its corners in order, once around"),
            )
        shapes.append(shape)
    inside = cells_of(shapes, grid)
    if not inside.any():
        if any(shape.intersects(box(*grid.bounds_m)) for shape in shapes):
            raise TooSmallError(
                tr(
                    "the area is too small or too narrow for cells of {cell_m} m: it covers the "
                    "centre of none",
                    cell_m=written(f"{grid.cell_m:g}"),
                ),
                where=where,
                remedy=tr("draw it larger, or use smaller cells"),
            )
        raise ScenarioError(
            tr("the area covers no cell centre of the landscape"),
            where=where,
            remedy=bounds_text(grid, crs),
        )
    return inside
