"""Whatever part of an input file changes, the runs made from it are no longer the same runs."""

from __future__ import annotations

import json
import os
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corridor_sim import load_scenario
from corridor_sim.config.build import input_digests
from oracles.bad_files import LINE, SQUARE, feature, geojson, raster

MOVED = [[[x + 0.02, y] for x, y in SQUARE[0]]]


def digests(folder: Path, **keys: str) -> dict[str, str]:
    settings = {"elevation": "dem.tif", **keys}
    text = "".join(f"{key} = {json.dumps(value)}\n" for key, value in settings.items())
    (folder / "s.toml").write_text(f"name = 's'\ndays = 1\n[landscape]\n{text}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return input_digests(load_scenario(folder / "s.toml"))


def copied(source: Path, target: Path, driver: str, **options: Any) -> None:
    import rasterio.shutil

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rasterio.shutil.copy(source, target, driver=driver, **options)


def heights(value: float = 0.0) -> Any:
    return (1200.0 + np.arange(400.0).reshape(20, 20) + value).astype("float32")


# -- rasters --------------------------------------------------------------------------------------


def gtiff(folder: Path, at: str = "m.tif", **options: Any) -> None:
    raster(folder / at, heights(), **options)


def without_georeference(folder: Path) -> None:
    raster(folder / "m.tif", heights(), georeferenced=False, crs=None)
    world(folder, 700_000)
    (folder / "m.tif.aux.xml").write_text("<PAMDataset><SRS>EPSG:32717</SRS></PAMDataset>")


def world(folder: Path, west: float) -> None:
    (folder / "m.tfw").write_text(f"1000\n0\n0\n-1000\n{west + 500}\n9599500\n")


def ascii_grid(folder: Path) -> None:
    raster(folder / "src.tif", heights())
    copied(folder / "src.tif", folder / "m.asc", "AAIGrid")


def imagine(folder: Path) -> None:
    raster(folder / "src.tif", heights())
    copied(folder / "src.tif", folder / "m.img", "HFA", USE_SPILL="YES")


def band_interleaved(folder: Path) -> None:
    raster(folder / "src.tif", heights())
    copied(folder / "src.tif", folder / "m.bil", "EHdr")


def mosaic(folder: Path) -> None:
    raster(folder / "tile.tif", heights())
    (folder / "m.vrt").write_text(
        '<VRTDataset rasterXSize="20" rasterYSize="20"><SRS>EPSG:32717</SRS>'
        "<GeoTransform>700000, 1000, 0, 9600000, 0, -1000</GeoTransform>"
        '<VRTRasterBand dataType="Float32" band="1"><SimpleSource><SourceFilename '
        'relativeToVRT="1">tile.tif</SourceFilename><SourceBand>1</SourceBand></SimpleSource>'
        "</VRTRasterBand></VRTDataset>"
    )


def replaced(name: str, old: str, new: str) -> Callable[[Path], Any]:
    def change(folder: Path) -> None:
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new))

    return change


def flipped(name: str, at: int = -100) -> Callable[[Path], Any]:
    def change(folder: Path) -> None:
        data = bytearray((folder / name).read_bytes())
        data[at] ^= 1
        (folder / name).write_bytes(data)

    return change


def masked(folder: Path) -> None:
    import rasterio

    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=False), rasterio.open(folder / "m.tif", "r+") as f:
        f.write_mask(np.arange(400).reshape(20, 20) > 3)
    assert (folder / "m.tif.msk").exists()


def described(**facts: Any) -> Callable[[Path], Any]:
    def change(folder: Path) -> None:
        import rasterio

        with rasterio.open(folder / "m.tif", "r+") as file:
            for name, value in facts.items():
                setattr(file, name, value)

    return change


