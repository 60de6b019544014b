"""Where the nanoseconds of a step go: each stage of a kernel alone, on one group of animals.

Usage: ``python tests/benchmarks/stages.py``. The group's surroundings are in the processor's cache;
what a real run needs beyond the sum is book-keeping and waiting for memory.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
from bench_world import N_STEPS, PER_DAY, Kernel
from works import CHUNK as SIDE_BY_SIDE
from works import TILE, Work, random_walk_work, sms_work

from corridor_sim.kernels import random_walk as rw
from corridor_sim.kernels import sms as sm
from corridor_sim.kernels.advance import _cross, _find_movers
from corridor_sim.kernels.atomic import atomic_add
from corridor_sim.kernels.cellwalk import draw_pairs
from corridor_sim.kernels.cellwalk import make_group as make_walking_group
from corridor_sim.kernels.jit import kernel
from corridor_sim.kernels.philox import split_seed
from corridor_sim.kernels.propose import choose_candidates, draw_words, make_group, weigh_candidates
from corridor_sim.kernels.records import Clock
from corridor_sim.kernels.sms_group import Group as SmsGroup
from corridor_sim.kernels.sms_group import start
from corridor_sim.simulation.days.simulation import CHUNK

REPEATS = 300
SHAPE = (TILE, TILE)
Profile = list[tuple[str, float]]


@kernel(allocates=False)
def find(g, n, reps, animals, clock, fields, params, tallies):
    for r in range(reps):
        _find_movers(g, n, r, 0, animals, clock, params, False)


@kernel(allocates=False)
def draw(g, n, reps, animals, clock, fields, params, tallies):
    for r in range(reps):
        draw_words(g.words, g.ident, n, 0, g.words.shape[0] // 4, r, clock)


@kernel(allocates=False)
def weigh(g, n, reps, animals, clock, fields, params, tallies):
    for _ in range(reps):
        weigh_candidates(g, n, 0, 0.0, animals, fields, params)


@kernel(allocates=False)
def choose(g, n, reps, animals, clock, fields, params, tallies):
    for _ in range(reps):
        choose_candidates(g, n, params.n_candidates)


@kernel(allocates=False)
def cross(g, n, reps, animals, clock, fields, params, tallies):
    for r in range(reps):
        for m in range(n):
            _cross(g, m, r, 0.0, animals, clock, fields, params, tallies)


@kernel(allocates=False)
def count(g, n, reps, animals, clock, fields, params, tallies):
    for _ in range(reps):
        for m in range(n):
            atomic_add(tallies.visits, g.cell[m], np.int32(1))


@kernel(allocates=False)
def fill_sms(g, n, walkers, fields, params, width):
    for m in range(n):
        g.row[m] = m
        start(g, m, walkers, fields, params, width)


@kernel(allocates=False)
def draw_walk(g, n, reps, clock):
    for r in range(reps):
        draw_pairs(g.words, g.ident, n, 2 * r, clock)


@kernel(allocates=False)
def draw_and_move(g, n, reps, clock, table, width):
    for r in range(reps):
        draw_pairs(g.words, g.ident, n, 2 * r, clock)
        rw._move8(g, n, g.words[0], g.words[1], table, width)
        rw._move8(g, n, g.words[2], g.words[3], table, width)


@kernel(allocates=False)
def draw_and_see(g, n, reps, clock, fields, params, width):
    for r in range(reps):
        draw_pairs(g.words, g.ident, n, 2 * r, clock)
        sm._move(g, n, g.words[0], g.words[1], fields, params, width)
        sm._move(g, n, g.words[2], g.words[3], fields, params, width)


def fastest(
    stage: Callable[..., object], group: Any, n: int, *rest: Any, best_of: int = 30
) -> float:
    """Return ns an animal of one repetition of a stage."""
    stage(group, n, 1, *rest)
    best = float("inf")
    for _ in range(best_of):
        begin = time.perf_counter()
        stage(group, n, REPEATS, *rest)
        best = min(best, time.perf_counter() - begin)
    return best / REPEATS / n * 1e9


def step_selection() -> Profile:
    """Return the stages of a step with everything switched on."""
    world = Kernel()
    group: Any = make_group(CHUNK, world.params.n_candidates)
    group.row[:] = np.arange(CHUNK)
    group.cell[:] = world.start.y[:CHUNK].astype(int) * TILE + world.start.x[:CHUNK].astype(int)
    clock = Clock(0, 1, np.zeros(365, np.int8), 0, 7, *split_seed(1), PER_DAY)
    rest = (world.start, clock, world.fields, world.params, world.tallies)
    stages = (
        (f"count visits (group of {CHUNK})", count),
        ("find the movers, copy their state", find),
        ("draw 12 words (Philox, in vector registers)", draw),
        ("propose and weigh ten candidates: 3 table look-ups, 1 of the raster each", weigh),
        ("choose", choose),
        ("cross: barriers, way", cross),
    )
    # a stage finds what the one before it left in the group; counting has cells of its own
    out = [(name, fastest(stage, group, CHUNK, *rest)) for name, stage in stages]
    return _with_rest([*out[1:], out[0]], min(world.cpu_ns(N_STEPS) for _ in range(9)))


def random_walk() -> Profile:
    """Return the stages of the random walk."""
    work = random_walk_work(SHAPE, 10_000, 300)
    fields, clock, group = _inside(work, "fields"), _inside(work, "clock"), None
    group = make_walking_group(rw.Group, SIDE_BY_SIDE)
    walkers = work.fresh()
    group.ident[:] = walkers.ident[:SIDE_BY_SIDE].astype(np.uint64)
    group.cell[:] = walkers.cell[:SIDE_BY_SIDE]
    group.diagonal[:] = group.moved[:] = 0
    drawing = fastest(draw_walk, group, SIDE_BY_SIDE, clock) / 2
    both = fastest(draw_and_move, group, SIDE_BY_SIDE, clock, fields.table, TILE) / 2
    out = [("draw 2 words", drawing), ("look up and move", both - drawing)]
    return _with_counting(out, work, random_walk_work(SHAPE, 10_000, 300, counted=True))


def simulator() -> Profile:
    """Return the stages of SMS with perceptual range 5."""
    work = sms_work(SHAPE, 10_000, 300)
    fields, params, clock = (_inside(work, name) for name in ("fields", "params", "clock"))
    group = make_walking_group(SmsGroup, SIDE_BY_SIDE)
    fill_sms(group, SIDE_BY_SIDE, work.fresh(), fields, params, TILE)
    drawing = fastest(draw_walk, group, SIDE_BY_SIDE, clock) / 2
    both = fastest(draw_and_see, group, SIDE_BY_SIDE, clock, fields, params, TILE) / 2
    out = [("draw 2 words", drawing), ("look up, weigh, choose, move", both - drawing)]
    return _with_counting(out, work, sms_work(SHAPE, 10_000, 300, counted=True))


def _inside(work: Work, name: str) -> Any:
    cells = work.go.__closure__ or ()
    return dict(zip(work.go.__code__.co_freevars, cells, strict=True))[name].cell_contents


def _with_counting(out: Profile, work: Work, counted: Work) -> Profile:
    """Add what is left of the whole, and what counting visits and moves takes beyond it."""
    both = [(work.cpu_ns(), counted.cpu_ns()) for _ in range(9)]
    whole, more = (min(times) for times in zip(*both, strict=True))
    return [*_with_rest(out, whole), ("visits and moves counted, beyond the whole", more - whole)]


def _with_rest(out: Profile, whole: float) -> Profile:
    rest = whole - sum(ns for _, ns in out)
    return [*out, ("the rest: book-keeping, waiting for memory", rest), ("**whole**", whole)]


MODELS = {
    "step selection, everything on": step_selection,
    "random walk, 8 neighbours": random_walk,
    "SMS, range 5": simulator,
}


def main() -> None:
    for name, measure in MODELS.items():
        print(name)
        for stage, ns in measure():
            print(f"  {ns:6.1f} ns  {stage}")


if __name__ == "__main__":
    main()
