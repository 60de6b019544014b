"""The stochastic movement simulator on inverse selection strengths, behind the seam of models."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.dispersal import Sms
from corridor_sim.kernels.random_walk_inputs import thresholds
from corridor_sim.kernels.sms import sms
from corridor_sim.kernels.sms_inputs import sms_fields, sms_params
from corridor_sim.movement.cell_walk import CellWalkModel, Walk
from corridor_sim.species.fields import SpeciesOnLandscape


class WalkSms(CellWalkModel):
    """Stochastic movement simulator; see :mod:`corridor_sim.kernels.sms`."""

    def __init__(self, here: SpeciesOnLandscape, options: Sms) -> None:
        super().__init__(here, options)
        zone = here.fields.zone
        alike = {"perceptual_range", "persistence", "memory", "goal_bias", "goal_bias_decay"}
        alike |= {"goal_bias_half_steps", "straighten"}
        self.params = sms_params(
            **options.model_dump(include=alike),
            settles=np.full(int(zone.max()), options.settles),
            min_steps=options.min_moves,
            max_steps=options.max_moves,
        )
        self.perceptual_range = options.perceptual_range
        # the table of effective costs serves all classes
        self.fields = sms_fields(
            np.divide(1.0, self.strength, out=np.full(self.shape, np.nan), where=self.strength > 0),
            perceptual_range=options.perceptual_range,
            method=options.method,
            zone=zone,
            permeability=self.permeability,
        )

    @property
    def reach_cells(self) -> int:
        """The perceptual range."""
        return self.perceptual_range

    def prepare(self, risk: NDArray[np.float64]) -> Walk:
        """Return the walk with the mortality of a class."""
        fields = self.fields._replace(mortality=thresholds(risk, self.strength))
        params, shape = self.params, self.shape
        return lambda w, clock, tallies, chunk: sms(w, fields, params, shape, clock, tallies, chunk)
