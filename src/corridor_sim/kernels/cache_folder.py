"""Where compiled kernels are kept: a folder that nobody else can write, or none.

What is loaded from there is run. So the folder and all above it must belong to this user or to the
system, nobody else may be allowed to write there, and no link may lead elsewhere. Folders that
everybody can write, like the temporary one, do if they are sticky: nobody can rename what is ours.
"""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from pathlib import Path

# set where nothing shall be said: by --quiet, and for processes of one that has said it
SILENT = "CORRIDOR_SIM_SILENT_CACHE"
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def say_once(text: str) -> None:
    """Say something about the cache on standard error, once for a process and its workers."""
    if os.environ.get(SILENT):
        return
    os.environ[SILENT] = "1"
    line = " ".join(text.split())
    print(f"corridor-sim: {line.encode('ascii', 'backslashreplace').decode()}", file=sys.stderr)


def cache_roots() -> list[Path]:
    """Return the folders that may hold the cache, the best first."""
    roots = []
    if os.environ.get("NUMBA_CACHE_DIR"):
        roots.append(Path(os.environ["NUMBA_CACHE_DIR"]))
    if os.environ.get("XDG_CACHE_HOME"):
        roots.append(Path(os.environ["XDG_CACHE_HOME"]))
    home = os.path.expanduser("~")
    # an empty HOME would be the root of the disk
    if home not in ("~", "/"):
        roots.append(Path(home) / ".cache")
    user = getattr(os, "getuid", lambda: "user")()
    roots.append(Path(tempfile.gettempdir()) / f"corridor_sim-{user}")
    return roots


def private_folder(root: Path, name: str) -> Path | None:
    """Return ``root/corridor_sim/name``, made where it is not there; None where others can write.

    Raises
    ------
    OSError
        It cannot be made, or not written.
    """
    for each in (*reversed(root.parents), root):
        if not each.is_dir():
            each.mkdir(mode=0o700, exist_ok=True)
    # where the user's own links lead is the user's affair; below, there shall be none
    root = root.resolve(strict=True)
    own, folder = root / "corridor_sim", root / "corridor_sim" / name
    for each in (own, folder):
        each.mkdir(mode=0o700, exist_ok=True)
    if os.name == "posix":
        if not all(_guarded(each) for each in (root, *root.parents)):
            return None
        facts = own.lstat()
        if _is_ours(facts) and facts.st_mode & _OTHERS_WRITE:
            own.chmod(0o700)  # of an older version under a generous umask
        if not all(_is_ours(each.lstat()) for each in (own, folder)):
            return None
        if (own.lstat().st_mode | folder.lstat().st_mode) & _OTHERS_WRITE:
            return None
    with tempfile.TemporaryFile(dir=folder):
        pass
    return folder


def _is_ours(facts: os.stat_result) -> bool:
    return stat.S_ISDIR(facts.st_mode) and facts.st_uid == os.geteuid()


def _guarded(folder: Path) -> bool:
    """Tell whether nobody but this user and the system can put another folder in this one."""
    facts = folder.stat()
    if facts.st_uid not in (0, os.geteuid()) and not _is_outside(facts.st_uid):
        return False
    return not facts.st_mode & _OTHERS_WRITE or bool(facts.st_mode & stat.S_ISVTX)


def _is_outside(uid: int) -> bool:
    """Tell whether an owner is unknown in this container, as the system outside often is there."""
    try:
        if uid != int(Path("/proc/sys/kernel/overflowuid").read_text()):
            return False
        rows = [line.split() for line in Path("/proc/self/uid_map").read_text().splitlines()]
        return not any(int(row[0]) <= uid < int(row[0]) + int(row[2]) for row in rows)
    except (OSError, ValueError, IndexError):
        return False


def cache_folder(name: str) -> str:
    """Return the first folder that can be written by this user alone; empty where there is none."""
    for root in cache_roots():
        try:
            folder = private_folder(root, name)
        except (OSError, ValueError, RuntimeError):
            continue  # read-only, full, in a loop of links, or a name that cannot be one
        if folder is not None:
            return str(folder)
        say_once(f"{root}: others can write there, so that compiled code is not kept in it")
    return ""
