"""A study of a plan on uniform forest, whose run files are made of known numbers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from corridor_sim import load_experiment, load_species
from corridor_sim.experiment.plan import plan_runs, scenario_digest
from corridor_sim.experiment.study import Study
from corridor_sim.landscape.blocks import blocks_of
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.simulation.days.forecast import Forecast
from corridor_sim.simulation.run_file import save_records
from oracles.made_decades import facts_of, record_of

HEIGHT, WIDTH, YEARS, RATE = 24, 20, 24, 0.02
KEYS = ("jaguar", "andean_bear")
# columns 10 to 15 and rows 6 to 16, in map metres of the uniform ground
WEST, NORTH = 900_000.0 + 10_000.0, 9_700_000.0 - 6_000.0
RING = [(WEST, NORTH), (WEST + 5000, NORTH), (WEST + 5000, NORTH - 10_000), (WEST, NORTH - 10_000)]
PLAN_KM2 = 50.0
COST = """
cost = 10.0
cost_unit = "million USD"
cost_covers = "guards <b>"
cost_source = "a guess"
"""
TEXT = """
name = "A plan"
[plan]
scenario = "plan"
under = ["plan, fixed"]
{cost}
[base]
name = "no plan"
years = {years}
start_year = 2025
replicates = {replicates}
seed = 5
[base.life_cycle]
genes = false
[base.change]
update_every_y = 6
[base.change.clearing]
rate = {rate}
protected_factor = {factor}
demand = "responsive"
[base.species.jaguar]
[base.species.andean_bear]
[beside."plan"]
set = {{ "change.events" = [
  {{ opens = {opens}, kind = "protect", core = false, name = "Plan", crs = "EPSG:32717", areas = [
    {ring}
  ] }},
] }}
[beside."plan, fixed"]
like = "plan"
set = {{ "change.clearing.demand" = "fixed" }}
"""


def plan_toml(**changes: object) -> str:
    """Return the text of the experiment."""
    usual = {"cost": COST, "years": YEARS, "replicates": 4, "rate": RATE, "factor": 0.0}
    ring = str([list(point) for point in RING])
    return TEXT.format(**{**usual, "opens": 2025, "ring": ring, **changes})


def ends(scenario: str, replicate: int, key: str) -> tuple[float, float]:
    """Animals at start and end: the plan keeps 10, 11, 12 ... jaguars; bears go by chance."""
    if key == "jaguar":
        return 100.0, 60.0 + (10 + replicate if scenario.startswith("plan") else 0)
    return 200.0, 150.0 + (0 if scenario == "no plan" else (9, -7, 5, -8)[replicate % 4])


def plan_study(
    out: Path, *, animals: Callable[[str, int, str], tuple[float, float]] = ends, **changes: object
) -> Study:
    """Return a study of a plan whose run files lie in ``out``."""
    toml = out.parent / f"{out.name}.toml"
    toml.write_text(plan_toml(**changes), "utf-8")
    design = load_experiment(toml)
    zones = np.zeros((HEIGHT, WIDTH), np.int16)
    zones[1:5, 1:6], zones[19:23, 1:6] = 1, 2
    land = uniform(HEIGHT, WIDTH, protected=zones)
    settings = design.experiment.model_dump(mode="json", exclude_none=True)
    species = [load_species(key) for key in KEYS]
    study = Study(
        design.experiment.name,
        "",
        design.scenarios,
        out,
        settings,
        land,
        species,
        plan_runs(design.scenarios),
        1,
        Forecast(0, 0, 0, 0.0, 0.0),
        "corridor-sim compare plan.toml",
    )
    study.digests = [scenario_digest(one) for one in design.scenarios]
    (out / "runs").mkdir(parents=True)
    for index, resolved in enumerate(design.scenarios):
        facts_of(out, index, scenario_digest(resolved), blocks_of(land), species)
        for run in (r for r in study.runs if r.scenario == index):
            made = {
                key: record_of(
                    resolved.name, run.replicate, key, YEARS, land.n_zones, {"ends": animals}
                )
                for key in KEYS
            }
            save_records(study.path(run), made)
    return study
