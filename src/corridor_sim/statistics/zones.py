"""Whether a change matters: its interval beside the smallest change that matters.

An interval that leaves zero out says that something changes, not that it matters: with replicates
enough everything does. The zone of indifference is what somebody says is too little to act on, set
before looking (equivalence testing; Schuirmann 1987, J Pharmacokinet Biopharm 15:657). An interval
wholly beyond it, or wholly inside, is an answer; any other leaves it open.
"""

from __future__ import annotations

import numpy as np

from corridor_sim.statistics.moments import F64

MORE = "more"
LESS = "less"
SAME = "no change that matters"
OPEN = "cannot tell yet"
VERDICTS = (MORE, LESS, SAME, OPEN)


def verdicts(low: F64, high: F64, zone: F64) -> list[str]:
    """Return what the intervals of changes say, one of :data:`VERDICTS` each.

    Parameters
    ----------
    low, high : float64 ``[rows]``
        Without an interval nothing can be told.
    zone : float64 ``[rows]``
        Changes from ``-zone`` to ``zone`` are too small to matter.

    Examples
    --------
    >>> low, high = np.array([0.1, 0.01, -0.3, -0.01]), np.array([0.2, 0.2, -0.1, 0.02])
    >>> verdicts(low, high, np.full(4, 0.05))
    ['more', 'cannot tell yet', 'less', 'no change that matters']
    """
    with np.errstate(invalid="ignore"):
        inside = (low >= -zone) & (high <= zone)
        above, below = (low > zone) & ~inside, (high < -zone) & ~inside
    found = np.select([above, below, inside], [MORE, LESS, SAME], OPEN)
    return [str(word) for word in found]
