"""Local processes: lost workers, want of memory, and what is said of them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from corridor_sim import memory
from corridor_sim.errors import LandscapeError, ResourceError, ScenarioError
from corridor_sim.experiment.execution import local as pool
from corridor_sim.experiment.execution import runner as running
from corridor_sim.experiment.execution import worker
from corridor_sim.experiment.execution.local import Processes
from corridor_sim.experiment.execution.runner import (
    Runner,
    most_workers,
    run_jobs,
    suggested_workers,
)
from corridor_sim.experiment.jobs import Done
from corridor_sim.experiment.plan import Run
from corridor_sim.experiment.plan_file import Plan
from corridor_sim.experiment.study import Study
from oracles.small_study import design_of, n_done, opened, run_missing

RUN = Run(0, 0, "0123456789abcdef")


PATCHED = """
import json, os, sys; sys.path[:] = json.loads(sys.argv[1])
from corridor_sim.experiment.execution import worker
plain, told = worker.work, json.loads({told!r})
def work(out, run, threads=1):
    what = told.get(run.ident)
    if what == "memory":
        raise MemoryError
    if what == "signal":
        os.kill(os.getpid(), 9)
    if what == "exit":
        os._exit(3)
    if what == "once" and not os.path.exists(out + "/once"):
        open(out + "/once", "w").close()
        import socket
        half = f".{{run.ident}}.npz.{{socket.gethostname()}}~{{os.getpid()}}~1"
        open(f"{{out}}/runs/{{half}}", "w").close()
        os.kill(os.getpid(), 9)
    if what == "bug":
        raise KeyError("a bug of ours")
    if what == "misfit":
        from corridor_sim.errors import LandscapeError
        raise LandscapeError("has a hole", where="dem.tif", remedy="fill it")
    return plain(out, run, threads=threads)