NEW_UTM = "EPSG:32718"
RASTERS: list[tuple[str, str, Callable[[Path], Any], Callable[[Path], Any]]] = [
    ("pixel", "m.tif", gtiff, lambda d: raster(d / "m.tif", heights(1))),
    ("one pixel", "m.tif", gtiff, flipped("m.tif", -1)),
    ("place", "m.tif", gtiff, lambda d: gtiff(d, west=701_000.0)),
    ("cell", "m.tif", gtiff, lambda d: gtiff(d, cell=900.0)),
    ("CRS", "m.tif", gtiff, lambda d: gtiff(d, crs=NEW_UTM)),
    ("nodata", "m.tif", gtiff, described(nodata=1200.0)),
    ("scale", "m.tif", gtiff, described(scales=(2.0,))),
    ("offset", "m.tif", gtiff, described(offsets=(2.0,))),
    ("unit", "m.tif", gtiff, described(units=("ft",))),
    ("mask beside", "m.tif", gtiff, masked),
    ("world file", "m.tif", without_georeference, lambda d: world(d, 701_000)),
    ("CRS beside", "m.tif", without_georeference, replaced("m.tif.aux.xml", "32717", "32718")),
    (
        "nodata beside",
        "m.tif",
        without_georeference,
        replaced(
            "m.tif.aux.xml",
            "</SRS>",
            "</SRS><PAMRasterBand band='1'><NoDataValue>1200</NoDataValue></PAMRasterBand>",
        ),
    ),
    ("ASCII value", "m.asc", ascii_grid, replaced("m.asc", " 1250 ", " 1300 ")),
    ("ASCII header", "m.asc", ascii_grid, replaced("m.asc", "700000", "701000")),
    ("ASCII .prj", "m.asc", ascii_grid, replaced("m.prj", "-81", "-75")),
    (
        "Imagine",
        "m.img",
        imagine,
        lambda d: [
            raster(d / "src.tif", heights(1)),
            copied(d / "src.tif", d / "m.img", "HFA", USE_SPILL="YES"),
        ],
    ),
    ("Imagine spill file", "m.img", imagine, flipped("m.ige")),
    ("EHdr values", "m.bil", band_interleaved, flipped("m.bil")),
    ("EHdr header", "m.bil", band_interleaved, replaced("m.hdr", "700500", "701500")),
    ("EHdr .prj", "m.bil", band_interleaved, replaced("m.prj", "-81", "-75")),
    ("mosaic's tile", "m.vrt", mosaic, lambda d: raster(d / "tile.tif", heights(1))),
    ("mosaic's place", "m.vrt", mosaic, replaced("m.vrt", "700000", "701000")),
]


@pytest.mark.parametrize(
    ("what", "name", "make", "change"), RASTERS, ids=[row[0] for row in RASTERS]
)
def test_every_part_of_a_raster_counts(
    tmp_path: Path, what: str, name: str, make: Any, change: Any
) -> None:
    make(tmp_path)
    before = digests(tmp_path, elevation=name)
    assert digests(tmp_path, elevation=name) == before
    change(tmp_path)
    assert digests(tmp_path, elevation=name)[name] != before[name]


@pytest.mark.parametrize("key", ["elevation", "temperature", "land_cover"])
def test_every_raster_of_a_landscape_counts(tmp_path: Path, key: str) -> None:
    raster(tmp_path / "dem.tif")
    (tmp_path / "codes.csv").write_text("code,cover\n7,pasture\n")
    keys = {key: "m.tif"} | ({"land_cover_codes": "codes.csv"} if key == "land_cover" else {})
    gtiff(tmp_path)
    before = digests(tmp_path, **keys)
    raster(tmp_path / "m.tif", heights(1))
    after = digests(tmp_path, **keys)
    assert after.keys() == before.keys()
    assert [k for k in after if after[k] != before[k]] == ["m.tif"]


def statistics(folder: Path) -> None:
    """What QGIS leaves beside a raster that it has drawn."""
    (folder / "m.tif.aux.xml").write_text(
        "<PAMDataset><PAMRasterBand band='1'><Metadata><MDI key='STATISTICS_MEAN'>3</MDI>"
        "</Metadata></PAMRasterBand></PAMDataset>"
    )


def overviews(folder: Path) -> None:
    raster(folder / "m.tif.ovr", heights()[::2, ::2], cell=2000.0)


