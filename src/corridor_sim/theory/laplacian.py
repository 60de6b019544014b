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
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import ResourceError
from corridor_sim.theory.graph import Graph
from corridor_sim.theory.solve import TOLERANCE, SymmetricSolver

F8 = NDArray[np.float64]
# leaks of a component that sum to less of its best node's conductors are not left to the matrix
SMALL_LEAK = 1e-2
# conductors that differ by less lose at most four of sixteen digits, and are not refined
EVEN = 1e3
MOST_REFINEMENTS = 24


@dataclass(frozen=True)
class Voltages:
    """Voltages as an unevaluated sum: ``high + low``, so that drops between near equals are right.

    Parameters
    ----------
    high, low : float64 [n] or [n, k]
    """

    high: F8
    low: F8

    def total(self) -> F8:
        """Volts, rounded to one number each."""
        return np.add(self.high, self.low)


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
        As for :class:`corridor_sim.theory.solve.SymmetricSolver`.

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
        degree = np.bincount(tail, conductance, n) + np.bincount(head, conductance, n)
        self.diagonal: F8 = degree + leak
        self.contrast = float(conductance.max() / conductance.min()) if conductance.size else 1.0
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

    def _free(self, b: F8) -> F8:
        out = np.zeros_like(b)
        out[self.free] = self.solver.solve(b[self.free])
        return out

    def components(self) -> NDArray[np.int32]:
        """Label of each node's connected component, ``[n]``."""
        cells = np.zeros((0, 0), np.int32)
        return Graph(self.n, self.tail, self.head, self.conductance, cells).components()

    def positive(self, b: F8) -> F8:
        """Return ``x`` for ``b`` of 0 or more, ``[n]``, made of sums of what is 0 or more.

        With the direct method each entry, however small, is right relative to itself.
        """
        out = self._positive(b)
        for _ in range(self._refinements(fine=False)):
            out = out + self._positive(self._residual(b, out))
        return out

    def _positive(self, b: F8) -> F8:
        out = self._free(b)
        if self.anchors.size:
            at_anchor = np.bincount(self.labels, b * self.p, self.sums.size) / self.anchor_leak
            out += self.p * (at_anchor * self.sums)[self.labels]
        return out

    def voltages(self, b: F8) -> Voltages:
        """Return ``x`` for currents of either sign, ``[n]`` or ``[n, k]``, right in its drops."""
        if b.ndim == 2:
            if not self.anchors.size and not self._refinements(fine=True):
                return Voltages(self._free(b), np.zeros_like(b))
            columns = [self.voltages(column) for column in b.T]
            return Voltages(
                np.stack([c.high for c in columns], axis=1),
                np.stack([c.low for c in columns], axis=1),
            )
        high, low = self._two_parts(b)
        for _ in range(self._refinements(fine=True)):
            more = sum(self._two_parts(self._residual(b, high, low)))
            high, low = two_sum(high, low + more)
        return Voltages(high, low)

    def _two_parts(self, b: F8) -> tuple[F8, F8]:
        out = self._free(b)
        if not self.anchors.size:
            return out, np.zeros_like(out)
        count = self.sums.size
        # what is fed in all, less what leaks before it comes to the anchor: currents that add up
        # to nothing leave no rounding behind to be divided by a small leak
        net = np.bincount(self.labels, b, count) - np.bincount(self.labels, b * self.q, count)
        level = (net / self.anchor_leak * self.sums)[self.labels]
        low = out - self.q * level
        # components without an anchor have a level of 0
        return level, low

    def _residual(self, b: F8, high: F8, low: F8 | None = None) -> F8:
        """``b - A x`` from drops, so that equal voltages give nothing at all."""
        drop = high[self.tail] - high[self.head]
        out = b - self.leak * high
        if low is not None:
            drop += low[self.tail] - low[self.head]
            out -= self.leak * low
        along = self.conductance * drop
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
        digits = math.log10(self.contrast)
        wanted = 12 + (digits if fine else 0)
        return min(math.ceil(wanted / max(15 - digits, 0.5)), MOST_REFINEMENTS)


class GroundedLaplacian:
    """Voltages of a network of which some nodes are held at 0 V.

    ``(D - W + diag(leak)) v = currents`` on the free nodes, ``v = 0`` on the held ones; ``W`` holds
    the conductances and ``D`` their sums.

    Parameters
    ----------
    graph : Graph
    held : bool [n_nodes]
        Nodes at 0 V. Every component needs one, or a leak, or the system is singular.
    leak : float64 [n_nodes], optional
        Conductance of each node to the ground.
    method, tolerance
        As for :class:`corridor_sim.theory.solve.SymmetricSolver`.
    """

    def __init__(
        self,
        graph: Graph,
        held: NDArray[np.bool_],
        *,
        leak: F8 | None = None,
        method: str = "auto",
        tolerance: float = TOLERANCE,
    ) -> None:
        self.free = np.flatnonzero(~held)
        index = np.full(graph.n_nodes, -1, np.int32)
        index[self.free] = np.arange(self.free.size, dtype=np.int32)
        tail, head = index[graph.tail], index[graph.head]
        inner = (tail >= 0) & (head >= 0)
        out = np.zeros(graph.n_nodes) if leak is None else leak.copy()
        for one, other in ((graph.tail, graph.head), (graph.head, graph.tail)):
            across = held[one] & ~held[other]
            out += np.bincount(other[across], graph.conductance[across], graph.n_nodes)
        self.network = LeakyNetwork(
            tail[inner], head[inner], graph.conductance[inner], out[self.free],
            method=method, tolerance=tolerance,
        )  # fmt: skip

    def voltages(self, currents: F8) -> Voltages:
        """Return voltages for currents fed into the nodes, ``[n_nodes]`` or ``[n_nodes, k]``."""
        found = self.network.voltages(currents[self.free])
        parts = []
        for part in (found.high, found.low):
            out = np.zeros(currents.shape)
            if np.any(part):
                out[self.free] = part
            parts.append(out)
        return Voltages(parts[0], parts[1])


def two_sum(a: F8, b: F8 | np.float64) -> tuple[F8, F8]:
    """Return ``a + b`` and what its rounding lost (Knuth 1969, vol. 2 of his Art)."""
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)
