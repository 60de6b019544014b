"""One number of a species file: value, plausible range, source and confidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema, core_schema

from corridor_sim.toml.strict import Strict


class Trait(Strict):
    """One number: value, plausible range, source and confidence.

    Attributes
    ----------
    value : float
        In the unit that the trait's name ends in.
    low, high : float
        Plausible range.
    se : float, optional
        Standard error of the value, where it was estimated.
    source : str
        Where it comes from.
    confidence : {1, 2, 3, 4}
        How sure it is, as in docs/species.md.
    """

    value: float
    low: float
    high: float
    se: float | None = Field(default=None, ge=0)
    source: str = Field(min_length=3)
    confidence: Literal[1, 2, 3, 4]

    @model_validator(mode="after")
    def _ordered(self) -> Trait:
        if not self.low <= self.high:
            raise ValueError(f"low {self.low} must not exceed high {self.high}")
        return self


class Cited(Strict):
    """Numbers of one source.

    Attributes
    ----------
    source : str
        Where it comes from.
    confidence : {1, 2, 3, 4}
        As of a trait.
    """

    source: str
    confidence: Literal[1, 2, 3, 4]


# what is smaller is 0 where fields are computed, and nothing can be divided by it
SMALLEST = 1e-9


@dataclass(frozen=True, slots=True)
class Within:
    """Annotation: a trait's value lies in [low, high] and is not next to 0."""

    low: float
    high: float

    def check(self, trait: Trait) -> Trait:
        """Return the trait, or refuse its value."""
        if not self.low <= trait.value <= self.high:
            raise ValueError(f"must lie in {self.low:g} to {self.high:g}")
        if 0 < abs(trait.value) < SMALLEST:
            raise ValueError(f"below {SMALLEST:g} it is as good as 0: write 0")
        return trait

    def __get_pydantic_core_schema__(self, of: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Return the check behind those of a trait."""
        return core_schema.no_info_after_validator_function(self.check, handler(of))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Return a trait's schema with the limits of its value."""
        limits = {"minimum": self.low, "maximum": self.high}
        return {"allOf": [handler(schema), {"properties": {"value": limits}}]}


Probability = Annotated[Trait, Within(0.0, 1.0)]
Positive = Annotated[Trait, Within(SMALLEST, 1e9)]
NotNegative = Annotated[Trait, Within(0.0, 1e9)]
MOST_KAPPA = 50.0
Concentration = Annotated[Trait, Within(-MOST_KAPPA, MOST_KAPPA)]
AnyNumber = Annotated[Trait, Within(-1e6, 1e6)]
