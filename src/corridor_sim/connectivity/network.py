"""Currents in a network: voltages and what follows from them, and currents between given nodes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corridor_sim.connectivity.graph import Graph, numbered
from corridor_sim.connectivity.laplacian import EVEN, GroundedLaplacian, Voltages
from corridor_sim.errors import ResourceError

F8 = NDArray[np.float64]
# right-hand sides solved at once: enough for speed, 64 bytes a node
BATCH = 8
# a matrix of this many squared takes 200 MB
MAX_FOCAL = 5000


@dataclass(frozen=True)
class Flow:
    """Voltages of a network and what follows from them.

    Parameters
    ----------
    voltages : float64 [n_nodes]
        Volts; 0 in parts of the network without current.
    leak : float64 [n_nodes]
        Conductance to the ground.
    ignored_a : float
        Amperes of sources from which no ground can be reached; they were left out.
    fine : Voltages, optional
        ``voltages`` in parts, from any zero: currents between nodes of almost the same voltage
        live in what rounding took.
    """

    graph: Graph
    voltages: F8
    leak: F8 | None = None
    ignored_a: float = 0.0
    fine: Voltages | None = None

    @classmethod
    def of(
        cls, graph: Graph, found: Voltages, leak: F8 | None = None, ignored_a: float = 0.0
    ) -> Flow:
        """Make the flow of voltages in two parts."""
        return cls(graph, found.total(), leak, ignored_a, found if len(found.parts) > 1 else None)

    def branch_currents(self) -> F8:
        """Amperes along each edge ``[edges]``, positive from tail to head (Ohm's law)."""
        tail, head = self.graph.tail, self.graph.head
        found = Voltages((self.voltages,)) if self.fine is None else self.fine
        return self.graph.conductance * found.drop(tail, head)

    def node_currents(self) -> F8:
        """Amperes through each node ``[n_nodes]``: the larger of all it gets and all it gives."""
        along = self.branch_currents()
        ahead, back = np.maximum(along, 0), np.maximum(-along, 0)
        graph, n = self.graph, self.graph.n_nodes
        gives = np.zeros(n)  # without any edge, bincount returns integers
        gives += np.bincount(graph.tail, ahead, n) + np.bincount(graph.head, back, n)
        gets = np.zeros(n)
        gets += np.bincount(graph.head, ahead, n) + np.bincount(graph.tail, back, n)
        if self.leak is not None:
            down = self.leak * self.voltages
            gives += np.maximum(down, 0)
            gets += np.maximum(-down, 0)
        larger: F8 = np.maximum(gives, gets)
        return larger

    def current_map(self) -> F8:
        """Node currents on the raster, ``[y, x]``, amperes, NaN without data."""
        return self.graph.to_map(self.node_currents())

    def voltage_map(self) -> F8:
        """Voltages on the raster, ``[y, x]``, volts, NaN without data."""
        return self.graph.to_map(self.voltages)


class FocalNetwork:
    """A network made ready for currents between some of its nodes.

    Parameters
    ----------
    nodes : int [k]
        Nodes between which current will flow; the same node may come twice.
    method
        As for :class:`corridor_sim.connectivity.solve.SymmetricSolver`.
    """

    def __init__(self, graph: Graph, nodes: NDArray[np.intp], *, method: str = "auto") -> None:
        self.graph = graph
        self.nodes = nodes = numbered(nodes, graph.n_nodes, "nodes", "nodes").reshape(-1)
        self.unique, self.which = np.unique(nodes, return_inverse=True)
        self.labels = labels = graph.components()
        self.label = labels[self.unique]
        names, count = np.unique(self.label, return_counts=True)
        # the best connected focal node of each component: a badly connected one would lift all
        # others to voltages in which their differences drown; among even conductors the first
        ground = graph.degree()[self.unique]
        if graph.conductance.size and np.ptp(np.log10(graph.conductance)) <= np.log10(EVEN):
            ground[:] = 0
        order = np.lexsort((-self.unique, ground, self.label))
        last = np.flatnonzero(np.append(np.diff(self.label[order]) > 0, True))
        self.anchors = self.unique[order[last]]
        # a component with one focal node carries no current: it is held whole, at no cost
        held = ~np.isin(labels, names[count > 1])
        held[self.anchors] = True
        self.laplacian = GroundedLaplacian(graph, held, method=method)

    @property
    def contrast(self) -> float:
        """Largest conductance over the smallest."""
        return self.laplacian.network.contrast

    def voltages(self, currents: F8) -> F8:
        """Voltages for currents into ``nodes`` ``[k]``, 0 V at one focal node of each part."""
        return self.fine_voltages(currents).total()

    def fine_voltages(self, currents: F8) -> Voltages:
        """Return the same in two parts, whose drops are right between near equals too.

        Within each component the currents must add up to 0.
        """
        feed = np.zeros(self.graph.n_nodes)
        np.add.at(feed, self.nodes, currents)
        return self.laplacian.voltages(feed)

    def transfer(self) -> Voltages:
        """Voltage at each unique focal node for 1 A into each, ``[m, m]``, out at the anchor."""
        m = self.unique.size
        refuse_many(m)
        parts: list[F8] = []
        fed = np.flatnonzero(~np.isin(self.unique, self.anchors))
        for start in range(0, fed.size, BATCH):
            some = fed[start : start + BATCH]
            feed = np.zeros((self.graph.n_nodes, some.size))
            feed[self.unique[some], np.arange(some.size)] = 1
            found = self.laplacian.voltages(feed)
            parts = parts or [np.zeros((m, m)) for _ in found.parts]
            for out, part in zip(parts, found.parts, strict=True):
                out[:, some] = part[self.unique]
        return Voltages(tuple(parts) or (np.zeros((m, m)),))

    def resistances(self) -> F8:
        """Effective resistance between all ``nodes``, ``[k, k]``; inf between components."""
        green = self.transfer()
        # drops within one solution: between solutions, voltages round apart
        drop = np.zeros(green.parts[0].shape)
        for part in green.parts:
            drop += np.diag(part)[None, :] - part
        out: F8 = drop + drop.T
        out[self.label[:, None] != self.label[None, :]] = math.inf
        np.fill_diagonal(out, 0)
        return out[self.which][:, self.which]


def refuse_many(m: int) -> None:
    """Refuse more focal points than a matrix of all pairs may hold, before any work."""
    if m > MAX_FOCAL:
        raise ResourceError(
            f"{m} focal points make {m * m} pairs",
            where="points",
            remedy=f"use at most {MAX_FOCAL}",
        )


def resistance_between(graph: Graph, nodes: NDArray[np.intp], *, method: str = "auto") -> F8:
    """Effective resistance between nodes of a graph, ``[k, k]``; inf where disconnected."""
    return FocalNetwork(graph, nodes, method=method).resistances()
