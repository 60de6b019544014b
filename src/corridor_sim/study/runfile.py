"""The file of one run: written whole or not at all, read without trusting it."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from corridor_sim.engine.pairs import Pairs, from_square
from corridor_sim.engine.result import SpeciesResult
from corridor_sim.engine.simulation import Seen
from corridor_sim.files import write_bytes
from corridor_sim.kernels.states import ALIVE, CAUSES
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.metrics.outcomes import OUTCOMES, dispersal_flux, measure

MAX_BYTES = 2**31
# ending of the name of an array of pairs of core areas: from, to, how often
PAIRS = "_pairs"


@dataclass(frozen=True, slots=True)
class SpeciesRecord:
    """What is kept of one species in one run.

    Attributes
    ----------
    values : float64 ``[outcome]``
        In the order of :data:`corridor_sim.metrics.outcomes.OUTCOMES`.
    born, first : int64 ``[zone + 1]``, Pairs
        Dispersal flux, see :class:`corridor_sim.metrics.outcomes.Flux`.
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


def record(result: SpeciesResult, seen: Seen, land: Landscape, keep_tracks: bool) -> SpeciesRecord:
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


def peek(path: Path, shape: tuple[int, int]) -> NDArray[np.float64] | None:
    """Return the outcomes of a run, ``[species, outcome]``, without unpacking its file.

    None where the file is missing, not of this shape, cut short, or its first part is damaged.
    Damage further inside shows only when the whole is loaded.
    """
    try:
        with path.open("rb") as stream:
            start = stream.read(30)
            if len(start) < 30 or start[:4] != b"PK\3\4":
                return None
            method, _, _, crc, size, _, n_name, n_extra = struct.unpack("<HHHIIIHH", start[8:])
            name = stream.read(n_name + n_extra)[:n_name]
            if method != zipfile.ZIP_STORED or name != HEAD.encode() or size > 2**24:
                return None
            packed_array = stream.read(size)
            if zlib.crc32(packed_array) != crc or not _ends_whole(stream):
                return None
        found = np.lib.format.read_array(io.BytesIO(packed_array), allow_pickle=False)
    except (OSError, ValueError, EOFError, struct.error):
        return None
    return found if found.shape == shape and found.dtype == np.float64 else None


def whole(path: Path) -> bool:
    """Whether every part of a run file unpacks and matches its checksum."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.testzip() is None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError):
        return False


def set_aside(path: Path) -> bool:
    """Take a damaged file out of the way, so that its run is made again; False if there is none."""
    if not path.is_file():
        return False
    path.replace(path.with_suffix(".damaged"))
    return True


def _ends_whole(stream: BinaryIO) -> bool:
    """Whether an archive's table of contents stands where its last bytes say."""
    length = stream.seek(0, io.SEEK_END)
    stream.seek(max(0, length - 22))
    end = stream.read(22)
    if len(end) < 22 or end[:4] != b"PK\5\6":
        return False
    size, offset = struct.unpack("<II", end[12:20])
    stream.seek(offset)
    return int(offset + size + 22) == length <= MAX_BYTES and stream.read(4) == b"PK\1\2"


def load_run(path: Path, keys: list[str], n_stages: int) -> dict[str, SpeciesRecord] | None:
    """Return the records of a run file, or None where it is missing, damaged or of another shape.

    A damaged file is simply computed again: it cannot harm the others.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            return None
        # numpy leaves a path it cannot read open
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as data:
            return {key: _species(data, key, n_stages) for key in keys}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        return None


def pairs_in(name: str, array: Callable[[str], NDArray[Any]]) -> Pairs:
    """Return pairs of core areas from a run file, given how its arrays are had by name.

    Older files hold square tables of all pairs.

    Raises
    ------
    ValueError
        If they are neither.
    KeyError
        If there are none.
    """
    try:
        rows = array(f"{name}{PAIRS}")
    except KeyError:
        table = array(name)
        if table.ndim != 2 or table.shape[0] != table.shape[1] or table.dtype != np.int64:
            raise ValueError("no table of pairs") from None
        return from_square(table)
    if rows.ndim != 2 or rows.shape[1] != 3 or rows.dtype != np.int64:
        raise ValueError("no pairs")
    return Pairs(rows)


def _species(data: Any, key: str, n_stages: int) -> SpeciesRecord:
    def pair(name: str) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        return np.cumsum(data[f"{key}/{name}_gaps"], dtype=np.int64), data[f"{key}/{name}_counts"]

    values = data[f"{key}/values"]
    if values.shape != (len(OUTCOMES),):
        raise ValueError("another table of outcomes")
    return SpeciesRecord(
        values=values,
        born=data[f"{key}/born"],
        first=pairs_in(f"{key}/first", data.__getitem__),
        transits=pairs_in(f"{key}/transits", data.__getitem__),
        visits=tuple(pair(f"visits{i}") for i in range(n_stages)),
        passed=pair("passed0"),
        blocked=pair("blocked0"),
        deaths=data[f"{key}/deaths"],
        tracks=data[f"{key}/tracks"],
    )


@dataclass(frozen=True, slots=True)
class FluxRecord:
    """What a comparison needs of one species in one run; see :class:`SpeciesRecord`."""

    values: NDArray[np.float64]
    born: NDArray[np.int64]
    first: Pairs
    tracks: NDArray[np.float32]


def load_flux(path: Path, keys: list[str], *, tracks: bool) -> dict[str, FluxRecord] | None:
    """Return outcomes, flux and, if asked for, tracks of a run; the maps stay packed.

    None where the file is missing, damaged or of another shape.
    """
    outcomes = peek(path, (len(keys), len(OUTCOMES)))
    if outcomes is None:
        return None
    nothing = np.zeros((0, 0, 2), np.float32)
    found = {}
    try:
        with zipfile.ZipFile(path) as archive:

            def array(name: str) -> NDArray[Any]:
                with archive.open(f"{name}.npy") as stream:
                    values: NDArray[Any] = np.lib.format.read_array(
                        io.BytesIO(stream.read()), allow_pickle=False
                    )
                return values

            for i, key in enumerate(keys):
                found[key] = FluxRecord(
                    outcomes[i], array(f"{key}/born"), pairs_in(f"{key}/first", array),
                    array(f"{key}/tracks") if tracks else nothing,
                )  # fmt: skip
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        return None
    return found
