"""Tiles: squares about as large as home ranges, in which animals are counted over generations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from corridor_sim.kernels.searching import Neighbours
from corridor_sim.species.life_cycle import LifeCycle

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
# edge of a tile as a share of the radius within which numbers and capacity are compared
TILES_PER_RADIUS = 2
# edge in tiles of the squares whose young start on the same walks
TILES_PER_STRATUM = 2


@dataclass(frozen=True, slots=True)
class Tiles:
    """The tiles of one species on one grid.

    A square of the grid is one tile outside core areas, and one for each block that it holds ground
    of; numbers are compared with capacity on whole squares.

    Attributes
    ----------
    side : int
        Edge of a square in cells.
    tile : int32 ``[height, width]``
        Tile of each cell; -1 where the species lives on none of the landscapes.
    square : int32 ``[tile]``
    block : int16 ``[tile]``
        0 = outside core areas.
    stratum : int32 ``[tile]``
        Tiles of one block, or of none, whose young start on the same walks.
    row, col : float64 ``[square]``
        Centre of each square, in squares.
    crowd, mates : Neighbours
        Within the radius of crowding, and within the mating reach.
    """

    side: int
    tile: I32
    square: I32
    block: NDArray[np.int16]
    stratum: I32
    row: F64
    col: F64
    crowd: Neighbours
    mates: Neighbours

    @property
    def n(self) -> int:
        """Number of tiles."""
        return int(self.square.size)

    @property
    def n_squares(self) -> int:
        """Number of squares."""
        return int(self.row.size)

    @property
    def n_strata(self) -> int:
        """Number of strata."""
        return int(self.stratum.max(initial=-1)) + 1

    def sums(self, values: F64) -> F64:
        """Return sums of values of cells ``[height, width]`` by tile."""
        inside = self.tile >= 0
        return np.bincount(self.tile[inside], values[inside], minlength=self.n).astype(np.float64)

    def of_squares(self, values: F64) -> F64:
        """Return sums of values of tiles by square."""
        return np.bincount(self.square, values, minlength=self.n_squares).astype(np.float64)


def tiles_of(
    life: LifeCycle, cell_m: float, block: NDArray[np.int16], lived_in: NDArray[np.bool_]
) -> Tiles:
    """Return the tiles of a species.

    Parameters
    ----------
    life : LifeCycle
        Gives the radius of crowding, whose half is the edge of a tile, and the mating reach.
    block : int16 ``[height, width]``
        Block of core areas of each cell.
    lived_in : bool ``[height, width]``
        Cells that feed the species on any of the landscapes to come.
    """
    radius = life.capacity_radius_m.value / cell_m
    side = max(1, round(radius / TILES_PER_RADIUS))
    width = block.shape[1]
    row, col = np.divmod(np.flatnonzero(lived_in), width)
    b = block.reshape(-1)[row * width + col].astype(np.int64)
    n_blocks = int(block.max()) + 1

    def key_of(edge: int) -> I64:
        across = -(-width // edge)
        return np.asarray((row // edge * across + col // edge) * n_blocks + b)

    found, first, number = np.unique(key_of(side), return_index=True, return_inverse=True)
    tile = np.full(block.shape, -1, np.int32)
    tile[row, col] = number
    squares, square = np.unique(found // n_blocks, return_inverse=True)
    _, stratum = np.unique(key_of(side * TILES_PER_STRATUM)[first], return_inverse=True)
    at_row, at_col = np.divmod(squares, -(-width // side))
    places = np.stack([at_row, at_col], axis=1).astype(np.float64)
    return Tiles(
        side=side,
        tile=tile,
        square=square.astype(np.int32),
        block=(found % n_blocks).astype(np.int16),
        stratum=stratum.astype(np.int32),
        row=places[:, 0],
        col=places[:, 1],
        crowd=_within(places, radius / side),
        mates=_within(places, life.mating_reach_m.value / cell_m / side),
    )


def _within(places: F64, reach: float) -> Neighbours:
    """Return the neighbours within a reach, in squares."""
    if not places.size:
        return Neighbours(np.zeros(1, np.int64), np.zeros(0, np.int64))
    near = KDTree(places).query_ball_point(places, reach + 1e-9, return_sorted=True)
    counts = np.array([len(one) for one in near], np.int64)
    first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return Neighbours(first, np.concatenate([np.asarray(one, np.int64) for one in near]))
