"""The student's walk-through: every console command in it runs and leaves what it promises."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from corridor_sim.cli.main import main

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "walkthrough-student.md"
BLOCKS = re.findall(r"```(console|sh)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
SMALL = [line for kind, text in BLOCKS if kind == "console" for line in text.splitlines()]
LONG = [line for kind, text in BLOCKS if kind == "sh" for line in text.splitlines()]


def words(line: str) -> list[str]:
    program, *rest = shlex.split(line)
    assert program == "corridor-sim"
    return rest


# the second sweep of the page takes half a minute
LINES = [pytest.param(x, marks=pytest.mark.slow) if i == 2 else x for i, x in enumerate(SMALL)]


@pytest.mark.parametrize("line", LINES, ids=range(len(SMALL)))
def test_a_command_runs(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "experiments").symlink_to(ROOT / "experiments")
    asked = words(line)
    assert main(asked) == 0
    out = tmp_path / asked[asked.index("--out") + 1]
    assert (out / "report.html").is_file()
    assert (out / f"{asked[0]}.csv").is_file()
    assert list((out / "figures").glob("*.png"))


def test_the_page_has_commands_of_both_kinds() -> None:
    assert len(SMALL) == 3
    assert len(LONG) == 2


@pytest.mark.parametrize(
    "path", sorted((ROOT / "experiments").glob("sweep_*.toml")), ids=lambda p: p.stem
)
def test_a_curve_that_ships_is_complete_and_checked(path: Path) -> None:
    from corridor_sim.sweeps.points import read_sweep

    file, scenarios, at = read_sweep(path)
    assert len(scenarios) == len(at) == file.sweep.n_points
    assert scenarios[0].scenario.replicates >= 4
    assert all(one.label for one in file.sweep.parameters.values())
