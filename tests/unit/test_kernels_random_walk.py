"""The random walk equals its twin to the bit, and nothing but its inputs decides it."""

from __future__ import annotations

import re
from typing import Any

import numba
import numpy as np
import pytest

from corridor_sim.kernels.cellwalk import WalkClock, Walkers, WalkTallies, make_walkers
from corridor_sim.kernels.random_walk import random_walk
from corridor_sim.kernels.random_walk_inputs import WalkFields, walk_fields
from oracles import random_walk as twin
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
Case = tuple[Walkers, twin.Ground, WalkFields, tuple[int, int], WalkClock]


def busy(seed: int, n: int = 20, n_steps: int = 40, shape: tuple[int, int] | None = None) -> Case:
    """Return a world with nodata, islands, mortality, absorbing cells and zones."""
    rng = np.random.default_rng(seed)
    if shape is None:
        shape = (int(rng.integers(1, 14)), int(rng.integers(1, 14)))
    g = patchy(rng, shape, 0.25)
    flat = np.flatnonzero(g > 0)
    if flat.size == 0:
        g[0, 0] = 1.0
        flat = np.array([0])
    ends = np.where(rng.random(shape) < 0.04, rng.integers(2, 6, shape), 0).astype(np.int8)
    mortality = rng.choice([0.0, 0.01, 0.3], shape) if seed % 2 else 0.01
    more: dict[str, Any] = {
        "neighbours": 4 if seed % 3 == 0 else 8,
        "average": "resistance" if seed % 5 < 2 else "conductance",
    }
    zone = zones(rng, shape)
    passes = barriers(rng, shape) if seed % 4 != 3 else None
    fields = walk_fields(
        g, mortality=mortality, ends_as=ends, zone=zone, permeability=passes, **more
    )
    ground = twin.Ground(
        g.tolist(),
        mortality=mortality if isinstance(mortality, float) else mortality.tolist(),
        # one cell: the kernel reads arrays of size 1 as "none"
        ends_as=ends.tolist() if ends.size > 1 and ends.any() else None,
        zone=zone.tolist() if zone.size > 1 else None,
        permeability=None if passes is None else passes.reshape(-1).tolist(),
        **more,
    )
    walkers = make_walkers(
        rng.choice(flat, n),
        ident=rng.choice(2**32, n, replace=False),
        natal_zone=rng.integers(0, 4, n),
        zone=zone,
    )
    walkers.state[:] = rng.random(n) < 0.1
    return walkers, ground, fields, shape, random_clock(rng, n_steps)


def result(case: Case, chunk: int = 8, threads: int = 2) -> tuple[Walkers, WalkTallies]:
    walkers, _, fields, shape, clock = case
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
    random_walk(after, fields, shape, clock, tallies, chunk)
    return after, in_order(tallies)


@pytest.mark.parametrize("seed", range(30))
def test_equal_to_the_twin_to_the_bit(seed: int) -> None:
    case = busy(seed)
    walkers, ground, _, shape, clock = case
    after, tallies = result(case)
    assert_same_walk(
        after, tallies, *twin.walk(walkers, ground, clock, tallies.tracks.shape), shape
    )


def test_the_cases_reach_every_feature() -> None:
    states: set[int] = set()
    transits = diagonal = isolated = passed = blocked = 0
    for seed in range(30):
        case = busy(seed)
        after, tallies = result(case)
        states |= set(after.state.tolist())
        transits += int(tallies.transits[0])
        diagonal += int(after.diagonal.sum())
        passed += int(tallies.passed.sum())
        blocked += int(tallies.blocked.sum())
        isolated += int(((after.straight + after.diagonal == 0) & (after.steps > 1)).sum())
    assert states == {0, 1, 2, 3, 4, 5}
    assert min(transits, diagonal, isolated, passed, blocked) > 10


def test_threads_chunks_and_order_change_nothing() -> None:
    case = busy(7, n=3000, n_steps=200, shape=(40, 50))
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
    walkers, _, fields, shape, clock = case
    whole, tallies = result(case)
    after = copies(walkers)
    split = make_walk_tallies(
        shape, visits=True, moves=True, barriers=True, transits=ROOM, tracks=tallies.tracks.shape
    )
    for part in (
        clock._replace(n_steps=first),
        clock._replace(first_step=clock.first_step + first, n_steps=clock.n_steps - first),
    ):
        random_walk(after, fields, shape, part, split, 8)
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


def test_shares_of_a_cell_by_hand() -> None:
    """Conductances 1, 3 and 2 to the east, south and south-east of a corner of conductance 1."""
    g = np.array([[1.0, 1.0], [3.0, 2.0]])
    half = 2**31
    edges = np.array([1.0, 1.5 / np.sqrt(2), 2.0])  # east, south-east, south
    bounds = np.floor(np.cumsum(edges) / edges.sum() * half + 0.5).astype(int)
    row = walk_fields(g).table[0].tolist()
    assert row == [0, 0, bounds[0], bounds[1], half, half, half, 0]
    assert walk_fields(g, neighbours=4).table[0].tolist() == [0, half // 3 + 1, half, 0]
    by_resistance = walk_fields(g, neighbours=4, average="resistance").table[0].tolist()
    # 1 to the east; 2 / (1 + 1/3) = 1.5 to the south
    assert by_resistance[1] == round(half / 2.5)


def test_an_island_keeps_its_walker_and_is_no_hang() -> None:
    g = np.full((3, 3), np.nan)
    g[1, 1] = 1.0
    walkers = make_walkers(4)
    random_walk(walkers, walk_fields(g), (3, 3), walk_clock(50), make_walk_tallies(), 4)
    assert (walkers.cell[0], walkers.steps[0], walkers.state[0]) == (4, 50, 0)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"conductance": np.array([[1.0, -2.0]])}, "conductance is -2.0 in row 0, column 1"),
        ({"conductance": np.array([[np.inf, 1.0]])}, "conductance is inf"),
        ({"conductance": np.zeros((0, 3))}, "at least one cell"),
        ({"neighbours": 6}, "4 or 8, not 6"),
        ({"average": "mean"}, "'conductance' or 'resistance'"),
        ({"mortality": 1.5}, "mortality is 1.5"),
        ({"mortality": np.array([[0.1, np.nan]])}, "mortality is nan in row 0, column 1"),
        ({"mortality": np.zeros((2, 2))}, "mortality has shape (2, 2)"),
        ({"ends_as": np.array([[0, 1]])}, "ends_as is 1 in row 0, column 1"),
        ({"zone": np.zeros((3, 3))}, "zone has shape (3, 3)"),
    ],
)
def test_bad_input_is_named(change: dict[str, Any], words: str) -> None:
    given = {"conductance": np.ones((1, 2)), **change}
    with pytest.raises(ValueError, match=re.escape(words)):
        walk_fields(**given)
