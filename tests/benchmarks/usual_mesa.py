"""The same step as people usually write it in Mesa: numpy for each agent's few candidates.

:mod:`plain_mesa` is tuned by hand: the standard library's generator, numbers instead of arrays.
Here an agent draws its K lengths and turns from the model's numpy generator, looks all weights up
at once and lets ``rng.choice`` pick one, which reads better and, for ten candidates, is slower:
every call of numpy costs more than what it does to ten numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from plain_mesa import PlainModel, Walker

from corridor_sim.kernels.records import Fields


class UsualWalker(Walker):
    """One animal with ten candidates a step, in numpy."""

    model: UsualModel

    def step(self) -> None:
        """Propose, weigh, choose, move; perhaps die."""
        model = self.model
        rng = model.rng
        here = np.array([self.x, self.y])
        centre = np.array([self.centre_x, self.centre_y])
        angles = self.heading + rng.vonmises(0.0, model.kappa, size=model.n_candidates)
        lengths = rng.gamma(model.shape, model.scale, size=model.n_candidates)
        steps = lengths[:, None] * np.column_stack([np.cos(angles), np.sin(angles)])
        candidates = centre + model.pull * (here - centre) + steps
        height, width = model.weight.shape
        inside = np.all((candidates >= 0) & (candidates < [width, height]), axis=1)
        cols, rows = np.where(inside[:, None], candidates, 0).astype(int).T
        weights = np.where(inside, model.weight[rows, cols], 0.0)
        if weights.sum() == 0:
            self.heading += np.pi
            return
        chosen = rng.choice(model.n_candidates, p=weights / weights.sum())
        x, y = candidates[chosen]
        if not self.crosses(x, y):
            self.heading = angles[chosen] + np.pi
            return
        self.path += np.linalg.norm(candidates[chosen] - here)
        self.x, self.y, self.heading = x, y, angles[chosen]
        row, col = rows[chosen], cols[chosen]
        model.visits[row, col] += 1
        zone = model.zone[row, col]
        if zone != self.zone and zone > 0:
            model.transits[self.zone, zone] += 1
            self.zone = zone
        if rng.random() < model.hazard[row, col]:
            self.alive = False
            self.remove()


class UsualModel(PlainModel):
    """Walkers on a raster; one step of the model is one decision step of each."""

    walker = UsualWalker

    def __init__(self, fields: Fields, x: NDArray[Any], y: NDArray[Any], *, rng: int) -> None:
        super().__init__(fields, x, y, rng=rng)
        # mesa 3 gives a model both generators
        assert isinstance(self.rng, np.random.Generator)
