"""Ideal populations for genetics: their pedigrees, and the exact recursions they must follow."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from corridor_sim.genes.pedigree import Pedigree

F64 = NDArray[np.float64]


def wright_fisher(
    males: int,
    females: int,
    generations: int,
    *,
    seed: int,
    demes: int = 1,
    gene_flow: float = 0.0,
    dead: bool = True,
) -> Pedigree:
    """Discrete generations, one a year; demes of ``males + females``; core areas 1, 2, ...

    Each young draws its mother and its father at random, each from its own deme, or with
    probability ``gene_flow`` from one of the others: so each gene moves with that probability.
    """
    rng = np.random.default_rng(seed)
    size = males + females
    deme = np.repeat(np.arange(demes), size)
    male = np.tile(np.arange(size) < males, demes)
    mother, father = [np.full(deme.size, -1)], [np.full(deme.size, -1)]
    for g in range(1, generations + 1):
        first = (g - 1) * deme.size
        for parents, low, many in ((mother, males, females), (father, 0, males)):
            moved = rng.random(deme.size) < gene_flow
            other = (deme + rng.integers(1, max(demes, 2), deme.size)) % demes
            home = np.where(moved, other, deme)
            parents.append(first + home * size + low + rng.integers(0, many, deme.size))
    year = np.repeat(np.arange(generations + 1), deme.size)
    everyone = generations + 1
    return Pedigree.of(
        np.concatenate(mother),
        np.concatenate(father),
        np.tile(male, everyone),
        year,
        death_year=np.where((year < generations) & dead, year + 1.0, np.nan),
        zone=np.tile(deme + 1, everyone),
    )


def heterozygosity_left(males: int, females: int, generations: int) -> F64:
    """Chance that copies of two animals differ by descent, ``[generation]``, from founders on.

    With k the kinship of two animals of one generation and F = the k of the generation before:
    k' = a (1 + F) / 2 + (1 - a) k, where a = (1 / males + 1 / females) / 4 is the chance that two
    copies stem from the same parent.
    """
    a = (1 / males + 1 / females) / 4
    kept = [1.0, 1.0 - a / 2]
    for _ in range(2, generations + 1):
        kept.append((1 - a) * kept[-1] + a / 2 * kept[-2])
    return np.array(kept[: generations + 1])


def exact_ne(males: int, females: int) -> float:
    """Ne of two sexes: the dominant root of the recursion above is 1 - 1 / (2 Ne)."""
    a = (1 / males + 1 / females) / 4
    root = ((1 - a) + math.sqrt((1 - a) ** 2 + 2 * a)) / 2
    return 1 / (2 * (1 - root))


def island(
    males: int, females: int, demes: int, gene_flow: float, generations: int
) -> tuple[F64, F64]:
    """Chances that copies of two animals of one deme, and of two demes, differ, ``[generation]``.

    Founders: all copies distinct. Two copies of one deme, drawn from two young, both stayed, or
    came from the same other deme, or from different ones.
    """
    a = (1 / males + 1 / females) / 4
    m, d = gene_flow, demes
    near = (1 - m) ** 2 + m * m / (d - 1)  # from the same deme, if the young live in one
    far = (2 * m * (1 - m) + m * m * (d - 2) / (d - 1)) / (d - 1)  # if they live in two
    inside, between, selves = [1.0], [1.0], [1.0]  # selves: the two copies within one animal
    for _ in range(generations):
        same_deme = a / 2 * selves[-1] + (1 - a) * inside[-1]
        # the parents of one animal are of two sexes, hence never one animal
        own = near * inside[-1] + (1 - near) * between[-1]
        selves.append(own)
        w = near * same_deme + (1 - near) * between[-1]
        b = far * same_deme + (1 - far) * between[-1]
        inside.append(w)
        between.append(b)
    return np.array(inside), np.array(between)
