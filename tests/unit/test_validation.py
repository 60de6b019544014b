"""The table of patterns, and every count of it on animals whose answer is known beforehand."""

from __future__ import annotations

import csv
import json
import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from corridor_sim import cli
from corridor_sim.engine.life.census import COLUMNS
from corridor_sim.engine.life.herd import JUVENILE, empty_herd
from corridor_sim.errors import ScenarioError
from corridor_sim.landscape.covers import COVERS
from corridor_sim.landscape.layers import LAYERS
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.metrics.statistics import Interval
from corridor_sim.species.demography import growth_rate, leslie_matrix, vital_rates
from corridor_sim.species.reader import load_species, species_keys
from corridor_sim.validation import numbers_and_kin as lives
from corridor_sim.validation import trial as trials
from corridor_sim.validation import ways
from corridor_sim.validation.measures import MEASURES
from corridor_sim.validation.patterns import TABLE, Pattern, choose, load_patterns
from corridor_sim.validation.trial import Lived, Trial, Walked
from corridor_sim.validation.verdicts import (
    COLUMNS as WRITTEN,
)
from corridor_sim.validation.verdicts import (
    Verdict,
    judge,
    shown_range,
    tally,
    write_verdicts,
)

SIDE = 40
# the published numbers once more, from their sources: a target that moves fails here
PUBLISHED = {
    "J6a": (0.1, 4.4), "J6b": (5, 18), "J8": (None, 0.03), "B4": (3, 17), "B6": (None, 0.1),
    "T2a": (10, 25), "T3a": (0.36, 0.61), "C5b": (28, 45), "C5c": (0.65, 0.79),
    "C6a": (0.014, 0.024), "C6b": (1.01, 1.02), "L1a": (22.4, 24.4), "L1b": (4.8, 6.8),
    "L2": (0.43, 0.49), "B1a": (184, 242), "B1b": (16, 143), "J2": (1.5, 2.5), "B3": (3, 6),
    "C1a": (0.005, 0.02), "J1": (5, 10), "T1a": (2.5, 8.8), "C4": (500, 600),
}  # fmt: skip


def pattern(**given: Any) -> Pattern:
    return Pattern(id="X1", what="w", unit="1", target="t", low=0, high=1, rests_on="emergence",
                   source="s", definition="d", measure="density", given=given)  # fmt: skip


def lived(
    *,
    places: Any = (),
    suitability: Any = 1.0,
    zone: Any = 1,
    herd: Any = None,
    pedigree: Any = None,
    species: str = "jaguar",
    events: Any = None,
    years: int = 10,
    burn_in_y: int = 0,
    **layers: Any,
) -> Lived:
    """Return a life on 40 x 40 cells of 1 km; ``places`` are (col, row, stage) at one census."""
    shape = (SIDE, SIDE)
    zones = np.broadcast_to(np.int16(zone), shape).astype(np.int16)
    land = uniform(SIDE, SIDE, protected=zones, **layers)
    yearly = np.zeros((years + 1, len(COLUMNS)))
    names = [c.name for c in COLUMNS]
    for name, value in (events or {}).items():
        yearly[:, names.index(name)] = value
    here = SimpleNamespace(
        suitability=np.broadcast_to(np.float32(suitability), shape),
        fields=SimpleNamespace(zone=zones),
        stream=7,
    )
    result: Any = SimpleNamespace(
        places={0: np.array(places, np.float32).reshape(-1, 3)},
        pedigree=pedigree, yearly=yearly, burn_in_y=burn_in_y,
    )  # fmt: skip
    ground: Any = SimpleNamespace(here=here, enough=0.5)
    return Lived(load_species(species), land, ground, result, herd or empty_herd())


def book(**columns: Any) -> dict[str, Any]:
    n = len(columns["mother"])
    base = {
        "mother": np.full(n, -1), "father": np.full(n, -1), "male": np.zeros(n, bool),
        "birth_year": np.zeros(n), "death_year": np.full(n, np.nan), "birth_x": np.full(n, 0.5),
        "birth_y": np.full(n, 0.5), "x": np.full(n, 0.5), "y": np.full(n, 0.5),
        "birth_zone": np.ones(n), "zone": np.ones(n), "ident": np.arange(n),
    }  # fmt: skip
    return {**base, **{name: np.asarray(values) for name, values in columns.items()}}


