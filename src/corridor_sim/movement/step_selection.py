"""Integrated step selection behind the seam of movement models."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.dispersal import Options, StepSelection
from corridor_sim.kernels.advance import advance
from corridor_sim.kernels.records import Animals, Clock, Fields, Tallies
from corridor_sim.kernels.states import ALIVE
from corridor_sim.movement.model import State
from corridor_sim.species.fields import CLASSES, SpeciesOnLandscape

# state of the living while a kernel shall pass over them
SET_ASIDE = 101


@contextmanager
def set_aside(animals: Animals, classes: Collection[int]) -> Iterator[None]:
    """Hide the living animals of some classes from a kernel that moves whoever is alive."""
    hidden = np.isin(animals.klass, list(classes)) & (animals.state == ALIVE)
    animals.state[hidden] = SET_ASIDE
    try:
        yield
    finally:
        animals.state[hidden] = ALIVE


class SelectSteps:
    """Step selection: needs nothing beyond the species' fields, keeps nothing beside the animals.

    As a mover of its own it moves every class but those ``apart``.
    """

    def __init__(
        self, here: SpeciesOnLandscape, options: Options | None = None, apart: Collection[int] = ()
    ) -> None:
        self.here = here
        self.options = options or StepSelection(model="step_selection")
        self.apart = tuple(apart)

    def mover(self, klass: int) -> SelectSteps:
        """Return the mover of one class."""
        return SelectSteps(self.here, None, [i for i in range(len(CLASSES)) if i != klass])

    def differs(self, other: SelectSteps) -> NDArray[np.bool_]:
        """Return the cells of which some field is another; see :class:`MovementModel`.

        ``barrier_near`` is a shortcut past cells that are open anyway, and no field of its own.
        """
        shape = self.here.fields.zone.shape
        found = np.zeros(shape, np.bool_)
        for name in Fields._fields:
            one, two = (np.asarray(getattr(w.here.fields, name)) for w in (self, other))
            if name != "barrier_near" and one.shape[-2:] == shape:
                found |= (one != two).reshape(-1, *shape).any(axis=0)
        return found

    def advance(self, animals: Animals, clock: Clock, tallies: Tallies, chunk: int) -> None:
        """Advance by the compiled kernel; see :func:`corridor_sim.kernels.advance.advance`."""
        with set_aside(animals, self.apart):
            advance(animals, self.here.fields, self.here.params, clock, tallies, chunk)

    def state(self) -> State:
        """Return nothing: all is in the animals' arrays."""
        return {}

    def restore(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        """Take nothing back."""
