"""A change is judged by its interval and the smallest change that matters."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import corridor_sim as cs
from corridor_sim.comparison.contrasts import NO_CHANCE, ONE_RUN, contrast_all, summarise
from corridor_sim.config.indifference import Indifference
from corridor_sim.config.load import Resolved
from corridor_sim.errors import ScenarioError
from corridor_sim.simulation.days.outcomes import OUTCOMES
from corridor_sim.statistics.ratios import TOO_FEW
from corridor_sim.statistics.zones import LESS, MORE, OPEN, SAME, VERDICTS, verdicts
from oracles.small_study import design_of

WORTH = {"animal": 1.0, "resident": 0.01, "resident_year": 0.1}


@pytest.mark.parametrize(
    ("low", "high", "zone", "word"),
    [
        (0.06, 0.2, 0.05, MORE),
        (-0.2, -0.06, 0.05, LESS),
        (-0.05, 0.05, 0.05, SAME),
        (0.01, 0.04, 0.05, SAME),
        (0.01, 0.2, 0.05, OPEN),
        (-0.2, 0.01, 0.05, OPEN),
        (-0.2, 0.2, 0.05, OPEN),
        (0.01, 0.04, 0.0, MORE),
        (0.0, 0.0, 0.0, SAME),
        (math.nan, math.nan, 0.05, OPEN),
    ],
)
def test_words(low: float, high: float, zone: float, word: str) -> None:
    assert verdicts(np.array([low]), np.array([high]), np.array([zone])) == [word]


def _contrasts(
    tmp_path: Path, base: list[float], here: list[float], rule: Indifference, outcome: str
) -> dict[str, Any]:
    """Return the row of one outcome; all others are 1 in every run."""
    scenarios = tuple(
        Resolved(
            one.scenario.model_copy(update={"indifference": rule}), one.levels, one.base_dir, None
        )
        for one in design_of(tmp_path).scenarios[:2]
    )
    rows = [
        {
            "scenario": one.name,
            "replicate": r,
            "species": "a",
            "outcome": o,
            "value": values[r] if o == outcome else 1.0,
        }
        for one, values in zip(scenarios, (base, here), strict=True)
        for r in range(len(base))
        for o in OUTCOMES
    ]
    worths = {one.name: [WORTH] for one in scenarios}
    runs = pd.DataFrame(rows)
    found = contrast_all(runs, scenarios, ["a"], OUTCOMES, worths)
    said = summarise(runs, [one.name for one in scenarios], ["a"], OUTCOMES, worths)
    assert found["verdict"].isin(VERDICTS).all()
    assert not ((found["low"] == 0) & (found["high"] == 0)).any()
    assert not ((said["low"] == 0) & (said["high"] == 0)).any()
    row: dict[str, Any] = found[found["outcome"] == outcome].to_dict("records")[0]
    return row


BEFORE = [40.0, 44.0, 36.0, 41.0, 39.0, 38.0, 43.0, 39.0]
AFTER = [one - 10.0 - 0.5 * (i % 2) for i, one in enumerate(BEFORE)]


@pytest.mark.parametrize(
    ("rule", "zone", "word"),
    [
        (Indifference(), 2.0, LESS),
        (Indifference(share=0.5), 20.0, SAME),
        (Indifference(share=0.25), 10.0, OPEN),
        (Indifference(outcomes={"joining_per_year": 5.0}), 5.0, LESS),
        (Indifference(share=0.5, outcomes={"joining_per_year": 10.2}), 10.2, OPEN),
    ],
)
def test_the_file_says_what_matters(
    tmp_path: Path, rule: Indifference, zone: float, word: str
) -> None:
    row = _contrasts(tmp_path, BEFORE, AFTER, rule, "joining_per_year")
    assert row["zone"] == pytest.approx(zone)
    assert row["verdict"] == word
    assert row["relative"] == pytest.approx(-10.25 / 40)
    assert row["relative_low"] < row["relative"] < row["relative_high"]
    # mean over standard deviation of the eight paired differences
    assert row["effect_size_dz"] == pytest.approx(-10.25 / (0.25 * math.sqrt(8 / 7)))


def test_of_no_change_at_all_and_of_few_events_the_bounds_are_told(tmp_path: Path) -> None:
    none = _contrasts(tmp_path, [0.0] * 8, [0.0] * 8, Indifference(), "joining_per_year")
    # no event in eight replicates, either way: 3.69 / 8 animals
    assert none["high"] == pytest.approx(-math.log(0.025) / 8)
    assert none["low"] == -none["high"]
    assert none["verdict"] == OPEN
    few = _contrasts(tmp_path, [1.0] * 8, [0.0] * 8, Indifference(), "joining_per_year")
    assert few["relative_note"] == TOO_FEW
    assert math.isnan(few["relative"])
    assert few["difference"] == -1.0
    assert few["baseline_events"] == 8


def test_what_has_no_chance_in_it_and_one_run_have_no_interval(tmp_path: Path) -> None:
    sure = _contrasts(tmp_path, [100.0] * 3, [80.0] * 3, Indifference(), "suitable_km2")
    assert sure["interval_note"] == NO_CHANCE
    assert sure["verdict"] == LESS
    assert sure["relative"] == pytest.approx(-0.2)
    one = _contrasts(tmp_path, [40.0], [20.0], Indifference(), "joining_per_year")
    assert one["interval_note"] == ONE_RUN
    assert one["verdict"] == OPEN


def test_the_zone_changes_no_run_and_is_checked_before_any() -> None:
    small = {
        "days": 2,
        "replicates": 2,
        "landscape": {"cell_m": 5000},
        "species": {"jaguar": {"count": 40}},
    }
    one = cs.run(cs.Scenario(name="A", **small))
    other = cs.run(cs.Scenario(name="A", indifference={"share": 0.3}, **small))
    assert list(one.runs["run_id"]) == list(other.runs["run_id"])
    with pytest.raises(ScenarioError, match=r"indifference\.outcomes: unknown outcome 'dispersal'"):
        cs.run(cs.Scenario(name="B", indifference={"outcomes": {"dispersal": 1.0}}, **small))
    with pytest.raises(ScenarioError, match=r"indifference\.share"):
        cs.Scenario(name="B", indifference={"share": -0.1}, **small)
