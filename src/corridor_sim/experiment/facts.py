"""What the report says of a scenario's landscape, as a small file beside the runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

from corridor_sim.errors import ResultsError
from corridor_sim.files import write_text
from corridor_sim.reading import Unfit, read_json
from corridor_sim.simulation.facts import DaysFacts, DecadesFacts

F = TypeVar("F", bound=DaysFacts | DecadesFacts)


def facts_path(out: Path, scenario: int) -> Path:
    """Return the file that tells of a scenario's landscape."""
    return out / "scenarios" / f"{scenario:03d}.json"


def write_facts(path: Path, facts: dict[str, Any], digest: str) -> None:
    """Write what is told of a scenario's landscape; ``digest`` says of which."""
    write_text(path, json.dumps({**facts, "scenario": digest}, indent=1, ensure_ascii=False) + "\n")


def said_of(path: Path, model: type[DaysFacts] | type[DecadesFacts]) -> str | None:
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
