"""The exact chain of a small closed population with two sexes and one kind of age.

State: females and males. In a year each survives with ``s``; if a male is left, each female gives
birth to one young with the probability that crowding allows, and the young is a female with ``f``.
Everything is binomial, births cease above capacity, so the chain is finite and absorbed at (0, 0).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

F64 = NDArray[np.float64]


class BirthDeath:
    """``birth(n)`` is the probability of birth when ``n`` animals have survived."""

    def __init__(self, s: float, f: float, birth: Callable[[int], float], start: tuple[int, int]):
        top = start[0] + start[1]
        grown = 0
        for n in range(4 * top + 400):
            if birth(n) > 0:
                grown = n
        # the survivors at most, and as many young; from there on no more than survive
        top = max(top, 2 * grown)
        self.states = [(w, m) for w in range(top + 1) for m in range(top + 1 - w)]
        self.index = {state: i for i, state in enumerate(self.states)}
        self.start = np.zeros(len(self.states))
        self.start[self.index[start]] = 1.0
        self.numbers = np.array([w + m for w, m in self.states])
        after: dict[tuple[int, int], F64] = {}
        for w, m in self.states:
            p = birth(w + m) if m > 0 else 0.0
            row = np.zeros(len(self.states))
            for born in range(w + 1) if p > 0 else [0]:
                chance = binom.pmf(born, w, p)
                for girls in range(born + 1):
                    there = self.index[w + girls, m + born - girls]
                    row[there] += chance * binom.pmf(girls, born, f)
            after[w, m] = row
        self.step = np.zeros((len(self.states),) * 2)
        for (w, m), i in self.index.items():
            women, men = binom.pmf(np.arange(w + 1), w, s), binom.pmf(np.arange(m + 1), m, s)
            for a in range(w + 1):
                for b in range(m + 1):
                    self.step[i] += women[a] * men[b] * after[a, b]

    def years(self, n: int) -> F64:
        """Probabilities of the states after 0, 1, ... n years, ``[n + 1, states]``."""
        out = [self.start]
        for _ in range(n):
            out.append(out[-1] @ self.step)
        return np.array(out)

    def mean_time(self) -> float:
        """Mean years to extinction: ``(I - Q)^-1 1`` over the states that are not absorbed."""
        alive = self.numbers > 0
        q = self.step[np.ix_(alive, alive)]
        times = np.linalg.solve(np.eye(int(alive.sum())) - q, np.ones(int(alive.sum())))
        return float(self.start[alive] @ times)
