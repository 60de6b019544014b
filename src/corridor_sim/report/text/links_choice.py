"""The chosen set in words: what it costs, what is left of the money and why, and how firm it is."""

from __future__ import annotations

import numpy as np

from corridor_sim.decision.portfolio import Portfolio
from corridor_sim.decision.selection import TOLD
from corridor_sim.languages import tr, tr_plural
from corridor_sim.links.effects import ROUNDING
from corridor_sim.report.text.links_found import Found
from corridor_sim.report.text.links_money import more_runs_for_the_set

MOST_NAMES = 6
MOST_SETS = 3


def lead(found: Found) -> str:
    """Return the first sentences of the page: what to build, and what it brings."""
    chosen, settings = found.result.chosen, found.result.settings
    if chosen is None or settings.budget is None:
        best = found.first
        if not best:
            return tr("No link has a benefit that could be measured.")
        return tr_plural(
            "No budget was given, so nothing was chosen. {links} has the largest benefit, "
            "{amount}.",
            "No budget was given, so nothing was chosen. {links} have the largest benefit, "
            "{amount}.",
            len(best),
            links=few(found, best),
            amount=found.amount(float(found.result.ranking.mean[best[0]])),
        )
    if not chosen.links:
        return " ".join(
            [
                tr("For {budget}: build nothing.", budget=found.price(settings.budget)),
                _nothing(found, settings.budget),
                *why_not(found, certain(found)),
                tr("All of the money is left."),
            ]
        )
    parts = [_build(found, chosen, settings.budget), _left(found, chosen, settings.budget)]
    seen = found.result.confirmation
    if seen is not None:
        parts.append(
            tr(
                "Simulated anew it brought {amount} ({span}).",
                amount=found.amount(seen.simulated),
                span=found.ends(seen.low, seen.high),
            )
        )
    return " ".join(filter(None, parts))


def _build(found: Found, chosen: Portfolio, budget: float) -> str:
    """Say what to build, what it costs, and in what it is the best."""
    n = len(chosen.links)
    given = {"budget": found.price(budget), "links": found.listed(chosen.links), "count": n}
    first = (
        tr("For {budget}: build {links}.", **given)
        if n <= MOST_NAMES
        else tr("For {budget}: build these {count} links: {links}.", **given)
    )
    cost = tr_plural(
        "It costs {cost}; {aim}.",
        "Together they cost {cost}; {aim}.",
        n,
        cost=found.price(chosen.cost),
        aim=_aim(found, chosen),
    )
    return f"{first} {cost}"


def certain(found: Found) -> list[int]:
    """Return links whose interval that holds for all links together lies above zero."""
    low = found.result.ranking.low_all
    return [i for i in found.order if low[i] > ROUNDING]


def few(found: Found, links: list[int]) -> str:
    """Name links, as far as they are few."""
    if len(links) <= MOST_NAMES:
        return found.listed(links)
    named = ", ".join(found.names[i] for i in links[:MOST_NAMES])
    return tr("{names} and {n} more", names=named, n=len(links) - MOST_NAMES)


def _matters(found: Found) -> str:
    return f"{found.amount(found.result.settings.procedure.indifference, sign=False)}"


def _predictions(found: Found, budget: float) -> list[tuple[float, Portfolio]]:
    """Return what sets within the budget promise of what is maximised."""
    fair = found.result.fair
    return [(p.worst if fair else p.benefit, p) for p in found.result.frontier if p.cost <= budget]


def _nothing(found: Found, budget: float) -> str:
    """Say why the best set is empty."""
    best, dear = max(_predictions(found, budget), key=lambda one: one[0])
    if best <= ROUNDING and found.result.settings.only_clear:
        return tr("No set of links within the budget promises a benefit whose interval excludes 0.")
    if best <= ROUNDING:
        return tr("No set of links within the budget promises a benefit.")
    return tr(
        "The most that the budget can buy is a promise of {amount}, for {cost}; that is within the "
        "{much} that do not matter.",
        amount=found.amount(best),
        cost=found.price(dear.cost),
        much=_matters(found),
    )


def _aim(found: Found, chosen: Portfolio) -> str:
    """Say in what the chosen set is the best within the budget."""
    fair = found.result.fair
    mine = chosen.worst if fair else chosen.benefit
    more = _better(found, chosen)
    promise = found.amount(mine)
    if fair:
        promise = tr(
            "{amount} for the species that gains least and {total} over all species",
            amount=promise,
            total=found.amount(chosen.benefit),
        )
    if not more and any(link.must is not None for link in found.result.links):
        return tr(
            "of all sets within the budget and as the links file allows (must) this one promises "
            "the most, {promise}",
            promise=promise,
        )
    if not more:
        return tr(
            "of all sets within the budget this one promises the most, {promise}", promise=promise
        )
    best, dear = max(more, key=lambda one: one[0])
    given = {
        "promise": promise,
        "most": found.amount(best),
        "cost": found.price(dear.cost),
        "much": _matters(found),
    }
    if found.result.best is None:
        return tr(
            "the set promises {promise}. The most that the budget can buy is a promise of {most}, "
            "for {cost}; this set is the cheapest that comes within the {much} that do not matter",
            **given,
        )
    return tr(
        "the set promises {promise}. The most that the budget can buy is a promise of {most}, for "
        "{cost}; this set is the cheapest that comes within half of the {much} that do not matter",
        **given,
    )


