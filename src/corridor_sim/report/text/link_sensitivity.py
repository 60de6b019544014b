"""Whether the ranking of links survives: sentences, tables and the section of the page."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from corridor_sim.report.figures.link_sensitivity import agreement_figure, benefit_figure
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.links_found import decimals_of_benefit
from corridor_sim.report.text.terminal import print_table
from corridor_sim.statistics.moments import ROUNDING
from corridor_sim.sweeps.link_plan import SHARE_OF_POINTS
from corridor_sim.sweeps.link_sensitivity import SAME_PAIRS, LinkRobustness
from corridor_sim.sweeps.link_tables import robustness_table

if TYPE_CHECKING:
    from corridor_sim.report.page import Album
    from corridor_sim.sweeps.sensitivity import Plan

HEADS = {
    "survives": "The {} survives",
    "does not survive": "The {} does not survive",
    "cannot be told from noise": "Whether the {} survives cannot be told from noise",
}
MOST_MOVED = 3
SHARES = ("first", "top", "chosen", "positive")


class Words:
    """Writes the numbers of one analysis: benefits in one unit and with one number of decimals."""

    def __init__(self, found: LinkRobustness) -> None:
        self.found = found
        benefit = found.task.settings.benefit
        self.unit, self.factor = benefit.shown_unit, benefit.factor
        largest = float(np.abs(found.mean).max(initial=0.0))
        self.decimals = decimals_of_benefit(largest, self.factor)

    def number(self, benefit: float, *, sign: bool = False) -> str:
        """Write a benefit without its unit."""
        return say.number(self.factor * benefit, self.decimals, sign=sign)

    def amount(self, benefit: float, *, sign: bool = False) -> str:
        """Write a benefit with its unit."""
        return f"{self.number(benefit, sign=sign)} {self.unit}"

    @property
    def choice(self) -> str:
        """Name the choice as in a sentence."""
        task, n = self.found.task, len(self.found.choice)
        names = say.joined([task.links[i].name for i in self._by_rank(self.found.choice)])
        if task.settings.budget is None:
            rank, mine = self.found.rank, list(self.found.choice)
            last = max((rank[i] for i in mine), default=0)
            alike = [i for i in range(len(rank)) if rank[i] == last and i not in mine]
            also = say.joined([task.links[i].name for i in alike])
            tied = f" (as good as the last of them: {also})" if alike else ""
            return f"the best {say.counted(n, 'link')}, {names}{tied}"
        money = f"{task.settings.budget:g} {task.settings.cost_unit}"
        return f"no link for {money}" if not n else f"the best set for {money}, {names}"

    def _by_rank(self, links: Any) -> list[int]:
        return sorted(links, key=lambda i: (int(self.found.rank[i]), i))


def choice_sentence(found: LinkRobustness) -> str:
    """Return the verdict on the choice in one sentence."""
    words, loss = Words(found), found.loss
    head = HEADS[found.choice_verdict].format("choice")
    indifference = words.amount(found.task.settings.procedure.indifference)
    if found.choice_verdict == "survives":
        return (
            f"{head}: over {say.counted(len(found.kept), 'point')} it brings at most "
            f"{words.amount(max(0.0, loss.most_high))} less on average than each point's own "
            f"best choice, and {indifference} does not matter."
        )
    if found.choice_verdict == "does not survive":
        return (
            f"{head}: who knew the traits would gain at least {words.amount(loss.least_low)} "
            f"on average by choosing otherwise, more than the {indifference} that do not "
            "matter."
        )
    return (
        f"{head}: who knew the traits would gain between "
        f"{words.number(max(0.0, loss.least_low))} and {words.amount(loss.most_high)} on "
        f"average, and {indifference} does not matter. More replicates narrow it."
    )


def order_sentence(found: LinkRobustness) -> str:
    """Return the verdict on the order of all links in one sentence."""
    head = HEADS[found.order_verdict].format("order of the links")
    same = say.percent(found.same_pairs)
    chance = say.percent((1 + float(found.noise.mean())) / 2)
    if found.order_verdict == "survives":
        return f"{head}: {same} of the pairs stand as at the nominal traits, over all points."
    if found.order_verdict == "does not survive":
        return (
            f"{head}: only {same} of the pairs stand as at the nominal traits, where noise "
            f"alone leaves {chance} on average (p = {found.p_order:.2g})."
        )
    return (
        f"{head}: {same} of the pairs stand as at the nominal traits, noise alone leaves "
        f"{chance} on average, too near to tell (p = {found.p_order:.2g})."
    )


def trait_rows(found: LinkRobustness, plan: Plan) -> list[dict[str, Any]]:
    """Return what each trait moves, that which moves the order most first.

    Keys: trait, agreement, half_width, loss, moved (links whose benefit it moves beyond noise),
    most (up to three of them, the most moved first).
    """
    if not found.effects:
        return []
    by = {(one.of, one.link): one for one in found.effects}
    order, loss = by["agreement", None], by["loss", None]
    links = [one for one in found.effects if one.link is not None]
    rows = []
    for j, trait in enumerate(plan.ranges):
        moved = [one for one in links if one.beyond_noise[j]]
        moved.sort(key=lambda one: -float(one.size[j]))
        rows.append(
            {
                "trait": f"{trait.species}.{trait.trait}",
                "range": f"{trait.low:g} to {trait.high:g}",
                "agreement": float(order.size[j]),
                "half_width": float(order.found["half_width"][j]),
                "beyond": bool(order.beyond_noise[j]),
                "loss": float(loss.size[j]),
                "moved": len(moved),
                "most": [found.task.links[one.link or 0].name for one in moved[:MOST_MOVED]],
            }
        )
    return sorted(rows, key=lambda row: -row["agreement"] if row["agreement"] >= 0 else 1.0)


def print_links(found: LinkRobustness, plan: Plan) -> None:
    """Print the verdicts, the links by their nominal rank, and what each trait moves."""
    words = Words(found)
    print(f"\n{choice_sentence(found)}")
    print(order_sentence(found))
    print(f"The choice: {words.choice}.")
    top = f"Top {found.task.top}"
    print_table(
        ("Rank", "Link", "At nominal", "Over points", "First", top, "Chosen", "Above 0"),
        [
            (
                str(row["rank"]),
                row["link"],
                words.amount(row["benefit"]),
                f"{words.number(row['least_benefit'])} to {words.number(row['most_benefit'])}",
                *(say.percent(row[f"{name}_share"]) for name in SHARES),
            )
            for row in robustness_table(found).to_dict("records")
        ],
        names=(1,),
    )
    traits = trait_rows(found, plan)
    if traits:
        noise = next(one.noise for one in found.effects if one.of == "agreement")
        print(f"\nEffect of each trait on the agreement with the nominal order (noise {noise:.2g})")
        print_table(
            ("Trait", "Effect", "Links moved"),
            [(one["trait"], _effect(one, _most(plan)), str(one["moved"])) for one in traits],
            names=(0,),
        )


def measure(value: float, half: float, most: float) -> str:
    """Write a measure of sensitivity, from 0 to ``most``, with the half-width of its interval.

    Where that would reach beyond what can be, the ends that are left.

    >>> measure(9.37, 2.2, 1e9), measure(4.08, 5.2, 1e9), measure(0.97, 0.1, 1.0)
    ('9.37 ± 2.2', '4.08 [0, 9.3]', '0.97 [0.87, 1]')
    >>> measure(0.0, 0.0, 1e9), measure(-1e-19, 2e-18, 1.0)
    ('0, no change at any point', '0, no change at any point')
    """
    if not math.isfinite(value):
        return "undefined"
    if abs(value) <= ROUNDING and (abs(half) <= ROUNDING or not math.isfinite(half)):
        return "0, no change at any point"
    if not math.isfinite(half):
        return f"{value:.3g}"
    if value - half >= 0 and value + half <= most:
        return f"{value:.3g} ± {half:.2g}"
    low, high = max(value - half, 0.0), min(value + half, most)
    return f"{value:.3g} [{min(low, value):.2g}, {max(high, value):.2g}]"


def _effect(row: dict[str, Any], most: float) -> str:
    return measure(row["agreement"], row["half_width"], most)


def _most(plan: Plan) -> float:
    """Return the most that a measure can be: a change of tau, or a share of its variance."""
    return 2.0 if plan.file.sensitivity.method == "morris" else 1.0


def links_section(found: LinkRobustness, plan: Plan, album: Album) -> dict[str, Any]:
    """Return what the page's section on links shows; its figures are saved."""
    words = Words(found)
    settings = found.task.settings
    noise = next((one.noise for one in found.effects if one.of == "agreement"), math.nan)
    return {
        "lead": choice_sentence(found),
        "points": [
            order_sentence(found),
            f"The choice at the nominal traits: {words.choice}.",
            _lone_worlds(found, words),
            _concordance(found),
        ],
        "caution": _caution(found),
        "benefits": album.add("links-over-points", benefit_figure(found, words.unit)),
        "agreement": album.add("links-agreement", agreement_figure(found)),
        "level": say.percent(settings.procedure.confidence),
        "top": found.task.top,
        "rows": [_row(row, words) for row in robustness_table(found).to_dict("records")],
        "traits": [
            {
                **row,
                "effect": _effect(row, _most(plan)),
                "most": say.joined(row["most"]) or say.NOTHING,
                "loss": words.amount(row["loss"]) if math.isfinite(row["loss"]) else say.NOTHING,
            }
            for row in trait_rows(found, plan)
        ],
        "effect": "Effect on tau"
        if plan.file.sensitivity.method == "morris"
        else "Total share of the variance of tau",
        "morris": plan.file.sensitivity.method == "morris",
        "noise": f"{noise:.2g}",
        "same_pairs": say.percent(SAME_PAIRS),
        "share": say.percent(SHARE_OF_POINTS),
    }


