"""How many replicates a ranking needs, before it is run: the power of its verdicts on pairs."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from scipy.special import nctdtr, stdtrit

from corridor_sim.decision.bounds import nominal_level, plan_looks
from corridor_sim.errors import ScenarioError

# more replicates than anybody will run
MOST = 1_000_000


@lru_cache(maxsize=4096)
def replicates_to_tell(
    difference: float,
    sd: float,
    alternatives: int,
    *,
    power: float = 0.8,
    confidence: float = 0.95,
    first: int = 20,
    batch: int = 10,
    growth: float = 1.5,
) -> int:
    """Return the replicates of each alternative after which a pair is told apart.

    Parameters
    ----------
    difference : float
        True difference of the benefits of the two, not 0.
    sd : float
        Standard deviation of that difference from replicate to replicate, above 0: under common
        random numbers it is less than that of the benefits.
    alternatives : int
        Among how many they are ranked, 2 or more: the verdicts on all pairs hold together.
    power : float
        Chance of the verdict, above 0.5 and below 1.
    confidence, first, batch, growth : float, int, int, float
        As in :class:`~corridor_sim.decision.selection.Effort`.

    Returns
    -------
    int
        The last look of the shortest plan whose last look alone reaches the power. Earlier looks
        can only add to it.

    Notes
    -----
    At a look with n replicates the pair is told apart if ``|t| > t(n - 1; a / 2)``, a being the
    nominal error of the repeated interval; t is noncentral with ``difference sqrt(n) / sd``.
    """
    if not (difference != 0 and np.isfinite(difference)):
        raise ScenarioError(f"a difference of {difference!r} cannot be told from none")
    if not 0 < sd < np.inf:
        raise ScenarioError(f"sd = {sd!r} is impossible", remedy="give a positive number")
    if alternatives < 2:
        raise ScenarioError(f"{alternatives} alternatives cannot be ranked", remedy="give 2")
    if not 0.5 < power < 1:
        raise ScenarioError(f"power = {power!r} is impossible", remedy="give 0.5 to 1")
    error = (1 - confidence) / (alternatives * (alternatives - 1) // 2)
    shift = abs(difference) / sd

    def enough(most: int) -> bool:
        level = nominal_level(plan_looks(first, batch, growth, most), error)
        bound = -float(stdtrit(most - 1, level / 2))
        centre = shift * np.sqrt(most)
        # far beyond the bound, where the noncentral law is not computed
        if centre > bound + 30:
            return True
        return 1 - float(nctdtr(most - 1, centre, bound)) >= power

    found = _least(enough, first)
    if found is None:
        raise ScenarioError(
            f"a difference of {difference:g} with sd {sd:g} takes more than {MOST:,} replicates",
            remedy="ask for a larger difference",
        )
    return found


@lru_cache(maxsize=4096)
def replicates_to_show_equal(
    difference: float,
    sd: float,
    alternatives: int,
    indifference: float,
    *,
    confidence: float = 0.95,
    first: int = 20,
    batch: int = 10,
    growth: float = 1.5,
) -> int | None:
    """Return the replicates after which a pair is expected to be shown equal.

    That is, to differ by less than the indifference zone: the interval of its difference, at its
    expected width and about ``difference``, lies inside. None where more than :data:`MOST` do not
    reach it, as for a pair that truly differs by as much as the zone.

    Parameters
    ----------
    difference, sd, alternatives, confidence, first, batch, growth
        As in :func:`replicates_to_tell`; the difference may be 0.
    indifference : float
        Half the width of the zone.

    Examples
    --------
    >>> replicates_to_show_equal(0.0, 1.0, 2, 0.5) < replicates_to_show_equal(0.2, 1.0, 2, 0.5)
    True
    >>> replicates_to_show_equal(0.5, 1.0, 2, 0.5)
    """
    room = indifference - abs(difference)
    if not (room > 0 and 0 < sd < np.inf):
        return None
    error = (1 - confidence) / max(1, alternatives * (alternatives - 1) // 2)

    def enough(most: int) -> bool:
        level = nominal_level(plan_looks(first, batch, growth, most), error)
        return bool(-float(stdtrit(most - 1, level / 2)) * sd / np.sqrt(most) < room)

    return _least(enough, first)


def _least(enough: Callable[[int], bool], first: int) -> int | None:
    """Return the least number from ``first`` on that is enough; None beyond :data:`MOST`."""
    low, high = first - 1, first
    while not enough(high):
        low, high = high, 2 * high
        if high > MOST:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
