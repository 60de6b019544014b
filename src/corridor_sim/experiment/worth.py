"""What one chance event is worth in the outcomes of a scenario's runs."""

from __future__ import annotations

import math
from contextlib import suppress
from pathlib import Path

from corridor_sim.config.load import Resolved
from corridor_sim.experiment.facts import facts_path
from corridor_sim.reading import Unfit, read_json
from corridor_sim.simulation.facts import DaysFacts, DecadesFacts
from corridor_sim.species.hazards import DAYS_PER_YEAR
from corridor_sim.statistics.supports import Worth


def worths_of(resolved: Resolved, facts: DaysFacts | DecadesFacts | None = None) -> list[Worth]:
    """Return, for every species in order, what one event of each kind is worth.

    Kinds as in :class:`corridor_sim.simulation.outcomes.Outcome`. ``facts`` are those of the
    scenario, with the numbers of animals simulated; without them nothing is said of animals.
    """
    scenario = resolved.scenario
    found: list[Worth] = []
    for key, one in scenario.species.items():
        years = float(scenario.years or 1.0)
        worth: dict[str, float] = {"year": 1.0 / years, "decade": 10.0 / years}
        residents: dict[str, float] = {}
        dispersers: dict[str, float] = {}
        per_year = 1.0 / years if scenario.life_cycle is not None else math.nan
        if isinstance(facts, DaysFacts):
            residents, dispersers = facts.residents, facts.dispersers
            if facts.cohort_y.get(key):
                per_year = 1.0 / (one.disperser_sampling * facts.cohort_y[key])
        if facts and math.isfinite(per_year):
            worth["animal"] = per_year
            if facts.n_blocks > 0 and key in facts.generation_y:
                worth["migrant"] = per_year * facts.generation_y[key] / facts.n_blocks
        for kind, counts in (("resident", residents), ("disperser", dispersers)):
            n = counts.get(key, 0)
            if n > 0:
                worth[kind] = 1.0 / n
                worth[f"{kind}_year"] = DAYS_PER_YEAR / (n * scenario.n_days)
        # dispersers live on for an unknown part of the run, residents nearly through
        worth["crossing"] = worth.get("resident_year", math.nan)
        found.append(worth)
    return found


def counts_of(out: Path, index: int) -> DaysFacts | DecadesFacts | None:
    """Return the facts of a scenario; None where no file tells them."""
    path = facts_path(out, index)
    with suppress(Unfit):
        return read_json(path, DaysFacts)
    with suppress(Unfit):
        return read_json(path, DecadesFacts)
    return None
