"""Mistakes in links as a user makes them: one line, exit code 2, before any run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corridor_sim.experiment.study import open_study
from corridor_sim.links.files import read_links_file
from oracles.drawn_links import GOOD, LEFT, PASS, polygons, refused, write_vectors
from oracles.link_country import CRS, candidate, write_links

FEW = "first_replicates = 5\nbudget_runs = 40"
BOW = [PASS[0], PASS[2], PASS[1], PASS[3]]
FLAT = [PASS[0], PASS[1], [(PASS[0][0] + PASS[1][0]) / 2, PASS[0][1]]]
FAR = [[x + 500_000.0, y] for x, y in PASS]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def two(**other: Any) -> str:
    """Return two links as TOML, the first with a mistake."""
    return candidate("pass", **other) + "\n" + candidate("left")


@pytest.mark.parametrize(
    ("candidates", "words"),
    [
        (two(area=[FAR]), ["'pass'", "lies outside the landscape", "spans x 900000 to 960000"]),
        (two(area=[BOW]), ["'pass'", "crosses itself or has no area"]),
        (two(area=[FLAT]), ["'pass'", "crosses itself or has no area"]),
        (two(crs="EPSG:1"), ["'pass'", "unknown CRS 'EPSG:1'", "EPSG:4326"]),
        (two(crs="my own"), ["'pass'", "unknown CRS 'my own'"]),
        (two(crs="EPSG:4326"), ["'pass'", "cannot be placed", "longitude before latitude"]),
        (two(area=[PASS[:2]]), ["links.candidates[0].area[0]"]),
        (two(area=None), ["links.candidates[0]", "give either area or line"]),
        (two(area=None, line=PASS[:2]), ["links.candidates[0]", "line needs width_m"]),
        (two(area=None, line=[PASS[0], PASS[0]], width_m=1000.0), ["'pass'", "has no length"]),
        (two(area=None, line=PASS[:2], width_m=0.0), ["links.candidates[0].width_m", "0"]),
        (two(width_m=10.0), ["links.candidates[0]", "width_m belongs to a line"]),
        (two(cost=None), ["links.candidates[0].cost"]),
        (two(cost="cheap"), ["links.candidates[0].cost", "cheap"]),
        (two(cost=-3.0), ["links.candidates[0].cost", "-3"]),
        (two(cost=0.0), ["links.candidates[0].cost", "0"]),
        (two(actions=["crossing"]), ["links.candidates[0].actions[0]", "crossing", "'crossings'"]),
        (two(actions=[]), ["links.candidates[0].actions"]),
        (two(actions=["crossings", "crossings"]), ["candidates[0]", "actions names one twice"]),
        (two(actions=["restore"]), ["'pass'", "restore: no pasture", "move the link"]),
        (
            two(actions=["restore", "crossings"]),
            ["'pass'", "restore: no pasture", "leave 'restore' out"],
        ),
        (two(name="left"), ["two candidates are named 'left'"]),
        (two(name=""), ["links.candidates[0].name"]),
        (two(colour="red"), ["links.candidates[0].colour"]),
        (candidate("pass"), ["one link cannot be ranked", "two or more"]),
        ("", ["give either file (GeoPackage, GeoJSON or another links file) or candidates"]),
    ],
)
def test_a_link_that_cannot_be_is_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str], candidates: str, words: list[str]
) -> None:
    path = write_links(folder, candidates=candidates, procedure=FEW)
    line = refused(capsys, path)
    assert "links.toml" in line
    for word in words:
        assert word in line


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (["links.budget=1.5"], ["buys nothing", "the cheapest link costs 2", "1.5"]),
        (["links.budget=0"], ["links.budget", "0"]),
        (["links.budget=-4"], ["links.budget", "-4"]),
        (["links.procedure.budget_runs=10"], ["budget_runs = 10", "= 15", "allow 15 or more"]),
        (["links.procedure.first_replicates=1"], ["first_replicates"]),
        (["links.procedure.confidence=1"], ["confidence"]),
        (
            ["links.benefit.weights={ joining_per_yeer = 1 }"],
            ["unknown outcome 'joining_per_yeer'", "did you mean 'joining_per_year'"],
        ),
        (["links.benefit.weights={ joining_per_year = -1 }"], ["links.benefit.weights"]),
        (["links.benefit.weights={ joining_per_year = 0 }"], ["all weights are 0"]),
        (["links.benefit.scales={ eca = 1 }"], ["unknown outcome 'eca'"]),
        (
            ["links.benefit.weights={ joining_per_year = 1, mean_elevation_m = 0.5 }"],
            [
                "links.benefit.weights: of 'mean_elevation_m' neither more nor less is better",
                "weigh an outcome that has a good side: suitable_km2, forest_km2, displaced_share",
            ],
        ),
        (["links.candidates.0.cost=nan"], ["links.candidates[0].cost", "a finite number"]),
        (
            ["links.benefit.species={ jaguars = 1 }"],
            ["unknown species 'jaguars'", "did you mean 'jaguar'"],
        ),
        (["links.procedur.batch=3"], ["links.procedur", "procedure"]),
        (["links.file='none.gpkg'"], ["give either file"]),
        (
            ["base.landscape.join_within_m=50000"],
            ["landscape.join_within_m = 50000 joins all 6 core areas into one block", "lower it"],
        ),
        (["base.landscape.join_within_m=-1"], ["base.landscape.join_within_m", "-1"]),
    ],
)
def test_settings_that_cannot_be_are_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str], changes: list[str], words: list[str]
) -> None:
    path = write_links(folder, ("pass", "left"), procedure=FEW)
    line = refused(capsys, path, *(w for one in changes for w in ("--set", one)))
    for word in words:
        assert word in line


def test_a_budget_below_what_must_be_built_is_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_links(folder, candidates=two(must=True), procedure=FEW)
    line = refused(capsys, path, "--budget", "3")
    assert "the links that must be built cost 4, the budget is 3" in line


def test_a_file_without_links_is_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_links(folder, ("pass", "left"))
    path.write_text(re.sub(r"(?s)\[links\].*", "", path.read_text("utf-8")), "utf-8")
    assert "has no section [links]" in refused(capsys, path)
    path.write_text("[links\n", "utf-8")
    assert "links.toml" in refused(capsys, path)
    assert "no.toml" in refused(capsys, Path("no.toml"))


def open_folder(path: Path) -> None:
    file, base = read_links_file(path)
    open_study(file.name, "", [base], file.as_settings(), Path("out"))
    assert Path("out/experiment.json").is_file()


def test_a_folder_of_another_experiment_is_refused_and_kept(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_links(folder, ("pass", "left"), procedure=FEW)
    Path("out").mkdir()
    Path("out/thesis.txt").write_text("mine", "utf-8")
    assert "is not empty and holds no experiment" in refused(capsys, path)
    assert Path("out/thesis.txt").read_text("utf-8") == "mine"
    Path("out/thesis.txt").unlink()
    # an experiment of the same links, opened and not yet run
    open_folder(path)
    # a question that is refused changes nothing of what the folder holds
    assert "buys nothing" in refused(capsys, path, "--budget", "1")
    assert "holds another experiment" in refused(capsys, path, "--set", "base.seed=8")


@pytest.mark.parametrize("ending", ["gpkg", "geojson"])
@pytest.mark.parametrize(
    ("outlines", "fields", "words"),
    [
        ((PASS, LEFT), {"name": None}, ["has no field 'name'"]),
        (
            (PASS, LEFT),
            {"cost": None, "costs": [1.0, 2.0]},
            ["has no field 'cost'", "did you mean 'costs'"],
        ),
        ((PASS, LEFT), {"cost": ["4", "dear"]}, ["cost 'dear' is no number"]),
        ((PASS, LEFT), {"cost": [4.0, -1.0]}, ["cost", "greater than 0"]),
        ((PASS, LEFT), {"cost": [4.0, np.nan]}, ["cost"]),
        ((PASS, LEFT), {"name": ["a", "a"]}, ["two links are named 'a'"]),
        ((PASS, LEFT), {"name": ["a", ""]}, ["name"]),
        (
            (PASS, LEFT),
            {"actions": ["crossings", "restor"]},
            ["unknown action 'restor'", "did you mean 'restore'"],
        ),
        ((PASS, LEFT), {"actions": ["crossings", "restore"]}, ["'b'", "restore: no pasture"]),
        ((PASS, BOW), {}, ["'b'", "crosses itself"]),
        ((PASS, FAR), {}, ["'b'", "outside the landscape"]),
        ((FAR, FAR), {}, ["no feature in the study area"]),
    ],
)
def test_features_that_cannot_be_links_are_one_line(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    ending: str,
    outlines: tuple[list[list[float]], ...],
    fields: dict[str, Any],
    words: list[str],
) -> None:
    given = {key: value for key, value in (GOOD | fields).items() if value is not None}
    write_vectors(folder / f"mine.{ending}", polygons(*outlines), **given)
    path = write_links(folder, candidates="", links=f'file = "mine.{ending}"', procedure=FEW)
    line = refused(capsys, path)
    assert f"mine.{ending}" in line
    for word in words:
        assert word in line


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, ["line needs width_m"]),
        ({"width_m": [1000.0, np.nan]}, ["line needs width_m"]),
        ({"width_m": [1000.0, -5.0]}, ["width_m"]),
        ({"width_m": ["1000", "wide"]}, ["width_m", "'wide'", "no number"]),
    ],
)
def test_lines_without_a_width_are_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str], fields: dict[str, Any], words: list[str]
) -> None:
    from shapely import LineString

    ways = [LineString(PASS[:2]), LineString(LEFT[1:3])]
    write_vectors(folder / "mine.gpkg", ways, **GOOD, **fields)
    path = write_links(folder, candidates="", links='file = "mine.gpkg"', procedure=FEW)
    line = refused(capsys, path)
    for word in words:
        assert word in line


def test_a_file_that_is_none_is_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_links(folder, candidates="", links='file = "mine.gpkg"', procedure=FEW)
    assert "mine.gpkg" in refused(capsys, path)
    (folder / "mine.gpkg").write_bytes(b"no such thing")
    assert "cannot be read as a vector file" in refused(capsys, path)


def test_links_of_files_in_any_crs_are_the_same_ground(folder: Path) -> None:
    from pyproj import Transformer
    from shapely import LineString, transform

    from corridor_sim import load_landscape
    from corridor_sim.links.candidates import make_links
    from corridor_sim.links.files import read_links_file

    to_degrees = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True).transform
    shapes = polygons(PASS, LEFT)
    away = [transform(shape, to_degrees, interleaved=False) for shape in shapes]
    write_vectors(folder / "here.gpkg", shapes, **GOOD)
    write_vectors(folder / "degrees.geojson", away, crs="EPSG:4326", **GOOD)
    middle = [
        LineString([((o[0][0] + o[1][0]) / 2, o[0][1]), ((o[0][0] + o[1][0]) / 2, o[2][1])])
        for o in (PASS, LEFT)
    ]
    widths = [o[1][0] - o[0][0] for o in (PASS, LEFT)]
    write_vectors(folder / "lines.gpkg", middle, width_m=widths, **GOOD)
    found = {}
    for name in ("here.gpkg", "degrees.geojson", "lines.gpkg"):
        path = write_links(folder, candidates="", links=f'file = "{name}"')
        file, base = read_links_file(path)
        land = load_landscape(base.scenario.landscape, base_dir=base.base_dir)
        found[name] = make_links(file.links, land, base.base_dir, str(path))
    here = found["here.gpkg"]
    assert [(one.name, one.cost, one.must) for one in here] == [("a", 4.0, None), ("b", 2.0, None)]
    assert [one.cells.size for one in here] == [13 * 3, 8]
    for name in ("degrees.geojson", "lines.gpkg"):
        for one, same in zip(found[name], here, strict=True):
            assert (one.name, one.cost) == (same.name, same.cost)
            # a line's round caps may reach half its width beyond its ends
            assert set(same.cells) <= set(one.cells)
    assert all(
        np.array_equal(one.cells, same.cells)
        for one, same in zip(found["degrees.geojson"], here, strict=True)
    )


def test_without_two_blocks_there_is_nothing_to_rank_by(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_links(folder, ("pass", "left"), procedure=FEW, name="none.toml")
    text = path.read_text("utf-8").replace('protected_areas = "cores.gpkg"\n', "")
    path.write_text(text, "utf-8")
    line = refused(capsys, path)
    assert "none.toml: base.landscape: no core area: exchange goes between two blocks" in line
    assert "give protected_areas" in line
