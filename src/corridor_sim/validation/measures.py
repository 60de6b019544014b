"""The functions that count what a pattern asks for, by the name that the table gives them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.datasets.andes_amazon.hindcast import clearing_row, temperature_rows
from corridor_sim.statistics.intervals import ANYTHING, COUNT, SHARE, Support
from corridor_sim.validation import numbers_and_kin as population
from corridor_sim.validation import ways
from corridor_sim.validation.patterns import Pattern
from corridor_sim.validation.runs import ValidationRuns

# what the functions take that count in a run
ARGUMENTS = ["one", "pattern"]
Measure = Callable[[ValidationRuns, Pattern], NDArray[np.float64]]


def _each(name: str, count: Callable[[Any, Pattern], float]) -> Measure:
    """Return what counts one number in each of the runs of a name: ``lived`` or ``walked``."""

    def measure(runs: ValidationRuns, pattern: Pattern) -> NDArray[np.float64]:
        return np.array([count(one, pattern) for one in getattr(runs, name)(pattern.species)])

    return measure


def _all_of(module: ModuleType, name: str) -> dict[str, Measure]:
    """Return the measures of a module: its public functions of a run and a pattern."""
    return {
        word: _each(name, found)
        for word, found in vars(module).items()
        if inspect.isfunction(found)
        and word[0] != "_"
        and [*inspect.signature(found).parameters] == ARGUMENTS
    }


def _temperature(runs: ValidationRuns, pattern: Pattern) -> NDArray[np.float64]:
    height = pattern.given["height_m"]
    rows = [r for r in temperature_rows(runs.land) if f" {height:.0f} m" in r.pattern]
    return np.array([row.value for row in rows])


def _forest(runs: ValidationRuns, pattern: Pattern) -> NDArray[np.float64]:
    # where clearing falls is chance, how much is not: one run tells it
    return np.array([clearing_row(runs.land, seed=runs.seed).value])


_SHARES = (
    "share_above",
    "left_natal_range",
    "stayed_in_natal_range",
    "overlap",
    "occupancy",
    "share_of_way",
    "flapping_share",
    "takeoff_share",
    "adult_share",
)
SUPPORTS: dict[str, Support] = {
    **dict.fromkeys(_SHARES, SHARE),
    "fst": Support(-1.0, 1.0),
    "effect_on_occupancy": ANYTHING,
    "foraging_above_roost_m": ANYTHING,
    "longest_hour": Support(0.0, 24.0),
    "numbers_inside": COUNT,
    "temperature_at": Support(certain=True),
    "forest_converted": Support(0.0, 1.0, certain=True),
}
"""What a measure can be, where it is more or less than a number that is not negative."""

MEASURES: dict[str, Measure] = {
    **_all_of(population, "lived"),
    **_all_of(ways, "walked"),
    "temperature_at": _temperature,
    "forest_converted": _forest,
}