def residents(x: Any, y: Any, *, male: Any = False, **columns: Any) -> Any:
    herd = empty_herd(len(x))
    herd.centre_x[:], herd.centre_y[:], herd.male[:] = x, y, male
    for name, values in columns.items():
        getattr(herd, name)[:] = values
    return herd


# ------------------------------------------------------------------- the table


def test_every_row_can_be_measured():
    patterns = load_patterns()
    for p in patterns:
        assert p.measure in MEASURES, p.id
        assert p.species in ("", *species_keys()), p.id
        assert p.source
        assert p.definition
        for key in ("covers", "over", "under"):
            assert set(p.given.get(key, [])) <= set(COVERS), p.id
        assert {*p.given.get("layers", []), p.given.get("layer", "slope_deg")} <= set(LAYERS), p.id
    assert {p.measure for p in patterns} == set(MEASURES)


def test_the_patterns_that_decades_and_landscapes_touch_are_there():
    wanted = {"J6", "J7", "J8", "B4", "B6", "T2", "T5", "C5", "C6", "L1", "L2"}
    assert wanted <= {p.group for p in load_patterns()}


def test_targets_are_the_published_ones():
    found = {p.id: (p.low, p.high) for p in load_patterns()}
    assert {name: found[name] for name in PUBLISHED} == PUBLISHED


def test_a_value_on_the_edge_holds_and_none_does_not():
    p = pattern()
    assert p.holds(0.0)
    assert p.holds(1.0)
    assert not p.holds(np.nextafter(1.0, 2.0))
    assert not p.holds(-1e-9)
    assert not p.holds(math.nan)
    below = p.model_copy(update={"low": None})
    assert below.holds(-1e9)
    assert not below.holds(math.nan)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("low = 5\n", "low = 50\n"), "low 50 exceeds high 10"),
        (("low = 5\nhigh = 10\n", ""), "needs low, high or both"),
        (('id = "J2"', 'id = "J1"'), "J1 stands twice"),
        (('id = "J2"', 'id = "second"'), "no letter with a number"),
        (("unit =", "units ="), "unknown key"),
        (('rests_on = "parameters"', 'rests_on = "hope"'), "emergence"),
    ],
)
def test_a_bad_table_is_refused(change, message, tmp_path):
    path = tmp_path / "patterns.toml"
    path.write_text(TABLE.read_text(encoding="utf-8").replace(*change, 1), encoding="utf-8")
    with pytest.raises(ScenarioError, match=message):
        load_patterns(path)


def test_patterns_are_chosen_by_name_or_group():
    patterns = load_patterns()
    assert [p.id for p in choose(patterns, "J6, C5a")] == ["J6a", "J6b", "C5a"]
    assert choose(patterns, "") == patterns
    with pytest.raises(ScenarioError, match="J66"):
        choose(patterns, "J66")


# ------------------------------------------------------------------- numbers and kin


def test_density_counts_good_ground_in_core_areas_only():
    zone = np.zeros((SIDE, SIDE), np.int16)
    zone[:, :10] = 1
    suitable = np.full((SIDE, SIDE), 0.4)
    suitable[:20] = 0.6
    inside, bad, outside = [(3.5, 5.5, 0)] * 4, [(3.5, 30.5, 0)] * 8, [(30.5, 5.5, 0)] * 16
    one = lived(places=inside + bad + outside, zone=zone, suitability=suitable)
    assert lives.density(one, pattern()) == pytest.approx(100 * 4 / 200)


