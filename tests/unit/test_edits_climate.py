"""Warming: the table, the isotherms, the ecotones."""

from __future__ import annotations

import numpy as np
import pytest

from corridor_sim import edits
from corridor_sim.errors import ScenarioError
from corridor_sim.landscape.climate import isotherm_climb_m
from corridor_sim.landscape.edits.warming import climbed_zones
from corridor_sim.landscape.synthetic import uniform
from oracles.andes_covers import COVERS
from oracles.timelines import (
    COVER_TABLE,
    HERE,
    LAPSE_C_PER_M,
    natural_zone,
    temperature_at,
    warming_c,
)

CODE = {key: row.code for key, row in COVERS.items()}


def slope_land(low=0.0, high=4600.0, rows=461):
    """One column of ground that rises steadily, under the natural zone of each height."""
    z = np.linspace(low, high, rows, dtype=np.float32)[:, None].repeat(3, axis=1)
    # cells of 10 m, so that all of it lies in the Andes
    return uniform(
        rows, 3, 10.0, elevation_m=z, temperature_c=temperature_at(z), land_cover=natural_zone(z)
    )


@pytest.mark.parametrize(
    ("ssp", "year", "degrees"),
    [
        ("SSP2-4.5", 2005, 0.0),
        ("SSP2-4.5", 2050, 1.3),
        ("SSP2-4.5", 2090, 2.1),
        ("SSP5-8.5", 2050, 1.8),
        ("SSP5-8.5", 2090, 4.1),
        ("SSP1-2.6", 2070, 1.05),
        ("SSP3-7.0", 2023, 1.4 * 18 / 45),
    ],
)
def test_warming_is_that_of_the_table_and_linear_between(ssp, year, degrees):
    assert warming_c(ssp, year) == pytest.approx(degrees, abs=1e-12)


def test_low_and_high_enclose_the_centre():
    for name in HERE.warming.pathways:
        for year in (2030, 2050, 2077, 2090):
            low, mid, high = (warming_c(name, year, s) for s in ("low", "central", "high"))
            assert low < mid < high


@pytest.mark.parametrize("word", ["SSP2-4.5", "ssp245", "2-4.5", "ssp2-45", "SSP2 4.5"])
def test_pathways_go_by_their_usual_spellings(word):
    assert warming_c(word, 2050) == 1.3


def test_unknown_pathway_names_the_nearest():
    with pytest.raises(ScenarioError, match=r"'SSP2-4.6'.*did you mean 'SSP2-4.5'"):
        warming_c("SSP2-4.6", 2050)
    with pytest.raises(ScenarioError, match="unknown spread 'mdian'"):
        warming_c("SSP2-4.5", 2050, "mdian")


@pytest.mark.parametrize("year", [2004, 2091, 2100])
def test_a_year_outside_the_table_is_refused(year):
    with pytest.raises(ScenarioError, match=f"year {year} .*2005 to 2090"):
        warming_c("SSP2-4.5", year)
    with pytest.raises(ScenarioError, match=rf"warm\.year: year {year} .*2005 to 2090"):
        edits.Warm(ssp="SSP2-4.5", year=year)(uniform(5, 5))


def test_zones_follow_the_southern_limits():
    heights = [0, 399, 400, 1649, 1650, 2199, 2200, 2999, 3000, 3399, 3400, 4799, 4800]
    names = [next(k for k, c in CODE.items() if c == z) for z in natural_zone(np.array(heights))]
    assert names == [
        "lowland_forest",
        "lowland_forest",
        "premontane_forest",
        "premontane_forest",
        "lower_montane_forest",
        "lower_montane_forest",
        "cloud_forest",
        "cloud_forest",
        "upper_montane_forest",
        "upper_montane_forest",
        "paramo",
        "paramo",
        "rock_ice",
    ]


def test_temperature_falls_with_height():
    assert temperature_at(0.0) == pytest.approx(26.4)
    # float32 holds these temperatures to 1e-6
    assert temperature_at(600.0) - temperature_at(1600.0) == pytest.approx(5.2, abs=3e-6)


