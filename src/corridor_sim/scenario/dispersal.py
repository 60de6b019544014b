"""The TOML section that says how dispersers move: ``[species.KEY.dispersal] model = "..."``.

Without the section they select steps, as residents do. A further model is a further class here and
in :data:`Dispersal`, and one in :mod:`corridor_sim.engine.movement`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from corridor_sim.strict_toml import Strict


class StepSelection(Strict):
    """Steps drawn from the species file and chosen by habitat."""

    model: Literal["step_selection"]


class CellWalk(Strict):
    """What walks from cell to cell share.

    ``moves_per_day`` is how many cells an animal walks in a day; costs and conductances beyond
    ``cost_limit`` times the best cell's are cut off there.
    """

    moves_per_day: int = Field(ge=1, le=10_000)
    cost_limit: float = Field(default=100.0, ge=1.0, le=1e6)


class RandomWalk(CellWalk):
    """Random walk on the selection strengths as conductances."""

    model: Literal["random_walk"]
    neighbours: Literal[4, 8] = 8
    average: Literal["conductance", "resistance"] = "conductance"


class Sms(CellWalk):
    """Stochastic movement simulator on the inverse selection strengths as costs."""

    model: Literal["sms"]
    perceptual_range: int = Field(default=1, ge=1, le=50)
    method: Literal["arithmetic", "harmonic", "weighted"] = "arithmetic"
    persistence: float = Field(default=1.0, ge=1.0, le=1000.0)
    memory: int = Field(default=1, ge=1, le=14)
    goal_bias: float = Field(default=1.0, ge=1.0, le=1000.0)
    goal_bias_decay: float = Field(default=1.0, gt=0.0, le=100.0)
    goal_bias_half_steps: float = Field(default=1e5, ge=0.0, le=1e6)
    straighten: bool = True
    settles: float = Field(default=0.0, ge=0.0, le=1.0)
    min_moves: int = Field(default=0, ge=0, le=10**9)
    max_moves: int = Field(default=10**9, ge=1, le=10**9)


Dispersal = Annotated[StepSelection | RandomWalk | Sms, Field(discriminator="model")]
