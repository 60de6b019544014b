"""Co-benefits from a links file and an experiment: sums, page, files, and mistakes in one line."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import corridor_sim as cs
from corridor_sim.cli.main import main
from oracles.drawn_links import refused
from oracles.link_country import CELL_M, LINKS, NORTH_M, SIDE, WEST_M, write_links
from oracles.user_files import raster

# as a whole it takes half a minute and more; each part has quicker tests beside it
pytestmark = pytest.mark.slow

NAMES = ("pass", "left", "right", "away")
PROCEDURE = "first_replicates = 5\nbudget_runs = 25\nconfirm_replicates = 3"
CARBON = """
[[co_benefits]]
name = "Carbon"
file = "carbon.tif"
unit = "t/ha"
per = "ha"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, text: str, **settings: Any) -> Path:
    path = write_links(
        folder, NAMES, days=10, count=400, procedure=PROCEDURE, links="budget = 6", **settings
    )
    path.write_text(path.read_text("utf-8") + text, encoding="utf-8")
    return path


def on_country(folder: Path, values: Any, name: str = "carbon.tif", **more: Any) -> None:
    where: dict[str, Any] = {"west": WEST_M, "north": NORTH_M, "cell": CELL_M}
    raster(folder / name, np.asarray(values, np.float32), **(where | more))


