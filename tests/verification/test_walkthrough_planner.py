"""The planner's walk-through: files, commands and Python of the page, in its order."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from corridor_sim.cli.main import build_parser, main

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "walkthrough-planner.md"
TEXT = PAGE.read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)(?: (\S+))?\n(.*?)```", TEXT, re.DOTALL)
LONG = [line for kind, _, text in BLOCKS if kind == "sh" for line in text.splitlines()]
OWN = "Valladolid, by hand"
FORBIDDEN = "Sangay to Río Negro–Sopladora"


def words(line: str) -> list[str]:
    program, *rest = shlex.split(line)
    assert program == "corridor-sim"
    return rest


@dataclass
class Day:
    """What the commands of the page left, one entry for each."""

    folder: Path
    commands: list[list[str]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    # of the commands that rank: what they found, and the records that lay there after each
    found: list[dict[str, Any]] = field(default_factory=list)
    runs: list[set[str]] = field(default_factory=list)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    """Do what the page says."""
    done = Day(tmp_path_factory.mktemp("planner"))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(done.folder)
        for kind, name, text in BLOCKS:
            if kind == "toml":
                Path(name).write_text(text, encoding="utf-8")
            elif kind == "python":
                exec(compile(text, PAGE.name, "exec"), {})
            elif kind == "console":
                for line in text.splitlines():
                    _command(done, words(line))
    return done


def _command(done: Day, asked: list[str]) -> None:
    import contextlib
    import io

    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        assert main(asked) == 0, asked
    done.commands.append(asked)
    done.said.append(said.getvalue())
    if asked[:2] == ["links", "rank"]:
        done.found.append(json.loads(Path("results/try/links.json").read_text("utf-8")))
        done.runs.append({path.name for path in Path("results/try/dispersers").iterdir()})


@pytest.mark.slow
def test_every_command_leaves_what_it_promises(day: Day) -> None:
    assert [one[:2] for one in day.commands] == [
        ["landscape", "show"],
        ["links", "propose"],
        ["links", "rank"],
        ["links", "rank"],
        ["links", "rank"],
        ["export", "results/try"],
    ]
    assert (day.folder / "cleared.png").stat().st_size > 10_000
    for name in (
        "report.html",
        "links.gpkg",
        "links.qml",
        "ranking.csv",
        "figures/links.png",
        "figures/frontier.png",
        "export/replicates.csv",
    ):
        assert (day.folder / "results" / "try" / name).is_file(), name


def test_the_corrected_table_is_what_is_ranked(day: Day) -> None:
    import geopandas

    costs = {one["name"]: one["cost"] for one in day.found[0]["links"]}
    proposed = (
        geopandas.read_file(day.folder / "ways.gpkg", layer="links")
        .set_index("name")["cost"]
        .to_dict()
    )
    assert OWN not in proposed
    assert costs.pop(OWN) == 9.5
    changed = {name for name, cost in proposed.items() if costs.pop(name) != cost}
    assert changed == {"Vista Alegre–Omia to Los Chilchos"}
    assert not costs
    ranked = geopandas.read_file(
        day.folder / "results" / "try" / "links.gpkg", layer="links"
    ).set_index("name")
    # as the first Python of the page says; six kilometres wide, round at both ends
    assert ranked.loc[FORBIDDEN, "actions"] == "restore, protect"
    assert ranked.loc[OWN, "area_km2"] == pytest.approx(
        ranked.loc[OWN].geometry.area / 1e6, abs=0.01
    )


def test_other_questions_use_the_runs_that_are_there(day: Day) -> None:
    first, half, fair = day.runs
    # the baseline and a set that may be new, ten replicates that may lie in three blocks
    for before, after in ((first, half), (half, fair)):
        assert before
        assert before <= after
        assert len(after - before) <= 6


def test_budget_and_demands_are_kept(day: Day) -> None:
    for found, budget in zip(day.found, (30.0, 15.0, 30.0), strict=True):
        assert found["chosen"]["cost"] <= budget
    assert OWN in day.found[2]["chosen"]["links"]
    assert FORBIDDEN not in day.found[2]["chosen"]["links"]


@pytest.mark.parametrize("line", LONG, ids=range(len(LONG)))
def test_a_long_command_is_understood(line: str) -> None:
    asked = words(line)
    args = build_parser().parse_args(asked)
    if str(getattr(args, "file", "")).startswith("experiments/"):
        assert (ROOT / args.file).is_file()
    if asked[:2] == ["links", "rank"] and args.file != "mine.toml":
        from corridor_sim.links.files import read_links_file

        # every key that the page sets is one of the file's
        read_links_file(ROOT / args.file, args.set)


def test_the_page_has_blocks_of_every_kind() -> None:
    kinds = [kind for kind, _, _ in BLOCKS]
    counts = {kind: kinds.count(kind) for kind in ("toml", "python", "console", "sh")}
    assert counts == {"toml": 2, "python": 3, "console": 6, "sh": 8}


def test_what_the_page_says_of_the_shipped_file_is_in_it() -> None:
    from corridor_sim.links.files import read_links_file

    told = " ".join(TEXT.split())
    file, base = read_links_file(ROOT / "experiments" / "andes_links.toml")
    costs = {one.name: one.cost for one in file.links.candidates}
    assert len(costs) == 16
    assert f"For the shipped file and {file.links.budget:g} million USD" in told
    assert base.scenario.landscape.cell_m == 1000
    border = file.links.candidates[5]
    assert border.name == "Yacuri to Tabaconas–Namballe"
    assert "links.candidates.5.must" in told
    assert costs["Sangay to Río Negro–Sopladora"] == 6.14
    assert "the first link, 6.14 million," in told
    clear = (
        "Sangay to Río Negro–Sopladora",
        "Río Negro–Sopladora to Siete Iglesias",
        "Yacuri to Podocarpus",
        "Yacuri to Chicuate–Chinguelas",
        "Podocarpus to Cerro Plateado",
    )
    assert f"for {sum(costs[name] for name in clear):.2f} million" in told
