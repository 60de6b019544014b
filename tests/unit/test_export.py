"""Maps are written whole, keep their CRS and values, and load again as a user's own."""

from __future__ import annotations

import dataclasses
import errno
import os
import subprocess
import sys
import warnings
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from corridor_sim import Landscape, export_landscape, files
from corridor_sim.errors import ResultsError
from corridor_sim.gis.rasters import classes_style
from corridor_sim.landscape.derive import derive
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.io.classes import classes_of
from corridor_sim.landscape.io.export import colormap_of, write_geotiff, write_netcdf, write_style
from corridor_sim.landscape.io.settings import LandscapeSettings
from corridor_sim.landscape.io.user import load_user_landscape
from corridor_sim.landscape.landscape import Origin, Town
from corridor_sim.landscape.layers import LAYERS
from corridor_sim.landscape.region import RegionSettings, shipped_region
from corridor_sim.landscape.synthetic import uniform
from oracles.andes_covers import COVERS, TABLE


def open_raster(path: Path) -> Any:
    import rasterio

    return rasterio.open(path)


def sample(height: int = 40, width: int = 30, seed: int = 0) -> Landscape:
    rng = np.random.default_rng(seed)
    zones = np.zeros((height, width), np.int16)
    zones[2:9, 3:12] = 2
    zones[20:30, 5:25] = 1
    zones[22, 7] = 0  # a hole
    land = uniform(
        height,
        width,
        elevation_m=800,
        protected=zones,
        land_cover=rng.integers(1, 16, (height, width)).astype(np.uint8),
        road=rng.integers(0, 3, (height, width)).astype(np.uint8),
    )
    towns = (Town("Loja", 610_000.0, 9_690_000.0, 200_000), Town("Méndez", 6.2e5, 9.68e6, 3000))
    return dataclasses.replace(
        land,
        town_list=towns,
        zone_names=("", "Yacuri", "Podocarpus"),
        zone_countries=("", "ECU", "ECU"),
    )


# --- GeoTIFF


def test_geotiff_is_a_cog_with_all_it_needs(tmp_path: Path) -> None:
    from rasterio.crs import CRS

    grid = Grid(700, 1100, 500.0, 600_000.0, 9_700_000.0, "EPSG:32717")
    codes = np.random.default_rng(1).integers(1, 16, grid.shape).astype(np.uint8)
    rows = classes_of("land_cover", TABLE)
    path = write_geotiff(
        tmp_path / "deep" / "cover.tif",
        codes,
        grid,
        nodata=0,
        description="cover of the ground",
        unit="1",
        colormap=colormap_of(rows),
    )
    with open_raster(path) as file:
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert file.tags(ns="IMAGE_STRUCTURE")["COMPRESSION"] == "DEFLATE"
        assert file.overviews(1)
        assert file.crs == CRS.from_epsg(32717)
        assert tuple(file.transform)[:6] == grid.transform
        assert file.nodata == 0
        assert file.descriptions == ("cover of the ground",)
        assert file.units == ("1",)
        assert file.colormap(1)[15] == (0xE9, 0xEE, 0xF2, 255)
        np.testing.assert_array_equal(file.read(1), codes)
        # Overviews of classes hold classes that occur beneath them, never a mean of two codes.
        half = file.read(1, out_shape=(350, 550))
        blocks = codes.reshape(350, 2, 550, 2)
        assert (blocks == half[:, None, :, None]).any(axis=(1, 3)).all()


