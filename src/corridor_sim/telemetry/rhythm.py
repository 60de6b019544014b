"""The clock of tracks: intervals as people write them, steps of a day, and movement by hour."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import ScenarioError, counted, shown
from corridor_sim.telemetry.tracks import Bursts, Told

F64 = NDArray[np.float64]
UNITS = {"s": 1 / 60, "sec": 1 / 60, "min": 1.0, "m": 1.0, "h": 60.0, "hours": 60.0, "d": 1440.0}
_TEXT = re.compile(r"\s*([0-9]{1,6}(?:\.[0-9]{1,6})?)\s*([a-z]*)\s*")
DAY_MIN = 1440.0
# steps without which an hour's mean says nothing
FEW = 5
# chance at which a daily rhythm is taken for one
LEVEL = 0.05


def minutes_of(given: str | float, where: str) -> float:
    """Return an interval in minutes: ``"3h"``, ``"90 min"``, ``"1 d"``; a bare number is minutes.

    Raises
    ------
    ScenarioError
        No interval, or one that is not above 0 and up to a day.

    >>> minutes_of("3h", "--interval"), minutes_of(45, "--interval")
    (180.0, 45.0)
    """
    text = f"{given:g}" if isinstance(given, int | float) else str(given)
    found = _TEXT.fullmatch(text.lower())
    if found is None or found[2] not in (*UNITS, ""):
        raise ScenarioError(
            f"{shown(given)} is no interval", where=where, remedy="write it as 3h, 90min or 1d"
        )
    minutes = float(found[1]) * UNITS[found[2] or "min"]
    if not 0 < minutes <= DAY_MIN:
        raise ScenarioError(
            f"{shown(given)} is not above 0 and up to a day",
            where=where,
            remedy="write it as 3h, 90min or 1d",
        )
    return minutes


@dataclass(frozen=True, slots=True)
class Clock:
    """When steps of a day start, how long they are, and how far they go by hour.

    Attributes
    ----------
    step_min : int
        Minutes of a step.
    day_start_h : int
        Local hour at which the first step of a day starts.
    activity : tuple of 24 float
        Mean step length by hour over that of the day; 1 throughout where no rhythm shows.
    p_value : float
        Chance of such differences between hours without a rhythm; NaN where it was not asked.
    told : tuple of Told
    """

    step_min: int
    day_start_h: int
    activity: tuple[float, ...]
    p_value: float
    told: tuple[Told, ...] = ()

    @property
    def slots(self) -> int:
        """Steps of a day: as many as fit."""
        return int(DAY_MIN) // self.step_min

    def relative(self, hour: F64) -> F64:
        """Return the relative movement at local hours, ``[n]``."""
        found: F64 = np.asarray(self.activity)[np.floor(hour).astype(int) % 24]
        return found


def clock_of(bursts: Bursts, shape: float = 1.0) -> Clock:
    """Return the clock of steps: their minutes, where they start, and a daily rhythm if one shows.

    Lengths are told in the mean of their animal, so that animals with long steps do not make the
    rhythm. A rhythm is taken for one where a likelihood ratio test of gamma distributions of one
    shape ``k`` says so: ``2 k (N ln m - sum_s n_s ln m_s)`` with ``m_s`` the mean of the ``n_s``
    steps of a time of day has, without a rhythm, a chi-squared distribution with one degree of
    freedom less than there are times of day (Wilks 1938, Ann. Math. Stat. 9:60).

    Parameters
    ----------
    bursts : Bursts
    shape : float
        Gamma shape of step lengths.

    Raises
    ------
    ScenarioError
        Steps that are no whole minutes.
    """
    step_min = round(bursts.interval_min)
    if step_min < 1 or abs(step_min - bursts.interval_min) > 1e-6:
        raise ScenarioError(
            f"steps of {bursts.interval_min:g} min are not whole minutes, in which a species has "
            "its step",
            where="--interval",
            remedy=f"give --interval {max(1, step_min)}min",
        )
    steps = bursts.steps
    hour = steps["hour"].to_numpy(np.float64)
    start = _day_start(hour, step_min)
    told = []
    if DAY_MIN % step_min:
        slots = int(DAY_MIN) // step_min
        told.append(
            Told(
                "odd_day",
                f"a step of {step_min} min does not divide the day: simulated animals take "
                f"{counted(slots, 'step')} a day and sleep through the rest of it",
            )
        )
    lengths = steps["length_m"].to_numpy(np.float64)
    own = lengths / steps.groupby("animal")["length_m"].transform("mean").to_numpy(np.float64)
    means, counts, slot_of_hour = _by_slot(own, hour, start, step_min)
    p = _p_value(means, counts, shape)
    activity = np.ones(24)
    if p < LEVEL:
        known = counts >= FEW
        means = np.where(known, means, np.mean(means[known]) if known.any() else 1.0)
        activity = (means / means.mean())[slot_of_hour]
    else:
        told.append(
            Told("no_rhythm", "steps do not differ by time of day beyond chance: activity is even")
        )
    return Clock(step_min, start, tuple(float(one) for one in activity), p, tuple(told))


def _day_start(hour: F64, step_min: int) -> int:
    """Return the hour before noon at which steps of whole hours start, by their circular mean."""
    if step_min < 60 or not hour.size:
        return 0
    span_h = step_min / 60.0
    starts = (hour - span_h / 2.0) % span_h
    angle = 2.0 * np.pi * starts / span_h
    phase = math.atan2(float(np.sin(angle).mean()), float(np.cos(angle).mean()))
    at = (phase / (2.0 * np.pi) * span_h) % span_h
    return int(round(at) % min(24, max(1, math.floor(span_h))))


def _by_slot(
    own: F64, hour: F64, start: int, step_min: int
) -> tuple[F64, NDArray[np.int64], NDArray[np.int64]]:
    """Return mean and number of steps by time of day, and the time of day of each hour."""
    hours = np.arange(24)
    if step_min <= 60:
        slot, of_hour, n = np.floor(hour).astype(int) % 24, hours, 24
    else:
        span_h = step_min / 60.0
        n = int(24 // span_h)
        slot = np.minimum(np.floor(((hour - start) % 24) / span_h).astype(int), n - 1)
        of_hour = np.minimum(np.floor(((hours + 0.5 - start) % 24) / span_h).astype(int), n - 1)
    counts = np.bincount(slot, minlength=n)
    sums = np.bincount(slot, weights=own, minlength=n)
    return sums / np.maximum(counts, 1), counts, of_hour


def _p_value(means: F64, counts: NDArray[np.int64], shape: float) -> float:
    from scipy.special import chdtrc

    used = (counts > 0) & (means > 0)
    n = counts[used]
    if used.sum() < 2 or n.sum() < 2 * used.sum():
        return math.nan
    mean = float((n * means[used]).sum() / n.sum())
    ratio = 2.0 * shape * float(n.sum() * math.log(mean) - (n * np.log(means[used])).sum())
    return float(chdtrc(used.sum() - 1, max(ratio, 0.0)))
