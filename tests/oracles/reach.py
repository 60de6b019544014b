"""What an animal could reach in one step and what each place would weigh, in plain numpy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.records import Animals, Fields, Params

F8 = NDArray[np.float64]

GOLDEN = (np.sqrt(5.0) - 1.0) / 2.0


def proposals(animals: Animals, params: Params, s: int, m: int) -> tuple[F8, F8]:
    """Return ``m`` equally likely candidates of each animal in step ``s`` of the day, ``[n, m]``.

    Lengths and turning angles are taken evenly from the tables, paired by a golden-ratio lattice,
    which covers the two together more evenly than chance does.
    """
    k = animals.klass
    length, back = backward(params, s, m)
    turn = (np.arange(m) * GOLDEN % 1.0 * params.turn_cos.shape[1]).astype(int)
    cos, sin = (table[k][:, turn].astype(float) for table in (params.turn_cos, params.turn_sin))
    away = params.scale[k, s][:, None] * length[k]
    away = away * np.sqrt(1.0 - np.minimum(params.tether[k, s][:, None] * length[k] ** 2, 1.0))
    hx, hy = animals.heading_x[:, None], animals.heading_y[:, None]
    x, y, home_x, home_y = (
        v[:, None] for v in (animals.x, animals.y, animals.centre_x, animals.centre_y)
    )
    x, y = home_x + back[k] * (x - home_x), home_y + back[k] * (y - home_y)
    return x + away * (hx * cos - hy * sin), y + away * (hx * sin + hy * cos)


def backward(params: Params, s: int, m: int) -> tuple[F8, F8]:
    """Return ``m`` even lengths of each class, and what is left of the way from the centre then.

    Of species without profiles and behaviours, so that a class is one gait.
    """
    even = (np.arange(m) + 0.5) / m
    length = params.length[:, (even * params.length.shape[1]).astype(int)].astype(float)
    tied = np.minimum(params.tether[:, s, None] * length**2, 1.0)
    return length, params.pull[:, s, None] - 2.0 * tied


def weights(
    animals: Animals, x: F8, y: F8, fields: Fields, params: Params, s: int, season: int
) -> F8:
    """Return the weight of going to ``(x, y)``, 0 outside the raster; with lift for a soarer."""
    height, width = fields.zone.shape
    inside = (x >= 0) & (y >= 0) & (x < width) & (y < height)
    row = np.where(inside, y, 0).astype(int)
    col = np.where(inside, x, 0).astype(int)
    w: F8 = np.where(inside, fields.weight[season][row, col], 0.0)
    if params.lift_samples:
        quality = np.zeros(x.shape)
        for k in range(params.lift_samples):
            t = (k + 0.5) / params.lift_samples
            col = (animals.x[:, None] + t * (x - animals.x[:, None])).clip(0, width - 1).astype(int)
            row = (
                (animals.y[:, None] + t * (y - animals.y[:, None])).clip(0, height - 1).astype(int)
            )
            lift = np.maximum(
                fields.lift_orographic_ms[row, col],
                params.thermal_of_step[s] * fields.lift_thermal_ms[row, col],
            )
            quality += np.minimum(lift / params.sink_ms, 1.0) / params.lift_samples
        w *= params.soar_floor + (1.0 - params.soar_floor) * quality**2
    return w
