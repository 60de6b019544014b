"""What a comparison of runs through decades tells beyond what every comparison does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from corridor_sim.comparison.exchange import ExchangeTables
from corridor_sim.comparison.plan import no_ground, no_plan, plan_ground, plan_of, plan_table
from corridor_sim.comparison.tables import Tables, maps_of
from corridor_sim.config.load import Resolved
from corridor_sim.experiment.facts import facts_path, read_facts
from corridor_sim.experiment.plan import Run
from corridor_sim.experiment.study import Study
from corridor_sim.simulation.decades.census import COLUMNS, DEATHS
from corridor_sim.simulation.decades.run_file import DecadesRecord, load_decades
from corridor_sim.simulation.decades.simulator import years_of
from corridor_sim.simulation.facts import DecadesFacts
from corridor_sim.simulation.outcomes import Flux
from corridor_sim.simulation.run_file import Extent
from corridor_sim.statistics.intervals import COUNT, Support, interval, intervals

OWN = ("yearly", "deaths", "scenarios", "burn_in")


@dataclass(frozen=True, slots=True)
class DecadesComparison(Tables):
    """Everything that views of decades need, in tables.

    Attributes
    ----------
    yearly : DataFrame
        Per scenario, species, year of the run and column of the census: calendar_year, mean, low,
        high, n.
    deaths : DataFrame
        Per scenario, species and cause: deaths per run, and of those met on the way.
    flux : DataFrame
        Per scenario, species and pair of different core areas between which animals settled:
        from_area, to_area, the blocks that these belong to (from_block, to_block), born (young that
        left their mothers) and settled, both per run, share (settled / born), per_year with
        per_year_low and per_year_high (animals a year and their 95 % interval), n.
    exchange : DataFrame
        The same per pair of different blocks, with migrants, migrants_low and migrants_high
        (animals per generation of the species) and one_migrant: ``yes`` where the interval lies at
        or above one migrant a generation, ``no`` where below, else ``unsure``. Neither table has
        rows of species that soar.
    scenarios : DataFrame
        Per scenario: position, name, edits, start and end of protected_km2, mean_temperature_c and
        every land cover's km².
    burn_in : DataFrame
        Per scenario, species and replicate: years, settled, independent at its start and end.
    plan, plan_ground : DataFrame
        What a plan keeps, see :func:`.plan.plan_table` and :func:`.plan.plan_ground`; empty where
        the file has no ``[plan]``.
    places : mapping of (scenario name, species key) to (year int32 ``[n]``, float32 ``[n, 3]``)
        Column, row and stage of every independent animal of the first replicate.
    death_places : mapping of (scenario name, species key) to int32 ``[n, 3]``
        Year, flat cell and cause of deaths met on the way, all replicates.
    """

    names: ClassVar[tuple[str, ...]] = (
        *("runs", "summary", "effects", "yearly", "deaths"),
        *("flux", "exchange", "scenarios", "burn_in", "plan", "plan_ground"),
    )
    not_always: ClassVar[frozenset[str]] = frozenset({"plan", "plan_ground"})
    exchange: pd.DataFrame
    plan: pd.DataFrame
    plan_ground: pd.DataFrame
    yearly: pd.DataFrame
    deaths: pd.DataFrame
    burn_in: pd.DataFrame
    places: Mapping[tuple[str, str], tuple[NDArray[np.int32], NDArray[np.float32]]]
    death_places: Mapping[tuple[str, str], NDArray[np.int32]]


class GatherDecades:
    """See :class:`corridor_sim.comparison.tables.Gather`."""

    made: ClassVar[type[Tables]] = DecadesComparison

    def __init__(self, study: Study) -> None:
        self.study, self.extent = study, Extent.of(study.land)
        self.rows: dict[str, list[dict[str, Any]]] = {name: [] for name in OWN}
        self.pairs = ExchangeTables(study.land.zone_names)
        self.places: dict[tuple[str, str], tuple[NDArray[np.int32], NDArray[np.float32]]] = {}
        self.death_places: dict[tuple[str, str], NDArray[np.int32]] = {}

    def load(self, run: Run, *, first: bool) -> dict[str, DecadesRecord]:
        """Return everything that a run kept."""
        study = self.study
        years = years_of(study.scenarios[run.scenario])
        return load_decades(study.path(run), study.species_keys(), years, self.extent)

    def add(
        self,
        index: int,
        resolved: Resolved,
        runs: Sequence[Run],
        found: Mapping[str, list[DecadesRecord]],
    ) -> None:
        """Take in a scenario."""
        rows = self.rows
        facts = read_facts(facts_path(self.study.out, index), DecadesFacts)
        species = {one.key: one for one in self.study.species}
        for i, run in enumerate(runs):
            for key, kept_runs in found.items():
                kept = kept_runs[i]
                before = kept.burn_in
                rows["burn_in"].append(
                    {
                        "scenario": resolved.name,
                        "species": key,
                        "replicate": run.replicate,
                        "years": before.size,
                        "settled": kept.equilibrated,
                        "first": float(before[0]) if before.size else float("nan"),
                        "last": float(before[-1]) if before.size else float("nan"),
                    }
                )
        maps = maps_of(resolved, runs)
        for key, kept_runs in found.items():
            here = {"scenario": resolved.name, "species": key}
            rows["yearly"] += _yearly(here, kept_runs, resolved.scenario.start_year, maps)
            rows["deaths"] += _deaths(here, kept_runs, maps)
            moved = [Flux(one.left_from, one.settled_from_to) for one in kept_runs]
            per_year = 1.0 / years_of(resolved)
            self.pairs.add(resolved.name, species[key], moved, per_year, facts, maps)
            self.places[resolved.name, key] = kept_runs[0].places_year, kept_runs[0].places
            self.death_places[resolved.name, key] = np.concatenate([k.deaths for k in kept_runs])
        told: dict[str, Any] = {"position": index, "name": resolved.name}
        for when, ground in (("start", facts.start), ("end", facts.end)):
            told[f"{when}_edits"] = "; ".join(ground.edits)
            told[f"{when}_protected_km2"] = ground.protected_km2
            mean_c = ground.mean_temperature_c
            told[f"{when}_mean_temperature_c"] = np.nan if mean_c is None else mean_c
            told |= {f"{when}_{key}_km2": km2 for key, km2 in ground.cover_km2.items()}
        rows["scenarios"].append(told)

    def tables(self, **common: Any) -> DecadesComparison:
        """Return the whole."""
        plan, study = plan_of(self.study), self.study
        ground = no_ground() if plan is None else plan_ground(study, plan)
        told = no_plan() if plan is None else plan_table(common["effects"], study, ground)
        return DecadesComparison(
            **common,
            plan=told,
            plan_ground=ground,
            **{name: pd.DataFrame(self.rows[name]) for name in OWN},
            flux=self.pairs.flux,
            exchange=self.pairs.exchange,
            places=self.places,
            death_places=self.death_places,
        )


def _support_of_columns(years: int) -> Support:
    """Return what the columns of the census can be, year by year."""
    counts = [c.unit == "animals" for c in COLUMNS]
    free = [c.name in ("mean_elevation_m", "mean_temperature_c") for c in COLUMNS]
    return Support(
        least=np.tile(np.where(free, -np.inf, 0.0), years),
        most=np.tile([1.0 if c.unit == "1" else np.inf for c in COLUMNS], years),
        event=np.tile(np.where(counts, 1.0, np.nan), years),
        certain=np.tile([c.name in ("capacity", "suitable_km2") for c in COLUMNS], years),
    )


def _yearly(
    here: dict[str, str], kept: list[DecadesRecord], start_year: int, maps: NDArray[np.int64] | None
) -> list[dict[str, Any]]:
    series = np.stack([k.yearly for k in kept], axis=-1)
    years, columns, _ = series.shape
    several = _support_of_columns(years)
    found = intervals(series.reshape(years * columns, -1), support=several, maps=maps)
    return [
        {
            **here,
            "year": i // columns,
            "calendar_year": start_year + i // columns,
            "column": COLUMNS[i % columns].name,
            "mean": mean,
            "low": low,
            "high": high,
            "n": n,
        }
        for i, (mean, low, high, n) in enumerate(zip(*(v.tolist() for v in found), strict=True))
    ]


def _deaths(
    here: dict[str, str], kept: list[DecadesRecord], maps: NDArray[np.int64] | None
) -> list[dict[str, Any]]:
    names = [column.name for column in COLUMNS]
    rows = []
    for cause in DEATHS:
        i = names.index(f"deaths_{cause}")
        counts = np.array([float(k.yearly[:, i].sum()) for k in kept])
        found = interval(counts, support=COUNT, maps=maps)
        rows.append(
            {
                **here,
                "cause": cause,
                "per_run": found.mean,
                "low": found.low,
                "high": found.high,
                "n": found.n,
            }
        )
    return rows
