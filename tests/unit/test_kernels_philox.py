"""The random numbers: known answers, twins, and smoke tests of uniformity and independence."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from corridor_sim.kernels.jit import kernel
from corridor_sim.kernels.philox import keyed_uniforms, keyed_word, philox4x32, split_seed
from oracles import philox as twin
from oracles.verdict import TAIL, Z

# kat_vectors of Random123, the reference implementation: philox4x32, 10 rounds
KNOWN = [
    ("0 0 0 0", "0 0", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    (
        "ffffffff ffffffff ffffffff ffffffff",
        "ffffffff ffffffff",
        "408f276d 41c83b0e a20bc7c6 6d5451fd",
    ),
    (
        "243f6a88 85a308d3 13198a2e 03707344",
        "a4093822 299f31d0",
        "d16cfe09 94fdcceb 5001e420 24126ea1",
    ),
]


@kernel()
def compiled(c0, c1, c2, c3, k0, k1):
    return philox4x32(c0, c1, c2, c3, k0, k1)


@kernel()
def compiled_word(step, animal, replicate, stream, purpose, k0, k1):
    return keyed_word(step, animal, replicate, stream, purpose, k0, k1)


def unhex(words: str) -> Any:
    return tuple(int(word, 16) for word in words.split())


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN)
def test_known_answers(counter: str, key: str, answer: str) -> None:
    c, k = unhex(counter), unhex(key)
    assert twin.philox4x32(c, k) == unhex(answer)
    assert tuple(map(int, compiled(*map(np.uint64, c + k)))) == unhex(answer)


word32 = st.integers(0, 2**32 - 1)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    step=word32,
    animal=word32,
    replicate=word32,
    stream=st.integers(0, 65535),
    purpose=st.integers(0, 65535),
    seed=st.integers(0, 2**64 - 1),
)
def test_keys_are_laid_out_as_the_twin_says(
    step: int, animal: int, replicate: int, stream: int, purpose: int, seed: int
) -> None:
    k0, k1 = split_seed(seed)
    word = compiled_word(step, animal, replicate, stream, purpose, k0, k1)
    key = (seed % 2**32, seed // 2**32)
    assert int(word) == twin.keyed_words(step, animal, replicate, stream, purpose, key)[0]


def test_uniforms_use_53_bits_of_two_words() -> None:
    seen = keyed_uniforms(7, 3, 5, np.array([11, 12]), 8192, 3)
    for i, animal in enumerate((11, 12)):
        for column in range(3):
            hi, lo, _, _ = twin.keyed_words(column, animal, 3, 5, 8192, (7, 0))
            assert seen[i, column] == ((hi << 21) | (lo >> 11)) / 2**53


def test_uniforms_do_not_depend_on_company() -> None:
    all_of_them = keyed_uniforms(1, 0, 0, np.arange(50), 8192, 4)
    some = keyed_uniforms(1, 0, 0, np.array([49, 3, 17]), 8192, 4)
    assert np.array_equal(some, all_of_them[[49, 3, 17]])


def test_uniform_in_mean_variance_and_256_bins() -> None:
    u = keyed_uniforms(2024, 0, 0, np.arange(500), 8192, 400).ravel()
    n = u.size
    assert u.min() >= 0
    assert u.max() < 1
    assert abs(u.mean() - 1 / 2) < Z * math.sqrt(1 / 12 / n)
    # Var(u^2 about the mean) = 1/80 - 1/144 = 1/180
    assert abs(((u - 0.5) ** 2).mean() - 1 / 12) < Z * math.sqrt(1 / 180 / n)
    for fine in (1, 2**8, 2**16, 2**24):  # leading bits, then ever lower ones
        count = np.bincount((u * fine % 1 * 256).astype(int), minlength=256)
        assert ((count - n / 256) ** 2).sum() / (n / 256) < stats.chi2.isf(TAIL, 255)
    assert np.unique(u).size == n


@pytest.mark.parametrize(
    "other",
    [
        {"seed": 6},
        {"seed": 5 + 2**32},
        {"replicate": 1},
        {"stream": 1},
        {"purpose": 8193},
        {"first": 300},
        {"columns": slice(1, None)},
    ],
    ids=str,
)
def test_neighbouring_keys_give_independent_numbers(other: dict[str, object]) -> None:
    base: dict[str, Any] = {"seed": 5, "replicate": 0, "stream": 0, "purpose": 8192}
    base |= {"first": 0, "columns": slice(None, -1)}

    def draw(
        seed: int, replicate: int, stream: int, purpose: int, first: int, columns: slice
    ) -> Any:
        animals = np.arange(first, first + 300)
        u = keyed_uniforms(seed, replicate, stream, animals, purpose, 301)
        return (u[:, columns][:, :300] - 0.5).ravel()

    a, b = draw(**base), draw(**{**base, **other})
    # the product of two independent centred uniforms has mean 0 and variance 1/144
    assert abs((a * b).mean()) < Z * math.sqrt(1 / 144 / a.size)
    assert not (a == b).any()


def test_the_two_halves_of_a_word_are_independent() -> None:
    """They pick the length and the turning angle of one candidate."""
    words = np.array(
        [twin.keyed_words(step, 9, 0, 0, 0, (1, 0))[0] for step in range(20_000)], np.int64
    )
    table = np.histogram2d(words % 65536, words // 65536, bins=8, range=[[0, 65536]] * 2)[0]
    expected = words.size / 64
    assert ((table - expected) ** 2).sum() / expected < stats.chi2.isf(TAIL, 63)
