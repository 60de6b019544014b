"""The catalogues of translations: find every message, keep the files in step, tell what is missing.

    python tools/catalogue.py update     # after messages were added, changed or removed
    python tools/catalogue.py check      # what has no translation, or one that does not fit

Messages are those of ``tr``, ``tr_plural``, ``tr_context`` and ``mark`` in the package and its
templates, and the words of tables that are data: :func:`of_data` lists them.
"""

from __future__ import annotations

import ast
import io
import json
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "corridor_sim"
LANGUAGES = ("es",)
HEAD = """# Words of corridor_sim in another language, kept in step by tools/catalogue.py.
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plural}\\n"

"""
KEYWORDS: dict[str, Any] = {
    "tr": None,
    "mark": None,
    "tr_plural": (1, 2),
    "tr_context": ((1, "c"), 2),
}
BRACES = re.compile(r"(?<!\{)\{(\w+)[^{}]*\}(?!\})")
TAGS = re.compile(r"</?[a-z]\w*")
WORD = re.compile(r"[^\W\d_]{2,}")


class Found(NamedTuple):
    """A message: where it stands, what it is (with its plural), and its context."""

    where: str
    message: str | tuple[str, str]
    context: str | None


def path_of(language: str) -> Path:
    return SOURCE / "locale" / language / "LC_MESSAGES" / "corridor_sim.po"


def messages() -> list[Found]:
    """Return all messages of the program, in the order of files."""
    return [*of_code(), *of_data(), *of_page()]


def of_code() -> Iterator[Found]:
    yield from _of_python()
    methods = [("**/templates/**.html", "jinja2")]
    found = extract_from_dir(
        SOURCE,
        methods,
        {"**/templates/**.html": {"silent": "false"}},
        KEYWORDS,
        strip_comment_tags=True,
    )
    for where, _, message, _, context in sorted(found, key=lambda one: (one[0], one[1])):
        yield Found(where, message, context)


def _of_python() -> Iterator[Found]:
    """Yield the messages of Python, those inside others too, which Babel passes over."""
    for path in sorted(SOURCE.rglob("*.py")):
        where = path.relative_to(SOURCE).as_posix()
        calls = [
            node
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in KEYWORDS
        ]
        for call in sorted(calls, key=lambda one: (one.lineno, one.col_offset)):
            name = call.func.id  # type: ignore[attr-defined]  # a name, as was asked above
            words = [one.value for one in call.args if isinstance(one, ast.Constant)]
            if name == "tr_plural" and len(words) > 1:
                yield Found(where, (words[0], words[1]), None)
            elif name == "tr_context" and len(words) > 1:
                yield Found(where, words[1], words[0])
            elif name in ("tr", "mark") and words and words[0]:
                yield Found(where, words[0], None)


def of_data() -> Iterator[Found]:
    """Yield the words of tables that are data, each once, wherever they first stand."""
    seen: set[str] = set()
    parts = (*_of_tables(), *_of_species(), *_of_settings(), *_of_shipped())
    for where, words in parts:
        for word in words:
            if any(letter.isalpha() for letter in word) and word not in seen:
                seen.add(word)
                yield Found(where, word, None)


