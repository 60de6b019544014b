from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from corridor_sim.decision.confirm import HOLDS, TOO_LITTLE, TOO_MUCH, UNSURE, confirm
from corridor_sim.decision.interactions import all_pairs, design_pairs, estimate_interactions
from corridor_sim.errors import ScenarioError


def test_all_pairs_where_the_budget_allows() -> None:
    plan = design_pairs(np.arange(5.0), 100, 10)
    assert plan.complete
    assert plan.runs == 100
    assert np.array_equal(plan.pairs, all_pairs(5))
    assert plan.links == (0, 1, 2, 3, 4)


def test_pairs_of_the_best_links_and_the_named_ones() -> None:
    score = np.array([0.0, 5.0, 3.0, 0.0, 4.0, np.nan])
    plan = design_pairs(score, 49, 10)  # room for 4 pairs
    assert plan.links == (1, 2, 4)
    assert plan.pairs.tolist() == [[1, 2], [1, 4], [2, 4]]
    assert not plan.complete
    plan = design_pairs(score, 49, 10, also=[(3, 0)])
    assert plan.pairs.tolist() == [[0, 3], [1, 2], [1, 4], [2, 4]]
    plan = design_pairs(score, 30, 10, also=[(2, 1), (3, 0)])  # named pairs count once
    assert plan.pairs.tolist() == [[0, 3], [1, 2], [1, 4]]
    assert plan.links == (1, 4)
    assert design_pairs(score, 9, 10).pairs.shape == (0, 2)


def test_impossible_designs() -> None:
    with pytest.raises(ScenarioError, match="2 named pairs x 10 replicates are more than 19 runs"):
        design_pairs(np.zeros(4), 19, 10, also=[(0, 1), (2, 3)])
    for pair in [(0, 4), (1, 1), (-1, 2)]:
        with pytest.raises(ScenarioError, match="is not two of the links 0 to 3"):
            design_pairs(np.zeros(4), 100, 10, also=[pair])
    with pytest.raises(ScenarioError, match="1 replicates of a pair"):
        design_pairs(np.zeros(4), 100, 1)


def test_an_interaction_is_the_paired_excess() -> None:
    draws = np.random.default_rng(1)
    alone = draws.normal(size=(2, 3, 40))
    both = draws.normal(size=(2, 2, 40)) + 5
    found = estimate_interactions(alone, np.array([[2, 0], [1, 2]]), both)
    assert found.pairs.tolist() == [[0, 2], [1, 2]]
    excess = both[1, 0] - alone[1, 0] - alone[1, 2]
    half = stats.t.ppf(1 - 0.05 / 4 / 2, 39) * excess.std(ddof=1) / np.sqrt(40)
    mean = excess.mean()
    assert found.of(2, 0, species=1) == pytest.approx((mean, mean - half, mean + half))
    assert found.of(0, 1) == (0.0, 0.0, 0.0)
    assert found.kept[1, 0] == found.estimate[1, 0]
    each = estimate_interactions(alone, np.array([[2, 0], [1, 2]]), both, simultaneous=False)
    assert (each.high - each.low < found.high - found.low).all()


def test_an_interaction_that_may_be_none_is_set_to_none() -> None:
    draws = np.random.default_rng(1)
    alone = draws.normal(size=(3, 40))
    found = estimate_interactions(alone, all_pairs(3), alone[all_pairs(3)].sum(axis=1) + 1e-3)
    assert found.kept.tolist() == [[0.0, 0.0, 0.0]] or np.allclose(found.estimate, 1e-3)
    noisy = alone[all_pairs(3)].sum(axis=1) + draws.normal(size=(3, 40))
    assert estimate_interactions(alone, all_pairs(3), noisy).kept.tolist() == [[0.0, 0.0, 0.0]]


def test_missing_replicates_of_a_pair() -> None:
    alone = np.random.default_rng(1).normal(size=(1, 2, 30))
    both = alone.sum(axis=1, keepdims=True) + 2 + np.random.default_rng(2).normal(size=(1, 1, 30))
    both[0, 0, :10] = np.nan
    found = estimate_interactions(alone, np.array([[0, 1]]), both)
    assert found.replicates.tolist() == [[20]]
    both[:] = np.nan
    found = estimate_interactions(alone, np.array([[0, 1]]), both)
    assert found.kept.tolist() == [[0.0]]
    assert np.isinf(found.high).all()


def test_misfitting_pairs() -> None:
    alone = np.zeros((3, 5))
    with pytest.raises(ScenarioError, match="benefits of pairs have shape"):
        estimate_interactions(alone, np.array([[0, 1]]), np.zeros((1, 4)))
    with pytest.raises(ScenarioError, match="outside 0 to 2"):
        estimate_interactions(alone, np.array([[0, 3]]), np.zeros((1, 5)))
    for pairs in ([[0, 1], [1, 0]], [[1, 1], [0, 2]]):
        with pytest.raises(ScenarioError, match="named twice, or pairs a link with itself"):
            estimate_interactions(alone, np.array(pairs), np.zeros((2, 5)))


def test_confirmation_has_four_verdicts() -> None:
    noise = np.random.default_rng(1).normal(size=100)
    noise = (noise - noise.mean()) / noise.std(ddof=1)  # half-width of the interval 0.198
    for said, tolerance, verdict in [
        (5.0, 0.5, HOLDS),
        (5.2, 0.5, HOLDS),  # error -0.4 to 0: within the tolerance though not of 0
        (6.0, 0.5, TOO_MUCH),
        (4.0, 0.5, TOO_LITTLE),
        (5.4, 0.3, TOO_MUCH),
        (5.0, 0.1, UNSURE),
        (5.15, 0.2, UNSURE),  # error -0.35 to 0.05: one beyond the tolerance is not excluded
        (5.15, 0.4, HOLDS),
    ]:
        found = confirm(said, noise + 5, tolerance=tolerance)
        assert found.verdict == verdict, (said, tolerance)
        assert found.misled == (verdict in (TOO_MUCH, TOO_LITTLE))
    assert found.simulated == pytest.approx(5)
    assert found.high - found.simulated == pytest.approx(stats.t.ppf(0.975, 99) / 10)
    assert "the prediction holds: predicted 5.15, simulated 5 (4.80" in found.sentence


def test_predictions_by_replicate_cancel_the_luck() -> None:
    draws = np.random.default_rng(1).normal(size=40) * 10
    assert confirm(5.0, draws + 6, tolerance=0.1).verdict == UNSURE
    found = confirm(
        draws + 5 + np.random.default_rng(2).normal(size=40) * 0.1, draws + 6, tolerance=0.1
    )
    assert found.verdict == TOO_LITTLE
    assert found.error == pytest.approx(1, abs=0.1)
    assert found.predicted == pytest.approx(draws.mean() + 5, abs=0.1)


def test_what_cannot_be_confirmed() -> None:
    for values in (np.zeros(1), np.array([1.0, np.nan])):
        with pytest.raises(ScenarioError, match="2 replicates"):
            confirm(1.0, values, tolerance=0)
    with pytest.raises(ScenarioError, match="tolerance = -1"):
        confirm(1.0, np.zeros(3), tolerance=-1)
