"""A corridor link: one area in which several things are done at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from corridor_sim.errors import LandscapeError, ScenarioError
from corridor_sim.landscape.edits.base import Edit, parameter
from corridor_sim.landscape.edits.crossings import BuildCrossings
from corridor_sim.landscape.edits.places import AreaEdit
from corridor_sim.landscape.edits.protection import Protect
from corridor_sim.landscape.edits.restoring import Restore
from corridor_sim.landscape.landscape import Landscape

DEEDS = ("restore", "protect", "crossings")


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildLink(AreaEdit):
    """Build a corridor link: restore, protect and cross roads inside an area."""

    kind: ClassVar[str] = "build_link"

    name: str = parameter("name of the link")
    does: tuple[str, ...] = parameter("of restore, protect, crossings", choices=DEEDS)

    def __post_init__(self) -> None:
        Edit.__post_init__(self)
        if not self.does:
            raise ScenarioError(
                "names no deed", where=self.where("does"), remedy=f"use of {', '.join(DEEDS)}"
            )
        for deed in self.does:
            if deed not in DEEDS:
                raise ScenarioError(
                    f"unknown deed {deed!r}",
                    where=self.where("does"),
                    remedy=f"use of {', '.join(DEEDS)}",
                )

    def describe(self) -> str:
        """Say in one line what the edit does."""
        return f"link {self.name!r} built ({', '.join(self.does)})"

    def deed(self, name: str) -> Edit:
        """Return one of the deeds as an edit of its own."""
        if name == "restore":
            return Restore(name=self.name, areas=self.areas, crs=self.crs)
        if name == "protect":
            # a link leads from one core area to another and is none itself
            return Protect(name=self.name, areas=self.areas, crs=self.crs, core=False)
        return BuildCrossings(name=self.name, areas=self.areas, crs=self.crs)

    def parts(self) -> tuple[Edit, ...]:
        """Return the deeds, which differ in how long they take."""
        return tuple(self.deed(name) for name in self.does)

    def apply(self, land: Landscape, seed: int) -> Landscape:
        """Do everything that is still to be done inside; another link may have done it before."""
        before = len(land.edits)
        for name in self.does:
            try:
                land = self.deed(name).apply(land, seed)
            except (LandscapeError, ScenarioError):
                continue
        return land if len(land.edits) > before else land.edited(f"{self.describe()}: all was done")
