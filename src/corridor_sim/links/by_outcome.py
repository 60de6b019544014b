"""Every link against every outcome and species: does the order hold if something else counts?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corridor_sim.decision.ranks import alike
from corridor_sim.decision.selection import Effort, Ranking, rank_alternatives
from corridor_sim.experiment.values import outcome_table
from corridor_sim.links.evaluator import NO_LINK, LinkEvaluator
from corridor_sim.simulation.outcomes import Outcome

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
        Mean paired change in the outcome's unit, and its Student's t interval.
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
    ranking: Ranking
    still: bool


def asked(workshop: LinkEvaluator) -> list[str]:
    """Return the outcomes that links are compared by: those that count first, then the usual."""
    table = outcome_table(workshop.study.scenarios[0])
    counted = [name for name, weight in workshop.benefit.weights.items() if weight > 0]
    usual = sorted((name for name in table if table[name].asked), key=lambda n: table[n].asked)
    return list(dict.fromkeys([*counted, *usual]))


def by_outcome(
    workshop: LinkEvaluator, replicates: range, confidence: float
) -> tuple[ByOutcome, ...]:
    """Rank links by each outcome and species, from runs that are done.

    Parameters
    ----------
    workshop : LinkEvaluator
    replicates : range
        That every link alone and the base have: the first look of the ranking.
    confidence : float
        Of the intervals, and of the verdicts on all pairs together.

    Notes
    -----
    An outcome that the base or a link lacks in every replicate (no core area reached, no genes
    kept) is left out for that species.
    """
    table = outcome_table(workshop.study.scenarios[0])
    names = list(table)
    base = workshop.mean_outcomes(NO_LINK, replicates)
    alone = [workshop.mean_outcomes(frozenset([i]), replicates) for i in range(len(workshop.links))]
    found = []
    for name in asked(workshop):
        at = names.index(name)
        for key in workshop.species:
            before = base[key][:, at]
            after = np.stack([one[key][:, at] for one in alone])
            # what is left of equal numbers is rounding, and no change
            change = np.where(alike(after, before), 0.0, after - before)
            if np.isfinite(change).any(axis=1).all():
                found.append(rank_changes(table[name], key, before, change, confidence))
    return tuple(found)


def rank_changes(
    outcome: Outcome, species: str, before: F64, change: F64, confidence: float
) -> ByOutcome:
    """Rank links by their changes ``[link, replicate]`` of one outcome of one species.

    ``before`` are the base's values ``[replicate]``; NaN where a run has no value.
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
    # adding 0 takes the sign off a change of nothing
    ends = np.sort(sense * np.stack([ranking.low, ranking.high]), axis=0) + 0.0
    return ByOutcome(
        outcome,
        species,
        float(np.nanmean(before)),
        sense * ranking.mean + 0.0,
        ends[0],
        ends[1],
        ranking,
        still=not np.nan_to_num(change).any(),
    )
