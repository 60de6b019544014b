"""What pages say of results by place: tables of the ground, of each species, and of links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from corridor_sim.languages import mark, tr
from corridor_sim.report.compared import Row, records
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.co_benefits import amount, unit_words
from corridor_sim.report.text.tables import change_cell, plain_cell
from corridor_sim.simulation.outcomes import Scale

if TYPE_CHECKING:
    import pandas as pd

    from corridor_sim.experiment.study import Study

# of a species, the first of these that a study has is shown with its changes
LIVING = ("animals", "animals_end")
DECIMALS = {"suitable_km2": 0, "animals": 1, "animals_end": 1, "disperser_days": 0}
# scenarios beside the baseline whose changes fit on a page; the file holds all
MOST_SCENARIOS = 8
MOST_ROWS = 200
OUTSIDE = 0.995
UNITS = {
    "animals/yr": mark("{outcome} (animals a year)"),
    "days/yr": mark("{outcome} (days a year)"),
    "animals": "{outcome}",
}
# labels of outcomes by place, which files hold in English
LABELS = (
    mark("Core areas"),
    mark("Protected ground"),
    mark("Forest"),
    mark("Suitable habitat"),
    mark("Animals living there"),
    mark("Days of dispersers passing"),
    mark("Independent animals at the end"),
    mark("Deaths of simulated animals, natural"),
    mark("Deaths of simulated animals, hunting"),
    mark("Deaths of simulated animals, road"),
    mark("Deaths of simulated animals, poison"),
    mark("Deaths of animals, natural"),
    mark("Deaths of animals, hunting"),
    mark("Deaths of animals, road"),
    mark("Deaths of animals, poison"),
    mark("Deaths of animals, orphaned"),
)


def heading(row: Row) -> str:
    """Return label and unit of an outcome, as a column head."""
    label = tr(row["label"])
    if row["unit"] in UNITS:
        return tr(UNITS[row["unit"]], outcome=label)
    return f"{label} ({unit_words(row['unit'])})"


def study_section(study: Study, table: pd.DataFrame) -> dict[str, Any]:
    """Return what a page shows of the results of scenarios by place."""
    first = study.scenarios[0].name
    base = table[table["scenario"] == first]
    places = base.drop_duplicates("place")
    every = [(one.key, one.common_name) for one in study.species]
    return {
        "kind": "scenarios",
        "baseline": say.named(first),
        "n": len(places),
        "partly": [
            f"{row['place']} ({say.percent(row['inside'])})"
            for row in records(places[["place", "inside"]])
            if row["inside"] < OUTSIDE
        ],
        "ground": _grid(base[base["species"] == ""]),
        "species": [_species(study, table, base, *one) for one in every],
    }


def _cell(row: Row) -> Row:
    """Return a cell of a value with its interval."""
    unit = row["unit"]
    if unit not in ("km²", "animals", "animals/yr", "days/yr"):
        return plain_cell(amount(row["value"], unit))
    decimals = DECIMALS.get(row["outcome"], 0 if unit == "km²" else 2)
    text = say.number(row["value"], decimals)
    if not np.isfinite(row["low"]) or row["low"] == row["high"]:
        return plain_cell(text)
    ends = [row["low"], row["high"]]
    low, high = (say.number(v, say.decimals_of(ends, decimals)) for v in ends)
    return plain_cell(text, say.bracketed([low, high]))


def _grid(part: pd.DataFrame) -> Row:
    """Return a table with a row a place and a column an outcome."""
    rows = records(part.drop(columns="geometry", errors="ignore"))
    heads = list(dict.fromkeys(row["outcome"] for row in rows))
    by_place: dict[str, dict[str, Row]] = {}
    for row in rows:
        by_place.setdefault(row["place"], {})[row["outcome"]] = row
    labels = {row["outcome"]: heading(row) for row in rows}
    return {
        "heads": [labels[name] for name in heads],
        "rows": [
            {"place": place, "cells": [_cell(found[name]) for name in heads]}
            for place, found in list(by_place.items())[:MOST_ROWS]
        ],
        "more": max(0, len(by_place) - MOST_ROWS),
    }


def _species(
    study: Study, table: pd.DataFrame, base: pd.DataFrame, key: str, name: str
) -> dict[str, Any]:
    own = base[base["species"] == key]
    living = next(one for one in LIVING if (own["outcome"] == one).any())
    others = [one.name for one in study.scenarios[1 : MOST_SCENARIOS + 1]]
    rows = records(
        table[(table["species"] == key) & (table["outcome"] == living)].drop(columns="geometry")
    )
    change = {(row["scenario"], row["place"]): row for row in rows}
    places = list(dict.fromkeys(row["place"] for row in rows))[:MOST_ROWS]
    return {
        "name": name,
        "table": _grid(own),
        "label": heading(rows[0]),
        "others": [say.named(other) for other in others],
        "changes": [
            {"place": place, "cells": [_change(change[other, place]) for other in others]}
            for place in places
        ],
        "left_out": max(0, len(study.scenarios) - 1 - len(others)),
    }


def _change(row: Row) -> Row:
    ends = row["change"], row["change_low"], row["change_high"]
    off = say.off_zero(ends[1], ends[2])
    return change_cell(Scale(1.0, DECIMALS.get(row["outcome"], 1), "", ""), ends, "more", off)


def links_section(table: pd.DataFrame) -> dict[str, Any]:
    """Return what a page shows of links by place: ground of all, and of the chosen set."""
    extra = [name for name in table.columns if " (" in str(name)]
    rows = []
    for place, part in table.groupby("place", sort=False):
        chosen = part[part["chosen"].astype(bool)]
        rows.append(
            {
                "place": place,
                "km2": say.area(float(part["area_km2"].sum())),
                "chosen": say.area(float(chosen["area_km2"].sum())),
                "links": say.joined(
                    [
                        f"{row['link']}{' ★' if row['chosen'] else ''} "
                        f"({say.percent(row['share_of_link'])})"
                        for row in records(part.drop(columns="geometry"))
                    ]
                ),
                "cells": [_sum(name, float(chosen[name].sum())) for name in extra],
            }
        )
    return {"kind": "links", "heads": [_head(name) for name in extra], "rows": rows, "n": len(rows)}


def _head(column: str) -> str:
    """Return the head of a column of co-benefits, whose name holds its unit in brackets."""
    what, _, unit = column.rpartition(" (")
    return f"{tr(what)} ({unit_words(unit.partition(')')[0])})"


def _sum(name: str, value: float) -> str:
    unit = name.rpartition(" (")[2].partition(")")[0]
    return amount(value, unit)
