"""Years by tiles on a changed landscape: made anew where it can differ, as if all was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from functools import cache
from typing import Any

import numba
import numpy as np
import pytest

from corridor_sim import Landscape, edits, load_landscape, load_species
from corridor_sim.config.dispersal import Options, RandomWalk, Sms
from corridor_sim.config.life_cycle import LifeCycleSettings
from corridor_sim.landscape.edits import Edit
from corridor_sim.simulation.generations import changed
from corridor_sim.simulation.generations.machine import Course, Generations, Ground, Ran
from corridor_sim.simulation.generations.projection import Met
from corridor_sim.simulation.generations.walks import Walks, walk

# as a whole it takes half a minute and more; each part has quicker tests beside it
pytestmark = pytest.mark.slow

SEED, YEARS, WALKS = 20260802, 3, 250
AREA = (((-78.9, -2.9), (-78.2, -2.9), (-78.2, -3.5), (-78.9, -3.5)),)
WHERE = {"name": "here", "areas": AREA}
EDITS: dict[str, Callable[[], Edit]] = {
    "link": lambda: edits.BuildLink(**WHERE, actions=("restore", "protect", "crossings")),
    "road": lambda: edits.AddRoad(name="road", points=((-78.9, -3.1), (-78.1, -3.2)), road_class=2),
    "protect": lambda: edits.Protect(**WHERE, core=True),
    "restore": lambda: edits.Restore(**WHERE),
    "clear": lambda: edits.Clear(fraction=0.1, aggregation=0.7),
}
MODELS: dict[str, Options | None] = {
    "step_selection": None,
    "random_walk": RandomWalk(model="random_walk", moves_per_day=4, barriers="cost"),
    "sms": Sms(model="sms", moves_per_day=4, perceptual_range=2, persistence=3.0, memory=4),
}


@cache
def land() -> Landscape:
    """The built-in landscape after clearing, which gives edits something to do."""
    return edits.Clear(fraction=0.4, aggregation=0.7)(load_landscape(cell_m=5000.0), 3)


def machine(base: Landscape, key: str, model: str, known: tuple[Course, ...] = ()) -> Generations:
    life = LifeCycleSettings(burn_in={"at_most_y": 2})
    options = {key: MODELS[model]}
    course = Course((0,), (base,))
    return Generations(
        [load_species(key)], land(), course, YEARS, life, SEED, options, known, WALKS
    )


@cache
def before(key: str, model: str) -> Generations:
    return machine(land(), key, model)


def anew(generations: Generations, key: str, ground: Ground) -> Walks:
    """All walks on the changed landscape, none taken over."""
    kind, life = generations.kinds[key], generations.life
    return walk(
        kind.design,
        kind.tiles,
        ground.habitat,
        kind.parts,
        generations.seed,
        life.settle_every_d,
        replicate=0,
    )


def assert_same(a: Any, b: Any, *, but: tuple[str, ...] = ()) -> None:
    for one in fields(a):
        if one.name not in but:
            x, y = getattr(a, one.name), getattr(b, one.name)
            assert np.array_equal(x, y, equal_nan=np.asarray(x).dtype.kind == "f"), one.name


def both(
    monkeypatch: pytest.MonkeyPatch, key: str, model: str, edit: Edit
) -> tuple[Generations, Ran, Ran, Walks]:
    """Return years on the changed landscape, quickly and with all walks made anew."""
    generations = before(key, model)
    course = Course((0,), (edit(land(), 3),))
    grounds = generations.grounds(key, course)
    quick = generations.run(key, 0, grounds)
    every = anew(generations, key, grounds[0])
    met = Met(grounds[0].habitat, grounds[0].tiles, every)
    monkeypatch.setattr(Generations, "_met_on", lambda *_: met)
    return generations, quick, generations.run(key, 0, grounds), every


CASES = [("andean_bear", model, kind) for model in MODELS for kind in EDITS] + [
    (key, "step_selection", "link") for key in ("jaguar", "mountain_tapir")
]


@pytest.mark.parametrize(("key", "model", "kind"), CASES)
def test_walks_and_numbers_are_those_of_all_made_anew(
    monkeypatch: pytest.MonkeyPatch, key: str, model: str, kind: str
) -> None:
    _, quick, whole, every = both(monkeypatch, key, model, EDITS[kind]())
    assert_same(quick.last.walks, every, but=("animals",))
    for name, one in quick.last.walks.animals._asdict().items():
        assert np.array_equal(one, getattr(every.animals, name)), name
    for a, b in zip(quick.years, whole.years, strict=True):
        assert_same(a, b)
    assert_same(quick.numbers, whole.numbers)
    assert quick.displaced == whole.displaced


@pytest.mark.parametrize("kind", EDITS)
def test_ground_made_anew_around_a_change_is_that_of_the_whole_map(kind: str) -> None:
    key = "andean_bear"
    generations, after = before(key, "step_selection"), EDITS[kind]()(land(), 3)
    (quick,) = generations.grounds(key, Course((0,), (after,)))
    whole = machine(after, key, "step_selection").kinds[key].base[0]
    assert np.array_equal(quick.habitat.quality, whole.habitat.quality)
    assert np.array_equal(quick.tiles.hazard_map, whole.tiles.hazard_map)
    assert np.array_equal(quick.tiles.cell_capacity, whole.tiles.cell_capacity)


def test_a_link_changes_some_walks_and_numbers() -> None:
    """Guards the tests above: where nothing differs, any shortcut is right."""
    key, generations = "andean_bear", before("andean_bear", "step_selection")
    course = Course((0,), (EDITS["link"]()(land(), 3),))
    plain, linked = (generations.run(key, 0, g) for g in (None, generations.grounds(key, course)))
    same = np.all(plain.last.walks.home == linked.last.walks.home, axis=(0, 2))
    assert 0.2 < same.mean() < 1
    assert plain.years[-1].independent != linked.years[-1].independent


def test_who_walks_as_before_looks_again_where_a_home_has_changed() -> None:
    """Ground on which nobody walks otherwise, and homes here and there are lost."""
    key, generations = "andean_bear", before("andean_bear", "step_selection")
    kind, met = generations.kinds[key], generations._met(key, 0, 0)
    lost = np.random.default_rng(4).random(met.habitat.quality.shape) < 0.1
    habitat = replace(met.habitat, quality=np.where(lost, np.float32(-1), met.habitat.quality))
    assert not changed.changes(met.habitat, habitat).walk.any()
    every = generations.life.settle_every_d
    given = kind.tiles, habitat, kind.parts, generations.seed, every
    quick = changed.walks_on_changed(met.walks, met.habitat, *given)
    assert_same(quick, walk(kind.design, *given, replicate=0), but=("animals",))
    assert not np.array_equal(quick.home, met.walks.home)


def test_known_courses_are_told_exactly() -> None:
    key, course = "andean_bear", Course((0,), (EDITS["link"]()(land(), 3),))
    generations = machine(land(), key, "step_selection", (course,))
    grounds = generations.grounds(key, course)
    found = generations.run(key, 0, grounds).last.walks
    assert_same(found, anew(generations, key, grounds[0]), but=("animals",))


def test_without_the_record_of_ways_walks_would_be_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen to fail: those who only looked at changed ground, and did not stand on it, count too."""

    def stood_there(walks: Walks, change: changed.Change, _: Any) -> np.ndarray:
        there = ~np.isnan(walks.at[:, :, 0])
        col, row = (np.where(there, walks.at[:, :, k], 0).astype(int) for k in (0, 1))
        return np.flatnonzero((change.walk[row, col] & there).any(axis=1))

    monkeypatch.setattr(changed, "_concerned", stood_there)
    _, quick, whole, every = both(monkeypatch, "andean_bear", "step_selection", EDITS["link"]())
    assert not np.array_equal(quick.last.walks.at, every.at, equal_nan=True)
    assert quick.years[-1].independent != whole.years[-1].independent


def test_any_number_of_threads() -> None:
    key = "andean_bear"
    numba.set_num_threads(1)
    try:
        alone = machine(land(), key, "step_selection").run(key, 1)
    finally:
        numba.set_num_threads(numba.config.NUMBA_NUM_THREADS)
    usual = before(key, "step_selection").run(key, 1)
    assert_same(alone.last.walks, usual.last.walks, but=("animals",))
    assert_same(alone.numbers, usual.numbers)
