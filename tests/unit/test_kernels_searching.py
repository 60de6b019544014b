"""A year of search in expectation: equal to its readable twin, and to exact laws of loss."""

from __future__ import annotations

import inspect
import math
from typing import Any

import numba
import numpy as np
import pytest

from corridor_sim.kernels.searching import (
    CHOICE,
    LEVELS,
    OPTIONS,
    TINY,
    Neighbours,
    around,
    births_around,
    cut_off,
    load_tables,
    options,
    search_season,
)
from oracles import searching as twin
from oracles.elsewhere import digest_without_compiler, hash_of

SEEDS = range(25)
MOST, STEPS = 14, 30
cut_off_compiled = numba.njit(lambda load, c: cut_off(load, c))


def tables() -> tuple[np.ndarray, np.ndarray]:
    load_of, room_of = (np.zeros((MOST + 1, STEPS + 1)) for _ in range(2))
    load_tables(load_of, room_of)
    return load_of, room_of


def neighbours(rng: np.random.Generator, n: int) -> Neighbours:
    """Some squares near each, itself among them."""
    near = [np.flatnonzero((rng.random(n) < 0.3) | (np.arange(n) == s)) for s in range(n)]
    first = np.concatenate([[0], np.cumsum([one.size for one in near])]).astype(np.int64)
    return Neighbours(first, np.concatenate(near).astype(np.int64))


