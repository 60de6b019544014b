"""Step lengths and turns of tracks: gamma and von Mises distributions by maximum likelihood.

The concentration is signed: above 0 turns gather about straight on, below 0 about turning back,
0 is every direction alike. The density is ``exp(kappa cos(turn)) / (2 pi I0(kappa))`` for either
sign, an exponential family: the estimate is the ``kappa`` whose mean cosine is that of the turns.
See ``docs/telemetry-steps.md``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln, ive, polygamma

from corridor_sim.errors import CorridorSimError, counted
from corridor_sim.species.tables import gamma_of
from corridor_sim.telemetry.tracks import Told

F64 = NDArray[np.float64]
# beyond it turns are all the same to a degree or three, and no record can tell how much more so
KAPPA_LIMIT = 500.0
# log(mean) - mean(log) of lengths below it is rounding: 1 / (2 shape), so a shape of 5e7
SAME = 1e-8
# fewer steps than this are fitted, and it is said that they are few
FEW = 30
NAMES = ("step_shape", "step_scale_m", "turning_kappa")


@dataclass(frozen=True, slots=True)
class StepFit:
    """Gamma distribution of step lengths and von Mises distribution of turns, with their errors.

    Standard errors take steps as independent; where behaviour lasts over several steps they are too
    small, and :mod:`corridor_sim.telemetry.behaviour` gives better ones.

    Attributes
    ----------
    shape, scale_m, kappa : float
        Gamma shape, gamma scale (metres) and signed concentration of turns. ``kappa`` is NaN where
        there is no turn.
    shape_se, scale_se_m, kappa_se : float
        Standard errors; NaN where they cannot be told.
    covariance : float64 ``[3, 3]``
        Of shape, scale and kappa.
    working_covariance : float64 ``[3, 3]``
        Of log shape, log scale and kappa.
    n : int
        Steps longer than 0, which the lengths are fitted to.
    n_turns : int
    zero_share : float
        Share of steps of length 0, which no gamma distribution has and which are left out.
    log_likelihood : float
        Of lengths above 0 and turns.
    told : tuple of Told
    """

    shape: float
    scale_m: float
    kappa: float
    shape_se: float
    scale_se_m: float
    kappa_se: float
    covariance: F64
    working_covariance: F64
    n: int
    n_turns: int
    zero_share: float
    log_likelihood: float
    told: tuple[Told, ...] = ()


def mean_cosine(kappa: ArrayLike) -> F64:
    """Return the mean cosine of turns of signed concentration ``kappa``: ``I1(kappa) / I0(kappa)``.

    >>> mean_cosine([-1.0, 0.0, 1.0]).round(3).tolist()
    [-0.446, 0.0, 0.446]
    """
    k = np.asarray(kappa, float)
    return np.asarray(ive(1, k) / ive(0, k))


def concentration(mean_cos: float) -> float:
    """Return the signed ``kappa`` whose mean cosine is ``mean_cos``, within +-:data:`KAPPA_LIMIT`.

    Newton's method from Banerjee et al. (2005, J. Mach. Learn. Res. 6:1345); the derivative of
    ``A(k) = I1(k) / I0(k)`` is ``1 - A / k - A^2``.

    >>> round(concentration(float(mean_cosine(-3.0))), 12)
    -3.0
    """
    r = abs(mean_cos)
    if r >= float(mean_cosine(KAPPA_LIMIT)):
        return math.copysign(KAPPA_LIMIT, mean_cos)
    if r < 1e-8:  # A(k) = k / 2 to the last digit
        return 2.0 * mean_cos
    k = r * (2.0 - r * r) / (1.0 - r * r)
    for _ in range(50):
        a = float(mean_cosine(k))
        move = (r - a) / (1.0 - a / k - a * a)
        k = min(max(k + move, k / 10.0), KAPPA_LIMIT)
        if abs(move) < 1e-13 * max(k, 1.0):
            break
    return math.copysign(k, mean_cos)


def fit_gamma(lengths_m: ArrayLike) -> tuple[float, float, F64]:
    """Return gamma shape, scale (metres) and their covariance ``[2, 2]`` by maximum likelihood.

    The Fisher information of a step is ``[[psi'(k), 1 / s], [1 / s, k / s^2]]``; at the maximum the
    observed one is the same (Johnson, Kotz & Balakrishnan 1994, Continuous Univariate Distributions
    1, 17.7).

    Parameters
    ----------
    lengths_m : float64 ``[n]``
        Above 0, metres.

    Raises
    ------
    CorridorSimError
        Fewer than two lengths, one that is no number above 0, or all the same.
    """
    x = np.asarray(lengths_m, float).ravel()
    wrong = np.flatnonzero(~(np.isfinite(x) & (x > 0)))
    if wrong.size:
        raise CorridorSimError(
            f"step length {wrong[0] + 1} of {x.size} is {float(x[wrong[0]])!r}",
            remedy="lengths must be numbers of metres above 0",
        )
    if x.size < 2:
        raise CorridorSimError(
            f"{counted(x.size, 'step')} longer than 0 m: no distribution of lengths can be fitted",
            remedy="give a record with more fixes, or a shorter interval between them",
        )
    mean = float(x.mean())
    ratio = math.log(mean) - float(np.log(x).mean())
    if ratio < SAME:
        raise CorridorSimError(
            f"all {x.size} steps are {mean:.6g} m long: no distribution of lengths can be fitted",
            remedy="look whether the positions are measured ones",
        )
    k = gamma_of(ratio)
    s = mean / k
    information = x.size * np.array([[float(polygamma(1, k)), 1 / s], [1 / s, k / s**2]])
    return k, s, np.linalg.inv(information)


def fit_von_mises(turns_rad: ArrayLike) -> tuple[float, float]:
    """Return the signed concentration of turns and its standard error by maximum likelihood.

    The mean direction is straight on (``kappa`` above 0) or back (below 0). The Fisher information
    of a turn is ``A'(kappa) = 1 - A / kappa - A^2``, with ``A = I1 / I0`` (Mardia & Jupp 2000,
    Directional Statistics, 5.3).

    Parameters
    ----------
    turns_rad : float64 ``[n]``
        Radians; NaN, where there is no turn, is left out.

    Returns
    -------
    kappa, se : float
        ``kappa`` is at most :data:`KAPPA_LIMIT` in size, and ``se`` NaN where it is that.

    Raises
    ------
    CorridorSimError
        No turn at all, or one that is infinite.
    """
    turns = np.asarray(turns_rad, float).ravel()
    turns = turns[~np.isnan(turns)]
    if turns.size == 0:
        raise CorridorSimError(
            "no turn between two steps: no concentration of turns can be fitted",
            remedy="give bursts of at least three fixes",
        )
    if not np.isfinite(turns).all():
        raise CorridorSimError("a turn is infinite", remedy="turns must be radians")
    kappa = concentration(float(np.cos(turns).mean()))
    if abs(kappa) >= KAPPA_LIMIT:
        return kappa, math.nan
    a = float(mean_cosine(kappa))
    slope = 0.5 if abs(kappa) < 1e-6 else 1.0 - a / kappa - a * a
    return kappa, 1.0 / math.sqrt(turns.size * slope)


def fit_steps(
    steps: pd.DataFrame | ArrayLike, turns_rad: ArrayLike | None = None, *, animal: str = ""
) -> StepFit:
    """Fit step lengths and turns, with standard errors.

    Parameters
    ----------
    steps : pandas.DataFrame or float64 ``[n]``
        The steps of :class:`~corridor_sim.telemetry.tracks.Bursts`, or lengths in metres.
    turns_rad : float64 ``[n]``, optional
        Turns in radians, NaN where there is none; with a table they are those of the table.
    animal : str
        Named in what is told and in messages.

    Raises
    ------
    CorridorSimError
        Lengths that are no numbers from 0 on, too few or all the same.
    """
    if isinstance(steps, pd.DataFrame):
        lengths = steps["length_m"].to_numpy(float)
        turns = steps["turn_rad"].to_numpy(float)
    else:
        lengths = np.asarray(steps, float).ravel()
        turns = np.asarray([] if turns_rad is None else turns_rad, float).ravel()
    bad = np.flatnonzero(~(np.isfinite(lengths) & (lengths >= 0)))
    where = f"steps of {animal}" if animal else "steps"
    if bad.size:
        raise CorridorSimError(
            f"step {bad[0] + 1} is {float(lengths[bad[0]])!r} m long",
            where=where,
            remedy="lengths must be numbers from 0 on",
        )
    moved = lengths[lengths > 0]
    turns = turns[~np.isnan(turns)]
    try:
        shape, scale, of_lengths = fit_gamma(moved)
    except CorridorSimError as wrong:
        raise CorridorSimError(wrong.problem, where=where, remedy=wrong.remedy) from None
    kappa, kappa_se = fit_von_mises(turns) if turns.size else (math.nan, math.nan)
    covariance = np.full((3, 3), 0.0)
    covariance[:2, :2] = of_lengths
    covariance[2, 2] = kappa_se**2
    slope = np.array([1 / shape, 1 / scale, 1.0])
    return StepFit(
        shape,
        scale,
        kappa,
        math.sqrt(of_lengths[0, 0]),
        math.sqrt(of_lengths[1, 1]),
        kappa_se,
        covariance,
        covariance * np.outer(slope, slope),
        int(moved.size),
        int(turns.size),
        1.0 - moved.size / lengths.size,
        _log_likelihood(moved, turns, shape, scale, kappa),
        _told(lengths.size, moved.size, turns.size, kappa, animal),
    )


def _log_likelihood(moved: F64, turns: F64, shape: float, scale: float, kappa: float) -> float:
    total = float(np.sum((shape - 1) * np.log(moved) - moved / scale))
    total -= moved.size * (float(gammaln(shape)) + shape * math.log(scale))
    if turns.size:
        norm = math.log(2 * math.pi * float(ive(0, kappa))) + abs(kappa)
        total += kappa * float(np.cos(turns).sum()) - turns.size * norm
    return total


def _told(n: int, moved: int, turns: int, kappa: float, animal: str) -> tuple[Told, ...]:
    found = []
    who = f" of {animal}" if animal else ""
    if moved < n:
        words = (
            f"{n - moved:,} of {counted(n, 'step')}{who} are 0 m long: left out of the fit of step "
            "lengths, which are above 0"
        )
        found.append(Told("zero_lengths", words, animal, n - moved))
    if moved < FEW:
        words = f"{counted(moved, 'step')}{who} are few: estimates are rough below {FEW}"
        found.append(Told("few_steps", words, animal, moved))
    if turns == 0:
        words = f"no turn{who} between two steps: no concentration of turns is fitted"
        found.append(Told("no_turns", words, animal, 0))
    elif abs(kappa) >= KAPPA_LIMIT:
        way = "straight on" if kappa > 0 else "back"
        words = (
            f"all {counted(turns, 'turn')}{who} lead {way}: the concentration of turns is set to "
            f"{kappa:g}, the largest that is fitted, and has no standard error"
        )
        found.append(Told("turns_all_alike", words, animal, turns))
    return tuple(found)
