"""A new road, drawn on the grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, cast

import numpy as np

from corridor_sim.errors import ScenarioError, counted
from corridor_sim.landscape.edits.base import Edit, Point, Ring, edited, parameter
from corridor_sim.landscape.edits.places import LONLAT, bounds_text, line_cells, to_grid_metres
from corridor_sim.landscape.landscape import Landscape

_CLASSES = {1: "secondary", 2: "primary"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AddRoad(Edit):
    """Add a road along given points."""

    kind: ClassVar[str] = "add_road"

    name: str = parameter("name of the road")
    points: tuple[Point, ...] = parameter("points along the road, [lon, lat] or [x, y] in crs")
    road_class: int = parameter("1 secondary or gravel, 2 primary paved", default=2, low=1, high=2)
    crs: str = parameter("CRS of the points", default=LONLAT)

    def __post_init__(self) -> None:
        Edit.__post_init__(self)
        if len(self.points) < 2:
            raise ScenarioError(
                f"road {self.name!r} has {counted(len(self.points), 'point')}",
                where=self.where("points"),
                remedy="give at least 2",
            )

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
                f"point {i + 1} {self.points[i]} of road {self.name!r} is outside {land.name}",
                where=self.where("points"),
                remedy=bounds_text(grid, self.crs),
            )
        cells = line_cells(vertices)
        road = land["road"].copy()
        at = (cells[:, 0], cells[:, 1])
        road[at] = np.maximum(road[at], self.road_class)
        return edited(land, self.describe(), {"road": road})


def add_road(
    land: Landscape, *, name: str, points: Sequence[Point], road_class: int = 2, crs: str = LONLAT
) -> Landscape:
    """Return a landscape with a new road through ``points``.

    The road is a chain of cells that touch by an edge or a corner; access, distance and every other
    derived layer follow. Land cover stays: what the road brings with it is for a clearing edit.

    Parameters
    ----------
    land : Landscape
        Stays as it is.
    name : str
        For the record of edits.
    points : sequence of (x, y)
        At least two, all inside the landscape; straight in the grid's CRS between them.
    road_class : {1, 2}
        1 secondary or gravel, 2 primary paved.
    crs : str
        CRS of the points; (lon, lat) in degrees by default.

    Raises
    ------
    ScenarioError
        For a point outside the landscape, fewer than two points, an unknown CRS or road class.
    """
    edit = AddRoad(name=name, points=cast(Ring, points), road_class=road_class, crs=crs)
    return edit.apply(land, seed=0)
