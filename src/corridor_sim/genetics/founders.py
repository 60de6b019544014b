"""Where the founders' genes come from: one panmictic population, or demes that exchange some."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from corridor_sim.errors import CorridorSimError
from corridor_sim.genetics.pedigree import Pedigree

if TYPE_CHECKING:
    import msprime


def stepping_stones(
    n_zones: int, migration: float, *, outside: bool = False
) -> NDArray[np.float64]:
    """Return the ``[zones + 1, zones + 1]`` matrix of a chain of core areas 1, 2, ..., n.

    Each draws ``migration / 2`` of its genes per generation from either neighbour; with
    ``outside`` the chain begins at zone 0.
    """
    matrix = np.zeros((n_zones + 1, n_zones + 1))
    chain = np.arange(0 if outside else 1, n_zones)
    matrix[chain, chain + 1] = matrix[chain + 1, chain] = migration / 2
    return matrix


def demography(
    kin: Pedigree,
    zones: int,
    founder_size: float,
    founder_migration: float | ArrayLike | None,
    years: float,
) -> msprime.Demography:
    """Return where the founders come from, rates per year; populations 0..zones and `ancestral`.

    Populations without founders take no part: nothing migrates into them.
    """
    import msprime

    born_in = np.bincount(kin.birth_zone[kin.founders], minlength=zones + 1)
    size = np.ones(zones + 2)
    rates = np.zeros((zones + 2, zones + 2))
    if founder_migration is None:
        size[-1] = founder_size
    else:
        demes = np.flatnonzero(born_in)
        size[demes] = founder_size * born_in[demes] / born_in.sum()
        given = np.asarray(founder_migration, np.float64)
        if given.ndim == 0:
            given = np.full((zones + 1, zones + 1), float(given) / max(demes.size - 1, 1))
        if given.shape != (zones + 1, zones + 1):
            raise CorridorSimError(
                f"a matrix of {given.shape}, and core areas 0 to {zones}",
                where="founder_migration",
                remedy=f"give {zones + 1} x {zones + 1} fractions, 0 being outside",
            )
        between = np.zeros_like(given)
        between[np.ix_(demes, demes)] = given[np.ix_(demes, demes)]
        np.fill_diagonal(between, 0.0)
        if not (np.all(between >= 0) and np.all(between.sum(axis=1) <= 1)):
            raise CorridorSimError(
                "fractions below 0 or above 1 in all",
                where="founder_migration",
                remedy="each row holds the shares of a deme's genes that come from elsewhere",
            )
        _check_connected(between, demes)
        rates[: zones + 1, : zones + 1] = between
    model = msprime.Demography.isolated_model(list(size * years), growth_rate=[0.0] * (zones + 2))
    for i, population in enumerate(model.populations):
        population.name = f"zone_{i}" if i <= zones else "ancestral"
    model.migration_matrix = rates / years
    return model


def _check_connected(between: NDArray[np.float64], demes: NDArray[np.int64]) -> None:
    """Genes of any two demes must find a common ancestor, or the coalescent never ends."""
    from scipy.sparse.csgraph import connected_components

    parts, label = connected_components(between[np.ix_(demes, demes)], directed=False)
    if parts > 1:
        apart = [demes[label == i].tolist() for i in range(parts)]
        raise CorridorSimError(
            f"core areas {apart[0]} and {apart[1]} never exchange genes",
            where="founder_migration",
            remedy="give every founder's core area some migration, or leave it out for panmixia",
        )
