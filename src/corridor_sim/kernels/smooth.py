"""A Gaussian moving average over a raster, row by row, so that only a strip is ever worked on.

The sums are those of ``scipy.ndimage.gaussian_filter`` in the same order: in double precision over
the column, rounded to single, in double precision over the row. A cell and its mirror image are
added first, from the outermost pair inwards. Cells side by side are summed together, which changes
no sum.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.atomic import fetch_add
from corridor_sim.kernels.jit import kernel, on_threads

# rows that a thread takes at a time
ROWS = 16
# columns that are summed together
COLUMNS = 1024


@kernel(inline=True)
def _sums(total, line, weight):
    """Set ``total[i]`` to the average around ``line[i + radius]``."""
    radius = weight.size - 1
    for i in range(total.size):
        total[i] = line[i + radius] * weight[0]
    for k in range(radius, 0, -1):
        w = weight[k]
        left = line[radius - k :]
        right = line[radius + k :]
        for i in range(total.size):
            total[i] += (left[i] + right[i]) * w


@kernel(allocates=False)
def _smooth(taken, total, line, values, weight, nearest, out):
    """Fill one strip of rows of ``out`` after the other until none is left to take.

    ``nearest`` continues the edge beyond it; otherwise there is nothing.
    """
    height, width = values.shape
    radius = weight.size - 1
    block = fetch_add(taken, 0, 1)
    while block * ROWS < height:
        for row in range(block * ROWS, min(block * ROWS + ROWS, height)):
            for first in range(0, width, COLUMNS):
                last = min(first + COLUMNS, width)
                part = total[first:last]
                own = values[row, first:last]
                for i in range(part.size):
                    part[i] = np.float64(own[i]) * weight[0]
                for k in range(radius, 0, -1):
                    w = weight[k]
                    above = row - k
                    below = row + k
                    if nearest:
                        above = max(above, 0)
                        below = min(below, height - 1)
                    # outside there is nothing, and nothing added changes no sum
                    if above >= 0 and below < height:
                        up = values[above, first:last]
                        down = values[below, first:last]
                        for i in range(part.size):
                            part[i] += (np.float64(up[i]) + np.float64(down[i])) * w
                    elif above >= 0:
                        up = values[above, first:last]
                        for i in range(part.size):
                            part[i] += np.float64(up[i]) * w
                    elif below < height:
                        down = values[below, first:last]
                        for i in range(part.size):
                            part[i] += np.float64(down[i]) * w
            for col in range(width):
                line[radius + col] = np.float64(np.float32(total[col]))
            for i in range(radius):
                line[i] = line[radius] if nearest else 0.0
                line[radius + width + i] = line[radius + width - 1] if nearest else 0.0
            _sums(total, line, weight)
            for col in range(width):
                out[row, col] = np.float32(total[col])
        block = fetch_add(taken, 0, 1)


def gaussian_weights(sigma: float, truncate: float) -> NDArray[np.float64]:
    """Return the weights of the middle and of each cell beside it, ``[1 + radius]``, float64."""
    radius = int(truncate * float(sigma) + 0.5)
    x = np.arange(-radius, radius + 1)
    phi = np.exp(-0.5 / (sigma * sigma) * x**2)
    return np.ascontiguousarray((phi / phi.sum())[radius:])


def smoothed(
    values: NDArray[np.float32], sigma: float, truncate: float, *, nearest: bool
) -> NDArray[np.float32]:
    """Return the Gaussian moving average of a raster, float32 ``[height, width]``.

    Parameters
    ----------
    values : float32 ``[height, width]``
    sigma : float
        Cells.
    truncate : float
        Standard deviations after which the weights end.
    nearest : bool
        Take cells beyond the edge as those at it; otherwise as 0.
    """
    values = np.ascontiguousarray(values)
    height, width = values.shape
    if sigma <= 1e-15:
        return values.copy()
    weight = gaussian_weights(sigma, truncate)
    out = np.empty_like(values)
    taken = np.zeros(1, np.int64)

    def work() -> None:
        total, line = np.empty(width), np.empty(width + 2 * (weight.size - 1))
        _smooth(taken, total, line, values, weight, nearest, out)

    on_threads(work, -(-height // ROWS))
    return out
