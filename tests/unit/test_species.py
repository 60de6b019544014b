"""The catalog's numbers against the literature, and reading, setting, writing, describing them.

Expected numbers are written out by hand from the cited literature, not read from the files.
"""

from __future__ import annotations

import math
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

from corridor_sim.errors import SpeciesError
from corridor_sim.landscape.covers import COVERS
from corridor_sim.species.quantity import Trait
from corridor_sim.species.reader import (
    describe_species,
    dump_species,
    load_species,
    species_keys,
    unit_of,
    with_values,
)
from corridor_sim.species.sheet import free_displacement_m, species_document
from corridor_sim.species.traits import Dispersing

KEYS = ["andean_bear", "andean_condor", "jaguar", "mountain_tapir"]
DOCUMENT = Path(__file__).parents[2] / "docs" / "species.md"
RESIDENT_FEMALE = "movement.female.resident"


@pytest.fixture(scope="module")
def catalog():
    return {key: load_species(key) for key in KEYS}


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


@pytest.mark.parametrize("key", KEYS)
def test_a_species_survives_being_written_and_read(key, tmp_path):
    species = load_species(key)
    path = tmp_path / "mine.toml"
    path.write_text(dump_species(species), encoding="utf-8")
    assert load_species(path) == species
    assert load_species(str(path)) == species


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


BARRIERS = ("road_primary", "road_secondary", "river_50_300m", "river_over_300m", "settlement")


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


def test_a_trait_is_set_by_its_dotted_name():
    species = load_species("jaguar", {f"{RESIDENT_FEMALE}.home_range_km2": 120})
    trait = species.movement.female.resident.home_range_km2
    assert (trait.value, trait.low, trait.high, trait.confidence) == (120, 25, 181, 4)
    assert trait.source.startswith("set by the user (was 80: assumption within the range")
    before = load_species("jaguar")
    assert species.movement.male == before.movement.male
    assert species.habitat == before.habitat


def test_a_trait_may_be_set_by_its_value_and_range():
    name = "population.density_per_100km2"
    species = load_species("jaguar", {f"{name}.value": 6.0, f"{name}.high": 7})
    trait = species.population.density_per_100km2
    assert (trait.value, trait.high) == (6.0, 7.0)
    assert "set by the user (was 2:" in trait.source
    assert "high set by the user" in trait.source


def test_a_plain_number_and_a_curve_are_set_and_marked():
    species = load_species(
        "andean_bear",
        {
            "habitat.resistance.values.pasture": 40,
            "habitat.temperature_c.points": [[0, 0.0], [10, 1.0]],
            "movement.candidates": 20,
            "name": "Ukuku",
        },
    )
    assert species.habitat.resistance.values["pasture"] == 40
    assert species.habitat.resistance.source.endswith("; pasture set by the user")
    assert species.habitat.temperature_c.points == ((0, 0), (10, 1))
    assert species.habitat.temperature_c.source.endswith("; points set by the user")
    assert species.movement.candidates == 20
    assert species.name == "Ukuku"


def test_numpy_numbers_are_numbers():
    values = {
        "movement.candidates": np.int64(7),
        f"{RESIDENT_FEMALE}.tau_d": np.float32(1.5),
    }
    species = load_species("jaguar", values)
    assert species.movement.candidates == 7
    assert species.movement.female.resident.tau_d.value == 1.5


