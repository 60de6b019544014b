"""Every message of the program has its Spanish, and no message hides where none is looked for."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import corridor_sim
from corridor_sim.landscape.edits import EDITS
from corridor_sim.languages import language
from corridor_sim.report.text.edits import edit_words
from oracles.pseudo import PSEUDO, bare

ROOT = Path(__file__).parents[2]
SOURCE = Path(corridor_sim.__file__).parent
sys.path.insert(0, str(ROOT / "tools"))

AREA = ((-78.0, -3.0), (-77.0, -3.0), (-77.0, -4.0))
# what each kind of edit needs
GIVEN = {
    "clear": {"fraction": 0.3},
    "warm": {"degrees_c": 1.5},
    "add_road": {"name": "Palora", "points": AREA},
    "open_mine": {"name": "Palora", "at": AREA[0], "area_ha": 1200.0},
    "build_dam": {"name": "Palora", "at": AREA[0], "reservoir_ha": 1200.0},
    "restore": {"name": "Palora", "areas": (AREA,)},
    "protect": {"name": "Palora", "areas": (AREA,)},
    "build_crossings": {"name": "Palora", "areas": (AREA,)},
    "build_link": {"name": "Palora", "areas": (AREA,), "actions": ("restore", "protect")},
    "protect_plan": {},
}


def test_every_message_has_a_spanish_translation_that_fits() -> None:
    import catalogue

    assert catalogue.faults("es") == []


def hidden(tree: ast.AST) -> list[int]:
    """Return the lines of messages inside f-strings, where the catalogue's tool finds none."""
    return [
        call.lineno
        for text in ast.walk(tree)
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in ("tr", "tr_plural", "tr_context", "mark")
        and isinstance(call.args[0], ast.Constant)
    ]


def test_no_message_hides_in_another_text() -> None:
    assert hidden(ast.parse("f'{tr(\"a word\")}'")) == [1]
    found = {
        str(path.relative_to(SOURCE)): lines
        for path in sorted(SOURCE.rglob("*.py"))
        if (lines := hidden(ast.parse(path.read_text(encoding="utf-8"))))
    }
    assert found == {}


@pytest.mark.parametrize("kind", EDITS)
def test_what_an_edit_says_of_itself_is_a_message(kind: str) -> None:
    said = EDITS[kind].model_validate({"kind": kind, **GIVEN[kind]}).describe()
    assert edit_words(said) == said
    for note in (said, f"2030: {said}", f"2030: {said}, which came to nothing: 7"):
        with language(PSEUDO):
            assert bare(edit_words(note), ["Palora"]) == []


@pytest.mark.parametrize(
    "note",
    [
        "2025 to 2050: air +1.20 °C, 1,234 km² of forest cleared, 5 km² grown back into forest",
        "2030: land cover of 2030.tif",
        "air warmer by 1.30 °C (SSP2-4.5 in 2050): isotherms 250 m higher, ecotones 16 m higher",
        "mine 'Palora' of 1,200 ha and an access road",
    ],
)
def test_what_the_years_change_is_a_message(note: str) -> None:
    assert edit_words(note) == note
    with language(PSEUDO):
        assert bare(edit_words(note), ["Palora", "2030.tif", "SSP2-4.5"]) == []
