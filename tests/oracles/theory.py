"""What the walk must equal: closed forms and exact sums, each written from its derivation."""

from __future__ import annotations

import math
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray
from scipy import special
from scipy.integrate import simpson
from scipy.interpolate import CubicSpline

F8 = NDArray[np.float64]


class RangeTheory:
    """Range of an animal with ``x' = a x + q L u``: ``u`` uniform on the circle, all independent.

    The position is a sum of independent isotropic terms, so moments add as cumulants and
    characteristic functions multiply. ``q^2 = 2 sigma^2 (1 - a^2) / E[L^2]``. All from the table of
    lengths that the kernel really uses, for a start at the centre.
    """

    def __init__(self, lengths: F8, sigma: float, a: float) -> None:
        self.a = a
        self.sigma = sigma
        self.lengths = lengths
        self.q = sigma * math.sqrt(2 * (1 - a * a) / np.mean(lengths**2))
        second = self.q**2 * np.mean(lengths**2) / 2  # variance of one step along one axis
        fourth = self.q**4 * np.mean(lengths**4)
        self.step_variance = float(second)
        # E[cos^4] = 3/8 and E[cos^2 sin^2] = 1/8
        self.step_k4 = float(fourth * 3 / 8 - 3 * second**2)
        self.step_k22 = float(fourth / 8 - second**2)

    def _sum(self, power: int, t: int) -> float:
        """Return the sum of ``a^(power j)`` over the ``t`` last steps."""
        return t if self.a == 1 else (1 - self.a ** (power * t)) / (1 - self.a**power)

    def variance(self, t: int) -> float:
        """Return the variance along one axis after ``t`` steps; ``sigma^2`` for long ``t``."""
        return self.step_variance * self._sum(2, t)

    def square_moments(self, t: int) -> tuple[float, float]:
        """Return mean and variance of the squared distance to the centre after ``t`` steps."""
        return self._square(0.0, 0, t)

    def displacement_moments(self, t: int, lag: int) -> tuple[float, float]:
        """Return mean and variance of the squared displacement between ``t`` and ``t + lag``.

        The displacement is ``(a^lag - 1) x_t`` plus the steps since; the mean tends to
        ``4 sigma^2 (1 - a^lag)`` for long ``t``.
        """
        return self._square(self.a**lag - 1, t, lag)

    def _square(self, factor: float, t: int, lag: int) -> tuple[float, float]:
        def cumulant(step: float, order: int) -> float:
            return step * (factor**order * self._sum(order, t) + self._sum(order, lag))

        v = cumulant(self.step_variance, 2)
        k4 = cumulant(self.step_k4, 4)
        k22 = cumulant(self.step_k22, 4)
        return 2 * v, 2 * (k4 + 2 * v**2) + 2 * k22

    def share_within(self, radius: float, t: int) -> float:
        """Return ``P(|x_t| <= radius)`` by the Hankel transform of the characteristic function.

        ``P = R int phi(k) J1(k R) dk`` with ``phi(k) = prod_j E[J0(a^j k q L)]``.
        """
        k = np.linspace(0.0, 14.0 / self.sigma, 6001)
        one = CubicSpline(k, [np.mean(special.j0(x * self.q * self.lengths)) for x in k])
        phi = np.ones_like(k)
        for j in range(t):
            phi *= one(self.a**j * k)
            if self.a**j < 1e-4:
                break
        return float(radius * simpson(phi * special.j1(k * radius), x=k))


def walk_msd(n: NDArray[np.int64], m1: float, m2: float, c: float) -> F8:
    """Return the mean squared displacement of a correlated random walk after ``n`` steps.

    ``n m2 + 2 m1^2 c / (1 - c) (n - (1 - c^n) / (1 - c))`` for step-length moments ``m1 = E[L]``,
    ``m2 = E[L^2]`` and ``c = E[cos turn]``, ``E[sin turn] = 0`` (Kareiva & Shigesada 1983,
    Oecologia 56:234, eq. 2).
    """
    return n * m2 + 2 * m1**2 * c / (1 - c) * (n - (1 - c**n) / (1 - c))


def choice(q: F8, w: F8, k: int) -> tuple[F8, float]:
    """Return (probability of each outcome, of none) when one of ``k`` draws is chosen by weight.

    Each candidate is outcome ``j`` with probability ``q_j``; one candidate is chosen in proportion
    to ``w``. By symmetry ``P_j = k q_j w_j E[1 / (w_j + S)]`` with ``S`` the sum of the weights of
    ``k - 1`` further draws, enumerated over how many fall in each level of weight. Nothing is
    chosen where all weigh nothing.
    """
    levels, which = np.unique(w, return_inverse=True)
    mass = np.bincount(which, weights=q)
    p = np.zeros(q.size)
    for draws in combinations_with_replacement(range(levels.size), k - 1):
        number = np.bincount(np.array(draws, int), minlength=levels.size)
        ways = math.factorial(k - 1) / math.prod(math.factorial(v) for v in number)
        chance = ways * float(np.prod(mass**number))
        total = w + float(number @ levels)
        p += np.where(w > 0, k * q * w * chance / np.where(total > 0, total, 1.0), 0.0)
    return p, float(mass[levels == 0].sum()) ** k


COMPASS = ((0, 1), (1, 0), (0, -1), (-1, 0))  # east, south, west, north as (row, col)


def lattice_chain(weight: F8, permeability: F8, k: int, rest: float) -> F8:
    """Return the transition matrix of the walk on cell centres, cells in row order.

    A failed crossing, or no candidate with any weight, means staying.
    """
    height, width = weight.shape
    chain = np.zeros((weight.size, weight.size))
    for here in range(weight.size):
        row, col = divmod(here, width)
        cells = [(row + dr, col + dc) for dr, dc in COMPASS]
        inside = [0 <= r < height and 0 <= c < width for r, c in cells]
        w = np.array([weight[c] if ok else 0.0 for c, ok in zip(cells, inside, strict=True)])
        p, none = choice(np.full(4, 0.25), w, k)
        chain[here, here] += none
        for cell, chance in zip(cells, p, strict=True):
            if chance > 0:
                through = math.sqrt(permeability[row, col] * permeability[cell])
                chain[here, cell[0] * width + cell[1]] += chance * through
                chain[here, here] += chance * (1 - through)
    return rest * np.eye(weight.size) + (1 - rest) * chain


def stationary(chain: F8) -> F8:
    """Return the stationary distribution of an irreducible transition matrix."""
    n = chain.shape[0]
    system = np.vstack([chain.T - np.eye(n), np.ones(n)])
    solution: F8 = np.linalg.lstsq(system, np.append(np.zeros(n), 1.0), rcond=None)[0]
    return solution