def _row(row: Any, words: Words) -> dict[str, Any]:
    def shared(name: str) -> dict[str, str]:
        return {
            "text": say.percent(row[f"{name}_share"]),
            "span": f"noise {say.percent(row[f'{name}_by_chance'])}",
        }

    low, high = row["low"], row["high"]
    return {
        "rank": int(row["rank"]),
        "name": row["link"],
        "chosen": bool(row["in_choice"]),
        "cells": [
            {
                "text": words.amount(row["benefit"]),
                "span": f"[{words.number(low)}, {words.number(high)}]" if low == low else "",
            },
            {
                "text": words.amount(row["mean_benefit"]),
                "span": f"{words.number(row['least_benefit'])} to "
                f"{words.number(row['most_benefit'])}",
            },
            {
                "text": say.number(row["mean_rank"], 1),
                "span": f"{row['best_rank']} to {row['worst_rank']}",
            },
            *(shared(name) for name in SHARES),
        ],
    }


def _lone_worlds(found: LinkRobustness, words: Words) -> str:
    """Say at how many points the choice seems to lose more than matters, and the worst of them."""
    indifference = found.task.settings.procedure.indifference
    share = say.percent(float((found.loss.at > indifference).mean()))
    noise = words.amount(float(found.loss_noise.mean()))
    return (
        f"At {share} of the points the choice seems to lose more than "
        f"{words.amount(indifference)}, at the worst {words.amount(float(found.loss.at.max()))}; "
        f"noise alone makes the best set seem to lose {noise}."
    )


def _concordance(found: LinkRobustness) -> str:
    if not math.isfinite(found.concordance):
        return "No point tells any two links apart."
    chance = found.concordance_by_chance
    beside = f", {chance:.2f} with noise alone" if math.isfinite(chance) else ""
    return (
        f"Kendall's W over all points, 1 where all rank alike: {found.concordance:.2f}"
        f"{beside} (the points share their random numbers, the noise does not)."
    )


def _caution(found: LinkRobustness) -> str:
    task = found.task
    left_out = task.points - len(found.kept)
    more = (
        f" {say.counted(left_out, 'point')} without a value {'is' if left_out == 1 else 'are'} "
        "left out."
        if left_out
        else ""
    )
    return (
        f"{say.counted(task.replicates, 'replicate')} at a point, {task.nominal} at the nominal "
        "traits, of which "
        f"{task.nominal - task.replicates} tell the nominal order and the others only the noise. "
        "Links are simulated alone and taken to add up. Benefits of all points are measured in "
        f"the base at the nominal traits.{more}"
    )
