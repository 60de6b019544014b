"""How many more runs would tell what the choice hangs on, as a number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from corridor_sim.decision.power import MOST, replicates_to_show_equal, replicates_to_tell
from corridor_sim.errors import ScenarioError
from corridor_sim.languages import tr, tr_plural
from corridor_sim.links.effects import ROUNDING
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.links_choice import left_of
from corridor_sim.report.text.links_found import Found
from corridor_sim.statistics.moments import moments

POWER = 0.8
MINUTE_S = 60.0


@dataclass(frozen=True, slots=True)
class Doubt:
    """A pair of links that more replicates might part: a chosen one and one for its place.

    Attributes
    ----------
    mine, other : int
        The chosen link, and the other.
    difference : float
        Mean benefit of the chosen one less that of the other.
    equal : bool
        Whether they look equal, so that it takes replicates to show that and not to part them.
    more : int or None
        Replicates of both beyond those that they have; None where too many.
    """

    mine: int
    other: int
    difference: float
    equal: bool
    more: int | None


def doubt_of(found: Found) -> Doubt | None:
    """Return the pair of links on which the choice hangs most; None where none is undecided.

    Of all undecided pairs of a chosen link and one that the money would pay for in its place, the
    pair in which the other may be better by most.
    """
    result, ranking = found.result, found.result.ranking
    chosen, budget = result.chosen, result.settings.budget
    if chosen is None or budget is None or not chosen.links or found.still:
        return None
    left = left_of(found, chosen, budget)
    undecided = ~(ranking.better | ranking.better.T | ranking.equal)
    pairs = [
        (float(ranking.difference_high[j, i]), i, j)
        for i in chosen.links
        for j in found.order
        if j not in chosen.links
        and result.links[i].must is not True
        and result.links[j].must is not False
        and result.links[j].cost <= left + result.links[i].cost
        and undecided[i, j]
        and ranking.difference_high[j, i] > ROUNDING
    ]
    if not pairs:
        return None
    _, mine, other = max(pairs)
    return _doubt(found, mine, other)


def _doubt(found: Found, mine: int, other: int) -> Doubt:
    ranking, rule = found.result.ranking, found.result.settings.procedure
    have = int(min(ranking.replicates[[mine, other]]))
    rows = found.evaluator.total([frozenset([i]) for i in (mine, other)], range(have))
    seen = moments((rows[0] - rows[1])[None])
    gap, sd = float(seen.mean[0]), float(seen.sd[0])
    equal = abs(gap) <= rule.indifference
    k = len(found.order)
    need: int | None
    if not sd > 0:
        need = None
    elif equal:
        need = replicates_to_show_equal(
            gap,
            sd,
            k,
            rule.indifference,
            confidence=rule.confidence,
            first=rule.first_replicates,
            batch=rule.batch,
        )
    else:
        try:
            need = replicates_to_tell(
                gap,
                sd,
                k,
                power=POWER,
                confidence=rule.confidence,
                first=rule.first_replicates,
                batch=rule.batch,
            )
        except ScenarioError:
            need = None
    return Doubt(mine, other, gap, equal, None if need is None else max(need - have, rule.batch))


def what_more_would_tell(found: Found) -> str:
    """Say how many more replicates the closest choice takes, and about how long; or nothing."""
    one = doubt_of(found)
    if one is None:
        return ""
    given = {
        "chosen": found.names[one.mine],
        "other": found.names[one.other],
        "apart": found.amount(one.difference),
    }
    if one.more is None:
        return tr(
            "What the choice hangs on most is {chosen} (chosen) and {other} (not), {apart} apart: "
            "more than {most} replicates would be needed to tell, so take either.",
            most=say.number(MOST),
            **given,
        )
    given["more"] = say.number(one.more)
    text = (
        tr(
            "What the choice hangs on most is {chosen} (chosen) and {other} (not), {apart} apart: "
            "about {more} more replicates would show that they differ by less than {much}.",
            much=found.amount(_zone(found), sign=False),
            **given,
        )
        if one.equal
        else tr(
            "What the choice hangs on most is {chosen} (chosen) and {other} (not), {apart} apart: "
            "about {more} more replicates would tell them apart, with a chance of {power}.",
            power=say.percent(POWER),
            **given,
        )
    )
    undecided = _undecided(found)
    total = one.more * undecided
    budget = found.result.settings.procedure.budget_runs + total
    return f"{text} {_in_all(found, undecided, budget, total + one.more)}"


def _in_all(found: Found, undecided: int, budget: int, replicates: int) -> str:
    """Say what all undecided links take, and about how long where that was measured here."""
    given = {"n": undecided, "budget": say.number(budget)}
    seconds = found.evaluator.pace_s * replicates
    if not np.isfinite(seconds):
        return tr(
            "For all {n} links that are undecided so far that is links.procedure.budget_runs = "
            "{budget}.",
            **given,
        )
    minutes = seconds / MINUTE_S
    if minutes < 1:
        return tr(
            "For all {n} links that are undecided so far that is links.procedure.budget_runs = "
            "{budget}, less than a minute here.",
            **given,
        )
    # a forecast has two digits at most
    told = int(float(f"{minutes:.2g}"))
    return tr(
        "For all {n} links that are undecided so far that is links.procedure.budget_runs = "
        "{budget}, about {time} here.",
        time=tr_plural("{n} minute", "{n} minutes", told),
        **given,
    )


def _zone(found: Found) -> float:
    return found.result.settings.procedure.indifference


def _undecided(found: Found) -> int:
    """Return how many links have a pair that is neither told apart nor shown equal."""
    ranking = found.result.ranking
    pairs = ~(ranking.better | ranking.better.T | ranking.equal)
    np.fill_diagonal(pairs, False)
    return int(pairs.any(axis=1).sum())
