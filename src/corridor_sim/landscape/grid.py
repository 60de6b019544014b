"""The geometry of one raster grid: shape, cell, origin and CRS, and no pixels.

Row 0 is the northern edge, column 0 the western. Positions in metres are map coordinates
``(x, y)`` of the CRS; positions in cells are ``(col, row)`` measured from the north-western corner,
so that the centre of the first cell is ``(0.5, 0.5)``. Every other module asks the grid, and never
multiplies by a cell size itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import LandscapeError
from corridor_sim.glance import Glance, Rows

MAX_CELLS = 2**31 - 1


@dataclass(frozen=True, slots=True, repr=False)
class Grid(Glance):
    """A north-up grid of square cells in a metric CRS.

    Parameters
    ----------
    height, width : int
        Rows and columns.
    cell_m : float
        Edge of a cell in metres.
    west_m, north_m : float
        Map coordinates of the north-western corner in metres.
    crs : str
        CRS as an authority string (``"EPSG:32717"``) or WKT.
    """

    height: int
    width: int
    cell_m: float
    west_m: float
    north_m: float
    crs: str

    def __post_init__(self) -> None:
        if self.height < 1 or self.width < 1:
            raise LandscapeError(
                f"a grid of {self.height} x {self.width} cells is empty",
                remedy="give an extent of at least one cell",
            )
        if not (np.isfinite(self.cell_m) and self.cell_m > 0):
            raise LandscapeError(
                f"cell size {self.cell_m} m is impossible", remedy="use a cell above 0 m"
            )
        if self.height * self.width > MAX_CELLS:
            raise LandscapeError(
                f"{self.height} x {self.width} cells exceed 2^31", remedy="use larger cells"
            )

    def __str__(self) -> str:
        crs = self.crs if len(self.crs) < 40 or '"' not in self.crs else self.crs.split('"')[1]
        return (
            f"{self.height} x {self.width} cells of {self.cell_m:g} m, "
            f"{self.height * self.width * self.cell_km2:,.6g} km², {crs or 'no CRS'}"
        )

    def _glance(self) -> tuple[str, Rows]:
        west, south, east, north = self.bounds_m
        return str(self), [
            ("west to east", f"{west:,.10g} to {east:,.10g} m"),
            ("south to north", f"{south:,.10g} to {north:,.10g} m"),
        ]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns, the shape of every layer."""
        return (self.height, self.width)

    @property
    def cell_km2(self) -> float:
        """Area of one cell in km²."""
        return self.cell_m**2 / 1e6

    @property
    def bounds_m(self) -> tuple[float, float, float, float]:
        """West, south, east, north in metres (rasterio's order)."""
        return (
            self.west_m,
            self.north_m - self.height * self.cell_m,
            self.west_m + self.width * self.cell_m,
            self.north_m,
        )

    @property
    def transform(self) -> tuple[float, float, float, float, float, float]:
        """The six affine coefficients ``(a, b, c, d, e, f)`` as in rasterio's ``Affine``."""
        return (self.cell_m, 0.0, self.west_m, 0.0, -self.cell_m, self.north_m)

    def x_centres_m(self) -> NDArray[np.float64]:
        """Map x of the cell centres, ``[width]``, metres, rising eastwards."""
        return self.west_m + (np.arange(self.width, dtype=np.float64) + 0.5) * self.cell_m

    def y_centres_m(self) -> NDArray[np.float64]:
        """Map y of the cell centres, ``[height]``, metres, falling southwards."""
        return self.north_m - (np.arange(self.height, dtype=np.float64) + 0.5) * self.cell_m

    def to_cells(
        self, x_m: NDArray[np.float64], y_m: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Map metres to ``(col, row)`` in cells; may lie outside the grid."""
        return (x_m - self.west_m) / self.cell_m, (self.north_m - y_m) / self.cell_m

    def to_metres(
        self, col: NDArray[np.float64], row: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Inverse of :meth:`to_cells`."""
        return self.west_m + col * self.cell_m, self.north_m - row * self.cell_m
