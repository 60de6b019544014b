"""Exact means and covariances of a population in which everybody lives by own luck.

A branching process with the types (sex, age): ``m' = A m`` and ``C' = A C A^T + sum_i m_i V_i``,
with ``V_i`` the covariance of what one animal of type ``i`` leaves to the next year (Caswell 2001,
Matrix Population Models, 2nd ed., ch. 15). Births need no look at males: there is always one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor_sim.species.demography import VitalRates

F64 = NDArray[np.float64]


class Branching:
    """Types are females by age, then males by age; ``b`` replaces the probability of birth."""

    def __init__(self, rates: VitalRates, b: float | None = None, survival: F64 | None = None):
        s = rates.survival if survival is None else survival
        n = s.size
        b = rates.birth_probability if b is None else b
        f = rates.female_at_birth
        span = rates.litter_most - rates.litter_least
        mean = rates.litter_least + span * rates.litter_chance
        square = mean**2 + span * rates.litter_chance * (1 - rates.litter_chance)
        self.n = n
        self.mean = np.zeros((2 * n, 2 * n))
        self.cov = np.zeros((2 * n, 2 * n, 2 * n))
        for sex in (0, 1):
            for a in range(n):
                i = sex * n + a
                born = s[a] * b * mean if sex == 0 and a + 1 < n and rates.gives_birth[a + 1] else 0
                born2 = born / mean * square
                first = np.zeros(2 * n)
                second = np.zeros((2 * n, 2 * n))
                first[0], first[n] = born * f, born * (1 - f)
                second[0, 0] = born * f * (1 - f) + born2 * f * f
                second[n, n] = born * f * (1 - f) + born2 * (1 - f) ** 2
                second[0, n] = second[n, 0] = f * (1 - f) * (born2 - born)
                if a + 1 < n:
                    first[i + 1] = second[i + 1, i + 1] = s[a]
                    # births happen to survivors only: E[S B] = E[B]
                    for j in (0, n):
                        second[i + 1, j] = second[j, i + 1] = first[j]
                self.mean[:, i] = first
                self.cov[i] = second - np.outer(first, first)

    def forward(self, start: F64, years: int) -> tuple[F64, F64]:
        """Return mean ``[types]`` and covariance after ``years``, from known numbers."""
        m, c = start.astype(float), np.zeros((start.size, start.size))
        for _ in range(years):
            c = self.mean @ c @ self.mean.T + np.tensordot(m, self.cov, 1)
            m = self.mean @ m
        return m, c


def rounding_spread(process: Branching, rates: VitalRates, years: int) -> float:
    """Return at most the standard deviation of numbers that are met to within one.

    Survivors of each (sex, age), mothers of each age, what their litters have beyond whole young,
    and the sexes are each a count that is floored at a random start: its variance is ``p (1 - p)``
    of the last fraction, at most 1/4, and successive groups make up for each other.
    """
    n, f, mean = process.n, rates.female_at_birth, rates.litter_mean
    into = np.zeros((2 * n, 2 * n))
    for i in range(2 * n):
        if i % n:
            into[i, i] = 1.0
    mothers = np.append(rates.gives_birth, np.zeros(n, bool))
    into[0, mothers] = rates.birth_probability * mean * f
    into[n, mothers] = rates.birth_probability * mean * (1 - f)
    extra = into @ into.T / 4
    young = (mean**2 + 1) / 4
    extra[0, 0] += young * f**2 + 1 / 4
    extra[n, n] += young * (1 - f) ** 2 + 1 / 4
    extra[0, n] += young * f * (1 - f) - 1 / 4
    extra[n, 0] = extra[0, n]
    cov = np.zeros_like(extra)
    for _ in range(years):
        cov = process.mean @ cov @ process.mean.T + extra
    return float(np.sqrt(cov.sum()))
