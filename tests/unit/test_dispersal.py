"""Dispersal by another model than step selection: chosen in the scenario, nobody else disturbed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from corridor_sim import load_scenario, load_species
from corridor_sim.config.dispersal import RandomWalk, Sms
from corridor_sim.errors import ScenarioError
from corridor_sim.kernels.states import ALIVE, DISPERSER, RESIDENT, SETTLED
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.simulation.days.result import SpeciesResult
from corridor_sim.simulation.days.seeding import Quota
from corridor_sim.simulation.days.simulation import DaysContext, Simulation, prepare_days
from oracles.elsewhere import environment

SPECIES = load_species("jaguar")
MODELS = {
    "sms": Sms(model="sms", moves_per_day=24, perceptual_range=3, persistence=4.0, memory=3),
    "random_walk": RandomWalk(model="random_walk", moves_per_day=24),
}


def stage(model: str | None) -> DaysContext:
    zones = np.zeros((60, 60), np.int16)
    zones[5:25, 5:25], zones[35:55, 35:55] = 1, 2
    land = uniform(60, 60, 1000.0, protected=zones)
    how = {"jaguar": MODELS[model]} if model else None
    return prepare_days([SPECIES], land, None, {"jaguar": Quota(500, 1.0, 4.0)}, how)


def run(model: str | None, *days: int) -> SpeciesResult:
    sim = Simulation(stage(model), seed=6, tracks=900, n_days=sum(days))
    for part in days:
        sim.advance(part)
    return sim.result("jaguar")


@pytest.mark.parametrize("model", MODELS)
def test_dispersers_walk_and_residents_do_what_they_did(model: str) -> None:
    steps, walks = run(None, 30), run(model, 30)
    residents = steps.stage == RESIDENT
    for name in ("end", "state", "path_m", "days_alive"):
        mine, theirs = getattr(steps, name)[residents], getattr(walks, name)[residents]
        assert np.array_equal(mine, theirs), name
    dispersers = walks.stage == DISPERSER
    assert (walks.end[dispersers] % 1 == 0.5).all()
    alive = dispersers & (walks.state == ALIVE)
    assert (walks.path_m[alive] >= 1000.0 * 24 * 30 - 1e-6).all()
    assert walks.visits[DISPERSER].sum() > 0
    reached = (walks.first_zone > 0) & dispersers
    assert reached.any()
    assert (walks.first_day[reached] >= 0).all()


@pytest.mark.parametrize("model", MODELS)
def test_a_split_walk_ends_as_an_unbroken_one(model: str) -> None:
    whole, parts = run(model, 40), run(model, 3, 17, 20)
    for name in whole.__dataclass_fields__:
        x, y = getattr(whole, name), getattr(parts, name)
        if isinstance(x, np.ndarray):
            assert np.array_equal(x, y, equal_nan=x.dtype.kind == "f"), name


def test_walkers_settle_when_their_time_is_over() -> None:
    last = max(
        round(s.disperser.duration_d.value)
        for s in (SPECIES.movement.female, SPECIES.movement.male)
    )
    result = run("sms", last + 2)
    dispersers = result.stage == DISPERSER
    assert (result.state[dispersers] == SETTLED).any()
    assert not (result.state[dispersers] == ALIVE).any()


def test_the_scenario_file_chooses_the_model(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    text = '[species.jaguar.dispersal]\nmodel = "sms"\nmoves_per_day = 20\n'
    path.write_text(text, encoding="utf-8")
    chosen = load_scenario(path).scenario.species["jaguar"].dispersal
    assert isinstance(chosen, Sms)
    assert chosen.moves_per_day == 20
    path.write_text(text.replace("moves_per_day", "moves_a_day"), encoding="utf-8")
    with pytest.raises(ScenarioError, match="moves_per_day"):
        load_scenario(path)
    path.write_text(text.replace('"sms"', '"smss"'), encoding="utf-8")
    with pytest.raises(ScenarioError, match="dispersal"):
        load_scenario(path)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("cells_per_day = 4", "drifted"),
        (
            "cells_a_day = 4",
            "dispersal.drift.cells_a_day: unknown key; did you mean 'cells_per_day'",
        ),
        ("cells_per_day = 90", "[species.jaguar.dispersal]: 90 cells a day cross the whole"),
    ],
)
def test_a_fourth_model_is_a_row_in_the_table(tmp_path: Path, line: str, words: str) -> None:
    """File, line and remedy of a mistake, the schema and the run all follow from the row."""
    path = tmp_path / "s.toml"
    path.write_text(f'[species.jaguar.dispersal]\nmodel = "drift"\n{line}\n', encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "oracles.fourth_model", str(path)],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert words in done.stdout + done.stderr
    assert done.returncode == (words != "drifted")


def test_replicates_share_what_depends_on_the_landscape_alone() -> None:
    for model in MODELS:
        shared = stage(model)
        one, other = (Simulation(shared, seed=6, replicate=k) for k in (0, 1))
        walks = [[m._walk for m in s.movers["jaguar"][:-1]] for s in (one, other)]
        assert walks[0] == walks[1]
        one.advance(5)
        alone = Simulation(stage(model), seed=6, replicate=1)
        for sim in (other, alone):
            sim.advance(5)
        assert np.array_equal(other.result("jaguar").end, alone.result("jaguar").end)
        assert not np.array_equal(one.result("jaguar").end, alone.result("jaguar").end)
