"""The answer on links in words: made from the numbers, claiming no more than they show."""

from __future__ import annotations

from typing import Any

import numpy as np

from corridor_sim.decision.confirm import HOLDS, TOO_LITTLE, TOO_MUCH
from corridor_sim.decision.portfolio import Portfolio
from corridor_sim.decision.selection import BUDGET, REPLICATES, TOLD
from corridor_sim.links.rank import ROUNDING
from corridor_sim.views import numbers as say
from corridor_sim.views.links_found import Found
from corridor_sim.views.links_tables import chosen_rows

MOST_NAMES = 6


def answer(found: Found) -> dict[str, Any]:
    """Return lead, points and caution of the answer; every point has a head and a text."""
    points = [
        _amounts(found),
        _ranks(found),
        _sure(found),
        _fair(found),
        _interactions(found),
        _confirmed(found),
        _stopped(found),
        _untold(found),
    ]
    return {
        "lead": _lead(found),
        "points": [{"head": head, "text": text} for head, text in filter(None, points)],
        "caution": found.meaning(),
    }


def _lead(found: Found) -> str:
    chosen, settings = found.result.chosen, found.result.settings
    if chosen is None or settings.budget is None:
        best = found.order[0]
        mean = float(found.result.ranking.mean[best])
        if not np.isfinite(mean):
            return "No link has a benefit that could be measured."
        return (
            f"No budget was given, so nothing was chosen. {found.names[best]} has the largest "
            f"benefit, {found.amount(mean)}."
        )
    purse = found.price(settings.budget)
    if not chosen.links:
        return f"For {purse}: build nothing. {_nothing(found, settings.budget)}"
    these = (
        f"build {found.listed(chosen.links)}" if len(chosen.links) <= MOST_NAMES
        else f"build these {len(chosen.links)} links: {found.listed(chosen.links)}"
    )  # fmt: skip
    cost = found.price(chosen.cost)
    sum_up = "Together they cost" if len(chosen.links) > 1 else "It costs"
    text = f"For {purse}: {these}. {sum_up} {cost}; {_aim(found, chosen)}."
    seen = found.result.confirmation
    if seen is not None:
        text += (
            f" Simulated anew it brought {found.amount(seen.simulated)} "
            f"({found.points(seen.low)} to {found.points(seen.high)})."
        )
    return text


def _nothing(found: Found, budget: float) -> str:
    """Say why the best set is empty."""
    fair, settings = found.result.fair, found.result.settings
    gain = [(p.worst if fair else p.benefit, p) for p in found.result.frontier if p.cost <= budget]
    best, dear = max(gain, key=lambda one: one[0])
    if best <= ROUNDING:
        sure = " that is told from nothing" if settings.only_clear else ""
        return f"No set of links within the budget promises a benefit{sure}."
    return (
        f"The most that the budget can buy is a promise of {found.amount(best)}, for "
        f"{found.price(dear.cost)}; that is within the "
        f"{found.amount(settings.procedure.indifference, sign=False)} that do not matter."
    )


def _aim(found: Found, chosen: Portfolio) -> str:
    """Say in what the chosen set is the best within the budget."""
    settings = found.result.settings
    fair = found.result.fair
    gain = [(p.worst if fair else p.benefit, p) for p in found.result.frontier]
    mine = chosen.worst if fair else chosen.benefit
    budget = settings.budget if settings.budget is not None else np.inf
    more = [(value, p) for value, p in gain if p.cost <= budget and value > mine + ROUNDING]
    promise = found.amount(mine)
    if fair:
        promise = (
            f"{promise} for the species that gains least and {found.amount(chosen.benefit)} over "
            "all species"
        )
    if not more:
        return f"of all sets within the budget this one promises the most, {promise}"
    best, dear = max(more, key=lambda one: one[0])
    return (
        f"the set promises {promise}. The most that the budget can buy is a promise of "
        f"{found.amount(best)}, for {found.price(dear.cost)}; this set is the cheapest that comes "
        f"within the {found.amount(settings.procedure.indifference, sign=False)} that do not matter"
    )


def _amounts(found: Found) -> tuple[str, str] | None:
    """Say what counts in its own unit, without and with the set: per cents hide how few it is."""
    labels = found.labels().values()
    groups = [g for g in chosen_rows(found) if any(g["label"].startswith(x) for x in labels)]
    if not groups:
        return None
    parts = [
        f"{group['label']}, without and with the set: "
        + "; ".join(f"{row['name']} {row['without']} and {row['with']}" for row in group["rows"])
        for group in groups
    ]
    return "In numbers", f"{'. '.join(parts)}."


