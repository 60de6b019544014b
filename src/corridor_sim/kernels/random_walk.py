"""Random walk on a conductance raster: the null model, and the electrical theory of connectivity.

A walker in cell i goes to neighbour j with probability ``g_ij / sum_k g_ik``, where the edge's
conductance ``g_ij`` is the mean of the two cells' conductances, or the inverse of the mean of
their resistances, divided by ``sqrt 2`` on diagonals (McRae et al. 2008, Ecology 89:2712). On such
a graph hitting and commute times are effective resistances (Doyle & Snell 1984, Random walks and
electric networks; Chandra et al. 1996, Comput. Complex. 6:312).

Each step: who stands in an absorbing cell has stopped there; the cell may kill with its own
probability; else the walker moves. The cell's row of the table holds all that a step needs, as
parts of ``2**31``: the running sums of its neighbours' probabilities and, in the last column, its
probability of death. That last column is ``2**31`` also for absorbing and isolated cells and beside
barriers, so that everything unusual is found by one comparison.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.atomic import atomic_add, fetch_add
from corridor_sim.kernels.cellwalk import (
    COL_STEP,
    ROW_STEP,
    WalkClock,
    Walkers,
    WalkTallies,
    check_walk,
    count_step,
    draw_pairs,
    enter_zone,
    gets_across,
    make_group,
    touch_cell,
)
from corridor_sim.kernels.jit import in_chunks, kernel
from corridor_sim.kernels.prefetch import prefetch
from corridor_sim.kernels.random_walk_inputs import WalkFields
from corridor_sim.kernels.states import ALIVE, WALK_DIED

_1 = np.uint64(1)


class Group(NamedTuple):
    """Working space for walkers side by side; ``chosen`` is the direction of the step, 8 = none."""

    row: NDArray[np.int64]
    ident: NDArray[np.uint64]
    cell: NDArray[np.int64]
    chosen: NDArray[np.int64]
    diagonal: NDArray[np.int64]
    moved: NDArray[np.int64]
    words: NDArray[np.uint64]


@kernel(inline=True, raw=True)
def _move8(group, n, draw, hazard_draw, table, width):
    """Move ``n`` walkers to one of eight neighbours; return how many met something unusual."""
    cells, chosen = group.cell, group.chosen
    unusual = 0
    for m in range(n):
        at = np.uint64(cells[m])
        w = np.uint32(draw[m] >> _1)
        k = np.int64(w >= table[at, 0])
        k += np.int64(w >= table[at, 1])
        k += np.int64(w >= table[at, 2])
        k += np.int64(w >= table[at, 3])
        k += np.int64(w >= table[at, 4])
        k += np.int64(w >= table[at, 5])
        k += np.int64(w >= table[at, 6])
        met = np.uint32(hazard_draw[m] >> _1) < table[at, 7]
        unusual += int(met)
        turn = np.int64(8 if met else k)
        chosen[m] = turn
        there = cells[m] + ROW_STEP[turn] * width + COL_STEP[turn]
        cells[m] = there
        prefetch(table, there * 8)
        group.diagonal[m] += turn & 1
        group.moved[m] += 1 - (turn >> 3)
    return unusual


@kernel(inline=True, raw=True)
def _move4(group, n, draw, hazard_draw, table, width):
    """Move ``n`` walkers to one of four neighbours; return how many met something unusual."""
    cells, chosen = group.cell, group.chosen
    unusual = 0
    for m in range(n):
        at = np.uint64(cells[m])
        w = np.uint32(draw[m] >> _1)
        k = np.int64(w >= table[at, 0])
        k += np.int64(w >= table[at, 1])
        k += np.int64(w >= table[at, 2])
        met = np.uint32(hazard_draw[m] >> _1) < table[at, 3]
        unusual += int(met)
        turn = np.int64(8 if met else 2 * k)
        chosen[m] = turn
        there = cells[m] + ROW_STEP[turn] * width + COL_STEP[turn]
        cells[m] = there
        prefetch(table, there * 4)
        group.moved[m] += 1 - (turn >> 3)
    return unusual


@kernel(inline=True)
def _face_barriers(group, m, step, draw, walkers, fields, width, clock, tallies):
    """Move walker ``m`` from a cell beside a barrier, unless that turns it back."""
    cell = group.cell[m]
    last = fields.table.shape[1] - 1
    w = np.uint32(draw[m] >> _1)
    k = 0
    for j in range(last):
        k += int(w >= fields.table[cell, j])
    turn = k * (8 // (last + 1))
    there = cell + ROW_STEP[turn] * width + COL_STEP[turn]
    if gets_across(
        group.row[m], cell, there, width, step, walkers, fields.permeability, clock, tallies
    ):
        group.chosen[m] = turn
        group.cell[m] = there
        group.diagonal[m] += turn & 1
        group.moved[m] += 1


@kernel(inline=True)
def _look_closer(group, n, step, draw, hazard_draw, walkers, fields, width, clock, tallies):
    """Deal with all that is unusual; return how many walks go on, moved to the front."""
    kept = 0
    for m in range(n):
        i = group.row[m]
        goes_on = True
        if group.chosen[m] == 8:
            cell = group.cell[m]
            ends = 0
            if fields.ends_as.size > 1:
                ends = int(fields.ends_as.reshape(-1)[cell])
            dies = fields.mortality[cell if fields.mortality.size > 1 else 0]
            if ends != 0:
                walkers.state[i] = ends
                walkers.end_step[i] = step - 1
                goes_on = False
            elif np.uint32(hazard_draw[m] >> _1) < dies:
                walkers.state[i] = WALK_DIED
                walkers.end_step[i] = step
                walkers.steps[i] += 1
                goes_on = False
            elif fields.meets.size > 1 and fields.meets.reshape(-1)[cell]:
                _face_barriers(group, m, step, draw, walkers, fields, width, clock, tallies)
        if goes_on:
            group.row[kept] = i
            group.ident[kept] = group.ident[m]
            group.cell[kept] = group.cell[m]
            group.chosen[kept] = group.chosen[m]
            group.diagonal[kept] = group.diagonal[m]
            group.moved[kept] = group.moved[m]
            for w in range(4):
                group.words[w, kept] = group.words[w, m]
            kept += 1
        else:
            _put_back(group, m, walkers)
    return kept


@kernel(inline=True)
def _put_back(group, m, walkers):
    """Write what the group knows of its walker ``m`` back to its row."""
    i = group.row[m]
    walkers.cell[i] = group.cell[m]
    walkers.diagonal[i] += group.diagonal[m]
    walkers.straight[i] += group.moved[m] - group.diagonal[m]


@kernel(pasted=True)
def _walk_group(group, n_alive, walkers, fields, shape, clock, tallies):
    """Take the first ``n_alive`` walkers of ``group`` side by side through all steps."""
    n = np.int64(n_alive)
    width = shape[1]
    table = fields.table
    eight = table.shape[1] == 8
    end = clock.first_step + clock.n_steps
    for m in range(n):
        i = group.row[m]
        group.ident[m] = np.uint64(walkers.ident[i])
        group.cell[m] = walkers.cell[i]
        group.diagonal[m] = 0
        group.moved[m] = 0
        touch_cell(i, group.cell[m], tallies)
    for step in range(clock.first_step, end):
        if step == clock.first_step or step & 1 == 0:
            draw_pairs(group.words, group.ident, n, step, clock)
        draw = group.words[2 * (step & 1)]
        hazard_draw = group.words[2 * (step & 1) + 1]
        if eight:
            unusual = _move8(group, n, draw, hazard_draw, table, width)
        else:
            unusual = _move4(group, n, draw, hazard_draw, table, width)
        if unusual > 0:
            n = np.int64(
                _look_closer(
                    group, n, step, draw, hazard_draw, walkers, fields, width, clock, tallies
                )
            )
        if tallies.moves.size > 0:
            for m in range(n):
                k = group.chosen[m]
                if k < 8:
                    came = group.cell[m] - ROW_STEP[k] * width - COL_STEP[k]
                    atomic_add(tallies.moves, came * 8 + k, np.int32(1))
        if fields.zone.size > 1:
            for m in range(n):
                zone = int(fields.zone.reshape(-1)[group.cell[m]])
                if zone > 0:
                    enter_zone(group.row[m], zone, step, walkers, tallies)
        count_step(group, n, step, tallies, clock)
        for m in range(n):
            walkers.steps[group.row[m]] += 1
        if n == 0:
            break
    for m in range(n):
        _put_back(group, m, walkers)
        if fields.ends_as.size > 1:
            ends = int(fields.ends_as.reshape(-1)[group.cell[m]])
            if ends != 0:
                walkers.state[group.row[m]] = ends
                walkers.end_step[group.row[m]] = end - 1


@kernel(allocates=False)
def _take_chunks(taken, group, walkers, fields, shape, clock, tallies):
    """Walk one chunk of walkers after the other until none is left to take."""
    size = walkers.cell.size
    chunk = group.row.size
    first = fetch_add(taken, 0, chunk)
    while first < size:
        n = 0
        for i in range(first, min(size, first + chunk)):
            if walkers.state[i] == ALIVE:
                group.row[n] = i
                n += 1
        if n > 0:
            _walk_group(group, n, walkers, fields, shape, clock, tallies)
        first = fetch_add(taken, 0, chunk)


def random_walk(
    walkers: Walkers,
    fields: WalkFields,
    shape: tuple[int, int],
    clock: WalkClock,
    tallies: WalkTallies,
    chunk: int,
) -> None:
    """Walk every living walker; groups of ``chunk`` walkers run in parallel.

    Parameters
    ----------
    walkers : Walkers
        Changed in place. None may begin in nodata.
    shape : (int, int)
        Height and width of the raster.
    tallies : WalkTallies
        Added to in place.
    chunk : int
        Walkers side by side, at least 1; changes nothing but speed.

    Raises
    ------
    ValueError
        If shapes do not fit each other, or a walker is off the raster.
    """
    check_walk(walkers, fields.table.shape[0], shape, tallies, chunk)
    space = partial(make_group, Group, chunk)
    in_chunks(_take_chunks, walkers.cell.size, chunk, space, walkers, fields, shape, clock, tallies)
