"""Writing files whole or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

from corridor_sim.errors import ResultsError


def write_atomically(path: Path, write: Callable[[Path], None]) -> Path:
    """Call ``write`` with a temporary path beside ``path`` and put the result in its place.

    A reader sees the old file or the new one, never half of it; an interrupted write leaves the
    old one.

    Raises
    ------
    ResultsError
        If the disk is full or the folder cannot be written.
    """
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(temporary)
        os.replace(temporary, path)
    except OSError as bad:
        raise disk_error(bad, path) from bad
    finally:
        temporary.unlink(missing_ok=True)
    return path


def disk_error(bad: OSError, path: Path) -> ResultsError:
    """Return what a user can do about an operating-system error on writing ``path``."""
    if bad.errno in (errno.ENOSPC, errno.EDQUOT):
        return ResultsError(
            "the disk is full", where=path, remedy="free some space, then call again to go on"
        )
    if bad.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return ResultsError(
            "no permission to write", where=path, remedy="choose another folder with --out"
        )
    return ResultsError(
        f"cannot be written ({bad.strerror or bad})", where=path, remedy="choose another --out"
    )
