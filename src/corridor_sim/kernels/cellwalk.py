"""What the walks from cell to cell share: compass, walkers, tallies, clock and draws.

A walker stands in a cell, not at a point, and takes one step at a time to one of its neighbours.
Directions are numbered clockwise from north; the random walk with four neighbours uses every
second one.

One Philox block serves two steps of one animal: its counter holds ``step // 2``, and of its four
words the first two belong to the even step (move, mortality) and the last two to the odd one.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.atomic import atomic_add, log_move
from corridor_sim.kernels.crossing import Memory, gate
from corridor_sim.kernels.jit import kernel
from corridor_sim.kernels.philox import philox4x32
from corridor_sim.kernels.touched import touch

_16 = np.uint64(16)

# Purposes of draws, see corridor_sim.kernels.philox.
WALK = 4112
SETTLE = 4113

# north, north-east, east, ... ; the ninth is "stays where it is"
ROW_STEP = (-1, -1, 0, 1, 1, 1, 0, -1, 0)
COL_STEP = (0, 1, 1, 1, 0, -1, -1, -1, 0)
NOWHERE = 8
# memory of a walker that has not moved: sixteen times "nowhere", four bits each
NO_MEMORY = 0x8888888888888888
MOST_CELLS = 2**31
# counts of steps since leaving a patch stop here
LONG_AGO = 32767


class Walkers(NamedTuple):
    """State of ``n`` walkers, one row each; cells are flat indices ``row * width + col``.

    Attributes
    ----------
    ident : int64
        Number that keys all random words of the walker.
    cell, start : int64
        Where it is, and where it began.
    state : int8
        ``ALIVE``, ``WALK_DIED``, ``WALK_EXHAUSTED``, ``WALK_SETTLED``, or the code of the
        absorbing cell.
    end_step : int64
        Step in which the walk ended; -1 before.
    straight, diagonal : int64
        Moves along and across the lattice; the way in cells is ``straight + sqrt(2) diagonal``.
    natal_zone, last_zone, first_zone : int16
        Core area of birth, the last one entered, the first one other than the natal; 0 = none.
    first_step : int64
        Step in which ``first_zone`` was entered; -1 before.
    steps : int64
        Steps taken so far.
    memory : uint64
        The last sixteen directions, four bits each, the latest lowest.
    outside : int16
        Steps since it left the natal zone or one that refused it.
    refused : int8
        1 while it is in a zone that has refused it.
    met : int64
        Number of the last encounter with a barrier that was counted; -1 = none.
    """

    ident: NDArray[np.int64]
    cell: NDArray[np.int64]
    start: NDArray[np.int64]
    state: NDArray[np.int8]
    end_step: NDArray[np.int64]
    straight: NDArray[np.int64]
    diagonal: NDArray[np.int64]
    natal_zone: NDArray[np.int16]
    last_zone: NDArray[np.int16]
    first_zone: NDArray[np.int16]
    first_step: NDArray[np.int64]
    steps: NDArray[np.int64]
    memory: NDArray[np.uint64]
    outside: NDArray[np.int16]
    refused: NDArray[np.int8]
    met: NDArray[np.int64]


class WalkTallies(NamedTuple):
    """Counts that all threads add to. An array of size 0 is not counted.

    Attributes
    ----------
    visits : int32 ``[height, width]``
        Walkers found in a cell at the end of a step.
    moves : int32 ``[height * width, 8]``
        Moves out of a cell by direction.
    transits : int32 ``[1 + n]``
        Moves from one zone to the next one entered, see
        :func:`corridor_sim.kernels.records.make_log`.
    tracks : int64 ``[walker, record]``
        Cells of the first walkers every ``track_every`` steps.
    passed, blocked : int32 ``[height, width]``
        Encounters with the barrier in a cell, met from open ground, that ended in it or before it.
    part, touched : int32 ``[height, width]``, uint64 ``[walker, words]``
        As of :class:`corridor_sim.kernels.records.Tallies`. A walk reads the tables of the cells
        where it stands, and the permeability of the cell that it is about to enter.
    """

    visits: NDArray[np.int32]
    moves: NDArray[np.int32]
    transits: NDArray[np.int32]
    tracks: NDArray[np.int64]
    passed: NDArray[np.int32]
    blocked: NDArray[np.int32]
    part: NDArray[np.int32] = np.zeros((1, 1), np.int32)
    touched: NDArray[np.uint64] = np.zeros((0, 1), np.uint64)


class WalkClock(NamedTuple):
    """Which steps to take, with whose random words, and how long barriers are remembered."""

    first_step: int
    n_steps: int
    replicate: int
    stream: int
    seed0: np.uint64
    seed1: np.uint64
    track_every: int
    memory: Memory = Memory()


def make_walkers(
    cell: Any, *, ident: Any = None, natal_zone: Any = 0, zone: NDArray[np.int16] | None = None
) -> Walkers:
    """Return walkers that begin in ``cell`` (flat indices), fresh and alive.

    ``zone`` is the raster of core areas, where there is one: whoever begins in its natal zone has
    yet to leave it.
    """
    cells = np.array(np.atleast_1d(cell), np.int64)
    n = cells.size
    natal = np.array(np.broadcast_to(np.asarray(natal_zone, np.int16), n))
    here = np.zeros(n, np.int16) if zone is None else zone.reshape(-1)[cells].astype(np.int16)
    outside = np.where(natal == 0, LONG_AGO, np.where(here == natal, 0, 1)).astype(np.int16)
    return Walkers(
        ident=np.arange(n, dtype=np.int64) if ident is None else np.array(ident, np.int64),
        cell=cells,
        start=cells.copy(),
        state=np.zeros(n, np.int8),
        end_step=np.full(n, -1, np.int64),
        straight=np.zeros(n, np.int64),
        diagonal=np.zeros(n, np.int64),
        natal_zone=natal,
        last_zone=here,
        first_zone=np.zeros(n, np.int16),
        first_step=np.full(n, -1, np.int64),
        steps=np.zeros(n, np.int64),
        memory=np.full(n, NO_MEMORY, np.uint64),
        outside=outside,
        refused=np.zeros(n, np.int8),
        met=np.full(n, -1, np.int64),
    )


def make_group(kind: Any, size: int) -> Any:
    """Return working space for ``size`` walkers side by side; ``words`` holds four for each."""
    spaces: dict[str, Any] = {"words": np.empty((4, size), np.uint64)}
    for name in ("ident", "memory"):
        spaces[name] = np.empty(size, np.uint64)
    return kind(**{name: spaces.get(name, np.empty(size, np.int64)) for name in kind._fields})


def check_size(raster: Any, name: str) -> None:
    """Raise ValueError, before any memory is taken, if a raster is none that can be walked on."""
    shape = np.shape(raster)
    if len(shape) != 2 or 0 in shape:
        raise ValueError(f"{name} must be a raster with at least one cell, not {shape}")
    if shape[0] * shape[1] >= MOST_CELLS:
        raise ValueError(
            f"{name} has {shape[0] * shape[1]:,} cells; a walk needs fewer than {MOST_CELLS:,}, "
            "take larger ones"
        )


def check_walk(
    walkers: Walkers, n_rows: int, shape: tuple[int, int], tallies: WalkTallies, chunk: int
) -> None:
    """Raise ValueError if a kernel would read or write beyond its arrays, or never end."""
    size = shape[0] * shape[1]
    if n_rows != size:
        raise ValueError(f"the table is of {n_rows} cells, the raster of {size}")
    if chunk < 1:
        raise ValueError(f"{chunk} walkers side by side; it must be at least 1")
    off = (walkers.cell < 0) | (walkers.cell >= size)
    if off.any():
        raise ValueError(f"a walker is in cell {walkers.cell[off][0]} of a raster of {size}")
    wanted_sizes = {"visits": size, "moves": 8 * size, "passed": size, "blocked": size}
    for name, wanted in wanted_sizes.items():
        counts = getattr(tallies, name)
        if counts.size not in (0, wanted):
            raise ValueError(f"{name} has shape {counts.shape}, the raster {shape}")


def barrier_fields(
    permeability: Any, raster: NDArray[Any]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return the permeability of every cell, flat, and whether a move from it may be turned back.

    Without barriers, both are of size 1.

    Raises
    ------
    ValueError
        If a permeability is no probability; says where.
    """
    nothing = np.ones(1, np.float32), np.zeros(1, np.bool_)
    if permeability is None:
        return nothing
    p = np.array(permeability, np.float32, order="C")
    if p.shape != raster.shape:
        raise ValueError(f"permeability has shape {p.shape}, the raster {raster.shape}")
    bad = ~((p >= 0) & (p <= 1))
    if bad.any():
        row, col = np.argwhere(bad)[0]
        raise ValueError(
            f"permeability is {p[row, col]} in row {row}, column {col}; it must be a probability, "
            "0 to 1"
        )
    height, width = p.shape
    around = np.pad(p, 1, mode="edge")
    lowest = p.copy()
    for dr, dc in zip(ROW_STEP[:8], COL_STEP[:8], strict=True):
        shifted = around[1 + dr : 1 + dr + height, 1 + dc : 1 + dc + width]
        np.minimum(lowest, shifted, out=lowest)
    meets = lowest < p
    return (p.reshape(-1), meets) if meets.any() else nothing


