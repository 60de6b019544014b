"""Simulators whose truth is known, with common random numbers, to hold decision statistics to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


class MadeSimulator:
    """Benefits of k alternatives in up to ``reach`` replicates; a column is one luck for all."""

    def __init__(self, values: np.ndarray, truth: np.ndarray) -> None:
        self.values, self.truth = values, np.asarray(truth, dtype=float)
        self.calls: list[tuple[list[int], range]] = []

    def __call__(self, alternatives: Sequence[int], replicates: range) -> np.ndarray:
        self.calls.append((list(alternatives), replicates))
        return self.values[np.ix_(list(alternatives), list(replicates))]


def gaussian(
    seed: int, truth: Sequence[float], *, common: float = 2.0, own: float = 1.0, reach: int = 3000
) -> MadeSimulator:
    """Normal benefits with sd ``common`` shared by all and sd ``own`` of each."""
    rng = np.random.default_rng(seed)
    mean = np.asarray(truth, dtype=float)
    noise = own * rng.normal(size=(mean.size, reach)) + common * rng.normal(size=reach)
    return MadeSimulator(mean[:, None] + noise, mean)


def bernoulli(seed: int, chance: Sequence[float], *, reach: int = 3000) -> MadeSimulator:
    """Yes or no (quasi-extinction averted): every alternative meets the same uniform number, but
    a third of the replicates has its own."""
    rng = np.random.default_rng(seed)
    p = np.asarray(chance, dtype=float)
    same = rng.random(reach)
    own = rng.random((p.size, reach))
    met = np.where(rng.random((p.size, reach)) < 1 / 3, own, same)
    return MadeSimulator((met < p[:, None]).astype(float), p)


def poisson(seed: int, mean: Sequence[float], *, reach: int = 3000) -> MadeSimulator:
    """Counts of crossings less the baseline's: a shared part cancels, the rest is the link's."""
    rng = np.random.default_rng(seed)
    extra = np.asarray(mean, dtype=float)
    shared = rng.poisson(3.0, reach)
    gained = rng.poisson(extra[:, None], (extra.size, reach)).astype(float)
    lost = rng.binomial(shared, 0.2, (extra.size, reach))
    return MadeSimulator(gained - lost, extra - 0.6)


def rare(seed: int, chance: Sequence[float], *, reach: int = 3000) -> MadeSimulator:
    """Links that act in a share of the replicates, each time by another amount (lognormal jumps).

    When they act is shared as in :func:`bernoulli`, by how much is not.
    """
    acts = bernoulli(seed, chance, reach=reach)
    jump = np.random.default_rng([seed, 1]).lognormal(0.0, 0.7, acts.values.shape)
    return MadeSimulator(acts.values * jump, acts.truth * np.exp(0.7**2 / 2))


TIES = (0.0, 0.0, 0.2, 1.0, 1.05, 2.0, 2.0, 3.0)
CASES = {
    "normal, ties and near ties": lambda seed: (gaussian(seed, TIES), 0.5),
    "normal, strong common luck": lambda seed: (
        gaussian(seed, (0, 0.3, 0.3, 0.6, 2), common=5, own=0.5),
        0.2,
    ),
    "yes or no": lambda seed: (bernoulli(seed, (0.02, 0.1, 0.3, 0.5, 0.52, 0.8)), 0.1),
    "counts": lambda seed: (poisson(seed, (0.3, 0.3, 1.0, 2.0, 2.1, 5.0)), 0.5),
    "rare": lambda seed: (rare(seed, (0.03, 0.03, 0.1, 0.3, 0.5, 0.9)), 0.3),
}
