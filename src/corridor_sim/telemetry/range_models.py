"""Each continuous-time model at its maximum, with what the curvature there says.

The search runs over natural logarithms: of ``rate = 2 sigma^2 / tau_position_d``, which the data
tell best and which stays finite where the range does not, of ``tau_position_d``, of
``tau_velocity_d / tau_position_d`` (at most 1; of ``tau_velocity_d`` alone where there is no range)
and of the location error where that is estimated. From the best points of a coarse grid it climbs
by Newton steps; what comes out counts only if the gradient is nil beside the curvature and the
curvature points down in every direction.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from corridor_sim.telemetry.kalman import Floats, Motion, Record, likelihood

# names of the coordinates of the search, all natural logarithms
RATE, POSITION, RATIO, VELOCITY, ERROR = "rate", "tau_position", "ratio", "tau_velocity", "error"
OF_MODEL = {
    "iid": (RATE,),
    "ou": (RATE, POSITION),
    "ouf": (RATE, POSITION, RATIO),
    "bm": (RATE,),
    "iou": (RATE, VELOCITY),
}
# what a model is where its further parameter says nothing
SIMPLER = {"ou": ("iid", "bm"), "ouf": ("ou", "iou", "iid", "bm"), "iou": ("bm",)}
# a gain in log likelihood below which a further parameter says nothing
NOTHING = 1e-3
# first guesses of a ratio, and of an error as a share of the median displacement
RATIOS = (0.7, 0.15, 0.02)
ERRORS = (0.05, 0.4)
STARTS = 2
LONGEST = 200.0  # of tau over the record
STEP = 2e-3  # of logarithms, over which differences are taken
CLIMBS, CUTS = 40, 8
LONGEST_STEP = 2.0
FLATTEST = 1e-3
# logarithm of tau_velocity over tau_position above which both are one time
ONE_TIME = -0.03
# half the squared Newton step in units of the standard errors: 0.001 of one
CONVERGED = 5e-7
EDGE = 1e-4  # the same while the place of the top is only looked for


@dataclass(frozen=True, slots=True)
class ModelFit:
    """One model at its maximum.

    Attributes
    ----------
    motion : Motion
        The model with its estimates.
    log_likelihood : float
        Restricted (see :func:`corridor_sim.telemetry.kalman.likelihood`).
    n_parameters : int
        Estimated parameters of the covariance.
    aicc : float
        Akaike's criterion for the ``2 (n - 1)`` contrasts of ``n`` fixes.
    converged : bool
    collapsed : str
        The simpler model that this one has become, empty where it is itself.
    centre_m : tuple of float
        Estimated centre of the range, NaN without one.
    centre_se_m : float
        Standard error of each of its coordinates.
    axis_ratio : float
        Short over long axis of the range.
    names : tuple of str
        Coordinates of ``covariance``.
    covariance : float64 ``[k, k]``
        Of the estimated logarithms, from the observed information; NaN where not converged.
    pace_variance : float
        What the logarithm of the pace varies by beyond that, since steps are not normal.
    """

    motion: Motion
    log_likelihood: float
    n_parameters: int
    aicc: float
    converged: bool
    collapsed: str
    centre_m: tuple[float, float]
    centre_se_m: float
    axis_ratio: float
    names: tuple[str, ...]
    covariance: Floats = field(repr=False)
    pace_variance: float = 0.0

    @property
    def usable(self) -> bool:
        """Whether its numbers may be given."""
        return self.converged and not self.collapsed


def fit_model(
    record: Record, model: str, simpler: dict[str, ModelFit], *, estimate_error: bool = False
) -> ModelFit:
    """Return a model at the maximum of its restricted likelihood.

    Parameters
    ----------
    record : Record
    model : str
        One of ``kalman.MODELS``.
    simpler : dict
        Fits of simpler models by name, by which it is seen that a further parameter says nothing.
    estimate_error : bool
        Estimate one location error of all fixes, on top of the known ones; 0 where none does as
        well. Without movement between fixes (iid) it cannot be told from the range and stays 0.
    """
    without = _fitted(record, model, OF_MODEL[model], simpler)
    if not estimate_error or model == "iid":
        return without
    found = _fitted(record, model, (*OF_MODEL[model], ERROR), simpler)
    return found if found.log_likelihood > without.log_likelihood + NOTHING else without


def _fitted(
    record: Record, model: str, names: tuple[str, ...], simpler: dict[str, ModelFit]
) -> ModelFit:
    """Return a model at its maximum over the coordinates that are named."""
    search = _Search(record, model, names)
    point = search.best()
    # the likelihood is even in the ratio's logarithm: a top at 0 is one with a parameter less
    one_time = [name == RATIO and at > ONE_TIME for name, at in zip(names, point, strict=True)]
    point[one_time] = 0.0
    free = [i for i, gone in enumerate(one_time) if not gone]
    return _at_top(search, point, free, simpler)


def by_full_likelihood(record: Record, fit: ModelFit) -> ModelFit:
    """Return a model with a range at the maximum of its full likelihood, near the restricted one.

    Its ``log_likelihood`` and ``aicc`` are full as well and stand beside those of no other fit.
    """
    motion = fit.motion
    at = {
        RATE: motion.rate,
        POSITION: motion.tau_position_d,
        RATIO: motion.tau_velocity_d / motion.tau_position_d,
        ERROR: motion.error_m,
    }
    names = OF_MODEL[motion.model] + ((ERROR,) if motion.error_m > 0 else ())
    search = _Search(record, motion.model, names, restricted=False)
    free = [i for i, name in enumerate(names) if name in fit.names]
    return _at_top(search, np.log([at[name] for name in names]), free, {})


def _at_top(
    search: _Search, point: Floats, free: list[int], simpler: dict[str, ModelFit]
) -> ModelFit:
    """Return the fit at the top near a point, over the coordinates that are free."""
    below = [(s, simpler[s].log_likelihood) for s in SIMPLER.get(search.model, ()) if s in simpler]
    value = -search.value(point)
    covariance, converged = np.full((len(free), len(free)), math.nan), False
    if not any(value < other + NOTHING for _, other in below):
        point, covariance, converged = search.polished(point, free)
    found = likelihood(search.record, search.motion(point), restricted=search.restricted)
    return ModelFit(
        motion=search.motion(point),
        log_likelihood=found.value,
        n_parameters=len(free),
        aicc=_aicc(found.value, len(free), 2 * search.contrasts),
        converged=converged,
        collapsed=next((s for s, other in below if found.value < other + NOTHING), ""),
        centre_m=found.mean_m,
        centre_se_m=math.sqrt(found.mean_variance_m2),
        axis_ratio=found.axis_ratio,
        names=tuple(search.names[i] for i in free),
        pace_variance=max(found.excess, 0.0) / search.record.time_d.size,
        covariance=covariance,
    )


def _aicc(log_likelihood: float, k: int, n: int) -> float:
    """Return Akaike's criterion for few data (Hurvich & Tsai 1989, Biometrika 76:297)."""
    if n - k - 1 <= 0:
        return math.inf
    return -2 * log_likelihood + 2 * k + 2 * k * (k + 1) / (n - k - 1)


