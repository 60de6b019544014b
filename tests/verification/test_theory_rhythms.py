"""Seasons change the weights, the hour of the day changes the clock."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from corridor_sim import load_species
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.simulation.days.seeding import Quota
from corridor_sim.simulation.days.simulation import Simulation, prepare_days
from corridor_sim.species.fields import on_landscape
from corridor_sim.species.ranging import Gait, kept_moves
from corridor_sim.species.reader import with_values
from corridor_sim.species.tables import length_table, ranging_schedule, step_activity, turning_table
from oracles.theory import lattice_chain
from oracles.verdict import Verdict
from oracles.worlds import LATTICE, make_animals, make_clock, make_fields, make_params, run

SIDE = 6
# mostly at night, a little in the afternoon
RHYTHM = (*[1.0] * 6, *[0.1] * 6, *[0.4] * 6, *[1.5] * 6)


@pytest.mark.parametrize("first_day", [0, 2])
def test_each_day_has_the_weights_of_its_season(first_day: int, verdict: Verdict) -> None:
    """Use is the product of the seasons' chains in the calendar's order, three steps a day."""
    rng = np.random.default_rng(4)
    weight = rng.choice([0.5, 1.0, 3.0], (2, SIDE, SIDE))
    calendar, per_day, n_days, k, n = (0, 1, 1, 0, 1), 3, 4, 4, SIDE**2 * 2000
    chains = [lattice_chain(w, np.ones((SIDE, SIDE)), k, 0.0) for w in weight]
    expected = np.full(SIDE**2, 1 / SIDE**2)
    for day in range(first_day, first_day + n_days):
        expected = expected @ np.linalg.matrix_power(chains[calendar[day % 5]], per_day)
    cells = np.arange(n) % SIDE**2
    individuals = make_animals(cells % SIDE + 0.5, cells // SIDE + 0.5)
    params = make_params(LATTICE, n_candidates=k, steps_per_day=per_day)
    clock = make_clock(
        n_days * per_day, first_step=first_day * per_day, season_of_day=np.array(calendar)
    )
    run(individuals, make_fields(SIDE, SIDE, weight=weight), params, clock)
    seen = np.bincount(
        individuals.y.astype(int) * SIDE + individuals.x.astype(int), minlength=SIDE**2
    )
    verdict.counts(
        f"use over {n_days} days of two seasons from day {first_day}",
        "product of their chains",
        seen,
        expected * n,
    )


def test_a_seasonal_shift_is_a_change_of_temperature() -> None:
    """Ranging 300 m higher is preferring ground that is colder by 300 m of lapse, and back."""
    bear = load_species("andean_bear")
    land = uniform(20, 30, 1000.0)
    east = np.linspace(4, 22, 30, dtype=np.float32)
    land = land.edited(
        "gradient", layers={**land.layers, "temperature_c": east + 0 * land["slope_deg"]}
    )
    still = with_values(bear, {"habitat.seasonal_shift_m.value": 0})
    shift_m = bear.habitat.seasonal_shift_m.value
    assert shift_m > 0
    both = on_landscape(bear, land).fields.weight
    assert both.shape[0] == 2
    for season, higher_m in enumerate((shift_m, -shift_m)):
        warmer = land["temperature_c"] + np.float32(land.region.lapse_c_per_m * higher_m)
        moved = land.edited("shifted", layers={**land.layers, "temperature_c": warmer})
        alone = on_landscape(still, moved).fields.weight
        assert alone.shape[0] == 1
        assert np.array_equal(both[season], alone[0])
    assert not np.array_equal(both[0], both[1])


@pytest.mark.parametrize(("start_day", "moving_days"), [(0, 183), (100, 83), (200, 0)])
def test_the_first_half_of_the_year_is_season_0(start_day: int, moving_days: int) -> None:
    """In a season in which nothing weighs anything nobody moves."""
    bear = load_species("andean_bear")
    land = uniform(40, 40, elevation_m=2600.0, temperature_c=12.88, cover="cloud_forest")
    stage = prepare_days([bear], land, quotas={bear.key: Quota(count=30)})
    seen = stage.species[bear.key]
    weight = seen.here.fields.weight.copy()
    weight[1] = 0.0
    weight.setflags(write=False)
    here = replace(seen.here, fields=seen.here.fields._replace(weight=weight))
    stage = replace(stage, species={bear.key: replace(seen, here=here)})
    sim = Simulation(stage, seed=1, start_day=start_day)
    path = sim.animals[bear.key].path_m
    moved = []
    for _ in range(190 if start_day == 0 else 90):
        before = path.copy()
        sim.advance(1)
        moved.append(bool((path > before).any()))
    assert moved == [day < moving_days for day in range(len(moved))]


@pytest.mark.parametrize("first_step", [0, 4])
def test_each_hour_moves_as_far_as_its_activity(first_step: int, verdict: Verdict) -> None:
    """The mean step of an hour over that of the day is its activity over the day's."""
    n, given = 20_000, Gait(1.2, 1.0, 0.0)
    activity = step_activity(RHYTHM, 0, 240, 6)
    moves = kept_moves([given], activity, 0.0)
    params = make_params((moves.lengths, moves.turn_cos, moves.turn_sin), scale=moves.scale_m)
    individuals = make_animals(np.full(n, 60.0), 60.0)
    fields = make_fields(120, 120)
    for step in range(first_step, first_step + 6):
        x, y = individuals.x.copy(), individuals.y.copy()
        run(individuals, fields, params, make_clock(1, first_step=step, seed=8))
        way = np.hypot(individuals.x - x, individuals.y - y)
        verdict.close(
            f"mean step, hours {step % 6 * 4} to {step % 6 * 4 + 4}",
            "shape scale activity / mean activity",
            given.shape * given.scale_m * float(activity[step % 6] / activity.mean()),
            float(way.mean()),
            float(way.std()) / math.sqrt(n),
        )


def test_a_residents_hours_move_as_far_as_their_activity(verdict: Verdict) -> None:
    """Mean square displacements of a range's steps are to each other as squared activities.

    They add up to a day's movement of which the range keeps ``exp(-1 d / tau)``. From d away, the
    mean position after a step is ``d (1 - C activity^2)``.
    """
    n, sigma, tau, away = 20_000, 4.0, 0.8, 10.0
    lengths = length_table(1.2)
    cos, sin = turning_table(0.0)
    activity = step_activity(RHYTHM, 0, 240, 6)
    schedule = ranging_schedule(sigma, tau, activity, 0.0, lengths, cos)
    assert math.prod(schedule.pull) == pytest.approx(math.exp(-1 / tau), rel=1e-12)
    clock = float((1 - schedule.pull).sum() / (activity**2).sum())
    params = make_params(
        (lengths[None], cos[None], sin[None]), pull=schedule.pull, scale=schedule.scale_m
    )
    fields = make_fields(120, 120)
    for step in range(6):
        individuals = make_animals(np.full(n, 60.0 + away), 60.0)
        individuals.centre_x[:] = 60.0
        run(individuals, fields, params, make_clock(1, first_step=step, seed=9))
        verdict.close(
            f"mean position after a step from {away:g} away, hours {4 * step} to {4 * step + 4}",
            "d (1 - C activity^2)",
            away * (1 - clock * float(activity[step]) ** 2),
            float(individuals.x.mean()) - 60.0,
            float(schedule.scale_m[step]) * math.sqrt(0.5 / n),
        )
