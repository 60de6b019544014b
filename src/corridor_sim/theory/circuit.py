"""Circuit theory on a raster: effective resistance, voltage and current.

One ampere between two nodes meets the effective resistance ``R_ij = L+_ii + L+_jj - 2 L+_ij`` with
``L+`` the pseudo-inverse of the graph Laplacian (Klein & Randic 1993, J. Math. Chem. 12:81). A
random walk with steps in proportion to conductance has commute time ``R_ij * sum of degrees``
(Chandra et al. 1989, STOC 21:574) and net flow equal to the current (Doyle & Snell 1984). Use in
ecology and the modes: McRae et al. 2008, Ecology 89:2712.

No inverse is formed: one node of each component is held at 0 V, one sparse system is factorised,
and every focal point costs one solution.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import CorridorSimError, LandscapeError
from corridor_sim.theory.focal import Focal
from corridor_sim.theory.graph import ConductanceRaster, Graph, cell_name, option, same_shape
from corridor_sim.theory.solve import TOLERANCE, GroundedLaplacian

F8 = NDArray[np.float64]
# right-hand sides solved at once: enough for speed, 64 bytes a node
BATCH = 8
CONFLICTS = ("keep", "remove_source", "remove_ground", "remove_both")


@dataclass(frozen=True)
class Flow:
    """Voltages of a network and what follows from them.

    Parameters
    ----------
    graph : Graph
    voltages : float64 [n_nodes]
        Volts; 0 in parts of the network without current.
    leak : float64 [n_nodes]
        Conductance to the ground.
    ignored_a : float
        Amperes of sources from which no ground can be reached; they were left out.
    """

    graph: Graph
    voltages: F8
    leak: F8 | None = None
    ignored_a: float = 0.0

    def branch_currents(self) -> F8:
        """Amperes along each edge ``[edges]``, positive from tail to head (Ohm's law)."""
        drop = self.voltages[self.graph.tail] - self.voltages[self.graph.head]
        return self.graph.conductance * drop

    def node_currents(self) -> F8:
        """Amperes through each node ``[n_nodes]``: the larger of all it gets and all it gives."""
        along = self.branch_currents()
        ahead, back = np.maximum(along, 0), np.maximum(-along, 0)
        graph, n = self.graph, self.graph.n_nodes
        gives = np.bincount(graph.tail, ahead, n) + np.bincount(graph.head, back, n)
        gets = np.bincount(graph.head, ahead, n) + np.bincount(graph.tail, back, n)
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
    graph : Graph
    nodes : int [k]
        Nodes between which current will flow; the same node may come twice.
    method, tolerance
        As for :class:`corridor_sim.theory.solve.SymmetricSolver`.
    """

    def __init__(
        self,
        graph: Graph,
        nodes: NDArray[np.intp],
        *,
        method: str = "auto",
        tolerance: float = TOLERANCE,
    ) -> None:
        self.graph = graph
        self.nodes = nodes
        self.unique, self.which = np.unique(nodes, return_inverse=True)
        self.labels = labels = graph.components()
        self.label = labels[self.unique]
        names, first, count = np.unique(self.label, return_index=True, return_counts=True)
        self.anchors = self.unique[first]
        # a component with one focal node carries no current: it is held whole, at no cost
        held = ~np.isin(labels, names[count > 1])
        held[self.anchors] = True
        self.laplacian = GroundedLaplacian(graph, held, method=method, tolerance=tolerance)

    def voltages(self, currents: F8) -> F8:
        """Voltages for currents into ``nodes`` ``[k]``, 0 V at the first focal node of each part.

        Within each component the currents must add up to 0.
        """
        feed = np.zeros(self.graph.n_nodes)
        np.add.at(feed, self.nodes, currents)
        return self.laplacian.voltages(feed)

    def transfer(self) -> F8:
        """Voltage at each unique focal node for 1 A into each, ``[m, m]``, out at the anchor."""
        m = self.unique.size
        out = np.zeros((m, m))
        fed = np.flatnonzero(~np.isin(self.unique, self.anchors))
        for start in range(0, fed.size, BATCH):
            some = fed[start : start + BATCH]
            feed = np.zeros((self.graph.n_nodes, some.size))
            feed[self.unique[some], np.arange(some.size)] = 1
            out[:, some] = self.laplacian.voltages(feed)[self.unique]
        return (out + out.T) / 2

    def resistances(self) -> F8:
        """Effective resistance between all ``nodes``, ``[k, k]``; inf between components."""
        green = self.transfer()
        diagonal = np.diag(green)
        out = diagonal[:, None] + diagonal[None, :] - 2 * green
        out[self.label[:, None] != self.label[None, :]] = math.inf
        np.fill_diagonal(out, 0)
        return out[self.which][:, self.which]


def resistance_between(
    graph: Graph, nodes: NDArray[np.intp], *, method: str = "auto", tolerance: float = TOLERANCE
) -> F8:
    """Effective resistance between nodes of a graph, ``[k, k]``; inf where disconnected."""
    return FocalNetwork(graph, nodes, method=method, tolerance=tolerance).resistances()


def pairwise_resistance(
    raster: ConductanceRaster, focal: Focal, *, method: str = "auto", tolerance: float = TOLERANCE
) -> F8:
    """Effective resistance between all pairs of focal places, ``[k, k]``, inf if disconnected.

    Focal regions are joined for their own pair only, as the other regions are mere habitat then;
    so every pair is a network of its own, where points share one.

    Raises
    ------
    LandscapeError
        A focal place lies on no data.
    ResourceError
        Out of memory, or no convergence.
    """
    return _pairwise(raster, focal, method, tolerance, None)


def pairwise_current(
    raster: ConductanceRaster, focal: Focal, *, method: str = "auto", tolerance: float = TOLERANCE
) -> tuple[F8, F8]:
    """Pairwise resistances ``[k, k]``, and node currents summed over all pairs at 1 A, ``[y, x]``.

    A disconnected pair adds no current.
    """
    total = np.zeros(raster.shape)
    resistances = _pairwise(raster, focal, method, tolerance, total)
    return resistances, total


def _pairwise(
    raster: ConductanceRaster, focal: Focal, method: str, tolerance: float, total: F8 | None
) -> F8:
    k = len(focal.ids)
    shared = None if focal.has_regions else _network(raster, focal, method, tolerance)
    out = np.zeros((k, k)) if shared is None else shared.resistances()
    for i in range(k):
        for j in range(i + 1, k):
            network, ends = shared, (i, j)
            if network is None:
                two = Focal((focal.ids[i], focal.ids[j]), (focal.cells[i], focal.cells[j]))
                network = _network(raster.joined(list(two.cells)), two, method, tolerance)
                ends = (0, 1)
                out[i, j] = out[j, i] = network.resistances()[0, 1]
            if total is not None and math.isfinite(out[i, j]):
                # NaN is no data, but a cell without data may carry current within a region
                total += np.nan_to_num(_between(network, *ends).current_map())
    if total is not None:
        total[(raster.conductance <= 0) & (total == 0)] = math.nan
    return out


def _network(
    raster: ConductanceRaster, focal: Focal, method: str, tolerance: float
) -> FocalNetwork:
    graph = raster.graph()
    return FocalNetwork(graph, focal.nodes(graph), method=method, tolerance=tolerance)


def _between(network: FocalNetwork, i: int, j: int) -> Flow:
    """1 A from focal node i to j, which is at 0 V."""
    currents = np.zeros(network.nodes.size)
    currents[i] += 1
    currents[j] -= 1
    return _settled(network, currents, j)


def _settled(network: FocalNetwork, currents: F8, zero: int) -> Flow:
    """Flow of the given focal currents with focal node ``zero`` at 0 V, other parts at rest."""
    volts = network.voltages(currents)
    here = network.labels == network.labels[network.nodes[zero]]
    return Flow(network.graph, np.where(here, volts - volts[network.nodes[zero]], 0.0))


def pair_flow(
    raster: ConductanceRaster,
    focal: Focal,
    source: int,
    ground: int,
    *,
    method: str = "auto",
    tolerance: float = TOLERANCE,
) -> Flow:
    """1 A from the focal place numbered ``source`` to the one numbered ``ground``, at 0 V.

    Raises
    ------
    LandscapeError
        A place lies on no data, or the two are disconnected: their resistance is infinite.
    """
    for name in (source, ground):
        option(str(name), tuple(str(i) for i in focal.ids), "focal point")
    cells = tuple(focal.cells[focal.ids.index(name)] for name in (source, ground))
    two = Focal((source, ground), cells)
    network = _network(raster.joined(list(cells)), two, method, tolerance)
    if network.label[network.which[0]] != network.label[network.which[1]]:
        raise LandscapeError(
            f"focal points {source} and {ground} are not connected: infinite resistance",
            where="points",
            remedy="join them by cells with data",
        )
    return _between(network, 0, 1)


def one_to_all(
    raster: ConductanceRaster, focal: Focal, *, method: str = "auto", tolerance: float = TOLERANCE
) -> Iterator[tuple[int, float, Flow | None]]:
    """For each focal place: 1 A from it to all the others, which are at 0 V.

    Yields
    ------
    id, resistance, flow
        Resistance to the others together; inf, with no flow, where none of them can be reached.
    """
    network = _network(raster.joined(list(focal.cells)), focal, method, tolerance)
    green = network.transfer()
    for i, name in enumerate(focal.ids):
        me = int(network.which[i])
        mine = np.flatnonzero(network.label == network.label[me])
        if mine.size < 2:
            yield name, math.inf, None
            continue
        # the currents that bring my node to R and the others to 0: G c + s = R e, sum c = 0
        m = mine.size
        system = np.ones((m + 1, m + 1))
        system[:m, :m] = green[np.ix_(mine, mine)]
        system[m, m] = 0
        wanted = np.zeros(m + 1)
        wanted[np.searchsorted(mine, me)] = 1
        c = np.linalg.solve(system, wanted)[:m]
        resistance = 1 / float(c[np.searchsorted(mine, me)])
        unique = np.zeros(network.unique.size)
        unique[mine] = c * resistance
        other = int(mine[mine != me][0])
        yield name, resistance, _settled_unique(network, unique, other)


def all_to_one(
    raster: ConductanceRaster, focal: Focal, *, method: str = "auto", tolerance: float = TOLERANCE
) -> Iterator[tuple[int, Flow | None]]:
    """For each focal place, held at 0 V: 1 A into each of the others that can reach it.

    Yields
    ------
    id, flow
        No flow where no other place can reach it.
    """
    network = _network(raster.joined(list(focal.cells)), focal, method, tolerance)
    for i, name in enumerate(focal.ids):
        me = int(network.which[i])
        fed = (network.label[network.which] == network.label[me]) & (network.which != me)
        if not np.any(fed):
            yield name, None
            continue
        unique = np.bincount(network.which[fed], minlength=network.unique.size).astype(np.float64)
        unique[me] = -np.sum(unique)
        yield name, _settled_unique(network, unique, me)


def _settled_unique(network: FocalNetwork, unique: F8, zero: int) -> Flow:
    """As :func:`_settled`, for currents into unique focal nodes."""
    first = np.array([int(np.argmax(network.which == j)) for j in range(unique.size)], np.intp)
    currents = np.zeros(network.nodes.size)
    currents[first] = unique
    return _settled(network, currents, int(first[zero]))


def advanced(
    raster: ConductanceRaster,
    sources: F8,
    grounds: F8,
    *,
    conflicts: str = "keep",
    method: str = "auto",
    tolerance: float = TOLERANCE,
) -> Flow:
    """Solve for any sources and grounds.

    Parameters
    ----------
    sources : float64 [y, x]
        Amperes fed into each cell; NaN or 0 for none, negative to draw.
    grounds : float64 [y, x]
        Conductance of each cell to the ground, inf for a direct one; NaN or 0 for none.
    conflicts : {"keep", "remove_source", "remove_ground", "remove_both"}
        What to do where a node has both. A source on a direct ground always loses the ground.

    Raises
    ------
    LandscapeError
        A misfit, a negative ground, or no part of the network with both a source and a ground.
    """
    option(conflicts, CONFLICTS, "conflicts")
    graph = raster.graph()
    feed = graph.from_map(sources)
    if not np.all(np.isfinite(feed)):
        raise LandscapeError("an infinite source", where="sources", remedy="give amperes")
    checked = same_shape(grounds, raster.shape, "grounds")
    if np.any(checked < 0):
        row, col = divmod(int(np.argmax(checked < 0)), raster.shape[1])
        raise LandscapeError(
            f"a ground below 0 in {cell_name(row, col)}", where="grounds", remedy="make it positive"
        )
    ground = graph.from_map(checked)
    both = (feed != 0) & (ground != 0)
    if conflicts in ("remove_source", "remove_both"):
        feed[both] = 0
    if conflicts in ("remove_ground", "remove_both"):
        ground[both] = 0
    ground[np.isinf(ground) & (feed != 0)] = 0
    labels = graph.components()
    n_parts = int(labels.max()) + 1
    fed = np.bincount(labels, feed != 0, n_parts) > 0
    grounded = np.bincount(labels, ground != 0, n_parts) > 0
    if not np.any(fed & grounded):
        raise LandscapeError(
            "no source can reach a ground", where="sources", remedy="put both on connected cells"
        )
    active = (fed & grounded)[labels]
    direct = np.isinf(ground)
    leak = np.where(direct | ~active, 0, ground)
    ignored = float(np.sum(np.abs(feed[~active])))
    laplacian = GroundedLaplacian(
        graph, direct | ~active, leak=leak, method=method, tolerance=tolerance
    )
    return Flow(graph, laplacian.voltages(np.where(active, feed, 0)), leak, ignored)


def disconnected_pairs(resistances: F8, focal: Focal) -> list[tuple[int, int]]:
    """Pairs of focal numbers whose resistance is infinite."""
    if resistances.shape != (len(focal.ids), len(focal.ids)):
        raise CorridorSimError("one row and column for each focal place", where="resistances")
    rows, cols = np.nonzero(np.isinf(np.triu(resistances)))
    return [(focal.ids[i], focal.ids[j]) for i, j in zip(rows, cols, strict=True)]