def test_remote_over_accessible():
    road = np.zeros((SIDE, SIDE), np.uint8)
    road[:, 0] = 1
    places = [(1.5, 5.5, 0)] * 6 + [(35.5, 5.5, 1)] * 20 + [(15.5, 5.5, 0)] * 99
    one = lived(places=places, road=road)
    given = {"covers": ["premontane_forest"], "remote_m": 30000, "accessible_m": 3000}
    away = one.land["road_distance_m"]
    areas = (away >= 30000).sum(), (away <= 3000).sum()
    assert lives.remote_over_accessible(one, pattern(**given)) == pytest.approx(
        20 / areas[0] / (6 / areas[1])
    )
    none = lived(places=places[6:], road=road)
    assert math.isnan(lives.remote_over_accessible(none, pattern(**given)))


def test_cover_ratio_takes_the_range_in_core_areas():
    cover = np.full((SIDE, SIDE), COVERS["cloud_forest"].code, np.uint8)
    cover[20:] = COVERS["paramo"].code
    zone = np.zeros((SIDE, SIDE), np.int16)
    zone[:, :20] = 1
    suitable = np.full((SIDE, SIDE), 0.1)
    suitable[30:] = 0
    places = [(5.5, 5.5, 0)] * 12 + [(5.5, 25.5, 0)] * 3 + [(35.5, 25.5, 0)] * 50
    one = lived(places=places, zone=zone, suitability=suitable, land_cover=cover)
    found = lives.cover_ratio(one, pattern(over=["cloud_forest"], under=["paramo"]))
    assert found == pytest.approx((12 / 400) / (3 / 200))


def test_occupancy_is_the_share_within_reach_of_a_resident():
    place = [(20.5, 20.5, 0), (5.5, 5.5, 1)]
    one = lived(places=place, species="mountain_tapir")
    reach = math.sqrt(5.7 / math.pi)
    near = sum(
        math.hypot(i, j) <= reach for i in range(-3, 4) for j in range(-3, 4)
    )  # the searching one occupies nothing
    survey = pattern(core_area="Core 1", low_m=0, high_m=1000)
    assert lives.occupancy(one, survey) == pytest.approx(near / SIDE**2)
    nowhere = pattern(low_m=600, layer="slope_deg", layers=["slope_deg"])
    assert math.isnan(lives.occupancy(one, nowhere))
    assert math.isnan(lives.effect_on_occupancy(one, nowhere))
    flat = pattern(layer="slope_deg", layers=["slope_deg"])
    assert math.isnan(lives.effect_on_occupancy(one, flat))


def test_effects_on_occupancy_are_partial():
    """Slope is tied to height; animals follow height alone, and only its effect is found."""
    rng = np.random.default_rng(3)
    z = rng.normal(1000, 100, (SIDE, SIDE)).astype(np.float32)
    one = lived(species="mountain_tapir")
    slope = (z / 100 + rng.normal(0, 1, z.shape)).astype(np.float32)
    one.land.layers.update(elevation_m=z, slope_deg=slope)  # type: ignore[attr-defined]
    row, col = np.nonzero(z > 1000)
    places = np.column_stack([col + 0.5, row + 0.5, np.zeros(row.size)]).astype(np.float32)
    one.result.places[0] = places  # type: ignore[index]
    layers = ["elevation_m", "slope_deg"]
    small = one.species.movement.female.resident.model_copy(
        update={"home_range_km2": SimpleNamespace(value=0.1)}
    )
    female = one.species.movement.female.model_copy(update={"resident": small})
    move = one.species.movement.model_copy(update={"female": female})
    one = Lived(one.species.model_copy(update={"movement": move}), one.land, one.ground,
                one.result, one.herd)  # fmt: skip
    height, steep = (
        lives.effect_on_occupancy(one, pattern(layer=layer, layers=layers)) for layer in layers
    )
    # E[sign(z) z] / 2 = 1 / sqrt(2 pi) for a normal height; errors of least squares 0.4 / sqrt(n)
    assert height == pytest.approx(1 / math.sqrt(2 * math.pi), abs=4.5 * 0.6 / SIDE)
    assert abs(steep) < 4.5 * 0.6 / SIDE


