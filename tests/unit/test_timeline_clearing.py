"""The landscape of every year: clearing to its rate, and what grows again."""

from __future__ import annotations

import numpy as np
import pytest

from corridor_sim import edits
from corridor_sim.landscape import derive as deriving
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.landscape.timeline.rules import ClearingRule, ClimateRule, RegrowthRule
from oracles.andes_covers import COVERS
from oracles.timelines import PASTURE, SECONDARY, clearing, forest, rates, timeline


@pytest.mark.parametrize("every", [1, 5, 50])
@pytest.mark.parametrize("rate", [0.0075, 0.0286])
def test_clearing_keeps_the_stated_rate_to_within_a_cell(farmed, rate, every):
    """Each year takes ``rate`` of what is left; the carried fraction is at most half a cell."""
    line = timeline(farmed, clearing=clearing(rate), update_every_y=every)
    left = float(forest(farmed).sum())
    for year in range(2026, 2076):
        left *= 1.0 - rate
        if year in line.update_years:
            # rounding of earlier years shrinks with the forest, so the sum stays below one cell
            assert abs(forest(line.at(year)).sum() - left) <= 1.0, year


def test_rates_hold_from_their_year(farmed):
    rule = ClearingRule(rates=rates((2030, 0.02), (2040, 0.0), (2050, 0.05)))
    line = timeline(farmed, 35, clearing=rule)
    n = {y: forest(line.at(y)).sum() for y in (2025, 2030, 2040, 2050, 2060)}
    assert n[2025] == n[2030]
    assert abs(n[2040] - n[2030] * 0.98**10) <= 1
    assert n[2050] == n[2040]
    assert abs(n[2060] - n[2050] * 0.95**10) <= 1


@pytest.mark.parametrize("aggregation", [0.0, 0.7, 1.0])
def test_clearing_over_years_is_the_clearing_edit_stretched(farmed, aggregation):
    """Stopping and going on changes nothing: the order is the one found in a single sweep."""
    rule = clearing(0.03, aggregation=aggregation)
    line = timeline(farmed, 40, seed=7, clearing=rule, update_every_y=3)
    for year in (2028, 2040, 2064):
        after = line.at(year)
        n = int((after["land_cover"] != farmed["land_cover"]).sum())
        once = edits.Clear(fraction=n / forest(farmed).sum(), aggregation=aggregation)(farmed, 7)
        np.testing.assert_array_equal(after["land_cover"], once["land_cover"])


def test_how_often_the_landscape_is_updated_does_not_move_the_clearings(farmed):
    often, seldom = (
        timeline(farmed, clearing=clearing(0.02), update_every_y=k).at(2075)["land_cover"]
        for k in (1, 25)
    )
    np.testing.assert_array_equal(often, seldom)


def test_another_seed_clears_elsewhere_and_the_same_one_the_same(farmed):
    a, b, c = (
        timeline(farmed, seed=s, clearing=clearing(0.02)).at(2075)["land_cover"] for s in (1, 1, 2)
    )
    assert a.tobytes() == b.tobytes()
    assert (a != c).mean() > 0.1


def test_earlier_years_can_be_asked_for_again(farmed):
    rules = {
        "climate": ClimateRule(ssp="SSP5-8.5"),
        "clearing": clearing(0.02),
        "regrowth": RegrowthRule(rate=0.05),
    }
    line = timeline(farmed, **rules)
    forward = {y: {k: v.copy() for k, v in line.at(y).layers.items()} for y in line.update_years}
    for year in reversed(line.update_years):
        for name, values in line.at(year).layers.items():
            np.testing.assert_array_equal(values, forward[year][name])
    direct = timeline(farmed, **rules).at(2075)
    for name, values in direct.layers.items():
        np.testing.assert_array_equal(values, forward[2075][name])


def test_warming_and_clearing_measure_no_distances(farmed, monkeypatch):
    line = timeline(farmed, climate=ClimateRule(ssp="SSP5-8.5"), clearing=clearing(0.02))

    def refuse(*_args):
        raise AssertionError("a distance was measured")

    monkeypatch.setattr(deriving, "distance_m", refuse)
    monkeypatch.setattr(deriving, "slope_components", refuse)
    last = line.at(2075)
    assert line.changed(2075) == {"temperature_c", "land_cover", "lift_thermal_ms"}
    assert last["road_distance_m"] is farmed["road_distance_m"]
    warming = timeline(farmed, climate=ClimateRule(ssp="SSP5-8.5"))
    assert warming.changed(2030) == {"temperature_c"}
    assert warming.at(2030)["lift_thermal_ms"] is farmed["lift_thermal_ms"]
    assert warming.changed(2031) == frozenset()


