"""A population near its capacity, as a linear process with noise whose covariance is exact.

Animals are counted by sex and age. Survivors ``z = S n + e1`` decide how many give birth, newborns
are ``G z + e2``; crowding enters ``G`` by the slope of the probability of birth at capacity. Hence
``n' = T S n + T e1 + e2`` and the stationary covariance solves ``C = J C J^T + Q``, ``J = T S``
(discrete Lyapunov equation). The next order shifts the mean: births must balance deaths on average,
and the probability of birth is linear, so ``E[N] = K - Cov(N, mothers) / mothers``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_discrete_lyapunov

from corridor_sim.species.demography import VitalRates, survivorship

F64 = NDArray[np.float64]


class Crowded:
    """``leaves`` is the age at which all leave their mothers; they are independent a year later.

    ``slope`` is that of the probability of birth against N / K; ``rounding`` replaces the chance of
    individuals by numbers that are met to within one in each class (variance at most 1/4).
    """

    def __init__(
        self, rates: VitalRates, capacity: float, leaves: int, slope: float, *, rounding: bool
    ) -> None:
        n, f = rates.survival.size, rates.female_at_birth
        b, mean = rates.birth_probability_at_capacity, rates.litter_mean
        alive = survivorship(rates.survival)
        sexed = np.concatenate([f * alive, (1 - f) * alive])
        age = np.tile(np.arange(n), 2)
        counts = (age > leaves).astype(float)
        numbers = sexed * capacity / (sexed @ counts)
        mother = np.concatenate([rates.gives_birth, np.zeros(n, bool)]).astype(float)
        mothers = float(numbers @ mother)
        keep = np.zeros((2 * n, 2 * n))
        for sex in (0, n):
            for a in range(n - 1):
                keep[sex + a + 1, sex + a] = rates.survival[a]
        births = b * mean * mother + slope * mean * mothers * counts / capacity
        into = np.diag((age > 0).astype(float))
        into[0], into[n] = f * births, (1 - f) * births
        survives = np.append(np.tile(rates.survival, 2), 0)[:-1]
        before = np.append(survives * (1 - survives) * numbers, 0)[:-1]
        e1 = np.zeros(2 * n)
        for sex in (0, n):
            e1[sex + 1 : sex + n] = before[sex : sex + n - 1]
        span = rates.litter_most - rates.litter_least
        square = mean**2 + span * rates.litter_chance * (1 - rates.litter_chance)
        born, var = mothers * b * mean, mothers * (b * square - (b * mean) ** 2)
        e2 = np.zeros((2 * n, 2 * n))
        e2[0, 0], e2[n, n] = (
            born * f * (1 - f) + var * f**2,
            born * f * (1 - f) + var * (1 - f) ** 2,
        )
        e2[0, n] = e2[n, 0] = f * (1 - f) * (var - born)
        if rounding:
            e1 = np.where(age > 0, 0.25, 0.0)
            # mothers of every age and the whole litters, then the sexes
            e2[:] = 0
            e2[0, 0] = e2[n, n] = 0.25 + (0.25 * n + 0.25) * mean**2 * max(f, 1 - f) ** 2
        self.step = into @ keep
        self.counts, self.mother, self.mothers = counts, mother, mothers
        self.capacity = capacity
        self.cov = solve_discrete_lyapunov(self.step, into @ np.diag(e1) @ into.T + e2)

    @property
    def expected(self) -> float:
        """Mean number of independents."""
        return float(self.capacity - self.counts @ self.cov @ self.mother / self.mothers)

    def lags(self, most: int) -> F64:
        """Covariance of independents ``k`` years apart, k = 0 ... most - 1."""
        column = self.cov @ self.counts
        out = np.empty(most)
        for k in range(most):
            out[k] = self.counts @ column
            column = self.step @ column
        return out

    def error_of_mean(self, years: int) -> float:
        """Standard error of the mean of successive years."""
        c = self.lags(years)
        weight = 1 - np.arange(years) / years
        return float(np.sqrt((2 * (weight * c).sum() - c[0]) / years))

    def error_of_variance(self, years: int) -> float:
        """Standard error of the mean squared deviation from a known mean, if normal."""
        c = self.lags(years)
        weight = 1 - np.arange(years) / years
        return float(np.sqrt(2 * (2 * (weight * c**2).sum() - c[0] ** 2) / years))
