"""The set that runs name: what of links and interactions counts, and the best for the money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.links import LinkSettings
from corridor_sim.decision.interactions import Interactions, Triples
from corridor_sim.decision.portfolio import Portfolio, Surrogate, choose_links
from corridor_sim.decision.selection import Ranking
from corridor_sim.links.candidates import Link
from corridor_sim.links.effects import counts_alone, intervals_of, mean_alone, rows_alone
from corridor_sim.links.evaluator import SetEvaluator

F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Weighed:
    """What links are worth in a set.

    Attributes
    ----------
    mean, low, high : float64 ``[species, link]``
        Benefit of each link alone over all its replicates, with its interval.
    counts : bool ``[species, link]``
        Where the benefit of a link alone counts.
    surrogate : Surrogate
    """

    mean: F64
    low: F64
    high: F64
    counts: NDArray[np.bool_]
    surrogate: Surrogate


def weigh(
    evaluator: SetEvaluator,
    settings: LinkSettings,
    ranking: Ranking,
    interactions: Interactions | None,
    triples: Triples | None = None,
) -> Weighed:
    """Return what links are worth in a set, from runs that are done.

    Parameters
    ----------
    ranking : Ranking
        With the intervals that printed benefits have.
    """
    links = evaluator.links
    alone = [frozenset([i]) for i in range(len(links))]
    linear = rows_alone(evaluator, alone, ranking)
    low, high = intervals_of(linear, settings.procedure.confidence, *evaluator.limits())
    counts = counts_alone(settings, ranking, low, high)
    mean = mean_alone(evaluator, alone, ranking)
    surrogate = Surrogate.of(
        [link.cost for link in links],
        np.where(counts, np.nan_to_num(mean), 0.0),
        None if interactions is None else interactions.pairs,
        None if interactions is None else interactions.kept,
        list(evaluator.species_weights),
        adds=evaluator.benefit.unit is not None,
        triples=None if triples is None else triples.triples,
        third=None if triples is None else triples.kept,
    )
    return Weighed(mean, low, high, counts, surrogate)


def demands(links: Sequence[Link]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the links that every set holds, and those that none does."""
    must = tuple(i for i, link in enumerate(links) if link.must)
    return must, tuple(i for i, link in enumerate(links) if link.must is False)


def slack_of(settings: LinkSettings) -> float:
    """Return the difference between sets that is given up to save money.

    Where the best set is looked for it is half of what does not matter; the other half is left to
    chance, so that the search can end.
    """
    rule = settings.procedure
    return rule.indifference / 2 if settings.for_a_set else rule.indifference


def best_for(
    worth: Surrogate, settings: LinkSettings, links: Sequence[Link], *, fair: bool = False
) -> Portfolio:
    """Return the set of links that the budget of the settings buys."""
    assert settings.budget is not None, "no budget was given"
    must, never = demands(links)
    return choose_links(
        worth,
        settings.budget,
        must=must,
        never=never,
        fair=fair,
        indifference=slack_of(settings),
        ties=True,
    )
