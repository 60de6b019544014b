"""What the walk must equal: closed forms and exact sums, each written from its derivation."""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import combinations

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


@lru_cache(maxsize=16)
def draws(k: int, n_levels: int) -> tuple[NDArray[np.int64], F8]:
    """Return how often each level can come up in ``k`` draws, and the log of the number of ways."""
    bars = combinations(range(k + n_levels - 1), n_levels - 1)
    edges = np.array([(-1, *bar, k + n_levels - 1) for bar in bars])
    number = np.diff(edges, axis=1) - 1
    return number, special.gammaln(k + 1) - special.gammaln(number + 1).sum(axis=1)


def choice(q: F8, w: F8, k: int, *, odds: bool = True) -> tuple[F8, float]:
    """Return (probability of each outcome, of none) when one of ``k`` draws is chosen.

    Each candidate is outcome ``j`` with probability ``q_j``. Of those drawn, one is chosen in
    proportion to its odds, ``w`` over the sum of the others' ``w``, or to ``w`` itself. Summed over
    how often each level of weight comes up, which is exact and quick for a few levels. What alone
    weighs anything is chosen for sure; nothing is chosen where all weigh nothing.
    """
    levels, which = np.unique(w, return_inverse=True)
    mass = np.bincount(which, weights=q)
    number, log_ways = draws(k, levels.size)
    total = number @ levels
    rest = total[:, None] - levels
    others = np.where((number > 0) & (rest > 0), rest, 1.0)  # alone: the only one with any odds
    shares = number * (levels / others if odds else levels)
    some = total > 0
    shares[some] /= shares[some].sum(axis=1, keepdims=True)
    chance = np.exp(log_ways) * np.prod(mass**number, axis=1)
    p = chance[some] @ shares[some]
    return q * (p / mass)[which], float(mass[levels == 0].sum()) ** k


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
                through = min(1.0, permeability[cell] / permeability[row, col])
                chain[here, cell[0] * width + cell[1]] += chance * through
                chain[here, here] += chance * (1 - through)
    return rest * np.eye(weight.size) + (1 - rest) * chain


def stationary(chain: F8) -> F8:
    """Return the stationary distribution of an irreducible transition matrix."""
    n = chain.shape[0]
    system = np.vstack([chain.T - np.eye(n), np.ones(n)])
    solution: F8 = np.linalg.lstsq(system, np.append(np.zeros(n), 1.0), rcond=None)[0]
    return solution
