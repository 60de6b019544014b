"""Constant hazard gives exponential survival, and causes of death in proportion to their rates."""

from __future__ import annotations

import math

import numpy as np

from oracles.verdict import Verdict
from oracles.worlds import LATTICE, make_animals, make_clock, make_fields, make_params, run

N = 60_000
STEPS = 120
NATURAL = 0.05  # per day, as all rates here
LAYERS = (0.03, 0.0, 0.02)


def test_survival_and_causes(verdict: Verdict) -> None:
    fields = make_fields(8, 8, hazard_per_day=np.array(LAYERS)[:, None, None], steps_per_day=6)
    params = make_params(LATTICE, n_candidates=2, hazard_class_per_day=NATURAL, steps_per_day=6)
    animals = make_animals(np.full(N, 4.5), 4.5)
    run(animals, fields, params, make_clock(STEPS))
    rate = (NATURAL + sum(LAYERS)) / 6  # per step
    alive = animals.state == 0
    verdict.share(
        f"survival of {STEPS // 6} days at {6 * rate:g} per day",
        "exp(-h t)",
        math.exp(-rate * STEPS),
        int(alive.sum()),
        N,
    )
    edges = np.exp(-rate * np.arange(STEPS + 1))
    verdict.counts(
        "deaths in each step",
        "exp(-h t) differences",
        np.append(np.bincount(animals.end_step[~alive], minlength=STEPS), alive.sum()),
        N * np.append(-np.diff(edges), edges[-1]),
    )
    shares = np.array([NATURAL, *LAYERS]) / (NATURAL + sum(LAYERS))
    deaths = np.bincount(animals.state[~alive] - 1, minlength=4)
    verdict.counts("deaths by cause", "shares of the rates", deaths, deaths.sum() * shares)


def test_hazard_of_the_cell_and_not_of_its_neighbours(verdict: Verdict) -> None:
    """Animals that never move, in four cells of different hazard."""
    rates = np.array([[0.0, 0.1, 0.2, 0.4]])
    hazards = np.stack([np.zeros((1, 4)), rates, np.zeros((1, 4))])
    fields = make_fields(1, 4, hazard_per_day=hazards, steps_per_day=1)
    params = make_params(LATTICE, scale=0.0, steps_per_day=1)
    n = 10_000
    animals = make_animals(np.repeat(np.arange(4) + 0.5, n), 0.5)
    run(animals, fields, params, make_clock(3, seed=2))
    dead = (animals.state == 3).reshape(4, n).sum(axis=1)
    assert dead[0] == 0
    for cell in (1, 2, 3):
        verdict.share(
            f"deaths within 3 days in a cell of {rates[0, cell]:g} per day",
            "1 - exp(-h t)",
            -math.expm1(-3 * rates[0, cell]),
            int(dead[cell]),
            n,
        )
