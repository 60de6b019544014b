"""Links ranked by each outcome of each species, beside the benefit that chose among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from corridor_sim.comparison.contrasts import judged, zones
from corridor_sim.config.indifference import Indifference
from corridor_sim.decision.ranks import alike
from corridor_sim.decision.selection import Effort, Ranking, rank_alternatives
from corridor_sim.links.evaluator import NO_LINK, SetEvaluator
from corridor_sim.simulation.outcomes import Outcome
from corridor_sim.statistics.intervals import paired_intervals
from corridor_sim.statistics.moments import moments
from corridor_sim.statistics.ratios import Relative, effect_sizes, relative_intervals
from corridor_sim.statistics.supports import Worth, supports

F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ByOutcome:
    """Changes that links bring in one outcome of one species, and the links ranked by them.

    Attributes
    ----------
    outcome : Outcome
    species : str
        Key.
    without : float
        Mean of the base without links over the replicates, in the outcome's unit.
    change, low, high : float64 ``[link]``
        Mean paired change in the outcome's unit, and its interval.
    relative : Relative
        The same over the mean of the base, with the error of both.
    zone : float
        Smallest change that matters, in the outcome's unit.
    verdict : tuple of str
        Of each link, by its own interval.
    effect_size : float64 ``[link]``
        Cohen's d_z of the paired change.
    ranking : Ranking
        By the change for the better; an outcome without a better side is ranked from the largest
        increase down. Its verdicts hold together over all pairs of links, for this outcome and
        species by itself.
    still : bool
        No link changed it in any replicate.
    """

    outcome: Outcome
    species: str
    without: float
    change: F64
    low: F64
    high: F64
    relative: Relative
    zone: float
    verdict: tuple[str, ...]
    effect_size: F64
    ranking: Ranking
    still: bool


def asked(evaluator: SetEvaluator) -> list[str]:
    """Return the outcomes that links are compared by: those that count first, then the usual."""
    table = evaluator.table
    counted = [name for name, weight in evaluator.benefit.weights.items() if weight > 0]
    usual = sorted((name for name in table if table[name].asked), key=lambda n: table[n].asked)
    return list(dict.fromkeys([*counted, *usual]))


def by_outcome(
    evaluator: SetEvaluator, replicates: Sequence[int], confidence: float
) -> tuple[ByOutcome, ...]:
    """Rank links by each outcome and species, from runs that are done.

    Parameters
    ----------
    evaluator : SetEvaluator
    replicates : sequence of int
        How many each link alone has, from the first on; the base has as many as any.
    confidence : float
        Of the intervals, and of the verdicts on all pairs together.

    Notes
    -----
    An outcome that the base or a link lacks in every replicate (no core area reached, no genes
    kept) is left out for that species. How many replicates a link has was decided by its benefit,
    which leans on the other outcomes only as far as these go with it.
    """
    table = evaluator.table
    names = list(table)
    reach = max(replicates)
    base = evaluator.mean_outcomes(NO_LINK, range(reach))
    alone = [evaluator.mean_outcomes(frozenset([i]), range(n)) for i, n in enumerate(replicates)]
    worths, rule = evaluator.worths(), evaluator.study.scenarios[0].scenario.indifference
    found = []
    for name in asked(evaluator):
        at = names.index(name)
        for key in evaluator.species:
            before = base[key][:, at]
            after = np.full((len(alone), reach), np.nan)
            for row, one in zip(after, alone, strict=True):
                row[: len(one[key])] = one[key][:, at]
            # what is left of equal numbers is rounding, and no change
            change = np.where(alike(after, before), 0.0, after - before)
            if np.isfinite(change).any(axis=1).all():
                of, worth = table[name], worths[key]
                found.append(rank_changes(of, key, before, change, confidence, worth, rule))
    return tuple(found)


def rank_changes(
    outcome: Outcome,
    species: str,
    before: F64,
    change: F64,
    confidence: float,
    worth: Worth | None = None,
    rule: Indifference | None = None,
) -> ByOutcome:
    """Rank links by their changes ``[link, replicate]`` of one outcome of one species.

    NaN where a link was not run.

    Parameters
    ----------
    before : float64 ``[replicate]``
        Values of the base; NaN where a run has no value.
    worth : mapping, optional
        What one event of a kind is worth.
    rule : Indifference, optional
        What changes matter.
    """
    sense = -1.0 if outcome.better == "less" else 1.0
    k, n = change.shape
    effort = Effort(budget=k * n, indifference=0.0, confidence=confidence, first=n)
    least, most = (end - float(np.nanmean(before)) for end in (outcome.least, outcome.most))
    possible = (least, most) if sense > 0 else (-most, -least)
    ranking = rank_alternatives(
        lambda links, replicates: sense * change[np.ix_(links, replicates)],
        k,
        effort,
        limits=lambda: possible,
    )
    base = np.broadcast_to(before, change.shape)
    after = base + change
    own = supports({outcome.name: outcome}, [worth or {}], base, after)
    jump = moments(change).largest
    support = replace(own.row(0), jump=jump if jump > 0 else np.nan)
    *_, (_, low, high, _) = paired_intervals(base, after, confidence, support)
    relative = relative_intervals(base, after, confidence, support, (low, high))
    mean = float(np.nanmean(before))
    zone, shared = zones(
        rule or Indifference(), [species], {outcome.name: outcome}, np.array([mean])
    )
    # adding 0 takes the sign off a change of nothing
    return ByOutcome(
        outcome,
        species,
        mean,
        sense * ranking.mean + 0.0,
        low + 0.0,
        high + 0.0,
        relative,
        float(zone[0]),
        tuple(judged(low, high, relative, zone, shared, (rule or Indifference()).share)),
        effect_sizes(base, after),
        ranking,
        still=not np.nan_to_num(change).any(),
    )
