"""Tables for people: of effects on the terminal, of outcomes, flux and scenarios in the report."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from corridor_sim.landscape.covers import COVERS
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.terminal import print_table
from corridor_sim.simulation.days.outcomes import OUTCOMES

if TYPE_CHECKING:
    import pandas as pd

    from corridor_sim.comparison.days import Comparison
    from corridor_sim.experiment.study import Study

Row = dict[str, Any]
SHORT = {
    name: OUTCOMES[name].short
    for name in sorted(OUTCOMES, key=lambda n: OUTCOMES[n].headline)
    if OUTCOMES[name].short
}
MAX_LINES = 40
NO_EDIT = "no edit: the landscape as loaded"


def records(frame: pd.DataFrame) -> list[Row]:
    """Return the rows of a table as dictionaries."""
    return [{str(k): v for k, v in row.items()} for row in frame.to_dict("records")]


def short_effect(name: str, row: Row) -> str:
    """Write an effect in a dozen letters, with its interval; a star marks a clear one.

    ``±`` where the interval reaches as far to both sides, otherwise its ends.

    >>> row = {"baseline": 4.0, "difference": -1.0, "low": -1.5, "high": -0.5, "clear": True}
    >>> short_effect("dispersal_flux", row)
    '−25 ±12*'
    >>> row = {"baseline": 4.0, "difference": -3.0, "low": -5.0, "high": -1.0, "clear": True}
    >>> short_effect("dispersal_flux", row)
    '−75 [−100, −25]*'
    """
    if name in say.RELATIVE or name == "home_range_quality":
        (found, low, high), decimals = say.relative(row), 0
    else:
        scale = say.scale_of(name)
        found, low, high = (row[k] * scale.factor for k in ("difference", "low", "high"))
        decimals = 0 if scale.unit == "%" else 2
    if not math.isfinite(found):
        return say.NOTHING
    star = "*" if row["clear"] else ""
    decimals = say.decimals_of((low, high), decimals, clear=bool(row["clear"]))
    # nor may half a width be written as none
    while low < high and decimals < 3 and not round((high - low) / 2, decimals):
        decimals += 1
    text = say.number(found, decimals, sign=True)
    if not math.isfinite(low) or not low < high:
        return text + star
    below, above = (say.number(v, decimals) for v in (found - low, high - found))
    if below == above:
        if not below.strip("0."):
            below = f"<{10.0**-decimals:g}"
        return f"{text} ±{below}{star}"
    ends = (say.number(v, decimals, sign=True) for v in (low, high))
    return f"{text} [{', '.join(ends)}]{star}"


def _short_unit(name: str) -> str:
    """Return the unit of :func:`short_effect` in a head."""
    if name in say.RELATIVE or name == "home_range_quality":
        return "%"
    unit = say.scale_of(name).unit
    return "pp" if unit == "%" else unit


def effects_table(comparison: Comparison, study: Study) -> list[list[str]]:
    """Return the small table of effects, the head first: species, scenario, the headline outcomes.

    Flux, ECA, quality and mortality are in per cent of the reference, displaced in percentage
    points. A study of one scenario gets absolute values. With many
    scenarios only those that stand alone (one factor changed, or beside) and the last are kept.
    """
    head = ["Species", "Scenario"]
    if comparison.effects.empty:
        values = {(r["species"], r["outcome"]): r for r in records(comparison.summary)}
        table = [[*head, *(say.heading(OUTCOMES[n]) for n in SHORT)]]
        for one in study.species:
            cells = []
            for name in SHORT:
                row = values[one.key, name]
                ends = (row[k] for k in ("mean", "low", "high"))
                cells.append(" ".join(say.told(say.scale_of(name), *ends)).strip())
            table.append([one.name, study.scenarios[0].name, *cells])
        return table
    rows = {(r["scenario"], r["species"], r["outcome"]): r for r in records(comparison.effects)}
    table = [[*head, *(f"{SHORT[n]} {_short_unit(n)}".strip() for n in SHORT)]]
    shown = _shown_scenarios(study)
    for one in study.species:
        for i, (scenario, label) in enumerate(shown):
            cells = [short_effect(n, rows[scenario, one.key, n]) for n in SHORT]
            table.append([one.name if i == 0 else "", label, *cells])
    return table


def _shown_scenarios(study: Study) -> list[tuple[str, str]]:
    """Return the scenarios that fit on a screen, with a label."""
    names = [s.name for s in study.scenarios[1:]]
    room = max(1, MAX_LINES // max(1, len(study.species)))
    if len(names) > room:
        first = dict(study.scenarios[0].levels)
        alone = [
            s.name
            for s in study.scenarios[1:]
            if "beside" in dict(s.levels)
            or sum(level != first.get(factor) for factor, level in s.levels) == 1
        ]
        rest = [n for n in reversed(names) if n not in alone]
        keep = set([*alone[:room], *rest][:room])
        names = [n for n in names if n in keep]
    return [(n, n) for n in names]


def print_effects(comparison: Comparison, study: Study, console: Any = None) -> None:
    """Print the small table of effects on the terminal."""
    head, *body = effects_table(comparison, study)
    n = int(comparison.summary["n"].max())
    if comparison.effects.empty:
        text = f"Means with 95 % intervals over {say.counted(n, 'replicate')}."
    elif n < 2:
        text = "One replicate: differences without intervals; ask for more with --replicates."
    else:
        text = (
            f"Difference to {study.scenarios[0].name!r} with its 95 % interval (± half of it, or "
            f"its ends), {n} paired replicates; * leaves zero out."
        )
    others = [s for s in study.scenarios if s.against and s.against != study.scenarios[0].name]
    for one in others[:3]:
        text += f" {one.name!r} is compared with {one.against!r}."
    left_out = len(study.scenarios) - 1 - len(_shown_scenarios(study))
    if left_out and not comparison.effects.empty:
        text += f" {left_out} more in the report."
    print_table(head, body, text, console)


def interval_cell(name: str, mean: float, low: float, high: float) -> Row:
    """Return a cell of a value with its interval."""
    text, span = say.told(say.scale_of(name), mean, low, high)
    return {"text": text, "span": span, "sure": False, "good": ""}


def effect_cell(name: str, row: Row) -> Row:
    """Return a cell of a difference with its interval, marked where clear."""
    clear = bool(row["clear"])
    text, span = say.told(
        say.scale_of(name), *(row[k] for k in ("difference", "low", "high")), sign=True, clear=clear
    )
    return {"text": text, "span": span, "sure": clear, "good": _good(name, row)}


def _good(name: str, row: Row) -> str:
    better = OUTCOMES[name].better
    if not row["clear"] or better == "neither":
        return ""
    return "better" if (row["difference"] > 0) == (better == "more") else "worse"


SPECIES_COLUMNS = (
    "dispersal_flux",
    "dispersal_success",
    "eca_km2",
    "home_range_quality",
    "displaced_share",
    "mean_elevation_m",
    "thermal_mismatch_c",
    "mortality_per_year",
)


def species_table(comparison: Comparison, study: Study, key: str) -> dict[str, Any]:
    """Return head, baseline row and one row per scenario of a species' main outcomes."""
    summary = {
        r["outcome"]: r
        for r in records(comparison.summary)
        if r["species"] == key and r["scenario"] == study.scenarios[0].name
    }
    effects = {
        (r["scenario"], r["outcome"]): r for r in records(comparison.effects) if r["species"] == key
    }
    names = [s.name for s in study.scenarios[1:]]
    first = study.scenarios[0].name
    return {
        "head": [say.heading(OUTCOMES[n]) for n in SPECIES_COLUMNS],
        "baseline": [
            interval_cell(n, *(summary[n][k] for k in ("mean", "low", "high")))
            for n in SPECIES_COLUMNS
        ],
        "rows": [
            {
                "name": s,
                "against": a if (a := effects[s, SPECIES_COLUMNS[0]]["against"]) != first else "",
                "cells": [effect_cell(n, effects[s, n]) for n in SPECIES_COLUMNS],
            }
            for s in names
        ],
    }


