"""How fast crowding draws numbers back to where they stand still, as one number for each side.

Numbers by age do not follow one rate: young are born years before they breed, and crowding takes
effect through them. What :func:`.risk.risk_below` needs is a process of total numbers alone that
strays as far in the long run.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import SpeciesError
from corridor_sim.simulation.generations.lifetimes import (
    demographic_variance_of,
    litter_variance,
    standing_birth_probability,
)
from corridor_sim.species.demography import VitalRates, leslie_matrix, stable_ages

F64 = NDArray[np.float64]


def return_rates_of(rates: VitalRates, *, counted: F64 | None = None) -> tuple[float, float]:
    """Return the shares of a deviation below and above standing numbers made up in a year.

    Where births fall with numbers N, from b* where they stand still at N*, females and males by age
    stray from there by the luck of each as ``x' = J x + noise``, with J the Jacobian and the noise
    that of a branching process; their covariance solves ``C = J C J^T + Q`` (Caswell 2001, Matrix
    Population Models, 2nd ed., Sinauer, ch. 15 and 16). The rate r is that at which total numbers
    alone, with the species' demographic variance, have the same variance in the long run,

        sigma_d^2 N* / (1 - (1 - r)^2) = Var N,

    and 1 where even that strays too far. Births fall less steeply below N*, ``b - (b - b*) N / N*``
    with b that at low numbers, than above, where they are taken to fall evenly to none at
    ``births_cease_at``. Without people N* is capacity; what people kill lowers it and slows the
    return.

    Parameters
    ----------
    rates : VitalRates
        ``birth_probability`` is that at low numbers.
    counted : float64 ``[age]``, optional
        Share of the animals of each age, of either sex, that count and crowd others; default: all.

    Returns
    -------
    below, above : float
        Per year, for :func:`.risk.risk_below`.

    Raises
    ------
    SpeciesError
        Births at low numbers do not make up for deaths.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> from corridor_sim.species.demography import vital_rates
    >>> rates = vital_rates(cs.load_species("jaguar").life_cycle)
    >>> [round(rate, 3) for rate in return_rates_of(rates)]
    [0.064, 0.416]
    """
    standing, most = standing_birth_probability(rates), rates.birth_probability
    if standing >= most:
        raise SpeciesError(
            f"numbers would stand still with a birth probability of {standing:.2g}, and it is "
            f"{most:.2g} at low numbers",
            where="birth_probability",
            remedy="ask only where numbers can hold out",
        )
    share = np.ones(rates.survival.size) if counted is None else np.asarray(counted, np.float64)
    crowding = (most - standing) / (most - rates.birth_probability_at_capacity)
    slopes = ((most - standing) / standing, crowding / (rates.births_cease_at - crowding))
    variance = demographic_variance_of(rates, standing, counted=share)
    below, above = (_rate(variance, long_run_variance(rates, one, share)) for one in slopes)
    return below, above


def long_run_variance(rates: VitalRates, slope: float, counted: F64) -> float:
    """Return the variance of numbers about where they stand still, for each animal there.

    Parameters
    ----------
    rates : VitalRates
    slope : float
        By how many per cent births fall for each per cent that numbers are higher.
    counted : float64 ``[age]``
        Share of each age that counts and crowds others.

    Returns
    -------
    float
        Animals; inf where numbers do not settle.
    """
    from scipy.linalg import solve_discrete_lyapunov

    b, f = standing_birth_probability(rates), rates.female_at_birth
    step = leslie_matrix(rates, b)
    n = step.shape[0]
    females = stable_ages(step)
    females *= f / float(females @ counted)  # where one animal is counted
    jacobian = np.zeros((2 * n, 2 * n))
    jacobian[:n, :n] = step
    jacobian[n + 1 :, n:-1] = np.diag(rates.survival[:-1])
    jacobian[n, :n] = step[0] * (1 - f) / f
    all_ages = np.concatenate([counted, counted])
    born = np.array([females[0], females[0] * (1 - f) / f])
    jacobian[[0, n]] -= slope * np.outer(born, all_ages)
    if not np.abs(np.linalg.eigvals(jacobian)).max() < 1 - 1e-9:
        return np.inf
    noise = _noise(rates, b, females)
    return float(all_ages @ solve_discrete_lyapunov(jacobian, noise) @ all_ages)


def _noise(rates: VitalRates, b: float, females: F64) -> F64:
    """Return the covariance of next year's females and males by age that the luck of each makes."""
    n, f = females.size, rates.female_at_birth
    males = females * (1 - f) / f
    mean = rates.litter_mean
    pairs = litter_variance(rates) + mean**2 - mean  # of two young of one litter
    sexes = np.array([f, 1 - f])
    squared = pairs * np.outer(sexes, sexes) + mean * np.diag(sexes)
    newborn = [0, n]
    out = np.zeros((2 * n, 2 * n))
    for age in range(n - 1):
        s, bears = rates.survival[age], b * rates.gives_birth[age + 1]
        first = np.zeros(2 * n)
        first[age + 1], first[newborn] = s, s * bears * mean * sexes
        second = np.zeros_like(out)
        second[np.ix_(newborn, newborn)] = s * bears * squared
        second[age + 1, newborn] = second[newborn, age + 1] = first[newborn]
        second[age + 1, age + 1] = s
        out += females[age] * (second - np.outer(first, first))
        out[n + age + 1, n + age + 1] += males[age] * s * (1 - s)
    return out


def _rate(demographic_variance: float, long_run: float) -> float:
    if np.isinf(long_run):
        return 1.0
    return float(1 - np.sqrt(max(0.0, 1 - demographic_variance / long_run)))
