"""The tables of a study as programs of an office open them: what its folder calls things."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from corridor_sim.experiment.values import outcome_table
from corridor_sim.languages import mark, tr
from corridor_sim.links.co_benefits import column_of
from corridor_sim.spreadsheets.columns import Column
from corridor_sim.spreadsheets.folder import write_spreadsheets
from corridor_sim.spreadsheets.sheets import Naming

if TYPE_CHECKING:
    from corridor_sim.config.links import LinkSettings
    from corridor_sim.experiment.study import Study
    from corridor_sim.report.text.links_found import Found


def write_for_office(
    study: Study, *, links: LinkSettings | None = None, out: Path | None = None
) -> list[Path]:
    """Write ``tables.xlsx`` and CSV of a study's exact tables, beside them or into ``out``.

    ``links`` are the settings of the ranking whose robustness is told.
    """
    return write_spreadsheets(study.out, naming_of(study, links), out=out)


def write_links_for_office(found: Found, *, out: Path | None = None) -> list[Path]:
    """Write the same of a ranking of links, benefits and costs in the units of its page."""
    study = found.evaluator.study
    return write_spreadsheets(study.out, naming_of_links(found), out=out)


def naming_of(study: Study, links: LinkSettings | None = None) -> Naming:
    """Return what the results folder of scenarios, or of points, calls things."""
    found = Naming(
        study.name,
        study.command,
        {one.key: one.common_name for one in study.species},
        outcome_table(study.scenarios[0]),
        prefix="scenarios_",
    )
    if links is None:
        return found
    unit, factor = links.benefit.shown_unit, links.benefit.factor
    return replace(found, benefit_unit=unit, benefit_factor=factor, cost_unit=links.cost_unit)


def naming_of_links(found: Found) -> Naming:
    """Return what the results folder of links calls things."""
    study, settings = found.evaluator.study, found.result.settings
    return Naming(
        study.name,
        study.command,
        {one.key: one.common_name for one in study.species},
        found.evaluator.table,
        benefit_unit=found.benefit_unit,
        benefit_factor=found.factor,
        cost_unit=settings.cost_unit,
        columns=_of_ground(found),
    )


def _of_ground(found: Found) -> dict[str, Column]:
    """Return what the columns of the ranking on co-benefits are, which the file names."""
    said = {"today": mark("{co_benefit}, today"), "avoided_loss": mark("{co_benefit}, kept")}
    told = {
        "today": mark("Amount on the link's ground as it is"),
        "avoided_loss": mark("Amount with the link less without it"),
    }
    given = () if found.ground is None else found.ground.given
    return {
        column_of(one, what): Column(tr(label, co_benefit=one.name), told[what], "number", one.unit)
        for one in given
        for what, label in said.items()
    }
