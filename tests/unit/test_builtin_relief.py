"""The built-in landscape's ground and rivers: means kept, water leaves, same bits everywhere."""

from __future__ import annotations

import re

import numpy as np
import pytest

from corridor_sim.datasets.andes_amazon import region, relief
from corridor_sim.datasets.andes_amazon.courses import carve, route_rivers
from corridor_sim.datasets.andes_amazon.drainage import (
    build_rivers,
    mean_discharge_m3_s,
    river_width_m,
)
from corridor_sim.datasets.andes_amazon.erosion import breach, creep, incise, valley_path
from corridor_sim.datasets.andes_amazon.region import project, region_grid, unproject
from corridor_sim.datasets.andes_amazon.relief import build_elevation, strike_shift_m
from corridor_sim.datasets.andes_amazon.skeleton import blocks_of, load_skeleton
from corridor_sim.datasets.andes_amazon.tables import INFLOWS, RIVERS
from corridor_sim.errors import LandscapeError
from corridor_sim.landscape.flow import accumulate, flood
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.smooth_noise import fractal_noise


@pytest.fixture(scope="module")
def grid():
    return region_grid()


@pytest.fixture(scope="module")
def elevation(grid):
    return build_elevation(grid)


@pytest.fixture(scope="module")
def rivers(elevation, grid):
    return build_rivers(elevation, grid)


def drain(z, outlet, waver=0.0):
    order = np.empty(z.size, np.int32)
    receiver = np.empty(z.size, np.int32)
    level = flood(z, outlet, order, receiver, waver)
    return level.reshape(z.shape), order, receiver


def edge_of(shape):
    outlet = np.zeros(shape, bool)
    outlet[0] = outlet[-1] = outlet[:, 0] = outlet[:, -1] = True
    return outlet


class TestRegion:
    def test_the_grid_holds_the_whole_region_with_less_than_a_cell_to_spare(self, grid):
        west, south, east, north = grid.bounds_m
        w, s, e, n = region.bounds_m()
        for spare in (w - west, s - south, east - e, north - n):
            assert 0 <= spare < grid.cell_m
        assert grid.crs == "EPSG:32717"
        assert (grid.west_m / 1000).is_integer()

    def test_projection_returns(self):
        lon, lat = np.array([-80.5, -78.0, -76.0]), np.array([-7.0, -4.0, -1.5])
        back = unproject(*project(lon, lat))
        np.testing.assert_allclose(back, (lon, lat), atol=1e-9)

    @pytest.mark.parametrize("cell", [0.0, -5.0, 29.0, 20_000.0, float("nan")])
    def test_impossible_cells_are_refused(self, cell):
        with pytest.raises(LandscapeError, match="choose 30 to 10000 m"):
            region_grid(cell)

    def test_ninety_metre_cells_are_a_grid(self):
        fine = region_grid(90.0)
        assert fine.height * fine.width > 30e6


class TestSkeleton:
    def test_the_table_is_a_table_of_5_minute_means(self):
        table = load_skeleton()
        assert table.values.shape == (78, 66)
        assert (table.west_deg, table.north_deg, table.cells_per_degree) == (-81.0, -1.0, 12)
        assert table.values.min() == 0.0
        assert 4500 < table.values.max() < 4800

    def test_a_spread_field_has_the_means_it_was_asked_for(self, grid):
        blocks = blocks_of(grid)
        table = load_skeleton()
        for degree in (1, 2):
            got = blocks.means(blocks.spread(table.values, degree))
            off = (got - table.values)[blocks.covered]
            # exact on a grid in degrees; here each coarse cell holds 81 to 100 squares in metres,
            # whose centres miss its true mean by up to half a cell times the slope (0.2)
            assert np.sqrt((off**2).mean()) < 0.2 * grid.cell_m / 2 / 3

    def test_corrections_converge(self, grid):
        blocks = blocks_of(grid)
        means = load_skeleton().values
        rough = blocks.spread(means) + 300 * fractal_noise(grid, 14_000.0, 4, 0.6, key=99)
        kept = blocks.keep(rough, means, 3)
        assert np.abs(blocks.means(rough) - means)[blocks.covered].max() > 50
        assert np.abs(blocks.means(kept) - means)[blocks.covered].max() < 0.5


