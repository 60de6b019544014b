"""Walks past barriers that an animal finds open or closed until it forgets: exact chains.

State of the chain: place and gates. A gate is open with chance p; with every tick all gates are
drawn anew with the chance ``fades``; a step that a closed gate forbids is not taken.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.crossing import Memory

F8 = NDArray[np.float64]


def occupancy(
    free: F8,
    forbids: Sequence[NDArray[np.bool_]],
    p: float,
    memory: Memory,
    start: F8,
    n_steps: int,
) -> F8:
    """Return the distribution over places after ``n_steps``.

    Parameters
    ----------
    free : ``[place, place]``
        Chances of a step where nothing is closed; from row to column.
    forbids : one bool ``[place, place]`` a gate
        The steps that it forbids while it is closed.
    """
    moves, chances = [], []
    for closed in itertools.product((False, True), repeat=len(forbids)):
        step = free.copy()
        for shut, mask in zip(closed, forbids, strict=True):
            if shut:
                step[mask] = 0.0
        step[np.diag_indices_from(step)] += 1.0 - step.sum(axis=1)
        moves.append(step)
        chances.append(math.prod(1.0 - p if shut else p for shut in closed))
    share = np.array(chances)[:, None]
    total = np.zeros(start.size)
    for phase in range(memory.tick):
        here = share * start
        for t in range(n_steps):
            if t > 0 and (t + phase) % memory.tick == 0:
                here = (1.0 - memory.fades) * here + memory.fades * share * here.sum(axis=0)
            here = np.stack([one @ step for one, step in zip(here, moves, strict=True)])
        total += here.sum(axis=0)
    return total / memory.tick


def line(n: int, side: float) -> F8:
    """Return the steps of a walk on ``n`` places, ``side`` to each side and none off the ends."""
    free = side * (np.eye(n, k=1) + np.eye(n, k=-1))
    return free + np.diag(1.0 - free.sum(axis=1))


def between(n: int, west: int) -> NDArray[np.bool_]:
    """Return the steps between place ``west`` and the next one."""
    mask = np.zeros((n, n), np.bool_)
    mask[west, west + 1] = mask[west + 1, west] = True
    return mask


def extra_ground(p: float, steps: float, side: float) -> float:
    """Return how much open ground a barrier is worth, in steps: ``(1 - p) / p sqrt(1 + 4 r (m - 1))``.

    Of a walk that goes to each side with chance ``r = side`` a step, and whose gate is drawn anew
    every ``m = steps`` in the mean; 1 is to draw at each attempt.
    """
    return (1.0 - p) / p * math.sqrt(1.0 + 4.0 * side * (steps - 1.0))
