"""Restoration of farmed or mined ground."""

from __future__ import annotations

from typing import Literal

import numpy as np

from corridor_sim.errors import LandscapeError
from corridor_sim.landscape.andes import in_the_andes, natural_cover
from corridor_sim.landscape.covers import COVERS, NATURAL_CODES
from corridor_sim.landscape.edits.base import Called, edited, parameter
from corridor_sim.landscape.edits.places import AreaEdit
from corridor_sim.landscape.landscape import Landscape


class Restore(AreaEdit):
    """Give farmed and mined ground inside an area back to nature."""

    kind: Literal["restore"] = "restore"

    name: Called = parameter("name of the restoration")
    to: Literal["natural", "secondary_forest"] = parameter(
        "natural: the zone of the height in the Andes, elsewhere the cover of the nearest natural "
        "ground; secondary_forest: young regrowth",
        default="natural",
    )

    def describe(self) -> str:
        """Say in one line what the edit does."""
        cover = "their natural zone" if self.to == "natural" else "regrowth"
        return f"farmed and mined cells of {self.name!r} restored to {cover}"

    def apply(self, land: Landscape, seed: int) -> Landscape:
        """Turn pasture, crops and mines inside the rings into natural cover; towns stay.

        Raises
        ------
        LandscapeError
            If nothing inside the rings can be restored.
        """
        inside = self.inside(land)
        cover = land["land_cover"]
        worn = inside & (cover > 0) & ~np.isin(cover, (*NATURAL_CODES, COVERS["settlement"].code))
        if not worn.any():
            raise LandscapeError(
                f"no pasture, crops or mine to restore in {self.name!r}",
                where=self.where("areas"),
                remedy="draw the area over farmed ground",
            )
        if self.to == "natural":
            new = natural_cover(cover, land["elevation_m"], land.grid)
        else:
            new = np.full(cover.shape, COVERS["secondary_forest"].code, np.uint8)
        said = self.describe()
        if self.to == "natural" and not in_the_andes(land.grid):
            said = said.replace("their natural zone", "the cover of the nearest natural ground")
        return edited(land, said, {"land_cover": np.where(worn, new, cover)})
