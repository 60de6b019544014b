"""Philox4x32-10 in plain Python integers, to check the compiled one (Salmon et al. 2011, SC'11)."""

from __future__ import annotations

LOW32 = 2**32 - 1
CROSSING, CAUSE, ROOST, REST = 4096, 4097, 4098, 4099

Words = tuple[int, int, int, int]


def philox4x32(counter: Words, key: tuple[int, int]) -> Words:
    """Return the four 32-bit words for a counter of four words and a key of two."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        p0 = 0xD2511F53 * c0
        p1 = 0xCD9E8D57 * c2
        c0, c1, c2, c3 = (p1 >> 32) ^ c1 ^ k0, p1 & LOW32, (p0 >> 32) ^ c3 ^ k1, p0 & LOW32
        k0 = (k0 + 0x9E3779B9) & LOW32
        k1 = (k1 + 0xBB67AE85) & LOW32
    return c0, c1, c2, c3


def keyed_words(
    step: int, animal: int, replicate: int, stream: int, purpose: int, key: tuple[int, int]
) -> Words:
    """Return the block of words for one purpose of one step of one animal."""
    return philox4x32((step, animal, replicate, stream * 2**16 + purpose), key)


def as_fraction(word: int) -> float:
    """Return a 32-bit word as a number in [0, 1)."""
    return word * 2.0**-32
