"""Entrywise solutions of absorbing chains: every entry right relative to itself, however small.

Chances to arrive and numbers of visits fall by the same factor every few cells, and over a large
map by hundreds of powers of ten. An error that is small beside the largest entry says nothing of
the others. So:

- Chances of leaving are sums of the chances to die and to move elsewhere, never ``1 - stay``.
- The direct method adds and multiplies positive numbers only (Grassmann, Taksar & Heyman 1985,
  Operations Research 33:1107; O'Cinneide 1996, Numerische Mathematik 73:507).
- The iterative method is right relative to the largest entry only. It goes by scales: what is large
  enough is kept and becomes the boundary of a system for the rest, which is scaled and solved
  anew. The same way takes the direct method below the smallest number that a double can hold.
- What was found is put into its equation again; a solution that misses it is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.connectivity.graph import Graph
from corridor_sim.connectivity.laplacian import LeakyNetwork, without
from corridor_sim.connectivity.solve import factorised
from corridor_sim.errors import ResourceError

F8 = NDArray[np.float64]
I8 = NDArray[np.int64]
Mask = NDArray[np.bool_]
# entries above so much of the largest are kept by the direct method; by the iterative one those
# that are this much larger than its tolerance, and so have some nine digits
KEPT_DIRECT, KEPT_ABOVE_TOLERANCE = 1e-200, 1e9
MOST_KEPT = 0.1
# a row of the equation, and its sum over a component, may be missed by this share of itself
MISS = 1e-7
# chains of no known network are eliminated densely up to so many states
DENSE = 500
MOST_SHELLS = 10_000
# numbers between 2^-PLAIN and 2^PLAIN times any conductance are full doubles
PLAIN = 400


@dataclass(frozen=True)
class Scaled:
    """Numbers ``mantissa * 2^exponent``, of any size."""

    mantissa: F8
    exponent: I8

    @classmethod
    def of(cls, values: F8) -> Scaled:
        """Take plain numbers."""
        mantissa, exponent = np.frexp(values)
        return cls(mantissa, exponent.astype(np.int64))

    def plain(self) -> F8:
        """Return doubles: 0 below 1e-323, inf above 1e308."""
        with np.errstate(over="ignore", under="ignore"):
            # ldexp takes an int32; beyond +-2200 all is 0 or inf
            out: F8 = np.ldexp(self.mantissa, np.clip(self.exponent, -4000, 4000).astype(np.int32))
        return out

    def times(self, factor: F8) -> Scaled:
        """Return the product with plain numbers."""
        found = Scaled.of(self.mantissa * factor)
        return Scaled(found.mantissa, found.exponent + self.exponent)

    def over(self, other: Scaled) -> F8:
        """Return the plain quotient; NaN where both are 0."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return Scaled(self.mantissa / other.mantissa, self.exponent - other.exponent).plain()

    def shifted(self, exponent: int | I8) -> F8:
        """Return plain numbers in units of ``2^exponent``."""
        return Scaled(self.mantissa, self.exponent - exponent).plain()

    def part(self, chosen: Any) -> Scaled:
        """Return some of the numbers."""
        return Scaled(self.mantissa[chosen], self.exponent[chosen])


