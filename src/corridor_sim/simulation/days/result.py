"""What one run leaves behind: counts and maps per species, as plain arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corridor_sim.simulation.pairs import Pairs
from corridor_sim.species.fields import SEXES


@dataclass(frozen=True, slots=True)
class SpeciesResult:
    """The outcome of one species in one run of one scenario.

    Attributes
    ----------
    klass : int16 ``[n]``
        Class at the start: ``2 * stage + sex``.
    state : int8 ``[n]``
        ALIVE, SETTLED, or ALIVE + 1 + cause of death.
    days_alive : float64 ``[n]``
        Days simulated until death, settlement or the end.
    natal_zone, first_zone : int16 ``[n]``
        Core area of the start, and first other core area reached (0 = none).
    first_day : float64 ``[n]``
        Day of that arrival, -1 = never.
    start, end : float32 ``[n, 2]``
        Column and row in cells.
    home : float32 ``[n, 2]``
        Column and row of the centre of the home that a disperser settles in at the end of its
        dispersal, by :func:`corridor_sim.simulation.settlement.settle_alone`; NaN = it found none,
        died, walks on, or is no disperser.
    home_zone : int16 ``[n]``
        Core area of that home; 0 = outside, or no home.
    roost : float32 ``[n, 2]``
        Column and row of the last night's roost, of animals that roost.
    path_m, flapped_m, takeoffs : float64, float64, int64 ``[n]``
    visits : int32 ``[stage, height, width]``
    passed, blocked : int32 ``[height, width]``
    transits : Pairs
        Moves from one core area to the next one entered.
    tracks : float32 ``[t, day, 2]``
        Daily positions in cells of the first animals, NaN after their end.
    """

    key: str
    klass: NDArray[np.int16]
    state: NDArray[np.int8]
    days_alive: NDArray[np.float64]
    natal_zone: NDArray[np.int16]
    first_zone: NDArray[np.int16]
    first_day: NDArray[np.float64]
    start: NDArray[np.float32]
    end: NDArray[np.float32]
    home: NDArray[np.float32]
    home_zone: NDArray[np.int16]
    roost: NDArray[np.float32]
    path_m: NDArray[np.float64]
    flapped_m: NDArray[np.float64]
    takeoffs: NDArray[np.int64]
    visits: NDArray[np.int32]
    passed: NDArray[np.int32]
    blocked: NDArray[np.int32]
    transits: Pairs
    tracks: NDArray[np.float32]

    @property
    def stage(self) -> NDArray[np.int16]:
        """DaysContext of each animal, see :data:`corridor_sim.kernels.states.STAGES`."""
        return self.klass // len(SEXES)
