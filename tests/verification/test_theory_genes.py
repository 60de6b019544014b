"""Genes on ideal populations: drift, migration and the founders' coalescent as theory has them.

Isolated demes of one pedigree are independent populations, so one drop of genes is many replicates,
and standard errors are those of their mean.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import stdtrit

from corridor_sim.genetics.drop import drop_genes
from corridor_sim.genetics.effective_size import ne_from_heterozygosity, ne_from_offspring
from corridor_sim.genetics.genomes import Genome, simulate_genomes
from corridor_sim.genetics.statistics import (
    Diversity,
    Estimate,
    diversity_of_drop,
    diversity_of_trees,
)
from oracles.ideal_population import (
    exact_ne,
    he_of_all,
    heterozygosity_left,
    island,
    overlapping,
    overlapping_ne,
    wright_fisher,
)
from oracles.verdict import Verdict


def standard_error(values: np.ndarray) -> float:
    return float(values.std(ddof=1) / math.sqrt(values.size))


@pytest.mark.parametrize(("males", "females"), [(15, 15), (4, 26)])
def test_heterozygosity_is_lost_at_the_exact_rate(
    males: int, females: int, verdict: Verdict
) -> None:
    demes, generations = 80, 12
    size = males + females
    tree = wright_fisher(males, females, generations, seed=1, demes=demes)
    dropped = drop_genes(tree, seed=5, n_loci=25, frequencies=np.full(16, 1 / 16))
    kept = heterozygosity_left(males, females, generations)
    left = {}
    for year in (2, 6, 12):
        born = tree.birth_year == year
        found = diversity_of_drop(dropped, tree.zone, among=born)
        # a drawn allele differs from another by descent or is one of 16 by chance
        left[year] = found.expected.value / (15 / 16)
        verdict.close(
            f"He of {males} males and {females} females after {year} generations",
            "two-sex recursion",
            he_of_all(size, kept[year - 1], kept[year]),
            float(left[year].mean()),
            standard_error(left[year]),
        )
    ne = ne_from_heterozygosity(left[2].mean(), left[12].mean(), 10)
    # d ln He / d Ne = t / (2 Ne^2), and the two means vary alike, at most as much as if apart
    relative = math.hypot(*(standard_error(left[y]) / left[y].mean() for y in (2, 12)))
    verdict.close(
        f"Ne of {males} males and {females} females, from the loss of He",
        "4 Nm Nf / (Nm + Nf) + 1/2, exact root",
        exact_ne(males, females),
        ne,
        relative * 2 * ne**2 / 10,
    )


def test_islands_drift_apart_as_the_recursion_has_it(verdict: Verdict) -> None:
    demes, males, m, generations = 5, 10, 0.05, 30
    _, inside, between = island(males, males, demes, m, generations)
    selves, *_ = island(males, males, demes, m, generations)
    hs, hb = [], []
    for replicate in range(40):
        tree = wright_fisher(males, males, generations, seed=replicate, demes=demes, gene_flow=m)
        last = np.flatnonzero(tree.sampled)
        dropped = drop_genes(tree, seed=5, replicate=replicate, n_loci=40, rows=last)
        found = diversity_of_drop(dropped, tree.zone[last])
        hs.append(float(found.expected.value.mean()))
        hb.append(hs[-1] / (1 - float(found.fst_all.value)))
    w, b = np.array(hs), np.array(hb)
    he = he_of_all(2 * males, selves[-1], inside[-1])
    ratio = w.mean() / b.mean()
    error = standard_error(w - ratio * b) / b.mean()
    verdict.close(
        f"F_ST of {demes} islands of {2 * males}, m = {m:g}, after {generations} generations",
        "1 - Hw / Hb of the recursion",
        1 - he / between[-1],
        1 - float(ratio),
        float(error),
    )
    verdict.close("He within them", "recursion", he, float(w.mean()), standard_error(w))
    verdict.close("He between them", "recursion", between[-1], float(b.mean()), standard_error(b))


ISLANDS, DEME, FLOW = 3, 50, 0.01  # 4 N m = 2
UNLINKED = Genome(chromosomes=60, length_bp=20_000, recombination_per_bp=1e-7, mutation_per_bp=1e-6)
FEWER = replace(UNLINKED, chromosomes=20)


def jackknife_error(estimate: Estimate, blocks: int) -> float:
    """The standard error, from the interval that Student's t made of it; the mean of several."""
    return float(np.mean(estimate.high - estimate.value) / stdtrit(blocks - 1, 0.975))


def islands_after(generations: int, seed: int, genome: Genome = UNLINKED) -> Diversity:
    tree = wright_fisher(
        DEME // 2, DEME // 2, generations, seed=seed, demes=ISLANDS, gene_flow=FLOW
    )
    last = np.flatnonzero(tree.sampled) if generations else np.arange(tree.n)
    genomes = simulate_genomes(
        tree,
        seed=seed,
        sampled_rows=last.reshape(ISLANDS, DEME)[:, 15:35].reshape(-1),
        founder_size=ISLANDS * DEME,
        founder_migration=FLOW,
        generation_years=1.0,
        genome=genome,
    )
    return diversity_of_trees(genomes, blocks=genome.chromosomes)


