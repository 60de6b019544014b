"""What links give for their money, in words, and how sure it is that no other set is better."""

from __future__ import annotations

import numpy as np

from corridor_sim.config.links import ANIMALS
from corridor_sim.decision.best_set import STILL as NOTHING_CHANGED
from corridor_sim.decision.best_set import BestSet
from corridor_sim.languages import tr, tr_plural, written
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
    unit = found.unit
    parts = []
    if money.chosen is not None:
        parts.append(_of_set(found, money.chosen))
    known = sorted(
        (m for m in money.links if m.known and m.benefit > 0), key=lambda m: -m.per_cost[0]
    )
    if known:
        each = [f"{found.names[m.links[0]]} {_rate(found, m)}" for m in known[:MOST_LINKS]]
        more = len(known) - MOST_LINKS
        if more > 0:
            each.append(tr_plural("and {n} more link", "and {n} more links", more))
        parts.append(
            tr(
                "Links by what they bring alone for each {unit}, the most first: {links}.",
                unit=unit,
                links="; ".join(each),
            )
        )
    unknown = sum(not m.known for m in money.links)
    n = len(money.links)
    if unknown and unknown == n:
        parts.append(
            tr("Of no link is it known what it brings for its money: each interval holds 0.")
        )
    elif unknown:
        parts.append(
            tr("Of {n} of the {all} links it is not known: the interval holds 0.", n=unknown, all=n)
        )
    return tr("For the money"), " ".join(parts)


def _of_set(found: Found, mine: ForMoney) -> str:
    """Say what the chosen set brings for a unit of cost, and what one more animal costs."""
    if not mine.known:
        return tr(
            "What the chosen set brings for its money is not known: the interval of its benefit "
            "holds 0."
        )
    given = {"rate": _rate(found, mine, found.benefit_unit), "unit": found.unit}
    # what one unit of benefit costs is told where benefits are animals and rise
    if found.result.settings.benefit.unit is None or not mine.low > 0:
        return tr("The chosen set brings {rate} for each {unit}.", **given)
    cheap, usual, dear = (
        written(f"{mine.cost / v:,.3g}") for v in (mine.high, mine.benefit, mine.low)
    )
    given |= {"cost": usual, "low": cheap, "high": dear}
    if found.result.settings.benefit.shown_unit == ANIMALS:
        return tr(
            "The chosen set brings {rate} for each {unit}: one more animal a year costs {cost} "
            "{unit} ({low} to {high}).",
            **given,
        )
    return tr(
        "The chosen set brings {rate} for each {unit}: one more of {benefit} costs {cost} {unit} "
        "({low} to {high}).",
        benefit=found.benefit_unit,
        **given,
    )


def _rate(found: Found, one: ForMoney, unit: str = "") -> str:
    mean, low, high = (
        written(f"{found.factor * v:+.{DIGITS}g}").replace("-", say.MINUS) for v in one.per_cost
    )
    ends = tr("{low} to {high}", low=low, high=high)
    return f"{f'{mean} {unit}'.rstrip()} ({ends})"


def lifted(found: Found) -> tuple[str, str] | None:
    """Say which pairs of blocks the chosen set lifts over one migrant a generation."""
    money = found.result.money
    if money is None or money.chosen is None or money.chosen.lifted is None:
        return None
    pairs = money.chosen.lifted
    head = tr("Over one migrant a generation")
    if not pairs:
        return head, tr(
            "The chosen set lifts no pair of blocks of core areas from below one migrant a "
            "generation to one or more, the yardstick by which two populations stay one ({level} "
            "for all pairs of a species together).",
            level=found.level,
        )
    sure = [one for one in pairs if one.verdict == LIFTED]
    perhaps = [one for one in pairs if one.verdict == PERHAPS]
    parts = [
        tr(
            "Lifted from below one migrant a generation to one or more, the yardstick by which two "
            "populations stay one ({level} for all pairs of a species together): {pairs}.",
            level=found.level,
            pairs=_listed(found, sure) if sure else tr("none for certain"),
        )
    ]
    if perhaps:
        parts.append(
            tr("Perhaps lifted, as more runs would show: {pairs}.", pairs=_listed(found, perhaps))
        )
    return head, " ".join(parts)


def _listed(found: Found, pairs: list[LiftedPair]) -> str:
    names = {species.key: say.inside(species.common_name) for species in found.species}
    words = [
        tr(
            "{start} to {end} ({species}, {without} without and {with_links} with the set)",
            start=pair.start,
            end=pair.end,
            species=names[pair.species],
            without=_migrants(pair.without),
            with_links=_migrants(pair.with_links),
        )
        for pair in pairs[:MOST_PAIRS]
    ]
    more = len(pairs) - MOST_PAIRS
    return "; ".join([*words, *([tr("and {n} more", n=more)] if more > 0 else [])])


def _migrants(ends: tuple[float, float, float]) -> str:
    mean, low, high = (written(f"{v:.2f}") for v in ends)
    return f"{mean} {say.bracketed([low, high])}"


def more_runs_for_the_set(found: Found, best: BestSet) -> tuple[str, str]:
    """Say how much better another set may be, where replicates were spent on the best set."""
    head = tr("Would more runs change the choice?")
    zone = found.amount(best.effort.indifference, sign=False)
    if not np.isfinite(best.regret):
        return head, tr(
            "They may: no link changed anything in any replicate, and nothing tells how far one "
            "could."
        )
    looked = _looked(found, best)
    most = found.amount(best.regret, sign=False)
    if best.settled:
        return head, tr(
            "Not to one that is better by what matters: {looked}, no set is better by more than "
            "{most}, and {much} do not matter.",
            looked=looked,
            most=most,
            much=zone,
        )
    given = {"much": zone, "most": most, "looked": looked}
    if best.sets is None:
        may = tr(
            "They may: Another set could be better by more than the {much} that do not matter, and "
            "the furthest by {most} ({looked}).",
            **given,
        )
    else:
        may = tr_plural(
            "They may: {n} set could be better by more than the {much} that do not matter, and the "
            "furthest by {most} ({looked}).",
            "They may: {n} sets could be better by more than the {much} that do not matter, and "
            "the furthest by {most} ({looked}).",
            best.rivals,
            **given,
        )
    more = tr("A larger links.procedure.budget_runs goes to the links that decide between them.")
    return head, f"{may} {more}"


def _looked(found: Found, best: BestSet) -> str:
    """Say how sets were compared, and what was taken to add up."""
    alone = all(len(part) == 1 for part in best.table.parts)
    among = (
        tr("every set that the budget pays for")
        if best.sets is None
        else tr("each of the {n} sets that the budget pays for", n=written(f"{best.sets:,}"))
    )
    if alone:
        return tr(
            "at {level}, with {sets} compared at every look, and links taken to add up",
            level=found.level,
            sets=among,
        )
    return tr(
        "at {level}, with {sets} compared at every look, and links and pairs that were not "
        "simulated together taken to add up",
        level=found.level,
        sets=among,
    )


def why_stopped(best: BestSet) -> str | None:
    """Return why sampling stopped, as part of a sentence; None where it is said otherwise."""
    if best.settled:
        return tr("because no other set within the budget can be better by what matters")
    if best.stopped == NOTHING_CHANGED:
        return tr("because no link changed anything, so that there was nothing to tell apart")
    return None
