"""How many replicates would tell what so far cannot be told."""

from __future__ import annotations

import math

from scipy.special import stdtrit

# more than anybody will run
MOST = 10_000


def replicates_until_told(
    difference: float, low: float, high: float, *, n: int, zone: float = 0.0, level: float = 0.95
) -> float:
    """Return after how many replicates a change would be told, were the one found the true one.

    The interval of ``m`` replicates reaches ``t(m - 1) s / sqrt(m)`` to either side, with the
    spread ``s`` that the interval of ``n`` shows. The change is told once that is less than its
    distance from the nearer end of the zone of what is too little to matter.

    Parameters
    ----------
    difference, low, high : float
        The change found and its interval, which may be lopsided: the wider side counts.
    n : int
        Replicates that it comes from, two or more.
    zone : float
        The smallest change that matters.

    Returns
    -------
    float
        At least ``n``; infinite where more than 10,000 would be needed, or nobody can say.

    Examples
    --------
    >>> replicates_until_told(1.0, -1.0, 3.0, n=8)
    25.0
    >>> replicates_until_told(1.0, 0.5, 1.5, n=8, zone=1.0)
    inf
    """
    away = abs(abs(difference) - zone)
    half = max(high - difference, difference - low)
    if n < 2 or not math.isfinite(half) or not away > 0:
        return math.inf
    tail = (1 + level) / 2
    spread = half * math.sqrt(n) / float(stdtrit(n - 1, tail))

    def reach(m: int) -> float:
        return float(stdtrit(m - 1, tail)) * spread / math.sqrt(m)

    few, many = 1, MOST
    if reach(many) >= away:
        return math.inf
    while many - few > 1:
        middle = (few + many) // 2
        few, many = (few, middle) if reach(middle) < away else (middle, many)
    return float(max(many, n))
