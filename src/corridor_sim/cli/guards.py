"""What the command line asks of its surroundings before any work, and what it makes of their ends.

Words, working folder and address space come from outside and can be anything.
"""

from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from corridor_sim.errors import CorridorSimError, ResourceError, ResultsError, is_seen, one_line
from corridor_sim.files import LONGEST_PART, LONGEST_PATH, is_too_long

# below, libraries written in C end the process where they find no room
LEAST_BYTES = 1.25e9
LEAST_OF_COMMAND = {"species": 0.0, "schema": 0.0, "qgis": 0.0, "landscape": 0.7e9}
_SIGNS = (
    "failed to map segment",
    "annot allocate memory",
    "cannot allocate",
    "bad_alloc",
    "can't start new thread",
    "out of memory",
)


def before_work(args: argparse.Namespace) -> None:
    """Check what a command is given and where it runs.

    Raises
    ------
    CorridorSimError
    """
    check_variables()
    check_words(vars(args))
    check_folder()
    check_room(args.command)
    if getattr(args, "quiet", False):
        os.environ["CORRIDOR_SIM_SILENT_CACHE"] = "1"


def say(text: str) -> None:
    """Say one line on standard error."""
    print(f"corridor-sim: {one_line(text)}", file=sys.stderr)


def told(bad: Exception) -> bool:
    """Say in one line what the system refused: memory, a file, the output; False for the rest."""
    if is_memory(bad):
        say(f"{out_of_memory()}; use a larger landscape.cell_m or a smaller sampling")
    elif isinstance(bad, OSError):
        say(of_system(bad))
    else:
        return False
    try:
        sys.stdout.flush()
    except OSError:
        drop_output()
    return True


def drop_output() -> None:
    """Drop what is still to be printed, which cannot be: the interpreter would try again."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    with suppress(OSError, ValueError):  # a stream without a file, as in a notebook
        os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def check_variables() -> None:
    """Refuse variables of the environment at which libraries fail as they are loaded.

    Raises
    ------
    ResourceError
    """
    for name, least, remedy in (
        ("NUMBA_NUM_THREADS", 1, "unset this variable, or give a number of threads"),
        ("SOURCE_DATE_EPOCH", 0, "unset this variable, or give seconds since 1970"),
    ):
        text = os.environ.get(name, "1")
        try:
            known = int(text) >= least
        except ValueError:
            known = False
        if not known:
            raise ResourceError(
                f"{text!r} is no whole number from {least}", where=name, remedy=remedy
            )


def check_words(words: Mapping[str, Any]) -> None:
    """Refuse words of the command line that no file can be named by and no record can hold.

    Parameters
    ----------
    words : mapping
        Of options and their values.

    Raises
    ------
    CorridorSimError
    """
    for name, value in words.items():
        option = name if name in ("file", "folder") else f"--{name.replace('_', '-')}"
        for word in value if isinstance(value, list | tuple) else (value,):
            if isinstance(word, str):
                _check_word(word, option, is_setting=name == "set")


def _check_word(word: str, option: str, *, is_setting: bool) -> None:
    where = f"{option} {word}"
    if any("\ud800" <= letter <= "\udfff" for letter in word):
        coding = sys.getfilesystemencoding().upper()
        remedy = "name it in UTF-8" if coding == "UTF-8" else "set LC_ALL=C.UTF-8"
        raise CorridorSimError(
            f"is not in the encoding of the terminal, {coding}", where=where, remedy=remedy
        )
    if is_setting:
        return
    if not is_seen(word):
        raise CorridorSimError(
            "holds a line break or another character that cannot be seen",
            where=where,
            remedy="use a plain name",
        )
    if is_too_long(word):
        raise CorridorSimError(
            "is longer than any name can be",
            where=f"{where[:100]}…",
            remedy=f"at most {LONGEST_PART} bytes between two slashes, {LONGEST_PATH} in all",
        )


def check_folder() -> None:
    """Refuse a working folder whose name the records of a study cannot hold, or that is gone.

    Raises
    ------
    ResultsError
    """
    try:
        here = os.getcwd()
    except OSError as bad:
        raise ResultsError(
            f"the working folder cannot be used: {bad.strerror}", remedy="change to another folder"
        ) from None
    if not is_seen(here):
        raise ResultsError(
            "the name of the working folder is not UTF-8, or has characters that cannot be seen",
            where=here.encode("ascii", "backslashreplace").decode(),
            remedy="rename it, or work in another one",
        )


def address_space() -> float:
    """Return the bytes that this process may address, infinity without a limit."""
    try:
        import resource
    except ImportError:  # not a system with such limits
        return float("inf")
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return float("inf") if limit == resource.RLIM_INFINITY else float(limit)


def check_room(command: str) -> None:
    """Refuse to start where the libraries alone do not fit.

    Raises
    ------
    ResourceError
    """
    least = LEAST_OF_COMMAND.get(command, LEAST_BYTES)
    if address_space() < least:
        raise ResourceError(out_of_memory(), remedy=f"give it {least / 1e9:.2g} GB at least")


def out_of_memory() -> str:
    """Say that memory is out, and what limits it."""
    limit = address_space()
    if limit == float("inf"):
        return "out of memory"
    return f"out of memory: the address space is limited to {limit / 1e9:.2g} GB (ulimit -v)"


def is_memory(bad: BaseException) -> bool:
    """Tell whether an exception comes of memory that is out, in whatever words."""
    limited = address_space() < float("inf")
    for one in _chain(bad):
        if isinstance(one, MemoryError) or getattr(one, "errno", None) == errno.ENOMEM:
            return True
        text = str(one)
        if isinstance(one, ImportError | OSError | RuntimeError) and any(s in text for s in _SIGNS):
            return True
        # a library that cannot be loaded under a limit: each says so in its own words
        if limited and (
            (isinstance(one, ImportError) and not isinstance(one, ModuleNotFoundError))
            or "shared object" in text
        ):
            return True
    return False


def _chain(bad: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while bad is not None and id(bad) not in seen:
        seen.add(id(bad))
        yield bad
        bad = bad.__cause__ or bad.__context__


def of_system(bad: OSError) -> str:
    """Return what the system says of a file or of the output."""
    why = bad.strerror or str(bad)
    return f"{os.fsdecode(bad.filename)}: {why}" if bad.filename is not None else why
