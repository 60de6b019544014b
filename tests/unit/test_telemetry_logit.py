"""Conditional logit: against statsmodels, and what has no estimate is named."""

from __future__ import annotations

import numpy as np
import pytest

from corridor_sim.telemetry.clogit import conditional_logit, from_rows


def chosen_first(n: int, a: int, beta: np.ndarray, seed: int = 1) -> np.ndarray:
    """Return covariates ``[n, a, p]`` whose first alternative was chosen by ``exp(beta . x)``."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, a, beta.size))
    gumbel = x @ beta + rng.gumbel(size=(n, a))
    best = gumbel.argmax(axis=1)
    rows = np.arange(n)
    x[rows, best], x[rows, 0] = x[rows, 0].copy(), x[rows, best].copy()
    return x


def test_equals_statsmodels() -> None:
    from statsmodels.discrete.conditional_models import ConditionalLogit

    units = np.array([1.0, 1e-3, 1e3])
    x = chosen_first(60, 5, np.array([0.8, -0.5, 0.1])) * units
    valid = np.random.default_rng(2).random(x.shape[:2]) < 0.8
    valid[:, 0] = True
    x[~valid] = np.nan
    fit = conditional_logit(x, ["a", "b", "c"], valid)
    y, groups = np.zeros(x.shape[:2]), np.repeat(np.arange(60), 5).reshape(60, 5)
    y[:, 0] = 1
    use = valid & (valid.sum(axis=1) > 1)[:, None]
    scaled = x / units
    oracle = ConditionalLogit(y[use], scaled[use], groups=groups[use]).fit(
        disp=False, gtol=1e-8, start_params=fit.beta * units
    )
    assert fit.converged
    np.testing.assert_allclose(fit.beta * units, oracle.params, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(fit.se * units, oracle.bse, rtol=1e-4)
    assert fit.loglik == pytest.approx(oracle.llf, rel=1e-9)
    # what is known beforehand is added to the coefficients
    known = np.where(valid, np.nan_to_num(x) @ np.array([0.3, 40.0, 0.0]), 0.0)
    more = conditional_logit(x, ["a", "b", "c"], valid, offset=-known)
    np.testing.assert_allclose(more.beta, fit.beta + np.array([0.3, 40.0, 0.0]), rtol=1e-6)
    # rows of a table in any order give the same
    order = np.random.default_rng(3).permutation(int(use.sum()))
    table, there = from_rows(
        x[use][order], groups[use][order].astype(np.int64), y[use][order].astype(bool)
    )
    again = conditional_logit(table, ["a", "b", "c"], there)
    np.testing.assert_allclose(again.beta, fit.beta, rtol=1e-9)


def test_names_what_has_no_estimate() -> None:
    x = chosen_first(200, 8, np.array([0.5, 0.3]))
    step = np.random.default_rng(5).normal(size=(200, 1))
    wall = (np.random.default_rng(6).random((200, 8)) < 0.2).astype(float)
    wall[:, 0] = 0.0  # never at the chosen place
    both = x[:, :, 0] + 2.0 * x[:, :, 1]
    whole = np.stack([x[..., 0], np.broadcast_to(step, (200, 8)), x[..., 1], both, wall], axis=2)
    fit = conditional_logit(whole, ["cover", "moon", "slope", "sum", "wall"], animal="A1")
    told = {one.kind: one for one in fit.told}
    assert set(told) == {"constant", "collinear", "separated"}
    assert told["constant"].words.startswith("moon is the same")
    assert told["collinear"].words.startswith("sum is a combination of cover, slope")
    assert "lowest wall" in told["separated"].words
    assert told["separated"].count == int(wall.sum())
    assert {one.animal for one in fit.told} == {"A1"}
    assert np.isnan(fit.beta).tolist() == [False, True, False, True, True]
    assert np.isnan(fit.se).tolist() == [False, True, False, True, True]
    # the others have the limit of their estimates as the coefficient of wall falls for ever
    limit = conditional_logit(whole[:, :, [0, 2]], ["cover", "slope"], wall == 0)
    np.testing.assert_allclose(fit.beta[[0, 2]], limit.beta)


def test_names_what_separates_together() -> None:
    rng = np.random.default_rng(4)
    x = rng.normal(size=(60, 5, 2))
    best = (x[:, :, 0] + x[:, :, 1]).argmax(axis=1)
    rows = np.arange(60)
    x[rows, best], x[rows, 0] = x[rows, 0].copy(), x[rows, best].copy()
    fit = conditional_logit(x, ["a", "b"])
    assert fit.told[0].kind == "separated"
    assert "combination of a, b" in fit.told[0].words
    assert np.isnan(fit.se).any()
    assert np.nanmax(np.abs(fit.beta), initial=0.0) < 100


def test_nothing_to_compare() -> None:
    fit = conditional_logit(np.zeros((3, 1, 1)), ["a"])
    assert fit.told[0].kind == "no_strata"
    assert np.isnan(fit.beta).all()


def test_not_converged_is_told() -> None:
    x = chosen_first(100, 5, np.array([3.0, -2.0]))
    fit = conditional_logit(x, ["a", "b"], max_rounds=1)
    assert not fit.converged
    assert fit.told[-1].kind == "not_converged"


def test_chosen_rows_are_one_a_stratum() -> None:
    with pytest.raises(ValueError, match="stratum 7 has 0 chosen rows"):
        from_rows(np.zeros((2, 1)), np.array([7, 7]), np.array([False, False]))
