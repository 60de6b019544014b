"""A real Dask cluster on this machine, whose workers are killed on the way.

It runs in a process of its own: schedulers leave threads behind, and their warnings are not ours.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from corridor_sim.experiment.study import Study
from oracles.small_study import DAYS, DECADES, design_of, files_of, opened, run_missing

pytest.importorskip("distributed", reason="needs the extra corridor_sim[cluster]")

CLUSTER = """
import os, signal, sys
import dask
from distributed import LocalCluster

def main():
    from corridor_sim.experiment.execution import dask as dask_pool
    from corridor_sim.experiment.execution.dask import connect
    from corridor_sim.experiment.execution.runner import Runner
    from corridor_sim.experiment.study import reopen_study
    out, kills = sys.argv[1], int(sys.argv[2])
    dask.config.set({"distributed.scheduler.worker-ttl": None})
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        executor = connect(cluster.scheduler_address, out)
        if kills == -1:
            dask_pool.PATIENCE_S = 2.0
            cluster.close()
        told, killed = [], []
        plain = executor.run
        def run(runs, tell, burn_in=False, maps=()):
            def kill_and_tell(done):
                told.append(done.run)
                if kills == -2:
                    cluster.close()
                # at the second run, and a dozen runs after each kill
                if len(killed) < kills and len(told) >= 2 + 12 * len(killed):
                    pids = list(executor.client.run(os.getpid, on_error="ignore").values())
                    pids = [p for p in pids if isinstance(p, int)]
                    # both at once, or one
                    for pid in pids[len(killed) % 2 :]:
                        os.kill(pid, signal.SIGKILL)
                        killed.append(pid)
                tell(done)
            return plain(runs, kill_and_tell, burn_in=burn_in, maps=maps)
        executor.run = run
        with Runner(reopen_study(out), executor=executor) as runner:
            n = runner.run()
        print(n, len(told), len(set(told)), len(killed))

if __name__ == "__main__":
    main()
"""


def on_a_cluster(study: Study, kills: int) -> subprocess.CompletedProcess[str]:
    script = study.out.parent / "cluster.py"
    script.write_text(CLUSTER, "utf-8")
    return subprocess.run(
        [sys.executable, str(script), str(study.out), str(kills)],
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )


@pytest.mark.parametrize(
    ("kind", "replicates", "kills"),
    [
        pytest.param(DAYS, 3, 1, id="days"),
        pytest.param(DAYS, 16, 5, id="many kills", marks=pytest.mark.slow),
        pytest.param(DECADES, 4, 2, id="decades", marks=pytest.mark.slow),
    ],
)
def test_a_cluster_whose_workers_are_killed_leaves_the_same_bytes(
    kind: str, replicates: int, kills: int, tmp_path: Path
) -> None:
    design = design_of(tmp_path, kind, replicates=replicates)
    mine = opened(design, tmp_path / "mine")
    run_missing(mine)
    study = opened(design, tmp_path / "cluster")
    done = on_a_cluster(study, kills)
    assert done.returncode == 0, done.stderr
    n, told, different, killed = map(int, done.stdout.split())
    assert different == len(study.runs)
    assert told >= different
    assert n <= told
    assert killed >= kills
    assert files_of(study.out) == files_of(mine.out)


@pytest.mark.parametrize(
    "when",
    [
        pytest.param(-1, id="before", marks=pytest.mark.slow),
        pytest.param(-2, id="on the way", marks=pytest.mark.slow),
    ],
)
def test_a_scheduler_that_is_gone_is_one_line_and_nothing_is_lost(
    when: int, tmp_path: Path
) -> None:
    study = opened(design_of(tmp_path, replicates=1), tmp_path / "out")
    done = on_a_cluster(study, when)
    assert done.returncode == 1
    assert len(list((study.out / "runs").glob("*.npz"))) >= -1 - when
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("corridor_sim.errors.ResourceError: "), done.stderr
    assert "finished runs are kept" in last
