"""One seam for all movement models: prepare once per landscape, then advance animals by days.

A model is made for one species on one landscape and moves a herd: all animals of that species, or
those of one class. Step selection keeps its state in the animals' own arrays; the walks from cell
to cell keep theirs in :class:`Walkers` and write position, fate and counts back after every call,
so that results, tables and maps need not know which model moved the animals.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from corridor_sim.engine.result import SETTLED
from corridor_sim.errors import ScenarioError
from corridor_sim.kernels import cellwalk
from corridor_sim.kernels.advance import advance
from corridor_sim.kernels.cellwalk import WalkClock, Walkers, WalkTallies
from corridor_sim.kernels.philox import keyed_uniforms
from corridor_sim.kernels.random_walk import random_walk
from corridor_sim.kernels.random_walk_inputs import walk_fields
from corridor_sim.kernels.records import Animals, Clock, Tallies
from corridor_sim.kernels.sms import sms
from corridor_sim.kernels.sms_inputs import sms_fields, sms_params
from corridor_sim.kernels.states import ALIVE
from corridor_sim.scenario.dispersal import CellWalk, RandomWalk, Sms, StepSelection
from corridor_sim.species.fields import SpeciesOnLandscape

# purpose of the draw that names a walker's cause of death
CAUSE = 4114
Advance = Callable[[Walkers, WalkClock, WalkTallies, int], None]


class MovementModel(Protocol):
    """What the run loop needs of a model; ``clock`` spans whole days of decision steps."""

    def advance(self, animals: Animals, clock: Clock, tallies: Tallies, chunk: int) -> None:
        """Move the model's animals among ``animals``, in place, and add to ``tallies``."""
        ...


class SelectSteps:
    """Integrated step selection, of every animal that is alive."""

    def __init__(self, here: SpeciesOnLandscape) -> None:
        self.here = here

    def advance(self, animals: Animals, clock: Clock, tallies: Tallies, chunk: int) -> None:
        """Advance by the compiled kernel; see :func:`corridor_sim.kernels.advance.advance`."""
        advance(animals, self.here.fields, self.here.params, clock, tallies, chunk)


class WalkCells:
    """A walk from cell to cell, of the animals of one class.

    Barriers count as costs only (their permeability divides the selection strength); there is no
    crossing draw, and encounters are not counted. Animals stand in cell centres.

    Parameters
    ----------
    here : SpeciesOnLandscape
    options : Sms or RandomWalk
    klass : int
        Class whose animals walk.

    Raises
    ------
    ScenarioError
        If the options do not fit the landscape.
    """

    def __init__(self, here: SpeciesOnLandscape, options: CellWalk, klass: int) -> None:
        self.here = here
        self.options = options
        self.klass = klass
        self.shape = here.fields.zone.shape
        self.walkers: Walkers | None = None
        self.rows = np.zeros(0, np.int64)
        try:
            self._walk = _prepare(here, options, klass, self.shape)
        except ValueError as bad:
            raise ScenarioError(
                str(bad),
                where=f"[species.{here.species.key}.dispersal]",
                remedy="change the option or the landscape",
            ) from None

    def advance(self, animals: Animals, clock: Clock, tallies: Tallies, chunk: int) -> None:
        """Walk ``moves_per_day`` moves for every day of ``clock``."""
        per_day, moves = self.here.params.steps_per_day, self.options.moves_per_day
        if self.walkers is None:
            self._begin(animals)
        walkers = self.walkers
        assert walkers is not None
        # the engine may have ended an animal since, for instance because its time was over
        over = (animals.state[self.rows] != ALIVE) & (walkers.state == cellwalk.ALIVE)
        walkers.state[over] = cellwalk.EXHAUSTED
        kept = int((self.rows < tallies.tracks.shape[0]).sum())
        counted = WalkTallies(
            visits=tallies.visits[int(self.here.params.stage[self.klass])],
            moves=np.zeros((0, 0), np.int32),
            transits=tallies.transits,
            tracks=np.full((kept, tallies.tracks.shape[1]), -1, np.int64),
        )
        walk_clock = WalkClock(
            first_step=clock.first_step // per_day * moves,
            n_steps=clock.n_steps // per_day * moves,
            replicate=clock.replicate,
            stream=clock.stream,
            seed0=clock.seed0,
            seed1=clock.seed1,
            track_every=moves * clock.track_every // per_day,
        )
        self._walk(walkers, walk_clock, counted, chunk)
        self._write_back(animals, clock, over)
        at = np.argwhere(counted.tracks >= 0)
        for i, record in at:
            row, col = divmod(int(counted.tracks[i, record]), self.shape[1])
            tallies.tracks[self.rows[i], record] = col + 0.5, row + 0.5

    def _begin(self, animals: Animals) -> None:
        self.rows = np.flatnonzero((animals.klass == self.klass) & (animals.state == ALIVE))
        cell = animals.y[self.rows].astype(np.int64) * self.shape[1]
        cell += animals.x[self.rows].astype(np.int64)
        self.walkers = cellwalk.make_walkers(
            cell,
            ident=animals.ident[self.rows],
            natal_zone=animals.natal_zone[self.rows],
            zone=self.here.fields.zone,
        )
        self.walkers.last_zone[:] = animals.last_zone[self.rows]

    def _write_back(self, animals: Animals, clock: Clock, over: NDArray[np.bool_]) -> None:
        w, rows = self.walkers, self.rows
        assert w is not None
        per_day, moves = self.here.params.steps_per_day, self.options.moves_per_day
        animals.x[rows] = w.cell % self.shape[1] + 0.5
        animals.y[rows] = w.cell // self.shape[1] + 0.5
        way = w.straight + np.sqrt(2.0) * w.diagonal
        animals.path_m[rows] = way * self.here.params.cell_m
        for name in ("last_zone", "first_zone"):
            getattr(animals, name)[rows] = getattr(w, name)
        met = w.first_step >= 0
        animals.first_step[rows[met]] = w.first_step[met] * per_day // moves
        ended = (w.state != cellwalk.ALIVE) & (animals.state[rows] == ALIVE) & ~over
        animals.end_step[rows[ended]] = w.end_step[ended] * per_day // moves
        died = ended & (w.state == cellwalk.DIED)
        animals.state[rows[ended & ~died]] = SETTLED
        animals.state[rows[died]] = ALIVE + 1 + self._causes(w, died, clock)

    def _causes(self, w: Walkers, died: NDArray[np.bool_], clock: Clock) -> NDArray[np.int64]:
        """Return causes of death, drawn in proportion to the hazards of the cell."""
        hazards = self.here.fields.hazard_per_day.reshape(-1, self.shape[0] * self.shape[1])
        own = np.full(int(died.sum()), self.here.params.hazard_class[self.klass])
        rates = np.vstack([own, hazards[:, w.cell[died]].astype(np.float64)])
        seed = int(clock.seed0) | int(clock.seed1) << 32
        luck = keyed_uniforms(seed, clock.replicate, clock.stream, w.ident[died], CAUSE, 1)[:, 0]
        bounds = np.cumsum(rates, axis=0)
        causes: NDArray[np.int64] = (bounds[:-1] <= luck * bounds[-1]).sum(axis=0)
        return causes


