"""Neutral landscapes and island models against what is exact."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import corridor_sim as cs

theory = cs.theory


def by_hand(forest: np.ndarray, neighbours: int) -> list[int]:
    """Sizes of the pieces, largest first, by walking from cell to cell."""
    left = {tuple(cell) for cell in np.argwhere(forest).tolist()}
    sizes = []
    while left:
        todo, size = [left.pop()], 0
        while todo:
            row, col = todo.pop()
            size += 1
            for down, right in itertools.product((-1, 0, 1), repeat=2):
                joins = abs(down) + abs(right) == 1 or (neighbours == 8 and (down or right))
                if joins and (row + down, col + right) in left:
                    left.remove((row + down, col + right))
                    todo.append((row + down, col + right))
        sizes.append(size)
    return sorted(sizes, reverse=True)


@pytest.mark.parametrize("neighbours", [4, 8])
def test_patches_are_those_of_a_walk_from_cell_to_cell(neighbours: int) -> None:
    for replicate in range(5):
        forest = theory.neutral_landscape(0.5, side=12, replicate=replicate)
        found = theory.patches(forest, neighbours=neighbours)
        assert np.array_equal(found > 0, forest)
        assert np.bincount(found[found > 0])[1:].tolist() == by_hand(forest, neighbours)


@pytest.mark.parametrize(("neighbours", "share"), [(4, 0.6), (8, 0.4)])
def test_small_lattices_are_as_counted_through(neighbours: int, share: float) -> None:
    """All 512 maps of 3 x 3 cells, each with its probability, against 1,000 draws."""
    largest, spans, there = 0.0, 0.0, 0.0
    for cells in itertools.product((0, 1), repeat=9):
        forest = np.array(cells).reshape(3, 3)
        chance = share ** forest.sum() * (1 - share) ** (9 - forest.sum())
        if forest.any():
            largest += chance * by_hand(forest, neighbours)[0] / forest.sum()
            there += chance
            pieces = theory.patches(forest, neighbours=neighbours)
            spans += chance * bool((set(pieces[0]) & set(pieces[2])) - {0})
    n = 1000
    drawn = [theory.neutral_landscape(share, side=3, replicate=r) for r in range(n)]
    drawn = [forest for forest in drawn if forest.any()]
    values = np.array(
        [(theory.patches(f, neighbours=neighbours) == 1).sum() / f.sum() for f in drawn]
    )
    off = 4 * values.std() / np.sqrt(len(drawn))
    assert abs(values.mean() - largest / there) < off
    told = theory.percolation([share], side=3, neighbours=neighbours, replicates=n)
    assert abs(told["spanning"][0] - spans) < 4 * np.sqrt(spans * (1 - spans) / n)


@pytest.mark.parametrize("neighbours", [4, 8])
def test_the_threshold_parts_maps_that_one_piece_spans_from_those_that_none_does(
    neighbours: int,
) -> None:
    """Far enough on either side of the threshold nearly none and nearly all maps are spanned."""
    at = theory.percolation_threshold(neighbours)
    found = theory.percolation([at - 0.08, at + 0.08], side=128, neighbours=neighbours)
    below, above = found["spanning"]
    assert below <= 0.05
    assert above >= 0.95
    assert found["largest"][0] < 0.2
    assert found["largest"][1] > 0.85


def test_thresholds_of_matching_lattices_add_up_to_one() -> None:
    # Sykes & Essam 1964
    assert theory.percolation_threshold(4) + theory.percolation_threshold(8) == pytest.approx(1)


def test_half_of_the_maps_are_spanned_at_the_threshold() -> None:
    """Up to the finite size, 0.5 of square maps (Cardy 1992, J. Phys. A 25:L201)."""
    n = 400
    found = theory.percolation([theory.percolation_threshold(4)], side=96, replicates=n)
    assert abs(found["spanning"][0] - 0.5) < 4 * 0.5 / np.sqrt(n) + 0.02


def test_more_forest_holds_the_lesser() -> None:
    less, more = (theory.neutral_landscape(share, side=30) for share in (0.3, 0.6))
    assert not np.any(less & ~more)
    n = 900
    assert abs(more.sum() - 0.6 * n) < 4 * np.sqrt(n * 0.6 * 0.4)


def test_no_forest_has_no_largest_piece() -> None:
    found = theory.percolation([0.0, 1.0], side=8, replicates=3)
    assert found["largest"].isna().tolist() == [True, False]
    assert found["spanning"].tolist() == [0.0, 1.0]


@pytest.mark.parametrize("generations", [0, 1, 7, 60])
def test_without_migrants_heterozygosity_is_lost_as_wright_says(generations: int) -> None:
    found = theory.island_model(13.5, 0, generations)
    exact = (1 - 1 / 27) ** generations
    assert found["heterozygosity"].iloc[-1] == pytest.approx(exact, rel=1e-12)
    # Hudson's F_ST of two that never meet again
    assert found["fst"].iloc[-1] == pytest.approx(1 - exact, abs=1e-12)


@pytest.mark.parametrize(("demes", "migrants"), [(2, 1.0), (2, 4.0), (10, 0.5)])
def test_islands_come_to_rest_where_drift_and_gene_flow_balance(
    demes: int, migrants: float
) -> None:
    """Near Slatkin's, not on it: without mutation all demes lose what they differ in together."""
    found = theory.island_model(300, migrants, 6000, demes=demes)["fst"]
    assert found.iloc[-1] == pytest.approx(found.iloc[-1001], rel=1e-3)
    assert found.iloc[-1] == pytest.approx(theory.island_fst(migrants, demes=demes), rel=0.06)


def test_one_migrant_a_generation() -> None:
    assert theory.island_fst(1) == 0.2
    assert theory.island_fst(1, demes=2) == pytest.approx(1 / 9)
    assert theory.island_fst(0) == 1.0
    assert theory.island_fst(1, demes=10_000) == pytest.approx(0.2, rel=1e-3)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: theory.percolation_threshold(6),
        lambda: theory.neutral_landscape(1.2),
        lambda: theory.neutral_landscape(float("nan")),
        lambda: theory.neutral_landscape(0.5, side=1),
        lambda: theory.neutral_landscape(0.5, side=100_000),
        lambda: theory.patches([1, 0, 1]),
        lambda: theory.percolation([0.5], replicates=1),
        lambda: theory.island_model(0, 0, 5),
        lambda: theory.island_model(10, 11, 5),
        lambda: theory.island_model(10, 1, 10**9),
        lambda: theory.island_model(10, 1, 5, demes=1),
        lambda: theory.island_fst(-1),
    ],
)
def test_what_cannot_be_is_told(wrong: object) -> None:
    with pytest.raises(cs.CorridorSimError, match=r"use|give"):
        wrong()  # type: ignore[operator]  # one of the calls above
