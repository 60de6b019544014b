"""Builders of small worlds for the walks from cell to cell."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.cellwalk import WalkClock, Walkers, WalkTallies
from corridor_sim.kernels.crossing import remembers
from corridor_sim.kernels.philox import split_seed
from corridor_sim.kernels.records import make_log
from oracles.worlds import moves


def walk_clock(n_steps: int, *, seed: int = 11, **more: Any) -> WalkClock:
    seed0, seed1 = split_seed(seed)
    plain: dict[str, Any] = {"first_step": 0, "replicate": 0, "stream": 3, "track_every": 1}
    return WalkClock(**{**plain, "n_steps": n_steps, "seed0": seed0, "seed1": seed1, **more})


def copies(walkers: Walkers) -> Walkers:
    return Walkers(*(column.copy() for column in walkers))


def some_rows(walkers: Walkers, which: Any) -> Walkers:
    return Walkers(*(column[which].copy() for column in walkers))


def patchy(rng: np.random.Generator, shape: tuple[int, int], nodata: float) -> NDArray[np.float64]:
    """Return numbers of 0.5 to 8 with a share of NaN."""
    raster = rng.choice([0.5, 1.0, 2.0, 3.7, 8.0], shape)
    raster[rng.random(shape) < nodata] = np.nan
    return raster


def zones(rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.int16]:
    """Return three zones of a few cells each, 0 elsewhere."""
    zone = np.zeros(shape, np.int16)
    for number in (1, 2, 3):
        row, col = rng.integers(0, shape[0]), rng.integers(0, shape[1])
        zone[row : row + 2, col : col + 3] = number
    return zone


def barriers(rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float32]:
    """Return permeabilities: a row, a column and single cells of different ones, 1 elsewhere."""
    raster = np.where(rng.random(shape) < 0.1, rng.choice([0.0, 0.3, 0.6], shape), 1.0)
    raster[int(rng.integers(shape[0]))] = 0.4
    raster[:, int(rng.integers(shape[1]))] = 0.7
    return raster.astype(np.float32)


def random_clock(rng: np.random.Generator, n_steps: int) -> WalkClock:
    return walk_clock(
        n_steps,
        seed=int(rng.integers(2**63)),
        first_step=int(rng.choice([0, 5, 1000])),
        replicate=int(rng.integers(2**32)),
        stream=int(rng.integers(2**16)),
        track_every=int(rng.integers(1, 4)),
        memory=remembers(rng.choice([0.0, 3.0, 20.0]), rng.choice([0.0, 2.5, np.inf])),
    )


def assert_same_walk(
    seen: Walkers, tallies: Any, animals: list[Any], counts: Any, shape: tuple[int, int]
) -> None:
    """Compare every number of kernel and twin."""
    for name, column in seen._asdict().items():
        assert column.tolist() == [getattr(w, name) for w in animals], name
    for name in ("visits", "passed", "blocked"):
        flat = getattr(tallies, name).reshape(-1)
        assert {int(at): int(flat[at]) for at in np.flatnonzero(flat)} == dict(
            getattr(counts, name)
        ), name
    array = tallies.moves
    found = {tuple(map(int, at)): int(array[tuple(at)]) for at in np.argwhere(array)}
    assert found == dict(counts.moves)
    assert moves(tallies.transits) == dict(counts.transits)
    tracks = np.full(tallies.tracks.shape, -1)
    for at, cell in counts.tracks.items():
        tracks[at] = cell
    assert np.array_equal(tracks, tallies.tracks)


def make_walk_tallies(
    shape: tuple[int, int] = (0, 0),
    *,
    visits: bool = False,
    moves: bool = False,
    barriers: bool = False,
    transits: int = 0,
    tracks: tuple[int, int] = (0, 0),
) -> WalkTallies:
    """Return empty tallies for a raster of ``shape``, with room for so many transits."""
    return WalkTallies(
        visits=np.zeros(shape if visits else (0, 0), np.int32),
        moves=np.zeros((shape[0] * shape[1], 8) if moves else (0, 0), np.int32),
        transits=make_log(transits),
        tracks=np.full(tracks, -1, np.int64),
        passed=np.zeros(shape if barriers else (0, 0), np.int32),
        blocked=np.zeros(shape if barriers else (0, 0), np.int32),
    )
