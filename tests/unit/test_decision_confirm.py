from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from corridor_sim.decision.confirm import (
    HOLDS,
    TOO_LITTLE,
    TOO_MUCH,
    UNSURE,
    Prediction,
    confirm,
    prediction_of,
)


def test_a_promise_of_equal_replicates_is_the_mean_of_sums() -> None:
    rng = np.random.default_rng(1)
    # two links that share most of their luck, and the excess of the pair
    rows = rng.normal(size=(3, 20)) + 3 * rng.normal(size=20) * [[1], [1], [-0.5]]
    found = prediction_of(rows)
    total = rows.sum(axis=0)
    assert found.value == pytest.approx(total.mean())
    assert found.error == pytest.approx(total.std(ddof=1) / np.sqrt(20))
    assert found.freedom == 19
    assert found.half_width(0.05) == pytest.approx(stats.t.ppf(0.975, 19) * found.error)


@pytest.mark.parametrize("common", [0.0, 2.0, -0.9])
def test_the_error_of_rows_of_unequal_length_is_careful_but_not_wild(common: float) -> None:
    """Means over 24 and 6 replicates of the same luck, against their spread over many studies."""
    rng = np.random.default_rng(7)
    values, errors = [], []
    for _ in range(4000):
        rows = rng.normal(size=(2, 24)) + common * rng.normal(size=24) * [[1], [np.sign(common)]]
        rows[1, 6:] = np.nan
        found = prediction_of(rows)
        assert found.freedom == 5
        values.append(found.value)
        errors.append(found.error**2)
    true = np.var(values, ddof=1)
    # the variance of 4000 values is known to 2 %; 6 / 5 is what the careful factor may add
    assert 0.95 * true < np.mean(errors) < 1.3 * true


def test_rows_without_values_add_nothing() -> None:
    rows = np.array([[1.0, 2, 3, np.nan], [np.nan] * 4, [5, np.nan, np.nan, np.nan]])
    assert prediction_of(rows[:2]) == prediction_of(rows[:1])
    assert prediction_of(rows[:2]).value == pytest.approx(2.0)
    assert prediction_of(rows).value == pytest.approx(7.0)
    assert np.isinf(prediction_of(rows).error)  # one value has no spread
    assert prediction_of(rows[1:2]) == Prediction(0.0)
    assert prediction_of(np.zeros((0, 5))) == Prediction(0.0)


def test_the_interval_of_the_error_is_welchs() -> None:
    rng = np.random.default_rng(2)
    before, after = rng.normal(3.0, 2.0, 9), rng.normal(3.5, 0.7, 14)
    found = confirm(prediction_of(before), after, tolerance=0.1, confidence=0.9)
    welch = stats.ttest_ind(after, before, equal_var=False).confidence_interval(0.9)
    assert (found.error_low, found.error_high) == pytest.approx((welch.low, welch.high))
    assert found.error == pytest.approx(after.mean() - before.mean())
    assert found.predicted == pytest.approx(before.mean())
    own = stats.t.interval(0.9, 8, before.mean(), before.std(ddof=1) / 3)
    assert (found.predicted_low, found.predicted_high) == pytest.approx(own)
    # the interval of the simulated benefit is not touched by what was promised
    mine = stats.t.interval(0.9, 13, after.mean(), after.std(ddof=1) / np.sqrt(14))
    assert (found.low, found.high) == pytest.approx(mine)
    assert f"predicted {before.mean():.4g} ({own[0]:.4g} to {own[1]:.4g}), sim" in found.sentence


