"""Going between the landscape's cells and the coarser ones on which parts of it are planned."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.landscape.grid import Grid


@dataclass(frozen=True, slots=True)
class Coarse:
    """A grid of blocks of ``factor`` by ``factor`` cells with the same north-western corner.

    Blocks on the southern and eastern edges may reach beyond the fine grid; they are filled with
    its edge cells.
    """

    grid: Grid
    factor: int

    def _blocks(self, values: NDArray[Any]) -> NDArray[Any]:
        height, width = self.grid.shape
        f = self.factor
        pad = ((0, height * f - values.shape[0]), (0, width * f - values.shape[1]))
        return np.pad(values, pad, mode="edge").reshape(height, f, width, f)

    def mean(self, values: NDArray[Any]) -> NDArray[np.float32]:
        """Mean of each block, ``[height, width]`` float32."""
        return np.asarray(self._blocks(values).mean(axis=(1, 3), dtype=np.float64), np.float32)

    def highest(self, values: NDArray[Any]) -> NDArray[Any]:
        """Highest value of each block."""
        return np.asarray(self._blocks(values).max(axis=(1, 3)))

    def spread(self, values: NDArray[Any], shape: tuple[int, int]) -> NDArray[Any]:
        """Every fine cell gets the value of its block; ``shape`` is that of the fine grid."""
        fine = np.repeat(np.repeat(values, self.factor, axis=0), self.factor, axis=1)
        return np.ascontiguousarray(fine[: shape[0], : shape[1]])


def coarsen(grid: Grid, least_cell_m: float) -> tuple[Coarse, int]:
    """The blocks nearest to ``least_cell_m`` and not above it twice over, and their factor.

    The factor is 1, and the coarse grid the grid itself, when its cells are large enough.
    """
    factor = max(1, round(least_cell_m / grid.cell_m))
    coarse = Grid(
        math.ceil(grid.height / factor),
        math.ceil(grid.width / factor),
        grid.cell_m * factor,
        grid.west_m,
        grid.north_m,
        grid.crs,
    )
    return Coarse(coarse, factor), factor


def line_cells(
    grid: Grid, x_m: NDArray[np.float64], y_m: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns of the cells along a broken line, each an eight-neighbour of the next."""
    col, row = grid.to_cells(x_m, y_m)
    rows: list[NDArray[np.float64]] = [row[:1]]
    cols: list[NDArray[np.float64]] = [col[:1]]
    for i in range(1, len(row)):
        steps = max(1, math.ceil(max(abs(row[i] - row[i - 1]), abs(col[i] - col[i - 1]))))
        part = np.arange(1, steps + 1) / steps
        rows.append(row[i - 1] + part * (row[i] - row[i - 1]))
        cols.append(col[i - 1] + part * (col[i] - col[i - 1]))
    return (
        np.clip(np.floor(np.concatenate(rows)).astype(np.int64), 0, grid.height - 1),
        np.clip(np.floor(np.concatenate(cols)).astype(np.int64), 0, grid.width - 1),
    )
