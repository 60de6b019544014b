"""Time per step of each model beside a plain C loop, on the same raster in the same run.

    python -m pytest -m benchmark -s tests/benchmarks/test_bench_walks.py

One thread; the smallest of three processor times. ``tools/benchmark_table.py`` measures the same
works, larger ones too, and writes the table of ``docs/benchmarks.md``.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from in_c import have_compiler
from works import TILE, Work, random_walk_work, selection_work, sms_work

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.skipif(not have_compiler(), reason="no gcc on this machine"),
]

SHAPE = (TILE, TILE)
ANIMALS, STEPS = 10_000, 1000


def fastest(work: Work) -> tuple[float, float]:
    """Return ns a step of the work and of its C loop, in turn; the smallest of three."""
    assert work.in_c is not None
    work.cpu_ns()  # compiles
    pairs = [(work.cpu_ns(), work.in_c()) for _ in range(3)]
    return min(ours for ours, _ in pairs), min(theirs for _, theirs in pairs)


def test_random_walk(tmp_path: Path) -> None:
    ours, theirs = fastest(random_walk_work(SHAPE, ANIMALS, STEPS, folder=tmp_path))
    print(f"\nrandom walk, 8 neighbours: {ours:.1f} ns a step; plain C: {theirs:.1f}")
    assert ours < 60


@pytest.mark.parametrize("perceptual_range", [1, 3, 5])
def test_sms(perceptual_range: int, tmp_path: Path) -> None:
    work = sms_work(SHAPE, ANIMALS, STEPS, perceptual_range=perceptual_range, folder=tmp_path)
    ours, theirs = fastest(work)
    dy, dx = (
        work.last.cell // TILE - work.last.start // TILE,
        work.last.cell % TILE - work.last.start % TILE,
    )
    far = np.hypot(dy, dx)
    print(
        f"\nSMS, range {perceptual_range}: {ours:.1f} ns a step, {ours + work.setup_ns:.1f} with "
        f"the table; plain C: {theirs:.1f}; displacement {far.mean():.1f}, mean square "
        f"{(far**2).mean():.0f}"
    )
    assert ours < 90
    # the same walk: two samples of n, whose standard deviation is about half of the mean
    in_loop = float(re.search(r"displacement ([\d.]+)", work.in_c.said)[1])
    assert abs(in_loop - far.mean()) < 4.5 * far.std() * np.sqrt(2 / ANIMALS)


def test_step_selection(tmp_path: Path) -> None:
    """Six times the target: only a lost optimisation fails here, not a neighbour's work."""
    ours, theirs = fastest(selection_work(SHAPE, ANIMALS, 200, folder=tmp_path))
    print(f"\nstep selection, 10 candidates: {ours:.1f} ns a step; plain C: {theirs:.1f}")
    assert ours < 780
