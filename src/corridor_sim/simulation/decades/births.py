"""Reproduction: who gives birth, by whom, how many; and who cannot live without its mother."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor_sim.simulation.decades.founders import give_traits, with_mother
from corridor_sim.simulation.decades.habitat import PopulationHabitat
from corridor_sim.simulation.decades.individuals import JUVENILE, Individuals, at, no_individuals
from corridor_sim.simulation.decades.random_streams import (
    YEARLY,
    RandomStreams,
    litter_sizes,
    shifted,
)
from corridor_sim.simulation.decades.rules import Rules
from corridor_sim.simulation.decades.settling import crowding_of, mates_of
from corridor_sim.species.demography import VitalRates
from corridor_sim.species.life_cycle import LifeCycle
from corridor_sim.species.traits import Species


def give_birth(
    species: Species,
    individuals: Individuals,
    habitat: PopulationHabitat,
    rates: VitalRates,
    rules: Rules,
    streams: RandomStreams,
    year: int,
    events: dict[str, float],
) -> Individuals:
    """Return the young of the year.

    A female with a home and of the age gives birth with a probability that falls from its value at
    low numbers to 0 with numbers over capacity around her, if a grown male lives within reach. The
    father is drawn evenly among those.
    """
    grown = rates.gives_birth[np.minimum(individuals.age, rates.gives_birth.size - 1)]
    females = np.flatnonzero(individuals.residents(male=False) & grown)
    sires = individuals.residents(male=True) & (
        individuals.age >= habitat.life.first_siring_y.value
    )
    males = np.flatnonzero(sires)
    events["births"] = events["births_without_mate"] = 0
    if females.size == 0:
        return no_individuals()
    u = streams.draws(individuals.key[females], YEARLY, year, slice(4))
    if rules.crowding:
        p = rates.birth_probability_at(crowding_of(individuals, females, habitat))
    else:
        p = np.full(females.size, rates.birth_probability)
    p = shifted(p, streams.weather(year)[1])
    bears = streams.happens(p, u[:, 1], individuals.age[females].astype(np.int64), year, event=1)
    females, u = females[bears], u[bears]
    if males.size == 0 or females.size == 0:
        events["births_without_mate"] = females.size
        return no_individuals()
    mate = mates_of(individuals, females, males, habitat, u[:, 3])
    events["births_without_mate"] = int((mate < 0).sum())
    females, u, mate = females[mate >= 0], u[mate >= 0], mate[mate >= 0]
    if streams.demographic:
        litter = litter_sizes(u[:, 2], rates.litter_least, rates.litter_most, rates.litter_chance)
    else:
        more = np.full(females.size, (rates.litter_most - rates.litter_least) * rates.litter_chance)
        whole = np.floor(more)
        rest = streams.happens(
            more - whole, u[:, 2], np.zeros(females.size, np.int64), year, event=2
        )
        litter = (rates.litter_least + whole + rest).astype(np.int64)
    young = no_individuals(int(litter.sum()))
    young.key[:] = streams.child_keys(individuals.key[females], year, litter)
    give_traits(young, species, habitat.life, streams, year)
    mother = np.repeat(females, litter)
    with_mother(young, individuals, mother)
    young.father[:] = individuals.row[np.repeat(males[mate], litter)]
    young.natal_zone[:] = at(habitat.here.fields.zone, young.x, young.y)
    young.last_zone[:] = young.natal_zone
    events["births"] = len(young)
    return young


def orphans(
    individuals: Individuals, killed: NDArray[np.bool_], life: LifeCycle
) -> NDArray[np.bool_]:
    """Return the young that die because people killed their mother.

    Natural deaths of mothers are within the natural survival of the young. A young animal needs
    its mother until the age at which the species may leave; the year is judged in its middle.
    """
    young: NDArray[np.bool_] = (individuals.stage == JUVENILE) & (individuals.mother >= 0)
    young &= individuals.age + 0.5 < life.leaves_from_y.value
    return young & np.isin(individuals.mother, individuals.row[killed])
