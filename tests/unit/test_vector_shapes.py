"""Shapes that a geometry library refuses, filters lose or maps cannot hold: told, never dropped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from corridor_sim.errors import LandscapeError
from corridor_sim.landscape.io import vectors
from corridor_sim.landscape.io.shapes import UnreadableError, decode
from oracles.bad_files import feature, geojson
from oracles.odd_shapes import NORTH_M, WEST_M, Corner, box_file, wkb, write
from oracles.user_files import LONLAT, UTM, load, plane, raster


def at(*km: tuple[float, float]) -> list[Corner]:
    """Return places in kilometres from the country's upper left corner as map metres."""
    return [(WEST_M + x * 1000, NORTH_M - y * 1000) for x, y in km]


TRIANGLE = at((5, 5), (15, 5), (15, 15), (5, 5))
OPEN = at((5, 5), (15, 5), (15, 15), (5, 15))
EAST = shapely.box(WEST_M + 25_000, NORTH_M - 10_000, WEST_M + 30_000, NORTH_M - 5_000)


def tin(kind: int, patch: int) -> bytes:
    """Return two triangles beside each other, and one upright that holds no ground."""
    other = at((5, 5), (15, 15), (5, 15), (5, 5))
    upright = at((5, 5), (15, 5), (10, 5), (5, 5))
    return wkb(kind, *(wkb(patch, one, high=True) for one in (TRIANGLE, other, upright)), high=True)


ARC = at((5, 10), (10, 5), (15, 10), (10, 15), (5, 10))
ROUND = np.pi * 25
# what the bytes are, the bytes, km², a word of the note
SHAPES: dict[str, tuple[bytes | None, float, str]] = {
    "open ring": (wkb(3, OPEN), 100, "a ring that is not closed"),
    "open ring of three": (wkb(3, TRIANGLE[:3]), 50, "a ring that is not closed"),
    "open hole": (
        wkb(3, [*OPEN, OPEN[0]], at((7, 7), (9, 7), (9, 9), (7, 9))),
        96,
        "a ring that is not closed",
    ),
    "open ring of a part": (
        wkb(6, wkb(3, OPEN), wkb(3, at((16, 5), (17, 5), (17, 6), (16, 6), (16, 5)))),
        101,
        "a ring that is not closed",
    ),
    "ring of two": (wkb(3, TRIANGLE[:2]), 0, "a ring of fewer than three corners"),
    "ring of one": (wkb(3, TRIANGLE[:1]), 0, "a ring of fewer than three corners"),
    "hole of two": (
        wkb(3, [*OPEN, OPEN[0]], at((7, 7), (9, 7))),
        100,
        "a ring of fewer than three corners",
    ),
    "no ring": (wkb(3), 0, "no shape"),
    "no part": (wkb(6), 0, "no shape"),
    "null": (None, 0, "no shape"),
    "collection of nothing": (wkb(7), 0, "no shape"),
    "TIN": (tin(16, 17), 100, "a surface in space"),
    "polyhedral surface": (tin(15, 3), 100, "a surface in space"),
    "triangle": (wkb(17, TRIANGLE), 50, ""),
    "triangle in a collection": (wkb(7, wkb(17, TRIANGLE)), 50, ""),
    "curve polygon": (wkb(10, wkb(8, ARC)), ROUND, ""),
    "multisurface": (wkb(12, wkb(10, wkb(8, ARC))), ROUND, ""),
    "with heights": (wkb(3, [*OPEN, OPEN[0]], high=True), 100, ""),
    "with measures": (
        shapely.to_wkb(
            shapely.from_wkt(
                "POLYGON M ((905000 9695000 1, 915000 9695000 2, "
                "915000 9685000 3, 905000 9695000 1))"
            ),
            flavor="iso",
        ),
        50,
        "",
    ),
    "a line beside": (
        wkb(7, wkb(3, [*OPEN, OPEN[0]]), wkb(2, TRIANGLE[:2])),
        100,
        "shapes of other kinds",
    ),
}