def test_area_shared_by_circles():
    d = np.array([0.0, 1.0, 2.0, 3.0, 3.5])
    found = lives.lens_area(d, 1.0, 2.0)
    assert found[:2] == pytest.approx([math.pi, math.pi])
    # radii 1 and 2 at distance 2, by the textbook formula written out
    whole = math.acos(0.25) + 4 * math.acos(7 / 8) - math.sqrt(15) / 2
    assert found[2] == pytest.approx(whole)
    assert found[3:] == pytest.approx([0, 0])
    equal = lives.lens_area(np.array([1.0]), 1.0, 1.0)
    assert equal[0] == pytest.approx(2 * math.pi / 3 - math.sqrt(3) / 2)


def test_overlap_of_ranges_strewn_at_random_is_a_quarter():
    """Over all distances the shared area integrates to A^2: A / (pi (2 r)^2) = 1/4 of a range."""
    rng = np.random.default_rng(1)
    herd = residents(*rng.uniform(-1e4, 1e4, (2, 20_000)))
    one = lived(herd=herd)
    r = lives.range_radius_m(one, "female") / 1000
    herd.centre_x[:], herd.centre_y[:] = rng.uniform(0, 60 * r, (2, 20_000))
    found = lives.overlap(one, pattern(sexes=["female", "female"]))
    assert found == pytest.approx(0.25, abs=0.005)
    two = residents([0.0, 0.0], [0.0, r])
    assert lives.overlap(lived(herd=two), pattern(sexes=["female", "female"])) == pytest.approx(
        (2 * math.pi / 3 - math.sqrt(3) / 2) / math.pi
    )
    assert math.isnan(lives.overlap(lived(herd=two), pattern(sexes=["male", "female"])))


def test_cubs_are_those_of_females_that_lived_through_their_breeding_years():
    done = 13  # breeding years 3 to 12
    mothers = [-1, 0, 0, 0, *[1] * 7, *[2] * 3, *[3] * 9]
    n = len(mothers)
    birth, death = np.full(n, 20.0), np.full(n, np.nan)
    birth[:4] = 0.0, 1.0, 1.0, 1.0
    death[:4] = 40.0, 1.0 + done, 0.5 + done, 40.0
    male = np.zeros(n, bool)
    pedigree = book(mother=mothers, birth_year=birth, death_year=death, male=male)
    one = lived(pedigree=pedigree, burn_in_y=10, years=20)
    # the founder does not count, the second died half a year too early; her sister lived on
    assert lives.cubs_of_long_lived(one, pattern()) == pytest.approx((7 + 9) / 2)
    late = lived(pedigree=pedigree, burn_in_y=20, years=10)
    assert math.isnan(lives.cubs_of_long_lived(late, pattern()))


def test_who_stayed_and_who_left():
    wide = 2 * math.sqrt(80 / math.pi)
    x = np.array([0.0, wide - 0.01, wide + 0.01, 100.0, 0.0])
    herd = residents(x, np.zeros(5), mother=[0, 0, 0, 0, -1])
    one = lived(herd=herd)
    assert lives.stayed_in_natal_range(one, pattern(sex="female")) == 0.5
    assert lives.left_natal_range(one, pattern(sex="female")) == 0.5
    assert math.isnan(lives.left_natal_range(one, pattern(sex="male")))


