"""What links give for their money: benefit for each unit of cost, and pairs of blocks lifted.

A pair of blocks of core areas is *lifted* where fewer than one migrant a generation goes from the
one to the other without the links, and one or more with them: the field's yardstick (Mills &
Allendorf 1996, Conserv. Biol. 10:1509).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corridor_sim.decision.confirm import Confirmation, Prediction
from corridor_sim.decision.portfolio import Portfolio
from corridor_sim.decision.selection import Ranking
from corridor_sim.decision.sets import Expansion, Part
from corridor_sim.links.evaluator import NO_LINK, Chosen, Migrants, SetEvaluator
from corridor_sim.statistics.moments import moments

F64 = NDArray[np.float64]
# migrants a generation that keep two populations from drifting apart
ONE_MIGRANT = 1.0
LIFTED, PERHAPS = "lifted", "perhaps"


@dataclass(frozen=True, slots=True)
class LiftedPair:
    """A pair of blocks that links lift over one migrant a generation, for certain or perhaps.

    Attributes
    ----------
    species : str
        Key.
    start, end : str
        Blocks that migrants leave and reach.
    without, with_links : tuple of float
        Migrants a generation: mean, and the interval that holds for all pairs of the species.
    verdict : {"lifted", "perhaps"}
        ``lifted``: the interval without links lies below one, and that with them does not.
        ``perhaps``: the intervals leave it open, and means say so or a rise is told from nothing.
    """

    species: str
    start: str
    end: str
    without: tuple[float, float, float]
    with_links: tuple[float, float, float]
    verdict: str


@dataclass(frozen=True, slots=True)
class ForMoney:
    """What a set of links gives for its cost.

    Attributes
    ----------
    links : tuple of int
    cost : float
    benefit, low, high : float
        With its own interval.
    lifted : tuple of LiftedPair or None
        None where migrants are not told.
    simulated : bool
        Whether the set itself was simulated, in fresh replicates, or is put together from links
        and pairs.
    """

    links: tuple[int, ...]
    cost: float
    benefit: float
    low: float
    high: float
    lifted: tuple[LiftedPair, ...] | None
    simulated: bool

    @property
    def known(self) -> bool:
        """Whether the interval of the benefit leaves out 0."""
        return bool(self.low > 0 or self.high < 0)

    @property
    def per_cost(self) -> tuple[float, float, float]:
        """Benefit for each unit of cost, low and high; NaN where nothing is bought or known."""
        if not self.cost > 0:
            return (np.nan,) * 3
        mean, low, high = (v / self.cost for v in (self.benefit, self.low, self.high))
        return mean if self.known else np.nan, low, high

    def count(self, verdict: str, species: str | None = None) -> int | None:
        """Return the pairs of blocks with a verdict, of one species or of all."""
        if self.lifted is None:
            return None
        mine = (one for one in self.lifted if species is None or one.species == species)
        return sum(one.verdict == verdict for one in mine)


def lifted_pairs(
    without: Migrants, with_links: Migrants, confidence: float
) -> tuple[LiftedPair, ...]:
    """Return the pairs of blocks that links lift, by replicates that both share.

    Parameters
    ----------
    without, with_links : Migrants
        Of the same replicates.
    confidence : float
        Of all intervals of a species together: of pairs between which anybody went, both ways of
        building.
    """
    found: list[LiftedPair] = []
    for key, before in without.values.items():
        after = with_links.values[key]
        n = before.shape[1]
        between = ~np.eye(n, dtype=bool)
        between[0], between[:, 0] = False, False
        at = np.argwhere(between & ((before > 0) | (after > 0)).any(axis=0))
        if not len(at):
            continue
        rows = [values[:, at[:, 0], at[:, 1]].T for values in (before, after)]
        level = (1 - confidence) / (2 * len(at))
        ends = [_ends(one, level) for one in rows]
        rise = moments(rows[1] - rows[0])
        rises = rise.mean - rise.half_width(level, rise.largest) > 0
        for y, (i, j) in enumerate(at):
            (w, w_low, w_high), (v, v_low, v_high) = (tuple(map(float, e[:, y])) for e in ends)
            if not rise.mean[y] > 0:
                continue
            if w_high < ONE_MIGRANT <= v_low:
                verdict = LIFTED
            elif w_low < ONE_MIGRANT <= v_high and (rises[y] or w < ONE_MIGRANT <= v):
                verdict = PERHAPS
            else:
                continue
            names = without.blocks[i], without.blocks[j]
            sides = (w, w_low, w_high), (v, v_low, v_high)
            found.append(LiftedPair(key, *names, *sides, verdict))
    return tuple(found)


def _ends(rows: F64, level: float) -> F64:
    """Return mean, low and high of rows ``[3, row]``; fewer than nobody cannot go."""
    found = moments(rows)
    half = found.half_width(level, found.largest)
    return np.stack([found.mean, np.maximum(found.mean - half, 0.0), found.mean + half])


@dataclass(slots=True)
class Counts:
    """Migrants a generation with sets that were simulated, and with others put together of them.

    Attributes
    ----------
    evaluator : SetEvaluator
    replicates : dict of part to int
        Of what was simulated; with every part all that it holds.
    confidence : float
    """

    evaluator: SetEvaluator
    replicates: dict[Part, int]
    confidence: float

    def simulated(self, chosen: Chosen, replicates: Iterable[int]) -> tuple[LiftedPair, ...] | None:
        """Return the pairs that a set lifts, by its own simulation."""
        wanted = list(replicates)
        without = self.evaluator.migrants(NO_LINK, wanted)
        with_links = self.evaluator.migrants(chosen, wanted)
        if without is None or with_links is None:
            return None
        return lifted_pairs(without, with_links, self.confidence)

    def promised(self, links: Sequence[int]) -> tuple[LiftedPair, ...] | None:
        """Return the pairs that a set lifts, put together from what it holds.

        Of the replicates that all of it has: what links alone, pairs and threes that were
        simulated change in the flow of a replicate is added up.
        """
        mine = frozenset(links)
        parts = tuple(part for part in self.replicates if part <= mine)
        n = range(min((self.replicates[part] for part in parts), default=1))
        without = self.evaluator.migrants(NO_LINK, n)
        if without is None or not parts:
            return None if without is None else ()
        size = len(self.evaluator.links)
        expansion = Expansion(size, parts)
        weight = expansion.coefficients(np.isin(np.arange(size), list(mine))[None])[0]
        total = {key: values.copy() for key, values in without.values.items()}
        for part, times in zip(parts, weight, strict=True):
            told = self.evaluator.migrants(part, n) if times else None
            for key, values in {} if told is None else told.values.items():
                total[key] += times * (values - without.values[key])
        return lifted_pairs(without, Migrants(without.blocks, total), self.confidence)


@dataclass(frozen=True, slots=True)
class Money:
    """What links give for their cost, alone and in sets.

    Attributes
    ----------
    links : tuple of ForMoney
        Each link alone.
    frontier : tuple of ForMoney
        Each set of the frontier, as it is promised.
    chosen : ForMoney or None
        The chosen set, from its simulation.
    """

    links: tuple[ForMoney, ...]
    frontier: tuple[ForMoney, ...]
    chosen: ForMoney | None


def money_of(
    flows: Counts,
    ranking: Ranking,
    points: Sequence[Portfolio],
    promise: Callable[[Sequence[int]], Prediction],
    chosen: Portfolio | None,
    seen: Confirmation | None,
    fresh: range,
) -> Money:
    """Return what links and sets give for their cost.

    Parameters
    ----------
    flows : Counts
    ranking : Ranking
        Of all links alone.
    points : sequence of Portfolio
        The frontier.
    promise : callable
        Returns what is predicted of a set of links.
    chosen, seen : Portfolio, Confirmation, optional
        The chosen set, and its simulation.
    fresh : range
        The replicates of that.
    """
    level = 1 - flows.confidence

    def predicted(one: Portfolio) -> ForMoney:
        found = promise(one.links)
        reach = found.half_width(level)
        ends = (found.value - reach, found.value + reach)
        lifted = flows.promised(one.links)
        return ForMoney(one.links, one.cost, found.value, *ends, lifted, simulated=False)

    alone = tuple(
        ForMoney(
            (i,),
            link.cost,
            float(ranking.mean[i]),
            float(ranking.low[i]),
            float(ranking.high[i]),
            flows.promised((i,)),
            simulated=True,
        )
        for i, link in enumerate(flows.evaluator.links)
    )
    mine = None
    if chosen is not None and seen is not None:
        lifted = flows.simulated(frozenset(chosen.links), fresh)
        found = (seen.simulated, seen.low, seen.high)
        mine = ForMoney(chosen.links, chosen.cost, *found, lifted, simulated=True)
    return Money(alone, tuple(map(predicted, points)), mine)
