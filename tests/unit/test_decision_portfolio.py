from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from corridor_sim.decision.portfolio import MOST_TIES, Surrogate, choose_links, frontier
from corridor_sim.errors import ResourceError, ScenarioError

PLAIN = Surrogate.of([1, 2, 3], [1.0, 3.0, 4.5])


def test_a_knapsack() -> None:
    assert choose_links(PLAIN, 3).links == (2,)
    best = choose_links(PLAIN, 5)
    assert best.links == (1, 2)
    assert (best.cost, best.benefit, best.worst) == (5.0, 7.5, 7.5)
    assert [p.links for p in frontier(PLAIN)] == [(), (0,), (1,), (2,), (0, 2), (1, 2), (0, 1, 2)]


def test_redundancy_and_synergy_change_the_choice() -> None:
    cost, main, pairs = [1, 1, 1, 1], [5.0, 5.0, 0.0, 0.0], np.array([[0, 1], [2, 3]])
    assert choose_links(Surrogate.of(cost, main), 2).links == (0, 1)
    both = Surrogate.of(cost, main, pairs, np.array([-5.0, 4.0]))
    assert choose_links(both, 2).benefit == 5
    assert choose_links(both, 2).links in ((0,), (1,))  # the second of the two adds nothing
    assert choose_links(both, 3).links in ((0, 2, 3), (1, 2, 3))
    assert choose_links(both, 3).benefit == 9
    # no product may be had without both of its links, nor a loss be dodged with both
    assert choose_links(both, 2, must=(0, 1)).benefit == 5


def test_links_that_harm_are_left_out() -> None:
    harm = Surrogate.of([1, 1], [-1.0, 2.0])
    assert choose_links(harm, 2).links == (1,)
    assert choose_links(Surrogate.of([1, 1], [-1.0, -2.0]), 2).links == ()
    assert choose_links(harm, 2, must=(0,)).links == (0, 1)


def test_fairness_helps_the_worst_off() -> None:
    main = np.array([[4.0, 4.0, 1.0], [0.0, 0.0, 1.0]])
    two = Surrogate.of([1, 1, 1], main)
    assert choose_links(two, 2).links == (0, 1)
    fair = choose_links(two, 2, fair=True)
    assert 2 in fair.links
    assert fair.worst == 1.0
    assert fair.by_species[1] == 1.0
    # a species without weight is not looked after
    assert choose_links(Surrogate.of([1, 1, 1], main, weights=[1, 0]), 2, fair=True).worst == 8.0


def test_demanded_and_forbidden_links() -> None:
    assert choose_links(PLAIN, 5, must=(0,)).links == (0, 2)
    assert choose_links(PLAIN, 5, never=(2,)).links == (0, 1)
    assert choose_links(PLAIN, 1, must=(0,)).links == (0,)
    assert all(0 in p.links for p in frontier(PLAIN, must=(0,)))


def test_budgets_are_exact_in_decimals() -> None:
    tenths = Surrogate.of([0.1, 0.2, 0.3, 0.7], [1.0, 1.0, 1.0, 1.0])
    assert choose_links(tenths, 0.3).links == (0, 1)  # 0.1 + 0.2 is 0.30000000000000004 in binary
    assert (
        choose_links(tenths, 0.29999999).links == (1,)
        or choose_links(tenths, 0.29999999).cost <= 0.2
    )
    close = Surrogate.of([100_000_000, 100_000_001], [1.0, 2.0])
    assert choose_links(close, 100_000_000).links == (0,)
    assert [p.links for p in frontier(close)] == [(), (0,), (1,), (0, 1)]


def test_free_links_are_taken() -> None:
    assert choose_links(Surrogate.of([0, 1], [1.0, 1.0]), 0).links == (0,)


@pytest.mark.parametrize(
    ("budget", "given", "says"),
    [
        (0.5, {}, "a budget of 0.5 is below the cheapest link: link 0 costs 1"),
        (1.5, {"never": (0,)}, "below the cheapest link: link 1 costs 2"),
        (4, {"must": (1, 2)}, r"demanded links \[1, 2\] cost 5, more than the budget of 4"),
        (4, {"must": (1,), "never": (1, 0)}, r"links \[1\] are both demanded and forbidden"),
        (4, {"must": (3,)}, "link 3 does not exist; there are 0 to 2"),
        (4, {"never": (0, 1, 2)}, "all links are forbidden"),
        (float("nan"), {}, "a budget of nan is impossible"),
        (-1, {}, "a budget of -1 is impossible"),
    ],
)
def test_impossible_choices(budget: float, given: dict[str, tuple[int, ...]], says: str) -> None:
    with pytest.raises(ScenarioError, match=says):
        choose_links(PLAIN, budget, **given)
    with pytest.raises(ScenarioError, match=says):
        frontier(PLAIN, budget=budget, **given)


