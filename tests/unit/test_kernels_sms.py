"""The stochastic movement simulator equals its twin to the bit; its rules on cases by hand."""

from __future__ import annotations

import re
from typing import Any

import numba
import numpy as np
import pytest

from corridor_sim.kernels.cellwalk import WalkClock, Walkers, WalkTallies, make_walkers
from corridor_sim.kernels.effective_cost import METHODS
from corridor_sim.kernels.sms import sms
from corridor_sim.kernels.sms_group import SmsFields, SmsParams
from corridor_sim.kernels.sms_inputs import sms_fields, sms_params
from oracles import sms as twin
from oracles.elsewhere import assert_equal, digest_without_compiler, hash_of
from oracles.walks import (
    assert_same_walk,
    barriers,
    copies,
    make_walk_tallies,
    patchy,
    random_clock,
    some_rows,
    walk_clock,
    zones,
)
from oracles.worlds import in_order

ROOM = 1_000_000
Case = tuple[Walkers, SmsFields, SmsParams, tuple[int, int], WalkClock]


def busy(seed: int, n: int = 20, n_steps: int = 40, shape: tuple[int, int] | None = None) -> Case:
    """Return a world with nodata, mortality, zones, persistence and every second time a bias."""
    rng = np.random.default_rng(seed)
    if shape is None:
        shape = (int(rng.integers(1, 16)), int(rng.integers(1, 16)))
    cost = patchy(rng, shape, 0.15)
    flat = np.flatnonzero(cost > 0)
    if flat.size == 0:
        cost[0, 0] = 1.0
        flat = np.array([0])
    n_range = int(rng.integers(1, min(max(shape), 5) + 1))
    zone = zones(rng, shape)
    fields = sms_fields(
        cost,
        perceptual_range=n_range,
        method=tuple(METHODS)[seed % 3],
        mortality=rng.choice([0.0, 0.01, 0.1], shape) if seed % 2 else 0.01,
        zone=zone,
        permeability=barriers(rng, shape) if seed % 4 != 3 else None,
    )
    params = sms_params(
        perceptual_range=n_range,
        persistence=float(rng.choice([1.0, 1.7, 5.0])),
        memory=int(rng.integers(1, 15)),
        goal_bias=2.5 if seed % 4 < 2 else 1.0,
        goal_bias_decay=0.3,
        goal_bias_half_steps=10,
        straighten=seed % 5 > 1,
        settles=[0.1, 0.3, 0.0],
        min_steps=int(rng.integers(0, 10)),
        max_steps=int(rng.integers(20, 60)),
    )
    walkers = make_walkers(
        rng.choice(flat, n),
        ident=rng.choice(2**32, n, replace=False),
        natal_zone=rng.integers(0, 4, n),
        zone=zone,
    )
    walkers.state[:] = rng.random(n) < 0.1
    walkers.steps[:] = rng.integers(0, 10, n)
    return walkers, fields, params, shape, random_clock(rng, n_steps)


def result(case: Case, chunk: int = 8, threads: int = 2) -> tuple[Walkers, WalkTallies]:
    walkers, fields, params, shape, clock = case
    after = copies(walkers)
    records = (clock.first_step + clock.n_steps) // clock.track_every
    tallies = make_walk_tallies(
        shape,
        visits=True,
        moves=True,
        barriers=True,
        transits=ROOM,
        tracks=(after.cell.size, records),
    )
    numba.set_num_threads(threads)
    sms(after, fields, params, shape, clock, tallies, chunk)
    return after, in_order(tallies)


@pytest.mark.parametrize("seed", range(40))
def test_equal_to_the_twin_to_the_bit(seed: int) -> None:
    case = busy(seed)
    after, tallies = result(case)
    animals, counts = twin.walk(*case, tallies.tracks.shape)
    assert_same_walk(after, tallies, animals, counts, case[3])


def test_the_cases_reach_every_feature() -> None:
    states: set[int] = set()
    met = dict.fromkeys(("transits", "diagonal", "refused", "near", "passed", "blocked"), 0)
    for seed in range(40):
        case = busy(seed)
        after, tallies = result(case)
        states |= set(after.state.tolist())
        met["transits"] += int(tallies.transits[0])
        met["passed"] += int(tallies.passed.sum())
        met["blocked"] += int(tallies.blocked.sum())
        met["diagonal"] += int(after.diagonal.sum())
        met["refused"] += int(after.refused.sum())
        met["near"] += int((after.outside < 100).sum())
    assert states == {0, 1, 2, 3}
    assert min(met.values()) > 10, met


def test_threads_chunks_and_order_change_nothing() -> None:
    case = busy(4, n=3000, n_steps=100, shape=(40, 50))
    base = result(case, threads=1)
    for chunk in (1, 7, 1000):
        assert_equal(base, result(case, chunk=chunk))
    order = np.random.default_rng(1).permutation(3000)
    walkers, tallies = result((some_rows(case[0], order), *case[1:]))
    tracks = base[1].tracks[order]
    assert_equal((some_rows(base[0], order), base[1]._replace(tracks=tracks)), (walkers, tallies))


