"""Seeding and the run loop: pairing, sampling, displacement, splitting, settling."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from corridor_sim import Landscape, load_species
from corridor_sim.errors import ResourceError, SpeciesError
from corridor_sim.kernels.states import ALIVE, CAUSES, DISPERSER, DISPLACED, RESIDENT, SETTLED
from corridor_sim.landscape.derive import derive
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.simulation.days.seeding import Quota, expected_numbers, find_habitat, seed_animals
from corridor_sim.simulation.days.simulation import (
    Simulation,
    find_homes,
    prepare_days,
    use_threads,
)
from corridor_sim.species.fields import SEXES, on_landscape
from oracles.andes_covers import COVERS

SPECIES = load_species("jaguar")
QUOTA = Quota(count=400)


def half_cleared(land: Landscape) -> Landscape:
    """Pasture west of the middle."""
    cover = land["land_cover"].copy()
    cover[:, : land.grid.width // 2] = COVERS["pasture"].code
    return land.edited(
        "half",
        layers=derive(land.grid, {**land.layers, "land_cover": cover}, land.covers, land.region),
    )


@pytest.fixture(scope="module")
def land() -> Landscape:
    return uniform(80, 80, 1000.0)


def test_animals_live_where_it_is_suitable_in_proportion(land: Landscape) -> None:
    mixed = half_cleared(land)
    seen = on_landscape(SPECIES, mixed)
    home = find_habitat(seen, mixed.grid.cell_m)
    numbers = expected_numbers(SPECIES, home, Quota(count=20_000))
    animals = seed_animals(home, seen, home, numbers, seed=1, replicate=0)
    cell = animals.y.astype(int) * mixed.grid.width + animals.x.astype(int)
    suitable = seen.suitability >= SPECIES.habitat.suitable_from.value
    assert suitable.reshape(-1)[cell].all()
    values = np.where(suitable, seen.suitability, 0).astype(float)
    expected = float(values[:, 40:60].sum() / values.sum())
    found = ((animals.x >= 40) & (animals.x < 60)).mean()
    assert found == pytest.approx(expected, abs=4.5 * np.sqrt(expected / 20_000))


def test_numbers_follow_density_and_sampling(land: Landscape) -> None:
    home = find_habitat(on_landscape(SPECIES, land), 1000.0)
    full = expected_numbers(SPECIES, home, Quota())
    density = SPECIES.population.density_per_100km2.value
    assert full.total == pytest.approx(density * home.suitable_km2 / 100, abs=1)
    share = SPECIES.population.disperser_share.value
    assert full.dispersers == pytest.approx(full.total * share, abs=1)
    sampled = expected_numbers(SPECIES, home, Quota(sampling=0.5, disperser_sampling=3))
    assert sampled.residents == pytest.approx(full.residents / 2, abs=1)
    assert sampled.dispersers == pytest.approx(full.dispersers * 3, abs=2)


def test_sampling_more_dispersers_changes_nobody_elses_luck(land: Landscape) -> None:
    seen = on_landscape(SPECIES, land)
    home = find_habitat(seen, 1000.0)
    few = expected_numbers(SPECIES, home, replace(QUOTA, disperser_sampling=1))
    many = expected_numbers(SPECIES, home, replace(QUOTA, disperser_sampling=5))
    a = seed_animals(home, seen, home, few, seed=3, replicate=2)
    b = seed_animals(home, seen, home, many, seed=3, replicate=2)
    n = few.total
    for name in ("ident", "klass", "x", "y", "heading_x"):
        assert np.array_equal(getattr(a, name), getattr(b, name)[:n]), name


def test_nobody_is_displaced_without_an_edit_and_losers_are_with_one(land: Landscape) -> None:
    homes = find_homes([SPECIES], land)
    same = prepare_days([SPECIES], land, homes, {"jaguar": QUOTA})
    cut = prepare_days([SPECIES], half_cleared(land), homes, {"jaguar": QUOTA})
    before = Simulation(same, seed=1).animals["jaguar"]
    after = Simulation(cut, seed=1).animals["jaguar"]
    stage_before, stage_after = before.klass // len(SEXES), after.klass // len(SEXES)
    assert not (stage_before == DISPLACED).any()
    assert np.array_equal(before.x, after.x)  # the same animals with the same homes
    lost = stage_after == DISPLACED
    assert lost[before.x < 30].mean() > 0.5
    assert not lost[before.x > 60].any()
    assert np.array_equal(stage_after == DISPERSER, stage_before == DISPERSER)


def test_animals_that_meet_nothing_new_do_the_same_in_both_scenarios(land: Landscape) -> None:
    homes = find_homes([SPECIES], land)
    quotas = {"jaguar": QUOTA}
    results = []
    for scenario in (land, half_cleared(land)):
        sim = Simulation(prepare_days([SPECIES], scenario, homes, quotas), seed=5)
        sim.advance(10)
        results.append(sim.result("jaguar"))
    a, b = results
    # ten days of a resident stay within 15 sigma of its centre: far from the western half
    far = (a.start[:, 0] > 70) & (a.stage == RESIDENT) & (b.stage == RESIDENT)
    assert far.sum() > 10
    assert np.array_equal(a.end[far], b.end[far])


def test_a_split_run_ends_as_an_unbroken_one(land: Landscape) -> None:
    stage = prepare_days([SPECIES], half_cleared(land), None, {"jaguar": QUOTA})
    whole = Simulation(stage, seed=2, tracks=5, n_days=40)
    whole.advance(40)
    parts = Simulation(stage, seed=2, tracks=5, n_days=40)
    for days in (1, 7, 20, 12):
        parts.advance(days)
    a, b = whole.result("jaguar"), parts.result("jaguar")
    for name in a.__dataclass_fields__:
        x, y = getattr(a, name), getattr(b, name)
        if isinstance(x, np.ndarray):
            assert np.array_equal(x, y, equal_nan=x.dtype.kind == "f"), name


def test_dispersers_settle_when_their_time_is_over(land: Landscape) -> None:
    duration = {
        sex: round(getattr(SPECIES.movement, sex).disperser.duration_d.value) for sex in SEXES
    }
    stage = prepare_days([SPECIES], land, None, {"jaguar": Quota(count=300, disperser_sampling=3)})
    sim = Simulation(stage, seed=2)
    last = max(duration.values()) + 5
    sim.advance(last)
    result = sim.result("jaguar")
    for i, sex in enumerate(SEXES):
        mine = (result.stage == DISPERSER) & (result.klass % len(SEXES) == i)
        assert mine.any()
        settled = mine & (result.state == SETTLED)
        assert not (mine & (result.state == ALIVE)).any()
        assert (result.days_alive[settled] == duration[sex]).all()
    assert (result.days_alive[(result.stage == RESIDENT) & (result.state == ALIVE)] == last).all()


def test_visits_count_every_living_step(land: Landscape) -> None:
    stage = prepare_days([SPECIES], land, None, {"jaguar": QUOTA})
    sim = Simulation(stage, seed=9)
    sim.advance(30)
    result = sim.result("jaguar")
    per_day = SPECIES.movement.steps_per_day
    assert result.visits.sum() == round(float(result.days_alive.sum()) * per_day)


def test_replicates_differ_and_repeat(land: Landscape) -> None:
    stage = prepare_days([SPECIES], land, None, {"jaguar": QUOTA})

    def end(replicate: int) -> np.ndarray:
        sim = Simulation(stage, seed=1, replicate=replicate)
        sim.advance(2)
        return sim.result("jaguar").end

    assert np.array_equal(end(3), end(3))
    assert not np.array_equal(end(3), end(4))


def test_deaths_have_declared_causes(land: Landscape) -> None:
    road = np.zeros(land.grid.shape, np.uint8)
    road[::4] = 2
    roads = land.edited(
        "roads", layers=derive(land.grid, {**land.layers, "road": road}, land.covers, land.region)
    )
    stage = prepare_days([SPECIES], roads, None, {"jaguar": Quota(count=3000)})
    sim = Simulation(stage, seed=1)
    sim.advance(200)
    state = sim.result("jaguar").state
    dead = (state != ALIVE) & (state != SETTLED)
    causes = set(state[dead] - 1)
    assert causes <= set(range(len(CAUSES)))
    assert {CAUSES.index("natural"), CAUSES.index("hunting"), CAUSES.index("road")} <= causes
    assert CAUSES.index("poison") not in causes


def test_no_habitat_is_one_clear_line() -> None:
    glacier = uniform(10, 10, cover="rock_ice", temperature_c=-5.0, elevation_m=5500.0)
    with pytest.raises(SpeciesError, match=r"species\.jaguar: no cell is suitable"):
        prepare_days([SPECIES], glacier)


def test_an_edit_may_take_all_habitat_away(land: Landscape) -> None:
    homes = find_homes([SPECIES], land)
    ice = np.full(land.grid.shape, COVERS["rock_ice"].code, np.uint8)
    gone = land.edited(
        "ice",
        layers=derive(land.grid, {**land.layers, "land_cover": ice}, land.covers, land.region),
    )
    stage = prepare_days([SPECIES], gone, homes, {"jaguar": QUOTA})
    sim = Simulation(stage, seed=1)
    sim.advance(3)
    result = sim.result("jaguar")
    assert stage.species["jaguar"].surroundings.suitable_km2 == 0
    assert (result.stage[result.stage != DISPERSER] == DISPLACED).all()


def test_more_threads_than_there_are_is_refused() -> None:
    with pytest.raises(ResourceError, match="threads asked for"):
        use_threads(10_000)
    assert use_threads(1) == 1
