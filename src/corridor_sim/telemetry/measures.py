"""What observed and simulated animals are compared by: one table of measures, one way to take each.

A measure is taken of each copy of a set of animals alone, so that copies are so many data sets of
the same size, gaps and hours; their spread is the standard error of what was observed, if the model
is right (a parametric bootstrap; Davison & Hinkley 1997, 4.2.3).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import CorridorSimError
from corridor_sim.telemetry.samples import Sample, Steps, square_displacements, steps_of
from corridor_sim.telemetry.steps import fit_steps

F64 = NDArray[np.float64]
Kind = Literal["relative", "absolute"]

QUANTILES = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
TURN_BINS = 12
# a shorter stretch of the day holds too few steps to tell
FEWEST_STEPS = 10
# fewer turns leave directions with hardly any
FEWEST_TURNS = 5 * TURN_BINS
# two fixes that far apart, so often, make a mean square displacement
FEWEST_PAIRS = 10


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure by which observed and simulated animals are compared.

    Attributes
    ----------
    key, label, unit : str
    tolerance : float
        Difference that is small enough: a share of the observed, or in the measure's unit.
    kind : {"relative", "absolute"}
        Which of the two.
    """

    key: str
    label: str
    unit: str
    tolerance: float
    kind: Kind = "relative"


MEASURES = {
    one.key: one
    for one in (
        Measure("step_median", "median step length", "m", 0.10),
        Measure("step_quantile", "step length that this share of steps does not reach", "m", 0.20),
        Measure("step_shape", "gamma shape of step lengths", "", 0.05),
        Measure("step_scale", "gamma scale of step lengths", "m", 0.05),
        Measure("still", "share of steps of no length", "", 0.02, "absolute"),
        Measure("turning_kappa", "concentration of turns", "", 0.05, "absolute"),
        Measure("turns", "share of turns in this direction", "", 0.03, "absolute"),
        Measure("msd", "mean square displacement", "km²", 0.20),
        Measure("activity", "movement at this hour over its mean", "", 0.20, "absolute"),
        Measure("home_range", "95 % home range", "km²", 0.10),
        Measure("tau", "range-crossing time", "d", 0.20),
        Measure("use", "share of fixes on this ground", "", 0.05, "absolute"),
        # in standard deviations over the available ground
        Measure("covariate", "mean of a covariate where animals are", "SD", 0.10, "absolute"),
    )
}

Key = tuple[str, float | str]
Values = dict[Key, F64]


def values_of(samples: Sequence[Sample]) -> Values:
    """Return all measures of steps, turns, displacement and rhythm, ``[copy]`` each.

    Parameters
    ----------
    samples : sequence of Sample
        With equally many copies and the same interval.
    """
    steps = pooled([steps_of(one) for one in samples])
    found: Values = {}
    found |= _of_lengths(steps)
    found |= _of_turns(steps)
    found |= _of_hours(steps, samples[0].interval_min)
    found |= _of_displacement(samples)
    return found


def pooled(steps: Sequence[Steps]) -> Steps:
    """Return the steps of several animals as those of one."""
    return Steps(
        np.concatenate([one.length_m for one in steps], axis=1),
        np.concatenate([one.turn_rad for one in steps], axis=1),
        np.concatenate([one.hour for one in steps]),
    )


def _of_lengths(steps: Steps) -> Values:
    if steps.length_m.shape[1] < FEWEST_STEPS:
        return {}
    quantiles = np.quantile(steps.length_m, QUANTILES, axis=1)
    found: Values = {("step_quantile", q): quantiles[i] for i, q in enumerate(QUANTILES)}
    found["step_median", ""] = found.pop(("step_quantile", 0.5))
    found["still", ""] = (steps.length_m == 0).mean(axis=1)
    fits = [
        _fitted(lengths, turns)
        for lengths, turns in zip(steps.length_m, steps.turn_rad, strict=True)
    ]
    for i, name in enumerate(("step_shape", "step_scale", "turning_kappa")):
        found[name, ""] = np.array([fit[i] for fit in fits])
    return found


