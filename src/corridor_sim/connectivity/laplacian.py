"""Networks that leak: their equations kept as conductors, so that no small leak is lost in a sum.

The matrix ``D - W + diag(leak)`` holds on its diagonal the sum of a node's conductors and its leak.
Where leaks are small beside conductors that sum forgets them, and whatever depends on them
(how long walkers live, how far a voltage rises) loses all its digits: an error of eps / leak.
So leaks and conductors are given apart here and are never added where it matters:

- A component whose leaks together conduct little is solved with one node held, the *anchor*. The
  leak that the anchor then sees, ``f = leak_a + sum leak_i p_i`` with ``p`` the chance to come to
  the anchor before leaking, is a sum of positive terms, as in the elimination of Grassmann, Taksar
  & Heyman 1985 (Operations Research 33:1107): right to rounding however small it is.
- Parts that hang together by conductors of great contrast behave alike among themselves. There the
  solution is refined with residuals made of voltage *drops*, which are exact between such nodes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.connectivity.graph import Graph
from corridor_sim.connectivity.solve import TOLERANCE, SymmetricSolver
from corridor_sim.errors import ResourceError

F8 = NDArray[np.float64]
# leaks of a component that sum to less of its best node's conductors are not left to the matrix
SMALL_LEAK = 1e-2
# conductors that differ by less lose at most four of sixteen digits, and are not refined
EVEN = 1e3
MOST_REFINEMENTS = 24
# corrections of the iterative method are solved to so many digits at most
AMG_DIGITS = 6
# a refined solution may break Kirchhoff's law by this share of the largest current
MISS = 1e-7


@dataclass(frozen=True)
class Voltages:
    """Voltages as an unevaluated sum, so that drops between near equals are right.

    Parameters
    ----------
    parts : float64 [n] or [n, k], one to three
        The level that a small leak lifts a whole component to, and what differs within it, rounded
        and what rounding took. Levels may be larger than drops by any power of ten, and are never
        added to them. One part stands for itself.
    """

    parts: tuple[F8, ...]

    def total(self) -> F8:
        """Volts, rounded to one number each."""
        out = self.parts[-1]
        for part in self.parts[-2::-1]:
            out = np.add(part, out)
        return out

    def drop(self, tail: NDArray[Any], head: NDArray[Any]) -> F8:
        """Volts from ``tail`` to ``head``."""
        out: F8 = self.parts[0][tail] - self.parts[0][head]
        for part in self.parts[1:]:
            out += part[tail] - part[head]
        return out

    def each(self, change: Callable[[F8], F8]) -> Voltages:
        """Return the same change of every part."""
        return Voltages(tuple(change(part) for part in self.parts))


class LeakyNetwork:
    """``(D - W + diag(leak)) x = b`` on the nodes of a network.

    Parameters
    ----------
    tail, head : int [edges]
        No edge from a node to itself.
    conductance : float64 [edges]
        Above 0.
    leak : float64 [n]
        0 or more; every component needs one above 0.
    method, tolerance
        As for :class:`corridor_sim.connectivity.solve.SymmetricSolver`.

    Raises
    ------
    ResourceError
        Out of memory, no convergence, or a component without a leak.
    """

    def __init__(
        self,
        tail: NDArray[np.int32],
        head: NDArray[np.int32],
        conductance: F8,
        leak: F8,
        *,
        method: str = "auto",
        tolerance: float = TOLERANCE,
    ) -> None:
        from scipy import sparse

        self.n = n = int(leak.size)
        self.tail, self.head, self.conductance, self.leak = tail, head, conductance, leak
        self._components: NDArray[np.int32] | None = None
        degree = np.bincount(tail, conductance, n) + np.bincount(head, conductance, n)
        self.diagonal: F8 = degree + leak
        some = conductance[conductance > 0]
        self.contrast = float(some.max() / some.min()) if some.size else 1.0
        self._place_anchors()
        free = np.ones(n, np.bool_)
        free[self.anchors] = False
        self.free = np.flatnonzero(free)
        index = np.full(n, -1, np.int32)
        index[self.free] = np.arange(self.free.size, dtype=np.int32)
        rows, cols = index[tail], index[head]
        inner = (rows >= 0) & (cols >= 0)
        m = self.free.size
        one_way = sparse.coo_array(
            (-conductance[inner], (rows[inner], cols[inner])), shape=(m, m)
        ).tocsc()
        matrix = one_way + one_way.T.tocsc() + sparse.diags_array(self.diagonal[self.free]).tocsc()
        del one_way, rows, cols, inner, index
        self.solver = SymmetricSolver(matrix, method=method, tolerance=tolerance)
        self._know_anchors()

    def _place_anchors(self) -> None:
        """Hold the best connected node of each component whose leaks conduct little."""
        self.anchors = np.zeros(0, np.intp)
        self.labels = np.zeros(self.n, np.int32)
        if self.n == 0 or float(self.leak.min()) >= SMALL_LEAK * float(self.diagonal.max()):
            return
        self.labels = self.components()
        leaks = np.bincount(self.labels, self.leak)
        if np.any(leaks <= 0):
            raise ResourceError(
                "a part of the network has no way out", where="network", remedy="give it one"
            )
        # the last of a component in rising order of its conductors
        if leaks.size == 1:
            last = np.array([self.n - 1 - int(np.argmax(self.diagonal[::-1]))])
        else:
            order = np.lexsort((self.diagonal, self.labels))
            last = order[np.flatnonzero(np.append(np.diff(self.labels[order]) > 0, True))]
        self.anchors = last[leaks < SMALL_LEAK * self.diagonal[last]]

    def _know_anchors(self) -> None:
        """Chances to come to the anchor (``p``) or to leak (``q``) first, and the anchor's leak."""
        self.p, self.q = np.zeros(self.n), np.zeros(self.n)
        if not self.anchors.size:
            return
        held = np.zeros(self.n, np.bool_)
        held[self.anchors] = True
        into = np.zeros(self.n)
        for one, other in ((self.tail, self.head), (self.head, self.tail)):
            at = held[one]
            into += np.bincount(other[at], self.conductance[at], self.n)
        anchored = np.isin(self.labels, self.labels[self.anchors])
        feed = np.stack([into, np.where(anchored, self.leak, 0)], axis=1)
        self.p[self.free], self.q[self.free] = self.solver.solve(feed[self.free]).T
        self.p[self.anchors] = 1
        # p + q = 1: what both miss of it together is their common error
        both = self.p + self.q
        np.divide(self.p, both, out=self.p, where=both > 0)
        np.divide(self.q, both, out=self.q, where=both > 0)
        count = int(self.labels.max()) + 1
        self.sums = np.zeros(count)
        self.sums[self.labels[self.anchors]] = 1
        seen = np.bincount(self.labels, self.leak * self.p, count)
        self.anchor_leak = np.where(self.sums > 0, seen, 1)

    def _free(self, b: F8, tolerance: float | None = None) -> F8:
        out = np.zeros_like(b)
        out[self.free] = self.solver.solve(b[self.free], tolerance)
        return out

    def components(self) -> NDArray[np.int32]:
        """Label of each node's connected component, ``[n]``."""
        if self._components is None:
            cells = np.zeros((0, 0), np.int32)
            graph = Graph(self.n, self.tail, self.head, self.conductance, cells)
            self._components = graph.components()
        return self._components

    def positive(self, b: F8) -> F8:
        """Return ``x`` for ``b`` of 0 or more, ``[n]``, made of sums of what is 0 or more.

        With the direct method each entry, however small, is right relative to itself.
        """
        out = self._positive(b)
        for _ in range(self._refinements(fine=False)):
            left = self._residual(b, Voltages((out,)))
            out = out + self._positive(left, self._round_gain())
        return out

    def _positive(self, b: F8, tolerance: float | None = None) -> F8:
        out = self._free(b, tolerance)
        if self.anchors.size:
            at_anchor = np.bincount(self.labels, b * self.p, self.sums.size) / self.anchor_leak
            out += self.p * (at_anchor * self.sums)[self.labels]
        return out

    def voltages(self, b: F8) -> Voltages:
        """Return ``x`` for currents of either sign, ``[n]`` or ``[n, k]``, right in its drops."""
        rounds = self._refinements(fine=True)
        if b.ndim == 2:
            if not self.anchors.size and not rounds:
                return Voltages((self._free(b),))
            columns = [self.voltages(column).parts for column in b.T]
            return Voltages(tuple(np.stack(part, axis=1) for part in zip(*columns, strict=True)))
        found = self._parts(b)
        for _ in range(rounds):
            found = _sum(found, self._parts(self._residual(b, found), self._round_gain()))
        if rounds:
            self._refuse_misses(b, found)
        return found

    def _refuse_misses(self, b: F8, found: Voltages) -> None:
        """Refuse voltages that break Kirchhoff's law; only great contrast can make any do so."""
        miss = float(np.max(np.abs(self._residual(b, found)), initial=0))
        if not miss <= MISS * float(np.max(np.abs(b), initial=0)):
            raise ResourceError(
                f"currents miss Kirchhoff's law by {miss:.2g} A at a contrast of "
                f"{self.contrast:.2g}: few digits would be right",
                where="network",
                remedy="use conductances of less contrast",
            )

    def _parts(self, b: F8, tolerance: float | None = None) -> Voltages:
        out = self._free(b, tolerance)
        if not self.anchors.size:
            return Voltages((out,))
        count = self.sums.size
        # what is fed in all, less what leaks before it comes to the anchor: currents that add up
        # to nothing leave no rounding behind to be divided by a small leak
        net = np.bincount(self.labels, b, count) - np.bincount(self.labels, b * self.q, count)
        # components without an anchor have a level of 0
        level = (net / self.anchor_leak * self.sums)[self.labels]
        return Voltages((level, out - self.q * level))

    def _residual(self, b: F8, found: Voltages) -> F8:
        """``b - A x`` from drops, so that equal voltages give nothing at all."""
        out = b.copy()
        for part in found.parts:
            out -= self.leak * part
        along = self.conductance * found.drop(self.tail, self.head)
        out -= np.bincount(self.tail, along, self.n)
        out += np.bincount(self.head, along, self.n)
        return out

    def _refinements(self, *, fine: bool) -> int:
        """How many rounds bring the error of parts that hang together weakly below 1e-12.

        Each round multiplies it by about contrast times rounding; ``fine`` asks that drops within
        such a part be right as well.
        """
        if self.contrast <= EVEN:
            return 0
        wanted = 12 + (math.log10(self.contrast) if fine else 0)
        return min(math.ceil(wanted / -math.log10(self._round_gain())), MOST_REFINEMENTS)

    def _round_gain(self) -> float:
        """What a round of refinement leaves of the error; corrections need no more digits."""
        digits = max(15 - math.log10(self.contrast), 0.5)
        if self.solver.method == "amg":
            digits = min(digits, AMG_DIGITS)
        return float(10.0**-digits)


