"""Was the surrogate right about the chosen set? Its prediction against a simulation of the set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corridor_sim.decision.bounds import moments
from corridor_sim.errors import ScenarioError

F64 = NDArray[np.float64]
HOLDS, TOO_MUCH, TOO_LITTLE, UNSURE = "holds", "promised too much", "promised too little", "unsure"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Predicted against simulated benefit of a set of links.

    Attributes
    ----------
    predicted : float
        What the surrogate said.
    simulated, low, high : float
        Mean simulated benefit and its interval.
    error, error_low, error_high : float
        Simulated less predicted and its interval; paired if predictions came by replicate.
    tolerance : float
        Errors up to this do not matter.
    replicates : int
        Replicates with a value.
    verdict : str
        ``holds`` (the interval of the error lies within the tolerance, or holds 0 while no wider
        than the tolerance on either side), ``promised too much``, ``promised too little`` (the
        interval leaves out 0 and is not within the tolerance), or ``unsure`` (wider than that).
    """

    predicted: float
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
    def sentence(self) -> str:
        """The finding in one line."""
        says = {
            HOLDS: "the surrogate holds",
            TOO_MUCH: "the surrogate misled: it promised too much",
            TOO_LITTLE: "the surrogate misled: it promised too little",
            UNSURE: "too few replicates to say whether the surrogate misled",
        }[self.verdict]
        return (
            f"{says}: predicted {self.predicted:.4g}, simulated {self.simulated:.4g} "
            f"({self.low:.4g} to {self.high:.4g}, n = {self.replicates})"
        )


def confirm(
    predicted: float | F64, simulated: F64, *, tolerance: float, confidence: float = 0.95
) -> Confirmation:
    """Compare a predicted benefit with a simulated one.

    Parameters
    ----------
    predicted : float, or float64 ``[r]``
        The surrogate's benefit of the set; or what it says in each of the simulated replicates
        (the same sum of the single runs and pairs), which cancels the luck that the runs share.
    simulated : float64 ``[r]``
        Benefit of the set in replicates that were *not* used to choose it: the best-looking of
        many sets looks better than it is.
    tolerance : float
        Errors up to this do not matter (0 or more).
    confidence : float
        Of the intervals (Student's t).
    """
    simulated = np.asarray(simulated, dtype=np.float64)
    said = np.broadcast_to(np.asarray(predicted, dtype=np.float64), simulated.shape)
    if simulated.ndim != 1 or simulated.size < 2:
        raise ScenarioError("a set must be simulated in 2 replicates or more to be confirmed")
    if not 0 <= tolerance < np.inf:
        raise ScenarioError(f"tolerance = {tolerance!r} is impossible", remedy="give 0 or more")
    both = np.isfinite(simulated) & np.isfinite(said)
    if both.sum() < 2:
        raise ScenarioError("fewer than 2 replicates of the set have a value")
    rows = np.stack([simulated[both], simulated[both] - said[both]])
    found = moments(rows)
    # replicates without any spread are taken as they are: nothing here tells how far it could go
    half = found.half_width(1 - confidence, 0.0)
    low, high = found.mean - half, found.mean + half
    if low[1] >= -tolerance and high[1] <= tolerance:
        verdict = HOLDS
    elif high[1] < 0:
        verdict = TOO_MUCH
    elif low[1] > 0:
        verdict = TOO_LITTLE
    else:
        verdict = HOLDS if half[1] <= tolerance else UNSURE
    return Confirmation(
        float(said[both].mean()), float(found.mean[0]), float(low[0]), float(high[0]),
        float(found.mean[1]), float(low[1]), float(high[1]),
        tolerance, int(both.sum()), verdict,
    )  # fmt: skip
