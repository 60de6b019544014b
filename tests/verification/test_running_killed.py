"""A study that is killed with -9 at random moments ends with the bytes of an unbroken one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from corridor_sim.experiment.study import Study
from oracles.gate import Gate
from oracles.small_study import DECADES, design_of, files_of, n_done, opened, run_missing

START = "import sys; from corridor_sim.experiment.execution.runner import run_jobs; "
START += "from corridor_sim.experiment.study import reopen_study; "
START += "run_jobs(reopen_study(sys.argv[1]), workers=int(sys.argv[2]), threads=1)"
PATIENCE_S = 240.0


def started(study: Study, workers: int, runs: int) -> subprocess.Popen[bytes]:
    """Do a study's runs in a process group of its own; so many files are made, then it waits."""
    words = [sys.executable, "-c", START, str(study.out), str(workers)]
    gate = Gate(study.out.parent / "gate", runs)
    return subprocess.Popen(words, start_new_session=True, env=gate.environment())


def kill_at_random(study: Study, workers: int, kills: int, seed: int, step: int) -> int:
    """Kill the whole group with -9, each time up to ``step`` runs and a moment later.

    Returns how often there was something to kill. What lies in the folder after each must be whole
    files.
    """
    rng = np.random.default_rng(seed)
    killed = 0
    for _ in range(kills):
        before, more = n_done(study.out), int(rng.integers(0, step + 1))
        # however fast the machine is, there is something left to kill
        most = len(study.runs) - workers
        process = started(study, workers, most)
        end = time.monotonic() + PATIENCE_S
        while process.poll() is None and n_done(study.out) < min(before + more, most):
            assert time.monotonic() < end
            time.sleep(0.002)
        # with nothing to wait for, anywhere in the start
        time.sleep(rng.uniform(0, 0.05 if more else 2.0))
        killed += process.poll() is None
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return killed


@pytest.mark.parametrize(
    ("workers", "kills", "step"),
    [
        (1, 3, 2),
        pytest.param(1, 20, 2, marks=pytest.mark.slow),
        pytest.param(2, 20, 3, marks=pytest.mark.slow),
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="process groups are killed")
def test_killed_at_random_moments_it_ends_with_the_same_bytes(
    workers: int, kills: int, step: int, tmp_path: Path
) -> None:
    design = design_of(tmp_path, replicates=6 if kills < 10 else 16, count=3000)
    whole = opened(design, tmp_path / "whole")
    run_missing(whole)
    wanted = files_of(whole.out)
    broken = opened(design, tmp_path / "broken")
    assert kill_at_random(broken, workers, kills, seed=workers, step=step) >= min(kills, 3)
    left = {k: v for k, v in files_of(broken.out).items() if not k.split("/")[1].startswith(".")}
    assert left.items() <= wanted.items()
    again = opened(design, tmp_path / "broken")
    assert run_missing(again) == len(again.runs) - n_done_of(left)
    assert files_of(broken.out) == wanted


def n_done_of(files: dict[str, bytes]) -> int:
    return sum(name.startswith("runs/") for name in files)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="process groups are killed")
def test_decades_killed_at_random_moments_end_with_the_same_bytes(tmp_path: Path) -> None:
    design = design_of(tmp_path, DECADES, replicates=6)
    whole = opened(design, tmp_path / "whole")
    run_missing(whole)
    broken = opened(design, tmp_path / "broken")
    assert kill_at_random(broken, 2, 6, seed=8, step=2) >= 3
    run_missing(broken)
    assert files_of(broken.out) == files_of(whole.out)


def children_of(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        found += [int(word) for word in task.read_text().split()]
    return found


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks /proc for children")
def test_workers_end_when_the_one_who_started_them_is_killed(tmp_path: Path) -> None:
    study = opened(design_of(tmp_path, replicates=3), tmp_path / "out")
    process = started(study, 2, 3)
    end = time.monotonic() + PATIENCE_S
    while n_done(study.out) < 3:
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.01)
    workers = children_of(process.pid)
    assert len(workers) == 2
    process.kill()
    process.wait()
    while any(alive(pid) for pid in workers):
        assert time.monotonic() < end
        time.sleep(0.05)


def alive(pid: int) -> bool:
    try:
        # a zombie waits for init only
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
