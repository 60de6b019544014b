from __future__ import annotations

import contextlib
import dataclasses
import io
import math
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from corridor_sim import CorridorSimError
from corridor_sim.decision.selection import BUDGET, REPLICATES, TOLD, Effort, rank_alternatives
from corridor_sim.errors import ScenarioError
from oracles.made_simulator import TIES, MadeSimulator, gaussian


def test_a_clear_ranking() -> None:
    sim = gaussian(1, (0, 2, 1, 3))
    found = rank_alternatives(sim, 4, Effort(1000, 0.2))
    assert found.order.tolist() == [3, 1, 2, 0]
    assert found.rank.tolist() == found.rank_low.tolist() == found.rank_high.tolist()
    assert found.rank.tolist() == [4, 2, 3, 1]
    assert found.letters == ("d", "b", "c", "a")
    assert found.groups == ((3,), (1,), (2,), (0,))
    assert found.stopped == TOLD
    assert found.right.min() > 0.99
    assert found.undecided == 0
    assert "6 told apart, 0 equal within 0.2, 0 undecided" in found.sentence
    for i in range(4):
        mine = sim.values[i, : found.replicates[i]]
        assert found.mean[i] == pytest.approx(mine.mean())
        assert found.low_all[i] < found.low[i] < found.mean[i] < found.high[i] < found.high_all[i]
    assert found.difference[3, 1] == pytest.approx(-found.difference[1, 3])
    assert found.difference_low[3, 1] == -found.difference_high[1, 3]


def test_replicates_go_where_the_order_is_uncertain() -> None:
    sim = gaussian(3, (0, 0.5, 5, 10), common=3)
    found = rank_alternatives(sim, 4, Effort(2000, 0.1))
    assert found.replicates[2] == found.replicates[3] == 20
    assert found.replicates[0] == found.replicates[1] > 60
    # every call goes on where the one before ended, for those still uncertain, at planned looks
    n = 0
    for alternatives, replicates in sim.calls:
        assert replicates.start == n
        n = replicates.stop
        assert alternatives == [i for i in range(4) if found.replicates[i] >= n]
    assert found.runs == sum(len(a) * len(r) for a, r in sim.calls) <= 2000


def test_ties_are_called_equal() -> None:
    found = rank_alternatives(gaussian(4, TIES), 8, Effort(6000, 0.5))
    assert found.stopped == TOLD
    for i, j in [(0, 1), (5, 6), (3, 4)]:
        assert found.equal[i, j]
        assert set(found.letters[i]) & set(found.letters[j])
        assert found.difference_low[i, j] > -0.5
        assert found.difference_high[i, j] < 0.5
    assert not (found.equal & found.better).any()


def test_the_budget_is_kept_and_what_it_left_open_is_called_equal() -> None:
    for budget in (160, 161, 203, 400):
        sim = gaussian(4, TIES)
        found = rank_alternatives(sim, 8, Effort(budget, 0.01))
        assert found.runs <= budget
        assert budget - found.runs < 8  # no more than a fraction of a replicate of all is left
        assert found.stopped == BUDGET
        assert found.undecided > 0
        i, j = np.argwhere(~(found.better | found.better.T | np.eye(8, dtype=bool)))[0]
        assert set(found.letters[i]) & set(found.letters[j])


def test_the_most_replicates_are_kept() -> None:
    found = rank_alternatives(gaussian(4, (0, 0, 5)), 3, Effort(10_000, 0.01, most=90))
    assert found.replicates.tolist() == [90, 90, 20]
    assert found.stopped == REPLICATES


def test_a_zone_of_zero_never_calls_equal() -> None:
    found = rank_alternatives(gaussian(4, (0, 0)), 2, Effort(400, 0))
    assert not found.equal.any()
    assert found.letters == ("a", "a")


def test_precision_of_each_mean() -> None:
    loose = rank_alternatives(gaussian(4, (0, 9)), 2, Effort(4000, 0.5))
    tight = rank_alternatives(gaussian(4, (0, 9)), 2, Effort(4000, 0.5, half_width=0.4))
    assert loose.replicates.tolist() == [20, 20]
    assert tight.replicates.min() > 60
    assert ((tight.high - tight.low) / 2 <= 0.4).all()
    assert tight.stopped == TOLD