class Resolvent:
    """Solve ``(I - Q) x = b`` and ``y (I - Q) = b`` on some states of a chain, for ``b >= 0``.

    Parameters
    ----------
    moves : scipy sparse [n, n]
        All of the chain.
    death : float64 [n]
    states : bool [n]
        Those to solve on; from each one a walker must leave them or die at last.
    weight : float64 [n] or None
        As for :class:`corridor_sim.connectivity.chain.AbsorbingChain`; with it the system is a
        network's.
    method, tolerance
        As for :class:`corridor_sim.connectivity.solve.SymmetricSolver`.
    """

    def __init__(
        self,
        moves: Any,
        death: F8,
        states: Mask,
        weight: F8 | None,
        method: str,
        tolerance: float,
        graph: Graph | None = None,
    ) -> None:
        self.network: LeakyNetwork | None = None
        if graph is not None and weight is not None:
            self._walk(graph, death, states, weight, method, tolerance)
            return
        rows = moves[states]
        inner = rows[:, states].tocoo()
        off = inner.row != inner.col
        row, col, chance = inner.row[off], inner.col[off], inner.data[off]
        leaving = death[states] + rows @ (~states).astype(np.float64)
        n = int(leaving.size)
        if weight is None:
            self._general(n, row, col, chance, leaving)
            return
        w = weight[states]
        self.moving = w > 0
        self.fixed = np.flatnonzero(~self.moving)
        self.leaving = leaving[self.fixed]
        self.w = w[self.moving]
        index = np.cumsum(self.moving) - 1
        # walkers move on to fixed states too: for those who move that is a way out
        to_fixed = self.moving[row] & ~self.moving[col]
        fixed_index = np.cumsum(~self.moving) - 1
        self.across = index[row[to_fixed]], fixed_index[col[to_fixed]], chance[to_fixed]
        out = leaving[self.moving]
        out = out + np.bincount(self.across[0], self.across[2], out.size)
        # each edge stands twice in a symmetric system
        once = self.moving[row] & self.moving[col] & (row < col)
        self.network = LeakyNetwork(
            index[row[once]].astype(np.int32),
            index[col[once]].astype(np.int32),
            w[row[once]] * chance[once],
            self.w * out,
            method=method,
            tolerance=tolerance,
        )

    def _walk(
        self, graph: Graph, death: F8, states: Mask, weight: F8, method: str, tolerance: float
    ) -> None:
        """Take the system from the conductors of the network, without a matrix between."""
        self.moving = weight[states] > 0
        self.fixed = np.flatnonzero(~self.moving)
        self.leaving = death[states][self.fixed]
        free = states & (weight > 0)
        self.w = weight[free]
        index = np.full(states.size, -1, np.int32)
        index[free] = np.arange(self.w.size, dtype=np.int32)
        tail, head = index[graph.tail], index[graph.head]
        inner = (tail >= 0) & (head >= 0)
        leak = self.w * death[free]
        rest = np.flatnonzero((tail >= 0) != (head >= 0))
        # ways out of what is solved: from those who move to fixed states and to all others
        forth = tail[rest] >= 0
        source = np.where(forth, tail[rest], head[rest])
        end = np.where(forth, graph.head[rest], graph.tail[rest])
        leak += np.bincount(source, graph.conductance[rest], leak.size)
        stays = states[end]
        fixed_index = np.cumsum(states & (weight <= 0)) - 1
        chance = graph.conductance[rest][stays] / self.w[source[stays]]
        self.across = source[stays], fixed_index[end[stays]], chance
        self.network = LeakyNetwork(
            tail[inner],
            head[inner],
            graph.conductance[inner],
            leak,
            method=method,
            tolerance=tolerance,
        )

    def _general(
        self, n: int, row: NDArray[Any], col: NDArray[Any], chance: F8, leaving: F8
    ) -> None:
        from scipy import sparse

        self.moving_moves = sparse.csr_array((chance, (row, col)), shape=(n, n))
        self.diagonal = leaving + np.asarray(self.moving_moves.sum(axis=1)).reshape(-1)
        self.dense = None
        self.factors: Any = None
        if n <= DENSE:
            self.dense = _Elimination(self.moving_moves.toarray(), leaving)
        else:
            self.factors = factorised(sparse.diags_array(self.diagonal) - self.moving_moves)
            # no anchor is known here: rounding grows with the steps that walkers make
            longest = float(np.max(np.abs(self.factors.solve(np.ones(n)))))
            if not longest * np.finfo(np.float64).eps < MISS:
                raise unsolved(f"walkers of {n} states make {longest:.3g} steps", "direct")

    @property
    def method(self) -> str:
        """The method that solves it."""
        return "direct" if self.network is None else self.network.solver.method

    def right(self, b: F8 | Scaled) -> Scaled:
        """Return ``(I - Q)^-1 b``, ``[n]``."""
        b = b if isinstance(b, Scaled) else Scaled.of(b)
        if self.network is None:
            return Scaled.of(self._solve_general(b.plain(), transposed=False))
        at = np.flatnonzero(self.moving)
        mantissa, exponent = np.zeros(b.mantissa.size), np.zeros(b.mantissa.size, np.int64)
        fed = b.part(at)
        if self.fixed.size:
            # these wait for death or the end: plain numbers suffice
            stays = b.part(self.fixed).plain() / self.leaving
            found = Scaled.of(stays)
            mantissa[self.fixed], exponent[self.fixed] = found.mantissa, found.exponent
            source, end, chance = self.across
            fed = Scaled.of(fed.plain() + np.bincount(source, chance * stays[end], at.size))
        found = solve_by_scale(self.network, fed.times(self.w))
        mantissa[at], exponent[at] = found.mantissa, found.exponent
        return Scaled(mantissa, exponent)

    def left(self, b: F8) -> Scaled:
        """Return ``b (I - Q)^-1``, ``[n]``."""
        if self.network is None:
            return Scaled.of(self._solve_general(b, transposed=True))
        at = np.flatnonzero(self.moving)
        mantissa, exponent = np.zeros(b.size), np.zeros(b.size, np.int64)
        found = solve_by_scale(self.network, Scaled.of(b[at])).times(self.w)
        mantissa[at], exponent[at] = found.mantissa, found.exponent
        if self.fixed.size:
            source, end, chance = self.across
            come = np.bincount(end, chance * found.plain()[source], self.fixed.size)
            stays = Scaled.of((b[self.fixed] + come) / self.leaving)
            mantissa[self.fixed], exponent[self.fixed] = stays.mantissa, stays.exponent
        return Scaled(mantissa, exponent)

    def _solve_general(self, b: F8, *, transposed: bool) -> F8:
        if self.dense is not None:
            x = self.dense.left(b) if transposed else self.dense.right(b)
        else:
            x = np.asarray(self.factors.solve(b, "T" if transposed else "N"))
        moves = self.moving_moves.T if transposed else self.moving_moves
        _refuse_misses(self.diagonal * x, b + moves @ x, x, "direct")
        return x


