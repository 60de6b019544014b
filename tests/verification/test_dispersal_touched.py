"""Walking only those whom a change can concern gives what walking everybody gives, to the bit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from corridor_sim import Landscape, edits, load_landscape, load_species
from corridor_sim.config.dispersal import Options, RandomWalk, Sms
from corridor_sim.kernels.states import DISPLACED, RESIDENT
from corridor_sim.landscape.blocks import blocks_of
from corridor_sim.landscape.edits import EDITS, Edit
from corridor_sim.movement.step_selection import SelectSteps
from corridor_sim.simulation.days.seeding import Quota, find_habitat
from corridor_sim.simulation.days.simulation import Simulation, find_homes, prepare_days
from corridor_sim.simulation.dispersal import cohort
from corridor_sim.simulation.dispersal.cohort import (
    Change,
    Ground,
    Walked,
    again,
    changed_ground_of,
    changes,
    concerned,
    disperse,
    ground_of,
    tiles,
    with_fates,
)
from corridor_sim.simulation.dispersal.strata import allocate, starts_of, strata_of
from corridor_sim.species import fields
from corridor_sim.species.fields import on_landscape

CELL_M = 5000.0
SEED = 20260801
AREA = (((-78.9, -2.9), (-78.2, -2.9), (-78.2, -3.5), (-78.9, -3.5)),)
WHERE = {"name": "here", "areas": AREA}
LOCAL: dict[str, Callable[[], Edit]] = {
    "add_road": lambda: edits.AddRoad(
        name="road", points=((-78.9, -3.1), (-78.1, -3.2)), road_class=2
    ),
    "protect": lambda: edits.Protect(**WHERE, core=True),
    "protect_plan": lambda: edits.ProtectPlan(add_ha=100_000),
    "restore": lambda: edits.Restore(**WHERE),
    "open_mine": lambda: edits.OpenMine(name="mine", at=(-78.55, -3.2), area_ha=20_000),
    "build_dam": lambda: edits.BuildDam(name="dam", at=(-78.35, -2.75), reservoir_ha=10_000),
    "build_crossings": lambda: edits.BuildCrossings(**WHERE),
    "build_link": lambda: edits.BuildLink(**WHERE, actions=("restore", "protect", "crossings")),
}
EVERYWHERE: dict[str, Callable[[], Edit]] = {
    "clear": lambda: edits.Clear(fraction=0.1, aggregation=0.7),
    "warm": lambda: edits.Warm(degrees_c=2.0),
}
MODELS: dict[str, Options | None] = {
    "step_selection": None,
    "random_walk": RandomWalk(model="random_walk", moves_per_day=6),
    "random_walk_cost": RandomWalk(model="random_walk", moves_per_day=6, barriers="cost"),
    "sms": Sms(model="sms", moves_per_day=6, perceptual_range=3, persistence=3.0, memory=4),
    "sms_settles": Sms(model="sms", moves_per_day=6, perceptual_range=2, settles=0.3),
}


@cache
def base() -> tuple[Landscape, Landscape]:
    """The built-in landscape, and it after clearing, which gives edits something to do."""
    reference = load_landscape(cell_m=CELL_M)
    return reference, edits.Clear(fraction=0.4, aggregation=0.7)(reference, 3)


@cache
def walked(key: str, model: str, side: int = 8) -> tuple[Ground, Walked]:
    reference, land = base()
    species = load_species(key)
    blocks = blocks_of(reference)
    here = on_landscape(species, reference)
    strata = strata_of(here, find_habitat(here, CELL_M), reference, blocks)
    ground = ground_of(species, land, reference, blocks, MODELS[model])
    n = allocate(strata.per_year, np.ones(len(strata)), 150)
    starts = starts_of(here, strata, n, SEED, range(2))
    return ground, disperse(ground, starts, SEED, parts=tiles(land.grid.shape, side))


def both(key: str, model: str, edit: Edit) -> tuple[Walked, Change, np.ndarray, bool]:
    """Return the baseline, the change, who walked again, and whether all ended as when all walk."""
    reference, land = base()
    ground, before = walked(key, model)
    after = ground_of(
        load_species(key), edit(land, 3), reference, blocks_of(reference), MODELS[model]
    )
    change = changes(ground, after)
    rows, fates = again(before, after, change, SEED)
    quick = with_fates(before, rows, fates)
    full = disperse(after, before.starts, SEED).fates
    same = all(np.array_equal(a, b, equal_nan=True) for a, b in zip(quick, full, strict=True))
    return before, change, rows, same


def test_every_kind_of_edit_is_tried() -> None:
    assert set(LOCAL) | set(EVERYWHERE) == set(EDITS)


@pytest.mark.parametrize("kind", LOCAL)
@pytest.mark.parametrize("key", ["jaguar", "andean_bear", "mountain_tapir"])
def test_a_local_edit_concerns_some_and_the_others_live_as_they_did(key: str, kind: str) -> None:
    before, change, rows, same = both(key, "step_selection", LOCAL[kind]())
    assert same
    if not change.nothing:
        assert rows.size < 0.75 * before.fates.x.size


@pytest.mark.parametrize("kind", EVERYWHERE)
def test_a_change_everywhere_is_right_as_well(kind: str) -> None:
    assert both("andean_bear", "step_selection", EVERYWHERE[kind]())[3]


@pytest.mark.parametrize("kind", ["build_link", "add_road", "protect"])
@pytest.mark.parametrize("model", [name for name in MODELS if name != "step_selection"])
def test_all_models_of_movement(model: str, kind: str) -> None:
    before, change, rows, same = both("andean_bear", model, LOCAL[kind]())
    assert same
    assert not change.nothing
    assert 0 < rows.size < before.fates.x.size


def test_the_link_changes_some_lives() -> None:
    """Guards the tests above: where nobody lives otherwise, any shortcut is right."""
    ground, before = walked("andean_bear", "step_selection")
    reference, land = base()
    after = ground_of(
        load_species("andean_bear"), LOCAL["build_link"]()(land, 3), reference, blocks_of(reference)
    )
    rows, fates = again(before, after, changes(ground, after), SEED)
    old = [np.asarray(column)[rows] for column in before.fates]
    other = [a for a, b in zip(fates, old, strict=True) if not np.array_equal(a, b, equal_nan=True)]
    assert len(other) > 3


def test_without_the_record_of_ways_lives_would_be_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen to fail: those who only looked at changed ground, and did not stand on it, count too."""
    ground, before = walked("andean_bear", "step_selection")
    reference, land = base()
    after = ground_of(
        load_species("andean_bear"), LOCAL["build_link"]()(land, 3), reference, blocks_of(reference)
    )
    change = changes(ground, after)
    ended_there = change.walk[before.fates.y.astype(int), before.fates.x.astype(int)]
    monkeypatch.setattr(cohort, "concerned", lambda *_: ended_there)
    rows, fates = again(before, after, change, SEED)
    quick = with_fates(before, rows, fates)
    full = disperse(after, before.starts, SEED).fates
    assert not np.array_equal(quick.x, full.x)


