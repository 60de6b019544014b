"""Crowding, settling and mates: equal to their readable twins, and mates evenly drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from corridor_sim.kernels.mates import TRIES, choose_mates, gather
from corridor_sim.kernels.places import (
    Bins,
    Crowd,
    crowding,
    disc_of_blocks,
    fill,
    make_bins,
    settle,
)
from oracles import places as twin
from oracles.elsewhere import digest_without_compiler, hash_of
from oracles.verdict import Verdict

SEEDS = range(40)


def crowd_of(rng: np.random.Generator, shape: tuple[int, int], places: Any) -> Crowd:
    """Return a crowd with random room, in which the animals at ``places`` (x, y) are counted."""
    side = float(rng.choice([1.0, 1.7, 2.5, 4.0]))
    rows, cols = (int(np.ceil(n / side)) for n in shape)
    number = np.zeros((rows, cols), np.int32)
    for x, y in places:
        number[min(max(int(y / side), 0), rows - 1), min(max(int(x / side), 0), cols - 1)] += 1
    room = rng.uniform(0.5, 12, (rows, cols)) * (rng.random((rows, cols)) < 0.85)
    return Crowd(side, number, room, *disc_of_blocks(float(rng.uniform(0, 3))))


def scattered(rng: np.random.Generator, n: int, shape: tuple[int, int]) -> np.ndarray:
    """Return places in the map: some on corners of cells, some on top of each other."""
    at = rng.uniform(0, 1, (n, 2)) * (shape[1], shape[0]) * (1 - 1e-9)
    at = np.where(rng.random((n, 1)) < 0.3, np.floor(at), at)
    again = rng.random(n) < 0.2
    if n:
        at[again] = at[rng.integers(0, n, int(again.sum()))]
    return at


def settling_case(seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    shape = int(rng.integers(1, 14)), int(rng.integers(1, 14))
    n, tries = int(rng.integers(0, 25)), int(rng.integers(0, 6))
    women, men = (scattered(rng, int(rng.integers(0, 12)), shape) for _ in range(2))
    quality = rng.choice([-1.0, 0.3, 0.5, 0.5, 0.8, 0.8], shape).astype(np.float32)
    seekers = scattered(rng, n, shape)
    off_map = rng.normal(0, 3, (n, tries, 2))
    return {
        "at": seekers,
        "male": rng.random(n) < 0.5,
        "tries": seekers[:, None] + off_map,
        "quality": quality,
        "enough": float(rng.choice([0.0, 0.3, 0.5])),
        "women": women,
        "men": men,
        "crowd": crowd_of(rng, shape, [*women, *men]),
        "keep_off": rng.choice([0.0, 0.7, 2.0], 2),
        "reach": float(rng.choice([0.5, 2.0, 20.0])),
        "with_mate": bool(rng.random() < 0.5),
        "side": float(rng.choice([1.0, 2.0, 5.0])),
    }


def settle_compiled(case: dict[str, Any]) -> tuple[np.ndarray, Crowd, np.ndarray, Any]:
    """Return the chosen places, the crowd afterwards, the numbers settled and the residents."""
    n = len(case["at"])
    room = np.full(n, np.nan)
    crowd = case["crowd"]._replace(number=case["crowd"].number.copy())
    centres, bins = [], []
    for who in (case["women"], case["men"]):
        x, y = (np.concatenate([who[:, k], room]) for k in (0, 1))
        held = make_bins(case["quality"].shape, case["side"], len(who) + n)
        fill(x, y, len(who), held)
        centres += [x, y]
        bins.append(held)
    settled = np.array([len(case["women"]), len(case["men"])], np.int64)
    chosen = np.full((n, 2), np.nan)
    settle(
        *np.ascontiguousarray(case["at"].T),
        case["male"],
        np.ascontiguousarray(case["tries"][:, :, 0]),
        np.ascontiguousarray(case["tries"][:, :, 1]),
        case["quality"],
        case["enough"],
        crowd,
        *bins,
        *centres,
        settled,
        case["keep_off"],
        case["reach"],
        case["with_mate"],
        chosen,
    )
    return chosen, crowd, settled, centres


def settle_by_twin(case: dict[str, Any]) -> tuple[list[Any], dict[bool, list[Any]]]:
    residents = {
        s: [tuple(p) for p in case[w].tolist()] for s, w in ((False, "women"), (True, "men"))
    }
    everyone = residents[False] + residents[True]
    seekers = [(x, y, bool(m)) for (x, y), m in zip(case["at"].tolist(), case["male"], strict=True)]
    tries = [[tuple(p) for p in row] for row in case["tries"].tolist()]
    chosen = twin.settle(
        seekers,
        tries,
        case["quality"],
        case["enough"],
        case["crowd"],
        everyone,
        residents,
        tuple(case["keep_off"].tolist()),
        case["reach"],
        case["with_mate"],
    )
    return chosen, residents


@pytest.mark.parametrize("seed", SEEDS)
def test_settling_equals_its_twin(seed: int) -> None:
    case = settling_case(seed)
    chosen, crowd, settled, (fx, fy, mx, my) = settle_compiled(case)
    expected, residents = settle_by_twin(case)
    assert [None if np.isnan(c[0]) else tuple(c) for c in chosen.tolist()] == expected
    for (x, y), n, sex in (((fx, fy), settled[0], False), ((mx, my), settled[1], True)):
        assert list(zip(x[:n].tolist(), y[:n].tolist(), strict=True)) == residents[sex]
        assert np.isnan(x[n:]).all()
    newcomers = sum(c is not None for c in expected)
    assert crowd.number.sum() == case["crowd"].number.sum() + newcomers


def test_the_random_cases_meet_every_rule() -> None:
    """Guards the test above: each rule, taken away, changes where some animal settles."""
    plain = {
        "keep_off": np.zeros(2),
        "with_mate": False,
        "enough": -0.5,
        "tries": None,
        "room": None,
    }
    changed = dict.fromkeys(plain, 0)
    for seed in SEEDS:
        case = settling_case(seed)
        before = settle_by_twin(case)[0]
        for rule, value in plain.items():
            other = dict(case)
            if rule == "tries":
                other["tries"] = case["tries"][:, :0]
            elif rule == "room":
                other["crowd"] = case["crowd"]._replace(room=case["crowd"].room + 1e9)
            else:
                other[rule] = value
            changed[rule] += settle_by_twin(other)[0] != before
    assert min(changed.values()) >= 3, changed


def crowding_case(seed: int) -> tuple[np.ndarray, np.ndarray, Crowd]:
    rng = np.random.default_rng(seed)
    shape = int(rng.integers(1, 14)), int(rng.integers(1, 14))
    animals = scattered(rng, int(rng.integers(0, 30)), shape)
    return scattered(rng, 12, shape), animals, crowd_of(rng, shape, animals)


def crowding_compiled(places: np.ndarray, crowd: Crowd) -> np.ndarray:
    out = np.empty(len(places))
    crowding(*np.ascontiguousarray(places.T), crowd, out)
    return out


@pytest.mark.parametrize("seed", SEEDS)
def test_crowding_equals_its_twin(seed: int) -> None:
    places, animals, crowd = crowding_case(seed)
    expected = [
        twin.crowding_at(x, y, [tuple(p) for p in animals.tolist()], crowd)
        for x, y in places.tolist()
    ]
    assert crowding_compiled(places, crowd).tolist() == expected


def mating_case(seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    shape = int(rng.integers(1, 30)), int(rng.integers(1, 30))
    n_males = int(rng.choice([0, 1, 10, 60, 300]))
    side = float(rng.choice([1.0, 2.0, 6.0]))
    return {
        "females": scattered(rng, 20, shape),
        "males": scattered(rng, n_males, shape),
        "uniforms": rng.random(20),
        # beside its width a reach may be wider or narrower than a bin, or take in the whole map
        "reach": side * float(rng.choice([0.4, 1.0, 1.0, 3.0])),
        "side": side,
        "rows": max(1, int(np.ceil(shape[0] / side))),
        "cols": max(1, int(np.ceil(shape[1] / side))),
    }


def mates_compiled(case: dict[str, Any]) -> np.ndarray:
    x, y = np.ascontiguousarray(case["females"].T)
    mx, my = np.ascontiguousarray(case["males"].T)
    grid = case["side"], case["rows"], case["cols"]
    start = np.zeros(case["rows"] * case["cols"] + 1, np.int32)
    member = np.full(mx.size, -1, np.int32)
    gather(mx, my, *grid, start, member)
    chosen = np.full(x.size, -2, np.int32)
    choose_mates(x, y, case["uniforms"], mx, my, case["reach"], *grid, start, member, chosen)
    return chosen


@pytest.mark.parametrize("seed", SEEDS)
def test_mates_equal_their_twin(seed: int) -> None:
    case = mating_case(seed)
    males = [tuple(p) for p in case["males"].tolist()]
    expected = [
        twin.mate(x, y, u, males, case["reach"], case["side"], case["rows"], case["cols"])
        for (x, y), u in zip(case["females"].tolist(), case["uniforms"].tolist(), strict=True)
    ]
    assert mates_compiled(case).tolist() == expected


@pytest.mark.parametrize(
    ("inside", "outside"),
    [(5, 10), (40, 50), (3, 400)],
    ids=["few are counted", "many are drawn", "most draws are in vain"],
)
def test_mates_are_drawn_evenly(inside: int, outside: int, verdict: Verdict) -> None:
    """Males in reach around (15, 15), others in the same bins but out of reach."""
    rng = np.random.default_rng(inside)
    angle = rng.uniform(0, 2 * np.pi, inside)
    far = 5 * np.sqrt(rng.random(inside)) * 0.999
    near = np.column_stack([15 + far * np.cos(angle), 15 + far * np.sin(angle)])
    corners = 15 + rng.choice([-1, 1], (outside, 2)) * rng.uniform(3.7, 9.9, (outside, 2))
    males = rng.permutation(np.concatenate([near, corners]))
    within = np.hypot(*(males - 15).T) <= 5
    assert within.sum() == inside
    assert (len(males) > TRIES) == (inside > 5 or outside > TRIES)
    n = 200 * inside
    case = {
        "females": np.full((n, 2), 15.0),
        "males": males,
        "uniforms": rng.random(n),
        "reach": 5.0,
        "side": 5.0,
        "rows": 6,
        "cols": 6,
    }
    seen = np.bincount(mates_compiled(case), minlength=len(males))
    verdict.counts("mates", "evenly among those in reach", seen, n * within / inside)


def test_a_reach_of_zero_finds_who_lives_on_the_spot() -> None:
    case = {
        "females": np.array([[2.5, 2.5], [0.0, 0.0]]),
        "males": np.array([[1.0, 1.0], [2.5, 2.5]]),
        "uniforms": np.array([0.9, 0.9]),
        "reach": 0.0,
        "side": 1.0,
        "rows": 4,
        "cols": 4,
    }
    assert mates_compiled(case).tolist() == [1, -1]


def test_bins_hold_everybody_once() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.uniform(0, 10, (2, 50))
    bins: Bins = make_bins((10, 10), 3.0, 50)
    fill(x, y, 50, bins)
    found = []
    for first in bins.first.ravel():
        i = first
        while i >= 0:
            found.append(int(i))
            i = bins.following[i]
    assert sorted(found) == list(range(50))


def digest() -> str:
    """Return the hash of what settling, crowding and mates give in small worlds."""
    return hash_of(
        result
        for seed in SEEDS
        for result in (
            settle_compiled(settling_case(seed))[0],
            crowding_compiled(*crowding_case(seed)[::2]),
            mates_compiled(mating_case(seed)),
        )
    )


def test_the_compiler_changes_nothing() -> None:
    assert digest_without_compiler(__file__) == digest()
