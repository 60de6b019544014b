"""A cache of compiled kernels that several processes may fill at once.

numba numbers the data files of a kernel and writes the index that names them first: two processes
that compile two signatures at one moment take the same number, and each may then load the code of
the other. Here a data file is named by what it holds, and is whole before the index names it; what
a race can lose is an entry of the index, which is then compiled again.
"""

from __future__ import annotations

import hashlib
from typing import Any

from numba.core.caching import IndexDataCacheFile


class NamedByContent(IndexDataCacheFile):  # type: ignore[misc, unused-ignore]  # numba has no types
    """Index and data files of one kernel, safe against other processes."""

    def save(self, key: Any, data: Any) -> None:
        """Save compiled code under ``key``: the signature, the processor, the function's code."""
        name = hashlib.sha256(repr(key).encode()).hexdigest()[:24]
        name = self._data_name_pattern.replace("{number:d}", name)
        self._save_data(name, data)
        overloads = self._load_index()
        overloads[key] = name
        self._save_index(overloads)


def keep_by_content(dispatcher: Any) -> None:
    """Let a compiled function's cache use :class:`NamedByContent`."""
    held = getattr(dispatcher, "_cache", None)
    file = getattr(held, "_cache_file", None)
    if isinstance(file, IndexDataCacheFile):
        file.__class__ = NamedByContent