def full_table(comparison: Comparison, key: str) -> list[Row]:
    """Return every outcome of a species: a group per outcome, a row per scenario."""
    found: dict[str, list[Row]] = {}
    for r in records(comparison.effects):
        if r["species"] != key or not math.isfinite(r["difference"]):
            continue
        name = r["outcome"]
        found.setdefault(name, []).append(
            {
                "scenario": r["scenario"],
                "against": r["against"],
                **effect_cell(name, r),
                "base": say.value(name, r["baseline"]),
                "n": r["n"],
                "ratio": say.number(r["variance_ratio"], 1 if r["variance_ratio"] < 100 else 0),
            }
        )
    return [
        {"label": say.heading(OUTCOMES[n]), "meaning": OUTCOMES[n].meaning, "rows": found[n]}
        for n in OUTCOMES
        if n in found
    ]


def absolute_table(comparison: Comparison, key: str) -> list[Row]:
    """Return every outcome of a species in the only scenario, with its interval."""
    return [
        {
            "label": say.heading(OUTCOMES[r["outcome"]]),
            "meaning": OUTCOMES[r["outcome"]].meaning,
            "n": r["n"],
            **interval_cell(r["outcome"], r["mean"], r["low"], r["high"]),
        }
        for r in records(comparison.summary)
        if r["species"] == key and math.isfinite(r["mean"])
    ]


