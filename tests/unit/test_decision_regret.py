from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from corridor_sim.decision.portfolio import Surrogate
from corridor_sim.decision.regret import most_regret


@pytest.mark.parametrize("seed", range(8))
def test_no_benefits_within_the_intervals_make_another_set_better_by_more(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 5
    cost = rng.integers(1, 4, size=n).astype(float)
    low = rng.normal(size=n)
    high = low + rng.random(n)
    pairs = np.array([[0, 1], [1, 3], [2, 4]])
    pair_low = rng.normal(size=3)
    pair_high = pair_low + rng.random(3)
    budget, price = 5.0, Surrogate.of(cost, low).price
    sets = [s for k in range(n + 1) for s in combinations(range(n), k) if price(s) <= budget]
    chosen = sets[rng.integers(len(sets))]
    bound = most_regret(cost.tolist(), chosen, budget, low, high, pairs, pair_low, pair_high)
    found = []
    for corner in range(2 ** (n + 3)):
        at = np.array([corner >> b & 1 for b in range(n + 3)], dtype=bool)
        main, both = np.where(at[:n], high, low), np.where(at[n:], pair_high, pair_low)
        worth = Surrogate.of(cost, main, pairs, both)
        values = [
            main[list(s)].sum()
            + sum(c for (i, j), c in zip(pairs, both, strict=True) if i in s and j in s)
            for s in sets
        ]
        found.append(max(values) - worth.total(chosen))
    assert bound == pytest.approx(max(0.0, max(found)))


def test_what_is_known_exactly_leaves_no_regret() -> None:
    known = np.array([3.0, 1.0, -1.0])
    assert most_regret([1, 1, 1], (0,), 1, known, known) == 0.0
    assert most_regret([1, 1, 1], (1,), 1, known, known) == pytest.approx(2.0)
    assert most_regret([1, 1, 1], (), 3, known - 1, known + 1) == pytest.approx(6.0)
    # what must be built, or must not, is in no other set either
    assert most_regret([1, 1, 1], (1,), 1, known, known, must=(1,)) == 0.0
    assert most_regret([1, 1, 1], (1,), 1, known, known, never=(0,)) == 0.0
