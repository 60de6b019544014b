"""The file of one run through decades: written whole or not at all, read without trusting it."""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.engine.decades import LifeResult
from corridor_sim.engine.life.census import COLUMNS
from corridor_sim.engine.pairs import Pairs
from corridor_sim.files import write_bytes
from corridor_sim.metrics.life_outcomes import LIFE_OUTCOMES
from corridor_sim.study.runfile import MAX_BYTES, PAIRS, packed, pairs_in


@dataclass(frozen=True, slots=True)
class LifeRecord:
    """What is kept of one species in one run.

    Attributes
    ----------
    values : float64 ``[outcome]``
        In the order of :data:`corridor_sim.metrics.life_outcomes.LIFE_OUTCOMES`.
    yearly : float64 ``[years + 1, column]``
    burn_in : float64 ``[years]``
        Independent animals of the burn-in.
    settled : bool
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
    settled: bool
    deaths: NDArray[np.int32]
    settled_from_to: Pairs
    left_from: NDArray[np.int64]
    places_year: NDArray[np.int32]
    places: NDArray[np.float32]


def record_life(result: LifeResult, values: dict[str, float], keep_places: bool) -> LifeRecord:
    """Return what is kept of one species' result; without places only the last ones."""
    kept = sorted(result.places) if keep_places else [max(result.places)]
    parts = [result.places[year] for year in kept]
    return LifeRecord(
        values=np.array([values[name] for name in LIFE_OUTCOMES]),
        yearly=result.yearly,
        burn_in=result.burn_in,
        settled=result.settled,
        deaths=result.deaths,
        settled_from_to=result.settled_from_to,
        left_from=result.left_from,
        places_year=np.repeat(np.array(kept, np.int32), [len(p) for p in parts]),
        places=np.concatenate(parts).astype(np.float32),
    )


_ARRAYS = ("values", "yearly", "burn_in", "deaths", "left_from", "places_year", "places")


def save_life(path: Path, records: dict[str, LifeRecord]) -> None:
    """Write the records of one run, by species key, as one ``.npz`` file, atomically."""
    arrays: dict[str, NDArray[Any]] = {}
    for key, kept in records.items():
        for name in _ARRAYS:
            arrays[f"{key}/{name}"] = getattr(kept, name)
        arrays[f"{key}/settled_from_to{PAIRS}"] = kept.settled_from_to.rows
        arrays[f"{key}/settled"] = np.array([kept.settled])
    write_bytes(path, packed(arrays, np.stack([kept.values for kept in records.values()])))


def load_life(path: Path, keys: list[str], years: int) -> dict[str, LifeRecord] | None:
    """Return the records of a run, or None where the file is missing, damaged or of other shape."""
    try:
        if path.stat().st_size > MAX_BYTES:
            return None
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as data:
            return {key: _species(data, key, years) for key in keys}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        return None


def _species(data: Any, key: str, years: int) -> LifeRecord:
    found = {name: data[f"{key}/{name}"] for name in _ARRAYS}
    if found["values"].shape != (len(LIFE_OUTCOMES),):
        raise ValueError("another table of outcomes")
    if found["yearly"].shape != (years + 1, len(COLUMNS)):
        raise ValueError("other years or columns")
    moved = pairs_in(f"{key}/settled_from_to", data.__getitem__)
    return LifeRecord(settled=bool(data[f"{key}/settled"][0]), settled_from_to=moved, **found)
