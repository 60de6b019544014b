"""Large works: a mine or a dam, with the road that leads to it.

The hole in the forest is small beside what the access road opens: access (``hazard_access``) and
clearing follow roads, so both edits build one from the nearest road unless told not to.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import Any, ClassVar, Literal, cast

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import LandscapeError, ScenarioError
from corridor_sim.landscape.edits.base import Called, Place, Ring, edited, parameter
from corridor_sim.landscape.edits.drawn import NamedEdit
from corridor_sim.landscape.edits.places import bounds_text, to_grid_metres
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.routing import NEIGHBOURS, first_arrival, step_costs

SLOPE_DOUBLING_DEG = 5.0
"""Slope at which building a road costs twice as much as on the flat. Assumption: roads of the
region follow valleys, and slopes of 1-km cells understate those within them."""

WATER_COST = 25.0
"""Cost of a bridge over one cell of open water, in cells of flat ground. Assumption."""


class Work(NamedEdit):
    """What every large work has: a name, a place, and the road that leads there."""

    place_key: ClassVar[str] = "at"
    shapes: ClassVar[tuple[str, ...]] = ("Point",)

    name: Called = parameter("name of the mine or dam", absent=str)
    at: Place = parameter("its centre, [lon, lat] or [x, y] in crs", absent=tuple)
    access_road: int = parameter(
        "road from the nearest road: 0 none, 1 gravel, 2 paved", default=1, low=0, high=2
    )

    def coordinates_of(self, parts: Sequence[Any]) -> Any:
        """Return the coordinates of a point."""
        return list(parts[0].coords[0])

    @property
    def makes_cover(self) -> bool:
        """Whether it changes the land cover: always."""
        return True

    @property
    def and_road(self) -> str:
        """What :meth:`describe` adds where a road is built."""
        return " and an access road" if self.access_road else ""

    def cell(self, land: Landscape) -> tuple[int, int]:
        """Row and column of the point.

        Raises
        ------
        ScenarioError
            If it is no pair of numbers, or lies outside the landscape.
        """
        where = self.where("at")
        xy = to_grid_metres(cast(Ring, (self.at,)), self.crs, land.grid, where)
        col, row = (int(np.floor(v[0])) for v in land.grid.to_cells(xy[:, 0], xy[:, 1]))
        if not (0 <= row < land.grid.height and 0 <= col < land.grid.width):
            raise ScenarioError(
                f"{self.at} is outside {land.name}",
                where=where,
                remedy=bounds_text(land.grid, self.crs),
            )
        if land.outside is not None and land.outside[row, col]:
            raise ScenarioError(
                f"{self.at} lies where {land.name} has no ground",
                where=where,
                remedy="give a place on the ground",
            )
        return row, col

    def n_cells(self, area_ha: float, land: Landscape, available: int) -> int:
        """Return how many cells an area takes.

        Raises
        ------
        ScenarioError
            More than are available.
        """
        n = max(1, int(np.floor(area_ha / (land.grid.cell_km2 * 100.0) + 0.5)))
        if n > available:
            there_ha = available * land.grid.cell_km2 * 100.0
            raise ScenarioError(
                f"{area_ha:,.0f} ha exceed the {there_ha:,.0f} ha of ground that it can cover",
                where=self.kind,
                remedy="give a smaller area, or another place",
            )
        return n

    def built(
        self, land: Landscape, cover: NDArray[np.uint8], goal: NDArray[np.int64]
    ) -> Landscape:
        """Return the landscape under the new ``cover [cell]``, with the road to the cells ``goal``.

        Raises
        ------
        LandscapeError
            If an access road is wanted and there is no road to start from.
        """
        changed = {"land_cover": cover.reshape(land.grid.shape)}
        if self.access_road:
            changed["road"] = self._with_access(land, goal)
        return edited(land, self.describe(), changed)

    def _with_access(self, land: Landscape, goal: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Roads with a new one from the nearest road to the cells ``goal``, ``[height, width]``.

        It takes the way of least cost, where a cell costs ``1 + slope / 5°`` and open water 25.
        """
        road = land["road"].copy()
        flat = road.reshape(-1)
        if not (flat > 0).any():
            raise LandscapeError(
                "there is no road from which an access road could start",
                where=self.where("access_road"),
                remedy="set access_road = 0, or add a road first",
            )
        cost = 1.0 + land["slope_deg"].astype(np.float64) / SLOPE_DOUBLING_DEG
        cost[land.covers.has(land["land_cover"], "water")] = WATER_COST
        if land.outside is not None:
            cost[land.outside] = np.inf
        start = np.full(cost.shape, np.inf)
        start.reshape(-1)[goal] = 0.0
        far, before = first_arrival(step_costs(cost), start)
        reached = np.where(flat > 0, far.reshape(-1), np.inf)
        here = int(np.argmin(reached))
        if not np.isfinite(reached[here]):
            raise LandscapeError(
                "no way over ground leads to a road",
                where=self.where("access_road"),
                remedy="set access_road = 0, or add a road on this side first",
            )
        while here >= 0:
            flat[here] = max(int(flat[here]), self.access_road)
            here = int(before.reshape(-1)[here])
        return road


