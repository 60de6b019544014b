"""Whether the ranking of links survives: sentences, tables and the section of the page."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from corridor_sim.languages import tr, tr_plural, written
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

MOST_MOVED = 3
SHARES = ("first", "top", "chosen", "positive")


class Words:
    """Writes the numbers of one analysis: benefits in one unit and with one number of decimals."""

    def __init__(self, found: LinkRobustness) -> None:
        self.found = found
        benefit = found.task.settings.benefit
        self.unit, self.factor = tr(benefit.shown_unit), benefit.factor
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
            best = tr_plural(
                "the best {n} link, {links}", "the best {n} links, {links}", n, links=names
            )
            if not alike:
                return best
            also = say.joined([task.links[i].name for i in alike])
            return tr("{best} (as good as the last of them: {links})", best=best, links=also)
        money = f"{written(f'{task.settings.budget:g}')} {tr(task.settings.cost_unit)}"
        if not n:
            return tr("no link for {cost}", cost=money)
        return tr("the best set for {cost}, {links}", cost=money, links=names)

    def _by_rank(self, links: Any) -> list[int]:
        return sorted(links, key=lambda i: (int(self.found.rank[i]), i))


def choice_sentence(found: LinkRobustness) -> str:
    """Return the verdict on the choice in one sentence."""
    words, loss = Words(found), found.loss
    indifference = words.amount(found.task.settings.procedure.indifference)
    if found.choice_verdict == "survives":
        return tr_plural(
            "The choice survives: over {n} point it brings at most {loss} less on average than "
            "each point's own best choice, and {much} does not matter.",
            "The choice survives: over {n} points it brings at most {loss} less on average than "
            "each point's own best choice, and {much} does not matter.",
            len(found.kept),
            loss=words.amount(max(0.0, loss.most_high)),
            much=indifference,
        )
    if found.choice_verdict == "does not survive":
        return tr(
            "The choice does not survive: who knew the traits would gain at least {gain} on "
            "average by choosing otherwise, more than the {much} that do not matter.",
            gain=words.amount(loss.least_low),
            much=indifference,
        )
    return tr(
        "Whether the choice survives cannot be told from noise: who knew the traits would gain "
        "between {least} and {most} on average, and {much} does not matter. More replicates narrow "
        "it.",
        least=words.number(max(0.0, loss.least_low)),
        most=words.amount(loss.most_high),
        much=indifference,
    )


def order_sentence(found: LinkRobustness) -> str:
    """Return the verdict on the order of all links in one sentence."""
    same = say.percent(found.same_pairs)
    chance = say.percent((1 + float(found.noise.mean())) / 2)
    p = written(f"{found.p_order:.2g}")
    if found.order_verdict == "survives":
        return tr(
            "The order of the links survives: {same} of the pairs stand as at the nominal traits, "
            "over all points.",
            same=same,
        )
    if found.order_verdict == "does not survive":
        return tr(
            "The order of the links does not survive: only {same} of the pairs stand as at the "
            "nominal traits, where noise alone leaves {chance} on average (p = {p}).",
            same=same,
            chance=chance,
            p=p,
        )
    return tr(
        "Whether the order of the links survives cannot be told from noise: {same} of the pairs "
        "stand as at the nominal traits, noise alone leaves {chance} on average, too near to tell "
        "(p = {p}).",
        same=same,
        chance=chance,
        p=p,
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
                "range": span_of(trait.low, trait.high),
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
    print(tr("The choice: {choice}.", choice=words.choice))
    print_table(
        (
            tr("Rank"),
            tr("Link"),
            tr("At nominal"),
            tr("Over points"),
            tr("First"),
            tr("Top {n}", n=found.task.top),
            tr("Chosen"),
            tr("Above 0"),
        ),
        [
            (
                str(row["rank"]),
                row["link"],
                words.amount(row["benefit"]),
                _least_to_most(row, words),
                *(say.percent(row[f"{name}_share"]) for name in SHARES),
            )
            for row in robustness_table(found).to_dict("records")
        ],
        names=(1,),
    )
    traits = trait_rows(found, plan)
    if traits:
        noise = next(one.noise for one in found.effects if one.of == "agreement")
        effect = tr(
            "Effect of each trait on the agreement with the nominal order (noise {noise})",
            noise=written(f"{noise:.2g}"),
        )
        print(f"\n{effect}")
        print_table(
            (tr("Trait"), tr("Effect"), tr("Links moved")),
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
        return tr("undefined")
    if abs(value) <= ROUNDING and (abs(half) <= ROUNDING or not math.isfinite(half)):
        return tr("0, no change at any point")
    if not math.isfinite(half):
        return written(f"{value:.3g}")
    if value - half >= 0 and value + half <= most:
        return written(f"{value:.3g} ± {half:.2g}")
    low, high = max(value - half, 0.0), min(value + half, most)
    span = say.bracketed([written(f"{v:.2g}") for v in (min(low, value), max(high, value))])
    return f"{written(f'{value:.3g}')} {span}"


def span_of(low: float, high: float) -> str:
    """Write the range of a trait."""
    return tr("{low} to {high}", low=written(f"{low:g}"), high=written(f"{high:g}"))


def _least_to_most(row: Any, words: Words) -> str:
    """Write the least and the most benefit over the points."""
    least, most = words.number(row["least_benefit"]), words.number(row["most_benefit"])
    return tr("{low} to {high}", low=least, high=most)


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
            tr("The choice at the nominal traits: {choice}.", choice=words.choice),
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
        "effect": tr("Effect on tau")
        if plan.file.sensitivity.method == "morris"
        else tr("Total share of the variance of tau"),
        "morris": plan.file.sensitivity.method == "morris",
        "noise": written(f"{noise:.2g}"),
        "same_pairs": say.percent(SAME_PAIRS),
        "share": say.percent(SHARE_OF_POINTS),
    }


def _row(row: Any, words: Words) -> dict[str, Any]:
    def shared(name: str) -> dict[str, str]:
        return {
            "text": say.percent(row[f"{name}_share"]),
            "span": tr("noise {share}", share=say.percent(row[f"{name}_by_chance"])),
        }

    low, high = row["low"], row["high"]
    span = say.bracketed([words.number(low), words.number(high)])
    return {
        "rank": int(row["rank"]),
        "name": row["link"],
        "chosen": bool(row["in_choice"]),
        "cells": [
            {"text": words.amount(row["benefit"]), "span": span if low == low else ""},
            {"text": words.amount(row["mean_benefit"]), "span": _least_to_most(row, words)},
            {
                "text": say.number(row["mean_rank"], 1),
                "span": tr("{low} to {high}", low=row["best_rank"], high=row["worst_rank"]),
            },
            *(shared(name) for name in SHARES),
        ],
    }


def _lone_worlds(found: LinkRobustness, words: Words) -> str:
    """Say at how many points the choice seems to lose more than matters, and the worst of them."""
    indifference = found.task.settings.procedure.indifference
    share = say.percent(float((found.loss.at > indifference).mean()))
    noise = words.amount(float(found.loss_noise.mean()))
    return tr(
        "At {share} of the points the choice seems to lose more than {much}, at the worst {worst}; "
        "noise alone makes the best set seem to lose {noise}.",
        share=share,
        much=words.amount(indifference),
        worst=words.amount(float(found.loss.at.max())),
        noise=noise,
    )


def _concordance(found: LinkRobustness) -> str:
    if not math.isfinite(found.concordance):
        return tr("No point tells any two links apart.")
    chance, w = found.concordance_by_chance, say.number(found.concordance, 2)
    if not math.isfinite(chance):
        return tr(
            "Kendall's W over all points, 1 where all rank alike: {w} (the points share their "
            "random numbers, the noise does not).",
            w=w,
        )
    return tr(
        "Kendall's W over all points, 1 where all rank alike: {w}, {chance} with noise alone (the "
        "points share their random numbers, the noise does not).",
        w=w,
        chance=say.number(chance, 2),
    )


def _caution(found: LinkRobustness) -> str:
    task = found.task
    left_out = task.points - len(found.kept)
    text = tr_plural(
        "{n} replicate at a point, {nominal} at the nominal traits, of which {order} tell the "
        "nominal order and the others only the noise. Links are simulated alone and taken to add "
        "up. Benefits of all points are measured in the base at the nominal traits.",
        "{n} replicates at a point, {nominal} at the nominal traits, of which {order} tell the "
        "nominal order and the others only the noise. Links are simulated alone and taken to add "
        "up. Benefits of all points are measured in the base at the nominal traits.",
        task.replicates,
        nominal=task.nominal,
        order=task.nominal - task.replicates,
    )
    if not left_out:
        return text
    more = tr_plural(
        "{n} point without a value is left out.",
        "{n} points without a value are left out.",
        left_out,
    )
    return f"{text} {more}"
