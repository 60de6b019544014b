"""Same inputs, same bits: for any threads, chunks, order, restart, and without the compiler."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from corridor_sim.kernels.advance import advance
from corridor_sim.kernels.records import Animals, Clock, Fields, Params, Tallies
from oracles.elsewhere import assert_equal, digest_without_compiler, hash_of
from oracles.worlds import busy_case, copied, in_order, make_tallies, rows

Case = tuple[Animals, Fields, Params, Clock]


@pytest.fixture
def case() -> Case:
    return busy_case(3, n=300, n_steps=50, height=30, width=40)


def result(case: Case, *, chunk: int = 64, threads: int = 2) -> tuple[Animals, Tallies]:
    animals, fields, params, clock = case
    after = copied(animals)
    records = (clock.first_step + clock.n_steps) // clock.track_every
    tallies = make_tallies(fields, n_stages=2, tracks=(after.x.size, records))
    numba.set_num_threads(threads)
    advance(after, fields, params, clock, tallies, chunk)
    return after, in_order(tallies)


def test_threads_change_nothing() -> None:
    """Long enough (about 0.1 s) for the threads to really run beside each other."""
    case = busy_case(3, n=4000, n_steps=100, height=30, width=40)
    assert_equal(result(case, threads=1), result(case, threads=2, chunk=8))


@pytest.mark.parametrize("chunk", [1, 7, 1000])
def test_chunks_change_nothing(case: Case, chunk: int) -> None:
    assert_equal(result(case), result(case, chunk=chunk))


def test_order_of_animals_changes_nothing(case: Case) -> None:
    order = np.random.default_rng(8).permutation(case[0].x.size)
    animals, tallies = result(case)
    other = result((rows(case[0], order), *case[1:]))
    assert_equal((rows(animals, order), tallies._replace(tracks=tallies.tracks[order])), other)


def test_absent_animals_change_nothing(case: Case) -> None:
    animals, _ = result(case)
    some = slice(10, 60, 3)
    other, _ = result((rows(case[0], some), *case[1:]))
    assert_equal((rows(animals, some),), (other,))


def test_a_run_split_in_two_continues(case: Case) -> None:
    animals, fields, params, clock = case
    whole, tallies = result(case)
    after = copied(animals)
    split = make_tallies(fields, n_stages=2, tracks=tallies.tracks.shape[:2])
    first = clock._replace(n_steps=17)
    second = clock._replace(first_step=clock.first_step + 17, n_steps=clock.n_steps - 17)
    for part in (first, second):
        advance(after, fields, params, part, split, 64)
    assert_equal((whole, tallies), (after, in_order(split)))


def digest() -> str:
    """Return the hash of everything that small busy worlds end with."""
    return hash_of(
        array
        for seed in range(4)
        for record in result(busy_case(seed, n=8, n_steps=15))
        for array in record
    )


def test_the_compiler_changes_nothing() -> None:
    assert digest_without_compiler(__file__) == digest()
