"""The folder of a page: held by one program at a time, with the word that its windows know."""

from __future__ import annotations

import os
import secrets
import sys
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import corridor_sim as cs

LOCK = ".lock"
TOKEN = ".token"
TOKEN_BYTES = 16


class Held:
    """A folder that no other program serves while this one does.

    The operating system lets go of it with the program, however that ends.

    Attributes
    ----------
    path : Path
    token : str
        Without it nothing is served; the same as long as the folder is there.
    """

    def __init__(self, path: Path) -> None:
        """Make the folder where there is none, and hold it.

        Raises
        ------
        CorridorSimError
            It cannot be made or written, or another program holds it.
        """
        self.path = path
        try:
            path.mkdir(parents=True, exist_ok=True)
            self._lock = _locked(path / LOCK)
            try:
                self.token = _token(path / TOKEN)
            except OSError:
                self.let_go()
                raise
        except OSError as bad:
            why = os.strerror(bad.errno) if bad.errno else str(bad)
            raise cs.CorridorSimError(
                f"what is drawn cannot be kept there ({why})",
                where=path,
                remedy="give another --folder",
            ) from None

    def say_where(self, address: str) -> None:
        """Write where the page is, for who tries to open the folder again."""
        # the first byte is what is locked
        with suppress(OSError):
            self._lock.seek(1)
            self._lock.truncate()
            self._lock.write(address.encode())
            self._lock.flush()

    def let_go(self) -> None:
        """Let other programs have it."""
        self._lock.close()


def _locked(path: Path) -> BinaryIO:
    """Return an open file that no other program can lock.

    Raises
    ------
    CorridorSimError
        Another has it.
    OSError
        It cannot be made.
    """
    file = path.open("r+b" if path.exists() else "w+b")
    try:
        _lock(file)
    except OSError:
        file.seek(1)
        address = file.read(200).decode("ascii", "replace")
        file.close()
        at = f" at {address}" if address.isprintable() and address else ""
        raise cs.CorridorSimError(
            f"another corridor-sim app has it open{at}",
            where=path.parent,
            remedy="use that page, stop that program, or give another --folder",
        ) from None
    return file


def _lock(file: BinaryIO) -> None:
    """Lock the first byte of a file, or raise OSError at once."""
    file.seek(0)
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _token(path: Path) -> str:
    """Return the token, made where there is none.

    Raises
    ------
    OSError
    """
    try:
        found = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        found = ""
    if len(found) != 2 * TOKEN_BYTES or not found.isalnum():
        found = secrets.token_hex(TOKEN_BYTES)
        with suppress(FileNotFoundError):
            path.unlink()
        path.touch(mode=0o600, exist_ok=False)
        path.write_text(found, encoding="ascii")
    return found
