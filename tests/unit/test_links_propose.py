"""Proposed links: known answers on made ground, and files that can be used at once."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from pyproj import Transformer

from corridor_sim import Landscape, Scenario, Species, load_landscape
from corridor_sim.cli.main import main
from corridor_sim.config.build import build_species
from corridor_sim.config.load import resolve
from corridor_sim.errors import LandscapeError, ScenarioError
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.links.candidates import ground_of, make_link, make_links
from corridor_sim.links.files import read_links_file
from corridor_sim.links.propose import COST_LIMIT, PROTECT_PER_KM2, RESTORE_PER_KM2, propose
from oracles.andes_covers import COVERS
from oracles.link_country import WALLS, write_country

PASTURE = COVERS["pasture"].code
FOREST = COVERS["premontane_forest"].code
# two core areas in pasture, and a horseshoe of forest between them, seven cells wide
FOREST_BLOCKS = ((5, 45, 5, 15), (38, 45, 5, 55), (5, 45, 45, 55))
BREAK = (38, 45, 30, 31)


@pytest.fixture(scope="module")
def jaguar() -> Species:
    scenario = Scenario.model_validate({"name": "x", "species": {"jaguar": {}}})
    (one,) = build_species(resolve(scenario, "x", Path()))
    return one


def horseshoe() -> Landscape:
    """Forest leads from one core area to the other the long way round, but for one break."""
    cover = np.full((60, 60), PASTURE, np.uint8)
    for top, bottom, left, right in FOREST_BLOCKS:
        cover[top : bottom + 1, left : right + 1] = FOREST
    top, bottom, left, right = BREAK
    cover[top : bottom + 1, left : right + 1] = PASTURE
    core = np.zeros((60, 60), np.int16)
    core[5:16, 5:16] = 1
    core[5:16, 45:56] = 2
    return uniform(60, 60, land_cover=cover, protected=core)


def test_the_way_keeps_to_the_forest_and_names_its_worst_place(jaguar: Species) -> None:
    land = horseshoe()
    (found,) = propose([jaguar], land, width_m=3000.0)
    assert set(found.between) == {"Core 1", "Core 2"}
    to_map = Transformer.from_crs("EPSG:4326", land.grid.crs, always_xy=True).transform

    def cell(lon: float, lat: float) -> tuple[int, int]:
        x, y = to_map(lon, lat)
        return int((land.grid.north_m - y) // 1000), int((x - land.grid.west_m) // 1000)

    row, col = cell(*found.bottleneck_lonlat)
    assert land["land_cover"][row, col] == PASTURE
    assert col in (30, 31)
    inside = ground_of(found.candidate, land.grid, "link")
    # across the straight gap of pasture nothing is proposed
    assert not inside[:36, 18:43].any()
    assert inside[38:46].any(axis=0)[16:45].all()
    # no shorter than down, over and up again between the core areas, no longer than on the outside
    down, over = 38 - 15, 45 - 15
    assert np.hypot(down, over / 2) * 2 <= found.length_km <= 2 * (45 - 15) + (55 - 5)
    assert 1 < found.bottleneck <= COST_LIMIT
    # forest costs 1 a km and two cells of pasture are the rest
    assert found.length_km <= found.resistance_km + 1e-9
    assert found.resistance_km <= found.length_km + 3 * (found.bottleneck - 1)


def test_cost_and_actions_follow_from_the_ground_inside(jaguar: Species) -> None:
    land = horseshoe()
    (found,) = propose([jaguar], land, width_m=3000.0)
    inside = ground_of(found.candidate, land.grid, "link")
    farmed = int((inside & (land["land_cover"] == PASTURE)).sum())
    open_km2 = int((inside & (land["protection"] == 0)).sum())
    assert farmed > 0
    assert found.candidate.actions == ("restore", "protect")
    price = farmed * RESTORE_PER_KM2 + open_km2 * PROTECT_PER_KM2
    assert found.candidate.cost == round(price, 2)
    assert found.area_km2 == inside.sum()


@pytest.mark.parametrize("width_m", [1000.0, 2000.0, 5000.0, 11_000.0])
def test_every_proposal_can_be_built_as_it_says(jaguar: Species, width_m: float) -> None:
    rng = np.random.default_rng(3)
    core = np.zeros((60, 60), np.int16)
    for i, (row, col) in enumerate(((5, 5), (8, 40), (30, 20), (45, 50), (50, 8))):
        core[row : row + 7, col : col + 7] = i + 1
    cover = np.where(rng.random((60, 60)) < 0.15, PASTURE, FOREST).astype(np.uint8)
    road = np.zeros((60, 60), np.uint8)
    road[25] = 1
    land = uniform(60, 60, land_cover=cover, protected=core, road=road)
    found = propose([jaguar], land, width_m=width_m)
    assert len(found) >= 4
    assert any("crossings" in one.candidate.actions for one in found)
    for one in found:
        link = make_link(one.candidate, land, one.candidate.name)
        assert link.cells.size == one.area_km2


def test_a_link_without_anything_to_do_is_not_proposed(jaguar: Species) -> None:
    land = horseshoe()
    kept = dataclasses.replace(
        land,
        layers={
            **land.layers,
            "land_cover": np.full((60, 60), FOREST, np.uint8),
            "protection": np.ones((60, 60), np.uint8),
        },
    )
    with pytest.raises(LandscapeError, match="no two core areas that a link could join"):
        propose([jaguar], kept)


def test_names_fit_a_links_file_and_are_told_apart(jaguar: Species) -> None:
    core = np.zeros((40, 60), np.int16)
    for i, col in enumerate((2, 17, 32, 47)):
        core[15:25, col : col + 8] = i + 1
    land = uniform(40, 60, protected=core)
    long = "A very long name of a reserve, " * 3
    named = dataclasses.replace(land, zone_names=("", long, long, long, long))
    names = [one.candidate.name for one in propose([jaguar], named, width_m=2000.0)]
    assert len(names) >= 3
    assert len(set(names)) == len(names)
    assert all(len(name) <= 80 for name in names)


def test_most_and_order(jaguar: Species) -> None:
    core = np.zeros((40, 60), np.int16)
    for i, col in enumerate((2, 15, 32)):
        core[15:25, col : col + 8] = i + 1
    land = uniform(40, 60, protected=core)
    every = propose([jaguar], land, width_m=2000.0)
    costs = [one.resistance_km for one in every]
    assert costs == sorted(costs)
    assert every[0].between == ("Core 1", "Core 2")
    # cells 9 to 15 of one row: six steps on the best ground
    assert every[0].resistance_km == pytest.approx(6.0)
    assert propose([jaguar], land, width_m=2000.0, most=1) == every[:1]


def test_what_cannot_be_proposed(jaguar: Species) -> None:
    land = horseshoe()
    with pytest.raises(ScenarioError, match=r"width of 999 m is narrower than a cell of 1000 m"):
        propose([jaguar], land, width_m=999.0)
    alone = np.where(land["protected"] == 1, land["protected"], 0).astype(np.int16)
    with pytest.raises(LandscapeError, match="fewer than two core areas"):
        propose([jaguar], uniform(60, 60, protected=alone))


BASE = """
name = "Country"
[landscape]
elevation = "dem.tif"
protected_areas = "cores.gpkg"
protected_name_field = "name"
roads = "walls.gpkg"
road_class_field = "class"
[species.jaguar]
[species.mountain_tapir]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_country(tmp_path)
    (tmp_path / "base.toml").write_text(BASE, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_written_files_can_be_ranked_at_once(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ask = ["links", "propose", "base.toml", "--species", "jaguar", "--width", "3000"]
    assert main([*ask, "--out", "ways.toml"]) == 0
    said = capsys.readouterr().out
    assert main([*ask, "--out", "ways.gpkg"]) == 0
    file, base = read_links_file(folder / "ways.toml")
    land = load_landscape(base.scenario.landscape, base_dir=base.base_dir)
    mine = make_links(file.links, land, base.base_dir, "ways.toml")
    (folder / "from_gpkg.toml").write_text(
        BASE.replace("[landscape]", "[base.landscape]").replace("[species", "[base.species")
        + '[links]\nfile = "ways.gpkg"\n',
        "utf-8",
    )
    other, base = read_links_file(folder / "from_gpkg.toml")
    theirs = make_links(other.links, land, base.base_dir, "from_gpkg.toml")
    assert len(mine) >= 5
    walls = np.zeros((60, 60), bool)
    for top, bottom, left, right in WALLS:
        walls[top : bottom + 1, left : right + 1] = True
    for a, b in zip(mine, theirs, strict=True):
        assert (a.name, a.cost, a.edit.actions) == (b.name, b.cost, b.edit.actions)
        assert np.array_equal(a.cells, b.cells)
        assert a.name in said
        # rooms are sealed: every way must lead through a wall
        assert "crossings" in a.edit.actions
        assert walls.reshape(-1)[a.cells].any()
    pairs = {frozenset(one.name.split(" to ")) for one in mine}
    for pair in (("Core 1", "Core 2"), ("Core 3", "Core 4"), ("Core 5", "Core 6")):
        assert frozenset(pair) in pairs


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--species", "jaguars"], ["--species", "did you mean 'jaguar'"]),
        (["--width", "0"], ["--width", "allowed: 1 to 200000"]),
        (["--width", "500"], ["narrower than a cell of 1000 m"]),
        (["--most", "0"], ["--most"]),
        (["--out", "ways.shp"], ["--out", "'.shp'", ".gpkg"]),
    ],
)
def test_bad_questions_are_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], says: list[str]
) -> None:
    assert main(["links", "propose", "base.toml", *words]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    for one in says:
        assert one in line
    assert not list(folder.glob("ways*"))


@pytest.mark.parametrize("name", ["ways.toml", "ways.gpkg"])
def test_a_table_that_was_worked_on_is_not_overwritten(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (folder / name).write_text("my costs", "utf-8")
    assert main(["links", "propose", "base.toml", "--width", "3000", "--out", name]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line == (
        f"corridor-sim: --out {name}: is there already; name another file, or delete it"
    )
    assert (folder / name).read_text("utf-8") == "my costs"


def test_a_link_along_the_edge_of_the_landscape_can_be_ranked(jaguar: Species) -> None:
    """The width of a proposed line hangs over the edge; the polygon in the file does not."""
    core = np.zeros((40, 60), np.int16)
    core[0:8, 2:10] = 1
    core[0:8, 30:38] = 2
    land = uniform(40, 60, protected=core)
    (found,) = propose([jaguar], land, width_m=11_000.0)
    link = make_link(found.candidate, land, "link")
    drawn = found.candidate.model_copy(
        update={"area": link.rings, "line": None, "width_m": None, "crs": land.grid.crs}
    )
    assert max(y for ring in link.rings for _, y in ring) <= land.grid.north_m
    assert np.array_equal(make_link(drawn, land, "link").cells, link.cells)
