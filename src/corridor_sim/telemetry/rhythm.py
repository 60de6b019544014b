"""The clock of tracks: intervals as people write them, steps of a day, and movement by hour."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import ScenarioError, counted, shown
from corridor_sim.species.tables import step_activity
from corridor_sim.telemetry.activity import activity_by_hour
from corridor_sim.telemetry.tracks import Bursts, Told

F64 = NDArray[np.float64]
UNITS = {"s": 1 / 60, "sec": 1 / 60, "min": 1.0, "m": 1.0, "h": 60.0, "hours": 60.0, "d": 1440.0}
_TEXT = re.compile(r"\s*([0-9]{1,6}(?:\.[0-9]{1,6})?)\s*([a-z]*)\s*")
DAY_MIN = 1440.0
# share by which the hours seen may differ from the day before anybody is told
UNEVEN = 0.02


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
    seen : float
        Mean movement of the steps that were seen over that of all steps of a day: above 1 where
        fixes were taken at busy hours more often than at others. What is seen of lengths is divided
        by it, since a species file has the steps of all hours alike.
    """

    step_min: int
    day_start_h: int
    activity: tuple[float, ...]
    p_value: float
    told: tuple[Told, ...] = ()
    seen: float = 1.0

    def relative(self) -> F64:
        """Return the movement of each step of the day over their mean, ``[S]``."""
        steps = max(1, int(DAY_MIN) // self.step_min)
        activity = step_activity(self.activity, self.day_start_h, self.step_min, steps)
        return np.asarray(activity / activity[activity > 0].mean())

    def step_of(self, hour: F64) -> NDArray[np.int64]:
        """Return the step of the day that has these hours in its middle."""
        first_min = hour * 60.0 - self.step_min / 2.0 - self.day_start_h * 60.0
        steps = max(1, int(DAY_MIN) // self.step_min)
        return np.asarray(np.rint(first_min / self.step_min).astype(np.int64) % steps)


def clock_of(bursts: Bursts) -> Clock:
    """Return the clock of steps: their minutes, where they start, and a daily rhythm if one shows.

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
    found = activity_by_hour(bursts)
    hour = bursts.steps["hour"].to_numpy(np.float64)
    clock = Clock(step_min, _day_start(hour, step_min), found.by_hour, found.p_value)
    seen = float(clock.relative()[clock.step_of(hour)].mean()) if hour.size else 1.0
    if abs(seen - 1.0) > UNEVEN:
        told.append(
            Told(
                "hours_unevenly_seen",
                f"fixes were taken more often at {'busy' if seen > 1 else 'quiet'} hours: steps of "
                f"all hours alike are {abs(1 / seen - 1):.0%} "
                f"{'shorter' if seen > 1 else 'longer'} than those seen, and so they are in the "
                "species file",
            )
        )
    return replace(clock, told=(*told, *found.told), seen=seen)


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
