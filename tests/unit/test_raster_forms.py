"""Files of every form are read by what they declare, or refused with a remedy that works."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corridor_sim.errors import LandscapeError
from oracles.andes_covers import COVERS
from oracles.raster_forms import N, bands
from oracles.user_files import NORTH, UTM, WEST, load, plane, raster

CODES = "code,cover\n1,pasture\n2,water\n"


def sea(value: float, dtype: str = "float32") -> Any:
    """A coast: 4 rows of sea in the north, land that rises to the south."""
    z = np.linspace(100, 900, N)[:, None] * np.ones(N)
    z[:4] = value
    return z.astype(dtype)


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
    raster(
        tmp_path / "dem.tif",
        turned,
        west=WEST if across > 0 else WEST + 1200,
        north=NORTH if down < 0 else NORTH - 1200,
        cell=(across, -down),
    )
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
        bands(
            path,
            [np.where(half, -1, z), np.where(out & ~half, 0, 255)],
            ["gray", "alpha"],
            nodata=-1,
        )
    else:
        internal = way == "internal mask"
        half = out if way != "mask beside nodata" else out & (np.arange(N) % 2 == 0)
        raster(path, np.where(out & ~half, -1, z), nodata=-1 if half is not out else None)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=internal), rasterio.open(path, "r+") as file:
                file.write_mask(np.where(half, 0, 255).astype(np.uint8))


WAYS = (
    "nodata",
    "nan",
    "alpha",
    "alpha16",
    "alpha beside nodata",
    "internal mask",
    "mask",
    "mask beside nodata",
)


@pytest.mark.parametrize("way", WAYS)
def test_what_is_left_out_is_no_height(way: str, tmp_path: Path) -> None:
    out = np.zeros((N, N), bool)
    out[:3, 2:7] = True
    z = plane(N, N, 100.0)
    masks(tmp_path / "dem.tif", z, out, way)
    without = load(tmp_path).outside
    assert without is not None
    np.testing.assert_array_equal(without, out)
    with pytest.raises(LandscapeError, match=r"no data in 15 of 144 cells") as caught:
        load(tmp_path, nodata="refuse")
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
        load(tmp_path, **cover, nodata="refuse")
    without = load(tmp_path, **cover).outside
    assert without is not None
    np.testing.assert_array_equal(without, out)
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
            tmp_path / name,
            "w",
            driver=driver,
            width=N,
            height=N,
            count=1,
            dtype="uint8",
            crs=UTM,
            transform=rasterio.Affine(100, 0, WEST, 0, -100, NORTH),
        ) as file:
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
    if nodata is None:
        # a value that the file does not declare is a fault, and no sea
        with pytest.raises(LandscapeError, match=r"holds NaN in 48 cells .*; declare it"):
            load(tmp_path)
    else:
        np.testing.assert_array_equal(load(tmp_path).outside, sea(0) == 0)
    with pytest.raises(LandscapeError) as caught:
        load(tmp_path, nodata="refuse")
    line = str(caught.value)
    if nodata is not None:
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
        load(tmp_path, nodata="refuse")


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
