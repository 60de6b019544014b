"""Years before the first: until the population has come to rest, and not one more."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corridor_sim.simulation.decades.census import COLUMN
from corridor_sim.simulation.decades.habitat import PopulationHabitat
from corridor_sim.simulation.decades.population import Population


@dataclass(frozen=True, slots=True)
class Equilibrated:
    """A population after its burn-in.

    Attributes
    ----------
    independent : float64 ``[years]``
        Independent animals at each census of the burn-in.
    equilibrated : bool
        Whether numbers had come to rest, or the burn-in ran out of years.
    """

    population: Population
    independent: NDArray[np.float64]
    equilibrated: bool


def at_rest(numbers: NDArray[np.float64], window_y: int, tolerance: float) -> bool:
    """Tell whether numbers of the last window equal those of the window before.

    Equal means within ``tolerance`` of the earlier mean, or within the standard deviation of a
    Poisson count, below which a trend can hardly be told from chance.
    """
    if numbers.size < 2 * window_y:
        return False
    before = float(numbers[-2 * window_y : -window_y].mean())
    after = float(numbers[-window_y:].mean())
    return abs(after - before) <= max(tolerance * before, math.sqrt(before))


def burn_in(
    population: Population,
    habitat: PopulationHabitat,
    *,
    window_y: int,
    at_most_y: int,
    tolerance: float,
) -> Equilibrated:
    """Let years pass on one landscape until :func:`at_rest`, then forget the counts of events."""
    numbers: list[float] = []
    rest = at_most_y == 0
    while len(numbers) < at_most_y and not rest:
        row = population.live_a_year(habitat)
        numbers.append(float(row[COLUMN["independent"]]))
        rest = at_rest(np.array(numbers), window_y, tolerance)
    population.forget()
    return Equilibrated(population, np.array(numbers), rest)
