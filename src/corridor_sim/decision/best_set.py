"""The best set of links for a budget: replicates go where they can still change the choice.

Sets are compared, with common random numbers: one replicate of the parts (links, pairs, threes;
:mod:`corridor_sim.decision.sets`) gives a value of every set that the budget pays for, and two sets
are compared by their paired differences, in which all that both hold cancels. A part that no longer
occurs in a comparison that is open is not simulated any more, as in elimination after Kim & Nelson
(2001, ACM TOMACS 11:251). The error is shared out as in pure exploration of combinations of arms
(Cao & Krishnamurthy 2019, PMLR 99:558; Chen et al. 2014, NIPS 27:379): the true best set S* has at
most ``C(N, d)`` rivals that differ from it in d of N links, so each of them is given ``alpha / (D
C(N, d))``, D the number of distances that occur. Near rivals pay for few comparisons, and the sum
over all is alpha. At each planned look of n replicates the chosen set C and a rival S have ::

    U(S, C) = mean(B_S - B_C) + t(n - 1; a_d) sd(B_S - B_C) / sqrt(n),

with ``a_d`` the error of one look for which all looks together have the error of their distance
(:mod:`corridor_sim.decision.bounds`), and n the replicates that all parts in the difference have.
With confidence 1 - alpha no such one-sided interval of S* fails at any look, whatever the data led
the procedure to simulate or to choose, for it is a statement on the whole table of values, seen or
not. Then S* is better than C by no more than the largest U, the *regret*; and where that is at most
the indifference, C is within the indifference of S*.

An interval of an earlier look is not used again: were values less normal than they looked, because
something rare and large had not been seen, it would be too narrow.

Where there are too many sets to look at each, effects have intervals that hold together (over
parts and looks), and the rival is the one that could be best anywhere within them, by an exact
optimum (CLUCB of Chen et al. 2014; :func:`corridor_sim.decision.regret.worst_rival`).
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from corridor_sim.decision.bounds import nominal_level, plan_looks
from corridor_sim.decision.portfolio import Surrogate, choose_links
from corridor_sim.decision.regret import worst_rival
from corridor_sim.decision.selection import BUDGET, Effort
from corridor_sim.decision.sets import Expansion, Part, affordable
from corridor_sim.errors import CorridorSimError, ScenarioError, counted
from corridor_sim.statistics.moments import moments

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]
SampleParts = Callable[[Sequence[Part], range], F64]
Pick = Callable[["Table"], tuple[int, ...]]
Further = Callable[["Table", tuple[int, ...], int], Sequence[Part]]
SETTLED = "no other set can be better by what matters"
STILL = "nothing that was built changed anything"
# sets whose differences are held in memory at a time
CHUNK = 2**13


@dataclass(frozen=True, slots=True)
class Purchase:
    """What may be bought.

    Attributes
    ----------
    cost : sequence of float
    budget : float
    must, never : tuple of int
        Links that every set holds, and that none does.
    most_sets : int
        More sets than these are not looked at one by one.
    """

    cost: Sequence[float]
    budget: float
    must: tuple[int, ...] = ()
    never: tuple[int, ...] = ()
    most_sets: int = 2**17

    @property
    def free(self) -> int:
        """Links that may be in a set or not."""
        return len(self.cost) - len({*self.must, *self.never})


@dataclass(slots=True)
class Table:
    """Benefits of parts, replicate by replicate from 0.

    Attributes
    ----------
    values : dict of part to float64 ``[replicate]``
    """

    values: dict[Part, F64] = field(default_factory=dict)

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts, in the order in which they came."""
        return tuple(self.values)

    def replicates(self, part: Part) -> int:
        """Return the replicates of a part; 0 of one that was not simulated."""
        return self.values[part].size if part in self.values else 0

    @property
    def runs(self) -> int:
        """Replicates of all parts."""
        return sum(one.size for one in self.values.values())

    def rows(self) -> F64:
        """Return all values ``[part, replicate]``, NaN where a part was not simulated."""
        most = max((one.size for one in self.values.values()), default=0)
        rows = np.full((len(self.values), most), np.nan)
        for row, one in zip(rows, self.values.values(), strict=True):
            row[: one.size] = one
        return rows

    def take(self, sample: SampleParts, parts: Sequence[Part], then: int) -> None:
        """Simulate parts with the same number of replicates up to ``then``."""
        before = {self.replicates(part) for part in parts}
        (n,) = before
        fresh = np.asarray(sample(list(parts), range(n, then)), dtype=np.float64)
        if fresh.shape != (len(parts), then - n):
            raise CorridorSimError(
                f"the simulator returned shape {fresh.shape} for {len(parts)} sets and "
                f"{then - n} replicates",
                remedy="return one row per set and one column per replicate",
            )
        if np.isinf(fresh).any():
            bad = sorted(parts[int(np.argwhere(np.isinf(fresh))[0][0])])
            raise CorridorSimError(
                f"links {bad} have an infinite benefit", remedy="use NaN for no value"
            )
        for part, row in zip(parts, fresh, strict=True):
            self.values[part] = np.concatenate([self.values.get(part, np.empty(0)), row])
            if not np.isfinite(self.values[part]).any():
                raise CorridorSimError(
                    f"links {sorted(part)} have no value in any of {then} replicates",
                    remedy="choose an outcome that they can have, or leave them out",
                )