def test_fst_of_founders_is_none_and_of_families_what_kinship_says():
    """Two areas of full sibs: copies of two sibs are alike with 1/4, of two areas never."""
    per = 30
    founders = 2 * per
    ids = np.concatenate([np.full(4, -1), np.zeros(per), np.full(per, 2)]).astype(int)
    fathers = np.where(ids >= 0, ids + 1, -1)
    zone = np.array([1, 1, 2, 2, *[1] * per, *[2] * per])
    male = np.arange(ids.size) % 2 == 1
    zones = np.ones((SIDE, SIDE), np.int16)
    zones[20:] = 2
    herd = residents(np.zeros(2 * per), np.zeros(2 * per), row=np.arange(4, 4 + 2 * per))
    pedigree = book(mother=ids, father=fathers, zone=zone, male=male, birth_year=(ids >= 0) * 1.0)
    one = lived(pedigree=pedigree, herd=herd, zone=zones)
    # within: one sampled copy against the others of the area; the mate copy of an animal is apart
    alike = 0.25 * (1 - 1 / (2 * per - 1))
    assert lives.fst(one, pattern(least=10)) == pytest.approx(alike, abs=0.03)
    herd.stage[:per] = JUVENILE
    assert math.isnan(lives.fst(one, pattern(least=10)))  # one area left
    strangers = book(mother=[-1] * founders, zone=np.repeat([1, 2], per), male=[False] * founders)
    loose = residents(np.zeros(founders), np.zeros(founders), row=np.arange(founders))
    one = lived(pedigree=strangers, herd=loose, zone=zones)
    assert lives.fst(one, pattern(least=10)) == pytest.approx(0.0, abs=1e-9)


def test_exchange_counts_breeders_born_on_the_other_side():
    one = lived()
    grid = one.land.grid
    from pyproj import Transformer

    back = Transformer.from_crs(grid.crs, "EPSG:4326", always_xy=True)
    x, y = grid.to_metres(np.array([-1.0, 41.0, 41.0, -1.0]), np.array([20.0, 20.0, 41.0, 41.0]))
    ring = [list(p) for p in zip(*back.transform(x, y), strict=True)]
    # founder; crossed and bred; crossed, no young; stayed and bred; crossed, founder, bred; young
    pedigree = book(
        mother=[-1, 0, 0, 0, -1, 1, 3],
        father=[-1, 4, 4, 4, -1, 4, 4],
        birth_y=[5, 5, 5, 5, 5, 30, 5],
        y=[5, 30, 30, 5, 30, 30, 5],
    )
    one = lived(pedigree=pedigree, burn_in_y=10, years=20)
    rates = vital_rates(one.species.life_cycle)
    from corridor_sim.species.demography import generation_y

    assert lives.exchange_across(one, pattern(ring=ring)) == pytest.approx(generation_y(rates) / 30)


def test_adults_among_the_flying():
    herd = residents(np.zeros(6), np.zeros(6), age=[0, 1, 6, 7, 8, 30])
    one = lived(herd=herd, species="andean_condor")
    assert lives.adult_share(one, pattern(least_age=1, adult_age=7)) == pytest.approx(3 / 5)


def test_killing_lowers_the_growth_rate_by_its_share():
    events = {"animals": 100, "deaths_poison": 1.5, "deaths_hunting": 0.5, "deaths_natural": 9}
    one = lived(events=events, species="andean_condor")
    assert lives.killed_per_year(one, pattern()) == pytest.approx(0.02)
    matrix = leslie_matrix(vital_rates(one.species.life_cycle))
    survivors = matrix * 0.98
    found = lives.growth_with_killing(one, pattern())
    assert found == pytest.approx(growth_rate(survivors), rel=1e-12)
    assert found < growth_rate(matrix)


def test_a_hull_counts_ecuador_only():
    lon, lat = -78.9, -3.5
    from pyproj import Transformer

    x, y = Transformer.from_crs("EPSG:4326", "EPSG:32717", always_xy=True).transform(lon, lat)
    here = lived(species="andean_condor")
    grid = here.land.grid
    from dataclasses import replace

    at = replace(here.land, grid=replace(grid, west_m=x, north_m=y))
    herd = residents([0.5, 10.5, 0.5, 10.5, 5.5], [0.5, 0.5, 10.5, 10.5, 5.5], age=[1, 2, 3, 4, 0])
    one = Lived(here.species, at, here.ground, here.result, herd)
    assert lives.hull_density(one, pattern(least_age=1)) == pytest.approx(100 * 4 / 100)
    ring = [[-79.0, -3.4], [-78.0, -3.4], [-78.0, -4.2], [-79.0, -4.2]]
    assert lives.numbers_inside(one, pattern(least_age=1, ring=ring)) == 4
    peru = replace(at, grid=replace(grid, west_m=x, north_m=y - 300_000))
    abroad = Lived(here.species, peru, here.ground, here.result, herd)
    assert math.isnan(lives.hull_density(abroad, pattern(least_age=1)))


