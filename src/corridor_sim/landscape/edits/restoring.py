"""Restoration of farmed or mined ground."""

from __future__ import annotations

from typing import Literal

import numpy as np

from corridor_sim.errors import LandscapeError, ScenarioError, nearest
from corridor_sim.landscape.andes import in_the_andes, natural_cover
from corridor_sim.landscape.covers import Cover
from corridor_sim.landscape.edits.base import Called, Text, edited, parameter
from corridor_sim.landscape.edits.drawn import AreaEdit
from corridor_sim.landscape.landscape import Landscape


class Restore(AreaEdit):
    """Give farmed and mined ground inside an area back to nature."""

    kind: Literal["restore"] = "restore"

    name: Called = parameter("name of the restoration", absent=str)
    to: Text = parameter(
        "natural: the zone of the height in the Andes, elsewhere the cover of the nearest natural "
        "ground; regrowth: the young growth of the table of land cover; or any natural land cover",
        default="natural",
    )

    def describe(self) -> str:
        """Say in one line what the edit does."""
        cover = "their natural zone"
        if self.to != "natural":
            cover = self.to.replace("_", " ")
        return f"farmed and mined cells of {self.name!r} restored to {cover}"

    def apply(self, land: Landscape, seed: int) -> Landscape:
        """Turn pasture, crops and mines inside the rings into natural cover; towns stay.

        Raises
        ------
        LandscapeError
            If nothing inside the rings can be restored.
        ScenarioError
            If ``to`` is no natural land cover.
        """
        to = None if self.to == "natural" else self._cover(land)
        inside = self.inside(land)
        cover = land["land_cover"]
        worn = inside & land.covers.lacks(cover, "natural", "settlement")
        if not worn.any():
            raise LandscapeError(
                f"no pasture, crops or mine to restore in {self.name!r}",
                where=self.where("areas"),
                remedy="draw the area over farmed ground",
            )
        if to is None:
            new = natural_cover(cover, land["elevation_m"], land.covers, land.grid)
        else:
            new = np.full(cover.shape, to.code, np.uint8)
        said = self.describe()
        if self.to == "natural" and not in_the_andes(land.grid):
            said = said.replace("their natural zone", "the cover of the nearest natural ground")
        return edited(land, said, {"land_cover": np.where(worn, new, cover)})

    def _cover(self, land: Landscape) -> Cover:
        """Return the land cover that ground becomes: the table's regrowth, or that of a key."""
        if self.to == "regrowth" and "regrowth" not in land.covers.by_key:
            return land.covers.first("regrowth", f'{self.where("to")} = "regrowth"')
        row = land.covers.by_key.get(self.to)
        if row is None or not row.natural:
            natural = [one.key for one in land.covers.rows if one.natural]
            is_what = "no class" if row is None else "no natural ground"
            raise ScenarioError(
                f"{self.to[:60]!r} is {is_what} of the land cover {land.covers.name}",
                where=self.where("to"),
                remedy=nearest(self.to[:60], ["natural", "regrowth", *natural]),
            )
        return row
