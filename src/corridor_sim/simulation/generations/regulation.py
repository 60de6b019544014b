"""How numbers stray from where they stand still, and how fast crowding draws them back.

Numbers by age do not follow one rate: young are born years before they breed, and crowding takes
effect through them. What :func:`.risk.risk_below` needs is a process of total numbers alone that
strays as far, and for as long.
"""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Regulation:
    """A process of total numbers alone that strays from them as numbers by age do.

    Attributes
    ----------
    below, above : float
        Share of a deviation of log numbers that is made up in a year, by its side.
    demographic_variance : float
        Animals: variance of a year's growth times numbers.
    """

    below: float
    above: float
    demographic_variance: float

    @property
    def return_rates(self) -> tuple[float, float]:
        """Both, as :func:`.risk.risk_below` takes them."""
        return self.below, self.above


@dataclass(frozen=True, slots=True)
class Straying:
    """How numbers by age stray from where they stand still, in the long run.

    Attributes
    ----------
    variance : float
        Of total numbers, for each animal where they stand still; inf where they do not settle.
    memory_y : float
        Sum of their autocorrelations over all lags, to both sides, in years.
    """

    variance: float
    memory_y: float


def regulation_of(rates: VitalRates, *, counted: F64 | None = None) -> Regulation:
    """Return how total numbers stray and come back, from the vital rates of a species.

    Where births fall with numbers N, from b* where they stand still at N*, females and males by age
    stray from there by the chance of each as :func:`straying_of` says. A process of total numbers
    alone, ``x' = (1 - r) x + noise``, has variance ``v / (1 - (1 - r)^2)`` and memory ``(2 - r) /
    r``. Below N* both are made equal, which gives r and v; above it r is that of the variance.
    There, births fall more steeply: below as ``b - (b - b*) N / N*`` with b that at low numbers,
    above as if evenly to none at ``births_cease_at``. Without people N* is capacity; what people
    kill lowers it and slows the return.

    Parameters
    ----------
    rates : VitalRates
        ``birth_probability`` is that at low numbers.
    counted : float64 ``[age]``, optional
        Share of the animals of each age, of either sex, that count and crowd others; default: all.

    Raises
    ------
    SpeciesError
        Births at low numbers do not make up for deaths.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> from corridor_sim.species.demography import vital_rates
    >>> found = regulation_of(vital_rates(cs.load_species("jaguar").life_cycle))
    >>> round(found.below, 3), round(found.above, 3), round(found.demographic_variance, 3)
    (0.056, 0.348, 0.568)
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
    below = straying_of(rates, (most - standing) / standing, share)
    if np.isinf(below.variance):
        return Regulation(1.0, 1.0, demographic_variance_of(rates, standing, counted=share))
    keeps = (below.memory_y - 1) / (below.memory_y + 1)
    variance = below.variance * (1 - keeps**2)
    above = straying_of(rates, crowding / (rates.births_cease_at - crowding), share)
    back = 1.0
    if np.isfinite(above.variance):
        back = 1 - float(np.sqrt(max(0.0, 1 - variance / above.variance)))
    return Regulation(1 - keeps, back, variance)


def straying_of(rates: VitalRates, slope: float, counted: F64) -> Straying:
    """Return how numbers stray where births fall with them, by the chance of each animal.

    ``x' = J x + noise`` for females and males by age, J the Jacobian and the noise that of a
    branching process. Their covariance solves ``C = J C J^T + Q`` (Caswell 2001, Matrix Population
    Models, 2nd ed., Sinauer, ch. 15 and 16); with w what is counted, ``w C w`` is the variance of
    numbers, and ``(2 w (I - J)^-1 C w - w C w) / (w C w)`` their memory.

    Parameters
    ----------
    rates : VitalRates
    slope : float
        By how many per cent births fall for each per cent that numbers are higher.
    counted : float64 ``[age]``
        Share of each age, of either sex, that counts and crowds others.
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
        return Straying(np.inf, np.inf)
    covariance = solve_discrete_lyapunov(jacobian, _noise(rates, b, females)) @ all_ages
    variance = float(all_ages @ covariance)
    ahead = float(all_ages @ np.linalg.solve(np.eye(2 * n) - jacobian, covariance))
    return Straying(variance, (2 * ahead - variance) / variance)


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
