"""What a fit writes: a species file that loads, with standard errors, and the same for the rest."""

from __future__ import annotations

import math
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import corridor_sim as cs
from corridor_sim.errors import CorridorSimError
from corridor_sim.telemetry.fitted_numbers import (
    in_short,
    positive,
    resting,
    with_kappa_held,
    without_steps,
)
from corridor_sim.telemetry.rhythm import minutes_of
from corridor_sim.telemetry.sexes import sexes_of
from corridor_sim.telemetry.species_file import (
    Covariance,
    Estimate,
    ResidentNumbers,
    SpeciesNumbers,
    StateNumbers,
    covariance,
    species_data,
    species_text,
)
from corridor_sim.telemetry.steps import fit_steps
from corridor_sim.telemetry.tracks import Told

NAMES = ("home_range_km2", "step_scale_m", "step_shape", "turning_kappa")
NUMBERS = {
    "home_range_km2": Estimate(71.23456789, 15.0, 47.0, 108.0),
    "tau_d": Estimate(10.9, 2.3, 7.0, 17.0),
    "step_shape": Estimate(0.772, 0.033, 0.71, 0.84),
    "step_scale_m": Estimate(472.0, 28.0, 420.0, 530.0),
    "turning_kappa": Estimate(-0.182, 0.052, -0.28, -0.08),
}
STEPS = {name: NUMBERS[name] for name in ("step_shape", "step_scale_m", "turning_kappa")}
STATES = (
    StateNumbers("resting", STEPS, {"resting": 2 / 3, "travelling": 1 / 3}),
    StateNumbers("travelling", STEPS, {"resting": 1 / 7, "travelling": 6 / 7}),
)
# of rank one: rounding must not make an eigenvalue negative
SPREAD = np.outer([0.4, 0.3, 0.1, 0.2], [0.4, 0.3, 0.1, 0.2]) / 3.0


def fitted(states: tuple[StateNumbers, ...] = ()) -> SpeciesNumbers:
    one = ResidentNumbers(
        NUMBERS,
        states,
        Covariance(NAMES, SPREAD),
        Covariance(NAMES, SPREAD / 9),
        "fit to 9 animals",
    )
    return SpeciesNumbers(
        360,
        1,
        tuple(np.linspace(0.5, 1.5, 24)),
        {"female": one, "male": one},
        rest=Estimate(0.01, 0.002, 0.006, 0.015),
        barriers={"road_primary": Estimate(0.4, 0.1, 0.25, 0.65)},
        selection={"coefficients": {"ndvi": 0.5}, "centre": {"ndvi": 0.2}, "scale": {"ndvi": 0.1}},
        source="tracks.csv, sha256 0123456789ab; corridor-sim fit",
        confidence=1,
    )


@pytest.mark.parametrize("states", [(), STATES])
def test_what_was_fitted_is_read_back_and_the_rest_stays(
    tmp_path: Path, states: tuple[StateNumbers, ...]
) -> None:
    before = cs.load_species("jaguar")
    data = species_data(before.model_dump(mode="json", exclude_none=True), fitted(states))
    text = species_text(data, ["made up"])
    assert tomllib.loads(text) == data
    file = tmp_path / "jaguar.toml"
    file.write_text(text, "utf-8")
    after = cs.load_species(file)
    for sex in (after.movement.female, after.movement.male):
        home = sex.resident.home_range_km2
        assert (home.value, home.se, home.low, home.high) == (71.2346, 15.0, 47.0, 108.0)
        assert home.source.startswith("fit to 9 animals; tracks.csv, sha256 0123456789ab")
        assert sex.resident.keeps_steps
        assert [one.name for one in sex.resident.states] == [one.name for one in states]
        assert sex.resident.between is not None
        np.testing.assert_allclose(sex.resident.between.covariance, SPREAD, rtol=1e-12)
    assert after.movement.step_minutes == 360
    assert after.movement.steps_per_day == 4
    assert after.barriers.road_primary.value == 0.4
    assert after.barriers.settlement == before.barriers.settlement
    assert after.selection is not None
    assert after.mortality == before.mortality
    # a disperser of six steps a day gets as far with four longer ones
    old, new = before.movement.female.disperser, after.movement.female.disperser
    assert new.step_scale_m.value == pytest.approx(
        old.step_scale_m.value * math.sqrt(6 / 4), rel=1e-5
    )
    assert "instead of 6" in new.step_scale_m.source


