"""Layers that follow from others: slope, distances, access, lift, roosts. Pure array functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.nearest import nearest_m
from corridor_sim.landscape.covers import COVERS
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.layers import DERIVED_LAYERS

F32 = NDArray[np.float32]

# Trade winds blow from the east over the whole region, so eastern slopes hold the orographic lift
# (Emck 2007, A climatology of South Ecuador, reports easterlies for most of the year).
WIND_SPEED_MS = 7.0
WIND_FROM_DEG = 95.0
ACCESS_SCALE_M = 5000.0
# A coarse cell smooths its slopes away. Relief is self-affine over these scales, so slopes measured
# over d metres go as d^(H - 1); H = 0.65 is an assumption within the 0.5-0.8 of mountain relief
# (Turcotte 1997, Fractals and Chaos in Geology and Geophysics, ch. 7). Wind and cliffs meet slopes
# of about 90 m.
HURST = 0.65
LOCAL_SCALE_M = 90.0
ROOST_SLOPE_DEG = 35.0
ROOST_MIN_ELEVATION_M = 1800.0


def slope_components(elevation_m: F32, cell_m: float) -> tuple[F32, F32]:
    """Rise per metre eastwards and northwards, ``[height, width]``, by central differences.

    A grid with a single row or column has no slope along that axis.
    """
    z = elevation_m.astype(np.float32)
    east = np.gradient(z, cell_m, axis=1) if z.shape[1] > 1 else np.zeros_like(z)
    south = np.gradient(z, cell_m, axis=0) if z.shape[0] > 1 else np.zeros_like(z)
    return east.astype(np.float32), (-south).astype(np.float32)


def distance_m(source: NDArray[np.bool_], cell_m: float) -> F32:
    """Euclidean distance in metres from each cell to the nearest ``True`` cell; far if none."""
    if not source.any():
        return np.full(source.shape, 1e6, np.float32)
    return nearest_m(source, cell_m)


def local_slope_factor(cell_m: float) -> float:
    """Return how many times steeper the ground is at 90 m than its cell-mean surface.

    1 for cells of 90 m and below, 2.3 for cells of 1 km.
    """
    return float(max(cell_m / LOCAL_SCALE_M, 1.0) ** (1.0 - HURST))


def derive(grid: Grid, layers: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return ``layers`` with every derived layer recomputed from the input layers.

    Orographic lift is the component of the mean wind up the slope, ``w = v . grad z``
    (Brandes & Ombalski 2004, eq. 1), for a wind of 7 m/s from 95 degrees and the slopes inside a
    cell (:func:`local_slope_factor`). Roosts are cells with slopes of 35 degrees inside. Thermal
    lift at the warmest hour is 3.5 m/s over open dry ground and less over forest and water; the
    engine scales it with the hour of the day.

    Protection starts as "inside a core area" and keeps what was there before: an edit may protect
    ground that belongs to no core area, so that the core areas between which animals are counted
    stay the same in every scenario.
    """
    relief = _of_relief(grid, layers)
    road_m = _road_m(grid, layers)
    town_m = _town_m(grid, layers)
    return {
        **layers,
        "protection": _protection(layers),
        **relief,
        "road_distance_m": road_m,
        "settlement_distance_m": town_m,
        "hazard_access": _access(road_m, town_m),
        "lift_thermal_ms": _thermal(grid, layers),
    }


def derive_changed(
    grid: Grid, layers: dict[str, NDArray[Any]], before: Mapping[str, NDArray[Any]]
) -> dict[str, NDArray[Any]]:
    """Return what :func:`derive` does, recomputing only what rests on a layer that changed.

    Parameters
    ----------
    layers : dict of ndarray
        Input layers, and ``protection`` where an edit added to it.
    before : Mapping of ndarray
        All layers, derived ones included, of a landscape on the same grid. Derived layers whose
        inputs hold the same values are taken over from it, without a copy.
    """

    def changed(name: str) -> bool:
        return layers[name] is not before[name] and not np.array_equal(layers[name], before[name])

    out = {**before, **layers}
    out.update({name: before[name] for name in DERIVED_LAYERS if name != "protection"})
    if changed("elevation_m"):
        out.update(_of_relief(grid, layers))
    if changed("road"):
        out["road_distance_m"] = _road_m(grid, layers)
    if changed("land_cover"):
        out["lift_thermal_ms"] = _thermal(grid, layers)
        town = COVERS["settlement"].code
        if not np.array_equal(layers["land_cover"] == town, before["land_cover"] == town):
            out["settlement_distance_m"] = _town_m(grid, layers)
    nearer = ("road_distance_m", "settlement_distance_m")
    if any(out[name] is not before[name] for name in nearer):
        out["hazard_access"] = _access(*(out[name] for name in nearer))
    if changed("protected") or changed("protection"):
        out["protection"] = _protection(layers)
    else:
        out["protection"] = before["protection"]
    return out


def _of_relief(grid: Grid, layers: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    z = layers["elevation_m"]
    east, north = slope_components(z, grid.cell_m)
    slope = np.degrees(np.arctan(np.hypot(east, north))).astype(np.float32)
    toward = np.radians(WIND_FROM_DEG + 180.0)
    steeper = np.float32(local_slope_factor(grid.cell_m))
    uphill = steeper * WIND_SPEED_MS * (np.sin(toward) * east + np.cos(toward) * north)
    cliff = steeper * np.tan(np.radians(slope)) >= np.tan(np.radians(ROOST_SLOPE_DEG))
    roost = cliff & (z >= ROOST_MIN_ELEVATION_M)
    return {
        "slope_deg": slope,
        "lift_orographic_ms": np.clip(uphill, 0, 15).astype(np.float32),
        "roost": roost.astype(np.uint8),
    }


def _road_m(grid: Grid, layers: Mapping[str, NDArray[Any]]) -> F32:
    return distance_m(layers["road"] > 0, grid.cell_m)


def _town_m(grid: Grid, layers: Mapping[str, NDArray[Any]]) -> F32:
    return distance_m(layers["land_cover"] == COVERS["settlement"].code, grid.cell_m)


def _access(road_m: F32, town_m: F32) -> F32:
    access: F32 = np.exp(-np.minimum(road_m, town_m) / ACCESS_SCALE_M).astype(np.float32)
    return access


def _thermal(grid: Grid, layers: Mapping[str, NDArray[Any]]) -> F32:
    cover = layers["land_cover"]
    by_code = np.full(256, 2.0, np.float32)
    for key, lift in _THERMAL_BY_COVER.items():
        by_code[COVERS[key].code] = lift
    thermal: F32 = by_code[cover]
    return thermal


def _protection(layers: Mapping[str, NDArray[Any]]) -> NDArray[np.uint8]:
    protection = layers["protected"] > 0
    if "protection" in layers:
        protection = protection | (layers["protection"] > 0)
    return protection.astype(np.uint8)


_THERMAL_BY_COVER = {
    "lowland_forest": 1.0,
    "premontane_forest": 1.2,
    "lower_montane_forest": 1.3,
    "cloud_forest": 1.1,
    "upper_montane_forest": 1.6,
    "paramo": 2.6,
    "wetland": 0.8,
    "water": 0.1,
    "dry_scrub": 3.5,
    "crop_mosaic": 2.6,
    "pasture": 2.6,
    "settlement": 2.8,
    "mine": 3.0,
    "rock_ice": 2.2,
}
