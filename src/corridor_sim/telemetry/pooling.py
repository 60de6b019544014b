"""Random effects over animals: what is common to a herd, and how much its animals differ.

Each animal ``i`` has estimates ``y_i`` of the same parameters with a known covariance ``S_i``, on a
scale on which they are near normal. Over animals

    y_i ~ N(mu, T + S_i),

with the herd's means ``mu`` and the covariance ``T`` between animals, estimated by restricted
maximum likelihood (Jackson, Riley & White 2011, Stat. Med. 30:2481; Gasparrini et al. 2012, Stat.
Med. 31:3821), the mean in each trial of ``T`` by generalised least squares. ``T = L L'`` with ``L``
lower triangular, so that no trial leaves what a covariance can be. An animal that lacks a parameter
counts with those that it has.

Intervals of means take Student's t with one less than the animals' number of degrees of freedom,
which few animals need (Follmann & Proschan 1999, Biometrics 55:732), prediction intervals for a
further animal two less (Higgins, Thompson & Spiegelhalter 2009, J. R. Stat. Soc. A 172:137).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, optimize, stats

from corridor_sim.errors import counted
from corridor_sim.telemetry.tracks import Told

F8 = NDArray[np.float64]
Scale = Literal["log", "identity"]
# animals for which covariances between parameters are not estimated, and are told to be few
FEW = 3
# an estimate whose variance is so much larger than the usual says nothing of its own
_LOOSE = 1e6


@dataclass(frozen=True, slots=True)
class Estimates:
    """Estimates of one animal on the working scale.

    Attributes
    ----------
    animal : str
    value : float64 ``[p]``
        NaN where there is none.
    cov : float64 ``[p, p]``
        Their covariance.
    """

    animal: str
    value: F8
    cov: F8


@dataclass(frozen=True, slots=True)
class Natural:
    """A parameter of the herd in its own units.

    Attributes
    ----------
    name : str
    value : float
        Of the middle animal: ``exp(mu)`` of what is pooled as a logarithm.
    se : float
        Its standard error, by the delta method.
    low, high : float
        Interval of 95 % of the value.
    next_low, next_high : float
        Interval in which a further animal of the herd lies with 95 %.
    between : float
        Standard deviation between animals; of what is pooled as a logarithm, that of the logarithm.
    """

    name: str
    value: float
    se: float
    low: float
    high: float
    next_low: float
    next_high: float
    between: float


@dataclass(frozen=True, slots=True)
class Pooled:
    """Random effects over animals, on the working scale.

    Attributes
    ----------
    names : tuple of str
        Parameters, ``[p]``.
    scales : tuple of {"log", "identity"}
        Working scale of each.
    animals : tuple of Estimates
        Each animal's own, as they were given.
    mean, se : float64 ``[p]``
        NaN of a parameter that no animal has.
    cov : float64 ``[p, p]``
        Covariance of the means.
    between : float64 ``[p, p]``
        Covariance between animals, positive semi-definite; 0 where it is not estimated.
    n : int64 ``[p]``
        Animals with an estimate.
    q, q_p : float64 ``[p]``
        Cochran's Q of each parameter, and the chance of as much if animals were the same.
    i2 : float64 ``[p]``
        Share of the spread of estimates that is between animals, 0 to 1 (Higgins & Thompson 2002).
    loglik : float
        Restricted log likelihood.
    converged : bool
    told : tuple of Told
        ``one_animal``, ``few_animals``, ``no_estimate``, ``not_converged``.
    """

    names: tuple[str, ...]
    scales: tuple[Scale, ...]
    animals: tuple[Estimates, ...]
    mean: F8
    se: F8
    cov: F8
    between: F8
    n: NDArray[np.int64]
    q: F8
    q_p: F8
    i2: F8
    loglik: float
    converged: bool
    told: tuple[Told, ...] = ()

    def interval(self, level: float = 0.95) -> tuple[F8, F8]:
        """Return the ends of intervals of the means, ``[p]`` each."""
        half = _t(level, self.n - 1) * self.se
        return self.mean - half, self.mean + half

    def prediction(self, level: float = 0.95) -> tuple[F8, F8]:
        """Return the ends of intervals in which a further animal lies, ``[p]`` each."""
        spread = np.sqrt(np.diagonal(self.between) + self.se**2)
        half = _t(level, self.n - 2) * spread
        return self.mean - half, self.mean + half

    def natural(self) -> tuple[Natural, ...]:
        """Return each parameter in its own units."""
        low, high = self.interval()
        next_low, next_high = self.prediction()
        found = []
        for j, (name, scale) in enumerate(zip(self.names, self.scales, strict=True)):
            ends = (float(one[j]) for one in (low, high, next_low, next_high))
            mean, se, between = float(self.mean[j]), float(self.se[j]), self.between[j, j]
            if scale == "log":
                ends = (_exp(one) for one in ends)
                mean, se = _exp(mean), _exp(mean) * se
            a, b, c, d = ends
            found.append(Natural(name, mean, se, a, b, c, d, math.sqrt(float(between))))
        return tuple(found)


def _exp(x: float) -> float:
    return math.exp(min(x, 700.0)) if not math.isnan(x) else math.nan


def _t(level: float, df: NDArray[np.int64]) -> F8:
    """Return Student's quantile; of no degree of freedom that of the normal distribution."""
    found: F8 = np.where(
        df >= 1,
        stats.t.isf((1.0 - level) / 2.0, np.maximum(df, 1)),
        stats.norm.isf((1 - level) / 2),
    )
    return found


