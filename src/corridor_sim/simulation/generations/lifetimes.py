"""What the vital rates of a species say of chance: variance of numbers, effective numbers.

Both rest on reproductive values: what one animal contributes to the numbers, or to the genes, of
the far future. Animals live by their own luck, females breed whenever their rates say so, and the
father of a litter is any grown male, drawn evenly, as in the years of
:mod:`corridor_sim.simulation.decades`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import SpeciesError
from corridor_sim.species.demography import (
    VitalRates,
    growth_rate,
    leslie_matrix,
    stable_ages,
    survivorship,
)

F64 = NDArray[np.float64]


def standing_birth_probability(rates: VitalRates) -> float:
    """Return the probability of giving birth at which numbers stand still, ``1 / (m f sum l_a)``.

    It is ``rates.birth_probability_at_capacity`` unless ``rates`` has been given another survival.

    Raises
    ------
    SpeciesError
        Even with a birth at every chance numbers would fall.
    """
    reached = float(survivorship(rates.survival)[rates.gives_birth].sum())
    births = rates.litter_mean * rates.female_at_birth * reached
    if births < 1:
        raise SpeciesError(
            f"a female leaves {births:.2g} daughters at most, so that numbers cannot stand still",
            where="survival",
            remedy="ask only where more survive",
        )
    return 1.0 / births


def demographic_variance_of(
    rates: VitalRates, birth_probability: float | None = None, *, counted: F64 | None = None
) -> float:
    """Return the demographic variance: of the yearly growth of N animals it makes ``variance / N``.

        sigma_d^2 = lambda^-2 sum_a u_a Var(C_a) / sum_a u_a v_a,    V = sum_a v_a n_a

    with u the stable ages of the females, v their reproductive values, scaled so that V is N where
    ages are stable, and ``C_a = S (v_{a+1} + B D v_0)`` what a female of age a contributes to the
    next year: she survives (S), gives birth (B) and has D daughters. Males contribute nothing, as
    long as there is one. Source: Engen, Lande, Saether & Weimerskirch 2005, Math. Biosci.
    195:210-227; Lande, Engen & Saether 2003, Stochastic Population Dynamics, Oxford, ch. 1 and 3.
    Exact for the variance of V, whatever the numbers; of N where ages are stable.

    Parameters
    ----------
    rates : VitalRates
    birth_probability : float, optional
        Default: that at which numbers stand still.
    counted : float64 ``[age]``, optional
        Share of the animals of each age that N counts, both sexes; default: all. Residents alone
        are fewer than all animals, and the variance in proportion.

    Returns
    -------
    float
        Animals.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> from corridor_sim.species.demography import vital_rates
    >>> rates = vital_rates(cs.load_species("jaguar").life_cycle)
    >>> round(demographic_variance_of(rates), 3)
    0.652
    """
    b = standing_birth_probability(rates) if birth_probability is None else birth_probability
    matrix = leslie_matrix(rates, b)
    u, v, f = stable_ages(matrix), reproductive_values(matrix), rates.female_at_birth
    share = np.ones(u.size) if counted is None else np.asarray(counted, np.float64)
    numbers = float(u @ share) / f  # of both sexes, where the females add up to 1
    v = v * numbers / float(u @ v)
    daughters = rates.litter_mean * f
    squared = litter_variance(rates) * f**2 + rates.litter_mean * f * (1 - f) + daughters**2
    bred = np.append(b * rates.gives_birth[1:], 0.0)
    next_v = np.append(v[1:], 0.0)
    second = next_v**2 + bred * (2 * next_v * daughters * v[0] + squared * v[0] ** 2)
    grown = growth_rate(matrix)
    variance = rates.survival * second - (grown * v) ** 2
    return float(u @ variance) / numbers / grown**2


def reproductive_values(matrix: F64) -> F64:
    """Return the reproductive value of each age, the dominant left eigenvector; 1 at age 0."""
    values, vectors = np.linalg.eig(matrix.T)
    dominant = np.abs(vectors[:, np.argmax(values.real)].real)
    return np.asarray(dominant / dominant[0])


@dataclass(frozen=True, slots=True)
class _Lifetime:
    """Lifetime number of young of a newborn, and the mean age of a parent when they are born."""

    mean: float
    variance: float
    age_y: float


def effective_share(
    rates: VitalRates, first_siring_y: float, *, counted: F64 | None = None
) -> float:
    """Return effective over counted numbers, ``Ne / N``, where generations overlap.

        1 / Ne = [1 / (f (1 - f)) - 2 + f V_f + (1 - f) V_m] / (4 N_1 L)

    with N_1 young born a year, a share f of them female, V_f and V_m the variance of the lifetime
    number of young of a newborn of each sex, those that die young included, and L the mean age of
    parents, half by mothers and half by fathers. For f = 1/2 it is ``Ne = 4 N_1 L / (V + 2)`` of
    Hill 1972 (Theor. Popul. Biol. 3:278-289, doi:10.1016/0040-5809(72)90004-4); that the variance
    of reproductive value made year by year adds up to that of lifetimes: Hill 1979, Genetics
    92:317-322; Felsenstein 1971, Genetics 68:581-597. Each child counts by the reproductive value
    of its sex, and each gene of a parent has it with chance 1/2. Right to order 1 / N where numbers
    stand still.

    Parameters
    ----------
    rates : VitalRates
        The probability of giving birth is that at which numbers stand still.
    first_siring_y : float
        Age from which males sire. Litters go to the males of a year at random: their number is
        Poisson.
    counted : float64 ``[age]``, optional
        Share of the animals of each age that N counts; default: all.

    Returns
    -------
    float
        0.3, say: three effective animals of ten counted.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> from corridor_sim.species.demography import vital_rates
    >>> life = cs.load_species("jaguar").life_cycle
    >>> round(effective_share(vital_rates(life), life.first_siring_y.value), 3)
    0.422
    """
    f, reached = rates.female_at_birth, survivorship(rates.survival)
    mother, father = _parents(rates, first_siring_y)
    length = (mother.age_y + father.age_y) / 2
    chance = 1 / (f * (1 - f)) - 2 + f * mother.variance + (1 - f) * father.variance
    living = float(reached.sum() if counted is None else reached @ np.asarray(counted))
    return float(4 * length / (chance * living))


def spread_of_young(rates: VitalRates, first_siring_y: float, settles_y: int) -> float:
    """Return the variance over the mean of the settled young that one settled animal leaves.

    Of K young born in the life of an animal that settled at age ``settles_y``, of either sex, each
    is counted with the chance p = 1 / E K: it grows up, settles, and counts half for either parent,
    so that one animal leaves one. That is a variance of ``p Var K / E K + 1 - p``. 1 would be
    Poisson; lives of uneven length and litters that are counted together make it more.

    Parameters
    ----------
    rates : VitalRates
        The probability of giving birth is that at which numbers stand still.
    first_siring_y : float
    settles_y : int
        Age at which an animal has its home.

    Returns
    -------
    float

    Examples
    --------
    >>> import corridor_sim as cs
    >>> from corridor_sim.species.demography import vital_rates
    >>> life = cs.load_species("jaguar").life_cycle
    >>> round(spread_of_young(vital_rates(life), life.first_siring_y.value, 2), 2)
    1.68
    """
    both = _parents(rates, first_siring_y, settles_y)
    weights = np.array([rates.female_at_birth, 1 - rates.female_at_birth])
    means, variances = (np.array([getattr(one, w) for one in both]) for w in ("mean", "variance"))
    mean = float(weights @ means)
    variance = float(weights @ (variances + (means - mean) ** 2))
    return variance / mean**2 + 1 - 1 / mean


def _parents(
    rates: VitalRates, first_siring_y: float, from_age: int = 0
) -> tuple[_Lifetime, _Lifetime]:
    """Return the lives of females and males from an age on."""
    reached = survivorship(rates.survival)
    sires = np.arange(reached.size) >= first_siring_y
    if not 0 < rates.female_at_birth < 1:
        raise SpeciesError(
            f"{rates.female_at_birth:g} of the young are female", where="female_at_birth"
        )
    if not reached[sires].sum() > 0:
        raise SpeciesError("no male lives to sire", where="first_siring_y")
    mean, spread = rates.litter_mean, litter_variance(rates)
    b = standing_birth_probability(rates)
    bears = np.where(rates.gives_birth, b * mean, 0.0)
    litters = 1.0 / (mean * (1 - rates.female_at_birth) * float(reached[sires].sum()))
    sired = np.where(sires, litters * mean, 0.0)
    life = rates.survival[from_age:]
    return (
        _lifetime(life, bears[from_age:], b * spread + b * (1 - b) * mean**2),
        _lifetime(life, sired[from_age:], litters * (spread + mean**2)),
    )


def litter_variance(rates: VitalRates) -> float:
    """Return the variance of the young of a litter."""
    span = rates.litter_most - rates.litter_least
    return span * rates.litter_chance * (1 - rates.litter_chance)


def _lifetime(survival: F64, young: F64, spread: float) -> _Lifetime:
    """Add up a life from its end, ``young [age]`` a year with variance ``spread`` where any."""
    mean = second = 0.0
    for s, born in zip(survival[::-1], young[::-1], strict=True):
        second = (spread + born**2 if born > 0 else 0.0) + 2 * born * s * mean + s * second
        mean = born + s * mean
    by_age = survivorship(survival) * young
    ages = np.arange(young.size)
    age_y = float(ages @ by_age / by_age.sum())
    return _Lifetime(float(mean), float(second - mean**2), age_y)