def _few(found: Found, links: list[int]) -> str:
    if len(links) <= MOST_NAMES:
        return found.listed(links)
    named = ", ".join(found.names[i] for i in links[:MOST_NAMES])
    return f"{named} and {len(links) - MOST_NAMES} more"


def _ranks(found: Found) -> tuple[str, str]:
    ranking, order = found.result.ranking, found.order
    k, groups = len(order), ranking.groups
    if len(groups) == 1:
        return (
            "Which are equal",
            f"All {k} links are of equal rank: no two were told apart, so the order of the table "
            "is only the order of the means.",
        )
    if all(len(group) == 1 for group in groups):
        return (
            "Which are equal",
            f"None: every pair of the {k} links was told apart, so each rank stands.",
        )
    top = list(groups[0])
    text = (
        f"{found.listed(top)} ranks first alone." if len(top) == 1
        else f"{_few(found, top)} are of equal rank at the top (group a): no two of them were told "
        "apart."
    )  # fmt: skip
    others = [g for g in groups[1:] if len(g) > 1]
    if others:
        text += (
            f" Below, {say.counted(len(others), 'more group')} of equal rank, joined by lines in "
            "the figure."
        )
    return "Which are equal", text


def _sure(found: Found) -> tuple[str, str]:
    ranking = found.result.ranking
    helps = [i for i in found.order if ranking.low_all[i] > ROUNDING]
    harms = [i for i in found.order if ranking.high_all[i] < -ROUNDING]
    maybe = [i for i in found.order if ranking.low[i] > ROUNDING and i not in helps]
    parts = []
    if helps:
        parts.append(
            f"{_few(found, helps)} {'helps' if len(helps) == 1 else 'help'} for certain: the "
            f"interval that holds for all links together, at {found.level}, lies above zero."
        )
    else:
        parts.append(f"No link helps for certain, all links looked at together at {found.level}.")
    if maybe:
        parts.append(
            f"Looked at alone, {_few(found, maybe)} also "
            f"{'leaves' if len(maybe) == 1 else 'leave'} zero out; with "
            f"{len(found.order)} links looked at, about "
            f"{len(found.order) * (1 - ranking.effort.confidence) / 2:.1f} would do so by chance."
            if helps else
            f"Looked at alone, {_few(found, maybe)} {'leaves' if len(maybe) == 1 else 'leave'} "
            f"zero out; with {len(found.order)} links looked at, about "
            f"{len(found.order) * (1 - ranking.effort.confidence) / 2:.1f} would do so by chance."
        )  # fmt: skip
    if harms:
        parts.append(f"{_few(found, harms)} {'does' if len(harms) == 1 else 'do'} harm.")
    parts += _vague(found)
    best = found.order[0]
    if np.isfinite(ranking.mean[best]):
        parts.append(
            f"{found.names[best]} has the largest mean, {found.amount(ranking.mean[best])} "
            f"{found.span(ranking.low[best], ranking.high[best])}; {_first(found, best)}"
        )
    return "How sure", " ".join(parts)


def _vague(found: Found) -> list[str]:
    """Say which links are in the set without a clear benefit of their own, and why."""
    low = found.result.ranking.low
    vague = [i for i in found.ordered(found.chosen) if not low[i] > ROUNDING]
    seen, partners = found.result.interactions, set()
    if seen is not None:
        for p, (i, j) in enumerate(seen.pairs):
            if {int(i), int(j)} <= found.chosen and (seen.kept[:, p] > ROUNDING).any():
                partners |= {int(i), int(j)}
    parts = []
    for which, why in (
        ([i for i in vague if i in partners], "in the set for what they give together"),
        ([i for i in vague if i not in partners],
         "in the set because the means add up to something and the budget allows"),
    ):  # fmt: skip
        if which:
            one = len(which) == 1
            parts.append(
                f"Of the {len(found.chosen)} chosen, {len(which)} {'has' if one else 'have'} no "
                f"clear benefit alone ({_few(found, which)}): {why}."
            )
    return parts


def _first(found: Found, best: int) -> str:
    """Say what is known of the rank of the first: the verdicts, then the bootstrap."""
    ranking = found.result.ranking
    low, high = int(ranking.rank_low[best]), int(ranking.rank_high[best])
    right = say.percent(float(ranking.right[best]))
    if low == high:
        return f"that it ranks first is certain at {found.level}."
    text = f"its true rank lies from {low} to {high}, at {found.level} for all ranks together."
    if np.isfinite(ranking.right[best]):
        text += (
            f" Taking the {say.counted(int(ranking.replicates[best]), 'replicate')} as all that "
            f"there is, it ranks first with probability {right}, which is optimistic."
        )
    return text