def _fitted(lengths: F64, turns: F64) -> tuple[float, float, float]:
    try:
        fit = fit_steps(lengths, turns)
    except CorridorSimError:
        return math.nan, math.nan, math.nan
    return fit.shape, fit.scale_m, fit.kappa


def turn_edges() -> F64:
    """Return the edges of the directions in which turns are counted, radians, straight on first."""
    half = np.pi / TURN_BINS
    return np.asarray(np.linspace(-half, 2 * np.pi - half, TURN_BINS + 1), float)


def _of_turns(steps: Steps) -> Values:
    there = np.isfinite(steps.turn_rad)
    n = there.sum(axis=1)
    if not n.size or n.min() < FEWEST_TURNS:
        return {}
    edges = turn_edges()
    turns = np.where(there, (steps.turn_rad - edges[0]) % (2 * np.pi) + edges[0], np.nan)
    found: Values = {}
    for i in range(TURN_BINS):
        inside = (turns >= edges[i]) & (turns < edges[i + 1])
        found["turns", float(np.degrees((edges[i] + edges[i + 1]) / 2))] = inside.sum(axis=1) / n
    return found


def hour_bins(hour: F64, interval_min: float) -> tuple[NDArray[np.int64], F64]:
    """Return the part of the day of each step, and the middle hour of each part.

    Parts are as long as the interval, and at least an hour; they lie so that steps fall into their
    middles, from which fixes that come early or late do not lead away.
    """
    wide = min(max(interval_min / 60.0, 1.0), 24.0)
    n = max(1, round(24.0 / wide))
    wide = 24.0 / n
    angle = 2 * np.pi * hour / wide
    phase = float(np.angle(np.exp(1j * angle).sum())) / (2 * np.pi) * wide if hour.size else 0.0
    part = np.rint((hour - phase) / wide).astype(np.int64) % n
    return part, np.asarray((np.arange(n) * wide + phase) % 24.0, float)


def _of_hours(steps: Steps, interval_min: float) -> Values:
    mean = steps.length_m.mean(axis=1) if steps.hour.size else np.zeros(0)
    if not (mean > 0).any():
        return {}
    part, middle = hour_bins(steps.hour, interval_min)
    found: Values = {}
    with np.errstate(invalid="ignore", divide="ignore"):
        for i in np.argsort(middle):
            if (part == i).sum() >= FEWEST_STEPS:
                own = steps.length_m[:, part == i].mean(axis=1)
                found["activity", round(float(middle[i]), 2)] = own / mean
    # one part alone is its own mean
    return found if len(found) > 1 else {}


def lags_of(samples: Sequence[Sample]) -> NDArray[np.int64]:
    """Return the lags, in intervals, at which displacement is measured, rising.

    One interval, a day, and about three lags for every doubling up to half of the longest record.
    """
    interval_d = samples[0].interval_min / 1440.0
    longest = max(one.days for one in samples) / 2 / interval_d
    if longest < 1:
        return np.zeros(0, np.int64)
    steps = 2.0 ** np.arange(0, math.log2(longest) + 1e-9, 1 / 3)
    lags = {round(k) for k in steps} | {max(1, round(1.0 / interval_d))}
    return np.array(sorted(lag for lag in lags if lag <= longest), np.int64)


def _of_displacement(samples: Sequence[Sample]) -> Values:
    lags = lags_of(samples)
    if not lags.size:
        return {}
    msd, pairs = square_displacements(samples, lags)
    interval_d = samples[0].interval_min / 1440.0
    return {
        ("msd", float(lag * interval_d)): msd[:, j] / 1e6
        for j, lag in enumerate(lags)
        if pairs[j] >= FEWEST_PAIRS
    }


def summary(values: Values) -> Mapping[Key, tuple[float, float]]:
    """Return mean and standard deviation of every measure over the copies that have it."""
    found = {}
    for key, each in values.items():
        have = each[np.isfinite(each)]
        sd = float(have.std(ddof=1)) if have.size > 1 else math.nan
        found[key] = (float(have.mean()) if have.size else math.nan, sd)
    return found
