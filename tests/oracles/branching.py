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


def within_rounding(mean: F64, years: int) -> float:
    """Return by how many animals a run without demographic chance may be off, at worst.

    Survivors and newborn males of each (sex, age) are met to within one, mothers of each age and
    their litters as well; what is off at one year goes through the years after it.
    """
    wide = np.ones(mean.shape[0])
    carried = 3.0 * wide
    off = np.zeros_like(wide)
    for _ in range(years):
        off = np.abs(mean) @ off + carried
    return float(off.sum())
