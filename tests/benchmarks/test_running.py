"""Many runs: the bookkeeping of ten thousand, what two processes gain, what a run costs beside."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.benchmark
HERE = Path(__file__).parent


def measured(script: str, folder: Path, n: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, str(HERE / script), str(folder), str(n)],
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, float] = json.loads(done.stdout)
    print(script, {name: round(value, 3) for name, value in found.items()})
    return found


def test_ten_thousand_runs_take_half_a_minute_and_a_gigabyte(tmp_path: Path) -> None:
    found = measured("bookkeeping.py", tmp_path, 10_000)
    parts = ("reading the file", "planning", "resuming", "comparing", "writing tables")
    assert sum(found[part] for part in parts) < 30
    assert found["peak_bytes"] < 1e9
    assert found["status"] < 10


def test_two_processes_do_twice_the_work_of_one(tmp_path: Path) -> None:
    found = measured("efficiency.py", tmp_path, 8)
    assert 0.5 < found["seconds_per_run"] < 5
    # neither process waits for the other: on free cores that is a gain of 1.8
    assert found["busy_two"] > 0.9
    assert found["busy_one"] > 0.95
    # writing, hashing and looking what is there, in processor time
    assert found["beside"] < 0.05
    if found["possible"] > 1.95:  # else others use this machine
        assert found["gain"] > 1.8
        assert found["overhead"] < 0.05
