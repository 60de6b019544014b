"""Answers about links in other languages: no word is left over, and no number is another."""

from __future__ import annotations

import io
import re
from collections import Counter
from pathlib import Path

import pytest
from rich.console import Console

import corridor_sim as cs
from corridor_sim.config.links import Candidate
from corridor_sim.languages import Language, language
from corridor_sim.links.files import read_links_file, write_links_file
from corridor_sim.links.propose import Proposal
from corridor_sim.report.figures import links as plots
from corridor_sim.report.text import links_tables as tables
from corridor_sim.report.text.link_gap import cost_head, cost_words, gap_words, gaps_of
from corridor_sim.report.text.links_answer import answer
from corridor_sim.report.text.links_found import Found
from corridor_sim.report.text.links_printed import print_table
from corridor_sim.report.text.links_use import read_use
from oracles.links_pages import NAMES, page_of, with_
from oracles.pseudo import PSEUDO, bare, bare_texts, bare_words

# what is nobody's to translate: names, a code of theory, units and names of files
LEFT = (*NAMES, "jaguar", "Jaguar", "dPC", "km²", "Known answers", "West", "East")
NUMBER = re.compile(r"\d[\d.,]*")


def told(found: Found) -> list[str]:
    """Return all sentences and cells on links, in one order."""
    gaps, use = gaps_of(found), read_use(found)[0]
    said = answer(found)
    texts = [said["lead"], *(f"{p['head']} {p['text']}" for p in said["points"]), said["caution"]]
    texts += [gap_words(gap) for gap in gaps] + [cost_words(found, i) for i in found.order]
    texts += [cost_head(found), found.benefit_unit, found.unit]
    rows = (tables.ranking_rows(found), tables.pair_rows(found), tables.frontier_rows(found))
    texts += [_cells(row) for table in rows for row in table]
    texts += [_cells(group) for group in tables.chosen_rows(found)]
    texts += [_cells(group) for group in tables.outcome_tables(found)]
    texts += [_cells(row) for table in tables.use_rows(found, use).values() for row in table]
    return texts


def _cells(value: object) -> str:
    """Return the texts of a table, whatever it is made of."""
    if isinstance(value, dict):
        shown = (v for k, v in value.items() if k not in ("good", "letters", "colour"))
        return " ".join(_cells(one) for one in shown)
    if isinstance(value, list | tuple):
        return " ".join(_cells(one) for one in value)
    return value if isinstance(value, str) else ""


def numbers(text: str, decimal: str) -> Counter[str]:
    """Return the numbers of a text as English has them."""
    swapped = str.maketrans({",": "", ".": ""} if decimal == "." else {".": "", ",": ""})
    return Counter(one.strip(".,").translate(swapped) for one in NUMBER.findall(text))


@pytest.fixture(scope="module", params=["whole", "no budget", "no pairs"])
def found(country: Found, request: pytest.FixtureRequest) -> Found:
    if request.param == "no budget":
        settings = country.result.settings.model_copy(update={"budget": None})
        return with_(country, chosen=None, confirmation=None, settings=settings)
    return country if request.param == "whole" else with_(country, interactions=None, design=None)


def test_every_word_of_the_answer_is_a_message(found: Found) -> None:
    with language(PSEUDO):
        texts = told(found)
    assert bare("\n".join(texts), LEFT) == []


def test_spanish_tells_the_same_numbers(found: Found) -> None:
    with language("en"):
        english = told(found)
    with language("es"):
        spanish = told(found)
    assert len(english) == len(spanish)
    for one, other in zip(english, spanish, strict=True):
        assert numbers(one, ".") == numbers(other, ","), (one, other)
    assert "El beneficio de un enlace es el cambio" in spanish[-1] + " ".join(spanish)


def test_every_word_of_the_figures_is_a_message(country: Found) -> None:
    ordered = [f"{country.rank_text(i)}  " for i in country.order]
    with language(PSEUDO):
        for draw in (
            plots.ranking_figure,
            plots.species_figure,
            plots.frontier_figure,
            plots.pairs_figure,
        ):
            assert bare_texts(draw(country), (*LEFT, *ordered)) == [], draw.__name__


def test_every_word_on_the_terminal_is_a_message(country: Found) -> None:
    said = io.StringIO()
    with language(PSEUDO):
        print_table(country, Console(file=said, width=4000))
    assert bare(said.getvalue(), LEFT) == []


@pytest.mark.slow
def test_every_word_of_the_page_is_a_message(country: Found) -> None:
    with language(PSEUDO):
        page = page_of(country)
    body = re.sub(r'<section id="(landscape|provenance)".*?</section>', "", page, flags=re.S)
    files = set(re.findall(r"[\w/]+\.(?:csv|json|gpkg|qml|html)", body))
    # how programs open them
    code = ("pandas.read_csv", "json.load(open", "figures")
    assert bare_words(body, (*LEFT, *files, *code)) == []


def proposal(start: str, end: str) -> Proposal:
    with language("es"):
        candidate = Candidate(
            name=f"{start} a {end}",
            cost=4.75,
            line=((-78.0, -2.0), (-77.5, -2.5)),
            width_m=5000.0,
            actions=("restore", "protect"),
        )
    return Proposal(candidate, (start, end), 19.4, 100.0, 34.2, (-77.954, -5.579), 2.5)


@pytest.mark.parametrize("code", ["en", "es", "es_PE", PSEUDO])
def test_a_links_file_reads_back_to_the_same_data(code: str | Language, tmp_path: Path) -> None:
    base = cs.Scenario(name="Today", days=5, species={"jaguar": {}}, landscape={"cell_m": 8000})
    path = tmp_path / "links.toml"
    with language(code):
        write_links_file(path, [proposal("Sangay", "Cajas")], base)
    file, resolved = read_links_file(path)
    assert resolved.scenario.landscape.cell_m == 8000
    (one,) = file.links.candidates or ()
    assert one == proposal("Sangay", "Cajas").candidate
    text = path.read_text("utf-8")
    comments = [line[2:] for line in text.splitlines() if line.startswith("# ")]
    assert len(comments) == 1
    if code == "es":
        assert file.name == "Enlaces propuestos"
        assert comments[0].startswith("19 km, 100 km², menor costo 34 km del mejor terreno")
    if code == PSEUDO:
        assert bare(comments[0]) == []
