"""Where in its range an animal stands when it is first looked at."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.crossing import path_permeability
from corridor_sim.kernels.jit import kernel


@kernel()
def _stand(x, y, out_x, out_y, draw, worth, permeability):
    n, n_places = out_x.shape
    sums = np.empty(n_places)
    for i in range(n):
        total = 0.0
        for k in range(n_places):
            nx = x[i] + out_x[i, k]
            ny = y[i] + out_y[i, k]
            if worth[i, k] > 0.0:
                chance, _, mark = path_permeability(x[i], y[i], nx, ny, permeability)
                if mark >= 0 or chance >= 1.0:
                    total += worth[i, k]
            sums[k] = total
        if total > 0.0:
            target = draw[i] * total
            k = 0
            while k < n_places - 1 and sums[k] <= target:
                k += 1
            x[i] += out_x[i, k]
            y[i] += out_y[i, k]


def stand(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    out_x: NDArray[np.float64],
    out_y: NDArray[np.float64],
    draw: NDArray[np.float64],
    worth: NDArray[np.float64],
    permeability: NDArray[np.float32],
) -> None:
    """Move animals from the centres of their ranges to where they stand in them, in place.

    One of several places is chosen in proportion to its worth, unless the way there leads over
    cells without ground. Who has none left stays at the centre.

    Parameters
    ----------
    x, y : float64 ``[n]``
        Centres in cells; changed in place.
    out_x, out_y : float64 ``[n, place]``
        Ways from the centre in cells, drawn from the range on even ground.
    draw : float64 ``[n]``
        From 0 to 1.
    worth : float64 ``[n, place]``
        0 where nobody stands, and beyond the map.
    permeability : float32 ``[height, width]``
        As in :class:`.records.Fields`.
    """
    _stand(x, y, out_x, out_y, draw, worth, permeability)
