"""Intervals lie inside what is possible, hold the truth for rare things too, and know no luck."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from corridor_sim.comparison.contrasts import contrast_all, summarise
from corridor_sim.files import frame_csv, write_csv
from corridor_sim.genetics.statistics import _jackknife
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.precision import _of_departure
from corridor_sim.simulation.days.outcomes import OUTCOMES
from corridor_sim.simulation.decades.outcomes import DECADES_OUTCOMES
from corridor_sim.simulation.outcomes import Outcome
from corridor_sim.statistics.intervals import (
    COUNT,
    SHARE,
    Support,
    interval,
    intervals,
    paired_contrast,
    paired_intervals,
)
from corridor_sim.statistics.ratios import NO_RATIO, NOTHING_THERE, TOO_FEW, relative_intervals
from corridor_sim.statistics.zones import LESS, MORE
from corridor_sim.validation.verdicts import shown
from oracles.small_study import design_of

MANY = 4000
# five standard errors of a share of 0.95 in as many trials
LUCK = 5 * math.sqrt(0.95 * 0.05 / MANY)


@pytest.mark.parametrize("n", [4, 8, 20])
@pytest.mark.parametrize("rate", [0.02, 0.05, 0.2, 0.5, 1.0, 2.0, 5.0])
def test_rare_events_are_held_in_95_per_cent(n: int, rate: float) -> None:
    values = np.random.default_rng(3).poisson(rate, (MANY, n)).astype(float)
    _, low, high, _ = intervals(values, support=COUNT)
    assert ((low <= rate) & (rate <= high)).mean() >= 0.95 - LUCK
    assert (low >= 0).all()


@pytest.mark.parametrize("n", [8, 20])
@pytest.mark.parametrize("rate", [0.05, 0.2, 0.5, 2.0])
def test_rare_changes_are_held_in_95_per_cent(n: int, rate: float) -> None:
    """Both scenarios share most animals; a few come to something else."""
    rng = np.random.default_rng(4)
    shared = rng.poisson(6, (MANY, n))
    base, here = shared + rng.poisson(rate, (MANY, n)), shared + rng.poisson(rate / 3, (MANY, n))
    *_, (_, low, high, _) = paired_intervals(
        base * 0.5, here * 0.5, support=Support(0, math.inf, 0.5)
    )
    truth = -0.5 * rate * 2 / 3
    assert ((low <= truth) & (truth <= high)).mean() >= 0.95 - LUCK


@pytest.mark.parametrize("rate", [0.05, 0.5, 3.0])
def test_a_loss_of_everything_is_held(rate: float) -> None:
    base = np.random.default_rng(5).poisson(rate, (MANY, 8)).astype(float)
    first, _, (mean, low, high, _) = paired_intervals(base, np.zeros_like(base), support=COUNT)
    assert ((low <= -rate) & (-rate <= high)).mean() >= 0.95 - LUCK
    assert (low >= -first[2]).all()
    assert ((low <= mean) & (mean <= high)).all()


@pytest.mark.parametrize("share", [0.01, 0.2, 0.5, 0.97])
def test_runs_with_or_without_are_held(share: float) -> None:
    values = (np.random.default_rng(6).random((MANY, 8)) < share).astype(float)
    _, low, high, _ = intervals(values, support=Support(0.0, 1.0, 1.0))
    assert ((low <= share) & (share <= high)).mean() >= 0.95 - LUCK
    assert ((low >= 0) & (high <= 1)).all()


def test_no_event_in_eight_runs_is_no_certainty() -> None:
    none = interval(np.zeros(8), support=COUNT)
    assert (none.low, none.high) == pytest.approx((0.0, -math.log(0.025) / 8))
    quarter = interval(np.zeros(8), support=Support(0.0, math.inf, 0.25))
    assert quarter.high == pytest.approx(none.high / 4)
    runs = interval(np.zeros(8), support=Support(0.0, 1.0, 1.0))
    exact = stats.binomtest(0, 8).proportion_ci(0.95)
    assert (runs.low, runs.high) == pytest.approx((exact.low, exact.high))
    all_of_them = interval(np.ones(8), support=Support(0.0, 1.0, 1.0))
    assert (all_of_them.low, all_of_them.high) == pytest.approx((1 - exact.high, 1.0))
    same = paired_contrast(np.zeros(8), np.zeros(8), support=COUNT).difference
    assert same.low < 0 < same.high


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_values_at_an_end_of_which_nothing_is_known_have_no_interval(value: float) -> None:
    found = interval(np.full(8, value), support=SHARE)
    assert found.mean == value
    assert math.isnan(found.low)
    assert math.isnan(found.high)
    fixed = interval(np.full(8, value), support=Support(certain=True))
    assert (fixed.low, fixed.high) == (value, value)
    same = paired_contrast(np.full(8, value), np.full(8, value), support=SHARE).difference
    assert math.isnan(same.low)


def test_an_exact_effect_is_told_as_one() -> None:
    found = paired_contrast(np.array([3.0, 5.0, 9.0]), np.array([1.0, 3.0, 7.0])).difference
    assert (found.low, found.high) == (-2.0, -2.0)


@pytest.mark.parametrize("scale", [1.0, 1e-9, 3e7])
def test_what_is_left_of_equal_numbers_is_no_effect(scale: float) -> None:
    base = scale * np.random.default_rng(1).random(8)
    found = paired_contrast(base, base * (1 + 2e-16) - 1e-17 * scale).difference
    assert found.mean == 0
    assert math.copysign(1, found.mean) == 1
    assert math.isnan(found.low)


@pytest.mark.parametrize("support", [COUNT, SHARE, Support(), Support(0.0, certain=True)])
def test_one_replicate_has_no_interval(support: Support) -> None:
    for value in (0.0, 1.0):
        assert math.isnan(interval(np.array([value]), support=support).low)
        assert math.isnan(interval(np.array([value, math.nan]), support=support).high)


def test_two_replicates_that_differ_stay_possible() -> None:
    mortality = interval(np.array([0.722, 1.05]), support=Support(0.0))
    assert mortality.low == 0.0
    assert mortality.high > 2.5
    share = interval(np.array([0.1, 0.9]), support=SHARE)
    assert (share.low, share.high) == (0.0, 1.0)


def _worst(outcome: Outcome, rng: np.random.Generator, n: int) -> np.ndarray:
    """Values near an end, wild ones, and equal ones."""
    low, high = max(outcome.least, -5.0), min(outcome.most, 300.0)
    kind = rng.integers(5)
    if kind == 0:
        return np.full(n, low)
    if kind == 1:
        return np.where(rng.random(n) < 0.15, high, low)
    if kind == 2:
        return np.where(rng.random(n) < 0.15, low, high)
    if kind == 3:
        return low + (high - low) * rng.random(n) ** 8
    return rng.uniform(low, high, n)


@pytest.mark.parametrize("table", [OUTCOMES, DECADES_OUTCOMES], ids=["days", "decades"])
@pytest.mark.parametrize("n", [1, 2, 3, 8])
def test_every_outcome_of_every_table_stays_possible(
    table: dict[str, Outcome], n: int, tmp_path: Path
) -> None:
    scenarios = design_of(tmp_path).scenarios
    names = [one.name for one in scenarios]
    rng = np.random.default_rng(n)
    rows = [
        {"scenario": s, "replicate": r, "species": k, "outcome": o.name, "value": v}
        for _ in range(1)
        for s in names
        for k in "ab"
        for o in table.values()
        for r, v in enumerate(_worst(o, rng, n))
    ]
    runs = pd.DataFrame(rows)
    summary = summarise(runs, names, ["a", "b"], table)
    effects = contrast_all(runs, scenarios, ["a", "b"], table)
    for row in summary.to_dict("records"):
        own = table[row["outcome"]]
        if n == 1:
            assert math.isnan(row["low"])
        if math.isfinite(row["low"]):
            assert own.least <= row["low"] <= row["mean"] <= row["high"] <= own.most
            assert (
                own.certain or row["low"] < row["high"] or row["mean"] not in (own.least, own.most)
            )
    for row in effects.to_dict("records"):
        own = table[row["outcome"]]
        if math.isfinite(row["low"]):
            assert row["low"] <= row["difference"] <= row["high"]
            assert max(-row["low"], row["high"]) <= own.most - own.least
            assert own.certain or row["low"] < row["high"] or row["difference"]
        if row["verdict"] in (MORE, LESS) and not own.certain:
            assert row["low"] * row["high"] > 0
        assert not row["low"] == row["high"] == 0
        if math.isfinite(row["relative_low"]):
            assert -1 <= row["relative_low"] <= row["relative"] <= row["relative_high"]


def test_no_negative_zero_is_written(tmp_path: Path) -> None:
    base = np.array([2.0, 4.0, 6.0])
    for values in (base - base, -(base * 0.0), np.array([-0.0, -0.0, 0.0])):
        found = interval(values, support=Support(-1.0, 1.0, certain=True))
        assert all(math.copysign(1.0, v) == 1.0 for v in (found.mean, found.low, found.high))
    path = write_csv(tmp_path / "a.csv", ["x", "y"], [[-0.0, np.float64(-0.0)], ["-0", -0.5]])
    # a spreadsheet knows by the mark that letters are UTF-8
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert path.read_text("utf-8-sig") == "x,y\n0.0,0.0\n-0,-0.5\n"
    frame = pd.DataFrame({"name": ["-0.0", "b"], "x": [-0.0, -1.5], "y": [math.nan, -0.0]})
    assert frame_csv(frame) == "name,x,y\n-0.0,0.0,\nb,-1.5,0.0\n"
    assert shown(-0.0) == "0"
    assert say.number(-0.0, 2) == say.number(-0.001, 2) == "0.00"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        # low, high, as a table and in a sentence
        ({"difference": 0.0004, "low": 0.0001, "high": 0.0007}, "[0.0, +0.1]"),
        ({"difference": 0.0004, "low": 0.00041, "high": 0.00043}, "[+0.041, +0.043]"),
        ({"difference": 0.0, "low": 0.0, "high": 0.0}, ""),
        ({"difference": 0.0, "low": -0.00004, "high": 0.00006}, "[0.00, +0.01]"),
        ({"difference": -0.2, "low": -0.2, "high": -0.2}, "[−20.0, −20.0]"),
        ({"difference": 0.1, "low": math.nan, "high": math.nan}, ""),
    ],
)
def test_ends_are_told_apart_and_no_zero_to_zero(row: dict[str, float], words: str) -> None:
    scale = OUTCOMES["displaced_share"].scale
    ends = (row[k] for k in ("difference", "low", "high"))
    assert say.told(scale, *ends, sign=True)[1] == words


def test_an_interval_off_zero_is_not_written_as_one_that_touches_it() -> None:
    scale = OUTCOMES["displaced_share"].scale
    found = say.told(scale, 0.0004, 0.0001, 0.0007, sign=True, clear=True)
    assert found == ("+0.04", "[+0.01, +0.07]")


@pytest.mark.parametrize("lost", [0.0, 0.5, 0.98, 1.0])
@pytest.mark.parametrize("n", [2, 4, 8])
def test_nothing_loses_more_than_all(lost: float, n: int) -> None:
    rng = np.random.default_rng(n)
    before = 10.0 * rng.poisson(30, (200, n))
    after = 10.0 * rng.binomial((before / 10).astype(int), 1 - lost)
    for support in (Support(0.0), Support(0.0, event=10.0), Support(0.0, event=10.0, known=False)):
        found = relative_intervals(before, after, support=support)
        kept = np.isfinite(found.low)
        assert (found.low[kept] >= -1).all()
        assert (found.low[kept] <= found.mean[kept]).all()
        assert (found.mean[kept] <= found.high[kept]).all()
        if support.event == 10.0:
            assert (found.low < found.high)[np.isfinite(found.mean)].all()


@pytest.mark.parametrize(("per_run", "told"), [(1.0, False), (1.25, True), (3.0, True)])
def test_a_ratio_to_few_events_is_not_given(per_run: float, told: bool) -> None:
    base = np.full((1, 8), per_run)
    base[0, ::2] += 0.25
    base[0, 1::2] -= 0.25
    after = base[:, ::-1]
    found = relative_intervals(base, after, support=COUNT)
    assert found.events[0] == pytest.approx(8 * per_run)
    assert np.isfinite(found.mean[0]) == told
    assert found.why_not == ["" if told else TOO_FEW]
    none = relative_intervals(np.zeros((1, 8)), after, support=COUNT)
    assert none.why_not == [NOTHING_THERE]
    anything = relative_intervals(base, after)
    assert anything.why_not == [NO_RATIO]


def test_heterozygosities_are_shares() -> None:
    """Two blocks that differ: Student's t with one degree of freedom reaches far."""
    found = _jackknife(np.array([[0.0], [3.0]]), np.array([5.0, 5.0]), lambda r: r, least=0.0)
    assert found.low[0] == 0.0
    assert found.value[0] == pytest.approx(0.3)
    assert found.high[0] == 1.0
    apart = _jackknife(np.array([0.1, 3.0]), np.array([5.0, 5.0]), lambda ratio: 1 - ratio)
    assert apart.high == 1.0
    assert apart.low < 0


