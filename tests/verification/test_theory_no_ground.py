"""Where there is no ground: nobody stands there or passes over it, and its shore reflects.

With even selection a walk that stays and turns back wherever its chosen way is closed keeps every
place and heading as likely as every other: what would have left comes back reversed. So animals are
spread evenly over the ground that they can reach, right up to the shore; a rule that only left the
sea out of the choice would thin them out beside it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from corridor_sim import load_species
from corridor_sim.config.dispersal import Options, RandomWalk, Sms, StepSelection
from corridor_sim.kernels.crossing import NO_GROUND
from corridor_sim.kernels.states import DISPERSER
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.movement.model import movement_model
from corridor_sim.species.fields import CLASSES, on_landscape
from corridor_sim.species.tables import length_table, turning_table
from oracles.verdict import Verdict
from oracles.worlds import make_animals, make_clock, make_fields, make_params, make_tallies, run

N = 12_000
SEA = 8  # wider than the longest step, so that the edge of the map plays no part
INNER = 12


def isles() -> Any:
    """Two triangles that a strait of single cells parts from corner to corner, and a lake."""
    off = np.ones((2 * SEA + INNER,) * 2, bool)
    off[SEA : SEA + INNER, SEA : SEA + INNER] = np.eye(INNER, dtype=bool)
    off[SEA + 8 : SEA + 10, SEA + 2 : SEA + 4] = True
    return off


@pytest.mark.parametrize("kappa", [0.0, 1.5])
def test_the_shore_reflects(kappa: float, verdict: Verdict) -> None:
    off = isles()
    south = ~off & (np.arange(off.shape[0])[:, None] > np.arange(off.shape[1])[None, :])
    weight, permeability = (np.where(off, NO_GROUND, 1.0) for _ in range(2))
    fields = make_fields(*off.shape, weight=weight, permeability=permeability)
    lengths = 0.8 * length_table(3.0)
    assert 1 < lengths.max() < SEA
    tables = (lengths[None], *(one[None] for one in turning_table(kappa)))
    animals = make_animals(np.full(N, SEA + 1.5), SEA + INNER - 1.5)
    tallies = run(animals, fields, make_params(tables, n_candidates=6), make_clock(250))
    assert not tallies.visits[0][~south].any()
    # nothing is met where there is nothing
    assert not tallies.passed.any()
    assert not tallies.blocked.any()
    seen = np.zeros(off.shape)
    np.add.at(seen, (animals.y.astype(int), animals.x.astype(int)), 1)
    verdict.counts(
        f"animals on an island, headings kept by kappa = {kappa:g}",
        "even over all that can be reached",
        seen,
        N * south / south.sum(),
    )


@pytest.mark.parametrize(
    "options",
    [
        StepSelection(model="step_selection"),
        RandomWalk(model="random_walk", moves_per_day=48, barriers="cost"),
        Sms(model="sms", moves_per_day=48, perceptual_range=3, persistence=4.0, memory=3),
    ],
    ids=lambda one: one.model,
)
def test_no_model_leaves_its_island(options: Options) -> None:
    """A strait one cell wide parts the map, and a road across it bridges nothing."""
    off = np.zeros((24, 40), np.uint8)
    off[:, 20] = off[:3] = off[10:13, 5:9] = 1
    road = np.where(off, 0, np.eye(24, 40, dtype=np.uint8))
    cover = np.where(off, 0, uniform(24, 40)["land_cover"]).astype(np.uint8)
    land = uniform(24, 40, outside=off, land_cover=cover, road=road)
    here = on_landscape(load_species("jaguar"), land)
    assert not here.suitability[off > 0].any()
    klass = next(i for i, (stage, _) in enumerate(CLASSES) if stage == DISPERSER)
    animals = make_animals(np.full(200, 14.5), 12.5, klass=klass)
    tallies = make_tallies(here.fields, n_stages=3)
    days = make_clock(40 * here.params.steps_per_day, track_every=1000)
    model = movement_model(here, options)
    model.mover(klass).advance(animals, days, tallies, 64)
    visited = tallies.visits.sum(axis=0) > 0
    assert visited[3:, :20].mean() > 0.5
    assert not visited[off > 0].any()
    assert not visited[:, 20:].any()
    assert not model.differs(movement_model(here, options)).any()
