"""Effective population size, three ways that need not agree: each answers another question.

*Loss of heterozygosity*: how fast diversity goes in fact, drift between core areas included.
*Inbreeding*: how fast relatives come to mate; it lags a generation or two and sees subdivision.
*Offspring number*: what the variance in lifetime success would make of one well-mixed population.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from corridor_sim.genetics.kinship import inbreeding
from corridor_sim.genetics.pedigree import Pedigree


def ne_from_heterozygosity(before: float, after: float, generations: float) -> float:
    """Return Ne from ``after = before (1 - 1 / (2 Ne))^generations`` (Wright 1931).

    Inf where nothing was lost, NaN where it cannot be told.
    """
    if not (before > 0 and after >= 0 and generations > 0):
        return math.nan
    kept = float((after / before) ** (1 / generations))
    return math.inf if kept >= 1 else 1 / (2 * (1 - kept))


def equivalent_generations(pedigree: Pedigree) -> NDArray[np.float64]:
    """Return the depth of each animal's known ancestry, float64 ``[n]``; founders 0.

    One more than the mean of its parents' (Maignel, Boichard & Verrier 1996, Interbull Bulletin
    14:49).
    """
    depth = np.zeros(pedigree.n)
    for batch in pedigree.batches():
        born = np.arange(batch.start, batch.stop)
        born = born[pedigree.mother[born] >= 0]
        depth[born] = 1 + (depth[pedigree.mother[born]] + depth[pedigree.father[born]]) / 2
    return depth


def ne_from_inbreeding(pedigree: Pedigree, rows: ArrayLike) -> float:
    """Return ``1 / (2 mean(dF))`` with each animal's ``dF = 1 - (1 - F)^(1 / (t - 1))``.

    t is the animal's equivalent generations; only those of ``rows`` with t above 1 tell anything.
    Source: Gutiérrez, Cervantes & Goyache 2009, J. Anim. Breed. Genet. 126:327. Inf where nobody is
    inbred, NaN where nobody could be.
    """
    needed = pedigree.ancestors(rows)
    kin = pedigree.subset(needed)
    mine = np.searchsorted(needed, np.asarray(rows, np.int64))
    depth = equivalent_generations(kin)[mine]
    inbred = inbreeding(kin)[mine][depth > 1]
    if inbred.size == 0:
        return math.nan
    rate = float(np.mean(1 - (1 - inbred) ** (1 / (depth[depth > 1] - 1))))
    return math.inf if rate <= 0 else 1 / (2 * rate)


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """Lifetime success of the animals born in some years.

    Attributes
    ----------
    born : int
        Animals, those that died young included.
    mean, variance : float
        Of the number of their young.
    ne : float
        See :func:`ne_from_offspring`.
    """

    born: int
    born_per_year: float
    mean: float
    variance: float
    generation_years: float
    ne: float


def ne_from_offspring(
    pedigree: Pedigree, first_year: float | None = None, last_year: float | None = None
) -> Lifetimes:
    """Return Ne from the variance in lifetime number of young.

    ``Ne = (k N T - 2) / (k - 1 + V / k)``, with N born per year, T years a generation, k the mean
    and V the variance of young per animal born, both sexes (Kimura & Crow 1963, Evolution 17:279;
    review: Caballero 1994, doi:10.1038/hdy.1994.174; N T for overlapping generations as in Hill
    1972, doi:10.1016/0040-5809(72)90004-4, whose ``4 N T / (V + 2)`` it is for k = 2 but for the
    -2). The childless may be counted or not: ``k N`` and ``k + V / k`` stay the same. It supposes a
    constant population with stable ages: trust it where k is near 2.

    Takes those born after ``first_year`` (default 0) up to ``last_year`` (default: the last year up
    to which everybody has died, since lifetimes must be over). NaN where nobody was.
    """
    after = 0.0 if first_year is None else float(first_year)
    born_at = pedigree.birth_year.astype(np.float64)
    living = np.isnan(pedigree.death_year) & ~pedigree.founders
    if last_year is None:
        last = float(born_at[living].min()) if living.any() else float(born_at.max(initial=after))
        over = born_at < last if living.any() else born_at <= last
    else:
        last = float(last_year)
        over = born_at <= last
    cohort = over & (born_at > after) & ~pedigree.founders
    young = pedigree.offspring()[cohort].astype(np.float64)
    years = pedigree.generation_years()
    if young.size == 0:
        return Lifetimes(0, 0.0, math.nan, math.nan, years, math.nan)
    times = np.unique(born_at[cohort])
    # births come in seasons: the years between the first and the last, and one season more
    span = float(times[-1] - times[0]) * times.size / max(times.size - 1, 1) or 1.0
    per_year = young.size / span
    k, variance = float(young.mean()), float(young.var())
    bottom = k - 1 + variance / k if k > 0 else 0.0
    ne = (k * per_year * years - 2) / bottom if bottom > 0 else math.nan
    return Lifetimes(young.size, per_year, k, variance, years, ne)
