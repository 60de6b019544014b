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
from pathlib import Path
from typing import Any

from corridor_sim.errors import CorridorSimError
from corridor_sim.experiment.jobs import Done, forget, work
from corridor_sim.experiment.plan import Run

OUT_OF_MEMORY = "out of memory"


def answer_of(out: str | Path, run: Run, threads: int = 1) -> str:
    """Do one job and return what came of it as one line of JSON, for :func:`from_line`."""
    found: dict[str, Any]
    try:
        done = work(out, run, threads=threads)
        found = {"seconds": done.seconds, "preparing_s": done.preparing_s}
    except CorridorSimError as bad:
        found = {"misfit": [type(bad).__name__, bad.problem, bad.where, bad.remedy]}
    except MemoryError:
        forget()
        found = {"lost": OUT_OF_MEMORY}
    except Exception:
        found = {"trace": traceback.format_exc()}
    return json.dumps(found)


def from_line(line: str, run: Run) -> Done | str:
    """Return the answer that a line holds: that the run is done, or why not in a few words.

    Raises
    ------
    CorridorSimError
        A mistake that a user can mend, as it was raised in the worker.
    RuntimeError
        With the traceback of the worker, if the program itself is at fault.
    """
    data: dict[str, Any] = json.loads(line)
    if "misfit" in data:
        kind, problem, where, remedy = data["misfit"]
        kinds = {cls.__name__: cls for cls in CorridorSimError.__subclasses__()}
        raise kinds.get(kind, CorridorSimError)(problem, where=where, remedy=remedy)
    if "lost" in data:
        return str(data["lost"])
    if "trace" in data:
        raise RuntimeError(f"in a worker process: {data['trace']}")
    return Done(run, data["seconds"], data["preparing_s"])


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
        answers.write(answer_of(out, run, threads) + "\n")
        answers.flush()
