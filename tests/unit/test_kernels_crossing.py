"""The line through the cells: by hand, against a fine march, and the same both ways."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corridor_sim.kernels.crossing import Memory, gate, path_permeability, remembers
from corridor_sim.kernels.jit import kernel
from oracles.worlds import make_clock


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


def test_entering_costs_p_and_leaving_nothing() -> None:
    road = grid(r2c3=0.25)
    cell = 2 * 7 + 3
    assert crossing(2.5, 2.5, 4.5, 2.5, road) == (0.25, cell, cell)
    assert crossing(2.5, 2.5, 3.5, 2.5, road) == (0.25, cell, cell)
    assert crossing(3.5, 2.5, 4.5, 2.5, road) == (1.0, -1, -1)
    assert crossing(3.2, 2.5, 3.8, 2.5, road) == (1.0, -1, -1)
    assert crossing(2.5, 1.5, 4.5, 1.5, road) == (1.0, -1, -1)


def test_two_barriers_multiply_and_the_first_is_named() -> None:
    road = grid(r2c2=0.25, r2c4=0.5)
    west, east = 2 * 7 + 2, 2 * 7 + 4
    assert crossing(0.5, 2.5, 6.5, 2.5, road) == (0.125, west, west)
    # both ways they have the same mark, so that one gate stands there for both
    assert crossing(6.5, 2.5, 0.5, 2.5, road) == (0.125, east, west)


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
    """On a chessboard every entry costs a quarter, which counts edges; a march sees the cells."""
    chessboard = np.where(np.indices((5, 7)).sum(axis=0) % 2, 0.25, 1.0).astype(np.float32)
    chance, _, _ = crossing(*start, *end, chessboard)
    edges = abs(int(end[0]) - int(start[0])) + abs(int(end[1]) - int(start[1]))
    dark = (int(start[0]) + int(start[1])) % 2
    assert chance == 0.25 ** ((edges + 1 - dark) // 2)
    rng = np.random.default_rng(seed)
    p = rng.choice([0.25, 0.5, 1.0, 1.0, 1.0], (5, 7)).astype(np.float32)
    n = 20_000
    t = (np.arange(n) + 0.5) / n
    cols = (start[0] + t * (end[0] - start[0])).astype(int)
    rows = (start[1] + t * (end[1] - start[1])).astype(int)
    change = (np.diff(cols) != 0) | (np.diff(rows) != 0)
    corner = ((np.diff(cols) != 0) & (np.diff(rows) != 0)).any()
    if corner or change.sum() != edges:
        return  # a corner or a sliver finer than the march: either way round is right
    seen = p[rows, cols]
    steps = [(float(a), float(b)) for a, b in itertools.pairwise(seen)]
    there, back = crossing(*start, *end, p), crossing(*end, *start, p)
    assert there[0] == math.prod(min(1.0, b / a) for a, b in steps)
    assert back[0] == math.prod(min(1.0, a / b) for a, b in steps)
    if seen[0] == seen[-1] == 1.0:
        assert there[2] == back[2]  # one gate for both directions


# -- what is remembered ----------------------------------------------------------------------------


@kernel()
def gates(step, animal, cell, width, memory, clock):
    return gate(step, animal, cell, width, memory, clock)


def numbers(memory: Memory, steps: int, animal: int = 5, cell: int = 30) -> list[tuple[float, int]]:
    clock = make_clock(1, seed=8)
    return [gates(step, animal, cell, 10, memory, clock) for step in range(steps)]


def test_without_memory_every_step_is_an_encounter() -> None:
    found = numbers(remembers(0, 0), 200)
    assert len({number for _, number in found}) == len({draw for draw, _ in found}) == 200


def test_an_animal_holds_to_a_draw_until_it_has_forgotten() -> None:
    found = numbers(remembers(40, 0), 4000)
    # one draw an encounter
    assert len(set(found)) == len({draw for draw, _ in found}) == len({n for _, n in found})
    assert all(b >= a for (_, a), (_, b) in itertools.pairwise(found))
    # it forgets with the chance 1 / 4 at each of 400 ticks
    forgot = len({number for _, number in found}) - 1
    assert abs(forgot - 100) <= 4.5 * math.sqrt(400 * 3 / 16)
    changes = [t for t in range(1, 4000) if found[t] != found[t - 1]]
    assert {(t + 5) % 10 for t in changes} == {0}


def test_animals_forget_at_different_steps() -> None:
    phases = set()
    for animal in range(5):
        found = numbers(remembers(20, 0), 500, animal=animal)
        phases |= {t % 5 for t in range(1, 500) if found[t] != found[t - 1]}
    assert phases == {0, 1, 2, 3, 4}


def test_a_long_memory_lasts_from_the_first_step() -> None:
    assert len({number for _, number in numbers(remembers(1e9, 0), 1000)}) == 1


@pytest.mark.parametrize(("cells", "stretches"), [(0, 60), (1, 60), (2, 15), (2.5, 12), (1e9, 1)])
def test_squares_are_stretches_of_their_own(cells: float, stretches: int) -> None:
    """60 cells in rows of 10; by 2.5 they are cut at 2.5 and 5 and 7.5, and at 2.5 and 5."""
    memory, clock = remembers(1e9, cells), make_clock(1)
    found = [gates(0, 1, cell, 10, memory, clock) for cell in range(60)]
    assert len({number for _, number in found}) == len({draw for draw, _ in found}) == stretches
    assert found[0] == found[0 if cells < 2 else 11]
