"""What a budget buys of two things at once: sets of which none brings more of both.

Epsilon-constraint method (Haimes, Lasdon & Wismer 1971, IEEE Trans SMC 1:296): the best set by the
benefit first, then again and again the best of those that hold more of the other than the last one
found. Nothing is weighed: the second is an axis, and who decides sees what one of it costs of the
other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corridor_sim.decision.portfolio import Portfolio, Surrogate, best_above, choose_links

F64 = NDArray[np.float64]
# sets at most; a finer line would not be read
STEPS = 60


@dataclass(frozen=True, slots=True)
class TradeOff:
    """One set of links on the line between two aims.

    Attributes
    ----------
    set : Portfolio
    amount : float
        What it holds of the second aim.
    """

    set: Portfolio
    amount: float


def trade_offs(
    surrogate: Surrogate,
    budget: float,
    amounts: F64,
    *,
    must: Sequence[int] = (),
    never: Sequence[int] = (),
    fair: bool = False,
    steps: int = STEPS,
) -> tuple[TradeOff, ...]:
    """Return sets that the budget pays for and none of which another beats in both aims.

    Parameters
    ----------
    surrogate : Surrogate
        Costs and benefits of links.
    budget : float
    amounts : float64 ``[n]``
        What each link holds of the second aim; amounts of links add up.
    must, never, fair
        As for :func:`corridor_sim.decision.portfolio.choose_links`.
    steps : int
        The second aim rises by a ``steps``-th of its range at least from set to set.

    Returns
    -------
    tuple of TradeOff
        From the most benefit to the most of the second aim.

    Examples
    --------
    >>> import numpy as np
    >>> two = Surrogate.of([1.0, 1.0], np.array([3.0, 2.0]))
    >>> [(one.set.links, one.amount) for one in trade_offs(two, 1.0, np.array([10.0, 40.0]))]
    [((0,), 10.0), ((1,), 40.0)]
    """

    def held(links: Sequence[int]) -> float:
        return float(amounts[list(links)].sum())

    first = choose_links(surrogate, budget, must=must, never=never, fair=fair)
    other = Surrogate.of(surrogate.cost, amounts)
    most = held(choose_links(other, budget, must=must, never=never).links)
    found = [TradeOff(first, held(first.links))]
    step = (most - found[0].amount) / steps
    while step > 0 and found[-1].amount + step <= most * (1 + 1e-9):
        floor = min(found[-1].amount + step, most) - 1e-7 * abs(most)
        one = best_above(surrogate, budget, amounts, floor, must=must, never=never, fair=fair)
        if one is None or held(one.links) <= found[-1].amount:
            break
        found.append(TradeOff(one, held(one.links)))
    return tuple(_undominated(found, fair))


def _undominated(found: Sequence[TradeOff], fair: bool) -> list[TradeOff]:
    """Return the sets that none later on the line, which holds more, equals in the benefit."""

    def worth(one: TradeOff) -> float:
        return one.set.worst if fair else one.set.benefit

    kept: list[TradeOff] = []
    for one in reversed(found):
        if not kept or worth(one) > worth(kept[-1]) + 1e-9 * max(1.0, abs(worth(one))):
            kept.append(one)
    return kept[::-1]
