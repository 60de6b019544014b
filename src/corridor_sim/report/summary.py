"""The answer on one sheet: a lead, the main numbers with their intervals, and a picture.

Every report has one beside it, ``summary.html``, for who decides; printed it is one sheet of A4. A
report says what stands on it by a :class:`Sheet`, and the sheet on links has a page of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from corridor_sim.languages import tr, tr_plural
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.tables import effect_cell, percent_cell, plain_cell, value_cell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corridor_sim.report.compared import Compared, Row
    from corridor_sim.simulation.outcomes import Outcome

# rows of its table, and sentences that follow the first
SHEET_ROWS, SHEET_POINTS = 9, 3


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on the one sheet.

    Attributes
    ----------
    lead : str
        The answer in one paragraph.
    points : sequence of str
        What else must be said.
    caution : str
    caption : str
        Of the table.
    first : str
        Head of its first column.
    heads, rows : sequence of dict
        ``name`` and ``of``; ``name``, ``of``, ``base`` and ``cells``.
    left_out : str
        What the table has no room for.
    picture, alt, about : str
        The map or plot, in words, and the line below it.
    """

    lead: str
    points: Sequence[str] = ()
    caution: str = ""
    caption: str = ""
    first: str = ""
    heads: Sequence[Row] = ()
    rows: Sequence[Row] = ()
    left_out: str = ""
    picture: str = ""
    alt: str = ""
    about: str = ""


def shown_scenarios(found: Compared, most: int = SHEET_ROWS - 1) -> list[str]:
    """Return the scenarios that a sheet has room for: what was changed alone, and the last ones."""
    names = found.names[1:]
    if len(names) <= most:
        return names
    first = dict(found.study.scenarios[0].levels)
    alone = [
        one.name
        for one in found.study.scenarios[1:]
        if "beside" in dict(one.levels)
        or sum(level != first.get(factor) for factor, level in one.levels) == 1
    ]
    rest = [name for name in reversed(names) if name not in alone]
    keep = [*alone, *rest][:most]
    return [name for name in names if name in keep]


def numbers_of(found: Compared, columns: Sequence[str], soaring: Sequence[str]) -> Row:
    """Return the table of a comparison for a :class:`Sheet`.

    Of several scenarios each is a row, and each species has the outcome that says most of it; of
    one scenario the rows are outcomes.

    Parameters
    ----------
    columns, soaring : sequence of str
        Outcomes, the one that says most first; of animals that soar.
    """
    if not found.several:
        return _alone(found)
    asked = [
        (one, found.outcomes[(soaring if one.soaring else columns)[0]]) for one in found.species
    ]
    shown = shown_scenarios(found)
    base = [value_cell(o, found.summary[found.first, one.key, o.name]) for one, o in asked]
    rows: list[Row] = [
        {"name": say.named(found.first), "of": tr("(baseline)"), "base": True, "cells": base},
        *(
            {
                "name": say.named(name),
                "of": tr("against {other}", other=say.named(other))
                if (other := found.against(name)) != found.first
                else "",
                "base": False,
                "cells": [_change(o, found.effects[name, one.key, o.name]) for one, o in asked],
            }
            for name in shown
        ),
    ]
    left = len(found.names) - 1 - len(shown)
    return {
        "caption": tr_plural(
            "The baseline, and what each scenario changes with the 95 % interval ({n} replicate)",
            "The baseline, and what each scenario changes with the 95 % interval "
            "({n} paired replicates)",
            found.n,
        ),
        "first": tr("Scenario"),
        "heads": [{"name": one.common_name, "of": say.heading(o)} for one, o in asked],
        "rows": rows,
        "left_out": tr_plural(
            "{n} more scenario stands in the report.",
            "{n} more scenarios stand in the report.",
            left,
        )
        if left
        else "",
    }


def _alone(found: Compared) -> Row:
    names = [n for n in found.headlines if any(_has(found, s.key, n) for s in found.species)]
    return {
        "caption": tr_plural(
            "One run, without intervals", "Means of {n} replicates with the 95 % interval", found.n
        ),
        "first": tr("Outcome"),
        "heads": [{"name": one.common_name, "of": ""} for one in found.species],
        "rows": [
            {
                "name": say.heading(found.outcomes[name]),
                "of": "",
                "base": False,
                "cells": [
                    value_cell(found.outcomes[name], found.summary[found.first, one.key, name])
                    if _has(found, one.key, name)
                    else plain_cell(say.NOTHING)
                    for one in found.species
                ],
            }
            for name in names[:SHEET_ROWS]
        ],
    }


def _has(found: Compared, key: str, outcome: str) -> bool:
    row = found.summary.get((found.first, key, outcome))
    return row is not None and row["mean"] == row["mean"]


def _change(outcome: Outcome, row: Row) -> Row:
    """Return a change in per cent where that can be told, else in the outcome's unit."""
    told, share = effect_cell(outcome, row), percent_cell(row)
    if share["text"] == say.NOTHING or not outcome.relative:
        return told
    return {**told, "text": f"{share['text']}\u00a0%", "span": share["span"]}
