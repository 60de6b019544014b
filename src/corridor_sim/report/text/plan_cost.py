"""What a plan costs, and what one unit of each of its gains costs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from corridor_sim.comparison.plan import IN_ALL, ON_PLAN
from corridor_sim.config.plan import PlanSettings
from corridor_sim.languages import mark, tr
from corridor_sim.report.compared import Row
from corridor_sim.report.text import numbers as say

# what is gained of a species, as a price names it
GAINS = {
    "animals_end": mark("one animal more at the end"),
    "joining_per_year": mark("one animal more a year that joins another block"),
    "suitable_km2_end": mark("one km² of its habitat kept"),
}
OF_GROUND = {
    ON_PLAN.name: mark("a km² of forest kept on the plan's ground"),
    IN_ALL.name: mark("a km² of forest kept in all"),
}
UNSURE = mark("if any is gained at all")
NOTHING_GAINED = mark("no gain is seen")


def cost_sentences(plan: PlanSettings, plan_km2: float, own: Sequence[Row]) -> list[str]:
    """Say what a plan costs, what that covers, what it is for the ground, and who says so.

    ``own`` are the rows of the plan's own scenario in the table of the plan.
    """
    if plan.cost is None:
        return [
            tr(
                "The file gives no cost, so that nothing can be said of what a km² or an animal "
                "costs: add cost and cost_unit under [plan]."
            )
        ]
    whole = money(plan, plan.cost)
    if plan.cost_covers:
        covers = flat(plan.cost_covers)
        costs = tr("The plan costs {money}: {covers}.", money=whole, covers=covers)
    else:
        costs = tr("The plan costs {money}; what that covers, the file does not say.", money=whole)
    parts = []
    if plan_km2 > 0:
        each = money(plan, plan.cost / plan_km2)
        parts.append(tr("{money} for a km² protected", money=each))
    for row in own:
        if row["outcome"] in OF_GROUND and not row["species"]:
            price = priced(plan, row)
            parts.append(
                tr(
                    "{money} for {gain} ({span})",
                    money=price["price"],
                    gain=tr(OF_GROUND[row["outcome"]]),
                    span=price["span"],
                )
            )
    source = tr("Where the figure is from, the file does not say: treat it as a guess.")
    if plan.cost_source:
        source = tr("Where the figure is from: {source}.", source=flat(plan.cost_source))
    told = (costs, tr("That is {prices}.", prices="; ".join(parts)) if parts else "", source)
    return [text for text in told if text]


def price_table(
    plan: PlanSettings, own: Mapping[tuple[str, str], Row], keys: Sequence[str]
) -> list[Row]:
    """Return what one unit of each gain costs, species side by side; nothing without a cost."""
    if plan.cost is None:
        return []
    return [
        {"label": tr(label), "cells": [priced(plan, own[key, outcome]) for key in keys]}
        for outcome, label in GAINS.items()
    ]


def priced(plan: PlanSettings, row: Row) -> dict[str, str]:
    """Return the price of one unit gained and its interval, or what can be said instead."""
    if not math.isfinite(row["difference"]):
        return {"price": say.NOTHING, "span": tr("not counted")}
    low, high, each = (float(row[k]) for k in ("cost_each_low", "cost_each_high", "cost_each"))
    if math.isinf(low):
        return {"price": say.NOTHING, "span": tr(NOTHING_GAINED)}
    if math.isinf(high):
        return {"price": tr("more than {n}", n=money(plan, low)), "span": tr(UNSURE)}
    ends = [money(plan, end, bare=True) for end in (low, high)]
    return {"price": money(plan, each), "span": say.span_words(*ends)}


def money(plan: PlanSettings, amount: float, *, bare: bool = False) -> str:
    """Write an amount in the unit of the cost; millions of less than a tenth in thousands.

    >>> plan = PlanSettings(scenario="a", cost=3.0, cost_unit="million USD")
    >>> money(plan, 3.0), money(plan, 0.0123), money(plan, 1512.0, bare=True)
    ('3 million USD', '12,300 USD', '1,510')
    """
    unit = plan.cost_unit or ""
    if not bare and unit.startswith("million ") and abs(amount) < 0.1:
        amount, unit = amount * 1e6, unit.removeprefix("million ")
    digits = 2 - math.floor(math.log10(amount)) if amount > 0 else 0
    text = say.number(round(amount, digits), max(digits, 0))
    text = text.rstrip("0").rstrip(".,") if digits > 0 else text
    return text if bare else f"{text} {tr(unit)}".rstrip()


def flat(text: str) -> str:
    """Return a text of a file as it stands inside a sentence; what ships is in the catalogue."""
    said = " ".join(text.split()).rstrip(".")
    return tr(said)
