"""The reports' figures one by one, for whoever holds a comparison in Python.

Every function of :mod:`corridor_sim.report.figures` that makes a figure returns matplotlib's own
``Figure``; those named here take a comparison, its study and a name and give the figure's axes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from corridor_sim.report.figures import effects as effect_plots
from corridor_sim.report.figures import series, states
from corridor_sim.report.study import compared_of, sections_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from corridor_sim.comparison.tables import Tables
    from corridor_sim.experiment.study import Study

# figures of all species, by what a report holds and their name
FIGURES: dict[str, dict[str, Callable[[Any], Any]]] = {
    "days": {
        "effects": effect_plots.effects_figures,
        "interaction": effect_plots.interaction_figures,
        "mortality": states.mortality_figure,
    },
    "decades": {
        "effects": effect_plots.effects_figures,
        "numbers": series.numbers_figure,
        "stages": lambda lives: series.stages_figure(lives, lives.first),
        "ranges": series.range_figure,
        "risk": states.risk_figure,
        "deaths": states.deaths_figure,
        "fates": states.fates_figure,
        "genes": states.genes_figure,
        "covers": states.covers_figure,
    },
}


def effects(comparison: Tables, study: Study, outcome: str, ax: Axes | None = None) -> Axes:
    """Draw one outcome's differences by scenario and species, with intervals, into axes.

    Without ``ax`` into axes of a new figure.
    """
    found = compared_of(comparison, study)
    return effect_plots.effects_axes(ax or effect_plots.single_axes(found), found, outcome)


def figure_axes(comparison: Tables, study: Study, name: str) -> list[Axes]:
    """Return the axes of a figure of :data:`FIGURES`, of all its pages.

    Raises
    ------
    KeyError
        There is no such figure for this kind of comparison.
    """
    made = FIGURES[sections_of(study)][name](compared_of(comparison, study))
    return [ax for one in (made if isinstance(made, list) else [made]) for ax in one.axes]
