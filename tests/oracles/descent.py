"""Made flows between tiles, and families that are followed animal by animal through them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

F64 = NDArray[np.float64]
# tiles in a row: block 1, ground outside, block 2, ground outside, block 3
BLOCK = np.array([1, 1, 0, 0, 2, 0, 3], np.int16)


def in_block(number: int) -> NDArray[np.bool_]:
    """Return which tiles of :data:`BLOCK` belong to one block."""
    return np.equal(BLOCK, number)


def row_of_tiles(
    *, seed: int = 3, reach: float = 1.0, per_tile: float = 3.0
) -> tuple[csr_array, F64]:
    """Return flow and turnover at equilibrium; animals settle a few tiles away at most."""
    rng = np.random.default_rng(seed)
    n = BLOCK.size
    far = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    flow = rng.uniform(0.3, 1.0, (n, n)) * np.exp(-far / reach) * (far <= 2)
    flow *= per_tile * n / flow.sum()
    return csr_array(flow), flow.sum(axis=0)


def generations_until(
    means: F64,
    start: NDArray[np.int64],
    target: NDArray[np.bool_],
    at_most: int,
    runs: int,
    seed: int,
    spread: float = 1.0,
) -> NDArray[np.int64]:
    """Return in which generation each of many runs first has a descendant in the target.

    Poisson numbers of young at every tile, or with a spread a negative binomial number from every
    tile, of which each goes its way; ``at_most + 1`` where none came in time.
    """
    rng = np.random.default_rng(seed)
    living = np.tile(start, (runs, 1))
    when = np.full(runs, at_most + 1)
    for generation in range(1, at_most + 1):
        living = rng.poisson(_drawn(living, means, spread, rng))
        when[(when > at_most) & (living[:, target] > 0).any(axis=1)] = generation
    return when


def _drawn(living: F64, means: F64, spread: float, rng: np.random.Generator) -> F64:
    """Return the means of the next generation, gamma where its numbers spread.

    A Poisson number with a gamma mean is negative binomial, and Poisson parts of it go their ways
    as drawn one by one.
    """
    if spread == 1:
        return np.asarray(living @ means)
    mean = means.sum(axis=1)
    amount = rng.gamma(living * mean / (spread - 1), spread - 1)
    return np.asarray(amount @ (means / mean[:, None]))


def lines_outside(
    flow: F64, means: F64, block: NDArray[np.int16], home: int, years: int, seed: int
) -> NDArray[np.int64]:
    """Return how many settle in each block of the lines that leave one block, ``[years, blocks]``.

    The young of one year that settle outside and all their descent, until it meets a block.
    """
    rng = np.random.default_rng(seed)
    n_blocks = int(block.max())
    outside, came = block == 0, np.zeros((years, n_blocks), np.int64)
    living = rng.poisson(np.tile(flow[block == home].sum(axis=0) * outside, (years, 1)))
    while living.any():
        born = rng.poisson(living @ means)
        for b in range(n_blocks):
            came[:, b] += born[:, block == b + 1].sum(axis=1)
        living = born * outside
    return came
