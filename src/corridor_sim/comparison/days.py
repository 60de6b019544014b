"""From run files to the tables and maps that every view shows: the one display dataset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from corridor_sim.comparison.contrasts import contrast_all as contrast_all
from corridor_sim.comparison.contrasts import summarise as summarise
from corridor_sim.comparison.run_maps import Maps, RunMaps
from corridor_sim.experiment.facts import read_facts
from corridor_sim.experiment.forms import DaysFacts
from corridor_sim.experiment.jobs import facts_path, lost_run
from corridor_sim.experiment.study import Study
from corridor_sim.experiment.values import runs_by_scenario, runs_table
from corridor_sim.experiment.worth import counts_of, worths_of
from corridor_sim.files import write_bytes
from corridor_sim.reading import Unfit
from corridor_sim.simulation.days.outcomes import OUTCOMES
from corridor_sim.simulation.days.run_file import Extent, FluxRecord, load_flux
from corridor_sim.simulation.pairs import by_pair
from corridor_sim.statistics.intervals import COUNT, interval

if TYPE_CHECKING:
    import pandas as pd

F32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that views need, in tables.

    Attributes
    ----------
    runs : DataFrame
        One row per run, species and outcome: scenario, replicate, run_id, species, outcome, value.
    summary : DataFrame
        Per scenario, species, outcome: unit, mean, low, high, n.
    effects : DataFrame
        Per scenario (baseline excluded), species, outcome: against (name of the scenario compared
        with, mostly the baseline), unit, baseline (mean of that scenario), scenario_mean,
        difference, low, high, n, clear, variance_ratio, relative (difference / baseline).
    flux : DataFrame
        Per scenario, species and pair of core areas: from_area, to_area, born, reached (means per
        replicate, simulated dispersers), reached_low, reached_high, share, n.
    scenarios : DataFrame
        Per scenario: position, name, one column per factor, edits, protected_km2,
        mean_temperature_c, and km² of every land cover.
    maps : mapping of (scenario name, species key) to Maps
        Summed from the run files when asked for, a few kept: all of them at once would be the
        largest thing in memory.
    tracks : mapping of (scenario name, species key) to float32 ``[animal, day, 2]`` in cells
    """

    # the module of `corridor_sim.report` that says what the report holds
    sections: ClassVar[str] = "days"
    runs: pd.DataFrame
    summary: pd.DataFrame
    effects: pd.DataFrame
    flux: pd.DataFrame
    scenarios: pd.DataFrame
    maps: Mapping[tuple[str, str], Maps]
    tracks: dict[tuple[str, str], F32]


def compare(study: Study) -> Comparison:
    """Read every run of a finished study and compare the scenarios with the baseline.

    Raises
    ------
    ResultsError
        If a run is missing or damaged.
    """
    import pandas as pd

    keys = study.species_keys()
    flux_rows: list[dict[str, Any]] = []
    tracks: dict[tuple[str, str], F32] = {}
    by_scenario = runs_by_scenario(study)
    extent = Extent.of(study.land)
    values = []
    for index, resolved in enumerate(study.scenarios):
        found: dict[str, list[FluxRecord]] = {key: [] for key in keys}
        for run in by_scenario[index]:
            first = not found[keys[0]]
            try:
                records = load_flux(study.path(run), keys, tracks=first, extent=extent)
            except Unfit as bad:
                raise lost_run(study.out, run, resolved.name, bad) from None
            values.append(np.stack([one.values for one in records.values()]))
            for key, kept in records.items():
                found[key].append(kept)
                if kept.tracks.size:
                    tracks[resolved.name, key] = kept.tracks
        for key, kept_runs in found.items():
            flux_rows += _flux_rows(resolved.name, key, kept_runs, study.land.zone_names)
    runs = runs_table(study, by_scenario, values, OUTCOMES)
    names = [s.name for s in study.scenarios]
    worths = {s.name: worths_of(s, counts_of(study.out, i)) for i, s in enumerate(study.scenarios)}
    return Comparison(
        runs=runs,
        summary=summarise(runs, names, keys, OUTCOMES, worths),
        effects=contrast_all(runs, study.scenarios, keys, OUTCOMES, worths),
        flux=pd.DataFrame(flux_rows, columns=_FLUX_COLUMNS),
        scenarios=_scenarios(study),
        maps=RunMaps(study),
        tracks=tracks,
    )


_FLUX_COLUMNS = [
    "scenario",
    "species",
    "from_area",
    "to_area",
    "born",
    "reached",
    "reached_low",
    "reached_high",
    "share",
    "n",
]


def _flux_rows(
    scenario: str, key: str, kept: list[FluxRecord], zone_names: tuple[str, ...]
) -> list[dict[str, Any]]:
    n = len(kept)
    born = np.sum([k.born for k in kept], axis=0)
    rows = []
    for i, j, counts in by_pair([k.first.between_areas() for k in kept]):
        reached = interval(counts, support=COUNT)
        n_born = float(born[i]) / n
        rows.append(
            {
                "scenario": scenario,
                "species": key,
                "from_area": zone_names[i],
                "to_area": zone_names[j],
                "born": n_born,
                "reached": reached.mean,
                "reached_low": reached.low,
                "reached_high": reached.high,
                "share": reached.mean / n_born,
                "n": reached.n,
            }
        )
    return rows


def _scenarios(study: Study) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for index, resolved in enumerate(study.scenarios):
        facts = read_facts(facts_path(study.out, index), DaysFacts)
        row: dict[str, Any] = {"position": index, "name": resolved.name}
        row |= dict(resolved.levels)
        row["edits"] = "; ".join(facts.edits)
        row["protected_km2"] = facts.protected_km2
        row["mean_temperature_c"] = facts.mean_temperature_c
        row |= {f"{key}_km2": km2 for key, km2 in facts.cover_km2.items()}
        rows.append(row)
    return pd.DataFrame(rows)


def write_tables(comparison: Comparison, study: Study) -> list[str]:
    """Write the tables as Parquet into ``tables/`` and return their paths."""
    written = []
    for name in ("runs", "summary", "effects", "flux", "scenarios"):
        path = study.out / "tables" / f"{name}.parquet"
        table: pd.DataFrame = getattr(comparison, name)
        write_bytes(path, table.to_parquet(index=False))
        written.append(str(path))
    return written
