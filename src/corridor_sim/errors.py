"""Exceptions that a user can act on: each names the place, the value and the remedy.

The command line prints ``str(error)`` as one line and exits with code 2, so a message must stand
alone without a traceback.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from pathlib import Path


class CorridorSimError(Exception):
    """Base of every error that a user can mend. One line: place, what is wrong, what to do."""

    def __init__(self, problem: str, *, where: str | Path | None = None, remedy: str = "") -> None:
        self.problem = problem
        self.where = None if where is None else str(where)
        self.remedy = remedy
        place = f"{self.where}: " if self.where else ""
        tail = f"; {remedy}" if remedy else ""
        super().__init__(printable(" ".join(f"{place}{problem}{tail}".split())))


class ScenarioError(CorridorSimError):
    """A scenario or experiment file has an unknown key, a wrong type or an impossible value."""


class SpeciesError(CorridorSimError):
    """A species file is wrong, or a species cannot live on the landscape."""


class LandscapeError(CorridorSimError):
    """A raster or vector layer is missing, misfits the others or holds impossible values."""


class ResultsError(CorridorSimError):
    """A results directory cannot be used: another experiment, not writable, disk full."""


class ResourceError(CorridorSimError):
    """The run does not fit into the memory or time that the machine or the user allows."""


# C0 and C1 controls, halves of characters, and what turns the direction of writing round
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    r"""Return text as a terminal may have it: a name cannot move the cursor or hide a line.

    >>> print(printable("Ucayali \x1b[2J"))
    Ucayali \x1b[2J
    """
    return _UNPRINTABLE.sub(lambda found: ascii(found[0])[1:-1], text)


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