class OpenMine(Work):
    """Open a pit mine with its access road."""

    kind: Literal["open_mine"] = "open_mine"

    area_ha: float = parameter("area of pit, dumps and ponds", low=1.0, high=1e6, unit="ha")

    def describe(self) -> str:
        """Say in one line what the edit does."""
        return f"mine {self.name!r} of {self.area_ha:,.0f} ha{self.and_road}"

    def apply(self, land: Landscape, seed: int) -> Landscape:
        """Turn the cells nearest to the centre into a mine; towns and open water are spared.

        Raises
        ------
        ScenarioError
            If the centre lies outside the landscape, or the mine is larger than the ground.
        LandscapeError
            If the table of land cover has no mine, or an access road is wanted and there is no
            road to start from.
        """
        cell = self.cell(land)
        cover = land["land_cover"].reshape(-1).copy()
        mine = land.covers.first("mine", self.kind).code
        free = land.covers.lacks(cover, "settlement", "water")
        row, col = np.unravel_index(np.arange(cover.size), land.grid.shape)
        away = (row - cell[0]) ** 2 + (col - cell[1]) ** 2
        n = self.n_cells(self.area_ha, land, int(free.sum()))
        candidates = np.flatnonzero(free)
        pit = candidates[np.argsort(away[candidates], kind="stable")[:n]]
        cover[pit] = mine
        return self.built(land, cover, pit)


class BuildDam(Work):
    """Build a dam: its reservoir drowns the lowest ground that drains through the wall."""

    kind: Literal["build_dam"] = "build_dam"

    at: Place = parameter("place of the wall, [lon, lat] or [x, y] in crs", absent=tuple)
    reservoir_ha: float = parameter("area of the reservoir", low=1.0, high=1e6, unit="ha")

    def describe(self) -> str:
        """Say in one line what the edit does."""
        return f"dam {self.name!r} with a reservoir of {self.reservoir_ha:,.0f} ha{self.and_road}"

    def apply(self, land: Landscape, seed: int) -> Landscape:
        """Flood the ground that drains through the wall, always the lowest cell beside the water.

        Roads keep their course: they are taken to be laid anew along the shore in the same cells.

        Raises
        ------
        ScenarioError
            If the wall lies outside the landscape, or the ground above it is too small.
        LandscapeError
            If the table of land cover has no water, or an access road is wanted and there is no
            road to start from.
        """
        land.needs("elevation_m", f"edits.{self.kind}", "elevation, a raster of heights in metres")
        wall = self.cell(land)
        flooded = _flood(land, wall)
        n = self.n_cells(self.reservoir_ha, land, flooded.size)
        cover = land["land_cover"].reshape(-1).copy()
        cover[flooded[:n]] = land.covers.first("water", self.kind).code
        return self.built(land, cover, flooded[:1])


def _flood(land: Landscape, wall: tuple[int, int]) -> NDArray[np.int64]:
    """Flat indices of the ground above the wall in the order in which it drowns, wall first.

    Only ground that drains through the wall can drown. The map position of a wall is coarse beside
    a valley, so it stands in that of the nine cells about it that drains most.
    """
    from corridor_sim.landscape.flow import accumulate, flood

    z = np.ascontiguousarray(land["elevation_m"])
    height, width = z.shape
    edge = np.ones(z.shape, np.uint8)
    edge[1:-1, 1:-1] = 0
    if land.outside is not None:
        # water that reaches it is gone
        edge[land.outside] = 1
    order, receiver = np.empty(z.size, np.int32), np.empty(z.size, np.int32)
    flood(z, edge, order, receiver, 0.0)
    drained = np.ones(z.size)
    accumulate(order, receiver, drained)
    about = [
        r * width + c
        for r in range(max(wall[0] - 1, 0), min(wall[0] + 2, height))
        for c in range(max(wall[1] - 1, 0), min(wall[1] + 2, width))
    ]
    stand = max(about, key=lambda cell: (drained[cell], -cell))
    above = np.zeros(z.size, bool)
    above[stand] = True
    for cell in order:
        if receiver[cell] >= 0 and above[receiver[cell]]:
            above[cell] = True
    flat = z.reshape(-1)
    heap = [(float(flat[stand]), stand)]
    drowned: list[int] = []
    above[stand] = False
    while heap:
        level, cell = heapq.heappop(heap)
        drowned.append(cell)
        for dr, dc in NEIGHBOURS:
            r, c = cell // width + dr, cell % width + dc
            other = r * width + c
            if 0 <= r < height and 0 <= c < width and above[other]:
                above[other] = False
                heapq.heappush(heap, (max(level, float(flat[other])), other))
    return np.array(drowned, np.int64)
