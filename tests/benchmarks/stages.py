"""Where the nanoseconds of a step go: each stage of the kernel alone, on one group of animals.

Usage: ``python tests/benchmarks/stages.py``. The group stays where it is, so its surroundings are
in the processor's cache; what a real run needs beyond the sum is counting, hazards and memory.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from bench_world import N_STEPS, PER_DAY, Kernel

from corridor_sim.engine.simulation import CHUNK
from corridor_sim.kernels.advance import _cross, _find_movers
from corridor_sim.kernels.jit import kernel
from corridor_sim.kernels.philox import split_seed
from corridor_sim.kernels.propose import (
    choose_candidates,
    draw_words,
    make_group,
    weigh_candidates,
)
from corridor_sim.kernels.records import Clock

REPEATS = 300


@kernel(allocates=True)
def new_group(size, n_candidates):  # type: ignore[no-untyped-def]
    return make_group(size, n_candidates)


@kernel(allocates=False)
def find(g, n, reps, animals, clock, fields, params, tallies):  # type: ignore[no-untyped-def]
    for r in range(reps):
        _find_movers(g, n, r, 0, animals, clock, params, False)


@kernel(allocates=False)
def draw(g, n, reps, animals, clock, fields, params, tallies):  # type: ignore[no-untyped-def]
    for r in range(reps):
        draw_words(g.words, g.ident, n, 0, g.words.shape[0] // 4, r, clock)


@kernel(allocates=False)
def weigh(g, n, reps, animals, clock, fields, params, tallies):  # type: ignore[no-untyped-def]
    for _ in range(reps):
        weigh_candidates(g, n, 0, 0.0, animals, fields, params)


@kernel(allocates=False)
def choose(g, n, reps, animals, clock, fields, params, tallies):  # type: ignore[no-untyped-def]
    for _ in range(reps):
        choose_candidates(g, n, params.n_candidates)


@kernel(allocates=False)
def cross(g, n, reps, animals, clock, fields, params, tallies):  # type: ignore[no-untyped-def]
    for r in range(reps):
        for m in range(n):
            _cross(g, m, r, 0.0, animals, clock, fields, params, tallies)


def main() -> None:
    world = Kernel()
    group: Any = new_group(CHUNK, world.params.n_candidates)
    group.row[:] = np.arange(CHUNK)
    clock = Clock(0, 1, np.zeros(365, np.int8), 0, 7, *split_seed(1), PER_DAY)
    rest = (world.start, clock, world.fields, world.params, world.tallies)
    total = 0.0
    for stage in (find, draw, weigh, choose, cross):
        stage(group, CHUNK, 1, *rest)
        best = float("inf")
        for _ in range(30):
            begin = time.perf_counter()
            stage(group, CHUNK, REPEATS, *rest)
            best = min(best, time.perf_counter() - begin)
        total += best
        print(f"{stage.__name__:8} {best / REPEATS / CHUNK * 1e9:6.1f} ns")
    whole = min(world.seconds_per_step(1, N_STEPS) for _ in range(9))
    whole *= 1e9
    rest_ns = whole - total / REPEATS / CHUNK * 1e9
    print(f"{'whole':8} {whole:6.1f} ns, of which the rest {rest_ns:.1f}")


if __name__ == "__main__":
    main()
