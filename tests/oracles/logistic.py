"""Conditional logistic regression, as step-selection analyses use it, in a few lines of numpy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F8 = NDArray[np.float64]


def fit(z: F8, *, rounds: int = 25) -> tuple[F8, F8]:
    """Return the maximum-likelihood coefficients and their covariance matrix.

    The log likelihood of strata whose first member was used is
    ``sum_s [beta . z_s0 - log sum_j exp(beta . z_sj)]`` (Fortin et al. 2005, Ecology 86:1320). It
    is concave; Newton's rule uses its gradient, used minus expected covariates, and its
    information matrix, the covariance of the covariates within strata, whose inverse is returned.

    Parameters
    ----------
    z : float64 ``[stratum, member, covariate]``
        Covariates; member 0 was used, the others were available.
    """
    beta = np.zeros(z.shape[2])
    for _ in range(rounds):
        p = np.exp(z @ beta)
        p /= p.sum(axis=1, keepdims=True)
        mean = np.einsum("sj,sjc->sc", p, z)
        gradient = (z[:, 0] - mean).sum(axis=0)
        information = np.einsum("sj,sjc,sjd->cd", p, z, z) - mean.T @ mean
        step = np.linalg.solve(information, gradient)
        beta = beta + step
        if np.abs(step).max() < 1e-10:
            return beta, np.asarray(np.linalg.inv(information))
    raise RuntimeError("no convergence")
