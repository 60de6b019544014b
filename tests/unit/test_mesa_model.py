"""The Mesa face shows the engine's own numbers, and can change none of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import mesa
import numpy as np
import pytest

import corridor_sim as cs
from corridor_sim import CorridorModel, CorridorSimError, Landscape, Scenario
from corridor_sim.agents.animal import Animal
from corridor_sim.agents.base import seed_from
from corridor_sim.config.build import apply_edits, build_species
from corridor_sim.config.load import resolve
from corridor_sim.config.schema import SpeciesSettings
from corridor_sim.errors import ScenarioError
from corridor_sim.kernels.states import ALIVE, CAUSES, DISPERSER, SETTLED
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.simulation.days.outcomes import flux_of
from corridor_sim.simulation.days.seeding import Quota
from corridor_sim.simulation.days.simulation import Simulation, find_homes, prepare_days

N_DAYS = 40


@pytest.fixture(scope="module")
def land() -> Landscape:
    """Sixty kilometres of forested slope with a road, a river and two core areas."""
    shape = (60, 60)
    protected = np.zeros(shape, np.int16)
    protected[:, 10:25] = 1
    protected[:, 35:50] = 2
    road, river = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
    road[30, :] = 2
    river[:, 30] = 3
    height = np.linspace(100, 2600, 60 * 60, dtype=np.float32).reshape(shape)
    return uniform(
        *shape,
        elevation_m=height,
        temperature_c=26.4 - 0.0052 * height,
        protected=protected,
        road=road,
        river=river,
    )


def small(**changes: object) -> Scenario:
    """Return a lively scenario: hurried hazards and short dispersal, so that states change."""
    traits = {
        "mortality": {"natural_per_year": 2.0, "hunting_outside_per_year": 4.0},
        "movement": {"male": {"disperser": {"duration_d": 21}}},
    }
    data: dict[str, object] = {
        "name": "small",
        "days": N_DAYS,
        "seed": 11,
        "tracks": 3,
        "species": {
            "jaguar": {"count": 150, "disperser_sampling": 20, "traits": traits},
            "andean_bear": {"count": 20},
        },
    }
    return Scenario.model_validate({**data, **changes})


def engine(scenario: Scenario, land: Landscape, seed: int, replicate: int = 0) -> Simulation:
    """Return the engine's own run of the scenario, all days in one call."""
    resolved = resolve(scenario, "here", Path())
    species = build_species(resolved)
    quotas = {
        k: Quota(s.count, s.sampling, s.disperser_sampling) for k, s in scenario.species.items()
    }
    dispersal = {k: s.dispersal for k, s in scenario.species.items()}
    stage = prepare_days(
        species,
        apply_edits(land, resolved.edits, seed, scenario.map_of(replicate)),
        find_homes(species, land),
        quotas,
        dispersal,
    )
    sim = Simulation(
        stage,
        seed=seed,
        replicate=replicate,
        start_day=scenario.start_day,
        tracks=scenario.tracks,
        n_days=scenario.n_days,
    )
    sim.advance(scenario.n_days)
    return sim


def assert_same(one: Simulation, other: Simulation) -> None:
    assert one.animals.keys() == other.animals.keys()
    for key in one.animals:
        for a, b in ((one.animals, other.animals), (one.tallies, other.tallies)):
            for name, x, y in zip(a[key]._fields, a[key], b[key], strict=True):
                assert np.array_equal(x, y, equal_nan=x.dtype.kind == "f"), (key, name)


@pytest.mark.parametrize("replicate", [0, 5])
def test_day_by_day_it_is_the_engine_to_the_bit(land: Landscape, replicate: int) -> None:
    model = CorridorModel(small(), land=land, replicate=replicate)
    model.run_model()
    assert model.steps == model.day == N_DAYS
    run = engine(small(), land, 11, replicate)
    assert_same(model.simulation, run)
    # a run lets its dispersers end their dispersal after its days
    model.finish()
    run.finish()
    assert model.day == N_DAYS
    assert_same(model.simulation, run)
    for key in run.animals:
        one, other = model.simulation.result(key), run.result(key)
        assert np.array_equal(one.home_zone, other.home_zone)
        assert (one.state[one.stage == DISPERSER] != ALIVE).all()


