"""Ranges of collared animals: the likelihood is exact, and no number is given that is not known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from corridor_sim.errors import CorridorSimError
from corridor_sim.kernels.kalman import filter_fixes
from corridor_sim.telemetry.displacement import msd_at, variogram
from corridor_sim.telemetry.home_range import fit_range
from corridor_sim.telemetry.kalman import (
    Motion,
    _persistent,
    displacement_m2,
    likelihood,
    make_record,
)
from oracles import ranges

Floats = NDArray[np.float64]

DEER = Path(__file__).parents[2].parent / "shared" / "real" / "telemetry" / "amt_deer.csv"
N = 40
MOTIONS = [
    Motion("iid", 2e6),
    Motion("ou", 1e6, 3.0),
    Motion("ouf", 1e6, 3.0, 0.5),
    Motion("ouf", 1e6, 3.0, 3.0),
    Motion("ouf", 3e5, 300.0, 0.01),
    Motion("bm", 1e6),
    Motion("iou", 1e6, tau_velocity_d=0.5),
]


def places(seed: int = 1, n: int = N) -> tuple[Floats, Floats, Floats]:
    """Times, places and errors of fixes: some two hours apart, some days."""
    rng = np.random.default_rng(seed)
    time = np.cumsum(rng.choice([0.1, 0.25, 0.25, 2.0], n) * rng.uniform(0.8, 1.2, n))
    return time, rng.normal(0, 1e3, (n, 2)), rng.uniform(5, 50, n)


def test_the_filter_equals_its_twin() -> None:
    rng = np.random.default_rng(2)
    which = rng.integers(0, 5, N)
    transition, noise = rng.normal(size=(5, 4)), rng.uniform(1, 2, (5, 3))
    start, column = np.array([2.0, 0.5, 1.0]), rng.normal(size=(N, 3))
    error = rng.uniform(0, 1, N) * (rng.random(N) < 0.5)
    variance, innovation = np.empty(N), np.empty((N, 3))
    filter_fixes(which, transition, noise, start, error, column, variance, innovation)
    given = (which, transition, noise, start, error, column)
    expected = ranges.filtered(*(array.tolist() for array in given))
    assert (variance.tolist(), innovation.tolist()) == expected


@pytest.mark.parametrize("with_error", [False, True])
@pytest.mark.parametrize("motion", MOTIONS, ids=lambda m: f"{m.model} {m.tau_velocity_d:g}")
def test_the_likelihood_is_that_of_the_dense_normal_law(motion: Motion, with_error: bool) -> None:
    time, place, error = places()
    error = error * with_error
    told = motion.model, motion.rate, motion.tau_position_d, motion.tau_velocity_d
    record = make_record(time, *place.T, error)
    expected = ranges.restricted_log_likelihood(*told, time, place, error)
    assert likelihood(record, motion).value == pytest.approx(expected, rel=1e-8)
    if motion.model in ("iid", "ou", "ouf"):
        cov = ranges.covariance(*told, time, error)
        expected = ranges.full_log_likelihood(cov, place)
        assert likelihood(record, motion, restricted=False).value == pytest.approx(
            expected, rel=1e-8
        )


@pytest.mark.parametrize("velocity", [None, 0.3])
def test_a_range_without_end_is_wandering(velocity: float | None) -> None:
    """What lets both be compared: bm and iou are the limits of ou and ouf."""
    time, place, error = places()
    record = make_record(time, *place.T, error)
    near = Motion("ou", 1e6, 1e8) if velocity is None else Motion("ouf", 1e6, 1e8, velocity)
    limit = Motion("bm", 1e6) if velocity is None else Motion("iou", 1e6, tau_velocity_d=velocity)
    assert likelihood(record, near).value == pytest.approx(
        likelihood(record, limit).value, rel=1e-7
    )


def test_lags_of_moments_lose_no_digits() -> None:
    """Position noise by its series, where closed forms cancel to the third order of the lag.

    With ``f`` the sum of both rates and ``p`` their product it is ``q t^3 (1/3 - f t/4 + (7 f^2 -
    4 p) t^2/60 - ...)``, ``q = f p 2 sigma^2``.
    """
    slow, fast, lag = 0.5, 2.0, np.array([1e-7, 1e-5, 1e-3, 4.9e-3, 5.1e-3])
    f, p = slow + fast, slow * fast
    _, noise = _persistent(1e6, slow, fast, lag)
    series = 1 / 3 - f * lag / 4 + (7 * f * f - 4 * p) * lag**2 / 60
    # the next term is about f^3 t^3 / 24
    np.testing.assert_allclose(noise[:, 0], f * fast * 1e6 * lag**3 * series, rtol=1e-6)


def test_a_range_that_was_put_in_comes_out() -> None:
    time = np.sort(np.random.default_rng(4).uniform(0, 60, 300))
    found = fit_range(ranges.drawn(np.random.default_rng(5), "ouf", 1500.0, 1.5, 0.2, time))
    assert (found.model, found.resident, found.told) == ("ouf", True, ())
    truth = {"sigma_m": 1500.0, "tau_position_d": 1.5, "tau_velocity_d": 0.2}
    truth["home_range_km2"] = 5.991465 * np.pi * 1.5**2
    for name, value in truth.items():
        estimate = getattr(found, name)
        assert abs(estimate.value - value) < 3 * estimate.se, name
        assert estimate.low < estimate.value < estimate.high
    assert found.working_names == ("home_range_km2", "tau_d", "tau_velocity_d")
    assert np.exp(found.working[1]) == pytest.approx(found.tau_position_d.value)
    share = np.sqrt(np.diag(found.covariance))
    assert found.tau_position_d.se == pytest.approx(share[1] * found.tau_position_d.value)
    assert found.n_effective == pytest.approx(share[0] ** -2)
    assert found.models["daicc"].iloc[0] == 0
    assert found.models["model"].tolist()[-1] == "iid"


def test_turned_shifted_and_stretched_fixes_tell_the_same() -> None:
    time = np.sort(np.random.default_rng(6).uniform(0, 40, 80))
    table = ranges.drawn(np.random.default_rng(7), "ou", 800.0, 1.0, np.nan, time)
    plain = fit_range(table, models=("ou",))
    x, y = table["x_m"], table["y_m"]
    other = table.assign(x_m=3 * (0.6 * x - 0.8 * y) + 5e6, y_m=3 * (0.8 * x + 0.6 * y) - 2e6)
    turned = fit_range(other.sample(frac=1, random_state=1), models=("ou",))
    assert turned.tau_position_d.value == pytest.approx(plain.tau_position_d.value, rel=1e-5)
    assert turned.home_range_km2.high == pytest.approx(9 * plain.home_range_km2.high, rel=1e-5)
    assert turned.axis_ratio == pytest.approx(plain.axis_ratio, rel=1e-5)


def test_the_same_by_full_likelihood() -> None:
    """Without movement between fixes both have closed forms: sums of squares over n - 1 and n."""
    table = ranges.drawn(np.random.default_rng(8), "iid", 500.0, 1.0, np.nan, np.arange(30.0))
    squares = float(np.var(table[["x_m", "y_m"]], axis=0).sum() * 30)
    one, full = (fit_range(table, models=("iid",), restricted=r) for r in (True, False))
    assert one.sigma_m.value == pytest.approx((squares / 58) ** 0.5, rel=1e-6)
    assert full.sigma_m.value == pytest.approx((squares / 60) ** 0.5, rel=1e-6)
    assert one.n_effective == pytest.approx(29, rel=1e-4)
    assert full.other_likelihood["sigma_m"].value == pytest.approx(one.sigma_m.value)


def test_a_location_error_is_estimated_or_taken() -> None:
    time = np.sort(np.random.default_rng(9).uniform(0, 40, 300))
    table = ranges.drawn(np.random.default_rng(10), "ou", 1000.0, 2.0, np.nan, time, 100.0)
    guessed = fit_range(table, error_m="estimate", models=("ou",))
    assert abs(guessed.error_m.value - 100) < 3 * guessed.error_m.se
    taken = fit_range(table.assign(error_m=100.0), models=("ou",))
    assert taken.home_range_km2 == fit_range(table, error_m=100, models=("ou",)).home_range_km2
    assert taken.error_m is None
    # an error that is taken for movement shortens the crossing time
    assert fit_range(table, models=("ou",)).tau_position_d.value < taken.tau_position_d.low


def test_who_wanders_has_no_range() -> None:
    time = np.arange(0, 60, 0.25)
    found = fit_range(ranges.wandering(np.random.default_rng(11), time, 1e5))
    assert not found.resident
    assert found.home_range_km2 is None
    assert found.tau_position_d is None
    assert found.working.size == 0
    assert [one.kind for one in found.told] == ["not_range_resident"]
    assert "made: not range-resident: within its record of 59.8 days" in found.told[0].words
    slow = fit_range(ranges.drawn(np.random.default_rng(0), "ou", 1e3, 4.0, np.nan, time))
    assert slow.resident
    short = fit_range(
        ranges.drawn(np.random.default_rng(0), "ou", 1e3, 4.0, np.nan, time), least_crossings=30
    )
    assert "shorter than 30 times that" in short.told[0].words
    assert short.home_range_km2 is None


def still(n: int) -> pd.DataFrame:
    return ranges.fixes(np.arange(float(n)), np.zeros((n, 2)))


@pytest.mark.parametrize(
    ("table", "error_m", "kind", "words"),
    [
        (still(0), None, "too_few_fixes", "takes 5 fixes or more, and there are 0"),
        (still(1), None, "too_few_fixes", "made: a range takes 5 fixes or more, and there is 1"),
        (still(4), None, "too_few_fixes", "there are 4; no range is given"),
        (still(9), None, "never_moves", "made: all 9 fixes lie at 0, 0 m; no range is given"),
        (ranges.fixes(*places()[:2]), 2e3, "range_within_error", "no further than their location"),
    ],
)
def test_what_tells_no_range_is_said(
    table: pd.DataFrame, error_m: float | None, kind: str, words: str
) -> None:
    found = fit_range(table, error_m=error_m)
    assert (found.resident, found.home_range_km2, found.model) == (False, None, "")
    assert [one.kind for one in found.told] == [kind]
    assert words in found.told[0].words


def test_a_search_without_a_top_gives_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corridor_sim.telemetry.range_models.CLIMBS", 1)
    time = np.arange(0, 60, 0.25)
    found = fit_range(ranges.drawn(np.random.default_rng(1), "ouf", 1e3, 2.0, 0.4, time))
    assert "range_not_converged" in [one.kind for one in found.told]
    assert found.model != "ouf"
    assert np.isnan(found.models.set_index("model").loc["ouf", "sigma_m"])


def test_a_time_below_every_interval_is_no_time() -> None:
    """Fixes independent of each other, with and without the model that says so."""
    table = ranges.fixes(np.arange(60.0), np.random.default_rng(1).normal(0, 1e3, (60, 2)))
    found = fit_range(table, models=("ou",))
    assert [one.kind for one in found.told] == ["range_not_converged"]
    assert found.home_range_km2 is None
    both = fit_range(table, models=("iid", "ou"))
    assert (both.model, both.tau_position_d, both.n_crossings) == ("iid", None, None)
    assert both.models.set_index("model").loc["ou", "same_as"] == "iid"


def test_few_crossings_are_a_warning() -> None:
    found = fit_range(ranges.fixes(np.arange(5.0), places()[1][:5]), models=("iid",))
    assert [one.kind for one in found.told] == ["range_poorly_known"]
    assert "no better than 4.0 independent fixes" in found.told[0].words


@pytest.mark.parametrize(
    ("change", "given", "words"),
    [
        ({"x_m": None}, {}, "fixes without x_m; give columns time, x_m and y_m"),
        ({"animal": "AB"}, {}, "a range is of one animal, and these are 2 ('A', ...); call it"),
        ({"time": pd.Timestamp("2020-01-02", tz="UTC")}, {}, "animal 'made': two fixes at 2020-01"),
        ({"time": pd.NaT}, {}, "animal 'made': a fix without time"),
        ({"y_m": np.inf}, {}, "a fix without time, or without a place in metres; leave it out"),
        ({"y_m": "north"}, {}, "animal 'made': y_m holds what is no number; give metres"),
        ({"error_m": -1.0}, {}, "animal 'made': a location error is negative or missing"),
        ({}, {"error_m": np.nan}, "a location error is negative or missing"),
        ({}, {"error_m": "guess"}, "a location error of 'guess'; give metres, or \"estimate\""),
        ({}, {"models": ("bm",)}, "'bm' is no model of a range; iid, ou or ouf"),
        ({}, {"models": ()}, "no model of a range is named"),
    ],
)
def test_bad_tables_are_one_line(
    change: dict[str, object], given: dict[str, object], words: str
) -> None:
    table = ranges.fixes(*places(n=8)[:2])
    for name, value in change.items():
        if value is None:
            table = table.drop(columns=name)
        else:
            table[name] = list("AAAABBBB") if value == "AB" else value
    with pytest.raises(CorridorSimError) as caught:
        fit_range(table, **given)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(not DEER.exists(), reason="the deer of the R package amt are not beside us")
def test_the_deer() -> None:
    """Known by full likelihood: 71 km2 (SE 15) and 10.9 d (2.3)."""
    deer = pd.read_csv(DEER)
    table = pd.DataFrame({"time": deer["t_"], "x_m": deer["x_"], "y_m": deer["y_"]})
    found = fit_range(table, restricted=False)
    assert found.model == "ou"
    assert found.resident
    assert (round(found.home_range_km2.value), round(found.home_range_km2.se)) == (71, 15)
    assert (round(found.tau_position_d.value, 1), round(found.tau_position_d.se, 1)) == (10.9, 2.3)
    assert found.other_likelihood["home_range_km2"].value == pytest.approx(77.8, abs=0.1)


def test_displacement_by_lag_is_that_of_all_pairs() -> None:
    rng = np.random.default_rng(12)
    kept = np.sort(rng.choice(60, 45, replace=False))
    place = rng.normal(size=(60, 2))[kept]
    table = pd.concat(
        [
            ranges.fixes(kept * 0.25, place, "one"),
            ranges.fixes(kept * 0.25 + 0.7, 2 * place, "other"),
        ]
    )
    square = [
        float(((a[1] - b[1]) ** 2).sum())
        for a in zip(kept, place, strict=True)
        for b in zip(kept, place, strict=True)
        if b[0] - a[0] == 4
    ]
    found = msd_at(table)
    assert found is not None
    assert (found.n_pairs, found.lag_d) == (2 * len(square), pytest.approx(1.0))
    assert found.msd_m2 == pytest.approx((1 + 4) / 2 * np.mean(square))
    row = variogram(table, lags_d=[1.0]).iloc[0]
    assert (row["msd_m2"], row["n"]) == (pytest.approx(found.msd_m2), found.n_pairs)
    assert msd_at(table, 3.0, 0.5) is None
    assert variogram(table.iloc[:1]).empty
    with pytest.raises(CorridorSimError, match="a lag of 24 h give or take 24 h; give a lag above"):
        msd_at(table, 24, 24)


def test_standard_errors_of_displacement() -> None:
    """The SE by blocks is, on average, the spread of the estimates of a hundred animals."""
    time, rng = np.arange(0, 40, 0.25), np.random.default_rng(13)
    turned = ranges.root("ou", 1e3, 2.0, np.nan, time)
    tables = [ranges.fixes(time, turned @ rng.normal(size=(160, 2))) for _ in range(100)]
    found = [one for one in map(msd_at, tables) if one is not None]
    msd, se = np.array([(one.msd_m2, one.se_m2) for one in found]).T
    expected = float(displacement_m2(Motion("ou", 1e6, 2.0), np.array([1.0]))[0])
    assert abs(msd.mean() - expected) < 4.5 * msd.std() / 10
    # a standard deviation of 100 is known to 7 %, and eight blocks fall short by a few
    assert 0.75 < se.mean() / msd.std() < 1.3


def test_a_variogram_has_the_curve_of_the_fit_beside_it() -> None:
    time = np.sort(np.random.default_rng(14).uniform(0, 60, 400))
    table = ranges.drawn(np.random.default_rng(15), "ou", 1e3, 1.0, np.nan, time)
    found = fit_range(table, models=("ou",))
    curve = variogram(table, found.fits["ou"].motion, tolerance_d=0.05)
    off = (curve["msd_m2"] - curve["model_m2"]) / curve["se_m2"]
    assert off.notna().sum() > 8
    assert off.abs().max() < 4.5
