"""Effective costs by hand, and the whole raster against the twin that looks cell by cell."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from corridor_sim.kernels.effective_cost import METHODS, effective_cost, step_weights
from oracles import sms as twin
from oracles.walks import patchy

NORTH, NORTH_EAST, EAST, SOUTH, WEST = 0, 1, 2, 4, 6


def test_range_one_sees_the_neighbour_itself() -> None:
    cost = np.arange(1.0, 10.0).reshape(3, 3)
    for method in METHODS:
        seen = effective_cost(cost, 1, method=method)[:, 1, 1]
        assert seen == pytest.approx([2, 3, 6, 9, 8, 7, 4, 1])


def test_the_three_means_of_a_block_by_hand() -> None:
    """Range 3 to the east from the middle of the west side: three columns, three rows."""
    cost = np.ones((3, 4))
    cost[:, 3] = 4.0
    assert effective_cost(cost, 3)[EAST, 1, 0] == pytest.approx((6 * 1 + 3 * 4) / 9)
    harmonic = effective_cost(cost, 3, method="harmonic")[EAST, 1, 0]
    assert harmonic == pytest.approx(9 / (6 + 3 / 4))
    near = [1.0, 2**-0.5, 2**-0.5, 0.5, 5**-0.5, 5**-0.5]
    far = [1 / 3, 10**-0.5, 10**-0.5]
    weighted = effective_cost(cost, 3, method="weighted")[EAST, 1, 0]
    assert weighted == pytest.approx((sum(near) + 4 * sum(far)) / (sum(near) + sum(far)))


def test_even_ranges_are_one_wider_to_the_sides_and_square_to_the_corners() -> None:
    cost = np.ones((7, 7))
    cost[1:3, 2:5] = 3.0  # two deep, three wide, north of the middle cell
    assert effective_cost(cost, 2)[NORTH, 3, 3] == pytest.approx(3)
    assert effective_cost(cost, 2)[NORTH_EAST, 3, 3] == pytest.approx((2 * 3 + 2 * 1) / 4)
    assert effective_cost(cost, 2)[SOUTH, 3, 3] == 1


def test_what_is_seen_beyond_the_edge_and_in_nodata() -> None:
    cost = np.array([[1.0, 5.0, 3.0]])
    assert np.isnan(effective_cost(cost, 1)[WEST, 0, 0])
    assert effective_cost(cost, 1, wrap=True)[WEST, 0, 0] == 3
    assert effective_cost(cost, 1, nodata_cost=100.0)[WEST, 0, 0] == 100
    cost[0, 1] = np.nan
    assert effective_cost(cost, 2)[EAST, 0, 0] == 3
    assert effective_cost(cost, 2, nodata_cost=9.0)[EAST, 0, 0] == pytest.approx(
        (4 * 9 + 9 + 3) / 6
    )
    weights = step_weights(cost, 2)
    assert not weights.any()  # both are islands
    open_ground = step_weights(np.array([[1.0, 5.0, 3.0]]), 1)
    assert open_ground[1].tolist() == [0, 0, 21845, 0, 0, 0, 65535, 0]  # 1/3 to the east


@pytest.mark.parametrize("seed", range(24))
def test_equal_to_the_twin_to_the_bit(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shape = (int(rng.integers(1, 12)), int(rng.integers(1, 12)))
    n = int(rng.integers(1, max(shape) + 1))
    cost = patchy(rng, shape, 0.2 if seed % 4 else 0.0)
    method = tuple(METHODS)[seed % 3]
    options: dict[str, Any] = {"nodata_cost": 1e5 if seed % 5 < 2 else None, "wrap": seed % 2 == 1}
    seen = effective_cost(cost, n, method=method, **options)
    rows = cost.tolist()
    expected = [
        [
            [twin.cost_towards(rows, r, c, k, n, method, **options) for c in range(shape[1])]
            for r in range(shape[0])
        ]
        for k in range(8)
    ]
    assert np.array_equal(seen, np.array(expected), equal_nan=True)
    table = step_weights(cost, n, method=method, **options)
    assert table.tolist() == twin.weights(rows, n, method, **options)


def test_rounding_hardly_moves_a_probability() -> None:
    """A part is off by 1/2, their sum by 7/2 at most (the largest is exact), of 65535 or more."""
    cost = np.random.default_rng(3).integers(1, 101, (40, 40)).astype(float)
    table = step_weights(cost, 1).reshape(40, 40, 8)[1:-1, 1:-1]
    exact = 1 / np.moveaxis(effective_cost(cost, 1), 0, -1)[1:-1, 1:-1]
    exact[..., 1::2] /= np.sqrt(2)
    share = table / table.sum(axis=-1, keepdims=True, dtype=float)
    assert np.abs(share - exact / exact.sum(axis=-1, keepdims=True)).max() < 4 / 65535


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"cost": np.array([[1.0, 0.0]])}, "cost is 0.0 in row 0, column 1"),
        ({"cost": np.array([[-3.0, 1.0]])}, "cost is -3.0"),
        ({"cost": np.array([[1.0, np.inf]])}, "cost is inf"),
        ({"cost": np.zeros((0, 4))}, "at least one cell"),
        ({"perceptual_range": 0}, "perceptual range is 0"),
        ({"perceptual_range": 3}, "must be 1 to 2, the longer side"),
        ({"method": "median"}, "'median'"),
        ({"nodata_cost": -1.0}, "nodata_cost"),
    ],
)
def test_bad_input_is_named(change: dict[str, Any], words: str) -> None:
    given = {"cost": np.ones((1, 2)), "perceptual_range": 1, **change}
    with pytest.raises(ValueError, match=re.escape(words)):
        step_weights(**given)
