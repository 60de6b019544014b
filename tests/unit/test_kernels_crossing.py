"""The line through the cells: by hand, against a fine march, and the same both ways."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corridor_sim.kernels.crossing import path_permeability
from corridor_sim.kernels.jit import kernel


@kernel()
def crossing(x0, y0, x1, y1, permeability):
    return path_permeability(x0, y0, x1, y1, permeability)


def grid(**cells: float) -> Any:
    """Return an open 5 x 7 raster with barriers, ``r2c3=0.5`` for row 2, column 3."""
    raster = np.ones((5, 7), np.float32)
    for name, p in cells.items():
        row, col = name[1:].split("c")
        raster[int(row), int(col)] = p
    return raster


def test_right_through_costs_p_and_half_way_its_root() -> None:
    road = grid(r2c3=0.25)
    assert crossing(2.5, 2.5, 4.5, 2.5, road) == (0.25, 2 * 7 + 3)
    assert crossing(2.5, 2.5, 3.5, 2.5, road) == (0.5, 2 * 7 + 3)
    assert crossing(3.5, 2.5, 4.5, 2.5, road) == (0.5, -1)
    assert crossing(3.2, 2.5, 3.8, 2.5, road) == (1.0, -1)
    assert crossing(2.5, 1.5, 4.5, 1.5, road) == (1.0, -1)


def test_two_barriers_multiply_and_the_first_is_named() -> None:
    road = grid(r2c2=0.25, r2c4=0.5)
    chance, first = crossing(0.5, 2.5, 6.5, 2.5, road)
    assert chance == pytest.approx(0.125)
    assert first == 2 * 7 + 2
    assert crossing(6.5, 2.5, 0.5, 2.5, road) == (pytest.approx(0.125), 2 * 7 + 4)


def test_a_crossing_costs_p_at_any_angle_and_thickness() -> None:
    slanting = np.where(np.eye(9) + np.eye(9, k=1) > 0, 0.25, 1.0).astype(np.float32)
    assert crossing(0.5, 8.5, 8.5, 0.5, slanting)[0] == pytest.approx(0.25)
    thick = np.ones((9, 9), np.float32)
    thick[3:6] = 0.25
    for x0, x1 in ((4.5, 4.5), (0.5, 8.5), (7.9, 0.1)):
        assert crossing(x0, 0.5, x1, 8.5, thick)[0] == pytest.approx(0.25)
    assert crossing(0.5, 4.5, 8.5, 4.5, thick)[0] == 1.0  # along it, within it
    thick[4] = 0.04
    assert crossing(0.5, 0.5, 8.5, 8.5, thick)[0] == pytest.approx(0.04)


def test_a_diagonal_line_of_cells_cannot_be_slipped_through() -> None:
    diagonal = np.where(np.eye(8) > 0, 0.0, 1.0).astype(np.float32)
    rng = np.random.default_rng(5)
    for _ in range(200):
        x, y = rng.uniform(0, 8, 2)
        u, v = rng.uniform(0, 8, 2)
        above, below = int(x) > int(y), int(u) < int(v)
        if above and below:
            assert crossing(x, y, u, v, diagonal)[0] == 0.0


position = st.tuples(st.floats(0, 6.999), st.floats(0, 4.999))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(start=position, end=position, seed=st.integers(0, 2**16))
def test_the_way_is_the_cells_of_a_fine_march(
    start: tuple[float, float], end: tuple[float, float], seed: int
) -> None:
    """On a chessboard every edge costs a half, which counts edges; a march sees changes of cell."""
    chessboard = np.where(np.indices((5, 7)).sum(axis=0) % 2, 0.25, 1.0).astype(np.float32)
    chance, _ = crossing(*start, *end, chessboard)
    edges = abs(int(end[0]) - int(start[0])) + abs(int(end[1]) - int(start[1]))
    assert chance == pytest.approx(0.5**edges)
    rng = np.random.default_rng(seed)
    p = np.where(rng.random((5, 7)) < 0.3, 0.5, 1.0).astype(np.float32)
    n = 20_000
    t = (np.arange(n) + 0.5) / n
    cols = (start[0] + t * (end[0] - start[0])).astype(int)
    rows = (start[1] + t * (end[1] - start[1])).astype(int)
    change = (np.diff(cols) != 0) | (np.diff(rows) != 0)
    corner = ((np.diff(cols) != 0) & (np.diff(rows) != 0)).any()
    if corner or change.sum() != edges:
        return  # a corner or a sliver finer than the march: either way round is right
    seen = p[rows, cols]
    marched = math.prod(
        math.sqrt(min(float(a), float(b)) / max(float(a), float(b)))
        for a, b in zip(seen[:-1][change], seen[1:][change], strict=True)
    )
    assert crossing(*start, *end, p)[0] == pytest.approx(marched)
    assert crossing(*end, *start, p)[0] == pytest.approx(marched)
