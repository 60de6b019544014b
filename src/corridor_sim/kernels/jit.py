"""One home for the compiler flags and the place where compiled kernels are kept.

A cached kernel is reused only while no source file of this folder and no version of numba, Python
or numpy has changed, because all of them are hashed into the name of the cache folder: numba alone
would not notice that a called function in another file was edited. The folder is the first one of
``NUMBA_CACHE_DIR``, the user's cache folder and the temporary folder that this user can write and
nobody else, so read-only installs and machines without a home directory work too.

Inlined functions are only linked into the kernels that call them. Left alone, numba optimises each
on its own, turns it into machine code and gives it two wrappers for Python, which takes as long as
the kernels themselves. :class:`_Part` and :class:`_Inlined` use what numba keeps to itself; they
were tried with its versions 0.60 and 0.68.

Fused multiply-add and re-association stay off (no ``fastmath``): the same operations in the same
order give the same bits in the readable twins and on any number of threads.
"""

from __future__ import annotations

import ctypes
import hashlib
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np
from numba import _dynfunc
from numba.core import config as _config
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler

from corridor_sim.kernels.cache_file import keep_compiled
from corridor_sim.kernels.cache_folder import cache_folder


def _source_digest() -> str:
    digest = hashlib.sha256()
    digest.update(f"{sys.version}|{numba.__version__}|{np.__version__}".encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


CACHE_DIR = cache_folder(f"kernels-{_source_digest()}")


class _Part(JITCodeLibrary):
    """Code of an inlined function: linked into its callers, neither optimised nor emitted alone."""

    def finalize(self) -> None:
        """Link what the function itself calls."""
        self._raise_if_finalized()
        for library in dict.fromkeys(self._linking_libraries):
            self._final_module.link_in(library._get_module_for_linking(), preserve=True)
        self._finalized = True


class _RawPart(_Part):
    """The same, taken as it comes from numba."""

    def add_llvm_module(self, module: Any) -> None:
        """Add a module without the passes over its functions."""
        self._final_module.link_in(module)


class _Inlined(Compiler):
    """The usual compiler, with :class:`_Part` to hold the code and nothing to call from Python."""

    library = _Part

    def compile_extra(self, func: Any) -> Any:
        """Compile to a part and make it known to callers under a stand-in for its address."""
        context = self.state.targetctx
        part = self.library(context.codegen(), func.__qualname__)
        self.state.library = part
        self.state.flags.no_compile = True
        done = super().compile_extra(func)
        stand_in = _dynfunc.make_function(
            done.fndesc.lookup_module(), func.__name__, "", _NOT_CALLABLE, done.environment, (part,)
        )
        context.insert_user_function(stand_in, done.fndesc, [part])
        return done._replace(entry_point=stand_in)


class _Raw(_Inlined):
    """The same for functions that their callers optimise better."""

    library = _RawPart


# who calls an inlined function from Python is told that it "is not callable"
_NOT_CALLABLE = ctypes.cast(ctypes.pythonapi.PyObject_Call, ctypes.c_void_p).value


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


def kernel(
    *, inline: bool = False, raw: bool = False, pasted: bool = False, allocates: bool | None = None
) -> Callable[[Any], Any]:
    """Return the decorator that compiles a kernel with the house's flags.

    Parameters
    ----------
    inline : bool
        Inline into the caller in LLVM, for the small functions of the inner loop. Such functions
        are compiled with their callers, need no cache of their own and cannot be called from
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
        options: dict[str, Any] = {}
        if inline:
            options = {
                "pipeline_class": _Raw if raw else _Inlined,
                "no_cpython_wrapper": True,
                "no_cfunc_wrapper": True,
            }
        if pasted:
            options = {"inline": "always"}
        # forceinline and _nrt are numba's own, left out of what it declares
        compiled = numba.njit(  # type: ignore[call-overload, unused-ignore]
            nogil=True,
            error_model="numpy",
            forceinline=inline,
            _nrt=not (inline or pasted) if allocates is None else allocates,
            **options,
        )(function)
        if CACHE_DIR and not (inline or pasted or _config.DISABLE_JIT):
            keep_compiled(compiled, function, CACHE_DIR)
        return compiled

    return decorate
