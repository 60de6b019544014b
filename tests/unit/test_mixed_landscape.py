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
from corridor_sim.landscape.covers import COVERS
from corridor_sim.landscape.derive import derive
from corridor_sim.landscape.layers import INPUT_LAYERS
from oracles.user_files import raster, settings_of, vector

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
    again = derive(land.grid, {name: land[name] for name in INPUT_LAYERS})
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
    land = mixed(tmp_path, land_cover="cover.tif", land_cover_codes="codes.csv")
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
        ({"land_cover": "c.tif"}, "is given without land_cover_codes"),
        ({"roads": "none.gpkg"}, "none.gpkg (roads): "),
    ],
)
def test_what_does_not_fit(tmp_path: Path, keys: dict[str, str], said: str) -> None:
    with pytest.raises(cs.CorridorSimError, match=re.escape(said)):
        mixed(tmp_path, **keys)
