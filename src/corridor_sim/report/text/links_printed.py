"""A ranking of links on the terminal: its table, and what was chosen and confirmed."""

from __future__ import annotations

from typing import Any

import numpy as np

from corridor_sim.languages import mark, tr, tr_context, tr_plural
from corridor_sim.report.text import terminal
from corridor_sim.report.text.links_choice import equally_good
from corridor_sim.report.text.links_found import SAME, Found
from corridor_sim.report.text.links_tables import ranking_rows

# what a confirmation can find
FINDINGS = (
    mark("the prediction misled: it promised too much"),
    mark("the prediction misled: it promised too little"),
    mark("too few replicates to say whether the prediction misled"),
    mark(
        "the prediction promised more than was found, but too few replicates to say whether the "
        "prediction misled"
    ),
    mark(
        "the prediction promised less than was found, but too few replicates to say whether the "
        "prediction misled"
    ),
    mark("the prediction promised more than was found, by no more than matters"),
    mark("the prediction promised less than was found, by no more than matters"),
    mark(
        "the prediction promised more than was found, which chance can explain and is no more than "
        "matters"
    ),
    mark(
        "the prediction promised less than was found, which chance can explain and is no more than "
        "matters"
    ),
    mark("the prediction holds"),
)
# why sampling may have stopped
STOPPED = (
    mark("every pair decided"),
    mark("budget spent"),
    mark("most replicates reached"),
    mark("nothing that was built changed anything"),
)


def _stopped(found: Found) -> str:
    """Say why the ranking stopped, in the unit of the table."""
    ranking = found.result.ranking
    k = len(found.order)
    told, same = int(ranking.better.sum()), int(np.triu(ranking.equal, 1).sum())
    if found.still:
        return tr(
            "Stopped after {runs}: no link changed anything in any replicate, which does not show "
            "how far one could, nor that they are equal.",
            runs=found.efforts(ranking.runs),
        )
    given = {
        "runs": found.efforts(ranking.runs),
        "why": tr(ranking.stopped),
        "pairs": tr_plural("{n} pair", "{n} pairs", k * (k - 1) // 2),
        "told": told,
        "same": same,
        "within": found.amount(ranking.effort.indifference, sign=False),
        "undecided": ranking.undecided,
    }
    if ranking.undecided:
        return tr(
            "Stopped after {runs}, {why}: of {pairs} {told} told apart, {same} equal within "
            "{within}, {undecided} undecided, which share a rank.",
            **given,
        )
    return tr(
        "Stopped after {runs}, {why}: of {pairs} {told} told apart, {same} equal within {within}, "
        "{undecided} undecided.",
        **given,
    )


def print_table(found: Found, console: Any = None) -> None:
    """Print the ranking on the terminal, with what was chosen and how it was confirmed."""
    benefit = tr("Benefit {unit}", unit=found.benefit_unit)
    heads = (
        "",
        tr("Rank"),
        tr("Ranks"),
        tr("Equal"),
        tr("Link"),
        benefit,
        found.level,
        tr_context("rank", "Right"),
        tr("Cost"),
        "n",
    )
    lines, strong = [], []
    ranking = found.result.ranking
    for r in ranking_rows(found):
        cell, i = r["benefit"], r["i"]
        low, high = float(ranking.low[i]), float(ranking.high[i])
        same = cell["span"] == tr(SAME)
        span = tr("all the same") if same else found.ends(low, high) if cell["span"] else ""
        own = (r["rank"], r["ranks"], r["letters"], r["name"], cell["text"], span)
        lines.append(("*" if r["chosen"] else "", *own, r["right"], r["cost"], str(r["n"])))
        strong.append(cell["sure"])
    terminal.print_table(
        heads,
        lines,
        _below_table(found),
        console,
        names=(4,),
        left=(0, 3),
        strong=lambda row, _: strong[row],
    )


def _below_table(found: Found) -> str:
    """Return what the table on the terminal means, what was chosen, and how it was confirmed."""
    text = tr(
        "{meaning} Equal letters: not told apart. =: the same mean, hence the same rank. Right: "
        "probability of the rank. Bold: by the {level} interval it brings, or costs, more than the "
        "{much} that matter. {why}",
        meaning=found.meaning(),
        level=found.level,
        much=found.amount(found.result.ranking.effort.indifference, sign=False),
        why=_stopped(found),
    )
    chosen = found.result.chosen
    if chosen is not None and found.result.settings.budget is not None:
        text += "\n" + tr(
            "* For {budget}: {links} ({cost}), predicted {amount}.",
            budget=found.price(found.result.settings.budget),
            links=found.listed(chosen.links) or tr("nothing"),
            cost=found.price(chosen.cost),
            amount=found.amount(chosen.benefit),
        )
        good = equally_good(found)
        text += f" {good[0]}: {good[1]}" if good is not None else ""
    if found.result.confirmation is not None:
        seen = found.result.confirmation
        text += " " + tr(
            "Simulated: {amount} {span}; {finding}.",
            amount=found.amount(seen.simulated),
            span=found.span(seen.low, seen.high),
            finding=tr(seen.finding),
        )
    if found.result.decades is not None:
        lived = found.result.decades.benefit
        text += " " + tr(
            "In {n} whole runs: {amount} {span}, {verdict}.",
            n=lived.replicates,
            amount=found.amount(lived.simulated),
            span=found.span(lived.low, lived.high),
            verdict=tr("not the same") if lived.apart else tr("the same within chance"),
        )
    return text
