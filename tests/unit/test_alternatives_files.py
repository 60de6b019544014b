"""Drawn alternatives as files: written, read again, and those that others made in a GIS."""

from __future__ import annotations

import json
import tomllib
import warnings
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
from shapely import LineString, Point, Polygon, box

import corridor_sim as cs
from corridor_sim.config.build import landscape_grid
from corridor_sim.config.load import Resolved
from corridor_sim.landscape.io import zipped
from corridor_sim.links.alternatives import edit_of
from corridor_sim.progress import listening

CRS = "EPSG:32717"
TODAY = cs.Scenario(name="Today", landscape={"cell_m": 8000}, species={"andean_bear": {}})
GRID = landscape_grid(TODAY.landscape)
# nothing but the grid is asked of the landscape
LAND: Any = SimpleNamespace(grid=GRID)
X, Y = 760_000.0, 9_600_000.0
RING = [[X, Y], [X + 4e4, Y], [X + 4e4, Y + 3e4], [X, Y + 3e4]]
LINE = [[X, Y], [X + 5e4, Y + 2e4], [X + 9e4, Y]]
BAND = {"kind": "build_link", "name": "band", "line": LINE, "width_m": 16_000.0, "crs": CRS}
BAND["actions"] = ["restore", "protect"]
AREA = {"kind": "build_link", "name": "Río", "areas": [RING], "crs": CRS, "actions": ["restore"]}
ROAD = {"kind": "add_road", "name": "road", "points": LINE, "road_class": 1, "crs": CRS}
CLEARING = {"kind": "clear", "fraction": 0.5, "areas": [RING], "crs": CRS, "aggregation": 0.25}
RESERVE = {"kind": "protect", "name": "reserve", "areas": [RING], "crs": CRS, "core": False}
MINE = {"kind": "open_mine", "name": "mine", "at": [X, Y], "area_ha": 900.0, "crs": CRS}
EVERYWHERE = {"kind": "clear", "fraction": 0.01}
WARMING = {"kind": "warm", "degrees_c": 1.5}


def alternatives() -> cs.Alternatives:
    every = [WARMING, AREA, EVERYWHERE, ROAD, CLEARING, RESERVE, MINE]
    two = [BAND, {**AREA, "actions": ["protect", "restore"]}]
    given = [
        {"name": "North", "cost": 4.5, "changes": [BAND]},
        {"name": "Everything", "changes": every},
        {"name": "Two", "cost": 2.0, "changes": two},
        {"name": "Nothing yet"},
    ]
    return cs.Alternatives.of({"alternatives": given, "cost_unit": "million PEN", "budget": 5.0})


def tables(one: cs.Alternative) -> list[dict[str, Any]]:
    """The edits that an alternative stands for, whichever way it was drawn."""
    return [edit_of(change, GRID, one.name).table() for change in one.changes]


def gis(path: Path, rows: dict[str, list[Any]], shapes: list[Any], crs: str | None = CRS) -> Path:
    with warnings.catch_warnings():
        # that it has no CRS, which is what is asked about
        warnings.filterwarnings("ignore", message="'crs' was not provided")
        gpd.GeoDataFrame(rows, geometry=shapes, crs=crs).to_file(path)
    return path


@pytest.mark.parametrize("name", ["drawn.toml", "drawn.gpkg"])
def test_what_was_drawn_comes_back_as_it_was(name: str, tmp_path: Path) -> None:
    given = alternatives()
    found = cs.read_alternatives(cs.write_alternatives(given, tmp_path / name, scenario=TODAY))
    assert [one.name for one in found.alternatives] == [one.name for one in given.alternatives]
    assert [one.cost for one in found.alternatives] == [4.5, None, 2.0, None]
    assert (found.cost_unit, found.budget) == ("million PEN", 5.0)
    for one, other in zip(given.alternatives, found.alternatives, strict=True):
        # a band comes back as its ground, to the bit
        assert tables(other) == tables(one)


def test_the_file_says_what_was_drawn_on(tmp_path: Path) -> None:
    path = cs.write_alternatives(alternatives(), tmp_path / "a.toml", scenario=TODAY)
    base = cs.read_alternatives(path).base
    assert base is not None
    assert base.model_dump() == TODAY.model_dump()
    assert cs.read_alternatives(cs.write_alternatives(alternatives(), path)).base is None


