"""Chains small enough to know by heart, dense matrices, and walkers who cannot die."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from corridor_sim import CorridorSimError
from corridor_sim.connectivity.chain import AbsorbingChain, stationary_distribution, walk_chain
from corridor_sim.connectivity.graph import conductance_raster
from corridor_sim.errors import LandscapeError

NAN = float("nan")
LINE = conductance_raster(np.ones((1, 5)), neighbours=4).graph()


def at(node, n=5):
    return np.eye(n)[node]


@pytest.mark.parametrize("method", ["direct", "amg"])
def test_the_gamblers_ruin(method):
    """Five places in a row, death at both ends: Feller (1968), XIV.2-3."""
    chain = walk_chain(LINE, np.array([1.0, 0, 0, 0, 1.0]), method=method)
    # the ends take one step to die
    assert chain.survival_time() == pytest.approx([1, 4, 5, 4, 1])
    assert chain.death_place(at(1)) == pytest.approx([0.75, 0, 0, 0, 0.25])
    assert chain.hitting_probability(np.array([4])) == pytest.approx([0, 0.25, 0.5, 0.75, 1])
    assert chain.hitting_probability(np.array([0, 4])) == pytest.approx([1] * 5)
    assert chain.first_passage_time(np.array([0, 4])) == pytest.approx([0, 3, 4, 3, 0])
    # of those who reach the far end: (16 - k^2) / 3 steps
    far = chain.first_passage_time(np.array([4]))
    assert far[1:] == pytest.approx([5, 4, 7 / 3, 0])
    assert far[0] == np.inf


def test_immortal_walkers_on_a_line():
    chain = walk_chain(LINE)
    assert chain.first_passage_time(np.array([4])) == pytest.approx([16, 15, 12, 7, 0])
    assert chain.hitting_probability(np.array([2])) == pytest.approx([1] * 5)
    assert stationary_distribution(LINE) == pytest.approx([1 / 8, 1 / 4, 1 / 4, 1 / 4, 1 / 8])
    assert chain.survival(at(0), 9) == pytest.approx([1] * 10)
    assert chain.occupancy(at(0), 2) == pytest.approx([0.5, 0, 0.5, 0, 0])
    assert chain.expected_visits(at(0), 3) == pytest.approx([1.5, 1, 0.5, 0, 0])
    assert chain.hitting_probability(np.array([2]), 2) == pytest.approx([0.5, 0.5, 1, 0.5, 0.5])
    assert chain.hitting_probability(np.array([2]), 0) == pytest.approx(at(2))
    for call in (chain.survival_time, lambda: chain.expected_visits(at(0))):
        with pytest.raises(LandscapeError, match="no state absorbs, walkers live for ever"):
            call()


def test_constant_mortality_is_a_geometric_life():
    chain = walk_chain(LINE, 0.2, stay=0.3)
    assert chain.survival_time() == pytest.approx([5] * 5)
    assert chain.survival_time_variance() == pytest.approx([0.8 / 0.04] * 5)
    assert chain.survival(at(3), 4) == pytest.approx(0.8 ** np.arange(5))
    assert chain.moves.diagonal() == pytest.approx([0.3] * 5)
    assert chain.death_place(at(0)).sum() == pytest.approx(1)


@pytest.mark.parametrize("method", ["direct", "amg"])
def test_an_island_without_death(method):
    """Cells 0-1 are immortal, 3-5 are not, 7 is alone and mortal."""
    raster = conductance_raster(np.array([[1, 1, NAN, 1, 1, 1, NAN, 1.0]]))
    graph = raster.graph()
    chain = walk_chain(graph, np.array([0, 0, 0.1, 0, 0.5, 0.25]), method=method)
    steps = chain.survival_time()
    assert np.isinf(steps).tolist() == [True, True, False, False, False, False]
    assert np.isinf(chain.survival_time_variance()).tolist() == np.isinf(steps).tolist()
    assert steps[5] == pytest.approx(4)
    q = chain.moves.toarray()[2:5, 2:5]
    assert steps[2:5] == pytest.approx(np.linalg.inv(np.eye(3) - q).sum(axis=1))
    assert chain.expected_visits(at(5, 6))[5] == pytest.approx(4)
    with pytest.raises(LandscapeError, match=r"0\.5 of the walkers start where death is not"):
        chain.expected_visits((at(0, 6) + at(3, 6)) / 2)
    reach = chain.hitting_probability(np.array([0]))
    assert reach == pytest.approx([1, 1, 0, 0, 0, 0])
    assert chain.first_passage_time(np.array([5])).tolist() == [np.inf] * 5 + [0]


def test_any_chain_may_be_given():
    rng = np.random.default_rng(3)
    q = rng.dirichlet(np.ones(7), 6)
    death = q[:, 6].copy()
    chain = AbsorbingChain(sparse.csr_array(q[:, :6]), death)
    f = np.linalg.inv(np.eye(6) - q[:, :6])
    assert chain.survival_time() == pytest.approx(f.sum(axis=1))
    assert chain.expected_visits(at(2, 6)) == pytest.approx(f[2])
    assert chain.hitting_probability(np.array([4]))[:4] == pytest.approx(f[:4, 4] / f[4, 4])
    assert chain.occupancy(at(1, 6), 5) == pytest.approx(np.linalg.matrix_power(q[:, :6], 5)[1])


def test_mortality_is_a_map_of_the_raster():
    regions = np.array([[1, 1, 0]])
    graph = conductance_raster(
        np.array([[1.0, 1.0, 1.0], [NAN, 1, 1]])[:1], regions=regions
    ).graph()
    chain = walk_chain(graph, np.array([[0.1, 0.3, 0.5]]))
    assert chain.death == pytest.approx([0.2, 0.5])


@pytest.mark.parametrize(
    ("mortality", "stay", "says"),
    [
        (-0.1, 0, "mortality: -0.1 is no probability in row 1, column 1"),
        (1.5, 0, "mortality: 1.5 is no probability"),
        (np.array([0.1, 0, NAN, 0, 0]), 0, "mortality: no value in row 1, column 3"),
        (np.zeros((2, 5)), 0, "mortality: is 2 x 5, the raster is 1 x 5"),
        (0.6, 0.6, "node 0 dies with 0.6 and stays with 0.6; keep their sum at 1 or below"),
        (0.0, 2, "stay: 2 is no probability"),
    ],
)
def test_impossible_probabilities(mortality, stay, says):
    with pytest.raises(LandscapeError) as caught:
        walk_chain(LINE, mortality, stay=stay)
    assert says in str(caught.value)


def test_what_is_no_chain_is_told_in_one_line():
    half = sparse.csr_array(np.array([[0.0, 0.5], [0.5, 0.0]]))
    for moves, death, says in (
        (half, np.array([0.5, 0.4]), "state 1 leaves with probability 0.9"),
        (half, np.array([0.5]), "misfit"),
        (half, np.array([0.5, NAN]), "state 1 leaves"),
        (sparse.csr_array(np.array([[-0.5, 1.0], [0, 1]])), np.array([0.5, 0]), "below 0"),
    ):
        with pytest.raises(CorridorSimError, match=says):
            AbsorbingChain(moves, death)
    with pytest.raises(CorridorSimError, match="amg needs a walk on a network"):
        AbsorbingChain(half, np.array([0.5, 0.5]), method="amg")
    chain = AbsorbingChain(half, np.array([0.5, 0.5]))
    for start in (np.ones(3), np.array([1, NAN]), np.array([-1.0, 2])):
        with pytest.raises(CorridorSimError, match="is no distribution over states"):
            chain.expected_visits(start)
    for target in (np.array([2]), np.array([-1]), np.array([], int)):
        with pytest.raises(CorridorSimError, match="states 0 to 1 do not hold"):
            chain.hitting_probability(target)
    with pytest.raises(CorridorSimError, match=r"-1 steps; use a whole number"):
        chain.survival(at(0, 2), -1)
    with pytest.raises(LandscapeError, match="not connected: where a walker ends depends"):
        stationary_distribution(conductance_raster(np.array([[1, NAN, 1]])).graph())
    one = conductance_raster(np.ones((1, 1))).graph()
    assert stationary_distribution(one).tolist() == [1]
    assert walk_chain(one, 0.5).survival_time().tolist() == [2]


def test_those_who_may_become_immortal_need_not_die():
    # 0 dies or goes to 1, which is for ever; 2 dies or goes to 0; 3 dies or stays
    moves = np.zeros((4, 4))
    moves[0, 1] = moves[2, 0] = moves[3, 3] = 0.5
    moves[1, 1] = 1
    chain = AbsorbingChain(sparse.csr_array(moves), np.array([0.5, 0, 0.5, 0.5]))
    assert chain.survival_time().tolist() == [np.inf, np.inf, np.inf, 2]
    assert chain.expected_visits(at(3, 4)).tolist() == [0, 0, 0, 2]
    with pytest.raises(LandscapeError, match="1 of the walkers start where death is not certain"):
        chain.expected_visits(at(2, 4))
    assert chain.hitting_probability(np.array([1])).tolist() == [0.5, 1, 0.25, 0]


def test_targets_are_numbers_or_a_mask():
    chain = walk_chain(LINE, 0.1)
    for call in (chain.hitting_probability, chain.first_passage_time):
        two = call(np.array([1, 3]))
        for same in (
            np.array([False, True, False, True, False]),
            [3, 1],
            np.array([1.0, 3.0]),
            np.ma.array([1, 3]),
            np.array([1, 3], np.uint8),
        ):
            assert np.array_equal(call(same), two)
        assert np.array_equal(call(3), call(np.array([3])))
        for wrong, says in (
            (np.array([1.7]), r"targets: \[1.7\] are no whole numbers; give numbers of states"),
            ([True, False], "a mask of 2 with 1 chosen; give a mask of 5 states"),
            (np.zeros(5, bool), "a mask of 5 with 0 chosen"),
            (np.ma.array([1, 3], mask=[False, True]), "some are masked"),
            (["1"], "are no whole numbers"),
            (2**40, "states 0 to 4 do not hold all of"),
        ):
            with pytest.raises(CorridorSimError, match=says):
                call(wrong)


def test_masked_probabilities_and_odd_steps():
    masked = np.ma.array([0.1, 0.1, 0.1, 0.1, 0.1], mask=[0, 0, 1, 0, 0])
    with pytest.raises(LandscapeError, match="no value in row 1, column 3"):
        walk_chain(LINE, masked)
    with pytest.raises(LandscapeError, match=r"1e-120 is too small .* give 0, or 1e-100 to 1"):
        walk_chain(LINE, 1e-120)
    chain = walk_chain(LINE, 0.1)
    with pytest.raises(CorridorSimError, match="is no distribution over states"):
        chain.occupancy(masked, 2)
    assert chain.survival(at(0), 3.0).size == 4
    for steps in (2.5, float("nan"), float("inf")):
        for call in (chain.survival, chain.occupancy, chain.expected_visits):
            with pytest.raises(CorridorSimError, match="use a whole number"):
                call(at(0), steps)


def test_a_sure_or_an_even_death_has_a_variance_above_0():
    assert walk_chain(LINE, 1.0).survival_time_variance().tolist() == [0] * 5
    nearly = walk_chain(LINE, 1 - 1e-9).survival_time_variance()
    assert nearly == pytest.approx(1e-9, rel=1e-6)
    lonely = conductance_raster(np.array([[1.0, NAN, 1.0, 1.0]])).graph()
    chain = walk_chain(lonely, 1e-17)
    assert chain.survival_time() == pytest.approx(1e17)
    assert chain.survival_time_variance() == pytest.approx(1e34)
