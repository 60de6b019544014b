"""Links by each outcome and species, whatever was weighted: tables of the page, and a CSV."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from corridor_sim.files import write_csv
from corridor_sim.links.effects import known, still
from corridor_sim.links.rank import ByOutcome
from corridor_sim.links.reference import agreement
from corridor_sim.report.text import decades_numbers as life_numbers
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.links_found import SAME, Found, clear
from corridor_sim.report.text.links_tables import Row

SENSE = {"more": "more is better", "less": "less is better", "neither": "neither way is better"}


def outcome_tables(found: Found) -> list[Row]:
    """Return one table per outcome: a row per link in the order of the ranking, cells by species.

    At its foot stand the value without links, how many pairs of links are told apart, and the
    rank correlation with the benefit that the links are ranked by.
    """
    groups: dict[str, list[ByOutcome]] = {}
    for one in found.result.by_outcome:
        groups.setdefault(one.outcome.name, []).append(one)
    return [_table(found, columns) for columns in groups.values()]


def _table(found: Found, columns: Sequence[ByOutcome]) -> Row:
    outcome = columns[0].outcome
    scale = (say if found.years is None else life_numbers).scale_of(outcome.name)
    decimals = _decimals(columns, scale)
    names = {one.key: one.name for one in found.species}
    unit = scale.difference_unit
    return {
        "label": outcome.label,
        "note": "; ".join(part for part in (outcome.meaning, unit, SENSE[outcome.better]) if part),
        "found": _found(found, columns, names),
        "heads": [names[one.species] for one in columns],
        "without": [say.number(scale.factor * one.without, decimals) for one in columns],
        "rows": [
            {
                "rank": found.rank_text(i),
                "name": found.names[i],
                "cells": [_cell(one, i, scale.factor, decimals) for one in columns],
            }
            for i in found.order
        ],
        "told": [f"{int(one.ranking.better.sum())} of {_pairs(one)}" for one in columns],
        "agrees": [
            say.number(agreement(one.ranking.mean, found.result.ranking.mean), 2) for one in columns
        ],
    }


def _decimals(columns: Sequence[ByOutcome], scale: say.Scale) -> int:
    """Return decimals with which the largest change of the table has two digits."""
    largest = scale.factor * max(float(np.nanmax(np.abs(one.change))) for one in columns)
    if largest <= 0:
        return scale.decimals
    return int(np.clip(1 - np.floor(np.log10(largest)), scale.decimals, scale.decimals + 3))


def _pairs(one: ByOutcome) -> int:
    k = one.change.size
    return k * (k - 1) // 2


def _moved(one: ByOutcome, i: int) -> bool:
    """Return whether a link changes the outcome, by the interval that holds for all together."""
    return clear(one.ranking.low_all[i], one.ranking.high_all[i])


def _cell(one: ByOutcome, i: int, factor: float, decimals: int) -> Row:
    """Return the change that a link brings, with the ranks that are left open to it."""
    sure, better = _moved(one, i), one.outcome.better
    toned = (
        ""
        if not sure or better == "neither"
        else ("better" if (one.change[i] > 0) == (better == "more") else "worse")
    )
    low, high = float(one.low[i]), float(one.high[i])
    text, span = say.told(
        say.Scale(factor, decimals, "", ""),
        float(one.change[i]),
        low,
        high,
        sign=True,
        clear=clear(low, high),
    )
    if still(low, high):
        span = "" if one.still else SAME
    return {
        "text": text,
        "span": span,
        "sure": sure,
        "good": toned,
        "ranks": f"{one.ranking.rank_low[i]}–{one.ranking.rank_high[i]}",
    }


def _found(found: Found, columns: Sequence[ByOutcome], names: dict[str, str]) -> str:
    """Say of each species which links change the outcome, as far as they are few."""
    parts = []
    for one in columns:
        moved = [i for i in range(one.change.size) if _moved(one, i)]
        text = "no link changes it" if one.still else "no link clearly"
        if moved:
            # of those that change it alike, none is foremost alone
            top = one.ranking.rank[moved].min()
            first = [i for i in moved if one.ranking.rank[i] == top]
            text = found.listed(first)
            if len(moved) > len(first):
                text = f"{say.counted(len(moved), 'link')}, foremost {text}"
        parts.append(f"{say.inside(names[one.species])}: {text}")
    return "; ".join(parts)


def write_outcomes(found: Found, folder: Path) -> Path:
    """Write every change by link, outcome and species as ``links_outcomes.csv``."""
    head = [
        "outcome",
        "unit",
        "better",
        "species",
        "link",
        "without",
        "change",
        "low",
        "high",
        "rank",
        "rank_low",
        "rank_high",
        "equal_rank",
        "rank_right",
        "replicates",
    ]
    rows: list[list[Any]] = []
    for one in found.result.by_outcome:
        r = one.ranking
        for i in r.order:
            rows.append(
                [
                    one.outcome.name,
                    one.outcome.unit,
                    one.outcome.better,
                    one.species,
                    found.names[i],
                    one.without,
                    *known(one.change[i], one.low[i], one.high[i]),
                    int(r.rank[i]),
                    int(r.rank_low[i]),
                    int(r.rank_high[i]),
                    r.letters[i],
                    float(r.right[i]),
                    int(r.valid[i]),
                ]
            )
    return write_csv(folder / "links_outcomes.csv", head, rows)
