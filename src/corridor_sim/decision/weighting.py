"""One benefit from several outcomes and species: stated weights, stated references."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import ScenarioError
from corridor_sim.statistics.moments import added

F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Weighting:
    """A table of outcomes, what each counts, and what each is measured in.

    Attributes
    ----------
    names : tuple of str
        One name per outcome of a species.
    weights : tuple of float
        0 or more; only their ratios matter. An outcome of weight 0 is left out, NaNs and all.
    references : tuple of float
        What a change of each outcome is divided by, in the outcome's own unit, not 0: the
        baseline's mean for "share of today", or a target. Its sign is ignored.
    more_is_better : tuple of bool
        False turns the sign round (a risk, a death).
    """

    names: tuple[str, ...]
    weights: tuple[float, ...]
    references: tuple[float, ...]
    more_is_better: tuple[bool, ...]

    def __post_init__(self) -> None:
        n = len(self.names)
        if not n or not (n == len(self.weights) == len(self.references)):
            raise ScenarioError("a weighting needs one weight and one reference per outcome")
        if len(self.more_is_better) != n or len(set(self.names)) != n:
            raise ScenarioError("a weighting names each outcome once and says which way is better")
        for name, weight, reference in zip(self.names, self.weights, self.references, strict=True):
            if not 0 <= weight < math.inf:
                raise ScenarioError(
                    f"weight = {weight!r} is impossible", where=name, remedy="give 0 or more"
                )
            if weight > 0 and not 0 < abs(reference) < math.inf:
                raise ScenarioError(
                    f"cannot be scaled by the reference {reference!r}",
                    where=name,
                    remedy="state a reference other than 0, in the outcome's unit",
                )
        if sum(self.weights) <= 0:
            raise ScenarioError("all weights are 0", remedy="let one outcome count")

    def combine(self, changes: F64) -> F64:
        """Return the weighted benefit ``[...]`` of changes ``[outcomes, ...]`` from the baseline.

        ``sum_o w_o s_o change_o / |reference_o| / sum_o w_o`` with the sense s = 1 or -1. Where an
        outcome that counts is NaN the benefit is NaN: leaving it out would change what is
        measured from one replicate to the next.
        """
        changes = np.asarray(changes, dtype=np.float64)
        if changes.shape[:1] != (len(self.names),):
            raise ScenarioError(
                f"{changes.shape[:1]} rows of outcomes for {len(self.names)} weights",
                remedy="give one row per outcome of the weighting",
            )
        terms = []
        for o, weight in enumerate(self.weights):
            if weight > 0:
                sense = 1.0 if self.more_is_better[o] else -1.0
                terms.append(sense * weight / abs(self.references[o]) * changes[o])
        return added(np.stack(terms, axis=-1)) / sum(self.weights)
