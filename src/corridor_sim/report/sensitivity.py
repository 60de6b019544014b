"""The report on a sensitivity analysis: bars by trait, the table, and a page that opens offline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from corridor_sim.experiment.values import outcome_table
from corridor_sim.languages import mark, tr
from corridor_sim.report.figures.drawing import INK, in_style, new_figure, rule_rows, shortened
from corridor_sim.report.office import write_for_office
from corridor_sim.report.page import SUMMARY, Album, write_page
from corridor_sim.report.sweep import outcome_figure, sheet_of
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text import terminal
from corridor_sim.report.text.link_sensitivity import links_section, measure, span_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from corridor_sim.experiment.study import Study
    from corridor_sim.sweeps.link_sensitivity import LinkRobustness
    from corridor_sim.sweeps.sensitivity import Plan

MOST_BARS = 25
METHODS = {
    "morris": mark("Morris screening"),
    "sobol": mark("Sobol indices"),
    "lhs": mark("Latin hypercube"),
}


def _scale(plan: Plan, outcome: str) -> float:
    table = outcome_table(plan.scenarios[0])
    return table[outcome].scale.factor if plan.file.sensitivity.method == "morris" else 1.0


def _first(plan: Plan) -> str:
    return "effect" if plan.file.sensitivity.method == "morris" else "total"


def _heading(plan: Plan, study: Study, outcome: str) -> str:
    row = outcome_table(study.scenarios[0])[outcome]
    if plan.file.sensitivity.method == "morris":
        return tr("Change of {outcome} over each trait's range", outcome=say.heading(row))
    return tr("Share of the variance of {outcome}", outcome=tr(row.label).lower())


@in_style
def sensitivity_figure(part: pd.DataFrame, plan: Plan, study: Study, outcome: str) -> Figure:
    """Return bars by trait, the strongest above, with the 95 % intervals that SALib gives."""
    shown = part.head(MOST_BARS)
    first = _first(plan)
    factor = _scale(plan, outcome)
    value = shown[first].to_numpy(float) * factor
    half = shown["half_width"].to_numpy(float) * factor
    key = str(part["species"].iloc[0])
    one = next(s for s in study.species if s.key == key)
    height = 0.95 + 0.27 * len(shown)
    figure = new_figure(7.6, height)
    ax = figure.add_axes((0.47, 0.5 / height, 0.5, 1 - 0.92 / height))
    y = np.arange(len(shown))
    ax.barh(y, value, height=0.62, color=one.colour, alpha=0.55)
    ax.hlines(y, np.maximum(value - half, 0), value + half, color=INK, lw=1.2)
    ax.set_yticks(y, [shortened(t, 52) for t in shown["trait"]], fontsize=7.5)
    ax.set_ylim(len(shown) - 0.4, -0.6)
    ax.set_xlim(left=0)
    rule_rows(ax)
    heading = f"{_heading(plan, study, outcome)}: {one.common_name}"
    figure.text(0.012, 1 - 0.08 / height, heading, va="top", fontweight="bold", fontsize=9.5)
    return figure


def _parts(plan: Plan, frame: pd.DataFrame) -> list[tuple[str, str, pd.DataFrame]]:
    own = plan.file.sensitivity
    return [
        (key, outcome, frame[(frame["species"] == key) & (frame["outcome"] == outcome)])
        for outcome in own.outcomes
        for key in own.species
    ]


def print_table(study: Study, plan: Plan, frame: pd.DataFrame) -> None:
    """Print the traits by the strength of their effect, for every outcome and species."""
    names = {one.key: one.common_name for one in study.species}
    for key, outcome, part in _parts(plan, frame):
        print(f"\n{_heading(plan, study, outcome)}: {names[key]}")
        rows = part.head(MOST_BARS).to_dict("records")
        body = [(row["trait"], _number(row, plan, outcome)) for row in rows]
        terminal.print_table((tr("Trait"), ""), body, names=(0,), left=(1,))


def _number(row: Any, plan: Plan, outcome: str) -> str:
    factor = _scale(plan, outcome)
    value, half = (float(row[name]) * factor for name in (_first(plan), "half_width"))
    return measure(value, half, most=np.inf if plan.file.sensitivity.method == "morris" else 1.0)


def write_sensitivity_report(
    study: Study, plan: Plan, frame: pd.DataFrame, links: LinkRobustness | None = None
) -> Path:
    """Write ``report.html`` and its figures into the results folder; return the page.

    ``links`` adds whether the ranking of links survives.

    Raises
    ------
    ResultsError
        The disk is full, or the folder cannot be written.
    """
    own = plan.file.sensitivity
    table = outcome_table(study.scenarios[0])
    album = Album(study.out / "figures")
    names = {one.key: one.common_name for one in study.species}
    parts = _parts(plan, frame)
    labels = {outcome: tr(table[outcome].label) for outcome in own.outcomes}
    runs = tr("Runs per point, of every link") if links else tr("Runs per point")
    figures = [
        outcome_figure(
            album,
            table[outcome],
            (key, names[key]),
            sensitivity_figure(part, plan, study, outcome),
            tr(
                "Bars by trait for {outcome} of {species}.",
                outcome=labels[outcome],
                species=names[key],
            ),
        )
        for key, outcome, part in parts
    ]
    tables = [
        {
            "outcome": f"{labels[outcome]}, {names[key]}",
            "columns": [tr("Trait"), tr("Range")],
            "species": [tr("Effect") if own.method == "morris" else tr("Total share")],
            "rows": [
                {
                    "at": [row["trait"], span_of(row["low"], row["high"])],
                    "cells": [{"text": _number(row, plan, outcome), "span": ""}],
                }
                for row in part.to_dict("records")
            ],
            "left_out": 0,
        }
        for key, outcome, part in parts
    ]
    lead = tr(
        "Which uncertain traits the answer hangs on: {method} over the plausible ranges of {n} "
        "traits.",
        method=tr(METHODS[own.method]),
        n=len(plan.ranges),
    )
    if figures:
        sheet = {"sheet": sheet_of(lead, figures, tables)}
        write_page("summary.html", study, sheet, name=SUMMARY, verb="sensitivity")
    write_for_office(study, links=None if plan.links is None else plan.links.settings)
    return write_page(
        "sweep_report.html",
        study,
        {
            "kicker": tr("corridor_sim report on sensitivity"),
            "facts": [
                (tr("Method"), tr(METHODS[own.method])),
                (tr("Traits"), str(len(plan.ranges))),
                (tr("Points"), say.number(len(plan.at))),
                (runs, str(plan.scenarios[plan.at[0]].scenario.replicates)),
            ],
            "figures": figures,
            "tables": tables,
            "links": None if links is None else links_section(links, plan, album),
            "table": "sensitivity" if tables else "",
            "holds": tr("one row per trait, species and outcome"),
            "method": own.method,
            "n": own.n,
        },
        verb="sensitivity",
    )
