"""How much of each cell a polygon covers: exact shares of cells, and sums over them.

The share of a cell is the area of its intersection with the polygon over the area of the cell, in
the plane of the grid; nothing is sampled. A polygon is cut into blocks of cells first, so that each
cell is met by the few corners near to it and not by all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from corridor_sim.landscape.grid import Grid

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
# cells along the edge of a block
BLOCK = 32
# of a cell; what overlays leave at edges that only touch
CRUMB = 1e-12


@dataclass(frozen=True, slots=True)
class Coverage:
    """Cells that a polygon covers, whole or in part.

    Attributes
    ----------
    cells : int64 ``[n]``
        Flat indices, rising.
    share : float64 ``[n]``
        Of each cell, above 0 and at most 1.
    cell_km2 : float
        Area of a whole cell.
    """

    cells: I64
    share: F64
    cell_km2: float

    @property
    def area_km2(self) -> float:
        """Ground that is covered within the grid."""
        return float(self.share.sum() * self.cell_km2)

    def on(self, outside: NDArray[np.bool_] | None) -> Coverage:
        """Return what of it is ground; ``outside`` ``[height, width]`` says where there is none."""
        if outside is None:
            return self
        kept = ~outside.reshape(-1)[self.cells]
        return Coverage(self.cells[kept], self.share[kept], self.cell_km2)

    def total(self, per_cell: NDArray[Any]) -> float:
        """Return the sum over a map of amounts a cell, ``sum_c share_c value_c``."""
        return float((self.share * per_cell.reshape(-1)[self.cells]).sum(dtype=np.float64))

    def weights(self, n_cells: int) -> F64:
        """Return the shares of all cells of a grid, ``[n_cells]``, 0 where nothing is covered."""
        found = np.zeros(n_cells)
        found[self.cells] = self.share
        return found


def whole_cells(cells: NDArray[np.bool_], grid: Grid) -> Coverage:
    """Return the ground of some cells, ``[height, width]``, each of them all of it."""
    found = np.flatnonzero(cells)
    return Coverage(found, np.ones(found.size), grid.cell_km2)


def coverage_of(shape: Any, grid: Grid) -> Coverage:
    """Return the exact share of every cell that a polygon covers.

    ``share = area(polygon and cell) / area(cell)``; what lies beyond the grid is left out.

    Parameters
    ----------
    shape : shapely Polygon or MultiPolygon
        Valid, in the CRS of the grid.
    grid : Grid

    Returns
    -------
    Coverage

    Examples
    --------
    >>> from shapely import box
    >>> one = coverage_of(box(500, -1500, 2000, 0), Grid(2, 3, 1000.0, 0.0, 0.0, "EPSG:32717"))
    >>> one.cells.tolist(), one.share.tolist()
    ([0, 1, 3, 4], [0.5, 1.0, 0.25, 0.5])
    """
    found: list[tuple[I64, F64]] = []
    if not shape.is_empty:
        for rows, cols in _blocks(shape.bounds, grid):
            found.append(_of_block(shape, grid, rows, cols))
    cells = np.concatenate([c for c, _ in found]) if found else np.empty(0, np.int64)
    share = np.concatenate([s for _, s in found]) if found else np.empty(0)
    order = np.argsort(cells, kind="stable")
    return Coverage(cells[order], share[order], grid.cell_km2)


def _blocks(
    bounds: tuple[float, float, float, float], grid: Grid
) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Yield rows and columns, from and to, of the blocks within the bounds."""
    west, south, east, north = bounds
    cell = grid.cell_m
    r0 = max(int(np.floor((grid.north_m - north) / cell)), 0)
    r1 = min(int(np.ceil((grid.north_m - south) / cell)), grid.height)
    c0 = max(int(np.floor((west - grid.west_m) / cell)), 0)
    c1 = min(int(np.ceil((east - grid.west_m) / cell)), grid.width)
    for row in range(r0, r1, BLOCK):
        for col in range(c0, c1, BLOCK):
            yield (row, min(row + BLOCK, r1)), (col, min(col + BLOCK, c1))


def _of_block(
    shape: Any, grid: Grid, rows: tuple[int, int], cols: tuple[int, int]
) -> tuple[I64, F64]:
    cell = grid.cell_m
    west, north = grid.west_m + cols[0] * cell, grid.north_m - rows[0] * cell
    frame = shapely.box(west, grid.north_m - rows[1] * cell, grid.west_m + cols[1] * cell, north)
    row, col = (
        one.reshape(-1) for one in np.meshgrid(np.arange(*rows), np.arange(*cols), indexing="ij")
    )
    flat = row * grid.width + col
    piece = shapely.intersection(shape, frame)
    if piece.area <= CRUMB * cell * cell:
        return np.empty(0, np.int64), np.empty(0)
    if piece.area >= frame.area * (1 - CRUMB):
        return flat.astype(np.int64), np.ones(flat.size)
    left, top = grid.west_m + col * cell, grid.north_m - row * cell
    boxes = shapely.box(left, top - cell, left + cell, top)
    shapely.prepare(piece)
    share = np.where(shapely.covers(piece, boxes), 1.0, 0.0)
    partly = np.flatnonzero((share == 0) & shapely.intersects(piece, boxes))
    share[partly] = shapely.area(shapely.intersection(piece, boxes[partly])) / (cell * cell)
    kept = share > CRUMB
    return flat[kept].astype(np.int64), np.minimum(share[kept], 1.0)
