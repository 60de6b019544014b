"""The baseline's dispersers and what changes do to them, block after block of replicates.

Replicates are walked in blocks that are never walked again: an answer from 20 is that from 10 and
ten more, to the bit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from time import perf_counter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import ScenarioError, shown
from corridor_sim.landscape.edits.base import Edit
from corridor_sim.progress import tell
from corridor_sim.simulation.dispersal.cohort import Change, Ground, concerned, rows_of
from corridor_sim.simulation.dispersal.machine import Dispersal, Told
from corridor_sim.simulation.dispersal.strata import MOST_REPLICATES

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Grounds = Mapping[str, tuple[Ground, Change]]
# replicates that are walked in one call, at most
BLOCK = 10
# recording what a walk depended on makes its steps so much longer; see kernels/touched.py
RECORDED = 1.5
# steps from which the pace of walking again is taken as measured
MEASURED = 100_000


@dataclass(slots=True)
class Pace:
    """Seconds a step takes, of one species; the last walks count most, as the machine is now.

    Attributes
    ----------
    first_s, again_s : float
        Seconds spent on walks of the baseline, and on those that a change concerned.
    first, again : float
        Steps of these.
    """

    first_s: float = 0.0
    first: float = 0.0
    again_s: float = 0.0
    again: float = 0.0

    def add_first(self, seconds: float, steps: float) -> None:
        """Count walks of the baseline."""
        self.first_s, self.first = self.first_s / 2 + seconds, self.first / 2 + steps

    def add_again(self, seconds: float, steps: float) -> None:
        """Count walks that a change concerned."""
        self.again_s, self.again = self.again_s / 2 + seconds, self.again / 2 + steps

    @property
    def of_first(self) -> float:
        """Seconds a step of the baseline takes."""
        return self.first_s / max(self.first, 1.0)

    @property
    def of_again(self) -> float:
        """Seconds a step of a walk takes that is not recorded."""
        if self.again >= MEASURED:
            return self.again_s / self.again
        return self.of_first / RECORDED


class Block(NamedTuple):
    """What was told of one block of replicates, by species.

    Attributes
    ----------
    told : dict of str to Told
        Who was looked at again; nobody on the baseline.
    values : dict of str to float64 ``[replicate, outcome]``
    pairs : dict of str to float64 ``[replicate, from, to]``
        Animals a year from block to block of core areas.
    deaths : dict of str to float64 ``[replicate]``
        Dispersers that die on their way, animals a year.
    again : dict of str to int64 ``[replicate]``
        Dispersers that walked again.
    """

    told: dict[str, Told]
    values: dict[str, F64]
    pairs: dict[str, F64]
    deaths: dict[str, F64]
    again: dict[str, I64]


@dataclass(slots=True)
class Answer:
    """Outcomes of all dispersers under one change, as far as it was walked; or under none.

    Attributes
    ----------
    edits : tuple of Edit
        What was changed, after the edits of the scenario.
    blocks : list of Block
    seconds : float
        Spent so far.
    """

    edits: tuple[Edit, ...] = ()
    blocks: list[Block] = field(default_factory=list)
    seconds: float = 0.0

    def values(self, key: str, replicates: int) -> F64:
        """Return the outcomes of a species, ``[replicate, outcome]``."""
        return np.concatenate([one.values[key] for one in self.blocks])[:replicates]

    def pairs(self, key: str, replicates: int) -> F64:
        """Return animals a year from block to block, ``[replicate, from, to]``."""
        return np.concatenate([one.pairs[key] for one in self.blocks])[:replicates]

    def deaths(self, key: str, replicates: int) -> F64:
        """Return dispersers that die on their way, animals a year, ``[replicate]``."""
        return np.concatenate([one.deaths[key] for one in self.blocks])[:replicates]

    def again(self, key: str, replicates: int) -> int:
        """Return how many dispersers of some replicates walked again."""
        return int(np.concatenate([one.again[key] for one in self.blocks])[:replicates].sum())


@dataclass(slots=True)
class Walks:
    """Dispersers of the baseline, walked as far as anybody asked.

    Attributes
    ----------
    dispersal : Dispersal
    blocks : list of range
        Replicates that were walked, in the order of their numbers.
    baseline : Answer
    """

    dispersal: Dispersal
    blocks: list[range] = field(default_factory=list)
    baseline: Answer = field(default_factory=Answer)
    pace: dict[str, Pace] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.pace = {key: Pace() for key in self.dispersal.kinds}

    @property
    def reached(self) -> int:
        """Replicates of the baseline walked so far."""
        return self.blocks[-1].stop if self.blocks else 0

    def size(self, key: str) -> int:
        """Return the dispersers of a species in each replicate."""
        return int(self.dispersal.kinds[key].n.sum())

    def prepare(self, replicates: int) -> None:
        """Walk the baseline's dispersers of so many replicates, as far as they were not."""
        while self.reached < replicates:
            some = range(self.reached, min(self.reached + BLOCK, replicates))
            tell(f"the dispersers of today, replicates {some.start + 1} to {some.stop}")
            for key in self.dispersal.kinds:
                began = perf_counter()
                walked = self.dispersal.baseline(key, some)
                steps = float(walked.fates.end_step.sum())
                self.pace[key].add_first(perf_counter() - began, steps)
            self.baseline.blocks.append(self._block(some, {}, {}))
            self.blocks.append(some)

    def walk(self, answer: Answer, grounds: Grounds, replicates: int) -> None:
        """Walk those again whom a change concerns, of all replicates that were not yet."""
        self.prepare(replicates)
        for some in self.blocks[len(answer.blocks) :]:
            if some.start >= replicates:
                break
            began, told, again = perf_counter(), {}, {}
            for key, (ground, change) in grounds.items():
                since = perf_counter()
                told[key] = self.dispersal.on(key, ground, change, some)
                spent_s = perf_counter() - since
                walks = concerned(self.dispersal.baseline(key, some), change)
                self.pace[key].add_again(spent_s, self._steps(key, some, walks))
                again[key] = walks.reshape(len(some), -1).sum(axis=1, dtype=np.int64)
            answer.blocks.append(self._block(some, told, again))
            answer.seconds += perf_counter() - began

    def seconds_for(self, grounds: Grounds, replicates: int) -> float:
        """Return how long walking for a change will take, from the pace of what was walked."""
        if not self.blocks:
            self.prepare(min(BLOCK, replicates))
        found, n = 0.0, min(self.reached, replicates)
        for key, (_, change) in grounds.items():
            steps = every = 0.0
            for some in self.blocks:
                walked = self.dispersal.baseline(key, some)
                steps += self._steps(key, some, concerned(walked, change))
                every += float(walked.fates.end_step.sum())
            found += self.pace[key].of_again * steps / self.reached * replicates
            found += self.pace[key].of_first * every / self.reached * (replicates - n)
        return found

    def told(self, answer: Answer, key: str, replicates: int) -> Iterator[tuple[range, Told]]:
        """Yield who was looked at again, block by block, of the first replicates."""
        for some, block in zip(self.blocks, answer.blocks, strict=False):
            if some.start >= replicates:
                return
            one = block.told[key]
            inside = np.flatnonzero(one.rows < (replicates - some.start) * self.size(key))
            yield some, Told(one.rows[inside], rows_of(one.fates, inside))

    def event(self, key: str, event: str, replicates: int, unit: str) -> float:
        """Return by how much one event of the baseline moves an outcome; NaN where none tells.

        The mean over the animals a year to whom it happened of what their disperser stands for,
        ``sum(w^2) / sum(w)``: dispersers of strata in which nothing ever happens, which stand for
        many, have no say.

        Parameters
        ----------
        event : {"joined", "stayed", "died", ""}
        unit : str
            Of the outcome: animals a year, or ``"1"`` of their share.
        """
        if unit not in ("animals/yr", "1") or not event:
            return float("nan")
        parts = []
        for some in self.blocks:
            if some.start < replicates:
                ends = self.dispersal.ends(key, some)
                parts.append(ends.weight[getattr(ends, event) & (ends.replicate < replicates)])
        weight = np.concatenate(parts)
        if not weight.size:
            return float("nan")
        born = 1.0 if unit != "1" else float(self.dispersal.kinds[key].strata.per_year.sum())
        return float((weight**2).sum() / weight.sum()) / born

    def _block(self, some: range, told: dict[str, Told], again: dict[str, I64]) -> Block:
        values, pairs, deaths = {}, {}, {}
        for key in self.dispersal.kinds:
            one = told.get(key)
            values[key] = self.dispersal.values(key, some, one)
            pairs[key] = self.dispersal.pairs(key, some, one)
            ends = self.dispersal.ends(key, some, one)
            died = np.where(ends.died, ends.weight, 0.0)
            deaths[key] = died.reshape(len(some), -1).sum(axis=1)
        return Block(told, values, pairs, deaths, again)

    def _steps(self, key: str, some: range, walks: NDArray[np.bool_]) -> float:
        return float(self.dispersal.baseline(key, some).fates.end_step[walks].sum())


def refuse_counts(replicates: Sequence[int]) -> tuple[int, ...]:
    """Return numbers of replicates at which an answer is told; refuse what cannot grow.

    Raises
    ------
    ScenarioError
    """
    found = tuple(int(n) for n in replicates)
    rising = all(a < b for a, b in pairwise(found))
    if not found or found[0] < 1 or found[-1] > MOST_REPLICATES // 2 or not rising:
        raise ScenarioError(
            f"replicates = {shown(tuple(replicates))} is impossible",
            remedy="give rising numbers of 1 or more, such as (10, 20, 40)",
        )
    return found
