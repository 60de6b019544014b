"""A study on a Dask cluster: workers find the study by the path of its folder, on a shared disk.

Dask places the runs, and gives those of a worker that has died to another one. What is left to see
to is in what order runs are handed out, and whether there is anybody to do them.
"""

from __future__ import annotations

import logging
import queue
import re
import signal
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import astuple
from importlib import import_module
from itertools import chain, cycle
from pathlib import Path
from types import FrameType
from typing import Any, Protocol

from corridor_sim.errors import ResourceError
from corridor_sim.experiment.execution.local import Failure, Tell
from corridor_sim.experiment.execution.queue import JobQueue, in_order
from corridor_sim.experiment.execution.worker import answer_of, from_line
from corridor_sim.experiment.jobs import Done
from corridor_sim.experiment.plan import Run

# for the first worker; a nanny takes longer to start a dead one again
PATIENCE_S, RESTART_S = 30.0, 120.0
# a scheduler that is there answers at once; one that has just been started refuses for a moment
ANSWER_S = 8.0
ADDRESS = re.compile(
    r"(?:(?:tcp|tls|ucx|ws|wss)://)?(?P<host>\[[0-9A-Fa-f:.%]+\]|[A-Za-z0-9._-]+):(?P<port>\d{1,5})/?"
)
INSTALL = "install it with: pip install 'corridor_sim[cluster]'"
# runs handed out for each worker: one at work, one that waits at its side
AHEAD = 2
LOOK_EVERY_S = 1.0


class Jobs(Protocol):
    """Jobs of a batch system whose workers belong to one study."""

    def keep(self, n_workers: int) -> None:
        """See that there are enough; ``n_workers`` answer at present."""

    def done(self) -> None:
        """Note that a run is done."""

    def close(self) -> None:
        """Cancel them."""


def answer_for(out: str, run: tuple[int, int, str], threads: int) -> tuple[str, str]:
    """Do one run where Dask calls this, and return the worker's address and the answer."""
    line = answer_of(out, Run(*run), threads)
    return import_module("distributed").get_worker().address, line


def _is_news(record: logging.LogRecord) -> bool:
    """Whether a message of tornado says anything: not that a call was broken off before it began.

    Who is interrupted while Dask is about to start a call gets a traceback beside, since Dask then
    cancels what it has not made yet.
    """
    error = record.exc_info[1] if record.exc_info else None
    return not (isinstance(error, NameError) and "sync.<locals>.cancel" in record.getMessage())


@contextmanager
def noted_interruptions() -> Iterator[list[int]]:
    """Note interruptions beside what is done about them, and return the list of them.

    What a signal raises while a finaliser runs, such as that of one of Dask's futures, Python
    drops, and nobody would know that the user wants to stop.
    """
    noted: list[int] = []
    before = signal.getsignal(signal.SIGINT)
    here = threading.current_thread() is threading.main_thread()
    if not here or not callable(before):
        yield noted
        return

    def note(number: int, frame: FrameType | None) -> None:
        noted.append(number)
        before(number, frame)

    signal.signal(signal.SIGINT, note)
    try:
        yield noted
    finally:
        signal.signal(signal.SIGINT, before)


