"""What stands behind the page: the landscape, its dispersers, and all that is asked of them."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import corridor_sim as cs
from corridor_sim.app.answers import GROWING, STEP, Answers
from corridor_sim.app.jobs import Jobs
from corridor_sim.app.kept import keep_picture, key_of, read_picture
from corridor_sim.app.picture import Picture, picture_of, worded
from corridor_sim.app.tasks import Tasks, stepped, unforeseen
from corridor_sim.app.work import Work

if TYPE_CHECKING:
    from corridor_sim.config.load import ScenarioLike

# a map that was kept is shown before the landscape is prepared, if a window asks within
FIRST_MAP_S = 2.0


class Engine(Tasks):
    """The simulator behind the page.

    Attributes
    ----------
    work : Work
    stage : {"landscape", "dispersers", "ready", "failed"}
        What is being prepared.
    progress : dict
        ``done`` and ``of`` replicates of today's dispersers.
    problem : str
        Why it failed.
    picture : Picture or None
        What is shown of the landscape, once it is there or was kept from last time.
    answers : Answers
    jobs : Jobs
    shown : Event
        Set when a map was served.
    sweep : Path or None
        The sweep whose base the landscape is, for the sliders of lessons.
    """

    stepped = staticmethod(stepped)

    def __init__(
        self,
        scenario: ScenarioLike | None,
        set: Sequence[str],
        work: Work,
        sweep: Path | None = None,
    ) -> None:
        super().__init__()
        self.sweep = sweep
        self.scenario, self.settings, self.work = scenario, set, work
        self.stage, self.problem = "landscape", ""
        self.progress: dict[str, int] = {}
        self._key = key_of(scenario, set)
        self.picture: Picture | None = None
        if self._key is not None:
            self.picture = read_picture(work.folder, self._key)
        self.answers = Answers(self, work)
        self.jobs = Jobs(self.tell)
        self.shown = threading.Event()

    @property
    def evaluator(self) -> cs.LinkEvaluator | None:
        """What answers; for the simulator's thread alone; None until the landscape is there."""
        return self.answers.evaluator

    def start(self) -> None:
        """Begin to prepare the landscape."""
        self.submit("prepare", self._prepare(), early=True)
        super().start()

    def stop(self) -> None:
        """End the thread after its step, and work in other processes at once."""
        super().stop()
        self.jobs.stop()

    def told(self) -> dict[str, Any]:
        """Return what a page that is opened must know, as plain data."""
        about = self.picture.about if self.picture else None
        walk = [one["key"] for one in about["species"] if one["walks"]] if about else []
        return {
            "version": cs.__version__,
            **self.stage_told(),
            "picture": worded(about) if about else None,
            "species": walk,
            "work": self.work.told(),
            "answers": self.answers.all(),
            "best_set": self.answers.best_set,
            "jobs": self.jobs.told(),
        }

    def stage_told(self) -> dict[str, Any]:
        """Return what is being prepared, and how far that is."""
        return {"stage": self.stage, "progress": self.progress, "problem": self.problem}

    def _prepare(self) -> Iterator[None]:
        if self.picture is not None:
            # both would have the interpreter to themselves
            self.shown.wait(FIRST_MAP_S)
        try:
            evaluator = cs.LinkEvaluator(self.scenario, replicates=GROWING[-1], set=self.settings)
            yield
            self._show(picture_of(evaluator))
            self._stage("dispersers", done=0, of=GROWING[-1])
            yield
            for n in range(STEP, GROWING[0] + 1, STEP):
                evaluator.prepare(n)
                self._stage("dispersers", done=n, of=GROWING[-1])
                yield
        except cs.CorridorSimError as bad:
            self.problem = str(bad)
            self._stage("failed")
        except Exception as bad:
            self.problem = unforeseen(bad)
            self._stage("failed")
        else:
            self.answers.evaluator = evaluator
            self._stage("ready", done=GROWING[0], of=GROWING[-1])
            self.submit("more dispersers", self._walk_on(evaluator), urgent=False)
        self.open()

    def _walk_on(self, evaluator: cs.LinkEvaluator) -> Iterator[None]:
        """Walk the rest of today's dispersers while nothing is asked."""
        for n in range(GROWING[0] + STEP, GROWING[-1] + 1, STEP):
            evaluator.prepare(n)
            self._stage("ready", done=n, of=GROWING[-1])
            yield

    def _show(self, picture: Picture) -> None:
        """Show the landscape; windows that show another one from last time are told."""
        before, self.picture = self.picture, picture
        if before == picture:
            return
        if before is not None:
            self.tell("picture", {})
        if self._key is not None:
            keep_picture(self.work.folder, self._key, picture)

    def _stage(self, stage: str, **progress: int) -> None:
        self.stage, self.progress = stage, progress
        if stage == "failed":
            print(self.problem, file=sys.stderr, flush=True)
        self.tell("stage", self.stage_told())
