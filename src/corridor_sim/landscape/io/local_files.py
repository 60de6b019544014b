"""Files of this machine, looked at before a library opens them; odd ones are LandscapeErrors.

ASCII grids are checked as text: GDAL reads a word as 0 and goes on where a row is short. So every
value must be a number and there must be as many as the header says.
"""

from __future__ import annotations

import codecs
import difflib
import errno
import os
import re
import stat
import time
from functools import lru_cache
from pathlib import Path
from typing import Any

from corridor_sim.errors import LandscapeError, placing
from corridor_sim.files import NoRegularFile, open_regular, read_regular

# What makes GDAL take a file for a description of other sources, wherever in it this stands.
DESCRIPTIONS = re.compile(
    rb"<(?:VRTDataset|OGRVRTDataSource|GDALTileIndexDataset|GDAL_WMS|GDAL_WMTS|WCS_GDAL"
    rb"|OGRWFSDataSource|MRF_META|Capabilities)"
)
_HEADER_BYTES = 4096
TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
# within it a file may change twice and bear one time
TICK_NS = 2_000_000_000
# where a name ends that other files have in common with it
_ENDS = re.compile(r"\.|-(?:journal|wal|shm)$")
# Kinds of files beside a raster that GDAL reads with it, world files (.tfw) aside.
_PICKED_UP = (".msk", ".ovr", ".xml", ".aux", ".rrd", ".ige", ".prj", ".hdr", ".wld")


def regular_file(path: Path, *, may_be_empty: bool = False) -> Path:
    """Return ``path`` if it is a regular file that may be read, and is not empty.

    Raises
    ------
    LandscapeError
        Missing (naming the nearest file of its folder), a folder, a device, empty, a name that no
        file can have, or not readable.
    """
    try:
        with open_regular(path) as stream:
            size = os.fstat(stream.fileno()).st_size
    except (FileNotFoundError, NotADirectoryError):
        raise _missing(path) from None
    except NoRegularFile as error:
        if error.errno == errno.EISDIR:
            raise LandscapeError("is a folder, not a file", remedy="name the file in it") from None
        raise LandscapeError(
            "is a device or a pipe, not a file", remedy="give a file on the disk"
        ) from None
    except (OSError, ValueError) as error:
        raise unreadable(error) from None
    if size == 0 and not may_be_empty:
        raise LandscapeError("is empty (0 bytes)", remedy="copy or export it again")
    return path


def refuse_unreadable(path: Path) -> None:
    """Refuse a file that this user may not read."""
    try:
        with open(path, "rb"):
            pass
    except OSError as error:
        raise unreadable(error) from None


def unreadable(error: Exception) -> LandscapeError:
    """The error for what the system said when a file was touched."""
    why = getattr(error, "strerror", None) or str(error)
    return LandscapeError(
        f"cannot be read: {why}",
        remedy="correct the path"
        if not isinstance(error, PermissionError)
        else "allow yourself to read the file and the folders above it (chmod u+rX)",
    )


def _missing(path: Path) -> LandscapeError:
    folder = path.parent
    try:
        names = sorted(entry.name for entry in os.scandir(folder) if entry.is_file())
    except PermissionError as error:
        return unreadable(error)
    except OSError:
        return LandscapeError(f"no such file, and no folder {folder}", remedy="correct the path")
    close = difflib.get_close_matches(path.name, names, n=3, cutoff=0.5)
    listed = ", ".join(close or names[:5]) or "no files at all"
    lead = "did you mean" if close else "the folder holds"
    return LandscapeError("no such file", remedy=f"{lead} {listed}")


def file_bytes(path: Path, limit: int) -> bytes:
    """Return the content of a small regular file.

    Raises
    ------
    LandscapeError
        As :func:`regular_file`, or more than ``limit`` bytes.
    """
    regular_file(path)
    try:
        data = read_regular(path, limit + 1)
    except (OSError, ValueError) as error:
        raise unreadable(error) from None
    if len(data) > limit:
        size = max(os.stat(path).st_size, len(data))
        raise LandscapeError(
            f"is {size} bytes, above the limit of {limit} for such a file",
            remedy="give the right file, or cut it to what is needed",
        )
    return data


def head_of(path: Path) -> bytes:
    """The first bytes of a file, from which formats are told."""
    with open(path, "rb") as stream:
        return stream.read(_HEADER_BYTES)


def files_beside(path: Path) -> list[Path]:
    """Entries beside ``path`` that GDAL may open with it: of its stem, or of its whole name."""
    try:
        facts = os.stat(path.parent)
        # a folder that changed a moment ago may change again within one tick of the disk's clock
        now = time.time_ns()
        fresh = now if now - facts.st_mtime_ns < TICK_NS else 0
        listed = _listed(str(path.parent), facts.st_mtime_ns, facts.st_ino, fresh)
    except OSError:
        return []
    stem, name = path.stem.casefold(), path.name.casefold()
    found = {n for n in listed.get(stem, ()) if n.casefold().rpartition(".")[0] == stem}
    found |= set(listed.get(name, ()))
    return sorted(path.parent / n for n in found - {path.name})