class Cluster:
    """Workers of a Dask scheduler.

    Parameters
    ----------
    client : distributed.Client
    out : Path
        Results folder, seen under the same path by all workers.
    threads : int
        Threads of the kernels in each run.
    jobs : Jobs, optional
        The jobs that the workers live in, where they belong to this study alone.
    """

    def __init__(self, client: Any, out: Path, threads: int = 1, jobs: Jobs | None = None) -> None:
        self.client, self.out, self.threads = client, Path(out).resolve(), threads
        self.jobs = jobs
        # the same function again adds nothing
        logging.getLogger("tornado.application").addFilter(_is_news)

    def run(
        self, runs: Sequence[Run], tell: Tell, *, burn_in: bool = False, maps: Sequence[int] = ()
    ) -> list[Failure]:
        """Do all runs; workers may join, and die, on the way.

        Raises
        ------
        CorridorSimError
            The first mistake that would stop every other run as well.
        ResourceError
            The scheduler is gone, or has no workers.
        """
        cancelled = import_module("distributed").CancelledError
        at_work: dict[Any, Run] = {}
        try:
            with noted_interruptions() as noted:
                return self._until_done(runs, tell, burn_in, maps, at_work, noted)
        except (cancelled, TimeoutError, OSError) as bad:
            raise ResourceError(
                f"the scheduler is gone ({type(bad).__name__})",
                where=self.client.scheduler.address if self.client.scheduler else "--scheduler",
                remedy="finished runs are kept: start it again and call the same command",
            ) from bad
        finally:
            with suppress(Exception):
                self.client.cancel(list(at_work))

    def _until_done(
        self,
        runs: Sequence[Run],
        tell: Tell,
        burn_in: bool,
        maps: Sequence[int],
        at_work: dict[Any, Run],
        noted: Sequence[int],
    ) -> list[Failure]:
        known = self._workers(PATIENCE_S)
        waiting = in_order(runs, len(known), burn_in=burn_in, maps=maps)
        job_queue = JobQueue(waiting, len(known))
        heard: queue.SimpleQueue[Any] = queue.SimpleQueue()
        failures: list[Failure] = []
        new, free = sorted(known), list[str]()
        while at_work or len(job_queue):
            if noted:
                raise KeyboardInterrupt
            # Dask takes the worker with least to do: it is the one that has just answered, so
            # that each stays with its block of runs and prepares few scenarios
            order = chain(free, new * AHEAD, cycle(sorted(known)))
            while len(job_queue) and len(at_work) < AHEAD * len(known):
                run = job_queue.take(next(order))
                assert run is not None
                future = self.client.submit(
                    answer_for, str(self.out), astuple(run), self.threads, pure=False
                )
                at_work[future] = run
                future.add_done_callback(heard.put)
            free = []
            with suppress(queue.Empty):
                future = heard.get(timeout=LOOK_EVERY_S)
                run = at_work.pop(future)
                answer, place = self._answer(run, future)
                free = [place] if place else []
                if isinstance(answer, Done):
                    if self.jobs is not None:
                        self.jobs.done()
                    tell(answer)
                else:
                    failures.append(Failure(run, answer))
            before, known = known, self._workers(RESTART_S)
            new = sorted(known - before)
        return failures

    def _answer(self, run: Run, future: Any) -> tuple[Done | str, str]:
        """Return what came of a run, and the address of who did it."""
        killed = import_module("distributed").KilledWorker
        try:
            place, line = future.result()
        except killed as bad:
            return f"its worker died {bad.allowed_failures + 1} times", ""
        return from_line(line, run), place

    def _workers(self, patience_s: float) -> set[str]:
        """Return the addresses of the workers once there are some; a queue may take its time."""
        while not (known := set(self.client.nthreads())):
            if self.jobs is not None:
                self.jobs.keep(0)
            try:
                self.client.wait_for_workers(1, timeout=1.0 if self.jobs else patience_s)
            except TimeoutError:
                if self.jobs is None:
                    raise ResourceError(
                        f"the scheduler had no worker for {patience_s:.0f} s",
                        where=self.client.scheduler.address,
                        remedy="start workers: dask worker ADDRESS --nthreads 1; "
                        "finished runs are kept",
                    ) from None
        if self.jobs is not None:
            self.jobs.keep(len(known))
        return known

    def close(self) -> None:
        """Leave the scheduler; jobs that were submitted for the study end."""
        for one in (self.client, self.jobs):
            if one is not None:
                with suppress(Exception):
                    one.close()


def check_address(address: str) -> tuple[str, int]:
    """Return the machine and the port of a scheduler's address, or refuse what cannot be one.

    Raises
    ------
    ResourceError
    """
    found = ADDRESS.fullmatch(address)
    if found is None or not 0 < int(found["port"]) < 65536:
        raise ResourceError(
            f"{address!r} is no address of a Dask scheduler",
            where="--scheduler",
            remedy="give what dask scheduler prints, as in tcp://10.0.0.5:8786",
        )
    return found["host"].strip("[]"), int(found["port"])


def connect(address: str, out: Path, *, threads: int = 1) -> Cluster:
    """Return the workers of the scheduler at an address.

    Raises
    ------
    ResourceError
        Dask is not installed, or nobody answers there.
    """
    try:
        distributed: Any = import_module("distributed")
    except ImportError:
        raise ResourceError(
            "dask.distributed is not installed", where="--scheduler", remedy=INSTALL
        ) from None
    place = check_address(address)
    try:
        client = distributed.Client(address, timeout=ANSWER_S, set_as_default=False)
    except Exception as bad:  # whoever listens there may answer anything
        raise ResourceError(
            f"no Dask scheduler answers at {address!r} ({_why_silent(place, bad)})",
            where="--scheduler",
            remedy="check the address, or start one with: dask scheduler",
        ) from None
    return Cluster(client, out, threads)


def _why_silent(place: tuple[str, int], bad: Exception) -> str:
    """Return what the system says of a place that Dask had no answer from, if it says anything."""
    try:
        socket.create_connection(place, timeout=1.0).close()
    except OSError as refused:
        return refused.strerror or type(refused).__name__
    return type(bad).__name__