class TestNoise:
    def test_a_window_shows_the_same_field(self):
        whole = Grid(40, 60, 1000.0, 600_000.0, 9_700_000.0, "EPSG:32717")
        window = Grid(10, 20, 1000.0, 630_000.0, 9_680_000.0, "EPSG:32717")
        for stretch in (1.0, 2.0):
            a, b = (
                fractal_noise(grid, 9000.0, 3, 0.6, 5, stretch, strike_shift_m(grid.y_centres_m()))
                for grid in (whole, window)
            )
            np.testing.assert_array_equal(a[20:30, 30:50], b)

    def test_a_finer_grid_shows_the_same_field(self):
        coarse = Grid(30, 30, 1500.0, 600_000.0, 9_700_000.0, "EPSG:32717")
        fine = Grid(90, 90, 500.0, 600_000.0, 9_700_000.0, "EPSG:32717")
        a = fractal_noise(coarse, 12_000.0, 2, 0.6, 5)
        b = fractal_noise(fine, 12_000.0, 2, 0.6, 5)
        np.testing.assert_allclose(a, b[1::3, 1::3], atol=1e-5)

    def test_it_is_centred_with_unit_spread_and_keys_differ(self):
        grid = Grid(400, 400, 1000.0, 0.0, 400_000.0, "EPSG:32717")
        a, b = (fractal_noise(grid, 10_000.0, 3, 0.6, key) for key in (1, 2))
        # 40 x 40 independent waves: standard errors 1/40 of the SD
        assert abs(a.mean()) < 4 / 40
        assert abs(a.std() - 1) < 0.15
        assert abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < 4 / 40


class TestFlow:
    def test_a_hollow_is_raised_to_its_sill_and_water_finds_the_sill(self):
        z = np.full((5, 7), 9.0, np.float32)
        z[2, 1:5] = [5, 2, 3, 4]
        z[2, 5] = 6
        z[2, 6] = 1
        outlet = np.zeros((5, 7), bool)
        outlet[2, 6] = True
        level, order, receiver = drain(z, outlet)
        assert (level[2, 1:5] == 6).all()
        area = np.ones(z.size)
        accumulate(order, receiver, area)
        assert area[2 * 7 + 6] == z.size
        assert area[2 * 7 + 5] >= 4

    def test_every_cell_reaches_an_outlet_and_receivers_come_first(self, elevation):
        z = elevation[100:300, 100:300].copy()
        level, order, receiver = drain(z, edge_of(z.shape), 0.3)
        rank = np.empty(z.size, np.int64)
        rank[order] = np.arange(z.size)
        inner = receiver >= 0
        assert (np.sort(order) == np.arange(z.size)).all()
        assert (rank[receiver[inner]] < rank[inner.nonzero()[0]]).all()
        assert (level >= z).all()
        area = np.ones(z.size)
        accumulate(order, receiver, area)
        assert area[~inner].sum() == z.size

    @pytest.mark.parametrize(("east", "to"), [(1.0, 3 * 9 + 3), (0.5, 3 * 9 + 4)])
    def test_water_runs_down_the_steepest_way(self, east, to):
        row, col = np.mgrid[0:9, 0:9]
        z = (row * 2.0 + col * east).astype(np.float32)
        _, _, receiver = drain(z, edge_of(z.shape))
        # north falls by 2; north-west by 3 / sqrt(2) = 2.12 or by 2.5 / sqrt(2) = 1.77
        assert receiver[4 * 9 + 4] == to

    def test_breaching_cuts_the_sill_of_a_river_only(self):
        z = np.array([5.0, 3.0, 4.0, 1.0], np.float32)
        order, receiver = np.array([3, 2, 1, 0]), np.array([1, 2, 3, -1])
        area = np.array([1.0, 2.0, 3.0, 4.0])
        small = z.copy()
        breach(small, order, receiver, area, 10.0, 0.5)
        np.testing.assert_array_equal(small, z)
        breach(z, order, receiver, area, 2.0, 0.5)
        np.testing.assert_array_equal(z, np.array([5.0, 3.0, 2.5, 1.0], np.float32))

    def test_incision_is_the_implicit_step(self):
        z = np.array([100.0, 0.0], np.float32)
        incise(
            z,
            np.array([1, 0]),
            np.array([1, -1]),
            np.array([4.5, 5.5]),
            np.array([0.5, 0.5]),
            2,
            1.0,
            0.5,
        )
        # F = 0.5 sqrt(4.5 - 0.5) / 1 = 1, z = (100 + 1 * 0) / 2
        np.testing.assert_allclose(z, [50.0, 0.0])

    def test_creep_keeps_the_volume(self, elevation):
        z = elevation[200:260, 200:260].astype(np.float64)
        after = creep(z, 0.1)
        assert after.sum() == pytest.approx(z.sum(), rel=1e-12)
        assert after.std() < z.std()

    def test_a_course_goes_round_a_hill(self):
        z = np.zeros((21, 21), np.float32)
        z[5:16, 8:13] = 500.0
        path = valley_path(z, np.ones_like(z), 10, 0, 10, 20)
        assert tuple(path[0]) == (10, 0)
        assert tuple(path[-1]) == (10, 20)
        assert np.abs(np.diff(path, axis=0)).max() == 1
        assert z[path[:, 0], path[:, 1]].max() == 0


