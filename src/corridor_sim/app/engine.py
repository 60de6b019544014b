"""What the page asks of the simulator, in one thread of its own.

The server's own thread answers requests at once. What takes longer is a task: an iterator that does
a part of its work at each step. Tasks are stepped one after the other, the urgent first, so that a
drawn link is answered while a long piece of work goes on; a task of the same key ends an older one.
What comes of it is told to all windows as events.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import corridor_sim as cs
from corridor_sim.app.picture import Picture, picture_of
from corridor_sim.app.work import Work

if TYPE_CHECKING:
    from corridor_sim.config.load import ScenarioLike

Tell = Callable[[str, dict[str, Any]], None]
Steps = Iterator[None]
# replicates after which an answer is shown
GROWING = (10, 20, 40)


class Engine:
    """The simulator behind the page.

    Attributes
    ----------
    work : Work
    stage : {"landscape", "dispersers", "ready", "failed"}
        What is being prepared.
    problem : str
        Why it failed.
    picture : Picture or None
        What is shown of the landscape, once it is there.
    evaluator : LinkEvaluator or None
        For the engine's thread alone.
    answers : dict
        Last answer of each alternative, as plain data.
    """

    def __init__(self, scenario: ScenarioLike | None, set: Sequence[str], work: Work) -> None:
        self.scenario, self.settings, self.work = scenario, set, work
        self.stage, self.problem = "landscape", ""
        self.picture: Picture | None = None
        self.evaluator: cs.LinkEvaluator | None = None
        self.answers: dict[str, dict[str, Any]] = {}
        self._tasks: dict[str, tuple[bool, Steps]] = {}
        self._news = threading.Condition()
        self._ended = False
        self._listeners: list[Tell] = []
        self._thread = threading.Thread(target=self._run, name="simulator", daemon=True)

    def start(self) -> None:
        """Begin to prepare the landscape."""
        self.submit("prepare", self._prepare())
        self._thread.start()

    def stop(self) -> None:
        """End the thread after the step that it is doing."""
        with self._news:
            self._ended = True
            self._news.notify()

    def listen(self, tell: Tell) -> Callable[[], None]:
        """Let ``tell`` hear of every event; return what ends it."""
        self._listeners.append(tell)
        return lambda: self._listeners.remove(tell)

    def tell(self, kind: str, data: dict[str, Any]) -> None:
        """Tell all windows."""
        for one in list(self._listeners):
            one(kind, data)

    def submit(self, key: str, steps: Steps, *, urgent: bool = True) -> None:
        """Have a task done step by step; an older one of the same key is given up."""
        with self._news:
            self._tasks.pop(key, None)
            self._tasks[key] = (urgent, steps)
            self._news.notify()

    def cancel(self, key: str) -> None:
        """Give up a task after the step that is being done."""
        with self._news:
            self._tasks.pop(key, None)

    def ask(self, name: str) -> None:
        """Ask what an alternative does; answers come as events ``answer``."""
        self.submit(f"answer {name}", self._answer(name))

    def _run(self) -> None:
        while True:
            with self._news:
                while not self._tasks and not self._ended:
                    self._news.wait()
                if self._ended:
                    return
                urgent = (key for key, (soon, _) in self._tasks.items() if soon)
                key = next(urgent, None) or next(iter(self._tasks))
                steps = self._tasks[key][1]
            try:
                next(steps)
            except StopIteration:
                self._done(key, steps)
            except cs.CorridorSimError as bad:
                self._done(key, steps)
                self.tell("problem", {"task": key, "text": str(bad)})

    def _done(self, key: str, steps: Steps) -> None:
        with self._news:
            if key in self._tasks and self._tasks[key][1] is steps:
                del self._tasks[key]

    def _prepare(self) -> Steps:
        try:
            evaluator = cs.LinkEvaluator(self.scenario, replicates=GROWING[-1], set=self.settings)
            self.picture = picture_of(evaluator.reference)
            self.evaluator = evaluator
        except cs.CorridorSimError as bad:
            self.stage, self.problem = "failed", str(bad)
        else:
            self.stage = "ready"
        self.tell("stage", {"stage": self.stage, "problem": self.problem})
        yield

    def _answer(self, name: str) -> Steps:
        one = next((a for a in self.work.alternatives.alternatives if a.name == name), None)
        if one is None or self.evaluator is None:
            return
        try:
            effect = self.evaluator.change(one.edits(self.evaluator.land), name)
        except cs.CorridorSimError as bad:
            self.answers[name] = {"name": name, "problem": str(bad)}
        else:
            self.answers[name] = {
                "name": name,
                "seconds": effect.seconds,
                "concerned": effect.concerned,
                "outcomes": json.loads(effect.outcomes.to_json(orient="records")),
                "pairs": json.loads(effect.pairs.to_json(orient="records")),
            }
        self.tell("answer", self.answers[name])
        yield
