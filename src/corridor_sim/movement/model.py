"""One seam for all movement models: prepared once per landscape, then started for every replicate.

A :class:`MovementModel` holds what one species needs of one landscape; all replicates share it and
nothing changes it. A :class:`Mover` is one replicate's: it moves the animals of one class, days at
a time, and holds what their own arrays do not. Positions, fates and counts end in the animals and
the tallies, so that results, tables and maps need not know which model moved whom.

A further model is a file with a class of the first kind, a TOML section and a row in
:data:`corridor_sim.config.dispersal.MODELS`, and its twin among the tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.dispersal import MODELS, Options
from corridor_sim.errors import ScenarioError
from corridor_sim.kernels.records import Animals, Clock, Tallies
from corridor_sim.species.fields import SpeciesOnLandscape

State = dict[str, NDArray[np.generic]]


class Mover(Protocol):
    """The animals of one class in one replicate, on the move."""

    def advance(self, animals: Animals, clock: Clock, tallies: Tallies, chunk: int) -> None:
        """Move the living animals of the class, in place, and add to ``tallies``.

        ``clock`` spans whole days of decision steps. Animals may have died, joined or left the
        class since the last call. How the days are split into calls changes nothing.
        """
        ...

    def state(self) -> State:
        """Return copies of all arrays that the next call depends on, by name."""
        ...

    def restore(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        """Go on from what :meth:`state` returned."""
        ...


class MovementModel(Protocol):
    """One model for one species on one landscape; made by ``factory(here, options)``.

    Raises
    ------
    ValueError
        When made, if the options do not fit the landscape.
    """

    @property
    def options(self) -> Options:
        """What the model was made with."""
        ...

    def mover(self, klass: int) -> Mover:
        """Return what moves the animals of one class in one replicate."""
        ...

    def differs(self, other: Self) -> NDArray[np.bool_]:
        """Return in which cells the model reads something else on another landscape.

        An animal that touched none of these cells walks the same way on both, to the bit
        (:mod:`corridor_sim.kernels.touched`); ``[height, width]``.
        """
        ...


def movement_model(here: SpeciesOnLandscape, options: Options) -> MovementModel:
    """Return the model that ``options`` name, prepared for a species on a landscape.

    Raises
    ------
    ScenarioError
        If the options do not fit the landscape.
    """
    factory = MODELS[options.model].factory
    if isinstance(factory, str):
        module, _, name = factory.partition(":")
        factory = getattr(import_module(module), name)
    try:
        model: MovementModel = factory(here, options)
    except ValueError as bad:
        raise ScenarioError(
            str(bad),
            where=f"[species.{here.species.key}.dispersal]",
            remedy="change the option or the landscape",
        ) from None
    return model
