"""The file of one run through decades: written whole or not at all, read without trusting it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from corridor_sim.files import write_bytes
from corridor_sim.reading import Archive, Shape, Unfit, archive, refuse_outside
from corridor_sim.simulation.decades.census import COLUMNS, DEATHS
from corridor_sim.simulation.decades.outcomes import DECADES_OUTCOMES
from corridor_sim.simulation.decades.simulation import DecadesResult
from corridor_sim.simulation.pairs import Pairs
from corridor_sim.simulation.run_file import (
    ANYWHERE,
    MAX_BYTES,
    MOST_COUNT,
    MOST_EVENTS,
    MOST_SIDE,
    MOST_VALUE,
    PAIRS,
    Extent,
    packed,
    pairs_in,
    refuse_other_values,
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
    settled_from_to : Pairs
    left_from : int64 ``[zone + 1]``
    places_year : int32 ``[n]``
    places : float32 ``[n, 3]``
        Column, row and stage of every independent animal in the years recorded.
    """

    values: NDArray[np.float64]
    yearly: NDArray[np.float64]
    burn_in: NDArray[np.float64]
    equilibrated: bool
    deaths: NDArray[np.int32]
    settled_from_to: Pairs
    left_from: NDArray[np.int64]
    places_year: NDArray[np.int32]
    places: NDArray[np.float32]


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


_ARRAYS = ("values", "yearly", "burn_in", "deaths", "left_from", "places_year", "places")


def save_decades(path: Path, records: dict[str, DecadesRecord]) -> None:
    """Write the records of one run, by species key, as one ``.npz`` file, atomically."""
    arrays: dict[str, NDArray[Any]] = {}
    for key, kept in records.items():
        for name in _ARRAYS:
            arrays[f"{key}/{name}"] = getattr(kept, name)
        arrays[f"{key}/settled_from_to{PAIRS}"] = kept.settled_from_to.rows
        arrays[f"{key}/settled"] = np.array([kept.equilibrated])
    write_bytes(path, packed(arrays, np.stack([kept.values for kept in records.values()])))


def load_decades(
    path: Path, keys: Sequence[str], years: int, extent: Extent = ANYWHERE
) -> dict[str, DecadesRecord]:
    """Return the records of a run, every number where it may be.

    Raises
    ------
    Unfit
        The file is missing, damaged or of another shape.
    """
    with archive(path, MAX_BYTES) as found:
        return {key: _species(found, key, years, extent) for key in keys}


def _species(data: Archive, key: str, years: int, extent: Extent) -> DecadesRecord:
    def array(name: str, kind: DTypeLike, shape: Shape) -> NDArray[Any]:
        return data.array(f"{key}/{name}", kind, shape, MOST_EVENTS)

    def within(name: str, values: NDArray[Any], end: float, start: float = 0.0) -> None:
        refuse_outside(f"{key}/{name}", values, end, start=start)

    values = array("values", np.float64, (len(DECADES_OUTCOMES),))
    refuse_other_values(data, key, values)
    yearly = array("yearly", np.float64, (years + 1, len(COLUMNS)))
    refuse_outside(f"{key}/yearly", yearly, MOST_VALUE, unknown=True)
    burn_in = array("burn_in", np.float64, (None,))
    within("burn_in", burn_in, MOST_VALUE)
    deaths = array("deaths", np.int32, (None, 3))
    for i, (what, end) in enumerate(
        (("year", years), ("cell", extent.cells - 1), ("cause", len(DEATHS) - 1))
    ):
        within(f"deaths: {what}", deaths[:, i], end)
    left_from = array("left_from", np.int64, (None,))
    within("left_from", left_from, MOST_COUNT)
    if not 1 <= left_from.size <= MOST_SIDE:
        raise Unfit(f"{key}/left_from tells of {left_from.size} core areas")
    settled_from_to = pairs_in(data, f"{key}/settled_from_to", left_from.size)
    places_year = array("places_year", np.int32, (None,))
    within("places_year", places_year, years)
    places = array("places", np.float32, (places_year.size, 3))
    # an animal stands within a cell: its place is below the number of cells
    for i, (what, side) in enumerate((("column", extent.width), ("row", extent.height))):
        within(f"places: {what}", places[:, i], float(np.nextafter(np.float32(side), -1.0)))
    within("places: stage", places[:, 2], MOST_STAGE)
    return DecadesRecord(
        values=values,
        yearly=yearly,
        burn_in=burn_in,
        equilibrated=bool(array("settled", np.bool_, (1,))[0]),
        deaths=deaths,
        settled_from_to=settled_from_to,
        left_from=left_from,
        places_year=places_year,
        places=places,
    )