def test_steps_that_no_range_can_hold_are_left_out() -> None:
    kept = without_steps(fitted(STATES)).residents["female"]
    assert "step_scale_m" not in kept.numbers
    assert kept.states == ()
    assert kept.between is not None
    assert kept.between.parameters == ("home_range_km2", "step_shape", "turning_kappa")


def test_what_no_species_can_have_is_held_back_and_told() -> None:
    straight = Estimate(181.0, 40.0, 100.0, 260.0)
    state = replace(STATES[0], numbers={**STEPS, "turning_kappa": straight})
    numbers, told = with_kappa_held(fitted((state, STATES[1])))
    assert numbers.residents["male"].states[0].numbers["turning_kappa"].value == 50.0
    assert numbers.residents["male"].states[1] == STATES[1]
    assert "turning_kappa of 181" in told[0].words
    assert with_kappa_held(fitted(STATES))[1] == []
    # of a variance as good as unknown no animal is drawn
    wide = covariance(Covariance(NAMES[:2], np.array([[900.0, 3.0], [3.0, 0.04]])))
    assert wide["covariance"] == [[0.0, 0.0], [0.0, 0.04]]


def test_intervals_are_those_of_the_logarithm_and_of_shares() -> None:
    one = positive(2.0, 0.2)
    assert one.low * one.high == pytest.approx(4.0)
    assert math.log(one.high / 2.0) == pytest.approx(1.96 * 0.1, rel=1e-3)
    rng = np.random.default_rng(1)
    lengths = np.where(rng.random(4000) < 0.2, 0.0, rng.gamma(0.8, 300.0, 4000))
    share = resting([fit_steps(lengths, rng.uniform(-3, 3, 4000))])
    assert abs(share.value - 0.2) < 4 * share.se
    assert share.se == pytest.approx(math.sqrt(0.16 / 4000), rel=0.1)


@pytest.mark.parametrize(
    ("given", "minutes"),
    [("3h", 180.0), ("90 min", 90.0), ("1d", 1440.0), (45, 45.0), ("30s", 0.5)],
)
def test_intervals_are_read_as_people_write_them(given: str | float, minutes: float) -> None:
    assert minutes_of(given, "--interval") == minutes


@pytest.mark.parametrize("given", ["", "3 weeks", "0h", "-2h", "25h", "1e3", "nan"])
def test_what_is_no_interval_is_refused(given: str) -> None:
    with pytest.raises(CorridorSimError, match=r"--interval: .*; write it as 3h"):
        minutes_of(given, "--interval")


def test_sexes_come_from_a_column_or_from_a_file(tmp_path: Path) -> None:
    tracks, people = tmp_path / "tracks.csv", tmp_path / "people.csv"
    tracks.write_text("id,x,y,animal-sex\na,1,2,F\na,1,3,f\nb,1,2,m\nc,1,2,\n", "utf-8")
    people.write_text("ID;Sex\na;Male\nb;Female\nz;Female\n", "utf-8")
    animals = ("a", "b", "c")
    assert sexes_of(animals, [tracks], None) == {"a": "female", "b": "male", "c": ""}
    assert sexes_of(animals, [tracks], str(people)) == {"a": "male", "b": "female", "c": ""}
    tracks.write_text("id,x,y\na,1,2\n", "utf-8")
    assert sexes_of(animals, [tracks], None) == dict.fromkeys(animals, "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ID,Sex\na,hen\n", r"people\.csv: line 2: 'hen' is no sex"),
        ("ID,Sex\na,f\na,m\n", r"people\.csv: line 3: 'a' is both female and male"),
        ("ID,Age\na,3\n", r"people\.csv: has no column of sexes"),
        ("ID,Sex\nq,f\n", r"people\.csv: names none of the animals, such as 'a'"),
    ],
)
def test_sexes_that_cannot_be_are_refused(tmp_path: Path, text: str, said: str) -> None:
    people = tmp_path / "people.csv"
    people.write_text(text, "utf-8")
    with pytest.raises(CorridorSimError, match=said):
        sexes_of(("a",), [], str(people))


def test_a_kind_of_note_is_said_once() -> None:
    many = [Told("gaps", f"{name}: 3 gaps", name) for name in "abc"]
    assert in_short([*many, Told("crs", "UTM")])[0].startswith("a: 3 gaps; 2 more like this")
    assert in_short(many[:2]) == ["a: 3 gaps", "b: 3 gaps"]
