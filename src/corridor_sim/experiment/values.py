"""The outcomes of many runs, read in a moment: the head of every run file and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.load import Resolved
from corridor_sim.experiment.jobs import lost_run, shape_of
from corridor_sim.experiment.plan import Run
from corridor_sim.reading import Unfit
from corridor_sim.simulation.outcomes import Outcome
from corridor_sim.simulation.protocol import simulator_of
from corridor_sim.simulation.run_file import outcomes_of

if TYPE_CHECKING:
    import pandas as pd

    from corridor_sim.experiment.study import Study


def outcome_table(resolved: Resolved) -> dict[str, Outcome]:
    """Return the outcomes that a scenario's runs have, in their order."""
    return dict(simulator_of(resolved).outcomes)


def runs_by_scenario(study: Study) -> list[list[Run]]:
    """Return the runs of every scenario, in the order of the plan."""
    found: list[list[Run]] = [[] for _ in study.scenarios]
    for run in study.runs:
        found[run.scenario].append(run)
    return found


def runs_table(
    study: Study,
    by_scenario: Sequence[Sequence[Run]],
    values: Sequence[NDArray[np.float64]],
    table: Mapping[str, Outcome],
) -> pd.DataFrame:
    """Return one row per run, species and outcome; ``values`` are those of the runs in order."""
    import pandas as pd

    runs = [run for part in by_scenario for run in part]
    names = [study.scenarios[run.scenario].name for run in runs]
    keys, outcomes = study.species_keys(), list(table)
    each = len(keys) * len(outcomes)
    return pd.DataFrame(
        {
            "scenario": np.repeat(np.array(names, object), each),
            "replicate": np.repeat([run.replicate for run in runs], each),
            "run_id": np.repeat(np.array([run.ident for run in runs], object), each),
            "species": np.tile(np.repeat(np.array(keys, object), len(outcomes)), len(runs)),
            "outcome": np.tile(np.array(outcomes, object), len(keys) * len(runs)),
            "value": np.concatenate([one.ravel() for one in values]) if values else [],
        }
    )


def read_values(study: Study, runs: Iterable[Run]) -> NDArray[np.float64]:
    """Return the outcomes of runs, ``[run, species, outcome]``.

    Species are those of the scenario in its order, outcomes those of :func:`outcome_table`.

    Raises
    ------
    ResultsError
        A run is missing, or damaged and set aside.
    """
    rows = []
    for run in runs:
        resolved = study.scenarios[run.scenario]
        try:
            rows.append(outcomes_of(study.path(run), shape_of(resolved)))
        except Unfit as bad:
            raise lost_run(study.out, run, resolved.name, bad) from None
    return np.stack(rows) if rows else np.zeros((0, 0, 0))
