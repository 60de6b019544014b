"""What several processes gain, and what a run costs beside its simulation."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter, process_time

sys.path.insert(0, str(Path(__file__).parents[1]))


SPIN = """
import time
began, x = time.perf_counter(), 0
for i in range(12_000_000):
    x += i * i
print(time.perf_counter() - began)
"""


def spin(n: int) -> float:
    """Return the seconds that ``n`` processes take to count, side by side; the slowest."""
    words = [sys.executable, "-c", SPIN]
    racers = [subprocess.Popen(words, stdout=subprocess.PIPE, text=True) for _ in range(n)]
    return max(float(one.communicate()[0]) for one in racers)


def main(folder: Path, n_runs: int, rounds: int = 3) -> dict[str, float]:
    """Return what ``n_runs`` runs take here, by one and by two processes; the best of some rounds.

    Processes are started and scenarios prepared before the clock runs. On a machine that others
    use, ``gain`` is to be held against ``possible``, what two processes gain that only count;
    ``busy``, the share of the processes' time that was spent in runs, and ``beside``, the
    processor time of a run that is not simulation, say something in any case.
    """
    from corridor_sim.experiment.execution.local import Processes
    from corridor_sim.experiment.jobs import WorkerCache
    from corridor_sim.experiment.plan import Run
    from corridor_sim.progress import Silence
    from corridor_sim.simulation.days.run_file import record
    from corridor_sim.simulation.days.simulation import (
        Simulation,
        find_homes,
        prepare_days,
        use_threads,
    )
    from corridor_sim.simulation.days.simulator import quota_of
    from oracles.small_study import DAYS, design_of, opened

    text = DAYS[: DAYS.index("[factors")]
    design = design_of(folder, text, days=365, count=4000, replicates=2)
    study = opened(design, folder / "out")
    one = study.scenarios[0]
    use_threads(1)
    stage = prepare_days(
        study.species,
        study.land,
        find_homes(study.species, study.land),
        {key: quota_of(one, key) for key in study.species_keys()},
    )
    at = 0

    def fresh(n: int) -> Sequence[Run]:
        nonlocal at
        at += n
        return study.extend([(0, r) for r in range(at, at + n)])

    def simulate(replicate: int) -> None:
        sim = Simulation(stage, seed=one.scenario.seed, replicate=replicate)
        sim.advance(one.scenario.n_days)
        for key, seen in stage.species.items():
            record(sim.result(key), seen, stage.landscape, keep_tracks=False)

    def alone() -> float:
        """Nothing but simulating and measuring, here."""
        began = perf_counter()
        for k in range(n_runs):
            simulate(10_000 + k)
        return perf_counter() - began

    def by(executor: Processes) -> tuple[float, float]:
        runs, busy = fresh(n_runs), []
        began = perf_counter()
        assert executor.run(runs, lambda done: busy.append(done.seconds)) == []
        seconds = perf_counter() - began
        return seconds, sum(busy) / (executor.n * seconds)

    def beside() -> float:
        """Share of processor time of a run that is not simulation, one after the other."""
        worker_cache = WorkerCache(study.out, study.digests.__getitem__, lambda _: one)
        worker_cache.adopt(one, study.land, study.species)
        worker_cache.do(fresh(1)[0], threads=1, listener=Silence())
        shares = []
        for run in fresh(n_runs):
            began = process_time()
            simulate(run.replicate)
            middle = process_time()
            worker_cache.do(run, threads=1, listener=Silence())
            shares.append((process_time() - middle) / (middle - began) - 1)
        return sorted(shares)[len(shares) // 2]

    single, pair = Processes(study.out, 1), Processes(study.out, 2)
    for executor in (single, pair):
        executor.run(fresh(2), lambda done: None)
    alone()
    found = [(alone(), by(single), by(pair), spin(1), spin(2)) for _ in range(rounds)]
    for executor in (single, pair):
        executor.close()
    plain = min(one[0] for one in found)
    first, second = min(one[1][0] for one in found), min(one[2][0] for one in found)
    return {
        "seconds_per_run": plain / n_runs,
        "one_process_s": first,
        "two_processes_s": second,
        "gain": first / second,
        "possible": 2 * min(one[3] for one in found) / min(one[4] for one in found),
        "overhead": first / plain - 1,
        "busy_one": max(one[1][1] for one in found),
        "busy_two": max(one[2][1] for one in found),
        "beside": beside(),
    }


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]))))