def rows(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_links_carry_what_lies_in_them(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # t/ha rise with the row, so that every link holds what its rows say
    on_country(folder, np.repeat(np.arange(SIDE)[:, None] + 1.0, SIDE, axis=1), unit="Mg ha-1")
    path = write(folder, CARBON)
    assert main(["links", "rank", path.name, "--out", "out", "--quiet"]) == 0
    capsys.readouterr()
    found = {row["link"]: row for row in rows(Path("out/co_benefits.csv"))}
    assert set(found) == set(NAMES)
    for name in NAMES:
        top, bottom, left, right = LINKS[name][1]
        # links are drawn 10 m inside their cells
        wide = (right - left + 1) - 0.02
        shares = np.ones(bottom - top + 1)
        shares[[0, -1]] -= 0.01
        expected = wide * float(shares @ (np.arange(top, bottom + 1) + 1.0)) * 100.0
        assert float(found[name]["today"]) == pytest.approx(expected, rel=1e-6)
        assert found[name]["unit"] == "t"
        # structures over a road bring no carbon and keep none
        assert float(found[name]["avoided_loss"]) == 0
        assert float(found[name]["holes"]) == 0
    ranked = {row["name"]: row for row in rows(Path("out/ranking.csv"))}
    for name in NAMES:
        assert float(ranked[name]["carbon_today_t"]) == float(found[name]["today"])
    page = Path("out/report.html").read_text("utf-8")
    assert "What else the links keep" in page
    assert "lost where natural cover goes" in page
    assert page.count("today, 0 t kept or brought back") == len(NAMES)
    sets = rows(Path("out/trade_offs.csv"))
    # nothing is kept by these links, so the axis is what stands in them
    assert {row["of"] for row in sets} == {"today"}
    assert all(float(row["cost"]) <= 6 for row in sets)
    links = cs.open_results("out").links  # type: ignore[union-attr]  # a ranking has links
    assert links.set_index("name")["carbon_today_t"]["pass"] == pytest.approx(
        float(found["pass"]["today"])
    )
    # the same without a run, from the folder
    table = cs.co_benefits(
        "out", [{"name": "C", "file": "carbon.tif", "unit": "t/ha", "per": "ha"}]
    )
    assert table["today"].to_numpy() == pytest.approx([float(found[n]["today"]) for n in NAMES])
    assert main(["co-benefits", "out", "--out", "again.csv", "--quiet"]) == 0
    assert pd.read_csv("again.csv")["today"].to_numpy() == pytest.approx(table["today"].to_numpy())


def test_restoring_and_clearing_are_told_apart(folder: Path) -> None:
    """On the built-in landscape: what is cleared in a link is lost, what is restored comes back."""
    text = """
name = "Restored"
[base]
name = "cleared"
days = 5
seed = 3
[base.landscape]
cell_m = 5000
[[base.edits]]
kind = "clear"
fraction = 0.3
[base.species.andean_bear]
[links]
budget = 5
[links.procedure]
first_replicates = 5
budget_runs = 15
confirm_replicates = 3
dispersers_per_replicate = 50
[[links.candidates]]
name = "north"
cost = 4
area = [[[-78.9, -3.0], [-78.3, -3.0], [-78.3, -3.6], [-78.9, -3.6]]]
actions = ["restore"]
[[links.candidates]]
name = "south"
cost = 3
area = [[[-79.3, -4.4], [-78.8, -4.4], [-78.8, -4.9], [-79.3, -4.9]]]
actions = ["restore", "protect"]
[[co_benefits]]
name = "Carbon"
layer = "carbon"
[[co_benefits]]
name = "Water"
layer = "water"
"""
    Path("links.toml").write_text(text, encoding="utf-8")
    found = cs.rank_links("links.toml", out="out")
    table = cs.co_benefits(found).set_index(["link", "co_benefit"])
    assert (table["without"] < table["today"]).all()
    assert (table["avoided_loss"] > 0).all()
    assert np.allclose(table["with"] - table["without"], table["avoided_loss"])
    page = (found.folder / "report.html").read_text("utf-8")
    assert "approximated" in page
    assert "Saatchi" in page
    assert (found.folder / "figures" / "trade_offs.png").is_file()


EXPERIMENT = """
name = "Plan"
[base]
days = 3
replicates = 2
seed = 1
{edits}
[base.landscape]
cell_m = 5000
[base.species.jaguar]
count = 30
[factors.plan]
none = []
plan = [{{ kind = "protect_plan" }}]
{more}
[[co_benefits]]
name = "Carbon"
layer = "carbon"
"""


def test_a_plan_without_clearing_saves_nothing_and_that_is_said(folder: Path) -> None:
    Path("plan.toml").write_text(EXPERIMENT.format(edits="", more=""), encoding="utf-8")
    found = cs.compare("plan.toml", out="out")
    table = cs.co_benefits(found).set_index("ground")
    assert (table["avoided_loss"] == 0).all()
    assert table["area_km2"]["protected ground added"] == pytest.approx(1867, abs=25)
    assert table["today"]["whole landscape"] > table["today"]["protected ground added"] > 1e6
    page = (found.folder / "report.html").read_text("utf-8")
    assert "there is no clearing to protect it against" in page
    assert (found.folder / "tables" / "co_benefits.csv").is_file()


def test_a_plan_against_clearing_keeps_what_would_have_been_lost(folder: Path) -> None:
    more = """
clearing = [{ kind = "clear", fraction = 0.3 }]
[beside."plan, then clearing"]
edits = [{ kind = "protect_plan" }, { kind = "clear", fraction = 0.3 }]
against = "clearing"
"""
    text = EXPERIMENT.format(edits="maps = 2", more=more)
    Path("plan.toml").write_text(text, encoding="utf-8")
    found = cs.compare("plan.toml", out="out")
    table = cs.co_benefits(found).set_index(["scenario", "ground"])
    kept = table.loc["plan, then clearing", "protected ground added"]
    assert kept["against"] == "clearing"
    assert kept["today"] > kept["with"] > kept["without"]
    assert kept["avoided_loss"] == pytest.approx(kept["with"] - kept["without"])
    assert kept["maps"] == 2
    assert kept["low"] <= kept["avoided_loss"] <= kept["high"]
    lost = table.loc["clearing", "whole landscape"]
    assert lost["avoided_loss"] < 0
    page = (found.folder / "report.html").read_text("utf-8")
    assert "there is no clearing to protect it against" in page  # under "plan" alone
    assert "on the ground that it protects" in page


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (CARBON.replace('"ha"', '"depth"'), ["co_benefits[0]", "'t/ha' is no depth of water"]),
        (CARBON.replace("t/ha", "people"), ["co_benefits[0]", "no amount per hectare", '"t/ha"']),
        (CARBON.replace('per = "ha"\n', ""), ["co_benefits[0]", "file needs unit and per"]),
        (CARBON + 'layer = "water"\n', ["co_benefits[0]", "give either file"]),
        (CARBON + "most_holes = 3\n", ["co_benefits[0].most_holes", "3"]),
        (CARBON + CARBON, ["two co_benefits are named 'Carbon'"]),
        ('[[co_benefits]]\nname = "C"\nlayer = "carbn"\n', ["'carbn'", "did you mean 'carbon'?"]),
        (CARBON.replace("carbon.tif", "carbn.tif"), ["Carbon", "carbn.tif"]),
    ],
)
def test_settings_that_cannot_be_are_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str], text: str, words: list[str]
) -> None:
    on_country(folder, np.ones((SIDE, SIDE)))
    line = refused(capsys, write(folder, text))
    for word in words:
        assert word in line