@pytest.mark.parametrize("whole", [100_000, 1], ids=["read whole", "read by place"])
@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_is_read_by_a_stated_rule_or_told(
    name: str, whole: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "MAX_WHOLE", whole)
    bytes_, km2, word = SHAPES[name]
    box_file(tmp_path)
    write(tmp_path / "a.gpkg", [bytes_, shapely.to_wkb(EAST)], n=["West", "East"])
    land = load(tmp_path, protected_areas="a.gpkg", protected_name_field="n")
    area = dict(zip(land.zone_names, np.bincount(land["protected"].ravel()) / 4, strict=True))
    assert area["East"] == 25
    # aslant edges cut cells; a curve comes as straight lines
    assert area.get("West", 0) == pytest.approx(km2, abs=0 if km2 in (0, 96, 100, 101) else 3)
    source = land.origins["protected"].source
    assert word in source
    assert ("1 feature with" in source) == bool(word)
    if word:
        assert "(feature 1)" in source


@pytest.mark.parametrize("whole", [100_000, 1], ids=["read whole", "read by place"])
@pytest.mark.parametrize("kind", ["gpkg", "fgb", "shp", "geojson"])
def test_open_rings_are_closed_in_every_kind_of_file(
    kind: str, whole: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "MAX_WHOLE", whole)
    box_file(tmp_path)
    write(tmp_path / f"a.{kind}", [wkb(3, OPEN), shapely.to_wkb(EAST)], n=["West", "East"])
    land = load(tmp_path, protected_areas=f"a.{kind}", protected_name_field="n")
    assert sorted(land.zone_names[1:]) == ["East", "West"]
    assert (land["protected"] > 0).sum() == 500
    assert "a ring that is not closed" in land.origins["protected"].source


