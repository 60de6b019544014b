"""Barriers on the way of a walk: passed as often as their permeability says, fair to both sides."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from corridor_sim.kernels.cellwalk import WalkTallies, make_walkers
from corridor_sim.kernels.random_walk import random_walk
from corridor_sim.kernels.random_walk_inputs import walk_fields
from corridor_sim.kernels.sms import sms
from corridor_sim.kernels.sms_inputs import sms_fields, sms_params
from oracles.walks import make_walk_tallies, walk_clock

SIGMAS = 4.5


def walked(model: str, raster: Any, permeability: Any, cells: Any, steps: int) -> Any:
    tallies: WalkTallies = make_walk_tallies(raster.shape, visits=True, barriers=True)
    walkers = make_walkers(cells)
    clock = walk_clock(steps, seed=77)
    if model == "random_walk":
        fields: Any = walk_fields(raster, permeability=permeability)
        random_walk(walkers, fields, raster.shape, clock, tallies, 64)
    else:
        fields = sms_fields(raster, permeability=permeability)
        params = sms_params(persistence=2.0, memory=3)
        sms(walkers, fields, params, raster.shape, clock, tallies, 64)
    return walkers, tallies


@pytest.mark.parametrize("model", ["random_walk", "sms"])
@pytest.mark.parametrize("thick", [1, 3])
@pytest.mark.parametrize("chance", [0.0, 0.05, 0.6])
def test_an_encounter_ends_in_a_crossing_with_the_permeability(
    model: str, thick: int, chance: float
) -> None:
    permeability = np.ones((40, 40))
    permeability[20 : 20 + thick] = chance
    start = np.random.default_rng(1).integers(0, 800, 2000)
    _, tallies = walked(model, np.ones((40, 40)), permeability, start, 200)
    passed, met = tallies.passed.sum(), tallies.passed.sum() + tallies.blocked.sum()
    assert met > 3000
    p = float(np.float32(chance))
    assert abs(passed - met * p) <= SIGMAS * np.sqrt(met * p * (1 - p))
    # counted in the first row of the barrier from either side, nowhere else
    rows = np.flatnonzero((tallies.passed + tallies.blocked).sum(axis=1))
    assert set(rows.tolist()) <= {20, 20 + thick - 1}
    assert tallies.visits[20:].any() == (chance > 0)


@pytest.mark.parametrize("neighbours", [4, 8])
def test_use_of_a_walk_with_barriers_is_that_of_edges_times_permeability(neighbours: int) -> None:
    """``g_ij min(p_i, p_j)`` is symmetric: use is in proportion to ``p_i sum_j g_ij``."""
    rng = np.random.default_rng(4)
    shape, n = (4, 5), 40_000
    g = rng.uniform(0.5, 3.0, shape)
    p = rng.choice([1.0, 1.0, 0.5, 0.2], shape).astype(np.float32)
    fields = walk_fields(g, neighbours=neighbours, permeability=p)
    walkers = make_walkers(rng.integers(0, g.size, n))
    # eigenvalues of so small a chain leave nothing of the start after 600 steps
    random_walk(walkers, fields, shape, walk_clock(600), make_walk_tallies(), 64)
    total = np.zeros(shape)
    for row in range(shape[0]):
        for col in range(shape[1]):
            for dr in (-1, 0, 1):
                for dc in (-1, 0, 1):
                    r, c = row + dr, col + dc
                    step = abs(dr) + abs(dc)
                    near = 0 < step <= (2 if neighbours == 8 else 1)
                    if near and 0 <= r < shape[0] and 0 <= c < shape[1]:
                        total[row, col] += (g[row, col] + g[r, c]) / 2 / np.sqrt(step)
    use = (total * p).reshape(-1) / (total * p).sum()
    found = np.bincount(walkers.cell, minlength=g.size)
    assert (np.abs(found - n * use) <= SIGMAS * np.sqrt(n * use * (1 - use))).all()