@pytest.mark.parametrize(
    ("values", "more", "words"),
    [
        (1.0, {"unit": "kg m-2"}, ["Carbon", "declares its unit as 'kg m-2'", "'t/ha'"]),
        (-9999.0, {}, ["Carbon", "nodata that the file does not declare", "-a_nodata"]),
        (1.0, {"west": 100_000.0}, ["Carbon", "does not overlap the study area"]),
        (1.0, {"nodata": 1.0}, ["Carbon", "carbon.tif", "has no data in 3600 of 3600"]),
    ],
)
def test_rasters_that_misfit_are_one_line(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    values: float,
    more: dict[str, Any],
    words: list[str],
) -> None:
    on_country(folder, np.full((SIDE, SIDE), values), **more)
    line = refused(capsys, write(folder, CARBON))
    for word in words:
        assert word in line


def test_holes_in_a_link_are_refused_and_may_count_as_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    values = np.ones((SIDE, SIDE))
    top, _, left, right = LINKS["pass"][1]
    values[top : top + 6, left : right + 1] = np.nan
    on_country(folder, values)
    line = refused(capsys, write(folder, CARBON))
    for word in ("'Carbon'", "no value on 46 % of link 'pass'", "at most 10 %", 'holes = "zero"'):
        assert word in line
    path = write(folder, CARBON + 'holes = "zero"\n')
    assert main(["links", "rank", path.name, "--out", "out", "--quiet"]) == 0
    found = {row["link"]: row for row in rows(Path("out/co_benefits.csv"))}
    assert float(found["pass"]["holes"]) == pytest.approx(0.46, abs=0.005)
    assert "counted as nothing" in Path("out/report.html").read_text("utf-8")


def test_without_a_budget_there_are_sums_and_no_choice(folder: Path) -> None:
    on_country(folder, np.ones((SIDE, SIDE)))
    path = write_links(folder, NAMES[:2], days=10, count=400, procedure=PROCEDURE)
    path.write_text(path.read_text("utf-8") + CARBON, encoding="utf-8")
    found = cs.rank_links(path.name, out="out")
    page = (found.folder / "report.html").read_text("utf-8")
    assert "What else the links keep" in page
    assert "Animals against each of them" not in page
    assert not (found.folder / "trade_offs.csv").exists()


def test_a_folder_that_asks_for_none_says_so(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(folder, "")
    assert main(["links", "rank", path.name, "--out", "out", "--quiet"]) == 0
    capsys.readouterr()
    assert main(["co-benefits", "out"]) == 2
    line = capsys.readouterr().err.strip()
    assert "\n" not in line
    assert "asks for no co-benefits" in line
    assert "What else the links keep" not in Path("out/report.html").read_text("utf-8")
