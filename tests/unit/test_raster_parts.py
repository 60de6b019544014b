"""Parts of a file are named and never guessed, and NetCDF is read by what it declares."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

from corridor_sim.errors import LandscapeError
from oracles.raster_forms import N, bands, netcdf
from oracles.user_files import NORTH, UTM, WEST, load, plane, raster

# --- parts of a file


def test_one_of_several_variables_is_named(tmp_path: Path) -> None:
    z = plane(N, N, 100.0)
    netcdf(tmp_path / "two.nc", {"z": z, "t": z / 100})
    with pytest.raises(LandscapeError, match=r"holds several variables \(z, t\)") as caught:
        load(tmp_path, elevation="two.nc")
    offered = str(caught.value).split('elevation = "')[1].split('"')[0]
    assert offered == "two.nc|variable=z"
    land = load(tmp_path, elevation=offered, temperature="two.nc|variable=t")
    np.testing.assert_array_equal(land["elevation_m"], z)
    np.testing.assert_array_equal(land["temperature_c"], z / 100)
    assert land.name == "two"
    assert land.origins["elevation_m"].source.startswith("two.nc|variable=z (EPSG:32717")
    with pytest.raises(LandscapeError, match=r"no variable 'zz'.*did you mean 'z'"):
        load(tmp_path, elevation="two.nc|variable=zz")


def test_the_offered_name_keeps_the_folder(tmp_path: Path) -> None:
    (tmp_path / "maps").mkdir()
    z = plane(N, N, 100.0)
    netcdf(tmp_path / "maps" / "two.nc", {"height": z, "t": z})
    with pytest.raises(LandscapeError) as caught:
        load(tmp_path, elevation="maps/two.nc")
    offered = str(caught.value).split('elevation = "')[1].split('"')[0]
    assert offered == "maps/two.nc|variable=height"
    np.testing.assert_array_equal(load(tmp_path, elevation=offered)["elevation_m"], z)


@pytest.mark.parametrize(
    "name", ["NETCDF:two.nc:z", 'NETCDF:"two.nc":z', "netcdf:two.nc:z", "NETCDF:./two.nc:z"]
)
def test_the_name_that_gdal_has_for_a_variable(name: str, tmp_path: Path) -> None:
    netcdf(tmp_path / "two.nc", {"z": plane(N, N, 100.0), "t": plane(N, N, 100.0)})
    with pytest.raises(LandscapeError, match="GDAL's name for a part of a file") as caught:
        load(tmp_path, elevation=name)
    load(tmp_path, elevation=str(caught.value).split('elevation = "')[1].split('"')[0])


@pytest.mark.parametrize("name", ["GTIFF_DIR:1:dem.tif", "HDF5:dem.h5://z", "NETCDF:dem.nc"])
def test_other_names_of_gdal(name: str, tmp_path: Path) -> None:
    with pytest.raises(LandscapeError, match=r"GDAL's name.*(gdal_translate|the file itself)"):
        load(tmp_path, elevation=name)


def test_the_netcdf_that_is_exported_is_read_again(tmp_path: Path) -> None:
    from corridor_sim import export_landscape

    raster(tmp_path / "dem.tif", plane(N, N, 100.0))
    land = load(tmp_path)
    export_landscape(land, tmp_path / "out", formats=("nc",))
    with pytest.raises(LandscapeError, match="several variables") as caught:
        load(tmp_path, elevation="out/landscape.nc")
    again = load(
        tmp_path,
        elevation=str(caught.value).split('elevation = "')[1].split('"')[0],
        temperature="out/landscape.nc|variable=temperature_c",
    )
    for layer in ("elevation_m", "temperature_c", "slope_deg"):
        np.testing.assert_array_equal(again[layer], land[layer])
    assert again.grid == land.grid


def test_a_band_is_named(tmp_path: Path) -> None:
    z = plane(N, N, 100.0)
    bands(tmp_path / "dem.tif", [z, z + 1, z + 2], [])
    with pytest.raises(LandscapeError, match="holds 3 bands") as caught:
        load(tmp_path)
    assert 'elevation = "dem.tif|band=1"' in str(caught.value)
    for band in (1, 2, 3):
        land = load(tmp_path, elevation=f"dem.tif|band={band}")
        np.testing.assert_array_equal(land["elevation_m"], z + band - 1)
    for wrong in ("4", "0", "-1", "x", "1.5", "", "9999999"):
        with pytest.raises(LandscapeError, match="band"):
            load(tmp_path, elevation=f"dem.tif|band={wrong}")
    with pytest.raises(LandscapeError, match="names no part of a raster"):
        load(tmp_path, elevation="dem.tif|layername=z")


def test_steps_of_time_are_bands(tmp_path: Path) -> None:
    raster(tmp_path / "dem.tif", plane(N, N, 100.0))
    t = np.stack([np.full((N, N), 10.0 + i, np.float32) for i in range(3)])
    netcdf(tmp_path / "t.nc", {"tas": t})
    with pytest.raises(LandscapeError, match=r"holds 3 bands.*the annual mean.*t.nc\|band=1"):
        load(tmp_path, temperature="t.nc")
    assert (load(tmp_path, temperature="t.nc|band=3")["temperature_c"] == 12).all()
    netcdf(tmp_path / "u.nc", {"tas": t, "pr": t})
    land = load(tmp_path, temperature="u.nc|variable=tas|band=2")
    assert (land["temperature_c"] == 11).all()


def test_a_multipage_tiff_is_not_taken_by_its_first_page(tmp_path: Path) -> None:
    import rasterio

    raster(tmp_path / "dem.tif", plane(N, N, 100.0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with rasterio.open(
            tmp_path / "dem.tif",
            "w",
            driver="GTiff",
            width=N,
            height=N,
            count=1,
            crs=UTM,
            dtype="float32",
            transform=rasterio.Affine(100, 0, WEST, 0, -100, NORTH),
            APPEND_SUBDATASET="YES",
        ) as file:
            file.write(plane(N, N, 100.0), 1)
        with rasterio.open(tmp_path / "dem.tif") as file:
            pages = len(file.subdatasets)
    if pages < 2:
        pytest.skip("this GDAL writes no second page")
    with pytest.raises(LandscapeError, match=r"2 rasters \(pages\).*gdal_translate"):
        load(tmp_path)


# --- what NetCDF declares


@pytest.mark.parametrize("south_up", [False, True])
@pytest.mark.parametrize("engine", ["h5netcdf", "scipy"])
def test_a_netcdf_is_read_from_either_side(south_up: bool, engine: str, tmp_path: Path) -> None:
    z = plane(N, N, 100.0)
    netcdf(tmp_path / "z.nc", {"z": z}, south_up=south_up, engine=engine)
    land = load(tmp_path, elevation="z.nc")
    np.testing.assert_array_equal(land["elevation_m"], z)
    assert land.grid.bounds_m[0] == WEST
    np.testing.assert_array_equal(load(tmp_path, elevation="z.nc|variable=z")["elevation_m"], z)
    with pytest.raises(LandscapeError, match="no variable 'y'"):
        load(tmp_path, elevation="z.nc|variable=y")


def test_a_packed_netcdf_is_unpacked(tmp_path: Path) -> None:
    t = np.linspace(10, 20, N * N).reshape(N, N)
    packing = {"t": {"dtype": "int16", "scale_factor": 0.01, "add_offset": 5.0, "_FillValue": -99}}
    raster(tmp_path / "dem.tif", plane(N, N, 100.0))
    netcdf(tmp_path / "t.nc", {"t": t}, encoding=packing, unit="degC")
    land = load(tmp_path, temperature="t.nc")
    np.testing.assert_allclose(land["temperature_c"], t, atol=0.0051)
    holed = t.copy()
    holed[3, 4] = np.nan
    netcdf(tmp_path / "t.nc", {"t": holed}, encoding=packing, unit="degC")
    with pytest.raises(LandscapeError, match=r"no data in 1 of 144.*row 3, column 4"):
        load(tmp_path, temperature="t.nc", nodata="refuse")


def test_longitude_and_latitude_without_a_crs_are_wgs_84_and_said_so(tmp_path: Path) -> None:
    netcdf(tmp_path / "z.nc", {"z": np.full((N, N), 700.0)}, crs=False, lonlat=True)
    land = load(tmp_path, elevation="z.nc")
    assert "EPSG:4326 assumed" in land.origins["elevation_m"].source
    assert land.grid.crs == UTM


def test_metres_without_a_crs_are_refused(tmp_path: Path) -> None:
    netcdf(tmp_path / "z.nc", {"z": np.full((N, N), 700.0)}, crs=False)
    with pytest.raises(LandscapeError, match=r"no CRS.*gdal_translate -a_srs EPSG:<code> z.nc"):
        load(tmp_path, elevation="z.nc")
