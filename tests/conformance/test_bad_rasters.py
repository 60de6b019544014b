"""Every misfit of a user's rasters is one line that names the file, the value and the remedy."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from corridor_sim.landscape.io import raster_source
from oracles.bad_files import COVER, Case, N, assert_named_in_one_line, cover, raster, with_value
from oracles.user_files import WEST


def cut_short(folder: Path, name: str, keep: float) -> None:
    # Incompressible values, in strips that lie behind the header.
    noise = np.random.default_rng(5).integers(0, 4000, (400, 400))
    path = raster(folder / name, noise, cell=50.0, dtype="int16", compress="deflate")
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)])


def huge_header(path: Path) -> None:
    """A sparse GeoTIFF that declares 100,000 x 100,000 cells in a few hundred bytes."""
    side = 100_000
    tags = [
        (256, 3 if side < 65536 else 4, 1, side),
        (257, 4, 1, side),
        (258, 3, 1, 16),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (273, 4, 1, 0),
        (277, 3, 1, 1),
        (278, 4, 1, 1),
        (279, 4, 1, 0),
        (339, 3, 1, 2),
    ]
    body = struct.pack("<2sHI", b"II", 42, 8) + struct.pack("<H", len(tags))
    for tag, kind, count, value in tags:
        body += struct.pack("<HHII", tag, kind, count, value)
    path.write_bytes(body + struct.pack("<I", 0))


ones = np.ones((N, N))
CASES: dict[str, Case] = {
    # --- one raster
    "no CRS": Case(
        lambda d: raster(d / "dem.tif", crs=None),
        {},
        ["dem.tif", "has no CRS", "gdal_edit.py -a_srs"],
    ),
    "no georeference": Case(
        lambda d: raster(d / "dem.tif", georeferenced=False), {}, ["dem.tif", "no georeference"]
    ),
    "rotated": Case(
        lambda d: raster(d / "dem.tif", rotated=100.0),
        {},
        ["dem.tif", "rotated", "b = 100", "gdalwarp"],
    ),
    "missing": Case(
        lambda d: raster(d / "dem.tif"),
        {"elevation": "den.tif"},
        ["den.tif", "no such file", "did you mean dem.tif"],
    ),
    "missing folder": Case(
        lambda d: None,
        {"elevation": "maps/dem.tif"},
        ["maps", "no such file", "correct the path"],
        dem=False,
    ),
    "folder": Case(
        lambda d: (d / "maps").mkdir(),
        {"elevation": "maps"},
        ["maps", "is a folder", "name the file"],
    ),
    "not a raster": Case(
        lambda d: (d / "dem.tif").write_text("elevation 3"), {}, ["dem.tif", "11 bytes", "GeoTIFF"]
    ),
    "empty file": Case(
        lambda d: (d / "dem.tif").write_bytes(b""), {}, ["dem.tif", "0 bytes", "export it again"]
    ),
    "truncated": Case(
        lambda d: cut_short(d, "dem.tif", 0.6),
        {},
        ["dem.tif", "cut short", "rows", "download it again"],
    ),
    "truncated in the header": Case(
        lambda d: cut_short(d, "dem.tif", 0.001), {}, ["dem.tif", "bytes", "cut short"]
    ),
    "three bands": Case(
        lambda d: raster(d / "dem.tif", bands=3),
        {},
        ["dem.tif", "3 bands", 'elevation = "dem.tif|band=1"'],
    ),
    "huge": Case(
        lambda d: huge_header(d / "dem.tif"),
        {},
        ["dem.tif", "100000 x 100000 cells (10.0 billion)", "limit of 2 billion", "crop it"],
    ),
    "huge block": Case(
        lambda d: raster(d / "dem.tif", blockysize=N, tiled=False),
        {},
        ["dem.tif", f"blocks of {N} x {N} cells", "TILED=YES"],
        limits={(raster_source, "MAX_BLOCK_BYTES"): 1000},
    ),
    "not square": Case(
        lambda d: raster(d / "dem.tif", cell=(1000.0, 500.0)),
        {},
        ["dem.tif", "1000 x 500 m are not square", "cell_m = 1000"],
    ),
    # --- impossible values
    "NaN": Case(
        lambda d: raster(d / "dem.tif", with_value(np.nan)),
        {},
        ["dem.tif", "NaN in 1 cell", "x 705500, y 9596500", "-a_nodata nan", "no ground"],
    ),
    "infinity": Case(
        lambda d: raster(d / "dem.tif", with_value(np.inf)),
        {},
        ["dem.tif", "infinity in 1 cell", "x 705500, y 9596500"],
    ),
    "undeclared -32768": Case(
        lambda d: raster(d / "dem.tif", with_value(-32768), dtype="int16"),
        {},
        ["dem.tif", "-32768 in 1 cell", "x 705500, y 9596500", "-a_nodata -32768"],
    ),
    "undeclared -9999": Case(
        lambda d: raster(d / "dem.tif", with_value(-9999)),
        {},
        ["dem.tif", "-9999 in 1", "-a_nodata -9999"],
    ),
    "feet by value": Case(
        lambda d: raster(d / "dem.tif", np.linspace(9000, 16000, N * N).reshape(N, N)),
        {},
        ["dem.tif", "holds 9000", "400 impossible values from 9000 to 16000", "feet", "0.3048"],
    ),
    "feet by unit": Case(
        lambda d: raster(d / "dem.tif", unit="ft"),
        {},
        ["dem.tif", "'ft' (feet)", "metres", "0.3048"],
    ),
    "absurd height": Case(
        lambda d: raster(d / "dem.tif", with_value(123456)),
        {},
        ["dem.tif", "holds 123456", "x 705500, y 9596500", "-430 to 8850 m"],
    ),
    "nodata inside": Case(
        lambda d: raster(d / "dem.tif", with_value(-1), nodata=-1),
        {"nodata": "refuse"},
        ["dem.tif", "no data in 1 of 400 cells", "x 705500, y 9596500", "row 3, column 5", "crop"],
    ),
    "nodata everywhere": Case(
        lambda d: raster(d / "dem.tif", np.full((N, N), -1.0), nodata=-1),
        {},
        ["dem.tif", "no data in 400 of 400 cells"],
    ),
    "a layer that lacks most of the ground": Case(
        lambda d: raster(d / "t.tif", np.where(np.arange(N) < 12, -1.0, 17.0) * ones, nodata=-1),
        {"temperature": "t.tif"},
        ["t.tif", "no data in 240 of 400 cells", "gdal_fillnodata"],
    ),
    "a mask that leaves no ground": Case(
        lambda d: raster(d / "mask.tif", np.zeros((N, N)), dtype="uint8"),
        {"mask": "mask.tif"},
        ["mask.tif", "leaves no ground", "above 0 are ground"],
    ),
    "a mask that takes a core area whole": Case(
        lambda d: (
            raster(d / "mask.tif", np.tile(np.arange(N) > 9, (N, 1)), dtype="uint8"),
            raster(d / "parks.tif", np.where(np.arange(N) < 5, 1, 0) * ones, dtype="int16"),
        ),
        {"mask": "mask.tif", "protected_areas": "parks.tif"},
        ["parks.tif", "Area 1: lies wholly outside the ground", "mend the mask"],
    ),
    "voids filled below nothing": Case(
        lambda d: raster(d / "dem.tif"), {"fill_voids_km2": -1.0}, ["fill_voids_km2", "-1"]
    ),
    "Kelvin by unit": Case(
        lambda d: raster(d / "t.tif", np.full((N, N), 290.0), unit="K"),
        {"temperature": "t.tif"},
        ["t.tif", "'K' (Kelvin)", "degrees Celsius", "273.15"],
    ),
    "Kelvin by value": Case(
        lambda d: raster(d / "t.tif", np.full((N, N), 290.0)),
        {"temperature": "t.tif"},
        ["t.tif", "holds 290", "looks like Kelvin", "273.15"],
    ),
    "tenths of a degree": Case(
        lambda d: raster(d / "t.tif", np.full((N, N), 171), dtype="int16"),
        {"temperature": "t.tif"},
        ["t.tif", "holds 171", "tenths of a degree", "divide by ten"],
    ),
    # --- layers against each other
    "no overlap": Case(
        lambda d: raster(d / "t.tif", np.full((N, N), 17.0), west=100_000),
        {"temperature": "t.tif"},
        ["t.tif", "does not overlap", "west 100000", "west 700000", "check its CRS"],
    ),
    "no overlap, degrees in metres": Case(
        lambda d: raster(d / "t.tif", np.full((N, N), 17.0), west=-79.2, north=-3.6, cell=0.01),
        {"temperature": "t.tif"},
        ["t.tif", "does not overlap", "west -79.2000", "check its CRS"],
    ),
    "half": Case(
        lambda d: raster(d / "t.tif", np.full((N, N), 17.0), west=WEST + 10_000),
        {"temperature": "t.tif"},
        ["t.tif", "only 50.0 %", 'extent = "710000 9580000 720000 9600000"'],
    ),
    "code not in the table": Case(
        cover("code,cover\n2,pasture\n39,water\n"),
        COVER,
        ["cover.tif", "code 40 (7 cells)", "codes.csv", "add the code", "39 = water"],
    ),
    "fractional code": Case(
        cover("code,cover\n2,pasture\n", with_value(2.5, base=2.0), "float32"),
        COVER,
        ["cover.tif", "2.5 (1 cell), which is no class", "raster of classes"],
    ),
    "cover misspelt": Case(
        cover("code,cover\n2,pastur\n40,water\n"),
        COVER,
        ["codes.csv", "line 2", "code 2", "'pastur'", "did you mean 'pasture'"],
    ),
    "code twice": Case(
        cover("code,cover\n2,pasture\n2,water\n"), COVER, ["codes.csv", "line 3", "2 comes twice"]
    ),
    "no column": Case(
        cover("value,cover\n2,pasture\n"), COVER, ["codes.csv", "no column 'code'", "code,cover"]
    ),
    "code is a word": Case(
        cover("code,cover\nforest,pasture\n"),
        COVER,
        ["codes.csv", "'forest' is not a whole number"],
    ),
    "empty table": Case(cover("code,cover\n"), COVER, ["codes.csv", "holds no codes"]),
    "no table": Case(
        cover("code,cover\n2,pasture\n"),
        {"land_cover": "cover.tif"},
        ["[landscape]", "'cover.tif'", "without cover_classes or land_cover_codes", "a table"],
    ),
    "table is binary": Case(
        lambda d: (cover("")(d), (d / "codes.csv").write_bytes(b"\xff\xfe\x00")),
        COVER,
        ["codes.csv", "not UTF-8"],
    ),
    "TOML table broken": Case(
        lambda d: (cover("")(d), (d / "codes.toml").write_text("[codes\n")),
        {**COVER, "land_cover_codes": "codes.toml"},
        ["codes.toml", ":1", "not valid TOML", "mend the syntax"],
    ),
    "table missing": Case(
        cover("code,cover\n2,pasture\n40,water\n"),
        {**COVER, "land_cover_codes": "code.csv"},
        ["code.csv", "no such file", "did you mean codes.csv"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_misfit_is_named_in_one_line(
    name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_named_in_one_line(CASES[name], tmp_path, capfd, monkeypatch)
