"""The tables behind the built-in landscape, and its tools on small grids."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from corridor_sim.datasets.andes_amazon import cover, protected, tables
from corridor_sim.datasets.andes_amazon.cover import use_pressure
from corridor_sim.datasets.andes_amazon.fields import blur, in_polygon, smooth_noise, west_of
from corridor_sim.datasets.andes_amazon.region import coarsen, line_cells, region_grid, unproject
from corridor_sim.datasets.andes_amazon.roads import build_roads
from corridor_sim.datasets.andes_amazon.tables import GAZETTEER, _towns
from corridor_sim.datasets.andes_amazon.towns import cell_of
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.routing import cost_from, edge_graph, path
from oracles.andes_covers import COVERS


def code(key: str) -> int:
    return COVERS[key].code


# ---------------------------------------------------------------- tables


def test_every_class_side_and_height_has_exactly_one_rule() -> None:
    heights = np.arange(-900.0, 7000.0, 7.0)
    for igbp_class in range(17):
        for side in tables.SIDES:
            hits = np.zeros(len(heights), int)
            for rule in tables.RULES:
                if igbp_class in rule.classes and side in rule.sides:
                    hits += (heights >= rule.from_m) & (heights < rule.to_m)
            assert (hits == 1).all(), (igbp_class, side, heights[hits != 1][:3])


def test_rules_name_known_covers_and_share_out_everything() -> None:
    for rule in tables.RULES:
        assert sum(share for _, share in rule.shares) == pytest.approx(1.0)
        assert all(key == "forest" or key in COVERS for key, _ in rule.shares)


def test_names_in_the_tables_are_unique_and_refer_to_one_another() -> None:
    towns = [row[0] for row in GAZETTEER]
    roads = [road.name for road in tables.ROADS]
    areas = [area.name for area in tables.AREAS]
    for names in (towns, roads, areas):
        assert len(set(names)) == len(names)
    stops = {s for road in tables.ROADS for s in road.stops if isinstance(s, str)}
    assert stops <= set(towns)
    assert {m for members in tables.GROUPS.values() for m in members} <= set(areas)


def test_the_border_parts_the_towns_of_the_two_countries() -> None:
    lon, lat = np.array([r[1] for r in GAZETTEER]), np.array([r[2] for r in GAZETTEER])
    inside = protected.in_ecuador(lon, lat)
    wrong = [r[0] for r, e in zip(GAZETTEER, inside, strict=True) if e != (r in _towns["ECU"])]
    assert not wrong


def test_the_packaged_classes_are_the_published_ones() -> None:
    table = cover.load_igbp()
    assert table.values.shape == (122, 102)
    assert (table.west_deg, table.north_deg, table.cells_per_degree) == (-80.8, -1.2, 20)
    # the sea off Piura, Guayaquil, the Sechura desert and the Amazon lowland
    lon = np.array([-80.4, -79.93, -80.4, -76.5])
    lat = np.array([-6.9, -2.17, -5.9, -3.0])
    assert table.nearest(lon, lat).tolist() == [0, 13, 16, 2]


# ---------------------------------------------------------------- tools


def test_cheapest_path_on_level_uniform_ground_is_the_octile_distance() -> None:
    cost = np.ones((30, 40))
    far = cost_from(cost, [(10, 5)])
    rows, cols = np.indices(cost.shape)
    dr, dc = abs(rows - 10), abs(cols - 5)
    octile = np.maximum(dr, dc) + (np.sqrt(2.0) - 1.0) * np.minimum(dr, dc)
    np.testing.assert_allclose(far, octile, rtol=1e-12)


def test_path_goes_round_a_wall_through_its_gap() -> None:
    cost = np.ones((21, 21))
    cost[:, 10] = 1e4
    cost[3, 10] = 1.0
    cells = path(cost, np.zeros_like(cost), (18, 2), (18, 18))
    assert (3, 10) in cells
    assert cells[0] == (18, 2)
    assert cells[-1] == (18, 18)
    assert all(max(abs(a - c), abs(b - d)) == 1 for (a, b), (c, d) in pairwise(cells))


def test_a_climb_at_the_reference_grade_doubles_the_cost_both_ways() -> None:
    rise = np.array([[0.0, 0.07, 0.14]])
    graph = edge_graph(np.ones((1, 3)), rise)
    assert graph[0, 1] == pytest.approx(2.0)
    assert graph[1, 0] == pytest.approx(2.0)
    assert graph[0, 2] == 0.0


def test_line_cells_are_neighbours_and_end_where_the_line_does() -> None:
    grid = Grid(50, 60, 100.0, 0.0, 5000.0, "EPSG:32717")
    x, y = np.array([150.0, 4050.0, 5950.0]), np.array([4950.0, 1250.0, 1250.0])
    rows, cols = line_cells(grid, x, y)
    assert (np.maximum(abs(np.diff(rows)), abs(np.diff(cols))) <= 1).all()
    assert (rows[0], cols[0], rows[-1], cols[-1]) == (0, 1, 37, 59)


def test_coarse_blocks_keep_means_and_spread_back() -> None:
    grid = Grid(12, 18, 100.0, 0.0, 1200.0, "EPSG:32717")
    plan, factor = coarsen(grid, 300.0)
    values = np.arange(12 * 18, dtype=np.float32).reshape(12, 18)
    assert (factor, plan.grid.shape, plan.grid.cell_m) == (3, (4, 6), 300.0)
    assert plan.mean(values).mean() == pytest.approx(values.mean())
    assert (plan.highest(values)[0, 0], plan.highest(values)[3, 5]) == (38.0, 215.0)
    back = plan.spread(plan.highest(values), grid.shape)
    assert back.shape == grid.shape
    assert (back >= values).all()
    assert coarsen(grid, 50.0)[1] == 1


def test_points_in_a_polygon_with_a_notch() -> None:
    notched = ((0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (2.0, 1.0), (0.0, 4.0))
    x, y = np.array([2.0, 2.0, 0.5, 3.9, -0.1]), np.array([0.9, 1.1, 3.0, 3.7, 1.0])
    assert in_polygon(x, y, notched).tolist() == [True, False, True, True, False]


def test_west_of_a_line_that_leans() -> None:
    line = ((0.0, 10.0), (5.0, 0.0))
    x, y = np.array([2.0, 3.0, -0.1, 5.1]), np.array([5.0, 5.0, 20.0, -20.0])
    assert west_of(x, y, line).tolist() == [True, False, True, False]


def test_noise_is_tied_to_the_ground_not_to_cells() -> None:
    x, y = np.arange(500.0, 40_000.0, 1000.0), np.arange(-20_500.0, 20_000.0, 1000.0)
    field = smooth_noise(x, y, 7000.0, key=1)
    again = smooth_noise(x[::3], y[::2], 7000.0, key=1)
    np.testing.assert_array_equal(field[::2, ::3], again)
    assert np.abs(field).max() <= 1.0
    assert np.ptp(field) > 1.0
    assert not np.array_equal(field, smooth_noise(x, y, 7000.0, key=2))


def test_a_wide_blur_is_the_gaussian_mean() -> None:
    from scipy.ndimage import gaussian_filter

    field = np.zeros((200, 240), np.float32)
    field[60:140, 80:200] = 1000.0
    field[10:20, 30:50] = -700.0
    got = blur(field, 20_000.0, 500.0)
    expected = gaussian_filter(field, 40.0, mode="nearest")
    assert np.abs(got - expected).max() < 0.01 * np.ptp(field)
    np.testing.assert_array_equal(
        blur(field, 700.0, 500.0), gaussian_filter(field, 1.4, mode="nearest")
    )


def test_refinement_keeps_areas_and_moves_only_edges() -> None:
    grid = region_grid(2000.0)
    lon, lat = unproject(*np.meshgrid(grid.x_centres_m(), grid.y_centres_m()))
    coarse = cover.load_igbp().nearest(lon, lat)
    rows = np.linspace(-0.3, 0.3, grid.height, dtype=np.float32)[:, None]
    lean = np.broadcast_to(rows, grid.shape)  # forest gains in the south and loses in the north
    fine = cover.refine_classes(lon, lat, {2: lean})
    greedy = cover.refine_classes(lon, lat, {2: np.full(grid.shape, 0.3, np.float32)})
    for k in np.unique(coarse):
        # the iteration stops once every class is within one per cent
        assert (fine == k).sum() == pytest.approx((coarse == k).sum(), rel=0.01), k
        assert (greedy == k).sum() == pytest.approx((coarse == k).sum(), rel=0.01), k
    half = grid.height // 2
    assert (fine[half:] == 2).sum() > (coarse[half:] == 2).sum()
    assert (fine[:half] == 2).sum() < (coarse[:half] == 2).sum()
    assert (fine == coarse).mean() > 0.9


def test_use_sits_low_gentle_and_near_people() -> None:
    grid = Grid(60, 60, 1000.0, 600_000.0, 9_600_000.0, "EPSG:32717")
    valley = np.abs(np.arange(60) - 30)[None, :] * 60.0 + np.zeros((60, 1))
    road = np.zeros(grid.shape, np.uint8)
    road[:30, 30] = 2
    none = np.zeros(grid.shape, bool)
    none[0, 0] = True
    pressure = use_pressure(
        grid, valley.astype(np.float32), road, none, np.zeros(grid.shape, np.float32)
    )
    assert pressure[10, 30] > pressure[10, 50]
    assert pressure[10, 30] > pressure[55, 30]


def test_an_earlier_area_keeps_its_ground_and_the_later_one_grows_round_it() -> None:
    grid = region_grid(2000.0)
    lon, lat = unproject(*np.meshgrid(grid.x_centres_m(), grid.y_centres_m()))
    flat = np.full(grid.shape, 1000.0, np.float32)
    cover = np.full(grid.shape, code("premontane_forest"), np.uint8)
    nothing = np.zeros(grid.shape, np.uint8)
    first = tables.Area("first", "ECU", 40_000, 0, 2000, (((-78.0, -2.2),),))
    second = tables.Area("second", "ECU", 80_000, 0, 2000, (((-78.0, -2.25),),))
    abroad = tables.Area("abroad", "PER", 20_000, 0, 2000, (((-77.9, -3.05),),))
    zones, names, countries = protected.build_protected(
        grid, flat, lon, lat, cover, nothing, nothing > 0, (first, second, abroad)
    )
    assert names == ("", "first", "second", "abroad")
    assert countries == ("", "ECU", "ECU", "PER")
    np.testing.assert_array_equal(np.bincount(zones.ravel())[1:] * grid.cell_km2, [400, 800, 200])
    assert not protected.in_ecuador(lon, lat)[zones == 3].any()
    alone = protected.build_protected(grid, flat, lon, lat, cover, nothing, nothing > 0, (first,))[
        0
    ]
    np.testing.assert_array_equal(alone == 1, zones == 1)


def test_roads_avoid_a_ridge_and_share_a_pass() -> None:
    grid = region_grid(1000.0)
    ridge = np.zeros(grid.shape, np.float32)
    row, col = cell_of(grid, 700_000.0, 9_600_000.0)
    ridge[:, col] = 1500.0
    ridge[row, :] = 0.0
    lon, lat = unproject(
        np.array([685_000.0, 715_000.0, 685_000.0, 715_000.0]),
        np.array([9_610_000.0, 9_610_000.0, 9_604_000.0, 9_605_000.0]),
    )
    at = [(float(a), float(b)) for a, b in zip(lon, lat, strict=True)]
    table = (tables.Road("one", 2, (at[0], at[1])), tables.Road("two", 1, (at[2], at[3])))
    none = np.zeros(grid.shape, np.uint8)
    road, routes = build_roads(grid, ridge, none, none > 0, table)
    assert np.flatnonzero(road[:, col]).tolist() == [row]
    assert road[row, col] == 2  # the higher class where two roads share a cell
    assert [r.name for r in routes] == ["one", "two"]