@pytest.mark.parametrize("first", [1, 17, 20])
def test_a_run_split_in_two_continues(first: int) -> None:
    case = busy(4, n=200, shape=(12, 12))
    walkers, fields, params, shape, clock = case
    whole, tallies = result(case)
    after = copies(walkers)
    split = make_walk_tallies(
        shape, visits=True, moves=True, barriers=True, transits=ROOM, tracks=tallies.tracks.shape
    )
    for part in (
        clock._replace(n_steps=first),
        clock._replace(first_step=clock.first_step + first, n_steps=clock.n_steps - first),
    ):
        sms(after, fields, params, shape, part, split, 8)
    assert_equal((whole, tallies), (after, in_order(split)))


def digest() -> str:
    """Return the hash of everything that small busy worlds end with."""
    return hash_of(
        array
        for seed in range(3)
        for record in result(busy(seed, n=6, n_steps=12))
        for array in record
    )


def test_the_compiler_changes_nothing() -> None:
    assert digest_without_compiler(__file__) == digest()


def row_of(n: int, **more: Any) -> tuple[SmsFields, tuple[int, int]]:
    return sms_fields(np.ones((1, n)), **more), (1, n)


def test_a_settler_stops_in_the_first_zone_that_takes_it() -> None:
    """Strong persistence on a line: east it goes, through a zone that takes nobody."""
    zone = np.zeros((1, 60), np.int16)
    zone[0, 20:25], zone[0, 40:45] = 1, 2
    fields, shape = row_of(60, zone=zone)
    walkers = make_walkers(np.full(50, 2))
    params = sms_params(persistence=1e3, settles=[0.0, 1.0])
    sms(walkers, fields, params, shape, walk_clock(400), make_walk_tallies(transits=1000), 8)
    settled = walkers.state == 3
    assert settled.sum() > 10
    assert (walkers.cell[settled] == 40).all()
    assert (walkers.first_zone[settled] == 1).all()


def test_nobody_settles_before_its_time() -> None:
    zone = np.ones((1, 9), np.int16)
    fields, shape = row_of(9, zone=zone)
    walkers = make_walkers(np.full(20, 4))
    params = sms_params(settles=[1.0], min_steps=7)
    sms(walkers, fields, params, shape, walk_clock(30), make_walk_tallies(transits=1000), 8)
    assert (walkers.state == 3).all()
    assert (walkers.end_step == 6).all()  # the seventh step


def test_no_mortality_within_the_natal_zone() -> None:
    zone = np.ones((5, 5), np.int16)
    fields = sms_fields(np.ones((5, 5)), zone=zone, mortality=1.0)
    native = make_walkers([12, 12], natal_zone=[1, 0], zone=zone)
    sms(
        native,
        fields,
        sms_params(settles=[0.0]),
        (5, 5),
        walk_clock(9),
        make_walk_tallies(transits=1000),
        8,
    )
    assert native.state.tolist() == [0, 1]


def test_too_many_steps_end_the_walk() -> None:
    fields, shape = row_of(9)
    walkers = make_walkers([4, 4])
    walkers.steps[1] = 5
    sms(walkers, fields, sms_params(max_steps=8), shape, walk_clock(30), make_walk_tallies(), 8)
    assert walkers.state.tolist() == [2, 2]
    assert walkers.end_step.tolist() == [7, 2]


def test_goal_bias_fades_by_half_at_beta() -> None:
    params = sms_params(goal_bias=3.0, goal_bias_decay=0.5, goal_bias_half_steps=20)
    assert params.bias[20, 1] == pytest.approx(1 / 2.0)  # 1 + (3 - 1) / 2 = 2
    assert params.bias[0, 2] == pytest.approx(1 / 9, rel=1e-3)
    assert params.bias[-1, 4] == 1
    assert sms_params().bias.size == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"memory": 0}, "memory is 0 steps"),
        ({"memory": 15}, "1 to 14"),
        ({"persistence": 0.5}, "persistence is 0.5"),
        ({"goal_bias": 0.0}, "goal_bias is 0.0"),
        ({"goal_bias_decay": 0.0}, "goal_bias_decay is 0.0"),
        ({"goal_bias_half_steps": -1.0}, "goal_bias_half_steps is -1.0"),
        ({"settles": [0.5, 2.0]}, "settles"),
        ({"max_steps": 0}, "max_steps 0"),
    ],
)
def test_bad_numbers_are_named(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        sms_params(**change)


def test_negative_zones_are_named() -> None:
    with pytest.raises(ValueError, match="zone is -1 somewhere"):
        sms_fields(np.ones((2, 2)), zone=np.array([[0, -1], [0, 1]]))
