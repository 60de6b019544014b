"""What a scenario's rules and edits ask of the years of its run and of the map."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from corridor_sim.config.schema import MAPS, Scenario
from corridor_sim.errors import ScenarioError, counted, placing
from corridor_sim.landscape.edits.warming import Warm, refuse_no_temperature
from corridor_sim.landscape.io.settings import BUILTIN_LANDSCAPE
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.region import Region, shipped_region


def check_change(scenario: Scenario, where: str | Path) -> None:
    """Check the ``[change]`` section of a scenario against the years of its run.

    Raises
    ------
    ScenarioError
        In one line: file, place, value and remedy.
    """
    if scenario.landscape.elevation is None:
        # the region is known before any map is
        with placing(where, ScenarioError):
            check_region(scenario, shipped_region(BUILTIN_LANDSCAPE))
    if scenario.change is None:
        return
    with placing(where, ScenarioError):
        scenario.change.check(scenario.start_year, _n_years(scenario))
        for i, edit in enumerate(scenario.edits):
            if scenario.change.maps and edit.makes_cover:
                raise ScenarioError(
                    f"{edit.kind} changes the land cover, which change.maps gives",
                    where=f"edits[{i}]",
                    remedy="draw it into the maps, or drop one of the two",
                )
        for i, edit in enumerate(scenario.edits):
            if isinstance(edit, Warm) and scenario.change.climate is not None:
                raise ScenarioError(
                    "the air would be warmed twice",
                    where=f"edits[{i}]",
                    remedy="drop this edit, or change.climate",
                )


def _n_years(scenario: Scenario) -> int:
    years = scenario.n_days / 365.25 if scenario.years is None else scenario.years
    return max(1, math.ceil(years))


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


def moves_zones(scenario: Scenario, region: Region) -> bool:
    """Whether natural zones climb in a scenario, by a warming edit or its changing climate."""
    change = scenario.change
    dated = () if change is None else tuple(event.edit for event in change.events)
    climate = None if change is None else change.climate
    climbs = climate is not None and climate.climb_m_per_year(region) > 0
    warmings = [edit for edit in (*scenario.edits, *dated) if isinstance(edit, Warm)]
    return climbs or any(edit.climb_m(region) > 0 for edit in warmings)


def check_place(scenario: Scenario, land: Landscape) -> None:
    """Refuse, before any work, what the region of a map does not tell.

    And clearing or regrowth that the landscape has no land cover for.

    Raises
    ------
    ScenarioError
    """
    change = scenario.change
    with placing(scenario.name, ScenarioError):
        check_region(scenario, land.region)
        for place, edit in scenario.all_edits():
            if isinstance(edit, Warm):
                refuse_no_temperature(land, place)
        if change is not None and change.climate is not None:
            refuse_no_temperature(land, "change.climate")
    if change is not None and change.clearing is not None:
        land.covers.made(change.clearing.to, "change.clearing.to")
    if change is not None and change.regrowth is not None:
        land.covers.first("pasture", "change.regrowth")


def check_region(scenario: Scenario, region: Region) -> None:
    """Refuse warming by a pathway, year or zones that the region does not tell.

    Raises
    ------
    ScenarioError
        Place, what is missing and what to give.
    """
    for place, edit in scenario.all_edits():
        if isinstance(edit, Warm):
            with placing(place, ScenarioError):
                edit.check_region(region)
    if scenario.change is not None:
        scenario.change.check_region(scenario.start_year, _n_years(scenario), region)
