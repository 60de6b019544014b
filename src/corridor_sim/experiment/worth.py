"""What one chance event is worth in the outcomes of a scenario's runs."""

from __future__ import annotations

import math
from pathlib import Path

from corridor_sim.config.load import Resolved
from corridor_sim.experiment.facts import facts_path
from corridor_sim.reading import Unfit, read_json
from corridor_sim.simulation.facts import DaysFacts
from corridor_sim.species.fields import DAYS_PER_YEAR
from corridor_sim.statistics.supports import Worth


def worths_of(resolved: Resolved, facts: DaysFacts | None = None) -> list[Worth]:
    """Return, for every species in order, what one event of each kind is worth.

    Kinds as in :class:`corridor_sim.simulation.outcomes.Outcome`. ``facts`` are those of the
    scenario, with the numbers of animals simulated; without them nothing is said of animals.
    """
    scenario = resolved.scenario
    found: list[Worth] = []
    for key, one in scenario.species.items():
        years = float(scenario.years or 1.0)
        worth: dict[str, float] = {"year": 1.0 / years, "decade": 10.0 / years}
        residents, dispersers = (facts.residents, facts.dispersers) if facts else ({}, {})
        if facts and facts.cohort_y.get(key):
            worth["animal"] = 1.0 / (one.disperser_sampling * facts.cohort_y[key])
            blocks = len(facts.block_names) - 1
            if blocks > 0 and key in facts.generation_y:
                worth["migrant"] = worth["animal"] * facts.generation_y[key] / blocks
        for kind, counts in (("resident", residents), ("disperser", dispersers)):
            n = counts.get(key, 0)
            if n > 0:
                worth[kind] = 1.0 / n
                worth[f"{kind}_year"] = DAYS_PER_YEAR / (n * scenario.n_days)
        # dispersers live on for an unknown part of the run, residents nearly through
        worth["crossing"] = worth.get("resident_year", math.nan)
        found.append(worth)
    return found


def counts_of(out: Path, index: int) -> DaysFacts | None:
    """Return the facts of a scenario of days; None where no file tells them."""
    try:
        return read_json(facts_path(out, index), DaysFacts)
    except Unfit:
        return None
