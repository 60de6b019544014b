"""Restoration of farmed or mined ground."""

from __future__ import annotations

from typing import Literal

import numpy as np

from corridor_sim.errors import LandscapeError, ScenarioError, nearest
from corridor_sim.landscape.covers import Cover
from corridor_sim.landscape.edits.base import Called, Text, edited, parameter
from corridor_sim.landscape.edits.drawn import AreaEdit
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.whereabouts import natural_cover
from corridor_sim.languages import tr


class Restore(AreaEdit):
    """Give farmed and mined ground inside an area back to nature."""

    kind: Literal["restore"] = "restore"

    name: Called = parameter("name of the restoration", absent=str)
    to: Text = parameter(
        "natural: the natural zone of the height where the region tells zones, else the cover of "
        "the nearest natural ground; regrowth: the young growth of the table of land cover; or any "
        "natural land cover",
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
        cover = natural if self.to == "natural" else self.to.replace("_", " ")
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
                tr("no pasture, crops or mine to restore in {name!r}", name=self.name),
                where=self.where("areas"),
                remedy=tr("draw the area over farmed ground"),
            )
        if to is None:
            new = natural_cover(cover, land["elevation_m"], land.region, land.covers)
        else:
            new = np.full(cover.shape, to.code, np.uint8)
        return edited(land, self.describe_on(land), {"land_cover": np.where(worn, new, cover)})

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
