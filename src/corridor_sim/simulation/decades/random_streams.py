"""The chance of a lifetime: draws keyed by animal and year, and how events follow from them.

A newborn's number is drawn from its mother's and the year's, so a mother that lives in two
scenarios has the same young with the same draws in both.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, ndtri

from corridor_sim.kernels.philox import keyed_uniforms

F64 = NDArray[np.float64]

# purposes of draws, see corridor_sim.kernels.philox
FOUNDER, LIFE, YEARLY, SETTLING, CHILD, WEATHER, YOUNG = 8200, 8201, 8202, 8203, 8204, 8205, 8206
_COLUMNS = {FOUNDER: 8, LIFE: 8, YEARLY: 8, CHILD: 32, YOUNG: 8}
# founders are numbered from 0, animals born in the run from here; 32 bits in all
FIRST_BORN = 2**31
# the number that stands for the year itself
NOBODY = np.array([2**32 - 1], np.int64)


class RandomStreams:
    """All draws of one species in one replicate.

    Parameters
    ----------
    demographic : bool
        Whether each animal has its own chance. If not, the expected number of every group (rounded)
        survives or gives birth; who it is still follows from the draws.
    environmental_sd : float
        Standard deviation from year to year of survival and births on the logit scale, shared by
        all animals of the species.
    """

    def __init__(
        self, seed: int, replicate: int, stream: int, *, demographic: bool, environmental_sd: float
    ) -> None:
        self.seed, self.replicate, self.stream = seed, replicate, stream
        self.demographic = demographic
        self.environmental_sd = environmental_sd

    def draws(
        self, keys: NDArray[np.int64], purpose: int, year: int = 0, only: slice | None = None
    ) -> F64:
        """Return uniforms ``[n, columns]`` of a purpose; ``year`` counts from the burn-in.

        ``only`` asks for some of the columns; they hold the same numbers as among all.
        """
        n = _COLUMNS[purpose]
        first, end, _ = (only or slice(None)).indices(n)
        return self._uniforms(keys, purpose, end - first, year * n + first)

    def draws_of_day(self, keys: NDArray[np.int64], day: int, n: int) -> F64:
        """Return ``n`` uniforms of each animal for settling on one day, counted from the start."""
        return self._uniforms(keys, SETTLING, n, day * 64)

    def _uniforms(self, keys: NDArray[np.int64], purpose: int, n: int, first: int) -> F64:
        return keyed_uniforms(self.seed, self.replicate, self.stream, keys, purpose, n, first)

    def child_keys(
        self, mothers: NDArray[np.int64], year: int, litter: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Return a number for every child, litter by litter: 31 bits above :data:`FIRST_BORN`.

        Two animals of one replicate share a number with probability ``2^-31`` a pair; they would
        share their draws and nothing else.
        """
        u = self.draws(mothers, CHILD, year, slice(int(litter.max(initial=0))))
        nth = np.arange(int(litter.sum())) - np.repeat(np.cumsum(litter) - litter, litter)
        mother = np.repeat(np.arange(mothers.size), litter)
        return FIRST_BORN + (u[mother, nth] * 2.0**31).astype(np.int64)

    def weather(self, year: int) -> tuple[float, float]:
        """Return the year's shifts of survival and of births on the logit scale."""
        if self.environmental_sd == 0:
            return 0.0, 0.0
        z = ndtri(self._uniforms(NOBODY, WEATHER, 2, 8 + year * 16)[0])
        return float(z[0] * self.environmental_sd), float(z[1] * self.environmental_sd)

    def happens(
        self, p: F64, u: F64, group: NDArray[np.int64], year: int, event: int
    ) -> NDArray[np.bool_]:
        """Return for whom an event of probability ``p`` happens.

        Parameters
        ----------
        p, u : float64 ``[n]``
            Probability, and the animal's draw.
        group : int64 ``[n]``
            Without demographic chance the expected number is met, to within one, in any run of
            successive groups: systematic sampling in the order of groups and draws (Madow &
            Madow 1944, doi:10.1214/aoms/1177731312).
        year, event : int
            Key the one draw at which systematic sampling starts.
        """
        if self.demographic:
            return u < p
        order = np.lexsort((u, group))
        start = self._uniforms(NOBODY, WEATHER, 1, year * 16 + event)[0, 0]
        count = np.floor(np.cumsum(p[order]) + start)
        hit = np.empty(p.size, np.bool_)
        hit[order] = np.diff(count, prepend=0.0) > 0
        # the rounding of a long sum must not spare what is certain
        return hit | (p >= 1.0)


def shifted(p: F64, shift: float) -> F64:
    """Return probabilities moved by ``shift`` on the logit scale; 0 and 1 stay."""
    if shift == 0:
        return p
    inside = (p > 0) & (p < 1)
    result = p.copy()
    result[inside] = expit(logit(p[inside]) + shift)
    return result


def litter_sizes(u: F64, least: int, most: int, chance: float) -> NDArray[np.int64]:
    """Return ``least + Binomial(most - least, chance)`` by inversion of one uniform each."""
    # coin by coin, not from scipy.stats, whose import takes half a second of every worker's start
    sizes = np.ones(1)
    for _ in range(most - least):
        sizes = np.append(sizes * (1.0 - chance), 0.0) + np.append(0.0, sizes * chance)
    ends = np.cumsum(sizes[:-1])
    return least + np.searchsorted(ends, u, side="right").astype(np.int64)