def test_a_value_outside_the_plausible_range_is_the_users_choice():
    name = "barriers.road_primary"
    assert load_species("jaguar", {name: 1.0}).barriers.road_primary.value == 1.0
    with pytest.raises(SpeciesError, match=r"1\.01 is not allowed; must lie in 0 to 1"):
        load_species("jaguar", {name: 1.01})


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        (f"{RESIDENT_FEMALE}.home_range_km", 1, f"did you mean '{RESIDENT_FEMALE}.home_range_km2'"),
        ("movment.female.resident.tau_d", 1, f"did you mean '{RESIDENT_FEMALE}.tau_d'"),
        ("tau_d", 1, f"did you mean '{RESIDENT_FEMALE}.tau_d'"),
        ("habitat.resistance.values.pastur", 1, "did you mean 'habitat.resistance.values.pasture'"),
        ("soaring.sink_ms", 1, "unknown name 'soaring.sink_ms'"),
        (f"{RESIDENT_FEMALE}.tau_d.value.value", 1, "unknown name"),
        ("", 1, "allowed: barriers, colour"),
        ("movement.female", 1, "is a section; name one of: disperser, resident"),
        ("movement.candidates", 1.5, "movement.candidates: 1.5 is not allowed"),
        (f"{RESIDENT_FEMALE}.tau_d", "2", "tau_d.value: '2' is not allowed"),
        (f"{RESIDENT_FEMALE}.tau_d", True, "tau_d.value: True is not allowed"),
        (f"{RESIDENT_FEMALE}.tau_d", None, "tau_d.value: None is not allowed"),
        (f"{RESIDENT_FEMALE}.tau_d", math.nan, "finite"),
        (f"{RESIDENT_FEMALE}.tau_d", object(), "object is no TOML value"),
        (f"{RESIDENT_FEMALE}.tau_d", -1, "tau_d: -1 is not allowed; must lie in 1e-09"),
    ],
)
def test_a_wrong_override_is_refused_in_one_line(name, value, message):
    with pytest.raises(SpeciesError) as caught:
        load_species("jaguar", {name: value})
    assert message in str(caught.value)
    assert str(caught.value).startswith("jaguar, as set: ")
    assert "\n" not in str(caught.value)


def test_overrides_leave_the_original_untouched():
    species = load_species("jaguar")
    with_values(species, {"habitat.resistance.values.pasture": 99})
    assert species == load_species("jaguar")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("jagaur", "unknown species 'jagaur'; did you mean 'jaguar'?"),
        ("owl", "allowed: andean_bear, andean_condor, jaguar, mountain_tapir"),
        ("", "unknown species ''"),
        ("../catalog/jaguar", "file not found"),
        ("nowhere.toml", "file not found"),
    ],
)
def test_an_unknown_species_names_the_known_ones(name, message):
    with pytest.raises(SpeciesError) as caught:
        load_species(name)
    assert message in str(caught.value)


def test_texts_with_every_awkward_character_are_written_as_toml(catalog, tmp_path):
    text = 'tab\t "quote" \\ back # hash \n line \x7f del \x1b esc é 🐆 \u2028 [x] = {'
    species = with_values(catalog["jaguar"], {"summary": text, "barriers.settlement.source": text})
    written = dump_species(species)
    assert tomllib.loads(written)["summary"] == text
    path = tmp_path / "odd.toml"
    path.write_text(written, encoding="utf-8", newline="")
    assert load_species(path) == species


def test_description_has_a_row_for_every_number(catalog):
    species = catalog["andean_condor"]
    rows = {row.name: row for row in describe_species(species)}

    def traits(model):
        for name in type(model).model_fields:
            value = getattr(model, name)
            if isinstance(value, Trait):
                yield value
            elif hasattr(type(value), "model_fields"):
                yield from traits(value)

    assert sum(row.low is not None for row in rows.values()) == len(list(traits(species)))
    assert sum(".resistance.values." in name for name in rows) == len(COVERS)
    row = rows["mortality.poison_per_year"]
    assert (row.value, row.unit, row.low, row.high, row.confidence) == (
        0.0192, "1/yr", 0.0141, 0.05, 1,
    )  # fmt: skip
    assert rows["habitat.elevation_m"].value == "0 at 1500, 1 at 3800, 0 at 5000"
    assert rows["movement.step_h"].unit == "h"
    # every numeric row can be set by its name
    values = {n: r.value for n, r in rows.items() if not isinstance(r.value, str)}
    again = with_values(species, values)
    assert {r.name: r.value for r in describe_species(again)} == {
        n: r.value for n, r in rows.items()
    }


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("home_range_km2", "km²"),
        ("density_per_100km2", "1/100 km²"),
        ("sink_ms", "m/s"),
        ("gap_half_m", "m"),
        ("takeoff_flap_s", "s"),
        ("slope_effect_per_deg", "1/°"),
        ("road_primary_per_day", "1/d"),
        ("river_50_300m", ""),
        ("step_shape", ""),
        ("candidates", ""),
    ],
)
def test_units_come_from_names(name, unit):
    assert unit_of(name) == unit


def test_the_page_of_the_species_is_up_to_date():
    written = DOCUMENT.read_text(encoding="utf-8")
    assert written == species_document(), (
        "run: python -m corridor_sim.species.sheet docs/species.md"
    )


def test_reading_a_species_stays_light():
    code = (
        "import sys; from corridor_sim.species.reader import load_species; load_species('jaguar');"
        "print([m for m in ('numpy', 'scipy', 'numba', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
