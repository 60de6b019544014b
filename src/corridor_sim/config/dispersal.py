"""The TOML section that says how dispersers move: ``[species.KEY.dispersal] model = "..."``.

Without the section they select steps, as residents do. A further model is a further class of
options here, a row in :data:`MODELS` and a file of its own in the engine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Annotated, Any, Literal

from pydantic import Field

from corridor_sim.toml.strict import Strict


class Options(Strict):
    """What the sections of all models have in common.

    Attributes
    ----------
    model : str
        Name under which the model stands in :data:`MODELS`; a section narrows it to a literal.
    """

    model: str

    def visits_per_day(self, steps_per_day: int) -> int:
        """Return how often a day a searching animal is counted where it is."""
        return steps_per_day


class StepSelection(Options):
    """Steps drawn from the species file and chosen by habitat."""

    model: Literal["step_selection"]


class CellWalk(Options):
    """What walks from cell to cell share.

    Attributes
    ----------
    moves_per_day : int
        Cells that an animal walks in a day.
    cost_limit : float
        Costs and conductances beyond so many times the best cell's are cut off there.
    barriers : {"met", "cost"}
        Met, each encounter ending in a crossing with the permeability, or counted as costs, as in
        maps of resistance.
    """

    moves_per_day: int = Field(ge=1, le=10_000)
    cost_limit: float = Field(default=100.0, ge=1.0, le=1e6)
    barriers: Literal["met", "cost"] = "met"

    def visits_per_day(self, steps_per_day: int) -> int:
        """Walkers are counted at every move."""
        return self.moves_per_day


class RandomWalk(CellWalk):
    """Random walk on the selection strengths as conductances.

    Attributes
    ----------
    neighbours : {4, 8}
        Cells that a step may lead to.
    average : {"conductance", "resistance"}
        Of which the mean of two cells is taken.
    """

    model: Literal["random_walk"]
    neighbours: Literal[4, 8] = 8
    average: Literal["conductance", "resistance"] = "conductance"


class Sms(CellWalk):
    """Stochastic movement simulator on the inverse selection strengths as costs.

    Attributes
    ----------
    perceptual_range : int
        Cells around it that an animal sees.
    method : {"arithmetic", "harmonic", "weighted"}
        Mean of the costs that it sees in a direction.
    persistence : float
        How strongly it keeps its direction; 1 not at all.
    memory : int
        Steps over which the direction is taken.
    goal_bias : float
        How strongly it keeps away from where it was born; 1 not at all.
    goal_bias_decay, goal_bias_half_steps : float
        Steepness of the fading of that bias, and the steps after which half of it is left.
    straighten : bool
        Whether a zone that has refused it is left on a straighter way.
    settles : float
        Probability of settling in a suitable cell, at each step.
    min_moves, max_moves : int
        Moves before it may settle, and after which it stops.
    """

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


@dataclass(frozen=True, slots=True)
class Row:
    """One model in the table.

    Attributes
    ----------
    options : type of Options
        What its TOML section may say.
    factory : str or callable
        ``module:name`` of what makes the model from a species on a landscape and its options, see
        :class:`corridor_sim.movement.model.MovementModel`; named and not imported, because the
        engine lies above and its kernels take a second to load.
    """

    options: type[Options]
    factory: str | Callable[[Any, Any], Any]


MODELS: dict[str, Row] = {
    "step_selection": Row(StepSelection, "corridor_sim.movement.step_selection:SelectSteps"),
    "random_walk": Row(RandomWalk, "corridor_sim.movement.random_walk:WalkAtRandom"),
    "sms": Row(Sms, "corridor_sim.movement.sms:WalkSms"),
}


def any_model() -> Any:
    """Return the type of the section: the options of one of the models in the table."""
    sections = reduce(or_, (row.options for row in MODELS.values()))
    return Annotated[sections, Field(discriminator="model")]
