"""The answer on links in words: made from the numbers, claiming no more than they show."""

from __future__ import annotations

from typing import Any

import numpy as np

from corridor_sim.decision.confirm import HOLDS, TOO_LITTLE, TOO_MUCH
from corridor_sim.decision.selection import BUDGET, REPLICATES, TOLD
from corridor_sim.links.effects import ROUNDING
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.ground_box import layers_of
from corridor_sim.report.text.links_choice import (
    MOST_NAMES,
    equally_good,
    few,
    lead,
    more_runs,
    settled,
    why_less,
    why_not,
)
from corridor_sim.report.text.links_decades import decades_point
from corridor_sim.report.text.links_found import SAME, Found
from corridor_sim.report.text.links_money import for_money, lifted, why_stopped
from corridor_sim.report.text.links_more import what_more_would_tell
from corridor_sim.report.text.links_tables import chosen_rows

MOST_TIED = 3


def answer(found: Found) -> dict[str, Any]:
    """Return lead, points and caution of the answer; every point has a head and a text."""
    points = [
        _amounts(found),
        equally_good(found),
        for_money(found),
        lifted(found),
        _ranks(found),
        _sure(found),
        _fair(found),
        _interactions(found),
        _confirmed(found),
        decades_point(found),
        _stopped(found),
        _untold(found),
        _more_runs(found),
        _ground(found),
    ]
    return {
        "lead": lead(found),
        "points": [{"head": head, "text": text} for head, text in filter(None, points)],
        "caution": found.meaning(),
    }


def _more_runs(found: Found) -> tuple[str, str] | None:
    """Say whether more runs could lead to another choice, and how many it takes to tell."""
    said = more_runs(found)
    if said is None or settled(found):
        return said
    return said[0], f"{said[1]}{what_more_would_tell(found)}"


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


def _ranks(found: Found) -> tuple[str, str]:
    ranking, order = found.result.ranking, found.order
    k, groups = len(order), ranking.groups
    if len(groups) == 1:
        return (
            "Which are equal",
            f"{'Both' if k == 2 else f'All {k}'} links are of equal rank: no two were told apart, "
            f"so the order of the table is only the order of the "
            f"{'links file' if ranking.rank.max() == 1 else 'means'}.{_tied(found)}",
        )
    if all(len(group) == 1 for group in groups):
        return (
            "Which are equal",
            f"None: every pair of the {k} links was told apart, so each rank stands.",
        )
    top = list(groups[0])
    text = (
        f"{found.listed(top)} ranks first alone."
        if len(top) == 1
        else f"{few(found, top)} are of equal rank at the top (group a): no two of them were told "
        "apart."
    )
    others = [g for g in groups[1:] if len(g) > 1]
    if others:
        text += (
            f" Below, {say.counted(len(others), 'more group')} of equal rank, joined by lines in "
            "the figure."
        )
    return "Which are equal", text + _tied(found)


def _tied(found: Found) -> str:
    """Say which links have the very same mean, so that their order says nothing at all."""
    parts = [
        f"{few(found, list(group))} have the same mean and share rank "
        f"{found.result.ranking.rank[group[0]]}"
        for group in found.result.ranking.tied
    ]
    if not parts:
        return ""
    shown = "; ".join(parts[:MOST_TIED])
    more = len(parts) - MOST_TIED
    tail = f"; and {say.counted(more, 'more group')}" if more > 0 else ""
    return f" {shown}{tail}."


def _sure(found: Found) -> tuple[str, str]:
    ranking = found.result.ranking
    k = len(found.order)
    by_chance = f"{k * (1 - ranking.effort.confidence) / 2:.1f}"
    helps = [i for i in found.order if ranking.low_all[i] > ROUNDING]
    harms = [i for i in found.order if ranking.high_all[i] < -ROUNDING]
    maybe = [i for i in found.order if ranking.low[i] > ROUNDING and i not in helps]
    parts = []
    if helps:
        parts.append(
            f"{few(found, helps)} {'helps' if len(helps) == 1 else 'help'} clearly: the "
            f"interval that holds for all links together, at {found.level}, lies above zero."
        )
        zone = ranking.effort.indifference
        enough = [i for i in helps if ranking.low_all[i] > zone]
        what = f"by more than the {found.amount(zone, sign=False)} that matter"
        parts.append(
            f"It is known of {few(found, enough)} that it helps {what}."
            if len(enough) == 1
            else f"Of {few(found, enough)} it is known that they help {what}."
            if enough
            else f"Of none is it known that it helps {what}."
        )
        # where nothing is chosen the first sentences have said so
        parts += why_not(found, helps) if found.chosen else []
    else:
        parts.append(f"No link helps clearly, all links looked at together at {found.level}.")
    if maybe:
        parts.append(
            f"Looked at alone, {few(found, maybe)} {'also ' if helps else ''}"
            f"{'leaves' if len(maybe) == 1 else 'leave'} zero out; with "
            f"{say.counted(k, 'link')} looked at, about {by_chance} would do so by chance."
        )
    if harms:
        parts.append(
            f"{few(found, harms)} {'does' if len(harms) == 1 else 'do'} harm, by the same measure."
        )
    parts += _vague(found)
    best = found.first
    if best:
        i = best[0]
        span = found.span(ranking.low[i], ranking.high[i])
        span = f"{',' if span == SAME else ''} {span}" if span else ""
        parts.append(
            f"{few(found, best)} {'has' if len(best) == 1 else 'have'} the largest mean, "
            f"{found.amount(ranking.mean[i])}{span}; {_first(found, best)}"
        )
    return "How sure", " ".join(parts)


