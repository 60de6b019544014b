"""Measures of a ranking's robustness: known tables, made worlds with known answers, noise alone."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest, kendalltau, spearmanr

from corridor_sim.config.links import Candidate, LinkSettings
from corridor_sim.config.sensitivity import LinkQuestion, SensitivityFile
from corridor_sim.links.candidates import Link
from corridor_sim.report.text.link_sensitivity import choice_sentence, order_sentence, trait_rows
from corridor_sim.sweeps import link_measures as measure
from corridor_sim.sweeps.link_plan import LinkTask
from corridor_sim.sweeps.link_sensitivity import LinkRobustness, link_robustness, robustness
from corridor_sim.sweeps.link_tables import points_table, robustness_table, traits_table
from corridor_sim.sweeps.sensitivity import Plan, Range, _design

NOMINAL, REPLICATES = 16, 4


def task_of(
    n: int,
    points: int,
    *,
    top: int = 1,
    budget: float | None = None,
    costs: list[float] | None = None,
    indifference: float = 0.05,
    replicates: int = REPLICATES,
) -> LinkTask:
    costs = costs or [1.0] * n
    given = [
        Candidate(name=f"L{i}", cost=costs[i], line=((0, 0), (1, 1)), width_m=1) for i in range(n)
    ]
    settings = LinkSettings.model_validate(
        {
            "candidates": [one.model_dump() for one in given],
            "budget": budget,
            "procedure": {"indifference": indifference},
        }
    )
    links = tuple(
        Link(f"L{i}", costs[i], (), (), None, 1.0, np.zeros(0, np.int64)) for i in range(n)
    )
    question = LinkQuestion(file="links.toml", top=top)
    return LinkTask(question, settings, links, replicates, NOMINAL, points)


def noisy(mean: np.ndarray, sd: float, replicates: int, rng: np.random.Generator) -> np.ndarray:
    """Return ``[..., replicate, link]`` about means ``[..., link]``; each replicate has luck that
    all links of it share."""
    shape = (*mean.shape[:-1], replicates, mean.shape[-1])
    own = sd * rng.normal(size=shape)
    return mean[..., None, :] + own + 3 * sd * rng.normal(size=(*shape[:-1], 1))


def test_ranks_and_agreement_of_a_known_table() -> None:
    nominal = np.array([0.4, 0.3, 0.2, 0.1])
    table = np.array(
        [
            [0.4, 0.3, 0.2, 0.1],  # the same
            [1.0, 2.0, 3.0, 4.0],  # reversed
            [0.3, 0.4, 0.2, 0.1],  # one pair of six turned round
            [0.4, 0.2, 0.2, 0.1],  # one pair of six tied: 5 / sqrt(6 * 5)
            [0.2, 0.2, 0.2, 0.2],  # no order at all
        ]
    )
    tau = measure.tau_b(table, np.broadcast_to(nominal, table.shape))
    np.testing.assert_allclose(tau, [1, -1, 4 / 6, 5 / np.sqrt(30), 0])
    for row, own in zip(table[:4], tau[:4], strict=True):
        assert kendalltau(row, nominal).statistic == pytest.approx(own)
    assert measure.ranks_of(table).tolist() == [
        [1, 2, 3, 4],
        [4, 3, 2, 1],
        [2, 1, 3, 4],
        [1, 2, 2, 4],
        [1, 1, 1, 1],
    ]
    # sums in another order are still ties
    assert measure.ranks_of(np.array([0.1 + 0.2, 0.3])).tolist() == [1, 1]


def test_concordance_of_known_tables() -> None:
    same = np.array([[3.0, 2.0, 1.0]] * 5)
    assert measure.kendall_w(same) == pytest.approx(1)
    assert measure.kendall_w(np.array([[3.0, 2.0, 1.0], [1.0, 2.0, 3.0]])) == pytest.approx(0)
    tied = np.array([[4.0, 2.0, 2.0, 1.0], [4.0, 3.0, 2.0, 2.0]])
    # of two rankings W is (1 + r) / 2 with their rank correlation, without ties
    plain = np.array([[4.0, 3.0, 2.0, 1.0], [3.0, 4.0, 1.0, 2.0]])
    r = float(spearmanr(*plain).statistic)
    assert measure.kendall_w(plain) == pytest.approx((1 + r) / 2)
    # by hand: rank sums 8, 5.5, 4, 2.5; S = 16.5; T = 12; W = 12 S / (4 * 60 - 2 * 12)
    assert measure.kendall_w(tied) == pytest.approx(12 * 16.5 / 216)
    assert np.isnan(measure.kendall_w(np.ones((3, 4))))


def test_splits_hold_every_subset_once_and_that_of_the_first_replicates_first() -> None:
    every = measure.splits(6, 2, 100, 1)
    assert every.shape == (15, 6)
    assert len(np.unique(every, axis=0)) == 15
    assert (every.sum(axis=1) == 2).all()
    assert every[0].tolist() == [True, True, False, False, False, False]
    some = measure.splits(16, 4, 300, 1)
    assert some.shape == (300, 16)
    assert len(np.unique(some, axis=0)) == 300
    assert some[0, :4].all()
    np.testing.assert_array_equal(some, measure.splits(16, 4, 300, 1))
    assert (some != measure.splits(16, 4, 300, 2)).any()


def test_one_p_value_of_many_is_ruegers() -> None:
    p = np.array([0.9, 0.001, 0.8, 0.002, 0.7, 1, 1, 1, 1, 1])
    assert measure.of_many(p, 0.2) == pytest.approx(0.002 * 10 / 2)
    assert measure.of_many(p, 0.1) == pytest.approx(0.001 * 10)
    assert measure.of_many(p, 0.3) == 1.0
    noise = np.array([0.2, 0.4, 0.4, 0.8, 1.0])
    found = measure.below_noise(np.array([0.1, 0.2, 0.4, 1.0]), noise)
    np.testing.assert_allclose(found, [0.2, 0.2, 0.6, 1.0])


def test_a_choice_is_the_best_that_can_be_paid() -> None:
    by_budget = measure.chooser([3.0, 2.0, 2.0], 4.0, 1, (), ())
    assert by_budget(np.array([0.5, 0.3, 0.3]), 0.0) == (1, 2)
    assert by_budget(np.array([0.5, 0.1, 0.1]), 0.0) == (0,)
    assert measure.chooser([3.0, 2.0, 2.0], 4.0, 1, (1,), ())(np.array([0.9, 0, 0.1]), 0) == (1, 2)
    few = measure.chooser([1.0] * 4, None, 2, (), ())
    assert few(np.array([0.1, 0.4, 0.3, 0.4]), 0.0) == (1, 3)
    assert measure.chooser([1.0] * 4, None, 2, (0,), (1,))(np.array([0, 9, 1, 2]), 0) == (0, 3)


def test_what_a_choice_loses_is_held_between_two_estimates_that_err_to_either_side() -> None:
    choose = measure.chooser([1.0] * 3, None, 1, (), ())
    exact = np.array([[[0.3, 0.1, 0.0]] * 3, [[0.1, 0.5, 0.0]] * 3])
    found = measure.loss_of(exact, (0,), choose, 0.0, 0.95)
    np.testing.assert_allclose(found.at, [0, 0.4])
    for value in (found.least, found.least_low, found.most, found.most_high):
        assert value == pytest.approx(0.2)
    assert measure.loss_of(exact, (0,), choose, 0.05, 0.95).most == pytest.approx(0.15)
    # three equal links: nothing to lose, whatever seems
    rng = np.random.default_rng(5)
    least, most = [], []
    for _ in range(300):
        one = measure.loss_of(rng.normal(size=(4, 3, 3)), (0,), choose, 0.0, 0.95)
        least.append(one.least)
        most.append(one.most)
    assert np.mean(most) > 0.3
    assert abs(np.mean(least)) < 3 * np.std(least) / np.sqrt(300)


def world(
    monkeypatch: pytest.MonkeyPatch,
    benefit: Callable[[np.ndarray], np.ndarray],
    *,
    sd: float,
    method: str = "morris",
    n: int = 6,
    seed: int = 3,
    links: int = 4,
    **task: Any,
) -> tuple[LinkRobustness, Plan]:
    """Analyse made benefits of three traits in 0 to 1, the nominal ones at 0.3."""
    ranges = tuple(Range("jaguar", name, 0.0, 1.0) for name in ("habitat.a", "habitat.b", "c.d"))
    file = SensitivityFile.model_validate(
        {
            "base": {"name": "x", "species": {"jaguar": {}}},
            "sensitivity": {
                "method": method,
                "n": n,
                "traits": ["jaguar.*"],
                "links": {"file": "links.toml"},
            },
        }
    )
    rows = _design(file.sensitivity, ranges, 7)
    at, which = np.unique(rows, axis=0, return_inverse=True)
    rng = np.random.default_rng(seed)
    nominal = noisy(benefit(np.full(3, 0.3)), sd, NOMINAL, rng)
    points = noisy(np.array([benefit(row) for row in at]), sd, REPLICATES, rng)
    own = task_of(links, len(at), **task)
    plan = Plan(file, ranges, (), rows, which.reshape(-1), own.bases(), own)
    monkeypatch.setattr(
        "corridor_sim.sweeps.link_sensitivity.read_benefits", lambda *_: (nominal, points)
    )
    study: Any = SimpleNamespace(scenarios=[SimpleNamespace(scenario=SimpleNamespace(seed=1))])
    return link_robustness(plan, study), plan


def reversing(traits: np.ndarray) -> np.ndarray:
    """L0 and L1 change places where the first trait rises above 0.5; the others do nothing."""
    up = 0.4 * (traits[0] - 0.5)
    return np.array([0.5 - up, 0.5 + up, 0.1, 0.0])


def test_a_trait_that_turns_two_links_round_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    found, plan = world(monkeypatch, reversing, sd=0.01)
    assert found.rank.tolist() == [1, 2, 3, 4]
    assert found.choice == (0,)
    assert found.order_verdict == "does not survive"
    assert found.choice_verdict == "does not survive"
    turned = plan.rows[np.unique(plan.which, return_index=True)[1], 0] > 0.5
    np.testing.assert_array_equal(found.ranks[:, 0], np.where(turned, 2, 1))
    np.testing.assert_allclose(found.agreement, np.where(turned, 4 / 6, 1))
    # on levels 2/3 and 1 the choice loses 0.8 (a - 0.5)
    true = np.where(turned, 0.8 * (points_table(found, plan)["jaguar.habitat.a"] - 0.5), 0)
    np.testing.assert_allclose(found.loss.at, true, atol=0.03)
    assert found.loss.least_low <= true.mean() <= found.loss.most_high
    rows = trait_rows(found, plan)
    assert [(r["trait"], r["moved"]) for r in rows if r["moved"]] == [("jaguar.habitat.a", 2)]
    assert rows[0]["trait"] == "jaguar.habitat.a"
    assert rows[0]["beyond"]
    assert not any(r["beyond"] for r in rows[1:])
    table = robustness_table(found).set_index("link")
    assert table.loc["L0", "first_share"] == pytest.approx((~turned).mean())
    assert table.loc["L0", "first_by_chance"] == 1
    assert table.loc["L1", "chosen_share"] == pytest.approx(turned.mean())
    assert table.loc["L2", "positive_share"] == 1
    frame = traits_table(found, plan)
    moved = frame[frame["beyond_noise"] & (frame["of"] == "benefit")]
    assert set(moved["trait"]) == {"jaguar.habitat.a"}
    assert set(moved["link"]) == {"L0", "L1"}
    assert "does not survive" in choice_sentence(found)
    assert "67 %" not in order_sentence(found)


def test_links_far_apart_survive_traits_that_do_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    found, plan = world(monkeypatch, lambda _: np.array([0.9, 0.6, 0.3, 0.0]), sd=0.02)
    assert found.order_verdict == "survives"
    assert found.choice_verdict == "survives"
    assert not any(row["beyond"] for row in trait_rows(found, plan))
    assert found.concordance == pytest.approx(1)


def test_links_that_noise_mixes_cannot_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    found, _ = world(monkeypatch, lambda _: np.array([0.03, 0.02, 0.01, 0.0]), sd=0.3)
    assert found.order_verdict == "cannot be told from noise"
    assert found.choice_verdict == "cannot be told from noise"
    assert "cannot be told from noise" in order_sentence(found)


def test_benefits_that_change_but_not_in_order_survive(monkeypatch: pytest.MonkeyPatch) -> None:
    found, plan = world(
        monkeypatch, lambda t: (0.5 + t[1]) * np.array([0.9, 0.6, 0.3, 0.0]), sd=0.005
    )
    assert (found.order_verdict, found.choice_verdict) == ("survives", "survives")
    rows = {row["trait"]: row for row in trait_rows(found, plan)}
    assert rows["jaguar.habitat.b"]["moved"] == 3
    assert rows["jaguar.habitat.b"]["most"] == ["L0", "L1", "L2"]
    assert rows["jaguar.habitat.a"]["moved"] == 0


def test_a_budget_decides_what_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    # whether L0 or L1 comes first is the same: both are bought
    found, _ = world(monkeypatch, reversing, sd=0.01, budget=2.0)
    assert found.choice == (0, 1)
    assert found.order_verdict == "does not survive"
    assert found.choice_verdict == "survives"
    assert "survives" in choice_sentence(found)
    assert "L0 and L1" in choice_sentence(found) or found.choices[:, :2].all()


def test_a_latin_hypercube_and_sobol_points_do_too(monkeypatch: pytest.MonkeyPatch) -> None:
    found, plan = world(monkeypatch, reversing, sd=0.01, method="lhs", n=24)
    assert found.effects == ()
    assert trait_rows(found, plan) == []
    assert found.choice_verdict == "does not survive"
    found, plan = world(monkeypatch, reversing, sd=0.01, method="sobol", n=16)
    rows = trait_rows(found, plan)
    assert rows[0]["trait"] == "jaguar.habitat.a"
    assert rows[0]["agreement"] > 0.9
    assert rows[0]["beyond"]
    assert not any(r["beyond"] for r in rows[1:])


def test_points_without_a_value_are_left_out_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(traits: np.ndarray) -> np.ndarray:
        return reversing(traits) * (np.nan if traits[1] > 0.9 else 1.0)

    found, plan = world(monkeypatch, gone, sd=0.01)
    frame = points_table(found, plan)
    missing = frame["jaguar.habitat.b"] > 0.9
    assert missing.any()
    np.testing.assert_array_equal(frame["agreement"].isna(), missing)
    assert len(found.kept) == (~missing).sum()
    assert np.isnan(trait_rows(found, plan)[0]["agreement"])


@pytest.mark.parametrize("shared", [True, False])
def test_noise_alone_is_rarely_called_a_change_or_the_wrong_choice_safe(shared: bool) -> None:
    """At 95 % neither verdict may call noise a change in more than 5 % of analyses, nor a choice
    safe that is not the best, whether the points share all of their luck or none."""
    rng = np.random.default_rng([17, shared])
    mean = np.array([0.2, 0.15, 0.1, 0.05, 0.0])
    analyses, wrong = 120, {"order": 0, "choice": 0, "safe": 0}
    mistaken = 0
    for _ in range(analyses):
        nominal = noisy(mean, 0.15, NOMINAL, rng)
        points = noisy(np.tile(mean, (12, 1)), 0.15, REPLICATES, rng)
        if shared:
            points[:] = nominal[:REPLICATES]
        own = task_of(5, 12, indifference=0.01)
        found = robustness(own, nominal, points, np.arange(12), 1)
        wrong["order"] += found.order_verdict == "does not survive"
        wrong["choice"] += found.choice_verdict == "does not survive"
        if found.choice != (0,):
            mistaken += 1
            wrong["safe"] += found.choice_verdict == "survives"
    assert mistaken > 15
    for name, count in wrong.items():
        cases = mistaken if name == "safe" else analyses
        assert binomtest(count, cases, 0.05, alternative="greater").pvalue > 0.001, name


@pytest.mark.parametrize(
    ("ranks", "top", "parts"),
    [
        ([1, 1, 3], 1, [0.5, 0.5, 0.0]),
        ([1, 1, 1], 2, [2 / 3] * 3),
        ([1, 2, 2, 4], 2, [1.0, 0.5, 0.5, 0.0]),
        ([2, 1, 3], 3, [1.0] * 3),
        ([1, 1, 1, 1], 9, [1.0] * 4),
    ],
)
def test_links_that_tie_have_equal_parts_of_the_first_places(
    ranks: list[int], top: int, parts: list[float]
) -> None:
    found = measure.among_best(np.array([ranks, ranks]), top)
    assert found[0] == pytest.approx(parts)
    assert found.sum(axis=1) == pytest.approx(min(top, len(ranks)))
