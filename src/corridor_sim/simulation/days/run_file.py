"""The file of one run: written whole or not at all, read without trusting it."""

from __future__ import annotations

import io
import os
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.files import write_bytes, writing
from corridor_sim.kernels.states import ALIVE, CAUSES
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
from corridor_sim.simulation.days.outcomes import OUTCOMES, dispersal_flux, measure
from corridor_sim.simulation.days.result import SpeciesResult
from corridor_sim.simulation.days.simulation import SpeciesHabitat
from corridor_sim.simulation.pairs import Pairs, from_square

# of a file, and of all that it unpacks to
MAX_BYTES = 2**31
MAX_HEAD = 2**24
# far above what any run gives, far below where sums of many runs overflow
MOST_VALUE, MOST_COUNT, MOST_EVENTS, MOST_SIDE = 1e18, 2**40, 2**26, 2**20
# ending of the name of an array of pairs of core areas: from, to, how often
PAIRS = "_pairs"


@dataclass(frozen=True, slots=True)
class SpeciesRecord:
    """What is kept of one species in one run.

    Attributes
    ----------
    values : float64 ``[outcome]``
        In the order of :data:`corridor_sim.simulation.days.outcomes.OUTCOMES`.
    born, first : int64 ``[zone + 1]``, Pairs
        Dispersal flux, see :class:`corridor_sim.simulation.days.outcomes.Flux`.
    transits : Pairs
        Moves from one core area to the next one entered.
    visits : pair of (flat index int64, count int32) per stage
        Cells that were visited.
    passed, blocked : the same for barrier encounters
    deaths : int64 ``[d, 2]``
        Flat cell and cause of every death.
    tracks : float32 ``[t, day, 2]``
        Cells; only of replicate 0, else empty.
    """

    values: NDArray[np.float64]
    born: NDArray[np.int64]
    first: Pairs
    transits: Pairs
    visits: tuple[tuple[NDArray[np.int64], NDArray[np.int32]], ...]
    passed: tuple[NDArray[np.int64], NDArray[np.int32]]
    blocked: tuple[NDArray[np.int64], NDArray[np.int32]]
    deaths: NDArray[np.int64]
    tracks: NDArray[np.float32]