def _vague(found: Found) -> list[str]:
    """Say which links are in the set without a clear benefit of their own, and why."""
    low = found.result.ranking.low
    links = found.result.links
    vague = [i for i in found.ordered(found.chosen) if not low[i] > ROUNDING]
    told = [i for i in vague if links[i].must]
    seen, partners = found.result.interactions, set()
    if seen is not None:
        for p, (i, j) in enumerate(seen.pairs):
            if {int(i), int(j)} <= found.chosen and (seen.kept[:, p] > ROUNDING).any():
                partners |= {int(i), int(j)}
    parts = []
    for which, why in (
        (told, "in the set because the links file says so (must = true)"),
        (
            [i for i in vague if i in partners and i not in told],
            "in the set for what they give together",
        ),
        (
            [i for i in vague if i not in partners and i not in told],
            "in the set because the means add up to something and the budget allows",
        ),
    ):
        if which:
            one = len(which) == 1
            parts.append(
                f"Of the {len(found.chosen)} chosen, {len(which)} {'has' if one else 'have'} no "
                f"clear benefit alone ({few(found, which)}): {why}."
            )
    return parts


def _first(found: Found, best: list[int]) -> str:
    """Say what is known of the rank of the first: the verdicts, then the bootstrap."""
    ranking = found.result.ranking
    low, high = int(ranking.rank_low[best[0]]), int(ranking.rank_high[best[0]])
    right = say.probability(float(ranking.right[best[0]]))
    if low == high:
        return f"its true rank is the first, at {found.level} for all ranks together."
    one = len(best) == 1
    whose = "its true rank lies" if one else "the true rank of each lies"
    text = f"{whose} from {low} to {high}, at {found.level} for all ranks together."
    if np.isfinite(ranking.right[best[0]]):
        text += (
            f" Taking the {say.counted(int(ranking.replicates[best[0]]), 'replicate')} as all that "
            f"there is, {'it ranks' if one else 'each of them ranks'} first with probability "
            f"{right}, which is optimistic."
        )
    return text


