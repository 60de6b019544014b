"""A new road, drawn on the grid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from corridor_sim.errors import ScenarioError, counted
from corridor_sim.landscape.edits.base import Called, Line, edited, parameter
from corridor_sim.landscape.edits.drawn import NamedEdit
from corridor_sim.landscape.edits.places import bounds_text, line_cells, to_grid_metres
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.languages import tr, tr_plural

_CLASSES = {1: "secondary", 2: "primary"}


class AddRoad(NamedEdit):
    """Add a road along given points, or one for each line of a file."""

    kind: Literal["add_road"] = "add_road"

    place_key: ClassVar[str] = "points"
    shapes: ClassVar[tuple[str, ...]] = ("LineString",)

    name: Called = parameter("name of the road", absent=str)
    points: Line = parameter("points along the road, [lon, lat] or [x, y] in crs", absent=tuple)
    road_class: int = parameter("1 secondary or gravel, 2 primary paved", default=2, low=1, high=2)

    @model_validator(mode="after")
    def _leads_somewhere(self) -> AddRoad:
        if self.file is None and len(self.points) < 2:
            raise ScenarioError(
                tr_plural(
                    "road {name!r} has {n} point",
                    "road {name!r} has {n} points",
                    len(self.points),
                    name=self.name,
                ),
                where=self.where("points"),
                remedy=tr("give at least 2"),
            )
        return self

    def coordinates_of(self, parts: Sequence[Any]) -> Any:
        """Return the points of a line."""
        return list(map(list, parts[0].coords))

    def describe(self) -> str:
        """Say in one line what the edit does."""
        return f"new {_CLASSES[self.road_class]} road {self.name!r}, {len(self.points)} points"

    def apply(self, land: Landscape, seed: int) -> Landscape:
        """Draw the road; a cell that has a road already keeps the higher class.

        Raises
        ------
        ScenarioError
            If a point lies outside the landscape, naming it.
        """
        grid = land.grid
        xy = to_grid_metres(self.points, self.crs, grid, self.where("points"))
        col, row = grid.to_cells(xy[:, 0], xy[:, 1])
        vertices = np.floor(np.column_stack([row, col])).astype(np.int64)
        outside = ((vertices < 0) | (vertices >= grid.shape)).any(axis=1)
        if outside.any():
            i = int(np.argmax(outside))
            raise ScenarioError(
                tr(
                    "point {n} {place} of road {name!r} is outside {landscape}",
                    n=i + 1,
                    place=self.points[i],
                    name=self.name,
                    landscape=land.name,
                ),
                where=self.where("points"),
                remedy=bounds_text(grid, self.crs),
            )
        cells = line_cells(vertices)
        road = land["road"].copy()
        at = (cells[:, 0], cells[:, 1])
        road[at] = np.maximum(road[at], self.road_class)
        return edited(land, self.describe() + self._without_ground(land, at), {"road": road})

    def _without_ground(self, land: Landscape, at: tuple[NDArray[Any], ...]) -> str:
        """Say how much of the road is left out for want of ground; refuse one that is nothing."""
        off = 0 if land.outside is None else int(land.outside[at].sum())
        if off == at[0].size:
            raise ScenarioError(
                tr(
                    "road {name!r} lies wholly where {landscape} has no ground",
                    name=self.name,
                    landscape=land.name,
                ),
                where=self.where("points"),
                remedy=tr("lead it over the ground"),
            )
        return f", {counted(off, 'cell')} of it without ground left out" if off else ""