def test_who_walks_as_before_looks_again_where_a_home_has_changed() -> None:
    """Ground on which nobody walks otherwise, and homes here and there are lost or better."""
    ground, before = walked("andean_bear", "step_selection")
    rng = np.random.default_rng(4)
    lost = rng.random(ground.homes.quality.shape) < 0.2
    quality = np.where(lost, np.float32(-1), ground.homes.quality)
    quality = np.where(~lost & (rng.random(lost.shape) < 0.1), np.float32(0.99), quality)
    after = replace(ground, homes=replace(ground.homes, quality=quality))
    change = changes(ground, after)
    assert not change.walk.any()
    rows, fates = again(before, after, change, SEED)
    assert 0 < rows.size < before.fates.x.size
    quick = with_fates(before, rows, fates)
    full = disperse(after, before.starts, SEED).fates
    for name, one in quick._asdict().items():
        assert np.array_equal(one, getattr(full, name), equal_nan=True), name
    moved = ~np.isclose(full.home_x, before.fates.home_x, equal_nan=True)
    assert moved.sum() > 10


def test_known_changes_are_told_exactly_and_later_ones_by_their_tiles() -> None:
    ground, before = walked("andean_bear", "step_selection")
    reference, land = base()
    after = ground_of(
        load_species("andean_bear"), LOCAL["build_link"]()(land, 3), reference, blocks_of(reference)
    )
    change = changes(ground, after)
    parts = tiles(land.grid.shape, 8, (change.walk,))
    exact = disperse(ground, before.starts, SEED, parts=parts)
    few, more = concerned(exact, change), concerned(before, change)
    assert few.sum() < more.sum()
    assert not (few & ~more).any()
    assert set(np.unique(parts.part[change.walk])).isdisjoint(parts.part[~change.walk])


