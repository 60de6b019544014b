"""Studies in SLURM jobs that are cancelled on the way: a stand-in everywhere, SLURM where it is."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from oracles.gate import Gate
from oracles.link_country import write_links
from oracles.slurm import write_config, write_slurm
from oracles.small_study import design_of, files_of, n_done, opened, run_missing

PROGRAM = [sys.executable, "-m", "corridor_sim"]
PATIENCE_S = 400.0
ARRAY = """#!/bin/bash
#SBATCH -J shares
#SBATCH -o {out}-%a.log
exec {program} compare {file} --out {out} --index $SLURM_ARRAY_TASK_ID --of 4 --threads 1
"""

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="process groups and the loopback named lo"
)


def real_slurm() -> bool:
    if shutil.which("sinfo") is None:
        return False
    asked = subprocess.run(["sinfo", "-h"], capture_output=True, text=True, check=False)
    return asked.returncode == 0 and " up " in asked.stdout


@pytest.fixture(params=["stand-in", "slurm"])
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """Return the environment in which to call commands."""
    config = write_config(tmp_path / "dask")
    if request.param == "slurm":
        if not real_slurm():
            pytest.skip("no SLURM here (sinfo)")
        return os.environ | {"DASK_CONFIG": str(config)}
    path = f"{write_slurm(tmp_path / 'slurm')}{os.pathsep}{os.environ['PATH']}"
    return os.environ | {"DASK_CONFIG": str(config), "PATH": path}


def needs_jobqueue() -> None:
    pytest.importorskip("dask_jobqueue", reason="needs the extra corridor_sim[cluster]")


def jobs_now(environment: dict[str, str], mine: set[str] | None = None) -> list[str]:
    asked = subprocess.run(
        ["squeue", "--noheader", "--format=%i"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return [job for job in asked.stdout.split() if mine is None or job.split("_")[0] in mine]


def until(seen: Callable[[], object], process: subprocess.Popen[str] | None = None) -> None:
    end = time.monotonic() + PATIENCE_S
    while not seen():
        assert time.monotonic() < end
        assert process is None or process.poll() is None, process.communicate()
        time.sleep(0.05)


@pytest.mark.slow
def test_jobs_that_are_cancelled_are_submitted_again_and_the_bytes_are_the_same(
    environment: dict[str, str], tmp_path: Path
) -> None:
    needs_jobqueue()
    design = design_of(tmp_path, replicates=8, count=300, days=12)
    mine = opened(design, tmp_path / "mine")
    run_missing(mine)
    out = tmp_path / "out"
    before = set(jobs_now(environment))
    gate = Gate(tmp_path / "gate", 3)
    words = [*PROGRAM, "compare", str(tmp_path / "small.toml"), "--out", str(out), "--slurm", "2"]
    process = subprocess.Popen(
        words,
        env=gate.environment(environment),
        cwd=tmp_path,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    # one of them, and all that are there a few runs later; the gate keeps the study from ending
    for at_runs, at_most in ((3, 1), (14, 9)):
        gate.let(at_runs)
        until(lambda n=at_runs: n_done(out) >= n, process)
        there = sorted(set(jobs_now(environment)) - before)
        assert there
        subprocess.run(["scancel", *there[:at_most]], env=environment, check=True)
        until(lambda gone=there[:at_most]: not set(gone) & set(jobs_now(environment)), process)
    gate.open()
    said, told = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, told
    assert f"{len(mine.runs)} runs in {out}" in said
    assert told.count("SLURM jobs submitted: ") >= 2
    assert files_of(out) == files_of(mine.out)
    assert len(list((out / "slurm").glob("*.out"))) >= 3
    # nothing is left behind
    until(lambda: not set(jobs_now(environment)) - before)


@pytest.mark.slow
def test_shares_in_an_array_of_jobs_one_of_them_cancelled(
    environment: dict[str, str], tmp_path: Path
) -> None:
    design = design_of(tmp_path, replicates=8, count=300, days=12)
    mine = opened(design, tmp_path / "mine")
    run_missing(mine)
    out, file = tmp_path / "out", tmp_path / "small.toml"
    gate = Gate(tmp_path / "gate", 2)
    held = gate.environment(environment)
    script = tmp_path / "shares.sh"
    script.write_text(ARRAY.format(program=" ".join(PROGRAM), file=file, out=out), "utf-8")

    def submit(array: str) -> str:
        asked = subprocess.run(
            ["sbatch", f"--array={array}", str(script)],
            env=held,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        return asked.stdout.split()[-1]

    job = submit("0-3")
    until(lambda: n_done(out) >= 2)
    there = [one for one in jobs_now(environment, {job}) if "[" not in one]
    subprocess.run(["scancel", there[-1]], env=environment, check=True)
    until(lambda: there[-1] not in jobs_now(environment, {job}))
    gate.open()
    until(lambda: not jobs_now(environment, {job}))
    words = [*PROGRAM, "report", str(out)]
    report = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert report.returncode == 2
    assert f"of {len(mine.runs)} runs are missing; go on with: " in report.stderr
    job = submit(there[-1].split("_")[1])
    until(lambda: not jobs_now(environment, {job}))
    assert subprocess.run(words, env=environment, capture_output=True, check=False).returncode == 0
    assert (out / "report.html").is_file()
    assert files_of(out) == files_of(mine.out)


def test_an_interruption_cancels_the_jobs_and_says_so(
    environment: dict[str, str], tmp_path: Path
) -> None:
    needs_jobqueue()
    design_of(tmp_path, replicates=3)
    gate = Gate(tmp_path / "gate", 1)
    out, before = tmp_path / "out", set(jobs_now(environment))
    process = subprocess.Popen(
        [*PROGRAM, "compare", "small.toml", "--out", "out", "--quiet", "--slurm", "2"],
        env=gate.environment(environment),
        cwd=tmp_path,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # as from a terminal: what a shell starts in the background is deaf to interruptions
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    until(lambda: n_done(out) >= 1, process)
    process.send_signal(signal.SIGINT)
    said, told = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130, told
    assert said == ""
    assert told == "corridor-sim: interrupted; finished runs are kept, call again to go on\n"
    until(lambda: not set(jobs_now(environment)) - before)
    assert 1 <= n_done(out) < 12


def test_what_slurm_would_not_take_is_one_line(environment: dict[str, str], tmp_path: Path) -> None:
    needs_jobqueue()
    design_of(tmp_path, replicates=1)
    write_config(tmp_path / "dask", queue="nosuch")
    done = subprocess.run(
        [*PROGRAM, "compare", "small.toml", "--out", "out", "--quiet", "--slurm", "2"],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith("corridor-sim: --slurm: SLURM takes no such job: ")
    assert "nosuch" in line
    assert "check queue, account, time and memory" in line
    assert n_done(tmp_path / "out") == 0


@pytest.mark.slow
def test_links_are_ranked_in_slurm_jobs(environment: dict[str, str], tmp_path: Path) -> None:
    needs_jobqueue()
    write_links(
        tmp_path,
        ("pass", "away", "outer", "inner"),
        days=30,
        count=3000,
        scale=10.0,
        links="budget = 8",
        procedure="indifference = 0.2\nfirst_replicates = 5\nbatch = 2\nbudget_runs = 33\n"
        "pairs_runs = 15\nconfirm_replicates = 3",
    )
    for out, who in (("here", ["--workers", "1"]), ("there", ["--slurm", "2"])):
        done = subprocess.run(
            [*PROGRAM, "links", "rank", "links.toml", "--out", out, "--quiet", *who],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    for name in ("links.json", "ranking.csv", "pairs.csv", "frontier.csv"):
        assert (tmp_path / "there" / name).read_bytes() == (tmp_path / "here" / name).read_bytes()
    assert files_of(tmp_path / "there") == files_of(tmp_path / "here")
