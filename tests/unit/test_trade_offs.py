"""Sets between two aims, against all sets of few links."""

from __future__ import annotations

from itertools import chain, combinations

import numpy as np
import pytest

from corridor_sim.decision.portfolio import Surrogate, choose_links
from corridor_sim.decision.trade_offs import trade_offs


def all_sets(n: int) -> list[tuple[int, ...]]:
    return list(chain.from_iterable(combinations(range(n), k) for k in range(n + 1)))


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("paired", [False, True])
def test_they_are_those_that_no_set_beats_in_both(seed: int, paired: bool) -> None:
    rng = np.random.default_rng([seed, paired])
    n, budget = 7, 12.0
    cost = rng.integers(1, 8, n).astype(float)
    main = rng.normal(1.0, 1.0, n).round(2)
    pairs = np.array([[0, 1], [2, 5]]) if paired else None
    both = rng.normal(0.0, 1.0, (1, 2)).round(2) if paired else None
    amounts = rng.uniform(0, 100, n).round(1)
    surrogate = Surrogate.of(cost.tolist(), main, pairs, both)
    found = trade_offs(surrogate, budget, amounts, steps=100_000)
    sets = [s for s in all_sets(n) if surrogate.price(s) <= budget]
    worth = np.array([[surrogate.total(s), amounts[list(s)].sum()] for s in sets])
    front = [
        w
        for w in worth
        if not ((worth >= w - 1e-12).all(axis=1) & (worth > w + 1e-9).any(axis=1)).any()
    ]
    expected = sorted({(round(b, 6), round(a, 6)) for b, a in front}, reverse=True)
    assert [(round(one.set.benefit, 6), round(one.amount, 6)) for one in found] == expected
    # the first is the choice by animals alone, or one as good that holds more
    assert found[0].set.benefit == pytest.approx(choose_links(surrogate, budget).benefit)


def test_demanded_links_are_in_all_and_forbidden_in_none() -> None:
    surrogate = Surrogate.of([1.0] * 5, np.array([5.0, 4.0, 3.0, 2.0, 1.0]))
    amounts = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    found = trade_offs(surrogate, 3.0, amounts, must=[1], never=[4])
    assert len(found) > 1
    for one in found:
        assert 1 in one.set.links
        assert 4 not in one.set.links


def test_where_both_aims_agree_there_is_one_set() -> None:
    surrogate = Surrogate.of([1.0, 1.0, 1.0], np.array([3.0, 2.0, 1.0]))
    (one,) = trade_offs(surrogate, 1.0, np.array([30.0, 20.0, 10.0]))
    assert one.set.links == (0,)
    (one,) = trade_offs(surrogate, 1.0, np.zeros(3))
    assert one.amount == 0


def test_few_steps_give_few_sets() -> None:
    rng = np.random.default_rng(5)
    surrogate = Surrogate.of([1.0] * 10, rng.uniform(0, 1, 10))
    found = trade_offs(surrogate, 5.0, rng.uniform(0, 1, 10), steps=4)
    assert 2 <= len(found) <= 5
