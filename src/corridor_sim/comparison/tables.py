"""From run files to the tables and maps that every view shows, whoever simulated them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from corridor_sim.comparison.contrasts import contrast_all, summarise
from corridor_sim.config.load import Resolved
from corridor_sim.experiment.jobs import lost_run
from corridor_sim.experiment.plan import Run
from corridor_sim.experiment.study import Study
from corridor_sim.experiment.values import runs_by_scenario, runs_table
from corridor_sim.experiment.worth import counts_of, worths_of
from corridor_sim.files import write_bytes
from corridor_sim.reading import Unfit
from corridor_sim.simulation.protocol import Record, Simulator, named, simulator_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

I64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Tables:
    """What a comparison tells of runs of any simulator.

    Attributes
    ----------
    runs : DataFrame
        One row per run, species and outcome: scenario, replicate, run_id, species, outcome, value.
    summary : DataFrame
        Per scenario, species, outcome: unit, mean, low, high, n, interval_note, and map_share,
        map_share_low, map_share_high: what of the variance between replicates lies between maps.
    effects : DataFrame
        Per scenario (baseline excluded), species, outcome: against (name of the scenario compared
        with, mostly the baseline), unit, baseline (mean of that scenario), scenario_mean,
        difference, low, high, n, interval_note; relative (difference over baseline, a paired
        ratio), relative_low, relative_high, relative_note, baseline_events; zone (the smallest
        change that matters), verdict; effect_size_dz, variance_ratio;
        map_share, map_share_low, map_share_high of the differences.
    flux : DataFrame
        Per scenario, species and pair of core areas: from_area, to_area, and how many moved.
    scenarios : DataFrame
        Per scenario: position, name, and what is told of its landscape.
    """

    names: ClassVar[tuple[str, ...]] = ("runs", "summary", "effects", "flux", "scenarios")
    runs: pd.DataFrame
    summary: pd.DataFrame
    effects: pd.DataFrame
    flux: pd.DataFrame
    scenarios: pd.DataFrame


class Gather(Protocol):
    """What a simulator adds: gathers its own tables from the runs, scenario by scenario."""

    # what it makes
    made: ClassVar[type[Tables]]

    def __init__(self, study: Study) -> None: ...

    def load(self, run: Run, *, first: bool) -> Mapping[str, Record]:
        """Return the records of a run by species, the first of its scenario or a later one."""

    def add(self, index: int, resolved: Resolved, runs: Sequence[Run], found: Any) -> None:
        """Take in a scenario; ``found`` holds the records of its runs, by species."""

    def tables(self, **common: Any) -> Tables:
        """Return the whole; ``common`` are runs, summary and effects."""


def maps_of(resolved: Resolved, runs: Sequence[Run]) -> I64 | None:
    """Return the map on which each run of a scenario stands; None where there is one map."""
    if resolved.scenario.n_maps == 1:
        return None
    return np.array([resolved.scenario.map_of(run.replicate) for run in runs], np.int64)


def table_names(simulator: Simulator) -> tuple[str, ...]:
    """Return the names of the tables that a comparison of a simulator's runs has."""
    gather: type[Gather] = named(simulator.views["tables"])
    return gather.made.names


def compare(study: Study) -> Tables:
    """Read every run of a finished study and compare the scenarios.

    Raises
    ------
    ResultsError
        If a run is missing or damaged.
    """
    simulator = simulator_of(study.scenarios[0])
    gather: Gather = named(simulator.views["tables"])(study)
    keys, by_scenario = study.species_keys(), runs_by_scenario(study)
    values = []
    for index, resolved in enumerate(study.scenarios):
        found: dict[str, list[Record]] = {key: [] for key in keys}
        for i, run in enumerate(by_scenario[index]):
            try:
                records = gather.load(run, first=i == 0)
            except Unfit as bad:
                raise lost_run(study.out, run, resolved.name, bad) from None
            values.append(np.stack([one.values for one in records.values()]))
            for key, kept in records.items():
                found[key].append(kept)
        gather.add(index, resolved, by_scenario[index], found)
    table = simulator.outcomes
    runs = runs_table(study, by_scenario, values, table)
    names = [s.name for s in study.scenarios]
    n_maps = {s.name: s.scenario.n_maps for s in study.scenarios}
    worths = {s.name: worths_of(s, counts_of(study.out, i)) for i, s in enumerate(study.scenarios)}
    return gather.tables(
        runs=runs,
        summary=summarise(runs, names, keys, table, worths, n_maps),
        effects=contrast_all(runs, study.scenarios, keys, table, worths, n_maps),
    )


def write_tables(comparison: Tables, study: Study) -> list[str]:
    """Write the tables as Parquet into ``tables/`` and return their paths."""
    written = []
    for name in comparison.names:
        path = study.out / "tables" / f"{name}.parquet"
        table: pd.DataFrame = getattr(comparison, name)
        write_bytes(path, table.to_parquet(index=False))
        written.append(str(path))
    return written
