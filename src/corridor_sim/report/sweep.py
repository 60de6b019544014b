"""The report on a sweep: one page that opens offline, with every figure and the table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from corridor_sim.experiment.values import outcome_table
from corridor_sim.languages import mark, tr, tr_plural, written
from corridor_sim.report.figures.sweep import cover_label, labels_of, sweep_figure
from corridor_sim.report.office import write_for_office
from corridor_sim.report.page import SUMMARY, Album, write_page
from corridor_sim.report.summary import SHEET_ROWS, Sheet
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.tables import plain_cell
from corridor_sim.sweeps.points import text_of
from corridor_sim.sweeps.table import LANDSCAPE

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from corridor_sim.config.sweep import SweepSettings
    from corridor_sim.experiment.study import Study
    from corridor_sim.simulation.outcomes import Outcome

# a longer table is for a spreadsheet
MOST_ROWS = 400
DESIGNS = {
    "grid": mark("every combination of the values"),
    "lhs": mark("a Latin hypercube"),
    "sobol": mark("a Sobol sequence"),
}


def write_sweep_report(study: Study, settings: SweepSettings, frame: pd.DataFrame) -> Path:
    """Write ``report.html`` and its figures into the results folder; return the page.

    Raises
    ------
    ResultsError
        The disk is full, or the folder cannot be written.
    """
    table = outcome_table(study.scenarios[0])
    album = Album(study.out / "figures")
    names = {one.key: one.common_name for one in study.species}
    over = say.joined(labels_of(settings))
    figures = [
        outcome_figure(
            album,
            table[outcome],
            (key, names[key]),
            sweep_figure(frame, settings, study, outcome, key),
            tr(
                "{outcome} of {species} over {parameters}.",
                outcome=tr(table[outcome].label),
                species=names[key],
                parameters=over,
            ),
        )
        for outcome in settings.outcomes
        for key in settings.species
    ]
    figures += [
        {
            "species": tr("all species"),
            "outcome": cover_label(f"{cover}_km2", study.land.covers),
            "meaning": tr(
                "area of the land cover; the landscape of a point is one for all its runs"
            ),
            "picture": album.add(
                f"{cover}_km2", sweep_figure(frame, settings, study, f"{cover}_km2", LANDSCAPE)
            ),
            "alt": tr("Area of {cover} over {parameters}.", cover=cover, parameters=over),
            "cover": True,
        }
        for cover in settings.covers
    ]
    told = [_table(frame, settings, table[outcome], names) for outcome in settings.outcomes]
    lead = tr(
        "How {outcomes} of {species} change over {parameters}.",
        outcomes=say.joined([say.inside(tr(table[one].label)) for one in settings.outcomes]),
        species=say.joined([say.inside(names[key]) for key in settings.species]),
        parameters=over,
    )
    write_page(
        "summary.html", study, {"sheet": sheet_of(lead, figures, told)}, name=SUMMARY, verb="sweep"
    )
    write_for_office(study)
    return write_page(
        "sweep_report.html",
        study,
        {
            "kicker": tr("corridor_sim report on a sweep"),
            "facts": _facts(study, settings),
            "figures": figures,
            "tables": told,
            "table": "sweep",
            "method": "",
            "runs": study.scenarios[0].scenario.replicates,
            "panels": len(settings.parameters) > (2 if settings.design == "grid" else 1),
            "holds": tr("one row per point, species and outcome"),
        },
        verb="sweep",
    )


def sheet_of(lead: str, figures: list[dict[str, Any]], tables: list[dict[str, Any]]) -> Sheet:
    """Return the one sheet of a page of plots: the first plot, and rows of the first table."""
    numbers: dict[str, Any] = {}
    if tables:
        first = tables[0]
        # as many as there is room for, from the first to the last
        step = -(-len(first["rows"]) // SHEET_ROWS)
        numbers = {
            "caption": first["outcome"],
            "first": ", ".join(first["columns"]),
            "heads": [{"name": one, "of": ""} for one in first["species"]],
            "rows": [
                {
                    "name": ", ".join(row["at"]),
                    "of": "",
                    "base": False,
                    "cells": [plain_cell(c["text"], c["span"]) for c in row["cells"]],
                }
                for row in first["rows"][::step]
            ],
        }
    picture = {"picture": figures[0]["picture"], "alt": figures[0]["alt"]} if figures else {}
    about = {"about": figures[0]["alt"]} if figures else {}
    return Sheet(lead, **numbers, **picture, **about)


def outcome_figure(
    album: Album, outcome: Outcome, species: tuple[str, str], figure: Figure, alt: str
) -> dict[str, Any]:
    """Return what the page shows of an outcome of a species, given by key and name."""
    key, name = species
    return {
        "species": name,
        "outcome": tr(outcome.label),
        "meaning": tr(outcome.meaning),
        "picture": album.add(f"{outcome.name}-{key}", figure),
        "alt": alt,
        "cover": False,
    }


def _facts(study: Study, settings: SweepSettings) -> list[tuple[str, str]]:
    scenario = study.scenarios[0].scenario
    return [
        (tr("Design"), tr(DESIGNS[settings.design])),
        (tr("Points"), say.number(len(study.scenarios))),
        (tr("Runs per point"), str(scenario.replicates)),
        (tr("A run lasts"), tr_plural("{n} day", "{n} days", scenario.n_days)),
        (tr("Cells"), f"{written(f'{study.land.grid.cell_m:g}')} m"),
    ]


def _table(
    frame: pd.DataFrame, settings: SweepSettings, table: Outcome, names: dict[str, str]
) -> dict[str, Any]:
    own = frame[frame["outcome"] == table.name]
    pieces = {key: own[own["species"] == key] for key in settings.species}
    first = pieces[settings.species[0]]
    rows = [
        {
            "at": [text_of(first[name].iloc[i]) for name in settings.parameters],
            "cells": [_cell(table, piece.iloc[i]) for piece in pieces.values()],
        }
        for i in range(min(len(first), MOST_ROWS))
    ]
    return {
        "outcome": tr(table.label),
        "columns": labels_of(settings),
        "species": [names[key] for key in settings.species],
        "rows": rows,
        "left_out": len(first) - len(rows),
    }


def _cell(outcome: Outcome, row: Any) -> dict[str, str]:
    return {
        "text": say.with_unit(outcome, float(row["mean"])),
        "span": say.interval(outcome, float(row["low"]), float(row["high"])),
    }
