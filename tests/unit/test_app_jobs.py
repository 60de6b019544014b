"""Work in a process of its own: how it goes on, how it ends, and that it ends with the program."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import corridor_sim.app.jobs
from corridor_sim.app.jobs import Jobs, function_of

PATIENCE_S = 60.0
# a process of a job that knows a function which takes its time
CHILD = """
import sys, time
import corridor_sim.app.jobs as jobs

def in_turn(n, pause_s):
    for i in range(n):
        print("line", i, file=sys.stderr, flush=True)
        time.sleep(pause_s)
    return n

jobs.in_turn = in_turn
jobs.child()
"""
IN_TURN = "corridor_sim.app.jobs:in_turn"


@pytest.fixture
def told() -> list[dict[str, Any]]:
    return []


@pytest.fixture
def jobs(told: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> Iterator[Jobs]:
    monkeypatch.setattr(corridor_sim.app.jobs, "in_turn", int, raising=False)
    one = Jobs(lambda kind, data: told.append(data), [sys.executable, "-c", CHILD])
    yield one
    one.stop()


def wait(found: Callable[[], Any]) -> Any:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        if value := found():
            return value
        time.sleep(0.01)
    raise TimeoutError


def ended(jobs: Jobs, ident: str) -> dict[str, Any]:
    def found() -> Any:
        one = next(one for one in jobs.told() if one["id"] == ident)
        return one if one["stage"] not in ("waiting", "running") else None

    return dict(wait(found))


def test_a_public_function_is_called_and_what_it_returns_is_told(
    jobs: Jobs, told: list[dict[str, Any]]
) -> None:
    one = jobs.start("keys", "species_keys", {}, done="corridor_sim.app.tasks:plain")
    two = jobs.start("keys", "species_keys", {})
    assert len(ended(jobs, one)["result"]) == 4
    assert ended(jobs, two)["result"].startswith("[")
    wait(lambda: sum(data["stage"] == "done" for data in told) == 2)
    assert [data["stage"] for data in told if data["id"] == one] == ["waiting", "running", "done"]


def test_a_mistake_is_told_in_its_own_words(jobs: Jobs) -> None:
    bad = ended(jobs, jobs.start("read", "read_alternatives", {"path": "nowhere.toml"}))
    assert bad["stage"] == "failed"
    assert bad["problem"].startswith("nowhere.toml: ")
    assert "nobody foresaw" not in bad["problem"]


def test_lines_of_progress_come_while_it_goes_on(jobs: Jobs, told: list[dict[str, Any]]) -> None:
    ident = jobs.start("work", IN_TURN, {"n": 2, "pause_s": 0.0})
    assert ended(jobs, ident)["result"] == "2"
    assert [data["line"] for data in told if data["line"]][:2] == ["line 0", "line 1"]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_job_is_cancelled_waiting_or_running(jobs: Jobs) -> None:
    long = {"n": 1, "pause_s": 600.0}
    running = jobs.start("work", IN_TURN, long)
    waiting = jobs.start("work", IN_TURN, long)
    wait(lambda: jobs.told()[0]["line"])
    child = jobs._all[running].child
    assert child is not None
    assert jobs.cancel(waiting)
    assert jobs.cancel(running)
    assert not jobs.cancel("99")
    child.wait(PATIENCE_S)
    assert [one["stage"] for one in jobs.told()] == ["cancelled", "cancelled"]
    assert ended(jobs, jobs.start("keys", "species_keys", {}))["stage"] == "done"


PARENT = f"""
import sys, time
import corridor_sim.app.jobs as module
module.in_turn = int
jobs = module.Jobs(lambda kind, data: None, [sys.executable, "-c", {CHILD!r}])
jobs.start("work", {IN_TURN!r}, {{"n": 1, "pause_s": 600.0}})
while not jobs.told()[0]["line"]:
    time.sleep(0.01)
print(jobs._all["1"].child.pid, flush=True)
time.sleep(600)
"""


@pytest.mark.skipif(os.name == "nt", reason="asking for a process ends it there")
def test_a_job_ends_with_the_program_however_that_ends() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert alive(pid)
        parent.kill()
    wait(lambda: not alive(pid) or Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z")


@pytest.mark.parametrize(
    "name",
    ["nothing", "os:system", "corridor_sim.files:write_text", "corridor_sim.app.jobs:x", "_x"],
)
def test_only_what_is_public_can_be_called(jobs: Jobs, name: str) -> None:
    with pytest.raises(ValueError, match=name.rpartition(":")[2]):
        jobs.start("bad", name, {})
    with pytest.raises(ValueError, match=name.rpartition(":")[2]):
        function_of(name)