worker.work = work
worker.serve(sys.argv[2], int(sys.argv[3]))
"""


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return opened(design_of(tmp_path, replicates=2), tmp_path / "out")


def stumble(monkeypatch: pytest.MonkeyPatch, study: Study, what: dict[int, str]) -> None:
    """Let workers come to grief over some of the runs."""
    import json

    told = json.dumps({study.runs[i].ident: how for i, how in what.items()})
    monkeypatch.setattr(pool, "START", PATCHED.format(told=told))


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_the_others_go_on_when_workers_die(
    study: Study, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stumble(monkeypatch, study, {1: "memory", 4: "signal", 5: "exit", 6: "once"})
    with pytest.raises(ResourceError) as caught:
        run_jobs(study, workers=2)
    said = str(caught.value)
    assert "\n" not in said
    assert said.startswith(f"{study.out.resolve()}: run 2 of 'none + now' and 2 more of 8: out of ")
    assert "the other runs are done" in said
    assert "free memory" in said
    assert n_done(study.out) == 5
    # what a killed worker had begun to write went with it
    assert not list((study.out / "runs").glob(".*"))
    monkeypatch.undo()
    # nothing was lost: a machine with more memory ends it
    assert run_missing(study) == 3


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_it_is_said_how_a_worker_ended(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    stumble(monkeypatch, study, {0: "signal", 1: "exit"})
    executor = Processes(study.out, 1)
    told: list[Done] = []
    failures = executor.run(study.runs[:3], told.append)
    executor.close()
    assert {(f.run, f.why) for f in failures} == {
        (
            study.runs[0],
            "its worker was killed by signal 9, as the system does when memory runs out",
        ),
        (study.runs[1], "its worker ended with exit code 3"),
    }
    assert [done.run for done in told] == [study.runs[2]]


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_workers_that_cannot_work_at_all_are_given_up(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    stumble(monkeypatch, study, dict.fromkeys(range(len(study.runs)), "exit"))
    starts: list[object] = []
    started = Processes._started
    monkeypatch.setattr(
        Processes, "_started", lambda executor: starts.append(1) or started(executor)
    )
    executor = Processes(study.out, 2)
    failures = executor.run(study.runs, lambda done: None)
    executor.close()
    assert {f.run for f in failures} == set(study.runs)
    assert {f.why for f in failures} == {"its worker ended with exit code 3"}
    assert len(failures) == len(study.runs) > 4
    # three, the one that was busy beside them, and one that had the memory to itself
    assert len(starts) <= 5


def test_mistakes_and_bugs_come_back_as_they_are(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    stumble(monkeypatch, study, {0: "misfit", 1: "bug"})
    executor = Processes(study.out, 1)
    with pytest.raises(LandscapeError, match=r"^dem\.tif: has a hole; fill it$"):
        executor.run(study.runs[:1], print)
    with pytest.raises(RuntimeError, match="a bug of ours"):
        executor.run(study.runs[1:2], print)
    # and the executor is of use again
    assert executor.run(study.runs[2:3], print) == []
    executor.close()


def test_answers_pass_through_a_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def sent(found: Done | Exception) -> Done | str:
        def work(*_: Any, **__: Any) -> Done:
            if isinstance(found, Exception):
                raise found
            return found

        monkeypatch.setattr(worker, "work", work)
        line = worker.answer_of(tmp_path, RUN)
        assert "\n" not in line
        return worker.from_line(line, RUN)

    assert sent(Done(RUN, 1.25, 0.5)) == Done(RUN, 1.25, 0.5)
    assert sent(MemoryError()) == "out of memory"
    with pytest.raises(ScenarioError, match=r"^two lines; mend$"):
        sent(ScenarioError("two\nlines", remedy="mend"))
    with pytest.raises(LandscapeError, match=r"^dem\.tif: has a hole; fill it$"):
        sent(LandscapeError("has a hole", where="dem.tif", remedy="fill it"))
    with pytest.raises(RuntimeError, match="a bug of ours"):
        sent(KeyError("a bug of ours"))


def test_an_interruption_ends_the_workers(study: Study) -> None:
    executor = Processes(study.out, 2)

    def stop(done: Done) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        executor.run(study.runs, stop)
    assert executor._workers == []
    assert 0 < n_done(study.out) < len(study.runs)


def test_workers_are_as_many_as_cores_memory_and_runs_allow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(running, "cores", lambda: 16)
    monkeypatch.setattr(running, "available_bytes", lambda: 10e9)
    assert most_workers(1e9, 1000) == 9
    assert most_workers(1e8, 1000) == 16
    assert most_workers(1e8, 5) == 5
    assert most_workers(1e11, 1000) == 1
    monkeypatch.setattr(running, "available_bytes", lambda: float("inf"))
    assert most_workers(1e11, 1000) == 16
    # starting processes pays for long work of many runs only
    assert suggested_workers(Plan((), 1e9, seconds=10.0), 1000) == 16
    assert suggested_workers(Plan((), 1e9, seconds=10.0), 16) == 1
    assert suggested_workers(Plan((), 1e9, seconds=0.01), 1000) == 1


def test_a_crew_stays_from_call_to_call(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    starts: list[Any] = []
    plain = Processes._started

    def counted(self: Processes) -> Any:
        starts.append(self)
        return plain(self)

    monkeypatch.setattr(Processes, "_started", counted)
    with Runner(study, workers=2) as runner:
        assert runner.run(study.runs[:2]) == 2
        assert runner.run(study.extend([(0, 5), (0, 6), (3, 1)])) == 3
    assert len(starts) == 2


def test_more_processes_than_memory_allows_are_refused(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = 2.5 * study.expected.peak_bytes
    monkeypatch.setattr(running, "available_bytes", lambda: free)
    with pytest.raises(
        ResourceError,
        match=r"^--workers: 3 processes need about .* GB of memory, "
        r".* GB are free; use --workers 2$",
    ):
        run_jobs(study, workers=3)
    assert n_done(study.out) == 0


@pytest.mark.parametrize(
    ("files", "left"),
    [
        (
            {
                "memory.max": "8000\n",
                "memory.current": "3000\n",
                "memory.stat": "anon 2000\ninactive_file 500\n",
            },
            5500.0,
        ),
        ({"memory.max": "max\n", "memory.current": "3000\n", "memory.stat": ""}, float("inf")),
        (
            {
                "memory/memory.limit_in_bytes": "100",
                "memory/memory.usage_in_bytes": "300",
                "memory/memory.stat": "cache 1\n",
            },
            0.0,
        ),
        ({}, float("inf")),
    ],
)
def test_the_limit_of_a_container_counts(
    files: dict[str, str], left: float, tmp_path: Path
) -> None:
    (tmp_path / "memory").mkdir()
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert memory._free_of_group(str(tmp_path)) == left
