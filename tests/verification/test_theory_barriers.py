"""Barriers: the chance of an encounter, what is remembered of it, and flux fair to both sides.

On the lattice places are two cells apart and the barrier is the column between two of them, so that
nobody stands in it: the walks are chains of place and gate (``oracles/gates.py``), and exact.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from corridor_sim.kernels.crossing import Memory, gate, remembers
from corridor_sim.kernels.jit import kernel
from corridor_sim.species.tables import length_table, turning_table
from oracles.gates import between, chance_of_the_far_end, extra_ground, line, occupancy
from oracles.verdict import Verdict
from oracles.worlds import EAST, LATTICE, make_animals, make_clock, make_fields, make_params, run

N = 40_000


@pytest.mark.parametrize("p", [0.05, 0.5, 0.9])
@pytest.mark.parametrize("length", [2.0, 1.0])
def test_chance_of_one_encounter(length: float, p: float, verdict: Verdict) -> None:
    """Everyone steps due east: right across a one-cell barrier, or to its middle."""
    fields = make_fields(1, 3, permeability=[[1, p, 1]])
    animals = make_animals(np.full(N, 0.5), 0.5)
    tallies = run(animals, fields, make_params(EAST, scale=length), make_clock(1))
    crossed = int((animals.x > 1).sum())
    verdict.share(
        f"{'crossing' if length == 2 else 'entering'} a barrier of p = {p:g}",
        "p",
        float(np.float32(p)),
        crossed,
        N,
    )
    assert (tallies.passed[0, 1], tallies.blocked[0, 1]) == (crossed, N - crossed)
    # those who failed stay and turn back
    assert np.array_equal(animals.heading_x > 0, animals.x > 1)


@pytest.mark.parametrize("kappa", [0.0, 0.8])
def test_flux_is_symmetric_at_stationarity(kappa: float, verdict: Verdict) -> None:
    """In a walled garden, with one candidate and no memory, use in proportion to p is stationary.

    All headings alike: as many step into a barrier as out of it, and an animal that fails turns
    back, which is the reverse of having come. The wall is a
    barrier of p = 0, thicker than the longest step, so the edge of the raster plays no part. An
    animal crosses a section net +1, 0 or -1 times, so the variance of the mean net flux is the
    share of animals that end on the other side, over n.
    """
    height, width, wall, scale = 24, 40, 16, 2.0
    lengths = length_table(0.8)
    assert scale * lengths.max() < wall
    garden = np.ones((height, width))
    garden[:, 13] = 0.3
    garden[5, 13:30] = 0.1
    garden[np.arange(24), np.arange(24) + 12] = 0.6
    cos, sin = turning_table(kappa)
    params = make_params((lengths[None], cos[None], sin[None]), scale=scale)
    fields = make_fields(height + 2 * wall, width + 2 * wall, permeability=np.pad(garden, wall))
    rng = np.random.default_rng(11)
    x, y, kept = rng.uniform(0, (width, height, 1), (2 * N, 3)).T
    there = np.flatnonzero(kept < garden[y.astype(int), x.astype(int)])[:N]
    animals = make_animals(x[there] + wall, y[there] + wall)
    angle = rng.uniform(0, 2 * np.pi, N)
    animals.heading_x[:], animals.heading_y[:] = np.cos(angle), np.sin(angle)
    n_steps = 40
    start = animals.x.copy()
    tallies = run(animals, fields, params, make_clock(n_steps, seed=4), n_records=n_steps)
    track = np.vstack([start[None], tallies.tracks[:, :, 0].T]) - wall
    for section in (13.0, 14.0, 30.0):
        east = track > section
        right = int((east[1:] & ~east[:-1]).sum())
        left = int((~east[1:] & east[:-1]).sum())
        error = math.sqrt(float((east[-1] != east[0]).mean()) / N)
        assert right > 1000
        verdict.close(
            f"net flux per animal through x = {section:g}, kappa = {kappa:g}"
            f" ({right} east, {left} west)",
            "symmetry",
            0.0,
            (right - left) / N,
            error,
        )
    blocks = (animals.y - wall).astype(int) // 4 * 10 + (animals.x - wall).astype(int) // 4
    verdict.counts(
        f"end positions in blocks of 16 cells, kappa = {kappa:g}",
        "use in proportion to p is stationary",
        np.bincount(blocks, minlength=60),
        garden.reshape(6, 4, 10, 4).sum(axis=(1, 3)).ravel() / garden.sum() * N,
    )
    road = int((np.floor(animals.x - wall) == 13).sum())
    verdict.share(
        f"use of a road of p = 0.3 on one of {width} columns, kappa = {kappa:g}",
        "p of its share",
        float(garden[:, 13].sum() / garden.sum()),
        road,
        N,
    )


# -- the lattice -----------------------------------------------------------------------------------


def lattice(n: int, rows: int, west: int, p: float, hazard: Any = 0.0) -> Any:
    """Return ``rows`` x ``n`` places, two cells apart, a barrier to the east of place ``west``."""
    permeability = np.ones((2 * rows, 2 * n), np.float32)
    permeability[:, 2 * west + 1] = p
    return make_fields(2 * rows, 2 * n, permeability=permeability, hazard_per_day=hazard)


def on_places(place: Any, row: Any = 0) -> Any:
    return make_animals(2 * np.asarray(place) + 0.5, 2 * np.asarray(row) + 0.5)


def steps(memory: Memory) -> Any:
    return make_params(LATTICE, scale=2.0, memory=memory)


MEMORIES = (0, 4, 30)


@pytest.mark.parametrize("memory", MEMORIES)
@pytest.mark.parametrize("p", [0.05, 0.3, 0.6, 0.9])
def test_what_gets_across(p: float, memory: int, verdict: Verdict) -> None:
    """From four places to the west of a barrier, after 10 and 60 steps; eight to the east."""
    n, west = 12, 3
    remembered, chance = remembers(memory, np.inf), float(np.float32(p))
    start = np.repeat([1 / 4, 0], [4, 8])
    free, gates = line(n, 1 / 4), [between(n, west)]
    for n_steps in (10, 60):
        animals = on_places(np.arange(N) % 4)
        run(animals, lattice(n, 1, west, p), steps(remembered), make_clock(n_steps, seed=3))
        place = animals.x.astype(int) // 2
        there = occupancy(free, gates, chance, remembered, start, n_steps)
        verdict.share(
            f"beyond a barrier of p = {p:g} after {n_steps} steps, memory {memory} steps",
            "chain of place and gate",
            float(there[west + 1 :].sum()),
            int((place > west).sum()),
            N,
        )
    verdict.counts(
        f"places after 60 steps, p = {p:g}, memory {memory} steps",
        "chain of place and gate",
        np.bincount(place, minlength=n),
        there * N,
    )


@pytest.mark.parametrize("memory", [0, 4, 7])
@pytest.mark.parametrize("p", [0.05, 0.3, 0.9])
def test_a_barrier_is_worth_so_much_open_ground(p: float, memory: int, verdict: Verdict) -> None:
    """Between two deadly ends: the share that dies beyond is the way over the way and the barrier.

    ``a / (n + (1 - p) / p sqrt(1 + 4 r (m - 1)))``, up to what the ends disturb the gate's balance.
    """
    n, west, begin = 30, 14, 8
    chance = float(np.float32(p))
    hazard = np.zeros((2, 2 * n))
    hazard[:, [0, 2 * n - 2]] = 1e4
    animals = on_places(np.full(N, begin))
    memory_steps = remembers(memory, np.inf)
    run(animals, lattice(n, 1, west, p, hazard), steps(memory_steps), make_clock(15_000, seed=5))
    assert (animals.state > 0).all()
    exact = chance_of_the_far_end(line(n, 1 / 4), between(n, west), chance, memory_steps.fades)
    closed = begin / (n - 1 + extra_ground(chance, max(memory, 1), 1 / 4))
    what = f"p = {p:g}, memory {memory} steps"
    verdict.share(
        f"died at the far end, {what}",
        "absorbing chain of place and gate",
        float(exact[begin]),
        int((animals.x > n).sum()),
        N,
    )
    verdict.below(
        f"closed form off that chain, {what}",
        f"{closed:.4f} = way / (way + barrier)",
        1e-6,
        abs(closed / float(exact[begin]) - 1),
        "gates out of balance at the ends",
    )


@pytest.mark.parametrize("memory", MEMORIES)
def test_even_use_stays_even(memory: int, verdict: Verdict) -> None:
    """Two places on one side, eighteen on the other: a gate favours neither, whatever its memory.

    Were only refusals remembered, animals would pile up in the corner, after a memory of 30 steps
    40 % too many.
    """
    n, west = 20, 1
    animals = on_places(np.arange(N) % n)
    field = lattice(n, 1, west, 0.2)
    run(animals, field, steps(remembers(memory, np.inf)), make_clock(300, seed=9))
    verdict.counts(
        f"places after 300 steps from even use, memory {memory} steps",
        "even use is stationary",
        np.bincount(animals.x.astype(int) // 2, minlength=n),
        np.full(n, N / n),
    )


@pytest.mark.parametrize("p", [0.05, 0.3, 0.9])
def test_an_encounter_is_counted_once(p: float, verdict: Verdict) -> None:
    """Attempts outnumber encounters; of encounters the share that crosses is p."""
    n, west, memory = 12, 3, 40
    animals = on_places(np.full(N, west))
    fields = lattice(n, 1, west, p)
    tallies = run(animals, fields, steps(remembers(memory, np.inf)), make_clock(100, seed=2))
    passed, blocked = int(tallies.passed.sum()), int(tallies.blocked.sum())
    verdict.share(
        f"encounters of p = {p:g} that end in a crossing",
        "p",
        float(np.float32(p)),
        passed,
        passed + blocked,
    )
    # memory fades at every tenth step with chance 1 / 4; the first step may be such a one
    verdict.below(
        f"encounters an animal, p = {p:g}",
        "at most one more than it forgets",
        1 + 10 / 4,
        (passed + blocked) / N,
        "1 + 10 / 4",
    )
    assert passed + blocked > 0.9 * N


@kernel()
def open_share(share, n_steps, p, memory, clock):
    for i in range(share.size):
        passes = 0
        for step in range(n_steps):
            draw, _ = gate(step, i, 0, 1, memory, clock)
            passes += draw < p
        share[i] = passes / n_steps


@pytest.mark.parametrize("memory", [0, 4, 40, 400])
def test_animals_differ_as_much_as_they_remember(memory: int, verdict: Verdict) -> None:
    """Variance among animals of the share of steps at which the gate is open to them."""
    n, n_steps, p = 20_000, 100, 0.67
    remembered = remembers(memory, np.inf)
    share = np.empty(n)
    open_share(share, n_steps, p, remembered, make_clock(1, seed=12))
    at = np.arange(n_steps)
    same = 0.0
    for phase in range(remembered.tick):
        tick = (at + phase) // remembered.tick
        ticks = np.abs(tick[:, None] - tick[None, :])
        same += float(((1 - remembered.fades) ** ticks).mean()) / remembered.tick
    off = (share - p) ** 2
    verdict.close(
        f"variance among animals of the share that is open to them, memory {memory} steps",
        "p (1 - p) times the chance that two steps share a draw",
        p * (1 - p) * same,
        float(off.mean()),
        float(off.std() / math.sqrt(n)),
    )


@pytest.mark.parametrize("cells", [4.0, np.inf])
def test_elsewhere_the_barrier_is_met_anew(cells: float, verdict: Verdict) -> None:
    """Four rows of places; squares of four cells make two stretches of the barrier, or none."""
    n, rows, west, p, n_steps = 6, 4, 2, 0.3, 25
    animals = on_places(np.full(N, west), np.arange(N) % rows)
    remembered = remembers(50, cells)
    run(animals, lattice(n, rows, west, p), steps(remembered), make_clock(n_steps, seed=6))
    one = (np.eye(n, k=1) + np.eye(n, k=-1)) / 4
    across = (np.eye(rows, k=1) + np.eye(rows, k=-1)) / 4
    free = np.kron(np.eye(rows), one) + np.kron(across, np.eye(n))
    free += np.diag(1 - free.sum(axis=1))
    row = np.arange(rows)
    stretches = [row < 2, row >= 2] if cells == 4 else [row >= 0]
    gates = [np.kron(np.diag(s), between(n, west)) > 0 for s in stretches]
    start = np.zeros(rows * n)
    start[west::n] = 1 / rows
    there = occupancy(free, gates, float(np.float32(p)), remembered, start, n_steps)
    verdict.share(
        f"beyond a barrier of {len(gates)} stretches",
        "chain of place and gates",
        float(there.reshape(rows, n)[:, west + 1 :].sum()),
        int((animals.x.astype(int) // 2 > west).sum()),
        N,
    )
