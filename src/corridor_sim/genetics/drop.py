"""Gene dropping: alleles of the founders passed down a recorded pedigree, locus by locus.

The cheap companion of full genomes (MacCluer et al. 1986, doi:10.1002/zoo.1430050209): unlinked
loci without mutation, each meiosis a fair coin. With every founder copy a distinct allele, two
copies that are alike are identical by descent, so expected heterozygosity is one less mean kinship.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from corridor_sim.errors import CorridorSimError, ResourceError
from corridor_sim.genetics.chance import FOUNDER_ALLELES, MEIOSIS, keyed_bits
from corridor_sim.genetics.pedigree import Pedigree
from corridor_sim.kernels.philox import keyed_uniforms
from corridor_sim.memory import in_words

MAX_BYTES = 2**31


@dataclass(frozen=True, slots=True)
class Drop:
    """The alleles of some animals.

    Attributes
    ----------
    rows : int64 ``[k]``
        Rows of the pedigree.
    alleles : unsigned integer ``[k, locus, 2]``
        Maternal copy first.
    n_alleles : int
        Alleles are 0 to ``n_alleles - 1``.
    """

    rows: NDArray[np.int64]
    alleles: NDArray[np.unsignedinteger]
    n_alleles: int

    @property
    def n_loci(self) -> int:
        """Number of unlinked loci."""
        return int(self.alleles.shape[1])


def drop_genes(
    pedigree: Pedigree,
    *,
    seed: int,
    replicate: int = 0,
    stream: int = 0,
    n_loci: int = 200,
    frequencies: ArrayLike | None = None,
    rows: ArrayLike | None = None,
) -> Drop:
    """Return the alleles that the founders' gene copies become down the pedigree.

    Parameters
    ----------
    seed, replicate, stream : int
        Every meiosis is keyed by these and the ident of the young, so the same young of the same
        parents inherits the same copies in every scenario.
    n_loci : int
        Unlinked loci.
    frequencies : float ``[allele]`` or ``[locus, allele]``, optional
        The founders' alleles are drawn from these. Default: every founder copy is distinct.
    rows : int ``[k]``, optional
        Animals wanted; only their ancestors are computed. Default: all.

    Raises
    ------
    CorridorSimError
        Frequencies that are none.
    ResourceError
        The alleles would take more than 2 GiB.
    """
    wanted = np.arange(pedigree.n) if rows is None else np.asarray(rows, np.int64).reshape(-1)
    if rows is None:
        kin, place = pedigree, wanted
    else:
        needed = pedigree.ancestors(wanted)
        kin, place = pedigree.subset(needed), np.searchsorted(needed, wanted)
    founders = np.flatnonzero(kin.founders)
    table = None if frequencies is None else _checked(frequencies, n_loci)
    n_alleles = max(2 * founders.size, 1) if table is None else table.shape[1]
    kind = np.min_scalar_type(n_alleles - 1)
    size = kin.n * n_loci * 2 * kind.itemsize
    if size > MAX_BYTES:
        raise ResourceError(
            f"{kin.n} animals with {n_loci} loci take {in_words(size)}",
            where="gene dropping",
            remedy="ask for fewer loci or rows, or repeat with another replicate",
        )
    alleles = np.empty((kin.n, n_loci, 2), kind)
    if table is None:
        alleles[founders] = np.arange(n_alleles)[: 2 * founders.size].reshape(-1, 1, 2)
    else:
        uniforms = keyed_uniforms(
            seed, replicate, stream, kin.ident[founders], FOUNDER_ALLELES, 2 * n_loci
        ).reshape(-1, n_loci, 2)
        for locus, bounds in enumerate(np.cumsum(table, axis=1)[:, :-1]):
            alleles[founders, locus] = np.searchsorted(bounds, uniforms[:, locus], side="right")
    column = np.arange(n_loci)
    for batch in kin.batches():
        born = np.arange(batch.start, batch.stop)
        born = born[kin.mother[born] >= 0]
        if born.size == 0:
            continue
        coins = keyed_bits(seed, replicate, stream, kin.ident[born], MEIOSIS, 2 * n_loci)
        for side, parents in enumerate((kin.mother[born], kin.father[born])):
            coin = coins[:, side * n_loci : (side + 1) * n_loci]
            alleles[born, :, side] = alleles[parents[:, None], column, coin]
    return Drop(wanted, alleles if rows is None else alleles[place], n_alleles)


def _checked(frequencies: ArrayLike, n_loci: int) -> NDArray[np.float64]:
    table = np.asarray(frequencies, np.float64)
    table = np.broadcast_to(table, (n_loci, table.shape[-1])) if table.ndim == 1 else table
    good = (
        table.ndim == 2
        and table.shape[0] == n_loci
        and bool(np.all(table >= 0))
        and np.allclose(table.sum(axis=1), 1.0, atol=1e-9)
    )
    if not good:
        raise CorridorSimError(
            f"a table of {np.shape(frequencies)} for {n_loci} loci",
            where="founders' allele frequencies",
            remedy="give each locus frequencies of 0 or more that sum to 1",
        )
    return table