@dataclass(frozen=True, slots=True)
class Verdict:
    """By how much another set may be better than the chosen one, and who tells more of it.

    Attributes
    ----------
    regret : float
        No set is better by more, at the stated confidence.
    rivals : int
        Sets that may be better by more than the indifference; of those that were not looked at
        one by one only whether there is any.
    wanted : frozenset of parts
        That tell the most of the rivals that may be the best by most.
    """

    regret: float
    rivals: int
    wanted: frozenset[Part]


class _Judge(ABC):
    """Intervals that hold at all looks together, for parts that do not change."""

    @abstractmethod
    def verdict(self, table: Table, chosen: tuple[int, ...], zone: float) -> Verdict: ...


class _BySets(_Judge):
    """Every set looked at, its error by its distance from the best."""

    def __init__(
        self, expansion: Expansion, sets: Bools, free: int, looks: tuple[int, ...], error: float
    ):
        self.expansion, self.sets = expansion, sets
        far = max(1, min(free, 2 * int(sets.sum(axis=1).max(initial=0))))
        rivals = [min(math.comb(free, d), max(1, len(sets) - 1)) for d in range(1, far + 1)]
        # one-sided, and Pocock's constant is for both sides
        level = [nominal_level(looks, min(0.5, 2 * error / far / k)) for k in rivals]
        self.level = np.array([np.nan, *level])

    def verdict(self, table: Table, chosen: tuple[int, ...], zone: float) -> Verdict:
        mine = np.zeros((1, self.expansion.n), dtype=bool)
        mine[0, list(chosen)] = True
        values = table.rows()
        n = np.array([table.replicates(part) for part in self.expansion.parts])
        jump = moments(values).largest
        k = len(self.sets)
        upper, parts = np.empty(k), np.zeros((k, n.size), dtype=bool)
        own = self.expansion.coefficients(mine)
        for start in range(0, k, CHUNK):
            some = slice(start, start + CHUNK)
            sets = self.sets[some]
            apart = self.expansion.coefficients(sets) - own
            level = self.level[(sets != mine).sum(axis=1)]
            upper[some], parts[some] = _upper(apart, level, values, n, jump)
        regret = max(0.0, float(upper.max(initial=0.0)))
        open_ = upper > max(zone, regret / 2)
        wanted = [self.expansion.parts[y] for y in np.flatnonzero(parts[open_].any(axis=0))]
        return Verdict(regret, int((upper > zone).sum()), frozenset(wanted))


def _upper(apart: F64, level: F64, values: F64, n: I64, jump: float) -> tuple[F64, Bools]:
    """Return by how much sets may be better than the chosen one, and the parts that tell it least.

    Parameters
    ----------
    apart : float64 ``[k, part]``
        Of each set less the chosen one.
    level : float64 ``[k]``
        Two-sided error of one look.
    values : float64 ``[part, replicate]``
    n : int64 ``[part]``
        Replicates of each.
    jump : float
        The furthest that a part went from its mean.
    """
    used = apart != 0
    shared = np.where(used, n, np.iinfo(np.int64).max).min(axis=1, initial=np.iinfo(np.int64).max)
    upper = np.zeros(len(apart))
    for count in np.unique(shared[used.any(axis=1)]):
        rows = np.flatnonzero(shared == count)
        seen = values[:, :count]
        known = np.isfinite(seen)
        gap = apart[rows] @ np.where(known, seen, 0.0)
        if not known[n >= count].all():
            void = used[rows].astype(np.float64) @ (~known).astype(np.float64) > 0
            gap = np.where(void, np.nan, gap)
        # what is left of equal numbers is rounding
        size = np.abs(apart[rows]) @ np.where(known, np.abs(seen), 0.0)
        gap = np.where(np.abs(gap) <= 1e-12 * size, 0.0, gap)
        found = moments(gap)
        mean = np.where(found.count > 0, found.mean, 0.0)
        upper[rows] = mean + found.half_width(level[rows], jump)
    return upper, used & (n == shared[:, None])


