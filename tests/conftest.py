"""Shared by all tests: threads for the compiled kernels, and this folder on the import path."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

# Two threads even on one core, so that "any number of threads" is tested everywhere; numba reads
# this once, when it is first imported.
os.environ.setdefault("NUMBA_NUM_THREADS", str(max(2, min(4, os.cpu_count() or 2))))


@pytest.fixture(autouse=True)
def _numba_threads() -> Iterator[None]:
    """Start every test with two threads, whatever the one before did."""
    import numba

    numba.set_num_threads(2)
    yield
    numba.set_num_threads(2)


@pytest.fixture
def verdict(record_property: Any) -> Any:
    """Return the judge of a number against theory; see tools/verification_table.py."""
    from oracles.verdict import Verdict

    return Verdict(record_property)
