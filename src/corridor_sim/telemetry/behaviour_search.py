"""Search for behavioural states: where it begins, how it ends, and the information at its end.

Expectation-maximisation from several beginnings, then L-BFGS on the exact score from the best two,
then Newton steps. All of it is deterministic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from corridor_sim.telemetry.behaviour_model import (
    SHAPE_LIMITS,
    Expected,
    Observed,
    Parameters,
    bounds,
    expected,
    from_working,
    improved,
    maximised,
    score,
    to_working,
)
from corridor_sim.telemetry.steps import KAPPA_LIMIT

F64 = NDArray[np.float64]
# a state with a smaller share of the time is no behaviour, but a few odd steps
RARE = 0.01
# what a Newton step would still gain, in units of log likelihood, where the search has ended
ENOUGH = 1e-4
# climbs to the top: two, and a third where neither ended at states that mean anything
MOST_CLIMBS = 3
# shares of steps by length that a state begins with, from the shortest on
SHARES = {1: ((1.0,),), 2: ((0.5, 0.5), (0.3, 0.7), (0.75, 0.25))}
SHARES |= {3: ((0.34, 0.33, 0.33), (0.2, 0.3, 0.5), (0.5, 0.3, 0.2))}


@dataclass(frozen=True, slots=True)
class Found:
    """End of a search.

    Attributes
    ----------
    theta : float64 ``[p]``
        Working vector, states by mean length.
    log_likelihood : float
    covariance : float64 ``[p, p]``
        Inverse of the observed information; NaN for parameters at a limit, and all of it where the
        information is not positive definite.
    converged : bool
    at_limit : bool ``[p]``
    shares : float64 ``[m]``
        Share of the steps that is expected in each state.
    passed_over : float
        By how much the likeliest end that means nothing is likelier; 0 where there is none.
    """

    theta: F64
    log_likelihood: float
    covariance: F64
    converged: bool
    at_limit: NDArray[np.bool_]
    shares: F64
    passed_over: float = 0.0


def beginnings(data: Observed, m: int) -> list[Parameters]:
    """Return where searches for ``m`` states begin.

    By length: groups of equal and of unequal size, and those of k-means on the log length, of each
    step and of the mean of it and its neighbours in time.
    """
    floor = float(data.log_length[data.moved].min())
    value = np.where(data.moved, data.log_length, floor)
    labels = [_by_share(value, shares) for shares in SHARES[m]]
    if m > 1:
        labels += [_k_means(value, m), _k_means(_with_neighbours(value, data.first), m)]
    return [_of_groups(data, label, m) for label in labels]


def _by_share(value: F64, shares: Sequence[float]) -> NDArray[np.int64]:
    cuts = np.quantile(value, np.cumsum(shares)[:-1]) if len(shares) > 1 else []
    return np.searchsorted(cuts, value)


def _k_means(value: F64, m: int) -> NDArray[np.int64]:
    centre = np.quantile(value, (np.arange(m) + 0.5) / m)
    for _ in range(20):
        label = np.searchsorted((centre[1:] + centre[:-1]) / 2, value)
        count = np.bincount(label, minlength=m)
        total = np.bincount(label, value, minlength=m)
        centre = np.where(count > 0, total / np.maximum(count, 1), centre)
    return label


def _with_neighbours(value: F64, first: NDArray[np.bool_]) -> F64:
    """Mean of each value and those before and after it in its sequence."""
    total, count = value.copy(), np.ones(value.size)
    joined = ~first[1:]
    total[1:] += np.where(joined, value[:-1], 0.0)
    total[:-1] += np.where(joined, value[1:], 0.0)
    count[1:] += joined
    count[:-1] += joined
    return np.asarray(total / count)


def _of_groups(data: Observed, label: NDArray[np.int64], m: int) -> Parameters:
    state = np.eye(m)[label]
    joined = np.flatnonzero(~data.first)
    pairs = np.ones((m, m))
    np.add.at(pairs, (label[joined - 1], label[joined]), 1.0)
    scale = np.full(m, float(data.length[data.moved].mean()))
    even = np.full((m, m), 1 / m)
    before = Parameters(np.ones(m), scale, np.zeros(m), np.full(m, 0.5 * data.zeros), even)
    firsts = state[data.first].sum(0)
    return maximised(data, Expected(0.0, state, pairs, firsts), before)


def search(data: Observed, m: int, starts: Sequence[Parameters]) -> Found:
    """Return the best end of searches from ``starts``.

    The best is the likeliest of those that end at a maximum, without a limit and without a rare
    state, where there are any: a state of a few steps of nearly equal length can have any
    likelihood, and means nothing.
    """
    tried = [improved(data, start) for start in starts]
    tried.sort(key=lambda one: -one[1][-1])
    ends: list[Found] = []
    for p, _ in tried:
        if len(ends) == MOST_CLIMBS or (len(ends) == 2 and any(map(_sound, ends))):
            break
        theta = to_working(p.ordered(), data.zeros)
        if ends and np.allclose(theta, ends[0].theta, rtol=0.02, atol=0.02):
            continue
        ends.append(_climb(data, theta, m))
    best = max(ends, key=lambda end: (_sound(end), end.log_likelihood))
    most = max(end.log_likelihood for end in ends)
    return replace(best, passed_over=most - best.log_likelihood)


def _sound(end: Found) -> bool:
    m = end.shares.size
    return end.converged and not end.at_limit[: 3 * m].any() and bool((end.shares >= RARE).all())


def _climb(data: Observed, theta: F64, m: int) -> Found:
    """Climb to the top from ``theta``; observed information by differences of the exact score."""
    low, high = bounds(m, data.zeros)
    result = minimize(
        lambda at: _downwards(data, at, m),
        theta,
        jac=True,
        method="L-BFGS-B",
        bounds=np.column_stack((low, high)),
        options={"maxiter": 200, "maxcor": 20, "ftol": 1e-11, "gtol": 1e-4},
    )
    p = from_working(np.asarray(result.x), m, data.zeros).ordered()
    theta = to_working(p, data.zeros)
    free = (theta > low + 1e-4) & (theta < high - 1e-4)
    worth, slope = score(data, theta, m)
    information = _information(data, theta, m, free)
    gain = np.inf
    for _ in range(6):
        move = _newton(information, slope, free)
        if move is None:
            break
        gain = float(move @ slope) / 2
        if gain < ENOUGH * 1e-3:
            break
        further = np.clip(theta + move, low, high)
        better, its_slope = score(data, further, m)
        if not better > worth:
            break
        theta, worth, slope = further, better, its_slope
    information = _information(data, theta, m, free)
    covariance = np.full((theta.size, theta.size), np.nan)
    if (move := _newton(information, slope, free)) is not None:
        gain = float(move @ slope) / 2
        covariance[np.ix_(free, free)] = np.linalg.inv(information[np.ix_(free, free)])
    shares = _shares(data, theta, m)
    return Found(theta, worth, covariance, gain < ENOUGH, ~free, shares)


def _downwards(data: Observed, theta: F64, m: int) -> tuple[float, F64]:
    worth, slope = score(data, theta, m)
    return -worth, -slope


def _shares(data: Observed, theta: F64, m: int) -> F64:
    return np.asarray(expected(data, from_working(theta, m, data.zeros)).state.mean(0))


def _newton(information: F64, slope: F64, free: NDArray[np.bool_]) -> F64 | None:
    """Return Newton's step over the free parameters, None where there is no maximum near."""
    part = information[np.ix_(free, free)]
    if not np.isfinite(part).all():
        return None
    try:
        np.linalg.cholesky(part)
    except np.linalg.LinAlgError:
        return None
    move = np.zeros(slope.size)
    move[free] = np.linalg.solve(part, slope[free])
    return move


def _information(data: Observed, theta: F64, m: int, free: NDArray[np.bool_]) -> F64:
    """Return the observed information: central differences of the exact score."""
    out = np.full((theta.size, theta.size), np.nan)
    for i in np.flatnonzero(free):
        width = 1e-4 * max(1.0, abs(theta[i]) if i < 3 * m else 1.0)
        ahead, behind = theta.copy(), theta.copy()
        ahead[i] += width
        behind[i] -= width
        out[i] = (score(data, behind, m)[1] - score(data, ahead, m)[1]) / (2 * width)
    return np.asarray((out + out.T) / 2)


def limits_met(end: Found, m: int) -> list[str]:
    """Return plain words for the parameters of states that lie at a limit of the search."""
    words = []
    for j in range(m):
        if end.at_limit[j]:
            edge = SHAPE_LIMITS[int(end.theta[j] > 0)]
            words.append(f"step shape of state {j + 1} at {edge:g}")
        if end.at_limit[2 * m + j]:
            words.append(
                f"turning kappa of state {j + 1} at {np.sign(end.theta[2 * m + j]) * KAPPA_LIMIT:g}"
            )
    return words
