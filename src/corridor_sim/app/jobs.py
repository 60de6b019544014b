"""Work of minutes, in a process of its own: a public function, its progress, and how it ended.

The page answers while it goes on. It ends with the program: what it has written stays.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from itertools import count
from typing import Any

import corridor_sim as cs
from corridor_sim.app.tasks import plain, unforeseen
from corridor_sim.app.words import word

# jobs that are told of, of those that ended
MOST_TOLD = 20
LONGEST_LINE = 300
OURS = "corridor_sim.app"


@dataclass(slots=True)
class Job:
    """One piece of work.

    Attributes
    ----------
    id : str
    kind : str
        What the page calls it.
    function : str
        A name of ``corridor_sim``, or ``"module:function"`` inside ``corridor_sim.app``.
    arguments : dict
        Plain data.
    done : str or None
        What makes plain data of what was returned, in the child: ``"module:function"``.
    language : str
        In which it writes and is told of: that of who asked for it.
    stage : {"waiting", "running", "done", "failed", "cancelled"}
    """

    id: str
    kind: str
    function: str
    arguments: Mapping[str, Any]
    done: str | None
    language: str
    stage: str = "waiting"
    line: str = ""
    result: Any = None
    problem: str = ""
    child: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def told(self) -> dict[str, Any]:
        """Return what windows are told of it."""
        parts = ("id", "kind", "stage", "line", "result", "problem")
        return {part: getattr(self, part) for part in parts}


class Jobs:
    """Does one job after the other.

    Parameters
    ----------
    tell : callable
        Is given the kind of an event and its data.
    command : sequence of str
        Starts the process in which :func:`child` does a job.
    """

    def __init__(
        self,
        tell: Callable[[str, dict[str, Any]], None],
        command: Sequence[str] = (sys.executable, "-m", "corridor_sim.app.jobs"),
    ) -> None:
        self._tell, self._command = tell, command
        self._all: dict[str, Job] = {}
        self._left: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._number = count(1)
        self._thread: threading.Thread | None = None

    def start(
        self, kind: str, function: str, arguments: Mapping[str, Any], *, done: str | None = None
    ) -> str:
        """Have a public function called in a process of its own; return the job's id.

        Parameters
        ----------
        kind : str
            What the page calls it.
        function : str
            A name of ``corridor_sim`` such as ``"compare"``, or ``"module:function"`` of a function
            inside ``corridor_sim.app``.
        arguments : mapping
            Plain data: what JSON holds.
        done : str, optional
            ``"module:function"`` inside ``corridor_sim.app`` that makes plain data of what was
            returned; its text by default.

        Raises
        ------
        ValueError
            There is no such function.
        """
        function_of(function)
        if done is not None:
            function_of(done)
        language = cs.languages.current().code
        job = Job(str(next(self._number)), kind, function, dict(arguments), done, language)
        with self._lock:
            self._all[job.id] = job
            ended = [one for one in self._all.values() if one.stage not in ("waiting", "running")]
            for old in ended[:-MOST_TOLD]:
                del self._all[old.id]
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)
                self._thread.start()
        self._news(job)
        self._left.put(job)
        return job.id

    def cancel(self, ident: str) -> bool:
        """End a job; what it has written stays. False where there is none."""
        with self._lock:
            job = self._all.get(ident)
            if job is None:
                return False
            if job.stage in ("waiting", "running"):
                job.stage = "cancelled"
                _end(job.child)
        self._news(job)
        return True

    def stop(self) -> None:
        """End all of them."""
        with self._lock:
            for job in self._all.values():
                if job.stage in ("waiting", "running"):
                    job.stage = "cancelled"
                    _end(job.child)

    def told(self) -> list[dict[str, Any]]:
        """Return all jobs as windows are told of them."""
        with self._lock:
            return [job.told() for job in self._all.values()]

    def _news(self, job: Job) -> None:
        self._tell("job", job.told())

    def _run(self) -> None:
        while True:
            job = self._left.get()
            with cs.language(job.language):
                try:
                    self._do(job)
                except Exception as bad:
                    job.stage, job.problem = "failed", unforeseen(bad)
                self._news(job)

    def _do(self, job: Job) -> None:
        with self._lock:
            if job.stage != "waiting":
                return
            job.stage = "running"
            job.child = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        child = job.child
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stderr is not None
        self._news(job)
        lines = threading.Thread(target=self._read_lines, args=(job, child.stderr), daemon=True)
        lines.start()
        parts = ("function", "arguments", "done", "language")
        asked = {part: getattr(job, part) for part in parts}
        with suppress(OSError):  # it is gone already
            child.stdin.write(json.dumps(asked).encode() + b"\n")
            child.stdin.flush()
        said = child.stdout.read()
        code = child.wait()
        lines.join()
        with suppress(OSError):
            child.stdin.close()
        found = _parsed(said)
        with self._lock:
            if job.stage == "cancelled":
                return
            if "result" in found:
                job.stage, job.result = "done", found["result"]
            else:
                job.stage = "failed"
                job.problem = found.get("problem") or word("server.job_died", code=code)

    def _read_lines(self, job: Job, stream: Any) -> None:
        for raw in stream:
            text = raw.decode("utf-8", "replace")
            sys.stderr.write(text)
            line = "".join(c if c.isprintable() else " " for c in text).strip()
            if line and job.stage == "running":
                job.line = line[:LONGEST_LINE]
                self._news(job)


def function_of(name: str) -> Callable[..., Any]:
    """Return the function of a name: of ``corridor_sim``, or ``module:function`` of the page.

    Raises
    ------
    ValueError
        There is none.
    """
    module, _, own = name.rpartition(":")
    if module and not module.startswith(f"{OURS}."):
        raise ValueError(f"{name} is not of {OURS}")
    if not module and own not in cs.__all__:
        raise ValueError(f"{name} is not public")
    found = getattr(import_module(module) if module else cs, own, None)
    if not callable(found):
        raise ValueError(f"{name} is no function")
    return found  # type: ignore[no-any-return]  # of any form


def _end(child: subprocess.Popen[bytes] | None) -> None:
    """End a process and those that it started."""
    if child is None or child.poll() is not None:
        return
    with suppress(OSError):
        if os.name == "nt":
            child.terminate()
        else:
            os.killpg(child.pid, signal.SIGTERM)


def _parsed(said: bytes) -> dict[str, Any]:
    try:
        found = json.loads(said.splitlines()[-1])
    except (ValueError, IndexError):
        return {}
    return found if isinstance(found, dict) else {}


def _leave_with_parent() -> None:
    """End this process and its own as soon as the program that started it is gone."""
    # not through sys.stdin, whose lock would be held when the interpreter ends
    while os.read(0, 64):
        pass
    if os.name != "nt":
        os.killpg(0, signal.SIGTERM)
    os._exit(1)


def child() -> None:
    """Do the job that standard input names, and write what came of it."""
    asked = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    out = os.fdopen(os.dup(1), "wb")
    # what functions print is not what came of them
    os.dup2(2, 1)
    if hasattr(os, "nice"):
        os.nice(10)
    with cs.language(asked["language"]):
        try:
            found = function_of(asked["function"])(**asked["arguments"])
            done = function_of(asked["done"]) if asked["done"] else str
            said = {"result": plain(done(found))}
        except cs.CorridorSimError as bad:
            said = {"problem": str(bad)}
        except Exception as bad:
            said = {"problem": unforeseen(bad)}
    out.write(json.dumps(said, allow_nan=False).encode() + b"\n")
    out.flush()


if __name__ == "__main__":
    child()
