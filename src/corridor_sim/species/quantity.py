"""One number of a species file: value, plausible range, source and confidence."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from corridor_sim.toml.strict import Strict


class Trait(Strict):
    """One number: value, plausible range, source and confidence."""

    value: float
    low: float
    high: float
    source: str = Field(min_length=3)
    confidence: Literal[1, 2, 3, 4]

    @model_validator(mode="after")
    def _ordered(self) -> Trait:
        if not self.low <= self.high:
            raise ValueError(f"low {self.low} must not exceed high {self.high}")
        return self


# what is smaller is 0 where fields are computed, and nothing can be divided by it
SMALLEST = 1e-9


def within(low: float, high: float) -> AfterValidator:
    """Return the check that a trait's value lies in [low, high] and is not next to 0."""

    def check(trait: Trait) -> Trait:
        if not low <= trait.value <= high:
            raise ValueError(f"must lie in {low:g} to {high:g}")
        if 0 < abs(trait.value) < SMALLEST:
            raise ValueError(f"below {SMALLEST:g} it is as good as 0: write 0")
        return trait

    return AfterValidator(check)


Probability = Annotated[Trait, within(0.0, 1.0)]
Positive = Annotated[Trait, within(SMALLEST, 1e9)]
NotNegative = Annotated[Trait, within(0.0, 1e9)]
Concentration = Annotated[Trait, within(-50.0, 50.0)]
AnyNumber = Annotated[Trait, within(-1e6, 1e6)]
