"""Words in the reader's language: catalogues, numbers, names; English stays as it was."""

from __future__ import annotations

import pytest
from jinja2 import DictLoader

import corridor_sim as cs
from corridor_sim.cli.main import main
from corridor_sim.languages import current, language, tr, tr_context, tr_plural
from corridor_sim.report.page import render
from corridor_sim.report.text.numbers import number
from oracles.pseudo import PSEUDO, bare_words


def test_english_needs_no_catalogue() -> None:
    assert tr("{a} and {b}", a=1, b=2) == "1 and 2"
    assert tr_plural("{n} run", "{n} runs", 1) == "1 run"
    assert tr_plural("{n} run", "{n} runs", 1200) == "1,200 runs"
    assert tr_context("map", "use") == "use"
    assert tr("a {brace} stays where nothing is filled in") == (
        "a {brace} stays where nothing is filled in"
    )


@pytest.mark.parametrize(
    ("code", "text"), [("en", "−1,234.5"), ("es", "−1.234,5"), ("es_PE", "−1,234.5")]
)
def test_numbers_are_written_as_their_readers_do(code: str, text: str) -> None:
    with cs.language(code):
        assert number(-1234.5, 1) == text
        assert number(0.0, 1) == text[-2].join("00")


def test_a_language_ends_with_its_context() -> None:
    with cs.language("es"), cs.language("en"):
        assert current().code == "en"
    assert current().code == "en"


def test_names_are_those_of_the_country() -> None:
    jaguar = cs.load_species("jaguar")
    for code, name in (("en", "Jaguar"), ("es", "Otorongo"), ("es_EC", "Jaguar")):
        with cs.language(code):
            assert jaguar.common_name == name
    with cs.language("es"):
        assert jaguar.common_names == "otorongos"
    assert cs.load_species("andean_bear").common_names == "Andean bears"


def test_an_unknown_language_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["species", "list", "--lang", "sp"]) == 2
    assert "no language 'sp'; " in capsys.readouterr().err


def test_the_variable_speaks_for_whoever_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORRIDOR_SIM_LANG", "es_EC")
    assert current().code == "es_EC"
    with language("en"):
        assert current().code == "en"


def test_a_word_that_no_translator_sees_is_found() -> None:
    page = f"<p title='{PSEUDO.one('told')}'>{PSEUDO.one('all <em>this</em> is')} told 5 %</p>"
    assert len(bare_words(page)) == 1
    assert bare_words(page, ["told"]) == []


def test_what_is_filled_in_is_escaped_and_messages_may_hold_tags(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loader = DictLoader(
        {"page": "{{ tr('<em>{name}</em>', name=name) }} {{ tr_plural('{n} x', '{n} y', 2) }}"}
    )
    monkeypatch.setattr("jinja2.PackageLoader", lambda _: loader)
    assert render("page", name="<script>") == "<em>&lt;script&gt;</em> 2 y"


def test_numbers_inside_sentences_are_those_of_the_country() -> None:
    source = "payments to owners for 186,700 ha, 30 USD a hectare and year from 2028 to 2050"
    for code, written_there in (
        ("es", "186.700 ha"),
        ("es_EC", "186.700 ha"),
        ("es_PE", "186,700 ha"),
    ):
        with cs.language(code):
            assert written_there in tr(source)
    # pages and years of literature are no numbers
    with cs.language("es_PE"):
        assert "12:1107" in tr(next(m for m in _messages() if "Malhi et al." in m))


def _messages() -> list[str]:
    from importlib import resources

    from babel.messages.pofile import read_po

    where = resources.files("corridor_sim") / "locale/es/LC_MESSAGES/corridor_sim.po"
    with where.open("rb") as source:
        return [one.id for one in read_po(source) if isinstance(one.id, str)]
