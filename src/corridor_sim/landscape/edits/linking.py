"""A corridor link: one area in which several things are done at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import model_validator

from corridor_sim.errors import LandscapeError, ScenarioError
from corridor_sim.landscape.edits.base import Called, Edit, parameter
from corridor_sim.landscape.edits.crossings import BuildCrossings
from corridor_sim.landscape.edits.drawn import AreaEdit
from corridor_sim.landscape.edits.protection import Protect
from corridor_sim.landscape.edits.restoring import Restore
from corridor_sim.landscape.landscape import Landscape

Action = Literal["restore", "protect", "crossings"]
ACTIONS: tuple[Action, ...] = ("restore", "protect", "crossings")


class BuildLink(AreaEdit):
    """Build a corridor link: restore, protect and cross roads inside an area."""

    kind: Literal["build_link"] = "build_link"
    earlier_names: ClassVar[Mapping[str, str]] = {"does": "actions"}

    name: Called = parameter("name of the link", absent=str)
    actions: tuple[Action, ...] = parameter("of restore, protect, crossings")

    @model_validator(mode="after")
    def _does_something(self) -> BuildLink:
        if not self.actions:
            raise ScenarioError(
                "names no action", where="actions", remedy=f"use of {', '.join(ACTIONS)}"
            )
        return self

    def table(self) -> dict[str, Any]:
        """Return the table that identifies runs: by the word that it had from the first."""
        names = {"actions": "does"}
        return {names.get(key, key): value for key, value in super().table().items()}

    def describe(self) -> str:
        """Say in one line what the edit does."""
        return f"link {self.name!r} built ({', '.join(self.actions)})"

    def action(self, name: Action) -> Edit:
        """Return one of the actions as an edit of its own."""
        where: dict[str, Any] = {"name": self.name, "areas": self.areas, "crs": self.crs}
        if name == "restore":
            return Restore(**where)
        if name == "protect":
            # a link leads from one core area to another and is none itself
            return Protect(**where, core=False)
        return BuildCrossings(**where)

    def parts(self) -> tuple[Edit, ...]:
        """Return the actions, which differ in how long they take."""
        if self.file is not None:
            return (self,)
        return tuple(self.action(name) for name in self.actions)

    def apply(self, land: Landscape, seed: int) -> Landscape:
        """Do everything that is still to be done inside; another link may have done it before."""
        before = len(land.edits)
        for part in self.parts():
            try:
                land = part.apply(land, seed)
            except (LandscapeError, ScenarioError):
                continue
        return land if len(land.edits) > before else land.edited(f"{self.describe()}: all was done")
