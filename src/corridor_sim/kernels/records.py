"""The arrays and numbers that go into the movement kernel, as named tuples that numba accepts."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.crossing import Memory
from corridor_sim.kernels.states import ALIVE


class Fields(NamedTuple):
    """What one species sees of the landscape. Rasters are ``[height, width]``.

    Attributes
    ----------
    weight : float32 ``[season, height, width]``
        Selection strength ``exp(beta . fields)``, not negative; :data:`.crossing.NO_GROUND` where
        there is no ground.
    hazard_per_day : float32 ``[cause - 1, height, width]``
        Death rate by each cause of :data:`states.CAUSES` after the first.
    hazard_step : float32
        Probability of death by any of these causes in one decision step.
    permeability : float32
        Probability that an encounter with the barrier in this cell ends in a crossing; 1 = open,
        ``NO_GROUND`` as in ``weight``.
    barrier_near : uint8
        Chebyshev distance in cells to the nearest barrier or cell without ground, capped at 255.
    zone : int16
        Core area, 0 outside.
    lift_orographic_ms, lift_thermal_ms : float32
        Upward air speed; ``[1, 1]`` dummies for animals that do not soar.
    nearest_roost : int32
        Flat index of the nearest roost cell, -1 if none in reach; ``[1, 1]`` dummy if unused.
    """

    weight: NDArray[np.float32]
    hazard_per_day: NDArray[np.float32]
    hazard_step: NDArray[np.float32]
    permeability: NDArray[np.float32]
    barrier_near: NDArray[np.uint8]
    zone: NDArray[np.int16]
    lift_orographic_ms: NDArray[np.float32]
    lift_thermal_ms: NDArray[np.float32]
    nearest_roost: NDArray[np.int32]


class Params(NamedTuple):
    """Numbers of one species. Tables are ``[class, ...]`` or ``[gait, ...]``; lengths in cells.

    A gait is how an animal moves: the row ``(class * profiles + profile) * behaviours +
    behaviour``.

    Attributes
    ----------
    n_candidates : int
        Candidates K of one step.
    steps_per_day : int
        Decision steps S of one day.
    length : float32 ``[gait, bin]``
        Quantile table of step lengths in units of ``scale``.
    turn_cos, turn_sin : float32 ``[gait, bin]``
        Quantile table of turning angles.
    pull : float64 ``[gait, S]``
        Ornstein-Uhlenbeck factor ``a`` of any step; 1 = no attraction of that kind.
    tether : float64 ``[gait, S]``
        Attraction that grows with the step: ``2 tether L^2`` comes off ``a`` for a length ``L``
        from the table; 0 = none of that kind.
    scale : float64 ``[gait, S]``
        Step-length scale in cells.
    switch : float64 ``[class * profiles, 1 + behaviours, behaviours]``
        Running sums of the probabilities of each behaviour: in row 0 of an animal that begins, in
        row ``1 + b`` after behaviour ``b``.
    rest : float64 ``[class, S]``
        Probability that the animal does not move in this step.
    hazard_class : float64 ``[class]``
        Natural hazard per day.
    hazard_class_step : float64 ``[class]``
        The same as a probability per step.
    stage : int8 ``[class]``
        Which visit raster the class is counted in.
    lift_samples : int
        Points along a candidate's way at which a soarer feels the lift; 0 = does not soar.
    thermal_of_step : float64 ``[S]``
        Thermal strength at each step of the day, relative to the warmest hour.
    sink_ms, soar_floor, climb_ceiling_m, glide_ratio, cell_m : float
        Soaring numbers, see :mod:`corridor_sim.kernels.soaring`.
    roost_return : float64 ``[class]``
        Probability of returning to last night's roost; negative = does not roost.
    memory : Memory
        Of encounters with barriers.
    """

    n_candidates: int
    steps_per_day: int
    length: NDArray[np.float32]
    turn_cos: NDArray[np.float32]
    turn_sin: NDArray[np.float32]
    pull: NDArray[np.float64]
    tether: NDArray[np.float64]
    scale: NDArray[np.float64]
    switch: NDArray[np.float64]
    rest: NDArray[np.float64]
    hazard_class: NDArray[np.float64]
    hazard_class_step: NDArray[np.float64]
    stage: NDArray[np.int8]
    lift_samples: int
    thermal_of_step: NDArray[np.float64]
    sink_ms: float
    soar_floor: float
    climb_ceiling_m: float
    glide_ratio: float
    cell_m: float
    roost_return: NDArray[np.float64]
    memory: Memory


class Animals(NamedTuple):
    """State of ``n`` animals of one species, one row each; positions in cells (col, row).

    ``met`` is the number of the last encounter with a barrier, -1 before the first, see
    :func:`.crossing.gate`. It tells what has been counted and decides nothing. ``profile`` is the
    number of the animal's own set of movement parameters, ``behaviour`` that of its last step, -1
    before the first.
    """

    ident: NDArray[np.int64]
    klass: NDArray[np.int16]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    heading_x: NDArray[np.float64]
    heading_y: NDArray[np.float64]
    centre_x: NDArray[np.float64]
    centre_y: NDArray[np.float64]
    roost_x: NDArray[np.float64]
    roost_y: NDArray[np.float64]
    state: NDArray[np.int8]
    end_step: NDArray[np.int64]
    natal_zone: NDArray[np.int16]
    last_zone: NDArray[np.int16]
    first_zone: NDArray[np.int16]
    first_step: NDArray[np.int64]
    path_m: NDArray[np.float64]
    flapped_m: NDArray[np.float64]
    takeoffs: NDArray[np.int64]
    reserve_m: NDArray[np.float64]
    aloft: NDArray[np.int8]
    met: NDArray[np.int64]
    profile: NDArray[np.int16]
    behaviour: NDArray[np.int8]


def begin(**columns: NDArray[Any]) -> Animals:
    """Return living animals at their beginning; columns left out are 0, steps that were not -1."""
    n = columns["ident"].size
    never, none = np.full(n, -1, np.int64), np.zeros(n)
    start: dict[str, Any] = {
        "state": np.full(n, ALIVE, np.int8),
        "end_step": never,
        "first_zone": np.zeros(n, np.int16),
        "first_step": never.copy(),
        "path_m": none,
        "flapped_m": none.copy(),
        "takeoffs": np.zeros(n, np.int64),
        "reserve_m": none.copy(),
        "aloft": np.zeros(n, np.int8),
        "met": never.copy(),
        "profile": np.zeros(n, np.int16),
        "behaviour": np.full(n, -1, np.int8),
    }
    return Animals(**(start | columns))


class Tallies(NamedTuple):
    """Counts that all threads add to; integers, so the order of addition cannot matter.

    Attributes
    ----------
    visits : int32 ``[stage, height, width]``
        Relocations per cell.
    passed, blocked : int32 ``[height, width]``
        Barrier encounters that ended in a crossing, or not.
    transits : int32 ``[1 + n]``
        Moves from one core area to the next one entered, see :func:`make_log`.
    tracks : float32 ``[n or 0, record, 2]``
        Positions every ``track_every`` steps; empty = not recorded.
    part : int32 ``[height, width]``
        Number of the part of the map that each cell belongs to, not negative.
    touched : uint64 ``[n or 0, words]``
        Per animal, one bit for each part that its life has depended on so far
        (:mod:`corridor_sim.kernels.touched`); no rows = not recorded.
    """

    visits: NDArray[np.int32]
    passed: NDArray[np.int32]
    blocked: NDArray[np.int32]
    transits: NDArray[np.int32]
    tracks: NDArray[np.float32]
    part: NDArray[np.int32] = np.zeros((1, 1), np.int32)
    touched: NDArray[np.uint64] = np.zeros((0, 1), np.uint64)


class Clock(NamedTuple):
    """Which steps to take and with whose random words."""

    first_step: int
    n_steps: int
    season_of_day: NDArray[np.int8]
    replicate: int
    stream: int
    seed0: np.uint64
    seed1: np.uint64
    track_every: int


# core areas are numbered by int16, so that a pair of them fits 30 bits
AREA_BITS = 15


def make_log(room: int) -> NDArray[np.int32]:
    """Return an empty log of up to ``room`` moves between core areas; of 0, nothing is counted.

    Element 0 tells how many there are; each other holds one move, ``from << 15 | to``, in the
    order in which the threads came to write it. A table of all pairs would grow with the square of
    the areas; a log takes no memory but what is written.
    """
    return np.zeros(1 + room if room else 0, np.int32)


def logged(log: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return from where and to where every move of a log went.

    Raises
    ------
    ValueError
        If there was no room for all of them.
    """
    n = int(log[0]) if log.size else 0
    if n > max(0, log.size - 1):
        raise ValueError(f"a log of {log.size - 1} moves between core areas met {n}")
    moves = log[1 : 1 + n].astype(np.int64)
    return moves >> AREA_BITS, moves & ((1 << AREA_BITS) - 1)
