"""Risk of loss and what vital rates say of chance, against exact theory and animals one by one."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from corridor_sim import load_species
from corridor_sim.simulation.generations.lifetimes import (
    demographic_variance_of,
    effective_share,
    reproductive_values,
    spread_of_young,
    standing_birth_probability,
)
from corridor_sim.simulation.generations.regulation import return_rates_of
from corridor_sim.simulation.generations.risk import gone_by_age, risk_below
from corridor_sim.species.demography import (
    VitalRates,
    generation_y,
    leslie_matrix,
    stable_ages,
    survivorship,
    vital_rates,
)
from oracles.branching import Branching
from oracles.families import (
    SHORT_LIVED,
    crowded_through_years,
    diversity_lost,
    females_through_years,
)
from oracles.verdict import Verdict

QUADRATURE = "the error that risk_below states"


def jaguars() -> VitalRates:
    life = load_species("jaguar").life_cycle
    assert life is not None
    return vital_rates(life)


def test_a_walk_without_drift_stays_above_its_start_as_any_would(verdict: Verdict) -> None:
    """Sparre Andersen: ``C(2 n, n) / 4^n``, whatever the (symmetric, continuous) law of a step."""
    for variance in (0.0025, 0.4):
        # mean logarithms stand still where the course makes up for - v / 2
        course = 50.0 * np.exp(np.arange(41) * variance / 2)
        found = risk_below(course, 0.0, 0.0, variance, 50.0, 40)
        exact = 1 - np.array([math.comb(2 * n, n) / 4**n for n in range(41)])
        verdict.below(
            f"error of the risk to have been below the start, variance {variance:g}, 40 years",
            "1 - C(2n, n) / 4^n (Sparre Andersen 1954)",
            1e-7,
            float(np.abs(found - exact).max()),
            QUADRATURE,
        )


def test_without_regulation_it_is_the_diffusion_of_dennis(verdict: Verdict) -> None:
    """The first passage is inverse Gaussian if watched all the time, with looks at a distance."""
    distance, drift, variance = 1.0, -0.3, 0.5

    def passed(far: float) -> float:
        sd = math.sqrt(variance)
        one, two = (-far - drift) / sd, (-far + drift) / sd
        return float(norm.cdf(one) + math.exp(-2 * drift * far / variance) * norm.cdf(two))

    errors = []
    for looks in (16, 64, 256):
        step = variance / looks
        course = 1e3 * np.exp(np.arange(looks + 1) * (drift / looks + step / 2))
        found = risk_below(course, 0.0, 0.0, step, 1e3 * math.exp(-distance), looks)[-1]
        # Siegmund: - zeta(1/2) / sqrt(2 pi) standard deviations of a step farther
        moved = passed(distance + 0.582597 * math.sqrt(step))
        errors.append(abs(found - moved))
    verdict.below(
        "error of the risk with 256 looks, threshold moved by 0.5826 SD of a step",
        "inverse Gaussian (Dennis et al. 1991; Siegmund 1985)",
        errors[1] / 3,
        errors[2],
        "of order 1 / looks: a third of that with 64",
    )
    assert errors[1] < errors[0] / 3
    # it would be many times that if the threshold were not moved
    assert passed(distance) - found > 10 * errors[2]


def test_with_regulation_logarithms_are_autoregressive(verdict: Verdict) -> None:
    course, back, v, threshold = np.full(201, 80.0), 0.15, 0.02, 65.0
    found = risk_below(course, back, 0.0, v, threshold, 200, ever=False)
    keeps = 1 - back
    t = np.arange(1, 201)
    mean = -v / 2 * (1 - keeps**t) / (1 - keeps)
    spread = np.sqrt(v * (1 - keeps ** (2 * t)) / (1 - keeps**2))
    exact = norm.cdf((math.log(threshold / 80) - mean) / spread)
    verdict.below(
        "error of the chance to be below the threshold, 1 to 200 years",
        "normal, as AR(1), up to its stationary law",
        1e-7,
        float(np.abs(found[1:] - exact).max()),
        QUADRATURE,
    )


@pytest.mark.parametrize("ever", [True, False])
def test_numbers_drawn_year_by_year(ever: bool, verdict: Verdict) -> None:
    """The whole model, with individual chance and a course that falls."""
    runs, years, back, d, e, threshold = 100_000, 15, (0.1, 0.4), 0.8, 0.02, 12.0
    course = np.geomspace(40, 15, years + 1)
    rng = np.random.default_rng(5)
    x, hit = np.full(runs, math.log(40)), np.zeros(runs, bool)
    for year in range(1, years + 1):
        v = e + d * np.exp(-np.maximum(x, 0.0))
        away = x - math.log(course[year - 1])
        x = math.log(course[year]) + (1 - np.where(away < 0, *back)) * away - v / 2
        x += np.sqrt(v) * rng.standard_normal(runs)
        below = x < math.log(threshold)
        hit = (hit | below) if ever else below
    verdict.share(
        f"runs that {'were ever' if ever else 'are'} below 12 animals, 15 years from 40",
        "risk_below",
        float(risk_below(course, back, d, e, threshold, years, ever=ever)[-1]),
        int(hit.sum()),
        runs,
    )


@pytest.mark.parametrize(
    ("name", "about", "share"), [("jaguar", 42, 0.5), ("andean_bear", 100, 0.6)]
)
def test_the_diffusion_stands_for_animals_one_by_one(
    name: str, about: int, share: float, verdict: Verdict
) -> None:
    """What the page says of its error: ages, whole animals, crowding that takes years."""
    life = load_species(name).life_cycle
    assert life is not None
    rates, years, runs = vital_rates(life), 50, 4_000
    numbers = crowded_through_years(rates, about, years, runs, seed=3)
    animals = int(numbers[0, 0])
    threshold = share * animals
    seen = float((numbers < threshold).any(axis=0).mean())
    course, variance = np.full(years + 1, float(animals)), demographic_variance_of(rates)
    found = risk_below(course, return_rates_of(rates), variance, 0.0, threshold, years)[-1]
    verdict.below(
        f"error of the risk that {animals} of a crowded {name} are ever below {threshold:g}",
        f"{runs} populations one by one, 50 years: {seen:.3f}",
        0.1 + 4.5 * math.sqrt(seen * (1 - seen) / runs),
        abs(float(found) - seen),
        "0.1, as the page says, and 4.5 SE",
    )


@pytest.mark.parametrize(("name", "b"), [("short-lived", None), ("jaguar", 0.5)])
def test_demographic_variance_is_that_of_reproductive_value(
    name: str, b: float | None, verdict: Verdict
) -> None:
    rates = SHORT_LIVED if name == "short-lived" else jaguars()
    birth = standing_birth_probability(rates) if b is None else b
    matrix = leslie_matrix(rates, birth)
    value = reproductive_values(matrix)
    grown = float(np.max(np.linalg.eigvals(matrix).real))
    # stable ages, of both sexes as many as are born
    stable, f = stable_ages(matrix), rates.female_at_birth
    value *= 1 / f / float(stable @ value)
    numbers = 500.0
    females = numbers * f * stable
    process = Branching(rates, b=birth)
    start = np.concatenate([females, females * (1 - f) / f])
    _, covariance = process.forward(start, 8)
    v = np.concatenate([value, np.zeros(value.size)])
    found = demographic_variance_of(rates, b)
    # each year adds numbers * variance, and growth carries it on
    exact = sum(numbers * found * grown ** (y + 2 * (8 - y)) for y in range(8))
    assert v @ covariance @ v == pytest.approx(exact, rel=1e-9)
    start_whole = np.round(females).astype(np.int64)
    runs, years = 20_000, 8
    living = females_through_years(rates, start_whole, years, runs, birth, seed=3)[:, -1] @ value
    x = living - living.mean()
    variance = float(living.var(ddof=1))
    ratio = float(start_whole @ value) / numbers
    verdict.close(
        f"variance of numbers in reproductive value after 8 years, {name}",
        "sum of lambda^(2 T - t) N sigma_d^2",
        exact * ratio,
        variance,
        math.sqrt((float(np.mean(x**4)) - variance**2) / runs),
    )


def test_young_of_settled_animals_spread_as_their_lives_do(verdict: Verdict) -> None:
    rates, settled, sired_from, n = SHORT_LIVED, 1, 2, 200_000
    rng = np.random.default_rng(8)
    b = standing_birth_probability(rates)
    female = rng.random(n) < rates.female_at_birth
    reached = survivorship(rates.survival)
    # a litter for every female that bears one, shared by the males of the age
    litters = 1 / (rates.litter_mean * (1 - rates.female_at_birth) * reached[sired_from:].sum())
    alive, young = np.ones(n, bool), np.zeros(n, np.int64)
    for age in range(settled, reached.size):
        born = np.where(
            female,
            (rng.random(n) < b) * rates.gives_birth[age],
            rng.poisson(litters, n) * (age >= sired_from),
        )
        more = rng.binomial(born * (rates.litter_most - rates.litter_least), rates.litter_chance)
        young += alive * (born * rates.litter_least + more)
        alive &= rng.random(n) < rates.survival[age]
    grown = rng.binomial(young, reached[settled] / 2)
    verdict.close(
        "settled young of a settled animal, half of each",
        "numbers stand still",
        1.0,
        float(grown.mean()),
        float(grown.std() / math.sqrt(n)),
    )
    away = (grown - 1.0) ** 2
    verdict.close(
        "their variance over their mean",
        "p Var K / E K + 1 - p",
        spread_of_young(rates, sired_from, settled),
        float(away.mean()),
        float(away.std() / math.sqrt(n)),
    )


def test_families_die_out_as_animals_one_by_one_do(verdict: Verdict) -> None:
    rates, years, runs = jaguars(), 40, 20_000
    b = standing_birth_probability(rates)
    start = np.zeros(rates.survival.size, np.int64)
    start[[0, 2, 5, 9]] = 1, 2, 1, 1
    living = females_through_years(rates, start, years, runs, b, seed=9).sum(axis=2)
    gone = (living == 0).sum(axis=0)
    chance = np.prod(gone_by_age(rates, years) ** start, axis=1)
    for year in (5, 15, 40):
        verdict.share(
            f"families of five female jaguars gone after {year} years",
            "generating function by ages",
            float(chance[year]),
            int(gone[year]),
            runs,
        )


def test_in_short_steps_it_is_the_birth_death_process(verdict: Verdict) -> None:
    """Kendall 1948: everybody dies at a rate and has a daughter at another, at any age."""
    dying, bearing, t = 0.3, 0.2, 4.0

    def gone(parts: int) -> float:
        ages = int(parts * t) + 2  # older than anybody grows in this time
        rates = replace(
            SHORT_LIVED,
            survival=np.append(np.full(ages - 1, 1 - dying / parts), 0.0),
            gives_birth=np.arange(ages) > 0,
            litter_least=1,
            litter_most=1,
            litter_chance=0.0,
            female_at_birth=1.0,
        )
        return float(gone_by_age(rates, int(parts * t), bearing / parts)[-1, 0])

    grown = math.exp((bearing - dying) * t)
    exact = dying * (grown - 1) / (bearing * grown - dying)
    once, twice = gone(20), gone(40)
    assert abs(twice - exact) < 0.6 * abs(once - exact)
    verdict.below(
        "error of the chance that one line has died out, steps extrapolated to none",
        "mu (E - 1) / (lambda E - mu) (Kendall 1948)",
        abs(once - twice) / 10,
        abs(2 * twice - once - exact),
        "a tenth of what the last halving of steps changes",
    )


def test_effective_numbers_lose_diversity_as_they_say(verdict: Verdict) -> None:
    years = np.array([12, 40])
    left, animals = diversity_lost(SHORT_LIVED, 1, 100, demes=60, loci=30, years=years, seed=1)
    rate = np.log(left[0] / left[1]) / (years[1] - years[0])
    reached, ages = survivorship(SHORT_LIVED.survival), np.arange(6)
    father = float(ages[1:] @ reached[1:] / reached[1:].sum())
    generation = (generation_y(SHORT_LIVED) + father) / 2
    ne = 1 / (2 * (1 - np.exp(-rate.mean() * generation)))
    error = float(rate.std(ddof=1) / math.sqrt(rate.size) / rate.mean())
    share = ne / animals
    verdict.close(
        f"Ne / N of {animals:.0f} animals, from the loss of diversity",
        "4 N1 L / (V + 2) of two sexes",
        effective_share(SHORT_LIVED, 1.0),
        float(share),
        float(share * error),
    )
