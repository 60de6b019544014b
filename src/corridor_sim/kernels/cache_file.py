"""A cache of compiled kernels that several processes may fill at once, and that may be spoilt.

numba's own numbers the data files of a kernel and writes the index that names them first: two
processes that compile two signatures at one moment take the same number, and each may then load
the code of the other. Here there is no index: a file is named by what it holds the code of, and is
whole before it has that name.

numba also takes every file for sound: what a full disk, a crash or somebody's clean-up left of one
ends the program. Here a file begins with the digest of the rest, which is looked at before the
rest is; whatever is wrong with it, the code is compiled again, and that is said once.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pickle
import secrets
from pathlib import Path
from typing import Any

import numba
from numba.core.caching import NullCache
from numba.core.compiler import CompileResult
from numba.core.registry import cpu_target
from numba.core.serialize import dumps

from corridor_sim.kernels.cache_folder import say_once

_DIGEST_BYTES = 32


class KernelCache(NullCache):  # type: ignore[misc, unused-ignore]  # numba has no types
    """The cache of one kernel: what cannot be loaded is compiled, what cannot be kept is not."""

    def __init__(self, function: Any, folder: str) -> None:
        code = function.__code__
        source = hashlib.sha256(Path(code.co_filename).read_bytes()).hexdigest()
        self._key = (source, function.__qualname__, code.co_firstlineno)
        name = f"{Path(code.co_filename).stem}.{function.__qualname__}"
        self._stem = os.path.join(folder, name.replace("<", "").replace(">", ""))

    @property
    def cache_path(self) -> str:
        """The folder of the files."""
        return os.path.dirname(self._stem)

    def place(self, sig: Any, codegen: Any) -> tuple[str, Any]:
        """Return the file of a signature on this processor, and what it must say it holds."""
        key = (*self._key, sig, codegen.magic_tuple())
        return f"{self._stem}-{hashlib.sha256(repr(key).encode()).hexdigest()[:24]}.nbc", key

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return the compiled code of a signature, or None."""
        target_context.refresh()
        path, key = self.place(sig, target_context.codegen())
        try:
            found, code = read(path)
            if found != key:
                raise ValueError("it holds something else")
            return CompileResult._rebuild(target_context, *code)
        except FileNotFoundError:
            return None
        except Exception as bad:
            why = bad.strerror if isinstance(bad, OSError) else str(bad) or type(bad).__name__
            say_once(f"{path}: compiled code cannot be read ({why}); compiling again")
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep the compiled code of a signature, if the disk allows it."""
        if data.lifted or data.library.has_dynamic_globals:
            return  # it holds addresses of this process
        path, key = self.place(sig, data.library.codegen)
        try:
            write(path, (key, data._reduce()))
        except OSError as bad:
            say_once(
                f"{self.cache_path}: compiled code cannot be kept ({bad.strerror or bad}); the "
                "next start compiles again"
            )


def read(path: str) -> Any:
    """Return what :func:`write` has written, and nothing else."""
    if os.path.exists(path) and not os.path.isfile(path):
        raise ValueError("it is no file")  # nobody may ever write into a pipe
    content = Path(path).read_bytes()
    digest, rest = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
    if hashlib.sha256(rest).digest() != digest:
        raise ValueError("it is damaged" if content else "it is empty")
    # the folder is this user's alone, see corridor_sim.kernels.cache_folder
    return pickle.loads(rest)


def write(path: str, data: Any) -> None:
    """Write a file that is whole or not there."""
    rest = dumps(data)
    part = f"{path}.{secrets.token_hex(8)}"
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    try:
        Path(part).write_bytes(hashlib.sha256(rest).digest() + rest)
        os.replace(part, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(part)
        raise


def keep_compiled(dispatcher: Any, function: Any, folder: str) -> None:
    """Let a compiled function keep its code in ``folder``; none if it has no source, or free names.

    What a free name of a function within another stands for is not in its source.
    """
    if not function.__closure__ and os.path.isfile(function.__code__.co_filename):
        dispatcher._cache = KernelCache(function, folder)


def probe() -> None:
    """Use everything of numba's own once; raise whatever does not fit."""
    if type(numba.njit(probe)._cache) is not NullCache:
        raise TypeError("functions have another cache")
    context = cpu_target.target_context
    context.refresh()
    KernelCache(probe, "").place((), context.codegen())
    library = type(context.codegen().create_library("probe"))
    _ = (NullCache.load_overload, NullCache.save_overload, NullCache.cache_path)
    _ = (CompileResult._reduce, CompileResult._rebuild, CompileResult.lifted)
    _ = (CompileResult.library, library.has_dynamic_globals)
    pickle.loads(dumps(()))
