"""Edits that take their places from vector files do what the same coordinates do."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

import corridor_sim as cs
from corridor_sim.config.build import input_digests
from corridor_sim.config.load import as_data, load_experiment, load_scenario
from corridor_sim.landscape.io.geo import mover
from oracles.andes_covers import COVERS, FOREST_CODES
from oracles.user_files import LONLAT, NORTH, UTM, WEST, plane, raster, vector

SIDE = 20


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A map of 20 x 20 cells of 500 m: forest, a farm in the west; roads, areas, points."""
    raster(tmp_path / "dem.tif", plane(SIDE, SIDE, 500.0), cell=500.0)
    cover = np.full((SIDE, SIDE), 1, np.uint8)
    cover[:, :4] = 2
    raster(tmp_path / "cover.tif", cover, cell=500.0)
    (tmp_path / "codes.csv").write_text("code,cover\n1,premontane_forest\n2,pasture\n")
    lines = [
        shapely.LineString([at(2.5, 0.5), at(2.5, 18.5)]),
        shapely.MultiLineString([[at(5.5, 1.5), at(5.5, 6.5)], [at(7.5, 1.5), at(9.5, 1.5)]]),
    ]
    vector(tmp_path / "road.gpkg", lines, name=["North", "South"], state=["built", "planned"])
    hole = shapely.Polygon(box(10, 1, 16, 8).exterior, [box(12, 4, 14, 6).exterior])
    shapes = [hole, box(1, 10, 4, 14), box(2, 15, 5, 19)]
    vector(tmp_path / "area.gpkg", shapes, n=["A", "B", "B"], phase=[1, 2, 2])
    vector(tmp_path / "pit.gpkg", [shapely.Point(at(15.5, 15.5))], n=["Pit"])
    (tmp_path / "s.toml").write_text(LAND)
    return tmp_path


LAND = """
days = 1
species.jaguar = {}
[landscape]
elevation = "dem.tif"
land_cover = "cover.tif"
land_cover_codes = "codes.csv"
"""


def at(row: float, col: float) -> tuple[float, float]:
    return WEST + 500.0 * col, NORTH - 500.0 * row


def box(r0: float, c0: float, r1: float, c1: float) -> shapely.Polygon:
    return shapely.box(*at(r1, c0), *at(r0, c1))


def land_of(folder: Path, edits: str = "") -> cs.Landscape:
    (folder / "edited.toml").write_text(LAND + edits)
    return cs.scenario_landscape(folder / "edited.toml")


def cells(layer: Any) -> set[tuple[int, int]]:
    return {(int(r), int(c)) for r, c in np.argwhere(layer)}


def test_roads_of_a_file_are_those_of_their_points(folder: Path) -> None:
    land = land_of(
        folder, '[[edits]]\nkind = "add_road"\nfile = "road.gpkg"\nname_field = "name"\n'
    )
    row = {(2, c) for c in range(19)}
    column = {(5, c) for c in range(1, 7)} | {(7, 1), (8, 1), (9, 1)}
    assert cells(land["road"] == 2) == row | column
    assert [e.split("'")[1] for e in land.edits] == ["North", "South", "South"]
    planned = '[[edits]]\nkind = "add_road"\nname = "New"\nfile = "road.gpkg|layername=road"\n'
    planned += 'field = "state"\nvalue = "planned"\nroad_class = 1\n'
    assert cells(land_of(folder, planned)["road"] == 1) == column


