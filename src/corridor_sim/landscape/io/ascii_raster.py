"""ASCII grids, checked as text: GDAL reads a word as 0 and goes on where a row is short.

So every value must be a number and there must be as many as the header says.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path
from typing import Any

from corridor_sim.errors import LandscapeError
from corridor_sim.landscape.io.local_files import head_of

# GDAL looks at the beginning only to tell whole numbers from others, and cuts the others off.
AS_NUMBERS = {"AAIGRID_DATATYPE": "Float64"}
_KEYS = (
    b"ncols",
    b"nrows",
    b"xllcorner",
    b"yllcorner",
    b"xllcenter",
    b"yllcenter",
    b"cellsize",
    b"dx",
    b"dy",
    b"nodata_value",
)
# A comma is the decimal sign of spreadsheets; GDAL takes it for one. Each part can match in one way
# only, so that a long line that does not match is found out as fast.
_NUMBER = rb"(?:[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?|[+-]?[nN][aA][nN])"
_ONE = re.compile(_NUMBER)
_LINE = re.compile(rb"\s*(?:" + _NUMBER + rb"\s+)*(?:" + _NUMBER + rb")?\s*")


def refuse_odd_beginning(path: Path, where: str) -> None:
    """Name what keeps an ASCII grid from being taken for one: a mark, blanks, two-byte letters.

    Raises
    ------
    LandscapeError
        The file begins with these before its header.
    """
    head = head_of(path)
    if (
        head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        and b"ncols" in head.replace(b"\0", b"").lower()
    ):
        raise LandscapeError(
            "is an ASCII grid of two-byte letters (UTF-16)",
            where=where,
            remedy="save it as plain text (UTF-8 without a byte order mark)",
        )
    text = head.removeprefix(codecs.BOM_UTF8)
    if text != head and text.lstrip().lower().startswith((b"ncols", b"nrows")):
        raise LandscapeError(
            "begins with a byte order mark before its header",
            where=where,
            remedy="save it as plain text (UTF-8 without a byte order mark)",
        )
    if text[:1].isspace() and text.lstrip().lower().startswith((b"ncols", b"nrows")):
        raise LandscapeError(
            "has blanks before the first word of its header",
            where=where,
            remedy="take them away: the file must begin with ncols",
        )


def refuse_odd_text(src: Any, path: Path, where: str) -> None:
    """Refuse an ASCII grid with a word among its numbers, or with too few or too many of them.

    Raises
    ------
    LandscapeError
        Naming the line and the word, or the numbers found and needed.
    """
    if src.driver != "AAIGrid":
        return
    found, header = 0, True
    with open(path, "rb") as file:
        for number, line in enumerate(file, 1):
            parts = line.split()
            if header and parts and parts[0].lower() in _KEYS:
                continue
            header = header and not parts
            found += len(parts)
            if _LINE.fullmatch(line):
                continue
            for part in parts:
                if not _ONE.fullmatch(part):
                    word = part[:40].decode("ascii", "replace")
                    raise LandscapeError(
                        f"line {number} holds {word!r}, which is no number",
                        where=where,
                        remedy="correct the line; where there is no value write the NODATA_value "
                        "of the header",
                    )
    if found != src.width * src.height:
        raise LandscapeError(
            f"holds {found} numbers, its header says {src.height} x {src.width} = "
            f"{src.width * src.height}",
            where=where,
            remedy="correct ncols and nrows, or copy the file again if it was cut short",
        )
