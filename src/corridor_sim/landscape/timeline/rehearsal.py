"""Dated edits tried out on the landscape of the start, so that a run does not fail half-way."""

from __future__ import annotations

import numpy as np

from corridor_sim.errors import ScenarioError, placing
from corridor_sim.landscape.edits.clearing import Clear
from corridor_sim.landscape.edits.places import cells_inside
from corridor_sim.landscape.edits.restoring import Restore
from corridor_sim.landscape.edits.warming import refuse_no_temperature
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.timeline.rules import Change


def rehearse(land: Landscape, rules: Change, *, start_year: int, seed: int) -> None:
    """Make all dated edits in their order on ``land`` and forget the outcome.

    What rests on the state that the ground will have by then (whether there will be farmland to
    restore or forest to clear) cannot be known; where a place lies, and whether a name is free,
    can.

    Raises
    ------
    ScenarioError
        For an edit that cannot be made on this landscape, and for clearing of which the first
        year alone asks for more forest than may be cleared.
    """
    if rules.climate is not None:
        refuse_no_temperature(land, "change.climate")
    _forest_is_enough(land, rules, start_year)
    by_year = sorted(enumerate(rules.events), key=lambda item: item[1].opens)
    for i, event in by_year:
        with placing(f"change.events[{i}]", ScenarioError):
            parts = event.edit.plain()
            if any(isinstance(edit, Restore | Clear) for edit in parts):
                for edit in parts:
                    if isinstance(edit, Restore | Clear) and edit.areas:
                        cells_inside(edit.areas, edit.crs, land.grid, edit.where("areas"))
                continue
            after = event.edit.apply(land, seed)
            if rules.maps and not np.array_equal(after["land_cover"], land["land_cover"]):
                raise ScenarioError(
                    f"{event.edit.kind} changes the land cover, which change.maps gives",
                    remedy="draw it into the maps, or drop one of the two",
                )
            land = after


def _forest_is_enough(land: Landscape, rules: Change, start_year: int) -> None:
    if rules.clearing is None:
        return
    forest = land.covers.has(land["land_cover"], "clearable")
    free = forest
    if rules.clearing.protected_factor == 0.0:
        free = forest & (land["protection"] == 0)
    demand = rules.clearing.rate_in(start_year) * int(forest.sum())
    if rules.clearing.highest_rate > 0 and not forest.any():
        raise ScenarioError(
            f"{land.name} has no forest to clear",
            where="change.clearing",
            remedy="drop the section",
        )
    if demand > free.sum() + 0.5:
        km2 = land.grid.cell_km2
        raise ScenarioError(
            f"clearing of {demand * km2:,.0f} km² in {start_year} exceeds the "
            f"{int(free.sum()) * km2:,.0f} km² of forest that may be cleared",
            where="change.clearing.rate",
            remedy="lower the rate, or let protected_factor be above 0",
        )