def _fair(found: Found) -> tuple[str, str] | None:
    """Say why a fair choice was none, where no set helps the species that gains least."""
    if not found.result.settings.fair or found.result.fair:
        return None
    main = found.result.surrogate.main
    left = [
        one.name for one, row in zip(found.species, main, strict=True) if not (row > ROUNDING).any()
    ]
    whom = say.joined([f"the {say.inside(name)}" for name in left])
    whom = whom or "the species that gains least"
    return (
        "Why the choice is not the fair one",
        f"No set of these links brings {whom} a benefit whose interval excludes 0, so none "
        "can be fair. The set was chosen by the benefit over all species.",
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
    k, n = len(seen.pairs), len(found.order)
    possible = n * (n - 1) // 2
    all_of = f"{'all' if k == possible else 'of'} {possible:,}" if possible > 1 else "the only one"
    looked = (
        f"{say.counted(k, 'pair')} of links {'was' if k == 1 else 'were'} simulated "
        f"({all_of} possible)"
    )
    parts = []
    if kept:
        parts.append(f"{looked}. {'; '.join(_kept(found, kept))}.")
    else:
        parts.append(
            f"{looked}: no interval of a synergy or redundancy excludes 0"
            f"{_may_be(found, list(range(k)))}."
        )
    if kept and k > len(kept):
        rest = [p for p in range(k) if p not in kept]
        parts.append(
            f"For the other {'pair' if len(rest) == 1 else f'{len(rest)} pairs'} simulated no "
            f"interval of a synergy or redundancy excludes 0{_may_be(found, rest)}."
        )
    if k < possible:
        left = possible - k
        parts.append(
            f"Of the {say.counted(left, 'pair')} that {'was' if left == 1 else 'were'} not "
            "simulated nothing is known."
        )
    if k > len(kept) or k < possible:
        parts.append("The choice takes all those as adding up, which is not shown.")
    return "Together", " ".join(parts)


def _kept(found: Found, kept: list[int]) -> list[str]:
    """Name the pairs whose interaction has an interval that excludes 0, as far as they are few."""
    seen = found.result.interactions
    assert seen is not None
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
    if len(kept) > MOST_NAMES:
        words.append(f"and {say.counted(len(kept) - MOST_NAMES, 'more pair')}, see the table")
    return words


def _may_be(found: Found, pairs: list[int]) -> str:
    """Say how large an interaction the intervals of these pairs leave open."""
    seen = found.result.interactions
    assert seen is not None
    ends = np.abs(np.stack([seen.low[:, pairs], seen.high[:, pairs]]))
    if not ends.size or not np.isfinite(ends).all():
        return ""
    if ends.max() <= ROUNDING:
        return ", nor does anything tell how large one could be: none changed in any replicate"
    far = found.amount(float(ends.max()), sign=False)
    whose = "its interval leaves" if len(pairs) == 1 else "their intervals leave"
    return f"; {whose} open interactions of up to {far} for a species"


def _confirmed(found: Found) -> tuple[str, str] | None:
    seen = found.result.confirmation
    if seen is None:
        return None
    known = seen.predicted_low == seen.predicted_high
    own = f" ({found.ends(seen.predicted_low, seen.predicted_high)})"
    gap = (
        f"predicted {found.amount(seen.predicted)}{'' if known else own}, "
        f"simulated {found.amount(seen.simulated)} "
        f"({found.ends(seen.low, seen.high)}, {seen.replicates} fresh "
        f"replicates), a difference of {found.amount(seen.error)} "
        f"({found.ends(seen.error_low, seen.error_high)})"
    )
    way = "more" if seen.error < 0 else "less"
    slight = f"no more than the {found.amount(seen.tolerance, sign=False)} that do not matter"
    if seen.verdict == TOO_MUCH:
        text = (
            f"Yes, it promised too much: {gap}. {why_less(found)} Reckon with the simulated number."
        )
    elif seen.verdict == TOO_LITTLE:
        text = (
            f"Yes, it promised too little: {gap}. Some links may help each other in ways that "
            "pairs did not show."
        )
    elif seen.verdict != HOLDS:
        more = f" It promised {way} than was found;" if seen.outside else ""
        text = (
            f"Too few replicates to say: {gap}.{more or ' The'}{' the' if more else ''} interval "
            f"of the difference reaches beyond the "
            f"{found.amount(seen.tolerance, sign=False)} that do not matter."
        )
    elif seen.apart:
        text = (
            f"A little: it promised {way} than was found, by {slight}: {gap}. Reckon with the "
            "simulated number."
        )
    elif seen.outside:
        text = (
            f"It promised {way} than was found, which chance can explain and which is {slight}: "
            f"{gap}. Reckon with the simulated number."
        )
    else:
        text = f"No: {gap}, which is {slight}."
    return "Did the prediction mislead?", text


def _stopped(found: Found) -> tuple[str, str]:
    ranking = found.result.ranking
    why = {
        TOLD: "because every pair was decided",
        BUDGET: f"because the budget of {found.effort}s was spent",
        REPLICATES: "because the most replicates allowed were reached",
    }.get(ranking.stopped, ranking.stopped)
    if found.result.best is not None:
        why = why_stopped(found.result.best) or why
    if found.still:
        why = "because no link changed anything, so that there was nothing to tell apart"
    low, high = int(ranking.replicates.min()), int(ranking.replicates.max())
    each = f"{low}" if low == high else f"{low} to {high}"
    return (
        "Why sampling stopped",
        f"Sampling stopped {why}, after {say.counted(ranking.runs, found.effort)} of single links, "
        f"{each} replicates each; {say.counted(found.result.runs, found.effort)} in all with the "
        "baseline, pairs and the chosen set.",
    )


def _untold(found: Found) -> tuple[str, str]:
    ranking = found.result.ranking
    k = len(found.order)
    told, same = int(ranking.better.sum()), int(np.triu(ranking.equal, 1).sum())
    if found.still:
        return "What was not told apart", (
            f"None of the {k} links changed anything in any replicate. That is not shown to stay "
            "so: how far a link could go, and how much two may differ, is not known."
        )
    text = (
        f"Of {say.counted(k * (k - 1) // 2, 'pair')} of links {told} "
        f"{'was' if told == 1 else 'were'} told apart, {same} shown "
        f"to differ by less than {found.amount(ranking.effort.indifference, sign=False)}, and "
        f"{ranking.undecided} left undecided."
    )
    if ranking.undecided:
        text += " Undecided is not equal: more runs (links.procedure.budget_runs) may part them."
    return "What was not told apart", text


def _ground(found: Found) -> tuple[str, str] | None:
    """Say which layers of the landscape are no measured data, and whose the costs are."""
    layers = layers_of(found.land, "approximated")
    names = say.joined(layers)
    costs = "The costs are those of the links file; nothing here estimates or checks them."
    if not layers:
        return "What it rests on", costs
    return (
        "What it rests on",
        f"{names[0].upper()}{names[1:]} "
        f"{'is' if len(layers) == 1 else 'are'} approximated from published figures and rules, not "
        f"measured: see the landscape below. {costs}",
    )