def test_founders_of_islands_have_the_f_st_of_wright(verdict: Verdict) -> None:
    w, b = within_and_between(0, 24)
    share = 1 / ISLANDS
    for name, total, power in (("F_ST", b, 1), ("G_ST", share * w + (1 - share) * b, 2)):
        ratio = w.mean() / total.mean()
        flow = 4 * DEME * FLOW * (ISLANDS / (ISLANDS - 1)) ** power
        verdict.close(
            f"{name} of founders from {ISLANDS} islands, 4 N m = {4 * DEME * FLOW:g}",
            f"1 / (1 + 4 N m (d / (d - 1))^{power})",
            1 / (1 + flow),
            1 - float(ratio),
            standard_error(w - ratio * total) / float(total.mean()),
        )
    # copies of one deme meet after 2 N d generations on average, whatever the gene flow
    theta = 4 * DEME * ISLANDS * 1e-6
    verdict.close("their He", "4 N d mu", theta, float(w.mean()), standard_error(w))


def within_and_between(generations: int, pedigrees: int) -> tuple[np.ndarray, np.ndarray]:
    """He within the islands and Hb between them, of many pedigrees."""
    made = [islands_after(generations, seed, FEWER) for seed in range(pedigrees)]
    w = np.array([float(f.expected.value.mean()) for f in made])
    b = w / (1 - np.array([float(f.fst_all.value) for f in made]))
    # what the program calls G_ST follows from the same two numbers
    total = w / ISLANDS + (1 - 1 / ISLANDS) * b
    np.testing.assert_allclose([float(f.gst_all.value) for f in made], 1 - w / total)
    return w, b


def test_islands_stay_at_equilibrium_down_the_pedigree(verdict: Verdict) -> None:
    """The coalescent hands over to the recorded pedigree without a seam.

    Expected times to the common ancestor of one deme's copies are 2 N d, of two demes' longer by
    (d - 1) / (2 m); the exact recursion of the pedigree takes them on.
    """
    generations, pedigrees = 10, 24
    within = 2.0 * DEME * ISLANDS
    selves, inside, between = island(
        DEME // 2,
        DEME // 2,
        ISLANDS,
        FLOW,
        generations,
        start=(within, within + (ISLANDS - 1) / (2 * FLOW)),
        gain=1.0,
    )
    w, b = within_and_between(generations, pedigrees)
    ratio = w.mean() / b.mean()
    expected = 1 - he_of_all(20, selves[-1], inside[-1]) / between[-1]
    assert expected == pytest.approx(1 / (1 + 2 * 3 / 2), rel=0.02)
    verdict.close(
        f"F_ST of the islands after {generations} generations of pedigree",
        "recursion from Wright's equilibrium",
        expected,
        1 - float(ratio),
        standard_error(w - ratio * b) / float(b.mean()),
    )


def test_founders_have_the_diversity_of_their_population(verdict: Verdict) -> None:
    tree = wright_fisher(10, 10, 0, seed=1)
    found = diversity_of_trees(
        simulate_genomes(
            tree,
            seed=2,
            sampled_rows=np.arange(20),
            founder_size=400,
            generation_years=7.0,
            genome=UNLINKED,
        ),
        blocks=60,
    )
    theta = 4 * 400 * 1e-6
    verdict.close(
        "He of founders, 400 animals at 1e-6 a generation, 7 years each",
        "4 Ne mu (1 - 4/3 of it)",
        theta / (1 + 4 * theta / 3),
        float(found.expected_all.value),
        jackknife_error(found.expected_all, 60),
    )


def test_ne_of_overlapping_generations(verdict: Verdict) -> None:
    size, deaths, demes, years = 60, 6, 60, 60
    tree = overlapping(size, deaths, years, seed=1, demes=demes)
    exact, generation = overlapping_ne(size, deaths)
    age = tree.generation_years()
    # ages of parents are geometric
    verdict.close(
        "generation, years, of animals of which a fifth dies each year",
        "1 / 0.2",
        generation,
        age,
        math.sqrt(0.8) / 0.2 / math.sqrt(2 * (tree.n - demes * size)),
    )
    dropped = drop_genes(tree, seed=3, n_loci=15, frequencies=np.full(16, 1 / 16))
    he = [
        diversity_of_drop(dropped, tree.zone, among=tree.alive_at(y)).expected.value
        for y in (20, 60)
    ]
    generations = 40 / generation
    ne = ne_from_heterozygosity(he[0].mean(), he[1].mean(), generations)
    relative = math.hypot(*(standard_error(h) / h.mean() for h in he))
    verdict.close(
        f"Ne of {size} animals with overlapping generations, from the loss of He",
        "exact root of the kinship recursion",
        exact,
        ne,
        relative * 2 * exact**2 / generations,
    )
    told = ne_from_offspring(tree, 0, 20)
    young = tree.offspring()[(tree.birth_year > 0) & (tree.birth_year <= 20)]
    spread = (young - young.mean()) ** 2
    # Ne = 4 N T / (2 + V), so an error of V counts 1 / (2 + V)
    error = told.ne / demes * standard_error(spread) / (2 + told.variance)
    verdict.between(
        f"Ne of {size} animals with overlapping generations, from their lifetimes",
        f"exact {exact:.1f}, to 4.5 SE of the variance and Hill's neglected order 1",
        exact - 4.5 * error - 1,
        exact + 4.5 * error + 1,
        told.ne / demes,
    )
