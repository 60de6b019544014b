"""Could more replicates change which set is the best? By how much, at most, another is better."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from corridor_sim.decision.portfolio import Surrogate, choose_links

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


def most_regret(
    cost: Sequence[float],
    chosen: Sequence[int],
    budget: float,
    low: F64,
    high: F64,
    pairs: I64 | None = None,
    pair_low: F64 | None = None,
    pair_high: F64 | None = None,
    *,
    must: Sequence[int] = (),
    never: Sequence[int] = (),
) -> float:
    """Return by how much the best set for a budget may be better than the chosen one, at most.

    Parameters
    ----------
    cost : sequence of float
    chosen : sequence of int
        A set that the budget pays for.
    budget : float
    low, high : float64 ``[n]``
        The benefit of each link alone lies anywhere between; intervals that hold together.
    pairs, pair_low, pair_high : ``[p, 2]``, ``[p]``, ``[p]``
        Interactions of pairs, anywhere between; pairs that are not named add up.
    must, never : sequences of int
        Links that every set holds, and that none does.

    Notes
    -----
    A set S is better than the chosen C by what it has and C lacks, less what C has and S lacks. The
    worst of all benefits within the intervals is the high end of everything outside C and the low
    end of everything inside, the same for every S, so that one exact optimum gives the bound.
    """
    mine = np.zeros(len(cost), dtype=bool)
    mine[list(chosen)] = True
    worst = np.where(mine, low, high)
    if pairs is None or pair_low is None or pair_high is None:
        pairs, between = np.empty((0, 2), np.int64), np.empty(0)
    else:
        between = np.where(mine[pairs].all(axis=1), pair_low, pair_high)
    worth = Surrogate.of(cost, worst, pairs, between)
    best = choose_links(worth, budget, must=must, never=never)
    return max(0.0, best.benefit - worth.total(chosen))
