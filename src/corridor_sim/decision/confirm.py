"""Was the surrogate right about the chosen set? Its prediction against a simulation of the set.

The prediction is itself a sum of means over noisy replicates. Taken as exact, it would be called
wrong too often: the interval of the error holds the noise of both (Welch 1947, Biometrika 34:28,
with degrees of freedom after Satterthwaite 1946, Biometrics Bulletin 2:110).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from corridor_sim.errors import ScenarioError
from corridor_sim.languages import tr, written
from corridor_sim.statistics.moments import bounded, moments

F64 = NDArray[np.float64]
HOLDS, TOO_MUCH, TOO_LITTLE, UNSURE = "holds", "promised too much", "promised too little", "unsure"


@dataclass(frozen=True, slots=True)
class Prediction:
    """A predicted benefit and how well it is known.

    Attributes
    ----------
    error : float
        Standard error; 0 for a number that is taken as exact.
    freedom : float
        Degrees of freedom of the standard error.
    largest : float
        Largest distance of any value behind it from the mean of its row.
    """

    value: float
    error: float = 0.0
    freedom: float = np.inf
    largest: float = 0.0

    def half_width(self, level: float) -> float:
        """Return half the width of its own interval at a two-sided error."""
        return -float(stdtrit(min(self.freedom, 1e9), level / 2)) * self.error


def prediction_of(rows: F64) -> Prediction:
    """Return the sum of the means of ``rows``, and its standard error.

    Parameters
    ----------
    rows : float64 ``[p, r]``
        What the surrogate adds up, each row by replicate: the benefit of a link alone (times the
        weight of the species), the excess of a pair over both. A column has the same draws in all
        rows, NaN where a row was not run or has no value. A row without any value adds nothing.

    Notes
    -----
    Rows share their draws, so that variances do not add: with n_p values in row p the influence of
    replicate r is ``u_r = sum_p (x_pr - mean_p) / n_p``, and the variance ``n / (n - 1) sum_r
    u_r^2`` with n the smallest n_p. With equal n_p it is the variance of the mean of the sums over
    rows, exactly; else n is the careful choice, for the factor and for the degrees of freedom
    n - 1.
    """
    rows = np.atleast_2d(np.asarray(rows, dtype=np.float64))
    rows = rows[np.isfinite(rows).any(axis=1)]
    if not rows.size:
        return Prediction(0.0)
    found = moments(rows)
    n = int(found.count.min())
    value = float(found.mean.sum())
    if n < 2:
        return Prediction(value, np.inf, 1.0, found.largest)
    off = np.where(np.isfinite(rows), rows - found.mean[:, None], 0.0)
    influence = (off / found.count[:, None]).sum(axis=0)
    variance = n / (n - 1) * float((influence**2).sum())
    return Prediction(value, float(np.sqrt(variance)), n - 1.0, found.largest)


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Predicted against simulated benefit of a set of links.

    Attributes
    ----------
    predicted, predicted_low, predicted_high : float
        What the surrogate said, and the interval of that by itself; no width where it was given
        as exact or by replicate.
    simulated, low, high : float
        Mean simulated benefit and its interval.
    error, error_low, error_high : float
        Simulated less predicted, and its interval: of the noise of both if the prediction came
        with an error of its own, paired if it came by replicate.
    tolerance : float
        Errors up to this do not matter.
    replicates : int
        Replicates with a value.
    verdict : str
        ``holds`` (the interval of the error lies within the tolerance: no error that matters),
        ``promised too much``, ``promised too little`` (the interval leaves out 0 and reaches beyond
        the tolerance), or ``unsure`` (it holds 0 and reaches beyond the tolerance: what was not
        seen is not shown to be absent).
    """

    predicted: float
    predicted_low: float
    predicted_high: float
    simulated: float
    low: float
    high: float
    error: float
    error_low: float
    error_high: float
    tolerance: float
    replicates: int
    verdict: str

    @property
    def misled(self) -> bool:
        """Whether the surrogate misled."""
        return self.verdict in (TOO_MUCH, TOO_LITTLE)

    @property
    def apart(self) -> bool:
        """Whether an error was told from nothing, the noise of both allowed for."""
        return self.error_low > 0 or self.error_high < 0

    @property
    def outside(self) -> bool:
        """Whether the interval of the simulated benefit leaves out what was predicted."""
        return not self.low <= self.predicted <= self.high

    @property
    def finding(self) -> str:
        """The finding without its numbers."""
        if self.verdict == TOO_MUCH:
            return tr("the prediction misled: it promised too much")
        if self.verdict == TOO_LITTLE:
            return tr("the prediction misled: it promised too little")
        if self.verdict != UNSURE and not self.apart and not self.outside:
            return tr("the prediction holds")
        promised = (
            tr("the prediction promised more than was found")
            if self.error < 0
            else tr("the prediction promised less than was found")
        )
        if self.verdict == UNSURE:
            unsure = tr("too few replicates to say whether the prediction misled")
            return (
                tr("{promised}, but {unsure}", promised=promised, unsure=unsure)
                if (self.outside)
                else unsure
            )
        if self.apart:
            return tr("{promised}, by no more than matters", promised=promised)
        return tr(
            "{promised}, which chance can explain and is no more than matters", promised=promised
        )

    @property
    def sentence(self) -> str:
        """The finding in one line."""
        known = self.predicted_low == self.predicted_high
        predicted = written(f"{self.predicted:.4g}")
        if not known:
            predicted = tr(
                "{value} ({low} to {high})",
                value=predicted,
                low=written(f"{self.predicted_low:.4g}"),
                high=written(f"{self.predicted_high:.4g}"),
            )
        return tr(
            "{finding}: predicted {predicted}, simulated {simulated} ({low} to {high}, n = {n})",
            finding=self.finding,
            predicted=predicted,
            simulated=written(f"{self.simulated:.4g}"),
            low=written(f"{self.low:.4g}"),
            high=written(f"{self.high:.4g}"),
            n=self.replicates,
        )


