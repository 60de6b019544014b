"""Ranging and wandering by dense matrices: densities, draws, and the filter in plain Python.

Everything here follows from one function, the mean square displacement of one axis at a lag;
nothing is shared with the package.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import multivariate_normal

Floats = NDArray[np.float64]


def spread_m2(model: str, rate: float, tau: float, velocity: float, lag: Floats) -> Floats:
    """Variance of the displacement of one axis; ``rate`` is twice the variance over ``tau``."""
    if model == "iid":
        return np.where(lag > 0, rate, 0.0)
    if model == "ou":
        return rate * tau * (1 - np.exp(-lag / tau))
    if model == "ouf" and tau == velocity:
        return rate * tau * (1 - (1 + lag / tau) * np.exp(-lag / tau))
    if model == "ouf":
        slow, fast = tau * np.exp(-lag / tau), velocity * np.exp(-lag / velocity)
        return rate * tau * (1 - (slow - fast) / (tau - velocity))
    if model == "bm":
        return rate * lag
    return rate * (lag - velocity * (1 - np.exp(-lag / velocity)))


def covariance(
    model: str, rate: float, tau: float, velocity: float, time: Floats, error: Floats
) -> Floats:
    """Covariance of one axis about the mean of a range."""
    lag = np.abs(time[:, None] - time)
    variance = rate / 2 * (1.0 if model == "iid" else tau)
    return variance - spread_m2(model, rate, tau, velocity, lag) / 2 + np.diag(error**2)


def restricted_log_likelihood(
    model: str, rate: float, tau: float, velocity: float, time: Floats, place: Floats, error: Floats
) -> float:
    """Log density of the displacements from the first fix, which no mean changes; both axes."""
    at = spread_m2(model, rate, tau, velocity, np.abs(time[:, None] - time))
    moved = (at[0, 1:, None] + at[0, 1:] - at[1:, 1:]) / 2
    moved += error[0] ** 2 + np.diag(error[1:] ** 2)
    law = multivariate_normal(np.zeros(time.size - 1), moved)
    return float(sum(law.logpdf(axis[1:] - axis[0]) for axis in place.T))


def full_log_likelihood(cov: Floats, place: Floats) -> float:
    """Log density at the mean that is best, both axes."""
    ones = np.ones(len(place))
    weight = np.linalg.solve(cov, ones)
    law = multivariate_normal(np.zeros(len(place)), cov)
    return float(sum(law.logpdf(axis - weight @ axis / (weight @ ones)) for axis in place.T))


def fixes(time: Floats, place: Floats, animal: str = "made") -> pd.DataFrame:
    """A table of fixes of one animal; days from the beginning of 2020."""
    start = pd.Timestamp("2020-01-01", tz="UTC")
    return pd.DataFrame(
        {
            "animal": animal,
            "time": start + pd.to_timedelta(time, unit="D"),
            "x_m": place[:, 0],
            "y_m": place[:, 1],
        }
    )


def root(
    model: str, sigma_m: float, tau: float, velocity: float, time: Floats, error_m: float = 0.0
) -> Floats:
    """What turns standard normal numbers into one axis of an animal with a range."""
    rate = 2 * sigma_m**2 / (1.0 if model == "iid" else tau)
    # a millionth of the scale, so that fixes moments apart leave the matrix positive
    small = np.full(time.size, math.hypot(error_m, 1e-6 * sigma_m))
    return np.linalg.cholesky(covariance(model, rate, tau, velocity, time, small))


def drawn(
    rng: np.random.Generator,
    model: str,
    sigma_m: float,
    tau: float,
    velocity: float,
    time: Floats,
    error_m: float = 0.0,
) -> pd.DataFrame:
    """Fixes of an animal with a range, drawn from the dense covariance."""
    turned = root(model, sigma_m, tau, velocity, time, error_m)
    return fixes(time, turned @ rng.standard_normal((time.size, 2)))


def wandering(rng: np.random.Generator, time: Floats, rate: float) -> pd.DataFrame:
    """Fixes of an animal without a range."""
    step = np.sqrt(rate * np.diff(time, prepend=0.0))[:, None]
    return fixes(time, np.cumsum(step * rng.standard_normal((time.size, 2)), axis=0))


def filtered(
    which: list[int],
    transition: list[list[float]],
    noise: list[list[float]],
    start: list[float],
    error: list[float],
    column: list[list[float]],
) -> tuple[list[float], list[list[float]]]:
    """Twin of ``kernels.kalman.filter_fixes``: variance and innovations of each fix."""
    mean = [(0.0, 0.0)] * 3
    xx, xv, vv = start
    variance, innovation = [], []
    for k, r, seen in zip(which, error, column, strict=True):
        a, b, c, d = transition[k]
        mean = [(a * x + b * v, c * x + d * v) for x, v in mean]
        left, right = a * xx + b * xv, a * xv + b * vv
        vv = c * (c * xx + d * xv) + d * (c * xv + d * vv) + noise[k][2]
        xx, xv = left * a + right * b + noise[k][0], left * c + right * d + noise[k][1]
        total = xx + r
        gain, turn = xx / total, xv / total
        off = [z - x for z, (x, _) in zip(seen, mean, strict=True)]
        mean = [(x + gain * e, v + turn * e) for e, (x, v) in zip(off, mean, strict=True)]
        vv = vv - turn * xv
        xx, xv = gain * r, turn * r
        variance.append(total)
        innovation.append(off)
    return variance, innovation
