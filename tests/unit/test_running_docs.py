"""The examples of docs/running-many.md run, and its options exist."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corridor_sim import load_scenario
from corridor_sim.cli.main import build_parser
from oracles.small_study import design_of

PAGE = (Path(__file__).parents[2] / "docs" / "running-many.md").read_text("utf-8")


def test_the_examples_in_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    design_of(tmp_path, replicates=1)
    (tmp_path / "small.toml").rename(tmp_path / "experiment.toml")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    examples = re.findall(r"```python\n(.+?)```", PAGE, re.S)
    assert len(examples) == 2
    for example in examples:
        exec(compile(example, "docs/running-many.md", "exec"), names)
    assert np.isfinite(names["values"]["value"]).any()
    assert len(list(Path("results/many/runs").glob("*.npz"))) == 4 * 3
    assert names["area"].shape == (2 * 3, 4)


def test_the_section_of_a_file(tmp_path: Path) -> None:
    (section,) = re.findall(r"```toml\n(.+?)```", PAGE, re.S)
    (tmp_path / "one.toml").write_text(section, "utf-8")
    found = load_scenario(tmp_path / "one.toml").scenario.adaptive
    assert found is not None
    assert found.most == 64


def test_every_option_exists() -> None:
    known = "\n".join(
        one.format_help()
        for action in build_parser()._actions
        if isinstance(action.choices, dict)
        for one in action.choices.values()
    )
    options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", PAGE))
    options -= {"--array", "--nthreads", "--test-only"}  # of other programs
    assert options
    for option in sorted(options):
        assert option in known, option


WHO = ["--workers", "--scheduler", "--slurm", "--index", "--of"]


@pytest.mark.parametrize(
    ("command", "options"),
    [("run", WHO), ("compare", WHO), ("sweep", WHO), ("sensitivity", WHO), ("links rank", WHO[:3])],
)
def test_who_does_the_runs_is_the_same_for_every_command(
    command: str, options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        build_parser().parse_args([*command.split(), "--help"])
    said = capsys.readouterr().out
    assert [option for option in WHO if f"{option} " in said] == options