def confirm(
    predicted: float | F64 | Prediction,
    simulated: F64,
    *,
    tolerance: float,
    confidence: float = 0.95,
    least: float = -np.inf,
    most: float = np.inf,
) -> Confirmation:
    """Compare a predicted benefit with a simulated one.

    Parameters
    ----------
    predicted : Prediction, float64 ``[r]`` or float
        The surrogate's benefit of the set with its error (:func:`prediction_of`), from replicates
        that are not among the simulated ones. Or what it says in each of the simulated replicates
        (the same sum of the single runs and pairs), which cancels the chance that the runs share.
        Or a number that is exact.
    simulated : float64 ``[r]``
        Benefit of the set in replicates that were *not* used to choose it: the best-looking of
        many sets looks better than it is.
    tolerance : float
        Errors up to this do not matter (0 or more).
    confidence : float
        Of the intervals (Student's t).
    least, most : float
        What a benefit can be: the intervals of both benefits stay within.

    Notes
    -----
    "Misled" is a statement on the prediction as it was made. Made for a set that was chosen with
    the same replicates, it is too high on average however right the surrogate is; how often that
    is called misled is measured in docs/decision.md.
    """
    simulated = np.asarray(simulated, dtype=np.float64)
    own = predicted if isinstance(predicted, Prediction) else Prediction(0.0)
    told = own.value if isinstance(predicted, Prediction) else predicted
    said = np.broadcast_to(np.asarray(told, dtype=np.float64), simulated.shape)
    if simulated.ndim != 1 or simulated.size < 2:
        raise ScenarioError("a set must be simulated in 2 replicates or more to be confirmed")
    if not 0 <= tolerance < np.inf:
        raise ScenarioError(f"tolerance = {tolerance!r} is impossible", remedy="give 0 or more")
    both = np.isfinite(simulated) & np.isfinite(said)
    if both.sum() < 2:
        raise ScenarioError("fewer than 2 replicates of the set have a value")
    rows = np.stack([simulated[both], simulated[both] - said[both]])
    found = moments(rows)
    level = 1 - confidence
    # what never varied may yet jump as far as anything here did
    half = found.half_width(level, max(found.largest, own.largest))
    half[1] = max(half[1], _welch(found.sd[1], int(found.count[1]), own, level))
    low, high = found.mean - half, found.mean + half
    if low[1] >= -tolerance and high[1] <= tolerance:
        verdict = HOLDS
    elif high[1] < 0:
        verdict = TOO_MUCH
    elif low[1] > 0:
        verdict = TOO_LITTLE
    else:
        verdict = UNSURE
    mean, reach = float(said[both].mean()), own.half_width(level)
    inside = np.array([found.mean[0], mean])
    ends = bounded(
        inside, np.array([low[0], mean - reach]), np.array([high[0], mean + reach]), least, most
    )
    return Confirmation(
        mean,
        float(ends[0][1]),
        float(ends[1][1]),
        float(found.mean[0]),
        float(ends[0][0]),
        float(ends[1][0]),
        float(found.mean[1]),
        float(low[1]),
        float(high[1]),
        tolerance,
        int(both.sum()),
        verdict,
    )


def _welch(sd: float, n: int, prediction: Prediction, level: float) -> float:
    """Return half the width of the interval of a mean of n less a prediction of others."""
    mine, theirs = sd**2 / n, prediction.error**2
    if not np.isfinite(theirs):
        return np.inf
    if mine + theirs == 0:
        return 0.0
    freedom = (mine + theirs) ** 2 / (mine**2 / (n - 1) + theirs**2 / prediction.freedom)
    return -float(stdtrit(freedom, level / 2)) * float(np.sqrt(mine + theirs))
