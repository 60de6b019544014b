"""The movement kernel: propose, weigh, choose, cross; one loop for every species.

For each animal and decision step:

0. Its behaviour is drawn anew, given that of the step before (a Markov chain).
1. ``K`` candidates: lengths and turning angles come from the quantile tables of its class, profile
   and behaviour; each is a step of an Ornstein-Uhlenbeck process about the home-range centre ``c``,
   ``c + a (x - c) + n u``. Either ``a`` is the same for all (a range of given size and crossing
   time), or it follows from the length, as the time does in which the process goes so far
   (:mod:`corridor_sim.species.ranging`); ``a = 1`` without a range.
2. Each candidate weighs its selection strength, for a soarer times the lift along the way.
   A candidate outside the raster weighs nothing. One where there is no ground stands for staying:
   it weighs what the animal's own cell does, and whoever chooses it turns back where it stands.
3. One is chosen by the odds ``w / (sum of the others' w)`` (integrated step selection; Avgar et
   al. 2016, Methods Ecol. Evol. 7:619, with the candidates drawn from the movement kernel itself).
4. Barriers on the straight line to it are met; if they are closed to the animal it stays and turns
   back (:mod:`corridor_sim.kernels.crossing`).
5. The cell's hazard, and the class's own, may kill it.

A group of animals goes side by side through all its steps before the next group, which keeps its
surroundings in the processor's cache. Only integer tallies are shared between threads.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from corridor_sim.kernels import philox
from corridor_sim.kernels.atomic import atomic_add, fetch_add, log_move
from corridor_sim.kernels.crossing import gate, path_permeability
from corridor_sim.kernels.jit import in_chunks, kernel
from corridor_sim.kernels.philox import keyed_word
from corridor_sim.kernels.propose import (
    choose_candidates,
    direction,
    draw_words,
    make_group,
    weigh_candidates,
)
from corridor_sim.kernels.records import Animals, Clock, Fields, Params, Tallies
from corridor_sim.kernels.soaring import fly
from corridor_sim.kernels.states import ALIVE
from corridor_sim.kernels.touched import touch, touch_flight, touch_way

_TWO_M32 = philox.TWO_M32
_CAUSE = philox.CAUSE
_ROOST = philox.ROOST


@kernel(inline=True)
def death_cause(step, animal, klass, row, col, clock, fields, params):
    """Return the index of the cause that killed, drawn in proportion to the hazards met here."""
    n = fields.hazard_per_day.shape[0]
    total = params.hazard_class[klass]
    for c in range(n):
        total += float(fields.hazard_per_day[c, row, col])
    word = keyed_word(step, animal, clock.replicate, clock.stream, _CAUSE, clock.seed0, clock.seed1)
    left = float(word) * _TWO_M32 * total - params.hazard_class[klass]
    cause = 0
    while left >= 0.0 and cause < n:
        left -= float(fields.hazard_per_day[cause, row, col])
        cause += 1
    return cause


@kernel(inline=True)
def evening_roost(i, x, y, step, animals, clock, fields, params):
    """Return where animal ``i`` at ``(x, y)`` spends the night, in cells.

    It returns to last night's roost with the class's probability, and otherwise goes to the nearest
    roost, if one is in reach; where the way leads over no ground, it stays where it is.
    """
    word = keyed_word(
        step, animals.ident[i], clock.replicate, clock.stream, _ROOST, clock.seed0, clock.seed1
    )
    nearest = int(fields.nearest_roost[int(y), int(x)])
    back = float(word) * _TWO_M32 < params.roost_return[animals.klass[i]]
    width = fields.nearest_roost.shape[1]
    nx = animals.roost_x[i]
    ny = animals.roost_y[i]
    if not back and nearest >= 0:
        nx = nearest % width + 0.5
        ny = nearest // width + 0.5
    reach = max(abs(int(nx) - int(x)), abs(int(ny) - int(y)))
    if reach >= fields.barrier_near[int(y), int(x)]:
        chance, _, mark = path_permeability(x, y, nx, ny, fields.permeability)
        if mark < 0 and chance < 1.0:
            return x, y
    return nx, ny


@kernel(inline=True)
def _find_movers(group, n, step, s, animals, clock, params, rests):
    """Let each of the ``n`` living animals rest or prepare its step; return how many move.

    Of the words drawn for that the first decides rest and the second the behaviour.
    """
    n_behaviours = params.switch.shape[2]
    n_profiles = params.switch.shape[0] // params.rest.shape[0]
    if rests or n_behaviours > 1:
        for g in range(n):
            group.ident[g] = np.uint64(animals.ident[group.row[g]])
        draw_words(group.words, group.ident, n, philox.REST, 1, step, clock)
    n_movers = 0
    for g in range(n):
        i = group.row[g]
        klass = int(animals.klass[i])
        gait = klass * n_profiles + int(animals.profile[i])
        if n_behaviours > 1:
            before = int(animals.behaviour[i]) + 1
            draw = float(group.words[1, g]) * _TWO_M32
            behaviour = 0
            for b in range(n_behaviours - 1):
                behaviour += int(draw >= params.switch[gait, before, b])
            animals.behaviour[i] = behaviour
            gait = gait * n_behaviours + behaviour
        if rests and float(group.words[0, g]) * _TWO_M32 < params.rest[klass, s]:
            if animals.aloft[i] != 0:
                animals.aloft[i] = 0
            if animals.reserve_m[i] != 0.0:
                animals.reserve_m[i] = 0.0
            continue
        group.mover[n_movers] = i
        group.ident[n_movers] = np.uint64(animals.ident[i])
        group.gait[n_movers] = gait
        group.centre_x[n_movers] = animals.centre_x[i]
        group.centre_y[n_movers] = animals.centre_y[i]
        group.out_x[n_movers] = animals.x[i] - animals.centre_x[i]
        group.out_y[n_movers] = animals.y[i] - animals.centre_y[i]
        group.heading_x[n_movers] = animals.heading_x[i]
        group.heading_y[n_movers] = animals.heading_y[i]
        group.scale[n_movers] = params.scale[gait, s]
        group.pull[n_movers] = params.pull[gait, s]
        group.tether[n_movers] = params.tether[gait, s]
        n_movers += 1
    return n_movers


@kernel(inline=True)
def _touch_candidates(group, n, animals, params, tallies):
    """Record what the ``n`` movers looked at before they chose."""
    height, width = tallies.part.shape
    part = tallies.part.reshape(-1)
    one_word = tallies.touched.shape[1] == 1 and params.lift_samples == 0
    for m in range(n):
        i = group.mover[m]
        bits = np.uint64(0)
        for k in range(params.n_candidates):
            nx = group.near_x[k, m]
            ny = group.near_y[k, m]
            if nx >= 0.0 and ny >= 0.0 and nx < width and ny < height:
                number = np.uint64(part[np.uint64(np.int64(ny) * width + np.int64(nx))])
                if one_word:
                    bits |= np.uint64(1) << number
                else:
                    touch(i, number, tallies.touched)
                    touch_flight(
                        i,
                        animals.x[i],
                        animals.y[i],
                        nx,
                        ny,
                        params.lift_samples,
                        tallies.part,
                        tallies.touched,
                    )
        if one_word:
            tallies.touched[i, 0] |= bits


@kernel(inline=True)
def _cross(group, m, step, thermal, animals, clock, fields, params, tallies, touches):
    """Move mover ``m`` to its chosen candidate, or turn it back at a barrier."""
    i = group.mover[m]
    if group.total[m] <= 0.0:
        animals.heading_x[i] = -animals.heading_x[i]
        animals.heading_y[i] = -animals.heading_y[i]
        return
    chosen = group.chosen[m]
    ux, uy = direction(
        group.words[chosen, m], group.gait[m], group.heading_x[m], group.heading_y[m], params
    )
    x = animals.x[i]
    y = animals.y[i]
    nx = group.near_x[chosen, m]
    ny = group.near_y[chosen, m]
    # one Newton step keeps the heading at unit length over millions of turns
    shrink = 1.5 - 0.5 * (ux * ux + uy * uy)
    hx = ux * shrink
    hy = uy * shrink
    row = int(y)
    col = int(x)
    reach = max(abs(int(nx) - col), abs(int(ny) - row))
    crossed = True
    # what lies at both ends was looked at before
    if touches and abs(int(nx) - col) + abs(int(ny) - row) > 1:
        touch_way(i, x, y, nx, ny, tallies.part, tallies.touched)
    if reach >= fields.barrier_near[row, col]:
        chance, barrier, mark = path_permeability(x, y, nx, ny, fields.permeability)
        if mark < 0 and chance < 1.0:
            crossed = False
        elif chance < 1.0:
            width = fields.permeability.shape[1]
            draw, met = gate(step, animals.ident[i], mark, width, params.memory, clock)
            crossed = draw < chance
            # further attempts belong to the same encounter
            if barrier >= 0 and met != animals.met[i]:
                animals.met[i] = met
                if tallies.passed.size > 0:
                    if crossed:
                        atomic_add(tallies.passed, barrier, np.int32(1))
                    else:
                        atomic_add(tallies.blocked, barrier, np.int32(1))
    if not crossed:
        animals.heading_x[i] = -hx
        animals.heading_y[i] = -hy
        return
    animals.heading_x[i] = hx
    animals.heading_y[i] = hy
    way_m = np.sqrt((nx - x) * (nx - x) + (ny - y) * (ny - y)) * params.cell_m
    animals.path_m[i] += way_m
    if params.lift_samples > 0:
        if animals.aloft[i] == 0:
            animals.takeoffs[i] += 1
            animals.aloft[i] = 1
        flapped, reserve = fly(x, y, nx, ny, way_m, thermal, animals.reserve_m[i], fields, params)
        animals.flapped_m[i] += flapped
        animals.reserve_m[i] = reserve
    animals.x[i] = nx
    animals.y[i] = ny


@kernel(inline=True)
def _go_to_roost(i, step, thermal, animals, clock, fields, params, tallies):
    """Send animal ``i`` to its roost for the night and land it."""
    x = animals.x[i]
    y = animals.y[i]
    if tallies.touched.size > 0:
        touch(i, tallies.part[int(y), int(x)], tallies.touched)
    nx, ny = evening_roost(i, x, y, step, animals, clock, fields, params)
    way_m = np.sqrt((nx - x) * (nx - x) + (ny - y) * (ny - y)) * params.cell_m
    if way_m > 0.0 and params.lift_samples > 0:
        if animals.aloft[i] == 0:
            animals.takeoffs[i] += 1
        flapped, _ = fly(x, y, nx, ny, way_m, thermal, animals.reserve_m[i], fields, params)
        animals.flapped_m[i] += flapped
    if tallies.touched.size > 0:
        touch_flight(i, x, y, nx, ny, params.lift_samples, tallies.part, tallies.touched)
        touch(i, tallies.part[int(ny), int(nx)], tallies.touched)
    animals.path_m[i] += way_m
    animals.x[i] = nx
    animals.y[i] = ny
    animals.roost_x[i] = nx
    animals.roost_y[i] = ny
    animals.aloft[i] = 0
    animals.reserve_m[i] = 0.0


@kernel(inline=True)
def _enter_zone(i, zone, step, animals, tallies):
    """Count the entry of animal ``i`` into core area ``zone``."""
    before = int(animals.last_zone[i])
    if before > 0:
        log_move(before, zone, tallies.transits)
    animals.last_zone[i] = zone
    if animals.first_zone[i] == 0 and zone != animals.natal_zone[i]:
        animals.first_zone[i] = zone
        animals.first_step[i] = step


@kernel(pasted=True)
def _advance_group(group, n_alive, animals, fields, params, clock, tallies):
    """Advance the first ``n_alive`` animals of ``group.row`` side by side through all steps."""
    n = np.int64(n_alive)
    height, width = fields.zone.shape
    n_k = params.n_candidates
    per_day = params.steps_per_day
    n_blocks = group.words.shape[0] // 4
    count_visits = tallies.visits.size > 0
    touches = tallies.touched.size > 0
    n_tracked = tallies.tracks.shape[0]
    n_records = tallies.tracks.shape[1]
    rests = False
    for klass in range(params.rest.shape[0]):
        for s in range(per_day):
            rests = rests or params.rest[klass, s] > 0.0
    roosts = False
    for klass in range(params.roost_return.size):
        roosts = roosts or params.roost_return[klass] >= 0.0

    if touches:
        for g in range(n):
            i = group.row[g]
            touch(i, tallies.part[int(animals.y[i]), int(animals.x[i])], tallies.touched)

    for step in range(clock.first_step, clock.first_step + clock.n_steps):
        day = step // per_day
        s = step - day * per_day
        season = int(clock.season_of_day[day % clock.season_of_day.size])
        thermal = params.thermal_of_step[s]
        n_movers = _find_movers(group, n, step, s, animals, clock, params, rests)
        draw_words(group.words, group.ident, n_movers, 0, n_blocks, step, clock)
        weigh_candidates(group, n_movers, season, thermal, animals, fields, params)
        if touches:
            _touch_candidates(group, n_movers, animals, params, tallies)
        choose_candidates(group, n_movers, n_k)
        for m in range(n_movers):
            _cross(group, m, step, thermal, animals, clock, fields, params, tallies, touches)
        if roosts and s == per_day - 1:
            for g in range(n):
                i = group.row[g]
                if params.roost_return[int(animals.klass[i])] >= 0.0:
                    _go_to_roost(i, step, thermal, animals, clock, fields, params, tallies)
        if n_movers < n:
            # the hazard's word of those that rest
            for g in range(n):
                group.ident[g] = np.uint64(animals.ident[group.row[g]])
            block = (n_k + 1) // 4
            draw_words(group.words[4 * block :], group.ident, n, block, 1, step, clock)
        hazard_draw = group.words[n_k + 1]
        record = (step + 1) // clock.track_every - 1
        tracking = (step + 1) % clock.track_every == 0 and record < n_records
        died = False
        for g in range(n):
            i = group.row[g]
            klass = int(animals.klass[i])
            row = int(animals.y[i])
            col = int(animals.x[i])
            group.cell[g] = (int(params.stage[klass]) * height + row) * width + col
            zone = int(fields.zone[row, col])
            if zone > 0 and zone != animals.last_zone[i]:
                _enter_zone(i, zone, step, animals, tallies)
            if tracking and i < n_tracked:
                tallies.tracks[i, record, 0] = animals.x[i]
                tallies.tracks[i, record, 1] = animals.y[i]
            own = params.hazard_class_step[klass]
            killed = 1.0 - (1.0 - float(fields.hazard_step[row, col])) * (1.0 - own)
            if float(hazard_draw[g]) * _TWO_M32 < killed:
                cause = death_cause(step, animals.ident[i], klass, row, col, clock, fields, params)
                animals.state[i] = ALIVE + 1 + cause
                animals.end_step[i] = step
                died = True
        if count_visits:
            for g in range(n):
                atomic_add(tallies.visits, group.cell[g], np.int32(1))
        if died:
            kept = 0
            for g in range(n):
                group.row[kept] = group.row[g]
                kept += animals.state[group.row[g]] == ALIVE
            n = np.int64(kept)
            if n == 0:
                break


@kernel(allocates=False)
def _take_chunks(taken, group, animals, fields, params, clock, tallies):
    """Advance one chunk of animals after the other until none is left to take."""
    n = animals.x.size
    chunk = group.row.size
    first = fetch_add(taken, 0, chunk)
    while first < n:
        alive = 0
        for i in range(first, min(n, first + chunk)):
            if animals.state[i] == ALIVE:
                group.row[alive] = i
                alive += 1
        if alive > 0:
            _advance_group(group, alive, animals, fields, params, clock, tallies)
        first = fetch_add(taken, 0, chunk)


def advance(
    animals: Animals, fields: Fields, params: Params, clock: Clock, tallies: Tallies, chunk: int
) -> None:
    """Advance every living animal; groups of ``chunk`` animals run in parallel.

    Parameters
    ----------
    animals : Animals
        Changed in place.
    tallies : Tallies
        Added to in place.
    chunk : int
        Animals side by side, at least 1; changes nothing but speed.
    """
    space = partial(make_group, chunk, params.n_candidates)
    in_chunks(_take_chunks, animals.x.size, chunk, space, animals, fields, params, clock, tallies)
