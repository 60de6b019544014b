"""Barriers between two points, and how long an animal holds to what came of meeting them.

**The way.** The line is followed cell by cell (Amanatides & Woo 1987, A fast voxel traversal
algorithm for ray tracing, Eurographics), moving only between cells that share an edge, so that a
barrier drawn as an 8-connected line cannot be slipped through diagonally. Into a cell of
permeability ``q`` from one of ``p`` leads a chance of ``min(1, q / p)``, open ground having 1: a
barrier is met where it is entered and left freely to either side, so that a crossing costs ``p``
whatever the angle, the thickness in cells, the cell size, and whether a step ends within it. As in
a Metropolis chain (Metropolis et al. 1953, J. Chem. Phys. 21:1087) a walk that was reversible
stays so.

**No ground.** A way that leads over a cell of permeability :data:`NO_GROUND` (sea, a lake, beyond
a border) is closed to everybody: the animal stays and turns back, as at a barrier that nobody
passes, but nothing was met: no draw, no memory, no count.

**The encounter.** One number decides all attempts of an animal at one stretch of barrier until it
has forgotten: it is a *gate*, open to this animal with chance ``p`` and closed otherwise, in both
directions. Time is counted in ticks; with each the animal forgets with the chance ``fades``, and
its next encounter is a new one. The country is divided into squares, and each square is a stretch
of its own.

Nothing has to be kept for that. Whether an animal forgot at a tick, and the number of the gate, are
keyed draws, so the last tick that forgot is found by looking back. Since neither depends on where
the animal is, gate and place stay independent of one another, which makes the theory exact
(docs/movement-models.md, "Barriers").
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from corridor_sim.kernels import philox
from corridor_sim.kernels.jit import kernel
from corridor_sim.kernels.philox import keyed_word, philox4x32

_CROSSING = philox.CROSSING
_FORGETTING = philox.FORGETTING
_TWO_M32 = philox.TWO_M32
_16 = np.uint64(16)
_LOW = np.uint64(0xFFFFFFFF)
# 2^32 over the golden ratio: stretches near one another take draws far apart
_GOLDEN = np.uint64(0x9E3779B1)
# ticks in a mean memory: a longer memory is looked after less often, at the same cost
TICKS = 4


# permeability and selection strength of a cell where there is no ground
NO_GROUND = -1.0


class Memory(NamedTuple):
    """How long, and how far, an animal holds to what came of meeting a barrier.

    Attributes
    ----------
    tick : int
        Steps from one chance to forget to the next.
    fades : float
        Probability of forgetting with each tick; 1 = every step is a new encounter.
    stretch : float
        Side of the squares, in cells, that are stretches of their own; at least 1.
    """

    tick: int = 1
    fades: float = 1.0
    stretch: float = 1.0


def remembers(steps: float, cells: float) -> Memory:
    """Return the memory that lasts ``steps`` in the mean and reaches over ``cells``.

    >>> remembers(0, 0)
    Memory(tick=1, fades=1.0, stretch=1.0)
    >>> remembers(24, 5)
    Memory(tick=6, fades=0.25, stretch=5.0)
    """
    tick = max(1, int(steps / TICKS))
    return Memory(tick, float(tick / max(steps, tick)), float(max(cells, 1.0)))


@kernel(inline=True)
def path_permeability(x0, y0, x1, y1, permeability):
    """Return (chance of the way from 0 to 1, first barrier cell entered, a cell that marks it).

    Positions in cells, both inside the raster; cells as flat indices. The first is -1 where no
    barrier is entered from open ground. The mark is the lowest of all barrier cells entered, which
    is the same in both directions; -1 without any, and where the way leads over no ground.
    """
    width = permeability.shape[1]
    col = int(x0)
    row = int(y0)
    end_col = int(x1)
    end_row = int(y1)
    if col == end_col and row == end_row:
        return 1.0, -1, -1
    dx = x1 - x0
    dy = y1 - y0
    step_col = 1 if dx > 0.0 else -1
    step_row = 1 if dy > 0.0 else -1
    # line parameter at the next vertical and horizontal cell edge, and between two edges
    t_col = math.inf
    t_row = math.inf
    gap_col = math.inf
    gap_row = math.inf
    if dx != 0.0:
        edge = col + 1 if dx > 0.0 else col
        t_col = (edge - x0) / dx
        gap_col = abs(1.0 / dx)
    if dy != 0.0:
        edge = row + 1 if dy > 0.0 else row
        t_row = (edge - y0) / dy
        gap_row = abs(1.0 / dy)
    here = float(permeability[row, col])
    probability = 1.0
    entered = -1
    mark = -1
    for _ in range(abs(end_col - col) + abs(end_row - row)):
        # rounding at a corner must not carry the walk past the end cell
        if row == end_row or (col != end_col and t_col < t_row):
            col += step_col
            t_col += gap_col
        else:
            row += step_row
            t_row += gap_row
        p = float(permeability[row, col])
        if p < 1.0:
            if p < 0.0:
                return 0.0, -1, -1
            cell = row * width + col
            if here >= 1.0 and entered < 0:
                entered = cell
            if mark < 0 or cell < mark:
                mark = cell
            if p < here:
                probability *= p / here
        here = p
    return probability, entered, mark


@kernel(inline=True)
def gate(step, animal, cell, width, memory, clock):
    """Return (draw 0..1 of the gate at ``cell``, number of the encounter it belongs to).

    The gate lets through whatever has a greater chance than the draw. The number, at least 0, is
    another for every stretch and whenever the animal has forgotten.
    """
    ident = np.int64(animal)
    # animals forget at different steps
    since = (np.int64(step) + ident % np.int64(memory.tick)) // np.int64(memory.tick)
    if memory.fades < 1.0:
        last = (np.uint64(clock.stream) << _16) | np.uint64(_FORGETTING)
        forgot = False
        while not forgot and since > 0:
            w0, w1, w2, w3 = philox4x32(
                np.uint64(since >> 2),
                np.uint64(ident),
                np.uint64(clock.replicate),
                last,
                clock.seed0,
                clock.seed1,
            )
            quarter = since & 3
            for q in range(3, -1, -1):
                if q <= quarter and not forgot and since > 0:
                    word = w0 if q == 0 else (w1 if q == 1 else (w2 if q == 2 else w3))
                    if float(word) * _TWO_M32 < memory.fades:
                        forgot = True
                    else:
                        since -= 1
    place = np.int64((cell // width + 0.5) / memory.stretch) * width
    place += np.int64((cell % width + 0.5) / memory.stretch)
    counter = (np.uint64(since) + np.uint64(place) * _GOLDEN) & _LOW
    word = keyed_word(
        counter, ident, clock.replicate, clock.stream, _CROSSING, clock.seed0, clock.seed1
    )
    return float(word) * _TWO_M32, (np.int64(since) << 31) | place
