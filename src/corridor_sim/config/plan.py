"""The section ``[plan]`` of an experiment: which scenario is the plan, and what it costs."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from corridor_sim.toml.strict import Line, Strict

Named = Annotated[Line, Field(min_length=1, max_length=80)]


class PlanSettings(Strict):
    """``[plan]``: a plan, what it is compared with, and what it costs.

    Attributes
    ----------
    scenario : str
        The scenario with the plan.
    counterfactual : str
        The same without it: what the plan's scenario is compared with, which is also taken where
        nothing is given.
    under : list of str
        Scenarios with the same plan under other assumptions, each compared with its own scenario
        without the plan; they make the table of what the plan saves under each.
    cost : float
        What the plan costs, in ``cost_unit``; without it nothing is said of costs.
    cost_unit : str
        Such as "million USD".
    cost_covers, cost_source : str
        What the cost covers, and where the figure is from.
    """

    scenario: Named
    counterfactual: Named | None = None
    under: tuple[Named, ...] = ()
    cost: float | None = Field(default=None, gt=0, le=1e15)
    cost_unit: Annotated[Line, Field(min_length=1, max_length=40)] | None = None
    cost_covers: str = ""
    cost_source: str = ""

    @model_validator(mode="after")
    def _cost_with_unit(self) -> PlanSettings:
        if self.cost is not None and self.cost_unit is None:
            raise ValueError('cost needs a unit: add cost_unit = "million USD"')
        if self.cost is None and (self.cost_unit or self.cost_covers or self.cost_source):
            raise ValueError("cost is missing: give it, or leave the other keys of the cost out")
        return self

    @property
    def cases(self) -> tuple[str, ...]:
        """The plan's scenarios: the plan, then the same under other assumptions."""
        return tuple(dict.fromkeys((self.scenario, *self.under)))
