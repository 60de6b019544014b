"""The choice among K candidates against the exact redistribution kernel, without simulation.

A step-selection model says that an animal at x goes to x' with density ``q(x'|x) w(x') / Z(x)``,
``Z`` the mean weight of what it could reach (Rhodes et al. 2005, Ecology 86:887; Avgar et al. 2016,
Methods Ecol. Evol. 7:619). The movement kernel draws K candidates from q and chooses one in
proportion to w: sampling-importance-resampling (Rubin 1987), exact only for K to infinity.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

F8 = NDArray[np.float64]

STEP = 0.2  # of log t: the error of the trapezoidal rule on an analytic integrand is below 1e-15


def chosen(q: F8, w: F8, *ks: int) -> F8:
    """Return the exact probability of each outcome when one of K draws is chosen by weight.

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


def exact(q: F8, w: F8) -> F8:
    """Return the redistribution kernel ``q w / Z``."""
    p: F8 = q * w / (q @ w)
    return p


def first_order(q: F8, w: F8) -> F8:
    """Return ``c`` in ``P(K) = p (1 + c / K) + O(1 / K^2)``, by outcome.

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
