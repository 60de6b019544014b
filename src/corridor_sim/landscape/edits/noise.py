"""Random numbers that belong to a place on the map, not to a position in an array.

A number is a hash of (seed, purpose, map position of the cell centre), so a landscape that is
cropped, or computed in another order, meets the same numbers in the same places. The hash is the
finaliser of SplitMix64 (Steele, Lea & Flood 2014, doi:10.1145/2660193.2660195), chained over the
parts of the key.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor_sim.landscape.grid import Grid

U64 = NDArray[np.uint64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_MASK = (1 << 64) - 1


def splitmix64(state: U64) -> U64:
    """Return the SplitMix64 output for each 64-bit ``state``, same shape, uint64.

    Starting from state ``s``, the generator's n-th output is ``splitmix64(s + (n - 1) golden)``.
    """
    z = state + _GOLDEN
    z = (z ^ (z >> np.uint64(30))) * _MIX_1
    z = (z ^ (z >> np.uint64(27))) * _MIX_2
    return z ^ (z >> np.uint64(31))


def cell_keys(grid: Grid) -> U64:
    """Return a 64-bit key for every cell, ``[height, width]``, from its centre in centimetres."""
    east = np.rint(grid.x_centres_m() * 100).astype(np.int64).view(np.uint64)
    north = np.rint(grid.y_centres_m() * 100).astype(np.int64).view(np.uint64)
    return splitmix64(splitmix64(north)[:, None] ^ east[None, :])


def uniform01(keys: U64, seed: int, purpose: int) -> NDArray[np.float64]:
    """Return numbers uniform on the open interval (0, 1), one for each key, float64.

    Parameters
    ----------
    keys : ndarray of uint64
        From :func:`cell_keys`.
    seed : int
        Any integer; taken modulo 2^64.
    purpose : int
        Tells apart draws for different uses at one place.
    """
    stream = splitmix64(np.array([seed & _MASK], np.uint64)) + np.uint64(purpose)
    bits = splitmix64(keys ^ splitmix64(stream)) >> np.uint64(11)
    return (bits.astype(np.float64) + 0.5) * 2.0**-53


def map_seed(seed: int, map_number: int) -> int:
    """Return the seed by which the random edits of one of a scenario's maps draw.

    Map 0 draws by the scenario's own seed, so that one map means what it always did. The others
    draw by a hash of both: maps of neighbouring seeds have nothing in common.

    >>> map_seed(7, 0), map_seed(7, 1) == map_seed(8, 0)
    (7, False)
    """
    if map_number == 0:
        return seed
    key = np.array([seed & _MASK, map_number], np.uint64)
    mixed = splitmix64(splitmix64(key[:1]) ^ splitmix64(~key[1:]))
    return int(mixed[0] >> np.uint64(1))


def waiting_times(keys: U64, seed: int, purpose: int) -> NDArray[np.float64]:
    """Return exponential waiting times of mean 1, one for each key, float64."""
    return -np.log(uniform01(keys, seed, purpose))
