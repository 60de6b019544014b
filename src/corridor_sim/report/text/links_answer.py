"""The answer on links in words: made from the numbers, claiming no more than they show."""

from __future__ import annotations

from typing import Any

import numpy as np

from corridor_sim.decision.selection import BUDGET, REPLICATES, TOLD
from corridor_sim.languages import tr, tr_plural
from corridor_sim.links.effects import ROUNDING
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.ground_box import layers_of
from corridor_sim.report.text.links_choice import (
    equally_good,
    few,
    lead,
    more_runs,
    settled,
    why_not,
)
from corridor_sim.report.text.links_confirmed import confirmed
from corridor_sim.report.text.links_decades import decades_point
from corridor_sim.report.text.links_found import SAME, Found
from corridor_sim.report.text.links_money import for_money, lifted, why_stopped
from corridor_sim.report.text.links_more import what_more_would_tell
from corridor_sim.report.text.links_tables import chosen_rows
from corridor_sim.report.text.links_together import together

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
        together(found),
        confirmed(found),
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
    return said[0], " ".join(filter(None, [said[1], what_more_would_tell(found)]))


def _amounts(found: Found) -> tuple[str, str] | None:
    """Say what counts in its own unit, without and with the set: per cents hide how few it is."""
    labels = found.labels().values()
    groups = [g for g in chosen_rows(found) if any(g["label"].startswith(x) for x in labels)]
    if not groups:
        return None
    parts = [
        tr(
            "{outcome}, without and with the set: {amounts}.",
            outcome=group["label"],
            amounts="; ".join(
                tr("{species} {without} and {with_links}", species=row["name"], **_both(row))
                for row in group["rows"]
            ),
        )
        for group in groups
    ]
    return tr("In numbers"), " ".join(parts)


def _both(row: dict[str, Any]) -> dict[str, str]:
    return {"without": row["without"], "with_links": row["with"]}


def _ranks(found: Found) -> tuple[str, str]:
    ranking, order = found.result.ranking, found.order
    k, groups = len(order), ranking.groups
    head = tr("Which are equal")
    if len(groups) == 1:
        whole = (
            tr("Both links are of equal rank: no two were told apart")
            if k == 2
            else tr("All {n} links are of equal rank: no two were told apart", n=k)
        )
        text = (
            tr(
                "{equal}, so the order of the table is only the order of the links file.",
                equal=whole,
            )
            if ranking.rank.max() == 1
            else tr(
                "{equal}, so the order of the table is only the order of the means.", equal=whole
            )
        )
        return head, text + _tied(found)
    if all(len(group) == 1 for group in groups):
        return head, tr(
            "None: every pair of the {n} links was told apart, so each rank stands.", n=k
        )
    top = list(groups[0])
    text = (
        tr("{link} ranks first alone.", link=found.listed(top))
        if len(top) == 1
        else tr(
            "{links} are of equal rank at the top (group a): no two of them were told apart.",
            links=few(found, top),
        )
    )
    others = sum(len(g) > 1 for g in groups[1:])
    if others:
        text += " " + tr_plural(
            "Below, {n} more group of equal rank, joined by lines in the figure.",
            "Below, {n} more groups of equal rank, joined by lines in the figure.",
            others,
        )
    return head, text + _tied(found)


def _tied(found: Found) -> str:
    """Say which links have the very same mean, so that their order says nothing at all."""
    parts = [
        tr(
            "{links} have the same mean and share rank {rank}",
            links=few(found, list(group)),
            rank=found.result.ranking.rank[group[0]],
        )
        for group in found.result.ranking.tied
    ]
    if not parts:
        return ""
    more = len(parts) - MOST_TIED
    parts = parts[:MOST_TIED]
    if more > 0:
        parts.append(tr_plural("and {n} more group", "and {n} more groups", more))
    return f" {'; '.join(parts)}."


