"""How a population with dispersing young spreads over uniform ground: exact rates and speeds.

Young leave once, wander for an exponential time that ends at the next occasion to settle, and stay
where they are. The density of a population that grows without limit then multiplies, for every
exponential ``exp(z x)``, by ``lambda(z)`` a year, and from any bounded start it spreads at

    c = min_z ln(lambda(z)) / z

(Kot, Lewis & van den Driessche 1996, doi:10.2307/2265698; with ages: Neubert & Caswell 2000,
doi:10.1890/0012-9658(2000)081[1613:DAOSDT]2.0.CO;2). To second order in ``z`` that is Fisher's
``2 sqrt(r D)`` (1937, doi:10.1111/j.1469-1809.1937.tb02153.x).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import i0

from corridor_sim.simulation.decades.year_of_moves import SEASONS, season_days
from corridor_sim.species.tables import length_table

F64 = NDArray[np.float64]


class Spreading:
    """Parameters: yearly survival ``s``, daughters per female ``daughters``, and the wandering.

    One step a day of gamma-distributed length with root mean square ``step`` cells in a direction
    of its own; ``mean_d`` is the mean of the exponential time, occasions come every ``every_d``.
    """

    def __init__(
        self, s: float, daughters: float, *, shape: float, step: float, mean_d: float, every_d: int
    ) -> None:
        self.s, self.daughters = s, daughters
        self.lengths = step * length_table(shape).astype(float)
        days = [0]
        for season in range(SEASONS):
            first, end = season_days(season)
            days += [min(d + every_d, end) for d in range(first, end, every_d)]
        # nobody settles at midnight of the last day: the next occasion lies in the next year
        self.days = np.array(days[:-1], float)
        still = np.exp(-self.days / mean_d)
        self.never = still[-1]
        self.chance = -np.diff(still) / (1 - self.never)

    def kernel(self, z: float) -> float:
        """``E[exp(z dx)]`` of the dispersal from home to home."""
        step = float(i0(z * self.lengths).mean())
        return float(self.chance @ step ** self.days[1:])

    def growth(self, z: float = 0.0) -> float:
        """``lambda(z)``: adults stay, young of the year before have dispersed."""
        return self.s * (1 + self.daughters * self.kernel(z))

    @property
    def variance(self) -> float:
        """Variance of the dispersal along one axis, in cells squared."""
        return float(self.chance @ self.days[1:]) * float((self.lengths**2).mean()) / 2

    @property
    def steepest(self) -> float:
        """The ``z`` of the front, 1 / cells."""
        top = 1.0
        while self.kernel(top) < 1e3:
            top *= 1.5
        found = minimize_scalar(
            lambda z: np.log(self.growth(z)) / z,
            bounds=(1e-3, top),
            method="bounded",
            options={"xatol": 1e-9},
        )
        return float(found.x)

    @property
    def speed(self) -> float:
        """Cells per year in the long run, of infinitely many."""
        z = self.steepest
        return float(np.log(self.growth(z)) / z)

    @property
    def fisher(self) -> float:
        """``2 sqrt(r D)`` with r the growth and D half of the yearly variance of a lineage."""
        share = self.daughters / (1 + self.daughters)
        return float(2 * np.sqrt(np.log(self.growth()) * share * self.variance / 2))

    def curvature(self) -> float:
        """Second derivative of ``ln(lambda(z)) / z`` at the front."""
        z, h = self.steepest, 1e-3

        def v(x: float) -> float:
            return float(np.log(self.growth(x)) / x)

        return (v(z + h) - 2 * v(z) + v(z - h)) / h**2

    def finite_numbers(self, n: float) -> float:
        """What a front of ``n`` animals lacks in speed: ``pi^2 z^2 v''(z) / (2 ln^2 n)``.

        Brunet & Derrida (1997), doi:10.1103/PhysRevE.56.2597. It is the first term of a series in
        ``1 / ln n``; the next has the other sign.
        """
        return float(np.pi**2 * self.steepest**2 * self.curvature() / (2 * np.log(n) ** 2))

    def finite_time(self, first: float, last: float) -> float:
        """What a young front lacks in mean speed between two years, ``3 / (2 z) ln t`` in place.

        Bramson (1983), doi:10.1090/memo/0285.
        """
        return float(1.5 / self.steepest * np.log(last / first) / (last - first))