class TestElevation:
    def test_dtype_shape_and_a_sane_range(self, elevation, grid):
        assert elevation.dtype == np.float32
        assert elevation.shape == grid.shape
        assert np.isfinite(elevation).all()
        assert elevation.min() == 0.0
        assert 4300 < elevation.max() < 6300

    def test_every_coarse_cell_keeps_its_mean(self, elevation, grid):
        blocks = blocks_of(grid)
        off = (blocks.means(elevation) - load_skeleton().values)[blocks.covered]
        assert np.sqrt((off**2).mean()) < 1.0
        assert np.abs(off).max() < 10.0

    def test_the_sea_is_flat_and_only_the_sea_is_at_zero(self, elevation, grid):
        lon, lat = unproject(*np.meshgrid(grid.x_centres_m(), grid.y_centres_m()))
        gulf = (lon < -80.35) & (lat > -3.2) & (lat < -2.9)
        inland = lon > -79.3
        assert (elevation[gulf] == 0).mean() > 0.9
        assert (elevation[inland] > 0).all()

    def test_no_hollow_is_deep(self, elevation):
        level, _, _ = drain(elevation, edge_of(elevation.shape) | (elevation <= 0))
        # rivers of 20 km² and more are breached; what is left are hollows of single cells
        assert (level - elevation).max() < 15.0
        assert (level - elevation > 1.0).mean() < 1e-3

    def test_the_same_terrain_comes_out_twice(self, elevation, grid, monkeypatch):
        # shaped again, and not read from what the first time kept
        monkeypatch.setattr(relief, "kept_elevation", lambda shape: None)
        relief.master_elevation.cache_clear()
        again = build_elevation(grid)
        assert again.tobytes() == elevation.tobytes()

    def test_a_window_shows_the_same_mountains(self, elevation, grid):
        window = Grid(50, 70, 1000.0, grid.west_m + 9e4, grid.north_m - 2e5, grid.crs)
        np.testing.assert_array_equal(build_elevation(window), elevation[200:250, 90:160])

    def test_coarser_cells_are_means(self, elevation, grid):
        window = Grid(20, 30, 4000.0, grid.west_m + 8e4, grid.north_m - 2e5, grid.crs)
        blocks = elevation[200:280, 80:200].astype(np.float64).reshape(20, 4, 30, 4)
        np.testing.assert_allclose(build_elevation(window), blocks.mean(axis=(1, 3)), atol=1e-2)

    @pytest.mark.parametrize(("cell", "tolerance_m"), [(500.0, 1.0), (100.0, 1.0)])
    def test_finer_cells_are_the_same_mountains(self, elevation, grid, cell, tolerance_m):
        n = round(1000 / cell)
        window = Grid(40 * n, 60 * n, cell, grid.west_m + 1e5, grid.north_m - 2e5, grid.crs)
        fine = build_elevation(window)
        mean = fine.astype(np.float64).reshape(40, n, 60, n).mean(axis=(1, 3))
        off = (mean - elevation[200:240, 100:160])[2:-2, 2:-2]
        assert np.sqrt((off**2).mean()) < tolerance_m
        within = fine.reshape(40, n, 60, n).std(axis=(1, 3))
        assert np.median(within) > 5.0

    def test_elsewhere_and_other_projections_are_refused(self, grid):
        with pytest.raises(LandscapeError, match="beyond the built-in landscape"):
            build_elevation(Grid(10, 10, 1000.0, 0.0, grid.north_m, grid.crs))
        with pytest.raises(LandscapeError, match=re.escape("use a grid in EPSG:32717")):
            build_elevation(Grid(10, 10, 1000.0, grid.west_m, grid.north_m, "EPSG:32718"))
        with pytest.raises(LandscapeError, match="beyond the packaged elevation"):
            blocks_of(Grid(10, 10, 1000.0, 1.2e6, grid.north_m, grid.crs))


