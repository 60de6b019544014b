"""The random walk once more, in plain Python: one walker, one step, one comparison at a time.

Every floating-point operation is the kernel's own, in the same order, so the two must agree to the
last bit.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from corridor_sim.kernels.cellwalk import WalkClock, Walkers
from oracles.philox import as_fraction, keyed_words
from oracles.remembered import gate

WALK, SETTLE = 4112, 4113
ALIVE, DIED, EXHAUSTED, SETTLED = 0, 1, 2, 3
FULL = 2**31
# (row, column), clockwise from north
RING = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))


@dataclass
class Walker:
    """One row of the walker arrays, as plain numbers."""

    ident: int
    cell: int
    start: int
    state: int
    end_step: int
    straight: int
    diagonal: int
    natal_zone: int
    last_zone: int
    first_zone: int
    first_step: int
    steps: int
    memory: int
    outside: int
    refused: int
    met: int


@dataclass
class Counts:
    """What was counted: where, how often."""

    visits: Counter[int] = field(default_factory=Counter)
    moves: Counter[tuple[int, int]] = field(default_factory=Counter)
    transits: Counter[tuple[int, int]] = field(default_factory=Counter)
    tracks: dict[tuple[int, int], int] = field(default_factory=dict)
    passed: Counter[int] = field(default_factory=Counter)
    blocked: Counter[int] = field(default_factory=Counter)

    def at_end_of_step(
        self, i: int, cell: int, step: int, clock: WalkClock, kept: tuple[int, int]
    ) -> None:
        self.visits[cell] += 1
        record = (step + 1) // clock.track_every - 1
        if (step + 1) % clock.track_every == 0 and i < kept[0] and record < kept[1]:
            self.tracks[i, record] = cell


def walk_words(step: int, ident: int, clock: WalkClock) -> tuple[int, int]:
    """Return the words of the move and of the mortality of one step."""
    key = (int(clock.seed0), int(clock.seed1))
    block = keyed_words(step // 2, ident, clock.replicate, clock.stream, WALK, key)
    return (block[0], block[1]) if step % 2 == 0 else (block[2], block[3])


def settle_luck(step: int, ident: int, clock: WalkClock) -> float:
    key = (int(clock.seed0), int(clock.seed1))
    return as_fraction(keyed_words(step, ident, clock.replicate, clock.stream, SETTLE, key)[0])


def gets_across(
    w: Walker,
    there: int,
    width: int,
    step: int,
    p: list[float] | None,
    clock: WalkClock,
    counts: Counts,
) -> bool:
    """Whether a walker gets from its cell into another; ``p``: permeabilities in row order."""
    if p is None or p[there] >= p[w.cell]:
        return True
    draw, met = gate(step, w.ident, divmod(there, width), width, clock.memory, clock)
    across = draw < p[there] / p[w.cell]
    if p[w.cell] >= 1.0 and met != w.met:
        w.met = met
        (counts.passed if across else counts.blocked)[there] += 1
    return across


def enter_zone(w: Walker, zone: int, step: int, counts: Counts) -> None:
    if zone in (0, w.last_zone):
        return
    if w.last_zone > 0:
        counts.transits[w.last_zone, zone] += 1
    w.last_zone = zone
    if w.first_zone == 0 and zone != w.natal_zone:
        w.first_zone, w.first_step = zone, step


def edge(here: float, there: float, average: str) -> float:
    if not (here > 0.0 and there > 0.0):
        return 0.0
    if average == "resistance":
        return 2.0 / (1.0 / here + 1.0 / there)
    return 0.5 * (here + there)


def edges(g: list[list[float]], row: int, col: int, neighbours: int, average: str) -> list[float]:
    """Return the conductances of the edges of a cell, 0 where there is no neighbour."""
    found = []
    for k in range(0, 8, 8 // neighbours):
        r, c = row + RING[k][0], col + RING[k][1]
        inside = 0 <= r < len(g) and 0 <= c < len(g[0])
        one = edge(g[row][col], g[r][c], average) if inside else 0.0
        found.append(one / math.sqrt(2.0) if k % 2 else one)
    return found


@dataclass
class Ground:
    """What the walk sees: conductances, and rasters by row."""

    conductance: list[list[float]]
    neighbours: int = 8
    average: str = "conductance"
    mortality: Any = 0.0
    ends_as: list[list[int]] | None = None
    zone: list[list[int]] | None = None
    permeability: list[float] | None = None

    def risk(self, row: int, col: int) -> int:
        p = self.mortality if isinstance(self.mortality, float) else self.mortality[row][col]
        return math.floor(p * FULL + 0.5)


def walk(
    walkers: Walkers, ground: Ground, clock: WalkClock, kept: tuple[int, int] = (0, 0)
) -> tuple[list[Walker], Counts]:
    """Return all walkers after the steps of the clock, and the counts; nothing is changed."""
    counts = Counts()
    animals = [Walker(*row) for row in zip(*(c.tolist() for c in walkers), strict=True)]
    for i, w in enumerate(animals):
        if w.state == ALIVE:
            _run(i, w, ground, clock, counts, kept)
    return animals, counts


def _run(
    i: int, w: Walker, ground: Ground, clock: WalkClock, counts: Counts, kept: tuple[int, int]
) -> None:
    width = len(ground.conductance[0])
    last = clock.first_step + clock.n_steps - 1

    def ends(cell: int) -> int:
        return 0 if ground.ends_as is None else ground.ends_as[cell // width][cell % width]

    for step in range(clock.first_step, last + 1):
        if ends(w.cell):
            w.state, w.end_step = ends(w.cell), step - 1
            return
        draw, hazard_draw = walk_words(step, w.ident, clock)
        row, col = divmod(w.cell, width)
        w.steps += 1
        if hazard_draw // 2 < ground.risk(row, col):
            w.state, w.end_step = DIED, step
            return
        ways = edges(ground.conductance, row, col, ground.neighbours, ground.average)
        total = 0.0
        for way in ways:
            total += way
        running = 0.0
        for k, way in enumerate(ways):
            running += way
            if total > 0.0 and draw // 2 < int(running / total * FULL + 0.5):
                turn = k * 8 // ground.neighbours
                there = (row + RING[turn][0]) * width + col + RING[turn][1]
                if not gets_across(w, there, width, step, ground.permeability, clock, counts):
                    break
                counts.moves[w.cell, turn] += 1
                w.cell = there
                w.diagonal += turn % 2
                w.straight += 1 - turn % 2
                break
        if ground.zone is not None:
            enter_zone(w, ground.zone[w.cell // width][w.cell % width], step, counts)
        counts.at_end_of_step(i, w.cell, step, clock, kept)
    if ends(w.cell):
        w.state, w.end_step = ends(w.cell), last
