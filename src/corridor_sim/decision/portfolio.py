"""Which links for this budget: an exact optimum, and the frontier of cost against benefit.

The benefit of a set x of links is taken as main effects, interactions of pairs and, where they
were simulated, of three, ``B_s(x) = sum_i b_si x_i + sum_(i<j) c_sij x_i x_j + sum_(i<j<k) d_sijk
x_i x_j x_k`` for each species s. A product of m links becomes a variable y that is no more than any
of them and at least their sum less m - 1 (Fortet 1960; McCormick 1976, Math Prog 10:147), which
makes the problem a mixed-integer linear one, which :mod:`corridor_sim.decision.solver` solves
exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from corridor_sim.decision.solver import Row, minimum
from corridor_sim.errors import CorridorSimError, ResourceError, ScenarioError
from corridor_sim.statistics.moments import added

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
# Benefits are scaled to this largest number: the solver stops at gaps of 1e-6 (its absolute
# tolerance), that is at 1e-10 of the largest effect.
SCALE = 1e4
SLACK = 1e-9
# sets that are looked for beside the best one; nobody reads a list of more
MOST_TIES = 8
# The benefit of the species that gains least is a variable beside those of 0 and 1, in hundreds of
# scaled effects: where it ran to tens of thousands, HiGHS 1.12 crashed in one random problem of
# some thousands.
WORST_UNIT = 100.0


@dataclass(frozen=True, slots=True)
class Surrogate:
    """What sets of links are worth: main effects, interactions of pairs and of three.

    Attributes
    ----------
    cost : tuple of float
        Cost of each link, 0 or more, in one currency. Taken as the decimal number that it prints
        as, so that 0.1 + 0.2 costs 0.3.
    main : float64 ``[s, n]``
        Benefit of each link alone, by species.
    pairs : int64 ``[p, 2]``
        Pairs of links with an interaction.
    interaction : float64 ``[s, p]``
        Benefit of both less the sum of each alone.
    weights : float64 ``[s]``
        Weight of each species in the total.
    adds : bool
        Whether the total is the weighted sum over species and not their mean: so where benefits
        have a unit of their own.
    triples : int64 ``[q, 3]``
        Threes of links with an interaction beyond those of their pairs.
    third : float64 ``[s, q]``
        Benefit of all three less what links alone and pairs add up to.
    """

    cost: tuple[float, ...]
    main: F64
    pairs: I64
    interaction: F64
    weights: F64
    adds: bool = False
    triples: I64 = field(default_factory=lambda: np.empty((0, 3), dtype=np.int64))
    third: F64 = field(default_factory=lambda: np.empty((0, 0)))

    def __post_init__(self) -> None:
        n, s = len(self.cost), len(self.weights)
        for i, cost in enumerate(self.cost):
            if not (np.isfinite(cost) and cost >= 0):
                raise ScenarioError(f"link {i} has cost {cost!r}", remedy="give 0 or more")
        shapes = (self.main.shape, self.pairs.shape[1:], self.interaction.shape)
        if not n or shapes != ((s, n), (2,), (s, len(self.pairs))):
            raise ScenarioError(f"shapes {shapes} do not fit {n} links of {s} species")
        for name, values in (("benefit", self.main), ("interaction", self.interaction)):
            if not np.isfinite(values).all():
                at = tuple(int(v) for v in np.argwhere(~np.isfinite(values))[0])
                raise ScenarioError(f"{name} {at} is not a number", remedy="run more replicates")
        if not (np.isfinite(self.weights).all() and (self.weights >= 0).all()):
            raise ScenarioError("a species has a weight below 0", remedy="give 0 or more")
        if not self.weights.any():
            raise ScenarioError("all weights are 0", remedy="let one species count")
        p = self.pairs
        if p.size and (p.min() < 0 or p.max() >= n or (p[:, 0] >= p[:, 1]).any()):
            raise ScenarioError(f"a pair is not two links i < j of 0 to {n - 1}")
        if len(np.unique(p, axis=0)) < len(p):
            raise ScenarioError("an interaction is given twice")
        self._check_triples(n, s)

    def _check_triples(self, n: int, s: int) -> None:
        q = self.triples
        if not len(q):
            return
        if q.shape[1:] != (3,) or self.third.shape != (s, len(q)):
            raise ScenarioError(
                f"shapes {q.shape} and {self.third.shape} of triples do not fit {s} species"
            )
        if not np.isfinite(self.third).all():
            raise ScenarioError("an interaction of three is not a number")
        if q.min() < 0 or q.max() >= n or (np.diff(q, axis=1) <= 0).any():
            raise ScenarioError(f"a triple is not three links i < j < k of 0 to {n - 1}")
        if len(np.unique(q, axis=0)) < len(q):
            raise ScenarioError("an interaction of three is given twice")

    @classmethod
    def of(
        cls,
        cost: Sequence[float],
        main: F64,
        pairs: I64 | None = None,
        interaction: F64 | None = None,
        weights: Sequence[float] | None = None,
        *,
        adds: bool = False,
        triples: I64 | None = None,
        third: F64 | None = None,
    ) -> Surrogate:
        """Return a surrogate; ``main`` may be ``[n]`` for one species, interactions left out."""
        main = np.atleast_2d(np.asarray(main, dtype=np.float64))
        p = np.empty((0, 2)) if pairs is None else pairs
        c = np.zeros((len(main), 0)) if interaction is None else np.atleast_2d(interaction)
        q = np.empty((0, 3)) if triples is None else triples
        d = np.zeros((len(main), 0)) if third is None else np.atleast_2d(third)
        return cls(
            tuple(float(v) for v in cost),
            main,
            np.asarray(p, dtype=np.int64).reshape(-1, 2),
            np.asarray(c, dtype=np.float64),
            np.ones(len(main)) if weights is None else np.asarray(weights, dtype=np.float64),
            adds,
            np.asarray(q, dtype=np.int64).reshape(-1, 3),
            np.asarray(d, dtype=np.float64),
        )

    @property
    def products(self) -> list[tuple[int, ...]]:
        """Links of every interaction: of pairs, then of three."""
        return [*map(tuple, self.pairs.tolist()), *map(tuple, self.triples.tolist())]

    @property
    def effects(self) -> F64:
        """Main effects, interactions of pairs and of three side by side, ``[s, n + p + q]``."""
        parts = [self.main, self.interaction, *([self.third] if len(self.triples) else [])]
        return np.concatenate(parts, axis=1)

    @property
    def shares(self) -> F64:
        """What the benefit of each species counts times in the total, ``[s]``."""
        return self.weights if self.adds else np.asarray(self.weights / self.weights.sum())

    def price(self, links: Iterable[int]) -> Fraction:
        """Return the exact cost of a set of links."""
        return sum((Fraction(repr(self.cost[i])) for i in links), Fraction(0))

    def by_species(self, links: Iterable[int]) -> F64:
        """Return the benefit of a set of links for each species, ``[s]``."""
        x = np.zeros(len(self.cost))
        x[list(links)] = 1
        both = x[self.pairs[:, 0]] * x[self.pairs[:, 1]]
        held = np.concatenate([x, both, x[self.triples].prod(axis=1)])
        return added(self.effects * held)

    def total(self, links: Iterable[int]) -> float:
        """Return the benefit of a set over species: ``sum_s w_s B_s``, or that ``/ sum_s w_s``."""
        total = added(self.weights * self.by_species(links))
        return float(total if self.adds else total / self.weights.sum())

    def worst(self, links: Iterable[int]) -> float:
        """Return the benefit of the species that gains least, of those with weight above 0."""
        return float(self.by_species(links)[self.weights > 0].min())


@dataclass(frozen=True, slots=True)
class Portfolio:
    """A set of links: their numbers, cost, predicted benefit in all and by species ``[s]``.

    ``worst`` is the benefit of the species that gains least; it is what a fair choice maximises.
    ``ties`` are other sets of the same cost and benefit, as far as they were looked for: which of
    them is named first says nothing of them.
    """

    links: tuple[int, ...]
    cost: float
    benefit: float
    worst: float
    by_species: F64
    ties: tuple[tuple[int, ...], ...] = ()


class _Problem:
    """The mixed-integer programme of a surrogate: variables x ``[n]``, y ``[p]``, z (worst off).

    ``p`` counts the products, of two links and of three.
    """

    def __init__(self, surrogate: Surrogate, must: Sequence[int], never: Sequence[int], fair: bool):
        n, p = len(surrogate.cost), len(surrogate.products)
        for i in (*must, *never):
            if not 0 <= i < n:
                raise ScenarioError(f"link {i} does not exist", remedy=f"there are 0 to {n - 1}")
        if set(must) & set(never):
            raise ScenarioError(
                f"links {sorted(set(must) & set(never))} are both demanded and forbidden"
            )
        self.surrogate, self.fair, self.n, self.p = surrogate, fair, n, p
        self.must, self.never = tuple(sorted(set(must))), tuple(sorted(set(never)))
        self.free = [i for i in range(n) if i not in self.must and i not in self.never]
        self.lower, self.upper = np.zeros(n + p + 1), np.ones(n + p + 1)
        self.whole = np.repeat([1.0, 0.0], [n, p + 1])
        self.lower[list(self.must)], self.upper[list(self.never)] = 1, 0
        effects = surrogate.effects
        self.unit = SCALE / max(float(np.abs(effects).max(initial=0.0)), 1e-300)
        self.effects = effects * self.unit
        reach = float(np.abs(self.effects).sum(axis=1).max()) if fair else 0.0
        self.lower[-1], self.upper[-1] = -reach / WORST_UNIT, reach / WORST_UNIT
        share = surrogate.shares
        self.goal = (
            np.append(np.zeros(n + p), WORST_UNIT) if fair else np.append(share @ self.effects, 0)
        )
        prices = [surrogate.price([i]) for i in range(n)]
        self.dear = max(float(max(prices)), 1e-300)
        self.bill = np.append([float(c) / self.dear for c in prices], np.zeros(p + 1))
        self.rows: list[Row] = []
        for y, links in enumerate(surrogate.products):
            for i in links:
                self.rows.append((self._row({n + y: 1, i: -1}), -np.inf, 0.0))
            all_of = dict.fromkeys(links, -1.0)
            self.rows.append((self._row({n + y: 1, **all_of}), 1.0 - len(links), np.inf))
        if fair:
            for s in np.flatnonzero(surrogate.weights > 0):
                row = np.append(-self.effects[s] / WORST_UNIT, 1.0)
                self.rows.append((row, -np.inf, 0.0))

    def _row(self, entries: dict[int, float]) -> F64:
        row = np.zeros(self.n + self.p + 1)
        for at, value in entries.items():
            row[at] = value
        return row

    def value(self, links: Sequence[int]) -> float:
        return self.surrogate.worst(links) if self.fair else self.surrogate.total(links)

    def solve(
        self, objective: F64, limit: Fraction, strict: bool, extra: list[Row]
    ) -> tuple[int, ...] | None:
        """Return the links that minimise the objective at a cost up to (below) the limit.

        The solver allows rounding in the budget; a set that breaks the exact budget is cut off and
        the problem solved again.
        """
        cuts: list[Row] = []
        ceiling = float(limit) / self.dear * (1 + 1e-9) + 1e-12
        while True:
            rows = [*self.rows, *extra, *cuts, (self.bill, -np.inf, ceiling)]
            # y is whole where x is; told so, HiGHS 1.12 cut off the best set once in thousands
            found = minimum(objective, self.whole, self.lower, self.upper, rows)
            if found is None:
                return None
            links = tuple(int(i) for i in np.flatnonzero(found[: self.n] > 0.5))
            price = self.surrogate.price(links)
            if price < limit or (price == limit and not strict):
                return links
            cuts.append(self._without(links))

    def _without(self, links: Sequence[int]) -> Row:
        """Return the row that cuts off one set and no other."""
        inside = self._row({i: -1.0 if i in links else 1.0 for i in range(self.n)})
        return inside, 1.0 - len(links), np.inf

    def best(
        self, limit: Fraction, strict: bool = False, indifference: float = 0.0
    ) -> tuple[int, ...] | None:
        """Return the best set within the limit, and of equally good ones the cheapest.

        Of the sets that fall short of the best by no more than the indifference, the cheapest
        cost is found first and then the best set for it.
        """
        links = self.solve(-self.goal, limit, strict, [])
        if links is None:
            return None
        # sums of the same effects in another order may differ in their last digits
        least = self.value(links) * self.unit - max(SLACK * SCALE, indifference * self.unit)
        floor = (self.goal, least, np.inf)
        cheaper = self.solve(self.bill, self.surrogate.price(links), False, [floor])
        if cheaper is not None and indifference > 0:
            cheaper = self.solve(-self.goal, self.surrogate.price(cheaper), False, [])
        # the solver's own rounding must not pass for a gain
        if cheaper is None or self.value(cheaper) * self.unit < least - SLACK * SCALE:
            return links
        return cheaper

    def portfolio(self, links: tuple[int, ...], ties: Sequence[tuple[int, ...]] = ()) -> Portfolio:
        """Return a set with those that tie with it; of all of them the first by its numbers."""
        s = self.surrogate
        links, *others = sorted((links, *ties), key=lambda one: (len(one), one))
        return Portfolio(
            links,
            float(s.price(links)),
            s.total(links),
            s.worst(links),
            s.by_species(links),
            tuple(others),
        )

    def same(self, one: Sequence[int], other: Sequence[int]) -> bool:
        """Return whether two sets cost and promise the same."""
        s = self.surrogate
        pairs = [(s.total(one), s.total(other))]
        if self.fair:
            pairs.append((s.worst(one), s.worst(other)))
        near = all(abs(a - b) * self.unit <= SLACK * SCALE for a, b in pairs)
        return near and s.price(one) == s.price(other)

    def swapped(self, links: tuple[int, ...]) -> list[tuple[int, ...]]:
        """Return sets that tie with one and come from it by exchanging links one by one."""
        found = [links]
        for one in found:
            for i in one:
                for j in self.free:
                    if i in self.must or j in one or len(found) > MOST_TIES:
                        continue
                    new = tuple(sorted({*one, j} - {i}))
                    if new not in found and self.same(new, links):
                        found.append(new)
        return found[1:]

    def ties(self, links: tuple[int, ...]) -> list[tuple[int, ...]]:
        """Return up to MOST_TIES other sets that tie with the best one for its cost."""
        found = [links, *self.swapped(links)]
        least = self.value(links) * self.unit - SLACK * SCALE
        while len(found) <= MOST_TIES:
            rows = [(self.goal, least, np.inf), *map(self._without, found)]
            other = self.solve(self.bill, self.surrogate.price(links), False, rows)
            if other is None or other in found or not self.same(other, links):
                break
            found.append(other)
        return found[1:]

    def check(self, budget: Fraction) -> None:
        s = self.surrogate
        demanded = s.price(self.must)
        if demanded > budget:
            raise ScenarioError(
                f"the demanded links {list(self.must)} cost {float(demanded):g}, more than the "
                f"budget of {float(budget):g}",
                remedy="raise the budget or demand fewer",
            )
        if not self.must:
            if not self.free:
                raise ScenarioError("all links are forbidden", remedy="allow one or more")
            cheapest = min(self.free, key=lambda i: (s.price([i]), i))
            if s.price([cheapest]) > budget:
                raise ScenarioError(
                    f"a budget of {float(budget):g} is below the cheapest link: link {cheapest} "
                    f"costs {float(s.price([cheapest])):g}",
                    remedy="raise the budget",
                )


def choose_links(
    surrogate: Surrogate,
    budget: float,
    *,
    must: Sequence[int] = (),
    never: Sequence[int] = (),
    fair: bool = False,
    indifference: float = 0.0,
    ties: bool = False,
) -> Portfolio:
    """Return the set of links with the greatest benefit that the budget pays for.

    Of equally good sets the cheapest; benefits that differ by up to ``indifference`` are equally
    good, so that no money goes into what the simulation cannot tell from nothing. With ``fair``
    the benefit of the species that gains least is maximised instead of the weighted total; put
    species on one scale first (shares of today), for the least is taken over the numbers as they
    are.

    Parameters
    ----------
    surrogate : Surrogate
        Costs and benefits.
    budget : float
        In the currency of the costs.
    must, never : sequences of int
        Links that are demanded and links that are forbidden.
    fair : bool
        Maximise the worst-off species.
    indifference : float
        Difference in benefit that does not matter, 0 or more.
    ties : bool
        Also look for other sets of the same cost and benefit, and of all name the one with the
        fewest links and then the smallest numbers; it takes a solution more for each.

    Raises
    ------
    ScenarioError
        The budget is below the cheapest link or the demanded ones; links that do not exist.
    """
    if not 0 <= indifference < np.inf:
        raise ScenarioError(
            f"indifference = {indifference!r} is impossible", remedy="give 0 or more"
        )
    problem = _Problem(surrogate, must, never, fair)
    limit = _money(budget)
    problem.check(limit)
    links = problem.best(limit, indifference=indifference)
    if links is None:
        raise CorridorSimError("no set of links fits the demands", remedy="demand fewer links")
    return problem.portfolio(links, problem.ties(links) if ties else ())


def frontier(
    surrogate: Surrogate,
    *,
    budget: float | None = None,
    must: Sequence[int] = (),
    never: Sequence[int] = (),
    fair: bool = False,
    most_points: int = 2000,
) -> tuple[Portfolio, ...]:
    """Return all efficient sets, cheapest first: none costs no more and gives more.

    Epsilon-constraint method (Haimes, Lasdon & Wismer 1971, IEEE Trans SMC 1:296): the best set
    below the cost of the last one found, again and again, from ``budget`` (by default all links)
    down. Of sets with the same cost and benefit one is named, and as ``ties`` those that come from
    it by exchanging links one by one. The first point may be the empty set.

    Raises
    ------
    ResourceError
        More than ``most_points`` sets are efficient.
    """
    problem = _Problem(surrogate, must, never, fair)
    limit = surrogate.price(range(len(surrogate.cost))) if budget is None else _money(budget)
    problem.check(limit)
    points: list[Portfolio] = []
    links = problem.best(limit)
    while links is not None:
        points.append(problem.portfolio(links, problem.swapped(links)))
        if len(points) > most_points:
            raise ResourceError(
                f"more than {most_points} sets of links are efficient",
                remedy="round the costs, lower the budget or raise most_points",
            )
        links = problem.best(surrogate.price(links), strict=True)
    return tuple(reversed(points))


def best_above(
    surrogate: Surrogate,
    budget: float,
    amounts: F64,
    least: float,
    *,
    must: Sequence[int] = (),
    never: Sequence[int] = (),
    fair: bool = False,
) -> Portfolio | None:
    """Return the best set within a budget that holds so much of something else, None if none does.

    Parameters
    ----------
    amounts : float64 ``[n]``
        What each link holds of it; amounts add up.
    least : float
        What the set must hold.
    must, never, fair
        As for :func:`choose_links`.
    """
    problem = _Problem(surrogate, must, never, fair)
    limit = _money(budget)
    problem.check(limit)
    unit = max(float(np.abs(amounts).max(initial=0.0)), 1e-300)
    row = np.append(amounts / unit, np.zeros(problem.p + 1))
    problem.rows.append((row, least / unit, np.inf))
    links = problem.best(limit)
    return None if links is None else problem.portfolio(links)


def _money(budget: float) -> Fraction:
    if not (np.isfinite(budget) and budget >= 0):
        raise ScenarioError(f"a budget of {budget!r} is impossible", remedy="give 0 or more")
    return Fraction(repr(float(budget)))