def test_a_baseline_is_ranked_but_never_run() -> None:
    sim = gaussian(4, (7, 2, -2, 0.0), common=0)
    found = rank_alternatives(sim, 4, Effort(4000, 0.5), baseline=0)
    assert all(0 not in alternatives for alternatives, _ in sim.calls)
    assert found.replicates[0] == found.valid[0] == 0
    assert found.mean[0] == found.low[0] == found.high_all[0] == 0
    assert found.order.tolist()[0] == 1
    assert found.order.tolist()[3] == 2
    assert found.better[1, 0]
    assert found.better[0, 2]
    assert found.equal[0, 3]


def test_missing_values_are_left_out_pair_by_pair() -> None:
    sim = gaussian(4, (0, 2, 4), own=0.1, common=50)
    holes = np.random.default_rng(1).random(sim.values.shape) < 0.3
    sim.values[holes] = np.nan
    found = rank_alternatives(sim, 3, Effort(1000, 0.2))
    # the common luck is 500 times what is their own: only pairs within replicates tell this
    assert found.order.tolist() == [2, 1, 0]
    assert found.letters == ("c", "b", "a")
    seen = [np.isfinite(sim.values[i, : found.replicates[i]]).sum() for i in range(3)]
    assert found.valid.tolist() == seen


def test_links_that_change_nothing_are_equal_but_not_at_once() -> None:
    sim = gaussian(4, (0, 0, 4.0))
    sim.values[1] = sim.values[0]
    found = rank_alternatives(sim, 3, Effort(3000, 0.3))
    assert found.equal[0, 1]
    assert found.replicates[0] > 20
    # the same values at the first look, another hundred later: 20 of 20 alike are no proof
    sim.values[1, 25::4] += 4
    found = rank_alternatives(sim, 3, Effort(3000, 0.3))
    assert found.better[1, 0]


def test_nothing_varies_at_all() -> None:
    sim = MadeSimulator(np.tile(np.array([[0.0], [0.0], [1.0]]), 100), np.zeros(3))
    found = rank_alternatives(sim, 3, Effort(60, 0.5))
    assert found.equal[0, 1]
    assert found.better[2, 0]
    assert found.stopped == TOLD


def test_the_same_bits_again() -> None:
    a, b = (rank_alternatives(gaussian(4, TIES), 8, Effort(900, 0.5), seed=3) for _ in range(2))
    for field in dataclasses.fields(a):
        one, two = getattr(a, field.name), getattr(b, field.name)
        assert np.array_equal(one, two) if isinstance(one, np.ndarray) else one == two


def test_numbers_of_alternatives_do_not_matter() -> None:
    sim = gaussian(4, TIES)
    turned = MadeSimulator(sim.values[::-1], sim.truth[::-1])
    a = rank_alternatives(sim, 8, Effort(900, 0.5), draws=10)
    b = rank_alternatives(turned, 8, Effort(900, 0.5), draws=10)
    assert np.array_equal(a.better, b.better[::-1, ::-1])
    assert np.array_equal(a.equal, b.equal[::-1, ::-1])
    assert np.array_equal(a.replicates, b.replicates[::-1])


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"budget": 59}, "a budget of 59 runs is below the first look: 3 alternatives x 20"),
        ({"confidence": 1.0}, "confidence = 1.0 is impossible; it must be 0.5 or more"),
        ({"confidence": float("nan")}, "confidence = nan"),
        ({"indifference": -1.0}, "indifference = -1.0"),
        ({"first": 3}, "first = 3"),
        ({"batch": 0}, "batch = 0"),
        ({"growth": 1.0}, "growth = 1.0"),
        ({"most": 10}, "most = 10"),
        ({"half_width": 0.0}, "half_width = 0.0"),
    ],
)
def test_impossible_efforts(given: dict[str, float], says: str) -> None:
    with pytest.raises(ScenarioError, match=says.replace(".", r"\.")):
        rank_alternatives(
            gaussian(1, (0, 1, 2)), 3, Effort(**{"budget": 100, "indifference": 0.1} | given)
        )


def test_nothing_to_rank() -> None:
    for k, baseline in [(1, None), (0, None), (3, 3)]:
        with pytest.raises(ScenarioError, match="nothing to rank"):
            rank_alternatives(gaussian(1, (0, 1, 2)), k, Effort(100, 0.1), baseline=baseline)


