"""Growth of matrices and metapopulation capacity, by hand and by Levins' model itself."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.sparse import csr_array

from corridor_sim.simulation.generations.lineages import next_generation
from corridor_sim.simulation.generations.persistence import (
    DENSE,
    landscape_matrix,
    metapopulation_capacity,
    spectral_radius,
)
from oracles.descent import row_of_tiles


def occupied(migrants: np.ndarray, numbers: np.ndarray, threshold: float) -> np.ndarray:
    """Levins' model, e / c = threshold, left to itself for a long time."""
    p = np.full(numbers.size, 0.9)
    for _ in range(20_000):
        p = p + 1e-2 * ((migrants.T @ p) * (1 - p) - threshold / numbers * p)
    return p


def test_capacity_by_hand() -> None:
    # Hanski & Ovaskainen: exp(-alpha d) A_i A_j, two patches, alpha d = 0.7
    area, near = np.array([3.0, 5.0]), math.exp(-0.7)
    arrives = np.array([[1.0, 3.0 * near], [5.0 * near, 1.0]])  # from row to column
    assert landscape_matrix(arrives, area)[0, 1] == pytest.approx(15 * near)
    assert landscape_matrix(arrives, area)[1, 0] == pytest.approx(15 * near)
    assert metapopulation_capacity(arrives, area) == pytest.approx(15 * near, rel=1e-12)
    # n alike: n - 1 others
    assert metapopulation_capacity(np.full((6, 6), 2.0), np.full(6, 7.0)) == pytest.approx(70)
    # one way only: whoever is lost upstream is lost for ever
    assert metapopulation_capacity(np.triu(np.full((3, 3), 2.0)), np.ones(3)) == 0
    # what goes to j counts by the residents of j
    uneven = np.array([[0.0, 1.0], [4.0, 0.0]])
    assert landscape_matrix(uneven, np.array([2.0, 8.0])).tolist() == [[0.0, 8.0], [8.0, 0.0]]


def test_blocks_stay_occupied_above_the_capacity_alone() -> None:
    migrants = np.array([[0.0, 2.0, 0.1], [1.0, 0.0, 1.0], [0.2, 0.5, 0.0]])
    numbers = np.array([4.0, 6.0, 2.0])
    capacity = metapopulation_capacity(migrants, numbers)
    assert occupied(migrants, numbers, 0.97 * capacity).min() > 0.005
    assert occupied(migrants, numbers, 1.03 * capacity).max() < 1e-3


def test_growth_is_1_where_numbers_stand_still() -> None:
    flow, turnover = row_of_tiles()
    assert spectral_radius(next_generation(flow, turnover)) == pytest.approx(1, rel=1e-12)
    assert spectral_radius(1.3 * next_generation(flow, turnover)) == pytest.approx(1.3, rel=1e-12)


def test_matrices_that_iteration_alone_would_not_do() -> None:
    assert spectral_radius(np.zeros((3, 3))) == 0
    assert spectral_radius(np.triu(np.ones((4, 4)), 1)) == 0  # nilpotent
    assert spectral_radius(np.triu(np.ones((4, 4)))) == 1  # one class a tile
    ring = np.roll(np.eye(5), 1, axis=1) * [1.0, 2.0, 3.0, 4.0, 5.0]  # five of one modulus
    assert spectral_radius(ring) == pytest.approx(120 ** (1 / 5), rel=1e-12)
    apart = np.zeros((7, 7))
    apart[:5, :5], apart[5:, 5:] = ring, [[0.0, 9.0], [9.0, 0.0]]
    assert spectral_radius(apart) == pytest.approx(9, rel=1e-12)
    stored = csr_array(ring)
    stored.data[:] = 0.0
    assert spectral_radius(stored) == 0


def test_large_matrices_agree_with_dense_ones() -> None:
    n = 2 * DENSE
    rng = np.random.default_rng(4)
    far = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    matrix = rng.random((n, n)) * (far < 9)
    dense = np.max(np.linalg.eigvals(matrix).real)
    assert spectral_radius(csr_array(matrix)) == pytest.approx(float(dense), rel=1e-10)
    ring = np.roll(np.eye(n), 1, axis=1) * 3.0
    assert spectral_radius(csr_array(ring)) == pytest.approx(3, rel=1e-10)
