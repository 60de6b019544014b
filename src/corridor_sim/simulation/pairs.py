"""Counts of events between pairs of core areas: only the pairs that occur are kept.

A table of all pairs grows with the square of the areas, 8 GB with 32,767 of them, and is nearly
all zeros: there cannot be more pairs than events.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

# area numbers are int16, so two of them fit one integer
_AREAS = 1 << 16


@dataclass(frozen=True, slots=True)
class Pairs:
    """How often something went from one core area to another.

    Attributes
    ----------
    rows : int64 ``[n, 3]``
        From, to (0 = outside or none) and how often, at least once; ordered by from, then to.
    """

    rows: NDArray[np.int64]

    @property
    def start(self) -> NDArray[np.int64]:
        """Area that each pair goes from."""
        return self.rows[:, 0]

    @property
    def end(self) -> NDArray[np.int64]:
        """Area that each pair goes to."""
        return self.rows[:, 1]

    @property
    def count(self) -> NDArray[np.int64]:
        """How often each pair occurred."""
        return self.rows[:, 2]

    def total(self) -> int:
        """Return how many events there are."""
        return int(self.count.sum())

    def of(self, start: int, end: int) -> int:
        """Return how often one pair occurred."""
        return int(self.count[(self.start == start) & (self.end == end)].sum())

    def where(self, keep: NDArray[np.bool_]) -> Pairs:
        """Return some of the pairs."""
        return Pairs(self.rows[keep])

    def between_areas(self) -> Pairs:
        """Return the pairs of which both are core areas, and not the outside."""
        return self.where((self.start > 0) & (self.end > 0))

    def elsewhere(self) -> Pairs:
        """Return the pairs of two different core areas."""
        between = self.between_areas()
        return between.where(between.start != between.end)

    def renamed(self, new: NDArray[np.integer[Any]]) -> Pairs:
        """Return the same events between what ``new`` ``[area + 1]`` calls each area."""
        rows = np.stack([new[self.start], new[self.end], self.count], axis=1)
        return summed([Pairs(rows.astype(np.int64))])

    def plus(self, other: Pairs) -> Pairs:
        """Return the events of both."""
        return summed([self, other])


def no_pairs() -> Pairs:
    """Return a count of nothing."""
    return Pairs(np.zeros((0, 3), np.int64))


def count_pairs(start: ArrayLike, end: ArrayLike) -> Pairs:
    """Return how often each pair occurs among events, given by where they start and end."""
    codes = np.asarray(start, np.int64) * _AREAS + np.asarray(end, np.int64)
    found, count = np.unique(codes, return_counts=True)
    return Pairs(np.stack([found // _AREAS, found % _AREAS, count], axis=1).astype(np.int64))


def summed(many: list[Pairs]) -> Pairs:
    """Return the events of all."""
    rows = np.concatenate([one.rows for one in many]) if many else no_pairs().rows
    found, place = np.unique(rows[:, 0] * _AREAS + rows[:, 1], return_inverse=True)
    count = np.zeros(found.size, np.int64)
    np.add.at(count, place.reshape(-1), rows[:, 2])
    return Pairs(np.stack([found // _AREAS, found % _AREAS, count], axis=1))


def by_pair(runs: list[Pairs]) -> Iterator[tuple[int, int, NDArray[np.float64]]]:
    """Yield every pair that occurs in any run: from, to, and how often in each run, ``[run]``."""
    run = np.repeat(np.arange(len(runs)), [len(one.rows) for one in runs])
    rows = np.concatenate([one.rows for one in runs]) if runs else no_pairs().rows
    order = np.lexsort((run, rows[:, 1], rows[:, 0]))
    rows, run = rows[order], run[order]
    first = np.ones(len(rows), np.bool_)
    first[1:] = (rows[1:, :2] != rows[:-1, :2]).any(axis=1)
    bounds = np.append(np.flatnonzero(first), len(rows))
    for low, high in pairwise(bounds.tolist()):
        counts = np.zeros(len(runs))
        counts[run[low:high]] = rows[low:high, 2]
        yield int(rows[low, 0]), int(rows[low, 1]), counts


def from_square(table: ArrayLike) -> Pairs:
    """Return the pairs of a square table ``[from, to]`` of counts."""
    full = np.asarray(table)
    start, end = np.nonzero(full)
    return Pairs(np.stack([start, end, full[start, end]], axis=1).astype(np.int64))