@settings(max_examples=25, deadline=None)
@given(
    values=hnp.array_shapes(min_dims=2, max_dims=2, max_side=12).flatmap(
        lambda shape: st.sampled_from(["uint8", "int16", "int32", "float32", "float64"]).flatmap(
            lambda kind: hnp.arrays(kind, shape)
        )
    )
)
def test_geotiff_gives_back_every_value(
    values: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    grid = Grid(*values.shape, 90.0, 1.5e5, 9.9e6, "EPSG:32718")
    path = write_geotiff(
        tmp_path_factory.mktemp("tif") / "a.tif",
        values,
        grid,
        nodata=None,
        description="d",
        unit="m",
    )
    with warnings.catch_warnings(), open_raster(path) as file:
        warnings.simplefilter("ignore")
        got = file.read(1)
    assert got.dtype == values.dtype
    np.testing.assert_array_equal(got, values)


def test_geotiff_of_booleans_and_of_another_shape(tmp_path: Path) -> None:
    grid = Grid(2, 2, 1.0, 0.0, 0.0, "EPSG:32717")
    path = write_geotiff(
        tmp_path / "a.tif", np.eye(2, dtype=bool), grid, nodata=None, description="", unit="1"
    )
    with open_raster(path) as file:
        np.testing.assert_array_equal(file.read(1), np.eye(2))
    with pytest.raises(ValueError, match="does not fit"):
        write_geotiff(path, np.zeros((3, 2)), grid, nodata=None, description="", unit="1")


# --- NetCDF


def test_netcdf_keeps_values_crs_and_words(tmp_path: Path) -> None:
    import xarray as xr
    from pyproj import CRS

    land = sample()
    given_ds = land.to_xarray()
    before = given_ds.copy(deep=True)
    path = write_netcdf(tmp_path / "land.nc", given_ds)
    xr.testing.assert_identical(given_ds, before)
    with xr.open_dataset(path, decode_coords="all", engine="h5netcdf") as ds:
        assert ds.attrs["Conventions"] == "CF-1.11"
        for name, values in land.layers.items():
            np.testing.assert_array_equal(ds[name].values, values)
            assert ds[name].dtype == values.dtype
            assert ds[name].attrs["units"] == LAYERS[name].unit
            assert ds[name].encoding["grid_mapping"] == "spatial_ref"
            assert ds[name].encoding["zlib"]
        assert CRS.from_wkt(ds.spatial_ref.attrs["crs_wkt"]) == CRS.from_epsg(32717)
        assert ds.x.attrs["standard_name"] == "projection_x_coordinate"
        assert "_FillValue" not in ds.x.encoding
        np.testing.assert_array_equal(ds.y, land.grid.y_centres_m())
        words = ds.land_cover.attrs["flag_meanings"].split()
        assert len(words) == len(ds.land_cover.attrs["flag_values"]) == len(COVERS)
        assert "paramo" in words
        assert all(w.isascii() and w.replace("_", "").isalnum() for w in words)


def test_gdal_finds_the_crs_of_a_netcdf_map(tmp_path: Path) -> None:
    from rasterio.crs import CRS

    land = sample()
    path = write_netcdf(tmp_path / "land.nc", land.to_xarray())
    import rasterio

    if "netCDF" not in rasterio.drivers.raster_driver_extensions().values():
        pytest.skip("this GDAL reads no NetCDF")
    with warnings.catch_warnings(), open_raster(f"netcdf:{path}:elevation_m") as file:
        warnings.simplefilter("ignore")
        assert file.crs == CRS.from_epsg(32717)
        assert tuple(file.transform)[:6] == land.grid.transform


# --- styles and vectors


def test_qml_lists_every_class(tmp_path: Path) -> None:
    rows = [(1, 'Bog "A" & <B>\x07', "#102030"), (2, "None", "#ffffff00"), (3, "Ü", "#ffffff80")]
    path = write_style(tmp_path / "a.qml", classes_style(rows))
    entries = ET.parse(path).getroot().findall("./pipe/rasterrenderer/colorPalette/paletteEntry")
    assert [e.attrib for e in entries] == [
        {"value": "1", "label": 'Bog "A" & <B>', "color": "#102030", "alpha": "255"},
        # what is clear all through is no entry of a legend
        {"value": "3", "label": "Ü", "color": "#ffffff", "alpha": "128"},
    ]


def test_geopackage_holds_towns_and_core_areas(tmp_path: Path) -> None:
    import pyogrio

    land = sample()
    export_landscape(land, tmp_path, formats={"gpkg"})
    path = tmp_path / "landscape.gpkg"
    layers = {n for n, _ in pyogrio.list_layers(path)}
    assert layers == {"towns", "core_areas", "layer_styles"}
    towns = pyogrio.read_dataframe(path, layer="towns")
    areas = pyogrio.read_dataframe(path, layer="core_areas")
    assert {str(towns.crs), str(areas.crs)} == {"EPSG:32717"}
    assert towns["name"].tolist() == ["Loja", "Méndez"]
    assert (towns.geometry.x[0], towns.geometry.y[0]) == (610_000.0, 9_690_000.0)
    assert areas["name"].tolist() == ["Yacuri", "Podocarpus"]
    cells = [(land["protected"] == z).sum() for z in areas["zone"]]
    np.testing.assert_allclose(areas["area_km2"], np.multiply(cells, land.grid.cell_km2))


def test_an_empty_landscape_needs_no_geopackage(tmp_path: Path) -> None:
    assert export_landscape(uniform(4, 4), tmp_path, formats=["gpkg"]) == []


# --- the whole landscape


def test_export_lists_what_it_writes(tmp_path: Path) -> None:
    files = export_landscape(sample(), tmp_path)
    assert sorted(files) == sorted(p for p in tmp_path.iterdir())
    assert {p.stem for p in files if p.suffix == ".tif"} == set(LAYERS) - {"outside"}
    for qml in (p for p in files if p.suffix == ".qml"):
        assert qml.with_suffix(".tif") in files
    with pytest.raises(ResultsError, match=r"'tiff'.*did you mean 'tif'"):
        export_landscape(sample(), tmp_path, formats=["tiff"])


def test_the_same_landscape_gives_the_same_bytes(tmp_path: Path) -> None:
    one = {p.name: p.read_bytes() for p in export_landscape(sample(), tmp_path / "a")}
    two = {p.name: p.read_bytes() for p in export_landscape(sample(), tmp_path / "b")}
    assert [name for name in one if one[name] != two[name]] == []


@st.composite
def landscapes(draw: st.DrawFn) -> Landscape:
    shape = draw(hnp.array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=10))
    cell = draw(st.sampled_from([90.0, 500.0, 1000.0]))
    grid = Grid(*shape, cell, draw(st.integers(200, 800)) * 1000.0, 9_500_000.0, "EPSG:32717")

    def layer(name: str, low: float, high: float) -> Any:
        kind = LAYERS[name].dtype
        elements = (
            st.floats(low, high, width=32)
            if kind == "float32"
            else st.integers(int(low), int(high))
        )
        return draw(hnp.arrays(kind, shape, elements=elements))

    zones = layer("protected", 0, 3)
    # Numbers without a gap, as a loaded landscape has them.
    _, zones = np.unique(np.append(zones.ravel(), 0), return_inverse=True)
    layers = {
        "elevation_m": layer("elevation_m", -400, 6000),
        "temperature_c": layer("temperature_c", -5, 30),
        "land_cover": layer("land_cover", 1, 15),
        "road": np.zeros(shape, np.uint8),
        "river": np.zeros(shape, np.uint8),
        "protected": zones[:-1].reshape(shape).astype(np.int16),
    }
    n = int(layers["protected"].max())
    return Landscape(
        name="drawn",
        grid=grid,
        layers=derive(grid, layers, TABLE, shipped_region("andes-amazon")),
        zone_names=("", *(f"Área {i}" for i in range(n))),
        zone_countries=("",) * (n + 1),
        origins={k: Origin("approximated", "drawn") for k in layers},
    )


