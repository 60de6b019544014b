"""The outcomes of many runs, read in a moment: the head of every run file and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import ResultsError
from corridor_sim.metrics.life_outcomes import LIFE_OUTCOMES
from corridor_sim.metrics.outcomes import OUTCOMES, Outcome
from corridor_sim.scenario.load import Resolved
from corridor_sim.study.jobs import shape_of
from corridor_sim.study.plan import Run
from corridor_sim.study.runfile import peek

if TYPE_CHECKING:
    from corridor_sim.study.execute import Study


def outcome_table(resolved: Resolved) -> dict[str, Outcome]:
    """Return the outcomes that a scenario's runs have, in their order."""
    return OUTCOMES if resolved.scenario.life_cycle is None else LIFE_OUTCOMES


def read_values(study: Study, runs: Iterable[Run]) -> NDArray[np.float64]:
    """Return the outcomes of runs, ``[run, species, outcome]``.

    Species are those of the scenario in its order, outcomes those of :func:`outcome_table`.

    Raises
    ------
    ResultsError
        A run is missing or damaged.
    """
    rows = []
    for run in runs:
        resolved = study.scenarios[run.scenario]
        found = peek(study.path(run), shape_of(resolved))
        if found is None:
            raise ResultsError(
                f"run {run.replicate + 1} of {resolved.name!r} is missing or damaged",
                where=study.out, remedy="call the same command again to go on",
            )  # fmt: skip
        rows.append(found)
    return np.stack(rows) if rows else np.zeros((0, 0, 0))