def test_simulators_that_answer_wrongly() -> None:
    effort = Effort(100, 0.1)
    with pytest.raises(CorridorSimError, match=r"returned shape \(2, 19\)"):
        rank_alternatives(lambda a, r: np.zeros((len(a), len(r) - 1)), 2, effort)
    with pytest.raises(CorridorSimError, match="alternative 0 has an infinite benefit"):
        rank_alternatives(lambda a, r: np.full((len(a), len(r)), np.inf), 2, effort)
    sim = gaussian(1, (0, 1, 2))
    sim.values[1] = np.nan
    with pytest.raises(CorridorSimError, match="alternative 1 has no value in any of 20"):
        rank_alternatives(sim, 3, effort)


def test_the_example_of_the_page_prints_what_the_page_says() -> None:
    page = (Path(__file__).parents[2] / "docs" / "decision.md").read_text(encoding="utf-8")
    example = re.search(r"```python\n(.*?)```\n\n```text\n(.*?)```", page, re.S)
    assert example is not None
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(example[1], "docs/decision.md", "exec"), {})
    assert printed.getvalue() == example[2]


@pytest.mark.parametrize("zone", [0.0, 0.5])
@pytest.mark.parametrize(
    ("means", "rank", "right"),
    [
        ((0, 0, 0), [1, 1, 1], [1 / 3] * 3),
        ((0, 5, 5), [3, 1, 1], [1.0, 0.5, 0.5]),
        ((7, 7, 2, 2), [1, 1, 3, 3], [0.5] * 4),
    ],
)
def test_alternatives_that_do_the_same_share_rank_letter_and_probability(
    means: tuple[float, ...], rank: list[int], right: list[float], zone: float
) -> None:
    luck = np.random.default_rng(1).normal(size=200)
    values = np.array(means, dtype=float)[:, None] * (1 + 0.05 * luck)
    for mixed in (np.arange(len(means)), np.arange(len(means))[::-1]):

        def sample(
            alternatives: Sequence[int], replicates: range, mixed: np.ndarray = mixed
        ) -> np.ndarray:
            return values[mixed][np.ix_(alternatives, replicates)]

        found = rank_alternatives(sample, len(means), Effort(200, zone))
        assert found.rank.tolist() == [rank[i] for i in mixed]
        assert found.right == pytest.approx([right[i] for i in mixed])
        assert (found.right_within == 1.0).all()
        assert sorted(found.place.tolist()) == list(range(1, len(means) + 1))
        for i in range(len(means)):
            for j in range(len(means)):
                assert (found.letters[i] == found.letters[j]) == (found.rank[i] == found.rank[j])
        shared = {r for r in rank if rank.count(r) > 1}
        assert [found.rank[g[0]] for g in found.tied] == sorted(shared)


@pytest.mark.parametrize(("least", "most"), [(-0.05, math.inf), (0.0, 1.0), (-0.1, 0.4)])
def test_no_interval_reaches_beyond_what_can_be(least: float, most: float) -> None:
    # shares that are seldom anything but nothing, and one that is all over the place
    luck = np.random.default_rng(3)
    values = np.clip((luck.random((4, 40)) < [[0.02], [0.1], [0.0], [0.9]]) * 1.0, least, most)

    def sample(alternatives: Sequence[int], replicates: range) -> np.ndarray:
        return values[np.ix_(alternatives, replicates)]

    asked: list[int] = []

    def limits() -> tuple[float, float]:
        asked.append(1)
        return least, most

    effort = Effort(80, 0.01, first=8, batch=4)
    free = rank_alternatives(sample, 4, effort)
    found = rank_alternatives(sample, 4, effort, limits=limits)
    assert asked == [1]
    for low, high in ((found.low, found.high), (found.low_all, found.high_all)):
        assert (low >= least).all()
        assert (high <= most).all()
        assert (low <= found.mean).all()
        assert (found.mean <= high).all()
        assert not np.signbit(low[low == 0]).any()
    assert (free.low < least).any() or (free.high > most).any()
    assert (np.abs(found.difference_low) <= most - least).all()
    # verdicts and order are those of the values
    assert found.order.tolist() == free.order.tolist()
    assert (found.better == free.better).all()
