"""Every misfit of a user's files is one line that names the file, the value and the remedy."""

from __future__ import annotations

import json
import re
import struct
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corridor_sim.errors import LandscapeError
from corridor_sim.landscape import raster_source, user_grid
from corridor_sim.landscape.user import UserLandscape, load_user_landscape

WEST, NORTH, CELL, N = 700_000.0, 9_600_000.0, 1000.0, 20
HERE = "EPSG:32717"


def raster(
    path: Path,
    values: Any = None,
    *,
    crs: str | None = HERE,
    west: float = WEST,
    north: float = NORTH,
    cell: float | tuple[float, float] = CELL,
    nodata: float | None = None,
    dtype: str = "float32",
    unit: str | None = None,
    bands: int = 1,
    georeferenced: bool = True,
    rotated: float = 0.0,
    **options: Any,
) -> Path:
    import rasterio
    from affine import Affine

    array = np.full((N, N), 1200.0) if values is None else np.asarray(values)
    across, down = cell if isinstance(cell, tuple) else (cell, cell)
    place = {"transform": Affine(across, rotated, west, rotated, -down, north)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with rasterio.open(
            path, "w", driver="GTiff", height=array.shape[0], width=array.shape[1], count=bands,
            dtype=dtype, crs=crs, nodata=nodata, **(place if georeferenced else {}), **options,
        ) as file:  # fmt: skip
            for band in range(1, bands + 1):
                file.write(array.astype(dtype), band)
            if unit:
                file.units = (unit,) * bands
    return path


def with_value(value: float, row: int = 3, col: int = 5, base: float = 1200.0) -> Any:
    values = np.full((N, N), base)
    values[row, col] = value
    return values


def geojson(path: Path, features: list[dict[str, Any]], crs: str | None = None) -> Path:
    data: dict[str, Any] = {"type": "FeatureCollection", "features": features}
    if crs:
        data["crs"] = {"type": "name", "properties": {"name": crs}}
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def feature(kind: str, coordinates: Any, **properties: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": kind, "coordinates": coordinates},
    }


# Degrees inside the 20 km square that `raster` makes (its centre is near -79.11, -3.707).
LINE = [[-79.15, -3.7], [-79.05, -3.72]]
SQUARE = [[[-79.15, -3.7], [-79.1, -3.7], [-79.1, -3.75], [-79.15, -3.75], [-79.15, -3.7]]]


@dataclass
class Case:
    """Files to make, settings to use, and the words that the one line must hold."""

    make: Callable[[Path], Any]
    settings: dict[str, Any]
    words: list[str]
    dem: bool = True
    limits: dict[tuple[Any, str], int] = field(default_factory=dict)


COVER = {"land_cover": "cover.tif", "land_cover_codes": "codes.csv"}


def cover(codes: str, values: Any = None, dtype: str = "uint8") -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        patch = np.full((N, N), 2)
        patch[0, :7] = 40
        raster(folder / "cover.tif", patch if values is None else values, dtype=dtype)
        (folder / "codes.csv").write_text(codes, encoding="utf-8")

    return make


def cut_short(folder: Path, name: str, keep: float) -> None:
    # Incompressible values, in strips that lie behind the header.
    noise = np.random.default_rng(5).integers(0, 4000, (400, 400))
    path = raster(folder / name, noise, cell=50.0, dtype="int16", compress="deflate")
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)])


def shapefile_without_prj(folder: Path) -> None:
    import pyogrio
    import shapely

    line = shapely.to_wkb(np.array([shapely.LineString([(7e5, 9.59e6), (7.1e5, 9.595e6)])], object))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pyogrio.raw.write(folder / "roads.shp", line, [np.array([1])], ["kind"], crs=HERE,
                          geometry_type="LineString", driver="ESRI Shapefile")  # fmt: skip
    (folder / "roads.prj").unlink()


def two_layers(folder: Path) -> None:
    import pyogrio
    import shapely

    line = shapely.to_wkb(np.array([shapely.LineString([(7e5, 9.59e6), (7.1e5, 9.595e6)])], object))
    for layer in ("main", "tracks"):
        pyogrio.raw.write(folder / "roads.gpkg", line, [np.array([1])], ["kind"], crs=HERE,
                          geometry_type="LineString", driver="GPKG", layer=layer,
                          append=(folder / "roads.gpkg").exists())  # fmt: skip


