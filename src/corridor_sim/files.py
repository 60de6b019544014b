"""Open only what is a file, and write a file whole or not at all.

When the disk does not allow it, one line says so.
"""

from __future__ import annotations

import csv
import errno
import io
import os
import re
import shutil
import socket
import stat
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from corridor_sim.errors import ResultsError

if TYPE_CHECKING:
    import pandas as pd


# bytes that file systems take between two slashes, and in all
LONGEST_PART, LONGEST_PATH = 255, 4095


def is_too_long(path: str) -> bool:
    """Whether a path is longer than that of any file can be."""
    whole = os.fsencode(path)
    return len(whole) > LONGEST_PATH or max(map(len, whole.split(b"/"))) > LONGEST_PART


class NoRegularFile(OSError):
    """A folder, a device, a pipe or a socket stands where a file is needed.

    ``errno`` is ``EISDIR`` for a folder, ``EINVAL`` for the rest.
    """


def open_regular(path: str | Path) -> BinaryIO:
    """Open a regular file for reading bytes; never wait for anybody to write.

    Every file that comes from elsewhere is opened here; who calls says it in words of its own.

    Raises
    ------
    NoRegularFile
        It is something else than a file; devices and pipes are not even opened.
    OSError, ValueError
        It cannot be opened; the name cannot be one.
    """
    facts = os.stat(path)
    # those of /proc say that they are, and some then let the reader wait for ever
    kernel = facts.st_size == 0 and os.path.realpath(path).startswith("/proc/")
    if kernel or not stat.S_ISREG(facts.st_mode):
        number = errno.EISDIR if stat.S_ISDIR(facts.st_mode) else errno.EINVAL
        raise NoRegularFile(number, "is no regular file", os.fspath(path))
    # what became a pipe since then must not make the reader wait either
    way = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    return open(os.open(path, way), "rb")


def read_regular(path: Path, most: int) -> bytes:
    """Return the first ``most`` bytes of a regular file; errors as :func:`open_regular`."""
    with open_regular(path) as file:
        content = file.read(most)
    if content is None:
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN), os.fspath(path))
    return content


_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn a full disk or a folder that cannot be written into one actionable line."""
    try:
        yield
    except (OSError, RuntimeError) as error:
        number = error.errno if isinstance(error, OSError) else None
        if number in _FULL:
            raise _full(path, number) from error
        raise ResultsError(
            f"cannot be written: {os.strerror(number) if number else error}",
            where=path,
            remedy="choose another output directory with --out",
        ) from error


def _full(path: Path, number: int | None) -> ResultsError:
    folder = next(p for p in (*path.absolute().parents, Path("/")) if p.is_dir())
    remedy = "free space or choose another output directory with --out, then run again"
    if number == errno.EFBIG:
        what = "no file may be so large here"
        remedy = (
            "raise the limit (ulimit -f) or choose another output directory with --out, then "
            "run again"
        )
    elif number == errno.EDQUOT:
        what = "your share of the disk is used up (quota)"
    elif _no_further_file(folder):
        what = "the disk takes no further files, however small (inodes)"
        remedy = "delete some or choose another output directory with --out, then run again"
    else:
        what = f"the disk is full ({shutil.disk_usage(folder).free / 1e6:.1f} MB free)"
    return ResultsError(f"{what}: the file was not written", where=path, remedy=remedy)


def _no_further_file(folder: Path) -> bool:
    """Tell whether a disk has room for bytes but none for another file."""
    if not hasattr(os, "statvfs"):
        return False
    found = os.statvfs(folder)
    return found.f_files > 0 and found.f_favail == 0


def write_text(path: Path, text: str) -> Path:
    """Write ``text`` as UTF-8 to ``path`` whole or not at all, and return ``path``."""
    return write_bytes(path, text.encode())


# by this mark a spreadsheet knows UTF-8; without it Excel shows "Río" as "RÃ­o"
BOM = "\ufeff"


def write_csv(path: Path, head: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
    """Write rows under a head as CSV that spreadsheets open, atomically, and return the path.

    Raises
    ------
    ResultsError
        The disk is full, or the folder cannot be written.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([no_formula(one) for one in head])
    writer.writerows([_plain(value) for value in row] for row in rows)
    return write_text(path, BOM + text.getvalue())