def options_case(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    shape = int(rng.integers(1, 30)), int(rng.integers(1, 12))
    tile = rng.integers(-2, 9, shape).clip(-1).astype(np.int32)
    quality = rng.choice([0.0, 0.125, 0.3, 0.7, 1.0], shape).astype(np.float32)
    return tile, quality


@pytest.mark.parametrize("seed", SEEDS)
def test_options_equal_their_twin(seed: int) -> None:
    tile, quality = options_case(seed)
    home = np.full((tile.shape[0], OPTIONS), -1, np.int32)
    count, level = (np.zeros(home.shape, np.uint8) for _ in range(2))
    options(tile, quality, home, count, level)
    for i, expected in enumerate(twin.options(tile, quality)):
        n = len(expected)
        got = list(zip(*(a[i, :n].tolist() for a in (home, count, level)), strict=True))
        assert got == expected
        assert (home[i, n:] == -1).all()
        assert not count[i, n:].any()


def test_the_options_are_more_than_are_kept_in_some_looks() -> None:
    """Guards the test above."""
    kept = [len(one) for seed in SEEDS for one in twin.options(*options_case(seed))]
    assert kept.count(OPTIONS) > 10
    assert min(kept) == 0


@pytest.mark.parametrize("c", [1, 2, 5, 13])
def test_a_loss_system_at_rest(c: int) -> None:
    """Arrivals at a rate, each stays a year on average, who finds ``c`` is turned away.

    The law at rest solves ``p Q = 0`` with the matrix of rates, whatever closed form it has.
    """
    for load in (0.02, 0.7, 4.0, 60.0):
        rates = np.diag(np.full(c, load), 1) + np.diag(np.arange(1.0, c + 1), -1)
        rates -= np.diag(rates.sum(axis=1))
        kernel = np.vstack([rates.T, np.ones(c + 1)])
        p = np.linalg.lstsq(kernel, np.append(np.zeros(c + 1), 1.0), rcond=None)[0]
        mean, full = cut_off_compiled(load, c)
        assert mean == pytest.approx(float(p @ np.arange(c + 1)), rel=1e-9, abs=1e-12)
        # chances below the rounding of the others are not told apart by the solver
        assert full == pytest.approx(float(p[-1]), rel=1e-9, abs=1e-12)
        assert twin.law(load, c) == pytest.approx(p.tolist(), abs=1e-12)


def test_tables_of_room() -> None:
    load_of, room_of = tables()
    assert not load_of[0].any()
    assert not room_of[0].any()
    for c in range(1, MOST + 1):
        assert np.isinf(load_of[c, -1])
        assert room_of[c, -1] == 0
        for k in range(1, STEPS):
            # sixty halvings of a load below a few thousand: exact but for rounding
            assert twin.mean_of(load_of[c, k], c) == pytest.approx(c * k / STEPS, rel=1e-9)
            assert room_of[c, k] == pytest.approx(1 - twin.law(load_of[c, k], c)[-1], rel=1e-9)
    # in one place the chance of room is the share that is free, whatever the load
    assert room_of[1] == pytest.approx(1 - np.arange(STEPS + 1) / STEPS, abs=1e-9)
    assert np.all(np.diff(room_of[1:], axis=1) < 0)
    assert np.all(np.diff(room_of[1:, STEPS // 2]) > 0)


def test_loads_whose_sums_would_overflow() -> None:
    for c, load in ((3, 1e-100), (120, 0.02), (120, 1e-9)):
        mean, full = cut_off_compiled(load, c)
        # next to nobody there: as if nobody was ever turned away
        assert mean == pytest.approx(load, rel=1e-12, abs=0)
        assert full < 1e-200
    assert cut_off_compiled(0.0, 3) == (0.0, 0.0)
    assert cut_off_compiled(1e12, 3) == (pytest.approx(3.0), pytest.approx(1.0))


@pytest.mark.parametrize("seed", SEEDS)
def test_sums_around_equal_their_twin(seed: int) -> None:
    rng = np.random.default_rng(seed)
    near, values = neighbours(rng, 20), rng.random(20)
    out = np.zeros(20)
    around(values, near.first, near.near, out)
    assert out.tolist() == twin.sums(values, near)


def test_births_by_the_law_of_numbers() -> None:
    """Against the sum over all numbers that the disc of a female can hold."""
    rng = np.random.default_rng(5)
    n = 300
    load_of, room_of = (np.zeros((MOST + 1, 61)) for _ in range(2))
    load_tables(load_of, room_of)
    room = rng.uniform(0.4, MOST, n)
    c = np.ceil(room)
    lived = c * rng.uniform(0.01, 0.98, n)
    searching = rng.gamma(0.3, 1.0, n)
    rates, out = np.array([0.5, 0.3, 1.5]), np.zeros(n)
    births_around(lived, searching, room, load_of, rates, out)
    worst = 0.0
    for s in range(n):
        load = _load(lived[s], int(c[s]))
        p = twin.law(load, int(c[s]))
        born = [twin.birth((k + searching[s]) / room[s], rates) for k in range(int(c[s]) + 1)]
        mean = sum(k * p[k] * born[k] for k in range(len(p))) / sum(k * p[k] for k in range(len(p)))
        worst = max(worst, abs(out[s] - mean))
    # what is read off between sixty steps is flat to second order: 0.5 / 8 / 60^2, and some
    assert worst < 1e-4


def _load(mean: float, c: int) -> float:
    low, high = 0.0, 1.0
    while twin.mean_of(high, c) < mean:
        high *= 2
    for _ in range(80):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if twin.mean_of(middle, c) < mean else (low, middle)
    return high


def test_births_of_one_alone_on_much_room() -> None:
    """Terms of the sum grow beyond what numbers can hold; she is all there is."""
    load_of, room_of = (np.zeros((121, 61)) for _ in range(2))
    load_tables(load_of, room_of)
    rates, out = np.array([0.5, 0.3, 1.5]), np.zeros(2)
    births_around(np.array([1e-6, 0.01]), np.zeros(2), np.array([120.0, 99.5]), load_of, rates, out)
    # with others with a chance of at most twice the load, each of which takes 0.2 / room
    assert out == pytest.approx(0.5 - 0.2 / np.array([120.0, 99.5]), abs=1e-4)


def test_births_where_there_is_no_law() -> None:
    """No capacity, nobody, a full disc, and discs of more places than the tables have."""
    load_of = tables()[0]
    rates, out = np.array([0.5, 0.3, 1.5]), np.full(5, np.nan)
    lived = np.array([1.0, 0.0, 3.0, 40.0, 2.0])
    room = np.array([0.0, 2.0, 3.0, 50.0, 1.5])
    births_around(lived, np.array([0.0, 0.0, 0.6, 0.0, 0.4]), room, load_of, rates, out)
    b = [0.0, 0.5 - 0.2 / 2, 0.3 * 0.3 / 0.5, 0.5 - 0.2 * 0.8, 0.0]
    assert out == pytest.approx(b, abs=1e-12)


def season_case(seed: int, *, flow: bool = True) -> dict[str, Any]:
    """Return a small random season, with every feature in some cases."""
    rng = np.random.default_rng(seed)
    n, squares, blocks = int(rng.integers(1, 20)), int(rng.integers(2, 12)), 3
    tiles, years, per_year = squares + int(rng.integers(0, 6)), 2, int(rng.integers(2, 7))
    occasions = years * per_year
    home = np.full((occasions + 1, n, OPTIONS), -1, np.int32)
    seen = rng.integers(0, OPTIONS + 1, home.shape[:2])
    for at in np.ndindex(*home.shape[:2]):
        k = min(int(seen[at]), tiles)
        home[at][:k] = rng.choice(tiles, k, replace=False)
    square = np.concatenate([np.arange(squares), rng.integers(0, squares, tiles - squares)])
    room = rng.uniform(0.2, 16.0, squares) * (rng.random(squares) < 0.85)
    mass = rng.gamma(0.3, 0.5, (n, years + 1, 3)) * (rng.random((n, years + 1, 3)) < 0.8)
    mass[rng.random(mass.shape) < 0.1] = 1e-8
    half = int(rng.integers(1, per_year))
    return {
        "first": 0 if seed % 2 else half,
        "end": half if seed % 2 else per_year,
        "turns": rng.choice([0, 0, 1, 1, 4], per_year).astype(np.int64),
        "home": home,
        "count": rng.integers(1, 6, home.shape).astype(np.uint8),
        "level": rng.integers(0, LEVELS, home.shape).astype(np.uint8),
        "reached": rng.integers(0, occasions + 1, n).astype(np.int32),
        "male": rng.integers(0, 2, n).astype(np.int8),
        "born_in": rng.integers(0, blocks, n).astype(np.int16),
        "ready_share": rng.random((2, occasions)),
        "mass": mass,
        "square": square.astype(np.int32),
        "block": rng.integers(0, blocks, tiles).astype(np.int16),
        "lived": rng.gamma(1.0, 0.6, (2, squares)),
        "room": room,
        "room_of": tables()[1],
        "crowd": neighbours(rng, squares),
        "mates": neighbours(rng, squares),
        "keep_off": rng.choice([0.0, 0.5, 2.0], (2, 1)) * np.ones((2, squares)),
        "looks": rng.choice([1.0, 3.7], 2),
        "with_mate": bool(rng.random() < 0.5),
        "settled": np.zeros((2, years + 1, tiles)),
        "again": np.zeros((2, tiles)),
        "joined": np.zeros((blocks, blocks)),
        "flow": np.zeros((n if flow else 0, occasions + per_year, OPTIONS)),
    }


CHANGED = ("mass", "lived", "settled", "again", "joined", "flow")


def copied(case: dict[str, Any]) -> dict[str, Any]:
    return {k: v.copy() if isinstance(v, np.ndarray) else v for k, v in case.items()}


def passed(case: dict[str, Any]) -> dict[str, Any]:
    after = copied(case)
    search_season(*after.values())
    return after


def passed_by_twin(case: dict[str, Any]) -> dict[str, Any]:
    after = copied(case)
    twin.Season(after).run()
    return after


def test_the_case_names_what_the_kernel_takes() -> None:
    plain = getattr(search_season, "py_func", search_season)
    assert list(season_case(0)) == list(inspect.signature(plain).parameters)
    assert (LEVELS, CHOICE, TINY, OPTIONS) == (twin.LEVELS, twin.CHOICE, twin.TINY, twin.OPTIONS)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_season_equals_its_twin_to_the_bit(seed: int) -> None:
    case = season_case(seed, flow=seed % 3 > 0)
    after, expected = passed(case), passed_by_twin(case)
    for name in CHANGED:
        assert np.array_equal(after[name], expected[name]), name


@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_is_lost_but_the_dead(seed: int) -> None:
    case = season_case(seed)
    years, per_year = case["mass"].shape[1] - 1, case["turns"].size
    after = passed(case)
    # who is on a walk that ended before the last occasion looked at has died
    at = np.arange(years)[None, :] * per_year + case["end"] - 1
    dead = at >= case["reached"][:, None]
    assert not after["mass"][:, :-1][dead].any()
    for w in range(case["mass"].shape[0]):
        if dead[w].any():
            case["mass"][w] = 0.0
    after = passed(case)
    home = after["settled"].sum() + after["again"].sum()
    assert case["mass"].sum() == pytest.approx(home + after["mass"].sum(), rel=1e-12)
    assert after["settled"].sum() == pytest.approx(after["joined"].sum(), rel=1e-12, abs=1e-15)
    assert after["settled"].sum() == pytest.approx(after["flow"].sum(), rel=1e-12, abs=1e-15)
    moved = (after["lived"] - case["lived"]).sum()
    assert moved == pytest.approx(home, rel=1e-9, abs=1e-12)
    assert (after["mass"] >= 0).all()


def test_the_random_cases_meet_every_rule() -> None:
    """Guards the tests above: each rule, taken away, changes some cases."""
    plain: dict[str, Any] = {
        "keep_off": lambda v: 0 * v,
        "looks": lambda v: 0 * v + 1,
        "with_mate": lambda _: False,
        "level": lambda v: 0 * v,
        "count": lambda v: 0 * v + 1,
        "reached": lambda v: 0 * v + 99,
        "turns": lambda v: np.minimum(v, 1),
        "ready_share": lambda v: 0 * v,
    }
    changed = dict.fromkeys(plain, 0)
    for seed in SEEDS:
        case = season_case(seed)
        before = passed(case)
        for rule, without in plain.items():
            value = without(case[rule])
            if isinstance(value, np.ndarray):
                value = value.astype(case[rule].dtype)
            other = passed({**case, rule: value})
            changed[rule] += not np.array_equal(before["settled"], other["settled"])
    assert min(changed.values()) >= 4, changed


def test_the_best_place_is_taken_in_the_end() -> None:
    """By hand: two squares far from each other, one of them better; nobody there yet."""
    case = season_case(1)
    alone = Neighbours(np.arange(3, dtype=np.int64), np.arange(2, dtype=np.int64))
    home = np.full((5, 1, OPTIONS), -1, np.int32)
    home[:, 0, :2] = 0, 1
    level = np.zeros(home.shape, np.uint8)
    level[:, 0, 1] = 4
    case.update(
        first=0,
        end=1,
        turns=np.array([1, 0], np.int64),
        home=home,
        count=np.ones(home.shape, np.uint8),
        level=level,
        reached=np.array([4], np.int32),
        male=np.zeros(1, np.int8),
        born_in=np.ones(1, np.int16),
        ready_share=np.zeros((2, 4)),
        mass=np.array([[[0.0, 0.5, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]]),
        square=np.arange(2, dtype=np.int32),
        block=np.array([1, 2], np.int16),
        lived=np.zeros((2, 2)),
        room=np.array([6.0, 6.0]),
        crowd=alone,
        mates=alone,
        keep_off=np.zeros((2, 2)),
        looks=np.ones(2),
        with_mate=False,
        settled=np.zeros((2, 3, 2)),
        again=np.zeros((2, 2)),
        joined=np.zeros((3, 3)),
        flow=np.zeros((0, 6, OPTIONS)),
    )
    after = passed(case)
    odds = math.exp(4 / (LEVELS * CHOICE))
    assert after["mass"].sum() == 0
    assert after["joined"][1, 2] / after["joined"][1, 1] == pytest.approx(odds, rel=1e-12)
    assert after["settled"][0, 0].sum() == pytest.approx(0.5, rel=1e-12)


def digest() -> str:
    """Return the hash of what small seasons end with."""
    return hash_of(passed(season_case(seed))[name] for seed in range(5) for name in CHANGED)


def test_the_compiler_changes_nothing() -> None:
    assert digest_without_compiler(__file__) == digest()
