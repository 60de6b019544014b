"""The catalog's numbers against the literature.

Expected numbers are written out by hand from the cited literature, not read from the files.
"""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pytest

from corridor_sim import load_species, species_keys
from corridor_sim.species.follows import free_displacement_m
from corridor_sim.species.reader import describe_species
from corridor_sim.species.sheet import species_document
from corridor_sim.species.traits import Dispersing
from oracles.andes_covers import COVERS

KEYS = ["andean_bear", "andean_condor", "jaguar", "mountain_tapir"]
BARRIERS = ("road_primary", "road_secondary", "river_50_300m", "river_over_300m", "settlement")
DOCUMENT = Path(__file__).parents[2] / "docs" / "species.md"


def test_the_catalog_holds_the_four_species(catalog):
    assert species_keys() == KEYS
    assert [s.key for s in catalog.values()] == KEYS
    assert len({s.colour for s in catalog.values()}) == 4


@pytest.mark.parametrize("key", KEYS)
def test_every_number_has_a_source_and_a_range_that_holds_it(key):
    rows = describe_species(load_species(key))
    traits = [r for r in rows if r.low is not None]
    assert len(traits) >= 40
    for row in traits:
        assert row.low <= row.value <= row.high, row.name
        cited = re.search(r"doi:10\.|\b(19|20)\d\d\b", row.source)
        stated = row.source.startswith(("assumption: ", "assumption within ", "derived: "))
        assert cited or stated, row.name
        if row.source.startswith("assumption: ") and not cited:
            assert row.confidence == 4, row.name


@pytest.mark.parametrize(
    ("key", "sex", "area_km2", "sigma_km", "tau_d"),
    [
        ("jaguar", "female", 80, 2.06, 2.3),
        ("jaguar", "male", 200, 3.26, 2.3),
        ("andean_bear", "female", 50, 1.63, 2.0),
        ("andean_bear", "male", 200, 3.26, 3.0),
        ("mountain_tapir", "female", 5.7, 0.55, 0.4),
        ("mountain_tapir", "male", 5.7, 0.55, 0.4),
        ("andean_condor", "female", 15000, 28.23, None),
        ("andean_condor", "male", 15000, 28.23, None),
    ],
)
def test_home_ranges(catalog, key, sex, area_km2, sigma_km, tau_d):
    resident = getattr(catalog[key].movement, sex).resident
    assert resident.home_range_km2.value == area_km2
    assert resident.sigma_m / 1000 == pytest.approx(sigma_km, abs=0.005)
    if tau_d is None:  # no value is published for the condor, only a plausible range
        assert 3 <= resident.tau_d.value <= 30
    else:
        assert resident.tau_d.value == tau_d


@pytest.mark.parametrize(
    ("key", "shape_f", "shape_m", "kappa_f", "kappa_m"),
    [
        ("jaguar", 0.42, 0.44, 0.16, 0.57),
        ("andean_bear", 0.7, 0.7, 0.25, 0.25),
        ("mountain_tapir", 1.2, 1.2, 0.1, 0.1),
        ("andean_condor", 1.5, 1.5, 1.5, 1.5),
    ],
)
def test_resident_steps(catalog, key, shape_f, shape_m, kappa_f, kappa_m):
    female, male = catalog[key].movement.female.resident, catalog[key].movement.male.resident
    assert (female.step_shape.value, male.step_shape.value) == (shape_f, shape_m)
    assert (female.turning_kappa.value, male.turning_kappa.value) == (kappa_f, kappa_m)


@pytest.mark.parametrize(
    ("key", "survival", "hunting", "density"),
    [
        ("jaguar", 0.92, (0.04, 0.10), 2.0),
        ("andean_bear", 0.95, (0.03, 0.06), 6.0),
        ("mountain_tapir", 0.94, (0.03, 0.06), 17.0),
        ("andean_condor", 0.975, (0.0, 0.0), 0.18),
    ],
)
def test_survival_hunting_density(catalog, key, survival, hunting, density):
    species = catalog[key]
    natural = species.mortality.natural_per_year
    assert natural.value == pytest.approx(
        -math.log(survival), abs=6e-5
    )  # four decimals in the file
    assert hunting[0] <= species.mortality.hunting_outside_per_year.value <= hunting[1]
    assert species.population.density_per_100km2.value == density


def test_poison_takes_nineteen_condors_in_a_thousand(catalog):
    assert -math.expm1(-catalog["andean_condor"].mortality.poison_per_year.value) == pytest.approx(
        0.019, abs=5e-5
    )
    assert all(catalog[k].mortality.poison_per_year.value == 0 for k in KEYS if "condor" not in k)


