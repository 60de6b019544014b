"""What a header declares is checked before a pixel is read: place, CRS, numbers, size."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corridor_sim import memory
from corridor_sim.errors import LandscapeError, ResourceError
from corridor_sim.landscape import size
from corridor_sim.landscape.io import user_grid
from corridor_sim.landscape.io.settings import LandscapeSettings
from corridor_sim.progress import listening
from oracles.user_files import LONLAT, NORTH, UTM, WEST, load, plane, raster

N = 12


def written(
    path: Path, transform: tuple[float, ...], crs: str | None = UTM, **options: Any
) -> Path:
    import warnings

    import rasterio

    dtype = options.pop("dtype", "float32")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with rasterio.open(
            path,
            "w",
            driver="GTiff",
            width=N,
            height=N,
            count=1,
            dtype=dtype,
            crs=crs,
            transform=rasterio.Affine(*transform),
            **options,
        ) as file:
            file.write(np.full((N, N), 900).astype("complex64" if "comp" in dtype else dtype), 1)
    return path


GOOD = (1000.0, 0.0, WEST, 0.0, -1000.0, NORTH)


@pytest.mark.parametrize("at", range(6))
@pytest.mark.parametrize(
    "value", [1e300, -1e300, 1e18, 1e11, 1e-300, 1e-12, 0.0, float("nan"), float("inf")]
)
def test_a_georeference_that_no_map_has(at: int, value: float, tmp_path: Path) -> None:
    transform = list(GOOD)
    transform[at] = value
    written(tmp_path / "dem.tif", tuple(transform))
    began = time.perf_counter()
    harmless = abs(value) < 1 and at in (1, 2, 3, 5)  # no turn, or an origin near 0
    if harmless:
        assert load(tmp_path).grid.shape == (N, N)
    else:
        with pytest.raises(LandscapeError, match=r"dem.tif \(elevation\)") as caught:
            load(tmp_path)
        assert caught.value.remedy
        assert len(str(caught.value)) < 420 + len(str(tmp_path))
    assert time.perf_counter() - began < 10  # some of these once took 90 s


@pytest.mark.parametrize(
    ("crs", "transform", "words"),
    [
        ("EPSG:4326", GOOD, "cells of 1000 x 1000 degree"),
        ("EPSG:4326", (0.01, 0, -3, 0, -0.01, -79), None),  # may well be in the south
        ("EPSG:4326", (0.01, 0, -3, 0, -0.01, 100), "latitude and longitude seem to be swapped"),
        ("EPSG:4326", (0.01, 0, 5000, 0, -0.01, 0), "lies at longitudes 5000"),
        ("EPSG:4326", (80.0, 0, -300, 0, -5.0, 80), "lies at longitudes -300"),
        ("IAU_2015:49900", (0.01, 0, -79, 0, -0.01, -3), "another planet"),
        ("IAU_2015:30100", (0.01, 0, -79, 0, -0.01, -3), "another planet"),
        ('LOCAL_CS["site",UNIT["metre",1]]', GOOD, "has a local CRS"),
        ("EPSG:4978", GOOD, "has a geocentric CRS"),
        ("EPSG:2263+6360", (3000, 0, 1e6, 0, -3000, 2e5), "heights are in US survey foot"),
    ],
)
def test_a_crs_that_does_not_fit(
    crs: str, transform: tuple[float, ...], words: str | None, tmp_path: Path
) -> None:
    written(tmp_path / "dem.tif", transform, crs)
    if words is None:
        load(tmp_path)
        return
    with pytest.raises(LandscapeError, match=words) as caught:
        load(tmp_path)
    assert "gdal_" in caught.value.remedy


@pytest.mark.parametrize(
    ("crs", "transform", "grid"),
    [
        ("EPSG:32717+5773", GOOD, "EPSG:32717"),
        ("EPSG:4326+5773", (0.01, 0, -79, 0, -0.01, -3), "EPSG:32717"),
        ("EPSG:4979", (0.01, 0, -79, 0, -0.01, -3), "EPSG:32717"),
        ("EPSG:2263", (3000, 0, 1e6, 0, -3000, 2e5), "EPSG:32618"),
        ("EPSG:4807", (0.01, 0, 2, 0, -0.01, 50), "EPSG:32631"),  # grads, from Paris
        ("EPSG:2053", (1000, 0, -5000, 0, -1000, 3e6), "EPSG:32735"),  # counts west and south
        ("EPSG:4248", (0.01, 0, -79, 0, -0.01, -3), "EPSG:32717"),
    ],
)
def test_forms_of_a_crs_that_are_read(
    crs: str, transform: tuple[float, ...], grid: str, tmp_path: Path
) -> None:
    from pyproj import CRS, Transformer

    path = written(tmp_path / "dem.tif", transform, crs)
    rows, cols = np.mgrid[:N, :N] + 0.5
    x, y = transform[2] + cols * transform[0], transform[5] + rows * transform[4]
    import rasterio

    with rasterio.open(path, "r+") as file:
        file.write((1000 + 40 * cols + 25 * rows).astype(np.float32), 1)
    land = load(tmp_path)
    assert land.grid.crs == grid
    gx, gy = np.meshgrid(land.grid.x_centres_m(), land.grid.y_centres_m())
    flat = CRS(crs).sub_crs_list[0] if CRS(crs).is_compound else CRS(crs).to_2d()
    back = Transformer.from_crs(grid, flat, always_xy=True)
    px, py = back.transform(gx, gy)
    if crs == "EPSG:2053":  # GDAL keeps east and north for files, PROJ's axes count the other way
        assert np.isfinite([x.min(), y.min(), px.min(), py.min()]).all()
        return
    want = 1000 + 40 * (px - transform[2]) / transform[0] + 25 * (py - transform[5]) / transform[4]
    # Half a cell of the slope where several cells are averaged or the edge is met.
    assert np.abs(land["elevation_m"] - want).max() < 0.55 * (40 + 25)
    assert np.abs(land["elevation_m"] - want).mean() < 12


@pytest.mark.parametrize("dtype", ["complex64", "complex128", "complex_int16"])
def test_complex_numbers_are_no_heights(dtype: str, tmp_path: Path) -> None:
    written(tmp_path / "dem.tif", GOOD, dtype=dtype)
    with pytest.raises(LandscapeError, match=r"complex numbers.*--calc='A.real'"):
        load(tmp_path)


@pytest.mark.parametrize(
    "extent",
    [
        "0 0 1e300 1e300",
        "-1e308 -1e308 1e308 1e308",
        "0 0 inf 1",
        "nan 0 1 1",
        "0 0 1e10 1e10",
        "0 0 1e9 1e9",
        "0 0 1e9 1000",
        "1e300 0 -1e300 1",
        "0 0 1e400 1",
        "5e8 5e8 6e8 6e8",
        "0 0 0 0",
        "1 2 3",
        "1 2 3 4 5",
        "",
        "١ ٢ ٣ ٤ x",
    ],
)
@pytest.mark.parametrize("cell", [None, 10.0, 50_000.0])
def test_extents_beyond_every_map(extent: str, cell: float | None, tmp_path: Path) -> None:
    raster(tmp_path / "dem.tif", plane(N, N, 100.0))
    with pytest.raises(LandscapeError) as caught:
        load(tmp_path, extent=extent, cell_m=cell)
    assert caught.value.remedy
    assert len(str(caught.value).splitlines()) == 1


def test_the_cell_that_is_offered_fits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raster(tmp_path / "dem.tif", plane(90, 70, 100.0))
    monkeypatch.setattr(user_grid, "MAX_TARGET_CELLS", 1000)
    with pytest.raises(LandscapeError, match="exceed the limit") as caught:
        load(tmp_path)
    fits = float(str(caught.value).split("set cell_m to ")[1].split()[0])
    land = load(tmp_path, cell_m=fits)
    assert 700 < land.grid.height * land.grid.width <= 1000


def test_a_grid_that_memory_does_not_hold_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raster(tmp_path / "dem.tif", plane(90, 70, 100.0))
    monkeypatch.setattr(memory, "available_bytes", lambda: 200_000.0)
    monkeypatch.setattr(size, "BYTES_BUILDING", 0.0)
    with pytest.raises(ResourceError, match=r"needs about 0.0 GB.*set landscape.cell_m") as caught:
        load(tmp_path)
    fits = float(str(caught.value).split("set landscape.cell_m to ")[1].split()[0])
    assert load(tmp_path, cell_m=fits).grid.height > 30


def test_a_long_reading_is_told_before_it_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raster(tmp_path / "dem.tif", plane(90, 70, 100.0))
    said: list[str] = []
    with listening(said.append):
        load(tmp_path)
        assert not said
        monkeypatch.setattr(size, "SECONDS_PER_SOURCE_CELL", 0.01)
        load(tmp_path)
    assert len(said) == 1
    assert "dem.tif" in said[0]
    assert "about 63 s" in said[0]


def test_rows_that_are_stored_whole_are_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from corridor_sim.landscape.io import rasters
    from corridor_sim.landscape.io.raster_source import Source

    z = np.random.default_rng(2).uniform(0, 3000, (300, 400)).astype(np.float32)
    raster(tmp_path / "dem.tif", z, cell=30.0, blockysize=1)
    whole = load(tmp_path, cell_m=120)["elevation_m"]
    cells, plain = [], Source.read

    def counted(self: Any, src: Any, rows: Any, cols: Any) -> Any:
        cells.append((rows[1] - rows[0]) * (cols[1] - cols[0]))
        return plain(self, src, rows, cols)

    monkeypatch.setattr(Source, "read", counted)
    monkeypatch.setattr(rasters, "TILE_EDGE", 80)
    np.testing.assert_allclose(load(tmp_path, cell_m=120)["elevation_m"], whole, atol=0.02)
    assert max(cells) <= 4 * 80**2 * 2
    assert all(n % 400 == 0 for n in cells)  # whole rows, and no tiles beside each other


@pytest.mark.parametrize("key", ["cell_m", "sea_level_temperature_c", "lapse_c_per_km"])
def test_the_schema_and_the_reader_have_the_same_limits(key: str, tmp_path: Path) -> None:
    raster(tmp_path / "dem.tif", plane(N, N, 1000.0), cell=1000.0)
    field = LandscapeSettings.model_json_schema()["properties"][key]
    numbers = next((o for o in field.get("anyOf", []) if "minimum" in o), field)
    low, high = numbers["minimum"], numbers["maximum"]
    for wrong in (low - 1e-6, high + 1e-2):
        with pytest.raises(LandscapeError, match=f"{key}: .* is not allowed"):
            load(tmp_path, **{key: wrong})
    for right in (low, high):
        LandscapeSettings(elevation="dem.tif", **{key: right})


def test_the_cells_of_a_dem_keep_the_limits_of_cell_m(tmp_path: Path) -> None:
    raster(tmp_path / "dem.tif", plane(60, 60, 5.0), cell=5.0)
    with pytest.raises(
        LandscapeError, match=r"cells of 5 m do not lie in 10 to 50000 m; set .*cell_m = 10"
    ):
        load(tmp_path)
    assert load(tmp_path, cell_m=10).grid.shape == (30, 30)


@pytest.mark.parametrize(
    "crs",
    [
        "http://127.0.0.1:9/crs",
        "/etc/passwd",
        "dem.tif",
        "\x00",
        "EPSG:32717\x00",
        "{",
        "[",
        "EPSG:" + "9" * 40,
        "\ud800",
        "LOCAL_CS",
        "32717",
        "EPSG:",
        "+proj=nonsense",
    ],
)
def test_a_target_crs_is_no_file_and_no_address(crs: str, tmp_path: Path) -> None:
    raster(tmp_path / "dem.tif", plane(N, N, 100.0))
    words = "is no known CRS" if crs.isprintable() else "a character that no file can hold"
    with pytest.raises(LandscapeError, match=words):
        load(tmp_path, crs=crs)


@pytest.mark.parametrize(
    ("crs", "words"),
    [
        ("IAU_2015:49910", "another planet"),
        ("EPSG:2053", "westwards"),
        ("EPSG:4978", "geocentric"),
        (LONLAT, "geographic"),
    ],
)
def test_a_target_crs_that_does_not_serve(crs: str, words: str, tmp_path: Path) -> None:
    raster(tmp_path / "dem.tif", plane(N, N, 100.0))
    with pytest.raises(LandscapeError, match=rf"{words}.*{UTM}"):
        load(tmp_path, crs=crs)


def test_a_compound_target_crs_is_its_plane(tmp_path: Path) -> None:
    raster(tmp_path / "dem.tif", plane(N, N, 100.0))
    assert load(tmp_path, crs="EPSG:32717+5773").grid.crs == UTM


@pytest.mark.parametrize("far", [3_000.0, 500.0])
def test_a_large_grid_that_mostly_lies_off_the_raster_is_refused_at_once(
    far: float, tmp_path: Path
) -> None:
    raster(tmp_path / "dem.tif", np.full((200, 200), 900, np.int16), cell=1000.0)
    west, north = WEST - 3 * far, NORTH + far
    extent = f"{west} {NORTH - 1_100_000} {WEST + 1_100_000} {north}"
    began = time.perf_counter()
    with pytest.raises(LandscapeError, match="covers only about 3") as caught:
        load(tmp_path, extent=extent)
    assert time.perf_counter() - began < 5
    offered = str(caught.value).split('extent = "')[1].split('"')[0]
    z = load(tmp_path, extent=offered)["elevation_m"]
    assert min(z.shape) > 190


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("dem.tif", "gdal_edit.py -a_nodata -9999 dem.tif"),
        ("dem.asc", "gdal_translate -a_nodata -9999 dem.asc out.tif"),
        ("dem.png", "gdal_translate -a_nodata 65535 dem.png out.tif"),
    ],
)
def test_a_remedy_suits_the_form_of_the_file(name: str, command: str, tmp_path: Path) -> None:
    import warnings

    import rasterio

    if name.endswith("asc"):
        (tmp_path / name).write_text(
            "ncols 2\nnrows 2\nxllcorner 700000\nyllcorner 9600000\ncellsize 1000\n-9999 2\n3 4\n"
        )
        (tmp_path / "dem.prj").write_text(rasterio.crs.CRS.from_user_input(UTM).to_wkt())
    else:
        driver, dtype = ("PNG", "uint16") if name.endswith("png") else ("GTiff", "float32")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with rasterio.open(
                tmp_path / name,
                "w",
                driver=driver,
                width=2,
                height=2,
                count=1,
                dtype=dtype,
                crs=UTM,
                transform=rasterio.Affine(*GOOD),
            ) as file:
                first = 65535 if driver == "PNG" else -9999
                file.write(np.array([[[first, 2], [3, 4]]], dtype))
    with pytest.raises(LandscapeError) as caught:
        load(tmp_path, elevation=name)
    assert command in str(caught.value)
