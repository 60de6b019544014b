"""A further outcome, added by a function and a row of the table alone: how far the farthest got.

Run as ``python -m oracles.further_outcome FOLDER``: adds the row, simulates a small study in the
folder, compares it, and prints the table of effects and what was measured. In a process of its
own, so that the row stays out of the other tests.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

from corridor_sim.simulation.days.outcomes import OUTCOMES
from corridor_sim.simulation.outcomes import Outcome

SEEN: list[float] = []


def farthest_km(m: Any) -> float:
    """Return the longest straight line from start to end."""
    way = (m.result.end - m.result.start).T.astype(np.float64)
    SEEN.append(float(np.hypot(*way).max()) * m.land.grid.cell_m / 1000)
    return SEEN[-1]


OUTCOMES["farthest_km"] = Outcome(
    "farthest_km",
    "km",
    "Farthest way",
    "neither",
    1,
    "longest straight line from start to end",
    farthest_km,
    headline=9,
    short="Farthest",
)


def main(folder: Path) -> None:
    import pandas as pd

    from corridor_sim.comparison.tables import compare, write_tables
    from corridor_sim.simulation.protocol import named, simulator_of
    from oracles.small_study import design_of, opened, run_missing

    study = opened(design_of(folder, days=2, replicates=2, count=40), folder / "out")
    run_missing(study)
    comparison = compare(study)
    write_tables(comparison, study)
    named(simulator_of(study.scenarios[0]).views["terminal"])(comparison, study)
    runs = pd.read_parquet(folder / "out" / "tables" / "runs.parquet")
    kept = runs[runs["outcome"] == "farthest_km"]["value"].to_numpy()
    assert kept.size == len(study.runs) * len(study.species)
    assert sorted(kept) == sorted(SEEN)
    assert len(set(SEEN)) > 1
    summary = comparison.summary
    assert set(summary[summary["outcome"] == "farthest_km"]["unit"]) == {"km"}
    print("measured")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
