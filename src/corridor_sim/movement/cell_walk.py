"""What the walks from cell to cell share: from animals to walkers and back, once a call.

Walkers stand in cells and take ``moves_per_day`` moves a day whatever the species' decision steps
are; their kernels keep state of their own (memory, steps taken, refusals). A mover keeps that
beside the animals' arrays and writes position, fate and counts back after every call.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation

from corridor_sim.config.dispersal import CellWalk
from corridor_sim.kernels import cellwalk
from corridor_sim.kernels.cellwalk import WalkClock, Walkers, WalkTallies, make_walkers
from corridor_sim.kernels.philox import keyed_uniforms
from corridor_sim.kernels.records import Animals, Clock, Tallies
from corridor_sim.kernels.states import ALIVE, SETTLED, WALK_DIED
from corridor_sim.movement.model import State
from corridor_sim.species.fields import SpeciesOnLandscape, memory_for

# purpose of the draw that names a walker's cause of death
CAUSE = 4114
Walk = Callable[[Walkers, WalkClock, WalkTallies, int], None]


class CellWalkModel(ABC):
    """A walk from cell to cell of one species on one landscape.

    Barriers are met on the chosen way, as by step selection, and encounters are counted; or, as an
    option, their permeability multiplies the selection strength of their cell, without a draw.

    Raises
    ------
    ValueError
        If the options do not fit the landscape.
    """

    def __init__(self, here: SpeciesOnLandscape, options: CellWalk) -> None:
        self.here = here
        self.options = options
        self.moves_per_day = options.moves_per_day
        f = here.fields
        height, width = f.zone.shape
        self.shape = (int(height), int(width))
        strength = f.weight.mean(axis=0, dtype=np.float64)
        # where there is no ground nobody can be, and no barrier is met
        off = f.permeability < 0
        strength[off] = 0.0
        passes = np.where(off, np.float32(1), f.permeability) if off.any() else f.permeability
        self.permeability: NDArray[np.float32] | None = passes
        if options.barriers == "cost":
            strength *= passes
            self.permeability = None
        # a scenario may leave no habitat at all: then all ground is even
        best = strength.max() or 1.0
        self.strength = np.where(off, 0.0, np.maximum(strength / best, 1.0 / options.cost_limit))
        self._walks: dict[float, Walk] = {}

    @property
    @abstractmethod
    def reach_cells(self) -> int:
        """Cells from which the strength of selection has a say in the next move."""

    def differs(self, other: CellWalkModel) -> NDArray[np.bool_]:
        """Return the cells in which a move is another; see :class:`MovementModel`.

        A move depends on the strengths within reach, on risk and zone of its own cell, and on the
        permeability of the one that it would enter. Strengths are relative to the best of the
        landscape: where that has changed, all have.
        """
        side = 2 * self.reach_cells + 1
        found = binary_dilation(self.strength != other.strength, np.ones((side, side), np.bool_))
        one, two = self.here.fields, other.here.fields
        if self.permeability is not None:
            passes = one.permeability != two.permeability
            found |= binary_dilation(passes, np.ones((3, 3), np.bool_))
        found |= (one.hazard_per_day != two.hazard_per_day).any(axis=0) | (one.zone != two.zone)
        return np.asarray(found)

    @abstractmethod
    def prepare(self, risk: NDArray[np.float64]) -> Walk:
        """Return the walk with ``risk`` ``[height, width]``, the chance to die in one move."""

    def mover(self, klass: int) -> CellMover:
        """Return the mover of one class; classes of the same natural hazard share their fields."""
        own = float(self.here.params.hazard_class[klass])
        if own not in self._walks:
            daily = self.here.fields.hazard_per_day.sum(axis=0, dtype=np.float64) + own
            self._walks[own] = self.prepare(-np.expm1(-daily / self.moves_per_day))
        return CellMover(self.here, self.moves_per_day, klass, self._walks[own])


class CellMover:
    """The walkers of one class in one replicate. Animals stand in cell centres."""

    def __init__(
        self, here: SpeciesOnLandscape, moves_per_day: int, klass: int, walk: Walk
    ) -> None:
        self.here = here
        self.moves = moves_per_day
        self.klass = klass
        self.width = here.fields.zone.shape[1]
        self.memory = memory_for(here.species, moves_per_day, here.params.cell_m)
        self._walk = walk
        self.walkers = make_walkers(np.zeros(0, np.int64))
        # length of an animal's way before it became a walker
        self.before_m = np.zeros(0)
        # moves between two places of a track; None: as the clock of decision steps has it
        self.track_every: int | None = None

    def advance(self, animals: Animals, clock: Clock, tallies: Tallies, chunk: int) -> None:
        """Walk ``moves_per_day`` moves for every day of ``clock``."""
        per_day, moves = self.here.params.steps_per_day, self.moves
        rows = self._gather(animals)
        counted = WalkTallies(
            visits=tallies.visits[int(self.here.params.stage[self.klass])],
            moves=np.zeros((0, 0), np.int32),
            transits=tallies.transits,
            passed=tallies.passed,
            blocked=tallies.blocked,
            tracks=np.full(
                (int((rows < tallies.tracks.shape[0]).sum()), tallies.tracks.shape[1]), -1, np.int64
            ),
            part=tallies.part,
            touched=tallies.touched[rows] if tallies.touched.size else tallies.touched,
        )
        walk_clock = WalkClock(
            first_step=clock.first_step // per_day * moves,
            n_steps=clock.n_steps // per_day * moves,
            replicate=clock.replicate,
            stream=clock.stream,
            seed0=clock.seed0,
            seed1=clock.seed1,
            track_every=self.track_every or moves * clock.track_every // per_day,
            memory=self.memory,
        )
        self._walk(self.walkers, walk_clock, counted, chunk)
        self._write_back(animals, rows, clock)
        if tallies.touched.size:
            tallies.touched[rows] = counted.touched
        i, record = np.nonzero(counted.tracks >= 0)
        row, col = np.divmod(counted.tracks[i, record], self.width)
        tallies.tracks[rows[i], record] = np.stack([col + 0.5, row + 0.5], axis=1)

    def _gather(self, animals: Animals) -> NDArray[np.int64]:
        """Take in the living of the class, known ones as they were; return their rows."""
        rows = np.flatnonzero((animals.klass == self.klass) & (animals.state == ALIVE))
        ident = animals.ident[rows]
        cell = animals.y[rows].astype(np.int64) * self.width + animals.x[rows].astype(np.int64)
        fresh = make_walkers(
            cell, ident=ident, natal_zone=animals.natal_zone[rows], zone=self.here.fields.zone
        )
        fresh.last_zone[:] = animals.last_zone[rows]
        fresh.first_zone[:] = animals.first_zone[rows]
        before_m = animals.path_m[rows].copy()
        _, old, new = np.intersect1d(
            self.walkers.ident, ident, assume_unique=True, return_indices=True
        )
        for name in Walkers._fields:
            getattr(fresh, name)[new] = getattr(self.walkers, name)[old]
        before_m[new] = self.before_m[old]
        self.walkers, self.before_m = fresh, before_m
        return rows

    def _write_back(self, animals: Animals, rows: NDArray[np.int64], clock: Clock) -> None:
        w = self.walkers
        per_day, moves = self.here.params.steps_per_day, self.moves
        animals.x[rows] = w.cell % self.width + 0.5
        animals.y[rows] = w.cell // self.width + 0.5
        way = w.straight + np.sqrt(2.0) * w.diagonal
        animals.path_m[rows] = self.before_m + way * self.here.params.cell_m
        animals.last_zone[rows] = w.last_zone
        animals.first_zone[rows] = w.first_zone
        met = w.first_step >= 0
        animals.first_step[rows[met]] = w.first_step[met] * per_day // moves
        ended = w.state != ALIVE
        animals.end_step[rows[ended]] = w.end_step[ended] * per_day // moves
        died = w.state == WALK_DIED
        animals.state[rows[ended & ~died]] = SETTLED
        animals.state[rows[died]] = ALIVE + 1 + self._causes(died, clock)

    def _causes(self, died: NDArray[np.bool_], clock: Clock) -> NDArray[np.int64]:
        """Return causes of death, drawn in proportion to the hazards of the cell."""
        w = self.walkers
        hazards = self.here.fields.hazard_per_day
        hazards = hazards.reshape(hazards.shape[0], -1)
        own = np.full(int(died.sum()), self.here.params.hazard_class[self.klass])
        rates = np.vstack([own, hazards[:, w.cell[died]].astype(np.float64)])
        seed = int(clock.seed0) | int(clock.seed1) << 32
        uniforms = keyed_uniforms(seed, clock.replicate, clock.stream, w.ident[died], CAUSE, 1)[
            :, 0
        ]
        bounds = np.cumsum(rates, axis=0)
        causes: NDArray[np.int64] = (bounds[:-1] <= uniforms * bounds[-1]).sum(axis=0)
        return causes

    def state(self) -> State:
        """Return the walkers' arrays by name, and ``before_m``."""
        found: State = {name: a.copy() for name, a in self.walkers._asdict().items()}
        return {**found, "before_m": self.before_m.copy()}

    def restore(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        """Go on from what :meth:`state` returned.

        Raises
        ------
        ValueError
            If the arrays do not fit the landscape or each other.
        """
        self.before_m = np.array(state["before_m"], np.float64)
        given: dict[str, NDArray[Any]] = {
            name: np.array(state[name], a.dtype) for name, a in self.walkers._asdict().items()
        }
        if self.before_m.ndim != 1 or any(a.shape != self.before_m.shape for a in given.values()):
            raise ValueError("walkers' arrays differ in length")
        # what indexes other arrays: a compiled kernel does not look where it reads
        zone = self.here.fields.zone
        for name, end in (("cell", zone.size), ("start", zone.size), ("last_zone", zone.max() + 1)):
            if not ((given[name] >= 0) & (given[name] < end)).all():
                raise ValueError(f"walkers' {name} leads out of the landscape")
        past = given["memory"][:, None] >> np.arange(0, 64, 4, dtype=np.uint64)
        if ((past & np.uint64(15)) > cellwalk.NOWHERE).any():
            raise ValueError("walkers remember a direction that there is not")
        if (given["steps"] < 0).any() or (given["outside"] < 0).any():
            raise ValueError("walkers took a negative number of steps")
        self.walkers = Walkers(**given)
