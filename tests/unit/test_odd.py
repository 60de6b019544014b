"""The description of the model that ships: all elements of the protocol, and one text for all."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import corridor_sim as cs
from corridor_sim.report.text.odd import odd_markdown

DOCS = Path(__file__).parents[2] / "docs"
# Grimm et al. 2020, doi:10.18564/jasss.4259, in British spelling
ELEMENTS = [
    "Purpose and patterns",
    "Entities, state variables and scales",
    "Process overview and scheduling",
    "Design concepts",
    "Initialisation",
    "Input data",
    "Submodels",
]
CONCEPTS = [
    "Basic principles",
    "Emergence",
    "Adaptation",
    "Objectives",
    "Learning",
    "Prediction",
    "Sensing",
    "Interaction",
    "Stochasticity",
    "Collectives",
    "Observation",
]


def test_it_holds_every_element_of_the_protocol_in_order() -> None:
    found = cs.odd_text()
    assert [one.title for one in found] == ELEMENTS
    concepts = next(one for one in found if one.key == "design_concepts")
    assert [one.title for one in concepts.parts] == CONCEPTS
    assert all(one.paragraphs or one.parts for one in found)
    assert all(part.paragraphs and not part.parts for one in found for part in one.parts)
    assert [one.title for one in found if one.parts] == ["Design concepts", "Submodels"]


def test_nothing_of_the_text_is_lost_and_it_needs_no_more_than_stars() -> None:
    sections = [part for one in cs.odd_text() for part in (one, *one.parts)]
    words = [w for one in sections for w in (one.title, *one.paragraphs)]
    whole = odd_markdown().replace("#", " ").split()
    assert " ".join(words).split() == whole
    for text in words:
        assert not set("`[]<>|") & set(text), text
        assert text.count("**") % 2 == 0


def test_the_documentation_prints_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(DOCS))
    monkeypatch.delitem(sys.modules, "reference", raising=False)
    import reference

    assert reference.PAGES["odd"]() == odd_markdown()
    design = (DOCS / "design.md").read_text("utf-8")
    assert "[odd.md](odd.md)" in design
