"""What links give for their money, and pairs of blocks lifted: numbers, verdicts, words."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from scipy import stats

from corridor_sim.decision.best_set import SETTLED, STILL, BestSet, Table
from corridor_sim.decision.selection import BUDGET, Effort
from corridor_sim.links.evaluator import NO_LINK, Chosen, Migrants
from corridor_sim.links.money import (
    LIFTED,
    PERHAPS,
    Counts,
    ForMoney,
    LiftedPair,
    Money,
    lifted_pairs,
)
from corridor_sim.links.summary import summary_of
from corridor_sim.report.text.links_answer import answer
from corridor_sim.report.text.links_found import Found
from oracles.links_pages import AT, with_

TAIL = 3.4e-6


def flows(seed: int, mean: Sequence[float], n: int = 40, sd: float = 0.1) -> Migrants:
    """Migrants from block 1 to block 2 of several species, normal; nobody goes elsewhere."""
    rng = np.random.default_rng(seed)
    values = {}
    for y, one in enumerate(mean):
        of = np.zeros((n, 3, 3))
        of[:, 1, 2] = np.maximum(one + sd * rng.normal(size=n), 0.0)
        values[f"species {y}"] = of
    return Migrants(["outside", "A", "B"], values)


def test_a_pair_is_lifted_where_intervals_say_so() -> None:
    before = flows(1, [0.5, 0.99, 0.5, 1.5, 0.2])
    after = flows(2, [1.5, 1.1, 1.0, 2.5, 0.4])
    found = {one.species: one for one in lifted_pairs(before, after, 0.95)}
    # above one already, and below one still, are not lifted
    assert {key: one.verdict for key, one in found.items()} == {
        "species 0": LIFTED,
        "species 1": PERHAPS,
        "species 2": PERHAPS,
    }
    one = found["species 0"]
    assert (one.start, one.end) == ("A", "B")
    rows = before.values["species 0"][:, 1, 2]
    # one pair, both ways of building
    half = stats.t.ppf(1 - 0.05 / 4, 39) * rows.std(ddof=1) / np.sqrt(40)
    assert one.without == pytest.approx((rows.mean(), rows.mean() - half, rows.mean() + half))


def test_what_did_not_change_and_who_settles_outside_is_not_lifted() -> None:
    same = flows(1, [0.99])
    assert lifted_pairs(same, same, 0.95) == ()
    outside = Migrants(same.blocks, {"species 0": np.zeros((40, 3, 3))})
    outside.values["species 0"][:, 1, 0] = 5.0
    outside.values["species 0"][:, 1, 1] = 5.0
    none = Migrants(same.blocks, {"species 0": np.zeros((40, 3, 3))})
    assert lifted_pairs(none, outside, 0.95) == ()


@pytest.mark.parametrize("seeds", [300, pytest.param(3000, marks=pytest.mark.slow)])
def test_a_pair_is_said_to_be_lifted_for_certain_by_mistake_in_five_percent_at_most(
    seeds: int,
) -> None:
    """With the links just not one migrant, or without them just one: never lifted in truth."""
    for without, with_links in ((0.5, 0.999), (1.001, 2.0)):
        wrong = sum(
            any(
                one.verdict == LIFTED
                for one in lifted_pairs(
                    flows(s, [without], 20), flows(s + 10**6, [with_links], 20), 0.95
                )
            )
            for s in range(seeds)
        )
        assert stats.binom.sf(wrong - 1, seeds, 0.05) > TAIL, wrong


class Flowing:
    """Stands for an evaluator of two links whose flows add up but for what both give together."""

    links = (0, 1)

    def migrants(self, chosen: Chosen, replicates: Sequence[int]) -> Migrants:
        values = np.zeros((len(replicates), 3, 3))
        rise = {0: 0.4, 1: 0.3}
        luck = np.random.default_rng(5).normal(0, 0.02, 100)
        both = 0.5 if len(chosen) == 2 else 0.0
        total = 0.3 + sum(rise[i] for i in chosen) + both
        values[:, 1, 2] = total + luck[list(replicates)]
        return Migrants(["outside", "A", "B"], {"bear": values})


def test_flows_of_a_set_are_put_together_from_what_it_holds() -> None:
    singles = {frozenset([0]): 30, frozenset([1]): 20}
    evaluator: Any = Flowing()
    apart = Counts(evaluator, singles, 0.95).promised((0, 1))
    together = Counts(evaluator, singles | {frozenset([0, 1]): 20}, 0.95).promised((0, 1))
    assert apart is not None
    assert together is not None
    # 0.3 + 0.4 + 0.3 is one but for luck; with the pair it is 1.5
    assert [one.verdict for one in apart] == [PERHAPS]
    assert [one.verdict for one in together] == [LIFTED]
    seen = evaluator.migrants(frozenset([0, 1]), range(20)).values["bear"][:, 1, 2].mean()
    assert together[0].with_links[0] == pytest.approx(seen)
    base = evaluator.migrants(NO_LINK, range(20)).values["bear"][:, 1, 2].mean()
    assert together[0].without[0] == pytest.approx(base)
    assert Counts(evaluator, singles, 0.95).promised(()) == ()


def test_benefit_for_each_unit_of_cost_is_not_known_where_the_interval_holds_nothing() -> None:
    clear = ForMoney((0,), 4.0, 2.0, 1.0, 3.0, None, simulated=True)
    assert clear.per_cost == (0.5, 0.25, 0.75)
    assert clear.count(LIFTED) is None
    mean, low, high = dataclasses.replace(clear, low=-1.0).per_cost
    assert np.isnan(mean)
    assert (low, high) == (-0.25, 0.75)
    assert np.isnan(dataclasses.replace(clear, cost=0.0, links=()).per_cost).all()


def test_of_whole_runs_no_migrants_are_told(country: Found) -> None:
    money = country.result.money
    assert money is not None
    assert all(one.lifted is None for one in (*money.links, *money.frontier))
    data = summary_of(country.result)
    rows = {row["name"]: row for row in data["links"]}
    assert "pairs_lifted" not in rows["pass"]
    assert rows["pass"]["benefit_per_cost"] == pytest.approx(rows["pass"]["benefit"] / 4)
    assert rows["half-way"]["benefit_per_cost"] is None
    assert rows["half-way"]["benefit_per_cost_low"] <= 0
    chosen = data["chosen"]
    assert chosen["benefit_per_cost_low"] <= chosen["benefit_per_cost"]
    # of the set as it was simulated, and of points as they are promised
    assert money.chosen is not None
    assert country.result.confirmation is not None
    assert money.chosen.benefit == country.result.confirmation.simulated
    for point, one in zip(country.result.frontier, money.frontier, strict=True):
        assert one.benefit == pytest.approx(point.benefit)
        assert (one.links, one.cost) == (point.links, point.cost)


def points_of(found: Found) -> dict[str, str]:
    return {p["head"]: p["text"] for p in answer(found)["points"]}


def test_the_page_says_what_a_million_brings(country: Found) -> None:
    text = points_of(country)["For the money"]
    assert text.startswith("The chosen set brings +")
    assert " points (+" in text
    assert "for each million USD." in text
    assert "Links by what they bring alone for each million USD, the most first: pass +" in text
    n = len(AT)
    assert f"Of 5 of the {n} links it is not known: the interval holds 0." in text
    money = country.result.money
    assert money is not None
    unknown = tuple(dataclasses.replace(one, low=-1.0) for one in money.links)
    none = with_(country, money=Money(unknown, (), None))
    assert points_of(none)["For the money"] == (
        "Of no link is it known what it brings for its money: each interval holds 0."
    )


def test_the_page_names_pairs_that_are_lifted(country: Found) -> None:
    assert "Over one migrant a generation" not in points_of(country)
    money = country.result.money
    assert money is not None
    assert money.chosen is not None
    pair = LiftedPair("jaguar", "A", "B", (0.2, 0.1, 0.3), (1.6, 1.2, 2.0), LIFTED)
    open_ = dataclasses.replace(pair, end="C", verdict=PERHAPS)
    for lifted, words in (
        ((), "The chosen set lifts no pair of blocks of core areas from below one migrant a gen"),
        ((pair,), "A to B (jaguar, 0.20 [0.10, 0.30] without and 1.60 [1.20, 2.00] with the set)"),
        ((open_,), "together): none for certain. Perhaps lifted, as more runs would show: A to C"),
        ((pair,) * 6, "; and 2 more."),
    ):
        chosen = dataclasses.replace(money.chosen, lifted=lifted)
        found = with_(country, money=dataclasses.replace(money, chosen=chosen))
        assert words in points_of(found)["Over one migrant a generation"]


def test_the_page_says_how_much_better_another_set_may_be(country: Found) -> None:
    table = Table({frozenset([i]): np.zeros(5) for i in range(3)})
    best = BestSet((0,), 0.5, 7, 1234, table, (5,), BUDGET, Effort(100, 0.2))
    head = "Would more runs change the choice?"
    told = points_of(with_(country, best=best, regret=0.5))
    assert told[head].startswith("They may: 7 sets could be better by more than the 20 points")
    assert "the furthest by 50 points" in told[head]
    assert "each of the 1,234 sets that the budget pays for compared at every look" in told[head]
    assert "links taken to add up" in told[head]
    settled = dataclasses.replace(best, regret=0.1, rivals=0, stopped=SETTLED)
    told = points_of(with_(country, best=settled, regret=0.1))
    assert told[head].startswith("Not to one that is better by what matters: at 95 %")
    assert "stopped because no other set within the budget can be" in told["Why sampling stopped"]
    still = dataclasses.replace(best, regret=np.inf, stopped=STILL)
    told = points_of(with_(country, best=still, regret=np.inf))
    assert "nothing tells how far one could" in told[head]
    many = dataclasses.replace(best, sets=None)
    assert "Another set could be better" in points_of(with_(country, best=many, regret=0.5))[head]
