"""Populations through the years: accounts that balance, and the same bits in any company."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numba
import numpy as np
import pytest

from corridor_sim import Landscape, load_species
from corridor_sim.config.life_cycle import LifeCycleSettings
from corridor_sim.errors import SpeciesError
from corridor_sim.kernels.states import DISPERSER, DISPLACED, RESIDENT
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.simulation.decades.census import COLUMN, COLUMNS, DEATHS
from corridor_sim.simulation.decades.habitat import PopulationHabitat, make_habitat
from corridor_sim.simulation.decades.individuals import JUVENILE, Individuals
from corridor_sim.simulation.decades.population import Population
from corridor_sim.simulation.decades.rules import Rules
from corridor_sim.simulation.decades.simulation import BurnIns, DecadesContext
from corridor_sim.simulation.decades.year_of_moves import exposure
from oracles.populations import like, made, plain_ground, residents_at, settled, streams_of

MOVING = Rules(days_per_season=3, settle_every_d=30)
SIZE = 60


def land(cover: str = "premontane_forest") -> Landscape:
    """Two core areas, a road between them, hunters everywhere."""
    zones = np.zeros((SIZE, SIZE), np.int16)
    zones[5:25, 5:25], zones[35:55, 35:55] = 1, 2
    road = np.zeros((SIZE, SIZE), np.uint8)
    road[:, 30] = 2
    return uniform(SIZE, SIZE, cover=cover, protected=zones, road=road)


@pytest.fixture(scope="module")
def ground() -> PopulationHabitat:
    one = load_species("jaguar")
    return make_habitat(one, land(), exposure=exposure(3), capacity_scale=6.0)


def population(
    ground: PopulationHabitat, *, n: int = 200, rules: Rules = MOVING, **streams: Any
) -> Population:
    return settled(load_species("jaguar"), ground, n, rules=rules, streams=streams_of(**streams))


def columns(animals: Individuals) -> dict[str, np.ndarray]:
    """Return all columns in the order of the animals' numbers."""
    order = np.argsort(animals.key)
    return {c.name: getattr(animals, c.name)[order] for c in fields(animals)}


def assert_same(one: Population, other: Population, *, apart_from: tuple[str, ...] = ()) -> None:
    mine, theirs = columns(one.individuals), columns(other.individuals)
    for name, values in mine.items():
        if name not in apart_from:
            assert values.tobytes() == theirs[name].tobytes(), name


def parents(population: Population, ground: PopulationHabitat) -> dict[int, tuple[int, int]]:
    """Return mother and father of everybody ever born, as numbers that know no rows."""
    book = population.pedigree(ground)
    ident = np.append(book["ident"], -1)
    return {
        int(i): (int(ident[m]), int(ident[f]))
        for i, m, f in zip(book["ident"], book["mother"], book["father"], strict=True)
    }


def test_the_year_balances(ground: PopulationHabitat) -> None:
    one = population(ground)
    before = len(one.individuals)
    met = dict.fromkeys(COLUMN, 0.0)
    for year in range(8):
        row = dict(zip(COLUMN, one.live_a_year(ground), strict=True))
        died = sum(row[f"deaths_{cause}"] for cause in DEATHS)
        assert row["animals"] == before + row["births"] - died == len(one.individuals)
        assert row["animals"] == row["independent"] + row["juveniles"]
        homes = row["resident_females"] + row["resident_males"]
        assert row["independent"] == homes + row["dispersers"] + row["displaced"]
        assert row["breeding_females"] <= row["resident_females"]
        assert row["joining"] <= row["settled"]
        assert row["searchers_died"] <= died
        assert one.year == year + 1
        before = len(one.individuals)
        for name, value in row.items():
            met[name] += value
    for name in ("births", "left", "settled", "joining", "deaths_natural", "deaths_hunting"):
        assert met[name] > 0, name
    on_the_way = sum(met[f"deaths_{c}"] for c in DEATHS) - met["deaths_natural"]
    table = np.concatenate(one.deaths)
    assert len(table) == on_the_way
    assert (table[:, 0] < 8).all()
    assert (table[:, 1] < SIZE * SIZE).all()
    assert one.settled_from_to.total() == met["settled"]
    assert one.settled_from_to.of(1, 2) + one.settled_from_to.of(2, 1) == met["joining"]


