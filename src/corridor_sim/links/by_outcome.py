"""Every link against every outcome and species: does the order hold if something else counts?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corridor_sim.decision.ranks import alike
from corridor_sim.decision.selection import Effort, Ranking, rank_alternatives
from corridor_sim.experiment.values import outcome_table
from corridor_sim.links.evaluator import NO_LINK, LinkEvaluator
from corridor_sim.simulation.days.outcomes import Outcome

F64 = NDArray[np.float64]
# what a link is for: passing, arriving, connected area, and after decades survival and genes
ASKED_DAYS = (
    "dispersal_flux",
    "dispersal_success",
    "border_flux",
    "eca_km2",
    "crossings_per_year",
    "blocked_share",
)
ASKED_YEARS = (
    "flux_per_decade",
    "border_flux_per_decade",
    "settled_share",
    "eca_km2",
    "animals_end",
    "gene_diversity_kept",
    "fst",
    "inbreeding",
)
RISK = "quasi_extinct_"


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


def asked(evaluator: LinkEvaluator) -> list[str]:
    """Return the outcomes that links are compared by: those that count first, then the usual."""
    base = evaluator.study.scenarios[0]
    table = outcome_table(base)
    counted = [name for name, weight in evaluator.benefit.weights.items() if weight > 0]
    if base.scenario.life_cycle is None:
        usual = list(ASKED_DAYS)
    else:
        usual = [*ASKED_YEARS, *(name for name in table if name.startswith(RISK))]
    return list(dict.fromkeys([*counted, *usual]))


def by_outcome(
    evaluator: LinkEvaluator, replicates: range, confidence: float
) -> tuple[ByOutcome, ...]:
    """Rank links by each outcome and species, from runs that are done.

    Parameters
    ----------
    evaluator : LinkEvaluator
    replicates : range
        That every link alone and the base have: the first look of the ranking.
    confidence : float
        Of the intervals, and of the verdicts on all pairs together.

    Notes
    -----
    An outcome that the base or a link lacks in every replicate (no core area reached, no genes
    kept) is left out for that species.
    """
    table = outcome_table(evaluator.study.scenarios[0])
    names = list(table)
    base = evaluator.mean_outcomes(NO_LINK, replicates)
    alone = [
        evaluator.mean_outcomes(frozenset([i]), replicates) for i in range(len(evaluator.links))
    ]
    found = []
    for name in asked(evaluator):
        at = names.index(name)
        for key in evaluator.species:
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
