"""The Mesa face of decades shows a run's own years, and can change none of them."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import mesa
import numpy as np
import pytest

import corridor_sim as cs
from corridor_sim import DecadesModel, Landscape, load_landscape
from corridor_sim.agents.decades import Individual
from corridor_sim.config.build import apply_edits, build_species
from corridor_sim.config.load import Resolved
from corridor_sim.errors import ScenarioError
from corridor_sim.genetics.kinship import kinship
from corridor_sim.genetics.pedigree import Pedigree
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.progress import Silence
from corridor_sim.simulation.decades.census import COLUMN
from corridor_sim.simulation.decades.run_file import load_decades
from corridor_sim.simulation.decades.simulator import Decades
from corridor_sim.simulation.protocol import Kept, Site
from oracles.decades import YEARS, design_of

REPLICATE = 1


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Resolved:
    """A landscape that changes and dispersers of another model, so that nothing stays as it is."""
    dispersal = '{ model = "sms", moves_per_day = 20, perceptual_range = 2 }'
    design = design_of(
        tmp_path_factory.mktemp("design"),
        [f"base.species.jaguar.dispersal={dispersal}", "base.life_cycle.genes.trees=false"],
    )
    return next(one for one in design.scenarios if one.name == "plan")


@pytest.fixture(scope="module")
def land(scenario: Resolved) -> Landscape:
    return load_landscape(scenario.scenario.landscape)


@pytest.fixture(scope="module")
def finished(scenario: Resolved, land: Landscape) -> DecadesModel:
    model = DecadesModel(scenario, land=land, replicate=REPLICATE)
    model.run_model()
    return model


def test_the_numbers_are_those_that_a_run_writes(
    scenario: Resolved, land: Landscape, finished: DecadesModel, tmp_path: Path
) -> None:
    site = Site(tmp_path, "here", land, tuple(build_species(scenario)), Kept())
    number = scenario.scenario.map_of(REPLICATE)
    assert number > 0
    edited = apply_edits(land, scenario.edits, scenario.scenario.seed, number)
    run = Decades().prepare(site, scenario, edited, map_number=number)
    run.simulate(REPLICATE, tmp_path / "run.npz", Silence())
    kept = load_decades(tmp_path / "run.npz", finished.species_keys, YEARS)
    table = finished.datacollector.get_model_vars_dataframe()
    assert table["year"].tolist() == list(range(YEARS + 1))
    for key in finished.species_keys:
        for name, i in COLUMN.items():
            shown, written = table[f"{key}_{name}"].to_numpy(), kept[key].yearly[:, i]
            np.testing.assert_array_equal(shown, written, err_msg=f"{key} {name}")
        assert table[f"{key}_births"].sum() > 0
    assert finished.steps == finished.year == YEARS
    assert finished.running is False
    assert finished.landscape.edits != land.edits


def test_another_seed_is_another_run(
    scenario: Resolved, land: Landscape, finished: DecadesModel
) -> None:
    """Guards the one above: equality of what never differs shows nothing."""
    other = DecadesModel(scenario, land=land, rng=5, replicate=REPLICATE)
    assert other.settings.seed == 5
    first = [m.datacollector.get_model_vars_dataframe().iloc[0] for m in (other, finished)]
    assert not first[0].equals(first[1])


def test_agents_are_those_who_live(scenario: Resolved, land: Landscape) -> None:
    model = DecadesModel(scenario, land=land)
    before = {(a.species, a.ident): a for a in model.agents}
    ages = {who: animal.age for who, animal in before.items()}
    model.step()
    now = {(a.species, a.ident): a for a in model.agents}
    columns = {key: one.individuals for key, one in model.populations.items()}
    assert set(now) == {(k, i) for k, rows in columns.items() for i in rows.key.tolist()}
    assert model.agents is model.agents
    assert set(model.agent_types) == {Individual}
    assert isinstance(next(iter(now.values())), mesa.Agent)
    stayed = set(before) & set(now)
    assert stayed
    for who in stayed:
        assert now[who] is before[who]
        assert now[who].age == ages[who] + 1
    died, born = set(before) - set(now), set(now) - set(before)
    assert died
    assert born
    for who in died:
        assert not before[who].alive
        assert "dead" in repr(before[who])
        with pytest.raises(LookupError, match="has died"):
            _ = before[who].age
    for who in born:
        animal = now[who]
        assert (animal.age, animal.stage) == (0, "juvenile")
        assert animal.home_m is None
        mother = next(
            a for a in now.values() if a.species == who[0] and a.pedigree_row == animal.mother
        )
        assert mother.sex == "female"
        assert animal.pos == mother.home_m
        assert animal.father is not None


def test_views_and_table_agree(finished: DecadesModel) -> None:
    table = finished.animal_table()
    assert len(table) == len(finished.agents)
    views = {(a.species, a.ident): a for a in finished.agents}
    for row in table.itertuples():
        animal = views[row.species, row.ident]
        assert (row.sex, row.stage, row.age) == (animal.sex, animal.stage, animal.age)
        assert (row.x_m, row.y_m) == animal.pos
        assert (row.mother if row.mother >= 0 else None) == animal.mother
        assert animal.elevation_m == finished.landscape["elevation_m"][animal.cell]
        if animal.stage == "resident":
            assert animal.home_m is not None
    last = finished.datacollector.get_model_vars_dataframe().iloc[-1]
    for key in finished.species_keys:
        assert (table["species"] == key).sum() == last[f"{key}_animals"]


def test_nothing_of_an_animal_can_be_set(finished: DecadesModel) -> None:
    animal = next(iter(finished.agents))
    for name in ("age", "sex", "stage", "alive", "mother", "father", "x_m", "pos", "home_m"):
        with pytest.raises(AttributeError):
            setattr(animal, name, 1)
    for call in (animal.step, animal.remove):
        with pytest.raises(AttributeError, match="read-only views"):
            call()


def test_each_model_names_the_other(scenario: Resolved, land: Landscape) -> None:
    with pytest.raises(ScenarioError, match="use DecadesModel"):
        cs.CorridorModel(scenario, land=land)
    days = scenario.scenario.model_copy(update={"life_cycle": None, "change": None})
    with pytest.raises(ScenarioError, match="use CorridorModel"):
        DecadesModel(dataclasses.replace(scenario, scenario=days), land=land)
    assert cs.DecadesModel is DecadesModel


def test_diversity_is_one_less_the_mean_kinship_of_those_who_live() -> None:
    """Over endless loci exactly; of 400 within four standard errors of their jackknife."""
    zones = np.ones((20, 20), np.int16)
    zones[:, 10:] = 2
    land = uniform(20, 20, protected=zones)
    scenario = cs.Scenario(
        years=12, seed=3, life_cycle={"burn_in": {"at_most_y": 0}}, species={"jaguar": {}}
    )
    model = DecadesModel(scenario, land=land)
    at_first = model.diversity("jaguar", loci=5)
    assert at_first.expected.value.tolist() == [1.0, 1.0]
    for _ in range(12):
        model.step()
    found = model.diversity("jaguar", loci=400)
    columns = model.populations["jaguar"].pedigree(model._context.habitat("jaguar", 11))
    places = ("x", "y", "birth_x", "birth_y")
    pedigree = Pedigree.of(**{k: v for k, v in columns.items() if k not in places})
    alive = np.flatnonzero(np.isnan(pedigree.death_year))
    assert found.animals.sum() == alive.size
    for i, zone in enumerate(found.groups):
        own = alive[pedigree.zone[alive] == zone]
        same = kinship(pedigree, own)
        n = own.size
        # kinship of an animal with itself counts its own two copies and each with itself
        pairs = 4 * same.sum() - 2 * n
        exact = 1 - pairs / (2 * n * (2 * n - 1))
        error = (found.expected.high[i] - found.expected.low[i]) / 3.92
        assert abs(found.expected.value[i] - exact) < 4 * error


def test_diversity_of_what_is_not_there_is_told(finished: DecadesModel) -> None:
    with pytest.raises(ScenarioError, match="no species 'jagaur'"):
        finished.diversity("jagaur")
    with pytest.raises(ScenarioError, match="0 loci"):
        finished.diversity("jaguar", loci=0)


def test_a_generation_is_the_mean_age_of_mothers(finished: DecadesModel) -> None:
    # the table of docs/life-cycle.md
    assert finished.generation_y["jaguar"] == pytest.approx(6.8, abs=0.05)
