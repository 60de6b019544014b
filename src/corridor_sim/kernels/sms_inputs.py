"""Checked inputs of the stochastic movement simulator: rasters and options become kernel tables."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.cellwalk import barrier_fields, check_size
from corridor_sim.kernels.effective_cost import step_weights
from corridor_sim.kernels.random_walk_inputs import same_shape, thresholds
from corridor_sim.kernels.sms_group import MEETS, ZONE, SmsFields, SmsParams, octant

MOST_MEMORY = 14
TENFOLD = 10.0


def sms_fields(
    cost: NDArray[Any],
    *,
    perceptual_range: int = 1,
    method: str = "arithmetic",
    nodata_cost: float | None = None,
    wrap: bool = False,
    mortality: Any = 0.0,
    zone: NDArray[Any] | None = None,
    permeability: NDArray[Any] | None = None,
) -> SmsFields:
    """Return what a disperser sees of a cost raster.

    Parameters
    ----------
    cost, perceptual_range, method, nodata_cost, wrap
        See :func:`corridor_sim.kernels.effective_cost.effective_cost`.
    mortality : float or float ``[height, width]``
        Probability of death per step, 0 to 1.
    zone : int ``[height, width]``, optional
        Places that can take a walker in, 0 outside.
    permeability : float ``[height, width]``, optional
        Probability that an encounter with the barrier in this cell ends in it; 1 = open.

    Raises
    ------
    ValueError
        If a number is out of its range; says where.
    """
    check_size(cost, "cost")
    c = np.asarray(cost, np.float64)
    weights = step_weights(c, perceptual_range, method=method, nodata_cost=nodata_cost, wrap=wrap)
    zones = np.zeros((1, 1), np.int16) if zone is None else np.array(zone, np.int16, order="C")
    if zone is not None:
        same_shape(zones, c, "zone")
        if (zones < 0).any():
            raise ValueError(f"zone is {int(zones.min())} somewhere; zones count from 1, 0 is none")
        if zones.max() > ZONE:
            raise ValueError(f"zone is {int(zones.max())} somewhere; there may be {ZONE} of them")
    passes, meets = barrier_fields(permeability, c)
    if meets.size > 1:
        # who is moved into a barrier's cell has to be looked at there
        lower = passes.reshape(c.shape) < 1.0
        zones = np.array(np.broadcast_to(zones, c.shape)) | np.where(meets | lower, MEETS, 0)
        zones = zones.astype(np.int16)
    return SmsFields(weights, thresholds(mortality, c), zones, passes)


def sms_params(
    *,
    perceptual_range: int = 1,
    persistence: float = 1.0,
    memory: int = 1,
    goal_bias: float = 1.0,
    goal_bias_decay: float = 1.0,
    goal_bias_half_steps: float = 1e5,
    straighten: bool = True,
    settles: Any = (),
    min_steps: int = 0,
    max_steps: int = 2**31 - 1,
) -> SmsParams:
    """Return the numbers of one disperser's walk.

    Parameters
    ----------
    perceptual_range : int
        Cells; decides for how long a walker hurries away from where it was.
    persistence : float
        Directional persistence, at least 1.
    memory : int
        Steps over which the heading is taken, 1 to 14.
    goal_bias : float
        Bias away from the natal cell, at least 1 = none.
    goal_bias_decay : float
        Rate alpha per step at which it fades, above 0.
    goal_bias_half_steps : float
        Steps beta after which half of it is left.
    straighten : bool
        Leave a zone that has refused the walker on a straighter way.
    settles : float ``[zone]``
        Probability of being taken in by each zone, per visit, zone 1 first.
    min_steps, max_steps : int
        Steps before which nobody settles, and after which the walk ends.

    Raises
    ------
    ValueError
        If a number is out of its range.
    """
    if not 1 <= memory <= MOST_MEMORY:
        raise ValueError(f"memory is {memory} steps; it must be 1 to {MOST_MEMORY}")
    for name, value in (("persistence", persistence), ("goal_bias", goal_bias)):
        if not 1.0 <= value <= 1e6:
            raise ValueError(f"{name} is {value}; it must be 1 (none) to 1e6")
    if not 0.0 < goal_bias_decay < np.inf:
        raise ValueError(f"goal_bias_decay is {goal_bias_decay} per step; it must be above 0")
    if not 0.0 <= goal_bias_half_steps < np.inf:
        raise ValueError(f"goal_bias_half_steps is {goal_bias_half_steps}; it must be 0 or more")
    if max_steps < 1 or min_steps < 0:
        raise ValueError(f"min_steps {min_steps}, max_steps {max_steps}: at least 0 and 1")
    chances = np.concatenate([[0.0], np.asarray(settles, np.float64).reshape(-1)])
    if not ((chances >= 0) & (chances <= 1)).all():
        raise ValueError("settles must be probabilities, 0 to 1")
    ring = np.abs(np.arange(8)[:, None] - np.arange(8)[None, :])
    angle = np.zeros((9, 8), np.int8)
    angle[:8] = np.minimum(ring, 8 - ring)
    base = np.array([persistence, TENFOLD * persistence])
    factors = base[:, None, None] ** -angle[None].astype(np.float64)
    bias = np.zeros((0, 5))
    if goal_bias > 1.0:
        # beyond this the bias is less than the last digit of 1
        last = min(max_steps, int(goal_bias_half_steps + 40.0 / goal_bias_decay) + 1, 10**6)
        steps = np.arange(last + 1)
        fading = np.minimum(goal_bias_decay * (steps - goal_bias_half_steps), 100.0)
        strength = 1.0 + (goal_bias - 1.0) / (1.0 + np.exp(fading))
        bias = strength[:, None] ** -np.arange(5.0)
    towards = np.full(1024, 9, np.int8)
    for dy in range(-MOST_MEMORY, MOST_MEMORY + 1):
        for dx in range(-MOST_MEMORY, MOST_MEMORY + 1):
            if dx or dy:
                towards[(dy + 16) * 32 + dx + 16] = _octant(dx, dy)
    return SmsParams(
        persistence=np.ascontiguousarray(factors),
        bias=np.ascontiguousarray(bias),
        angle=angle,
        towards=towards,
        memory=memory,
        settles=chances,
        near=perceptual_range + 1,
        straighten=straighten,
        min_steps=min_steps,
        max_steps=max_steps,
    )


# interpreted: a compiled call per entry would need a signature of its own
_octant = getattr(octant, "py_func", octant)
