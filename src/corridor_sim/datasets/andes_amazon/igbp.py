"""MODIS land-cover classes on the landscape's cells: the coarse classes, with terrain-fitted edges.

MODIS gives the majority class of 0.05 degree cells (5.5 km). Drawn as it is, the forest edge would
be a staircase. Here the coarse classes become smooth fractions, terrain and people tip the balance
near the edges, and a constant a class keeps every class at its MODIS area.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from corridor_sim.datasets.andes_amazon.fields import F32, F64
from corridor_sim.datasets.andes_amazon.region import DegreeTable

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