def test_isotherms_climb_by_warming_over_lapse():
    land = slope_land()
    after = edits.Warm(degrees_c=2.1)(land)
    rise = 2.1 / LAPSE_C_PER_M
    assert isotherm_climb_m(2.1, LAPSE_C_PER_M) == pytest.approx(rise)
    for isotherm in (8.0, 15.0, 20.0):
        before_z, after_z = (
            np.interp(
                -isotherm,
                -grid["temperature_c"][:, 0].astype(float),
                grid["elevation_m"][:, 0].astype(float),
            )
            for grid in (land, after)
        )
        # float32 rounds a temperature to 1e-6 degC, which is 2e-4 m of height, twice
        assert after_z - before_z == pytest.approx(rise, abs=1e-3)


@pytest.mark.parametrize("rate", [0.2, 0.35, 0.5])
def test_ecotones_climb_by_rate_times_years(rate):
    land = slope_land(2900, 3500, 60001)  # 1 cm of height a row
    after = edits.Warm(ssp="SSP5-8.5", year=2090, ecotone_m_per_year=rate)(land)
    for zone, limit in (("upper_montane_forest", 3000.0), ("paramo", 3400.0)):
        rows = np.flatnonzero(after["land_cover"][:, 0] == CODE[zone])
        lowest = float(land["elevation_m"][rows[0], 0])
        assert lowest == pytest.approx(limit + rate * 85, abs=0.011)


def test_years_can_be_given_and_degrees_alone_leave_the_ecotones():
    land = slope_land(2900, 3500, 601)
    np.testing.assert_array_equal(edits.Warm(degrees_c=3)(land)["land_cover"], land["land_cover"])
    assert edits.Warm(degrees_c=3.0, years=100.0, ecotone_m_per_year=0.5).climb_m(HERE) == 50.0
    assert edits.Warm(ssp="SSP2-4.5", year=2050).climb_m(HERE) == pytest.approx(0.35 * 45)
    after = edits.Warm(degrees_c=3, years=100, ecotone_m_per_year=0.5)(land)
    assert (after["land_cover"] != land["land_cover"]).any()


def test_only_natural_zones_give_way():
    keys = [k for k in CODE if k not in ("rock_ice",)]
    z = np.full((1, len(keys)), 3401.0, np.float32)
    cover = np.array([[CODE[k] for k in keys]], np.uint8)
    after = climbed_zones(cover, z, 10.0, HERE, COVER_TABLE)
    changed = {k for k, a, b in zip(keys, cover[0], after[0], strict=True) if a != b}
    assert changed == {
        "premontane_forest",
        "lower_montane_forest",
        "cloud_forest",
        "upper_montane_forest",
        "paramo",
    }
    assert after[0][keys.index("paramo")] == CODE["upper_montane_forest"]
    # a treeline below its usual height climbs along, one zone at a time
    assert after[0][keys.index("upper_montane_forest")] == CODE["cloud_forest"]


def test_warming_leaves_its_input_and_other_layers():
    land = slope_land(rows=47)
    before = {name: values.copy() for name, values in land.layers.items()}
    after = edits.Warm(ssp="SSP2-4.5", year=2050)(land)
    for name, values in before.items():
        np.testing.assert_array_equal(land[name], values)
        if name not in ("temperature_c", "land_cover", "lift_thermal_ms"):
            np.testing.assert_array_equal(after[name], values)
    assert after["temperature_c"].dtype == np.float32
    assert "1.30 °C (SSP2-4.5 in 2050): isotherms 250 m higher, ecotones 16 m" in after.edits[0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "give either degrees_c or ssp"),
        ({"degrees_c": 1, "ssp": "SSP2-4.5", "year": 2050}, "not both"),
        ({"ssp": "SSP2-4.5"}, r"warm\.year: pathway 'SSP2-4.5' needs a year"),
        ({"degrees_c": 1, "year": 2050}, "year goes with ssp"),
        ({"degrees_c": -1}, r"warm\.degrees_c: -1 .*0 to 10 degC"),
        ({"ssp": "SSP9", "year": 2050}, "unknown pathway 'SSP9'"),
        ({"ssp": "SSP2-4.5", "year": 2050.5}, "a whole number 1850 to 2300"),
        ({"ssp": "SSP2-4.5", "year": 2050, "spread": "middle"}, r"warm\.spread"),
        ({"degrees_c": 1, "ecotone_m_per_year": 99}, "0 to 20 m year-1"),
    ],
)
def test_bad_input_is_named(options, message):
    with pytest.raises(ScenarioError, match=message):
        edits.Warm(**options)(uniform(5, 5))
