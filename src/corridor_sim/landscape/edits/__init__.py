"""Edits: changes of a landscape, and the table that names them.

``Clear(fraction=0.3)(land)`` returns a new landscape; a scenario file names an edit by ``kind`` and
gives its parameters. A further edit is a file with its class, and a row here.
"""

from __future__ import annotations

from typing import Annotated

from corridor_sim.landscape.edits.base import Edit
from corridor_sim.landscape.edits.clearing import Clear, clumpiness
from corridor_sim.landscape.edits.crossings import BuildCrossings
from corridor_sim.landscape.edits.linking import BuildLink
from corridor_sim.landscape.edits.protection import Protect, ProtectPlan
from corridor_sim.landscape.edits.restoring import Restore
from corridor_sim.landscape.edits.roads import AddRoad
from corridor_sim.landscape.edits.union import OneOf
from corridor_sim.landscape.edits.warming import Warm
from corridor_sim.landscape.edits.works import BuildDam, OpenMine

EDITS: dict[str, type[Edit]] = {
    "clear": Clear,
    "add_road": AddRoad,
    "warm": Warm,
    "protect": Protect,
    "protect_plan": ProtectPlan,
    "restore": Restore,
    "open_mine": OpenMine,
    "build_dam": BuildDam,
    "build_crossings": BuildCrossings,
    "build_link": BuildLink,
}

# any edit of the table, told by its kind
AnyEdit = Annotated[Edit, OneOf(EDITS)]

__all__ = [
    "EDITS",
    "AddRoad",
    "AnyEdit",
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
    "clumpiness",
]