class _Elimination:
    """``D - N`` with ``D = leaving + N 1``, eliminated without a subtraction."""

    def __init__(self, rates: F8, leaving: F8) -> None:
        n = leaving.size
        rates, leaving = rates.copy(), leaving.copy()
        np.fill_diagonal(rates, 0)
        self.pivots = np.zeros(n)
        for k in range(n - 1, -1, -1):
            self.pivots[k] = leaving[k] + np.sum(rates[k, :k])
            rates[:k, k] /= self.pivots[k]
            rates[:k, :k] += np.outer(rates[:k, k], rates[k, :k])
            leaving[:k] += rates[:k, k] * leaving[k]
            np.fill_diagonal(rates[:k, :k], 0)
        self.rates = rates

    def right(self, b: F8) -> F8:
        x, rates, n = b.copy(), self.rates, b.size
        for k in range(n - 1, 0, -1):
            x[:k] += rates[:k, k] * x[k]
        for k in range(n):
            x[k] = (x[k] + np.sum(rates[k, :k] * x[:k])) / self.pivots[k]
        return x

    def left(self, b: F8) -> F8:
        y, rates, n = b.copy(), self.rates, b.size
        for k in range(n - 1, -1, -1):
            y[k] /= self.pivots[k]
            y[:k] += y[k] * rates[k, :k]
        for k in range(1, n):
            y[k] += np.sum(y[:k] * rates[:k, k])
        return y


