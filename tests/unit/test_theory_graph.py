"""A raster becomes the network that plain loops make of it, or one clear line."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridor_sim import CorridorSimError
from corridor_sim.connectivity.focal import Focal
from corridor_sim.connectivity.graph import conductance_raster
from corridor_sim.errors import LandscapeError
from oracles.circuits import grid_edges

NAN = float("nan")


def summed(edges):
    out = {}
    for a, b, g in edges:
        key = (min(a, b), max(a, b))
        out[key] = out.get(key, 0) + g
    return out


@given(st.data())
def test_the_network_equals_plain_loops(data):
    rows, cols = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 5))
    cell = st.sampled_from([0.0, 0.5, 1.0, 3.0, 7.5])
    g = data.draw(st.lists(cell, min_size=rows * cols, max_size=rows * cols))
    if not any(g):
        return
    labels = data.draw(
        st.lists(st.sampled_from([0, 0, 1, 4]), min_size=rows * cols, max_size=rows * cols)
    )
    neighbours = data.draw(st.sampled_from([4, 8]))
    average = data.draw(st.sampled_from(["conductance", "resistance"]))
    g2 = np.array(g).reshape(rows, cols)
    l2 = np.array(labels).reshape(rows, cols)
    graph = conductance_raster(
        g2,
        values_are="conductance",
        neighbours=neighbours,
        connect=f"average_{average}",
        regions=l2,
    ).graph()
    node, edges = grid_edges(
        g2.tolist(), neighbours=neighbours, average=average, labels=l2.tolist()
    )
    assert {c: int(graph.node_of[c]) for c in np.ndindex(rows, cols)} == {
        c: node.get(c, -1) for c in np.ndindex(rows, cols)
    }
    assert graph.n_nodes == len(set(node.values()))
    mine = summed(zip(graph.tail.tolist(), graph.head.tolist(), graph.conductance, strict=True))
    theirs = summed(edges)
    assert mine.keys() == theirs.keys()
    assert all(mine[k] == pytest.approx(theirs[k], rel=1e-14) for k in mine)
    degree = np.zeros(graph.n_nodes)
    for (a, b), joint in theirs.items():
        degree[a] += joint
        degree[b] += joint
    assert graph.degree() == pytest.approx(degree, rel=1e-13)


def test_resistance_is_the_inverse_of_conductance():
    values = np.array([[1.0, 4.0, NAN], [2.0, 0.5, 8.0]])
    for connect in ("average_conductance", "average_resistance"):
        a = conductance_raster(values, connect=connect).graph()
        b = conductance_raster(1 / values, values_are="conductance", connect=connect).graph()
        assert np.array_equal(a.conductance, b.conductance)
        assert np.array_equal(a.node_of, b.node_of)
    series = conductance_raster(values, neighbours=4, connect="average_resistance").graph()
    assert series.conductance[0] == pytest.approx(1 / 2.5)  # half of 1 and half of 4


@pytest.mark.parametrize("shape", [(1, 1), (1, 6), (6, 1)])
def test_thin_rasters(shape):
    graph = conductance_raster(np.ones(shape)).graph()
    assert graph.n_nodes == np.prod(shape)
    assert graph.tail.size == graph.n_nodes - 1


def test_maps_go_to_nodes_and_back():
    regions = np.array([[0, 2, 0], [2, 0, 0]])
    values = np.array([[1.0, 1.0, NAN], [NAN, 1.0, 1.0]])
    graph = conductance_raster(values, regions=regions).graph()
    assert graph.node_of.tolist() == [[0, 1, -1], [1, 2, 3]]
    assert graph.from_map(np.array([[1, 2, 4], [8, NAN, 32]])).tolist() == [1, 10, 0, 32]
    assert np.array_equal(graph.to_map(np.arange(4.0)), [[0, 1, NAN], [1, 2, 3]], equal_nan=True)
    assert graph.to_map(np.arange(4), fill=-1)[0, 2] == -1


def test_parts_are_labelled():
    graph = conductance_raster(np.array([[1.0, NAN, 1.0, 1.0]])).graph()
    assert graph.components().tolist() == [0, 1, 1]


def test_focal_regions_swallow_the_regions_they_touch():
    regions = np.array([[1, 1, 0, 0], [0, 0, 2, 2], [0, 0, 0, 3]])
    raster = conductance_raster(np.ones((3, 4)), regions=regions)
    joined = raster.joined([np.array([0, 6]), np.array([8])])
    graph = joined.graph()
    one = graph.node_of[0, 0]
    assert {tuple(c) for c in np.argwhere(graph.node_of == one)} == {(0, 0), (0, 1), (1, 2), (1, 3)}
    assert graph.n_nodes == 12 - 3
    assert raster.joined([np.array([8])]) is raster
    assert np.array_equal(raster.regions, regions)  # the first is as it was


@pytest.mark.parametrize(
    ("values", "how", "says"),
    [
        ([[1, -2]], {}, "a resistance below 0 in row 1, column 2; make it positive"),
        ([[1, 0], [0, 1]], {}, "a resistance of 0 in row 1, column 2 and 1 more cells; give cells"),
        ([[1, -1]], {"values_are": "conductance"}, "a conductance below 0 in row 1, column 2"),
        ([[1, np.inf]], {}, "an infinite resistance in row 1, column 2"),
        ([[1, 1e-320]], {}, "a resistance too small to invert in row 1, column 2"),
        ([[NAN, NAN]], {}, "no cell has data"),
        ([[0, 0]], {"values_are": "conductance"}, "no cell has data"),
        ([1, 2], {}, "an array of shape (2,) is no raster"),
        (np.empty((0, 3)), {}, "is no raster"),
        ([[1]], {"neighbours": 6}, "6 neighbours; use 4 or 8"),
        ([[1]], {"values_are": "cost"}, "values_are: unknown 'cost'; allowed"),
        ([[1]], {"connect": "average_conductanc"}, "did you mean 'average_conductance'?"),
        ([[1]], {"regions": np.ones((2, 1))}, "regions: is 2 x 1, the raster is 1 x 1"),
    ],
)
def test_what_is_no_network_is_told_in_one_line(values, how, says):
    with pytest.raises(CorridorSimError) as caught:
        conductance_raster(np.array(values, dtype=float), **how)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_too_many_cells_are_refused_before_memory_is_taken():
    huge = np.broadcast_to(np.float64(1), (2**16, 2**15))
    with pytest.raises(LandscapeError, match=r"65536 x 32768 cells exceed 2\^31"):
        conductance_raster(huge)


def test_focal_places():
    focal = Focal.at([(0, 1), (1, 1), (0, 0), (0, 1)], (2, 2), ids=[7, 2, 7, 7])
    assert focal.ids == (2, 7)
    assert [cells.tolist() for cells in focal.cells] == [[3], [1, 0]]
    assert focal.has_regions
    same = Focal.from_map(np.array([[7, 7], [-3, 2]]))
    assert same.ids == (2, 7)
    assert [cells.tolist() for cells in same.cells] == [[3], [0, 1]]
    for bad, says in (
        ([[0, -1]], "no focal point; give cells above 0"),
        ([[1.5, 1]], "1.5 numbers no focal point"),
        ([[1, 3e9]], "3e+09 numbers no focal point"),
    ):
        with pytest.raises(LandscapeError) as caught:
            Focal.from_map(np.array(bad))
        assert says in str(caught.value)
    with pytest.raises(LandscapeError, match="focal point 1 at row 3, column 1 is outside"):
        Focal.at([(2, 0)], (2, 2))
    with pytest.raises(LandscapeError, match="no focal point"):
        Focal.at([], (2, 2))
    graph = conductance_raster(np.array([[1.0, NAN]])).graph()
    with pytest.raises(LandscapeError, match="focal point 5 in row 1, column 2 lies on no data"):
        Focal.at([(0, 1)], (1, 2), ids=[5]).nodes(graph)
