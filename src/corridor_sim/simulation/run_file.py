"""The files of runs, whoever simulated them: written whole or not at all, read without trust."""

from __future__ import annotations

import os
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from corridor_sim.files import write_bytes, writing
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.reading import (
    Archive,
    Shape,
    Unfit,
    archive,
    exists,
    opened,
    packed,
    refuse_cut_short,
    refuse_outside,
    unpacked,
)
from corridor_sim.simulation.pairs import Pairs, from_square

T = TypeVar("T")
# of a file, and of all that it unpacks to
MAX_BYTES = 2**31
MAX_HEAD = 2**24
# far above what any run gives, far below where sums of many runs overflow
MOST_VALUE, MOST_COUNT, MOST_EVENTS, MOST_SIDE = 1e18, 2**40, 2**26, 2**20
# ending of the name of an array of pairs of core areas: from, to, how often
PAIRS = "_pairs"
HEAD = "outcomes.npy"
# fields of records that files call otherwise
NAMES = {"equilibrated": "settled"}
# a map of counts: the flat cells that have any, int64, and how many, int32
Counted = tuple[NDArray[np.int64], NDArray[np.int32]]


def save_records(path: Path, records: Mapping[str, Any]) -> None:
    """Write the records of one run, by species key, as one ``.npz`` file, atomically.

    A record is a dataclass; its fields are arrays, :class:`Pairs`, a truth, or maps of counts. The
    outcomes of all species, ``[species, outcome]``, come first and unpacked, so that :func:`peek`
    reads thousands of files in a second.
    """
    arrays = {
        f"{key}/{name}": array
        for key, kept in records.items()
        for one in fields(kept)
        for name, array in _members(NAMES.get(one.name, one.name), getattr(kept, one.name))
    }
    outcomes = np.stack([kept.values for kept in records.values()])
    write_bytes(path, packed(arrays, {"outcomes": outcomes}))


def _members(name: str, value: Any) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield the arrays of one field by their names."""
    if isinstance(value, Pairs):
        yield f"{name}{PAIRS}", value.rows
    elif isinstance(value, tuple):
        maps = (value,) if value and isinstance(value[0], np.ndarray) else value
        for i, (cells, counts) in enumerate(maps):
            # gaps between visited cells are small numbers, which pack far better
            yield f"{name}{i}_gaps", np.diff(cells, prepend=0).astype(np.int32)
            yield f"{name}{i}_counts", counts
    else:
        yield name, np.array([value]) if isinstance(value, bool) else value


def peek(path: Path, shape: tuple[int, int | None]) -> NDArray[np.float64] | None:
    """Return the outcomes of a run, ``[species, outcome]``, without unpacking its file.

    None where the file is missing, not of this shape, cut short, or its first part is damaged.
    Damage further inside shows only when the whole is loaded.
    """
    try:
        return outcomes_of(path, shape)
    except Unfit:
        return None


def outcomes_of(path: Path, shape: tuple[int, int | None]) -> NDArray[np.float64]:
    """Return what :func:`peek` returns, or say why there is nothing.

    Raises
    ------
    Unfit
    """
    with opened(path, MAX_BYTES) as (stream, length):
        start = stream.read(30)
        if len(start) < 30 or start[:4] != b"PK\3\4":
            raise Unfit("is no run file")
        flags, method, _, _, crc, size, _, n_name, n_extra = struct.unpack("<HHHHIIIHH", start[6:])
        name = stream.read(n_name + n_extra)[:n_name]
        if method != zipfile.ZIP_STORED or flags or name != HEAD.encode() or size > MAX_HEAD:
            raise Unfit("does not begin with the outcomes of a run")
        packed_array = stream.read(size)
        if zlib.crc32(packed_array) != crc:
            raise Unfit("is cut short or damaged: its outcomes do not match their checksum")
        refuse_cut_short(stream, length)
    found = unpacked(packed_array, np.float64, shape, size, "outcomes")
    refuse_outside("outcomes", found, MOST_VALUE, unknown=True)
    return found


def whole(path: Path) -> bool:
    """Whether every part of a run file unpacks and matches its checksum."""
    try:
        with archive(path, MAX_BYTES) as found:
            for name in found.names:
                found.array(name, None)
    except Unfit:
        return False
    return True


def why_not(path: Path, shape: tuple[int, int | None]) -> str:
    """Return why :func:`peek` has nothing, in words that go on after the file's name."""
    try:
        outcomes_of(path, shape)
    except Unfit as bad:
        return str(bad)
    return "is damaged inside"


