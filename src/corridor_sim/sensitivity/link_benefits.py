"""The benefit of every link in every run of a sensitivity analysis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.links import Benefit
from corridor_sim.decision.weighting import Weighting
from corridor_sim.errors import ScenarioError
from corridor_sim.experiment.values import outcome_table, read_values, runs_by_scenario
from corridor_sim.sensitivity.link_plan import LinkTask
from corridor_sim.simulation.outcomes import Outcome

if TYPE_CHECKING:
    from corridor_sim.experiment.study import Study

F64 = NDArray[np.float64]


def read_benefits(task: LinkTask, study: Study) -> tuple[F64, F64]:
    """Return the benefits of every link, at the nominal traits and at every point.

    Each outcome is divided by its stated scale or by the base's mean at the nominal traits, one
    unit for all points, so that benefits of different points can be compared.

    Returns
    -------
    nominal : float64 ``[replicate, link]``
    benefit : float64 ``[point, replicate, link]``

    Raises
    ------
    ResultsError
        A run is missing or damaged.
    ScenarioError
        An outcome is 0 at the nominal traits and has no scale.
    """
    runs = runs_by_scenario(study)
    table = outcome_table(study.scenarios[0])
    keys, given = study.species_keys(), task.settings.benefit.species
    counted = [k for k in keys if not given or given.get(k, 0.0) > 0]
    shares = np.array([given.get(k, 1.0) for k in counted])
    base = read_values(study, runs[0])
    weightings = [
        _weighting(task.settings.benefit, table, key, base[:, keys.index(key)]) for key in counted
    ]
    at = [list(table).index(name) for name in weightings[0].names]
    rows = [keys.index(key) for key in counted]

    def block(first: int) -> F64:
        values = [read_values(study, runs[first + i]) for i in range(task.block)]
        return np.stack(
            [_combined(one - values[0], weightings, shares, rows, at) for one in values[1:]],
            axis=-1,
        )

    return block(0), np.stack([block(int(first)) for first in task.bases()])


def _weighting(benefit: Benefit, table: dict[str, Outcome], key: str, base: F64) -> Weighting:
    """Return the stated weighting for one species, ``base`` being ``[replicate, outcome]``."""
    names = [name for name, weight in benefit.weights.items() if weight > 0]
    places = list(table)
    references = []
    for name in names:
        known = base[:, places.index(name)]
        known = known[np.isfinite(known)]
        mean = float(known.mean()) if known.size else 0.0
        references.append(benefit.scales.get(name, mean))
    try:
        return Weighting(
            tuple(names),
            tuple(benefit.weights[name] for name in names),
            tuple(references),
            tuple(table[name].better != "less" for name in names),
        )
    except ScenarioError as bad:
        raise ScenarioError(
            f"{key}: {bad.problem}",
            where=f"links.benefit: {bad.where or ''}",
            remedy="give links.benefit.scales, or leave the species out with links.benefit.species",
        ) from None


def _combined(
    change: F64,
    weightings: Sequence[Weighting],
    shares: F64,
    rows: Sequence[int],
    at: Sequence[int],
) -> F64:
    """Return the benefit over all species ``[replicate]``; change ``[replicate, species, o]``."""
    by_species = np.stack(
        [
            weighting.combine(change[:, row][:, list(at)].T)
            for weighting, row in zip(weightings, rows, strict=True)
        ]
    )
    return np.asarray(shares / shares.sum() @ by_species)
