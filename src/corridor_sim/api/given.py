"""What the verbs are given: settings, files, folders, and the command that does the same."""

from __future__ import annotations

import json
import math
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any, TypeVar

from corridor_sim.config.dotted import key_path
from corridor_sim.config.load import (
    Design,
    Resolved,
    as_data,
    cross,
    kind_of,
    load_experiment,
    load_scenario,
    no_settings,
    set_all,
)
from corridor_sim.config.schema import Experiment
from corridor_sim.errors import ScenarioError
from corridor_sim.languages import ENGLISH, current
from corridor_sim.results.folder import StudyFolder

R = TypeVar("R", bound=StudyFolder)
Settings = Mapping[str, Any] | Sequence[str]
ExperimentLike = str | Path | Experiment | Design
# what a file of each kind is for, and what it is
COMMANDS = {
    "scenario": ("run", "a scenario"),
    "experiment": ("compare", "an experiment"),
    "links": ("links rank", "a links file"),
    "alternatives": ("links try", "a file of drawn alternatives"),
    "sweep": ("sweep", "a sweep"),
    "sensitivity": ("sensitivity", "a sensitivity analysis"),
}
# folders of results that nobody asked to keep; they go when the interpreter ends
_temporary: list[TemporaryDirectory[str]] = []


def design_of(source: ExperimentLike, assignments: Sequence[str]) -> Design:
    """Return the design of an experiment, whatever it is given as, checked as a file is."""
    if isinstance(source, str | Path):
        if _is_base(source, assignments):
            return _beside(load_scenario(source), str(source), assignments)
        return load_experiment(source, assignments)
    if isinstance(source, Design) and not assignments:
        return source
    base_dir = source.baseline.base_dir if isinstance(source, Design) else Path(".")
    one = getattr(source, "experiment", source)
    if not isinstance(one, Experiment):
        raise no_settings(source, "experiment")
    where = f"experiment {one.name!r}"
    return cross(set_all(Experiment, as_data(one), assignments, where), where, base_dir)


def _is_base(file: str | Path, assignments: Sequence[str]) -> bool:
    """Whether a file is a scenario, and settings say what it is to be compared with."""
    beside = any(key_path(one)[0][:1] in (("beside",), ("factors",)) for one in assignments)
    return beside and kind_of(Path(file)) == "scenario"


def _beside(base: Resolved, where: str, assignments: Sequence[str]) -> Design:
    """Return the design of a scenario and of those that settings put beside it."""
    data = {"name": base.name, "base": as_data(base.scenario)}
    return cross(set_all(Experiment, data, assignments, where), where, base.base_dir)


def refuse_other_kind(
    file: str | Path, assignments: Sequence[str], command: str, said: str = ""
) -> None:
    """Refuse a file of another kind than the command is for, naming the command that is."""
    if command == "compare" and _is_base(file, assignments):
        return
    right, what = COMMANDS[kind_of(Path(file), assignments)]
    if right != command:
        raise ScenarioError(
            f"is {what}, not for {said or command}",
            where=file,
            remedy=f"use: corridor-sim {right} {file}",
        )


def folder_of(source: object, out: str | Path | None) -> Path:
    """Return the results folder: as the command has it for a file, else a temporary one."""
    if out is not None:
        return Path(out)
    if isinstance(source, str | Path):
        return Path("results") / Path(source).stem
    _temporary.append(TemporaryDirectory(prefix="corridor-sim-"))
    return Path(_temporary[-1].name)


def command_of(
    command: str,
    source: object,
    out: Path,
    assignments: Sequence[str],
    numbers: Mapping[str, Any] = MappingProxyType({}),
    *,
    yes: bool = False,
) -> str:
    """Return the command that makes the same results; none of what was made in Python."""
    if not isinstance(source, str | Path):
        return ""
    words = ["corridor-sim", *command.split(), str(source), "--out", str(out)]
    for name, value in numbers.items():
        words += [] if value is None else [f"--{name}", str(value)]
    for assignment in assignments:
        words += ["--set", assignment]
    lang = current().code
    words += [] if lang == ENGLISH else ["--lang", lang]
    return shlex.join([*words, *(["--yes"] if yes else [])])


def assigned(prefix: str = "", **numbers: int | None) -> list[str]:
    """Return the numbers that were given, as settings."""
    return [f"{prefix}{name}={value}" for name, value in numbers.items() if value is not None]


def zone_of(indifference: float | None, prefix: str = "") -> list[str]:
    """Return the smallest change that matters, if given, as a setting."""
    return [] if indifference is None else [f"{prefix}indifference.share={indifference}"]


def texts_of(settings: Settings) -> list[str]:
    """Return settings as ``--set`` takes them.

    >>> texts_of({"days": 5, "edits": [{"kind": "warm", "degrees_c": 1.0}]})
    ['days=5', 'edits=[{"kind" = "warm", "degrees_c" = 1.0}]']
    """
    if isinstance(settings, Mapping):
        return [f"{name}={_toml(value)}" for name, value in settings.items()]
    return list(settings)


def _toml(value: Any) -> str:
    """Return a value in one line of TOML."""
    if isinstance(value, Mapping):
        inner = (f"{json.dumps(key, ensure_ascii=False)} = {_toml(v)}" for key, v in value.items())
        return "{" + ", ".join(inner) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    return json.dumps(
        value.item() if hasattr(value, "item") else value, ensure_ascii=False, default=str
    )