@lru_cache(maxsize=8)
def _listed(folder: str, *_: int) -> dict[str, list[str]]:
    """Names of a folder by what of them stands before a dot, or before the ends of SQLite's files.

    A mosaic asks for the neighbours of each of its tiles, so a folder is listed once.
    """
    by_begin: dict[str, list[str]] = {}
    for name in os.listdir(folder):
        small = name.casefold()
        for found in _ENDS.finditer(small):
            by_begin.setdefault(small[: found.start()], []).append(name)
    return by_begin


def refuse_special_beside(path: Path) -> list[Path]:
    """Return the files beside ``path``; refuse pipes and devices, at which GDAL waits for ever."""
    beside = files_beside(path)
    for other in beside:
        with placing(f": {other.name} beside it"):
            try:
                mode = os.stat(other).st_mode
            except FileNotFoundError:  # a link that leads nowhere is nothing to GDAL either
                continue
            except OSError as error:
                raise unreadable(error) from None
            if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                raise LandscapeError("is no regular file", remedy="take it away or rename it")
    return beside


def look_beside(path: Path) -> None:
    """Refuse files beside a raster that would make GDAL open something else, or wait for ever."""
    for other in refuse_special_beside(path):
        kind = other.suffix.casefold()
        if kind not in _PICKED_UP and not re.fullmatch(r"\.\w{1,3}w", kind):
            continue
        with placing(f": {other.name} beside it"):
            try:
                if not stat.S_ISREG(os.stat(other).st_mode):
                    raise LandscapeError("is no regular file", remedy="take it away or rename it")
                head = head_of(other)
            except OSError as error:
                raise unreadable(error) from None
            named = kind == ".xml" and b"OVERVIEW_FILE" in read_regular(other, 1 << 24)
            foreign = kind in (".msk", ".ovr") and not head.startswith((*TIFF, b"EHFA"))
            if named or foreign or DESCRIPTIONS.search(head):
                raise LandscapeError(
                    "is a description of other files, which is never followed",
                    remedy="take it away; masks and overviews must be GeoTIFF",
                )


def refuse_odd_tile(path: Path) -> None:
    """Refuse a tile of a mosaic that is no GeoTIFF: GDAL opens tiles with any driver."""
    regular_file(path)
    head = head_of(path)
    if not head.startswith(TIFF) or DESCRIPTIONS.search(head):
        raise LandscapeError("is no GeoTIFF", remedy="bring it there: gdal_translate in out.tif")
    look_beside(path)


# GDAL looks at the beginning only to tell whole numbers from others, and cuts the others off.
AS_NUMBERS = {"AAIGRID_DATATYPE": "Float64"}
_KEY = re.compile(
    rb"ncols|nrows|[xy]ll(?:corner|center)|cellsize|dx|dy|nodata_value", re.IGNORECASE
)
# A comma is the decimal sign of spreadsheets; GDAL takes it for one. Each part can match in one way
# only, so that a long line that does not match is found out as fast.
_NUMBER = rb"(?:[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?|[+-]?[nN][aA][nN])"
_ONE = re.compile(_NUMBER)
_LINE = re.compile(rb"\s*(?:" + _NUMBER + rb"\s+)*(?:" + _NUMBER + rb")?\s*")


def refuse_odd_beginning(path: Path) -> None:
    """Name what keeps an ASCII grid from being taken for one: a mark, blanks, two-byte letters.

    Raises
    ------
    LandscapeError
        The file begins with these before its header.
    """
    head = head_of(path)
    text = head.removeprefix(codecs.BOM_UTF8)
    begins = text.lstrip().lower().startswith((b"ncols", b"nrows"))
    two_bytes = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    remedy = "save it as plain text (UTF-8 without a byte order mark)"
    if two_bytes and b"ncols" in head.replace(b"\0", b"").lower():
        problem = "is an ASCII grid of two-byte letters (UTF-16)"
    elif text != head and begins:
        problem = "begins with a byte order mark before its header"
    elif text[:1].isspace() and begins:
        problem = "has blanks before the first word of its header"
        remedy = "take them away: the file must begin with ncols"
    else:
        return
    raise LandscapeError(problem, remedy=remedy)


def refuse_odd_text(src: Any, path: Path) -> None:
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
            if header and parts and _KEY.fullmatch(parts[0]):
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
                        remedy="correct the line; where there is no value write the NODATA_value "
                        "of the header",
                    )
    if found != src.width * src.height:
        raise LandscapeError(
            f"holds {found} numbers, its header says {src.height} x {src.width} = "
            f"{src.width * src.height}",
            remedy="correct ncols and nrows, or copy the file again if it was cut short",
        )
