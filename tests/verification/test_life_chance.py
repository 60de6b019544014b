"""Chance of individuals and chance of years are two switches, each with the variance it must have.

One herd, many replicates of what happens to it: the same founders go on under another luck. Without
either chance, replicates differ by rounding alone.
"""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from scipy.special import expit, logit

from corridor_sim import load_species
from corridor_sim.simulation.decades.random_streams import shifted
from corridor_sim.species.demography import (
    VitalRates,
    growth_rate,
    leslie_matrix,
    stable_ages,
    vital_rates,
)
from oracles.branching import Branching, rounding_spread
from oracles.populations import (
    by_sex_and_age,
    made,
    plain_ground,
    settled,
    streams_of,
    with_streams,
)
from oracles.verdict import TAIL, Verdict, Z

YEARS, REPLICATES, FOUNDERS, SD = 8, 80, 600, 0.3


@functools.cache
def replicates(
    demographic: bool, sd: float
) -> tuple[VitalRates, NDArray[np.float64], NDArray[np.float64]]:
    """Return rates, the founders by sex and age, and every replicate after YEARS."""
    species = made("jaguar", mating_reach_m=1e6)
    ground = plain_ground(species)
    founders = settled(species, ground, FOUNDERS)
    out = []
    for r in range(REPLICATES):
        population = with_streams(founders, streams_of(r + 1, demographic=demographic, sd=sd))
        for _ in range(YEARS):
            population.live_a_year(ground)
        out.append(by_sex_and_age(population))
    return founders.rates, by_sex_and_age(founders), np.array(out)


def by_weather(rates: VitalRates, start: NDArray[np.float64], r: int) -> tuple[float, float]:
    """Return the mean number of replicate ``r`` after its weather, and the spread by rounding."""
    streams, n, worst = streams_of(r + 1, sd=SD), start, 0.0
    for year in range(YEARS):
        s_shift, b_shift = streams.weather(year)
        s = rates.survival.copy()
        s[:-1] = expit(logit(s[:-1]) + s_shift)
        process = Branching(rates, float(expit(logit(rates.birth_probability) + b_shift)), s)
        n = process.mean @ n
        worst = max(worst, rounding_spread(process, rates, YEARS))
    return float(n.sum()), worst


def variance_error(values: NDArray[np.float64]) -> float:
    """Return the standard error of a sample variance, by the sample's own fourth moment."""
    off = values - values.mean()
    return float(np.sqrt((np.mean(off**4) - np.mean(off**2) ** 2) / values.size))


def test_without_any_chance_replicates_differ_by_rounding(verdict: Verdict) -> None:
    rates, start, ends = replicates(False, 0.0)
    process = Branching(rates)
    mean, cov = process.forward(start, YEARS)
    totals = ends.sum(axis=1)
    verdict.below(
        f"no chance: worst of {REPLICATES} replicates off A^t n = {mean.sum():.0f}",
        "0",
        Z * rounding_spread(process, rates, YEARS),
        float(np.abs(totals - mean.sum()).max()),
        f"{Z:g} times what whole animals make",
    )
    verdict.below(
        "no chance: variance over that of individual chance",
        "nearly 0",
        0.05,
        float(totals.var() / cov.sum()),
        "a twentieth",
    )


def test_individual_chance_has_the_variance_of_a_branching_process(verdict: Verdict) -> None:
    rates, start, ends = replicates(True, 0.0)
    mean, cov = Branching(rates).forward(start, YEARS)
    totals = ends.sum(axis=1)
    verdict.close(
        f"individual chance: mean of {REPLICATES} replicates",
        "A^t n",
        mean.sum(),
        totals.mean(),
        float(np.sqrt(cov.sum() / REPLICATES)),
    )
    ratio = totals.var(ddof=1) / cov.sum() * (REPLICATES - 1)
    low, high = stats.chi2.ppf([TAIL / 2, 1 - TAIL / 2], REPLICATES - 1)
    verdict.between(
        "individual chance: variance over the exact one, times n - 1",
        "branching process",
        float(low),
        float(high),
        float(ratio),
    )


def test_chance_of_years_alone_follows_the_weather(verdict: Verdict) -> None:
    rates, start, ends = replicates(False, SD)
    totals = ends.sum(axis=1)
    worst = 0.0
    expected = np.empty(REPLICATES)
    for r in range(REPLICATES):
        expected[r], bound = by_weather(rates, start, r)
        worst = max(worst, abs(totals[r] - expected[r]) / bound)
    verdict.below(
        f"years' chance: worst of {REPLICATES} replicates off the product of its years' matrices",
        "0",
        Z,
        worst,
        "spreads that whole animals make",
    )
    individual = replicates(True, 0.0)[2].sum(axis=1)
    verdict.above(
        "years' chance: variance over that of individual chance",
        "they are told apart",
        float(stats.f.isf(TAIL, REPLICATES - 1, REPLICATES - 1)),
        float(totals.var() / individual.var()),
        "F if they were equal",
    )


