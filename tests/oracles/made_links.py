"""Links whose benefits alone and together are known, with luck that sets of a replicate share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

REACH = 25_000
Part = frozenset[int]


class MadeLinks:
    """Benefits of sets of links.

    Parameters
    ----------
    main : sequence of float
        Of each link alone.
    together : mapping of set of links to float
        What a pair or three gives beyond all that it holds.
    cost, budget : sequence of float, float
    zone : float
        Difference that does not matter.
    own, common : float
        Sd of the luck of each link, and of that which all links of a replicate share. Those who
        walk anew for a pair or three bring luck of their own, three tenths of a link's.
    law : str
        "normal"; or "rare": a link acts in three of ten replicates.
    """

    def __init__(
        self,
        seed: int,
        main: Sequence[float],
        together: Mapping[Part, float],
        *,
        cost: Sequence[float],
        budget: float,
        zone: float,
        own: float = 1.0,
        common: float = 1.0,
        law: str = "normal",
    ) -> None:
        self.seed, self.n, self.cost, self.budget, self.zone = seed, len(main), cost, budget, zone
        self.own = own
        self.effects = {frozenset([i]): float(v) for i, v in enumerate(main)} | dict(together)
        self.parts = tuple(together)
        rng = np.random.default_rng(seed)
        shared = common * rng.normal(size=REACH)
        if law == "rare":
            acts = rng.random((self.n, REACH)) < 0.3
            size = rng.lognormal(0.0, 0.5, (self.n, REACH)) / np.exp(0.125)
            self.links = np.asarray(main)[:, None] * acts * size / 0.3
        else:
            luck = own * rng.normal(size=(self.n, REACH)) + shared
            self.links = np.asarray(main)[:, None] + luck

    def sample(self, parts: Sequence[Part], replicates: range) -> np.ndarray:
        """Return benefits ``[part, replicate]``."""
        return np.stack([self.values(one)[replicates.start : replicates.stop] for one in parts])

    def values(self, part: Part) -> np.ndarray:
        more = sum(e for u, e in self.effects.items() if len(u) > 1 and u <= part)
        alone = self.links[sorted(part)].sum(axis=0)
        if len(part) == 1:
            return alone
        rng = np.random.default_rng([self.seed, *sorted(part)])
        return alone + more + 0.3 * self.own * rng.normal(size=REACH)

    def truth(self, sets: np.ndarray) -> np.ndarray:
        """Return the expected benefit of sets ``[k, n]``."""
        each = [e * sets[:, sorted(u)].all(axis=1) for u, e in self.effects.items()]
        return np.sum(each, axis=0)


def alone(seed: int, law: str = "normal") -> MadeLinks:
    """Ten links of which four bring nothing."""
    rng = np.random.default_rng([seed, 1])
    main = np.where(np.arange(10) < 6, rng.gamma(2.0, 1.0, 10), 0.0)
    cost = (rng.integers(10, 60, 10) / 10).tolist()
    return MadeLinks(seed, main.tolist(), {}, cost=cost, budget=12.0, zone=0.6, law=law)


def with_pairs(seed: int, threes: int = 0) -> MadeLinks:
    """Eight links, five pairs of which three interact, and threes where asked for."""
    rng = np.random.default_rng([seed, 2])
    main = np.where(np.arange(8) < 5, rng.gamma(2.0, 1.0, 8), 0.0)
    pairs = list(combinations(range(8), 2))
    picked = [frozenset(pairs[y]) for y in rng.choice(len(pairs), 5, replace=False)]
    effect = [*rng.choice([-1.5, 1.5], 3), 0.0, 0.0]
    together = {p: float(e) for p, e in zip(picked, effect, strict=True)}
    for _ in range(threes):
        links = sorted(rng.choice(8, 3, replace=False).tolist())
        together |= {frozenset(p): together.get(frozenset(p), 0.0) for p in combinations(links, 2)}
        together[frozenset(links)] = float(rng.choice([-2.0, 2.0]))
    cost = (rng.integers(10, 60, 8) / 10).tolist()
    return MadeLinks(seed, main.tolist(), together, cost=cost, budget=11.0, zone=0.8)


CASES = {
    "alone": alone,
    "rare": lambda seed: alone(seed, "rare"),
    "pairs": with_pairs,
    "threes": lambda seed: with_pairs(seed, 1),
}
