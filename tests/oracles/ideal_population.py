"""Ideal populations for genetics: their pedigrees, and the exact recursions they must follow."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from corridor_sim.genetics.pedigree import Pedigree

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


def he_of_all(n: int, selves: float, inside: float) -> float:
    """Expected He over all pairs of the copies of n animals, the two within one animal as well."""
    return (selves + 2 * (n - 1) * inside) / (2 * n - 1)


def island(
    males: int,
    females: int,
    demes: int,
    gene_flow: float,
    generations: int,
    *,
    start: tuple[float, float] = (1.0, 1.0),
    gain: float = 0.0,
) -> tuple[F64, F64, F64]:
    """Return ``[generation]`` within an animal, between two of one deme, of two demes.

    With the defaults: chances that two copies differ by descent. With ``start`` the expected times
    to the common ancestor, of copies of one deme and of two, and ``gain = 1``: those times later.
    Two copies of one deme, drawn from two young, both stayed, or came from the same other deme, or
    from different ones; of one deme they stem from the same parent with chance a.
    """
    a = (1 / males + 1 / females) / 4
    m, d = gene_flow, demes
    near = (1 - m) ** 2 + m * m / (d - 1)  # from the same deme, if the young live in one
    far = (2 * m * (1 - m) + m * m * (d - 2) / (d - 1)) / (d - 1)  # if they live in two
    inside, between, selves = [start[0]], [start[1]], [start[0]]
    for _ in range(generations):
        of_deme = a / 2 * selves[-1] + (1 - a) * inside[-1]
        # the parents of one animal are of two sexes, hence never one animal
        own = near * inside[-1] + (1 - near) * between[-1]
        selves.append(gain + own)
        w = near * of_deme + (1 - near) * between[-1]
        between.append(gain + far * of_deme + (1 - far) * between[-1])
        inside.append(gain + w)
    return np.array(selves), np.array(inside), np.array(between)


def overlapping(size: int, deaths: int, years: int, *, seed: int, demes: int) -> Pedigree:
    """Isolated demes of ``size``, half male; each year ``deaths`` of each sex die at random.

    Each is followed by a young of its sex, whose parents are drawn at random from those that were
    alive, so lifetime success has the variance of random survival on top of chance. Founders have
    the stable ages, geometric.
    """
    rng = np.random.default_rng(seed)
    age = rng.geometric(2 * deaths / size, size * demes) - 1.0
    n = size * demes
    slot = np.arange(n)  # who lives in each place
    deme, male = slot // size, slot % 2 == 1
    first = slot - slot % size
    columns: dict[str, list[NDArray[np.generic]]] = {
        "mother": [np.full(n, -1)],
        "father": [np.full(n, -1)],
        "male": [male],
        "birth_year": [-age],
        "zone": [deme + 1],
    }
    death = [np.full(n, np.nan)]
    count = n
    for year in range(1, years + 1):
        order = rng.random((demes, 2, size // 2)).argsort(axis=2)[:, :, :deaths]
        places = np.arange(demes)[:, None, None] * size + 2 * order + np.arange(2)[:, None]
        places = places.reshape(-1)
        k = places.size
        mother = slot[first[places] + 2 * rng.integers(0, size // 2, k)]
        father = slot[first[places] + 2 * rng.integers(0, size // 2, k) + 1]
        for name, values in (
            ("mother", mother),
            ("father", father),
            ("male", male[places]),
            ("birth_year", np.full(k, year)),
            ("zone", deme[places] + 1),
        ):
            columns[name].append(values)
        gone = np.concatenate(death)
        gone[slot[places]] = year
        death = [gone, np.full(k, np.nan)]
        slot[places] = np.arange(count, count + k)
        count += k
    whole = {name: np.concatenate(parts) for name, parts in columns.items()}
    return Pedigree.of(**whole, death_year=np.concatenate(death))


def overlapping_ne(size: int, deaths: int) -> tuple[float, float]:
    """Return Ne and the generation, years, of :func:`overlapping`, exactly.

    Mean kinship of two of one sex (s), of two sexes (d) and mean inbreeding (f) obey, as survivors
    and parents are drawn at random, s' = P s + (1 - P) k, d' = q^2 d + (1 - q^2) k and f' = q f +
    (1 - q) d. Here q is survival, P the chance that two of one sex both survive, and k = ((1 + f) /
    (2 M) + (1 - 1 / M) s + d) / 2 the kinship of a young to anyone else, with M of each sex.
    """
    half = size // 2
    q = 1 - deaths / half
    both = q * (half - deaths - 1) / (half - 1)
    k = np.array([(1 - 1 / half) / 2, 0.5, 1 / (4 * half)])  # weights of s, d, f
    step = np.stack(
        [
            both * np.array([1.0, 0, 0]) + (1 - both) * k,
            q * q * np.array([0, 1.0, 0]) + (1 - q * q) * k,
            np.array([0, 1 - q, q]),
        ]
    )
    root = float(np.abs(np.linalg.eigvals(step)).max())
    years = half / deaths
    return 1 / (2 * (1 - root**years)), years
