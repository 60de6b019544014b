"""Lives of dispersers to their end, and which of them a change of the map can concern.

A :class:`Ground` is what dispersers of one species meet on one landscape, :func:`disperse` walks
them from their starts to their deaths or homes, all replicates in one call. With a raster of parts
it also records, for each animal, which parts of the map its walk depended on.

On a changed landscape (:func:`changes`) an animal whose walk touched no changed cell walks as it
did, to the bit; it may still settle elsewhere, if what it sees at the end has changed. So only
those that touched a change walk again (:func:`again`), and only those that see one look again.
Nothing is approximated, and where most of the map changes simply everybody walks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.dispersal import Options, StepSelection
from corridor_sim.kernels.philox import split_seed
from corridor_sim.kernels.records import Animals, Clock, Tallies, make_log
from corridor_sim.kernels.states import ALIVE, SETTLED, STAGES
from corridor_sim.landscape.blocks import Blocks
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.movement.model import MovementModel, movement_model
from corridor_sim.movement.step_selection import SelectSteps
from corridor_sim.simulation.days.simulation import seasons_of_year, side_by_side
from corridor_sim.simulation.dispersal.strata import DISPERSAL, Starts, duration_d
from corridor_sim.simulation.settlement import (
    SettlementGround,
    changed_ground,
    places_to_look,
    settle_alone,
    settlement_draws,
    settlement_ground,
)
from corridor_sim.species.fields import SpeciesOnLandscape, on_changed_landscape, on_landscape
from corridor_sim.species.traits import Species

Columns = TypeVar("Columns", bound="tuple[NDArray[Any], ...]")
BOOL = NDArray[np.bool_]
I32 = NDArray[np.int32]
U64 = NDArray[np.uint64]
F32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Ground:
    """What dispersers of one species meet on one landscape.

    Attributes
    ----------
    here : SpeciesOnLandscape
    walk : MovementModel
        How they move.
    homes : SettlementGround
        Where they can settle.
    zone, block : int16 ``[height, width]``
        Core area and block of each cell.
    """

    here: SpeciesOnLandscape
    walk: MovementModel
    homes: SettlementGround
    zone: NDArray[np.int16]
    block: NDArray[np.int16]


def ground_of(
    species: Species,
    land: Landscape,
    reference: Landscape,
    blocks: Blocks,
    options: Options | None = None,
) -> Ground:
    """Return what a species' dispersers meet on a landscape.

    Parameters
    ----------
    reference : Landscape
        Before all edits: its core areas are those that animals go between, whatever a plan adds.
    blocks : Blocks
        Of the reference landscape.
    options : Options, optional
        Their movement model; step selection where not given.

    Raises
    ------
    ScenarioError
        If the options of the movement model do not fit the landscape.
    """
    here = on_landscape(species, land)
    walk = movement_model(here, options or StepSelection(model="step_selection"))
    homes = settlement_ground(here)
    return Ground(here, walk, homes, reference["protected"], blocks.raster(reference))


def changed_ground_of(
    before: Ground, old: Landscape, new: Landscape, options: Options | None = None
) -> Ground:
    """Return :func:`ground_of` of a changed landscape, made anew only where it can differ.

    Parameters
    ----------
    before : Ground
        On ``old``.
    """
    here, middle = on_changed_landscape(before.here, old, new)
    if here is before.here:
        return before
    walk = movement_model(here, options or StepSelection(model="step_selection"))
    homes = changed_ground(before.homes, here, middle)
    return Ground(here, walk, homes, before.zone, before.block)


class Fates(NamedTuple):
    """How dispersers ended, one row each.

    Attributes
    ----------
    x, y : float64
        Where the walk ended, in cells.
    state : int8
        SETTLED = at the end of its dispersal, with a home or without; else ALIVE + 1 + cause.
    end_step : int32
        Step of the death, or first one after the dispersal.
    home_x, home_y : float64
        Centre of the home, NaN = none.
    zone, block : int16
        Of the home; 0 = outside core areas, or none.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    state: NDArray[np.int8]
    end_step: I32
    home_x: NDArray[np.float64]
    home_y: NDArray[np.float64]
    zone: NDArray[np.int16]
    block: NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Parts:
    """A map cut into parts, to record which of them a walk depended on.

    Attributes
    ----------
    part : int32 ``[height, width]``
        Number of the part of each cell, from 0.
    n : int
        Number of parts.
    """

    part: I32
    n: int

    @property
    def words(self) -> int:
        """Words of 64 bits that hold one bit a part."""
        return -(-self.n // 64)

    def bits_of(self, cells: BOOL) -> U64:
        """Return the bits of all parts that have one of the cells, ``[words]``."""
        bits = np.zeros(self.words, np.uint64)
        for number in np.unique(self.part[cells]):
            bits[number >> 6] |= np.uint64(1) << np.uint64(number & 63)
        return bits

    def touching(self, touched: U64, cells: BOOL) -> BOOL:
        """Return which walks may have touched one of the cells, ``[n]``.

        ``touched`` holds the bits of the parts that each walk depended on, ``[n, words]``.
        """
        if not cells.any():
            return np.zeros(len(touched), np.bool_)
        bits = self.bits_of(cells)
        words = np.flatnonzero(bits)
        return np.asarray((touched[:, words] & bits[words]).any(axis=1))


def tiles(shape: tuple[int, int], side: int, changes: tuple[BOOL, ...] = ()) -> Parts:
    """Return a map cut into square tiles, and these by the changes that are known beforehand.

    Cells of one tile that belong to the same changes are one part, so that whether a walk touched
    one of these changes is known exactly. Of a change that comes later the tiles that it lies in
    are known: a few more walk again, and live the same lives.

    Parameters
    ----------
    side : int
        Of a tile in cells.
    changes : tuple of bool ``[height, width]``
    """
    height, width = shape
    rows, cols = np.arange(height) // side, np.arange(width) // side
    key = (rows[:, None] * (int(cols[-1]) + 1) + cols[None, :]).astype(np.int64)
    for change in changes:
        _, key = np.unique(key * 2 + change, return_inverse=True)
        key = key.reshape(shape)
    return Parts(key.astype(np.int32), int(key.max()) + 1)


@dataclass(frozen=True, slots=True)
class Walked:
    """Dispersers of one species that walked to their ends on one landscape.

    Attributes
    ----------
    starts : Starts
    fates : Fates
    parts : Parts or None
    touched : uint64 ``[n, words]``
        Parts that each walk depended on; no rows without parts.
    """

    starts: Starts
    fates: Fates
    parts: Parts | None
    touched: U64


def disperse(
    ground: Ground, starts: Starts, seed: int, *, start_day: int = 0, parts: Parts | None = None
) -> Walked:
    """Walk dispersers to the end of their dispersal and let them settle.

    Parameters
    ----------
    starts : Starts
        Stays as it is.
    start_day : int
        Day of the year on which all leave.
    parts : Parts, optional
        Record what of the map each walk depended on.
    """
    touched = np.zeros(
        (starts.animals.ident.size if parts else 0, parts.words if parts else 1), np.uint64
    )
    animals = _walk(ground, starts, seed, start_day, parts, touched)
    u = settlement_draws(seed, DISPERSAL, ground.here.stream, animals.ident)
    ends = animals.x, animals.y, animals.state, animals.end_step.astype(np.int32)
    return Walked(starts, _settled(ground, *ends, u), parts, touched)


def ways(ground: Ground, starts: Starts, seed: int, *, start_day: int = 0) -> F32:
    """Return where dispersers are at the end of every day, ``[n, day, 2]`` in cells.

    Column and row, NaN after the end of the way. The same walks as :func:`disperse`, to the bit.
    """
    n = starts.animals.ident.size
    klasses = np.unique(starts.animals.klass)
    days = max((duration_d(ground.here, int(klass)) for klass in klasses), default=0)
    tracks = np.full((n, days, 2), np.nan, np.float32)
    _walk(ground, starts, seed, start_day, None, np.zeros((0, 1), np.uint64), tracks)
    return tracks


def _walk(
    ground: Ground,
    starts: Starts,
    seed: int,
    start_day: int,
    parts: Parts | None,
    touched: U64,
    tracks: F32 | None = None,
) -> Animals:
    """Return the animals at the end of their dispersal; what is recorded is written in place."""
    animals = rows_of(starts.animals, np.arange(starts.animals.ident.size))
    here, per_day = ground.here, ground.here.params.steps_per_day
    seasons = np.roll(seasons_of_year(here), -start_day)
    for klass in np.unique(animals.klass):
        rows = np.flatnonzero(animals.klass == klass)
        some = rows_of(animals, rows)
        days = duration_d(here, int(klass))
        clock = Clock(
            0, days * per_day, seasons, DISPERSAL, here.stream, *split_seed(seed), per_day
        )
        tallies = Tallies(
            visits=np.zeros((len(STAGES), 0, 0), np.int32),
            passed=np.zeros((0, 0), np.int32),
            blocked=np.zeros((0, 0), np.int32),
            transits=make_log(0),
            tracks=np.full((0 if tracks is None else rows.size, days, 2), np.nan, np.float32),
        )
        if parts:
            tallies = tallies._replace(part=parts.part, touched=touched[rows])
        walk = ground.walk
        mover = walk if isinstance(walk, SelectSteps) else walk.mover(int(klass))
        mover.advance(some, clock, tallies, side_by_side(rows.size))
        done = some.state == ALIVE
        some.state[done], some.end_step[done] = SETTLED, days * per_day
        put(animals, rows, some)
        if parts:
            touched[rows] = tallies.touched
        if tracks is not None:
            tracks[rows, :days] = tallies.tracks
    return animals


def _settled(
    ground: Ground,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    state: NDArray[np.int8],
    end_step: I32,
    u: NDArray[np.float64],
) -> Fates:
    """Return the fates of walkers: those that live look for a home."""
    alive = state == SETTLED
    home_x, home_y = np.full(x.size, np.nan), np.full(x.size, np.nan)
    home_x[alive], home_y[alive] = settle_alone(ground.homes, x[alive], y[alive], u[alive])
    found = np.flatnonzero(~np.isnan(home_x))
    at = home_y[found].astype(np.int64), home_x[found].astype(np.int64)
    zone, block = np.zeros(x.size, np.int16), np.zeros(x.size, np.int16)
    zone[found], block[found] = ground.zone[at], ground.block[at]
    return Fates(x, y, state, end_step, home_x, home_y, zone, block)


# ---- what a change concerns


@dataclass(frozen=True, slots=True)
class Change:
    """Where two grounds of one species differ.

    Attributes
    ----------
    walk : bool ``[height, width]``
        Cells that a walk can tell apart.
    homes : bool ``[height, width]``
        Cells of which the home, its quality or what it belongs to, is another.
    """

    walk: BOOL
    homes: BOOL

    @property
    def nothing(self) -> bool:
        """Whether no disperser can tell the two apart."""
        return not (self.walk.any() or self.homes.any())


def changes(before: Ground, after: Ground) -> Change:
    """Return where two grounds of one species differ, by their numbers and not by their edits."""
    walk = np.asarray(before.walk.differs(after.walk))
    one, other = before.homes.quality, after.homes.quality
    # of what is not good enough nobody asks how bad it is
    one, other = (np.where(q >= before.homes.enough, q, np.float32(-1)) for q in (one, other))
    homes = (one != other) | (before.zone != after.zone) | (before.block != after.block)
    return Change(walk, homes)


def concerned(walked: Walked, change: Change) -> BOOL:
    """Return whose walk a change can concern, ``[n]``; everybody's where nothing was recorded."""
    if walked.parts is None:
        return np.ones(walked.starts.animals.ident.size, np.bool_)
    return walked.parts.touching(walked.touched, change.walk)


def again(
    walked: Walked, ground: Ground, change: Change, seed: int, *, start_day: int = 0
) -> tuple[NDArray[np.int64], Fates]:
    """Return who lives otherwise, or may, on a changed ground, and how it ends there.

    Parameters
    ----------
    walked : Walked
        On the ground before.
    ground : Ground
        After the change.
    change : Change
        Of :func:`changes`.

    Returns
    -------
    rows : int64 ``[m]``
        Rows of those that were looked at again; all others end as they did.
    fates : Fates ``[m]``
    """
    walks = np.flatnonzero(concerned(walked, change))
    some = picked(walked.starts, walks)
    fresh = disperse(ground, some, seed, start_day=start_day).fates
    looks = _who_sees(walked, ground, change.homes, seed)
    looks = looks[~np.isin(looks, walks)]
    old = walked.fates
    u = settlement_draws(seed, DISPERSAL, ground.here.stream, walked.starts.animals.ident[looks])
    seen = _settled(ground, old.x[looks], old.y[looks], old.state[looks], old.end_step[looks], u)
    rows = np.concatenate([walks, looks])
    order = np.argsort(rows, kind="stable")
    return rows[order], rows_of(joined([fresh, seen]), order)


def _who_sees(walked: Walked, ground: Ground, homes: BOOL, seed: int) -> NDArray[np.int64]:
    """Return the living whose place, or one at which they look, is among changed homes."""
    if not homes.any():
        return np.zeros(0, np.int64)
    old, reach = walked.fates, ground.homes.perception
    row, col = np.nonzero(homes)
    near = old.state == SETTLED
    near &= (old.x >= col.min() - reach) & (old.x <= col.max() + 1 + reach)
    near &= (old.y >= row.min() - reach) & (old.y <= row.max() + 1 + reach)
    rows = np.flatnonzero(near)
    x, y = old.x[rows], old.y[rows]
    ident = walked.starts.animals.ident[rows]
    u = settlement_draws(seed, DISPERSAL, ground.here.stream, ident)
    further = places_to_look(x, y, reach, u)
    at_x, at_y = (
        np.hstack([own[:, None], more]) for own, more in zip((x, y), further, strict=True)
    )
    height, width = homes.shape
    inside = (at_x >= 0) & (at_x < width) & (at_y >= 0) & (at_y < height)
    row_at = np.where(inside, at_y, 0).astype(np.int64)
    col_at = np.where(inside, at_x, 0).astype(np.int64)
    return np.asarray(rows[(inside & homes[row_at, col_at]).any(axis=1)])


def picked(starts: Starts, rows: NDArray[np.int64]) -> Starts:
    """Return some rows of starts."""
    return replace(
        starts,
        animals=rows_of(starts.animals, rows),
        stratum=starts.stratum[rows],
        replicate=starts.replicate[rows],
        block=starts.block[rows],
    )


def with_fates(walked: Walked, rows: NDArray[np.int64], fates: Fates) -> Fates:
    """Return the fates of all where those of some rows are others."""
    merged = rows_of(walked.fates, np.arange(walked.fates.x.size))
    put(merged, rows, fates)
    return merged


def rows_of(record: Columns, rows: NDArray[np.int64]) -> Columns:
    """Return copies of some rows of a named tuple of columns."""
    columns: Any = record
    found: Columns = type(record)(*(column[rows] for column in columns))
    return found


def put(record: Columns, rows: NDArray[np.int64], values: Columns) -> None:
    """Write columns into some rows of a named tuple of columns."""
    columns: Any = zip(cast(Any, record), cast(Any, values), strict=True)
    for column, new in columns:
        column[rows] = new


def joined(records: Sequence[Columns]) -> Columns:
    """Return named tuples of columns one after the other."""
    columns: Any = zip(*(cast(Any, one) for one in records), strict=True)
    found: Columns = type(records[0])(*(np.concatenate(column) for column in columns))
    return found
