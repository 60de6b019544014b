"""A finished study without a simulation: made-up run files of a made-up landscape."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from corridor_sim import load_experiment, load_species
from corridor_sim.experiment.plan import plan_runs, scenario_digest
from corridor_sim.experiment.study import Study
from corridor_sim.kernels.states import STAGES
from corridor_sim.landscape.blocks import blocks_of
from corridor_sim.landscape.landscape import Town
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.simulation.days.forecast import Forecast
from corridor_sim.simulation.days.outcomes import OUTCOMES
from corridor_sim.simulation.days.run_file import SpeciesRecord
from corridor_sim.simulation.pairs import from_square
from corridor_sim.simulation.run_file import save_records

HEIGHT, WIDTH = 24, 20
EXPERIMENT = """
name = "{name}"
description = "What happens?"
[base]
days = 10
replicates = {replicates}
seed = 5
[base.species.jaguar]
sampling = 0.5
disperser_sampling = 4.0
[base.species.andean_bear]
[factors.fragmentation]
none = []
severe = [{{ kind = "clear", fraction = 0.4, aggregation = 0.7 }}]
[factors.climate]
now = []
warm = [{{ kind = "warm", degrees_c = 2.0 }}]
{more}
[beside.plan]
against = "severe + now"
edits = [{{ kind = "clear", fraction = 0.3, aggregation = 0.7 }}]
"""

Value = Callable[[str, int, str, str], float]


def plain_value(scenario: str, replicate: int, species: str, outcome: str) -> float:
    """Values with a known effect: severe clearing takes 2 off, beside chance shared by pairs."""
    shared = 10.0 + replicate
    return shared - (2.0 if "severe" in scenario else 0.0) + 0.1 * (replicate % 2)


def made_study(
    out: Path,
    *,
    replicates: int = 3,
    name: str = "Made",
    value: Value = plain_value,
    more_levels: int = 0,
    zones: bool = True,
    towns: bool = True,
    flux: bool = True,
    single: bool = False,
    **land: Any,
) -> Study:
    """Return a study whose run files lie in ``out`` and hold what ``value`` says."""
    more = "\n".join(
        f'"level {i}" = [{{ kind = "warm", degrees_c = {3 + 0.1 * i:.1f} }}]'
        for i in range(more_levels)
    )
    toml = out.parent / f"{out.name}.toml"
    toml.write_text(EXPERIMENT.format(name=name, replicates=replicates, more=more), "utf-8")
    design = load_experiment(toml)
    scenarios = design.scenarios[:1] if single else design.scenarios
    protected = np.zeros((HEIGHT, WIDTH), np.int16)
    if zones:
        protected[2:6, 2:7] = 1
        protected[15:20, 10:16] = 2
    land.setdefault("elevation_m", 500.0)
    place = uniform(HEIGHT, WIDTH, protected=protected, **land)
    if towns:
        town = Town("A <b>town</b> & more", place.grid.west_m + 9e3, place.grid.north_m - 9e3, 500)
        place = place.edited("with a town", town_list=(town,))
    species = [load_species(key) for key in ("jaguar", "andean_bear")]
    study = Study(
        name,
        "What happens?",
        tuple(scenarios),
        out,
        {"name": name},
        place,
        species,
        plan_runs(tuple(scenarios)),
        2,
        Forecast(0, 0, 0, 0.0, 0.0),
        "corridor-sim compare made.toml --seed 5 --replicates 3",
    )
    n_zones, blocks = place.n_zones, blocks_of(place)
    for index, resolved in enumerate(scenarios):
        facts = out / "scenarios" / f"{index:03d}.json"
        facts.parent.mkdir(parents=True, exist_ok=True)
        facts.write_text(
            json.dumps(
                {
                    "cover_km2": {"premontane_forest": max(0.0, 480.0 - 40 * index)},
                    "protected_km2": 50.0,
                    "mean_temperature_c": 23.8 + index,
                    "edits": ["some edit; with a semicolon"],
                    "residents": {},
                    "dispersers": {},
                    "suitable_km2": {},
                    "block_names": list(blocks.names),
                    "block_of_zone": blocks.of_zone.tolist(),
                    "scenario": scenario_digest(resolved),
                }
            )
        )
        for run in (r for r in study.runs if r.scenario == index):
            records = {
                s.key: _record(resolved.name, run.replicate, s.key, value, n_zones, flux)
                for s in species
            }
            (out / "runs").mkdir(parents=True, exist_ok=True)
            save_records(study.path(run), records)
    return study


def _record(
    scenario: str, replicate: int, key: str, value: Value, n_zones: int, flux: bool
) -> SpeciesRecord:
    size = n_zones + 1
    first = np.zeros((size, size), np.int64)
    if flux and n_zones >= 2:
        first[1, 2], first[2, 1] = 4 + replicate, 1
    cells = np.arange(40, 80, dtype=np.int64)
    counts = np.full(40, 6, np.int32)
    nothing = np.zeros(0, np.int64), np.zeros(0, np.int32)
    shift = WIDTH if "severe" in scenario else 0
    return SpeciesRecord(
        values=np.array([value(scenario, replicate, key, o) for o in OUTCOMES]),
        born=np.full(size, 10, np.int64),
        settled=from_square(first),
        transits=from_square(first),
        visits=((cells + shift, counts), (cells + 40, counts), *((nothing,) * (len(STAGES) - 2))),
        passed=(cells[:3], counts[:3]),
        blocked=(cells[:1], counts[:1]),
        deaths=np.array([[45, 0], [45, 1]], np.int64),
        tracks=np.zeros((0, 0, 2), np.float32),
    )
