"""A disperser in uniform habitat is a correlated random walk."""

from __future__ import annotations

import math

import numpy as np
import pytest

from corridor_sim.species.tables import length_table, turning_table
from oracles.theory import walk_msd
from oracles.verdict import Verdict
from oracles.worlds import make_animals, make_clock, make_fields, make_params, run

N = 20_000
STEPS = (1, 2, 5, 20, 80, 200)


@pytest.mark.parametrize(("shape", "kappa", "k"), [(0.8, 1.5, 1), (0.42, 0.3, 10), (2.0, -0.7, 2)])
def test_mean_squared_displacement(shape: float, kappa: float, k: int, verdict: Verdict) -> None:
    """The standard error is the sample's: its own error is about one per cent at this n."""
    lengths = length_table(shape)
    cos, sin = turning_table(kappa)
    scale = 0.5
    params = make_params((lengths[None], cos[None], sin[None]), n_candidates=k, scale=scale)
    animals = make_animals(np.full(N, 200.0), 200.0)
    fields = make_fields(400, 400)
    expected = walk_msd(
        np.array(STEPS),
        scale * float(lengths.mean(dtype=float)),
        scale**2 * float((lengths.astype(float) ** 2).mean()),
        float(cos.mean(dtype=float)),
    )
    at = 0
    for stop, theory in zip(STEPS, expected, strict=True):
        run(animals, fields, params, make_clock(stop - at, first_step=at))
        at = stop
        square = (animals.x - 200) ** 2 + (animals.y - 200) ** 2
        assert square.max() < 190**2  # the edge was never felt
        verdict.close(
            f"free walk, MSD after {stop} steps, shape {shape:g}, kappa {kappa:g}, K = {k}",
            "Kareiva & Shigesada (1983)",
            float(theory),
            float(square.mean()),
            float(square.std()) / math.sqrt(N),
        )
    # headings stay of unit length through all turns
    assert np.abs(np.hypot(animals.heading_x, animals.heading_y) - 1).max() < 1e-12
