"""The file of one run: written whole or not at all, read without trusting it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.states import ALIVE, CAUSES
from corridor_sim.reading import Unfit
from corridor_sim.simulation.days.outcomes import OUTCOMES, flux_of, measure
from corridor_sim.simulation.days.result import SpeciesResult
from corridor_sim.simulation.days.simulation import DaysContext, SpeciesHabitat
from corridor_sim.simulation.pairs import Pairs
from corridor_sim.simulation.run_file import (
    ANYWHERE,
    MOST_COUNT,
    MOST_SIDE,
    Counted,
    Extent,
    Part,
    load_records,
    outcomes_of,
)


@dataclass(frozen=True, slots=True)
class SpeciesRecord:
    """What is kept of one species in one run.

    Attributes
    ----------
    values : float64 ``[outcome]``
        In the order of :data:`corridor_sim.simulation.days.outcomes.OUTCOMES`.
    born, settled : int64 ``[zone + 1]``, Pairs
        Dispersal between core areas, see :class:`corridor_sim.simulation.outcomes.Flux`.
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

    # in the order of the file
    values: NDArray[np.float64]
    born: NDArray[np.int64]
    deaths: NDArray[np.int64]
    tracks: NDArray[np.float32]
    settled: Pairs
    transits: Pairs
    visits: tuple[Counted, ...]
    passed: Counted
    blocked: Counted


def _sparse(counts: NDArray[np.int32]) -> Counted:
    flat = counts.reshape(-1)
    cells = np.flatnonzero(flat)
    return cells.astype(np.int64), flat[cells]


def record(
    result: SpeciesResult, habitat: SpeciesHabitat, context: DaysContext, keep_tracks: bool
) -> SpeciesRecord:
    """Return what is kept of one species' result."""
    land = context.landscape
    flux = flux_of(result, land.n_zones)
    measured = measure(result, habitat, land, context.blocks)
    died = (result.state > ALIVE) & (result.state <= len(CAUSES))
    col, row = result.end[died].T.astype(np.int64)
    cause = result.state[died].astype(np.int64) - 1
    return SpeciesRecord(
        values=np.array([measured[name] for name in OUTCOMES]),
        born=flux.born,
        settled=flux.settled,
        transits=result.transits,
        visits=tuple(_sparse(stage) for stage in result.visits),
        passed=_sparse(result.passed),
        blocked=_sparse(result.blocked),
        deaths=np.stack([row * land.grid.width + col, cause], axis=1),
        tracks=result.tracks if keep_tracks else np.zeros((0, 0, 2), np.float32),
    )


def load_run(
    path: Path, keys: Sequence[str], n_stages: int, extent: Extent = ANYWHERE
) -> dict[str, SpeciesRecord]:
    """Return the records of a run file; errors as :func:`.run_file.load_records`."""
    return load_records(path, keys, extent, partial(_species, n_stages=n_stages))


def _species(part: Part, n_stages: int) -> SpeciesRecord:
    values = part.values(len(OUTCOMES))
    born, settled = _flux(part)
    return SpeciesRecord(
        values=values,
        born=born,
        settled=settled,
        transits=part.pairs("transits", born.size),
        deaths=part.columns(
            "deaths", np.int64, (None,), cell=part.extent.cells - 1, cause=len(CAUSES) - 1
        ),
        visits=tuple(part.counted(f"visits{i}") for i in range(n_stages)),
        passed=part.counted("passed0"),
        blocked=part.counted("blocked0"),
        tracks=_tracks(part),
    )


def _flux(part: Part) -> tuple[NDArray[np.int64], Pairs]:
    # an edit may have added core areas to those of the reference landscape
    born = part.array("born", np.int64, (None,), MOST_COUNT, most=MOST_SIDE)
    if part.extent is not ANYWHERE and born.size <= part.extent.zones:
        raise Unfit(f"{part.key}/born knows {born.size - 1} of {part.extent.zones} core areas")
    settled = part.pairs("settled", born.size)
    if (born[settled.start] == 0).any():
        raise Unfit(f"{part.key}/settled tells of animals that {part.key}/born does not know")
    return born, settled


def _tracks(part: Part) -> NDArray[np.float32]:
    width, height = part.extent.width, part.extent.height
    return part.columns("tracks", np.float32, (None, None), unknown=True, column=width, row=height)


@dataclass(frozen=True, slots=True)
class FluxRecord:
    """What a comparison needs of one species in one run; see :class:`SpeciesRecord`."""

    values: NDArray[np.float64]
    born: NDArray[np.int64]
    settled: Pairs
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
    outcomes = iter(outcomes_of(path, (len(keys), len(OUTCOMES))))
    nothing = np.zeros((0, 0, 2), np.float32)

    def read(part: Part) -> FluxRecord:
        return FluxRecord(next(outcomes), *_flux(part), _tracks(part) if tracks else nothing)

    return load_records(path, keys, extent, read)