def test_layers_are_what_a_gis_shows(tmp_path: Path) -> None:
    path = cs.write_alternatives(alternatives(), tmp_path / "a.gpkg", scenario=TODAY)
    layers = {str(n): kind for n, kind in pyogrio.list_layers(path)}
    polygons = dict.fromkeys(("links", "areas"), "MultiPolygon")
    others = {"lines": "LineString", "points": "Point", "alternatives": None}
    others["layer_styles"] = None
    assert layers == polygons | others
    links = gpd.read_file(path, layer="links")
    assert links["alternative"].tolist() == ["North", "Everything", "Two", "Two"]
    assert links["actions"][0] == "restore, protect"
    assert links["cost"][0] == 4.5
    assert str(links.crs) == CRS
    assert gpd.read_file(path, layer="lines").geometry[0].equals(LineString(LINE))
    assert gpd.read_file(path, layer="areas")["kind"].tolist() == ["clear", "protect"]


def test_what_was_moved_in_a_gis_is_moved(tmp_path: Path) -> None:
    path = cs.write_alternatives(alternatives(), tmp_path / "a.gpkg", scenario=TODAY)
    lines = gpd.read_file(path, layer="lines")
    lines.geometry = lines.geometry.translate(8000, 0)
    lines.to_file(path, layer="lines")
    links = gpd.read_file(path, layer="links")
    links.loc[links["alternative"] == "North", "cost"] = 7.0
    extra = gpd.GeoDataFrame({"name": ["New"]}, geometry=[Polygon(RING)], crs=CRS)
    gpd.pd.concat([links, extra]).to_file(path, layer="links")
    found = {one.name: one for one in cs.read_alternatives(path).alternatives}
    road = next(c for c in found["Everything"].changes if c["kind"] == "add_road")
    assert road["points"] == [[x + 8000, y] for x, y in LINE]
    assert found["North"].cost == 7.0
    assert found["New"].changes[0]["actions"] == ["restore", "protect"]


def test_a_links_file_holds_links_with_costs_and_names_the_others(tmp_path: Path) -> None:
    said: list[str] = []
    with listening(said.append):
        path = cs.write_alternatives(
            alternatives(), tmp_path / "links.toml", form="links", scenario=TODAY
        )
    links = tomllib.loads(path.read_text(encoding="utf-8"))["links"]
    assert [one["name"] for one in links["candidates"]] == ["North", "Two"]
    assert links["candidates"][0]["width_m"] == 16_000
    assert len(links["candidates"][1]["area"]) == 2
    assert links["cost_unit"] == "million PEN"
    assert len(said) == 2
    assert "Everything is left out" in said[0]
    assert "add road, clear, open mine, protect, warm" in said[0]
    assert "Nothing yet" in said[1]
    again = cs.read_alternatives(path)
    assert [one.cost for one in again.alternatives] == [4.5, 2.0]
    assert (
        tables(again.alternatives[0])[0]["areas"]
        == tables(alternatives().alternatives[0])[0]["areas"]
    )


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ({"name": "a", "changes": [BAND]}, "has no cost; give it a cost above 0"),
        ({"name": "a", "cost": 0.0, "changes": [BAND]}, "has no cost"),
        ({"name": "a", "cost": 1.0}, "holds no link"),
        ({"name": "a", "cost": 1.0, "changes": [ROAD]}, r"does more than build links \(add road\)"),
        ({"name": "a", "cost": 1.0, "changes": [BAND, AREA]}, "its links do different things"),
    ],
)
def test_why_an_alternative_is_no_link(data: dict[str, Any], why: str, tmp_path: Path) -> None:
    one = cs.Alternative(**data)
    with pytest.raises(cs.CorridorSimError, match=why):
        one.candidate(LAND)
    with pytest.raises(cs.CorridorSimError, match=why):
        cs.write_alternatives([one], tmp_path / "l.toml", form="links", scenario=TODAY)
    assert not list(tmp_path.iterdir())


def test_links_in_two_crs_are_one_candidate_in_the_landscape_s(tmp_path: Path) -> None:
    degrees = [[-78.9, -3.0], [-78.6, -3.0], [-78.6, -3.3]]
    changes = [{**AREA, "areas": [degrees], "crs": "EPSG:4326"}, AREA]
    found = cs.Alternative(name="a", cost=1.0, changes=changes).candidate(LAND)
    assert found["crs"] == GRID.crs
    assert found["area"][1] == RING


