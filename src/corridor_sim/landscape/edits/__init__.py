"""Edits: functions that take a landscape and return a new one, and the table that names them.

In Python call the functions; a scenario file names an edit by ``kind`` and gives its parameters,
which :data:`EDITS` turns into a checked :class:`Edit`.
"""

from __future__ import annotations

from corridor_sim.landscape.edits.base import Edit
from corridor_sim.landscape.edits.clearing import Clear, clear
from corridor_sim.landscape.edits.crossings import BuildCrossings, build_crossings
from corridor_sim.landscape.edits.linking import BuildLink
from corridor_sim.landscape.edits.protection import Protect, ProtectPlan, protect, protect_plan
from corridor_sim.landscape.edits.restoring import Restore, restore
from corridor_sim.landscape.edits.roads import AddRoad, add_road
from corridor_sim.landscape.edits.warming import Warm, warm
from corridor_sim.landscape.edits.works import BuildDam, OpenMine, build_dam, open_mine

EDITS: dict[str, type[Edit]] = {
    edit.kind: edit
    for edit in (
        Clear,
        AddRoad,
        Warm,
        Protect,
        ProtectPlan,
        Restore,
        OpenMine,
        BuildDam,
        BuildCrossings,
        BuildLink,
    )
}

__all__ = [
    "EDITS",
    "AddRoad",
    "BuildCrossings",
    "BuildDam",
    "BuildLink",
    "Clear",
    "Edit",
    "OpenMine",
    "Protect",
    "ProtectPlan",
    "Restore",
    "Warm",
    "add_road",
    "build_crossings",
    "build_dam",
    "clear",
    "open_mine",
    "protect",
    "protect_plan",
    "restore",
    "warm",
]
