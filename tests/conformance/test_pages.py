"""What the pages tell readers to type is understood, and the files and names in it exist.

Pages whose examples are run as they stand have tests of their own; these hold for every page.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest

import corridor_sim
from corridor_sim.cli.main import build_parser

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCED = re.compile(r"^ *```(\w*)(?: (\S+))?\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^ *(?:\$ )?(?:\.venv/bin/)?(corridor-sim .+)$", re.MULTILINE)
INTERNAL = re.compile(r"\b(?:from|import) corridor_sim\.(\w+)")
# pages that show the inside of the program, and say that it may change
INSIDE = {
    "decision.md",
    "extending.md",
    "genes.md",
    "landscape-relief.md",
    "landscape-through-time.md",
    "movement-models.md",
    "telemetry-range.md",
}
# what only its authors call so
PRIVATE = re.compile(
    r"(?i:\b(?:un)?luck(?:y)?\b|\bherds?\b|\bcrews?\b|\bdeeds\b|\blanes?\b|\bworkshop\b(?! of \d))"
    r"|\b(?i:life)_(?!cycle)\w+|\bLife[A-Z](?!ycle)\w+"
)
QUOTED = re.compile(r"`([\w.-]+(?:/[\w.-]+)+\.(?:py|toml|md))(?:[`:])")
READ = {".toml", ".asc", ".txt", ".tif", ".gpkg"}
WRITTEN = ("--out", "--map")
# the reader's own, and what a fit has written
BROUGHT = {
    "distances.txt",
    "drawn.gpkg",
    "drawn/runs/0123456789abcdef.toml",
    "experiment.toml",
    "fitted/lynx.toml",
    "grid.asc",
    "grounds.asc",
    "habitat.asc",
    "maps/landscape.toml",
    "mortality.asc",
    "my-study/scenario.toml",
    "nodes.txt",
    "points.txt",
    "provinces.gpkg",
    "sources.asc",
}


class Command(NamedTuple):
    """One line of a page, and what the lines before it have made."""

    page: str
    words: list[str]
    made: frozenset[str]


def commands(name: str, text: str) -> Iterator[Command]:
    made = {file for _, file, _ in FENCED.findall(text) if file}
    for line in COMMAND.findall(text):
        _, *words = ["0" if w.startswith("$") else w for w in shlex.split(line, comments=True)]
        yield Command(name, words, frozenset(made))
        made |= {words[i + 1] for i, word in enumerate(words[:-1]) if word in WRITTEN}
        made |= {f"results/{Path(word).stem}" for word in words if word.endswith(".toml")}


def python(name: str, text: str) -> Iterator[tuple[str, str]]:
    for language, _, block in FENCED.findall(text):
        if language == "python":
            yield name, block


COMMANDS = [one for page in PAGES for one in commands(page.name, page.read_text("utf-8"))]
PYTHON = [one for page in PAGES for one in python(page.name, page.read_text("utf-8"))]


def inputs(words: list[str]) -> list[str]:
    """Words that name a file or folder to be read."""
    free = [w for i, w in enumerate(words) if i == 0 or words[i - 1] not in (*WRITTEN, "--set")]
    return [w for w in free if Path(w).suffix in READ or w.startswith("results/")]


def missing(one: Command) -> list[str]:
    """Files and folders to be read that are neither here nor made by a line before."""
    known = one.made | BROUGHT
    return [w for w in inputs(one.words) if w not in known and not (ROOT / w).exists()]


@pytest.mark.parametrize("one", COMMANDS, ids=lambda one: f"{one.page}: {' '.join(one.words)}")
def test_a_command_is_understood_and_its_files_exist(one: Command) -> None:
    build_parser().parse_args(one.words)
    assert missing(one) == []


@pytest.mark.parametrize(
    "one",
    [one for one in COMMANDS if one.words[0] in ("run", "compare") and "--set" in one.words],
    ids=lambda one: " ".join(one.words),
)
def test_what_is_overridden_exists(one: Command) -> None:
    read = {"run": corridor_sim.load_scenario, "compare": corridor_sim.load_experiment}
    said = [one.words[i + 1] for i, word in enumerate(one.words) if word == "--set"]
    assert read[one.words[0]](ROOT / one.words[1], said)


def imported(text: str) -> dict[str, Any]:
    """What a block imports, by the name it has there."""
    found: dict[str, Any] = {}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                found[alias.asname or alias.name] = importlib.import_module(alias.name)
        elif isinstance(node, ast.ImportFrom):
            assert node.module is not None
            home = importlib.import_module(node.module)
            for alias in node.names:
                if not hasattr(home, alias.name):
                    importlib.import_module(f"{node.module}.{alias.name}")
                found[alias.asname or alias.name] = getattr(home, alias.name)
    return found


def unknown(text: str) -> list[str]:
    """Names of modules that a block uses and that are not there, or not public."""
    known, found = imported(text), []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            home = known.get(node.value.id)
            there = corridor_sim.__all__ if home is corridor_sim else dir(home)
            if isinstance(home, ModuleType) and node.attr not in there:
                found.append(f"{node.value.id}.{node.attr}")
    return found


@pytest.mark.parametrize(("page", "text"), PYTHON, ids=[page for page, _ in PYTHON])
def test_python_compiles_and_its_names_exist(page: str, text: str) -> None:
    compile(text, page, "exec")
    assert unknown(text) == []


def test_mistakes_of_a_page_are_seen(capsys: pytest.CaptureFixture[str]) -> None:
    page = "```sh\ncorridor-sim runn a.toml\n$ corridor-sim run b.toml --out c # d\n"
    page += (
        "corridor-sim status c\ncorridor-sim status results/b\ncorridor-sim status results/c\n```\n"
    )
    wrong, *right = commands("page", page)
    with pytest.raises(SystemExit):
        build_parser().parse_args(wrong.words)
    assert "runn" in capsys.readouterr().err
    assert [missing(one) for one in right] == [["b.toml"], [], [], ["results/c"]]
    ((_, block),) = python("page", "```python\nimport corridor_sim as cs\ncs.nothing()\n```\n")
    assert unknown(block) == ["cs.nothing"]
    with pytest.raises(ImportError):
        unknown("from corridor_sim.nowhere import nothing")
    with pytest.raises(ImportError):
        unknown("from corridor_sim.cli.main import nothing")


TRANSLATED = sorted((ROOT / "docs").glob("??/walkthrough-*.md"))


def typed(page: Path) -> list[str]:
    """What a reader types: blocks without comments and without the language that is asked for."""
    found = []
    for language, file, block in FENCED.findall(page.read_text("utf-8")):
        if language != "text":
            bare = re.sub(r"^#.*\n", "", block, flags=re.MULTILINE)
            found.append(f"{language} {file}\n{bare}".replace(f" --lang {page.parent.name}", ""))
    return found


@pytest.mark.parametrize("page", TRANSLATED, ids=lambda page: f"{page.parent.name}/{page.name}")
def test_a_translated_walk_through_is_that_which_is_run(page: Path) -> None:
    english = page.parents[1] / page.name
    assert typed(page) == typed(english)
    assert f"--lang {page.parent.name}" in page.read_text("utf-8")
    # the same figures, as the country writes them; those of ranges and lists in any order
    assert figures(page) == figures(english)
    assert f"({page.parent.name}/{page.name})" in english.read_text("utf-8")


def figures(page: Path) -> list[str]:
    """Numbers with decimals or thousands that a page quotes outside its blocks."""
    text = FENCED.sub("", page.read_text("utf-8"))
    text = re.sub(r"`[^`]*`", "", text)
    return sorted(re.sub(r"[.,]", "_", one) for one in re.findall(r"\d+[.,]\d+", text))


# that no other test runs and that need nothing but a landscape
ALONE = [
    "README",
    *(f"docs/{page}" for page in ("edits", "landscape", "landscape-relief", "theory")),
]


@pytest.mark.parametrize("page", [*ALONE, "docs/landscape-through-time"])
def test_the_examples_of_a_page_run(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    names = {"land": corridor_sim.load_landscape("andes-amazon", cell_m=5000.0)}
    blocks = list(python(page, (ROOT / f"{page}.md").read_text("utf-8")))
    assert blocks
    # the README's comparison takes minutes as it stands, and writes beside the pages
    smaller = '{"base.days": 2, "base.landscape.cell_m": 5000}'
    small = f"out={str(tmp_path)!r}, replicates=4, set={smaller}"
    for _, block in blocks:
        exec(compile(block.replace("progress=True", small), page, "exec"), names)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_sends_nobody_inside_without_a_word(page: Path) -> None:
    text = page.read_text("utf-8")
    modules = set(INTERNAL.findall(text)) - {"edits", "formats", "theory"}
    if page.name in INSIDE:
        assert re.search(r"inside of\s+the\s+program, which\s+may\s+change", text)
    else:
        assert modules == set()


LISTINGS = [
    (page.name, file, block)
    for page in PAGES
    for _, file, block in FENCED.findall(page.read_text("utf-8"))
    if file.startswith("tests/")
]


@pytest.mark.parametrize(("page", "file", "block"), LISTINGS)
def test_a_listing_is_what_the_tests_run(page: str, file: str, block: str) -> None:
    assert block in (ROOT / file).read_text("utf-8")


def test_what_can_be_added_from_outside_is_listed() -> None:
    listed = {file for page, file, _ in LISTINGS if page == "extending.md"}
    oracles = {f"tests/oracles/{name}.py" for name in ("fourth_model", "further_edit")}
    assert listed == {*oracles, "tests/oracles/further_outcome.py", "tests/unit/test_schemas.py"}


def private(text: str) -> list[str]:
    """Words that only the authors of the program use."""
    return [found.group() for found in PRIVATE.finditer(text)]


def helps(parser: argparse.ArgumentParser) -> Iterator[str]:
    """The help of a command and of all below it."""
    yield parser.format_help()
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for one in action.choices.values():
                yield from helps(one)


TEMPLATES = sorted((ROOT / "src/corridor_sim/report/templates").glob("*.html"))


@pytest.mark.parametrize("page", [*PAGES, *TEMPLATES], ids=lambda page: page.name)
def test_readers_meet_the_words_of_the_field(page: Path) -> None:
    assert private(page.read_text("utf-8")) == []


def test_users_of_the_command_line_meet_them_too() -> None:
    assert private("\n".join(helps(build_parser()))) == []
    assert private("the luck of a Herd, a Crew and LIFE_SPANS") == [
        "luck",
        "Herd",
        "Crew",
        "LIFE_SPANS",
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_a_page_names_exist(page: Path) -> None:
    for name in QUOTED.findall(page.read_text("utf-8")):
        places = (ROOT / name, ROOT / "src" / "corridor_sim" / name)
        assert name in BROUGHT or any(place.exists() for place in places), name