def test_the_pedigree_is_possible(ground: PopulationHabitat) -> None:
    one = population(ground)
    for _ in range(8):
        one.live_a_year(ground)
    book = one.pedigree(ground)
    life = ground.life
    n = book["ident"].size
    assert np.unique(book["ident"]).size == n
    child = np.flatnonzero(book["mother"] >= 0)
    assert child.size > 100
    assert (book["mother"] < np.arange(n)).all()
    assert (book["father"] < np.arange(n)).all()
    assert ((book["father"] >= 0) == (book["mother"] >= 0)).all()
    mother, father = book["mother"][child], book["father"][child]
    assert not book["male"][mother].any()
    assert book["male"][father].all()
    born = book["birth_year"]
    age = born[child] - born[mother]
    assert age.min() >= life.first_birth_y.value
    assert age.max() <= life.last_birth_y.value
    assert (born[child] - born[father]).min() >= life.first_siring_y.value
    alive = np.isnan(book["death_year"])
    assert alive.sum() == len(one.individuals)
    assert sorted(np.flatnonzero(alive)) == sorted(one.individuals.row)
    # parents live at the birth: they died later, if at all
    for parent in (mother, father):
        assert not (book["death_year"][parent] < born[child]).any()
    assert not (book["death_year"] <= born).any()


@pytest.mark.parametrize("demographic", [True, False])
def test_a_copy_goes_on_as_the_unbroken_run(ground: PopulationHabitat, demographic: bool) -> None:
    streams = {"demographic": demographic, "sd": 0.2}
    whole = population(ground, **streams)
    rows = [whole.live_a_year(ground) for _ in range(5)]
    first = population(ground, **streams)
    for _ in range(2):
        first.live_a_year(ground)
    kept = first.copy()
    left = {name: values.copy() for name, values in columns(first.individuals).items()}
    second = [first.copy(), first.copy()]
    for other in second:
        later = [other.live_a_year(ground) for _ in range(3)]
        assert np.array_equal(later, rows[2:], equal_nan=True)
        assert_same(other, whole)
        assert parents(other, ground) == parents(whole, ground)
        deaths = np.concatenate(whole.deaths)
        assert np.array_equal(np.concatenate(other.deaths), deaths[deaths[:, 0] >= 2])
    # nothing that the copies did reached the one they came from
    assert_same(kept, first)
    for name, values in columns(first.individuals).items():
        assert values.tobytes() == left[name].tobytes()
    assert first.year == 2


@pytest.mark.parametrize("movement", [True, False])
def test_threads_change_nothing(ground: PopulationHabitat, movement: bool) -> None:
    rules = MOVING if movement else Rules(movement=False)
    runs = []
    for threads in (1, 2):
        numba.set_num_threads(threads)
        one = population(ground, rules=rules)
        runs.append((one, [one.live_a_year(ground) for _ in range(3)]))
    assert np.array_equal(runs[0][1], runs[1][1], equal_nan=True)
    assert_same(runs[0][0], runs[1][0])


@pytest.mark.parametrize("demographic", [True, False])
@pytest.mark.parametrize("movement", [True, False])
def test_the_order_of_the_animals_has_no_say(
    ground: PopulationHabitat, movement: bool, demographic: bool
) -> None:
    """Neither in who lives where nor in who is born of whom; rows of the pedigree follow it."""
    rules = MOVING if movement else Rules(movement=False)
    plain = population(ground, rules=rules, demographic=demographic)
    mixed = plain.copy()
    mixed.individuals.keep(np.ones(len(mixed.individuals), bool))
    turn = np.random.default_rng(1).permutation(len(mixed.individuals))
    for column in fields(mixed.individuals):
        setattr(mixed.individuals, column.name, getattr(mixed.individuals, column.name)[turn])
    counts = [i for i, c in enumerate(COLUMNS) if not c.name.startswith(("mean_", "home_"))]
    for _ in range(4):
        one, other = plain.live_a_year(ground), mixed.live_a_year(ground)
        assert one[counts].tolist() == other[counts].tolist()
        # means are sums of another order
        assert one == pytest.approx(other, rel=1e-9, nan_ok=True)
    assert_same(plain, mixed, apart_from=("row", "mother", "father"))
    assert parents(plain, ground) == parents(mixed, ground)


