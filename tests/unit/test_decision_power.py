from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from corridor_sim.decision.power import replicates_to_tell
from corridor_sim.decision.selection import Effort, rank_alternatives
from corridor_sim.errors import ScenarioError
from oracles.made_simulator import gaussian

PAGE = Path(__file__).parents[2] / "docs" / "decision.md"


def test_a_single_look_at_two_has_the_power_of_students_test() -> None:
    # one look: the plan ends where it begins
    n = replicates_to_tell(0.8, 1.0, 2, first=15)
    assert n == 15
    noncentral = stats.nct(14, 0.8 * np.sqrt(15))
    assert noncentral.sf(stats.t.ppf(0.975, 14)) >= 0.8
    n = replicates_to_tell(1.0, 1.0, 2, first=5, batch=1000)
    # two looks, the second at n: between one look and Bonferroni over two
    alone, both = (
        stats.nct(n - 1, np.sqrt(n)).sf(stats.t.ppf(1 - a / 2, n - 1)) for a in (0.05, 0.025)
    )
    assert alone > 0.8
    assert both < 0.83


@pytest.mark.parametrize(("difference", "alternatives"), [(0.7, 3), (1.0, 8)])
def test_the_procedure_has_the_power_that_is_said(difference: float, alternatives: int) -> None:
    """Rank with that many replicates: the verdict falls as often as said, with half it does not."""
    seeds = 300
    n = replicates_to_tell(difference, np.sqrt(2), alternatives, first=10)
    told = {}
    for most in (n, n // 2):
        effort = Effort(10**6, 0.0, first=10, most=most)
        truth = (difference, *[0.0] * (alternatives - 1))
        told[most] = sum(
            bool(
                rank_alternatives(
                    gaussian(s, truth, reach=n), alternatives, effort, draws=1
                ).better[0, 1]
            )
            for s in range(seeds)
        )
    assert stats.binom.cdf(told[n], seeds, 0.8) > 3.4e-6
    # earlier looks add a little, no more
    assert stats.binom.sf(told[n] - 1, seeds, 0.88) > 3.4e-6
    assert stats.binom.sf(told[n // 2] - 1, seeds, 0.6) > 3.4e-6


def test_more_links_more_noise_and_smaller_differences_take_more() -> None:
    few = replicates_to_tell(0.02, 0.02, 4)
    assert few < replicates_to_tell(0.02, 0.02, 40)
    assert few < replicates_to_tell(0.02, 0.03, 4)
    assert few < replicates_to_tell(0.015, 0.02, 4)
    assert few < replicates_to_tell(0.02, 0.02, 4, power=0.95)
    assert few < replicates_to_tell(0.02, 0.02, 4, confidence=0.99)
    assert replicates_to_tell(-0.02, 0.02, 4) == few
    # half the difference takes four times as many, and a little for the looks more
    many = [replicates_to_tell(d, 0.02, 4) for d in (0.001, 0.002)]
    assert 4.0 < many[0] / many[1] < 4.3
    assert replicates_to_tell(100.0, 0.01, 16, first=6) == 6


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"difference": 0.0}, "cannot be told from none"),
        ({"sd": 0.0}, "sd = 0.0 is impossible"),
        ({"alternatives": 1}, "1 alternatives cannot be ranked"),
        ({"power": 0.5}, "power = 0.5 is impossible"),
        ({"difference": 1e-9}, "takes more than 1,000,000"),
    ],
)
def test_what_cannot_be_planned(given: dict[str, Any], says: str) -> None:
    with pytest.raises(ScenarioError, match=re.escape(says)):
        replicates_to_tell(**({"difference": 0.1, "sd": 1.0, "alternatives": 3} | given))


def test_the_table_of_the_page_follows_from_its_spreads() -> None:
    text = PAGE.read_text(encoding="utf-8")
    table = text.split("<!-- power: begin -->")[1].split("<!-- power: end -->")[0]
    head = re.search(r"(\d+) links,", table)
    assert head is not None
    k = int(head[1])
    rows = re.findall(r"^\| ([\d.]+) animals a year \(.*?\) \| (.*) \|$", table, re.M)
    assert len(rows) == 3
    for sd, cells in rows:
        for difference, cell in zip((0.01, 0.02, 0.05), cells.split(" | "), strict=True):
            n = replicates_to_tell(difference, float(sd), k, first=20, batch=20)
            assert cell == f"{n} ({n * (k + 1):,} replicates)"
