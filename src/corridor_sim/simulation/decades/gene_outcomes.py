"""What a run through decades did to the genes of a population."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.genetics.drop import drop_genes
from corridor_sim.genetics.effective_size import ne_from_heterozygosity
from corridor_sim.genetics.pedigree import Pedigree
from corridor_sim.genetics.statistics import diversity_of_drop
from corridor_sim.landscape.grid import Grid
from corridor_sim.simulation.decades.simulation import DecadesResult
from corridor_sim.species.demography import generation_y, vital_rates
from corridor_sim.species.traits import Species

# animals whose genes are looked at, per year looked at: the sampling error of He is then below 1 %
MOST_SAMPLED = 240
NOTHING = {
    "gene_diversity_kept": math.nan,
    "effective_size": math.nan,
    "fst": math.nan,
    "inbreeding": math.nan,
}


def pedigree_of(result: DecadesResult, grid: Grid) -> Pedigree:
    """Return the pedigree of a run in map metres."""
    columns: dict[str, Any] = dict(result.pedigree)
    for name in ("birth_", ""):
        columns[f"{name}x_m"] = grid.west_m + columns.pop(f"{name}x") * grid.cell_m
        columns[f"{name}y_m"] = grid.north_m - columns.pop(f"{name}y") * grid.cell_m
    return Pedigree.of(**columns)


def living_in(pedigree: Pedigree, year: float) -> NDArray[np.int64]:
    """Return the rows alive at the census of a year, at most :data:`MOST_SAMPLED` of them.

    Which ones follows from their numbers alone, so that the same animals are looked at in
    scenarios that share them.
    """
    died = np.where(np.isnan(pedigree.death_year), np.inf, pedigree.death_year)
    rows = np.flatnonzero((pedigree.birth_year <= year) & (died > year))
    mixed = (pedigree.ident[rows].astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(
        32
    )
    return np.sort(rows[np.argsort(mixed, kind="stable")[:MOST_SAMPLED]])


def gene_outcomes(
    result: DecadesResult,
    pedigree: Pedigree,
    species: Species,
    *,
    seed: int,
    replicate: int,
    stream: int,
    loci: int,
) -> dict[str, float]:
    """Return what unlinked loci dropped down the pedigree tell, NaN where nobody is left.

    Every copy of the founders (of the burn-in) is an allele of its own, so that expected
    heterozygosity is the probability that two copies do not descend from one founder copy.
    """
    years = len(result.yearly) - 1
    first = living_in(pedigree, result.burn_in_y)
    last = living_in(pedigree, result.burn_in_y + years)
    if first.size < 2 or last.size < 2:
        return dict(NOTHING)
    drop = drop_genes(
        pedigree,
        seed=seed,
        replicate=replicate,
        stream=stream,
        n_loci=loci,
        rows=np.concatenate([first, last]),
    )
    at_start = np.arange(drop.rows.size) < first.size
    zone = pedigree.zone[drop.rows]
    before = diversity_of_drop(drop, pedigree.birth_zone[drop.rows], among=at_start)
    after = diversity_of_drop(drop, zone, among=~at_start, min_animals=5)
    he = float(before.expected_all.value), float(after.expected_all.value)
    assert species.life_cycle is not None
    generations = years / generation_y(vital_rates(species.life_cycle))
    return {
        "gene_diversity_kept": he[1] / he[0] if he[0] > 0 else math.nan,
        "effective_size": _finite(ne_from_heterozygosity(he[0], he[1], generations)),
        "fst": float(after.fst_all.value),
        "inbreeding": 1.0 - float(after.observed_all.value),
    }


def _finite(value: float) -> float:
    return value if math.isfinite(value) else math.nan
