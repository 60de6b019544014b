"""The landscape of every year: dated edits, and rules that cannot be."""

from __future__ import annotations

import numpy as np
import pytest

from corridor_sim import edits
from corridor_sim.errors import ScenarioError
from corridor_sim.landscape.edits.base import edited
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.landscape.timeline.rules import ClimateRule, DatedEdit, RegrowthRule
from oracles.timelines import CRS, PASTURE, SECONDARY, clearing, forest, new_road, timeline


def test_a_road_changes_nothing_before_it_opens_and_all_that_rests_on_it_then(wild):
    line = timeline(wild, clearing=clearing(0.01), events=(new_road(),))
    plain = timeline(wild, clearing=clearing(0.01))
    np.testing.assert_array_equal(line.at(2034)["land_cover"], plain.at(2034)["land_cover"])
    assert line.at(2034)["road"] is wild["road"]
    assert line.changed(2035) >= {"road", "road_distance_m", "hazard_access"}
    assert "settlement_distance_m" not in line.changed(2035)
    assert line.at(2035)["road"][39].all()
    np.testing.assert_array_equal(line.at(2035)["land_cover"], plain.at(2035)["land_cover"])
    assert any("2035: new primary road 'R'" in note for note in line.at(2040).edits)


@pytest.mark.parametrize("demand", ["fixed", "responsive"])
def test_a_road_speeds_up_clearing_along_it(wild, demand):
    rule = clearing(0.01, demand=demand)
    fallen = {}
    for name, events in (("plain", ()), ("road", (new_road(),))):
        line = timeline(wild, clearing=rule, events=events)
        before, after = forest(line.at(2035)), forest(line.at(2060))
        fallen[name] = (before & ~after)[34:45].sum(), (before & ~after).sum()
    assert fallen["road"][0] > 2 * fallen["plain"][0]
    if demand == "fixed":
        assert fallen["road"][1] == fallen["plain"][1]
    else:
        assert fallen["road"][1] > 1.2 * fallen["plain"][1]


def test_under_the_same_pressure_a_road_only_adds_and_a_reserve_only_spares(wild):
    """Clocks only run faster beside the road, so no cell falls later; beside a reserve reversed."""
    rule = clearing(0.015, demand="responsive")
    ring = ((900_000, 9_690_000), (980_000, 9_690_000), (980_000, 9_640_000), (900_000, 9_640_000))
    reserve = DatedEdit(2035, edits.Protect(name="P", areas=(ring,), core=False, crs=CRS))
    plain = timeline(wild, clearing=rule)
    road = timeline(wild, clearing=rule, events=(new_road(),))
    spared = timeline(wild, clearing=rule, events=(reserve,))
    for year in (2040, 2075):
        a, b, c = (~forest(one.at(year)) for one in (spared, plain, road))
        assert not (a & ~b).any()
        assert not (b & ~c).any()
        assert a.sum() < b.sum() < c.sum()


def test_a_reserve_slows_the_clocks_by_its_factor():
    """Far from all access, scattered clearing: survival in the reserve is exp(-f H)."""
    f, rate, n = 0.3, 0.05, 120
    land = uniform(n, n)
    east = 900_000 + n * 500
    ring = (
        (east, 9_700_000),
        (east + n * 500, 9_700_000),
        (east + n * 500, 9_580_000),
        (east, 9_580_000),
    )
    rule = clearing(rate, aggregation=0.0, protected_factor=f, demand="responsive")
    event = DatedEdit(2030, edits.Protect(name="P", areas=(ring,), core=False, crs=CRS))
    line = timeline(land, 25, clearing=rule, events=(event,))
    inside = line.at(2030)["protection"] > 0
    assert inside.sum() == n * n // 2
    alive = forest(line.at(2030))
    left = forest(line.at(2045))
    plain = forest(timeline(land, 25, clearing=rule).at(2045)) & alive
    hazard = -np.log(plain.sum() / alive.sum())
    for where, expected in ((inside, np.exp(-f * hazard)), (~inside, np.exp(-hazard))):
        m = int((alive & where).sum())
        sd = np.sqrt(expected * (1 - expected) / m)
        # H is itself estimated from the map as a whole, hence the doubled variance; 4 sigma
        assert abs((left & where).sum() / m - expected) < 4 * np.sqrt(2) * sd


def test_a_core_area_holds_its_number_before_it_opens(wild):
    ring = ((910_000, 9_690_000), (930_000, 9_690_000), (930_000, 9_670_000))
    late = DatedEdit(2045, edits.Protect(name="Late", areas=(ring,), country="PER", crs=CRS))
    ring = tuple((x + 40_000, y) for x, y in ring)
    soon = DatedEdit(2030, edits.Protect(name="Soon", areas=(ring,), country="ECU", crs=CRS))
    line = timeline(wild, events=(late, soon))
    for year in (2025, 2030, 2045):
        assert line.at(year).zone_names == ("", "Soon", "Late")
        assert line.at(year).zone_countries == ("", "ECU", "PER")
        assert line.at(year)["protected"].max() == {2025: 0, 2030: 1, 2045: 2}[year]
    assert line.changed(2045) == {"protected", "protection"}