@pytest.mark.parametrize("kind", LOCAL)
@pytest.mark.parametrize("key", ["jaguar", "andean_bear", "mountain_tapir"])
def test_ground_made_anew_around_a_change_is_that_of_the_whole_map(key: str, kind: str) -> None:
    reference, land = base()
    species, blocks = load_species(key), blocks_of(reference)
    # a narrow gap, so that little has to be made anew
    near = species.habitat.model_copy(
        update={"gap_half_m": species.habitat.gap_half_m.model_copy(update={"value": 2000.0})}
    )
    species = species.model_copy(update={"habitat": near})
    before = ground_of(species, land, reference, blocks)
    after = LOCAL[kind]()(land, 3)
    quick = changed_ground_of(before, land, after)
    whole = ground_of(species, after, reference, blocks)
    assert np.array_equal(quick.here.suitability, whole.here.suitability)
    assert np.array_equal(quick.here.mismatch_c, whole.here.mismatch_c)
    assert np.array_equal(quick.homes.quality, whole.homes.quality)
    for name, one in quick.here.fields._asdict().items():
        other = getattr(whole.here.fields, name)
        assert one.flags.c_contiguous == other.flags.c_contiguous
        if name == "barrier_near":
            assert (one <= other).all()
        else:
            assert np.array_equal(one, other), name


def test_only_the_part_around_a_change_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    _, land = base()
    species = load_species("jaguar")
    seen = []
    whole = fields.on_landscape
    before = whole(species, land)
    monkeypatch.setattr(
        fields, "on_landscape", lambda s, part: seen.append(part.grid.shape) or whole(s, part)
    )
    link = LOCAL["build_link"]()(land, 3)
    _, middle = fields.on_changed_landscape(before, land, link)
    assert middle is not None
    ((height, width),) = seen
    assert height * width < 0.5 * land.grid.height * land.grid.width
    again, nowhere = fields.on_changed_landscape(before, land, land)
    assert again is before
    assert nowhere == (slice(0, 0), slice(0, 0))
    _, everywhere = fields.on_changed_landscape(before, land, edits.Warm(degrees_c=1.0)(land, 1))
    assert everywhere is None


def test_residents_and_displaced_that_touched_no_change_live_as_they_did() -> None:
    """All stages of a run of days: who touched no change and keeps its home is the same animal."""
    reference, land = base()
    species = [load_species(key) for key in ("mountain_tapir", "andean_condor")]
    homes = find_homes(species, reference)
    quotas = {one.key: Quota(count=400) for one in species}
    lands = land, LOCAL["build_link"]()(land, 3)
    grounds = [prepare_days(species, one, homes, quotas) for one in lands]
    parts = tiles(land.grid.shape, 4)
    runs = []
    for context in grounds:
        sim = Simulation(context, seed=SEED, n_days=40)
        for key, animals in sim.animals.items():
            touched = np.zeros((animals.x.size, parts.words), np.uint64)
            sim.tallies[key] = sim.tallies[key]._replace(part=parts.part, touched=touched)
        sim.advance(40)
        runs.append(sim)
    kept, stages = 0, set()
    for one in species:
        first, second = (SelectSteps(context.species[one.key].here) for context in grounds)
        bits = parts.bits_of(first.differs(second))
        before, after = (run.animals[one.key] for run in runs)
        alike = before.klass == after.klass
        free = alike & ~(runs[0].tallies[one.key].touched & bits).any(axis=1)
        stages |= set((before.klass[free] // 2).tolist())
        assert free.sum() < free.size
        kept += int(free.sum())
        for name, column in before._asdict().items():
            assert np.array_equal(column[free], getattr(after, name)[free]), name
    assert kept > 100
    assert {RESIDENT, DISPLACED} <= stages


def test_any_threads_and_any_split_of_replicates() -> None:
    import numba

    ground, before = walked("andean_bear", "step_selection")
    numba.set_num_threads(1)
    try:
        alone = disperse(ground, before.starts, SEED, parts=before.parts)
    finally:
        numba.set_num_threads(numba.config.NUMBA_NUM_THREADS)
    for a, b in zip(alone.fates, before.fates, strict=True):
        assert np.array_equal(a, b, equal_nan=True)
    assert np.array_equal(alone.touched, before.touched)
    second = np.flatnonzero(before.starts.replicate == 1)
    some = cohort.picked(before.starts, second)
    for a, b in zip(disperse(ground, some, SEED).fates, before.fates, strict=True):
        assert np.array_equal(a, np.asarray(b)[second], equal_nan=True)
