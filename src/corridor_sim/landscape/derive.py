"""Layers that follow from others: slope, distances, access, lift, roosts. Pure array functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.nearest import nearest_m
from corridor_sim.landscape.covers import CoverTable
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.layers import DERIVED_LAYERS
from corridor_sim.landscape.region import Region

F32 = NDArray[np.float32]

# A coarse cell smooths its slopes away. Relief is self-affine over these scales, so slopes measured
# over d metres go as d^(H - 1); H = 0.65 is an assumption within the 0.5-0.8 of mountain relief
# (Turcotte 1997, Fractals and Chaos in Geology and Geophysics, ch. 7). Wind and cliffs meet slopes
# of about 90 m.
HURST = 0.65
LOCAL_SCALE_M = 90.0


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


def derive(
    grid: Grid, layers: dict[str, NDArray[Any]], covers: CoverTable, region: Region
) -> dict[str, NDArray[Any]]:
    """Return ``layers`` with every derived layer recomputed from the input layers.

    Orographic lift is the component of the region's mean wind up the slope, ``w = v . grad z``
    (Brandes & Ombalski 2004, eq. 1), for the slopes inside a cell (:func:`local_slope_factor`).
    Roosts are cells with slopes inside as steep as the region says, from its height on. Thermal
    lift at the warmest hour is what the table of land cover says of each class; the engine scales
    it with the hour of the day. What the region or the table does not tell is 0.

    Protection starts as "inside a core area" and keeps what was there before: an edit may protect
    ground that belongs to no core area, so that the core areas between which animals are counted
    stay the same in every scenario.
    """
    relief = _of_relief(grid, layers, region)
    road_m = _road_m(grid, layers)
    town_m = _town_m(grid, layers, covers)
    return {
        **layers,
        "protection": _protection(layers),
        **relief,
        "road_distance_m": road_m,
        "settlement_distance_m": town_m,
        "hazard_access": _access(road_m, town_m, region),
        "lift_thermal_ms": _thermal(layers, covers),
    }


def derive_changed(
    grid: Grid,
    layers: dict[str, NDArray[Any]],
    before: Mapping[str, NDArray[Any]],
    covers: CoverTable,
    region: Region,
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
        out.update(_of_relief(grid, layers, region))
    if changed("road"):
        out["road_distance_m"] = _road_m(grid, layers)
    if changed("land_cover"):
        out["lift_thermal_ms"] = _thermal(layers, covers)
        now, then = (covers.has(one["land_cover"], "settlement") for one in (layers, before))
        if not np.array_equal(now, then):
            out["settlement_distance_m"] = _town_m(grid, layers, covers)
    nearer = ("road_distance_m", "settlement_distance_m")
    if any(out[name] is not before[name] for name in nearer):
        out["hazard_access"] = _access(out[nearer[0]], out[nearer[1]], region)
    if changed("protected") or changed("protection"):
        out["protection"] = _protection(layers)
    else:
        out["protection"] = before["protection"]
    return out


def _of_relief(
    grid: Grid, layers: Mapping[str, NDArray[Any]], region: Region
) -> dict[str, NDArray[Any]]:
    z = layers["elevation_m"]
    east, north = slope_components(z, grid.cell_m)
    slope = np.degrees(np.arctan(np.hypot(east, north))).astype(np.float32)
    steeper = np.float32(local_slope_factor(grid.cell_m))
    lift, roost = np.zeros_like(slope), np.zeros(slope.shape, np.uint8)
    if region.wind_speed_ms is not None and region.wind_from_deg is not None:
        toward = np.radians(region.wind_from_deg + 180.0)
        uphill = steeper * region.wind_speed_ms * (np.sin(toward) * east + np.cos(toward) * north)
        lift = np.clip(uphill, 0, 15).astype(np.float32)
    if region.roost_slope_deg is not None and region.roost_min_elevation_m is not None:
        cliff = steeper * np.tan(np.radians(slope)) >= np.tan(np.radians(region.roost_slope_deg))
        roost = (cliff & (z >= region.roost_min_elevation_m)).astype(np.uint8)
    if "outside" in layers:
        roost[layers["outside"] > 0] = 0
    return {"slope_deg": slope, "lift_orographic_ms": lift, "roost": roost}


def _road_m(grid: Grid, layers: Mapping[str, NDArray[Any]]) -> F32:
    return distance_m(layers["road"] > 0, grid.cell_m)


def _town_m(grid: Grid, layers: Mapping[str, NDArray[Any]], covers: CoverTable) -> F32:
    return distance_m(covers.has(layers["land_cover"], "settlement"), grid.cell_m)


def _access(road_m: F32, town_m: F32, region: Region) -> F32:
    if region.access_scale_m is None:
        return np.zeros_like(road_m)
    access: F32 = np.exp(-np.minimum(road_m, town_m) / region.access_scale_m).astype(np.float32)
    return access


def _thermal(layers: Mapping[str, NDArray[Any]], covers: CoverTable) -> F32:
    by_code = np.zeros(256, np.float32)
    for row in covers.rows:
        by_code[row.code] = row.lift_thermal_ms or 0.0
    thermal: F32 = by_code[layers["land_cover"]]
    return thermal


def _protection(layers: Mapping[str, NDArray[Any]]) -> NDArray[np.uint8]:
    protection = layers["protected"] > 0
    if "protection" in layers:
        protection = protection | (layers["protection"] > 0)
    return protection.astype(np.uint8)
