"""Local processes that work on a study: one may die, and the others go on."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from corridor_sim.experiment.execution.queue import JobQueue, in_order
from corridor_sim.experiment.execution.worker import from_line
from corridor_sim.experiment.jobs import Done
from corridor_sim.experiment.plan import Run

Tell = Callable[[Done], None]
START = (
    "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    "import json, sys; sys.path[:] = json.loads(sys.argv[1])\n"
    "from corridor_sim.experiment.execution.worker import serve\n"
    "serve(sys.argv[2], int(sys.argv[3]))"
)

# workers that may be lost before any run is done; then none can work here: the rest is not tried
HOPELESS = 3


@dataclass(frozen=True, slots=True)
class Failure:
    """A run that could not be done, and why in a few words."""

    run: Run
    why: str


@dataclass(slots=True, eq=False)
class _Worker:
    process: subprocess.Popen[str]
    heard: queue.SimpleQueue[tuple[_Worker, str]]
    busy: Run | None = None
    reader: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.heard.put((self, line))
        self.heard.put((self, ""))  # it is gone

    def send(self, run: Run) -> None:
        self.busy = run
        assert self.process.stdin is not None
        with suppress(OSError):  # a dead one is found when it does not answer
            self.process.stdin.write(json.dumps([run.scenario, run.replicate, run.ident]) + "\n")
            self.process.stdin.flush()

    def end(self, *, patience_s: float = 0.0) -> int:
        """Stop the process and return its exit code."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with suppress(OSError):
            self.process.stdin.close()
        if patience_s:
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(patience_s)
        self.process.kill()
        code = self.process.wait()
        self.reader.join()
        self.process.stdout.close()
        return code


class Processes:
    """Worker processes on this machine, each with its own memory and ``threads`` threads.

    They start with a fresh interpreter when first needed and stay for further calls of
    :meth:`run` until :meth:`close`.

    Parameters
    ----------
    out : Path
    n : int
        Most processes at a time.
    threads : int
        Threads of the kernels in each.
    """

    def __init__(self, out: Path, n: int, threads: int = 1) -> None:
        self.out, self.n, self.threads = Path(out).resolve(), n, threads
        self._workers: list[_Worker] = []
        self._works = False
        self._heard: queue.SimpleQueue[tuple[_Worker, str]] = queue.SimpleQueue()

    def run(
        self, runs: Sequence[Run], tell: Tell, *, burn_in: bool = False, maps: Sequence[int] = ()
    ) -> list[Failure]:
        """Do all runs and return those whose worker died or ran out of memory, twice.

        Such a run is tried again when nothing else is left to do, with the memory to itself. Where
        no run at all can be done, a few have failed and the others are returned with them untried.

        Raises
        ------
        CorridorSimError
            The first mistake of another kind; the runs in flight are given up.
        """
        n = max(1, min(self.n, len(runs)))
        again: list[Failure] = []
        failures: list[Failure] = []
        try:
            self._round(JobQueue(in_order(runs, n, burn_in=burn_in, maps=maps), n), n, tell, again)
            for i, lost in enumerate(again):
                self._keep(0)
                self._round(JobQueue([lost.run], 1), 1, tell, failures)
                if not self._works:
                    failures += again[i + 1 :]
                    break
        except BaseException:
            self._keep(0)
            raise
        return failures

    def _round(self, job_queue: JobQueue, n: int, tell: Tell, lost: list[Failure]) -> None:
        idle = [w for w in self._workers if w.busy is None]
        busy = 0
        while True:
            while len(job_queue) and busy < n:
                worker = idle.pop() if idle else self._started()
                run = job_queue.take(worker)
                assert run is not None
                worker.send(run)
                busy += 1
            if not busy:
                return
            worker, line = self._heard.get()
            run, worker.busy = worker.busy, None
            if run is None:  # it died between two runs
                self._drop(worker, idle)
                continue
            busy -= 1
            answer = from_line(line, run) if line else self._drop(worker, idle)
            if isinstance(answer, Done):
                self._works = True
                idle.append(worker)
                tell(answer)
                continue
            lost.append(Failure(run, answer))
            job_queue.leave(worker)
            while not self._works and len(lost) >= HOPELESS and (rest := job_queue.take(worker)):
                lost.append(Failure(rest, answer))
            # what brought it down may bring down more: go on with one process less
            n = max(1, n - 1)
            if line:
                self._drop(worker, idle)

    def _started(self) -> _Worker:
        process = subprocess.Popen(
            [sys.executable, "-c", START, json.dumps(sys.path), str(self.out), str(self.threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self._workers.append(_Worker(process, self._heard))
        return self._workers[-1]

    def _drop(self, worker: _Worker, idle: list[_Worker]) -> str:
        """End a worker and return how it ended."""
        if worker in self._workers:
            self._workers.remove(worker)
        if worker in idle:
            idle.remove(worker)
        code = worker.end()
        if code >= 0:
            return f"its worker ended with exit code {code}"
        likely = ", as the system does when memory runs out" if code == -9 else ""
        return f"its worker was killed by signal {-code}{likely}"

    def _keep(self, n: int, *, patience_s: float = 0.0) -> None:
        for worker in self._workers[n:]:
            worker.end(patience_s=patience_s)
        del self._workers[n:]
        while not self._heard.empty():
            self._heard.get()

    def close(self) -> None:
        """End the processes."""
        self._keep(0, patience_s=5.0)
