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

import corridor_sim as cs
from corridor_sim.simulation.days.outcomes import OUTCOMES
from corridor_sim.simulation.outcomes import Outcome
from oracles.small_study import design_of

MEASURED: list[float] = []


def farthest_km(m: Any) -> float:
    """Return the longest straight line from start to end."""
    way = (m.result.end - m.result.start).T.astype(np.float64)
    MEASURED.append(float(np.hypot(*way).max()) * m.land.grid.cell_m / 1000)
    return MEASURED[-1]


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
    # writes the experiment's file and its map
    design_of(folder, days=2, replicates=2, count=40)
    res = cs.compare(folder / "small.toml", out=folder / "out", workers=1)
    res.show()
    kept = res.runs[res.runs["outcome"] == "farthest_km"]
    assert len(kept) == res.status.total("planned") * len(res.species)
    assert sorted(kept["value"]) == sorted(MEASURED)
    assert len(set(MEASURED)) > 1
    assert "farthest_km" in set(res.contrasts["outcome"])
    assert set(res.outcomes.query("outcome == 'farthest_km'")["unit"]) == {"km"}
    print("measured")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
