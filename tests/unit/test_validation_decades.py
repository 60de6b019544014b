"""Every count of numbers and kin, on animals whose answer is known beforehand."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

from corridor_sim.simulation.decades.individuals import JUVENILE
from corridor_sim.species.demography import growth_rate, leslie_matrix, vital_rates
from corridor_sim.validation import numbers_and_kin as lives
from corridor_sim.validation.runs import DecadesRun
from oracles.andes_covers import COVERS
from oracles.field_records import SIDE, book, lived, pattern, residents


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
    one.land.layers.update(elevation_m=z, slope_deg=slope)
    row, col = np.nonzero(z > 1000)
    places = np.column_stack([col + 0.5, row + 0.5, np.zeros(row.size)]).astype(np.float32)
    one.result.places[0] = places
    layers = ["elevation_m", "slope_deg"]
    small = one.species.movement.female.resident.model_copy(
        update={"home_range_km2": SimpleNamespace(value=0.1)}
    )
    female = one.species.movement.female.model_copy(update={"resident": small})
    move = one.species.movement.model_copy(update={"female": female})
    one = DecadesRun(
        one.species.model_copy(update={"movement": move}),
        one.land,
        one.habitat,
        one.result,
        one.individuals,
    )
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
    animals = residents(*rng.uniform(-1e4, 1e4, (2, 20_000)))
    one = lived(animals=animals)
    r = lives.range_radius_m(one, "female") / 1000
    animals.centre_x[:], animals.centre_y[:] = rng.uniform(0, 60 * r, (2, 20_000))
    found = lives.overlap(one, pattern(sexes=["female", "female"]))
    assert found == pytest.approx(0.25, abs=0.005)
    two = residents([0.0, 0.0], [0.0, r])
    assert lives.overlap(lived(animals=two), pattern(sexes=["female", "female"])) == pytest.approx(
        (2 * math.pi / 3 - math.sqrt(3) / 2) / math.pi
    )
    assert math.isnan(lives.overlap(lived(animals=two), pattern(sexes=["male", "female"])))


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
    animals = residents(x, np.zeros(5), mother=[0, 0, 0, 0, -1])
    one = lived(animals=animals)
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
    animals = residents(np.zeros(2 * per), np.zeros(2 * per), row=np.arange(4, 4 + 2 * per))
    pedigree = book(mother=ids, father=fathers, zone=zone, male=male, birth_year=(ids >= 0) * 1.0)
    one = lived(pedigree=pedigree, animals=animals, zone=zones)
    # within: one sampled copy against the others of the area; the mate copy of an animal is apart
    alike = 0.25 * (1 - 1 / (2 * per - 1))
    assert lives.fst(one, pattern(least=10)) == pytest.approx(alike, abs=0.03)
    animals.stage[:per] = JUVENILE
    assert math.isnan(lives.fst(one, pattern(least=10)))  # one area left
    strangers = book(mother=[-1] * founders, zone=np.repeat([1, 2], per), male=[False] * founders)
    loose = residents(np.zeros(founders), np.zeros(founders), row=np.arange(founders))
    one = lived(pedigree=strangers, animals=loose, zone=zones)
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
    animals = residents(np.zeros(6), np.zeros(6), age=[0, 1, 6, 7, 8, 30])
    one = lived(animals=animals, species="andean_condor")
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
    animals = residents(
        [0.5, 10.5, 0.5, 10.5, 5.5], [0.5, 0.5, 10.5, 10.5, 5.5], age=[1, 2, 3, 4, 0]
    )
    one = DecadesRun(here.species, at, here.habitat, here.result, animals)
    assert lives.hull_density(one, pattern(least_age=1)) == pytest.approx(100 * 4 / 100)
    ring = [[-79.0, -3.4], [-78.0, -3.4], [-78.0, -4.2], [-79.0, -4.2]]
    assert lives.numbers_inside(one, pattern(least_age=1, ring=ring)) == 4
    peru = replace(at, grid=replace(grid, west_m=x, north_m=y - 300_000))
    abroad = DecadesRun(here.species, peru, here.habitat, here.result, animals)
    assert math.isnan(lives.hull_density(abroad, pattern(least_age=1)))
