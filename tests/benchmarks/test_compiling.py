"""How long the movement core takes to compile from nothing, and to load from its cache.

python -m pytest -m benchmark -s tests/benchmarks/test_compiling.py
"""

from __future__ import annotations

import pytest
from compiling import compile_seconds

pytestmark = pytest.mark.benchmark


def test_compiling_stays_within_its_promise() -> None:
    (nothing, _), (cache, _) = compile_seconds()
    print(
        f"\nall three models: {nothing:.1f} s of processor time from nothing, {cache:.2f} s after"
    )
    assert nothing < 20
    assert cache < 1
