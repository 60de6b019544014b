"""What TOML can say and no settings file means, found before anything else looks at it."""

from __future__ import annotations

import re
import tomllib
from typing import Any, NamedTuple

Location = tuple[str | int, ...]

# the deepest place of any file of ours is at ten
MOST_DEPTH = 32
# TOML promises whole numbers of 64 bits
LARGEST = 2**63 - 1
# tomllib copies all parts before for every part of a dotted key: 50,000 parts take a minute
MOST_PARTS = 500
_MANY_PARTS = re.compile(
    rf"""(?<![\w-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){{{MOST_PARTS}}}"""
)
# NUL ends names and texts in most libraries; half a character is none
_NO_TEXT = re.compile("[\0\ud800-\udfff]")


class Odd(NamedTuple):
    """A value that no key takes: where, what is wrong, what to do."""

    location: Location
    problem: str
    remedy: str


def loads(text: str) -> dict[str, Any]:
    """Return TOML text as plain data.

    Raises
    ------
    ValueError
        It is not TOML, or a number is too long to be read.
    RecursionError
        It is nested deeper than anybody reads.
    """
    if text.count(".") >= MOST_PARTS and _MANY_PARTS.search(text):
        raise RecursionError
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise
    except ValueError as bad:
        if "digits" in str(bad):
            raise ValueError("a whole number has too many digits") from None
        raise


def first_odd(data: Any) -> Odd | None:
    """Return the first value of plain data that no key of any file takes, if there is one.

    Nested too deeply, a whole number beyond 64 bits, a text with NUL or half a character.
    Does not recurse: the data may be as deep as they like.
    """
    waiting: list[tuple[Location, Any]] = [((), data)]
    while waiting:
        location, value = waiting.pop()
        kind = type(value)
        if kind is float or kind is bool:
            continue
        if kind is str:
            bad = None if value.isprintable() else _NO_TEXT.search(value)
            if bad is not None:
                return Odd(
                    location,
                    f"the text holds a character that no file can hold (U+{ord(bad[0]):04X})",
                    "take it out",
                )
        elif kind is int:
            if not -LARGEST - 1 <= value <= LARGEST:
                return Odd(location, "a whole number of more than 64 bits", "give a smaller number")
        elif kind is dict or kind is list:
            if len(location) >= MOST_DEPTH and value:
                return Odd(location[:2], "nested too deeply", "flatten the tables and arrays")
            items = value.items() if kind is dict else enumerate(value)
            waiting += [((*location, key), one) for key, one in reversed(list(items))]
    return None
