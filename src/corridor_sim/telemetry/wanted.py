"""Which simulated animals are asked for: their names, and the ways of writing many of them.

Residents of a species are numbered from 0 and keep their number where a scenario displaces them;
dispersers are numbered apart, ``d0``, ``d1``, so that simulating more of one leaves the names of
the others. ``KEY-12`` and ``KEY-d3`` name one animal of one species.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import CorridorSimError, ScenarioError, counted, shown
from corridor_sim.kernels.records import Animals
from corridor_sim.kernels.states import STAGES
from corridor_sim.simulation.days.seeding import FIRST_DISPERSER
from corridor_sim.species.fields import SEXES

Asked = int | str | Sequence[int | str] | None
ALL = "all"
# numbers in one list; more than any run of days has animals
MOST = 20_000_000
_RANGE = re.compile(r"(d?)(\d{1,9})(?:-(d?)(\d{1,9}))?")
_NAMED = re.compile(r"([a-z][a-z0-9_]{1,30})-(d?)(\d{1,9})")
HOW = "write numbers as in 0-19,d0-d9 (d: dispersers), names as in KEY-12, or all"


def name_of(key: str, ident: int) -> str:
    """Return the name of an animal.

    >>> name_of("lynx", 12), name_of("lynx", FIRST_DISPERSER + 3)
    ('lynx-12', 'lynx-d3')
    """
    return f"{key}-{_number(ident)}"


def _number(ident: int) -> str:
    return str(ident) if ident < FIRST_DISPERSER else f"d{ident - FIRST_DISPERSER}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Animals that are asked for.

    Attributes
    ----------
    first : int or None
        So many of each stage, by their numbers; None = all, or those listed.
    listed : int64 ``[n]`` or None
        Numbers of animals of every species.
    named : tuple of (key, int)
        Animals of one species each.
    stages : tuple of int
        Of these stages only; empty = of all.
    """

    first: int | None = None
    listed: NDArray[np.int64] | None = None
    named: tuple[tuple[str, int], ...] = ()
    stages: tuple[int, ...] = ()

    def rows(self, key: str, animals: Animals) -> NDArray[np.int64]:
        """Return the rows of those asked for among the animals of a species, rising.

        Raises
        ------
        ScenarioError
            One that is listed is not there.
        """
        stage = animals.klass // len(SEXES)
        there = np.isin(stage, self.stages) if self.stages else np.ones(stage.size, np.bool_)
        if self.listed is not None or self.named:
            own = [ident for name, ident in self.named if name == key]
            listed = np.zeros(0, np.int64) if self.listed is None else self.listed
            asked = np.unique(np.concatenate([listed, np.array(own, np.int64)]))
            self._refuse_unknown(key, asked, animals)
            there &= np.isin(animals.ident, asked)
        elif self.first is not None:
            for one in range(len(STAGES)):
                rows = np.flatnonzero(there & (stage == one))
                there[rows[self.first :]] = False
        return np.flatnonzero(there)

    @staticmethod
    def _refuse_unknown(key: str, asked: NDArray[np.int64], animals: Animals) -> None:
        unknown = asked[~np.isin(asked, animals.ident)]
        if not unknown.size:
            return
        spread = animals.ident >= FIRST_DISPERSER
        counts = []
        for rows, word, letter in ((~spread, "resident", ""), (spread, "disperser", "d")):
            n = int(rows.sum())
            span = f" ({letter}0 to {letter}{n - 1})" if n else ""
            counts.append(f"{counted(n, word)}{span}")
        raise ScenarioError(
            f"no animal {name_of(key, int(unknown[0]))}: the run has {' and '.join(counts)}",
            where="animals",
            remedy="ask for some of these",
        )


def wanted(animals: Asked, stages: str | Sequence[str] = ()) -> Wanted:
    """Return what is asked for, its form checked.

    Parameters
    ----------
    animals : int, str, sequence of int or str, or None
        So many of each stage; ``"all"`` or None; or a list as in :data:`HOW`.
    stages : str or sequence of str
        Of :data:`corridor_sim.kernels.states.STAGES`; none given = all of them.

    Raises
    ------
    ScenarioError
        Something else.
    """
    given = [stages] if isinstance(stages, str) else list(stages)
    for one in given:
        if one not in STAGES:
            raise ScenarioError(
                f"unknown stage {shown(one)}", where="stage", remedy=f"allowed: {', '.join(STAGES)}"
            )
    numbers = tuple(STAGES.index(one) for one in given)
    if animals is None or animals == ALL:
        return Wanted(stages=numbers)
    if isinstance(animals, int) and not isinstance(animals, bool):
        if animals < 1:
            raise _odd(animals)
        return Wanted(first=animals, stages=numbers)
    if isinstance(animals, bool | float | bytes):
        raise _odd(animals)
    parts = animals.split(",") if isinstance(animals, str) else list(animals)
    ranges: list[NDArray[np.int64]] = []
    named: list[tuple[str, int]] = []
    for part in parts:
        _read(part, ranges, named)
    if not ranges and not named:
        raise _odd(animals)
    if sum(one.size for one in ranges) > MOST:
        raise _odd(animals)
    listed = np.unique(np.concatenate(ranges)) if ranges else None
    return Wanted(None, listed, tuple(dict.fromkeys(named)), numbers)


def _read(part: int | str, ranges: list[NDArray[np.int64]], named: list[tuple[str, int]]) -> None:
    """Read one number, range or name."""
    if isinstance(part, bool) or not isinstance(part, int | str | np.integer):
        raise _odd(part)
    text = str(part).strip()
    if found := _RANGE.fullmatch(text):
        begin = _ident(found[1], found[2])
        end = begin if found[4] is None else _ident(found[3], found[4])
        if end < begin or (begin < FIRST_DISPERSER) != (end < FIRST_DISPERSER):
            raise _odd(text)
        if end - begin >= MOST:
            raise _odd(text)
        ranges.append(np.arange(begin, end + 1, dtype=np.int64))
    elif found := _NAMED.fullmatch(text):
        named.append((found[1], _ident(found[2], found[3])))
    else:
        raise _odd(part)


def _ident(letter: str, digits: str) -> int:
    return int(digits) + (FIRST_DISPERSER if letter else 0)


def _odd(value: object) -> CorridorSimError:
    return ScenarioError(f"{shown(value)} are no animals", where="animals", remedy=HOW)
