"""The file of one run: written whole or not at all, read without trusting it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.files import write_bytes
from corridor_sim.kernels.states import ALIVE, CAUSES
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.reading import Archive, Unfit, archive, refuse_outside
from corridor_sim.simulation.days.outcomes import OUTCOMES, flux_of, measure
from corridor_sim.simulation.days.result import SpeciesResult
from corridor_sim.simulation.days.simulation import SpeciesHabitat
from corridor_sim.simulation.pairs import Pairs
from corridor_sim.simulation.run_file import (
    ANYWHERE,
    MAX_BYTES,
    MOST_COUNT,
    MOST_EVENTS,
    MOST_SIDE,
    PAIRS,
    Extent,
    outcomes_of,
    packed,
    pairs_in,
    refuse_other_values,
)


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
    flux = flux_of(result, land.n_zones)
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


def load_run(
    path: Path, keys: Sequence[str], n_stages: int, extent: Extent = ANYWHERE
) -> dict[str, SpeciesRecord]:
    """Return the records of a run file, every number where it may be.

    Raises
    ------
    Unfit
        The file is missing, damaged or of another shape.
    """
    with archive(path, MAX_BYTES) as found:
        return {key: _species(found, key, n_stages, extent) for key in keys}


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
    path: Path, keys: Sequence[str], *, tracks: bool, extent: Extent = ANYWHERE
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
