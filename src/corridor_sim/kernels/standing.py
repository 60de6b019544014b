"""Where in its range an animal stands when it is first looked at."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.crossing import path_permeability
from corridor_sim.kernels.jit import kernel


@kernel()
def _stand(x, y, out_x, out_y, draw, weight, permeability):
    n, n_places = out_x.shape
    n_seasons, height, width = weight.shape
    sums = np.empty(n_places)
    for i in range(n):
        total = 0.0
        for k in range(n_places):
            nx = x[i] + out_x[i, k]
            ny = y[i] + out_y[i, k]
            strength = 0.0
            if nx >= 0.0 and ny >= 0.0 and nx < width and ny < height:
                for season in range(n_seasons):
                    strength += max(float(weight[season, int(ny), int(nx)]), 0.0)
                if strength > 0.0:
                    chance, _, _ = path_permeability(x[i], y[i], nx, ny, permeability)
                    if chance <= 0.0:
                        strength = 0.0
            total += strength * strength
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
    weight: NDArray[np.float32],
    permeability: NDArray[np.float32],
) -> None:
    """Move animals from the centres of their ranges to where they stand in them, in place.

    One of several places is chosen in proportion to the square of its selection strength, as
    long-run use of patches wider than a step goes (Barnett & Moorcroft 2008, J. Math. Biol.
    57:139). Places beyond the map, without strength, or behind what is closed to the species are
    not chosen; who has none left stays at the centre.

    Parameters
    ----------
    x, y : float64 ``[n]``
        Centres in cells; changed in place.
    out_x, out_y : float64 ``[n, place]``
        Ways from the centre in cells, drawn from the range on even ground.
    draw : float64 ``[n]``
        From 0 to 1.
    weight : float32 ``[season, height, width]``
        Selection strength; seasons are added up.
    permeability : float32 ``[height, width]``
        As in :class:`.records.Fields`.
    """
    _stand(x, y, out_x, out_y, draw, weight, permeability)
