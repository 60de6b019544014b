"""The answer in words, made from the numbers and claiming no more than they show."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from corridor_sim.report.compared import ComparedDays, Row
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.tables import judged
from corridor_sim.simulation.days.outcomes import OUTCOMES

if TYPE_CHECKING:
    from corridor_sim.experiment.study import Study

CONNECTIVITY = ("joining_per_year", "eca_km2")
_VERBS = {True: "rises", False: "falls"}


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
            found.append((resolved.name, resolved.name))
            continue
        changed = [f for f in at if at[f] != first.get(f)]
        if len(changed) == 1 and at[changed[0]] == last[changed[0]]:
            found.append((f"{changed[0]} alone ({at[changed[0]]})", resolved.name))
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
    other = found.against(scenario)
    against = "" if other == found.first or not rows else f", compared with {say.quoted(other)}"
    for one in found.species:
        known = [r for r in rows if r["species"] == one.key and r["outcome"] in CONNECTIVITY]
        # of soarers no exchange between reserves is told
        if not known:
            continue
        mine = [r for r in known if say.matters(r)]
        if not mine:
            (none if all(map(say.same, known)) else open_).append(one.name)
            continue
        parts = [
            f"{say.inside(OUTCOMES[r['outcome']].label)} "
            + (f"{_a_year(r)} ({_words(r)})" if r["outcome"] == CONNECTIVITY[0] else _words(r))
            for r in mine
        ]
        told.append(f"{say.inside(one.name)}, {say.joined(parts)}")
    text = f"{label[:1].upper()}{label[1:]}{against}: "
    said = ["; ".join(told)] if told else []
    if none:
        said.append(f"no change that matters for {say.joined([say.inside(n) for n in none], 'or')}")
    if open_:
        said.append(f"cannot tell yet for {say.joined([say.inside(n) for n in open_], 'or')}")
    return f"{text}{'. '.join(s[:1].upper() + s[1:] if i else s for i, s in enumerate(said))}."


def answer(found: ComparedDays) -> dict[str, Any]:
    """Return the report's first words: a lead, points, and what they do not mean.

    Returns
    -------
    dict with ``lead`` (one paragraph), ``points`` (list of sentences), ``caution`` (one paragraph).
    """
    days = found.study.scenarios[0].scenario.n_days
    caution = (
        f"These are animals of today that meet each edited landscape for {say.counted(days, 'day')}"
        f" in a model: a response to the change itself, not a projection of populations over "
        f"decades."
    )
    if not found.several:
        return {"lead": _single(found), "points": [], "caution": caution}
    rows = [
        r
        for r in found.effects.values()
        if r["outcome"] in found.headlines and math.isfinite(r["difference"])
    ]
    if found.n < 2:
        lead = (
            "Each scenario ran once, so nothing can be said of chance: the differences below have "
            "no intervals and say nothing. Run again with more replicates."
        )
        return {"lead": lead, "points": [], "caution": caution}
    lead = f"{_hardest_hit(rows, found)} {_connectivity(rows, found)}".strip()
    caution += f" {judged(rows, found.rule.share, 'the headline outcomes')}"
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
    return (
        f" The {'interval' if near == 1 else 'intervals'} of {say.counted(near, 'other')} "
        f"{'reaches' if near == 1 else 'reach'} into its own, so that "
        f"{'that one' if near == 1 else 'one of them'} may be larger."
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
        return (
            "In no scenario is it certain that a larger share of residents is displaced from "
            "their homes, by more than matters."
        )
    top = max(lost, key=lambda r: r["difference"])
    decimals = say.decimals_of((100 * top["low"], 100 * top["high"]), 0, clear=True)
    share, low, high = (
        say.number(100 * top[k], decimals) for k in ("scenario_mean", "low", "high")
    )
    base = 100 * top["baseline"]
    text = (
        f"Hardest hit is the {_of(top, found)} under {say.quoted(top['scenario'])}: {share} % of "
        f"its residents are displaced from their home ranges"
    )
    text += f" ({say.number(base)} % under {say.quoted(first)}" if base >= 0.5 else " ("
    text += f"{'; ' if base >= 0.5 else ''}95 % interval of the difference {low} to {high} points)"
    deaths = found.effects[top["scenario"], top["species"], "mortality_per_year"]
    if say.matters(deaths) and math.isfinite(deaths["difference"]):
        ends = [deaths[k] for k in ("baseline", "scenario_mean")]
        decimals = say.decimals_of(ends, 2)
        was, now = (say.number(v, decimals) for v in ends)
        text += f", and residents' mortality goes from {was} to {now} per animal-year"
    return f"{text}.{beside(top, moved, _ends)}"


def _connectivity(rows: list[Row], found: ComparedDays) -> str:
    """Say what is known of the animals that join another block and of the connected area."""
    first = found.first
    flux = _told(rows, "joining_per_year", first)
    moved = [r for r in flux if say.matters(r)]
    if moved:
        top = max(moved, key=lambda r: abs(r["relative"]) if math.isfinite(r["relative"]) else 0)
        text = (
            f"The number of animals that join another block of core areas changes by more than "
            f"matters in {len(moved)} of {say.counted(len(flux), 'comparison')}, most for the "
            f"{_of(top, found)} under {say.quoted(top['scenario'])}: {_a_year(top)} "
            f"({_words(top)}).{beside(top, flux, _ends)}"
        )
    else:
        same = sum(map(say.same, flux))
        text = (
            f"Of {say.counted(len(flux), 'comparison')} of the number of animals that join another "
            f"block none is more or less by more than matters: of {len(flux) - same} one cannot "
            f"tell yet with {say.counted(found.n, 'replicate')}, {same or 'none'} "
            f"{'are' if same > 1 else 'is'} no change that matters."
        )
    areas = _told(rows, "eca_km2", first)
    top_area = largest(areas, first)
    if top_area is not None:
        text += (
            f" The equivalent connected area changes most for the "
            f"{_of(top_area, found)} under "
            f"{say.quoted(top_area['scenario'])}: it "
            f"{_VERBS[top_area['difference'] > 0]} by {_plain(top_area)}."
            f"{beside(top_area, areas, _ends)}"
        )
    return text


def _a_year(row: Row) -> str:
    """Write what a number of animals a year was and becomes: ``from 3.1 to 1.9 animals a year``."""
    ends = [row["baseline"], row["scenario_mean"]]
    decimals = say.decimals_of(ends, 1 if max(ends) >= 1 else 2)
    was, now = (say.number(v, decimals) for v in ends)
    return f"from {was} to {now} animals a year"


def _plain(row: Row) -> str:
    """Write an effect that a verb already gives its direction."""
    flip = -1.0 if row["difference"] < 0 else 1.0
    found, *ends = (flip * v for v in say.relative(row))
    decimals = say.decimals_of(ends, 0, clear=say.off_zero(*sorted(ends)))
    low, high = (say.number(v, decimals) for v in sorted(ends))
    span = f" (95 % interval {low} to {high} %)" if math.isfinite(ends[0]) else ""
    return f"{say.number(found, decimals)} %{span}"


def _others(rows: list[Row], found: ComparedDays) -> list[str]:
    """Say the strongest effect on every headline outcome beyond connectivity, if one matters."""
    first, said = found.first, []
    for outcome in found.headlines:
        if outcome in CONNECTIVITY:
            continue
        rivals = _told(rows, outcome, first)
        moved = [r for r in rivals if say.matters(r)]
        label = OUTCOMES[outcome].label
        if not moved:
            same = rivals and all(map(say.same, rivals))
            word = "no change that matters in any scenario"
            said.append(f"{label}: {word if same else 'no scenario is known to change it enough'}.")
            continue
        # the largest of what is written, which is per cents for some outcomes
        top = max(moved, key=lambda r: abs(_size(r)))
        touched = [s.name for s in found.species if any(r["species"] == s.key for r in moved)]
        who = say.joined([say.inside(t) for t in touched])
        said.append(
            f"{label}: changes that matter for {who}; the largest is "
            f"{_words(top)}, {_of(top, found)} under "
            f"{say.quoted(top['scenario'])}.{beside(top, rivals, _ends)}"
        )
    return said


def _single(found: ComparedDays) -> str:
    parts, flux = [], OUTCOMES["joining_per_year"]
    for one in found.species:
        row = found.summary[found.first, one.key, flux.name]
        if math.isfinite(row["mean"]):
            span = say.interval(flux, row["low"], row["high"])
            parts.append(f"{say.inside(one.name)} {say.value(flux, row['mean'])} {span}".strip())
    with_intervals = (
        "with 95 % intervals" if found.n > 1 else "from a single run, without intervals"
    )
    if not parts:
        return "This study has one scenario, and no two blocks of core areas to disperse between."
    return (
        f"This study has one scenario, so it compares nothing. Animals a year that join another "
        f"block of core areas, {with_intervals}: {'; '.join(parts)}."
    )