def set_aside(path: Path) -> bool:
    """Take a damaged file out of the way, so that its run is made again; False if there is none.

    Raises
    ------
    ResultsError
        It cannot be moved.
    """
    if not exists(path):
        return False
    aside = path.with_suffix(".damaged")
    with writing(path):
        if aside.is_dir() and not aside.is_symlink():
            aside = path.with_suffix(f".{os.getpid()}.damaged")
        path.replace(aside)
    return True


@dataclass(frozen=True, slots=True)
class Extent:
    """What the numbers of a run file may point at.

    Attributes
    ----------
    height, width : int
        Cells.
    zones : int
        Core areas.
    """

    height: int
    width: int
    zones: int

    @classmethod
    def of(cls, land: Landscape) -> Extent:
        """Return the extent of a landscape."""
        return cls(land.grid.height, land.grid.width, land.n_zones)

    @property
    def cells(self) -> int:
        """Cells of the grid."""
        return self.height * self.width


ANYWHERE = Extent(MOST_SIDE, MOST_SIDE, MOST_SIDE)


@dataclass(frozen=True, slots=True)
class Part:
    """What a run file holds of one species; all that it returns is where it may be.

    Every method raises :class:`Unfit` for what is missing, of another form or out of range.
    """

    data: Archive
    key: str
    extent: Extent

    def array(
        self,
        name: str,
        kind: DTypeLike,
        shape: Shape,
        end: float,
        *,
        most: int = MOST_EVENTS,
        **how: Any,
    ) -> NDArray[Any]:
        """Return an array of at most so many values, each within 0 and ``end``."""
        found = self.data.array(f"{self.key}/{name}", kind, shape, most)
        self.within(name, found, end, **how)
        return found

    def within(self, name: str, values: NDArray[Any], end: float, **how: Any) -> None:
        """Refuse values beyond 0 and ``end``; ``how`` as in :func:`refuse_outside`."""
        refuse_outside(f"{self.key}/{name}", values, end, **{"start": 0, **how})

    def columns(
        self, name: str, kind: DTypeLike, lead: Shape, *, unknown: bool = False, **ends: float
    ) -> NDArray[Any]:
        """Return an array whose last axis has named columns, each within 0 and its end."""
        found = self.data.array(f"{self.key}/{name}", kind, (*lead, len(ends)), MOST_EVENTS)
        for i, (what, end) in enumerate(ends.items()):
            self.within(f"{name}: {what}", found[..., i], end, unknown=unknown)
        return found

    def values(self, n: int) -> NDArray[np.float64]:
        """Return the species' outcomes, which are among those that the file begins with."""
        values = self.array("values", np.float64, (n,), MOST_VALUE, start=None, unknown=True)
        first = self.data.array("outcomes", np.float64, (None, n), MAX_HEAD)
        if not any(np.array_equal(row, values, equal_nan=True) for row in first):
            raise Unfit(f"{self.key}/values are not the outcomes that it begins with")
        return values

    def counted(self, name: str) -> Counted:
        """Return a map of counts."""
        cells = self.extent.cells
        gaps = self.array(f"{name}_gaps", np.int32, (None,), cells, most=cells)
        counts = self.array(f"{name}_counts", np.int32, gaps.shape, MOST_COUNT, start=1)
        self.within(f"{name}_gaps", gaps[1:], cells, start=1)
        at = np.cumsum(gaps, dtype=np.int64)
        self.within(name, at[-1:], cells - 1)
        return at, counts

    def pairs(self, name: str, areas: int) -> Pairs:
        """Return pairs of core areas below ``areas``; 0 is the outside.

        Older files hold square tables of all pairs.
        """
        if f"{self.key}/{name}{PAIRS}" not in self.data.names:
            table = self.array(name, np.int64, (areas, areas), MOST_COUNT, most=2**48)
            return from_square(table)
        name = f"{name}{PAIRS}"
        rows = self.array(name, np.int64, (None, 3), MOST_COUNT)
        self.within(f"{name}: areas", rows[:, :2], areas - 1)
        self.within(f"{name}: counts", rows[:, 2], MOST_COUNT, start=1)
        order = rows[:, 0] * areas + rows[:, 1]
        if (order[1:] <= order[:-1]).any():
            raise Unfit(f"{self.key}/{name} are not in order")
        return Pairs(rows)


def load_records(
    path: Path, keys: Sequence[str], extent: Extent, read: Callable[[Part], T]
) -> dict[str, T]:
    """Return what ``read`` makes of each species' part of a run file.

    Raises
    ------
    Unfit
        The file is missing, damaged or of another shape.
    """
    with archive(path, MAX_BYTES) as found:
        return {key: read(Part(found, key, extent)) for key in keys}
