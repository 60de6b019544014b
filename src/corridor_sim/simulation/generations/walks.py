"""Walks of search: where dispersers born in each tile could settle, occasion after occasion.

A walk is what one disperser would do that found no home for years. It is simulated by the movement
core from a keyed start; at the occasions on which a searching animal looks for a home through
decades it looks in the same way, and what it would take if nobody lived there is written down.
Whether there is room is a matter of the numbers of the year (:mod:`.projection`), so that one set
of walks serves all years in which the landscape stays as it is, and any number of vital rates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.philox import keyed_uniforms, split_seed
from corridor_sim.kernels.records import Animals, Clock, Tallies, make_log
from corridor_sim.kernels.searching import OPTIONS, options
from corridor_sim.kernels.states import DISPERSER, STAGES
from corridor_sim.movement.step_selection import SelectSteps
from corridor_sim.simulation.days.simulation import seasons_of_year, side_by_side
from corridor_sim.simulation.decades.habitat import PopulationHabitat
from corridor_sim.simulation.decades.year_of_moves import SEASONS, YEAR_D, season_days
from corridor_sim.simulation.dispersal.cohort import Parts, rows_of
from corridor_sim.simulation.dispersal.strata import begun, placed
from corridor_sim.simulation.generations.tiles import Tiles
from corridor_sim.simulation.settlement import PLACES, places_to_look
from corridor_sim.species.fields import SEXES
from corridor_sim.species.gaits import drawn_profiles

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
# the draws of starts and of looks, see corridor_sim.kernels.philox
STARTS, LOOKS = 8250, 8251
NUMBER_BITS = 16
# the replicate's place in the counter of draws says that they are of this design
GENERATIONS = (1 << 31) + (1 << 30)
# how many times as many walks start in blocks as outside, for what feeds as many animals: only
# who is born in one can join another
IN_BLOCKS = 4.0
# years of a walk; who has found no home by then goes on looking where the walk ended
YEARS = 2


def occasions(settle_every_d: int) -> I64:
    """Return the days of the year on which searching animals look for a home."""
    days = [np.arange(*season_days(s), settle_every_d) for s in range(SEASONS)]
    return np.concatenate(days).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Design:
    """Where walks start: in strata of tiles, for each sex.

    Attributes
    ----------
    capacity : float64 ``[height, width]``
        Animals that each cell feeds, at most over the landscapes to come: starts follow it.
    cells, cumulative : tuple of int64, float64 ``[m]``
        Of each stratum the flat cells and their cumulative share of its capacity.
    n : int64 ``[stratum]``
        Walks of each sex in a replicate.
    """

    capacity: F64
    cells: tuple[I64, ...]
    cumulative: tuple[F64, ...]
    n: I64


def design_of(tiles: Tiles, capacity: F64, walks: int) -> Design:
    """Return the design with about ``walks`` walks a replicate, at least one a stratum and sex."""
    flat = np.flatnonzero(tiles.tile.reshape(-1) >= 0)
    stratum = tiles.stratum[tiles.tile.reshape(-1)[flat]]
    order = np.argsort(stratum, kind="stable")
    flat, stratum = flat[order], stratum[order]
    ends = np.searchsorted(stratum, np.arange(1, tiles.n_strata))
    cells = tuple(np.split(flat, ends))
    totals = [np.cumsum(capacity.reshape(-1)[one]) for one in cells]
    whole = np.array([one[-1] for one in totals])
    in_block = np.zeros(tiles.n_strata, np.bool_)
    in_block[tiles.stratum[tiles.block > 0]] = True
    ideal = whole * np.where(in_block, IN_BLOCKS, 1.0)
    ideal *= walks / 2 / ideal.sum()
    n = np.maximum(1, np.rint(ideal)).astype(np.int64)
    return Design(capacity, cells, tuple(t / t[-1] for t in totals), n)


@dataclass(frozen=True, slots=True)
class Walks:
    """The walks of one replicate on one landscape.

    Attributes
    ----------
    animals : Animals
        At their starts.
    cell : int64 ``[walk]``
        Flat cell of the start.
    tile : int32 ``[walk]``
        That of the start.
    male : int8 ``[walk]``
    at : float32 ``[walk, occasion + 1, 2]``
        Column and row at each occasion of all years and at the end, NaN after the death.
    home : int32 ``[occasion + 1, walk, OPTIONS]``
        Tiles in which it sees a possible home at each occasion, and at its end; -1 = none.
    count, level : uint8 ``[occasion + 1, walk, OPTIONS]``
        Places seen in each, and the step of their best quality.
    reached : int32 ``[walk]``
        Occasions that it lived to see.
    square : int32 ``[walk, years]``
        Square where it is at the end of each year; -1 = none that counts.
    touched : uint64 ``[walk, words]``
        Parts of the map that the walk depended on.
    """

    animals: Animals
    cell: I64
    tile: I32
    male: NDArray[np.int8]
    at: NDArray[np.float32]
    home: I32
    count: NDArray[np.uint8]
    level: NDArray[np.uint8]
    reached: I32
    square: I32
    touched: NDArray[np.uint64]


def walk(
    design: Design,
    tiles: Tiles,
    habitat: PopulationHabitat,
    parts: Parts,
    seed: int,
    settle_every_d: int,
    *,
    replicate: int,
) -> Walks:
    """Return the walks of a replicate on a landscape, and what of the map they depended on."""
    animals, cell = starts(tiles, design, habitat, seed, replicate)
    touched = np.zeros((cell.size, parts.words), np.uint64)
    at, reached = positions(habitat, animals, seed, settle_every_d, parts, touched)
    shape = at.shape[1], at.shape[0], OPTIONS
    home = np.full(shape, -1, np.int32)
    count, level = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
    looks = ~np.isnan(at[:, :, 0])
    homes_at(tiles, habitat, animals.ident, at, looks, seed, home, count, level)
    return Walks(
        animals=animals,
        cell=cell,
        tile=tiles.tile.reshape(-1)[cell],
        male=(animals.klass % len(SEXES)).astype(np.int8),
        at=at,
        home=home,
        count=count,
        level=level,
        reached=reached,
        square=squares_of(tiles, at, settle_every_d),
        touched=touched,
    )


def starts(
    tiles: Tiles, design: Design, habitat: PopulationHabitat, seed: int, replicate: int
) -> tuple[Animals, I64]:
    """Return the dispersers of a replicate at their starts, and their flat cells."""
    n = np.tile(design.n, 2)
    stratum = np.repeat(np.tile(np.arange(tiles.n_strata), 2), n)
    male = np.repeat(np.repeat([0, 1], tiles.n_strata), n)
    part = np.concatenate([np.arange(k) for k in n])
    ident = (np.int64(replicate) << NUMBER_BITS) + np.arange(stratum.size)
    u = keyed_uniforms(seed, GENERATIONS, habitat.here.stream, ident, STARTS, 4)
    share = (part + u[:, 0]) / design.n[stratum]
    cell = placed(design.cells, design.cumulative, stratum, share)
    klass = (DISPERSER * len(SEXES) + male).astype(np.int16)
    here = habitat.here
    animals = begun(ident, klass, cell, u[:, 1:], here.fields.zone)
    animals.profile[:] = drawn_profiles(here.species, seed, GENERATIONS, here.stream, ident)
    return animals, cell


def positions(
    habitat: PopulationHabitat,
    animals: Animals,
    seed: int,
    settle_every_d: int,
    parts: Parts,
    touched: NDArray[np.uint64],
) -> tuple[NDArray[np.float32], I32]:
    """Walk for years; return the places at all occasions and at the end, and occasions reached."""
    here = habitat.here
    days = YEARS * YEAR_D
    per_day = here.params.steps_per_day
    clock = Clock(
        0,
        days * per_day,
        seasons_of_year(here),
        GENERATIONS,
        here.stream,
        *split_seed(seed),
        per_day,
    )
    day = np.concatenate([y * YEAR_D + occasions(settle_every_d) for y in range(YEARS)])
    day = np.append(day, days)
    n = animals.ident.size
    at = np.full((n, day.size, 2), np.nan, np.float32)
    movers = animals.klass if not isinstance(habitat.search, SelectSteps) else np.zeros(n)
    for kind in np.unique(movers):
        rows = np.flatnonzero(movers == kind)
        some = rows_of(animals, rows)
        at[rows, 0] = np.stack([some.x, some.y], axis=1)
        tallies = Tallies(
            visits=np.zeros((len(STAGES), 0, 0), np.int32),
            passed=np.zeros((0, 0), np.int32),
            blocked=np.zeros((0, 0), np.int32),
            transits=make_log(0),
            tracks=np.full((rows.size, days, 2), np.nan, np.float32),
            part=parts.part,
            touched=touched[rows],
        )
        search = habitat.search
        mover = search if isinstance(search, SelectSteps) else search.mover(int(kind))
        mover.advance(some, clock, tallies, side_by_side(rows.size))
        at[rows, 1:] = tallies.tracks[:, day[1:] - 1]
        touched[rows] = tallies.touched
    alive = ~np.isnan(at[:, :-1, 0])
    return at, alive.sum(axis=1).astype(np.int32)


def homes_at(
    tiles: Tiles,
    habitat: PopulationHabitat,
    ident: I64,
    at: NDArray[np.float32],
    looks: NDArray[np.bool_],
    seed: int,
    home: I32,
    count: NDArray[np.uint8],
    level: NDArray[np.uint8],
) -> None:
    """Write what walks see where they look for a home.

    Parameters
    ----------
    at : float32 ``[walk, occasion + 1, 2]``
        Of :func:`positions`.
    looks : bool ``[walk, occasion + 1]``
        What to write; all else stays.
    home, count, level : ``[occasion + 1, walk, OPTIONS]``
        Of :class:`Walks`, written in place.
    """
    rows, cols = np.nonzero(looks)
    seen = looked(tiles, habitat, ident[rows], cols, at[rows, cols], seed)
    home[cols, rows], count[cols, rows], level[cols, rows] = seen


def squares_of(tiles: Tiles, at: NDArray[np.float32], settle_every_d: int) -> I32:
    """Return the squares where walks are at the ends of years, ``[walk, years]``; -1 = none."""
    per_year = occasions(settle_every_d).size
    ends = at[:, per_year::per_year]
    square = np.full(ends.shape[:2], -1, np.int32)
    there = ~np.isnan(ends[:, :, 0])
    height, width = tiles.tile.shape
    col, row = (
        np.clip(ends[:, :, k][there].astype(np.int64), 0, n - 1)
        for k, n in ((0, width), (1, height))
    )
    tile = tiles.tile[row, col]
    square[there] = np.where(tile >= 0, tiles.square[tile], -1)
    return square


def looked(
    tiles: Tiles,
    habitat: PopulationHabitat,
    ident: I64,
    occasion: I64,
    at: NDArray[np.float32],
    seed: int,
) -> tuple[I32, NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the tiles in which animals see a possible home from where they stand.

    They look as through decades: at their own place, except before they have moved, and at further
    ones within perception.

    Parameters
    ----------
    ident, occasion : int64 ``[n]``
        Walk and number of the occasion: they key the draws.
    at : float32 ``[n, 2]``
        Column and row.
    """
    height, width = habitat.shape
    reach = habitat.life.perception_m.value / habitat.cell_m
    x, y = at[:, 0].astype(np.float64), at[:, 1].astype(np.float64)
    u = np.empty((ident.size, 2 * PLACES))
    for o in np.unique(occasion):
        mine = occasion == o
        u[mine] = keyed_uniforms(
            seed, GENERATIONS, habitat.here.stream, ident[mine], LOOKS, 2 * PLACES, int(o) * 64
        )
    further = places_to_look(x, y, reach, u)
    own = np.where(occasion > 0, x, -1.0)
    at_x, at_y = np.hstack([own[:, None], further[0]]), np.hstack([y[:, None], further[1]])
    inside = (at_x >= 0) & (at_x < width) & (at_y >= 0) & (at_y < height)
    col = np.where(inside, at_x, 0).astype(np.int64)
    row = np.where(inside, at_y, 0).astype(np.int64)
    good = np.where(inside, habitat.quality[row, col], np.float32(-1))
    tile = np.where((good >= habitat.enough) & (good > 0), tiles.tile[row, col], -1)
    home = np.full((ident.size, OPTIONS), -1, np.int32)
    count = np.zeros((ident.size, OPTIONS), np.uint8)
    level = np.zeros((ident.size, OPTIONS), np.uint8)
    options(tile.astype(np.int32), good, home, count, level)
    return home, count, level