def _better(found: Found, chosen: Portfolio) -> list[tuple[float, Portfolio]]:
    budget = found.result.settings.budget
    mine = chosen.worst if found.result.fair else chosen.benefit
    reach = budget if budget is not None else np.inf
    return [one for one in _predictions(found, reach) if one[0] > mine + ROUNDING]


def left_of(found: Found, chosen: Portfolio, budget: float) -> float:
    """Return what a set leaves of the budget, to the last decimal."""
    worth = found.result.surrogate
    return float(type(worth.price(()))(repr(float(budget))) - worth.price(chosen.links))


def _left(found: Found, chosen: Portfolio, budget: float) -> str:
    """Say how much of the budget is not spent, and why."""
    left = left_of(found, chosen, budget)
    if left <= 0:
        return ""
    links = found.result.links
    others = [i for i in found.order if i not in chosen.links and links[i].must is not False]
    within = [i for i in others if links[i].cost <= left]
    if not others:
        why = tr("there is no other link that may be built")
    elif not within:
        cheapest = min(others, key=lambda i: links[i].cost)
        given = {"link": found.names[cheapest], "cost": found.price(links[cheapest].cost)}
        why = (
            tr(
                "the cheapest other link, {link}, costs {cost}, and dearer sets gain no more than "
                "what does not matter",
                **given,
            )
            if _better(found, chosen)
            else tr("the cheapest other link, {link}, costs {cost}", **given)
        )
    elif _better(found, chosen):
        why = tr("what more it could buy gains no more than what does not matter")
    else:
        why = _adds_nothing(found, few(found, within))
    return tr(
        "{left} of the {budget} are left: {why}.",
        left=found.price(left),
        budget=found.price(budget),
        why=why,
    )


def _adds_nothing(found: Found, links: str) -> str:
    """Say that none of the other links adds a benefit, of what is maximised."""
    clear, fair = found.result.settings.only_clear, found.result.fair
    if clear and fair:
        return tr(
            "none of the other links that it pays for ({links}) adds to the set a benefit for the "
            "species that gains least whose interval excludes 0",
            links=links,
        )
    if clear:
        return tr(
            "none of the other links that it pays for ({links}) adds to the set a benefit whose "
            "interval excludes 0",
            links=links,
        )
    if fair:
        return tr(
            "none of the other links that it pays for ({links}) adds to the set a benefit for the "
            "species that gains least",
            links=links,
        )
    return tr(
        "none of the other links that it pays for ({links}) adds to the set a benefit", links=links
    )


def why_not(found: Found, links: list[int]) -> list[str]:
    """Say of links that help clearly, and are not in the set, why they are not."""
    chosen, settings = found.result.chosen, found.result.settings
    if chosen is None or settings.budget is None:
        return []
    ranking = found.result.ranking
    left = left_of(found, chosen, settings.budget)
    parts = []
    for i in links:
        if i in chosen.links:
            continue
        span = found.span(ranking.low_all[i], ranking.high_all[i])
        amount = f"{found.amount(ranking.mean[i])} {span}".rstrip()
        parts.append(
            tr(
                "{link} helps clearly ({amount}), but {why}.",
                link=found.names[i],
                amount=amount,
                why=_reason(found, chosen, i, left),
            )
        )
    more = len(parts) - MOST_SETS
    if more > 0:
        rest = tr_plural("So it is with {n} more link.", "So it is with {n} more links.", more)
        parts = [*parts[:MOST_SETS], rest]
    return parts


def _reason(found: Found, chosen: Portfolio, i: int, left: float) -> str:
    """Say why a link is not in the set."""
    settings, worth, link = found.result.settings, found.result.surrogate, found.result.links[i]
    assert settings.budget is not None
    cost = found.price(link.cost)
    if link.must is False:
        return tr("the links file says that it may not be built (must = false)")
    if link.cost > settings.budget:
        return tr("it costs {cost}, more than the budget", cost=cost)
    if link.cost > left:
        return tr("it costs {cost}, more than is left beside the links that are chosen", cost=cost)
    fair = found.result.fair
    value = worth.worst if fair else worth.total
    gain = value((*chosen.links, i)) - value(chosen.links)
    if gain <= ROUNDING:
        return _no_more(bool(chosen.links), fair)
    if gain > settings.procedure.indifference + ROUNDING:
        return tr("the choice leaves it out")
    amount = (
        tr("{amount} for the species that gains least", amount=found.amount(gain))
        if fair
        else found.amount(gain)
    )
    given = {"amount": amount, "much": _matters(found), "cost": cost}
    if chosen.links:
        return tr(
            "beside the chosen links it would add {amount}, which is within the {much} that do not "
            "matter (links.procedure.indifference): lower that, if {amount} is worth {cost} to you",
            **given,
        )
    return tr(
        "that is within the {much} that do not matter (links.procedure.indifference): lower that, "
        "if {amount} is worth {cost} to you",
        **given,
    )


