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
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from corridor_sim.connectivity.focal import Focal
from corridor_sim.connectivity.graph import (
    LARGEST,
    SMALLEST,
    ConductanceRaster,
    cell_name,
    option,
    same_shape,
)
from corridor_sim.connectivity.laplacian import EVEN, GroundedLaplacian
from corridor_sim.connectivity.network import Flow, FocalNetwork, refuse_many
from corridor_sim.errors import CorridorSimError, LandscapeError

F8 = NDArray[np.float64]
Pairs = frozenset[frozenset[int]]
COMBINE = ("sum", "max")
# conductances that differ by more make the voltages of focal points too alike to solve from them
UNEVEN = 1e6
# places times branches whose currents are held at once, 8 bytes each
MOST_BRANCHES = 30_000_000
CONFLICTS = ("keep", "remove_source", "remove_ground", "remove_both")


def pairwise_resistance(
    raster: ConductanceRaster, focal: Focal, *, pairs: Pairs | None = None, method: str = "auto"
) -> F8:
    """Effective resistance between all pairs of focal places, ``[k, k]``, inf if disconnected.

    Focal regions are joined for their own pair only, as the other regions are mere habitat then;
    so every pair is a network of its own, where points share one. With ``pairs`` only these are
    looked at, NaN elsewhere.

    Raises
    ------
    LandscapeError
        A focal place lies on no data.
    ResourceError
        Out of memory, or no convergence.
    """
    return _pairwise(raster, focal, pairs, method, None, "sum")


def pairwise_current(
    raster: ConductanceRaster,
    focal: Focal,
    *,
    pairs: Pairs | None = None,
    combine: str = "sum",
    method: str = "auto",
) -> tuple[F8, F8]:
    """Pairwise resistances ``[k, k]``, and node currents over all pairs at 1 A each, ``[y, x]``.

    ``combine`` says whether a cell gets their sum or the largest of them (``"max"``). A
    disconnected pair adds no current, nor do those that ``pairs`` leaves out.
    """
    option(combine, COMBINE, "combine")
    total = np.zeros(raster.shape)
    resistances = _pairwise(raster, focal, pairs, method, total, combine)
    return resistances, total


def all_pairs_current(
    raster: ConductanceRaster, focal: Focal, *, method: str = "auto"
) -> tuple[F8, F8]:
    """Return :func:`pairwise_current` of all pairs, by one solution a place and not one a pair.

    Currents of a pair are the difference of those from either place to one that all share, ``a_i -
    a_j``. What passes a node is half of what its branches carry and of what is fed in or drawn, and
    over pairs ``sum_{i<j} |a_i - a_j| = sum_r (2 r - k - 1) a_(r)``, with ``a_(r)`` the ``r``-th
    smallest of ``k``. Where conductors differ so much that differences would drown, or places share
    nodes, pairs are solved one by one.
    """
    refuse_many(len(focal.ids))
    if focal.has_regions:
        return pairwise_current(raster, focal, method=method)
    network = _network(raster, focal, method)
    graph, k = network.graph, network.unique.size
    alone = k < network.nodes.size or network.contrast > EVEN
    if alone or k * graph.tail.size > MOST_BRANCHES:
        return pairwise_current(raster, focal, method=method)
    carried = np.zeros(graph.n_nodes)
    for label in np.unique(network.label):
        mine = network.unique[network.label == label]
        edges = np.flatnonzero(network.labels[graph.tail] == label)
        if mine.size < 2 or not edges.size:
            continue
        tail, head = graph.tail[edges], graph.head[edges]
        along = np.zeros((edges.size, mine.size))
        # the place at 0 V feeds itself: no current anywhere
        for m in np.flatnonzero(~np.isin(mine, network.anchors)):
            feed = np.zeros(graph.n_nodes)
            feed[mine[m]] = 1
            drop = network.laplacian.voltages(feed).drop(tail, head)
            along[:, m] = graph.conductance[edges] * drop
        along.sort(axis=1)
        total = along @ (2.0 * np.arange(mine.size) + 1 - mine.size)
        for ends in (tail, head):
            carried += np.bincount(ends, total, graph.n_nodes)
        carried[mine] += mine.size - 1
    return network.resistances(), graph.to_map(carried / 2)