def _sparse(counts: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    flat = counts.reshape(-1)
    cells = np.flatnonzero(flat)
    return cells.astype(np.int64), flat[cells]


def record(
    result: SpeciesResult, seen: SpeciesHabitat, land: Landscape, keep_tracks: bool
) -> SpeciesRecord:
    """Return what is kept of one species' result."""
    flux = dispersal_flux(result, land.n_zones)
    measured = measure(result, seen, land)
    died = (result.state > ALIVE) & (result.state <= len(CAUSES))
    col, row = result.end[died].T.astype(np.int64)
    cause = result.state[died].astype(np.int64) - 1
    return SpeciesRecord(
        values=np.array([measured[name] for name in OUTCOMES]),
        born=flux.born,
        first=flux.first,
        transits=result.transits,
        visits=tuple(_sparse(stage) for stage in result.visits),
        passed=_sparse(result.passed),
        blocked=_sparse(result.blocked),
        deaths=np.stack([row * land.grid.width + col, cause], axis=1),
        tracks=result.tracks if keep_tracks else np.zeros((0, 0, 2), np.float32),
    )


def save_run(path: Path, records: dict[str, SpeciesRecord]) -> None:
    """Write the records of one run, by species key, as one ``.npz`` file, atomically."""
    arrays: dict[str, NDArray[Any]] = {}
    for key, kept in records.items():
        for name in ("values", "born", "deaths", "tracks"):
            arrays[f"{key}/{name}"] = getattr(kept, name)
        for name in ("first", "transits"):
            arrays[f"{key}/{name}{PAIRS}"] = getattr(kept, name).rows
        for name, pairs in (
            ("visits", kept.visits),
            ("passed", (kept.passed,)),
            ("blocked", (kept.blocked,)),
        ):
            for i, (cells, counts) in enumerate(pairs):
                # gaps between visited cells are small numbers, which pack far better
                arrays[f"{key}/{name}{i}_gaps"] = np.diff(cells, prepend=0).astype(np.int32)
                arrays[f"{key}/{name}{i}_counts"] = counts
    write_bytes(path, packed(arrays, np.stack([kept.values for kept in records.values()])))


HEAD = "outcomes.npy"


def packed(arrays: dict[str, NDArray[Any]], outcomes: NDArray[np.float64]) -> bytes:
    """Return an ``.npz`` archive; the quickest compression, which costs a fifth of numpy's.

    The outcomes of all species, ``[species, outcome]``, come first and as they are, so that
    :func:`peek` reads thousands of files in a second.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        first = io.BytesIO()
        np.lib.format.write_array(first, outcomes, allow_pickle=False)
        archive.writestr(zipfile.ZipInfo(HEAD), first.getvalue())
        for name, values in arrays.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, values, allow_pickle=False)
            # a ZipInfo of its own has a fixed date: the same run is the same bytes on any day
            archive.writestr(
                zipfile.ZipInfo(f"{name}.npy"),
                member.getvalue(),
                compress_type=zipfile.ZIP_DEFLATED,
                compresslevel=1,
            )
    return buffer.getvalue()


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


def load_run(
    path: Path, keys: list[str], n_stages: int, extent: Extent = ANYWHERE
) -> dict[str, SpeciesRecord]:
    """Return the records of a run file, every number where it may be.

    Raises
    ------
    Unfit
        The file is missing, damaged or of another shape.
    """
    with archive(path, MAX_BYTES) as found:
        return {key: _species(found, key, n_stages, extent) for key in keys}


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


def _species(data: Archive, key: str, n_stages: int, extent: Extent) -> SpeciesRecord:
    def pair(name: str) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        name = f"{key}/{name}"
        gaps = data.array(f"{name}_gaps", np.int32, (None,), extent.cells)
        counts = data.array(f"{name}_counts", np.int32, gaps.shape)
        refuse_outside(f"{name}_counts", counts, MOST_COUNT, start=1)
        refuse_outside(f"{name}_gaps", gaps[:1], extent.cells, start=0)
        refuse_outside(f"{name}_gaps", gaps[1:], extent.cells, start=1)
        cells = np.cumsum(gaps, dtype=np.int64)
        refuse_outside(name, cells[-1:], extent.cells - 1, start=0)
        return cells, counts

    values = data.array(f"{key}/values", np.float64, (len(OUTCOMES),))
    refuse_other_values(data, key, values)
    born, first = _flux(data, key, extent)
    transits = pairs_in(data, f"{key}/transits", born.size)
    deaths = data.array(f"{key}/deaths", np.int64, (None, 2), MOST_EVENTS)
    refuse_outside(f"{key}/deaths: cell", deaths[:, 0], extent.cells - 1, start=0)
    refuse_outside(f"{key}/deaths: cause", deaths[:, 1], len(CAUSES) - 1, start=0)
    return SpeciesRecord(
        values=values,
        born=born,
        first=first,
        transits=transits,
        visits=tuple(pair(f"visits{i}") for i in range(n_stages)),
        passed=pair("passed0"),
        blocked=pair("blocked0"),
        deaths=deaths,
        tracks=_tracks(data, key, extent),
    )


def _flux(data: Archive, key: str, extent: Extent) -> tuple[NDArray[np.int64], Pairs]:
    size = None if extent is ANYWHERE else extent.zones + 1
    born = data.array(f"{key}/born", np.int64, (size,), MOST_SIDE)
    refuse_outside(f"{key}/born", born, MOST_COUNT, start=0)
    first = pairs_in(data, f"{key}/first", born.size)
    if (born[first.start] == 0).any():
        raise Unfit(f"{key}/first tells of animals that {key}/born does not know")
    return born, first


def _tracks(data: Archive, key: str, extent: Extent) -> NDArray[np.float32]:
    tracks = data.array(f"{key}/tracks", np.float32, (None, None, 2), MOST_EVENTS)
    for i, (what, end) in enumerate((("column", extent.width), ("row", extent.height))):
        refuse_outside(f"{key}/tracks: {what}", tracks[..., i], end, start=0, unknown=True)
    return tracks


@dataclass(frozen=True, slots=True)
class FluxRecord:
    """What a comparison needs of one species in one run; see :class:`SpeciesRecord`."""

    values: NDArray[np.float64]
    born: NDArray[np.int64]
    first: Pairs
    tracks: NDArray[np.float32]


def load_flux(
    path: Path, keys: list[str], *, tracks: bool, extent: Extent = ANYWHERE
) -> dict[str, FluxRecord]:
    """Return outcomes, flux and, if asked for, tracks of a run; the maps stay packed.

    Raises
    ------
    Unfit
        The file is missing, damaged or of another shape.
    """
    outcomes = outcomes_of(path, (len(keys), len(OUTCOMES)))
    nothing = np.zeros((0, 0, 2), np.float32)
    with archive(path, MAX_BYTES) as found:
        return {
            key: FluxRecord(
                outcomes[i],
                *_flux(found, key, extent),
                _tracks(found, key, extent) if tracks else nothing,
            )
            for i, key in enumerate(keys)
        }
