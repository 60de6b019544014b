"""Reading, setting, writing and describing a species."""

from __future__ import annotations

import math
import subprocess
import sys
import tomllib

import numpy as np
import pytest

from corridor_sim import load_species, species_keys
from corridor_sim.errors import SpeciesError
from corridor_sim.species.quantity import Trait
from corridor_sim.species.reader import describe_species, dump_species, unit_of, with_values
from oracles.andes_covers import COVERS

RESIDENT_FEMALE = "movement.female.resident"


@pytest.mark.parametrize("key", species_keys())
def test_a_species_survives_being_written_and_read(key, tmp_path):
    species = load_species(key)
    path = tmp_path / "mine.toml"
    path.write_text(dump_species(species), encoding="utf-8")
    assert load_species(path) == species
    assert load_species(str(path)) == species


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
    values = {"movement.candidates": np.int64(7), f"{RESIDENT_FEMALE}.tau_d": np.float32(1.5)}
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
        0.0192,
        "1/yr",
        0.0141,
        0.05,
        1,
    )
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


def test_reading_a_species_stays_light():
    code = (
        "import sys; from corridor_sim.species.reader import load_species; load_species('jaguar');"
        "print([m for m in ('numpy', 'scipy', 'numba', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
