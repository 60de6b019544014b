"""One home for the compiler flags and the place where compiled kernels are kept.

A cached kernel is reused only while no source file of this folder and no version of numba, Python
or numpy has changed, because all of them are hashed into the name of the cache folder: numba alone
would not notice that a called function in another file was edited. The folder is the first one of
``NUMBA_CACHE_DIR``, the user's cache folder and the temporary folder that this user can write and
nobody else, so read-only installs and machines without a home directory work too.

Two modules go below numba's public face, which may change with any version: ``parts`` saves half
of the compiling, ``cache_file`` all of it from the second start on. Each is tried here once. Where
one no longer fits, ``numba.njit`` alone does the work: the same bits, later, and one line says so.

Fused multiply-add and re-association stay off (no ``fastmath``): the same operations in the same
order give the same bits in the readable twins and on any number of threads.
"""

from __future__ import annotations

import hashlib
import os
import sys
import threading
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numba
import numpy as np
from numba.core import config as _config
from numba.core.registry import cpu_target

from corridor_sim.kernels.cache_folder import cache_folder, say_once

# set to do without the shortcuts of ``parts``, as a numba that they do not fit does
PLAIN = "CORRIDOR_SIM_PLAIN_NUMBA"


def _below_the_face(name: str, loss: str) -> Any:
    """Return a module of this folder that uses what numba keeps to itself, None if it is no more.

    Each module's ``probe()`` uses all of it once.
    """
    try:
        module = import_module(f"corridor_sim.kernels.{name}")
        module.probe()
    except Exception as bad:  # whatever a version of numba that nobody has seen may do
        say_once(f"numba {numba.__version__} is not known well enough ({bad}): {loss}")
        return None
    return module


PARTS: Any = None
CACHE: Any = None
if not _config.DISABLE_JIT:
    if not os.environ.get(PLAIN):
        PARTS = _below_the_face("parts", "kernels take twice as long to compile")
    CACHE = _below_the_face("cache_file", "compiled code is not kept, every start compiles")


def _source_digest() -> str:
    digest = hashlib.sha256()
    versions = f"{sys.version}|{numba.__version__}|{np.__version__}|{PARTS is not None}"
    digest.update(versions.encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


CACHE_DIR = cache_folder(f"kernels-{_source_digest()}")


def on_threads(work: Callable[[], None], shares: int) -> None:
    """Call ``work()`` on every thread at once and return when all are done.

    ``work`` calls a kernel that takes shares of the work from a common counter until none is left;
    kernels release Python's lock. There are as many threads as ``numba.set_num_threads`` set, at
    most one a share. numba's own loops over threads would hold a copy of the kernel in each of
    four layers, compiled one after the other.
    """
    failed: list[BaseException] = []

    def guarded() -> None:
        try:
            work()
        except BaseException as bad:
            failed.append(bad)

    others = 0 if _config.DISABLE_JIT else min(numba.get_num_threads(), shares) - 1
    threads = [threading.Thread(target=guarded) for _ in range(others)]
    for thread in threads:
        thread.start()
    try:
        work()
    finally:
        # whoever interrupts finds all arrays at rest
        for thread in threads:
            thread.join()
    if failed:
        raise failed[0]


def in_chunks(
    take: Callable[..., None], size: int, chunk: int, make: Callable[[], Any], *given: Any
) -> None:
    """Let ``take`` deal with ``size`` rows on all threads, chunk after chunk of a common counter.

    No thread waits for a slower one; ``make`` gives each its working space.
    """
    taken = np.zeros(1, np.int64)
    on_threads(lambda: take(taken, make(), *given), -(-size // chunk))


def kernel(
    *, inline: bool = False, raw: bool = False, pasted: bool = False, allocates: bool | None = None
) -> Callable[[Any], Any]:
    """Return the decorator that compiles a kernel with the house's flags.

    Parameters
    ----------
    inline : bool
        Inline into the caller in LLVM, for the small functions of the inner loop. Such functions
        are compiled with their callers, need no cache of their own and are not to be called from
        Python.
    raw : bool
        Of an inlined function: leave even the simplest optimisation to the caller. Loops over a
        group that gather from tables are vectorised only then; most others get slower.
    pasted : bool
        Of a large inlined function with a single caller: paste its text into the caller, which
        spares handing over hundreds of arrays and numbers.
    allocates : bool
        The kernel may make arrays; by default all but the inlined ones may. A kernel that may not
        runs without numba's reference counts, whose atomic increments would take more time in the
        inner loop than the steps.
    """

    def decorate(function: Any) -> Any:
        options: dict[str, Any] = {"inline": "always"} if pasted else {}
        may = not (inline or pasted) if allocates is None else allocates
        # numba's own, left out of what it declares; without them a step takes four times as long
        for name, value in (("forceinline", inline), ("_nrt", may)):
            if hasattr(cpu_target.options, name):
                options[name] = value
        if PARTS and inline:
            options |= PARTS.options(raw=raw)
        compiled = numba.njit(nogil=True, error_model="numpy", **options)(function)
        if CACHE and CACHE_DIR and not (inline or pasted):
            CACHE.keep_compiled(compiled, function, CACHE_DIR)
        return compiled

    return decorate
