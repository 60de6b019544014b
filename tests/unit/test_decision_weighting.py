from __future__ import annotations

import numpy as np
import pytest

from corridor_sim.decision.weighting import Weighting
from corridor_sim.errors import ScenarioError


def test_changes_are_scaled_turned_and_weighed() -> None:
    table = Weighting(("arrivals", "risk"), (3, 1), (50.0, -0.2), (True, False))
    # 10 more of 50 is +0.2; a risk 0.1 lower of 0.2 is +0.5
    changes = np.array([[10.0, 0.0], [-0.1, 0.2]])
    assert table.combine(changes).tolist() == pytest.approx([(3 * 0.2 + 0.5) / 4, -1 / 4])


def test_a_missing_outcome_that_counts_is_missing() -> None:
    table = Weighting(("a", "b"), (1, 0), (1.0, float("nan")), (True, True))
    both = np.array([[np.nan, 2.0], [1.0, np.nan]])
    assert np.isnan(table.combine(both)[0])
    assert table.combine(both)[1] == 2.0


@pytest.mark.parametrize(
    ("weights", "references", "says"),
    [
        ((1, -1), (1.0, 1.0), "b: weight = -1 is impossible"),
        ((1, float("nan")), (1.0, 1.0), "b: weight = nan"),
        ((1, 1), (1.0, 0.0), "b: cannot be scaled by the reference 0.0"),
        ((1, 1), (float("inf"), 1.0), "a: cannot be scaled"),
        ((0, 0), (1.0, 1.0), "all weights are 0"),
        ((1,), (1.0,), "one weight and one reference per outcome"),
    ],
)
def test_impossible_weightings(weights: tuple, references: tuple, says: str) -> None:
    with pytest.raises(ScenarioError, match=says):
        Weighting(("a", "b"), weights, references, (True, True))


def test_rows_must_fit() -> None:
    with pytest.raises(ScenarioError, match="rows of outcomes for 1 weights"):
        Weighting(("a",), (1,), (1.0,), (True,)).combine(np.zeros((2, 3)))
    with pytest.raises(ScenarioError, match="names each outcome once"):
        Weighting(("a", "a"), (1, 1), (1.0, 1.0), (True, True))


def test_gains_and_losses_that_cancel_are_no_benefit() -> None:
    three = Weighting(("a", "b", "c"), (1, 1, 1), (10.0, 10.0, 10.0), (True, True, True))
    found = three.combine(np.array([[1.0, 1.0], [2.0, 2.0], [-3.0, -2.9]]))
    assert found[0] == 0.0
    assert not np.signbit(found[0])
    assert found[1] == pytest.approx(0.1 / 30)
    assert np.isinf(three.combine(np.array([[np.inf], [0.0], [0.0]]))[0])