def test_with_edits_and_a_seed_of_its_own(land: Landscape) -> None:
    scenario = small(edits=[{"kind": "warm", "degrees_c": 1.0}], start_day=100)
    model = CorridorModel(scenario, rng=np.int64(3), land=land)
    model.run_model()
    assert model.landscape.edits != land.edits
    assert model.settings.seed == 3
    assert_same(model.simulation, engine(scenario, land, 3))


# by key: a change of the scenario that must show in the model as it does in the engine
SHOWS = {
    "days": {"days": 7},
    "years": {"days": None, "years": 0.02},
    "start_day": {"start_day": 200},
    "seed": {"seed": 12},
    "tracks": {"tracks": 5},
    "edits": {"edits": [{"kind": "warm", "degrees_c": 3.0}]},
}
SPECIES_SHOWS = {
    "count": {"count": 90},
    "sampling": {"sampling": 0.5},
    "disperser_sampling": {"disperser_sampling": 3.0},
    "traits": {"traits": {"movement": {"male": {"disperser": {"duration_d": 3}}}}},
    "dispersal": {"dispersal": {"model": "sms", "moves_per_day": 20, "perceptual_range": 2}},
}
REFUSED = {
    "life_cycle": {"days": None, "years": 2, "life_cycle": {}, "species": {"jaguar": {}}},
    "change": {
        "days": None,
        "years": 2,
        "life_cycle": {},
        "species": {"jaguar": {}},
        "change": {"regrowth": {}},
    },
    "adaptive": {"adaptive": {"until": ["eca_km2=5"]}},
}
# name and words, what a study makes of single runs, and what is tested by files
ELSEWHERE = {"name", "description", "replicates", "start_year", "species", "landscape", "maps"}
# of a species, tested with the files that they name
OF_FILES = {"file", "positions", "positions_crs", "suitability", "suitability_max", "resistance"}
OF_FILES |= {"selection", "settlement"}
# of tables of several scenarios
ELSEWHERE |= {"indifference"}


def test_no_setting_is_left_out_of_this_page() -> None:
    assert {*SHOWS, *REFUSED, *ELSEWHERE} == set(Scenario.model_fields)
    assert {*SPECIES_SHOWS, *OF_FILES} == set(SpeciesSettings.model_fields)


def same(one: Simulation, other: Simulation) -> bool:
    try:
        assert_same(one, other)
    except AssertionError:
        return False
    return True


@pytest.mark.parametrize("key", [*SHOWS, *SPECIES_SHOWS])
def test_every_setting_is_used_as_the_engine_uses_it(land: Landscape, key: str) -> None:
    base = small(days=10)
    if key in SHOWS:
        changed = small(**{"days": 10, **SHOWS[key]})
    else:
        own = {"count": 150, **SPECIES_SHOWS[key]}
        changed = small(days=10, species={"jaguar": own, "andean_bear": {"count": 20}})
    model = CorridorModel(changed, land=land)
    model.run_model()
    wanted = engine(changed, land, changed.seed)
    assert_same(model.simulation, wanted)
    assert not same(wanted, engine(base, land, base.seed))


@pytest.mark.parametrize(
    "model",
    [
        {"model": "random_walk", "moves_per_day": 12},
        {"model": "sms", "moves_per_day": 30, "settles": 0.3, "min_moves": 5},
        {"model": "sms", "moves_per_day": 8, "goal_bias": 3.0, "barriers": "cost"},
        {"model": "step_selection"},
    ],
)
def test_dispersers_move_by_the_model_that_is_named(
    land: Landscape, model: dict[str, object]
) -> None:
    scenario = small(days=15, species={"jaguar": {"count": 150, "dispersal": model}})
    mesa_model = CorridorModel(scenario, land=land)
    mesa_model.run_model()
    assert_same(mesa_model.simulation, engine(scenario, land, 11))
    plain = small(days=15, species={"jaguar": {"count": 150}})
    by_steps = model["model"] == "step_selection"
    assert same(mesa_model.simulation, engine(plain, land, 11)) == by_steps


@pytest.mark.parametrize("key", REFUSED)
def test_what_a_model_of_days_cannot_do_is_refused(land: Landscape, key: str) -> None:
    with pytest.raises(ScenarioError) as told:
        CorridorModel(small(**REFUSED[key]), land=land)
    assert "\n" not in str(told.value)
    assert "Mesa model" in str(told.value)


