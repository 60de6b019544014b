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
    """Return the open ground that a barrier is worth: ``(1 - p) / p sqrt(1 + 4 r (m - 1))`` steps.

    Of a walk that goes to each side with chance ``r = side`` a step, and whose gate is drawn anew
    every ``m = steps`` in the mean; 1 is to draw at each attempt.
    """
    return (1.0 - p) / p * math.sqrt(1.0 + 4.0 * side * (steps - 1.0))


def chance_of_the_far_end(free: F8, forbids: NDArray[np.bool_], p: float, fades: float) -> F8:
    """Return, for a start at each place, the chance to end at the last place and not at the first.

    Both ends keep who comes there; one gate, drawn anew at each step with chance ``fades``.
    """
    n = len(free)
    shut = np.where(forbids, 0.0, free)
    shut[np.diag_indices(n)] += 1.0 - shut.sum(axis=1)
    stays, opens = 1.0 - fades * p, fades * p
    closes, keeps = fades * (1.0 - p), 1.0 - fades * (1.0 - p)
    # rows: the gate before it is drawn; the step is taken by the gate after that
    step = np.block([[keeps * free, closes * shut], [opens * free, stays * shut]])
    inner = np.tile(np.arange(n) % (n - 1) > 0, 2)
    last = step[inner][:, [n - 1, 2 * n - 1]].sum(axis=1)
    found = np.zeros(2 * n)
    found[inner] = np.linalg.solve(np.eye(inner.sum()) - step[inner][:, inner], last)
    # the first step is taken by a gate that is open with chance p
    first = p * free + (1.0 - p) * shut
    there = np.concatenate([p * free, (1.0 - p) * shut], axis=1)
    chance: F8 = there @ found + first[:, n - 1]
    return chance