def test_strict_protection_leaves_the_shortfall_in_the_record():
    cover = np.full((20, 20), COVERS["cloud_forest"].code, np.uint8)
    protected = np.zeros((20, 20), np.int16)
    protected[:, 8:] = 1
    land = uniform(20, 20, land_cover=cover, protected=protected)
    line = timeline(land, clearing=clearing(0.05, protected_factor=0.0))
    after = forest(line.at(2075))
    np.testing.assert_array_equal(after, protected > 0)
    short = [note for note in line.at(2075).edits if "fell short" in note]
    assert short
    assert "all forest that may be cleared was gone" in short[0]
    assert not [note for note in line.at(2030).edits if "fell short" in note]


def test_clearing_at_the_full_rate_ends_with_the_forest(farmed):
    line = timeline(farmed, 10, clearing=clearing(1.0), update_every_y=1)
    assert not forest(line.at(2026)).any()
    assert not forest(line.at(2035)).any()


def test_pasture_is_given_up_at_its_rate_and_grows_in_its_time():
    """A share ``r`` a year: after t years 1 - (1 - r)^t is given up, to within its error."""
    n, r = 100, 0.04
    land = uniform(n, n, cover="pasture")
    rule = RegrowthRule(rate=r, secondary_after_y=5, forest_after_y=30)
    line = timeline(land, regrowth=rule, update_every_y=1)
    for years in (5, 10, 30, 50):
        cover = line.at(2025 + years)["land_cover"]
        for code, after in ((SECONDARY, 5), (COVERS["premontane_forest"].code, 30)):
            reached = np.isin(cover, (SECONDARY, 2) if code == SECONDARY else (2,)).mean()
            expected = 1 - (1 - r) ** max(years - after, 0)
            sd = np.sqrt(expected * (1 - expected)) / n
            assert abs(reached - expected) <= 4 * sd, (years, code)
    assert line.changed(2030) == frozenset()


def test_paramo_comes_back_as_paramo():
    land = uniform(30, 30, elevation_m=3600.0, cover="pasture")
    rule = RegrowthRule(rate=0.5, secondary_after_y=2, forest_after_y=40)
    cover = timeline(land, regrowth=rule).at(2050)["land_cover"]
    assert set(np.unique(cover)) <= {PASTURE, COVERS["paramo"].code}
    assert (cover == COVERS["paramo"].code).mean() > 0.99


def test_a_cell_cleared_in_the_run_gets_its_own_cover_back():
    land = uniform(20, 20, elevation_m=1000.0, cover="cloud_forest")
    rules = {
        "clearing": ClearingRule(rates=rates((2025, 0.3), (2030, 0.0))),
        "regrowth": RegrowthRule(rate=1.0, secondary_after_y=1, forest_after_y=3),
    }
    line = timeline(land, 20, update_every_y=1, **rules)
    assert (line.at(2029)["land_cover"] == PASTURE).any()
    assert (line.at(2045)["land_cover"] == COVERS["cloud_forest"].code).all()


def test_forest_that_has_grown_again_falls_with_new_luck():
    land = uniform(40, 40)
    rules = {
        "clearing": clearing(0.5, aggregation=0.0),
        "regrowth": RegrowthRule(rate=1.0, secondary_after_y=1, forest_after_y=2),
    }
    line = timeline(land, 40, update_every_y=1, **rules)
    falls = np.zeros((40, 40))
    before = forest(land)
    for year in line.update_years:
        now = forest(line.at(year))
        falls += before & ~now
        before = now
    # with the same luck each time, the same cells would fall over and over and others never
    assert falls.min() >= 3
    assert falls.max() <= 20


def test_secondary_forest_of_the_start_ripens_in_its_turn():
    land = uniform(40, 40, cover="secondary_forest")
    line = timeline(land, regrowth=RegrowthRule(forest_after_y=40), update_every_y=10)
    shares = [(line.at(y)["land_cover"] == 2).mean() for y in (2035, 2045, 2065)]
    sd = np.sqrt(0.25 * 0.75 / 1600)
    assert abs(shares[0] - 0.25) < 4 * sd
    assert abs(shares[1] - 0.50) < 4 * np.sqrt(0.25 / 1600)
    assert shares[2] == 1.0
    assert (timeline(land).at(2075)["land_cover"] == SECONDARY).all()