@pytest.mark.parametrize("key", ["jaguar", "andean_bear", "mountain_tapir"])
def test_ordinary_road_exposure_kills_between_half_and_two_percent_a_year(catalog, key):
    m = catalog[key].mortality
    # 2 % of relocations in primary-road cells, 5 % in secondary-road cells
    rate = 365 * (0.02 * m.road_primary_per_day.value + 0.05 * m.road_secondary_per_day.value)
    assert 0.00499 <= rate <= 0.02


@pytest.mark.parametrize(
    ("key", "died", "days"),
    [("jaguar", 0.30, 180), ("andean_bear", 0.25, 240), ("mountain_tapir", 0.15, 90)],
)
def test_dispersers_die_as_stated_per_event(catalog, key, died, days):
    for sexed in (catalog[key].movement.female, catalog[key].movement.male):
        hazard = sexed.disperser.hazard_per_year.value
        # three decimals in the file: half a unit of the last times the event's length
        assert -math.expm1(-hazard * days / 365.25) == pytest.approx(died, abs=5e-4)


@pytest.mark.parametrize(
    ("key", "at_elevation_m"),
    [
        ("jaguar", {800: 1.0, 1400: 0.5, 2200: 0.1, 2700: 0.02, 3000: 0.0}),
        ("andean_bear", {800: 0.0, 2600: 1.0, 4300: 0.0}),
        ("mountain_tapir", {1600: 0.0, 2800: 1.0, 4300: 0.0}),
    ],
)
def test_thermal_niches_are_the_elevation_curves(catalog, key, at_elevation_m):
    points = catalog[key].habitat.temperature_c.points
    expected = sorted((26.4 - 5.2e-3 * z, s) for z, s in at_elevation_m.items())
    assert np.allclose(points, expected, atol=1e-9)
    assert catalog[key].habitat.elevation_m is None


def test_the_condor_follows_elevation_and_not_temperature(catalog):
    habitat = catalog["andean_condor"].habitat
    assert habitat.temperature_c is None
    assert habitat.elevation_m.points == ((1500, 0), (3800, 1), (5000, 0))


def test_resistances(catalog):
    expected = {  # jaguar, bear, tapir, condor
        "lowland_forest": (1, 25, 60, 15),
        "premontane_forest": (2, 5, 20, 8),
        "lower_montane_forest": (5, 2, 4, 5),
        "cloud_forest": (12, 1, 1, 4),
        "upper_montane_forest": (30, 1, 1, 3),
        "paramo": (60, 2, 2, 1),
        "wetland": (2, 3, 2, 2),
        "water": (3, 8, 5, 1),
        "secondary_forest": (3, 3, 1.5, 4),
        "crop_mosaic": (12, 12, 25, 3),
        "pasture": (20, 15, 25, 1.5),
        "settlement": (100, 100, 100, 30),
        "mine": (60, 60, 80, 10),
        "dry_scrub": (25, 12, 40, 2),
        "rock_ice": (100, 60, 60, 2),
    }
    assert set(expected) == set(COVERS)
    order = ("jaguar", "andean_bear", "mountain_tapir", "andean_condor")
    for cover, values in expected.items():
        found = tuple(catalog[key].habitat.resistance.values[cover] for key in order)
        assert found == values, cover


def test_the_bear_is_diurnal_with_a_rest_at_noon_and_the_tapir_twilight_active(catalog):
    bear = np.array(catalog["andean_bear"].movement.activity)
    assert bear[6:18].sum() / (bear.sum() - bear[6:18].sum()) == pytest.approx(4, rel=0.05)
    assert bear[11:14].max() < min(bear[7:11].min(), bear[14:18].min())
    tapir = np.array(catalog["mountain_tapir"].movement.activity)
    assert set(np.argsort(tapir)[-4:]) == {5, 6, 18, 19}
    assert tapir[9:16].max() < 0.3 * tapir[:5].min()
    jaguar = np.array(catalog["jaguar"].movement.activity)
    assert jaguar.max() < 2 * jaguar.min()


def test_the_condor_flies_some_hours_by_day_and_flaps_about_one_percent_of_them(catalog):
    movement, soaring = catalog["andean_condor"].movement, catalog["andean_condor"].soaring
    assert (movement.step_h, movement.day_start_h, movement.steps_per_day) == (1, 7, 11)
    flying = 1 - movement.rest_probability.value
    flight_h = movement.steps_per_day * movement.step_h * flying
    assert 2 <= flight_h <= 5
    activity, thermal = np.array(movement.activity), np.array(soaring.thermal_by_hour)
    assert not activity[:7].any()
    assert not activity[18:].any()
    assert set(np.argsort(activity)[-5:]) == {10, 11, 12, 13, 14}
    assert thermal.argmax() == 13
    assert thermal.max() == 1
    assert not thermal[:8].any()
    assert not thermal[18:].any()
    # take-offs: the first flying hour, each flying hour after a resting one, and the way to the
    # roost of a bird that flew that day and rested last
    resting = 1 - flying
    takeoffs = flying + 10 * resting * flying + resting - resting**11
    flapped_s = takeoffs * soaring.takeoff_flap_s.value
    # 0.5-2 % of the time in flight is flapped, at least 70 % of that at take-off
    assert 0.7 * 0.005 <= flapped_s / (3600 * flight_h) <= 0.02
    # airspeed, glide ratio and sink belong together: least sink is a little below airspeed / ratio
    in_glide = soaring.airspeed_ms.value / soaring.glide_ratio.value
    assert 0.75 <= soaring.sink_ms.value / in_glide <= 1.0
    assert all(getattr(catalog["andean_condor"].barriers, b).value == 1 for b in BARRIERS)


