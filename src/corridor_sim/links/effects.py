"""What each link alone gives: means, intervals, and what of them counts in a set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.links import LinkSettings
from corridor_sim.decision.confirm import Prediction, prediction_of
from corridor_sim.decision.interactions import Interactions, Triples
from corridor_sim.decision.portfolio import Surrogate
from corridor_sim.decision.regret import most_regret
from corridor_sim.decision.selection import Ranking
from corridor_sim.decision.sets import within
from corridor_sim.links.evaluator import Chosen, SetEvaluator
from corridor_sim.statistics.intervals import Support, intervals
from corridor_sim.statistics.moments import added, bounded, moments

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
# sums of benefits that cancel leave less than this behind, which is no effect
ROUNDING = 1e-12


def intervals_of(values: F64, confidence: float, least: F64, most: F64) -> tuple[F64, F64]:
    """Return the intervals of benefits ``[species, link, replicate]`` by species and link.

    A link that did the same in all or most replicates has the width of what so few replicates
    cannot rule out, measured by the jumps of other links for the same species; NaN without two
    values, and where no link ever changed anything for any species. None reaches beyond ``least``
    and ``most`` ``[species]``.
    """
    found = [moments(rows) for rows in values]
    jumps = max(one.largest for one in found)
    ends = []
    for rows, one, *limits in zip(values, found, least, most, strict=True):
        support = Support(jump=one.largest or jumps or np.nan)
        mean, low, high, _ = intervals(rows, confidence, support, apart=True)
        ends.append(bounded(mean, low, high, *limits))
    low, high = (np.stack(one) for one in zip(*ends, strict=True))
    return low, high


def rows_alone(evaluator: SetEvaluator, alone: Sequence[Chosen], ranking: Ranking) -> F64:
    """Return the benefit of each link alone by replicate, ``[species, link, replicate]``.

    In all replicates that the link has, for the spread of its mean (``linear`` in
    :meth:`.evaluator.SetEvaluator.benefits`); NaN beyond them.
    """
    reach = int(ranking.replicates.max(initial=0))
    rows = np.full((len(evaluator.species), len(alone), reach), np.nan)
    for i, chosen in enumerate(alone):
        n = int(ranking.replicates[i])
        rows[:, i, :n] = evaluator.benefits([chosen], range(n), linear=True)[:, 0]
    return rows


def with_own_intervals(
    evaluator: SetEvaluator, alone: Sequence[Chosen], ranking: Ranking, confidence: float
) -> Ranking:
    """Return a ranking whose intervals of single benefits allow for the error of the base.

    Per cents of the base's mean are ratios of two uncertain numbers. Order and verdicts of the
    ranking stand on differences between links, which share the divisor.
    """
    each = rows_alone(evaluator, alone, ranking)
    rows = added(np.moveaxis(evaluator.shares[:, None, None] * each, 0, -1))
    least, most = (np.array([end]) for end in evaluator.limits_of_total())
    low, high = intervals_of(rows[None], confidence, least, most)
    # of what the ranking could not tell either nothing is known
    kept = np.isfinite(low[0]) & np.isfinite(ranking.low)
    return replace(
        ranking, low=np.where(kept, low[0], ranking.low), high=np.where(kept, high[0], ranking.high)
    )


def counts_alone(
    settings: LinkSettings, ranking: Ranking, low: F64, high: F64
) -> NDArray[np.bool_]:
    """Return where a link counts in a set by its benefit alone, ``[species, link]``.

    With ``only_clear`` where an interval leaves out 0: the largest sum of means within a budget is
    otherwise a sum of lucky ones. It is the interval of the link's benefit over all species; for a
    fair choice, which looks at each species, that of the species (``low``, ``high`` ``[species,
    link]``).
    """
    if not settings.only_clear:
        return np.ones(low.shape, dtype=bool)
    if not settings.fair:
        low, high = (np.broadcast_to(v, low.shape) for v in (ranking.low, ranking.high))
    return np.asarray((low > ROUNDING) | (high < -ROUNDING))


def mean_alone(evaluator: SetEvaluator, alone: Sequence[Chosen], ranking: Ranking) -> F64:
    """Return the mean benefit of each link alone over all its replicates, ``[species, link]``."""
    rows = []
    for i, chosen in enumerate(alone):
        found = evaluator.benefits([chosen], range(int(ranking.replicates[i])))
        rows.append(moments(found[:, 0]).mean)
    return np.stack(rows, axis=1)


def still(low: float, high: float) -> bool:
    """Return whether an interval has no width: nothing varied, and nothing tells how far it may."""
    return bool(np.isfinite(high - low) and not high - low > ROUNDING)


def finite(value: float) -> float | None:
    """Return a number as files hold it: nothing where it is not known, no sign of a zero.

    >>> finite(-0.0), finite(float("nan")), finite(float("inf"))
    (0.0, None, None)
    """
    return float(value) + 0.0 if np.isfinite(value) else None


def regret_of(
    surrogate: Surrogate,
    chosen: Sequence[int],
    budget: float,
    ranking: Ranking,
    interactions: Interactions | None,
    *,
    must: Sequence[int],
    never: Sequence[int],
) -> float:
    """Return by how much another set within the budget may be better than the chosen one, at most.

    Benefits of links alone lie anywhere in the intervals that hold for all links together, and
    interactions of the pairs that were simulated anywhere in theirs; other pairs add up.
    Infinite where an interval is.
    """
    low, high = ranking.low_all, ranking.high_all
    if all(still(*ends) for ends in zip(low, high, strict=True)) and not ranking.mean.any():
        # nothing ever happened, and nothing tells how far it could go
        return float("inf")
    pairs = pair_low = pair_high = None
    if interactions is not None:
        share = surrogate.shares
        pairs = interactions.pairs
        pair_low, pair_high = share @ interactions.low, share @ interactions.high
    for ends in (low, high, pair_low, pair_high):
        if ends is not None and not np.isfinite(ends).all():
            return float("inf")
    return most_regret(
        surrogate.cost,
        chosen,
        budget,
        low,
        high,
        pairs,
        pair_low,
        pair_high,
        must=must,
        never=never,
    )


def _named(links: I64, kept: F64) -> list[tuple[list[int], F64]]:
    """Return the links of each interaction with what is kept of it by species."""
    return list(zip(links.tolist(), kept.T, strict=True))


def _excess(evaluator: SetEvaluator, links: Sequence[int], n: int) -> F64:
    """Return what two or three links give beyond all that they hold, ``[species, replicate]``."""
    held = within(frozenset(links))
    values = evaluator.benefits(held, range(n))
    *rest, excess = (values[:, y] for y in range(len(held)))
    for part, value in zip(held[:-1], rest, strict=True):
        excess = excess + (-1.0) ** (len(links) - len(part)) * value
    return excess


def prediction_of_set(
    evaluator: SetEvaluator,
    links: Sequence[int],
    replicates: Sequence[int],
    counts: NDArray[np.bool_],
    interactions: Interactions | None,
    first: int,
    triples: Triples | None = None,
    told: Callable[[Chosen], int] | None = None,
) -> Prediction:
    """Return the weighted benefit that main effects and kept interactions give a set of links.

    Every mean that the surrogate adds up is a row of replicates again: links and pairs share
    their draws, so that only the rows together tell how well the sum is known.

    Parameters
    ----------
    evaluator : SetEvaluator
        All runs asked for here are done; they are read, not simulated.
    links : sequence of int
        The set.
    replicates : sequence of int
        Replicates of each link of the evaluator alone, as in its main effect.
    counts : bool ``[species, link]``
        Where the benefit of a link of the evaluator alone is part of the sum.
    interactions : Interactions or None
    first : int
        Replicates of the pairs.
    triples : Triples, optional
    told : callable, optional
        Replicates of a pair or three, where they differ.
    """
    share = evaluator.shares
    reach = max([first, *(int(replicates[i]) for i in links)])
    alone = {
        i: evaluator.benefits([frozenset([i])], range(int(replicates[i])))[:, 0] for i in links
    }
    parts = [np.where(counts[:, i, None], part, np.nan) for i, part in alone.items()]
    named = [] if interactions is None else _named(interactions.pairs, interactions.kept)
    named += [] if triples is None else _named(triples.triples, triples.kept)
    for one, size in named:
        if all(i in alone for i in one):
            n = min(first if told is None else told(v) for v in within(frozenset(one)))
            excess = _excess(evaluator, one, n)
            parts.append(np.where(size[:, None] != 0, excess, np.nan))
    rows = np.full((len(parts), share.size, reach), np.nan)
    for row, part in zip(rows, parts, strict=True):
        row[:, : part.shape[1]] = share[:, None] * part
    return prediction_of(rows.reshape(-1, reach))