def test_both_chances_add(verdict: Verdict) -> None:
    """Variance = that of the years' means + mean of the variances of individuals, given years."""
    rates, start, ends = replicates(True, SD)
    _, _, by_years = replicates(False, SD)
    means = by_years.sum(axis=1)
    off = ends.sum(axis=1) - means
    inside = []
    for r in range(REPLICATES):
        streams, n, cov = streams_of(r + 1, sd=SD), start.astype(float), np.zeros((start.size,) * 2)
        for year in range(YEARS):
            s_shift, b_shift = streams.weather(year)
            s = shifted(rates.survival, s_shift)
            b = float(shifted(np.array([rates.birth_probability]), b_shift)[0])
            process = Branching(rates, b, s)
            cov = process.mean @ cov @ process.mean.T + np.tensordot(n, process.cov, 1)
            n = process.mean @ n
        inside.append(cov.sum())
    verdict.close(
        "both chances: mean off the same years without individual chance",
        "0",
        0.0,
        off.mean(),
        float(np.sqrt(np.mean(inside) / REPLICATES)),
    )
    score = off**2 / np.array(inside)
    low, high = stats.chi2.ppf([TAIL / 2, 1 - TAIL / 2], REPLICATES)
    verdict.between(
        "both chances: squares of that, each over its exact variance",
        f"chi-square({REPLICATES})",
        float(low),
        float(high),
        float(score.sum()),
    )


def test_variance_of_growth_is_its_sensitivity_to_the_weather(verdict: Verdict) -> None:
    """``Var(ln lambda) = sum (d ln lambda / d shift)^2 sd^2`` to first order in small ``sd``.

    Tuljapurkar (1982), doi:10.1016/0040-5809(82)90009-0.
    """
    sd, years = 0.05, 3000
    rates = vital_rates(load_species("andean_bear").life_cycle)
    streams = streams_of(3, sd=sd)
    weather = np.array([streams.weather(year) for year in range(years)])
    matrix = leslie_matrix(rates)
    lam, w = growth_rate(matrix), stable_ages(matrix)
    logs = np.empty(years)
    n = w
    h = 1e-5

    def year_matrix(s_shift: float, b_shift: float) -> NDArray[np.float64]:
        s = shifted(rates.survival, s_shift)
        b = float(shifted(np.array([rates.birth_probability]), b_shift)[0])
        return leslie_matrix(replace(rates, survival=s), b)

    # numbers by reproductive value grow by the year's own sensitivity, whatever the ages
    values, left = np.linalg.eig(matrix.T)
    value = np.abs(left[:, np.argmax(values.real)].real)
    for year, shift in enumerate(weather):
        after = year_matrix(*shift) @ n
        logs[year] = np.log((value @ after) / (value @ n))
        n = after / after.sum()
    slopes = [
        (growth_rate(year_matrix(*up)) - growth_rate(year_matrix(*down))) / (2 * h * lam)
        for up, down in (((h, 0.0), (-h, 0.0)), ((0.0, h), (0.0, -h)))
    ]
    expected = float(np.sum(np.square(slopes)) * sd**2)
    # second order in sd: a few per mille at this sd, beside the sampling error of 2 %
    verdict.close(
        f"variance of yearly ln growth, sd {sd:g}, {years} years",
        "squared sensitivities",
        expected,
        float(logs.var()),
        variance_error(logs),
    )


@pytest.mark.parametrize("sd", [0.1, 0.8])
def test_weather_is_normal_and_its_two_parts_independent(sd: float, verdict: Verdict) -> None:
    streams = streams_of(5, sd=sd)
    n = 4000
    z = np.array([streams.weather(year) for year in range(n)]) / sd
    for i, name in enumerate(("survival", "births")):
        verdict.close(f"mean shift of {name} over sd {sd:g}", "0", 0.0, z[:, i].mean(), n**-0.5)
        verdict.close(
            f"variance of the shift of {name}",
            "sd^2",
            1.0,
            float((z[:, i] ** 2).mean()),
            (2 / n) ** 0.5,
        )
    verdict.close("survival's shift times births'", "0", 0.0, float(z.prod(axis=1).mean()), n**-0.5)
    lagged = float((z[1:, 0] * z[:-1, 0]).mean())
    verdict.close("one year's shift times the next", "0", 0.0, lagged, (n - 1) ** -0.5)