class _Search:
    """The likelihood of one model as a function of logarithms.

    Without location errors the best rate for the other parameters is known (``scatter`` over the
    number of contrasts) and only these are searched.
    """

    def __init__(
        self, record: Record, model: str, names: tuple[str, ...], *, restricted: bool = True
    ) -> None:
        self.record, self.model, self.names, self.restricted = record, model, names, restricted
        self.contrasts = record.time_d.size - (1 if restricted else 0)
        self.exact = ERROR not in names and not record.error_m2.any()
        self.without_errors = replace(record, error_m2=np.zeros_like(record.error_m2))
        step = np.diff(record.column[:, :2], axis=0)
        self.step_m = float(np.sqrt(np.median((step**2).sum(axis=1)) / 2))
        if self.step_m == 0:
            self.step_m = math.sqrt(record.column[:, :2].var(axis=0).mean())

    def motion(self, point: Floats) -> Motion:
        """Return the model at a point."""
        at = dict(zip(self.names, np.exp(point).tolist(), strict=True))
        tau = at.get(POSITION, math.nan)
        velocity = at[VELOCITY] if VELOCITY in at else tau * at.get(RATIO, math.nan)
        return Motion(self.model, at[RATE], tau, velocity, at.get(ERROR, 0.0))

    def value(self, point: Floats) -> float:
        """Return minus the log likelihood."""
        return -likelihood(self.record, self.motion(point), restricted=self.restricted).value

    def at_best_rate(self, others: Floats) -> tuple[float, Floats]:
        """Return minus the log likelihood at the rate that is best without errors, and where."""
        motion = replace(self.motion(np.array([0.0, *others])), error_m=0.0)
        one = likelihood(self.without_errors, motion, restricted=self.restricted)
        n = self.contrasts
        rate = max(one.scatter / (2 * n), 1e-20)
        value = one.value + one.scatter / 2 - n * math.log(rate) - n
        return -value, np.array([math.log(rate), *others])

    def bounds(self, names: tuple[str, ...]) -> tuple[Floats, Floats]:
        """Return the lowest and highest logarithms of coordinates."""
        shortest = math.log(float(np.quantile(np.diff(self.record.time_d), 0.1)) / 50)
        longest = math.log(self.record.length_d * LONGEST)
        of = {
            RATE: (-60.0, 90.0),
            POSITION: (shortest, longest),
            RATIO: (shortest - longest, 0.0),
            VELOCITY: (shortest, longest),
            ERROR: (math.log(self.step_m * 1e-3), math.log(self.step_m * 1e3)),
        }
        limits = np.array([of[n] for n in names]).reshape(-1, 2)
        return limits[:, 0], limits[:, 1]

    def starts(self) -> list[Floats]:
        """Return a coarse grid of all coordinates but the rate."""
        lag, length = float(np.median(np.diff(self.record.time_d))), self.record.length_d
        times = np.exp(np.linspace(math.log(lag / 2), math.log(max(length, 4 * lag)), 6)).tolist()
        of = {
            POSITION: times,
            RATIO: list(RATIOS),
            VELOCITY: [lag / 4, lag, 4 * lag, 16 * lag],
            ERROR: [share * self.step_m for share in ERRORS],
        }
        return [np.log(values) for values in itertools.product(*(of[n] for n in self.names[1:]))]

    def best(self) -> Floats:
        """Return the highest point that climbing from the best starts reaches."""
        names: tuple[str, ...] = self.names[1:] if self.exact else self.names
        ranked: list[tuple[float, int, Floats]] = []
        for i, start in enumerate(self.starts()):
            value, point = self.at_best_rate(start)
            for share in (0.0,) if self.exact else (0.0, -1.2):
                at = point + np.eye(point.size)[0] * share
                ranked.append((value if self.exact else self.value(at), i, at))
        ranked.sort(key=lambda one: one[:2])
        if not names:
            return ranked[0][2]
        low, high = self.bounds(names)
        tops = []
        for _, i, start in ranked[:STARTS]:
            first = np.clip(start[-len(names) :], low, high)
            top = _climb(self._of_searched, first, low, high, EDGE)
            tops.append((self._of_searched(top), i, top))
        top = min(tops, key=lambda one: one[:2])[2]
        return self.at_best_rate(top)[1] if self.exact else top

    def _of_searched(self, part: Floats) -> float:
        """Return what is minimised, as a function of what is searched."""
        return self.at_best_rate(part)[0] if self.exact else self.value(part)

    def polished(self, point: Floats, free: list[int]) -> tuple[Floats, Floats, bool]:
        """Climb on; return the top, the covariance there and whether it is one."""

        def value(part: Floats) -> float:
            whole = point.copy()
            whole[free] = part
            return self.value(whole)

        far = np.full(len(free), 100.0)
        part = _climb(value, point[free], -far, far, CONVERGED / 100)
        top = point.copy()
        top[free] = part
        slope, curvature = _derivatives(value, part, STEP)
        if np.isfinite(curvature).all() and np.linalg.eigvalsh(curvature)[0] > 0:
            covariance = np.linalg.inv(curvature).astype(np.float64)
            if slope @ covariance @ slope / 2 < CONVERGED:
                return top, covariance, True
        return top, np.full((len(free), len(free)), math.nan), False


