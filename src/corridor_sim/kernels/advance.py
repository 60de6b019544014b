"""The movement kernel: propose, weigh, choose, cross; one loop for every species.

For each animal and decision step:

1. ``K`` candidates: the position drifts to ``p = c + a (x - c)`` (Ornstein-Uhlenbeck pull to the
   home-range centre ``c``; ``a = 1`` without one) and each candidate adds a step whose length and
   turning angle come from the class's quantile tables.
2. Each candidate weighs its selection strength, for a soarer times the lift along the way.
   A candidate outside the raster weighs nothing.
3. One is chosen in proportion to the weights (integrated step selection; Avgar et al. 2016,
   Methods Ecol. Evol. 7:619, with the candidates drawn from the movement kernel itself).
4. Barriers on the straight line to it are met; if the crossing fails the animal stays and turns
   back.
5. The cell's hazard, and the class's own, may kill it.

An animal is advanced through all its steps before the next one, which keeps its surroundings in the
processor's cache. Only integer tallies are shared between threads.
"""

from __future__ import annotations

import numpy as np
from numba import prange

from corridor_sim.kernels import philox
from corridor_sim.kernels.atomic import atomic_add
from corridor_sim.kernels.crossing import path_permeability
from corridor_sim.kernels.jit import kernel
from corridor_sim.kernels.philox import keyed_word, philox4x32
from corridor_sim.kernels.soaring import fly, soar_weight
from corridor_sim.kernels.states import ALIVE

_16 = np.uint64(16)
_LOW16 = np.uint64(0xFFFF)
_TWO_M32 = philox.TWO_M32
_CROSSING = philox.CROSSING
_CAUSE = philox.CAUSE
_ROOST = philox.ROOST
_REST = philox.REST


