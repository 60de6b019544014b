"""Tables that the pages of both simulators share: cells with intervals, outcomes by scenario."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from corridor_sim.comparison.contrasts import NEVER_VARIED, ONE_RUN
from corridor_sim.languages import mark, tr, tr_plural
from corridor_sim.report.compared import Row, records
from corridor_sim.report.text import numbers as say
from corridor_sim.simulation.outcomes import Scale
from corridor_sim.statistics.zones import LESS, MORE, OPEN, SAME

if TYPE_CHECKING:
    from corridor_sim.report.compared import Compared
    from corridor_sim.simulation.outcomes import Outcome
    from corridor_sim.species.traits import Species

# lines of a table on the terminal
MOST_LINES = 36


def plain_cell(text: str, span: str = "") -> Row:
    """Return a cell that claims nothing."""
    return {"text": text, "span": span, "sure": False, "good": "", "word": ""}


def value_cell(outcome: Outcome, row: Row) -> Row:
    """Return a cell of a value with its interval.

    Of what never happened it says how much it may be all the same: ``fewer than 0.5``.
    """
    text, span = say.told(outcome.scale, row["mean"], row["low"], row["high"])
    ends = [v * outcome.scale.factor for v in (row["low"], row["high"])]
    if row["low"] < row["high"]:
        decimals = say.decimals_of(ends, outcome.scale.decimals)
        if row["mean"] == row["low"] == outcome.least:
            most = say.number(ends[1], decimals)
            counts = bool(outcome.event)
            span = tr("fewer than {n}", n=most) if counts else tr("less than {n}", n=most)
        elif row["mean"] == row["high"] == outcome.most:
            span = tr("more than {n}", n=say.number(ends[0], decimals))
    return plain_cell(text, span)


def change_cell(
    scale: Scale, ends: Sequence[float], better: str, sure: bool, clear: bool | None = None
) -> Row:
    """Return a cell of a difference with its interval, marked where sure.

    Parameters
    ----------
    ends : difference, low and high
    better : str
        ``more``, ``less`` or ``neither``.
    sure : bool
    clear : bool, optional
        Whether the interval excludes 0, which is then not written in it; by default as ``sure``.
    """
    text, span = say.told(scale, *ends, sign=True, clear=sure if clear is None else clear)
    good = ""
    if sure and better != "neither":
        good = "better" if (ends[0] > 0) == (better == "more") else "worse"
    return {"text": text, "span": span, "sure": sure, "good": good, "word": ""}


def effect_cell(outcome: Outcome, row: Row) -> Row:
    """Return a cell of a difference with its interval and what both say, marked where it matters.

    An interval that leaves zero out is not written as one that touches it.
    """
    ends = [row[k] for k in ("difference", "low", "high")]
    matters, off = say.matters(row), say.off_zero(row["low"], row["high"])
    cell = change_cell(outcome.scale, ends, outcome.better, matters, off)
    if row["interval_note"] == NEVER_VARIED:
        cell["span"] = tr("never varied")
    known = math.isfinite(row["difference"]) and row["interval_note"] != ONE_RUN
    return {**cell, "word": tr(row["verdict"]) if known else ""}


def percent_cell(row: Row) -> Row:
    """Return a cell of a change in per cent of the reference, or why there is none."""
    found, *ends = say.relative(row)
    if math.isnan(found):
        return plain_cell(say.NOTHING, tr(str(row["relative_note"])))
    per_cent = Scale(1.0, 0, "%", "%")
    off = say.off_zero(ends[0], ends[1])
    return plain_cell(*say.told(per_cent, found, ends[0], ends[1], sign=True, clear=off))


# a verdict in a few letters, for the terminal
WORDS = {MORE: MORE, LESS: LESS, SAME: mark("same"), OPEN: "?"}


def word_of(row: Row) -> str:
    """Return the verdict on a difference in a few letters."""
    return tr(WORDS[row["verdict"]])


def moved(_: int, cell: str) -> bool:
    """Whether a cell on the terminal ends with the word of a change that matters."""
    return cell.endswith((f" {tr(WORDS[MORE])}", f" {tr(WORDS[LESS])}"))


def word_legend(found: Compared) -> str:
    """Say what the words behind differences mean."""
    return tr(
        "more, less: by over {share} of the reference, or what matters in the outcome; same: no "
        "change that matters; ?: cannot tell yet.",
        share=say.zone(found.rule.share),
    )


def judged(rows: list[Row], share: float, what: str) -> str:
    """Say how many comparisons came to which verdict, and what the words mean."""
    n = len(rows)
    moved, same = sum(map(say.matters, rows)), sum(map(say.same, rows))
    return tr(
        "{all}, {moved} (the whole 95 % interval lies beyond {share} of the reference, or beyond "
        "what the table of outcomes says), {same}, and of {open} one cannot tell yet. One interval "
        "in twenty misses the truth, so trust patterns over single entries.",
        all=tr_plural("Of {n} comparison on {what}", "Of {n} comparisons on {what}", n, what=what),
        moved=tr_plural(
            "{n} is more or less by more than matters",
            "{n} are more or less by more than matters",
            moved,
        ),
        share=say.zone(share),
        same=tr_plural("{n} is no change that matters", "{n} are no change that matters", same),
        open=n - moved - same,
    )


def species_table(found: Compared, key: str, columns: tuple[str, ...]) -> Row:
    """Return head, baseline row and one row per scenario of a species' main outcomes."""
    outcomes = {name: found.outcomes[name] for name in columns}
    return {
        "head": [say.heading(one) for one in outcomes.values()],
        "baseline": [
            value_cell(one, found.summary[found.first, key, name]) for name, one in outcomes.items()
        ],
        "rows": [
            {
                "name": say.named(s),
                "against": say.named(a) if (a := found.against(s)) != found.first else "",
                "cells": [
                    effect_cell(one, found.effects[s, key, n]) for n, one in outcomes.items()
                ],
            }
            for s in found.names[1:]
        ],
    }