def _of_tables() -> Iterator[tuple[str, Iterable[str]]]:
    """Yield the words of outcomes, verdicts, causes of death, layers, and classes of land cover."""
    from corridor_sim.comparison.contrasts import NEVER_VARIED, NO_CHANCE, NO_VALUE, ONE_RUN
    from corridor_sim.comparison.generations_tables import TABLE as GENERATIONS_OUTCOMES
    from corridor_sim.comparison.plan import AS_TODAY, GROUND
    from corridor_sim.datasets.andes_amazon.landscape import NAME, ORIGINS
    from corridor_sim.kernels.states import CAUSES
    from corridor_sim.landscape.covers import SHIPPED, cover_table
    from corridor_sim.landscape.io.classes import CLASSES
    from corridor_sim.landscape.layers import LAYERS
    from corridor_sim.simulation.days.outcomes import OUTCOMES
    from corridor_sim.simulation.decades.census import COLUMNS, DEATHS
    from corridor_sim.simulation.decades.outcomes import DECADES_OUTCOMES
    from corridor_sim.simulation.dispersal.outcomes import OUTCOMES as DISPERSAL_OUTCOMES
    from corridor_sim.statistics import ratios
    from corridor_sim.statistics.zones import VERDICTS

    tables = (
        ("days", OUTCOMES),
        ("decades", DECADES_OUTCOMES),
        ("dispersal", DISPERSAL_OUTCOMES),
        ("generations", GENERATIONS_OUTCOMES),
    )
    for where, table in tables:
        for one in table.values():
            words = (one.label, one.short, one.meaning, one.scale.unit, one.scale.difference_unit)
            yield f"simulation/{where}/outcomes.py", words
    yield "simulation/decades/census.py", [word for c in COLUMNS for word in (c.unit, c.meaning)]
    yield "statistics/zones.py", VERDICTS
    yield "comparison/plan.py", (*(one.label for one in GROUND), AS_TODAY)
    yield "comparison/contrasts.py", (NEVER_VARIED, NO_CHANCE, NO_VALUE, ONE_RUN)
    yield "statistics/ratios.py", (ratios.TOO_FEW, ratios.NO_RATIO, ratios.NOTHING_THERE)
    yield "kernels/states.py", CAUSES
    yield "simulation/decades/census.py", DEATHS
    yield "landscape/layers.py", [one.meaning for one in LAYERS.values()]
    yield "landscape/parts.py", ("real", "approximated", "user", "derived", "absent")
    for name in SHIPPED:
        rows = cover_table(name).rows
        yield "landscape/covers.py", [word for row in rows for word in (row.label, row.pooled)]
    yield "landscape/io/classes.py", [row[1] for rows in CLASSES.values() for row in rows]
    origins = [word for one in ORIGINS.values() for word in (one.source, one.replace_with)]
    yield "datasets/andes_amazon/landscape.py", (NAME, *origins)


def _of_species() -> Iterator[tuple[str, Iterable[str]]]:
    """Yield the summaries of the species of the package."""
    from corridor_sim.species.reader import load_species, species_keys

    for key in species_keys():
        yield f"species/catalog/{key}.toml", (load_species(key).summary,)


def _of_settings() -> Iterator[tuple[str, Iterable[str]]]:
    """Yield the words of settings of the package: of the brief, of co-benefits, of the region."""
    from corridor_sim.datasets.andes_amazon.co_benefits import TABLES
    from corridor_sim.landscape.region import shipped_region
    from corridor_sim.report.text.brief import in_english

    for section in in_english().values():
        said = [text for text in section.values() if WORD.search(BRACES.sub("", text))]
        yield "report/templates/brief.toml", said
    here = "datasets/andes_amazon"
    for one in TABLES.values():
        parts = (one.label, one.unit, one.confidence, one.sources, one.left_out)
        yield f"{here}/co_benefits.toml", parts
    yield f"{here}/region.toml", (shipped_region("andes-amazon").place or "",)


def _of_shipped() -> Iterator[tuple[str, Iterable[str]]]:
    """Yield what the experiments and scenarios of the repository are called, part by part."""
    for path in sorted([*ROOT.glob("experiments/*.toml"), *ROOT.glob("scenarios/*.toml")]):
        yield (
            f"../../{path.parent.name}/{path.name}",
            _names(tomllib.loads(path.read_text("utf-8"))),
        )


def _names(file: dict[str, Any]) -> Iterator[str]:
    """Yield name and description of a file and of its base, factors, levels, and what is beside."""
    base = file.get("base", {})
    yield from (file.get("name", ""), base.get("name", ""))
    yield from (" ".join(one.get("description", "").split()) for one in (file, base))
    for factor, levels in file.get("factors", {}).items():
        yield from (factor, *levels)
    yield from file.get("beside", {})
    yield from _places(file)
    # the plan's own words, and those of names that stand in a field of their own
    plan = file.get("plan", {})
    for key in ("cost_unit", "cost_covers", "cost_source"):
        yield " ".join(plan.get(key, "").split()).rstrip(".")


def _places(table: Any) -> Iterator[str]:
    """Yield what edits are called, and the groups of core areas that plans join."""
    if isinstance(table, dict):
        if "kind" in table:
            yield from (table.get("name", ""), *table.get("among", ()))
        table = list(table.values())
    if isinstance(table, list):
        for one in table:
            yield from _places(one)