class _ByEffects(_Judge):
    """Every effect has an interval, and the rival is the best set anywhere within them."""

    def __init__(
        self, expansion: Expansion, buys: Purchase, looks: tuple[int, ...], error: float
    ) -> None:
        self.expansion, self.buys = expansion, buys
        self.order = sorted(range(len(expansion.parts)), key=lambda y: (len(expansion.parts[y]), y))
        self.level = nominal_level(looks, error / max(1, len(expansion.parts)))

    def verdict(self, table: Table, chosen: tuple[int, ...], zone: float) -> Verdict:
        values = table.rows()
        n = np.array([table.replicates(part) for part in self.expansion.parts])
        jump = moments(values).largest
        level = np.full(len(n), self.level)
        effects = self.expansion.effects
        high, least = _upper(effects, level, values, n, jump)
        low = -_upper(-effects, level, values, n, jump)[0]
        parts = [tuple(sorted(self.expansion.parts[y])) for y in self.order]
        singles = [y for y in self.order if len(self.expansion.parts[y]) == 1]
        links = sorted(singles, key=lambda y: min(self.expansion.parts[y]))
        order = [*links, *self.order[len(links) :]]
        rival = worst_rival(
            self.buys.cost,
            chosen,
            self.buys.budget,
            parts[len(links) :],
            low[order],
            high[order],
            must=self.buys.must,
            never=self.buys.never,
        )
        sets = np.zeros((2, self.expansion.n), dtype=bool)
        sets[0, list(chosen)] = sets[1, list(rival.links)] = True
        held = np.array([sets[:, list(part)].all(axis=1) for part in self.expansion.parts])
        differ = held[:, 0] != held[:, 1]
        wanted = [self.expansion.parts[y] for y in np.flatnonzero(least[differ].any(axis=0))]
        over = rival.better_by > zone
        return Verdict(rival.better_by, int(over), frozenset(wanted if over else ()))


@dataclass(frozen=True, slots=True)
class BestSet:
    """The set that was chosen and how sure that is.

    Attributes
    ----------
    links : tuple of int
    regret : float
        With the stated confidence no set that the budget pays for is better by more: the best set
        of what links, pairs and threes add up to. Infinite where nothing ever changed.
    rivals : int
        Sets that may be better by more than the indifference when it stopped.
    sets : int or None
        Sets that the budget pays for; None where there are too many to look at one by one.
    table : Table
        Benefits of parts.
    looks : tuple of int
        Planned numbers of replicates at which the data were looked at.
    stopped : str
        Why it stopped.
    """

    links: tuple[int, ...]
    regret: float
    rivals: int
    sets: int | None
    table: Table
    looks: tuple[int, ...]
    stopped: str
    effort: Effort

    @property
    def settled(self) -> bool:
        """Whether no other set can be better by what matters."""
        return self.regret <= self.effort.indifference

    @property
    def runs(self) -> int:
        """Replicates of all parts."""
        return self.table.runs

    @property
    def sentence(self) -> str:
        """What is promised, in one line."""
        among = "" if self.sets is None else f" of {counted(self.sets, 'set')}"
        told = (
            f"none{among} can be better by more than {self.regret:.3g}"
            if np.isfinite(self.regret)
            else "how much better another can be is not known"
        )
        return f"stopped after {self.runs} runs, {self.stopped}: {told}"


def find_best_set(
    sample: SampleParts,
    buys: Purchase,
    effort: Effort,
    pick: Pick,
    *,
    further: Further | None = None,
) -> BestSet:
    """Find the best set of links that a budget pays for.

    Parameters
    ----------
    sample : callable
        ``sample(parts, replicates)`` returns float64 ``[len(parts), len(replicates)]``: benefits
        (more is better) of sets of links that are built, under common random numbers, as for
        :func:`~corridor_sim.decision.selection.rank_alternatives`. NaN: no value.
    buys : Purchase
    effort : Effort
        Precision and budget of runs; ``indifference`` is the difference between sets that does not
        matter.
    pick : callable
        ``pick(table)`` returns the set that the data name by now, within the budget. Whatever it
        is, the regret holds for it; it should come near the best of the table.
    further : callable, optional
        ``further(table, chosen, runs left)`` returns parts that are to be simulated as well, after
        each look: pairs, and threes. What they hold must be among the parts, or among them.

    Raises
    ------
    ScenarioError
        A budget of runs below the first look.
    CorridorSimError
        The simulator returned a wrong shape, an infinity, or no value at all for a part.
    """
    singles = [frozenset([i]) for i in range(len(buys.cost))]
    need = len(singles) * effort.first
    if effort.budget < need:
        raise ScenarioError(
            f"a budget of {effort.budget} runs is below the first look: {len(singles)} links x "
            f"{effort.first} replicates = {need}",
            remedy=f"allow {need} runs or more, or fewer links",
        )
    reach = effort.first + effort.budget - need
    most = reach if effort.most is None else min(reach, effort.most)
    looks = plan_looks(effort.first, effort.batch, effort.growth, most)
    table = Table()
    table.take(sample, singles, looks[0])
    sets = affordable(buys.cost, buys.budget, must=buys.must, never=buys.never, most=buys.most_sets)
    judge = None
    while True:
        chosen = pick(table)
        fresh = [] if further is None else _fitting(further, table, chosen, effort, looks[0])
        if fresh:
            table.take(sample, fresh, looks[0])
            judge = None
            continue
        if not any(np.nan_to_num(one).any() for one in table.values.values()):
            verdict, stopped = Verdict(math.inf, 0, frozenset()), STILL
            break
        if judge is None:
            judge = _judge_of(table, sets, buys, looks, effort)
        verdict = judge.verdict(table, chosen, effort.indifference)
        if verdict.regret <= effort.indifference:
            stopped = SETTLED
            break
        if not _go_on(sample, table, verdict.wanted, looks, effort.budget - table.runs):
            stopped = BUDGET
            break
    return BestSet(
        chosen,
        verdict.regret,
        verdict.rivals,
        None if sets is None else len(sets),
        table,
        looks,
        stopped,
        effort,
    )