def test_too_long_a_frontier() -> None:
    with pytest.raises(ResourceError, match="more than 3 sets of links are efficient"):
        frontier(PLAIN, most_points=3)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (([1, -2], [1.0, 1.0]), "link 1 has cost -2"),
        (([1, float("nan")], [1.0, 1.0]), "link 1 has cost nan"),
        (([1, 2], [1.0]), "do not fit 2 links"),
        (([], []), "do not fit 0 links"),
        (([1, 2], [1.0, np.nan]), r"benefit \(0, 1\) is not a number"),
        (([1, 2], [1.0, 1.0], [[1, 0]], [1.0]), "not two links i < j"),
        (([1, 2], [1.0, 1.0], [[0, 2]], [1.0]), "not two links i < j"),
        (([1, 2], [1.0, 1.0], [[0, 1], [0, 1]], [1.0, 2.0]), "an interaction is given twice"),
        (([1, 2], [1.0, 1.0], [[0, 1]], [np.inf]), r"interaction \(0, 0\) is not a number"),
        (([1, 2], [1.0, 1.0], None, None, [0.0]), "all weights are 0"),
        (([1, 2], [1.0, 1.0], None, None, [-1.0]), "a weight below 0"),
    ],
)
def test_impossible_surrogates(given: tuple, says: str) -> None:
    with pytest.raises(ScenarioError, match=says):
        Surrogate.of(*given)


@pytest.mark.parametrize("fair", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_sets_that_cost_and_give_the_same_are_all_named(seed: int, fair: bool) -> None:
    rng = np.random.default_rng(seed)
    # few costs and few benefits, so that many sets tie; two species
    cost = rng.integers(1, 3, size=6).astype(float)
    main = rng.integers(0, 3, size=(2, 6)).astype(float)
    worth = Surrogate.of(cost, main, weights=[1.0, 1.0])
    for budget in (2.0, 4.0):
        found = choose_links(worth, budget, fair=fair, ties=True)
        value = worth.worst if fair else worth.total
        sets = [s for k in range(7) for s in combinations(range(6), k) if worth.price(s) <= budget]
        most = max(value(s) for s in sets)
        best = [s for s in sets if value(s) == most]
        best = [s for s in best if worth.price(s) == min(map(worth.price, best))]
        best = [s for s in best if worth.total(s) == worth.total(found.links)]
        assert {found.links, *found.ties} <= set(best)
        assert len(found.ties) == min(len(best) - 1, MOST_TIES)
        if len(best) <= MOST_TIES:
            assert found.links == min(best, key=lambda s: (len(s), s))


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_links_that_are_alike_are_named_as_such_in_any_order(order: tuple[int, ...]) -> None:
    # two links alike in all, and one that does nothing
    cost, main = np.array([2.0, 2.0, 1.0])[list(order)], np.array([3.0, 3.0, 0.0])[list(order)]
    twins = [i for i in range(3) if main[i] > 0]
    worth = Surrogate.of(cost, main)
    found = choose_links(worth, 3, ties=True)
    assert (found.links, found.ties) == ((twins[0],), ((twins[1],),))
    assert choose_links(worth, 4, ties=True).ties == ()
    points = frontier(worth)
    assert [(p.links, p.ties) for p in points] == [
        ((), ()),
        ((twins[0],), ((twins[1],),)),
        (tuple(twins), ()),
    ]
    # a demanded link is not exchanged, nor a forbidden one taken
    assert choose_links(worth, 3, must=twins[:1], ties=True).ties == ()
    assert choose_links(worth, 3, never=twins[1:], ties=True).ties == ()
    # nothing for nothing has no rival
    none = choose_links(Surrogate.of(cost, 0 * main), 3, ties=True)
    assert (none.links, none.ties) == ((), ())


def test_benefits_that_cancel_are_nothing() -> None:
    worth = Surrogate.of([1, 1], [[0.1, 0.0], [0.2, 0.0], [-0.3, 0.0]], weights=[1, 1, 1])
    assert worth.total([0]) == 0.0
    assert not np.signbit(worth.total([]))
    both = Surrogate.of([1, 1], [0.1, 0.2], np.array([[0, 1]]), np.array([-0.3]))
    assert both.total([0, 1]) == 0.0
