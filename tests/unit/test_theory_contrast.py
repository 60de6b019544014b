"""Networks whose conductors, or grounds, differ by many powers of ten, against exact fractions."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest

from corridor_sim import CorridorSimError
from corridor_sim.connectivity.circuit import (
    advanced,
    all_to_one,
    one_to_all,
    pair_flow,
    pairwise_current,
    pairwise_resistance,
)
from corridor_sim.connectivity.focal import Focal
from corridor_sim.connectivity.graph import conductance_raster
from corridor_sim.connectivity.network import resistance_between
from corridor_sim.errors import LandscapeError
from oracles.circuits import solve

METHODS = ("direct", "amg")
SHAPE = (3, 5)
PLACES = [(0, 0), (2, 4), (1, 1), (1, 4)]


def landscape(kind, contrast):
    """Resistances: a wall, a first focal point of bad ground, two kinds of ground, all kinds."""
    rng = np.random.default_rng(1)
    cells = rng.uniform(1, 3, SHAPE)
    if kind == "wall":
        cells[:, 2] *= contrast / 3
    elif kind == "first":
        cells[0, 0] *= contrast / 3
    elif kind == "halves":
        cells[:, 2:] *= contrast / 3
    else:
        cells = np.exp(rng.uniform(0, np.log(contrast), SHAPE))
    # means of resistances, so that one bad cell makes a bad conductor
    return conductance_raster(cells, connect="average_resistance")


def exact_voltages(graph, feed, leak):
    n = graph.n_nodes
    matrix = [[Fraction(0)] * n for _ in range(n)]
    edges = zip(graph.tail.tolist(), graph.head.tolist(), graph.conductance.tolist(), strict=True)
    for i, j, g in edges:
        exact = Fraction(g)
        matrix[i][i] += exact
        matrix[j][j] += exact
        matrix[i][j] -= exact
        matrix[j][i] -= exact
    free = [i for i in range(n) if leak[i] != np.inf]
    for i in free:
        matrix[i][i] += Fraction(float(leak[i]))
    rows = [[matrix[i][j] for j in free] for i in free]
    found = solve(rows, [Fraction(float(feed[i])) for i in free])
    out = [Fraction(0)] * n
    for i, v in zip(free, found, strict=True):
        out[i] = v
    return out


def branch_currents(graph, volts):
    edges = zip(graph.tail.tolist(), graph.head.tolist(), graph.conductance.tolist(), strict=True)
    return np.array([float(Fraction(g) * (volts[i] - volts[j])) for i, j, g in edges])


def unit(n, *marks):
    out = np.zeros(n)
    for node, value in marks:
        out[node] = value
    return out


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("contrast", [1e5, 9e11])
@pytest.mark.parametrize("kind", ["wall", "first", "halves", "all"])
def test_pairs_at_great_contrast(kind, contrast, method):
    raster = landscape(kind, contrast)
    graph, focal = raster.graph(), Focal.at(PLACES, SHAPE)
    nodes = focal.nodes(graph)
    found = pairwise_resistance(raster, focal, method=method)
    for i, j in itertools.combinations(range(len(PLACES)), 2):
        volts = exact_voltages(graph, unit(15, (nodes[i], 1)), unit(15, (nodes[j], np.inf)))
        assert found[i, j] == pytest.approx(float(volts[nodes[i]]), rel=1e-10)
        flow = pair_flow(raster, focal, i + 1, j + 1, method=method)
        assert flow.branch_currents() == pytest.approx(branch_currents(graph, volts), abs=1e-10)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("contrast", [9e11])
@pytest.mark.parametrize("kind", ["wall", "first", "halves", "all"])
def test_one_with_all_at_great_contrast(kind, contrast, method):
    raster = landscape(kind, contrast)
    graph, focal = raster.graph(), Focal.at(PLACES, SHAPE)
    nodes = focal.nodes(graph)
    for name, resistance, flow in one_to_all(raster, focal, strengths={2: 0.5}, method=method):
        others = [(node, np.inf) for i, node in enumerate(nodes) if i + 1 != name]
        amperes = 0.5 if name == 2 else 1
        me = nodes[name - 1]
        volts = exact_voltages(graph, unit(15, (me, amperes)), unit(15, *others))
        assert resistance == pytest.approx(float(volts[me]) / amperes, rel=1e-9)
        exact = branch_currents(graph, volts)
        assert flow.branch_currents() == pytest.approx(exact, abs=1e-9)
    for name, flow in all_to_one(raster, focal, method=method):
        feed = unit(15, *[(node, 1) for i, node in enumerate(nodes) if i + 1 != name])
        volts = exact_voltages(graph, feed, unit(15, (nodes[name - 1], np.inf)))
        exact = branch_currents(graph, volts)
        assert flow.branch_currents() == pytest.approx(exact, abs=1e-9)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("ground", [1e3, 1e-3, 1e-12, 1e-16, 1e-20, 1e-90])
def test_grounds_of_any_conductance(ground, method):
    raster = conductance_raster(np.random.default_rng(2).uniform(1, 3, (3, 4)))
    graph = raster.graph()
    sources, grounds = np.zeros((3, 4)), np.zeros((3, 4))
    sources[0, 0], sources[1, 3] = 1, 0.25
    grounds[2, 3], grounds[1, 0] = ground, 3 * ground
    flow = advanced(raster, sources, grounds, method=method)
    volts = exact_voltages(graph, sources.reshape(-1), grounds.reshape(-1))
    assert flow.voltages == pytest.approx([float(v) for v in volts], rel=1e-10)
    assert flow.branch_currents() == pytest.approx(branch_currents(graph, volts), abs=1e-10)
    assert np.sum(flow.leak * flow.voltages) == pytest.approx(1.25, rel=1e-10)


def test_currents_that_cancel_flow_past_a_tiny_ground():
    raster = conductance_raster(np.random.default_rng(2).uniform(1, 3, (3, 4)))
    graph = raster.graph()
    sources, grounds = np.zeros((3, 4)), np.zeros((3, 4))
    sources[0, 0], sources[2, 2] = 1, -1
    grounds[1, 1] = 1e-18
    flow = advanced(raster, sources, grounds)
    volts = exact_voltages(graph, sources.reshape(-1), grounds.reshape(-1))
    assert flow.branch_currents() == pytest.approx(branch_currents(graph, volts), abs=1e-13)
    assert flow.voltages == pytest.approx([float(v) for v in volts], abs=1e-12)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("connect", ["average_conductance", "average_resistance"])
@pytest.mark.parametrize("contrast", [8e3, 9e11])
@pytest.mark.parametrize("ground", [1e-90, 1e-28, 1e-9, 1e15, 1e40])
def test_grounds_far_from_conductors_of_great_contrast(ground, contrast, connect, method):
    rng = np.random.default_rng([int(contrast), 7])
    for shape in ((7, 1), (3, 3)):
        cells = np.exp(rng.uniform(0, np.log(contrast), shape))
        raster = conductance_raster(cells, values_are="conductance", neighbours=4, connect=connect)
        graph = raster.graph()
        sources = np.where(rng.random(shape) < 0.5, rng.uniform(1, 1e4, shape), 0)
        sources.flat[1] = 219
        grounds = np.where(rng.random(shape) < 0.5, rng.uniform(1, 9, shape), 0) * ground
        grounds.flat[0] = ground
        flow = advanced(raster, sources, grounds, method=method)
        volts = exact_voltages(graph, sources.reshape(-1), grounds.reshape(-1))
        exact = branch_currents(graph, volts)
        assert flow.branch_currents() == pytest.approx(exact, abs=1e-9 * sources.sum())
        assert flow.voltages == pytest.approx([float(v) for v in volts], rel=1e-9)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("weak", [0, 1, 2, 4])
def test_groups_that_hang_together_weakly(weak, method):
    # 1 A through good conductors, at a drop far below the voltage of their group
    cells = np.full((5, 1), 8e11)
    cells[weak] = 1
    raster = conductance_raster(cells, values_are="conductance", connect="average_resistance")
    focal = Focal.at([(0, 0), (4, 0), (1, 0)], (5, 1))
    graph = raster.graph()
    for name, flow in all_to_one(raster, focal, method=method):
        nodes = focal.nodes(graph)
        feed = unit(5, *[(node, 1) for i, node in enumerate(nodes) if i + 1 != name])
        volts = exact_voltages(graph, feed, unit(5, (nodes[name - 1], np.inf)))
        assert flow.branch_currents() == pytest.approx(branch_currents(graph, volts), abs=1e-12)
        assert flow.voltages == pytest.approx([float(v) for v in volts], rel=1e-12)


@pytest.mark.parametrize("scale", [1e-90, 1e-40, 1, 1e40, 1e90])
@pytest.mark.parametrize("shape", [(5, 1), (3, 2), (2, 5), (6, 6)])
def test_the_iterative_method_takes_conductors_of_any_size(shape, scale):
    rng = np.random.default_rng(3)
    cells = 10 ** rng.uniform(0, 9, shape) * scale
    raster = conductance_raster(cells, values_are="conductance")
    sources, grounds = np.zeros(shape), np.full(shape, 1e-3)
    sources[0, 0] = 2.5
    found, exact = (advanced(raster, sources, grounds, method=m) for m in ("amg", "direct"))
    assert found.branch_currents() == pytest.approx(exact.branch_currents(), abs=1e-9)
    assert found.voltages == pytest.approx(exact.voltages, rel=1e-9)
    focal = Focal.at([(0, 0), (shape[0] - 1, shape[1] - 1)], shape)
    found, exact = (pairwise_resistance(raster, focal, method=m) for m in ("amg", "direct"))
    assert found == pytest.approx(exact, rel=1e-9)


def test_a_network_without_conductors_has_currents():
    raster = conductance_raster(np.array([[1.0, np.nan, 1.0]]))
    flow = advanced(raster, np.array([[2.0, 0, 0]]), np.array([[4.0, 0, 0]]))
    assert flow.voltage_map().tolist()[0][::2] == [0.5, 0]
    assert flow.current_map().tolist()[0][::2] == [2, 0]


@pytest.mark.parametrize("method", METHODS)
def test_cells_without_data_carry_current_only_in_regions(method):
    cells = np.array([[1.0, 1, np.nan], [1, np.nan, np.nan], [1, 1, np.nan]])
    marks = np.array([[0, 5, 5], [0, 0, 0], [0, 0, 0]])
    raster = conductance_raster(cells, regions=marks, neighbours=4)
    focal = Focal.at([(0, 0), (2, 0)], cells.shape)
    found = pairwise_current(raster, focal, method=method)[1]
    # the region is a dead end: no current, but a place in the network
    assert np.isnan(found).tolist() == [[False] * 3, [False, True, True], [False, False, True]]
    assert found[0, 2] == pytest.approx(0, abs=1e-12)


# ---- masks, fractions, masked arrays and numbers of regions


def test_nodes_are_numbers_or_a_mask():
    graph = conductance_raster(np.ones((1, 5)), neighbours=4).graph()
    mask = np.array([False, False, True, False, True])
    assert resistance_between(graph, mask).tolist() == [[0, 2], [2, 0]]
    assert resistance_between(graph, np.array([2.0, 4.0]))[0, 1] == 2
    for wrong, says in (
        (np.array([1.7, 3]), r"nodes: \[1.7, 3.0\] are no whole numbers"),
        (np.array([0, -1]), "nodes 0 to 4 do not hold all of"),
        (np.array([0, 5]), "nodes 0 to 4 do not hold all of"),
        (np.array([True, False]), "a mask of 2 with 1 chosen; give a mask of 5 nodes"),
        (np.zeros(5, bool), "a mask of 5 with 0 chosen"),
        (np.array(["1"]), "are no whole numbers"),
        (np.ma.array([1, 2], mask=[True, False]), "some are masked"),
        (np.array([np.nan, 1]), "are no whole numbers"),
    ):
        with pytest.raises(CorridorSimError, match=says):
            resistance_between(graph, wrong)


def test_places_are_whole_numbers():
    assert Focal.at([(np.int64(0), 1.0)], (1, 2), ids=[np.float64(4)]).ids == (4,)
    for places, ids in (
        ([(0, 0), (0, 1)], [1.2, 1.7]),
        ([(0, 0.5), (0, 1)], [1, 2]),
        ([(True, 0)], [1]),
        ([(0, np.nan)], [1]),
        ([(0, 0)], [True]),
        ([(0, 0)], ["1"]),
    ):
        with pytest.raises(LandscapeError, match="is no whole number; give whole numbers"):
            Focal.at(places, (1, 2), ids=ids)


def test_what_is_masked_is_no_data():
    cells = np.ma.array([[1.0, 1, 1], [1, -9999, 1]], mask=[[0, 0, 0], [0, 1, 0]])
    raster = conductance_raster(cells)
    assert raster.graph().node_of.tolist() == [[0, 1, 2], [3, -1, 4]]
    plain = conductance_raster(cells.filled(np.nan))
    assert np.array_equal(raster.conductance, plain.conductance)
    assert cells.data[1, 1] == -9999  # what was given is as it was
    focal = Focal.from_map(np.ma.array([[1, 7, 2], [0, 0, 0]], mask=[[0, 1, 0], [0, 0, 0]]))
    assert focal.ids == (1, 2)
    sources = np.ma.array([[1.0, 99, 0], [0, 0, 0]], mask=[[0, 1, 0], [0, 0, 0]])
    grounds = np.ma.array([[0.0, 99, 1], [0, 0, 0]], mask=[[0, 1, 0], [0, 0, 0]])
    flow = advanced(raster, sources, grounds)
    assert np.sum(flow.leak * flow.voltages) == pytest.approx(1)
    marks = np.ma.array([[5, 5, 5], [0, 0, 0]], mask=[[0, 0, 1], [0, 0, 0]])
    joined = conductance_raster(cells, regions=marks).graph()
    assert joined.node_of[0].tolist() == [0, 0, 1]


@pytest.mark.parametrize("big", [1, 2**31 - 2, 2**31 + 5, 2**40, 2**53 - 2])
def test_regions_may_have_large_numbers(big):
    marks = np.array([[big, 0, big + 1], [big, 0, 0]], float)
    graph = conductance_raster(np.ones((2, 3)), regions=marks).graph()
    assert graph.node_of.tolist() == [[0, 1, 2], [0, 3, 4]]
    raster = conductance_raster(np.ones((2, 3)), regions=marks)
    focal = Focal.at([(0, 0), (0, 2), (1, 2)], (2, 3), ids=[1, 2, 2])
    assert pairwise_current(raster, focal)[0].shape == (2, 2)


@pytest.mark.parametrize("bad", [1.2, 0.5, 2.0**53, 1e300, np.inf])
def test_regions_that_would_merge_are_refused(bad):
    with pytest.raises(LandscapeError, match="row 1, column 2 numbers no region; use whole"):
        conductance_raster(np.ones((1, 3)), regions=np.array([[1, bad, 0]]))
