"""A year of search in expectation: recorded walks, and homes taken where there is room on average.

A walk is a list of occasions; at each it may stand where a home can be, in a tile. Mass moves along
it: the share that becomes ready looks, settles with the chance that there is room, and the rest
walks on. Nothing is drawn here.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.jit import kernel


class Neighbours(NamedTuple):
    """For each square, those whose centre lies within a distance, itself among them.

    Attributes
    ----------
    first : int64 ``[square + 1]``
        Where the squares near each one begin in ``near``.
    near : int64 ``[m]``
    """

    first: NDArray[np.int64]
    near: NDArray[np.int64]


# kinds of mass on a walk: not yet ready to settle, ready, and looking for another home
UNREADY = 0
READY = 1
DISPLACED = 2


# tiles that an animal chooses among on one occasion, and steps in which their quality is kept
OPTIONS = 4
LEVELS = 8
# animals that are too few to be followed; they stay on their walk
TINY = 1e-6
# beyond it terms of a sum are told relative to the last one
LARGE = 1e150
# by how much free shares must differ for one of two places to be taken e times as often
CHOICE = 0.08


@kernel()
def options(tile, quality, home, count, level):
    """Write the first tiles among the places looked at, how many places lie in each, their quality.

    Parameters
    ----------
    tile : int32 ``[look, place]``
        -1 = no home there.
    quality : float32 ``[look, place]``
    home : int32 ``[look, OPTIONS]``
        Written: -1 = none.
    count, level : uint8 ``[look, OPTIONS]``
        Written: places, and the step of their best quality, the uppermost being 1.
    """
    for i in range(tile.shape[0]):
        for k in range(tile.shape[1]):
            t = tile[i, k]
            if t < 0:
                continue
            q = min(int(quality[i, k] * LEVELS), LEVELS - 1)
            for m in range(OPTIONS):
                if home[i, m] == t:
                    count[i, m] += 1
                    level[i, m] = max(level[i, m], q)
                    break
                if home[i, m] < 0:
                    home[i, m], count[i, m], level[i, m] = t, 1, q
                    break


@kernel(inline=True)
def share_with_room(room_of, c, x):
    """Return the interpolated chance of room in ``c`` places of which the share ``x`` is taken."""
    n, c = room_of.shape[1] - 1, min(c, room_of.shape[0] - 1)
    i = int(x * n)
    if i >= n:
        return 0.0
    rest = x * n - i
    return (1.0 - rest) * room_of[c, i] + rest * room_of[c, i + 1]


@kernel()
def load_tables(load_of, room_of):
    """Write the load and the chance of room of discs of 1, 2, ... places, by the share taken.

    Residents of a disc that feeds ``K`` animals are a loss system: who finds ``n < K`` there
    enters. Its stationary law is a Poisson law of mean ``load`` cut off above ``c = ceil(K)``,
    however long they live (Erlang 1917; Sevastyanov 1957, Theory Probab. Appl. 2:104). ``load`` is
    the one whose cut-off mean is the number at hand, ``x c``; room there is the chance of ``n <
    c``.

    Parameters
    ----------
    load_of, room_of : float64 ``[c + 1, steps + 1]``
        Written; columns are ``x = 0, 1 / steps, ..., 1``, the last with an infinite load.
    """
    steps = room_of.shape[1] - 1
    load_of[0], room_of[0] = 0.0, 0.0
    for c in range(1, room_of.shape[0]):
        low = 0.0
        for k in range(steps):
            mean = c * k / steps
            high = max(2.0 * mean, 1.0)
            while cut_off(high, c)[0] < mean:
                low = high
                high *= 2.0
            for _ in range(60):
                middle = 0.5 * (low + high)
                if cut_off(middle, c)[0] < mean:
                    low = middle
                else:
                    high = middle
            load_of[c, k] = 0.5 * (low + high)
            room_of[c, k] = 1.0 - cut_off(load_of[c, k], c)[1]
        load_of[c, steps], room_of[c, steps] = np.inf, 0.0


@kernel(inline=True)
def cut_off(load, c):
    """Return mean and chance of ``c`` of a Poisson law cut off above ``c``."""
    # from the top down: terms relative to that of c, and to a later one where they grow beyond all
    if load <= 0.0:
        return 0.0, 0.0
    term, total, mean, top = 1.0, 1.0, float(c), 1.0
    for n in range(c, 0, -1):
        term *= n / load
        total += term
        mean += term * (n - 1)
        if term > LARGE:
            total, mean, top, term = total / term, mean / term, top / term, 1.0
    return mean / total, top / total


@kernel()
def around(values, first, near, out):
    """Write the sums of ``values`` over the squares near each square."""
    for s in range(out.size):
        total = 0.0
        for k in range(first[s], first[s + 1]):
            total += values[near[k]]
        out[s] = total


@kernel()
def births_around(lived, searching, room, load_of, rates, out):
    """Write the expected chance to give birth of a female of each square.

    One of the ``n`` residents of a disc is she: ``n`` follows the cut-off Poisson law weighted by
    ``n``. Searching animals are taken as their mean.

    Parameters
    ----------
    lived, searching : float64 ``[square]``
        Residents, and animals without a home, of the disc around each square.
    room : float64 ``[square]``
        Animals that the disc feeds.
    load_of : float64 ``[c + 1, steps + 1]``
        Of :func:`load_tables`.
    rates : float64 ``[3]``
        Chance at no other, at capacity, and numbers over capacity at which births cease.
    """
    steps = load_of.shape[1] - 1
    for s in range(out.size):
        c = math.ceil(room[s])
        if c < 1:
            out[s] = 0.0
            continue
        x = lived[s] / c
        if x <= 0.0 or x >= 1.0 - 1.0 / steps or c >= load_of.shape[0]:
            # alone, or where numbers are all but certain
            out[s] = chance_of_birth((max(lived[s], 1.0) + searching[s]) / room[s], rates)
            continue
        # the load grows as 1 / (1 - x) where hardly a place is free: between steps what is even
        i = int(x * steps)
        low, high = load_of[c, i] * (steps - i), load_of[c, i + 1] * (steps - i - 1)
        load = (low + (x * steps - i) * (high - low)) / (steps - x * steps)
        # weights n p(n) from the top down, those of c being c
        term, total = 1.0, float(c)
        mean = c * chance_of_birth((c + searching[s]) / room[s], rates)
        for n in range(c, 1, -1):
            term *= n / load
            total += term * (n - 1)
            mean += term * (n - 1) * chance_of_birth((n - 1 + searching[s]) / room[s], rates)
            if term > LARGE:
                total, mean, term = total / term, mean / term, 1.0
        out[s] = mean / total


@kernel(inline=True)
def chance_of_birth(x, rates):
    """Return the chance to give birth where numbers over capacity are ``x``."""
    if x <= 1.0:
        return rates[0] + (rates[1] - rates[0]) * x
    if x >= rates[2]:
        return 0.0
    return rates[1] * (rates[2] - x) / (rates[2] - 1.0)


@kernel(inline=True)
def chances(lived, room, room_of, crowd, mates, keep_off, looks, with_mate, near, chance, draw):
    """Write the chance of a home in each square by sex, and how much a free share draws.

    ``near`` is working space ``[5, square]``.
    """
    for s in range(room.size):
        near[4, s] = lived[0, s] + lived[1, s]
    around(near[4], crowd.first, crowd.near, near[3])
    for sex in range(2):
        if keep_off[sex].any():
            around(lived[sex], crowd.first, crowd.near, near[sex])
    if with_mate:
        around(lived[0], mates.first, mates.near, near[2])
    for s in range(room.size):
        c = math.ceil(room[s])
        if c < 1:
            chance[0, s] = chance[1, s] = 0.0
            continue
        both = near[3, s]
        free = share_with_room(room_of, c, both / c)
        # e to the power of quality times the free share, in even steps of quality
        once = math.exp(max(1.0 - both / room[s], 0.0) / (LEVELS * CHOICE))
        draw[s, 0] = math.sqrt(once)
        for q in range(1, LEVELS):
            draw[s, q] = draw[s, q - 1] * once
        for sex in range(2):
            p = free
            if p > 0.0 and keep_off[sex, s] > 0.0:
                expected = near[sex, s] / room[s] * keep_off[sex, s]
                p *= 1.0 - (1.0 - math.exp(-expected)) ** looks[sex]
            if p > 0.0 and sex == 1 and with_mate:
                p *= 1.0 - math.exp(-near[2, s])
            chance[sex, s] = p


@kernel(inline=True)
def grow_ready(mass, reached, male, ready_share, o, per_year):
    """Take the dead off their walks, and make those ready whose time has come."""
    n, years = mass.shape[0], mass.shape[1] - 1
    for w in range(n):
        for y in range(years):
            k = y * per_year + o
            if k >= reached[w]:
                mass[w, y, UNREADY] = mass[w, y, READY] = mass[w, y, DISPLACED] = 0.0
            else:
                ready = mass[w, y, UNREADY] * ready_share[male[w], k]
                mass[w, y, UNREADY] -= ready
                mass[w, y, READY] += ready


@kernel()
def search_season(
    first,
    end,
    turns,
    home,
    count,
    level,
    reached,
    male,
    born_in,
    ready_share,
    mass,
    square,
    block,
    lived,
    room,
    room_of,
    crowd,
    mates,
    keep_off,
    looks,
    with_mate,
    settled,
    again,
    joined,
    flow,
):
    """Let a season of search pass in expectation.

    At an occasion, the ready of a walk see the tiles that it sees; they settle with the chance of
    the best of these squares, whose discs overlap, and choose among them in proportion to the
    chance, the places seen and ``exp(quality x free share / CHOICE)``: through decades each takes
    the place with the largest product, and numbers vary around their mean.

    Parameters
    ----------
    first, end : int
        First occasion of the year to look at, and the one after the last.
    turns : int64 ``[occasion of the year]``
        In how many parts the ready come one after the other; 0 = at once, and to the chances of the
        occasion before.
    home : int32 ``[years x occasions + 1, walk, OPTIONS]``
        Tiles in which a walk sees a possible home, from the first option, -1 = no further; the last
        is where it ends.
    count, level : uint8, as ``home``
        Places seen in each tile, and the step of their best quality.
    reached : int32 ``[walk]``
        Occasions that it reached alive.
    male : int8 ``[walk]``
    born_in : int16 ``[walk]``
        Block of birth.
    ready_share : float64 ``[sex, years x occasions]``
        Of those not yet ready the share that has become so since the occasion before.
    mass : float64 ``[walk, year + 1, kind]``
        Animals on each walk by year of search, the last being all later ones; changed in place.
    square, block : int32, int16 ``[tile]``
    lived : float64 ``[sex, square]``
        Residents; newcomers are added.
    room : float64 ``[square]``
        Animals that the disc around a square feeds.
    room_of : float64 ``[c + 1, steps + 1]``
        Of :func:`load_tables`.
    crowd, mates : Neighbours
        Squares within the radius of crowding, and within the mating reach.
    keep_off : float64 ``[sex, square]``
        Animals that would live within the exclusion distance of a place at capacity.
    looks : float64 ``[sex]``
        Places apart by that distance at which an animal looks.
    settled : float64 ``[sex, year + 1, tile]``
        First homes, added to; ``again`` ``[sex, tile]``: homes of those who lost one.
    joined : float64 ``[block, block]``
        First homes by block of birth and of the home, added to.
    flow : float64 ``[walk or 0, years x occasions + occasions, OPTIONS]``
        First homes by walk, occasion and option, added to; no rows = not wanted.

    Notes
    -----
    Twin: ``tests/oracles/searching.py``.
    """
    n, n_years = mass.shape[0], mass.shape[1] - 1
    per_year, last = turns.size, home.shape[0] - 1
    near, chance = np.empty((5, room.size)), np.zeros((2, room.size))
    draw = np.ones((room.size, LEVELS))
    weight, tried = np.empty(OPTIONS), np.empty((n, n_years + 1, 2))
    for o in range(first, end):
        grow_ready(mass, reached, male, ready_share, o, per_year)
        parts = max(turns[o], 1)
        if parts > 1:
            tried[:] = mass[:, :, READY:]
        for _ in range(parts):
            if turns[o] > 0:
                chances(
                    lived,
                    room,
                    room_of,
                    crowd,
                    mates,
                    keep_off,
                    looks,
                    with_mate,
                    near,
                    chance,
                    draw,
                )
            for w in range(n):
                sex = male[w]
                for y in range(n_years + 1):
                    ready, displaced = mass[w, y, READY], mass[w, y, DISPLACED]
                    if ready + displaced < TINY:
                        continue
                    if parts > 1:
                        ready, displaced = tried[w, y, 0] / parts, tried[w, y, 1] / parts
                    k = last if y == n_years else y * per_year + o
                    best, total, seen = 0.0, 0.0, 0
                    while seen < OPTIONS and home[k, w, seen] >= 0:
                        s = square[home[k, w, seen]]
                        p = chance[sex, s]
                        best = max(best, p)
                        weight[seen] = p * count[k, w, seen] * draw[s, level[k, w, seen]]
                        total += weight[seen]
                        seen += 1
                    if best <= 0.0:
                        continue
                    found, other = ready * best, displaced * best
                    mass[w, y, READY] -= found
                    mass[w, y, DISPLACED] -= other
                    for m in range(seen):
                        if weight[m] > 0.0:
                            t, share = home[k, w, m], weight[m] / total
                            settled[sex, y, t] += found * share
                            again[sex, t] += other * share
                            lived[sex, square[t]] += (found + other) * share
                            joined[born_in[w], block[t]] += found * share
                            if flow.shape[0] > 0:
                                flow[w, y * per_year + o, m] += found * share
