"""What links give for their money, in words, and how sure it is that no other set is better."""

from __future__ import annotations

import numpy as np

from corridor_sim.config.links import ANIMALS
from corridor_sim.decision.best_set import STILL as NOTHING_CHANGED
from corridor_sim.decision.best_set import BestSet
from corridor_sim.links.money import LIFTED, PERHAPS, ForMoney, LiftedPair
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.links_found import Found

MOST_LINKS, MOST_PAIRS = 4, 4
# digits of a rate: of one that is known no better than to a tenth more say nothing
DIGITS = 2


def for_money(found: Found) -> tuple[str, str] | None:
    """Say what the chosen set and the best links give for a unit of cost."""
    money = found.result.money
    if money is None:
        return None
    one = f"for each {found.unit}"
    parts = []
    if money.chosen is not None:
        mine = money.chosen
        parts.append(
            f"The chosen set brings {_rate(found, mine)} {one}{_price_of_one(found, mine)}."
            if mine.known
            else "What the chosen set brings for its money is not known: the interval of its "
            "benefit holds 0."
        )
    known = sorted(
        (m for m in money.links if m.known and m.benefit > 0), key=lambda m: -m.per_cost[0]
    )
    if known:
        best = "; ".join(
            f"{found.names[m.links[0]]} {_rate(found, m, unit=False)}" for m in known[:MOST_LINKS]
        )
        more = len(known) - MOST_LINKS
        tail = f"; and {say.counted(more, 'more link')}" if more > 0 else ""
        parts.append(f"Links by what they bring alone {one}, the most first: {best}{tail}.")
    unknown = sum(not m.known for m in money.links)
    if unknown:
        n = len(money.links)
        parts.append(
            "Of no link is it known what it brings for its money: each interval holds 0."
            if unknown == n
            else f"Of {unknown} of the {n} links it is not known: the interval holds 0."
        )
    return "For the money", " ".join(parts)


def _rate(found: Found, one: ForMoney, *, unit: bool = True) -> str:
    mean, low, high = (found.factor * v for v in one.per_cost)
    ends = " to ".join(f"{v:+.{DIGITS}g}".replace("-", "\N{MINUS SIGN}") for v in (low, high))
    text = f"{mean:+.{DIGITS}g}".replace("-", "\N{MINUS SIGN}")
    return f"{text}{f' {found.benefit_unit}' if unit else ''} ({ends})"


def _price_of_one(found: Found, one: ForMoney) -> str:
    """Return what one unit of benefit costs, where benefits are animals and rise."""
    if found.result.settings.benefit.unit is None or not one.low > 0:
        return ""
    unit = found.benefit_unit
    more = "one more animal a year" if unit == ANIMALS else f"one more of {unit}"
    cheap, usual, dear = (one.cost / v for v in (one.high, one.benefit, one.low))
    return f": {more} costs {usual:,.3g} {found.unit} ({cheap:,.3g} to {dear:,.3g})"


def lifted(found: Found) -> tuple[str, str] | None:
    """Say which pairs of blocks the chosen set lifts over one migrant a generation."""
    money = found.result.money
    if money is None or money.chosen is None or money.chosen.lifted is None:
        return None
    pairs = money.chosen.lifted
    head = "Over one migrant a generation"
    yardstick = (
        "from below one migrant a generation to one or more, the yardstick by which two "
        f"populations stay one ({found.level} for all pairs of a species together)"
    )
    if not pairs:
        return head, f"The chosen set lifts no pair of blocks of core areas {yardstick}."
    sure = [one for one in pairs if one.verdict == LIFTED]
    perhaps = [one for one in pairs if one.verdict == PERHAPS]
    most = _listed(found, sure) if sure else "none for certain"
    parts = [f"Lifted {yardstick}: {most}."]
    if perhaps:
        parts.append(f"Perhaps lifted, as more runs would show: {_listed(found, perhaps)}.")
    return head, " ".join(parts)


def _listed(found: Found, pairs: list[LiftedPair]) -> str:
    names = {species.key: say.inside(species.name) for species in found.species}
    words = [
        f"{pair.start} to {pair.end} ({names[pair.species]}, {_migrants(pair.without)} without and "
        f"{_migrants(pair.with_links)} with the set)"
        for pair in pairs[:MOST_PAIRS]
    ]
    more = len(pairs) - MOST_PAIRS
    return "; ".join([*words, *([f"and {more} more"] if more > 0 else [])])


def _migrants(ends: tuple[float, float, float]) -> str:
    mean, low, high = ends
    return f"{mean:.2f} [{low:.2f}, {high:.2f}]"


def more_runs_for_the_set(found: Found, best: BestSet) -> tuple[str, str]:
    """Say how much better another set may be, where replicates were spent on the best set."""
    head = "Would more runs change the choice?"
    zone = found.amount(best.effort.indifference, sign=False)
    if not np.isfinite(best.regret):
        return head, (
            "They may: no link changed anything in any replicate, and nothing tells how far one "
            "could."
        )
    among = (
        "every set that the budget pays for"
        if best.sets is None
        else f"each of the {best.sets:,} sets that the budget pays for"
    )
    alone = all(len(part) == 1 for part in best.table.parts)
    rest = (
        "links taken to add up"
        if alone
        else "links and pairs that were not simulated together taken to add up"
    )
    looked = f"at {found.level}, with {among} compared at every look, and {rest}"
    most = found.amount(best.regret, sign=False)
    if best.settled:
        return head, (
            f"Not to one that is better by what matters: {looked}, no set is better by more than "
            f"{most}, and {zone} do not matter."
        )
    rivals = f"{say.counted(best.rivals, 'set')}" if best.sets is not None else "Another set"
    return head, (
        f"They may: {rivals} could be better by more than the {zone} that do not matter, and the "
        f"furthest by {most} ({looked}). A larger links.procedure.budget_runs goes to the links "
        "that decide between them."
    )


def why_stopped(best: BestSet) -> str | None:
    """Return why sampling stopped, as part of a sentence; None where it is said otherwise."""
    if best.settled:
        return "because no other set within the budget can be better by what matters"
    if best.stopped == NOTHING_CHANGED:
        return "because no link changed anything, so that there was nothing to tell apart"
    return None
