"""The landscape of every year: its years, warming, and zones that lag behind."""

from __future__ import annotations

import numpy as np
import pytest

from corridor_sim import edits
from corridor_sim.errors import ScenarioError
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.landscape.timeline.lag import zone_area
from corridor_sim.landscape.timeline.rules import ClimateRule, DatedEdit
from oracles.andes_covers import COVERS
from oracles.timelines import CRS, PASTURE, clearing, slope_of_heights, timeline, warming_c


def test_without_rules_nothing_changes(farmed):
    line = timeline(farmed)
    assert line.update_years == ()
    last = line.at(2075)
    assert all(last[name] is farmed[name] for name in farmed.layers)
    assert last.edits == farmed.edits


def test_update_years_are_steps_and_the_years_of_events():
    road = edits.AddRoad(name="R", points=((905_000, 9_690_000), (915_000, 9_690_000)), crs=CRS)
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
                warming_c("SSP3-7.0", year, spread) - warming_c("SSP3-7.0", 2025, spread)
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
        same = edits.Warm(ssp="SSP5-8.5", year=year, ecotone_m_per_year=0.0)(land)
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
    today, then = (zone_area(one, "paramo") for one in (land, after))
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


def test_a_run_beyond_the_table_names_both_remedies():
    with pytest.raises(ScenarioError, match=r"2100.*2090.*65 years.*hold"):
        timeline(uniform(4, 4), 75, climate=ClimateRule(ssp="SSP1-2.6"))


def test_years_outside_the_run_are_refused(wild):
    line = timeline(wild, 10, clearing=clearing(0.01))
    for year in (2024, 2036):
        with pytest.raises(ScenarioError, match="2025 to 2035"):
            line.at(year)


def test_a_level_that_warms_a_landscape_that_warms_is_refused(tmp_path):
    from corridor_sim import load_experiment

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
