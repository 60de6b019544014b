"""Tables of many runs at once hold the same numbers as each outcome computed by itself."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from corridor_sim.comparison.contrasts import Values, contrast_all, summarise
from corridor_sim.simulation.days.outcomes import OUTCOMES
from corridor_sim.statistics.intervals import Support, interval, intervals, paired_contrast
from corridor_sim.statistics.ratios import effect_sizes, relative_intervals
from corridor_sim.statistics.supports import support_of
from corridor_sim.statistics.zones import VERDICTS
from oracles.small_study import design_of


def long_table(values: np.ndarray, names: list[str], replicates: list[list[int]]) -> pd.DataFrame:
    """Runs in a random order; ``values[scenario, species, outcome, replicate]``."""
    rows = [
        {
            "scenario": names[s],
            "replicate": r,
            "species": key,
            "outcome": outcome,
            "value": values[s, k, o, r],
        }
        for s in range(len(names))
        for r in replicates[s]
        for k, key in enumerate(("a", "b"))
        for o, outcome in enumerate(OUTCOMES)
    ]
    return pd.DataFrame(rows).sample(frac=1.0, random_state=3)


@pytest.mark.parametrize("n", [1, 2, 5, 40])
def test_the_same_numbers_as_one_by_one(n: int, tmp_path: Path) -> None:
    scenarios = design_of(tmp_path).scenarios
    names = [one.name for one in scenarios]
    rng = np.random.default_rng(n)
    most = np.array([min(one.most, 20.0) for one in OUTCOMES.values()])
    values = rng.uniform(0.3, 0.7, (4, 2, len(OUTCOMES), n)) * most[:, None]
    values[rng.random(values.shape) < 0.05] = np.nan
    values[:, 0, 3] = np.nan
    values[:, 1, 0] = 7.0
    values[:2, 1, 5] = 0.0
    values[:2, 1, 6] = 0.0
    values[1, 1, 6, 0] = 0.25
    runs = long_table(values, names, [list(range(n))] * 4)
    worth = {"animal": 0.5, "resident": 0.01, "resident_year": 0.2, "disperser": 0.1}
    worths = {name: [worth, worth] for name in names}
    summary = summarise(runs, names, ["a", "b"], OUTCOMES, worths)
    effects = contrast_all(runs, scenarios, ["a", "b"], OUTCOMES, worths)

    def support(k: int, o: int) -> Support:
        """Where events are of unknown worth, the least one that any scenario shows."""
        outcome = list(OUTCOMES.values())[o]
        own = support_of(outcome, worth)
        if own.known or outcome.event == "unseen":
            return own
        away = np.minimum(values[:, k, o] - outcome.least, outcome.most - values[:, k, o])
        events = [v for row in away for v in row if v > 0 and 2 * (row == 0).sum() > len(row)]
        return replace(own, event=min(events, default=own.event))

    def jump(rows: np.ndarray) -> float:
        """The farthest that a value lies from the mean of its row."""
        away = [np.abs(row - np.nanmean(row)) for row in rows if np.isfinite(row).any()]
        found = max((float(np.nanmax(one)) for one in away), default=0.0)
        return found if found > 1e-12 * np.nanmax(np.abs(rows), initial=0.0) else math.nan

    at = 0
    for s in range(4):
        for k in range(2):
            for o, outcome in enumerate(OUTCOMES.values()):
                row = summary.iloc[at]
                own = replace(support(k, o), jump=jump(values[:, k, o]))
                one = interval(values[s, k, o], support=own)
                assert (row["scenario"], row["species"]) == (names[s], "ab"[k])
                assert (row["outcome"], row["unit"]) == (outcome.name, outcome.unit)
                numbers = [row[name] for name in ("mean", "low", "high", "n")]
                ends = [math.nan] * 2 if outcome.certain else [one.low, one.high]
                assert np.allclose(
                    numbers, [one.mean, *ends, one.n], rtol=1e-12, atol=1e-13, equal_nan=True
                )
                assert bool(row["interval_note"]) == np.isnan(row["low"])
                at += 1
    at = 0
    for s in range(1, 4):
        for k in range(2):
            for o in range(len(OUTCOMES)):
                row = effects.iloc[at]
                outcome = list(OUTCOMES.values())[o]
                jumps = jump(values[1:, k, o] - values[0, k, o])
                own = replace(support(k, o), jump=jumps)
                two = paired_contrast(values[0, k, o], values[s, k, o], support=own)
                d = two.difference
                ends = [math.nan] * 2 if outcome.certain else [d.low, d.high]
                a, b = values[0, k, o][None], values[s, k, o][None]
                ratio = relative_intervals(a, b, support=own, difference=([d.low], [d.high]))
                wanted = [
                    two.baseline.mean,
                    two.scenario.mean,
                    d.mean,
                    *ends,
                    d.n,
                    two.variance_ratio,
                    ratio.mean[0],
                    effect_sizes(a, b)[0],
                ]
                columns = "baseline scenario_mean difference low high n variance_ratio relative"
                numbers = [row[name] for name in [*columns.split(), "effect_size_dz"]]
                assert np.allclose(numbers, wanted, rtol=1e-9, atol=1e-13, equal_nan=True)
                assert row["relative_note"] == ratio.why_not[0]
                if not outcome.certain:
                    shown = [row["relative_low"], row["relative_high"]]
                    assert np.allclose(shown, [ratio.low[0], ratio.high[0]], equal_nan=True)
                assert row["verdict"] in VERDICTS
                at += 1
    assert len(effects) == at


def test_only_replicates_that_both_have_are_paired(tmp_path: Path) -> None:
    scenarios = design_of(tmp_path).scenarios
    names = [one.name for one in scenarios]
    values = np.random.default_rng(1).normal(size=(4, 2, len(OUTCOMES), 9))
    kept = [[0, 1, 2, 3], [1, 3, 8], [0, 1, 2, 3], [5]]
    runs = long_table(values, names, kept)
    effects = contrast_all(runs, scenarios, ["a", "b"], OUTCOMES)
    row = effects[effects["scenario"] == names[1]].iloc[len(OUTCOMES)]
    two = paired_contrast(values[0, 1, 0, [1, 3]], values[1, 1, 0, [1, 3]])
    assert row["difference"] == pytest.approx(two.difference.mean, rel=1e-13)
    assert row["n"] == 2
    alone = effects[effects["scenario"] == names[3]]
    assert alone["difference"].isna().all()
    assert (alone["n"] == 0).all()


def test_nothing_at_all() -> None:
    mean, low, high, n = intervals(np.zeros((3, 0)))
    assert np.isnan([mean, low, high]).all()
    assert (n == 0).all()
    empty = pd.DataFrame(
        {"scenario": [], "replicate": [], "species": [], "outcome": [], "value": []}
    )
    assert Values(empty, ["x"], ["a"], ["o"]).by_name["x"][0].shape == (1, 0)
    assert json.dumps(list(contrast_all(empty, (), ["a"], OUTCOMES).columns)).count("verdict") == 1
