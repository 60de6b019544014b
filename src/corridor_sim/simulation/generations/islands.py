"""Wright's island model: equal demes that exchange migrants, as a null model of drift."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from corridor_sim.errors import CorridorSimError
from corridor_sim.simulation.generations.genes import fst_of_pairs, identity_by_descent

if TYPE_CHECKING:
    import pandas as pd

MOST_GENERATIONS = 100_000
MOST_DEMES = 100


def island_model(
    effective_size: float, migrants: float, generations: int, *, demes: int = 2
) -> pd.DataFrame:
    """Return what drift and gene flow do to equal demes, generation by generation, exactly.

    Of two distinct gene copies of one deme, or of two demes, the chance that they stem from one
    copy of the founders follows

        theta' = a [1 / (2 N) + (1 - 1 / (2 N)) theta_within] + (1 - a) theta_between

    where ``a`` is the chance that both came from one deme. Without migrants that is ``H_t = H_0 (1
    - 1 / (2 N))^t`` within a deme (Wright 1931, Genetics 16:97-159, doi:10.1093/genetics/16.2.97).

    Parameters
    ----------
    effective_size : float
        Effective animals N of each deme, 1 or more.
    migrants : float
        Animals N m that a deme takes in from the others in a generation, 0 to N.
    generations : int
    demes : int
        2 to 100.

    Returns
    -------
    DataFrame
        ``generation`` from 0; ``heterozygosity``, expected within a deme, as a share of that of the
        founders, of which no two copies are the same; ``fst``, Hudson's, between two demes.

    Raises
    ------
    CorridorSimError
        Numbers that cannot be.

    Examples
    --------
    >>> found = island_model(50, 0, 20)
    >>> float(found["heterozygosity"].iloc[-1].round(6)) == round((1 - 1 / 100) ** 20, 6)
    True
    >>> float(island_model(50, 1, 2000)["fst"].iloc[-1].round(3)), round(island_fst(1, demes=2), 3)
    (0.111, 0.111)
    """
    import pandas as pd

    _refuse(effective_size >= 1, f"an effective size of {effective_size:g}", "use 1 or more")
    _refuse(
        0 <= migrants <= effective_size,
        f"{migrants:g} migrants a generation among {effective_size:g} animals",
        "use 0 to the effective size",
    )
    _refuse(2 <= demes <= MOST_DEMES, f"{demes} demes", f"use 2 to {MOST_DEMES}")
    _refuse(
        0 <= generations <= MOST_GENERATIONS,
        f"{generations} generations",
        f"use 0 to {MOST_GENERATIONS:,}",
    )
    share = migrants / effective_size
    migration = np.full((demes, demes), share / (demes - 1))
    np.fill_diagonal(migration, 1 - share)
    same = identity_by_descent(migration, np.full(demes, float(effective_size)), generations)
    return pd.DataFrame(
        {
            "generation": np.arange(generations + 1),
            "heterozygosity": 1 - same[:, 0, 0],
            "fst": fst_of_pairs(1 - same)[:, 0, 1],
        }
    )


def island_fst(migrants: float, *, demes: int | None = None) -> float:
    """Return the F_ST at which drift and gene flow balance in an island model.

    ``1 / (4 N m + 1)`` for many demes (Wright 1931, doi:10.1093/genetics/16.2.97), and ``1 / (1 + 4
    N m d / (d - 1))`` for d of them (Slatkin 1991, doi:10.1017/S0016672300029827), for small m.

    Parameters
    ----------
    migrants : float
        Animals N m that a deme takes in from the others in a generation.
    demes : int, optional
        Many by default.

    Raises
    ------
    CorridorSimError
        Migrants below 0, or fewer than 2 demes.

    Examples
    --------
    >>> island_fst(1)
    0.2
    """
    _refuse(migrants >= 0, f"{migrants:g} migrants", "use 0 or more")
    _refuse(demes is None or demes >= 2, f"{demes} demes", "use 2 or more")
    factor = 1.0 if demes is None else demes / (demes - 1)
    return 1.0 / (1.0 + 4.0 * migrants * factor)


def _refuse(holds: bool, problem: str, remedy: str) -> None:
    if not holds:
        raise CorridorSimError(problem, where="island model", remedy=remedy)
