"""Residents begin where they would be after any time, and not all on their centres."""

from __future__ import annotations

import math

import numpy as np
import pytest

from corridor_sim import load_species
from corridor_sim.kernels.crossing import NO_GROUND
from corridor_sim.kernels.standing import stand
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.simulation.days.seeding import Quota
from corridor_sim.simulation.days.simulation import Simulation, prepare_days
from corridor_sim.species.reader import with_values
from oracles import standing as twin
from oracles.verdict import Verdict


@pytest.mark.parametrize("seed", range(20))
def test_equal_to_the_twin(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shape, n, k = (7, 9), 30, 5
    permeability = rng.choice([1.0, 1.0, 1.0, 0.5, 0.0], shape).astype(np.float32)
    off = rng.random(shape) < 0.15
    permeability[off] = NO_GROUND
    ground = np.argwhere(~off)[rng.integers(0, (~off).sum(), n)]
    x, y = ground[:, 1] + rng.random(n), ground[:, 0] + rng.random(n)
    out_x, out_y = rng.normal(0, 3, (2, n, k))
    at_x, at_y = x[:, None] + out_x, y[:, None] + out_y
    inside = (at_x >= 0) & (at_y >= 0) & (at_x < shape[1]) & (at_y < shape[0])
    worth = rng.gamma(0.5, size=(n, k)) * (rng.random((n, k)) < 0.7) * inside
    draw = rng.random(n)
    expected = [
        twin.stand(
            float(x[i]),
            float(y[i]),
            list(zip(out_x[i].tolist(), out_y[i].tolist(), strict=True)),
            float(draw[i]),
            worth[i].tolist(),
            permeability,
        )
        for i in range(n)
    ]
    stand(x, y, out_x, out_y, draw, worth, permeability)
    assert list(zip(x.tolist(), y.tolist(), strict=True)) == expected
    assert not off[y.astype(int), x.astype(int)].any()


def test_ranges_are_as_wide_on_the_first_day_as_on_any_other(verdict: Verdict) -> None:
    """On even ground the mean square distance to the centre is ``2 sigma^2`` from the beginning."""
    jaguar = with_values(
        load_species("jaguar"),
        {
            f"movement.{sex}.resident.{key}": value
            for sex in ("female", "male")
            for key, value in (("home_range_km2", 30.0), ("tau_d", 20.0))
        },
    )
    land = uniform(160, 160, elevation_m=300.0, temperature_c=24.8, cover="lowland_forest")
    stage = prepare_days([jaguar], land, quotas={jaguar.key: Quota(count=9000)})
    sim = Simulation(stage, seed=3)
    sigma = jaguar.movement.female.resident.sigma_m / land.grid.cell_m
    for day in (0, 2):
        animals = sim.animals[jaguar.key]
        inner = (np.abs(animals.centre_x - 80) < 60) & (np.abs(animals.centre_y - 80) < 60)
        inner &= animals.klass < 2
        square = (animals.x - animals.centre_x) ** 2 + (animals.y - animals.centre_y) ** 2
        n = int(inner.sum())
        assert n > 3000
        verdict.close(
            f"mean square distance to the centre after {day} days, tau 20 days",
            "2 sigma^2",
            2 * sigma**2,
            float(square[inner].mean()),
            float(square[inner].std()) / math.sqrt(n),
        )
        sim.advance(2)
