"""The random walk on selection strengths as conductances, behind the seam of movement models."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.dispersal import RandomWalk
from corridor_sim.kernels.random_walk import random_walk
from corridor_sim.kernels.random_walk_inputs import walk_fields
from corridor_sim.movement.cell_walk import CellWalkModel, Walk
from corridor_sim.species.fields import SpeciesOnLandscape


class WalkAtRandom(CellWalkModel):
    """Random walk; see :mod:`corridor_sim.kernels.random_walk`."""

    def __init__(self, here: SpeciesOnLandscape, options: RandomWalk) -> None:
        super().__init__(here, options)
        self.neighbours, self.average = options.neighbours, options.average

    @property
    def reach_cells(self) -> int:
        """The neighbours."""
        return 1

    def prepare(self, risk: NDArray[np.float64]) -> Walk:
        """Return the walk; its table holds the risk, so every class of another risk has its own."""
        fields = walk_fields(
            self.strength,
            neighbours=self.neighbours,
            average=self.average,
            mortality=risk,
            zone=self.here.fields.zone,
            permeability=self.permeability,
        )
        shape = self.shape
        return lambda w, clock, tallies, chunk: random_walk(w, fields, shape, clock, tallies, chunk)