def effect_rows(expansion: Expansion, table: Table) -> F64:
    """Return the effect of each part ``[part, replicate]``, NaN where one that it holds is not."""
    values = table.rows()
    known = np.isfinite(values)
    used = expansion.effects != 0
    rows = expansion.effects @ np.where(known, values, 0.0)
    return np.where(used.astype(np.float64) @ (~known).astype(np.float64) > 0, np.nan, rows)


def pick_clear(buys: Purchase, effort: Effort) -> Pick:
    """Return what names the set that promises most of what is told from nothing.

    Effects whose interval, by itself, holds 0 count as nothing, and of sets that fall short of the
    best by no more than half the indifference the cheapest is taken; the other half is left to
    chance, so that the search can end.
    """

    def pick(table: Table) -> tuple[int, ...]:
        expansion = Expansion(len(buys.cost), table.parts)
        found = moments(effect_rows(expansion, table))
        clear = np.abs(found.mean) > found.half_width(1 - effort.confidence, found.largest)
        worth = dict(zip(table.parts, np.where(clear, found.mean, 0.0), strict=True))
        products = sorted((p for p in worth if len(p) > 1), key=lambda p: (len(p), sorted(p)))
        pairs = [sorted(p) for p in products if len(p) == 2]
        triples = [sorted(p) for p in products if len(p) == 3]
        surrogate = Surrogate.of(
            buys.cost,
            np.array([worth[frozenset([i])] for i in range(len(buys.cost))]),
            np.array(pairs, dtype=np.int64).reshape(-1, 2),
            np.array([worth[p] for p in products[: len(pairs)]]),
            triples=np.array(triples, dtype=np.int64).reshape(-1, 3),
            third=np.array([worth[p] for p in products[len(pairs) :]]),
        )
        zone = effort.indifference / 2
        best = choose_links(
            surrogate, buys.budget, must=buys.must, never=buys.never, indifference=zone
        )
        return best.links

    return pick


def _judge_of(
    table: Table, sets: Bools | None, buys: Purchase, looks: tuple[int, ...], effort: Effort
) -> _Judge:
    expansion = Expansion(len(buys.cost), table.parts)
    error = 1 - effort.confidence
    if sets is None:
        return _ByEffects(expansion, buys, looks, error)
    return _BySets(expansion, sets, buys.free, looks, error)


def _fitting(
    further: Further, table: Table, chosen: tuple[int, ...], effort: Effort, first: int
) -> list[Part]:
    """Return parts that are asked for, not there yet, and paid for."""
    left = effort.budget - table.runs
    asked = dict.fromkeys(further(table, chosen, left))
    new = [part for part in asked if part not in table.values]
    return new if len(new) * first <= left else []


def _go_on(
    sample: SampleParts, table: Table, wanted: Iterable[Part], looks: tuple[int, ...], left: int
) -> bool:
    """Simulate parts up to their next look, as far as the runs that are left go."""
    groups: dict[int, list[Part]] = {}
    for part in sorted(wanted, key=lambda one: (len(one), sorted(one))):
        groups.setdefault(table.replicates(part), []).append(part)
    went = False
    for n, parts in sorted(groups.items()):
        later = [look for look in looks if look > n]
        if not later:
            continue
        # the last stage may be cut short, as in rank_alternatives
        then = min(later[0], n + left // len(parts))
        if then > n:
            table.take(sample, parts, then)
            left -= len(parts) * (then - n)
            went = True
    return went