def test_luck_does_not_depend_on_who_else_lives(ground: PopulationHabitat) -> None:
    """Without crowding and mates to share, half of a herd lives and breeds as in the whole."""
    rules = Rules(movement=False, crowding=False)
    species = made("jaguar", mating_reach_m=1e6)
    flat = plain_ground(species)
    whole = settled(species, flat, 300, rules=rules)
    half = whole.copy()
    # everybody's mother of the later years is here or not; founders' young have none
    half.individuals.keep(half.individuals.key % 2 == 0)
    for _ in range(4):
        whole.live_a_year(flat)
        half.live_a_year(flat)
    mine, theirs = columns(half.individuals), columns(whole.individuals)
    also = np.isin(theirs["key"], mine["key"])
    assert 50 < also.sum() == mine["key"].size < theirs["key"].size
    for name in ("key", "male", "age", "leave_age", "disperses", "wander_d", "hold", "stage"):
        assert (theirs[name][also] == mine[name]).all(), name


def test_a_population_that_dies_out_in_year_3_goes_on_with_zeros(ground: PopulationHabitat) -> None:
    """Everybody is three years from the end of life, and nobody is born."""
    one = population(ground)
    longest = int(ground.life.longevity_y.value)
    at = np.full(40, 15.5)
    residents_at(one, at, at, np.ones(40, bool), age=longest - 2)
    never_ill = one.rates.survival.copy()
    never_ill[:-1] = 1.0
    one.rates = type(one.rates)(
        **{f.name: getattr(one.rates, f.name) for f in fields(one.rates)} | {"survival": never_ill}
    )
    empty = plain_ground(made("jaguar"), SIZE, SIZE)
    for year in range(1, 7):
        row = dict(zip(COLUMN, one.live_a_year(ground), strict=True))
        if year < 3:
            assert row["animals"] > 0
            continue
        assert row["animals"] == len(one.individuals) == 0
        for name, value in row.items():
            if name.startswith(("mean_", "home_", "thermal_")):
                assert np.isnan(value), name
            elif name not in ("capacity", "suitable_km2") and not name.startswith("deaths_"):
                assert value == 0, name
            elif name.startswith("deaths_"):
                assert (value > 0) <= (year == 3), name
    # and on another landscape
    assert one.live_a_year(empty, new_habitat=True)[0] == 0
    assert one.copy().live_a_year(ground)[0] == 0
    book = one.pedigree(ground)
    assert book["ident"].size == 40
    assert not np.isnan(book["death_year"]).any()


def test_a_sex_alone_has_no_young(ground: PopulationHabitat) -> None:
    for male in (True, False):
        one = population(ground, rules=Rules(movement=False))
        at = np.full(50, 15.5)
        residents_at(one, at, at, np.full(50, male), age=5)
        row = dict(zip(COLUMN, one.live_a_year(ground), strict=True))
        assert row["births"] == 0
        assert row["animals"] == 50 - row["deaths_natural"]
        assert (row["births_without_mate"] > 0) == (not male)


def test_a_landscape_that_feeds_nobody() -> None:
    """At the start it is refused with the species and the number; later it displaces everybody."""
    one = load_species("jaguar")
    bare = land("rock_ice")
    nobody = make_habitat(one, bare, exposure=1.0)
    assert nobody.capacity == 0
    stage = DecadesContext([one], bare, LifeCycleSettings())
    with pytest.raises(SpeciesError) as caught:
        BurnIns(stage, 1).population("jaguar", 0)
    message = str(caught.value)
    assert message.startswith("species.jaguar: the landscape feeds 0 animals; ")
    assert len(message.splitlines()) == 1
    alive = population(make_habitat(one, land(), exposure=1.0, capacity_scale=6.0), n=100)
    homes = int(alive.individuals.residents().sum())
    row = dict(zip(COLUMN, alive.live_a_year(nobody, new_habitat=True), strict=True))
    assert row["lost_home"] == homes > 50
    assert row["births"] == row["settled"] == row["settled_again"] == 0
    assert row["resident_females"] == row["resident_males"] == 0
    assert np.isnan(row["occupied_share"])
    for _ in range(3):
        row = dict(zip(COLUMN, alive.live_a_year(nobody), strict=True))
    assert row["capacity"] == 0
    # nobody to begin with is no error either
    empty = settled(one, nobody, 0)
    assert empty.live_a_year(nobody)[0] == 0


