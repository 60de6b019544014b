"""What a scenario's rules and edits ask of the years of its run and of the map."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from corridor_sim.config.schema import MAPS, Scenario
from corridor_sim.errors import ScenarioError, counted, placing
from corridor_sim.landscape.edits.warming import Warm
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.timeline.rehearsal import refuse_climate_elsewhere


def check_change(scenario: Scenario, where: str | Path) -> None:
    """Check the ``[change]`` section of a scenario against the years of its run.

    Raises
    ------
    ScenarioError
        In one line: file, place, value and remedy.
    """
    if scenario.change is None:
        return
    years = scenario.n_days / 365.25 if scenario.years is None else scenario.years
    n_years = max(1, math.ceil(years))
    with placing(where, ScenarioError):
        scenario.change.check(scenario.start_year, n_years)
        for i, edit in enumerate(scenario.edits):
            if isinstance(edit, Warm) and scenario.change.climate is not None:
                raise ScenarioError(
                    "the air would be warmed twice",
                    where=f"edits[{i}]",
                    remedy="drop this edit, or change.climate",
                )


def note_on_maps(scenarios: Sequence[Scenario]) -> str:
    """Return what there is to say of a number of maps that somebody gave; mostly nothing.

    None of it is a mistake: a scenario may keep its maps when its random edit is taken out, and
    replicates may be added.
    """
    first = scenarios[0]
    if first.maps == MAPS:
        return ""
    if all(one.n_maps == 1 for one in scenarios) and first.maps > 1:
        return f"maps = {first.maps} changes nothing: no edit draws at random"
    if first.maps > first.replicates:
        return (
            f"maps = {first.maps}, but {counted(first.replicates, 'replicate')}: each stands on a "
            "map of its own, and no further map is made"
        )
    return ""


def refuse_positions(scenario: Scenario, what: str) -> None:
    """Refuse observed positions where animals do not start from them.

    Raises
    ------
    ScenarioError
    """
    for key, one in scenario.species.items():
        if one.positions is not None:
            raise ScenarioError(
                f"{what} begins wherever the species can live, not where animals were seen",
                where=f"{scenario.name}: species.{key}.positions",
                remedy="leave positions out, or simulate whole runs",
            )


def moves_zones(scenario: Scenario) -> bool:
    """Whether natural zones climb in a scenario, by a warming edit or its changing climate."""
    change = scenario.change
    dated = () if change is None else tuple(event.edit for event in change.events)
    climate = None if change is None else change.climate
    climbs = climate is not None and climate.ecotone_m_per_year > 0
    return climbs or any(isinstance(e, Warm) and e.climb_m > 0 for e in (*scenario.edits, *dated))


def check_place(scenario: Scenario, land: Landscape) -> None:
    """Refuse, before any work, rules of the Andes on a map that lies elsewhere.

    And clearing or regrowth that the landscape has no land cover for.

    Raises
    ------
    ScenarioError
    """
    change = scenario.change
    for place, edit in scenario.all_edits():
        if isinstance(edit, Warm):
            with placing(f"{scenario.name}: {place}", ScenarioError):
                edit.refuse_elsewhere(land.grid)
    if change is not None and change.climate is not None:
        refuse_climate_elsewhere(land)
    if change is not None and change.clearing is not None:
        land.covers.made(change.clearing.to, "change.clearing.to")
    if change is not None and change.regrowth is not None:
        land.covers.first("pasture", "change.regrowth")
