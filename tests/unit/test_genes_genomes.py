"""Tree sequences: whole, labelled, the same for a seed, and told by tskit as by us."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import msprime
import numpy as np
import pytest
import tskit

from corridor_sim import CorridorSimError
from corridor_sim.errors import ResultsError
from corridor_sim.genetics.founders import demography, stepping_stones
from corridor_sim.genetics.genomes import Genome, simulate_genomes
from corridor_sim.genetics.pedigree import Pedigree
from corridor_sim.genetics.statistics import diversity_of_trees
from corridor_sim.genetics.trees import write_trees
from oracles.ideal_population import wright_fisher

SMALL = Genome(chromosomes=4, length_bp=200_000, mutation_per_bp=1e-7)


def made(**more: Any) -> tuple[Pedigree, np.ndarray, tskit.TreeSequence]:
    tree = wright_fisher(15, 15, 5, seed=2, demes=2, gene_flow=0.1)
    tree = replace(tree, birth_zone=3 - tree.zone)  # nobody lives where it was born
    rows = np.array([359, 300, 330, 340, 301, 5])
    given = {"seed": 7, "founder_size": 200, "genome": SMALL, "species": "a b", **more}
    return tree, rows, simulate_genomes(tree, sampled_rows=rows, **given)


def test_written_and_read_with_all_that_is_known(tmp_path: Path) -> None:
    tree, rows, genomes = made(zone_names=["Podocarpus", "Sangay"])
    path = write_trees(genomes, tmp_path / "deep" / "a.trees")
    read = tskit.load(path)
    assert read == genomes
    assert read.time_units == "years"
    assert read.sequence_length == 800_000
    assert [p.metadata["description"] for p in read.populations()] == [
        "outside",
        "Podocarpus",
        "Sangay",
        "ancestral",
    ]
    assert read.num_samples == 12
    for i, row in enumerate(rows):
        pair = [read.node(2 * i), read.node(2 * i + 1)]
        assert pair[0].individual == pair[1].individual
        animal = read.individual(pair[0].individual)
        told = animal.metadata
        assert told["ident"] == tree.ident[row]
        assert told["sex"] == ("M" if tree.male[row] else "F")
        assert told["species"] == "a b"
        assert told["birth_zone"] == tree.birth_zone[row]
        assert told["death_year"] == (1.0 if row == 5 else None)
        assert animal.location.tolist() == [tree.x_m[row], tree.y_m[row]]
        assert {n.population for n in pair} == {tree.zone[row]}
        assert {n.time for n in pair} == {5.0 - tree.birth_year[row]}
    assert read.metadata["founder_size"] == 200
    assert all(t.num_roots == 1 for t in read.trees())
    provenance = read.provenance(0)
    assert '"seed": 7' in provenance.record
    assert read.num_provenances == 1
    assert list(tmp_path.joinpath("deep").iterdir()) == [path]


def test_the_same_seed_is_the_same_file(tmp_path: Path) -> None:
    first, second = (write_trees(made()[2], tmp_path / name) for name in ("a", "b"))
    assert first.read_bytes() == second.read_bytes()
    for other in ({"seed": 8}, {"replicate": 1}, {"stream": 2}):
        assert not made(**other)[2].tables.equals(
            made()[2].tables, ignore_metadata=True, ignore_provenance=True
        )


def test_a_disk_that_refuses_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ResultsError, match="cannot be written"):
        write_trees(made()[2], tmp_path / "file" / "a.trees")


def test_the_copies_are_those_of_mother_and_father() -> None:
    """A young and its parents: each copy shares its whole genome with the right parent."""
    trio = Pedigree.of([-1, -1, 0], [-1, -1, 1], [0, 1, 0], [0, 0, 1])
    genomes = simulate_genomes(trio, seed=1, founder_size=1000, genome=SMALL)
    from_mother = set()
    for tree in genomes.trees():
        # nothing but the parent's copy lies between the young and its first ancestor in time
        assert tree.mrca(4, 0) == 0 or tree.mrca(4, 1) == 1
        assert tree.mrca(5, 2) == 2 or tree.mrca(5, 3) == 3
        from_mother.add(0 if tree.mrca(4, 0) == 0 else 1)


def test_chromosomes_are_inherited_independently() -> None:
    # 400 young of one pair: neighbours across a chromosome's end are of one copy in half of them
    n = 400
    pair = Pedigree.of([-1, -1, *[0] * n], [-1, -1, *[1] * n], [0, 1, *[0] * n], [0, 0, *[1] * n])
    genome = Genome(chromosomes=2, length_bp=1000, recombination_per_bp=0, mutation_per_bp=0)
    genomes = simulate_genomes(pair, seed=3, founder_size=50, genome=genome)
    young = np.arange(4, 4 + 2 * n, 2)
    left, right = genomes.at(500), genomes.at(1500)
    alike = sum(left.parent(c) == right.parent(c) for c in young)
    assert abs(alike - n / 2) < 4.5 * np.sqrt(n / 4)
    assert all(left.parent(c) == genomes.at(0).parent(c) for c in young)


def test_our_statistics_are_those_of_tskit() -> None:
    tree = wright_fisher(15, 15, 5, seed=2, demes=3, gene_flow=0.1)
    genomes = simulate_genomes(tree, seed=7, founder_size=200, founder_migration=0.01, genome=SMALL)
    found = diversity_of_trees(genomes, blocks=8)
    sets = [genomes.samples(population=i) for i in (1, 2, 3)]
    np.testing.assert_allclose(found.expected.value, genomes.diversity(sets))
    pairs = [(0, 1), (0, 2), (1, 2)]
    theirs = genomes.divergence(sets, indexes=pairs)
    he = genomes.diversity(sets)
    for (i, j), between in zip(pairs, theirs, strict=True):
        assert found.fst.value[i, j] == pytest.approx(1 - (he[i] + he[j]) / 2 / between)
    assert found.expected_all.value == pytest.approx(genomes.diversity())
    animals = genomes.samples().reshape(-1, 2)
    own = genomes.diversity(list(animals)).reshape(3, 30).mean(axis=1)
    np.testing.assert_allclose(found.observed.value, own)
    assert found.observed_all.value == pytest.approx(own.mean())
    # the interval of a mean over eight stretches, from tskit's own windows
    windows = np.linspace(0, genomes.sequence_length, 9)
    parts = genomes.diversity(windows=windows)
    half = 2.3646242510 * parts.std(ddof=1) / np.sqrt(8)
    assert found.expected_all.high - found.expected_all.value == pytest.approx(half)
    halves = genomes.subset(np.arange(genomes.num_nodes)).simplify(genomes.samples()[1:])
    with pytest.raises(CorridorSimError, match="pairs"):
        diversity_of_trees(halves, zone=[0])


def test_stepping_stones_and_islands_reach_the_coalescent() -> None:
    tree = wright_fisher(3, 3, 0, seed=1, demes=3)
    chain = stepping_stones(3, 0.02)
    assert chain[1].tolist() == [0, 0, 0.01, 0]
    assert chain[2].tolist() == [0, 0.01, 0, 0.01]
    assert not chain[0].any()
    assert stepping_stones(3, 0.02, outside=True)[0].tolist() == [0, 0.01, 0, 0]
    model = demography(tree, 3, 300.0, chain, 5.0)
    assert isinstance(model, msprime.Demography)
    np.testing.assert_allclose(model.migration_matrix[:4, :4], chain / 5)
    assert [p.initial_size for p in model.populations[1:4]] == [500.0] * 3
    model = demography(tree, 3, 300.0, 0.02, 5.0)
    # nobody came from outside: two other demes share the migrants
    np.testing.assert_allclose(model.migration_matrix[1], [0, 0, 0.002, 0.002, 0])


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"sampled_rows": []}, "no animal is sampled"),
        ({"sampled_rows": [360]}, "rows 360 to 360 of a pedigree of 360"),
        ({"sampled_rows": [3, 3]}, "sampled twice"),
        ({"founder_size": 0}, "founder_size 0"),
        ({"founder_size": np.nan}, "founder_size nan"),
        ({"generation_years": -1}, "generation_years -1"),
        ({"end_year": 3}, "end_year 3 lies before the birth"),
        ({"founder_migration": 0.0}, "never exchange genes"),
        ({"founder_migration": -0.1}, "fractions below 0"),
        ({"founder_migration": np.ones((2, 2))}, "a matrix of"),
        ({"genome": Genome(chromosomes=0)}, "cannot be simulated"),
        ({"genome": Genome(mutation_per_bp=float("nan"))}, "cannot be simulated"),
    ],
)
def test_impossible_wishes_are_refused(more: dict[str, Any], says: str) -> None:
    tree = wright_fisher(15, 15, 5, seed=2, demes=2, gene_flow=0.1)
    given = {"seed": 7, "founder_size": 200, "genome": SMALL, "sampled_rows": [340, 310], **more}
    with pytest.raises(CorridorSimError, match=says):
        simulate_genomes(tree, **given)


def test_founders_of_many_ages_are_followed_from_their_births() -> None:
    """Copies of a young founder may meet as soon as it was born, whoever else is older."""
    age = np.array([0.0, 0.0, 500.0, 500.0])
    tree = Pedigree.of([-1] * 4, [-1] * 4, [0, 1, 0, 1], -age)
    genome = Genome(chromosomes=200, length_bp=2, recombination_per_bp=0, mutation_per_bp=0)
    found = simulate_genomes(
        tree, seed=1, founder_size=10, generation_years=1, end_year=0, genome=genome
    )
    meet = np.array([t.tmrca(0, 2) for t in found.trees()])
    spans = np.array([t.span for t in found.trees()])
    # expected 2 Ne = 20 years, exponential; were they to wait for the oldest it would be 520
    n = found.num_trees
    assert np.average(meet, weights=spans) < 20 + 4.5 * 20 / np.sqrt(n)


def test_the_page_on_genes_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (Path(__file__).parents[2] / "docs" / "genes.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    assert len(blocks) == 2
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for block in blocks:
        exec(compile(block, "docs/genes.md", "exec"), names)
    assert names["found"].groups.tolist() == [1, 2]
    assert (tmp_path / "run.vcf").stat().st_size > 1000
