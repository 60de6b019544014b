"""A study on a Dask cluster: workers find the study by the path of its folder, on a shared disk."""

from __future__ import annotations

import queue
import re
import socket
import time
from collections import Counter, deque
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from corridor_sim.errors import ResourceError
from corridor_sim.experiment.execution.local import Failure, Tell
from corridor_sim.experiment.execution.queue import JobQueue, in_order
from corridor_sim.experiment.execution.worker import Misfit, attempt, from_line, keep_answer
from corridor_sim.experiment.jobs import Done
from corridor_sim.experiment.plan import Run

PATIENCE_S = 30.0
# a scheduler that is there answers at once; one that has just been started refuses for a moment
ANSWER_S, REFUSES_S = 10.0, 5.0
ADDRESS = re.compile(
    r"(?:(?:tcp|tls|ucx|ws|wss)://)?(?P<host>\[[0-9A-Fa-f:.%]+\]|[A-Za-z0-9._-]+):(?P<port>\d{1,5})/?"
)
INSTALL = "install it with: pip install 'corridor_sim[cluster]'"
# runs handed out to each worker: one at work, one that waits at its side
AHEAD = 2
LOOK_EVERY_S = 1.0
MOST_DEATHS = 4
# a nanny starts a dead worker again
RESTART_S = 120.0


class Jobs(Protocol):
    """Jobs of a batch system whose workers belong to one study."""

    def keep(self, n_workers: int) -> None:
        """See that there are enough; ``n_workers`` answer at present."""

    def done(self) -> None:
        """Note that a run is done."""

    def close(self) -> None:
        """Cancel them."""


