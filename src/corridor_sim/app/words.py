"""Words of the page in the reader's language: English stands in ``static/words/en``, a file a view.

Every other language is the package's catalogue, where the file is the context of a word.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import corridor_sim as cs

STATIC = Path(__file__).parent / "static"
# with decimals or thousands; not volumes, pages and years of literature
NUMBER = re.compile(r"(?<![\w.,:])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?![\w:]|[.,]\d)")
FILES = ("page", "look", "watch", "change", "keep", "learn")


@cache
def _words(file: str) -> dict[str, Any]:
    found = json.loads((STATIC / "words" / "en" / f"{file}.json").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def word(key: str, **values: object) -> str:
    """Return the words of a dotted key in the current language, with ``{names}`` filled in.

    >>> word("server.unread")
    'This cannot be read. Load the page again.'
    """
    file, *parts = key.split(".")
    found: Any = _words(file)
    for part in parts:
        found = found[part]
    return str(told(found, file)).format_map({k: str(v) for k, v in values.items()})


def words_of(file: str) -> Any:
    """Return all words of a file in the current language, under the keys that they have there."""
    return told(_words(file), file)


def told(value: Any, file: str) -> Any:
    """Return words of a file, of any depth, in the current language."""
    if isinstance(value, dict):
        return {key: told(one, file) for key, one in value.items()}
    if isinstance(value, list):
        return [told(one, file) for one in value]
    return _in_language(value, file) if value else value


def _in_language(text: str, file: str) -> str:
    """Return one text in the current language.

    Numbers in it stand in the catalogue as English writes them, for a country decides on that.
    """
    found = cs.languages.tr_context(context_of(file), text)
    return NUMBER.sub(lambda number: cs.languages.written(number[0]), found)


def context_of(file: str) -> str:
    """Return the context under which the words of a file stand in the catalogue."""
    return f"page/{file}"
