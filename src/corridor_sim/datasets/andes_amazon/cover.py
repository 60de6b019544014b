"""Land cover of the built-in landscape: MODIS classes read as zones, placed along the terrain."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.datasets.andes_amazon.fields import (
    F32,
    F64,
    Bool,
    blur,
    in_polygon,
    smooth_noise,
    west_of,
)
from corridor_sim.datasets.andes_amazon.igbp import refine_classes
from corridor_sim.datasets.andes_amazon.region import project
from corridor_sim.datasets.andes_amazon.tables import (
    DIVIDE,
    DRY_REGIONS,
    FOREST_TOP_M,
    ICE_FROM_M,
    MINES,
    RULES,
    SIDES,
)
from corridor_sim.datasets.andes_amazon.towns import cell_of
from corridor_sim.landscape.covers import COVERS
from corridor_sim.landscape.derive import distance_m
from corridor_sim.landscape.grid import Grid

URBAN = 13


def sides(lon_deg: F64, lat_deg: F64, elevation_m: F32, wobble: F32) -> NDArray[np.uint8]:
    """Index into :data:`SIDES` of every cell; ``wobble`` (-1 to 1) blurs the hand-drawn limits."""
    lon, lat = lon_deg + 0.06 * wobble, lat_deg - 0.06 * wobble
    side = np.where(west_of(lon, lat, DIVIDE), 1, 0).astype(np.uint8)
    z = elevation_m + 120.0 * wobble
    for region in DRY_REGIONS:
        side[in_polygon(lon, lat, region.corners) & (z < region.top_m)] = 2
    return side


def use_pressure(
    grid: Grid, elevation_m: F32, road: NDArray[np.uint8], towns: Bool, patches: F32
) -> F32:
    """How readily ground is put to use, without unit: high near people on low, gentle ground.

    The sum of nearness to roads (scale 6 km) and towns (12 km), less steepness (scale 12 degrees)
    and height above the surroundings (scale 300 m, surroundings of 8 km), with random patches;
    then half of its mean over 40 km is taken off, so that every district has its used and its
    wild ground.
    """
    south, east = np.gradient(elevation_m, grid.cell_m)
    slope = np.degrees(np.arctan(np.hypot(south, east))).astype(np.float32)
    above = elevation_m - blur(elevation_m, 8000.0, grid.cell_m)
    near = np.exp(-distance_m(road > 0, grid.cell_m) / 6000.0)
    near = near + 0.7 * np.exp(-distance_m(towns, grid.cell_m) / 12000.0)
    pressure = near - slope / 12.0 - above / 300.0 + 0.6 * patches
    return np.asarray(pressure - 0.5 * blur(pressure, 40_000.0, grid.cell_m), np.float32)


def natural_forest(elevation_m: F32, side: NDArray[np.uint8], wobble: F32) -> NDArray[np.uint8]:
    """Code of the natural forest of every cell's elevation.

    West of the divide the lowest belt is called premontane as well: the zone list knows no forest
    of the Pacific lowlands, and "lowland Amazon forest" would be wrong there.
    """
    z = elevation_m + 60.0 * wobble
    tops = [top for _, top in FOREST_TOP_M]
    codes = np.array([COVERS[key].code for key, _ in FOREST_TOP_M], np.uint8)
    index = np.minimum(np.searchsorted(tops, z, side="right"), len(codes) - 1)
    index = np.where(side == SIDES.index("amazon"), index, np.maximum(index, 1))
    return codes[index]


def _affinities(elevation_m: F32, pressure: F32) -> dict[int, F32]:
    """Which way each IGBP class leans along an edge, within about -0.45 to 0.45."""
    used = np.clip(pressure / 4.0, -0.3, 0.3)
    high = np.clip((elevation_m - 3300.0) / 1000.0, -0.3, 0.3)
    shore = np.clip((6.0 - elevation_m) / 30.0, -0.4, 0.2)
    out: dict[int, Any] = {
        0: shore,
        1: -used - np.maximum(high, 0.0),
        2: -used - np.maximum(high, 0.0),
        4: -used,
        8: -0.3 * used,
        9: 0.5 * used,
        10: 0.2 * used + 0.5 * high,
        11: np.clip((15.0 - elevation_m) / 60.0, -0.4, 0.2),
        12: used,
        14: used,
        URBAN: used,
    }
    return {k: np.clip(v, -0.45, 0.45).astype(np.float32) for k, v in out.items()}


def wetness(grid: Grid, elevation_m: F32, river: NDArray[np.uint8], patches: F32) -> F32:
    """Where standing water gathers: flat ground, low beside its surroundings, along large rivers.

    Without unit, high where wet: nearness to rivers of class 2 and 3 (scale 4 km), less relief
    within 2 km (scale 30 m) and height above the surroundings (scale 30 m), with random patches.
    """
    local = blur(elevation_m, 2000.0, grid.cell_m)
    rough = np.sqrt(np.maximum(blur((elevation_m - local) ** 2, 2000.0, grid.cell_m), 0.0))
    near = np.exp(-distance_m(river >= 2, grid.cell_m) / 4000.0)
    wet = near - rough / 30.0 - np.clip((elevation_m - local) / 30.0, -1.0, 1.0) + patches
    return np.asarray(wet, np.float32)


def _place(
    codes: NDArray[np.uint8],
    mask: Bool,
    orders: tuple[F32, F32],
    shares: list[tuple[str, float, NDArray[np.uint8] | int]],
) -> None:
    """Give the cells of ``mask`` the covers of ``shares``.

    ``orders`` are wetness and pressure: wetland takes the wettest cells, the other covers follow
    one another from the lowest pressure upwards.
    """
    cells = np.flatnonzero(mask)
    total = len(cells)
    for key, share, code in shares:
        if key == "wetland" and share < 1.0:
            by_wet = np.argsort(-orders[0].ravel()[cells], kind="stable")
            count = round(share * total)
            codes.flat[cells[by_wet[:count]]] = code
            cells = np.sort(cells[by_wet[count:]])
            shares = [s for s in shares if s[0] != key]
    if len(shares) > 1:
        cells = cells[np.argsort(orders[1].ravel()[cells], kind="stable")]
    weights = np.array([share for _, share, _ in shares])
    bounds = np.rint(np.cumsum([0.0, *(weights / weights.sum())]) * len(cells)).astype(np.int64)
    for (_, _, code), start, stop in zip(shares, bounds[:-1], bounds[1:], strict=True):
        part = cells[start:stop]
        codes.flat[part] = code.ravel()[part] if isinstance(code, np.ndarray) else code


def build_land_cover(
    grid: Grid,
    elevation_m: F32,
    lon_deg: F64,
    lat_deg: F64,
    river: NDArray[np.uint8],
    road: NDArray[np.uint8],
    towns: Bool,
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Corridor zones and the IGBP classes behind them.

    Parameters
    ----------
    grid : Grid
        Geometry.
    elevation_m : ndarray of float32
        Heights, ``[height, width]``.
    lon_deg, lat_deg : ndarray of float64
        Cell centres in degrees, ``[height, width]``.
    river, road : ndarray of uint8
        Width classes of rivers, classes of roads.
    towns : ndarray of bool
        Ground under houses.

    Returns
    -------
    land_cover : ndarray of uint8
        Codes of :data:`corridor_sim.landscape.covers.COVERS`.
    igbp : ndarray of uint8
        The refined IGBP class that each cell was read from.
    """
    x_m, y_m = grid.x_centres_m(), grid.y_centres_m()
    wobble = smooth_noise(x_m, y_m, 11_000.0, key=1)
    patches = 0.6 * smooth_noise(x_m, y_m, 7000.0, key=2)
    patches = patches + 0.4 * smooth_noise(x_m, y_m, 3000.0, key=3)
    side = sides(lon_deg, lat_deg, elevation_m, wobble)
    pressure = use_pressure(grid, elevation_m, road, towns, patches)
    wet = wetness(grid, elevation_m, river, smooth_noise(x_m, y_m, 2500.0, key=4))
    igbp = refine_classes(lon_deg, lat_deg, _affinities(elevation_m, pressure))
    forest = natural_forest(elevation_m, side, wobble)
    ecotone_m = elevation_m + 60.0 * wobble

    codes = np.zeros(grid.shape, np.uint8)
    for rule in RULES:
        mask = np.isin(igbp, rule.classes)
        if not mask.any():
            continue
        mask &= np.isin(side, [SIDES.index(s) for s in rule.sides])
        mask &= (ecotone_m >= rule.from_m) & (ecotone_m < rule.to_m)
        shares = [
            (key, share, forest if key == "forest" else COVERS[key].code)
            for key, share in rule.shares
        ]
        _place(codes, mask, (wet, pressure), shares)
    codes[(elevation_m >= ICE_FROM_M)] = COVERS["rock_ice"].code
    # houses stand where the towns are; what MODIS calls urban elsewhere is farmed ground
    codes[codes == COVERS["settlement"].code] = COVERS["crop_mosaic"].code
    codes[towns] = COVERS["settlement"].code
    _dig_mines(grid, codes)
    return codes, igbp


def _dig_mines(grid: Grid, codes: NDArray[np.uint8]) -> None:
    """Put each open pit down as the cells nearest to its centre, where it fills half a cell."""
    rows, cols = np.indices(grid.shape)
    for mine in MINES:
        x, y = project(np.array([mine.lon_deg]), np.array([mine.lat_deg]))
        row, col = cell_of(grid, float(x[0]), float(y[0]))
        count = round(mine.area_km2 / grid.cell_km2)
        if not (0 <= row < grid.height and 0 <= col < grid.width) or count == 0:
            continue
        far = (rows - row) ** 2 + (cols - col) ** 2
        codes.flat[np.argsort(far, axis=None, kind="stable")[:count]] = COVERS["mine"].code