@pytest.mark.parametrize("rate", [0.05, 0.3, 1.0])
def test_factors_that_add_up_are_seldom_said_not_to(rate: float) -> None:
    rng = np.random.default_rng(8)
    wrong, trials = 0, 400
    for _ in range(trials):
        corners = rng.poisson(3, 8) + rng.poisson(rate, (4, 8)) * 0.5
        both, a, b, base = corners
        found = _of_departure(OUTCOMES["joining_per_year"], both - a - b + base, corners)
        wrong += not found.low <= 0 <= found.high
    assert wrong / trials <= 0.05 + 4 * math.sqrt(0.05 * 0.95 / trials)
    share = _of_departure(OUTCOMES["displaced_share"], np.array([-1.9, 1.9]), np.eye(4, 2))
    assert (share.low, share.high) == (-2.0, 2.0)


def test_one_animal_more_is_one_finding_however_it_is_told(tmp_path: Path) -> None:
    """As animals, as a share of those at the start, or as a rate: the same three events."""
    scenarios = design_of(tmp_path).scenarios
    names = [one.name for one in scenarios]
    rows = []
    for at, name in enumerate(names):
        for r, start in enumerate((709.0, 916.0, 1001.0)):
            end = start + 7 * r + (at > 0)
            values = {
                "animals_start": start,
                "animals_end": end,
                "lowest": start,
                "animals_change": end / start - 1,
                "growth_per_year": (end / start) ** (1 / 7),
            }
            rows += [
                {
                    "scenario": name,
                    "replicate": r,
                    "species": "a",
                    "outcome": o,
                    "value": values.get(o, 0.0),
                }
                for o in DECADES_OUTCOMES
            ]
    worths = {name: [{"year": 1 / 7, "decade": 10 / 7}] for name in names}
    effects = contrast_all(pd.DataFrame(rows), scenarios, ["a"], DECADES_OUTCOMES, worths)
    own = effects[effects["scenario"] == names[1]].set_index("outcome")
    for told in ("animals_end", "animals_change", "growth_per_year"):
        row = own.loc[told]
        assert row["difference"] > 0
        assert row["low"] < 0 < row["high"], told
        assert row["verdict"] not in (MORE, LESS)
        assert row["low"] / row["difference"] == pytest.approx(
            own.loc["animals_end", "low"] / own.loc["animals_end", "difference"], abs=0.1
        )
