"""F_ST of demes against the coalescent of msprime, and against gene copies dropped one by one."""

from __future__ import annotations

import math

import msprime
import numpy as np

from corridor_sim.simulation.generations.genes import (
    coalescence_times,
    diversity_kept,
    fst_of_pairs,
    identity_by_descent,
)
from oracles.verdict import Verdict

# deme 0 is large and takes part in all, deme 2 gets genes from it alone
MIGRATION = np.array([[0.990, 0.006, 0.004], [0.015, 0.980, 0.005], [0.01, 0.0, 0.99]])
EFFECTIVE = np.array([80.0, 30.0, 20.0])


def test_times_to_the_common_ancestor_are_those_of_msprime(verdict: Verdict) -> None:
    """Its time runs on and does not step, which is the limit of large demes and rare migrants."""
    far, trees = 100.0, 3_000
    migration = np.eye(3) + (MIGRATION - np.eye(3)) / far
    times = coalescence_times(migration, far * EFFECTIVE)
    demography = msprime.Demography.isolated_model(list(far * EFFECTIVE))
    demography.migration_matrix = migration - np.diag(np.diag(migration))
    samples = {f"pop_{i}": 1 for i in range(3)}
    met = {(i, j): np.zeros(trees) for i in range(3) for j in range(i, 3)}
    made = msprime.sim_ancestry(samples, demography=demography, num_replicates=trees, random_seed=7)
    for replicate, found in enumerate(made):
        tree = found.first()
        for (i, j), value in met.items():
            value[replicate] = tree.tmrca(2 * i, 2 * j + 1)
    error = {pair: float(v.std(ddof=1)) / math.sqrt(trees) for pair, v in met.items()}
    for (i, j), value in met.items():
        verdict.close(
            f"generations to the common ancestor of copies of demes {i} and {j}",
            "linear system",
            float(times[i, j]),
            float(value.mean()),
            error[i, j],
        )
    within, between = (met[0, 0] + met[2, 2]) / 2, met[0, 2]
    ratio = within.mean() / between.mean()
    verdict.close(
        "F_ST of demes 0 and 2",
        "1 - T_within / T_between",
        float(fst_of_pairs(times)[0, 2]),
        float(1 - ratio),
        float((within - ratio * between).std(ddof=1) / math.sqrt(trees) / between.mean()),
    )


def test_identity_is_that_of_dropped_copies(verdict: Verdict) -> None:
    loci, generations = 60_000, 12
    copies = (2 * EFFECTIVE / 10).astype(np.int64)  # 16, 6 and 4
    migration = np.array([[0.8, 0.15, 0.05], [0.3, 0.6, 0.1], [0.2, 0.0, 0.8]])
    first = np.cumsum(copies) - copies
    deme = np.repeat(np.arange(3), copies)
    rng = np.random.default_rng(2)
    genes = np.broadcast_to(np.arange(deme.size), (loci, deme.size))
    for _ in range(generations):
        bounds = np.cumsum(migration, axis=1)[:, :-1][deme]
        home = (rng.random((loci, deme.size))[..., None] > bounds).sum(axis=2)
        parent = first[home] + (rng.random((loci, deme.size)) * copies[home]).astype(np.int64)
        genes = np.take_along_axis(genes, parent, axis=1)
    theta = identity_by_descent(migration, copies / 2, generations)[-1]
    for i in range(3):
        for j in range(i, 3):
            same = genes[:, first[i]] == genes[:, first[j] + 1]
            verdict.share(
                f"copies of demes {i} and {j} from one copy after {generations} generations",
                "recursion of identity by descent",
                float(theta[i, j]),
                int(same.sum()),
                loci,
            )
    # two animals of all at random, of which either copy may be the same one twice
    share = copies / copies.sum()
    pairs = rng.integers(0, deme.size, (2, loci))
    alike = genes[np.arange(loci), pairs[0]] == genes[np.arange(loci), pairs[1]]
    twice = float(share @ ((1 - np.diag(theta)) / copies * share))
    verdict.share(
        "copies of all demes that differ",
        "1 - mean identity",
        float(diversity_kept(theta, copies.astype(np.float64))) - twice,
        int((~alike).sum()),
        loci,
    )


def test_in_the_long_run_f_st_is_that_of_the_slowest_decay(verdict: Verdict) -> None:
    """Without mutation chances to differ all decay, and their ratios settle."""
    theta = identity_by_descent(MIGRATION, EFFECTIVE, 2_000)
    late = fst_of_pairs(1 - theta)[[-2, -1], 0, 2]
    assert abs(late[0] - late[1]) < 1e-9
    m, n = MIGRATION, EFFECTIVE
    step = np.zeros((9, 9))
    for column, (k, other) in enumerate(np.ndindex(3, 3)):
        one = np.zeros((3, 3))
        one[k, other] = 1 - 1 / (2 * n[k]) if k == other else 1.0
        step[:, column] = (m @ one @ m.T).reshape(-1)
    values, vectors = np.linalg.eig(step)
    top = np.abs(vectors[:, np.argmax(values.real)].real).reshape(3, 3)
    verdict.below(
        "error of F_ST after 2,000 generations",
        "dominant eigenvector of the recursion",
        1e-9,
        abs(float(late[1] - (1 - (top[0, 0] + top[2, 2]) / 2 / top[0, 2]))),
        "rounding",
    )