def _climb(
    value: Callable[[Floats], float], start: Floats, low: Floats, high: Floats, enough: float
) -> Floats:
    """Return where a function has a minimum within bounds, by Newton steps that are held short.

    Where the curvature points the wrong way its size alone is taken, so that the way is down
    whatever it is; a step that leads up is cut. Ends when a whole step would gain less than
    ``enough``. (scipy's L-BFGS-B does the same, but hands matrices of two rows to all threads of
    the machine, which takes longer than everything else.)
    """
    at, here = start, value(start)
    for _ in range(CLIMBS):
        slope, curvature = _derivatives(value, at, STEP)
        if not np.isfinite(curvature).all():
            break
        inside = ~(((at <= low) & (slope > 0)) | ((at >= high) & (slope < 0)))
        if not inside.any():
            break
        sizes, turn = np.linalg.eigh(curvature[np.ix_(inside, inside)])
        step = np.zeros(at.size)
        step[inside] = -turn @ (turn.T @ slope[inside] / np.maximum(np.abs(sizes), FLATTEST))
        if -(slope @ step) / 2 < enough:
            break
        step *= min(1.0, LONGEST_STEP / float(np.abs(step).max()))
        for _ in range(CUTS):
            tried = np.clip(at + step, low, high)
            there = value(tried)
            if there < here:
                break
            step *= 0.25
        else:
            break
        at, here = tried, there
    return at


def _derivatives(value: Callable[[Floats], float], at: Floats, h: float) -> tuple[Floats, Floats]:
    """Return gradient and Hessian by central differences."""
    unit = np.eye(at.size) * h
    here = value(at)
    up = np.array([value(at + e) for e in unit])
    down = np.array([value(at - e) for e in unit])
    curvature = np.diag(up - 2 * here + down)
    for i, j in itertools.combinations(range(at.size), 2):
        both = value(at + unit[i] + unit[j]) + value(at - unit[i] - unit[j])
        curvature[i, j] = curvature[j, i] = (
            both - up[i] - up[j] - down[i] - down[j] + 2 * here
        ) / 2
    return (up - down) / (2 * h), curvature / h**2
