"""Tables that the pages of both simulators share: cells with intervals, outcomes by scenario."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from corridor_sim.report.compared import Row
from corridor_sim.report.text import numbers as say
from corridor_sim.simulation.outcomes import Scale

if TYPE_CHECKING:
    from corridor_sim.report.compared import Compared
    from corridor_sim.simulation.outcomes import Outcome
    from corridor_sim.species.traits import Species

# lines of a table on the terminal
MOST_LINES = 40


def plain_cell(text: str, span: str = "") -> Row:
    """Return a cell that claims nothing."""
    return {"text": text, "span": span, "sure": False, "good": ""}


def value_cell(outcome: Outcome, row: Row) -> Row:
    """Return a cell of a value with its interval."""
    return plain_cell(*say.told(outcome.scale, row["mean"], row["low"], row["high"]))


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
    return {"text": text, "span": span, "sure": sure, "good": good}


def effect_cell(outcome: Outcome, row: Row) -> Row:
    """Return a cell of a difference with its interval, marked where clear; never as zero then."""
    ends = [row[k] for k in ("difference", "low", "high")]
    return change_cell(outcome.scale, ends, outcome.better, bool(row["clear"]))


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
                "name": s,
                "against": a if (a := found.against(s)) != found.first else "",
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
        "name": one.name,
        "inside": say.inside(one.name),
        "latin": one.scientific_name,
        "summary": one.summary,
        "colour": one.colour,
    }


def head_of(outcome: Outcome) -> Row:
    """Return what a table of all outcomes says of one."""
    return {"label": say.heading(outcome), "meaning": outcome.meaning}


def pairs_table(rows: list[Row], column: str, per: float, top: int) -> Row:
    """Return the pairs of core areas with most animals of a column, and what the others add.

    ``per`` is what a unit of the column counts for. Keys: rows (from, to, value, span and the
    ``row`` itself), total, others, others_value.
    """
    shown = []
    for r in rows[:top]:
        ends = [r[f"{column}_{end}"] * per for end in ("low", "high")]
        span = f"[{', '.join(say.number(v, 2) for v in ends)}]" if math.isfinite(ends[0]) else ""
        here = {"from": r["from_area"], "to": r["to_area"], "row": r}
        shown.append({**here, "value": say.number(r[column] * per, 2), "span": span})
    return {
        "rows": shown,
        "total": say.number(sum(r[column] for r in rows) * per, 1),
        "others": max(0, len(rows) - top),
        "others_value": say.number(sum(r[column] for r in rows[top:]) * per, 2),
    }


def room_for(found: Compared) -> int:
    """Return how many scenarios of every species fit on a screen, one at least."""
    return max(1, MOST_LINES // max(1, len(found.species)))
