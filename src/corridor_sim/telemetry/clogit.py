"""Conditional logistic regression: which of the places within reach an animal chose.

In each stratum one alternative was chosen and the others were there to be chosen. With covariates
``x`` the chance of the choice is ``exp(beta . x_0) / sum_a exp(beta . x_a)`` (McFadden 1974; in
step selection Fortin et al. 2005, Ecology 86:1320). Its log likelihood is concave; Newton's rule
climbs it with the exact gradient, chosen minus expected covariates, and the exact information
matrix, the covariance of the covariates within strata summed over them.

What has no estimate is not given a number. A covariate that never differs within a stratum, that
is a combination of others, or by which the choice can be told without a single exception (its
likelihood rises for ever: Albert & Anderson 1984, Biometrika 71:1) is taken out, named, and has NaN
for estimate and standard error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from corridor_sim.errors import counted
from corridor_sim.telemetry.tracks import Told

F8 = NDArray[np.float64]
Mask = NDArray[np.bool_]

# bytes of covariates that are worked on at once: what stays in a processor's cache
_AT_ONCE = 4 << 20
MAX_ROUNDS = 60
_HALVINGS = 30
# twice the rise of the log likelihood that the next step promises, for each stratum at most 1
_ENOUGH = 1e-10
# share of a covariate's spread within strata that the covariates before it leave unexplained
_NO_OWN_PART = 1e-6
# variance inflation from which on collinearity is told
MUCH_INFLATED = 100.0
# information left of that at zero: below it the choice is as good as told without exception
_COLLAPSED = 1e-5


@dataclass(frozen=True, slots=True)
class LogitFit:
    """A fitted conditional logit.

    Attributes
    ----------
    names : tuple of str
        Covariates, ``[p]``.
    beta, se : float64 ``[p]``
        Estimates and standard errors in the units of the covariates; NaN where there is none.
    cov : float64 ``[p, p]``
        Covariance of the estimates, the inverse of the information; NaN where there is none.
    loglik, loglik_null : float
        Log likelihood at the estimates and with all coefficients zero.
    converged : bool
    n_strata : int
        Strata that were used.
    n_alternatives : int
        Alternatives in them, the chosen ones counted.
    n_rounds : int
        Steps of Newton's rule.
    told : tuple of Told
        ``separated``, ``collinear``, ``nearly_collinear``, ``constant``, ``not_converged``,
        ``no_strata``.
    """

    names: tuple[str, ...]
    beta: F8
    se: F8
    cov: F8
    loglik: float
    loglik_null: float
    converged: bool
    n_strata: int
    n_alternatives: int
    n_rounds: int
    told: tuple[Told, ...] = ()

    @property
    def aic(self) -> float:
        """Akaike's criterion of the coefficients that have an estimate."""
        return 2.0 * float(np.isfinite(self.beta).sum()) - 2.0 * self.loglik

    def interval(self, z: float = 1.959963984540054) -> tuple[F8, F8]:
        """Return the lower and upper ends of Wald intervals, ``[p]`` each, of 95 % by default."""
        return self.beta - z * self.se, self.beta + z * self.se

    def of(self, name: str) -> tuple[float, float]:
        """Return estimate and standard error of one covariate."""
        at = self.names.index(name)
        return float(self.beta[at]), float(self.se[at])


def conditional_logit(
    x: F8,
    names: Sequence[str],
    valid: Mask | None = None,
    *,
    offset: F8 | None = None,
    animal: str = "",
    max_rounds: int = MAX_ROUNDS,
) -> LogitFit:
    """Fit a conditional logit by maximum likelihood.

    Parameters
    ----------
    x : float64 ``[strata, alternatives, p]``
        Covariates; alternative 0 was chosen. It is left as it is.
    names : sequence of str
        Covariates, ``[p]``.
    valid : bool ``[strata, alternatives]``, optional
        Alternatives that there were; of the others ``x`` may be NaN. A stratum whose chosen
        alternative is not valid, or which has no other, says nothing and is left out.
    offset : float64 ``[strata, alternatives]``, optional
        Added to ``beta . x``; of alternatives that were drawn from another distribution than that
        of the model the logarithm of the ratio of both.
    animal : str
        Whom it concerns, for what is told.
    max_rounds : int
        Steps of Newton's rule after which it is given up.

    Returns
    -------
    LogitFit
    """
    strata, data = _Strata.of(x, valid), np.asarray(x, np.float64)
    fit = _Attempt(data, strata, tuple(names), animal)
    fit.offset = offset
    fit.leave_out_constants()
    fit.leave_out_collinear()
    fit.leave_out_separated()
    return fit.solve(max_rounds)


