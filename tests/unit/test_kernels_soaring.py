"""Soaring and roosting on cases worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from corridor_sim.kernels.records import Animals, Params
from oracles.theory import choice
from oracles.verdict import TAIL
from oracles.worlds import LATTICE, make_animals, make_clock, make_fields, make_params, run

WIDTH = 12


def east(length: float = 1.0, **more: object) -> Params:
    """Return parameters of a bird that flies ``length`` cells of 1 km due east every step."""
    lengths, one, zero = (
        np.full((1, 1), length, "f4"),
        np.ones((1, 1), "f4"),
        np.zeros((1, 1), "f4"),
    )
    return make_params((lengths, one, zero), lift_samples=2, **more)


def fly(
    orographic: list[float],
    thermal: list[float],
    params: Params,
    n_steps: int,
    nearest_roost: int | None = None,
) -> Animals:
    fields = make_fields(
        1, WIDTH, orographic=orographic, thermal=thermal, nearest_roost=nearest_roost
    )
    bird = make_animals(0.5, 0.5)
    run(bird, fields, params, make_clock(n_steps))
    return bird


def only(*cells: int) -> list[float]:
    """Return a row of lift: strong in ``cells``, none elsewhere."""
    return [1.0 if c in cells else 0.0 for c in range(WIDTH)]


def test_without_lift_every_metre_is_flapped() -> None:
    bird = fly(only(), only(), east(), 3)
    assert bird.flapped_m[0] == pytest.approx(3000)
    assert bird.path_m[0] == 3000
    assert bird.takeoffs[0] == 1
    assert bird.aloft[0] == 1


def test_with_lift_nothing_is_flapped_and_the_climb_is_kept() -> None:
    bird = fly(only(*range(WIDTH)), only(), east(climb_ceiling_m=800.0), 3)
    assert bird.flapped_m[0] == 0
    assert bird.reserve_m[0] == 800


def test_a_climb_pays_for_the_glide_and_no_more() -> None:
    """The samples of step 1 lie at x = 0.75 (lift) and 1.25; each stands for 500 m.

    100 m of height at 1:15 carry 1500 m: three half-steps. Of five steps' ten halves the first
    soars, three glide, six flap.
    """
    bird = fly(only(0), only(), east(climb_ceiling_m=100.0, glide_ratio=15.0), 5)
    assert bird.reserve_m[0] == pytest.approx(0, abs=1e-9)
    assert bird.flapped_m[0] == pytest.approx(3000)


def test_a_glide_that_ends_midway_flaps_the_rest() -> None:
    """70 m at 1:10 carry 700 m: one half-step and 200 m of the next, of which 300 m remain."""
    bird = fly(only(0), only(), east(climb_ceiling_m=70.0, glide_ratio=10.0), 2)
    assert bird.flapped_m[0] == pytest.approx(300 + 500)


def test_lift_just_at_the_sink_rate_carries() -> None:
    level = [east().sink_ms] * WIDTH
    assert fly(level, only(), east()._replace(sink_ms=float(np.float32(0.8))), 2).flapped_m[0] == 0


def test_thermals_follow_the_hour_and_the_stronger_lift_counts() -> None:
    params = east(steps_per_day=2, thermal_of_step=[1.0, 0.5], climb_ceiling_m=0.0)
    # 1 m/s of thermal carries at full strength and not at half; sink is 0.8 m/s
    assert fly(only(), only(*range(WIDTH)), params, 4).flapped_m[0] == pytest.approx(2000)
    assert fly(only(*range(WIDTH)), only(*range(WIDTH)), params, 4).flapped_m[0] == 0


def test_a_rest_lands_and_loses_height() -> None:
    params = east(steps_per_day=2, rest=[0.0, 1.0], climb_ceiling_m=500.0)
    bird = fly(only(0, 1), only(), params, 4)
    assert bird.takeoffs[0] == 2
    assert bird.aloft[0] == 0
    assert bird.reserve_m[0] == 0
    # first flight soars; the second starts at x = 1.5: lift at 1.75, then a glide to 2.5
    assert bird.flapped_m[0] == 0
    assert bird.path_m[0] == 2000


def test_going_to_roost_counts_the_way_and_ends_on_the_ground() -> None:
    params = east(steps_per_day=2, roost_return=0.0)
    bird = fly(only(), only(), params, 2, nearest_roost=7)
    # 0.5 -> 1.5 -> 2.5, then 5 km to the middle of cell 7
    assert (bird.x[0], bird.y[0]) == (7.5, 0.5)
    assert bird.path_m[0] == 7000
    assert bird.flapped_m[0] == pytest.approx(7000)
    assert bird.takeoffs[0] == 1
    assert bird.aloft[0] == 0


def test_a_bird_always_back_at_its_roost_never_uses_the_nearest() -> None:
    bird = fly(only(), only(), east(steps_per_day=3, roost_return=1.0), 6, nearest_roost=7)
    assert bird.x[0] == 0.5
    assert bird.path_m[0] == 2 * 6000


def test_a_bird_without_a_roost_in_reach_goes_home() -> None:
    bird = fly(only(), only(), east(steps_per_day=3, roost_return=0.0), 3, nearest_roost=-1)
    assert bird.x[0] == 0.5


def test_the_weight_of_a_flight_is_floor_plus_quality_squared() -> None:
    """From (3.5, 3.5) two cells each way; lift is felt half a cell and one and a half away."""
    lift = np.zeros((7, 7), "f4")
    lift[3, 3:] = 2.0
    floor, n, k = 0.2, 40_000, 3
    # east: both samples in lift; south: none; west and north: the first, in the cell of the start
    quality = np.array([1.0, 0.0, 0.5, 0.5])
    expected, _ = choice(np.full(4, 0.25), floor + (1 - floor) * quality**2, k)
    birds = make_animals(np.full(n, 3.5), 3.5)
    params = make_params(LATTICE, n_candidates=k, scale=2.0, lift_samples=2, soar_floor=floor)
    run(birds, make_fields(7, 7, orographic=lift, thermal=0.0), params, make_clock(1))
    seen = [
        int(((birds.x == 3.5 + dx) & (birds.y == 3.5 + dy)).sum())
        for dx, dy in ((2, 0), (0, 2), (-2, 0), (0, -2))
    ]
    assert sum(seen) == n
    assert ((seen - n * expected) ** 2 / (n * expected)).sum() < stats.chi2.isf(TAIL, 3)
