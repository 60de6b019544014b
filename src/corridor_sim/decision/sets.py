"""All sets of links that a budget pays for, and what the runs of links and pairs say of each.

A *part* is a set of links that is simulated as it is: one link, a pair, three. The value of any
set is put together from parts by the Moebius expansion: with ``U`` the parts and ``m_v`` the
benefit of part v, ``B(S) = sum_(u in U, u within S) e_u`` where the effect ``e_u = sum_(v within u)
(-1)^(|u| - |v|) m_v`` is what u adds to all that lies within it: the benefit of a link alone, the
interaction of a pair, that of three. So ``B(S) = sum_v a_v(S) m_v`` with whole numbers a_v(S).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import ScenarioError

F64 = NDArray[np.float64]
Bools = NDArray[np.bool_]
Part = frozenset[int]
# sums of costs nearer to the budget than this share of it are added again in exact arithmetic
CLOSE = 1e-9


def within(part: Part) -> list[Part]:
    """Return the parts that a part holds, itself included and nothing left out.

    >>> [sorted(one) for one in within(frozenset((3, 7)))]
    [[3], [7], [3, 7]]
    """
    links = sorted(part)
    return [frozenset(c) for m in range(1, len(links) + 1) for c in combinations(links, m)]


@dataclass(frozen=True, slots=True)
class Expansion:
    """What sets of links are worth in terms of parts.

    Attributes
    ----------
    n : int
        Links.
    parts : tuple of frozenset of int
        With each part all that it holds.
    """

    n: int
    parts: tuple[Part, ...]
    _effects: F64 = field(init=False, repr=False)

    def __post_init__(self) -> None:
        at = {part: y for y, part in enumerate(self.parts)}
        effects = np.zeros((len(at), len(at)))
        for u, y in at.items():
            for v in within(u):
                if v not in at:
                    raise ScenarioError(f"part {sorted(u)} is given without {sorted(v)}")
                effects[y, at[v]] = (-1.0) ** (len(u) - len(v))
        object.__setattr__(self, "_effects", effects)

    @property
    def effects(self) -> F64:
        """What the effect of each part is in benefits of parts, ``[part, part]``."""
        return self._effects

    def coefficients(self, sets: Bools) -> F64:
        """Return what sets ``[k, n]`` are in benefits of parts, ``[k, part]``."""
        held = np.ones((len(sets), len(self.parts)))
        for y, part in enumerate(self.parts):
            held[:, y] = sets[:, sorted(part)].all(axis=1)
        return np.asarray(held @ self._effects)


def affordable(
    cost: Sequence[float],
    budget: float,
    *,
    must: Sequence[int] = (),
    never: Sequence[int] = (),
    most: int = 2**17,
) -> Bools | None:
    """Return all sets of links that a budget pays for, ``[k, n]``; None where there are too many.

    Costs are added as the decimal numbers that they print as.

    Parameters
    ----------
    cost, budget
        In one currency.
    must, never : sequences of int
        Links that every set holds, and that none does.
    most : int
        Sets at most.
    """
    exact = [Fraction(repr(float(c))) for c in cost]
    limit = Fraction(repr(float(budget)))
    start = sum((exact[i] for i in must), Fraction(0))
    sets = np.zeros((1, len(exact)), dtype=bool)
    sets[0, list(must)] = True
    spent = np.array([float(start)])
    if start > limit:
        return sets[:0]
    ceiling = float(limit)
    for i in range(len(exact)):
        if i in must or i in never:
            continue
        more = spent + float(exact[i])
        fits = more <= ceiling * (1 - CLOSE)
        for at in np.flatnonzero(~fits & (more <= ceiling * (1 + CLOSE))):
            price = exact[i] + sum((exact[j] for j in np.flatnonzero(sets[at])), Fraction(0))
            fits[at] = price <= limit
        if len(sets) + int(fits.sum()) > most:
            return None
        wider = sets[fits]
        wider[:, i] = True
        sets, spent = np.concatenate([sets, wider]), np.concatenate([spent, more[fits]])
    return sets
