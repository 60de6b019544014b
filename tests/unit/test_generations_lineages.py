"""Descent between tiles, by hand: who is reached, when, and over which ways."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.sparse import csr_array

from corridor_sim.errors import CorridorSimError, ScenarioError
from corridor_sim.simulation.generations.lineages import (
    chance_not_reached,
    chance_reached,
    generations_to_reach,
    next_generation,
)
from corridor_sim.simulation.generations.stepping_stones import (
    migrants_through,
    pairs_without_path,
    refuse_without_path,
)
from oracles.descent import BLOCK, in_block, row_of_tiles

TWO = np.array([1, 2], np.int16)
# block 1 sends one young in four to block 2 and gets none back
ONE_WAY = csr_array([[1.5, 0.5], [0.0, 2.0]])


def test_two_tiles_by_hand() -> None:
    twos = np.array([2.0, 2.0])
    means = next_generation(ONE_WAY, twos)
    assert means.toarray().tolist() == [[0.75, 0.25], [0.0, 1.0]]
    first = math.exp(-0.25)
    second = math.exp(-0.75 * (1 - first) - 0.25)
    target = np.array([False, True])
    assert chance_not_reached(means, target, 0).tolist() == [1.0, 0.0]
    assert chance_not_reached(means, target, 1) == pytest.approx([first, 0.0], abs=1e-15)
    assert chance_not_reached(means, target, 2) == pytest.approx([second, 0.0], abs=1e-15)
    found = chance_reached(ONE_WAY, twos, twos, TWO, 2, [1, 2])
    assert found[:, 1, 2] == pytest.approx([1 - first**2, 1 - second**2], abs=1e-15)
    assert found[:, 2, 1].tolist() == [0.0, 0.0]
    assert found[:, 1, 1].tolist() == [1.0, 1.0]
    assert np.isnan(found[:, 0]).all()
    assert np.isnan(found[:, :, 0]).all()


def test_young_that_spread_by_hand() -> None:
    twos = np.array([2.0, 2.0])
    means = next_generation(ONE_WAY, twos)
    target = np.array([False, True])
    # the number of young of block 1 is geometric with mean 1, of which a quarter leave
    first = 1 / (1 + 0.25)
    second = 1 / (1 + 0.75 * (1 - first) + 0.25)
    for after, chance in enumerate((1.0, first, second)):
        found = chance_not_reached(means, target, after, spread=2.0)
        assert found == pytest.approx([chance, 0.0], abs=1e-15)
    both = chance_reached(ONE_WAY, twos, twos, TWO, 2, [2], spread=2.0)
    assert both[0, 1, 2] == pytest.approx(1 - second**2)
    # as good as Poisson
    nearly = generations_to_reach(ONE_WAY, twos, twos, TWO, 2, spread=1 + 1e-9)[1, 2]
    poisson = generations_to_reach(ONE_WAY, twos, twos, TWO, 2)[1, 2]
    assert nearly == pytest.approx(poisson, rel=1e-6)
    assert generations_to_reach(ONE_WAY, twos, twos, TWO, 2, spread=1.5)[1, 2] > poisson + 0.1


def test_generations_stand_between_those_of_the_chances() -> None:
    flow, turnover = row_of_tiles()
    numbers = 2.0 * turnover
    times = generations_to_reach(flow, turnover, numbers, BLOCK, 3, at_most=60, chance=0.3)
    chances = chance_reached(flow, turnover, numbers, BLOCK, 3, range(1, 61))
    assert np.isfinite(times[1:, 1:]).all()
    assert times[1, 3] > 2
    for a in (1, 2, 3):
        for b in {1, 2, 3} - {a}:
            after = math.ceil(times[a, b])
            assert chances[after - 1, a, b] >= 0.3
            before = chances[after - 2, a, b] if after > 1 else 0.0
            assert before < 0.3
            lost = [math.log1p(-c) for c in (before, chances[after - 1, a, b])]
            share = times[a, b] - after + 1
            assert lost[0] + share * (lost[1] - lost[0]) == pytest.approx(math.log(0.7))


def test_a_block_that_is_out_of_reach_takes_for_ever() -> None:
    twos = np.array([2.0, 2.0])
    times = generations_to_reach(ONE_WAY, twos, twos, TWO, 2, at_most=40)
    assert times[2, 1] == math.inf
    assert times[1, 1] == times[2, 2] == 0
    # few animals in block 1, whose line dies out before it gets there
    assert generations_to_reach(ONE_WAY, twos, 0.2 * twos, TWO, 2, at_most=40)[1, 2] == math.inf
    assert generations_to_reach(ONE_WAY, twos, twos, TWO, 2, at_most=1)[1, 2] == math.inf
    # a block without a tile is reached by nobody
    assert np.isinf(generations_to_reach(ONE_WAY, twos, twos, TWO, 3, at_most=3)[1:3, 3]).all()


def test_migrants_of_three_tiles_by_hand() -> None:
    moves = csr_array([[3.0, 1.0, 0.5], [1.0, 2.0, 1.0], [0.0, 1.0, 3.0]])
    lost = np.array([4.0, 4.0, 4.5])
    found = migrants_through(moves, lost, np.array([1, 0, 2], np.int16), 2, 10.0)
    # of 1 young outside come sum (1/2)^k, and each has 1/4 in either block
    assert found.direct == pytest.approx(np.array([[0, 0, 0], [0, 30, 5], [0, 0, 30.0]]))
    assert found.through == pytest.approx(np.array([[0, 0, 0], [0, 5, 5], [0, 5, 5.0]]))
    assert found.total[1:, 1:].sum(axis=0) == pytest.approx(10 * lost[[0, 2]])


def test_whoever_settles_in_a_block_descends_from_one() -> None:
    """Columns of direct and through are all settlers, where the ground outside lives by blocks."""
    flow, turnover = row_of_tiles(seed=8)
    found = migrants_through(flow, turnover, BLOCK, 3, 7.0)
    settled = np.bincount(BLOCK, turnover)[1:]
    assert found.total[1:, 1:].sum(axis=0) == pytest.approx(7 * settled, rel=1e-12)
    assert found.through[1, 3] > 0
    assert found.direct[1, 3] == 0  # no tile of block 1 is within two of block 3


def test_ground_outside_that_lives_by_itself_is_left_out_or_refused() -> None:
    # tile 1 lies between the blocks; tile 2 keeps itself up and sends to block 1 alone
    moves = np.array([[3.0, 1, 0, 0], [1, 2, 0, 1], [1, 0, 4, 0], [0, 1, 0, 3]])
    lost, block = np.array([5.0, 4, 4, 4]), np.array([1, 0, 0, 2], np.int16)
    found = migrants_through(csr_array(moves), lost, block, 2, 1.0)
    assert found.through[1, 2] == pytest.approx(0.5)
    moves[0, 2] = 0.1  # now lines of block 1 come there, and never end
    with pytest.raises(
        CorridorSimError, match="flow: animals that settle outside the blocks leave"
    ):
        migrants_through(csr_array(moves), lost, block, 2, 1.0)
    moves[2, 2] = 5.0  # or multiply
    with pytest.raises(CorridorSimError, match="would never fall"):
        migrants_through(csr_array(moves), lost, block, 2, 1.0)
    moves[2, 2] = 3.9
    assert migrants_through(csr_array(moves), lost, block, 2, 1.0).through[1, 2] == pytest.approx(
        0.5
    )


def test_lines_of_a_few_generations() -> None:
    flow, turnover = row_of_tiles(seed=8)
    whole = migrants_through(flow, turnover, BLOCK, 3, 7.0)
    seen, blocks = np.zeros((4, 4)), [in_block(number) for number in (1, 2, 3)]
    for generations in range(1, 6):
        found = migrants_through(flow, turnover, BLOCK, 3, 7.0, at_most=generations)
        assert found.direct == pytest.approx(whole.direct)
        # one more home outside each time
        means, out = next_generation(flow, turnover).toarray(), in_block(0)
        step = np.linalg.matrix_power(means * out, generations) @ means * turnover[:, None] * 7
        more = [[step[np.ix_(a, b)].sum() for b in blocks] for a in blocks]
        assert found.through == pytest.approx(seen)
        seen[1:, 1:] += more
    many = migrants_through(flow, turnover, BLOCK, 3, 7.0, at_most=400)
    assert many.through == pytest.approx(whole.through, rel=1e-9)


def test_no_ground_outside() -> None:
    found = migrants_through(ONE_WAY, np.array([2.0, 2.0]), TWO, 2, 3.0)
    assert found.direct[1, 2] == 1.5
    assert not found.through.any()


def test_paths_lead_through_ground_outside_and_other_blocks() -> None:
    ways = np.eye(7)
    for start, end in ((0, 2), (2, 3), (3, 4), (4, 6)):
        ways[start, end] = 1e-9
    assert pairs_without_path(csr_array(ways), BLOCK, 3) == [(2, 1), (3, 1), (3, 2)]
    refuse_without_path(csr_array(ways), BLOCK, 3, species="puma")
    stored = csr_array(ways)
    stored.data[stored.data < 1e-8] = 0.0  # zeros that are stored are no ways
    assert len(pairs_without_path(stored, BLOCK, 3)) == 6
    with pytest.raises(ScenarioError, match=r"^puma: no path leads from any block .*; leave this"):
        refuse_without_path(stored, BLOCK, 3, species="puma")


@pytest.mark.parametrize(
    ("flow", "turnover", "said"),
    [
        ([[1.0, 2.0]], [1.0, 1.0], r"a flow of \(1, 2\) for 2 tiles"),
        ([[1.0, -2.0], [0.0, 1.0]], [1.0, 1.0], "flow: a value that is no number of animals"),
        ([[1.0, 2.0], [0.0, 1.0]], [1.0, np.nan], "turnover: a value that is no number"),
        ([[1.0, 2.0], [0.0, 1.0]], [0.0, 1.0], "tile 0 sends 3 young a year"),
    ],
)
def test_what_is_no_flow_is_refused(
    flow: list[list[float]], turnover: list[float], said: str
) -> None:
    with pytest.raises(CorridorSimError, match=said):
        next_generation(csr_array(flow), np.array(turnover))


def test_what_cannot_be_asked_is_refused() -> None:
    twos = np.array([2.0, 2.0])
    for chance in (0.0, 1.0):
        with pytest.raises(CorridorSimError, match="give one between 0 and 1"):
            generations_to_reach(ONE_WAY, twos, twos, TWO, 2, chance=chance)
    with pytest.raises(CorridorSimError, match=r"spread: 0\.9; give 1 or more"):
        generations_to_reach(ONE_WAY, twos, twos, TWO, 2, spread=0.9)
    with pytest.raises(CorridorSimError, match="2 numbers and 7 blocks for 2 tiles"):
        chance_reached(ONE_WAY, twos, twos, BLOCK, 3, [1])
