"""What the report says of a scenario's landscape, as a small file beside the runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypeVar

import numpy as np

from corridor_sim.errors import ResultsError
from corridor_sim.experiment.forms import DaysFacts, LifeFacts
from corridor_sim.landscape.covers import COVER_BY_CODE
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.reading import Unfit, read_json
from corridor_sim.simulation.days.simulation import DaysContext
from corridor_sim.simulation.decades.simulation import DecadesContext

F = TypeVar("F", DaysFacts, LifeFacts)


def ground_facts(land: Landscape) -> dict[str, object]:
    """Return what is told of a landscape, whoever lives on it."""
    km2 = land.grid.cell_km2
    codes, counts = np.unique(land["land_cover"], return_counts=True)
    return {
        "cover_km2": {
            COVER_BY_CODE[int(c)].key: float(n) * km2 for c, n in zip(codes, counts, strict=True)
        },
        "protected_km2": float((land["protection"] > 0).sum()) * km2,
        "mean_temperature_c": float(land["temperature_c"].mean(dtype=np.float64)),
        "edits": list(land.edits),
    }


def facts_of(stage: DaysContext, digest: str) -> str:
    """Return the facts of a scenario of days, as JSON; ``digest`` says of which."""
    facts = {
        **ground_facts(stage.landscape),
        "residents": {key: seen.numbers.residents for key, seen in stage.species.items()},
        "dispersers": {key: seen.numbers.dispersers for key, seen in stage.species.items()},
        "suitable_km2": {
            key: seen.surroundings.suitable_km2 for key, seen in stage.species.items()
        },
        "scenario": digest,
    }
    return json.dumps(facts, indent=1, ensure_ascii=False) + "\n"


def life_facts(stage: DecadesContext, years: int, digest: str) -> str:
    """Return the facts of a scenario of decades, at its start and its end, as JSON."""
    facts: dict[str, object] = {
        "start_year": stage.start_year,
        "start": ground_facts(stage.landscape(0)),
        "end": ground_facts(stage.landscape(years - 1)),
        "updates": list(stage.timeline.update_years) if stage.timeline is not None else [],
        "warming_c": _warming(stage, years),
        "scenario": digest,
    }
    return json.dumps(facts, indent=1, ensure_ascii=False) + "\n"


def _warming(stage: DecadesContext, years: int) -> list[float]:
    start = stage.landscape(0)["temperature_c"].mean(dtype=np.float64)
    end = stage.landscape(years - 1)["temperature_c"].mean(dtype=np.float64)
    return [0.0, round(float(end - start), 4)]


def said_of(path: Path, model: type[DaysFacts] | type[LifeFacts]) -> str | None:
    """Return the digest of the scenario that a file of facts tells of.

    None if it tells of none, is damaged or of another kind of study.
    """
    try:
        return read_json(path, model).scenario
    except Unfit:
        return None


def read_facts(path: Path, model: type[F]) -> F:
    """Return what a file of facts tells.

    Raises
    ------
    ResultsError
        It is missing, damaged or of another kind of study.
    """
    try:
        return read_json(path, model)
    except Unfit as bad:
        raise ResultsError(
            f"cannot be used ({bad})",
            where=path,
            remedy="delete this file and call the command of the study again: one run is repeated",
        ) from None
