"""Replicates spent on the best set of links for the budget, and what they tell of every link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.links import LinkSettings
from corridor_sim.decision.best_set import BestSet, Purchase, Table, find_best_set
from corridor_sim.decision.interactions import (
    Interactions,
    PairDesign,
    Triples,
    design_pairs,
    estimate_interactions,
    estimate_triples,
    triples_to_ask,
)
from corridor_sim.decision.selection import Effort, Ranking, rank_values
from corridor_sim.decision.sets import Part, within
from corridor_sim.languages import tr, tr_plural
from corridor_sim.links.choice import best_for, demands, weigh
from corridor_sim.links.effects import with_own_intervals
from corridor_sim.links.evaluator import Chosen, SetEvaluator
from corridor_sim.progress import Listener

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
# threes may take this share of the replicates that are left
FOR_TRIPLES = 0.25


@dataclass(frozen=True, slots=True)
class Searched:
    """What looking for the best set told.

    Attributes
    ----------
    best : BestSet
    ranking : Ranking
        Of all links, at whatever replicates each got.
    design : PairDesign or None
        The pairs that were simulated.
    interactions : Interactions or None
    triples : Triples or None
    """

    best: BestSet
    ranking: Ranking
    design: PairDesign | None
    interactions: Interactions | None
    triples: Triples | None

    @property
    def reached(self) -> int:
        """Replicates of the part that got the most: those after them are fresh."""
        return max(self.best.table.replicates(part) for part in self.best.table.parts)


@dataclass(slots=True)
class _Search:
    """One search, its pairs and threes."""

    evaluator: SetEvaluator
    settings: LinkSettings
    near: Sequence[tuple[int, int]]
    listener: Listener
    effort: Effort
    looks: tuple[int, ...] = ()
    design: PairDesign | None = None
    asked: set[Chosen] = field(default_factory=set)

    def sample(self, parts: Sequence[Part], replicates: range) -> F64:
        ones, pairs, threes = (sum(len(part) == m for part in parts) for m in (1, 2, 3))
        said = [
            tr_plural("{n} link", "{n} links", ones) if ones else "",
            tr_plural("{n} pair", "{n} pairs", pairs) if pairs else "",
            tr_plural("{n} three", "{n} threes", threes) if threes else "",
        ]
        self.listener.say(
            tr(
                "{what}, replicates {first} to {last}",
                what=", ".join(one for one in said if one),
                first=replicates.start + 1,
                last=replicates.stop,
            )
        )
        return self.evaluator.total(list(parts), replicates)

    def ranking(self, table: Table, stopped: str, draws: int) -> Ranking:
        """Return the ranking of all links by what the table holds."""
        k = len(self.evaluator.links)
        alone = [frozenset([i]) for i in range(k)]
        values = table.rows()[:k]
        most = max(table.replicates(part) for part in alone)
        found = rank_values(
            values[:, :most],
            self.effort,
            self.looks or (most,),
            stopped,
            limits=self.evaluator.limits_of_total(),
            draws=draws,
        )
        return with_own_intervals(self.evaluator, alone, found, self.effort.confidence)

    def pick(self, table: Table) -> tuple[int, ...]:
        """Return the set that the runs name by now."""
        ranking = self.ranking(table, "", 2)
        interactions, triples = self.together(table)
        worth = weigh(self.evaluator, self.settings, ranking, interactions, triples).surrogate
        return best_for(worth, self.settings, self.evaluator.links).links

    def further(self, table: Table, chosen: tuple[int, ...], left: int) -> list[Part]:
        """Return pairs after the first look, and later threes of which two pairs interact."""
        if self.design is None:
            return self._pairs(table, left)
        interactions, _ = self.together(table)
        if interactions is None:
            return []
        first, room = self.effort.first, int(FOR_TRIPLES * left)
        cost = [link.cost for link in self.evaluator.links]
        new: dict[Part, None] = {}
        for three in triples_to_ask(interactions, cost, float(self.settings.budget or 0)):
            whole = frozenset(three)
            parts = [p for p in within(whole) if p not in table.values and p not in new]
            if whole not in self.asked and (len(new) + len(parts)) * first <= room:
                new |= dict.fromkeys(parts)
                self.asked.add(whole)
        return list(new)

    def _pairs(self, table: Table, left: int) -> list[Part]:
        rule, n = self.settings.procedure, len(self.evaluator.links)
        runs = min(rule.pairs_runs, left)
        if runs < rule.first_replicates:
            self.design = PairDesign(np.empty((0, 2), np.int64), (), 0, complete=False)
            return []
        cost = [link.cost for link in self.evaluator.links]
        budget = float(self.settings.budget or 0)
        near = [(i, j) for i, j in self.near if cost[i] + cost[j] <= budget]
        score = np.array([table.values[frozenset([i])].mean() for i in range(n)])
        room = runs // rule.first_replicates
        self.design = design_pairs(score, runs, rule.first_replicates, also=near[:room])
        return [frozenset(map(int, pair)) for pair in self.design.pairs]

    def together(self, table: Table) -> tuple[Interactions | None, Triples | None]:
        """Return what pairs and threes give together, by species."""
        pairs = _of_size(table, 2)
        if not len(pairs):
            return None, None
        confidence = self.effort.confidence
        alone = self._rows(table, np.arange(len(self.evaluator.links))[:, None])
        both = self._rows(table, pairs)
        found = estimate_interactions(alone, pairs, both, confidence=confidence)
        triples = _of_size(table, 3)
        if not len(triples):
            return found, None
        three = self._rows(table, triples)
        return found, estimate_triples(alone, pairs, both, triples, three, confidence)

    def _rows(self, table: Table, parts: I64) -> F64:
        """Return benefits of parts, ``[species, part, replicate]``, NaN beyond those simulated."""
        sets = [frozenset(map(int, part)) for part in parts]
        most = max(table.replicates(part) for part in table.parts)
        rows = np.full((len(self.evaluator.species), len(sets), most), np.nan)
        for y, part in enumerate(sets):
            n = table.replicates(part)
            rows[:, y, :n] = self.evaluator.benefits([part], range(n))[:, 0]
        return rows


def search(
    evaluator: SetEvaluator,
    settings: LinkSettings,
    near: Sequence[tuple[int, int]],
    listener: Listener,
) -> Searched:
    """Simulate links, pairs and threes until the best set for the budget is settled.

    Parameters
    ----------
    evaluator : SetEvaluator
    settings : LinkSettings
        With a budget.
    near : sequence of pairs of links
        That may work only together, the nearest first.
    listener : Listener
    """
    rule = settings.procedure
    effort = Effort(
        # the baseline runs beside the links; one purse for links and pairs
        budget=rule.budget_runs - rule.first_replicates + rule.pairs_runs,
        indifference=rule.indifference,
        confidence=rule.confidence,
        first=rule.first_replicates,
        batch=rule.batch,
    )
    must, never = demands(evaluator.links)
    buys = Purchase(
        [link.cost for link in evaluator.links], float(settings.budget or 0), must, never
    )
    one = _Search(evaluator, settings, near, listener, effort)
    best = find_best_set(one.sample, buys, effort, one.pick, further=one.further)
    one.looks = best.looks
    ranking = one.ranking(best.table, best.stopped, 2000)
    interactions, triples = one.together(best.table)
    design = one.design
    if design is not None and interactions is not None:
        k, n = len(interactions.pairs), len(evaluator.links)
        runs = sum(best.table.replicates(frozenset(map(int, p))) for p in interactions.pairs)
        complete = k == n * (n - 1) // 2
        design = replace(design, pairs=interactions.pairs, runs=runs, complete=complete)
    return Searched(best, ranking, design if interactions else None, interactions, triples)


def _of_size(table: Table, size: int) -> I64:
    """Return the parts of so many links, ``[part, size]``, in lexical order."""
    found = sorted(sorted(part) for part in table.parts if len(part) == size)
    return np.array(found, dtype=np.int64).reshape(-1, size)