@kernel(inline=True)
def draw_pairs(words, ident, n, step, clock):
    """Fill ``words[:4, :n]`` with the blocks that serve ``step`` and its partner."""
    pair = np.uint64(step >> 1)
    last = (np.uint64(clock.stream) << _16) | np.uint64(WALK)
    replicate = np.uint64(clock.replicate)
    row0 = words[0]
    row1 = words[1]
    row2 = words[2]
    row3 = words[3]
    for m in range(n):
        w0, w1, w2, w3 = philox4x32(pair, ident[m], replicate, last, clock.seed0, clock.seed1)
        row0[m] = w0
        row1[m] = w1
        row2[m] = w2
        row3[m] = w3


@kernel(inline=True)
def gets_across(i, here, there, width, step, walkers, permeability, clock, tallies):
    """Return whether walker ``i`` gets from cell ``here`` into ``there``; count the encounter.

    Into a cell of permeability ``q`` from one of ``p`` it gets with probability ``min(1, q / p)``
    an encounter, see :mod:`corridor_sim.kernels.crossing`. Without memory a random walk is then
    that on edges of conductance ``g_ij min(p_i, p_j)``, with rests.
    """
    p = float(permeability[here])
    q = float(permeability[there])
    if q >= p:
        return True
    draw, met = gate(step, walkers.ident[i], there, width, clock.memory, clock)
    across = draw < q / p
    if p >= 1.0 and met != walkers.met[i]:
        walkers.met[i] = met
        if tallies.passed.size > 0:
            if across:
                atomic_add(tallies.passed, there, np.int32(1))
            else:
                atomic_add(tallies.blocked, there, np.int32(1))
    return across


