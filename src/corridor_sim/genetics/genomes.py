"""Genomes on a recorded pedigree, as a tree sequence that population geneticists can use.

Every gene copy of the sampled animals is followed up the pedigree, with recombination in every
meiosis (msprime's fixed-pedigree model), and from the founders on by a coalescent in the population
they came from ("recapitation"); mutations are laid on the finished genealogy.

Sources: Kelleher, Etheridge & McVean 2016, doi:10.1371/journal.pcbi.1004842 (tree sequences);
Baumdicker et al. 2022, doi:10.1093/genetics/iyab229 (msprime 1); Anderson-Trocmé et al. 2023,
doi:10.1126/science.add5300 (fixed pedigrees); Haller et al. 2019, doi:10.1111/1755-0998.12968
(recapitation).

Time is in years before the end. A pedigree has overlapping generations, so the coalescent's rates,
which are per generation, are divided by the mean age of parents; the pedigree itself needs no such
step, since a meiosis is a meiosis however old the parents were.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from corridor_sim.errors import CorridorSimError
from corridor_sim.genetics.chance import GENOMES, msprime_seeds
from corridor_sim.genetics.founders import demography
from corridor_sim.genetics.pedigree import Pedigree
from corridor_sim.genetics.trees import add_provenance, name_homes, pedigree_tables

if TYPE_CHECKING:
    import msprime
    import tskit


@dataclass(frozen=True, slots=True)
class Genome:
    """What is simulated of the genome.

    Attributes
    ----------
    chromosomes : int
        Chromosomes of equal length, inherited independently.
    length_bp : int
        Base pairs of each.
    recombination_per_bp, mutation_per_bp : float
        Per base pair and generation. 1e-8 each is the order of magnitude in mammals.
    """

    chromosomes: int = 10
    length_bp: int = 5_000_000
    recombination_per_bp: float = 1e-8
    mutation_per_bp: float = 1e-8

    @property
    def sequence_length_bp(self) -> int:
        """Base pairs of all chromosomes, which stand one after another in the tree sequence."""
        return self.chromosomes * self.length_bp

    def check(self) -> None:
        """Raise CorridorSimError for a genome that cannot be."""
        rates = (self.recombination_per_bp, self.mutation_per_bp)
        if self.chromosomes < 1 or self.length_bp < 2 or not all(0 <= r < 0.1 for r in rates):
            raise CorridorSimError(
                f"{self} cannot be simulated",
                where="genome",
                remedy="give 1 chromosome or more of 2 bp or more, and rates from 0 to below 0.1",
            )

    def rate_map(self, years: float = 1.0) -> msprime.RateMap:
        """Return the recombination map, per ``years``-th of a generation.

        ``ln 2`` on the base pair between chromosomes: no crossover there with probability 1/2.
        """
        import msprime

        position, rate = [0.0], []
        for i in range(self.chromosomes):
            if i:
                position.append(position[-1] + 1.0)
                rate.append(math.log(2) / years)
            position.append(float((i + 1) * self.length_bp))
            rate.append(self.recombination_per_bp / years)
        return msprime.RateMap(position=position, rate=rate)


def simulate_genomes(
    pedigree: Pedigree,
    *,
    seed: int,
    founder_size: float,
    replicate: int = 0,
    stream: int = 0,
    sampled_rows: ArrayLike | None = None,
    genome: Genome | None = None,
    founder_migration: float | ArrayLike | None = None,
    generation_years: float | None = None,
    end_year: float | None = None,
    zone_names: Sequence[str] = (),
    species: str = "",
) -> tskit.TreeSequence:
    """Return the genomes of the sampled animals as a tree sequence with metadata.

    Parameters
    ----------
    pedigree : Pedigree
        Only the ancestors of the sampled animals are used.
    seed, replicate, stream : int
        What the random numbers are keyed by; ``stream`` is the species' own.
    founder_size : float
        Effective number of diploid animals of the population that the founders come from, all
        core areas together.
    sampled_rows : int ``[k]``, optional
        Rows of the pedigree; default: where ``pedigree.sampled``.
    genome : Genome, optional
        Default: 10 chromosomes of 5 Mb.
    founder_migration : float or float ``[zones + 1, zones + 1]``, optional
        None: the founders come from one panmictic population. A number: from an island model
        between the core areas they were born in (0, outside, is a deme as well if founders come
        from there); each deme has the founders' share of ``founder_size`` and draws this fraction
        of its genes per generation from the other demes, from each alike. A matrix: row i holds
        the fraction of deme i's genes that come from each deme j (``founders.stepping_stones``).
    generation_years : float, optional
        Default: the mean age of parents in the pedigree.
    end_year : float, optional
        The year that is time 0; default: the last birth or death of the record.
    zone_names : sequence of str
        Names of core areas 1, 2, ...; default "core area 1", ...
    species : str
        Written into the metadata.

    Returns
    -------
    tskit.TreeSequence
        Simplified to the sampled animals, in the order of ``sampled_rows``: sample nodes 2 i and
        2 i + 1 are the maternal and paternal copies of sample i. Population 0 is outside, 1, 2, ...
        are core areas; the last, ``ancestral``, holds the older nodes. Same arguments and package
        versions: same tables.

    Raises
    ------
    CorridorSimError
        Nobody is sampled, or a parameter is impossible.
    """
    import msprime

    genome = genome or Genome()
    genome.check()
    given = np.flatnonzero(pedigree.sampled) if sampled_rows is None else np.asarray(sampled_rows)
    samples = given.astype(np.int64).reshape(-1)
    _check_samples(pedigree, samples)
    years = pedigree.generation_years() if generation_years is None else float(generation_years)
    years = 1.0 if math.isnan(years) else years
    if not (years > 0 and founder_size > 0 and math.isfinite(years + founder_size)):
        raise CorridorSimError(
            f"founder_size {founder_size:g}, generation_years {years:g}",
            where="genomes",
            remedy="give positive numbers",
        )
    rows = pedigree.ancestors(samples)
    kin = pedigree.subset(rows)
    wanted = np.searchsorted(rows, samples)
    last = max(pedigree.birth_year.max(), np.nanmax(pedigree.death_year, initial=-np.inf))
    end = float(last) if end_year is None else float(end_year)
    if end < float(kin.birth_year.max()):
        raise CorridorSimError(
            f"end_year {end:g} lies before the birth of an animal in "
            f"{float(kin.birth_year.max()):g}",
            where="genomes",
            remedy="sample animals born by then",
        )
    zones = int(max(pedigree.zone.max(), pedigree.birth_zone.max(), len(zone_names)))
    origin = demography(kin, zones, founder_size, founder_migration, years)
    names = [f"core area {i}" for i in range(1, zones + 1)]
    names[: len(zone_names)] = zone_names
    tables = pedigree_tables(
        kin, wanted, end, genome.sequence_length_bp, ["outside", *names, "ancestral"], species
    )
    if founder_migration is None:
        tables.nodes.population = np.full(len(tables.nodes), zones + 1, np.int32)

    seeds = msprime_seeds(seed, replicate, stream, GENOMES, 3)
    tree = msprime.sim_ancestry(
        initial_state=tables,
        model="fixed_pedigree",
        recombination_rate=genome.rate_map(),
        random_seed=seeds[0],
        record_provenance=False,
    )
    tree = msprime.sim_ancestry(
        initial_state=tree,
        demography=origin,
        recombination_rate=genome.rate_map(years),
        random_seed=seeds[1],
        record_provenance=False,
    )
    order = np.stack([2 * wanted, 2 * wanted + 1], axis=1).reshape(-1)
    tree = tree.simplify(order, filter_populations=False, record_provenance=False)
    tree = msprime.sim_mutations(
        tree, rate=genome.mutation_per_bp / years, random_seed=seeds[2], record_provenance=False
    )
    finished = tree.dump_tables()
    name_homes(finished)
    finished.time_units = "years"
    parameters = {
        "command": "corridor_sim.genetics.simulate_genomes",
        "seed": seed,
        "replicate": replicate,
        "stream": stream,
        "founder_size": founder_size,
        "founder_migration": (
            None if founder_migration is None else np.asarray(founder_migration).tolist()
        ),
        "generation_years": years,
        "end_year": end,
        "genome": asdict(genome),
        "animals_in_pedigree": pedigree.n,
        "ancestors_used": int(rows.size),
    }
    finished.metadata = {"species": species, **parameters}
    add_provenance(finished, parameters)
    return finished.tree_sequence()


def _check_samples(pedigree: Pedigree, samples: NDArray[np.int64]) -> None:
    if samples.size == 0:
        raise CorridorSimError(
            "no animal is sampled", where="genomes", remedy="give sampled_rows of living animals"
        )
    if samples.min() < 0 or samples.max() >= pedigree.n:
        raise CorridorSimError(
            f"rows {samples.min()} to {samples.max()} of a pedigree of {pedigree.n}",
            where="genomes",
            remedy="sampled_rows are row numbers",
        )
    if np.unique(samples).size != samples.size:
        raise CorridorSimError(
            "an animal is sampled twice", where="genomes", remedy="list each row once"
        )
