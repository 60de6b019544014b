"""Animals that join another block, against the exact walk from where they were born."""

from __future__ import annotations

import numpy as np
import pytest

from corridor_sim import load_species
from corridor_sim.config.dispersal import RandomWalk
from corridor_sim.kernels.states import DISPERSER
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.simulation.days.outcomes import measure
from corridor_sim.simulation.days.seeding import Quota
from corridor_sim.simulation.days.simulation import Simulation, prepare_days

HEIGHT, WIDTH, MOVES, DAYS = 9, 20, 3, 40
# no deaths, and everybody settles where it ends
TRAITS = {
    "life_cycle.perception_m": 0.0,
    "mortality.hunting_outside_per_year": 0.0,
    "mortality.hunting_inside_per_year": 0.0,
    **{
        f"movement.{sex}.disperser.{name}": value
        for sex in ("female", "male")
        for name, value in (("hazard_per_year", 0.0), ("duration_d", float(DAYS)))
    },
}


def step_matrix() -> np.ndarray:
    """The walk of one move on a uniform grid whose edges reflect, ``[from, to]``."""
    cells = np.arange(HEIGHT * WIDTH).reshape(HEIGHT, WIDTH)
    walk = np.zeros((cells.size, cells.size))
    for a, b in ((cells[:, 1:], cells[:, :-1]), (cells[1:], cells[:-1])):
        walk[a.ravel(), b.ravel()] = walk[b.ravel(), a.ravel()] = 1.0
    return walk / walk.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("days", [1, 60])
def test_joining_is_that_of_the_walk(days: int) -> None:
    """The number that settle in the other block is a sum of independent trials of known chance."""
    zone = np.zeros((HEIGHT, WIDTH), np.int16)
    # 1 and 2 touch and are one block; 3 lies six cells away
    zone[2:7, 2:4], zone[2:7, 4:6], zone[2:7, 12:18] = 1, 2, 3
    land = uniform(HEIGHT, WIDTH, 4000.0, protected=zone)
    species = load_species("jaguar", TRAITS)
    how = RandomWalk(model="random_walk", neighbours=4, moves_per_day=MOVES)
    quota = {"jaguar": Quota(count=400, sampling=0.01, disperser_sampling=1000.0)}
    stage = prepare_days([species], land, None, quota, {"jaguar": how})
    sim = Simulation(stage, seed=11)
    sim.advance(days)
    sim.finish()
    result = sim.result("jaguar")
    ends = np.linalg.matrix_power(step_matrix(), MOVES * DAYS)
    block = np.where(zone > 0, np.where(zone < 3, 1, 2), 0).ravel()
    chance = np.stack([ends[:, block == b].sum(axis=1) for b in (0, 1, 2)], axis=1)
    who = (result.stage == DISPERSER) & (result.natal_zone > 0)
    col, row = result.start[who].astype(np.int64).T
    born = row * WIDTH + col
    p = np.where(block[born] == 1, chance[born, 2], chance[born, 1])
    assert p.size > 2000
    assert (result.home_zone[who] > 0).any()
    per_year = stage.species["jaguar"].numbers.dispersers_per_animal * 0.8
    found = measure(result, stage.species["jaguar"], land)
    joined = found["joining_per_year"] * per_year
    # the interval of a sum of independent trials, 4.5 standard errors wide
    assert abs(joined - p.sum()) < 4.5 * np.sqrt((p * (1 - p)).sum())
    # and within the first block, from one core area to the other beside it
    at = zone.ravel()[born]
    to = {i: ends[:, zone.ravel() == i].sum(axis=1)[born] for i in (1, 2)}
    q = np.where(at == 1, to[2], np.where(at == 2, to[1], 0.0))
    within = found["exchange_within_blocks_per_year"] * per_year
    assert abs(within - q.sum()) < 4.5 * np.sqrt((q * (1 - q)).sum())
    assert joined > 100
    assert within > 100
