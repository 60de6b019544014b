"""Structures that let animals over or under a road."""

from __future__ import annotations

from typing import Literal

import numpy as np

from corridor_sim.errors import LandscapeError
from corridor_sim.landscape.edits.base import Called, edited, parameter
from corridor_sim.landscape.edits.drawn import AreaEdit
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.languages import tr

BRIDGED = 3
"""Road class of a cell in which animals pass the road by a structure, without hazard or barrier;
people still reach the forest from it."""


class BuildCrossings(AreaEdit):
    """Let animals pass all roads inside an area, over or under them."""

    kind: Literal["build_crossings"] = "build_crossings"

    name: Called = parameter("name of the structures", absent=str)

    def describe(self) -> str:
        """Say in one line what the edit does."""
        return f"crossing structures on the roads of {self.name!r}"

    def apply(self, land: Landscape, seed: int) -> Landscape:
        """Make every road cell inside the rings passable and safe.

        Raises
        ------
        LandscapeError
            If no road runs inside the rings.
        """
        inside = self.inside(land)
        road = land["road"]
        open_road = inside & (road > 0) & (road != BRIDGED)
        if not open_road.any():
            raise LandscapeError(
                tr("no road to cross in {name!r}", name=self.name),
                where=self.where("areas"),
                remedy=tr("draw the area over a road"),
            )
        new = np.where(open_road, np.uint8(BRIDGED), road)
        return edited(land, self.describe(), {"road": new})
