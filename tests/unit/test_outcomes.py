"""Outcomes are rows: whoever adds one adds a function and a row."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from corridor_sim.simulation.days.outcomes import OUTCOMES
from corridor_sim.simulation.decades.outcomes import DECADES_OUTCOMES
from corridor_sim.simulation.outcomes import Outcomes, headlines

TESTS = Path(__file__).parents[1]


def test_a_further_outcome_is_a_function_and_a_row(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "oracles.further_outcome", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=TESTS,
        env={**os.environ, "COLUMNS": "200"},
    )
    assert done.returncode == 0, done.stderr
    assert "measured" in done.stdout
    assert "Farthest km" in done.stdout


@pytest.mark.parametrize("table", [OUTCOMES, DECADES_OUTCOMES], ids=["days", "decades"])
def test_every_row_says_how_it_is_shown(table: Outcomes) -> None:
    for name, row in table.items():
        assert row.name == name
        assert row.scale.decimals >= 0
        assert row.scale.factor in (1.0, 100.0)
        assert (row.scale.unit == "%") == (row.scale.difference_unit == "percentage points")
        assert row.least < row.most
    first = headlines(table)
    assert [table[n].headline for n in first] == list(range(1, len(first) + 1))
