"""The real skeleton of the relief: mean elevations of 5 arc-minute cells, and how to keep them.

Source: Recommendation ITU-R P.1511-2 (2019), cropped by ``tools/make_elevation_table.py``. Each
value is the mean height of a cell, so refinement must keep means, not pass through points.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.datasets.andes_amazon.region import DegreeTable, unproject
from corridor_sim.errors import LandscapeError
from corridor_sim.kernels.jit import kernel
from corridor_sim.landscape.grid import Grid

F64 = NDArray[np.float64]
F32 = NDArray[np.float32]

# A 5' cell counts as covered when a grid holds at least this share of the usual number of cells.
_COVERED = 0.6


class Skeleton(DegreeTable):
    """Means of the 5' cells, ``values [rows, cols]`` float64 in metres."""

    def ruggedness_m(self) -> F64:
        """Standard deviation of the means over 3 x 3 cells, ``[rows, cols]``, metres."""
        rows, cols = self.values.shape
        padded = np.pad(self.values, 1, mode="edge")
        nine = np.stack([padded[r : r + rows, c : c + cols] for r in range(3) for c in range(3)])
        return np.asarray(nine.std(axis=0), np.float64)


@lru_cache(maxsize=1)
def load_skeleton() -> Skeleton:
    """Read the packaged table; the sea and the few salt pans below it are put at 0 m."""
    table = Skeleton.read("elevation_5arcmin.npz", "mean_elevation_m")
    return replace(table, values=np.maximum(table.values.astype(np.float64), 0.0))


@kernel()
def _bilinear(nodes: NDArray[Any], row: NDArray[Any], col: NDArray[Any]) -> NDArray[Any]:
    """Linear interpolation between node centres at ``row``, ``col`` (first centre at 0)."""
    h, w = nodes.shape
    out = np.empty(row.shape)
    for i in range(row.shape[0]):
        for j in range(row.shape[1]):
            r = min(max(row[i, j], 0.0), h - 1.0)
            c = min(max(col[i, j], 0.0), w - 1.0)
            r0 = min(int(r), h - 2)
            c0 = min(int(c), w - 2)
            south = r - r0
            east = c - c0
            north_side = nodes[r0, c0] * (1.0 - east) + nodes[r0, c0 + 1] * east
            south_side = nodes[r0 + 1, c0] * (1.0 - east) + nodes[r0 + 1, c0 + 1] * east
            out[i, j] = north_side * (1.0 - south) + south_side * south
    return out


class Blocks:
    """Membership of a grid's cells in coarse cells, and fields that keep coarse means.

    Parameters
    ----------
    row, col : ndarray float64 [height, width]
        Position of every cell in coarse cells from the coarse north-western corner.
    shape : tuple of int
        Rows and columns of the coarse cells.
    """

    def __init__(self, row: F64, col: F64, shape: tuple[int, int]) -> None:
        self.shape = shape
        self._at = np.stack([row - 0.5, col - 0.5])
        index = np.floor(row).astype(np.int64) * shape[1] + np.floor(col).astype(np.int64)
        self._member = index.ravel()
        self._count = np.bincount(self._member, minlength=shape[0] * shape[1])
        usual = float(np.median(self._count[self._count > 0]))
        self.covered = (self._count > _COVERED * usual).reshape(shape)

    def means(self, values: F32 | F64) -> F64:
        """Mean of ``values`` over the members of every coarse cell; 0 where there are none."""
        total = np.bincount(self._member, values.ravel(), minlength=self._count.size)
        return np.asarray((total / np.maximum(self._count, 1)).reshape(self.shape), np.float64)

    def spread(self, values: F64, degree: int = 1) -> F64:
        """Spline of ``degree`` 1 or 2 whose mean over each coarse cell is ``values`` there.

        The mean of a spline of degree p over a cell is a spline of degree p + 1 at its centre, so
        the coefficients are those of the interpolating spline of degree p + 1.
        """
        from scipy.ndimage import map_coordinates, spline_filter

        coefficients = spline_filter(values, order=degree + 1, mode="mirror")
        if degree == 1:  # the usual case, five times faster than the general one
            return np.asarray(_bilinear(coefficients, *self._at), np.float64)
        field = map_coordinates(
            coefficients, self._at, order=degree, mode="mirror", prefilter=False
        )
        return np.asarray(field, np.float64)

    def keep(self, values: F32 | F64, means: F64, times: int = 1, degree: int = 1) -> F64:
        """Add smooth corrections until the covered cells' means are ``means``.

        One correction leaves about 7 % of the difference, as cells are squares in metres and the
        coarse ones in degrees.
        """
        out = values.astype(np.float64)
        for _ in range(times):
            out += self.spread(np.where(self.covered, means - self.means(out), 0.0), degree)
        return out


def blocks_of(grid: Grid) -> Blocks:
    """Return the membership of ``grid``'s cells in the skeleton's 5' cells.

    Raises
    ------
    LandscapeError
        When the grid has another CRS or reaches beyond the packaged table.
    """
    table = load_skeleton()
    lon, lat = unproject(*np.meshgrid(grid.x_centres_m(), grid.y_centres_m()))
    col, row = table.fractional(lon, lat)
    rows, cols = table.values.shape
    if row.min() < 0 or col.min() < 0 or row.max() >= rows or col.max() >= cols:
        raise LandscapeError(
            f"the grid reaches from {lon.min():.2f}, {lat.min():.2f} to {lon.max():.2f}, "
            f"{lat.max():.2f} degrees, beyond the packaged elevation",
            where="andes-amazon",
            remedy="use region_grid() or a window of it",
        )
    return Blocks(row, col, (rows, cols))
