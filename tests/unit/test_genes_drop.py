"""Gene dropping and kinship: Mendel, hand-computed families, the same luck always."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from corridor_sim import CorridorSimError
from corridor_sim.errors import ResourceError
from corridor_sim.genetics import drop as dropping
from corridor_sim.genetics import kinship as relating
from corridor_sim.genetics.chance import keyed_bits, msprime_seeds
from corridor_sim.genetics.drop import drop_genes
from corridor_sim.genetics.effective_size import (
    equivalent_generations,
    ne_from_heterozygosity,
    ne_from_inbreeding,
    ne_from_offspring,
)
from corridor_sim.genetics.kinship import inbreeding, isolation_by_distance, kinship
from corridor_sim.genetics.pedigree import Pedigree
from corridor_sim.genetics.statistics import diversity_of_drop
from oracles.ideal_population import wright_fisher

SIGMAS = 4.5


def relatives() -> Pedigree:
    """0 x 1 have 4 (f) and 5 (m); 1 x 2 have 6; 4 x 3 have 7; 5 x 8 have 9; 4 x 5 have 10."""
    return Pedigree.of(
        mother=[-1, -1, -1, -1, 0, 0, 2, 4, -1, 8, 4],
        father=[-1, -1, -1, -1, 1, 1, 1, 3, -1, 5, 5],
        male=[0, 1, 0, 1, 0, 1, 1, 1, 0, 0, 0],
        birth_year=[0, 0, 0, 0, 1, 1, 1, 2, 0, 2, 2],
        ident=np.arange(11) * 7,
    )


def test_kinship_of_hand_computed_relatives() -> None:
    kin = kinship(relatives(), np.arange(11))
    expected = {
        (0, 1): 0.0,
        (0, 4): 1 / 4,  # mother and young
        (4, 5): 1 / 4,  # full sibs
        (4, 6): 1 / 8,  # half sibs
        (0, 7): 1 / 8,  # grandmother
        (5, 7): 1 / 8,  # uncle
        (7, 9): 1 / 16,  # first cousins
        (6, 7): 1 / 16,  # half uncle
        (4, 10): 3 / 8,  # mother and young of full sibs
        (10, 10): 5 / 8,  # (1 + 1/4) / 2
        (7, 10): (3 / 8 + 0) / 2 * 0 + (1 / 2 + 0) / 4 * 0 + 3 / 16,  # half sibs, father's side kin
        (4, 4): 1 / 2,
    }
    for (i, j), value in expected.items():
        assert kin[i, j] == pytest.approx(value, abs=1e-12), (i, j)
        assert kin[j, i] == kin[i, j]
    assert inbreeding(relatives()).tolist() == [0] * 10 + [0.25]
    some = [10, 7, 4]
    np.testing.assert_allclose(kinship(relatives(), some), kin[np.ix_(some, some)], atol=1e-15)


def test_kinship_of_a_deep_pedigree_follows_the_tabular_rule() -> None:
    tree = wright_fisher(5, 7, 12, seed=3)
    kin = np.zeros((tree.n, tree.n))
    for i in range(tree.n):
        m, f = tree.mother[i], tree.father[i]
        if m < 0:
            kin[i, i] = 0.5
        else:
            kin[i, :i] = kin[:i, i] = (kin[m, :i] + kin[f, :i]) / 2
            kin[i, i] = (1 + kin[m, f]) / 2
    np.testing.assert_allclose(kinship(tree, np.arange(tree.n)), kin, atol=1e-12)
    np.testing.assert_allclose(inbreeding(tree), 2 * kin.diagonal() - 1, atol=1e-12)


def test_too_deep_a_pedigree_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relating, "MAX_SHARES", 20)
    with pytest.raises(ResourceError, match="drop genes"):
        inbreeding(relatives())
    monkeypatch.setattr(dropping, "MAX_BYTES", 100)
    with pytest.raises(ResourceError, match="fewer loci"):
        drop_genes(relatives(), seed=1)


def test_genes_come_from_the_parents_half_and_half() -> None:
    tree = wright_fisher(20, 20, 3, seed=1)
    dropped = drop_genes(tree, seed=9, n_loci=300)
    alleles = dropped.alleles.astype(np.int64)
    for side, parents in enumerate((tree.mother, tree.father)):
        born = np.flatnonzero(~tree.founders)
        mine = alleles[born, :, side]
        first, second = (alleles[parents[born], :, copy] for copy in (0, 1))
        assert np.all((mine == first) | (mine == second))
        told = first != second
        n = int(told.sum())
        heads = int((mine == second)[told].sum())
        assert abs(heads - n / 2) < SIGMAS * np.sqrt(n / 4)
        # loci are unlinked: neighbours agree in half of all meioses
        both = told[:, 1:] & told[:, :-1]
        alike = (mine == second)[:, 1:] == (mine == second)[:, :-1]
        m = int(both.sum())
        assert abs(int(alike[both].sum()) - m / 2) < SIGMAS * np.sqrt(m / 4)


def test_alleles_alike_by_descent_have_the_frequency_of_kinship() -> None:
    tree = relatives()
    loci = 4000
    alleles = drop_genes(tree, seed=2, n_loci=loci).alleles
    kin = kinship(tree, np.arange(tree.n))
    alike = np.zeros((tree.n, tree.n))
    for a in (0, 1):
        for b in (0, 1):
            alike += (alleles[:, None, :, a] == alleles[None, :, :, b]).mean(axis=2) / 4
    # the mean of four indicators varies no more than one indicator
    bound = SIGMAS * np.sqrt(kin * (1 - kin) / loci) + 1e-12
    assert np.all(np.abs(alike - kin) <= bound)


def test_the_same_animal_has_the_same_luck_in_any_company() -> None:
    tree = wright_fisher(8, 8, 4, seed=5)
    every = drop_genes(tree, seed=3, n_loci=60)
    rows = np.array([70, 66, 79])
    few = drop_genes(tree, seed=3, n_loci=60, rows=rows, frequencies=[0.2, 0.3, 0.5])
    again = drop_genes(tree, seed=3, n_loci=60, frequencies=[0.2, 0.3, 0.5])
    np.testing.assert_array_equal(few.alleles, again.alleles[rows])
    # fewer founders renumber distinct alleles, and change nothing else
    distinct = drop_genes(tree, seed=3, n_loci=60, rows=rows).alleles
    np.testing.assert_array_equal(
        distinct[:, :, :1] == distinct[:, :, 1:],
        every.alleles[rows][:, :, :1] == every.alleles[rows][:, :, 1:],
    )
    for other in ({"seed": 4}, {"replicate": 1}, {"stream": 1}):
        changed = drop_genes(tree, **{"seed": 3, **other}, n_loci=60)
        assert not np.array_equal(changed.alleles, every.alleles)


def test_founders_draw_from_the_frequencies() -> None:
    tree = wright_fisher(300, 300, 0, seed=5)
    table = np.array([[0.1, 0.9, 0.0], [0.5, 0.0, 0.5]])
    dropped = drop_genes(tree, seed=3, n_loci=2, frequencies=table)
    counts = np.stack([np.bincount(dropped.alleles[:, i].reshape(-1), minlength=3) for i in (0, 1)])
    assert np.all(np.abs(counts - 1200 * table) <= SIGMAS * np.sqrt(1200 * table * (1 - table)))
    for bad in ([0.5, 0.4], [-0.5, 1.5], np.ones((3, 1)), 0.5 * np.ones((2, 2, 2))):
        with pytest.raises(CorridorSimError, match="allele frequencies"):
            drop_genes(tree, seed=3, n_loci=2, frequencies=bad)


def test_coins_are_fair_and_keyed_by_column() -> None:
    animals = np.arange(4000)
    coins = keyed_bits(1, 0, 0, animals, 61440, 100)
    assert coins.shape == (4000, 100)
    assert np.all(np.abs(coins.mean(axis=0) - 0.5) < SIGMAS * 0.5 / np.sqrt(4000))
    np.testing.assert_array_equal(coins[:, :60], keyed_bits(1, 0, 0, animals, 61440, 60))
    together = (coins[:, :, None] == coins[:, None, :]).mean(axis=0)
    np.fill_diagonal(together, 0.5)
    # 4950 pairs of columns: beyond 6 standard errors lies less than 1e-5 of them
    assert np.all(np.abs(together - 0.5) < 6 * 0.5 / np.sqrt(4000))
    seeds = msprime_seeds(1, 0, 0, 7, 50)
    assert len(set(seeds)) == 50
    assert min(seeds) >= 1
    assert max(seeds) < 2**31


def test_diversity_of_a_hand_computed_table() -> None:
    tree = Pedigree.of([-1] * 5, [-1] * 5, [0] * 5, [0] * 5)
    dropped = drop_genes(tree, seed=1, n_loci=2, frequencies=[0.5, 0.5])
    dropped.alleles[:, 0] = [[0, 0], [0, 1], [1, 1], [1, 1], [0, 0]]
    dropped.alleles[:, 1] = [[0, 1], [0, 1], [0, 0], [0, 0], [1, 1]]
    found = diversity_of_drop(dropped, [1, 1, 2, 2, 0])
    assert found.groups.tolist() == [1, 2]
    assert found.animals.tolist() == [2, 2]
    # zone 1: 3 x 0 and 1 x 1, then 2 and 2; of 6 pairs of copies 3 and 4 differ
    np.testing.assert_allclose(found.observed.value, [(0.5 + 1.0) / 2, 0.0])
    np.testing.assert_allclose(found.expected.value, [(3 / 6 + 4 / 6) / 2, 0.0])
    # between: 3/4 of pairs differ at the first locus, 1/2 at the second
    hudson = 1 - (7 / 12 / 2) / (5 / 8)
    np.testing.assert_allclose(found.fst.value, [[np.nan, hudson], [hudson, np.nan]])
    assert found.fst_all.value == pytest.approx(hudson)
    hs, hb = 7 / 24, 5 / 8
    assert found.gst_all.value == pytest.approx(1 - hs / (hs / 2 + hb / 2))
    assert found.fis_all.value == pytest.approx(1 - (0.75 / 2) / (7 / 24))
    # all five animals: 5 of each allele, then 4 and 6; of 45 pairs 25 and 24 differ
    assert found.expected_all.value == pytest.approx((25 / 45 + 24 / 45) / 2)
    assert found.observed_all.value == pytest.approx((1 / 5 + 2 / 5) / 2)
    # two blocks: leaving one out gives 1 and 1/2; half width t(1) sqrt(1/2 sum of squares) = 3.2,
    # more than a share has room for
    assert (found.observed.low[0], found.observed.high[0]) == (0.0, 1.0)
    # F_IS of the blocks is 1 - 0.25 / 0.25 and 1 - 0.5 / (1 / 3)
    half = 12.706204736 * np.sqrt(0.5 * 2 * (0.25) ** 2)
    assert found.fis_all.value - found.fis_all.low == pytest.approx(half)
    nobody = diversity_of_drop(dropped, [1, 1, 2, 2, 0], among=np.zeros(5, bool))
    assert nobody.groups.size == 0
    assert np.isnan(nobody.fst_all.value)


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    tree = wright_fisher(15, 15, 5, seed=8)
    last = np.flatnonzero(tree.sampled)
    kin = kinship(tree, last)
    k = last.size
    copies = kin.sum() * 4  # pairs of copies, a copy with itself among them
    truth = 1 - (copies - 2 * k) / (2 * k * (2 * k - 1))
    runs, loci, inside = 200, 80, 0
    dropped = drop_genes(tree, seed=4, n_loci=runs * loci, rows=last)
    for run in range(runs):
        part = dropped.alleles[:, run * loci : (run + 1) * loci]
        he = diversity_of_drop(replace(dropped, alleles=part), np.ones(k)).expected_all
        inside += int(he.low <= truth <= he.high)
    assert abs(inside - 0.95 * runs) <= SIGMAS * np.sqrt(runs * 0.95 * 0.05)


def test_kinship_falls_with_distance_by_the_given_slope() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.uniform(0, 50_000, (2, 60))
    apart = np.maximum(np.hypot(x[:, None] - x, y[:, None] - y), 1000)
    exact = isolation_by_distance(0.3 - 0.02 * np.log(apart), x, y)
    assert exact.slope == pytest.approx(-0.02, rel=1e-9)
    assert exact.high - exact.low == pytest.approx(0, abs=1e-9)
    assert exact.pairs.sum() == 60 * 59 / 2
    assert np.all(np.diff(exact.kinship) < 0)
    assert exact.sp == pytest.approx(0.02 / (1 - exact.kinship[0]))
    noise = rng.normal(0, 0.05, (60, 60))
    noisy = isolation_by_distance(0.3 - 0.02 * np.log(apart) + noise + noise.T, x, y)
    assert noisy.low < -0.02 < noisy.high
    assert np.isnan(isolation_by_distance(np.ones((2, 2)), [0, 1], [0, 1]).slope)
    assert np.isnan(isolation_by_distance(np.ones((4, 4)), np.zeros(4), np.zeros(4)).slope)


def test_ne_of_what_was_lost_and_of_lifetimes() -> None:
    assert ne_from_heterozygosity(0.8, 0.8 * (1 - 1 / 100) ** 7, 7) == pytest.approx(50)
    assert ne_from_heterozygosity(0.5, 0.6, 3) == np.inf
    assert np.isnan(ne_from_heterozygosity(0.0, 0.0, 3))
    assert equivalent_generations(relatives()).tolist() == [0] * 4 + [1, 1, 1, 1.5, 0, 1.5, 2]
    # only 7, 9 and 10 have grandparents; the first two are not inbred
    rate = (0 + 0 + 0.25) / 3
    assert ne_from_inbreeding(relatives(), np.arange(11)) == pytest.approx(1 / (2 * rate))
    assert np.isnan(ne_from_inbreeding(relatives(), [0, 4]))

    tree = wright_fisher(10, 30, 3, seed=1)
    told = ne_from_offspring(tree)
    young = tree.offspring()[40:120]  # generations 1 and 2; the last has not lived yet
    assert (told.born, told.born_per_year, told.mean) == (80, 40, 2.0)
    assert told.variance == pytest.approx(young.var())
    assert told.ne == pytest.approx((4 * 40 - 4) / (2 + young.var()))
    assert np.isnan(ne_from_offspring(relatives()).ne)