def test_residents_lose_their_homes_as_quality_falls(ground: PopulationHabitat) -> None:
    """With the probability of what is lost; the same animals in a landscape slightly worse."""
    one = population(ground, n=2000)
    homes = one.individuals.residents()
    lost = []
    for share in (1.0, 0.75, 0.5):
        worse = like(ground, quality=ground.quality * np.float32(share))
        other = one.copy()
        other._events = {}
        other._meet_the_landscape(worse)
        gone = other.individuals.stage == DISPLACED
        n, p = int(homes.sum()), 1 - share
        assert abs(gone.sum() - n * p) <= 4.5 * (n * p * (1 - p)) ** 0.5
        assert not (gone & ~homes).any()
        lost.append(gone)
    assert not (lost[1] & ~lost[2]).any()


def test_the_young_leave_at_their_age_and_not_before(ground: PopulationHabitat) -> None:
    one = population(ground, rules=Rules(movement=False))
    for _ in range(6):
        young = one.individuals.stage == JUVENILE
        # the census comes after the birthday: of age now means leaving in the year to come
        of_age = set(
            one.individuals.key[young & (one.individuals.age >= one.individuals.leave_age)]
        )
        others = set(one.individuals.key[young]) - of_age
        one.live_a_year(ground)
        still = set(one.individuals.key[one.individuals.stage == JUVENILE])
        assert not of_age & still
        gone = set(one.individuals.key)
        assert (others & gone) <= still
    assert set(np.unique(one.individuals.stage)) == {RESIDENT, JUVENILE}


def test_orphans_die_of_their_mothers_death_by_people(ground: PopulationHabitat) -> None:
    """And not of her natural death, which is within their own survival."""
    one = population(ground, n=400)
    for _ in range(3):
        one.live_a_year(ground)
    deadly = ground.resident_fields._replace(
        hazard_per_day=np.broadcast_to(
            np.array([1e3, 0, 0], np.float32)[:, None, None], (3, SIZE, SIZE)
        ).copy(),
        hazard_step=np.ones((SIZE, SIZE), np.float32),
    )
    for values in deadly:
        values.setflags(write=False)
    animals = one.individuals
    young = (animals.stage == JUVENILE) & (animals.mother >= 0)
    needs = (
        young
        & (animals.age + 0.5 < ground.life.leaves_from_y.value)
        & (animals.age < animals.leave_age)
    )
    mother_home = np.isin(animals.mother, animals.row[animals.residents()])
    expected = int((needs & mother_home).sum())
    assert expected > 20
    row = dict(zip(COLUMN, one.live_a_year(like(ground, resident_fields=deadly)), strict=True))
    assert row["deaths_orphaned"] == expected
    assert row["deaths_hunting"] > 100


def test_searchers_go_on_searching_where_there_is_no_room(ground: PopulationHabitat) -> None:
    full = like(ground, crowd=ground.crowd._replace(room=np.zeros_like(ground.crowd.room)))
    one = population(ground)
    row = dict(zip(COLUMN, one.live_a_year(full), strict=True))
    assert row["settled"] == 0
    assert row["dispersers"] > 0
    assert (one.individuals.searched_d[one.individuals.stage == DISPERSER] > 300).all()
    # crowded without end: nobody breeds
    assert row["births"] == 0


def test_days_that_stand_for_others() -> None:
    assert exposure(None) == 1
    assert exposure(183) == 1
    assert exposure(5) == 36.5
    assert exposure(0) == 1
