"""Studies of decades whose run files are made of known numbers, and their pages."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np

from corridor_sim import load_experiment, load_species
from corridor_sim.comparison.tables import compare, write_tables
from corridor_sim.experiment.plan import plan_runs, scenario_digest
from corridor_sim.experiment.study import Study
from corridor_sim.landscape.blocks import blocks_of
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.report.compared import ComparedDecades
from corridor_sim.report.study import write_report
from corridor_sim.simulation.days.forecast import Forecast
from corridor_sim.simulation.decades.census import COLUMN, COLUMNS
from corridor_sim.simulation.decades.outcomes import DECADES_OUTCOMES
from corridor_sim.simulation.decades.run_file import DecadesRecord
from corridor_sim.simulation.facts import block_facts
from corridor_sim.simulation.pairs import from_square
from corridor_sim.simulation.run_file import save_records
from oracles.page import Page

HEIGHT, WIDTH = 24, 20
KEYS = ("jaguar", "andean_bear")
PLAN = 'plan </script><b>"x"'
EXPERIMENT = """
name = "Decades </script><script>alert(1)</script> & more"
description = "Who stays?"
[base]
name = "as now"
years = {years}
start_year = 2025
replicates = {replicates}
seed = 5
[base.life_cycle]
movement = {movement}
genes = {genes}
[base.species.jaguar]
[base.species.andean_bear]
[beside.'{plan}']
set = {{ "life_cycle.capacity_scale" = 2.0 }}
[beside.'corridor']
against = '{plan}'
set = {{ "life_cycle.capacity_scale" = 3.0 }}
"""


def ends(scenario: str, replicate: int, key: str) -> tuple[float, float]:
    """Animals at start and end: jaguars fall by 20, 21, 22 %, bears by chance alone."""
    if key == "jaguar":
        better = {"as now": 0, PLAN: 10, "corridor": 10}[scenario]
        return 100.0, 80.0 - replicate + better + (replicate if better else 0)
    return 200.0, 200.0 + (20, -10, -30, 15)[replicate % 4]


def record_of(
    scenario: str, replicate: int, key: str, years: int, n_zones: int, options: dict
) -> DecadesRecord:
    start, end = options.get("ends", ends)(scenario, replicate, key)
    yearly = np.zeros((years + 1, len(COLUMNS)))
    independent = np.round(np.linspace(start, end, years + 1))

    def put(name: str, values: object) -> None:
        yearly[:, COLUMN[name]] = values

    put("independent", independent)
    put("juveniles", 50)
    put("animals", independent + 50)
    put("resident_females", independent / 2)
    put("capacity", 150)
    put("births", 10)
    put("deaths_natural", 9)
    put("settled", 6)
    put("settled_again", 1)
    put("searchers_died", 2)
    put("dispersers", 3)
    gone = end == 0
    for name in ("mean_elevation_m", "mean_temperature_c", "thermal_mismatch_c", "home_quality"):
        put(name, np.where(independent > 0, 1.0, np.nan))
    put("mean_elevation_m", np.where(independent > 0, 1000.0, np.nan))
    put(
        "mean_temperature_c", np.where(independent > 0, 20.0 + np.arange(years + 1) / years, np.nan)
    )
    values = dict.fromkeys(DECADES_OUTCOMES, 1.0 + 0.1 * replicate)
    values |= {
        "animals_start": start,
        "animals_end": end,
        "animals_change": end / start - 1,
        "lowest": float(independent.min()),
        "births_per_year": 10.0,
    }
    for y in (20, 50, 100):
        low = bool((independent[: y + 1] < 20).any())
        values[f"quasi_extinct_{y}y"] = 1.0 if low else 0.0 if years >= y else math.nan
    if gone or not options.get("genes", True):
        for name in ("gene_diversity_kept", "effective_size", "fst", "inbreeding"):
            values[name] = math.nan
    if gone:
        values |= {"elevation_shift_m": math.nan, "thermal_mismatch_end_c": math.nan}
    moved = np.zeros((n_zones + 1, n_zones + 1), np.int64)
    if n_zones >= 2 and options.get("movement", True):
        moved[1, 1], moved[1, 2], moved[2, 1] = 9, 4 + replicate, 1
    at = [0, years // 2, years]
    sizes = [int(independent[y]) for y in at]
    rng = np.random.default_rng(sum(map(ord, scenario + key)) + replicate)
    n = sum(sizes)
    places = np.stack(
        [rng.uniform(0, WIDTH, n), rng.uniform(0, HEIGHT, n), rng.integers(0, 3, n)], axis=1
    )
    deaths = np.array([[0, 45, 1], [1, 46, 2], [2, 47, 3], [2, 99, 4]], np.int32)
    return DecadesRecord(
        values=np.array([values[o] for o in DECADES_OUTCOMES]),
        yearly=yearly,
        burn_in=np.array([start + 30, start]),
        equilibrated=key in options.get("settled", KEYS),
        deaths=deaths if options.get("movement", True) else deaths[:0],
        settled_from_to=from_square(moved),
        left_from=np.full(n_zones + 1, 5, np.int64),
        places_year=np.repeat(np.array(at, np.int32), sizes),
        places=places.astype(np.float32),
    )


def made_decades(
    out: Path, *, years: int = 24, replicates: int = 3, single: bool = False, **options: object
) -> Study:
    """Return a study of decades whose run files lie in ``out`` and hold known numbers."""
    toml = out.parent / f"{out.name}.toml"
    toml.write_text(
        EXPERIMENT.format(
            years=years,
            replicates=replicates,
            plan=PLAN,
            movement=str(options.get("movement", True)).lower(),
            genes="{ loci = 10 }" if options.get("genes", True) else "false",
        ),
        "utf-8",
    )
    design = load_experiment(toml)
    scenarios = design.scenarios[:1] if single else design.scenarios
    zones = np.zeros((HEIGHT, WIDTH), np.int16)
    if options.get("zones", True):
        zones[2:6, 2:7] = 1
        zones[15:20, 10:16] = 2
    z = np.repeat(np.linspace(400, 2400, HEIGHT, dtype=np.float32)[:, None], WIDTH, axis=1)
    land = uniform(HEIGHT, WIDTH, protected=zones, elevation_m=z, temperature_c=26 - 0.005 * z)
    if options.get("zones", True):
        land = land.edited("countries", zone_countries=("", "ECU", "PER"))
    study = Study(
        design.experiment.name,
        "Who stays?",
        tuple(scenarios),
        out,
        {"name": "x"},
        land,
        [load_species(key) for key in KEYS],
        plan_runs(tuple(scenarios)),
        1,
        Forecast(0, 0, 0, 0.0, 0.0),
        "corridor-sim compare made.toml",
    )
    for index, resolved in enumerate(scenarios):
        facts = out / "scenarios" / f"{index:03d}.json"
        facts.parent.mkdir(parents=True, exist_ok=True)
        ground = {
            "protected_km2": 50.0,
            "mean_temperature_c": 20.0,
            "edits": [],
            "cover_km2": {"cloud_forest": 400.0, "paramo": 80.0},
        }
        end = {
            **ground,
            "protected_km2": 60.0,
            "mean_temperature_c": 21.5,
            "cover_km2": {"cloud_forest": 300.0, "pasture": 100.0, "paramo": 72.0},
            "edits": ["2030: a plan; with a semicolon (<b>)"],
        }
        facts.write_text(
            json.dumps(
                {
                    "start_year": 2025,
                    "start": ground,
                    "end": end,
                    "updates": [],
                    "warming_c": [0.0, 1.5],
                    **block_facts(blocks_of(land), study.species),
                    "scenario": scenario_digest(resolved),
                }
            ),
            "utf-8",
        )
        for run in (r for r in study.runs if r.scenario == index):
            (out / "runs").mkdir(parents=True, exist_ok=True)
            save_records(
                study.path(run),
                {
                    key: record_of(resolved.name, run.replicate, key, years, land.n_zones, options)
                    for key in KEYS
                },
            )
    return study


def decades_of(study: Study) -> ComparedDecades:
    return ComparedDecades(compare(study), study)


def report_of(study: Study) -> tuple[str, Page]:
    comparison = compare(study)
    write_tables(comparison, study)
    html = write_report(comparison, study, elapsed={"simulating": 12.34}).read_text("utf-8")
    return html, Page(html)
