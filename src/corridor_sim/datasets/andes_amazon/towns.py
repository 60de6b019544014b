"""Towns of the built-in landscape, and the ground they cover."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor_sim.datasets.andes_amazon.fields import smooth_noise
from corridor_sim.datasets.andes_amazon.region import project
from corridor_sim.datasets.andes_amazon.tables import GAZETTEER
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.parts import Town
from corridor_sim.landscape.routing import cost_from

# Inhabitants per square kilometre of built-up ground. The towns inside the region hold about
# 6.7 million people, MODIS maps about 1,000 km² as urban: this figure reconciles the two.
PEOPLE_PER_KM2 = 6400.0
MIN_POPULATION_WITH_A_CELL = 2000


def build_towns(grid: Grid) -> tuple[Town, ...]:
    """Towns inside the grid, largest first (ties by name)."""
    lon = np.array([row[1] for row in GAZETTEER])
    lat = np.array([row[2] for row in GAZETTEER])
    x, y = project(lon, lat)
    west, south, east, north = grid.bounds_m
    towns = [
        Town(row[0], float(x[i]), float(y[i]), row[3])
        for i, row in enumerate(GAZETTEER)
        if west <= x[i] < east and south < y[i] <= north
    ]
    return tuple(sorted(towns, key=lambda t: (-t.population, t.name)))


def cell_of(grid: Grid, x_m: float, y_m: float) -> tuple[int, int]:
    """Row and column of the cell that holds a position inside the grid."""
    col, row = grid.to_cells(np.asarray([x_m]), np.asarray([y_m]))
    return int(row[0]), int(col[0])


def build_footprints(
    grid: Grid, towns: tuple[Town, ...], slope: NDArray[np.float32], wet: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Cells under houses, ``[height, width]``: each town spreads from its centre over flat ground.

    A town takes ``population / PEOPLE_PER_KM2`` of ground (at least one cell from
    ``MIN_POPULATION_WITH_A_CELL`` people), nearest first, where a step costs
    ``1 + (slope / 0.08)²``, half as much again or less by seeded noise so that outlines are not
    geometric, and open water is not built on.

    Parameters
    ----------
    towns : tuple of Town
        Largest first; a smaller one spreads beyond a larger neighbour's ground.
    slope : ndarray of float32
        Rise per metre of each cell.
    """
    built = np.zeros(grid.shape, bool)
    uneven = 1.0 + 0.5 * smooth_noise(grid.x_centres_m(), grid.y_centres_m(), 2500.0, key=5)
    for town in towns:
        if town.population < MIN_POPULATION_WITH_A_CELL:
            continue
        cells = max(1, round(town.population / PEOPLE_PER_KM2 / grid.cell_km2))
        row, col = cell_of(grid, town.x_m, town.y_m)
        reach = int(np.ceil(2.5 * np.sqrt(cells))) + 3
        top, left = max(row - reach, 0), max(col - reach, 0)
        window = (slice(top, row + reach + 1), slice(left, col + reach + 1))
        ground = np.where(wet[window], 1e3, uneven[window] * (1.0 + (slope[window] / 0.08) ** 2))
        far = cost_from(ground, [(row - top, col - left)])
        far[built[window] | wet[window]] = np.inf
        nearest = np.argsort(far, axis=None, kind="stable")[:cells]
        nearest = nearest[np.isfinite(far.ravel()[nearest])]
        built[window].flat[nearest] = True
    return built
