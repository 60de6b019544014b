"""By how much another set of links may be better than the chosen one, all benefits uncertain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

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
    chosen : sequence of int
        A set that the budget pays for.
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
    if pairs is None or pair_low is None or pair_high is None:
        pairs, pair_low, pair_high = np.empty((0, 2), np.int64), np.empty(0), np.empty(0)
    return worst_rival(
        cost,
        chosen,
        budget,
        [*map(tuple, pairs.tolist())],
        np.concatenate([low, pair_low]),
        np.concatenate([high, pair_high]),
        must=must,
        never=never,
    ).better_by


class Rival(NamedTuple):
    """The set that may be better than the chosen one by the most, and by how much at most."""

    better_by: float
    links: tuple[int, ...]


def worst_rival(
    cost: Sequence[float],
    chosen: Sequence[int],
    budget: float,
    products: Sequence[tuple[int, ...]],
    low: F64,
    high: F64,
    *,
    must: Sequence[int] = (),
    never: Sequence[int] = (),
) -> Rival:
    """Return the set within the budget that may be better than the chosen one by the most.

    Parameters
    ----------
    products : sequence of tuples of int
        Links of each interaction, of pairs first and then of three.
    low, high : float64 ``[n + products]``
        Ends of the benefit of each link alone and of each interaction, in that order.
    cost, chosen, budget, must, never
        As of :func:`most_regret`, whose notes tell why this is exact.
    """
    mine = np.zeros(len(cost), dtype=bool)
    mine[list(chosen)] = True
    inside = np.array([*mine, *(mine[list(one)].all() for one in products)], dtype=bool)
    worst = np.where(inside, low, high)
    n, pairs = len(cost), [one for one in products if len(one) == 2]
    worth = Surrogate.of(
        cost,
        worst[:n],
        np.array(pairs, dtype=np.int64).reshape(-1, 2),
        worst[n : n + len(pairs)],
        triples=np.array(products[len(pairs) :], dtype=np.int64).reshape(-1, 3),
        third=worst[n + len(pairs) :],
    )
    best = choose_links(worth, budget, must=must, never=never)
    return Rival(max(0.0, best.benefit - worth.total(chosen)), best.links)
