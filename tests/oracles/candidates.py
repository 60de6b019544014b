"""The choice among K candidates against the exact redistribution kernel, without the kernel.

A step-selection model says that an animal at x goes to x' with density ``q(x'|x) w(x') / Z(x)``,
``Z`` the mean weight of what it could reach (Rhodes et al. 2005, Ecology 86:887; Avgar et al. 2016,
Methods Ecol. Evol. 7:619). The movement kernel draws K candidates from q and chooses one by its
odds, ``w / (sum of the others' w)``: improved sampling-importance-resampling (Skare, Bolviken &
Holden 2003, Scand. J. Stat. 30:719), whose bias is of order 1 / K^2. In proportion to w itself
(Rubin 1987) it would be of order 1 / K.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.optimize import brentq

F8 = NDArray[np.float64]

STEP = 0.2  # of log t: the error of the trapezoidal rule on an analytic integrand is below 1e-15


def proportional(q: F8, w: F8, *ks: int) -> F8:
    """Return the exact probability of each outcome when one of K draws is chosen by its weight.

    ``P_j = K q_j w_j E[1 / (w_j + S)]`` with ``S`` the weights of ``K - 1`` further draws. With
    ``1 / a = int exp(-a t) dt`` the expectation factorises:

        P_j = K q_j w_j int_0^inf exp(-w_j t) M(t)^(K - 1) dt,    M(t) = sum_i q_i exp(-w_i t),

    which holds for any weights; the integral is taken over log t.

    Parameters
    ----------
    q : float64 ``[outcome]``
        Probabilities of proposal, summing to 1.
    w : float64 ``[outcome]``
        Weights, not negative.
    *ks : int
        Numbers of candidates.

    Returns
    -------
    float64 ``[K, outcome]``
        Each row sums to 1 less the probability that every draw weighs nothing.
    """
    levels, which = np.unique(w / (q @ w), return_inverse=True)
    mass = np.bincount(which, weights=q)
    some = levels > 0
    t = np.exp(np.arange(-35.0, 4.0 - np.log(levels[some].min()), STEP))
    decay = np.exp(-np.minimum(np.outer(t, levels), 745.0))  # beyond is 0 to double precision
    everything = decay @ mass
    shares = [k * levels * ((t * everything ** (k - 1) * STEP) @ decay) for k in ks]
    p: F8 = q * np.array(shares)[:, which]
    return p


DRAWS = 2**15
KNOTS = 24


def chosen(q: F8, w: F8, *ks: int, n: int = DRAWS, seed: int = 0) -> F8:
    """Return the probability of each outcome when one of K draws is chosen by its odds.

    For any number of weights; :func:`oracles.theory.choice` is exact for a few. ``P_j`` is
    ``K q_j`` times the mean share of ``w_j`` against ``K - 1`` further draws, a smooth function of
    ``w_j`` in which all outcomes meet the same sets of draws. Each draw takes every part of
    the distribution equally often (a Latin hypercube), and what error remains is mostly common to
    all outcomes and falls out when their sum is set to 1.

    Parameters
    ----------
    q, w, *ks
        As in :func:`proportional`.
    n : int
        Draws in all, ``K - 1`` a set.
    seed : int

    Returns
    -------
    float64 ``[K, outcome]``
        Each row sums to 1: given that a draw weighs anything.
    """
    r = w / (q @ w)
    some = r > 0
    order = np.argsort(r)
    quantile = np.cumsum(q[order])
    rng = np.random.default_rng(seed)
    levels = np.unique(r[some])
    if levels.size > KNOTS:
        levels = np.geomspace(levels[0], levels[-1], KNOTS)
    out = np.zeros((len(ks), q.size))
    for i, k in enumerate(ks):
        sets = n // max(1, k - 1)
        part = rng.permuted(np.broadcast_to(np.arange(sets), (k - 1, sets)), axis=1).T
        share = (part + rng.random(part.shape)) / sets
        others = r[order[np.searchsorted(quantile, share * quantile[-1])]]
        total = others.sum(axis=1)
        shares = np.empty(levels.size)
        for j, level in enumerate(levels):
            odds = (others / (total[:, None] + level - others)).sum(axis=1)
            own = level / np.where(total > 0, total, 1.0)
            shares[j] = np.where(total > 0, own / (own + odds), 1.0).mean()
        ratio = shares / levels  # of what is chosen to the exact kernel, but for a factor
        if levels.size == KNOTS:
            out[i, some] = CubicSpline(np.log(levels), ratio)(np.log(r[some]))
        else:
            out[i, some] = ratio[np.searchsorted(levels, r[some])]
        out[i] *= q * r
        out[i] /= out[i].sum()
    return out


def second_order(q: F8, w: F8) -> F8:
    """Return ``c`` in ``P(K) = p (1 + c / K^2) + O(1 / K^3)`` for the choice by odds, by outcome.

    Expanding the mean share about the mean total, with ``r = w / Z`` and ``m`` and ``v`` the mean
    and variance of r among exact steps: the terms in 1 / K cancel, and what is left of those in
    1 / K^2 is ``c_j = v - (r_j - m)^2``. What is far better or far worse than the usual step is
    chosen too rarely. The sum over ``p`` is zero.
    """
    r = w / (q @ w)
    p = exact(q, w)
    apart = (r - p @ r) ** 2
    c: F8 = p @ apart - apart
    return c


def exact(q: F8, w: F8) -> F8:
    """Return the redistribution kernel ``q w / Z``."""
    p: F8 = q * w / (q @ w)
    return p


def first_order(q: F8, w: F8) -> F8:
    """Return ``c`` in ``P(K) = p (1 + c / K) + O(1 / K^2)`` for the choice by weight, by outcome.

    With ``r = w / Z`` expanding ``E[1 / (w_j + S)]`` about its mean gives ``c_j = E[r^2] - r_j``:
    what is better than the animal's mean ration of good ground is chosen too rarely. The sum over
    ``p`` is zero.
    """
    r = w / (q @ w)
    c: F8 = float(q @ r**2) - r
    return c


def far(a: F8, b: F8) -> float:
    """Return the total variation distance: the largest difference in the chance of any event."""
    return float(np.abs(a - b).sum() / 2)


def strength_returned(q: F8, w: F8, log_used: F8) -> float:
    """Return what a step-selection analysis of the choices finds, 1 being what was put in.

    The exponent ``b`` for which ``q w^b / Z_b`` fits best what was used, over many places: the
    conditional-logistic estimate with all of what was available. It is the root of
    ``sum (log w_used - E_b[log w])``, which falls in ``b``.

    Parameters
    ----------
    q : float64 ``[outcome]``
        Probabilities of proposal, the same everywhere.
    w : float64 ``[place, outcome]``
        Weights; outcomes of weight 0 are left out.
    log_used : float64 ``[place]``
        Log weight of what was used, or its expectation.
    """
    some = w > 0
    log_w = np.log(np.where(some, w, 1.0))
    top = log_w.max(axis=1, keepdims=True, where=some, initial=-np.inf)

    def gap(b: float) -> float:
        tilt = np.where(some, q * np.exp(b * (log_w - top)), 0.0)
        return float((log_used - (tilt * log_w).sum(axis=1) / tilt.sum(axis=1)).sum())

    return float(brentq(gap, 0.0, 2.0, xtol=1e-9))


def mean_log(p: F8, w: F8) -> F8:
    """Return the mean log weight of what is chosen with probabilities ``p``, over the last axis."""
    return np.asarray((p * np.log(np.where(p > 0, w, 1.0))).sum(axis=-1) / p.sum(axis=-1))
