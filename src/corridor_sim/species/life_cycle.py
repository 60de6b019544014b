"""The schema of ``[life_cycle]``: ages, survival, births, leaving home and settling.

A species file without this section can run days and seasons, not decades. Ages are completed years
at the yearly census, which is taken after the births; survival of age ``a`` leads from one census
to the next.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field, model_validator

from corridor_sim.species.quantity import Cited, NotNegative, Positive, Probability, Trait, Within
from corridor_sim.toml.strict import Strict, refuse_each

Age = Annotated[Trait, Within(0.0, 120.0)]


class SurvivalByAge(Cited):
    """Natural survival of one year by age 0, 1, 2 ...; the last value holds for all older ages.

    Attributes
    ----------
    values : list of float
        Share that survives the year, by age.
    """

    source: str = Field(min_length=3)
    values: tuple[Annotated[float, Field(ge=0, le=1)], ...] = Field(min_length=1, max_length=121)


class LifeCycle(Strict):
    """Vital rates and rules of one species.

    Attributes
    ----------
    survival_by_age : SurvivalByAge
        Without any cause of death that people bring.
    longevity_y : Trait
        Nobody grows older; whoever reaches this age dies in that year.
    first_birth_y, last_birth_y : Trait
        Ages at which females may give birth, both included, as far as they live.
    first_siring_y : Trait
        Age from which males sire.
    litter_mean, litter_max : Trait, int
        Young per birth: ``least + Binomial(max - least, .)`` with the least 1 where the mean is at
        least 1, else 0 (a brood that may fail).
    birth_probability : Trait
        Probability that a grown female with a mate gives birth in a year, at low numbers.
    births_cease_at : Trait
        Numbers over capacity ``N / K`` at which nobody gives birth.
    female_at_birth : Trait
    leaves_from_y, leaves_until_y : Trait
        Age at which the young leave their mother: uniform between the two, in completed years.
    capacity_per_100km2 : Trait
        Independent animals on wholly suitable ground at capacity.
    capacity_radius_m : Trait
        Numbers and capacity are compared within this distance.
    mating_reach_m : Trait
        Distance between home-range centres within which animals mate.
    perception_m : Trait
        Distance over which a searching animal knows where it could settle.
    exclusion_female_m, exclusion_male_m : Trait
        Least distance between the home-range centres of two animals of that sex; 0 = none.
    settles_with_mate : bool
        Whether a male settles only where a grown female lives within ``mating_reach_m``.
    """

    survival_by_age: SurvivalByAge
    longevity_y: Age
    first_birth_y: Age
    last_birth_y: Age
    first_siring_y: Age
    litter_mean: Positive
    litter_max: int = Field(ge=1, le=30)
    birth_probability: Probability
    births_cease_at: Positive
    female_at_birth: Probability
    leaves_from_y: Age
    leaves_until_y: Age
    capacity_per_100km2: Positive
    capacity_radius_m: Positive
    mating_reach_m: Positive
    perception_m: NotNegative
    exclusion_female_m: NotNegative
    exclusion_male_m: NotNegative
    settles_with_mate: bool

    @model_validator(mode="after")
    def _possible(self) -> LifeCycle:
        refuse_each(self._impossible())
        return self

    def _impossible(self) -> Iterator[str]:
        first, last = self.first_birth_y.value, self.last_birth_y.value
        longest = self.longevity_y.value
        if first > last:
            yield f"first_birth_y {first:g} lies after last_birth_y {last:g}"
        if first > longest:
            yield (
                f"first_birth_y {first:g} lies after longevity_y {longest:g}: the species would "
                "never breed"
            )
        if first < 1:
            yield "first_birth_y must be at least 1"
        if self.litter_mean.value > self.litter_max:
            yield f"litter_mean {self.litter_mean.value:g} exceeds litter_max {self.litter_max}"
        if self.births_cease_at.value <= 1:
            yield "births_cease_at must lie above 1, the capacity"
        leaves = self.leaves_from_y.value
        if not 0 < leaves <= self.leaves_until_y.value:
            yield "leaves_from_y must lie above 0 and not after leaves_until_y"
        if leaves > longest:
            yield f"leaves_from_y lies after longevity_y {longest:g}"
        given = self.survival_by_age.values
        young = [given[min(age, len(given) - 1)] for age in range(int(leaves))]
        if 0 in young:
            yield (
                f"survival_by_age is 0 at age {young.index(0)}: nobody lives to leave its mother "
                f"at leaves_from_y {leaves:g}"
            )
