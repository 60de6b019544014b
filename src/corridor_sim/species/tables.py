"""Step tables: gamma lengths, von Mises turns, and the clock that sizes a range exactly."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

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


class Schedule(NamedTuple):
    """Per decision step of the day: OU factor, step-length scale (metres), rest probability."""

    pull: F64
    scale_m: F64
    rest: F64


def step_rates(activity: tuple[float, ...], day_start_h: int, step_h: int, steps: int) -> F64:
    """Return the share of a day's movement that falls in each decision step, summing to one."""
    hours = (day_start_h + np.arange(steps * step_h)) % 24
    rates = np.asarray(activity, float)[hours].reshape(steps, step_h).sum(axis=1)
    return np.asarray(rates / rates.sum())


def ranging_schedule(
    sigma_m: float, tau_d: float, rates: F64, rest: float, lengths: F32, turn_cos: F32
) -> Schedule:
    """Return the schedule of a resident whose range has exactly the given size and crossing time.

    Activity is a change of clock: step ``s`` covers ``dt_s = rates_s`` days of the OU process, with
    ``E[a] = exp(-dt_s / tau)`` over resting and moving. For independent steps the scale is
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
    decay = np.exp(-rates / tau_d)
    resting = np.where(rates > 0, rest, 1.0)
    moving = 1.0 - resting
    with np.errstate(invalid="ignore", divide="ignore"):
        pull = np.where(moving > 0, (decay - resting) / moving, 1.0)
    if (pull < 0).any():
        raise ValueError(
            f"resting {rest:g} of the steps cannot give a range-crossing time of {tau_d:g} d"
        )
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

    day = np.eye(3)
    for s in range(len(rates)):
        day = transition(s) @ day
    state = np.append(np.linalg.solve(np.eye(2) - day[:2, :2], day[:2, 2]), 1.0)
    total = 0.0
    for s in range(len(rates)):
        state = transition(s) @ state
        total += state[0]
    factor = sigma_m * np.sqrt(2.0 * len(rates) / total)
    return Schedule(pull, scale * factor, resting)


def dispersing_schedule(rms_m: float, rates: F64, rest: float) -> Schedule:
    """Return the schedule of an animal without attraction; ``rms_m`` is its root mean square step.

    Activity and rest change the clock: the mean square displacement of a day of independent steps
    stays ``len(rates) * rms_m^2``.
    """
    resting = np.where(rates > 0, rest, 1.0)
    moving = np.maximum(1.0 - resting, 1e-12)
    scale = rms_m * np.sqrt(rates * len(rates) / moving)
    return Schedule(np.ones(len(rates)), scale, resting)
