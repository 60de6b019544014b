"""Bursts of regular fixes: the rule against a plain oracle, a known data set, steps and turns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from corridor_sim.errors import TracksError
from corridor_sim.telemetry.bursts import to_bursts
from corridor_sim.telemetry.reading import read_tracks
from corridor_sim.telemetry.tracks import Tracks
from oracles.resampling import resampled

REAL = Path(__file__).resolve().parents[3] / "shared" / "real" / "telemetry"
measured = pytest.mark.skipif(
    not REAL.is_dir(), reason="measured tracks are not there (../shared/real/telemetry)"
)
START = np.datetime64("2020-03-01T00:00:00", "ns")


def tracks(minutes: dict[str, list[float]], zone: str = "UTC", xy: object = None) -> Tracks:
    """Tracks of fixes at some minutes, on a line by default."""
    parts = []
    for animal, m in sorted(minutes.items()):
        t = START + (np.array(m, float) * 60e9).astype("timedelta64[ns]")
        places = np.column_stack([m, np.zeros(len(m))]) if xy is None else np.array(xy, float)
        parts.append(
            pd.DataFrame({"animal": animal, "time": t, "x_m": places[:, 0], "y_m": places[:, 1]})
        )
    return Tracks(pd.concat(parts, ignore_index=True), "EPSG:32721", zone)


@pytest.mark.parametrize("seed", range(20))
def test_bursts_are_those_of_the_plain_oracle(seed: int) -> None:
    rng = np.random.default_rng(seed)
    made = {}
    for name in "abc":
        # regular ones, some lost, some late, some between
        m = np.arange(rng.integers(2, 200)) * 30.0
        m = m[rng.random(m.size) < 0.8]
        m = m + rng.integers(-6, 7, m.size)
        m = np.unique(np.concatenate([m, rng.uniform(0, 6000, rng.integers(0, 30)).round(2)]))
        made[name] = m.tolist() or [0.0]
    tolerance = float(rng.integers(0, 15))
    wanted, after = [], 0
    for name in sorted(made):
        own = [round(m * 6000) for m in made[name]]
        bursts = resampled(own, 30 * 6000, round(tolerance * 6000))
        wanted += [
            (name, m, b + after) for m, b in zip(made[name], bursts, strict=True) if b is not None
        ]
        after = wanted[-1][2] + 1
    counts = pd.Series([b for _, _, b in wanted]).value_counts()
    wanted = [one for one in wanted if counts[one[2]] >= 2]
    table = to_bursts(tracks(made), 30.0, tolerance).table
    assert [(a, x) for a, x, _ in wanted] == list(zip(table["animal"], table["x_m"], strict=True))
    assert (pd.factorize(np.array([b for *_, b in wanted]))[0] == table["burst"]).all()


def test_both_bounds_belong_to_the_burst() -> None:
    found = to_bursts(tracks({"a": [0, 29, 30, 49, 81, 110, 141]}), 30, 1)
    assert found.table["x_m"].tolist() == [0, 29, 81, 110, 141]
    assert found.table["burst"].tolist() == [0, 0, 1, 1, 1]
    assert to_bursts(tracks({"a": [0, 31, 61]}), 30, 1).table["burst"].tolist() == [0, 0, 0]
    assert to_bursts(tracks({"a": [0, 31.01, 61]}), 30, 1).table["x_m"].tolist() == [31.01, 61]


def test_steps_turns_and_hours_of_hand() -> None:
    xy = [[0, 0], [3, 4], [3, 9], [3, 9], [0, 9], [0, 0], [10, 0]]
    # a gap of one fix before the last two
    made = tracks({"a": [0, 60, 120, 180, 240, 360, 420]}, "UTC-05:00", xy)
    steps = to_bursts(made, 60, 0).steps
    assert steps["burst"].tolist() == [0, 0, 0, 0, 1]
    assert steps["length_m"].tolist() == [5, 5, 0, 3, 10]
    heading = [np.arctan2(4, 3), np.pi / 2, np.nan, np.pi, 0.0]
    np.testing.assert_allclose(steps["heading_rad"], heading)
    # none at the beginning of a burst, none before or after a step of no length
    turn = [np.nan, np.pi / 2 - heading[0], np.nan, np.nan, np.nan]
    np.testing.assert_allclose(steps["turn_rad"], turn)
    # the middle of the step, five hours before UTC, the day before
    np.testing.assert_allclose(steps["hour"], [19.5, 20.5, 21.5, 22.5, 1.5])
    assert steps["day_of_year"].tolist() == [60, 60, 60, 60, 61]
    assert steps["start"].iloc[1] == START + np.timedelta64(1, "h")


def test_turns_lie_between_half_turns() -> None:
    angle = np.cumsum(np.full(40, 2.5))
    xy = np.cumsum(np.column_stack([np.cos(angle), np.sin(angle)]), axis=0)
    steps = to_bursts(tracks({"a": [10.0 * i for i in range(40)]}, xy=xy), 10, 0).steps
    np.testing.assert_allclose(steps["turn_rad"].dropna(), 2.5)
    back = [[0, 0], [1, 0], [0, 0]]
    steps = to_bursts(tracks({"a": [0, 10, 20]}, xy=back), 10, 0).steps
    assert steps["turn_rad"].iloc[1] == np.pi


def test_the_usual_interval_is_found_and_told() -> None:
    made = tracks({"a": [0, 181, 359, 541, 2000, 2179], "b": [0, 180, 361]})
    found = to_bursts(made)
    assert (found.interval_min, found.tolerance_min) == (180.0, 15.0)
    words = {one.kind: one.words for one in found.told}
    assert words["interval"] == "fixes are taken every 180 min; the median interval is 181 min"
    assert words["tolerance"] == "fixes may miss their time by 15 min"
    # no programme of collars
    assert to_bursts(tracks({"a": [0, 25, 50, 75]})).interval_min == 25.0
    # two fixes half an hour apart, then hours without one: the median lies between
    at = [100.0 * k**2 + m for k in range(2, 12) for m in (0, 30)]
    rare = to_bursts(tracks({"a": at, "b": [100.0 * k**2 for k in range(2, 12)]}))
    assert (rare.interval_min, len(rare.steps)) == (30.0, 10)
    assert rare.told[0].words == (
        "fixes are taken every 30 min, as most of them are; the median interval, 785 min, lies "
        "among gaps and would keep few"
    )
    # of half minutes with gaps the least step is taken
    thin = to_bursts(tracks({"a": [0, 0.5, 1, 1.5, 3.5, 4, 4.5, 5]}))
    assert thin.interval_min == 1.0
    # once a second is thinned to once a minute
    each_s = to_bursts(tracks({"a": [i / 60 for i in range(601)]}))
    assert (each_s.interval_min, len(each_s.steps)) == (1.0, 10)


def test_who_has_no_burst_is_told() -> None:
    found = to_bursts(tracks({"a": [0, 60, 120], "b": [0, 300, 700]}), 60)
    words = {one.kind: one.words for one in found.told}
    assert words["no_burst"] == "no burst at 60 min, so no step, of b"
    assert words["passed_over"] == "3 of 6 fixes lie between, or in no burst, and are left out"
    found = to_bursts(tracks({"a": [0, 60, 120, 200, 260]}), 60, min_fixes=3)
    assert found.table["x_m"].tolist() == [0, 60, 120]


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ({"interval_min": 0.5}, "interval_min is 0.5; give 1 minute or more"),
        ({"interval_min": float("nan")}, "interval_min is nan; give 1 minute or more"),
        (
            {"interval_min": 30, "tolerance_min": 15},
            "tolerance_min is 15; give minutes from 0 to below half the interval (15)",
        ),
        (
            {"interval_min": 30, "tolerance_min": -1},
            "tolerance_min is -1; give minutes from 0 to below half the interval (15)",
        ),
        ({"min_fixes": 1}, "min_fixes is 1; give 2 or more: a step has two"),
        (
            {"interval_min": 30},
            "no burst of 2 fixes at 30 min, 2.5 min early or late; set another interval_min, or a "
            "larger tolerance_min",
        ),
    ],
)
def test_what_is_impossible_is_refused(more: dict[str, float], line: str) -> None:
    with pytest.raises(TracksError) as bad:
        to_bursts(tracks({"a": [0, 60, 120]}), **more)  # type: ignore[arg-type]  # odd on purpose
    assert str(bad.value) == line


@measured
def test_bursts_of_a_known_data_set() -> None:
    """The 35 bursts that R's package amt gives for its deer: 791 steps."""
    file = REAL / "amt_deer.csv"
    theirs = pd.read_csv(file)["burst_"].to_numpy()
    found = to_bursts(read_tracks(file, crs=3035, time_zone="UTC"))
    assert (found.interval_min, found.tolerance_min, len(found.steps)) == (360.0, 15.0, 791)
    sizes = np.bincount(theirs)
    sizes = sizes[sizes >= 2]
    assert np.bincount(found.table["burst"]).tolist() == sizes.tolist()


@measured
def test_bursts_of_several_animals_with_gaps() -> None:
    file = REAL / "morato_jaguar_saobento_2008_9ind.csv"
    found = to_bursts(read_tracks(file, time_zone="UTC"))
    assert (found.interval_min, len(found.steps)) == (180.0, 1128)
    assert "114" not in set(found.table["animal"])
    assert (found.table.groupby("burst")["animal"].nunique() == 1).all()
