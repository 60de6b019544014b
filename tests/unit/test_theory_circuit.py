"""Circuits small enough to solve by hand, modes against each other, and solvers that repeat."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from corridor_sim import CorridorSimError
from corridor_sim.connectivity import network, solve
from corridor_sim.connectivity.circuit import (
    advanced,
    all_pairs_current,
    all_to_one,
    disconnected_pairs,
    one_to_all,
    pair_flow,
    pairwise_current,
    pairwise_resistance,
)
from corridor_sim.connectivity.focal import Focal
from corridor_sim.connectivity.graph import Graph, conductance_raster
from corridor_sim.connectivity.network import resistance_between
from corridor_sim.errors import LandscapeError, ResourceError

NAN = float("nan")


def wires(n, *edges):
    tail, head, g = zip(*edges, strict=True)
    return Graph(
        n,
        np.array(tail, np.int32),
        np.array(head, np.int32),
        np.array(g, float),
        np.arange(n, dtype=np.int32)[None],
    )


@pytest.mark.parametrize("method", ["direct", "amg"])
def test_series_parallel_and_bridge(method):
    two = np.array([0, 1])
    ends = np.array([0, 2])
    # in series resistances add, in parallel conductances do
    series = wires(3, (0, 1, 1 / 3), (1, 2, 1 / 5))
    assert resistance_between(series, ends, method=method)[0, 1] == pytest.approx(8)
    parallel = wires(2, (0, 1, 2.0), (1, 0, 3.0), (0, 1, 5.0))
    assert resistance_between(parallel, two, method=method)[0, 1] == pytest.approx(0.1)
    # Wheatstone's bridge, balanced: the bridge carries nothing
    for bridge in (1e-3, 1.0, 1e3):
        wheatstone = wires(4, (0, 1, 1.0), (0, 2, 2.0), (1, 3, 3.0), (2, 3, 6.0), (1, 2, bridge))
        found = resistance_between(wheatstone, np.array([0, 3]), method=method)[0, 1]
        assert found == pytest.approx(1 / (1 / (1 + 1 / 3) + 1 / (1 / 2 + 1 / 6)))
    # a cube of 1 ohm: 7/12 along an edge, 3/4 over a face, 5/6 through it
    cube = wires(8, *[(a, a | bit, 1.0) for a in range(8) for bit in (1, 2, 4) if not a & bit])
    assert resistance_between(cube, np.array([0, 1, 3, 7]), method=method)[0] == pytest.approx(
        [0, 7 / 12, 3 / 4, 5 / 6]
    )


def test_a_line_of_cells_and_the_pieces_of_a_map():
    raster = conductance_raster(np.array([[1.0, 2.0, 4.0, NAN, 1.0]]), connect="average_resistance")
    focal = Focal.at([(0, 0), (0, 2), (0, 4), (0, 0)], raster.shape, ids=[1, 2, 3, 9])
    found = pairwise_resistance(raster, focal)
    inf = np.inf
    assert found == pytest.approx(
        np.array([[0, 4.5, inf, 0], [4.5, 0, inf, 4.5], [inf, inf, 0, inf], [0, 4.5, inf, 0]])
    )
    assert disconnected_pairs(found, focal) == [(1, 3), (2, 3), (3, 9)]
    _, total = pairwise_current(raster, focal)
    # 1-2 and 2-9 pass everything, 1-9 is one cell, 3 is alone
    assert total == pytest.approx(np.array([[2, 2, 2, NAN, 0]]), nan_ok=True)
    with pytest.raises(LandscapeError, match="1 and 3 are not connected: infinite resistance"):
        pair_flow(raster, focal, 1, 3)
    with pytest.raises(CorridorSimError, match="focal point: unknown '8'"):
        pair_flow(raster, focal, 1, 8)
    flow = pair_flow(raster, focal, 1, 2)
    assert flow.voltage_map()[0, :3] == pytest.approx([4.5, 3, 0])


def test_one_cell():
    raster = conductance_raster(np.array([[3.0]]))
    focal = Focal.at([(0, 0)], (1, 1))
    assert pairwise_resistance(raster, focal).tolist() == [[0]]
    assert [r for _, r, flow in one_to_all(raster, focal)] == [np.inf]
    assert [flow for _, flow in all_to_one(raster, focal)] == [None]


def test_regions_are_joined_for_their_own_pair_only():
    # a line of five; place 1 is both ends, place 2 the middle, place 3 the second cell
    raster = conductance_raster(np.ones((1, 5)), neighbours=4)
    focal = Focal.at([(0, 0), (0, 4), (0, 2), (0, 1)], (1, 5), ids=[1, 1, 2, 3])
    found, total = pairwise_current(raster, focal)
    # 1-2: 2 parallel to 2; 1-3: 1 parallel to 3; 2-3: one step, ends hanging
    assert found[[0, 0, 1], [1, 2, 2]] == pytest.approx([1, 0.75, 1])
    assert total[0] == pytest.approx([2, 0.5 + 1 + 1, 1 + 0.25 + 1, 0.5 + 0.25, 2])
    shorted = conductance_raster(np.ones((1, 5)), regions=np.array([[0, 6, 6, 6, 0]]))
    ends = Focal.at([(0, 0), (0, 4)], (1, 5))
    assert pairwise_resistance(shorted, ends)[0, 1] == pytest.approx(2)


def test_one_to_all_and_all_to_one_are_advanced_problems():
    values = np.random.default_rng(1).uniform(1, 9, (6, 7))
    values[:, 5] = NAN
    raster = conductance_raster(values)
    cells = [(0, 0), (5, 0), (5, 4), (2, 3), (2, 3), (1, 6)]
    focal = Focal.at(cells, raster.shape, ids=[1, 1, 2, 3, 4, 5])
    joined = raster.joined(list(focal.cells))
    marks = np.zeros(values.shape)
    for name, r, flow in one_to_all(raster, focal):
        if name == 5:
            assert r == np.inf
            assert flow is None
            continue
        sources, grounds = marks.copy(), marks.copy()
        i = focal.ids.index(name)
        sources.flat[focal.cells[i][0]] = 1
        for j, other in enumerate(focal.cells):
            if j != i:
                grounds.flat[other] = np.inf
        truth = advanced(joined, sources, grounds)
        assert flow.current_map() == pytest.approx(truth.current_map(), nan_ok=True, abs=1e-12)
        assert r == pytest.approx(np.nanmax(truth.voltage_map()))
        assert flow.voltage_map() == pytest.approx(truth.voltage_map(), nan_ok=True, abs=1e-12)
    for name, flow in all_to_one(raster, focal):
        i = focal.ids.index(name)
        sources, grounds = marks.copy(), marks.copy()
        for j, other in enumerate(focal.cells[:4]):
            if j != i and {name, focal.ids[j]} != {3, 4}:
                sources.flat[other[0]] += 1
        if name == 5:
            assert flow is None
            continue
        grounds.flat[focal.cells[i]] = np.inf
        truth = advanced(joined, sources, grounds)
        assert flow.voltage_map() == pytest.approx(truth.voltage_map(), nan_ok=True, abs=1e-12)


def test_sources_and_grounds():
    raster = conductance_raster(np.array([[1.0, 1.0, 1.0, NAN, 1.0, 1.0]]), neighbours=4)
    none = np.zeros((1, 6))
    sources, grounds = none.copy(), none.copy()
    sources[0, 0], sources[0, 5] = 2, 3
    grounds[0, 2] = 0.5
    flow = advanced(raster, sources, grounds)
    assert flow.voltage_map()[0, :3] == pytest.approx([8, 6, 4])
    assert flow.current_map()[0, :3] == pytest.approx([2, 2, 2])
    assert flow.ignored_a == 3
    grounds[0, 2] = np.inf
    assert advanced(raster, sources, grounds).voltage_map()[0, :3] == pytest.approx([4, 2, 0])
    # a node with both: kept, or one gives way
    sources[0, 1], grounds[0, 1] = 1, 1
    both = advanced(raster, sources, grounds).voltage_map()[0, :2]
    assert both == pytest.approx([3.5, 1.5])
    assert advanced(raster, sources, grounds, conflicts="remove_source").voltage_map()[
        0, :2
    ] == pytest.approx([3, 1])
    assert advanced(raster, sources, grounds, conflicts="remove_ground").voltage_map()[
        0, :2
    ] == pytest.approx([5, 3])
    assert advanced(raster, sources, grounds, conflicts="remove_both").voltage_map()[
        0, :2
    ] == pytest.approx([4, 2])
    # a source on a direct ground takes the ground away
    sources[0, 2] = 1
    assert advanced(raster, sources, grounds).voltage_map()[0, :3] == pytest.approx([6, 4, 5])
    # currents may be drawn
    drawn = none.copy()
    drawn[0, 0] = -1
    grounds = none.copy()
    grounds[0, 1] = 0.25
    flow = advanced(raster, drawn, grounds)
    assert flow.voltage_map()[0, :2] == pytest.approx([-5, -4])
    assert flow.current_map()[0, :2] == pytest.approx([1, 1])


@pytest.mark.parametrize(
    ("source", "ground", "says"),
    [
        ((0, 0, 1.0), (0, 4, 1.0), "no source can reach a ground"),
        ((0, 0, 0.0), (0, 1, 1.0), "no source can reach a ground"),
        ((0, 0, 1.0), (0, 1, -1.0), "a ground below 0 in row 1, column 2"),
        ((0, 0, np.inf), (0, 1, 1.0), "an infinite source"),
    ],
)
def test_currents_that_cannot_be(source, ground, says):
    raster = conductance_raster(np.array([[1.0, 1.0, 1.0, NAN, 1.0]]))
    sources, grounds = np.zeros((1, 5)), np.zeros((1, 5))
    sources[source[:2]], grounds[ground[:2]] = source[2], ground[2]
    with pytest.raises(LandscapeError, match=says):
        advanced(raster, sources, grounds)
    with pytest.raises(LandscapeError, match="sources: is 1 x 2, the raster is 1 x 5"):
        advanced(raster, np.zeros((1, 2)), grounds)


def test_the_solver_is_chosen_by_size_alone(monkeypatch):
    from scipy import sparse

    monkeypatch.setattr(solve, "DIRECT_NODES", 10)
    assert solve.SymmetricSolver(sparse.eye_array(10)).method == "direct"
    assert solve.SymmetricSolver(sparse.eye_array(11)).method == "amg"
    with pytest.raises(CorridorSimError, match="did you mean 'direct'"):
        solve.SymmetricSolver(sparse.eye_array(3), method="directly")
    empty = solve.SymmetricSolver(sparse.csr_array((0, 0)))
    assert empty.solve(np.zeros(0)).size == 0


def test_what_does_not_converge_or_fit_is_said(monkeypatch):
    raster = conductance_raster(np.random.default_rng(0).uniform(1, 9, (30, 30)))
    focal = Focal.at([(0, 0), (29, 29)], raster.shape)
    monkeypatch.setattr(solve, "MAX_ITERATIONS", 2)
    with pytest.raises(ResourceError, match="no convergence to 1e-11 in 2 iterations, 899 nodes"):
        pairwise_resistance(raster, focal, method="amg")
    monkeypatch.setattr(network, "MAX_FOCAL", 1)
    with pytest.raises(ResourceError, match="2 focal points make 4 pairs"):
        pairwise_resistance(raster, focal)


BITS = """
import hashlib, sys, numpy as np
from corridor_sim.connectivity.graph import conductance_raster
from corridor_sim.connectivity.network import resistance_between
np.random.seed(int(sys.argv[1]))
before = np.random.get_state()[1].copy()
values = np.random.default_rng(1).uniform(1, 100, (200, 200))
graph = conductance_raster(values).graph()
for method in ("direct", "amg"):
    found = resistance_between(graph, np.array([0, 5000, 39999]), method=method)
    print(hashlib.sha256(found.tobytes()).hexdigest())
