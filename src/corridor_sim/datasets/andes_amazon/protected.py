"""Protected areas of the built-in landscape, grown over the terrain to their stated size."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor_sim.datasets.andes_amazon.fields import F32, F64, Bool, blur, in_polygon
from corridor_sim.datasets.andes_amazon.region import coarsen, line_cells, project
from corridor_sim.datasets.andes_amazon.tables import AREAS, BORDER, Area
from corridor_sim.landscape.covers import cover_table
from corridor_sim.landscape.derive import distance_m
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.parts import Border
from corridor_sim.landscape.routing import Cell, cost_from

# Hand-placed areas are not worth planning finer than this.
PLANNING_CELL_M = 1000.0
HECTARES_PER_KM2 = 100.0
UNNATURAL_COST = 2.5
ROAD_COST, ROAD_SCALE_M = 3.0, 2500.0
TOWN_COST, TOWN_SCALE_M = 4.0, 5000.0
# What may not be taken may be crossed: a town's valley does not cut an area off from its other
# half, and an axis put down a little beside its country or height still finds its ground.
CROSSING_COST = 12.0


def in_ecuador(lon_deg: F64, lat_deg: F64) -> Bool:
    """Whether points lie north of the border (of the coarse line of the table)."""
    corners = (*BORDER, (-75.0, 1.0), (-82.0, 1.0), (-82.0, BORDER[0][1]))
    return in_polygon(lon_deg, lat_deg, corners)


def borders() -> tuple[Border, ...]:
    """Return the border of the table in map metres, Ecuador to the left of its course."""
    x, y = project(np.array([p[0] for p in BORDER]), np.array([p[1] for p in BORDER]))
    course = tuple(zip(x.tolist(), y.tolist(), strict=True))
    return (Border(course, "ECU", "PER"),)


def _axis_cells(grid: Grid, area: Area) -> list[Cell]:
    cells: dict[Cell, None] = {}
    for axis in area.axes:
        x, y = project(np.array([p[0] for p in axis]), np.array([p[1] for p in axis]))
        col, row = grid.to_cells(x, y)
        inside = (col >= 0) & (col < grid.width) & (row >= 0) & (row < grid.height)
        if inside.any():
            rows, cols = line_cells(grid, x[inside], y[inside])
            cells.update(dict.fromkeys(zip(rows.tolist(), cols.tolist(), strict=True)))
    return list(cells)


def grow(area: Area, grid: Grid, cost: F64, allowed: Bool) -> tuple[slice, slice, Bool] | None:
    """Grow one area from its axes by cost-distance until it has its share of its stated area.

    Returns the window of the grid and the cells taken within it, or ``None`` where no axis lies
    on the grid. An area comes out smaller than stated only where its country and elevation limits
    leave too little ground within reach.
    """
    starts = _axis_cells(grid, area)
    if not starts:
        return None
    wanted = round(area.area_ha * area.share_inside / HECTARES_PER_KM2 / grid.cell_km2)
    reach = int(np.ceil(1.6 * np.sqrt(wanted))) + 6
    rows, cols = [r for r, _ in starts], [c for _, c in starts]
    top, left = max(min(rows) - reach, 0), max(min(cols) - reach, 0)
    box = (slice(top, max(rows) + reach + 1), slice(left, max(cols) + reach + 1))
    local_cost = np.where(allowed[box], cost[box], CROSSING_COST)
    far = cost_from(local_cost, [(r - top, c - left) for r, c in starts])
    far[~allowed[box]] = np.inf
    order = np.argsort(far, axis=None, kind="stable")[:wanted]
    order = order[np.isfinite(far.ravel()[order])]
    taken = np.zeros(far.shape, bool)
    taken.flat[order] = True
    return box[0], box[1], taken


def build_protected(
    grid: Grid,
    elevation_m: F32,
    lon_deg: F64,
    lat_deg: F64,
    land_cover: NDArray[np.uint8],
    road: NDArray[np.uint8],
    towns: Bool,
    table: tuple[Area, ...] = AREAS,
) -> tuple[NDArray[np.int16], tuple[str, ...], tuple[str, ...]]:
    """Core areas with their names and countries.

    An area grows from its axes over natural ground, more slowly over farmed ground and towards
    roads and towns, only within its elevation limits and its country, never over an area that
    stands earlier in the table, until it has its stated area.

    Returns
    -------
    protected : ndarray of int16
        0 none, otherwise the index of the name.
    names, countries : tuple of str
        Aligned; position 0 is ``""``.
    """
    plan, factor = coarsen(grid, PLANNING_CELL_M)
    natural = cover_table("andes-amazon").has(land_cover, "natural").astype(np.float32)

    def planned(values: NDArray[np.float32]) -> F32:
        return plan.mean(values) if factor > 1 else values

    cell_m = plan.grid.cell_m
    z = planned(elevation_m)
    used = 1.0 - blur(planned(natural), 1500.0, cell_m)
    near_road = np.exp(
        -distance_m(planned((road > 0).astype(np.float32)) > 0, cell_m) / ROAD_SCALE_M
    )
    near_town = np.exp(-distance_m(planned(towns.astype(np.float32)) > 0, cell_m) / TOWN_SCALE_M)
    cost = 1.0 + UNNATURAL_COST * used + ROAD_COST * near_road + TOWN_COST * near_town
    ecuador = in_ecuador(
        planned(lon_deg.astype(np.float32)).astype(np.float64),
        planned(lat_deg.astype(np.float32)).astype(np.float64),
    )
    zones = np.zeros(plan.grid.shape, np.int16)
    names, countries = [""], [""]
    for area in table:
        allowed = (z >= area.low_m) & (z <= area.high_m) & (zones == 0)
        allowed &= ecuador == (area.country == "ECU")
        grown = grow(area, plan.grid, cost.astype(np.float64), allowed)
        if grown is None or not grown[2].any():
            continue
        zones[grown[0], grown[1]][grown[2]] = len(names)
        names.append(area.name)
        countries.append(area.country)
    fine = plan.spread(zones, grid.shape) if factor > 1 else zones
    return fine, tuple(names), tuple(countries)
