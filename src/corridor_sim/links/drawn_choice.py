"""Which of a few drawn alternatives to build for a budget, simulated together.

Replicates are spent by :func:`corridor_sim.decision.best_set.find_best_set`: every alternative, all
pairs that the budget pays for and threes whose pairs interact are simulated as they are, until no
other set can be better by what matters. The chosen set is simulated whole, in replicates that had
no say in the choice.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.build import apply_edit
from corridor_sim.decision.best_set import (
    BestSet,
    Purchase,
    Table,
    effect_rows,
    find_best_set,
    pick_clear,
)
from corridor_sim.decision.confirm import Confirmation, confirm, prediction_of
from corridor_sim.decision.interactions import estimate_interactions, triples_to_ask
from corridor_sim.decision.selection import Effort
from corridor_sim.decision.sets import Expansion, Part, affordable, within
from corridor_sim.errors import CorridorSimError, ScenarioError, refuse_unknown
from corridor_sim.landscape.edits.base import Edit
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.languages import tr, tr_plural, written
from corridor_sim.links.alternatives import MOST_ALTERNATIVES
from corridor_sim.links.best_set import FOR_TRIPLES
from corridor_sim.links.drawn_tables import JOINING
from corridor_sim.links.drawn_walks import Answer, Grounds, Walks
from corridor_sim.progress import tell
from corridor_sim.simulation.dispersal.cohort import Ground
from corridor_sim.simulation.dispersal.machine import Dispersal
from corridor_sim.simulation.dispersal.outcomes import OUTCOMES
from corridor_sim.statistics.intervals import Support, intervals
from corridor_sim.statistics.moments import moments

if TYPE_CHECKING:
    import pandas as pd

F64 = NDArray[np.float64]
Priced = Mapping[str, tuple[Sequence[Edit], float]]
# replicates of the first look, and of each batch after it
FIRST = 10
# memory for landscapes of alternatives alone, and what a cell takes in that of a species, about
KEPT_BYTES, CELL_BYTES = 2**29, 48
# threes asked for after a look, at most
MOST_THREES = 8


@dataclass(frozen=True, slots=True)
class LinkChoice:
    """The alternatives to build for a budget, and how sure that is.

    Attributes
    ----------
    names : tuple of str
        Of those to build; none where nothing that the budget pays for is told to help.
    cost, budget : float
    benefit, low, high : float
        By how much more animals a year join another block with all of them built, over all species
        by their weights, with its interval: from replicates that had no say in the choice.
    replicates : int
        Of these.
    regret : float
        At the stated confidence no other set that the budget pays for is better by more, as far as
        alternatives, pairs and threes add up. Infinite where nothing changed anything.
    settled : bool
        Whether that is no more than what matters, ``indifference``.
    indifference, confidence : float
    sets : DataFrame
        All sets that the budget pays for, the best first: ``names``, ``cost``, ``benefit`` with
        its own interval ``low``, ``high``, ``replicates``, and whether it was ``simulated`` as it
        is or is put together from others.
    alone : DataFrame
        The alternatives, each by itself: ``name``, ``cost``, ``benefit``, ``low``, ``high``,
        ``replicates``.
    confirmation : Confirmation or None
        What simulating the chosen set whole gave; None where nothing is built.
    seconds : float
    """

    names: tuple[str, ...]
    cost: float
    budget: float
    benefit: float
    low: float
    high: float
    replicates: int
    regret: float
    settled: bool
    indifference: float
    confidence: float
    sets: pd.DataFrame
    alone: pd.DataFrame
    confirmation: Confirmation | None
    seconds: float

    @property
    def sentence(self) -> str:
        """The choice in words."""
        if not math.isfinite(self.regret):
            return tr(
                "None of them changed which animals join another block: there is nothing to choose."
            )
        percent = f"{100 * self.confidence:.0f}"
        other = tr(
            "no other set is better by more than {regret} animals a year, at {percent} % "
            "confidence",
            regret=written(f"{self.regret:.3g}"),
            percent=percent,
        )
        if not self.names:
            return tr("Build nothing: no set is told to help, and {other}.", other=other)
        benefit, low, high = (
            written(f"{value:+.3g}") for value in (self.benefit, self.low, self.high)
        )
        return tr(
            "Build {names} for {cost}: {benefit} ({low} to {high}) animals a year join another "
            "block; {other}.",
            names=_all(self.names),
            cost=written(f"{self.cost:g}"),
            benefit=benefit,
            low=low,
            high=high,
            other=other,
        )

    @property
    def check(self) -> str:
        """What simulating the chosen set whole says of what was promised."""
        found = self.confirmation
        return tr("nothing is built") if found is None else found.sentence

    def __str__(self) -> str:
        return self.sentence


def _all(names: Iterable[str]) -> str:
    """Return names as a sentence holds them."""
    return tr(" and ").join(names)


def check_alternatives(
    walks: Walks, alternatives: Priced, budget: float, weights: Mapping[str, float]
) -> None:
    """Refuse alternatives among which nothing can be chosen.

    Raises
    ------
    ScenarioError
    """
    if not 2 <= len(alternatives) <= MOST_ALTERNATIVES:
        raise ScenarioError(
            tr_plural(
                "{n} alternative cannot be compared",
                "{n} alternatives cannot be compared",
                len(alternatives),
            ),
            remedy=tr("give 2 to {most}", most=MOST_ALTERNATIVES),
        )
    for name, (edits, cost) in alternatives.items():
        if math.isnan(cost):
            raise ScenarioError(tr("has no cost"), where=name, remedy=tr("say what it costs"))
        if not 0 <= cost < math.inf:
            raise ScenarioError(
                f"a cost of {cost!r} is impossible", where=name, remedy="give 0 or more"
            )
        if not edits:
            raise ScenarioError(
                tr("changes nothing"), where=name, remedy=tr("draw something for it")
            )
    cheapest = min(cost for _, cost in alternatives.values())
    if not (math.isfinite(budget) and budget >= cheapest):
        raise ScenarioError(
            tr(
                "a budget of {budget} buys nothing: the cheapest alternative costs {cheapest}",
                budget=written(f"{budget:g}"),
                cheapest=written(f"{cheapest:g}"),
            ),
            where="budget",
            remedy=tr("raise it"),
        )
    species_weights(walks, weights)


def species_weights(walks: Walks, weights: Mapping[str, float]) -> dict[str, float]:
    """Return the weight of each species, 1 of all where none is given.

    Raises
    ------
    ScenarioError
    """
    keys = list(walks.dispersal.kinds)
    for key, weight in weights.items():
        refuse_unknown(key, keys, f"no species {key!r} that walks is simulated", where="weights")
        if not (math.isfinite(weight) and weight >= 0):
            raise ScenarioError(
                f"a weight of {weight!r} is impossible", where=key, remedy="give 0 or more"
            )
    found = {key: float(weights.get(key, 0.0 if weights else 1.0)) for key in keys}
    if not any(found.values()):
        raise ScenarioError(
            "all weights are 0", where="weights", remedy="give one species a weight"
        )
    return found


def built(land: Landscape, edits: Sequence[Edit], seed: int) -> Landscape:
    """Return a landscape after edits of several alternatives, each of which can be made alone.

    Where one finds nothing left to do, another has done it before.

    Raises
    ------
    CorridorSimError
        Two of them bear one name.
    """
    for edit in edits:
        try:
            land = apply_edit(land, edit, seed)
        except CorridorSimError as bad:
            if (bad.where or "").endswith(".name"):
                raise
    return land


@dataclass(slots=True)
class Grounded:
    """What species meet on the landscapes of sets of alternatives.

    A set is made from its first alternative alone, of which the landscape is kept: what has to be
    made anew then lies around the others.

    Attributes
    ----------
    edits : sequence of sequence of Edit
        By alternative.
    """

    dispersal: Dispersal
    land: Landscape
    edits: Sequence[Sequence[Edit]]
    seed: int
    _alone: dict[int, tuple[Landscape, dict[str, Ground]]] = field(default_factory=dict)

    def of(self, part: Part) -> Grounds:
        """Return what each species meets where a set is built, and where it differs."""
        first, *others = sorted(part)
        if first not in self._alone or not others:
            land = built(self.land, self.edits[first], self.seed)
            alone = self.dispersal.grounds(land)
            for old in list(self._alone)[: 1 - self.room or None]:
                del self._alone[old]
            self._alone[first] = land, {key: ground for key, (ground, _) in alone.items()}
            if not others:
                return alone
        like = self._alone[first]
        more = [edit for i in others for edit in self.edits[i]]
        return self.dispersal.grounds(built(like[0], more, self.seed), like)

    @property
    def room(self) -> int:
        """Landscapes that the memory for them holds."""
        each = self.land.grid.height * self.land.grid.width * len(self.dispersal.kinds)
        return max(1, min(MOST_ALTERNATIVES, KEPT_BYTES // (each * CELL_BYTES)))


@dataclass(slots=True)
class _Choice:
    """One search among alternatives.

    Attributes
    ----------
    make : callable
        Returns the grounds of a landscape after some edits.
    """

    walks: Walks
    make: Callable[[Part], Grounds]
    names: tuple[str, ...]
    weights: Mapping[str, float]
    buys: Purchase
    effort: Effort
    answers: dict[Part, Answer] = field(default_factory=dict)
    asked: set[Part] = field(default_factory=set)

    def sample(self, parts: Sequence[Part], replicates: range) -> F64:
        """Return the benefit of sets that are built, ``[set, replicate]``."""
        return np.stack([self._benefit(part, replicates) for part in parts])

    def _benefit(self, part: Part, replicates: range) -> F64:
        tell(
            tr(
                "{names}: replicates {first} to {last}",
                names=_all(self.names[i] for i in sorted(part)),
                first=replicates.start + 1,
                last=replicates.stop,
            )
        )
        answer = self.answers.setdefault(part, Answer())
        # the changed landscapes of all sets at once would fill the memory
        self.walks.walk(answer, self.make(part), replicates.stop)
        at, n = list(OUTCOMES).index(JOINING), replicates.stop
        total = np.zeros(len(replicates))
        for key, weight in self.weights.items():
            before = self.walks.baseline.values(key, n)[replicates.start :, at]
            after = answer.values(key, n)[replicates.start :, at]
            total += weight * (after - before)
        return total

    def further(self, table: Table, chosen: tuple[int, ...], left: int) -> list[Part]:
        """Return all pairs that the budget pays for, and later threes whose pairs interact."""
        cost, budget, n = self.buys.cost, self.buys.budget, len(self.names)
        pairs = [
            pair for pair in combinations(range(n), 2) if cost[pair[0]] + cost[pair[1]] <= budget
        ]
        new = [frozenset(pair) for pair in pairs if frozenset(pair) not in table.values]
        if new or not pairs:
            return new
        rows = table.rows()
        at = {part: y for y, part in enumerate(table.parts)}
        alone = rows[[at[frozenset([i])] for i in range(n)]]
        both = rows[[at[frozenset(pair)] for pair in pairs]]
        found = estimate_interactions(
            alone, np.array(pairs), both, confidence=self.effort.confidence
        )
        threes: list[Part] = []
        for three in map(frozenset, triples_to_ask(found, cost, budget)):
            room = len(threes) < MOST_THREES
            room &= (len(threes) + 1) * self.effort.first <= FOR_TRIPLES * left
            if (
                room
                and three not in self.asked
                and all(p in at for p in within(three) if p != three)
            ):
                threes.append(three)
                self.asked.add(three)
        return threes


def choose(
    walks: Walks,
    make: Callable[[Part], Grounds],
    alternatives: Priced,
    budget: float,
    *,
    weights: Mapping[str, float],
    indifference: float,
    confidence: float,
    replicates: int,
) -> LinkChoice:
    """Return which alternatives to build; see :meth:`.drawn.LinkEvaluator.choose`."""
    began = perf_counter()
    of_species = species_weights(walks, weights)
    names = tuple(alternatives)
    costs = [float(cost) for _, cost in alternatives.values()]
    n = len(names)
    effort = Effort(
        budget=(n + math.comb(n, 2)) * replicates,
        indifference=indifference,
        confidence=confidence,
        first=min(FIRST, replicates),
        batch=FIRST,
        # each look makes the landscapes anew
        growth=2.0,
        most=replicates,
    )
    dear = tuple(i for i, cost in enumerate(costs) if cost > budget)
    buys = Purchase(costs, float(budget), never=dear)
    one = _Choice(walks, make, names, of_species, buys, effort)
    best = find_best_set(one.sample, buys, effort, pick_clear(buys, effort), further=one.further)
    sets, alone = _tables(best, buys, names)
    reached = max(best.table.replicates(part) for part in best.table.parts)
    fresh = range(reached, reached + max(FIRST, replicates // 2))
    benefit, low, high, found, used = 0.0, 0.0, 0.0, None, 0
    if best.links:
        chosen = frozenset(best.links)
        found = confirm(
            prediction_of(_effects_in(best.table, n, chosen)),
            one.sample([chosen], fresh)[0],
            tolerance=indifference,
            confidence=confidence,
        )
        benefit, low, high = found.simulated, found.low, found.high
        used = found.replicates
    return LinkChoice(
        names=tuple(names[i] for i in best.links),
        cost=math.fsum(costs[i] for i in best.links),
        budget=float(budget),
        benefit=benefit,
        low=low,
        high=high,
        replicates=used,
        regret=best.regret,
        settled=best.settled,
        indifference=indifference,
        confidence=confidence,
        sets=sets,
        alone=alone,
        confirmation=found,
        seconds=perf_counter() - began,
    )


def _effects_in(table: Table, n: int, chosen: Part) -> F64:
    """Return what all that lies within a set adds, by replicate."""
    rows = effect_rows(Expansion(n, table.parts), table)
    return rows[[part <= chosen for part in table.parts]]


def _tables(
    best: BestSet, buys: Purchase, names: Sequence[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the table of all sets that the budget pays for, and that of the alternatives."""
    import pandas as pd

    n = len(names)
    sets = affordable(buys.cost, buys.budget, never=buys.never)
    assert sets is not None, "so few alternatives have few sets"
    single = np.eye(n, dtype=bool)
    rows = [
        {
            "names": tuple(names[i] for i in held),
            "cost": math.fsum(buys.cost[i] for i in held),
            "simulated": frozenset(held) in best.table.values,
        }
        for held in (np.flatnonzero(one).tolist() for one in (*sets, *single))
    ]
    found = pd.DataFrame(rows).join(_benefits(best, np.concatenate([sets, single])))
    alone = found.iloc[len(sets) :].drop(columns="simulated").reset_index(drop=True)
    alone.insert(0, "name", list(names))
    every = found.iloc[: len(sets)]
    every = every.sort_values(["benefit", "cost"], ascending=[False, True], kind="stable")
    return every.reset_index(drop=True), alone.drop(columns="names")


def _benefits(best: BestSet, sets: NDArray[np.bool_]) -> pd.DataFrame:
    """Return the mean benefit of sets with their intervals, from the parts they are made of."""
    import pandas as pd

    table = best.table
    expansion = Expansion(sets.shape[1], table.parts)
    each = expansion.coefficients(sets)
    values, there = table.rows(), np.array([table.replicates(part) for part in table.parts])
    jump = moments(values).largest or np.nan
    found = []
    for one in each:
        used = one != 0
        n = int(there[used].min(initial=there.max()))
        row = np.where(used[:, None], values, 0.0)[:, :n]
        mean, low, high, _ = intervals(
            (one @ row)[None], best.effort.confidence, Support(jump=jump), apart=True
        )
        ends = (mean[0], low[0], high[0]) if used.any() else (0.0, 0.0, 0.0)
        found.append((*map(float, ends), n if used.any() else 0))
    return pd.DataFrame(found, columns=["benefit", "low", "high", "replicates"])