def _sure(found: Found) -> tuple[str, str]:
    ranking = found.result.ranking
    k = len(found.order)
    by_chance = say.number(k * (1 - ranking.effort.confidence) / 2, 1)
    helps = [i for i in found.order if ranking.low_all[i] > ROUNDING]
    harms = [i for i in found.order if ranking.high_all[i] < -ROUNDING]
    maybe = [i for i in found.order if ranking.low[i] > ROUNDING and i not in helps]
    parts = []
    if helps:
        parts.append(
            tr_plural(
                "{links} helps clearly: the interval that holds for all links together, at "
                "{level}, lies above zero.",
                "{links} help clearly: the interval that holds for all links together, at "
                "{level}, lies above zero.",
                len(helps),
                links=few(found, helps),
                level=found.level,
            )
        )
        parts.append(_enough(found, helps))
        # where nothing is chosen the first sentences have said so
        parts += why_not(found, helps) if found.chosen else []
    else:
        parts.append(
            tr("No link helps clearly, all links looked at together at {level}.", level=found.level)
        )
    if maybe:
        given = {"links": few(found, maybe), "all": _links(k), "by_chance": by_chance}
        parts.append(
            tr_plural(
                "Looked at alone, {links} also leaves zero out; with {all} looked at, about "
                "{by_chance} would do so by chance.",
                "Looked at alone, {links} also leave zero out; with {all} looked at, about "
                "{by_chance} would do so by chance.",
                len(maybe),
                **given,
            )
            if helps
            else tr_plural(
                "Looked at alone, {links} leaves zero out; with {all} looked at, about "
                "{by_chance} would do so by chance.",
                "Looked at alone, {links} leave zero out; with {all} looked at, about "
                "{by_chance} would do so by chance.",
                len(maybe),
                **given,
            )
        )
    if harms:
        parts.append(
            tr_plural(
                "{links} does harm, by the same measure.",
                "{links} do harm, by the same measure.",
                len(harms),
                links=few(found, harms),
            )
        )
    parts += _vague(found)
    if found.first:
        parts.append(_largest(found, found.first))
    return tr("How sure"), " ".join(parts)


def _links(n: int) -> str:
    return tr_plural("{n} link", "{n} links", n)


def _replicates(n: int) -> str:
    return tr_plural("{n} replicate", "{n} replicates", n)


def _enough(found: Found, helps: list[int]) -> str:
    """Say of which links it is known that they help by more than what does not matter."""
    ranking = found.result.ranking
    zone = ranking.effort.indifference
    enough = [i for i in helps if ranking.low_all[i] > zone]
    given = {"links": few(found, enough), "much": found.amount(zone, sign=False)}
    if not enough:
        return tr("Of none is it known that it helps by more than the {much} that matter.", **given)
    return tr_plural(
        "It is known of {links} that it helps by more than the {much} that matter.",
        "Of {links} it is known that they help by more than the {much} that matter.",
        len(enough),
        **given,
    )


def _largest(found: Found, best: list[int]) -> str:
    """Say which links have the largest mean, how large it is, and what is known of their rank."""
    ranking, i = found.result.ranking, best[0]
    span = found.span(ranking.low[i], ranking.high[i])
    comma = "," if span == tr(SAME) else ""
    amount = found.amount(ranking.mean[i]) + (f"{comma} {span}" if span else "")
    return tr_plural(
        "{links} has the largest mean, {amount}; {rank}",
        "{links} have the largest mean, {amount}; {rank}",
        len(best),
        links=few(found, best),
        amount=amount,
        rank=_first(found, best),
    )


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
    together = [i for i in vague if i in partners and i not in told]
    rest = [i for i in vague if i not in partners and i not in told]
    parts = []
    for which, why in (
        (told, tr("in the set because the links file says so (must = true)")),
        (together, tr("in the set for what they give together")),
        (rest, tr("in the set because the means add up to something and the budget allows")),
    ):
        if which:
            parts.append(
                tr_plural(
                    "Of the {chosen} chosen, {n} has no clear benefit alone ({links}): {why}.",
                    "Of the {chosen} chosen, {n} have no clear benefit alone ({links}): {why}.",
                    len(which),
                    chosen=len(found.chosen),
                    links=few(found, which),
                    why=why,
                )
            )
    return parts


