"""Exceptions that a user can act on: each names the place, the value and the remedy.

The command line prints ``str(error)`` as one line and exits with code 2, so a message must stand
alone without a traceback.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

# longer than any message of ours; what goes beyond is a name or a text of the user
LONGEST_LINE = 1200
# they shape letters of some scripts: the only characters without a sign of their own that stay
JOINERS = "\u200c\u200d"


def one_line(text: str) -> str:
    """Return a text as one line that any terminal can show: what cannot be seen is escaped.

    >>> one_line("a\\x1b[31m\\n b")
    'a\\\\x1b[31m b'
    """
    line = visible(" ".join(text.split()))
    if len(line) <= LONGEST_LINE:
        return line
    half = LONGEST_LINE // 2
    return f"{line[:half]} ... {line[-half:]}"


def visible(text: str, keep: str = "") -> str:
    r"""Return a text with what cannot be seen escaped: a name cannot move the cursor.

    >>> print(visible("Ucayali \x1b[2J"))
    Ucayali \x1b[2J
    """
    if text.isprintable():
        return text
    return "".join(
        c if is_seen(c) or c in keep else c.encode("unicode_escape").decode() for c in text
    )


def is_seen(text: str) -> bool:
    """Tell whether a text is one line of characters that can be seen."""
    return text.isprintable() or all(
        c.isprintable() or c in JOINERS or unicodedata.category(c) == "Zs" for c in text
    )


class CorridorSimError(Exception):
    """Base of every error that a user can mend. One line: place, what is wrong, what to do."""

    def __init__(self, problem: str, *, where: str | Path | None = None, remedy: str = "") -> None:
        self.problem = problem
        self.where = None if where is None else str(where)
        self.remedy = remedy
        place = f"{self.where}: " if self.where else ""
        tail = f"; {remedy}" if remedy else ""
        super().__init__(one_line(f"{place}{problem}{tail}"))


class ScenarioError(CorridorSimError):
    """A scenario or experiment file has an unknown key, a wrong type or an impossible value."""


class SpeciesError(CorridorSimError):
    """A species file is wrong, or a species cannot live on the landscape."""


class LandscapeError(CorridorSimError):
    """A raster or vector layer is missing, misfits the others or holds impossible values."""


class TracksError(CorridorSimError):
    """Tracks of collared animals cannot be read, or do not hold what is asked of them."""


class ResultsError(CorridorSimError):
    """A results directory cannot be used: another experiment, not writable, disk full."""


class ResourceError(CorridorSimError):
    """The run does not fit into the memory or time that the machine or the user allows."""


@contextmanager
def placing(where: str | Path, error: type[CorridorSimError] | None = None) -> Iterator[None]:
    """Name the place of errors raised within that name none.

    Who opens a file names it; who reads it says what is wrong. A place that begins with a colon
    (``: its tile a.tif``) is one inside the place around it. With ``error`` they are told as
    errors of that class, and any place of theirs is one inside.
    """
    try:
        yield
    except CorridorSimError as bad:
        inside = bad.where or ""
        if inside and not inside.startswith(": "):
            if error is None:
                raise
            inside = f": {inside}"
        told = (error or type(bad))(bad.problem, where=f"{where}{inside}", remedy=bad.remedy)
        raise told from bad.__cause__


def clipped(text: str, width: int = 400) -> str:
    """Return a text, or its beginning where it is longer than ``width`` characters.

    >>> clipped("corridors", 8)
    'corri...'
    """
    return text if len(text) <= width else text[: width - 3] + "..."


def shown(value: object) -> str:
    """Return how messages show a value: whole if it is short, else its beginning.

    >>> shown("Río"), shown([1.5]), shown("a" * 80)[-8:]
    ("'Río'", '[1.5]', 'aaaaa...')
    """
    if isinstance(value, int) and value.bit_length() > 256:
        return "a number of very many digits"
    try:
        return clipped(repr(value), 60)
    except (ValueError, RecursionError):  # something of that kind inside
        return f"this {type(value).__name__}"


def nearest(word: str, allowed: Iterable[str]) -> str:
    """Return a remedy naming the allowed word closest to ``word``, or all allowed words.

    >>> nearest("step_lenght", ["step_length", "seed"])
    "did you mean 'step_length'?"
    """
    options = sorted(allowed)
    close = difflib.get_close_matches(word, options, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    return "allowed: " + ", ".join(options)


def refuse_unknown(
    name: str,
    known: Collection[str],
    problem: str,
    *,
    where: str | Path | None,
    error: type[CorridorSimError] = ScenarioError,
) -> None:
    """Refuse a name that is none of those known, with the nearest of them.

    Raises
    ------
    CorridorSimError
        Of the kind asked for.
    """
    if name not in known:
        raise error(problem, where=where, remedy=nearest(name, known))


def counted(n: float, word: str) -> str:
    """Write a count with its noun.

    >>> counted(1, "core area"), counted(1200, "run"), counted(2, "species")
    ('1 core area', '1,200 runs', '2 species')
    """
    if n == 1:
        return f"1 {word}"
    return f"{n:,} {word if word.endswith('s') else word + 's'}"
