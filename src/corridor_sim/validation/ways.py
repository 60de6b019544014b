"""What residents followed step by step give: ranges, ways, hours, heights; one per replicate."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from corridor_sim.validation.patterns import Pattern
from corridor_sim.validation.runs import DaysRun

F64 = NDArray[np.float64]


def ranges_km2(one: DaysRun) -> F64:
    """Return the 95 % area of every animal, ``5.991 pi sqrt(det(cov))`` of its relocations."""
    x, y = one.x[1:], one.y[1:]
    dx, dy = x - x.mean(axis=0), y - y.mean(axis=0)
    det = (dx**2).mean(axis=0) * (dy**2).mean(axis=0) - (dx * dy).mean(axis=0) ** 2
    area = 5.991 * math.pi * np.sqrt(np.maximum(det, 0.0))
    return np.asarray(area * one.land.grid.cell_km2)


def range_km2(one: DaysRun, pattern: Pattern) -> float:
    """Mean home range of all animals or of one sex."""
    areas = ranges_km2(one)
    if "sex" in pattern.given:
        areas = areas[one.male == (pattern.given["sex"] == "male")]
    return float(areas.mean())


def range_ratio(one: DaysRun, pattern: Pattern) -> float:
    """Mean home range of males over that of females."""
    areas = ranges_km2(one)
    return float(areas[one.male].mean() / areas[~one.male].mean())


def plateau_d(one: DaysRun, pattern: Pattern) -> float:
    """First lag in days at which the mean square displacement is all but its plateau's."""
    x, y = one.x[:: one.per_day], one.y[:: one.per_day]
    first, last = pattern.given["from_d"], pattern.given["until_d"]
    msd = np.array(
        [
            ((x[lag:] - x[:-lag]) ** 2 + (y[lag:] - y[:-lag]) ** 2).mean()
            for lag in range(1, last + 1)
        ]
    )
    wanted = pattern.given["share"] * msd[first - 1 :].mean()
    after = int(np.argmax(msd >= wanted))
    before = msd[after - 1] if after else 0.0
    return after + float((wanted - before) / (msd[after] - before))


def daily_displacement_km(one: DaysRun, pattern: Pattern) -> float:
    """Mean distance between positions a day apart."""
    x, y = one.x[:: one.per_day], one.y[:: one.per_day]
    return float(np.hypot(np.diff(x, axis=0), np.diff(y, axis=0)).mean()) * _cell_km(one)


def share_above(one: DaysRun, pattern: Pattern) -> float:
    """Share of relocations above a height."""
    return float((one.at(one.land["elevation_m"]) > pattern.given["height_m"]).mean())


def way_by_hour(one: DaysRun) -> F64:
    """Return the share of the way in each hour of the day; a step's is shared by activity."""
    way = one.way_m.reshape(-1, one.per_day, one.way_m.shape[1]).sum(axis=(0, 2))
    move = one.here.species.movement
    by_hour = np.zeros(24)
    for start_min, metres in zip(one.minute_of_step(), way, strict=True):
        hours = (start_min + np.arange(move.step_minutes)) % 1440 // 60
        rhythm = np.asarray(move.activity)[hours]
        even = np.full(hours.size, 1.0 / hours.size)
        share_of_step = rhythm / rhythm.sum() if rhythm.any() else even
        by_hour += metres * np.bincount(hours, share_of_step, minlength=24)
    share: F64 = by_hour / by_hour.sum()
    return share


def day_over_night(one: DaysRun, pattern: Pattern) -> float:
    """Way from 6 to 18 h over the rest."""
    day = float(way_by_hour(one)[6:18].sum())
    return day / (1.0 - day)


def share_of_way(one: DaysRun, pattern: Pattern) -> float:
    """Share of the way that is covered in some hours."""
    return float(way_by_hour(one)[pattern.given["hours"]].sum())


def longest_hour(one: DaysRun, pattern: Pattern) -> float:
    """Middle of the hour with the longest way."""
    return float(np.argmax(way_by_hour(one))) + 0.5


def longest_day_km(one: DaysRun, pattern: Pattern) -> float:
    """Longest way of any animal in a day."""
    return float(one.way_m.reshape(-1, one.per_day, one.way_m.shape[1]).sum(axis=1).max()) / 1000


def flight_h(one: DaysRun, pattern: Pattern) -> float:
    """Hours a day in which animals move."""
    moving = (one.way_m > 0).mean() * one.per_day * one.here.species.movement.step_minutes / 60
    return float(moving)


def _flapping_s(one: DaysRun) -> tuple[float, float]:
    """Return the seconds of flapping on the way, and at take-off."""
    soar = one.here.species.soaring
    assert soar is not None
    on_the_way = float(one.flapped_m.sum()) / soar.airspeed_ms.value
    return on_the_way, float(one.takeoffs.sum()) * soar.takeoff_flap_s.value


def flapping_share(one: DaysRun, pattern: Pattern) -> float:
    """Time of flapping over time in flight."""
    in_flight_s = flight_h(one, pattern) * 3600 * one.way_m.size / one.per_day
    return sum(_flapping_s(one)) / in_flight_s


def takeoff_share(one: DaysRun, pattern: Pattern) -> float:
    """Share of flapping time that is at take-off."""
    on_the_way, at_takeoff = _flapping_s(one)
    return at_takeoff / (on_the_way + at_takeoff)


def foraging_above_roost_m(one: DaysRun, pattern: Pattern) -> float:
    """Height under moving animals in some hours less that at the end of the day."""
    height = one.at(one.land["elevation_m"])
    by_day = height.reshape(-1, one.per_day, height.shape[1])
    moved = one.way_m.reshape(by_day.shape) > 0
    moved &= np.isin(one.minute_of_step() // 60, pattern.given["hours"])[None, :, None]
    return float(by_day[moved].mean() - by_day[:, -1].mean())


def _cell_km(one: DaysRun) -> float:
    return one.land.grid.cell_m / 1000.0
