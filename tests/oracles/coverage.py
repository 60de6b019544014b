"""Replicates of made-up studies whose truth is known, and how often intervals hold it.

Events are drawn as the simulators' would be: a replicate has some, most of them are the same in
both scenarios (common random numbers), and a scenario makes some of them flip.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from corridor_sim.statistics.intervals import COUNT, Support, intervals, paired_intervals
from corridor_sim.statistics.ratios import relative_intervals

F64 = NDArray[np.float64]
RATES = (0.05, 0.2, 0.5, 1.0, 2.0, 5.0, 20.0, 50.0)
REPLICATES = (4, 8, 20, 100)
# animals among which a share is counted
ANIMALS = 40
# animal-years of a rate, per replicate and on average
YEARS = 25.0
# events that both scenarios have in common
SHARED = 10.0


@dataclass(frozen=True, slots=True)
class Pairs:
    """Values of two scenarios ``[trial, replicate]``, what they can be, and what is true."""

    reference: F64
    scenario: F64
    support: Support
    truth: float


Draw = Callable[[np.random.Generator, float, tuple[int, int]], Pairs]


def _poisson(rng: np.random.Generator, rate: float, shape: tuple[int, int]) -> F64:
    return rng.poisson(rate, shape).astype(np.float64)


def _clumped(rng: np.random.Generator, rate: float, shape: tuple[int, int], k: float) -> F64:
    """Counts of variance ``rate + rate^2 / k``: litters, herds, bad years."""
    return rng.negative_binomial(k, k / (k + rate), shape).astype(np.float64)


def counts(rng: np.random.Generator, rate: float, shape: tuple[int, int]) -> Pairs:
    """Return events of one scenario."""
    found = _poisson(rng, rate, shape)
    return Pairs(found, found, COUNT, rate)


def clumped(rng: np.random.Generator, rate: float, shape: tuple[int, int]) -> Pairs:
    """Return events that come in clumps, as uneven as a geometric law."""
    found = _clumped(rng, rate, shape, 1.0)
    return Pairs(found, found, COUNT, rate)


def shares(rng: np.random.Generator, rate: float, shape: tuple[int, int]) -> Pairs:
    """Return a share of animals, so many of them as the rate says on average."""
    share = min(rate / ANIMALS, 0.95)
    found = rng.binomial(ANIMALS, share, shape) / ANIMALS
    return Pairs(found, found, Support(0.0, 1.0, 1.0 / ANIMALS), share)


def rates(rng: np.random.Generator, rate: float, shape: tuple[int, int]) -> Pairs:
    """Return deaths per animal-year; the years vary by a tenth, one death's worth is their mean."""
    years = YEARS * rng.normal(1.0, 0.1, shape).clip(0.5)
    found = rng.poisson(rate * years / YEARS) / years
    return Pairs(found, found, Support(0.0, np.inf, 1.0 / YEARS), rate / YEARS)


def flips(rng: np.random.Generator, rate: float, shape: tuple[int, int]) -> Pairs:
    """Return both: common events, and as many that only one of both scenarios has."""
    shared = _poisson(rng, SHARED, shape)
    one, other = (_poisson(rng, rate / 2, shape) for _ in range(2))
    return Pairs(shared + one, shared + other, COUNT, 0.0)


def gains(rng: np.random.Generator, rate: float, shape: tuple[int, int]) -> Pairs:
    """Return common events, and some that only the scenario has: what a link adds."""
    shared = _poisson(rng, SHARED, shape)
    return Pairs(shared, shared + _poisson(rng, rate, shape), COUNT, rate)


def thinned(rng: np.random.Generator, rate: float, shape: tuple[int, int]) -> Pairs:
    """Return events of which three in five are lost."""
    before = _poisson(rng, rate, shape)
    after = rng.binomial(before.astype(np.int64), 0.4).astype(np.float64)
    return Pairs(before, after, COUNT, -0.6 * rate)


def nearly_lost(rng: np.random.Generator, rate: float, shape: tuple[int, int]) -> Pairs:
    """Return events of which two in a hundred are left."""
    before = _poisson(rng, rate, shape)
    after = rng.binomial(before.astype(np.int64), 0.02).astype(np.float64)
    return Pairs(before, after, COUNT, -0.98 * rate)


def apart(rng: np.random.Generator, rate: float, shape: tuple[int, int]) -> Pairs:
    """Return two scenarios that have nothing in common, the second with half the events."""
    before, after = (_poisson(rng, r, shape) for r in (rate, rate / 2))
    return Pairs(before, after, COUNT, -rate / 2)


