"""The table of a sweep: mean and interval of every outcome at every point."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.comparison.contrasts import NO_CHANCE, explained
from corridor_sim.config.sweep import Value
from corridor_sim.experiment.facts import facts_path, read_facts
from corridor_sim.experiment.values import outcome_table, read_values, runs_by_scenario
from corridor_sim.experiment.worth import counts_of, worths_of
from corridor_sim.simulation.outcomes import Outcome
from corridor_sim.simulation.protocol import simulator_of
from corridor_sim.spreadsheets.folder import keep_exact
from corridor_sim.statistics.intervals import Support, intervals
from corridor_sim.statistics.supports import Worth, largest_jumps, smallest, supports

if TYPE_CHECKING:
    import pandas as pd

    from corridor_sim.experiment.study import Study

F64 = NDArray[np.float64]
LEVEL = 0.95
# stands for a species in rows that tell of the landscape
LANDSCAPE = "landscape"


def values_of(study: Study) -> F64:
    """Return the outcomes of every run, ``[point, replicate, species, outcome]``.

    Raises
    ------
    ResultsError
        A run is missing or damaged.
    """
    return np.stack([read_values(study, runs) for runs in runs_by_scenario(study)])


def point_intervals(
    values: F64,
    table: Mapping[str, Outcome],
    worths: Sequence[Sequence[Worth]],
    n_maps: Sequence[int] = (),
) -> tuple[F64, F64, F64, NDArray[np.int64], NDArray[np.object_]]:
    """Return mean, low, high, n and why there are no ends, ``[point, species, outcome]``.

    As :func:`corridor_sim.statistics.intervals.intervals` of each.

    Parameters
    ----------
    values : float64 ``[point, replicate, species, outcome]``
    table : mapping of Outcome
    worths : by point, what one event is worth for every species
    n_maps : by point, on how many maps its replicates stand in turn; one where not given
    """
    points, n, n_species, n_outcomes = values.shape
    rows = np.moveaxis(values, 1, -1).reshape(points, -1, n)
    seen = smallest(table, n_species, *rows)
    jumps = largest_jumps(n_species * n_outcomes, list(rows))
    distinct: dict[str, Support] = {}
    for worth in worths:
        if repr(worth) not in distinct:
            distinct[repr(worth)] = replace(supports(table, worth, seen=seen), jump=jumps)
    own = [distinct[repr(worth)] for worth in worths]
    several = Support(
        *(
            np.concatenate([np.asarray(getattr(one, field.name)) for one in own])
            for field in fields(Support)
        )
    )
    flat = rows.reshape(-1, n)
    mean, low, high = (np.empty(len(flat)) for _ in range(3))
    count = np.empty(len(flat), np.int64)
    of_row = np.repeat(np.array(n_maps or [1] * points), n_species * n_outcomes)
    for most in np.unique(of_row):
        at = of_row == most
        maps = np.arange(n) % most if most > 1 else None
        mean[at], low[at], high[at], count[at] = intervals(
            flat[at], LEVEL, several.row(at), maps=maps
        )
    low, high, note = explained(low, high, count, several, one_map=of_row == 1)
    shape = points, n_species, n_outcomes
    ends = mean.reshape(shape), low.reshape(shape), high.reshape(shape)
    return *ends, count.reshape(shape), np.array(note, object).reshape(shape)


def sweep_table(study: Study, names: Sequence[str], at: Sequence[Sequence[Value]]) -> pd.DataFrame:
    """Return one row per point, species and outcome.

    Columns: point, one per parameter (by its dotted name), species, outcome, unit, mean, low,
    high, n, interval_note (why there is no interval).

    Raises
    ------
    ResultsError
        A run is missing or damaged.
    """
    return points_table(study, names, at, range(len(study.scenarios)), values_of(study))


def points_table(
    study: Study,
    names: Sequence[str],
    at: Sequence[Sequence[Value]],
    which: Sequence[int],
    values: F64,
) -> pd.DataFrame:
    """Return the rows of :func:`sweep_table` for some of the points.

    Parameters
    ----------
    at : by point, the values of the parameters
    which : by point, the position of its scenario
    values : float64 ``[point, replicate, species, outcome]``
    """
    import pandas as pd

    scenarios = [study.scenarios[i] for i in which]
    table = outcome_table(study.scenarios[0])
    keys, outcomes = study.species_keys(), list(table)
    each = len(keys) * len(outcomes)
    columns: dict[str, Any] = {
        "point": np.repeat(np.array([one.name for one in scenarios], object), each)
    }
    for name, own in _columns(names, at).items():
        columns[name] = np.repeat(own, each)
    columns["species"] = np.tile(np.repeat(np.array(keys, object), len(outcomes)), len(at))
    columns["outcome"] = np.tile(np.array(outcomes, object), len(keys) * len(at))
    units = [table[name].unit for name in outcomes]
    columns["unit"] = np.tile(np.array(units, object), len(keys) * len(at))
    facts = counts_of(study.out, 0)  # numbers of animals differ little between points
    worths = [worths_of(one, facts) for one in scenarios]
    n_maps = [one.scenario.n_maps for one in scenarios]
    found = point_intervals(values, table, worths, n_maps)
    for name, column in zip(("mean", "low", "high", "n", "interval_note"), found, strict=True):
        columns[name] = column.ravel()
    return pd.DataFrame(columns)


def _columns(names: Sequence[str], at: Sequence[Sequence[Value]]) -> dict[str, NDArray[Any]]:
    """Return the parameters' values by name: float64 where all are numbers, otherwise text."""
    found: dict[str, NDArray[Any]] = {}
    for i, name in enumerate(names):
        own = [row[i] for row in at]
        numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in own)
        found[name] = np.array(own, float) if numbers else np.array([str(v) for v in own], object)
    return found


def cover_table(
    study: Study,
    names: Sequence[str],
    at: Sequence[Sequence[Value]],
    covers: Sequence[str],
    which: Sequence[int] | None = None,
) -> pd.DataFrame:
    """Return rows as of :func:`sweep_table` with the area of land covers, km².

    The landscape of a point is one for all its runs: n is 1, and there is no interval. Through
    decades it is the landscape of the last year. ``which`` are the scenarios of the points, all of
    them in order where not given.
    """
    import pandas as pd

    rows = []
    columns = _columns(names, at)
    for index, own in enumerate(range(len(at)) if which is None else which):
        one = study.scenarios[own]
        ground = read_facts(facts_path(study.out, own), simulator_of(one).facts).last
        for cover in covers:
            rows.append(
                {
                    "point": one.name,
                    **{name: column[index] for name, column in columns.items()},
                    "species": LANDSCAPE,
                    "outcome": f"{cover}_km2",
                    "unit": "km²",
                    "mean": float(ground.cover_km2.get(cover, 0.0)),
                    "low": math.nan,
                    "high": math.nan,
                    "n": 1,
                    "interval_note": NO_CHANCE,
                }
            )
    return pd.DataFrame(rows)


def write_table(frame: pd.DataFrame, study: Study, name: str = "sweep") -> list[str]:
    """Write ``tables/NAME.parquet`` and return its path."""
    return [str(keep_exact(study.out, name, frame))]