# ------------------------------------------------------------------- ways


def walked(x: Any, y: Any, *, way_m: Any = None, male: Any = False, species: str = "jaguar",
           **more: Any) -> Walked:  # fmt: skip
    x, y = np.asarray(x, float), np.asarray(y, float)
    steps, n = x.shape[0] - 1, x.shape[1]
    one = load_species(species)
    soar = one.movement
    here: Any = SimpleNamespace(
        species=one, params=SimpleNamespace(steps_per_day=soar.steps_per_day)
    )
    flat = np.zeros((steps, n))
    return Walked(
        land=more.pop("land", uniform(SIDE, SIDE)), here=here,
        male=np.broadcast_to(male, n).astype(bool), x=x, y=y,
        way_m=flat + 1.0 if way_m is None else np.asarray(way_m, float),
        flapped_m=more.pop("flapped_m", flat), takeoffs=more.pop("takeoffs", flat),
    )  # fmt: skip


@pytest.fixture(scope="module")
def ranging() -> Walked:
    """Return exact Ornstein-Uhlenbeck ranges: sigma 2 and 4 km, tau 2 d, six steps a day."""
    rng = np.random.default_rng(5)
    n, steps = 600, 180 * 6
    male = np.arange(n) % 2 == 1
    sigma, a = np.where(male, 4.0, 2.0), math.exp(-1 / 12)
    at = rng.normal(size=(2, n)) * sigma
    track = [at]
    for _ in range(steps):
        at = a * at + math.sqrt(1 - a * a) * sigma * rng.normal(size=(2, n))
        track.append(at)
    x, y = np.moveaxis(np.array(track), 1, 0)
    return walked(x, y, male=male)


def test_ranges(ranging):
    # T = 180 d of tau = 2 d: the variance about the mean of the track is short by 2 tau / T
    short = 1 - 2 * 2 / 180
    female = 5.991 * math.pi * 4 * short
    assert ways.range_km2(ranging, pattern(sex="female")) == pytest.approx(female, rel=0.03)
    assert ways.range_ratio(ranging, pattern()) == pytest.approx(4.0, rel=0.04)
    everyone = ways.range_km2(ranging, pattern())
    assert everyone == pytest.approx(2.5 * female, rel=0.03)


def test_the_plateau_is_reached_after_three_crossing_times(ranging):
    found = ways.plateau_d(ranging, pattern(share=0.95, from_d=30, until_d=60))
    # 1 - exp(-t / tau) = 0.95 at 3 tau = 6 d; an error of 1 % in the curve moves it by tau / 5
    assert found == pytest.approx(6.0, abs=1.0)


def test_displacement_from_day_to_day(ranging):
    spread = np.array([2.0, 4.0]) * math.sqrt(2 * (1 - math.exp(-0.5)))
    rayleigh = float(spread.mean()) * math.sqrt(math.pi / 2)
    assert ways.daily_displacement_km(ranging, pattern()) == pytest.approx(rayleigh, rel=0.01)


def test_share_above_a_height():
    z = np.full((SIDE, SIDE), 1000, np.float32)
    z[:, 20:] = 2100
    x = np.array([[5.5], [5.5], [25.5], [5.5], [5.5]])
    one = walked(x, np.full_like(x, 3.5), land=uniform(SIDE, SIDE, elevation_m=z))
    assert ways.share_above(one, pattern(height_m=2000)) == 0.25
    assert ways.share_above(one, pattern(height_m=2100)) == 0.0


