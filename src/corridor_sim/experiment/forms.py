"""What the JSON files of a results folder hold: every key, its type and what it may be.

They are read with :func:`corridor_sim.reading.read_json`, which converts nothing.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from corridor_sim.toml.strict import Strict


class AnyManifest(BaseModel):
    """What is read of an ``experiment.json`` of any form."""

    model_config = ConfigDict(extra="ignore")
    format: int
    versions: dict[str, str] = Field(default_factory=dict)


class Entry(Strict):
    """One scenario of ``experiment.json``, in the order in which it is written."""

    name: str
    levels: list[Annotated[list[str], Field(min_length=2, max_length=2)]]
    against: str | None
    base_dir: str
    digest: str
    changes: dict[str, Any]


class ManifestFile(Strict):
    """``experiment.json``."""

    format: int
    name: str
    description: str
    command: str
    versions: dict[str, str]
    data: str
    inputs: dict[str, str]
    planned: int = Field(ge=1)
    settings: dict[str, Any]
    base: dict[str, Any]
    scenarios: list[Entry] = Field(min_length=1)


def _row(row: list[Any]) -> list[Any]:
    """Check one run of a plan; quicker than a model, of which there may be a million."""
    if not (len(row) == 3 and type(row[0]) is type(row[1]) is int and type(row[2]) is str):
        raise ValueError("a run is [scenario, replicate, name]")
    return row


class PlanFile(Strict):
    """``plan.json``: what one run takes, and scenario, replicate and name of every run.

    Links that are ranked by dispersers alone plan none.
    """

    peak_bytes: float = Field(ge=0, le=1e18)
    seconds: float = Field(ge=0, le=1e15)
    steps: float = Field(ge=0, le=1e18)
    runs: list[Annotated[list[Any], AfterValidator(_row)]]


class VerdictFile(Strict):
    """``adaptive.json``."""

    until: list[str]
    most: int
    reached: bool
    replicates: int
    text: str


class AnswerFile(Strict):
    """``answers/NAME/answer.json``."""

    asked: str
    lead: str
    day: str
    language: str
    command: str


class EndedFile(BaseModel):
    """What is read of ``links.json``: how many runs the ranking ended with."""

    model_config = ConfigDict(extra="ignore")
    runs: int
