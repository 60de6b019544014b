"""One model on a large raster and on the usual one, in a process of its own: times and peak memory.

Usage: ``python tests/benchmarks/large.py MODEL ROWS COLUMNS ANIMALS STEPS [REPEATS] [FOLDER]``;
prints JSON. With a FOLDER for its files the C loop runs on the same large raster.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench_world import Kernel
from works import TILE, random_walk_work, selection_work, sms_work

SMALL = (TILE, TILE)
SMALL_ANIMALS = 10_000
# stages whose visits are counted apart in a run: residents, dispersers, displaced
STAGES = 3


def make(model: str, shape: tuple[int, int], n: int, steps: int, folder: Path | None) -> Any:
    """Return a work with ``cpu_ns``: every tally on, except beside a C loop, which has none."""
    if model == "selection":
        return selection_work(shape, n, steps, folder=folder)
    if model == "everything":
        return Kernel(shape, n, stages=STAGES)
    if model == "far steps":
        # a step of 1.2 km in cells of 90 m, so that its ten candidates lie in different lines
        return Kernel(shape, n, stages=STAGES, scale=1.2 * TILE / 90)
    works = {"sms": sms_work, "random walk": random_walk_work}
    return works[model](shape, n, steps, folder=folder)


def timed(model: str, work: Any, steps: int) -> float:
    """Return ns of processor time a step."""
    return float(work.cpu_ns(steps) if isinstance(work, Kernel) else work.cpu_ns())


def main() -> None:
    model, *numbers = sys.argv[1:6]
    rows, cols, n, steps = (int(word) for word in numbers)
    repeats = int(sys.argv[6]) if len(sys.argv) > 6 else 3
    folder = Path(sys.argv[7]) if len(sys.argv) > 7 else None
    large = make(model, (rows, cols), n, steps, folder)
    small = make(model, SMALL, SMALL_ANIMALS, steps, None)
    found: dict[str, list[float]] = {"large": [], "small": [], "in_c": []}
    in_c = getattr(large, "in_c", None)
    timed(model, small, 1)  # compiles
    for _ in range(repeats):
        found["small"].append(timed(model, small, steps))
        found["large"].append(timed(model, large, steps))
        if in_c is not None:
            found["in_c"].append(in_c())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**found, "peak_mb": peak}))


if __name__ == "__main__":
    main()
