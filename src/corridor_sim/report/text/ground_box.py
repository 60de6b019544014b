"""The box that every page carries: what its numbers rest on, real or approximated, and how much."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from corridor_sim.experiment.worth import counts_of
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.languages import mark, tr, tr_plural, written
from corridor_sim.report.figures.landscape import origin_rows
from corridor_sim.report.text import numbers as say
from corridor_sim.simulation.facts import DaysFacts

if TYPE_CHECKING:
    from corridor_sim.experiment.study import Study

Rows = list[tuple[str, str]]
# layers as a planner calls them
PLAIN = {
    "elevation_m": mark("elevation"),
    "temperature_c": mark("temperature"),
    "land_cover": mark("land cover"),
    "road": mark("roads"),
    "river": mark("rivers"),
    "protected": mark("core areas"),
    "protection": mark("protection"),
    "outside": mark("where there is no ground"),
    "seasons": mark("seasons"),
}
STATES = (
    ("real", mark("Measured")),
    ("user", mark("From your own files")),
    ("approximated", mark("Approximated, not measured")),
)


def layers_of(land: Landscape, status: str) -> list[str]:
    """Return the layers of a status, as a planner calls them."""
    rows = (one for one in origin_rows(land) if one["status"] == status)
    return [layer_name(one["layer"]) for one in rows]


def layer_name(layer: str) -> str:
    """Return a layer as a planner calls it, in the current language."""
    return tr(PLAIN.get(layer, layer))


def rests_on(
    study: Study,
    land: Landscape | None = None,
    *,
    lasting: str = "",
    animals: Mapping[str, float] | None = None,
    what: str = mark("Animals a replicate"),
    replicates: str = "",
    costs: str = "",
) -> Rows:
    """Return what a page's numbers rest on, as heads and texts.

    Parameters
    ----------
    study : Study
    land : Landscape, optional
        Of the scenario that the others are compared with; by default the study's.
    lasting : str, optional
        What a run lasts; by default the days or years of the first scenario.
    animals : mapping of str to float, optional
        Simulated animals a replicate by the species' names; by default those that the runs of the
        first scenario tell of.
    what : str
        What these animals are, a message.
    replicates : str, optional
        How many; by default those that all scenarios have.
    costs : str, optional
        Where costs come from, on pages that have any.
    """
    land = land or study.land
    found: Rows = []
    for status, head in STATES:
        names = layers_of(land, status)
        if names or status == "real":
            found.append((tr(head), say.joined(names) or tr("no layer")))
    if costs:
        found.append((tr("Costs"), costs))
    scenario = study.scenarios[0].scenario
    years = ""
    if scenario.life_cycle is not None:
        years = tr("{n} years", n=say.plain(scenario.years or 0))
    days = tr_plural("{n} day", "{n} days", scenario.n_days)
    found.append((tr("Simulated"), lasting or years or days))
    counted = _animals(study) if animals is None else dict(animals)
    if counted:
        plurals = {
            name: one.common_names for one in study.species for name in (one.name, one.common_name)
        }
        each = [
            tr("{n} {animals}", n=say.number(n), animals=plurals.get(name, f"{say.inside(name)}s"))
            for name, n in counted.items()
        ]
        found.append((tr(what), say.joined(each)))
    n = max((run.replicate + 1 for run in study.runs), default=0)
    found.append((tr("Replicates"), replicates or str(n)))
    grid = land.grid
    sides = written(f"{grid.height:,} × {grid.width:,}")
    cells = say.listed([f"{say.number(grid.cell_m)} m", sides])
    return [*found, (tr("Cells"), cells)]


def _animals(study: Study) -> dict[str, float]:
    """Return the animals a replicate of the first scenario by the species' names."""
    facts = counts_of(study.out, 0)
    if not isinstance(facts, DaysFacts):
        return {}
    counts = {
        one.common_name: facts.residents.get(one.key, 0) + facts.dispersers.get(one.key, 0)
        for one in study.species
    }
    return {name: n for name, n in counts.items() if n}
