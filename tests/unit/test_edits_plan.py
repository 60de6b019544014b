"""The protection plan: exact area, where it goes, what it leaves alone."""

from __future__ import annotations

import itertools
from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
from scipy.ndimage import label

from corridor_sim import edits
from corridor_sim.errors import LandscapeError, ScenarioError
from corridor_sim.landscape.edits.joins import find_joins, join_cost
from corridor_sim.landscape.edits.protection import PLAN_HA, plan_addition
from corridor_sim.landscape.synthetic import uniform
from oracles.andes_covers import COVERS, NATURAL_CODES


def blocks_land(side=90, **more):
    """Four core areas: 1 and 2 close together, 3 further, 4 furthest."""
    zone = np.zeros((side, side), np.int16)
    zone[10:25, 10:25] = 1
    zone[10:25, 31:45] = 2
    zone[40:55, 20:40] = 3
    zone[75:88, 65:85] = 4
    return uniform(side, side, protected=zone, **more)


def test_the_plan_adds_the_published_area():
    # 461,345 acres of 4046.8564224 m2 are 186,700 ha to the nearest hundred
    assert round(461_345 * 4046.8564224 / 1e4, -2) == PLAN_HA
    land = blocks_land()
    after = edits.ProtectPlan()(land)
    added = after["protection"].sum() - land["protection"].sum()
    assert added == 1867
    assert "186,700 ha" in after.edits[0]


@pytest.mark.parametrize(("add_ha", "cells"), [(0, 0), (100, 1), (12_345, 123), (12_350, 124)])
def test_the_area_is_met_to_one_cell(add_ha, cells):
    land = blocks_land()
    after = edits.ProtectPlan(add_ha=add_ha)(land)
    assert int(after["protection"].sum()) - int(land["protection"].sum()) == cells


def test_core_areas_stay_as_they_are():
    land = blocks_land()
    before = {name: values.copy() for name, values in land.layers.items()}
    after = edits.ProtectPlan(add_ha=50_000)(land)
    for name, values in before.items():
        np.testing.assert_array_equal(land[name], values)
        if name != "protection":
            np.testing.assert_array_equal(after[name], values)
    assert after.zone_names == land.zone_names
    assert (after["protection"] >= land["protection"]).all()


def test_joins_come_in_order_of_their_cost():
    joins = find_joins(blocks_land())
    assert [set(j.between) for j in joins] == [
        {"Core 1", "Core 2"},
        {"Core 1", "Core 3"},
        {"Core 3", "Core 4"},
    ] or [set(j.between) for j in joins][1] == {"Core 2", "Core 3"}
    # from column 24 to column 31 straight across: 7 steps of 1 km of natural cover
    assert joins[0].cost == pytest.approx(7.0)
    assert joins[0].length_km == pytest.approx(7.0)
    assert [j.cost for j in joins] == sorted(j.cost for j in joins)


def test_joins_are_the_minimum_spanning_tree():
    """Against networkx: all block-to-block least-cost distances, then Kruskal's tree."""
    rng = np.random.default_rng(5)
    side = 24
    zone = np.zeros((side, side), np.int16)
    for i, (r, c) in enumerate([(1, 1), (3, 15), (12, 4), (14, 18), (20, 9), (21, 21)]):
        zone[r : r + 2, c : c + 2] = i + 1
    cover = np.where(rng.random((side, side)) < 0.4, COVERS["pasture"].code, 3).astype(np.uint8)
    road = (rng.random((side, side)) < 0.1).astype(np.uint8) * 2
    land = uniform(side, side, protected=zone, land_cover=cover, road=road)
    cost = join_cost(land)
    graph = nx.Graph()
    for r, c in itertools.product(range(side), range(side)):
        for dr, dc in ((0, 1), (1, 0), (1, 1), (1, -1)):
            a, b = r + dr, c + dc
            if 0 <= a < side and 0 <= b < side:
                weight = np.hypot(dr, dc) * (cost[r, c] + cost[a, b]) / 2
                graph.add_edge((r, c), (a, b), weight=weight)
    between = nx.Graph()
    cells = {i: [tuple(x) for x in np.argwhere(zone == i)] for i in range(1, 7)}
    for i in range(1, 7):
        far = nx.multi_source_dijkstra_path_length(graph, cells[i], weight="weight")
        for j in range(i + 1, 7):
            between.add_edge(i, j, weight=min(far[x] for x in cells[j]))
    tree = nx.minimum_spanning_tree(between)
    expected = sorted(d["weight"] for _, _, d in tree.edges(data=True))
    joins = find_joins(land)
    np.testing.assert_allclose([j.cost for j in joins], expected, rtol=1e-12)
    for join in joins:
        r, c = np.unravel_index(join.cells, zone.shape)
        assert np.maximum(np.abs(np.diff(r)), np.abs(np.diff(c))).max() == 1
        steps = np.hypot(np.diff(r), np.diff(c))
        along = (steps * (cost[r, c][1:] + cost[r, c][:-1]) / 2).sum()
        assert along == pytest.approx(join.cost)


