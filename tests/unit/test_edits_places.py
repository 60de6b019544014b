"""Roads, new protected areas and restoration: coordinates, cells, refusals."""

from __future__ import annotations

import numpy as np
import pytest

from corridor_sim import edits
from corridor_sim.errors import LandscapeError, ScenarioError
from corridor_sim.landscape.edits.places import cells_inside, line_cells
from corridor_sim.landscape.synthetic import uniform
from oracles.andes_covers import COVERS
from oracles.timelines import natural_zone

UTM = "EPSG:32717"
# the synthetic grid begins at x 900,000 and y 9,700,000 with cells of 1 km
WEST, NORTH = 900_000.0, 9_700_000.0


def centre(row, col):
    return (WEST + (col + 0.5) * 1000, NORTH - (row + 0.5) * 1000)


def box(row0, col0, row1, col1):
    """A ring around the cells [row0, row1) x [col0, col1)."""
    west, east = WEST + col0 * 1000, WEST + col1 * 1000
    north, south = NORTH - row0 * 1000, NORTH - row1 * 1000
    return [(west, north), (east, north), (east, south), (west, south)]


def test_a_straight_road_takes_the_cells_under_it():
    land = uniform(20, 30)
    after = edits.AddRoad(name="A", points=[centre(5, 3), centre(5, 12)], crs=UTM)(land)
    expected = np.zeros((20, 30), np.uint8)
    expected[5, 3:13] = 2
    np.testing.assert_array_equal(after["road"], expected)
    assert not land["road"].any()


@pytest.mark.parametrize("end", [(19, 29), (0, 29), (19, 3), (7, 4), (5, 3), (0, 0)])
def test_roads_hang_together_and_take_no_more_cells_than_needed(end):
    cells = line_cells(np.array([[5, 3], end], np.int64))
    jump = np.abs(np.diff(cells, axis=0)).max(axis=1) if len(cells) > 1 else np.ones(0)
    assert (jump == 1).all()
    assert tuple(cells[0]) == (5, 3)
    assert tuple(cells[-1]) == end
    assert len(cells) == 1 + max(abs(end[0] - 5), abs(end[1] - 3))
    # no cell centre lies further than half a cell from the line
    (dr, dc), length = np.array(end) - (5, 3), np.hypot(end[0] - 5, end[1] - 3)
    if length:
        off = np.abs((cells[:, 0] - 5) * dc - (cells[:, 1] - 3) * dr) / length
        assert off.max() <= 0.5 + 1e-9


def test_longitude_and_latitude_land_where_the_projection_says():
    from pyproj import Transformer

    to_lonlat = Transformer.from_crs(UTM, "EPSG:4326", always_xy=True).transform
    land = uniform(20, 30)
    points = [centre(2, 3), centre(17, 25)]
    by_metres = edits.AddRoad(name="A", points=points, crs=UTM)(land)
    by_degrees = edits.AddRoad(name="A", points=[to_lonlat(*p) for p in points])(land)
    np.testing.assert_array_equal(by_degrees["road"], by_metres["road"])


def test_a_road_refreshes_access_and_keeps_the_higher_class():
    road = np.zeros((20, 30), np.uint8)
    road[:, 8] = 2
    land = uniform(20, 30, road=road)
    after = edits.AddRoad(name="A", points=[centre(5, 3), centre(5, 29)], road_class=1, crs=UTM)(
        land
    )
    assert after["road"][5, 8] == 2
    assert after["road"][5, 9] == 1
    assert after["road_distance_m"][8, 25] == 3000
    assert after["hazard_access"][5, 25] == 1.0
    assert after["hazard_access"][5, 25] > land["hazard_access"][5, 25]
    assert after.edits == ("new secondary road 'A', 2 points",)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"points": [centre(5, 3), centre(5, 40)]}, r"add_road\.points: point 2 .* is outside"),
        ({"points": [centre(5, 3)]}, "has 1 point; give at least 2"),
        ({"points": [centre(5, 3), (1.0,)]}, "point 2 is .*give .x, y. pairs"),
        ({"points": [1, 2]}, "point 1 is 1; give"),
        ({"points": "here"}, r"add_road\.points: 'here'"),
        ({"points": [centre(5, 3), (float("nan"), 0)]}, "finite"),
        ({"points": [centre(5, 3), centre(5, 4)], "road_class": 3}, r"road_class: 3 .*1 to 2"),
        ({"points": [centre(5, 3), centre(5, 4)], "crs": "EPSG:0"}, "unknown CRS 'EPSG:0'"),
        ({"points": [(-3.0, -78.0), (-3.1, -78.0)], "crs": "EPSG:4326"}, "outside.*spans x -77.40"),
    ],
)
def test_bad_roads_are_named(options, message):
    with pytest.raises(ScenarioError, match=message):
        edits.AddRoad(**{"name": "A", "crs": UTM, **options})(uniform(20, 30))