def without(
    graph: Graph | LeakyNetwork, leak: F8, gone: NDArray[np.bool_], *, method: str, tolerance: float
) -> LeakyNetwork:
    """Return the network of some nodes; conductors to those that are ``gone`` become leaks."""
    leak, n = leak.copy(), gone.size
    for one, other in ((graph.tail, graph.head), (graph.head, graph.tail)):
        across = gone[one] & ~gone[other]
        leak += np.bincount(other[across], graph.conductance[across], n)
    free = np.flatnonzero(~gone)
    index = np.full(n, -1, np.int32)
    index[free] = np.arange(free.size, dtype=np.int32)
    tail, head = index[graph.tail], index[graph.head]
    inner = (tail >= 0) & (head >= 0)
    return LeakyNetwork(
        tail[inner],
        head[inner],
        graph.conductance[inner],
        leak[free],
        method=method,
        tolerance=tolerance,
    )


class GroundedLaplacian:
    """Voltages of a network of which some nodes are held at 0 V.

    ``(D - W + diag(leak)) v = currents`` on the free nodes, ``v = 0`` on the held ones; ``W`` holds
    the conductances and ``D`` their sums.

    Parameters
    ----------
    held : bool [n_nodes]
        Nodes at 0 V. Every component needs one, or a leak, or the system is singular.
    leak : float64 [n_nodes], optional
        Conductance of each node to the ground.
    method
        As for :class:`corridor_sim.connectivity.solve.SymmetricSolver`.
    """

    def __init__(
        self, graph: Graph, held: NDArray[np.bool_], *, leak: F8 | None = None, method: str = "auto"
    ) -> None:
        self.free = np.flatnonzero(~held)
        out = np.zeros(graph.n_nodes) if leak is None else leak
        self.network = without(graph, out, held, method=method, tolerance=TOLERANCE)

    def voltages(self, currents: F8) -> Voltages:
        """Return voltages for currents fed into the nodes, ``[n_nodes]`` or ``[n_nodes, k]``."""

        def among_held(part: F8) -> F8:
            out = np.zeros(currents.shape)
            out[self.free] = part
            return out

        return self.network.voltages(currents[self.free]).each(among_held)


def _sum(found: Voltages, more: Voltages) -> Voltages:
    """Add a correction: level to level, and to what differs, whose rounding is kept."""
    *level, step = more.parts
    differs = found.parts[len(level) :]
    high, low = two_sum(differs[0], sum(differs[1:]) + step)
    return Voltages((*(a + b for a, b in zip(found.parts, level, strict=False)), high, low))


def two_sum(a: F8, b: F8 | np.float64) -> tuple[F8, F8]:
    """Return ``a + b`` and what its rounding lost (Knuth 1969, vol. 2 of his Art)."""
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)
