"""Step lengths, turns and activity: known answers, errors of theory, odd records in one line."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import approx_fprime
from scipy.stats import gamma, vonmises

from corridor_sim.errors import CorridorSimError
from corridor_sim.telemetry.activity import activity_by_hour, rhythm
from corridor_sim.telemetry.steps import fit_gamma, fit_steps, fit_von_mises
from oracles.verdict import TAIL, Z

REAL = Path(__file__).resolve().parents[2].parent / "shared" / "real" / "telemetry"


def information(log_likelihood, at):
    """Observed information by differences of differences."""

    def slope(p):
        return approx_fprime(p, log_likelihood, 1e-5 * np.abs(at))

    rows = []
    for i, width in enumerate(1e-3 * np.abs(at)):
        step = np.eye(at.size)[i] * width
        rows.append((slope(at - step) - slope(at + step)) / (2 * width))
    return np.array(rows)


def test_lengths_are_fitted_as_scipy_does_and_their_errors_are_the_information() -> None:
    x = np.random.default_rng(1).gamma(0.7, 400.0, 500)
    k, s, covariance = fit_gamma(x)
    theirs, _, scale = gamma.fit(x, floc=0)
    assert (k, s) == pytest.approx((theirs, scale), rel=1e-4)

    def log_likelihood(p):
        return float(gamma.logpdf(x, p[0], scale=p[1]).sum())

    numeric = np.linalg.inv(information(log_likelihood, np.array([k, s])))
    assert covariance == pytest.approx(numeric, rel=1e-2)


@pytest.mark.parametrize("kappa", [-3.0, -0.2, 0.0, 1.5, 80.0])
def test_turns_are_fitted_with_their_sign(kappa: float) -> None:
    rng = np.random.default_rng(2)
    turns = rng.vonmises(0.0 if kappa >= 0 else math.pi, abs(kappa), 2000)
    found, se = fit_von_mises(turns)
    assert abs(found - kappa) < Z * se

    def log_likelihood(p):
        centre = 0.0 if p[0] >= 0 else math.pi
        return float(vonmises.logpdf(turns, abs(p[0]), loc=centre).sum())

    assert approx_fprime([found], log_likelihood, 1e-6)[0] == pytest.approx(0.0, abs=2e-2)
    numeric = information(log_likelihood, np.array([found]))[0, 0]
    assert se == pytest.approx(numeric**-0.5, rel=5e-3)


def test_the_deer_known_from_amt() -> None:
    path = REAL / "amt_deer.csv"
    if not path.exists():
        pytest.skip("no shared/real/telemetry beside the project")
    table = pd.read_csv(path)
    lengths, turns = [], []
    for _, burst in table.groupby("burst_"):
        dx, dy = np.diff(burst["x_"]), np.diff(burst["y_"])
        lengths.append(np.hypot(dx, dy))
        heading = np.arctan2(dy, dx)
        turns.append((np.diff(heading) + np.pi) % (2 * np.pi) - np.pi)
    fit = fit_steps(np.concatenate(lengths), np.concatenate(turns))
    assert fit.n == 791
    assert (fit.shape, fit.shape_se) == pytest.approx((0.772, 0.033), abs=5e-4)
    assert (fit.scale_m, fit.scale_se_m) == pytest.approx((472, 28), abs=0.5)
    assert (fit.kappa, fit.kappa_se) == pytest.approx((-0.182, 0.052), abs=5e-4)


def test_errors_on_the_working_scale_are_relative() -> None:
    rng = np.random.default_rng(3)
    fit = fit_steps(rng.gamma(0.8, 300.0, 400), rng.vonmises(0.0, 0.5, 300))
    relative = [fit.shape_se / fit.shape, fit.scale_se_m / fit.scale_m, fit.kappa_se]
    assert np.sqrt(np.diag(fit.working_covariance)) == pytest.approx(relative)
    assert (fit.n, fit.n_turns, fit.told) == (400, 300, ())


def test_steps_of_no_length_are_counted_and_left_out() -> None:
    lengths = np.array([0.0, 3.0, 5.0, 0.0, 9.0] * 20)
    fit = fit_steps(lengths, [0.1, -2.0], animal="Ana")
    assert (fit.shape, fit.scale_m) == fit_gamma(lengths[lengths > 0])[:2]
    assert (fit.n, fit.zero_share) == (60, pytest.approx(0.4))
    (told,) = fit.told
    assert (told.kind, told.animal, told.count) == ("zero_lengths", "Ana", 40)
    assert "40 of 100 steps of Ana are 0 m long" in told.words


@pytest.mark.parametrize(
    ("turns", "kind", "kappa"),
    [
        ([], "no_turns", math.nan),
        ([math.nan] * 40, "no_turns", math.nan),
        ([0.001, -0.001] * 20, "turns_all_alike", 500.0),
        ([math.pi] * 40, "turns_all_alike", -500.0),
    ],
)
def test_turns_that_say_nothing_are_told(turns: list[float], kind: str, kappa: float) -> None:
    fit = fit_steps(np.arange(1.0, 41.0), turns)
    assert [told.kind for told in fit.told] == [kind]
    assert np.isnan(fit.kappa_se)
    assert fit.kappa == kappa or (math.isnan(kappa) and math.isnan(fit.kappa))
    assert np.isfinite(fit.covariance[:2, :2]).all()
    assert np.isfinite(fit.log_likelihood)


@pytest.mark.parametrize(
    ("lengths", "words"),
    [
        ([], "steps of Ana: 0 steps longer than 0 m"),
        ([0.0, 0.0], "0 steps longer than 0 m"),
        ([4.0], "1 step longer than 0 m"),
        ([25.0] * 50, "all 50 steps are 25 m long"),
        ([3.0, -1.0], "step 2 is -1.0 m long"),
        ([math.nan, 1.0], "step 1 is nan m long"),
        ([1.0, math.inf], "step 2 is inf m long"),
    ],
)
def test_lengths_that_cannot_be_fitted_are_one_line(lengths: list[float], words: str) -> None:
    with pytest.raises(CorridorSimError) as bad:
        fit_steps(np.array(lengths), animal="Ana")
    assert words in str(bad.value)
    assert "\n" not in str(bad.value)


def test_few_steps_are_told() -> None:
    (told,) = fit_steps([1.0, 2.0, 5.0], [0.3, 1.0]).told
    assert told.kind == "few_steps"


def days(rng: np.random.Generator, n: int, interval_h: float, factor) -> pd.DataFrame:
    """Steps of an animal whose bouts last, with a rhythm given by hour."""
    size = round(n * 24 / interval_h)
    start = pd.Timestamp("2021-03-01") + pd.to_timedelta(interval_h * np.arange(size), unit="h")
    hour = (interval_h * (np.arange(size) + 0.5)) % 24
    bout = np.repeat(rng.gamma(1.0, 100.0, size // 2 + 1), 2)[:size]
    length = rng.gamma(10.0, 0.1, size) * bout * factor(hour)
    return pd.DataFrame({"animal": "Ana", "start": start, "hour": hour, "length_m": length})


def test_a_rhythm_comes_back_over_the_hours_that_steps_span() -> None:
    table = days(np.random.default_rng(4), 400, 3.0, lambda hour: np.where(hour < 12, 1.5, 0.5))
    found = activity_by_hour(table, 180.0)
    assert found.p_value < TAIL
    by_hour = np.array(found.by_hour).reshape(8, 3)
    # every step starts at a whole three hours, so the three share a value
    assert by_hour == pytest.approx(np.repeat(by_hour[:, :1], 3, 1))
    assert by_hour.mean() == pytest.approx(1.0)
    # a length varies by sqrt(1.2) of its mean
    error = math.sqrt(1.2 / 400) * by_hour[:, 0]
    assert (np.abs(by_hour[:, 0] - np.repeat([1.5, 0.5], 4)) < Z * error).all()
    assert found.half_width_h == (0,) * 24
    assert found.steps == pytest.approx((400.0,) * 24)


def test_bouts_that_last_make_no_rhythm() -> None:
    values = []
    for seed in range(400):
        table = days(np.random.default_rng(seed), 40, 3.0, lambda hour: 1.0 + 0 * hour)
        relative = table["length_m"].to_numpy() / table["length_m"].mean()
        values.append(rhythm(relative, table["hour"].to_numpy(), np.arange(320) // 8))
    # 400 draws of a chance of 5 %: 20 expected, standard deviation 4.4
    assert abs(sum(p < 0.05 for p in values) - 20) < Z * 4.4
    found = activity_by_hour(table, 180.0)
    assert found.by_hour == (1.0,) * 24
    assert [told.kind for told in found.told] == ["activity_even"]


def test_hours_with_few_steps_lean_on_their_neighbours() -> None:
    table = days(np.random.default_rng(5), 60, 1.0, lambda hour: np.where(hour < 12, 1.9, 0.1))
    table = table[~table["hour"].between(3.0, 5.0) | (table.index < 24 * 10)]
    found = activity_by_hour(table, 60.0)
    assert np.flatnonzero(found.half_width_h).tolist() == [3, 4]
    (told,) = found.told
    assert (told.kind, told.count) == ("activity_smoothed", 2)


@pytest.mark.parametrize(
    ("n", "interval_h", "kind"), [(5, 3.0, "activity_few_days"), (90, 24.0, "activity_long_steps")]
)
def test_what_cannot_show_a_rhythm_is_even(n: int, interval_h: float, kind: str) -> None:
    table = days(np.random.default_rng(6), n, interval_h, lambda hour: 1.0 + 0 * hour)
    found = activity_by_hour(table, 60 * interval_h)
    assert found.by_hour == (1.0,) * 24
    assert [told.kind for told in found.told] == [kind]


def test_an_animal_that_never_moves_has_no_activity() -> None:
    table = days(np.random.default_rng(7), 5, 3.0, lambda hour: 0.0 * hour)
    with pytest.raises(CorridorSimError, match="no step is longer than 0 m"):
        activity_by_hour(table, 180.0)
    with pytest.raises(CorridorSimError, match="give minutes above 0"):
        activity_by_hour(table)