def huge_header(path: Path) -> None:
    """A sparse GeoTIFF that declares 100,000 x 100,000 cells in a few hundred bytes."""
    side = 100_000
    tags = [
        (256, 3 if side < 65536 else 4, 1, side), (257, 4, 1, side), (258, 3, 1, 16),
        (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 0), (277, 3, 1, 1), (278, 4, 1, 1),
        (279, 4, 1, 0), (339, 3, 1, 2),
    ]  # fmt: skip
    body = struct.pack("<2sHI", b"II", 42, 8) + struct.pack("<H", len(tags))
    for tag, kind, count, value in tags:
        body += struct.pack("<HHII", tag, kind, count, value)
    path.write_bytes(body + struct.pack("<I", 0))


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
        lambda d: (d / "dem.tif").write_bytes(b""), {}, ["dem.tif", "0 bytes", "GeoTIFF"]
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
        lambda d: raster(d / "dem.tif", bands=3), {}, ["dem.tif", "3 bands", "gdal_translate -b 1"]
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
        ["dem.tif", "NaN in 1 cell", "x 705500, y 9596500", "fill"],
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
        {},
        ["dem.tif", "no data in 1 of 400 cells", "x 705500, y 9596500", "row 3, column 5", "crop"],
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
        ["cover.tif", "code 2.5 (1 cell)"],
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
        ["[landscape]", "'cover.tif'", "without land_cover_codes", "add a table"],
    ),
    "table is binary": Case(
        lambda d: (cover("")(d), (d / "codes.csv").write_bytes(b"\xff\xfe\x00")),
        COVER,
        ["codes.csv", "not UTF-8"],
    ),
    "TOML table broken": Case(
        lambda d: (cover("")(d), (d / "codes.toml").write_text("[codes\n")),
        {**COVER, "land_cover_codes": "codes.toml"},
        ["codes.toml", "cannot be read", "[codes]"],
    ),
    "table missing": Case(
        cover("code,cover\n2,pasture\n40,water\n"),
        {**COVER, "land_cover_codes": "code.csv"},
        ["code.csv", "no such file", "did you mean codes.csv"],
    ),
    # --- vectors
    "vector missing": Case(
        lambda d: geojson(d / "roads.geojson", [feature("LineString", LINE)]),
        {"roads": "road.geojson"},
        ["road.geojson", "no such file", "did you mean roads.geojson"],
    ),
    "vector without CRS": Case(
        shapefile_without_prj, {"roads": "roads.shp"}, ["roads.shp", "has no CRS", "ogr2ogr -a_srs"]
    ),
    "vector is text": Case(
        lambda d: (d / "roads.gpkg").write_text("no"),
        {"roads": "roads.gpkg"},
        ["roads.gpkg", "2 bytes", "GeoPackage"],
    ),
    "empty vector": Case(
        lambda d: geojson(d / "roads.geojson", []),
        {"roads": "roads.geojson"},
        ["roads.geojson", "0 features", "drop the key"],
    ),
    "points for roads": Case(
        lambda d: geojson(d / "roads.geojson", [feature("Point", LINE[0])]),
        {"roads": "roads.geojson"},
        ["roads.geojson", "1 feature other than lines", "is a Point", "layer of lines"],
    ),
    "vector elsewhere": Case(
        lambda d: geojson(
            d / "roads.geojson", [feature("LineString", [[10.0, 50.0], [11.0, 51.0]])]
        ),
        {"roads": "roads.geojson"},
        ["roads.geojson", "no feature in the study area", "west 10.0000", "west 700000", "CRS"],
    ),
    "no geometry at all": Case(
        lambda d: geojson(d / "r.geojson", [{**feature("Point", LINE), "geometry": None}]),
        {"roads": "r.geojson"},
        ["r.geojson", "no feature in the study area", "1 feature nowhere"],
    ),
    "coordinates off the map": Case(
        lambda d: geojson(d / "r.geojson", [feature("LineString", [*LINE, [-79.0, 1e6]])]),
        {"roads": "r.geojson"},
        ["r.geojson", "feature 0", "not on the map", "-clipsrc"],
    ),
    "two layers": Case(
        two_layers,
        {"roads": "roads.gpkg"},
        ["roads.gpkg", "2 layers: main, tracks", "|layername=main"],
    ),
    "layer misspelt": Case(
        two_layers,
        {"roads": "roads.gpkg|layername=mian"},
        ["no layer 'mian'", "did you mean 'main'"],
    ),
    "field misspelt": Case(
        lambda d: geojson(d / "pa.geojson", [feature("Polygon", SQUARE, NAME="Yacuri")]),
        {"protected_areas": "pa.geojson", "protected_name_field": "NAMES"},
        ["pa.geojson", "no field 'NAMES'", "did you mean 'NAME'"],
    ),
    "name empty": Case(
        lambda d: geojson(d / "pa.geojson", [feature("Polygon", SQUARE, NAME=None, a="b")]),
        {"protected_areas": "pa.geojson", "protected_name_field": "NAME"},
        ["pa.geojson", "'NAME'", "is empty", "name every protected area"],
    ),
    "road class": Case(
        lambda d: geojson(d / "roads.geojson", [feature("LineString", LINE, k=7)]),
        {"roads": "roads.geojson", "road_class_field": "k"},
        ["roads.geojson", "'k'", "is 7", "must be 1", "2"],
    ),
    "road class is a word": Case(
        lambda d: geojson(d / "roads.geojson", [feature("LineString", LINE, k="paved")]),
        {"roads": "roads.geojson", "road_class_field": "k"},
        ["roads.geojson", "'paved'", "not a number", "leave road_class_field out"],
    ),
    "river width": Case(
        lambda d: geojson(d / "rivers.geojson", [feature("LineString", LINE, w=-3)]),
        {"rivers": "rivers.geojson", "river_width_field_m": "w"},
        ["rivers.geojson", "'w'", "is -3", "above 0"],
    ),
    # --- settings
    "geographic target": Case(
        lambda d: None, {"crs": "EPSG:4326"}, ["'EPSG:4326'", "geographic", "EPSG:32717"]
    ),
    "target in feet": Case(
        lambda d: None, {"crs": "EPSG:2263"}, ["'EPSG:2263'", "metres are needed", "EPSG:32717"]
    ),
    "target unknown": Case(
        lambda d: None, {"crs": "UTM 17"}, ["'UTM 17'", "no known CRS", "EPSG:32717"]
    ),
    "extent of words": Case(
        lambda d: None, {"extent": "all of it"}, ["extent", "'all of it'", "west south east north"]
    ),
    "extent upside down": Case(
        lambda d: None,
        {"extent": "700000 9600000 720000 9580000"},
        ["extent", "south not below its north"],
    ),
    "extent outside": Case(
        lambda d: None,
        {"extent": "690000 9580000 720000 9600000"},
        ["dem.tif", "only 66.7 %", 'extent = "700000 9580000 720000 9600000"'],
    ),
    "extent below a cell": Case(
        lambda d: None,
        {"extent": "700000 9580000 700500 9590000"},
        ["extent", "no whole cell of 1000 m"],
    ),
    "cell": Case(lambda d: None, {"cell_m": -90}, ["cell_m is -90", "1 to 100000 m"]),
    "cell is a word": Case(
        lambda d: None, {"cell_m": "90 m"}, ["cell_m is '90 m'", "give a number"]
    ),
    "lapse": Case(lambda d: None, {"lapse_c_per_km": 52}, ["lapse_c_per_km is 52", "0 to 10"]),
    "field without file": Case(
        lambda d: None, {"road_class_field": "k"}, ["road_class_field", "'k'", "without roads"]
    ),
    "empty path": Case(lambda d: None, {"roads": " "}, ["roads is ' '", "drop it"]),
    "too many cells": Case(
        lambda d: None,
        {"cell_m": 100},
        ["200 x 200 cells of 100 m", "set cell_m to 200"],
        limits={(user_grid, "MAX_TARGET_CELLS"): 10_000},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_misfit_is_named_in_one_line(
    name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    case = CASES[name]
    if case.dem:
        raster(tmp_path / "dem.tif")
    case.make(tmp_path)
    for (module, limit), value in case.limits.items():
        monkeypatch.setattr(module, limit, value)
    capfd.readouterr()
    with pytest.raises(LandscapeError) as caught:
        load_user_landscape(UserLandscape(**{"elevation": "dem.tif", **case.settings}), tmp_path)
    line = str(caught.value)
    print_line = re.sub(re.escape(str(tmp_path)), "<dir>", line)
    assert "\n" not in line
    assert caught.value.where, print_line
    assert caught.value.remedy, print_line
    for word in case.words:
        assert word in line, print_line
    assert len(print_line) < 420, print_line
    out, err = capfd.readouterr()
    assert (out, err) == ("", ""), "libraries must not chatter"


MANGLED = ("dem.tif", "packed.tif", "cover.tif", "codes.csv", "roads.geojson", "roads.gpkg")


@pytest.mark.parametrize("name", MANGLED)
def test_mangled_files_load_or_are_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Flipped bits, lost and added bytes: a landscape or one line, never another exception."""
    monkeypatch.setattr(user_grid, "MAX_TARGET_CELLS", 100_000)
    noise = np.random.default_rng(0).integers(0, 4000, (N, N))
    raster(tmp_path / "dem.tif", noise, dtype="int16")
    raster(tmp_path / "packed.tif", noise, compress="deflate")
    cover("code,cover\n2,pasture\n40,water\n")(tmp_path)
    geojson(tmp_path / "roads.geojson", [feature("LineString", LINE, k=2)])
    two_layers(tmp_path)
    whole = (tmp_path / name).read_bytes()
    keys: dict[str, Any] = {"elevation": "packed.tif" if name == "packed.tif" else "dem.tif"}
    if name in COVER.values():
        keys |= COVER
    if name.startswith("roads"):
        keys["roads"] = name + ("|layername=main" if name.endswith("gpkg") else "")
    rng = np.random.default_rng(11)
    outcomes = {"loaded": 0, "refused": 0}
    refusals: list[str] = []
    for _ in range(60):
        data = bytearray(whole)
        for _ in range(int(rng.integers(1, 5))):
            # Headers hold most of the meaning, so most of the damage goes there.
            at = int(rng.integers(min(len(data), 700 if rng.random() < 0.7 else len(data))))
            match int(rng.integers(3)):
                case 0:
                    data[at] ^= 1 << int(rng.integers(8))
                case 1:
                    del data[at : at + int(rng.integers(1, 20))]
                case 2:
                    data[at:at] = rng.bytes(int(rng.integers(1, 8)))
        (tmp_path / name).write_bytes(data)
        try:
            load_user_landscape(UserLandscape(**keys), tmp_path)
            outcomes["loaded"] += 1
        except LandscapeError as error:
            outcomes["refused"] += 1
            refusals.append(str(error))
    assert outcomes["refused"] > 0
    assert not [line for line in refusals if "\n" in line]
    assert capfd.readouterr() == ("", "")


def test_the_files_of_the_corpus_load_when_nothing_is_wrong(tmp_path: Path) -> None:
    # Guards the corpus: each case fails for its own reason, not for a mistake of its surroundings.
    raster(tmp_path / "dem.tif")
    raster(tmp_path / "t.tif", np.full((N, N), 17.0))
    cover("code,cover\n2,pasture\n40,water\n")(tmp_path)
    geojson(tmp_path / "roads.geojson", [feature("LineString", LINE, k=2)])
    geojson(tmp_path / "rivers.geojson", [feature("LineString", LINE, w=60)])
    geojson(tmp_path / "pa.geojson", [feature("Polygon", SQUARE, NAME="Yacuri")])
    land = load_user_landscape(
        UserLandscape("dem.tif", temperature="t.tif", **COVER, roads="roads.geojson",
                      road_class_field="k", rivers="rivers.geojson", river_width_field_m="w",
                      protected_areas="pa.geojson", protected_name_field="NAME"),
        tmp_path,
    )  # fmt: skip
    assert land.grid.shape == (N, N)
    assert set(np.unique(land["road"])) == {0, 2}
    assert set(np.unique(land["river"])) == {0, 2}
    assert land.zone_names == ("", "Yacuri")
    assert (land["temperature_c"] == 17).all()