def species_head(one: Species) -> Row:
    """Return what the section on a species says at its head."""
    return {
        "key": one.key,
        "name": one.common_name,
        "inside": say.inside(one.common_name),
        "plural": one.common_names,
        "latin": one.scientific_name,
        "summary": tr(one.summary),
        "colour": one.colour,
    }


def head_of(outcome: Outcome) -> Row:
    """Return what a table of all outcomes says of one."""
    return {"label": say.heading(outcome), "meaning": tr(outcome.meaning)}


def pairs_table(rows: list[Row], column: str, per: float, top: int) -> Row:
    """Return the pairs of core areas with most animals of a column, and what the others add.

    ``per`` is what a unit of the column counts for. Keys: rows (from, to, value, span and the
    ``row`` itself), total, others, others_value.
    """
    shown = []
    for r in rows[:top]:
        ends = [r[f"{column}_{end}"] * per for end in ("low", "high")]
        span = say.bracketed([say.number(v, 2) for v in ends]) if math.isfinite(ends[0]) else ""
        here = {"from": r["from_area"], "to": r["to_area"], "row": r}
        shown.append({**here, "value": say.number(r[column] * per, 2), "span": span})
    return {
        "rows": shown,
        "total": say.number(sum(r[column] for r in rows) * per, 1),
        "others": max(0, len(rows) - top),
        "others_value": say.number(sum(r[column] for r in rows[top:]) * per, 2),
    }


def joining_table(found: Compared, key: str, scenario: str) -> Row:
    """Return the pairs of blocks with most animals joining, and what the others add.

    ``pairs_met`` and ``blocks_met`` count pairs, and blocks that receive from all others together,
    with one migrant per generation or more; None without a life cycle.
    """
    flux = found.comparison.exchange
    mine = flux[(flux["scenario"] == scenario) & (flux["species"] == key)]
    rows = records(mine.sort_values("per_year", ascending=False, kind="stable"))
    rows = [
        {
            **r,
            "from_area": say.block_name(r["from_block"]),
            "to_area": say.block_name(r["to_block"]),
        }
        for r in rows
    ]
    table = pairs_table(rows, "per_year", 1.0, 8)
    for one in table["rows"]:
        one["share"] = say.percent(one["row"]["share"], 1)
        one["migrants"] = say.number(one["row"]["migrants"], 2)
    received: dict[str, float] = {}
    for r in rows:
        received[r["to_block"]] = received.get(r["to_block"], 0.0) + r["migrants"]
    known = all(math.isfinite(r["migrants"]) for r in rows)
    return {
        **table,
        "pairs_met": sum(r["migrants"] >= 1 for r in rows) if known else None,
        "blocks_met": sum(v >= 1 for v in received.values()) if known else None,
        "blocks": found.n_blocks,
    }


def room_for(found: Compared) -> int:
    """Return how many scenarios of every species fit on a screen, one at least."""
    return max(1, MOST_LINES // max(1, len(found.species)))