@kernel(inline=True)
def draw_words(words, step, animal, clock):  # type: ignore[no-untyped-def]
    """Fill ``words`` (a multiple of four long) with the step's keyed 32-bit words."""
    stream = np.uint64(clock.stream) << _16
    for block in range(words.size // 4):
        w0, w1, w2, w3 = philox4x32(
            np.uint64(step),
            np.uint64(animal),
            np.uint64(clock.replicate),
            stream | np.uint64(block),
            clock.seed0,
            clock.seed1,
        )
        words[4 * block] = w0
        words[4 * block + 1] = w1
        words[4 * block + 2] = w2
        words[4 * block + 3] = w3


@kernel(inline=True)
def propose(words, k, klass, hx, hy, scale, params):  # type: ignore[no-untyped-def]
    """Return (length in cells, direction x, direction y) of candidate ``k``.

    The low half of the candidate's word picks the length, the high half the turning angle.
    """
    n_lengths = params.length.shape[1]
    n_turns = params.turn_cos.shape[1]
    word = words[k]
    i = np.int64(((word & _LOW16) * np.uint64(n_lengths)) >> _16)
    j = np.int64(((word >> _16) * np.uint64(n_turns)) >> _16)
    length = scale * float(params.length[klass, i])
    cos = float(params.turn_cos[klass, j])
    sin = float(params.turn_sin[klass, j])
    return length, hx * cos - hy * sin, hx * sin + hy * cos


@kernel(inline=True)
def death_cause(step, animal, klass, row, col, clock, fields, params):  # type: ignore[no-untyped-def]
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
def evening_roost(i, x, y, step, animals, clock, fields, params):  # type: ignore[no-untyped-def]
    """Return where animal ``i`` at ``(x, y)`` spends the night, in cells.

    It returns to last night's roost with the class's probability, and otherwise goes to the nearest
    roost, if one is in reach.
    """
    word = keyed_word(
        step, animals.ident[i], clock.replicate, clock.stream, _ROOST, clock.seed0, clock.seed1
    )
    nearest = int(fields.nearest_roost[int(y), int(x)])
    back = float(word) * _TWO_M32 < params.roost_return[animals.klass[i]]
    if back or nearest < 0:
        return animals.roost_x[i], animals.roost_y[i]
    width = fields.nearest_roost.shape[1]
    return nearest % width + 0.5, nearest // width + 0.5


@kernel()
def _advance_one(i, animals, fields, params, clock, tallies, words, near_x, near_y, sums):  # type: ignore[no-untyped-def]
    """Advance animal ``i`` through ``clock.n_steps`` decision steps, or to its death."""
    height, width = fields.zone.shape
    n_k = params.n_candidates
    per_day = params.steps_per_day
    klass = int(animals.klass[i])
    ident = animals.ident[i]
    stage = int(params.stage[klass])
    soars = params.lift_samples > 0
    x = animals.x[i]
    y = animals.y[i]
    hx = animals.heading_x[i]
    hy = animals.heading_y[i]
    centre_x = animals.centre_x[i]
    centre_y = animals.centre_y[i]
    zone_before = int(animals.last_zone[i])
    # summed step by step: however a run is split into calls, the sum is the same
    path_m = animals.path_m[i]
    count_visits = tallies.visits.size > 0
    count_crossings = tallies.passed.size > 0
    hazard_own = params.hazard_class_step[klass]
    n_records = tallies.tracks.shape[1] if i < tallies.tracks.shape[0] else 0

    for k_step in range(clock.n_steps):
        step = clock.first_step + k_step
        day = step // per_day
        s = step - day * per_day
        season = clock.season_of_day[day % clock.season_of_day.size]
        thermal = params.thermal_of_step[s]
        draw_words(words, step, ident, clock)
        moving = True
        if params.rest[klass, s] > 0.0:
            word = keyed_word(
                step, ident, clock.replicate, clock.stream, _REST, clock.seed0, clock.seed1
            )
            moving = float(word) * _TWO_M32 >= params.rest[klass, s]
        if moving:
            pull = params.pull[klass, s]
            scale = params.scale[klass, s]
            drift_x = centre_x + pull * (x - centre_x)
            drift_y = centre_y + pull * (y - centre_y)
            total = 0.0
            for k in range(n_k):
                length, ux, uy = propose(words, k, klass, hx, hy, scale, params)
                nx = drift_x + length * ux
                ny = drift_y + length * uy
                near_x[k] = nx
                near_y[k] = ny
                if nx >= 0.0 and ny >= 0.0 and nx < width and ny < height:
                    weight = float(fields.weight[season, int(ny), int(nx)])
                    if soars:
                        weight *= soar_weight(x, y, nx, ny, thermal, fields, params)
                    total += weight
                sums[k] = total
            if total > 0.0:
                target = float(words[n_k]) * _TWO_M32 * total
                chosen = 0
                while sums[chosen] <= target:
                    chosen += 1
                _, ux, uy = propose(words, chosen, klass, hx, hy, scale, params)
                nx = near_x[chosen]
                ny = near_y[chosen]
                # one Newton step keeps the heading at unit length over millions of turns
                shrink = 1.5 - 0.5 * (ux * ux + uy * uy)
                hx = ux * shrink
                hy = uy * shrink
                row = int(y)
                col = int(x)
                reach = max(abs(int(nx) - col), abs(int(ny) - row))
                crossed = True
                if reach >= fields.barrier_near[row, col]:
                    chance, barrier = path_permeability(x, y, nx, ny, fields.permeability)
                    if chance < 1.0:
                        word = keyed_word(
                            step, ident, clock.replicate, clock.stream, _CROSSING,
                            clock.seed0, clock.seed1,
                        )  # fmt: skip
                        crossed = float(word) * _TWO_M32 < chance
                    if barrier >= 0 and count_crossings:
                        if crossed:
                            atomic_add(tallies.passed, barrier, np.int32(1))
                        else:
                            atomic_add(tallies.blocked, barrier, np.int32(1))
                if crossed:
                    way = np.sqrt((nx - x) * (nx - x) + (ny - y) * (ny - y))
                    way_m = way * params.cell_m
                    path_m += way_m
                    if soars:
                        if animals.aloft[i] == 0:
                            animals.takeoffs[i] += 1
                            animals.aloft[i] = 1
                        flapped, reserve = fly(
                            x, y, nx, ny, way_m, thermal,
                            animals.reserve_m[i], fields, params,
                        )  # fmt: skip
                        animals.flapped_m[i] += flapped
                        animals.reserve_m[i] = reserve
                    x = nx
                    y = ny
                else:
                    hx = -hx
                    hy = -hy
            else:
                hx = -hx
                hy = -hy
        else:
            animals.aloft[i] = 0
            animals.reserve_m[i] = 0.0
        if s == per_day - 1 and params.roost_return[klass] >= 0.0:
            nx, ny = evening_roost(i, x, y, step, animals, clock, fields, params)
            way = np.sqrt((nx - x) * (nx - x) + (ny - y) * (ny - y))
            if way > 0.0 and soars:
                if animals.aloft[i] == 0:
                    animals.takeoffs[i] += 1
                flapped, _ = fly(
                    x, y, nx, ny, way * params.cell_m, thermal,
                    animals.reserve_m[i], fields, params,
                )  # fmt: skip
                animals.flapped_m[i] += flapped
            path_m += way * params.cell_m
            x = nx
            y = ny
            animals.roost_x[i] = nx
            animals.roost_y[i] = ny
            animals.aloft[i] = 0
            animals.reserve_m[i] = 0.0
        row = int(y)
        col = int(x)
        if count_visits:
            atomic_add(tallies.visits, (stage * height + row) * width + col, np.int32(1))
        zone = int(fields.zone[row, col])
        if zone != zone_before and zone > 0:
            if zone_before > 0:
                atomic_add(
                    tallies.transits, zone_before * tallies.transits.shape[1] + zone, np.int64(1)
                )
            zone_before = zone
            if animals.first_zone[i] == 0 and zone != animals.natal_zone[i]:
                animals.first_zone[i] = zone
                animals.first_step[i] = step
        if n_records > 0 and (step + 1) % clock.track_every == 0:
            record = (step + 1) // clock.track_every - 1
            if record < n_records:
                tallies.tracks[i, record, 0] = x
                tallies.tracks[i, record, 1] = y
        hazard = float(fields.hazard_step[row, col])
        if hazard > 0.0 or hazard_own > 0.0:
            killed = 1.0 - (1.0 - hazard) * (1.0 - hazard_own)
            if float(words[n_k + 1]) * _TWO_M32 < killed:
                cause = death_cause(step, ident, klass, row, col, clock, fields, params)
                animals.state[i] = ALIVE + 1 + cause
                animals.end_step[i] = step
                break

    animals.x[i] = x
    animals.y[i] = y
    animals.heading_x[i] = hx
    animals.heading_y[i] = hy
    animals.last_zone[i] = zone_before
    animals.path_m[i] = path_m


@kernel(parallel=True)
def advance(animals, fields, params, clock, tallies, chunk):  # type: ignore[no-untyped-def]
    """Advance every living animal; chunks of ``chunk`` animals run in parallel.

    Parameters
    ----------
    animals : Animals
        Changed in place.
    fields : Fields
    params : Params
    clock : Clock
    tallies : Tallies
        Added to in place.
    chunk : int
        Animals per parallel task, at least 1; changes nothing but speed.
    """
    n = animals.x.size
    n_words = 4 * ((params.n_candidates + 2 + 3) // 4)
    for c in prange((n + chunk - 1) // chunk):
        words = np.empty(n_words, np.uint64)
        near_x = np.empty(params.n_candidates)
        near_y = np.empty(params.n_candidates)
        sums = np.empty(params.n_candidates)
        for i in range(c * chunk, min(n, (c + 1) * chunk)):
            if animals.state[i] == ALIVE:
                _advance_one(
                    i, animals, fields, params, clock, tallies, words, near_x, near_y, sums
                )
