"""Where the grid lies in a file's own CRS, whichever way the file counts its longitudes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import LandscapeError
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.io.geo import edge_points, horizontal, mover
from corridor_sim.landscape.polygons import simple_parts

Box = tuple[float, float, float, float]

# in the units of a projected CRS; the Mercator map of the Earth to within a metre of the pole has
# 1e8 metres
FARTHEST = 1e9


@dataclass(frozen=True, slots=True)
class Frame:
    """The grid in a file's CRS.

    Attributes
    ----------
    box : west, south, east, north, or None
        Bounds of the grid, widened; None where they cannot be told.
    turn : float
        Units of a full turn in longitude, 0 for a projected CRS.
    limits : west, south, east, north
        Coordinates beyond these are no place on the Earth.
    """

    box: Box | None
    turn: float
    limits: Box

    @staticmethod
    def of(grid: Grid, crs: Any, where: str) -> Frame:
        """Return the frame of a grid in a CRS that :func:`mover` knows."""
        from pyproj import CRS

        try:
            mover(crs, grid.crs)
            move = mover(grid.crs, crs)
        except LandscapeError as bad:
            raise LandscapeError(bad.problem, where=where, remedy=bad.remedy) from None
        known = CRS.from_user_input(crs)
        turn = 0.0
        limits = (-FARTHEST, -FARTHEST, FARTHEST, FARTHEST)
        if known.is_geographic:
            turn = math.tau / horizontal(known).axis_info[0].unit_conversion_factor
            # longitudes count from -180 or from 0; a pole may be missed by rounding
            limits = (-1.5 * turn, -0.25 * turn - 1e-6, 1.5 * turn, 0.25 * turn + 1e-6)
        x, y = move.transform(*edge_points(*grid.bounds_m, 21))
        if not (np.isfinite(x).all() and np.isfinite(y).all()):
            return Frame(None, turn, limits)
        if turn and np.ptp(x) > turn / 2:
            x = np.where(x < 0, x + turn, x)
        # Edges between the sampled points bulge by far less than two per cent of the extent.
        dx, dy = 0.02 * np.ptp(x), 0.02 * np.ptp(y)
        box = (float(x.min() - dx), float(y.min() - dy), float(x.max() + dx), float(y.max() + dy))
        return Frame(box, turn, limits)

    def filter_box(self) -> Box | None:
        """The box for a filter that knows of no turns; None where one would lose features."""
        if self.box is None or not self.turn:
            return self.box
        west, _, east, _ = self.box
        return self.box if -self.turn / 2 <= west and east <= self.turn / 2 else None

    def meets(
        self, geometry: NDArray[Any], rows: NDArray[np.intp], fids: NDArray[Any], where: str
    ) -> NDArray[np.bool_]:
        """Return which of the features at ``rows`` may touch the grid, by their bounds.

        Longitudes may count from -180 or from 0. A line that leaps over more than half a turn goes
        over the 180th meridian, and its western longitudes become those above 180, in place.

        Raises
        ------
        LandscapeError
            For a feature that touches the grid only if it goes round the other way.
        """
        import shapely

        bounds = shapely.bounds(geometry[rows]).reshape(-1, 4)
        if self.box is None:
            return np.ones(len(rows), bool)
        near = self._near(bounds)
        if not self.turn:
            return near
        wide = (bounds[:, 2] - bounds[:, 0] > self.turn / 2) & near
        for k in np.flatnonzero(wide).tolist():
            leap = _longest_leap(geometry[rows[k]])
            if not self.turn / 2 < leap < self.turn * (1 - 1e-9):
                continue
            over = shapely.transform(geometry[rows[k]], self._eastward)
            if not self._near(shapely.bounds(over).reshape(1, 4))[0]:
                raise LandscapeError(
                    f"feature {fids[rows[k]]} leaps over {leap / self.turn * 360:.0f} degrees of "
                    "longitude: it goes over the 180th meridian, or round the Earth over the study "
                    "area",
                    where=where,
                    remedy="cut it at the 180th meridian: ogr2ogr -wrapdateline -t_srs EPSG:4326",
                )
            geometry[rows[k]] = over
        return near

    def too_wide(self, bounds: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which bounds ``[n, 4]`` span so much longitude that no flat map holds them."""
        if not self.turn or self.box is None:
            return np.zeros(len(bounds), bool)
        return np.asarray(bounds[:, 2] - bounds[:, 0] > self.turn / 4)

    def clip(self, shape: Any) -> Any:
        """Return the part of a valid shape that lies in the box, whichever way longitudes count."""
        import shapely

        assert self.box is not None
        west, south, east, north = self.box
        shifts = (-self.turn, 0.0, self.turn) if self.turn else (0.0,)
        boxes = [shapely.box(west + by, south, east + by, north) for by in shifts]
        return shapely.intersection(shape, shapely.union_all(boxes))

    def _near(self, bounds: NDArray[np.float64]) -> NDArray[np.bool_]:
        assert self.box is not None
        west, south, east, north = self.box
        near = np.zeros(len(bounds), bool)
        for shift in (-self.turn, 0.0, self.turn) if self.turn else (0.0,):
            near |= (bounds[:, 0] + shift <= east) & (bounds[:, 2] + shift >= west)
        return near & (bounds[:, 1] <= north) & (bounds[:, 3] >= south)

    def _eastward(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack([np.where(xy[:, 0] < 0, xy[:, 0] + self.turn, xy[:, 0]), xy[:, 1]])


def _longest_leap(shape: Any) -> float:
    """Return the longest step in x along any line or ring of a shape."""
    import shapely

    longest = 0.0
    for part in simple_parts(shape):
        rings = shapely.get_rings(part) if part.geom_type == "Polygon" else [part]
        for ring in rings:
            x = shapely.get_coordinates(ring)[:, 0]
            longest = max(longest, float(np.abs(np.diff(x)).max(initial=0.0)))
    return longest
