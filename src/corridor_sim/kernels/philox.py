"""Philox4x32-10: counter-based random numbers, the only source of chance in the program.

A draw is a pure function of a 128-bit counter and a 64-bit key, so an animal's draws depend on
who it is and on which step it takes, never on threads, chunks or the order of computation.

Source: Salmon, Moraes, Dror & Shaw (2011), Parallel random numbers: as easy as 1, 2, 3, SC'11,
doi:10.1145/2063384.2063405; the test suite holds the known-answer vectors of its reference
implementation.

The counter is ``(step, animal id, replicate, stream * 2**16 + purpose)`` and the key is the 64-bit
seed. Words are 32-bit values carried in ``uint64``, which keeps the products exact.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.jit import kernel

_M0 = np.uint64(0xD2511F53)
_M1 = np.uint64(0xCD9E8D57)
_W0 = np.uint64(0x9E3779B9)
_W1 = np.uint64(0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)
_16 = np.uint64(16)
TWO_M32 = 2.0**-32

# Purposes: the low 16 bits of the last counter word. Blocks below 4096 hold the candidates of a
# step, its choice and its hazard.
CROSSING = 4096
CAUSE = 4097
ROOST = 4098
REST = 4099
FORGETTING = 4100
SEEDING = 8192
SETTLEMENT = 8193
STANDING = 8194
PROFILE = 8195
ESTIMATES = 8196


@kernel(inline=True)
def philox4x32(c0, c1, c2, c3, k0, k1):
    """Return four 32-bit words (in uint64) for counter ``(c0..c3)`` and key ``(k0, k1)``."""
    for _ in range(10):
        p0 = _M0 * c0
        p1 = _M1 * c2
        c0 = (p1 >> _32) ^ c1 ^ k0
        c1 = p1 & _LOW
        c2 = (p0 >> _32) ^ c3 ^ k1
        c3 = p0 & _LOW
        k0 = (k0 + _W0) & _LOW
        k1 = (k1 + _W1) & _LOW
    return c0, c1, c2, c3


@kernel(inline=True)
def keyed_word(step, animal, replicate, stream, purpose, k0, k1):
    """Return the first word of the block for one purpose of one step of one animal."""
    last = (np.uint64(stream) << _16) | np.uint64(purpose)
    word, _, _, _ = philox4x32(
        np.uint64(step), np.uint64(animal), np.uint64(replicate), last, k0, k1
    )
    return word


@kernel(allocates=False)
def _uniforms(out, animals, first, purpose, replicate, stream, k0, k1):
    n, m = out.shape
    last = (np.uint64(stream) << _16) | np.uint64(purpose)
    for i in range(n):
        for j in range(m):
            hi, lo, _, _ = philox4x32(
                np.uint64(first + j), np.uint64(animals[i]), np.uint64(replicate), last, k0, k1
            )
            # 53 bits: 32 from the first word and 21 from the second
            out[i, j] = (np.float64(hi) * 2097152.0 + np.float64(lo >> np.uint64(11))) * 2.0**-53


def split_seed(seed: int) -> tuple[np.uint64, np.uint64]:
    """Return the 64-bit ``seed`` as the two 32-bit key words."""
    return np.uint64(seed & 0xFFFFFFFF), np.uint64((seed >> 32) & 0xFFFFFFFF)


def keyed_uniforms(
    seed: int,
    replicate: int,
    stream: int,
    animals: NDArray[np.int64],
    purpose: int,
    n: int,
    first: int = 0,
) -> NDArray[np.float64]:
    """Return ``[len(animals), n]`` uniforms in [0, 1), each keyed by animal, purpose and column.

    The same animal gets the same numbers whichever other animals are asked for beside it.
    ``first`` is the number of the first column, for draws that come again every year or day.
    """
    out = np.empty((len(animals), n))
    k0, k1 = split_seed(seed)
    _uniforms(out, animals, first, purpose, replicate, stream, k0, k1)
    return out