def test_only_the_condor_soars(catalog):
    assert [key for key in KEYS if catalog[key].soaring is not None] == ["andean_condor"]


@pytest.mark.parametrize(
    ("key", "sex", "mean_km"),
    [
        ("jaguar", "female", 15),
        ("jaguar", "male", 60),
        ("andean_bear", "male", 35),
        ("mountain_tapir", "female", 5),
        ("mountain_tapir", "male", 8),
    ],
)
def test_free_dispersal_reaches_the_mean_distance_and_half_as_far_again(catalog, key, sex, mean_km):
    # free ground is the upper bound: habitat, barriers and settling shorten the way
    movement = catalog[key].movement
    free = free_displacement_m(getattr(movement, sex).disperser, movement) / 1000
    assert 0.9 <= free / mean_km <= 1.5


def test_bear_daughters_overshoot_but_stay_below_the_longest_distance(catalog):
    # 4 km on average, 25 km at most; no value within the ranges comes nearer than 12 km
    movement = catalog["andean_bear"].movement
    daughter = movement.female.disperser
    assert free_displacement_m(daughter, movement) / 1000 == pytest.approx(12.5, abs=0.1)
    for name in ("step_scale_m", "turning_kappa", "duration_d"):
        assert getattr(daughter, name).value == getattr(daughter, name).low


def test_young_condors_get_sixty_kilometres_away_and_half_as_far_again(catalog):
    # a night's roost is kept with roost_return, otherwise the day's way is kept; free ground
    movement, soaring = catalog["andean_condor"].movement, catalog["andean_condor"].soaring
    young, flying = movement.female.disperser, 1 - movement.rest_probability.value
    rng = np.random.default_rng(3)
    n = 2000
    roost = np.zeros((n, 2))
    heading = rng.uniform(0, 2 * np.pi, n)
    in_flight_m = young.step_scale_m.value / math.sqrt(flying)
    for _ in range(int(young.duration_d.value)):
        here = roost.copy()
        for _ in range(movement.steps_per_day):
            moves = rng.random(n) < flying
            heading += moves * rng.vonmises(0, young.turning_kappa.value, n)
            length = moves * rng.gamma(young.step_shape.value, in_flight_m, n)
            here += length[:, None] * np.column_stack([np.cos(heading), np.sin(heading)])
        stays = rng.random(n) < soaring.roost_return.value
        roost = np.where(stays[:, None], roost, here)
    far_km = np.hypot(*roost.T) / 1000
    assert 0.9 <= np.median(far_km) / 60 <= 1.5
    assert far_km.max() < 400


@pytest.mark.parametrize("kappa", [-1.0, 0.0, 1.5])
def test_free_displacement_is_that_of_simulated_walks(catalog, kappa):
    movement = catalog["jaguar"].movement
    data = movement.male.disperser.model_dump()
    data["turning_kappa"]["value"] = kappa
    data["duration_d"]["value"] = 50
    disperser = Dispersing.model_validate(data)
    rng = np.random.default_rng(7)
    n_walks, n_steps = 4000, 50 * 6
    turns = rng.vonmises(0, abs(kappa), (n_walks, n_steps)) + (np.pi if kappa < 0 else 0)
    heading = rng.uniform(0, 2 * np.pi, (n_walks, 1)) + np.cumsum(turns, axis=1)
    length = rng.gamma(disperser.step_shape.value, disperser.step_scale_m.value, (n_walks, n_steps))
    far = np.hypot((length * np.cos(heading)).sum(1), (length * np.sin(heading)).sum(1))
    error = far.std() / math.sqrt(n_walks)
    # four standard errors, and the Rayleigh limit is approached as 1 / n_steps
    assert free_displacement_m(disperser, movement) == pytest.approx(
        far.mean(), abs=4 * error + far.mean() / n_steps
    )


def test_the_page_of_the_species_is_up_to_date():
    written = DOCUMENT.read_text(encoding="utf-8")
    assert written == species_document(), (
        "run: python -m corridor_sim.species.sheet docs/species.md"
    )
