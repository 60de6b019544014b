"""The landscape of every year: warming and lag, clearing to its rate, regrowth, dated edits."""

from __future__ import annotations

import numpy as np
import pytest

from corridor_sim.errors import ScenarioError
from corridor_sim.landscape import derive as deriving
from corridor_sim.landscape.climate import ssp_warming_c
from corridor_sim.landscape.covers import COVERS, FOREST_CODES
from corridor_sim.landscape.edits import AddRoad, Clear, Protect, Restore, Warm, clear, warm
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.landscape.timeline.lag import zone_area
from corridor_sim.landscape.timeline.rules import (
    ClearingRule,
    ClimateRule,
    DatedEdit,
    RegrowthRule,
    Rules,
)
from corridor_sim.landscape.timeline.timeline import Timeline

PASTURE, SECONDARY = COVERS["pasture"].code, COVERS["secondary_forest"].code
CRS = "EPSG:32717"


def timeline(
    land: Landscape, years: int = 50, seed: int = 1, start: int = 2025, **rules
) -> Timeline:
    return Timeline(land, Rules(**rules), start_year=start, n_years=years, seed=seed)


def clearing(rate: float, **options) -> ClearingRule:
    return ClearingRule(rates=((0, rate),), **options)


def forest(land: Landscape) -> np.ndarray:
    return np.isin(land["land_cover"], FOREST_CODES)


def slope_of_heights(low_m: float, high_m: float, height: int = 60, width: int = 60) -> Landscape:
    """Ground that rises from south to north, under the natural zones of its heights."""
    from corridor_sim.landscape.climate import natural_zone, temperature_at

    z = np.repeat(np.linspace(high_m, low_m, height, dtype=np.float32)[:, None], width, 1)
    return uniform(
        height, width, elevation_m=z, temperature_c=temperature_at(z), land_cover=natural_zone(z)
    )


@pytest.fixture(scope="module")
def farmed() -> Landscape:
    """Forest with a road down the middle and a strip of pasture."""
    road = np.zeros((80, 80), np.uint8)
    road[:, 40] = 1
    cover = np.full((80, 80), COVERS["premontane_forest"].code, np.uint8)
    cover[:6] = PASTURE
    return uniform(80, 80, road=road, land_cover=cover)


def test_without_rules_nothing_changes(farmed):
    line = timeline(farmed)
    assert line.update_years == ()
    last = line.at(2075)
    assert all(last[name] is farmed[name] for name in farmed.layers)
    assert last.edits == farmed.edits


def test_update_years_are_steps_and_the_years_of_events():
    road = AddRoad(name="R", points=((905_000, 9_690_000), (915_000, 9_690_000)), crs=CRS)
    events = (DatedEdit(2033, road), DatedEdit(2040, road), DatedEdit(2025, road))
    line = timeline(uniform(30, 30), 20, climate=ClimateRule(ssp="SSP1-2.6"), events=events)
    assert line.update_years == (2030, 2033, 2035, 2040, 2045)
    assert timeline(uniform(30, 30), 20, events=events).update_years == (2033, 2040)
    assert line.at(2032) is line.at(2030)


@pytest.mark.parametrize("spread", ["low", "central", "high"])
def test_the_air_warms_by_the_pathway_since_the_start(spread):
    land = uniform(4, 4)
    for extra in (-0.25, 0.0, 0.3):
        rule = ClimateRule(ssp="SSP3-7.0", spread=spread, model_spread=extra)
        line = timeline(land, climate=rule)
        for year in (2030, 2050, 2075):
            rise = (1 + extra) * (
                ssp_warming_c("SSP3-7.0", year, spread) - ssp_warming_c("SSP3-7.0", 2025, spread)
            )
            np.testing.assert_array_equal(
                line.at(year)["temperature_c"], land["temperature_c"] + np.float32(rise)
            )
    assert line.at(2025)["temperature_c"] is land["temperature_c"]


def test_a_map_of_the_reference_period_is_warmed_from_there():
    land = slope_of_heights(2000, 4000)
    rule = ClimateRule(ssp="SSP5-8.5", temperature_of=2005, ecotone_m_per_year=0.0)
    line = timeline(land, climate=rule)
    for year in (2025, 2050):
        same = warm(land, ssp="SSP5-8.5", year=year, ecotone_m_per_year=0.0)
        np.testing.assert_array_equal(line.at(year)["temperature_c"], same["temperature_c"])
    assert line.changed(2025) == {"temperature_c"}


