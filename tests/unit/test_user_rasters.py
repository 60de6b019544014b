"""A user's rasters become the right arrays: resampling rules, CRSs, windows, origins."""

from __future__ import annotations

import tracemalloc
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from corridor_sim.errors import LandscapeError
from corridor_sim.landscape.io import rasters
from corridor_sim.landscape.io.settings import LandscapeSettings
from corridor_sim.landscape.io.user import load_user_landscape
from corridor_sim.landscape.layers import LAYERS
from oracles.user_files import LONLAT, NORTH, PSAD, UTM, WEST, height_of, load, plane, raster


@settings(max_examples=25, deadline=None)
@given(
    values=hnp.arrays(
        np.float32,
        hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=9),
        elements=st.floats(-430, 8848, width=32),
    ),
    cell=st.sampled_from([30.0, 90.0, 1000.0, 33.3]),
    west=st.floats(2e5, 8e5),
)
def test_a_grid_that_coincides_is_copied_to_the_bit(
    values: Any, cell: float, west: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("same")
    raster(folder / "dem.tif", values, cell=cell, west=west)
    land = load(folder)
    assert land.grid.shape == values.shape
    assert land.grid.bounds_m[0] == pytest.approx(west, abs=1e-6)
    np.testing.assert_array_equal(land["elevation_m"], values)
    assert "taken as is" in land.origins["elevation_m"].source


def test_an_extent_takes_its_part_of_the_raster(tmp_path: Path) -> None:
    values = np.arange(600, dtype=np.float32).reshape(20, 30)
    raster(tmp_path / "dem.tif", values)
    land = load(tmp_path, extent=f"{WEST + 300} {NORTH - 1500} {WEST + 1000} {NORTH - 200}")
    np.testing.assert_array_equal(land["elevation_m"], values[2:15, 3:10])
    assert land.grid.bounds_m == (WEST + 300, NORTH - 1500, WEST + 1000, NORTH - 200)


def test_a_coarser_grid_averages(tmp_path: Path) -> None:
    values = np.random.default_rng(1).uniform(0, 4000, (30, 60)).astype(np.float32)
    raster(tmp_path / "dem.tif", values)
    land = load(tmp_path, cell_m=300)
    blocks = values.astype(np.float64).reshape(10, 3, 20, 3).mean(axis=(1, 3))
    # One rounding to float32 of a value below 4096.
    np.testing.assert_allclose(
        land["elevation_m"], blocks, rtol=0, atol=np.spacing(np.float32(2048))
    )
    assert "averaged" in land.origins["elevation_m"].source


def test_a_finer_grid_interpolates(tmp_path: Path) -> None:
    raster(tmp_path / "dem.tif", plane(20, 20, 500.0), cell=500.0)
    land = load(tmp_path, cell_m=100)
    assert land.grid.shape == (100, 100)
    # Bilinear interpolation is exact on a plane, but for the outer half cell, where it holds.
    inner = np.s_[3:-3, 3:-3]
    np.testing.assert_allclose(land["elevation_m"][inner], plane(100, 100, 100.0)[inner], atol=1e-3)
    assert "interpolated" in land.origins["elevation_m"].source


def test_tiles_leave_no_seams(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(2).uniform(0, 4000, (80, 70)).astype(np.float32)
    raster(tmp_path / "dem.tif", values)
    for cell in (50, 250):
        monkeypatch.setattr(rasters, "TILE_EDGE", 4096)
        whole = load(tmp_path, cell_m=cell)["elevation_m"]
        monkeypatch.setattr(rasters, "TILE_EDGE", 17)
        np.testing.assert_array_equal(load(tmp_path, cell_m=cell)["elevation_m"], whole)


def test_tiles_leave_no_seams_between_crss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lon, lat = np.arange(120) * 0.001, np.arange(120) * 0.001
    values = (1000 + 9000 * lon[None, :] + 5000 * lat[:, None]).astype(np.float32)
    raster(tmp_path / "dem.tif", values, crs=LONLAT, west=-79.0, north=-4.0, cell=0.001)
    monkeypatch.setattr(rasters, "TILE_EDGE", 4096)
    whole = load(tmp_path, cell_m=100)["elevation_m"]
    monkeypatch.setattr(rasters, "TILE_EDGE", 19)
    tiled = load(tmp_path, cell_m=100)["elevation_m"]
    # Each warp may misplace a cell by WARP_TOLERANCE source cells, in x and in y.
    steps = 2 * rasters.WARP_TOLERANCE * (9 + 5)
    np.testing.assert_allclose(tiled, whole, rtol=0, atol=steps)


def test_a_geographic_dem_goes_to_utm_and_lands_in_place(tmp_path: Path) -> None:
    from pyproj import Transformer

    step = 1 / 120
    lon = -79.0 + (np.arange(60) + 0.5) * step
    lat = -4.0 - (np.arange(60) + 0.5) * step
    values = (1500 + 2000 * (lon[None, :] + 79) + 3000 * (lat[:, None] + 4)).astype(np.float32)
    raster(tmp_path / "dem.tif", values, crs=LONLAT, west=-79.0, north=-4.0, cell=step)
    land = load(tmp_path)
    assert land.grid.crs == UTM
    assert land.grid.cell_m == 920  # 30 arc-seconds are 922 m along the meridian, 924 m across
    x, y = np.meshgrid(land.grid.x_centres_m(), land.grid.y_centres_m())
    at_lon, at_lat = Transformer.from_crs(UTM, LONLAT, always_xy=True).transform(x, y)
    want = 1500 + 2000 * (at_lon + 79) + 3000 * (at_lat + 4)
    # The average takes the source cells under a target cell, which sit off its centre by less
    # than half a source cell in each direction: 0.5 * step * (2000 + 3000) m at most.
    error = np.abs(land["elevation_m"] - want)
    assert error.max() < 0.5 * step * 5000
    assert np.abs(np.mean(land["elevation_m"] - want)) < 0.05 * step * 5000


@pytest.mark.parametrize(("psad", "north"), [(PSAD, NORTH), ("EPSG:24817", NORTH - 1e7)])
def test_an_old_datum_is_shifted(psad: str, north: float, tmp_path: Path) -> None:
    # Ecuador's older maps are on PSAD56, zone 17 south or, with negative northings, 17 north.
    from pyproj import Transformer

    raster(tmp_path / "dem.tif", plane(60, 60, 100.0), crs=psad, north=north)
    kept = load(tmp_path)
    assert kept.grid.crs == psad
    land = load(tmp_path, crs=UTM, cell_m=50)
    x, y = np.meshgrid(land.grid.x_centres_m(), land.grid.y_centres_m())
    px, py = Transformer.from_crs(UTM, PSAD, always_xy=True).transform(x, y)
    shift = np.hypot(px - x, py - y)
    assert 200 < shift.min() < shift.max() < 600  # PSAD56 lies some 450 m off in Ecuador
    want = height_of(px, py)
    inner = np.s_[3:-3, 3:-3]
    # Bilinear on a plane: left are WARP_TOLERANCE of a 100 m cell on each axis, and the
    # millimetres of two PROJ releases.
    np.testing.assert_allclose(land["elevation_m"][inner], want[inner], rtol=0, atol=0.05)
    assert np.abs(height_of(x, y) - want).min() > 1.0  # not shifting at all would show


def test_a_crs_without_a_code_is_kept(tmp_path: Path) -> None:
    laea = "+proj=laea +lat_0=-4 +lon_0=-79 +datum=WGS84 +units=m"
    raster(tmp_path / "dem.tif", plane(20, 20, 100.0), crs=laea, west=0, north=0)
    land = load(tmp_path)
    assert "Lambert_Azimuthal_Equal_Area" in land.grid.crs or "Lambert Azimuthal" in land.grid.crs
    assert land.to_xarray().spatial_ref.attrs["crs_wkt"]


def test_declared_scaling_is_applied(tmp_path: Path) -> None:
    raster(tmp_path / "dem.tif", plane(10, 10, 100.0))
    tenths_k = np.full((10, 10), 2900, np.uint16)
    raster(tmp_path / "t.tif", tenths_k, scaling=(0.1, -273.15))
    np.testing.assert_allclose(
        load(tmp_path, temperature="t.tif")["temperature_c"], 16.85, atol=1e-5
    )


def test_what_lies_outside_the_study_area_does_no_harm(tmp_path: Path) -> None:
    values = plane(30, 30, 100.0)
    values[:, :10] = -32768  # undeclared
    values[:, 20:] = 99999
    raster(tmp_path / "dem.tif", values)
    extent = f"{WEST + 1000} {NORTH - 3000} {WEST + 2000} {NORTH}"
    for cell in (100, 200, 50):
        z = load(tmp_path, extent=extent, cell_m=cell)["elevation_m"]
        low, high = values[:, 10:20].min(), values[:, 10:20].max()
        # Had the neighbours leaked in, an average or interpolation would leave the range.
        assert low - 1e-3 <= z.min() <= z.max() <= high + 1e-3
    with pytest.raises(LandscapeError, match="-32768"):
        load(tmp_path)


def test_a_mask_inside_the_file_is_nodata(tmp_path: Path) -> None:
    import rasterio

    path = raster(tmp_path / "dem.tif", plane(10, 10, 100.0))
    mask = np.full((10, 10), 255, np.uint8)
    mask[4, 7] = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(path, "r+") as file:
            file.write_mask(mask)
    with pytest.raises(LandscapeError, match=r"no data in 1 of 100 cells.*row 4, column 7"):
        load(tmp_path, nodata="refuse")
    assert np.argwhere(load(tmp_path).outside).tolist() == [[4, 7]]


def test_a_fine_raster_is_read_in_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.full((3000, 3000), 900, np.int16)
    raster(tmp_path / "dem.tif", values, cell=10.0, tiled=True, compress="deflate")
    del values
    monkeypatch.setattr(rasters, "TILE_EDGE", 256)
    tracemalloc.start()
    land = load(tmp_path, cell_m=300)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (land["elevation_m"] == 900).all()
    # A window has at most (256 + 30 + 2 * 33)^2 cells and some 40 bytes a cell are held at once;
    # the whole raster would be 9e6 cells.
    assert peak < 40 * 352**2 + 2e6 < 9e6


def test_what_is_absent_is_approximated_and_said_so(tmp_path: Path) -> None:
    raster(tmp_path / "dem.tif", plane(10, 10, 100.0))
    land = load(tmp_path, name="Zamora")
    assert land.name == "Zamora"
    assert load(tmp_path).name == "dem"
    np.testing.assert_allclose(
        land["temperature_c"], 26.4 - 0.0052 * land["elevation_m"].astype(float), atol=1e-5
    )
    for layer in ("road", "river", "protected"):
        assert not land[layer].any()
    assert set(land.origins) == set(land.layers)
    assert set(land.layers) == set(LAYERS) - {"outside"}
    for layer, origin in land.origins.items():
        assert origin.status == {"input": "approximated", "derived": "derived"}[
            LAYERS[layer].source
        ] or (layer == "elevation_m" and origin.status == "user")
        if origin.status == "approximated":
            assert origin.replace_with
    warm = load(tmp_path, sea_level_temperature_c=27.0, lapse_c_per_km=6.0)["temperature_c"]
    np.testing.assert_allclose(warm, 27 - 0.006 * land["elevation_m"].astype(float), atol=1e-5)


def test_loading_twice_gives_the_same_bits(tmp_path: Path) -> None:
    values = np.random.default_rng(3).uniform(0, 4000, (60, 60)).astype(np.float32)
    raster(tmp_path / "dem.tif", values, crs=LONLAT, west=-79.0, north=-4.0, cell=0.001)
    one, two = load(tmp_path), load(tmp_path)
    for layer in one.layers:
        np.testing.assert_array_equal(one[layer], two[layer])


def test_absolute_paths_serve(tmp_path: Path) -> None:
    raster(tmp_path / "dem.tif", plane(4, 4, 100.0))
    land = load_user_landscape(
        LandscapeSettings(elevation=str(tmp_path / "dem.tif")), Path("elsewhere")
    )
    assert land.grid.shape == (4, 4)