def test_seeds_and_replicates_differ(land: Landscape) -> None:
    """Guards the two above: equality of what never differs shows nothing."""
    one = engine(small(), land, 11)
    for seed, replicate in ((12, 0), (11, 1)):
        other = engine(small(), land, seed, replicate)
        assert not np.array_equal(one.animals["jaguar"].x, other.animals["jaguar"].x)


@pytest.fixture(scope="module")
def finished(land: Landscape) -> CorridorModel:
    model = CorridorModel(small(), land=land)
    model.run_model()
    return model


def test_one_row_a_day_from_day_zero(finished: CorridorModel) -> None:
    table = finished.datacollector.get_model_vars_dataframe()
    assert table["day"].tolist() == list(range(N_DAYS + 1))
    assert finished.running is False


def test_the_daily_numbers_are_those_of_the_arrays(finished: CorridorModel) -> None:
    table = finished.datacollector.get_model_vars_dataframe()
    last = table.iloc[-1]
    elevation = np.asarray(finished.landscape["elevation_m"], float)
    seen = set()
    for key in finished.species_keys:
        rows = finished.simulation.animals[key]
        state = rows.state.tolist()
        seen |= set(state)
        assert last[f"{key}_moving"] == state.count(ALIVE)
        assert last[f"{key}_settled"] == state.count(SETTLED)
        assert last[f"{key}_alive"] == state.count(ALIVE) + state.count(SETTLED)
        for number, cause in enumerate(CAUSES, start=ALIVE + 1):
            assert last[f"{key}_deaths_{cause}"] == state.count(number)
        living = [i for i, s in enumerate(state) if s in (ALIVE, SETTLED)]
        cells = [(int(rows.y[i]), int(rows.x[i])) for i in living]
        heights = [elevation[at] for at in cells]
        # sums of some hundred numbers in another order
        assert last[f"{key}_mean_elevation_m"] == pytest.approx(np.mean(heights), rel=1e-12)
        inside = sum(int(finished.landscape["protected"][at]) > 0 for at in cells)
        assert last[f"{key}_in_core_areas"] == inside
        flux = flux_of(finished.simulation.result(key), finished.landscape.n_zones)
        blocks = finished.simulation.context.blocks
        assert last[f"{key}_joined"] == flux.among(blocks.of_zone).total
        assert last[f"{key}_mean_path_m"] == rows.path_m.mean()
        died = [c for c in table if c.startswith(f"{key}_deaths")]
        assert (table[died].sum(axis=1) + table[f"{key}_alive"]).nunique() == 1
    # what the test above saw: movers, settlers, and deaths of more than one cause
    assert seen >= {ALIVE, SETTLED, ALIVE + 1, ALIVE + 2}
    assert last["jaguar_joined"] > 0


def test_it_ends_when_nothing_moves(land: Landscape) -> None:
    deadly = {"mortality": {"natural_per_year": 50.0}}
    scenario = small(days=36_525, species={"jaguar": {"count": 3, "traits": deadly}})
    model = CorridorModel(scenario, land=land)
    model.run_model()
    assert 0 < model.day < 36_525
    moving = model.datacollector.get_model_vars_dataframe()["moving"]
    assert moving.iloc[-2] > moving.iloc[-1] == 0
    for animal in model.agents:
        assert not animal.alive or animal.status == "settled"


def test_agents_are_views_of_the_rows(land: Landscape) -> None:
    model = CorridorModel(small(), land=land)
    before = model.agents.get(["ident", "x_m", "y_m"])
    for _ in range(3):
        model.step()
    jaguars = model.agents.select(lambda a: a.species == "jaguar")
    rows = model.simulation.animals["jaguar"]
    assert len(model.agents) == sum(r.x.size for r in model.simulation.animals.values())
    assert len(jaguars) == rows.x.size
    assert jaguars.get("ident") == rows.ident.tolist()
    assert jaguars.get("path_m") == rows.path_m.tolist()
    assert jaguars.agg("alive", sum) == int(np.isin(rows.state, (ALIVE, SETTLED)).sum())
    x_m, y_m = land.grid.to_metres(rows.x, rows.y)
    assert jaguars.get("pos") == list(zip(x_m.tolist(), y_m.tolist(), strict=True))
    assert jaguars.get("x_m") != [row[1] for row in before[: rows.x.size]]
    centre_m = land.grid.to_metres(rows.centre_x, rows.centre_y)
    assert jaguars.get("home_m") == list(zip(*(v.tolist() for v in centre_m), strict=True))
    assert isinstance(next(iter(jaguars)), mesa.Agent)
    assert model.agents is model.agents
    assert set(model.agents_by_type) == {Animal} == set(model.agent_types)