def _pairwise(
    raster: ConductanceRaster,
    focal: Focal,
    pairs: Pairs | None,
    method: str,
    total: F8 | None,
    combine: str,
) -> F8:
    k = len(focal.ids)
    refuse_many(k)
    shared = None if focal.has_regions else _network(raster, focal, method)
    out = np.zeros((k, k)) if shared is None else shared.resistances()
    present = raster.conductance > 0
    if shared is not None:
        present |= shared.graph.node_of >= 0
    for i in range(k):
        for j in range(i + 1, k):
            if not _wanted(pairs, focal.ids[i], focal.ids[j]):
                out[i, j] = out[j, i] = math.nan
                continue
            network, ends = shared, (i, j)
            if network is None:
                two = Focal((focal.ids[i], focal.ids[j]), (focal.cells[i], focal.cells[j]))
                network = _network(raster.joined(list(two.cells)), two, method)
                ends = (0, 1)
                out[i, j] = out[j, i] = network.resistances()[0, 1]
                present |= network.graph.node_of >= 0
            if total is not None and math.isfinite(out[i, j]):
                # NaN is no data, but a cell without data may carry current within a region
                found = np.nan_to_num(_between(network, *ends).current_map())
                np.copyto(total, total + found if combine == "sum" else np.maximum(total, found))
    if total is not None:
        total[~present] = math.nan
    return out


def _wanted(pairs: Pairs | None, one: int, other: int) -> bool:
    return pairs is None or frozenset((one, other)) in pairs


def _network(raster: ConductanceRaster, focal: Focal, method: str) -> FocalNetwork:
    graph = raster.graph()
    return FocalNetwork(graph, focal.nodes(graph), method=method)


def _between(network: FocalNetwork, i: int, j: int) -> Flow:
    """1 A from focal node i to j, which is at 0 V."""
    currents = np.zeros(network.nodes.size)
    currents[i] += 1
    currents[j] -= 1
    return _settled(network, currents, j)


def _settled(network: FocalNetwork, currents: F8, zero: int) -> Flow:
    """Flow of the given focal currents with focal node ``zero`` at 0 V, other parts at rest."""
    found, node = network.fine_voltages(currents), network.nodes[zero]
    here = network.labels == network.labels[node]
    found = found.each(lambda part: np.where(here, part, 0))
    total = found.total()
    # drops are taken before the shift, which may drown them
    return Flow(network.graph, np.where(here, total - total[node], 0), fine=found)