def _no_more(beside: bool, fair: bool) -> str:
    """Say that a link promises nothing more, beside the chosen ones or at all."""
    if beside and fair:
        return tr(
            "beside the chosen links it promises nothing more for the species that gains least"
        )
    if beside:
        return tr("beside the chosen links it promises nothing more")
    if fair:
        return tr("it promises nothing more for the species that gains least")
    return tr("it promises nothing more")


def why_less(found: Found) -> str:
    """Say what may have made the prediction of the chosen set too high."""
    seen, chosen = found.result.interactions, found.ordered(found.chosen)
    known = set() if seen is None else {frozenset(map(int, pair)) for pair in seen.pairs}
    open_ = [
        (i, j)
        for at, i in enumerate(chosen)
        for j in chosen[at + 1 :]
        if frozenset((i, j)) not in known
    ]
    if not open_:
        return tr("Chosen sets look better than they are, because chance helped to choose them.")
    return tr_plural(
        "Chosen sets look better than they are, because chance helped to choose them, and {n} pair "
        "of chosen links that was not simulated was taken to add up.",
        "Chosen sets look better than they are, because chance helped to choose them, and {n} "
        "pairs of chosen links that were not simulated were taken to add up.",
        len(open_),
    )


def equally_good(found: Found) -> tuple[str, str] | None:
    """Name sets that cost and promise exactly what the chosen one does."""
    chosen = found.result.chosen
    if chosen is None or not chosen.ties:
        return None
    mine = set(chosen.links)
    words = [
        tr(
            "{these} instead of {those}",
            these=found.listed(set(one) - mine),
            those=found.listed(mine - set(one)),
        )
        for one in chosen.ties[:MOST_SETS]
    ]
    more = len(chosen.ties) - MOST_SETS
    same = tr("{sets} would cost and promise exactly the same", sets=tr("; or ").join(words))
    if more > 0:
        same = tr_plural(
            "{same}; and {n} more set at least",
            "{same}; and {n} more sets at least",
            more,
            same=same,
        )
    return tr("Just as good"), tr(
        "{same}. That the set above is named rests only on the order of the links file.", same=same
    )


def settled(found: Found) -> bool:
    """Whether no other set within the budget can be better by what matters."""
    regret = found.result.regret
    return regret is not None and regret <= found.result.settings.procedure.indifference


def more_runs(found: Found) -> tuple[str, str] | None:
    """Say whether more runs could lead to another choice, as far as the intervals tell."""
    regret = found.result.regret
    if regret is None or found.result.chosen is None:
        return None
    if found.result.best is not None:
        return more_runs_for_the_set(found, found.result.best)
    head = tr("Would more runs change the choice?")
    if found.still:
        return head, tr(
            "They may: no link changed anything in any replicate, and nothing tells how far one "
            "could."
        )
    if not np.isfinite(regret):
        text = tr("They may: some benefits have no interval yet.")
    else:
        given = {
            "wherever": _wherever(found),
            "most": found.amount(regret, sign=False),
            "much": _matters(found),
        }
        text = (
            tr(
                "No, not to one that is better by what matters: {wherever}, no set within the "
                "budget is better by more than {most}, and {much} do not matter.",
                **given,
            )
            if settled(found)
            else tr(
                "They may: {wherever}, another set within the budget could be better by up to "
                "{most}, and {much} do not matter.",
                **given,
            )
        )
    if found.result.ranking.stopped == TOLD:
        text += " " + tr(
            "Every pair of links is decided, so that a larger links.procedure.budget_runs would "
            "find nothing left to tell apart."
        )
    return head, text


def _wherever(found: Found) -> str:
    """Say within what the benefits may lie, and what was taken to add up."""
    design, level = found.result.design, found.level
    if design is None:
        return tr(
            "wherever the benefits lie in the {level} intervals that hold for all links together, "
            "links taken to add up",
            level=level,
        )
    if design.complete:
        return tr(
            "wherever the benefits lie in the {level} intervals that hold for all links together",
            level=level,
        )
    return tr(
        "wherever the benefits lie in the {level} intervals that hold for all links together, "
        "pairs that were not simulated taken to add up",
        level=level,
    )