@pytest.mark.parametrize(
    "change",
    [statistics, overviews, lambda d: os.utime(d / "m.tif")],
    ids=["statistics", "overviews", "touched"],
)
def test_what_only_looking_at_a_raster_leaves_does_not_count(tmp_path: Path, change: Any) -> None:
    gtiff(tmp_path)
    before = digests(tmp_path, elevation="m.tif")
    change(tmp_path)
    assert digests(tmp_path, elevation="m.tif") == before


# -- vectors --------------------------------------------------------------------------------------

DRIVERS = {
    "m.gpkg": "GPKG",
    "m.shp": "ESRI Shapefile",
    "m.geojson": "GeoJSON",
    "m.fgb": "FlatGeobuf",
    "m.gdb": "OpenFileGDB",
    "m.kml": "LIBKML",
}


def written(
    folder: Path,
    name: str,
    rings: list[Any],
    crs: str = "EPSG:4326",
    layer: str | None = None,
    **fields: list[Any],
) -> None:
    import pyogrio
    import shapely

    target = folder / name
    if layer is None:
        shutil.rmtree(target, ignore_errors=True)
        target.unlink(missing_ok=True)
    fields = fields or {"NAME": ["A", "B"][: len(rings)]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pyogrio.raw.write(
            target,
            np.array([shapely.to_wkb(shapely.Polygon(r[0])) for r in rings], object),
            [np.array(v, object if isinstance(v[0], str) else None) for v in fields.values()],
            list(fields),
            crs=crs,
            geometry_type="Polygon",
            driver=DRIVERS[name],
            layer=layer,
            append=layer is not None and target.exists(),
        )


VECTOR_CHANGES: dict[str, Callable[[Path, str], Any]] = {
    "outline": lambda d, n: written(d, n, [SQUARE, SQUARE]),
    "order": lambda d, n: written(d, n, [MOVED, SQUARE]),
    "number": lambda d, n: written(d, n, [SQUARE]),
    "name": lambda d, n: written(d, n, [SQUARE, MOVED], NAME=["A", "C"]),
    "field's name": lambda d, n: written(d, n, [SQUARE, MOVED], NOM=["A", "B"]),
    "further field": lambda d, n: written(
        d, n, [SQUARE, MOVED], NAME=["A", "B"], ISO3=["ECU", "PER"]
    ),
}


@pytest.mark.parametrize("name", DRIVERS)
@pytest.mark.parametrize("change", VECTOR_CHANGES)
def test_every_part_of_a_vector_layer_counts(tmp_path: Path, name: str, change: str) -> None:
    import pyogrio

    if DRIVERS[name] not in pyogrio.list_drivers(write=True):
        pytest.skip(f"this GDAL does not write {DRIVERS[name]}")
    raster(tmp_path / "dem.tif")
    written(tmp_path, name, [SQUARE, MOVED])
    before = digests(tmp_path, protected_areas=name)
    VECTOR_CHANGES[change](tmp_path, name)
    after = digests(tmp_path, protected_areas=name)
    if DRIVERS[name] == "LIBKML" and change == "field's name":
        return  # KML has one field for names, whatever it is called
    assert [k for k in after if after[k] != before[k]] == [name]


@pytest.mark.parametrize("name", ["m.gpkg", "m.shp", "m.geojson", "m.fgb", "m.gdb"])
def test_the_crs_of_a_vector_layer_counts(tmp_path: Path, name: str) -> None:
    raster(tmp_path / "dem.tif")
    written(tmp_path, name, [SQUARE])
    before = digests(tmp_path, protected_areas=name)
    written(tmp_path, name, [SQUARE], crs="EPSG:4674")
    assert digests(tmp_path, protected_areas=name)[name] != before[name]


SHAPEFILE_PARTS: dict[str, Callable[[Path], Any]] = {
    "m.dbf": replaced("m.dbf", "A   ", "C   "),
    "m.prj": replaced("m.prj", "WGS_1984", "WGS_1972"),
    "m.cpg": lambda d: (d / "m.cpg").write_text("ISO-8859-1"),
}


@pytest.mark.parametrize("part", SHAPEFILE_PARTS)
def test_every_file_of_a_shapefile_counts(tmp_path: Path, part: str) -> None:
    raster(tmp_path / "dem.tif")
    written(tmp_path, "m.shp", [SQUARE], NAME=["A   \u00e9"])
    before = digests(tmp_path, protected_areas="m.shp")
    if part == "m.dbf":
        data = (tmp_path / part).read_bytes()
        (tmp_path / part).write_bytes(data.replace(b"A   ", b"C   "))
    else:
        SHAPEFILE_PARTS[part](tmp_path)
    assert digests(tmp_path, protected_areas="m.shp") != before


@pytest.mark.parametrize("name", ["m.gpkg", "m.gdb"])
def test_of_several_layers_the_named_one_counts(tmp_path: Path, name: str) -> None:
    raster(tmp_path / "dem.tif")
    key = f"{name}|layername=parks"

    def make(parks: Any, others: Any) -> dict[str, str]:
        shutil.rmtree(tmp_path / name, ignore_errors=True)
        (tmp_path / name).unlink(missing_ok=True)
        written(tmp_path, name, [parks], layer="parks")
        written(tmp_path, name, [others], layer="others")
        return digests(tmp_path, protected_areas=key)

    before = make(SQUARE, SQUARE)
    assert make(SQUARE, MOVED) == before
    assert make(MOVED, SQUARE)[key] != before[key]


def test_a_geopackage_that_a_program_only_opened_is_the_same_input(tmp_path: Path) -> None:
    import sqlite3

    raster(tmp_path / "dem.tif")
    written(tmp_path, "m.gpkg", [SQUARE])
    before = digests(tmp_path, protected_areas="m.gpkg")
    base = sqlite3.connect(tmp_path / "m.gpkg")
    base.execute("CREATE TABLE layer_styles (id INTEGER)")
    base.commit()
    base.close()
    assert digests(tmp_path, protected_areas="m.gpkg") == before


def test_lines_and_points_count_too(tmp_path: Path) -> None:
    raster(tmp_path / "dem.tif")
    for key, kind, old, new in (
        ("roads", "LineString", LINE, [LINE[0], [-79.06, -3.72]]),
        ("rivers", "LineString", LINE, [LINE[0], [-79.06, -3.72]]),
        ("settlements", "Point", LINE[0], LINE[1]),
    ):
        geojson(tmp_path / "m.geojson", [feature(kind, old, name="a")])
        before = digests(tmp_path, **{key: "m.geojson"})
        geojson(tmp_path / "m.geojson", [feature(kind, new, name="a")])
        assert digests(tmp_path, **{key: "m.geojson"}) != before


def test_tables_and_species_files_count(tmp_path: Path) -> None:
    raster(tmp_path / "dem.tif", np.full((20, 20), 7.0))
    keys = {"land_cover": "dem.tif", "land_cover_codes": "codes.csv"}
    (tmp_path / "codes.csv").write_text("code,cover\n7,pasture\n")
    before = digests(tmp_path, **keys)
    (tmp_path / "codes.csv").write_text("code,cover\n7,paramo\n")
    after = digests(tmp_path, **keys)
    assert [k for k in after if after[k] != before[k]] == ["codes.csv"]


def test_another_part_of_a_raster_is_another_input(tmp_path: Path) -> None:
    from corridor_sim.landscape.io.content import raster_content

    raster(tmp_path / "stack.tif", np.full((4, 4), 900.0), bands=2)
    found = {raster_content(tmp_path / f"stack.tif|band={band}", "elevation") for band in (1, 2)}
    assert len(found) == 2


def test_a_link_that_leads_nowhere_beside_a_layer_is_no_part_of_it(tmp_path: Path) -> None:
    raster(tmp_path / "dem.tif")
    written(tmp_path, "m.gpkg", [SQUARE])
    before = digests(tmp_path, protected_areas="m.gpkg")
    (tmp_path / "m.old.gpkg").symlink_to("gone.gpkg")
    assert digests(tmp_path, protected_areas="m.gpkg") == before
