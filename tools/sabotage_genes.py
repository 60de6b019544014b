"""Break the genes on purpose, one line at a time, and see that the tests notice.

Usage: ``python tools/sabotage_genes.py [word]``, see ``sabotage.py``.
"""

from __future__ import annotations

from sabotage import Sabotage, main

T = "tests/verification/test_theory_genes.py::test_"
P, D, G = (f"tests/unit/test_genes_{name}.py::test_" for name in ("pedigree", "drop", "genomes"))
PEDIGREE, DROP, KINSHIP = "genetics/pedigree.py", "genetics/drop.py", "genetics/kinship.py"
GENOMES, FOUNDERS, TREES = "genetics/genomes.py", "genetics/founders.py", "genetics/trees.py"
STATISTICS, SIZE, CHANCE = (
    "genetics/statistics.py",
    "genetics/effective_size.py",
    "genetics/chance.py",
)

SABOTAGES = (
    Sabotage(
        "both copies from the mother",
        DROP,
        "enumerate((kin.mother[born], kin.father[born]))",
        "enumerate((kin.mother[born], kin.mother[born]))",
        (
            f"{D}genes_come_from",
            f"{D}alleles_alike_by_descent",
            f"{T}heterozygosity_is_lost",
            f"{T}islands_drift_apart",
        ),
    ),
    Sabotage(
        "one coin for two loci",
        DROP,
        "coin = coins[:, side * n_loci : (side + 1) * n_loci]",
        "coin = np.repeat(coins[:, side * n_loci : (side + 1) * n_loci], 2, axis=1)[:, :n_loci]",
        (f"{D}genes_come_from", f"{D}intervals_hold"),
    ),
    Sabotage(
        "luck of the row, not of the animal",
        DROP,
        "kin.ident[born], MEIOSIS",
        "born.astype(np.int64), MEIOSIS",
        (f"{D}the_same_animal",),
    ),
    Sabotage(
        "a bit of the coins stuck",
        CHANCE,
        "return np.unpackbits(packed, axis=1, count=n)",
        "return np.unpackbits(packed & np.uint8(0xFB), axis=1, count=n)",
        (f"{D}coins_are_fair", f"{D}genes_come_from"),
    ),
    Sabotage(
        "no variance of Mendel lost to inbreeding",
        KINSHIP,
        "0.5 - (inbred[mother[born]] + inbred[father[born]]) / 4",
        "np.full(born.size, 0.5)",
        (f"{D}kinship_of_a_deep_pedigree",),
    ),
    Sabotage(
        "relatedness for kinship",
        KINSHIP,
        ".toarray() / 2",
        ".toarray()",
        (f"{D}kinship_of_hand", f"{D}kinship_of_a_deep", f"{D}alleles_alike_by_descent"),
    ),
    Sabotage(
        "He not corrected for the sample",
        STATISTICS,
        "apart[:, own, own] *= n_copies / (n_copies - 1)",
        "apart[:, own, own] *= 1.0",
        (f"{D}diversity_of_a_hand", f"{G}our_statistics", f"{T}heterozygosity_is_lost"),
    ),
    Sabotage(
        "Nei's total for Hudson's",
        STATISTICS,
        'fst_all=of("hs", "hb"',
        'fst_all=of("hs", "ht"',
        (f"{D}diversity_of_a_hand", f"{T}founders_of_islands", f"{T}islands_drift_apart"),
    ),
    Sabotage(
        "intervals too narrow",
        STATISTICS,
        "np.sqrt((blocks - 1) / blocks * spread)",
        "np.sqrt((blocks - 1) / blocks * spread) / 1.5",
        (f"{D}intervals_hold", f"{D}diversity_of_a_hand", f"{G}our_statistics"),
    ),
    Sabotage(
        "haploid size for diploid",
        FOUNDERS,
        "size[-1] = founder_size",
        "size[-1] = founder_size / 2",
        (f"{T}founders_have_the_diversity",),
    ),
    Sabotage(
        "every deme as large as all",
        FOUNDERS,
        "founder_size * born_in[demes] / born_in.sum()",
        "founder_size * np.ones(demes.size)",
        (f"{T}founders_of_islands", f"{G}stepping_stones_and"),
    ),
    Sabotage(
        "gene flow to each deme, not shared",
        FOUNDERS,
        "float(given) / max(demes.size - 1, 1)",
        "float(given)",
        (f"{T}founders_of_islands", f"{T}islands_stay_at", f"{G}stepping_stones_and"),
    ),
    Sabotage(
        "years for generations in the coalescent",
        FOUNDERS,
        "list(size * years)",
        "list(size)",
        (f"{T}founders_have_the_diversity", f"{G}stepping_stones_and"),
    ),
    Sabotage(
        "mutations per year, not per generation",
        GENOMES,
        "rate=genome.mutation_per_bp / years",
        "rate=genome.mutation_per_bp",
        (f"{T}founders_have_the_diversity",),
    ),
    Sabotage(
        "chromosomes linked",
        GENOMES,
        "rate.append(math.log(2) / years)",
        "rate.append(0.0)",
        (f"{G}chromosomes_are_inherited",),
    ),
    Sabotage(
        "fathers' genes through the mothers' sons",
        TREES,
        "parents=np.stack([kin.mother, kin.father], axis=1)",
        "parents=np.stack([kin.mother, kin.mother], axis=1)",
        (f"{G}the_copies_are_those",),
    ),
    Sabotage(
        "animals listed at their birth place",
        TREES,
        'home = np.array([i.metadata["zone"]',
        'home = np.array([i.metadata["birth_zone"]',
        (f"{G}written_and_read",),
    ),
    Sabotage(
        "the file named at random",
        TREES,
        "part.write_bytes(data.replace(given, name))",
        "pass",
        (f"{G}the_same_seed",),
    ),
    Sabotage(
        "generations a year too long",
        PEDIGREE,
        "np.mean(self.birth_year[born].astype(np.float64) - both / 2)",
        "1 + np.mean(self.birth_year[born].astype(np.float64) - both / 2)",
        (f"{P}what_a_table_tells", f"{T}ne_of_overlapping", f"{D}ne_of_what"),
    ),
    Sabotage(
        "children before their parents",
        PEDIGREE,
        "(parent < UNKNOWN) | (parent >= rows)",
        "(parent < UNKNOWN) | (parent >= self.n)",
        (f"{P}impossible_pedigrees",),
    ),
    Sabotage(
        "a header believed",
        PEDIGREE,
        "if len(data) != shape[0] * kind.itemsize:",
        "if False:",
        (f"{P}files_that_are_no",),
    ),
    Sabotage(
        "variance of those that bred alone",
        SIZE,
        "young = pedigree.offspring()[cohort]",
        "young = pedigree.offspring()[cohort & (pedigree.offspring() > 0)]",
        (f"{D}ne_of_what",),  # Ne itself is the same with or without the childless
    ),
)


if __name__ == "__main__":
    raise SystemExit(main(SABOTAGES))