def pool(
    names: Sequence[str], animals: Sequence[Estimates], scales: Mapping[str, Scale] | None = None
) -> Pooled:
    """Pool estimates over animals.

    Parameters
    ----------
    names : sequence of str
        Parameters, ``[p]``.
    animals : sequence of Estimates
        On the working scale, in any order: the result does not depend on it.
    scales : mapping of parameter to {"log", "identity"}, optional
        What the working scale of each is, for values in its own units; "identity" where not said.

    Returns
    -------
    Pooled
        Of one animal its own estimates. Of two and three animals parameters are taken as not
        correlated between animals, as they are where animals are no more than parameters and one.
    """
    p = len(names)
    kinds: tuple[Scale, ...] = tuple((scales or {}).get(name, "identity") for name in names)
    ordered = sorted(animals, key=lambda one: one.animal)
    told: list[Told] = []
    groups = [g for g in (_Known.of(one) for one in ordered) if g is not None]
    n = np.zeros(p, np.int64)
    for group in groups:
        n[group.at] += 1
    for j in np.flatnonzero(n == 0).tolist():
        told.append(Told("no_estimate", f"no animal has an estimate of {names[j]}: none is pooled"))
    for j in np.flatnonzero(n == 1).tolist() if len(groups) > 1 else ():
        words = f"one animal only has an estimate of {names[j]}: how much animals differ is unknown"
        told.append(Told("one_animal", words, count=1))
    use = np.flatnonzero(n > 0)
    groups = [group.among(use) for group in groups]
    full = len(groups) > max(FEW, use.size + 1)
    told += _told_of_few(len(groups), use.size, full)
    fit = _Reml(groups, n[use], full)
    between_use, converged = fit.climb()
    if not converged:
        told.append(
            Told("not_converged", "differences between animals did not settle to an estimate")
        )
    mean_use, cov_use, loglik = fit.at(between_use)
    mean, cov, between = np.full(p, np.nan), np.full((p, p), np.nan), np.zeros((p, p))
    mean[use], cov[np.ix_(use, use)], between[np.ix_(use, use)] = mean_use, cov_use, between_use
    q, q_p, i2 = _heterogeneity(ordered, p)
    return Pooled(
        *(tuple(names), kinds, tuple(animals), mean, np.sqrt(np.diagonal(cov)), cov, between, n),
        *(q, q_p, i2, loglik, converged, tuple(told)),
    )


def _told_of_few(n: int, p: int, full: bool) -> list[Told]:
    if n == 1:
        words = "one animal only: nothing is known of differences between animals"
        return [Told("one_animal", words, count=1)]
    if 1 < n <= FEW:
        words = f"{n} animals: how much animals differ is hardly known, and intervals are wide"
        return [Told("few_animals", words, count=n)]
    if p > 1 and not full and n:
        words = (
            f"{n} animals for {counted(p, 'parameter')}: parameters are taken as not correlated "
            "between animals"
        )
        return [Told("few_animals", words, count=n)]
    return []


@dataclass(frozen=True, slots=True)
class _Known:
    """What one animal has: positions of its parameters, estimates and covariance."""

    at: NDArray[np.int64]
    y: F8
    s: F8

    @staticmethod
    def of(one: Estimates) -> _Known | None:
        there = np.isfinite(one.value) & np.isfinite(np.diagonal(one.cov))
        at = np.flatnonzero(there)
        if not at.size:
            return None
        s = one.cov[np.ix_(at, at)]
        # rounding must not leave a covariance that has no inverse
        size = np.sqrt(np.maximum(np.diagonal(s), 1e-300))
        found, axes = linalg.eigh((s + s.T) / 2.0 / np.outer(size, size))
        s = (axes * np.maximum(found, 1e-9)) @ axes.T * np.outer(size, size)
        return _Known(at, one.value[at], s)

    def among(self, use: NDArray[np.int64]) -> _Known:
        return _Known(np.searchsorted(use, self.at), self.y, self.s)


