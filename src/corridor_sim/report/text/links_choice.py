"""The chosen set in words: what it costs, what is left of the money and why, and how firm it is."""

from __future__ import annotations

import numpy as np

from corridor_sim.decision.portfolio import Portfolio
from corridor_sim.decision.selection import TOLD
from corridor_sim.links.effects import ROUNDING
from corridor_sim.report.text import numbers as say
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
            return "No link has a benefit that could be measured."
        has = "has" if len(best) == 1 else "have"
        return (
            f"No budget was given, so nothing was chosen. {few(found, best)} {has} the largest "
            f"benefit, {found.amount(float(found.result.ranking.mean[best[0]]))}."
        )
    purse = found.price(settings.budget)
    if not chosen.links:
        sure = " ".join(why_not(found, certain(found)))
        return (
            f"For {purse}: build nothing. {_nothing(found, settings.budget)}"
            f"{f' {sure}' if sure else ''} All of the money is left."
        )
    these = (
        f"build {found.listed(chosen.links)}"
        if len(chosen.links) <= MOST_NAMES
        else f"build these {len(chosen.links)} links: {found.listed(chosen.links)}"
    )
    cost = found.price(chosen.cost)
    sum_up = "Together they cost" if len(chosen.links) > 1 else "It costs"
    text = (
        f"For {purse}: {these}. {sum_up} {cost}; {_aim(found, chosen)}."
        f"{_left(found, chosen, settings.budget)}"
    )
    seen = found.result.confirmation
    if seen is not None:
        text += (
            f" Simulated anew it brought {found.amount(seen.simulated)} "
            f"({found.ends(seen.low, seen.high)})."
        )
    return text


def certain(found: Found) -> list[int]:
    """Return links whose interval that holds for all links together lies above zero."""
    low = found.result.ranking.low_all
    return [i for i in found.order if low[i] > ROUNDING]


def few(found: Found, links: list[int]) -> str:
    """Name links, as far as they are few."""
    if len(links) <= MOST_NAMES:
        return found.listed(links)
    named = ", ".join(found.names[i] for i in links[:MOST_NAMES])
    return f"{named} and {len(links) - MOST_NAMES} more"


def _matters(found: Found) -> str:
    return f"{found.amount(found.result.settings.procedure.indifference, sign=False)}"


def _predictions(found: Found, budget: float) -> list[tuple[float, Portfolio]]:
    """Return what sets within the budget promise of what is maximised."""
    fair = found.result.fair
    return [(p.worst if fair else p.benefit, p) for p in found.result.frontier if p.cost <= budget]


def _nothing(found: Found, budget: float) -> str:
    """Say why the best set is empty."""
    best, dear = max(_predictions(found, budget), key=lambda one: one[0])
    if best <= ROUNDING:
        sure = " whose interval excludes 0" if found.result.settings.only_clear else ""
        return f"No set of links within the budget promises a benefit{sure}."
    return (
        f"The most that the budget can buy is a promise of {found.amount(best)}, for "
        f"{found.price(dear.cost)}; that is within the {_matters(found)} that do not matter."
    )