def from_rows(
    x: F8, strata: NDArray[np.int64], chosen: Mask
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return rows of a table as ``[strata, alternatives, p]`` and which of these there are.

    Parameters
    ----------
    x : float64 ``[rows, p]``
    strata : int64 ``[rows]``
        Stratum of each row, in any order.
    chosen : bool ``[rows]``
        One row of each stratum.

    Raises
    ------
    ValueError
        A stratum with none chosen or several.
    """
    ids, of = np.unique(strata, return_inverse=True)
    n_chosen = np.bincount(of, weights=chosen, minlength=ids.size)
    if (n_chosen != 1).any():
        bad = int(np.argmax(n_chosen != 1))
        raise ValueError(
            f"stratum {ids[bad]} has {int(n_chosen[bad])} chosen rows: each must have one"
        )
    order = np.lexsort((~chosen, of))
    first = np.searchsorted(of[order], np.arange(ids.size))
    place = np.arange(of.size) - first[of[order]]
    out = np.full((ids.size, int(place.max()) + 1, x.shape[1]), np.nan)
    there = np.zeros(out.shape[:2], np.bool_)
    out[of[order], place], there[of[order], place] = x[order], True
    return out, there


@dataclass(slots=True)
class _Strata:
    """Which strata and alternatives count."""

    rows: NDArray[np.int64]
    valid: Mask  # [len(rows), alternatives]

    @staticmethod
    def of(x: F8, valid: Mask | None) -> _Strata:
        mask = np.ones(x.shape[:2], np.bool_) if valid is None else valid
        rows = np.flatnonzero(mask[:, 0] & (mask.sum(axis=1) > 1))
        return _Strata(rows, mask[rows].copy())

    def keep(self, valid: Mask) -> None:
        more = np.flatnonzero(valid.sum(axis=1) > 1)
        self.rows, self.valid = self.rows[more], valid[more]


class _Attempt:
    """A fit on its way: the covariates that are left, and what was told of the others."""

    def __init__(self, x: F8, strata: _Strata, names: tuple[str, ...], animal: str) -> None:
        self.x, self.strata, self.names, self.animal = x, strata, names, animal
        self.kept = list(range(len(names)))
        self.told: list[Told] = []
        self.n_strata = strata.rows.size
        self.n_alternatives = int(strata.valid.sum())
        self.offset: F8 | None = None
        self.scale = self._spreads()

    def chunks(self) -> Iterator[tuple[slice, F8, Mask]]:
        """Yield differences to the chosen alternative, ``[strata, alternatives, kept]``, scaled."""
        n = max(1, _AT_ONCE // (8 * self.x.shape[1] * max(1, len(self.kept))))
        scale = np.where(self.scale > 0, self.scale, 1.0)[self.kept]
        for start in range(0, self.strata.rows.size, n):
            part = slice(start, start + n)
            mask = self.strata.valid[part]
            one = self.x[self.strata.rows[part]][:, :, self.kept]
            one = (one - one[:, :1]) / scale
            if not mask.all():
                one[~mask] = 0.0
            yield part, one, mask

    def tell(self, kind: str, words: str, count: int = 0) -> None:
        self.told.append(Told(kind, words, self.animal, count))

    def _spreads(self) -> F8:
        """Return the standard deviation of each covariate within strata, ``[p]``."""
        self.scale = np.ones(len(self.names))
        total = np.zeros(len(self.names))
        size = np.zeros(len(self.names))
        for _, d, mask in self.chunks():
            size = np.maximum(size, np.abs(d).max(axis=(0, 1), initial=0.0))
            n = mask.sum(axis=1)[:, None]
            total += (d**2).sum(axis=(0, 1)) - (d.sum(axis=1) ** 2 / n).sum(axis=0)
        spread = np.sqrt(np.maximum(total, 0.0) / max(1, self.n_alternatives))
        spread[size == 0.0] = 0.0
        return spread

    def leave_out_constants(self) -> None:
        if not self.n_strata:
            self.kept = []
            self.tell("no_strata", "no step has both a place that was used and one to compare with")
            return
        for j in [j for j in self.kept if self.scale[j] == 0.0]:
            self.kept.remove(j)
            self.tell(
                "constant",
                f"{self.names[j]} is the same at every place within reach of each step: "
                "nothing can be said of selection by it, and it is left out",
            )

    def _centred_qr(self) -> F8:
        """Return R of the covariates, each centred within its stratum, ``[kept, kept]``.

        Chunk by chunk: the R of R upon R is that of the whole, to a sign (Demmel et al. 2012, SIAM
        J. Sci. Comput. 34:A206).
        """
        p = len(self.kept)
        r = np.zeros((0, p))
        for _, d, mask in self.chunks():
            mean = d.sum(axis=1, keepdims=True) / mask.sum(axis=1)[:, None, None]
            centred = np.where(mask[..., None], d - mean, 0.0).reshape(-1, p)
            r = np.asarray(np.linalg.qr(np.vstack([r, centred]), mode="r"))
        square = np.zeros((p, p))
        square[: r.shape[0]] = r
        return square

    def leave_out_collinear(self) -> None:
        while self.kept:
            r = self._centred_qr()
            whole = np.linalg.norm(r, axis=0)
            own = np.abs(np.diagonal(r))
            bad = np.flatnonzero(own <= _NO_OWN_PART * whole)
            if not bad.size:
                self._tell_nearly(r)
                return
            j = int(bad[0])
            share = linalg.solve_triangular(r[:j, :j], r[:j, j])
            by = [self.names[self.kept[i]] for i in np.flatnonzero(np.abs(share) > 1e-4)]
            name = self.names[self.kept.pop(j)]
            what = f"is a combination of {', '.join(by)}" if by else "hardly differs within steps"
            self.tell(
                "collinear",
                f"{name} {what} at the places within reach of each step: their effects cannot be "
                f"told apart, and {name} is left out",
            )

    def _tell_nearly(self, r: F8) -> None:
        scaled = r / np.linalg.norm(r, axis=0)
        inflated = (linalg.solve_triangular(scaled, np.eye(len(self.kept))) ** 2).sum(axis=1)
        much = [self.names[self.kept[j]] for j in np.flatnonzero(inflated > MUCH_INFLATED)]
        if much:
            self.tell(
                "nearly_collinear",
                f"{', '.join(much)} go together so closely that standard errors are "
                f"{np.sqrt(inflated.max()):.0f} times what they would be apart; leave one out, or "
                "standardise what is squared or multiplied",
            )

    def leave_out_separated(self) -> None:
        """Take out, one after the other, what alone tells the choice without an exception."""
        found = True
        while found and self.kept:
            low, high = np.zeros(len(self.kept)), np.zeros(len(self.kept))
            for _, d, _ in self.chunks():
                low = np.minimum(low, d.min(axis=(0, 1)))
                high = np.maximum(high, d.max(axis=(0, 1)))
            found = False
            for at, j in enumerate(self.kept):
                if (low[at] >= 0.0) != (high[at] <= 0.0):
                    direction = np.zeros(len(self.kept))
                    direction[at] = 1.0 if high[at] <= 0.0 else -1.0
                    what = "the highest" if high[at] <= 0.0 else "the lowest"
                    self._leave_out(direction, j, f"chose {what} {self.names[j]} within reach")
                    found = True
                    break

    def _leave_out(self, direction: F8, j: int, what: str) -> None:
        """Take out ``j`` and the alternatives that an infinite coefficient would exclude."""
        excluded = 0
        valid = self.strata.valid.copy()
        size = 0.0
        for _, d, _ in self.chunks():
            size = max(size, float(np.abs(d @ direction).max()))
        for part, d, _ in self.chunks():
            gone = valid[part] & (d @ direction < -1e-6 * size)
            excluded += int(gone.sum())
            valid[part] &= ~gone
        self.strata.keep(valid)
        self.kept.remove(j)
        self.tell(
            "separated",
            f"every step {what}, against {counted(excluded, 'other')}: the estimate of "
            f"{self.names[j]} has no bound, and it is left out; what would follow is "
            "'always', not a number",
            excluded,
        )

    # ---- the likelihood

    def terms(self, beta: F8) -> tuple[float, F8, F8]:
        """Return log likelihood, gradient and information at scaled coefficients."""
        p = len(self.kept)
        loglik, gradient, information = 0.0, np.zeros(p), np.zeros((p, p))
        for part, d, mask in self.chunks():
            eta = d @ beta
            if self.offset is not None:
                more = self.offset[self.strata.rows[part]]
                eta += more - more[:, :1]
            if not mask.all():
                eta[~mask] = -np.inf
            top = eta.max(axis=1, keepdims=True)
            weight = np.exp(eta - top)
            total = weight.sum(axis=1, keepdims=True)
            loglik -= float((top + np.log(total)).sum())
            weight /= total
            mean = np.matmul(weight[:, None, :], d)[:, 0]
            gradient -= mean.sum(axis=0)
            d *= np.sqrt(weight)[..., None]
            flat = d.reshape(d.shape[0] * d.shape[1], p)
            information += flat.T @ flat - mean.T @ mean
        return loglik, gradient, information

    def solve(self, max_rounds: int) -> LogitFit:
        while True:
            null = self.terms(np.zeros(len(self.kept)))
            beta, found, rounds, converged = climb(self.terms, null, max_rounds)
            if not self._separated_together(found[2], null[2]):
                break
            self.leave_out_collinear()
        if not converged:
            self.tell(
                "not_converged",
                f"the likelihood did not settle in {counted(rounds, 'step')}: its estimates are "
                "not to be used",
            )
        return self._result(beta, found, rounds, converged)

    def _separated_together(self, information: F8, null: F8) -> bool:
        """Take out the leader of covariates that together tell the choice without exception."""
        if not self.kept:
            return False
        try:
            left, directions = linalg.eigh(information, null)
        except linalg.LinAlgError:
            return False
        if left[0] > _COLLAPSED:
            return False
        v = directions[:, 0] / np.abs(directions[:, 0]).max()
        by = [self.names[self.kept[i]] for i in np.flatnonzero(np.abs(v) > 0.05)]
        j = self.kept[int(np.abs(v).argmax())]
        low, high = 0.0, 0.0
        for _, d, _ in self.chunks():
            along = d @ v
            low, high = min(low, float(along.min())), max(high, float(along.max()))
        if min(-low, high) > 1e-3 * max(-low, high):
            return False
        side = v if high < -low else -v
        self._leave_out(side, j, f"was the extreme of a combination of {', '.join(by)}")
        return True

    def _result(
        self, beta: F8, found: tuple[float, F8, F8], rounds: int, converged: bool
    ) -> LogitFit:
        p = len(self.names)
        whole, cov = np.full(p, np.nan), np.full((p, p), np.nan)
        if self.kept:
            scale = self.scale[self.kept]
            whole[self.kept] = beta / scale
            inverse = linalg.pinvh(found[2]) / np.outer(scale, scale)
            cov[np.ix_(self.kept, self.kept)] = inverse
        null = -float(np.log(self.strata.valid.sum(axis=1)).sum())
        return LogitFit(
            self.names,
            whole,
            np.sqrt(np.diagonal(cov)),
            cov,
            found[0],
            null,
            converged,
            self.n_strata,
            self.n_alternatives,
            rounds,
            tuple(self.told),
        )


def climb(
    terms: Callable[[F8], tuple[float, F8, F8]], start: tuple[float, F8, F8], max_rounds: int
) -> tuple[F8, tuple[float, F8, F8], int, bool]:
    """Return where a concave function is highest, by Newton's rule with halved steps.

    Parameters
    ----------
    terms : callable
        Gives value, gradient and minus the second derivatives at a point.
    start : (float, ndarray, ndarray)
        These at zero.

    Returns
    -------
    (float64 ``[p]``, (value, gradient, information), int, bool)
        The point, what holds there, how many steps it took, and whether it settled.
    """
    beta, now = np.zeros(start[1].size), start
    for rounds in range(max_rounds + 1):
        step = linalg.lstsq(now[2], now[1])[0] if beta.size else beta
        promised = float(now[1] @ step)
        if promised <= _ENOUGH * max(1.0, abs(now[0]) * 1e-6):
            return beta, now, rounds, True
        if rounds == max_rounds:
            break
        for _ in range(_HALVINGS):
            tried = terms(beta + step)
            if tried[0] >= now[0] - 1e-12 * abs(now[0]):
                break
            step = step / 2.0
        else:
            return beta, now, rounds, False
        beta, now = beta + step, tried
    return beta, now, max_rounds, False