def test_an_uncertain_promise_is_not_called_wrong_where_an_exact_one_is() -> None:
    noise = np.random.default_rng(1).normal(size=100)
    noise = (noise - noise.mean()) / noise.std(ddof=1)  # standard error 0.1
    for error, verdicts in [(0.0, (TOO_MUCH, TOO_LITTLE)), (0.3, (UNSURE, UNSURE))]:
        for said, verdict in zip((5.4, 4.6), verdicts, strict=True):
            promise = Prediction(said, error, 30)
            found = confirm(promise, noise + 5, tolerance=0.1)
            assert found.verdict == verdict
            assert found.sentence.count("(") == (2 if error else 1)
    assert confirm(Prediction(5.4, 0.0), noise + 5, tolerance=0.1) == confirm(
        5.4, noise + 5, tolerance=0.1
    )
    assert confirm(Prediction(5.0, np.inf, 1), noise + 5, tolerance=9.0).verdict == UNSURE
    assert confirm(Prediction(5.1, 0.1, 30), noise + 5, tolerance=0.5).verdict == HOLDS


def test_replicates_without_spread_are_not_certain_if_anything_else_varied() -> None:
    same = np.full(10, 2.0)
    share = 1 - 0.05 ** (1 / 10)
    # nothing varied at all: then nothing tells how far it could go
    assert confirm(2.5, same, tolerance=0.1).error_high == pytest.approx(-0.5)
    links = np.array([[0.0, 4.0] * 5])
    found = confirm(prediction_of(links), same, tolerance=0.1)
    assert found.high - found.simulated == pytest.approx(2.0 * share)
    assert found.error_high - found.error >= 2.0 * share


@pytest.mark.parametrize(
    ("promise", "tolerance", "verdict", "says"),
    [
        # simulated 4.0 (3.34 to 4.66); the promise by itself, then with noise of its own
        (Prediction(4.2), 2.0, HOLDS, "the prediction holds: predicted 4.2"),
        (
            Prediction(4.8),
            2.0,
            HOLDS,
            "promised more than was found, by no more than matters: pred",
        ),
        (
            Prediction(3.2),
            2.0,
            HOLDS,
            "promised less than was found, by no more than matters: pred",
        ),
        (Prediction(4.8, 0.4, 17), 2.0, HOLDS, "promised more than was found, which chance can"),
        (Prediction(3.2, 0.4, 17), 2.0, HOLDS, "promised less than was found, which chance can"),
        (
            Prediction(4.8, 0.4, 17),
            1.0,
            UNSURE,
            "promised more than was found, but too few replicates",
        ),
        (Prediction(4.2, 0.4, 17), 1.0, UNSURE, "too few replicates to say whether"),
        (Prediction(4.8), 1.0, TOO_MUCH, "the prediction misled: it promised too much: predicted"),
        (
            Prediction(3.2),
            1.0,
            TOO_LITTLE,
            "the prediction misled: it promised too little: predicted",
        ),
        (Prediction(6.8, 0.4, 17), 2.0, TOO_MUCH, "the prediction misled: it promised too much"),
    ],
)
def test_a_promise_outside_the_simulated_interval_is_never_simply_said_to_hold(
    promise: Prediction, tolerance: float, verdict: str, says: str
) -> None:
    noise = np.random.default_rng(3).normal(size=10)
    noise *= 0.923 / noise.std(ddof=1)
    found = confirm(promise, 4.0 + noise - noise.mean(), tolerance=tolerance)
    assert (round(found.low, 2), round(found.high, 2)) == (3.34, 4.66)
    assert found.verdict == verdict
    assert says in found.sentence
    assert found.sentence.startswith("the prediction holds") == (
        not found.outside and verdict == HOLDS
    )


def test_no_benefit_of_a_set_is_said_to_be_beyond_what_can_be() -> None:
    few = np.array([0.0, 0, 0, 0, 0, 0.9])
    wide = confirm(Prediction(0.2, 0.9, 5), few, tolerance=0.1)
    found = confirm(Prediction(0.2, 0.9, 5), few, tolerance=0.1, least=0.0, most=1.0)
    assert wide.low < 0
    assert wide.predicted_low < 0
    assert wide.predicted_high > 1
    assert (found.low, found.predicted_low, found.predicted_high) == (0.0, 0.0, 1.0)
    assert found.low <= found.simulated <= found.high <= 1.0
    # the error is what it is
    assert (found.error_low, found.verdict) == (wide.error_low, wide.verdict)
