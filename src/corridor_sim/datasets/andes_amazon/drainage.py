"""Rivers of the built-in landscape: flow over the terrain, and a width class from discharge.

Mean discharge is the runoff of the cells upstream, plus what enters over the region's edge. Width
follows the downstream hydraulic geometry ``w = a Q^0.5`` (Leopold & Maddock 1953, USGS
Professional Paper 252, found the exponent; Andreadis, Schumann & Pavelsky 2013, Water Resources
Research 49, 7164-7168, the factor 7.2 for bankfull discharge in m³/s and width in m, with a 90 %
band of 2.6 to 20.2). Bankfull discharge is taken as twice the mean.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from corridor_sim.datasets.andes_amazon.region import project
from corridor_sim.datasets.andes_amazon.tables import INFLOWS, RUNOFF_MM
from corridor_sim.landscape.flow import accumulate, flood
from corridor_sim.landscape.grid import Grid

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]

WIDTH_FACTOR = 7.2
WIDTH_EXPONENT = 0.5
BANKFULL_OVER_MEAN = 2.0
# Narrower water than this is not a river on the map.
LEAST_WIDTH_M = 20.0
CLASS_BOUNDS_M = (LEAST_WIDTH_M, 50.0, 300.0)
# An inflow is set on the lowest edge cell within this distance of its place, and no water may
# leave over the edge there.
INFLOW_REACH_M = 15_000.0
SECONDS_PER_YEAR = 365.25 * 86400.0


def river_width_m(mean_discharge_m3_s: F64) -> F64:
    """Bankfull width in metres of rivers of a mean discharge in m³/s, ``7.2 (2 Q)^0.5``."""
    bankfull = BANKFULL_OVER_MEAN * mean_discharge_m3_s
    return np.asarray(WIDTH_FACTOR * bankfull**WIDTH_EXPONENT, np.float64)


def build_rivers(elevation_m: F32, grid: Grid) -> NDArray[np.uint8]:
    """Width class of every cell: 0 none, 1 under 50 m, 2 from 50 to 300 m, 3 over 300 m.

    Rivers are 8-connected lines that end in the sea, at the grid's edge or in a wider river;
    streams narrower than 20 m and the sea itself are 0. Returns ``[height, width]`` uint8.
    """
    width = river_width_m(mean_discharge_m3_s(elevation_m, grid))
    classes = np.searchsorted(CLASS_BOUNDS_M, width, side="right").astype(np.uint8)
    classes[elevation_m <= 0] = 0
    return classes


def mean_discharge_m3_s(elevation_m: F32, grid: Grid) -> F64:
    """Mean discharge through every cell in m³/s, ``[height, width]`` float64."""
    z = np.ascontiguousarray(elevation_m, np.float32)
    h, w = grid.shape
    outlet = z <= 0
    outlet[0] = outlet[-1] = outlet[:, 0] = outlet[:, -1] = True
    entries = _open_inflows(z, grid, outlet)
    order = np.empty(h * w, np.int32)
    receiver = np.empty(h * w, np.int32)
    flood(z, outlet, order, receiver, 0.0)
    flow = (smooth_runoff_mm(grid, project) / 1000.0 * grid.cell_m**2 / SECONDS_PER_YEAR).ravel()
    for cell, discharge in entries:
        flow[cell] += discharge
    accumulate(order, receiver, flow)
    return flow.reshape(h, w)


def _open_inflows(z: F32, grid: Grid, outlet: NDArray[np.bool_]) -> list[tuple[int, float]]:
    """Close the edge around every inflow and return its cell and discharge."""
    h, w = grid.shape
    entries = []
    rows, cols = np.divmod(np.arange(h * w), w)
    edge = (rows == 0) | (rows == h - 1) | (cols == 0) | (cols == w - 1)
    at_edge = np.flatnonzero(edge)
    x, y = grid.to_metres(cols[at_edge] + 0.5, rows[at_edge] + 0.5)
    for inflow in INFLOWS:
        px, py = project(np.array([inflow.lon_deg]), np.array([inflow.lat_deg]))
        near = at_edge[np.hypot(x - px, y - py) <= INFLOW_REACH_M]
        if near.size == 0:
            continue
        land = near[z.ravel()[near] > 0]
        if land.size == 0:
            continue
        outlet.ravel()[land] = False
        entries.append((int(land[np.argmin(z.ravel()[land])]), inflow.discharge_m3_s))
    return entries


def smooth_runoff_mm(grid: Grid, to_metres: Callable[[F64, F64], tuple[F64, F64]]) -> F64:
    """Mean annual runoff in mm, smooth between the places of :data:`RUNOFF_MM`.

    ``to_metres`` brings longitudes and latitudes to the CRS of the grid.
    """
    lon, lat, value = np.array(RUNOFF_MM).T
    px, py = to_metres(lon, lat)
    x = grid.x_centres_m()[None, :]
    y = grid.y_centres_m()[:, None]
    weight = np.zeros(grid.shape)
    total = np.zeros(grid.shape)
    for place_x, place_y, runoff in zip(px, py, value, strict=True):
        near = ((x - place_x) ** 2 + (y - place_y) ** 2 + 4e8) ** -2.0
        weight += near
        total += near * runoff
    return np.asarray(total / weight, np.float64)
