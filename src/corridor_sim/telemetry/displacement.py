"""How far animals get in a given time: mean square displacement by lag, from fixes at any times.

The empirical variogram of Fleming et al. (2014, Am. Nat. 183:E154) is half of it on each axis, a
quarter of what stands here for both. Each fix is paired with the one nearest to a lag later, where
that lies within a tolerance; pairs overlap, so that standard errors come from blocks of time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from corridor_sim.errors import CorridorSimError, shown
from corridor_sim.telemetry.kalman import Floats, Motion, displacement_m2

# lags in one block of time; displacements a lag long are alike within it and little across its ends
LAGS_A_BLOCK = 5.0
# blocks below which no standard error is given
LEAST_BLOCKS = 5
# lags of a variogram by default
LAGS = 24


@dataclass(frozen=True, slots=True)
class Displacement:
    """Mean square displacement at one lag.

    Attributes
    ----------
    msd_m2 : float
        Mean over pairs, square metres.
    se_m2 : float
        Standard error for these animals, NaN where there are fewer than five blocks of time.
    lag_d : float
        Mean lag of the pairs, days.
    n_pairs : int
    n_blocks : int
        Blocks of five lags, of each animal its own.
    """

    msd_m2: float
    se_m2: float
    lag_d: float
    n_pairs: int
    n_blocks: int


@dataclass(frozen=True, slots=True)
class _Track:
    time_d: Floats
    x_m: Floats
    y_m: Floats


def _tracks(table: pd.DataFrame) -> list[_Track]:
    """Return the fixes of each animal in order of time."""
    missing = [c for c in ("time", "x_m", "y_m") if c not in table]
    if missing:
        raise CorridorSimError(
            f"fixes without {', '.join(missing)}", remedy="give columns time, x_m and y_m"
        )
    parts = [part for _, part in table.groupby("animal")] if "animal" in table else [table]
    tracks = []
    for part in parts:
        ordered = part.sort_values("time", kind="stable")
        time = pd.DatetimeIndex(pd.to_datetime(ordered["time"], utc=True))
        days = ((time - time.min()) / pd.Timedelta(days=1)).to_numpy(np.float64)
        x, y = (ordered[c].to_numpy(np.float64) for c in ("x_m", "y_m"))
        tracks.append(_Track(days, x, y))
    return tracks


def _pairs(
    time: Floats, lag: float, tolerance: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return positions of fixes and of those nearest to a lag later, within a tolerance."""
    n = time.size
    after = np.minimum(np.searchsorted(time, time + lag), n - 1)
    before = np.maximum(after - 1, 0)
    nearer = np.abs(time[before] - time - lag) < np.abs(time[after] - time - lag)
    second = np.where(nearer, before, after)
    first = np.arange(n)
    # a hundredth of a second, for times are counted in days
    kept = (np.abs(time[second] - time - lag) <= tolerance + 1e-7) & (second > first)
    return first[kept], second[kept]


def _at(tracks: list[_Track], lag: float, tolerance: float) -> Displacement | None:
    """Return the mean square displacement at a lag in days, None without a pair."""
    squares, lags, blocks = [], [], []
    for animal, track in enumerate(tracks):
        i, j = _pairs(track.time_d, lag, tolerance)
        squares.append((track.x_m[j] - track.x_m[i]) ** 2 + (track.y_m[j] - track.y_m[i]) ** 2)
        lags.append(track.time_d[j] - track.time_d[i])
        block = (track.time_d[i] / (LAGS_A_BLOCK * lag)).astype(np.int64)
        blocks.append(np.column_stack([np.full(i.size, animal), block]))
    square = np.concatenate(squares)
    if square.size == 0:
        return None
    mean = float(square.mean())
    _, of = np.unique(np.concatenate(blocks), axis=0, return_inverse=True)
    off = np.bincount(of.ravel(), square - mean)
    b = off.size
    # of a ratio of sums over blocks (Cochran 1977, Sampling Techniques, sec. 6.3)
    se = math.sqrt(b / (b - 1) * float((off**2).sum())) / square.size if b > 1 else math.nan
    return Displacement(
        mean,
        se if b >= LEAST_BLOCKS else math.nan,
        float(np.concatenate(lags).mean()),
        square.size,
        b,
    )


def msd_at(
    table: pd.DataFrame, lag_h: float = 24.0, tolerance_h: float = 1.0
) -> Displacement | None:
    """Return the mean square displacement at one lag, over all animals of a table.

    Parameters
    ----------
    table : pandas.DataFrame
        ``time`` (datetime64), ``x_m``, ``y_m`` and, with several animals, ``animal``: observed or
        simulated alike.
    lag_h : float
        Hours.
    tolerance_h : float
        Hours by which the later fix may miss the lag, below the lag.

    Returns
    -------
    Displacement or None
        None where no two fixes are that far apart in time.

    Raises
    ------
    CorridorSimError
        The lag is not above 0, the tolerance not below the lag, or a column is missing.
    """
    if not (lag_h > 0 and 0 <= tolerance_h < lag_h):
        raise CorridorSimError(
            f"a lag of {shown(lag_h)} h give or take {shown(tolerance_h)} h",
            remedy="give a lag above 0 and a tolerance below it",
        )
    return _at(_tracks(table), lag_h / 24, tolerance_h / 24)


def variogram(
    table: pd.DataFrame,
    motion: Motion | None = None,
    *,
    lags_d: Sequence[float] | None = None,
    tolerance_d: float | None = None,
) -> pd.DataFrame:
    """Return mean square displacement by lag, with what a fitted model expects there.

    Parameters
    ----------
    table : pandas.DataFrame
        As in :func:`msd_at`.
    motion : Motion, optional
        A fitted model, ``fit.fits[fit.model].motion`` of a ``RangeFit``.
    lags_d : sequence of float, optional
        Days; by default multiples of the median interval, evenly spaced by ratio, up to half of
        the longest record.
    tolerance_d : float, optional
        Days by which a pair may miss its lag; by default a quarter of the median interval.

    Returns
    -------
    pandas.DataFrame
        ``lag_d`` (mean of the pairs), ``msd_m2``, ``se_m2`` (NaN with few blocks), ``n`` (pairs)
        and, with ``motion``, ``model_m2``; lags without a pair are left out.
    """
    tracks = _tracks(table)
    intervals = np.concatenate([np.diff(track.time_d) for track in tracks] or [np.empty(0)])
    if intervals.size == 0:
        return pd.DataFrame(columns=["lag_d", "msd_m2", "se_m2", "n"])
    interval = float(np.median(intervals))
    if lags_d is None:
        longest = max(float(t.time_d[-1]) for t in tracks if t.time_d.size) / 2
        steps = np.geomspace(1, max(longest / interval, 1), LAGS)
        lags_d = (np.unique(np.round(steps)) * interval).tolist()
    tolerance = interval / 4 if tolerance_d is None else tolerance_d
    found = [_at(tracks, lag, tolerance) for lag in lags_d]
    kept = [one for one in found if one is not None]
    out = pd.DataFrame(
        {
            "lag_d": [one.lag_d for one in kept],
            "msd_m2": [one.msd_m2 for one in kept],
            "se_m2": [one.se_m2 for one in kept],
            "n": [one.n_pairs for one in kept],
        }
    )
    if motion is not None:
        out["model_m2"] = displacement_m2(motion, out["lag_d"].to_numpy(np.float64))
    return out
