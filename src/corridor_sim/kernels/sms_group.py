"""What the stochastic movement simulator works on: its inputs, and walkers side by side."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.cellwalk import COL_STEP, LONG_AGO, ROW_STEP
from corridor_sim.kernels.jit import kernel

# in the raster of zones: a move from or to here may meet a barrier; below are the zones
MEETS = 0x4000
ZONE = MEETS - 1
# a displacement of nothing, as in SmsParams.towards
NO_SHIFT = 16 * 32 + 16
_4 = np.uint64(4)
_LOW4 = np.uint64(15)


class SmsFields(NamedTuple):
    """What a disperser sees of the landscape.

    Attributes
    ----------
    weights : uint16 ``[height * width, 8]``
        Of :func:`effective_cost.step_weights`.
    mortality : uint32 ``[height * width or 1]``
        Probability of death in one step in parts of ``2**31``; one number holds everywhere.
    zone : int16 ``[height, width]``
        Places that can take a walker in, 0 outside, plus ``MEETS`` near barriers.
    permeability : float32 ``[height * width or 1]``
        Of :func:`corridor_sim.kernels.cellwalk.gets_across`; size 1 where there are no barriers.
    """

    weights: NDArray[np.uint16]
    mortality: NDArray[np.uint32]
    zone: NDArray[np.int16]
    permeability: NDArray[np.float32]


class SmsParams(NamedTuple):
    """Numbers of one disperser's walk; see :func:`sms_params`.

    Attributes
    ----------
    persistence : float64 ``[2, 9, 8]``
        Factor of each direction by heading (8 = none), as it is and tenfold.
    bias : float64 ``[steps, 5]``
        Factor by angle to *away* for each number of steps taken; the last row holds on. Size 0 =
        no goal bias.
    angle : int8 ``[9, 8]``
        Eighths of a turn between two directions; 0 from none.
    towards : int8 ``[1024]``
        Direction of a displacement ``(dy + 16) * 32 + dx + 16``; 9 where it is none.
    settles : float64 ``[zone]``
        Probability of being taken in, per visit.
    near : int
        Steps after leaving during which persistence is tenfold.
    min_steps, max_steps : int
        Steps before which nobody settles, and after which the walk ends.
    """

    persistence: NDArray[np.float64]
    bias: NDArray[np.float64]
    angle: NDArray[np.int8]
    towards: NDArray[np.int8]
    memory: int
    settles: NDArray[np.float64]
    near: int
    straighten: bool
    min_steps: int
    max_steps: int


class Group(NamedTuple):
    """Working space for walkers side by side: copies of their rows, and the step's numbers.

    ``shift`` is the displacement over the memory as in ``SmsParams.towards``, ``level`` says where
    persistence is tenfold (:func:`level_of`), ``near`` counts steps since leaving, ``chosen`` is
    the direction of the step, 8 = stays, 9 = died, 10 = settled.
    """

    row: NDArray[np.int64]
    ident: NDArray[np.uint64]
    cell: NDArray[np.int64]
    memory: NDArray[np.uint64]
    shift: NDArray[np.int64]
    start_x: NDArray[np.int64]
    start_y: NDArray[np.int64]
    level: NDArray[np.int64]
    near: NDArray[np.int64]
    steps: NDArray[np.int64]
    diagonal: NDArray[np.int64]
    moved: NDArray[np.int64]
    chosen: NDArray[np.int64]
    words: NDArray[np.uint64]


@kernel(inline=True)
def octant(dx, dy):
    """Return the direction nearest to a displacement (rows grow southward); 8 for none.

    The bounds are odd multiples of pi / 8, whose tangents are irrational: no displacement between
    cells lies on one.
    """
    if dx == 0 and dy == 0:
        return 8
    east = abs(dx)
    north = abs(dy)
    if north <= east * 0.41421356237309503:  # tan(pi / 8)
        return 2 if dx > 0 else 6
    if east <= north * 0.41421356237309503:
        return 4 if dy > 0 else 0
    if dy < 0:
        return 1 if dx > 0 else 7
    return 3 if dx > 0 else 5


@kernel(inline=True)
def start(group, m, walkers, fields, params, width):
    """Fill place ``m`` of the group from the walker's row."""
    i = group.row[m]
    cell = walkers.cell[i]
    group.ident[m] = np.uint64(walkers.ident[i])
    group.cell[m] = cell
    group.memory[m] = walkers.memory[i]
    shift = np.int64(NO_SHIFT)
    past = walkers.memory[i]
    for _ in range(params.memory):
        k = np.int64(past & _LOW4)
        shift += ROW_STEP[k] * 32 + COL_STEP[k]
        past = past >> _4
    group.shift[m] = shift
    group.start_x[m] = walkers.start[i] % width
    group.start_y[m] = walkers.start[i] // width
    group.near[m] = walkers.outside[i]
    zone = int(fields.zone.reshape(-1)[cell]) & ZONE if fields.zone.size > 1 else 0
    group.level[m] = level_of(
        zone, walkers.natal_zone[i], walkers.refused[i], group.near[m], params
    )
    group.steps[m] = walkers.steps[i]
    group.diagonal[m] = 0
    group.moved[m] = 0


@kernel(inline=True)
def level_of(zone, natal, refused, outside, params):
    """Return 1 where persistence is tenfold, 2 within the natal zone, 0 elsewhere."""
    if zone != 0 and zone == natal:
        return 2
    if zone != 0:
        return 1 if params.straighten and refused != 0 else 0
    return 1 if 0 < outside <= params.near else 0


@kernel(inline=True)
def put_back(group, m, walkers, params):
    """Write what the group knows of its walker ``m`` back to its row."""
    i = group.row[m]
    walkers.cell[i] = group.cell[m]
    walkers.memory[i] = group.memory[m]
    walkers.outside[i] = LONG_AGO if group.near[m] > params.near else group.near[m]
    walkers.steps[i] = group.steps[m]
    walkers.diagonal[i] += group.diagonal[m]
    walkers.straight[i] += group.moved[m] - group.diagonal[m]


@kernel(inline=True)
def keep(group, m, kept):
    """Move place ``m`` of the group to place ``kept``."""
    group.row[kept] = group.row[m]
    group.ident[kept] = group.ident[m]
    group.cell[kept] = group.cell[m]
    group.memory[kept] = group.memory[m]
    group.shift[kept] = group.shift[m]
    group.start_x[kept] = group.start_x[m]
    group.start_y[kept] = group.start_y[m]
    group.level[kept] = group.level[m]
    group.near[kept] = group.near[m]
    group.steps[kept] = group.steps[m]
    group.diagonal[kept] = group.diagonal[m]
    group.moved[kept] = group.moved[m]
    group.chosen[kept] = group.chosen[m]
    for w in range(4):
        group.words[w, kept] = group.words[w, m]