def clumped_together(rng: np.random.Generator, rate: float, shape: tuple[int, int]) -> Pairs:
    """Return good and bad years that both scenarios share, of which the second halves all."""
    year = rng.gamma(2.0, 0.5, shape)
    before, after = (rng.poisson(r * year).astype(np.float64) for r in (rate, rate / 2))
    return Pairs(before, after, COUNT, -rate / 2)


def shares_lost(rng: np.random.Generator, rate: float, shape: tuple[int, int]) -> Pairs:
    """Return a share of animals of which a third fail in the scenario."""
    share = min(rate / ANIMALS, 0.95)
    before = rng.binomial(ANIMALS, share, shape)
    after = before - rng.binomial(before, 1 / 3)
    support = Support(0.0, 1.0, 1.0 / ANIMALS)
    return Pairs(before / ANIMALS, after / ANIMALS, support, -share / 3)


MEANS: dict[str, Draw] = {"counts": counts, "clumps": clumped, "shares": shares, "rates": rates}
PAIRED: dict[str, Draw] = {
    "flips": flips,
    "gains": gains,
    "losses of 3 in 5": thinned,
    "nearly all lost": nearly_lost,
    "unlike scenarios": apart,
    "shared years": clumped_together,
    "shares lost": shares_lost,
}


@dataclass(frozen=True, slots=True)
class Held:
    """How often intervals held the truth.

    Attributes
    ----------
    hits, shown, trials : int
        Intervals that held it, that were given, and all that were asked for.
    """

    hits: int
    shown: int
    trials: int

    @property
    def share(self) -> float:
        """Of those given."""
        return self.hits / self.shown if self.shown else float("nan")


def _held(low: F64, high: F64, truth: float) -> Held:
    given = np.isfinite(low) & np.isfinite(high)
    near = 1e-9 * max(abs(truth), 1e-9)
    hits = (low <= truth + near) & (truth - near <= high) & given
    return Held(int(hits.sum()), int(given.sum()), given.size)


def means_held(draw: Draw, rate: float, n: int, trials: int, seed: int) -> Held:
    """Return how often the interval of a mean held it."""
    one = draw(np.random.default_rng([seed, n]), rate, (trials, n))
    _, low, high, _ = intervals(one.reference, support=one.support)
    return _held(low, high, one.truth)


def differences_held(draw: Draw, rate: float, n: int, trials: int, seed: int) -> Held:
    """Return how often the interval of a paired difference held it."""
    one = draw(np.random.default_rng([seed, n]), rate, (trials, n))
    *_, (_, low, high, _) = paired_intervals(one.reference, one.scenario, support=one.support)
    return _held(low, high, one.truth)


def ratios_held(draw: Draw, rate: float, n: int, trials: int, seed: int) -> Held:
    """Return how often the interval of a paired ratio, less 1, held it."""
    one = draw(np.random.default_rng([seed, n]), rate, (trials, n))
    both = one.reference, one.scenario
    *_, (_, low, high, _) = paired_intervals(*both, support=one.support)
    found = relative_intervals(*both, support=one.support, difference=(low, high))
    # what the reference is in truth: all draws but those with common events begin at the rate
    base = {flips: SHARED + rate / 2, gains: SHARED}.get(draw, rate)
    if draw is shares_lost:
        base = min(rate / ANIMALS, 0.95)
    return _held(found.low, found.high, one.truth / base)


def by_student(draw: Draw, rate: float, n: int, trials: int, seed: int) -> Held:
    """Return how often Student's t of the paired difference held it, the way it used to be."""
    one = draw(np.random.default_rng([seed, n]), rate, (trials, n))
    d = one.scenario - one.reference
    half = student.ppf(0.975, n - 1) * d.std(axis=1, ddof=1) / np.sqrt(n)
    return _held(d.mean(axis=1) - half, d.mean(axis=1) + half, one.truth)


def by_known_reference(draw: Draw, rate: float, n: int, trials: int, seed: int) -> Held:
    """Return how often the difference's t, divided by the reference's mean, held the ratio."""
    one = draw(np.random.default_rng([seed, n]), rate, (trials, n))
    d, base = one.scenario - one.reference, one.reference.mean(axis=1)
    half = student.ppf(0.975, n - 1) * d.std(axis=1, ddof=1) / np.sqrt(n)
    enough = one.reference.sum(axis=1) >= 10
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = [(d.mean(axis=1) + h) / np.where(enough, base, np.nan) for h in (-half, half)]
    true_base = {flips: SHARED + rate / 2, gains: SHARED}.get(draw, rate)
    return _held(ends[0], ends[1], one.truth / true_base)
