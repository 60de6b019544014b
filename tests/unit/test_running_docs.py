"""The examples of docs/running-many.md run, and its options exist."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corridor_sim.cli import build_parser
from corridor_sim.scenario.load import load_scenario
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
    assert np.isfinite(names["values"]).any()
    assert len(list(Path("results/many/runs").glob("*.npz"))) == 4 + 3 + 3


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
    options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", PAGE)) - {"--array", "--nthreads"}
    assert options
    for option in sorted(options):
        assert option in known, option