def test_areas_keep_their_holes_and_those_of_one_name_are_one(folder: Path) -> None:
    edit = '[[edits]]\nkind = "protect"\nfile = "area.gpkg"\nname_field = "n"\n'
    land = land_of(folder, edit)
    assert land.zone_names == ("", "A", "B")
    ring = {(r, c) for r in range(10, 16) for c in range(1, 8)}
    assert cells(land["protected"] == 1) == ring - {(12, 4), (12, 5), (13, 4), (13, 5)}
    two = {(1, 10), (4, 14)}, {(2, 15), (5, 19)}
    b = {
        (r, c)
        for (r0, c0), (r1, c1) in map(sorted, two)
        for r in range(r0, r1)
        for c in range(c0, c1)
    }
    assert cells(land["protected"] == 2) == b
    one = edit.replace('name_field = "n"', 'name = "All"\nfield = "phase"\nvalue = 2\ncore = false')
    assert cells(land_of(folder, one)["protection"]) == b


def test_every_other_edit_of_a_place_takes_a_file(folder: Path) -> None:
    """In any CRS: the file in degrees does what the one in metres does."""
    away = mover(UTM, LONLAT).transform
    ring = shapely.transform(box(10, 1, 16, 8), away, interleaved=False)
    vector(folder / "b.geojson", [ring], crs=LONLAT, n=[1])
    area = cells(np.pad(np.ones((6, 7)), ((10, 4), (1, 12))))
    road = '[[edits]]\nkind = "add_road"\nname = "R"\nfile = "road.gpkg"\n'
    farm, pit = COVERS["pasture"].code, COVERS["mine"].code
    before = land_of(folder)
    told = 'file = "b.geojson"\nname = "X"\n'
    for kind, layer, value, want in (
        ("restore", "land_cover", farm, {(r, c) for r in range(SIDE) for c in range(4)} - area),
        ('build_link"\nactions = ["protect', "protection", 1, area),
    ):
        text = f'[[edits]]\nkind = "{kind}"' + ("]" if "[" in kind else "") + f"\n{told}"
        assert cells(land_of(folder, text)[layer] == value) == want
    crossed = '[[edits]]\nkind = "build_crossings"\nname = "X"\nfile = "area.gpkg"\n'
    want = {(2, c) for c in (*range(10, 14), *range(15, 19))}
    assert cells(land_of(folder, road + crossed)["road"] == 3) == want
    mine = '[[edits]]\nkind = "open_mine"\nname = "X"\narea_ha = 25\naccess_road = 0\n'
    mine += 'file = "pit.gpkg"\n'
    assert cells(land_of(folder, mine)["land_cover"] == pit) == {(15, 15)}
    clear = '[[edits]]\nkind = "clear"\nfraction = 1\nfile = "b.geojson"\n'
    forest = np.isin(before["land_cover"], FOREST_CODES)
    gone = cells(forest & ~np.isin(land_of(folder, clear)["land_cover"], FOREST_CODES))
    assert gone == area & cells(forest)


def test_dated_edits_levels_and_python(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "e.toml").write_text(
        "[base]\n"
        + LAND.replace("[landscape]", "[base.landscape]").replace(
            "days = 1\nspecies.jaguar = {}", "years = 3\nlife_cycle = {}\nspecies.jaguar = {}"
        )
        + '[[base.change.events]]\nopens = 2026\nkind = "protect"\nname = "A"\nfile = "area.gpkg"\n'
        '[factors.road]\nnone = []\nnew = [{ kind = "add_road", name = "R", file = "road.gpkg" }]\n'
        '[[beside.mine.edits]]\nkind = "open_mine"\nname = "M"\nfile = "pit.gpkg"\narea_ha = 9\n'
    )
    for one in load_experiment(folder / "e.toml").scenarios:
        assert {"area.gpkg"} < set(input_digests(one))
        edits = [edit for _, edit in one.scenario.all_edits()]
        assert all(part.file is None for edit in edits for part in edit.parts())
    assert {"road.gpkg", "pit.gpkg"} <= {
        name for one in load_experiment(folder / "e.toml").scenarios for name in input_digests(one)
    }
    monkeypatch.chdir(folder)
    land = cs.scenario_landscape("s.toml")
    road = cs.edits.AddRoad(name="R", file="road.gpkg")
    assert cells(road(land)["road"] == 2) >= {(2, c) for c in range(19)}
    scenario = cs.Scenario(landscape={"elevation": "dem.tif"}, edits=[road])
    assert cs.scenario_landscape(scenario)["road"].any()


