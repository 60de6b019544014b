"""Exact likelihood of continuous-time movement models for fixes at irregular times.

Both axes move by the same law, a Gaussian process with one scale, an unknown mean and known
covariance function (Fleming et al. 2014, Am. Nat. 183:E154, eqs. 4-7; Johnson et al. 2008, Ecology
89:1208 for the state-space form). Per axis, with ``s`` the standard deviation about the mean:

===== ==================================================================== =================
model covariance at lag ``t``                                              what it says
===== ==================================================================== =================
iid   ``s^2`` at lag 0, otherwise 0                                        fixes independent
ou    ``s^2 exp(-t/T)``                                                    a range
ouf   ``s^2 (T exp(-t/T) - U exp(-t/U)) / (T - U)``, ``U <= T``            and persistence
bm    none: variance of a displacement is ``rate t``                       wandering
iou   none: velocity has variance ``rate/(2U)``, and falls by ``exp(-t/U)`` and persistence
===== ==================================================================== =================

``T`` is ``tau_position_d``, ``U`` is ``tau_velocity_d``, and ``rate = 2 s^2/T`` (m2 a day on each
axis); bm and iou are what ou and ouf become when ``T`` grows without end at the same rate. Time is
in days and place in metres throughout.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.kalman import filter_fixes

Floats = NDArray[np.float64]

MODELS = ("iid", "ou", "ouf", "bm", "iou")
RANGING = ("iid", "ou", "ouf")
# of tau_velocity_d, lags below which a closed form would lose more than twelve digits of sixteen
SHORT = 0.01
# abscissae and weights of Gauss and Legendre on 0 to 1
_NODE, _WEIGHT = np.polynomial.legendre.leggauss(4)
_NODE, _WEIGHT = (_NODE + 1) / 2, _WEIGHT / 2


@dataclass(frozen=True, slots=True)
class Motion:
    """One model with its parameters.

    Attributes
    ----------
    model : str
        One of :data:`MODELS`.
    rate : float
        ``2 sigma^2 / tau_position_d``, m2 a day and axis; for iid ``2 sigma^2``.
    tau_position_d : float
        Days; taken by ou and ouf.
    tau_velocity_d : float
        Days; taken by ouf and iou.
    error_m : float
        Standard deviation of the location error on each axis, on top of what the fixes bring.
    """

    model: str
    rate: float
    tau_position_d: float = math.nan
    tau_velocity_d: float = math.nan
    error_m: float = 0.0

    @property
    def variance_m2(self) -> float:
        """Variance about the mean on each axis; infinite where there is no range."""
        if self.model == "iid":
            return self.rate / 2
        if self.model in ("ou", "ouf"):
            return self.rate * self.tau_position_d / 2
        return math.inf


@dataclass(frozen=True, slots=True)
class Record:
    """Fixes of one animal, made ready for many likelihoods.

    Attributes
    ----------
    time_d : float64 ``[n]``
        Days since the first fix, increasing.
    column : float64 ``[n, 3]``
        East and north of the centre, metres, and ones.
    error_m2 : float64 ``[n]``
        Variance of the known location error of each fix on each axis.
    lag_d : float64 ``[m]``
        The intervals that occur, each once.
    which : int64 ``[n]``
        Position in ``lag_d`` of the interval that leads to each fix, plus 1; 0 for the first.
    centre_m : tuple of float
        What was taken off: mean of east and north.
    """

    time_d: Floats
    column: Floats
    error_m2: Floats
    lag_d: Floats
    which: NDArray[np.int64]
    centre_m: tuple[float, float]

    @property
    def length_d(self) -> float:
        """Days from the first to the last fix."""
        return float(self.time_d[-1])


@dataclass(frozen=True, slots=True)
class Likelihood:
    """What a filter gives.

    Attributes
    ----------
    value : float
        Log likelihood of the fixes.
    scatter : float
        Sum over both axes of squared innovations over their variance; its expectation is the
        number of contrasts where the scale is right.
    mean_m : tuple of float
        Estimated centre of the range in map coordinates; NaN where there is none.
    mean_variance_m2 : float
        Variance of each of its coordinates.
    axis_ratio : float
        Short over long axis of that scatter: exactly the ratio of the standard deviations of an
        elongated range that is crossed at the same pace either way (no location errors).
    excess : float
        Of squared innovations over their variance, both axes added: variance over squared mean,
        less 1. About 0 where steps are normal, above where many are short and a few long.
    """

    value: float
    scatter: float
    mean_m: tuple[float, float] = (math.nan, math.nan)
    mean_variance_m2: float = math.nan
    axis_ratio: float = math.nan
    excess: float = 0.0


def make_record(time_d: Floats, x_m: Floats, y_m: Floats, error_m: Floats | float = 0.0) -> Record:
    """Return fixes made ready for the filter.

    Parameters
    ----------
    time_d : float64 ``[n]``
        Days, strictly increasing.
    x_m, y_m : float64 ``[n]``
        Metres.
    error_m : float64 ``[n]`` or float
        Standard deviation of the location error on each axis.
    """
    time = np.asarray(time_d, np.float64) - time_d[0]
    # a hundred-millionth of a second: what differs by less is the same interval
    lag, back = np.unique(np.round(np.diff(time), 13), return_inverse=True)
    centre = float(np.mean(x_m)), float(np.mean(y_m))
    column = np.column_stack([x_m - centre[0], y_m - centre[1], np.ones(time.size)])
    which = np.concatenate([[0], back.ravel() + 1]).astype(np.int64)
    error = np.broadcast_to(np.asarray(error_m, np.float64) ** 2, time.shape)
    return Record(time, column, np.ascontiguousarray(error), lag, which, centre)


def correlation(motion: Motion, lag_d: Floats) -> Floats:
    """Return the correlation of positions at lags, for models with a range; float64 as given."""
    lag: Floats = np.asarray(lag_d, np.float64)
    if motion.model == "iid":
        return np.where(lag == 0, 1.0, 0.0)
    slow = 1 / motion.tau_position_d
    near: Floats = np.exp(-slow * lag)
    if motion.model == "ou":
        return near
    return near + slow * _impulse(slow, 1 / motion.tau_velocity_d, lag)


def displacement_m2(motion: Motion, lag_d: Floats) -> Floats:
    """Return the expected square of the displacement between two fixes, both axes, with errors.

    For models with a range ``4 s^2 (1 - correlation)``, for bm ``2 rate t``, for iou ``2 rate
    (t - U (1 - exp(-t/U)))``; the location error adds ``4 error^2``.
    """
    lag = np.asarray(lag_d, np.float64)
    twice = 4 * motion.error_m**2
    if motion.model == "bm":
        return 2 * motion.rate * lag + twice
    if motion.model == "iou":
        tau = motion.tau_velocity_d
        return 2 * motion.rate * (lag + tau * np.expm1(-lag / tau)) + twice
    return 4 * motion.variance_m2 * (1 - correlation(motion, lag)) + twice


def _impulse(slow: float, fast: float, lag: Floats) -> Floats:
    """Return ``(exp(-slow t) - exp(-fast t)) / (fast - slow)``, exact where both are near."""
    z = (fast - slow) * lag
    near = np.abs(z) < 1e-8
    ratio = np.where(near, 1 - z / 2, -np.expm1(-z) / np.where(near, 1.0, z))
    return np.exp(-slow * lag) * lag * ratio


def _persistent(rate: float, slow: float, fast: float, lag: Floats) -> tuple[Floats, Floats]:
    """Return transitions ``[m, 4]`` and noise ``[m, 3]`` of ouf, or of iou where ``slow`` is 0.

    The process solves ``x'' + (slow + fast) x' + slow fast x = white noise`` of spectral density
    ``q = (slow + fast) fast rate``; the noise over a lag is the integral of ``q s(u)^2`` and its
    like over the lag, with ``s`` the response of position to velocity. The closed forms are
    arranged so that ``slow -> 0`` and short lags lose no digits; short lags take quadrature.
    """
    s = _impulse(slow, fast, lag)
    e_slow, e_fast = np.exp(-slow * lag), np.exp(-fast * lag)
    own = e_slow + slow * s
    velocity = e_fast - slow * s
    transition = np.column_stack([own, s, -slow * fast * s, velocity])
    q = (slow + fast) * fast * rate
    slowness = -np.expm1(-2 * slow * lag) / (2 * slow) if slow > 0 else lag
    far = rate * (slowness - s * (2 * e_slow + (slow + fast) * s) / 2)
    short = fast * lag < SHORT
    if short.any():
        at = lag[short, None] * _NODE
        far[short] = q * lag[short] * (_impulse(slow, fast, at) ** 2 @ _WEIGHT)
    less = -np.expm1(-fast * lag) + slow * s
    spread = rate * fast / 2 * (less * (1 + velocity) - slow * fast * s**2)
    return transition, np.column_stack([far, q * s**2 / 2, spread])


def _moves(motion: Motion, lag: Floats) -> tuple[Floats, Floats, Floats]:
    """Return transitions, noise and the covariance of the state at the first fix."""
    zero = np.zeros(lag.size)
    if motion.model in ("ouf", "iou"):
        slow = 1 / motion.tau_position_d if motion.model == "ouf" else 0.0
        fast = 1 / motion.tau_velocity_d
        transition, noise = _persistent(motion.rate, slow, fast, lag)
        velocity = motion.rate * fast / 2
    else:
        velocity = 0.0
        if motion.model == "ou":
            stay = np.exp(-lag / motion.tau_position_d)
            fresh = -motion.variance_m2 * np.expm1(-2 * lag / motion.tau_position_d)
        elif motion.model == "iid":
            stay, fresh = zero, np.full(lag.size, motion.variance_m2)
        else:
            stay, fresh = zero + 1, motion.rate * lag
        transition = np.column_stack([stay, zero, zero, zero])
        noise = np.column_stack([fresh, zero, zero])
    position = motion.variance_m2 if motion.model in RANGING else 0.0
    return transition, noise, np.array([position, 0.0, velocity])


def likelihood(record: Record, motion: Motion, *, restricted: bool = True) -> Likelihood:
    """Return the log likelihood of fixes under a model, the mean profiled or integrated out.

    With ``V`` the covariance of one axis, ``m`` the generalised least squares mean and ``r = z -
    m``, both axes together::

        full        -(n log 2pi + log|V|) - (rx' V^-1 rx + ry' V^-1 ry)/2
        restricted  -((n-1) log 2pi + log|V| + log(1' V^-1 1)) - (the same)/2

    The restricted one (Patterson & Thompson 1971, Biometrika 58:545) is the integral over a flat
    mean. It is the only one that bm and iou have, whose first fix says nothing, and it passes into
    theirs as ``tau_position_d`` grows, so that all five can be compared.

    Raises
    ------
    ValueError
        ``restricted=False`` for a model without a mean.
    """
    ranging = motion.model in RANGING
    if not ranging and not restricted:
        raise ValueError(f"{motion.model} has no mean, so that its likelihood is restricted")
    transition, noise, start = _moves(motion, record.lag_d)
    error = record.error_m2 + motion.error_m**2
    if ranging:
        transition = np.concatenate([[[1.0, 0.0, 0.0, 1.0]], transition])
        noise = np.concatenate([np.zeros((1, 3)), noise])
        which, column = record.which, record.column
    else:
        # from the first fix, which is where the animal is but for its error
        start[0] = error[0]
        which, column, error = record.which[1:] - 1, record.column[1:], error[1:]
        column = column - record.column[0]
    variance, innovation = np.empty(which.size), np.empty((which.size, 3))
    filter_fixes(which, transition, noise, start, error, column, variance, innovation)
    return _summed(record, variance, innovation, ranging, restricted)


def _summed(
    record: Record, variance: Floats, innovation: Floats, ranging: bool, restricted: bool
) -> Likelihood:
    """Return the likelihood that innovations add up to."""
    n = variance.size
    if not variance.min() > 0 or not np.isfinite(variance).all():
        return Likelihood(-math.inf, math.nan)
    value = -n * math.log(2 * math.pi) - float(np.log(variance).sum())
    place, weight = innovation[:, :2], 1 / variance
    if not ranging:
        scatter = float(np.einsum("ij,ij,i", place, place, weight))
        return Likelihood(value - scatter / 2, scatter)
    # einsum and not @, which hands so little to all threads of the machine
    ones = innovation[:, 2]
    known = float(np.einsum("i,i,i", ones, ones, weight))
    mean = np.einsum("ij,i,i->j", place, ones, weight) / known
    left = place - ones[:, None] * mean
    (east, both), (_, north) = np.einsum("ij,ik,i->jk", left, left, weight).tolist()
    scatter = east + north
    value -= scatter / 2
    if restricted:
        value += math.log(2 * math.pi) - math.log(known)
    centre = record.centre_m[0] + float(mean[0]), record.centre_m[1] + float(mean[1])
    apart = math.hypot(east - north, 2 * both)
    ratio = math.sqrt(max(scatter - apart, 0.0) / (scatter + apart)) if scatter > 0 else math.nan
    square = (left**2).sum(axis=1) * weight
    excess = float(square.var()) / float(square.mean()) ** 2 - 1 if scatter > 0 else 0.0
    return Likelihood(value, scatter, centre, 1 / known, ratio, excess)
