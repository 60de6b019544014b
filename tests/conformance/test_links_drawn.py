"""Links as planners draw them in a GIS: what works, and the line that each mistake gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shapely import LineString, MultiLineString, Point, Polygon, box, transform

from corridor_sim import load_landscape
from corridor_sim.links.candidates import Link, make_links
from corridor_sim.links.files import read_links_file
from oracles.drawn_links import GOOD, LEFT, PASS, polygons, refused, write_vectors
from oracles.link_country import CELL_M, CRS, NORTH_M, WEST_M, candidate, write_links

FEW = "first_replicates = 5\nbudget_runs = 40"
SPANS = "the landscape spans x 900000 to 960000, y 9640000 to 9700000 in EPSG:32717"
BOW = [PASS[0], PASS[2], PASS[1], PASS[3]]
FLAT = [LEFT[0], LEFT[1], [(LEFT[0][0] + LEFT[1][0]) / 2, LEFT[0][1]]]
SPECK = [[WEST_M + 1, 9_650_001.0], [WEST_M + 9, 9_650_001.0], [WEST_M + 9, 9_650_009.0]]
ADD_CRS = (
    "has no CRS; assign the one it was made in: ogr2ogr -a_srs EPSG:<code> out.gpkg in "
    "(for a Shapefile, restore its .prj)"
)
WHOLE = "give a GeoPackage, GeoJSON or Shapefile; copy it again if it was cut short"
YES_OR_NO = "give true (build it in any case), false (in none), or leave it empty"


def over(reach_m: float) -> list[list[float]]:
    """Return a rectangle of 20 km, so much of it beyond the western edge of the country."""
    west = WEST_M - reach_m
    return [list(p) for p in box(west, 9_650_000, west + 20_000, 9_660_000).exterior.coords[:-1]]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def of_file(folder: Path, name: str) -> Path:
    return write_links(folder, candidates="", links=f'file = "{name}"', procedure=FEW)


def links_of(path: Path) -> list[Link]:
    file, base = read_links_file(path)
    land = load_landscape(base.scenario.landscape, base_dir=base.base_dir)
    return make_links(file.links, land, base.base_dir, str(path))


def drawn(folder: Path, shapes: list[Any], file: str = "mine.gpkg", **fields: Any) -> list[Link]:
    crs = fields.pop("crs", CRS)
    write_vectors(folder / file, shapes, crs=crs, **(GOOD | fields))
    return links_of(of_file(folder, file))


@pytest.mark.parametrize(
    ("outlines", "fields", "line"),
    [
        (
            (PASS, over(10_000)),
            {},
            f"link 'b': 50 % of it lies outside the landscape; end it at the edge, or use a larger "
            f"landscape: {SPANS}",
        ),
        (
            (PASS, over(2_001)),
            {},
            f"link 'b': 10 % of it lies outside the landscape; end it at the edge, or use a larger "
            f"landscape: {SPANS}",
        ),
        (
            (PASS, over(30_000)),
            {},
            f"feature 2: link 'b' lies outside the landscape or has no shape; {SPANS}; take it "
            "out or "
            "correct its CRS",
        ),
        (
            (PASS, BOW),
            {},
            "link 'b': crosses itself or has no area; list its corners in order, once around",
        ),
        (
            (PASS, FLAT),
            {},
            "link 'b': crosses itself or has no area; list its corners in order, once around",
        ),
        (
            (PASS, SPECK),
            {},
            "link 'b': is too small or too narrow for cells of 1000 m: it covers "
            "the centre of none; "
            "widen it, or use smaller cells",
        ),
        ((PASS, LEFT), {"cost": None}, "has no field 'cost'; allowed: actions, name"),
        (
            (PASS, LEFT),
            {"cost": [4.0, np.nan]},
            "feature 2, link 'b': has no cost; give a number above 0",
        ),
        (
            (PASS, LEFT),
            {"cost": ["4", " "]},
            "feature 2, link 'b': has no cost; give a number above 0",
        ),
        (
            (PASS, LEFT),
            {"cost": [4.0, -1.0]},
            "feature 2, link 'b': cost: -1.0 is not allowed; input should be greater than 0",
        ),
        (
            (PASS, LEFT),
            {"cost": [4.0, 0.0]},
            "feature 2, link 'b': cost: 0.0 is not allowed; input should be greater than 0",
        ),
        (
            (PASS, LEFT),
            {"cost": ["4", "dear"]},
            "feature 2, link 'b': cost 'dear' is no number; give a number above 0",
        ),
        (
            (PASS, LEFT),
            {"cost": ["4", "inf"]},
            "feature 2, link 'b': cost 'inf' is no number; give a number above 0",
        ),
        (
            (PASS, LEFT),
            {"cost": ["4", "1_000"]},
            "feature 2, link 'b': cost '1_000' is no number; give a number above 0",
        ),
        (
            (PASS, LEFT),
            {"cost": ["4", "1.200,50"]},
            "feature 2, link 'b': cost '1.200,50' is no number; give a number above 0 with a point "
            "before the decimals and nothing between thousands",
        ),
        (
            (PASS, LEFT),
            {"cost": [True, True]},
            "feature 1, link 'a': cost 'True' is no number; give a number above 0",
        ),
        ((PASS, LEFT), {"name": ["a", "a"]}, "two links are named 'a'; rename one"),
        (
            (PASS, LEFT),
            {"name": ["a", "  "]},
            "feature 2: has no name; give one that no other link has",
        ),
        (
            (PASS, LEFT),
            {"name": ["a", "b\nc"]},
            "feature 2, link 'b\\nc': name: 'b\\nc' is not allowed; the name has a line break or "
            "another character that cannot be seen",
        ),
        (
            (PASS, LEFT),
            {"must": [1, 2]},
            f"feature 2, link 'b': must '2' is neither true nor false; {YES_OR_NO}",
        ),
        (
            (PASS, LEFT),
            {"must": ["", "maybe"]},
            f"feature 2, link 'b': must 'maybe' is neither true nor false; {YES_OR_NO}",
        ),
        (
            (PASS, LEFT),
            {"actions": ["crossings", "restor"]},
            "feature 2, link 'b': actions: unknown action 'restor'; did you mean 'restore'?",
        ),
        (
            (PASS, LEFT),
            {"actions": ["crossings", "crossings, Crossings"]},
            "feature 2, link 'b': actions: names 'crossings' twice; name it once",
        ),
    ],
)
def test_the_line_of_a_mistake(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    outlines: tuple[list[list[float]], ...],
    fields: dict[str, Any],
    line: str,
) -> None:
    given = {key: value for key, value in (GOOD | fields).items() if value is not None}
    write_vectors(folder / "mine.gpkg", polygons(*outlines), **given)
    assert refused(capsys, of_file(folder, "mine.gpkg")) == f"corridor-sim: mine.gpkg: {line}"


@pytest.mark.parametrize(
    ("shapes", "line"),
    [
        (
            [Point(*PASS[0]), Point(*LEFT[0])],
            "holds 2 features other than lines or polygons; feature 1 is a Point; give a layer of "
            "lines or polygons",
        ),
        (
            [*polygons(PASS), Point(*LEFT[0])],
            "holds 1 feature other than lines or polygons; feature 2 is a Point; give a layer of "
            "lines or polygons",
        ),
    ],
)
def test_points_are_no_links(
    folder: Path, capsys: pytest.CaptureFixture[str], shapes: list[Any], line: str
) -> None:
    write_vectors(folder / "mine.gpkg", shapes, **GOOD)
    said = refused(capsys, of_file(folder, "mine.gpkg"))
    assert said == f"corridor-sim: mine.gpkg (links.file): {line}"


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_a_file_without_a_crs_is_not_guessed_at(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_vectors(folder / "mine.gpkg", polygons(PASS, LEFT), crs=None, **GOOD)
    said = refused(capsys, of_file(folder, "mine.gpkg"))
    assert said == f"corridor-sim: mine.gpkg (links.file): {ADD_CRS}"
    # GeoJSON is in degrees by its standard, so metres lie nowhere
    write_vectors(folder / "mine.geojson", polygons(PASS, LEFT), crs=None, **GOOD)
    said = refused(capsys, of_file(folder, "mine.geojson"))
    assert "has no feature in the study area" in said
    assert "of WGS 84" in said


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "is empty (0 bytes); copy or export it again"),
        (b'{"no": "geopackage"}', f"cannot be read as a vector file (20 bytes); {WHOLE}"),
        (
            b"\x89PNG\r\n\x1a\n" + bytes(100),
            "cannot be read as a vector file (108 bytes); give a "
            "GeoPackage, GeoJSON, Shapefile, FlatGeobuf, KML or File Geodatabase; "
            "copy it again if it "
            "was cut short, or bring it there: ogr2ogr out.gpkg in",
        ),
    ],
    ids=["empty", "json", "png"],
)
def test_what_is_no_geopackage_is_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str], content: bytes, what: str
) -> None:
    (folder / "mine.gpkg").write_bytes(content)
    said = refused(capsys, of_file(folder, "mine.gpkg"))
    assert said == f"corridor-sim: mine.gpkg (links.file): {what}"


def test_of_several_layers_one_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for layer, cost in (("first", [4.0, 2.0]), ("second", [7.0, 8.0])):
        write_vectors(
            folder / "mine.gpkg",
            polygons(PASS, LEFT),
            layer=layer,
            append=layer == "second",
            **GOOD | {"cost": cost},
        )
    said = refused(capsys, of_file(folder, "mine.gpkg"))
    assert said == (
        "corridor-sim: mine.gpkg (links.file): holds 2 layers: first, second; "
        "name one: mine.gpkg|layername=first"
    )
    said = refused(capsys, of_file(folder, "mine.gpkg|layername=third"))
    assert said == (
        "corridor-sim: mine.gpkg|layername=third (links.file): has no layer 'third'; "
        "allowed: first, second"
    )
    found = links_of(of_file(folder, "mine.gpkg|layername=second"))
    assert [one.cost for one in found] == [7.0, 8.0]


def test_a_hundred_thousand_links_are_refused_before_they_are_read(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from corridor_sim.landscape.io import vectors

    read = vectors.read_vector

    def never(path: Path, key: str, *more: Any) -> Any:
        assert key != "links.file", "the features are read"
        return read(path, key, *more)

    n = 100_000
    write_vectors(
        folder / "mine.gpkg", polygons(LEFT) * n, cost=np.ones(n), name=[str(i) for i in range(n)]
    )
    path = of_file(folder, "mine.gpkg")
    monkeypatch.setattr(vectors, "read_vector", never)
    said = refused(capsys, path)
    assert said == "corridor-sim: mine.gpkg: 100000 links exceed 200; choose among them first"


def test_too_many_links_and_corners_in_a_links_file(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    many = "".join(
        f'[[links.candidates]]\nname="{i}"\ncost=1\nline=[[0,0],[1,1]]\nwidth_m=1\n'
        for i in range(10_000)
    )
    said = refused(capsys, write_links(folder, candidates=many, procedure=FEW))
    assert "10000 links exceed 200: choose among them first" in said
    t = np.linspace(0, 40 * np.pi, 60_000)
    winding = np.column_stack([930_000 + 300 * np.cos(t) + 10 * t, 9_670_000 + 300 * np.sin(t)])
    write_vectors(folder / "more.gpkg", [LineString(winding)] * 2, width_m=[1.0, 1.0], **GOOD)
    said = refused(capsys, of_file(folder, "more.gpkg"))
    assert "the outlines have 120000 corners, above the limit of 100000; simplify them" in said


def test_a_link_may_hang_over_the_edge_a_little(folder: Path) -> None:
    one, _ = drawn(folder, polygons(over(1_900), LEFT), actions=["protect"] * 2)
    assert one.area_km2 == pytest.approx(18.1 * 10)
    assert min(x for ring in one.rings for x, _ in ring) == WEST_M
    # the width of a line along the edge may; what counts is where the line leads
    along = [(WEST_M + 10, 9_650_500.0), (WEST_M + 10, 9_659_500.0)]
    ways = [LineString(along), LineString(LEFT[1:3])]
    one, _ = drawn(folder, ways, "ways.gpkg", width_m=[4000.0, 1000.0], actions=["protect"] * 2)
    assert one.area_km2 < 4 * 9.0
    # two columns, and a row more at either end for the round caps
    assert one.cells.size == 2 * (10 + 2)


def test_holes_stay_holes(folder: Path) -> None:
    """Two holes of 2 x 3 and 3 x 2 cells in a square of ten, and one that no cell can show."""
    west, south = WEST_M + 30 * CELL_M, NORTH_M - 50 * CELL_M

    def block(x: float, y: float, wide: float, high: float) -> Any:
        return box(west + x, south + y, west + x + wide, south + y + high)

    shape = block(0, 0, 10_000, 10_000)
    for hole in (
        block(1000, 1000, 2000, 3000),
        block(5000, 4000, 3000, 2000),
        block(8100, 8100, 10, 10),
    ):
        shape = shape.difference(hole)
    assert len(shape.interiors) == 3
    one, _ = drawn(folder, [shape, *polygons(LEFT)], actions=["protect", "crossings"])
    row, col = np.unravel_index(one.cells, (60, 60))
    inside = np.zeros((60, 60), bool)
    inside[row, col] = True
    expected = np.zeros((60, 60), bool)
    expected[40:50, 30:40] = True
    expected[46:49, 31:33] = False
    expected[44:46, 35:38] = False
    assert np.array_equal(inside, expected)
    assert one.area_km2 == pytest.approx(88.0)
    assert all(Polygon(ring).is_valid for ring in one.rings)


def test_a_line_may_cross_itself_and_go_round_something(folder: Path) -> None:
    x, y = WEST_M + 31_500.0, NORTH_M - 49_500.0
    eight = [(x, y), (x + 8000, y + 8000), (x + 8000, y), (x, y + 8000)]
    ring = [(x, y), (x + 8000, y), (x + 8000, y + 8000), (x, y + 8000), (x, y)]
    for line, middle in ((eight, (0.0, 0.0)), (ring, (4000.0, 4000.0))):
        one, _ = drawn(
            folder,
            [LineString(line), LineString(LEFT[1:3])],
            width_m=[1000.0, 1000.0],
            actions=["protect", "crossings"],
        )
        row, col = int((NORTH_M - y - middle[1]) // CELL_M), int((x + middle[0] - WEST_M) // CELL_M)
        # what a ring goes round is no part of it, and where lines cross is
        assert (row * 60 + col in one.cells) == (line is eight)
        assert one.area_km2 == pytest.approx(LineString(line).length / 1000, rel=0.08)


def test_must_may_be_true_false_or_open(folder: Path) -> None:
    shapes = polygons(PASS, LEFT, over(0))
    names = {"name": ["a", "b", "c"], "cost": [1.0] * 3, "actions": ["crossings"] * 2 + ["protect"]}
    for given in ([1.0, 0.0, np.nan], ["true", "FALSE", ""], ["1", "0", " "]):
        found = drawn(folder, shapes, **names, must=given)
        assert [one.must for one in found] == [True, False, None]
    found = drawn(folder, shapes, **names, must=[True, False, False])
    assert [one.must for one in found] == [True, False, False]


def test_a_missing_answer_in_a_column_of_ticks_is_no_answer(folder: Path) -> None:
    import geopandas

    frame = geopandas.GeoDataFrame(GOOD, geometry=polygons(PASS, LEFT), crs=CRS)
    frame["must"] = geopandas.pd.array([None, False], dtype="boolean")
    frame.to_file(folder / "mine.gpkg", layer="links")
    assert [one.must for one in links_of(of_file(folder, "mine.gpkg"))] == [None, False]


def test_what_programs_make_of_a_file_is_understood(folder: Path) -> None:
    """Heights, texts for numbers, lists, capitals: the same links."""
    plain = drawn(folder, polygons(PASS, LEFT))
    high = [Polygon([(*p, 1200.0) for p in ring]) for ring in (PASS, LEFT)]
    texts = {"cost": ["4", " 2.0 "], "actions": ['["crossings"]', "Crossings"]}
    found = {
        "heights": drawn(folder, [high[0], *polygons(LEFT)], "high.gpkg"),
        "texts": drawn(folder, polygons(PASS, LEFT), "texts.gpkg", **texts),
        "degrees": drawn(
            folder,
            _moved(polygons(PASS, LEFT), "EPSG:4326"),
            "degrees.geojson",
            crs="EPSG:4326",
            **texts | {"actions": ["crossings"] * 2},
        ),
        "zone 18": drawn(
            folder, _moved(polygons(PASS, LEFT), "EPSG:32718"), "z.gpkg", crs="EPSG:32718"
        ),
    }
    write_vectors(folder / "caps.shp", high, **{key.upper(): v for key, v in GOOD.items()})
    found["capitals"] = links_of(of_file(folder, "caps.shp"))
    import json

    data = json.loads((folder / "degrees.geojson").read_text("utf-8"))
    for feature in data["features"]:
        feature["properties"]["actions"] = ["crossings"]
    (folder / "list.geojson").write_text(json.dumps(data), "utf-8")
    found["list"] = links_of(of_file(folder, "list.geojson"))
    for what, links in found.items():
        for one, same in zip(links, plain, strict=True):
            assert (one.name, one.cost) == (same.name, same.cost), what
            assert one.edit.actions == ("crossings",), what
            assert np.array_equal(one.cells, same.cells), what


def test_a_line_with_heights_is_a_line_and_in_parts_is_none(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ways = [LineString([(*p, 900.0) for p in PASS[:2]]), LineString(LEFT[1:3])]
    one, _ = drawn(folder, ways, width_m=[3000.0, 3000.0], actions=["protect"] * 2)
    assert one.cells.size
    ways = [MultiLineString([PASS[:2], LEFT[:2]]), LineString(LEFT[1:3])]
    write_vectors(folder / "parts.gpkg", ways, width_m=[3000.0] * 2, **GOOD)
    said = refused(capsys, of_file(folder, "parts.gpkg"))
    assert "parts.gpkg: feature 1, link 'a': its line is in several parts; join them" in said


def _moved(shapes: list[Any], crs: str) -> list[Any]:
    from pyproj import Transformer

    move = Transformer.from_crs(CRS, crs, always_xy=True).transform
    return [transform(shape, move, interleaved=False) for shape in shapes]


@pytest.mark.parametrize(
    ("other", "line"),
    [
        ({"cost": "4"}, "cost: '4' is not allowed; input should be a valid number"),
        ({"cost": True}, "cost: True is not allowed; input should be a valid number"),
        ({"must": "yes"}, "must: 'yes' is not allowed; input should be a valid boolean"),
        ({"must": 1}, "must: 1 is not allowed; input should be a valid boolean"),
        ({"name": " "}, "name: ' ' is not allowed; the name is empty: give one that can be read"),
        (
            {"name": "a\nb"},
            "name: 'a\\nb' is not allowed; the name has a line break or another "
            "character that cannot be seen",
        ),
    ],
)
def test_the_same_mistakes_in_a_links_file(
    folder: Path, capsys: pytest.CaptureFixture[str], other: dict[str, Any], line: str
) -> None:
    two = candidate("pass", **other) + "\n" + candidate("left")
    said = refused(capsys, write_links(folder, candidates=two, procedure=FEW))
    assert said.startswith("corridor-sim: links.toml:")
    assert said.endswith(f": links.candidates[0].{line}")
