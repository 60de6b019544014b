"""The chosen set and the frontier equal those found by trying every set."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from corridor_sim.decision.interactions import all_pairs
from corridor_sim.decision.portfolio import Surrogate, choose_links, frontier


def seeds(fast: int, slow: int) -> list[Any]:
    return [*range(fast), *(pytest.param(s, marks=pytest.mark.slow) for s in range(fast, slow))]


def made(seed: int, n: int) -> Surrogate:
    rng = np.random.default_rng(seed)
    pairs = all_pairs(n)
    pairs = pairs[rng.random(len(pairs)) < rng.choice([0.1, 0.4, 1.0])]
    cost = (rng.integers(1, 60, n) / 10).tolist()
    main = rng.normal(1, 1.5, (3, n))
    interaction = rng.normal(0, 1, (3, len(pairs)))
    if seed % 3 == 0:  # round numbers, many ties
        main, interaction = np.round(main), np.round(interaction)
    weights = rng.integers(1, 4, 3).tolist()
    if seed % 2:
        return Surrogate.of(cost, main, pairs, interaction, weights)
    # every other one with interactions of three links
    triples = np.array(list(combinations(range(n), 3)))
    triples = triples[rng.random(len(triples)) < 0.1]
    third = rng.normal(0, 1.5, (3, len(triples)))
    third = np.round(third) if seed % 3 == 0 else third
    return Surrogate.of(cost, main, pairs, interaction, weights, triples=triples, third=third)


def every_set(s: Surrogate, fair: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return all sets ``[2^n, n]``, their costs in tenths and their benefits, by other algebra."""
    n = len(s.cost)
    sets = (np.arange(2**n)[:, None] >> np.arange(n)) & 1
    tenths = sets @ np.array([round(10 * c) for c in s.cost])
    effect = np.zeros((len(s.weights), n, n))
    for y, (i, j) in enumerate(s.pairs):
        effect[:, i, j] = s.interaction[:, y]
    effect += s.main[:, :, None] * np.eye(n)
    each = np.einsum("mi,sij,mj->ms", sets, effect, sets, optimize=True)
    for y, (i, j, k) in enumerate(s.triples):
        each = each + np.outer(sets[:, i] & sets[:, j] & sets[:, k], s.third[:, y])
    return sets, tenths, each.min(axis=1) if fair else each @ s.weights / s.weights.sum()


@pytest.mark.parametrize("fair", [False, True])
@pytest.mark.parametrize("seed", seeds(12, 60))
def test_choice_equals_brute_force(seed: int, fair: bool) -> None:
    rng = np.random.default_rng(900 + seed)
    n = int(rng.integers(5, 13))
    s = made(seed, n)
    sets, tenths, benefit = every_set(s, fair)
    budget = int(rng.integers(60, max(61, tenths.max())))
    must, never = ((int(rng.integers(n)),), ()) if seed % 2 else ((), (int(rng.integers(n)),))
    allowed = (
        (tenths <= budget) & sets[:, list(must)].all(axis=1) & ~sets[:, list(never)].any(axis=1)
    )
    best = benefit[allowed].max()
    cheapest = tenths[allowed & (benefit >= best - 1e-9)].min()
    found = choose_links(s, budget / 10, must=must, never=never, fair=fair)
    assert (found.worst if fair else found.benefit) == pytest.approx(best, abs=1e-9)
    assert round(found.cost * 10) == cheapest
    assert set(must) <= set(found.links)
    assert not set(never) & set(found.links)
    assert s.price(found.links) <= Fraction(budget, 10)
    # within a margin: the cheapest cost, and for that cost the best set
    margin = 0.3
    thrifty = tenths[allowed & (benefit >= best - margin)].min()
    found = choose_links(s, budget / 10, must=must, never=never, fair=fair, indifference=margin)
    assert round(found.cost * 10) <= thrifty
    reached = found.worst if fair else found.benefit
    assert reached == pytest.approx(benefit[allowed & (tenths <= thrifty)].max(), abs=1e-9)


@pytest.mark.parametrize("fair", [False, True])
@pytest.mark.parametrize("seed", seeds(4, 16))
def test_frontier_equals_brute_force(seed: int, fair: bool) -> None:
    s = made(seed, 7 if seed < 4 else 11)
    _, tenths, benefit = every_set(s, fair)
    efficient, reached = [], -np.inf
    for at in np.lexsort((-benefit, tenths)):
        if benefit[at] > reached + 1e-9:
            efficient.append((tenths[at], benefit[at]))
            reached = benefit[at]
    found = [(round(p.cost * 10), p.worst if fair else p.benefit) for p in frontier(s, fair=fair)]
    assert len(efficient) > 3
    assert np.allclose(found, efficient, rtol=0, atol=1e-9)
