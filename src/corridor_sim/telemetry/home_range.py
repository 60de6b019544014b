"""Home range, range-crossing time and persistence of one animal, from fixes at any times.

Equations, sources and what the numbers are worth stand in ``docs/telemetry-range.md``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from corridor_sim.telemetry.kalman import RANGING, Floats, Record
from corridor_sim.telemetry.range_input import named, record_of, refuse_models
from corridor_sim.telemetry.range_models import (
    ERROR,
    POSITION,
    RATE,
    RATIO,
    ModelFit,
    by_full_likelihood,
    fit_model,
)
from corridor_sim.telemetry.tracks import Told

# area of the circle that holds 95 % of a normal law with variance 1 m2 on each axis
AREA_95 = -2 * math.log(0.05) * math.pi
# independent fixes below which people are warned
FEW_EFFECTIVE = 5.0
# crossing times that a record must hold before it tells of a range
LEAST_CROSSINGS = 3.0
# difference in AICc within which a model counts as about as good
NEAR = 2.0
Z = float(stats.norm.ppf(0.975))


@dataclass(frozen=True, slots=True)
class Estimate:
    """One number with what it may be off by.

    Attributes
    ----------
    value, se : float
        Estimate and its standard error.
    low, high : float
        95 % confidence interval.
    """

    value: float
    se: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class RangeFit:
    """Range of one animal. What the data do not tell is None, never a number.

    Attributes
    ----------
    animal : str
    n_fixes : int
    record_d : float
        Days from the first to the last fix.
    model : str
        ``iid``, ``ou`` or ``ouf``, the best by AICc; empty where no fit may be used.
    resident : bool
        Whether the record shows a range (see ``told`` where it does not).
    home_range_km2 : Estimate or None
        Area of the circle that holds 95 % of the use, ``5.991 pi sigma^2``; interval by chi-square
        with ``2 n_effective`` degrees of freedom.
    sigma_m : Estimate or None
        Standard deviation of positions about the centre, on each axis.
    tau_position_d, tau_velocity_d : Estimate or None
        Range-crossing time and time over which a direction is kept; None where the model has none.
    error_m : Estimate or None
        Location error on each axis where it was estimated.
    centre_m : tuple of float or None
        Centre of the range (east, north) in the coordinates of the fixes.
    centre_se_m : float or None
        Standard error of each of its coordinates.
    axis_ratio : float or None
        Short over long axis of the range; the ellipse of 95 % is ``2 r / (1 + r^2)`` of the circle.
    n_effective : float or None
        Independent fixes that would tell the area as well.
    n_crossings : float or None
        Record over ``tau_position_d``.
    models : pandas.DataFrame
        One row a fitted model, best first: ``model``, ``log_likelihood``, ``n_parameters``,
        ``aicc``, ``daicc``, ``sigma_m``, ``tau_position_d``, ``tau_velocity_d``, ``error_m``,
        ``converged``, ``same_as`` (the simpler model that it has become).
    other_likelihood : dict of str to Estimate
        ``home_range_km2``, ``sigma_m``, ``tau_d``, ``tau_velocity_d``, ``error_m`` by the full
        likelihood where the estimates above are by the restricted one, and the other way round.
        Errors of either are as if steps were normal, as most programs give them, but for those of
        restricted estimates above.
    working_names : tuple of str
        Coordinates of ``working``: ``home_range_km2`` and, where estimated, ``tau_d``,
        ``tau_velocity_d``, ``error_m``.
    working : float64 ``[k]``
        Natural logarithms of these.
    covariance : float64 ``[k, k]``
        Of ``working``, from the observed information; by the restricted likelihood that of
        ``tau_d`` with what steps that are not normal add.
    told : tuple of Told
    fits : dict of str to ModelFit
        Everything that was fitted, by model.
    """

    animal: str
    n_fixes: int
    record_d: float
    model: str = ""
    resident: bool = False
    home_range_km2: Estimate | None = None
    sigma_m: Estimate | None = None
    tau_position_d: Estimate | None = None
    tau_velocity_d: Estimate | None = None
    error_m: Estimate | None = None
    centre_m: tuple[float, float] | None = None
    centre_se_m: float | None = None
    axis_ratio: float | None = None
    n_effective: float | None = None
    n_crossings: float | None = None
    models: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    other_likelihood: dict[str, Estimate] = field(default_factory=dict, repr=False)
    working_names: tuple[str, ...] = ()
    working: Floats = field(default_factory=lambda: np.empty(0), repr=False)
    covariance: Floats = field(default_factory=lambda: np.empty((0, 0)), repr=False)
    told: tuple[Told, ...] = ()
    fits: dict[str, ModelFit] = field(default_factory=dict, repr=False)


def fit_range(
    fixes: pd.DataFrame,
    *,
    error_m: float | Literal["estimate"] | None = None,
    models: Sequence[str] = RANGING,
    restricted: bool = True,
    least_crossings: float = LEAST_CROSSINGS,
) -> RangeFit:
    """Fit the range of one animal by exact likelihood and say whether it has one.

    Parameters
    ----------
    fixes : pandas.DataFrame
        One animal: ``time`` (datetime64, no time twice), ``x_m``, ``y_m`` (metres) and, where
        known, ``error_m`` (standard deviation of each fix's location error on each axis).
    error_m : float, "estimate" or None
        One location error of all fixes instead of the column; ``"estimate"`` estimates one on top
        of the column; None takes the column, or no error where there is none.
    models : sequence of str
        Ranging models to choose among: of ``iid``, ``ou``, ``ouf``. Wandering without a range is
        fitted beside them: bm, and iou beside ouf.
    restricted : bool
        Give the estimates at the maximum of the restricted likelihood, which allows for the centre
        being estimated too; otherwise those of the full one, which fall short by about one
        crossing's share of the record (both are kept). Models are compared by the restricted one.
    least_crossings : float
        How many times ``tau_position_d`` a record must hold before its animal counts as resident.

    Returns
    -------
    RangeFit
        Too few fixes, an animal that never moves, a search without a maximum and an animal without
        a range are told in ``told``, and their numbers are None.

    Raises
    ------
    CorridorSimError
        What was handed over is no such table.
    """
    refuse_models(models)
    animal, record = record_of(fixes, error_m)
    if isinstance(record, Told):
        return _refused(animal, fixes, record)
    fits: dict[str, ModelFit] = {}
    # simpler ones first, since further parameters are judged by them
    for name in ("bm", *(("iou",) if "ouf" in models else ()), *RANGING):
        if name in models or name not in RANGING:
            estimate = error_m == "estimate"
            fits[name] = fit_model(record, name, fits, estimate_error=estimate)
    return _chosen(animal, record, fits, restricted, least_crossings)


def _refused(animal: str, fixes: pd.DataFrame, told: Told) -> RangeFit:
    """Return the fit of an animal whose fixes tell no range."""
    time = pd.to_datetime(fixes["time"], utc=True)
    days = (time.max() - time.min()) / pd.Timedelta(days=1) if len(fixes) else 0.0
    return RangeFit(animal, len(fixes), float(days), told=(told,))


def _chosen(
    animal: str, record: Record, fits: dict[str, ModelFit], restricted: bool, least_crossings: float
) -> RangeFit:
    """Return the best ranging model, or what stands against a range."""
    plain = RangeFit(animal, record.time_d.size, record.length_d, models=_table(fits), fits=fits)
    ranging = [f for name, f in fits.items() if name in RANGING]
    wandering = [f for name, f in fits.items() if name not in RANGING and not f.collapsed]
    best = min((f for f in ranging if f.usable), key=lambda f: f.aicc, default=None)
    # those that are far behind wherever their search ended say nothing about the choice
    near = math.inf if best is None else best.aicc + NEAR
    failed = [f for f in ranging if not f.converged and not f.collapsed and f.aicc < near]
    told = [_failed(plain, f) for f in failed]
    if best is None and failed:
        return replace(plain, told=tuple(told))
    if best is None or min(f.aicc for f in wandering) <= best.aicc:
        why = (
            f"within its record of {record.length_d:.3g} days it moves as one that wanders; if it "
            "has a range, crossing it takes longer than the record tells"
        )
        return _without(plain, why, told)
    tau = best.motion.tau_position_d
    if tau * least_crossings > record.length_d:
        why = (
            f"it takes {tau:.3g} days to cross its range, and its record of "
            f"{record.length_d:.3g} days is shorter than {least_crossings:g} times that"
        )
        return _without(plain, why, told)
    full = by_full_likelihood(record, best)
    given, other = (best, full) if restricted else (full, best)
    if not given.usable:
        return replace(plain, told=(*told, _failed(plain, given)))
    return _resident(plain, given, other, told, beyond=restricted)


def _failed(plain: RangeFit, fit: ModelFit) -> Told:
    """Return the line on a search that came to no maximum."""
    words = (
        f"{named(plain.animal)}the likelihood of the model {fit.motion.model} came to no maximum; "
        "its numbers are not given"
    )
    return Told("range_not_converged", words, plain.animal, plain.n_fixes)


def _without(plain: RangeFit, why: str, told: list[Told]) -> RangeFit:
    """Return the fit of an animal that wanders."""
    words = f"{named(plain.animal)}not range-resident: {why}; no home range is given"
    more = Told("not_range_resident", words, plain.animal, plain.n_fixes)
    return replace(plain, told=(*told, more))


def _resident(
    plain: RangeFit, best: ModelFit, other: ModelFit, told: list[Told], *, beyond: bool
) -> RangeFit:
    """Return the fit of an animal with a range."""
    motion = best.motion
    names, working, covariance = _working(best, beyond=beyond)
    found = _estimates(best, beyond=beyond)
    tau, area = found.get("tau_d"), found["home_range_km2"]
    n_effective = 1 / float(covariance[0, 0])
    if n_effective < FEW_EFFECTIVE:
        words = (
            f"{named(plain.animal)}its record tells the range no better than {n_effective:.1f} "
            f"independent fixes would: {area.value:.3g} km2, between {area.low:.3g} and "
            f"{area.high:.3g}"
        )
        told = [*told, Told("range_poorly_known", words, plain.animal, plain.n_fixes)]
    return replace(
        plain,
        model=motion.model,
        resident=True,
        home_range_km2=area,
        sigma_m=found["sigma_m"],
        tau_position_d=tau,
        tau_velocity_d=found.get("tau_velocity_d"),
        error_m=found.get("error_m"),
        centre_m=best.centre_m,
        centre_se_m=best.centre_se_m,
        axis_ratio=best.axis_ratio,
        n_effective=n_effective,
        n_crossings=None if tau is None else plain.record_d / tau.value,
        other_likelihood=_estimates(other) if other.usable else {},
        working_names=names,
        working=working,
        covariance=covariance,
        told=tuple(told),
    )


def _estimates(fit: ModelFit, *, beyond: bool = False) -> dict[str, Estimate]:
    """Return everything that a model tells, by name."""
    motion = fit.motion
    names, working, covariance = _working(fit, beyond=beyond)
    found = {
        name: _by_log(math.exp(working[i]), math.sqrt(covariance[i, i]))
        for i, name in enumerate(names)
    }
    n_effective = 1 / float(covariance[0, 0])
    area = _by_chi_square(AREA_95 * motion.variance_m2 / 1e6, n_effective)
    side = math.sqrt(1e6 / AREA_95)
    found["home_range_km2"] = area
    found["sigma_m"] = Estimate(
        math.sqrt(motion.variance_m2),
        math.sqrt(motion.variance_m2 / n_effective) / 2,
        side * math.sqrt(area.low),
        side * math.sqrt(area.high),
    )
    if motion.model == "ouf" and "tau_velocity_d" not in found:
        found["tau_velocity_d"] = found["tau_d"]  # both times are one
    return found


def _by_log(value: float, log_se: float) -> Estimate:
    """Return an estimate whose logarithm is normal."""
    far = math.exp(Z * log_se)
    return Estimate(value, value * log_se, value / far, value * far)


def _by_chi_square(value: float, n_effective: float) -> Estimate:
    """Return an estimate of a variance on two axes.

    Twice ``n_effective`` times estimate over truth follows chi-square with as many degrees of
    freedom; both ends of the interval are those truths that leave 2.5 % beyond the estimate.
    """
    df = 2 * n_effective
    low, high = (value * df / float(stats.chi2.ppf(p, df)) for p in (0.975, 0.025))
    return Estimate(value, value / math.sqrt(n_effective), low, high)


def _working(fit: ModelFit, *, beyond: bool) -> tuple[tuple[str, ...], Floats, Floats]:
    """Return names, logarithms and covariance of what is pooled over animals.

    All are sums of the coordinates of the search: the logarithm of the area is that of the rate
    and of ``tau_position_d`` and a constant, that of ``tau_velocity_d`` adds the ratio.

    ``beyond`` adds to the variance of the crossing time what the models do not know. They take
    steps as normal; real ones are mostly short and a few long, so that the mean of their squares,
    which is the pace, is known less well than that. Where places lie, and so the area, hangs on it
    little; the crossing time is the area over the pace.
    """
    motion, at = fit.motion, {name: i for i, name in enumerate(fit.names)}
    rows: list[tuple[str, float, tuple[str, ...]]] = [
        ("home_range_km2", AREA_95 * motion.variance_m2 / 1e6, (RATE, POSITION))
    ]
    if POSITION in at:
        rows.append(("tau_d", motion.tau_position_d, (POSITION,)))
    if RATIO in at:
        rows.append(("tau_velocity_d", motion.tau_velocity_d, (POSITION, RATIO)))
    if ERROR in at:
        rows.append(("error_m", motion.error_m, (ERROR,)))
    turn = np.zeros((len(rows), len(at)))
    for i, (_, _, parts) in enumerate(rows):
        turn[i, [at[part] for part in parts if part in at]] = 1
    working = np.log([value for _, value, _ in rows])
    covariance = turn @ fit.covariance @ turn.T
    if beyond and POSITION in at:
        covariance[1, 1] += fit.pace_variance
    return tuple(name for name, _, _ in rows), working, covariance


def _table(fits: dict[str, ModelFit]) -> pd.DataFrame:
    """Return one row a model, best first; what has become a simpler model has no parameters."""
    rows = []
    for name, fit in fits.items():
        known = fit.usable
        rows.append(
            {
                "model": name,
                "log_likelihood": fit.log_likelihood,
                "n_parameters": fit.n_parameters,
                "aicc": fit.aicc,
                "sigma_m": math.sqrt(fit.motion.variance_m2) if known else math.nan,
                "tau_position_d": fit.motion.tau_position_d if known else math.nan,
                "tau_velocity_d": fit.motion.tau_velocity_d if known else math.nan,
                "error_m": fit.motion.error_m if known else math.nan,
                "converged": fit.converged,
                "same_as": fit.collapsed,
            }
        )
    table = pd.DataFrame(rows).sort_values("aicc", kind="stable", ignore_index=True)
    table.insert(4, "daicc", table["aicc"] - table["aicc"].min())
    return table
