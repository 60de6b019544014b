"""Shared counts are exact under threads, and every relocation, encounter and move is counted."""

from __future__ import annotations

import numpy as np

from corridor_sim.kernels.records import Animals
from oracles.worlds import (
    EAST,
    LATTICE,
    busy_case,
    copied,
    make_animals,
    make_clock,
    make_fields,
    make_params,
    moves,
    rows,
    run,
)


def test_two_threads_hammering_one_cell_lose_no_count() -> None:
    n, n_steps = 20_000, 100
    still = make_params(LATTICE, scale=0.0)
    tallies = run(make_animals(np.full(n, 0.5), 0.5), make_fields(1, 1), still, make_clock(n_steps))
    assert int(tallies.visits[0, 0, 0]) == n * n_steps


def test_two_threads_hammering_one_barrier_lose_no_encounter() -> None:
    """Everyone starts in the open west cell and tries to enter the barrier to the east."""
    n = 50_000
    east = make_params(EAST)
    fields = make_fields(1, 2, permeability=[[1.0, 0.25]])
    animals = make_animals(np.full(n, 0.5), 0.5)
    tallies = run(animals, fields, east, make_clock(1))
    assert tallies.passed[0, 1] == (animals.x > 1).sum() > 0
    assert tallies.passed[0, 1] + tallies.blocked[0, 1] == n


def test_visits_are_the_steps_lived() -> None:
    for seed in range(6):
        animals, fields, params, clock = busy_case(seed, n=400, n_steps=40, height=20, width=20)
        before = animals.state.copy()
        after = copied(animals)
        tallies = run(after, fields, params, clock)
        lived = np.where(after.state == 0, clock.n_steps, after.end_step - clock.first_step + 1)
        assert int(tallies.visits.sum()) == int(lived[before == 0].sum())
        for stage in (0, 1):
            of_stage = (before == 0) & (params.stage[after.klass] == stage)
            if stage < tallies.visits.shape[0]:
                assert int(tallies.visits[stage].sum()) == int(lived[of_stage].sum())


def test_transits_link_the_core_areas_in_order_of_entry() -> None:
    """East through 0 1 1 0 2 3 0 3: from 1 to 2 and from 2 to 3; leaving and returning is none."""
    east = make_params(EAST)
    fields = make_fields(1, 8, zone=[[0, 1, 1, 0, 2, 3, 0, 3]])
    animal = make_animals(0.5, 0.5)
    animal.natal_zone[:] = 1
    tallies = run(animal, fields, east, make_clock(7))
    assert moves(tallies.transits) == {(1, 2): 1, (2, 3): 1}
    assert animal.first_zone[0] == 2
    assert animal.first_step[0] == 3
    assert animal.last_zone[0] == 3


def test_the_dead_stay_where_they_are_and_count_nowhere() -> None:
    animals = make_animals([0.5, 0.5], 0.5)
    animals.state[1] = 2
    before = rows(animals, slice(None))
    tallies = run(animals, make_fields(1, 9), make_params(LATTICE), make_clock(5))
    assert int(tallies.visits.sum()) == 5
    for name in Animals._fields:
        assert getattr(animals, name)[1] == getattr(before, name)[1], name
