"""The TOML section ``[adaptive]``: as many replicates as it takes to know an outcome."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, field_validator

from corridor_sim.errors import ScenarioError
from corridor_sim.toml.strict import Strict

MOST = 200


@dataclass(frozen=True, slots=True)
class Goal:
    """How well an outcome is to be known.

    Attributes
    ----------
    outcome : str
    species : str or None
        None = every species.
    half_width : float
        Of the 95 % interval, in the outcome's unit.
    """

    outcome: str
    species: str | None
    half_width: float

    def __str__(self) -> str:
        """Write it as on the command line."""
        species = f":{self.species}" if self.species else ""
        return f"{self.outcome}{species}={self.half_width:g}"


def parse_goal(text: str, where: str = "--until") -> Goal:
    """Return the goal that ``OUTCOME[:SPECIES]=HALFWIDTH`` states.

    >>> parse_goal("eca_km2:puma=500")
    Goal(outcome='eca_km2', species='puma', half_width=500.0)

    Raises
    ------
    ScenarioError
        Not of that form.
    """
    name, equals, number = text.partition("=")
    outcome, _, species = (part.strip() for part in name.partition(":"))
    try:
        half_width = float(number)
    except ValueError:
        half_width = math.nan
    if not equals or not outcome or not 0 < half_width < math.inf:
        raise ScenarioError(
            f"{text!r} is not OUTCOME[:SPECIES]=HALFWIDTH with a half-width above 0",
            where=where,
            remedy="as in eca_km2=500",
        )
    return Goal(outcome, species or None, half_width)


class Adaptive(Strict):
    """``[adaptive]``: replicates are added to all scenarios until every interval is narrow enough.

    Attributes
    ----------
    until : list of str
        Each ``OUTCOME[:SPECIES]=HALFWIDTH``: half of the 95 % interval, in the outcome's unit.
    most : int
        Replicates of a scenario at most.
    """

    until: Annotated[tuple[str, ...], Field(min_length=1)]
    most: int = Field(default=MOST, ge=2, le=100_000)

    @field_validator("until")
    @classmethod
    def _goals(cls, until: tuple[str, ...]) -> tuple[str, ...]:
        for text in until:
            try:
                parse_goal(text)
            except ScenarioError as bad:
                raise ValueError(f"{bad.problem}, {bad.remedy}") from None
        return until
