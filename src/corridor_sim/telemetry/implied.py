"""What fitted steps imply: the distribution of all steps, and how far animals get in many of them.

One state is the correlated random walk of Kareiva & Shigesada (1983, Oecologia 56:234); several are
that walk switched by a Markov chain. Nothing holds these walks to a home range.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import digamma, gammainc, gammaincinv

from corridor_sim.errors import CorridorSimError
from corridor_sim.species.tables import gamma_of
from corridor_sim.telemetry.behaviour import BehaviourFit
from corridor_sim.telemetry.steps import StepFit, concentration, mean_cosine
from corridor_sim.telemetry.tracks import Tracks

F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Implied:
    """What follows from steps in states.

    Attributes
    ----------
    shape, scale_m : float
        Gamma distribution with the mean length and the mean log length of all steps above 0: the
        one that maximum likelihood finds when states are not told apart.
    kappa : float
        Concentration with the mean cosine of all turns.
    mean_cos : float
    mean_length_m : float
        Of all steps, those of length 0 among them.
    mean_square_m2 : float
        Mean square length of a step.
    law : float64 ``[m]``
        Share of the time in each state.
    turn_on : float64 ``[m, m]``
        Probability of each move times the mean cosine of the turn of the state that it leads to.
    lengths_m : float64 ``[m]``
        Mean length of a step by state.
    median_m : float
        Median length of all steps, those of length 0 among them.
    """

    shape: float
    scale_m: float
    kappa: float
    mean_cos: float
    mean_length_m: float
    mean_square_m2: float
    law: F64
    turn_on: F64
    lengths_m: F64
    median_m: float

    def msd_m2(self, steps: int) -> float:
        """Return the mean square net displacement after a number of steps, square metres.

        With states ``S``, moves ``G``, law ``d``, mean lengths ``l``, mean squares ``q`` and mean
        cosines of turns ``c`` by state, turns symmetric and independent given the states::

            E[step_s . step_t] = d L (G C)^(t - s) l         s < t, L = diag(l), C = diag(c)
            MSD(n) = n d q + 2 d L sum_k (n - k) B^k l       k = 1 .. n - 1, B = G C
                   = n d q + 2 d L B (n (I - B) - (I - B^n)) (I - B)^-2 l

        since the heading after ``t - s`` turns has the expected cosine of each of them, and each
        turn is drawn by the state of the step that it leads to. With one state it is equation 3 of
        Kareiva & Shigesada (1983).

        Raises
        ------
        CorridorSimError
            Fewer than 0 steps.
        """
        if steps < 0:
            raise CorridorSimError(f"{steps} steps", remedy="give a number from 0 on")
        one = np.eye(self.law.size)
        b = self.turn_on
        left = (self.law * self.lengths_m) @ b
        inner = steps * (one - b) - (one - np.linalg.matrix_power(b, steps))
        twice = np.linalg.solve(one - b, np.linalg.solve(one - b, self.lengths_m))
        return float(steps * self.mean_square_m2 + 2 * left @ inner @ twice)

    def held_msd_m2(self, steps: int, sigma_m: float) -> float:
        """Return about the mean square net displacement of the same walk held to a range.

        ``4 v (1 - exp(-MSD / (4 v)))`` with ``v = sigma_m^2``: the free walk's displacement as the
        clock of an Ornstein-Uhlenbeck process. Exact for independent steps that are short beside
        the range, and at both ends: few steps are free, and many forget where they began.

        Raises
        ------
        CorridorSimError
            Fewer than 0 steps, or a range that is not above 0.
        """
        if not sigma_m > 0:
            raise CorridorSimError(f"a range of {sigma_m} m", remedy="give sigma above 0")
        whole = 4 * sigma_m**2
        return -whole * math.expm1(-self.msd_m2(steps) / whole)


def implied(fit: StepFit | BehaviourFit) -> Implied:
    """Return what fitted steps imply for all steps and over many of them.

    Where there are no turns they are taken as evenly spread.
    """
    if isinstance(fit, StepFit):
        shape, scale = np.array([fit.shape]), np.array([fit.scale_m])
        kappa = np.array([0.0 if math.isnan(fit.kappa) else fit.kappa])
        zero = np.array([fit.zero_share])
        law, move = np.ones(1), np.ones((1, 1))
    else:
        columns = [(s.shape, s.scale_m, s.kappa, s.zero_share, s.share) for s in fit.states]
        shape, scale, kappa, zero, law = np.array(columns).T
        move = fit.transition
    cosine = mean_cosine(kappa)
    above = law * (1 - zero)
    length, square = shape * scale, shape * (shape + 1) * scale**2
    share = above / above.sum()
    mean = float(share @ length)
    mean_log = float(share @ (digamma(shape) + np.log(scale)))
    whole = gamma_of(math.log(mean) - mean_log)
    mean_cos = float(share @ cosine)
    return Implied(
        whole,
        mean / whole,
        concentration(mean_cos),
        mean_cos,
        float(above @ length),
        float(above @ square),
        law,
        move * cosine,
        (1 - zero) * length,
        _median(above, shape, scale),
    )


def _median(above: F64, shape: F64, scale: F64) -> float:
    """Return the median of steps of which ``above`` (by state) are gamma, the others 0."""
    still = 1 - float(above.sum())

    def beyond(log_length: float) -> float:
        return still + float(above @ gammainc(shape, math.exp(log_length) / scale)) - 0.5

    if still >= 0.5:
        return 0.0
    # the longest of the medians of states is no shorter than that of steps of which some are 0
    medians = scale * gammaincinv(shape, 0.5)
    high = math.log(float(medians.max())) + 1e-9
    return math.exp(brentq(beyond, high - 700.0, high))


@dataclass(frozen=True, slots=True)
class Displacement:
    """Mean square net displacement over a time, as observed.

    Attributes
    ----------
    lag_h : float
    msd_m2 : float
        Square metres; NaN where no two fixes lie so far apart.
    se_m2 : float
        Standard error if only pairs of fixes that do not overlap in time tell anything of their
        own; NaN below two of these.
    pairs : int
        Pairs of fixes, overlapping ones among them: each fix with the one nearest to the lag later.
    """

    lag_h: float
    msd_m2: float
    se_m2: float
    pairs: int


def observed_msd(
    fixes: Tracks | pd.DataFrame, lag_h: float = 24.0, tolerance_min: float = 30.0
) -> Displacement:
    """Return the mean square net displacement over a time, from all fixes so far apart.

    Gaps between do not matter, so it is not confined to unbroken bursts, which need not be like
    the rest of a record.

    Parameters
    ----------
    fixes : Tracks or pandas.DataFrame
        Columns ``animal``, ``time``, ``x_m`` and ``y_m``.
    lag_h : float
        Above 0, hours.
    tolerance_min : float
        How far from the lag the later fix may lie, minutes; below the lag.

    Raises
    ------
    CorridorSimError
        A lag that is not above 0, or a tolerance that is not below it.
    """
    table = fixes if isinstance(fixes, pd.DataFrame) else fixes.table
    if not 0 <= tolerance_min < 60 * lag_h:
        raise CorridorSimError(
            f"a lag of {lag_h:g} h with a tolerance of {tolerance_min:g} min",
            remedy="the lag must be above 0 and the tolerance from 0 to below the lag",
        )
    squares, beside = [], 0
    for _, one in table.groupby("animal", sort=True):
        one = one.sort_values("time")
        hour = (one["time"] - one["time"].iloc[0]).dt.total_seconds().to_numpy(float) / 3600
        place = one[["x_m", "y_m"]].to_numpy(float)
        after = np.clip(np.searchsorted(hour, hour + lag_h), 1, hour.size - 1)
        early = np.abs(hour[after - 1] - hour - lag_h) <= np.abs(hour[after] - hour - lag_h)
        after = after - early
        good = np.abs(hour[after] - hour - lag_h) <= tolerance_min / 60 + 1e-9
        squares.append(((place[after] - place)[good] ** 2).sum(1))
        beside += _side_by_side(hour[good], lag_h)
    square = np.concatenate(squares) if squares else np.empty(0)
    mean = float(square.mean()) if square.size else math.nan
    se = float(square.std() / math.sqrt(beside)) if beside >= 2 else math.nan
    return Displacement(lag_h, mean, se, int(square.size))


def _side_by_side(starts_h: F64, lag_h: float) -> int:
    """Return how many of the windows that start at these times can lie beside one another."""
    count, end = 0, -math.inf
    for start in starts_h:
        if start >= end - 1e-9:
            count, end = count + 1, start + lag_h
    return count
