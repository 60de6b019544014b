"""A small experiment through decades, for tests: two species, three scenarios, four years."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from corridor_sim import load_experiment
from corridor_sim.config.load import Design, Resolved, as_data
from corridor_sim.experiment.study import Study, open_study
from corridor_sim.simulation.decades.census import COLUMN
from corridor_sim.simulation.decades.run_file import DecadesRecord, load_decades
from corridor_sim.simulation.decades.simulator import years_of

YEARS = 4
# the year of the run from which "hot" and "plan" differ from the base
PARTS_AT = 2
EXPERIMENT = """
name = "Small decades"
[base]
name = "as usual"
years = 4
start_year = 2025
replicates = 2
seed = 11
[base.landscape]
cell_m = 10000
[base.life_cycle]
days_per_season = 3
settle_every_d = 30
environmental_sd = 0.1
capacity_scale = 0.3
burn_in = { window_y = 2, at_most_y = 5 }
genes = { loci = 20, chromosome_bp = 1000 }
[base.change]
update_every_y = 2
[base.change.climate]
ssp = "SSP2-4.5"
[base.change.clearing]
rate = 0.02
[base.species.jaguar]
[base.species.mountain_tapir]
[beside.hot]
set = { "change.climate.ssp" = "SSP5-8.5" }
[beside.plan]
against = "hot"
set = { "change.events" = [
  { opens = 2027, kind = "protect_plan" },
  { opens = 2027, kind = "clear", fraction = 0.3 },
] }
"""


def design_of(folder: Path, assignments: Sequence[str] = (), text: str = EXPERIMENT) -> Design:
    """Return the small experiment, changed by ``dotted.name=value``."""
    path = folder / "small.toml"
    path.write_text(text, encoding="utf-8")
    return load_experiment(path, assignments)


def opened(
    design: Design,
    out: Path,
    *,
    scenarios: Sequence[Resolved] | None = None,
    threads: int | None = 1,
) -> Study:
    """Return the study of an experiment, or of some of its scenarios, in a folder."""
    one = design.experiment
    return open_study(
        one.name,
        one.description,
        tuple(scenarios or design.scenarios),
        as_data(one),
        out,
        threads=threads,
    )


def kept_bytes(study: Study, folder: str = "runs") -> dict[str, bytes]:
    """Return every file of a folder of the study."""
    return {p.name: p.read_bytes() for p in sorted((study.out / folder).iterdir())}


def record(study: Study, scenario: str, replicate: int, key: str) -> DecadesRecord:
    """Return what is kept of one species in one run."""
    index = [s.name for s in study.scenarios].index(scenario)
    (run,) = (r for r in study.runs if (r.scenario, r.replicate) == (index, replicate))
    found = load_decades(study.path(run), study.species_keys(), years_of(study.scenarios[index]))
    assert found is not None
    return found[key]


def yearly(kept: DecadesRecord) -> dict[str, list[float]]:
    """Return the columns of the yearly record by name."""
    return {name: kept.yearly[:, i].tolist() for name, i in COLUMN.items()}