def _plain(value: object) -> object:
    """Return a negative zero as zero, whose sign readers take for a loss; a text as no formula."""
    if isinstance(value, str):
        return no_formula(value)
    return 0.0 if isinstance(value, float) and value == 0 else value


# with which a spreadsheet begins a formula, or what may run as one
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def no_formula(text: str) -> str:
    """Return a text as a spreadsheet takes it for text: what begins a formula gets an apostrophe.

    Names in files of users may hold anything, and CSV has no types. Numbers stay as they are.

    >>> no_formula("=HYPERLINK(1)"), no_formula("-0.5"), no_formula("Río")
    ("'=HYPERLINK(1)", '-0.5', 'Río')
    """
    if not text.startswith(FORMULA):
        # where no line ends with it, Python leaves it bare in CSV, and readers stumble
        return text.replace("\r", " ")
    try:
        float(text)
    except ValueError:
        return "'" + text.replace("\r", " ")
    return text if text[0] in "+-" else "'" + text.replace("\r", " ")


def frame_csv(frame: pd.DataFrame) -> str:
    """Return a table as CSV text in full, for programs; :mod:`.spreadsheets` writes for people.

    Negative zeros are written as zeros, and no text as a formula.
    """
    import numpy as np

    numbers = list(frame.select_dtypes(np.floating).columns)
    plain = {name: frame[name] + 0.0 for name in numbers}
    for name in frame.select_dtypes(exclude=[np.number, "bool", "datetime", "datetimetz"]).columns:
        plain[name] = frame[name].map(lambda v: no_formula(v) if isinstance(v, str) else v)
    written = frame.assign(**plain)
    written.columns = [no_formula(str(name)) for name in frame.columns]
    return written.to_csv(index=False, lineterminator="\n")


def write_bytes(path: Path, data: bytes | memoryview) -> Path:
    """Write ``data`` to ``path`` whole or not at all, and return ``path``.

    Raises
    ------
    ResultsError
        The disk is full, or the folder cannot be written.
    """
    path = Path(path)
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.{_writer()}{threading.get_ident()}")
        try:
            with part.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    return path


def _writer() -> str:
    return f"{socket.gethostname()}~{os.getpid()}~"


_UNFINISHED = re.compile(r"\..+\.([^~/]+)~(\d+)~\w+")
OTHERS_PATIENCE_S = 86_400.0


def is_unfinished(name: str) -> bool:
    """Whether a file of this name is half of one that is being written, or was when killed."""
    return _UNFINISHED.fullmatch(name) is not None


def is_empty(folder: Path) -> bool:
    """Whether a path is a folder in which nothing lies; half-written files count as nothing."""
    return folder.is_dir() and all(is_unfinished(path.name) for path in folder.iterdir())


def sweep_unfinished(folder: Path) -> None:
    """Remove what killed processes left half-written in a folder.

    Those of this machine are known to be gone; those of others count as gone after a day.
    """
    try:
        names = [name for name in os.listdir(folder) if is_unfinished(name)]
    except OSError:
        return
    for name in names:
        path = folder / name
        found = _UNFINISHED.fullmatch(name)
        assert found is not None
        if found[1] == socket.gethostname():
            gone = not _is_alive(int(found[2]))
        else:
            try:
                gone = time.time() - path.stat().st_mtime > OTHERS_PATIENCE_S
            except OSError:
                continue
        if gone and path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif gone:
            path.unlink(missing_ok=True)


def _is_alive(pid: int) -> bool:
    if os.name == "nt":
        return True  # there, asking ends the process
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OverflowError:
        return False
    except OSError:
        pass
    return True


@contextmanager
def written_beside(path: Path) -> Iterator[Path]:
    """A place on the same disk for a library to write; the file moves to ``path`` when whole."""
    path = Path(path)
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            dir=path.parent, prefix=f".{path.name}.{_writer()}"
        ) as folder:
            part = Path(folder) / path.name
            try:
                yield part
            except (OSError, RuntimeError) as error:
                # SQLite reports a full disk in words of its own.
                if "is full" in str(error) or shutil.disk_usage(folder).free < 1 << 20:
                    raise OSError(errno.ENOSPC, str(error)) from error
                raise
            os.replace(part, path)