def test_the_table_of_animals_agrees_with_the_views(finished: CorridorModel) -> None:
    table = finished.animal_table()
    for name in table:
        views = (
            [v or "" for v in finished.agents.get(name)]
            if name == "cause_of_death"
            else (finished.agents.get(name))
        )
        assert table[name].tolist() == views, name
    assert set(table["status"]) == {"alive", "settled", "dead"}
    assert set(table["core_area"]) == {"", "Core 1", "Core 2"}
    assert set(table["sex"]) == {"female", "male"}


@pytest.mark.parametrize(
    "name",
    [
        "species",
        "ident",
        "sex",
        "stage",
        "status",
        "alive",
        "cause_of_death",
        "x_m",
        "y_m",
        "pos",
        "cell",
        "elevation_m",
        "core_area",
        "home_m",
        "path_m",
    ],
)
def test_nothing_of_an_agent_can_be_set(finished: CorridorModel, name: str) -> None:
    animal = next(iter(finished.agents))
    value = getattr(animal, name)
    with pytest.raises(AttributeError):
        setattr(animal, name, 1)
    assert getattr(animal, name) == value


def test_agents_neither_step_nor_leave(finished: CorridorModel) -> None:
    for method in ("step", "remove"):
        with pytest.raises(AttributeError, match=r"read-only views .* model\.step\(\)"):
            finished.agents.do(method)


def test_a_run_that_asks_for_no_agents_makes_none(land: Landscape) -> None:
    model = CorridorModel(small(days=2), land=land)
    model.run_model()
    assert not model._views


@pytest.mark.parametrize("threads", [1, 2])
def test_threads_change_nothing(land: Landscape, finished: CorridorModel, threads: int) -> None:
    model = CorridorModel(small(), land=land, threads=threads)
    model.run_model()
    assert_same(model.simulation, finished.simulation)


def test_a_generator_gives_a_seed() -> None:
    drawn = seed_from(np.random.default_rng(4))
    assert drawn == seed_from(np.random.default_rng(4)) != seed_from(np.random.default_rng(5))
    assert 0 <= drawn < 2**63


@pytest.mark.parametrize("rng", [-1, 2**63, 0.5, "one", True, np.random.RandomState(1)])
def test_a_bad_seed_is_refused_in_one_line(rng: object) -> None:
    with pytest.raises(ScenarioError, match=r"^rng is .*; (use|give) an integer [^\n]*$"):
        seed_from(rng)


def test_a_file_and_its_settings_are_the_same_model(land: Landscape, tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text('name = "f"\ndays = 2\n[species.jaguar]\ncount = 20\n', encoding="utf-8")
    models = [
        cs.CorridorModel(given, rng=1, land=land)
        for given in (path, str(path), cs.load_scenario(path))
    ]
    for model in models:
        model.run_model()
        assert_same(models[0].simulation, model.simulation)


def test_mistakes_are_the_package_s_own_errors(land: Landscape, tmp_path: Path) -> None:
    with pytest.raises(CorridorSimError, match="nowhere"):
        CorridorModel(tmp_path / "nowhere.toml")
    with pytest.raises(CorridorSimError, match="1000 threads"):
        CorridorModel(small(), land=land, threads=1000)


def test_without_a_scenario_it_is_today_s_corridor() -> None:
    model = CorridorModel(rng=1)
    model.step()
    assert set(model.species_keys) == {"jaguar", "andean_bear", "andean_condor", "mountain_tapir"}
    assert model.settings.n_days == 90
    assert len(model.datacollector.get_model_vars_dataframe()) == 2


def test_mesa_is_not_imported_before_it_is_used() -> None:
    """Mesa 3.3 changes the start method of multiprocessing, so nobody pays who does not ask."""
    code = (
        "import sys, corridor_sim as cs; cs.load_landscape; cs.compare; cs.load_experiment; "
        "sys.exit('mesa' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