@kernel(inline=True)
def enter_zone(i, zone, step, walkers, tallies):
    """Count the entry of walker ``i`` into core area ``zone``, unless it was the last one."""
    before = int(walkers.last_zone[i])
    if zone == before:
        return
    if before > 0:
        log_move(before, zone, tallies.transits)
    walkers.last_zone[i] = zone
    if walkers.first_zone[i] == 0 and zone != walkers.natal_zone[i]:
        walkers.first_zone[i] = zone
        walkers.first_step[i] = step


@kernel(inline=True)
def touch_cell(i, cell, tallies):
    """Record that walker ``i`` stood in a cell; see :mod:`corridor_sim.kernels.touched`."""
    if tallies.touched.size > 0:
        touch(i, tallies.part.reshape(-1)[cell], tallies.touched)


@kernel(inline=True)
def count_step(group, n, step, tallies, clock):
    """Count where the ``n`` walkers of a group are, and keep the tracks."""
    for m in range(n):
        touch_cell(group.row[m], group.cell[m], tallies)
    if tallies.visits.size > 0:
        for m in range(n):
            atomic_add(tallies.visits, group.cell[m], np.int32(1))
    record = (step + 1) // clock.track_every - 1
    if (step + 1) % clock.track_every == 0 and record < tallies.tracks.shape[1]:
        for m in range(n):
            if group.row[m] < tallies.tracks.shape[0]:
                tallies.tracks[group.row[m], record] = group.cell[m]