assert np.array_equal(before, np.random.get_state()[1])
"""


def test_the_same_bits_whatever_threads_and_global_chance():
    found = [
        subprocess.run(
            [sys.executable, "-c", BITS, threads],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads},
        ).stdout.split()
        for threads in ("1", "2")
    ]
    assert found[0] == found[1]
    assert len(found[0]) == 2


def test_all_pairs_at_once_are_the_pairs_one_by_one():
    rng = np.random.default_rng(3)
    values = rng.uniform(1, 100, (14, 17))
    values[:, 8] = NAN  # two parts that no way joins
    values[3, 2] = NAN
    regions = np.zeros(values.shape, np.int64)
    regions[:3, :2], regions[9:12, 3:6], regions[5:7, 11:15] = 1, 2, 3
    raster = conductance_raster(values, regions=regions)
    places = [(0, 0), (9, 3), (13, 0), (5, 11), (0, 16), (13, 16), (7, 4)]
    focal = Focal.at(places, values.shape)
    apart, current = pairwise_current(raster, focal)
    found, whole = all_pairs_current(raster, focal)
    assert np.array_equal(found, apart)
    assert whole == pytest.approx(current, rel=1e-10, nan_ok=True)
    assert np.isinf(found).any()
    # one place alone in its part carries nothing, and two that share a cell are one
    for some in (places[:3] + places[4:5], [*places, places[0]]):
        focal = Focal.at(some, values.shape)
        one_by_one, at_once = pairwise_current(raster, focal), all_pairs_current(raster, focal)
        assert np.array_equal(one_by_one[0], at_once[0])
        assert at_once[1] == pytest.approx(one_by_one[1], rel=1e-10, nan_ok=True)


def test_all_pairs_at_once_do_not_drown_differences():
    values = np.ones((9, 9))
    values[2:7, 2:7] = 1e-8  # a lake of almost no resistance
    raster = conductance_raster(values)
    focal = Focal.at([(0, 0), (4, 3), (4, 5)], values.shape)
    for one, other in zip(
        all_pairs_current(raster, focal), pairwise_current(raster, focal), strict=True
    ):
        assert np.array_equal(one, other)
