"""As many replicates as it takes: until the interval of a stated outcome is narrow enough.

After ``n`` replicates the half-width of Student's 95 % interval of an outcome is
``t(n - 1) s / sqrt(n)``; of rare events it is what :mod:`corridor_sim.statistics.intervals` says.
Is it wider than asked, the next look is at ``(t(n - 1) s / h)^2`` replicates, at most twice as many
as now. Looking again and again makes intervals a little too narrow; few looks and a first look at
several replicates keep that small. Two-stage and sequential fixed-width intervals: Stein 1945,
doi:10.1214/aoms/1177731088; Chow & Robbins 1965, doi:10.1214/aoms/1177700156.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.adaptive import MOST, Goal
from corridor_sim.course import ahead
from corridor_sim.errors import ScenarioError, counted, nearest
from corridor_sim.experiment.forms import VerdictFile
from corridor_sim.experiment.values import outcome_table, read_values
from corridor_sim.experiment.worth import counts_of, worths_of
from corridor_sim.files import write_text
from corridor_sim.progress import tell
from corridor_sim.reading import Absent, Unfit, read_json
from corridor_sim.statistics.intervals import ANYTHING, Support, intervals
from corridor_sim.statistics.supports import supports

if TYPE_CHECKING:
    from corridor_sim.experiment.plan import Run
    from corridor_sim.experiment.study import Study

VERDICT = "adaptive.json"
# replicates at the first look: with fewer, intervals that happen to look narrow stop too early
FEWEST = 5
F64 = NDArray[np.float64]
DoRuns = Callable[[Sequence["Run"]], object]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why sampling stopped.

    Attributes
    ----------
    reached : bool
        Every interval is narrow enough; else the cap was reached.
    replicates : int
        Of every scenario.
    text : str
        The same in one line, with the interval that was the widest for what was asked.
    """

    reached: bool
    replicates: int
    text: str


def check_goals(goals: Sequence[Goal], study: Study, where: str = "--until") -> None:
    """Refuse goals of outcomes or species that the study does not have.

    Raises
    ------
    ScenarioError
    """
    table = outcome_table(study.scenarios[0])
    for goal in goals:
        if goal.outcome not in table:
            raise ScenarioError(
                f"unknown outcome {goal.outcome!r}",
                where=where,
                remedy=nearest(goal.outcome, table),
            )
        if goal.species is not None and goal.species not in study.species_keys():
            raise ScenarioError(
                f"unknown species {goal.species!r}",
                where=where,
                remedy=nearest(goal.species, study.species_keys()),
            )


def run_until(study: Study, goals: Sequence[Goal], do_runs: DoRuns, *, most: int = MOST) -> Verdict:
    """Add replicates to all scenarios until every goal is met or ``most`` replicates are done.

    In a study of several scenarios the intervals are those of the paired difference between every
    scenario and the one it is compared with; in a study of one, of the mean. What is decided
    depends on the values only, so a study that was broken off ends as an unbroken one.

    Parameters
    ----------
    study : Study
        It starts with the replicates of its file, five at least, and is extended.
    goals : sequence of Goal
    do_runs : callable
        Does the runs it is given that have no file yet.
    most : int
        Replicates of a scenario at most.

    Raises
    ------
    ScenarioError
        A goal names what the study does not have.
    """
    check_goals(goals, study)
    planned = max(run.replicate + 1 for run in study.runs)
    n = min(most, max(FEWEST, planned))
    while True:
        jobs = [(s, r) for s in range(len(study.scenarios)) for r in range(n)]
        runs = study.extend(jobs)
        # as long as nobody knows better, one more look follows
        more = len(study.scenarios) * (min(most, 2 * n) - n)
        ahead(more * max(1, round(study.each[1])))
        do_runs(runs)
        values = read_values(study, runs).reshape(len(study.scenarios), n, -1)
        looks = _looks(study, goals, values)
        wide = max(looks, key=lambda look: look.ratio)
        following = next_look(wide.ratio, n, most)
        if following == n:
            ahead(0)
            break
        tell(
            f"after {counted(n, 'replicate')} {wide.what} is known to {_known(wide)}, asked "
            f"±{wide.goal.half_width:g}: {counted(len(study.scenarios) * (following - n), 'run')} "
            "more"
        )
        n = following
    verdict = Verdict(wide.ratio <= 1, n, _said(wide, n, reached=wide.ratio <= 1))
    keep_verdict(study.out, goals, most, verdict)
    return verdict


