"""Longitudes go round: rasters from 0 to 360, across 180 degrees, and grids across it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corridor_sim.errors import LandscapeError
from oracles.user_files import LONLAT, load, raster

# SpeciesHabitat on a sphere, so that it goes on smoothly wherever a raster is cut.
FIJI, LOJA = "EPSG:32701", "EPSG:32717"


def height_at(lon: Any, lat: Any) -> Any:
    turn = np.radians(lon)
    return 2000 + 900 * np.cos(turn) + 700 * np.sin(2 * turn) + 10 * np.asarray(lat)


def degrees(path: Path, west: float, east: float, step: float, south: float, north: float) -> Path:
    cols, rows = round((east - west) / step), round((north - south) / step)
    lon = west + (np.arange(cols) + 0.5) * step
    lat = north - (np.arange(rows) + 0.5) * step
    values = height_at(lon[None, :], lat[:, None]).astype(np.float32)
    return raster(path, values, crs=LONLAT, west=west, north=north, cell=step)


def metres(path: Path, crs: str, west: float, north: float, cell: float, n: int) -> Path:
    return raster(path, np.full((n, n), 900, np.int16), crs=crs, west=west, north=north, cell=cell)


def want(land: Any) -> Any:
    from pyproj import Transformer

    x, y = np.meshgrid(land.grid.x_centres_m(), land.grid.y_centres_m())
    return height_at(*Transformer.from_crs(land.grid.crs, LONLAT, always_xy=True).transform(x, y))


# How far the surface departs from a plane within a cell, and half a source cell of its slope:
# at most 900 + 1400 m a radian along the parallel and 10 m a degree along the meridian.
def tolerance(step: float) -> float:
    return float(0.5 * step * (np.radians(1) * 2300 + 10) + 0.05)


WAYS = {  # west and east of a raster that holds 176 to 184 degrees east
    "unrolled east": (176.0, 184.0),
    "unrolled west": (-184.0, -176.0),
    "a turn further": (536.0, 544.0),
    "all, from Greenwich": (0.0, 360.0),
    "all, from 180": (-180.0, 180.0),
    "all, from 90": (90.0, 450.0),
    "one column twice": (-180.0, 180.25),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("step", [0.25, 0.05])
def test_heights_are_those_of_the_place_on_both_sides_of_180(
    way: str, step: float, tmp_path: Path
) -> None:
    west, east = WAYS[way]
    metres(tmp_path / "dem.tif", FIJI, 20_000, 8_280_000, 10_000, 30)
    height = degrees(tmp_path / "z.tif", west, east, step, -19, -15)
    land = load(
        tmp_path,
        elevation=height.name,
        crs=FIJI,
        cell_m=10_000,
        extent="20000 7980000 320000 8280000",
    )
    assert "averaged" in land.origins["elevation_m"].source if step < 0.1 else True
    np.testing.assert_allclose(land["elevation_m"], want(land), rtol=0, atol=tolerance(step))


@pytest.mark.parametrize("way", ["all, from 180", "unrolled east"])
def test_classes_on_both_sides_of_180(way: str, tmp_path: Path) -> None:
    metres(tmp_path / "dem.tif", FIJI, 20_000, 8_280_000, 10_000, 30)
    west, east = WAYS[way]
    lon = west + (np.arange(round((east - west) / 0.1)) + 0.5) * 0.1
    codes = np.where(np.mod(lon, 360) < 180, 1, 2).astype(np.uint8)
    raster(
        tmp_path / "cover.tif", np.tile(codes, (60, 1)), crs=LONLAT, west=west, north=-14, cell=0.1
    )
    (tmp_path / "codes.csv").write_text("code,cover\n1,water\n2,pasture\n")
    land = load(tmp_path, land_cover="cover.tif", land_cover_codes="codes.csv")
    from pyproj import Transformer

    x, y = np.meshgrid(land.grid.x_centres_m(), land.grid.y_centres_m())
    lon, _ = Transformer.from_crs(FIJI, LONLAT, always_xy=True).transform(x, y)
    away = np.abs(np.abs(lon) - 180) > 0.1  # a cell on the line is either
    names = np.where(lon > 0, 8, 12)
    np.testing.assert_array_equal(land["land_cover"][away], names[away])


@pytest.mark.parametrize("cell", [0.7, 1.3])
def test_a_circle_that_is_no_whole_number_of_cells(cell: float, tmp_path: Path) -> None:
    # 515 columns of 0.7 degrees overlap themselves by a part of a cell at 180.
    cols = int(np.ceil(360 / cell))
    degrees(tmp_path / "t.tif", -180, -180 + cols * cell, cell, -24, -8)
    land = load(
        tmp_path, elevation="t.tif", crs=FIJI, cell_m=20_000, extent="20000 8040000 320000 8280000"
    )
    np.testing.assert_allclose(land["elevation_m"], want(land), rtol=0, atol=2 * tolerance(cell))


@pytest.mark.parametrize(("west", "crs"), [(281.0, None), (281.0, LOJA), (-439.0, None)])
def test_a_dem_from_0_to_360_sets_the_grid(west: float, crs: str | None, tmp_path: Path) -> None:
    degrees(tmp_path / "dem.tif", west, west + 0.6, 0.01, -3.1, -2.5)
    land = load(tmp_path) if crs is None else load(tmp_path, crs=crs)
    assert land.grid.crs == LOJA
    assert min(land.grid.shape) > 55
    np.testing.assert_allclose(land["elevation_m"], want(land), rtol=0, atol=tolerance(0.01))


def test_a_dem_across_180_sets_the_grid(tmp_path: Path) -> None:
    degrees(tmp_path / "dem.tif", 179.7, 180.5, 0.01, -17, -16.5)
    land = load(tmp_path)
    assert land.grid.crs in ("EPSG:32701", "EPSG:32760")
    np.testing.assert_allclose(land["elevation_m"], want(land), rtol=0, atol=tolerance(0.01))


@pytest.mark.parametrize("west", [176.0, -184.0, 536.0])
def test_the_part_that_is_offered_across_180_is_taken(west: float, tmp_path: Path) -> None:
    metres(tmp_path / "dem.tif", FIJI, 20_000, 8_280_000, 10_000, 30)
    raster(
        tmp_path / "t.tif",
        np.full((40, 45), 20, np.float32),
        crs=LONLAT,
        west=west,
        north=-15,
        cell=0.1,
    )
    with pytest.raises(LandscapeError, match="covers only") as caught:
        load(tmp_path, temperature="t.tif")
    extent = str(caught.value).split('"')[1]
    land = load(tmp_path, temperature="t.tif", extent=extent)
    assert land.grid.shape[0] * land.grid.shape[1] > 400
    assert (land["temperature_c"] == 20).all()


def test_a_map_that_is_cut_within_the_study_area_is_refused(tmp_path: Path) -> None:
    from rasterio.warp import Resampling, reproject

    metres(tmp_path / "dem.tif", FIJI, 20_000, 8_280_000, 10_000, 30)
    world = 20_037_508.34
    cells = round(2 * world / 50_000)
    raster(
        tmp_path / "t.tif",
        np.full((80, cells), 20, np.float32),
        crs="EPSG:3857",
        west=-world,
        north=-1e6,
        cell=50_000,
    )
    with pytest.raises(LandscapeError, match=r"EPSG:3857.*cut along a meridian.*EPSG:4326"):
        load(tmp_path, temperature="t.tif")
    # What gdalwarp -t_srs EPSG:4326 makes of it.
    from affine import Affine

    out = np.zeros((80, 900), np.float32)
    reproject(
        np.full((80, cells), 20, np.float32),
        out,
        src_crs="EPSG:3857",
        dst_crs=LONLAT,
        src_transform=Affine(50_000, 0, -world, 0, -50_000, -1e6),
        dst_transform=Affine(0.4, 0, -180, 0, -0.4, -9),
        resampling=Resampling.nearest,
    )
    raster(tmp_path / "t.tif", out, crs=LONLAT, west=-180, north=-9, cell=0.4, nodata=0)
    land = load(tmp_path, temperature="t.tif")
    assert (land["temperature_c"] == 20).all()


def test_degrees_over_a_pole_are_refused(tmp_path: Path) -> None:
    metres(tmp_path / "dem.tif", "EPSG:5041", 1_900_000, 2_100_000, 10_000, 20)
    degrees(tmp_path / "z.tif", -180, 180, 0.5, 80, 90)
    with pytest.raises(LandscapeError, match=r"z.tif .*north pole.*leaves the pole out"):
        load(
            tmp_path,
            elevation="z.tif",
            crs="EPSG:5041",
            cell_m=10_000,
            extent="1900000 1900000 2100000 2100000",
        )
    aside = load(
        tmp_path,
        elevation="z.tif",
        crs="EPSG:5041",
        cell_m=10_000,
        extent="2100000 1900000 2300000 2100000",
    )
    # A tenth of the way to the pole a degree of longitude is short: two degrees of it at most.
    np.testing.assert_allclose(aside["elevation_m"], want(aside), rtol=0, atol=tolerance(2.0))
