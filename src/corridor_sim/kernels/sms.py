"""Stochastic movement simulator: dispersers that see a little way and go on as they went.

Palmer, Coulon & Travis (2011), Methods Ecol. Evol. 2:258; memory and goal bias: Aben et al. (2014),
J. Appl. Ecol. 51:693; rules of leaving, settling and straightening: manual of RangeShifter 2.0.

A step goes to neighbour ``k`` with a probability proportional to

    ``w_k * DP^-a(k, heading) * GB^-a(k, away)``

with ``w`` the inverse of effective cost times distance (:mod:`corridor_sim.kernels.effective_cost`)
and ``a`` the angle in eighths of a turn, 0 to 4. *Heading* points from the cell of ``memory`` steps
ago to the present one, or along the last step where these are the same; *away* points from the
natal cell. ``GB = 1 + (goal bias - 1) / (1 + exp(alpha (n - beta)))`` fades with the steps ``n``
taken.

Rules of a step, in this order: mortality of the own cell (none within the natal zone); the move; a
barrier on the way may turn the walker back, which then stays and has no heading any more; the zone
that is reached may take the walker in, once per visit; too many steps end the walk. The
directional persistence is tenfold within the natal zone and for the next ``range + 1`` steps, and,
with *straighten*, in a zone that has refused the walker.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from corridor_sim.kernels.atomic import atomic_add, fetch_add
from corridor_sim.kernels.cellwalk import (
    COL_STEP,
    NO_MEMORY,
    ROW_STEP,
    SETTLE,
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
from corridor_sim.kernels.philox import TWO_M32, keyed_word
from corridor_sim.kernels.prefetch import prefetch
from corridor_sim.kernels.sms_group import (
    MEETS,
    NO_SHIFT,
    ZONE,
    Group,
    SmsFields,
    SmsParams,
    keep,
    level_of,
    octant,
    put_back,
    start,
)
from corridor_sim.kernels.states import ALIVE, WALK_DIED, WALK_EXHAUSTED, WALK_SETTLED

_1 = np.uint64(1)
_4 = np.uint64(4)
_LOW4 = np.uint64(15)
_NO_MEMORY = np.uint64(NO_MEMORY)


@kernel(inline=True, raw=True)
def _move(group, n, draw, hazard_draw, fields, params, width):
    """Move ``n`` walkers; return how many died instead, marked by ``chosen`` 9."""
    weights = fields.weights
    persistence = params.persistence
    one_risk = fields.mortality.size == 1
    biased = params.bias.size > 0
    last_bias = params.bias.shape[0] - 1
    drop = np.uint64(4 * (params.memory - 1))
    deaths = 0
    for m in range(n):
        cell = np.uint64(group.cell[m])
        past = group.memory[m]
        heading = np.int64(params.towards[np.uint64(group.shift[m])])
        heading = np.int64(past & _LOW4) if heading == 9 else heading
        f = persistence[1 if group.level[m] > 0 else 0, heading]
        v0 = float(weights[cell, 0]) * f[0]
        v1 = float(weights[cell, 1]) * f[1]
        v2 = float(weights[cell, 2]) * f[2]
        v3 = float(weights[cell, 3]) * f[3]
        v4 = float(weights[cell, 4]) * f[4]
        v5 = float(weights[cell, 5]) * f[5]
        v6 = float(weights[cell, 6]) * f[6]
        v7 = float(weights[cell, 7]) * f[7]
        if biased:
            x = group.cell[m] % width
            y = group.cell[m] // width
            angle = params.angle[octant(x - group.start_x[m], y - group.start_y[m])]
            b = params.bias[min(group.steps[m], last_bias)]
            v0 *= b[angle[0]]
            v1 *= b[angle[1]]
            v2 *= b[angle[2]]
            v3 *= b[angle[3]]
            v4 *= b[angle[4]]
            v5 *= b[angle[5]]
            v6 *= b[angle[6]]
            v7 *= b[angle[7]]
        s1 = v0 + v1
        s2 = s1 + v2
        s3 = s2 + v3
        s4 = s3 + v4
        s5 = s4 + v5
        s6 = s5 + v6
        s7 = s6 + v7
        target = float(draw[m]) * TWO_M32 * s7
        k = np.int64(v0 <= target) + np.int64(s1 <= target) + np.int64(s2 <= target)
        k += np.int64(s3 <= target) + np.int64(s4 <= target) + np.int64(s5 <= target)
        # an isolated cell has no weight at all: the count is then 8, which is to stay
        k += np.int64(s6 <= target) + np.int64(s7 <= target)
        risk = fields.mortality[np.uint64(0) if one_risk else cell]
        dies = (np.uint32(hazard_draw[m] >> _1) < risk) & (group.level[m] != 2)
        deaths += int(dies)
        turn = np.int64(8 if dies else k)
        group.chosen[m] = 9 if dies else turn
        there = group.cell[m] + ROW_STEP[turn] * width + COL_STEP[turn]
        group.cell[m] = there
        prefetch(weights, there * 8)
        forgotten = np.int64((past >> drop) & _LOW4)
        shift = (
            ROW_STEP[turn] * 32 + COL_STEP[turn] - ROW_STEP[forgotten] * 32 - COL_STEP[forgotten]
        )
        group.shift[m] += shift if turn < 8 else 0
        group.memory[m] = (past << _4) | np.uint64(turn) if turn < 8 else past
        group.diagonal[m] += turn & 1
        group.moved[m] += 1 - (turn >> 3)
        group.steps[m] += 1
    return deaths


@kernel(inline=True)
def _face_barriers(group, m, step, walkers, fields, width, clock, tallies):
    """Take walker ``m`` back to where it came from if a barrier has stopped it."""
    k = group.chosen[m]
    there = group.cell[m]
    came = there - ROW_STEP[k] * width - COL_STEP[k]
    if not gets_across(
        group.row[m], came, there, width, step, walkers, fields.permeability, clock, tallies
    ):
        group.cell[m] = came
        group.chosen[m] = 8
        group.memory[m] = _NO_MEMORY
        group.shift[m] = NO_SHIFT
        group.diagonal[m] -= k & 1
        group.moved[m] -= 1


@kernel(inline=True)
def _arrive(group, m, zone, step, walkers, params, clock, tallies):
    """Apply the rules of zones to one walker; return whether it settles."""
    i = group.row[m]
    natal = int(walkers.natal_zone[i])
    if zone == 0:
        walkers.refused[i] = 0
        group.near[m] = min(group.near[m] + 1, params.near + 1)
    else:
        enter_zone(i, zone, step, walkers, tallies)
        if zone != natal and walkers.refused[i] == 0 and group.steps[m] >= params.min_steps:
            word = keyed_word(
                step,
                walkers.ident[i],
                clock.replicate,
                clock.stream,
                SETTLE,
                clock.seed0,
                clock.seed1,
            )
            if float(word) * TWO_M32 < params.settles[zone]:
                return True
            walkers.refused[i] = 1
        if zone == natal or walkers.refused[i] != 0:
            group.near[m] = 0
    group.level[m] = level_of(zone, natal, walkers.refused[i], group.near[m], params)
    return False


@kernel(pasted=True)
def _walk_group(group, n_alive, walkers, fields, params, shape, clock, tallies):
    """Take the first ``n_alive`` walkers of ``group`` side by side through all steps."""
    n = np.int64(n_alive)
    width = shape[1]
    zones = fields.zone.reshape(-1)
    zoned = fields.zone.size > 1
    soon = clock.first_step + clock.n_steps
    for m in range(n):
        start(group, m, walkers, fields, params, width)
        touch_cell(group.row[m], group.cell[m], tallies)
        # before this step no walk of the group can have become too long
        soon = min(soon, clock.first_step + params.max_steps - group.steps[m] - 1)
    for step in range(clock.first_step, clock.first_step + clock.n_steps):
        if step == clock.first_step or step & 1 == 0:
            draw_pairs(group.words, group.ident, n, step, clock)
        draw = group.words[2 * (step & 1)]
        hazard_draw = group.words[2 * (step & 1) + 1]
        ended = _move(group, n, draw, hazard_draw, fields, params, width) + np.int64(step >= soon)
        if zoned:
            for m in range(n):
                zone = int(zones[np.uint64(group.cell[m])])
                if zone >= MEETS:
                    if group.chosen[m] < 8:
                        _face_barriers(group, m, step, walkers, fields, width, clock, tallies)
                    zone = int(zones[np.uint64(group.cell[m])]) & ZONE
                met = ((zone != 0) | (group.near[m] <= params.near)) & (group.chosen[m] < 9)
                if met and _arrive(group, m, zone, step, walkers, params, clock, tallies):
                    group.chosen[m] = 10
                    ended += 1
        if tallies.moves.size > 0:
            for m in range(n):
                k = group.chosen[m]
                # who settles is counted by the way it came
                k = np.int64(group.memory[m] & _LOW4) if k == 10 else k
                if k < 8:
                    came = group.cell[m] - ROW_STEP[k] * width - COL_STEP[k]
                    atomic_add(tallies.moves, came * 8 + k, np.int32(1))
        if ended > 0:
            kept = 0
            for m in range(n):
                state = ALIVE
                if group.chosen[m] == 9:
                    state = WALK_DIED
                elif group.chosen[m] == 10:
                    state = WALK_SETTLED
                elif group.steps[m] >= params.max_steps:
                    state = WALK_EXHAUSTED
                if state == ALIVE:
                    keep(group, m, kept)
                    kept += 1
                else:
                    i = group.row[m]
                    touch_cell(i, group.cell[m], tallies)
                    walkers.state[i] = state
                    walkers.end_step[i] = step
                    put_back(group, m, walkers, params)
            n = np.int64(kept)
        count_step(group, n, step, tallies, clock)
        if n == 0:
            break
    for m in range(n):
        put_back(group, m, walkers, params)


@kernel(allocates=False)
def _take_chunks(taken, group, walkers, fields, params, shape, clock, tallies):
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
            _walk_group(group, n, walkers, fields, params, shape, clock, tallies)
        first = fetch_add(taken, 0, chunk)


def sms(
    walkers: Walkers,
    fields: SmsFields,
    params: SmsParams,
    shape: tuple[int, int],
    clock: WalkClock,
    tallies: WalkTallies,
    chunk: int,
) -> None:
    """Walk every living disperser; parameters and errors as of :func:`.random_walk.random_walk`."""
    check_walk(walkers, fields.weights.shape[0], shape, tallies, chunk)
    space, size = partial(make_group, Group, chunk), walkers.cell.size
    given = walkers, fields, params, shape, clock, tallies
    in_chunks(_take_chunks, size, chunk, space, *given)
