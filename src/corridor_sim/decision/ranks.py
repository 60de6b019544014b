"""From pairwise verdicts and paired replicates to ranks, groups and their probabilities."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor_sim.statistics.moments import ROUNDING

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]
CHUNK = 250


def places_of(mean: F64, better: Bools) -> tuple[I64, I64]:
    """Return alternatives from best to worst, and the rank of each, 1 the best.

    Of those that no remaining one is surely better than, the highest mean comes next. All of them
    that have this mean share the rank and stand by number, which says nothing of them; the rank
    after m that share one is m further. ``better[i, l]`` says that i is surely better than l.
    Should verdicts run in a circle, which errors of the procedure alone can bring about, the
    highest mean comes next.

    >>> order, rank = places_of(np.array([0.0, 2.0, 0.0, 1.0]), np.zeros((4, 4), bool))
    >>> order.tolist(), rank.tolist()
    ([1, 3, 0, 2], [3, 1, 3, 2])
    """
    remaining = np.ones(mean.size, dtype=bool)
    worth = np.where(np.isnan(mean), -np.inf, mean)
    order: list[int] = []
    rank = np.empty(mean.size, dtype=np.int64)
    while remaining.any():
        free = remaining & ~better[remaining].any(axis=0)
        among = np.flatnonzero(free if free.any() else remaining)
        same = among[alike(worth[among], worth[among].max())]
        # in a circle of verdicts two that were told apart may have one mean
        kept = [int(i) for i in same if not better[same, i].any()] or [int(same[0])]
        rank[kept] = len(order) + 1
        order += kept
        remaining[kept] = False
    return np.array(order, dtype=np.int64), rank


def alike(one: F64, other: F64 | float) -> Bools:
    """Return where two numbers differ by no more than sums in another order do."""
    with np.errstate(invalid="ignore"):
        near = np.abs(one - other) <= ROUNDING * np.maximum(np.abs(one), np.abs(other))
    return np.asarray((one == other) | (near & np.isfinite(one) & np.isfinite(other)))


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
    values: F64, order: I64, indifference: float, draws: int, seed: int, *, rank: I64 | None = None
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
    rank : int64 ``[k]``, optional
        Rank of each alternative, 1 the best, where some share one; by default the place in
        ``order``.

    Returns
    -------
    right, right_within : float64 ``[k]``
        Posterior probability that the alternative truly has its rank p; and that p is a rank it
        could have if differences up to ``indifference`` were ties: at most p - 1 others are better
        by more than that, and at most k - p are worse by more. Of m alternatives that tie in a
        draw each has each of their m places with probability 1 / m: of two links that did exactly
        the same and are the best, either is the best with 0.5.

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
    # what is left of equal numbers is rounding, and no difference
    gap = np.where(seen & ~alike(values[first], values[second]), gap, 0.0)
    count = seen.sum(axis=1)
    mean = gap.sum(axis=1) / np.maximum(count, 1)
    wider = np.sqrt((count + 1) / np.maximum(count - 1, 1))
    place = np.empty(k, dtype=np.int64)
    place[order] = np.arange(k)
    if rank is not None:
        place = rank - 1
    rng = np.random.Generator(np.random.Philox(key=seed))
    right, within = np.zeros(k), np.zeros(k)
    seen_t, gap_t = seen.T.astype(np.float64), gap.T.copy()
    for start in range(0, draws, CHUNK):
        size = min(CHUNK, draws - start)
        weight = rng.standard_exponential((size, n))
        total = np.maximum(weight @ seen_t, 1e-300)
        gaps = np.zeros((size, k, k))
        gaps[:, first, second] = mean + wider * (weight @ gap_t / total - mean)
        gaps[:, second, first] = -gaps[:, first, second]
        ahead, tied = (gaps < 0).sum(axis=2), (gaps == 0).sum(axis=2)
        right += np.where((ahead <= place) & (place < ahead + tied), 1.0 / tied, 0.0).sum(axis=0)
        fewer = (gaps < -indifference).sum(axis=2) <= place
        within += (fewer & ((gaps > indifference).sum(axis=2) <= k - 1 - place)).sum(axis=0)
    return right / draws, within / draws