def pair_flow(
    raster: ConductanceRaster, focal: Focal, source: int, ground: int, *, method: str = "auto"
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
    network = _network(raster.joined(list(cells)), two, method)
    if network.label[network.which[0]] != network.label[network.which[1]]:
        raise LandscapeError(
            f"focal points {source} and {ground} are not connected: infinite resistance",
            where="points",
            remedy="join them by cells with data",
        )
    return _between(network, 0, 1)


def one_to_all(
    raster: ConductanceRaster,
    focal: Focal,
    *,
    pairs: Pairs | None = None,
    strengths: Mapping[int, float] | None = None,
    method: str = "auto",
) -> Iterator[tuple[int, float, Flow | None]]:
    """For each focal place: 1 A from it to all the others, which are at 0 V.

    ``pairs``: only places that make one with it are at 0 V. ``strengths``: amperes by number of
    the focal place instead of 1; a place of 0 A is passed over.

    Yields
    ------
    id, resistance, flow
        Resistance to the others together; inf, with no flow, where none of them can be reached.
    """
    refuse_many(len(focal.ids))
    network = _network(raster.joined(list(focal.cells)), focal, method)
    uneven = network.contrast > UNEVEN
    green = np.zeros((0, 0)) if uneven else network.transfer().total()
    green = (green + green.T) / 2
    for i, name in enumerate(focal.ids):
        amperes = _strength(strengths, name)
        if amperes == 0:
            continue
        me = int(network.which[i])
        near = np.zeros(network.unique.size, np.bool_)
        near[[network.which[j] for j, o in enumerate(focal.ids) if _wanted(pairs, name, o)]] = True
        near[me] = True
        mine = np.flatnonzero(near & (network.label == network.label[me]))
        if mine.size < 2:
            yield name, math.inf, None
            continue
        if uneven:
            others = network.unique[mine[mine != me]]
            flow = _held(network, others, int(network.unique[me]), amperes, method)
            yield name, float(flow.voltages[network.unique[me]]) / amperes, flow
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
        unique[mine] = c * resistance * amperes
        other = int(mine[mine != me][0])
        yield name, resistance, _settled_unique(network, unique, other)


def _held(
    network: FocalNetwork, others: NDArray[np.intp], me: int, amperes: float, method: str
) -> Flow:
    """Amperes into a node with others held at 0 V: a system of its own, right at any contrast."""
    graph = network.graph
    held = network.labels != network.labels[me]
    held[others] = True
    laplacian = GroundedLaplacian(graph, held, method=method)
    feed = np.zeros(graph.n_nodes)
    feed[me] = amperes
    return Flow.of(graph, laplacian.voltages(feed))


def all_to_one(
    raster: ConductanceRaster,
    focal: Focal,
    *,
    pairs: Pairs | None = None,
    strengths: Mapping[int, float] | None = None,
    method: str = "auto",
) -> Iterator[tuple[int, Flow | None]]:
    """For each focal place, held at 0 V: 1 A into each of the others that can reach it.

    ``pairs``: only into places that make one with it. ``strengths``: amperes by number of the
    focal place instead of 1.

    Yields
    ------
    id, flow
        No flow where no other place can reach it.
    """
    network = _network(raster.joined(list(focal.cells)), focal, method)
    amperes = np.array([_strength(strengths, name) for name in focal.ids])
    for i, name in enumerate(focal.ids):
        me = int(network.which[i])
        fed = (network.label[network.which] == network.label[me]) & (network.which != me)
        fed &= np.array([_wanted(pairs, name, other) for other in focal.ids])
        fed &= amperes != 0
        if not np.any(fed):
            yield name, None
            continue
        unique = np.zeros(network.unique.size)
        np.add.at(unique, network.which[fed], amperes[fed])
        unique[me] = -np.sum(unique)
        yield name, _settled_unique(network, unique, me)


def _strength(strengths: Mapping[int, float] | None, name: int) -> float:
    return 1.0 if strengths is None else float(strengths.get(name, 1.0))


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
    feed = graph.from_map(sources, "sources")
    if not np.all(np.isfinite(feed)):
        raise LandscapeError("an infinite source", where="sources", remedy="give amperes")
    if np.any(np.abs(feed) > LARGEST):
        raise LandscapeError(
            f"a source of more than {LARGEST:g} A", where="sources", remedy="rescale"
        )
    checked = same_shape(grounds, raster.shape, "grounds")
    if np.any(checked < 0):
        row, col = divmod(int(np.argmax(checked < 0)), raster.shape[1])
        raise LandscapeError(
            f"a ground below 0 in {cell_name(row, col)}", where="grounds", remedy="make it positive"
        )
    odd = (checked > 0) & np.isfinite(checked) & ((checked < SMALLEST) | (checked > LARGEST))
    if np.any(odd):
        row, col = divmod(int(np.argmax(odd)), raster.shape[1])
        raise LandscapeError(
            f"a ground of conductance {checked[row, col]:g} in {cell_name(row, col)}",
            where="grounds",
            remedy=f"stay between {SMALLEST:g} and {LARGEST:g}",
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
    laplacian = GroundedLaplacian(graph, direct | ~active, leak=leak, method=method)
    found = laplacian.voltages(np.where(active, feed, 0))
    return Flow.of(graph, found, leak, ignored)


def disconnected_pairs(resistances: F8, focal: Focal) -> list[tuple[int, int]]:
    """Pairs of focal numbers whose resistance is infinite."""
    if resistances.shape != (len(focal.ids), len(focal.ids)):
        raise CorridorSimError("one row and column for each focal place", where="resistances")
    rows, cols = np.nonzero(np.isinf(np.triu(resistances)))
    return [(focal.ids[i], focal.ids[j]) for i, j in zip(rows, cols, strict=True)]
