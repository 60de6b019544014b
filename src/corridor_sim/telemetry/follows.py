"""What follows from the coefficients of a step-selection model: kernel, range, permeability.

**Kernel.** As :mod:`corridor_sim.telemetry.available` derives: ``k' = k + b_log``,
``1/s' = 1/s - b_sl``, ``kappa' = kappa + b_cos``; covariances by the delta method.

**Range of the term attraction.** Steps of density ``q(x'|x) exp(-lambda |x' - c|^2 / 2) / Z(x)``
with ``q`` the same in both directions form a chain whose stationary law is ``pi(x) ~ w(x) Z(x)``
with ``w = exp(-lambda |x - c|^2 / 2)``, since ``pi(x) p(x'|x)`` is then ``w(x) q(x'|x) w(x')``, the
same with x and x' exchanged. For normal steps of variance ``s2`` per axis, ``Z`` is normal with
variance ``1/lambda + s2``, so

    1/sigma^2 = lambda + lambda / (1 + lambda s2),

which for steps short against the range is ``sigma^2 = 1 / (2 lambda)``. Steps that are not normal
give nearly the same with ``s2 = E[L^2]/2``; where turns are far from even, q is not the same in
both directions and the range is another. Drawn towards the range's centre with variance ``v`` per
axis, random steps have an attraction already, to first order in ``L^2/v`` that of
``lambda = 1/(2 v)``, and what the term finds adds to it.

**Permeability.** A step over n encounters with a barrier has ``exp(b n)`` times the weight of one
over none that is otherwise the same. An animal of the simulator chooses by habitat, meets what lies
on its way and passes each with the chance p, or stays: among steps that were made, one over n
encounters has ``p^n`` times the density of one over none. So ``p = exp(b)``. Above 1 it is no
chance: the way is then entered more often than by accident, and p is held at 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import counted
from corridor_sim.telemetry.available import StepKernel
from corridor_sim.telemetry.clogit import LogitFit
from corridor_sim.telemetry.terms import ATTRACTION
from corridor_sim.telemetry.tracks import Told

F8 = NDArray[np.float64]
Z95 = 1.959963984540054
# nobody of n with a chance p each: exp(-n p) = 0.05
NOBODY = 2.995732273553991
_OF_KERNEL = ("log_sl", "sl", "cos_ta")


@dataclass(frozen=True, slots=True)
class KernelUpdate:
    """Lengths and turns of steps as they would be without selection.

    Attributes
    ----------
    kernel : StepKernel
    cov : float64 ``[3, 3]``
        Covariance of shape, scale (m) and kappa; rows of 0 of what was not estimated anew.
    working_cov : float64 ``[3, 3]``
        The same of ln shape, ln scale and kappa.
    """

    kernel: StepKernel
    cov: F8
    working_cov: F8

    @property
    def se(self) -> tuple[float, float, float]:
        """Standard errors of shape, scale (m) and kappa."""
        a, b, c = (float(one) for one in np.sqrt(np.diagonal(self.cov)))
        return a, b, c


@dataclass(frozen=True, slots=True)
class PotentialRange:
    """Range that an attraction makes.

    Attributes
    ----------
    strength : float
        ``lambda`` in 1/km², that of the proposal included.
    strength_se : float
    sigma_m, sigma_se_m : float
        Standard deviation of positions per axis, and its standard error.
    short_sigma_m : float
        The same for steps that are short against the range, ``1 / sqrt(2 lambda)``.
    """

    strength: float
    strength_se: float
    sigma_m: float
    sigma_se_m: float
    short_sigma_m: float


@dataclass(frozen=True, slots=True)
class Permeability:
    """Chance of passing a barrier that is met.

    Attributes
    ----------
    name : str
        Term of crossings.
    value, se : float
        ``min(1, exp(b))`` and its standard error by the delta method; NaN without an estimate.
    low, high : float
        Ends of its interval of 95 %, within 0 and 1.
    n_used, n_expected : float
        Encounters on steps that were taken, and those that as many random steps have in the mean.
    """

    name: str
    value: float
    se: float
    low: float
    high: float
    n_used: float
    n_expected: float


def updated_kernel(
    before: StepKernel, logit: LogitFit, animal: str
) -> tuple[KernelUpdate | None, list[Told]]:
    """Return the kernel with selection taken out, None where it cannot be, and what to know."""
    at = [logit.names.index(name) if name in logit.names else -1 for name in _OF_KERNEL]
    here = np.array([i >= 0 and bool(np.isfinite(logit.beta[i])) for i in at])
    beta, cov = np.zeros(3), np.zeros((3, 3))
    index = [i for i, there in zip(at, here, strict=True) if there]
    beta[here] = logit.beta[index]
    cov[np.ix_(here, here)] = logit.cov[np.ix_(index, index)]
    missing = [n for n, i, there in zip(_OF_KERNEL, at, here, strict=True) if i >= 0 and not there]
    whom = animal or "all animals"
    shape, rate = before.shape + beta[0], 1.0 / before.scale_m - beta[1]
    if missing or shape <= 0.0 or rate <= 0.0:
        what = (
            f"{missing[0]} has no estimate"
            if missing
            else f"their shape would be {shape:.3g}"
            if shape <= 0.0
            else f"their scale would have no bound (1/scale = {rate:.3g} per m)"
        )
        words = (
            f"step lengths of {whom} without selection cannot be given: {what}; fewer terms, or "
            "more steps, may help"
        )
        return None, [Told("kernel_impossible", words, animal)]
    scale, kappa = 1.0 / rate, before.kappa + beta[2]
    slope = np.diag([1.0, scale * scale, 1.0])
    cov = slope @ cov @ slope
    to_work = np.diag([1.0 / shape, 1.0 / scale, 1.0])
    kernel = StepKernel(float(shape), float(scale), float(kappa))
    return KernelUpdate(kernel, cov, to_work @ cov @ to_work), []


def potential_range(
    logit: LogitFit, kernel: KernelUpdate | None, sigma_m: float | None, animal: str
) -> tuple[PotentialRange | None, list[Told]]:
    """Return the range that the term ``attraction`` makes, None without the term or an estimate.

    ``sigma_m`` is that of the range towards whose centre random steps were drawn.
    """
    if ATTRACTION not in logit.names:
        return None, []
    strength, se = logit.of(ATTRACTION)
    if not math.isfinite(strength):
        return None, []
    strength += 0.0 if sigma_m is None else 0.5 / (sigma_m / 1000.0) ** 2
    if strength <= 0.0:
        words = (
            f"{animal or 'all animals'} show no attraction to the centre of a range "
            f"(strength {strength:.3g} per km², standard error {se:.2g}): no range follows from it"
        )
        return None, [Told("no_attraction", words, animal)]
    s2 = 0.0
    if kernel is not None:
        k = kernel.kernel
        s2 = 0.5 * k.shape * (k.shape + 1.0) * (k.scale_m / 1000.0) ** 2
    sigma = _sigma_km(strength, s2)
    h = 1e-4 * strength
    slope = (_sigma_km(strength + h, s2) - _sigma_km(strength - h, s2)) / (2.0 * h)
    short = 1000.0 / math.sqrt(2.0 * strength)
    return PotentialRange(strength, se, 1000.0 * sigma, 1000.0 * abs(slope) * se, short), []


def _sigma_km(strength: float, s2: float) -> float:
    return 1.0 / math.sqrt(strength + strength / (1.0 + strength * s2))


def passing(b: float, se: float, quantile: float = Z95) -> tuple[float, float, float, float]:
    """Return the permeability of a coefficient of crossings, its standard error and its interval.

    Of one animal, or of the mean of animals with Student's quantile in place of the normal one.

    >>> [round(one, 3) for one in passing(math.log(0.4), 0.5)]
    [0.4, 0.2, 0.15, 1.0]
    """
    value, low, high = (math.exp(min(b + d * se, 0.0)) for d in (0.0, -quantile, quantile))
    return value, value * se, low, high


def permeability(
    name: str, logit: LogitFit, x: F8, valid: NDArray[np.bool_], animal: str
) -> tuple[Permeability, list[Told]]:
    """Return the permeability of a term of crossings, and what to know of it.

    Parameters
    ----------
    name : str
    logit : LogitFit
    x : float64 ``[strata, 1 + n_random]``
        Crossings of each step.
    valid : bool ``[strata, 1 + n_random]``
    animal : str
    """
    b, se = logit.of(name)
    use = valid[:, 0] & (valid.sum(axis=1) > 1)
    random = np.where(valid[use, 1:], x[use, 1:], 0.0)
    n_used = float(x[use, 0].sum())
    n_expected = float((random.sum(axis=1) / valid[use, 1:].sum(axis=1)).sum())
    if math.isfinite(b):
        one = Permeability(name, *passing(b, se), n_used, n_expected)
        if b <= 0.0:
            return one, []
        words = (
            f"{name}: {animal or 'animals'} cross more often than by accident (exp(b) = "
            f"{math.exp(min(b, 50.0)):.3g}): no barrier; its permeability is held at 1"
        )
        return one, [Told("crossed_readily", words, animal, int(n_used))]
    if n_used == 0.0 and n_expected > 0.0:
        high = min(1.0, NOBODY / n_expected)
        words = (
            f"{name}: {animal or 'no animal'} never crossed where {n_expected:.3g} crossings would "
            f"be expected of random steps: the permeability lies below {high:.2g} (95 %)"
        )
        told = [Told("never_crossed", words, animal, 0)]
        return Permeability(name, 0.0, math.nan, 0.0, high, 0.0, n_expected), told
    words = (
        f"{name}: {animal or 'animals'} met it on {counted(int(n_used), 'step')} taken and "
        f"{n_expected:.3g} random ones: no permeability can be told"
    )
    told = [Told("no_crossings", words, animal, int(n_used))]
    return Permeability(name, math.nan, math.nan, 0.0, 1.0, n_used, n_expected), told
