"""Ten thousand runs planned, resumed and summarised; called as a program of its own.

The run files are real ones of a small study, each linked under many names, so that all that is
read is of the real format and size.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[1]))

EXPERIMENT = """
name = "Many"
[base]
days = 4
replicates = <replicates>
seed = 3
tracks = 2
[base.landscape]
elevation = "dem.tif"
[base.species.jaguar]
count = 400
[base.species.andean_bear]
count = 400
[base.species.mountain_tapir]
count = 400
[base.species.andean_condor]
count = 100
[factors.fragmentation]
none = []
"""
LEVELS = 250
VARIANTS = 12


def main(folder: Path, n_runs: int) -> dict[str, float]:
    """Return seconds by part, and the peak of memory in bytes."""
    from corridor_sim.comparison.tables import compare, write_tables
    from corridor_sim.experiment.execution.runner import Runner
    from corridor_sim.experiment.status import describe, status_of
    from oracles.small_study import design_of, opened, run_missing

    levels = [
        f'"{i:03d}" = [{{ kind = "clear", fraction = {0.9 * i / LEVELS:.4f} }}]'
        for i in range(1, LEVELS)
    ]
    text = EXPERIMENT + "\n".join(levels) + "\n"
    small = folder / "small"
    small.mkdir()
    few = opened(design_of(small, EXPERIMENT, replicates=VARIANTS), small / "out")
    run_missing(few)
    facts = json.loads((few.out / "scenarios" / "000.json").read_text("utf-8"))
    found: dict[str, float] = {}
    began = perf_counter()

    def lap(what: str) -> None:
        nonlocal began
        found[what] = perf_counter() - began
        began = perf_counter()

    big = folder / "big"
    big.mkdir()
    design = design_of(big, text, replicates=n_runs // LEVELS)
    lap("reading the file")
    study = opened(design, big / "out")
    lap("planning")
    for run in study.runs:
        os.link(few.path(few.runs[(run.scenario + run.replicate) % VARIANTS]), study.path(run))
    (study.out / "scenarios").mkdir()
    for i, digest in enumerate(study.digests):
        path = study.out / "scenarios" / f"{i:03d}.json"
        path.write_text(json.dumps({**facts, "scenario": digest}), "utf-8")
    lap("(laying out the files)")
    study = opened(design, big / "out")
    with Runner(study, workers=1) as runner:
        assert runner.run() == 0
    lap("resuming")
    comparison = compare(study)
    lap("comparing")
    write_tables(comparison, study)
    lap("writing tables")
    assert len(comparison.summary) == LEVELS * 4 * len(comparison.runs["outcome"].unique())
    assert f"{n_runs} done" in describe(status_of(study.out))[1]
    lap("status")
    found["peak_bytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0
    return found


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]))))
