"""Behavioural states of animals that differ in how far they go, told apart on one scale.

Fitted together as they are, an animal that goes far seems to travel and one that does not to rest:
states then hold the differences between animals, which the population's spread tells a second time.
So lengths are brought to one mean before states are told apart, and states to the mean length of
whom they are to move.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from corridor_sim.telemetry.behaviour import BehaviourFit
from corridor_sim.telemetry.implied import implied
from corridor_sim.telemetry.steps import StepFit
from corridor_sim.telemetry.tracks import Bursts


def levelled(bursts: Bursts, steps: Mapping[str, StepFit]) -> Bursts:
    """Return bursts in which the steps of every animal have the same mean length.

    That is the geometric mean of the animals' own means. Those without a fit of their own are left
    out, for their mean tells too little; of one animal nothing changes.
    """
    means = {name: one.shape * one.scale_m for name, one in steps.items()}
    if len(means) < 2:
        return bursts
    middle = math.exp(sum(math.log(mean) for mean in means.values()) / len(means))
    table = bursts.steps[bursts.steps["animal"].isin(list(means))]
    factor = middle / table["animal"].map(means)
    return replace(bursts, steps=table.assign(length_m=table["length_m"] * factor))


def scaled(fit: BehaviourFit, mean_m: float) -> BehaviourFit:
    """Return the states of animals whose steps, all together, have this mean length (metres)."""
    whole = implied(fit)
    factor = mean_m / (whole.shape * whole.scale_m)
    return replace(
        fit,
        states=tuple(
            replace(one, scale_m=one.scale_m * factor, scale_se_m=one.scale_se_m * factor)
            for one in fit.states
        ),
    )
