"""Time per step of the walks beside plain C loops, on the same raster in the same run.

    python -m pytest -m benchmark -s tests/benchmarks/test_bench_walks.py

One thread; the smallest of three processor times. The C sources say how they are compiled.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numba
import numpy as np
import pytest
from numpy.typing import NDArray

from corridor_sim.kernels.advance import advance
from corridor_sim.kernels.cellwalk import make_walk_tallies, make_walkers
from corridor_sim.kernels.random_walk import random_walk
from corridor_sim.kernels.random_walk_inputs import walk_fields
from corridor_sim.kernels.sms import sms
from corridor_sim.kernels.sms_inputs import sms_fields, sms_params
from corridor_sim.species.tables import length_table, turning_table
from oracles.walks import walk_clock
from oracles.worlds import make_animals, make_clock, make_fields, make_params, make_tallies

pytestmark = pytest.mark.benchmark

SIDE, ANIMALS, STEPS = 1000, 10_000, 1000
SHAPE = (SIDE, SIDE)
LOOPS = Path(__file__).parent / "c_loops"


def fractal(hurst: float = 0.05) -> NDArray[np.float64]:
    """Return a raster of integer costs 1..100, each equally often, of spectral slope hurst + 1.

    So rough a raster gives the displacement measured with RangeShifter on one of its own, 195
    cells; the smoothest possible gives 209 and white noise 167.
    """
    rng = np.random.default_rng(1)
    noise = np.fft.fft2(rng.standard_normal(SHAPE))
    wave = np.fft.fftfreq(SIDE)
    number = np.hypot(wave[:, None], wave[None])
    number[0, 0] = 1.0
    height = np.fft.ifft2(noise * number ** -(hurst + 1)).real
    rank = np.argsort(np.argsort(height.ravel())).reshape(SHAPE)
    return 1.0 + rank * 100 // rank.size


def in_c(name: str, folder: Path, *words: object) -> str:
    """Compile a loop and return what it prints: the fastest of three runs."""
    if shutil.which("gcc") is None:
        pytest.skip("no gcc on this machine")
    program = folder / name
    source = LOOPS / f"{name}.c"
    subprocess.run(
        ["gcc", "-O3", "-march=native", "-o", str(program), str(source), "-lm"], check=True
    )
    found = [
        subprocess.run(
            [str(program), *map(str, words)], check=True, capture_output=True, text=True
        ).stdout.strip()
        for _ in range(3)
    ]
    return min(found, key=lambda line: float(line.split()[0]))


def ns_per_step(work: Callable[[], object]) -> float:
    """Return the smallest processor time of three runs of all steps, and of one to warm up."""
    numba.set_num_threads(1)
    work()
    times = []
    for _ in range(3):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times) / (ANIMALS * STEPS) * 1e9


def starts(share: float) -> NDArray[np.int64]:
    """Return cells in the middle ``share`` of the raster, each way."""
    low, high = int(SIDE * (1 - share) / 2), int(SIDE * (1 + share) / 2)
    rows, cols = np.random.default_rng(2).integers(low, high, (2, ANIMALS))
    return rows * SIDE + cols


def saved(folder: Path, array: NDArray[np.floating]) -> Path:
    path = folder / f"{len(list(folder.iterdir()))}.f32"
    array.astype(np.float32).tofile(path)
    return path


@pytest.mark.parametrize("neighbours", [8, 4])
@pytest.mark.parametrize("visits", [False, True], ids=["", "visits"])
def test_random_walk(neighbours: int, visits: bool, tmp_path: Path) -> None:
    fields = walk_fields(1 / fractal(), neighbours=neighbours)
    cells = starts(1.0)

    def work() -> None:
        tallies = make_walk_tallies(SHAPE, visits=visits)
        random_walk(make_walkers(cells), fields, SHAPE, walk_clock(STEPS), tallies, 32)

    seen = ns_per_step(work)
    print(
        f"\nrandom walk, {neighbours} neighbours{', visits counted' * visits}: {seen:.1f} ns a step"
    )
    if neighbours == 8 and not visits:
        sums = saved(tmp_path, fields.table / 2**31 + np.eye(8)[7])
        print("  plain C:", in_c("random_walk", tmp_path, SIDE, SIDE, ANIMALS, STEPS, sums))
        assert seen < 60


@pytest.mark.parametrize("perceptual_range", [1, 3, 5])
def test_sms(perceptual_range: int, tmp_path: Path) -> None:
    """The work of RangeShifter's movement simulator: persistence 5 from the last 3 moves."""
    cost = fractal()
    cells = starts(0.4)
    params = sms_params(perceptual_range=perceptual_range, persistence=5.0, memory=3)
    no_zones = np.zeros(SHAPE, np.int16)
    no_risk = np.zeros(SHAPE)

    def prepared() -> object:
        return sms_fields(
            cost, perceptual_range=perceptual_range, wrap=True, zone=no_zones, mortality=no_risk
        )

    fields = prepared()
    walkers = make_walkers(cells)

    def work() -> None:
        nonlocal walkers
        walkers = make_walkers(cells)
        sms(walkers, fields, params, SHAPE, walk_clock(STEPS), make_walk_tallies(), 32)

    table = ns_per_step(prepared)
    seen = ns_per_step(work)
    dy, dx = walkers.cell // SIDE - cells // SIDE, walkers.cell % SIDE - cells % SIDE
    far = np.hypot(dy, dx)
    print(
        f"\nSMS, range {perceptual_range}: {seen:.1f} ns a step, {seen + table:.1f} with the table"
        f"; displacement {far.mean():.1f}, mean square {(far**2).mean():.0f}"
    )
    weights = saved(tmp_path, fields.weights)
    line = in_c("sms", tmp_path, SIDE, SIDE, ANIMALS, STEPS, 5, weights)
    print("  plain C:", line)
    assert seen < 90
    # the same walk: two samples of n, whose standard deviation is about half of the mean
    in_loop = float(re.search(r"displacement ([\d.]+)", line)[1])  # type: ignore[index]
    assert abs(in_loop - far.mean()) < 4.5 * far.std() * np.sqrt(2 / ANIMALS)


def test_step_selection(tmp_path: Path) -> None:
    """Ten candidates, no barriers, no hazards; the kernel counts visits, the loop does not."""
    weight = 1 / fractal()
    lengths = length_table(0.8)
    cos, sin = turning_table(1.0)
    fields = make_fields(SIDE, SIDE, weight=weight)
    params = make_params((lengths[None], cos[None], sin[None]), n_candidates=10, scale=2.0)
    start = np.random.default_rng(3).uniform(0, SIDE, (2, ANIMALS))

    def work() -> None:
        herd = make_animals(start[0], start[1])
        advance(herd, fields, params, make_clock(STEPS), make_tallies(fields), 32)

    print(f"\nstep selection, 10 candidates: {ns_per_step(work):.1f} ns a step")
    bins = (np.arange(4096) + 0.5) / 4096
    at = (bins * lengths.size).astype(int)
    turn = (bins * cos.size).astype(int)
    files = (
        saved(tmp_path, 2.0 * lengths[at]),
        saved(tmp_path, np.concatenate([cos[turn], sin[turn]])),
        saved(tmp_path, weight),
    )
    print("  plain C:", in_c("step_selection", tmp_path, SIDE, SIDE, ANIMALS, STEPS, *files))