class TestRivers:
    def test_classes_and_dtype(self, rivers, grid):
        assert rivers.dtype == np.uint8
        assert rivers.shape == grid.shape
        assert set(np.unique(rivers)) == {0, 1, 2, 3}
        assert 0.02 < (rivers > 0).mean() < 0.12

    def test_width_follows_hydraulic_geometry(self):
        # 7.2 (2 * 50)^0.5 = 72 m
        np.testing.assert_allclose(river_width_m(np.array([50.0, 200.0])), [72.0, 144.0])

    def test_rivers_are_lines_that_widen_and_end_in_the_sea_or_at_the_edge(
        self, rivers, elevation, grid
    ):
        flow = mean_discharge_m3_s(elevation, grid)
        ends = 0
        for row, col in np.argwhere(rivers[1:-1, 1:-1] > 0) + 1:
            around = np.s_[row - 1 : row + 2, col - 1 : col + 2]
            if (elevation[around] <= 0).any():
                continue
            wider = (flow[around] > flow[row, col]) & (rivers[around] >= rivers[row, col])
            ends += not wider.any()
        assert ends == 0

    def test_discharge_is_what_falls_upstream(self, elevation, grid):
        flow = mean_discharge_m3_s(elevation, grid)
        leaves = edge_of(grid.shape) | (elevation <= 0)
        entering = sum(i.discharge_m3_s for i in INFLOWS)
        # 0.01 to 2.5 m of runoff a year over the land, plus what enters; the water of an inflow
        # leaves over the edge as well
        assert flow[leaves].sum() > entering
        assert flow[leaves].sum() < entering + 2.5 / 3.156e7 * grid.shape[0] * grid.shape[1] * 1e6

    @pytest.mark.parametrize(
        ("name", "lon", "lat", "least"),
        [
            ("Marañón below the Pongo de Manseriche", -77.45, -4.53, 3),
            ("Santiago at its mouth", -77.70, -4.25, 3),
            ("Pastaza below the border", -76.40, -2.98, 3),
            ("Huallaga at Chazuta", -76.14, -6.57, 3),
            ("Zamora at Yantzaza", -78.76, -3.83, 2),
            ("Upano at Sucúa", -78.15, -2.47, 2),
            ("Chinchipe above its mouth", -78.70, -5.42, 2),
            ("Utcubamba at Bagua Grande", -78.44, -5.77, 2),
            ("Mayo at Moyobamba", -76.95, -6.05, 2),
            ("Chira at the border", -80.20, -4.35, 2),
        ],
    )
    def test_known_rivers_are_there(self, rivers, grid, name, lon, lat, least):
        col, row = grid.to_cells(*project(np.array([lon]), np.array([lat])))
        r, c = int(row[0]), int(col[0])
        assert rivers[r - 8 : r + 9, c - 8 : c + 9].max() >= least, name

    def test_the_maranon_leaves_through_its_gorge_not_over_the_hills(self, grid):
        master = relief.master_grid(1000.0)
        routed = route_rivers(relief.smooth_ground(blocks_of(master)).astype(np.float32), master)
        assert set(routed) == set(RIVERS)
        z = relief.master_elevation().ravel()
        for name, cells in routed.items():
            row, col = np.divmod(cells, master.width)
            assert max(np.abs(np.diff(row)).max(), np.abs(np.diff(col)).max()) == 1, name
            assert len(np.unique(cells)) == len(cells), name
            assert np.diff(z[cells]).max() < 1.0, name

    def test_carving_makes_a_bed_that_falls(self):
        z = np.array([[9.0, 4.0, 7.0, 3.0]], np.float32)
        carve(z, {"a": np.array([0, 1, 2, 3])})
        np.testing.assert_allclose(z, [[9.0, 4.0, 3.95, 3.0]], atol=1e-6)

    def test_a_grid_of_the_sea_has_no_river(self):
        sea = Grid(20, 20, 1000.0, 560_000.0, 9_660_000.0, "EPSG:32717")
        assert (build_rivers(np.zeros((20, 20), np.float32), sea) == 0).all()
