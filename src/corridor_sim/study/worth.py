"""What one chance event is worth in the outcomes of a scenario's runs."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from corridor_sim.metrics.supports import Worth
from corridor_sim.scenario.load import Resolved
from corridor_sim.species.fields import DAYS_PER_YEAR
from corridor_sim.study.jobs import facts_path


def worths_of(resolved: Resolved, facts: Mapping[str, Any] | None = None) -> list[Worth]:
    """Return, for every species in order, what one event of each kind is worth.

    Kinds as in :class:`corridor_sim.metrics.outcomes.Outcome`. ``facts`` are those of the scenario,
    with the numbers of animals simulated; without them nothing is said of residents.
    """
    scenario = resolved.scenario
    found: list[Worth] = []
    for key, one in scenario.species.items():
        worth: dict[str, float] = {"animal": 1.0 / one.disperser_sampling}
        if scenario.life_cycle is not None:
            years = float(scenario.years or 1.0)
            worth |= {"year": 1.0 / years, "decade": 10.0 / years}
        for kind in ("resident", "disperser"):
            n = _number(facts, f"{kind}s", key)
            if n > 0:
                worth[kind] = 1.0 / n
                worth[f"{kind}_year"] = DAYS_PER_YEAR / (n * scenario.n_days)
        # dispersers live on for an unknown part of the run, residents nearly through
        worth["crossing"] = worth.get("resident_year", math.nan)
        found.append(worth)
    return found


def _number(facts: Mapping[str, Any] | None, what: str, key: str) -> float:
    part = (facts or {}).get(what)
    n = part.get(key) if isinstance(part, Mapping) else None
    return float(n) if isinstance(n, int | float) else 0.0


def read_facts(out: Path, index: int) -> Mapping[str, Any] | None:
    """Return the facts of a scenario; None where the file tells nothing."""
    try:
        found = json.loads(facts_path(out, index).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
