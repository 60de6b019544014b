"""Step tables: gamma lengths, von Mises turns, and the clock that sizes a range exactly."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

N_LENGTHS = 2048
N_TURNS = 1024

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]


def length_table(shape: float, n_bins: int = N_LENGTHS) -> F32:
    """Return a gamma distribution of step lengths as ``n_bins`` equally likely values.

    Each quantile bin is represented by its root mean square, so the second moment, which sets
    range size and diffusion, is exact; the table is normalised to ``E[L^2] = 1``.

    Within a bin ``E[L^2; bin]`` follows from ``E[L^2; L < x] = k (k + 1) P(k + 2, x)`` with ``P``
    the regularised lower incomplete gamma function (unit scale).

    Parameters
    ----------
    shape : float
        Gamma shape ``k``, above 0.

    Returns
    -------
    ndarray of float32, ``[n_bins]``
        Rising lengths.
    """
    edges = special.gammaincinv(shape, np.linspace(0.0, 1.0, n_bins + 1))
    second = np.diff(special.gammainc(shape + 2.0, edges))  # sums to one
    table: F32 = np.sqrt(second * n_bins).astype(np.float32)
    return table


def turning_table(kappa: float, n_bins: int = N_TURNS) -> tuple[F32, F32]:
    """Return cosines and sines of a von Mises turning angle as ``n_bins`` equally likely angles.

    ``kappa`` above 0 concentrates about straight on, below 0 about turning back, 0 is uniform. The
    angles are the mid-quantiles; the set is symmetric, so its mean sine is zero.
    """
    middle = (np.arange(n_bins) + 0.5) / n_bins
    if kappa == 0.0:
        angle = (middle * 2.0 - 1.0) * np.pi
    else:
        grid = np.linspace(-np.pi, np.pi, 200_001)
        density = np.exp(abs(kappa) * (np.cos(grid) - 1.0))
        rising = np.concatenate(([0.0], np.cumsum((density[1:] + density[:-1]) / 2)))
        angle = np.interp(middle, rising / rising[-1], grid)
        angle = (angle - angle[::-1]) / 2
    if kappa < 0:
        angle = angle + np.pi
    return np.cos(angle).astype(np.float32), np.sin(angle).astype(np.float32)


def mean_cosine(kappa: float, order: int = 1) -> float:
    """Return ``E[cos(order * turn)]`` of a von Mises turn of signed concentration."""
    size = float(special.ive(order, abs(kappa)) / special.ive(0, abs(kappa)))
    return -size if kappa < 0 and order % 2 else size


def gamma_of(spread: float) -> float:
    """Return the gamma shape ``k`` with ``ln k - digamma(k) = spread``: log mean less mean log.

    The equation of maximum likelihood (Choi & Wette 1969, Technometrics 11:683), by Newton's method
    from Minka's start.
    """
    k = (3.0 - spread + math.sqrt((spread - 3.0) ** 2 + 24.0 * spread)) / (12.0 * spread)
    for _ in range(20):
        excess = math.log(k) - float(special.digamma(k)) - spread
        step = excess / (1.0 / k - float(special.polygamma(1, k)))
        k = k - step if step < k else k / 2.0
        if abs(step) < 1e-14 * k:
            break
    return k


class Schedule(NamedTuple):
    """Per decision step of the day: OU factor, step-length scale (metres), rest probability."""

    pull: F64
    scale_m: F64
    rest: F64


def step_activity(activity: tuple[float, ...], day_start_h: int, step_min: int, steps: int) -> F64:
    """Return the relative movement of each decision step, ``[steps]``: its root mean square.

    ``activity`` is movement by hour of the day. Independent ways add up by their squares, so a step
    of several hours covers the root of the sum, and a part of an hour the hour's own.
    """
    minutes = (day_start_h * 60 + np.arange(steps * step_min)) % 1440
    squares = np.asarray(activity, float)[minutes // 60] ** 2
    return np.asarray(np.sqrt(squares.reshape(steps, step_min).mean(axis=1)))


def ranging_schedule(
    sigma_m: float, tau_d: float, activity: F64, rest: float, lengths: F32, turn_cos: F32
) -> Schedule:
    """Return the schedule of a resident of whose movement only range and crossing time are known.

    Every step is one of an Ornstein-Uhlenbeck process, ``x' = c + a (x - c) + L u``. Activity is
    relative movement: the mean square displacement of a step, ``4 sigma^2 (1 - a)``, goes as its
    square, ``1 - a_s = C activity_s^2``, with ``C`` such that over a day, resting and moving,
    the product of ``E[a_s]`` is ``exp(-1 / tau)``. For independent steps the scale is
    ``E[L^2] = 2 sigma^2 (1 - a^2)``. Persistence correlates the steps and would widen the range, so
    the scale is corrected exactly: with heading ``u``, ``V = E|x - c|^2`` and ``g = E[(x - c).u]``
    follow

        V' = a^2 V + 2 a q rho m1 g + q^2,    g' = a rho g + q m1,

    where ``q`` is the scale, ``rho = E[cos turn]`` and ``m1 = E[L]`` (``E[L^2] = 1``). The periodic
    fixed point over one day gives the mean of ``V``, which must be ``2 sigma^2``.

    Raises
    ------
    ValueError
        If the animal rests so much that it cannot keep up with ``tau_d``.
    """
    resting = np.where(activity > 0, rest, 1.0)
    moving = 1.0 - resting
    pull = 1.0 - _clock(moving, activity, rest, tau_d) * activity**2
    scale = np.sqrt(1.0 - pull**2)
    rho = float(np.mean(turn_cos, dtype=np.float64))
    m1 = float(np.mean(lengths, dtype=np.float64))

    def transition(s: int) -> F64:
        a, q, r = pull[s], scale[s], resting[s]
        move = np.array(
            [[a * a, 2 * a * q * rho * m1, q * q], [0.0, a * rho, q * m1], [0.0, 0.0, 1.0]]
        )
        step: F64 = (1 - r) * move + r * np.eye(3)
        return step

    steps = len(activity)
    day = np.eye(3)
    for s in range(steps):
        day = transition(s) @ day
    state = np.append(np.linalg.solve(np.eye(2) - day[:2, :2], day[:2, 2]), 1.0)
    total = 0.0
    for s in range(steps):
        state = transition(s) @ state
        total += state[0]
    factor = sigma_m * np.sqrt(2.0 * steps / total)
    return Schedule(pull, scale * factor, resting)


def _clock(moving: F64, activity: F64, rest: float, tau_d: float) -> float:
    """Return ``C`` of :func:`ranging_schedule`."""
    each = moving * activity**2

    def excess(c: float) -> float:
        return float(np.log1p(-c * each).sum()) + 1.0 / tau_d

    # no step may overshoot the centre, nor rest the animal for ever
    most = min(1.0 / float((activity**2).max()), (1.0 - 1e-15) / float(each.max()))
    if excess(most) > 0:
        raise ValueError(
            f"resting {rest:g} of the steps cannot give a range-crossing time of {tau_d:g} d"
        )
    return float(optimize.brentq(excess, 0.0, most, xtol=1e-18, rtol=1e-15))
