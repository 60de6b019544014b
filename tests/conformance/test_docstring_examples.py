"""What users read runs: examples of every verb and of the guide; they use public names alone."""

from __future__ import annotations

import ast
import doctest
import re
from pathlib import Path

import pytest

import corridor_sim as cs

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "docs/python.md", "docs/running-many.md", "docs/report.md", "docs/links.md")
VERBS = [
    name
    for name in cs.__all__
    if getattr(getattr(cs, name), "__module__", "").startswith("corridor_sim.api.")
]


def test_there_are_verbs() -> None:
    assert {"compare", "run", "rank_links", "tracks"} <= set(VERBS)


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_has_an_example(name: str) -> None:
    text = getattr(cs, name).__doc__
    assert doctest.DocTestParser().get_examples(text), name
    for section in ("Returns", "Raises"):
        assert f"\n    {section}\n    ----" in text, f"{name}: {section}"


@pytest.mark.parametrize("name", VERBS)
def test_the_examples_of_docstrings_run(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (found,) = doctest.DocTestFinder(recurse=False).find(getattr(cs, name), name)
    assert doctest.DocTestRunner().run(found).failed == 0


def test_the_examples_of_the_guide_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import matplotlib

    matplotlib.use("Agg")
    text = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    examples = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(examples) == 12
    monkeypatch.chdir(ROOT)
    names: dict[str, object] = {}
    for example in examples:
        exec(compile(example, "docs/python.md", "exec"), names)
    printed = capsys.readouterr().out
    assert "'Forest and climate': 4 scenarios, 8 runs" in printed
    assert "True 8" in printed
    assert "jaguar_mean_elevation_m" in printed
    assert "5 False" in printed
    assert "protected ground added" not in printed
    assert "whole landscape" in printed
    assert "less + warmer  north" in printed
    assert "cells told from no change" in printed
    assert "brief.pdf" in printed


@pytest.mark.parametrize("page", PAGES)
def test_examples_use_public_names_alone(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for example in re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        for node in ast.walk(ast.parse(example)):
            if isinstance(node, ast.ImportFrom):
                module = (node.module or "").split(".")
                assert module[0] != "corridor_sim" or module[1:2] == ["theory"], example
            if isinstance(node, ast.Import):
                assert not any(a.name.startswith("corridor_sim.") for a in node.names), example
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "cs":
                assert node.attr in cs.__all__, node.attr
