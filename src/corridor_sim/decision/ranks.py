"""From pairwise verdicts and paired replicates to ranks, groups and their probabilities."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]
CHUNK = 250


def order_of(mean: F64, better: Bools) -> I64:
    """Return alternatives from best to worst, never against a verdict.

    Of those that no remaining one is surely better than, the highest mean comes next; ties in the
    mean by number. ``better[i, l]`` says that i is surely better than l. Should verdicts run in a
    circle, which errors of the procedure alone can bring about, the highest mean comes next.
    """
    remaining = np.ones(mean.size, dtype=bool)
    worth = np.where(np.isnan(mean), -np.inf, mean)
    order = []
    for _ in range(mean.size):
        free = remaining & ~better[remaining].any(axis=0)
        among = np.flatnonzero(free if free.any() else remaining)
        best = int(among[np.argmax(worth[among])])
        order.append(best)
        remaining[best] = False
    return np.array(order, dtype=np.int64)


def rank_bounds(better: Bools) -> tuple[I64, I64]:
    """Return the best and the worst rank that the verdicts leave to each alternative.

    If all verdicts are right, so are all these intervals (Klein, Wright & Wieczorek 2020, J R
    Statist Soc C 69:589, doi:10.1111/rssc.12402; with equal alternatives they hold every rank that
    each could be given).
    """
    best = 1 + better.sum(axis=0)
    worst = better.shape[0] - better.sum(axis=1)
    return best.astype(np.int64), worst.astype(np.int64)


def equal_groups(apart: Bools, order: I64) -> tuple[tuple[int, ...], ...]:
    """Return the groups of equal rank: the largest sets in which no two are told apart.

    An alternative may stand in several groups (a is not told apart from b, nor b from c, yet a is
    from c), as in the letter displays of field trials. Insert and absorb (Piepho 2004, J Comput
    Graph Statist 13:456). Members and groups come in the given order.
    """
    place = np.empty(order.size, dtype=np.int64)
    place[order] = np.arange(order.size)
    groups = [frozenset(range(order.size))]
    for pair in np.argwhere(np.triu(apart[np.ix_(order, order)], 1)).tolist():
        parted = [g - {j} for g in groups if g.issuperset(pair) for j in pair]
        groups = [g for g in groups if not g.issuperset(pair)]
        for new in sorted(parted, key=lambda g: (-len(g), sorted(g))):
            if not any(new <= g for g in groups):
                groups = [g for g in groups if not g <= new] + [new]
    inside = sorted(tuple(sorted(int(j) for j in g)) for g in groups)
    return tuple(tuple(int(order[j]) for j in g) for g in inside)


def rank_probabilities(
    values: F64, order: I64, indifference: float, draws: int, seed: int
) -> tuple[F64, F64]:
    """Return the probability that each alternative's rank is right, ``[k]`` twice.

    Parameters
    ----------
    values : float64 ``[k, n]``
        Benefits, replicate by replicate; NaN where an alternative was not run or has no value.
    order : int64 ``[k]``
        Alternatives from best to worst.
    indifference : float
        Differences up to this do not matter.
    draws, seed : int
        Draws from the posterior, and the seed of their generator.

    Returns
    -------
    right, right_within : float64 ``[k]``
        Posterior probability that the alternative at place p truly has rank p; and that p is a
        rank it could have if differences up to ``indifference`` were ties: at most p - 1 others
        are better by more than that, and at most k - p are worse by more.

    Notes
    -----
    Bayesian bootstrap (Rubin 1981, Ann Statist 9:130): each draw gives every replicate an
    exponential weight, the same for all alternatives, which keeps the pairing; a difference
    between two alternatives is the weighted mean over the replicates that both have. Deviations
    from the mean are widened by ``sqrt((n + 1) / (n - 1))``, so that their variance is ``s^2 / n``
    instead of Rubin's ``(n - 1) s^2 / (n (n + 1))``.
    """
    k, n = values.shape
    first, second = np.triu_indices(k, 1)
    gap = values[first] - values[second]
    seen = np.isfinite(gap)
    gap = np.where(seen, gap, 0.0)
    count = seen.sum(axis=1)
    mean = gap.sum(axis=1) / np.maximum(count, 1)
    wider = np.sqrt((count + 1) / np.maximum(count - 1, 1))
    place = np.empty(k, dtype=np.int64)
    place[order] = np.arange(k)
    luck = np.random.Generator(np.random.Philox(key=seed))
    right, within = np.zeros(k), np.zeros(k)
    seen_t, gap_t = seen.T.astype(np.float64), gap.T.copy()
    for start in range(0, draws, CHUNK):
        size = min(CHUNK, draws - start)
        weight = luck.standard_exponential((size, n))
        total = np.maximum(weight @ seen_t, 1e-300)
        gaps = np.zeros((size, k, k))
        gaps[:, first, second] = mean + wider * (weight @ gap_t / total - mean)
        gaps[:, second, first] = -gaps[:, first, second]
        # an exact tie takes the order given, so that equal alternatives are not both "first"
        behind = (gaps < 0) | ((gaps == 0) & (place[:, None] > place[None]))
        right += (behind.sum(axis=2) == place).sum(axis=0)
        fewer = (gaps < -indifference).sum(axis=2) <= place
        within += (fewer & ((gaps > indifference).sum(axis=2) <= k - 1 - place)).sum(axis=0)
    return right / draws, within / draws
