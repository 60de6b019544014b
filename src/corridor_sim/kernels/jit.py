"""One home for the compiler flags and the place where compiled kernels are kept.

A cached kernel is reused only while no source file of this folder and no version of numba, Python
or numpy has changed, because all of them are hashed into the name of the cache folder: numba alone
would not notice that a called function in another file was edited. The folder is the first writable
one of ``NUMBA_CACHE_DIR``, the user's cache folder and the temporary folder, so read-only installs
and machines without a home directory work too.

Fused multiply-add and re-association stay off (no ``fastmath``): the same operations in the same
order give the same bits in the readable twins and on any number of threads.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np
from numba.core import config as _config


def _source_digest() -> str:
    digest = hashlib.sha256()
    digest.update(f"{sys.version}|{numba.__version__}|{np.__version__}".encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _cache_roots() -> list[Path]:
    roots = []
    if os.environ.get("NUMBA_CACHE_DIR"):
        roots.append(Path(os.environ["NUMBA_CACHE_DIR"]))
    if os.environ.get("XDG_CACHE_HOME"):
        roots.append(Path(os.environ["XDG_CACHE_HOME"]))
    home = os.path.expanduser("~")
    if home != "~":
        roots.append(Path(home) / ".cache")
    user = getattr(os, "getuid", lambda: "user")()
    roots.append(Path(tempfile.gettempdir()) / f"corridor_sim-{user}")
    return roots


def _writable_cache() -> str:
    name = f"kernels-{_source_digest()}"
    for root in _cache_roots():
        folder = root / "corridor_sim" / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError:
            continue
        return str(folder)
    return ""


CACHE_DIR = _writable_cache()


def kernel(
    *, parallel: bool = False, inline: bool = False, allocates: bool | None = None
) -> Callable[[Any], Any]:
    """Return the decorator that compiles a kernel with the house's flags.

    Parameters
    ----------
    parallel : bool
        Allow ``prange`` loops.
    inline : bool
        Inline into the caller in LLVM, for the small functions of the inner loop. Such functions
        are compiled with their callers and need no cache of their own.
    allocates : bool
        The kernel may make arrays; by default all but the inlined ones may. A kernel that may not
        runs without numba's reference counts, whose atomic increments would take more time in the
        inner loop than the steps.
    """

    def decorate(function: Any) -> Any:
        cached = bool(CACHE_DIR) and not inline
        before = _config.CACHE_DIR
        # numba reads the setting while it decorates; other packages keep their own
        _config.CACHE_DIR = CACHE_DIR
        try:
            return numba.njit(  # type: ignore[call-overload, unused-ignore]
                cache=cached,
                parallel=parallel,
                nogil=True,
                error_model="numpy",
                forceinline=inline,
                _nrt=not inline if allocates is None else allocates,
            )(function)
        finally:
            _config.CACHE_DIR = before

    return decorate