def test_after_the_table_warming_is_held_where_the_user_says_so():
    rule = ClimateRule(ssp="SSP2-4.5", after_table="hold")
    line = timeline(uniform(4, 4), 90, climate=rule)
    np.testing.assert_array_equal(line.at(2090)["temperature_c"], line.at(2115)["temperature_c"])
    assert line.at(2090)["temperature_c"][0, 0] > line.at(2085)["temperature_c"][0, 0]


def test_the_zones_climb_slowly_and_the_climate_fast():
    """Ecotones at 1 m a year over 50 years stand 50 m higher, isotherms hundreds."""
    low, high, rows = 2800.0, 4000.0, 240
    land = slope_of_heights(low, high, rows, 4)
    rule = ClimateRule(ssp="SSP5-8.5", ecotone_m_per_year=1.0)
    after = timeline(land, climate=rule).at(2075)
    edge = {
        year: land["elevation_m"][one["land_cover"] == COVERS["paramo"].code].min()
        for year, one in ((2025, land), (2075, after))
    }
    row_m = (high - low) / (rows - 1)
    assert abs(edge[2075] - edge[2025] - 50.0) <= row_m
    today, then = zone_area(land), zone_area(after)
    assert today.cover_km2 == today.climate_km2 == today.both_km2
    rise_m = (after["temperature_c"] - land["temperature_c"])[0, 0] / 5.2e-3
    assert rise_m > 400
    lost_rows = (today.climate_km2 - then.climate_km2) / 4
    assert abs(lost_rows * row_m - rise_m) <= 2 * row_m
    assert then.both_km2 <= min(then.cover_km2, then.climate_km2)
    assert then.climate_km2 < then.cover_km2 < today.cover_km2


def test_farmed_ground_does_not_climb():
    land = slope_of_heights(3000, 3800)
    cover = land["land_cover"].copy()
    cover[:, ::2] = PASTURE
    land = uniform(60, 60, elevation_m=land["elevation_m"], land_cover=cover)
    rule = ClimateRule(ssp="SSP2-4.5", ecotone_m_per_year=5.0)
    after = timeline(land, climate=rule).at(2075)["land_cover"]
    assert (after[:, ::2] == PASTURE).all()
    assert (after[:, 1::2] != cover[:, 1::2]).any()


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
    rule = ClearingRule(rates=((2030, 0.02), (2040, 0.0), (2050, 0.05)))
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
        once = clear(farmed, fraction=n / forest(farmed).sum(), aggregation=aggregation, seed=7)
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


# dated edits


def new_road(opens: int = 2035) -> DatedEdit:
    points = ((900_500, 9_660_500), (979_500, 9_660_500))
    return DatedEdit(opens, AddRoad(name="R", points=points, crs=CRS))


@pytest.fixture(scope="module")
def wild() -> Landscape:
    """Forest with one road along its northern edge, out of reach of the south."""
    road = np.zeros((80, 80), np.uint8)
    road[0] = 1
    return uniform(80, 80, road=road)


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
    reserve = DatedEdit(2035, Protect(name="P", areas=(ring,), core=False, crs=CRS))
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
    ring = ((east, 9_700_000), (east + n * 500, 9_700_000), (east + n * 500, 9_580_000),
            (east, 9_580_000))  # fmt: skip
    rule = clearing(rate, aggregation=0.0, protected_factor=f, demand="responsive")
    event = DatedEdit(2030, Protect(name="P", areas=(ring,), core=False, crs=CRS))
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
    late = DatedEdit(2045, Protect(name="Late", areas=(ring,), country="PER", crs=CRS))
    ring = tuple((x + 40_000, y) for x, y in ring)
    soon = DatedEdit(2030, Protect(name="Soon", areas=(ring,), country="ECU", crs=CRS))
    line = timeline(wild, events=(late, soon))
    for year in (2025, 2030, 2045):
        assert line.at(year).zone_names == ("", "Soon", "Late")
        assert line.at(year).zone_countries == ("", "ECU", "PER")
        assert line.at(year)["protected"].max() == {2025: 0, 2030: 1, 2045: 2}[year]
    assert line.changed(2045) == {"protected", "protection"}


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


