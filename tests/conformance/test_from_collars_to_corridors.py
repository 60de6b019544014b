"""The page "From collars to corridors": its commands run in order, and its numbers come out."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pandas as pd
import pytest

import corridor_sim as cs
from corridor_sim.cli.main import main

PAGE = (Path(__file__).parents[2] / "docs" / "from-collars-to-corridors.md").read_text("utf-8")
SHOWN = [
    (command, said.splitlines())
    for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    for command, said in re.findall(r"^\$ corridor-sim (.*)\n((?:[^$].*\n)*)", block, re.MULTILINE)
]
FILES = dict(re.findall(r"```toml (\S+\.toml)\n(.*?)```", PAGE, re.DOTALL))
FOUND = {
    name: (float(put), float(value), float(se))
    for name, put, value, se in re.findall(
        r"^\| `(\w+)`[^|]* \| ([\d.]+) \| ([\d.]+) \(([\d.]+)\) \|$", PAGE, re.MULTILINE
    )
}


def test_the_page_from_tracks_to_a_ranked_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        Path(name).write_text(text, "utf-8")
    for command, shown in SHOWN:
        assert main(shlex.split(command)) == 0, command
        out, _ = capsys.readouterr()
        for expected, line in zip(shown, out.splitlines(), strict=False):
            if expected == "...":
                break
            assert line.split() == expected.split(), command
    assert PAGE.split("```text\n")[1].startswith(
        "\n".join(Path("tracks.csv").read_text("utf-8").splitlines()[:2])
    )
    numbers_of_the_page(Path("fitted/tables"))
    for page in ("fitted", "results/road", "results/links"):
        assert (Path(page) / "report.html").is_file()
    species = cs.load_species("fitted/lynx.toml")
    assert species.movement.step_min == 180
    assert species.movement.female.resident.between is not None


def numbers_of_the_page(tables: Path) -> None:
    """What the page says was fitted comes out, and lies where chance puts it."""
    pooled = (
        pd.read_parquet(tables / "pooled.parquet").query("sex == 'both'").set_index("parameter")
    )
    selection = pd.read_parquet(tables / "selection.parquet").set_index("term")
    assert len(FOUND) == 6
    for name, (put, value, se) in FOUND.items():
        row = pooled.loc[name] if name in pooled.index else selection.loc[name]
        fitted = float(row["value"] if name in pooled.index else row["estimate"])
        assert abs(fitted - value) < 0.06 * abs(value) + 0.1 * se, name
        assert abs(float(row["se"]) - se) < 0.25 * se, name
        assert abs(fitted - put) < 2.0 * float(row["se"]), name
