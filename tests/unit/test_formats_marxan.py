"""Marxan's tables: round trips, the best set of its problem against ours, and what is refused."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

import corridor_sim as cs
from corridor_sim.decision.portfolio import Surrogate, choose_links
from corridor_sim.report.text.links_found import Found

Marxan = cs.formats.Marxan
NO_PAIRS = np.zeros((0, 2), np.int64)
TABLES = ("pu", "spec", "puvspr", "bound")


def cheapest(problem: cs.formats.Marxan) -> tuple[set[int], float]:
    """Solve the problem that the files state, without anything of ours."""
    cost, status = problem.pu["cost"].to_numpy(), problem.pu["status"].to_numpy()
    found = milp(
        cost,
        integrality=np.ones(cost.size),
        bounds=Bounds((status == 2).astype(float), (status != 3).astype(float)),
        constraints=LinearConstraint(problem.amounts(), problem.targets * (1 - 1e-9), np.inf),
        options={"mip_rel_gap": 0.0},
    )
    assert found.status == 0
    return set(np.flatnonzero(found.x > 0.5).tolist()), float(found.fun)


def ranking(seed: int) -> SimpleNamespace:
    """Return links whose benefits add up, ranked, with the best set for a budget."""
    from shapely import box

    rng = np.random.default_rng(seed)
    n, s = 9, 2
    main = rng.uniform(0.5, 5, (s, n))
    cost = tuple(float(round(c, 2)) for c in rng.uniform(1, 6, n))
    made = Surrogate(cost, main, NO_PAIRS, np.zeros((s, 0)), np.full(s, 0.5))
    chosen = choose_links(made, budget=12.0)
    rings = tuple(tuple(p) for p in box(0, 0, 1000, 1000).exterior.coords)
    links = [
        SimpleNamespace(name=f"link {i}", cost=c, rings=(rings,), must=None)
        for i, c in enumerate(cost)
    ]
    result = SimpleNamespace(links=links, by_species=main, species=("bear", "tapir"), chosen=chosen)
    land = SimpleNamespace(grid=SimpleNamespace(crs="EPSG:32717"))
    return SimpleNamespace(ranked=SimpleNamespace(result=result, land=land))


@pytest.mark.parametrize("seed", range(6))
def test_where_benefits_add_up_marxan_finds_our_best_set(seed: int, tmp_path: Path) -> None:
    source = ranking(seed)
    chosen = source.ranked.result.chosen
    Marxan.of(source).write(tmp_path)
    found, cost = cheapest(Marxan.read(tmp_path / "input.dat"))
    # no set that holds as much of both is cheaper, or ours would not be the best for the budget
    assert found == set(chosen.links)
    assert cost == pytest.approx(chosen.cost)


def test_a_simulated_ranking_becomes_a_problem(country: Found, tmp_path: Path) -> None:
    made = Marxan.of(SimpleNamespace(ranked=country), target=0.5)
    made.write(tmp_path)
    assert list(made.names) == [link.name for link in country.result.links]
    assert made.pu["cost"].tolist() == [link.cost for link in country.result.links]
    held = np.maximum(country.result.by_species, 0)
    assert np.allclose(Marxan.read(tmp_path).amounts(), np.where(held > 1e-12, held, 0))


def test_a_loss_is_written_as_nothing_and_said(tmp_path: Path) -> None:
    source = ranking(1)
    source.ranked.result.by_species[1, 3] = -0.2
    made = Marxan.of(source, target=0.5)
    assert made.note.startswith("tapir loses by link 3")
    assert not ((made.puvspr["species"] == 2) & (made.puvspr["pu"] == 4)).any()
    assert np.allclose(made.targets, 0.5 * made.amounts().sum(axis=1))


def test_what_is_written_reads_the_same(tmp_path: Path) -> None:
    land = cs.load_landscape(cell_m=5000)
    made = Marxan.of(land, ["jaguar", "andean_bear"], unit_m=40_000)
    made.write(tmp_path)
    found = Marxan.read(tmp_path)
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(found, name), getattr(made, name))
    # squares cover all the ground, hold all the habitat, and their edges close
    assert made.pu["cost"].sum() == pytest.approx(land.ground_km2)
    whole = float(np.nansum(cs.suitability(land, "jaguar"))) * land.grid.cell_km2
    assert made.amounts()[0].sum() == pytest.approx(whole, rel=1e-6)
    assert made.bound is not None
    both = made.bound["boundary"] * np.where(made.bound["id1"] == made.bound["id2"], 1, 2)
    edges = made.outlines.geometry.length.sum() / 1000  # type: ignore[union-attr]  # a landscape's units have outlines
    assert both.sum() == pytest.approx(edges)
    assert (tmp_path / "units.gpkg").exists()


GOOD = {
    "pu.dat": "id,cost,status\n1,2.5,0\n2,3,2\n",
    "spec.dat": "id\ttarget\tspf\tname\n7\t1\t1\tbear\n",
    "puvspr.dat": "species,pu,amount\n7,1,0.5\n7,2,4\n",
    "bound.dat": "id1 id2 boundary\n1 2 10\n1 1 4\n",
}
BAD = [
    ("pu.dat", "id,cost\n", "has no planning unit"),
    ("pu.dat", "", "is empty"),
    ("pu.dat", "id;price\n1;2\n", "column 'cost' is not there"),
    ("pu.dat", "id,cost\n1,2\n1,3\n", "pu.dat:3: 1 comes twice"),
    ("pu.dat", "id,cost\n1,-2\n", "cost is '-2'"),
    ("pu.dat", "id,cost\n1,nan\n", "cost is 'nan'"),
    ("pu.dat", "id,cost\n1,1e999\n", "cost is '1e999'"),
    ("pu.dat", "id,cost\n1,2,5\n", "3 values for 2 columns"),
    ("pu.dat", "id,cost\n1.5,2\n", "id 1.5 is no whole number"),
    ("pu.dat", "id,cost,status\n1,2,4\n", "status above 3"),
    ("spec.dat", "id,spf\n7,1\n", "has no target"),
    ("spec.dat", "id,prop\n7,1.5\n", "prop is '1.5'"),
    ("spec.dat", "id,prop,target2\n7,1,3\n", "asks for target2"),
    ("puvspr.dat", "species,pu,amount\n8,1,1\n", "species 8 is not in spec"),
    ("puvspr.dat", "species,pu,amount\n7,9,1\n", "pu 9 is not in pu"),
    ("puvspr.dat", "species,pu,amount\n7,1,1\n7,1,2\n", "7 1 comes twice"),
    ("puvspr.dat", "pu,7\n1,1\n", "column 'species' is not there"),
    ("bound.dat", "id1,id2,boundary\n1,2,1\n2,1,1\n", "1 2 comes twice"),
]


@pytest.mark.parametrize(("name", "text", "said"), BAD)
def test_what_is_no_problem_is_refused(name: str, text: str, said: str, tmp_path: Path) -> None:
    for other, good in GOOD.items():
        (tmp_path / other).write_text(good)
    assert Marxan.read(tmp_path).targets.tolist() == [1.0]
    (tmp_path / name).write_text(text)
    with pytest.raises(cs.CorridorSimError, match=said):
        Marxan.read(tmp_path)


def test_what_input_dat_asks_beside_is_refused_by_name(tmp_path: Path) -> None:
    for other, good in GOOD.items():
        (tmp_path / other).write_text(good)
    lines = "INPUTDIR .\nPUNAME pu.dat\nSPECNAME spec.dat\nPUVSPRNAME puvspr.dat\nBLM 0.5\n"
    (tmp_path / "input.dat").write_text(lines)
    assert Marxan.read(tmp_path).blm == 0.5
    (tmp_path / "input.dat").write_text(f"{lines}COSTTHRESH 40\n")
    with pytest.raises(cs.CorridorSimError, match="asks for COSTTHRESH 40"):
        Marxan.read(tmp_path)
    (tmp_path / "pu.dat").write_bytes("id,cost\n1,2\n".encode("utf-16"))
    (tmp_path / "input.dat").write_text(lines)
    with pytest.raises(cs.CorridorSimError, match="is not UTF-8 text"):
        Marxan.read(tmp_path)