@pytest.mark.parametrize("kind", ["gpkg", "fgb", "shp", "geojson"])
def test_an_open_ring_around_the_country_is_not_lost(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No corner of it lies here, and a filter by place cannot ask whether it goes round."""
    box_file(tmp_path)
    around = [
        (WEST_M - 1e4, NORTH_M + 1e4),
        (WEST_M + 9e4, NORTH_M + 1e4),
        (WEST_M + 9e4, NORTH_M - 9e4),
        (WEST_M - 1e4, NORTH_M - 9e4),
    ]
    write(tmp_path / f"a.{kind}", [wkb(3, around), shapely.to_wkb(EAST)], n=["All", "East"])
    land = load(tmp_path, protected_areas=f"a.{kind}", protected_name_field="n")
    assert (land["protected"] > 0).all()
    monkeypatch.setattr(vectors, "MAX_WHOLE", 1)
    again = load(tmp_path, protected_areas=f"a.{kind}", protected_name_field="n")
    np.testing.assert_array_equal(again["protected"], land["protected"])


def test_a_shape_that_cannot_be_read_is_refused_by_name(tmp_path: Path) -> None:
    for bad in (b"\x01\x63\x00\x00\x00" + bytes(8), wkb(2, OPEN)[:-8], b"\x01", b""):
        with pytest.raises(UnreadableError):
            decode([None, bad])
    deep = wkb(2, OPEN[:1])
    for _ in range(100):
        deep = wkb(7, deep)
    with pytest.raises(UnreadableError):
        decode([deep])


@pytest.mark.parametrize(
    ("key", "layer"), [("roads", "road"), ("rivers", "river"), ("settlements", "land_cover")]
)
@pytest.mark.parametrize(
    ("shape", "word"),
    [
        ({"type": "LineString", "coordinates": [[905000.0, 9695000.0]]}, "a line of one point"),
        (None, "no shape"),
        ({"type": "TIN", "coordinates": []}, "no shape"),
        ({"type": "Point", "coordinates": []}, "no shape"),
        ({"type": "LineString", "coordinates": []}, "no shape"),
    ],
)
def test_what_has_no_shape_is_counted(
    key: str, layer: str, shape: Any, word: str, tmp_path: Path
) -> None:
    box_file(tmp_path)
    good = at((5, 5), (15, 5))
    other = feature("Point", good[0]) if key == "settlements" else feature("LineString", good)
    odd = {"type": "Feature", "properties": {}, "geometry": shape}
    geojson(tmp_path / "a.geojson", [other, odd, odd], crs=UTM)
    source = load(tmp_path, **{key: "a.geojson"}).origins[layer].source
    assert f"2 features with {word}, left out (feature 1, 2)" in source
    geojson(tmp_path / "a.geojson", [odd], crs=UTM)
    with pytest.raises(LandscapeError, match=r"1 feature nowhere, without a shape \(feature 0\)"):
        load(tmp_path, **{key: "a.geojson"})


def test_an_empty_part_takes_nothing_away(tmp_path: Path) -> None:
    box_file(tmp_path)
    line, nothing = at((5, 5.25), (15, 5.25)), wkb(2, [])
    write(tmp_path / "roads.gpkg", [wkb(5, nothing, wkb(2, line))], n=[1])
    write(tmp_path / "lakes.gpkg", [wkb(6, wkb(3), shapely.to_wkb(EAST))], n=[1])
    land = load(tmp_path, roads="roads.gpkg", rivers="lakes.gpkg", protected_areas="lakes.gpkg")
    assert land["road"].sum() >= 20
    assert (land["river"] > 0).sum() == (land["protected"] > 0).sum() == 100


@pytest.mark.parametrize("curve", ["arcs", "circle", "compound"])
def test_a_curve_within_a_collection_is_read(curve: str, tmp_path: Path) -> None:
    """Such curves come as they are; the library makes nothing of them without a word."""
    box_file(tmp_path)
    half = wkb(8, at((5, 10), (10, 5), (15, 10)))
    ring = {
        "arcs": wkb(8, ARC),
        "circle": wkb(8, at((5, 10), (15, 10), (5, 10))),
        "compound": wkb(9, half, wkb(2, at((15, 10), (5, 10)))),
    }[curve]
    shape = wkb(7, wkb(12, wkb(10, ring)))
    write(
        tmp_path / "a.gpkg", [shape, shapely.to_wkb(shapely.GeometryCollection([EAST]))], n=[1, 2]
    )
    land = load(tmp_path, protected_areas="a.gpkg")
    km2 = (land["protected"] == 1).sum() / 4
    assert km2 == pytest.approx(ROUND / (2 if curve == "compound" else 1), abs=2)
    assert (land["protected"] == 2).sum() == 100


def test_a_line_without_length_is_told(tmp_path: Path) -> None:
    box_file(tmp_path)
    there = at((5, 5))[0]
    geojson(tmp_path / "a.geojson", [feature("LineString", [there, there])], crs=UTM)
    land = load(tmp_path, roads="a.geojson")
    assert not land["road"].any()
    assert "1 feature with a line without length" in land.origins["road"].source


@pytest.mark.parametrize("key", ["roads", "rivers", "protected_areas", "settlements"])
@pytest.mark.parametrize(
    "far", [1e308, -1e308, 1e10, float("nan"), float("inf")], ids=lambda v: f"{v:g}"
)
def test_coordinates_that_are_no_place_are_refused_at_once(
    key: str, far: float, tmp_path: Path
) -> None:
    box_file(tmp_path)
    here, x, y = at((5, 5)), WEST_M + 5000, NORTH_M - 5000
    line = [wkb(2, [*here, (far, y)]), wkb(2, at((1, 1), (2, 2)))]
    shapes = {
        "roads": line,
        "rivers": line,
        "protected_areas": [wkb(3, [*here, (far, y), (x, far), *here]), shapely.to_wkb(EAST)],
        "settlements": [wkb(1, (far, y)), wkb(1, (x, y))],
    }
    write(tmp_path / "a.gpkg", shapes[key], n=[1, 2])
    with pytest.raises(LandscapeError, match="feature 1 has coordinates that are not on the map"):
        load(tmp_path, **{key: "a.gpkg"})


def square(west: float, south: float, size: float) -> Any:
    return shapely.box(west, south, west + size, south + size)


def lonlat(folder: Path, *shapes: Any) -> Any:
    write(
        folder / "a.gpkg",
        [shapely.to_wkb(s) for s in shapes],
        LONLAT,
        n=[f"N{i}" for i in range(len(shapes))],
    )
    return load(folder, protected_areas="a.gpkg", protected_name_field="n")


def test_longitudes_may_count_from_0(tmp_path: Path) -> None:
    raster(tmp_path / "dem.tif", plane(40, 40, 1000.0), cell=1000.0)
    here = square(-79.1, -3.8, 0.1)
    over = shapely.transform(here, lambda xy: xy + np.array([360.0, 0.0]))
    a, b = (lonlat(tmp_path, one)["protected"] for one in (here, over))
    (tmp_path / "a.gpkg").unlink()
    assert (a > 0).sum() == pytest.approx(11.1 * 11.05, abs=12)
    np.testing.assert_array_equal(a, b)


def test_features_over_the_180th_meridian(tmp_path: Path) -> None:
    """A country on the meridian: cut or not, in longitudes from -180 or from 0, one ground."""
    raster(
        tmp_path / "dem.tif",
        plane(60, 60, 1000.0),
        cell=1000.0,
        crs="EPSG:32760",
        west=790_000.0,
        north=8_120_000.0,
    )
    cut = shapely.MultiPolygon(
        [shapely.box(179.9, -17.3, 180, -17.2), shapely.box(-180, -17.3, -179.9, -17.2)]
    )
    whole = shapely.box(179.9, -17.3, 180.1, -17.2)
    ring = [(179.9, -17.3), (-179.9, -17.3), (-179.9, -17.2), (179.9, -17.2)]
    found = []
    for shape in (cut, whole, shapely.Polygon(ring)):
        (tmp_path / "a.gpkg").unlink(missing_ok=True)
        found.append(lonlat(tmp_path, shape)["protected"] > 0)
    assert found[0].sum() == pytest.approx(21.3 * 11.06, abs=10)
    assert all((one == found[0]).all() for one in found)


def test_what_spans_the_world_covers_the_country_and_what_leaps_over_it_is_asked(
    tmp_path: Path,
) -> None:
    raster(tmp_path / "dem.tif", plane(40, 40, 1000.0), cell=1000.0)
    assert (lonlat(tmp_path, shapely.box(-180, -90, 180, 90))["protected"] == 1).all()
    (tmp_path / "a.gpkg").unlink()
    # two islands beyond the meridian, one feature: nothing of it is here
    far = shapely.MultiPolygon([shapely.box(179, -4, 180, -3), shapely.box(-180, -4, -179, -3)])
    land = lonlat(tmp_path, far, square(-79.1, -3.8, 0.1))
    assert land.zone_names == ("", "N1")
    (tmp_path / "a.gpkg").unlink()
    leap = shapely.Polygon([(179, -4), (-179, -4), (-179, -3), (179, -3)])
    with pytest.raises(LandscapeError, match=r"feature 1 leaps over 358 degrees.*-wrapdateline"):
        lonlat(tmp_path, leap, square(-79.1, -3.8, 0.1))


@pytest.mark.parametrize(
    ("crs", "words"),
    [
        ("IAU_2015:49900", ["Mars", "another planet"]),
        ("IAU_2015:30100", ["Moon", "another planet"]),
        ('LOCAL_CS["site",UNIT["m",1]]', ["Engineering CRS", "no places on the map"]),
        ("EPSG:4978", ["Geocentric CRS", "no places on the map"]),
        ("EPSG:5773", ["Vertical CRS", "no places on the map"]),
    ],
)
def test_a_crs_without_places_on_the_earth_is_named(
    crs: str, words: list[str], tmp_path: Path
) -> None:
    box_file(tmp_path)
    write(tmp_path / "a.gpkg", [shapely.to_wkb(EAST)], crs, n=["a"])
    with pytest.raises(LandscapeError) as caught:
        load(tmp_path, protected_areas="a.gpkg")
    for word in ("a.gpkg", *words):
        assert word in str(caught.value)


@pytest.mark.parametrize("crs", ["EPSG:32717+5773", "EPSG:4326+5773", "EPSG:4979"])
def test_heights_in_a_crs_make_no_difference(crs: str, tmp_path: Path) -> None:
    from pyproj import Transformer

    box_file(tmp_path)
    shape = EAST
    if not crs.startswith("EPSG:32717"):
        move = Transformer.from_crs(UTM, LONLAT, always_xy=True).transform
        shape = shapely.transform(EAST, move, interleaved=False)
    write(tmp_path / "a.gpkg", [shapely.to_wkb(shape)], crs, n=["a"])
    assert (load(tmp_path, protected_areas="a.gpkg")["protected"] > 0).sum() == 100
