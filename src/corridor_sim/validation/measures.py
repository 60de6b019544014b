"""The functions that count what a pattern asks for, by the name that the table gives them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from corridor_sim.landscape.timeline.hindcast import clearing_row, temperature_rows
from corridor_sim.statistics.intervals import ANYTHING, COUNT, SHARE, Support
from corridor_sim.validation import numbers_and_kin as population
from corridor_sim.validation import ways
from corridor_sim.validation.patterns import Pattern
from corridor_sim.validation.runs import DaysRun, DecadesRun, ValidationRuns

Measure = Callable[[ValidationRuns, Pattern], NDArray[np.float64]]


def _decades(count: Callable[[DecadesRun, Pattern], float]) -> Measure:
    def measure(runs: ValidationRuns, pattern: Pattern) -> NDArray[np.float64]:
        return np.array([count(one, pattern) for one in runs.lived(pattern.species)])

    return measure


def _followed(count: Callable[[DaysRun, Pattern], float]) -> Measure:
    def measure(runs: ValidationRuns, pattern: Pattern) -> NDArray[np.float64]:
        return np.array([count(one, pattern) for one in runs.walked(pattern.species)])

    return measure


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
    **{
        count.__name__: _decades(count)
        for count in (
            population.density,
            population.remote_over_accessible,
            population.cover_ratio,
            population.occupancy,
            population.effect_on_occupancy,
            population.overlap,
            population.cubs_of_long_lived,
            population.left_natal_range,
            population.stayed_in_natal_range,
            population.fst,
            population.exchange_across,
            population.hull_density,
            population.numbers_inside,
            population.adult_share,
            population.killed_per_year,
            population.growth_with_killing,
        )
    },
    **{
        count.__name__: _followed(count)
        for count in (
            ways.range_km2,
            ways.range_ratio,
            ways.plateau_d,
            ways.daily_displacement_km,
            ways.share_above,
            ways.day_over_night,
            ways.share_of_way,
            ways.longest_hour,
            ways.longest_day_km,
            ways.flight_h,
            ways.flapping_share,
            ways.takeoff_share,
            ways.foraging_above_roost_m,
        )
    },
    "temperature_at": _temperature,
    "forest_converted": _forest,
}
