from __future__ import annotations

import numpy as np
import pytest

from corridor_sim.decision.ranks import equal_groups, places_of, rank_bounds, rank_probabilities


def verdicts(k: int, pairs: list[tuple[int, int]]) -> np.ndarray:
    better = np.zeros((k, k), dtype=bool)
    for i, j in pairs:
        better[i, j] = True
    return better


def test_order_follows_means_but_never_against_a_verdict() -> None:
    mean = np.array([1.0, 3.0, 2.0, np.nan])
    assert places_of(mean, verdicts(4, []))[0].tolist() == [1, 2, 0, 3]
    # the paired runs say that 0 beats 1, though over other replicates its mean is smaller
    assert places_of(mean, verdicts(4, [(0, 1)]))[0].tolist() == [2, 0, 1, 3]
    assert places_of(np.zeros(3), verdicts(3, []))[0].tolist() == [0, 1, 2]


def test_a_circle_of_verdicts_still_gives_an_order() -> None:
    order, _ = places_of(np.array([1.0, 3, 2]), verdicts(3, [(0, 1), (1, 2), (2, 0)]))
    assert sorted(order.tolist()) == [0, 1, 2]


def test_rank_bounds() -> None:
    best, worst = rank_bounds(verdicts(4, [(0, 1), (0, 2), (0, 3), (1, 3)]))
    assert best.tolist() == [1, 2, 2, 3]
    assert worst.tolist() == [1, 3, 4, 4]


def test_groups_of_equal_rank() -> None:
    order = np.array([2, 0, 1, 3])
    better = verdicts(4, [(2, 1), (2, 3), (0, 3)])
    assert equal_groups(better | better.T, order) == ((2, 0), (0, 1), (1, 3))
    nothing = verdicts(4, [])
    assert equal_groups(nothing, order) == ((2, 0, 1, 3),)
    everything = ~np.eye(4, dtype=bool)
    assert equal_groups(everything, order) == ((2,), (0,), (1,), (3,))


def test_groups_are_the_largest_sets_without_a_told_pair() -> None:
    for seed in range(30):
        draws = np.random.default_rng(seed)
        k = 7
        apart = np.triu(draws.random((k, k)) < 0.5, 1)
        apart = apart | apart.T
        sets = [
            frozenset(i for i in range(k) if m >> i & 1)
            for m in range(1, 2**k)
            if not any(apart[i, j] for i in range(k) for j in range(k) if m >> i & 1 and m >> j & 1)
        ]
        largest = {s for s in sets if not any(s < t for t in sets)}
        groups = equal_groups(apart, draws.permutation(k))
        assert {frozenset(g) for g in groups} == largest
        assert len(groups) == len(largest)


def test_probabilities_of_ranks_with_a_known_answer() -> None:
    # two alternatives: P(first is better) is Student-like in mean / (s / sqrt n)
    draws = np.random.default_rng(5)
    gap = draws.normal(size=200)
    gap = (gap - gap.mean()) / gap.std(ddof=1) + 1.5 / np.sqrt(200)
    values = np.stack([gap, np.zeros(200)]) + draws.normal(size=200) * 100
    right, within = rank_probabilities(values, np.array([0, 1]), 0.0, 20_000, 1)
    # standard normal at 1.5: 0.9332; 4.5 standard errors of 20,000 draws are 0.008
    assert abs(right[0] - 0.9332) < 0.012
    assert right[0] == right[1]
    assert within.tolist() == right.tolist()
    assert rank_probabilities(values, np.array([1, 0]), 0.0, 20_000, 1)[0].sum() == pytest.approx(
        2 - 2 * right[0]
    )
    generous = rank_probabilities(values, np.array([1, 0]), 1.0, 1000, 1)[1]
    assert generous.tolist() == [1.0, 1.0]


