"""Files of every form are read by what they declare, or refused with a remedy that works."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corridor_sim.errors import LandscapeError
from corridor_sim.landscape.covers import COVERS
from oracles.user_files import LONLAT, NORTH, UTM, WEST, load, plane, raster

N = 12
CODES = "code,cover\n1,pasture\n2,water\n"


def sea(value: float, dtype: str = "float32") -> Any:
    """A coast: 4 rows of sea in the north, land that rises to the south."""
    z = np.linspace(100, 900, N)[:, None] * np.ones(N)
    z[:4] = value
    return z.astype(dtype)


def bands(path: Path, arrays: list[Any], kinds: list[str], **options: Any) -> Path:
    import rasterio
    from affine import Affine
    from rasterio.enums import ColorInterp

    first = np.asarray(arrays[0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with rasterio.open(
            path, "w", driver=options.pop("driver", "GTiff"), height=N, width=N,
            count=len(arrays), dtype=first.dtype.name, crs=UTM,
            transform=Affine(100, 0, WEST, 0, -100, NORTH), **options,
        ) as file:  # fmt: skip
            for band, values in enumerate(arrays, 1):
                file.write(np.asarray(values, first.dtype), band)
            if kinds:
                file.colorinterp = [ColorInterp[kind] for kind in kinds]
    return path


def netcdf(path: Path, variables: dict[str, Any], **options: Any) -> Path:
    """Variables at the centres of 100 m cells; ``south_up``, ``lonlat`` or ``crs`` as asked."""
    import pyproj
    import xarray as xr

    lonlat, engine = options.get("lonlat", False), options.get("engine", "h5netcdf")
    step, west, north = (0.01, -79.0, -3.0) if lonlat else (100.0, WEST, NORTH)
    x, y = west + (np.arange(N) + 0.5) * step, north - (np.arange(N) + 0.5) * step
    kinds = ("longitude", "latitude") if lonlat else (
        "projection_x_coordinate", "projection_y_coordinate",
    )  # fmt: skip
    units = ("degrees_east", "degrees_north") if lonlat else ("m", "m")
    data = xr.Dataset(
        coords={
            "x": ("x", x, {"standard_name": kinds[0], "units": units[0]}),
            "y": ("y", y, {"standard_name": kinds[1], "units": units[1]}),
        }
    )
    for name, values in variables.items():
        over = ("time", "y", "x") if np.ndim(values) == 3 else ("y", "x")
        data[name] = (over, values, {"units": options["unit"]} if "unit" in options else {})
    if options.get("crs", True):
        data["spatial_ref"] = ((), 0, pyproj.CRS(LONLAT if lonlat else UTM).to_cf())
        for name in variables:
            data[name].attrs["grid_mapping"] = "spatial_ref"
    if options.get("south_up"):
        data = data.isel(y=slice(None, None, -1))
    data.to_netcdf(path, engine=engine, encoding=options.get("encoding"))
    return path


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
    from corridor_sim.landscape.export import export_landscape

    raster(tmp_path / "dem.tif", plane(N, N, 100.0))
    land = load(tmp_path)
    export_landscape(land, tmp_path / "out", formats=("nc",))
    with pytest.raises(LandscapeError, match="several variables") as caught:
        load(tmp_path, elevation="out/landscape.nc")
    again = load(
        tmp_path, elevation=str(caught.value).split('elevation = "')[1].split('"')[0],
        temperature="out/landscape.nc|variable=temperature_c",
    )  # fmt: skip
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
            tmp_path / "dem.tif", "w", driver="GTiff", width=N, height=N, count=1, crs=UTM,
            dtype="float32", transform=rasterio.Affine(100, 0, WEST, 0, -100, NORTH),
            APPEND_SUBDATASET="YES",
        ) as file:  # fmt: skip
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
        load(tmp_path, temperature="t.nc")


def test_longitude_and_latitude_without_a_crs_are_wgs_84_and_said_so(tmp_path: Path) -> None:
    netcdf(tmp_path / "z.nc", {"z": np.full((N, N), 700.0)}, crs=False, lonlat=True)
    land = load(tmp_path, elevation="z.nc")
    assert "EPSG:4326 assumed" in land.origins["elevation_m"].source
    assert land.grid.crs == UTM


def test_metres_without_a_crs_are_refused(tmp_path: Path) -> None:
    netcdf(tmp_path / "z.nc", {"z": np.full((N, N), 700.0)}, crs=False)
    with pytest.raises(LandscapeError, match=r"no CRS.*gdal_translate -a_srs EPSG:<code> z.nc"):
        load(tmp_path, elevation="z.nc")


# --- orientation


@pytest.mark.parametrize("across", [100.0, -100.0])
@pytest.mark.parametrize("down", [-100.0, 100.0])
@pytest.mark.parametrize("cell", [None, 300.0, 40.0])
def test_rows_from_the_south_and_columns_from_the_east(
    across: float, down: float, cell: float | None, tmp_path: Path
) -> None:
    z = np.random.default_rng(4).uniform(0, 3000, (N, N)).astype(np.float32)
    raster(tmp_path / "plain.tif", z)
    turned = z[:: -1 if down > 0 else 1, :: -1 if across < 0 else 1]
    raster(tmp_path / "dem.tif", turned, west=WEST if across > 0 else WEST + 1200,
           north=NORTH if down < 0 else NORTH - 1200, cell=(across, -down))  # fmt: skip
    asked = {} if cell is None else {"cell_m": cell}
    np.testing.assert_array_equal(
        load(tmp_path, **asked)["elevation_m"],
        load(tmp_path, elevation="plain.tif", **asked)["elevation_m"],
    )


# --- what leaves cells out: each of them, and two at once


def masks(path: Path, z: Any, out: Any, way: str) -> None:
    import rasterio

    keep = np.where(out, 0, 255).astype(np.uint8)
    if way == "nodata":
        raster(path, np.where(out, -1, z), nodata=-1)
    elif way == "nan":
        raster(path, np.where(out, np.nan, z).astype(np.float32), nodata=np.nan)
    elif way == "alpha":
        bands(path, [np.where(out, 0, z), keep], ["gray", "alpha"])
    elif way == "alpha16":
        bands(path, [np.where(out, 0, z).astype(np.uint16), keep], ["gray", "alpha"])
    elif way == "alpha beside nodata":
        half = out & (np.arange(N) % 2 == 0)
        bands(path, [np.where(half, -1, z), np.where(out & ~half, 0, 255)], ["gray", "alpha"],
              nodata=-1)  # fmt: skip
    else:
        internal = way == "internal mask"
        half = out if way != "mask beside nodata" else out & (np.arange(N) % 2 == 0)
        raster(path, np.where(out & ~half, -1, z), nodata=-1 if half is not out else None)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=internal), rasterio.open(path, "r+") as file:
                file.write_mask(np.where(half, 0, 255).astype(np.uint8))


WAYS = ("nodata", "nan", "alpha", "alpha16", "alpha beside nodata", "internal mask", "mask",
        "mask beside nodata")  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_what_is_left_out_is_no_height(way: str, tmp_path: Path) -> None:
    out = np.zeros((N, N), bool)
    out[:3, 2:7] = True
    z = plane(N, N, 100.0)
    masks(tmp_path / "dem.tif", z, out, way)
    with pytest.raises(LandscapeError, match=r"no data in 15 of 144 cells") as caught:
        load(tmp_path)
    assert "water in land_cover" in str(caught.value)
    extent = str(caught.value).split('extent = "')[1].split('"')[0]
    land = load(tmp_path, extent=extent)
    kept = z[3:].astype(np.uint16) if way == "alpha16" else z[3:]
    np.testing.assert_array_equal(land["elevation_m"], kept)


@pytest.mark.parametrize("way", ["alpha16", "mask", "internal mask"])
def test_a_code_under_a_mask_is_no_class(way: str, tmp_path: Path) -> None:
    raster(tmp_path / "dem.tif", plane(N, N, 100.0))
    out = np.zeros((N, N), bool)
    out[5, 5] = True
    masks(tmp_path / "cover.tif", np.ones((N, N)), out, way)
    (tmp_path / "codes.csv").write_text(CODES + "0,mine\n")
    cover = {"land_cover": "cover.tif", "land_cover_codes": "codes.csv"}
    with pytest.raises(LandscapeError, match=r"no data in 1 of 144.*nodata,water"):
        load(tmp_path, **cover)
    (tmp_path / "codes.csv").write_text(CODES + "nodata,water\n")
    assert load(tmp_path, **cover)["land_cover"][5, 5] == COVERS["water"].code


def test_pictures_are_not_heights(tmp_path: Path) -> None:
    grey = np.full((N, N), 90, np.uint8)
    rgb = ["red", "green", "blue"]
    for n, kinds in ((3, rgb), (4, [*rgb, "alpha"])):
        bands(tmp_path / "dem.tif", [grey] * n, kinds)
        with pytest.raises(LandscapeError, match=r"is a picture.*from which it was drawn"):
            load(tmp_path)
    raster(tmp_path / "dem.tif", plane(N, N, 100.0))
    bands(tmp_path / "cover.tif", [grey] * 3, rgb)
    (tmp_path / "codes.csv").write_text(CODES)
    with pytest.raises(LandscapeError, match="colours and not class codes"):
        load(tmp_path, land_cover="cover.tif", land_cover_codes="codes.csv")


@pytest.mark.parametrize("driver", ["PNG", "GTiff"])
def test_a_palette_gives_classes_and_no_heights(driver: str, tmp_path: Path) -> None:
    import rasterio

    name = "cover.png" if driver == "PNG" else "cover.tif"
    codes = np.where(np.arange(N) < 4, 1, 2).astype(np.uint8) * np.ones((N, 1), np.uint8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with rasterio.open(
            tmp_path / name, "w", driver=driver, width=N, height=N, count=1, dtype="uint8",
            crs=UTM, transform=rasterio.Affine(100, 0, WEST, 0, -100, NORTH),
        ) as file:  # fmt: skip
            file.write_colormap(1, {1: (0, 200, 0, 255), 2: (0, 0, 200, 255)})
            file.write(codes, 1)
    raster(tmp_path / "dem.tif", plane(N, N, 100.0))
    (tmp_path / "codes.csv").write_text(CODES)
    land = load(tmp_path, land_cover=name, land_cover_codes="codes.csv")
    np.testing.assert_array_equal(
        land["land_cover"], np.where(codes == 1, COVERS["pasture"].code, COVERS["water"].code)
    )
    with pytest.raises(LandscapeError, match=r"a palette.*not heights") as caught:
        load(tmp_path, elevation=name)
    said = str(caught.value).split('elevation = "')[1].split('"')[0]
    np.testing.assert_array_equal(load(tmp_path, elevation=said)["elevation_m"], codes)


def test_a_raster_of_single_bits(tmp_path: Path) -> None:
    raster(tmp_path / "dem.tif", plane(N, N, 100.0))
    bit = (np.arange(N * N).reshape(N, N) % 3 == 0).astype(np.uint8)
    raster(tmp_path / "cover.tif", bit, nbits=1)
    (tmp_path / "codes.csv").write_text("code,cover\n1,pasture\n0,water\n")
    land = load(tmp_path, land_cover="cover.tif", land_cover_codes="codes.csv")
    np.testing.assert_array_equal(land["land_cover"] == COVERS["pasture"].code, bit == 1)


# --- the sea


@pytest.mark.parametrize(("value", "nodata"), [(np.nan, None), (np.nan, np.nan), (-9999, -9999)])
def test_a_sea_without_heights_is_not_filled_with_land(
    value: float, nodata: float | None, tmp_path: Path
) -> None:
    raster(tmp_path / "dem.tif", sea(value), nodata=nodata)
    with pytest.raises(LandscapeError) as caught:
        load(tmp_path)
    line = str(caught.value)
    assert "sea: give it 0 m and make it water in land_cover" in line
    assert "holes in land: gdal" in line
    extent = line.split('extent = "')[1].split('"')[0]
    np.testing.assert_array_equal(load(tmp_path, extent=extent)["elevation_m"], sea(value)[4:])
    # What the line says about the sea.
    raster(tmp_path / "dem.tif", sea(0))
    raster(tmp_path / "cover.tif", np.where(sea(0) == 0, 0, 1).astype(np.uint8), nodata=0)
    (tmp_path / "codes.csv").write_text("code,cover\n1,pasture\nnodata,water\n")
    land = load(tmp_path, land_cover="cover.tif", land_cover_codes="codes.csv")
    np.testing.assert_array_equal(land["land_cover"] == COVERS["water"].code, sea(0) == 0)
    bare = load(tmp_path)
    assert "48 cells of exactly 0 m, perhaps sea, taken as land" in (
        bare.origins["land_cover"].source
    )


# --- numbers


@pytest.mark.parametrize(
    "dtype", ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float64"]
)
def test_heights_of_every_number_type(dtype: str, tmp_path: Path) -> None:
    z = np.arange(100).reshape(10, 10).astype(dtype)
    raster(tmp_path / "dem.tif", z)
    np.testing.assert_array_equal(load(tmp_path)["elevation_m"], z)
    raster(tmp_path / "dem.tif", z, nodata=99)
    with pytest.raises(LandscapeError, match=r"no data in 1 of 100.*row 9, column 9"):
        load(tmp_path)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "int32", "uint32"])
@pytest.mark.parametrize("nodata", ["nan", "-99999", "1e30"])
def test_a_nodata_value_that_the_number_type_cannot_hold(
    dtype: str, nodata: str, tmp_path: Path
) -> None:
    z = np.arange(100).reshape(10, 10).astype(dtype)
    raster(tmp_path / "dem.tif", z)
    (tmp_path / "dem.tif.aux.xml").write_text(
        f'<PAMDataset><PAMRasterBand band="1"><NoDataValue>{nodata}</NoDataValue>'
        "</PAMRasterBand></PAMDataset>"
    )
    np.testing.assert_array_equal(load(tmp_path)["elevation_m"], z)


@pytest.mark.parametrize(
    ("scale", "offset"), [(0.0, 0.0), (float("nan"), 0.0), (1.0, float("nan")), (1.0, float("inf"))]
)
def test_a_scaling_that_leaves_no_value(scale: float, offset: float, tmp_path: Path) -> None:
    raster(tmp_path / "dem.tif", plane(N, N, 100.0), scaling=(scale, offset))
    with pytest.raises(LandscapeError, match=r"scale of .*gdal_edit.py -scale 1 -offset 0"):
        load(tmp_path)


def test_class_codes_are_not_scaled(tmp_path: Path) -> None:
    raster(tmp_path / "dem.tif", plane(N, N, 100.0))
    raster(tmp_path / "cover.tif", np.ones((N, N), np.uint8), scaling=(0.1, 0.0))
    (tmp_path / "codes.csv").write_text(CODES)
    with pytest.raises(LandscapeError, match=r"scale of 0.1.*classes are not scaled"):
        load(tmp_path, land_cover="cover.tif", land_cover_codes="codes.csv")


def test_values_that_overflow_once_scaled(tmp_path: Path) -> None:
    raster(tmp_path / "dem.tif", np.full((N, N), 1e308), scaling=(100.0, 0.0))
    with pytest.raises(LandscapeError, match="infinity in 144 cells"):
        load(tmp_path)
