"""Conefor's nodes and links: indices against sums by hand, round trips, and what is refused."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import corridor_sim as cs
from corridor_sim.cli.main import main

Conefor = cs.formats.Conefor
AREA = {1: 10.0, 2: 4.0, 3: 7.0, 5: 1.5}
# 1 - 2 - 3 is shorter than 1 - 3; 5 is alone
FAR = {(1, 2): 1.0, (2, 3): 2.0, (1, 3): 5.0}


def network() -> cs.formats.Conefor:
    nodes = pd.DataFrame({"node": list(AREA), "attribute": list(AREA.values())})
    pairs = np.array(list(FAR))
    links = pd.DataFrame({"from_node": pairs[:, 0], "to_node": pairs[:, 1]})
    return Conefor(nodes, links.assign(distance=list(FAR.values())), "distance")


def by_hand(area: dict[int, float], k: float) -> float:
    """Sum a_i a_j p*_ij, p* the best of all ways without a repeated node."""
    total = 0.0
    for i, j in itertools.product(area, area):
        best = 1.0 if i == j else 0.0
        between = [n for n in area if n not in (i, j)]
        for m in range(len(between) + 1) if i != j else ():
            for middle in itertools.permutations(between, m):
                way = (i, *middle, j)
                steps = [FAR.get((min(p), max(p)), math.inf) for p in itertools.pairwise(way)]
                best = max(best, math.prod(math.exp(-k * d) for d in steps))
        total += area[i] * area[j] * best
    return total


def test_indices_are_the_sums_of_their_papers() -> None:
    found = network().indices(2.0, 0.4, landscape_area=50.0)
    whole = by_hand(AREA, -math.log(0.4) / 2.0)
    assert found["EC(PC)"] == pytest.approx(math.sqrt(whole), rel=1e-14)
    assert found["PC"] == pytest.approx(whole / 2500, rel=1e-14)
    # 1 and 3 are linked at any distance: one link each; 5 is reached by none
    linked = 2 * (10 * 4 + 4 * 7 + 10 * 7) / 2
    assert found["EC(IIC)"] ** 2 == pytest.approx(100 + 16 + 49 + 2.25 + linked, rel=1e-14)
    assert (found["NL"], found["NC"]) == (3, 2)
    # up to a distance of 4 they are two links apart
    short = network().indices(2.0, threshold=4.0)
    assert short["EC(IIC)"] ** 2 == pytest.approx(
        167.25 + 2 * (40 / 2 + 28 / 2 + 70 / 3), rel=1e-14
    )
    assert (short["NL"], short["NC"]) == (2, 2)


def test_importance_is_what_is_lost_without_the_node() -> None:
    k = math.log(2) / 3.0
    whole, found = by_hand(AREA, k), network().importance(3.0).set_index("node")
    for node in AREA:
        rest = {n: a for n, a in AREA.items() if n != node}
        assert found["dPC"][node] == pytest.approx(100 * (1 - by_hand(rest, k) / whole), rel=1e-12)
    parts = found[["dPCintra", "dPCflux", "dPCconnector"]].sum(axis=1)
    assert np.allclose(parts, found["dPC"], rtol=1e-12)
    # only node 2 lies on a way between others
    assert (found["dPCconnector"] > 0).to_dict() == {1: False, 2: True, 3: False, 5: False}


def test_a_certain_link_is_a_link() -> None:
    nodes = pd.DataFrame({"node": [1, 2], "attribute": [1.0, 1.0]})
    links = pd.DataFrame({"from_node": [1], "to_node": [2], "probability": [1.0]})
    assert Conefor(nodes, links, "probability").indices()["EC(PC)"] == 2.0


def test_what_is_written_reads_the_same(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    area = rng.lognormal(5, 4, 12)
    nodes = pd.DataFrame({"node": np.arange(3, 15), "attribute": area})
    pairs = np.array(list(itertools.combinations(range(3, 15), 2)))
    links = pd.DataFrame({"from_node": pairs[:, 0], "to_node": pairs[:, 1]})
    links["probability"] = rng.uniform(0, 1, len(pairs)) ** 9
    one = Conefor(nodes.assign(name="Río, negro"), links, "probability")
    files = one.write(tmp_path)
    two = Conefor.read(files[0], files[1], "probability")
    assert [path.name for path in files] == ["nodes.txt", "probabilities.txt", "names.csv"]
    pd.testing.assert_frame_equal(two.nodes, nodes)
    pd.testing.assert_frame_equal(two.links, links)
    assert one.is_full
    assert two.is_full


def test_of_a_landscape_least_cost_between_core_areas(tmp_path: Path) -> None:
    land = cs.load_landscape(cell_m=10_000)
    found = Conefor.of(land, "jaguar")
    areas = land.core_areas
    assert found.nodes["attribute"].tolist() == areas["area_km2"].tolist()
    assert found.nodes["name"].tolist() == areas["name"].tolist()
    # the proposals' cost of the same way, which however may go through no third core area
    ways = cs.propose_links(
        species=["jaguar"], width_m=10_000, set={"landscape.cell_m": 10_000}
    ).table
    at = dict(zip(areas["name"], areas["id"], strict=True))
    cost = found.links.set_index(["from_node", "to_node"])["distance"]
    for row in ways.itertuples():
        pair = sorted((at[row.from_area], at[row.to_area]))
        assert cost[tuple(pair)] <= row.least_cost_km * (1 + 1e-9)


def test_both_directions_and_windows_ends_are_read(tmp_path: Path) -> None:
    nodes, links = tmp_path / "n.txt", tmp_path / "l.txt"
    nodes.write_bytes(b"\xef\xbb\xbf1\t2.5\r\n 7 3 \r\n\r\n")
    links.write_bytes(b"1 7 40\r\n7 1 40\r\n")
    found = Conefor.read(nodes, links)
    assert found.links.to_numpy().tolist() == [[1, 7, 40]]


BAD = [
    ("", "1 2 3", "has no node"),
    ("1 2 3\n", "", "3 numbers instead of 2"),
    ("1 a\n", "", "'a' is no number"),
    ("1,5\n", "", "1 numbers instead of 2"),
    ("1 1\n1 2\n", "", "n.txt:2: node 1 comes twice"),
    ("1.5 1\n", "", "no number of a node"),
    ("-1 1\n", "", "no number of a node"),
    ("1 -1\n", "", "an attribute below 0"),
    ("1 nan\n", "", "no number"),
    ("1 1\n2 1\n", "1 3 4\n", "links node 3, which is not among the nodes"),
    ("1 1\n2 1\n", "1 1 4\n", "a node linked with itself"),
    ("1 1\n2 1\n", "1 2 -4\n", "no distance"),
    ("1 1\n2 1\n", "1 2 4\n2 1 5\n", "2 and 1 have 5 here and 4 before"),
    ("1 1\n2 1\n", "1 2\n", "2 numbers instead of 3"),
    ("1 1\n2 1\n", "id1 id2 d\n", "is no number"),
    ("\x00", "", "is no line of numbers"),
]


@pytest.mark.parametrize(("nodes", "links", "said"), BAD)
def test_what_is_no_network_is_refused(nodes: str, links: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "n.txt").write_text(nodes)
    (tmp_path / "l.txt").write_text(links)
    with pytest.raises(cs.CorridorSimError, match=said):
        Conefor.read(tmp_path / "n.txt", tmp_path / "l.txt")


def test_a_probability_is_at_most_1(tmp_path: Path) -> None:
    (tmp_path / "n.txt").write_text("1 1\n2 1\n")
    (tmp_path / "l.txt").write_text("1 2 1.01\n")
    with pytest.raises(cs.CorridorSimError, match=r"l.txt:1: no probability; give 0 to 1"):
        Conefor.read(tmp_path / "n.txt", tmp_path / "l.txt", "probability")


def test_the_command_prints_the_indices(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nodes, links, _ = *network().write(tmp_path), None
    asked = ["theory", "network", str(nodes), str(links)]
    assert main([*asked, "--at-distance", "2", "--chance", "0.4"]) == 0
    said = capsys.readouterr().out
    assert f"{network().indices(2.0, 0.4)['EC(PC)']:.10g}" in said
    assert main([*asked, "--at-distance", "2", "--importance"]) == 0
    assert "dPCconnector" in capsys.readouterr().out
    # distances say nothing of probabilities
    assert main(asked) == 2
    assert "give the distance" in capsys.readouterr().err