class _Reml:
    """Restricted likelihood of estimates, in units in which each parameter's spread is near 1."""

    def __init__(self, groups: list[_Known], n: NDArray[np.int64], full: bool) -> None:
        self.p = p = n.size
        self.unit = np.ones(p)
        start = np.zeros(p)
        for j in range(p):
            has = [(g.y[g.at == j][0], g.s[g.at == j, g.at == j][0]) for g in groups if j in g.at]
            y, s = (np.array(column) for column in zip(*has, strict=True))
            tight = s <= _LOOSE * s.min()
            spread = float(y[tight].var(ddof=1)) if tight.sum() > 1 else 0.0
            inner = float(np.median(s))
            self.unit[j] = math.sqrt(max(inner, spread)) or 1.0
            start[j] = max(spread - inner, 0.1 * max(inner, spread)) / self.unit[j] ** 2
        self.groups = [
            _Known(g.at, g.y / self.unit[g.at], g.s / np.outer(self.unit[g.at], self.unit[g.at]))
            for g in groups
        ]
        rows, cols = np.tril_indices(p) if full else (np.arange(p),) * 2
        several = (n[rows] > 1) & (n[cols] > 1)  # nothing is known of what one animal has alone
        rows, cols = rows[several], cols[several]
        self.rows, self.cols = rows, cols
        self.start = np.where(rows == cols, np.sqrt(np.maximum(start[rows], 1e-4)), 0.0)

    def _between(self, theta: F8) -> tuple[F8, F8]:
        lower = np.zeros((self.p, self.p))
        lower[self.rows, self.cols] = theta
        return lower, lower @ lower.T

    def _gls(self, between: F8) -> tuple[F8, F8, float, list[F8]]:
        """Return mean, its covariance, restricted log likelihood and the inverse covariances."""
        information, weighted = np.zeros((self.p, self.p)), np.zeros(self.p)
        inverses, loglik = [], 0.0
        for g in self.groups:
            v = between[np.ix_(g.at, g.at)] + g.s
            factor = linalg.cho_factor(v, lower=True)
            w = linalg.cho_solve(factor, np.eye(g.at.size))
            inverses.append(w)
            information[np.ix_(g.at, g.at)] += w
            weighted[g.at] += w @ g.y
            loglik -= float(np.log(np.diagonal(factor[0])).sum())
        cov = linalg.inv(information)
        mean = cov @ weighted
        for g, w in zip(self.groups, inverses, strict=True):
            r = g.y - mean[g.at]
            loglik -= 0.5 * float(r @ w @ r)
        n = sum(g.at.size for g in self.groups) - self.p
        loglik -= 0.5 * float(np.linalg.slogdet(information)[1]) + 0.5 * n * math.log(2.0 * math.pi)
        return mean, cov, loglik, inverses

    def loss(self, theta: F8) -> tuple[float, F8]:
        """Return minus the restricted log likelihood and its gradient.

        ``dl/dT = sum_i (-W + W r r' W + W C W) / 2`` with ``W`` the inverse of ``T + S_i``, ``r``
        the residual and ``C`` the covariance of the mean; ``dl/dL = 2 (dl/dT) L``.
        """
        lower, between = self._between(theta)
        mean, cov, loglik, inverses = self._gls(between)
        slope = np.zeros((self.p, self.p))
        for g, w in zip(self.groups, inverses, strict=True):
            wr = w @ (g.y - mean[g.at])
            part = cov[np.ix_(g.at, g.at)]
            slope[np.ix_(g.at, g.at)] += 0.5 * (np.outer(wr, wr) + w @ part @ w - w)
        gradient = (2.0 * slope @ lower)[self.rows, self.cols]
        return -loglik, -gradient

    def climb(self) -> tuple[F8, bool]:
        """Return the covariance between animals in their own units, and whether it settled."""
        if not self.rows.size:
            return np.zeros((self.p, self.p)), True
        found = optimize.minimize(
            self.loss,
            self.start,
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": 2000, "gtol": 1e-7},
        )
        _, between = self._between(found.x)
        settled = bool(found.success) or float(np.abs(found.jac).max()) < 1e-3
        return between * np.outer(self.unit, self.unit), settled

    def at(self, between: F8) -> tuple[F8, F8, float]:
        """Return mean and covariance in the parameters' units, and the log likelihood there."""
        mean, cov, loglik, _ = self._gls(between / np.outer(self.unit, self.unit))
        shift = sum(float(np.log(self.unit[g.at]).sum()) for g in self.groups)
        shift -= float(np.log(self.unit).sum())
        return mean * self.unit, cov * np.outer(self.unit, self.unit), loglik - shift


def _heterogeneity(animals: Sequence[Estimates], p: int) -> tuple[F8, F8, F8]:
    """Return Cochran's Q, its chance and I squared of each parameter by itself."""
    q, chance, i2 = np.full(p, np.nan), np.full(p, np.nan), np.full(p, np.nan)
    for j in range(p):
        y = np.array([one.value[j] for one in animals])
        s = np.array([one.cov[j, j] for one in animals])
        there = np.isfinite(y) & np.isfinite(s) & (s > 0)
        y, w = y[there], 1.0 / s[there]
        if y.size > 1:
            q[j] = float((w * (y - (w @ y) / w.sum()) ** 2).sum())
            chance[j] = float(stats.chi2.sf(q[j], y.size - 1))
            i2[j] = max(0.0, 1.0 - (y.size - 1) / q[j]) if q[j] > 0 else 0.0
    return q, chance, i2
