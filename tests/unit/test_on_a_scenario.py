"""What lies in files of a GIS is asked about on a scenario of its own: links, changes, maps."""

from __future__ import annotations

import json
import shlex
from importlib import resources
from pathlib import Path

import pytest

import corridor_sim as cs
from corridor_sim.cli.main import main

SCENARIO = """
name = "Coarse"
days = 5
replicates = 2
[landscape]
cell_m = 8000
[species.jaguar]
count = 60
"""
FEW = {
    "links.procedure.budget_runs": 15,
    "links.procedure.first_replicates": 5,
    "links.procedure.dispersers_per_replicate": 50,
}


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    path = tmp_path / "coarse.toml"
    path.write_text(SCENARIO, "utf-8")
    return path


def test_links_of_a_layer_are_ranked_as_those_of_a_links_file(
    scenario: Path, tmp_path: Path
) -> None:
    layer = tmp_path / "proposed.gpkg"
    cs.propose_links(scenario, width_m=16_000, most=2, out=layer)
    one = cs.rank_links(f"{layer}|layername=links", scenario, out=tmp_path / "a", set=FEW)
    whole = tmp_path / "whole.toml"
    base = SCENARIO.replace("[", "[base.").replace('name = "Coarse"', "[base]")
    whole.write_text(f'name = "x"\n{base}\n[links]\nfile = "proposed.gpkg"\n', "utf-8")
    other = cs.rank_links(whole, out=tmp_path / "b", set=FEW)
    assert len(one.ranking) == 2
    assert one.ranking.equals(other.ranking)
    # from anywhere, as it says itself
    again = cs.open_results(tmp_path / "a")
    assert again.study.name == "proposed"
    assert again.manifest.command.startswith(
        f"corridor-sim links rank '{layer}|layername=links' --out {tmp_path / 'a'} "
        f"--scenario {scenario}"
    )


def test_a_layer_alone_is_no_links_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], scenario: Path
) -> None:
    assert main(["links", "rank", str(tmp_path / "no.gpkg"), "--scenario", str(scenario)]) == 2
    assert f"{tmp_path / 'no.gpkg'}" in capsys.readouterr().err
    words = ["links", "rank", str(scenario), "--out", str(tmp_path / "x")]
    assert main(words) == 2
    assert "has no section [links]" in capsys.readouterr().err


def test_a_scenario_is_compared_with_those_beside_it(
    scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["compare", str(scenario), "--out", str(tmp_path / "c"), "--quiet"]
    words += ["--beside", 'Less forest=[{kind="clear", fraction=0.3}]']
    words += ["--beside", 'Hot, "very"=[{kind="warm", degrees_c=3.0}]', "--set", "base.days=4"]
    assert main(words) == 0
    found = cs.open_results(tmp_path / "c")
    assert found.scenario_names == ["Coarse", "Less forest", 'Hot, "very"']
    assert found.manifest.base["days"] == 4
    assert [len(one["changes"]["edits"]) for one in found.manifest.scenarios[1:]] == [1, 1]
    # the command that it tells is one that goes on with it
    command = found.manifest.command
    assert command.startswith(f"corridor-sim compare {scenario} --out")
    assert main([*shlex.split(command)[1:], "--quiet"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "is a scenario, not for compare; use: corridor-sim run"),
        (["--beside", "Warm"], "'Warm' is not of the form NAME=EDITS"),
        (["--beside", 'Warm=[{kind="warm", degrees=1}]'], "beside.Warm.edits"),
        (["--beside", "Coarse=[]"], "two scenarios are named 'Coarse'"),
    ],
)
def test_what_is_no_scenario_beside_is_refused_in_one_line(
    scenario: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    try:
        code = main(["compare", str(scenario), *words])
    except SystemExit as ended:
        code = int(str(ended.code))
    told = capsys.readouterr().err
    assert code == 2
    assert said in told
    assert told.count("\n") == 1


def test_a_scenario_is_written_with_maps_of_its_own(scenario: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        (resources.files("corridor_sim.species") / "catalog" / "jaguar.toml").read_text("utf-8"),
        "utf-8",
    )
    scenario.write_text(
        SCENARIO.replace("count = 60", 'file = "own.toml"')
        + '[[edits]]\nkind = "clear"\nfraction = 0.3\n',
        "utf-8",
    )
    elsewhere = tmp_path / "elsewhere"
    words = ["landscape", "export", str(scenario), "--out", str(elsewhere), "--with-settings"]
    assert main(words) == 0
    again = cs.load_scenario(elsewhere / "landscape.toml").scenario
    assert (again.name, again.days, again.replicates) == ("Coarse", 5, 2)
    assert again.species["jaguar"].file == str(own)
    # they have been made
    assert again.edits == ()
    before, after = (
        cs.scenario_landscape(path)["land_cover"]
        for path in (scenario, elsewhere / "landscape.toml")
    )
    assert (before == after).all()
    # what nobody wrote is left to its default
    assert "seed" not in (elsewhere / "landscape.toml").read_text("utf-8")


def test_progress_is_told_as_lines_of_json(
    scenario: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CORRIDOR_SIM_PROGRESS", "json")
    assert main(["run", str(scenario), "--out", str(tmp_path / "r"), "--workers", "1"]) == 0
    told = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert all(set(one) <= {"say", "share"} for one in told)
    assert any("forecast" in one.get("say", "") for one in told)
    shares = [one["share"] for one in told if "share" in one]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    # commands without a bar as well
    assert main(["landscape", "show", str(scenario)]) == 0
    for line in capsys.readouterr().err.splitlines():
        assert set(json.loads(line)) == {"say"}
