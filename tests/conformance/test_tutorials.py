"""The tutorials are notebooks that run: as sources in the default tier, whole in one of their own.

``pytest -m notebooks tests/conformance/test_tutorials.py`` runs them all, which takes minutes.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import corridor_sim
from oracles.tools import tool

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "docs/tutorials").glob("*.md"))
jupytext = pytest.importorskip("jupytext", reason="jupytext comes with the extra test")


def code(source: Path) -> list[str]:
    return [cell.source for cell in jupytext.read(source).cells if cell.cell_type == "code"]


def test_every_tutorial_is_a_notebook() -> None:
    assert {path.stem for path in SOURCES} == set(tool("notebooks").tutorials())
    assert len(SOURCES) >= 1


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_a_tutorial_says_more_than_it_computes_and_uses_public_names(source: Path) -> None:
    cells = jupytext.read(source).cells
    words = sum(len(c.source.split()) for c in cells if c.cell_type == "markdown")
    assert words > 150
    used = {
        node.attr
        for text in code(source)
        for node in ast.walk(ast.parse(text.replace(";\n", "\n").removesuffix(";")))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "cs"
    }
    assert used
    assert used <= set(corridor_sim.__all__), used - set(corridor_sim.__all__)


@pytest.mark.notebooks
@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_a_tutorial_runs_and_shows_something(source: Path) -> None:
    book = tool("notebooks").executed(source)
    shown = [out for cell in book.cells for out in cell.get("outputs", [])]
    assert any("image/png" in out.get("data", {}) for out in shown), "no picture"
    told = [out for out in shown if out.output_type == "stream" and out.name == "stderr"]
    assert not [out.text for out in told if "Traceback" in out.text or "Warning" in out.text]
