"""Exact shares of cells: against areas that geometry gives, and over partitions of the plane."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from shapely import MultiPolygon, Polygon, box
from shapely.affinity import rotate

from corridor_sim.landscape.coverage import BLOCK, coverage_of
from corridor_sim.landscape.grid import Grid

GRID = Grid(90, 70, 1000.0, 600_000.0, 9_600_000.0, "EPSG:32717")
WINDOW = box(*GRID.bounds_m)


def weights(shape: object) -> np.ndarray:
    return coverage_of(shape, GRID).weights(GRID.height * GRID.width).reshape(GRID.shape)


def test_a_rectangle_across_cells() -> None:
    # 0.25 cells into column 3, to the middle of column 5; rows 10 and 11, 80 % of the last
    found = weights(box(603_250.0, 9_588_200.0, 605_500.0, 9_590_000.0))
    expected = np.zeros(GRID.shape)
    expected[10, 3:6] = [0.75, 1.0, 0.5]
    expected[11, 3:6] = np.array([0.75, 1.0, 0.5]) * 0.8
    assert np.abs(found - expected).max() < 1e-12


@pytest.mark.parametrize("turn", [0.0, 17.0, 45.0, 88.0])
@pytest.mark.parametrize("side_m", [300.0, 2500.0, 40_000.0])
def test_the_area_of_a_turned_square(turn: float, side_m: float) -> None:
    x, y = 614_567.0, 9_535_432.0
    square = rotate(box(x, y, x + side_m, y + side_m), turn)
    assert WINDOW.covers(square)
    found = coverage_of(square, GRID)
    assert found.area_km2 == pytest.approx(side_m**2 / 1e6, rel=1e-12)
    assert (found.share > 0).all()
    assert (found.share <= 1).all()
    # each share is the area of that cell's own piece, to the rounding of map metres (2e-9 of 1 km)
    row, col = np.divmod(found.cells, GRID.width)
    west, north = GRID.west_m + col * 1000.0, GRID.north_m - row * 1000.0
    cells = shapely.box(west, north - 1000.0, west + 1000.0, north)
    own = shapely.area(shapely.intersection(square, cells)) / 1e6
    assert np.abs(found.share - own).max() < 1e-11


def test_a_hole_and_parts_and_what_lies_beyond() -> None:
    ring = Polygon(
        box(610_000, 9_560_000, 630_000, 9_580_000).exterior,
        [box(612_300, 9_562_300, 627_700, 9_577_700).exterior.coords],
    )
    far = box(660_000, 9_590_000, 690_000, 9_620_000)
    found = coverage_of(MultiPolygon([ring, far]), GRID)
    inside = shapely.intersection(far, WINDOW).area
    assert found.area_km2 == pytest.approx((20e3**2 - 15.4e3**2 + inside) / 1e6, rel=1e-12)
    assert coverage_of(box(0, 0, 1, 1), GRID).cells.size == 0
    assert coverage_of(Polygon(), GRID).area_km2 == 0


def test_places_that_fill_the_plane_share_every_cell_out() -> None:
    rng = np.random.default_rng(7)
    west, south, east, north = GRID.bounds_m
    points = shapely.MultiPoint(rng.uniform([west, south], [east, north], (25, 2)))
    parts = shapely.voronoi_polygons(points, extend_to=WINDOW.buffer(5000.0)).geoms
    total = sum(weights(part) for part in parts)
    assert np.abs(total - 1).max() < 1e-9
    # a map of amounts is shared out without loss, across the edges of blocks too
    assert GRID.height > 2 * BLOCK
    amounts = rng.uniform(0, 10, GRID.shape)
    found = sum(coverage_of(part, GRID).total(amounts) for part in parts)
    assert found == pytest.approx(amounts.sum(), rel=1e-12)
