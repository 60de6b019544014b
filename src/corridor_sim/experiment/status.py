"""How far a study is: what its results folder holds, without building a landscape."""

from __future__ import annotations

import json
import statistics
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corridor_sim import __version__
from corridor_sim.errors import counted, visible
from corridor_sim.experiment.adaptive import read_verdict
from corridor_sim.experiment.answers import Answer, read_answers
from corridor_sim.experiment.execution.runner import TIMINGS
from corridor_sim.experiment.forms import EndedFile
from corridor_sim.experiment.jobs import run_path
from corridor_sim.experiment.manifest import kind_of, read_manifest
from corridor_sim.experiment.plan import Run
from corridor_sim.experiment.plan_file import read_plan
from corridor_sim.reading import Absent, Unfit, exists, opened, read_json
from corridor_sim.simulation.run_file import peek, whole

LINKS = "links.json"
MOST_LINKS, MOST_TIMINGS, LONGEST_LINE = 2**28, 2**28, 4096
# a run of a century is a mistake of the file
LONGEST_S = 3.2e9


@dataclass(slots=True)
class Count:
    """Runs of one scenario by their state."""

    name: str
    planned: int = 0
    done: int = 0
    damaged: int = 0
    missing: int = 0


@dataclass(frozen=True, slots=True)
class Status:
    """State of a study.

    Attributes
    ----------
    name, command : str
    versions : dict
        Of the program and its libraries when the study was opened.
    scenarios : list of Count
    seconds : list of float
        Of every run done whose time was kept.
    preparing_s : float
        Preparing scenarios, all workers together.
    machines : int
        Machines that took part.
    verdict : str or None
        Why adaptive sampling stopped.
    note : str or None
        What the runs planned do not tell: a ranking of links plans them as it goes.
    answers : tuple of Answer
        That the folder keeps, the latest first.
    """

    name: str
    command: str
    versions: dict[str, str]
    scenarios: list[Count]
    seconds: list[float]
    preparing_s: float
    machines: int
    verdict: str | None
    note: str | None = None
    answers: tuple[Answer, ...] = ()

    def total(self, what: str) -> int:
        """Return the runs in a state, all scenarios together."""
        return sum(getattr(one, what) for one in self.scenarios)

    def as_data(self) -> dict[str, Any]:
        """Return it as plain data."""
        states = ("planned", "done", "damaged", "missing")
        return {
            "name": self.name,
            "command": self.command,
            "versions": self.versions,
            **{state: self.total(state) for state in states},
            "seconds": sum(self.seconds),
            "seconds_per_run": statistics.median(self.seconds) if self.seconds else None,
            "preparing_seconds": self.preparing_s,
            "adaptive": self.verdict,
            "note": self.note,
            "answers": [
                {"asked": one.asked, "day": one.day, "language": one.language, "page": one.page}
                for one in self.answers
            ],
            "scenarios": [
                {"name": one.name, **{state: getattr(one, state) for state in states}}
                for one in self.scenarios
            ],
        }


def status_of(out: str | Path, *, thorough: bool = False) -> Status:
    """Return how far the study in a folder is, of whatever version.

    Parameters
    ----------
    out : path
    thorough : bool
        Read every run file whole, which finds damage anywhere inside; else the beginning and the
        end of each.

    Raises
    ------
    ResultsError
        No study there, or its manifest or plan is damaged.
    """
    out = Path(out)
    manifest = read_manifest(out, any_version=True)
    plan = read_plan(out, manifest.digests)
    counts = [Count(one["name"]) for one in manifest.scenarios]
    # another version may have had other outcomes
    same = manifest.versions.get("corridor_sim") == __version__
    for run in plan.runs:
        one = counts[run.scenario]
        one.planned += 1
        path = run_path(out, run)
        n_species, simulator = manifest.kind(run.scenario)
        shape = n_species, len(simulator.outcomes) if same else None
        if not exists(path):
            one.missing += 1
        elif peek(path, shape) is None or (thorough and not whole(path)):
            one.damaged += 1
        else:
            one.done += 1
    seconds, preparing_s, machines = _times(out, plan.runs)
    answers, note = tuple(read_answers(out)), None
    if kind_of(manifest.settings) == "links":
        answered = any(one.command == manifest.command for one in answers)
        note = _of_ranking(out, len(plan.runs), answered=answered)
    return Status(
        manifest.name,
        manifest.command,
        manifest.versions,
        [c for c in counts if c.planned],
        seconds,
        preparing_s,
        machines,
        read_verdict(out),
        note,
        answers,
    )


