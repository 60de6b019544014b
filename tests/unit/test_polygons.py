"""One rule for the ground that an outline holds, wherever outlines come from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from corridor_sim import edits
from corridor_sim.config.links import Candidate
from corridor_sim.errors import ScenarioError
from corridor_sim.landscape.edits.places import cells_inside
from corridor_sim.landscape.polygons import cells_in_rings, ground, simple_parts
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.links.candidates import area_m2, ground_of, outline_of
from corridor_sim.links.reading import read_candidates
from oracles.andes_covers import COVERS
from oracles.odd_shapes import CELL_M, box_file, centres, moved
from oracles.user_files import UTM, load, vector

SQUARE = "(0 0, 10 0, 10 10, 0 10, 0 0)"
# what the outline is like, the outline in kilometres, its area in km², a word that tells of it
OUTLINES: dict[str, tuple[str, float, str]] = {
    "a hole": (f"POLYGON ({SQUARE}, (2 2, 4 2, 4 4, 2 4, 2 2))", 96, ""),
    "parts overlap": (
        f"MULTIPOLYGON (({SQUARE}), ((5 5, 15 5, 15 15, 5 15, 5 5)))",
        175,
        "parts that overlap",
    ),
    "a part within a part": (
        f"MULTIPOLYGON (({SQUARE}), ((3 3, 6 3, 6 6, 3 6, 3 3)))",
        100,
        "parts that overlap",
    ),
    "one part twice": (f"MULTIPOLYGON (({SQUARE}), ({SQUARE}))", 100, "parts that overlap"),
    "a spike": ("POLYGON ((0 0, 5 0, 5 2.5, 25 2.5, 5 2.5, 5 5, 0 5, 0 0))", 25, "a spike"),
    "a spike inwards": ("POLYGON ((0 0, 10 0, 10 10, 5 10, 5 3, 5 10, 0 10, 0 0))", 100, "a spike"),
    "flat": ("POLYGON ((0 0.5, 20 0.5, 0 0.5))", 0, "without area"),
    "flat with three corners": ("POLYGON ((0 0, 10 5, 20 10, 0 0))", 0, "without area"),
    "hole sticks out": (
        f"POLYGON ({SQUARE}, (7 2, 13 2, 13 8, 7 8, 7 2))",
        82,
        "reaches out of its outline",
    ),
    "hole beside": (
        f"POLYGON ({SQUARE}, (12 2, 14 2, 14 4, 12 4, 12 2))",
        100,
        "reaches out of its outline",
    ),
    "holes overlap": (
        f"POLYGON ({SQUARE}, (2 2, 6 2, 6 6, 2 6, 2 2), (4 4, 8 4, 8 8, 4 8, 4 4))",
        72,
        "holes that overlap",
    ),
    "a hole within a hole": (
        f"POLYGON ({SQUARE}, (2 2, 8 2, 8 8, 2 8, 2 2), (4 4, 6 4, 6 6, 4 6, 4 4))",
        64,
        "holes that overlap",
    ),
    "hole as large": (f"POLYGON ({SQUARE}, {SQUARE})", 0, "a hole as large as its outline"),
    "hole is larger": (
        f"POLYGON ({SQUARE}, (-1 -1, 11 -1, 11 11, -1 11, -1 -1))",
        0,
        "a hole as large as its outline",
    ),
    "a bow tie": ("POLYGON ((0 0, 10 10, 10 0, 0 10, 0 0))", 50, "a ring that crosses itself"),
    "round twice": (
        "POLYGON ((0 0, 10 0, 10 10, 0 10, 0 0, 10 0, 10 10, 0 10, 0 0))",
        100,
        "a ring that crosses itself",
    ),
    "overlaps itself": (
        "POLYGON ((6 4, 6 6, 0 6, 0 0, 6 0, 6 4, 10 4, 10 10, 4 10, 4 4, 6 4))",
        68,
        "a ring that crosses itself",
    ),
    "touches itself": ("POLYGON ((0 0, 10 0, 10 10, 5 0, 0 10, 0 0))", 50, "touches itself"),
    "holes of parts filled by others": (
        f"MULTIPOLYGON (({SQUARE}, (3 3, 6 3, 6 6, 3 6, 3 3)), ((3 3, 6 3, 6 6, 3 6, 3 3)))",
        100,
        "",
    ),
    "neighbours": (f"MULTIPOLYGON (({SQUARE}), ((10 0, 20 0, 20 10, 10 10, 10 0)))", 200, ""),
    "bow ties in collections": (
        "GEOMETRYCOLLECTION (GEOMETRYCOLLECTION (POLYGON ((0 0, 10 10, 10 0, 0 10, 0 0))), "
        f"GEOMETRYCOLLECTION (POLYGON ({SQUARE})))",
        100,
        "a ring that crosses itself",
    ),
}
# what a link or an edit may be drawn like as well: each ring goes round its ground once
ONCE = [
    name
    for name, (_, km2, word) in OUTLINES.items()
    if km2 > 0 and "crosses" not in word and "hole" not in name
]


def shape(name: str) -> Any:
    """Return an outline of the table in map metres, within the country of the tests."""
    return moved(shapely.from_wkt(OUTLINES[name][0]))


@pytest.mark.parametrize("name", OUTLINES)
def test_the_ground_of_an_outline(name: str) -> None:
    _, km2, word = OUTLINES[name]
    held, mended = ground(np.array([shape(name)], object))
    assert held[0].area / 1e6 == pytest.approx(km2, abs=1e-6)
    assert held[0].is_valid
    assert {part.geom_type for part in simple_parts(held[0])} <= {"Polygon"}
    assert (word in mended[0][0]) if word else not mended


def test_a_valid_outline_stays_to_the_bit() -> None:
    rng = np.random.default_rng(3)
    angle = np.sort(rng.uniform(0, 2 * np.pi, 40))
    far = rng.uniform(1000, 5000, 40)
    outline = shapely.Polygon(np.column_stack([far * np.cos(angle), far * np.sin(angle)]))
    assert outline.is_valid
    held, mended = ground(np.array([outline], object))
    assert shapely.to_wkb(held[0]) == shapely.to_wkb(outline)
    assert mended == {}


@pytest.mark.parametrize("name", OUTLINES)
def test_a_core_area_of_a_file_holds_that_ground(name: str, tmp_path: Path) -> None:
    _, km2, word = OUTLINES[name]
    box_file(tmp_path)
    vector(tmp_path / "a.gpkg", [shape(name)], NAME=["Park"])
    land = load(tmp_path, protected_areas="a.gpkg", protected_name_field="NAME")
    # corners lie on whole and half kilometres, cells are of half a kilometre: edges cut cells only
    # where they run aslant
    assert (land["protected"] > 0).sum() / 4 == pytest.approx(km2, abs=6 if km2 == 50 else 1e-9)
    source = land.origins["protected"].source
    assert word in source
    assert ("1 feature with" in source) == bool(word)
    assert ("0 areas; 1 holds no cell of its own: Park" in source) == (km2 == 0)


@pytest.mark.parametrize("name", OUTLINES)
@pytest.mark.parametrize("key", ["rivers", "settlements"])
def test_a_river_or_settlement_fills_the_cells_that_its_ground_touches(
    name: str, key: str, tmp_path: Path
) -> None:
    _, km2, word = OUTLINES[name]
    box_file(tmp_path)
    vector(tmp_path / "a.gpkg", [shape(name)], name=["Town"])
    land = load(tmp_path, **{key: "a.gpkg"})
    layer = "river" if key == "rivers" else "land_cover"
    burnt = land[layer] == (1 if key == "rivers" else COVERS["settlement"].code)
    x, y = centres()
    half = CELL_M / 2
    cells = shapely.box(x - half, y - half, x + half, y + half)
    (whole,), _ = ground(np.array([shape(name)], object))
    assert not (burnt & ~shapely.intersects(cells, whole)).any()
    assert burnt[shapely.contains_xy(whole, x, y)].all()
    assert burnt.any() == (km2 > 0)
    assert word in land.origins[layer].source
    assert len(land.town_list) == (1 if key == "settlements" and km2 else 0)


@pytest.mark.parametrize("name", OUTLINES)
def test_a_link_of_a_file_holds_that_ground_or_is_refused(name: str, tmp_path: Path) -> None:
    _, km2, word = OUTLINES[name]
    grid = _grid(tmp_path)
    vector(tmp_path / "links.gpkg", [shape(name)], name=["a"], cost=[1.0])
    if km2 == 0 or "crosses" in word:
        with pytest.raises(ScenarioError, match="link 'a': crosses itself or has no area"):
            read_candidates(tmp_path / "links.gpkg", grid)
        return
    (one,) = read_candidates(tmp_path / "links.gpkg", grid)
    assert area_m2(outline_of(one, grid, "here")) / 1e6 == pytest.approx(km2, abs=0.01)


@pytest.mark.parametrize("name", ONCE)
def test_drawn_outlines_hold_that_ground(name: str) -> None:
    """The same rings as an edit and as a link of a links file."""
    land = uniform(60, 80)
    rings = [list(part.exterior.coords)[:-1] for part in simple_parts(shape(name))]
    _, km2, _ = OUTLINES[name]
    area = edits.Protect(name="A", areas=rings, crs=UTM)(land)["protected"]
    assert area.sum() == pytest.approx(km2, abs=9 if km2 in (25, 50) else 1e-9)
    one = Candidate(name="a", cost=1.0, area=tuple(tuple(map(tuple, r)) for r in rings), crs=UTM)
    inside = ground_of(one, land.grid, "here")
    np.testing.assert_array_equal(inside, area > 0)
    assert area_m2(outline_of(one, land.grid, "here")) / 1e6 == pytest.approx(km2, abs=0.01)


@pytest.mark.parametrize(
    "name", ["a bow tie", "round twice", "overlaps itself", "flat", "flat with three corners"]
)
def test_a_drawn_ring_that_does_not_go_round_once_is_refused(name: str) -> None:
    land = uniform(60, 80)
    ring = list(shape(name).exterior.coords)[:-1]
    with pytest.raises(ScenarioError, match=r"ring 1 crosses itself or has no area|fewer than 3"):
        edits.Protect(name="A", areas=[ring], crs=UTM)(land)
    if len(ring) >= 3:
        one = Candidate(name="a", cost=1.0, area=(tuple(map(tuple, ring)),), crs=UTM)
        with pytest.raises(ScenarioError, match="crosses itself or has no area"):
            outline_of(one, land.grid, "here")


def test_rings_of_a_species_follow_the_rule() -> None:
    land = uniform(60, 80)
    ring = moved(shapely.from_wkt(OUTLINES["round twice"][0])).exterior.coords
    from pyproj import Transformer

    away = Transformer.from_crs(land.grid.crs, "EPSG:4326", always_xy=True).transform
    lonlat = [away(x, y) for x, y in list(ring)[:-1]]
    once = cells_in_rings([lonlat[:4]], land.grid)
    assert once.sum() == 100
    np.testing.assert_array_equal(cells_in_rings([lonlat], land.grid), once)


def test_an_area_below_a_cell_is_told_from_one_elsewhere() -> None:
    land = uniform(20, 30)
    x, y = land.grid.west_m + 2100, land.grid.north_m - 2100
    small = ((x, y), (x + 300, y), (x + 300, y - 300))
    with pytest.raises(ScenarioError, match="too small or too narrow for cells of 1000 m"):
        cells_inside((small,), UTM, land.grid, "here")
    away = tuple((px + 1e6, py) for px, py in small)
    with pytest.raises(ScenarioError, match=r"covers no cell centre of the landscape; .* spans x"):
        cells_inside((away,), UTM, land.grid, "here")


def _grid(folder: Path) -> Any:
    box_file(folder)
    return load(folder).grid
