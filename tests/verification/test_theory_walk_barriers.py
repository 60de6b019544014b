"""Barriers on the way of a walk: passed as often as their permeability says, fair to both sides."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from corridor_sim.kernels.cellwalk import WalkTallies, make_walkers
from corridor_sim.kernels.crossing import remembers
from corridor_sim.kernels.random_walk import random_walk
from corridor_sim.kernels.random_walk_inputs import walk_fields
from corridor_sim.kernels.sms import sms
from corridor_sim.kernels.sms_inputs import sms_fields, sms_params
from oracles.gates import occupancy
from oracles.verdict import Verdict
from oracles.walks import make_walk_tallies, walk_clock

SIGMAS = 4.5


def walked(model: str, raster: Any, permeability: Any, cells: Any, steps: int, **more: Any) -> Any:
    tallies: WalkTallies = make_walk_tallies(raster.shape, visits=True, barriers=True)
    walkers = make_walkers(cells)
    turns = {"persistence": more.pop("persistence", 2.0), "memory": 3}
    clock = walk_clock(steps, seed=77, **more)
    if model == "random_walk":
        fields: Any = walk_fields(raster, permeability=permeability)
        random_walk(walkers, fields, raster.shape, clock, tallies, 64)
    else:
        fields = sms_fields(raster, permeability=permeability)
        params = sms_params(**turns)
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


@pytest.mark.parametrize("model", ["random_walk", "sms"])
@pytest.mark.parametrize("memory", [0, 4, 30])
@pytest.mark.parametrize("chance", [0.05, 0.3, 0.9])
def test_what_gets_across(model: str, memory: int, chance: float, verdict: Verdict) -> None:
    """In a row of cells, one of them a barrier: a closed gate lets nobody in, and everybody out."""
    n, at, n_steps, n_walkers = 14, 4, 40, 40_000
    permeability = np.ones((1, n), np.float32)
    permeability[0, at] = chance
    remembered = remembers(memory, np.inf)
    start = np.arange(n_walkers) % at
    even = np.ones((1, n))
    walkers, tallies = walked(
        model, even, permeability, start, n_steps, memory=remembered, persistence=1.0
    )
    free = np.eye(n, k=1) + np.eye(n, k=-1)
    free /= free.sum(axis=1)[:, None]
    into = np.zeros((n, n), np.bool_)
    into[[at - 1, at + 1], at] = True
    p = float(permeability[0, at])
    place = np.repeat([1 / at, 0], [at, n - at])
    there = occupancy(free, [into], p, remembered, place, n_steps)
    beyond = int((walkers.cell > at).sum())
    what = f"{model}, p = {p:g}, memory {memory} moves"
    theory = "chain of cell and gate"
    verdict.share(f"beyond the barrier, {what}", theory, there[at + 1 :].sum(), beyond, n_walkers)
    verdict.counts(
        f"cells, {what}", theory, np.bincount(walkers.cell, minlength=n), there * n_walkers
    )
    passed, met = int(tallies.passed.sum()), int((tallies.passed + tallies.blocked).sum())
    verdict.share(f"encounters that end in a crossing, {what}", "p", p, passed, met)


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