def flux_table(
    comparison: Comparison, key: str, scenario: str, per_animal: float, top: int = 8
) -> dict[str, Any]:
    """Return the pairs of core areas with most dispersal, and what the others add."""
    flux = comparison.flux
    rows = flux[(flux["scenario"] == scenario) & (flux["species"] == key)]
    rows = rows.sort_values("reached", ascending=False, kind="stable")
    total = float(rows["reached"].sum())
    shown = [
        {
            "from": r["from_area"],
            "to": r["to_area"],
            "reached": say.number(r["reached"] / per_animal, 2),
            "span": say.interval("net_displacement_km", math.nan, math.nan)
            if not math.isfinite(r["reached_low"])
            else f"[{say.number(r['reached_low'] / per_animal, 2)}, "
            f"{say.number(r['reached_high'] / per_animal, 2)}]",
            "share": say.percent(r["share"], 1),
            "of_all": say.percent(r["reached"] / total),
        }
        for r in records(rows.head(top))
    ]
    rest = float(rows["reached"].iloc[top:].sum())
    return {
        "rows": shown,
        "total": say.number(total / per_animal, 1),
        "others": max(0, len(rows) - top),
        "others_reached": say.number(rest / per_animal, 2),
    }


def scenario_table(comparison: Comparison, study: Study) -> list[Row]:
    """Return what each scenario is: edits in words, forest, protected area, temperature."""
    forest = [f"{c.key}_km2" for c in COVERS.values() if c.forest]
    frame = comparison.scenarios
    present = [c for c in forest if c in frame]
    rows = []
    first_forest = first_protected = first_warm = 0.0
    for i, r in enumerate(records(frame)):
        km2 = sum(float(r[c]) for c in present if math.isfinite(r[c]))
        if i == 0:
            first_forest, first_protected, first_warm = (
                km2,
                r["protected_km2"],
                r["mean_temperature_c"],
            )
        lost = km2 - first_forest
        warmer = r["mean_temperature_c"] - first_warm
        added = r["protected_km2"] - first_protected
        rows.append(
            {
                "name": r["name"],
                "edits": [e.describe() for e in study.scenarios[i].edits] or [NO_EDIT],
                "forest": say.area(km2),
                "forest_change": say.percent(lost / first_forest, 1, sign=True)
                if i and first_forest
                else "",
                "protected": say.area(r["protected_km2"]),
                "protected_change": f"{say.number(added, 0, sign=True)} km²" if i else "",
                "temperature": f"{say.number(r['mean_temperature_c'], 1)} °C",
                "temperature_change": f"{say.number(warmer, 1, sign=True)} °C" if i else "",
                "against": study.scenarios[i].against or "",
            }
        )
    return rows
