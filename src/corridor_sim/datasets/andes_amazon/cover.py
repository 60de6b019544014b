"""Land cover of the built-in landscape: MODIS classes read as zones, placed along the terrain.

MODIS gives the majority class of 0.05 degree cells (5.5 km). Drawn as it is, the forest edge would
be a staircase. Here the coarse classes become smooth fractions, terrain and people tip the balance
near the edges, and a constant a class keeps every class at its MODIS area.
"""

from __future__ import annotations

from functools import lru_cache
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
from corridor_sim.datasets.andes_amazon.region import DegreeTable, project
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
from corridor_sim.landscape.covers import cover_table
from corridor_sim.landscape.derive import distance_m
from corridor_sim.landscape.grid import Grid

URBAN = 13
COVERS = cover_table("andes-amazon").by_key


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
    elevation_m : ndarray of float32
        Heights, ``[height, width]``.
    lon_deg, lat_deg : ndarray of float64
        Cell centres in degrees, ``[height, width]``.
    river, road : ndarray of uint8
        Width classes of rivers, classes of roads.

    Returns
    -------
    land_cover : ndarray of uint8
        Codes of the table ``andes-amazon``.
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


# A class may win a cell only where its smoothed fraction is above this: within about one coarse
# cell of where MODIS sees it.
LEAST_FRACTION = 0.06
BALANCING_ROUNDS = 24


class IgbpTable(DegreeTable):
    """IGBP classes 0 to 16 of 0.05 degree cells, ``values [rows, cols]`` uint8."""

    def nearest(self, lon_deg: F64, lat_deg: F64) -> NDArray[np.uint8]:
        """Class of the cell that holds each point."""
        col, row = self.fractional(lon_deg, lat_deg)
        r = np.clip(np.floor(row).astype(np.int64), 0, self.values.shape[0] - 1)
        c = np.clip(np.floor(col).astype(np.int64), 0, self.values.shape[1] - 1)
        return np.asarray(self.values[r, c], np.uint8)


@lru_cache(maxsize=1)
def load_igbp() -> IgbpTable:
    """Read the packaged table, made by ``tools/make_land_cover_table.py``."""
    return IgbpTable.read("igbp_2019_0p05deg.npz", "igbp_class")


def refine_classes(lon_deg: F64, lat_deg: F64, affinity: dict[int, F32]) -> NDArray[np.uint8]:
    """IGBP class of every cell, ``[height, width]`` uint8.

    Cell ``i`` takes the class ``k`` of the highest ``f_k(i) + a_k(i) + b_k``: ``f_k`` is the
    coarse indicator of the class interpolated linearly between the centres of coarse cells,
    ``a_k`` an affinity in the same unit, and ``b_k`` is found by iteration so that each class
    keeps the number of cells that the coarse table gives it. Well inside a coarse patch ``f``
    decides; along its edge, where two fractions are near one half, the affinity does.

    Parameters
    ----------
    lon_deg, lat_deg : ndarray of float64
        Cell centres, ``[height, width]``.
    affinity : dict of int to ndarray of float32
        Affinity of cells to a class, about -0.5 to 0.5; a class without one has 0.
    """
    table = load_igbp()
    coarse = table.nearest(lon_deg, lat_deg)
    wanted = np.bincount(coarse.ravel(), minlength=17)
    present = np.flatnonzero(wanted)
    corners, weights = _four_corners(table, lon_deg, lat_deg)
    # where the four surrounding coarse cells agree there is nothing to decide
    contested = np.flatnonzero((corners != corners[0]).any(axis=0).ravel())
    fine = corners[0].ravel().copy()
    corners, weights = corners.reshape(4, -1)[:, contested], weights.reshape(4, -1)[:, contested]
    scores = np.empty((len(present), len(contested)), np.float32)
    for n, k in enumerate(present):
        fraction = np.where(corners == k, weights, np.float32(0.0)).sum(axis=0)
        score = fraction
        if int(k) in affinity:
            score = score + affinity[int(k)].ravel()[contested]
        scores[n] = np.where(fraction > LEAST_FRACTION, score, np.float32(-9.0))
    settled = np.ones(len(fine), bool)
    settled[contested] = False
    # what is left for the contested cells to fill
    counted = np.bincount(fine[settled], minlength=17)[present]
    fine[contested] = present[_balance(scores, wanted[present] - counted)]
    return np.asarray(fine.reshape(coarse.shape), np.uint8)


def _four_corners(table: IgbpTable, lon_deg: F64, lat_deg: F64) -> tuple[NDArray[np.uint8], F32]:
    """Classes of the four coarse centres around each cell and their weights, ``[4, ...]``."""
    col, row = table.fractional(lon_deg, lat_deg)
    height, width = table.values.shape
    r0, c0 = np.floor(row - 0.5).astype(np.int64), np.floor(col - 0.5).astype(np.int64)
    down, across = (row - 0.5 - r0).astype(np.float32), (col - 0.5 - c0).astype(np.float32)
    classes, weights = [], []
    for dr, wr in ((0, 1 - down), (1, down)):
        for dc, wc in ((0, 1 - across), (1, across)):
            r, c = np.clip(r0 + dr, 0, height - 1), np.clip(c0 + dc, 0, width - 1)
            classes.append(table.values[r, c])
            weights.append(wr * wc)
    return np.stack(classes), np.stack(weights)


def _balance(scores: F32, target: NDArray[np.int64]) -> NDArray[np.int64]:
    """Row of the highest biased score of each column, with biases that meet the target counts."""
    bias = np.zeros(len(target), np.float32)
    best, best_miss = bias.copy(), np.inf
    for step in range(BALANCING_ROUNDS):
        counts = np.bincount(np.argmax(scores + bias[:, None], axis=0), minlength=len(target))
        ratio = np.log(np.maximum(target, 1) / np.maximum(counts, 1))
        miss = float(np.abs(ratio).max())
        if miss < best_miss:
            best, best_miss = bias.copy(), miss
        if miss < 0.01:
            break
        bias = bias + np.float32(0.4 / (1.0 + 0.1 * step)) * ratio.astype(np.float32)
    return np.asarray(np.argmax(scores + best[:, None], axis=0))
