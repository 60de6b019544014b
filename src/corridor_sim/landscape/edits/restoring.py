"""Restoration of farmed or mined ground."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, cast

import numpy as np

from corridor_sim.errors import LandscapeError
from corridor_sim.landscape.andes import in_the_andes, natural_cover
from corridor_sim.landscape.covers import COVERS, NATURAL_CODES
from corridor_sim.landscape.edits.base import Point, Ring, edited, parameter
from corridor_sim.landscape.edits.places import LONLAT, AreaEdit
from corridor_sim.landscape.landscape import Landscape


@dataclass(frozen=True, slots=True, kw_only=True)
class Restore(AreaEdit):
    """Give farmed and mined ground inside an area back to nature."""

    kind: ClassVar[str] = "restore"

    name: str = parameter("name of the restoration")
    to: str = parameter(
        "natural: the zone of the height in the Andes, elsewhere the cover of the nearest natural "
        "ground; secondary_forest: young regrowth",
        default="natural",
        choices=("natural", "secondary_forest"),
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
        worn = inside & ~np.isin(cover, (*NATURAL_CODES, COVERS["settlement"].code))
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


def restore(
    land: Landscape,
    *,
    name: str,
    areas: Sequence[Sequence[Point]],
    to: str = "natural",
    crs: str = LONLAT,
) -> Landscape:
    """Return a landscape with pasture, crops and mines inside ``areas`` back under natural cover.

    Parameters
    ----------
    land : Landscape
        Stays as it is.
    name : str
        For the record of edits.
    areas : sequence of rings
        Each a list of at least three (x, y); a cell counts where its centre lies inside.
    to : {"natural", "secondary_forest"}
        The natural zone of the cell's height, as after a long time, or regrowth. Outside the
        Andes of Ecuador and Peru the cover of the nearest natural ground.
    crs : str
        CRS of the rings; (lon, lat) in degrees by default.

    Raises
    ------
    ScenarioError
        For a bad ring or one that covers no cell.
    LandscapeError
        If nothing inside can be restored.
    """
    rings = cast(tuple[Ring, ...], areas)
    return Restore(name=name, areas=rings, to=to, crs=crs).apply(land, seed=0)
