"""What the pages say of co-benefits: tables, sentences and what another set would bring more of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from corridor_sim.decision.trade_offs import STEPS, TradeOff, trade_offs
from corridor_sim.ground.given import Given
from corridor_sim.ground.scenarios import ADDED, ALL, ScenarioSum
from corridor_sim.languages import mark, tr, tr_context
from corridor_sim.report.compared import Row
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.links_found import Found

# a sum is written in words from here on
MANY = ((1e9, mark("{n} billion {unit}")), (1e6, mark("{n} million {unit}")))
# ground over which sums are told
GROUNDS = (mark("protected ground added"), mark("whole landscape"))
YEARLY = " a year"
# a set that gives up no more of its animals than this is named beside the chosen one
LITTLE = 0.1
# sets that are looked for where each takes seconds: a fair choice, many interactions
FEW, MANY_PAIRS = 12, 60


def amount(value: float, unit: str, *, sign: bool = False) -> str:
    """Write a sum with its unit and three digits or so.

    >>> amount(12_345_678, "t C"), amount(199_376, "t C"), amount(-1.3e6, "m³ a year", sign=True)
    ('12.3 million t C', '199,000 t C', '−1.30 million m³ a year')
    """
    value, unit = float(f"{value:.3g}"), unit_words(unit)
    if value == 0:
        return f"0 {unit}"
    for size, words in MANY:
        if abs(value) >= size:
            short = value / size
            decimals = int(np.clip(2 - np.floor(np.log10(abs(short))), 0, 2))
            return tr(words, n=say.number(short, decimals, sign=sign), unit=unit)
    return f"{say.number(value, 0 if abs(value) >= 10 else 1, sign=sign)} {unit}"


def unit_words(unit: str) -> str:
    """Write the unit of a sum: what is told by the year says so in the current language."""
    what = unit.removesuffix(YEARLY)
    return tr("{what} a year", what=tr(what)) if what != unit else tr(unit)


def holes_text(share: float) -> str:
    """Write the share of ground on which nothing is known, nothing where there is none."""
    if not share > 5e-4:
        return ""
    return tr("no value on {share} of it, counted as nothing", share=say.share_of_all(share))


def facts(given: Sequence[Given]) -> list[Row]:
    """Return what each co-benefit is and how it follows the land cover."""
    return [
        {
            "name": tr(one.name),
            "unit": one.settings.value_unit,
            "approximated": one.settings.layer is not None,
            "rule": one.rule,
            "origin": tr(one.origin),
        }
        for one in given
    ]


def link_rows(found: Found) -> list[Row]:
    """Return one row a link, best first: what stands there today, and what building it keeps."""
    ground = found.ground
    assert ground is not None
    return [
        {
            "name": found.names[i],
            "place": int(found.result.ranking.place[i]),
            "chosen": i in found.chosen,
            "cells": [
                {
                    "today": amount(one.today, given.unit),
                    "kept": amount(one.avoided_loss, given.unit, sign=True),
                    "holes": holes_text(one.holes),
                }
                for given, one in zip(ground.given, ground.sums[i], strict=True)
            ],
        }
        for i in found.order
    ]


@dataclass(frozen=True, slots=True)
class Axis:
    """The sets of a budget between animals and one co-benefit.

    Attributes
    ----------
    given : Given
    column : str
        ``avoided_loss``, or ``today`` where building links keeps nothing.
    sets : tuple of TradeOff
    chosen : float
        What the chosen set holds.
    """

    given: Given
    column: str
    sets: tuple[TradeOff, ...]
    chosen: float

    @property
    def what(self) -> str:
        """What of it is meant, in words."""
        if self.column == "avoided_loss":
            return tr("kept or brought back")
        return tr("standing inside the links today")

    @property
    def label(self) -> str:
        """Title of an axis."""
        return f"{tr(self.given.name)}, {self.what}"


def axes(found: Found) -> list[Axis]:
    """Return the trade-off of the budget between animals and each co-benefit; [] without a budget.

    The chosen set stays the one by animals: co-benefits are further axes and weigh nothing.
    """
    result, ground = found.result, found.ground
    if ground is None or result.settings.budget is None or result.chosen is None:
        return []
    must = [i for i, link in enumerate(result.links) if link.must]
    never = [i for i, link in enumerate(result.links) if link.must is False]
    made = []
    for k, given in enumerate(ground.given):
        column = "avoided_loss"
        if not np.any(np.abs(ground.amounts(k, column)) > 0):
            column = "today"
        amounts = ground.amounts(k, column)
        sets = trade_offs(
            result.surrogate,
            result.settings.budget,
            amounts,
            must=must,
            never=never,
            fair=result.fair,
            steps=FEW if result.fair or len(result.surrogate.pairs) > MANY_PAIRS else STEPS,
        )
        made.append(Axis(given, column, sets, float(amounts[list(result.chosen.links)].sum())))
    return made


def axis_rows(found: Found, axis: Axis) -> list[Row]:
    """Return one row a set: animals, what it holds, cost and which links."""
    return [
        {
            "benefit": found.points(one.set.benefit),
            "amount": amount(one.amount, axis.given.unit),
            "cost": say.number(one.set.cost, 2),
            "links": found.listed(one.set.links) or tr_context("links", "none"),
            "chosen": found.chosen == frozenset(one.set.links),
        }
        for one in axis.sets
    ]


def axis_words(found: Found, axis: Axis) -> str:
    """Say what another set would bring more of, and what that costs of the benefit."""
    chosen = found.result.chosen
    assert chosen is not None
    more = [one for one in axis.sets if one.amount > axis.chosen * (1 + 1e-6) + 1e-9]
    price = found.price(chosen.cost)
    head = tr(
        "The chosen set ({cost}) holds {amount} {what}.",
        cost=price,
        amount=amount(axis.chosen, axis.given.unit),
        what=axis.what,
    )
    if not more:
        return f"{head} {tr('No set within the budget holds more of it.')}"
    near = [one for one in more if one.set.benefit >= chosen.benefit * (1 - LITTLE)]
    picked = near[-1] if near else more[-1]
    words = [head, _another(found, axis, picked, chosen.benefit)]
    if picked is not more[-1]:
        most = _another(found, axis, more[-1], chosen.benefit)
        words.append(tr("At most: {sentence}", sentence=most))
    return " ".join(words)


def _another(found: Found, axis: Axis, one: TradeOff, benefit: float) -> str:
    """Say what another set would hold more, and what it gives up of the benefit."""
    change = one.set.benefit - benefit
    given = {
        "links": found.listed(one.set.links),
        "cost": found.price(one.set.cost),
        "more": amount(one.amount - axis.chosen, axis.given.unit),
        "benefit": found.amount(abs(change), sign=False),
    }
    if abs(change) <= found.result.settings.procedure.indifference:
        return tr(
            "{links} ({cost}) would hold {more} more, at no loss of animals that matters.", **given
        )
    if change < 0:
        return tr("{links} ({cost}) would hold {more} more, with {benefit} less.", **given)
    return tr("{links} ({cost}) would hold {more} more, with {benefit} more.", **given)


def overlap_note(found: Found) -> str:
    """Say that ground which two links share counts for each, where it is more than a trifle."""
    from shapely import Polygon, union_all

    shapes = [union_all([Polygon(ring) for ring in link.rings]) for link in found.result.links]
    whole, each = union_all(shapes).area, sum(one.area for one in shapes)
    if each <= whole * 1.01:
        return ""
    return tr(
        "Links share {share} of their ground; it counts for each of them, so that sums over sets "
        "are too large by as much at most.",
        share=say.percent(1 - whole / each),
    )


def scenario_rows(sums: Sequence[ScenarioSum]) -> list[Row]:
    """Return one row a scenario, ground and co-benefit."""
    rows = []
    for one in sums:
        low, high = one.interval()
        span = ""
        if np.isfinite(low) and abs(high - low) > 1e-6 * max(abs(high), 1.0):
            span = say.bracketed([amount(end, one.given.unit, sign=True) for end in (low, high)])
        rows.append(
            {
                "scenario": say.named(one.scenario),
                "against": say.named(one.against),
                "ground": tr(one.ground),
                "km2": say.area(one.area_km2),
                "name": tr(one.given.name),
                "today": amount(one.mean("today"), one.given.unit),
                "without": amount(one.mean("without"), one.given.unit),
                "with": amount(one.mean("with_"), one.given.unit),
                "kept": amount(one.mean("avoided_loss"), one.given.unit, sign=True),
                "span": span,
                "holes": holes_text(one.mean("holes")),
            }
        )
    return rows


def idle_words(sums: Sequence[ScenarioSum]) -> list[str]:
    """Name the scenarios that protect ground on which nothing would be lost without them."""
    idle: dict[tuple[str, str], bool] = {}
    for one in sums:
        if one.ground == ADDED:
            which = one.scenario, one.against
            idle[which] = idle.get(which, True) and one.idle
    return [
        tr(
            "{scenario} protects ground on which nothing is lost under {against}: there is no "
            "clearing to protect it against, so nothing is saved. Compare it with a scenario of "
            "clearing.",
            scenario=say.quoted(scenario),
            against=say.quoted(against),
        )
        for (scenario, against), still in idle.items()
        if still
    ]


def leak_words(sums: Sequence[ScenarioSum]) -> list[str]:
    """Say of what is kept on protected ground how much is kept in the landscape as a whole."""
    whole = {(one.scenario, one.given.name): one for one in sums if one.ground == ALL}
    words = []
    for one in sums:
        kept, unit = one.mean("avoided_loss"), one.given.unit
        if one.ground != ADDED or kept <= 0:
            continue
        said = _in_all(
            kept,
            whole[one.scenario, one.given.name],
            unit,
            scenario=say.quoted(one.scenario),
            kept=amount(kept, unit),
            what=say.inside(tr(one.given.name)),
        )
        words += [said] if said else []
    return words


def _in_all(of: float, whole: ScenarioSum, unit: str, **given: str) -> str:
    """Say how much of what is kept on protected ground is kept in all; nothing where all is."""
    left, (low, high) = whole.mean("avoided_loss"), whole.interval()
    if np.isfinite(low) and low <= 0 <= high and high >= of:
        return tr(
            "{scenario} keeps {kept} of {what} on the ground that it protects and {all} in all of "
            "the landscape, which so few maps tell apart neither from nothing nor from all of it.",
            all=amount(left, unit, sign=True),
            **given,
        )
    if left <= 0 or (np.isfinite(low) and low <= 0):
        return tr(
            "{scenario} keeps {kept} of {what} on the ground that it protects and none for certain "
            "in all of the landscape: as much goes elsewhere.",
            **given,
        )
    if left < 0.95 * of:
        return tr(
            "{scenario} keeps {kept} of {what} on the ground that it protects and {all} in all of "
            "the landscape: the rest goes elsewhere.",
            all=amount(left, unit),
            **given,
        )
    return ""