def _first(found: Found, best: list[int]) -> str:
    """Say what is known of the rank of the first: the verdicts, then the bootstrap."""
    ranking = found.result.ranking
    low, high = int(ranking.rank_low[best[0]]), int(ranking.rank_high[best[0]])
    right = say.probability(float(ranking.right[best[0]]))
    if low == high:
        return tr(
            "its true rank is the first, at {level} for all ranks together.", level=found.level
        )
    text = tr_plural(
        "its true rank lies from {low} to {high}, at {level} for all ranks together.",
        "the true rank of each lies from {low} to {high}, at {level} for all ranks together.",
        len(best),
        low=low,
        high=high,
        level=found.level,
    )
    if np.isfinite(ranking.right[best[0]]):
        text += " " + tr_plural(
            "Taking the {replicates} as all that there is, it ranks first with probability "
            "{right}, which is optimistic.",
            "Taking the {replicates} as all that there is, each of them ranks first with "
            "probability {right}, which is optimistic.",
            len(best),
            replicates=_replicates(int(ranking.replicates[best[0]])),
            right=right,
        )
    return text


def _fair(found: Found) -> tuple[str, str] | None:
    """Say why a fair choice was none, where no set helps the species that gains least."""
    if not found.result.settings.fair or found.result.fair:
        return None
    main = found.result.surrogate.main
    left = [
        tr("the {species}", species=say.inside(one.common_name))
        for one, row in zip(found.species, main, strict=True)
        if not (row > ROUNDING).any()
    ]
    return (
        tr("Why the choice is not the fair one"),
        tr(
            "No set of these links brings {species} a benefit whose interval excludes 0, so none "
            "can be fair. The set was chosen by the benefit over all species.",
            species=say.joined(left) or tr("the species that gains least"),
        ),
    )


def _stopped(found: Found) -> tuple[str, str]:
    ranking = found.result.ranking
    spent = (
        tr("because the budget of runs was spent")
        if found.effort == "run"
        else tr("because the budget of replicates was spent")
    )
    why = {
        TOLD: tr("because every pair was decided"),
        BUDGET: spent,
        REPLICATES: tr("because the most replicates allowed were reached"),
    }.get(ranking.stopped, ranking.stopped)
    if found.result.best is not None:
        why = why_stopped(found.result.best) or why
    if found.still:
        why = tr("because no link changed anything, so that there was nothing to tell apart")
    low, high = int(ranking.replicates.min()), int(ranking.replicates.max())
    return tr("Why sampling stopped"), tr(
        "Sampling stopped {why}, after {runs} of single links, {each} replicates each; {all} in "
        "all with the baseline, pairs and the chosen set.",
        why=why,
        runs=found.efforts(ranking.runs),
        each=low if low == high else tr("{low} to {high}", low=low, high=high),
        all=found.efforts(found.result.runs),
    )


def _untold(found: Found) -> tuple[str, str]:
    ranking = found.result.ranking
    k = len(found.order)
    told, same = int(ranking.better.sum()), int(np.triu(ranking.equal, 1).sum())
    head = tr("What was not told apart")
    if found.still:
        return head, tr(
            "None of the {n} links changed anything in any replicate. That is not shown to stay "
            "so: how far a link could go, and how much two may differ, is not known.",
            n=k,
        )
    text = tr_plural(
        "Of {pairs} {n} was told apart, {same} shown to differ by less than {much}, and "
        "{undecided} left undecided.",
        "Of {pairs} {n} were told apart, {same} shown to differ by less than {much}, and "
        "{undecided} left undecided.",
        told,
        pairs=tr_plural("{n} pair of links", "{n} pairs of links", k * (k - 1) // 2),
        same=same,
        much=found.amount(ranking.effort.indifference, sign=False),
        undecided=ranking.undecided,
    )
    if ranking.undecided:
        text += " " + tr(
            "Undecided is not equal: more runs (links.procedure.budget_runs) may part them."
        )
    return head, text


def _ground(found: Found) -> tuple[str, str] | None:
    """Say which layers of the landscape are no measured data, and whose the costs are."""
    layers = layers_of(found.land, "approximated")
    names = say.joined(layers)
    costs = tr("The costs are those of the links file; nothing here estimates or checks them.")
    head = tr("What it rests on")
    if not layers:
        return head, costs
    names = f"{names[0].upper()}{names[1:]}"
    ground = tr_plural(
        "{layers} is approximated from published figures and rules, not measured: see the "
        "landscape below.",
        "{layers} are approximated from published figures and rules, not measured: see the "
        "landscape below.",
        len(layers),
        layers=names,
    )
    return head, f"{ground} {costs}"