def test_a_plan_that_affords_a_join_closes_it():
    land = blocks_land()
    before = label(land["protection"], np.ones((3, 3)))[1]
    added, joins = plan_addition(land, add_ha=15_000)
    assert len(joins) == 2
    after = label((land["protection"] > 0) | added, np.ones((3, 3)))[1]
    assert before == 4
    assert after == before - len(joins)


def test_joins_go_around_farmland_and_only_natural_cover_is_added():
    cover = np.full((90, 90), COVERS["cloud_forest"].code, np.uint8)
    cover[:30, 26:30] = COVERS["pasture"].code
    land = blocks_land(land_cover=cover)
    added, joins = plan_addition(land, add_ha=40_000)
    assert np.isin(cover[added], NATURAL_CODES).all()
    assert len(joins) == 3
    crossing = np.concatenate([j.cells for j in joins])
    assert not (cover.ravel()[crossing] == COVERS["pasture"].code).any()


def test_roads_make_a_join_dearer():
    road = np.zeros((90, 90), np.uint8)
    road[:, 28] = 2
    zone = np.where(blocks_land()["protected"] < 3, blocks_land()["protected"], 0)
    options = {"protected": zone.astype(np.int16)}
    with_road, without = (find_joins(uniform(90, 90, **options, **m)) for m in ({"road": road}, {}))
    # half of the road cell's extra 15 is paid on the way in and half on the way out
    assert with_road[0].cost == pytest.approx(without[0].cost + 15.0)


def test_the_plan_slows_clearing():
    land = blocks_land()
    planned = edits.ProtectPlan()(land)
    added = planned["protection"] > land["protection"]
    lost = [
        (edits.Clear(fraction=0.3, aggregation=0.0)(x, 1)["land_cover"] == 12)[added].mean()
        for x in (land, planned)
    ]
    assert lost[1] < 0.4 * lost[0]


def test_a_plan_among_some_areas_joins_only_these():
    land = replace(blocks_land(), zone_groups={"South": ("Core 3", "Core 4")})
    for among in (("Core 3", "Core 4"), ("South",)):
        added, joins = plan_addition(land, add_ha=25_000, among=among)
        assert [set(j.between) for j in joins] == [{"Core 3", "Core 4"}]
        assert added.sum() == 250
        assert not added[:38].any()
    with pytest.raises(ScenarioError, match=r"protect_plan\.among.*'Core 5'; did you mean 'Core"):
        edits.ProtectPlan(among=["Core 5"])(land)
    with pytest.raises(ScenarioError, match="must be a list of texts"):
        edits.ProtectPlan(among="South")(land)


def test_a_single_block_grows_at_its_edge():
    zone = np.zeros((40, 40), np.int16)
    zone[15:25, 15:25] = 1
    land = uniform(40, 40, protected=zone)
    added, joins = plan_addition(land, add_ha=4_400)
    assert joins == []
    grown = (zone > 0) | added
    assert added.sum() == 44
    assert label(grown, np.ones((3, 3)))[1] == 1


def test_bad_plans_are_named():
    land = blocks_land()
    with pytest.raises(LandscapeError, match=r"a plan of 900,000 ha exceeds the .* ha of natural"):
        edits.ProtectPlan(add_ha=900_000)(land)
    with pytest.raises(LandscapeError, match="no protected area to extend"):
        edits.ProtectPlan()(uniform(20, 20))
    with pytest.raises(ScenarioError, match=r"protect_plan\.add_ha: -1 .*0 to 1e\+09 ha"):
        edits.ProtectPlan(add_ha=-1)(land)
