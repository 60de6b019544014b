"""Maps of a paired difference over replicates: their mean, and where it is told from chance."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

F64 = NDArray[np.float64]
# differences below this share of the largest are rounding, and no change
ROUNDING = 1e-9


@dataclass(slots=True)
class ChanceMap:
    """Mean and spread of maps of a paired difference, one replicate after the other.

    Running sums of Welford (1962, Technometrics 4:419), since all maps together would not fit.

    Attributes
    ----------
    n : int
        Replicates taken.
    mean : float64 ``[height, width]``
        Of the differences.

    Examples
    --------
    >>> seen = ChanceMap()
    >>> for rise in (1.0, 1.2, 0.8, 1.0):
    ...     seen.add(np.array([[rise, rise - 1.0, 0.0]]))
    >>> seen.mean.round(3).tolist(), seen.told(0.95).tolist()
    ([[1.0, 0.0, 0.0]], [[True, False, False]])
    """

    n: int = 0
    mean: F64 = field(default_factory=lambda: np.zeros(()))
    _squares: F64 = field(default_factory=lambda: np.zeros(()))

    def add(self, difference: NDArray[np.floating]) -> None:
        """Take the difference of one replicate."""
        one = difference.astype(np.float64)
        self.n += 1
        off = one - self.mean
        self.mean = self.mean + off / self.n
        self._squares = self._squares + off * (one - self.mean)

    def told(self, level: float) -> NDArray[np.bool_]:
        """Return where Student's interval of the mean leaves out zero, cell by cell.

        One cell in twenty without any change does so by chance at a level of 95 %.
        """
        if self.n < 2:
            return np.zeros(self.mean.shape, np.bool_)
        error = np.sqrt(self._squares / (self.n - 1) / self.n)
        half = float(stdtrit(self.n - 1, 0.5 + level / 2)) * error
        floor = ROUNDING * float(np.abs(self.mean).max(initial=0.0))
        return np.asarray(np.abs(self.mean) > np.maximum(half, floor))
