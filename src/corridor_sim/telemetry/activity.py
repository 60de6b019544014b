"""Relative movement by hour of the day, and whether there is a rhythm at all."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import f as f_distribution

from corridor_sim.errors import CorridorSimError, counted
from corridor_sim.telemetry.tracks import Bursts, Told

F64 = NDArray[np.float64]
HOURS = 24
# an hour that fewer steps tell about is averaged with its neighbours
LEAST_STEPS = 30
# two sine waves, of a day and of half a day: once or twice a day more or less active
WAVES = (1, 2)
LEVEL = 0.05
# days for each number that the test of a rhythm estimates
DAYS_A_NUMBER = 3


@dataclass(frozen=True, slots=True)
class Activity:
    """Relative movement by hour of the day.

    Attributes
    ----------
    by_hour : tuple of 24 floats
        Mean step length by local hour over the mean of the day; 1 throughout where no rhythm is
        told from chance. Mean 1.
    steps : tuple of 24 floats
        Steps that tell about each hour (effective number).
    half_width_h : tuple of 24 ints
        Hours to either side that an hour is averaged with; 0 where its own steps are enough.
    p_value : float
        Of the test of a rhythm; NaN where it cannot be made.
    told : tuple of Told
    """

    by_hour: tuple[float, ...]
    steps: tuple[float, ...]
    half_width_h: tuple[int, ...]
    p_value: float
    told: tuple[Told, ...] = ()


def activity_by_hour(steps: Bursts | pd.DataFrame, interval_min: float | None = None) -> Activity:
    """Return relative movement by local hour.

    Lengths are divided by the mean of their animal. A step of ``interval_min`` counts in each hour
    that it spans by the time that it spends there. An hour that fewer than 30 steps tell about
    (effective number, ``(sum w)^2 / sum w^2``) takes in as many neighbours to either side as it
    needs for 30. Where a rhythm cannot be told from chance (5 %, see :func:`rhythm`), or all steps
    last half a day or longer, every hour gets 1.

    Parameters
    ----------
    steps : Bursts or pandas.DataFrame
        Bursts, or the table of their steps with ``animal``, ``start``, ``length_m`` and ``hour``.
    interval_min : float, optional
        Minutes of a step, above 0; of bursts it is known.

    Raises
    ------
    CorridorSimError
        No interval or no step that is longer than 0 m.
    """
    if isinstance(steps, Bursts):
        interval_min, steps = steps.interval_min, steps.steps
    if interval_min is None or not interval_min > 0:
        raise CorridorSimError(
            f"activity of steps of {interval_min} minutes", remedy="give minutes above 0"
        )
    mean = steps.groupby("animal")["length_m"].transform("mean").to_numpy(float)
    moving = steps[mean > 0]
    if moving.empty:
        raise CorridorSimError(
            "no step is longer than 0 m: no activity by hour", where="table of steps"
        )
    relative = moving["length_m"].to_numpy(float) / mean[mean > 0]
    middle, span = moving["hour"].to_numpy(float), interval_min / 60
    weight = _shares(middle, span)
    effective = _effective(weight)
    told_hours = tuple(float(n) for n in effective)
    if span > HOURS / 2:
        words = (
            f"steps of {span:g} h tell nothing about hours of the day: activity is taken as even"
        )
        long = Told("activity_long_steps", words, "", relative.size)
        return Activity((1.0,) * HOURS, told_hours, (0,) * HOURS, math.nan, (long,))
    day = _days(moving, interval_min)
    p_value = rhythm(relative, middle, day)
    if not p_value < LEVEL:
        return _even(told_hours, p_value, relative.size)
    by_hour, half = _averaged(weight, relative, effective)
    told: tuple[Told, ...] = ()
    if wide := sum(h > 0 for h in half):
        words = (
            f"{counted(wide, 'hour')} of the day had fewer than {LEAST_STEPS} steps: averaged with "
            "the hours beside them"
        )
        told = (Told("activity_smoothed", words, "", wide),)
    return Activity(by_hour, told_hours, half, p_value, told)


def rhythm(relative: F64, hour: F64, day: NDArray[np.int64]) -> float:
    """Return the p-value of relative lengths that do not depend on the hour of the day.

    A score test against two sine waves, of a day and of half a day: with ``b`` the waves at the
    hour of a step less their mean, each day of an animal gives one vector ``sum (r - 1) b`` over
    its steps, whose mean is 0 without a rhythm. Hotelling's T^2 over days takes days as
    independent, and steps within a day as they may be: behaviour that lasts for hours makes no
    rhythm (Hotelling 1931, Ann. Math. Stat. 2:360).

    Parameters
    ----------
    relative, hour : float64 ``[n]``
        Length over the mean of the animal; local hour of the middle of the step.
    day : int64 ``[n]``
        Number of the day, different for each animal.

    Returns
    -------
    p : float
        NaN where days are too few, or all steps lie at one hour.
    """
    angle = 2 * math.pi / HOURS * np.multiply.outer(hour, WAVES)
    waves = np.column_stack((np.cos(angle), np.sin(angle)))
    waves -= waves.mean(0)
    sums = np.zeros((int(day.max()) + 1, waves.shape[1]))
    np.add.at(sums, day, (relative - relative.mean())[:, None] * waves)
    n = sums.shape[0]
    if n < 2:
        return math.nan
    # hours that no step tells about leave waves that are combinations of others
    size, way = np.linalg.eigh(waves.T @ waves / waves.shape[0])
    way = way[:, size > 0.02]
    rank = way.shape[1]
    if rank == 0 or n < DAYS_A_NUMBER * (rank + 1):
        return math.nan
    vector = sums @ way
    middle, spread = vector.mean(0), np.atleast_2d(np.cov(vector.T))
    if np.linalg.matrix_rank(spread) < rank:
        return math.nan
    t2 = n * float(middle @ np.linalg.solve(spread, middle))
    return float(f_distribution.sf(t2 * (n - rank) / (rank * (n - 1)), rank, n - rank))


def _shares(middle: F64, span: float) -> F64:
    """Return the hours that each step spends in each hour of the day, ``[24, n]``."""
    start = (middle - span / 2) % HOURS
    out = np.zeros((HOURS, middle.size))
    for hour in range(HOURS):
        for later in (0, HOURS):
            low = np.maximum(start, hour + later)
            out[hour] += np.maximum(np.minimum(start + span, hour + later + 1) - low, 0.0)
    return out


def _effective(weight: F64) -> F64:
    total, square = weight.sum(1), (weight**2).sum(1)
    return np.asarray(np.where(total > 0, total**2 / np.where(square > 0, square, 1.0), 0.0))


def _averaged(
    weight: F64, relative: F64, effective: F64
) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """Return relative movement by hour with mean 1, and the hours averaged with to either side."""
    found, widths = np.empty(HOURS), []
    for hour in range(HOURS):
        half, mine, n = 0, weight[hour], effective[hour]
        while n < LEAST_STEPS and half < HOURS // 2 - 1:
            half += 1
            mine = mine + weight[(hour - half) % HOURS] + weight[(hour + half) % HOURS]
            n = _effective(mine[None])[0]
        found[hour] = float(mine @ relative) / float(mine.sum())
        widths.append(half)
    found /= found.mean()
    return tuple(float(v) for v in found), tuple(widths)


def _days(steps: pd.DataFrame, interval_min: float) -> NDArray[np.int64]:
    """Return a number for each day (UTC) of each animal, ``[n]``, from 0."""
    middle = steps["start"] + pd.Timedelta(minutes=interval_min / 2)
    keys = pd.MultiIndex.from_arrays([steps["animal"], middle.dt.floor("D")])
    return np.asarray(keys.factorize()[0], np.int64)


def _even(steps: tuple[float, ...], p_value: float, n: int) -> Activity:
    if math.isnan(p_value):
        words = (
            f"{counted(n, 'step')} on too few days, or at too few hours of the day, to tell a "
            "rhythm: activity is taken as even"
        )
        told = Told("activity_few_days", words, "", n)
    else:
        words = (
            f"step lengths do not differ by hour of the day more than by chance (p = {p_value:.2g})"
            ": activity is taken as even"
        )
        told = Told("activity_even", words, "", n)
    return Activity((1.0,) * HOURS, steps, (0,) * HOURS, p_value, (told,))
