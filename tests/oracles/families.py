"""Animals of one species that live by their own luck: by numbers of females, and with genes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor_sim.species.demography import VitalRates

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
# few ages, litters and sexes that differ from even ones, so that every term counts
SHORT_LIVED = VitalRates(
    survival=np.array([0.7, 0.8, 0.85, 0.8, 0.7, 0.0]),
    gives_birth=np.array([False, False, True, True, True, True]),
    birth_probability=0.9,
    birth_probability_at_capacity=0.825,
    births_cease_at=1.5,
    litter_least=1,
    litter_most=3,
    litter_chance=0.3,
    female_at_birth=0.45,
)


def females_through_years(
    rates: VitalRates, start: I64, years: int, runs: int, b: float, seed: int
) -> I64:
    """Return females by age, ``[runs, years + 1, age]``."""
    rng = np.random.default_rng(seed)
    out = np.zeros((runs, years + 1, start.size), np.int64)
    out[:, 0] = start
    for year in range(1, years + 1):
        out[:, year, 1:] = rng.binomial(out[:, year - 1], rates.survival)[:, :-1]
        mothers = rng.binomial(out[:, year, rates.gives_birth].sum(axis=1), b)
        more = rng.binomial(mothers * (rates.litter_most - rates.litter_least), rates.litter_chance)
        young = rates.litter_least * mothers + more
        out[:, year, 0] = rng.binomial(young, rates.female_at_birth)
    return out


def diversity_lost(
    rates: VitalRates,
    first_siring: int,
    litters: int,
    *,
    demes: int,
    loci: int,
    years: I64,
    seed: int,
) -> tuple[F64, float]:
    """Return the diversity left in each of many closed populations, and their mean numbers.

    A year: everybody survives by its own luck; about ``litters`` litters fall to random females of
    the age, each with a father drawn from the males of the age. Founders' gene copies all differ.

    Returns
    -------
    float64 ``[len(years), demes]``, float
        Chance that two copies differ by descent, mean over loci; animals of one population.
    """
    rng = np.random.default_rng(seed)
    reached = np.cumprod(np.append(1.0, rates.survival[:-1]))
    born = litters * (
        rates.litter_least + (rates.litter_most - rates.litter_least) * rates.litter_chance
    )
    n = round(born * float(reached.sum()))
    age = rng.choice(reached.size, (demes, n), p=reached / reached.sum()).reshape(-1)
    female = rng.random(age.size) < rates.female_at_birth
    deme = np.repeat(np.arange(demes), n)
    copies = np.arange(2 * n, dtype=np.int32).reshape(1, n, 1, 2)
    genes = np.broadcast_to(copies, (demes, n, loci, 2)).reshape(-1, loci, 2)
    left, numbers = [], []
    for year in range(1, int(years[-1]) + 1):
        alive = rng.random(age.size) < rates.survival[age]
        age, female, deme, genes = age[alive] + 1, female[alive], deme[alive], genes[alive]
        able = female & rates.gives_birth[age]
        chance = np.minimum(1.0, litters / np.maximum(np.bincount(deme[able], minlength=demes), 1))
        mother = np.flatnonzero(able)[rng.random(int(able.sum())) < chance[deme[able]]]
        sires = np.flatnonzero(~female & (age >= first_siring))  # in order of demes
        many = np.bincount(deme[sires], minlength=demes)
        first = np.cumsum(many) - many
        at = first[deme[mother]] + (rng.random(mother.size) * many[deme[mother]]).astype(np.int64)
        litter = rates.litter_least + rng.binomial(
            rates.litter_most - rates.litter_least, rates.litter_chance, mother.size
        )
        parents = [np.repeat(one, litter) for one in (mother, sires[at])]
        coins = rng.integers(0, 2, (2, parents[0].size, loci, 1))
        young = [
            np.take_along_axis(genes[one], coin, axis=2)
            for one, coin in zip(parents, coins, strict=True)
        ]
        genes = np.concatenate([genes, np.concatenate(young, axis=2)])
        age = np.append(age, np.zeros(parents[0].size, np.int64))
        female = np.append(female, rng.random(parents[0].size) < rates.female_at_birth)
        deme = np.append(deme, deme[parents[0]])
        order = np.argsort(deme, kind="stable")
        age, female, deme, genes = age[order], female[order], deme[order], genes[order]
        numbers.append(age.size / demes)
        if year in years:
            left.append(_differ(genes, deme, demes, 2 * n))
    return np.array(left), float(np.mean(numbers))


def _differ(genes: NDArray[np.int32], deme: I64, demes: int, alleles: int) -> F64:
    """Return the chance that two distinct copies differ, by deme, mean over loci."""
    found = np.zeros(demes)
    for locus in range(genes.shape[1]):
        key = deme[:, None] * alleles + genes[:, locus]
        times = np.bincount(key.reshape(-1), minlength=demes * alleles).reshape(demes, alleles)
        n = times.sum(axis=1)
        found += 1 - (times * (times - 1.0)).sum(axis=1) / (n * (n - 1.0))
    return found / genes.shape[1]


def crowded_through_years(
    rates: VitalRates, animals: float, years: int, runs: int, seed: int
) -> I64:
    """Return all animals, ``[years + 1, runs]``, of populations whose births fall with numbers.

    Both sexes, from stable ages at capacity, which is what they are at first.
    """
    rng = np.random.default_rng(seed)
    reached = np.cumprod(np.append(1.0, rates.survival[:-1]))
    sexes = np.array([rates.female_at_birth, 1 - rates.female_at_birth])[:, None]
    first = np.round(animals * sexes * reached / reached.sum()).astype(np.int64)
    now = np.tile(first, (runs, 1, 1))
    out = [now.sum(axis=(1, 2))]
    for _ in range(years):
        b = rates.birth_probability_at(out[-1] / float(first.sum()))
        later = np.zeros_like(now)
        later[:, :, 1:] = rng.binomial(now, rates.survival)[:, :, :-1]
        mothers = rng.binomial(later[:, 0, rates.gives_birth].sum(axis=1), b)
        more = rng.binomial(mothers * (rates.litter_most - rates.litter_least), rates.litter_chance)
        young = rates.litter_least * mothers + more
        later[:, 0, 0] = rng.binomial(young, rates.female_at_birth)
        later[:, 1, 0] = young - later[:, 0, 0]
        now = later
        out.append(now.sum(axis=(1, 2)))
    return np.array(out)