def _aim(found: Found, chosen: Portfolio) -> str:
    """Say in what the chosen set is the best within the budget."""
    fair = found.result.fair
    mine = chosen.worst if fair else chosen.benefit
    more = _better(found, chosen)
    promise = found.amount(mine)
    if fair:
        promise = (
            f"{promise} for the species that gains least and {found.amount(chosen.benefit)} over "
            "all species"
        )
    named = any(link.must is not None for link in found.result.links)
    allowed = " and as the links file allows (must)" if named else ""
    if not more:
        return f"of all sets within the budget{allowed} this one promises the most, {promise}"
    best, dear = max(more, key=lambda one: one[0])
    return (
        f"the set promises {promise}. The most that the budget can buy is a promise of "
        f"{found.amount(best)}, for {found.price(dear.cost)}; this set is the cheapest that comes "
        f"within {'' if found.result.best is None else 'half of '}the {_matters(found)} that do "
        "not matter"
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
        why = "there is no other link that may be built"
    elif not within:
        cheapest = min(others, key=lambda i: links[i].cost)
        why = (
            f"the cheapest other link, {found.names[cheapest]}, costs "
            f"{found.price(links[cheapest].cost)}"
        )
        if _better(found, chosen):
            why += ", and dearer sets gain no more than what does not matter"
    elif _better(found, chosen):
        why = "what more it could buy gains no more than what does not matter"
    else:
        told = " whose interval excludes 0" if found.result.settings.only_clear else ""
        gain = "for the species that gains least " if found.result.fair else ""
        why = (
            f"none of the other links that it pays for ({few(found, within)}) adds to the set "
            f"a benefit {gain}".rstrip()
            + told
        )
    return f" {found.price(left)} of the {found.price(budget)} are left: {why}."


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
        size = f"{found.amount(ranking.mean[i])}{f' {span}' if span else ''}"
        parts.append(
            f"{found.names[i]} helps clearly ({size}), but {_reason(found, chosen, i, left)}."
        )
    more = len(parts) - MOST_SETS
    if more > 0:
        parts = [*parts[:MOST_SETS], f"So it is with {say.counted(more, 'more link')}."]
    return parts


def _reason(found: Found, chosen: Portfolio, i: int, left: float) -> str:
    """Say why a link is not in the set."""
    settings, worth, link = found.result.settings, found.result.surrogate, found.result.links[i]
    assert settings.budget is not None
    if link.must is False:
        return "the links file says that it may not be built (must = false)"
    if link.cost > settings.budget:
        return f"it costs {found.price(link.cost)}, more than the budget"
    if link.cost > left:
        return (
            f"it costs {found.price(link.cost)}, more than is left beside the links that are chosen"
        )
    value = worth.worst if found.result.fair else worth.total
    gain = value((*chosen.links, i)) - value(chosen.links)
    whom = " for the species that gains least" if found.result.fair else ""
    if gain <= ROUNDING:
        beside = "beside the chosen links " if chosen.links else ""
        return f"{beside}it promises nothing more{whom}"
    if gain > settings.procedure.indifference + ROUNDING:
        return "the choice leaves it out"
    adds = f"beside the chosen links it would add {found.amount(gain)}{whom}, which"
    return (
        f"{adds if chosen.links else 'that'} is within the {_matters(found)} that do not matter "
        f"(links.procedure.indifference): lower that, if {found.amount(gain)}{whom} is worth "
        f"{found.price(link.cost)} to you"
    )


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
    chance = "Chosen sets look better than they are, because chance helped to choose them"
    if not open_:
        return f"{chance}."
    were = "was" if len(open_) == 1 else "were"
    return (
        f"{chance}, and {say.counted(len(open_), 'pair')} of chosen links that {were} not "
        f"simulated {were} taken to add up."
    )


def equally_good(found: Found) -> tuple[str, str] | None:
    """Name sets that cost and promise exactly what the chosen one does."""
    chosen = found.result.chosen
    if chosen is None or not chosen.ties:
        return None
    mine = set(chosen.links)
    words = [
        f"{found.listed(set(one) - mine)} instead of {found.listed(mine - set(one))}"
        for one in chosen.ties[:MOST_SETS]
    ]
    more = len(chosen.ties) - MOST_SETS
    tail = f"; and {say.counted(more, 'more set')} at least" if more > 0 else ""
    return (
        "Just as good",
        f"{'; or '.join(words)} would cost and promise exactly the same{tail}. That the set above "
        "is named rests only on the order of the links file.",
    )


def settled(found: Found) -> bool:
    """Whether no other set within the budget can be better by what matters."""
    regret = found.result.regret
    return regret is not None and regret <= found.result.settings.procedure.indifference


def more_runs(found: Found) -> tuple[str, str] | None:
    """Say whether more runs could lead to another choice, as far as the intervals tell."""
    regret, ranking = found.result.regret, found.result.ranking
    chosen = found.result.chosen
    if regret is None or chosen is None:
        return None
    if found.result.best is not None:
        return more_runs_for_the_set(found, found.result.best)
    decided = (
        " Every pair of links is decided, so that a larger links.procedure.budget_runs would find "
        "nothing left to tell apart."
        if ranking.stopped == TOLD
        else ""
    )
    design = found.result.design
    if design is None:
        pairs = ", links taken to add up"
    else:
        pairs = "" if design.complete else ", pairs that were not simulated taken to add up"
    head = "Would more runs change the choice?"
    within = (
        f"wherever the benefits lie in the {found.level} intervals that hold for all links "
        f"together{pairs}"
    )
    if found.still:
        return head, (
            "They may: no link changed anything in any replicate, and nothing tells how far one "
            "could."
        )
    if not np.isfinite(regret):
        return head, f"They may: some benefits have no interval yet.{decided}"
    if settled(found):
        return (
            head,
            f"No, not to one that is better by what matters: {within}, no set within the budget is "
            f"better by more than {found.amount(regret, sign=False)}, and {_matters(found)} do not "
            f"matter.{decided}",
        )
    return (
        head,
        f"They may: {within}, another set within the budget could be better by up to "
        f"{found.amount(regret, sign=False)}, and {_matters(found)} do not matter.{decided}",
    )
