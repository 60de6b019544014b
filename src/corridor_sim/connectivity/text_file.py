"""Text files from anywhere: opened, unpacked and taken apart, with a line for whatever is wrong."""

from __future__ import annotations

import codecs
import gzip
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import LandscapeError, placing
from corridor_sim.files import open_regular
from corridor_sim.landscape.io.local_files import head_of, regular_file

F8 = NDArray[np.float64]
NUMERIC = b"0123456789+-.eE \t\r\n"
LONGEST_NUMBER = 64
LONGEST_LINE = 400
MAX_POINTS = 100_000
GZIP_MARK = b"\x1f\x8b"
LIKE = "use plain text in UTF-8, an ESRI ASCII grid or a GeoTIFF"


def size_of(path: Path) -> int:
    """Return the bytes of a regular file.

    Raises
    ------
    LandscapeError
        As :func:`corridor_sim.landscape.io.local_files.regular_file`.
    """
    return os.stat(_checked(path)).st_size


def _checked(path: Path) -> Path:
    # who reads an empty list says what should stand in it
    with placing(path):
        return regular_file(path, may_be_empty=True)


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for reading past its byte order mark, unpacked where it is gzip.

    Raises
    ------
    LandscapeError
    """
    _checked(path)
    try:
        with open_regular(path) as raw:
            packed = raw.read(2) == GZIP_MARK
            raw.seek(0)
            file: IO[bytes] = gzip.GzipFile(fileobj=raw) if packed else raw  # type: ignore[assignment]  # a GzipFile reads, seeks and tells like a file
            start = file.read(3)
            if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                raise LandscapeError("is text in UTF-16", where=path, remedy="save it as UTF-8")
            file.seek(3 if start == codecs.BOM_UTF8 else 0)
            yield file
    except (OSError, EOFError, zlib.error) as error:
        number = error.errno if isinstance(error, OSError) else None
        what = os.strerror(number) if number else str(error)
        raise LandscapeError(
            f"cannot be read: {what}",
            where=path,
            remedy="check that you may read it and that it is whole",
        ) from error


def is_packed(path: Path) -> bool:
    """Whether a file is gzip."""
    return head_of(_checked(path)).startswith(GZIP_MARK)


def first_word(path: Path) -> str | None:
    """First word of a text file in lower case, None for what is no text."""
    with opened(path) as file:
        start = file.read(1000)
    if b"\0" in start:
        return None
    words = start.split(None, 1)
    return words[0].decode("ascii", "replace").lower() if words else ""


def lines_of(
    path: Path, numbers_a_line: int, longest: int = LONGEST_LINE, most: int = MAX_POINTS
) -> list[tuple[int, bytes]]:
    """Lines of a list of numbers with their count from 1, without empty ones; ``most`` at most.

    Raises
    ------
    LandscapeError
        No text, a line that is too long, or more lines than points are allowed.
    """
    out: list[tuple[int, bytes]] = []
    with opened(path) as file:
        number = 0
        while text := file.readline(longest + 1):
            number += 1
            if len(text) > longest or b"\0" in text:
                raise LandscapeError(
                    "is no line of numbers" if b"\0" in text else "is a very long line",
                    where=f"{path}:{number}",
                    remedy=f"give {numbers_a_line} numbers on each line of a text file",
                )
            if text.strip(b" \t\r\n\x1a"):
                if len(out) == most:
                    raise LandscapeError(
                        f"has more than {most} lines", where=path, remedy="give fewer"
                    )
                out.append((number, text))
    return out


def numbers(text: bytes, count: int, path: Any, line: int, *, with_nan: bool = False) -> F8:
    """Return the ``count`` finite numbers of one line, or NaN where that is allowed.

    Raises
    ------
    LandscapeError
    """
    place = f"{path}:{line}"
    words = text.split()
    if len(words) != count:
        comma = count > 1 and b"," in text
        raise LandscapeError(
            f"{len(words)} numbers instead of {count}",
            where=place,
            remedy="separate numbers by blanks, with a point for decimals"
            if comma
            else f"give {count} on the line"
            if count > 1
            else "correct the line",
        )
    try:
        plain = text.lower().replace(b"nan", b"") if with_nan else text
        if plain.translate(None, NUMERIC):
            raise ValueError
        values = np.array(words).astype(np.float64)
    except ValueError:
        wrong = next((word for word in words if not _is_number(word)), words[0])
        raise LandscapeError(
            f"{_shown(wrong)!r} is no number", where=place, remedy=_remedy(wrong)
        ) from None
    finite = np.isfinite(values) | (np.isnan(values) if with_nan else False)
    if not np.all(finite):
        raise LandscapeError("a number is too large", where=place, remedy="use no data")
    return values


def _shown(word: bytes) -> str:
    return word[:40].decode("utf-8", "replace").encode("ascii", "replace").decode()


def _remedy(word: bytes) -> str:
    if b"," in word and _is_number(word.replace(b",", b".", 1)):
        return "write decimals with a point"
    if word.lower().strip(b"+-") == b"nan":
        return "write the NODATA_value in its place, or NODATA_value nan in the header"
    return "give plain numbers, and NODATA_value where there is no data"


def _is_number(word: bytes) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return not word.translate(None, NUMERIC)
