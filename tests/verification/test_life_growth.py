"""Without movement and crowding a population grows as its Leslie matrix says, for every species.

Everybody then lives by own luck, so numbers are a branching process whose mean and covariance are
exact (:mod:`oracles.branching`); every standard error below is theirs.
"""

from __future__ import annotations

import functools

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from corridor_sim import load_species
from corridor_sim.species.demography import (
    VitalRates,
    growth_rate,
    leslie_matrix,
    stable_ages,
    survivorship,
    vital_rates,
)
from oracles.branching import Branching
from oracles.populations import FOUR, by_sex_and_age, made, plain_ground, settled
from oracles.verdict import TAIL, Verdict

DOSSIER = {"jaguar": 1.053, "andean_bear": 1.039, "mountain_tapir": 1.063, "andean_condor": 1.037}
WARM_UP, YEARS = 30, 25
# founders; the condor's ages take a century to forget them, and it starts with fewer
FOUNDERS = dict.fromkeys(FOUR, 2000) | {"andean_condor": 600}
LATER = dict.fromkeys(FOUR, YEARS) | {"andean_condor": 90}


@functools.cache
def run(key: str) -> tuple[VitalRates, int, list[NDArray[np.float64]]]:
    """Return rates, the years after WARM_UP, and numbers by sex and age at 0, WARM_UP and the end.

    A male is always in reach: mates take no part in these checks.
    """
    species = made(key, mating_reach_m=1e6)
    ground = plain_ground(species)
    population = settled(species, ground, FOUNDERS[key])
    seen = [by_sex_and_age(population)]
    for year in range(WARM_UP + LATER[key]):
        population.live_a_year(ground)
        if year + 1 in (WARM_UP, WARM_UP + LATER[key]):
            seen.append(by_sex_and_age(population))
    return population.rates, LATER[key], seen


@pytest.mark.parametrize("key", FOUR)
def test_leslie_matrix_of_the_species(key: str, verdict: Verdict) -> None:
    """The matrix is written down anew here, in the form of the Euler-Lotka equation."""
    life = load_species(key).life_cycle
    rates = vital_rates(life)
    lam = growth_rate(leslie_matrix(rates))
    verdict.below(
        f"{key}: growth rate {lam:.4f} against {DOSSIER[key]}",
        "species dossier",
        0.001,
        abs(lam - DOSSIER[key]),
        "its last digit",
    )
    given = life.survival_by_age.values
    total, alive = 0.0, 1.0
    for age in range(int(life.longevity_y.value) + 1):
        if life.first_birth_y.value <= age <= life.last_birth_y.value:
            daughters = life.litter_mean.value * life.female_at_birth.value
            total += alive * life.birth_probability.value * daughters * lam**-age
        alive *= given[min(age, len(given) - 1)]
    verdict.below(f"{key}: Euler-Lotka sum less 1", "0", 1e-9, abs(total - 1), "rounding")
    at_k = growth_rate(leslie_matrix(rates, rates.birth_probability_at_capacity))
    verdict.below(f"{key}: growth rate less 1 at capacity", "0", 1e-9, abs(at_k - 1), "rounding")
    # ages at that rate follow survival alone
    ages = stable_ages(leslie_matrix(rates, rates.birth_probability_at_capacity))
    alive_at = survivorship(rates.survival)
    assert ages == pytest.approx(alive_at / alive_at.sum(), abs=1e-9)


@pytest.mark.parametrize("key", FOUR)
def test_numbers_grow_as_the_matrix_says(key: str, verdict: Verdict) -> None:
    rates, later, (start, warm, end) = run(key)
    process = Branching(rates)
    for name, before, after, years in (
        ("from the founders", start, warm, WARM_UP),
        ("from then on", warm, end, later),
    ):
        mean, cov = process.forward(before, years)
        verdict.close(
            f"{key}: animals after {years} years {name}",
            "A^t n",
            mean.sum(),
            after.sum(),
            float(np.sqrt(cov.sum())),
        )


@pytest.mark.parametrize("key", FOUR)
def test_growth_rate_is_the_dominant_eigenvalue(key: str, verdict: Verdict) -> None:
    """By reproductive value, whose mean grows by lambda every year from whatever ages."""
    rates, later, (start, warm, end) = run(key)
    n, years = rates.survival.size, WARM_UP + later
    matrix = leslie_matrix(rates)
    values, left = np.linalg.eig(matrix.T)
    value = np.abs(left[:, np.argmax(values.real)].real)
    value = np.concatenate([value, np.zeros(n)])
    _, cov = Branching(rates).forward(start, years)
    ratio = (value @ end) / (value @ start)
    seen = ratio ** (1 / years)
    relative = np.sqrt(value @ cov @ value) / (value @ end)
    verdict.close(
        f"{key}: yearly growth over {years} years, {int(start.sum())} to {int(end.sum())} animals",
        "dominant eigenvalue",
        growth_rate(matrix),
        float(seen),
        float(seen * relative / years),
    )
    assert warm.sum() > start.sum()


@pytest.mark.parametrize("key", FOUR)
def test_ages_become_the_eigenvector(key: str, verdict: Verdict) -> None:
    """A chi-square with the exact covariance of the ages, which do not vary independently."""
    rates, later, (start, _, end) = run(key)
    n, years = rates.survival.size, WARM_UP + later
    stable = stable_ages(leslie_matrix(rates))
    mean, cov = Branching(rates).forward(start, years)
    mean, cov, seen = mean[:n], cov[:n, :n], end[:n]
    # nothing is left of the founders' own ages: the mean is the eigenvector to a tenth of an error
    error = np.sqrt(np.diag(cov))
    assert (np.abs(mean - mean.sum() * stable) <= 0.1 * error + 1e-9).all()
    share = np.eye(n) - np.outer(stable, np.ones(n))
    # classes of at least 25 animals; the oldest together
    few = np.flatnonzero(mean < 25)
    groups = np.eye(n)[mean >= 25]
    if few.size:
        groups = np.vstack([groups, np.isin(np.arange(n), few)])
    off = groups @ (share @ seen)
    spread = groups @ share @ cov @ share.T @ groups.T
    # shares sum to 1: one class follows from the others
    off, spread = off[1:], spread[1:, 1:]
    distance = float(off @ np.linalg.solve(spread, off))
    verdict.below(
        f"{key}: distance of {off.size} age classes from the eigenvector",
        "stable ages",
        float(stats.chi2.isf(TAIL, off.size)),
        distance,
        f"chi-square({off.size})",
    )
    verdict.above(
        f"{key}: the same distance",
        "no better than chance allows",
        float(stats.chi2.ppf(TAIL, off.size)),
        distance,
        "lower tail",
    )


@pytest.mark.parametrize("key", FOUR)
def test_sexes_follow_births(key: str, verdict: Verdict) -> None:
    """Survival knows no sex, so the sexes stay as they are born."""
    rates, later, (start, _, end) = run(key)
    n = rates.survival.size
    mean, cov = Branching(rates).forward(start, WARM_UP + later)
    female = mean[:n].sum() / mean.sum()
    # females less their share of everybody
    weight = np.concatenate([np.full(n, 1 - female), np.full(n, -female)])
    verdict.close(
        f"{key}: share of females",
        "A^t n",
        female,
        end[:n].sum() / end.sum(),
        float(np.sqrt(weight @ cov @ weight) / mean.sum()),
    )
    born_female = load_species(key).life_cycle.female_at_birth.value
    assert female == pytest.approx(born_female, abs=0.03)