def _of_ranking(out: Path, planned: int, *, answered: bool) -> str:
    """Say whether the last runs planned are those that the ranking ended with.

    A ranking of dispersers, or of many generations, plans no run files: it is finished where the
    last command has its answer.
    """
    damage = ""
    try:
        # its figures may be unknown, which is written as NaN
        ended = read_json(out / LINKS, EndedFile, most=MOST_LINKS, finite=False).runs
    except Absent:
        ended = None
    except Unfit as bad:
        ended, damage = None, f": {LINKS} cannot be used ({bad}); corridor-sim report makes it anew"
    finished = answered if ended and not planned else ended == planned
    state = "is finished" if finished else "is not finished"
    many = f" ({counted(ended, 'replicate')})" if ended and finished and not planned else ""
    return f"the ranking of links plans its runs as it goes, and {state}{many}{damage}"


def _times(out: Path, runs: tuple[Run, ...]) -> tuple[list[float], float, int]:
    planned = {run.ident for run in runs}
    last: dict[str, float] = {}
    preparing: dict[str, float] = defaultdict(float)
    try:
        with opened(out / TIMINGS, MOST_TIMINGS) as (stream, _):
            for line in iter(lambda: stream.readline(LONGEST_LINE), b""):
                parts = line.decode("utf-8", "replace").rstrip("\n").split("\t")
                if len(parts) != 4 or parts[0] not in planned:
                    continue
                try:
                    took = float(parts[1]), float(parts[2])
                except ValueError:
                    continue
                if all(0 <= s <= LONGEST_S for s in took):
                    last[parts[0]] = took[0]
                    preparing[parts[3]] += took[1]
    except Unfit:
        pass  # nothing depends on it
    return list(last.values()), sum(preparing.values()), len(preparing)


def as_json(status: Status) -> str:
    """Return the status as JSON, without a character that a terminal would obey."""
    text = json.dumps(status.as_data(), indent=1, ensure_ascii=False)
    return "\n".join(
        "".join(c if visible(c) == c else f"\\u{ord(c):04x}" for c in line)
        for line in text.split("\n")
    )


def describe(status: Status, *, longest: int = 40) -> list[str]:
    """Return the status in lines for a terminal; names have no control characters there."""
    versions = ", ".join(
        f"{name} {status.versions.get(name, '?')}"
        for name in ("corridor_sim", "python", "numpy", "numba")
    )
    lines = [f"{status.name} ({versions})"]
    states = ", ".join(f"{status.total(state)} {state}" for state in ("done", "damaged", "missing"))
    if status.total("planned") or status.note is None:
        planned = counted(status.total("planned"), "run")
        lines.append(f"{planned} of {counted(len(status.scenarios), 'scenario')}: {states}")
    if status.seconds:
        lines.append(
            f"{statistics.median(status.seconds):.2f} s a run (median of {len(status.seconds)}), "
            f"{sum(status.seconds):,.0f} s in all and {status.preparing_s:,.0f} s preparing, "
            f"on {status.machines} machine{'s' if status.machines > 1 else ''}"
        )
    lines += [line for line in (status.verdict, status.note) if line]
    open_ones = [one for one in status.scenarios if one.done < one.planned]
    shown = status.scenarios if len(status.scenarios) <= longest else open_ones[:longest]
    width = max((len(one.name) for one in shown), default=0)
    if shown:
        lines.append(f"{'scenario':{width}}  planned    done damaged missing")
    lines += [
        f"{one.name:{width}}  {one.planned:7} {one.done:7} {one.damaged:7} {one.missing:7}"
        for one in shown
    ]
    if len(open_ones) > len(shown):
        lines.append(f"and {len(open_ones) - len(shown)} more scenarios that are not complete")
    if status.answers:
        lines.append(f"{counted(len(status.answers), 'answer')}, the latest first:")
        lines += [
            f"  {one.day}  {one.language:5}  {one.page}  ({one.asked})"
            for one in status.answers[:longest]
        ]
    unfinished = status.note is not None and "is not finished" in status.note
    if (open_ones or unfinished) and status.command:
        lines.append(f"go on with: {status.command}")
    return [visible(line) for line in lines]
