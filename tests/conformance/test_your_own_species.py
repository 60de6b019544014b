"""The page "Your own species": its commands run in order and print what it shows."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

import corridor_sim as cs
from corridor_sim.cli.main import main

PAGE = (Path(__file__).parents[2] / "docs" / "your-own-species.md").read_text("utf-8")
SHOWN = [
    (command, said.splitlines())
    for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    for command, said in re.findall(r"^\$ corridor-sim (.*)\n((?:[^$].*\n)*)", block, re.MULTILINE)
]
FILES = re.findall(r"```\w+ (\S+\.(?:toml|csv))\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in FILES:
        Path(name).write_text(text, "utf-8")
    return tmp_path


def follow(capsys: pytest.CaptureFixture[str], *, run: bool) -> None:
    """Call the commands of the page, and hold what they print to what it shows."""
    for command, shown in SHOWN:
        words = shlex.split(command)
        if not run and (words[0] == "run" or "--landscape" in words):
            continue
        assert main(words) == 0, command
        printed = capsys.readouterr().out.splitlines()
        for expected, line in zip(shown, printed, strict=False):
            assert line.startswith(expected.removesuffix("...")), command


def test_the_page_shows_commands_and_files() -> None:
    assert [command.split()[0] for command, _ in SHOWN] == [
        *("species", "species", "species", "run", "species", "run")
    ]
    assert [name for name, _ in FILES] == ["first-map.toml", "seen.csv", "seen.toml"]


def test_files_are_made_and_checked_as_shown(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    follow(capsys, run=False)
    for name in ("first-map.toml", "seen.toml"):
        assert cs.load_scenario(name).scenario.species["puma"].file == "puma.toml"
    # the faults that the page shows, made by hand
    text = Path("puma.toml").read_text("utf-8")
    text = text.replace("road_half_m = { value = 200", "road_half_m = { value = -200")
    text = text.replace("tau_d = ", "tau = ", 1)
    place = text.index("[habitat.resistance]")
    text = text[:place] + text[place:].replace("confidence = 2", "confidence = 5", 1)
    Path("broken.toml").write_text(text, "utf-8")
    assert main(["species", "check", "broken.toml"]) == 2
    shown = re.findall(r"^broken.*$", PAGE, re.MULTILINE)
    assert capsys.readouterr().out.splitlines() == shown


@pytest.mark.slow
def test_a_first_map_and_the_animals_that_were_seen(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    follow(capsys, run=True)
    for picture in re.findall(r"`(\w+_puma\.png)`", PAGE.replace("results/first-map/figures/", "")):
        assert (folder / "results" / "first-map" / "figures" / picture).is_file()
    assert (folder / "results" / "seen" / "report.html").is_file()
