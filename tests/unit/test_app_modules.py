"""The page's modules find what they import, and every word that they ask for is there."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog

import corridor_sim as cs
import corridor_sim.app
from corridor_sim.app.words import context_of, word, words_of

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))
import catalogue

STATIC = Path(corridor_sim.app.__file__).parent / "static"
MODULES = sorted((STATIC / "js").rglob("*.js"))
IMPORT = re.compile(r'^import\s+(?:\{([^}]*)\}|\*\s+as\s+\w+|(\w+))\s+from\s+"([^"]+)"', re.M)
EXPORT = re.compile(r"^export\s+(?:async\s+)?(?:function\*?|class|const|let)\s+(\w+)", re.M)
AGAIN = re.compile(r"^export\s+\{([^}]*)\}", re.M)


def exports_of(path: Path) -> set[str]:
    text = path.read_text(encoding="utf-8")
    found = set(EXPORT.findall(text))
    for names in AGAIN.findall(text):
        found |= {name.split(" as ")[-1].strip() for name in names.split(",") if name.strip()}
    return found | ({"default"} if "export default" in text else set())


@pytest.mark.parametrize("module", MODULES, ids=lambda p: p.relative_to(STATIC).as_posix())
def test_a_module_finds_what_it_imports(module: Path) -> None:
    for names, default, place in IMPORT.findall(module.read_text(encoding="utf-8")):
        other = (module.parent / place).resolve()
        assert other.is_file(), place
        wanted = {name.split(" as ")[0].strip() for name in names.split(",") if name.strip()}
        wanted |= {"default"} if default else set()
        assert wanted <= exports_of(other), (place, wanted - exports_of(other))


def words() -> dict[str, object]:
    files = (STATIC / "words" / "en").glob("*.json")
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in files}


def test_every_word_that_is_asked_for_is_there() -> None:
    """Keys that stand whole in a module; those that are put together are seen in the browser."""
    there = flat(words())
    for module in MODULES:
        parts = module.relative_to(STATIC / "js").with_suffix("").parts
        # the parts of a view leave out its name, and a list of words that of its own
        view = parts[1] if parts[0] == "views" else parts[0]
        own = {key for key in there if key.startswith(f"{view}.")}
        for key in re.findall(r'\bword\("([\w.-]+)"', module.read_text(encoding="utf-8")):
            assert key in there or any(k.endswith(f".{key}") for k in own), (module.name, key)


def sides(found: Catalog) -> Iterator[tuple[str, str, str]]:
    """Where a word of the page stands, in English and in the other language."""
    for path in sorted((STATIC / "words" / "en").rglob("*.json")):
        file = path.relative_to(STATIC / "words" / "en").with_suffix("").as_posix()
        for text in catalogue.texts_in(json.loads(path.read_text(encoding="utf-8"))):
            message = found.get(text, context_of(file))
            yield file, text, str(message.string) if message else ""


# what is filled in; beside it signs, units and formulas have no words of three letters
FILLED = re.compile(r"\{\w+\}")
WORDS = re.compile(r"[a-zà-ÿ]{3,}", re.IGNORECASE)
# words that both languages write alike
BOTH = {
    *("Animal", "Plan {n}", "Páramo", "Wright 1931, Genetics 16:97-159."),
    *("Argentina", "Bolivia", "Chile", "Colombia", "Ecuador", "Guyana", "Venezuela"),
}


@pytest.mark.parametrize("language", catalogue.LANGUAGES)
def test_every_word_of_the_page_has_its_translation(language: str) -> None:
    found = catalogue.read(language)
    same = set()
    for file, text, other in sides(found):
        assert other, (file, text)
        names = [sorted(re.findall(r"\{\w+\}", one)) for one in (text, other)]
        assert set(names[0]) == set(names[1]), (file, text, other)
        # 0.5 is written 0.5 in the catalogue, and 0,5 when it is told
        assert numbers(text) == numbers(other), (file, text, other)
        if text == other and WORDS.search(FILLED.sub("", text)):
            same.add(text)
    assert same <= BOTH, same - BOTH


def numbers(text: str) -> list[str]:
    return sorted(re.findall(r"\d[\d.,]*\d|\d", text))


@pytest.mark.parametrize(
    ("code", "share", "height", "year"),
    [
        ("en", "59.3 %", "1,000 and 3,500 m", "16:97-159."),
        ("es", "59,3 %", "1.000 y 3.500 m", "16:97-159."),
        ("es_PE", "59.3 %", "1,000 y 3,500 m", "16:97-159."),
    ],
)
def test_numbers_within_words_are_written_as_the_country_does(
    code: str, share: str, height: str, year: str
) -> None:
    with cs.language(code):
        assert share in str(words_of("lessons/percolation"))
        assert height in str(words_of("lessons/percolation"))
        assert year in str(words_of("lessons/drift"))
        # what is filled in was written by whoever fills it in
        assert word("learn.at", step="1.5", of="2,000").endswith("2,000")


@pytest.mark.parametrize("code", cs.languages.LANGUAGES)
def test_the_models_description_is_the_same_in_every_language(code: str) -> None:
    def told(section: Any) -> tuple[Any, ...]:
        paragraphs = section.paragraphs
        counts = [numbers(" ".join(paragraphs)), len(paragraphs)]
        stressed = [len(re.findall(r"\*+[^*]+\*+", one)) for one in paragraphs]
        return section.key, counts, stressed, [told(one) for one in section.parts]

    english = [told(one) for one in cs.odd_text()]
    with cs.language(code):
        assert [told(one) for one in cs.odd_text()] == english


def flat(words: dict[str, object], before: str = "") -> set[str]:
    found: set[str] = set()
    for key, value in words.items():
        inner = flat(value, f"{before}{key}.") if isinstance(value, dict) else {f"{before}{key}"}
        found |= inner
    return found
