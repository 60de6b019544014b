"""Rank alternatives by simulation, spending replicates where the order is still uncertain.

The procedure is the group-sequential comparison of all pairs of Follmann, Proschan & Geller (1994,
Biometrics 50:325) with their Bonferroni constants: they hold under any dependence between the
alternatives, which common random numbers bring. Every pair has a repeated confidence interval of
its *paired* differences (:mod:`corridor_sim.decision.bounds`); a pair is decided once that interval
leaves out zero (told apart) or lies within the indifference zone (equal; the equivalence test of
Jennison & Turnbull 1993, Biometrics 49:31). An alternative is sampled until all its pairs are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corridor_sim.decision.bounds import nominal_level, plan_looks
from corridor_sim.decision.ranks import equal_groups, places_of, rank_bounds, rank_probabilities
from corridor_sim.errors import CorridorSimError, ScenarioError, counted
from corridor_sim.statistics.moments import bounded, moments

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]
Sample = Callable[[Sequence[int], range], F64]
TOLD, BUDGET, REPLICATES = "every pair decided", "budget spent", "most replicates reached"


@dataclass(frozen=True, slots=True)
class Effort:
    """How precise a ranking must be and what it may cost.

    Attributes
    ----------
    budget : int
        Runs in total: one run is one replicate of one alternative (a baseline that is run beside
        them is not counted).
    indifference : float
        Two alternatives whose benefits differ by less than this are equal for the user. 0: never.
    confidence : float
        Chance that *all* verdicts on pairs are right together; also of the intervals.
    first, batch, growth : int, int, float
        Replicates before the first look; afterwards looks come after whole batches, each with at
        least ``growth`` times the replicates of the one before.
    most : int, optional
        Replicates of one alternative at most; by default what the budget could pay for two.
    half_width : float, optional
        Also go on until the interval of each alternative's own benefit is this narrow.
    """

    budget: int
    indifference: float
    confidence: float = 0.95
    first: int = 20
    batch: int = 10
    growth: float = 1.5
    most: int | None = None
    half_width: float | None = None

    def __post_init__(self) -> None:
        for name, good, rule in (
            ("confidence", 0.5 <= self.confidence < 1, "0.5 or more and below 1"),
            ("indifference", 0 <= self.indifference < math.inf, "0 or a positive number"),
            ("first", self.first >= 5, "5 or more: the spread must be estimated"),
            ("batch", self.batch >= 1, "1 or more"),
            ("growth", 1.1 <= self.growth <= 10, "from 1.1 to 10"),
            ("most", self.most is None or self.most >= self.first, "not below 'first'"),
            ("half_width", self.half_width is None or self.half_width > 0, "positive"),
        ):
            if not good:
                raise ScenarioError(
                    f"{name} = {getattr(self, name)!r} is impossible", remedy=f"it must be {rule}"
                )


@dataclass(frozen=True, slots=True)
class Ranking:
    """What a ranking found; all arrays ``[k]`` are by alternative, not by rank.

    Attributes
    ----------
    order : int64 ``[k]``
        Alternatives from best to worst; those that share a rank by number.
    rank, rank_low, rank_high : int64 ``[k]``
        Rank by ``order`` (1 is best; alternatives of the same mean share the better one), and the
        best and worst place that the verdicts leave open. At the stated confidence all true ranks
        lie within, together.
    mean, low, high : float64 ``[k]``
        Mean benefit and Student's t interval at the replicates spent, for each alternative by
        itself; wider where it rarely varied (:class:`~corridor_sim.statistics.moments.Moments`).
        Sampling stopped because of verdicts on pairs, which lean on the alternative's own
        mean but weakly; what that does to the coverage is measured in docs/decision.md.
    low_all, high_all : float64 ``[k]``
        The repeated interval that holds for all alternatives together (Bonferroni) at all looks,
        hence for whichever is picked, for whatever reason, at whatever look.
    difference, difference_low, difference_high : float64 ``[k, k]``
        ``[i, l]``: mean of i less l over the replicates of both, and its interval, all pairs
        together, as narrow as any look made it.
    better, equal : bool ``[k, k]``
        ``better[i, l]``: i is told to be better than l. ``equal[i, l]``: shown to differ by less
        than the indifference zone. A pair that is neither was not decided and counts as equal.
    groups : tuple of tuples
        Groups of equal rank, best first: the largest sets with no two told apart.
    letters : tuple of str
        The groups of each alternative as letters; two that share a letter are of equal rank.
    right, right_within : float64 ``[k]``
        Probability that the rank is right, exactly, and up to the indifference zone
        (:func:`~corridor_sim.decision.ranks.rank_probabilities`).
    replicates, valid : int64 ``[k]``
        Replicates spent, and how many of them had a value.
    looks : tuple of int
        Planned numbers of replicates at which the data were looked at.
    stopped : str
        Why it stopped.
    """

    order: I64
    rank: I64
    rank_low: I64
    rank_high: I64
    mean: F64
    low: F64
    high: F64
    low_all: F64
    high_all: F64
    difference: F64
    difference_low: F64
    difference_high: F64
    better: Bools
    equal: Bools
    groups: tuple[tuple[int, ...], ...]
    letters: tuple[str, ...]
    right: F64
    right_within: F64
    replicates: I64
    valid: I64
    looks: tuple[int, ...]
    stopped: str
    effort: Effort

    @property
    def place(self) -> I64:
        """Place of each alternative in :attr:`order`, from 1, no two alike, ``[k]``."""
        place = np.empty(self.order.size, dtype=np.int64)
        place[self.order] = np.arange(1, self.order.size + 1)
        return place

    @property
    def tied(self) -> tuple[tuple[int, ...], ...]:
        """Groups of alternatives that share a rank because their means are the same."""
        shared = [tuple(int(i) for i in self.order if self.rank[i] == p) for p in self._ranks()]
        return tuple(group for group in shared if len(group) > 1)

    def _ranks(self) -> list[int]:
        return sorted({int(p) for p in self.rank})

    @property
    def runs(self) -> int:
        """Runs spent in total."""
        return int(self.replicates.sum())

    @property
    def undecided(self) -> int:
        """Pairs neither told apart nor shown to be equal."""
        k = self.order.size
        return k * (k - 1) // 2 - int(self.better.sum()) - int(np.triu(self.equal, 1).sum())

    @property
    def sentence(self) -> str:
        """Why the ranking stopped, in one line."""
        k = self.order.size
        n = k * (k - 1) // 2
        told, same = int(self.better.sum()), int(np.triu(self.equal, 1).sum())
        return (
            f"stopped after {self.runs} runs, {self.stopped}: of {counted(n, 'pair')} "
            f"{told} told apart, {same} equal within {self.effort.indifference:g}, "
            f"{self.undecided} undecided, which share a rank"
        )


class _Comparison:
    """The values so far, and the verdicts on pairs."""

    def __init__(self, k: int, looks: tuple[int, ...], effort: Effort, baseline: int | None):
        self.values = np.full((k, looks[-1]), np.nan)
        self.baseline = baseline
        self.own = np.zeros(k, dtype=bool)
        self.active = np.ones(k, dtype=bool)
        if baseline is not None:
            self.values[baseline] = 0.0
            self.own[baseline], self.active[baseline] = True, False
        self.replicates = np.zeros(k, dtype=np.int64)
        self.better = np.zeros((k, k), dtype=bool)
        self.equal = np.zeros((k, k), dtype=bool)
        self.low = np.full((k, k), -np.inf)
        self.high = np.full((k, k), np.inf)
        np.fill_diagonal(self.low, 0.0)
        np.fill_diagonal(self.high, 0.0)
        error = 1 - effort.confidence
        self.all = nominal_level(looks, error / max(1, k - self.own.sum()))
        self.pair = nominal_level(looks, error / max(1, k * (k - 1) // 2))
        self.jump = 0.0
        self.effort = effort

    def take(self, sample: Sample, n_before: int, n: int) -> None:
        rows = np.flatnonzero(self.active)
        fresh = np.asarray(sample([int(i) for i in rows], range(n_before, n)), dtype=np.float64)
        if fresh.shape != (rows.size, n - n_before):
            raise CorridorSimError(
                f"the simulator returned shape {fresh.shape} for {rows.size} alternatives and "
                f"{n - n_before} replicates",
                remedy="return one row per alternative and one column per replicate",
            )
        if np.isinf(fresh).any():
            bad = rows[np.isinf(fresh).any(axis=1)][0]
            raise CorridorSimError(
                f"alternative {bad} has an infinite benefit", remedy="use NaN for no value"
            )
        self.values[rows, n_before:n] = fresh
        self.replicates[rows] = n
        void = rows[~np.isfinite(self.values[rows, :n]).any(axis=1)]
        if void.size:
            raise CorridorSimError(
                f"alternative {void[0]} has no value in any of {n} replicates",
                remedy="choose an outcome that it can have, or leave it out",
            )

    def judge(self, n: int) -> None:
        """Look at every pair whose two alternatives both have ``n`` replicates."""
        here = self.replicates == n
        if self.baseline is not None:
            here[self.baseline] = True
        rows = np.flatnonzero(here)
        a, b = np.triu_indices(rows.size, 1)
        first, second = rows[a], rows[b]
        found = moments(self.values[first, :n] - self.values[second, :n])
        # What a pair that never differed could jump by: the most that any pair did, or if none
        # ever differed, the most that any alternative did.
        self.jump = max(self.jump, found.largest)
        jump = self.jump or moments(self.values[rows, :n]).largest
        half = found.half_width(self.pair, jump)
        mean = np.where(found.count > 0, found.mean, 0.0)
        low = np.maximum(self.low[first, second], mean - half)
        high = np.minimum(self.high[first, second], mean + half)
        # Looks that contradict each other happen only if one of them erred: keep the later one.
        clash = low > high
        low, high = np.where(clash, mean - half, low), np.where(clash, mean + half, high)
        self.low[first, second], self.high[first, second] = low, high
        self.low[second, first], self.high[second, first] = -high, -low
        zone = self.effort.indifference
        still_open = ~(self.better | self.better.T | self.equal)[first, second]
        same = still_open & (low > -zone) & (high < zone)
        if zone > 0 and jump == 0:
            same |= still_open & (np.abs(mean) < zone)
        up, down = still_open & ~same & (low > 0), still_open & ~same & (high < 0)
        self.equal[first[same], second[same]] = self.equal[second[same], first[same]] = True
        self.better[first[up], second[up]] = True
        self.better[second[down], first[down]] = True

    def renew(self, n: int) -> None:
        """Settle who needs more replicates after the look at ``n``."""
        undecided = ~(self.better | self.better.T | self.equal)
        np.fill_diagonal(undecided, False)
        need = undecided.any(axis=1)
        if self.effort.half_width is not None:
            found = moments(self.values[:, :n])
            level = 1 - self.effort.confidence
            need |= found.half_width(level, found.largest) > self.effort.half_width
        self.active &= need


def rank_alternatives(
    sample: Sample,
    alternatives: int,
    effort: Effort,
    *,
    baseline: int | None = None,
    limits: Callable[[], tuple[float, float]] | None = None,
    draws: int = 2000,
    seed: int = 0,
) -> Ranking:
    """Rank alternatives by their expected benefit.

    Parameters
    ----------
    sample : callable
        ``sample(alternatives, replicates)`` returns float64 ``[len(alternatives),
        len(replicates)]``: benefits (more is better) under common random numbers, that is, equal
        replicate numbers mean equal draws. NaN: no value. It is called once between looks, with
        replicates that follow those before, and must return the same values for the same numbers;
        a study that stores its runs can therefore be killed and simply started again.
    alternatives : int
        Number k of alternatives, 2 or more.
    effort : Effort
        Precision and budget.
    baseline : int, optional
        An alternative whose benefit is 0 by definition, because benefits are differences from it.
        It is ranked with the others but never sampled.
    limits : callable, optional
        Called when sampling is over: the least and the most that a benefit can be. No interval of
        a benefit or of a difference reaches beyond what is possible.
    draws, seed : int
        Posterior draws for the probabilities of ranks, and their seed.

    Raises
    ------
    ScenarioError
        Fewer than two alternatives, or a budget below the first look.
    CorridorSimError
        The simulator returned a wrong shape, an infinity, or no value at all for an alternative.
    """
    k = alternatives
    paid = k - (baseline is not None)
    if k < 2 or paid < 1 or (baseline is not None and not 0 <= baseline < k):
        raise ScenarioError(
            f"nothing to rank among {k} alternatives with baseline {baseline}",
            remedy="give two or more alternatives and a baseline among them",
        )
    need = paid * effort.first
    if effort.budget < need:
        raise ScenarioError(
            f"a budget of {effort.budget} runs is below the first look: {paid} alternatives x "
            f"{effort.first} replicates = {need}",
            remedy=f"allow {need} runs or more, or fewer alternatives",
        )
    reach = effort.first + (effort.budget - need) // min(2, paid)
    most = reach if effort.most is None else min(reach, effort.most)
    looks = plan_looks(effort.first, effort.batch, effort.growth, most)
    pairs = _Comparison(k, looks, effort, baseline)
    n, left, stopped = 0, effort.budget, REPLICATES
    for planned in looks:
        # The last stage may be cut short by the budget; that a look comes earlier than planned
        # hardly changes its error (Lan & DeMets 1989, Biometrics 45:1017).
        then = min(planned, n + left // int(pairs.active.sum()))
        if then == n:
            stopped = BUDGET
            break
        left -= int(pairs.active.sum()) * (then - n)
        pairs.take(sample, n, then)
        n = then
        pairs.judge(n)
        pairs.renew(n)
        if not pairs.active.any():
            stopped = TOLD
            break
    else:
        # the longest plan is what the budget pays for two
        stopped = BUDGET if effort.most is None or most < effort.most else REPLICATES
    ends = (-math.inf, math.inf) if limits is None else limits()
    return _report(pairs, looks, stopped, draws, seed, ends)


def rank_values(
    values: F64,
    effort: Effort,
    looks: tuple[int, ...],
    stopped: str,
    *,
    limits: tuple[float, float] = (-math.inf, math.inf),
    draws: int = 2000,
    seed: int = 0,
) -> Ranking:
    """Rank alternatives by benefits that something else had simulated, for reasons of its own.

    Each pair is judged at every planned look that both reached, as :func:`rank_alternatives` does.

    Parameters
    ----------
    values : float64 ``[k, replicate]``
        Each row is NaN from some replicate on.
    looks : tuple of int
        Planned numbers of replicates at which the data were looked at.
    stopped : str
        Why it stopped.
    effort, limits, draws, seed
        As for :func:`rank_alternatives`.
    """
    pairs = _Comparison(len(values), looks, effort, None)
    reached = values.shape[1] - np.isfinite(values[:, ::-1]).argmax(axis=1)
    pairs.values = values
    for n in sorted({*looks, *map(int, reached)}):
        pairs.replicates = np.where(reached >= n, n, 0)
        if (pairs.replicates == n).any():
            pairs.judge(n)
    pairs.replicates = reached.astype(np.int64)
    return _report(pairs, looks, stopped, draws, seed, limits)


def _report(
    pairs: _Comparison,
    looks: tuple[int, ...],
    stopped: str,
    draws: int,
    seed: int,
    ends: tuple[float, float],
) -> Ranking:
    found = moments(pairs.values)
    each = found.half_width(1 - pairs.effort.confidence, found.largest)
    together = found.half_width(pairs.all, found.largest)
    if pairs.baseline is not None:
        each[pairs.baseline] = together[pairs.baseline] = 0.0
    low, high = bounded(found.mean, found.mean - each, found.mean + each, *ends)
    low_all, high_all = bounded(found.mean, found.mean - together, found.mean + together, *ends)
    used = pairs.values[:, : int(pairs.replicates.max())]
    order, rank = places_of(found.mean, pairs.better)
    best, worst = rank_bounds(pairs.better)
    groups = equal_groups(pairs.better | pairs.better.T, order)
    right, within = rank_probabilities(
        used, order, pairs.effort.indifference, draws, seed, rank=rank
    )
    gap = moments((used[:, None] - used[None]).reshape(-1, used.shape[1])).mean
    gap = gap.reshape(order.size, order.size)
    span = ends[1] - ends[0]
    gap_low, gap_high = bounded(gap, pairs.low, pairs.high, -span, span)
    letters = tuple(
        "".join(_letter(j) for j, group in enumerate(groups) if i in group)
        for i in range(order.size)
    )
    valid = np.where(pairs.replicates > 0, found.count, 0)
    return Ranking(
        order,
        rank,
        best,
        worst,
        found.mean,
        low,
        high,
        low_all,
        high_all,
        gap,
        gap_low,
        gap_high,
        pairs.better,
        pairs.equal,
        groups,
        letters,
        right,
        within,
        pairs.replicates,
        valid,
        looks,
        stopped,
        pairs.effort,
    )


def _letter(j: int) -> str:
    """Return a, b, ... z, then (27), (28), ..."""
    return chr(ord("a") + j) if j < 26 else f"({j + 1})"
