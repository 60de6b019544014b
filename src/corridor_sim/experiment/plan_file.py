"""``plan.json``: which runs a study consists of, and what one of them takes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from corridor_sim.errors import ResultsError
from corridor_sim.experiment.forms import PlanFile
from corridor_sim.experiment.plan import Run, run_of
from corridor_sim.files import write_text, writing
from corridor_sim.reading import Absent, Unfit, opened, read_json

PLAN = "plan.json"
MAX_BYTES = 2**30
# no study asks for more, and tables have room for the highest
MOST_REPLICATES = 1_000_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What ``plan.json`` says: the runs, and what one takes by the forecast.

    Attributes
    ----------
    runs : tuple of Run
    peak_bytes : float
        Memory of one process.
    seconds, steps : float
        Of one run, on one thread.
    """

    runs: tuple[Run, ...]
    peak_bytes: float = 0.0
    seconds: float = 0.0
    steps: float = 0.0


def is_planned(out: Path, digests: Sequence[str]) -> bool:
    """Whether ``plan.json`` lists runs of scenarios with these digests and of no others.

    Runs of scenarios beyond them are not looked at.
    """
    try:
        rows = read_json(out / PLAN, PlanFile, most=MAX_BYTES).runs
    except Unfit:
        return False
    mine = [row for row in rows if 0 <= row[0] < len(digests)]
    return bool(mine) and all(run_of(digests[s], s, r).ident == ident for s, r, ident in mine)


def write_plan(out: Path, plan: Plan) -> None:
    """Write ``plan.json``, one line for each run, unless it is there already."""
    head = {"peak_bytes": plan.peak_bytes, "seconds": plan.seconds, "steps": plan.steps}
    rows = ",\n".join(f'[{r.scenario}, {r.replicate}, "{r.ident}"]' for r in plan.runs)
    write_if_other(out / PLAN, json.dumps(head).removesuffix("}") + f', "runs": [\n{rows}\n]}}\n')


def write_if_other(path: Path, text: str) -> None:
    """Write a file of a results folder, unless it holds the same already."""
    with writing(path.parent):
        (path.parent / "runs").mkdir(parents=True, exist_ok=True)
    try:
        # many array jobs open the same study: what is there already is left alone
        data = text.encode()
        with opened(path, len(data)) as (stream, size):
            if size == len(data) and stream.read() == data:
                return
    except Unfit:
        pass
    write_text(path, text)


def read_plan(out: Path, digests: Sequence[str]) -> Plan:
    """Return what ``plan.json`` says; ``digests`` are those of the manifest's scenarios.

    Raises
    ------
    ResultsError
        The file is missing, damaged, or lists runs that the manifest does not know.
    """
    path = out / PLAN
    try:
        data = read_json(path, PlanFile, most=MAX_BYTES)
    except Absent:
        raise no_plan(path, "is missing") from None
    except Unfit as bad:
        raise no_plan(path, f"is damaged ({bad})") from None
    runs: dict[Run, None] = {}
    for scenario, replicate, ident in data.runs:
        if not 0 <= scenario < len(digests) or not 0 <= replicate < MOST_REPLICATES:
            raise no_plan(path, f"is damaged (replicate {replicate} of scenario {scenario})")
        run = run_of(digests[scenario], scenario, replicate)
        if run.ident != ident or run in runs:
            what = "stands there twice" if run in runs else f"is {run.ident}, not {ident[:32]!r}"
            raise no_plan(path, f"is damaged (replicate {replicate} of scenario {scenario} {what})")
        runs[run] = None
    return Plan(tuple(runs), data.peak_bytes, data.seconds, data.steps)


def no_plan(path: Path, problem: str) -> ResultsError:
    """Return the line that tells of a ``plan.json`` that cannot be used."""
    return ResultsError(problem, where=path, remedy="call the command of the study again")
