"""Populations for tests: plain uniform ground, and species whose life cycle is as told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim import Species, load_species
from corridor_sim.kernels.states import RESIDENT
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.simulation.decades.habitat import PopulationHabitat, make_habitat
from corridor_sim.simulation.decades.individuals import no_individuals
from corridor_sim.simulation.decades.population import Population
from corridor_sim.simulation.decades.random_streams import RandomStreams
from corridor_sim.simulation.decades.rules import Rules
from corridor_sim.simulation.exchange import CoreAreas
from corridor_sim.species.demography import VitalRates, vital_rates
from corridor_sim.species.quantity import Trait

STILL = Rules(movement=False, crowding=False)
FOUR = ("jaguar", "andean_bear", "mountain_tapir", "andean_condor")


def trait(value: float) -> Trait:
    return Trait(value=value, low=value, high=value, source="test", confidence=4)


def changed(record: Any, **values: Any) -> Any:
    """Return a copy with other values; numbers become traits where the field holds one."""
    new = {k: trait(v) if isinstance(getattr(record, k), Trait) else v for k, v in values.items()}
    return record.model_copy(update=new)


def made(life_of: str = "jaguar", *, survival: Any = None, **life: Any) -> Species:
    """Return a walker at home everywhere with the life cycle of one species, changed as told.

    People kill nobody.
    """
    walker = load_species("jaguar")
    cycle = load_species(life_of).life_cycle
    if survival is not None:
        life["survival_by_age"] = cycle.survival_by_age.model_copy(
            update={"values": tuple(np.atleast_1d(survival).astype(float).tolist())}
        )
    cover = walker.habitat.resistance
    free = cover.model_copy(update={"values": dict.fromkeys(cover.values, 1.0)})
    return walker.model_copy(
        update={
            "habitat": changed(
                walker.habitat,
                resistance=free,
                temperature_c=None,
                residence=None,
                suitable_from=0.5,
            ),
            "mortality": changed(
                walker.mortality, **dict.fromkeys(type(walker.mortality).model_fields, 0.0)
            ),
            "life_cycle": changed(cycle, **life),
        }
    )


# breeds at 1 with one young, equal survival at all ages: numbers of the two sexes are its state
SIMPLE: dict[str, Any] = {
    "longevity_y": 120.0,
    "first_birth_y": 1.0,
    "last_birth_y": 120.0,
    "first_siring_y": 1.0,
    "litter_mean": 1.0,
    "litter_max": 1,
    "female_at_birth": 0.5,
    "leaves_from_y": 0.5,
    "leaves_until_y": 0.5,
    "exclusion_female_m": 0.0,
    "exclusion_male_m": 0.0,
    "settles_with_mate": False,
}


def plain_ground(
    species: Species, height: int = 20, width: int = 20, *, capacity: float | None = None
) -> PopulationHabitat:
    """Return uniform ground that feeds ``capacity`` animals in all."""
    land = uniform(height, width)
    ground = make_habitat(species, land, exposure=1.0)
    if capacity is None:
        return ground
    return make_habitat(species, land, exposure=1.0, capacity_scale=capacity / ground.capacity)


def streams_of(
    replicate: int = 0, *, seed: int = 1, demographic: bool = True, sd: float = 0.0
) -> RandomStreams:
    return RandomStreams(seed, replicate, 7, demographic=demographic, environmental_sd=sd)


def settled(
    species: Species,
    ground: PopulationHabitat,
    n: int,
    *,
    rules: Rules = STILL,
    streams: RandomStreams | None = None,
    rates: VitalRates | None = None,
) -> Population:
    """Return a population of ``n`` founders and their young."""
    assert species.life_cycle is not None
    zone = ground.here.fields.zone.astype(np.int16)
    return Population(
        species,
        ground,
        rates or vital_rates(species.life_cycle),
        rules,
        streams or streams_of(),
        n,
        CoreAreas.of(uniform(*zone.shape, protected=zone)),
    )


def residents_at(
    population: Population, x: NDArray[Any], y: NDArray[Any], male: NDArray[Any], age: int = 1
) -> None:
    """Replace the herd by residents at given places (cells), numbered from 0."""
    n = len(x)
    animals = no_individuals(n)
    for axis, at in (("x", x), ("y", y)):
        for name in (axis, f"centre_{axis}", f"roost_{axis}", f"natal_{axis}"):
            getattr(animals, name)[:] = at
    animals.key[:] = np.arange(n)
    animals.male[:] = male
    animals.age[:] = age
    animals.stage[:] = RESIDENT
    animals.mother[:] = animals.father[:] = -1
    animals.heading_x[:] = 1.0
    population.individuals = animals
    population.book = type(population.book)()
    population.book.enter(animals, 0.0)


def with_streams(population: Population, streams: RandomStreams) -> Population:
    """Return a copy that goes on with another luck."""
    other = population.copy()
    other.streams = streams
    return other


def by_sex_and_age(population: Population) -> NDArray[np.float64]:
    """Return numbers ``[2 * ages]``: females by age, then males by age."""
    animals, n = population.individuals, population.rates.survival.size
    return np.bincount(animals.male * n + animals.age, minlength=2 * n).astype(float)


def like(ground: PopulationHabitat, **changes: Any) -> PopulationHabitat:
    """Return ground with other columns."""
    return replace(ground, **changes)
