"""Numbers by tiles against exact theory: growth, ages, cohorts, leaving, orphans, rest."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq

from corridor_sim import Species, load_landscape, load_species
from corridor_sim.config.life_cycle import LifeCycleSettings
from corridor_sim.kernels.records import Tallies, make_log
from corridor_sim.kernels.states import RESIDENT, STAGES
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.movement.step_selection import SelectSteps
from corridor_sim.simulation.days.simulation import clock_of, seasons_of_year, side_by_side
from corridor_sim.simulation.decades.founders import found, give_traits
from corridor_sim.simulation.decades.habitat import make_habitat
from corridor_sim.simulation.decades.individuals import no_individuals
from corridor_sim.simulation.generations.ground import resident_hazard_map
from corridor_sim.simulation.generations.machine import Course, Generations
from corridor_sim.simulation.generations.projection import Met, Numbers, Projection, leaving
from corridor_sim.species.demography import (
    growth_rate,
    leslie_matrix,
    stable_ages,
    survivorship,
    vital_rates,
)
from oracles import searching as twin
from oracles.populations import FOUR, changed, made, streams_of
from oracles.verdict import Verdict

WALKERS = FOUR[:3]


def at_once(life_of: str, **life: Any) -> Species:
    """Return a species whose young settle at once, on whatever ground there is."""
    species = made(life_of, exclusion_female_m=0.0, exclusion_male_m=0.0, **life)
    move = species.movement
    sexes = {
        sex: getattr(move, sex).model_copy(
            update={"disperser": changed(getattr(move, sex).disperser, share_of_sex=0.0)}
        )
        for sex in ("female", "male")
    }
    return species.model_copy(update={"movement": move.model_copy(update=sexes)})


def begun(
    species: Species, land: Landscape, *, scale: float = 1.0, walks: int = 300
) -> tuple[Projection, Numbers, Met]:
    """Return numbers at their beginning on a landscape that stays as it is."""
    life = LifeCycleSettings(burn_in={"at_most_y": 0}, capacity_scale=scale)
    course = Course((0,), (land,))
    generations = Generations([species], land, course, 1, life, 3, walks=walks)
    projection = generations.kinds[species.key].projection
    met = generations._met(species.key, -1, 0)
    return projection, projection.begin(met), met


def by_age(numbers: Numbers, sex: int) -> np.ndarray:
    return np.asarray((numbers.residents[sex] + numbers.young[sex]).sum(axis=1))


@pytest.mark.parametrize("key", WALKERS)
def test_few_animals_grow_as_the_leslie_matrix_says(verdict: Verdict, key: str) -> None:
    species = at_once(key)
    projection, numbers, met = begun(species, uniform(40, 40), scale=1000.0)
    rates = projection.rates
    # numbers over capacity take no births, and stay where males are everywhere
    projection._birth = np.array([rates.birth_probability, rates.birth_probability, 1e9])
    keep, growth = 0.01 * met.habitat.capacity, 0.0
    for _ in range(250):
        factor = keep / numbers.independent
        numbers.residents *= factor
        numbers.young *= factor
        projection.year(numbers, met)
        growth = numbers.independent / keep
    matrix = leslie_matrix(rates)
    sires = numbers.residents[1, int(species.life_cycle.first_siring_y.value) :].sum()
    # a quarter of the smallest disc of mating lies on the map where a female is worst off
    reach_km = min(species.life_cycle.mating_reach_m.value / 1000, 20)
    alone = math.exp(-sires * reach_km**2 * 3 / 4 / 1600)
    bound = max(alone, 1e-7)
    assert bound < 1e-3
    why = "females without a male in reach, and what 250 years leave of the first ages"
    verdict.below(
        f"error of lambda, few {key}s by tiles",
        "Leslie eigenvalue",
        bound,
        abs(growth - growth_rate(matrix)),
        why,
    )
    ages = by_age(numbers, 0)
    off = np.abs(ages / ages.sum() - stable_ages(matrix)).max()
    verdict.below(f"error of ages, few {key}s by tiles", "Leslie eigenvector", bound, off, why)
    males = by_age(numbers, 1).sum() / by_age(numbers, 0).sum()
    assert males == pytest.approx((1 - rates.female_at_birth) / rates.female_at_birth, rel=1e-9)


@pytest.mark.parametrize("settles", [True, False])
def test_cohorts_die_by_their_ages_wherever_they_are(settles: bool) -> None:
    """Young, residents and searching of all ages without births; who never settles ages as well."""
    species = made("andean_bear")
    projection, numbers, met = begun(species, uniform(20, 20))
    if not settles:
        met = replace(met, walks=replace(met.walks, home=np.full_like(met.walks.home, -1)))
    projection._birth = np.array([0.0, 0.0, 1.5])
    alive = survivorship(projection.rates.survival)
    at_start = [by_age(numbers, sex) for sex in (0, 1)]
    for year in range(1, 13):
        projection.year(numbers, met)
        for sex, start in enumerate(at_start):
            left = start[:-year] * alive[year:] / alive[:-year]
            seeking = numbers.searching[met.walks.male == sex].sum()
            assert by_age(numbers, sex).sum() + seeking == pytest.approx(left.sum(), rel=1e-9)
    assert (numbers.searching.sum() > 1) is not settles


def test_whose_walk_has_ended_looks_where_it_ended() -> None:
    """Wandering for decades on average, all are residents once the recorded years are over."""
    species = at_once("andean_bear")
    projection, numbers, met = begun(species, uniform(20, 20))
    numbers.residents[:], numbers.young[:] = 0.0, 0.0
    numbers.searching[:, 0, 0] = 1e-3
    numbers.ages[:, :, 2] = 1.0
    numbers.ages[:, :, 3:] = 0.0
    move = species.movement
    slow = {
        sex: getattr(move, sex).model_copy(
            update={"disperser": changed(getattr(move, sex).disperser, duration_d=20_000.0)}
        )
        for sex in ("female", "male")
    }
    wandering = met.habitat.here.species.model_copy(
        update={
            "movement": move.model_copy(update=slow),
            "life_cycle": changed(met.habitat.life, settles_with_mate=False),
        }
    )
    here = replace(met.habitat.here, species=wandering)
    met = replace(met, habitat=replace(met.habitat, here=here, life=wandering.life_cycle))
    seeking = [numbers.searching.sum()]
    for _ in range(3):
        projection.year(numbers, met)
        seeking.append(numbers.searching.sum())
    assert seeking[2] > 0.5 * seeking[0]
    assert seeking[3] < 1e-6


@pytest.mark.parametrize("key", WALKERS)
def test_ages_of_leaving_are_those_drawn_through_decades(verdict: Verdict, key: str) -> None:
    species = load_species(key)
    habitat = make_habitat(species, uniform(10, 10), exposure=1.0)
    n = 40_000
    drawn = no_individuals(n)
    drawn.key[:] = np.arange(n)
    give_traits(drawn, species, habitat.life, streams_of())
    go = leaving(habitat, 12)
    stay = np.append(1.0, np.cumprod(1.0 - go)[:-1])
    found_at = np.bincount(drawn.leave_age, minlength=12)
    verdict.counts(f"age of leaving, {key}", "shares of tiles", found_at, n * go * stay)


@pytest.mark.parametrize("key", WALKERS)
def test_the_founders_are_those_of_decades(verdict: Verdict, key: str) -> None:
    species = at_once(key)
    land = uniform(40, 40)
    projection, numbers, met = begun(species, land)
    n = 20_000
    scale = n / met.habitat.capacity
    many = make_habitat(species, land, exposure=1.0, capacity_scale=scale)
    drawn = found(species, many, projection.rates, n, streams_of())
    ages = projection.rates.survival.size
    first = int(met.habitat.life.leaves_from_y.value)
    seen = np.bincount(drawn.age[:n], minlength=ages)[first:]
    expected = (by_age(numbers, 0) + by_age(numbers, 1))[first:] * scale
    verdict.counts(f"ages of founders, {key}", "those of tiles", seen, expected)
    # those of the first ages are drawn one by one as well, their number is rounded
    young = sum(by_age(numbers, sex)[:first].sum() for sex in (0, 1)) * scale
    assert len(drawn) - n == pytest.approx(young, rel=0.02)


def test_orphans_by_hand() -> None:
    projection, numbers, met = begun(made("andean_bear"), uniform(20, 20))
    before = numbers.young.copy()
    killed = np.full(projection.tiles.n, 2.0)
    projection._orphan(numbers, met, killed)
    share = killed / (killed + numbers.residents[0].sum(axis=0))
    # bears may leave from 1.5 years on: in the middle of a year those of age 0 need their mother
    assert np.allclose(numbers.young[:, 0], before[:, 0] * (1 - share), rtol=1e-12)
    assert np.array_equal(numbers.young[:, 1:], before[:, 1:])


@pytest.mark.parametrize("key", WALKERS)
def test_numbers_stand_still_where_births_make_up_for_deaths(verdict: Verdict, key: str) -> None:
    """One disc for all: females of the law of numbers bear as many as cohorts of that size need."""
    species = at_once(key, capacity_radius_m=60_000.0, mating_reach_m=60_000.0)
    rates = vital_rates(species.life_cycle)
    ground = make_habitat(species, uniform(30, 30), exposure=1.0)
    projection, numbers, met = begun(species, uniform(30, 30), scale=19.5 / ground.capacity)
    assert projection.tiles.n_squares == 1
    for _ in range(600):
        last = projection.year(numbers, met)
    room, c = float(met.ground.room[0]), 20
    n, seeking = float(numbers.residents.sum()), float(numbers.searching.sum())
    load = brentq(lambda one: twin.mean_of(one, c) - n, 1e-6, 1e5)
    p = twin.law(load, c)
    born = [twin.birth((k + seeking) / room, projection._birth) for k in range(c + 1)]
    chance = sum(k * p[k] * born[k] for k in range(c + 1)) / n
    sires = numbers.residents[1, int(species.life_cycle.first_siring_y.value) :].sum()
    young = last.breeding_females * rates.litter_mean * chance * -math.expm1(-sires)
    # at rest a cohort's years of life are the animals that there are
    animals = numbers.independent + numbers.young.sum()
    assert 0.8 < n / room < 1
    verdict.close(
        f"births a year that keep numbers at rest, one disc of {key}s",
        "animals over the expectation of life",
        float(animals / survivorship(rates.survival).sum()),
        float(young),
        # loads are read off between sixty steps: a thousandth, over 4.5 such errors
        1e-3 * float(young) / 4.5,
    )


def test_hazards_of_residents_on_even_ground() -> None:
    species = load_species("jaguar")
    habitat = make_habitat(species, load_landscape(cell_m=5000.0), exposure=1.0)
    fields = habitat.here.fields
    even = fields._replace(
        hazard_per_day=np.full_like(fields.hazard_per_day, 1e-4), weight=np.ones_like(fields.weight)
    )
    here = replace(habitat.here, fields=even)
    found_map = resident_hazard_map(replace(habitat, here=here))
    causes = fields.hazard_per_day.shape[0]
    assert found_map == pytest.approx(np.full_like(found_map, 365 * causes * 1e-4), rel=1e-5)


@pytest.mark.parametrize(
    ("key", "off"), [("jaguar", 0.05), ("andean_bear", 0.05), ("mountain_tapir", 0.1)]
)
def test_hazards_of_residents_that_walk(verdict: Verdict, key: str, off: float) -> None:
    """Residents of the built-in landscape, their ground day by day, against the map of hazards."""
    species = load_species(key)
    habitat = make_habitat(species, load_landscape(cell_m=3000.0), exposure=1.0)
    rates, n, days = vital_rates(species.life_cycle), 1500, 60
    animals_of = found(species, habitat, rates, n, streams_of())
    rows = np.flatnonzero(animals_of.stage == RESIDENT)
    here = habitat.here
    safe = here.fields._replace(hazard_step=np.zeros_like(here.fields.hazard_step))
    mover = SelectSteps(replace(here, fields=safe))
    hazard = here.fields.hazard_per_day.sum(axis=0, dtype=np.float64)
    met = np.zeros(rows.size)
    for first in (0, 183):
        animals = animals_of.movers(rows)
        clock = clock_of(
            here,
            seasons_of_year(here),
            5,
            0,
            first * here.params.steps_per_day,
            days * here.params.steps_per_day,
        )
        tallies = Tallies(
            visits=np.zeros((len(STAGES), 0, 0), np.int32),
            passed=np.zeros((0, 0), np.int32),
            blocked=np.zeros((0, 0), np.int32),
            transits=make_log(0),
            tracks=np.full((rows.size, first + days, 2), np.nan, np.float32),
        )
        clock = clock._replace(track_every=here.params.steps_per_day)
        mover.advance(animals, clock, tallies, side_by_side(rows.size))
        at = tallies.tracks[:, first + 10 :].astype(np.int64)
        met += hazard[at[:, :, 1], at[:, :, 0]].mean(axis=1) * 365 / 2
    x, y = animals_of.centre_x[rows].astype(int), animals_of.centre_y[rows].astype(int)
    told = resident_hazard_map(habitat)[animals_of.male[rows].astype(int), y, x]
    error = (met - told).std(ddof=1) / math.sqrt(rows.size) / told.mean()
    verdict.below(
        f"hazard of resident {key}s, mean over homes, relative error",
        "residents walked by the movement core",
        off + 4.5 * error,
        abs(met.mean() / told.mean() - 1.0),
        f"stated bias {off:.0%} and 4.5 SE ({error:.2g})",
    )
