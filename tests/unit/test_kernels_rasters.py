"""Kernels over whole rasters against SciPy's, which do the same slowly: every bit is the same."""

from __future__ import annotations

import numba
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_cdt, distance_transform_edt, gaussian_filter

from corridor_sim.kernels import nearest, smooth

SHAPES = [(1, 1), (1, 23), (23, 1), (17, 40), (40, 17)]


def marked(shape: tuple[int, int], share: float, seed: int) -> NDArray[np.bool_]:
    rng = np.random.default_rng(seed)
    found = rng.random(shape) < share
    found.flat[rng.integers(found.size)] = True
    return found


@pytest.mark.parametrize("share", [0.0, 0.05, 0.4])
@pytest.mark.parametrize("shape", SHAPES)
def test_nearest_marked_cells_and_their_distances(shape: tuple[int, int], share: float) -> None:
    for seed in range(8):
        source = marked(shape, share, seed)
        away, (row, col) = distance_transform_edt(~source, return_indices=True)
        assert np.array_equal(nearest.nearest_m(source, 90.3), (away * 90.3).astype(np.float32))
        for reach in (2.0, 5.0, 100.0):
            flat = np.where(away <= reach, row * shape[1] + col, -1)
            assert np.array_equal(nearest.nearest_cell(source, reach), flat)


def test_steps_to_the_nearest_marked_cell_end_at_255() -> None:
    for shape, share in (((7, 300), 0.0), ((300, 7), 0.0), ((40, 50), 0.02), ((30, 30), 0.5)):
        source = marked(shape, share, 3)
        steps = distance_transform_cdt(~source, metric="chessboard")
        assert np.array_equal(nearest.cells_to(source), np.minimum(steps, 255))
    assert (nearest.cells_to(np.zeros((3, 4), np.bool_)) == 255).all()


@pytest.mark.parametrize("mode", ["nearest", "constant"])
@pytest.mark.parametrize("shape", SHAPES)
def test_moving_averages(shape: tuple[int, int], mode: str) -> None:
    rng = np.random.default_rng(5)
    values = (rng.random(shape) * (rng.random(shape) < 0.7)).astype(np.float32)
    for sigma in (0.0, 0.1, 0.6, 1.53, 9.0):
        made = smooth.smoothed(values, sigma, 3.0, nearest=mode == "nearest")
        assert np.array_equal(made, gaussian_filter(values, sigma, mode=mode, truncate=3.0))


def test_any_number_of_threads_makes_the_same() -> None:
    source, before = marked((600, 300), 0.01, 1), numba.get_num_threads()
    values = np.random.default_rng(2).random(source.shape, np.float32)
    made = []
    try:
        for threads in (1, before):
            numba.set_num_threads(threads)
            made.append(
                (nearest.nearest_m(source, 1.0), smooth.smoothed(values, 2.0, 3.0, nearest=True))
            )
    finally:
        numba.set_num_threads(before)
    assert np.array_equal(made[0][0], made[1][0])
    assert np.array_equal(made[0][1], made[1][1])
