"""Dispersers go on to the end of their dispersal and settle; what is counted is who joins."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import corridor_sim as cs
from corridor_sim import load_species
from corridor_sim.comparison.days import Comparison
from corridor_sim.comparison.tables import compare
from corridor_sim.kernels.states import ALIVE, DISPERSER, SETTLED
from corridor_sim.landscape.blocks import blocks_of
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.simulation.days.checkpoint import restore, save
from corridor_sim.simulation.days.outcomes import OUTCOMES, flux_of, measure, roost_groups
from corridor_sim.simulation.days.result import SpeciesResult
from corridor_sim.simulation.days.seeding import Quota
from corridor_sim.simulation.days.simulation import (
    DaysContext,
    Simulation,
    days_beyond,
    dispersal_days,
    prepare_days,
)
from corridor_sim.simulation.pairs import Pairs
from corridor_sim.species.demography import generation_y, vital_rates
from corridor_sim.species.fields import on_landscape
from corridor_sim.species.traits import Species
from oracles.andes_covers import COVERS
from oracles.made_study import made_study

SIZE = 60
EXCHANGE = (
    "joining_per_year",
    "dispersal_success",
    "migrants_per_generation",
    "border_joining_per_year",
    "exchange_within_blocks_per_year",
    "eca_km2",
)
SOARING = ("foraging_km2", "poison_exposure", "poison_deaths_per_year", "roost_exchange_share")


def areas(*windows: tuple[slice, slice], **more: NDArray[Any]) -> Landscape:
    zones = np.zeros((SIZE, SIZE), np.int16)
    for i, window in enumerate(windows, 1):
        zones[window] = i
    return uniform(SIZE, SIZE, 1000.0, protected=zones, **more)


# three core areas of which the first two touch: two blocks and a gap of ten cells
LEFT, RIGHT, APART = (
    (slice(10, 50), slice(5, 15)),
    (slice(10, 50), slice(15, 25)),
    (slice(10, 50), slice(35, 55)),
)


def context(land: Landscape, key: str = "jaguar", count: int = 300) -> DaysContext:
    quota = {key: Quota(count=count, sampling=0.1, disperser_sampling=4.0)}
    return prepare_days([load_species(key)], land, None, quota)


def finished(stage: DaysContext, days: int, seed: int = 3) -> Simulation:
    sim = Simulation(stage, seed=seed)
    sim.advance(days)
    sim.finish()
    return sim


def same(a: SpeciesResult, b: SpeciesResult, rows: np.ndarray) -> None:
    for name in ("state", "days_alive", "end", "home", "home_zone", "path_m"):
        assert np.array_equal(getattr(a, name)[rows], getattr(b, name)[rows], equal_nan=True), name


def test_dispersers_end_their_dispersal_whatever_the_days_of_the_run() -> None:
    stage = context(areas(LEFT, RIGHT, APART))
    (key,) = stage.species
    results = {days: finished(stage, days).result(key) for days in (20, 90, 400)}
    disperses = results[400].stage == DISPERSER
    assert disperses.sum() > 100
    for days in (20, 90):
        same(results[days], results[400], disperses)
        assert (results[days].visits[DISPERSER] == results[400].visits[DISPERSER]).all()
    longest = max(dispersal_days(load_species(key)))
    for days, one in results.items():
        # nobody is on the way any more, and nobody else has lived longer than the run
        assert (one.state[disperses] != ALIVE).all()
        assert one.days_alive[~disperses].max() == days
        assert one.days_alive[disperses].max() == longest
    assert results[20].home_zone[~disperses].max() == 0
    assert np.isnan(results[20].home[~disperses]).all()
    # who died settles nowhere
    died = disperses & (results[20].state != SETTLED)
    assert died.any()
    assert np.isnan(results[20].home[died]).all()


def test_a_finished_run_is_that_of_days_in_parts_and_from_a_checkpoint(tmp_path: Path) -> None:
    stage = context(areas(LEFT, APART))
    (key,) = stage.species
    whole = finished(stage, 30).result(key)
    sim = Simulation(stage, seed=3)
    for days in (7, 1, 22):
        sim.advance(days)
    save(sim, f"{tmp_path}/half.npz")
    again = restore(f"{tmp_path}/half.npz", stage)
    for one in (sim, again):
        one.finish()
        found = one.result(key)
        same(found, whole, np.ones(whole.state.size, np.bool_))
        assert (found.visits == whole.visits).all()
        assert np.array_equal(found.transits.rows, whole.transits.rows)


def test_progress_adds_up_to_what_was_planned() -> None:
    stage = context(areas(LEFT, APART))
    (key,) = stage.species
    told: list[int] = []
    sim = Simulation(stage, seed=3)
    sim.advance(30, told.append)
    sim.finish(told.append)
    numbers = stage.species[key].numbers
    beyond = days_beyond(load_species(key), 30)
    assert beyond == max(dispersal_days(load_species(key))) - 30
    assert sum(told) == 6 * (numbers.total * 30 + numbers.dispersers * beyond)
    assert days_beyond(load_species(key), 1000) == 0


def test_other_models_of_dispersal_go_on_to_the_end_too() -> None:
    from pydantic import TypeAdapter

    from corridor_sim.config.dispersal import Options, any_model

    how: Options = TypeAdapter(any_model()).validate_python(
        {"model": "random_walk", "moves_per_day": 4}
    )
    land = areas(LEFT, APART)
    quota = {"jaguar": Quota(count=300, sampling=0.1, disperser_sampling=4.0)}
    stage = prepare_days([load_species("jaguar")], land, None, quota, {"jaguar": how})
    short, long = finished(stage, 20).result("jaguar"), finished(stage, 400).result("jaguar")
    disperses = short.stage == DISPERSER
    same(short, long, disperses)
    assert (short.state[disperses] != ALIVE).all()
    assert (short.home_zone > 0).any()


def hand_made(stage: DaysContext, natal: list[int], home: list[int]) -> SpeciesResult:
    """A result in which dispersers were born and settled in core areas as told."""
    (key,) = stage.species
    result = Simulation(stage, seed=1).result(key)
    rows = np.flatnonzero(result.stage == DISPERSER)
    born, settled = np.zeros_like(result.natal_zone), np.zeros_like(result.home_zone)
    born[rows[: len(natal)]], settled[rows[: len(home)]] = natal, home
    return replace(result, natal_zone=born, home_zone=settled)


def test_who_joins_another_block_is_counted_a_year() -> None:
    land = replace(areas(LEFT, RIGHT, APART), zone_countries=("", "ECU", "ECU", "PER"))
    stage = context(land)
    (seen,) = stage.species.values()
    # from 1: two to 3, one to 2 beside it, one home, one nowhere; 3 to 2; from outside to 3
    result = hand_made(stage, [1, 1, 1, 1, 1, 3, 0], [3, 3, 2, 1, 0, 2, 3])
    found = measure(result, seen, land, stage.blocks)
    a_year = 1 / (4.0 * 0.8)
    assert stage.blocks.of_zone.tolist() == [0, 1, 1, 2]
    assert found["joining_per_year"] == pytest.approx(3 * a_year)
    assert found["exchange_within_blocks_per_year"] == pytest.approx(1 * a_year)
    assert found["border_joining_per_year"] == pytest.approx(3 * a_year)
    assert found["dispersal_success"] == pytest.approx(3 / 6)
    suitable = float(seen.here.suitability.max())
    both, far = 800 * suitable, 800 * suitable
    p = 2 / 5 + 1 / 1
    expected = math.sqrt(both**2 + far**2 + both * far * p)
    assert found["eca_km2"] == pytest.approx(expected, rel=1e-6)
    flux = flux_of(result, 3).among(stage.blocks.of_zone)
    assert flux.born[1:].tolist() == [5, 1]
    assert flux.settled.elsewhere().rows.tolist() == [[1, 2, 2], [2, 1, 1]]


def test_joining_within_a_distance_moves_exchange_from_between_to_within() -> None:
    land = areas(LEFT, RIGHT, APART)
    joined = replace(land, join_within_m=10_000.0)
    result = hand_made(context(land), [1, 1, 3], [3, 2, 1])
    found = {}
    for one in (land, joined):
        stage = context(one)
        found[one.join_within_m] = measure(result, stage.species["jaguar"], one, stage.blocks)
    assert found[0.0]["joining_per_year"] == pytest.approx(2 / 3.2)
    assert found[0.0]["exchange_within_blocks_per_year"] == pytest.approx(1 / 3.2)
    # one block is nothing to go between
    assert math.isnan(found[10_000.0]["joining_per_year"])
    assert found[10_000.0]["exchange_within_blocks_per_year"] == pytest.approx(3 / 3.2)


def test_whoever_finds_no_ground_for_a_home_joins_nothing() -> None:
    """A core area of water is reached, and some end their dispersal on it, but nobody settles."""
    cover = np.full((SIZE, SIZE), COVERS["premontane_forest"].code, np.uint8)
    cover[APART] = COVERS["water"].code
    land = areas(LEFT, APART, land_cover=cover)
    species = load_species("jaguar", {"life_cycle.perception_m": 0.0})
    quota = {"jaguar": Quota(count=2000, sampling=0.1, disperser_sampling=20.0)}
    stage = prepare_days([species], land, None, quota)
    result = finished(stage, 10).result("jaguar")
    col, row = result.end.T.astype(np.int64)
    ended = (result.stage == DISPERSER) & (result.state == SETTLED)
    at = land["protected"][row, col]
    assert (ended & (at == 2)).sum() > 20
    assert not (result.home_zone == 2).any()
    assert np.isnan(result.home[ended & (at == 2)]).all()
    # on ground good enough they settle where they are
    quality = stage.species["jaguar"].ground.quality[row, col]
    good = ended & (quality >= species.habitat.suitable_from.value)
    assert np.array_equal(result.home[good], result.end[good])
    assert np.isnan(result.home[ended & ~good]).all()
    assert measure(result, stage.species["jaguar"], land)["joining_per_year"] == 0


@pytest.mark.parametrize("key", ["jaguar", "andean_condor"])
def test_a_soarer_has_outcomes_of_its_own(key: str) -> None:
    cover = np.full((SIZE, SIZE), COVERS["paramo"].code, np.uint8)
    cover[:, :20] = COVERS["cloud_forest"].code
    height = np.full((SIZE, SIZE), 3500.0 if key == "andean_condor" else 500.0, np.float32)
    if key == "jaguar":
        cover[:] = COVERS["premontane_forest"].code
    land = areas(LEFT, APART, land_cover=cover, elevation_m=height)
    stage = context(land, key)
    found = measure(finished(stage, 20).result(key), stage.species[key], land, stage.blocks)
    undefined = {name for name, value in found.items() if math.isnan(value)}
    soars = key == "andean_condor"
    assert {*EXCHANGE} & undefined == ({*EXCHANGE} if soars else set())
    assert {*SOARING[:3]} & undefined == (set() if soars else {*SOARING[:3]})


def condor() -> tuple[Species, Landscape]:
    cover = np.full((SIZE, SIZE), COVERS["paramo"].code, np.uint8)
    cover[:, :20] = COVERS["cloud_forest"].code
    height = np.full((SIZE, SIZE), 3500.0, np.float32)
    land = areas(LEFT, APART, land_cover=cover, elevation_m=height)
    roost = np.zeros((SIZE, SIZE), np.uint8)
    # cliffs 20 km apart are one group by half of the 40 km within which a roost is sought
    roost[5, 5], roost[5, 24], roost[40, 50] = 1, 1, 1
    return load_species("andean_condor"), replace(land, layers={**land.layers, "roost": roost})


def test_roosts_are_one_group_where_gaps_are_short() -> None:
    species, land = condor()
    group = roost_groups(on_landscape(species, land), land)
    assert group[5, 5] == group[5, 24] > 0
    assert group[40, 50] not in (0, group[5, 5])
    assert (group > 0).sum() == 3


def test_what_a_soarer_meets_is_counted_cell_by_cell() -> None:
    species, land = condor()
    stage = prepare_days([species], land, None, {species.key: Quota(count=60, sampling=0.5)})
    seen = stage.species[species.key]
    sim = finished(stage, 15)
    result = sim.result(species.key)
    found = measure(result, seen, land, stage.blocks)
    visits = (result.visits[0] + result.visits[2]).astype(float)
    open_ground = land["land_cover"] == COVERS["paramo"].code
    baited = open_ground & (land["protection"] == 0)
    assert found["foraging_km2"] == (open_ground & (visits > 0)).sum()
    assert found["poison_exposure"] == pytest.approx(visits[baited].sum() / visits.sum())
    birds = seen.numbers.residents / 0.5
    assert found["poison_deaths_per_year"] == pytest.approx(
        birds * species.mortality.poison_per_year.value * found["poison_exposure"], rel=1e-5
    )
    group = roost_groups(seen.here, land)
    lives = (result.state == ALIVE) | (result.state == SETTLED)
    changed, told = 0, 0
    for i in np.flatnonzero(lives):
        nearest = seen.here.fields.nearest_roost[int(result.start[i, 1]), int(result.start[i, 0])]
        last = group[int(result.roost[i, 1]), int(result.roost[i, 0])]
        if nearest >= 0 and last > 0:
            told += 1
            changed += last != group.reshape(-1)[nearest]
    assert told > 5
    assert found["roost_exchange_share"] == pytest.approx(changed / told)


def test_the_rows_say_what_they_count() -> None:
    assert OUTCOMES["joining_per_year"].scale.unit == "animals a year"
    assert OUTCOMES["joining_per_year"].headline == 1
    assert Pairs(np.array([[1, 1, 4], [1, 2, 3], [2, 0, 1]])).elsewhere().total() == 3


def test_pairs_of_blocks_are_told_a_year_and_a_generation(tmp_path: Path) -> None:
    study = made_study(tmp_path / "study")
    found = compare(study)
    assert isinstance(found, Comparison)
    species = next(s for s in study.species if s.key == "jaguar")
    assert species.life_cycle is not None
    generation = generation_y(vital_rates(species.life_cycle))
    blocks = blocks_of(study.land)
    one, other = (blocks.names[blocks.of_zone[i]] for i in (1, 2))
    mine = found.exchange[found.exchange["species"] == "jaguar"]
    mine = mine[mine["scenario"] == study.scenarios[0].name].set_index(["from_block", "to_block"])
    # 4, 5 and 6 of 10 dispersers born there; four of them stand for one that lives there
    there, back = mine.loc[(one, other)], mine.loc[(other, one)]
    assert len(mine) == 2
    assert (there["settled"], there["born"], there["share"], there["n"]) == (5.0, 10.0, 0.5, 3)
    assert there["per_year"] == pytest.approx(5 / (4 * 0.8))
    assert there["per_year_low"] < there["per_year"] < there["per_year_high"]
    for end in ("", "_low", "_high"):
        assert there[f"migrants{end}"] == pytest.approx(there[f"per_year{end}"] * generation)
    assert (there["one_migrant"], back["one_migrant"]) == ("yes", "unsure")
    areas = found.flux[found.flux["species"] == "jaguar"]
    assert set(areas["from_block"]) == {one, other}
    jaguars = found.exchange[found.exchange["species"] == "jaguar"]
    assert areas["settled"].sum() == jaguars["settled"].sum()


def test_an_edit_may_add_a_core_area_that_animals_join(tmp_path: Path) -> None:
    file = tmp_path / "core.toml"
    file.write_text(
        """
[base]
days = 5
replicates = 1
[base.landscape]
cell_m = 10000
[base.species.andean_bear]
sampling = 0.1
disperser_sampling = 20.0
[factors.reserve]
none = []
core = [{ kind = "protect", name = "New", areas = [
  [[-79.1, -3.3], [-78.7, -3.3], [-78.7, -2.75], [-79.1, -2.75]],
] }]
""",
        "utf-8",
    )
    found = cs.compare(file, out=tmp_path / "out", progress=False)
    rows = found.exchange
    for scenario in ("none", "core"):
        mine = rows[rows["scenario"] == scenario]
        blocks = [*mine["from_block"], *mine["to_block"]]
        assert any(name.startswith("New") for name in blocks) == (scenario == "core")
    # by core areas, only those of the reference landscape are told
    assert "New" not in set(found.flux["from_area"]) | set(found.flux["to_area"])
