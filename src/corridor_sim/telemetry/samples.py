"""One animal's fixes on the grid of their interval, of any number of copies, and what they measure.

Observed animals have one copy; simulated ones have many, each at the times of the same fixes. What
is measured of the one is measured of the other by the same functions, copy by copy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from corridor_sim.telemetry.clock import zone_of
from corridor_sim.telemetry.tracks import Tracks

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sample:
    """Fixes of one animal, or of its simulated copies at the same times.

    Attributes
    ----------
    animal : str
    elapsed_min : float64 ``[n]``
        Minutes since its first fix.
    slot : int64 ``[n]``
        Intervals since its first fix, rising.
    burst : int64 ``[n]``
        Fixes one interval apart share a burst.
    hour : float64 ``[n]``
        Local hour of the day, 0 to 24.
    day_of_year : int
        Local, of the first fix.
    time : DatetimeIndex ``[n]``
        UTC.
    xy_m : float64 ``[copy, n, 2]``
    interval_min : float
    """

    animal: str
    elapsed_min: F64
    slot: I64
    burst: I64
    hour: F64
    day_of_year: int
    time: pd.DatetimeIndex
    xy_m: F64
    interval_min: float

    @property
    def n(self) -> int:
        """Number of fixes."""
        return int(self.slot.size)

    @property
    def copies(self) -> int:
        """Number of copies."""
        return int(self.xy_m.shape[0])

    @property
    def days(self) -> float:
        """Days from the first fix to the last."""
        return float(self.elapsed_min[-1]) / 1440.0

    def copy(self, k: int) -> Sample:
        """Return one copy alone."""
        return replace(self, xy_m=self.xy_m[k : k + 1])

    def part(self, kept: NDArray[np.bool_]) -> Sample:
        """Return some of the fixes; times go on counting from the first of all."""
        return replace(
            self,
            elapsed_min=self.elapsed_min[kept],
            slot=self.slot[kept],
            burst=self.burst[kept],
            hour=self.hour[kept],
            time=self.time[kept],
            xy_m=self.xy_m[:, kept],
        )


def slots_of(elapsed_min: F64, burst: I64 | None, unit_min: float, interval_min: float) -> I64:
    """Return the unit of time in which each fix falls, never falling.

    Fixes come some minutes early or late. Within a burst they are one interval apart by
    definition, so they are counted from its first fix; a day's drift of the collar's clock then
    neither doubles a place nor leaves one out.

    Parameters
    ----------
    elapsed_min : float64 ``[n]``
        Rising.
    burst : int64 ``[n]``, optional
    unit_min : float
        What is counted.
    interval_min : float
        Between the fixes of a burst.
    """
    plain = np.rint(elapsed_min / unit_min).astype(np.int64)
    per_fix = round(interval_min / unit_min)
    if burst is None or per_fix < 1 or abs(interval_min / unit_min - per_fix) > 0.02 * per_fix:
        return np.asarray(np.maximum.accumulate(plain), np.int64)
    first = np.flatnonzero(np.diff(burst, prepend=burst[:1] - 1))
    sizes = np.diff(np.append(first, burst.size))
    at = plain[first]
    for i in range(1, first.size):
        at[i] = max(at[i], at[i - 1] + (sizes[i - 1] - 1) * per_fix + 1)
    within = np.arange(burst.size) - np.repeat(first, sizes)
    return np.asarray(np.repeat(at, sizes) + within * per_fix, np.int64)


def samples_of(fixes: Tracks, interval_min: float) -> list[Sample]:
    """Return each animal's fixes, in the order of the table.

    Parameters
    ----------
    fixes : Tracks
        With a column ``burst`` where they were brought to bursts; else fixes that follow one
        another in neighbouring slots make a burst.
    interval_min : float
    """
    found = []
    for animal, table in fixes.table.groupby("animal", sort=False):
        times = pd.DatetimeIndex(table["time"])
        utc = times.tz_localize("UTC") if times.tz is None else times.tz_convert("UTC")
        elapsed = np.asarray((utc - utc[0]) / pd.Timedelta(minutes=1), float)
        given = table["burst"].to_numpy(np.int64) if "burst" in table else None
        slot = slots_of(elapsed, given, interval_min, interval_min)
        kept = np.diff(slot, prepend=slot[:1] - 1) > 0
        burst = np.cumsum(np.diff(slot, prepend=slot[:1]) > 1) if given is None else given
        local = utc[0].tz_convert(zone_of(fixes.time_zone))
        hour = (local.hour + local.minute / 60 + local.second / 3600 + elapsed / 60) % 24
        found.append(
            Sample(
                animal=str(animal),
                elapsed_min=elapsed,
                slot=slot,
                burst=np.asarray(burst, np.int64),
                hour=hour,
                day_of_year=int(local.day_of_year),
                time=utc,
                xy_m=table[["x_m", "y_m"]].to_numpy(float)[None],
                interval_min=interval_min,
            ).part(kept)
        )
    return found


@dataclass(frozen=True, slots=True)
class Steps:
    """Steps between fixes one interval apart, of every copy.

    Attributes
    ----------
    length_m : float64 ``[copy, n]``
    turn_rad : float64 ``[copy, n]``
        Turn from the step before, -pi to pi; NaN where there is none or either has no length.
    hour : float64 ``[n]``
        Local hour of the middle.
    """

    length_m: F64
    turn_rad: F64
    hour: F64


def steps_of(sample: Sample) -> Steps:
    """Return the steps of an animal."""
    joined = (np.diff(sample.burst) == 0) & (np.diff(sample.slot) == 1)
    move = np.diff(sample.xy_m, axis=1)
    length = np.hypot(move[..., 0], move[..., 1])
    heading = np.arctan2(move[..., 1], move[..., 0])
    turn = np.full(length.shape, np.nan)
    if length.shape[1] > 1:
        follows = joined[1:] & joined[:-1] & (length[:, 1:] > 0) & (length[:, :-1] > 0)
        turned = (np.diff(heading, axis=1) + np.pi) % (2 * np.pi) - np.pi
        turn[:, 1:] = np.where(follows, turned, np.nan)
    hour = (sample.hour[:-1] + sample.interval_min / 120.0) % 24
    return Steps(length[:, joined], turn[:, joined], hour[joined])


def square_displacements(samples: Sequence[Sample], lags: I64) -> tuple[F64, I64]:
    """Return the mean square displacement at each lag, pooled over animals, and its pairs of fixes.

    All pairs of one animal's fixes that lie ``lag`` intervals apart count once, whatever lies
    between them (Avgar et al. 2013, Methods Ecol. Evol. 4:1105, in which it is the displacement
    variogram times four).

    Parameters
    ----------
    samples : sequence of Sample
        With equally many copies.
    lags : int64 ``[k]``
        In intervals.

    Returns
    -------
    float64 ``[copy, k]``
        Square metres; NaN where no two fixes lie so far apart.
    int64 ``[k]``
    """
    total = np.zeros((samples[0].copies, lags.size))
    pairs = np.zeros(lags.size, np.int64)
    for one in samples:
        row = np.full(int(one.slot[-1] - one.slot[0]) + 1, -1)
        row[one.slot - one.slot[0]] = np.arange(one.n)
        for j, lag in enumerate(lags):
            if lag >= row.size:
                continue
            start, end = row[: row.size - lag], row[lag:]
            both = (start >= 0) & (end >= 0)
            away = one.xy_m[:, end[both]] - one.xy_m[:, start[both]]
            total[:, j] += (away**2).sum(axis=(1, 2))
            pairs[j] += int(both.sum())
    with np.errstate(invalid="ignore", divide="ignore"):
        return total / np.where(pairs > 0, pairs, np.nan), pairs


def tracks_of(samples: Sequence[Sample], like: Tracks) -> Tracks:
    """Return samples as tracks: copy ``k`` of an animal is called ``ANIMAL #k``, from 1."""
    tables = []
    for one in samples:
        for k in range(one.copies):
            name = one.animal if one.copies == 1 else f"{one.animal} #{k + 1}"
            columns = {"animal": name, "time": one.time.tz_localize(None), "burst": one.burst}
            columns |= {"x_m": one.xy_m[k, :, 0], "y_m": one.xy_m[k, :, 1]}
            tables.append(pd.DataFrame(columns))
    empty = like.table.iloc[:0]
    table = pd.concat(tables, ignore_index=True) if tables else empty
    return replace(like, table=table, sources=(), told=())