# regrowth


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
        "clearing": ClearingRule(rates=((2025, 0.3), (2030, 0.0))),
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


def test_restoration_takes_its_years():
    land = uniform(20, 20, cover="pasture")
    ring = ((902_000, 9_698_000), (908_000, 9_698_000), (908_000, 9_692_000), (902_000, 9_692_000))
    event = DatedEdit(2030, Restore(name="R", areas=(ring,), crs=CRS))
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


# what is refused


def test_impossible_rules_are_refused_before_any_work(wild):
    point = AddRoad(name="R", points=((0, 0), (1, 1)), crs=CRS)
    ring = ((910_000, 9_690_000), (930_000, 9_690_000), (930_000, 9_670_000))
    core = Protect(name="P", areas=(ring,), crs=CRS)
    strict = uniform(9, 9, protected=np.ones((9, 9), np.int16))
    for land, rules, words in (
        (wild, {"climate": ClimateRule(ssp="SSP9")}, ("change.climate.ssp", "SSP9")),
        (wild, {"climate": ClimateRule(ssp="SSP1-2.6", temperature_of=2030)}, ("temperature_of",)),
        (wild, {"events": (new_road(2075),)}, ("events[0].opens", "2075", "2025 to 2074")),
        (wild, {"events": (new_road(2024),)}, ("events[0].opens", "2024")),
        (wild, {"events": (new_road(), DatedEdit(2030, point))}, ("events[1]", "outside")),
        (wild, {"events": (DatedEdit(2030, core), DatedEdit(2040, core))}, ("events[1]", "exists")),
        (wild, {"events": (DatedEdit(2030, Warm(degrees_c=1.0)),)}, ("events[0]", "climate")),
        (uniform(9, 9, cover="paramo"), {"clearing": clearing(0.01)}, ("no forest", "clearing")),
        (strict, {"clearing": clearing(0.01, protected_factor=0.0)}, ("exceeds the 0 km²",)),
    ):
        with pytest.raises(ScenarioError) as caught:
            timeline(land, **rules)
        message = str(caught.value)
        assert "\n" not in message
        for word in words:
            assert word in message, message


def test_a_run_beyond_the_table_names_both_remedies():
    with pytest.raises(ScenarioError, match=r"2100.*2090.*65 years.*hold"):
        timeline(uniform(4, 4), 75, climate=ClimateRule(ssp="SSP1-2.6"))


def test_years_outside_the_run_are_refused(wild):
    line = timeline(wild, 10, clearing=clearing(0.01))
    for year in (2024, 2036):
        with pytest.raises(ScenarioError, match="2025 to 2035"):
            line.at(year)


def test_an_edit_that_finds_nothing_to_do_is_noted_and_the_run_goes_on(wild):
    ring = ((902_000, 9_650_000), (908_000, 9_650_000), (908_000, 9_640_000))
    event = DatedEdit(2030, Restore(name="R", areas=(ring,), crs=CRS))
    line = timeline(wild, 10, events=(event,))
    assert any("came to nothing: no pasture" in note for note in line.at(2035).edits)


def test_a_dated_clearing_is_given_up_like_any_other(wild):
    event = DatedEdit(2030, Clear(fraction=0.2))
    rule = RegrowthRule(rate=1.0, secondary_after_y=1, forest_after_y=9)
    line = timeline(wild, 20, events=(event,), regrowth=rule, update_every_y=1)
    assert (line.at(2030)["land_cover"] == PASTURE).sum() == 1280
    assert (line.at(2032)["land_cover"] == SECONDARY).sum() == 1280
    np.testing.assert_array_equal(line.at(2040)["land_cover"], wild["land_cover"])


def test_a_level_that_warms_a_landscape_that_warms_is_refused(tmp_path):
    from corridor_sim.scenario.load import load_experiment

    path = tmp_path / "twice.toml"
    path.write_text(
        """
        [base]
        years = 10
        [base.life_cycle]
        [base.change.climate]
        ssp = "SSP1-2.6"
        [factors.climate]
        now = []
        then = [{ kind = "warm", degrees_c = 1.0 }]
        """
    )
    with pytest.raises(ScenarioError, match=r"then: edits\[0\]: the air would be warmed twice"):
        load_experiment(path)
