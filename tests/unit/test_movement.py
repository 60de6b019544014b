"""One seam for all movement models: the walks move one class and leave all others alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from corridor_sim import load_species
from corridor_sim.config.dispersal import any_model
from corridor_sim.errors import ScenarioError
from corridor_sim.kernels.records import Animals, Clock, Tallies, make_log
from corridor_sim.kernels.states import ALIVE, SETTLED
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.movement.model import movement_model
from corridor_sim.movement.step_selection import SelectSteps
from corridor_sim.simulation.days.seeding import Quota, expected_numbers, find_habitat, seed_animals
from corridor_sim.species.fields import SpeciesOnLandscape, on_landscape
from oracles.worlds import copied, in_order, make_clock, make_tallies

DISPERSING_FEMALE = 2
SHAPE = (30, 40)
READ: TypeAdapter[Any] = TypeAdapter(any_model())


@pytest.fixture(scope="module")
def here() -> SpeciesOnLandscape:
    protected = np.zeros(SHAPE, np.int16)
    protected[5:15, 5:15], protected[15:25, 25:35] = 1, 2
    return on_landscape(load_species("jaguar"), uniform(*SHAPE, 1000.0, protected=protected))


@pytest.fixture(scope="module")
def animals(here: SpeciesOnLandscape) -> Animals:
    home = find_habitat(here, 1000.0)
    numbers = expected_numbers(here.species, home, Quota(count=6000))
    return seed_animals(home, here, home, numbers, 3, 0)


def options(model: str) -> Any:
    more = {"persistence": 3.0, "memory": 3, "perceptual_range": 2, "settles": 0.2}
    words = {"model": model, "moves_per_day": 12}
    return READ.validate_python({**words, **(more if model == "sms" else {})})


def moved(
    here: SpeciesOnLandscape, animals: Animals, model: str, days: tuple[int, ...], chunk: int = 16
) -> tuple[Animals, Tallies]:
    after = copied(animals)
    tallies = Tallies(
        visits=np.zeros((3, *SHAPE), np.int32),
        passed=np.zeros(SHAPE, np.int32),
        blocked=np.zeros(SHAPE, np.int32),
        transits=make_log(10_000),
        tracks=np.full((animals.x.size, sum(days), 2), np.nan, np.float32),
    )
    one = movement_model(here, options(model)).mover(DISPERSING_FEMALE)
    per_day = here.params.steps_per_day
    first = 0
    for n in days:
        clock: Clock = make_clock(
            n * per_day, first_step=first * per_day, track_every=per_day, stream=here.stream
        )
        one.advance(after, clock, tallies, chunk)
        first += n
    return after, in_order(tallies)


@pytest.mark.parametrize("model", ["sms", "random_walk"])
def test_one_class_walks_and_the_others_do_not(
    model: str, here: SpeciesOnLandscape, animals: Animals
) -> None:
    after, tallies = moved(here, animals, model, (40,))
    mine = animals.klass == DISPERSING_FEMALE
    assert mine.sum() > 100
    for name, column in after._asdict().items():
        assert np.array_equal(column[~mine], getattr(animals, name)[~mine]), name
    assert (after.path_m[mine] > 0).mean() > 0.9
    assert set(after.state[mine].tolist()) <= {0, 1, 2, 3, 4, SETTLED}
    assert (after.state[mine] != ALIVE).any()
    assert (after.x[mine] % 1 == 0.5).all()
    died = mine & (after.state > 0) & (after.state != SETTLED)
    assert (after.end_step[died] < 40 * here.params.steps_per_day).all()
    met = mine & (after.first_zone > 0)
    assert met.any()
    assert (after.first_step[met] >= 0).all()
    assert tallies.visits[1].sum() > 0
    assert not tallies.visits[[0, 2]].any()
    alive = mine & (after.state == ALIVE)
    assert np.array_equal(tallies.tracks[alive, -1, 0], after.x[alive].astype("f4"))
    assert np.isnan(tallies.tracks[~mine]).all()


@pytest.mark.parametrize("model", ["sms", "random_walk"])
def test_days_in_parts_and_chunks_change_nothing(
    model: str, here: SpeciesOnLandscape, animals: Animals
) -> None:
    whole, tallies = moved(here, animals, model, (20,))
    parts, counted = moved(here, animals, model, (3, 1, 16), chunk=1)
    for a, b in ((whole, parts), (tallies, counted)):
        for name, column in a._asdict().items():
            found = getattr(b, name)
            assert np.array_equal(column, found, equal_nan=name == "tracks"), name


def test_an_animal_that_the_engine_ended_walks_no_more(
    here: SpeciesOnLandscape, animals: Animals
) -> None:
    after = copied(animals)
    one = movement_model(here, options("sms")).mover(DISPERSING_FEMALE)
    tallies = Tallies(
        np.zeros((3, *SHAPE), np.int32),
        np.zeros(SHAPE, np.int32),
        np.zeros(SHAPE, np.int32),
        make_log(10_000),
        np.zeros((0, 0, 2), np.float32),
    )
    per_day = here.params.steps_per_day
    one.advance(after, make_clock(per_day), tallies, 16)
    mine = (animals.klass == DISPERSING_FEMALE) & (after.state == ALIVE)
    after.state[mine] = SETTLED
    after.end_step[mine] = per_day
    before = copied(after)
    one.advance(after, make_clock(per_day, first_step=per_day), tallies, 16)
    for name, column in after._asdict().items():
        assert np.array_equal(column, getattr(before, name)), name


def test_step_selection_is_a_model_of_its_own(here: SpeciesOnLandscape, animals: Animals) -> None:
    """Its mover of one class does what the step-selection kernel does to that class among all."""
    named = READ.validate_python({"model": "step_selection"})
    alone, together = copied(animals), copied(animals)
    tallies = make_tallies(here.fields, n_stages=3)
    clock = make_clock(2 * here.params.steps_per_day, stream=here.stream)
    movement_model(here, named).mover(DISPERSING_FEMALE).advance(alone, clock, tallies, 16)
    SelectSteps(here).advance(together, clock, tallies, 16)
    mine = animals.klass == DISPERSING_FEMALE
    for name, column in alone._asdict().items():
        assert np.array_equal(column[mine], getattr(together, name)[mine]), name
        assert np.array_equal(column[~mine], getattr(animals, name)[~mine]), name
    assert (alone.x[mine] != animals.x[mine]).mean() > 0.5


def test_a_range_beyond_the_landscape_is_refused_by_name(here: SpeciesOnLandscape) -> None:
    wide = options("sms").model_copy(update={"perceptual_range": 41})
    with pytest.raises(ScenarioError, match=r"dispersal\]: perceptual range is 41 cells"):
        movement_model(here, wide)


@pytest.mark.parametrize(
    "words",
    [
        {"model": "teleport", "moves_per_day": 3},
        {"model": "sms"},
        {"model": "sms", "moves_per_day": 3, "memory": 15},
        {"model": "sms", "moves_per_day": 3, "memroy": 1},
        {"model": "random_walk", "moves_per_day": 3, "neighbours": 6},
    ],
)
def test_the_section_is_read_strictly(words: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        READ.validate_python(words)


@pytest.mark.parametrize("model", ["sms", "random_walk"])
def test_barriers_are_met_or_count_as_costs(model: str, animals: Animals) -> None:
    road = np.zeros(SHAPE, np.uint8)
    road[:, ::6] = 2
    here = on_landscape(load_species("jaguar"), uniform(*SHAPE, 1000.0, road=road))
    assert here.fields.permeability.min() < 1
    for way in ("met", "cost"):
        chosen = options(model).model_copy(update={"barriers": way})
        tallies = make_tallies(here.fields, n_stages=3)
        after = copied(animals)
        clock = make_clock(20 * here.params.steps_per_day, track_every=here.params.steps_per_day)
        movement_model(here, chosen).mover(DISPERSING_FEMALE).advance(after, clock, tallies, 16)
        met = int(tallies.passed.sum() + tallies.blocked.sum())
        assert (met > 1000) == (way == "met")
        counted = np.flatnonzero(tallies.passed + tallies.blocked)
        assert (here.fields.permeability.reshape(-1)[counted] < 1).all()


def test_deaths_have_the_cause_of_the_cell(here: SpeciesOnLandscape, animals: Animals) -> None:
    """Where only hunting kills, hunting is the cause."""
    hazards = np.zeros_like(here.fields.hazard_per_day)
    hazards[0] = 0.2
    params = here.params._replace(hazard_class=np.zeros_like(here.params.hazard_class))
    hunted = replace(here, fields=here.fields._replace(hazard_per_day=hazards), params=params)
    after, _ = moved(hunted, animals, "random_walk", (10,))
    mine = animals.klass == DISPERSING_FEMALE
    assert set(after.state[mine].tolist()) == {0, 2}