def test_a_run_is_told_by_the_name_and_the_content_of_the_file(folder: Path) -> None:
    edit = '[[edits]]\nkind = "add_road"\nname = "R"\nfile = "road.gpkg"\n'
    (folder / "a.toml").write_text(LAND + edit)
    first = load_scenario(folder / "a.toml")
    assert as_data(first.scenario)["edits"] == [
        {"kind": "add_road", "name": "R", "file": "road.gpkg"}
    ]
    before = input_digests(first)
    (folder / "road.gpkg").unlink()
    vector(folder / "road.gpkg", [shapely.LineString([at(2.5, 0.5), at(3.5, 18.5)])], n=[1])
    again = load_scenario(folder / "a.toml")
    assert before["road.gpkg"] != input_digests(again)["road.gpkg"]
    assert first.edits != again.edits
    assert load_scenario(folder / "a.toml").edits == again.edits


AREA = 'kind = "protect"\nname = "P"\n'


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ('kind = "add_road"\nname = "R"\nfile = "rod.gpkg"', "rod.gpkg (add_road.file): "),
        ('kind = "add_road"\nname = "R"\nfile = "area.gpkg"', "is a Polygon, lines are needed"),
        (AREA + 'file = "road.gpkg"', "is a LineString, polygons are needed"),
        (AREA + 'file = "far.gpkg"', "far.gpkg: feature 2: lies outside dem"),
        (AREA + 'file = "none.gpkg"', "none.gpkg (protect.file): is empty: 0 features"),
        (AREA + 'file = "null.gpkg"', "feature 1 has no shape"),
        (AREA + 'file = "bow.gpkg"', "bow.gpkg: feature 1: protect.areas: ring 1 crosses itself"),
        (AREA + 'file = "a.gpkg"\nareas = [[[0, 0], [1, 1], [0, 1]]]', "either file or areas"),
        (AREA, "edits[0].protect.areas: missing"),
        (AREA + 'file = "area.gpkg"\ncrs = "EPSG:4326"', "the file has its own CRS"),
        (AREA + 'file = "area.gpkg"\nname_field = "n"', "give either name or name_field"),
        ('kind = "protect"\nfile = "area.gpkg"', "protect.name: missing; add name, or name_field"),
        ('kind = "protect"\nfile = "area.gpkg"\nname_field = "NN"', "has no field 'NN'"),
        (AREA + 'file = "area.gpkg"\nfield = "phase"', "protect.field: needs value"),
        (AREA + 'file = "area.gpkg"\nfield = "phase"\nvalue = 3', "no feature has 3"),
        (AREA + 'field = "phase"\nareas = [[[0, 0], [1, 1], [0, 1]]]', "protect.field: needs file"),
    ],
)
def test_one_line_for_what_does_not_fit(folder: Path, edit: str, said: str) -> None:
    away = shapely.box(WEST + 1e5, NORTH, WEST + 2e5, NORTH + 1e5)
    ring = box(1, 1, 7, 7).difference(box(3, 3, 5, 5))
    vector(folder / "far.gpkg", [ring, away], n=[1, 2])
    vector(folder / "bow.gpkg", [shapely.Polygon([at(1, 1), at(5, 5), at(5, 1), at(1, 5)])], n=[1])
    import geopandas

    frame = geopandas.GeoDataFrame({"n": [1]}, geometry=[None], crs=UTM)
    frame.to_file(folder / "null.gpkg")
    frame[:0].set_geometry([], crs=UTM).to_file(folder / "none.gpkg")
    with pytest.raises(cs.CorridorSimError) as bad:
        land_of(folder, f"[[edits]]\n{edit}\n")
    assert re.search(re.escape(said), str(bad.value)), str(bad.value)
    assert "\n" not in str(bad.value)