def test_an_area_holds_the_cells_whose_centres_are_inside():
    land = uniform(20, 30)
    got = cells_inside((tuple(box(2, 3, 6, 9)),), UTM, land.grid, "here")
    expected = np.zeros((20, 30), bool)
    expected[2:6, 3:9] = True
    np.testing.assert_array_equal(got, expected)


def test_a_new_core_area_comes_last_and_takes_nothing_from_others():
    zone = np.zeros((20, 30), np.int16)
    zone[4:8, 4:8] = 1
    land = uniform(20, 30, protected=zone)
    after = edits.Protect(name="New", areas=[box(2, 2, 8, 12)], country="ECU", crs=UTM)(land)
    assert after.zone_names == ("", "Core 1", "New")
    assert after.zone_countries == ("", "", "ECU")
    assert (after["protected"] == 1).sum() == 16
    assert (after["protected"] == 2).sum() == 6 * 10 - 16
    np.testing.assert_array_equal(after["protected"] == 1, zone == 1)
    np.testing.assert_array_equal(after["protection"], (after["protected"] > 0).astype(np.uint8))
    assert (land["protected"] == 2).sum() == 0
    assert land.n_zones == 1


def test_protection_without_a_core_area_leaves_the_zones():
    land = uniform(20, 30)
    after = edits.Protect(name="Buffer", areas=[box(2, 2, 8, 12)], core=False, crs=UTM)(land)
    assert after["protection"].sum() == 60
    assert not after["protected"].any()
    assert after.n_zones == 0
    later = edits.AddRoad(name="A", points=[centre(5, 3), centre(5, 12)], crs=UTM)(after)
    assert later["protection"].sum() == 60


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "Core 1"}, r"protect\.name: a core area 'Core 1' exists already"),
        ({"areas": [box(4, 4, 8, 8)]}, "wholly inside protected ground"),
        ({"areas": [box(40, 40, 50, 50)]}, "covers no cell centre"),
        ({"areas": [[centre(1, 1), centre(2, 2)]]}, "ring 1 has fewer than 3 points"),
        ({"areas": []}, "no polygon is given"),
        (
            {"areas": [[centre(1, 1), centre(5, 5), centre(1, 5), centre(5, 1)]]},
            "ring 1 crosses itself",
        ),
    ],
)
def test_bad_areas_are_named(options, message):
    zone = np.zeros((20, 30), np.int16)
    zone[4:8, 4:8] = 1
    options = {"name": "New", "areas": [box(2, 2, 8, 12)], "crs": UTM, **options}
    with pytest.raises(ScenarioError, match=message):
        edits.Protect(**options)(uniform(20, 30, protected=zone))