def test_ways_by_the_hour():
    """Steps of 4 h, three by day: way goes to the hours of a step by the species' rhythm."""
    way = np.tile(np.array([[1.0], [2.0], [9.0], [9.0], [2.0], [1.0]]), (3, 1))
    zero = np.zeros((19, 1))
    one = walked(zero, zero, way_m=way)
    by_hour = ways.way_by_hour(one)
    assert by_hour.sum() == pytest.approx(1.0)
    assert by_hour[8:12].sum() == pytest.approx(9 / 24)
    rhythm = np.array(one.here.species.movement.activity)
    dawn, dusk = rhythm[6:8].sum() / rhythm[4:8].sum(), rhythm[16:18].sum() / rhythm[16:20].sum()
    day = 18 + 2 * dawn + 2 * dusk
    assert ways.day_over_night(one, pattern()) == pytest.approx(day / (24 - day))
    assert ways.share_of_way(one, pattern(hours=[8, 9, 10, 11])) == pytest.approx(9 / 24)


def test_the_days_of_a_soarer():
    """Eleven hourly steps from 7 h; two birds, one of which stays at home on the second day."""
    way = np.zeros((22, 2))
    way[3:6] = 10_000.0  # 10 to 13 h
    way[10] = 50_000.0  # back to the roost at 17 h
    way[14, 0] = 20_000.0
    z = np.full((SIDE, SIDE), 3000, np.float32)
    z[:, 20:] = 3500
    x = np.full((23, 2), 5.5)
    x[4:7] = 25.5
    x[1] = 25.5  # carried off at dawn without a way of its own: neither foraging nor roost
    flapped, takeoffs = np.zeros((22, 2)), np.zeros((22, 2))
    flapped[3, 0], takeoffs[3] = 1200.0, 2
    one = walked(x, np.full_like(x, 3.5), way_m=way, species="andean_condor", flapped_m=flapped,
                 takeoffs=takeoffs, land=uniform(SIDE, SIDE, elevation_m=z))  # fmt: skip
    soar = one.here.species.soaring
    assert ways.flight_h(one, pattern()) == pytest.approx(9 / 4)
    assert ways.longest_day_km(one, pattern()) == pytest.approx(80.0)
    assert ways.longest_hour(one, pattern()) == 17.5
    takeoff, wing = 4 * soar.takeoff_flap_s.value, 1200 / soar.airspeed_ms.value
    assert ways.flapping_share(one, pattern()) == pytest.approx((takeoff + wing) / (9 * 3600))
    assert ways.takeoff_share(one, pattern()) == pytest.approx(takeoff / (takeoff + wing))
    hours = pattern(hours=[10, 11, 12, 13, 14, 15])
    # six bird-hours at 3500 m, one at 3000 m; every night at 3000 m
    assert ways.foraging_above_roost_m(one, hours) == pytest.approx(500 * 6 / 7)


# ------------------------------------------------------------------- runs and the files written


def test_followed_animals_do_not_depend_on_what_else_is_asked(monkeypatch):
    land = uniform(SIDE, SIDE)
    monkeypatch.setattr(trials, "load_landscape", lambda **_: land)
    monkeypatch.setattr(trials, "FOLLOWED", 20)
    monkeypatch.setattr(trials, "FOLLOWED_D", 6)
    said: list[str] = []
    trial = Trial(replicates=2, say=said.append)
    first, second = trial.walked("jaguar")
    assert first.x.shape[0] == 6 * 6 + 1
    assert first.way_m.shape == (36, first.male.size)
    assert not np.array_equal(first.x, second.x)
    assert trial.walked("jaguar")[0] is first
    again = Trial(replicates=1, say=said.append).walked("jaguar")[0]
    assert np.array_equal(first.x, again.x)
    assert (first.way_m > 0).mean() > 0.5


