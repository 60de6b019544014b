"""Bursts of regular fixes out of irregular tracks, and their steps and turns.

The rule is that of ``track_resample`` in R's package amt (Signer, Fieberg & Avgar 2019, Ecology and
Evolution 9, 880-890): walk on from a fix that is kept to the first that comes no sooner than one
interval less the tolerance; if it comes no later than one interval and the tolerance, it continues
the burst, else it begins another. Fixes between are passed over. Both bounds belong to the burst.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from corridor_sim.errors import TracksError, clipped, counted, shown
from corridor_sim.telemetry.clock import hours_and_days
from corridor_sim.telemetry.tracks import Bursts, Told, Tracks

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
MINUTE = 60_000_000_000
# intervals at which collars are set to take fixes, in minutes
PROGRAMMES_MIN = (
    *(1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 40, 45, 60, 90, 120, 150, 180, 240, 300, 360, 420, 480),
    *(540, 600, 660, 720, 780, 960, 1080, 1440, 2160, 2880, 4320, 5760, 7200, 10_080),
)
# further from all of these than that, the median itself is the interval
PROGRAMME_SHARE = 0.1
TOLERANCE_SHARE = 1.0 / 12.0
TOLERANCE_MOST_MIN = 15.0  # amt's own
# less of the fixes than that in bursts is told as irregular
REGULAR_SHARE = 0.5
# the median interval is no programme if less of all intervals keep to it than that, and another
# has so many times as many: collars that rest for hours between fixes, or miss most
RARELY, OFTENER = 0.25, 2.0
LEAST_MIN = 1.0
FEWEST_FIXES = 2


def to_bursts(
    tracks: Tracks,
    interval_min: float | None = None,
    tolerance_min: float | None = None,
    min_fixes: int = 2,
) -> Bursts:
    """Thin tracks to bursts of regular fixes.

    Parameters
    ----------
    tracks : Tracks
    interval_min : float, optional
        Minutes, 1 or more. Default: the median interval, brought to the nearest usual programme of
        collars where one lies within a tenth of it; that which most intervals keep where less than
        a quarter keep this one and twice as many the other.
    tolerance_min : float, optional
        Minutes by which a fix may miss its time, below half the interval. Default: a twelfth of the
        interval, 15 minutes at most.
    min_fixes : int
        Bursts of fewer fixes are left out. With 3 each holds a turn; with 2 each holds a step.

    Returns
    -------
    Bursts

    Raises
    ------
    TracksError
        An interval or a tolerance that is impossible; no burst is left.
    """
    table = tracks.table
    told: list[Told] = []
    animal, names = pd.factorize(table["animal"])
    t = table["time"].to_numpy().astype("datetime64[ns]").astype(np.int64)
    if interval_min is None:
        interval_min = _usual_interval(animal, t, told)
    _refuse_impossible(interval_min, tolerance_min, min_fixes)
    if tolerance_min is None:
        tolerance_min = min(interval_min * TOLERANCE_SHARE, TOLERANCE_MOST_MIN)
        told.append(Told("tolerance", f"fixes may miss their time by {tolerance_min:.3g} min"))
    kept, burst = _walk(animal, t, round(interval_min * MINUTE), round(tolerance_min * MINUTE))
    kept, burst = _long_enough(kept, burst, min_fixes)
    if not kept.size:
        raise TracksError(
            f"no burst of {min_fixes} fixes at {interval_min:g} min, {tolerance_min:g} min early "
            "or late",
            remedy="set another interval_min, or a larger tolerance_min",
        )
    _tell_kept(animal, kept, list(names), interval_min, told)
    regular = table.iloc[kept].reset_index(drop=True)
    regular["burst"] = burst
    steps = _steps(regular, tracks.time_zone)
    zero = int((steps["length_m"] == 0.0).sum())
    if zero:
        told.append(
            Told(
                "zero_steps",
                f"{counted(zero, 'step')} of length 0, without a direction",
                count=zero,
            )
        )
    return Bursts(regular, steps, float(interval_min), float(tolerance_min), tuple(told))


def _usual_interval(animal: I64, t: I64, told: list[Told]) -> float:
    dt = np.diff(t)[np.diff(animal) == 0]
    if not dt.size:
        raise TracksError("no animal has two fixes", remedy="give tracks of two fixes or more")
    median = float(np.median(dt)) / MINUTE
    off = np.abs(np.log(np.array(PROGRAMMES_MIN) / max(median, 1e-9)))
    near = PROGRAMMES_MIN[int(np.argmin(off))]
    usual = float(near) if off.min() <= np.log1p(PROGRAMME_SHARE) else float(round(median))
    usual = max(LEAST_MIN, usual)
    commonest = _commonest(dt / MINUTE, usual) if median >= LEAST_MIN else None
    if commonest is not None:
        words = (
            f"fixes are taken every {commonest:g} min, as most of them are; the median interval, "
            f"{median:.4g} min, lies among gaps and would keep few"
        )
        told.append(Told("interval", words))
        return commonest
    words = f"fixes are taken every {usual:g} min; the median interval is {median:.4g} min"
    told.append(Told("interval", words))
    return usual


def _commonest(dt_min: F64, usual: float) -> float | None:
    """Return the programme that far more intervals keep than the usual one; None if none is."""
    kept = [
        float((np.abs(dt_min - one) <= min(one * TOLERANCE_SHARE, TOLERANCE_MOST_MIN)).mean())
        for one in (usual, *PROGRAMMES_MIN)
    ]
    best = int(np.argmax(kept))
    few = kept[0] < RARELY and kept[best] > OFTENER * kept[0]
    return float(PROGRAMMES_MIN[best - 1]) if few else None


def _refuse_impossible(interval: float, tolerance: float | None, min_fixes: int) -> None:
    if not (np.isfinite(interval) and interval >= LEAST_MIN):
        raise TracksError(
            f"interval_min is {shown(interval)}", remedy=f"give {LEAST_MIN:g} minute or more"
        )
    if tolerance is not None and not 0 <= tolerance < interval / 2:
        raise TracksError(
            f"tolerance_min is {shown(tolerance)}",
            remedy=f"give minutes from 0 to below half the interval ({interval / 2:g})",
        )
    if min_fixes < FEWEST_FIXES:
        raise TracksError(
            f"min_fixes is {shown(min_fixes)}",
            remedy=f"give {FEWEST_FIXES} or more: a step has two",
        )


def _walk(animal: I64, t: I64, interval: int, tolerance: int) -> tuple[I64, I64]:
    """Return which fixes are kept, and the burst of each.

    Parameters
    ----------
    animal : int64 ``[n]``
        Rising.
    t : int64 ``[n]``
        Nanoseconds, rising within an animal.
    interval, tolerance : int
        Nanoseconds.
    """
    kept: list[int] = []
    edges = np.concatenate([[0], np.flatnonzero(np.diff(animal)) + 1, [t.size]]).tolist()
    for begin, end in pairwise(edges):
        own = t[begin:end]
        following = (np.searchsorted(own, own + (interval - tolerance)) + begin).tolist()
        i = begin
        while i < end:
            kept.append(i)
            # a fix never follows itself: interval - tolerance is above 0
            i = following[i - begin]
    at = np.array(kept, np.int64)
    new = np.ones(at.size, bool)
    new[1:] = (np.diff(animal[at]) != 0) | (np.diff(t[at]) > interval + tolerance)
    return at, np.cumsum(new) - 1


def _long_enough(kept: I64, burst: I64, min_fixes: int) -> tuple[I64, I64]:
    enough = np.bincount(burst, minlength=1)[burst] >= min_fixes
    return kept[enough], np.unique(burst[enough], return_inverse=True)[1].astype(np.int64)


def _tell_kept(animal: I64, kept: I64, names: list[str], interval: float, told: list[Told]) -> None:
    had = np.bincount(animal, minlength=len(names))
    has = np.bincount(animal[kept], minlength=len(names))
    left = int(had.sum() - has.sum())
    if left:
        words = (
            f"{left:,} of {int(had.sum()):,} fixes lie between, or in no burst, and are left out"
        )
        told.append(Told("passed_over", words, count=left))
    if has.sum() < REGULAR_SHARE * had.sum():
        words = (
            f"only {int(has.sum()):,} of {int(had.sum()):,} fixes are regular at {interval:g} min: "
            "steps tell of a small part of the tracks"
        )
        told.append(Told("irregular", words, count=left))
    none = [names[i] for i in np.flatnonzero(has == 0).tolist()]
    if none:
        words = f"no burst at {interval:g} min, so no step, of {clipped(', '.join(none), 200)}"
        told.append(Told("no_burst", words, none[0] if len(none) == 1 else "", len(none)))


def _steps(table: pd.DataFrame, zone: str) -> pd.DataFrame:
    """Return the steps between consecutive fixes of a burst."""
    burst = table["burst"].to_numpy()
    first = np.flatnonzero(np.diff(burst) == 0)
    x, y = table["x_m"].to_numpy(), table["y_m"].to_numpy()
    t = table["time"].to_numpy()
    dx, dy = x[first + 1] - x[first], y[first + 1] - y[first]
    length = np.hypot(dx, dy)
    heading = np.where(length > 0, np.arctan2(dy, dx), np.nan)
    turn = np.full(first.size, np.nan)
    follows = np.flatnonzero(np.diff(first) == 1) + 1
    follows = follows[burst[first[follows]] == burst[first[follows - 1]]]
    turn[follows] = _wrapped(heading[follows] - heading[follows - 1])
    middle = t[first] + (t[first + 1] - t[first]) // 2
    hour, day = hours_and_days(middle, zone)
    return pd.DataFrame(
        {
            "animal": table["animal"].to_numpy()[first],
            "burst": burst[first],
            "start": t[first],
            "x0_m": x[first],
            "y0_m": y[first],
            "x1_m": x[first + 1],
            "y1_m": y[first + 1],
            "length_m": length,
            "heading_rad": heading,
            "turn_rad": turn,
            "hour": hour,
            "day_of_year": day,
        }
    )


def _wrapped(angle: F64) -> F64:
    """Return angles in radians from above -pi to pi."""
    return np.asarray(np.pi - (np.pi - angle) % (2.0 * np.pi))