def _fair(found: Found) -> tuple[str, str] | None:
    """Say why a fair choice was none, where no set helps the species that gains least."""
    if not found.result.settings.fair or found.result.fair:
        return None
    main = found.result.surrogate.main
    left = [one.name for one, row in zip(found.species, main, strict=True)
            if not (row > ROUNDING).any()]  # fmt: skip
    whom = say.joined([f"the {say.inside(name)}" for name in left])
    whom = whom or "the species that gains least"
    return (
        "Why the choice is not the fair one",
        f"No set of these links brings {whom} a benefit told from nothing, so none can be fair. "
        "The set was chosen by the benefit over all species.",
    )


def _interactions(found: Found) -> tuple[str, str]:
    seen, design = found.result.interactions, found.result.design
    if seen is None or design is None:
        return (
            "Together",
            "No pairs were simulated: the choice takes benefits as adding up, which links in a "
            "row or side by side need not do.",
        )
    kept = [p for p in range(len(seen.pairs)) if (np.abs(seen.kept[:, p]) > ROUNDING).any()]
    all_of = "all " if design.complete else "of "
    n = len(found.order)
    verb = "was" if len(seen.pairs) == 1 else "were"
    looked = (
        f"{say.counted(len(seen.pairs), 'pair')} of links {verb} simulated ({all_of}"
        f"{n * (n - 1) // 2} possible)"
    )
    if not kept:
        return "Together", f"{looked}; none showed a synergy or redundancy, so benefits add up."
    words = []
    for p in kept[:MOST_NAMES]:
        i, j = (int(v) for v in seen.pairs[p])
        for s, one in enumerate(found.species):
            value = float(seen.kept[s, p])
            if abs(value) > ROUNDING:
                kind = "give more together" if value > 0 else "partly replace each other"
                words.append(
                    f"{found.names[i]} and {found.names[j]} {kind} for the "
                    f"{say.inside(one.name)} ({found.amount(value)})"
                )
    return "Together", f"{looked}. {'; '.join(words)}."


def _confirmed(found: Found) -> tuple[str, str] | None:
    seen = found.result.confirmation
    if seen is None:
        return None
    known = seen.predicted_low == seen.predicted_high
    own = f" ({found.points(seen.predicted_low)} to {found.points(seen.predicted_high)})"
    gap = (
        f"predicted {found.amount(seen.predicted)}{'' if known else own}, "
        f"simulated {found.amount(seen.simulated)} "
        f"({found.points(seen.low)} to {found.points(seen.high)}, {seen.replicates} fresh "
        "replicates)"
    )
    if seen.verdict == HOLDS:
        return "Did the prediction mislead?", f"No: {gap}."
    if seen.verdict == TOO_MUCH:
        return (
            "Did the prediction mislead?",
            f"Yes, it promised too much: {gap}. Chosen sets look better than they are, because "
            "chance helped to choose them; reckon with the simulated number.",
        )
    if seen.verdict == TOO_LITTLE:
        return (
            "Did the prediction mislead?",
            f"Yes, it promised too little: {gap}. Some links help each other in ways that pairs "
            "did not show.",
        )
    return "Did the prediction mislead?", f"Too few replicates to say: {gap}."


def _stopped(found: Found) -> tuple[str, str]:
    ranking = found.result.ranking
    why = {
        TOLD: "because every pair was decided",
        BUDGET: "because the budget of runs was spent",
        REPLICATES: "because the most replicates allowed were reached",
    }.get(ranking.stopped, ranking.stopped)
    low, high = int(ranking.replicates.min()), int(ranking.replicates.max())
    each = f"{low}" if low == high else f"{low} to {high}"
    return (
        "Why sampling stopped",
        f"Sampling stopped {why}, after {say.counted(ranking.runs, 'run')} of single links, {each} "
        f"replicates each; {say.counted(found.result.runs, 'run')} in all with the baseline, pairs "
        "and the chosen set.",
    )


def _untold(found: Found) -> tuple[str, str]:
    ranking = found.result.ranking
    k = len(found.order)
    told, same = int(ranking.better.sum()), int(np.triu(ranking.equal, 1).sum())
    text = (
        f"Of {say.counted(k * (k - 1) // 2, 'pair')} of links {told} were told apart, {same} shown "
        f"to differ by less than {found.amount(ranking.effort.indifference, sign=False)}, and "
        f"{ranking.undecided} left undecided."
    )
    if ranking.undecided:
        text += " Undecided is not equal: more runs (links.procedure.budget_runs) may part them."
    return "What was not told apart", text