def test_decades_are_shared_by_patterns_and_repeat(monkeypatch):
    zone = np.ones((SIDE, SIDE), np.int16)
    land = uniform(SIDE, SIDE, protected=zone)
    monkeypatch.setattr(trials, "load_landscape", lambda **_: land)
    trial = Trial(replicates=1, years=3, say=lambda _: None)
    one = trial.lived("jaguar")[0]
    assert trial.lived("jaguar")[0] is one
    assert set(one.result.places) == {0, 3}
    assert (one.herd.stage != JUVENILE).sum() == one.result.yearly[-1, 1]
    found = {p.id: v for p in choose(load_patterns(), "J6a")
             for v in MEASURES[p.measure](trial, p)}  # fmt: skip
    counted = [len(p) for p in one.result.places.values()]
    assert found["J6a"] == pytest.approx(100 * np.mean(counted) / SIDE**2)
    again = Trial(replicates=1, years=3, say=lambda _: None).lived("jaguar")[0]
    assert np.array_equal(one.result.yearly, again.result.yearly, equal_nan=True)


def test_what_cannot_be_measured_fails_and_says_why(monkeypatch):
    monkeypatch.setattr(trials, "load_landscape", lambda **_: uniform(9, 9, elevation_m=3000.0))
    (found,) = judge(Trial(say=lambda _: None), choose(load_patterns(), "L1a"))
    assert not found.passed
    assert found.word == "no value"
    assert "600 m" in found.note


def test_the_files_hold_every_row(tmp_path):
    patterns = load_patterns()
    verdicts = [
        Verdict(patterns[0], Interval(6.0, 5.5, 6.5, 5)),
        Verdict(patterns[1], Interval(9.0, math.nan, math.nan, 1)),
        Verdict(patterns[-1], Interval(math.nan, math.nan, math.nan, 0), "no ground"),
    ]
    files = write_verdicts(verdicts, {"seed": 1}, tmp_path / "out")
    assert [f.name for f in files] == ["validation.csv", "validation.json", "validation.md"]
    with files[0].open(encoding="utf-8", newline="") as sheet:
        rows = list(csv.DictReader(sheet))
    assert tuple(rows[0]) == WRITTEN
    assert [r["passed"] for r in rows] == ["True", "False", "False"]
    assert float(rows[0]["model_low"]) == 5.5
    assert rows[1]["model_low"] == rows[2]["model"] == ""
    whole = json.loads(files[1].read_text(encoding="utf-8"))
    assert whole["settings"] == {"seed": 1}
    assert whole["patterns"][2]["note"] == "no ground"
    page = files[2].read_text(encoding="utf-8")
    assert tally(verdicts) in page
    assert "1 of 3 pass; J2, L2 do not" in page
    for v in verdicts:
        assert f"| {v.pattern.id} |" in page
        assert v.pattern.source in page


def test_ranges_in_signs():
    p = pattern()
    assert shown_range(p.low, p.high) == "0 to 1"
    assert shown_range(None, 0.03) == "≤ 0.03"
    assert shown_range(0.7, None) == "≥ 0.7"
    assert shown_range(0, 0) == "0"


@pytest.mark.parametrize(("strict", "cold"), [(False, True), (True, False)])
def test_the_command(strict, cold, monkeypatch, tmp_path, capsys):
    """A slope from 0 to 5000 m at 26.4 - 5.2 z meets L1; a colder world does not, told anyhow."""
    z = np.broadcast_to(np.linspace(0, 5000, 200, dtype=np.float32), (5, 200)).copy()
    t = (26.4 - 0.0052 * z - (9 if cold else 0)).astype(np.float32)
    land = uniform(5, 200, elevation_m=z, temperature_c=t)
    monkeypatch.setattr(trials, "load_landscape", lambda **_: land)
    words = ["validate", "--patterns", "L1", "--out", str(tmp_path)]
    assert cli.main([*words, *(["--strict"] if strict else [])]) == 0
    told = capsys.readouterr().out
    assert ("0 of 2 pass" if cold else "2 of 2 pass") in told
    if cold:
        with pytest.raises(SystemExit) as gone:
            cli.main([*words, "--strict", "--quiet"])
        assert gone.value.code == 1
        assert capsys.readouterr().out == ""


def test_an_unknown_pattern_is_refused_before_any_work(tmp_path, capsys):
    assert cli.main(["validate", "--patterns", "J99", "--out", str(tmp_path / "no")]) == 2
    assert "J99" in capsys.readouterr().err
    assert not (tmp_path / "no").exists()