def test_restoration_returns_the_zone_of_the_height_and_leaves_towns():
    z = np.linspace(200, 3900, 600, dtype=np.float32).reshape(20, 30)
    cover = np.full((20, 30), COVERS["pasture"].code, np.uint8)
    cover[3, 4] = COVERS["settlement"].code
    cover[3, 5] = COVERS["wetland"].code
    cover[3, 6] = COVERS["mine"].code
    land = uniform(20, 30, elevation_m=z, land_cover=cover)
    after = edits.Restore(name="R", areas=[box(2, 3, 18, 9)], crs=UTM)(land)
    inside = np.zeros((20, 30), bool)
    inside[2:18, 3:9] = True
    expected = np.where(inside, natural_zone(z), cover)
    expected[3, 4:6] = cover[3, 4:6]
    np.testing.assert_array_equal(after["land_cover"], expected)
    regrown = edits.Restore(name="R", areas=[box(2, 3, 18, 9)], to="secondary_forest", crs=UTM)(
        land
    )
    assert (regrown["land_cover"] == COVERS["secondary_forest"].code).sum() == 16 * 6 - 2


def test_nothing_to_restore_is_said():
    with pytest.raises(LandscapeError, match="no pasture, crops or mine"):
        edits.Restore(name="R", areas=[box(2, 3, 18, 9)], crs=UTM)(uniform(20, 30))


@pytest.mark.parametrize(
    ("crs", "message"),
    [
        ("IAU_2015:49900", r"areas\[0\]: the CRS 'Mars .* another planet's"),
        ('LOCAL_CS["site",UNIT["m",1]]', r"'site' \(Engineering CRS\) gives no places on the map"),
        ("EPSG:4978", r"\(Geocentric CRS\) gives no places on the map"),
        ("EPSG:5773", r"\(Vertical CRS\) gives no places on the map"),
        ("here and there", "unknown CRS 'here and there'"),
    ],
)
def test_a_crs_without_places_on_the_earth_is_named(crs, message):
    land = uniform(20, 30)
    with pytest.raises(ScenarioError, match=message):
        edits.Protect(name="A", areas=[box(2, 2, 8, 8)], crs=crs)(land)
    with pytest.raises(ScenarioError, match="CRS"):
        edits.AddRoad(name="A", points=[centre(5, 3), centre(5, 9)], crs=crs)(land)


def test_the_horizontal_part_of_a_crs_with_heights_counts():
    from pyproj import Transformer

    land = uniform(20, 30)
    plain = edits.Protect(name="A", areas=[box(2, 2, 8, 8)], crs=UTM)(land)
    tall = edits.Protect(name="A", areas=[box(2, 2, 8, 8)], crs=f"{UTM}+5773")(land)
    np.testing.assert_array_equal(tall["protected"], plain["protected"])
    to_lonlat = Transformer.from_crs(UTM, "EPSG:4326", always_xy=True).transform
    lonlat = [to_lonlat(*p) for p in box(2, 2, 8, 8)]
    for turn in (0.0, 360.0):
        ring = [(x + turn, y) for x, y in lonlat]
        found = edits.Protect(name="A", areas=[ring], crs="EPSG:4326+5773")(land)
        np.testing.assert_array_equal(found["protected"], plain["protected"])
    with pytest.raises(ScenarioError, match=r"spans x -77\.40 to -77\.13, y -2\.8\d to -2\.7\d in"):
        edits.AddRoad(name="A", points=[(-60.0, -3.0), (-61.0, -3.0)], crs="EPSG:4326+5773")(land)


@pytest.mark.parametrize("far", [1e308, -1e308, 1e12])
def test_places_that_are_none_are_named(far):
    land = uniform(20, 30)
    with pytest.raises(ScenarioError, match="is impossible; no place on a map lies beyond"):
        edits.AddRoad(name="A", points=[centre(5, 3), (far, far)], crs=UTM)(land)
    with pytest.raises(ScenarioError, match="is impossible; no place on a map lies beyond"):
        edits.Protect(name="A", areas=[[centre(1, 1), (far, 0.0), centre(5, 5)]], crs=UTM)(land)


@pytest.mark.parametrize("name", ["a\nb", "a\x00b", "\x1b[31m", "\u200b", " "])
def test_a_name_that_no_page_can_show_is_refused(name):
    with pytest.raises(ScenarioError, match=r"protect\.name: .* is impossible"):
        edits.Protect(name=name, areas=[box(2, 2, 8, 8)], crs=UTM)(uniform(20, 30))
