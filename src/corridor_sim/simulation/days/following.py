"""Move chosen animals alone, to the bit as in the whole run, and keep where they are.

Animals of days do not meet, and every draw is keyed by the animal's own number: who moves beside
it changes nothing. So the ways of a few are had at the cost of a few, after the run, from any
replicate; a run need not keep them.

An animal's ticks are its decision steps, or the moves of a walk from cell to cell where a species
searches by one. Tick 0 is the start; tick ``k`` is the end of the ``k``-th.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.records import Animals, Clock, Tallies
from corridor_sim.kernels.states import ALIVE, DISPERSER, SETTLED
from corridor_sim.movement.cell_walk import CellMover
from corridor_sim.simulation.days.seeding import Numbers
from corridor_sim.simulation.days.simulation import (
    SEARCHING,
    DaysContext,
    Simulation,
    SpeciesHabitat,
    days_beyond,
)
from corridor_sim.species.fields import SEXES

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Followed:
    """Where chosen animals of one species were, by ticks of one length.

    Attributes
    ----------
    ident : int64 ``[n]``
        Numbers of the animals, see :data:`.seeding.FIRST_DISPERSER`.
    klass, profile : int16 ``[n]``
        ``2 * stage + sex``; number of the animal's own set of movement parameters.
    state : int8 ``[n]``
        At ``end``: ALIVE, SETTLED, or ALIVE + 1 + cause of death.
    end : int64 ``[n]``
        Tick of the last place.
    centre : float64 ``[n, 2]``
        Column and row of the centre of the range.
    natal_zone, home_zone : int16 ``[n]``
        Core area where it was born, and that of its home; 0 = outside core areas, or none.
    home : float64 ``[n, 2]``
        Column and row of the home of a disperser that found one; NaN of all others.
    animal : int64 ``[m]``
        Row of each place among the animals, rising.
    tick : int64 ``[m]``
        Of each place, rising within an animal; the first is 0, the last ``end``.
    place : float32 ``[m, 2]``
        Column and row in cells.
    ticks_per_day : int
    """

    ident: I64
    klass: NDArray[np.int16]
    profile: NDArray[np.int16]
    state: NDArray[np.int8]
    end: I64
    centre: NDArray[np.float64]
    natal_zone: NDArray[np.int16]
    home_zone: NDArray[np.int16]
    home: NDArray[np.float64]
    animal: I64
    tick: I64
    place: F32
    ticks_per_day: int


@dataclass(frozen=True, slots=True)
class Span:
    """Which stretch of a run is followed, and how densely.

    Attributes
    ----------
    n_days : int
        Length of the run; dispersers go on beyond it.
    every : int
        Ticks between two places; 0 = one place a day, at its end.
    days : int or None
        Only so many days from the start on.
    """

    n_days: int
    every: int = 1
    days: int | None = None

    def days_of(self, habitat: SpeciesHabitat, *, disperses: bool) -> int:
        """Return for how many days an animal is followed if it lives."""
        whole = self.n_days
        if disperses:
            whole += days_beyond(habitat.here.species, self.n_days)
        return whole if self.days is None else min(whole, self.days)

    def places_of(self, habitat: SpeciesHabitat, klass: NDArray[np.int16]) -> int:
        """Return how many places animals of these classes leave at most."""
        total = 0
        for rows, walks, disperses in _groups(habitat, klass):
            days, per_day = self.days_of(habitat, disperses=disperses), _ticks(habitat, walks)
            total += rows.size * (2 + days * per_day // (self.every or per_day))
        return total


def take(animals: Animals, rows: I64) -> Animals:
    """Return some of the animals, in arrays of their own."""
    return Animals(**{name: column[rows] for name, column in animals._asdict().items()})


def follow(
    context: DaysContext,
    key: str,
    chosen: Animals,
    span: Span,
    *,
    seed: int,
    replicate: int,
    start_day: int,
) -> list[Followed]:
    """Return where chosen animals are through a run, those of one kind of tick together.

    Parameters
    ----------
    context : DaysContext
        Of which the species ``key`` is used.
    chosen : Animals
        At their beginning, as :class:`.simulation.Simulation` seeds them.
    seed, replicate, start_day : int
        As of the run.
    """
    habitat = context.species[key]
    # who was seeded with the whole run is given; nobody else is
    nobody = replace(habitat, numbers=Numbers(0, 1, 1.0), observed=None)
    alone = DaysContext(context.landscape, {key: nobody}, context.blocks)
    found = []
    for rows, walks, disperses in _groups(habitat, chosen.klass):
        sim = _Following(alone, key, take(chosen, rows), span, walks, disperses)
        sim.seed, sim.replicate, sim.start_day = seed, replicate, start_day
        found.append(sim.followed())
    return found


def _groups(habitat: SpeciesHabitat, klass: NDArray[np.int16]) -> Sequence[tuple[I64, bool, bool]]:
    """Return the rows of those that tick alike and end alike; whether they walk, and disperse."""
    searches = np.isin(klass, SEARCHING) & (habitat.searching is not None)
    disperses = klass // len(SEXES) == DISPERSER
    kinds = [(walks, goes) for walks in (False, True) for goes in (False, True)]
    found = [(np.flatnonzero((searches == w) & (disperses == d)), w, d) for w, d in kinds]
    return [one for one in found if one[0].size]


def _ticks(habitat: SpeciesHabitat, walks: bool) -> int:
    per_day = int(habitat.here.params.steps_per_day)
    if not walks or habitat.searching is None:
        return per_day
    return int(habitat.searching.options.visits_per_day(per_day))


class _Following(Simulation):
    """A replicate of which only some animals move; they all tick alike."""

    def __init__(
        self,
        context: DaysContext,
        key: str,
        animals: Animals,
        span: Span,
        walks: bool,
        disperses: bool,
    ) -> None:
        super().__init__(context, seed=0)
        self.key, self.span, self.disperses = key, span, disperses
        habitat = context.species[key]
        self.per_day = _ticks(habitat, walks)
        self.days = span.days_of(habitat, disperses=disperses)
        # a walk tells exactly when it ended only to whoever saw all of its moves
        self.kept_every = 1 if walks else (span.every or self.per_day)
        self.steps_of_tick = int(habitat.here.params.steps_per_day) / self.per_day
        self.animals[key] = animals
        self._start_xy[key] = np.stack([animals.x, animals.y], axis=1)
        records = self.days * self.per_day // self.kept_every
        tracks = np.full((animals.x.size, records, 2), np.nan, np.float32)
        self.tallies[key] = self.tallies[key]._replace(tracks=tracks)
        self._ends = np.full(animals.x.size, -1, np.int64)
        if walks:
            self.movers[key] = [
                _Ending(one, animals.ident, self._ends) if isinstance(one, CellMover) else one
                for one in self.movers[key]
            ]

    def _clock(self, key: str, seasons: NDArray[np.int8], first_step: int, n_steps: int) -> Clock:
        clock = super()._clock(key, seasons, first_step, n_steps)
        return clock._replace(track_every=self.kept_every)

    def followed(self) -> Followed:
        """Move them to the end and return where they were."""
        self.advance(min(self.days, self.span.n_days))
        if self.days > self.span.n_days:
            self.finish()
        a, tracks = self.animals[self.key], self.tallies[self.key].tracks
        end, state = self._end(a)
        cut = self.days * self.per_day
        beyond = end > cut
        state = np.where(beyond, ALIVE, state).astype(np.int8)
        every = self.span.every or self.per_day
        ticks = np.arange(1, tracks.shape[1] + 1, dtype=np.int64) * self.kept_every
        shown = ticks % every == 0
        there = (ticks[shown] < end[:, None]) & np.isfinite(tracks[:, shown, 0])
        animal, record = np.nonzero(there)
        rows = np.arange(a.x.size)
        last = rows[~beyond]
        start, final = self._start_xy[self.key], np.stack([a.x, a.y], axis=1)[last]
        whose = np.concatenate([rows, animal, last])
        when = np.concatenate([np.zeros(rows.size, np.int64), ticks[shown][record], end[last]])
        where = np.concatenate(
            [start.astype(np.float32), tracks[:, shown][there], final.astype(np.float32)]
        )
        order = np.lexsort((when, whose))
        when, whose, where = when[order], whose[order], where[order]
        last_tick = np.zeros(rows.size, np.int64)
        np.maximum.at(last_tick, whose, when)
        centre = np.stack([a.centre_x, a.centre_y], axis=1)
        home, home_zone = self.homes(self.key)
        return Followed(
            ident=a.ident,
            klass=a.klass,
            profile=a.profile,
            state=state,
            end=last_tick,
            centre=centre,
            natal_zone=a.natal_zone,
            home_zone=np.where(beyond, 0, home_zone).astype(np.int16),
            home=np.where(beyond[:, None], np.nan, home.astype(np.float64)),
            animal=whose,
            tick=when,
            place=where,
            ticks_per_day=self.per_day,
        )

    def _end(self, a: Animals) -> tuple[I64, NDArray[np.int8]]:
        """Return the tick at whose end each animal's way ends, and its state then."""
        died = (a.state != ALIVE) & (a.state != SETTLED)
        steps = np.where(a.state == ALIVE, 0, a.end_step + died)
        ticks = np.round(steps / self.steps_of_tick).astype(np.int64)
        lived = min(self.days, self.span.n_days) * self.per_day
        end = np.where(a.state == ALIVE, lived, ticks)
        return np.where(self._ends >= 0, self._ends, end), a.state


class _Ending:
    """A walk from cell to cell that keeps all its moves, and in which move each animal ended."""

    def __init__(self, walk: CellMover, ident: I64, ends: I64) -> None:
        self.walk, self.ends = walk, ends
        self.row = {int(one): i for i, one in enumerate(ident)}
        walk.track_every = 1

    def advance(self, animals: Animals, clock: Clock, tallies: Tallies, chunk: int) -> None:
        """Walk on."""
        self.walk.advance(animals, clock, tallies, chunk)
        walkers = self.walk.walkers
        for i in np.flatnonzero(walkers.state != ALIVE):
            self.ends[self.row[int(walkers.ident[i])]] = walkers.end_step[i] + 1

    def state(self) -> dict[str, NDArray[np.generic]]:
        """Return what the walk keeps."""
        return self.walk.state()

    def restore(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        """Go on from there."""
        self.walk.restore(state)
