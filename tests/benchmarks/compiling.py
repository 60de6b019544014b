"""Time what compiling all movement kernels takes, in a process of its own.

Usage: ``python tests/benchmarks/compiling.py``: runs itself twice with an empty folder for compiled
kernels, and prints processor and wall seconds of the first use of all three models: from nothing,
and from cache. What is imported anyway (numpy, numba, scipy) is loaded before the clock starts.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))


def first_use() -> None:
    """Use every model once on a few cells and print the seconds from their import to the end."""
    import numpy as np

    # loaded before the clock starts: what they take to load is not what is measured
    for name in ("numba", "scipy.stats"):
        importlib.import_module(name)

    begin = time.process_time(), time.perf_counter()
    import bench_world as b
    import works as w

    shape = (9, 9)
    ones = w.everywhere(shape, 1, np.float32)
    walk = w.walk_fields(ones)
    w.random_walk(w.make_walkers(40), walk, shape, w.walk_clock(2), w.make_walk_tallies(), 32)
    see = w.sms_fields(ones)
    w.sms(
        w.make_walkers(40), see, w.sms_params(), shape, w.walk_clock(2), w.make_walk_tallies(), 32
    )
    fields = b.make_fields(shape)
    clock = b.Clock(0, 2, np.zeros(365, np.int8), 0, 7, np.uint64(1), np.uint64(1), 6)
    animals = b.make_animals(1, (12, 12))
    w.advance(animals, fields, b.make_params(), clock, b.make_tallies(shape), 64)
    print(json.dumps([time.process_time() - begin[0], time.perf_counter() - begin[1]]))


def compile_seconds() -> list[list[float]]:
    """Return ``[[processor, wall] from nothing, [processor, wall] from cache]`` in seconds."""
    with tempfile.TemporaryDirectory() as folder:
        # a folder of its own for compiled kernels, see corridor_sim.kernels.jit
        env = {**os.environ, "NUMBA_CACHE_DIR": folder}
        return [
            json.loads(
                subprocess.run(
                    [sys.executable, __file__, "--use"],
                    env=env,
                    check=True,
                    text=True,
                    stdout=subprocess.PIPE,
                ).stdout
            )
            for _ in range(2)
        ]


def main() -> None:
    if "--use" in sys.argv:
        first_use()
        return
    for name, (processor, wall) in zip(("nothing", "cache"), compile_seconds(), strict=True):
        print(f"from {name}: {processor:.2f} s of processor time, {wall:.2f} s")


if __name__ == "__main__":
    main()
