"""The works that are timed: each movement model on a raster of any size, and its loop in C.

Costs are integers 1..100 on a fractal of 1000 x 1000 cells. It has no seams, and larger rasters
repeat it: as many different addresses, and no more memory to make it than it takes itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numba
import numpy as np
from in_c import CLoop, saved
from numpy.typing import NDArray

from corridor_sim.kernels.advance import advance
from corridor_sim.kernels.cellwalk import Walkers, make_walkers
from corridor_sim.kernels.random_walk import random_walk
from corridor_sim.kernels.random_walk_inputs import walk_fields
from corridor_sim.kernels.records import Fields, Tallies, make_log
from corridor_sim.kernels.sms import sms
from corridor_sim.kernels.sms_inputs import sms_fields, sms_params
from corridor_sim.simulation.days.simulation import CHUNK as GROUP_CHUNK
from corridor_sim.species.tables import length_table, turning_table
from oracles.walks import make_walk_tallies, walk_clock
from oracles.worlds import make_animals, make_clock, make_params

TILE = 1000
CHUNK = 32  # walkers side by side
PERSISTENCE, MEMORY = 5.0, 3


@dataclass
class Work:
    """Some animals that take some steps; each run starts afresh."""

    animals: int
    steps: int
    fresh: Callable[[], Any]
    go: Callable[[Any], object]
    setup_ns: float = 0.0
    in_c: Callable[[], float] | None = None
    last: Any = None

    def run(self, threads: int, clock: Callable[[], float]) -> float:
        numba.set_num_threads(threads)
        self.last = self.fresh()
        begin = clock()
        self.go(self.last)
        return (clock() - begin) / (self.animals * self.steps) * 1e9

    def cpu_ns(self) -> float:
        """Processor time of one step of one animal on one thread."""
        return self.run(1, time.process_time)

    def wall_ns(self, threads: int) -> float:
        """Wall time of one step of one animal."""
        return self.run(threads, time.perf_counter)


def fractal(hurst: float = 0.05) -> NDArray[np.float32]:
    """Return a raster of integer costs 1..100, each equally often, of spectral slope hurst + 1.

    So rough a raster gives the displacement measured with RangeShifter on one of its own, 195
    cells; the smoothest possible gives 209 and white noise 167.
    """
    rng = np.random.default_rng(1)
    noise = np.fft.fft2(rng.standard_normal((TILE, TILE)))
    wave = np.fft.fftfreq(TILE)
    number = np.hypot(wave[:, None], wave[None])
    number[0, 0] = 1.0
    height = np.fft.ifft2(noise * number ** -(hurst + 1)).real
    rank = np.argsort(np.argsort(height.ravel())).reshape(TILE, TILE)
    return (1 + rank * 100 // rank.size).astype(np.float32)


def tiled(tile: NDArray[Any], shape: tuple[int, int]) -> NDArray[Any]:
    """Return a raster that repeats ``tile``, filled block by block."""
    out = np.empty(shape, tile.dtype)
    for row in range(0, shape[0], tile.shape[0]):
        for col in range(0, shape[1], tile.shape[1]):
            block = out[row : row + tile.shape[0], col : col + tile.shape[1]]
            block[:] = tile[: block.shape[0], : block.shape[1]]
    return out


def everywhere(shape: tuple[int, int], value: Any, dtype: Any) -> NDArray[Any]:
    """Return a raster of one value in memory of its own.

    ``np.zeros`` is not: until something is written all of it is one page, which never leaves the
    cache.
    """
    out = np.empty(shape, dtype)
    out[:] = value
    return out


def starts(shape: tuple[int, int], n: int, share: float = 1.0) -> NDArray[np.int64]:
    """Return cells in the middle ``share`` of the raster, each way."""
    rng = np.random.default_rng(2)
    low, high = (1 - share) / 2, (1 + share) / 2
    row, col = (rng.integers(int(s * low), int(s * high), n) for s in shape)
    return row * shape[1] + col


def random_walk_work(
    shape: tuple[int, int],
    n: int,
    steps: int,
    *,
    neighbours: int = 8,
    counted: bool = False,
    folder: Path | None = None,
) -> Work:
    """Return the null model; ``counted``: visits and moves by direction; ``folder``: for C."""
    fields = walk_fields(tiled(1 / fractal(), shape), neighbours=neighbours)
    tallies = make_walk_tallies(shape, visits=counted, moves=counted)
    cells, clock = starts(shape, n), walk_clock(steps)

    def go(walkers: Walkers) -> None:
        random_walk(walkers, fields, shape, clock, tallies, CHUNK)

    work = Work(n, steps, lambda: make_walkers(cells), go)
    if folder is not None:
        sums = fields.table / 2**31 + np.eye(neighbours)[neighbours - 1]
        work.in_c = CLoop("random_walk", folder, *shape, n, steps, saved(folder, sums))
    return work


def sms_work(
    shape: tuple[int, int],
    n: int,
    steps: int,
    *,
    perceptual_range: int = 5,
    counted: bool = False,
    folder: Path | None = None,
) -> Work:
    """Return the work of RangeShifter's simulator: persistence 5 from the last 3 moves.

    A mortality draw and a check of settlement at every step, both null; edges are those of a torus
    to the eye, and reflect.
    """
    cost = tiled(fractal(), shape)
    risk, zone = everywhere(shape, 0.0, np.float32), everywhere(shape, 0, np.int16)
    see: dict[str, Any] = {"perceptual_range": perceptual_range, "wrap": True}
    numba.set_num_threads(1)
    fields = sms_fields(cost, zone=zone, mortality=risk, **see)  # compiles
    begin = time.process_time()
    if cost.size == TILE * TILE:
        fields = sms_fields(cost, zone=zone, mortality=risk, **see)
    setup = (time.process_time() - begin) / (n * steps) * 1e9
    del cost, risk, zone
    params = sms_params(perceptual_range=perceptual_range, persistence=PERSISTENCE, memory=MEMORY)
    tallies = make_walk_tallies(shape, visits=counted, moves=counted)
    # from the middle: on the small raster few reach the edge
    cells, clock = starts(shape, n, 0.4), walk_clock(steps)

    def go(walkers: Walkers) -> None:
        sms(walkers, fields, params, shape, clock, tallies, CHUNK)

    work = Work(n, steps, lambda: make_walkers(cells), go, setup)
    if folder is not None:
        weights = saved(folder, fields.weights)
        work.in_c = CLoop("sms", folder, *shape, n, steps, PERSISTENCE, weights)
    return work


def selection_work(
    shape: tuple[int, int], n: int, steps: int, *, folder: Path | None = None
) -> Work:
    """Return step selection, 10 candidates, on a raster of weights and no more; visits counted.

    Barriers, hazards and core areas are looked up at every step, and there are none.
    """
    weight = tiled(1 / fractal(), shape)
    lengths = length_table(0.8)
    cos, sin = turning_table(1.0)
    dummy = np.zeros((1, 1), np.float32)
    fields = Fields(
        weight=weight[None],
        hazard_per_day=np.zeros((3, *shape), np.float32),  # read when somebody dies
        hazard_step=everywhere(shape, 0, np.float32),
        permeability=np.ones((1, 1), np.float32),  # read when a barrier is near
        barrier_near=everywhere(shape, 255, np.uint8),
        zone=everywhere(shape, 0, np.int16),
        lift_orographic_ms=dummy,
        lift_thermal_ms=dummy.copy(),
        nearest_roost=np.full((1, 1), -1, np.int32),
    )
    params = make_params((lengths[None], cos[None], sin[None]), n_candidates=10, scale=2.0)
    nothing = np.zeros((0, 0), np.int32)
    tallies = Tallies(
        np.zeros((1, *shape), np.int32),
        nothing,
        nothing.copy(),
        make_log(0),
        np.zeros((0, 0, 2), np.float32),
    )
    x, y = np.random.default_rng(3).uniform(0, 1, (2, n)) * np.array(shape[::-1])[:, None]
    clock = make_clock(steps)
    work = Work(
        n,
        steps,
        lambda: make_animals(x, y),
        lambda individuals: advance(individuals, fields, params, clock, tallies, GROUP_CHUNK),
    )
    if folder is not None:
        bins = (np.arange(4096) + 0.5) / 4096
        at, turn = ((bins * table.size).astype(int) for table in (lengths, cos))
        files = (
            saved(folder, 2.0 * lengths[at]),
            saved(folder, np.concatenate([cos[turn], sin[turn]])),
            saved(folder, weight),
        )
        work.in_c = CLoop("step_selection", folder, *shape, n, steps, *files)
    return work
