"""The table of a sweep: mean and interval of every outcome at every point."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from corridor_sim.files import write_bytes, write_text
from corridor_sim.study.facts import read_facts
from corridor_sim.study.forms import DaysFacts, Ground, LifeFacts
from corridor_sim.study.jobs import facts_path
from corridor_sim.study.values import outcome_table, read_values, runs_by_scenario
from corridor_sim.sweeps.settings import Value

if TYPE_CHECKING:
    import pandas as pd

    from corridor_sim.study.execute import Study

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


def intervals(values: F64) -> tuple[F64, F64, F64, NDArray[np.int64]]:
    """Return mean, low, high and n over axis 1, Student's t; NaNs are left out.

    The same as :func:`corridor_sim.metrics.statistics.interval` for each, at once for many.
    """
    here = np.isfinite(values)
    n = here.sum(axis=1)
    some, several = np.maximum(n, 1), np.maximum(n - 1, 1)
    mean = np.where(here, values, 0.0).sum(axis=1) / some
    off = np.where(here, values - mean[:, None], 0.0)
    half = stdtrit(several, 0.5 + LEVEL / 2) * np.sqrt((off**2).sum(axis=1) / several / some)
    half = np.where(n > 1, half, np.nan)
    mean = np.where(n > 0, mean, np.nan)
    return mean, mean - half, mean + half, n


def sweep_table(study: Study, names: Sequence[str], at: Sequence[Sequence[Value]]) -> pd.DataFrame:
    """Return one row per point, species and outcome.

    Columns: point, one per parameter (by its dotted name), species, outcome, unit, mean, low,
    high, n.

    Raises
    ------
    ResultsError
        A run is missing or damaged.
    """
    import pandas as pd

    table = outcome_table(study.scenarios[0])
    keys, outcomes = study.species_keys(), list(table)
    each = len(keys) * len(outcomes)
    columns: dict[str, Any] = {
        "point": np.repeat(np.array([one.name for one in study.scenarios], object), each)
    }
    for name, own in _columns(names, at).items():
        columns[name] = np.repeat(own, each)
    columns["species"] = np.tile(np.repeat(np.array(keys, object), len(outcomes)), len(at))
    columns["outcome"] = np.tile(np.array(outcomes, object), len(keys) * len(at))
    units = [table[name].unit for name in outcomes]
    columns["unit"] = np.tile(np.array(units, object), len(keys) * len(at))
    for name, found in zip(("mean", "low", "high", "n"), intervals(values_of(study)), strict=True):
        columns[name] = found.ravel()
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
    study: Study, names: Sequence[str], at: Sequence[Sequence[Value]], covers: Sequence[str]
) -> pd.DataFrame:
    """Return rows as of :func:`sweep_table` with the area of land covers, km².

    The landscape of a point is one for all its runs: n is 1, and there is no interval. Through
    decades it is the landscape of the last year.
    """
    import pandas as pd

    rows = []
    columns = _columns(names, at)
    for index, one in enumerate(study.scenarios):
        path = facts_path(study.out, index)
        ground: Ground
        if one.scenario.life_cycle is None:
            ground = read_facts(path, DaysFacts)
        else:
            ground = read_facts(path, LifeFacts).end
        for cover in covers:
            rows.append({
                "point": one.name, **{name: own[index] for name, own in columns.items()},
                "species": LANDSCAPE,
                "outcome": f"{cover}_km2", "unit": "km²",
                "mean": float(ground.cover_km2.get(cover, 0.0)),
                "low": math.nan, "high": math.nan, "n": 1,
            })  # fmt: skip
    return pd.DataFrame(rows)


def write_table(frame: pd.DataFrame, study: Study, name: str = "sweep") -> list[str]:
    """Write ``tables/NAME.parquet`` and ``NAME.csv`` and return their paths."""
    parquet = study.out / "tables" / f"{name}.parquet"
    write_bytes(parquet, frame.to_parquet(index=False))
    text = frame.to_csv(index=False, lineterminator="\n")
    return [str(parquet), str(write_text(study.out / f"{name}.csv", text))]
