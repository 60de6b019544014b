"""Every misfit of a user's vectors is one line that names the file, the value and the remedy."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

from oracles.bad_files import (
    LINE,
    SQUARE,
    Case,
    assert_named_in_one_line,
    feature,
    geojson,
    two_layers,
)
from oracles.user_files import UTM


def shapefile_without_prj(folder: Path) -> None:
    import pyogrio
    import shapely

    line = shapely.to_wkb(np.array([shapely.LineString([(7e5, 9.59e6), (7.1e5, 9.595e6)])], object))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pyogrio.raw.write(
            folder / "roads.shp",
            line,
            [np.array([1])],
            ["kind"],
            crs=UTM,
            geometry_type="LineString",
            driver="ESRI Shapefile",
        )
    (folder / "roads.prj").unlink()


CASES: dict[str, Case] = {
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
}


@pytest.mark.parametrize("name", CASES)
def test_misfit_is_named_in_one_line(
    name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_named_in_one_line(CASES[name], tmp_path, capfd, monkeypatch)
