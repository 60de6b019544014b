"""Restoration of farmed or mined ground."""

from __future__ import annotations

from typing import Literal

import numpy as np

from corridor_sim.errors import LandscapeError
from corridor_sim.landscape.covers import COVERS, NATURAL_CODES
from corridor_sim.landscape.edits.base import Called, edited, parameter
from corridor_sim.landscape.edits.places import AreaEdit
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.whereabouts import natural_cover


class Restore(AreaEdit):
    """Give farmed and mined ground inside an area back to nature."""

    kind: Literal["restore"] = "restore"

    name: Called = parameter("name of the restoration")
    to: Literal["natural", "secondary_forest"] = parameter(
        "natural: the natural zone of the height where the region tells zones, else the cover of "
        "the nearest natural ground; secondary_forest: young regrowth",
        default="natural",
    )

    @property
    def makes_cover(self) -> bool:
        """Whether it changes the land cover: always."""
        return True

    def describe(self) -> str:
        """Say in one line what the edit does."""
        return self._told("their natural cover")

    def describe_on(self, land: Landscape) -> str:
        """Say in one line what the edit does on a landscape."""
        zones = bool(land.region.zones)
        return self._told(
            "their natural zone" if zones else "the cover of the nearest natural ground"
        )

    def _told(self, natural: str) -> str:
        cover = natural if self.to == "natural" else "regrowth"
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
        worn = inside & ~np.isin(cover, (*NATURAL_CODES, COVERS["settlement"].code))
        if not worn.any():
            raise LandscapeError(
                f"no pasture, crops or mine to restore in {self.name!r}",
                where=self.where("areas"),
                remedy="draw the area over farmed ground",
            )
        if self.to == "natural":
            new = natural_cover(cover, land["elevation_m"], land.region, land.covers)
        else:
            new = np.full(cover.shape, COVERS["secondary_forest"].code, np.uint8)
        return edited(land, self.describe_on(land), {"land_cover": np.where(worn, new, cover)})
