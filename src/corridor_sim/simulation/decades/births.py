"""Reproduction: who gives birth, by whom, how many; and who cannot live without its mother."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor_sim.simulation.decades.founders import give_traits, with_mother
from corridor_sim.simulation.decades.habitat import PopulationHabitat
from corridor_sim.simulation.decades.individuals import JUVENILE, Individuals, empty_herd
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
    herd: Individuals,
    ground: PopulationHabitat,
    rates: VitalRates,
    rules: Rules,
    luck: RandomStreams,
    year: int,
    events: dict[str, float],
) -> Individuals:
    """Return the young of the year.

    A female with a home and of the age gives birth with a probability that falls from its value at
    low numbers to 0 with numbers over capacity around her, if a grown male lives within reach. The
    father is drawn evenly among those.
    """
    grown = rates.gives_birth[np.minimum(herd.age, rates.gives_birth.size - 1)]
    females = np.flatnonzero(herd.residents(male=False) & grown)
    sires = herd.residents(male=True) & (herd.age >= ground.life.first_siring_y.value)
    males = np.flatnonzero(sires)
    events["births"] = events["births_without_mate"] = 0
    if females.size == 0:
        return empty_herd()
    u = luck.draws(herd.key[females], YEARLY, year, slice(4))
    if rules.crowding:
        p = rates.birth_probability_at(crowding_of(herd, females, ground))
    else:
        p = np.full(females.size, rates.birth_probability)
    p = shifted(p, luck.weather(year)[1])
    bears = luck.happens(p, u[:, 1], herd.age[females].astype(np.int64), year, event=1)
    females, u = females[bears], u[bears]
    if males.size == 0 or females.size == 0:
        events["births_without_mate"] = females.size
        return empty_herd()
    mate = mates_of(herd, females, males, ground, u[:, 3])
    events["births_without_mate"] = int((mate < 0).sum())
    females, u, mate = females[mate >= 0], u[mate >= 0], mate[mate >= 0]
    if luck.demographic:
        litter = litter_sizes(u[:, 2], rates.litter_least, rates.litter_most, rates.litter_chance)
    else:
        more = np.full(females.size, (rates.litter_most - rates.litter_least) * rates.litter_chance)
        whole = np.floor(more)
        rest = luck.happens(more - whole, u[:, 2], np.zeros(females.size, np.int64), year, event=2)
        litter = (rates.litter_least + whole + rest).astype(np.int64)
    young = empty_herd(int(litter.sum()))
    young.key[:] = luck.child_keys(herd.key[females], year, litter)
    give_traits(young, species, ground.life, luck, year)
    mother = np.repeat(females, litter)
    with_mother(young, herd, mother)
    young.father[:] = herd.row[np.repeat(males[mate], litter)]
    zone = ground.here.fields.zone
    young.natal_zone[:] = zone[young.y.astype(np.int64), young.x.astype(np.int64)]
    young.last_zone[:] = young.natal_zone
    events["births"] = len(young)
    return young


def orphans(herd: Individuals, killed: NDArray[np.bool_], life: LifeCycle) -> NDArray[np.bool_]:
    """Return the young that die because people killed their mother.

    Natural deaths of mothers are within the natural survival of the young. A young animal needs
    its mother until the age at which the species may leave; the year is judged in its middle.
    """
    young: NDArray[np.bool_] = (herd.stage == JUVENILE) & (herd.mother >= 0)
    young &= herd.age + 0.5 < life.leaves_from_y.value
    return young & np.isin(herd.mother, herd.row[killed])
