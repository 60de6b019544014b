"""The answer in words, made from the numbers and claiming no more than they show."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from corridor_sim.languages import tr, tr_plural
from corridor_sim.report.compared import ComparedDays, Row
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.tables import judged
from corridor_sim.simulation.days.outcomes import OUTCOMES

if TYPE_CHECKING:
    from corridor_sim.experiment.study import Study

CONNECTIVITY = ("joining_per_year", "eca_km2")


def _words(row: Row) -> str:
    return say.effect_words(OUTCOMES[row["outcome"]], row)


def _of(row: Row, found: ComparedDays) -> str:
    """Write the species of an effect as in a sentence."""
    return say.inside(found.name_of(row["species"]))


def _told(rows: list[Row], outcome: str, first: str) -> list[Row]:
    """Return the effects on an outcome against the baseline."""
    return [r for r in rows if r["outcome"] == outcome and r["against"] == first]


def alone(study: Study) -> list[tuple[str, str]]:
    """Return (label, scenario) of the last level of every factor alone, and all that stand beside.

    The last level of a factor is its strongest by the convention of the files; the report says so.
    """
    first = dict(study.scenarios[0].levels)
    last: dict[str, str] = {}
    for resolved in study.scenarios:
        for factor, level in resolved.levels:
            last[factor] = level
    found = []
    for resolved in study.scenarios[1:]:
        at = dict(resolved.levels)
        if "beside" in at:
            found.append((say.named(resolved.name), resolved.name))
            continue
        changed = [f for f in at if at[f] != first.get(f)]
        if len(changed) == 1 and at[changed[0]] == last[changed[0]]:
            factor, level = say.named(changed[0]), say.named(at[changed[0]])
            label = tr("{factor} alone ({level})", factor=factor, level=level)
            found.append((label, resolved.name))
    return found


def largest(rows: list[Row], first: str) -> Row | None:
    """Return the connectivity effect that matters and is relatively largest, on the baseline."""
    found = [
        r
        for r in rows
        if say.matters(r)
        and r["against"] == first
        and r["outcome"] in CONNECTIVITY
        and math.isfinite(r["relative"])
    ]
    return max(found, key=lambda r: abs(r["relative"]), default=None)


def connectivity_sentence(label: str, scenario: str, rows: list[Row], found: ComparedDays) -> str:
    """Say in a sentence what one scenario does to the exchange and the connected area."""
    told: list[str] = []
    none: list[str] = []
    open_: list[str] = []
    rows = [r for r in rows if r["scenario"] == scenario]
    for one in found.species:
        known = [r for r in rows if r["species"] == one.key and r["outcome"] in CONNECTIVITY]
        # of soarers no exchange between reserves is told
        if not known:
            continue
        name = say.inside(one.common_name)
        mine = [r for r in known if say.matters(r)]
        if not mine:
            (none if all(map(say.same, known)) else open_).append(name)
            continue
        told.append(tr("{species}, {changes}", species=name, changes=say.joined(_changes(mine))))
    head = f"{label[:1].upper()}{label[1:]}"
    other = found.against(scenario)
    if rows and other != found.first:
        head = tr("{scenario}, compared with {other}", scenario=head, other=say.quoted(other))
    said = ["; ".join(told)] if told else []
    if none:
        said.append(tr("no change that matters for {species}", species=say.joined(none, "or")))
    if open_:
        said.append(tr("cannot tell yet for {species}", species=say.joined(open_, "or")))
    return f"{head}: {'. '.join(s[:1].upper() + s[1:] if i else s for i, s in enumerate(said))}."


def _changes(rows: list[Row]) -> list[str]:
    """Write effects on connectivity, each with its outcome, in a sentence."""
    found = []
    for row in rows:
        change = _words(row)
        if row["outcome"] == CONNECTIVITY[0]:
            change = tr("{was_and_is} ({change})", was_and_is=_a_year(row), change=change)
        label = say.inside(say.label(OUTCOMES[row["outcome"]]))
        found.append(tr("{outcome} {change}", outcome=label, change=change))
    return found


def answer(found: ComparedDays) -> dict[str, Any]:
    """Return the report's first words: a lead, points, and what they do not mean.

    Returns
    -------
    dict with ``lead`` (one paragraph), ``points`` (list of sentences), ``caution`` (one paragraph).
    """
    days = found.study.scenarios[0].scenario.n_days
    caution = tr(
        "These are animals of today that meet each edited landscape for {days} in a model: a "
        "response to the change itself, not a projection of populations over decades.",
        days=tr_plural("{n} day", "{n} days", days),
    )
    if not found.several:
        return {"lead": _single(found), "points": [], "caution": caution}
    rows = [
        r
        for r in found.effects.values()
        if r["outcome"] in found.headlines and math.isfinite(r["difference"])
    ]
    if found.n < 2:
        lead = tr(
            "Each scenario ran once, so nothing can be said of chance: the differences below have "
            "no intervals and say nothing. Run again with more replicates."
        )
        return {"lead": lead, "points": [], "caution": caution}
    lead = f"{_hardest_hit(rows, found)} {_connectivity(rows, found)}".strip()
    what = tr("the headline outcomes")
    caution += " " + judged(rows, found.rule.share, what)
    points = [connectivity_sentence(*pair, rows, found) for pair in alone(found.study)]
    return {"lead": lead, "points": points + _others(rows, found), "caution": caution}


def beside(top: Row, rows: list[Row], ends: Callable[[Row], tuple[float, float]]) -> str:
    """Say how many other effects have an interval that reaches into that of the largest.

    The largest estimate need not be the largest effect.
    """
    least = min(map(abs, ends(top)))
    near = sum(max(map(abs, ends(row))) >= least for row in rows if row is not top)
    if not near:
        return ""
    return " " + tr_plural(
        "The interval of {n} other reaches into its own, so that that one may be larger.",
        "The intervals of {n} others reach into its own, so that one of them may be larger.",
        near,
    )


def _ends(row: Row) -> tuple[float, float]:
    return say.on_scale(OUTCOMES[row["outcome"]], row)[1:]


def _size(row: Row) -> float:
    """Return an effect as it is written; in its unit where there is no per cent to tell."""
    size = say.on_scale(OUTCOMES[row["outcome"]], row)[0]
    return float(row["difference"] if math.isnan(size) else size)


def _hardest_hit(rows: list[Row], found: ComparedDays) -> str:
    """Say for which species and scenario most residents are displaced, and what that costs."""
    first = found.first
    moved = _told(rows, "displaced_share", first)
    lost = [r for r in moved if say.matters(r) and r["difference"] > 0]
    if not lost:
        return tr(
            "In no scenario is it certain that a larger share of residents is displaced from "
            "their homes, by more than matters."
        )
    top = max(lost, key=lambda r: r["difference"])
    decimals = say.decimals_of((100 * top["low"], 100 * top["high"]), 0, clear=True)
    share, low, high = (
        say.number(100 * top[k], decimals) for k in ("scenario_mean", "low", "high")
    )
    base = 100 * top["baseline"]
    span = tr("95 % interval of the difference {low} to {high} points", low=low, high=high)
    if base >= 0.5:
        before = tr(
            "{share} % under {scenario}", share=say.number(base), scenario=say.quoted(first)
        )
        span = f"{before}; {span}"
    parts = {
        "species": _of(top, found),
        "scenario": say.quoted(top["scenario"]),
        "share": share,
        "span": span,
    }
    deaths = found.effects[top["scenario"], top["species"], "mortality_per_year"]
    if say.matters(deaths) and math.isfinite(deaths["difference"]):
        ends = [deaths[k] for k in ("baseline", "scenario_mean")]
        decimals = say.decimals_of(ends, 2)
        was, now = (say.number(v, decimals) for v in ends)
        text = tr(
            "Hardest hit is the {species} under {scenario}: {share} % of its residents are "
            "displaced from their home ranges ({span}), and residents' mortality goes from {was} "
            "to {now} per animal-year.",
            **parts,
            was=was,
            now=now,
        )
    else:
        text = tr(
            "Hardest hit is the {species} under {scenario}: {share} % of its residents are "
            "displaced from their home ranges ({span}).",
            **parts,
        )
    return text + beside(top, moved, _ends)


def _connectivity(rows: list[Row], found: ComparedDays) -> str:
    """Say what is known of the animals that join another block and of the connected area."""
    first = found.first
    flux = _told(rows, "joining_per_year", first)
    moved = [r for r in flux if say.matters(r)]
    if moved:
        top = max(moved, key=lambda r: abs(r["relative"]) if math.isfinite(r["relative"]) else 0)
        text = tr(
            "The number of animals that join another block of core areas changes by more than "
            "matters in {n} of {all}, most for the {species} under {scenario}: {was_and_is} "
            "({change}).",
            n=len(moved),
            all=_comparisons(len(flux)),
            species=_of(top, found),
            scenario=say.quoted(top["scenario"]),
            was_and_is=_a_year(top),
            change=_words(top),
        )
        text += beside(top, flux, _ends)
    else:
        same = sum(map(say.same, flux))
        text = tr(
            "Of {all} of the number of animals that join another block none is more or less by "
            "more than matters: of {open} one cannot tell yet with {replicates}, {same}.",
            all=_comparisons(len(flux)),
            open=len(flux) - same,
            replicates=tr_plural("{n} replicate", "{n} replicates", found.n),
            same=tr_plural("{n} is no change that matters", "{n} are no change that matters", same)
            if same
            else tr("none is no change that matters"),
        )
    areas = _told(rows, "eca_km2", first)
    top_area = largest(areas, first)
    if top_area is None:
        return text
    parts = {
        "species": _of(top_area, found),
        "scenario": say.quoted(top_area["scenario"]),
        "much": _plain(top_area),
    }
    if top_area["difference"] > 0:
        more = tr(
            "The equivalent connected area changes most for the {species} under {scenario}: it "
            "rises by {much}.",
            **parts,
        )
    else:
        more = tr(
            "The equivalent connected area changes most for the {species} under {scenario}: it "
            "falls by {much}.",
            **parts,
        )
    return f"{text} {more}{beside(top_area, areas, _ends)}"


def _comparisons(n: int) -> str:
    return tr_plural("{n} comparison", "{n} comparisons", n)


def _a_year(row: Row) -> str:
    """Write what a number of animals a year was and becomes: ``from 3.1 to 1.9 animals a year``."""
    ends = [row["baseline"], row["scenario_mean"]]
    decimals = say.decimals_of(ends, 1 if max(ends) >= 1 else 2)
    was, now = (say.number(v, decimals) for v in ends)
    return tr("from {was} to {now} animals a year", was=was, now=now)


def _plain(row: Row) -> str:
    """Write an effect that a verb already gives its direction."""
    flip = -1.0 if row["difference"] < 0 else 1.0
    found, *ends = (flip * v for v in say.relative(row))
    decimals = say.decimals_of(ends, 0, clear=say.off_zero(*sorted(ends)))
    low, high = (say.number(v, decimals) for v in sorted(ends))
    span = f" ({say.span_words(low, f'{high} %')})" if math.isfinite(ends[0]) else ""
    return f"{say.number(found, decimals)} %{span}"


def _others(rows: list[Row], found: ComparedDays) -> list[str]:
    """Say the strongest effect on every headline outcome beyond connectivity, if one matters."""
    first, said = found.first, []
    for outcome in found.headlines:
        if outcome in CONNECTIVITY:
            continue
        rivals = _told(rows, outcome, first)
        moved = [r for r in rivals if say.matters(r)]
        label = say.label(OUTCOMES[outcome])
        if not moved:
            if rivals and all(map(say.same, rivals)):
                text = tr("{outcome}: no change that matters in any scenario.", outcome=label)
            else:
                text = tr("{outcome}: no scenario is known to change it enough.", outcome=label)
            said.append(text)
            continue
        # the largest of what is written, which is per cents for some outcomes
        top = max(moved, key=lambda r: abs(_size(r)))
        touched = [s for s in found.species if any(r["species"] == s.key for r in moved)]
        text = tr(
            "{outcome}: changes that matter for {who}; the largest is {change}, {species} under "
            "{scenario}.",
            outcome=label,
            who=say.joined([say.inside(s.common_name) for s in touched]),
            change=_words(top),
            species=_of(top, found),
            scenario=say.quoted(top["scenario"]),
        )
        said.append(text + beside(top, rivals, _ends))
    return said


def _single(found: ComparedDays) -> str:
    parts, flux = [], OUTCOMES["joining_per_year"]
    for one in found.species:
        row = found.summary[found.first, one.key, flux.name]
        if math.isfinite(row["mean"]):
            span = say.interval(flux, row["low"], row["high"])
            mean = f"{say.value(flux, row['mean'])} {span}".strip()
            species = say.inside(one.common_name)
            parts.append(tr("{species} {value}", species=species, value=mean))
    if not parts:
        return tr(
            "This study has one scenario, and no two blocks of core areas to disperse between."
        )
    if found.n > 1:
        return tr(
            "This study has one scenario, so it compares nothing. Animals a year that join another "
            "block of core areas, with 95 % intervals: {animals}.",
            animals="; ".join(parts),
        )
    return tr(
        "This study has one scenario, so it compares nothing. Animals a year that join another "
        "block of core areas, from a single run, without intervals: {animals}.",
        animals="; ".join(parts),
    )
