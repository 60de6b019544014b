"""The report of a study: its page and its table on the terminal, for either simulator.

What a simulator's report holds stands in a module of its own, which the simulator names:
``compared_of``, ``contents``, ``sheet``, ``end_table``, ``legend``, ``plan_lines``, ``PLAN_NOTE``,
``FIGURES`` and ``TEMPLATE``.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corridor_sim.languages import tr, tr_context, written
from corridor_sim.report import co_benefits, gis, zonal
from corridor_sim.report.figures.basemap import make_basemap
from corridor_sim.report.figures.drawing import species_keys
from corridor_sim.report.figures.effects import effects_axes, effects_figures, single_axes
from corridor_sim.report.figures.maps import land_figure
from corridor_sim.report.office import write_for_office
from corridor_sim.report.page import SUMMARY, Album, write_page
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.tables import moved
from corridor_sim.report.text.terminal import print_table
from corridor_sim.simulation.protocol import simulator_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from corridor_sim.comparison.tables import Tables
    from corridor_sim.experiment.study import Study
    from corridor_sim.report.compared import Compared


def write_report(
    comparison: Tables, study: Study, *, elapsed: dict[str, float] | None = None
) -> Path:
    """Write ``report.html`` and what lies beside it into the study's folder; return the page.

    Beside it ``summary.html``, the answer on one sheet.

    Parameters
    ----------
    comparison : Tables
    study : Study
    elapsed : dict of float, optional
        Seconds by part of the work, shown with the provenance.

    Raises
    ------
    ResultsError
        The disk is full, or the folder cannot be written.
    """
    sections = _sections(study)
    found = sections.compared_of(comparison, study)
    album = Album(study.out / "figures")
    base = make_basemap(study.land)
    own = sections.contents(found, album, base)
    own["facts"] = _facts(found, own.pop("runs"), own.pop("span"))
    common = {
        "several": found.several,
        "n": found.n,
        "baseline": say.named(found.first),
        "zone": say.zone(found.rule.share),
        "effects": _effects(found, album),
        "co_benefits": co_benefits.of_scenarios(study),
        "places": zonal.of_study(study, album, base),
        "outcomes_shown": say.joined(
            [say.inside(say.label(found.outcomes[n])) for n in found.headlines]
        ),
        "landscape_picture": album.add("landscape", partial(land_figure, base), shaded=True),
    }
    sheet = {"sheet": sections.sheet(found, own), "box": own.get("box")}
    write_page("summary.html", study, sheet, name=SUMMARY)
    gis.write_flux(study, base, found.comparison.flux)
    gis.write_study_project(study)
    write_for_office(study)
    return write_page(sections.TEMPLATE, study, {**common, **own}, elapsed=elapsed, runs=True)


def print_effects(comparison: Tables, study: Study, console: Any = None) -> None:
    """Print the small table of what scenarios change on the terminal.

    ``console`` is a :class:`rich.console.Console`; by default the standard output.
    """
    sections = _sections(study)
    found = sections.compared_of(comparison, study)
    head, *body = sections.end_table(found)
    print_table(head, body, sections.legend(found), console, strong=moved)


def print_plan(comparison: Tables, study: Study, console: Any = None) -> None:
    """Print what the plan of a study keeps under each of its cases, where it has a plan."""
    sections = _sections(study)
    lines = sections.plan_lines(sections.compared_of(comparison, study))
    if lines:
        print_table(lines[0], lines[1:], tr(sections.PLAN_NOTE), console, names=(0,))


def draw_effects(comparison: Tables, study: Study, outcome: str, ax: Axes | None = None) -> Axes:
    """Draw one outcome's differences by scenario and species, with intervals, into axes.

    Without ``ax`` into axes of a new figure.
    """
    found = _sections(study).compared_of(comparison, study)
    drawn = effects_axes(ax or single_axes(found), found, outcome)
    drawn.legend(
        handles=species_keys(found.species),
        loc="upper left",
        bbox_to_anchor=(0, -0.1),
        ncols=2,
        frameon=False,
    )
    return drawn


def figure_names(study: Study) -> list[str]:
    """Return the names of the figures of all species that a study's report has."""
    return list(_sections(study).FIGURES)


def figure_axes(comparison: Tables, study: Study, name: str) -> list[Axes]:
    """Return the axes of a figure of :func:`figure_names`, of all its pages."""
    sections = _sections(study)
    made = sections.FIGURES[name](sections.compared_of(comparison, study))
    return [ax for one in (made if isinstance(made, list) else [made]) for ax in one.axes]


def _sections(study: Study) -> Any:
    return import_module(f"{__package__}.{simulator_of(study.scenarios[0]).views['sections']}")


def _facts(found: Compared, runs: str, span: tuple[str, str]) -> list[tuple[str, str]]:
    """Return what the page tells below its answer; ``span`` is what a run lasts."""
    land = found.study.land
    grid = land.grid
    return [
        (tr("Scenarios"), str(len(found.names))),
        (runs, str(found.n)),
        span,
        (tr_context("how many", "Species"), str(len(found.species))),
        (tr("Study area"), say.area(land.ground_km2)),
        (tr("Cell"), written(f"{grid.cell_m:,.0f} m")),
    ]


def _effects(found: Compared, album: Album) -> list[str]:
    pages = effects_figures(found) if found.several else []
    names = [f"effects_{i}" for i in range(1, len(pages) + 1)] if len(pages) > 1 else ["effects"]
    return [album.add(name, page) for name, page in zip(names, pages, strict=False)]
