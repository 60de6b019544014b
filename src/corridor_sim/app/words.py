"""Words that the program itself says on the page; they stand beside those of the page."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

STATIC = Path(__file__).parent / "static"


@cache
def _words(file: str) -> dict[str, Any]:
    found = json.loads((STATIC / "words" / "en" / f"{file}.json").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def word(key: str, **values: object) -> str:
    """Return the words of a dotted key, with ``{names}`` filled in.

    >>> word("server.unread")
    'This cannot be read. Load the page again.'
    """
    file, *parts = key.split(".")
    found: Any = _words(file)
    for part in parts:
        found = found[part]
    return str(found).format_map({k: str(v) for k, v in values.items()})
