"""A study on a Dask cluster: workers find the study by the path of its folder, on a shared disk."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from corridor_sim.errors import ResourceError
from corridor_sim.study.lanes import Lanes, in_order
from corridor_sim.study.plan import Run
from corridor_sim.study.pool import Failure, Tell
from corridor_sim.study.worker import Misfit, attempt, from_line, keep_answer

PATIENCE_S = 20.0
INSTALL = "install it with: pip install 'corridor_sim[cluster]'"
# runs handed out for each thread of a worker: one at work, one that waits at its side
AHEAD = 2


def answer_for(out: str, scenario: int, replicate: int, ident: str, threads: int) -> str:
    """Do one run where Dask calls this, and return the answer as a line."""
    return keep_answer(lambda: attempt(out, Run(scenario, replicate, ident), threads))


class Cluster:
    """Workers of a Dask scheduler.

    Parameters
    ----------
    client : distributed.Client
    out : Path
        Results folder, seen under the same path by all workers.
    threads : int
        Threads of the kernels in each run.
    cluster : object, optional
        Closed together with the client.
    """

    def __init__(self, client: Any, out: Path, threads: int = 1, cluster: Any = None) -> None:
        self.client, self.out, self.threads, self.cluster = client, Path(out), threads, cluster

    def run(self, runs: Sequence[Run], tell: Tell, *, burn_in: bool = False) -> list[Failure]:
        """Do all runs; workers may join, and die, on the way.

        A run is given up when its worker has died as often as the scheduler allows (four times).

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
        except (cancelled.FutureCancelledError, cancelled.FuturesCancelledError, TimeoutError,
                OSError) as bad:  # fmt: skip
            raise ResourceError(
                f"the scheduler is gone ({type(bad).__name__})",
                where=self.client.scheduler.address if self.client.scheduler else "--scheduler",
                remedy="finished runs are kept: start it again and call the same command",
            ) from bad

    def _run(self, runs: Sequence[Run], tell: Tell, burn_in: bool) -> list[Failure]:
        places = self._places()
        lanes = Lanes(in_order(runs, len(places), burn_in=burn_in), len(places))
        failures: list[Failure] = []
        waiting: dict[Any, tuple[Run, str]] = {}
        done = import_module("distributed").as_completed(loop=self.client.loop)

        def hand_out(place: str) -> None:
            run = lanes.take(place)
            if run is None:
                return
            future = self.client.submit(
                answer_for, str(self.out), run.scenario, run.replicate, run.ident, self.threads,
                key=f"run-{run.ident}", pure=False, retries=0, workers=[place],
                allow_other_workers=True,
            )  # fmt: skip
            waiting[future] = run, place
            done.add(future)

        for _ in range(AHEAD):
            for place in places:
                hand_out(place)
        try:
            for future in done:
                run, place = waiting.pop(future)
                failure = self._hear(future, run, tell)
                if failure is not None:
                    failures.append(failure)
                now = self._known()
                if place not in now:
                    lanes.leave(place)
                # workers that are new, or stood in for a dead one, get their share
                held = {p: sum(1 for _, q in waiting.values() if q == p) for p in now}
                for other in sorted(held, key=lambda p: (held[p], p)):
                    for _ in range(AHEAD - held[other]):
                        hand_out(other)
                if not waiting and len(lanes):
                    for other in self._places():
                        hand_out(other)
        finally:
            with suppress(Exception):
                self.client.cancel(list(waiting))
        return failures

    def _hear(self, future: Any, run: Run, tell: Tell) -> Failure | None:
        if future.status in ("cancelled", "lost"):
            raise ConnectionAbortedError(future.status)
        if future.status == "error":
            bad = future.exception()
            if type(bad).__name__ == "KilledWorker":
                return Failure(run, "its worker died again and again, perhaps for want of memory")
            raise bad
        answer = from_line(future.result(), run)
        if isinstance(answer, Misfit):
            raise answer.raised()
        if isinstance(answer, str):
            return Failure(run, answer)
        tell(answer)
        return None

    def _known(self) -> list[str]:
        """Addresses of the workers, as the client knows them now."""
        workers = self.client.scheduler_info(n_workers=-1)["workers"]
        return sorted(workers)

    def _places(self) -> list[str]:
        try:
            self.client.wait_for_workers(1, timeout=PATIENCE_S)
        except TimeoutError:
            raise ResourceError(
                f"the scheduler had no worker for {PATIENCE_S:.0f} s",
                where=self.client.scheduler.address,
                remedy="start workers: dask worker ADDRESS --nthreads 1",
            ) from None
        return self._known()

    def close(self) -> None:
        """Leave the scheduler; a cluster that was started for the study ends."""
        for one in (self.client, self.cluster):
            if one is not None:
                with suppress(Exception):
                    one.close()


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
    try:
        client = distributed.Client(address, timeout=PATIENCE_S, set_as_default=False)
    except (OSError, TimeoutError, ValueError, TypeError) as bad:
        raise ResourceError(
            f"no Dask scheduler answers at {address!r} ({type(bad).__name__})",
            where="--scheduler", remedy="check the address, or start one with: dask scheduler",
        ) from None  # fmt: skip
    return Cluster(client, out, threads)


def slurm(
    out: Path, *, jobs: int, peak_bytes: float, threads: int = 1, **options: Any
) -> Cluster:  # fmt: skip
    """Return workers in SLURM jobs that are submitted now and end with the study.

    Parameters
    ----------
    out : Path
    jobs : int
        SLURM jobs, one worker process each.
    peak_bytes : float
        Memory that one worker needs, by the forecast.
    threads : int
    options
        Of :class:`dask_jobqueue.SLURMCluster`: queue, account, walltime, ...; else from the
        configuration of dask-jobqueue.

    Raises
    ------
    ResourceError
        dask-jobqueue is not installed, or this machine cannot submit SLURM jobs.
    """
    try:
        jobqueue: Any = import_module("dask_jobqueue")
        distributed: Any = import_module("distributed")
    except ImportError:
        raise ResourceError(
            "dask-jobqueue is not installed", where="--slurm", remedy=INSTALL
        ) from None
    if shutil.which("sbatch") is None:
        raise ResourceError(
            "no sbatch on this machine", where="--slurm",
            remedy="call it on a login node of the cluster, or use --scheduler",
        )  # fmt: skip
    gigabytes = max(1, -(-int(peak_bytes * 1.25) // 10**9))
    given = {"cores": threads, "processes": 1, "memory": f"{gigabytes} GB"} | options
    try:
        cluster = jobqueue.SLURMCluster(**given)
        cluster.scale(jobs=jobs)
        client = distributed.Client(cluster, set_as_default=False)
    except (OSError, RuntimeError, TypeError, ValueError) as bad:
        raise ResourceError(f"{bad}", where="--slurm", remedy="check its options") from bad
    return Cluster(client, out, threads, cluster)
