"""Random effects over animals against closed forms and brute force."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from corridor_sim.telemetry.pooling import Estimates, Pooled, pool


def herd(
    n: int, mean: np.ndarray, between: np.ndarray, within: np.ndarray, seed: int
) -> list[Estimates]:
    rng = np.random.default_rng(seed)
    found = []
    for i in range(n):
        s = within * rng.uniform(0.5, 2.0)
        own = rng.multivariate_normal(mean, between)
        found.append(Estimates(f"a{i:02d}", rng.multivariate_normal(own, s), s))
    return found


BETWEEN = np.array([[0.3, 0.1], [0.1, 0.2]])
WITHIN = np.array([[0.1, -0.03], [-0.03, 0.05]])
MEAN = np.array([1.0, -0.5])


def test_equal_within_covariances_have_a_closed_form() -> None:
    """``T = cov(y) - S`` and the mean is that of the estimates with ``cov(y) / n``."""
    rng = np.random.default_rng(3)
    y = rng.multivariate_normal(MEAN, BETWEEN + WITHIN, size=40)
    fit = pool(["a", "b"], [Estimates(f"{i}", one, WITHIN) for i, one in enumerate(y)])
    spread = np.cov(y.T)
    assert np.linalg.eigvalsh(spread - WITHIN).min() > 0  # else it would lie at the edge
    np.testing.assert_allclose(fit.between, spread - WITHIN, rtol=2e-4, atol=2e-4)
    np.testing.assert_allclose(fit.mean, y.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(fit.cov, spread / 40, rtol=2e-4, atol=1e-5)
    loglik = stats.multivariate_normal(np.zeros(2), spread).logpdf(y - y.mean(axis=0)).sum()
    loglik += math.log(2 * math.pi) - 0.5 * np.linalg.slogdet(40 * np.linalg.inv(spread))[1]
    assert fit.loglik == pytest.approx(loglik, abs=1e-6)


def test_one_parameter_by_brute_force() -> None:
    rng = np.random.default_rng(8)
    s = rng.uniform(0.05, 0.5, 9)
    y = rng.normal(0.4, np.sqrt(0.3 + s))
    fit = pool(["a"], [Estimates(f"{i}", y[[i]], s[[i], None]) for i in range(9)])

    def restricted(t: float) -> tuple[float, float]:
        w = 1 / (t + s)
        mu = (w @ y) / w.sum()
        return mu, 0.5 * (np.log(w).sum() - math.log(w.sum()) - (w * (y - mu) ** 2).sum())

    grid = np.linspace(0, 2, 20_001)
    best = float(grid[np.argmax([restricted(t)[1] for t in grid])])
    assert fit.between[0, 0] == pytest.approx(best, abs=2e-4)
    assert fit.mean[0] == pytest.approx(restricted(best)[0], abs=1e-4)
    assert fit.se[0] == pytest.approx((1 / (best + s)).sum() ** -0.5, rel=1e-3)
    w = 1 / s
    q = (w * (y - w @ y / w.sum()) ** 2).sum()
    assert fit.q[0] == pytest.approx(q)
    assert fit.i2[0] == pytest.approx(1 - 8 / q)


def test_same_animals_differ_by_nothing() -> None:
    """More alike than their errors: the edge, where T is 0 and the mean that of fixed effects."""
    s = np.array([0.1, 0.2, 0.4, 0.3, 0.2])
    y = np.array([1.0, 1.05, 0.95, 1.0, 1.02])
    fit = pool(["a"], [Estimates(f"{i}", y[[i]], s[[i], None]) for i in range(5)])
    assert 0 <= fit.between[0, 0] < 1e-6
    assert fit.mean[0] == pytest.approx((y / s).sum() / (1 / s).sum(), abs=1e-6)
    assert fit.i2[0] == 0.0


def test_order_of_animals_and_what_is_missing() -> None:
    animals = herd(8, MEAN, BETWEEN, WITHIN, seed=2)
    lacking = [*animals, Estimates("z", np.array([np.nan, 0.1]), np.diag([np.nan, 0.1]))]
    one, two = pool(["a", "b"], lacking), pool(["a", "b"], lacking[::-1])
    np.testing.assert_array_equal(one.between, two.between)
    assert one.n.tolist() == [8, 9]
    assert np.linalg.eigvalsh(one.between).min() >= -1e-12
    gone = pool(["a", "b"], [Estimates(a.animal, a.value * [1, np.nan], a.cov) for a in animals])
    assert np.isnan(gone.mean[1])
    assert [t.kind for t in gone.told] == ["no_estimate"]
    np.testing.assert_allclose(
        gone.mean[0],
        pool(["a"], [Estimates(a.animal, a.value[:1], a.cov[:1, :1]) for a in animals]).mean[0],
    )


def test_few_animals() -> None:
    animals = herd(3, MEAN, BETWEEN, WITHIN, seed=5)
    alone = pool(["a", "b"], animals[:1])
    assert alone.told[0].kind == "one_animal"
    np.testing.assert_allclose(alone.mean, animals[0].value)
    np.testing.assert_allclose(alone.cov, animals[0].cov)
    assert not alone.between.any()
    few = pool(["a", "b"], animals)
    assert few.told[0].kind == "few_animals"
    assert few.between[0, 1] == 0.0
    some = [Estimates(a.animal, np.array([a.value[0], np.nan]), a.cov) for a in animals[1:]]
    mixed = pool(["a", "b"], [animals[0], *some])
    assert mixed.told[0].words.startswith("one animal only has an estimate of b")
    assert (mixed.between[0, 0] > 0, mixed.between[1, 1]) == (True, 0.0)
    assert pool(["a"], []).told[0].kind == "no_estimate"


def test_natural_scale() -> None:
    animals = herd(12, MEAN, BETWEEN, WITHIN, seed=6)
    fit: Pooled = pool(["step_shape", "kappa"], animals, {"step_shape": "log"})
    shape, kappa = fit.natural()
    assert shape.value == pytest.approx(math.exp(fit.mean[0]))
    assert shape.se == pytest.approx(shape.value * fit.se[0])
    t10, t11 = stats.t.isf(0.025, [10, 11])
    assert math.log(shape.high) == pytest.approx(fit.mean[0] + t11 * fit.se[0])
    assert kappa.next_low == pytest.approx(
        fit.mean[1] - t10 * math.sqrt(fit.between[1, 1] + fit.se[1] ** 2)
    )


@pytest.mark.slow
def test_intervals_of_means_cover() -> None:
    """50 herds of 10 animals: intervals of 95 % hold the truth in 90 to 99 % of 100 cases."""
    held = 0
    for seed in range(50):
        low, high = pool(["a", "b"], herd(10, MEAN, BETWEEN, WITHIN, 100 + seed)).interval()
        held += int(((low <= MEAN) & (high >= MEAN)).sum())
    assert 90 <= held <= 99
