"""Which candidate a word of luck picks: ordinary weights, and those at the edge of rounding."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from corridor_sim.kernels.jit import kernel
from corridor_sim.kernels.propose import Group, choose_candidates, make_group

LAST = 2**32 - 1
LUCK = (0, 1, 2**31, LAST - 1, LAST)


@kernel(allocates=False)
def choose(group: Group, n: int, n_candidates: int) -> None:
    choose_candidates(group, n, n_candidates)


def chosen(weights: Sequence[float], words: Sequence[int] | NDArray[np.uint64]) -> list[int]:
    """Return the candidate that each word picks, ``len(weights)`` where there is none."""
    group = make_group(len(words), len(weights))
    group.words[len(weights)] = words
    group.total[:] = 0.0
    for k, weight in enumerate(weights):
        group.weight[k] = weight
        group.total[:] += weight
    choose(group, len(words), len(weights))
    return list(group.chosen.tolist())


@pytest.mark.parametrize(
    "weights",
    [(1.0, 1.0), (1.0, 3.0), (0.5, 0.0, 2.0, 1.0), (1.0, 100.0, 1.0), (7.0,) * 10],
    ids=str,
)
def test_chances_are_the_odds(weights: tuple[float, ...]) -> None:
    """RandomStreams spread evenly meets each candidate as often as its odds say, to one word."""
    n = 10_007
    words = (np.arange(n) * (2**32 / n)).astype(np.uint64)
    odds = [w / (math.fsum(weights) - w) for w in weights]
    seen = np.bincount(chosen(weights, words), minlength=len(weights))
    assert seen.tolist() == pytest.approx([n * o / math.fsum(odds) for o in odds], abs=1)


@pytest.mark.parametrize("weight", [1e-45, 1.0, 3e38])
@pytest.mark.parametrize("others", [0, 1, 9])
def test_what_stands_alone_is_chosen_for_sure(weight: float, others: int) -> None:
    for at in range(others + 1):
        weights = [0.0] * (others + 1)
        weights[at] = weight
        assert chosen(weights, LUCK) == [at] * len(LUCK)


@pytest.mark.parametrize("large", [1.0, 3e38])
@pytest.mark.parametrize("ratio", [1e-5, 1e-10, 1e-16, 1e-17, 1e-30])
def test_what_outweighs_all_others_is_chosen_whatever_rounding_leaves(
    large: float, ratio: float
) -> None:
    """Of two candidates the lighter is due ``ratio^2``, less than a word of luck can say."""
    for weights, heavy in (((large, large * ratio), 0), ((large * ratio, large), 1)):
        assert chosen(weights, LUCK[1:]) == [heavy] * (len(LUCK) - 1)
    many = [large * ratio] * 4 + [large] + [large * ratio] * 5
    if ratio < 1e-5:
        assert chosen(many, LUCK[1:]) == [4] * (len(LUCK) - 1)


def test_two_heavy_ones_share_whatever_else_there_is() -> None:
    weights = (1e-30, 1.0, 1e-30, 1.0, 0.0)
    assert chosen(weights, (1, 2**31 - 1, 2**31 + 1, LAST)) == [1, 1, 3, 3]


@pytest.mark.parametrize("k", [1, 2, 10])
def test_nothing_is_chosen_where_nothing_weighs_anything(k: int) -> None:
    assert chosen([0.0] * k, LUCK) == [k] * len(LUCK)
