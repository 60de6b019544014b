"""Files of what was drawn: each does what it is for, with the command that it is for."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
import pytest

import corridor_sim as cs
from corridor_sim.cli.main import main
from oracles.link_country import CRS, LINKS, corners, write_country

SCENARIO = """
name = "Walls"
days = 5
replicates = 2
tracks = 0
[landscape]
elevation = "dem.tif"
protected_areas = "cores.gpkg"
roads = "walls.gpkg"
road_class_field = "class"
[species.jaguar]
count = 500
sampling = 0.1
"""


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A country whose files are named relative to the scenario's folder."""
    folder = tmp_path_factory.mktemp("country")
    write_country(folder)
    path = folder / "walls.toml"
    path.write_text(SCENARIO, encoding="utf-8")
    return path


def drawn() -> cs.Alternatives:
    link = {"kind": "build_link", "crs": CRS, "actions": ["crossings"]}
    links = [
        {"name": name, "cost": cost, "changes": [{**link, "name": name, "areas": [corners(block)]}]}
        for name, (cost, block) in LINKS.items()
        if name in ("pass", "left")
    ]
    ring = corners((1, 13, 5, 20))
    clearing = {"kind": "clear", "fraction": 1.0, "areas": [ring], "crs": CRS}
    given = [*links, {"name": "Fields", "changes": [clearing]}]
    return cs.Alternatives.of({"alternatives": given, "budget": 4.0})


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that holds nothing of the country."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_links_file_is_ranked(scenario: Path, elsewhere: Path) -> None:
    cs.write_alternatives(drawn(), elsewhere / "links.toml", form="links", scenario=scenario)
    words = ["links", "rank", "links.toml", "--out", "out", "--workers", "1", "--quiet"]
    for key, value in (
        ("first_replicates", 5),
        ("budget_runs", 15),
        ("confirm_replicates", 3),
        ("dispersers_per_replicate", 50),
    ):
        words += ["--set", f"links.procedure.{key}={value}"]
    assert main(words) == 0
    assert set(pd.read_csv("out/ranking.csv")["Name"]) == {"pass", "left"}


def test_a_scenario_is_run(scenario: Path, elsewhere: Path) -> None:
    one = drawn().alternatives[2]
    cs.write_alternatives([one], elsewhere / "one.toml", form="scenario", scenario=scenario)
    assert main(["run", "one.toml", "--out", "out", "--workers", "1", "--quiet"]) == 0
    assert "100.0% of the forest inside areas cleared" in Path("out/report.html").read_text(
        encoding="utf-8"
    )


def test_an_experiment_is_compared(scenario: Path, elsewhere: Path) -> None:
    cs.write_alternatives(drawn(), elsewhere / "all.toml", form="experiment", scenario=scenario)
    forecast = cs.forecast(elsewhere / "all.toml")
    assert main(["compare", "all.toml", "--out", "out", "--workers", "1", "--quiet"]) == 0
    found = cs.open_results("out")
    assert isinstance(found, cs.Results)
    assert set(found.contrasts["scenario"]) == {"pass", "left", "Fields"}
    assert forecast.runs == len(found.runs[["scenario", "replicate"]].drop_duplicates())


@pytest.mark.parametrize("name", ["drawn.toml", "drawn.gpkg"])
def test_a_terminal_gives_the_numbers_of_an_answer_to_the_bit(
    name: str, scenario: Path, elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evaluator = cs.LinkEvaluator(scenario, replicates=10)
    cs.write_alternatives(drawn(), elsewhere / name, scenario=scenario)
    words = ["links", "try", name, "--replicates", "10", "--out", "out.csv"]
    words += ["--scenario", str(scenario)] if name == "drawn.gpkg" else []
    assert main([*words, "--only", "left", "--only", "Fields"]) == 0
    told = capsys.readouterr().out
    assert told.index("left: animals a year") < told.index("Fields: animals a year")
    table = pd.read_csv(io.StringIO(Path("out.csv").read_text(encoding="utf-8-sig")))
    assert table["alternative"].unique().tolist() == ["left", "Fields"]
    for one in drawn().alternatives[::2]:
        # as the page asks for it: growing
        *_, effect = evaluator.effects(one.edits(evaluator.land), replicates=(5, 10))
        again = table[table["alternative"] == one.name].drop(columns="alternative")
        pd.testing.assert_frame_equal(
            again.reset_index(drop=True), effect.outcomes, check_exact=True, check_dtype=False
        )


def test_the_digest_of_a_run_is_what_decides_its_numbers(scenario: Path) -> None:
    given = drawn().alternatives
    one = cs.LinkEvaluator(scenario, replicates=4)
    digest = cs.run_digest(one, given[:1])
    assert digest == cs.run_digest(cs.LinkEvaluator(scenario, replicates=4), given[:1])
    named = given[0].model_copy(update={"name": "another", "cost": 9.0})
    assert digest == cs.run_digest(one, [named])
    others = [
        cs.run_digest(one, given[1:2]),
        cs.run_digest(one, given[:2]),
        cs.run_digest(cs.LinkEvaluator(scenario, replicates=5), given[:1]),
        cs.run_digest(cs.LinkEvaluator(scenario, replicates=4, set=["seed=2"]), given[:1]),
    ]
    assert len({digest, *others}) == 5


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["links", "try", "nothing.toml"], "nothing.toml: file not found"),
        (["links", "try", "a.toml", "--only", "b"], "holds no 'b'"),
        (["links", "try", "a.toml", "--out", "a.txt"], "the outcomes are a CSV file; end it .csv"),
        (["run", "a.toml"], "is a file of drawn alternatives"),
    ],
)
def test_what_cannot_be_tried_is_told(
    words: list[str], why: str, elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cs.write_alternatives([cs.Alternative(name="a")], elsewhere / "a.toml")
    assert main(words) == 2
    told = capsys.readouterr().err
    assert why in told
    assert told.count("\n") == 1
