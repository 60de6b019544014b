"""From the run files of decades to the tables that every view shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from corridor_sim.comparison.days import contrast_all, summarise
from corridor_sim.experiment.decades_jobs import years_of
from corridor_sim.experiment.facts import read_facts
from corridor_sim.experiment.forms import LifeFacts
from corridor_sim.experiment.jobs import facts_path, lost_run
from corridor_sim.experiment.study import Study
from corridor_sim.experiment.worth import worths_of
from corridor_sim.files import write_bytes
from corridor_sim.reading import Unfit
from corridor_sim.simulation.days.run_file import Extent
from corridor_sim.simulation.decades.census import COLUMNS, DEATHS
from corridor_sim.simulation.decades.outcomes import LIFE_OUTCOMES
from corridor_sim.simulation.decades.run_file import LifeRecord, load_life
from corridor_sim.simulation.pairs import by_pair
from corridor_sim.statistics.intervals import COUNT, Support, interval, intervals

if TYPE_CHECKING:
    import pandas as pd

TABLES = ("runs", "summary", "effects", "yearly", "deaths", "flux", "scenarios", "burn_in")


@dataclass(frozen=True, slots=True)
class LifeComparison:
    """Everything that views of decades need, in tables.

    Attributes
    ----------
    runs, summary, effects : DataFrame
        As in :class:`corridor_sim.comparison.days.Comparison`, over
        :data:`corridor_sim.simulation.decades.outcomes.LIFE_OUTCOMES`.
    yearly : DataFrame
        Per scenario, species, year of the run and column of the census: calendar_year, mean, low,
        high, n.
    deaths : DataFrame
        Per scenario, species and cause: deaths per run, and of those met on the way.
    flux : DataFrame
        Per scenario, species and pair of core areas: from_area, to_area, settled per run and its
        interval, left (young that left their mothers, per run), n.
    scenarios : DataFrame
        Per scenario: position, name, edits, start and end of protected_km2, mean_temperature_c and
        every land cover's km².
    burn_in : DataFrame
        Per scenario, species and replicate: years, settled, independent at its start and end.
    places : mapping of (scenario name, species key) to (year int32 ``[n]``, float32 ``[n, 3]``)
        Column, row and stage of every independent animal of the first replicate.
    death_places : mapping of (scenario name, species key) to int32 ``[n, 3]``
        Year, flat cell and cause of deaths met on the way, all replicates.
    """

    # the module of `corridor_sim.report` that says what the report holds
    sections: ClassVar[str] = "decades"
    runs: pd.DataFrame
    summary: pd.DataFrame
    effects: pd.DataFrame
    yearly: pd.DataFrame
    deaths: pd.DataFrame
    flux: pd.DataFrame
    scenarios: pd.DataFrame
    burn_in: pd.DataFrame
    places: Mapping[tuple[str, str], tuple[NDArray[np.int32], NDArray[np.float32]]]
    death_places: Mapping[tuple[str, str], NDArray[np.int32]]


def compare_lives(study: Study) -> LifeComparison:
    """Read every run of a finished study of decades and compare the scenarios.

    Raises
    ------
    ResultsError
        If a run is missing or damaged.
    """
    import pandas as pd

    keys = study.species_keys()
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    places: dict[tuple[str, str], tuple[NDArray[np.int32], NDArray[np.float32]]] = {}
    death_places: dict[tuple[str, str], NDArray[np.int32]] = {}
    extent = Extent.of(study.land)
    for index, resolved in enumerate(study.scenarios):
        found: dict[str, list[LifeRecord]] = {key: [] for key in keys}
        for run in (r for r in study.runs if r.scenario == index):
            try:
                records = load_life(study.path(run), keys, years_of(resolved), extent)
            except Unfit as bad:
                raise lost_run(study.out, run, resolved.name, bad) from None
            for key, kept in records.items():
                found[key].append(kept)
                rows["runs"] += [
                    {
                        "scenario": resolved.name,
                        "replicate": run.replicate,
                        "run_id": run.ident,
                        "species": key,
                        "outcome": name,
                        "value": float(value),
                    }
                    for name, value in zip(LIFE_OUTCOMES, kept.values, strict=True)
                ]
                before = kept.burn_in
                rows["burn_in"].append(
                    {
                        "scenario": resolved.name,
                        "species": key,
                        "replicate": run.replicate,
                        "years": before.size,
                        "settled": kept.settled,
                        "first": float(before[0]) if before.size else float("nan"),
                        "last": float(before[-1]) if before.size else float("nan"),
                    }
                )
        for key, kept_runs in found.items():
            here = {"scenario": resolved.name, "species": key}
            rows["yearly"] += _yearly(here, kept_runs, resolved.scenario.start_year)
            rows["deaths"] += _deaths(here, kept_runs)
            rows["flux"] += _flux(here, kept_runs, study.land.zone_names)
            places[resolved.name, key] = kept_runs[0].places_year, kept_runs[0].places
            death_places[resolved.name, key] = np.concatenate([k.deaths for k in kept_runs])
    runs = pd.DataFrame(rows["runs"])
    names = [s.name for s in study.scenarios]
    worths = {s.name: worths_of(s) for s in study.scenarios}
    return LifeComparison(
        runs=runs,
        summary=summarise(runs, names, keys, LIFE_OUTCOMES, worths),
        effects=contrast_all(runs, study.scenarios, keys, LIFE_OUTCOMES, worths),
        yearly=pd.DataFrame(rows["yearly"]),
        deaths=pd.DataFrame(rows["deaths"]),
        flux=pd.DataFrame(rows["flux"], columns=_FLUX),
        scenarios=pd.DataFrame(_scenarios(study)),
        burn_in=pd.DataFrame(rows["burn_in"]),
        places=places,
        death_places=death_places,
    )


_FLUX = [
    "scenario",
    "species",
    "from_area",
    "to_area",
    "settled",
    "settled_low",
    "settled_high",
    "left",
    "n",
]


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


def _yearly(here: dict[str, str], kept: list[LifeRecord], start_year: int) -> list[dict[str, Any]]:
    series = np.stack([k.yearly for k in kept], axis=-1)
    years, columns, _ = series.shape
    found = intervals(series.reshape(years * columns, -1), support=_support_of_columns(years))
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


def _deaths(here: dict[str, str], kept: list[LifeRecord]) -> list[dict[str, Any]]:
    names = [column.name for column in COLUMNS]
    rows = []
    for cause in DEATHS:
        i = names.index(f"deaths_{cause}")
        found = interval(np.array([float(k.yearly[:, i].sum()) for k in kept]), support=COUNT)
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


def _flux(
    here: dict[str, str], kept: list[LifeRecord], zone_names: tuple[str, ...]
) -> list[dict[str, Any]]:
    n = min(k.left_from.size for k in kept)
    left = np.stack([k.left_from[:n] for k in kept]).astype(np.float64).mean(axis=0)
    rows = []
    for i, j, counts in by_pair([k.settled_from_to.between_areas() for k in kept]):
        if max(i, j) >= min(n, len(zone_names)):
            continue
        found = interval(counts, support=COUNT)
        rows.append(
            {
                **here,
                "from_area": zone_names[i],
                "to_area": zone_names[j],
                "settled": found.mean,
                "settled_low": found.low,
                "settled_high": found.high,
                "left": float(left[i]),
                "n": found.n,
            }
        )
    return rows


def _scenarios(study: Study) -> list[dict[str, Any]]:
    rows = []
    for index, resolved in enumerate(study.scenarios):
        facts = read_facts(facts_path(study.out, index), LifeFacts)
        row: dict[str, Any] = {"position": index, "name": resolved.name}
        for when, ground in (("start", facts.start), ("end", facts.end)):
            row[f"{when}_edits"] = "; ".join(ground.edits)
            row[f"{when}_protected_km2"] = ground.protected_km2
            row[f"{when}_mean_temperature_c"] = ground.mean_temperature_c
            row |= {f"{when}_{key}_km2": km2 for key, km2 in ground.cover_km2.items()}
        rows.append(row)
    return rows


def write_life_tables(comparison: LifeComparison, study: Study) -> list[str]:
    """Write the tables as Parquet into ``tables/`` and return their paths."""
    written = []
    for name in TABLES:
        path = study.out / "tables" / f"{name}.parquet"
        table: pd.DataFrame = getattr(comparison, name)
        write_bytes(path, table.to_parquet(index=False))
        written.append(str(path))
    return written
