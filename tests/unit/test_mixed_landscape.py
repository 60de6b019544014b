"""A user's own layers on the built-in ground: each takes the place of its kind, the rest stays."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

import corridor_sim as cs
from corridor_sim.config.build import load_landscape
from corridor_sim.landscape.derive import derive
from corridor_sim.landscape.io.export import export_landscape
from corridor_sim.landscape.layers import INPUT_LAYERS
from oracles.andes_covers import COVERS
from oracles.user_files import NORTH, WEST, plane, raster, settings_of, vector

CELL_M = 10_000.0


@cache
def builtin() -> cs.Landscape:
    return load_landscape(cell_m=CELL_M)


def mixed(folder: Path, **keys: Any) -> cs.Landscape:
    return load_landscape(settings_of({"cell_m": CELL_M, **keys}), base_dir=folder)


def at(row: int, col: int) -> tuple[float, float]:
    grid = builtin().grid
    return float(grid.x_centres_m()[col]), float(grid.y_centres_m()[row])


def only(land: cs.Landscape, *changed: str) -> None:
    """Every other layer is the built-in one to the bit, and what follows is derived anew."""
    for name in INPUT_LAYERS:
        same = np.array_equal(land[name], builtin()[name])
        assert same == (name not in changed), name
        assert (land.origins[name].status == "user") == (name in changed and name != "land_cover")
    inputs = {name: land[name] for name in INPUT_LAYERS}
    again = derive(land.grid, inputs, land.covers, land.region)
    for name, values in again.items():
        np.testing.assert_array_equal(land[name], values)


def test_own_reserves_take_the_place_of_the_built_in_ones(tmp_path: Path) -> None:
    x, y = at(20, 20)
    box = shapely.box(x - 15_000, y - 15_000, x + 15_000, y + 15_000)
    vector(tmp_path / "parks.gpkg", [box], NAME=["Own"], iso3=["ECU"])
    land = mixed(tmp_path, protected_areas="parks.gpkg", protected_name_field="NAME")
    only(land, "protected")
    assert (land.zone_names, land.zone_countries) == (("", "Own"), ("", "ECU"))
    assert land.zone_groups == {}
    assert int((land["protection"] > 0).sum()) == 9
    assert (land.town_list, land.borders) == (builtin().town_list, builtin().borders)
    assert "parks.gpkg" in land.origins["protected"].source
    assert land.origins["road"] == builtin().origins["road"]


def test_own_roads_rivers_and_temperature(tmp_path: Path) -> None:
    line = shapely.LineString([at(20, 5), at(20, 30)])
    vector(tmp_path / "road.gpkg", [line], c=[2])
    land = mixed(tmp_path, source="andes-amazon", roads="road.gpkg", road_class_field="c")
    only(land, "road")
    assert np.argwhere(land["road"] == 2).tolist() == [[20, c] for c in range(5, 31)]
    only(mixed(tmp_path, rivers="road.gpkg"), "river")
    grid = builtin().grid
    place = {"west": grid.west_m, "north": grid.north_m, "cell": CELL_M}
    raster(tmp_path / "t.tif", np.full(grid.shape, 12.5, np.float32), **place)
    land = mixed(tmp_path, temperature="t.tif")
    only(land, "temperature_c")
    assert (land["temperature_c"] == 12.5).all()
    cover = np.full(grid.shape, 7, np.uint8)
    raster(tmp_path / "cover.tif", cover, **place)
    (tmp_path / "codes.csv").write_text("code,cover\n7,by_elevation\n")
    land = mixed(
        tmp_path, source="andes-amazon", land_cover="cover.tif", land_cover_codes="codes.csv"
    )
    assert "cover.tif" in land.origins["land_cover"].source
    assert np.array_equal(land["road"], builtin()["road"])


def test_own_settlements_take_the_place_of_towns_and_of_their_ground(tmp_path: Path) -> None:
    vector(tmp_path / "s.gpkg", [shapely.Point(*at(30, 30))], name=["Own"], population=[5000])
    land = mixed(tmp_path, settlements="s.gpkg")
    only(land, "land_cover")
    town = COVERS["settlement"].code
    assert np.argwhere(land["land_cover"] == town).tolist() == [[30, 30]]
    assert [t.name for t in land.town_list] == ["Own"]
    before = builtin()["land_cover"]
    changed = land["land_cover"] != before
    assert (before[changed] == town).sum() == changed.sum() - 1
    origin = land.origins["land_cover"]
    assert origin.source.startswith(builtin().origins["land_cover"].source)
    assert "s.gpkg, in place of those before" in origin.source


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"extent": "0 0 1 1", "roads": "r.gpkg"}, "extent needs elevation"),
        ({"road_class_field": "c"}, "road_class_field = 'c' is given without roads"),
        ({"land_cover": "c.tif"}, "land_cover = 'c.tif' is given without"),
        ({"roads": "none.gpkg"}, "none.gpkg (roads): "),
        ({"temperature": "t.tif"}, "; give one that covers the whole landscape, or an elevation"),
    ],
)
def test_what_does_not_fit(tmp_path: Path, keys: dict[str, str], said: str) -> None:
    west, north = builtin().grid.west_m, builtin().grid.north_m
    part = np.full((50, 40), 20.0, np.float32)
    raster(tmp_path / "t.tif", part, west=west, north=north, cell=CELL_M)
    with pytest.raises(cs.CorridorSimError, match=re.escape(said)):
        mixed(tmp_path, **keys)


# ---- maps out, and in again


def again(land: cs.Landscape, folder: Path) -> cs.Landscape:
    export_landscape(land, folder, formats=("tif", "gpkg"))
    return cs.scenario_landscape(folder / "landscape.toml")


def equal(two: cs.Landscape, one: cs.Landscape) -> None:
    """Both are the same landscape but for where they come from."""
    assert two.grid == one.grid
    for name, values in one.layers.items():
        np.testing.assert_array_equal(two[name], values, name)
    for beside in ("name", "zone_names", "zone_countries", "zones_left_out"):
        assert getattr(two, beside) == getattr(one, beside)
    # members of a group come in the order of their numbers
    groups = ({g: sorted(m) for g, m in land.zone_groups.items()} for land in (two, one))
    assert next(groups) == next(groups)
    beside = ("town_list", "join_within_m", "region")
    assert [getattr(two, k) for k in beside] == [getattr(one, k) for k in beside]


def test_an_export_of_the_built_in_landscape_loads_as_it_is(tmp_path: Path) -> None:
    square = [[720e3, 9640e3], [790e3, 9640e3], [790e3, 9710e3], [720e3, 9710e3]]
    protect = cs.edits.Protect(name="Plan", areas=[square], crs="EPSG:32717", core=False)
    land = protect(builtin())
    assert (land["protection"] > 0).sum() > (land["protected"] > 0).sum()
    equal(again(land, tmp_path), land)


def test_an_export_of_own_maps_loads_as_it_is(tmp_path: Path) -> None:
    raster(tmp_path / "dem.tif", plane(12, 15, 500.0), cell=500.0)
    boxes = [shapely.box(x, NORTH - 4000, x + 1500, NORTH - 2000) for x in (WEST, WEST + 3000)]
    speck = shapely.box(WEST + 5010, NORTH - 5040, WEST + 5040, NORTH - 5010)
    vector(tmp_path / "p.gpkg", [*boxes, speck], n=["B", "A, or B", "Speck"], iso3=["ECU", "", ""])
    line = shapely.LineString([(WEST + 100, NORTH - 3000), (WEST + 7400, NORTH - 3300)])
    vector(tmp_path / "line.gpkg", [line], c=[2], w=[310.0])
    square = shapely.box(WEST + 6000, NORTH - 1400, WEST + 7000, NORTH - 600)
    spot = shapely.Point(WEST + 333.3, NORTH - 5777.7)
    vector(tmp_path / "s.gpkg", [square, spot], name=["Río", "Loja"], population=[10, 20])
    land = load_landscape(
        settings_of(
            {
                "elevation": "dem.tif",
                "name": "Own",
                "protected_areas": "p.gpkg",
                "protected_name_field": "n",
                "roads": "line.gpkg",
                "road_class_field": "c",
                "rivers": "line.gpkg",
                "river_width_field_m": "w",
                "settlements": "s.gpkg",
                "join_within_m": 700.0,
                "region": {"like": "andes-amazon", "wind_from_deg": 20.0},
            }
        ),
        base_dir=tmp_path,
    )
    assert land.zones_left_out == ("Speck",)
    equal(again(land, tmp_path / "out"), land)


def test_what_a_mask_leaves_of_the_built_in_landscape_loads_as_it_is(tmp_path: Path) -> None:
    west, _, east, _ = builtin().grid.bounds_m
    y = at(30, 0)[1]
    vector(tmp_path / "north.gpkg", [shapely.box(west, y, east, y + 1e6)], n=[1])
    land = mixed(tmp_path, mask="north.gpkg")
    assert land.zones_left_out
    held = np.unique(land["protected"]).tolist()
    assert held == list(range(len(land.zone_names)))
    assert {*land.zone_names, *land.zones_left_out} == {*builtin().zone_names}
    assert {m for members in land.zone_groups.values() for m in members} < {*land.zone_names}
    equal(again(land, tmp_path / "out"), land)


def test_rasters_of_codes_on_another_grid(tmp_path: Path) -> None:
    """The highest class counts for roads, the most frequent number for core areas, 0 included."""
    raster(tmp_path / "dem.tif", plane(4, 4, 400.0), cell=400.0)
    road = np.zeros((16, 16), np.uint8)
    road[5, :] = 1
    road[5, 3] = 2
    raster(tmp_path / "road.tif", road)
    zone = np.zeros((16, 16), np.int32)
    zone[:4, :3] = 555_000  # twelve cells of sixteen
    zone[4:8, :2], zone[4:8, 2:3] = 7, 9
    zone[8:, :4] = -1
    raster(tmp_path / "zone.tif", zone, nodata=-1)
    settings = settings_of(
        {
            "elevation": "dem.tif",
            "roads": "road.tif",
            "protected_areas": "zone.tif",
            "protection": "zone1.tif",
        }
    )
    raster(tmp_path / "zone1.tif", (zone > 0).astype(np.uint8), nodata=255)
    land = load_landscape(settings, base_dir=tmp_path)
    assert land["road"].tolist() == [[0] * 4, [2, 1, 1, 1], [0] * 4, [0] * 4]
    assert land["protected"].tolist() == [[2, 0, 0, 0], [1, 0, 0, 0], [0] * 4, [0] * 4]
    assert land.zone_names == ("", "Area 7", "Area 555000")
    assert land["protection"].sum() == 2
    (tmp_path / "names.csv").write_text("code;name;groups\n9;Nine;\n7;Seven;Both | All\n")
    named = settings.model_copy(update={"protected_names": "names.csv"})
    with pytest.raises(
        cs.CorridorSimError, match=r"zone\.tif.*holds 555000 \(12 cells\); names\.csv"
    ):
        load_landscape(named, base_dir=tmp_path)
    (tmp_path / "names.csv").write_text(
        "code,name,groups\n9,Nine,\n7,Seven,Both\n555000,Big,Both|All"
    )
    land = load_landscape(named, base_dir=tmp_path)
    assert (land.zone_names, land.zones_left_out) == (("", "Seven", "Big"), ("Nine",))
    assert land.zone_groups == {"Both": ("Seven", "Big"), "All": ("Big",)}


@pytest.mark.parametrize(
    ("values", "keys", "said"),
    [
        (4, {"roads": "r.tif"}, "holds 4 (16 cells); road is 0 none, 1 secondary"),
        (1.5, {"rivers": "r.tif"}, "holds 1.5 (16 cells); river is"),
        (-2, {"protected_areas": "r.tif"}, "holds -2 (16 cells); core areas are whole numbers"),
        (1, {"roads": "r.tif", "road_class_field": "c"}, "roads is a raster"),
        (1, {"protected_areas": "r.gpkg", "protected_names": "n.csv"}, "protected_areas is none"),
        (1, {"protected_names": "n.csv"}, "is given without protected_areas"),
        (1, {"towns": "t.gpkg", "settlements": "t.gpkg"}, "either settlements or towns"),
        (
            1,
            {"protected_areas": "r.tif", "protected_names": "n.csv"},
            "line 3: 5 or 'A' comes twice",
        ),
    ],
)
def test_codes_that_do_not_fit(
    tmp_path: Path, values: float, keys: dict[str, str], said: str
) -> None:
    raster(tmp_path / "dem.tif", plane(4, 4, 100.0))
    raster(tmp_path / "r.tif", np.full((4, 4), values, np.float32))
    (tmp_path / "n.csv").write_text("code,name\n1,A\n5,A\n")
    with pytest.raises(cs.CorridorSimError, match=re.escape(said)):
        load_landscape(settings_of({"elevation": "dem.tif", **keys}), base_dir=tmp_path)
