"""F_ST and identity by descent of demes that can be told by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from corridor_sim.errors import CorridorSimError, ResourceError
from corridor_sim.simulation.generations.genes import (
    backward_migration,
    coalescence_times,
    diversity_kept,
    fst_of_all,
    fst_of_pairs,
    identity_by_descent,
)
from oracles.ideal_population import heterozygosity_left


def islands(d: int, m: float) -> np.ndarray:
    out = np.full((d, d), m / (d - 1))
    np.fill_diagonal(out, 1 - m)
    return out


def test_shares_of_settlers_are_shares_of_genes() -> None:
    flow = csr_array([[3.0, 2.0, 1.0], [1.0, 2.0, 0.0], [0.0, 4.0, 5.0]])
    found = backward_migration(flow, np.array([1, 0, 1], np.int16), 3)
    # tiles 0 and 2 are deme 1: 9 of its 10 settlers were born there
    assert found == pytest.approx(np.array([[2 / 8, 6 / 8, 0], [0.1, 0.9, 0], [0, 0, 0]]))


@pytest.mark.parametrize(("d", "n", "m"), [(2, 20.0, 0.1), (5, 50.0, 0.01), (7, 8.0, 0.4)])
def test_times_of_islands(d: int, n: float, m: float) -> None:
    times = coalescence_times(islands(d, m), np.full(d, n))
    # Strobeck's 2 N d, and the wait until two lines are in one deme
    apart = 2 * n * d - d + (d - 1) / (2 * m - m * m * d / (d - 1))
    assert np.diag(times) == pytest.approx(2 * n * d, rel=1e-11)
    assert times[0, 1] == pytest.approx(apart, rel=1e-11)
    assert fst_of_pairs(times)[0, 1] == pytest.approx(1 - 2 * n * d / apart, rel=1e-9)
    assert fst_of_all(times, np.arange(d)) == pytest.approx(1 - 2 * n * d / apart, rel=1e-9)


def test_the_islands_of_wright_in_the_limit() -> None:
    """1 / (1 + 4 N m d / (d - 1)) of Slatkin 1991, where N is large and m is small."""
    d, flow = 3, 0.5  # N m
    for n in (1e3, 1e5):
        found = fst_of_pairs(coalescence_times(islands(d, flow / n), np.full(d, n)))[0, 1]
        assert found == pytest.approx(1 / (1 + 4 * flow * d / (d - 1)), rel=2 / n)


def test_two_demes_that_differ() -> None:
    """The three equations of two demes, in continuous time (Notohara 1990), for large N."""
    n, m = np.array([4e4, 1e4]), np.array([2e-5, 5e-5])
    found = coalescence_times(np.array([[1 - m[0], m[0]], [m[1], 1 - m[1]]]), n)
    equations = np.array(
        [
            [1 / (2 * n[0]) + 2 * m[0], -2 * m[0], 0.0],
            [-m[1], m[0] + m[1], -m[0]],
            [0.0, -2 * m[1], 1 / (2 * n[1]) + 2 * m[1]],
        ]
    )
    exact = np.linalg.solve(equations, np.ones(3))
    assert [found[0, 0], found[0, 1], found[1, 1]] == pytest.approx(exact, rel=2e-4)


def test_lines_that_need_not_meet() -> None:
    m = np.zeros((5, 5))
    m[0, 0] = m[2, 2] = 1.0
    m[1] = [0, 0.9, 0.1, 0, 0]  # deme 1 takes from 2 alone
    m[3] = [0.5, 0, 0.5, 0, 0]  # deme 3 is made of both
    times = coalescence_times(m, np.array([5.0, 5, 6, 5, 0]))
    assert times[0, 0] == pytest.approx(10)
    # one of the two lines is in deme 1 for 10 generations on average
    assert times[1, 2] == pytest.approx(10 + 11)
    assert np.isfinite(times[1, 1])
    assert np.isinf(times[[0, 0, 3, 3], [1, 3, 3, 1]]).all()
    assert np.isnan(times[4]).all()
    fst = fst_of_pairs(times)
    assert fst[0, 2] == 1
    assert np.isnan(fst[3, 0])
    assert np.isnan(np.diag(fst)).all()
    assert fst_of_all(times, np.array([0, 2])) == 1


def test_identity_of_one_deme_and_of_two() -> None:
    one = identity_by_descent(np.eye(1), np.array([10.0]), 30)[:, 0, 0]
    assert one == pytest.approx(1 - 0.95 ** np.arange(31), rel=1e-12)
    two = identity_by_descent(islands(2, 0.2), np.array([10.0, 20.0]), 1)[1]
    assert two[0, 0] == pytest.approx(0.64 / 20 + 0.04 / 40)
    assert two[0, 1] == pytest.approx(0.16 / 20 + 0.16 / 40)
    assert two[1, 1] == pytest.approx(0.04 / 20 + 0.64 / 40)
    # two sexes of half each differ from it by half an animal
    sexes = heterozygosity_left(40, 40, 30)
    drift = identity_by_descent(np.eye(1), np.array([80.5]), 30)[:, 0, 0]
    assert 1 - drift[20] == pytest.approx(sexes[21] / sexes[1], rel=1e-4)


def test_less_than_one_copy_is_one_copy() -> None:
    few, one = np.array([5.0, 0.1]), np.array([5.0, 0.5])
    assert np.array_equal(*(coalescence_times(islands(2, 0.1), n) for n in (few, one)))
    theta = identity_by_descent(islands(2, 0.1), few, 1)[1]
    assert theta[1, 1] == pytest.approx(0.81 + 0.01 / 10)


def test_diversity_of_all_and_of_each() -> None:
    theta = identity_by_descent(np.eye(2), np.array([5.0, 10.0]), 4)
    kept = diversity_kept(theta, np.array([1.0, 1.0]))
    assert kept[0] == 1
    assert kept[4] == pytest.approx(1 - ((1 - 0.9**4) + (1 - 0.95**4)) / 4)
    # demes where nobody lives do not count
    missing = np.full((3, 3), np.nan)
    missing[:2, :2] = theta[4]
    assert diversity_kept(missing, np.array([1.0, 1.0, 0.0])) == pytest.approx(kept[4])
    fst = fst_of_pairs(1 - theta)
    assert fst[0, 0, 1] == 0
    assert fst[4, 0, 1] == pytest.approx(1 - (0.9**4 + 0.95**4) / 2)


@pytest.mark.parametrize(
    ("migration", "effective", "said"),
    [
        (np.eye(3), np.ones(2), r"migration of \(3, 3\) between 2 demes"),
        (np.full((2, 2), 0.4), np.ones(2), "a row that does not add up to 1"),
        (np.array([[1.5, -0.5], [0, 1]]), np.ones(2), "a row that does not add up to 1"),
        (islands(2, 0.1), np.array([5.0, 0.0]), "deme 1 has 0 effective animals, and genes"),
        (np.array([[0.5, 0.5], [0, 0]]), np.ones(2), "deme 1 has 1 effective animals, and genes"),
    ],
)
def test_what_cannot_be_is_refused(migration: np.ndarray, effective: np.ndarray, said: str) -> None:
    for function in (coalescence_times, lambda m, n: identity_by_descent(m, n, 1)):
        with pytest.raises(CorridorSimError, match=said):
            function(migration, effective)


def test_too_many_demes_are_refused() -> None:
    with pytest.raises(ResourceError, match="101 demes; pool them to 100 at most"):
        coalescence_times(np.eye(101), np.full(101, 5.0))
