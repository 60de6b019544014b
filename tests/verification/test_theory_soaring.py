"""Where a soarer spends the night: last night's roost with its probability, else the nearest."""

from __future__ import annotations

import numpy as np
import pytest

from oracles.verdict import Verdict
from oracles.worlds import LATTICE, make_animals, make_clock, make_fields, make_params, run

N = 30_000


@pytest.mark.parametrize("back", [0.2, 0.7])
def test_return_to_last_nights_roost(back: float, verdict: Verdict) -> None:
    """Birds that only commute: one flight of a cell a day, from roosts far from any other."""
    width = 41
    nearest = np.where(np.arange(width) < 20, 2, 38)  # two roosts, each serving its half
    home = 20 * width + 20
    fields = make_fields(width, width, nearest_roost=nearest[None, :] + 20 * width)
    params = make_params(LATTICE, steps_per_day=1, roost_return=back, scale=1.0)
    animals = make_animals(np.full(N, 20.5), 20.5)
    days = 4
    run(animals, fields, params, make_clock(days, seed=9))
    at = np.floor(animals.y).astype(int) * width + np.floor(animals.x).astype(int)
    assert set(at.tolist()) <= {home, 20 * width + 2, 20 * width + 38}
    assert np.array_equal(animals.roost_x, animals.x)
    verdict.share(
        f"still at the first roost after {days} nights, return probability {back:g}",
        "p^n",
        back**days,
        int((at == home).sum()),
        N,
    )
    # a flight west from the middle (one in four) ends nearest to the western roost
    verdict.share(
        "western roost among those who changed",
        "1/4",
        0.25,
        int((at == 20 * width + 2).sum()),
        int((at != home).sum()),
    )


def test_no_return_means_the_nearest_of_where_the_day_ended() -> None:
    width = 30
    rng = np.random.default_rng(2)
    nearest = rng.integers(0, width * width, (width, width))
    fields = make_fields(width, width, nearest_roost=nearest)
    params = make_params(LATTICE, steps_per_day=1, scale=0.0, roost_return=0.0)
    x, y = rng.uniform(0, width, (2, 500))
    animals = make_animals(x, y)
    run(animals, fields, params, make_clock(1))
    expected = nearest[y.astype(int), x.astype(int)]
    assert np.array_equal(animals.x, expected % width + 0.5)
    assert np.array_equal(animals.y, expected // width + 0.5)