def test_a_scenario_and_an_experiment_hold_what_was_drawn(tmp_path: Path) -> None:
    given = alternatives()
    one, every = given.alternatives[0], tmp_path / "experiment.toml"
    cs.write_alternatives([one], tmp_path / "one.toml", form="scenario", scenario=TODAY)
    scenario = cs.load_scenario(tmp_path / "one.toml")
    assert [edit.table() for edit in scenario.edits] == tables(one)
    assert scenario.name == "North"
    cs.write_alternatives(given, every, form="experiment", scenario=TODAY)
    design = cs.load_experiment(every)
    names = ["Today", *(one.name for one in given.alternatives)]
    assert [s.name for s in design.scenarios] == names
    for one, s in zip(given.alternatives, design.scenarios[1:], strict=True):
        assert [edit.table() for edit in s.edits] == tables(one)


def test_files_of_the_scenario_are_found_from_anywhere(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    for name in ("roads.gpkg", "map.tif", "bear.toml"):
        (home / name).touch()
    landscape = {
        "cell_m": 8000,
        "roads": "roads.gpkg|layername=a",
        "cover_classes": "corine",
        "covariates": {"a": "map.tif", "b": {"years": {"2020": "map.tif"}}},
    }
    species = {"bear": {"file": "bear.toml", "suitability": ["map.tif"]}}
    scenario = cs.Scenario(name="map.tif", landscape=landscape, species=species)
    path = cs.write_alternatives([], tmp_path / "a.toml", scenario=Resolved(scenario, (), home))
    base = tomllib.loads(path.read_text(encoding="utf-8"))["base"]
    whole = str(home.resolve())
    assert base["name"] == "map.tif"
    assert base["landscape"]["roads"] == f"{whole}/roads.gpkg|layername=a"
    assert base["landscape"]["cover_classes"] == "corine"
    assert base["landscape"]["covariates"]["a"]["file"] == f"{whole}/map.tif"
    assert base["landscape"]["covariates"]["b"]["years"] == {"2020": f"{whole}/map.tif"}
    assert base["species"]["bear"]["file"] == f"{whole}/bear.toml"
    assert base["species"]["bear"]["suitability"] == [f"{whole}/map.tif"]


@pytest.mark.parametrize(
    ("name", "form", "names", "why"),
    [
        ("a.gpkg", "links", [], "a GeoPackage holds all that was drawn"),
        ("a.shp", "alternatives", [], "unknown kind of file '.shp'; end it .toml or .gpkg"),
        ("a.toml", "linsk", [], "unknown form 'linsk'; did you mean 'links'"),
        ("a.toml", "scenario", ["x", "y"], "a scenario is of one alternative, here are 2"),
        ("a.toml", "experiment", ["Today"], "as the landscape without it is"),
        ("a.toml", "experiment", [], "nothing is drawn"),
        ("a.toml", "links", [], "nothing is drawn"),
        ("a.gpkg", "alternatives", [], "nothing is drawn"),
    ],
)
def test_what_cannot_be_written_is_told(
    name: str, form: str, names: list[str], why: str, tmp_path: Path
) -> None:
    given = [cs.Alternative(name=one) for one in names]
    with pytest.raises(cs.CorridorSimError, match=why):
        cs.write_alternatives(given, tmp_path / name, form=form, scenario=TODAY)
    assert not list(tmp_path.iterdir())


# ---- maps of others


def proposal() -> tuple[dict[str, list[Any]], list[Any]]:
    rows = {
        "Name": ["Río Negro", "South"],
        "COST": ["4.5", ""],
        "actions": ["protect; restore", None],
        "width_m": [None, 5000.0],
        "note": ["x", "y"],
    }
    return rows, [Polygon(RING), LineString(LINE)]


@pytest.mark.parametrize("name", ["a.gpkg", "a.geojson", "a.fgb"])
@pytest.mark.parametrize("crs", [CRS, "EPSG:4326"])
def test_a_proposal_of_a_gis_is_read(name: str, crs: str, tmp_path: Path) -> None:
    rows, shapes = proposal()
    frame = gpd.GeoDataFrame(rows, geometry=shapes, crs=CRS).to_crs(crs)
    frame.to_file(tmp_path / name)
    found = cs.read_alternatives(tmp_path / name, landscape=LAND).alternatives
    assert sorted(one.name for one in found) == ["Río Negro", "South"]
    one, two = sorted(found, key=lambda a: a.name)
    assert (one.cost, two.cost) == (4.5, None)
    assert one.changes[0]["actions"] == ["protect", "restore"]
    assert two.changes[0]["actions"] == ["restore", "protect"]
    assert one.changes[0]["crs"] == two.changes[0]["crs"] == GRID.crs
    ring = Polygon(one.changes[0]["areas"][0])
    # GeoJSON keeps seven digits of a degree, a centimetre
    assert ring.symmetric_difference(Polygon(RING)).area < 1e4
    np.testing.assert_allclose(two.changes[0]["line"], LINE, atol=0.05)
    assert two.changes[0]["width_m"] == 5000


def shapefile(folder: Path, *left_out: str) -> Path:
    inside = folder / "shape"
    inside.mkdir()
    gis(inside / "links.shp", {"name": ["a"], "cost": [2.0]}, [Polygon(RING)])
    path = folder / "links.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for part in inside.iterdir():
            if part.suffix not in left_out:
                archive.write(part, f"deep/er/{part.name}")
        archive.writestr("__MACOSX/deep/._links.shp", b"x")
        archive.writestr("readme.txt", b"x")
    return path


def test_a_zipped_shapefile_is_read(tmp_path: Path) -> None:
    found = cs.read_alternatives(shapefile(tmp_path))
    assert [(one.name, one.cost) for one in found.alternatives] == [("a", 2.0)]
    assert Polygon(found.alternatives[0].changes[0]["areas"][0]).equals(Polygon(RING))


def test_features_without_names_get_some(tmp_path: Path) -> None:
    path = gis(tmp_path / "corridors.gpkg", {"id": [7, 8]}, [Polygon(RING), Polygon(RING)])
    assert cs.alternative_names(path) == ("corridors 1", "corridors 2")


def test_several_layers_are_read_together(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    for layer, shape in (("one", Polygon(RING)), ("two", Polygon(RING)), ("towns", Point(X, Y))):
        frame = gpd.GeoDataFrame({"name": [layer]}, geometry=[shape], crs=CRS)
        frame.to_file(path, layer=layer)
    assert cs.alternative_names(path) == ("one", "two")
    assert cs.alternative_names(f"{path}|layername=two") == ("two",)


def test_of_more_than_eight_some_are_chosen(tmp_path: Path) -> None:
    names = [f"link {i}" for i in range(10)]
    path = gis(tmp_path / "a.gpkg", {"name": names}, [Polygon(RING)] * 10)
    assert list(cs.alternative_names(path)) == names
    with pytest.raises(cs.CorridorSimError, match="holds 10 alternatives, 8 are the most"):
        cs.read_alternatives(path)
    found = cs.read_alternatives(path, names=names[:1:-3])
    assert [one.name for one in found.alternatives] == names[:1:-3]
    with pytest.raises(cs.CorridorSimError, match="holds no 'link 99'"):
        cs.read_alternatives(path, names=["link 99"])


def test_one_that_cannot_be_keeps_none_of_the_others_out(tmp_path: Path) -> None:
    rows = {"name": ["good", "no width"], "cost": [1.0, 1.0]}
    path = gis(tmp_path / "a.geojson", rows, [Polygon(RING), LineString(LINE)])
    assert cs.alternative_names(path) == ("good", "no width")
    assert cs.read_alternatives(path, names=["good"]).alternatives[0].cost == 1.0
    with pytest.raises(cs.CorridorSimError, match="'no width': is a line without a width"):
        cs.read_alternatives(path)


def far_away() -> list[Any]:
    return [box(10, 50, 11, 51)]


@pytest.mark.parametrize(
    ("rows", "shapes", "crs", "why"),
    [
        ({"name": ["a"]}, far_away(), "EPSG:4326", "'a': lies outside the landscape"),
        ({"name": ["a"]}, [Point(X, Y)], CRS, "is a Point, polygons or lines are needed"),
        ({"name": ["a"], "cost": ["much"]}, [Polygon(RING)], CRS, "cost 'much' is no number"),
        ({"name": ["a"], "cost": [-1.0]}, [Polygon(RING)], CRS, "cost: -1"),
        ({"name": ["a"], "actions": ["dig"]}, [Polygon(RING)], CRS, "unknown action 'dig'"),
        ({"name": ["a", "a"]}, [Polygon(RING)] * 2, CRS, "two features are named 'a'"),
        ({"name": ["a"]}, [None], CRS, "has no shape"),
        ({"name": ["a"]}, [Polygon(RING)], None, "has no CRS"),
        ({"name": ["a"]}, [Point(X, Y).buffer(9e4, 2000)], CRS, "has 8000 corners"),
        ({"name": [f"{i}" for i in range(201)]}, [Polygon(RING)] * 201, CRS, "holds 201 features"),
    ],
)
def test_a_map_that_cannot_be_is_told_of(
    rows: dict[str, list[Any]], shapes: list[Any], crs: str | None, why: str, tmp_path: Path
) -> None:
    path = gis(tmp_path / "a.gpkg", rows, shapes, crs)
    with pytest.raises(cs.CorridorSimError, match=why) as bad:
        cs.read_alternatives(path, landscape=LAND)
    assert "\n" not in str(bad.value)
    assert str(path) in str(bad.value)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.toml", b"[[alternatives]", "not valid TOML"),
        ("a.toml", b'name = "x"\n[species.jaguar]\n', "is a scenario, which holds nothing"),
        ("a.toml", b'[links]\nfile = "b.gpkg"\n[base]\n', "takes its links from b.gpkg"),
        ("a.toml", b'[[alternatives]]\nname = "a"\nchanges = [{kind = "clera"}]', "unknown change"),
        (
            "a.toml",
            b'[[alternatives]]\nname = "a"\nchanges = [{kind = "clear", file = "/etc/passwd"}]',
            "names a file",
        ),
        ("a.gpkg", b"SQLite format 3\0" + bytes(200), "cannot be read as a map"),
        ("a.geojson", b'{"type": "FeatureColl', "cannot be read as a map"),
        ("a.gpkg", b"<GDAL_WMS></GDAL_WMS>", "is a description of other sources"),
        ("a.json", b'{"gdal_streamed_alg": 1}', "is a description of other sources"),
        ("a.zip", b"PK\x03\x04" + bytes(50), "is no zip archive that can be read"),
        ("a.zip", b"nothing", "is no zip archive"),
        ("a.gpkg", b"", "0 bytes|is empty"),
    ],
)
def test_a_file_that_is_none_is_told_of(
    name: str, content: bytes, why: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(cs.CorridorSimError, match=why) as bad:
        cs.alternative_names(path)
    assert str(path) in str(bad.value)


def test_a_file_that_is_not_there_is_told_of(tmp_path: Path) -> None:
    for name in ("a.toml", "a.gpkg", "a.zip"):
        with pytest.raises(cs.CorridorSimError, match=name):
            cs.read_alternatives(tmp_path / name)


@pytest.mark.parametrize(
    ("inside", "why"),
    [
        ({"a.txt": b"x"}, "holds 0 maps; put one into it"),
        ({"a.geojson": b"{}", "b.geojson": b"{}"}, "holds 2 maps"),
        ({f"{i}.txt": b"" for i in range(201)}, "holds 201 files"),
    ],
)
def test_an_archive_without_just_one_map_is_told_of(
    inside: dict[str, bytes], why: str, tmp_path: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name, content in inside.items():
            archive.writestr(name, content)
    with pytest.raises(cs.CorridorSimError, match=why):
        cs.alternative_names(tmp_path / "a.zip")


def test_an_archive_unpacks_to_no_more_than_is_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zipped, "MAX_UNPACKED_BYTES", 4 << 20)
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.geojson", bytes(8 << 20))
    assert (tmp_path / "a.zip").stat().st_size < 100_000
    with pytest.raises(cs.CorridorSimError, match="holds more than 4 MiB"):
        cs.alternative_names(tmp_path / "a.zip")


def test_an_archive_writes_nothing_outside(tmp_path: Path) -> None:
    content = json.dumps({"type": "FeatureCollection", "features": []}).encode()
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("../../out.geojson", content)
    with pytest.raises(cs.CorridorSimError):
        cs.alternative_names(tmp_path / "a.zip")
    assert sorted(p.name for p in tmp_path.parent.rglob("out.geojson")) == []


def test_a_geopackage_of_ours_that_was_spoilt_is_told_of(tmp_path: Path) -> None:
    path = cs.write_alternatives(alternatives(), tmp_path / "a.gpkg", scenario=TODAY)
    areas = gpd.read_file(path, layer="areas")
    areas["settings"] = "{"
    areas.to_file(path, layer="areas")
    with pytest.raises(cs.CorridorSimError, match="is damaged; write it again"):
        cs.read_alternatives(path)
    areas["settings"], areas["kind"] = "{}", "clera"
    areas.to_file(path, layer="areas")
    with pytest.raises(cs.CorridorSimError, match="unknown kind 'clera'; did you mean 'clear'"):
        cs.read_alternatives(path)
