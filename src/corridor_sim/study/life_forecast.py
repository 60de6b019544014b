"""What runs through decades will take: memory, animal-years, time."""

from __future__ import annotations

from collections.abc import Sequence

from corridor_sim.engine.decades import KEPT_BYTES, check_life_cycles
from corridor_sim.engine.life.ground import make_ground
from corridor_sim.engine.life.year_of_moves import exposure
from corridor_sim.errors import ScenarioError, SpeciesError
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.scenario.load import Resolved
from corridor_sim.species.traits import Species
from corridor_sim.study.forecast import (
    BYTES_OF_PROGRAM,
    BYTES_PER_CELL,
    BYTES_PER_CELL_AND_SPECIES,
    SECONDS_PER_CANDIDATE_STEP,
    Forecast,
)
from corridor_sim.study.plan import Run

# Measured on two-core machines of 2023; see docs/benchmarks.md.
SECONDS_PER_ANIMAL_YEAR = 3e-6
SECONDS_PER_SPECIES_YEAR = 0.03
SECONDS_PER_CELL_AND_UPDATE = 1.2e-6
BYTES_PER_ANIMAL_YEAR = 60.0
# young and searchers beside the independent animals of the capacity
ANIMALS_PER_PLACE = 1.3
TYPICAL_BURN_IN_Y = 40
MOST_ANIMALS = 50_000_000


def forecast_life(
    resolved: Resolved, species: Sequence[Species], land: Landscape, missing: Sequence[Run],
    threads: int,
) -> Forecast:  # fmt: skip
    """Return what the missing runs of an experiment through decades will take.

    The steps announced are animal-years. Residents take few steps a year, searchers all; the share
    of searchers is taken as a twentieth.

    Raises
    ------
    SpeciesError
        A species without a life cycle, or one that the landscape does not feed.
    ScenarioError
        More animals than can be numbered.
    """
    scenario = resolved.scenario
    life = scenario.life_cycle
    assert life is not None
    assert scenario.years is not None
    years = int(scenario.years)
    runs, scenarios = len(missing), len({r.scenario for r in missing})
    replicates = len({r.replicate for r in missing})
    days = min(2 * life.days_per_season, 365) if life.movement else 0
    check_life_cycles(species)
    animals, seconds = 0, 0.0
    for one in species:
        ground = make_ground(one, land, exposure=exposure(life.days_per_season),
                             capacity_scale=life.capacity_scale)  # fmt: skip
        if ground.capacity < 1:
            raise SpeciesError(
                f"the landscape feeds {ground.capacity:.2g} animals", where=f"species.{one.key}",
                remedy="check its habitat, raise life_cycle.capacity_scale, or leave it out",
            )  # fmt: skip
        n = round(ground.capacity * ANIMALS_PER_PLACE)
        animals += n
        steps = n * one.movement.steps_per_day * (days + (18 if life.movement else 0))
        per_year = steps * one.movement.candidates * SECONDS_PER_CANDIDATE_STEP / threads
        per_year += n * SECONDS_PER_ANIMAL_YEAR + SECONDS_PER_SPECIES_YEAR
        seconds += per_year * (runs * years + replicates * min(TYPICAL_BURN_IN_Y,
                                                               life.burn_in.at_most_y))  # fmt: skip
    if animals > MOST_ANIMALS:
        raise ScenarioError(
            f"{animals:,} animals exceed {MOST_ANIMALS:,}", where="life_cycle.capacity_scale",
            remedy="lower it, or leave species out",
        )  # fmt: skip
    cells = land.grid.height * land.grid.width
    updates = 0
    if scenario.change is not None:
        updates = scenarios * (1 + years // scenario.change.update_every_y)
    seconds += updates * cells * len(species) * SECONDS_PER_CELL_AND_UPDATE
    return Forecast(
        runs=runs,
        animals=animals,
        animal_steps=animals * years * runs,
        seconds=seconds,
        peak_bytes=BYTES_OF_PROGRAM + KEPT_BYTES
        + cells * (3 * BYTES_PER_CELL + BYTES_PER_CELL_AND_SPECIES * len(species))
        + animals * years * BYTES_PER_ANIMAL_YEAR,
        unit="animal-years",
    )  # fmt: skip
