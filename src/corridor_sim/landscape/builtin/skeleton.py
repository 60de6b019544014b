"""The real skeleton of the relief: mean elevations of 5 arc-minute cells.

Source: Recommendation ITU-R P.1511-2 (2019), cropped by ``tools/make_elevation_table.py``. Each
value is the mean height of a cell, so refinement must keep means, not pass through points.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Skeleton:
    """Means of the 5' cells, ``[rows, cols]`` in metres, row 0 in the north."""

    mean_m: F64
    west_deg: float
    north_deg: float
    cells_per_degree: int

    def fractional(self, lon_deg: F64, lat_deg: F64) -> tuple[F64, F64]:
        """Column and row in cells from the north-western corner (first centre at 0.5)."""
        return (
            (lon_deg - self.west_deg) * self.cells_per_degree,
            (self.north_deg - lat_deg) * self.cells_per_degree,
        )


@lru_cache(maxsize=1)
def load_skeleton() -> Skeleton:
    """Read the packaged table; the sea and the few salt pans below it are put at 0 m."""
    file = resources.files("corridor_sim.landscape.builtin") / "data" / "elevation_5arcmin.npz"
    with file.open("rb") as handle, np.load(handle, allow_pickle=False) as archive:
        means = np.maximum(archive["mean_elevation_m"].astype(np.float64), 0.0)
        return Skeleton(
            means,
            float(archive["west_deg"]),
            float(archive["north_deg"]),
            int(archive["cells_per_degree"]),
        )
