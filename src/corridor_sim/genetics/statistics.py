"""Heterozygosity and F_ST of core areas, from tree sequences and from dropped genes alike.

Everything follows from three numbers per locus: the share of heterozygous animals of each group
(Ho), the chance that two distinct gene copies of a group differ (He, Nei 1978, Genetics 89:583) and
that copies of two groups differ (Hb). With ``Hw`` the mean He of two groups,

    F_ST = 1 - sum(Hw) / sum(Hb)    Hudson, Slatkin & Maddison 1992, doi:10.1093/genetics/132.2.583
    G_ST = 1 - sum(Hs) / sum(Ht)    Nei 1973, doi:10.1073/pnas.70.12.3321

summed over loci before dividing (Bhatia et al. 2013, doi:10.1101/gr.154831.113); Hs is the mean He
of all d groups and Ht the chance that copies of two groups drawn *with* replacement differ, so
``Ht = Hs / d + (1 - 1 / d) mean(Hb)``. At equilibrium between drift and migration, in an island
model of d demes of N with gene flow m (Slatkin 1991, doi:10.1017/S0016672300029827),

    F_ST = 1 / (1 + 4 N m d / (d - 1))       G_ST = 1 / (1 + 4 N m (d / (d - 1))^2).

Intervals are delete-one-block jackknives: blocks are loci of dropped genes, or stretches of genome.
They tell of the chance of meiosis and mutation on *this* pedigree; the chance of the pedigree
itself shows only between replicates.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from corridor_sim.errors import CorridorSimError
from corridor_sim.genetics.drop import Drop

if TYPE_CHECKING:
    import tskit

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
_CELLS = 4_000_000  # counts held at once


@dataclass(frozen=True, slots=True)
class Estimate:
    """Numbers with their 95 % intervals; arrays of one shape, NaN where nothing is known."""

    value: F64
    low: F64
    high: F64


@dataclass(frozen=True, slots=True)
class Diversity:
    """Genetic diversity within and between groups of animals.

    Attributes
    ----------
    groups, animals : int64 ``[g]``
        Numbers of the groups (core areas) and of the animals in each.
    observed, expected : Estimate ``[g]``
        Ho and He: per locus for dropped genes, per base pair for tree sequences.
    observed_all, expected_all : Estimate ``[]``
        The same of all animals together, those outside the groups included.
    fst : Estimate ``[g, g]``
        Hudson's F_ST of pairs; NaN on the diagonal.
    fst_all, gst_all : Estimate ``[]``
        Hudson's F_ST over all pairs, and Nei's G_ST, of the groups.
    fis_all : Estimate ``[]``
        1 - mean Ho / mean He of the groups: mating of relatives within them.
    """

    groups: I64
    animals: I64
    observed: Estimate
    expected: Estimate
    observed_all: Estimate
    expected_all: Estimate
    fst: Estimate
    fst_all: Estimate
    gst_all: Estimate
    fis_all: Estimate


def diversity_of_drop(
    drop: Drop, zone: ArrayLike, *, among: NDArray[Any] | None = None, min_animals: int = 2
) -> Diversity:
    """Return the diversity of dropped genes.

    Parameters
    ----------
    zone : int ``[k]``
        Group of each of ``drop.rows``; 0 is no group of its own but counts among all.
    among : bool ``[k]`` or int ``[any]``, optional
        Which of ``drop.rows`` to take, such as those alive in a year. Default: all.
    min_animals : int
        Smaller groups are left out of what is told by group.
    """
    take = np.arange(drop.rows.size) if among is None else np.arange(drop.rows.size)[among]
    group = np.asarray(zone, np.int64)[take]
    members, which = np.unique(group, return_inverse=True)
    per = max(1, _CELLS // max(1, members.size * drop.n_alleles))
    blocks = _Blocks(members, which, drop.n_loci)
    for first in range(0, drop.n_loci, per):
        part = slice(first, min(first + per, drop.n_loci))
        copies = drop.alleles[take, part].transpose(1, 0, 2)
        blocks.add(np.arange(part.start, part.stop), copies, drop.n_alleles)
    return blocks.summary(np.ones(drop.n_loci), min_animals)


def diversity_of_trees(
    tree: tskit.TreeSequence,
    zone: ArrayLike | None = None,
    *,
    blocks: int = 40,
    min_animals: int = 2,
) -> Diversity:
    """Return the diversity of simulated genomes, per base pair.

    Parameters
    ----------
    tree : tskit.TreeSequence
        Sample nodes 2 i and 2 i + 1 belong to one animal.
    zone : int ``[k]``, optional
        Group of each animal, in the order of samples. Default: their populations.
    blocks : int
        Stretches of equal length for the intervals; make it a multiple of the chromosomes. They
        should be long against linkage, a few Mb, or intervals come out too narrow.
    """
    nodes = tree.samples()
    owner = tree.nodes_individual[nodes]
    if nodes.size == 0 or nodes.size % 2 or np.any(owner[::2] != owner[1::2]) or owner.min() < 0:
        raise CorridorSimError(
            "samples are not pairs of the copies of one animal",
            where="tree sequence",
            remedy="take one from simulate_genomes",
        )
    given = tree.nodes_population[nodes[::2]] if zone is None else zone
    members, which = np.unique(np.asarray(given, np.int64), return_inverse=True)
    found = _Blocks(members, which, blocks)
    size = tree.sequence_length / blocks
    held: dict[int, list[tuple[int, NDArray[np.integer]]]] = {}
    per = max(1, _CELLS // nodes.size)

    def count(n_alleles: int) -> None:
        waiting = held.pop(n_alleles)
        copies = np.stack([genotypes for _, genotypes in waiting]).reshape(len(waiting), -1, 2)
        found.add(np.array([block for block, _ in waiting]), copies, n_alleles)

    for variant in tree.variants(copy=False):
        waiting = held.setdefault(variant.num_alleles, [])
        waiting.append((int(variant.site.position / size), variant.genotypes.copy()))
        if len(waiting) >= per:
            count(variant.num_alleles)
    for n_alleles in sorted(held):
        count(n_alleles)
    return found.summary(np.full(blocks, size), min_animals)


class _Blocks:
    """Sums of Ho, He and Hb over the loci of each block."""

    def __init__(self, members: I64, which: NDArray[np.intp], n_blocks: int) -> None:
        self.members, self.which = members, which
        self.animals = np.bincount(which, minlength=members.size)
        self.observed = np.zeros((n_blocks, members.size))
        self.between = np.zeros((n_blocks, members.size, members.size))  # He on the diagonal

    def add(self, block: I64, copies: NDArray[np.integer], n_alleles: int) -> None:
        """Count ``copies`` ``[locus, animal, 2]``, of loci that belong to ``block`` ``[locus]``."""
        loci, groups = block.size, self.members.size
        differ = (copies[:, :, 0] != copies[:, :, 1]).astype(np.float64)
        in_group = np.equal.outer(self.which, np.arange(groups)).astype(np.float64)
        np.add.at(self.observed, block, differ @ in_group / self.animals)
        code = (np.arange(loci)[:, None] * groups + self.which) * n_alleles
        both = (code[:, :, None] + copies).reshape(-1)
        counts = np.bincount(both, minlength=loci * groups * n_alleles)
        n_copies = 2.0 * self.animals
        share = counts.reshape(loci, groups, n_alleles) / n_copies[:, None]
        alike = share @ share.transpose(0, 2, 1)
        apart = 1.0 - alike
        own = np.arange(groups)
        apart[:, own, own] *= n_copies / (n_copies - 1)
        np.add.at(self.between, block, apart)

    def summary(self, length: F64, min_animals: int) -> Diversity:
        """Return the statistics; ``length`` ``[block]`` is what Ho and He are given per."""
        told = np.flatnonzero((self.members > 0) & (self.animals >= min_animals))
        d = told.size
        copies = 2.0 * self.animals
        pairs = np.outer(copies, copies)
        np.fill_diagonal(pairs, copies * (copies - 1))
        among = self.between[:, told[:, None], told]
        off = ~np.eye(d, dtype=np.bool_)
        within = np.einsum("bii->bi", among)
        sums = {
            "length": length,
            "observed": self.observed[:, told],
            "expected": within,
            "observed_all": self.observed @ self.animals / max(self.animals.sum(), 1),
            "expected_all": (self.between * pairs).sum(axis=(1, 2)) / max(pairs.sum(), 1.0),
            "among": among,
            "half": (within[:, :, None] + within[:, None, :]) / 2,
            "hs": within.mean(axis=1) if d else np.full(length.size, math.nan),
            "ho": self.observed[:, told].mean(axis=1) if d else np.full(length.size, math.nan),
            "hb": among[:, off].mean(axis=1) if d > 1 else np.full(length.size, math.nan),
        }

        def of(top: str, bottom: str, form: Callable[[F64], F64] | None = None) -> Estimate:
            if form is not None:
                return _jackknife(sums[top], sums[bottom], form)
            return _jackknife(sums[top], sums[bottom], lambda ratio: ratio, least=0.0)

        fst = of("half", "among", lambda ratio: np.where(np.eye(d, dtype=bool), np.nan, 1 - ratio))
        sums["ht"] = sums["hs"] / max(d, 1) + (1 - 1 / max(d, 1)) * sums["hb"]
        return Diversity(
            groups=self.members[told],
            animals=self.animals[told].astype(np.int64),
            observed=of("observed", "length"),
            expected=of("expected", "length"),
            observed_all=of("observed_all", "length"),
            expected_all=of("expected_all", "length"),
            fst=fst,
            fst_all=of("hs", "hb", lambda ratio: 1 - ratio),
            gst_all=of("hs", "ht", lambda ratio: 1 - ratio),
            fis_all=of("ho", "hs", lambda ratio: 1 - ratio),
        )


def _jackknife(
    top: F64, bottom: F64, form: Callable[[F64], F64], least: float = -math.inf
) -> Estimate:
    """Return ``form(sum(top) / sum(bottom))`` over blocks, the first axis, with its interval.

    The interval is Student's t around the estimate, with one block left out at a time, between
    ``least`` and 1: heterozygosities are shares, and no F exceeds 1.
    """
    from scipy.special import stdtrit

    blocks = top.shape[0]
    bottom = bottom.reshape(bottom.shape + (1,) * (top.ndim - bottom.ndim))
    all_top, all_bottom = top.sum(axis=0), bottom.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.asarray(form(all_top / all_bottom))
        without = np.asarray(form((all_top - top) / (all_bottom - bottom)))
        if blocks < 2:
            half = np.full(value.shape, math.nan)
        else:
            spread = ((without - without.mean(axis=0)) ** 2).sum(axis=0)
            half = stdtrit(blocks - 1, 0.975) * np.sqrt((blocks - 1) / blocks * spread)
    with np.errstate(invalid="ignore"):
        low = np.where(value < least, value - half, np.maximum(value - half, least))
        high = np.where(value > 1.0, value + half, np.minimum(value + half, 1.0))
    return Estimate(value, low, high)