def solve_by_scale(network: LeakyNetwork, b: Scaled) -> Scaled:
    """Solve the network's system for ``b >= 0``, entry by entry right relative to itself.

    The largest entries are solved for and kept; what flows from them into the rest feeds a system
    of the rest alone, in which the largest are about 1 again.

    Raises
    ------
    ResourceError
    """
    n = network.n
    mantissa, exponent = np.zeros(n), np.zeros(n, np.int64)
    if n == 0 or not np.any(b.mantissa > 0):
        return Scaled(mantissa, exponent)
    kept = KEPT_DIRECT
    if network.solver.method == "amg":
        kept = min(KEPT_ABOVE_TOLERANCE * network.solver.tolerance, MOST_KEPT)
    left = np.arange(n)
    inflow = Scaled(np.zeros(n), np.zeros(n, np.int64))
    now = network
    for _ in range(MOST_SHELLS):
        own = b.part(left)
        # the largest that is fed in becomes about 1
        top = max(
            int(part.exponent[part.mantissa > 0].max(initial=-(2**62))) for part in (own, inflow)
        )
        if top == -(2**62):
            break
        fed = own.shifted(top) + inflow.shifted(top)
        x = now.positive(fed)
        largest = float(x.max())
        if not (np.isfinite(largest) and largest > 0):
            raise unsolved("no positive solution was found", network.solver.method)
        good = x >= kept * largest
        found = Scaled.of(x[good])
        mantissa[left[good]] = found.mantissa
        exponent[left[good]] = found.exponent + top
        if np.all(good):
            break
        rest = np.flatnonzero(~good)
        came = np.zeros(left.size)
        for one, other in ((now.tail, now.head), (now.head, now.tail)):
            over = good[one] & ~good[other]
            came += np.bincount(other[over], now.conductance[over] * x[one[over]], left.size)
        came[rest] += inflow.part(rest).shifted(top)
        fresh = Scaled.of(came[rest])
        inflow = Scaled(fresh.mantissa, fresh.exponent + top)
        left = left[rest]
        solver = now.solver
        now = without(now, now.leak, good, method=solver.method, tolerance=solver.tolerance)
    else:
        raise unsolved(f"more than {MOST_SHELLS} scales of size", network.solver.method)
    out = Scaled(mantissa, exponent)
    _check(network, b, out)
    return out


def _check(network: LeakyNetwork, b: Scaled, x: Scaled) -> None:
    """Refuse a solution that misses a row of its equation, or the sum of a component's rows."""
    # in plain numbers where all are far from the ends of their range, else each row in its own unit
    plain = x.plain() if np.abs(x.exponent).max() < PLAIN else None
    own = network.diagonal * (x.mantissa if plain is None else plain)
    wanted = b.shifted(x.exponent) if plain is None else b.plain()
    for one, other in ((network.tail, network.head), (network.head, network.tail)):
        theirs = x.part(one).shifted(x.exponent[other]) if plain is None else plain[one]
        wanted = wanted + np.bincount(other, network.conductance * theirs, network.n)
    _refuse_misses(own, wanted, x.mantissa, network.solver.method)
    # all that is fed into a component leaks out of it: what a row cannot see
    labels = network.components()
    count = int(labels.max()) + 1
    top = np.full(count, np.iinfo(np.int64).min)
    fed = b.mantissa > 0
    np.maximum.at(top, labels[fed], b.exponent[fed])
    top[top == np.iinfo(np.int64).min] = 0
    fed_in = np.bincount(labels, b.shifted(top[labels]), count).astype(np.float64)
    leaks = np.bincount(labels, network.leak * x.shifted(top[labels]), count).astype(np.float64)
    _refuse_misses(leaks, fed_in, leaks, network.solver.method)


def _refuse_misses(own: F8, wanted: F8, x: F8, method: str) -> None:
    miss = np.abs(own - wanted) > MISS * np.abs(wanted)
    if np.any(miss) or not np.all(np.isfinite(own)) or np.any(x < 0):
        places = max(int(miss.sum()), 1)
        raise unsolved(f"the solution misses its equation in {places} of {x.size} places", method)


def at_most_one(chances: F8, method: str) -> F8:
    """Chances without what rounding put above 1; refuse those that are no chances.

    Raises
    ------
    ResourceError
    """
    if not np.all((chances >= 0) & (chances <= 1 + MISS)):
        raise unsolved("chances leave 0 to 1", method)
    out: F8 = np.minimum(chances, 1)
    return out


def unsolved(what: str, method: str) -> ResourceError:
    """Return the refusal of a solution that cannot be right."""
    remedy = "use conductances and mortalities of fewer powers of ten"
    if method == "amg":
        remedy = f"use --method direct, or {remedy.removeprefix('use ')}"
    return ResourceError(f"{what}: few digits would be right", where="walkers", remedy=remedy)


def found_from(moves: Any, start: Mask) -> Mask:
    """States to which moves lead from any state of ``start``, itself included."""
    from scipy import sparse
    from scipy.sparse import csgraph

    n = start.size
    gate = sparse.csr_matrix(start.astype(np.float64))
    gated = sparse.bmat([[moves, None], [gate, sparse.csr_matrix((1, 1))]]).tocsr()
    found = csgraph.breadth_first_order(gated, n, return_predecessors=False)
    out = np.zeros(n + 1, np.bool_)
    out[found] = True
    return out[:n]
