"""The files of runs, whoever simulated them: written whole or not at all, read without trust."""

from __future__ import annotations

import os
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.files import npz_bytes, writing
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.reading import (
    Archive,
    Unfit,
    archive,
    exists,
    opened,
    refuse_cut_short,
    refuse_outside,
    unpacked,
)
from corridor_sim.simulation.pairs import Pairs, from_square

# of a file, and of all that it unpacks to
MAX_BYTES = 2**31
MAX_HEAD = 2**24
# far above what any run gives, far below where sums of many runs overflow
MOST_VALUE, MOST_COUNT, MOST_EVENTS, MOST_SIDE = 1e18, 2**40, 2**26, 2**20
# ending of the name of an array of pairs of core areas: from, to, how often
PAIRS = "_pairs"
HEAD = "outcomes.npy"


def packed(arrays: dict[str, NDArray[Any]], outcomes: NDArray[np.float64]) -> bytes:
    """Return an ``.npz`` archive, the same bytes of the same run on any day.

    The outcomes of all species, ``[species, outcome]``, come first and as they are, so that
    :func:`peek` reads thousands of files in a second.
    """
    first = HEAD.removesuffix(".npy")
    return npz_bytes({first: outcomes, **arrays}, as_they_are=(first,))


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


def refuse_other_values(data: Archive, key: str, values: NDArray[np.float64]) -> None:
    """Refuse outcomes of a species that are out of range, or not those that its file begins with.

    Raises
    ------
    Unfit
    """
    refuse_outside(f"{key}/values", values, MOST_VALUE, unknown=True)
    first = data.array("outcomes", np.float64, (None, values.size), MAX_HEAD)
    if not any(np.array_equal(row, values, equal_nan=True) for row in first):
        raise Unfit(f"{key}/values are not the outcomes that it begins with")


def pairs_in(data: Archive, name: str, areas: int) -> Pairs:
    """Return pairs of core areas from a run file; older files hold square tables of all pairs.

    Parameters
    ----------
    data : Archive
    name : str
    areas : int
        Numbers of areas are below it; 0 is the outside.

    Raises
    ------
    Unfit
    """
    if f"{name}{PAIRS}" not in data.names:
        table = data.array(name, np.int64, (areas, areas))
        refuse_outside(name, table, MOST_COUNT, start=0)
        return from_square(table)
    rows = data.array(f"{name}{PAIRS}", np.int64, (None, 3), MOST_EVENTS)
    refuse_outside(f"{name}{PAIRS}: areas", rows[:, :2], areas - 1, start=0)
    refuse_outside(f"{name}{PAIRS}: counts", rows[:, 2], MOST_COUNT, start=1)
    order = rows[:, 0] * areas + rows[:, 1]
    if (order[1:] <= order[:-1]).any():
        raise Unfit(f"{name}{PAIRS} are not in order")
    return Pairs(rows)