def test_probabilities_pair_the_replicates_that_both_have() -> None:
    # the first stopped after 20 replicates; its luck is shared, so its lead of 1 is certain
    draws = np.random.default_rng(2).normal(size=100) * 50
    values = np.stack([draws + 1, draws])
    values[0, 20:] = np.nan
    right, _ = rank_probabilities(values, np.array([0, 1]), 0.0, 500, 0)
    assert right.tolist() == [1.0, 1.0]


def test_identical_alternatives_share_the_probability_of_a_rank() -> None:
    same = np.tile(np.random.default_rng(2).normal(size=30), (3, 1))
    right, within = rank_probabilities(same, np.array([2, 0, 1]), 0.0, 300, 0)
    assert right == pytest.approx(1 / 3)
    assert within.tolist() == [1.0, 1.0, 1.0]
    # two that are the best, and one that is not; then one that is, and two that did nothing
    for values, rank, says in (
        (same + np.array([[5.0], [5.0], [0.0]]), [1, 1, 3], [0.5, 0.5, 1.0]),
        (np.stack([same[0] + 9, np.zeros(30), np.zeros(30)]), [1, 2, 2], [1.0, 0.5, 0.5]),
        # a tie that only rounding breaks is a tie
        (same + np.array([[5.0], [5.0 + 1e-15], [0.0]]), [1, 1, 3], [0.5, 0.5, 1.0]),
    ):
        right, within = rank_probabilities(values, np.arange(3), 0.0, 300, 0, rank=np.array(rank))
        assert right == pytest.approx(says)
        assert within.tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("seed", range(4))
def test_whatever_ties_the_probabilities_of_being_the_best_add_up_to_one(seed: int) -> None:
    draws = np.random.default_rng(seed)
    kinds = draws.integers(0, 3, size=6)
    values = draws.poisson(0.4, size=(3, 12)).astype(float)[kinds]
    values[draws.random(6) < 0.3] = 0.0
    best = [
        rank_probabilities(values, np.roll(np.arange(6), -i), 0.0, 500, seed)[0][i]
        for i in range(6)
    ]
    assert sum(best) == pytest.approx(1.0)
    for i in range(6):
        for j in range(6):
            if (values[i] == values[j]).all():
                assert best[i] == best[j]


@pytest.mark.parametrize(
    ("mean", "rank"),
    [
        ([0.0, 0.0, 0.0], [1, 1, 1]),
        ([0.0, -0.0, 1.0], [2, 2, 1]),
        ([0.3, 0.1 + 0.2, 0.1, 0.1, 0.4], [2, 2, 4, 4, 1]),
        ([np.nan, 1.0, np.nan], [2, 1, 2]),
        ([1e300, 1.0, 1e300, -1e300], [1, 3, 1, 4]),
    ],
)
def test_alternatives_of_one_mean_share_a_rank(mean: list[float], rank: list[int]) -> None:
    k = len(mean)
    order, found = places_of(np.array(mean), verdicts(k, []))
    assert found.tolist() == rank
    assert order.tolist() == sorted(range(k), key=lambda i: (rank[i], i))
    # whatever the order they are given in
    for seed in range(5):
        mixed = np.random.default_rng(seed).permutation(k)
        assert places_of(np.array(mean)[mixed], verdicts(k, []))[1].tolist() == [
            rank[i] for i in mixed
        ]


def test_a_verdict_parts_what_has_one_mean() -> None:
    mean = np.array([1.0, 1.0, 3.0])
    # 0 is told to be better than 2, and 2 than 1: verdicts rest on other replicates than means
    order, rank = places_of(mean, verdicts(3, [(0, 2), (2, 1), (0, 1)]))
    assert (order.tolist(), rank.tolist()) == ([0, 2, 1], [1, 3, 2])
    # 0 and 1 share the first rank, though 2 is free as soon as 0 is placed
    order, rank = places_of(mean, verdicts(3, [(0, 2)]))
    assert (order.tolist(), rank.tolist()) == ([0, 1, 2], [1, 1, 3])
    circle = verdicts(3, [(0, 1), (1, 2), (2, 0)])
    assert sorted(places_of(np.ones(3), circle)[1].tolist()) == [1, 2, 3]
