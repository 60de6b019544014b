"""Files that say nothing are refused in one line, and do not run every default."""

from __future__ import annotations

from pathlib import Path

import pytest

from corridor_sim import load_experiment, load_scenario
from corridor_sim.cli import main as cli
from corridor_sim.config.load import kind_of
from corridor_sim.errors import ScenarioError

NOTHING = {
    "empty": "",
    "spaces": "  \n\n\t\n",
    "byte order mark": "\ufeff",
    "comments": "# days = 90\n# name = 'mine'\n",
    "landscape": "[landscape]\n",
    "words": "description = 'what I would like to know'\n",
    "no edits": "edits = []\n",
    "base": "[base]\n",
    "base and factors": "[base]\n[base.landscape]\n[factors]\n[beside]\n",
}
SOMETHING = {
    "name": "name = 'Today'\n",
    "days": "days = 3\n",
    "species": "[species.jaguar]\n",
    "landscape": "[landscape]\ncell_m = 2000\n",
    "seed": "seed = 0\n",
}


@pytest.mark.parametrize("command", ["run", "compare"])
@pytest.mark.parametrize("what", NOTHING)
def test_nothing_is_refused(
    tmp_path: Path, command: str, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "s.toml"
    path.write_text(NOTHING[what], encoding="utf-8")
    load = load_scenario if command == "run" else load_experiment
    if "base" not in what or command == "compare":
        with pytest.raises(ScenarioError, match=r"is empty|says nothing"):
            load(path)
    assert cli.main([command, str(path), "--out", str(tmp_path / "r")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert str(path) in said
    assert 'name = "Today" alone runs every default' in said
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize("command", [["links", "rank"], ["sweep"], ["sensitivity"]])
@pytest.mark.parametrize("what", NOTHING)
def test_nothing_is_no_ranking_and_no_sweep(
    tmp_path: Path, command: list[str], what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "s.toml"
    path.write_text(NOTHING[what], encoding="utf-8")
    assert cli.main([*command, str(path), "--out", str(tmp_path / "r")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "has no section" in said or "is empty" in said or "says nothing" in said


@pytest.mark.parametrize("what", SOMETHING)
def test_one_setting_is_enough(tmp_path: Path, what: str) -> None:
    path = tmp_path / "s.toml"
    path.write_text(SOMETHING[what])
    assert kind_of(path) == "scenario"
    assert load_scenario(path).scenario.n_days in (3, 365)


def test_the_remedies_work_and_so_does_an_assignment(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    for text in ("days = 90", 'name = "Today"'):
        path.write_text(text)
        load_scenario(path)
    path.write_text("")
    assert kind_of(path, ["days=2"]) == "scenario"
    assert load_scenario(path, ["days=2"]).scenario.days == 2