@dataclass(frozen=True, slots=True)
class _Look:
    goal: Goal
    what: str
    half_width: float

    @property
    def ratio(self) -> float:
        """Half-width over what is asked; infinite where nothing is known."""
        found = self.half_width / self.goal.half_width
        return found if math.isfinite(found) else math.inf


def _looks(study: Study, goals: Sequence[Goal], values: F64) -> list[_Look]:
    table = outcome_table(study.scenarios[0])
    names = list(table)
    rows = [part.T for part in values]
    worths = [worths_of(one, counts_of(study.out, i)) for i, one in enumerate(study.scenarios)]
    known = [supports(table, worth, *rows) for worth in worths]
    keys = study.species_keys()
    position = {one.name: i for i, one in enumerate(study.scenarios)}
    n_maps = [one.scenario.n_maps for one in study.scenarios]
    looks = []
    for goal in goals:
        for key in [goal.species] if goal.species else keys:
            column = keys.index(key) * len(names) + names.index(goal.outcome)
            for i, one in enumerate(study.scenarios):
                if i == 0 and len(study.scenarios) > 1:
                    continue
                what, found = f"{goal.outcome} of {key}", values[i, :, column]
                if i > 0:
                    other = one.against or study.scenarios[0].name
                    found = found - values[position[other], :, column]
                    what += f", {one.name!r} less {other!r}"
                own = known[i].row(column)
                most = max(n_maps[i], n_maps[position[other]] if i > 0 else 1)
                maps = np.arange(len(found)) % most if most > 1 else None
                wide = half_width_of(found, support=own, apart=i > 0, maps=maps)
                looks.append(_Look(goal, what, wide))
    return looks


def half_width_of(
    values: F64,
    level: float = 0.95,
    *,
    support: Support = ANYTHING,
    apart: bool = False,
    maps: NDArray[np.int64] | None = None,
) -> float:
    """Return how far the interval of the mean reaches; NaN with fewer than two finite values.

    To the side to which it reaches farther. 0 where nothing varies and no event is counted.
    """
    mean, low, high, n = intervals(values[None], level, support, apart=apart, maps=maps)
    if n[0] > 1 and np.isnan(low[0]):
        return 0.0
    return float(max(high[0] - mean[0], mean[0] - low[0]))


def next_look(ratio: float, n: int, most: int) -> int:
    """Return the replicates of the next look; ``n`` itself where there is none.

    Parameters
    ----------
    ratio : float
        Half-width of the widest interval after ``n`` replicates over the one asked.
    n, most : int
    """
    if ratio <= 1 or n >= most:
        return n
    needed = math.ceil(min(ratio, 2.0) ** 2 * n)
    return min(most, max(n + 1, min(needed, 2 * n)))


def _known(wide: _Look) -> str:
    return f"±{wide.half_width:.4g}" if math.isfinite(wide.half_width) else "not known"


def _said(wide: _Look, n: int, *, reached: bool) -> str:
    known = _known(wide)
    asked = f"asked ±{wide.goal.half_width:g}"
    if reached:
        return f"narrow enough after {counted(n, 'replicate')}: {wide.what} is {known}, {asked}"
    return f"stopped at the cap of {counted(n, 'replicate')}: {wide.what} is still {known}, {asked}"


def keep_verdict(out: Path, goals: Sequence[Goal], most: int, verdict: Verdict) -> None:
    """Write ``adaptive.json``."""
    data = {
        "until": [str(goal) for goal in goals],
        "most": most,
        "reached": verdict.reached,
        "replicates": verdict.replicates,
        "text": verdict.text,
    }
    write_text(out / VERDICT, json.dumps(data, indent=1, ensure_ascii=False) + "\n")


def read_verdict(out: Path) -> str | None:
    """Return what ``adaptive.json`` says in one line, or what is wrong with it; None without it."""
    try:
        return read_json(out / VERDICT, VerdictFile).text
    except Absent:
        return None
    except Unfit as bad:
        return (
            f"{VERDICT} cannot be used ({bad}); delete it and call the command of the study again"
        )
