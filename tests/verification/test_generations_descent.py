"""Generations to reach a block and migrants over stepping stones, against families one by one."""

from __future__ import annotations

import math

import numpy as np
import pytest

from corridor_sim.simulation.generations.lineages import chance_reached, next_generation
from corridor_sim.simulation.generations.stepping_stones import migrants_through
from oracles.descent import BLOCK, generations_until, in_block, lines_outside, row_of_tiles
from oracles.verdict import Verdict


@pytest.mark.parametrize("spread", [1.0, 2.5])
def test_when_descent_first_reaches_a_block(spread: float, verdict: Verdict) -> None:
    flow, turnover = row_of_tiles(reach=0.8)
    numbers = np.array([1, 2, 1, 1, 2, 1, 1])
    runs, at_most = 20_000, 12
    means = next_generation(flow, turnover).toarray()
    by = chance_reached(flow, turnover, numbers, BLOCK, 3, range(1, at_most + 1), spread=spread)
    for a, b in ((1, 2), (1, 3), (3, 1)):
        start = numbers * in_block(a)
        seed = 10 * a + b
        when = generations_until(means, start, in_block(b), at_most, runs, seed, spread)
        shares = np.diff([0.0, *by[:, a, b], 1.0])
        verdict.counts(
            f"generation in which descent of {a} first settles in {b}, spread {spread:g}",
            "generating function of the branching process",
            np.bincount(when, minlength=at_most + 2)[1:],
            runs * shares,
        )


def test_who_comes_over_stepping_stones(verdict: Verdict) -> None:
    flow, turnover = row_of_tiles(reach=0.8)
    means = next_generation(flow, turnover).toarray()
    years = 8_000
    found = migrants_through(flow, turnover, BLOCK, 3, generation_y=1.0)
    for a, b in ((1, 1), (1, 2), (2, 3), (3, 2)):
        came = lines_outside(flow.toarray(), means, BLOCK, a, years, seed=a)[:, b - 1]
        verdict.close(
            f"animals a year that come into block {b} in lines that left {a}, outside on the way",
            "u M (I - M)^-1 M",
            found.through[a, b],
            float(came.mean()),
            float(came.std(ddof=1)) / math.sqrt(years),
        )
