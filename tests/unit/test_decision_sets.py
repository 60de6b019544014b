"""Sets that a budget pays for, their expansion in parts, and how the search treats what it gets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
import pytest

from corridor_sim.decision.best_set import Purchase, find_best_set, pick_clear
from corridor_sim.decision.interactions import (
    all_pairs,
    estimate_interactions,
    estimate_triples,
    triples_to_ask,
)
from corridor_sim.decision.selection import BUDGET, Effort, rank_alternatives, rank_values
from corridor_sim.decision.sets import Expansion, Part, affordable, within
from corridor_sim.errors import CorridorSimError, ScenarioError
from oracles.made_links import CASES, MadeLinks
from oracles.made_simulator import gaussian


def every(n: int) -> np.ndarray:
    return (np.arange(2**n)[:, None] >> np.arange(n)) % 2 == 1


@pytest.mark.parametrize("seed", range(6))
def test_affordable_sets_are_those_of_trying_all(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 9
    tenths = rng.integers(1, 30, n)
    budget = int(rng.integers(30, 90))
    must, never = (int(rng.integers(n)),), ()
    if seed % 2:
        must, never = (), must
    sets = every(n)
    fits = (sets @ tenths <= budget) & sets[:, list(must)].all(axis=1)
    fits &= ~sets[:, list(never)].any(axis=1)
    found = affordable((tenths / 10).tolist(), budget / 10, must=must, never=never)
    assert found is not None
    assert {tuple(one) for one in found.tolist()} == {tuple(one) for one in sets[fits].tolist()}
    assert len(found) == fits.sum()


def test_costs_are_added_as_decimal_numbers() -> None:
    found = affordable([0.1, 0.2], 0.3)
    assert found is not None
    assert found.all(axis=1).any()
    found = affordable([0.1, 0.2], 0.29999999999999)
    assert found is not None
    assert not found.all(axis=1).any()
    assert affordable([1.0] * 12, 12.0, most=1000) is None
    found = affordable([5.0, 1.0], 4.0, must=(0,))
    assert found is not None
    assert not len(found)


def test_the_expansion_gives_what_links_pairs_and_threes_add_up_to() -> None:
    made = CASES["threes"](4)
    parts = (*(frozenset([i]) for i in range(made.n)), *made.parts)
    expansion = Expansion(made.n, parts)
    sets = every(made.n)
    simulated = np.array([made.truth(np.isin(np.arange(made.n), list(p))[None])[0] for p in parts])
    assert np.allclose(expansion.coefficients(sets) @ simulated, made.truth(sets))
    assert np.allclose(expansion.effects @ simulated, [made.effects[p] for p in parts])
    # a set that is a part is worth what was simulated of it
    at = parts.index(made.parts[0])
    mine = np.isin(np.arange(made.n), list(made.parts[0]))[None]
    assert expansion.coefficients(mine)[0].tolist() == np.eye(len(parts))[at].tolist()
    with pytest.raises(ScenarioError, match=r"part \[0, 1\] is given without \[1\]"):
        Expansion(2, (frozenset([0]), frozenset([0, 1])))


def samples(value: float) -> Callable[[Sequence[Part], range], np.ndarray]:
    return lambda parts, replicates: np.full((len(parts), len(replicates)), value)


def test_what_cannot_be_is_refused_in_one_line() -> None:
    buys, effort = Purchase([1.0, 1.0], 1.0), Effort(60, 0.1)
    pick = pick_clear(buys, effort)
    with pytest.raises(ScenarioError, match="30 runs is below the first look: 2 links x 20"):
        find_best_set(samples(1.0), buys, Effort(30, 0.1), pick)
    for value, words in ((np.inf, "have an infinite benefit"), (np.nan, "have no value in any")):
        with pytest.raises(CorridorSimError, match=words):
            find_best_set(samples(value), buys, effort, pick)
    with pytest.raises(CorridorSimError, match="returned shape"):
        find_best_set(lambda *_: np.zeros((1, 1)), buys, effort, pick)


def test_the_budget_of_runs_is_kept_and_parts_beyond_it_are_left_out() -> None:
    made = CASES["pairs"](2)
    buys = Purchase(made.cost, made.budget)
    for budget in (160, 259, 300):
        effort = Effort(budget, 1e-6)
        found = find_best_set(
            made.sample, buys, effort, pick_clear(buys, effort), further=lambda *_: made.parts
        )
        assert found.runs <= budget
        assert found.stopped == BUDGET
        # five pairs of twenty replicates, or none
        assert len(found.table.parts) == (8 if budget < 260 else 13)
        assert found.runs > budget - 13


@pytest.mark.parametrize("most_sets", [0, 2**17])
def test_must_and_never_are_kept(most_sets: int) -> None:
    made = MadeLinks(1, [0.0, 5.0, 3.0, 1.0], {}, cost=[1.0] * 4, budget=2.0, zone=0.5)
    buys = Purchase(made.cost, made.budget, (0,), (1,), most_sets)
    effort = Effort(4000, made.zone)
    found = find_best_set(made.sample, buys, effort, pick_clear(buys, effort))
    assert found.links == (0, 2)
    assert found.settled
    assert "can be better by more than" in found.sentence


def test_ranks_of_a_table_are_those_of_the_procedure_that_made_it() -> None:
    made = gaussian(3, (0.0, 0.0, 1.0, 2.5))
    effort = Effort(900, 0.5)
    one = rank_alternatives(made, 4, effort, draws=50)
    values = np.full((4, int(one.replicates.max())), np.nan)
    for row, n, all_of in zip(values, one.replicates, made.values, strict=True):
        row[:n] = all_of[:n]
    other = rank_values(values, effort, one.looks, one.stopped, draws=50)
    for name in ("order", "rank", "mean", "low", "high", "low_all", "replicates", "right"):
        assert getattr(other, name) == pytest.approx(getattr(one, name), rel=1e-12), name
    # what is seen of a pair after it was decided may only narrow it
    assert (other.better | ~one.better).all()
    assert (other.difference_low >= one.difference_low - 1e-12).all()


def test_threes_are_asked_for_where_two_of_their_pairs_interact() -> None:
    rng = np.random.default_rng(1)
    alone = rng.normal(5.0, 1.0, (1, 5, 40))
    pairs = all_pairs(5)
    excess = {(0, 1): 6.0, (1, 2): -3.0, (3, 4): 6.0}
    both = np.stack(
        [
            alone[:, i] + alone[:, j] + excess.get((i, j), 0.0) + rng.normal(0, 0.5, (1, 40))
            for i, j in pairs.tolist()
        ],
        axis=1,
    )
    found = estimate_interactions(alone, pairs, both)
    assert triples_to_ask(found, [1.0] * 5, 3.0) == [[0, 1, 2]]
    assert triples_to_ask(found, [1.0] * 5, 2.9) == []


def test_the_interaction_of_three_is_what_is_left() -> None:
    rng = np.random.default_rng(2)
    effects = {p: rng.normal() for m in (1, 2, 3) for p in combinations(range(3), m)}
    luck = rng.normal(0, 0.1, (3, 50))

    def value(links: tuple[int, ...]) -> np.ndarray:
        held = [tuple(sorted(one)) for one in within(frozenset(links))]
        return np.asarray(sum(effects[one] for one in held) + luck[list(links)].sum(axis=0))

    alone = np.stack([value((i,)) for i in range(3)])[None]
    pairs = all_pairs(3)
    both = np.stack([value(tuple(p)) for p in pairs.tolist()])[None]
    three = (value((0, 1, 2)) + 0.1 * rng.normal(size=50))[None, None]
    found = estimate_triples(alone, pairs, both, np.array([[0, 1, 2]]), three)
    assert found.low[0, 0] < effects[0, 1, 2] < found.high[0, 0]
    assert found.high[0, 0] - found.low[0, 0] < 0.1
    assert found.kept[0, 0] == found.estimate[0, 0]
    assert found.replicates.tolist() == [[50]]
