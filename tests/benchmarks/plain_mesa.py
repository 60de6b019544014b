"""The movement step as a plain Mesa model: one Python agent, its own ``step``, and no arrays.

Written as one would write it with Mesa and nothing else: candidates from the standard library's
generator (gamma lengths, von Mises turns), a pull towards the home-range centre, the weight looked
up in a numpy raster, one candidate chosen in proportion, barriers met on the way to it, the visit
and the core area counted, and the hazard met. It is kept as fast as that style allows;
:mod:`usual_mesa` is the same in the style that most people write.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import mesa
import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.records import Fields


class Walker(mesa.Agent):
    """One animal with ten candidates a step."""

    def __init__(self, model: PlainModel, x: float, y: float) -> None:
        super().__init__(model)
        self.x = self.centre_x = x
        self.y = self.centre_y = y
        self.heading = 0.0
        self.zone = 0
        self.path = 0.0
        self.alive = True

    def step(self) -> None:
        """Propose, weigh, choose, move; perhaps die."""
        model = self.model
        random = model.random
        weight = model.weight
        height, width = weight.shape
        drift_x = self.centre_x + model.pull * (self.x - self.centre_x)
        drift_y = self.centre_y + model.pull * (self.y - self.centre_y)
        candidates = []
        weights = []
        for _ in range(model.n_candidates):
            angle = self.heading + random.vonmisesvariate(0.0, model.kappa)
            length = random.gammavariate(model.shape, model.scale)
            x = drift_x + length * math.cos(angle)
            y = drift_y + length * math.sin(angle)
            inside = 0.0 <= x < width and 0.0 <= y < height
            candidates.append((x, y, angle))
            weights.append(weight[int(y), int(x)] if inside else 0.0)
        if not any(weights):
            self.heading += math.pi
            return
        x, y, heading = random.choices(candidates, weights)[0]
        if not self.crosses(x, y):
            self.heading = heading + math.pi
            return
        self.path += math.hypot(x - self.x, y - self.y)
        self.x, self.y, self.heading = x, y, heading
        row, col = int(y), int(x)
        model.visits[row, col] += 1
        zone = model.zone[row, col]
        if zone != self.zone and zone > 0:
            model.transits[self.zone, zone] += 1
            self.zone = zone
        if random.random() < model.hazard[row, col]:
            self.alive = False
            self.remove()

    def crosses(self, x: float, y: float) -> bool:
        """Meet the barriers on the straight way, looking at a point in every half cell."""
        permeability = self.model.permeability
        far = max(abs(x - self.x), abs(y - self.y))
        n = int(2 * far)
        if n == 0:
            return True
        before = permeability[int(self.y), int(self.x)]
        for k in range(1, n + 1):
            t = k / n
            here = permeability[int(self.y + t * (y - self.y)), int(self.x + t * (x - self.x))]
            if here < before and self.random.random() >= here:
                return False
            before = here
        return True


class PlainModel(mesa.Model):
    """Walkers on a raster; one step of the model is one decision step of each."""

    walker: type[Walker] = Walker

    def __init__(self, fields: Fields, x: NDArray[Any], y: NDArray[Any], *, rng: int) -> None:
        super().__init__(rng=rng)
        self.n_candidates, self.pull, self.kappa = 10, 0.93, 0.3
        # root mean square length 1.2 cells, as the kernel's: E[L^2] = k (k + 1) scale^2
        self.shape = 0.42
        self.scale = 1.2 / math.sqrt(self.shape * (self.shape + 1))
        self.weight = fields.weight[0]
        self.hazard = fields.hazard_step
        self.permeability = fields.permeability
        self.zone = fields.zone
        self.visits = np.zeros(self.zone.shape, np.int32)
        self.transits = np.zeros((3, 3), np.int64)
        for position in zip(x.tolist(), y.tolist(), strict=True):
            self.walker(self, *position)

    def step(self) -> None:
        """Let every walker take its step."""
        self.agents.do("step")


def plain_seconds_per_step(
    model: PlainModel, clock: Callable[[], float] = time.perf_counter
) -> float:
    """Return the time of one step of one walker."""
    n = len(model.agents)
    begin = clock()
    model.step()
    return (clock() - begin) / n
