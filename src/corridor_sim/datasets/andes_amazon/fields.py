"""Fields used to place things inside coarse cells: seeded noise, polygons, local position."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
Bool = NDArray[np.bool_]


def _lattice(i: NDArray[np.int64], j: NDArray[np.int64], key: int) -> F64:
    """Uniform numbers in [0, 1) for lattice points, mixed by SplitMix64 (Steele et al. 2014)."""
    with np.errstate(over="ignore"):
        z = (
            i.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
            + j.astype(np.uint64) * np.uint64(0xC2B2AE3D27D4EB4F)
            + np.uint64(key) * np.uint64(0x165667B19E3779F9)
        )
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(11)).astype(np.float64) / 2.0**53


def smooth_noise(x_m: F64, y_m: F64, wavelength_m: float, key: int) -> F32:
    """Smooth random field with mean 0 and values within -1 to 1, tied to map positions.

    Values of a lattice of spacing ``wavelength_m`` are joined by the smooth step
    ``3 t² - 2 t³``. The field depends on the position in metres alone, so every cell size sees
    the same patches.

    Parameters
    ----------
    x_m : ndarray of float64
        Map x of the columns, ``[width]``.
    y_m : ndarray of float64
        Map y of the rows, ``[height]``.
    wavelength_m : float
        Spacing of the lattice.
    key : int
        Names the field; different keys are unrelated.
    """

    def split(v: F64) -> tuple[NDArray[np.int64], F64]:
        whole = np.floor(v / wavelength_m)
        t = v / wavelength_m - whole
        return whole.astype(np.int64), t * t * (3.0 - 2.0 * t)

    col, u = split(x_m)
    row, v = split(y_m)
    cols = np.arange(col.min(), col.max() + 2)
    rows = np.arange(row.min(), row.max() + 2)
    table = 2.0 * _lattice(cols[None, :], rows[:, None], key) - 1.0
    r, c = (row - rows[0])[:, None], (col - cols[0])[None, :]
    u, v = u[None, :], v[:, None]
    north = table[r, c] * (1 - u) + table[r, c + 1] * u
    south = table[r + 1, c] * (1 - u) + table[r + 1, c + 1] * u
    return np.asarray(north * (1 - v) + south * v, np.float32)


def in_polygon(x: F64, y: F64, corners: tuple[tuple[float, float], ...]) -> Bool:
    """Whether points lie in a polygon."""
    import shapely

    ground = shapely.Polygon(corners)
    shapely.prepare(ground)
    return np.asarray(shapely.contains_xy(ground, x, y))


def west_of(x: F64, y: F64, line: tuple[tuple[float, float], ...]) -> Bool:
    """Whether points lie west of a line given from north to south; its ends reach on due north
    and south.
    """
    line_x = np.array([p[0] for p in line])[::-1]
    line_y = np.array([p[1] for p in line])[::-1]
    return np.asarray(x < np.interp(y, line_y, line_x))


def blur(values: F32, radius_m: float, cell_m: float) -> F32:
    """Gaussian mean with a standard deviation of ``radius_m``, what lies at the edge repeated.

    Wide means are taken over blocks an eighth of the radius wide and joined linearly, which is
    off by less than a hundredth of the range.
    """
    from scipy.ndimage import gaussian_filter, map_coordinates

    block = max(1, int(radius_m / cell_m / 8.0))
    if block == 1:
        return np.asarray(gaussian_filter(values, radius_m / cell_m, mode="nearest"), np.float32)
    height, width = (-(-n // block) for n in values.shape)
    pad = ((0, height * block - values.shape[0]), (0, width * block - values.shape[1]))
    blocks = np.pad(values, pad, mode="edge").reshape(height, block, width, block).mean((1, 3))
    smooth = gaussian_filter(blocks, radius_m / cell_m / block, mode="nearest")
    rows = (np.arange(values.shape[0], dtype=np.float32) + 0.5) / block - 0.5
    cols = (np.arange(values.shape[1], dtype=np.float32) + 0.5) / block - 0.5
    at = np.meshgrid(rows, cols, indexing="ij")
    return np.asarray(map_coordinates(smooth, at, order=1, mode="nearest"), np.float32)
