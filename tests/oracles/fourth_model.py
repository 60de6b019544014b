"""A fourth movement model, added by a row of the table alone: everyone drifts east.

Run as ``python -m oracles.fourth_model SCENARIO.toml``: adds the row, reads the file, runs it and
prints what became of the dispersers. In a process of its own, so that the row stays out of the
other tests.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from pydantic import Field

import corridor_sim as cs
from corridor_sim.config.dispersal import MODELS, Options, Row
from corridor_sim.kernels.states import ALIVE


class Drift(Options):
    model: Literal["drift"]
    cells_per_day: int = Field(ge=1, le=100)


class DriftEast:
    def __init__(self, here: Any, options: Drift) -> None:
        self.width = here.fields.zone.shape[1]
        self.options = options
        self.per_day = here.params.steps_per_day
        if options.cells_per_day > self.width:
            raise ValueError(f"{options.cells_per_day} cells a day cross the whole landscape")

    def mover(self, klass: int) -> Drifters:
        return Drifters(self, klass)


class Drifters:
    def __init__(self, model: DriftEast, klass: int) -> None:
        self.model = model
        self.klass = klass

    def advance(self, animals: Any, clock: Any, tallies: Any, chunk: int) -> None:
        mine = (animals.klass == self.klass) & (animals.state == ALIVE)
        way = clock.n_steps // self.model.per_day * self.model.options.cells_per_day
        animals.x[mine] = np.minimum(animals.x[mine] + way, self.model.width - 0.5)

    def state(self) -> dict[str, Any]:
        return {}

    def restore(self, state: Mapping[str, Any]) -> None:
        pass


MODELS["drift"] = Row(Drift, DriftEast)


def main(path: str) -> None:
    from corridor_sim.landscape.synthetic import uniform
    from corridor_sim.simulation.days.seeding import Quota
    from corridor_sim.simulation.days.simulation import SEARCHING, Simulation, prepare_days

    assert "cells_per_day" in str(cs.schema("scenario"))
    try:
        how = {"jaguar": cs.load_scenario(path).scenario.species["jaguar"].dispersal}
        context = prepare_days(
            [cs.load_species("jaguar")], uniform(40, 40), None, {"jaguar": Quota(300)}, how
        )
    except cs.CorridorSimError as bad:
        sys.exit(str(bad))
    before = Simulation(context, seed=1).animals["jaguar"]
    sim = Simulation(context, seed=1)
    sim.advance(2)
    sim.advance(1)
    after = sim.animals["jaguar"]
    drift = np.isin(before.klass, SEARCHING)
    east = np.minimum(before.x + 3 * 4, 39.5)
    assert drift.any()
    assert not drift.all()
    assert np.array_equal(after.x[drift], east[drift])
    assert (after.x[~drift] != east[~drift]).all()
    print("drifted")


if __name__ == "__main__":
    main(sys.argv[1])
