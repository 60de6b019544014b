"""Keyed chance of genes: the purposes of their random words, and seeds for msprime."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.philox import keyed_uniforms

# Purposes of random words, out of reach of those of movement and life.
MEIOSIS = 61440
FOUNDER_ALLELES = 61441
GENOMES = 61442


def keyed_bits(
    seed: int, replicate: int, stream: int, animals: NDArray[np.int64], purpose: int, n: int
) -> NDArray[np.uint8]:
    """Return ``[len(animals), n]`` fair coins, 0 or 1, each keyed by animal, purpose and column."""
    # a uniform carries 53 random bits; 48 of them are six whole bytes
    words = keyed_uniforms(seed, replicate, stream, animals, purpose, -(-n // 48))
    whole = (words * 2.0**48).astype("<u8").view(np.uint8).reshape(len(animals), -1, 8)
    packed = np.ascontiguousarray(whole[:, :, :6]).reshape(len(animals), -1)
    return np.unpackbits(packed, axis=1, count=n)


def msprime_seeds(seed: int, replicate: int, stream: int, purpose: int, n: int) -> list[int]:
    """Return ``n`` seeds from 1 to 2**31 - 1, a pure function of the arguments."""
    uniform = keyed_uniforms(seed, replicate, stream, np.zeros(1, np.int64), purpose, n)[0]
    return [1 + int(u * (2**31 - 1)) for u in uniform]
