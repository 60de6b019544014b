"""A worker process: takes runs from its standard input, one a line, and answers one line each.

It does not load the caller's main program, so scripts and notebooks need no guard, and it ends when
its input does: whoever started it may be killed and leaves no process behind.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from corridor_sim.errors import CorridorSimError
from corridor_sim.experiment.jobs import Done, forget, work
from corridor_sim.experiment.plan import Run

OUT_OF_MEMORY = "out of memory"


@dataclass(frozen=True, slots=True)
class Misfit:
    """A mistake that a user can mend, on its way between processes."""

    kind: str
    problem: str
    where: str | None
    remedy: str

    def raised(self) -> CorridorSimError:
        """Return it as the error it was."""
        kinds = {cls.__name__: cls for cls in CorridorSimError.__subclasses__()}
        error = kinds.get(self.kind, CorridorSimError)
        return error(self.problem, where=self.where, remedy=self.remedy)


Answer = Done | Misfit | str


def attempt(out: str | Path, run: Run, threads: int = 1) -> Answer:
    """Do one job and return what came of it: done, a mistake, or :data:`OUT_OF_MEMORY`."""
    try:
        return work(out, run, threads=threads)
    except CorridorSimError as bad:
        return Misfit(type(bad).__name__, bad.problem, bad.where, bad.remedy)
    except MemoryError:
        forget()
        return OUT_OF_MEMORY


def as_line(answer: Answer) -> str:
    """Return an answer as one line of JSON."""
    if isinstance(answer, Done):
        return json.dumps({"seconds": answer.seconds, "preparing_s": answer.preparing_s})
    if isinstance(answer, Misfit):
        return json.dumps({"misfit": asdict(answer)})
    return json.dumps({"lost": answer})


def from_line(line: str, run: Run) -> Answer:
    """Return the answer that a line holds.

    Raises
    ------
    RuntimeError
        With the traceback of the worker, if the program itself is at fault.
    """
    data: dict[str, Any] = json.loads(line)
    if "misfit" in data:
        return Misfit(**data["misfit"])
    if "lost" in data:
        return str(data["lost"])
    if "trace" in data:
        raise RuntimeError(f"in a worker process: {data['trace']}")
    return Done(run, data["seconds"], data["preparing_s"])


def keep_answer(do: Callable[[], Answer]) -> str:
    """Return the answer as one line of JSON, a traceback if the program itself is at fault."""
    try:
        return as_line(do())
    except Exception:
        return json.dumps({"trace": traceback.format_exc()})


def serve(out: str, threads: int) -> None:
    """Do the runs that come in, until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interruption means
    # answers go out alone: whatever a library prints goes to standard error
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    asked: queue.SimpleQueue[str] = queue.SimpleQueue()

    def listen() -> None:
        for line in sys.stdin:
            asked.put(line)
        os._exit(0)

    threading.Thread(target=listen, daemon=True).start()
    while True:
        run = Run(*json.loads(asked.get()))
        answers.write(keep_answer(partial(attempt, out, run, threads)) + "\n")
        answers.flush()
