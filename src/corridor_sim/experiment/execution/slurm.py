"""Dask workers in SLURM jobs: submitted, watched, submitted again when they end, and cancelled."""

from __future__ import annotations

import getpass
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from time import monotonic
from typing import Any

from corridor_sim.errors import ResourceError
from corridor_sim.experiment.execution.dask import INSTALL, Cluster
from corridor_sim.progress import Listener, Silence

LOGS = "slurm"
LOOK_EVERY_S = 5.0
# what has ended and cannot be submitted again is given up; Dask counts a worker as lost after 15 s
PATIENCE_S = 60.0
# jobs submitted for each one asked for without a single run done
MOST_IN_VAIN = 4
ANSWER_S = 60.0


class SlurmJobs:
    """So many SLURM jobs of one worker each, kept up while the study goes on.

    A job ends with its wall time, with its machine, or when somebody cancels it; another is
    submitted in its place.

    Parameters
    ----------
    cluster : dask_jobqueue.SLURMCluster
    n : int
        Jobs at a time.
    logs : str
        Where their output lies, for messages.
    listener : Listener
    """

    def __init__(self, cluster: Any, n: int, logs: str, listener: Listener) -> None:
        self.cluster, self.n, self.logs, self.listener = cluster, n, logs, listener
        self._submitted: set[str] = set()
        self._useful = 0
        self._next = 0.0
        self._none_since: float | None = None
        cluster.scale(jobs=n)

    def done(self) -> None:
        """Note that a run is done: the jobs are of use."""
        self._useful = len(self._submitted)

    def keep(self, n_workers: int) -> None:
        """Submit again what has ended, now and then; ``n_workers`` workers answer at present.

        Raises
        ------
        ResourceError
            No job is left, or jobs end again and again.
        """
        ids = {str(job.job_id) for job in list(self.cluster.workers.values()) if job.job_id}
        new = ids - self._submitted
        self._submitted |= ids
        if new:
            self.listener.say(f"SLURM jobs submitted: {', '.join(sorted(new, key=_by_number))}")
        now = monotonic()
        if n_workers >= self.n or now < self._next:
            return
        self._next = now + LOOK_EVERY_S
        # nothing happens to those that are there; a lost one is submitted under its old name
        self.cluster.scale(jobs=self.n)
        if len(self._submitted) - self._useful > (1 + MOST_IN_VAIN) * self.n:
            raise self._given_up("SLURM jobs end again and again before a run is done")
        if n_workers or self._waiting(ids):
            self._none_since = None
            return
        self._none_since = now if self._none_since is None else self._none_since
        if now - self._none_since > PATIENCE_S:
            raise self._given_up(
                f"none of {len(self._submitted)} SLURM jobs answers or waits any more"
                if self._submitted
                else "sbatch takes no job"
            )

    def _given_up(self, problem: str) -> ResourceError:
        return ResourceError(
            problem, where="--slurm", remedy=f"see why in {self.logs}; finished runs are kept"
        )

    def _waiting(self, ids: set[str]) -> bool:
        """Whether any of the jobs waits or runs, as far as SLURM says."""
        try:
            asked = subprocess.run(
                ["squeue", "--noheader", "--format=%i", f"--user={getpass.getuser()}"],
                capture_output=True,
                text=True,
                timeout=ANSWER_S,
                check=True,
            )
        except (OSError, subprocess.SubprocessError, KeyError):
            return True  # it does not say
        return bool(ids & set(asked.stdout.split()))

    def close(self) -> None:
        """Cancel the jobs."""
        self.cluster.close()


def _by_number(text: str) -> tuple[int, str]:
    return len(text), text


def refuse_without_slurm() -> None:
    """Refuse before any work what cannot be submitted from here.

    Raises
    ------
    ResourceError
        dask-jobqueue is not installed, or this machine cannot submit SLURM jobs.
    """
    _libraries()
    if shutil.which("sbatch") is None:
        raise ResourceError(
            "no sbatch on this machine",
            where="--slurm",
            remedy="call it on a login node of the cluster, or use --scheduler",
        )


def _libraries() -> tuple[Any, Any]:
    ours = signal.getsignal(signal.SIGINT)
    try:
        return import_module("dask_jobqueue"), import_module("distributed")
    except ImportError:
        raise ResourceError(
            "dask-jobqueue is not installed", where="--slurm", remedy=INSTALL
        ) from None
    finally:
        # dask-jobqueue 0.9 ends the program at Ctrl-C without a word, once it is imported
        if signal.getsignal(signal.SIGINT) is not ours:
            signal.signal(signal.SIGINT, ours)


def slurm(
    out: Path,
    *,
    jobs: int,
    peak_bytes: float,
    threads: int = 1,
    listener: Listener | None = None,
    **options: Any,
) -> Cluster:
    """Return workers in SLURM jobs that are submitted now and end with the study.

    Parameters
    ----------
    out : Path
        Results folder; the output of the jobs goes to ``slurm/`` in it, unless the configuration
        of dask-jobqueue names another place.
    jobs : int
        SLURM jobs, one worker process each.
    peak_bytes : float
        Memory that one worker needs, by the forecast.
    threads : int
    listener : Listener, optional
    options
        Of :class:`dask_jobqueue.SLURMCluster`: queue, account, walltime, ...; else from the
        configuration of dask-jobqueue.

    Raises
    ------
    ResourceError
        dask-jobqueue is not installed, this machine cannot submit SLURM jobs, or SLURM would not
        take them.
    """
    refuse_without_slurm()
    jobqueue, distributed = _libraries()
    out = Path(out).resolve()
    gigabytes = max(1, -(-int(peak_bytes * 1.25) // 10**9))
    config = import_module("dask").config
    # any port for its page: two studies of one machine do not meet there
    page = {"dashboard_address": ":0", **config.get("jobqueue.slurm.scheduler-options", {})}
    given = {
        "cores": threads,
        "processes": 1,
        "memory": f"{gigabytes} GB",
        "scheduler_options": page,
    } | options
    logs = given.get("log_directory") or config.get("jobqueue.slurm.log-directory", None)
    if logs is None and not any(letter.isspace() for letter in str(out)):
        logs = given["log_directory"] = str(out / LOGS)
    try:
        cluster = jobqueue.SLURMCluster(**given)
    except (OSError, RuntimeError, TypeError, ValueError) as bad:
        raise ResourceError(f"{bad}", where="--slurm", remedy="check its options") from bad
    try:
        _try_out(cluster.job_script())
        watched = SlurmJobs(cluster, jobs, str(logs or "slurm-*.out"), listener or Silence())
        client = distributed.Client(cluster, set_as_default=False)
    except BaseException:
        with suppress(Exception):
            cluster.close()
        raise
    return Cluster(client, out, threads, watched)


def _try_out(script: str) -> None:
    """Ask SLURM whether it would take a job, which says more than a job that never comes."""
    with tempfile.NamedTemporaryFile("w", suffix=".sh", encoding="utf-8") as file:
        file.write(script)
        file.flush()
        try:
            asked = subprocess.run(
                ["sbatch", "--test-only", file.name],
                capture_output=True,
                text=True,
                timeout=ANSWER_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise ResourceError(
                f"sbatch did not answer for {ANSWER_S:.0f} s",
                where="--slurm",
                remedy="see whether SLURM is up: sinfo",
            ) from None
    if asked.returncode:
        said = " ".join(asked.stderr.split()) or f"exit code {asked.returncode}"
        raise ResourceError(
            f"SLURM takes no such job: {said[:300]}",
            where="--slurm",
            remedy="check queue, account, time and memory in the configuration of dask-jobqueue",
        )