def of_page() -> Iterator[Found]:
    """Yield the words of the page of ``corridor-sim app``, with their file as context."""
    from corridor_sim.app.words import STATIC, context_of

    folder = STATIC / "words" / "en"
    for path in sorted(folder.rglob("*.json")):
        file = path.relative_to(folder).with_suffix("").as_posix()
        for text in texts_in(json.loads(path.read_text("utf-8"))):
            yield Found(f"app/static/words/en/{file}.json", text, context_of(file))
    for path in sorted((SOURCE / "app" / "sweeps").glob("*.toml")):
        sweep = tomllib.loads(path.read_text("utf-8"))
        described = " ".join(sweep.get("description", "").split())
        given = sweep["sweep"]["parameters"].values()
        labels = [one["label"] for one in given if "label" in one]
        for text in filter(None, (described, *labels)):
            yield Found(f"app/sweeps/{path.name}", text, None)


def texts_in(value: Any) -> Iterator[str]:
    """Yield the texts of data of any depth; empty ones are nobody's to translate."""
    if isinstance(value, str):
        yield from filter(None, (value,))
    else:
        for one in value.values() if isinstance(value, dict) else value:
            yield from texts_in(one)


def update(language: str) -> Catalog:
    """Bring a catalogue in step with the messages and write it."""
    template = Catalog()
    for one in messages():
        template.add(one.message, locations=[(one.where, None)], context=one.context)
    path = path_of(language)
    kept = read(language)
    # no guesses: a changed message is a new one, and its old translation is seen to go
    kept.update(template, no_fuzzy_matching=True)
    kept.obsolete.clear()
    text = io.BytesIO()
    # a head without dates: files differ where words do
    write_po(text, kept, width=100, sort_output=True, omit_header=True, include_lineno=False)
    head = HEAD.format(language=language, plural=kept.plural_forms)
    path.write_text(head + text.getvalue().decode("utf-8"), "utf-8")
    return kept


def read(language: str) -> Catalog:
    with path_of(language).open("rb") as source:
        return read_po(source, locale=language, domain="corridor_sim")


def faults(language: str) -> list[str]:
    """Return what is wrong with a catalogue, one line a message."""
    there = read(language)
    known = {
        (one.message if isinstance(one.message, str) else one.message[0], one.context): one
        for one in messages()
    }
    wrong = [
        f"not in the catalogue: {key[0]!r}" for key in known if there.get(key[0], key[1]) is None
    ]
    for one in there:
        if not one.id:
            continue
        source = _source(one.id)
        if (source, one.context) not in known:
            wrong.append(f"no longer in the program: {source!r}")
        wrong += [f"{what}: {source!r}" for what in _unfit(one)]
    return wrong


def _unfit(one: Message) -> list[str]:
    sources = [one.id] if isinstance(one.id, str) else list(one.id)
    said = [one.string] if isinstance(one.string, str) else list(one.string)
    if not all(said):
        return ["no translation"]
    wrong = ["marked fuzzy"] if one.fuzzy else []
    for text in said:
        # a singular may say "one" in words
        fits = [set(BRACES.findall(s)) for s in sources]
        if not any(set(BRACES.findall(text)) == names for names in fits):
            wrong.append("other names in braces")
        if sorted(TAGS.findall(text)) not in [sorted(TAGS.findall(s)) for s in sources]:
            wrong.append("other tags")
        if any(
            s[:1].isspace() != text[:1].isspace() or s[-1:].isspace() != text[-1:].isspace()
            for s in sources
        ):
            wrong.append("other spaces at its ends")
    return wrong


def _source(message: Any) -> str:
    """Return the message by which an entry is found: the singular of those with a plural."""
    return message if isinstance(message, str) else message[0]


def _ends(text: str) -> tuple[bool, bool]:
    return text[:1].isspace(), text[-1:].isspace()


def main(words: list[str]) -> int:
    if words not in (["update"], ["check"]):
        print(__doc__)
        return 2
    wrong = []
    for language in LANGUAGES:
        if words == ["update"]:
            update(language)
        wrong += [f"{language}: {one}" for one in faults(language)]
    print("\n".join(wrong[:200]) or "every message has its translation")
    if len(wrong) > 200:
        print(f"and {len(wrong) - 200} more")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