@settings(max_examples=20, deadline=None)
@given(land=landscapes())
def test_exported_maps_load_again_as_the_same_landscape(
    land: Landscape, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("again")
    export_landscape(land, folder, formats={"tif", "gpkg"})
    spec = LandscapeSettings(
        elevation="elevation_m.tif",
        temperature="temperature_c.tif",
        land_cover="land_cover.tif",
        land_cover_codes="land_cover_codes.csv",
        region=RegionSettings(like="andes-amazon"),
    )
    if land.n_zones:
        own = {"protected_areas": "landscape.gpkg", "protected_name_field": "name"}
        spec = spec.model_copy(update=own)
    back = load_user_landscape(spec, folder)
    assert back.grid == land.grid
    assert back.zone_names == land.zone_names
    for name, values in land.layers.items():
        np.testing.assert_array_equal(back[name], values, err_msg=name)


# --- disks that do not play along


def test_a_failed_write_leaves_the_old_file_and_no_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = files.write_bytes(tmp_path / "a.bin", b"old")

    def full(fd: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ResultsError, match=r"a\.bin: the disk is full \(.* MB free\).*--out"):
        files.write_bytes(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.bin"]


@pytest.mark.skipif(sys.platform == "win32", reason="limits are POSIX")
@pytest.mark.parametrize(
    ("number", "spare", "says"),
    [
        (errno.ENOSPC, 9, r"the disk is full \(\d+\.\d MB free\)"),
        (errno.ENOSPC, 0, r"the disk takes no further files, however small \(inodes\)"),
        (errno.EDQUOT, 0, r"your share of the disk is used up \(quota\)"),
        (errno.EFBIG, 0, r"no file may be so large here"),
    ],
)
def test_what_is_used_up_is_named(
    number: int, spare: int, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = [*os.statvfs(tmp_path)]
    facts[5], facts[7] = 100, spare  # files of the disk, and those still free for us
    monkeypatch.setattr(os, "statvfs", lambda _: os.statvfs_result(facts))
    path = tmp_path / "not/yet/there"
    said = rf"there: {says}: the file was not written; "
    with pytest.raises(ResultsError, match=said), files.writing(path):
        raise OSError(number, "x")


@pytest.mark.skipif(sys.platform == "win32", reason="limits on file size are POSIX")
@pytest.mark.parametrize("kind", ["tif", "nc"])
def test_a_disk_without_room_is_named(kind: str, tmp_path: Path) -> None:
    # The kernel itself refuses the write: a limit on file size acts like a disk that is full.
    code = f"""
import resource
import numpy as np
from corridor_sim.errors import ResultsError
from corridor_sim.landscape.io.classes import classes_of
from corridor_sim.landscape.io.export import export_landscape
from corridor_sim.landscape.synthetic import uniform
noise = np.random.default_rng(0).uniform(0, 1e3, (200, 200)).astype("float32")
land = uniform(200, 200, elevation_m=1, temperature_c=1)
land = land.edited("noise", layers={{**land.layers, "elevation_m": noise}})
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    export_landscape(land, {str(tmp_path / "out")!r}, formats={{{kind!r}}})
except ResultsError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1
    assert "no file may be so large here" in done.stdout
    assert "--out" in done.stdout
    assert not list((tmp_path / "out").iterdir())


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for kind in ("tif", "nc", "gpkg"):
        with pytest.raises(ResultsError, match=r"file.*cannot be written.*--out"):
            export_landscape(sample(), tmp_path / "file" / "out", formats=[kind])
