"""The file of one run through decades: written whole or not at all, read without trusting it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corridor_sim.reading import Unfit
from corridor_sim.simulation.decades.census import COLUMNS, DEATHS
from corridor_sim.simulation.decades.outcomes import DECADES_OUTCOMES
from corridor_sim.simulation.decades.simulation import DecadesResult
from corridor_sim.simulation.pairs import Pairs
from corridor_sim.simulation.run_file import (
    ANYWHERE,
    MOST_COUNT,
    MOST_SIDE,
    MOST_VALUE,
    Extent,
    Part,
    load_records,
)

# stages of animals are small numbers
MOST_STAGE = 15


@dataclass(frozen=True, slots=True)
class DecadesRecord:
    """What is kept of one species in one run.

    Attributes
    ----------
    values : float64 ``[outcome]``
        In the order of :data:`corridor_sim.simulation.decades.outcomes.DECADES_OUTCOMES`.
    yearly : float64 ``[years + 1, column]``
    burn_in : float64 ``[years]``
        Independent animals of the burn-in.
    equilibrated : bool
        Whether the burn-in had come to rest.
    deaths : int32 ``[n, 3]``
        Year, flat cell and cause of deaths met on the way.
    left_from : int64 ``[zone + 1]``
    places_year : int32 ``[n]``
    places : float32 ``[n, 3]``
        Column, row and stage of every independent animal in the years recorded.
    """

    # in the order of the file
    values: NDArray[np.float64]
    yearly: NDArray[np.float64]
    burn_in: NDArray[np.float64]
    deaths: NDArray[np.int32]
    left_from: NDArray[np.int64]
    places_year: NDArray[np.int32]
    places: NDArray[np.float32]
    settled_from_to: Pairs
    equilibrated: bool


def record_decades(
    result: DecadesResult, values: dict[str, float], keep_places: bool
) -> DecadesRecord:
    """Return what is kept of one species' result; without places only the last ones."""
    kept = sorted(result.places) if keep_places else [max(result.places)]
    parts = [result.places[year] for year in kept]
    return DecadesRecord(
        values=np.array([values[name] for name in DECADES_OUTCOMES]),
        yearly=result.yearly,
        burn_in=result.burn_in,
        equilibrated=result.equilibrated,
        deaths=result.deaths,
        settled_from_to=result.settled_from_to,
        left_from=result.left_from,
        places_year=np.repeat(np.array(kept, np.int32), [len(p) for p in parts]),
        places=np.concatenate(parts).astype(np.float32),
    )


def load_decades(
    path: Path, keys: Sequence[str], years: int, extent: Extent = ANYWHERE
) -> dict[str, DecadesRecord]:
    """Return the records of a run; errors as :func:`.run_file.load_records`."""
    return load_records(path, keys, extent, partial(_species, years=years))


def _species(part: Part, years: int) -> DecadesRecord:
    values = part.values(len(DECADES_OUTCOMES))
    shape = years + 1, len(COLUMNS)
    yearly = part.array("yearly", np.float64, shape, MOST_VALUE, start=None, unknown=True)
    burn_in = part.array("burn_in", np.float64, (None,), MOST_VALUE)
    cells, causes = part.extent.cells - 1, len(DEATHS) - 1
    deaths = part.columns("deaths", np.int32, (None,), year=years, cell=cells, cause=causes)
    left_from = part.array("left_from", np.int64, (None,), MOST_COUNT)
    if not 1 <= left_from.size <= MOST_SIDE:
        raise Unfit(f"{part.key}/left_from tells of {left_from.size} core areas")
    settled_from_to = part.pairs("settled_from_to", left_from.size)
    places_year = part.array("places_year", np.int32, (None,), years)
    # an animal stands within a cell: its place is below the number of cells
    column, row = (
        float(np.nextafter(np.float32(side), -1.0))
        for side in (part.extent.width, part.extent.height)
    )
    return DecadesRecord(
        values=values,
        yearly=yearly,
        burn_in=burn_in,
        equilibrated=bool(part.array("settled", np.bool_, (1,), 1)[0]),
        deaths=deaths,
        settled_from_to=settled_from_to,
        left_from=left_from,
        places_year=places_year,
        places=part.columns(
            "places", np.float32, (places_year.size,), column=column, row=row, stage=MOST_STAGE
        ),
    )
