"""The same again in another process: without the compiler, or with another environment."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

DIGEST = """
import importlib, sys
sys.path.insert(0, sys.argv[1])
print(importlib.import_module(sys.argv[2]).digest())
"""


def environment(**more: str) -> dict[str, str]:
    """Return this process's environment, in which Python finds what it finds here, and more."""
    paths = [str(Path(__file__).parents[1]), *(p for p in sys.path if p)]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), **more}


def hash_of(arrays: Iterable[Any]) -> str:
    """Return the hash of the bytes of arrays."""
    found = hashlib.sha256()
    for array in arrays:
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()


def digest_without_compiler(file: str) -> str:
    """Return what the function ``digest`` of a test file gives when nothing is compiled."""
    path = Path(file)
    done = subprocess.run(
        [sys.executable, "-c", DIGEST, str(path.parent), path.stem],
        env=environment(NUMBA_DISABLE_JIT="1"),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def assert_equal(one: Any, other: Any) -> None:
    """Demand that two sequences of records hold the same numbers."""
    for a, b in zip(one, other, strict=True):
        for name, x, y in zip(a._fields, a, b, strict=True):
            assert np.array_equal(x, y), name