def test_restoration_takes_its_years():
    land = uniform(20, 20, cover="pasture")
    ring = ((902_000, 9_698_000), (908_000, 9_698_000), (908_000, 9_692_000), (902_000, 9_692_000))
    event = DatedEdit(2030, edits.Restore(name="R", areas=(ring,), crs=CRS))
    rule = RegrowthRule(secondary_after_y=4, forest_after_y=15)
    line = timeline(land, regrowth=rule, events=(event,), update_every_y=1)
    inside = np.zeros((20, 20), bool)
    inside[2:8, 2:8] = True
    for year, code in ((2033, PASTURE), (2034, SECONDARY), (2044, SECONDARY), (2045, 2)):
        cover = line.at(year)["land_cover"]
        assert (cover[inside] == code).all(), year
        assert (cover[~inside] == PASTURE).all()
    alone = timeline(land, events=(event,))
    assert (alone.at(2035)["land_cover"][inside] == SECONDARY).all()
    at_once = RegrowthRule(secondary_after_y=0, forest_after_y=0)
    line = timeline(land, regrowth=at_once, events=(event,), update_every_y=50)
    assert (line.at(2030)["land_cover"][inside] == 2).all()


def test_a_link_opens_with_all_its_deeds_and_its_forest_takes_its_years(wild):
    """Protection and crossings hold from the first day; farmed ground comes back in its time."""
    cover = np.array(wild["land_cover"])
    cover[5:8, 5:8] = PASTURE
    road = np.zeros(wild.grid.shape, np.uint8)
    road[7] = 1
    land = edited(wild, "a farm and a road", {"land_cover": cover, "road": road})
    ring = ((902_000, 9_698_000), (908_000, 9_698_000), (908_000, 9_692_000), (902_000, 9_692_000))
    link = edits.BuildLink(
        name="L", areas=(ring,), actions=("restore", "protect", "crossings"), crs=CRS
    )
    inside = np.zeros(land.grid.shape, bool)
    inside[2:8, 2:8] = True
    line = timeline(land, 60, events=(DatedEdit(2030, link),))
    before, opened, later, grown = (line.at(year) for year in (2029, 2030, 2035, 2080))
    for name in ("land_cover", "protection", "road"):
        np.testing.assert_array_equal(before[name], land[name])
    assert (opened["protection"] > 0).sum() == inside.sum()
    assert (opened["protection"][inside] > 0).all()
    assert (opened["protected"] == 0).all()
    assert (opened["road"][7, 2:8] == 3).all()
    assert (opened["road"][7, 8:] == 1).all()
    assert (opened["land_cover"][5:8, 5:8] == PASTURE).all()
    assert (later["land_cover"][5:8, 5:8] == SECONDARY).all()
    np.testing.assert_array_equal(grown["land_cover"], wild["land_cover"])
    assert sum("2030: " in note for note in grown.edits) == 3


def test_a_deed_of_a_link_that_finds_nothing_does_not_stop_the_others(wild):
    ring = ((902_000, 9_698_000), (908_000, 9_698_000), (908_000, 9_692_000), (902_000, 9_692_000))
    link = edits.BuildLink(name="L", areas=(ring,), actions=("restore", "protect"), crs=CRS)
    line = timeline(wild, events=(DatedEdit(2030, link),))
    assert (line.at(2030)["protection"] > 0).sum() == 36
    assert any("came to nothing: no pasture" in note for note in line.at(2030).edits)


def test_impossible_rules_are_refused_before_any_work(wild):
    point = edits.AddRoad(name="R", points=((0, 0), (1, 1)), crs=CRS)
    ring = ((910_000, 9_690_000), (930_000, 9_690_000), (930_000, 9_670_000))
    core = edits.Protect(name="P", areas=(ring,), crs=CRS)
    strict = uniform(9, 9, protected=np.ones((9, 9), np.int16))
    for land, rules, words in (
        (wild, {"climate": ClimateRule(ssp="SSP9")}, ("change.climate.ssp", "SSP9")),
        (wild, {"climate": ClimateRule(ssp="SSP1-2.6", temperature_of=2030)}, ("temperature_of",)),
        (wild, {"events": (new_road(2075),)}, ("events[0].opens", "2075", "2025 to 2074")),
        (wild, {"events": (new_road(2024),)}, ("events[0].opens", "2024")),
        (wild, {"events": (new_road(), DatedEdit(2030, point))}, ("events[1]", "outside")),
        (wild, {"events": (DatedEdit(2030, core), DatedEdit(2040, core))}, ("events[1]", "exists")),
        (wild, {"events": (DatedEdit(2030, edits.Warm(degrees_c=1.0)),)}, ("events[0]", "climate")),
        (uniform(9, 9, cover="paramo"), {"clearing": clearing(0.01)}, ("no forest", "clearing")),
        (strict, {"clearing": clearing(0.01, protected_factor=0.0)}, ("exceeds the 0 km²",)),
    ):
        with pytest.raises(ScenarioError) as caught:
            timeline(land, **rules)
        message = str(caught.value)
        assert "\n" not in message
        for word in words:
            assert word in message, message


def test_an_edit_that_finds_nothing_to_do_is_noted_and_the_run_goes_on(wild):
    ring = ((902_000, 9_650_000), (908_000, 9_650_000), (908_000, 9_640_000))
    event = DatedEdit(2030, edits.Restore(name="R", areas=(ring,), crs=CRS))
    line = timeline(wild, 10, events=(event,))
    assert any("came to nothing: no pasture" in note for note in line.at(2035).edits)


def test_a_dated_clearing_is_given_up_like_any_other(wild):
    event = DatedEdit(2030, edits.Clear(fraction=0.2))
    rule = RegrowthRule(rate=1.0, secondary_after_y=1, forest_after_y=9)
    line = timeline(wild, 20, events=(event,), regrowth=rule, update_every_y=1)
    assert (line.at(2030)["land_cover"] == PASTURE).sum() == 1280
    assert (line.at(2032)["land_cover"] == SECONDARY).sum() == 1280
    np.testing.assert_array_equal(line.at(2040)["land_cover"], wild["land_cover"])
