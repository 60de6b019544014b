"""What all pages share: one head, one foot, and nothing from outside."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace as Made
from typing import Any

import pytest

from corridor_sim.report import page

TEMPLATES = Path(page.__file__).parent / "templates"
WHOLE = sorted(
    p.name
    for p in TEMPLATES.glob("*.html")
    if re.search(r"<html|{% extends", p.read_text(encoding="utf-8"))
)


@pytest.mark.parametrize("name", WHOLE)
def test_every_page_has_the_one_head(name: str) -> None:
    text = (TEMPLATES / name).read_text(encoding="utf-8")
    assert ("<head>" in text) == (name == "base.html")
    extends = ('{% extends "base.html" %}', '{% extends "summary.html" %}')
    assert text.startswith(extends) or name == "base.html"


def study_of(command: str = "", scenarios: int = 2) -> Any:
    one = Made(name="as <now>", scenario=Made(seed=17))
    return Made(
        command=command,
        out=Path("results/my study"),
        scenarios=[one] * scenarios,
        runs=[Made(scenario=0, replicate=1, ident="0a1b")],
        settings={"name": "Páramo"},
    )


def test_the_foot_says_how_a_page_is_made_again() -> None:
    foot = page.provenance(study_of("corridor-sim compare mine.toml"), elapsed={"runs": 1.25})
    assert foot["command"] == "corridor-sim compare mine.toml"
    assert foot["seed"] == "17"
    assert foot["elapsed"] == [("runs", "1.2 s")]
    assert foot["settings"] == '{\n  "name": "Páramo"\n}'
    assert foot["runs"] == []
    assert "numpy" in foot["versions"]


@pytest.mark.parametrize(
    ("scenarios", "verb", "says"), [(1, None, "run"), (2, None, "compare"), (2, "sweep", "sweep")]
)
def test_a_study_made_in_python_names_the_command(
    scenarios: int, verb: str | None, says: str
) -> None:
    foot = page.provenance(study_of(scenarios=scenarios), verb=verb)
    assert foot["command"] == f"corridor-sim {says} FILE.toml --out 'my study'"


def test_runs_are_listed_where_asked_for() -> None:
    foot = page.provenance(study_of(), runs=True)
    assert foot["runs"] == [{"scenario": "as <now>", "replicate": 2, "ident": "0a1b"}]
    text = page.render("base.html", title="A & B", description="", provenance=foot)
    assert "A &amp; B" in text
    assert "as &lt;now&gt;" in text
    assert "default-src 'none'" in text
    assert "Run identities (1)" in text
    assert "Run identities" not in page.render(
        "base.html", title="", description="", provenance=page.provenance(study_of())
    )
