"""How SLURM jobs are watched, without any SLURM: what is submitted again, what is given up."""

from __future__ import annotations

import logging
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from corridor_sim.errors import ResourceError
from corridor_sim.experiment.execution import slurm as slurm_jobs
from corridor_sim.experiment.execution.dask import Cluster
from corridor_sim.experiment.execution.slurm import SlurmJobs
from corridor_sim.experiment.plan import Run
from corridor_sim.progress import Silence


class Submitted:
    """Keeps what a cluster of jobs is asked for; ``next_ids`` are those that it submits."""

    def __init__(self) -> None:
        self.workers: dict[int, Any] = {}
        self.asked: list[int] = []

    def scale(self, jobs: int) -> None:
        self.asked.append(jobs)

    def submits(self, *ids: str) -> None:
        self.workers = {i: SimpleNamespace(job_id=one) for i, one in enumerate(ids)}


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Told(Silence):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(slurm_jobs, "monotonic", clock)
    return clock


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Return the jobs that SLURM knows, to be changed by a test."""
    known: set[str] = set()

    def run(words: list[str], **_: Any) -> Any:
        assert words[0] == "squeue"
        return SimpleNamespace(stdout="\n".join(sorted(known)))

    monkeypatch.setattr(subprocess, "run", run)
    return known


def test_enough_workers_are_left_alone(clock: Clock, queued: set[str]) -> None:
    cluster = Submitted()
    jobs = SlurmJobs(cluster, 2, "logs", Silence())
    cluster.submits("7", "8")
    for _ in range(5):
        jobs.keep(2)
        clock.now += 100
    assert cluster.asked == [2]


def test_jobs_that_end_are_asked_for_again_now_and_then(clock: Clock, queued: set[str]) -> None:
    cluster, told = Submitted(), Told()
    jobs = SlurmJobs(cluster, 2, "logs", told)
    cluster.submits("7", "10")
    queued.update({"7", "10"})
    jobs.keep(0)
    jobs.keep(1)  # too soon to ask again
    assert cluster.asked == [2, 2]
    assert told.lines == ["SLURM jobs submitted: 7, 10"]
    clock.now += slurm_jobs.LOOK_EVERY_S
    cluster.submits("7", "11")
    jobs.keep(1)
    assert cluster.asked == [2, 2, 2]
    assert told.lines[1:] == ["SLURM jobs submitted: 11"]


def test_a_queue_may_take_its_time(clock: Clock, queued: set[str]) -> None:
    cluster = Submitted()
    jobs = SlurmJobs(cluster, 2, "logs", Silence())
    cluster.submits("7", "8")
    queued.add("8")
    for _ in range(50):
        jobs.keep(0)
        clock.now += 3600
    # and a SLURM that does not answer says nothing against it
    queued.clear()

    def silent(*_: Any, **__: Any) -> Any:
        raise subprocess.TimeoutExpired("squeue", 1.0)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subprocess, "run", silent)
        for _ in range(5):
            jobs.keep(0)
            clock.now += 3600


@pytest.mark.parametrize(
    ("ids", "said"),
    [(("7", "8"), "none of 2 SLURM jobs answers or waits any more"), ((), "sbatch takes no job")],
)
def test_jobs_that_never_answer_are_given_up(
    ids: tuple[str, ...], said: str, clock: Clock, queued: set[str]
) -> None:
    cluster = Submitted()
    jobs = SlurmJobs(cluster, 2, "/results/slurm", Silence())
    cluster.submits(*ids)
    queued.add("999")  # somebody else's
    jobs.keep(0)
    clock.now += slurm_jobs.PATIENCE_S
    jobs.keep(0)
    clock.now += slurm_jobs.LOOK_EVERY_S
    with pytest.raises(ResourceError) as caught:
        jobs.keep(0)
    assert str(caught.value) == (
        f"--slurm: {said}; see why in /results/slurm; finished runs are kept"
    )


def test_jobs_that_end_before_any_run_is_done_are_given_up(clock: Clock, queued: set[str]) -> None:
    cluster = Submitted()
    jobs = SlurmJobs(cluster, 2, "logs", Silence())
    most = (1 + slurm_jobs.MOST_IN_VAIN) * 2
    for number in range(3 * most):
        cluster.submits(str(number))
        queued.add(str(number))
        jobs.keep(1)
        jobs.done()  # of use: there may be as many as the wall time asks for
        clock.now += 60

    def end_again_and_again() -> None:
        for number in range(100, 101 + most):
            cluster.submits(str(number))
            queued.add(str(number))
            jobs.keep(1)
            clock.now += 60

    with pytest.raises(ResourceError, match="jobs end again and again before a run is done; see"):
        end_again_and_again()


def test_a_client_that_has_given_up_is_a_scheduler_that_is_gone(tmp_path: Path) -> None:
    pytest.importorskip("distributed", reason="needs the extra corridor_sim[cluster]")

    class Gone:
        id = "here"
        scheduler = SimpleNamespace(address="tcp://10.0.0.1:8786")

        def nthreads(self) -> dict[str, int]:
            raise ConnectionError

        def cancel(self, futures: list[Any]) -> None: ...

    with pytest.raises(
        ResourceError,
        match=r"^tcp://10.0.0.1:8786: the scheduler is gone "
        r"\(ConnectionError\); finished runs are kept: start it again",
    ):
        Cluster(Gone(), tmp_path).run([Run(0, 0, "0123456789abcdef")], print)


def test_a_call_that_was_broken_off_before_it_began_is_no_news(tmp_path: Path) -> None:
    seen: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(record.getMessage())

    log = logging.getLogger("tornado.application")
    kept = Kept()
    log.addHandler(kept)
    try:
        Cluster(None, tmp_path)
        Cluster(None, tmp_path)
        for name in ("sync.<locals>.cancel", "another"):
            for error in (NameError("future"), ValueError("future")):
                try:
                    raise error
                except (NameError, ValueError):
                    log.exception("Exception in callback <function %s>", name)
    finally:
        log.removeHandler(kept)
    assert len(seen) == 3
    assert sum("sync.<locals>" in line for line in seen) == 1
