"""A cache of compiled kernels that several processes may fill at once, and that may be spoilt.

numba numbers the data files of a kernel and writes the index that names them first: two processes
that compile two signatures at one moment take the same number, and each may then load the code of
the other. Here a data file is named by its signature, and is whole before the index names it; what
a race can lose is an entry of the index, which is then compiled again.

numba also takes every file for sound: what a full disk, a crash or somebody's clean-up left of one
ends the program. Here a file begins with the digest of the rest, which is looked at before the
rest is; whatever is wrong with it, the code is compiled again, and that is said once.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
from pathlib import Path
from typing import Any

from numba.core import config as _config
from numba.core.caching import (
    CompileResultCacheImpl,
    FunctionCache,
    IndexDataCacheFile,
    UserProvidedCacheLocator,
)

# set where nothing shall be said: by --quiet, and for processes of one that has said it
SILENT = "CORRIDOR_SIM_SILENT_CACHE"
_DIGEST_BYTES = 32


def say_once(text: str) -> None:
    """Say something about the cache on standard error, once for a process and its workers."""
    if os.environ.get(SILENT):
        return
    os.environ[SILENT] = "1"
    line = " ".join(text.split())
    print(f"corridor-sim: {line.encode('ascii', 'backslashreplace').decode()}", file=sys.stderr)


class Spoilt(Exception):
    """A file of the cache is not what was written."""


class NamedByContent(IndexDataCacheFile):  # type: ignore[misc, unused-ignore]  # numba has no types
    """Index and data files of one kernel, safe against other processes and against damage."""

    def save(self, key: Any, data: Any) -> None:
        """Save compiled code under ``key``: the signature, the processor, the function's code."""
        name = hashlib.sha256(repr(key).encode()).hexdigest()[:24]
        name = self._data_name_pattern.replace("{number:d}", name)
        self._save_data(name, data)
        overloads = self._load_index()
        overloads[key] = name
        self._save_index(overloads)

    def _load_index(self) -> dict[Any, str]:
        """Return the index; an empty one if there is none, or one of other sources, or spoilt."""
        try:
            version, stamp, overloads = self._read(self._index_path)
        except FileNotFoundError:
            return {}
        except Exception as bad:
            _say_spoilt(self._index_path, bad)
            return {}
        fresh = version == self._version and stamp == self._source_stamp
        return overloads if fresh else {}

    def _save_index(self, overloads: dict[Any, str]) -> None:
        self._write(self._index_path, (self._version, self._source_stamp, overloads))

    def _load_data(self, name: str) -> Any:
        """Return compiled code; None where the file is gone or spoilt."""
        path = self._data_path(name)
        try:
            return self._read(path)
        except FileNotFoundError:
            return None
        except Exception as bad:
            _say_spoilt(path, bad)
            return None

    def _save_data(self, name: str, data: Any) -> None:
        self._write(self._data_path(name), data)

    def _read(self, path: str) -> Any:
        if os.path.exists(path) and not os.path.isfile(path):
            raise Spoilt("it is no file")  # nobody may ever write into a pipe
        content = Path(path).read_bytes()
        digest, rest = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
        if hashlib.sha256(rest).digest() != digest:
            raise Spoilt("it is damaged" if content else "it is empty")
        # the folder is this user's alone, see corridor_sim.kernels.jit
        return pickle.loads(rest)

    def _write(self, path: str, data: Any) -> None:
        rest = self._dump(data)
        with self._open_for_write(path) as file:
            file.write(hashlib.sha256(rest).digest() + rest)


def _say_spoilt(path: str, bad: Exception) -> None:
    why = bad.strerror if isinstance(bad, OSError) else str(bad) or type(bad).__name__
    say_once(f"{path}: compiled code cannot be read ({why}); compiling again")


class _Place(UserProvidedCacheLocator):  # type: ignore[misc, unused-ignore]  # numba has no types
    """The folder in ``numba.config.CACHE_DIR``, made when the first code is kept there."""


class _Result(CompileResultCacheImpl):  # type: ignore[misc, unused-ignore]  # numba has no types
    """What numba keeps of a compiled function, in our folder and nowhere else."""

    def __init__(self, py_func: Any) -> None:
        self._lineno = py_func.__code__.co_firstlineno
        source = py_func.__code__.co_filename
        self._locator = _Place(py_func, source)
        name = f"{os.path.splitext(os.path.basename(source))[0]}.{py_func.__qualname__}"
        self._filename_base = self.get_filename_base(name, getattr(sys, "abiflags", ""))


class KernelCache(FunctionCache):  # type: ignore[misc, unused-ignore]  # numba has no types
    """The cache of one kernel: what cannot be loaded is compiled, what cannot be kept is not."""

    _impl_class = _Result

    def __init__(self, py_func: Any) -> None:
        super().__init__(py_func)
        held = self._cache_file
        self._cache_file = NamedByContent.__new__(NamedByContent)
        self._cache_file.__dict__.update(held.__dict__)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return the compiled code of a signature, or None."""
        try:
            return super().load_overload(sig, target_context)
        except Exception as bad:
            _say_spoilt(self._cache_path, bad)
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep the compiled code of a signature, if the disk allows it."""
        try:
            super().save_overload(sig, data)
        except OSError as bad:
            say_once(
                f"{self._cache_path}: compiled code cannot be kept ({bad.strerror or bad}); the "
                "next start compiles again"
            )


def keep_compiled(dispatcher: Any, function: Any, folder: str) -> None:
    """Let a compiled function keep its code in ``folder``."""
    before = _config.CACHE_DIR
    # numba reads the setting here; other packages keep their own
    _config.CACHE_DIR = folder
    try:
        dispatcher._cache = KernelCache(function)
    finally:
        _config.CACHE_DIR = before