def answer_for(topic: str, out: str, run: tuple[int, int, str], threads: int) -> None:
    """Do one run where Dask calls this, and send the answer by way of the scheduler.

    A result would stay on the worker until it is fetched, and be lost with it.
    """
    line = keep_answer(lambda: attempt(out, Run(*run), threads))
    import_module("distributed").get_worker().log_event(topic, [run[2], line])


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

    def run(self, runs: Sequence[Run], tell: Tell, *, burn_in: bool = False) -> list[Failure]:
        """Do all runs; workers may join, and die, on the way.

        A run whose worker has died four times is given up.

        Raises
        ------
        CorridorSimError
            The first mistake that would stop every other run as well.
        ResourceError
            The scheduler is gone, or has no workers.
        """
        cancelled = import_module("distributed.client")
        try:
            return self._run(runs, tell, burn_in)
        except (
            cancelled.FutureCancelledError,
            cancelled.FuturesCancelledError,
            TimeoutError,
            OSError,
        ) as bad:
            raise ResourceError(
                f"the scheduler is gone ({type(bad).__name__})",
                where=self.client.scheduler.address if self.client.scheduler else "--scheduler",
                remedy="finished runs are kept: start it again and call the same command",
            ) from bad

    def _run(self, runs: Sequence[Run], tell: Tell, burn_in: bool) -> list[Failure]:
        topic = f"corridor-sim {self.client.id}"
        heard: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
        self.client.subscribe_topic(topic, lambda event: heard.put(event[1]))
        try:
            places = self._wait_for_workers(PATIENCE_S)
            job_queue = JobQueue(in_order(runs, len(places), burn_in=burn_in), len(places))
            return self._until_done(job_queue, topic, heard, tell)
        finally:
            with suppress(Exception):
                self.client.unsubscribe_topic(topic)

    def _until_done(
        self, job_queue: JobQueue, topic: str, heard: queue.SimpleQueue[tuple[str, str]], tell: Tell
    ) -> list[Failure]:
        failures: list[Failure] = []
        again: deque[Run] = deque()
        deaths: Counter[Run] = Counter()
        at_work: dict[str, tuple[Run, str, Any]] = {}

        def hand_out(place: str) -> bool:
            run = again.popleft() if again else job_queue.take(place)
            if run is None:
                return False
            # pinned, so that a scenario is prepared on few workers; what a dead one held is seen to
            # below: the scheduler would let it wait for that worker for ever
            future = self.client.submit(
                answer_for,
                topic,
                str(self.out),
                (run.scenario, run.replicate, run.ident),
                self.threads,
                key=f"run-{run.ident}-{deaths[run]}",
                pure=False,
                workers=[place],
            )
            at_work[run.ident] = run, place, future
            future.add_done_callback(
                lambda done: heard.put((run.ident, "")) if done.status == "error" else None
            )
            return True

        try:
            while at_work or again or len(job_queue):
                now = self._known() or self._wait_for_workers(RESTART_S)
                if self.jobs is not None:
                    self.jobs.keep(len(now))
                for lost in [one for one in at_work.values() if one[1] not in now]:
                    run, place, future = lost
                    job_queue.leave(place)
                    del at_work[run.ident]
                    self.client.cancel([future], force=True)
                    deaths[run] += 1
                    if deaths[run] < MOST_DEATHS:
                        again.append(run)
                    else:
                        failures.append(Failure(run, f"its worker died {MOST_DEATHS} times"))
                held = Counter(place for _, place, _ in at_work.values())
                for _ in range(AHEAD):
                    for place in sorted(now, key=lambda one: (held[one], one)):
                        if held[place] < AHEAD and hand_out(place):
                            held[place] += 1
                with suppress(queue.Empty):
                    ident, line = heard.get(timeout=LOOK_EVERY_S)
                    # the same run may be told twice, by a worker that was given up too early
                    if ident in at_work:
                        run, _, future = at_work.pop(ident)
                        answer = self._answer(run, line, future)
                        if isinstance(answer, Done):
                            if self.jobs is not None:
                                self.jobs.done()
                            tell(answer)
                        else:
                            failures.append(Failure(run, answer))
        finally:
            with suppress(Exception):
                self.client.cancel([future for _, _, future in at_work.values()])
        return failures

    def _answer(self, run: Run, line: str, future: Any) -> Done | str:
        if not line:
            bad = future.exception()
            if type(bad).__name__ == "KilledWorker":
                return "its workers died again and again"
            raise bad
        answer = from_line(line, run)
        if isinstance(answer, Misfit):
            raise answer.raised()
        return answer

    def _known(self) -> list[str]:
        """Return the addresses of the workers there are now."""
        known = self.client.scheduler_info(n_workers=-1)
        if "workers" not in known:  # the client has given up
            raise ConnectionError("the scheduler does not answer")
        return sorted(known["workers"])

    def _wait_for_workers(self, patience_s: float) -> list[str]:
        """Return the addresses of the workers once there are some; a queue may take its time."""
        while True:
            try:
                self.client.wait_for_workers(1, timeout=patience_s if self.jobs is None else 1.0)
                return self._known()
            except TimeoutError:
                if self.jobs is None:
                    break
                self.jobs.keep(0)
        raise ResourceError(
            f"the scheduler had no worker for {patience_s:.0f} s",
            where=self.client.scheduler.address,
            remedy="start workers: dask worker ADDRESS --nthreads 1; finished runs are kept",
        )

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


def _refuse_silence(address: str) -> None:
    """Refuse an address at which nobody listens, sooner than Dask would give up."""
    if address.startswith("inproc://"):
        return  # in this very process
    place = check_address(address)
    until = time.monotonic() + REFUSES_S
    while True:
        try:
            # what is no name of a machine today will be none in ten seconds
            socket.getaddrinfo(*place, type=socket.SOCK_STREAM)
            socket.create_connection(place, timeout=ANSWER_S).close()
            return
        except (OSError, UnicodeError) as bad:
            known = isinstance(bad, ConnectionRefusedError)
            if not known or time.monotonic() > until:
                why = getattr(bad, "strerror", None) or str(bad) or type(bad).__name__
                raise _silent(address, why) from None
        time.sleep(LOOK_EVERY_S)


def _silent(address: str, why: str) -> ResourceError:
    return ResourceError(
        f"no Dask scheduler answers at {address!r} ({why})",
        where="--scheduler",
        remedy="check the address, or start one with: dask scheduler",
    )


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
    _refuse_silence(address)
    try:
        client = distributed.Client(address, timeout=ANSWER_S, set_as_default=False)
    except Exception as bad:  # whoever listens there may answer anything
        raise _silent(address, type(bad).__name__) from None
    return Cluster(client, out, threads)
