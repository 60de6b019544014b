"""Roads of the built-in landscape, routed over the terrain between the places that they join."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.datasets.andes_amazon.region import coarsen, line_cells, project
from corridor_sim.datasets.andes_amazon.tables import GAZETTEER, ROADS, Road, Stop
from corridor_sim.datasets.andes_amazon.towns import cell_of
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.routing import Cell, path

# A road is planned on cells no finer than this and drawn on finer ones: the heights between two
# planning cells would say nothing about where a real road winds.
PLANNING_CELL_M = 500.0
JOIN_FACTOR = 0.35  # cost of running along a road that is there already
OPEN_WATER_COST = 30.0
# what bridging adds, by width class of the river
BRIDGE_COST = (0.0, 0.2, 1.5, 5.0)


@dataclass(frozen=True, slots=True)
class RoutedRoad:
    """A road on the ground.

    Attributes
    ----------
    name : str
        As in :mod:`corridor_sim.datasets.andes_amazon.tables`.
    rank : int
        2 primary paved, 1 secondary or gravel.
    x_m, y_m : tuple of float
        Map positions of the cells along the road, in order.
    """

    name: str
    rank: int
    x_m: tuple[float, ...]
    y_m: tuple[float, ...]


def _stop_cells(grid: Grid, stops: tuple[Stop, ...]) -> list[Cell | None]:
    """Cells of the stops; ``None`` for a stop outside the grid."""
    place = {row[0]: (row[1], row[2]) for row in GAZETTEER}
    degrees = [place[s] if isinstance(s, str) else s for s in stops]
    x, y = project(np.array([d[0] for d in degrees]), np.array([d[1] for d in degrees]))
    west, south, east, north = grid.bounds_m
    inside = (x >= west) & (x < east) & (y > south) & (y <= north)
    return [
        cell_of(grid, float(a), float(b)) if ok else None
        for a, b, ok in zip(x, y, inside, strict=True)
    ]


def _leg(cost: NDArray[Any], rise: NDArray[Any], start: Cell, goal: Cell, spare: int) -> list[Cell]:
    """Cheapest path between two stops within their bounding box, widened on every side."""
    across = max(abs(start[0] - goal[0]), abs(start[1] - goal[1]))
    margin = spare + across // 4
    top = max(min(start[0], goal[0]) - margin, 0)
    left = max(min(start[1], goal[1]) - margin, 0)
    box = (
        slice(top, max(start[0], goal[0]) + margin + 1),
        slice(left, max(start[1], goal[1]) + margin + 1),
    )
    local = path(
        cost[box], rise[box], (start[0] - top, start[1] - left), (goal[0] - top, goal[1] - left)
    )
    return [(r + top, c + left) for r, c in local]


def build_roads(
    grid: Grid,
    elevation_m: NDArray[np.float32],
    river: NDArray[np.uint8],
    water: NDArray[np.bool_],
    table: tuple[Road, ...] = ROADS,
) -> tuple[NDArray[np.uint8], tuple[RoutedRoad, ...]]:
    """Route every road of the table and draw it.

    Each leg is the least-cost path over eight neighbours, where an edge costs its length times
    ``1 + (grade / 0.07)^1.5`` (see :func:`corridor_sim.landscape.routing.edge_graph`),
    more across rivers and open water and less along a road routed before it, so that roads share
    valleys and meet.

    Parameters
    ----------
    elevation_m, river, water : ndarray
        ``[height, width]``: heights, width classes of rivers, open water.

    Returns
    -------
    road : ndarray of uint8
        0 none, 1 secondary or gravel, 2 primary paved.
    routes : tuple of RoutedRoad
        The course of each road that has at least two stops on the grid.
    """
    plan, factor = coarsen(grid, PLANNING_CELL_M)
    z = plan.mean(elevation_m) if factor > 1 else elevation_m
    width_class = plan.highest(river) if factor > 1 else river
    wet = plan.mean(water.astype(np.float32)) > 0.5 if factor > 1 else water
    rise = z.astype(np.float64) / plan.grid.cell_m
    cost = 1.0 + np.asarray(BRIDGE_COST)[width_class]
    cost[wet] = OPEN_WATER_COST
    spare = round(9000.0 / plan.grid.cell_m)
    road = np.zeros(grid.shape, np.uint8)
    routes: list[RoutedRoad] = []
    for entry in table:
        cells: list[Cell] = []
        stops = _stop_cells(plan.grid, entry.stops)
        for start, goal in pairwise(stops):
            if start is None or goal is None:
                continue
            leg = _leg(cost, rise, start, goal, spare)
            cells += leg[1:] if cells and cells[-1] == leg[0] else leg
        if not cells:
            continue
        rows, cols = (np.array(v) for v in zip(*cells, strict=True))
        cost[rows, cols] = np.minimum(cost[rows, cols], JOIN_FACTOR)
        x, y = plan.grid.to_metres(cols + 0.5, rows + 0.5)
        fine_rows, fine_cols = line_cells(grid, x, y)
        road[fine_rows, fine_cols] = np.maximum(road[fine_rows, fine_cols], entry.rank)
        routes.append(RoutedRoad(entry.name, entry.rank, tuple(x.tolist()), tuple(y.tolist())))
    return road, tuple(routes)
