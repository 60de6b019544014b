"""Where the built-in landscape lies: its grid, coarser ones, and tables in degrees."""

from __future__ import annotations

import math
from dataclasses import dataclass
from importlib import resources
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import LandscapeError
from corridor_sim.landscape.grid import Grid

WEST_DEG, SOUTH_DEG, EAST_DEG, NORTH_DEG = -80.5, -7.0, -76.0, -1.5
CRS = "EPSG:32717"
DEFAULT_CELL_M = 1000.0
MIN_CELL_M, MAX_CELL_M = 30.0, 10_000.0


def project(
    lon_deg: NDArray[np.float64], lat_deg: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Longitude and latitude (WGS 84, degrees, any shape) to map metres of :data:`CRS`."""
    from pyproj import Transformer

    x, y = Transformer.from_crs("EPSG:4326", CRS, always_xy=True).transform(lon_deg, lat_deg)
    return np.asarray(x, np.float64), np.asarray(y, np.float64)


def unproject(
    x_m: NDArray[np.float64], y_m: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Inverse of :func:`project`: map metres to longitude and latitude in degrees."""
    from pyproj import Transformer

    lon, lat = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True).transform(x_m, y_m)
    return np.asarray(lon, np.float64), np.asarray(lat, np.float64)


@dataclass(frozen=True, slots=True)
class DegreeTable:
    """A packaged table of cells in degrees: ``values [rows, cols]``, row 0 in the north."""

    values: NDArray[Any]
    west_deg: float
    north_deg: float
    cells_per_degree: int

    @classmethod
    def read(cls, file: str, key: str) -> Self:
        """Read the array ``key`` of a file in ``data`` and where it lies."""
        path = resources.files("corridor_sim.datasets.andes_amazon") / "data" / file
        with path.open("rb") as handle, np.load(handle, allow_pickle=False) as archive:
            return cls(
                archive[key],
                float(archive["west_deg"]),
                float(archive["north_deg"]),
                int(archive["cells_per_degree"]),
            )

    def fractional(
        self, lon_deg: NDArray[np.float64], lat_deg: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Column and row in cells from the north-western corner (first centre at 0.5)."""
        return (
            (lon_deg - self.west_deg) * self.cells_per_degree,
            (self.north_deg - lat_deg) * self.cells_per_degree,
        )


def bounds_m() -> tuple[float, float, float, float]:
    """West, south, east, north of the rectangle around the region's curved outline, metres."""
    lon = np.linspace(WEST_DEG, EAST_DEG, 91)
    lat = np.linspace(SOUTH_DEG, NORTH_DEG, 111)
    edge_lon = np.concatenate([lon, lon, np.full(111, WEST_DEG), np.full(111, EAST_DEG)])
    edge_lat = np.concatenate([np.full(91, SOUTH_DEG), np.full(91, NORTH_DEG), lat, lat])
    x, y = project(edge_lon, edge_lat)
    return float(x.min()), float(y.min()), float(x.max()), float(y.max())


def region_grid(cell_m: float = DEFAULT_CELL_M) -> Grid:
    """Return the grid of the region: its bounding rectangle snapped outwards to whole cells.

    Cell edges lie at multiples of ``cell_m``, so grids whose cells divide one another nest.

    Raises
    ------
    LandscapeError
        When ``cell_m`` is outside 30 m to 10 km.
    """
    if not MIN_CELL_M <= cell_m <= MAX_CELL_M:
        raise LandscapeError(
            f"cell size {cell_m} m cannot be used for the built-in landscape",
            where="andes-amazon",
            remedy=f"choose {MIN_CELL_M:g} to {MAX_CELL_M:g} m",
        )
    west, south, east, north = bounds_m()
    left, right = math.floor(west / cell_m), math.ceil(east / cell_m)
    bottom, top = math.floor(south / cell_m), math.ceil(north / cell_m)
    return Grid(top - bottom, right - left, cell_m, left * cell_m, top * cell_m, CRS)


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