def _prepare(
    here: SpeciesOnLandscape, options: CellWalk, klass: int, shape: tuple[int, ...]
) -> Advance:
    """Return the walk of one class as a function of walkers, clock, tallies and chunk."""
    f, p = here.fields, here.params
    strength = f.weight.mean(axis=0, dtype=np.float64) * f.permeability
    strength = np.maximum(strength / strength.max(), 1.0 / options.cost_limit)
    daily = f.hazard_per_day.sum(axis=0, dtype=np.float64) + p.hazard_class[klass]
    risk = -np.expm1(-daily / options.moves_per_day)
    size = (int(shape[0]), int(shape[1]))
    if isinstance(options, Sms):
        sees = sms_fields(
            1.0 / strength,
            perceptual_range=options.perceptual_range,
            method=options.method,
            mortality=risk,
            zone=f.zone,
        )
        numbers = sms_params(
            perceptual_range=options.perceptual_range,
            persistence=options.persistence,
            memory=options.memory,
            goal_bias=options.goal_bias,
            goal_bias_decay=options.goal_bias_decay,
            goal_bias_half_steps=options.goal_bias_half_steps,
            straighten=options.straighten,
            settles=np.full(int(f.zone.max()), options.settles),
            min_steps=options.min_moves,
            max_steps=options.max_moves,
        )
        return lambda w, clock, tallies, chunk: sms(w, sees, numbers, size, clock, tallies, chunk)
    assert isinstance(options, RandomWalk)
    graph = walk_fields(
        strength,
        neighbours=options.neighbours,
        average=options.average,
        mortality=risk,
        zone=f.zone,
    )
    return lambda w, clock, tallies, chunk: random_walk(w, graph, size, clock, tallies, chunk)


def movement_model(here: SpeciesOnLandscape, options: Any, klass: int) -> MovementModel:
    """Return the model that ``options`` name, for the animals of one class.

    Parameters
    ----------
    here : SpeciesOnLandscape
    options : StepSelection, RandomWalk, Sms or None
        None = step selection.
    klass : int
        Class of the animals; step selection moves every living animal.
    """
    if options is None or isinstance(options, StepSelection):
        return SelectSteps(here)
    return WalkCells(here, options, klass)
